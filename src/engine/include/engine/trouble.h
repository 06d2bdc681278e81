// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/query.h"

namespace penstock {

/// A GPU that needs a look: unhealthy, unknown, slowed down, or with an XID that warns. Where a source is silent nothing is known
/// of any GPU of a cluster: that is one trouble, not thousands.
struct Trouble
{
    GpuPlace place; ///< of a silent cluster its first node, and GPU 0
    std::uint32_t gpus = 1; ///< of a silent cluster all of its GPUs; 0: of one of these, which was out of service before
    bool wholeCluster = false;
    GpuState state = GpuState::Unhealthy;
    Health health = Health::NotReported; ///< of an unknown GPU why it was out of service when it was last heard of; else not reported
    std::uint16_t workload = noWorkload; ///< that it held, as last told
    bool unmeasured = false; ///< it is told of all the time, with who holds it, and nobody measures what it does
    std::optional<Time> firstSeen; ///< when it was first seen so, at least; empty: a condition whose beginning is not kept
    std::optional<Time> lastSeen; ///< when it was last heard of; empty: not kept
    friend bool operator==(const Trouble&, const Trouble&) = default;
};

struct Troubles
{
    std::vector<Trouble> list; ///< in the order of the structure
    std::uint64_t gpus = 0; ///< of all troubles, those beyond the limit too
    std::uint64_t left = 0; ///< troubles beyond the limit
};

/// Why a GPU needs a look, in English.
struct TroubleReason
{
    int xid = 0; ///< 0: none
    std::string_view what; ///< "fallen off the bus", "silent"
    std::string_view action; ///< "reboot the node, then support"; empty where nobody says
    bool silent = false; ///< that was so when it was last heard of
};
[[nodiscard]] TroubleReason reasonOf(const Trouble& trouble);

/// Whether a GPU with these values is in the list.
[[nodiscard]] bool needsALook(GpuState state, Health health);
/// All troubles of a part of the fleets, `scope.node` included. One pass over two columns of it. Any thread.
[[nodiscard]] Troubles troubles(const Snapshot& snapshot, const Scope& scope, std::size_t limit);

} // namespace penstock
