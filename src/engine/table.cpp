// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "table.h"

#include <algorithm>
#include <unordered_map>

#include "fleet/xid.h"

namespace penstock {

namespace {

    constexpr std::uint32_t blockSize = 64;

    std::unexpected<Error> invalid(std::string what) { return fail(Error::Kind::Invalid, std::move(what)); }

    std::uint32_t secondsOf(Time time)
    {
        return static_cast<std::uint32_t>(std::clamp<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count(), 0, 0xFFFF'FFFF));
    }

    /// Of two that may not be known, 0.
    std::uint32_t earlier(std::uint32_t one, std::uint32_t other) { return one == 0 || other == 0 ? std::max(one, other) : std::min(one, other); }

    /// The state goes on: the same, or a GPU that is out of service falls silent, or is heard again, for the same reason.
    bool goesOn(GpuState was, Health wasFor, GpuState is, Health isFor)
    {
        // Without a call, since all GPUs are asked at once; a fault of a program takes none out of service.
        const bool fallsSilent = (was == GpuState::Unhealthy && is == GpuState::Unknown) || (was == GpuState::Unknown && is == GpuState::Unhealthy);
        return was == is || (fallsSilent && wasFor == isFor && isFor != Health::Good && isFor != Health::Throttled && isFor != Health::NotReported);
    }

    /// The value that makes a sample inadmissible, or nothing.
    std::optional<std::string> wrongValue(const Columns& values, std::size_t workloads)
    {
        // The plain question is asked of all at once; only a yes is worth finding the culprit.
        unsigned wrong = 0;
        for (const auto state : values.state)
            wrong |= static_cast<std::uint8_t>(state) >= gpuStateCount;
        for (const auto utilisation : values.utilisation)
            wrong |= static_cast<std::uint8_t>(utilisation + 1) > 101; // unknown becomes 0
        for (const auto workload : values.workload)
            wrong |= static_cast<std::uint16_t>(workload + 1) > workloads; // none becomes 0
        if (wrong == 0)
            return std::nullopt;
        for (const auto state : values.state)
            if (static_cast<std::size_t>(state) >= gpuStateCount)
                return "state " + std::to_string(static_cast<int>(state));
        for (const auto workload : values.workload)
            if (workload != noWorkload && workload >= workloads)
                return "workload " + std::to_string(workload) + " of " + std::to_string(workloads);
        for (const auto utilisation : values.utilisation)
            if (utilisation != unknown::utilisation && utilisation > 100)
                return "utilisation " + std::to_string(utilisation) + " %";
        return std::nullopt;
    }

} // namespace

FleetTable::FleetTable(std::shared_ptr<const Inventory> inventory)
    : m_inventory(std::move(inventory)), m_workloads(m_inventory->workloads)
{
    std::uint32_t row = 0;
    for (std::uint32_t n = 0; n < m_inventory->nodes.size(); ++n) {
        const auto& node = m_inventory->nodes[n];
        if (m_parts.empty() || m_parts.back().cluster != node.cluster)
            m_parts.push_back({ .cluster = node.cluster, .firstRow = row, .rows = 0, .firstNode = n, .nodes = 0, .values = nullptr });
        m_parts.back().rows += node.gpus;
        ++m_parts.back().nodes;
        row += node.gpus;
    }
    m_rows = row;
    std::vector<bool> hasNodes(m_inventory->clusters.size());
    for (const auto& part : m_parts)
        hasNodes[part.cluster] = true;
    for (std::uint32_t c = 0; c < hasNodes.size(); ++c)
        if (!hasNodes[c])
            m_parts.push_back({ .cluster = c, .firstRow = row, .rows = 0, .firstNode = static_cast<std::uint32_t>(m_inventory->nodes.size()), .nodes = 0, .values = nullptr });
    for (auto& part : m_parts)
        part.values = std::make_shared<ClusterRows>(part.rows);
    m_partOfBlock.reserve(m_rows / blockSize + 1);
    std::uint32_t at = 0;
    for (std::uint32_t first = 0; first < m_rows; first += blockSize) {
        while (m_parts[at].firstRow + m_parts[at].rows <= first)
            ++at;
        m_partOfBlock.push_back(at);
    }
}

std::size_t FleetTable::partOf(std::uint32_t row) const
{
    auto part = m_partOfBlock[row / blockSize];
    while (m_parts[part].firstRow + m_parts[part].rows <= row)
        ++part;
    return part;
}

Result<> FleetTable::checkShape(const SamplesFrame& frame) const
{
    const auto counted = frame.count();
    if (!counted)
        return std::unexpected(counted.error());
    const auto count = *counted;
    if (frame.rows.empty()) {
        if (frame.firstRow > m_rows || count > m_rows - frame.firstRow)
            return invalid("rows " + std::to_string(frame.firstRow) + " to " + std::to_string(frame.firstRow + count) + " of "
                + std::to_string(m_rows));
    } else if (const auto last = *std::ranges::max_element(frame.rows); last >= m_rows)
        return invalid("row " + std::to_string(last) + " of " + std::to_string(m_rows));
    if (m_workloads.size() + frame.addedWorkloads.size() >= noWorkload)
        return invalid("more than 65,534 workloads");
    return {};
}

ClusterRows& FleetTable::writable(Part& part, bool keepColumns)
{
    part.dirty = true;
    if (!part.shared)
        return *part.values;
    part.shared = false;
    if (keepColumns)
        part.values = std::make_shared<ClusterRows>(*part.values);
    else {
        auto fresh = std::make_shared<ClusterRows>(part.rows, ClusterRows::Start::Unset);
        std::ranges::copy(part.values->since, fresh->since.begin());
        part.values = std::move(fresh);
    }
    return *part.values;
}

void FleetTable::writeStretch(Part& part, const SamplesFrame& frame, std::size_t from, std::size_t count, std::size_t at, std::uint32_t now)
{
    const auto before = part.values; // its states are compared with the new ones
    const auto& values = frame.values;
    const bool hasAll = !values.state.empty() && !values.health.empty() && !values.workload.empty() && !values.utilisation.empty()
        && !values.temperature.empty() && !values.power.empty() && !values.memoryUsed.empty();
    const bool whole = hasAll && count == part.rows;
    auto& rows = writable(part, !whole);
    if (!values.state.empty()) {
        const auto* was = before->columns.state.data() + at;
        const auto* is = values.state.data() + from;
        const auto* wasFor = before->columns.health.data() + at;
        const auto* isFor = values.health.empty() ? wasFor : values.health.data() + from;
        auto* since = rows.since.data() + at;
        for (std::size_t i = 0; i < count; ++i)
            since[i] = goesOn(was[i], wasFor[i], is[i], isFor[i]) && since[i] != 0 ? since[i] : now;
        for (std::size_t i = 0; i < count && !frame.since.empty(); ++i)
            since[i] = earlier(since[i], frame.since[from + i]);
    }
    const auto copy = [&](const auto& source, auto& target) {
        if (source.empty())
            return;
        std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(from), count, target.begin() + at);
    };
    auto& columns = rows.columns;
    copy(values.state, columns.state);
    copy(values.health, columns.health);
    copy(values.workload, columns.workload);
    copy(values.utilisation, columns.utilisation);
    copy(values.temperature, columns.temperature);
    copy(values.power, columns.power);
    copy(values.memoryUsed, columns.memoryUsed);
    if (!m_numbersAreIndices && !values.workload.empty())
        for (auto& workload : std::span(columns.workload.data() + at, count))
            if (workload != noWorkload)
                workload = m_numbers[workload];
}

/// `indexAt(i)`: the place in the frame of the i-th value of this part. A column at a time: a part's column fits the
/// nearest cache, a row of all columns of a large part does not.
template<class IndexAt>
void FleetTable::writeRows(Part& part, const SamplesFrame& frame, std::size_t count, const IndexAt& indexAt, std::uint32_t now)
{
    auto& rows = writable(part, true);
    auto& columns = rows.columns;
    const auto* at = frame.rows.data();
    const auto first = part.firstRow;
    for (std::size_t i = 0; i < count && !frame.values.state.empty(); ++i) {
        const auto from = indexAt(i);
        const auto row = at[from] - first;
        const auto state = frame.values.state[from];
        auto& since = rows.since[row];
        const auto health = columns.health[row];
        since = goesOn(columns.state[row], health, state, frame.values.health.empty() ? health : frame.values.health[from]) && since != 0 ? since : now;
        if (!frame.since.empty())
            since = earlier(since, frame.since[from]);
        columns.state[row] = state;
    }
    const auto scatter = [&](const auto& source, auto& target) {
        if (source.empty())
            return;
        const auto* values = source.data();
        auto* to = target.data();
        for (std::size_t i = 0; i < count; ++i) {
            const auto from = indexAt(i);
            to[at[from] - first] = values[from];
        }
    };
    scatter(frame.values.health, columns.health);
    scatter(frame.values.utilisation, columns.utilisation);
    scatter(frame.values.temperature, columns.temperature);
    scatter(frame.values.power, columns.power);
    scatter(frame.values.memoryUsed, columns.memoryUsed);
    if (m_numbersAreIndices || frame.values.workload.empty())
        return scatter(frame.values.workload, columns.workload);
    for (std::size_t i = 0; i < count; ++i) {
        const auto from = indexAt(i);
        const auto workload = frame.values.workload[from];
        columns.workload[at[from] - first] = workload == noWorkload ? noWorkload : m_numbers[workload];
    }
}

SamplesFrame FleetTable::added(const SamplesFrame& frame) const
{
    auto whole = frame;
    whole.differences = false;
    const auto count = frame.count().value_or(0);
    auto& values = whole.values;
    for (std::size_t i = 0, part = 0; i < count; ++i) {
        const auto row = frame.rows.empty() ? frame.firstRow + static_cast<std::uint32_t>(i) : frame.rows[i];
        if (i == 0 || row < m_parts[part].firstRow || row >= m_parts[part].firstRow + m_parts[part].rows)
            part = partOf(row);
        const auto at = row - m_parts[part].firstRow;
        const auto& last = m_parts[part].values->columns;
        const auto add = [&](auto& differences, const auto& column) {
            using Value = std::remove_cvref_t<decltype(column[0])>;
            if (!differences.empty())
                differences[i] = static_cast<Value>(differences[i] + column[at]);
        };
        add(values.utilisation, last.utilisation);
        add(values.temperature, last.temperature);
        add(values.power, last.power);
        add(values.memoryUsed, last.memoryUsed);
    }
    return whole;
}

Result<> FleetTable::apply(const SamplesFrame& frame, const WorkloadNumber& number)
{
    if (auto good = checkShape(frame); !good)
        return good;
    if (frame.differences)
        return apply(added(frame), number);
    if (const auto wrong = wrongValue(frame.values, m_workloads.size() + frame.addedWorkloads.size()))
        return invalid(*wrong + " is not possible");
    m_workloads.insert(m_workloads.end(), frame.addedWorkloads.begin(), frame.addedWorkloads.end());
    while (m_numbers.size() < m_workloads.size()) {
        m_numbers.push_back(number(m_workloads[m_numbers.size()]));
        m_numbersAreIndices = m_numbersAreIndices && m_numbers.back() == m_numbers.size() - 1;
    }
    const auto now = secondsOf(frame.observed);
    const auto count = frame.count().value_or(0);
    if (count == 0)
        return {};
    if (frame.rows.empty()) {
        const auto end = frame.firstRow + count;
        for (auto p = partOf(frame.firstRow); p < m_parts.size() && m_parts[p].firstRow < end; ++p) {
            auto& part = m_parts[p];
            if (part.rows == 0)
                continue;
            const auto first = std::max<std::size_t>(frame.firstRow, part.firstRow);
            const auto last = std::min<std::size_t>(end, std::size_t { part.firstRow } + part.rows);
            writeStretch(part, frame, first - frame.firstRow, last - first, first - part.firstRow, now);
        }
        return {};
    }
    const auto& rows = frame.rows;
    if (std::ranges::is_sorted(rows)) {
        for (std::size_t from = 0; from < count;) {
            auto& part = m_parts[partOf(rows[from])];
            const auto end = static_cast<std::size_t>(
                std::lower_bound(rows.begin() + static_cast<std::ptrdiff_t>(from), rows.end(), part.firstRow + part.rows) - rows.begin());
            writeRows(part, frame, end - from, [from](std::size_t i) { return from + i; }, now);
            from = end;
        }
        return {};
    }
    // Any order: the values are dealt to the parts first, each keeping the order in which its own came.
    std::vector<std::uint32_t> partAt(count), ends(m_parts.size() + 1), dealt(count);
    for (std::size_t i = 0; i < count; ++i)
        ++ends[(partAt[i] = static_cast<std::uint32_t>(partOf(rows[i]))) + 1];
    for (std::size_t p = 1; p < ends.size(); ++p)
        ends[p] += ends[p - 1];
    auto next = ends;
    for (std::size_t i = 0; i < count; ++i)
        dealt[next[partAt[i]]++] = static_cast<std::uint32_t>(i);
    for (std::size_t p = 0; p < m_parts.size(); ++p)
        if (const auto* mine = dealt.data() + ends[p]; ends[p + 1] > ends[p])
            writeRows(m_parts[p], frame, ends[p + 1] - ends[p], [mine](std::size_t i) { return std::size_t { mine[i] }; }, now);
    return {};
}

void FleetTable::inherit(const FleetTable& older, Inherits what)
{
    if (!older.m_inventory)
        return;
    struct Place
    {
        const Part* part;
        std::uint32_t row, gpus;
    };
    for (auto& part : m_parts) {
        const auto& cluster = m_inventory->clusters[part.cluster];
        const auto found = std::ranges::find_if(older.m_parts, [&](const Part& it) { return older.m_inventory->clusters[it.cluster] == cluster; });
        if (found == older.m_parts.end())
            continue;
        std::unordered_map<std::string_view, Place> places;
        std::uint32_t row = 0;
        for (std::uint32_t n = found->firstNode; n < found->firstNode + found->nodes; ++n) {
            const auto& node = older.m_inventory->nodes[n];
            places.emplace(node.name, Place { &*found, row, node.gpus });
            row += node.gpus;
        }
        auto& mine = writable(part, true);
        row = 0;
        for (std::uint32_t n = part.firstNode; n < part.firstNode + part.nodes; ++n) {
            const auto& node = m_inventory->nodes[n];
            if (const auto it = places.find(node.name); it != places.end()) {
                const auto& theirs = *it->second.part->values;
                for (std::uint32_t gpu = 0; gpu < std::min(node.gpus, it->second.gpus); ++gpu) {
                    const auto at = row + gpu, was = it->second.row + gpu;
                    const auto state = mine.columns.state[at];
                    const auto health = mine.columns.health[at];
                    const bool isTrouble = health == theirs.columns.health[was] && (state == GpuState::Unhealthy || (state == GpuState::Unknown && isBroken(health)));
                    if ((what == Inherits::All || isTrouble) && goesOn(theirs.columns.state[was], theirs.columns.health[was], mine.columns.state[at], mine.columns.health[at]))
                        mine.since[at] = earlier(mine.since[at], theirs.since[was]);
                }
            }
            row += node.gpus;
        }
    }
}

std::shared_ptr<const ClusterRows> FleetTable::share(std::size_t part)
{
    m_parts[part].shared = true;
    return m_parts[part].values;
}

void FleetTable::soilAll()
{
    for (auto& part : m_parts)
        part.dirty = true;
}

std::vector<std::uint32_t> FleetTable::since() const
{
    std::vector<std::uint32_t> all;
    all.reserve(m_rows);
    for (const auto& part : m_parts)
        all.insert(all.end(), part.values->since.begin(), part.values->since.end());
    return all;
}

Columns FleetTable::columns() const
{
    Columns all;
    all.reserve(m_rows);
    const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
    for (const auto& part : m_parts) {
        const auto& columns = part.values->columns;
        append(all.state, columns.state);
        append(all.health, columns.health);
        append(all.workload, columns.workload);
        append(all.utilisation, columns.utilisation);
        append(all.temperature, columns.temperature);
        append(all.power, columns.power);
        append(all.memoryUsed, columns.memoryUsed);
    }
    if (!m_numbersAreIndices) {
        std::unordered_map<std::uint16_t, std::uint16_t> indices { { noWorkload, noWorkload } };
        for (std::size_t i = 0; i < m_numbers.size(); ++i)
            indices.emplace(m_numbers[i], static_cast<std::uint16_t>(i));
        for (auto& workload : all.workload)
            workload = indices.at(workload);
    }
    return all;
}

} // namespace penstock
