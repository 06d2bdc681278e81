// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <array>
#include <cmath>

#include "models/format.h"
#include "models/trend.h"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

constexpr Time start { 1'790'000'000s };

GroupPoint group(GroupPoint::Dimension dimension, const std::string& key, std::uint32_t busy, std::uint32_t idle, std::uint32_t unknown)
{
    GroupPoint made { .dimension = dimension, .key = key };
    made.byState[static_cast<std::size_t>(GpuState::Busy)] = busy;
    made.byState[static_cast<std::size_t>(GpuState::Idle)] = idle;
    made.byState[static_cast<std::size_t>(GpuState::Unknown)] = unknown;
    return made;
}

RecentHistory history()
{
    using enum GroupPoint::Dimension;
    RecentHistory made;
    made.push_back(std::make_shared<RollupPoint>(RollupPoint { start, { group(Provider, "gcp", 5, 1, 0), group(Workload, "", 0, 9, 0), group(Workload, "chat", 5, 0, 0) } }));
    made.push_back(std::make_shared<RollupPoint>(RollupPoint { start + 1s, { group(Provider, "azure", 10, 2, 3), group(Provider, "gcp", 6, 1, 0), group(Provider, "aws", 1, 0, 0), group(Workload, "chat", 16, 0, 0) } }));
    made.push_back(std::make_shared<RollupPoint>(RollupPoint { start + 2s, { group(Provider, "azure", 11, 2, 3) } }));
    return made;
}

} // namespace

/// The exact columns behind the charts.
class TestTrend final : public QObject
{
    Q_OBJECT

private slots:
    void busyGpusByGroup_data();
    void busyGpusByGroup();
    void supplyIsAllThatIsHealthy();
    void aSplitThatIsNotKnownIsAGap();
    void whatIsSilentIsNoZero();
    void whatWasSilentForAWhileIsTold();
    void eachBandStandsOnTheOnesBelow();
    void aSourceThatAnswersRarelyHasNoGaps();
    void theNearestPointIsReadUnlessThereIsAGap_data();
    void theNearestPointIsReadUnlessThereIsAGap();
};

using Named = std::vector<std::pair<std::string, std::vector<double>>>;
Q_DECLARE_METATYPE(Named)

void TestTrend::busyGpusByGroup_data()
{
    QTest::addColumn<int>("dimension");
    QTest::addColumn<Named>("columns");
    QTest::newRow("providers, in the order given and then by name") << static_cast<int>(GroupPoint::Dimension::Provider) << Named { { "azure", { 0, 10, 11 } }, { "aws", { 0, 1, 0 } }, { "gcp", { 5, 6, 0 } } };
    QTest::newRow("workloads, without what belongs to none") << static_cast<int>(GroupPoint::Dimension::Workload) << Named { { "chat", { 5, 16, 0 } } };
    QTest::newRow("models, of which there are none") << static_cast<int>(GroupPoint::Dimension::Model) << Named {};
}

void TestTrend::busyGpusByGroup()
{
    QFETCH(int, dimension);
    QFETCH(Named, columns);
    const auto trend = busyTrend(history(), static_cast<GroupPoint::Dimension>(dimension), std::vector<std::string> { "azure" });
    Named got;
    for (const auto& it : trend.columns)
        got.emplace_back(it.key, it.values);
    QCOMPARE(got, columns);
}

