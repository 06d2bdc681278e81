// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "fleet/series.h"
#include "output.h"
#include "workspace/workspace.h"

namespace CLI {
class App;
}

namespace penstock {

/// `forecast`: what the history of a workspace says of the time to come, and when capacity runs out. It connects
/// nowhere.
class ForecastCommand
{
public:
    explicit ForecastCommand(CLI::App& app);
    [[nodiscard]] bool chosen() const;
    /// What to print.
    [[nodiscard]] Result<std::string> run(const Workspace& workspace, OutputFormat format) const;

private:
    CLI::App* m_command;
    std::string m_by = "provider,model", m_metric = "load", m_file;
    std::vector<std::string> m_keys;
    double m_horizon = 90 * 24; ///< hours
    double m_capacity = -1; ///< GPUs; below 0: not given
    bool m_peaks = false, m_points = false;
};

} // namespace penstock
