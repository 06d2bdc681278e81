// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "gateway/gatewayrouter.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>
#include <thread>

#include "gateway/httproute.h"
#include "kubernetes.h"
#include "observer.h"

namespace penstock {

namespace {

    using namespace gateway;
    using SteadyTime = std::chrono::steady_clock::time_point;

    /// The route as it was seen, and its split.
    struct Sight
    {
        HttpRoute route;
        Place place;
        Standing standing;
        [[nodiscard]] std::vector<int> weights() const
        {
            std::vector<int> all;
            for (const auto at : place.backends)
                all.push_back(route.rules[place.rule].backends[at].weightInForce());
            return all;
        }
        [[nodiscard]] std::string version() const { return route.version(place.rule); }
        [[nodiscard]] const std::string& lastKey() const { return route.rules[place.rule].lastKey; }
    };

    Weights sharesOf(const std::vector<int>& weights)
    {
        const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
        Weights shares;
        for (const int weight : weights)
            shares.push_back(sum > 0 ? 100 * weight / sum : 0);
        return shares;
    }

    std::string textOf(const std::vector<int>& weights)
    {
        std::string text;
        for (const int weight : weights)
            text += (text.empty() ? "" : " / ") + std::to_string(weight);
        return text;
    }

    /// Programs that put back what a repository says, by the names they are known under.
    bool isReconciler(const std::string& manager)
    {
        return std::ranges::any_of(std::initializer_list<std::string_view> { "argocd", "argo-cd", "flux", "kustomize-controller", "helm-controller", "fleet", "config-sync", "configsync" },
            [&](std::string_view name) { return manager.find(name) != std::string::npos; });
    }

    /// What the gateways say against it since `before`; empty: nothing new.
    std::string refusalSince(const Standing& before, const Standing& now)
    {
        if (!now.rejection.empty() && now.rejection != before.rejection)
            return now.rejection;
        return now.unresolved != before.unresolved ? now.unresolved : std::string();
    }

    bool areSame(const Weights& a, const Weights& b)
    {
        constexpr double rounding = 0.01;
        return std::ranges::equal(a, b, [](double x, double y) { return std::abs(x - y) < rounding; });
    }

    class GatewayRouter final : public Router
    {
    public:
        GatewayRouter(Route route, std::shared_ptr<HttpClient> http, const SecretReader& secrets, Clock clock, GatewayTiming timing)
            : m_route(std::move(route))
            , m_kubernetes(m_route, http, secrets, timing.answerWithin)
            , m_observer(gatewayAddressOf(m_route).metrics, namesOf(m_route), http, secrets, timing.answerWithin)
            , m_clock(std::move(clock))
            , m_timing(timing)
        {
        }
        Result<RouteReading> read() override;
        Result<RouteReading> apply(const Weights& weights, const std::string& expectedVersion, const std::string& key) override;

    private:
        static std::vector<std::string> namesOf(const Route& route)
        {
            std::vector<std::string> names;
            for (const auto& backend : route.backends)
                names.push_back(backend.name);
            return names;
        }
        [[nodiscard]] Result<Sight> look();
        /// Compares with what was known and returns the reading; the sight is what is known from now on.
        [[nodiscard]] RouteReading take(const Sight& sight);
        void compare(const Sight& sight);
        void lookAtGateways(const HttpRoute& route);
        /// Waits until every gateway has looked at it, for a while.
        [[nodiscard]] Result<Sight> settled(Sight sight);
        /// The sight after the patch, or why it is not in force.
        [[nodiscard]] Result<Sight> write(const Sight& before, const std::vector<int>& weights, const std::string& key);
        [[nodiscard]] std::unexpected<Error> at(Error error) const
        {
            if (error.where.empty())
                error.where = m_kubernetes.where();
            return std::unexpected(std::move(error));
        }

