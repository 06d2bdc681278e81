// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <cmath>
#include <grpcpp/grpcpp.h>
#include <penstock/v1/penstock.grpc.pb.h>

#include "agentsource/agentsource.h"
#include "agentsource/framedecoder.h"
#include "engine/trouble.h"
#include "relay/relay.h"
#include "server/agentserver.h"
#include "support/httpserver.h"
#include "support/sourcelistener.h"

using namespace penstock;
using namespace std::chrono_literals;
using Listener = test::SourceListener;

namespace {

/// Says what a test lets it say.
struct Script
{
    SourceSink* sink = nullptr;
    std::atomic<int> resyncs = 0;
};

class ScriptedSource final : public Source
{
public:
    explicit ScriptedSource(Script& script) : m_script(script) {}
    void start(SourceSink& sink) override
    {
        m_script.sink = &sink;
        sink.connection(Connection::Connecting, {});
    }
    void reconnect() override {}
    void resync() override { ++m_script.resyncs; }

private:
    Script& m_script;
};

/// A GPU for each health that there can be.
std::shared_ptr<const Inventory> inventory()
{
    auto made = std::make_shared<Inventory>();
    made->epoch = 40;
    made->sourceVersion = "Kubernetes v1.31.2";
    made->missing = { "pods (what is held, what is free, pending demand)", "telemetry" };
    made->clusters = { { "aws", "us-east-1", "a" }, { "gcp", "us-central1", "b" } };
    made->models = { { "H100 80GB SXM", 81559 }, { "unknown", 0 } };
    made->zones = { {}, "us-east-1a", "us-central1-a" };
    for (std::uint32_t n = 0; n < 32; ++n)
        made->nodes.push_back({ "n" + std::to_string(n), n / 16, n % 2, 8, n % 3 ? "p5.48xlarge" : std::string(), n % 4 ? n / 16 + 1 : 0 });
    made->nodes[3].schedulable = 80;
    made->workloads = { "chat" };
    return made;
}

SamplesFrame picture(Time observed)
{
    SamplesFrame made { .epoch = 40, .sequence = 1, .observed = observed, .rows = {}, .values = {}, .addedWorkloads = {} };
    for (std::uint32_t row = 0; row < 256; ++row)
        made.values.append({ .state = static_cast<GpuState>(row % gpuStateCount), .health = static_cast<Health>(row), .workload = row % 2 ? std::uint16_t { 0 } : noWorkload, .utilisation = static_cast<std::uint8_t>(row % 101),
            .temperature = static_cast<std::uint8_t>(row), .power = static_cast<std::uint16_t>(row * 255), .memoryUsed = row * 100 });
    return made;
}

DemandFrame demand(Time observed)
{
    constexpr auto infinite = std::numeric_limits<double>::infinity();
    return { .observed = observed,
        .demand = { { .workload = "chat", .requestsPerSecond = 12.5, .gpusNeeded = 40, .gpusUnmet = 16, .unmetWhy = { { "Unschedulable: 0/12 nodes are available", 10 }, { "Quota", 6 } } },
            { .workload = "train", .requestsPerSecond = {}, .gpusNeeded = 8, .gpusUnmet = 0 } },
        .service = { { .workload = "chat", .provider = {}, .region = {}, .cluster = "a", .running = 3.0, .waiting = 2.0, .kvUse = 0.5, .requestsPerSecond = 7.0, .errorsPerSecond = 0.0,
                         .firstToken = { .buckets = { { 50, 3 }, { 100, 5 }, { infinite, 6 } } }, .latency = { .buckets = { { 1000, 5 }, { infinite, 6 } } } },
            { .workload = "chat", .provider = {}, .region = {}, .cluster = "b" } } };
}

const Error refusal { Error::Kind::Denied, "the API server does not accept these credentials (401): Unauthorized", "https://10.0.0.1:6443, context eks", "sign in anew with your cloud's tool" };

/// The fields of the version of the protocol before standings.
penstock::v1::WatchRequest olderRequest()
{
    penstock::v1::WatchRequest request;
    request.set_changes(true);
    request.set_deflated(true);
    return request;
}

/// A subscriber that looks at the messages themselves.
class Subscriber
{
public:
    Subscriber(int port, const penstock::v1::WatchRequest& request)
        : m_stub(penstock::v1::FleetService::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials())))
        , m_stream(m_stub->Watch(&m_context, request))
    {
    }
    ~Subscriber()
    {
        m_context.TryCancel();
        if (!m_ended)
            (void)end();
    }
    std::optional<penstock::v1::Frame> next()
    {
        penstock::v1::Frame message;
        if (!m_stream->Read(&message))
            return {};
        return message;
    }
    [[nodiscard]] grpc::Status end()
    {
        m_ended = true;
        while (next()) { }
        return m_stream->Finish();
    }

