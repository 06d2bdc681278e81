// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "controls/paint.h"
#include "controls/weightbar.h"
#include "pages/loadpage.h"

class QDoubleSpinBox;
class QGridLayout;
class QPushButton;

namespace penstock {

/// What the three bars of a route are.
class WeightLegend final : public QWidget
{
    Q_OBJECT

public:
    explicit WeightLegend(QWidget* parent = nullptr);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QStringList m_names;
};

/// One route: its name, its tag, the bars, and while it is the selected one the fields of its shares.
class RouteRow final : public QWidget
{
    Q_OBJECT

public:
    explicit RouteRow(const Route& route, QWidget* parent = nullptr);
    void show(const RouteFigures& figures);
    void setSelected(bool selected);
    void setTarget(const Weights& weights); ///< edits it
    void discard();
    void focusWeights() { m_bar->setFocus(Qt::ShortcutFocusReason); }
    [[nodiscard]] bool isEdited() const { return m_edited; }
    [[nodiscard]] const QList<double>& desired() const { return m_bar->desired(); }

signals:
    void edited();
    void picked();
    void undone();
    void bestSplitWanted(const SplitChoice& choice);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void placeFields(); ///< as many in a line as there is room for
    struct Tag
    {
        QString text;
        TagLook look = TagLook::Neutral;
    };
    void changed();
    void typed(qsizetype at, double value);
    void makeFields();
    void showFields();
    [[nodiscard]] bool isEditable() const;
    [[nodiscard]] Tag tag() const;
    Route m_route;
    RouteFigures m_figures;
    WeightBar* m_bar;
    QLabel* m_note;
    QWidget* m_editor = nullptr; ///< made when the row is selected first: a page of 200 routes has fields for one
    QPushButton *m_undo = nullptr, *m_setAgain = nullptr;
    QLabel* m_hint = nullptr; ///< where there is room for it
    QList<QDoubleSpinBox*> m_fields;
    QList<QPushButton*> m_best;
    QDoubleSpinBox *m_growth = nullptr, *m_largestChange = nullptr; ///< of the best split
    QList<QLabel*> m_labels, m_deltas;
    QList<qsizetype> m_typed; ///< fields, the one typed into last at the end
    QGridLayout* m_grid = nullptr;
    int m_inLine = 0;
    QList<double> m_draft; ///< what was edited when the past began to be shown; empty: nothing
    bool m_edited = false, m_selected = false;
};

} // namespace penstock
