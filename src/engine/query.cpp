// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/query.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "fleet/xid.h"

namespace penstock {

namespace {

    using Is = GpuCondition::Is;

    /// One byte a GPU of the cluster: 1 where it is chosen.
    using Chosen = std::vector<std::uint8_t>;

    template<class Value, class Test>
    void keep(const Value* values, Chosen& chosen, Test test)
    {
        auto* to = chosen.data();
        for (std::size_t i = 0, end = chosen.size(); i < end; ++i)
            to[i] &= static_cast<std::uint8_t>(test(values[i]));
    }

    /// `unknownValue`: what passes no comparison; a type wider than the column's has none.
    template<class Value>
    void keepWhere(const Value* values, Chosen& chosen, Is is, std::uint32_t limit, std::optional<Value> unknownValue)
    {
        const auto known = [unknownValue, has = unknownValue.has_value()](Value value) { return !has || value != *unknownValue; };
        constexpr std::uint32_t greatest = std::numeric_limits<Value>::max();
        const auto bound = static_cast<Value>(std::min(limit, greatest));
        const bool beyond = limit > greatest; // no value of the column is as large
        switch (is) {
        case Is::Equal: keep(values, chosen, [=](Value value) { return !beyond & (value == bound) & known(value); }); break;
        case Is::NotEqual: keep(values, chosen, [=](Value value) { return (beyond | (value != bound)) & known(value); }); break;
        case Is::Above: keep(values, chosen, [=](Value value) { return !beyond & (value > bound) & known(value); }); break;
        case Is::Below: keep(values, chosen, [=](Value value) { return (beyond | (value < bound)) & known(value); }); break;
        case Is::AtLeast: keep(values, chosen, [=](Value value) { return !beyond & (value >= bound) & known(value); }); break;
        case Is::AtMost: keep(values, chosen, [=](Value value) { return (beyond | (value <= bound)) & known(value); }); break;
        }
    }

    std::uint32_t seconds(Time now)
    {
        return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
    }

    /// "Older than" is "since before": the comparison turns round.
    Is turned(Is is)
    {
        switch (is) {
        case Is::Above: return Is::Below;
        case Is::Below: return Is::Above;
        case Is::AtLeast: return Is::AtMost;
        case Is::AtMost: return Is::AtLeast;
        default: return is;
        }
    }

    const std::uint8_t* bytes(const auto& column) { return reinterpret_cast<const std::uint8_t*>(column.data()); }

    /// By a byte of the column: whether its kind passes.
    std::array<std::uint8_t, 256> healthsThat(Is is, std::uint32_t limit)
    {
        std::array<std::uint8_t, 256> kinds {};
        Chosen chosen(kinds.size(), 1);
        for (std::size_t value = 0; value < kinds.size(); ++value)
            kinds[value] = static_cast<std::uint8_t>(kindOf(static_cast<Health>(value)));
        keepWhere<std::uint8_t>(kinds.data(), chosen, is, limit, static_cast<std::uint8_t>(Health::NotReported));
        std::ranges::copy(chosen, kinds.begin());
        return kinds;
    }

    bool isMeasured(GpuColumn column)
    {
        return column == GpuColumn::Utilisation || column == GpuColumn::Temperature || column == GpuColumn::Power || column == GpuColumn::MemoryUsed;
    }

