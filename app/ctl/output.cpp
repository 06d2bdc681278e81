// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "output.h"

#include <QLocale>
#include <QRegularExpression>
#include <charconv>
#include <cmath>

namespace penstock {

double rounded(double value, int digits)
{
    const double scale = std::pow(10, digits);
    return std::round(value * scale) / scale;
}

std::string fixedText(double value, int digits) { return QLocale(QLocale::English, QLocale::UnitedStates).toString(value, 'f', digits).toStdString(); }

Json whole(double value) { return std::llround(value); }
Json number(std::optional<double> value, int digits) { return value ? Json(rounded(*value, digits)) : Json(nullptr); }

/// "...T09:00:00Z" and one hour of "...T09:00:00+01:00".
static std::pair<std::string, std::chrono::minutes> withoutOffset(const std::string& text)
{
    static const QRegularExpression ending(QStringLiteral("^(\\d+-\\d\\d-\\d\\dT.*)([+-])([01]\\d|2[0-3]):([0-5]\\d)$"));
    const auto found = ending.match(QString::fromStdString(text));
    if (!found.hasMatch())
        return { text, {} };
    const std::chrono::minutes offset { found.captured(3).toInt() * 60 + found.captured(4).toInt() };
    return { found.captured(1).toStdString() + "Z", found.captured(2) == QStringLiteral("-") ? -offset : offset };
}

/// The same day of an earlier month, or its last one.
static Time monthsBefore(Time time, int months)
{
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const auto then = std::chrono::year_month_day(day) - std::chrono::months(months);
    const auto last = std::chrono::year_month_day(then.year() / then.month() / std::chrono::last);
    return std::chrono::sys_days(std::min(then.day(), last.day()) == then.day() ? then : last) + (time - day);
}

Result<std::optional<Time>> momentOf(const std::string& text)
{
    if (text.empty())
        return std::nullopt;
    if (text.front() != '-') {
        const auto [utc, offset] = withoutOffset(text);
        const auto time = parseTime(utc);
        return time ? Result<std::optional<Time>>(*time - offset) : std::unexpected(time.error());
    }
    std::int64_t amount = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, wrong] = std::from_chars(text.data() + 1, end, amount);
    const auto unit = std::string_view(stop, static_cast<std::size_t>(end - stop));
    const std::int64_t seconds = unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : unit == "d" ? 86400 : unit == "w" ? 7 * 86400 : 0;
    constexpr std::int64_t mostMonths = 12'000;
    const bool isMonths = unit == "mo" && amount <= mostMonths;
    if (wrong != std::errc() || (seconds == 0 && !isMonths) || amount < 0 || amount > 1'000'000)
        return fail(Error::Kind::Invalid, "'" + text + "' is no time", {},
            "write a number of s, m (minutes), h, d, w or mo (months), as -30m or -13mo, or 2026-11-23 or 2026-11-23T08:00:00Z");
    return isMonths ? monthsBefore(wallClock(), static_cast<int>(amount)) : wallClock() - std::chrono::seconds(amount * seconds);
}

std::string headOf(bool simulated, const std::vector<std::string>& partial)
{
    std::string head = simulated ? "SIMULATED\n" : "";
    if (!partial.empty()) {
        head += "NOT WHOLE, these did not answer, or only in part:";
        for (const auto& name : partial)
            head += " " + name;
        head += '\n';
    }
    return head;
}

} // namespace penstock
