// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace penstock {

/// What a capacity report said in figures: kept, so that the next one can say what has changed.
struct ReportFigures
{
    struct Line
    {
        std::string provider, model; ///< empty: of all together
        std::optional<double> gpus, supply, committed, allocated, busy, unmet;
        std::optional<double> dollars, idleDollars; ///< an hour
        bool hasRunOut = false; ///< in the newest hour
        std::optional<Time> earliest, runsOut, latest;
        friend bool operator==(const Line&, const Line&) = default;
    };
    Time at {};
    bool simulated = false;
    Line whole;
    std::vector<Line> lines; ///< by provider and model
    friend bool operator==(const ReportFigures&, const ReportFigures&) = default;
};

} // namespace penstock
