// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "charts/heatlayout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace penstock {

namespace {

    constexpr int blockGap = 6, groupGap = 12, columnGap = 14, leastColumn = 84;
    constexpr int boxAbreast = 4, boxGap = 10;
    /// The pitch of cells that hold several items: wide enough for a mark in each.
    constexpr int sharedPitch = 7;
    /// Where more than this would share such a cell, smaller ones with a colour instead of a mark tell more.
    constexpr std::uint32_t mostMarked = 256;
    constexpr int unmarkedPitch = 5;
    constexpr std::array<std::uint32_t, 24> shares { 2, 4, 8, 16, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256, 320, 400, 512, 640, 800, 1024, 1600, 3200, 6400 };

    struct Column
    {
        std::uint64_t items = 0;
        int titles = 0; ///< height of what is not cells
        std::vector<const HeatBlock*> blocks;
    };

    std::vector<Column> columnsOf(const std::vector<HeatGroup>& groups, const std::vector<std::size_t>& ends)
    {
        std::vector<Column> columns(ends.size());
        for (std::size_t c = 0, g = 0; c < ends.size(); ++c)
            for (; g < ends[c]; ++g) {
                auto& column = columns[c];
                column.items += groups[g].items();
                column.titles += (groups[g].titled ? HeatLayout::groupTitle : 0) + groupGap;
                for (const auto& block : groups[g].blocks) {
                    column.titles += (block.titled ? HeatLayout::blockTitle : 0) + blockGap;
                    column.blocks.push_back(&block);
                }
            }
        return columns;
    }

    /// Deals groups to columns in their order, about as many items to each.
    std::vector<std::size_t> deal(const std::vector<HeatGroup>& groups, std::size_t columns)
    {
        std::uint64_t all = 0;
        for (const auto& group : groups)
            all += group.items();
        std::vector<std::size_t> ends;
        std::uint64_t before = 0;
        for (std::size_t g = 0; g < groups.size(); ++g) {
            const auto items = groups[g].items();
            // The middle of a group decides to which column it belongs; each column takes at least one.
            const auto wanted = all == 0 ? 0 : static_cast<std::size_t>((static_cast<double>(before) + static_cast<double>(items) / 2) * static_cast<double>(columns) / static_cast<double>(all));
            const auto left = groups.size() - g;
            if (g > 0 && (wanted > ends.size() - 1 || columns - ends.size() >= left) && ends.size() < columns)
                ends.push_back(g);
            else if (g == 0)
                ends.push_back(0);
            ends.back() = g + 1;
            before += items;
        }
        return ends;
    }

    std::uint64_t cellsIn(const HeatBlock& block, std::uint32_t itemsACell)
    {
        std::uint64_t cells = 0;
        for (const auto run : block.runs)
            cells += (run + itemsACell - 1) / itemsACell;
        return cells;
    }

