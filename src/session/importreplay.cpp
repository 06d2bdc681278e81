// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "session/importreplay.h"

#include <algorithm>
#include <utility>

#include "builtincatalogue.h"
#include "engine/changewatch.h"
#include "engine/engine.h"
#include "storage/historyfile.h"
#include "worlds/replay.h"

namespace penstock {

using namespace std::chrono_literals;

namespace {

constexpr auto writtenAtOnce = 1h; ///< what is packed together costs less

/// Hands the pictures of a world to an engine, whole each time.
struct Showing
{
    Engine engine;
    SourceId source = engine.addSource("replay");
    Catalogue catalogue {};
    std::shared_ptr<const Inventory> shown {};
    std::uint64_t sequence = 0;

    Result<> show(const Picture& picture, Time now)
    {
        if (!picture.inventory)
            return {};
        if (picture.inventory != shown) {
            shown = picture.inventory;
            sequence = 0;
            if (auto done = engine.apply(source, InventoryFrame { catalogue.completed(shown), now }); !done)
                return done;
        }
        SamplesFrame samples { .epoch = shown->epoch,
            .sequence = ++sequence,
            .observed = now,
            .firstRow = 0,
            .rows = {},
            .values = picture.columns,
            .addedWorkloads = {} };
        if (auto done = engine.apply(source, samples); !done)
            return done;
        return engine.apply(source, DemandFrame { now, picture.demand, picture.service });
    }
};

/// When something is there already: beginnings and lengths, one after the other.
Result<std::vector<std::pair<Time, Duration>>> keptOf(HistoryFile& file, Time from, Time to)
{
    const auto all = file.read({ .dimension = GroupPoint::Dimension::Total, .figures = { HistoryFigure::Gpus }, .from = from, .to = to, .step = 1s });
    if (!all)
        return std::unexpected(all.error());
    std::vector<std::pair<Time, Duration>> made;
    for (const auto& series : all->series)
        for (const auto& point : series.points)
            made.emplace_back(point.at, all->step);
    return made;
}

/// Something of it was neither simulated nor replayed.
Result<bool> holdsMeasured(HistoryFile& file)
{
    const auto all = file.read({ .dimension = GroupPoint::Dimension::Total,
        .figures = { HistoryFigure::Gpus },
        .from = {},
        .to = Time::max(),
        .step = historyTiers.back().step });
    if (!all)
        return std::unexpected(all.error());
    return std::ranges::any_of(all->series, [](const HistorySeries& series) {
        return std::ranges::any_of(series.points, [](const HistoryPoint& it) { return it.simulated < it.seconds; });
    });
}

} // namespace

Result<std::int64_t> importReplay(const Workspace& workspace, const ReplayImport& what)
{
    if (what.to <= what.from || what.step < 1s)
        return fail(Error::Kind::Invalid, "there is nothing between the two times");
    auto world = openReplay({ .directory = what.directory, .provider = {}, .start = what.from });
    if (!world)
        return std::unexpected(world.error());
    // A console that has to go on sets it aside; here a name may be mistyped.
    if (const auto there = HistoryFile::openToRead(what.historyFile); !there && there.error().kind == Error::Kind::Corrupt)
        return fail(Error::Kind::Refused, "it is no history, or a damaged one, and is left alone: " + there.error().what, what.historyFile, "name another file, or move this one away");
    std::string notice;
    auto file = HistoryFile::open(what.historyFile, workspace.history, notice);
    if (!file)
        return std::unexpected(file.error());
    const auto measured = what.besideMeasured ? Result<bool>(false) : holdsMeasured(*file);
    if (!measured)
        return std::unexpected(measured.error());
    if (*measured)
        return fail(Error::Kind::Refused, "the history holds fleets that were really there; a replay is none of them",
            what.historyFile, "write it into a file of its own, or allow it to be mixed in");
    // Points that are there stay, so events that are there are not told again.
    const auto told = file->events({ .from = what.from, .to = what.to, .most = 1 });
    if (!told)
        return std::unexpected(told.error());
    const auto kept = keptOf(*file, what.from, what.to);
    if (!kept)
        return std::unexpected(kept.error());
    ChangeWatch watch;
    std::vector<FleetEvent> events;
    Showing showing;
    showing.catalogue = builtInCatalogue();
    showing.catalogue.overlay(workspace.catalogue);
    std::int64_t written = 0;
    std::vector<std::shared_ptr<const RollupPoint>> points;
    auto there = kept->begin();
    const auto write = [&]() -> Result<> {
        if (points.empty() && events.empty())
            return {};
        if (auto done = file->write(points, std::exchange(events, {})); !done)
            return done;
        written += static_cast<std::int64_t>(points.size());
        points.clear();
        return {};
    };
    for (auto at = what.from; at < what.to; at += what.step) {
        while (there != kept->end() && there->first + there->second <= at)
            ++there;
        if (there != kept->end() && there->first <= at)
            continue;
        (*world)->advance(at);
        if (auto done = showing.show((*world)->picture(), at); !done)
            return std::unexpected(done.error());
        const auto snapshot = showing.engine.publish(at);
        auto point = std::make_shared<RollupPoint>(rollupPoint(*snapshot));
        point->simulated = true; // whatever the record says
        for (auto& event : told->events.empty() ? watch.look(snapshot) : std::vector<FleetEvent>()) {
            event.simulated = true;
            events.push_back(std::move(event));
        }
        points.push_back(std::move(point));
        if (at - points.front()->at < writtenAtOnce)
            continue;
        if (auto done = write(); !done)
            return std::unexpected(done.error());
    }
    if (auto done = write(); !done)
        return std::unexpected(done.error());
    return written;
}

} // namespace penstock