void TestTrend::supplyIsAllThatIsHealthy()
{
    const auto trend = busyTrend(history(), GroupPoint::Dimension::Model, {});
    QCOMPARE(trend.supply, (std::vector<double> { 6, 20, 13 }));
    QCOMPARE(trend.times, (std::vector<double> { 1'790'000'000, 1'790'000'001, 1'790'000'002 }));
}

void TestTrend::aSplitThatIsNotKnownIsAGap()
{
    const SplitHistory observed { { start, { 60.0, 40.0 } }, { start + 1s, {} }, { start + 2s, { 50.0, std::nullopt } } };
    const auto trend = splitTrend(observed, std::vector<std::string> { "azure", "gcp" });
    QCOMPARE(trend.columns.size(), 2U);
    QCOMPARE(trend.columns[0].values[0], 60.0);
    QVERIFY(std::isnan(trend.columns[0].values[1]));
    QCOMPARE(trend.columns[0].values[2], 50.0);
    QVERIFY(std::isnan(trend.columns[1].values[2]));
    QVERIFY(trend.supply.empty());
}

void TestTrend::whatIsSilentIsNoZero()
{
    const RecentHistory silent { std::make_shared<RollupPoint>(RollupPoint { start, { group(GroupPoint::Dimension::Provider, "azure", 7, 1, 0), group(GroupPoint::Dimension::Provider, "gcp", 0, 0, 8) } }) };
    const auto trend = busyTrend(silent, GroupPoint::Dimension::Provider, {});
    QCOMPARE(trend.columns[0].values, std::vector<double> { 7 });
    QVERIFY(std::isnan(trend.columns[1].values[0]));
    // Those above stand on what is known.
    const auto heights = stacked({ .times = { 1 }, .columns = { { "a", { 1 } }, { "b", { std::numeric_limits<double>::quiet_NaN() } }, { "c", { 100 } } }, .supply = {} });
    QVERIFY(std::isnan(heights[1][0]));
    QCOMPARE(heights[2][0], 101.0);
}

void TestTrend::whatWasSilentForAWhileIsTold()
{
    QLocale::setDefault(QLocale(QLocale::English));
    RecentHistory seen;
    for (int second = 0; second < 60; ++second) {
        const std::uint32_t lost = second >= 20 && second < 30 ? 8 : 0;
        if (second < 40 || second >= 50)
            seen.push_back(std::make_shared<RollupPoint>(RollupPoint { start + std::chrono::seconds(second), { group(GroupPoint::Dimension::Provider, "azure", 7, 1, 0), group(GroupPoint::Dimension::Provider, "gcp", 8 - lost, 0, lost) } }));
    }
    const auto trend = busyTrend(seen, GroupPoint::Dimension::Provider, {});
    const QStringList names { QStringLiteral("azure"), QStringLiteral("gcp") };
    const double begin = trend.times.front();
    const auto at = [](int second) { return format::second(start + std::chrono::seconds(second)); };
    QCOMPARE(missingOf(trend, names, begin, begin + 19), QString());
    QCOMPARE(missingOf(trend, names, begin, begin + 39), QStringLiteral("up to 8 GPUs of gcp were silent between %1 and %2").arg(at(20), at(29)));
    QCOMPARE(missingOf(trend, names, begin + 30, begin + 59), QStringLiteral("nothing was seen for 11 s in between"));
    QCOMPARE(missingOf(trend, names, begin - 60, begin + 10), QStringLiteral("nothing was seen before %1").arg(at(0)));
    QCOMPARE(missingOf(trend, names, begin + 50, begin + 90), QStringLiteral("nothing was seen since %1").arg(at(59)));
    QCOMPARE(missingOf({}, {}, begin, begin + 1), QStringLiteral("nothing was seen"));
    const Trend split { .times = { begin, begin + 1, begin + 2 }, .columns = { { "azure", { 40, std::numeric_limits<double>::quiet_NaN(), 40 } } }, .supply = {} };
    QCOMPARE(missingOf(split, { QStringLiteral("azure") }, begin, begin + 2), QStringLiteral("of azure something is not known between %1 and %1").arg(at(1)));
}

void TestTrend::eachBandStandsOnTheOnesBelow()
{
    const Trend trend { .times = { 1, 2 }, .columns = { { "a", { 1, 2 } }, { "b", { 10, 20 } }, { "c", { 100, 200 } } }, .supply = {} };
    QCOMPARE(stacked(trend), (std::vector<std::vector<double>> { { 1, 2 }, { 11, 22 }, { 111, 222 } }));
}

void TestTrend::aSourceThatAnswersRarelyHasNoGaps()
{
    QCOMPARE((Trend { .times = { 1, 2, 3, 4 }, .columns = {}, .supply = {} }.longestGap()), 5.0);
    QCOMPARE((Trend { .times = { 1, 6, 11, 71, 76, 81 }, .columns = {}, .supply = {} }.longestGap()), 15.0);
}

void TestTrend::theNearestPointIsReadUnlessThereIsAGap_data()
{
    QTest::addColumn<double>("time");
    QTest::addColumn<int>("point"); // -1: none
    QTest::newRow("exactly") << 2.0 << 1;
    QTest::newRow("a little before") << 1.6 << 1;
    QTest::newRow("a little after") << 2.4 << 1;
    QTest::newRow("at the end of a silence") << 16.0 << 2;
    QTest::newRow("in a silence") << 9.0 << -1;
    QTest::newRow("before everything") << -5.0 << -1;
    QTest::newRow("after everything") << 30.0 << -1;
}

void TestTrend::theNearestPointIsReadUnlessThereIsAGap()
{
    QFETCH(double, time);
    QFETCH(int, point);
    const Trend trend { .times = { 1, 2, 20 }, .columns = {}, .supply = {} };
    QCOMPARE(trend.pointAt(time), point < 0 ? std::nullopt : std::optional(static_cast<std::size_t>(point)));
    QVERIFY(!Trend().pointAt(time));
}

QTEST_GUILESS_MAIN(TestTrend)
#include "tst_trend.moc"
