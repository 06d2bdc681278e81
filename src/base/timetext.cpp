// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "base/timetext.h"

#include <algorithm>
#include <charconv>

namespace penstock {

namespace {

    using namespace std::chrono;

    std::string padded(std::int64_t number, std::size_t width)
    {
        auto text = std::to_string(number);
        return text.size() < width ? std::string(width - text.size(), '0') + text : text;
    }

    /// Takes so many digits and what follows them off the front of the text.
    bool take(std::string_view& text, std::size_t digits, std::string_view after, int& number)
    {
        if (text.size() < digits + after.size() || text.substr(digits, after.size()) != after
            || !std::ranges::all_of(text.substr(0, digits), [](char it) { return it >= '0' && it <= '9'; }))
            return false;
        std::from_chars(text.data(), text.data() + digits, number);
        text.remove_prefix(digits + after.size());
        return true;
    }

} // namespace

std::string rfc3339(Time time, TimeDigits digits)
{
    constexpr Time first { sys_days { year(0) / January / 1 } }, last { sys_days { year(9999) / December / 31 } + days(1) - microseconds(1) };
    time = std::clamp(time, first, last);
    const auto day = floor<days>(time);
    const year_month_day date { day };
    const hh_mm_ss clock { time - day };
    const auto fraction = digits == TimeDigits::Milliseconds ? clock.subseconds().count() / 1000 : clock.subseconds().count();
    return padded(int { date.year() }, 4) + '-' + padded(unsigned { date.month() }, 2) + '-' + padded(unsigned { date.day() }, 2) + 'T'
        + padded(clock.hours().count(), 2) + ':' + padded(clock.minutes().count(), 2) + ':' + padded(clock.seconds().count(), 2) + '.'
        + padded(fraction, static_cast<std::size_t>(digits)) + 'Z';
}

Result<Time> parseTime(std::string_view text)
{
    const auto wrong = [whole = text] {
        return fail(Error::Kind::Invalid, "'" + std::string(whole) + "' is no time", {}, "write 2026-11-23 or 2026-11-23T08:00:00Z");
    };
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (!take(text, 4, "-", year) || !take(text, 2, "-", month) || !take(text, 2, "", day))
        return wrong();
    const year_month_day date { std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)), std::chrono::day(static_cast<unsigned>(day)) };
    if (!date.ok())
        return wrong();
    if (text.empty())
        return Time(sys_days(date));
    if (!text.starts_with('T'))
        return wrong();
    text.remove_prefix(1);
    if (!take(text, 2, ":", hour) || !take(text, 2, ":", minute) || !take(text, 2, "", second) || hour > 23 || minute > 59 || second > 59)
        return wrong();
    std::int64_t fraction = 0;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        std::int64_t unit = 1'000'000;
        while (!text.empty() && text.front() >= '0' && text.front() <= '9' && unit > 1) {
            unit /= 10;
            fraction += unit * (text.front() - '0');
            text.remove_prefix(1);
        }
        if (unit == 1'000'000)
            return wrong();
    }
    if (text != "Z")
        return wrong();
    return Time(sys_days(date)) + hours(hour) + minutes(minute) + seconds(second) + microseconds(fraction);
}

std::string lengthText(std::chrono::seconds length)
{
    return length < std::chrono::minutes(1) ? std::to_string(length.count()) + " s" : std::to_string(length.count() / 60) + " min";
}

} // namespace penstock
