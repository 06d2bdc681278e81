// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "pictures/capacitydrawing.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

#include "fleet/workload.h"
#include "models/capacitymodel.h"
#include "models/capacitytext.h"
#include "models/format.h"

namespace penstock {

namespace {

using Curve = CapacityPicture::Curve;

bool hasAny(const std::vector<double>& values)
{
    return std::ranges::any_of(values, [](double it) { return !std::isnan(it); });
}

double sumOf(const std::vector<double>& values)
{
    return std::accumulate(
        values.begin(), values.end(), 0.0, [](double sum, double it) { return std::isnan(it) ? sum : sum + it; });
}

/// Steps from one time to another.
Curve steppedCurve(
    const QString& name, const QColor& colour, std::span<const CapacityStep> steps, double from, double to)
{
    Curve made {
        .name = name, .colour = colour, .style = Qt::DashLine, .stepped = true, .times = { from }, .values = {}
    };
    double gpus = steps.front().gpus;
    for (const auto& step : steps) {
        const double at = step.from == Time::min() ? from : secondsOf(step.from);
        if (at <= from)
            gpus = step.gpus;
        else if (at < to)
            made.times.push_back(at);
    }
    made.values.push_back(gpus);
    for (const auto& step : steps)
        if (step.from != Time::min() && secondsOf(step.from) > from && secondsOf(step.from) < to)
            made.values.push_back(step.gpus);
    made.times.push_back(to);
    made.values.push_back(made.values.back());
    return made;
}

/// Of each step of the picture the hour of which most is told.
CapacityPicture::Told toldPart(const ToldGroup& told, const QString& name, std::chrono::seconds step, double until)
{
    CapacityPicture::Told made { .name = name, .times = {}, .low = {}, .likely = {}, .high = {} };
    const auto wide = std::max<std::chrono::seconds>(step, std::chrono::hours(1));
    for (const auto& point : told.forecast.points) {
        const auto at = point.at.time_since_epoch();
        const double begin = secondsOf(Time(at - at % wide));
        if (begin > until)
            break;
        if (made.times.empty() || begin > made.times.back()) {
            made.times.push_back(begin);
            made.low.push_back(point.low);
            made.likely.push_back(point.likely);
            made.high.push_back(point.high);
        } else if (point.likely > made.likely.back()) {
            made.low.back() = point.low;
            made.likely.back() = point.likely;
            made.high.back() = point.high;
        }
    }
    return made;
}

CapacityPicture::RunsOut runsOutOf(const ToldGroup& told, const RunOut& out, double end)
{
    const auto at = out.already ? *told.forecast.to : *out.likely;
    return { .time = secondsOf(at),
        .value = capacityAt(told.supply.steps, at),
        .earliest = secondsOf(out.earliest.value_or(at)),
        .latest = out.latest ? secondsOf(*out.latest) : end,
        .title = out.already ? CapacityDrawing::tr("capacity has run out")
                             : CapacityDrawing::tr("runs out %1").arg(runsOutText(out)),
        .note = runsOutRange(out) };
}

/// On top of what is known to be healthy.
void drawSilent(CapacityPicture& made, const CapacitySeries& whole, const Theme& theme)
{
    made.silent = { .name = CapacityDrawing::tr("silent"), .colour = theme.state(GpuState::Unknown), .pattern = Qt::BDiagPattern, .low = {}, .high = {} };
    for (std::size_t i = 0; i < std::min({ whole.silent.size(), whole.gpus.size(), whole.supply.size() }); ++i) {
        const bool isSeen = CapacityText::isSilent(whole, i);
        made.silent.low.push_back(isSeen ? whole.supply[i] : notKnown);
        made.silent.high.push_back(isSeen ? whole.supply[i] + whole.silent[i] : notKnown);
    }
}

/// The blocks that are seen, each as a step that can be taken, and what they lift.
void drawBlocks(CapacityPicture& made, const CapacityDrawing& it, const std::pair<std::string, std::string>& supplier)
{
    const auto& theme = it.theme;
    const auto& before = it.told->supply.steps;
    const auto with = capacityWith(before, it.blocks, supplier.first, supplier.second);
    double first = made.end;
    std::map<Time, double> sameDay;
    for (std::size_t i = 0; i < it.blocks.size(); ++i) {
        const auto& block = it.blocks[i];
        const bool isOurs = (supplier.first.empty() || block.provider == supplier.first)
            && (supplier.second.empty() || modelMatches(supplier.second, block.model));
        if (!isOurs || !block.from || secondsOf(*block.from) <= made.now || secondsOf(*block.from) >= made.end)
            continue;
        const double from = capacityAt(with, *block.from - Duration(1)) + sameDay[*block.from];
        sameDay[*block.from] += static_cast<double>(block.gpus);
        first = std::min(first, secondsOf(*block.from));
        made.steps.push_back({ .id = i,
            .time = secondsOf(*block.from),
            .from = from,
            .to = from + static_cast<double>(block.gpus),
            .title = blockText(block),
            .note = CapacityDrawing::tr("%1, what-if").arg(format::day(*block.from)) });
    }
    if (made.steps.empty())
        return;
    made.curves.push_back(steppedCurve(CapacityDrawing::tr("with blocks"), theme.acc, with, first - 1, made.end));
    made.lift.fill = theme.accsoft;
    made.lift.times = { first, made.end };
    for (const auto* steps : { &before, &with })
        for (const auto& step : *steps)
            if (step.from != Time::min() && secondsOf(step.from) > first && secondsOf(step.from) < made.end)
                made.lift.times.push_back(secondsOf(step.from));
    std::ranges::sort(made.lift.times);
    for (const double time : made.lift.times) {
        const Time at { std::chrono::duration_cast<Duration>(std::chrono::duration<double>(time)) };
        const auto [low, high] = std::minmax({ capacityAt(before, at), capacityAt(with, at) });
        made.lift.low.push_back(low);
        made.lift.high.push_back(high);
    }
}

} // namespace

QString blockText(const CommittedCapacity& block)
{
    const auto sign = block.gpus < 0 ? QStringLiteral("-") : QStringLiteral("+");
    auto model = QString::fromStdString(block.model);
    if (model.endsWith(QLatin1String(" SXM")))
        model.chop(4);
    return CapacityDrawing::tr("%1 %2 at %3")
        .arg(sign + format::count(static_cast<std::uint64_t>(std::abs(block.gpus))), model,
            QString::fromStdString(block.provider));
}

double secondsOf(Time time)
{
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

CapacityPicture drawCapacity(const CapacityDrawing& it)
{
    const auto& theme = it.theme;
    const auto& history = it.history;
    const auto& whole = history.whole;
    CapacityPicture made;
    made.begin = secondsOf(it.from);
    made.now = secondsOf(it.now);
    made.end = made.now;
    made.step = static_cast<double>(history.step.count());
    made.stacked = it.stacked;
    for (const auto at : history.times)
        made.times.push_back(secondsOf(at));
    std::vector<const CapacitySeries*> bands;
    for (const auto& band : history.bands)
        bands.push_back(&band);
    // The largest at the bottom, where a band is read best.
    std::ranges::stable_sort(bands, std::greater {}, [](const CapacitySeries* band) { return sumOf(band->busy); });
    for (const auto* band : bands) {
        const auto name = QString::fromStdString(band->key);
        const auto provider
            = history.query.by == GroupPoint::Dimension::Region ? name.section(QLatin1Char('/'), 0, 0) : name;
        const bool ofProvider = history.query.by == GroupPoint::Dimension::Provider;
        const auto colour = ofProvider ? theme.provider(provider) : theme.series(static_cast<int>(made.bands.size()));
        made.bands.push_back(
            { name, colour, theme.mixed(colour, theme.name == ThemeName::Dark ? 0.42 : 0.36), band->busy });
    }
    const auto curve
        = [&](const QString& name, const QColor& colour, const std::vector<double>& values, bool stepped = false) {
              if (hasAny(values))
                  made.curves.push_back({ .name = name,
                      .colour = colour,
                      .style = Qt::SolidLine,
                      .stepped = stepped,
                      .times = made.times,
                      .values = values });
          };
    const bool hasSupply = history.query.onlyOf != GroupPoint::Dimension::Workload;
    curve(CapacityDrawing::tr("allocated"), theme.state(GpuState::Idle), whole.allocated);
    if (made.step >= 60 && hasAny(whole.peak))
        curve(CapacityDrawing::tr("busy peak"), theme.state(GpuState::Busy), whole.peak);
    if (hasSupply)
        curve(CapacityDrawing::tr("supply"), theme.t1, whole.supply, true);
    curve(CapacityDrawing::tr("demand"), theme.acc, whole.needed);
    if (hasAny(whole.unmet)) {
        made.unmet.colour = theme.amber;
        made.unmet.high = whole.needed;
        made.unmet.low = whole.needed;
        for (std::size_t i = 0; i < whole.unmet.size(); ++i)
            made.unmet.low[i] -= std::isnan(whole.unmet[i]) ? 0 : whole.unmet[i];
    }
    if (hasSupply)
        drawSilent(made, whole, theme);
    if (it.told && !it.told->forecast.points.empty()) {
        made.end = std::min(
            made.now + static_cast<double>(it.ahead.count()), secondsOf(it.told->forecast.points.back().at) + 3600);
        made.end = std::max(made.end, made.now);
    }
    if (made.end > made.now) {
        made.told = toldPart(*it.told, it.toldOf == CapacityOutlook::Of::Demand ? CapacityDrawing::tr("demand told") : it.toldOf == CapacityOutlook::Of::Busy ? CapacityDrawing::tr("busy told") : CapacityDrawing::tr("load told"),
            history.step, made.end);
        if (const auto& out = it.told->runOut; out && (out->already || out->likely))
            made.runsOut = runsOutOf(*it.told, *out, made.end);
        // What is only partly committed, or not at all, is held against what is there.
        if (!it.told->supply.steps.empty() && it.told->supply.source != "committed")
            made.curves.push_back(
                steppedCurve(CapacityDrawing::tr("capacity"), theme.t2, it.told->supply.steps, made.now, made.end));
    }
    if (!it.committed.empty())
        made.curves.push_back(
            steppedCurve(CapacityDrawing::tr("committed"), theme.t1, it.committed, made.begin, made.end));
    const auto supplier = supplierOf(history.query.onlyOf, history.query.only);
    if (made.end > made.now && supplier && !it.told->supply.steps.empty() && !it.blocks.empty()) {
        drawBlocks(made, it, *supplier);
        if (made.runsOut && !made.steps.empty())
            made.runsOut->note = CapacityDrawing::tr("with blocks: %1")
                                     .arg(runsOutText(runOutWith(*it.told, history.query.onlyOf, it.blocks)));
    }
    if (!hasAny(whole.gpus))
        made.empty = CapacityDrawing::tr("Nothing was seen in this time. The console fills its history while it runs.");
    return made;
}

void crop(CapacityPicture& picture, double begin, double end)
{
    picture.begin = begin;
    picture.end = end;
    const auto isSeen = [&](double time) { return time >= begin && time <= end; };
    // A line's label is its value where it leaves the picture.
    const auto cut = [&](std::vector<double>& times, std::initializer_list<std::vector<double>*> values) {
        const auto count = static_cast<std::size_t>(std::ranges::upper_bound(times, end) - times.begin());
        times.resize(count);
        for (auto* it : values)
            it->resize(std::min(it->size(), count));
    };
    for (auto& curve : picture.curves) {
        const double last = curve.times.empty() ? 0 : curve.times.back();
        cut(curve.times, { &curve.values });
        // What holds until its next time goes on to the edge.
        if (curve.stepped && last > end && !curve.values.empty()) {
            curve.times.push_back(end);
            curve.values.push_back(curve.values.back());
        }
    }
    std::erase_if(picture.curves, [](const CapacityPicture::Curve& curve) { return curve.values.empty(); });
    const auto count = static_cast<std::size_t>(std::ranges::upper_bound(picture.times, end) - picture.times.begin());
    picture.times.resize(count);
    for (auto& band : picture.bands)
        band.values.resize(std::min(band.values.size(), count));
    for (auto* area : { &picture.unmet, &picture.silent })
        for (auto* values : { &area->low, &area->high })
            values->resize(std::min(values->size(), count));
    auto& told = picture.told;
    cut(told.times, { &told.low, &told.likely, &told.high });
    std::erase_if(picture.steps, [&](const CapacityPicture::Step& step) { return !isSeen(step.time); });
    if (picture.runsOut && !isSeen(picture.runsOut->time))
        picture.runsOut.reset();
}

} // namespace penstock
