// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

// How the rows of FleetTreeModel follow a new snapshot, filter or order.

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "fleetfilter.h"
#include "fleetplaces.h"

namespace penstock {

/// What becomes of an opened branch.
struct FleetTreeModel::Plan
{
    FleetBranch* branch;
    std::uint32_t number; ///< of its parent, in the new structure
    bool live; ///< it and all above it are expanded: sorted and filtered now
    std::vector<std::uint32_t> to; ///< the new number of each row; goneNumber: removed
};

/// A new order of a branch's rows.
struct FleetTreeModel::Move
{
    FleetBranch* branch;
    std::vector<int> order; ///< the old row of each new one
};

namespace {

    /// More stretches than this are gathered by one move before they are removed.
    constexpr std::size_t mostStretches = 32;
    /// A longer list of moved parents is worth no one's reading.
    constexpr std::size_t mostParents = 64;

    void numberRows(FleetBranch& branch)
    {
        for (std::size_t row = 0; row < branch.rows.size(); ++row)
            if (auto* below = branch.rows[row].branch.get()) {
                below->row = static_cast<int>(row);
                below->parent = &branch;
            }
    }

    std::size_t goneStretches(const std::vector<std::uint32_t>& to)
    {
        std::size_t stretches = 0;
        for (std::size_t i = 0; i < to.size(); ++i)
            stretches += to[i] == goneNumber && (i == 0 || to[i - 1] != goneNumber);
        return stretches;
    }

    std::vector<std::uint32_t> numbersOf(const FleetBranch& branch)
    {
        std::vector<std::uint32_t> numbers(branch.rows.size());
        std::ranges::transform(branch.rows, numbers.begin(), &FleetBranch::Row::number);
        return numbers;
    }

    std::vector<std::uint32_t> shownChildren(const Snapshot& snapshot, const FleetMarks& marks, const FleetBranch& branch)
    {
        const auto children = childrenOf(snapshot.structure(), branch.level, branch.number);
        std::vector<std::uint32_t> shown;
        shown.reserve(children.count);
        for (auto child = children.first; child < children.first + children.count; ++child)
            if (marks.shows(snapshot, static_cast<FleetTreeModel::Level>(branch.level + 1), child, branch.number))
                shown.push_back(child);
        return shown;
    }

