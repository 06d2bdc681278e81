// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <grpcpp/grpcpp.h>

#include <penstock/v1/penstock.grpc.pb.h>

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "agentrouter/agentrouter.h"
#include "routerbench.h"
#include "support/haproxyfarm.h"

namespace penstock::test {

namespace {

    const char* const names[] = { "azure", "gcp", "aws" };

    /// Holds one route at 100, 0, 0 for ever, whatever it is told.
    class Liar final : public penstock::v1::RouteService::Service
    {
    public:
        bool isMute = false;

    private:
        static void fill(penstock::v1::RouteState& reply, const std::vector<double>& weights)
        {
            reply.set_route("chat");
            reply.set_version(1);
            reply.set_epoch(9);
            for (std::size_t i = 0; i < 3; ++i) {
                reply.add_backends()->set_name(names[i]);
                reply.add_weights(weights[i]);
            }
        }
        grpc::Status Get(grpc::ServerContext*, const penstock::v1::GetRouteRequest*, penstock::v1::RouteState* reply) override
        {
            fill(*reply, { 100, 0, 0 });
            return grpc::Status::OK;
        }
        grpc::Status Define(grpc::ServerContext*, const penstock::v1::DefineRouteRequest*, penstock::v1::RouteState* reply) override
        {
            fill(*reply, { 100, 0, 0 });
            return grpc::Status::OK;
        }
        grpc::Status Set(grpc::ServerContext* context, const penstock::v1::SetRouteRequest* request, penstock::v1::RouteState* reply) override
        {
            while (isMute && !context->IsCancelled())
                std::this_thread::yield();
            fill(*reply, { request->weights().begin(), request->weights().end() });
            return grpc::Status::OK;
        }
    };

    class AgentBench final : public RouterBench
    {
    public:
        ~AgentBench() override
        {
            die();
            if (m_liarServer)
                m_liarServer->Shutdown(std::chrono::system_clock::now());
        }
        bool start() override
        {
            QFile file(m_folder.filePath(QStringLiteral("fleet.toml")));
            QByteArray text = "seed = 1\n";
            for (const auto* name : names)
                text += QByteArray("[[cluster]]\nprovider = \"") + name + "\"\nregion = \"r\"\nname = \"" + name + "-1\"\nmodel = \"H100 80GB SXM\"\ngpus = 64\n";
            text += "[[workload]]\nname = \"chat\"\nshare = { azure = 0.5 }\nreplica_gpus = 8\n";
            return file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.flush() && run();
        }
        std::shared_ptr<Router> open() override { return openAt(m_port); }
        std::vector<double> weights() override
        {
            const auto state = get();
            return { state.weights().begin(), state.weights().end() };
        }
        void somebodyElseSets(const std::vector<int>& weights) override
        {
            grpc::ClientContext context;
            penstock::v1::SetRouteRequest request;
            request.set_route("chat");
            request.set_expected_version(get().version());
            for (const int weight : weights)
                request.add_weights(weight);
            penstock::v1::RouteState state;
            QVERIFY(stub()->Set(&context, request, &state).ok());
        }
        void die() override
        {
            m_process.kill();
            m_process.waitForFinished(10'000);
        }
        bool comeBack() override { return run(); }
        bool forget() override
        {
            die();
            return run();
        }
        std::shared_ptr<Router> openLiar() override
        {
            grpc::ServerBuilder builder;
            int port = 0;
            builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
            builder.RegisterService(&m_liar);
            m_liarServer = builder.BuildAndStart();
            return openAt(static_cast<quint16>(port));
        }
        std::shared_ptr<Router> openMute() override
        {
            m_liar.isMute = true;
            return openLiar();
        }

    private:
        bool run()
        {
            m_process.start(QStringLiteral(PENSTOCK_AGENT),
                { QStringLiteral("simulate"), m_folder.filePath(QStringLiteral("fleet.toml")), QStringLiteral("--listen"), QStringLiteral("127.0.0.1:%1").arg(m_port), QStringLiteral("--plaintext") });
            while (!m_process.canReadLine())
                if (!m_process.waitForReadyRead(20'000))
                    return false;
            return m_process.readLine().startsWith("listening");
        }
        std::shared_ptr<Router> openAt(quint16 port)
        {
            Route route;
            route.name = "chat";
            route.workload = "chat";
            for (const auto* name : names)
                route.backends.push_back({ name, Scope { .provider = name, .region = {}, .cluster = {}, .node = {} } });
            auto channel = openAgentChannel({ "grpc://127.0.0.1:" + std::to_string(port), {}, {} });
            return channel ? std::shared_ptr<Router>(makeAgentRouter(route, *channel)) : nullptr;
        }
        [[nodiscard]] std::unique_ptr<penstock::v1::RouteService::Stub> stub() const
        {
            return penstock::v1::RouteService::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(m_port), grpc::InsecureChannelCredentials()));
        }
        [[nodiscard]] penstock::v1::RouteState get() const
        {
            grpc::ClientContext context;
            penstock::v1::GetRouteRequest request;
            request.set_route("chat");
            penstock::v1::RouteState state;
            (void)stub()->Get(&context, request, &state);
            return state;
        }
        QTemporaryDir m_folder;
        quint16 m_port = freePort();
        QProcess m_process;
        Liar m_liar;
        std::unique_ptr<grpc::Server> m_liarServer;
    };

} // namespace

std::unique_ptr<RouterBench> makeAgentBench()
{
    return std::make_unique<AgentBench>();
}

} // namespace penstock::test
