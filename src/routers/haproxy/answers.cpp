// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "haproxy/answers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

namespace penstock::haproxy {

namespace {

    constexpr int heaviest = 256;

    std::string_view trimmed(std::string_view text)
    {
        while (!text.empty() && (text.back() == '\r' || text.back() == '\n' || text.back() == ' '))
            text.remove_suffix(1);
        while (!text.empty() && (text.front() == ' ' || text.front() == '\n' || text.front() == '\r'))
            text.remove_prefix(1);
        return text;
    }

    std::vector<std::string_view> linesOf(std::string_view text)
    {
        std::vector<std::string_view> lines;
        while (!text.empty()) {
            const auto end = text.find('\n');
            auto line = text.substr(0, end);
            if (line.ends_with('\r'))
                line.remove_suffix(1);
            lines.push_back(line);
            if (end == std::string_view::npos)
                break;
            text.remove_prefix(end + 1);
        }
        return lines;
    }

    std::vector<std::string> wordsOf(std::string_view line)
    {
        std::vector<std::string> words;
        while (!line.empty()) {
            const auto end = line.find(' ');
            if (end != 0)
                words.emplace_back(line.substr(0, end));
            if (end == std::string_view::npos)
                break;
            line.remove_prefix(end + 1);
        }
        return words;
    }

    /// Cells of a line of CSV; quotes are doubled inside quotes.
    std::vector<std::string> cellsOf(std::string_view line)
    {
        std::vector<std::string> cells(1);
        bool quoted = false;
        for (std::size_t i = 0; i < line.size(); ++i) {
            const char c = line[i];
            if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
                cells.back() += c;
                ++i;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                cells.emplace_back();
            } else {
                cells.back() += c;
            }
        }
        return cells;
    }

    template<class Number>
    bool read(std::string_view text, Number& number)
    {
        const auto* last = text.data() + text.size();
        const auto done = std::from_chars(text.data(), last, number);
        return done.ec == std::errc() && done.ptr == last && !text.empty();
    }

    /// Finds columns by name, in a header or in its rows.
    class Header
    {
    public:
        explicit Header(std::vector<std::string> names) : m_names(std::move(names)) {}
        /// The cell under `name`; empty when there is no such column or the row ends before it.
        [[nodiscard]] std::string_view cell(const std::vector<std::string>& row, std::string_view name) const
        {
            const auto found = std::ranges::find(m_names, name);
            const auto at = static_cast<std::size_t>(found - m_names.begin());
            return at < row.size() && found != m_names.end() ? std::string_view(row[at]) : std::string_view();
        }
        [[nodiscard]] bool has(std::string_view name) const { return std::ranges::find(m_names, name) != m_names.end(); }

    private:
        std::vector<std::string> m_names;
    };

    std::unexpected<Error> broken(const std::string& what, std::string_view line)
    {
        return fail(Error::Kind::Invalid, what + ": \"" + std::string(line.substr(0, 80)) + "\"", {}, "is this really HAProxy 2.x?");
    }

} // namespace

Result<Process> parseInfo(std::string_view answer)
{
    Process process;
    bool pid = false, uptime = false;
    for (const auto line : linesOf(answer)) {
        const auto colon = line.find(':');
        if (colon == std::string_view::npos)
            continue;
        const auto key = line.substr(0, colon);
        const auto value = trimmed(line.substr(colon + 1));
        std::int64_t seconds = 0;
        if (key == "Pid") {
            pid = read(value, process.pid);
        } else if (key == "Uptime_sec") {
            uptime = read(value, seconds) && seconds >= 0 && seconds < 100LL * 366 * 86'400;
            process.uptime = std::chrono::seconds(uptime ? seconds : 0);
        } else if (key == "Version") {
            process.version = std::string(value.substr(0, 80));
        }
    }
    if (!pid || !uptime)
        return broken("the answer to `show info` has no Pid or Uptime_sec", trimmed(answer));
    return process;
}

Result<std::vector<ServerState>> parseServersState(std::string_view answer)
{
    std::vector<ServerState> servers;
    std::optional<Header> header;
    for (const auto line : linesOf(answer)) {
        if (line.starts_with("# ")) {
            header.emplace(wordsOf(line.substr(2)));
            continue;
        }
        const auto row = wordsOf(line);
        if (row.empty() || (row.size() == 1 && !header))
            continue;
        if (!header)
            return broken("the server states have no header", line);
        ServerState server;
        server.backend = header->cell(row, "be_name");
        server.name = header->cell(row, "srv_name");
        if (server.backend.empty() || server.name.empty() || !read(header->cell(row, "be_id"), server.backendId)
            || !read(header->cell(row, "srv_op_state"), server.operation)
            || !read(header->cell(row, "srv_admin_state"), server.administration)
            || !read(header->cell(row, "srv_uweight"), server.weight)
            || !read(header->cell(row, "srv_iweight"), server.initialWeight))
            return broken("a server's state cannot be read", line);
        if (server.weight < 0 || server.weight > heaviest)
            return broken("a weight is not between 0 and 256", line);
        servers.push_back(std::move(server));
    }
    if (!header)
        return broken("these are no server states", trimmed(answer));
    return servers;
}

