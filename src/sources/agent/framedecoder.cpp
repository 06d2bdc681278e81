// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "agentsource/framedecoder.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <cstring>
#include <zlib.h>

namespace penstock {

static_assert(std::endian::native == std::endian::little, "columns are copied as they lie in memory");

namespace {

    Time timeOf(std::int64_t microseconds) { return Time(Duration(microseconds)); }

    template<class T>
    bool copyColumn(const std::string& bytes, std::vector<T>& column)
    {
        if (bytes.size() % sizeof(T) != 0)
            return false;
        column.resize(bytes.size() / sizeof(T));
        if (!bytes.empty())
            std::memcpy(column.data(), bytes.data(), bytes.size());
        return true;
    }

    Result<std::optional<Frame>> decodeSamples(const penstock::v1::Samples& message)
    {
        SamplesFrame frame;
        frame.epoch = message.epoch();
        frame.sequence = message.sequence();
        frame.observed = timeOf(message.observed_us());
        frame.firstRow = message.first_row();
        frame.completesPicture = message.completes_picture();
        frame.addedWorkloads.assign(message.added_workloads().begin(), message.added_workloads().end());
        frame.differences = message.differences();
        auto& values = frame.values;
        if (!copyColumn(message.rows(), frame.rows) || !copyColumn(message.state(), values.state) || !copyColumn(message.health(), values.health)
            || !copyColumn(message.workload(), values.workload) || !copyColumn(message.utilisation(), values.utilisation)
            || !copyColumn(message.temperature(), values.temperature) || !copyColumn(message.power(), values.power)
            || !copyColumn(message.memory_used(), values.memoryUsed))
            return fail(Error::Kind::Invalid, "a samples frame in which a column ends within a value");
        if (const auto count = frame.count(); !count)
            return fail(Error::Kind::Invalid, "a samples frame with " + count.error().what);
        if (!std::ranges::is_sorted(frame.rows, std::ranges::less_equal()))
            return fail(Error::Kind::Invalid, "a samples frame whose row numbers do not ascend");
        return Frame(std::move(frame));
    }

    /// The frame inside a deflated one.
    Result<penstock::v1::Frame> inflate(const penstock::v1::Deflated& message)
    {
        constexpr std::uint32_t most = 64U << 20; // an agent's frames stay under 3 MiB
        const auto wrong = [](const char* what) { return fail(Error::Kind::Invalid, std::string("a deflated frame ") + what); };
        if (message.size() > most)
            return wrong("of more than 64 MiB");
        std::string plain(message.size(), '\0');
        auto size = static_cast<uLongf>(plain.size());
        if (uncompress(reinterpret_cast<Bytef*>(plain.data()), &size, reinterpret_cast<const Bytef*>(message.frame().data()), message.frame().size()) != Z_OK
            || size != plain.size())
            return wrong("that is damaged");
        penstock::v1::Frame frame;
        if (!frame.ParseFromString(plain))
            return wrong("that holds no frame");
        if (frame.has_deflated())
            return wrong("within a deflated frame");
        return frame;
    }

} // namespace

Result<std::optional<Frame>> FrameDecoder::decodeInventory(const penstock::v1::Inventory& message)
{
    if (message.epoch() != m_partial.epoch)
        m_partial = {};
    m_partial.epoch = message.epoch();
    m_partial.simulated = message.simulated();
    m_partial.sourceVersion = message.source_version();
    for (const auto& cluster : message.clusters())
        m_partial.clusters.push_back({ cluster.provider(), cluster.region(), cluster.name() });
    for (const auto& model : message.models())
        m_partial.models.push_back({ model.name(), model.memory_total_mib() });
    for (const auto& node : message.nodes())
        m_partial.nodes.push_back({ node.name(), node.cluster(), node.model(), node.gpus(), node.instance_type() });
    for (const auto& workload : message.workloads())
        m_partial.workloads.push_back(workload);
    if (m_partial.nodes.size() > maximumGpus)
        return fail(Error::Kind::Invalid, "an inventory of more than 4,000,000 nodes");
    if (!message.last())
        return std::optional<Frame>();
    auto whole = std::make_shared<const Inventory>(std::exchange(m_partial, {}));
    if (auto good = whole->check(); !good)
        return std::unexpected(good.error());
    return Frame(InventoryFrame { std::move(whole), timeOf(message.observed_us()) });
}

Result<std::optional<Frame>> FrameDecoder::decode(const penstock::v1::Frame& message)
{
    switch (message.frame_case()) {
    case penstock::v1::Frame::kInventory: return decodeInventory(message.inventory());
    case penstock::v1::Frame::kSamples: return decodeSamples(message.samples());
    case penstock::v1::Frame::kHeartbeat:
        return Frame(HeartbeatFrame { message.heartbeat().epoch(), message.heartbeat().sequence(),
            timeOf(message.heartbeat().observed_us()) });
    case penstock::v1::Frame::kDemand: {
        DemandFrame frame { .observed = timeOf(message.demand().observed_us()), .demand = {} };
        for (const auto& entry : message.demand().demand()) {
            WorkloadDemand demand { .workload = entry.workload(),
                .requestsPerSecond = {},
                .gpusNeeded = entry.gpus_needed(),
                .gpusUnmet = std::min(entry.gpus_unmet(), entry.gpus_needed()) };
            if (entry.has_requests_per_second())
                demand.requestsPerSecond = entry.requests_per_second();
            frame.demand.push_back(std::move(demand));
        }
        return Frame(std::move(frame));
    }
    case penstock::v1::Frame::kDeflated: {
        const auto inside = inflate(message.deflated());
        if (!inside)
            return std::unexpected(inside.error());
        return decode(*inside);
    }
    case penstock::v1::Frame::FRAME_NOT_SET: break;
    }
    return fail(Error::Kind::Invalid, "a frame of no known kind", {}, "the agent may be newer than this program");
}

} // namespace penstock
