// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "fleet/route.h"

namespace penstock {

/// The one place where numbers become text, in the user's locale. An unknown value is an en dash.
namespace format {
    [[nodiscard]] QString count(std::uint64_t value); ///< "412,096"
    [[nodiscard]] QString percent(std::optional<double> value); ///< "81.4 %"
    /// "71 %": rounded down, so that 100 % means all.
    [[nodiscard]] QString wholePercent(double value);
    [[nodiscard]] QString dollars(double amount); ///< "$4.1k", "$1.02M"
    [[nodiscard]] QString day(Time at); ///< "14 Feb 2027", UTC
    [[nodiscard]] QString costChange(double dollarsAnHour); ///< "+$4.1k", "-$12"
    [[nodiscard]] QString moment(Time at); ///< "23:14 UTC", of another day than today "27 Nov 23:14 UTC"
    [[nodiscard]] QString second(Time at); ///< "23:14:05 UTC", of another day than today "27 Nov 23:14:05 UTC"
    [[nodiscard]] QString duration(std::chrono::milliseconds time); ///< "1.4 s", "2 min 10 s"
    [[nodiscard]] QString span(std::chrono::seconds time); ///< "45 s", "15 min", "1 h 30 min": without what is zero
    /// "66 / 34 / 0": shares that add up to 100 do so in whole per cent too (largest remainders are rounded up).
    [[nodiscard]] QString split(const Weights& shares);
    [[nodiscard]] std::vector<int> wholeShares(const Weights& shares);
    [[nodiscard]] QString share(double value); ///< "81.4": in columns whose title says per cent
    [[nodiscard]] QString age(std::optional<double> seconds); ///< "0.4 s", "12 s", "3 m 12 s", "5 h 2 m"
    [[nodiscard]] QString power(std::optional<double> watts); ///< "247.3 MW"
    [[nodiscard]] QString memory(std::optional<double> mib); ///< "61.2 GiB"
    [[nodiscard]] QString rate(double perSecond); ///< "24.1k/s"
}

/// Seconds since something was observed; never below 0.
[[nodiscard]] std::optional<double> ageSeconds(std::optional<Time> observed, Time now);

} // namespace penstock
