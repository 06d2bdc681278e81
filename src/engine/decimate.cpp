// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/decimate.h"

#include <algorithm>
#include <cmath>

#include "extremekernel.h"

namespace penstock {

namespace {

    constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

    enum class Keep { Extremes, EndsToo };

    class Decimation
    {
    public:
        Decimation(std::span<const double> times, std::span<const double> values, double longestGap, Keep keep, Polyline& out)
            : m_times(times), m_values(values), m_longestGap(longestGap), m_keep(keep), m_out(out)
        {
            m_out.times.clear();
            m_out.values.clear();
        }
        void run(const PixelWindow& window);

    private:
        [[nodiscard]] bool isKnown(std::size_t point) const { return !std::isnan(m_values[point]); }
        [[nodiscard]] bool areJoined(std::size_t point, std::size_t next) const
        {
            return next == point + 1 && m_times[next] - m_times[point] <= m_longestGap;
        }
        /// Whether a line leads over an edge of the window that lies between this point and the next one.
        [[nodiscard]] bool crossesAfter(std::size_t point) const
        {
            return point + 1 < m_times.size() && isKnown(point) && isKnown(point + 1) && areJoined(point, point + 1);
        }
        void add(std::size_t point)
        {
            m_out.times.push_back(m_times[point]);
            m_out.values.push_back(m_values[point]);
        }
        void breakBefore(std::size_t point)
        {
            m_out.times.push_back(m_out.times.back() + (m_times[point] - m_out.times.back()) / 2);
            m_out.values.push_back(nothing);
        }
        void column(std::size_t from, std::size_t to);

        std::span<const double> m_times, m_values;
        double m_longestGap;
        Keep m_keep;
        Polyline& m_out;
        std::size_t m_newest = 0; ///< the last known point so far; of interest once there is output
    };

    void Decimation::column(std::size_t from, std::size_t to)
    {
        while (from < to && !isKnown(from))
            ++from;
        if (from == to)
            return;
        while (!isKnown(to - 1))
            --to;
        if (!m_out.times.empty() && !areJoined(m_newest, from))
            breakBefore(from);
        m_newest = to - 1;
        const auto extremes = kernel::bestExtremeKernel().find(m_values.subspan(from, to - from));
        const auto [early, late] = std::minmax({ from + extremes.least, from + extremes.greatest });
        if (m_keep == Keep::EndsToo && from < early)
            add(from);
        add(early);
        if (early < late)
            add(late);
        if (m_keep == Keep::EndsToo && late < m_newest)
            add(m_newest);
    }

    void Decimation::run(const PixelWindow& window)
    {
        if (m_times.empty() || window.columns == 0 || !(window.begin < window.end))
            return;
        const auto firstInside = static_cast<std::size_t>(std::ranges::lower_bound(m_times, window.begin) - m_times.begin());
        const auto stop = static_cast<std::size_t>(std::ranges::upper_bound(m_times, window.end) - m_times.begin());
        if (firstInside > 0 && crossesAfter(firstInside - 1))
            column(firstInside - 1, firstInside);
        const double scale = window.columns / (window.end - window.begin);
        const auto place = [&](std::size_t point) { return (m_times[point] - window.begin) * scale; };
        std::size_t width = 1; // points in the column before: a good guess where times are regular
        for (auto from = firstInside; from < stop;) {
            const double right = std::floor(place(from)) + 1;
            std::size_t inside = from, outside = stop;
            if (right < window.columns) { // the end of the window belongs to the last column
                const auto guess = from + width;
                if (guess < stop && place(guess) < right) {
                    inside = guess;
                    for (std::size_t step = 1; inside + step < stop; step *= 2) {
                        if (place(inside + step) >= right) {
                            outside = inside + step;
                            break;
                        }
                        inside += step;
                    }
                } else if (guess < stop) {
                    outside = guess;
                    for (std::size_t step = 1; outside - from > step; step *= 2) {
                        if (place(outside - step) < right) {
                            inside = outside - step;
                            break;
                        }
                        outside -= step;
                    }
                }
                while (outside - inside > 1) {
                    const auto middle = inside + (outside - inside) / 2;
                    (place(middle) < right ? inside : outside) = middle;
                }
            }
            width = outside - from;
            // The times of whole columns are never read: without this each search would wait for memory.
            __builtin_prefetch(m_times.data() + std::min(stop - 1, outside + 4 * width));
            column(from, outside);
            from = outside;
        }
        if (stop > 0 && crossesAfter(stop - 1))
            column(stop, stop + 1);
    }

    void decimate(std::span<const double> times, std::span<const double> values, const PixelWindow& window, double longestGap, Keep keep, Polyline& out)
    {
        const auto count = std::min(times.size(), values.size());
        Decimation(times.first(count), values.first(count), longestGap, keep, out).run(window);
    }

} // namespace

void m4(std::span<const double> times, std::span<const double> values, const PixelWindow& window, double longestGap, Polyline& out)
{
    decimate(times, values, window, longestGap, Keep::EndsToo, out);
}

void minMax(std::span<const double> times, std::span<const double> values, const PixelWindow& window, double longestGap, Polyline& out)
{
    decimate(times, values, window, longestGap, Keep::Extremes, out);
}

} // namespace penstock
