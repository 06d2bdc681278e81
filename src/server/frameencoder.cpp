// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "server/frameencoder.h"

#include <algorithm>

namespace penstock {

namespace {

    constexpr std::size_t rowsAMessage = 200'000; ///< 16 bytes each
    constexpr std::size_t nodesAMessage = 20'000;

    std::int64_t microseconds(Time time) { return time.time_since_epoch().count(); }

    template<class T>
    std::string packed(const std::vector<T>& column, std::size_t from, std::size_t count)
    {
        return { reinterpret_cast<const char*>(column.data() + from), count * sizeof(T) };
    }

    void pack(const Columns& values, std::size_t from, std::size_t count, penstock::v1::Samples& message)
    {
        message.set_state(packed(values.state, from, count));
        message.set_health(packed(values.health, from, count));
        message.set_workload(packed(values.workload, from, count));
        message.set_utilisation(packed(values.utilisation, from, count));
        message.set_temperature(packed(values.temperature, from, count));
        message.set_power(packed(values.power, from, count));
        message.set_memory_used(packed(values.memoryUsed, from, count));
    }

} // namespace

void FrameEncoder::encodeInventory(const Picture& picture, std::vector<penstock::v1::Frame>& out) const
{
    const auto& inventory = *picture.inventory;
    for (std::size_t from = 0; from == 0 || from < inventory.nodes.size(); from += nodesAMessage) {
        auto& message = *out.emplace_back().mutable_inventory();
        message.set_epoch(m_epoch);
        message.set_observed_us(microseconds(picture.observed));
        message.set_simulated(inventory.simulated);
        message.set_source_version(m_version);
        if (from == 0) {
            for (const auto& cluster : inventory.clusters) {
                auto& made = *message.add_clusters();
                made.set_provider(cluster.provider);
                made.set_region(cluster.region);
                made.set_name(cluster.name);
            }
            for (const auto& model : inventory.models) {
                auto& made = *message.add_models();
                made.set_name(model.name);
                made.set_memory_total_mib(model.memoryTotal);
            }
            for (const auto& workload : inventory.workloads)
                message.add_workloads(workload);
        }
        const auto end = std::min(from + nodesAMessage, inventory.nodes.size());
        for (std::size_t n = from; n < end; ++n) {
            const auto& node = inventory.nodes[n];
            auto& made = *message.add_nodes();
            made.set_name(node.name);
            made.set_cluster(node.cluster);
            made.set_model(node.model);
            made.set_gpus(node.gpus);
            made.set_instance_type(node.instanceType);
        }
        message.set_last(end == inventory.nodes.size());
    }
}

std::vector<penstock::v1::Frame> FrameEncoder::encode(const Picture& picture)
{
    std::vector<penstock::v1::Frame> out;
    const auto rows = picture.columns.size();
    const bool isNew = m_sentInventory != picture.inventory;
    std::vector<std::uint32_t> changed;
    if (isNew) {
        if (m_sentInventory)
            ++m_epoch;
        encodeInventory(picture, out);
        m_sequence = 0;
    } else {
        for (std::uint32_t row = 0; row < rows; ++row)
            if (picture.columns.at(row) != m_sent.at(row))
                changed.push_back(row);
    }
    const auto samples = [&](bool last) -> penstock::v1::Samples& {
        auto& message = *out.emplace_back().mutable_samples();
        message.set_epoch(m_epoch);
        message.set_sequence(++m_sequence);
        message.set_observed_us(microseconds(picture.observed));
        message.set_completes_picture(last);
        return message;
    };
    // A row number costs 4 bytes beside 12 of values: from three quarters on the whole picture is smaller.
    if (isNew || changed.size() > rows * 3 / 4) {
        for (std::size_t from = 0; from < rows; from += rowsAMessage) {
            const auto count = std::min(rowsAMessage, rows - from);
            auto& message = samples(from + count == rows);
            message.set_first_row(static_cast<std::uint32_t>(from));
            pack(picture.columns, from, count, message);
        }
        m_sent = picture.columns;
    } else if (!changed.empty()) {
        Columns values;
        values.reserve(changed.size());
        for (const auto row : changed) {
            values.append(picture.columns.at(row));
            m_sent.set(row, picture.columns.at(row));
        }
        for (std::size_t from = 0; from < changed.size(); from += rowsAMessage) {
            const auto count = std::min(rowsAMessage, changed.size() - from);
            auto& message = samples(from + count == changed.size());
            message.set_rows(packed(changed, from, count));
            pack(values, from, count, message);
        }
    } else {
        auto& message = *out.emplace_back().mutable_heartbeat();
        message.set_epoch(m_epoch);
        message.set_sequence(++m_sequence);
        message.set_observed_us(microseconds(picture.observed));
    }
    if (isNew || picture.demand != m_sentDemand) {
        auto& message = *out.emplace_back().mutable_demand();
        message.set_observed_us(microseconds(picture.observed));
        for (const auto& demand : picture.demand) {
            auto& made = *message.add_demand();
            made.set_workload(demand.workload);
            if (demand.requestsPerSecond)
                made.set_requests_per_second(*demand.requestsPerSecond);
            made.set_gpus_needed(demand.gpusNeeded);
            made.set_gpus_unmet(demand.gpusUnmet);
        }
        m_sentDemand = picture.demand;
    }
    m_sentInventory = picture.inventory;
    return out;
}

} // namespace penstock
