// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "haproxy/haproxyrouter.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>

#include "haproxyhistory.h"
#include "haproxyprocess.h"
#include "requestwindow/answerwatch.h"
#include "requestwindow/recentmean.h"
#include "requestwindow/requestwindow.h"

namespace penstock {

namespace {

    using namespace haproxy;
    using Pictures = std::vector<Picture>; ///< one a process

    class HaproxyRouter final : public Router
    {
    public:
        HaproxyRouter(Route route, std::vector<Address> addresses, Clock clock)
            : m_route(std::move(route)), m_clock(std::move(clock)), m_history(m_route, addresses)
        {
            for (auto& address : addresses)
                m_processes.emplace_back(m_route, std::move(address));
            m_askAgain.resize(m_processes.size());
            m_answers.resize(m_route.backends.size());
            m_means.resize(m_processes.size(), std::vector<RecentMean>(m_route.backends.size()));
        }
        Result<RouteReading> read() override;
        Result<RouteReading> apply(const Weights& weights, const std::string& expectedVersion, const std::string& key) override;

    private:
        /// Of several processes some may be silent; an error when all are.
        [[nodiscard]] Result<Pictures> look();
        /// "tcp://127.0.0.1:9998 does not answer (one of the 3 processes of this route)"; empty: all do.
        [[nodiscard]] std::string silent(const Pictures& pictures) const;
        /// Compares with what was known and returns the reading; the pictures are what is known from now on.
        [[nodiscard]] RouteReading take(const Pictures& seen);
        void watchAnswers(const Pictures& pictures);
        /// Who takes requests and answers none of them fails them all, though no counter says so until they time out.
        void noteSilence(RouteReading& reading) const;
        void describe(RouteReading& reading, const Pictures& pictures, std::size_t server) const;
        void warn(RouteReading& reading, const Pictures& pictures) const;
        /// Says which splits it would take.
        void bound(RouteReading& reading, const Pictures& pictures) const;
        [[nodiscard]] Obedience obedience(const Picture& picture) const { return m_static ? Obedience::AllOrNothing : obedienceOf(picture.algorithm); }
        /// The weights that these shares become with this algorithm.
        [[nodiscard]] Result<std::vector<int>> wantedWeights(const Weights& shares, const Pictures& pictures) const;
        [[nodiscard]] Result<> mayBecome(const std::vector<int>& wanted, const Pictures& pictures) const;
        [[nodiscard]] Result<> change(const std::vector<int>& wanted, const Pictures& before);
        [[nodiscard]] Result<> drain(const std::vector<int>& wanted, const Pictures& before);
        [[nodiscard]] bool isOurDrain(const ServerState& server) const { return haproxyAddressOf(m_route).drains && isDrained(server) && server.weight == 0; }

        Route m_route;
        Clock m_clock;
        std::vector<HaproxyProcess> m_processes;
        History m_history;
        RequestWindow m_window;
        std::vector<AnswerWatch> m_answers; ///< by backend
        std::vector<std::vector<RecentMean>> m_means; ///< by process and backend
        std::vector<std::chrono::steady_clock::time_point> m_askAgain; ///< by process: one that hangs is not waited for each time
        bool m_static = false; ///< it has refused a weight for that
        std::deque<std::string> m_appliedKeys;
    };

    Result<Pictures> HaproxyRouter::look()
    {
        constexpr std::chrono::seconds pause(3);
        Pictures pictures(m_processes.size());
        std::optional<Error> silence;
        const auto ask = [&](std::size_t p) -> Result<> {
            auto picture = m_processes[p].look();
            if (picture) {
                pictures[p] = std::move(*picture);
                return {};
            }
            auto error = picture.error();
            if (m_processes.size() > 1)
                error.what += " (one of the " + std::to_string(m_processes.size()) + " processes of this route)";
            if (error.kind != Error::Kind::Unavailable)
                return std::unexpected(std::move(error));
            pictures[p].silent = true;
            m_askAgain[p] = std::chrono::steady_clock::now() + pause;
            silence = std::move(error);
            return {};
        };
        for (std::size_t p = 0; p < m_processes.size(); ++p) {
            pictures[p].silent = std::chrono::steady_clock::now() < m_askAgain[p];
            if (const auto asked = pictures[p].silent ? Result<>() : ask(p); !asked)
                return std::unexpected(asked.error());
        }
        const auto answers = [](const Picture& it) { return !it.silent; };
        for (std::size_t p = 0; p < m_processes.size() && std::ranges::none_of(pictures, answers) && !silence; ++p)
            if (const auto asked = ask(p); !asked)
                return std::unexpected(asked.error());
        const auto other = std::ranges::find_if(pictures, answers);
        if (other == pictures.end())
            return std::unexpected(std::move(*silence));
        for (auto& picture : pictures)
            if (picture.silent) {
                picture = *other;
                picture.silent = true;
                picture.queued = 0;
                std::ranges::fill(picture.stats, std::nullopt);
            }
        return pictures;
    }