    int heightOf(const Column& column, std::uint32_t itemsACell, int width, int pitch)
    {
        const auto abreast = static_cast<std::uint64_t>(std::max(1, width / pitch));
        std::uint64_t rows = 0;
        for (const auto* block : column.blocks)
            rows += (cellsIn(*block, itemsACell) + abreast - 1) / abreast;
        return column.titles + static_cast<int>(std::min<std::uint64_t>(rows * static_cast<std::uint64_t>(pitch), 1'000'000'000));
    }

    /// Shares the width among columns so that they become about equally high; returns the height of the highest.
    int balance(const std::vector<Column>& columns, int width, std::uint32_t itemsACell, int pitch, std::vector<int>& widths)
    {
        const auto count = static_cast<int>(columns.size());
        const int free = width - columnGap * (count - 1) - leastColumn * count;
        std::vector<double> parts;
        for (const auto& column : columns)
            parts.push_back(static_cast<double>(column.items) + 1);
        int best = 0;
        for (int round = 0; round < 4; ++round) {
            const double all = std::accumulate(parts.begin(), parts.end(), 0.0);
            std::vector<int> tried;
            int highest = 0;
            std::vector<int> heights;
            for (std::size_t c = 0; c < columns.size(); ++c) {
                // A proportional share of all, but never less than the least.
                const int share = static_cast<int>(parts[c] / all * (width - columnGap * (count - 1)));
                tried.push_back(std::max(leastColumn, share));
            }
            // What the narrow ones took beyond their share the wide ones give back.
            for (int excess = std::accumulate(tried.begin(), tried.end(), 0) - (free + leastColumn * count); excess > 0;) {
                auto& widest = *std::ranges::max_element(tried);
                const int given = std::min(excess, std::max(1, (widest - leastColumn) / 2));
                widest -= given;
                excess -= given;
            }
            for (std::size_t c = 0; c < columns.size(); ++c) {
                heights.push_back(heightOf(columns[c], itemsACell, tried[c], pitch));
                highest = std::max(highest, heights.back());
            }
            if (round == 0 || highest < best) {
                best = highest;
                widths = tried;
            }
            for (std::size_t c = 0; c < columns.size(); ++c)
                parts[c] *= std::sqrt(static_cast<double>(heights[c]) / std::max(1, highest)) + 0.05;
        }
        return best;
    }

} // namespace

std::uint64_t HeatBlock::items() const { return std::accumulate(runs.begin(), runs.end(), std::uint64_t { 0 }); }

std::uint64_t HeatGroup::items() const
{
    std::uint64_t sum = 0;
    for (const auto& block : blocks)
        sum += block.items();
    return sum;
}

HeatLayout HeatLayout::fitted(std::vector<HeatGroup> groups, QSize view)
{
    struct Choice
    {
        std::uint32_t itemsACell = 0;
        int pitch = 0, height = 0;
        std::vector<std::size_t> ends;
        std::vector<int> widths;
    };
    std::optional<Choice> best;
    const auto isBetter = [&](const Choice& a, const Choice& b) {
        const bool fits = a.height <= view.height(), fitted = b.height <= view.height();
        if (fits != fitted)
            return fits;
        if (!fits)
            return a.height < b.height;
        if (a.itemsACell != b.itemsACell)
            return a.itemsACell < b.itemsACell;
        return a.pitch != b.pitch ? a.pitch > b.pitch : a.height < b.height;
    };
    const auto most = std::min<std::size_t>(groups.size(), static_cast<std::size_t>(std::max(1, (view.width() + columnGap) / (leastColumn + columnGap))));
    for (std::size_t count = 1; count <= most; ++count) {
        const auto ends = deal(groups, count);
        const auto columns = columnsOf(groups, ends);
        const auto consider = [&](std::uint32_t itemsACell, int pitch) {
            Choice choice { .itemsACell = itemsACell, .pitch = pitch, .ends = ends, .widths = {} };
            choice.height = balance(columns, view.width(), itemsACell, pitch, choice.widths);
            const bool fits = choice.height <= view.height();
            if (!best || isBetter(choice, *best))
                best = std::move(choice);
            return fits;
        };
        if (consider(1, leastPitch)) {
            for (int pitch = leastPitch + 1; pitch <= mostPitch && consider(1, pitch); ++pitch) { }
            continue;
        }
        for (const auto share : shares)
            if (consider(share, share <= mostMarked ? sharedPitch : unmarkedPitch)) {
                for (int pitch = best->pitch + 1; pitch <= mostPitch && consider(share, pitch); ++pitch) { }
                break;
            }
    }
    if (!best)
        return {};
    HeatLayout made(std::move(groups), best->itemsACell, best->pitch);
    made.place(best->ends, best->widths);
    return made;
}

HeatLayout HeatLayout::wrapped(std::vector<HeatGroup> groups, int width, int pitch)
{
    HeatLayout made(std::move(groups), 1, pitch);
    made.place({ made.m_groups.size() }, { width });
    return made;
}

HeatLayout HeatLayout::boxed(std::vector<HeatGroup> groups, int width, int pitch)
{
    HeatLayout made(std::move(groups), 1, pitch);
    made.m_boxes = true;
    made.place({ made.m_groups.size() }, { width });
    return made;
}

std::uint64_t HeatLayout::cellsIn(const HeatBlock& block) const { return penstock::cellsIn(block, m_itemsACell); }

void HeatLayout::place(const std::vector<std::size_t>& columnEnds, const std::vector<int>& widths)
{
    int x = 0, bottom = 0;
    for (std::size_t c = 0, g = 0; c < columnEnds.size(); ++c) {
        int y = 0;
        for (; g < columnEnds[c]; ++g)
            y = placeGroup(static_cast<std::uint32_t>(g), QRect(x, 0, widths[c], 0), y);
        bottom = std::max(bottom, y);
        x += widths[c] + columnGap;
    }
    m_size = { std::max(0, x - columnGap), std::max(0, bottom - groupGap) };
}

int HeatLayout::placeGroup(std::uint32_t group, QRect column, int y)
{
    const auto& it = m_groups[group];
    const int width = column.width() / m_pitch * m_pitch;
    if (it.titled) {
        m_titles.push_back({ group, QRect(column.left(), y, std::max(width, column.width() - m_pitch), groupTitle) });
        y += groupTitle;
    }
    for (std::uint32_t b = 0; b < it.blocks.size(); ++b) {
        const auto& block = it.blocks[b];
        Area area { .group = group, .block = b, .title = {}, .cells = {}, .columns = std::max(1, column.width() / m_pitch), .runAt = {} };
        if (block.titled) {
            area.title = QRect(column.left(), y, std::max(width, column.width() - m_pitch), blockTitle);
            y += blockTitle;
        }
        if (m_boxes)
            placeBox(area, block, { column.left(), y }, column.width());
        else {
            area.runAt.reserve(block.runs.size() + 1);
            std::uint64_t cells = 0;
            for (const auto run : block.runs) {
                area.runAt.push_back(cells);
                cells += (run + m_itemsACell - 1) / m_itemsACell;
            }
            area.runAt.push_back(cells);
            const auto abreast = static_cast<std::uint64_t>(area.columns);
            area.cells = QRect(column.left(), y, area.columns * m_pitch, static_cast<int>((cells + abreast - 1) / abreast) * m_pitch);
        }
        y = area.cells.bottom() + 1 + blockGap;
        m_areas.push_back(std::move(area));
    }
    return y + groupGap - blockGap;
}

void HeatLayout::placeBox(Area& area, const HeatBlock& block, QPoint at, int width)
{
    const auto largest = block.runs.empty() ? 0 : *std::ranges::max_element(block.runs);
    area.boxRows = std::max(1, static_cast<int>((largest + boxAbreast - 1) / boxAbreast));
    const auto box = boxSize(area, m_pitch);
    area.columns = std::max(1, (width + boxGap) / (box.width() + boxGap));
    const auto rows = (static_cast<int>(block.runs.size()) + area.columns - 1) / area.columns;
    area.cells = QRect(at, QSize(area.columns * (box.width() + boxGap) - boxGap, rows * (box.height() + boxGap) - (rows > 0 ? boxGap : 0)));
}

QSize HeatLayout::boxSize(const Area& area, int pitch) { return { boxAbreast * pitch, boxTitle + area.boxRows * pitch }; }

QRect HeatLayout::box(const Area& area, std::uint32_t run) const
{
    const auto size = boxSize(area, m_pitch);
    const auto at = static_cast<int>(run);
    return { area.cells.topLeft() + QPoint(at % area.columns * (size.width() + boxGap), at / area.columns * (size.height() + boxGap)), size };
}

const HeatLayout::Area* HeatLayout::area(std::uint32_t group, std::uint32_t block) const
{
    const auto it = std::ranges::lower_bound(m_areas, std::pair(group, block), {}, [](const Area& one) { return std::pair(one.group, one.block); });
    return it != m_areas.end() && it->group == group && it->block == block ? &*it : nullptr;
}

std::optional<HeatSpot> HeatLayout::at(QPoint point) const
{
    for (const auto& area : m_areas) {
        if (!area.cells.contains(point))
            continue;
        const auto within = point - area.cells.topLeft();
        const auto& runs = m_groups[area.group].blocks[area.block].runs;
        if (m_boxes) {
            const auto size = boxSize(area, m_pitch);
            const auto run = within.y() / (size.height() + boxGap) * area.columns + within.x() / (size.width() + boxGap);
            const QPoint inBox(within.x() % (size.width() + boxGap), within.y() % (size.height() + boxGap) - boxTitle);
            if (run >= static_cast<int>(runs.size()) || inBox.x() >= size.width() || inBox.y() < 0 || inBox.y() >= area.boxRows * m_pitch)
                return std::nullopt;
            const auto cell = static_cast<std::uint32_t>(inBox.y() / m_pitch * boxAbreast + inBox.x() / m_pitch);
            if (cell >= runs[static_cast<std::size_t>(run)])
                return std::nullopt;
            return HeatSpot { area.group, area.block, static_cast<std::uint32_t>(run), cell };
        }
        const auto cell = static_cast<std::uint64_t>(within.y() / m_pitch) * static_cast<std::uint64_t>(area.columns) + static_cast<std::uint64_t>(within.x() / m_pitch);
        if (area.runAt.empty() || cell >= area.runAt.back())
            return std::nullopt;
        const auto run = static_cast<std::size_t>(std::ranges::upper_bound(area.runAt, cell) - area.runAt.begin()) - 1;
        return HeatSpot { area.group, area.block, static_cast<std::uint32_t>(run), static_cast<std::uint32_t>(cell - area.runAt[run]) };
    }
    return std::nullopt;
}

QRect HeatLayout::rect(const HeatSpot& spot) const
{
    const auto* it = area(spot.group, spot.block);
    if (!it)
        return {};
    if (m_boxes) {
        const auto at = static_cast<int>(spot.cell);
        return { box(*it, spot.run).topLeft() + QPoint(at % boxAbreast * m_pitch, boxTitle + at / boxAbreast * m_pitch), QSize(m_pitch, m_pitch) };
    }
    const auto cell = it->runAt[spot.run] + spot.cell;
    const auto abreast = static_cast<std::uint64_t>(it->columns);
    return { it->cells.topLeft() + QPoint(static_cast<int>(cell % abreast), static_cast<int>(cell / abreast)) * m_pitch, QSize(m_pitch, m_pitch) };
}

std::uint32_t HeatLayout::cellsOf(const HeatSpot& inRun) const
{
    return (m_groups[inRun.group].blocks[inRun.block].runs[inRun.run] + m_itemsACell - 1) / m_itemsACell;
}

std::pair<std::uint32_t, std::uint32_t> HeatLayout::items(const HeatSpot& spot) const
{
    const auto run = m_groups[spot.group].blocks[spot.block].runs[spot.run];
    const auto first = spot.cell * m_itemsACell;
    return { first, std::min(m_itemsACell, run - first) };
}

HeatSpot HeatLayout::holding(HeatSpot inRun, std::uint32_t item) const
{
    inRun.cell = item / m_itemsACell;
    return inRun;
}

} // namespace penstock
