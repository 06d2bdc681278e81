// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPoint>
#include <QRect>
#include <QSize>
#include <cstdint>
#include <optional>
#include <vector>

namespace penstock {

/// Items under one title, in runs: each run begins with a new cell, so that no cell holds items of two runs.
struct HeatBlock
{
    std::vector<std::uint32_t> runs; ///< items of each
    bool titled = true;
    [[nodiscard]] std::uint64_t items() const;
};

/// Blocks that stand below each other in one column, under one title.
struct HeatGroup
{
    std::vector<HeatBlock> blocks;
    bool titled = true;
    [[nodiscard]] std::uint64_t items() const;
};

/// One cell.
struct HeatSpot
{
    std::uint32_t group = 0, block = 0, run = 0, cell = 0;
    friend bool operator==(const HeatSpot&, const HeatSpot&) = default;
};

/// Where each cell of a heatmap stands, in pixels from the upper left corner of the whole picture. Arithmetic only: its
/// size depends on blocks and runs, never on items.
class HeatLayout
{
public:
    static constexpr int groupTitle = 20, blockTitle = 16, boxTitle = 16; ///< heights
    static constexpr int leastPitch = 3, mostPitch = 28; ///< from one cell to the next

    HeatLayout() = default;
    /// Everything in view where that can be: one item a cell as large as it goes, or else several items a cell. Where
    /// even titles do not fit, it is higher than the view.
    [[nodiscard]] static HeatLayout fitted(std::vector<HeatGroup> groups, QSize view);
    /// One item a cell at this pitch, wrapped at the width; as high as it gets.
    [[nodiscard]] static HeatLayout wrapped(std::vector<HeatGroup> groups, int width, int pitch);
    /// The same with a box of cells, four abreast, and a title for each run.
    [[nodiscard]] static HeatLayout boxed(std::vector<HeatGroup> groups, int width, int pitch);

    struct Area
    {
        std::uint32_t group, block;
        QRect title; ///< empty where there is none
        QRect cells;
        int columns; ///< cells, or boxes, abreast
        std::vector<std::uint64_t> runAt; ///< the cell at which each run begins, and the number of cells; empty of boxes
        int boxRows = 0; ///< rows of cells in a box
    };
    struct Title
    {
        std::uint32_t group;
        QRect title;
    };
    [[nodiscard]] const std::vector<HeatGroup>& groups() const { return m_groups; }
    [[nodiscard]] const std::vector<Area>& areas() const { return m_areas; }
    [[nodiscard]] const std::vector<Title>& titles() const { return m_titles; }
    [[nodiscard]] QSize size() const { return m_size; }
    [[nodiscard]] int pitch() const { return m_pitch; }
    [[nodiscard]] std::uint32_t itemsACell() const { return m_itemsACell; }
    [[nodiscard]] bool hasBoxes() const { return m_boxes; }
    [[nodiscard]] static QSize boxSize(const Area& area, int pitch);

    [[nodiscard]] std::optional<HeatSpot> at(QPoint point) const;
    /// Cell and gap.
    [[nodiscard]] QRect rect(const HeatSpot& spot) const;
    /// The place of a run's box with its title.
    [[nodiscard]] QRect box(const Area& area, std::uint32_t run) const;
    [[nodiscard]] const Area* area(std::uint32_t group, std::uint32_t block) const;
    [[nodiscard]] std::uint32_t cellsOf(const HeatSpot& inRun) const; ///< of its run
    /// First item and number of items of a cell, counted in its run.
    [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> items(const HeatSpot& spot) const;
    /// The cell that holds an item of a run.
    [[nodiscard]] HeatSpot holding(HeatSpot inRun, std::uint32_t item) const;

private:
    HeatLayout(std::vector<HeatGroup> groups, std::uint32_t itemsACell, int pitch) : m_groups(std::move(groups)), m_itemsACell(itemsACell), m_pitch(pitch) {}
    [[nodiscard]] std::uint64_t cellsIn(const HeatBlock& block) const;
    void place(const std::vector<std::size_t>& columnEnds, const std::vector<int>& widths);
    int placeGroup(std::uint32_t group, QRect column, int y);
    void placeBox(Area& area, const HeatBlock& block, QPoint at, int width);

    std::vector<HeatGroup> m_groups;
    std::vector<Area> m_areas;
    std::vector<Title> m_titles;
    QSize m_size;
    std::uint32_t m_itemsACell = 1;
    int m_pitch = leastPitch;
    bool m_boxes = false;
};

} // namespace penstock
