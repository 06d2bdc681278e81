// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "sampling.h"

namespace penstock {

namespace {

constexpr std::chrono::hours longestSampling { 3 }; ///< how far apart the points of an import may be to hold until the next

} // namespace

Result<std::optional<Sampling>> samplingBefore(HistoryFile& file, Time at)
{
    const auto answer = file.read({ .dimension = GroupPoint::Dimension::Total, .figures = { HistoryFigure::Busy }, .from = at - longestSampling, .to = at + Duration(1), .step = std::chrono::seconds(1) });
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->series.empty() || answer->series.front().points.size() < 3)
        return std::nullopt;
    const auto& points = answer->series.front().points;
    const auto last = points.back().at, before = points[points.size() - 2].at;
    const auto apart = last - before, earlier = before - points[points.size() - 3].at;
    const bool isEven = apart > longestSilence && apart <= 2 * earlier && earlier <= 2 * apart;
    return isEven && at - last < apart + answer->step ? std::optional(Sampling { last, std::chrono::ceil<std::chrono::seconds>(apart) }) : std::nullopt;
}

} // namespace penstock