        Route m_route;
        Kubernetes m_kubernetes;
        Observer m_observer;
        Clock m_clock;
        GatewayTiming m_timing;
        std::optional<Sight> m_known;
        std::optional<std::vector<int>> m_inForce; ///< the weights that the gateways accepted last
        std::optional<std::vector<int>> m_ours; ///< that were set here last
        std::optional<Sight> m_replaced; ///< what those took the place of, until every gateway has accepted them
        std::vector<int> m_forgotten;
        std::string m_drift;
        std::optional<Time> m_driftedAt;
        std::vector<std::string> m_gatewayWarnings;
        SteadyTime m_gatewaysSeen {};
        std::deque<std::string> m_appliedKeys;
    };

    Result<Sight> GatewayRouter::look()
    {
        auto route = m_kubernetes.get();
        if (!route)
            return std::unexpected(route.error());
        auto place = findPlace(*route, m_route);
        if (!place)
            return at(place.error());
        Sight sight { std::move(*route), std::move(*place), {} };
        sight.standing = standingOf(sight.route);
        return sight;
    }

    void GatewayRouter::compare(const Sight& sight)
    {
        const auto& route = sight.route;
        const bool madeAnew = m_known && m_known->route.uid != route.uid;
        if (m_known && (madeAnew || m_known->route.generation != route.generation) && m_known->weights() != sight.weights()) {
            m_driftedAt = m_clock();
            m_drift = madeAnew ? "made anew by somebody else" : "weights changed by " + (route.manager.empty() ? "somebody else" : route.manager);
            // The API server keeps the time of who changes the same fields twice in a row.
            if (!route.managedSince.empty() && (madeAnew || route.managedSince != m_known->route.managedSince))
                m_drift += " at " + route.managedSince;
            // A person who sets other weights wants them; what restores an old state does not know better.
            if (m_ours && (madeAnew || isReconciler(route.manager)))
                m_forgotten = *m_ours;
            m_observer.forget();
        }
        if (sight.weights() == m_forgotten)
            m_forgotten.clear();
        if (sight.standing.pending.empty() && (sight.standing.acceptedBySome || !m_inForce))
            m_inForce = sight.weights();
        m_known = sight;
    }

    void GatewayRouter::lookAtGateways(const HttpRoute& route)
    {
        constexpr std::chrono::seconds every(15);
        const auto now = std::chrono::steady_clock::now();
        if (m_gatewaysSeen != SteadyTime {} && now - m_gatewaysSeen < every)
            return;
        m_gatewaysSeen = now;
        m_gatewayWarnings.clear();
        for (const auto& parent : route.parents) {
            if (parent.kind != "Gateway")
                continue;
            const auto gateway = m_kubernetes.gateway(parent);
            if (!gateway) {
                m_gatewayWarnings.push_back("whether gateway " + parent.name + " serves is not known: " + gateway.error().what);
                if (gateway.error().kind == Error::Kind::Unavailable)
                    break; // one that does not answer now will not answer the next question either
                continue;
            }
            const auto programmed = std::ranges::find(gateway->conditions, "Programmed", &Condition::type);
            if (programmed != gateway->conditions.end() && programmed->status != "True")
                m_gatewayWarnings.push_back("gateway " + parent.name + " is not programmed, " + programmed->reason + (programmed->message.empty() ? "" : ": " + programmed->message.substr(0, 300)));
        }
    }

