// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QSignalSpy>
#include <QTest>

#include "charts/chartlink.h"

using namespace penstock;

/// Charts that share a stretch of time stream, are zoomed and frozen together.
class TestChartLink final : public QObject
{
    Q_OBJECT

private slots:
    void eachChartStreamsItsOwnLength();
    void aStretchIsLookedAt_data();
    void aStretchIsLookedAt();
    void frozenStaysWhereItIs();
    void whatIsOverIsFrozenUntilItStreamsAgain();
    void onlyWhatIsNewIsTold();
};

namespace {

constexpr double now = 10'000, own = 900;
using Stretch = ChartLink::Stretch;

} // namespace

void TestChartLink::eachChartStreamsItsOwnLength()
{
    const ChartLink link;
    QCOMPARE(link.stretch(900, now), (Stretch { 9100, 10'000 }));
    QCOMPARE(link.stretch(3600, now + 5), (Stretch { 6405, 10'005 }));
    QVERIFY(!link.frozenAt());
}

void TestChartLink::aStretchIsLookedAt_data()
{
    QTest::addColumn<double>("longest");
    QTest::addColumn<double>("begin");
    QTest::addColumn<double>("end");
    QTest::addColumn<double>("shownBegin");
    QTest::addColumn<double>("shownEnd");
    QTest::addColumn<bool>("frozen");
    QTest::newRow("up to now it streams on") << 0. << 9900. << 10'000. << 9900. << 10'000. << false;
    QTest::newRow("nearly up to now too") << 0. << 9899. << 9999. << 9900. << 10'000. << false;
    QTest::newRow("what is over is frozen") << 0. << 9200. << 9300. << 9200. << 9300. << true;
    QTest::newRow("no shorter than a few points") << 0. << 9200. << 9201. << 9198. << 9203. << true;
    QTest::newRow("no longer than there is") << 0. << 5000. << 10'000. << 9100. << 10'000. << false;
    QTest::newRow("no earlier than there is") << 0. << 8000. << 8100. << 9100. << 9200. << true;
    QTest::newRow("longer where the history has it") << 7200. << 2800. << 10'000. << 2800. << 10'000. << false;
    QTest::newRow("nothing of what is to come") << 0. << 9950. << 10'150. << 9800. << 10'000. << false;
}

void TestChartLink::aStretchIsLookedAt()
{
    QFETCH(double, longest);
    QFETCH(double, begin);
    QFETCH(double, end);
    ChartLink link;
    link.setLongest(longest);
    link.look({ begin, end }, own, now);
    const auto shown = link.stretch(own, now);
    QTEST(shown.begin, "shownBegin");
    QTEST(shown.end, "shownEnd");
    QTEST(link.frozenAt().has_value(), "frozen");
}

void TestChartLink::frozenStaysWhereItIs()
{
    ChartLink link;
    link.freeze(now);
    QCOMPARE(link.frozenAt(), std::optional(now));
    QCOMPARE(link.stretch(own, now + 60), (Stretch { 9100, 10'000 }));
    // It can be looked at more closely, up to its end and back, and stays frozen.
    link.look({ 9200, 9300 }, own, now + 60);
    link.look({ 9100, 10'000 }, own, now + 70);
    QCOMPARE(link.frozenAt(), std::optional(now));
    QCOMPARE(link.stretch(own, now + 80), (Stretch { 9100, 10'000 }));
    link.thaw();
    QCOMPARE(link.stretch(own, now + 90), (Stretch { 9190, 10'090 }));
}

void TestChartLink::whatIsOverIsFrozenUntilItStreamsAgain()
{
    ChartLink link;
    link.look({ 9200, 9300 }, own, now);
    QCOMPARE(link.stretch(own, now + 60), (Stretch { 9200, 9300 }));
    // All charts, whatever their own length.
    QCOMPARE(link.stretch(3600, now + 60), (Stretch { 9200, 9300 }));
    link.look({ 9100, 10'000 }, own, now + 60);
    QVERIFY(!link.frozenAt() && !link.length());
    // One click shows what came meanwhile.
    link.look({ 9200, 9300 }, own, now);
    link.thaw();
    QCOMPARE(link.stretch(own, now + 60), (Stretch { 9160, 10'060 }));
}

void TestChartLink::onlyWhatIsNewIsTold()
{
    ChartLink link;
    QSignalSpy changed(&link, &ChartLink::changed), pointed(&link, &ChartLink::pointed);
    link.reset();
    link.point({});
    QCOMPARE(changed.count() + pointed.count(), 0);
    link.look({ 9200, 9300 }, own, now);
    link.look({ 9200, 9300 }, own, now);
    link.point(9250);
    link.point(9250);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(pointed.count(), 1);
}

QTEST_GUILESS_MAIN(TestChartLink)
#include "tst_chartlink.moc"