    std::string HaproxyRouter::silent(const Pictures& pictures) const
    {
        std::string names;
        for (std::size_t p = 0; p < pictures.size(); ++p)
            if (pictures[p].silent)
                names += (names.empty() ? "" : ", ") + m_processes[p].name();
        const auto count = std::ranges::count_if(pictures, [](const Picture& it) { return it.silent; });
        return names.empty() ? names : names + (count == 1 ? " does" : " do") + " not answer (" + std::to_string(count) + " of the " + std::to_string(pictures.size()) + " processes of this route)";
    }

    void HaproxyRouter::describe(RouteReading& reading, const Pictures& pictures, std::size_t i) const
    {
        using Condition = BackendReading::Condition;
        BackendReading backend;
        backend.name = m_route.backends[i].name;
        backend.effective = 0;
        const auto processes = static_cast<double>(pictures.size());
        std::optional<double> latency;
        std::uint64_t queued = 0;
        for (std::size_t p = 0; p < pictures.size(); ++p) {
            const auto& picture = pictures[p];
            double sum = 0, effectiveSum = 0;
            const auto effective = [&](std::size_t k) {
                const auto& stat = picture.stats[k];
                return !isUsable(picture.servers[k]) ? 0.0 : static_cast<double>(stat ? stat->effectiveWeight.value_or(picture.servers[k].weight) : picture.servers[k].weight);
            };
            for (std::size_t k = 0; k < picture.servers.size(); ++k) {
                sum += picture.servers[k].weight;
                effectiveSum += effective(k);
            }
            const auto& server = picture.servers[i];
            const auto& stat = picture.stats[i];
            backend.accepted += sum > 0 ? 100 * server.weight / sum / processes : 0;
            *backend.effective += effectiveSum > 0 ? 100 * effective(i) / effectiveSum / processes : 0;
            if (stat) {
                backend.requests += stat->requests;
                queued += stat->queued;
                if (stat->latency)
                    latency = std::max(latency.value_or(0), m_means[p][i].value().value_or(*stat->latency));
            }
            // The worst process speaks for all.
            const auto condition = conditionOf(server, stat);
            if (p > 0 && condition <= backend.condition)
                continue;
            backend.condition = condition;
            backend.note.clear();
            if (stat && condition == Condition::Down)
                backend.note = stat->checkStatus + (stat->checkText.empty() ? "" : ": " + stat->checkText);
            else if (stat && condition == Condition::Warming && stat->throttle)
                backend.note = "slow start, at " + std::to_string(*stat->throttle) + " % of its weight";
            else if (stat && condition != Condition::Up)
                backend.note = stat->status;
            if (!backend.note.empty() && pictures.size() > 1)
                backend.note += " at " + m_processes[p].name();
        }
        backend.wakesUp = backend.condition == Condition::Draining
            && std::ranges::all_of(pictures, [&](const auto& picture) { return isOurDrain(picture.servers[i]) || conditionOf(picture.servers[i], picture.stats[i]) != Condition::Draining; });
        const std::string source = "HAProxy";
        backend.observed = m_window.share(i);
        backend.guards.queue = Measured { static_cast<double>(queued), source };
        if (latency)
            backend.guards.latencyMean = Measured { *latency, source };
        if (const auto rate = m_window.errorRate(i))
            backend.guards.errorRate = Measured { *rate, source, m_window.tried(i) };
        if (const auto rate = m_window.retryRate(i))
            backend.guards.retryRate = Measured { *rate, source, m_window.tried(i) };
        reading.backends.push_back(std::move(backend));
    }

