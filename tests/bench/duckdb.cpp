// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>

#include "lines.h"

namespace penstock::bench {

namespace {

    using Handle = void*;
    /// duckdb_result of the C API: six words that the library fills.
    struct Answer
    {
        std::array<std::uint64_t, 6> words {};
    };

    class DuckDb final : public Rival
    {
    public:
        DuckDb(void* library, const Snapshot& snapshot, Threads threads) : m_library(library), m_threads(threads)
        {
            call<int(const char*, Handle*)>("duckdb_open")(nullptr, &m_database);
            call<int(Handle, Handle*)>("duckdb_connect")(m_database, &m_connection);
            if (threads == Threads::One)
                run("SET threads = 1");
            run("CREATE TABLE gpu (provider UTINYINT, region UTINYINT, cluster USMALLINT, model UTINYINT, workload USMALLINT, state UTINYINT, "
                "utilisation UTINYINT, memory UINTEGER, power USMALLINT, temperature UTINYINT)");
            Handle appender = nullptr;
            call<int(Handle, const char*, const char*, Handle*)>("duckdb_appender_create")(m_connection, nullptr, "gpu", &appender);
            const auto byte = call<int(Handle, std::uint8_t)>("duckdb_append_uint8");
            const auto word = call<int(Handle, std::uint16_t)>("duckdb_append_uint16");
            const auto wide = call<int(Handle, std::uint32_t)>("duckdb_append_uint32");
            const auto null = call<int(Handle)>("duckdb_append_null");
            const auto end = call<int(Handle)>("duckdb_appender_end_row");
            eachGpu(snapshot, [&](std::uint32_t provider, std::uint32_t region, std::uint32_t cluster, std::uint32_t model, const GpuSample& it) {
                byte(appender, static_cast<std::uint8_t>(provider));
                byte(appender, static_cast<std::uint8_t>(region));
                word(appender, static_cast<std::uint16_t>(cluster));
                byte(appender, static_cast<std::uint8_t>(model));
                word(appender, it.workload);
                byte(appender, static_cast<std::uint8_t>(it.state));
                it.utilisation == unknown::utilisation ? null(appender) : byte(appender, it.utilisation);
                it.memoryUsed == unknown::memory ? null(appender) : wide(appender, it.memoryUsed);
                it.power == unknown::power ? null(appender) : word(appender, it.power);
                it.temperature == unknown::temperature ? null(appender) : byte(appender, it.temperature);
                end(appender);
            });
            call<int(Handle*)>("duckdb_appender_destroy")(&appender);
        }
        ~DuckDb() override
        {
            call<void(Handle*)>("duckdb_disconnect")(&m_connection);
            call<void(Handle*)>("duckdb_close")(&m_database);
        }
        [[nodiscard]] std::string name() const override { return std::string("DuckDB ") + call<const char*()>("duckdb_library_version")() + (m_threads == Threads::One ? ", one thread" : ", its default"); }

