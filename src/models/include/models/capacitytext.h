// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>

#include "report/capacityfigures.h"

namespace penstock {

/// What is said of capacity in words, in a window and on paper alike.
struct CapacityText
{
    Q_DECLARE_TR_FUNCTIONS(penstock::CapacityText)

public:
    /// By its place in `capacityRanges`: "13 months", and what a point of it is: "each day at its busiest hour".
    [[nodiscard]] static QString range(std::size_t at);
    [[nodiscard]] static QString steps(std::size_t at);
    [[nodiscard]] static QString method(ForecastMethod method); ///< "same as last week"
    /// How good the forecast is, beside the naive one. `told`: null where nothing is known.
    [[nodiscard]] static QString forecast(const ToldGroup* told);
    /// "14 Feb 2027", and below it "in 79 days, 22 Jan to 19 Mar 2027".
    [[nodiscard]] static QString runsOutNote(const RunOut& out, Time now);
    /// "azure H100 80GB SXM first: 2 Jan 2027": who runs out before all together do; empty: nobody.
    [[nodiscard]] static QString firstOut(const std::vector<ToldGroup>& rows, const RunOut& whole);
    [[nodiscard]] static QString source(const std::string& workspace);
    /// What of the range was not seen, or could not be read; empty: nothing is missing.
    [[nodiscard]] static QString missing(const CapacityHistory& history);
    /// "Supply now", of the past "Supply, 23:14 UTC", of what is older than `now` "Supply, 5 h 2 m ago". `past`: what is looked back at.
    [[nodiscard]] static QString dated(const QString& what, const CapacityMoment& of, Time now, std::optional<Time> past = {});
    [[nodiscard]] static QString moment(Time at); ///< "27 Nov 2026, 12:14 UTC"
    /// "94.9 % of supply, 26 Nov 2026": of the greatest second of a time.
    [[nodiscard]] static QString peakNote(const KeyFigures& key);
    /// A dash where it is not known.
    [[nodiscard]] static QString gpus(double count);
    [[nodiscard]] static QString percent(double value);
    [[nodiscard]] static QString ofGpus(const CapacityMoment& it); ///< "of 366,630 GPUs, 49,152 silent"
    /// So many that it is seen beside all others: a single GPU that is lost is nothing that a manager has to see.
    [[nodiscard]] static bool isSilent(const CapacitySeries& series, std::size_t at);

private:
    [[nodiscard]] static QString silentForAWhile(const CapacityHistory& history);
    [[nodiscard]] static QStringList silent(const CapacityHistory& history);
};

/// "list prices of 2026-07-20", "prices of the workspace up to 2026-11-01"; "" without any.
[[nodiscard]] QString pricesText(const PriceBasis& prices);

} // namespace penstock
