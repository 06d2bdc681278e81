// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include "models/capacitymodel.h"
#include "models/capacitytext.h"

using namespace penstock;
using namespace std::chrono_literals;

Q_DECLARE_METATYPE(std::optional<penstock::RunOut>)

/// Providers and models as rows of a table.
class TestCapacityModel final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English)); }
    void aRowSaysWhatIsThere();
    void runningOutIsADateAndARange_data();
    void runningOutIsADateAndARange();
    void aDateOfSingleHoursIsSaidToBeThat();
    void aContractThatEndsIsSaidToBeWhyItRunsOut();
    void newFiguresKeepTheRows();

private:
    static constexpr Time now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);
    static CapacityFigures figures(const char* provider, std::optional<RunOut> runOut = {})
    {
        return { .row = { .provider = provider,
                     .model = "H100 80GB SXM",
                     .newest = { .until = now, .step = std::chrono::seconds(10), .gpus = 1000, .supply = 960.4, .allocated = 900, .busy = 880, .idle = 20 },
                     .peak = 930,
                     .peakShare = 96.9 },
            .committed = 1024,
            .reserved = {},
            .quota = {},
            .runOut = runOut,
            .cost = 2600 };
    }
};

void TestCapacityModel::aRowSaysWhatIsThere()
{
    CapacityModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.show({ figures("azure"), figures("gcp") }, now);
    const auto text = [&](int column) { return model.index(0, column).data().toString(); };
    QCOMPARE(text(CapacityModel::Provider), QStringLiteral("azure"));
    QCOMPARE(text(CapacityModel::Supply), QStringLiteral("960"));
    QCOMPARE(text(CapacityModel::Committed), QStringLiteral("1,024"));
    QCOMPARE(text(CapacityModel::PeakBusy), QStringLiteral("96.9 %"));
    QCOMPARE(text(CapacityModel::RunsOut), QStringLiteral("–"));
    QCOMPARE(text(CapacityModel::Cost), QStringLiteral("$2.6k"));
    QVERIFY(model.isEmpty(CapacityModel::Quota));
    QVERIFY(!model.isEmpty(CapacityModel::Committed));
}

void TestCapacityModel::runningOutIsADateAndARange_data()
{
    QTest::addColumn<std::optional<RunOut>>("runOut");
    QTest::addColumn<QString>("date");
    QTest::addColumn<QString>("range");
    QTest::addColumn<int>("urgency");
    const auto in = [](int days) { return now + std::chrono::days(days); };
    const auto row
        = [](const char* name, const std::optional<RunOut>& out, const char* date, const char* range, int urgency) {
              QTest::newRow(name) << out << QString::fromUtf8(date) << QString::fromUtf8(range) << urgency;
          };
    row("soon", RunOut { false, in(26), in(41), in(62), in(270), {} }, "3 Jan 2027", "19 Dec to 24 Jan 2027", 2);
    row("in some months", RunOut { false, in(79), in(119), {}, in(270), {} }, "22 Mar 2027", "from 10 Feb 2027", 1);
    row("later", RunOut { false, in(101), in(200), in(230), in(270), {} }, "11 Jun 2027", "4 Mar to 11 Jul 2027", 0);
    row("not within what is told", RunOut { false, {}, {}, {}, in(270), {} }, "after 20 Aug 2027", "", 0);
    row("from a few hours of history", RunOut { false, {}, {}, {}, in(1), std::chrono::hours(66) }, "can't tell yet",
        "after 66 h more of history", 0);
    row("already", RunOut { true, in(0), in(0), in(3), in(270), {} }, "now", "", 2);
    row("nothing is known", {}, "–", "", 0);
}

void TestCapacityModel::runningOutIsADateAndARange()
{
    QFETCH(std::optional<RunOut>, runOut);
    CapacityModel model;
    model.show({ figures("azure", runOut) }, now);
    QTEST(model.index(0, CapacityModel::RunsOut).data().toString(), "date");
    QTEST(model.index(0, CapacityModel::Band).data().toString(), "range");
    QTEST(model.index(0, CapacityModel::RunsOut).data(CapacityModel::UrgencyRole).toInt(), "urgency");
}

void TestCapacityModel::aDateOfSingleHoursIsSaidToBeThat()
{
    ToldGroup told;
    told.forecast.points = { { now, 90, 95, 105 } };
    told.runOut = RunOut { .already = false, .earliest = now, .likely = now, .latest = {} };
    const auto said = QStringLiteral("The likely line stays below capacity");
    QVERIFY(!CapacityText::forecast(&told).contains(said));
    told.runOut->lineStaysBelow = true;
    QVERIFY(CapacityText::forecast(&told).contains(said));
    told.runOut->likely.reset();
    QVERIFY(!CapacityText::forecast(&told).contains(said));
}

void TestCapacityModel::aContractThatEndsIsSaidToBeWhyItRunsOut()
{
    ToldGroup told;
    told.forecast.points = { { now, 90, 95, 105 } };
    told.supply.steps = { { Time::min(), 3000 }, { now + 30min, 952 } };
    told.runOut = RunOut { .already = false, .earliest = now, .likely = now + 1h, .latest = {} };
    QVERIFY2(CapacityText::forecast(&told).endsWith(QStringLiteral("It runs out as 2,048 committed GPUs end.")), qPrintable(CapacityText::forecast(&told)));
    told.runOut->likely = now;
    QVERIFY(!CapacityText::forecast(&told).contains(QStringLiteral("committed GPUs end")));
}

void TestCapacityModel::newFiguresKeepTheRows()
{
    CapacityModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.show({ figures("azure") }, now);
    QSignalSpy resets(&model, &QAbstractItemModel::modelReset), changes(&model, &QAbstractItemModel::dataChanged);
    model.show({ figures("azure") }, now + 1h);
    QCOMPARE(resets.count(), 0);
    QCOMPARE(changes.count(), 1);
    model.show({ figures("azure"), figures("gcp") }, now + 1h);
    QCOMPARE(resets.count(), 1);
    QCOMPARE(model.rowCount(), 2);
}

QTEST_MAIN(TestCapacityModel)
#include "tst_capacitymodel.moc"
