// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "heatscene.h"

#include <algorithm>
#include <array>

#include "models/places.h"

namespace penstock {

namespace {

    using Level = FleetTreeModel::Level;

    /// Closer than a fitted cluster: plain cells, boxes of nodes, boxes with numbers.
    struct Step
    {
        int pitch;
        bool boxes;
    };
    constexpr std::array steps { Step { 10, false }, Step { 15, true }, Step { 26, true } };

    /// The letters that tell no node from another, up to a sign that parts words: the way here names them already.
    std::size_t commonPrefix(const Structure& shape, std::uint32_t cluster)
    {
        const auto& it = shape.clusters[cluster];
        if (it.nodes < 2)
            return 0;
        const auto& first = shape.nodes[it.firstNode].name;
        std::size_t length = first.size();
        for (auto n = it.firstNode + 1; n < it.firstNode + it.nodes; ++n) {
            const auto& name = shape.nodes[n].name;
            length = static_cast<std::size_t>(std::ranges::mismatch(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(length), name.begin(), name.end()).in1 - first.begin());
        }
        const auto parted = first.substr(0, length).find_last_of("-_.:/");
        return parted == std::string::npos ? 0 : parted + 1;
    }

} // namespace

void HeatScene::rename()
{
    m_focusNames.clear();
    for (const auto& it : pathTo(m_snapshot->structure(), m_focus))
        m_focusNames << QString::fromStdString(nameOf(m_snapshot->structure(), it));
}

bool HeatScene::show(SnapshotPtr snapshot, const FleetTreeModel& filter)
{
    const bool moved = !m_snapshot || m_snapshot->structure().version != snapshot->structure().version;
    m_snapshot = std::move(snapshot);
    m_filter = &filter;
    m_scale = heatScale(*m_snapshot, m_scale.metric);
    if (!moved)
        return false;
    m_focus = placeNamed(m_snapshot->structure(), m_focusNames);
    if (m_focus.level != m_focusNames.size())
        m_step = 0;
    rename();
    return true;
}

void HeatScene::setMetric(HeatMetric metric)
{
    m_scale.metric = metric;
    if (m_snapshot)
        m_scale = heatScale(*m_snapshot, metric);
}

void HeatScene::setFocus(const Place& place)
{
    m_step = 0;
    if (!m_snapshot)
        return;
    m_focus = {};
    for (const auto& it : pathTo(m_snapshot->structure(), place))
        if (it.level <= Level::Cluster)
            m_focus = it;
    rename();
}

/// A place with a single part shows what that part shows.
HeatScene::Place HeatScene::below(const Place& place) const
{
    auto at = place;
    while (at.level < Level::Cluster) {
        const auto [first, count] = childrenOf(m_snapshot->structure(), at);
        if (count != 1)
            break;
        at = { static_cast<Level>(at.level + 1), first, 0 };
    }
    return at;
}

std::vector<HeatGroup> HeatScene::groups() const
{
    const auto& shape = m_snapshot->structure();
    const auto at = below(m_focus);
    std::vector<HeatGroup> made;
    if (at.level == Level::Cluster) {
        HeatBlock block { .runs = {}, .titled = false };
        const auto& cluster = shape.clusters[at.index];
        if (m_boxes)
            for (auto n = cluster.firstNode; n < cluster.firstNode + cluster.nodes; ++n)
                block.runs.push_back(shape.nodes[n].gpus);
        else
            block.runs.push_back(cluster.rows);
        made.push_back({ .blocks = { std::move(block) }, .titled = false });
        return made;
    }
    const auto [first, count] = childrenOf(shape, at);
    for (auto part = first; part < first + count; ++part) {
        HeatGroup group;
        if (at.level == Level::Region)
            group.blocks.push_back({ .runs = { shape.clusters[part].rows }, .titled = false });
        else {
            const Place place { static_cast<Level>(at.level + 1), part, 0 };
            const auto [firstBlock, blocks] = childrenOf(shape, place);
            for (auto b = firstBlock; b < firstBlock + blocks; ++b) {
                HeatBlock block;
                if (at.level == Level::Provider)
                    block.runs.push_back(shape.clusters[b].rows);
                else
                    for (auto c = shape.regions[b].firstCluster; c < shape.regions[b].firstCluster + shape.regions[b].clusters; ++c)
                        block.runs.push_back(shape.clusters[c].rows);
                group.blocks.push_back(std::move(block));
            }
        }
        made.push_back(std::move(group));
    }
    return made;
}

HeatLayout HeatScene::layout(QSize view) const
{
    if (!m_snapshot)
        return {};
    m_boxes = false;
    auto made = HeatLayout::fitted(groups(), view);
    m_fittedPitch = made.itemsACell() == 1 ? made.pitch() : 0;
    if (m_step > 0) {
        const auto& step = steps.at(static_cast<std::size_t>(m_step) - 1);
        m_boxes = step.boxes;
        made = step.boxes ? HeatLayout::boxed(groups(), view.width(), step.pitch) : HeatLayout::wrapped(groups(), view.width(), step.pitch);
    }
    m_itemsACell = made.itemsACell();
    m_prefix = m_boxes ? commonPrefix(m_snapshot->structure(), below(m_focus).index) : 0;
    return made;
}

HeatScene::Place HeatScene::placeOf(const HeatPart& of) const
{
    const auto& shape = m_snapshot->structure();
    const auto at = below(m_focus);
    if (at.level == Level::Cluster)
        return at;
    const Place part { static_cast<Level>(at.level + 1), childrenOf(shape, at).first + of.group, 0 };
    if (of.block == HeatPart::whole || at.level == Level::Region)
        return part;
    return { static_cast<Level>(part.level + 1), childrenOf(shape, part).first + of.block, 0 };
}

std::uint32_t HeatScene::clusterOf(const HeatSpot& spot) const
{
    const auto part = placeOf(HeatPart { spot.group, spot.block });
    return part.level == Level::Region ? m_snapshot->structure().regions[part.index].firstCluster + spot.run : part.index;
}

/// The row of its cluster with which a run begins.
std::uint32_t HeatScene::runAt(const HeatSpot& spot) const
{
    if (!m_boxes)
        return 0;
    const auto& shape = m_snapshot->structure();
    const auto& cluster = shape.clusters[clusterOf(spot)];
    return shape.nodes[cluster.firstNode + spot.run].firstRow - cluster.firstRow;
}

HeatRange HeatScene::rangeOf(const HeatLayout& layout, const HeatSpot& spot) const
{
    const auto [first, count] = layout.items(spot);
    const auto cluster = clusterOf(spot);
    return { .cluster = cluster, .firstRow = runAt(spot) + first, .rows = count, .rowsACell = count };
}

HeatScene::Place HeatScene::placeOf(const HeatLayout& layout, const HeatSpot& spot) const
{
    const auto& shape = m_snapshot->structure();
    const auto range = rangeOf(layout, spot);
    const auto node = nodeAt(shape, range.cluster, range.firstRow);
    if (range.rows == 1)
        return { Level::Gpu, range.firstRow + shape.clusters[range.cluster].firstRow - shape.nodes[node].firstRow, node };
    if (node == nodeAt(shape, range.cluster, range.firstRow + range.rows - 1))
        return { Level::Node, node, node };
    return { Level::Cluster, range.cluster, 0 };
}

Tally HeatScene::tally(const HeatRange& range) const
{
    Tally sum;
    const auto& shape = m_snapshot->structure();
    const auto& cluster = shape.clusters[range.cluster];
    const auto& picture = m_snapshot->picture(range.cluster);
    for (auto row = range.firstRow; row < range.firstRow + range.rows; ++row) {
        auto sample = picture.columns().at(row);
        if (picture.stale)
            sample.state = GpuState::Unknown;
        std::uint32_t memory = 0;
        for (const auto& stretch : cluster.stretches)
            if (row >= stretch.firstRow && row < stretch.firstRow + stretch.rows)
                memory = shape.modelMemory[stretch.model];
        sum.add(sample, memory);
    }
    return sum;
}

std::optional<HeatSpot> HeatScene::spotOf(const HeatLayout& layout, std::uint32_t cluster, std::uint32_t row) const
{
    const auto& shape = m_snapshot->structure();
    const auto at = below(m_focus);
    const auto& it = shape.clusters[cluster];
    const auto& region = shape.regions[it.region];
    switch (at.level) {
    case Level::Root: return layout.holding({ region.provider, it.region - shape.providers[region.provider].firstRegion, cluster - region.firstCluster, 0 }, row);
    case Level::Provider:
        if (region.provider != at.index)
            return std::nullopt;
        return layout.holding({ it.region - shape.providers[at.index].firstRegion, cluster - region.firstCluster, 0, 0 }, row);
    case Level::Region:
        if (it.region != at.index)
            return std::nullopt;
        return layout.holding({ cluster - region.firstCluster, 0, 0, 0 }, row);
    case Level::Cluster: {
        if (cluster != at.index)
            return std::nullopt;
        if (!m_boxes)
            return layout.holding({ 0, 0, 0, 0 }, row);
        const auto node = nodeAt(shape, cluster, row);
        return layout.holding({ 0, 0, node - it.firstNode, 0 }, row + it.firstRow - shape.nodes[node].firstRow);
    }
    case Level::Node:
    case Level::Gpu: break;
    }
    return std::nullopt;
}

std::vector<HeatSpot> HeatScene::spotsOf(const HeatLayout& layout, const Place& place) const
{
    std::vector<HeatSpot> spots;
    if (!m_snapshot || place.level < Level::Node)
        return spots;
    const auto& shape = m_snapshot->structure();
    const auto& node = shape.nodes[place.node];
    const auto first = node.firstRow - shape.clusters[node.cluster].firstRow;
    for (std::uint32_t gpu = 0; gpu < node.gpus; ++gpu)
        if (place.level == Level::Node || gpu == place.index)
            if (const auto spot = spotOf(layout, node.cluster, first + gpu); spot && (spots.empty() || spots.back() != *spot))
                spots.push_back(*spot);
    return spots;
}

std::optional<HeatPart> HeatScene::partHolding(const Place& place) const
{
    if (!m_snapshot || place.level == Level::Root)
        return std::nullopt;
    const auto& shape = m_snapshot->structure();
    const auto at = below(m_focus);
    const auto path = pathTo(shape, place);
    const auto depth = static_cast<std::size_t>(at.level);
    if (at.level == Level::Cluster || path.size() <= depth || (depth > 0 && path[depth - 1].index != at.index))
        return std::nullopt;
    const auto group = path[depth].index - childrenOf(shape, at).first;
    if (path.size() <= depth + 1 || at.level == Level::Region)
        return HeatPart { .group = group };
    return HeatPart { group, path[depth + 1].index - childrenOf(shape, path[depth]).first };
}

bool HeatScene::closer(const std::optional<HeatSpot>& spot)
{
    if (!m_snapshot || m_snapshot->structure().providers.empty())
        return false;
    const auto at = below(m_focus);
    if (at.level == Level::Cluster) {
        auto next = m_step + 1;
        while (next <= static_cast<int>(steps.size()) && steps.at(static_cast<std::size_t>(next) - 1).pitch <= (m_step == 0 ? m_fittedPitch : 0) && !steps.at(static_cast<std::size_t>(next) - 1).boxes)
            ++next;
        if (next > static_cast<int>(steps.size()))
            return false;
        m_focus = at;
        m_step = next;
        rename();
        return true;
    }
    m_focus = placeOf(HeatPart { .group = spot ? spot->group : 0 });
    m_step = 0;
    rename();
    return true;
}

bool HeatScene::farther()
{
    if (m_step > 0) {
        --m_step;
        while (m_step > 0 && !steps.at(static_cast<std::size_t>(m_step) - 1).boxes && steps.at(static_cast<std::size_t>(m_step) - 1).pitch <= m_fittedPitch)
            --m_step;
        return true;
    }
    if (!m_snapshot || m_focus.level == Level::Root)
        return false;
    // A place that shows the same as the one below it would look like a step that does nothing.
    const auto shown = below(m_focus);
    auto path = pathTo(m_snapshot->structure(), m_focus);
    bool other = false;
    while (!path.empty() && !other) {
        path.pop_back();
        m_focus = path.empty() ? Place {} : path.back();
        const auto now = below(m_focus);
        other = now.level != shown.level || now.index != shown.index;
    }
    rename();
    return other;
}

} // namespace penstock
