// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "storage/cache.h"

#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include "database.h"
#include "statement.h"

namespace penstock {

namespace {

    /// The version of a file is the number of these that were applied to it.
    constexpr std::array<const char*, 3> migrations {
        "CREATE TABLE fleet (endpoint TEXT PRIMARY KEY, observed_us INTEGER NOT NULL, inventory TEXT NOT NULL,"
        " state BLOB NOT NULL, health BLOB NOT NULL, workload BLOB NOT NULL, utilisation BLOB NOT NULL,"
        " temperature BLOB NOT NULL, power BLOB NOT NULL, memory_used BLOB NOT NULL) STRICT;"
        "CREATE TABLE rollup (at_us INTEGER NOT NULL, dimension INTEGER NOT NULL, key TEXT NOT NULL,"
        " counts BLOB NOT NULL, utilisation REAL NOT NULL, power REAL NOT NULL,"
        " PRIMARY KEY (at_us, dimension, key)) STRICT, WITHOUT ROWID;",
        "ALTER TABLE fleet ADD COLUMN since BLOB NOT NULL DEFAULT x'';",
        // What it kept of 15 minutes is the history's now.
        "DROP TABLE IF EXISTS rollup;",
    };
    constexpr std::array<const char*, 1> probes { "SELECT endpoint, observed_us, inventory, memory_used, since FROM fleet LIMIT 0" };

    using Json = nlohmann::json;

    /// One after the other, so that a large fleet is no million of strings.
    std::string uuidsText(const std::vector<GpuUuid>& uuids)
    {
        std::string made;
        for (const auto& uuid : uuids)
            made += text(uuid) + ' ';
        return made;
    }

    std::vector<GpuUuid> uuidsOf(std::string_view text)
    {
        std::vector<GpuUuid> made;
        for (auto end = text.find(' '); end != std::string_view::npos; end = text.find(' ')) {
            made.push_back(parseGpuUuid(text.substr(0, end)).value_or(GpuUuid {}));
            text.remove_prefix(end + 1);
        }
        return made;
    }

    std::string inventoryText(const Inventory& inventory)
    {
        Json clusters = Json::array(), models = Json::array(), nodes = Json::array();
        for (const auto& it : inventory.clusters)
            clusters.push_back({ it.provider, it.region, it.name });
        for (const auto& it : inventory.models)
            models.push_back({ it.name, it.memoryTotal });
        for (const auto& it : inventory.nodes)
            nodes.push_back({ it.name, it.cluster, it.model, it.gpus, it.instanceType, it.numbers, uuidsText(it.uuids), it.zone, it.schedulable ? Json(*it.schedulable) : Json() });
        return Json { { "epoch", inventory.epoch }, { "simulated", inventory.simulated }, { "version", inventory.sourceVersion },
            { "clusters", clusters }, { "models", models }, { "zones", inventory.zones }, { "nodes", nodes }, { "workloads", inventory.workloads } }
            .dump(-1, ' ', false, Json::error_handler_t::replace);
    }

    Result<std::shared_ptr<const Inventory>> inventoryOf(std::string_view text)
    {
        // The library reports a wrong type by an exception; here that only means a damaged file.
        try {
            const auto json = Json::parse(text);
            auto inventory = std::make_shared<Inventory>();
            inventory->epoch = json.at("epoch");
            inventory->simulated = json.at("simulated");
            inventory->sourceVersion = json.at("version");
            for (const auto& it : json.at("clusters"))
                inventory->clusters.push_back({ it.at(0), it.at(1), it.at(2) });
            for (const auto& it : json.at("models"))
                inventory->models.push_back({ it.at(0), it.at(1) });
            if (const auto zones = json.find("zones"); zones != json.end())
                zones->get_to(inventory->zones);
            for (const auto& it : json.at("nodes")) {
                auto& node = inventory->nodes.emplace_back(Inventory::Node { it.at(0), it.at(1), it.at(2), it.at(3), it.at(4) });
                if (it.size() < 7)
                    continue;
                it.at(5).get_to(node.numbers);
                node.uuids = uuidsOf(it.at(6).get_ref<const std::string&>());
                // Both from the same version on.
                if (it.size() > 7)
                    it.at(7).get_to(node.zone);
                if (it.size() > 8 && !it.at(8).is_null())
                    node.schedulable = it.at(8).get<std::uint32_t>();
            }
            for (const auto& it : json.at("workloads"))
                inventory->workloads.push_back(it);
            if (auto good = inventory->check(); !good)
                return std::unexpected(good.error());
            return inventory;
        } catch (const Json::exception& error) {
            return fail(Error::Kind::Corrupt, std::string("the cached inventory is damaged: ") + error.what());
        }
    }

