// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "dcgm/dcgmreader.h"
#include "fleet/frame.h"
#include "fleet/workload.h"

namespace penstock {

/// Where the GPUs of an endpoint are, which an exporter does not tell.
struct DcgmPlace
{
    std::string provider, region, cluster;
};

/// Makes one fleet of what many exporters answer: nodes by host, a row a GPU, states and workloads. Pure; one thread at a time.
///
/// A GPU is busy or idle when a pod holds it; of an exporter that tells no pods, when it works or more than a fiftieth of its
/// memory is used. Idle: under 5 % for a minute. One that its exporter no longer shows, while it shows others of the node, is off the
/// bus; of an exporter that is silent for `staleAfter` nothing is known.
class DcgmFleet
{
public:
    DcgmFleet(DcgmPlace place, std::vector<Workload> workloads, std::size_t targets, std::chrono::milliseconds staleAfter, std::uint64_t epoch);

    /// A target has answered; `reader` holds its answer.
    void answered(std::size_t target, const DcgmReader& reader, Time at);
    /// What has changed since the last call, for a sink: an inventory and a whole picture where the fleet is another one, else
    /// the rows that differ, or a heartbeat. Empty before the first answer, and while nobody answers.
    [[nodiscard]] std::vector<Frame> frames(Time now);
    void sendWhole() { m_rebuilt = true; } ///< next time everything
    [[nodiscard]] std::size_t gpus() const { return m_sent.size(); } ///< as sent last

private:
    struct Gpu
    {
        std::string id, index, model;
        std::uint32_t memoryTotal = 0;
        GpuSample sample; ///< without workload
        std::string workload;
        std::optional<Time> busyAt;
    };
    struct Node
    {
        std::string host;
        std::vector<Gpu> gpus;
    };
    struct Target
    {
        std::vector<Node> nodes;
        std::optional<Time> answeredAt;
        std::string driver;
    };
    [[nodiscard]] std::string workloadOf(const DcgmGpu& gpu) const;
    void update(Gpu& kept, const DcgmGpu& seen, bool tellsPods, Time at) const;
    void rebuild();
    [[nodiscard]] std::uint16_t workloadIndex(const std::string& name, std::vector<std::string>& added);
    [[nodiscard]] GpuSample shown(const Gpu& gpu, bool silent, std::vector<std::string>& added);

    DcgmPlace m_place;
    std::vector<Workload> m_workloads;
    std::chrono::milliseconds m_staleAfter;
    std::vector<Target> m_targets;
    std::unordered_map<std::string, std::size_t> m_owner; ///< GPU to target: who is listed twice counts once
    std::uint64_t m_epoch, m_sequence = 0;
    bool m_rebuilt = true, m_news = false;
    std::optional<Time> m_answeredAt;
    std::vector<std::pair<std::size_t, std::pair<std::size_t, std::size_t>>> m_rows; ///< target, node, GPU
    std::vector<GpuSample> m_sent;
    std::shared_ptr<const Inventory> m_inventory;
    std::map<std::string, std::uint16_t> m_workloadIndex;
};

} // namespace penstock
