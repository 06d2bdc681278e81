// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "server/frameencoder.h"

#include <algorithm>
#include <array>
#include <type_traits>
#include <zlib.h>

namespace penstock {

namespace {

    constexpr std::size_t rowsAMessage = 200'000; ///< 16 bytes each
    constexpr std::size_t nodesAMessage = 20'000;

    std::int64_t microseconds(Time time) { return time.time_since_epoch().count(); }

    /// What cannot be told is not worth a frame that nobody can read: texts of a message are UTF-8, those of a source what it was sent.
    std::string utf8(const std::string& text)
    {
        std::string made(text.size(), '\0');
        // It keeps the length, and says where the text is: in place when it is good.
        const auto* valid = google::protobuf::internal::UTF8CoerceToStructurallyValid(text, made.data(), '?');
        return { valid, text.size() };
    }

    template<class T>
    std::string packed(const std::vector<T>& column, std::size_t from, std::size_t count)
    {
        return { reinterpret_cast<const char*>(column.data() + from), count * sizeof(T) };
    }

    /// Calls `visit(column of values, column of sent, setter of the message, whether differences are for it)` for each.
    template<class Visit>
    void eachColumn(const Columns& values, const Columns& sent, Visit visit)
    {
        using penstock::v1::Samples;
        visit(0, values.state, sent.state, [](Samples& message, std::string bytes) { message.set_state(std::move(bytes)); }, std::false_type());
        visit(1, values.health, sent.health, [](Samples& message, std::string bytes) { message.set_health(std::move(bytes)); }, std::false_type());
        visit(2, values.workload, sent.workload, [](Samples& message, std::string bytes) { message.set_workload(std::move(bytes)); }, std::false_type());
        visit(3, values.utilisation, sent.utilisation, [](Samples& message, std::string bytes) { message.set_utilisation(std::move(bytes)); }, std::true_type());
        visit(4, values.temperature, sent.temperature, [](Samples& message, std::string bytes) { message.set_temperature(std::move(bytes)); }, std::true_type());
        visit(5, values.power, sent.power, [](Samples& message, std::string bytes) { message.set_power(std::move(bytes)); }, std::true_type());
        visit(6, values.memoryUsed, sent.memoryUsed, [](Samples& message, std::string bytes) { message.set_memory_used(std::move(bytes)); }, std::true_type());
    }
    constexpr std::size_t columnCount = 7;

    penstock::v1::Connection connectionOf(Connection it)
    {
        switch (it) {
        case Connection::Live: return penstock::v1::CONNECTION_LIVE;
        case Connection::Failing: return penstock::v1::CONNECTION_FAILING;
        case Connection::Connecting:
        case Connection::Stopped: break;
        }
        return penstock::v1::CONNECTION_CONNECTING;
    }

    penstock::v1::Error::Kind kindOf(Error::Kind it)
    {
        using penstock::v1::Error;
        switch (it) {
        case penstock::Error::Kind::NotFound: return Error::KIND_NOT_FOUND;
        case penstock::Error::Kind::Invalid: return Error::KIND_INVALID;
        case penstock::Error::Kind::Unavailable: return Error::KIND_UNAVAILABLE;
        case penstock::Error::Kind::Corrupt: return Error::KIND_CORRUPT;
        case penstock::Error::Kind::Denied: return Error::KIND_DENIED;
        case penstock::Error::Kind::Conflict: return Error::KIND_CONFLICT;
        case penstock::Error::Kind::Refused: return Error::KIND_REFUSED;
        case penstock::Error::Kind::Cancelled: return Error::KIND_CANCELLED;
        }
        return Error::KIND_UNSPECIFIED;
    }

