// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "controls/weightbar.h"
#include "pages/loadpage.h"

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

/// One route: its name, its tag, the bars, and the fields of the shares.
class RouteRow final : public QWidget
{
    Q_OBJECT

public:
    explicit RouteRow(const Route& route, QWidget* parent = nullptr);
    void show(const RouteFigures& figures);
    void setSelected(bool selected);
    void discard();
    void focusWeights() { m_bar->setFocus(Qt::ShortcutFocusReason); }
    [[nodiscard]] bool isEdited() const { return m_edited; }
    [[nodiscard]] const QList<double>& desired() const { return m_bar->desired(); }

signals:
    void edited();
    void picked();

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;

private:
    void changed(const QList<double>& weights);
    void showFields();
    Route m_route;
    RouteFigures m_figures;
    WeightBar* m_bar;
    QLabel *m_note, *m_hint;
    QList<QDoubleSpinBox*> m_fields;
    QList<QLabel*> m_deltas;
    bool m_edited = false, m_selected = false;
};

} // namespace penstock
