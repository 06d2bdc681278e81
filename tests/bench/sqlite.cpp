// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cstdio>
#include <cstdlib>
#include <sqlite3.h>

#include "lines.h"

namespace penstock::bench {

namespace {

    class Sqlite final : public Rival
    {
    public:
        explicit Sqlite(const Snapshot& snapshot)
        {
            sqlite3_open(":memory:", &m_database);
            run("CREATE TABLE gpu (cluster INTEGER, utilisation INTEGER)");
            run("BEGIN");
            auto* insert = prepare("INSERT INTO gpu VALUES (?, ?)");
            eachGpu(snapshot, [&](std::uint32_t, std::uint32_t, std::uint32_t cluster, std::uint32_t, const GpuSample& it) {
                sqlite3_bind_int64(insert, 1, cluster);
                it.utilisation == unknown::utilisation ? sqlite3_bind_null(insert, 2) : sqlite3_bind_int(insert, 2, it.utilisation);
                sqlite3_step(insert);
                sqlite3_reset(insert);
            });
            sqlite3_finalize(insert);
            run("COMMIT");
        }
        ~Sqlite() override { sqlite3_close_v2(m_database); }
        [[nodiscard]] std::string name() const override { return std::string("SQLite ") + sqlite3_libversion(); }
        /// It has no exact quantiles of groups worth comparing.
        [[nodiscard]] std::vector<Line> tick() override { return {}; }
        [[nodiscard]] std::vector<ClusterLine> byCluster() override
        {
            auto* statement = prepare("SELECT cluster, count(*), sum(utilisation), avg(utilisation), max(utilisation) FROM gpu GROUP BY cluster");
            std::vector<ClusterLine> lines;
            while (sqlite3_step(statement) == SQLITE_ROW)
                lines.push_back({ sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1), sqlite3_column_int64(statement, 2), sqlite3_column_int64(statement, 4) });
            sqlite3_finalize(statement);
            return lines;
        }

    private:
        sqlite3_stmt* prepare(const char* sql)
        {
            sqlite3_stmt* statement = nullptr;
            if (sqlite3_prepare_v2(m_database, sql, -1, &statement, nullptr) != SQLITE_OK) {
                std::fprintf(stderr, "SQLite: %s\n", sqlite3_errmsg(m_database));
                std::exit(1);
            }
            return statement;
        }
        void run(const char* sql)
        {
            auto* statement = prepare(sql);
            sqlite3_step(statement);
            sqlite3_finalize(statement);
        }
        sqlite3* m_database = nullptr;
    };

} // namespace

std::unique_ptr<Rival> openSqlite(const Snapshot& snapshot) { return std::make_unique<Sqlite>(snapshot); }

} // namespace penstock::bench
