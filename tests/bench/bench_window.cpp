// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QApplication>
#include <QDateTime>
#include <QDir>
#include <QImage>
#include <QProcess>
#include <QTemporaryDir>
#include <benchmark/benchmark.h>

#include "charts/heatmap.h"
#include "controls/theme.h"
#include "largefile.h"
#include "pages/fleetpage.h"
#include "snapshots.h"

using namespace penstock;

namespace {

/// One frame of the Fleet page at 1600x1000: a new snapshot is taken in and everything is painted.
void fleetPageFrame(benchmark::State& state)
{
    const auto snapshots = bench::snapshots(static_cast<std::uint64_t>(state.range(0)));
    const auto history = std::make_shared<RecentHistory>();
    // A full chart: 15 minutes.
    for (int second = 0; second < 900; ++second) {
        auto point = std::make_shared<RollupPoint>(rollupPoint(*snapshots[static_cast<std::size_t>(second) % 4]));
        point->at = bench::start - std::chrono::seconds(900 - second);
        history->push_back(std::move(point));
    }
    FleetPage page;
    page.resize(1432, 924);
    page.show(snapshots[0], history);
    page.QWidget::show();
    QCoreApplication::processEvents();
    QImage picture(page.size(), QImage::Format_RGB32);
    std::size_t next = 0;
    for (auto _ : state) {
        page.show(snapshots[++next % 4], history);
        QCoreApplication::processEvents();
        page.render(&picture);
    }
}

/// The same of the heatmap on the whole page at 2560x1440; `closer`: how often its user has looked closer.
void heatPageFrame(benchmark::State& state, int closer)
{
    const auto snapshots = bench::snapshots(static_cast<std::uint64_t>(state.range(0)));
    FleetPage page;
    page.resize(2392, 1364);
    page.show(snapshots[0], {});
    page.QWidget::show();
    page.toggleHeat();
    auto* map = page.findChild<Heatmap*>(QStringLiteral("heatmapPage"));
    for (int i = 0; i < closer; ++i)
        emit map->zoomWanted(1, HeatSpot {}, {});
    QCoreApplication::processEvents();
    QImage picture(page.size(), QImage::Format_RGB32);
    std::size_t next = 0;
    for (auto _ : state) {
        page.show(snapshots[++next % 4], {});
        QCoreApplication::processEvents();
        page.render(&picture);
    }
    state.counters["gpus_in_view"] = static_cast<double>(map->itemsInView());
    state.counters["gpus_a_cell"] = map->heatLayout().itemsACell();
}

/// From the start of the process until a picture of the window with its first numbers has been painted, encoded and written:
/// painted from the cache of an earlier run, whose history has grown to as many bytes since. An upper bound of what a user
/// waits, by the time stamp of the picture.
void coldStart(benchmark::State& state)
{
    const QTemporaryDir folder;
    const auto run = [&](const QString& after) {
        QProcess process;
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("XDG_DATA_HOME"), folder.path());
        process.setProcessEnvironment(environment);
        process.start(QStringLiteral(PENSTOCK_CONSOLE), { QStringLiteral("--demo"), QStringLiteral("--screenshot"), folder.filePath(QStringLiteral("window.png")), QStringLiteral("--after"), after });
        if (!process.waitForFinished(60000) || process.exitCode() != 0)
            std::abort();
    };
    run(QStringLiteral("7"));
    const QDir data(folder.filePath(QStringLiteral("penstock")));
    const auto files = data.entryList({ QStringLiteral("history-*.db") });
    if (files.size() != 1 || (state.range(0) > 0 && !bench::makeLarge(data.filePath(files.front()).toStdString(), QDateTime::currentSecsSinceEpoch() - 25 * 86400)))
        return state.SkipWithError("there is no history to fill");
    state.counters["history_bytes"] = static_cast<double>(QFileInfo(data.filePath(files.front())).size());
    for (auto _ : state) {
        const auto begun = QDateTime::currentMSecsSinceEpoch();
        run(QStringLiteral("0"));
        state.SetIterationTime(static_cast<double>(QFileInfo(folder.filePath(QStringLiteral("window.png"))).lastModified().toMSecsSinceEpoch() - begun) / 1000);
    }
}

} // namespace

BENCHMARK(fleetPageFrame)->Arg(10'000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(heatPageFrame, all, 0)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(heatPageFrame, cluster, 3)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(heatPageFrame, numbers, 6)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(coldStart)->Arg(0)->Arg(bench::large)->Unit(benchmark::kMillisecond)->Iterations(9)->UseManualTime();

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication app(argc, argv);
    applyTheme(app, ThemeName::Dark);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
