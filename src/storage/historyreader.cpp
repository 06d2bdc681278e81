// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <algorithm>
#include <limits>
#include <sqlite3.h>

#include "historyparts.h"

namespace penstock {

using namespace std::chrono_literals;

namespace {

constexpr Second latest = 253'402'300'799; ///< the year 9999

/// Points of one figure at the step of an answer, by their start. They come in their order, but for what a clock that was
/// set back has left: months of hours are a million of them, for which a tree is too slow.
class Buckets
{
public:
    using Bucket = std::pair<Second, HistoryValue>;

    void add(Second at, const HistoryValue& value)
    {
        if (m_all.empty() || m_all.back().first < at) {
            m_all.emplace_back(at, value);
            return;
        }
        const auto found = std::ranges::lower_bound(m_all, at, {}, &Bucket::first);
        if (found->first == at)
            found->second += value;
        else
            m_all.emplace(found, at, value);
    }
    [[nodiscard]] const std::vector<Bucket>& all() const { return m_all; }

private:
    std::vector<Bucket> m_all;
};

HistorySeries seriesOf(const std::string& key, HistoryFigure figure, const Buckets& buckets, const Buckets& simulated)
{
    HistorySeries series { key, figure, {} };
    series.points.reserve(buckets.all().size());
    const auto scale = historyScale(figure);
    const auto real = [&](std::int64_t value) { return static_cast<double>(value) / scale; };
    auto marked = simulated.all().begin();
    for (const auto& [at, value] : buckets.all()) {
        while (marked != simulated.all().end() && marked->first < at)
            ++marked;
        series.points.push_back({ timeOf(at), value.seconds, real(value.sum) / value.seconds, real(value.least),
            real(value.greatest), marked != simulated.all().end() && marked->first == at ? marked->second.seconds : 0 });
    }
    return series;
}

/// What the history keeps of a group, back as it was.
GroupPoint groupOf(GroupPoint::Dimension dimension, const std::string& key, const HistorySecond& values)
{
    GroupPoint group { .dimension = dimension, .key = key };
    const auto known = [&](HistoryFigure figure) {
        const auto value = values.at(static_cast<std::size_t>(figure));
        return value < 0 ? -1 : static_cast<double>(value) / historyScale(figure);
    };
    for (std::size_t i = 0; i < gpuStateCount; ++i)
        group.byState[i] = static_cast<std::uint32_t>(
            std::clamp<std::int64_t>(values[i], 0, std::numeric_limits<std::uint32_t>::max()));
    group.utilisationMean = static_cast<float>(known(HistoryFigure::Utilisation));
    group.power = known(HistoryFigure::Power);
    group.needed = known(HistoryFigure::Needed);
    group.unmet = known(HistoryFigure::Unmet);
    group.desired = known(HistoryFigure::Desired);
    group.accepted = known(HistoryFigure::Accepted);
    group.observed = known(HistoryFigure::Observed);
    group.carried = known(HistoryFigure::Carried);
    return group;
}

} // namespace

Result<std::int64_t> HistoryFile::Parts::usedBytes()
{
    std::array<std::int64_t, 3> values {};
    constexpr std::array<std::string_view, 3> asked { "PRAGMA page_count", "PRAGMA freelist_count",
        "PRAGMA page_size" };
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const auto value = number(handle.get(), asked.at(i));
        if (!value)
            return value;
        values.at(i) = *value;
    }
    return (values[0] - values[1]) * values[2];
}

Result<std::optional<Second>> HistoryFile::Parts::oldest(std::size_t tier)
{
    auto find = Statement::prepare(handle.get(), "SELECT start_s FROM chunk WHERE tier = ? ORDER BY start_s LIMIT 1");
    if (!find)
        return std::unexpected(find.error());
    find->bind(1, static_cast<std::int64_t>(tier));
    const auto row = find->step();
    if (!row)
        return std::unexpected(row.error());
    return *row ? std::optional<Second>(find->integer(0)) : std::nullopt;
}

