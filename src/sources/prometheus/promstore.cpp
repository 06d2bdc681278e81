// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "prometheus/promstore.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include "base/timetext.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;
    using Steady = std::chrono::steady_clock;

    /// 100,000 series with their labels are 25 MB.
    constexpr std::int64_t longestAnswer = 256LL * 1024 * 1024;

    /// Points of a series that a store gives at once.
    constexpr std::int64_t longestRange = 11'000;

    /// "1795416908.174"
    std::string secondsText(std::int64_t millis)
    {
        const auto rest = std::to_string(1000 + millis % 1000);
        return std::to_string(millis / 1000) + "." + rest.substr(1);
    }

    /// Azure Monitor gives names and values back as it pleases.
    bool knowsNoCase(const std::string& url) { return url.find(".monitor.azure.") != std::string::npos; }

    /// What an answer is that no store would give, and what to do.
    std::optional<Error> refusalOf(const HttpAnswer& answer, const std::string& url)
    {
        const auto says = answer.says().empty() ? std::string() : ": " + answer.says();
        if (answer.status == 401 || answer.status == 403)
            return Error { Error::Kind::Denied, "the store refuses (" + std::to_string(answer.status) + ")" + says, url, "check the endpoint's token, user and tenant" };
        // A proxy may have lost the type, and a part of the answer: who reads it says which. One in trouble may call its page JSON.
        if (answer.status < 400 ? answer.contentType == "application/json" || (answer.status == 200 && answer.body.starts_with("{\"status\"")) : answer.body.find("\"status\"") != std::string::npos)
            return std::nullopt;
        if (answer.status == 404)
            return Error { Error::Kind::NotFound, "nothing is at this path (404)", url, "write the address without /api/v1, and with the prefix if there is one, as /prometheus for Mimir" };
        // 501: it knows no POST.
        if (answer.status >= 500 && answer.status != 501)
            return Error { Error::Kind::Unavailable, "the store or a proxy before it is in trouble (" + std::to_string(answer.status) + ")" + says, url, "look at its log" };
        if (answer.status == 429)
            return Error { Error::Kind::Unavailable, "the store or a proxy before it limits requests (429)" + says, url, "it is asked again; raise its limit, or let one agent ask it for all consoles" };
        if ((answer.status == 400 || answer.status == 422) && !answer.isWebPage() && !says.empty())
            return Error { Error::Kind::Unavailable, "the store does not take the question (" + std::to_string(answer.status) + ")" + says, url, "is the address right, and does it want a tenant? Else look at the limits of its queries" };
        return Error { Error::Kind::Unavailable, "what answers is no store of metrics: it sends " + (answer.contentType.empty() ? "an unknown type" : answer.contentType) + " with status " + std::to_string(answer.status), url,
            "check host, port and path" };
    }

    /// "a, b, c and 4 more"
    std::string firstOf(const std::set<std::string>& names)
    {
        constexpr std::size_t most = 3;
        std::string made;
        std::size_t told = 0;
        for (const auto& it : names)
            if (told++ < most)
                made += (made.empty() ? "" : ", ") + it;
        return made + (names.size() > most ? " and " + std::to_string(names.size() - most) + " more" : std::string());
    }

    /// Who told the store a while ago, and does not now.
    std::optional<Error> whatIsAway(const PromFleet& fleet, const std::string& url)
    {
        const auto targets = "look at the store's page of targets";
        if (const auto& down = fleet.down(); !down.empty())
            return Error { Error::Kind::Unavailable, std::to_string(down.size()) + (down.size() == 1 ? " exporter of GPUs is" : " exporters of GPUs are") + " not reached by the store (its `up` is 0): " + firstOf(down), url, targets };
        if (const auto& down = fleet.nodesDown(); !down.empty())
            return Error { Error::Kind::Unavailable, "kube-state-metrics is not reached by the store (its `up` is 0): " + firstOf(down), url, targets };
        if (const auto strangers = fleet.strangers(); !strangers.empty())
            return Error { Error::Kind::Unavailable, std::to_string(strangers.size()) + (strangers.size() == 1 ? " exporter calls its host by a name" : " exporters call their hosts by names") + " that no node has, while nodes of as many GPUs are measured by nobody: " + firstOf(strangers)
                    + "; where these are the same their GPUs count twice, or count as unmeasured", url, "let dcgm-exporter run with NODE_NAME set to its node's name, as its chart does, or let the store scrape kube_pod_info" };
        auto lost = fleet.lostClusters();
        if (const auto gone = fleet.shownNoMore(); lost.empty() && !gone.empty())
            return Error { Error::Kind::Unavailable, "the store shows no GPUs of " + std::to_string(gone.size()) + (gone.size() == 1 ? " node" : " nodes") + " any more, which kube-state-metrics still tells of: " + firstOf(gone), url, "look at their exporters: do they answer with GPU metrics?" };
        if (lost.empty())
            return std::nullopt;
        const bool isNameless = lost.erase(std::string()) > 0;
        return Error { Error::Kind::Unavailable, "kube-state-metrics tells of no nodes any more" + (isNameless ? std::string() : " of " + firstOf(lost)) + ": cordons, capacity and what pods hold are those of before", url, targets };
    }

    /// Of a store whose newest data are older than what counts as known. The age is rounded: one that grows is told once in a while.
    std::optional<Error> howLate(const PromFleet& fleet, const PromOptions& options)
    {
        const auto age = fleet.observed() ? options.clock() - *fleet.observed() : 0s;
        if (age <= options.staleAfter)
            return std::nullopt;
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(age).count();
        const bool isBehind = fleet.version().starts_with("VictoriaMetrics") && age < 60s;
        return Error { Error::Kind::Unavailable, "the newest data of the store are " + std::to_string(seconds < 60 ? seconds / 10 * 10 : seconds / 60 * 60) + " s old, and what is older than "
                + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(options.staleAfter).count()) + " s counts as unknown" + (isBehind ? ": VictoriaMetrics answers 30 s behind what it scrapes (-search.latencyOffset)" : ""),
            options.url, std::string(isBehind ? "" : "see whether it still scrapes, and how often; ") + "under [policy] write stale_after_s = " + (isBehind ? "90" : "90, or more than its scrape interval") };
    }

} // namespace

