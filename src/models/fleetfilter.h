// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/query.h"
#include "models/fleettreemodel.h"

namespace penstock {

/// Which rows of one snapshot a filter leaves.
struct FleetMarks
{
    bool all = true; ///< no words: everything is shown and the vectors are empty
    std::vector<std::uint8_t> providers, regions, clusters, nodes; ///< 1: shown
    std::vector<std::uint8_t> gpus; ///< by row of the structure, in the nodes that are shown; empty: all

    /// `snapshot` is the one that the marks were made of; `node` is of GPUs only.
    [[nodiscard]] bool shows(const Snapshot& snapshot, FleetTreeModel::Level level, std::uint32_t number, std::uint32_t node) const;
};

/// The words of the filter box. Works over the columns of a snapshot: a million GPUs cost a few milliseconds.
class FleetFilter
{
public:
    void setText(const QString& text);
    [[nodiscard]] FleetMarks marks(const Snapshot& snapshot);

private:
    [[nodiscard]] std::vector<std::uint64_t> wordsInNodes(const Structure& shape);
    [[nodiscard]] std::uint64_t wordsIn(const std::string& name) const;

    std::vector<std::string> m_words, m_models; ///< folded; at most 64 words, a bit each
    std::optional<std::uint32_t> m_states; ///< bits
    std::vector<GpuCondition> m_where;
    // The names of all nodes, folded, one a line: searched in one go for each word.
    std::string m_names;
    std::vector<std::size_t> m_nameEnds;
    std::uint64_t m_namesVersion = 0;
};

} // namespace penstock
