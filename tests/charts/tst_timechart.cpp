// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QSignalSpy>
#include <QTest>
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
};

void TestTimeChart::labelsSayTheNewestValues_data()
{
    QTest::addColumn<bool>("stacked");
    QTest::addColumn<double>("latest");
    QTest::addColumn<QString>("description");
    QTest::newRow("a stack") << true << 20.0 << "azure 10, gcp 20, supply 50";
    QTest::newRow("lines") << false << 20.0 << "azure 10, gcp 20, supply 50";
    QTest::newRow("one is not known now") << true << std::numeric_limits<double>::quiet_NaN() << "azure 10, supply 50";
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

QTEST_MAIN(TestTimeChart)
#include "tst_timechart.moc"
