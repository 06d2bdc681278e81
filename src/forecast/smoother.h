// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "hours.h"

namespace penstock {

/// How a smoother learns.
struct Recipe
{
    enum class Shape {
        Flat,
        Daily, ///< by hour of the day
        Weekday, ///< and by day of the week: seven numbers
        Weekly, ///< and by hour of the week
    };
    enum class Scale { Linear, Logarithmic };
    enum class Trend {
        None,
        Damped, ///< half of it is gone after sixty days
        Linear, ///< goes on; of logarithms, in equal steps where it grows and in equal shares where it falls
    };
    Shape shape = Shape::Weekly;
    Scale scale = Scale::Linear;
    Trend trend = Trend::None;
    double level = 0.05; ///< alpha: what share of a surprise the level takes over
};

/// How far ahead to tell, with what the formulas need of it.
struct Lead
{
    explicit Lead(std::size_t hoursAhead);
    std::size_t hours;
    double damped; ///< phi + phi^2 + ... + phi^hours
    double residual; ///< rho^hours
};

/// Exponential smoothing with a daily and a weekly season, a trend and first-order autocorrelation of what is left:
///
///     told(t, h) = l(t) + (phi + ... + phi^h) b(t) + d(t + h - 24) + w(t + h - 168) + rho^h r(t)
///
/// After each hour, with what is left of it, u = y(t) - l - d - w, and the surprise e = u - rho r(t - 1), both clipped
/// at three times the usual u:
///
///     l += phi b + alpha e,  b = phi b + beta e,  d += delta u,  w += omega u,  r = y(t) - l - d - w
///
/// phi is 1 where the trend is linear. Its first state is the median of how much each hour of the warm-up is above the
/// same hour a week before.
///
/// Sources: J. W. Taylor, "Short-term electricity demand forecasting using double seasonal exponential smoothing",
/// Journal of the Operational Research Society 54 (2003) 799-805 (two seasons, autocorrelation); C. C. Holt,
/// "Forecasting seasonals and trends by exponentially weighted moving averages", International Journal of Forecasting
/// 20 (2004) 5-10 (linear trend); E. S. Gardner and E. McKenzie, "Forecasting trends in time series", Management
/// Science 31 (1985) 1237-1246 (damped trend); R. M. Hirsch, J. R. Slack and R. A. Smith, "Techniques of trend analysis
/// for monthly water quality data", Water Resources Research 18 (1982) 107-121 (the first trend); S. Gelper, R. Fried
/// and C. Croux, "Robust forecasting with exponential and Holt-Winters smoothing", Journal of Forecasting 29 (2010)
/// 285-300 (clipping). Different from Taylor's: seasons learn from u, since e holds little of what a whole day has in
/// common.
///
/// A gap moves time on and teaches nothing. A season's slot learns by running means until it has seen enough to go on
/// with delta or omega. Where what is left is unusual in one direction for a day, the level has shifted and is taken
/// over at once.
class Smoother
{
public:
    /// Begins after `warmUp`, of which the averages are its first state. `first`: hours since 1970 of its first value.
    Smoother(const Recipe& recipe, std::span<const double> warmUp, std::int64_t first);
    void take(double value); ///< the next hour; NaN: a gap
    [[nodiscard]] double ahead(const Lead& lead) const; ///< of the last hour taken

private:
    struct Slot
    {
        double value = 0;
        std::uint32_t seen = 0;
    };
    [[nodiscard]] double scaled(double value) const;
    [[nodiscard]] std::size_t weekSlot(std::size_t slotOfWeek) const
    {
        return m_recipe.shape == Recipe::Shape::Weekday ? slotOfWeek / hoursOfDay : slotOfWeek;
    }
    [[nodiscard]] double shapeAt(std::size_t slotOfWeek) const
    {
        return m_day[slotOfWeek % hoursOfDay].value + m_week[weekSlot(slotOfWeek)].value;
    }
    [[nodiscard]] double trendAhead(const Lead& lead) const;
    void followShift();

    Recipe m_recipe;
    double m_offset = 0; ///< added before the logarithm is taken
    double m_level = 0, m_slope = 0, m_residual = 0;
    double m_spread = 0, m_leastSpread = 0; ///< usual size of a residual
    int m_unusual = 0; ///< hours in a row with one above (below 0: below) the usual
    std::size_t m_slot = 0; ///< of the week: the last hour taken
    std::array<Slot, hoursOfDay> m_day {};
    std::array<Slot, hoursOfWeek> m_week {};
};

} // namespace penstock
