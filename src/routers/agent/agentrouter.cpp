// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "agentrouter/agentrouter.h"

#include <charconv>
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
        void prepare(grpc::ClientContext& context) const
        {
            if (!m_channel.token.empty())
                context.AddMetadata("authorization", "Bearer " + m_channel.token);
            context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(3));
        }
        [[nodiscard]] Error errorOf(const grpc::Status& status) const;
        [[nodiscard]] RouteReading reading(const penstock::v1::RouteState& state);

        Route m_route;
        AgentChannel m_channel;
        std::unique_ptr<penstock::v1::RouteService::Stub> m_stub;
        bool m_defined = false;
        std::uint64_t m_version = 0; ///< last seen
        std::string m_drift;
    };

    Error AgentRouter::errorOf(const grpc::Status& status) const
    {
        const auto where = "route " + m_route.name + " at " + m_channel.address;
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
        made.version = std::to_string(state.version());
        made.readAt = Time(Duration(state.read_us()));
        made.windowRequests = state.allocated_gpus();
        for (int i = 0; i < state.backends_size() && i < state.weights_size(); ++i) {
            BackendReading backend;
            backend.name = state.backends(i).name();
            backend.accepted = state.weights(i);
            if (i < state.observed_size())
                backend.observed = state.observed(i);
            made.backends.push_back(std::move(backend));
        }
        if (m_version != 0 && state.version() != m_version && !m_drift.empty())
            m_drift.clear();
        if (m_version != 0 && state.version() != m_version)
            m_drift = state.changed_by_key().empty() ? "changed by somebody else" : "changed by " + state.changed_by_key();
        m_version = state.version();
        made.drift = m_drift;
        return made;
    }

    Result<RouteReading> AgentRouter::read()
    {
        grpc::ClientContext context;
        prepare(context);
        penstock::v1::RouteState state;
        grpc::Status status;
        if (!m_defined) {
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
            status = m_stub->Define(&context, request, &state);
            m_defined = status.ok();
        } else {
            penstock::v1::GetRouteRequest request;
            request.set_route(m_route.name);
            status = m_stub->Get(&context, request, &state);
            // An agent that started anew does not know the route any more.
            if (!status.ok())
                m_defined = false;
        }
        if (!status.ok())
            return std::unexpected(errorOf(status));
        if (state.backends_size() != static_cast<int>(m_route.backends.size())) {
            m_defined = false;
            return fail(Error::Kind::Conflict, "the agent's route has other backends", m_channel.address, "somebody redefined it");
        }
        return reading(state);
    }

    Result<RouteReading> AgentRouter::apply(const Weights& weights, const std::string& expected, const std::string& key)
    {
        grpc::ClientContext context;
        prepare(context);
        penstock::v1::SetRouteRequest request;
        request.set_route(m_route.name);
        std::uint64_t version = 0;
        std::from_chars(expected.data(), expected.data() + expected.size(), version);
        request.set_expected_version(version);
        request.set_idempotency_key(key);
        for (const double weight : weights)
            request.add_weights(weight);
        penstock::v1::RouteState state;
        if (auto status = m_stub->Set(&context, request, &state); !status.ok())
            return std::unexpected(errorOf(status));
        m_version = state.version();
        m_drift.clear();
        return reading(state);
    }

} // namespace

std::unique_ptr<Router> makeAgentRouter(Route route, AgentChannel channel)
{
    return std::make_unique<AgentRouter>(std::move(route), std::move(channel));
}

} // namespace penstock