Result<std::vector<ServerStat>> parseStat(std::string_view answer, std::string_view backend)
{
    const auto lines = linesOf(answer);
    if (lines.empty() || !lines.front().starts_with("# "))
        return broken("the answer to `show stat` has no header", trimmed(answer));
    const Header header(cellsOf(lines.front().substr(2)));
    if (!header.has("pxname") || !header.has("svname") || !header.has("stot"))
        return broken("the answer to `show stat` has other columns", lines.front());
    std::vector<ServerStat> servers;
    for (const auto line : lines) {
        if (line.empty() || line.starts_with("# "))
            continue;
        const auto row = cellsOf(line);
        const auto name = header.cell(row, "svname");
        if (header.cell(row, "pxname") != backend || name == "BACKEND" || name == "FRONTEND" || name.empty())
            continue;
        ServerStat server;
        server.name = name;
        server.status = header.cell(row, "status");
        server.checkStatus = header.cell(row, "check_status");
        // "* L7OK": a check is on its way and this is the result before it.
        if (server.checkStatus.starts_with("* "))
            server.checkStatus.erase(0, 2);
        server.checkText = header.cell(row, "last_chk");
        if (server.checkText.empty())
            server.checkText = header.cell(row, "check_desc");
        int throttle = 0;
        if (read(header.cell(row, "throttle"), throttle))
            server.throttle = throttle;
        if (!read(header.cell(row, "req_tot"), server.requests) && !read(header.cell(row, "stot"), server.requests))
            return broken("the counters of " + server.name + " cannot be read", line);
        server.backup = header.cell(row, "bck") == "1";
        servers.push_back(std::move(server));
    }
    return servers;
}

Result<int> parseWeight(std::string_view answer)
{
    const auto text = trimmed(answer);
    int weight = 0;
    if (!text.ends_with(')') || text.find(" (initial ") == std::string_view::npos
        || !read(text.substr(0, text.find(' ')), weight) || weight < 0 || weight > heaviest)
        return broken("this is no weight", text);
    return weight;
}

Error errorOf(std::string_view answer, const std::string& command)
{
    const auto text = trimmed(answer);
    const auto says = [text](std::string_view part) { return text.find(part) != std::string_view::npos; };
    if (says("Permission denied"))
        return { Error::Kind::Denied, "HAProxy denies `" + command + "`", {}, "add `level admin` to its line `stats socket`" };
    if (says("No such server"))
        return { Error::Kind::NotFound, "HAProxy has no such server: `" + command + "`", {}, "compare the names with its configuration" };
    if (says("No such backend") || says("Can't find backend"))
        return { Error::Kind::NotFound, "HAProxy has no such backend: `" + command + "`", {}, "compare the name with its configuration" };
    if (says("static LB algorithm"))
        return { Error::Kind::Refused, "this backend balances by a static algorithm, which takes no weights while it runs", {},
            "write `balance roundrobin`, or `hash-type consistent`, in its configuration" };
    if (says("Unknown command"))
        return { Error::Kind::Invalid, "the other side does not know `" + command + "`", {}, "HAProxy 2.0 or newer is needed" };
    return { Error::Kind::Invalid,
        "HAProxy answers `" + command + "` with \"" + std::string(text.substr(0, 160)) + "\"", {}, {} };
}

Result<std::vector<int>> weightsOf(const Weights& shares)
{
    double sum = 0, greatest = 0;
    bool whole = true;
    for (const double share : shares) {
        if (!(share >= 0 && share <= 100))
            return fail(Error::Kind::Invalid, "a share must be between 0 and 100");
        sum += share;
        greatest = std::max(greatest, share);
        whole = whole && std::abs(share - std::round(share)) < 1e-9;
    }
    if (std::abs(sum - 100) > 0.05 || shares.empty())
        return fail(Error::Kind::Invalid, "the shares add up to " + std::to_string(sum) + ", not to 100");
    std::vector<int> best;
    double leastError = std::numeric_limits<double>::infinity();
    // The scale 100 is tried first and kept unless another one is really nearer, so that weights read as percentages.
    const int widest = std::min(25'600, static_cast<int>(heaviest * 100 / greatest));
    for (int scale = 100; scale <= widest; ++scale) {
        std::vector<int> weights;
        for (const double share : shares)
            weights.push_back(share > 0 ? std::clamp(static_cast<int>(std::lround(share * scale / 100)), 1, heaviest) : 0);
        const double total = std::accumulate(weights.begin(), weights.end(), 0);
        double error = 0;
        for (std::size_t i = 0; i < shares.size(); ++i)
            error = std::max(error, std::abs(100 * weights[i] / total - shares[i]));
        if (error < leastError - 1e-6) {
            leastError = error;
            best = std::move(weights);
        }
        if (whole)
            break;
    }
    return best;
}

BackendReading::Condition conditionOf(const ServerState& state, const std::optional<ServerStat>& stat)
{
    using Condition = BackendReading::Condition;
    constexpr unsigned maintenance = 0x01 | 0x02 | 0x04 | 0x20, drain = 0x08 | 0x10;
    if (state.administration & maintenance)
        return Condition::Maintenance;
    if (state.operation == 0)
        return Condition::Down;
    if ((state.administration & drain) || state.operation == 3)
        return Condition::Draining;
    if (state.operation == 1 || (stat && stat->throttle && *stat->throttle < 100))
        return Condition::Warming;
    return Condition::Up;
}

bool isUsable(const ServerState& state)
{
    const auto condition = conditionOf(state, {});
    return condition == BackendReading::Condition::Up || condition == BackendReading::Condition::Warming;
}

} // namespace penstock::haproxy
