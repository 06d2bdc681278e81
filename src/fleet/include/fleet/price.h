// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace penstock {

/// What one GPU costs an hour, as somebody said on a day. Prices drift: a table of these is an estimate, never a bill.
struct Price
{
    std::string provider;
    std::string region {}; ///< empty: every region without a price of its own
    std::string model; ///< "H100" means every H100, "H100 80GB SXM" only that one
    double perGpuHour = 0; ///< US dollars
    std::chrono::sys_days asOf {}; ///< the day it is known from; the newest that is not in the future counts
    std::string source {}; ///< where it was read; may be empty
    bool isList = false; ///< of a provider's public list, as the catalogue has it, and nobody's own
    friend bool operator==(const Price&, const Price&) = default;
};

/// How much of a load one GPU of a model carries, as a multiple of one H100 80GB SXM.
struct RelativePerformance
{
    std::string model; ///< "H200" means every H200
    double factor = 1;
    std::string source {}; ///< where it was measured or read, or that it is assumed; may be empty
    friend bool operator==(const RelativePerformance&, const RelativePerformance&) = default;
};

} // namespace penstock
