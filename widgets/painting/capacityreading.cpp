// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QDateTime>
#include <QLocale>
#include <algorithm>
#include <cmath>

#include "painting/capacityreading.h"

namespace penstock {

namespace {

constexpr double day = 86400;

/// What holds at a time; empty: nothing does.
std::optional<double> valueAt(const CapacityPicture& picture, const CapacityPicture::Curve& curve, double time)
{
    const bool isPlan = curve.style == Qt::DashLine;
    // What was seen says nothing of what is to come.
    if (curve.values.empty() || (!isPlan && time >= picture.now))
        return {};
    // A plan that begins in the step that is read is of that step.
    const auto after = std::ranges::upper_bound(curve.times, isPlan && time < picture.now ? std::min(picture.now, time + picture.step) : time);
    if (after == curve.times.begin())
        return {};
    const auto at = static_cast<std::size_t>(after - curve.times.begin()) - 1;
    const double value = curve.values[std::min(at, curve.values.size() - 1)];
    return (isPlan || time - curve.times[at] < picture.step) && !std::isnan(value) ? std::optional(value) : std::nullopt;
}

} // namespace

std::optional<CapacityReading> CapacityReading::at(const CapacityPicture& picture, double time)
{
    CapacityReading made { .time = time, .rows = {} };
    const auto& told = picture.told;
    if (time < picture.now) {
        const auto after = std::ranges::upper_bound(picture.times, time);
        if (after == picture.times.begin() || time - *std::prev(after) >= 1.9 * picture.step)
            return {};
        made.time = *std::prev(after);
        const auto at = static_cast<std::size_t>(after - picture.times.begin()) - 1;
        for (auto band = picture.bands.rbegin(); band != picture.bands.rend(); ++band)
            made.rows.push_back({ .kind = Row::Band, .name = band->name, .value = band->values[at], .colour = band->line });
    } else if (const auto after = std::ranges::upper_bound(told.times, time); after != told.times.begin()) {
        const auto at = static_cast<std::size_t>(after - told.times.begin()) - 1;
        made.time = std::max(picture.now, told.times[at]);
        made.rows.push_back({ .kind = Row::Told, .name = told.name, .value = told.likely[at], .low = told.low[at], .high = told.high[at] });
    }
    for (const auto& curve : picture.curves)
        if (const auto value = valueAt(picture, curve, made.time))
            made.rows.push_back({ .kind = Row::Curve, .name = curve.name, .value = *value, .colour = curve.colour });
    // The first point in sight may have begun before it.
    if (made.rows.empty() || made.time < picture.begin - picture.step || made.time > picture.end)
        return {};
    return made;
}

std::optional<CapacityReading> CapacityReading::newest(const CapacityPicture& picture)
{
    const auto seen = std::ranges::upper_bound(picture.times, picture.end);
    if (seen != picture.times.begin())
        if (auto made = at(picture, *std::prev(seen)))
            return made;
    const auto told = std::ranges::upper_bound(picture.told.times, picture.end);
    return told == picture.told.times.begin() ? std::nullopt : at(picture, std::max(picture.now, *std::prev(told)));
}

QString CapacityReading::when(const CapacityPicture& picture, Length length) const
{
    const auto date = length == Length::Whole ? QStringLiteral("d MMM yyyy") : QStringLiteral("d MMM");
    const auto at = QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(time * 1000), Qt::UTC);
    return picture.step < day ? QLocale().toString(at, date + QStringLiteral(" HH:mm 'UTC'"))
                              : tr("%1, busiest hour").arg(QLocale().toString(at, date));
}

const CapacityReading::Row* CapacityReading::find(Row::Kind kind, const QString& name) const
{
    const auto found = std::ranges::find_if(rows, [&](const Row& it) { return it.kind == kind && it.name == name; });
    return found == rows.end() ? nullptr : &*found;
}

} // namespace penstock