    void HaproxyRouter::watchAnswers(const Pictures& pictures)
    {
        const auto now = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < m_answers.size(); ++i) {
            std::uint64_t begun = 0, answered = 0, open = 0;
            bool gets = false;
            for (const auto& picture : pictures)
                if (const auto& stat = picture.stats[i]) {
                    begun += stat->begun;
                    answered += stat->requests;
                    open += stat->open;
                    gets = gets || picture.servers[i].weight > 0;
                }
            if (gets)
                m_answers[i].add(begun, answered, now, open);
            else
                m_answers[i].forget();
        }
    }

    void HaproxyRouter::noteSilence(RouteReading& reading) const
    {
        std::optional<double> slowest;
        for (const auto& backend : reading.backends)
            if (const auto& mean = backend.guards.latencyMean)
                slowest = std::max(slowest.value_or(0), mean->value);
        for (std::size_t i = 0; i < m_answers.size(); ++i) {
            auto& backend = reading.backends[i];
            const auto& own = backend.guards.latencyMean;
            backend.unanswered = m_answers[i].waiting();
            if (const auto count = m_answers[i].unanswered(own ? own->value : slowest); count > 0) {
                backend.guards.errorRate = Measured { 1, "HAProxy", count };
                if (backend.note.empty())
                    backend.note = "has answered none of the last " + std::to_string(count) + " requests";
            }
        }
    }

    void HaproxyRouter::warn(RouteReading& reading, const Pictures& pictures) const
    {
        for (std::size_t p = 0; p < pictures.size(); ++p) {
            const auto whose = pictures.size() > 1 ? " at " + m_processes[p].name() : std::string();
            if (!m_processes[p].mayChange())
                reading.warnings.push_back("the stats socket" + whose + " may only read: weights cannot be changed (add `level admin` to its line `stats socket`)");
            switch (obedience(pictures[p])) {
            case Obedience::AllOrNothing:
                reading.warnings.push_back("a static algorithm balances" + whose + ": while it runs, a server has its configured weight or none");
                break;
            case Obedience::Ignores: reading.warnings.push_back("`balance " + pictures[p].algorithm + "`" + whose + " ignores weights"); break;
            case Obedience::Roughly:
                reading.warnings.push_back("`balance " + pictures[p].algorithm + "`" + whose + " follows weights only roughly");
                break;
            case Obedience::Follows:
            case Obedience::Unknown: break;
            }
        }
        for (std::size_t i = 0; i < m_route.backends.size(); ++i)
            for (const auto& picture : pictures)
                if (picture.servers[i].agentChecked) {
                    const auto& name = m_route.backends[i].name;
                    reading.warnings.push_back(m_history.isDrivenByAgent(i)
                            ? "the weight of " + name + " is driven by its agent-check, now " + std::to_string(picture.servers[i].weight)
                            : name + " has an agent-check, which may change its weight");
                    break;
                }
        if (!reading.silent.empty())
            reading.warnings.push_back(reading.silent + ": what it carries and by which weights is not known; an evacuation goes on without it, nothing else does");
        if (!m_history.notice().empty())
            reading.warnings.push_back(m_history.notice());
    }

    void HaproxyRouter::bound(RouteReading& reading, const Pictures& pictures) const
    {
        using Splits = RouteReading::Splits;
        for (std::size_t p = 0; p < pictures.size(); ++p) {
            const auto& picture = pictures[p];
            if (!m_processes[p].mayChange())
                reading.fixed = "the stats socket " + m_processes[p].name() + " may only read";
            const auto how = obedience(picture);
            if (how == Obedience::Ignores)
                reading.fixed = "`balance " + picture.algorithm + "` ignores weights";
            // Nobody could have set another weight than the configured one if the algorithm were static.
            const bool whole = std::ranges::all_of(picture.servers, [](const ServerState& it) { return it.weight == 0 || it.weight == it.initialWeight; });
            if (how == Obedience::AllOrNothing)
                reading.splits = Splits::Whole;
            else if (how == Obedience::Unknown && whole && reading.splits == Splits::Any)
                reading.splits = Splits::Untried;
        }
        if (reading.splits != Splits::Any)
            for (const auto& server : pictures.front().servers)
                reading.configured.push_back(server.initialWeight);
        for (std::size_t i = 0; i < reading.backends.size(); ++i)
            if (m_history.isDrivenByAgent(i))
                reading.backends[i].fixed = "its agent-check sets its weight (say `disable agent " + haproxyAddressOf(m_route).backend + "/" + m_route.backends[i].name
                    + "` to HAProxy, or let the agent answer without a weight)";
    }

