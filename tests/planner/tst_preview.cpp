// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include <algorithm>

#include "engine/engine.h"
#include "planner/preview.h"

using namespace penstock;
using Verdict = Interlock::Verdict;

namespace {

constexpr Time now { std::chrono::hours(1'000) };

/// Three clouds of `nodes` nodes with 8 H100 each; on every node the first `busy` GPUs run chat and the rest is free.
struct Fleet
{
    struct Cloud
    {
        std::string provider, region;
        std::uint32_t nodes, busy;
        std::string model = "H100 80GB SXM";
        Time observed = now;
    };
    std::vector<Cloud> clouds { { "azure", "eastus", 4, 8 }, { "gcp", "us-central1", 4, 0 }, { "aws", "eu-west-1", 4, 4 } };

    [[nodiscard]] SnapshotPtr snapshot() const
    {
        Engine engine;
        for (const auto& cloud : clouds) {
            auto inventory = std::make_shared<Inventory>();
            inventory->epoch = 1;
            inventory->clusters = { { cloud.provider, cloud.region, cloud.provider + "-1" } };
            inventory->models = { { cloud.model, 81'559 } };
            inventory->workloads = { "chat" };
            SamplesFrame frame;
            frame.epoch = frame.sequence = 1;
            frame.observed = cloud.observed;
            for (std::uint32_t n = 0; n < cloud.nodes; ++n) {
                inventory->nodes.push_back({ cloud.provider + std::to_string(n), 0, 0, 8, "" });
                for (std::uint32_t g = 0; g < 8; ++g) {
                    GpuSample sample;
                    sample.state = g < cloud.busy ? GpuState::Busy : GpuState::Free;
                    sample.workload = g < cloud.busy ? std::uint16_t(0) : noWorkload;
                    frame.values.append(sample);
                }
            }
            const auto source = engine.addSource(cloud.provider);
            const auto known = engine.apply(source, InventoryFrame { inventory, cloud.observed });
            const auto filled = engine.apply(source, Frame { std::move(frame) });
            if (!known || !filled)
                return nullptr;
        }
        return engine.publish(now);
    }
};

struct Case
{
    Fleet fleet;
    PlanContext context;
    Route route;
    RouteReading reading;
    Weights target { 60, 40, 0 };
    double step = 20;

    Case()
    {
        context.workload.name = "chat";
        context.workload.data = { "customer-content" };
        context.workload.residency = { "us" };
        context.workload.replicaGpus = 4;
        context.workload.replicaModels = { "H100" };
        context.policy.minProviders = 1;
        context.regionGroups = { { "us", { "eastus", "us-" } }, { "eu", { "eu-" } } };
        for (const char* id : { "azure", "gcp", "aws" }) {
            context.providers.push_back({ id, id, true, { "customer-content" }, 1.0 });
            route.backends.push_back({ id, { .provider = id, .region = {}, .cluster = {}, .node = {} } });
            reading.backends.push_back({ .name = id, .accepted = 0, .observed = {}, .requests = 0, .condition = {}, .note = {} });
        }
        route.name = route.workload = "chat";
        reading.version = "7";
        reading.backends[0].accepted = 66.7;
        reading.backends[2].accepted = 33.3;
    }
    [[nodiscard]] Preview preview() const
    {
        const auto snapshot = fleet.snapshot();
        return previewShift(*snapshot, context, route, reading, target, step);
    }
};

Interlock saysOf(const Preview& preview, const std::string& rule)
{
    const auto found = std::ranges::find(preview.interlocks, rule, &Interlock::rule);
    return found == preview.interlocks.end() ? Interlock {} : *found;
}

} // namespace

class PreviewTest : public QObject
{
    Q_OBJECT
private slots:
    void countsWholeReplicas_data();
    void countsWholeReplicas();
    void countsNothingThatIsOld();
    void saysWhatASplitNeeds();
    void aCloudThatNoEndpointReportsIsSaid_data();
    void aCloudThatNoEndpointReportsIsSaid();
    void needsAreWholeReplicasOfEachModel();
    void judges_data();
    void judges();
};

void PreviewTest::countsWholeReplicas_data()
{
    QTest::addColumn<int>("nodes");
    QTest::addColumn<int>("busy"); ///< of 8 on each node
    QTest::addColumn<int>("replica");
    QTest::addColumn<QString>("wanted");
    QTest::addColumn<int>("placeable");
    QTest::newRow("one free on each of 64 nodes") << 64 << 7 << 8 << "H100" << 0;
    QTest::newRow("single GPUs") << 64 << 7 << 1 << "H100" << 64;
    QTest::newRow("six free hold one of four") << 10 << 2 << 4 << "H100" << 40;
    QTest::newRow("replicas of two nodes") << 5 << 0 << 16 << "H100" << 32;
    QTest::newRow("replicas of two nodes that are in use") << 5 << 1 << 16 << "H100" << 0;
    QTest::newRow("another model") << 5 << 0 << 1 << "H10" << 0;
    QTest::newRow("any model") << 5 << 0 << 1 << "" << 40;
}

void PreviewTest::countsWholeReplicas()
{
    QFETCH(int, nodes);
    QFETCH(int, busy);
    QFETCH(int, replica);
    QFETCH(QString, wanted);
    QFETCH(int, placeable);
    Fleet fleet;
    fleet.clouds = { { "azure", "eastus", static_cast<std::uint32_t>(nodes), static_cast<std::uint32_t>(busy) } };
    Workload workload;
    workload.replicaGpus = static_cast<std::uint32_t>(replica);
    if (!wanted.isEmpty())
        workload.replicaModels = { wanted.toStdString() };
    const auto snapshot = fleet.snapshot();
    QVERIFY(snapshot);
    std::int64_t sum = 0;
    for (const auto& [model, gpus] : placeableByModel(*snapshot, workload, {}))
        sum += gpus;
    QCOMPARE(sum, static_cast<std::int64_t>(placeable));
}

void PreviewTest::countsNothingThatIsOld()
{
    Case it;
    it.fleet.clouds[1].observed = now - std::chrono::minutes(5);
    const auto snapshot = it.fleet.snapshot();
    std::int64_t sum = 0;
    for (const auto& [model, gpus] : placeableByModel(*snapshot, it.context.workload, it.route.backends[1].scope))
        sum += gpus;
    QCOMPARE(sum, std::int64_t(0));
}

void PreviewTest::saysWhatASplitNeeds()
{
    Case it; // 32 GPUs of load at azure and 16 at aws
    it.target = { 50, 50, 0 };
    const auto made = it.preview();
    const auto row = [&made](const char* backend) {
        return *std::ranges::find_if(made.rows, [backend](const PreviewRow& one) { return one.backend == backend && one.model.empty(); });
    };
    QCOMPARE(row("azure").heldGpus, std::int64_t(32));
    QCOMPARE(row("azure").neededGpus, std::int64_t(-8));
    QCOMPARE(row("gcp").neededGpus, std::int64_t(24));
    QCOMPARE(row("gcp").placeableGpus, std::int64_t(32));
    QCOMPARE(row("aws").neededGpus, std::int64_t(-16));
    QCOMPARE(row("gcp").utilisationBefore, 0.0);
    QCOMPARE(row("gcp").utilisationAfter, 75.0);
    QCOMPARE(row("azure").provider, std::string("azure"));
    QCOMPARE(made.steps.size(), std::size_t(3));
    QVERIFY(!made.blocked());
}

void PreviewTest::judges_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("rule");
    QTest::addColumn<int>("verdict");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const char* what, const char* rule, Verdict verdict, const char* says) {
        QTest::newRow(name) << QString::fromLatin1(what) << QString::fromLatin1(rule) << static_cast<int>(verdict) << QString::fromLatin1(says);
    };
    row("places all", "", "capacity", Verdict::Pass, "every target");
    row("too little room", "full", "capacity", Verdict::Block, "16 GPUs short at gcp: needs 16, placeable 0");
    row("above the cap", "cap", "capacity", Verdict::Note, "above the 30 %");
    row("fresh", "", "freshness", Verdict::Pass, "younger than 30 s");
    row("receiver is old", "old receiver", "freshness", Verdict::Block, "gcp-1");
    row("giver is old", "old giver", "freshness", Verdict::Note, "aws-1");
    row("approved", "", "approval", Verdict::Pass, "approved");
    row("receiver is not approved", "gcp unlisted", "approval", Verdict::Block, "gcp is not approved for customer-content");
    row("giver is not approved", "aws unlisted", "approval", Verdict::Pass, "approved");
    row("receiver is unknown", "gcp unknown", "approval", Verdict::Block, "gcp is not approved");
    row("inside", "", "residency", Verdict::Pass, "only us");
    row("outside", "to aws", "residency", Verdict::Block, "eu-west-1 at aws");
    row("anywhere", "anywhere", "residency", Verdict::Pass, "anywhere");
    row("an unknown group", "no group", "residency", Verdict::Block, "lies outside us");
    row("two providers", "two wanted", "min_providers", Verdict::Pass, "2 in use");
    row("three wanted", "three wanted", "min_providers", Verdict::Block, "at least 3");
    row("small steps", "", "max_step", Verdict::Pass, "limit 25 %");
    row("a large step", "large step", "max_step", Verdict::Block, "limit 25 %");
    row("as planned", "", "unchanged", Verdict::Pass, "version 7");
    row("reloaded", "drift", "unchanged", Verdict::Note, "reloaded");
    row("the way back is open", "", "way_back", Verdict::Pass, "the same way");
    row("the giver is down", "giver down", "way_back", Verdict::Note, "azure takes no requests");
    row("every target is up", "", "answers", Verdict::Pass, "reaches");
    row("a receiver is down", "receiver down", "answers", Verdict::Block, "gcp is down (L4CON)");
    row("a giver is down", "giver down", "answers", Verdict::Pass, "reaches");
    row("a giver holds less than its share", "giver short", "capacity", Verdict::Pass, "every target");
    row("other backends", "other backends", "unchanged", Verdict::Block, "other backends");
}

void PreviewTest::judges()
{
    QFETCH(QString, what);
    QFETCH(QString, rule);
    QFETCH(int, verdict);
    QFETCH(QString, says);
    Case it;
    auto& policy = it.context.policy;
    const auto is = [&what](const char* name) { return what == QLatin1String(name); };
    if (is("full")) {
        it.fleet.clouds[1].busy = 5; // 20 GPUs of chat there, 68 in all, and three free ones on each node
        it.target = { 47, 53, 0 }; // 36 at gcp
    } else if (is("receiver down")) {
        it.reading.backends[1].condition = BackendReading::Condition::Down;
        it.reading.backends[1].note = "L4CON";
    } else if (is("giver short")) {
        // The router sends everything to azure, which holds a part of the GPUs and has no free one for its coming share.
        it.fleet.clouds[0].nodes = 1;
        it.fleet.clouds[0].busy = 8;
        it.reading.backends[0].accepted = 100;
        it.reading.backends[2].accepted = 0;
        it.target = { 95, 5, 0 };
    } else if (is("cap"))
        it.context.providers[1].utilisationCap = 0.3;
    else if (is("old receiver"))
        it.fleet.clouds[1].observed = now - std::chrono::minutes(5);
    else if (is("old giver"))
        it.fleet.clouds[2].observed = now - std::chrono::minutes(5);
    else if (is("gcp unlisted"))
        it.context.providers[1].subprocessor = false;
    else if (is("aws unlisted"))
        it.context.providers[2].approvedData.clear();
    else if (is("gcp unknown"))
        it.context.providers.erase(it.context.providers.begin() + 1);
    else if (is("to aws"))
        it.target = { 50, 0, 50 };
    else if (is("anywhere"))
        it.context.workload.residency.clear();
    else if (is("no group"))
        it.context.regionGroups.clear();
    else if (is("two wanted"))
        policy.minProviders = 2;
    else if (is("three wanted"))
        policy.minProviders = 3;
    else if (is("large step"))
        it.step = 100;
    else if (is("drift"))
        it.reading.drift = "reloaded at 08:39:02 UTC";
    else if (is("giver down"))
        it.reading.backends[0].condition = BackendReading::Condition::Down;
    else if (is("other backends"))
        it.reading.backends.pop_back();
    const auto preview = it.preview();
    const auto interlock = saysOf(preview, rule.toStdString());
    QVERIFY2(interlock.evidence.find(says.toStdString()) != std::string::npos, interlock.evidence.c_str());
    QCOMPARE(static_cast<int>(interlock.verdict), verdict);
    QCOMPARE(preview.blocked(), std::ranges::any_of(preview.interlocks, [](const Interlock& one) { return one.verdict == Verdict::Block; }));
}

void PreviewTest::aCloudThatNoEndpointReportsIsSaid_data()
{
    QTest::addColumn<double>("azure");
    QTest::addColumn<int>("verdict");
    QTest::newRow("it gains") << 80.0 << static_cast<int>(Verdict::Block);
    QTest::newRow("it gives") << 20.0 << static_cast<int>(Verdict::Note);
}

void PreviewTest::aCloudThatNoEndpointReportsIsSaid()
{
    QFETCH(double, azure);
    QFETCH(int, verdict);
    Case it;
    it.fleet.clouds.erase(it.fleet.clouds.begin());
    it.target = { azure, 100 - azure, 0 };
    const auto preview = it.preview();
    const auto found = std::ranges::find(preview.interlocks, std::string("freshness"), &Interlock::rule);
    QVERIFY(found != preview.interlocks.end());
    QCOMPARE(static_cast<int>(found->verdict), verdict);
    QVERIFY(found->evidence.find("no endpoint reports azure") != std::string::npos);
}

void PreviewTest::needsAreWholeReplicasOfEachModel()
{
    Case it;
    it.fleet.clouds.push_back({ "gcp", "us-west1", 3, 0, "H100 NVL" });
    it.target = { 0, 100, 0 };
    const auto preview = it.preview();
    std::int64_t needed = 0, byModel = 0;
    for (const auto& row : preview.rows)
        if (row.backend == "gcp") {
            (row.model.empty() ? needed : byModel) += row.neededGpus;
            QCOMPARE(row.neededGpus % 4, std::int64_t { 0 });
        }
    QVERIFY(needed > 0);
    QCOMPARE(byModel, needed);
}

QTEST_APPLESS_MAIN(PreviewTest)
#include "tst_preview.moc"
