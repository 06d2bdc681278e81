// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "capacitydrawing.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "controls/theme.h"
#include "models/capacitymodel.h"
#include "pages/capacitypage.h"

namespace penstock {

namespace {

using Curve = CapacityPicture::Curve;
using Dimension = GroupPoint::Dimension;

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
        .title = out.already ? CapacityPage::tr("capacity has run out")
                             : CapacityPage::tr("runs out %1").arg(runsOutText(out)),
        .note = runsOutRange(out) };
}

} // namespace

double secondsOf(Time time)
{
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

CapacityPicture drawCapacity(const CapacityDrawing& it)
{
    const auto& theme = currentTheme();
    const auto& history = it.history;
    const auto& whole = history.whole;
    CapacityPicture made;
    made.begin = secondsOf(history.query.from);
    made.now = secondsOf(history.query.to);
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
        const auto provider = history.query.by == Dimension::Region ? name.section(QLatin1Char('/'), 0, 0) : name;
        const bool ofProvider = history.query.by == Dimension::Provider;
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
    const bool hasSupply = history.query.onlyOf != Dimension::Workload;
    curve(CapacityPage::tr("allocated"), theme.state(GpuState::Idle), whole.allocated);
    if (made.step >= 60 && hasAny(whole.peak))
        curve(CapacityPage::tr("busy peak"), theme.state(GpuState::Busy), whole.peak);
    if (hasSupply)
        curve(CapacityPage::tr("supply"), theme.t1, whole.supply, true);
    curve(CapacityPage::tr("demand"), theme.acc, whole.needed);
    if (hasAny(whole.unmet)) {
        made.unmet.colour = theme.amber;
        made.unmet.values = whole.needed;
        made.unmetFrom = whole.needed;
        for (std::size_t i = 0; i < whole.unmet.size(); ++i)
            made.unmetFrom[i] -= std::isnan(whole.unmet[i]) ? 0 : whole.unmet[i];
    }
    if (it.told && !it.told->forecast.points.empty()) {
        made.end = std::min(
            made.now + static_cast<double>(it.ahead.count()), secondsOf(it.told->forecast.points.back().at) + 3600);
        made.end = std::max(made.end, made.now);
    }
    if (made.end > made.now) {
        made.told = toldPart(*it.told, it.isDemand ? CapacityPage::tr("demand told") : CapacityPage::tr("load told"),
            history.step, made.end);
        if (const auto& out = it.told->runOut; out && (out->already || out->likely))
            made.runsOut = runsOutOf(*it.told, *out, made.end);
        if (it.committed.empty() && !it.told->supply.steps.empty())
            made.curves.push_back(
                steppedCurve(CapacityPage::tr("there now"), theme.t2, it.told->supply.steps, made.now, made.end));
    }
    if (!it.committed.empty())
        made.curves.push_back(
            steppedCurve(CapacityPage::tr("committed"), theme.t1, it.committed, made.begin, made.end));
    if (!hasAny(whole.gpus))
        made.empty = CapacityPage::tr("Nothing was seen in this time. The console fills its history while it runs.");
    return made;
}

} // namespace penstock
