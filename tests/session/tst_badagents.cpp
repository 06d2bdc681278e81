// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>
#include <functional>
#include <grpcpp/grpcpp.h>
#include <penstock/v1/penstock.grpc.pb.h>

#include "session/session.h"

using namespace penstock;

namespace {

penstock::v1::Frame inventory()
{
    penstock::v1::Frame frame;
    auto* it = frame.mutable_inventory();
    it->set_epoch(7);
    it->set_source_version("bad agent");
    auto* cluster = it->add_clusters();
    cluster->set_provider("azure");
    cluster->set_region("eastus");
    cluster->set_name("a");
    it->add_models()->set_name("H100 80GB SXM");
    auto* node = it->add_nodes();
    node->set_name("n0");
    node->set_gpus(8);
    it->add_workloads("chatgpt");
    it->set_last(true);
    return frame;
}

penstock::v1::Frame samples(std::uint64_t sequence)
{
    penstock::v1::Frame frame;
    auto* it = frame.mutable_samples();
    it->set_epoch(7);
    it->set_sequence(sequence);
    it->set_observed_us(std::chrono::duration_cast<std::chrono::microseconds>(wallClock().time_since_epoch()).count());
    it->set_state(std::string(8, '\x01'));
    it->set_health(std::string(8, '\0'));
    it->set_workload(std::string(16, '\0'));
    it->set_utilisation(std::string(8, '\x50'));
    it->set_temperature(std::string(8, '\x30'));
    it->set_power(std::string(16, '\x10'));
    it->set_memory_used(std::string("\x00\x10\x00\x00", 4) + std::string(28, '\0'));
    it->set_completes_picture(true);
    return frame;
}

/// Sends a good picture, then what it is told to: each time that it is called, or only the first time.
class BadAgent final : public penstock::v1::FleetService::Service
{
public:
    enum class Bad { Always, Once };
    explicit BadAgent(penstock::v1::Frame bad, Bad often = Bad::Always) : m_bad(std::move(bad)), m_often(often)
    {
        grpc::ServerBuilder builder;
        builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &m_port);
        builder.RegisterService(this);
        m_server = builder.BuildAndStart();
    }
    ~BadAgent() override
    {
        m_ending = true;
        m_server->Shutdown(std::chrono::system_clock::now());
    }
    [[nodiscard]] int port() const { return m_port; }
    [[nodiscard]] int calls() const { return m_calls; }

    grpc::Status Watch(grpc::ServerContext* context, const penstock::v1::WatchRequest*, grpc::ServerWriter<penstock::v1::Frame>* writer) override
    {
        const bool isBad = m_calls++ == 0 || m_often == Bad::Always;
        writer->Write(inventory());
        writer->Write(samples(1));
        writer->Write(isBad ? m_bad : samples(2));
        while (!context->IsCancelled() && !m_ending)
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return grpc::Status::OK;
    }

private:
    penstock::v1::Frame m_bad;
    Bad m_often;
    int m_port = 0;
    std::atomic<bool> m_ending = false;
    std::atomic<int> m_calls = 0;
    std::unique_ptr<grpc::Server> m_server;
};

Workspace workspace(int port)
{
    Workspace made;
    made.name = "test";
    made.endpoints.push_back({ .name = "bad", .kind = "agent", .url = "grpc://127.0.0.1:" + std::to_string(port), .token = {}, .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} });
    return made;
}

} // namespace

/// Whatever an agent sends, the console goes on, says what was wrong, and keeps the last good picture.
class TestBadAgents final : public QObject
{
    Q_OBJECT

private slots:
    void aWrongFrameIsRefusedWithAReason_data();
    void aWrongFrameIsRefusedWithAReason();
    void aGapIsHealedWithAWholePicture();
    void garbageOnTheSocketIsNotAnAgent();
};

using Spoil = std::function<void(penstock::v1::Frame&)>;
Q_DECLARE_METATYPE(Spoil)