std::vector<std::pair<std::string, std::string>> tenantHeaders(const std::string& tenant)
{
    if (tenant.empty())
        return {};
    return { { "X-Scope-OrgID", tenant }, { "THANOS-TENANT", tenant } }; // Mimir's and Grafana's, and that of Thanos
}

PromStore::PromStore(PromOptions options, std::shared_ptr<HttpClient> http) : m_options(std::move(options)), m_http(std::move(http)), m_timeout(m_options.timeout)
{
    while (m_options.url.ends_with('/'))
        m_options.url.pop_back();
}

Result<HttpAnswer> PromStore::send(HttpRequest request, const std::stop_token& stop)
{
    request.ca = m_options.ca;
    std::ranges::move(tenantHeaders(m_options.tenant), std::back_inserter(request.headers));
    return sendSigned(*m_http, m_options.signIn.get(), request, stop);
}

Result<std::string> PromStore::post(const std::string& path, std::vector<std::pair<std::string, std::string>> form, std::chrono::milliseconds timeout, const std::stop_token& stop)
{
    HttpRequest request;
    request.method = "POST";
    request.url = m_options.url + path;
    // Thanos would else leave out stores that are away without failing; others pass over what they do not know.
    form.insert(form.end(), { { "partial_response", "false" }, { "timeout", std::to_string(timeout.count()) + "ms" } });
    request.body = formEncoded(form);
    request.contentType = "application/x-www-form-urlencoded";
    request.timeout = timeout + 1s;
    request.longestAnswer = longestAnswer;
    auto answer = send(request, stop);
    if (!answer)
        return std::unexpected(answer.error());
    if (auto refused = refusalOf(*answer, request.url))
        return std::unexpected(std::move(*refused));
    m_bytes += answer->body.size();
    m_status = answer->status;
    return std::move(answer->body);
}

Error PromStore::placed(Error error) const
{
    if (error.where.empty())
        error.where = m_options.url;
    // What a proxy in trouble sends may be called JSON, and is none.
    if (m_status >= 500)
        error.what += " (its status is " + std::to_string(m_status) + ")";
    return error;
}