    void keepWhere(const ClusterPicture& picture, const GpuCondition& condition, std::uint32_t now, Chosen& chosen)
    {
        const auto& columns = picture.columns();
        const auto is = condition.is;
        const auto value = condition.value;
        if (isMeasured(condition.column))
            keepWhere<std::uint8_t>(bytes(columns.state), chosen, Is::NotEqual, static_cast<std::uint32_t>(GpuState::Unknown), {});
        if (picture.stale && condition.column != GpuColumn::Workload) {
            const bool holds = condition.column == GpuColumn::State
                && ((is == Is::Equal && value == static_cast<std::uint32_t>(GpuState::Unknown)) || (is == Is::NotEqual && value != static_cast<std::uint32_t>(GpuState::Unknown)));
            if (!holds)
                std::ranges::fill(chosen, std::uint8_t { 0 });
            return;
        }
        switch (condition.column) {
        case GpuColumn::State: keepWhere<std::uint8_t>(bytes(columns.state), chosen, is, value, {}); break;
        case GpuColumn::Health: keep(columns.health.data(), chosen, [kinds = healthsThat(is, value)](Health health) { return kinds[static_cast<std::size_t>(health)]; }); break;
        case GpuColumn::Workload: keepWhere<std::uint16_t>(columns.workload.data(), chosen, is, value, {}); break;
        case GpuColumn::Utilisation: keepWhere<std::uint8_t>(columns.utilisation.data(), chosen, is, value, unknown::utilisation); break;
        case GpuColumn::Temperature: keepWhere<std::uint8_t>(columns.temperature.data(), chosen, is, value, unknown::temperature); break;
        case GpuColumn::Power: keepWhere<std::uint16_t>(columns.power.data(), chosen, is, value, unknown::power); break;
        case GpuColumn::MemoryUsed: keepWhere<std::uint32_t>(columns.memoryUsed.data(), chosen, is, value, unknown::memory); break;
        case GpuColumn::StateAge: keepWhere<std::uint32_t>(picture.rows->since.data(), chosen, turned(is), now - std::min(now, value), {}); break;
        }
    }

    std::optional<std::uint32_t> valueAt(const ClusterPicture& picture, GpuColumn column, std::size_t row, std::uint32_t now)
    {
        const auto& columns = picture.columns();
        const auto known = [](auto value, auto unknownValue) { return value == unknownValue ? std::nullopt : std::optional<std::uint32_t>(value); };
        if (isMeasured(column) && (picture.stale || columns.state[row] == GpuState::Unknown))
            return std::nullopt;
        switch (column) {
        case GpuColumn::State: return static_cast<std::uint32_t>(picture.stale ? GpuState::Unknown : columns.state[row]);
        case GpuColumn::Health: return known(static_cast<std::uint8_t>(kindOf(columns.health[row])), static_cast<std::uint8_t>(Health::NotReported));
        case GpuColumn::Workload: return known(columns.workload[row], noWorkload);
        case GpuColumn::Utilisation: return known(columns.utilisation[row], unknown::utilisation);
        case GpuColumn::Temperature: return known(columns.temperature[row], unknown::temperature);
        case GpuColumn::Power: return known(columns.power[row], unknown::power);
        case GpuColumn::MemoryUsed: return known(columns.memoryUsed[row], unknown::memory);
        case GpuColumn::StateAge: return picture.stale ? std::nullopt : std::optional(now - std::min(now, picture.rows->since[row]));
        }
        return std::nullopt;
    }

