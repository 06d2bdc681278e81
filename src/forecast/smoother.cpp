// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "smoother.h"

#include <algorithm>

namespace penstock {

namespace {

/// An hour's share of a damped trend that is left to the next: half of it is gone after sixty days.
const double phi = std::exp2(-1.0 / (60 * 24));
/// Of a residual, likewise: half of it is gone after three hours.
constexpr double rho = 0.8;
constexpr double dayGain = 0.05, weekGain = 0.1, weekdayGain = weekGain / 24; ///< delta, omega
/// The trend is that of about this many hours.
constexpr double trendHours = 4 * 168;
constexpr double clipAt = 3, unusualFrom = 3; ///< times the usual residual
constexpr int hoursOfShift = 24, hoursOfChange = 3; ///< in a row that are unusual: the level has shifted; what is left lasts
constexpr double spreadGain = 0.01;
constexpr double sigmaOfMean = 1.2533; ///< standard deviation of a normal distribution by its mean deviation

double gainOf(std::uint32_t seen, double least)
{
    return std::max(least, 1.0 / (seen + 2));
}

double meanOf(std::span<const double> values)
{
    double sum = 0;
    std::size_t count = 0;
    for (const auto value : values)
        if (!std::isnan(value)) {
            sum += value;
            ++count;
        }
    return count == 0 ? 0 : sum / static_cast<double>(count);
}

/// Of an hour: the median of the steps from one week to the next.
double slopeOf(std::span<const double> values)
{
    std::vector<double> steps;
    for (auto t = hoursOfWeek; t < values.size(); ++t)
        if (const auto step = values[t] - values[t - hoursOfWeek]; !std::isnan(step))
            steps.push_back(step);
    if (steps.empty())
        return 0;
    const auto middle = steps.begin() + std::ssize(steps) / 2;
    std::ranges::nth_element(steps, middle);
    return *middle / static_cast<double>(hoursOfWeek);
}

std::size_t slotOf(std::int64_t hour)
{
    constexpr std::int64_t week = hoursOfWeek;
    return static_cast<std::size_t>(((hour % week) + week) % week);
}

} // namespace

Lead::Lead(std::size_t hoursAhead)
    : hours(hoursAhead), damped(phi * (1 - std::pow(phi, static_cast<double>(hoursAhead))) / (1 - phi)),
      residual(std::pow(rho, static_cast<double>(hoursAhead)))
{
}

double Smoother::scaled(double value) const
{
    return m_recipe.scale == Recipe::Scale::Linear ? value : std::log(value + m_offset);
}

Smoother::Smoother(const Recipe& recipe, std::span<const double> warmUp, std::int64_t first) : m_recipe(recipe)
{
    m_offset = std::max(1e-9, 0.01 * meanOf(warmUp));
    m_slot = slotOf(first + static_cast<std::int64_t>(warmUp.size()) - 1);
    std::vector<double> values(warmUp.size());
    std::ranges::transform(warmUp, values.begin(), [&](double it) { return scaled(it); });
    const auto mean = meanOf(values);
    const auto average = [&](auto& slots, auto slotIn) {
        std::array<std::pair<double, std::uint32_t>, hoursOfWeek> sums {};
        for (std::size_t t = 0; t < values.size(); ++t) {
            const auto at = slotOf(first + static_cast<std::int64_t>(t));
            if (!std::isnan(values[t])) {
                auto& [sum, count] = sums.at(slotIn(at));
                sum += values[t] - mean - shapeAt(at);
                ++count;
            }
        }
        for (std::size_t s = 0; s < slots.size(); ++s)
            if (const auto& [sum, count] = sums.at(s); count > 0)
                slots[s] = { sum / count, count };
    };
    if (recipe.shape != Recipe::Shape::Flat)
        average(m_day, [](std::size_t at) { return at % hoursOfDay; });
    if (recipe.shape >= Recipe::Shape::Weekday && warmUp.size() >= hoursOfWeek)
        average(m_week, [this](std::size_t at) { return weekSlot(at); });
    for (std::size_t t = 0; t < values.size(); ++t)
        values[t] -= shapeAt(slotOf(first + static_cast<std::int64_t>(t)));
    if (recipe.trend != Recipe::Trend::None)
        m_slope = slopeOf(values);
    const auto day = std::span(values).last(std::min(values.size(), hoursOfDay));
    m_level = std::ranges::all_of(day, [](double it) { return std::isnan(it); }) ? mean : meanOf(day);
    std::ranges::transform(values, values.begin(), [&](double it) { return std::abs(it - mean); });
    m_leastSpread = recipe.scale == Recipe::Scale::Logarithmic ? 1e-3 : 1e-3 * std::max(mean, 1e-6);
    m_spread = std::max(m_leastSpread, sigmaOfMean * meanOf(values));
}

void Smoother::take(double value)
{
    m_slot = (m_slot + 1) % hoursOfWeek;
    const bool hasTrend = m_recipe.trend != Recipe::Trend::None;
    if (m_recipe.trend == Recipe::Trend::Damped)
        m_slope *= phi;
    m_level += m_slope;
    if (std::isnan(value)) {
        m_residual *= rho;
        return;
    }
    const auto seen = scaled(value);
    const auto left = seen - m_level - shapeAt(m_slot);
    const auto limit = clipAt * m_spread;
    const auto surprise = std::clamp(left - rho * m_residual, -limit, limit);
    const auto clipped = std::clamp(left, -limit, limit);
    m_level += m_recipe.level * surprise;
    if (hasTrend)
        m_slope += m_recipe.level / trendHours * surprise;
    if (m_recipe.shape != Recipe::Shape::Flat) {
        auto& slot = m_day[m_slot % hoursOfDay];
        slot.value += gainOf(slot.seen++, dayGain) * clipped;
    }
    if (m_recipe.shape >= Recipe::Shape::Weekday) {
        auto& slot = m_week[weekSlot(m_slot)];
        slot.value += gainOf(slot.seen++, m_recipe.shape == Recipe::Shape::Weekday ? weekdayGain : weekGain) * clipped;
    }
    const bool unusual = std::abs(left) > unusualFrom * m_spread;
    m_unusual = !unusual ? 0 : left > 0 ? std::max(m_unusual, 0) + 1 : std::min(m_unusual, 0) - 1;
    m_residual = seen - m_level - shapeAt(m_slot);
    // One odd hour at night, where little is usual, would be a multiple of the day that comes.
    if (std::abs(m_unusual) < hoursOfChange)
        m_residual = std::clamp(m_residual, -limit, limit);
    m_spread
        = std::max(m_leastSpread, m_spread + spreadGain * (sigmaOfMean * std::min(std::abs(left), limit) - m_spread));
    if (std::abs(m_unusual) >= hoursOfShift)
        followShift();
}

void Smoother::followShift()
{
    m_spread = std::max(m_spread, 0.05 * std::abs(m_residual));
    m_level += m_residual;
    m_residual = 0;
    m_unusual = 0;
}

double Smoother::trendAhead(const Lead& lead) const
{
    if (m_recipe.trend != Recipe::Trend::Linear)
        return lead.damped * m_slope;
    const auto grown = static_cast<double>(lead.hours) * m_slope;
    return m_recipe.scale == Recipe::Scale::Logarithmic && grown > 0 ? std::log1p(grown) : grown;
}

double Smoother::ahead(const Lead& lead) const
{
    const auto told
        = m_level + trendAhead(lead) + shapeAt((m_slot + lead.hours) % hoursOfWeek) + lead.residual * m_residual;
    return std::max(0.0, m_recipe.scale == Recipe::Scale::Linear ? told : std::exp(told) - m_offset);
}

} // namespace penstock
