// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <sqlite3.h>

#include "historyparts.h"

namespace penstock {

namespace {

using Dimension = GroupPoint::Dimension;

constexpr std::int64_t bytesOfOne = 80; ///< of an event, with its share of the index; measured by bench_history
constexpr std::int64_t shareOfAll = 20; ///< workloads may fill a 20th of the file, and everything else another
constexpr const char* isOfWorkload = "(kind = 4)";
static_assert(static_cast<int>(FleetEvent::Kind::Workload) == 4);

/// The group that holds all that is meant.
std::pair<Dimension, std::string> placeOf(const std::string& provider, const std::string& region, const std::string& cluster)
{
    if (provider.empty())
        return { Dimension::Total, {} };
    if (region.empty())
        return { Dimension::Provider, provider };
    return cluster.empty() ? std::pair(Dimension::Region, provider + "/" + region)
                           : std::pair(Dimension::Cluster, provider + "/" + region + "/" + cluster);
}

/// Provider, region and cluster of a group, as far as it has them.
Scope scopeOf(std::int64_t dimension, std::string_view key)
{
    Scope scope;
    if (dimension != static_cast<std::int64_t>(Dimension::Provider) && dimension != static_cast<std::int64_t>(Dimension::Region)
        && dimension != static_cast<std::int64_t>(Dimension::Cluster))
        return scope;
    for (auto* part : { &scope.provider, &scope.region, &scope.cluster }) {
        const auto end = part == &scope.cluster ? key.size() : std::min(key.find('/'), key.size());
        *part = key.substr(0, end);
        key.remove_prefix(std::min(end + 1, key.size()));
    }
    return scope;
}

/// One is a part of the other, or they are the same.
bool touch(const Scope& place, const Scope& asked)
{
    const auto agree = [](const std::string& one, const std::string& other) { return one.empty() || other.empty() || one == other; };
    return agree(place.provider, asked.provider) && agree(place.region, asked.region) && agree(place.cluster, asked.cluster);
}

} // namespace

Result<> HistoryFile::Parts::countEvents()
{
    if (eventCounts)
        return {};
    const auto workloads = number(handle.get(), "SELECT count(*) FROM event WHERE kind = 4");
    const auto others = number(handle.get(), "SELECT count(*) FROM event WHERE kind != 4");
    if (!workloads || !others)
        return std::unexpected(workloads ? others.error() : workloads.error());
    eventCounts = { *workloads, *others };
    return {};
}

Result<> HistoryFile::Parts::writeEvents(std::span<const FleetEvent> events)
{
    if (auto counted = countEvents(); !counted)
        return counted;
    auto put = Statement::prepare(handle.get(),
        "INSERT INTO event (at_s, kind, place, endpoint, node, gpus, which, health, workload, before, simulated) VALUES "
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    if (!put)
        return std::unexpected(put.error());
    for (const auto& event : events) {
        const auto [dimension, key] = placeOf(event.provider, event.region, event.cluster);
        const auto place = groupOf(dimension, key), workload = groupOf(Dimension::Workload, event.workload),
                   before = groupOf(Dimension::Workload, event.before);
        if (!place || !workload || !before)
            return std::unexpected((!place ? place : !workload ? workload : before).error());
        put->bind(1, std::int64_t { secondOf(event.at) }).bind(2, static_cast<std::int64_t>(event.kind)).bind(3, *place);
        put->bind(4, std::string_view(event.endpoint)).bind(5, std::string_view(event.node));
        put->bind(6, std::int64_t { event.gpus }).bind(7, static_cast<std::int64_t>(event.which));
        put->bind(8, static_cast<std::int64_t>(event.health)).bind(9, *workload).bind(10, *before);
        put->bind(11, std::int64_t { event.simulated ? 1 : 0 });
        if (auto done = put->run(); !done)
            return done;
        put->reset();
        ++eventCounts->at(event.kind == FleetEvent::Kind::Workload ? 0 : 1);
    }
    return {};
}

/// Those of workloads come by far the most often, and must not push out what was broken.
Result<> HistoryFile::Parts::forgetEvents(Second before)
{
    auto old = Statement::prepare(handle.get(), "DELETE FROM event WHERE at_s < ?");
    if (!old)
        return std::unexpected(old.error());
    old->bind(1, std::int64_t { before });
    if (auto done = old->run(); !done)
        return done;
    if (sqlite3_changes(handle.get()) > 0)
        eventCounts.reset();
    if (auto counted = countEvents(); !counted)
        return counted;
    const auto most = settings.maxBytes / shareOfAll / bytesOfOne;
    for (std::size_t i = 0; i < eventCounts->size(); ++i) {
        auto& count = eventCounts->at(i);
        // Some at a time, so that they are not looked for every minute.
        if (count <= most + most / 16)
            continue;
        const std::string which = (i == 0 ? "" : "NOT ") + std::string(isOfWorkload);
        auto drop = Statement::prepare(handle.get(),
            "DELETE FROM event WHERE " + which + " AND number < (SELECT number FROM event WHERE " + which
                + " ORDER BY number LIMIT 1 OFFSET ?)");
        if (!drop)
            return std::unexpected(drop.error());
        drop->bind(1, count - most);
        if (auto done = drop->run(); !done)
            return done;
        count -= sqlite3_changes(handle.get());
    }
    return {};
}

Result<EventAnswer> HistoryFile::events(const EventQuery& query)
{
    auto& parts = *m_parts;
    EventAnswer answer;
    if (!parts.handle)
        return answer;
    const ReadTransaction whole(parts.handle.get());
    auto groups = Statement::prepare(parts.handle.get(), "SELECT number, dimension, key FROM grp");
    if (!groups)
        return std::unexpected(groups.error());
    std::map<std::int64_t, Scope> places;
    std::map<std::int64_t, std::string> workloads;
    std::string touched;
    for (;;) {
        const auto row = groups->step();
        if (!row)
            return std::unexpected(row.error());
        if (!*row)
            break;
        const auto group = groups->integer(0), dimension = groups->integer(1);
        if (dimension == static_cast<std::int64_t>(Dimension::Workload)) {
            workloads.emplace(group, groups->bytes(2));
            continue;
        }
        auto scope = scopeOf(dimension, groups->bytes(2));
        if (scope.provider.empty() && dimension != static_cast<std::int64_t>(Dimension::Total))
            continue;
        if (touch(scope, query.scope))
            touched += (touched.empty() ? "" : ",") + std::to_string(group);
        places.emplace(group, std::move(scope));
    }
    std::string sql = "SELECT at_s, kind, place, endpoint, node, gpus, which, health, workload, before, simulated FROM "
                      "event WHERE at_s >= ? AND at_s < ?";
    if (query.scope != Scope {})
        sql += " AND place IN (" + touched + ")";
    if (!query.scope.node.empty())
        sql += " AND node IN ('', ?3)";
    if (!query.kinds.empty()) {
        std::string kinds;
        for (const auto kind : query.kinds)
            kinds += (kinds.empty() ? "" : ",") + std::to_string(static_cast<int>(kind));
        sql += " AND kind IN (" + kinds + ")";
    }
    // One more tells whether these are all.
    auto find = Statement::prepare(parts.handle.get(),
        sql + " ORDER BY at_s DESC, number DESC LIMIT " + std::to_string(query.most + 1));
    if (!find)
        return std::unexpected(find.error());
    find->bind(1, std::int64_t { secondOf(query.from) }).bind(2, std::int64_t { secondOf(query.to + std::chrono::microseconds(999'999)) });
    if (!query.scope.node.empty())
        find->bind(3, std::string_view(query.scope.node));
    for (;;) {
        const auto row = find->step();
        if (!row)
            return std::unexpected(row.error());
        if (!*row)
            break;
        // Damaged, or of a kind that a newer version knows.
        if (find->integer(1) < 0 || find->integer(1) >= static_cast<std::int64_t>(eventKinds))
            continue;
        if (answer.events.size() == query.most) {
            answer.isWhole = false;
            break;
        }
        const auto& place = places[find->integer(2)];
        answer.events.push_back({ .at = timeOf(find->integer(0)),
            .kind = static_cast<FleetEvent::Kind>(find->integer(1)),
            .endpoint = std::string(find->bytes(3)),
            .provider = place.provider,
            .region = place.region,
            .cluster = place.cluster,
            .node = std::string(find->bytes(4)),
            .gpus = static_cast<std::uint32_t>(find->integer(5)),
            .which = static_cast<std::uint64_t>(find->integer(6)),
            .health = static_cast<Health>(find->integer(7)),
            .workload = workloads[find->integer(8)],
            .before = workloads[find->integer(9)],
            .simulated = find->integer(10) != 0 });
    }
    std::ranges::reverse(answer.events);
    return answer;
}

Result<EventsState> HistoryFile::eventsKept()
{
    EventsState state;
    if (!m_parts->handle)
        return state;
    auto find = Statement::prepare(m_parts->handle.get(), "SELECT count(*), min(at_s), max(at_s) FROM event");
    if (!find)
        return std::unexpected(find.error());
    if (const auto row = find->step(); !row)
        return std::unexpected(row.error());
    state.events = find->integer(0);
    if (state.events > 0) {
        state.from = timeOf(find->integer(1));
        state.to = timeOf(find->integer(2));
    }
    return state;
}

} // namespace penstock
