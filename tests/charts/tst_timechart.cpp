// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <limits>

#include "charts/timechart.h"

using namespace penstock;

/// A chart draws what it is given and asks for what its crosshair reads.
class TestTimeChart final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }
    void labelsSayTheNewestValues_data();
    void labelsSayTheNewestValues();
    void theCrosshairReadsTheTimeUnderThePointer();
    void aChartThatBecomesWiderSaysSo();
    void theWheelAsksForMoreOrLessAboutThePointer();
    void aDragAsksForTheStretchUnderIt();
    void aDoubleClickAsksForAllOfIt();
    void keysAsk_data();
    void keysAsk();
    void theArrowsReadOnePointAfterTheOtherAloud();
    void nothingIsReadOutOfSight();
    void frozenIsTold();

private:
    /// Shows ten minutes with a point a second, and a gap from 200 to 300.
    void fill(TimeChart& chart);
    std::vector<double> m_times, m_values;
};

void TestTimeChart::fill(TimeChart& chart)
{
    m_times.clear();
    m_values.clear();
    for (int second = 0; second <= 600; ++second)
        if (second <= 200 || second >= 300) {
            m_times.push_back(second);
            m_values.push_back(second % 7);
        }
    chart.resize(900, 300);
    chart.setReader([this](double time) -> std::optional<TimeChart::Reading> {
        const auto at = std::ranges::lower_bound(m_times, std::round(time)) - m_times.begin();
        if (at >= std::ssize(m_times) || std::abs(m_times[static_cast<std::size_t>(at)] - time) > 1)
            return {};
        return TimeChart::Reading { .time = m_times[static_cast<std::size_t>(at)], .values = { m_values[static_cast<std::size_t>(at)] }, .supply = {} };
    });
    chart.QWidget::show();
    QVERIFY(QTest::qWaitForWindowExposed(&chart));
    chart.show({ { QStringLiteral("azure"), Qt::blue, Qt::blue, { m_times, m_values }, 5 } }, {}, {}, 600, 600);
    QTRY_VERIFY(chart.columns() > 600);
}

void TestTimeChart::labelsSayTheNewestValues_data()
{
    QTest::addColumn<bool>("stacked");
    QTest::addColumn<double>("latest");
    QTest::addColumn<QString>("description");
    QTest::newRow("a stack") << true << 20.0 << "azure 10, gcp 20, supply 50";
    QTest::newRow("lines") << false << 20.0 << "azure 10, gcp 20, supply 50";
    QTest::newRow("one is not known now") << true << std::numeric_limits<double>::quiet_NaN() << "azure 10, gcp –, supply 50";
}

void TestTimeChart::labelsSayTheNewestValues()
{
    QFETCH(bool, stacked);
    QFETCH(double, latest);
    QFETCH(QString, description);
    TimeChart chart(stacked ? TimeChart::Shape::Stacked : TimeChart::Shape::Lines);
    const std::vector<double> times { 100, 110 }, azure { 8, 10 }, gcp { 30, 30 }, supply { 50, 50 };
    chart.show({ { QStringLiteral("azure"), Qt::blue, Qt::blue, { times, azure }, 10 }, { QStringLiteral("gcp"), Qt::red, Qt::red, { times, gcp }, latest } }, { times, supply }, 50, 110, 60);
    QCOMPARE(chart.accessibleDescription(), description);
}

void TestTimeChart::theCrosshairReadsTheTimeUnderThePointer()
{
    TimeChart chart(TimeChart::Shape::Lines);
    chart.resize(900, 300);
    double asked = 0;
    chart.setReader([&](double time) -> std::optional<TimeChart::Reading> {
        asked = time;
        return TimeChart::Reading { .time = std::round(time), .values = { 8 }, .supply = {} };
    });
    const std::vector<double> times { 0, 600 }, values { 8, 10 };
    chart.QWidget::show();
    QVERIFY(QTest::qWaitForWindowExposed(&chart));
    chart.show({ { QStringLiteral("azure"), Qt::blue, Qt::blue, { times, values }, 10 } }, {}, {}, 600, 600);
    QTRY_VERIFY(chart.columns() > 600);
    QSignalSpy pointed(&chart, &TimeChart::pointed);
    QMouseEvent move(QEvent::MouseMove, QPointF(400, 100), QPointF(400, 100), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&chart, &move);
    QCOMPARE(pointed.count(), 1);
    const auto under = pointed.at(0).at(0).value<std::optional<double>>();
    QVERIFY(under && *under > 200 && *under < 400);
    QTRY_COMPARE(asked, *under);
}

void TestTimeChart::aChartThatBecomesWiderSaysSo()
{
    TimeChart chart(TimeChart::Shape::Lines);
    chart.resize(600, 300);
    chart.QWidget::show();
    QVERIFY(QTest::qWaitForWindowExposed(&chart));
    QSignalSpy changed(&chart, &TimeChart::columnsChanged);
    const int before = chart.columns();
    chart.resize(800, 300);
    QTRY_VERIFY(changed.count() > 0);
    QTRY_COMPARE(chart.columns(), before + 200);
}

