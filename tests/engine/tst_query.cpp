// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <cmath>
#include <random>

#include "engine/engine.h"
#include "engine/query.h"

using namespace penstock;
using namespace std::chrono_literals;

/// Questions about single GPUs, against a look at each of them.
class TestQuery final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void findsWhatALookAtEachGpuFinds();
    void theTopFewAreTheFirstOfAllInOrder();
    void idleForLongerThanTenMinutes();
    void quantilesAreExact();
    void ofASilentSourceOnlyTheStateIsKnown();
    void aConditionIsReadAsPeopleWriteIt_data();
    void aConditionIsReadAsPeopleWriteIt();
    void aWrongConditionIsExplained_data();
    void aWrongConditionIsExplained();

private:
    struct One
    {
        GpuPlace place;
        GpuSample sample;
        std::uint32_t age;
    };
    [[nodiscard]] static std::optional<std::uint32_t> valueOf(const One& one, GpuColumn column);
    std::vector<One> m_gpus;
    Engine m_engine;
    SnapshotPtr m_snapshot;
    const Time m_start { 1'790'000'000s };
};

void TestQuery::aConditionIsReadAsPeopleWriteIt_data()
{
    QTest::addColumn<int>("column");
    QTest::addColumn<int>("is");
    QTest::addColumn<uint>("value");
    using Is = GpuCondition::Is;
    const auto row = [](const char* text, GpuColumn column, Is is, std::uint32_t value) { QTest::newRow(text) << static_cast<int>(column) << static_cast<int>(is) << value; };
    row("temp>85", GpuColumn::Temperature, Is::Above, 85);
    row("temp>=84.5", GpuColumn::Temperature, Is::AtLeast, 85);
    row("temp>84.5C", GpuColumn::Temperature, Is::Above, 84);
    row("TEMP<30°C", GpuColumn::Temperature, Is::Below, 30);
    row("util<=5%", GpuColumn::Utilisation, Is::AtMost, 5);
    row("utilisation=0", GpuColumn::Utilisation, Is::Equal, 0);
    row("power>600", GpuColumn::Power, Is::Above, 6000);
    row("power<0.7kW", GpuColumn::Power, Is::Below, 7000);
    row("mem>=70GiB", GpuColumn::MemoryUsed, Is::AtLeast, 71680);
    row("mem<1.5", GpuColumn::MemoryUsed, Is::Below, 1536);
    row("age>10m", GpuColumn::StateAge, Is::Above, 600);
    row("age<2h", GpuColumn::StateAge, Is::Below, 7200);
    row("age<90", GpuColumn::StateAge, Is::Below, 90);
    row("state=idle", GpuColumn::State, Is::Equal, static_cast<std::uint32_t>(GpuState::Idle));
    row("state!=busy", GpuColumn::State, Is::NotEqual, static_cast<std::uint32_t>(GpuState::Busy));
    row("health:xid", GpuColumn::Health, Is::Equal, static_cast<std::uint32_t>(Health::Xid));
}

void TestQuery::aConditionIsReadAsPeopleWriteIt()
{
    QFETCH(int, column);
    QFETCH(int, is);
    QFETCH(uint, value);
    const auto read = parseCondition(QTest::currentDataTag());
    QVERIFY2(read, read ? "" : read.error().text().c_str());
    QCOMPARE(*read, (GpuCondition { static_cast<GpuColumn>(column), static_cast<GpuCondition::Is>(is), value }));
}

void TestQuery::aWrongConditionIsExplained_data()
{
    QTest::addColumn<QString>("says");
    QTest::newRow("node-17") << "no comparison";
    QTest::newRow("") << "no comparison";
    QTest::newRow(">85") << "no comparison";
    QTest::newRow("heat>85") << "no column 'heat'";
    QTest::newRow("temp!85") << "not one of";
    QTest::newRow("temp>") << "no number";
    QTest::newRow("temp>hot") << "no number";
    QTest::newRow("temp>85W") << "no unit";
    QTest::newRow("temp>-5") << "out of range";
    QTest::newRow("mem>1e12") << "out of range";
    QTest::newRow("util>nan") << "out of range";
    QTest::newRow("state=lazy") << "no state";
    QTest::newRow("state>idle") << "equal or not";
}