Result<PromNotes> PromStore::ask(const std::string& query, double at, std::mutex& mutex, const std::stop_token& stop, const std::function<void(std::span<const PromLabel>, double)>& each)
{
    std::vector<std::pair<std::string, std::string>> form { { "query", query } };
    if (at > 0)
        form.emplace_back("time", secondsText(std::llround(at * 1000)));
    auto body = post("/api/v1/query", std::move(form), m_timeout, stop);
    if (!body)
        return std::unexpected(body.error());
    const std::lock_guard lock(mutex);
    auto notes = m_reader.vector(std::move(*body), each);
    if (!notes)
        return std::unexpected(placed(notes.error()));
    return notes;
}

Result<PromHistory> PromStore::range(const std::string& query, Time from, Time to, std::chrono::milliseconds step, const std::stop_token& stop)
{
    const auto millis = [](Time time) { return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count(); };
    const auto first = millis(from), last = millis(to);
    if (step < 1ms || last < first || (last - first) / step.count() >= 10'000'000)
        return fail(Error::Kind::Invalid, "the range is empty, or has more than ten million points", {}, "begin before the end, and take longer steps");
    PromHistory made;
    std::map<std::map<std::string, std::string>, std::vector<std::pair<Time, double>>> joined;
    std::set<std::string> warnings;
    const auto span = (longestRange - 1) * step.count();
    const auto parts = (last - first) / (longestRange * step.count()) + 1;
    for (std::int64_t part = 0; part < parts; ++part) {
        const auto begin = first + part * longestRange * step.count(), end = std::min(begin + span, last);
        // Without nocache VictoriaMetrics moves the ends to multiples of the step, and parts would share points.
        auto body = post("/api/v1/query_range", { { "query", query }, { "start", secondsText(begin) }, { "end", secondsText(end) }, { "step", secondsText(step.count()) }, { "nocache", "1" } }, m_options.timeout, stop);
        const bool isAnswered = body.has_value();
        auto notes = !body ? Result<PromNotes>(std::unexpected(body.error())) : m_reader.matrix(std::move(*body), [&](std::span<const PromLabel> labels, std::span<const PromPoint> points) {
            std::map<std::string, std::string> who;
            for (const auto& [name, text] : labels)
                who.emplace(name, text);
            auto& its = joined[std::move(who)];
            for (const auto& [at, value] : points)
                if (const Time time(std::chrono::milliseconds(std::llround(at * 1000))); its.empty() || its.back().first < time)
                    its.emplace_back(time, value);
        });
        if (!notes) {
            auto error = isAnswered ? placed(notes.error()) : notes.error();
            if (parts > 1)
                error.what = "part " + std::to_string(part + 1) + " of " + std::to_string(parts) + ", from " + rfc3339(Time(std::chrono::milliseconds(begin)), TimeDigits::Milliseconds) + ": " + error.what;
            return std::unexpected(std::move(error));
        }
        warnings.insert(notes->warnings.begin(), notes->warnings.end());
    }
    for (auto& [labels, points] : joined)
        made.series.push_back({ labels, std::move(points) });
    made.warnings.assign(warnings.begin(), warnings.end());
    return made;
}

