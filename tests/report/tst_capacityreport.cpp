// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <algorithm>
#include <cmath>

#include "planfleet.h"
#include "report/capacityreport.h"

using namespace penstock;
using namespace std::chrono_literals;

/// Two hours of azure's H100 and gcp's H200, of which azure's 100 are committed.
class TestCapacityReport final : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void theShortestRangeHoldsIt_data();
    void theShortestRangeHoldsIt();
    void figuresAreTheNewest();
    void whatIsNotKnownIsKeptAsNothing();
    void whatCameAndWentIsAChange();
    void theShareOfThePeakIsOfTheSupplyThen();
    void costOfAHistoryIsItsNewestGpusTimesTheirPrices();
    void whatNobodyHeardOfAHistoryIsNotUsedForNothing();
    void oneMomentStandsInForAHistory();
    void whatIsSimulatedSaysSo();

private:
    using Line = ReportFigures::Line;
    static constexpr std::chrono::sys_days m_day { std::chrono::year(2026) / 11 / 1 };
    static Price price(const char* provider, const char* model, double dollars)
    {
        return { .provider = provider, .model = model, .perGpuHour = dollars, .asOf = m_day };
    }
    CapacityReport m_report;
};

void TestCapacityReport::init()
{
    m_report = {};
    m_report.at = m_day + 2h;
    m_report.facts.committed = { { .provider = "azure", .model = "H100", .gpus = 100, .from = {}, .until = {}, .perGpuHour = {} } };
    auto& history = m_report.history;
    history.query = { .from = m_day, .to = m_day + 2h, .step = 1h };
    history.step = 1h;
    history.times = { m_day, m_day + 1h };
    history.whole = { .key = {},
        .gpus = { 200, 210 },
        .supply = { 190, 200 },
        .allocated = { 150, 160 },
        .busy = { 140, 120 },
        .peak = { 171, 150 },
        .needed = { 160, notKnown },
        .unmet = { 4, notKnown } };
    const auto newest = [](double gpus, double allocated, double busy) {
        return CapacityMoment { .until = m_day + 2h, .step = 10s, .gpus = gpus, .supply = 100, .allocated = allocated, .busy = busy, .idle = 20 };
    };
    history.newest = { .until = m_day + 2h, .step = 10s, .gpus = 210, .supply = 200, .allocated = 160, .busy = 120, .idle = 40, .unmet = 3 };
    history.rows = { { .provider = "azure", .model = "H100 80GB SXM", .newest = newest(110, 90, 70) },
        { .provider = "gcp", .model = "H200 141GB SXM", .newest = newest(100, 70, 50) } };
}

void TestCapacityReport::theShortestRangeHoldsIt_data()
{
    QTest::addColumn<int>("hours");
    QTest::addColumn<QString>("range");
    const auto row = [](int hours, const char* range) { QTest::newRow(range) << hours << QString::fromLatin1(range); };
    row(1, "1h");
    row(2, "6h");
    row(24, "1d");
    row(25, "7d");
    row(29 * 24, "30d");
    row(5000, "13mo");
    QTest::newRow("longer than any") << 20000 << QStringLiteral("13mo");
}

void TestCapacityReport::theShortestRangeHoldsIt()
{
    QFETCH(int, hours);
    QFETCH(QString, range);
    const auto name = capacityRanges.at(rangeHolding(std::chrono::hours(hours))).name;
    QCOMPARE(QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())), range);
}

void TestCapacityReport::figuresAreTheNewest()
{
    const auto key = m_report.key();
    QCOMPARE(key.newest.supply, 200.0);
    QCOMPARE(key.newest.busy, 120.0);
    QCOMPARE(key.peak, 171.0);
    QCOMPARE(key.peakShare, 90.0);
    QVERIFY(key.peakAt == m_day);
    QCOMPARE(key.newest.unmet, 3.0);
    QCOMPARE(key.committed.value_or(0), 100.0);
}

void TestCapacityReport::whatIsNotKnownIsKeptAsNothing()
{
    m_report.history.newest.unmet = notKnown;
    m_report.facts.committed.clear();
    const auto kept = figuresOf(m_report);
    QVERIFY(!kept.whole.unmet && !kept.whole.committed && !kept.whole.dollars && !kept.whole.runsOut);
    QCOMPARE(kept.whole.supply.value_or(0), 200.0);
    QCOMPARE(kept.lines.size(), 2U);
}

