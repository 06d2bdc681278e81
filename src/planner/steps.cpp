// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planner/steps.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

namespace penstock {

Result<Weights> parseTarget(std::string_view text, const Route& route)
{
    std::string names;
    for (const auto& backend : route.backends)
        names += (names.empty() ? "" : ", ") + backend.name;
    Weights weights(route.backends.size());
    std::vector<bool> given(weights.size());
    for (std::string_view rest = text; !rest.empty();) {
        const auto comma = rest.find(',');
        const auto part = rest.substr(0, comma);
        rest = comma == std::string_view::npos ? std::string_view {} : rest.substr(comma + 1);
        const auto equals = part.find('=');
        const auto name = part.substr(0, equals);
        const auto backend = std::ranges::find(route.backends, name, &Route::Backend::name);
        if (backend == route.backends.end())
            return fail(Error::Kind::Invalid, "route " + route.name + " has no backend '" + std::string(name) + "'", {},
                "its backends are " + names);
        auto number = equals == std::string_view::npos ? std::string_view {} : part.substr(equals + 1);
        if (number.ends_with('%'))
            number.remove_suffix(1);
        double value = -1;
        const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
        if (error != std::errc() || end != number.data() + number.size() || !(value >= 0 && value <= 100))
            return fail(Error::Kind::Invalid, "'" + std::string(part) + "' is not a share", {}, "write " + std::string(name) + "=0 to 100");
        const auto at = static_cast<std::size_t>(backend - route.backends.begin());
        if (given[at])
            return fail(Error::Kind::Invalid, "backend " + std::string(name) + " stands there twice");
        given[at] = true;
        weights[at] = value;
    }
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    if (std::abs(sum - 100) > 0.01) {
        auto shown = std::to_string(sum);
        shown.erase(shown.find_last_not_of('0') + 1);
        if (shown.ends_with('.'))
            shown.pop_back();
        return fail(Error::Kind::Invalid, "the shares add up to " + shown + ", not 100");
    }
    return weights;
}

namespace {

    double widest(const Weights& from, const Weights& to)
    {
        double change = 0;
        for (std::size_t i = 0; i < from.size(); ++i)
            change = std::max(change, std::abs(to[i] - from[i]));
        return change;
    }

    double widestStep(const Weights& from, const std::vector<Weights>& steps)
    {
        double most = 0;
        for (const auto* before = &from; const auto& step : steps) {
            most = std::max(most, widest(*before, step));
            before = &step;
        }
        return most;
    }

    std::vector<Weights> evenSteps(const Weights& from, const Weights& to, std::size_t count)
    {
        std::vector<Weights> steps;
        for (std::size_t k = 1; k < count; ++k) {
            Weights step(from.size());
            const double part = static_cast<double>(k) / static_cast<double>(count);
            // Whole tenths where they sum up: the backend that moves most takes the rounding.
            double sum = 0;
            std::size_t most = 0;
            for (std::size_t i = 0; i < from.size(); ++i) {
                step[i] = std::round((from[i] + (to[i] - from[i]) * part) * 10) / 10;
                sum += step[i];
                if (std::abs(to[i] - from[i]) > std::abs(to[most] - from[most]))
                    most = i;
            }
            step[most] = std::round((step[most] + 100 - sum) * 10) / 10;
            steps.push_back(std::move(step));
        }
        steps.push_back(to);
        return steps;
    }

} // namespace

Result<std::vector<Weights>> rampSteps(const Weights& from, const Weights& to, double largest)
{
    if (from.size() != to.size() || from.empty())
        return fail(Error::Kind::Invalid, "the split has " + std::to_string(to.size()) + " shares for "
                + std::to_string(from.size()) + " backends");
    if (!(largest > 0))
        return fail(Error::Kind::Invalid, "the step must be above 0");
    const double change = widest(from, to);
    if (change < 0.05)
        return std::vector<Weights>();
    const auto count = static_cast<std::size_t>(std::ceil(change / largest - 1e-9));
    if (count > 1000)
        return fail(Error::Kind::Invalid, std::to_string(count) + " steps are more than 1,000", {}, "make the step larger");
    auto steps = evenSteps(from, to, count);
    // Rounding must not make a step larger than was asked for.
    if (widestStep(from, steps) > largest + 0.0501)
        steps = evenSteps(from, to, count + 1);
    return steps;
}

Result<std::vector<Weights>> rampSteps(const RouteReading& reading, const Weights& to, double largest)
{
    return rampSteps(reading.accepted(), to, reading.splits == RouteReading::Splits::Whole ? 100 : largest);
}

} // namespace penstock