Result<PromPast> PromStore::past(const PromFleet& fleet, Time from, Time to, std::chrono::milliseconds step, const std::stop_token& stop)
{
    auto queries = fleet.historyQueries();
    const auto nodes = fleet.nodeHistoryQuery();
    if (queries.empty() && nodes.empty())
        return fail(Error::Kind::NotFound, "the store tells of no GPUs", m_options.url, "does it scrape dcgm-exporter, or kube-state-metrics?");
    PromPast made;
    for (const auto& [name, query] : queries)
        made.figures.push_back(name);
    const auto placeOf = [&](const char* name) {
        const auto found = std::ranges::find(made.figures, name);
        const auto place = static_cast<std::size_t>(found - made.figures.begin());
        if (found == made.figures.end())
            made.figures.emplace_back(name);
        return place;
    };
    const auto gpus = nodes.empty() ? 0 : placeOf("gpus"), held = nodes.empty() ? 0 : placeOf("held");
    const auto ask = [&](const std::string& name, const std::string& query, const std::function<void(const PromHistory::Series&)>& take) -> Result<> {
        const auto told = range(query, from, to, step, stop);
        if (!told) {
            auto error = told.error();
            error.what = name + ": " + error.what;
            return std::unexpected(std::move(error));
        }
        for (const auto& series : told->series)
            take(series);
        made.warnings.insert(told->warnings.begin(), told->warnings.end());
        return {};
    };
    const auto cell = [&](Time at, std::size_t figure) -> std::optional<double>& {
        auto& row = made.rows[at];
        row.resize(made.figures.size());
        return row[figure];
    };
    for (std::size_t i = 0; i < queries.size(); ++i)
        if (const auto asked = ask(queries[i].first, queries[i].second, [&](const PromHistory::Series& series) {
                for (const auto& [at, value] : series.points)
                    cell(at, i) = value;
            });
            !asked)
            return std::unexpected(asked.error());
    if (!nodes.empty())
        if (const auto asked = ask("nodes", nodes, [&](const PromHistory::Series& series) {
                const auto each = fleet.nodeThen(series.labels);
                for (const auto& [at, count] : series.points) {
                    cell(at, gpus) = cell(at, gpus).value_or(0) + each.gpus * count;
                    cell(at, held) = cell(at, held).value_or(0) + each.held * count;
                }
            });
            !asked)
            return std::unexpected(asked.error());
    return made;
}

std::string PromStore::version(const std::stop_token& stop)
{
    const auto answerTo = [&](const char* path) {
        HttpRequest request;
        request.url = m_options.url + path;
        request.timeout = m_options.timeout;
        const auto answer = send(std::move(request), stop);
        return answer && answer->status == 200 ? answer->body : std::string();
    };
    const auto valueAfter = [](const std::string& body, std::string_view key, std::size_t from) {
        const auto found = body.find(key, from);
        if (found == std::string::npos)
            return std::string();
        const auto begin = found + key.size();
        return body.substr(begin, std::min<std::size_t>(body.find('"', begin) - begin, 40));
    };
    // Managed stores have neither of the two pages; builds of distributions may not know their own version.
    if (const auto told = valueAfter(answerTo("/api/v1/status/buildinfo"), "\"version\":\"", 0); !told.empty())
        return "version " + told;
    const auto metrics = answerTo("/metrics");
    const auto own = metrics.find("\nvm_app_version{");
    if (own == std::string::npos && !metrics.starts_with("vm_app_version{"))
        return "unknown version";
    const auto told = valueAfter(metrics, "short_version=\"", own == std::string::npos ? 0 : own);
    return "VictoriaMetrics" + (told.empty() ? std::string() : " " + told);
}

Result<> PromStore::discover(PromFleet& fleet, std::mutex& mutex, const std::stop_token& stop)
{
    std::map<std::string, double> found;
    if (auto asked = ask(PromFleet::discovery(), 0, mutex, stop, [&](std::span<const PromLabel> labels, double value) {
            for (const auto& [name, text] : labels)
                if (name == "metric")
                    found[std::string(text)] = value;
        });
        !asked)
        return std::unexpected(asked.error());
    PromPods pods = PromPods::None;
    bool someTellNone = false;
    {
        const std::lock_guard lock(mutex);
        fleet.setCaseless(knowsNoCase(m_options.url));
        fleet.discovered(found, pods);
    }
    if (fleet.queries().empty() || (fleet.identity().empty() && fleet.hasMeasured()))
        return fail(Error::Kind::NotFound, fleet.hasMeasured() ? "the store holds no GPU metrics any more" : "the store holds no GPU metrics, and none of nodes or inference servers", m_options.url,
            "does it scrape dcgm-exporter? look for DCGM_FI_DEV_GPU_UTIL in its web page, and at its targets");
    PromDetails details;
    if (const auto query = fleet.identityDiscovery(); !query.empty()) {
        if (auto asked = ask(query, 0, mutex, stop,
                [&](std::span<const PromLabel> labels, double) {
                    for (const auto& [name, text] : labels)
                        if (name == "identity")
                            details.others.emplace(text);
                });
            !asked)
            return std::unexpected(asked.error());
        const std::lock_guard lock(mutex);
        fleet.discovered(found, pods, true, details);
    }
    if (!fleet.identity().empty())
        if (auto asked = ask(fleet.podDiscovery(), 0, mutex, stop,
                [&](std::span<const PromLabel> labels, double value) {
                    for (const auto& [name, text] : labels)
                        if (name == "pods") {
                            details.counts[std::string(text)] = value;
                            pods = std::max(pods, PromFleet::podsOf(text));
                            someTellNone = someTellNone || text == "none";
                        }
                });
            !asked)
            return std::unexpected(asked.error());
    auto says = version(stop);
    const std::lock_guard lock(mutex);
    fleet.discovered(std::move(found), pods, someTellNone, std::move(details));
    fleet.setVersion(std::move(says));
    // To count takes a server longer than to list.
    m_timeout = m_options.timeout * (fleet.isByNode() ? 3 : 1);
    m_discoveredAt = Steady::now();
    return {};
}

