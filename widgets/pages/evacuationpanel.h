// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>
#include <set>

#include "pages/failoverpage.h"

class QBoxLayout;
class QCheckBox;
class QFrame;
class QLineEdit;
class QPushButton;
class QShortcut;
class QSpinBox;

namespace penstock {

class ShiftProgress;

/// The text that has to be typed to start an evacuation: "azure", "azure/eastus".
[[nodiscard]] QString targetText(const Scope& scope);

/// One evacuation: what moves where, what is shed, what stands against it, its steps, and the button that the target's
/// typed name arms. While it runs, how far it has come.
class EvacuationPanel final : public QWidget
{
    Q_OBJECT

public:
    explicit EvacuationPanel(QWidget* parent); ///< `parent`: the page, which has the keys
    /// Another target: what was typed is gone.
    void setTarget(const Scope& scope);
    void show(const Scope& scope, const Result<EvacuationFigures>& figures);
    void showShifts(const std::vector<PlanStatus>& shifts, const std::vector<Route>& routes, const std::vector<UndoneRoute>& undone = {});
    [[nodiscard]] std::optional<std::string> runningShift() const; ///< that is shown; empty: none
    void setReadOnly(bool readOnly, const QString& why = {});
    [[nodiscard]] EvacuationRequest request() const;
    void themeChanged();

signals:
    void changed(); ///< what is asked for
    void startWanted(const penstock::EvacuationRequest& request, const QString& hash);
    void rehearseWanted(const penstock::EvacuationRequest& request);
    void approvalWanted(const penstock::EvacuationRequest& request);
    void pauseWanted(const QString& id);
    void resumeWanted(const QString& id);
    void returnWanted(const QString& id);
    void stopWanted(const QString& id);

private:
    class Picture;
    friend class Picture;
    [[nodiscard]] QString whyReadOnly() const { return m_why.isEmpty() ? tr("This console is read-only.") : m_why; }
    void arm();
    [[nodiscard]] QString describe() const;
    void build();
    void join();
    [[nodiscard]] QStringList overridableBlockers() const;
    [[nodiscard]] bool waitsForApproval() const;
    void showTag();
    void keepItsInterlocks();
    void showRunning();

    Scope m_scope;
    std::optional<Result<EvacuationFigures>> m_figures;
    std::optional<EvacuationFigures> m_started; ///< what was confirmed, until it runs
    std::optional<PlanStatus> m_shift; ///< the evacuation of this target that runs or was the last
    bool m_undone = false; ///< a router has forgotten what it had set
    QString m_score; ///< of the last rehearsal
    bool m_readOnly = false;
    QString m_why; ///< it is read-only now; empty: always
    std::vector<QShortcut*> m_keys;
    QLabel *m_title, *m_tag, *m_warning, *m_rehearsed;
    ShiftProgress* m_progress;
    Picture* m_picture;
    QPushButton* m_close;
    std::set<std::string> m_closed; ///< shifts that are over and were looked at
    QFrame *m_danger, *m_running;
    QBoxLayout* m_card = nullptr; ///< of m_running
    QLineEdit *m_typed, *m_reason;
    QCheckBox *m_now, *m_override;
    QSpinBox* m_overrideMinutes;
    QPushButton *m_go, *m_rehearse, *m_ask, *m_pause, *m_resume, *m_return, *m_stop;
};

} // namespace penstock