        /// The fastest of the forms that were tried: counted once by cluster, model, workload, state and utilisation, then
        /// added up by each dimension, with the quantiles out of the counts. Grouping sets and quantile_disc by dimension,
        /// which say the same more plainly, take four times as long.
        [[nodiscard]] std::vector<Line> tick() override
        {
            static const std::array dimensions { "provider", "region", "cluster", "model", "workload", "state" };
            auto counted = run("CREATE OR REPLACE TEMP TABLE cell AS SELECT any_value(provider) provider, any_value(region) region, cluster, model, workload, state, utilisation, "
                               "count(*) gpus, sum(memory) memory_sum, min(memory) memory_min, max(memory) memory_max, sum(power) power_sum, min(power) power_min, max(power) power_max, "
                               "sum(temperature) temperature_sum, min(temperature) temperature_min, max(temperature) temperature_max "
                               "FROM gpu GROUP BY cluster, model, workload, state, utilisation");
            call<void(Answer*)>("duckdb_destroy_result")(&counted);
            std::vector<Line> lines;
            for (std::size_t d = 0; d < dimensions.size(); ++d) {
                const std::string key = dimensions[d];
                std::string sql = "WITH counts AS (SELECT " + key + " k, utilisation, sum(gpus) gpus FROM cell WHERE utilisation IS NOT NULL GROUP BY ALL), "
                    + "running AS (SELECT k, utilisation, sum(gpus) OVER (PARTITION BY k ORDER BY utilisation) upto, sum(gpus) OVER (PARTITION BY k) known FROM counts), "
                    + "quantile AS (SELECT k, min(utilisation) FILTER (upto >= ceil(0.50 * known)) p50, min(utilisation) FILTER (upto >= ceil(0.95 * known)) p95, "
                      "min(utilisation) FILTER (upto >= ceil(0.99 * known)) p99 FROM running GROUP BY k), "
                    + "whole AS (SELECT " + key + " k, sum(gpus) gpus";
                for (int state = 0; state < 6; ++state)
                    sql += ", sum(gpus) FILTER (state = " + std::to_string(state) + ") s" + std::to_string(state);
                sql += ", sum(utilisation * gpus) u1, min(utilisation) u2, max(utilisation) u3";
                for (const std::string column : { "memory", "power", "temperature" })
                    sql += ", sum(" + column + "_sum) " + column + "1, min(" + column + "_min) " + column + "2, max(" + column + "_max) " + column + "3";
                sql += " FROM cell GROUP BY " + key + ") SELECT " + std::to_string(d) + "::BIGINT, k::BIGINT, gpus::BIGINT";
                for (const char* column : { "s0", "s1", "s2", "s3", "s4", "s5", "u1", "u2", "u3", "memory1", "memory2", "memory3", "power1", "power2", "power3", "temperature1", "temperature2", "temperature3", "p50", "p95", "p99" })
                    sql += std::string(", coalesce(") + column + ", 0)::BIGINT";
                sql += " FROM whole LEFT JOIN quantile USING (k)";
                auto answer = run(sql);
                const auto rows = call<std::uint64_t(Answer*)>("duckdb_row_count")(&answer);
                const auto value = call<std::int64_t(Answer*, std::uint64_t, std::uint64_t)>("duckdb_value_int64");
                for (std::uint64_t row = 0; row < rows; ++row) {
                    std::uint64_t column = 0;
                    Line line;
                    line.dimension = value(&answer, column++, row);
                    line.key = value(&answer, column++, row);
                    line.gpus = value(&answer, column++, row);
                    for (auto* part : { line.byState.data(), line.values.data(), line.quantiles.data() }) {
                        const std::size_t count = part == line.byState.data() ? 6 : part == line.values.data() ? 12 : 3;
                        for (std::size_t i = 0; i < count; ++i)
                            part[i] = value(&answer, column++, row);
                    }
                    lines.push_back(line);
                }
                call<void(Answer*)>("duckdb_destroy_result")(&answer);
            }
            return lines;
        }
        [[nodiscard]] std::vector<ClusterLine> byCluster() override
        {
            auto answer = run("SELECT cluster::BIGINT, count(*), coalesce(sum(utilisation), 0)::BIGINT, avg(utilisation), coalesce(max(utilisation), 0)::BIGINT FROM gpu GROUP BY cluster");
            const auto rows = call<std::uint64_t(Answer*)>("duckdb_row_count")(&answer);
            const auto value = call<std::int64_t(Answer*, std::uint64_t, std::uint64_t)>("duckdb_value_int64");
            std::vector<ClusterLine> lines;
            for (std::uint64_t row = 0; row < rows; ++row)
                lines.push_back({ value(&answer, 0, row), value(&answer, 1, row), value(&answer, 2, row), value(&answer, 4, row) });
            call<void(Answer*)>("duckdb_destroy_result")(&answer);
            return lines;
        }

    private:
        template<class Function>
        [[nodiscard]] Function* call(const char* symbol) const
        {
            auto* found = dlsym(m_library, symbol);
            if (!found) {
                std::fprintf(stderr, "libduckdb.so has no %s\n", symbol);
                std::exit(1);
            }
            return reinterpret_cast<Function*>(found);
        }
        Answer run(const std::string& sql)
        {
            Answer answer;
            if (call<int(Handle, const char*, Answer*)>("duckdb_query")(m_connection, sql.c_str(), &answer) != 0) {
                std::fprintf(stderr, "DuckDB: %s\n", call<const char*(Answer*)>("duckdb_result_error")(&answer));
                std::exit(1);
            }
            return answer;
        }
        void* m_library;
        Threads m_threads;
        Handle m_database = nullptr, m_connection = nullptr;
    };

} // namespace

std::unique_ptr<Rival> openDuckDb(const std::string& path, const Snapshot& snapshot, Threads threads)
{
    auto* library = path.empty() ? nullptr : dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return nullptr;
    return std::make_unique<DuckDb>(library, snapshot, threads);
}

} // namespace penstock::bench