    RouteReading HaproxyRouter::take(const Pictures& seen)
    {
        RouteReading reading;
        reading.readAt = m_clock();
        reading.silent = silent(seen);
        for (const auto& picture : seen)
            reading.runningSince = std::max(reading.runningSince.value_or(Time {}), reading.readAt - picture.process.uptime);
        if (m_history.note(seen, reading.readAt))
            m_window.forget();
        const auto pictures = m_history.settled(seen);
        reading.version = m_history.version(pictures);
        reading.drift = m_history.drift();
        reading.driftedAt = m_history.driftedAt();
        const auto& lost = m_history.forgotten();
        if (const int sum = std::accumulate(lost.begin(), lost.end(), 0); sum > 0)
            for (const int weight : lost)
                reading.forgotten.push_back(100.0 * weight / sum);
        const auto add = [&reading](const std::string& text) { reading.drift += (reading.drift.empty() ? "" : "; ") + text; };
        if (const auto split = m_history.splitBrain(pictures); !split.empty())
            add(split);
        if (!pictures.front().strangers.empty())
            add(pictures.front().strangers + " takes requests and is not part of the route");

        std::vector<RequestCounters> counters(m_route.backends.size());
        double queued = 0;
        for (std::size_t p = 0; p < pictures.size(); ++p) {
            const auto& picture = pictures[p];
            queued += static_cast<double>(picture.queued);
            for (std::size_t i = 0; i < counters.size(); ++i)
                if (const auto& stat = picture.stats[i]) {
                    if (stat->latency)
                        m_means[p][i].add(stat->requests, *stat->latency);
                    counters[i].requests += stat->requests;
                    counters[i].failed += stat->failed;
                    counters[i].unanswered += stat->unanswered;
                    counters[i].retried += stat->retried;
                    counters[i].movedOn += stat->redispatched;
                    queued += static_cast<double>(stat->queued);
                }
        }
        m_window.add(std::move(counters));
        watchAnswers(pictures);
        reading.windowRequests = m_window.requests();
        for (std::size_t i = 0; i < m_route.backends.size(); ++i)
            describe(reading, pictures, i);
        noteSilence(reading);
        reading.guards.queue = Measured { queued, "HAProxy" };
        if (const auto rate = m_window.errorRate())
            reading.guards.errorRate = Measured { *rate, "HAProxy", m_window.tried() };
        if (const auto rate = m_window.retryRate())
            reading.guards.retryRate = Measured { *rate, "HAProxy", m_window.tried() };
        warn(reading, seen);
        bound(reading, pictures);
        return reading;
    }

    Result<RouteReading> HaproxyRouter::read()
    {
        const auto pictures = look();
        if (!pictures)
            return std::unexpected(pictures.error());
        return take(*pictures);
    }

    Result<std::vector<int>> HaproxyRouter::wantedWeights(const Weights& shares, const Pictures& pictures) const
    {
        auto wanted = weightsOf(shares);
        // A weight that its agent sets stays to the letter, and the others follow it.
        for (std::size_t i = 0; wanted && i < shares.size(); ++i)
            if (const int is = pictures.front().servers[i].weight; m_history.isDrivenByAgent(i) && is > 0 && shares[i] > 0 && (*wanted)[i] != is) {
                for (std::size_t k = 0; k < shares.size(); ++k)
                    (*wanted)[k] = shares[k] > 0 ? std::clamp(static_cast<int>(std::lround(shares[k] * is / shares[i])), 1, heaviest) : 0;
                break;
            }
        bool isStatic = false;
        for (const auto& picture : pictures) {
            const auto how = obedience(picture);
            if (how == Obedience::Ignores)
                return fail(Error::Kind::Refused, "`balance " + picture.algorithm + "` ignores weights: the split would not change", m_processes.front().name(),
                    "write `balance roundrobin` in its configuration");
            isStatic = isStatic || how == Obedience::AllOrNothing;
        }
        if (!wanted || !isStatic)
            return wanted;
        std::vector<int> configured;
        for (const auto& server : pictures.front().servers)
            configured.push_back(server.initialWeight);
        return allOrNothing(shares, configured);
    }

