// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "fleet/fleetevent.h"
#include "fleet/history.h"
#include "fleet/scope.h"

namespace penstock {

/// What to read. The answer comes from one tier: the coarsest that is no coarser than `step`, or a coarser one where
/// that no longer reaches back to `from`.
struct HistoryQuery
{
    GroupPoint::Dimension dimension = GroupPoint::Dimension::Total;
    std::vector<std::string> keys {}; ///< empty: all
    std::vector<HistoryFigure> figures {};
    Time from {}, to {}; ///< points that begin before `to`, and the one that holds `from`
    std::chrono::seconds step { 1 };
};

struct HistoryPoint
{
    Time at {}; ///< its beginning, a multiple of the step
    std::uint32_t seconds = 0; ///< those of its step that have data
    double mean = 0, least = 0, greatest = 0; ///< of these
    std::uint32_t simulated = 0; ///< of its seconds: those in which something was simulated or replayed
    friend bool operator==(const HistoryPoint&, const HistoryPoint&) = default;
};

/// A step without data has no point.
struct HistorySeries
{
    std::string key;
    HistoryFigure figure {};
    std::vector<HistoryPoint> points;
};

struct HistoryAnswer
{
    std::chrono::seconds step {}; ///< at least the one asked for, a multiple of the tier's
    std::vector<HistorySeries> series; ///< those with points, by key and then as the figures were asked for
    std::size_t damaged = 0; ///< chunks that could not be read; gaps stand in their place
};

/// What is kept of one tier.
struct HistoryTierState
{
    HistoryTier tier;
    std::optional<Time> from, to; ///< empty: nothing yet
    std::int64_t points = 0; ///< of all groups
    std::int64_t bytes = 0;
};

/// Which events to read; empty parts do not restrict.
struct EventQuery
{
    Time from {}, to {}; ///< those before `to`
    Scope scope {}; ///< of it, and of what it is a part of
    std::vector<FleetEvent::Kind> kinds {};
    std::size_t most = 1000; ///< the newest of them
};

struct EventAnswer
{
    std::vector<FleetEvent> events; ///< the oldest first
    bool isWhole = true; ///< false: there are older ones than `most`
};

/// What is kept of events.
struct EventsState
{
    std::optional<Time> from, to; ///< of the oldest and of the newest
    std::int64_t events = 0;
};

/// What the fleets were doing, for thirteen months, in an SQLite database of its own. One process writes it at a time,
/// whoever writes first; any number read. One thread uses an object at a time.
///
/// A second that is there stays as the last write of its minute left it: the same second replaces it until the minute
/// is over (until a write holds another one), and is left out from then on. So a clock that goes back repeats nothing,
/// and what it shows again is left out.
class HistoryFile
{
public:
    /// Opens or makes the file. A damaged one is set aside as NAME.damaged-TIME, which `notice` then says; one written
    /// by a newer version is refused and left alone.
    [[nodiscard]] static Result<HistoryFile> open(
        const std::string& path, const HistorySettings& settings, std::string& notice, Clock clock = wallClock);
    /// Opens it without ever writing to it. NotFound without a file.
    [[nodiscard]] static Result<HistoryFile> openToRead(const std::string& path);
    /// Damaged ones that were set aside earlier and still lie beside `path`, a sentence each; empty: none. Whoever has
    /// dealt with one takes it away, and is told of it until then.
    [[nodiscard]] static std::vector<std::string> setAsideBefore(const std::string& path);
    HistoryFile(HistoryFile&&) noexcept;
    HistoryFile& operator=(HistoryFile&&) = delete;
    ~HistoryFile(); ///< lets another process write

    /// What it returned well of is on disk, whatever happens to this process. Refused while another process writes,
    /// which is named; Corrupt when the file turned out to be damaged and was set aside: the next call writes an empty
    /// one.
    [[nodiscard]] Result<> write(
        std::span<const std::shared_ptr<const RollupPoint>> points, std::span<const FleetEvent> events = {});

    /// Looks at all of it, seconds for gigabytes: Corrupt as above, Refused while another process writes. A page that nobody writes to can be damaged unseen.
    [[nodiscard]] Result<> check();

    [[nodiscard]] Result<HistoryAnswer> read(const HistoryQuery& query);
    [[nodiscard]] Result<EventAnswer> events(const EventQuery& query);
    [[nodiscard]] Result<EventsState> eventsKept();
    /// Whole points of these dimensions, oldest first, where seconds are still kept.
    [[nodiscard]] Result<RecentHistory> recent(Time since, std::span<const GroupPoint::Dimension> dimensions);
    /// The finest first. Takes a moment: it looks at every chunk.
    [[nodiscard]] Result<std::vector<HistoryTierState>> tiers();
    [[nodiscard]] Result<std::int64_t> bytes(); ///< of the database, without what it has to spare

private:
    struct Parts;
    explicit HistoryFile(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> m_parts;
};

} // namespace penstock
