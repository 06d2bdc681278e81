// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QWidget>

#include "controls/weightbar.h"
#include "pages/loadpage.h"

class QGridLayout;
class QHBoxLayout;

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

/// What the edited split needs, what stands against it, its steps; and the running shift.
class PreviewPanel final : public QWidget
{
    Q_OBJECT

public:
    explicit PreviewPanel(QWidget* parent = nullptr);
    void showRoute(const RouteFigures& figures, bool edited, const QList<double>& target);
    void showPreview(const Result<Preview>& preview);
    void setReadOnly(bool readOnly) { m_readOnly = readOnly; }
    [[nodiscard]] double step() const;
    [[nodiscard]] int bakeSeconds() const;
    [[nodiscard]] QString reason() const;
    void clearReason();

signals:
    void startClicked();
    void discardClicked();
    void pauseClicked();
    void resumeClicked();
    void returnClicked();
    void stopClicked();
    void stepEdited();

private:
    void refresh();
    QLabel *m_title, *m_subtitle, *m_tag, *m_progress, *m_hint;
    QWidget* m_picture;
    QDoubleSpinBox *m_step, *m_bake;
    QLineEdit* m_reason;
    QPushButton *m_start, *m_discard, *m_pause, *m_resume, *m_return, *m_stop;
    QWidget* m_controls;
    RouteFigures m_figures;
    std::optional<Result<Preview>> m_preview;
    bool m_edited = false, m_readOnly = false;
    friend class PreviewPicture;
};

} // namespace penstock