Result<std::map<Second, std::map<std::int64_t, HistorySecond>>> HistoryFile::Parts::hotSeconds(Second from, Second to)
{
    auto find
        = Statement::prepare(handle.get(), "SELECT at_s, body FROM second WHERE at_s >= ? AND at_s < ? ORDER BY at_s");
    if (!find)
        return std::unexpected(find.error());
    find->bind(1, std::int64_t { from }).bind(2, std::int64_t { to });
    std::map<Second, std::map<std::int64_t, HistorySecond>> seconds;
    for (;;) {
        const auto row = find->step();
        if (!row)
            return std::unexpected(row.error());
        if (!*row)
            return seconds;
        if (auto second = packer.unpackSecond(find->bytes(1)))
            seconds.emplace_hint(seconds.end(), find->integer(0), std::move(*second));
    }
}

Result<std::map<std::int64_t, std::string>> HistoryFile::Parts::groupsOf(
    GroupPoint::Dimension dimension, std::span<const std::string> keys)
{
    auto find = Statement::prepare(handle.get(), "SELECT number, key FROM grp WHERE dimension = ?");
    if (!find)
        return std::unexpected(find.error());
    find->bind(1, static_cast<std::int64_t>(dimension));
    std::map<std::int64_t, std::string> found;
    for (;;) {
        const auto row = find->step();
        if (!row)
            return std::unexpected(row.error());
        if (!*row)
            return found;
        if (std::string key(find->bytes(1)); keys.empty() || std::ranges::find(keys, key) != keys.end())
            found.emplace(find->integer(0), std::move(key));
    }
}

/// Of the group that was known first, which stands for all.
Result<std::optional<Second>> HistoryFile::Parts::firstPoint(std::size_t tier)
{
    auto find = Statement::prepare(
        handle.get(), "SELECT start_s, body FROM chunk WHERE tier = ? ORDER BY start_s, grp LIMIT 1");
    if (!find)
        return std::unexpected(find.error());
    find->bind(1, static_cast<std::int64_t>(tier));
    const auto row = find->step();
    if (!row)
        return std::unexpected(row.error());
    if (!*row)
        return std::nullopt;
    const auto& its = historyTiers.at(tier);
    const auto chunk = packer.unpackChunk(find->bytes(1), slotsOf(its));
    const auto first = chunk ? slotsWithData(*chunk) : std::vector<std::size_t>();
    return find->integer(0) + (first.empty() ? 0 : static_cast<Second>(first.front())) * its.step.count();
}

/// The coarsest that is fine enough costs least and says the same; where it does not reach back to the beginning, the
/// next that does.
Result<std::size_t> HistoryFile::Parts::tierFor(const HistoryQuery& query)
{
    std::size_t tier = 0;
    while (tier + 1 < historyTierCount && historyTiers.at(tier + 1).step <= query.step)
        ++tier;
    for (; tier + 1 < historyTierCount; ++tier) {
        const auto mine = firstPoint(tier);
        if (!mine)
            return std::unexpected(mine.error());
        if (*mine && **mine <= secondOf(query.from))
            return tier;
        bool isBetter = false;
        for (auto coarser = tier + 1; coarser < historyTierCount; ++coarser) {
            const auto its = firstPoint(coarser);
            if (!its)
                return std::unexpected(its.error());
            isBetter = isBetter || (*its && (!*mine || **its + historyTiers.at(coarser).step.count() <= **mine));
        }
        if (!isBetter)
            return tier;
    }
    return tier;
}