    RouteReading GatewayRouter::take(const Sight& sight)
    {
        compare(sight);
        const auto& standing = sight.standing;
        RouteReading reading;
        reading.version = sight.version();
        reading.readAt = m_clock();
        reading.drift = m_drift;
        reading.driftedAt = m_driftedAt;
        reading.pending = standing.pending;
        if (!m_forgotten.empty())
            reading.forgotten = sharesOf(m_forgotten);
        if (!sight.place.strangers.empty())
            reading.drift += (m_drift.empty() ? "" : "; ") + sight.place.strangers + " takes requests and is not part of the route";
        // Until the gateways have looked, what they serve is what they accepted before.
        const auto accepted = sharesOf(standing.pending.empty() || !m_inForce ? sight.weights() : *m_inForce);
        for (std::size_t i = 0; i < m_route.backends.size(); ++i) {
            BackendReading backend;
            backend.name = m_route.backends[i].name;
            backend.accepted = accepted[i];
            if (isServedByNobody(standing)) {
                backend.condition = BackendReading::Condition::Down;
                backend.note = "no gateway serves it: " + standing.rejection;
            } else if (standing.unresolved.find(backend.name) != std::string::npos) {
                backend.condition = BackendReading::Condition::Down;
                backend.note = standing.unresolved;
            }
            reading.backends.push_back(std::move(backend));
        }
        for (const auto* problem : { &standing.rejection, &standing.unresolved, &standing.untaken })
            if (!problem->empty())
                reading.warnings.push_back(*problem);
        if (isReconciler(sight.route.manager))
            reading.warnings.push_back(sight.route.manager + " manages this route and may put its own weights back");
        if (m_replaced && sight.weights() == m_ours) {
            reading.refused = refusalSince(m_replaced->standing, standing);
            if (standing.pending.empty() && reading.refused.empty())
                m_replaced.reset();
        }
        lookAtGateways(sight.route);
        reading.warnings.insert(reading.warnings.end(), m_gatewayWarnings.begin(), m_gatewayWarnings.end());
        m_observer.observe(reading);
        return reading;
    }

    Result<RouteReading> GatewayRouter::read()
    {
        const auto sight = look();
        if (!sight)
            return std::unexpected(sight.error());
        return take(*sight);
    }

    Result<Sight> GatewayRouter::settled(Sight sight)
    {
        const auto until = std::chrono::steady_clock::now() + m_timing.acceptWithin;
        const auto version = sight.version();
        while (!sight.standing.pending.empty() && std::chrono::steady_clock::now() < until) {
            std::this_thread::sleep_for(m_timing.poll);
            auto next = look();
            if (!next)
                return std::unexpected(next.error());
            sight = std::move(*next);
            if (sight.version() != version)
                break;
        }
        return sight;
    }

    Result<Sight> GatewayRouter::write(const Sight& before, const std::vector<int>& weights, const std::string& key)
    {
        auto patched = m_kubernetes.patch(patchOf(before.route, before.place, weights, key));
        auto after = look();
        const auto isUnfounded = [&] {
            return !patched && patched.error().kind == Error::Kind::Conflict && after && after->version() == before.version();
        };
        // The API server gives up on a patch when the status changes too often under it; and whoever writes another rule at
        // the same time, as one plan may of all of them, is faster once.
        constexpr int mostRules = 16;
        auto seen = before.route.moment();
        for (int retries = 2, others = mostRules; isUnfounded();) {
            if (auto& left = after->route.moment() == seen ? retries : others; left-- == 0)
                break;
            seen = after->route.moment();
            patched = m_kubernetes.patch(patchOf(after->route, after->place, weights, key));
            after = look();
        }
        // What was cut off on its way back, or sent again by the network and refused, may have been done.
        const bool arrived = patched || (after && after->lastKey() == key);
        if (!arrived) {
            auto error = patched.error();
            if (error.kind == Error::Kind::Unavailable && !after)
                error.what += "; whether it has the new weights is not known";
            else if (isUnfounded())
                error = { Error::Kind::Invalid, "the API server refuses the patch as a conflict, and the route has not changed: " + error.what, {},
                    "a webhook may refuse it; look at the API server's log" };
            return at(std::move(error));
        }
        if (!after)
            return after;
        if (after->weights() != weights && after->lastKey() == key && after->route.manager == fieldManager) {
            // What an admission webhook writes has the name of who was admitted.
            auto sets = textOf(after->weights());
            m_known = std::move(*after);
            return at({ Error::Kind::Conflict, "a webhook or a policy of the cluster made " + sets + " of " + textOf(weights), {}, "ask whoever keeps them; that is what the route has now" });
        }
        if (after->weights() != weights || after->lastKey() != key) {
            compare(*after);
            return at({ Error::Kind::Conflict, "it has other weights than were set" + (m_drift.empty() ? "" : ": " + m_drift), {},
                "somebody else, or a webhook, changes this route too" });
        }
        return settled(std::move(*after));
    }