std::optional<Error> PromStore::round(PromFleet& fleet, std::mutex& mutex, std::optional<Error>& partial, const std::stop_token& stop)
{
    m_bytes = m_series = 0;
    if (!m_discoveredAt || Steady::now() - *m_discoveredAt > m_options.rediscoverAfter)
        if (auto found = discover(fleet, mutex, stop); !found)
            return found.error();
    {
        const std::lock_guard lock(mutex);
        fleet.begin();
    }
    std::set<std::string> warnings;
    double at = 0;
    if (const auto query = fleet.singlesQuery(); !query.text.empty()) {
        auto asked = ask(query.text, at, mutex, stop, [&](std::span<const PromLabel> labels, double value) { (void)fleet.take(query, labels, value); });
        if (!asked)
            return asked.error();
        at = asked->at;
        const std::lock_guard lock(mutex);
        fleet.singledOut();
    }
    for (const auto& query : fleet.queries()) {
        Result<> taken;
        const bool isCount = query.kind == PromQuery::Kind::Group || query.kind == PromQuery::Kind::Count || query.kind == PromQuery::Kind::CountLess;
        const bool isVital = isCount || (query.kind == PromQuery::Kind::Gpu && query.metric == fleet.identity());
        auto asked = ask(query.text, at, mutex, stop, [&](std::span<const PromLabel> labels, double value) {
            if (taken)
                taken = fleet.take(query, labels, value);
        });
        auto error = !asked ? std::optional(asked.error()) : !taken ? std::optional(taken.error()) : std::nullopt;
        if (error && isVital)
            return error;
        if (error) {
            const std::lock_guard lock(mutex);
            fleet.failed(query);
        }
        if (error && !partial) {
            partial = std::move(*error);
            partial->what += " (asked for " + (query.metric.empty() ? query.text : query.metric).substr(0, 80) + ")";
        }
        // All answers are of one moment: a GPU that falls ill between two counts would be in both, or in none.
        if (asked && at == 0)
            at = asked->at;
        if (asked && asked->series == 0 && isVital && (fleet.isByNode() ? isCount && query.kind != PromQuery::Kind::CountLess && !fleet.hasSingles() : true)) {
            m_discoveredAt.reset();
            return Error { Error::Kind::NotFound, "the store holds no GPU metrics any more", m_options.url, "do its scrapes of dcgm-exporter fail? look at its targets" };
        }
        if (asked)
            m_series += asked->series;
        if (asked)
            warnings.insert(asked->warnings.begin(), asked->warnings.end());
    }
    if (!partial && !warnings.empty())
        partial = Error { Error::Kind::Unavailable, "the store warns: " + *warnings.begin() + (warnings.size() > 1 ? " (and " + std::to_string(warnings.size() - 1) + " more)" : std::string()), m_options.url,
            "its answers may lack data until it warns no more" };
    const std::lock_guard lock(mutex);
    fleet.commit(m_options.clock());
    if (!partial)
        partial = whatIsAway(fleet, m_options.url);
    if (!partial)
        partial = howLate(fleet, m_options);
    return std::nullopt;
}

} // namespace penstock
