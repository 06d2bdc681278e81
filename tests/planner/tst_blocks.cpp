// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include "planfleet.h"
#include "planner/blocks.h"

using namespace penstock;
using namespace penstock::plantest;

/// What-ifs of GPUs that come and go.
class BlocksTest final : public QObject
{
    Q_OBJECT

private slots:
    void blocksComeAndGo();
    void aShortNameIsTheModelOfTheFleet();
    void aQuotaThatKeepsABlockFromBeingFilledIsNamed();
    void loadThatHasToGoFindsItsPlaceElsewhere();
    void loadThatFindsNoPlaceIsLost();

private:
    [[nodiscard]] static PlanFleet chatAtTwoProviders()
    {
        PlanFleet fleet;
        fleet.rules.workloads.resize(1);
        fleet.rules.workloads[0].name = "chat";
        fleet.rules.workloads[0].replicaGpus = 8;
        fleet.rules.routes = { { .name = "chat", .workload = "chat", .router = {},
            .backends = { { "azure", { .provider = "azure", .region = {}, .cluster = {}, .node = {} } }, { "gcp", { .provider = "gcp", .region = {}, .cluster = {}, .node = {} } } } } };
        return fleet;
    }
};

void BlocksTest::blocksComeAndGo()
{
    auto fleet = chatAtTwoProviders();
    fleet.rules.prices = { { .provider = "gcp", .region = {}, .model = "H100", .perGpuHour = 4, .asOf = {}, .source = {} } };
    fleet.add("azure", "us-1", 3, 8, 8, 0);
    fleet.add("gcp", "us-1", 1, 8, 0, 0);
    const auto ground = fleet.ground();
    const Block coming { .provider = "gcp", .region = "us-2", .model = "H100 80GB SXM", .gpus = 21, .from = now + std::chrono::hours(24) };
    QCOMPARE(whatIf(*ground, { &coming, 1 }, now).fleets.came, std::int64_t { 0 });
    const auto later = whatIf(*ground, { &coming, 1 }, now + std::chrono::hours(48));
    QCOMPARE(later.fleets.came, std::int64_t { 16 });
    QCOMPARE(later.fleets.partial, std::int64_t { 5 });
    QCOMPARE(later.headroom[0].before, 8.0);
    QCOMPARE(later.headroom[0].after, 24.0);
    QCOMPARE(later.cost, 64.0);
    QVERIFY(std::abs(later.boardBefore.front().percent - 100.0 / 3) < 1e-9);
    QCOMPARE(later.boardAfter.front().percent, 100.0);
    const Block going { .provider = "azure", .region = {}, .model = "H100", .gpus = -20, .from = now };
    const auto without = withBlocks(ground->capacity(), { &going, 1 }, now);
    QCOMPARE(without.went, std::int64_t { 16 });
    QCOMPARE(without.displaced, std::int64_t { 16 });
    QCOMPARE(without.missing, std::int64_t { 4 });
    QCOMPARE(without.capacity->pools.front().allocated, std::int64_t { 8 });
    const Block nowhere { .provider = "oci", .region = {}, .model = "H100", .gpus = -8, .from = now };
    QCOMPARE(withBlocks(ground->capacity(), { &nowhere, 1 }, now).missing, std::int64_t { 8 });
    const Block stranger { .provider = "oci", .region = "r", .model = "B200 180GB SXM", .gpus = 100'000, .from = now };
    QCOMPARE(withBlocks(ground->capacity(), { &stranger, 1 }, now).capacity->pools.back().free, std::int64_t { 100'000 });
}

void BlocksTest::aShortNameIsTheModelOfTheFleet()
{
    auto fleet = chatAtTwoProviders();
    fleet.add("azure", "us-1", 3, 8, 8, 0);
    fleet.add("gcp", "us-1", 1, 8, 0, 0, "H100 80GB PCIe");
    const auto ground = fleet.ground();
    const auto modelAt = [&](const char* provider) {
        const Block block { .provider = provider, .region = {}, .model = "H100", .gpus = 8, .from = now };
        const auto made = withBlocks(ground->capacity(), { &block, 1 }, now);
        return made.capacity->places->modelName(made.capacity->places->pools.back());
    };
    QCOMPARE(modelAt("azure"), std::string("H100 80GB SXM"));
    QCOMPARE(modelAt("gcp"), std::string("H100 80GB PCIe"));
    // Nobody can tell which of the two would come.
    QCOMPARE(modelAt("oci"), std::string("H100"));
}

void BlocksTest::aQuotaThatKeepsABlockFromBeingFilledIsNamed()
{
    auto fleet = chatAtTwoProviders();
    fleet.rules.providers = { { .id = "gcp", .name = "gcp", .subprocessor = true, .approvedData = {}, .utilisationCap = 1, .quotas = { { .model = "H100", .region = {}, .gpus = 24 } }, .reservations = {} } };
    fleet.add("azure", "us-1", 3, 8, 8, 0);
    fleet.add("gcp", "us-1", 1, 8, 8, 0);
    const auto limited = [&](std::int64_t gpus) {
        const Block block { .provider = "gcp", .region = "us-1", .model = "H100 80GB SXM", .gpus = gpus, .from = now };
        return whatIf(*fleet.ground(), { &block, 1 }, now).limited;
    };
    QCOMPARE(limited(16), std::vector<std::string>());
    QCOMPARE(limited(1600), (std::vector<std::string> { "quota of 24 H100 at gcp: of 1,600 H100 80GB SXM that come 16 can be filled" }));
}

void BlocksTest::loadThatHasToGoFindsItsPlaceElsewhere()
{
    auto fleet = chatAtTwoProviders();
    fleet.add("azure", "us-1", 4, 8, 8, 0);
    fleet.add("gcp", "us-1", 6, 8, 0, 0);
    const auto ground = fleet.ground(CapacityDetail::Holders);
    const Block going { .provider = "azure", .region = {}, .model = "H100", .gpus = -16, .from = now };
    const auto made = whatIf(*ground, { &going, 1 }, now);
    QCOMPARE(made.displaced.size(), std::size_t { 1 });
    QCOMPARE(made.displaced[0].workload, std::string("chat"));
    QCOMPARE(made.displaced[0].gpus, std::int64_t { 16 });
    QCOMPARE(made.displaced[0].load, 16.0);
    QCOMPARE(made.displaced[0].placed, 16.0);
    // The room that it takes is nobody else's any more, and it has to move again where its new place is lost.
    QCOMPARE(made.headroom[0].before, 48.0);
    QCOMPARE(made.headroom[0].after, 32.0);
    const auto row = [&](const char* provider) { return *std::ranges::find_if(made.boardAfter, [&](const BoardRow& it) { return it.provider == provider && it.region.empty(); }); };
    QCOMPARE(row("azure").lostGpus, std::int64_t { 16 });
    QCOMPARE(row("azure").percent, 100.0);
    QCOMPARE(row("gcp").lostGpus, std::int64_t { 16 });
    QCOMPARE(row("gcp").percent, 50.0);
}

void BlocksTest::loadThatFindsNoPlaceIsLost()
{
    auto fleet = chatAtTwoProviders();
    fleet.add("azure", "us-1", 4, 8, 8, 0);
    fleet.add("gcp", "us-1", 1, 8, 0, 0);
    const auto ground = fleet.ground(CapacityDetail::Holders);
    const Block going { .provider = "azure", .region = {}, .model = "H100", .gpus = -16, .from = now };
    const auto made = whatIf(*ground, { &going, 1 }, now);
    QCOMPARE(made.displaced[0].placed, 8.0);
    QCOMPARE(made.headroom[0].after, 0.0);
    // Of 32 GPUs' worth of load 24 are left, and with azure 16 of them go.
    QCOMPARE(made.boardAfter.front().provider, std::string("azure"));
    QCOMPARE(made.boardAfter.front().percent, 25.0);
}

QTEST_APPLESS_MAIN(BlocksTest)
#include "tst_blocks.moc"
