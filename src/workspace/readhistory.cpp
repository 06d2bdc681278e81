// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <charconv>

#include "rules.h"

namespace penstock {

namespace {

    /// "2h", "13mo"; a month has 31 days.
    std::optional<std::chrono::seconds> durationOf(std::string_view text)
    {
        using namespace std::chrono_literals;
        std::int64_t amount = 0;
        const auto* end = text.data() + text.size();
        const auto [stop, wrong] = std::from_chars(text.data(), end, amount);
        const auto unit = std::string_view(stop, static_cast<std::size_t>(end - stop));
        const std::chrono::seconds one = unit == "min" ? 1min : unit == "h" ? 1h : unit == "d" ? 24h : unit == "mo" ? 31 * 24h : 0s;
        if (wrong != std::errc() || one == 0s || amount <= 0 || amount > 100'000)
            return std::nullopt;
        return amount * one;
    }

} // namespace

void readHistory(Table& it, HistorySettings& history)
{
    it.table("keep", [&](Table& keep) {
        for (std::size_t t = 0; t < historyTierCount; ++t) {
            const auto& tier = historyTiers.at(t);
            const auto text = keep.text(tier.name);
            if (text.empty())
                continue;
            const auto duration = durationOf(text);
            if (!duration)
                keep.error(keep.at(tier.name), "'" + text + "' is no length of time", "write " + std::string(tier.name) + " = \"90min\", \"2h\", \"30d\" or \"13mo\"");
            else if (*duration < tier.chunk)
                keep.error(keep.at(tier.name), std::string(tier.name) + " is kept for too short", "points are stored " + std::to_string(std::chrono::duration_cast<std::chrono::minutes>(tier.chunk).count()) + "min at a time: keep as much at least");
            else
                history.keep.at(t) = *duration;
        }
        for (std::size_t t = 1; t < historyTierCount; ++t)
            if (history.keep.at(t) < history.keep.at(t - 1))
                keep.error(keep.at(historyTiers.at(t).name), std::string(historyTiers.at(t).name) + " would be kept for a shorter time than " + std::string(historyTiers.at(t - 1).name),
                    "keep the coarser points for at least as long");
    });
    constexpr double least = 10e6, most = 1e13;
    history.maxBytes = static_cast<std::int64_t>(it.number("max_bytes", static_cast<double>(history.maxBytes), least, most));
}

} // namespace penstock