    bool isLive(const FleetBranch& branch)
    {
        for (const auto* it = &branch; it; it = it->parent)
            if (!it->open)
                return false;
        return true;
    }

} // namespace

void FleetTreeModel::show(SnapshotPtr snapshot)
{
    auto marks = std::make_unique<FleetMarks>(m_filter->marks(*snapshot));
    refresh(*m_root, std::move(snapshot), std::move(marks));
}

void FleetTreeModel::setFilter(const QString& text)
{
    m_filter->setText(text);
    if (m_snapshot)
        refresh(*m_root, m_snapshot, std::make_unique<FleetMarks>(m_filter->marks(*m_snapshot)));
}

void FleetTreeModel::sort(int column, Qt::SortOrder order)
{
    m_sortColumn = column;
    m_sortOrder = order;
    if (m_snapshot)
        refresh(*m_root, m_snapshot, nullptr);
}

void FleetTreeModel::rest(const QModelIndex& index)
{
    if (auto* branch = index.isValid() ? branchOf(index) : nullptr)
        branch->open = false;
}

void FleetTreeModel::wake(const QModelIndex& index)
{
    auto* branch = index.isValid() ? branchOf(index) : nullptr;
    if (!branch || branch->open)
        return;
    branch->open = true;
    if (isLive(*branch))
        refresh(*branch, m_snapshot, nullptr);
}

void FleetTreeModel::fill(FleetBranch& branch) const
{
    auto children = shownChildren(*m_snapshot, *m_marks, branch);
    sortChildren(*m_snapshot, branch.level, branch.number, m_sortColumn, m_sortOrder, children);
    branch.rows.reserve(children.size());
    for (const auto child : children)
        branch.rows.push_back({ child, nullptr });
}

/// Rows go while the old snapshot stands, then numbers and snapshot change in one go, then rows come and move: whoever
/// looks between two signals sees a whole picture. Without marks those of the present stay.
void FleetTreeModel::refresh(FleetBranch& from, SnapshotPtr next, std::unique_ptr<FleetMarks> marks)
{
    emit updating();
    m_changing = true;
    std::vector<Plan> plans;
    plan(from, *next, marks ? *marks : *m_marks, from.number, true, plans);
    removeRowsOf(plans);

    for (auto& it : plans) {
        it.branch->number = it.number;
        for (std::size_t row = 0; row < it.to.size(); ++row)
            it.branch->rows[row].number = it.to[row];
    }
    m_snapshot = std::move(next);
    if (marks)
        m_marks = std::move(marks);

    std::vector<Move> moves;
    insertRowsOf(plans, moves);
    m_changing = false;
    reorder(std::move(moves));
    for (const auto& it : plans)
        if (it.live && !it.branch->rows.empty())
            emit dataChanged(createIndex(0, 0, it.branch), createIndex(static_cast<int>(it.branch->rows.size()) - 1, ColumnCount - 1, it.branch));
    emit updated();
}

void FleetTreeModel::plan(FleetBranch& branch, const Snapshot& next, const FleetMarks& marks, std::uint32_t number, bool live, std::vector<Plan>& plans) const
{
    const bool sameShape = !m_snapshot || m_snapshot->structure().version == next.structure().version;
    live = live && branch.open;
    // Nothing to follow in what nobody sees and nothing renumbers.
    if (sameShape && !live)
        return;
    Plan made { &branch, number, live, sameShape ? numbersOf(branch) : renumbered(m_snapshot->structure(), next.structure(), branch, number) };
    if (live && !marks.all)
        for (auto& to : made.to)
            if (to != goneNumber && !marks.shows(next, static_cast<Level>(branch.level + 1), to, number))
                to = goneNumber;
    const auto at = plans.size();
    plans.push_back(std::move(made));
    if (branch.level == Node)
        return;
    for (std::size_t row = 0; row < branch.rows.size(); ++row)
        if (auto* below = branch.rows[row].branch.get(); below && plans[at].to[row] != goneNumber)
            plan(*below, next, marks, plans[at].to[row], live, plans);
}

void FleetTreeModel::removeRowsOf(std::vector<Plan>& plans)
{
    std::vector<Move> moves;
    for (auto& it : plans) {
        if (goneStretches(it.to) <= mostStretches)
            continue;
        // What goes is gathered in front: a view whose current row goes then takes the first one that stays.
        Move move { it.branch, std::vector<int>(it.to.size()) };
        std::iota(move.order.begin(), move.order.end(), 0);
        std::ranges::stable_partition(move.order, [&](int row) { return it.to[static_cast<std::size_t>(row)] == goneNumber; });
        std::ranges::stable_partition(it.to, [](std::uint32_t to) { return to == goneNumber; });
        moves.push_back(std::move(move));
    }
    reorder(std::move(moves));
    for (auto& [branch, number, live, to] : plans)
        for (auto end = to.size(); end > 0;) {
            if (to[end - 1] != goneNumber) {
                --end;
                continue;
            }
            auto first = end;
            while (first > 0 && to[first - 1] == goneNumber)
                --first;
            const auto from = static_cast<std::ptrdiff_t>(first), until = static_cast<std::ptrdiff_t>(end);
            beginRemoveRows(indexOf(*branch), static_cast<int>(first), static_cast<int>(end) - 1);
            // Kept until nobody can hold an index into them.
            const std::vector<FleetBranch::Row> gone(std::make_move_iterator(branch->rows.begin() + from), std::make_move_iterator(branch->rows.begin() + until));
            branch->rows.erase(branch->rows.begin() + from, branch->rows.begin() + until);
            to.erase(to.begin() + from, to.begin() + until);
            numberRows(*branch);
            endRemoveRows();
            end = first;
        }
}

void FleetTreeModel::insertRowsOf(std::vector<Plan>& plans, std::vector<Move>& moves)
{
    for (const auto& it : plans) {
        if (!it.live)
            continue;
        auto& rows = it.branch->rows;
        auto wanted = shownChildren(*m_snapshot, *m_marks, *it.branch);
        sortChildren(*m_snapshot, it.branch->level, it.branch->number, m_sortColumn, m_sortOrder, wanted);
        const auto isRow = [](const FleetBranch::Row& row, std::uint32_t number) { return row.number == number; };
        if (const auto count = wanted.size() - rows.size(); count > 0) {
            // Where new rows stand together and the others stay in order they come in their place, otherwise at the
            // end, to be moved with the rest.
            auto at = static_cast<std::size_t>(std::ranges::mismatch(rows, wanted, isRow).in1 - rows.begin());
            if (!std::equal(rows.begin() + static_cast<std::ptrdiff_t>(at), rows.end(), wanted.begin() + static_cast<std::ptrdiff_t>(at + count), wanted.end(), isRow))
                at = rows.size();
            std::vector<FleetBranch::Row> made;
            made.reserve(count);
            const auto first = childrenOf(m_snapshot->structure(), it.branch->level, it.branch->number).first;
            std::vector<bool> isHere(childrenOf(m_snapshot->structure(), it.branch->level, it.branch->number).count);
            for (const auto& row : rows)
                isHere[row.number - first] = true;
            for (const auto child : wanted)
                if (!isHere[child - first])
                    made.push_back({ child, nullptr });
            beginInsertRows(indexOf(*it.branch), static_cast<int>(at), static_cast<int>(at + count) - 1);
            rows.insert(rows.begin() + static_cast<std::ptrdiff_t>(at), std::make_move_iterator(made.begin()), std::make_move_iterator(made.end()));
            numberRows(*it.branch);
            endInsertRows();
        }
        if (std::ranges::equal(rows, wanted, isRow))
            continue;
        const auto first = childrenOf(m_snapshot->structure(), it.branch->level, it.branch->number).first;
        std::vector<int> rowOf(childrenOf(m_snapshot->structure(), it.branch->level, it.branch->number).count);
        for (std::size_t row = 0; row < rows.size(); ++row)
            rowOf[rows[row].number - first] = static_cast<int>(row);
        Move move { it.branch, {} };
        move.order.reserve(wanted.size());
        for (const auto child : wanted)
            move.order.push_back(rowOf[child - first]);
        moves.push_back(std::move(move));
    }
}

void FleetTreeModel::reorder(std::vector<Move> moves)
{
    if (moves.empty())
        return;
    QList<QPersistentModelIndex> parents;
    if (moves.size() <= mostParents)
        for (const auto& move : moves)
            parents << indexOf(*move.branch);
    emit layoutAboutToBeChanged(parents, VerticalSortHint);
    std::unordered_map<const void*, std::vector<int>> newRows;
    for (auto& [branch, order] : moves) {
        auto& newRow = newRows[branch];
        newRow.resize(order.size());
        std::vector<FleetBranch::Row> rows;
        rows.reserve(order.size());
        for (std::size_t row = 0; row < order.size(); ++row) {
            newRow[static_cast<std::size_t>(order[row])] = static_cast<int>(row);
            rows.push_back(std::move(branch->rows[static_cast<std::size_t>(order[row])]));
        }
        branch->rows = std::move(rows);
        numberRows(*branch);
    }
    QModelIndexList before, after;
    for (const auto& index : persistentIndexList())
        if (const auto moved = newRows.find(index.internalPointer()); moved != newRows.end()) {
            before << index;
            after << createIndex(moved->second[static_cast<std::size_t>(index.row())], index.column(), index.internalPointer());
        }
    changePersistentIndexList(before, after);
    emit layoutChanged(parents, VerticalSortHint);
}

} // namespace penstock
