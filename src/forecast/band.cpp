// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "band.h"

#include <algorithm>

namespace penstock {

namespace {

constexpr std::array<std::size_t, 14> bucketEnds { 1, 3, 6, 12, 24, 48, 96, 168, 336, 672, 1344, 2184, 4368, 9504 };

} // namespace

double quantile(std::vector<double>& values, double share)
{
    const auto rank = std::ceil(share * static_cast<double>(values.size() + 1));
    const auto index = std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(rank) - 1, 0, std::ssize(values) - 1);
    std::ranges::nth_element(values, values.begin() + index);
    return values[static_cast<std::size_t>(index)];
}

Band::Band(
    const Rehearsal& rehearsal, const ErrorTables& tables, double share, std::size_t origins, std::size_t knownBy)
{
    const auto tail = (1 - share) / 2;
    const auto& leads = rehearsal.leads;
    std::vector<double> pool;
    Width widest;
    for (std::size_t bucket = 0, first = 0; bucket < bucketEnds.size() && first < leads.size(); ++bucket) {
        auto last = first;
        while (last < leads.size() && leads[last].hours <= bucketEnds.at(bucket))
            ++last;
        pool.clear();
        std::size_t told = 0;
        for (std::size_t o = 0; o < origins; ++o) {
            const auto before = pool.size();
            for (const auto* errors : tables)
                for (auto l = first; l < last && !errors->empty(); ++l)
                    if (const auto error = (*errors)[o][l];
                        rehearsal.origins[o] + leads[l].hours <= knownBy && !std::isnan(error))
                        pool.push_back(error / rehearsal.scale[o]);
            told += pool.size() > before;
        }
        if (told < leastOrigins)
            break;
        const auto high = quantile(pool, 1 - tail);
        std::ranges::transform(pool, pool.begin(), std::negate());
        const auto low = -quantile(pool, 1 - tail);
        widest = { std::min(widest.low, low), std::max(widest.high, high) };
        m_tested = leads[last - 1].hours;
        m_knots.push_back({ std::sqrt(static_cast<double>(leads[first].hours * m_tested)), widest });
        first = last;
    }
}

Band::Width Band::at(std::size_t ahead) const
{
    if (m_knots.empty())
        return {};
    const auto hours = static_cast<double>(ahead);
    const auto next = std::ranges::lower_bound(m_knots, hours, {}, &Knot::ahead);
    if (next == m_knots.begin())
        return next->width;
    const auto& before = *std::prev(next);
    if (next != m_knots.end()) {
        const auto part = std::log(hours / before.ahead) / std::log(next->ahead / before.ahead);
        return { std::lerp(before.width.low, next->width.low, part),
            std::lerp(before.width.high, next->width.high, part) };
    }
    const auto growth = ahead <= m_tested ? 1 : std::sqrt(hours / static_cast<double>(m_tested));
    return { before.width.low * growth, before.width.high * growth };
}

void measureCoverage(
    std::vector<BackTest>& backTests, const Rehearsal& rehearsal, const ErrorTables& tables, double share)
{
    const auto half = rehearsal.origins.size() / 2;
    if (half == 0)
        return;
    const Band band(rehearsal, tables, share, half, rehearsal.origins[half]);
    const auto& errors = *tables.front();
    for (auto& it : backTests) {
        std::size_t held = 0, all = 0;
        for (auto o = half; o < rehearsal.origins.size(); ++o)
            for (std::size_t l = 0; l < rehearsal.leads.size(); ++l) {
                const auto ahead = rehearsal.leads[l].hours;
                const auto error = errors[o][l] / rehearsal.scale[o];
                if (std::chrono::hours(ahead) <= it.after || std::chrono::hours(ahead) > it.upTo
                    || ahead > band.tested() || std::isnan(error))
                    continue;
                const auto [low, high] = band.at(ahead);
                held += error >= low && error <= high ? 1 : 0;
                ++all;
            }
        if (all > 0)
            it.coverage = 100.0 * static_cast<double>(held) / static_cast<double>(all);
    }
}

} // namespace penstock
