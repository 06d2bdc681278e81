// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "models/capacitytext.h"

#include <QDateTime>
#include <QLocale>
#include <algorithm>
#include <cmath>
#include <ranges>

#include "models/capacitymodel.h"
#include "models/format.h"

namespace penstock {

QString CapacityText::range(std::size_t at)
{
    const std::array<QString, capacityRangeCount> names { tr("1 h"), tr("6 h"), tr("1 d"), tr("7 d"), tr("30 d"),
        tr("13 months") };
    return names.at(at);
}

QString CapacityText::steps(std::size_t at)
{
    const std::array<QString, capacityRangeCount> names { tr("means of 10 s"), tr("means of a minute"),
        tr("means of 5 min"), tr("means of 30 min"), tr("means of an hour"), tr("each day at its busiest hour") };
    return names.at(at);
}

QString CapacityText::method(ForecastMethod method)
{
    switch (method) {
    case ForecastMethod::None:
        break;
    case ForecastMethod::LastValue:
        return tr("as now");
    case ForecastMethod::LastWeek:
        return tr("same as last week");
    case ForecastMethod::Smoothing:
        return tr("the model");
    }
    return QStringLiteral("–");
}

QString CapacityText::forecast(const ToldGroup* told)
{
    if (!told)
        return tr("Forecast: nothing of this is known yet.");
    const auto& it = told->forecast;
    if (it.points.empty())
        return tr("Forecast: %1 hours more of history are needed.").arg(it.missing ? it.missing->count() : 0);
    const auto naive = method(it.naive);
    const auto error = meanError(it.backTests, &BackTest::model), other = meanError(it.backTests, &BackTest::naive);
    QStringList said { tr("Forecast with its 80 % band.") };
    if (!error)
        said << tr("Too little history to test it on.");
    else
        said << tr("Back-tested error %1, \"%2\" %3.").arg(format::percent(error), naive, format::percent(other));
    if (it.naiveIsAsGood())
        said << tr("No better than that, so \"%1\" is used.").arg(naive);
    if (const auto& out = told->runOut; out && !out->already && out->likely && out->lineStaysBelow)
        said << tr("The likely line stays below capacity; the date is when the highest hour is likely above it.");
    if (const auto gpus = endingAsItRunsOut(*told))
        said << tr("It runs out as %1 committed GPUs end.").arg(format::count(static_cast<std::uint64_t>(*gpus)));
    return said.join(QLatin1Char(' '));
}

QString CapacityText::runsOutNote(const RunOut& out, Time now)
{
    if (out.already)
        return tr("demand is above capacity");
    if (out.missing)
        return tr("not enough history to tell, %1 h more are needed").arg(out.missing->count());
    const auto range = runsOutRange(out);
    if (out.likely) {
        const auto days = std::chrono::ceil<std::chrono::days>(*out.likely - now).count();
        return days <= 1 ? tr("within a day, %1").arg(range) : tr("in %1 days, %2").arg(days).arg(range);
    }
    return range.isEmpty() ? tr("not within what is told") : range;
}

QString CapacityText::firstOut(const std::vector<ToldGroup>& rows, const RunOut& whole)
{
    const auto dateOf = [](const std::optional<RunOut>& out) { return !out ? std::optional<Time>() : out->already ? std::optional(Time {}) : out->likely; };
    const ToldGroup* first = nullptr;
    for (const auto& row : rows)
        if (const auto date = dateOf(row.runOut); date && (!first || *date < *dateOf(first->runOut)))
            first = &row;
    if (!first || whole.already || (whole.likely && *whole.likely <= *dateOf(first->runOut)))
        return {};
    const auto name = QString::fromStdString(first->key).replace(QLatin1Char('/'), QLatin1Char(' '));
    return first->runOut->already ? tr("%1 has run out already").arg(name) : tr("%1 first: %2").arg(name, format::day(*first->runOut->likely));
}

QString CapacityText::source(const std::string& workspace)
{
    return workspace.empty() ? tr("history of this console")
                             : tr("history of %1").arg(QString::fromStdString(workspace));
}

/// Of whom nothing was heard, while others were.
QStringList CapacityText::silent(const CapacityHistory& history)
{
    constexpr qsizetype mostNamed = 3;
    QStringList parts;
    for (const auto& it : history.rows)
        if (const auto& until = it.newest.until; it.newest.isOldAt(history.query.to)) {
            const auto name = QString::fromStdString(it.provider + ' ' + it.model);
            parts << (until ? tr("nothing was seen of %1 since %2").arg(name, moment(*until)) : tr("nothing was seen of %1").arg(name));
        }
    if (parts.size() > mostNamed)
        parts = { tr("nothing is seen any more of %1 of %2 providers and models").arg(parts.size()).arg(history.rows.size()) };
    return parts;
}

bool CapacityText::isSilent(const CapacitySeries& series, std::size_t at)
{
    constexpr double least = 0.01; // of the GPUs
    return at < std::min(series.silent.size(), series.gpus.size()) && series.silent[at] > least * series.gpus[at];
}

QString CapacityText::silentForAWhile(const CapacityHistory& history)
{
    std::optional<std::size_t> first;
    std::size_t last = 0;
    double most = 0;
    for (std::size_t i = 0; i < history.times.size(); ++i)
        if (isSilent(history.whole, i)) {
            first = first.value_or(i);
            last = i;
            most = std::max(most, history.whole.silent[i]);
        }
    if (!first)
        return {};
    QStringList names;
    for (const auto& band : history.bands)
        if (std::ranges::any_of(std::views::iota(*first, last + 1), [&](std::size_t i) { return isSilent(band, i); }))
            names << QString::fromStdString(band.key);
    const auto from = moment(history.times[*first]), to = moment(history.times[last] + history.step);
    return names.isEmpty() ? tr("up to %1 GPUs were silent between %2 and %3").arg(gpus(most), from, to)
                           : tr("up to %1 GPUs were silent between %2 and %3 (%4)").arg(gpus(most), from, to, names.join(QStringLiteral(", ")));
}

QString CapacityText::missing(const CapacityHistory& history)
{
    QStringList parts;
    const auto& times = history.times;
    std::int64_t gone = 0;
    for (std::size_t i = 1; i < times.size(); ++i)
        gone += (times[i] - times[i - 1]) / history.step - 1;
    if (gone > 0)
        parts << tr("%1 of %2 steps were not seen").arg(gone).arg(gone + std::ssize(times));
    if (times.empty() || times.front() - history.query.from > history.step)
        parts << (times.empty() ? tr("nothing was seen")
                                : tr("nothing was seen before %1").arg(format::day(times.front())));
    if (const auto& newest = history.newest; newest.until && newest.isOldAt(history.query.to))
        parts << tr("nothing was seen since %1").arg(moment(*newest.until));
    else if (newest.until)
        parts << silent(history);
    if (const auto awhile = silentForAWhile(history); !awhile.isEmpty())
        parts << awhile;
    if (history.damaged > 0)
        parts << tr("%1 pieces could not be read").arg(history.damaged);
    return parts.join(QStringLiteral("; "));
}

QString CapacityText::dated(const QString& what, const CapacityMoment& of, Time now, std::optional<Time> past)
{
    if (!of.until)
        return what;
    if (of.isOldAt(now))
        return tr("%1, %2 ago").arg(what, format::age(ageSeconds(of.until, now)));
    return past ? tr("%1, %2").arg(what, format::moment(*past)) : tr("%1 now").arg(what);
}

QString CapacityText::moment(Time at)
{
    const auto when = QDateTime::fromSecsSinceEpoch(
        std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count(), Qt::UTC);
    return QLocale().toString(when, QStringLiteral("d MMM yyyy, HH:mm 'UTC'"));
}

QString CapacityText::peakNote(const KeyFigures& key)
{
    if (!key.peakAt)
        return {};
    const auto day = format::day(*key.peakAt);
    return std::isnan(key.peakShare) ? day : tr("%1 of supply, %2").arg(format::percent(key.peakShare), day);
}

QString CapacityText::gpus(double count)
{
    return std::isnan(count) ? QStringLiteral("–")
                             : format::count(static_cast<std::uint64_t>(std::llround(std::max(0.0, count))));
}

QString CapacityText::ofGpus(const CapacityMoment& it)
{
    return it.unknown >= 1 ? tr("of %1 GPUs, %2 silent").arg(gpus(it.gpus), gpus(it.unknown)) : tr("of %1 GPUs").arg(gpus(it.gpus));
}

QString CapacityText::percent(double value)
{
    return format::percent(std::isnan(value) ? std::nullopt : std::optional(value));
}

QString pricesText(const PriceBasis& prices)
{
    const auto day = [](std::chrono::sys_days it) { return QDateTime::fromSecsSinceEpoch(std::chrono::duration_cast<std::chrono::seconds>(it.time_since_epoch()).count(), Qt::UTC).toString(QStringLiteral("yyyy-MM-dd")); };
    QStringList parts;
    if (prices.own)
        parts << QCoreApplication::translate("Prices", "prices of the workspace up to %1").arg(day(*prices.own));
    if (prices.oldestList)
        parts << (prices.newestList == prices.oldestList ? QCoreApplication::translate("Prices", "list prices of %1").arg(day(*prices.oldestList))
                                                         : QCoreApplication::translate("Prices", "list prices of %1 to %2").arg(day(*prices.oldestList), day(*prices.newestList)));
    return parts.join(QStringLiteral(", "));
}

} // namespace penstock
