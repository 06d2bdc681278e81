// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/trouble.h"

#include <array>

#include "fleet/xid.h"

namespace penstock {

namespace {

    /// What a byte of the health column asks of a reader: 1 for a look.
    const std::array<std::uint8_t, 256>& asksForALook()
    {
        static const auto table = [] {
            std::array<std::uint8_t, 256> made {};
            for (std::size_t value = 0; value < made.size(); ++value) {
                const auto health = static_cast<Health>(value);
                const auto code = xidOf(health);
                made[value] = kindOf(health) != Health::Good && health != Health::NotReported;
                made[value] |= code && code->severity == Xid::Severity::Warning;
            }
            return made;
        }();
        return table;
    }

    TroubleReason reasonOf(Health health)
    {
        if (const auto code = xidOf(health))
            return { code->number, code->meaning, code->action };
        switch (health) {
        case Health::Xid: return { 0, "a health check failed, or its driver asks for a reset", "dcgmi health -c on its node says which" };
        case Health::Ecc: return { 0, "uncorrectable (double-bit) memory error", "reset the GPU" };
        case Health::RowRemapFailure: return { 0, "row remap failed", "reset the GPU, then support" };
        case Health::OffTheBus: return { 0, "off the bus: its exporter no longer shows it", "reboot the node, then support" };
        case Health::Throttled: return { 0, "slowed down by heat or power", "look at cooling and power" };
        default: return { 0, "unhealthy, its source does not say why", "" };
        }
    }

} // namespace

bool needsALook(GpuState state, Health health) { return state == GpuState::Unhealthy || state == GpuState::Unknown || asksForALook()[static_cast<std::size_t>(health)] != 0; }

TroubleReason reasonOf(const Trouble& trouble)
{
    if (trouble.wholeCluster)
        return { 0, "its source is silent", "look at the endpoint" };
    if (trouble.unmeasured)
        return { 0, "held, and nobody measures what it does", "let an exporter run on its node" };
    if (trouble.state == GpuState::Unknown && !isBroken(trouble.health))
        return { 0, "silent", "see whether its node and its exporter run" };
    auto made = reasonOf(trouble.health);
    made.silent = trouble.state == GpuState::Unknown;
    return made;
}

Troubles troubles(const Snapshot& snapshot, const Scope& scope, std::size_t limit)
{
    Troubles made;
    const auto& shape = snapshot.structure();
    const auto take = [&](Trouble trouble) {
        made.gpus += trouble.gpus;
        if (made.list.size() < limit)
            made.list.push_back(trouble);
        else
            ++made.left;
    };
    for (std::uint32_t c = 0; c < shape.clusters.size(); ++c) {
        const auto& cluster = shape.clusters[c];
        const auto& region = shape.regions[cluster.region];
        if (!scope.contains(shape.providers[region.provider].name, region.name, cluster.name) || cluster.rows == 0)
            continue;
        const auto& picture = snapshot.picture(c);
        const auto observed = snapshot.observed(c);
        bool silentAsAWhole = false;
        if (picture.stale && scope.node.empty()) {
            take({ .place = { cluster.firstNode, 0 }, .gpus = cluster.rows, .wholeCluster = true, .state = GpuState::Unknown, .firstSeen = observed, .lastSeen = observed });
            silentAsAWhole = true;
        }
        const auto& columns = picture.columns();
        for (std::uint32_t n = cluster.firstNode; n < cluster.firstNode + cluster.nodes; ++n) {
            const auto& node = shape.nodes[n];
            if (!scope.node.empty() && node.name != scope.node)
                continue;
            const auto first = node.firstRow - cluster.firstRow;
            for (std::uint32_t gpu = 0; gpu < node.gpus; ++gpu) {
                const auto row = first + gpu;
                const auto state = picture.stale ? GpuState::Unknown : columns.state[row];
                const auto health = columns.health[row];
                const bool isUnknown = state == GpuState::Unknown;
                const bool wasBroken = isUnknown && isBroken(health) && (columns.state[row] == GpuState::Unhealthy || columns.state[row] == GpuState::Unknown);
                // Of a source that is silent, what was out of service before is still worth knowing, and counts among the rest.
                if (silentAsAWhole ? !wasBroken : !needsALook(state, health))
                    continue;
                // Measured, and nothing tells whether it is in use: it is not silent.
                if (isUnknown && !wasBroken && !picture.stale && columns.temperature[row] != unknown::temperature)
                    continue;
                const auto since = Time(std::chrono::seconds(picture.rows->since[row]));
                auto heard = snapshot.heard(c, row);
                // What a made fleet has lost keeps its workload too.
                const bool isUnmeasured = isUnknown && !wasBroken && !picture.stale && heard == observed && columns.workload[row] != noWorkload && !shape.sourceSimulated[cluster.source];
                // A source that tells nobody apart answers all the time.
                if (isUnknown && !picture.stale && heard == observed)
                    heard = wasBroken ? std::nullopt : std::optional(since);
                // The age of a state says nothing of when a GPU that works began to be slow.
                take({ .place = { n, gpu }, .gpus = silentAsAWhole ? 0U : 1U, .state = state, .health = isUnknown && !wasBroken ? Health::NotReported : health, .workload = columns.workload[row],
                    .unmeasured = isUnmeasured, .firstSeen = picture.stale && !wasBroken ? observed : state == GpuState::Unhealthy || isUnknown ? std::optional(since) : std::nullopt,
                    .lastSeen = heard });
            }
        }
    }
    return made;
}

} // namespace penstock
