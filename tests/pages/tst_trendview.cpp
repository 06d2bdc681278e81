// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <algorithm>
#include <cmath>

#include "charts/timechart.h"
#include "trendview.h"

using namespace penstock;

/// A chart gets what its pixels can show and no more.
class TestTrendView final : public QObject
{
    Q_OBJECT

private slots:
    void aChartGetsNoMorePointsThanItsPixelsShow_data();
    void aChartGetsNoMorePointsThanItsPixelsShow();
    void nothingIsDrawnAgainWithinOnePixel();
    void aFrozenChartIsLeftAlone();
    void aStretchKeepsSpikesAndGaps();
};

namespace {

constexpr double now = 1'790'000'000;
const std::vector<TrendView::Look> looks { { QStringLiteral("a"), Qt::blue, Qt::blue }, { QStringLiteral("b"), Qt::red, Qt::red } };

/// A zigzag over 15 minutes.
std::shared_ptr<const Trend> trendOf(int points)
{
    auto made = std::make_shared<Trend>();
    made->columns = { { "a", {} }, { "b", {} } };
    for (int i = 0; i < points; ++i) {
        made->times.push_back(now - 900 + 900.0 * (i + 1) / points);
        made->columns[0].values.push_back(i * 7 % 11);
        made->columns[1].values.push_back(i * 5 % 13);
        made->supply.push_back(30);
    }
    return made;
}

} // namespace

void TestTrendView::aChartGetsNoMorePointsThanItsPixelsShow_data()
{
    QTest::addColumn<int>("points");
    QTest::addColumn<int>("width");
    QTest::newRow("one a second in a wide chart") << 900 << 1600;
    QTest::newRow("one a second in a narrow chart") << 900 << 300;
    QTest::newRow("a hundred a second") << 90'000 << 1000;
}

void TestTrendView::aChartGetsNoMorePointsThanItsPixelsShow()
{
    QFETCH(int, points);
    QFETCH(int, width);
    TimeChart chart(TimeChart::Shape::Stacked);
    auto* view = new TrendView(chart);
    chart.resize(width, 300);
    chart.QWidget::show();
    QVERIFY(QTest::qWaitForWindowExposed(&chart));
    const auto trend = trendOf(points);
    view->show(trend, looks, now);
    QTRY_VERIFY(chart.columns() > 100 && chart.columns() < width);
    QCOMPARE(view->drawn().size(), 3U);
    for (const auto& line : view->drawn()) {
        QVERIFY(line.times.size() <= 4 * static_cast<std::size_t>(chart.columns()) + 1);
        QVERIFY(std::ranges::none_of(line.values, [](double it) { return std::isnan(it); }));
    }
    QCOMPARE(view->drawn()[1].values.back(), trend->columns[0].values.back() + trend->columns[1].values.back());
    QVERIFY(points > 900 || view->drawn()[0].times.size() > 300);
}

void TestTrendView::nothingIsDrawnAgainWithinOnePixel()
{
    TimeChart chart(TimeChart::Shape::Stacked);
    auto* view = new TrendView(chart);
    chart.resize(450, 300); // three seconds a pixel
    chart.QWidget::show();
    QVERIFY(QTest::qWaitForWindowExposed(&chart));
    const auto trend = trendOf(900);
    view->show(trend, looks, now);
    QCoreApplication::processEvents();
    const double pixel = 900.0 / chart.columns();
    const double edge = std::ceil(now / pixel) * pixel;
    view->show(trend, looks, edge - 0.9 * pixel);
    const auto before = view->drawn()[0].times;
    view->show(trend, looks, edge - 0.1 * pixel);
    QCOMPARE(view->drawn()[0].times, before);
    view->show(trend, looks, edge + 100 * pixel);
    QVERIFY(view->drawn()[0].times != before);
}

void TestTrendView::aFrozenChartIsLeftAlone()
{
    TimeChart chart(TimeChart::Shape::Stacked);
    auto* view = new TrendView(chart);
    chart.resize(450, 300);
    chart.QWidget::show();
    QVERIFY(QTest::qWaitForWindowExposed(&chart));
    const auto trend = trendOf(900);
    view->show(trend, looks, now);
    QCoreApplication::processEvents();
    view->link().freeze(view->end());
    const auto before = view->drawn()[0].times;
    view->show(trend, looks, now + 300);
    QCOMPARE(view->drawn()[0].times, before);
    QVERIFY(chart.isFrozen());
    // Its labels are of its right edge.
    QVERIFY(chart.accessibleDescription().contains(QStringLiteral("a %1").arg(899 * 7 % 11)));
    view->link().look({ now - 600, now - 500 }, 900, now + 300);
    QVERIFY2(chart.accessibleDescription().contains(QStringLiteral("a %1").arg(399 * 7 % 11)), qPrintable(chart.accessibleDescription()));
    view->link().thaw();
    QVERIFY(!chart.isFrozen() && view->drawn()[0].times != before);
}

void TestTrendView::aStretchKeepsSpikesAndGaps()
{
    TimeChart chart(TimeChart::Shape::Lines);
    auto* view = new TrendView(chart);
    chart.resize(400, 300);
    chart.QWidget::show();
    QVERIFY(QTest::qWaitForWindowExposed(&chart));
    auto trend = *trendOf(90'000);
    trend.columns[0].values[30'000] = 1000;
    trend.columns[0].values[30'001] = -5;
    // From a third on, nobody measured for 20 s.
    const auto erase = [](std::vector<double>& values) { values.erase(values.begin() + 34'000, values.begin() + 36'000); };
    for (auto* values : { &trend.times, &trend.columns[0].values, &trend.columns[1].values, &trend.supply })
        erase(*values);
    view->show(std::make_shared<const Trend>(std::move(trend)), looks, now);
    for (const double length : { 900., 200. }) {
        view->link().look({ now - 650, now - 650 + length }, 900, now);
        const auto& line = view->drawn()[0];
        QVERIFY(line.times.size() <= 4 * static_cast<std::size_t>(chart.columns()) + 8);
        QVERIFY(std::ranges::find(line.values, 1000.) != line.values.end() && std::ranges::find(line.values, -5.) != line.values.end());
        QCOMPARE(std::ranges::count_if(line.values, [](double it) { return std::isnan(it); }), 1);
        for (std::size_t i = 0; i < line.times.size(); ++i)
            QVERIFY(line.times[i] < now - 559 || line.times[i] > now - 541 || std::isnan(line.values[i]));
    }
}

QTEST_MAIN(TestTrendView)
#include "tst_trendview.moc"