    Result<> HaproxyRouter::mayBecome(const std::vector<int>& wanted, const Pictures& pictures) const
    {
        for (std::size_t p = 0; p < pictures.size(); ++p) {
            int usable = 0;
            for (std::size_t i = 0; i < wanted.size(); ++i) {
                const auto& server = pictures[p].servers[i];
                if (isUsable(server) || (isOurDrain(server) && server.operation != 0))
                    usable += wanted[i];
                if (m_history.isDrivenByAgent(i) && wanted[i] != server.weight)
                    return fail(Error::Kind::Refused, "the weight of " + server.name + " is driven by its agent-check, which would set it back", m_processes[p].name(),
                        "say `disable agent " + haproxyAddressOf(m_route).backend + "/" + server.name + "` to HAProxy, or let the agent answer without a weight");
            }
            if (usable == 0)
                return fail(Error::Kind::Refused,
                    "no server that takes requests would be left: every weight would go to ones that are down, drained or in maintenance", m_processes[p].name(),
                    "give a share to a server that is up");
        }
        return {};
    }

    Result<> HaproxyRouter::change(const std::vector<int>& wanted, const Pictures& before)
    {
        std::size_t done = 0;
        for (std::size_t p = 0; p < before.size(); ++p) {
            std::vector<HaproxyProcess::NewWeight> changes, back;
            if (before[p].silent)
                continue;
            for (std::size_t i = 0; i < wanted.size(); ++i)
                if (wanted[i] != before[p].servers[i].weight)
                    changes.push_back({ i, wanted[i] });
            if (changes.empty())
                continue;
            // Receivers first: at no time is the sum below that of the result.
            std::ranges::stable_partition(changes, [&](const auto& it) { return it.weight > before[p].servers[it.server].weight; });
            for (const auto& it : changes)
                back.push_back({ it.server, before[p].servers[it.server].weight });
            Result<> changed;
            for (const auto& it : changes)
                if (changed && it.weight > 0 && before[p].servers[it.server].weight == 0 && isOurDrain(before[p].servers[it.server]))
                    changed = m_processes[p].setState(it.server, "ready");
            if (changed)
                changed = m_processes[p].setWeights(changes);
            if (changed) {
                ++done;
                continue;
            }
            auto error = changed.error();
            // One that does not answer now will not answer the next question either.
            const bool silent = error.kind == Error::Kind::Unavailable;
            if (!silent)
                (void)m_processes[p].setWeights(back); // what it refused to take it may refuse to give back
            bool restored = true;
            for (std::size_t k = p; k-- > 0;) {
                std::vector<HaproxyProcess::NewWeight> old;
                for (std::size_t i = 0; i < wanted.size() && !before[k].silent; ++i)
                    if (wanted[i] != before[k].servers[i].weight)
                        old.push_back({ i, before[k].servers[i].weight });
                restored = (old.empty() || m_processes[k].setWeights(old)) && restored;
            }
            if (silent)
                error.what += "; whether it has taken the weights is not known";
            if (done > 0 && restored)
                error.what += "; the weights set before it were taken back";
            else if (done > 0)
                error.what += "; " + std::to_string(done) + (done == 1 ? " process has" : " processes have") + " its new weights already";
            return std::unexpected(std::move(error));
        }
        return {};
    }

    Result<> HaproxyRouter::drain(const std::vector<int>& wanted, const Pictures& before)
    {
        for (std::size_t p = 0; p < before.size(); ++p)
            for (std::size_t i = 0; i < wanted.size() && !before[p].silent; ++i)
                if (wanted[i] == 0 && !isDrained(before[p].servers[i]) && conditionOf(before[p].servers[i], {}) != BackendReading::Condition::Maintenance)
                    if (auto drained = m_processes[p].setState(i, "drain"); !drained)
                        return drained;
        return {};
    }

