// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <sqlite3.h>

#include "historyparts.h"

namespace penstock {

using namespace std::chrono_literals;

namespace {

constexpr auto holdFor = 60s; ///< a machine that went away with the file open keeps others out for as long
constexpr auto fastestAhead = 1h; ///< see forgetOld
constexpr std::size_t packedAtOnce = 60; ///< minutes; of a console there is one at a time, of a replay there are many
constexpr int mostDropped = 200; ///< starts of chunks that one minute drops to become small again

std::string text(const Statement& statement, int column)
{
    return std::string(statement.bytes(column));
}

/// Makes points of a tier of the finer points below it. What is there already stays where it knows more: of that minute
/// the finer points may have been dropped since.
void fold(const HistoryChunk& finer, std::size_t from, std::size_t each, HistoryChunk& into, std::size_t slot,
    std::size_t slots)
{
    for (std::size_t f = 0; f < historyFigures; ++f) {
        if (finer.columns[f].empty())
            continue;
        HistoryValue value;
        for (std::size_t i = from; i < from + each; ++i)
            value += finer.columns[f][i];
        auto& column = into.columns[f];
        if (value.seconds == 0 || (!column.empty() && column[slot].seconds > value.seconds))
            continue;
        column.resize(slots);
        column[slot] = value;
    }
}

} // namespace

void HistoryFile::Parts::letGo()
{
    if (auto drop = Statement::prepare(handle.get(), "DELETE FROM holder WHERE host = ? AND pid = ? AND started = ?")) {
        drop->bind(1, std::string_view(process.host)).bind(2, process.pid).bind(3, std::string_view(process.started));
        (void)drop->run();
    }
}

/// Inside a transaction.
Result<> HistoryFile::Parts::take(bool& first)
{
    const auto now = clock();
    first = true;
    auto find = Statement::prepare(handle.get(), "SELECT host, pid, started, until_us FROM holder");
    if (!find)
        return std::unexpected(find.error());
    const auto found = find->step();
    if (!found)
        return std::unexpected(found.error());
    if (*found) {
        const ProcessName other { text(*find, 0), find->integer(1), text(*find, 2) };
        const Time until { Duration(find->integer(3)) };
        const bool mine = other == process;
        first = !mine || !holds;
        // A clock that was wrong for a while must not keep everybody out for as long.
        if (!mine && until > now && until <= now + holdFor && !isKnownDead(other))
            return fail(Error::Kind::Refused,
                "the history is written by process " + std::to_string(other.pid) + " at "
                    + other.host.substr(0, other.host.find('/')),
                path, "this program shows it and adds nothing until that one ends");
    }
    auto put = Statement::prepare(
        handle.get(), "INSERT OR REPLACE INTO holder (one, host, pid, started, until_us) VALUES (1, ?, ?, ?, ?)");
    if (!put)
        return std::unexpected(put.error());
    put->bind(1, std::string_view(process.host))
        .bind(2, process.pid)
        .bind(3, std::string_view(process.started))
        .bind(4, std::int64_t { (now + holdFor).time_since_epoch().count() });
    return put->run();
}

Result<std::int64_t> HistoryFile::Parts::groupOf(GroupPoint::Dimension dimension, const std::string& key)
{
    const auto [known, isNew] = groups.try_emplace({ dimension, key });
    if (!isNew)
        return known->second;
    for (const char* sql : { "INSERT OR IGNORE INTO grp (dimension, key) VALUES (?, ?)",
             "SELECT number FROM grp WHERE dimension = ? AND key = ?" }) {
        auto statement = Statement::prepare(handle.get(), sql);
        if (!statement)
            return std::unexpected(statement.error());
        statement->bind(1, static_cast<std::int64_t>(dimension)).bind(2, std::string_view(key));
        const auto row = statement->step();
        if (!row)
            return std::unexpected(row.error());
        if (*row)
            known->second = statement->integer(0);
    }
    return known->second;
}

Result<bool> HistoryFile::Parts::isPacked(Second minute)
{
    auto find = Statement::prepare(handle.get(), "SELECT 1 FROM chunk WHERE tier = 0 AND start_s = ? LIMIT 1");
    if (!find)
        return std::unexpected(find.error());
    find->bind(1, std::int64_t { minute });
    return find->step();
}

Result<> HistoryFile::Parts::writeSeconds(
    std::span<const std::shared_ptr<const RollupPoint>> points, std::span<const FleetEvent> events)
{
    auto transaction = Transaction::begin(handle.get());
    if (!transaction)
        return std::unexpected(transaction.error());
    bool first = false;
    if (auto done = take(first); !done)
        return done;
    // Another process may have written meanwhile.
    if (first) {
        groups.clear();
        openMinute.reset();
        eventCounts.reset();
    }
    auto put = Statement::prepare(handle.get(), "INSERT OR REPLACE INTO second (at_s, body) VALUES (?, ?)");
    if (!put)
        return std::unexpected(put.error());
    for (const auto& point : points) {
        const auto at = secondOf(point->at);
        if (const auto minute = floorTo(at, 1min); openMinute != minute) {
            const auto packed = isPacked(minute);
            if (!packed)
                return std::unexpected(packed.error());
            if (*packed)
                continue;
            openMinute = minute;
        }
        std::map<std::int64_t, HistorySecond> second;
        for (const auto& group : point->groups) {
            const auto of = groupOf(group.dimension, group.key);
            if (!of)
                return std::unexpected(of.error());
            auto values = secondOf(group);
            if (point->simulated)
                values.at(static_cast<std::size_t>(HistoryFigure::Simulated)) = 1;
            second.insert_or_assign(*of, values);
        }
        put->bind(1, std::int64_t { at }).bindBlob(2, packer.pack(second));
        if (auto done = put->run(); !done)
            return done;
        put->reset();
    }
    if (auto written = writeEvents(events); !written)
        return written;
    auto done = transaction->commit();
    holds = holds || done;
    return done;
}

Result<> HistoryFile::Parts::packMinutes()
{
    // Before anything was written after a start, nobody knows which minute goes on.
    if (!openMinute)
        return {};
    std::vector<Second> minutes;
    {
        auto find = Statement::prepare(handle.get(), "SELECT DISTINCT at_s / 60 * 60 FROM second ORDER BY 1");
        if (!find)
            return std::unexpected(find.error());
        for (;;) {
            const auto row = find->step();
            if (!row)
                return std::unexpected(row.error());
            if (!*row)
                break;
            if (find->integer(0) != openMinute)
                minutes.push_back(find->integer(0));
        }
    }
    for (std::span<const Second> left(minutes); !left.empty();) {
        const auto now = left.first(std::min(left.size(), packedAtOnce));
        if (auto done = packAll(now); !done)
            return done;
        left = left.subspan(now.size());
    }
    // What was dropped is used again; only a limit that was lowered makes the file shorter.
    const auto pages = number(handle.get(), "PRAGMA page_count"), each = number(handle.get(), "PRAGMA page_size");
    return !minutes.empty() && pages && each && *pages * *each > settings.maxBytes
        ? execute(handle.get(), "PRAGMA incremental_vacuum(4000)")
        : Result<>();
}

Result<> HistoryFile::Parts::packAll(std::span<const Second> minutes)
{
    auto transaction = Transaction::begin(handle.get());
    if (!transaction)
        return std::unexpected(transaction.error());
    OpenChunks open;
    for (const auto minute : minutes)
        if (auto done = packMinute(minute, open); !done)
            return done;
    for (const auto& [of, chunk] : open)
        if (auto done = putChunk(of.first, chunk.first, of.second, chunk.second); !done)
            return done;
    for (const auto minute : minutes)
        if (auto done = forgetOld(minute); !done)
            return done;
    if (auto done = keepSmall(); !done)
        return done;
    return transaction->commit();
}

Result<> HistoryFile::Parts::packMinute(Second minute, OpenChunks& open)
{
    const auto hot = hotSeconds(minute, minute + 60);
    if (!hot)
        return std::unexpected(hot.error());
    std::map<std::int64_t, HistoryChunk> byGroup;
    for (const auto& [at, second] : *hot)
        for (const auto& [group, values] : second) {
            auto& chunk = byGroup[group];
            for (std::size_t f = 0; f < historyFigures; ++f)
                if (values[f] >= 0) {
                    chunk.columns[f].resize(60);
                    chunk.columns[f][static_cast<std::size_t>(at - minute)] = { 1, values[f], values[f], values[f] };
                }
        }
    for (const auto& [group, chunk] : byGroup)
        if (auto done = packGroup(minute, group, chunk, open); !done)
            return done;
    auto forget = Statement::prepare(handle.get(), "DELETE FROM second WHERE at_s >= ? AND at_s < ?");
    if (!forget)
        return std::unexpected(forget.error());
    forget->bind(1, std::int64_t { minute }).bind(2, std::int64_t { minute + 60 });
    return forget->run();
}

Result<HistoryChunk> HistoryFile::Parts::chunkOf(std::size_t tier, Second start, std::int64_t group)
{
    auto find = Statement::prepare(handle.get(), "SELECT body FROM chunk WHERE tier = ? AND start_s = ? AND grp = ?");
    if (!find)
        return std::unexpected(find.error());
    find->bind(1, static_cast<std::int64_t>(tier)).bind(2, std::int64_t { start }).bind(3, group);
    const auto row = find->step();
    if (!row)
        return std::unexpected(row.error());
    if (!*row)
        return HistoryChunk {};
    // A chunk that cannot be read is a gap; the file goes on.
    return packer.unpackChunk(find->bytes(0), slotsOf(historyTiers.at(tier))).value_or(HistoryChunk {});
}

Result<> HistoryFile::Parts::putChunk(std::size_t tier, Second start, std::int64_t group, const HistoryChunk& chunk)
{
    auto put = Statement::prepare(
        handle.get(), "INSERT OR REPLACE INTO chunk (tier, start_s, grp, points, body) VALUES (?, ?, ?, ?, ?)");
    if (!put)
        return std::unexpected(put.error());
    put->bind(1, static_cast<std::int64_t>(tier)).bind(2, std::int64_t { start }).bind(3, group);
    put->bind(4, static_cast<std::int64_t>(slotsWithData(chunk).size())).bindBlob(5, packer.pack(chunk));
    return put->run();
}

/// As it is, or as the minutes before this one have left it.
Result<HistoryChunk*> HistoryFile::Parts::openChunk(std::size_t tier, Second start, std::int64_t group, OpenChunks& open)
{
    const auto [found, isNew] = open.try_emplace({ tier, group });
    auto& [itsStart, chunk] = found->second;
    if (!isNew && itsStart == start)
        return &chunk;
    if (!isNew)
        if (auto done = putChunk(tier, itsStart, group, chunk); !done)
            return std::unexpected(done.error());
    auto read = chunkOf(tier, start, group);
    if (!read)
        return std::unexpected(read.error());
    found->second = { start, std::move(*read) };
    return &chunk;
}

Result<> HistoryFile::Parts::packGroup(Second minute, std::int64_t group, const HistoryChunk& seconds, OpenChunks& open)
{
    const auto* finer = &seconds;
    for (std::size_t t = 1; t < historyTierCount; ++t) {
        const auto& tier = historyTiers.at(t);
        const auto& below = historyTiers.at(t - 1);
        const auto start = floorTo(minute, tier.chunk), belowStart = floorTo(minute, below.chunk);
        const auto chunk = openChunk(t, start, group, open);
        if (!chunk)
            return std::unexpected(chunk.error());
        // All points that this minute has a part in: six of 10 s, one of a minute, one of an hour.
        const auto first = floorTo(minute, tier.step), last = floorTo(minute + 59, tier.step);
        for (auto at = first; at <= last; at += tier.step.count())
            fold(*finer, static_cast<std::size_t>((at - belowStart) / below.step.count()),
                static_cast<std::size_t>(tier.step / below.step), **chunk,
                static_cast<std::size_t>((at - start) / tier.step.count()), slotsOf(tier));
        finer = *chunk;
    }
    return putChunk(0, minute, group, seconds);
}

/// Ages are counted from the newest minute, not from now: what was seen last stays however long nobody looks. One
/// minute moves it on by an hour at most, so that a clock that is wrong for a moment does not cost the past.
Result<> HistoryFile::Parts::forgetOld(Second minute)
{
    const auto before = number(handle.get(), "SELECT at_s FROM reached");
    if (!before)
        return std::unexpected(before.error());
    const auto reached
        = *before == 0 ? minute : std::min<Second>(minute, *before + std::chrono::seconds(fastestAhead).count());
    auto put = Statement::prepare(handle.get(), "INSERT OR REPLACE INTO reached (one, at_s) VALUES (1, ?)");
    if (!put)
        return std::unexpected(put.error());
    put->bind(1, std::int64_t { reached });
    if (auto done = put->run(); !done)
        return done;
    for (std::size_t t = 0; t < historyTierCount; ++t) {
        auto drop = Statement::prepare(handle.get(), "DELETE FROM chunk WHERE tier = ? AND start_s < ?");
        if (!drop)
            return std::unexpected(drop.error());
        drop->bind(1, static_cast<std::int64_t>(t))
            .bind(2, std::int64_t { floorTo(reached + 60 - settings.keep.at(t).count(), historyTiers.at(t).chunk) });
        if (auto done = drop->run(); !done)
            return done;
    }
    return forgetEvents(reached + 60 - settings.keep.back().count());
}

/// The oldest of the finest tier goes first. What one minute may not drop any more the next ones do: a longer tier is
/// not touched as long as a finer one has anything.
Result<> HistoryFile::Parts::keepSmall()
{
    std::size_t tier = 0;
    for (int dropped = 0; dropped < mostDropped && tier < historyTierCount;) {
        const auto used = usedBytes();
        if (!used)
            return std::unexpected(used.error());
        if (*used <= settings.maxBytes)
            return {};
        const auto start = oldest(tier);
        if (!start)
            return std::unexpected(start.error());
        if (!*start) {
            ++tier;
            continue;
        }
        auto drop = Statement::prepare(handle.get(), "DELETE FROM chunk WHERE tier = ? AND start_s = ?");
        if (!drop)
            return std::unexpected(drop.error());
        drop->bind(1, static_cast<std::int64_t>(tier)).bind(2, std::int64_t { **start });
        if (auto done = drop->run(); !done)
            return done;
        ++dropped;
    }
    return {};
}

} // namespace penstock
