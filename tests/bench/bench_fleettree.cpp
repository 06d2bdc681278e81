// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QApplication>
#include <QImage>
#include <QLineEdit>
#include <QTreeView>
#include <array>
#include <benchmark/benchmark.h>

#include "models/fleettreemodel.h"
#include "pages/fleetpage.h"
#include "snapshots.h"

using namespace penstock;

namespace {

/// A page that shows the fleets, with every cluster of the first `clusters` open.
struct OpenPage
{
    std::vector<SnapshotPtr> snapshots;
    FleetPage page;
    QTreeView* tree = nullptr;

    OpenPage(std::int64_t gpus, std::int64_t clusters) : snapshots(bench::snapshots(static_cast<std::uint64_t>(gpus)))
    {
        page.resize(1432, 924);
        page.show(snapshots[0], std::make_shared<RecentHistory>());
        page.QWidget::show();
        tree = page.findChild<QTreeView*>(QStringLiteral("fleetTree"));
        auto& model = *static_cast<FleetTreeModel*>(tree->model());
        for (std::uint32_t c = 0; c < clusters; ++c) {
            const auto cluster = model.indexOf(FleetTreeModel::Place { FleetTreeModel::Cluster, c, 0 });
            tree->expand(cluster.parent());
            tree->expand(cluster);
        }
        QCoreApplication::processEvents();
    }
};

/// A new snapshot while the tree is sorted by utilisation, which changes everywhere: sorted, laid out, not painted.
void sortedTreeUpdate(benchmark::State& state)
{
    OpenPage it(state.range(0), state.range(1));
    it.tree->sortByColumn(FleetTreeModel::Utilisation, Qt::DescendingOrder);
    auto& model = *static_cast<FleetTreeModel*>(it.tree->model());
    it.tree->setCurrentIndex(model.index(0, 0));
    std::size_t next = 0;
    for (auto _ : state) {
        model.show(it.snapshots[++next % 4]);
        QCoreApplication::sendPostedEvents();
    }
}

/// One key in the filter box, until the page is painted again; the slowest of the keys that write a filter and take it
/// away is the counter `worst`.
void filterKeystroke(benchmark::State& state)
{
    OpenPage it(state.range(0), state.range(1));
    auto* box = it.page.findChild<QLineEdit*>(QStringLiteral("fleetFilter"));
    const std::array texts { "n", "no", "nod", "node", "node-1", "node-12", "", "m", "model:", "model:H", "model:H1", "model:H100", "model:H100 s", "model:H100 state:",
        "model:H100 state:unh", "state:unhealthy", "state:un", "state:busy", "azure state:busy", "" };
    QImage picture(it.page.size(), QImage::Format_RGB32);
    std::size_t next = 0;
    double worst = 0;
    for (auto _ : state) {
        const auto from = std::chrono::steady_clock::now();
        box->setText(QString::fromLatin1(texts.at(next++ % texts.size())));
        QCoreApplication::processEvents();
        it.page.render(&picture);
        worst = std::max(worst, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - from).count());
    }
    state.counters["worst_ms"] = worst;
}

} // namespace

BENCHMARK(sortedTreeUpdate)->Args({ 1'000'000, 0 })->Args({ 1'000'000, 1 })->Args({ 1'000'000, 32 })->Unit(benchmark::kMillisecond);
BENCHMARK(filterKeystroke)->Args({ 1'000'000, 0 })->Args({ 1'000'000, 1 })->Args({ 1'000'000, 32 })->Unit(benchmark::kMillisecond);
