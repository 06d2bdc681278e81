// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QCoreApplication>
#include <QImage>
#include <benchmark/benchmark.h>

#include "pages/loadpage.h"
#include "planner/steps.h"
#include "plans.h"

using namespace penstock;

namespace {

/// One move of a hand on the Load page with 200 routes at 1,000,000 GPUs: the plan is made and judged anew, and the page painted.
/// `edited`: routes that are edited at once.
void loadPageDrag(benchmark::State& state)
{
    const auto& world = bench::world();
    const auto& ground = *world.ground[0];
    const auto edited = static_cast<std::size_t>(state.range(0));
    const auto moves = world.moves(false);
    std::vector<RouteFigures> figures(ground.rules().routes.size());
    for (std::size_t r = 0; r < figures.size(); ++r) {
        figures[r].route = ground.rules().routes[r];
        figures[r].workload = ground.rules().workloads[r];
        figures[r].reading = world.readings[0][r];
    }
    LoadPage page;
    page.resize(1432, 924);
    page.show(figures);
    page.QWidget::show();
    QCoreApplication::processEvents();
    QImage picture(page.size(), QImage::Format_RGB32);
    Circumstances circumstances;
    circumstances.now = bench::moment;
    circumstances.readings = world.pointers(false);
    double offset = 0;
    for (auto _ : state) {
        offset = offset >= 1 ? 0 : offset + 0.1;
        PlanFigures plan;
        plan.plan.person = "ada";
        plan.plan.plannedAt = bench::moment;
        SplitFigures wanted;
        for (std::size_t r = 0; r < edited; ++r) {
            auto to = moves[r].to;
            const auto most = static_cast<std::size_t>(std::ranges::max_element(to) - to.begin());
            to[most] -= offset;
            to[(most + 1) % to.size()] += offset;
            wanted.targets.emplace_back(ground.rules().routes[r].name, to);
            plan.plan.moves.push_back({ .route = ground.rules().routes[r].name, .version = "7", .from = moves[r].from, .steps = *rampSteps(moves[r].from, to, 1) });
        }
        page.showBestSplit(wanted);
        plan.judgement = judge(ground, plan.plan, circumstances);
        plan.lines = linesOf(ground, plan.judgement.effect, EffectBy::ClusterAndModel);
        plan.ground = std::shared_ptr<const Ground>(std::shared_ptr<const Ground>(), &ground);
        page.showPlan(plan);
        QCoreApplication::processEvents();
        page.render(&picture);
    }
}

} // namespace

BENCHMARK(loadPageDrag)->Arg(1)->Arg(20)->Arg(200)->Unit(benchmark::kMillisecond);
