// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <optional>

#include "charts/heatmap.h"
#include "engine/heat.h"
#include "models/fleettreemodel.h"

namespace penstock {

/// What a heatmap shows of the fleets: a place (all of them, a provider, a region, a cluster), its parts as titled groups,
/// and how close its user looks. Looking closer leads from all fleets to a provider, a region and a cluster, each of which
/// fills the view, and then to larger cells, nodes by name and the GPUs' numbers.
class HeatScene final : public HeatSource
{
public:
    using Place = FleetTreeModel::Place;

    /// `filter` says which GPUs are not faded; it outlives the scene. True when groups or cells have moved, so that a new
    /// layout is due. The place stays by its names; a place that is gone hands over to the one above it.
    bool show(SnapshotPtr snapshot, const FleetTreeModel& filter);
    [[nodiscard]] const SnapshotPtr& snapshot() const { return m_snapshot; }
    void setMetric(HeatMetric metric);
    [[nodiscard]] const HeatScale& scale() const { return m_scale; }

    /// Root, provider, region or cluster.
    [[nodiscard]] const Place& focus() const { return m_focus; }
    void setFocus(const Place& place);
    /// One step closer at a cell, or to the only or first part; false at the end.
    bool closer(const std::optional<HeatSpot>& spot);
    bool farther();
    /// Everything of the place is in view, where that can be.
    [[nodiscard]] bool isFitted() const { return m_step == 0; }
    [[nodiscard]] HeatLayout layout(QSize view) const;

    /// What a cell holds: a GPU, a node, or the cluster that it is a part of.
    [[nodiscard]] Place placeOf(const HeatLayout& layout, const HeatSpot& spot) const;
    /// The rows behind a cell.
    [[nodiscard]] HeatRange rangeOf(const HeatLayout& layout, const HeatSpot& spot) const;
    [[nodiscard]] Tally tally(const HeatRange& range) const;
    /// The part that a group's or block's title names.
    [[nodiscard]] Place placeOf(const HeatPart& part) const;
    /// The cell of a GPU of a cluster, where the layout holds it.
    [[nodiscard]] std::optional<HeatSpot> spotOf(const HeatLayout& layout, std::uint32_t cluster, std::uint32_t row) const;
    /// Which title a place stands under; nothing where it is not shown or is all that is shown.
    [[nodiscard]] std::optional<HeatPart> partHolding(const Place& place) const;
    /// The cells of a node or a GPU, as far as the layout holds them.
    [[nodiscard]] std::vector<HeatSpot> spotsOf(const HeatLayout& layout, const Place& place) const;

    // The cells are those of the layout that was made last.
    void cells(const HeatSpot& first, std::span<std::uint8_t> shades, std::span<HeatMark> marks) const override;
    [[nodiscard]] QString digits(const HeatSpot& spot) const override;
    [[nodiscard]] HeatTitle groupTitle(std::uint32_t group) const override;
    [[nodiscard]] HeatTitle blockTitle(std::uint32_t group, std::uint32_t block) const override;
    [[nodiscard]] HeatTitle boxTitle(const HeatSpot& run) const override;
    [[nodiscard]] QString describe(const HeatSpot& spot) const override;

private:
    [[nodiscard]] Place below(const Place& place) const;
    [[nodiscard]] std::vector<HeatGroup> groups() const;
    [[nodiscard]] std::uint32_t clusterOf(const HeatSpot& spot) const;
    [[nodiscard]] std::uint32_t runAt(const HeatSpot& spot) const;
    [[nodiscard]] HeatTitle title(const Place& place, bool strong) const;
    void fade(const HeatRange& range, std::span<HeatMark> marks) const;
    void rename();

    SnapshotPtr m_snapshot;
    const FleetTreeModel* m_filter = nullptr;
    HeatScale m_scale;
    Place m_focus;
    QStringList m_focusNames;
    int m_step = 0; ///< beyond the fitted view of a cluster
    mutable int m_fittedPitch = 0; ///< of one GPU a cell; 0 where several share one
    mutable std::uint32_t m_itemsACell = 1;
    mutable bool m_boxes = false;
    mutable std::vector<GpuState> m_states;
    mutable std::size_t m_prefix = 0; ///< letters with which the names of all nodes of a cluster in boxes begin
};

} // namespace penstock
