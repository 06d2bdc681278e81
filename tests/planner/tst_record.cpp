// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include "engine/engine.h"
#include "planner/record.h"

using namespace penstock;
using namespace std::chrono_literals;

/// What the planner hands to the audit log says the same as what it showed.
class TestRecord final : public QObject
{
    Q_OBJECT

private slots:
    void theFleetsAddUp();
    void anEffectKeepsItsNumbers();
    void everyInterlockIsKept();
    void aPlanIsToldByName();

private:
    static constexpr Time now { std::chrono::hours(1'000) };

    /// azure full, gcp with 32 free GPUs, aws silent for an hour.
    static SnapshotPtr snapshot()
    {
        Engine engine;
        for (const auto& [provider, busy, observed] : { std::tuple { "azure", 8U, now }, std::tuple { "gcp", 0U, now }, std::tuple { "aws", 4U, now - 1h } }) {
            auto inventory = std::make_shared<Inventory>();
            inventory->epoch = 1;
            inventory->clusters = { { provider, "r", std::string(provider) + "-1" } };
            inventory->models = { { "H100 80GB SXM", 81'559 } };
            inventory->workloads = { "chat" };
            SamplesFrame frame;
            frame.epoch = frame.sequence = 1;
            frame.observed = observed;
            for (std::uint32_t n = 0; n < 4; ++n) {
                inventory->nodes.push_back({ provider + std::to_string(n), 0, 0, 8, "" });
                for (std::uint32_t g = 0; g < 8; ++g) {
                    GpuSample sample;
                    sample.state = g < busy ? GpuState::Busy : GpuState::Free;
                    sample.workload = g < busy ? std::uint16_t(0) : noWorkload;
                    frame.values.append(sample);
                }
            }
            const auto source = engine.addSource(provider);
            if (!engine.apply(source, InventoryFrame { inventory, observed }) || !engine.apply(source, Frame { std::move(frame) }))
                return nullptr;
        }
        return engine.publish(now);
    }
    static Route route()
    {
        Route made { .name = "chat", .workload = "chat", .router = {}, .backends = {} };
        for (const auto* provider : { "azure", "gcp" })
            made.backends.push_back({ provider, { provider, {}, {}, {} } });
        return made;
    }
    static std::shared_ptr<Ground> ground()
    {
        PlanRules rules;
        for (const auto* provider : { "azure", "gcp", "aws" })
            rules.providers.push_back({ .id = provider, .name = provider, .subprocessor = true, .approvedData = {}, .utilisationCap = 0.5 });
        rules.workloads = { Workload { .name = "chat", .data = {}, .residency = {}, .match = {}, .replicaGpus = 8, .replicaModels = {}, .p99 = {}, .errorRate = {} } };
        rules.routes = { route() };
        rules.prices = { Price { .provider = "gcp", .model = "H100", .perGpuHour = 10 } };
        auto capacity = std::make_shared<const Capacity>(readCapacity(*snapshot()));
        auto map = RuleMap::make(std::move(rules), capacity->places, std::chrono::floor<std::chrono::days>(now));
        return std::make_shared<Ground>(capacity, map);
    }
};

void TestRecord::theFleetsAddUp()
{
    const auto shot = snapshot();
    QVERIFY(shot);
    const auto picture = pictureOf(readCapacity(*shot));
    QCOMPARE(picture.pools.size(), std::size_t { 3 });
    QVERIFY(picture.asOf == now);
    QVERIFY((picture.pools[0] == AuditPool { "azure", "r", "", "H100 80GB SXM", 32, 32, 0, 32, 0 }));
    QVERIFY((picture.pools[1] == AuditPool { "gcp", "r", "", "H100 80GB SXM", 32, 32, 32, 0, 0 }));
    QCOMPARE(picture.pools[2].gpus, 32);
    QCOMPARE(picture.pools[2].free, 0);
}

void TestRecord::anEffectKeepsItsNumbers()
{
    const auto here = ground();
    const std::vector<RouteMove> moves { { 0, { 100, 0 }, { 25, 75 } } };
    const auto effect = effectOf(*here, moves);
    const auto picture = pictureOf(*here, moves, effect);
    QCOMPARE(picture.pools.size(), std::size_t { 3 });
    QCOMPARE(picture.needs.size(), effect.needs.size());
    for (std::size_t i = 0; i < effect.needs.size(); ++i) {
        QCOMPARE(picture.needs[i].backend, std::string(i == 0 ? "azure" : "gcp"));
        QCOMPARE(picture.needs[i].target, std::optional(i == 0 ? 25.0 : 75.0));
        QCOMPARE(picture.needs[i].neededGpus, effect.needs[i].neededGpus);
        QCOMPARE(picture.needs[i].placeableGpus, effect.needs[i].placeableGpus);
        QCOMPARE(picture.needs[i].shortGpus, std::optional(effect.needs[i].shortGpus));
    }
    QCOMPARE(picture.costBefore, std::optional(effect.costBefore));
    QCOMPARE(picture.costAfter, std::optional(effect.costAfter));
    std::int64_t needed = 0, wanted = 0;
    for (const auto& it : picture.effects)
        needed += it.neededGpus;
    for (const auto& it : effect.pools)
        wanted += it.needed;
    QCOMPARE(needed, wanted);
    QVERIFY(effect.firstBreak);
    QVERIFY2(picture.breaksFirst.find(effect.firstBreak->because) != std::string::npos, picture.breaksFirst.c_str());
}

void TestRecord::everyInterlockIsKept()
{
    const auto here = ground();
    const Plan plan { .kind = Plan::Kind::Shift, .scope = {}, .now = false, .person = "ada", .reason = "test", .plannedAt = now, .bake = 30s,
        .moves = { { "chat", "1", { 100, 0 }, { { 25, 75 } } } }, .shed = {} };
    RouteReading reading;
    reading.version = "1";
    Circumstances circumstances;
    circumstances.now = now;
    circumstances.readings = { &reading };
    const auto judgement = judge(*here, plan, circumstances);
    auto judged = recordOf(judgement.interlocks, 2);
    QCOMPARE(judged.interlocks.size(), interlockRules().size());
    QCOMPARE(judged.blocked, judgement.blocked());
    QCOMPARE(judged.stepsDone, 2);
    for (std::size_t i = 0; i < judged.interlocks.size(); ++i) {
        QCOMPARE(judged.interlocks[i].rule, judgement.interlocks[i].rule);
        QCOMPARE(judged.interlocks[i].evidence, judgement.interlocks[i].evidence);
        QCOMPARE(static_cast<int>(judged.interlocks[i].verdict), static_cast<int>(judgement.interlocks[i].verdict));
    }
    const std::vector<Interlock> taken { { "capacity", "Capacity", Interlock::Verdict::Block, "full", Override { "bob", "we know", { "capacity" }, now + 1h } } };
    judged = recordOf(taken);
    QVERIFY(!judged.blocked);
    QVERIFY((judged.interlocks.front().overridden == AuditOverride { "bob", "we know", { "capacity" }, now + 1h }));
}

void TestRecord::aPlanIsToldByName()
{
    const std::vector<Route> routes { route() };
    Plan plan { .kind = Plan::Kind::Shift, .scope = {}, .now = true, .person = "ada", .reason = "test", .plannedAt = now, .bake = 30s,
        .moves = { { "chat", "7", { 100, 0 }, { { 50, 50 }, { 0, 100 } } } }, .shed = { { "train", "gcp", "r", "gcp-1", "H100", 64, 8 } } };
    auto asked = recordOf(plan, routes, {});
    QCOMPARE(asked.what, std::string("shift chat"));
    QVERIFY((asked.moves.front() == AuditMove { "chat", "7", { "azure", "gcp" }, { 100, 0 }, { { 50, 50 }, { 0, 100 } } }));
    QVERIFY((asked.shed.front() == AuditShed { "train", "gcp", "r", "gcp-1", "H100", 64, 8 }));
    plan.kind = Plan::Kind::Evacuation;
    plan.scope = { "azure", {}, {}, {} };
    asked = recordOf(plan, routes, {});
    QCOMPARE(asked.what, std::string("evacuate provider=azure"));
}

QTEST_GUILESS_MAIN(TestRecord)
#include "tst_record.moc"