private:
    grpc::ClientContext m_context;
    std::unique_ptr<penstock::v1::FleetService::Stub> m_stub;
    std::unique_ptr<grpc::ClientReader<penstock::v1::Frame>> m_stream;
    bool m_ended = false;
};

} // namespace

/// What a source says arrives through an agent as it was said, and never fresher.
class TestRelay final : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void everythingThatASourceSaysArrives();
    void whenAGpuWasFirstSeenSoArrives();
    void whatWasBrokenBeforeARestartIsNotNew();
    void whatIsNotWholeIsNotWholeBehindTheAgent();
    void aWorkloadThatComesIsAddedAndNothingIsSentAgain();
    void aSilentSourceGrowsOldAndItsAgentIsThere();
    void theTargetsThatDoNotAnswerAreToldOn();
    void aSourceThatFailsSaysWhyAndWhatToDo();
    void aTextThatIsNoneDoesNotSilenceTheAgent();
    void anAgentThatDiesIsToldApartFromItsSource();
    void aFrameThatDoesNotFollowIsRefusedAndAskedForAgain();
    void anOlderConsoleIsServedToo();
    void anOlderConsoleIsToldWhyThereIsNothing();
    void anOlderAgentSaysLess();
    void overTlsTheAuthorityIsNamedAmongWhatMayBeWrong_data();
    void overTlsTheAuthorityIsNamedAmongWhatMayBeWrong();

private:
    [[nodiscard]] std::unique_ptr<Source> connect(Listener& listener) const
    {
        auto channel = openAgentChannel({ "grpc://127.0.0.1:" + std::to_string(m_agent->port()), {}, {} });
        auto source = makeAgentSource(*channel);
        source->start(listener);
        return source;
    }
    void sayAll(Time observed) const
    {
        m_script->sink->frame(InventoryFrame { inventory(), observed });
        m_script->sink->frame(picture(observed));
        m_script->sink->frame(demand(observed));
        m_script->sink->connection(Connection::Live, {});
    }
    std::unique_ptr<Script> m_script;
    std::unique_ptr<AgentServer> m_agent;
};

void TestRelay::init()
{
    m_agent.reset();
    m_script = std::make_unique<Script>();
    auto agent = AgentServer::start(makeRelay(std::make_unique<ScriptedSource>(*m_script)), { .listen = "127.0.0.1:0", .plaintext = true, .certFile = {}, .keyFile = {}, .tokenFile = {}, .every = 20ms });
    QVERIFY(agent);
    m_agent = std::move(*agent);
}

void TestRelay::everythingThatASourceSaysArrives()
{
    const auto observed = wallClock();
    sayAll(observed);
    Listener listener;
    const auto source = connect(listener);
    QTRY_COMPARE(listener.stands().first, Connection::Live);
    QTRY_COMPARE(listener.count(), std::uint64_t { 256 });
    QTRY_VERIFY(!listener.service.empty());
    const std::lock_guard lock(listener.mutex);
    const auto sent = inventory();
    QCOMPARE(listener.inventory->sourceVersion, std::string("penstock-agent ") + PENSTOCK_VERSION + ", " + sent->sourceVersion);
    QVERIFY(listener.inventory->missing == sent->missing);
    QVERIFY(listener.inventory->clusters == sent->clusters);
    QVERIFY(listener.inventory->models == sent->models);
    QVERIFY(listener.inventory->zones == sent->zones);
    QVERIFY(listener.inventory->nodes == sent->nodes);
    QVERIFY(!listener.inventory->simulated);
    const auto snapshot = listener.engine.publish(wallClock());
    Engine direct;
    const auto id = direct.addSource("source");
    QVERIFY(direct.apply(id, InventoryFrame { sent, observed }));
    QVERIFY(direct.apply(id, picture(observed)));
    const auto expected = direct.publish(wallClock());
    QCOMPARE(snapshot->structure().nodes.size(), expected->structure().nodes.size());
    for (std::size_t n = 0; n < sent->nodes.size(); ++n) {
        const auto& node = snapshot->structure().nodes[n];
        const auto& same = expected->structure().nodes[n];
        QCOMPARE(node.name, same.name);
        QCOMPARE(node.instanceType, same.instanceType);
        QVERIFY(node.schedulable == same.schedulable);
        QCOMPARE(snapshot->structure().zones[node.zone], expected->structure().zones[same.zone]);
        for (std::uint32_t gpu = 0; gpu < node.gpus; ++gpu)
            QVERIFY(snapshot->gpu(node, gpu) == expected->gpu(same, gpu));
    }
    QVERIFY(snapshot->observed(0) == observed);
    QVERIFY(listener.demand == demand(observed).demand);
    QVERIFY(listener.service == demand(observed).service);
}

