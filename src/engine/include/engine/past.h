// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/snapshot.h"

namespace penstock {

/// The fleets as the history kept them, one picture after another, so that whoever shows a snapshot shows these too. The shape is
/// shared by pictures that have the same clusters. One thread at a time.
class PastMaker
{
public:
    /// `asOf`: the moment that is looked at, at or after the point's.
    [[nodiscard]] SnapshotPtr make(const RollupPoint& point, Time asOf);

private:
    void reshape(const RollupPoint& point);

    std::vector<std::string> m_keys; ///< of the clusters
    std::vector<std::uint32_t> m_clusterOf; ///< the shape's, by key
    std::shared_ptr<const Structure> m_structure;
    bool m_simulated = false;
};

} // namespace penstock
