// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "haproxy/haproxyrouter.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <deque>
#include <map>
#include <set>

#include "haproxy/answers.h"
#include "runtimeapi.h"

namespace penstock {

namespace {

    using namespace haproxy;

    std::string timeOfDay(Time at)
    {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
        const std::chrono::hh_mm_ss clock(seconds - std::chrono::floor<std::chrono::days>(seconds));
        std::array<char, 32> text {};
        std::snprintf(text.data(), text.size(), "%02d:%02d:%02d UTC", static_cast<int>(clock.hours().count()),
            static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
        return text.data();
    }

    /// The shares of requests since the weights changed last, over the last mostRequestsObserved.
    class Window
    {
    public:
        void forget() { m_samples.clear(); }
        void add(std::vector<std::uint64_t> counters)
        {
            if (!m_samples.empty()) {
                const auto& last = m_samples.back();
                for (std::size_t i = 0; i < counters.size(); ++i)
                    if (last.size() != counters.size() || counters[i] < last[i]) {
                        m_samples.clear(); // somebody cleared the counters
                        break;
                    }
            }
            if (!m_samples.empty() && m_samples.back() == counters)
                return;
            m_samples.push_back(std::move(counters));
            while (m_samples.size() > 2 && since(m_samples[1]) >= mostRequestsObserved)
                m_samples.pop_front();
        }
        [[nodiscard]] std::uint64_t requests() const { return m_samples.empty() ? 0 : since(m_samples.front()); }
        [[nodiscard]] std::optional<double> share(std::size_t i) const
        {
            const auto all = requests();
            if (all < leastRequestsObserved)
                return std::nullopt;
            return 100.0 * static_cast<double>(m_samples.back()[i] - m_samples.front()[i]) / static_cast<double>(all);
        }

    private:
        [[nodiscard]] std::uint64_t since(const std::vector<std::uint64_t>& sample) const
        {
            std::uint64_t sum = 0;
            for (std::size_t i = 0; i < sample.size(); ++i)
                sum += m_samples.back()[i] - sample[i];
            return sum;
        }
        std::deque<std::vector<std::uint64_t>> m_samples;
    };

    /// What HAProxy said at one time, servers in the order of the route.
    struct Picture
    {
        Process process;
        std::vector<ServerState> servers;
        std::vector<std::optional<ServerStat>> stats;
        std::string strangers; ///< servers that take traffic and that the route doesn't know

        [[nodiscard]] std::vector<int> weights() const
        {
            std::vector<int> all;
            for (const auto& server : servers)
                all.push_back(server.weight);
            return all;
        }
    };

    class HaproxyRouter final : public Router
    {
    public:
        HaproxyRouter(Route route, Address address, Clock clock)
            : m_route(std::move(route)), m_address(std::move(address)), m_clock(std::move(clock))
        {
        }
        Result<RouteReading> read() override;
        Result<RouteReading> apply(const Weights& weights, const std::string& expectedVersion, const std::string& key) override;

    private:
        struct Change
        {
            std::size_t server;
            int from, to;
        };
        [[nodiscard]] Result<Picture> look();
        /// Compares with what was known and returns the reading; the picture is what is known from now on.
        [[nodiscard]] RouteReading take(const Picture& picture);
        [[nodiscard]] Result<> set(std::size_t server, int weight);
        [[nodiscard]] std::string version(const Picture& picture) const;
        [[nodiscard]] std::unexpected<Error> at(Error error) const
        {
            if (error.where.empty())
                error.where = m_address.text;
            return std::unexpected(std::move(error));
        }

        Route m_route;
        Address m_address;
        Clock m_clock;
        Window m_window;
        std::optional<Picture> m_known;
        std::uint64_t m_reloads = 0; ///< tells a reload apart where the process id stays the same, as in containers
        std::string m_drift;
        std::deque<std::string> m_appliedKeys;
    };

    Result<Picture> HaproxyRouter::look()
    {
        Picture picture;
        const auto info = ask(m_address, "show info");
        if (!info)
            return std::unexpected(info.error());
        auto process = parseInfo(*info);
        if (!process)
            return at(info->find("Permission denied") == std::string::npos ? process.error() : errorOf(*info, "show info"));
        picture.process = std::move(*process);

        const auto command = "show servers state " + m_route.router.backend;
        const auto stateText = ask(m_address, command);
        if (!stateText)
            return std::unexpected(stateText.error());
        if (stateText->find("# ") == std::string::npos)
            return at(errorOf(*stateText, command));
        const auto states = parseServersState(*stateText);
        if (!states)
            return at(states.error());
        std::string missing, present;
        for (const auto& state : *states)
            present += (present.empty() ? "" : ", ") + state.name;
        for (const auto& backend : m_route.backends) {
            const auto found = std::ranges::find(*states, backend.name, &ServerState::name);
            if (found == states->end())
                missing += (missing.empty() ? "" : ", ") + backend.name;
            else
                picture.servers.push_back(*found);
        }
        if (!missing.empty())
            return at({ Error::Kind::NotFound, "HAProxy's backend " + m_route.router.backend + " has no server " + missing, {},
                "it has " + (present.empty() ? "none" : present) });

        const auto statCommand = "show stat " + std::to_string(picture.servers.front().backendId) + " 4 -1";
        const auto statText = ask(m_address, statCommand);
        if (!statText)
            return std::unexpected(statText.error());
        const auto stats = parseStat(*statText, m_route.router.backend);
        if (!stats)
            return at(stats.error());
        for (const auto& backend : m_route.backends) {
            const auto found = std::ranges::find(*stats, backend.name, &ServerStat::name);
            picture.stats.push_back(found == stats->end() ? std::nullopt : std::optional(*found));
        }
        for (const auto& state : *states) {
            const auto stat = std::ranges::find(*stats, state.name, &ServerStat::name);
            const bool backup = stat != stats->end() && stat->backup;
            if (state.weight > 0 && isUsable(state) && !backup
                && std::ranges::find(m_route.backends, state.name, &Route::Backend::name) == m_route.backends.end())
                picture.strangers += (picture.strangers.empty() ? "" : ", ") + state.name;
        }
        return picture;
    }

    std::string HaproxyRouter::version(const Picture& picture) const
    {
        auto text = std::to_string(picture.process.pid) + (m_reloads == 0 ? "" : "+" + std::to_string(m_reloads)) + ":";
        for (const auto& server : picture.servers)
            text += (text.back() == ':' ? "" : "/") + std::to_string(server.weight);
        return text;
    }

    RouteReading HaproxyRouter::take(const Picture& picture)
    {
        const auto now = m_clock();
        if (m_known && (picture.process.pid != m_known->process.pid || picture.process.uptime < m_known->process.uptime)) {
            if (picture.process.pid == m_known->process.pid)
                ++m_reloads;
            m_drift = "reloaded at " + timeOfDay(now - picture.process.uptime);
            m_window.forget();
        } else if (m_known && picture.weights() != m_known->weights()) {
            m_drift = "weights changed by somebody else at " + timeOfDay(now);
            m_window.forget();
        }
        m_known = picture;

        RouteReading reading;
        reading.version = version(picture);
        reading.readAt = now;
        reading.drift = m_drift;
        if (!picture.strangers.empty())
            reading.drift += (m_drift.empty() ? "" : "; ") + picture.strangers + " takes requests and is not part of the route";
        std::vector<std::uint64_t> counters;
        double sum = 0;
        for (std::size_t i = 0; i < picture.servers.size(); ++i) {
            counters.push_back(picture.stats[i] ? picture.stats[i]->requests : 0);
            sum += picture.servers[i].weight;
        }
        m_window.add(counters);
        reading.windowRequests = m_window.requests();
        for (std::size_t i = 0; i < picture.servers.size(); ++i) {
            const auto& server = picture.servers[i];
            const auto& stat = picture.stats[i];
            BackendReading backend;
            backend.name = server.name;
            backend.accepted = sum > 0 ? 100 * server.weight / sum : 0;
            backend.observed = m_window.share(i);
            backend.requests = counters[i];
            backend.condition = conditionOf(server, stat);
            if (stat && backend.condition == BackendReading::Condition::Down)
                backend.note = stat->checkStatus + (stat->checkText.empty() ? "" : ": " + stat->checkText);
            else if (stat && backend.condition == BackendReading::Condition::Warming && stat->throttle)
                backend.note = "slow start, at " + std::to_string(*stat->throttle) + " % of its weight";
            else if (stat && backend.condition != BackendReading::Condition::Up)
                backend.note = stat->status;
            reading.backends.push_back(std::move(backend));
        }
        return reading;
    }

    Result<RouteReading> HaproxyRouter::read()
    {
        const auto picture = look();
        if (!picture)
            return std::unexpected(picture.error());
        return take(*picture);
    }

    Result<> HaproxyRouter::set(std::size_t server, int weight)
    {
        const auto name = m_route.router.backend + "/" + m_route.backends[server].name;
        const auto command = "set server " + name + " weight " + std::to_string(weight);
        const auto answer = ask(m_address, command);
        if (!answer)
            return std::unexpected(answer.error());
        if (!answer->empty())
            return at(errorOf(*answer, command));
        // Success is silence, so what counts is what it says now.
        const auto back = ask(m_address, "get weight " + name);
        if (!back)
            return std::unexpected(back.error());
        const auto now = parseWeight(*back);
        if (!now)
            return at(errorOf(*back, "get weight " + name));
        if (*now != weight)
            return at({ Error::Kind::Conflict,
                name + " has the weight " + std::to_string(*now) + " right after it was set to " + std::to_string(weight), {},
                "an agent-check or somebody else changes it too" });
        return {};
    }

    Result<RouteReading> HaproxyRouter::apply(const Weights& weights, const std::string& expectedVersion, const std::string& key)
    {
        if (std::ranges::find(m_appliedKeys, key) != m_appliedKeys.end())
            return read();
        if (weights.size() != m_route.backends.size())
            return at({ Error::Kind::Invalid, "the split has another number of shares than the route has backends", {}, {} });
        const auto wanted = weightsOf(weights);
        if (!wanted)
            return at(wanted.error());
        const auto before = look();
        if (!before)
            return std::unexpected(before.error());
        const auto reading = take(*before);
        if (reading.version != expectedVersion)
            return at({ Error::Kind::Conflict,
                "route " + m_route.name + " is at version " + reading.version + ", not at " + expectedVersion
                    + (m_drift.empty() ? "" : ": " + m_drift),
                {}, "look at the weights, then plan again" });

        int usable = 0;
        for (std::size_t i = 0; i < wanted->size(); ++i)
            if (isUsable(before->servers[i]))
                usable += (*wanted)[i];
        if (usable == 0)
            return at({ Error::Kind::Refused, "no server that takes requests would be left: every weight would go to ones that are down, drained or in maintenance", {},
                "give a share to a server that is up" });

        std::vector<Change> changes;
        const auto now = before->weights();
        for (std::size_t i = 0; i < wanted->size(); ++i)
            if ((*wanted)[i] != now[i])
                changes.push_back({ i, now[i], (*wanted)[i] });
        // Receivers first: at no time is the sum below that of the result.
        std::ranges::stable_partition(changes, [](const Change& change) { return change.to > change.from; });
        for (std::size_t done = 0; done < changes.size(); ++done) {
            const auto changed = set(changes[done].server, changes[done].to);
            if (changed)
                continue;
            auto error = changed.error();
            bool restored = true;
            for (std::size_t k = done; k-- > 0;)
                restored = set(changes[k].server, changes[k].from).has_value() && restored;
            if (done > 0 && restored)
                error.what += "; the weights set before it were taken back";
            else if (done > 0)
                error.what += "; " + std::to_string(done) + " of " + std::to_string(changes.size()) + " weights were set before it";
            return at(std::move(error));
        }

        auto after = look();
        if (!after)
            return std::unexpected(after.error());
        if (after->process.pid != before->process.pid || after->process.uptime < before->process.uptime) {
            (void)take(*after);
            return at({ Error::Kind::Conflict, "HAProxy was " + m_drift + ", while weights were being set, which undoes them", {},
                "look at the weights, then plan again" });
        }
        if (after->weights() != *wanted) {
            (void)take(*after);
            return at({ Error::Kind::Conflict, "HAProxy has other weights than were set: " + version(*after), {},
                "somebody else changes this route too" });
        }
        m_window.forget();
        m_drift.clear();
        m_known = *after;
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
    auto address = parseAddress(route.router.url);
    if (!address)
        return std::unexpected(address.error());
    if (!isName(route.router.backend))
        return fail(Error::Kind::Invalid, "\"" + route.router.backend + "\" is not the name of an HAProxy backend", "route " + route.name,
            "write backend = \"NAME\" as in its configuration");
    if (route.backends.empty())
        return fail(Error::Kind::Invalid, "the route has no backends", "route " + route.name, "name the servers of the HAProxy backend");
    for (const auto& backend : route.backends)
        if (!isName(backend.name))
            return fail(Error::Kind::Invalid, "\"" + backend.name + "\" is not the name of an HAProxy server", "route " + route.name);
    return std::make_unique<HaproxyRouter>(route, std::move(*address), std::move(clock));
}

} // namespace penstock