    template<class T>
    std::string_view raw(const std::vector<T>& column)
    {
        return { reinterpret_cast<const char*>(column.data()), column.size() * sizeof(T) };
    }

    template<class T>
    bool fill(std::vector<T>& column, std::string_view bytes, std::uint64_t rows)
    {
        if (bytes.size() != rows * sizeof(T))
            return false;
        column.resize(rows);
        if (rows > 0)
            std::memcpy(column.data(), bytes.data(), bytes.size());
        return true;
    }

} // namespace

Result<Cache> Cache::open(const std::string& path, std::string& notice)
{
    auto handle = openDatabase(path, { .what = "cache", .migrations = migrations, .probes = probes }, notice);
    if (!handle)
        return std::unexpected(handle.error());
    return Cache(std::move(*handle));
}

Result<> Cache::saveFleet(const SavedFleet& fleet)
{
    auto transaction = Transaction::begin(m_handle.get());
    if (!transaction)
        return std::unexpected(transaction.error());
    auto statement = Statement::prepare(m_handle.get(), "INSERT OR REPLACE INTO fleet VALUES (?,?,?,?,?,?,?,?,?,?,?)");
    if (!statement)
        return std::unexpected(statement.error());
    // A large inventory takes longer to write down than everything else and hardly ever changes.
    auto& [inventory, text] = m_inventories[fleet.endpoint];
    if (!inventory || (inventory != fleet.inventory && *inventory != *fleet.inventory))
        text = inventoryText(*fleet.inventory);
    inventory = fleet.inventory;
    const auto& columns = *fleet.columns;
    statement->bind(1, std::string_view(fleet.endpoint))
        .bind(2, static_cast<std::int64_t>(fleet.observed.time_since_epoch().count()))
        .bind(3, std::string_view(text))
        .bindBlob(4, raw(columns.state))
        .bindBlob(5, raw(columns.health))
        .bindBlob(6, raw(columns.workload))
        .bindBlob(7, raw(columns.utilisation))
        .bindBlob(8, raw(columns.temperature))
        .bindBlob(9, raw(columns.power))
        .bindBlob(10, raw(columns.memoryUsed))
        .bindBlob(11, raw(fleet.since));
    if (auto done = statement->step(); !done)
        return std::unexpected(done.error());
    return transaction->commit();
}

Result<std::vector<SavedFleet>> Cache::loadFleets(std::string& notice)
{
    auto statement = Statement::prepare(m_handle.get(),
        "SELECT endpoint, observed_us, inventory, state, health, workload, utilisation, temperature, power, memory_used, since FROM fleet");
    if (!statement)
        return std::unexpected(statement.error());
    std::vector<SavedFleet> fleets;
    for (;;) {
        auto row = statement->step();
        if (!row)
            return std::unexpected(row.error());
        if (!*row)
            return fleets;
        const auto skip = [&](const std::string& why) {
            notice += (notice.empty() ? "" : "\n") + std::string("The cached fleet of ") + std::string(statement->bytes(0)) + " is left out: " + why;
        };
        auto inventory = inventoryOf(statement->bytes(2));
        if (!inventory) {
            skip(inventory.error().what);
            continue;
        }
        const auto rows = (*inventory)->gpus();
        auto columns = std::make_shared<Columns>();
        if (!fill(columns->state, statement->bytes(3), rows) || !fill(columns->health, statement->bytes(4), rows)
            || !fill(columns->workload, statement->bytes(5), rows) || !fill(columns->utilisation, statement->bytes(6), rows)
            || !fill(columns->temperature, statement->bytes(7), rows) || !fill(columns->power, statement->bytes(8), rows)
            || !fill(columns->memoryUsed, statement->bytes(9), rows)) {
            skip("its columns have the wrong length");
            continue;
        }
        // One of an older version does not know it.
        std::vector<std::uint32_t> since;
        (void)fill(since, statement->bytes(10), rows);
        fleets.push_back({ std::string(statement->bytes(0)), *inventory, columns, Time(Duration(statement->integer(1))), std::move(since) });
    }
}

} // namespace penstock