    Result<RouteReading> HaproxyRouter::apply(const Weights& weights, const std::string& expectedVersion, const std::string& key)
    {
        const auto refuse = [this](Error error) {
            if (error.where.empty())
                error.where = m_processes.front().name();
            return std::unexpected(std::move(error));
        };
        if (std::ranges::find(m_appliedKeys, key) != m_appliedKeys.end())
            return read();
        if (weights.size() != m_route.backends.size())
            return refuse({ Error::Kind::Invalid, "the split has another number of shares than the route has backends", {}, {} });
        if (const auto possible = weightsOf(weights); !possible)
            return refuse(possible.error());
        const auto seen = look();
        if (!seen)
            return std::unexpected(seen.error());
        const auto reading = take(*seen);
        const auto before = m_history.settled(*seen);
        if (reading.version != expectedVersion)
            return refuse({ Error::Kind::Conflict,
                "route " + m_route.name + " is at version " + reading.version + ", not at " + expectedVersion
                    + (reading.drift.empty() ? "" : ": " + reading.drift),
                {}, "look at the weights, then plan again" });
        auto wanted = wantedWeights(weights, before);
        if (!wanted)
            return refuse(wanted.error());
        if (const auto may = mayBecome(*wanted, before); !may)
            return refuse(may.error());
        auto changed = change(*wanted, before);
        if (!changed && changed.error().kind == Error::Kind::Refused && !m_static) {
            // Whether a hash is consistent is told by nothing but this refusal; a server can still be taken out whole.
            m_static = true;
            wanted = wantedWeights(weights, before);
            if (!wanted)
                return refuse(wanted.error());
            changed = change(*wanted, before);
        }
        if (changed && haproxyAddressOf(m_route).drains)
            changed = drain(*wanted, before);
        if (!changed)
            return refuse(changed.error());

        auto after = look();
        if (!after)
            return std::unexpected(after.error());
        const auto standing = m_history.settled(*after);
        for (std::size_t p = 0; p < after->size(); ++p) {
            // A reload that has kept what was set has undone nothing.
            const bool isAsWanted = standing[p].weights() == *wanted;
            if (m_history.isReloaded(p, (*after)[p]) && !isAsWanted) {
                const auto now = take(*after);
                return refuse({ Error::Kind::Conflict, "HAProxy was " + (now.drift.empty() ? "reloaded" : now.drift) + " while weights were being set, which undoes them", {},
                    "look at the weights, then plan again" });
            }
            if (!isAsWanted && !(*after)[p].silent) {
                (void)take(*after);
                return refuse({ Error::Kind::Conflict, "HAProxy has other weights than were set: " + standing[p].text(), m_processes[p].name(),
                    "somebody else changes this route too" });
            }
        }
        m_window.forget();
        m_history.accept(*after);
        m_appliedKeys.push_back(key);
        if (m_appliedKeys.size() > 1'000)
            m_appliedKeys.pop_front();
        return take(*after);
    }

    /// HAProxy's own rule for names; it also keeps commands from being smuggled in.
    bool isName(const std::string& name)
    {
        return !name.empty() && std::ranges::all_of(name, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'
                || c == ':';
        });
    }

} // namespace

Result<std::unique_ptr<Router>> makeHaproxyRouter(const Route& route, Clock clock)
{
    const auto& words = haproxyAddressOf(route);
    std::vector<Address> addresses;
    std::vector<std::string> urls { words.url };
    urls.insert(urls.end(), words.furtherUrls.begin(), words.furtherUrls.end());
    for (const auto& url : urls) {
        auto address = parseAddress(url);
        if (!address)
            return std::unexpected(address.error());
        if (std::ranges::find(addresses, address->text, &Address::text) != addresses.end())
            return fail(Error::Kind::Invalid, "the same stats socket stands here twice", url, "name each process once");
        addresses.push_back(std::move(*address));
    }
    if (!isName(words.backend))
        return fail(Error::Kind::Invalid, "\"" + words.backend + "\" is not the name of an HAProxy backend", "route " + route.name,
            "write backend = \"NAME\" as in its configuration");
    if (route.backends.empty())
        return fail(Error::Kind::Invalid, "the route has no backends", "route " + route.name, "name the servers of the HAProxy backend");
    for (const auto& backend : route.backends)
        if (!isName(backend.name))
            return fail(Error::Kind::Invalid, "\"" + backend.name + "\" is not the name of an HAProxy server", "route " + route.name);
    return std::make_unique<HaproxyRouter>(route, std::move(addresses), std::move(clock));
}

} // namespace penstock