    Result<RouteReading> GatewayRouter::apply(const Weights& weights, const std::string& expectedVersion, const std::string& key)
    {
        if (weights.size() != m_route.backends.size())
            return at({ Error::Kind::Invalid, "the split has another number of shares than the route has backends", {}, {} });
        const auto wanted = weightsOf(weights);
        if (!wanted)
            return at(wanted.error());
        const auto before = look();
        if (!before)
            return std::unexpected(before.error());
        // Another run of this program may have done it and died before it heard so. Where it was undone since, the rule is at
        // the version that it had before, and it is done again.
        const bool wasDone = std::ranges::find(m_appliedKeys, key) != m_appliedKeys.end() || (!key.empty() && before->lastKey() == key);
        if (wasDone && before->version() != expectedVersion)
            return take(*before);
        compare(*before);
        if (const auto version = before->version(); version != expectedVersion)
            return at({ Error::Kind::Conflict,
                "route " + m_route.name + " is at version " + version + ", not at " + expectedVersion + (m_drift.empty() ? "" : ": " + m_drift), {},
                "look at the weights, then plan again" });
        // What they refuse is taken back.
        const bool goesBack = m_replaced && before->weights() == m_ours && areSame(sharesOf(m_replaced->weights()), weights);
        if (isServedByNobody(before->standing) && !goesBack)
            return at({ Error::Kind::Refused, "no gateway serves it: " + before->standing.rejection, {}, "cure that first; weights change nothing" });

        auto after = write(*before, *wanted, key);
        if (!after)
            return std::unexpected(after.error());
        if (const auto refused = refusalSince(before->standing, after->standing); after->weights() == *wanted && !refused.empty()) {
            Error error { Error::Kind::Refused, refused, {}, "the weights are not in force" };
            const auto back = write(*after, before->weights(), key + " taken back");
            error.what += back ? "; the weights were taken back" : "; the weights could not be taken back: " + back.error().what;
            if (back)
                m_known = *back;
            return at(std::move(error));
        }
        if (after->weights() != *wanted) {
            compare(*after);
            return at({ Error::Kind::Conflict, "somebody else changed the route right after it was set" + (m_drift.empty() ? "" : ": " + m_drift), {},
                "look at the weights, then plan again" });
        }
        m_known = *after;
        m_ours = *wanted;
        m_replaced = *before;
        m_drift.clear();
        m_driftedAt.reset();
        m_forgotten.clear();
        m_observer.forget();
        m_appliedKeys.push_back(key);
        if (m_appliedKeys.size() > 1'000)
            m_appliedKeys.pop_front();
        return take(*after);
    }

    /// A name of Kubernetes; it also keeps other paths from being smuggled in.
    bool isName(const std::string& name)
    {
        return !name.empty() && name.size() <= 253 && std::ranges::all_of(name, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
        });
    }

} // namespace

Result<std::unique_ptr<Router>> makeGatewayRouter(
    const Route& route, std::shared_ptr<HttpClient> http, SecretReader secrets, Clock clock, GatewayTiming timing)
{
    const auto where = "route " + route.name;
    const auto& address = gatewayAddressOf(route);
    if (!address.url.starts_with("https://") && !address.url.starts_with("http://"))
        return fail(Error::Kind::Invalid, "\"" + address.url + "\" is not the address of a Kubernetes API", where, "write https://HOST:PORT");
    for (const auto& [key, name] : { std::pair { "namespace", &address.httpRoute.nameSpace }, std::pair { "name", &address.httpRoute.name } })
        if (!isName(*name))
            return fail(Error::Kind::Invalid, "\"" + *name + "\" is not a " + key + " of Kubernetes", where, "compare with kubectl get httproutes -A");
    if (route.backends.empty())
        return fail(Error::Kind::Invalid, "the route has no backends", where, "name the backendRefs of its rule");
    return std::make_unique<GatewayRouter>(route, std::move(http), secrets, std::move(clock), timing);
}

} // namespace penstock
