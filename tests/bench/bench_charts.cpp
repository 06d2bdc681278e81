// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QCoreApplication>
#include <QImage>
#include <QMouseEvent>
#include <benchmark/benchmark.h>
#include <cmath>

#include "charts/capacitychart.h"
#include "charts/timechart.h"
#include "pages/capacitypage.h"
#include "trendview.h"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

constexpr Time now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);

QImage shown(QWidget& widget, QSize size)
{
    widget.resize(size);
    widget.show();
    QCoreApplication::processEvents();
    return { size, QImage::Format_RGB32 };
}

/// A frame of the chart of busy GPUs while it streams: a day of six providers, the least and the greatest of each 10 s, scrolled by a pixel.
void dayThatStreams(benchmark::State& state)
{
    auto trend = std::make_shared<Trend>();
    std::vector<TrendView::Look> looks;
    const auto points = static_cast<std::size_t>(state.range(0));
    const double end = std::chrono::duration<double>(now.time_since_epoch()).count(), length = 86'400;
    for (int provider = 0; provider < 6; ++provider) {
        trend->columns.push_back({ std::to_string(provider), {} });
        looks.push_back({ QString::number(provider), Qt::blue, Qt::darkBlue });
    }
    for (std::size_t i = 0; i < points; ++i) {
        trend->times.push_back(end - length + length * static_cast<double>(i + 1) / static_cast<double>(points));
        for (std::size_t provider = 0; provider < trend->columns.size(); ++provider)
            trend->columns[provider].values.push_back(50'000 + 5'000 * std::sin(static_cast<double>(i + provider) / 500) + 300 * static_cast<double>(i % 2));
        trend->supply.push_back(400'000);
    }
    TimeChart chart(TimeChart::Shape::Stacked);
    auto* view = new TrendView(chart, std::chrono::seconds(86'400));
    auto picture = shown(chart, { 1400, 300 });
    double at = end;
    for (auto _ : state) {
        view->show(trend, looks, at += length / chart.columns());
        QCoreApplication::processEvents();
        chart.render(&picture);
    }
}

CapacitySeries series(const char* key, std::size_t points, double gpus)
{
    CapacitySeries made { .key = key };
    for (std::size_t i = 0; i < points; ++i) {
        const double wave = std::sin(static_cast<double>(i) / 4), growth = 0.5 + static_cast<double>(i) / static_cast<double>(2 * points);
        for (const auto& [column, share] : { std::pair { &CapacitySeries::gpus, 1.0 }, { &CapacitySeries::supply, 0.98 }, { &CapacitySeries::allocated, 0.9 + 0.03 * wave }, { &CapacitySeries::busy, 0.85 + 0.03 * wave },
                 { &CapacitySeries::peak, 0.95 }, { &CapacitySeries::needed, 0.92 + 0.03 * wave }, { &CapacitySeries::unmet, 0.02 } })
            (made.*column).push_back(gpus * share * growth);
    }
    return made;
}

/// 13 months of six providers as the history answers: each day's busiest hour.
CapacityHistory yearFor(const CapacityPage& page)
{
    CapacityHistory made;
    made.query = page.query(now);
    made.step = std::chrono::days(1);
    for (int day = 396; day > 0; --day)
        made.times.push_back(now - std::chrono::days(day));
    made.whole = series("", made.times.size(), 1'000'000);
    for (const char* key : { "aws", "azure", "coreweave", "gcp", "lambda", "oci" })
        made.bands.push_back(series(key, made.times.size(), 1'000'000.0 / 6));
    return made;
}

/// What the Capacity page does when such an answer arrives: figures, table and chart are made anew and painted.
void yearThatArrives(benchmark::State& state)
{
    CapacityPage page;
    page.setFacts({});
    auto picture = shown(page, { 1432, 924 });
    const auto history = yearFor(page);
    for (auto _ : state) {
        page.showHistory(history);
        QCoreApplication::processEvents();
        page.render(&picture);
    }
}

/// One move of the pointer over its chart.
void crosshairOverAYear(benchmark::State& state)
{
    CapacityPage page;
    page.setFacts({});
    shown(page, { 1432, 924 });
    page.showHistory(yearFor(page));
    QCoreApplication::processEvents();
    auto* chart = page.findChild<CapacityChart*>(QStringLiteral("capacityChart"));
    QImage picture(chart->size(), QImage::Format_RGB32);
    int x = 0;
    for (auto _ : state) {
        const QPointF at(x = x % chart->width() + 1, chart->height() / 2);
        QMouseEvent moved(QEvent::MouseMove, at, chart->mapToGlobal(at), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
        QCoreApplication::sendEvent(chart, &moved);
        chart->render(&picture);
    }
}

} // namespace

BENCHMARK(dayThatStreams)->Arg(900)->Arg(17'280)->Unit(benchmark::kMillisecond);
BENCHMARK(yearThatArrives)->Unit(benchmark::kMillisecond);
BENCHMARK(crosshairOverAYear)->Unit(benchmark::kMillisecond);
