// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "pages/loadpage.h"

namespace penstock {

/// "S-118 step 2 of 4, baking"
[[nodiscard]] QString phaseText(const ShiftStatus& status);
[[nodiscard]] bool running(const RouteFigures& figures);

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
    [[nodiscard]] QString describe() const;
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
