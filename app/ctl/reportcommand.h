// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "session/session.h"

namespace CLI {
class App;
}

namespace penstock {

/// `report`: the capacity report of a workspace as a PDF, the one that the Capacity page writes.
class ReportCommand
{
public:
    explicit ReportCommand(CLI::App& app);
    [[nodiscard]] bool chosen() const;
    /// Refused while a file is there that must not be replaced. Before anything is connected to.
    [[nodiscard]] Result<> mayWrite(const Workspace& workspace);
    /// Writes it and says so on stderr. `historyFile`: the workspace's.
    [[nodiscard]] Result<> run(const Session& session, const std::string& historyFile) const;

private:
    CLI::App* m_command;
    std::string m_out, m_range, m_file;
    bool m_force = false;
};

} // namespace penstock