void TestTimeChart::theWheelAsksForMoreOrLessAboutThePointer()
{
    TimeChart chart(TimeChart::Shape::Lines);
    fill(chart);
    QSignalSpy looked(&chart, &TimeChart::looked);
    const auto turn = [&](const QPointF& at, int angle) {
        QWheelEvent event(at, at, {}, QPoint(0, angle), Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(&chart, &event);
    };
    turn(QPointF(chart.area().left() + chart.area().width() / 4, 100), 120);
    QCOMPARE(looked.count(), 1);
    const double begin = looked[0][0].toDouble(), end = looked[0][1].toDouble();
    QVERIFY(begin > 20 && begin < 40 && end - begin > 470 && end - begin < 490);
    turn(chart.area().center(), -120);
    QVERIFY(looked[1][0].toDouble() < 0 && looked[1][1].toDouble() > 600);
    // Over the labels the page scrolls.
    turn(QPointF(chart.width() - 20, 100), 120);
    QCOMPARE(looked.count(), 2);
}

void TestTimeChart::aDragAsksForTheStretchUnderIt()
{
    TimeChart chart(TimeChart::Shape::Lines);
    fill(chart);
    QSignalSpy looked(&chart, &TimeChart::looked);
    const auto at = [&](double time) { return QPoint(qRound(chart.area().left() + time / 600 * chart.area().width()), 100); };
    QTest::mousePress(&chart, Qt::LeftButton, {}, at(400));
    QTest::mouseMove(&chart, at(300));
    QTest::mouseRelease(&chart, Qt::LeftButton, {}, at(300));
    QCOMPARE(looked.count(), 1);
    QVERIFY(std::abs(looked[0][0].toDouble() - 300) < 2 && std::abs(looked[0][1].toDouble() - 400) < 2);
    QTest::mouseClick(&chart, Qt::LeftButton, {}, at(300));
    QCOMPARE(looked.count(), 1);
}

void TestTimeChart::aDoubleClickAsksForAllOfIt()
{
    TimeChart chart(TimeChart::Shape::Lines);
    fill(chart);
    QSignalSpy whole(&chart, &TimeChart::wholeWanted);
    QTest::mouseDClick(&chart, Qt::LeftButton, {}, chart.area().center().toPoint());
    QCOMPARE(whole.count(), 1);
}

void TestTimeChart::keysAsk_data()
{
    QTest::addColumn<int>("key");
    QTest::addColumn<QString>("wanted");
    QTest::newRow("plus") << int(Qt::Key_Plus) << "300 600";
    QTest::newRow("minus") << int(Qt::Key_Minus) << "-600 600";
    QTest::newRow("page up") << int(Qt::Key_PageUp) << "-300 300";
    QTest::newRow("page down") << int(Qt::Key_PageDown) << "300 900";
    QTest::newRow("home") << int(Qt::Key_Home) << "whole";
    QTest::newRow("zero") << int(Qt::Key_0) << "whole";
    QTest::newRow("space") << int(Qt::Key_Space) << "freeze";
    QTest::newRow("a letter is the window's") << int(Qt::Key_H) << "";
}

void TestTimeChart::keysAsk()
{
    QFETCH(int, key);
    TimeChart chart(TimeChart::Shape::Lines);
    fill(chart);
    QString wanted;
    connect(&chart, &TimeChart::looked, this, [&](double begin, double end) { wanted = QStringLiteral("%1 %2").arg(begin).arg(end); });
    connect(&chart, &TimeChart::wholeWanted, this, [&] { wanted = QStringLiteral("whole"); });
    connect(&chart, &TimeChart::freezeWanted, this, [&] { wanted = QStringLiteral("freeze"); });
    QTest::keyClick(&chart, Qt::Key(key));
    QTEST(wanted, "wanted");
}

void TestTimeChart::theArrowsReadOnePointAfterTheOtherAloud()
{
    TimeChart chart(TimeChart::Shape::Lines);
    fill(chart);
    chart.setFocus();
    QTRY_VERIFY(chart.hasFocus());
    QTest::keyClick(&chart, Qt::Key_Left);
    QCOMPARE(chart.accessibleDescription(), QStringLiteral("00:09:59 UTC, azure 4"));
    QTest::keyClick(&chart, Qt::Key_Left);
    QCOMPARE(chart.accessibleDescription(), QStringLiteral("00:09:58 UTC, azure 3"));
    QTest::keyClick(&chart, Qt::Key_Right);
    QCOMPARE(chart.accessibleDescription(), QStringLiteral("00:09:59 UTC, azure 4"));
    // Over a gap to what is known behind it.
    chart.setCrosshair(300);
    QTest::keyClick(&chart, Qt::Key_Left);
    QCOMPARE(chart.accessibleDescription(), QStringLiteral("00:03:20 UTC, azure 4"));
    QTest::keyClick(&chart, Qt::Key_Escape);
    QCOMPARE(chart.accessibleDescription(), QStringLiteral("azure 5"));
}

void TestTimeChart::nothingIsReadOutOfSight()
{
    TimeChart chart(TimeChart::Shape::Lines);
    fill(chart);
    chart.setColours({ Qt::black, Qt::black, Qt::white, Qt::white, Qt::white, Qt::black, Qt::white, Qt::blue, Qt::yellow });
    QCoreApplication::processEvents();
    chart.show({ { QStringLiteral("azure"), Qt::blue, Qt::blue, { m_times, m_values }, 5 } }, {}, {}, 600, 100);
    QCoreApplication::processEvents();
    const auto without = chart.grab().toImage();
    chart.setCrosshair(100);
    QCOMPARE(chart.grab().toImage(), without);
    chart.setCrosshair(550);
    QVERIFY(chart.grab().toImage() != without);
}

void TestTimeChart::frozenIsTold()
{
    TimeChart chart(TimeChart::Shape::Lines);
    fill(chart);
    const auto before = chart.grab().toImage();
    chart.setFrozen(true);
    QCOMPARE(chart.accessibleDescription(), QStringLiteral("frozen, azure 5"));
    chart.setFrozen(false);
    QCOMPARE(chart.accessibleDescription(), QStringLiteral("azure 5"));
    QCOMPARE(chart.grab().toImage(), before);
}

QTEST_MAIN(TestTimeChart)
#include "tst_timechart.moc"
