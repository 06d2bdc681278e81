// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>

#include "pages/failoverpage.h"

class QCheckBox;
class QFrame;
class QLineEdit;
class QPushButton;

namespace penstock {

/// The text that has to be typed to start an evacuation: "azure", "azure/eastus".
[[nodiscard]] QString targetText(const Scope& scope);

/// One evacuation: what moves where, what is shed, what stands against it, its steps, and the button that the target's
/// typed name arms. While it runs, how far it has come.
class EvacuationPanel final : public QWidget
{
    Q_OBJECT

public:
    explicit EvacuationPanel(QWidget* parent = nullptr);
    /// Another target: what was typed is gone.
    void setTarget(const Scope& scope);
    void show(const Scope& scope, const Result<EvacuationFigures>& figures);
    void showShifts(const std::vector<PlanStatus>& shifts);
    void setReadOnly(bool readOnly);
    [[nodiscard]] bool isNow() const;
    void themeChanged();

signals:
    void changed(); ///< the request: bake times skipped or not
    void startWanted(const penstock::Scope& scope, bool now, const QString& reason, const QString& hash);
    void pauseWanted(const QString& id);
    void resumeWanted(const QString& id);
    void returnWanted(const QString& id);
    void stopWanted(const QString& id);

private:
    class Picture;
    friend class Picture;
    void arm();
    [[nodiscard]] QString describe() const;
    [[nodiscard]] QString progressText(const PlanStatus& status) const;

    Scope m_scope;
    std::optional<Result<EvacuationFigures>> m_figures;
    std::optional<PlanStatus> m_shift; ///< the evacuation of this target that runs or was the last
    bool m_readOnly = false;
    QLabel *m_title, *m_tag, *m_warning, *m_progress;
    Picture* m_picture;
    QFrame *m_danger, *m_running;
    QLineEdit *m_typed, *m_reason;
    QCheckBox* m_now;
    QPushButton *m_go, *m_pause, *m_resume, *m_return, *m_stop;
};

} // namespace penstock
