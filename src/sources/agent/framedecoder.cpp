// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "agentsource/framedecoder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>
#include <zlib.h>

namespace penstock {

static_assert(std::endian::native == std::endian::little, "columns are copied as they lie in memory");

namespace {

    constexpr int mostBuckets = 1'000; ///< of a histogram; servers have some twenty

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

    /// Empty, too, where they do not ascend.
    std::vector<LateRows> lateOf(const google::protobuf::RepeatedPtrField<penstock::v1::LateRows>& list)
    {
        std::vector<LateRows> made;
        for (const auto& it : list)
            made.push_back({ it.first_row(), it.rows(), it.heard() });
        if (!std::ranges::is_sorted(made, {}, &LateRows::firstRow))
            made.clear();
        return made;
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
        frame.late = lateOf(message.late());
        auto& values = frame.values;
        if (!copyColumn(message.rows(), frame.rows) || !copyColumn(message.state(), values.state) || !copyColumn(message.health(), values.health)
            || !copyColumn(message.workload(), values.workload) || !copyColumn(message.utilisation(), values.utilisation)
            || !copyColumn(message.temperature(), values.temperature) || !copyColumn(message.power(), values.power)
            || !copyColumn(message.memory_used(), values.memoryUsed) || !copyColumn(message.since(), frame.since))
            return fail(Error::Kind::Invalid, "a samples frame in which a column ends within a value");
        if (const auto count = frame.count(); !count)
            return fail(Error::Kind::Invalid, "a samples frame with " + count.error().what);
        if (!std::ranges::is_sorted(frame.rows, std::ranges::less_equal()))
            return fail(Error::Kind::Invalid, "a samples frame whose row numbers do not ascend");
        return Frame(std::move(frame));
    }

    Connection connectionOf(penstock::v1::Connection it)
    {
        switch (it) {
        case penstock::v1::CONNECTION_LIVE: return Connection::Live;
        case penstock::v1::CONNECTION_FAILING: return Connection::Failing;
        default: return Connection::Connecting; // of a newer agent, or none
        }
    }

    Error::Kind kindOf(penstock::v1::Error::Kind it)
    {
        using Wire = penstock::v1::Error;
        switch (it) {
        case Wire::KIND_NOT_FOUND: return Error::Kind::NotFound;
        case Wire::KIND_INVALID: return Error::Kind::Invalid;
        case Wire::KIND_CORRUPT: return Error::Kind::Corrupt;
        case Wire::KIND_DENIED: return Error::Kind::Denied;
        case Wire::KIND_CONFLICT: return Error::Kind::Conflict;
        case Wire::KIND_REFUSED: return Error::Kind::Refused;
        case Wire::KIND_CANCELLED: return Error::Kind::Cancelled;
        default: return Error::Kind::Unavailable;
        }
    }

    Error errorOf(const penstock::v1::Error& message) { return { kindOf(message.kind()), message.what(), message.where(), message.hint() }; }

    SourceStanding standingOf(const penstock::v1::Standing& message)
    {
        SourceStanding made { .connection = connectionOf(message.connection()), .error = {}, .series = message.series() };
        if (message.has_error())
            made.error = errorOf(message.error());
        std::vector<FailingTarget> failing;
        for (const auto& it : message.failing())
            failing.push_back({ it.address(), errorOf(it.error()), it.answered_us() > 0 ? std::optional(timeOf(it.answered_us())) : std::nullopt });
        if (!failing.empty())
            made.failing = std::make_shared<const std::vector<FailingTarget>>(std::move(failing));
        return made;
    }

    ServiceLevel serviceOf(const penstock::v1::ServiceLevel& message)
    {
        ServiceLevel made { .workload = message.workload(), .provider = message.provider(), .region = message.region(), .cluster = message.cluster() };
        const auto finite = [](bool has, double value) { return has && std::isfinite(value) ? std::optional(value) : std::nullopt; };
        made.running = finite(message.has_running(), message.running());
        made.waiting = finite(message.has_waiting(), message.waiting());
        made.kvUse = finite(message.has_kv_use(), message.kv_use());
        made.requestsPerSecond = finite(message.has_requests_per_second(), message.requests_per_second());
        made.errorsPerSecond = finite(message.has_errors_per_second(), message.errors_per_second());
        for (const auto& [from, to] : { std::pair(&message.first_token(), &made.firstToken), std::pair(&message.latency(), &made.latency) })
            for (const auto& bucket : *from)
                to->add(bucket.most(), bucket.count());
        return made;
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
    for (const auto& zone : message.zones())
        m_partial.zones.push_back(zone);
    for (const auto& node : message.nodes()) {
        auto& made = m_partial.nodes.emplace_back(node.name(), node.cluster(), node.model(), node.gpus(), node.instance_type(), node.zone());
        if (node.has_schedulable())
            made.schedulable = node.schedulable();
        for (const auto number : node.numbers())
            made.numbers.push_back(static_cast<std::uint16_t>(std::min<std::uint32_t>(number, 0xFFFF)));
        made.uuids.resize(node.uuids().size() / sizeof(GpuUuid));
        if (!made.uuids.empty())
            std::memcpy(made.uuids.data(), node.uuids().data(), made.uuids.size() * sizeof(GpuUuid));
    }
    for (const auto& workload : message.workloads())
        m_partial.workloads.push_back(workload);
    for (const auto& it : message.missing())
        m_partial.missing.push_back(it);
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
            timeOf(message.heartbeat().observed_us()), lateOf(message.heartbeat().late()) });
    case penstock::v1::Frame::kDemand: {
        DemandFrame frame { .observed = timeOf(message.demand().observed_us()), .demand = {} };
        for (const auto& entry : message.demand().demand()) {
            WorkloadDemand demand { .workload = entry.workload(),
                .requestsPerSecond = {},
                .gpusNeeded = entry.gpus_needed(),
                .gpusUnmet = std::min(entry.gpus_unmet(), entry.gpus_needed()) };
            if (entry.has_requests_per_second())
                demand.requestsPerSecond = entry.requests_per_second();
            demand.unmetWhy = { entry.unmet_why().begin(), entry.unmet_why().end() };
            frame.demand.push_back(std::move(demand));
        }
        for (const auto& level : message.demand().service()) {
            if (std::max(level.first_token_size(), level.latency_size()) > mostBuckets)
                return fail(Error::Kind::Invalid, "a histogram of more than 1,000 buckets");
            frame.service.push_back(serviceOf(level));
        }
        return Frame(std::move(frame));
    }
    case penstock::v1::Frame::kStanding: m_standing = standingOf(message.standing()); return std::optional<Frame>();
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
