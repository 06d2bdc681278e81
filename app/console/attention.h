// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <map>
#include <set>

#include "session/session.h"
#include "shift/recovery.h"

class QLabel;
class QPushButton;
class QShortcut;

namespace penstock {

/// The strip above the pages while a shift needs somebody: it is paused, stuck or was left behind, rules are overridden, or a router has
/// forgotten what it had set; and, calmly, while one runs that the page does not show. Pause, way back and stop are one key away. Calls on the desktop when somebody is needed.
class AttentionBar final : public QFrame
{
    Q_OBJECT

public:
    explicit AttentionBar(QWidget* parent = nullptr);
    /// `shown`: the running shift that the page shows, which then has the keys.
    void show(const std::vector<PlanStatus>& shifts, bool readOnly, const std::optional<std::string>& shown = {}, const std::vector<UndoneRoute>& undone = {});
    /// Of the last show(): it needs somebody, or just runs; empty: nothing does.
    [[nodiscard]] const std::optional<PlanStatus>& shift() const { return m_shift; }

signals:
    /// A shift begins to need somebody, once each time; not for what a person at this console paused.
    void called(const QString& id, const QString& text);
    void setAgainWanted(const std::vector<std::pair<std::string, Weights>>& targets); ///< what routers have forgotten
    void openWanted(const QString& id);
    void pauseWanted(const QString& id);
    void resumeWanted(const QString& id);
    void returnWanted(const QString& id);
    void stopWanted(const QString& id);

private:
    [[nodiscard]] static bool needsSomebody(const PlanStatus& status);
    [[nodiscard]] static bool isOverridden(const PlanStatus& status);
    [[nodiscard]] static QString standingOf(const PlanStatus& status);
    [[nodiscard]] static QString textOf(const PlanStatus& status); ///< with what is overridden
    void callForUndone();
    std::optional<PlanStatus> m_shift;
    std::vector<UndoneRoute> m_undone;
    std::map<std::string, bool> m_told; ///< by shift: it needs somebody, and that was said
    std::set<std::pair<std::string, std::string>> m_undoneTold; ///< shift and route
    QLabel* m_text;
    QPushButton *m_open, *m_again, *m_pause, *m_resume, *m_return, *m_stop;
    std::vector<QShortcut*> m_keys;
};

} // namespace penstock
