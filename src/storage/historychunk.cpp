// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "historychunk.h"

#include <cmath>
#include <new>
#include <optional>
#include <zstd.h>

namespace penstock {

namespace {

constexpr char version = 1; ///< of both formats, the first byte
constexpr int level = 3;
constexpr std::uint64_t largest = std::uint64_t { 4 } << 20; ///< bytes of a second of very many groups
constexpr std::int64_t greatestSum = std::int64_t { 1 } << 53; ///< what a double holds exactly
constexpr std::uint32_t secondsOfADay = 86400;

void append(std::string& out, std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        out += static_cast<char>(value | 0x80);
    out += static_cast<char>(value);
}
void appendDifference(std::string& out, std::int64_t value, std::int64_t& last)
{
    const auto difference = value - std::exchange(last, value);
    append(out, (static_cast<std::uint64_t>(difference) << 1) ^ static_cast<std::uint64_t>(difference >> 63));
}

/// Reads what `append` wrote; once something is missing all further values are 0 and `failed` stays true.
struct Reader
{
    std::string_view rest;
    bool failed = false;

    std::uint64_t next()
    {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && !rest.empty(); shift += 7) {
            const auto byte = static_cast<std::uint8_t>(rest.front());
            rest.remove_prefix(1);
            value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
            if (byte < 0x80)
                return value;
        }
        failed = true;
        return 0;
    }
    std::int64_t nextAfter(std::int64_t& last)
    {
        const auto coded = next();
        const auto difference = (coded >> 1) ^ (~(coded & 1) + 1);
        return last = static_cast<std::int64_t>(static_cast<std::uint64_t>(last) + difference);
    }
    /// Within what a sum may be.
    std::int64_t nextUpTo(std::int64_t most)
    {
        const auto value = next();
        failed = failed || value > static_cast<std::uint64_t>(most);
        return failed ? 0 : static_cast<std::int64_t>(value);
    }
    std::string_view take(std::uint64_t bytes)
    {
        failed = failed || bytes > rest.size();
        const auto taken = rest.substr(0, failed ? 0 : bytes);
        rest.remove_prefix(taken.size());
        return taken;
    }
};

/// Like stands beside like, which is what compresses: seconds, then sums, then how far least and greatest are from the
/// mean.
std::string columnBytes(const std::vector<HistoryValue>& column, bool plain)
{
    std::string out;
    std::int64_t last = 0;
    for (const auto& it : column)
        appendDifference(out, it.seconds, last);
    last = 0;
    for (const auto& it : column)
        if (it.seconds > 0)
            appendDifference(out, it.sum, last);
    if (plain)
        return out;
    for (const auto& it : column)
        if (it.seconds > 0)
            append(out, static_cast<std::uint64_t>(it.sum / it.seconds - it.least));
    for (const auto& it : column)
        if (it.seconds > 0)
            append(out, static_cast<std::uint64_t>(it.greatest - it.sum / it.seconds));
    return out;
}

std::optional<std::vector<HistoryValue>> columnOf(std::string_view bytes, std::size_t slots, bool plain)
{
    Reader in { bytes };
    std::vector<HistoryValue> column(slots);
    std::int64_t last = 0;
    for (auto& it : column) {
        const auto seconds = in.nextAfter(last);
        if (in.failed || seconds < 0 || seconds > secondsOfADay)
            return std::nullopt;
        it.seconds = static_cast<std::uint32_t>(seconds);
    }
    last = 0;
    for (auto& it : column)
        if (it.seconds > 0) {
            it.sum = in.nextAfter(last);
            if (in.failed || it.sum < 0 || it.sum > greatestSum)
                return std::nullopt;
            it.least = it.greatest = it.sum / it.seconds;
        }
    if (!plain) {
        for (auto& it : column)
            if (it.seconds > 0)
                it.least -= in.nextUpTo(it.least);
        for (auto& it : column)
            if (it.seconds > 0)
                it.greatest += in.nextUpTo(greatestSum - it.greatest);
    }
    return in.failed || !in.rest.empty() ? std::nullopt : std::optional(std::move(column));
}

std::unexpected<Error> damaged()
{
    return fail(Error::Kind::Corrupt, "a part of the history is damaged");
}

} // namespace

std::vector<std::size_t> slotsWithData(const HistoryChunk& chunk)
{
    std::vector<std::size_t> slots;
    for (std::size_t slot = 0; slot < mostHistorySlots; ++slot)
        if (std::ranges::any_of(
                chunk.columns, [&](const auto& column) { return slot < column.size() && column[slot].seconds > 0; }))
            slots.push_back(slot);
    return slots;
}

double historyScale(HistoryFigure figure)
{
    switch (figure) {
    case HistoryFigure::Utilisation:
    case HistoryFigure::Desired:
    case HistoryFigure::Accepted:
    case HistoryFigure::Observed:
    case HistoryFigure::Carried:
        return 100;
    case HistoryFigure::Power:
        return 10;
    default:
        return 1;
    }
}

