// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <algorithm>
#include <array>

#include "controls/theme.h"
#include "fleetparts.h"
#include "heatparts.h"
#include "heatscene.h"
#include "models/format.h"
#include "models/places.h"

namespace penstock {

namespace {

    using Level = FleetTreeModel::Level;

    static_assert(static_cast<int>(HeatMark::Hatch) == static_cast<int>(GpuState::Unknown) && static_cast<int>(HeatMark::Plain) == static_cast<int>(GpuState::Busy)
            && static_cast<int>(HeatMark::Ring) == static_cast<int>(GpuState::Idle) && static_cast<int>(HeatMark::Outline) == static_cast<int>(GpuState::Free)
            && static_cast<int>(HeatMark::Triangle) == static_cast<int>(GpuState::Draining) && static_cast<int>(HeatMark::Cross) == static_cast<int>(GpuState::Unhealthy),
        "a state is drawn as the mark of its number");

    /// The share of unhealthy GPUs from which a title says so.
    constexpr double alarmingPercent = 1;

    QString text(const std::string& name) { return QString::fromStdString(name); }

} // namespace

void HeatScene::fade(const HeatRange& range, std::span<HeatMark> marks) const
{
    const auto& shape = m_snapshot->structure();
    const auto& cluster = shape.clusters[range.cluster];
    auto node = nodeAt(shape, range.cluster, range.firstRow);
    for (std::size_t cell = 0; cell < marks.size(); ++cell) {
        const auto first = range.firstRow + static_cast<std::uint32_t>(cell) * range.rowsACell;
        const auto end = std::min(first + range.rowsACell, range.firstRow + range.rows);
        bool shown = false;
        for (auto row = first; row < end && !shown;) {
            while (shape.nodes[node].firstRow + shape.nodes[node].gpus <= cluster.firstRow + row)
                ++node;
            const auto gpu = cluster.firstRow + row - shape.nodes[node].firstRow;
            shown = m_filter->leaves(node, gpu);
            row += m_filter->leaves(node) ? 1 : shape.nodes[node].gpus - gpu;
        }
        if (!shown)
            marks[cell] = HeatMark::Faded;
    }
}

void HeatScene::cells(const HeatSpot& first, std::span<std::uint8_t> shades, std::span<HeatMark> marks) const
{
    const auto& shape = m_snapshot->structure();
    const auto& cluster = shape.clusters[clusterOf(first)];
    const auto end = m_boxes ? runAt(first) + shape.nodes[cluster.firstNode + first.run].gpus : cluster.rows;
    HeatRange range { .cluster = clusterOf(first), .firstRow = runAt(first) + first.cell * m_itemsACell, .rows = 0, .rowsACell = m_itemsACell };
    range.rows = std::min(static_cast<std::uint32_t>(shades.size()) * m_itemsACell, end - range.firstRow);
    m_states.resize(shades.size());
    heatCells(*m_snapshot, range, m_scale, shades, m_states);
    for (std::size_t i = 0; i < marks.size(); ++i)
        marks[i] = m_states[i] == GpuState::Busy && shades[i] == noShade ? HeatMark::NoValue : static_cast<HeatMark>(m_states[i]);
    if (m_filter && m_filter->isFiltered())
        fade(range, marks);
}

QString HeatScene::digits(const HeatSpot& spot) const
{
    const auto value = heatValue(*m_snapshot, clusterOf(spot), runAt(spot) + spot.cell, m_scale.metric);
    if (!value)
        return {};
    switch (m_scale.metric) {
    case HeatMetric::Utilisation:
    case HeatMetric::Temperature:
    case HeatMetric::Memory: return QString::number(*value);
    case HeatMetric::Power: return QString::number((*value + 5) / 10);
    case HeatMetric::Age: return *value < 1000 ? QString::number(*value) : QStringLiteral("…");
    case HeatMetric::Health:
    case HeatMetric::Workload: break;
    }
    return {};
}

HeatTitle HeatScene::title(const Place& place, bool strong) const
{
    const auto& shape = m_snapshot->structure();
    const auto tally = m_filter->tally(place);
    HeatTitle made { .name = text(nameOf(shape, place)), .note = strong ? format::count(tally.gpus) : QString(), .bar = {}, .alarming = false, .strong = strong };
    if (place.level == Level::Provider)
        made.bar = currentTheme().provider(made.name);
    // A group with titled blocks leaves the alarm to them.
    if ((!strong || below(m_focus).level == Level::Region) && tally.percent(GpuState::Unhealthy) >= alarmingPercent) {
        made.note = HeatCard::tr("%1 unhealthy").arg(format::count(tally.count(GpuState::Unhealthy)));
        made.alarming = true;
    }
    return made;
}

HeatTitle HeatScene::groupTitle(std::uint32_t group) const { return title(placeOf(HeatPart { .group = group }), true); }

HeatTitle HeatScene::blockTitle(std::uint32_t group, std::uint32_t block) const
{
    return title(placeOf(HeatPart { group, block }), false);
}

HeatTitle HeatScene::boxTitle(const HeatSpot& run) const
{
    const auto& shape = m_snapshot->structure();
    const auto& cluster = shape.clusters[clusterOf(run)];
    const auto& node = shape.nodes[cluster.firstNode + run.run];
    HeatTitle made { .name = text(node.name.substr(m_prefix)), .note = {}, .bar = {}, .alarming = false, .strong = false };
    std::array<std::uint32_t, gpuStateCount> states {};
    Health worst = Health::NotReported;
    bool isMeasured = false;
    for (std::uint32_t gpu = 0; gpu < node.gpus; ++gpu) {
        const auto sample = m_snapshot->gpu(node, gpu);
        ++states[static_cast<std::size_t>(sample.state)];
        isMeasured = isMeasured || (sample.temperature != unknown::temperature && !m_snapshot->isStale(node.cluster));
        if (sample.state == GpuState::Unhealthy && sample.health != Health::Good)
            worst = sample.health;
    }
    const auto all = [&](GpuState state) { return node.gpus != 0 && states[static_cast<std::size_t>(state)] == node.gpus; };
    if (states[static_cast<std::size_t>(GpuState::Unhealthy)] > 0) {
        made.note = healthName(worst);
        made.alarming = true;
    } else if (all(GpuState::Unknown))
        made.note = isMeasured ? HeatCard::tr("use unknown") : HeatCard::tr("silent");
    else if (all(GpuState::Free) || all(GpuState::Draining))
        made.note = stateName(all(GpuState::Free) ? GpuState::Free : GpuState::Draining);
    return made;
}

QString HeatScene::describe(const HeatSpot& spot) const
{
    const auto& shape = m_snapshot->structure();
    const auto cluster = clusterOf(spot);
    const auto& it = shape.clusters[cluster];
    const auto begin = runAt(spot) + spot.cell * m_itemsACell;
    const auto rows = std::min(m_itemsACell, it.rows - begin);
    const auto node = nodeAt(shape, cluster, begin);
    if (rows == 1) {
        const auto gpu = begin + it.firstRow - shape.nodes[node].firstRow;
        const auto sample = m_snapshot->gpu(shape.nodes[node], gpu);
        return HeatCard::tr("%1, GPU %2: %3, %4").arg(text(shape.nodes[node].name)).arg(gpu).arg(stateName(sample.state),
            sample.state == GpuState::Unknown || sample.utilisation == unknown::utilisation ? HeatCard::tr("utilisation unknown") : QStringLiteral("%1 %").arg(sample.utilisation));
    }
    const auto sum = tally({ .cluster = cluster, .firstRow = begin, .rows = rows, .rowsACell = rows });
    QStringList parts;
    for (const auto state : gpuStatesInOrder)
        if (sum.count(state) > 0)
            parts << format::count(sum.count(state)) + QLatin1Char(' ') + stateName(state);
    return HeatCard::tr("%1, %2 GPUs from %3: %4, mean %5").arg(text(it.name), format::count(sum.gpus), text(shape.nodes[node].name), parts.join(QStringLiteral(", ")), format::percent(sum.utilisation.mean()));
}

} // namespace penstock
