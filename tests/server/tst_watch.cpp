// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <atomic>
#include <grpcpp/grpcpp.h>
#include <penstock/v1/penstock.grpc.pb.h>
#include <random>

#include "agentsource/framedecoder.h"
#include "engine/engine.h"
#include "server/agentserver.h"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t nodes = 4000;
constexpr Time start { 1'790'000'000s };

/// Every value of every GPU is another one each time, so that nothing gets smaller on the way. One second a step.
class ChangingWorld final : public World
{
public:
    explicit ChangingWorld(std::atomic<int>& steps) : m_steps(steps)
    {
        auto inventory = std::make_shared<Inventory>();
        inventory->epoch = 1;
        inventory->clusters = { { "azure", "eastus", "a" } };
        inventory->models = { { "H100 80GB SXM", 81559 } };
        for (std::uint32_t n = 0; n < nodes; ++n)
            inventory->nodes.push_back({ "n" + std::to_string(n), 0, 0, 8, {} });
        m_picture = { .inventory = inventory, .observed = start, .columns = {}, .demand = {} };
        m_picture.columns.resize(inventory->gpus());
        step();
    }
    void advance(Time) override
    {
        step();
        ++m_steps;
    }
    [[nodiscard]] const Picture& picture() const override { return m_picture; }
    [[nodiscard]] bool placesLoad() const override { return false; }
    void place(const std::string&, const std::vector<Scope>&, const Weights&) override { }

private:
    void step()
    {
        m_picture.observed += 1s;
        for (std::size_t row = 0; row < m_picture.columns.size(); ++row)
            m_picture.columns.set(row, { .state = GpuState::Busy, .health = Health::Good, .workload = noWorkload, .utilisation = static_cast<std::uint8_t>(m_random() % 101), .temperature = static_cast<std::uint8_t>(m_random() % 100), .power = static_cast<std::uint16_t>(m_random() % 9000), .memoryUsed = static_cast<std::uint32_t>(m_random() % 81559) });
    }
    std::atomic<int>& m_steps;
    Picture m_picture;
    std::mt19937 m_random { 9 };
};

/// A console's end of the stream that reads only when it is told to.
class Reader
{
public:
    explicit Reader(int port)
    {
        grpc::ChannelArguments arguments;
        arguments.SetMaxReceiveMessageSize(64 << 20);
        arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
        m_stub = penstock::v1::FleetService::NewStub(grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials(), arguments));
        penstock::v1::WatchRequest request;
        request.set_changes(true);
        request.set_deflated(true);
        m_stream = m_stub->Watch(&m_context, request);
        m_source = m_engine.addSource("a");
    }
    ~Reader()
    {
        m_context.TryCancel();
        (void)m_stream->Finish();
    }
    /// Reads on to the end of a picture and says when that was observed; nothing when a frame was refused.
    std::optional<Time> picture()
    {
        penstock::v1::Frame message;
        while (m_stream->Read(&message)) {
            ++messages;
            auto frame = m_decoder.decode(message);
            if (!frame)
                return {};
            if (!*frame)
                continue;
            if (!m_engine.apply(m_source, **frame))
                return {};
            if (const auto* samples = std::get_if<SamplesFrame>(&**frame); samples && samples->completesPicture)
                return samples->observed;
        }
        return {};
    }
    [[nodiscard]] SnapshotPtr snapshot() { return m_engine.publish(start); }
    int messages = 0;

private:
    std::unique_ptr<penstock::v1::FleetService::Stub> m_stub;
    grpc::ClientContext m_context;
    std::unique_ptr<grpc::ClientReader<penstock::v1::Frame>> m_stream;
    FrameDecoder m_decoder;
    Engine m_engine;
    SourceId m_source;
};

} // namespace

/// What a subscriber gets that reads slowly, or again.
class TestWatch final : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void aSlowConsoleGetsTheNewestPictureAndNoQueue();
    void aConsoleThatComesBackGetsAWholePicture();

private:
    /// The world takes so many further steps.
    bool passes(int steps)
    {
        const int until = m_steps + steps;
        return QTest::qWaitFor([&] { return m_steps >= until; }, 30'000);
    }
    [[nodiscard]] Time newest() const { return start + std::chrono::seconds(m_steps + 1); }
    std::atomic<int> m_steps = 0;
    std::unique_ptr<AgentServer> m_server;
};

void TestWatch::init()
{
    m_server.reset();
    m_steps = 0;
    auto server = AgentServer::start(std::make_unique<ChangingWorld>(m_steps), { .listen = "127.0.0.1:0", .plaintext = true, .certFile = {}, .keyFile = {}, .tokenFile = {}, .every = 20ms });
    QVERIFY(server);
    m_server = std::move(*server);
}

void TestWatch::aSlowConsoleGetsTheNewestPictureAndNoQueue()
{
    Reader reader(m_server->port());
    QVERIFY(reader.picture());
    constexpr int missed = 200;
    QVERIFY(passes(missed));
    // What was under way when it stopped reading may come first: what fits into the buffers of a connection.
    const auto resumed = newest();
    int old = 0;
    while (true) {
        const auto observed = reader.picture();
        QVERIFY(observed);
        if (*observed >= resumed - 1s)
            break;
        ++old;
    }
    QVERIFY2(old < missed / 4, qPrintable(QString::number(old)));
    QCOMPARE(reader.snapshot()->total().gpus, nodes * 8U);
    QCOMPARE(reader.snapshot()->total().count(GpuState::Busy), nodes * 8U);
}

void TestWatch::aConsoleThatComesBackGetsAWholePicture()
{
    {
        Reader reader(m_server->port());
        QVERIFY(reader.picture());
        QVERIFY(reader.picture());
    }
    QVERIFY(passes(20));
    const auto away = newest();
    Reader again(m_server->port());
    const auto observed = again.picture();
    QVERIFY(observed);
    QVERIFY(*observed >= away - 1s);
    QCOMPARE(again.messages, 2); // the inventory and all values: nothing of what it missed
    QCOMPARE(again.snapshot()->total().count(GpuState::Busy), nodes * 8U);
}

QTEST_GUILESS_MAIN(TestWatch)
#include "tst_watch.moc"
