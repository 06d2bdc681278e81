// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "agentrouter/agentrouter.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <grpcpp/grpcpp.h>

#include <penstock/v1/penstock.grpc.pb.h>

namespace penstock {

namespace {

    class AgentRouter final : public Router
    {
    public:
        AgentRouter(Route route, AgentChannel channel)
            : m_route(std::move(route))
            , m_channel(std::move(channel))
            , m_stub(penstock::v1::RouteService::NewStub(m_channel.channel))
        {
        }
        Result<RouteReading> read() override;
        Result<RouteReading> apply(const Weights& weights, const std::string& expected, const std::string& key) override;

    private:
        /// Fails where the token cannot be read: without it the agent would refuse, and nobody would know why.
        grpc::Status prepare(grpc::ClientContext& context)
        {
            const auto token = m_channel.token ? m_channel.token() : Result<std::string>(std::string());
            m_noToken = token ? std::nullopt : std::optional(token.error());
            if (!token)
                return { grpc::StatusCode::UNAUTHENTICATED, token.error().what };
            if (!token->empty())
                context.AddMetadata("authorization", "Bearer " + *token);
            context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(3));
            return grpc::Status::OK;
        }
        [[nodiscard]] Error errorOf(const grpc::Status& status) const;
        [[nodiscard]] grpc::Status define(penstock::v1::RouteState& state);
        [[nodiscard]] grpc::Status get(penstock::v1::RouteState& state);
        [[nodiscard]] Result<penstock::v1::RouteState> look();
        [[nodiscard]] RouteReading reading(const penstock::v1::RouteState& state);

        Route m_route;
        AgentChannel m_channel;
        std::unique_ptr<penstock::v1::RouteService::Stub> m_stub;
        std::optional<Error> m_noToken; ///< why the last call had none
        bool m_defined = false;
        std::string m_version; ///< last seen
        std::uint64_t m_epoch = 0; ///< last seen
        std::string m_drift;
        std::optional<Time> m_driftedAt;
        Weights m_ours; ///< set here last; empty: none
        bool m_forgotten = false;
    };

    /// What an agent counts begins anew with each of its runs, so the run is a part of the version.
    std::string versionOf(const penstock::v1::RouteState& state)
    {
        return std::to_string(state.version()) + (state.epoch() == 0 ? "" : "@" + std::to_string(state.epoch()));
    }

    bool isSame(const Weights& one, const Weights& other)
    {
        return std::ranges::equal(one, other, [](double a, double b) { return std::abs(a - b) < 0.01; });
    }

    Error AgentRouter::errorOf(const grpc::Status& status) const
    {
        const auto where = "route " + m_route.name + " at " + m_channel.address;
        if (m_noToken)
            return { m_noToken->kind, "the token cannot be read: " + m_noToken->what, where, m_noToken->hint };
        switch (status.error_code()) {
        case grpc::StatusCode::ABORTED: return { Error::Kind::Conflict, status.error_message(), where, "somebody changed it; look again" };
        case grpc::StatusCode::NOT_FOUND: return { Error::Kind::NotFound, status.error_message(), where, {} };
        case grpc::StatusCode::UNAUTHENTICATED: return { Error::Kind::Denied, "the agent does not accept the token", where, {} };
        case grpc::StatusCode::INVALID_ARGUMENT: return { Error::Kind::Invalid, status.error_message(), where, {} };
        default: return { Error::Kind::Unavailable, "the agent does not answer: " + status.error_message(), where, {} };
        }
    }

    RouteReading AgentRouter::reading(const penstock::v1::RouteState& state)
    {
        RouteReading made;
        made.version = versionOf(state);
        made.readAt = Time(Duration(state.read_us()));
        // By our own clock, since that of the agent may be another.
        if (state.running_us() > 0)
            made.runningSince = wallClock() - Duration(state.running_us());
        made.windowRequests = state.allocated_gpus();
        for (int i = 0; i < state.backends_size() && i < state.weights_size(); ++i) {
            BackendReading backend;
            backend.name = state.backends(i).name();
            backend.accepted = state.weights(i);
            if (i < state.observed_size())
                backend.observed = state.observed(i);
            made.backends.push_back(std::move(backend));
        }
        const auto accepted = made.accepted();
        if (!m_version.empty() && made.version != m_version) {
            const bool anew = state.epoch() != m_epoch;
            m_drift = anew                          ? "the agent was started anew"
                : state.changed_by_key().empty() ? "changed by somebody else"
                                                 : "changed by " + state.changed_by_key();
            m_driftedAt = made.readAt;
            m_forgotten = anew && !m_ours.empty() && !isSame(m_ours, accepted);
        }
        m_version = made.version;
        m_epoch = state.epoch();
        made.drift = m_drift;
        made.driftedAt = m_driftedAt;
        if (m_forgotten)
            made.forgotten = m_ours;
        return made;
    }

