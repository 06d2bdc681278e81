// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "models/format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace penstock {

namespace {
    const QString dash = QStringLiteral("–");
    QString fixed(double value, int digits) { return QLocale().toString(value, 'f', digits); }
}

namespace format {

    QString count(std::uint64_t value) { return QLocale().toString(static_cast<qulonglong>(value)); }
    QString percent(std::optional<double> value) { return value ? fixed(*value, 1) + QStringLiteral(" %") : dash; }
    QString wholePercent(double value) { return QLocale().toString(static_cast<int>(std::floor(value + 1e-6))) + QStringLiteral(" %"); }

    QString dollars(double amount)
    {
        if (amount < 0)
            return QLatin1Char('-') + dollars(-amount);
        if (amount >= 1e6)
            return QLatin1Char('$') + fixed(amount / 1e6, 2) + QLatin1Char('M');
        return QLatin1Char('$') + (amount >= 1e3 ? fixed(amount / 1e3, 1) + QLatin1Char('k') : fixed(amount, 0));
    }

    QString costChange(double dollarsAnHour) { return (dollarsAnHour < 0 ? QString() : QStringLiteral("+")) + dollars(dollarsAnHour); }

    QString day(Time at)
    {
        const auto when = QDateTime::fromSecsSinceEpoch(std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count(), Qt::UTC);
        return QLocale().toString(when.date(), QStringLiteral("d MMM yyyy"));
    }

    static QString timeText(Time at, const QString& form)
    {
        const auto when = QDateTime::fromMSecsSinceEpoch(std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count(), Qt::UTC);
        const auto today = QDateTime::currentDateTimeUtc().date();
        return when.toString(when.date() == today ? form : (when.date().year() == today.year() ? QStringLiteral("d MMM ") : QStringLiteral("d MMM yyyy ")) + form);
    }

    QString moment(Time at) { return timeText(at, QStringLiteral("HH:mm 'UTC'")); }
    QString second(Time at) { return timeText(at, QStringLiteral("HH:mm:ss 'UTC'")); }

    QString duration(std::chrono::milliseconds time)
    {
        const double seconds = std::chrono::duration<double>(time).count();
        if (seconds < 1)
            return QStringLiteral("%1 ms").arg(time.count());
        if (seconds < 60)
            return fixed(seconds, 1) + QStringLiteral(" s");
        const auto whole = static_cast<long long>(seconds + 0.5);
        if (whole >= 2 * 86400)
            return QStringLiteral("%1 d %2 h").arg(whole / 86400).arg(whole / 3600 % 24);
        if (whole >= 3600)
            return QStringLiteral("%1 h %2 min").arg(whole / 3600).arg(whole / 60 % 60);
        return QStringLiteral("%1 min %2 s").arg(whole / 60).arg(whole % 60);
    }

    QString span(std::chrono::seconds time)
    {
        constexpr std::array<std::pair<long long, const char*>, 3> units { { { 3600, "h" }, { 60, "min" }, { 1, "s" } } };
        auto left = std::max<long long>(0, time.count());
        QStringList parts;
        for (const auto& [size, name] : units)
            if (const auto count = std::exchange(left, left % size) / size; count > 0)
                parts << QStringLiteral("%1 %2").arg(count).arg(QLatin1String(name));
        return parts.isEmpty() ? QStringLiteral("0 s") : parts.mid(0, 2).join(QLatin1Char(' '));
    }

    std::vector<int> wholeShares(const Weights& shares)
    {
        std::vector<int> whole;
        std::vector<std::size_t> order;
        double sum = 0;
        for (const double share : shares) {
            order.push_back(whole.size());
            whole.push_back(static_cast<int>(std::floor(share + 1e-9)));
            sum += share;
        }
        const auto remainder = [&](std::size_t i) { return shares[i] - whole[i]; };
        std::ranges::stable_sort(order, std::greater {}, remainder);
        auto left = static_cast<int>(std::lround(sum)) - std::accumulate(whole.begin(), whole.end(), 0);
        for (const auto i : order)
            if (left-- > 0)
                ++whole[i];
        return whole;
    }

    QString split(const Weights& shares)
    {
        QStringList parts;
        for (const int share : wholeShares(shares))
            parts << QString::number(share);
        return parts.join(QStringLiteral(" / "));
    }

    QString share(double value) { return fixed(value, 1); }

    QString age(std::optional<double> seconds)
    {
        if (!seconds)
            return dash;
        const auto whole = static_cast<long long>(*seconds);
        if (*seconds < 10)
            return fixed(*seconds, 1) + QStringLiteral(" s");
        if (whole < 60)
            return QStringLiteral("%1 s").arg(whole);
        if (whole < 3600)
            return QStringLiteral("%1 m %2 s").arg(whole / 60).arg(whole % 60);
        if (whole < 86400)
            return QStringLiteral("%1 h %2 m").arg(whole / 3600).arg(whole % 3600 / 60);
        return QStringLiteral("%1 d %2 h").arg(whole / 86400).arg(whole % 86400 / 3600);
    }

    QString power(std::optional<double> watts)
    {
        if (!watts)
            return dash;
        if (*watts >= 1e6)
            return fixed(*watts / 1e6, 1) + QStringLiteral(" MW");
        if (*watts >= 1e4)
            return fixed(*watts / 1e3, 1) + QStringLiteral(" kW");
        return fixed(*watts, 0) + QStringLiteral(" W");
    }

    QString memory(std::optional<double> mib)
    {
        if (!mib)
            return dash;
        const double gib = *mib / 1024;
        return gib >= 10240 ? fixed(gib / 1024, 1) + QStringLiteral(" TiB") : fixed(gib, 1) + QStringLiteral(" GiB");
    }

    QString rate(double perSecond)
    {
        if (perSecond >= 1e6)
            return fixed(perSecond / 1e6, 1) + QStringLiteral("M/s");
        if (perSecond >= 1e3)
            return fixed(perSecond / 1e3, 1) + QStringLiteral("k/s");
        return fixed(perSecond, 0) + QStringLiteral("/s");
    }

} // namespace format

std::optional<double> ageSeconds(std::optional<Time> observed, Time now)
{
    if (!observed)
        return std::nullopt;
    return std::max(0.0, std::chrono::duration<double>(now - *observed).count());
}

} // namespace penstock
