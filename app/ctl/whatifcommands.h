// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "output.h"
#include "session/session.h"

namespace CLI {
class App;
}

namespace penstock {

/// The questions of `plan` that end in no plan of their own: the best split, and blocks that come or go. They send nothing.
class WhatIfCommands
{
public:
    explicit WhatIfCommands(CLI::App& plan);
    [[nodiscard]] bool chosen() const;
    [[nodiscard]] bool asksWhoAnswers() const; ///< with how many errors, which takes two readings
    [[nodiscard]] int run(const Session& session, OutputFormat format) const;

private:
    [[nodiscard]] int best(const Session& session, OutputFormat format) const;
    [[nodiscard]] int blocks(const Session& session, OutputFormat format) const;

    CLI::App *m_best, *m_blocks;
    std::vector<std::string> m_routes, m_written;
    std::string m_goal = "cost", m_at;
    double m_growth = 0; ///< per cent
    double m_largestChange = 100; ///< percentage points
};

} // namespace penstock