HistorySecond secondOf(const GroupPoint& group)
{
    // A day of them must still be exact.
    constexpr double most = static_cast<double>(greatestSum / secondsOfADay);
    HistorySecond second {};
    for (std::size_t i = 0; i < historyFigures; ++i) {
        const auto figure = static_cast<HistoryFigure>(i);
        const auto value = figureOf(group, figure);
        second[i] = value && std::isfinite(*value) ? std::llround(std::min(*value * historyScale(figure), most)) : -1;
    }
    return second;
}

void HistoryPacker::Free::operator()(ZSTD_CCtx_s* context) const noexcept
{
    ZSTD_freeCCtx(context);
}
void HistoryPacker::Free::operator()(ZSTD_DCtx_s* context) const noexcept
{
    ZSTD_freeDCtx(context);
}

HistoryPacker::HistoryPacker() : m_in(ZSTD_createCCtx()), m_out(ZSTD_createDCtx())
{
    if (!m_in || !m_out)
        throw std::bad_alloc();
}

std::string HistoryPacker::compressed(std::string_view plain)
{
    std::string made(1 + ZSTD_compressBound(plain.size()), version);
    const auto size
        = ZSTD_compressCCtx(m_in.get(), made.data() + 1, made.size() - 1, plain.data(), plain.size(), level);
    made.resize(ZSTD_isError(size) ? 0 : 1 + size);
    return made;
}

Result<std::string_view> HistoryPacker::decompressed(std::string_view bytes)
{
    if (bytes.empty() || bytes.front() != version)
        return damaged();
    bytes.remove_prefix(1);
    const auto size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > largest)
        return damaged();
    m_buffer.resize(size);
    if (ZSTD_decompressDCtx(m_out.get(), m_buffer.data(), m_buffer.size(), bytes.data(), bytes.size()) != size)
        return damaged();
    return m_buffer;
}

std::string HistoryPacker::pack(const HistoryChunk& chunk)
{
    bool plain = true;
    FigureSet known = 0;
    for (std::size_t i = 0; i < historyFigures; ++i) {
        known = static_cast<FigureSet>(known | (chunk.columns[i].empty() ? 0U : 1U << i));
        plain = plain && std::ranges::all_of(chunk.columns[i], [](const HistoryValue& it) { return it.seconds <= 1; });
    }
    std::string out(1, plain ? '\1' : '\0');
    append(out, known);
    for (const auto& column : chunk.columns)
        if (!column.empty()) {
            const auto bytes = columnBytes(column, plain);
            append(out, bytes.size());
            out += bytes;
        }
    return compressed(out);
}

Result<HistoryChunk> HistoryPacker::unpackChunk(std::string_view bytes, std::size_t slots, FigureSet wanted)
{
    const auto plainBytes = decompressed(bytes);
    if (!plainBytes)
        return std::unexpected(plainBytes.error());
    Reader in { *plainBytes };
    const auto plain = in.next(), known = in.next();
    if (in.failed || plain > 1 || known > allFigures || slots > mostHistorySlots)
        return damaged();
    HistoryChunk chunk;
    for (std::size_t i = 0; i < historyFigures; ++i) {
        if ((known >> i & 1) == 0)
            continue;
        const auto columnBytes = in.take(in.next());
        if (in.failed)
            return damaged();
        if ((std::uint32_t { wanted } >> i & 1U) == 0)
            continue;
        auto column = columnOf(columnBytes, slots, plain == 1);
        if (!column)
            return damaged();
        chunk.columns[i] = std::move(*column);
    }
    return in.rest.empty() ? Result<HistoryChunk>(std::move(chunk)) : damaged();
}

std::string HistoryPacker::pack(const std::map<std::int64_t, HistorySecond>& second)
{
    std::string out;
    append(out, second.size());
    for (const auto& [group, values] : second) {
        append(out, static_cast<std::uint64_t>(group));
        FigureSet known = 0;
        for (std::size_t i = 0; i < historyFigures; ++i)
            known = static_cast<FigureSet>(known | (values[i] < 0 ? 0U : 1U << i));
        append(out, known);
        for (const auto value : values)
            if (value >= 0)
                append(out, static_cast<std::uint64_t>(value));
    }
    return compressed(out);
}

Result<std::map<std::int64_t, HistorySecond>> HistoryPacker::unpackSecond(std::string_view bytes)
{
    const auto plain = decompressed(bytes);
    if (!plain)
        return std::unexpected(plain.error());
    Reader in { *plain };
    std::map<std::int64_t, HistorySecond> second;
    for (auto left = in.next(); left > 0 && !in.failed; --left) {
        const auto group = in.nextUpTo(greatestSum);
        const auto known = in.next();
        HistorySecond values;
        values.fill(-1);
        for (std::size_t i = 0; i < historyFigures; ++i)
            if ((known >> i & 1) != 0)
                values[i] = in.nextUpTo(greatestSum / secondsOfADay);
        if (in.failed || known > allFigures)
            return damaged();
        second.insert_or_assign(group, values);
    }
    return in.failed || !in.rest.empty() ? damaged() : Result<std::map<std::int64_t, HistorySecond>>(std::move(second));
}

} // namespace penstock
