// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "output.h"
#include "workspace/workspace.h"

namespace CLI {
class App;
}

namespace penstock {

/// `penstockctl history`: what the console remembers of the fleets. Connects nowhere.
class HistoryCommands
{
public:
    explicit HistoryCommands(CLI::App& app);
    [[nodiscard]] bool chosen() const;
    [[nodiscard]] bool namesFile() const { return !m_file.empty(); } ///< another history than that of the workspace
    [[nodiscard]] int run(const Workspace& workspace, OutputFormat format) const;

private:
    [[nodiscard]] int read(const std::string& file, OutputFormat format) const;
    [[nodiscard]] int tiers(const std::string& file, OutputFormat format) const;
    [[nodiscard]] int events(const std::string& file, OutputFormat format) const;
    [[nodiscard]] int import(const Workspace& workspace, const std::string& file) const;

    CLI::App *m_history, *m_tiers, *m_import, *m_events;
    std::vector<std::string> m_metrics { "busy" }, m_keys, m_kinds;
    std::string m_by = "total", m_from, m_to, m_file, m_replay, m_scope;
    std::uint64_t m_most = 1000; ///< events
    double m_step = 0; ///< s; 0: not given
    bool m_local = false, m_mix = false, m_weights = false;
};

} // namespace penstock