void TestCapacityReport::whatCameAndWentIsAChange()
{
    auto before = figuresOf(m_report);
    before.lines.front().model = "A100 80GB SXM";
    const auto changes = changesOf(before, figuresOf(m_report));
    QCOMPARE(changes.size(), 3U);
    QVERIFY(!changes[0].before && changes[0].after);
    QVERIFY(changes[1].before && changes[1].after);
    QVERIFY(changes[2].before && !changes[2].after);
    QCOMPARE(changes[2].any().model, std::string("A100 80GB SXM"));
}

void TestCapacityReport::costOfAHistoryIsItsNewestGpusTimesTheirPrices()
{
    const auto cost = costOf(m_report.history, { .own = { price("azure", "H100", 4) } }, m_day);
    QCOMPARE(cost.all.rented.dollars, 110 * 4.0);
    QCOMPARE(cost.all.allocated.dollars, 90 * 4.0);
    QCOMPARE(cost.all.used.dollars, 70 * 4.0);
    QCOMPARE(cost.all.idle.dollars, 20 * 4.0);
    QCOMPARE(cost.all.rented.unpriced, 100.0);
    QCOMPARE(cost.byProvider.size(), 2U);
    QCOMPARE(cost.bySupplier[0].rented.dollars, 440.0);
}

/// In the second step a provider came back: its supply is a mean of before and after.
void TestCapacityReport::theShareOfThePeakIsOfTheSupplyThen()
{
    const auto share = [this](std::vector<double> supply, std::vector<double> peak) {
        auto& history = m_report.history;
        history.times.resize(supply.size());
        history.whole.supply = std::move(supply);
        history.whole.peak = std::move(peak);
        return m_report.key().peakShare;
    };
    QCOMPARE(share({ 752, 1124, 1496 }, { 500, 1400, 1380 }), 100 * 1400 / 1496.0);
    QCOMPARE(share({ 1496, 1124, 752 }, { 1200, 1300, 500 }), 100 * 1300 / 1496.0);
    QCOMPARE(share({ 1000, 1496 }, { 1400, 1380 }), 100 * 1400 / 1496.0);
    QCOMPARE(share({ 1496, 1496, 752 }, { 1400, 1300, 500 }), 100 * 1400 / 1496.0);
    QCOMPARE(share({ 752, 1496, 1496 }, { 700, 690, 690 }), 100 * 700 / 752.0);
    QVERIFY(std::isnan(share({ notKnown, 0 }, { 1, 2 })));
}

void TestCapacityReport::whatNobodyHeardOfAHistoryIsNotUsedForNothing()
{
    m_report.history.rows[1].newest = { .until = {}, .gpus = 100, .unknown = 100 };
    const auto cost = costOf(m_report.history, { .own = { price("azure", "H100", 4), price("gcp", "H200", 2) } }, m_day);
    QCOMPARE(cost.byProvider[1].rented.known(), std::optional(200.0));
    QVERIFY(!cost.byProvider[1].used.known() && !cost.bySupplier[1].idle.known());
    QCOMPARE(cost.all.used.known(), std::optional(70 * 4.0));
    QCOMPARE(cost.all.unheard, 100.0);
}

void TestCapacityReport::oneMomentStandsInForAHistory()
{
    plantest::PlanFleet fleet;
    fleet.rules.workloads.resize(1);
    fleet.rules.workloads[0].name = "chat";
    fleet.add("azure", "east", 2, 8, 5, 0);
    fleet.add("gcp", "west", 1, 8, 2, 0, "H200 141GB SXM");
    m_report.history = momentOf(*fleet.snapshot(), m_report.history.query);
    const auto key = m_report.key();
    QCOMPARE(key.newest.gpus, 24.0);
    QCOMPARE(key.newest.busy, 12.0);
    QCOMPARE(m_report.history.rows.size(), 2U);
    QCOMPARE(m_report.history.rows[0].peakShare, 62.5);
}

void TestCapacityReport::whatIsSimulatedSaysSo()
{
    QVERIFY(!m_report.isSimulated());
    m_report.endpoints.emplace_back().simulated = true;
    QVERIFY(figuresOf(m_report).simulated);
}

QTEST_GUILESS_MAIN(TestCapacityReport)
#include "tst_capacityreport.moc"
