// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "haproxyprocess.h"

namespace penstock::haproxy {

/// What happened to the processes of one route since they were looked at first: reloads, changes by others, weights lost.
class History
{
public:
    History(const Route& route, const std::vector<Address>& addresses);

    /// Compares with what was known. True when what was counted before says nothing about the split any more.
    [[nodiscard]] bool note(const std::vector<Picture>& pictures, Time now);
    /// These are the weights that were asked for: whatever happened before is settled.
    void accept(const std::vector<Picture>& pictures);

    /// Changes with every weight and every start of a process.
    [[nodiscard]] std::string version(const std::vector<Picture>& pictures) const;
    [[nodiscard]] bool isReloaded(std::size_t process, const Picture& now) const;
    /// In words where the processes disagree; empty: they agree.
    [[nodiscard]] std::string splitBrain(const std::vector<Picture>& pictures) const;
    /// Its agent-check was seen to change its weight, or says nothing but one.
    [[nodiscard]] bool isDrivenByAgent(std::size_t server) const { return m_agentChanges[server] > 0; }
    /// What the weights are for the route: those that agents change all the time count as they were configured.
    [[nodiscard]] std::vector<Picture> settled(std::vector<Picture> pictures) const;
    [[nodiscard]] const std::string& drift() const { return m_drift; }
    [[nodiscard]] std::optional<Time> driftedAt() const { return m_driftedAt; }
    /// Something that is no drift and worth knowing; may be empty.
    [[nodiscard]] const std::string& notice() const { return m_notice; }
    /// The weights that a reload undid; empty: none.
    [[nodiscard]] const std::vector<int>& forgotten() const { return m_forgotten; }

private:
    struct Known
    {
        Picture picture;
        std::chrono::steady_clock::time_point at;
    };
    void know(const std::vector<Picture>& pictures);
    [[nodiscard]] std::string whose(std::size_t process) const { return m_addresses.size() > 1 ? m_addresses[process] + " " : std::string(); }

    std::vector<std::string> m_addresses;
    std::vector<std::optional<Known>> m_known; ///< one a process, as it answered last; empty before the first answer
    std::vector<std::optional<std::vector<int>>> m_missed; ///< by process: the weights that were set while it did not answer
    std::vector<std::uint64_t> m_reloads; ///< tells a reload apart where the process id stays the same, as in containers
    std::vector<int> m_agentChanges; ///< by server: how often its agent-check has changed its weight; more than once where it says nothing but weights
    std::vector<int> m_forgotten;
    std::string m_drift, m_notice;
    std::optional<Time> m_driftedAt;
};

} // namespace penstock::haproxy