    /// Calls `take(cluster, chosen)` for each cluster in which some GPU passes.
    template<class Take>
    void scan(const Snapshot& snapshot, const GpuQuery& query, Take take)
    {
        const auto& shape = snapshot.structure();
        const auto& filter = query.filter;
        const auto now = seconds(snapshot.asOf());
        auto where = query.where;
        if (filter.state)
            where.push_back({ GpuColumn::State, Is::Equal, static_cast<std::uint32_t>(*filter.state) });
        if (!filter.workload.empty()) {
            const auto& workloads = snapshot.workloads();
            const auto it = std::ranges::find(workloads, filter.workload);
            if (it == workloads.end())
                return;
            where.push_back({ GpuColumn::Workload, Is::Equal, static_cast<std::uint32_t>(it - workloads.begin()) });
        }
        std::vector<bool> modelCounts(shape.models.size(), true);
        for (std::size_t m = 0; m < shape.models.size() && !filter.model.empty(); ++m)
            modelCounts[m] = modelMatches(shape.models[m], filter.model);
        Chosen chosen;
        for (std::size_t c = 0; c < shape.clusters.size(); ++c) {
            const auto& cluster = shape.clusters[c];
            const auto& region = shape.regions[cluster.region];
            if (!filter.scope.contains(shape.providers[region.provider].name, region.name, cluster.name))
                continue;
            chosen.assign(cluster.rows, 1);
            for (const auto& condition : where)
                keepWhere(snapshot.picture(c), condition, now, chosen);
            if (!filter.model.empty() || !filter.scope.node.empty())
                for (std::uint32_t n = cluster.firstNode; n < cluster.firstNode + cluster.nodes; ++n) {
                    const auto& node = shape.nodes[n];
                    if (!modelCounts[node.model] || (!filter.scope.node.empty() && node.name != filter.scope.node))
                        std::fill_n(chosen.begin() + (node.firstRow - cluster.firstRow), node.gpus, std::uint8_t { 0 });
                }
            take(static_cast<std::uint32_t>(c), chosen);
        }
    }

} // namespace

std::vector<GpuPlace> find(const Snapshot& snapshot, const GpuQuery& query)
{
    struct Found
    {
        std::uint64_t order; ///< smaller comes first
        std::uint32_t cluster, row;
    };
    std::vector<Found> found;
    const auto& shape = snapshot.structure();
    const auto now = seconds(snapshot.asOf());
    const auto before = [](const Found& a, const Found& b) { return std::tie(a.order, a.cluster, a.row) < std::tie(b.order, b.cluster, b.row); };
    // More than twice what is wanted is cut back to it, so that the top few of a million cost no list of a million.
    const auto cut = [&] {
        if (query.limit == 0 || found.size() <= query.limit)
            return;
        std::ranges::nth_element(found, found.begin() + static_cast<std::ptrdiff_t>(query.limit), before);
        found.resize(query.limit);
    };
    scan(snapshot, query, [&](std::uint32_t c, const Chosen& chosen) {
        const auto& picture = snapshot.picture(c);
        for (std::uint32_t row = 0; row < chosen.size(); ++row) {
            if (!chosen[row])
                continue;
            std::uint64_t order = 0;
            if (query.orderBy) {
                const auto value = valueAt(picture, *query.orderBy, row, now);
                order = !value ? ~std::uint64_t { 0 } : query.descending ? std::numeric_limits<std::uint32_t>::max() - std::uint64_t { *value } : *value;
            }
            found.push_back({ order, c, row });
            if (query.limit != 0 && found.size() >= 2 * query.limit + 1024)
                cut();
        }
    });
    cut();
    std::ranges::sort(found, before);
    std::vector<GpuPlace> places;
    places.reserve(found.size());
    for (const auto& it : found) {
        const auto& cluster = shape.clusters[it.cluster];
        const auto first = shape.nodes.begin() + cluster.firstNode;
        const auto row = cluster.firstRow + it.row;
        const auto node = std::prev(std::upper_bound(first, first + cluster.nodes, row, [](std::uint32_t at, const Structure::Node& n) { return at < n.firstRow; }));
        places.push_back({ static_cast<std::uint32_t>(node - shape.nodes.begin()), row - node->firstRow });
    }
    return places;
}

std::vector<std::uint8_t> passing(const Snapshot& snapshot, std::uint32_t cluster, std::span<const GpuCondition> where)
{
    Chosen chosen(snapshot.structure().clusters[cluster].rows, 1);
    for (const auto& condition : where)
        keepWhere(snapshot.picture(cluster), condition, seconds(snapshot.asOf()), chosen);
    return chosen;
}

std::uint64_t count(const Snapshot& snapshot, const GpuQuery& query)
{
    std::uint64_t gpus = 0;
    scan(snapshot, query, [&](std::uint32_t, const Chosen& chosen) {
        std::uint32_t here = 0;
        for (const auto one : chosen)
            here += one;
        gpus += here;
    });
    return gpus;
}

std::vector<std::optional<std::uint32_t>> quantiles(const Snapshot& snapshot, const GpuQuery& query, GpuColumn column, std::span<const double> shares)
{
    std::vector<std::uint32_t> values;
    const auto now = seconds(snapshot.asOf());
    scan(snapshot, query, [&](std::uint32_t c, const Chosen& chosen) {
        for (std::uint32_t row = 0; row < chosen.size(); ++row)
            if (chosen[row])
                if (const auto value = valueAt(snapshot.picture(c), column, row, now))
                    values.push_back(*value);
    });
    std::vector<std::optional<std::uint32_t>> result(shares.size());
    if (values.empty())
        return result;
    auto from = values.begin();
    for (std::size_t i = 0; i < shares.size(); ++i) {
        const auto rank = std::clamp(std::ceil(shares[i] * static_cast<double>(values.size())), 1.0, static_cast<double>(values.size()));
        const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank) - 1;
        if (at >= from)
            std::nth_element(from, at, values.end());
        result[i] = *at;
        from = at;
    }
    return result;
}

} // namespace penstock