void TestRelay::whenAGpuWasFirstSeenSoArrives()
{
    // The agent has watched for ten minutes; then one GPU falls ill.
    const auto now = std::chrono::floor<std::chrono::seconds>(wallClock());
    sayAll(now - 600s);
    m_script->sink->series(1'234);
    SamplesFrame later { .epoch = 40, .sequence = 2, .observed = now - 60s, .rows = { 0, 1 }, .values = {}, .addedWorkloads = {} };
    later.values.append({ .state = GpuState::Unknown }); // as before, and nothing is measured of it any more
    later.values.append({ .state = GpuState::Unhealthy, .health = Health { 79 } });
    m_script->sink->frame(later);
    const auto heard = now - 20s;
    m_script->sink->frame(HeartbeatFrame { 40, 3, now, { { 1, 1, static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(heard.time_since_epoch()).count()) } } });
    const auto firstSeen = [](Listener& listener, std::uint32_t gpu) {
        const auto shown = listener.shown();
        for (const auto& it : troubles(*shown, {}, 1'000).list)
            if (!it.wholeCluster && shown->structure().nodes[it.place.node].name == "n0" && it.place.gpu == gpu)
                return it.firstSeen;
        return std::optional<Time>();
    };
    // Each console that comes, and one that comes again, is told.
    for (int connection = 0; connection < 2; ++connection) {
        Listener listener;
        const auto source = connect(listener);
        QTRY_COMPARE(listener.count(), std::uint64_t { 256 });
        QTRY_VERIFY(firstSeen(listener, 1) == std::optional<Time>(now - 60s));
        // Google's come first.
        QTRY_VERIFY(listener.shown()->heard(1, 1) == heard);
        QVERIFY(listener.shown()->heard(1, 0) == now && listener.shown()->heard(1, 2) == now);
        QVERIFY(firstSeen(listener, 0) == std::optional<Time>(now - 600s)); // of state 0, unknown
        QTRY_COMPARE(listener.told.load(), std::uint64_t { 1'234 });
    }
}

void TestRelay::whatWasBrokenBeforeARestartIsNotNew()
{
    const auto now = std::chrono::floor<std::chrono::seconds>(wallClock());
    const auto seconds = [](Time time) { return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count()); };
    std::optional<SavedFleet> kept;
    for (const auto observed : { now - 600s, now }) {
        Script script;
        auto world = makeRelay(std::make_unique<ScriptedSource>(script), {}, { std::exchange(kept, {}), [&](const SavedFleet& fleet) { kept = fleet; } });
        world->advance(observed);
        QVERIFY(!world->picture().inventory); // what was before is not what is
        script.sink->frame(InventoryFrame { inventory(), observed });
        script.sink->frame(picture(observed));
        world->advance(observed);
        QCOMPARE(world->picture().since.size(), std::size_t { 256 });
        const std::size_t ill = 5 + 13 * gpuStateCount, busy = 1; // XID 83, and one that may have paused
        QVERIFY(world->picture().columns.state[ill] == GpuState::Unhealthy && world->picture().columns.state[busy] == GpuState::Busy);
        QCOMPARE(world->picture().since[ill], seconds(now - 600s));
        QCOMPARE(world->picture().since[busy], seconds(observed));
        world.reset();
        QVERIFY(kept);
    }
}

void TestRelay::whatIsNotWholeIsNotWholeBehindTheAgent()
{
    sayAll(wallClock());
    m_script->sink->connection(Connection::Live, Error { Error::Kind::Unavailable, "the store warns: partial response", "https://store", "look at its queriers" });
    Listener listener;
    const auto source = connect(listener);
    // Before the first GPU is seen.
    QTRY_VERIFY(listener.stands().first == Connection::Live);
    QVERIFY2(listener.stands().second.startsWith(QLatin1String("https://store, behind the agent at grpc://127.0.0.1:")), qPrintable(listener.stands().second));
    QVERIFY(listener.stands().second.endsWith(QLatin1String(": the store warns: partial response (look at its queriers)")));
    QTRY_COMPARE(listener.count(), std::uint64_t { 256 });
    QVERIFY(!listener.stands().second.isEmpty());
    m_script->sink->connection(Connection::Live, {});
    QTRY_COMPARE(listener.stands(), std::pair(Connection::Live, QString()));
}

void TestRelay::aWorkloadThatComesIsAddedAndNothingIsSentAgain()
{
    const auto observed = wallClock();
    sayAll(observed);
    Listener listener;
    const auto source = connect(listener);
    QTRY_COMPARE(listener.count({}, "chat"), std::uint64_t { 128 });
    const auto before = listener.inventory;
    SamplesFrame more { .epoch = 40, .sequence = 2, .observed = observed + 1s, .rows = { 0, 2 }, .values = {}, .addedWorkloads = { "other", "train" } };
    for (int i = 0; i < 2; ++i)
        more.values.append({ .state = GpuState::Busy, .health = Health::Good, .workload = 2, .utilisation = 90, .temperature = 60, .power = 6000, .memoryUsed = 70'000 });
    m_script->sink->frame(more);
    QTRY_COMPARE(listener.count({}, "train"), std::uint64_t { 2 });
    QCOMPARE(listener.inventory, before);
    // Who comes now gets them at once.
    Listener later;
    const auto again = connect(later);
    QTRY_COMPARE(later.count({}, "train"), std::uint64_t { 2 });
    QCOMPARE(later.inventory->workloads.size(), std::size_t { 3 });
    // Another fleet is another one.
    auto smaller = std::make_shared<Inventory>(*inventory());
    smaller->epoch = 41;
    smaller->nodes.resize(2);
    smaller->clusters.resize(1);
    m_script->sink->frame(InventoryFrame { smaller, observed + 2s });
    auto rest = picture(observed + 2s);
    rest.epoch = 41;
    rest.values.resize(16);
    m_script->sink->frame(rest);
    QTRY_COMPARE(listener.count(), std::uint64_t { 16 });
    QVERIFY(listener.inventory != before);
}

void TestRelay::aSilentSourceGrowsOldAndItsAgentIsThere()
{
    const auto observed = wallClock() - 1h;
    sayAll(observed);
    Listener listener;
    const auto source = connect(listener);
    QTRY_COMPARE(listener.stands().first, Connection::Live);
    QTRY_VERIFY(listener.shown()->observed(0) == observed);
    QCOMPARE(listener.count(GpuState::Unknown), std::uint64_t { 256 }); // an hour old, at first sight
    penstock::v1::WatchRequest request = olderRequest();
    request.set_standing(true);
    Subscriber subscriber(m_agent->port(), request);
    // For longer than an agent may be silent itself.
    for (int standings = 0; standings < 4;) {
        auto message = subscriber.next();
        QVERIFY(message);
        QVERIFY(!message->has_heartbeat());
        standings += message->has_standing();
    }
    QCOMPARE(listener.stands(), std::pair(Connection::Live, QString()));
    QVERIFY(listener.shown()->observed(0) == observed);
}

void TestRelay::theTargetsThatDoNotAnswerAreToldOn()
{
    sayAll(wallClock());
    Listener listener;
    const auto source = connect(listener);
    QTRY_COMPARE(listener.stands().first, Connection::Live);
    const std::vector<FailingTarget> failing { { "http://10.0.0.7:9400/metrics", { Error::Kind::Unavailable, "the connection is refused", "http://10.0.0.7:9400/metrics", "is it running?" }, Time(1'790'000'000s) },
        { "http://10.0.0.8:9400/metrics", { Error::Kind::Denied, "the exporter refuses (403)", {}, "check the endpoint's token" }, {} } };
    m_script->sink->failing(std::make_shared<const std::vector<FailingTarget>>(failing));
    QTRY_VERIFY(listener.silentOnes() == failing);
    m_script->sink->failing(nullptr);
    QTRY_VERIFY(listener.silentOnes().empty());
}

void TestRelay::aSourceThatFailsSaysWhyAndWhatToDo()
{
    Listener listener;
    const auto source = connect(listener);
    QTRY_COMPARE(listener.stands().first, Connection::Connecting);
    m_script->sink->connection(Connection::Failing, refusal);
    QTRY_COMPARE(listener.stands().first, Connection::Failing);
    {
        const std::lock_guard lock(listener.mutex);
        QCOMPARE(listener.error->kind, refusal.kind);
        QCOMPARE(listener.error->what, refusal.what);
        QCOMPARE(listener.error->hint, refusal.hint);
        QCOMPARE(listener.error->where, refusal.where + ", behind the agent at grpc://127.0.0.1:" + std::to_string(m_agent->port()));
    }
    sayAll(wallClock());
    QTRY_COMPARE(listener.count(), std::uint64_t { 256 });
    QTRY_COMPARE(listener.stands(), std::pair(Connection::Live, QString()));
}

void TestRelay::aTextThatIsNoneDoesNotSilenceTheAgent()
{
    auto odd = std::make_shared<Inventory>(*inventory());
    odd->nodes[0].name = "caf\xe9"; // Latin-1
    odd->missing = { "\xff" };
    m_script->sink->frame(InventoryFrame { odd, wallClock() });
    m_script->sink->frame(picture(wallClock()));
    m_script->sink->frame(DemandFrame { .observed = wallClock(), .demand = { { .workload = "caf\xc3\xa9", .requestsPerSecond = {}, .gpusNeeded = 1, .gpusUnmet = 1, .unmetWhy = { { "\xc3", 1 } } } }, .service = {} });
    m_script->sink->connection(Connection::Live, Error { Error::Kind::Unavailable, "it says caf\xc3", {}, {} }); // cut off within a letter
    Listener listener;
    const auto source = connect(listener);
    QTRY_COMPARE(listener.count(), std::uint64_t { 256 });
    QVERIFY2(listener.stands().second.endsWith(QLatin1String("it says caf?")), qPrintable(listener.stands().second));
    QTRY_COMPARE(listener.demandOf("caf\xc3\xa9").unmetWhy.count("?"), std::size_t { 1 });
    const std::lock_guard lock(listener.mutex);
    QCOMPARE(listener.inventory->nodes[0].name, std::string("caf?"));
    QCOMPARE(listener.inventory->missing.at(0), std::string("?"));
}

void TestRelay::anAgentThatDiesIsToldApartFromItsSource()
{
    sayAll(wallClock());
    Listener listener;
    const auto source = connect(listener);
    QTRY_COMPARE(listener.count(), std::uint64_t { 256 });
    m_script->sink->connection(Connection::Failing, refusal);
    QTRY_COMPARE(listener.stands().first, Connection::Failing);
    QVERIFY2(listener.stands().second.contains(QLatin1String("behind the agent at")), qPrintable(listener.stands().second));
    m_agent.reset();
    QTRY_VERIFY(!listener.stands().second.contains(QLatin1String("behind the agent at")));
    QCOMPARE(listener.stands().first, Connection::Failing);
    QVERIFY2(listener.stands().second.contains(QLatin1String("is the agent running")), qPrintable(listener.stands().second));
}

void TestRelay::aFrameThatDoesNotFollowIsRefusedAndAskedForAgain()
{
    const auto observed = wallClock();
    sayAll(observed);
    Listener listener;
    const auto source = connect(listener);
    QTRY_COMPARE(listener.stands(), std::pair(Connection::Live, QString()));
    m_script->sink->frame(HeartbeatFrame { 40, 9, observed + 1s });
    QTRY_COMPARE(m_script->resyncs, 1);
    QTRY_VERIFY2(listener.stands().second.contains(QLatin1String("a gap")), qPrintable(listener.stands().second));
    QVERIFY(listener.shown()->observed(0) == observed);
    sayAll(observed + 2s);
    QTRY_COMPARE(listener.stands(), std::pair(Connection::Live, QString()));
    QTRY_VERIFY(listener.shown()->observed(0) == observed + 2s);
    QCOMPARE(m_script->resyncs, 1);
}

void TestRelay::anOlderConsoleIsServedToo()
{
    const auto observed = wallClock() - 1h;
    sayAll(observed);
    m_script->sink->connection(Connection::Failing, refusal);
    Listener newer;
    const auto source = connect(newer);
    QTRY_COMPARE(newer.count(), std::uint64_t { 256 });
    Subscriber subscriber(m_agent->port(), olderRequest());
    int heartbeats = 0, inventories = 0;
    FrameDecoder decoder;
    Engine engine;
    const auto id = engine.addSource("old");
    while (heartbeats < 3) {
        const auto message = subscriber.next();
        QVERIFY(message);
        QVERIFY(!message->has_standing());
        heartbeats += message->has_heartbeat();
        const auto frame = decoder.decode(*message);
        QVERIFY(frame && *frame);
        inventories += std::holds_alternative<InventoryFrame>(**frame);
        QVERIFY(engine.apply(id, **frame));
    }
    QCOMPARE(inventories, 1);
    // It hears that the agent is there, and how old its data are.
    QVERIFY(engine.publish(wallClock())->observed(0) == observed);
}

void TestRelay::anOlderConsoleIsToldWhyThereIsNothing()
{
    m_script->sink->connection(Connection::Failing, refusal);
    for (std::string says; says.find(refusal.text()) == std::string::npos;) {
        Subscriber subscriber(m_agent->port(), olderRequest());
        QVERIFY(!subscriber.next());
        const auto status = subscriber.end();
        QCOMPARE(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
        says = status.error_message();
    }
}

void TestRelay::anOlderAgentSaysLess()
{
    penstock::v1::Frame message;
    auto& asked = *message.mutable_demand()->add_demand();
    asked.set_workload("chat");
    asked.set_gpus_needed(8);
    auto frame = FrameDecoder().decode(message);
    QVERIFY(frame && *frame);
    const auto& demand = std::get<DemandFrame>(**frame);
    QVERIFY(demand.demand.at(0).unmetWhy.empty());
    QVERIFY(demand.service.empty());
    message.mutable_inventory()->set_last(true);
    FrameDecoder decoder;
    frame = decoder.decode(message);
    QVERIFY(frame && *frame);
    QVERIFY(std::get<InventoryFrame>(**frame).inventory->missing.empty());
    QVERIFY(!decoder.takeStanding());
    // What is not said is not zero.
    message.mutable_demand()->add_service()->set_workload("chat");
    frame = decoder.decode(message);
    QVERIFY(frame && *frame);
    QVERIFY(std::get<DemandFrame>(**frame).service.at(0) == ServiceLevel { .workload = "chat" });
    // A newer one may say of itself what is not known here.
    message.mutable_standing()->set_connection(static_cast<penstock::v1::Connection>(9));
    frame = decoder.decode(message);
    QVERIFY(frame && !*frame);
    QVERIFY(decoder.takeStanding() == SourceStanding { .connection = Connection::Connecting });
}

void TestRelay::overTlsTheAuthorityIsNamedAmongWhatMayBeWrong_data()
{
    QTest::addColumn<bool>("tls");
    QTest::newRow("an agent in plaintext") << false;
    QTest::newRow("an agent whose authority nobody knows here") << true;
}

void TestRelay::overTlsTheAuthorityIsNamedAmongWhatMayBeWrong()
{
    QFETCH(bool, tls);
    const test::Certificate certificate;
    if (certificate.file().isEmpty())
        QSKIP("openssl is not installed");
    QTemporaryDir folder;
    QFile token(folder.filePath(QStringLiteral("token")));
    QVERIFY(token.open(QIODevice::WriteOnly) && token.write("t") == 1);
    token.close();
    if (tls) {
        auto agent = AgentServer::start(makeRelay(std::make_unique<ScriptedSource>(*m_script)), { .listen = "127.0.0.1:0", .plaintext = false, .certFile = certificate.file().toStdString(), .keyFile = certificate.keyFile().toStdString(), .tokenFile = token.fileName().toStdString() });
        QVERIFY2(agent, agent ? "" : agent.error().text().c_str());
        m_agent = std::move(*agent);
    }
    auto channel = openAgentChannel({ "grpcs://127.0.0.1:" + std::to_string(m_agent->port()), {}, {} });
    if (!channel)
        QSKIP(channel.error().text().c_str());
    Listener listener;
    const auto source = makeAgentSource(*channel);
    source->start(listener);
    QTRY_COMPARE_WITH_TIMEOUT(listener.stands().first, Connection::Failing, 15'000);
    QVERIFY2(listener.stands().second.contains(QLatin1String("authority")) && listener.stands().second.contains(QLatin1String("ca ")), qPrintable(listener.stands().second));
}

QTEST_GUILESS_MAIN(TestRelay)
#include "tst_relay.moc"