Result<HistoryAnswer> HistoryFile::read(const HistoryQuery& query)
{
    auto& parts = *m_parts;
    if (!parts.handle)
        return HistoryAnswer {};
    const ReadTransaction whole(parts.handle.get());
    const auto chosen = parts.tierFor(query);
    const auto groups = parts.groupsOf(query.dimension, query.keys);
    if (!chosen || !groups)
        return std::unexpected(chosen ? groups.error() : chosen.error());
    const auto& tier = historyTiers.at(*chosen);
    const auto step = tier.step * std::max<std::int64_t>(1, (query.step + tier.step - 1s) / tier.step);
    HistoryAnswer answer { .step = step, .series = {}, .damaged = 0 };
    const auto oldest = parts.oldest(*chosen);
    if (!oldest)
        return std::unexpected(oldest.error());
    const auto from = floorTo(std::clamp<Second>(secondOf(query.from), 0, latest), step);
    const auto to = std::clamp<Second>(secondOf(std::min(query.to, timeOf(latest)) + 999'999us), 0, latest);
    // What was never written is not looked for.
    const auto newest = number(parts.handle.get(),
        "SELECT start_s FROM chunk WHERE tier = " + std::to_string(*chosen) + " ORDER BY start_s DESC LIMIT 1");
    const auto hot = parts.hotSeconds(from, to);
    if (!newest || !hot)
        return std::unexpected(newest ? hot.error() : newest.error());
    FigureSet wanted = 1U << static_cast<unsigned>(HistoryFigure::Simulated);
    for (const auto figure : query.figures)
        wanted = static_cast<FigureSet>(wanted | 1U << static_cast<unsigned>(figure));

    auto find
        = Statement::prepare(parts.handle.get(), "SELECT body FROM chunk WHERE tier = ? AND start_s = ? AND grp = ?");
    if (!find)
        return std::unexpected(find.error());
    for (const auto& [group, key] : *groups) {
        std::array<Buckets, historyFigures> buckets;
        if (*oldest)
            for (auto start = std::max(floorTo(from, tier.chunk), **oldest); start < to && start <= *newest;
                 start += tier.chunk.count()) {
                find->bind(1, static_cast<std::int64_t>(*chosen)).bind(2, std::int64_t { start }).bind(3, group);
                const auto row = find->step();
                if (!row)
                    return std::unexpected(row.error());
                if (*row) {
                    const auto chunk = parts.packer.unpackChunk(find->bytes(0), slotsOf(tier), wanted);
                    answer.damaged += chunk ? 0U : 1U;
                    for (std::size_t f = 0; chunk && f < historyFigures; ++f)
                        for (std::size_t slot = 0; slot < chunk->columns[f].size(); ++slot) {
                            const auto at = start + static_cast<Second>(slot) * tier.step.count();
                            if (const auto& value = chunk->columns[f][slot]; value.seconds > 0 && at >= from && at < to)
                                buckets[f].add(floorTo(at, step), value);
                        }
                }
                find->reset();
            }
        for (const auto& [at, second] : *hot)
            if (const auto found = second.find(group); found != second.end())
                for (std::size_t f = 0; f < historyFigures; ++f)
                    if (const auto value = found->second[f]; value >= 0 && (std::uint32_t { wanted } >> f & 1U) != 0)
                        buckets[f].add(floorTo(at, step), { 1, value, value, value });
        for (const auto figure : query.figures)
            if (const auto& found = buckets.at(static_cast<std::size_t>(figure)); !found.all().empty())
                answer.series.push_back(seriesOf(key, figure, found,
                    buckets.at(static_cast<std::size_t>(HistoryFigure::Simulated))));
    }
    std::ranges::stable_sort(answer.series, {}, &HistorySeries::key);
    return answer;
}

Result<RecentHistory> HistoryFile::recent(Time since, std::span<const GroupPoint::Dimension> dimensions)
{
    auto& parts = *m_parts;
    if (!parts.handle)
        return RecentHistory {};
    const ReadTransaction whole(parts.handle.get());
    std::map<std::int64_t, std::pair<GroupPoint::Dimension, std::string>> names;
    for (const auto dimension : dimensions) {
        auto groups = parts.groupsOf(dimension, {});
        if (!groups)
            return std::unexpected(groups.error());
        for (auto& [number, key] : *groups)
            names.emplace(number, std::pair(dimension, std::move(key)));
    }
    auto seconds = parts.hotSeconds(secondOf(since), latest);
    if (!seconds)
        return std::unexpected(seconds.error());
    auto find = Statement::prepare(
        parts.handle.get(), "SELECT start_s, grp, body FROM chunk WHERE tier = 0 AND start_s >= ?");
    if (!find)
        return std::unexpected(find.error());
    find->bind(1, std::int64_t { floorTo(secondOf(since), 1min) });
    for (;;) {
        const auto row = find->step();
        if (!row)
            return std::unexpected(row.error());
        if (!*row)
            break;
        const auto start = find->integer(0), group = find->integer(1);
        const auto chunk = names.contains(group) ? parts.packer.unpackChunk(find->bytes(2), slotsOf(historyTiers[0]))
                                                 : Result<HistoryChunk>();
        for (std::size_t f = 0; chunk && f < historyFigures; ++f)
            for (std::size_t slot = 0; slot < chunk->columns[f].size(); ++slot)
                if (const auto at = start + static_cast<Second>(slot);
                    chunk->columns[f][slot].seconds > 0 && at >= secondOf(since)) {
                    auto [values, isNew] = (*seconds)[at].try_emplace(group);
                    if (isNew)
                        values->second.fill(-1);
                    values->second[f] = chunk->columns[f][slot].sum;
                }
    }
    RecentHistory history;
    for (const auto& [at, second] : *seconds) {
        auto point = std::make_shared<RollupPoint>();
        point->at = timeOf(at);
        for (const auto& [group, values] : second)
            if (const auto named = names.find(group); named != names.end()) {
                point->groups.push_back(groupOf(named->second.first, named->second.second, values));
                point->simulated
                    = point->simulated || values.at(static_cast<std::size_t>(HistoryFigure::Simulated)) > 0;
            }
        if (!point->groups.empty())
            history.push_back(std::move(point));
    }
    return history;
}

Result<std::vector<HistoryTierState>> HistoryFile::tiers()
{
    auto& parts = *m_parts;
    std::vector<HistoryTierState> states;
    for (std::size_t t = 0; t < historyTierCount; ++t) {
        const auto& tier = historyTiers.at(t);
        auto& state
            = states.emplace_back(HistoryTierState { .tier = tier, .from = {}, .to = {}, .points = 0, .bytes = 0 });
        if (!parts.handle)
            continue;
        auto sums = Statement::prepare(parts.handle.get(),
            "SELECT min(start_s), max(start_s), total(points), total(length(body)), count(*) FROM chunk WHERE tier = "
            "?");
        auto edge = Statement::prepare(parts.handle.get(), "SELECT body FROM chunk WHERE tier = ? AND start_s = ?");
        if (!sums || !edge)
            return std::unexpected(sums ? edge.error() : sums.error());
        sums->bind(1, static_cast<std::int64_t>(t));
        if (const auto row = sums->step(); !row)
            return std::unexpected(row.error());
        // The newest minute is not packed yet.
        const auto hot = t == 0 ? parts.hotSeconds(0, latest) : Result<std::map<Second, std::map<std::int64_t, HistorySecond>>>();
        if (!hot)
            return std::unexpected(hot.error());
        for (const auto& [at, groups] : *hot) {
            state.from = std::min(state.from.value_or(timeOf(at)), timeOf(at));
            state.to = std::max(state.to.value_or(timeOf(at)), timeOf(at) + tier.step);
            state.points += static_cast<std::int64_t>(groups.size());
        }
        if (sums->integer(4) == 0)
            continue;
        state.points += sums->integer(2);
        state.bytes = sums->integer(3);
        // Chunks are longer than what they hold at either end.
        for (const auto start : { sums->integer(0), sums->integer(1) }) {
            edge->bind(1, static_cast<std::int64_t>(t)).bind(2, start);
            for (;;) {
                const auto row = edge->step();
                if (!row)
                    return std::unexpected(row.error());
                if (!*row)
                    break;
                const auto chunk = parts.packer.unpackChunk(edge->bytes(0), slotsOf(tier));
                for (const auto slot : chunk ? slotsWithData(*chunk) : std::vector<std::size_t>()) {
                    const auto at = timeOf(start + static_cast<Second>(slot) * tier.step.count());
                    state.from = std::min(state.from.value_or(at), at);
                    state.to = std::max(state.to.value_or(at), at + tier.step);
                }
            }
            edge->reset();
        }
    }
    return states;
}

Result<std::int64_t> HistoryFile::bytes()
{
    return m_parts->handle ? m_parts->usedBytes() : 0;
}

} // namespace penstock