    grpc::Status AgentRouter::define(penstock::v1::RouteState& state)
    {
        grpc::ClientContext context;
        if (const auto ready = prepare(context); !ready.ok())
            return ready;
        penstock::v1::DefineRouteRequest request;
        request.set_route(m_route.name);
        request.set_workload(m_route.workload);
        for (const auto& backend : m_route.backends) {
            auto& made = *request.add_backends();
            made.set_name(backend.name);
            made.set_provider(backend.scope.provider);
            made.set_region(backend.scope.region);
            made.set_cluster(backend.scope.cluster);
        }
        return m_stub->Define(&context, request, &state);
    }

    grpc::Status AgentRouter::get(penstock::v1::RouteState& state)
    {
        grpc::ClientContext context;
        if (const auto ready = prepare(context); !ready.ok())
            return ready;
        penstock::v1::GetRouteRequest request;
        request.set_route(m_route.name);
        return m_stub->Get(&context, request, &state);
    }

    Result<penstock::v1::RouteState> AgentRouter::look()
    {
        penstock::v1::RouteState state;
        auto status = m_defined ? get(state) : define(state);
        // An agent that started anew holds a route of this name for every workload of its own, or none.
        if (m_defined && (status.error_code() == grpc::StatusCode::NOT_FOUND || (status.ok() && state.epoch() != m_epoch))) {
            state.Clear();
            status = define(state);
        }
        m_defined = status.ok();
        if (!status.ok())
            return std::unexpected(errorOf(status));
        if (state.backends_size() != static_cast<int>(m_route.backends.size())) {
            m_defined = false;
            return fail(Error::Kind::Conflict, "the agent's route has other backends", m_channel.address, "somebody redefined it");
        }
        return state;
    }

    Result<RouteReading> AgentRouter::read()
    {
        const auto state = look();
        if (!state)
            return std::unexpected(state.error());
        return reading(*state);
    }

    Result<RouteReading> AgentRouter::apply(const Weights& weights, const std::string& expected, const std::string& key)
    {
        grpc::ClientContext context;
        if (const auto ready = prepare(context); !ready.ok())
            return std::unexpected(errorOf(ready));
        penstock::v1::SetRouteRequest request;
        request.set_route(m_route.name);
        std::uint64_t version = 0, epoch = 0;
        const auto* last = expected.data() + expected.size();
        if (const auto read = std::from_chars(expected.data(), last, version); read.ptr != last && *read.ptr == '@')
            std::from_chars(read.ptr + 1, last, epoch);
        request.set_expected_version(version);
        request.set_expected_epoch(epoch);
        request.set_idempotency_key(key);
        for (const double weight : weights)
            request.add_weights(weight);
        penstock::v1::RouteState state;
        if (auto status = m_stub->Set(&context, request, &state); !status.ok())
            return std::unexpected(errorOf(status));
        const auto now = look();
        if (!now)
            return std::unexpected(now.error());
        if (versionOf(*now) != versionOf(state) || !isSame(Weights(now->weights().begin(), now->weights().end()), weights)) {
            (void)reading(*now);
            return fail(Error::Kind::Conflict, "the agent has other weights than were set" + (m_drift.empty() ? "" : ": " + m_drift), "route " + m_route.name + " at " + m_channel.address,
                "somebody else changes this route too");
        }
        m_version = versionOf(*now);
        m_epoch = now->epoch();
        m_drift.clear();
        m_driftedAt.reset();
        m_forgotten = false;
        m_ours = weights;
        return reading(*now);
    }

} // namespace

std::unique_ptr<Router> makeAgentRouter(Route route, AgentChannel channel)
{
    return std::make_unique<AgentRouter>(std::move(route), std::move(channel));
}

} // namespace penstock