    /// The same but for workloads that came after those that were there.
    bool goesOn(const Inventory& older, const Inventory& newer)
    {
        return older.simulated == newer.simulated && older.sourceVersion == newer.sourceVersion && older.missing == newer.missing && older.clusters == newer.clusters && older.models == newer.models && older.zones == newer.zones
            && older.nodes == newer.nodes && older.workloads.size() <= newer.workloads.size() && std::equal(older.workloads.begin(), older.workloads.end(), newer.workloads.begin());
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
        message.set_source_version(m_version + (inventory.sourceVersion.empty() ? std::string() : ", " + utf8(inventory.sourceVersion)));
        if (from == 0) {
            for (const auto& cluster : inventory.clusters) {
                auto& made = *message.add_clusters();
                made.set_provider(utf8(cluster.provider));
                made.set_region(utf8(cluster.region));
                made.set_name(utf8(cluster.name));
            }
            for (const auto& model : inventory.models) {
                auto& made = *message.add_models();
                made.set_name(utf8(model.name));
                made.set_memory_total_mib(model.memoryTotal);
            }
            for (std::size_t zone = 1; zone < inventory.zones.size(); ++zone)
                message.add_zones(utf8(inventory.zones[zone]));
            for (const auto& workload : inventory.workloads)
                message.add_workloads(utf8(workload));
            for (const auto& it : inventory.missing)
                message.add_missing(utf8(it));
        }
        const auto end = std::min(from + nodesAMessage, inventory.nodes.size());
        for (std::size_t n = from; n < end; ++n) {
            const auto& node = inventory.nodes[n];
            auto& made = *message.add_nodes();
            made.set_name(utf8(node.name));
            made.set_cluster(node.cluster);
            made.set_model(node.model);
            made.set_gpus(node.gpus);
            made.set_instance_type(utf8(node.instanceType));
            made.mutable_numbers()->Add(node.numbers.begin(), node.numbers.end());
            made.set_zone(node.zone);
            if (node.schedulable)
                made.set_schedulable(*node.schedulable);
            made.set_uuids(node.uuids.data(), node.uuids.size() * sizeof(GpuUuid));
        }
        message.set_last(end == inventory.nodes.size());
    }
}

penstock::v1::Samples& FrameEncoder::addSamples(const Picture& picture, std::vector<penstock::v1::Frame>& out)
{
    auto& message = *out.emplace_back().mutable_samples();
    message.set_epoch(m_epoch);
    message.set_sequence(++m_sequence);
    message.set_observed_us(microseconds(picture.observed));
    const auto& workloads = picture.inventory->workloads;
    for (; m_sentWorkloads < workloads.size(); ++m_sentWorkloads)
        message.add_added_workloads(utf8(workloads[m_sentWorkloads]));
    return message;
}

void FrameEncoder::encodeWhole(const Picture& picture, std::vector<penstock::v1::Frame>& out)
{
    const auto rows = picture.columns.size();
    for (std::size_t from = 0; from < rows; from += rowsAMessage) {
        const auto count = std::min(rowsAMessage, rows - from);
        auto& message = addSamples(picture, out);
        message.set_first_row(static_cast<std::uint32_t>(from));
        eachColumn(picture.columns, m_sent, [&](std::size_t, const auto& values, const auto&, auto set, auto) { set(message, packed(values, from, count)); });
        if (picture.since.size() == rows)
            message.set_since(packed(picture.since, from, count));
    }
}

void FrameEncoder::encodeChanges(const Picture& picture, std::vector<penstock::v1::Frame>& out)
{
    const auto rows = picture.columns.size();
    std::vector<std::uint8_t> changed(rows), here(rows); // one a row; the first of the columns that are sent by row
    std::array<bool, columnCount> byRow {}, whole {};
    eachColumn(picture.columns, m_sent, [&](std::size_t column, const auto& values, const auto& sent, auto, auto) {
        constexpr auto size = sizeof(values[0]);
        for (std::size_t row = 0; row < rows; ++row)
            here[row] = values[row] != sent[row];
        std::uint32_t count = 0;
        for (const auto one : here)
            count += one;
        if (count == 0)
            return;
        // A column of which most has changed is smaller whole than with row numbers.
        if (m_understood.changes && count * (sizeof(std::uint32_t) + size) > rows * size) {
            whole[column] = true;
            return;
        }
        byRow[column] = true;
        for (std::size_t row = 0; row < rows; ++row)
            changed[row] |= here[row];
    });
    std::vector<std::uint32_t> named;
    for (std::uint32_t row = 0; row < rows; ++row)
        if (changed[row])
            named.push_back(row);
    if (!m_understood.changes) {
        // A row number costs 4 bytes beside 12 of values: from three quarters on the whole picture is smaller.
        if (named.size() > rows * 3 / 4)
            return encodeWhole(picture, out);
        byRow.fill(!named.empty());
    }
    if (std::ranges::find(whole, true) != whole.end())
        for (std::size_t from = 0; from < rows; from += rowsAMessage) {
            const auto count = std::min(rowsAMessage, rows - from);
            auto& message = addSamples(picture, out);
            message.set_first_row(static_cast<std::uint32_t>(from));
            message.set_differences(true);
            eachColumn(picture.columns, m_sent, [&](std::size_t column, const auto& values, const auto& sent, auto set, auto differs) {
                if (!whole[column])
                    return;
                if constexpr (differs) {
                    auto differences = std::vector(values.begin() + static_cast<std::ptrdiff_t>(from), values.begin() + static_cast<std::ptrdiff_t>(from + count));
                    for (std::size_t i = 0; i < count; ++i)
                        differences[i] = static_cast<std::remove_cvref_t<decltype(differences[i])>>(differences[i] - sent[from + i]);
                    set(message, packed(differences, 0, count));
                } else
                    set(message, packed(values, from, count));
            });
        }
    for (std::size_t from = 0; from < named.size(); from += rowsAMessage) {
        const auto count = std::min(rowsAMessage, named.size() - from);
        auto& message = addSamples(picture, out);
        message.set_rows(packed(named, from, count));
        eachColumn(picture.columns, m_sent, [&](std::size_t column, const auto& values, const auto&, auto set, auto) {
            if (!byRow[column])
                return;
            std::remove_cvref_t<decltype(values)> some(count);
            for (std::size_t i = 0; i < count; ++i)
                some[i] = values[named[from + i]];
            set(message, packed(some, 0, count));
        });
    }
}
void FrameEncoder::encodeDemand(const Picture& picture, std::vector<penstock::v1::Frame>& out)
{
    auto& message = *out.emplace_back().mutable_demand();
    message.set_observed_us(microseconds(picture.observed));
    for (const auto& demand : picture.demand) {
        auto& made = *message.add_demand();
        made.set_workload(utf8(demand.workload));
        if (demand.requestsPerSecond)
            made.set_requests_per_second(*demand.requestsPerSecond);
        made.set_gpus_needed(demand.gpusNeeded);
        made.set_gpus_unmet(demand.gpusUnmet);
        for (const auto& [why, gpus] : demand.unmetWhy)
            (*made.mutable_unmet_why())[utf8(why)] += gpus;
    }
    for (const auto& level : picture.service) {
        auto& made = *message.add_service();
        made.set_workload(utf8(level.workload));
        made.set_provider(utf8(level.provider));
        made.set_region(utf8(level.region));
        made.set_cluster(utf8(level.cluster));
        if (level.running)
            made.set_running(*level.running);
        if (level.waiting)
            made.set_waiting(*level.waiting);
        if (level.kvUse)
            made.set_kv_use(*level.kvUse);
        if (level.requestsPerSecond)
            made.set_requests_per_second(*level.requestsPerSecond);
        if (level.errorsPerSecond)
            made.set_errors_per_second(*level.errorsPerSecond);
        for (const auto& [buckets, to] : { std::pair(&level.firstToken.buckets, made.mutable_first_token()), std::pair(&level.latency.buckets, made.mutable_latency()) })
            for (const auto& bucket : *buckets) {
                auto& one = *to->Add();
                one.set_most(bucket.most);
                one.set_count(bucket.count);
            }
    }
    m_sentDemand = picture.demand;
    m_sentService = picture.service;
}

static void encodeError(const Error& error, penstock::v1::Error& message)
{
    message.set_kind(kindOf(error.kind));
    message.set_what(utf8(error.what));
    message.set_where(utf8(error.where));
    message.set_hint(utf8(error.hint));
}

void FrameEncoder::encodeStanding(const Picture& picture, std::vector<penstock::v1::Frame>& out)
{
    auto& message = *out.emplace_back().mutable_standing();
    message.set_connection(connectionOf(picture.standing.connection));
    if (picture.standing.error)
        encodeError(*picture.standing.error, *message.mutable_error());
    message.set_series(picture.standing.series);
    for (const auto& it : picture.standing.failing ? *picture.standing.failing : std::vector<FailingTarget>()) {
        auto& made = *message.add_failing();
        made.set_address(utf8(it.address));
        encodeError(it.error, *made.mutable_error());
        made.set_answered_us(it.answered ? microseconds(*it.answered) : 0);
    }
    m_sentStanding = picture.standing;
}

void FrameEncoder::encodeFleet(const Picture& picture, std::vector<penstock::v1::Frame>& out)
{
    const bool isNew = !m_sentInventory || (m_sentInventory != picture.inventory && !goesOn(*m_sentInventory, *picture.inventory));
    if (isNew) {
        if (m_sentInventory)
            ++m_epoch;
        encodeInventory(picture, out);
        m_sentWorkloads = picture.inventory->workloads.size();
        m_sequence = 0;
        encodeWhole(picture, out);
    } else
        encodeChanges(picture, out);
    const auto tellLate = [&](auto& message) {
        for (const auto& it : picture.late) {
            auto& made = *message.add_late();
            made.set_first_row(it.firstRow);
            made.set_rows(it.rows);
            made.set_heard(it.heard);
        }
    };
    const auto last = std::ranges::find_if(out.rbegin(), out.rend(), [](const auto& frame) { return frame.has_samples(); });
    if (last != out.rend()) {
        last->mutable_samples()->set_completes_picture(true);
        tellLate(*last->mutable_samples());
        m_sent = picture.columns;
    } else if (!isNew && (!m_understood.standing || picture.observed != m_sentObserved)) {
        auto& message = *out.emplace_back().mutable_heartbeat();
        message.set_epoch(m_epoch);
        message.set_sequence(++m_sequence);
        message.set_observed_us(microseconds(picture.observed));
        tellLate(message);
    }
    if (isNew || picture.demand != m_sentDemand || picture.service != m_sentService)
        encodeDemand(picture, out);
    m_sentInventory = picture.inventory;
    m_sentObserved = picture.observed;
}

std::vector<penstock::v1::Frame> FrameEncoder::encode(const Picture& picture)
{
    std::vector<penstock::v1::Frame> out;
    // Before the data: what is not whole must not look whole for a moment.
    if (m_understood.standing && m_sentStanding != picture.standing)
        encodeStanding(picture, out);
    if (picture.inventory)
        encodeFleet(picture, out);
    if (m_understood.standing && out.empty())
        encodeStanding(picture, out);
    return out;
}

void deflate(penstock::v1::Frame& frame)
{
    constexpr std::size_t least = 512;
    const auto plain = frame.SerializeAsString();
    if (plain.size() < least)
        return;
    // Differences are noise around zero in which only runs repeat: looking for more takes twice the time and saves nothing.
    const int strategy = frame.has_samples() && frame.samples().differences() ? Z_RLE : Z_DEFAULT_STRATEGY;
    z_stream stream {};
    constexpr int zlibWrapper = 15, usualMemory = 8;
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, zlibWrapper, usualMemory, strategy) != Z_OK)
        return;
    std::string packed(deflateBound(&stream, plain.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    const bool whole = ::deflate(&stream, Z_FINISH) == Z_STREAM_END;
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    if (!whole)
        return;
    auto& deflated = *frame.mutable_deflated(); // empties what the frame was
    deflated.set_size(static_cast<std::uint32_t>(plain.size()));
    deflated.set_frame(std::move(packed));
}

} // namespace penstock