void TestQuery::aWrongConditionIsExplained()
{
    QFETCH(QString, says);
    const auto read = parseCondition(QTest::currentDataTag());
    QVERIFY(!read);
    QVERIFY2(QString::fromStdString(read.error().what).contains(says), read.error().what.c_str());
    QVERIFY(!read.error().hint.empty());
}

void TestQuery::initTestCase()
{
    std::mt19937 random(5);
    auto inventory = std::make_shared<Inventory>();
    inventory->epoch = 1;
    inventory->models = { { "H100 80GB SXM", 81920 }, { "A100 80GB SXM", 81920 } };
    inventory->workloads = { "chat", "training" };
    for (std::uint32_t c = 0; c < 5; ++c) {
        inventory->clusters.push_back({ c < 3 ? "azure" : "gcp", "r", "c" + std::to_string(c) });
        for (std::uint32_t n = 0; n < 30; ++n)
            inventory->nodes.push_back({ "n" + std::to_string(n), c, n / 15, n % 9, {} });
    }
    const auto id = m_engine.addSource("e");
    QVERIFY(m_engine.apply(id, InventoryFrame { inventory, m_start }));
    SamplesFrame frame { .epoch = 1, .sequence = 1, .observed = m_start, .firstRow = 0, .rows = {}, .values = {}, .addedWorkloads = {} };
    const auto sample = [&] {
        GpuSample made { .state = static_cast<GpuState>(random() % gpuStateCount), .health = random() % 3 ? Health::Good : Health::NotReported, .workload = random() % 3 ? static_cast<std::uint16_t>(random() % 2) : noWorkload };
        if (random() % 4) {
            made.utilisation = static_cast<std::uint8_t>(random() % 101);
            made.temperature = static_cast<std::uint8_t>(20 + random() % 80);
            made.power = static_cast<std::uint16_t>(random() % 7000);
            made.memoryUsed = static_cast<std::uint32_t>(random() % 90'000);
        }
        return made;
    };
    for (std::uint64_t i = 0; i < inventory->gpus(); ++i)
        frame.values.append(sample());
    QVERIFY(m_engine.apply(id, frame));
    auto later = frame;
    later.sequence = 2;
    later.observed = m_start + 700s;
    for (std::size_t i = 0; i < later.values.size(); i += 2)
        later.values.set(i, sample());
    QVERIFY(m_engine.apply(id, later));
    m_snapshot = m_engine.publish(m_start + 720s);
    std::uint32_t row = 0;
    for (std::uint32_t n = 0; n < inventory->nodes.size(); ++n)
        for (std::uint32_t g = 0; g < inventory->nodes[n].gpus; ++g, ++row)
            m_gpus.push_back({ { n, g }, later.values.at(row), later.values.state[row] == frame.values.state[row] ? 720U : 20U });
}

std::optional<std::uint32_t> TestQuery::valueOf(const One& one, GpuColumn column)
{
    const auto& it = one.sample;
    const auto known = [](auto value, auto none) { return value == none ? std::nullopt : std::optional<std::uint32_t>(value); };
    switch (column) {
    case GpuColumn::State: return static_cast<std::uint32_t>(it.state);
    case GpuColumn::Health: return it.health == Health::NotReported ? std::nullopt : std::optional(static_cast<std::uint32_t>(it.health));
    case GpuColumn::Workload: return it.workload;
    case GpuColumn::StateAge: return one.age;
    default: break;
    }
    if (it.state == GpuState::Unknown)
        return std::nullopt;
    switch (column) {
    case GpuColumn::Utilisation: return known(it.utilisation, unknown::utilisation);
    case GpuColumn::Temperature: return known(it.temperature, unknown::temperature);
    case GpuColumn::Power: return known(it.power, unknown::power);
    default: return known(it.memoryUsed, unknown::memory);
    }
}

void TestQuery::findsWhatALookAtEachGpuFinds()
{
    using Is = GpuCondition::Is;
    std::mt19937 random(6);
    for (int round = 0; round < 3000; ++round) {
        GpuQuery query;
        for (auto count = random() % 3; count-- > 0;)
            query.where.push_back({ static_cast<GpuColumn>(random() % 8), static_cast<Is>(random() % 6), static_cast<std::uint32_t>(random() % (random() % 4 ? 100 : 100'000)) });
        if (random() % 3 == 0)
            query.filter.scope.provider = "gcp";
        if (random() % 3 == 0)
            query.filter.model = "H100";
        if (random() % 3 == 0)
            query.filter.workload = "chat";
        if (random() % 3 == 0)
            query.filter.state = static_cast<GpuState>(random() % gpuStateCount);
        std::vector<GpuPlace> expected;
        for (const auto& one : m_gpus) {
            const auto& node = m_snapshot->structure().nodes[one.place.node];
            bool good = (query.filter.scope.provider.empty() || node.cluster >= 3) && (query.filter.model.empty() || node.model == 0)
                && (query.filter.workload.empty() || one.sample.workload == 0) && (!query.filter.state || one.sample.state == *query.filter.state);
            for (const auto& condition : query.where) {
                const auto value = valueOf(one, condition.column);
                good = good && value
                    && (condition.is == Is::Equal          ? *value == condition.value
                            : condition.is == Is::NotEqual ? *value != condition.value
                            : condition.is == Is::Above    ? *value > condition.value
                            : condition.is == Is::Below    ? *value < condition.value
                            : condition.is == Is::AtLeast  ? *value >= condition.value
                                                           : *value <= condition.value);
            }
            if (good)
                expected.push_back(one.place);
        }
        QVERIFY(find(*m_snapshot, query) == expected);
        QCOMPARE(count(*m_snapshot, query), expected.size());
    }
}

void TestQuery::theTopFewAreTheFirstOfAllInOrder()
{
    for (const bool descending : { true, false }) {
        const GpuQuery all { .filter = {}, .where = {}, .orderBy = GpuColumn::Temperature, .descending = descending };
        auto top = all;
        top.limit = 17;
        const auto everything = find(*m_snapshot, all), few = find(*m_snapshot, top);
        QCOMPARE(everything.size(), m_gpus.size());
        QVERIFY(few == std::vector(everything.begin(), everything.begin() + 17));
        std::optional<std::uint32_t> before;
        for (const auto& place : everything) {
            const auto it = std::ranges::find(m_gpus, place, &One::place);
            const auto value = valueOf(*it, GpuColumn::Temperature);
            if (!value)
                break; // those not known come last
            QVERIFY(!before || (descending ? *before >= *value : *before <= *value));
            before = value;
        }
    }
}

void TestQuery::idleForLongerThanTenMinutes()
{
    const GpuQuery query { .filter = {}, .where = { { GpuColumn::State, GpuCondition::Is::Equal, static_cast<std::uint32_t>(GpuState::Idle) }, { GpuColumn::StateAge, GpuCondition::Is::Above, 600 } }, .orderBy = {} };
    const auto expected = std::ranges::count_if(m_gpus, [](const One& one) { return one.sample.state == GpuState::Idle && one.age > 600; });
    QVERIFY(expected > 0);
    QCOMPARE(count(*m_snapshot, query), static_cast<std::uint64_t>(expected));
}

void TestQuery::quantilesAreExact()
{
    std::vector<std::uint32_t> values;
    for (const auto& one : m_gpus)
        if (const auto value = valueOf(one, GpuColumn::Power))
            values.push_back(*value);
    std::ranges::sort(values);
    const std::array shares { 0.0, 0.5, 0.95, 0.99, 1.0 };
    const auto found = quantiles(*m_snapshot, {}, GpuColumn::Power, shares);
    for (std::size_t i = 0; i < shares.size(); ++i) {
        const auto rank = std::max(1.0, std::ceil(shares[i] * static_cast<double>(values.size())));
        QCOMPARE(*found[i], values[static_cast<std::size_t>(rank) - 1]);
    }
    const GpuQuery none { .filter = {}, .where = { { GpuColumn::Power, GpuCondition::Is::Above, 100'000 } }, .orderBy = {} };
    QVERIFY(!quantiles(*m_snapshot, none, GpuColumn::Power, shares)[0]);
}

void TestQuery::ofASilentSourceOnlyTheStateIsKnown()
{
    m_engine.setStaleAfter(30s);
    const auto stale = m_engine.publish(m_start + 900s);
    GpuQuery query;
    query.filter.state = GpuState::Unknown;
    QCOMPARE(count(*stale, query), m_gpus.size());
    query.filter.state = GpuState::Busy;
    QCOMPARE(count(*stale, query), std::uint64_t { 0 });
    query.filter.state = {};
    query.where = { { GpuColumn::Utilisation, GpuCondition::Is::AtLeast, 0 } };
    QCOMPARE(count(*stale, query), std::uint64_t { 0 });
}

QTEST_GUILESS_MAIN(TestQuery)
#include "tst_query.moc"
