// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/snapshot.h"
#include "fleet/frame.h"

namespace penstock {

/// The newest rows of one source, cluster by cluster. Rows that a snapshot shares are never written again: the next
/// write to their cluster makes new ones.
class FleetTable
{
public:
    /// Gives a workload the number that all snapshots use.
    using WorkloadNumber = std::function<std::uint16_t(const std::string&)>;

    FleetTable() = default;
    explicit FleetTable(std::shared_ptr<const Inventory> inventory);

    [[nodiscard]] const std::shared_ptr<const Inventory>& inventory() const { return m_inventory; }
    [[nodiscard]] std::size_t rows() const { return m_rows; }
    /// Those of the inventory and those that frames added.
    [[nodiscard]] const std::vector<std::string>& workloads() const { return m_workloads; }

    /// Writes the frame's values, or refuses it whole. Rows may come in any order; of equal ones the last counts.
    [[nodiscard]] Result<> apply(const SamplesFrame& frame, const WorkloadNumber& number);
    enum class Inherits { All, Troubles }; ///< Troubles: of GPUs that are out of service for the same reason
    /// Takes over since when GPUs have been in their states, from the rows of the same nodes in another table.
    void inherit(const FleetTable& older, Inherits what);

    struct Part
    {
        std::uint32_t cluster = 0; ///< of the inventory
        std::uint32_t firstRow = 0, rows = 0;
        std::uint32_t firstNode = 0, nodes = 0;
        std::shared_ptr<ClusterRows> values;
        bool shared = false; ///< a snapshot holds the values
        bool dirty = true; ///< changed since `clean`
    };
    /// One a cluster of the inventory, in the order of the rows.
    [[nodiscard]] std::span<const Part> parts() const { return m_parts; }
    /// The rows of a part, never to change again.
    [[nodiscard]] std::shared_ptr<const ClusterRows> share(std::size_t part);
    void clean(std::size_t part) { m_parts[part].dirty = false; }
    void soilAll();

    /// All rows in the order of the inventory; workloads are indices into workloads().
    [[nodiscard]] Columns columns() const;
    /// As SamplesFrame::since, of all rows.
    [[nodiscard]] std::vector<std::uint32_t> since() const;

private:
    /// Sizes and row numbers; not the values.
    [[nodiscard]] Result<> checkShape(const SamplesFrame& frame) const;
    /// A frame of differences as one of values.
    [[nodiscard]] SamplesFrame added(const SamplesFrame& frame) const;
    ClusterRows& writable(Part& part, bool keepColumns);
    void writeStretch(Part& part, const SamplesFrame& frame, std::size_t from, std::size_t count, std::size_t at, std::uint32_t now);
    template<class IndexAt>
    void writeRows(Part& part, const SamplesFrame& frame, std::size_t count, const IndexAt& indexAt, std::uint32_t now);
    [[nodiscard]] std::size_t partOf(std::uint32_t row) const;

    std::shared_ptr<const Inventory> m_inventory;
    std::size_t m_rows = 0;
    std::vector<Part> m_parts;
    std::vector<std::uint32_t> m_partOfBlock; ///< the part that holds row 64 * i
    std::vector<std::string> m_workloads;
    std::vector<std::uint16_t> m_numbers; ///< of workloads, by index
    bool m_numbersAreIndices = true;
};

} // namespace penstock