void TestBadAgents::aWrongFrameIsRefusedWithAReason_data()
{
    QTest::addColumn<Spoil>("spoil");
    QTest::newRow("columns of different lengths") << Spoil([](auto& frame) { frame.mutable_samples()->set_power("xx"); });
    QTest::newRow("more rows than there are") << Spoil([](auto& frame) { frame.mutable_samples()->set_first_row(5); });
    QTest::newRow("a row number out of range") << Spoil([](auto& frame) { frame.mutable_samples()->set_rows(std::string(32, '\x7f')); });
    QTest::newRow("an impossible state") << Spoil([](auto& frame) { frame.mutable_samples()->set_state(std::string(8, '\x2a')); });
    QTest::newRow("an impossible utilisation") << Spoil([](auto& frame) { frame.mutable_samples()->set_utilisation(std::string(8, '\xc8')); });
    QTest::newRow("a workload that nobody named") << Spoil([](auto& frame) { frame.mutable_samples()->set_workload(std::string(16, '\x05')); });
    QTest::newRow("an epoch that was never announced") << Spoil([](auto& frame) { frame.mutable_samples()->set_epoch(8); });
    QTest::newRow("a gap") << Spoil([](auto& frame) { frame.mutable_samples()->set_sequence(9); });
    QTest::newRow("an inventory with an index out of range") << Spoil([](auto& frame) {
        frame = inventory();
        frame.mutable_inventory()->mutable_nodes(0)->set_cluster(4'000'000'000U);
    });
    QTest::newRow("an absurd number of GPUs") << Spoil([](auto& frame) {
        frame = inventory();
        frame.mutable_inventory()->set_epoch(9);
        frame.mutable_inventory()->mutable_nodes(0)->set_gpus(4'000'000'000U);
    });
    QTest::newRow("nothing at all") << Spoil([](auto& frame) { frame.Clear(); });
}

void TestBadAgents::aWrongFrameIsRefusedWithAReason()
{
    QFETCH(Spoil, spoil);
    auto bad = samples(2);
    spoil(bad);
    BadAgent agent(bad);
    Session session(workspace(agent.port()), {});
    session.start();
    QTRY_VERIFY_WITH_TIMEOUT(session.endpoints()[0].error.has_value(), 10000);
    QVERIFY(!session.endpoints()[0].error->what.empty());
    QVERIFY(session.endpoints()[0].refusedFrames > 0);
    QCOMPARE(session.endpoints()[0].refusedReason, session.endpoints()[0].error->what);
    QVERIFY(session.endpoints()[0].refusedAt.has_value());
    QTRY_COMPARE_WITH_TIMEOUT(session.snapshot()->total().gpus, 8U, 5000);
    // It is asked again, but not without a pause.
    const int calls = agent.calls();
    QTRY_VERIFY_WITH_TIMEOUT(agent.calls() > calls, 10000);
    QVERIFY(agent.calls() < 20);
    QCOMPARE(session.snapshot()->total().gpus, 8U);
    QCOMPARE(session.snapshot()->total().count(GpuState::Busy), 8U);
}

void TestBadAgents::aGapIsHealedWithAWholePicture()
{
    auto late = samples(4);
    late.mutable_samples()->set_utilisation(std::string(8, '\x20'));
    BadAgent agent(late, BadAgent::Bad::Once);
    Session session(workspace(agent.port()), {});
    session.start();
    QTRY_COMPARE_WITH_TIMEOUT(session.endpoints()[0].gaps, 1U, 10000);
    QTRY_VERIFY_WITH_TIMEOUT(session.endpoints()[0].connection == Connection::Live && agent.calls() == 2, 10000);
    QTRY_VERIFY(session.isComplete());
    QCOMPARE(session.endpoints()[0].gaps, 1U);
    QCOMPARE(session.endpoints()[0].refusedFrames, 1U);
    // The reason stays the gap: asking again is no failure of the agent.
    QCOMPARE(session.endpoints()[0].error->what, session.endpoints()[0].refusedReason);
    QCOMPARE(session.endpoints()[0].errorsLastHour, 1U);
    // What came with the gap was never shown.
    QCOMPARE(session.snapshot()->total().utilisation.mean(), 80.0);
}

void TestBadAgents::garbageOnTheSocketIsNotAnAgent()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    connect(&server, &QTcpServer::newConnection, this, [&] {
        auto* socket = server.nextPendingConnection();
        socket->write(QByteArray(4096, '\xa5'));
    });
    Session session(workspace(server.serverPort()), {});
    session.start();
    QTRY_VERIFY_WITH_TIMEOUT(session.endpoints()[0].connection == Connection::Failing, 15000);
    QVERIFY(session.endpoints()[0].error.has_value());
    QCOMPARE(session.snapshot()->total().gpus, 0U);
}

QTEST_GUILESS_MAIN(TestBadAgents)
#include "tst_badagents.moc"
