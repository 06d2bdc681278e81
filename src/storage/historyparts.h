// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <utility>

#include "fleet/journal.h"
#include "historychunk.h"
#include "statement.h"
#include "storage/databasehandle.h"
#include "storage/historyfile.h"

namespace penstock {

using Second = std::int64_t; ///< since 1970, UTC

[[nodiscard]] constexpr Second floorTo(Second at, std::chrono::seconds step)
{
    return at - ((at % step.count()) + step.count()) % step.count();
}
[[nodiscard]] inline Second secondOf(Time time)
{
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}
[[nodiscard]] inline Time timeOf(Second at)
{
    return Time(std::chrono::seconds(at));
}

/// What a history file is made of; its functions are in historyfile.cpp, historywriter.cpp and historyreader.cpp.
struct HistoryFile::Parts
{
    std::string path;
    HistorySettings settings;
    Clock clock;
    DatabaseHandle handle; ///< empty: to be made again, the damaged one was set aside
    HistoryPacker packer;
    bool mayWrite = false, holds = false; ///< holds: nobody else writes
    ProcessName process = thisProcess();
    std::map<std::pair<GroupPoint::Dimension, std::string>, std::int64_t>
        groups; ///< those that were written, by their number
    std::optional<Second> openMinute; ///< the last that was written, not packed yet
    std::optional<std::array<std::int64_t, 2>> eventCounts; ///< those kept of workloads, and all others; empty: to be counted

    [[nodiscard]] Result<> leave(); ///< a damaged file: sets it aside, which the error that it returns says
    // historywriter.cpp
    [[nodiscard]] Result<> take(bool& first); ///< first: it was not this one's before
    void letGo();
    [[nodiscard]] Result<> writeSeconds(
        std::span<const std::shared_ptr<const RollupPoint>> points, std::span<const FleetEvent> events);
    [[nodiscard]] Result<std::int64_t> groupOf(GroupPoint::Dimension dimension, const std::string& key);
    [[nodiscard]] Result<bool> isPacked(Second minute);
    [[nodiscard]] Result<> packMinutes();
    using OpenChunks = std::map<std::pair<std::size_t, std::int64_t>, std::pair<Second, HistoryChunk>>; ///< by tier and group: their start
    [[nodiscard]] Result<> packAll(std::span<const Second> minutes); ///< in one transaction
    [[nodiscard]] Result<> packMinute(Second minute, OpenChunks& open);
    [[nodiscard]] Result<> packGroup(Second minute, std::int64_t group, const HistoryChunk& seconds, OpenChunks& open);
    [[nodiscard]] Result<HistoryChunk*> openChunk(std::size_t tier, Second start, std::int64_t group, OpenChunks& open);
    [[nodiscard]] Result<> putChunk(std::size_t tier, Second start, std::int64_t group, const HistoryChunk& chunk);
    [[nodiscard]] Result<HistoryChunk> chunkOf(std::size_t tier, Second start, std::int64_t group);
    [[nodiscard]] Result<> forgetOld(Second minute);
    [[nodiscard]] Result<> keepSmall();
    // historyevents.cpp
    [[nodiscard]] Result<> countEvents();
    [[nodiscard]] Result<> writeEvents(std::span<const FleetEvent> events);
    [[nodiscard]] Result<> forgetEvents(Second before);
    // historyreader.cpp
    [[nodiscard]] Result<std::map<std::int64_t, std::string>> groupsOf(
        GroupPoint::Dimension dimension, std::span<const std::string> keys);
    [[nodiscard]] Result<std::size_t> tierFor(const HistoryQuery& query);
    [[nodiscard]] Result<std::map<Second, std::map<std::int64_t, HistorySecond>>> hotSeconds(Second from, Second to);
    [[nodiscard]] Result<std::optional<Second>> firstPoint(std::size_t tier);
    [[nodiscard]] Result<std::optional<Second>> oldest(std::size_t tier);
    [[nodiscard]] Result<std::int64_t> usedBytes();
};

} // namespace penstock
