// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <array>

#include "planner/rules.h"

namespace penstock {

namespace {

    // The assumption: a served model is bound by reading its weights and its cache, so a GPU carries load in proportion to
    // its memory bandwidth. The figures are bandwidths in TB/s from the vendors' data sheets over the 3.35 of an H100 SXM.
    // Training and long prompts are bound by arithmetic instead: measure, and write [[performance]] into the workspace.
    struct Bandwidth
    {
        const char* model;
        double terabytesPerSecond;
    };
    constexpr double h100 = 3.35;
    constexpr std::array bandwidths {
        Bandwidth { "T4", 0.32 }, Bandwidth { "V100", 0.90 }, Bandwidth { "A10", 0.60 }, Bandwidth { "A10G", 0.60 }, Bandwidth { "L4", 0.30 },
        Bandwidth { "L40", 0.864 }, Bandwidth { "L40S", 0.864 }, Bandwidth { "A100 40GB", 1.555 }, Bandwidth { "A100", 2.039 },
        Bandwidth { "H100", h100 }, Bandwidth { "H100 80GB PCIe", 2.0 }, Bandwidth { "H100 NVL", 3.9 }, Bandwidth { "H100 94GB", 3.9 },
        Bandwidth { "GH200", 4.0 }, Bandwidth { "H200", 4.8 }, Bandwidth { "B200", 8.0 }, Bandwidth { "GB200", 8.0 }, Bandwidth { "B300", 8.0 },
        Bandwidth { "GB300", 8.0 }, Bandwidth { "RTX PRO 6000", 1.6 }, Bandwidth { "MI300X", 5.3 }, Bandwidth { "MI355X", 8.0 },
    };

    /// The factor of the longest name that matches.
    std::optional<double> lookUp(std::string_view model, std::span<const RelativePerformance> table)
    {
        const RelativePerformance* best = nullptr;
        for (const auto& it : table)
            if (modelMatches(model, it.model) && (!best || it.model.size() > best->model.size()))
                best = &it;
        return best ? std::optional(best->factor) : std::nullopt;
    }

} // namespace

std::span<const RelativePerformance> defaultPerformance()
{
    static const auto table = [] {
        std::vector<RelativePerformance> made;
        for (const auto& it : bandwidths)
            made.push_back({ it.model, it.terabytesPerSecond / h100, "assumed: memory bandwidth of the data sheet" });
        return made;
    }();
    return table;
}

double relativePerformance(std::string_view model, std::span<const RelativePerformance> own)
{
    if (const auto found = lookUp(model, own))
        return *found;
    return lookUp(model, defaultPerformance()).value_or(1.0);
}

} // namespace penstock
