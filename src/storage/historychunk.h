// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fleet/history.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace penstock {

/// One figure over some seconds, in whole steps of it, so that sums are exact. A monoid.
struct HistoryValue
{
    std::uint32_t seconds = 0; ///< those with data; 0: nothing is known, and the rest means nothing
    std::int64_t sum = 0, least = 0, greatest = 0;

    HistoryValue& operator+=(const HistoryValue& other)
    {
        if (other.seconds == 0)
            return *this;
        if (seconds == 0)
            return *this = other;
        seconds += other.seconds;
        sum += other.sum;
        least = std::min(least, other.least);
        greatest = std::max(greatest, other.greatest);
        return *this;
    }
    friend bool operator==(const HistoryValue&, const HistoryValue&) = default;
};

/// Points of one group, one after another. A figure of which nothing is known has no column.
struct HistoryChunk
{
    std::array<std::vector<HistoryValue>, historyFigures> columns;
    friend bool operator==(const HistoryChunk&, const HistoryChunk&) = default;
};

inline constexpr std::size_t mostHistorySlots = 60; ///< of a chunk
/// Those of which any figure is known, in order.
[[nodiscard]] std::vector<std::size_t> slotsWithData(const HistoryChunk& chunk);
[[nodiscard]] constexpr std::size_t slotsOf(const HistoryTier& tier)
{
    return static_cast<std::size_t>(tier.chunk / tier.step);
}

/// Steps of a figure that are one GPU, one per cent or one watt.
[[nodiscard]] double historyScale(HistoryFigure figure);

/// The values of one group in one second; below 0: not known.
using HistorySecond = std::array<std::int64_t, historyFigures>;
[[nodiscard]] HistorySecond secondOf(const GroupPoint& group);

using FigureSet = std::uint16_t; ///< bit: HistoryFigure
inline constexpr FigureSet allFigures = (1U << historyFigures) - 1;

/// Turns chunks and seconds into bytes and back: columns of differences, compressed with zstd. One thread at a time.
/// What it reads may come from a stranger.
class HistoryPacker
{
public:
    HistoryPacker();
    [[nodiscard]] std::string pack(const HistoryChunk& chunk);
    /// Other figures than the wanted ones are skipped. Corrupt.
    [[nodiscard]] Result<HistoryChunk> unpackChunk(
        std::string_view bytes, std::size_t slots, FigureSet wanted = allFigures);
    [[nodiscard]] std::string pack(const std::map<std::int64_t, HistorySecond>& second); ///< by group
    [[nodiscard]] Result<std::map<std::int64_t, HistorySecond>> unpackSecond(std::string_view bytes);

private:
    [[nodiscard]] std::string compressed(std::string_view plain);
    [[nodiscard]] Result<std::string_view> decompressed(std::string_view bytes); ///< valid until the next call
    struct Free
    {
        void operator()(ZSTD_CCtx_s* context) const noexcept;
        void operator()(ZSTD_DCtx_s* context) const noexcept;
    };
    std::unique_ptr<ZSTD_CCtx_s, Free> m_in;
    std::unique_ptr<ZSTD_DCtx_s, Free> m_out;
    std::string m_buffer;
};

} // namespace penstock
