// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "columns.h"
#include "haproxy/answers.h"

namespace penstock::haproxy {

namespace {

    using Row = std::vector<std::string>;

    /// Rows of CSV. Quotes are doubled inside quotes, and a quoted cell may go over several lines: what an agent-check
    /// said last does.
    std::vector<Row> rowsOf(std::string_view text)
    {
        std::vector<Row> rows;
        Row row(1);
        bool quoted = false;
        const auto finish = [&] {
            if (row.size() > 1 || !row.front().empty())
                rows.push_back(std::move(row));
            row = Row(1);
        };
        for (std::size_t i = 0; i < text.size(); ++i) {
            const char c = text[i];
            if (c == '"' && quoted && i + 1 < text.size() && text[i + 1] == '"') {
                row.back() += c;
                ++i;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                row.emplace_back();
            } else if (c == '\n' && !quoted) {
                finish();
            } else if (c != '\r') {
                row.back() += c;
            }
        }
        finish();
        return rows;
    }

    /// A counter that this version or this kind of proxy may lack.
    std::uint64_t counter(const Header& header, const Row& row, std::string_view name)
    {
        std::uint64_t value = 0;
        return read(header.cell(row, name), value) ? value : 0;
    }

    Result<ServerStat> serverOf(const Header& header, const Row& row)
    {
        ServerStat server;
        server.name = header.cell(row, "svname");
        server.status = header.cell(row, "status");
        server.checkStatus = header.cell(row, "check_status");
        // "* L7OK": a check is on its way and this is the result before it.
        if (server.checkStatus.starts_with("* "))
            server.checkStatus.erase(0, 2);
        server.checkText = header.cell(row, "last_chk");
        if (server.checkText.empty())
            server.checkText = header.cell(row, "check_desc");
        if (int throttle = 0; read(header.cell(row, "throttle"), throttle))
            server.throttle = throttle;
        const bool countsSessions = read(header.cell(row, "stot"), server.begun);
        if (!read(header.cell(row, "req_tot"), server.requests)) {
            if (!countsSessions)
                return broken("the counters of " + server.name + " cannot be read", row.front());
            server.requests = server.begun;
        }
        server.backup = header.cell(row, "bck") == "1";
        if (int weight = 0; read(header.cell(row, "weight"), weight) && weight >= 0)
            server.effectiveWeight = weight;
        auto agent = header.cell(row, "agent_status");
        if (agent.starts_with("* "))
            agent.remove_prefix(2);
        server.agentTellsNoState = agent == "CHECKED";
        server.failed = counter(header, row, "hrsp_5xx");
        server.unanswered = counter(header, row, "econ") + counter(header, row, "eresp");
        // One whose answer has begun is still a session, and is counted among the requests.
        if (const auto settled = server.requests + server.unanswered; server.begun > settled)
            server.open = std::min(server.begun - settled, counter(header, row, "scur"));
        server.retried = counter(header, row, "wretr");
        server.redispatched = counter(header, row, "wredis");
        server.queued = counter(header, row, "qcur");
        if (server.requests > 0) {
            double sum = 0;
            bool known = false;
            for (const auto* part : { "qtime", "ctime", "rtime" })
                if (double value = 0; read(header.cell(row, part), value) && value >= 0) {
                    sum += value;
                    known = true;
                }
            if (known)
                server.latency = sum;
        }
        return server;
    }

} // namespace

Result<BackendStat> parseStat(std::string_view answer, std::string_view backend)
{
    if (!answer.starts_with("# "))
        return broken("the answer to `show stat` has no header", trimmed(answer));
    const auto rows = rowsOf(answer.substr(2));
    const Header header(rows.empty() ? Row() : rows.front());
    if (!header.has("pxname") || !header.has("svname") || !header.has("stot"))
        return broken("the answer to `show stat` has other columns", answer.substr(0, answer.find('\n')));
    BackendStat stat;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        const auto& row = rows[i];
        const auto name = header.cell(row, "svname");
        if (header.cell(row, "pxname") != backend || name == "FRONTEND" || name.empty())
            continue;
        if (name == "BACKEND") {
            stat.algorithm = header.cell(row, "algo");
            stat.queued = counter(header, row, "qcur");
            continue;
        }
        auto server = serverOf(header, row);
        if (!server)
            return std::unexpected(server.error());
        stat.servers.push_back(std::move(*server));
    }
    return stat;
}

} // namespace penstock::haproxy
