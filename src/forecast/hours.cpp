// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "hours.h"

#include <algorithm>

namespace penstock {

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t longest = 3 * 366 * 24;
constexpr double wholeHour = 3600, leastShare = 0.25; ///< seconds; seen of an hour
constexpr double greatestFigure = 1e15; ///< above, sums lose their meaning

std::int64_t hourOf(Time at)
{
    return std::chrono::floor<std::chrono::hours>(at.time_since_epoch()).count();
}

bool isData(const Observation& it)
{
    return it.covered > 0s && std::ranges::all_of(std::array { it.mean, it.least, it.greatest }, [](double value) {
        return value >= 0 && value <= greatestFigure;
    });
}

/// What is known of one hour so far.
struct Sum
{
    double weighted = 0, greatest = 0, seconds = 0;
    void add(const Observation& it)
    {
        const auto weight = static_cast<double>(it.covered.count());
        weighted += it.mean * weight;
        seconds += weight;
        greatest = std::max(greatest, it.greatest);
    }
};

/// How many seconds each hour has to be seen. Points that come regularly, more than a second apart, show as one whole
/// part of an hour twice in a row, which a console that is opened now and then does not.
std::vector<double> neededOf(const std::vector<Sum>& sums)
{
    std::vector<double> made(sums.size(), leastShare * wholeHour);
    for (std::size_t hour = 0; hour + 1 < sums.size(); ++hour) {
        const auto seconds = sums[hour].seconds;
        if (seconds == 0 || seconds != sums[hour + 1].seconds || std::fmod(wholeHour, seconds) != 0)
            continue;
        // The hours at both ends of such a stretch may have fewer.
        const auto first = hour - std::min<std::size_t>(hour, 1), end = std::min(hour + 3, sums.size());
        for (auto near = first; near < end; ++near)
            made[near] = std::min(made[near], leastShare * seconds);
    }
    return made;
}

} // namespace

Hours hoursOf(std::span<const Observation> history, ForecastOf of)
{
    std::vector<Observation> sorted;
    std::ranges::copy_if(history, std::back_inserter(sorted), isData);
    std::ranges::stable_sort(sorted, {}, &Observation::at);
    Hours made;
    if (sorted.empty())
        return made;
    const auto end = hourOf(sorted.back().at) + 1;
    made.first = std::max(hourOf(sorted.front().at), end - longest);
    std::vector<Sum> sums(static_cast<std::size_t>(end - made.first));
    for (auto it = sorted.begin(); it != sorted.end(); ++it)
        if (const auto next = std::next(it);
            hourOf(it->at) >= made.first && (next == sorted.end() || next->at != it->at))
            sums[static_cast<std::size_t>(hourOf(it->at) - made.first)].add(*it);
    const auto needed = neededOf(sums);
    for (std::size_t hour = 0; hour < sums.size(); ++hour) {
        const auto& it = sums[hour];
        const bool seen = it.seconds >= needed[hour];
        made.values.push_back(!seen ? gap : of == ForecastOf::Mean ? it.weighted / it.seconds : it.greatest);
        made.covered += seen ? 1 : 0;
    }
    const auto isSeen = [](double value) { return !std::isnan(value); };
    const auto lead = std::ranges::find_if(made.values, isSeen) - made.values.begin();
    made.values.erase(made.values.begin(), made.values.begin() + lead);
    made.first += lead;
    while (!made.values.empty() && std::isnan(made.values.back()))
        made.values.pop_back();
    return made;
}

} // namespace penstock
