// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "backtest.h"

#include <algorithm>
#include <numeric>

namespace penstock {

namespace {

constexpr std::size_t mostOrigins = 48;
constexpr std::size_t combined = 3; ///< recipes
/// Hours with data: with less, a trend is too uncertain not to be damped.
constexpr std::size_t goesOnFrom = 26 * hoursOfWeek;
/// Errors are summed, and reported, by how far ahead.
constexpr std::array<std::size_t, 8> rangeEnds { 24, 72, 168, 336, 672, 1344, 2184, 4368 };
constexpr std::size_t rangeCount = rangeEnds.size() + 1;

std::size_t rangeOf(std::size_t ahead)
{
    return static_cast<std::size_t>(std::ranges::lower_bound(rangeEnds, ahead) - rangeEnds.begin());
}

/// Every hour of the first day, then fewer, in steps that meet every hour of the day and the week in turn.
std::vector<Lead> leadsUpTo(std::size_t horizon)
{
    std::vector<Lead> made;
    for (std::size_t hour = 1; hour <= horizon; hour += hour < 24 ? 1 : hour < 168 ? 5 : hour < 672 ? 25 : 55)
        made.emplace_back(hour);
    return made;
}

std::vector<std::size_t> originsOf(std::size_t first, std::size_t size)
{
    std::size_t step = (size - first + mostOrigins - 1) / mostOrigins;
    while (std::gcd(step, hoursOfWeek) != 1)
        ++step;
    std::vector<std::size_t> made;
    for (std::size_t origin = size - 2; origin + 1 >= first; origin -= step) {
        made.push_back(origin);
        if (origin < step)
            break;
    }
    std::ranges::reverse(made);
    return made;
}

std::vector<Recipe> recipesFor(Ability ability, bool isLong)
{
    using enum Recipe::Shape;
    using enum Recipe::Scale;
    std::vector shapes { Daily, Flat };
    if (ability >= Ability::WeeklyShape)
        shapes.insert(shapes.begin(), { Weekday, Weekly });
    std::vector<std::pair<Recipe::Trend, double>> ways { { Recipe::Trend::None, 0.01 }, { Recipe::Trend::None, 0.05 },
        { Recipe::Trend::None, 0.2 } };
    if (ability >= Ability::Trend)
        ways.insert(ways.begin(), { { Recipe::Trend::Damped, 0.01 }, { Recipe::Trend::Damped, 0.05 } });
    if (isLong)
        ways.insert(ways.begin(), { { Recipe::Trend::Linear, 0.01 }, { Recipe::Trend::Linear, 0.05 } });
    std::vector<Recipe> made;
    for (const auto shape : shapes)
        for (const auto& [trend, level] : ways)
            for (const auto scale : { Linear, Logarithmic })
                made.push_back({ shape, scale, trend, level });
    return made;
}

/// Sums of scaled errors by range.
struct Loss
{
    std::array<double, rangeCount> sum {};
    std::array<std::size_t, rangeCount> count {};
    void add(std::size_t range, double error)
    {
        sum.at(range) += std::abs(error);
        ++count.at(range);
    }
    /// Leaves out ranges that had not passed whole.
    void addKnown(const Loss& other, std::size_t hours)
    {
        for (std::size_t r = 0; r < rangeCount; ++r)
            if (r < rangeEnds.size() && rangeEnds.at(r) <= hours) {
                sum.at(r) += other.sum.at(r);
                count.at(r) += other.count.at(r);
            }
    }
    void addAll(const Loss& other)
    {
        for (std::size_t r = 0; r < rangeCount; ++r) {
            sum.at(r) += other.sum.at(r);
            count.at(r) += other.count.at(r);
        }
    }
    /// Empty sums are 0.
    [[nodiscard]] double mean() const
    {
        double total = 0;
        int ranges = 0;
        for (std::size_t r = 0; r < rangeCount; ++r)
            if (count.at(r) > 0) {
                total += sum.at(r) / static_cast<double>(count.at(r));
                ++ranges;
            }
        return ranges == 0 ? 0 : total / ranges;
    }
};

Loss lossOf(const std::vector<double>& errors, const std::vector<Lead>& leads, double scale)
{
    Loss made;
    for (std::size_t l = 0; l < leads.size(); ++l)
        if (!std::isnan(errors[l]))
            made.add(rangeOf(leads[l].hours), errors[l] / scale);
    return made;
}

/// One recipe through all of history.
struct Trial
{
    ErrorTable errors;
    std::vector<Loss> losses; ///< by origin
    std::vector<Smoother> smoothers; ///< likewise
    Smoother newest;
};

Trial tryOut(const Recipe& recipe, const Hours& hours, std::size_t warmUp, const Rehearsal& plan)
{
    Trial trial { {}, {}, {}, Smoother(recipe, std::span(hours.values).first(warmUp), hours.first) };
    auto origin = plan.origins.begin();
    for (std::size_t t = warmUp - 1; t < hours.values.size(); ++t) {
        if (t >= warmUp)
            trial.newest.take(hours.values[t]);
        if (origin == plan.origins.end() || *origin != t)
            continue;
        const auto o = static_cast<std::size_t>(origin++ - plan.origins.begin());
        auto& errors = trial.errors.emplace_back(plan.leads.size(), gap);
        for (std::size_t l = 0; l < plan.leads.size(); ++l)
            if (const auto seen = plan.seenAt(o, l); !std::isnan(seen))
                errors[l] = seen - trial.newest.ahead(plan.leads[l]);
        trial.losses.push_back(lossOf(errors, plan.leads, plan.scale[o]));
        trial.smoothers.push_back(trial.newest);
    }
    return trial;
}

/// Those with the least loss; the first of equals.
std::vector<std::size_t> bestOf(const std::vector<Loss>& losses)
{
    std::vector<std::pair<double, std::size_t>> order;
    for (std::size_t r = 0; r < losses.size(); ++r)
        order.emplace_back(losses[r].mean(), r);
    const auto kept = std::min(combined, order.size());
    std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(kept));
    std::vector<std::size_t> made;
    for (std::size_t i = 0; i < kept; ++i)
        made.push_back(order[i].second);
    return made;
}

/// From one origin, of the mean of some recipes.
std::vector<double> errorsOf(
    const std::vector<Trial>& trials, const std::vector<std::size_t>& recipes, std::size_t origin)
{
    std::vector<double> made(trials.front().errors[origin].size());
    for (const auto r : recipes)
        for (std::size_t l = 0; l < made.size(); ++l)
            made[l] += trials[r].errors[origin][l] / static_cast<double>(recipes.size());
    return made;
}

ErrorTable tableOf(const std::vector<Trial>& trials, const std::vector<std::size_t>& recipes)
{
    ErrorTable made;
    for (std::size_t origin = 0; origin < trials.front().errors.size(); ++origin)
        made.push_back(errorsOf(trials, recipes, origin));
    return made;
}

Ensemble ensembleOf(const std::vector<Trial>& trials, const std::vector<std::size_t>& recipes, std::size_t origin)
{
    Ensemble made;
    for (const auto r : recipes)
        made.smoothers.push_back(trials[r].smoothers[origin]);
    return made;
}

/// The error between two naive steps that MASE is a multiple of.
double naiveStep(const Hours& hours)
{
    const auto period = hours.values.size() >= 2 * hoursOfWeek ? hoursOfWeek : hoursOfDay;
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t t = period; t < hours.values.size(); ++t)
        if (const auto step = std::abs(hours.values[t] - hours.values[t - period]); !std::isnan(step)) {
            sum += step;
            ++count;
        }
    return sum > 0 ? sum / static_cast<double>(count) : 1;
}

/// Sums towards a ForecastError.
struct ErrorSum
{
    double percentages = 0, absolute = 0;
    void add(double seen, double error)
    {
        const auto both = std::abs(seen) + std::abs(seen - error);
        percentages += both > 0 ? 200 * std::abs(error) / both : 0;
        absolute += std::abs(error);
    }
    [[nodiscard]] ForecastError over(std::size_t targets, double step) const
    {
        const auto count = static_cast<double>(targets);
        return { percentages / count, absolute / count / step };
    }
};

} // namespace

double scaleAt(const Hours& hours, std::size_t origin)
{
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t t = origin + 1 - std::min(origin + 1, hoursOfWeek); t <= origin; ++t)
        if (!hours.isGap(t)) {
            sum += hours.values[t];
            ++count;
        }
    return sum > 0 ? sum / static_cast<double>(count) : 1;
}

double naiveAhead(const Hours& hours, std::size_t origin, std::size_t ahead, ForecastMethod naive)
{
    if (naive == ForecastMethod::LastWeek)
        for (auto back = (ahead + hoursOfWeek - 1) / hoursOfWeek * hoursOfWeek; back <= origin + ahead;
             back += hoursOfWeek)
            if (!hours.isGap(origin + ahead - back))
                return hours.values[origin + ahead - back];
    auto t = origin;
    while (t > 0 && hours.isGap(t))
        --t;
    return hours.isGap(t) ? 0 : hours.values[t];
}

double Ensemble::ahead(const Lead& lead) const
{
    double sum = 0;
    for (const auto& it : smoothers)
        sum += it.ahead(lead);
    return sum / static_cast<double>(smoothers.size());
}

Rehearsal rehearse(const Hours& hours, std::size_t horizon, Ability ability, ForecastMethod naive)
{
    const auto size = hours.values.size();
    const auto warmUp = std::clamp(size / 4, 2 * hoursOfDay, 2 * hoursOfWeek);
    // What was told with little history says little of what is told with much.
    const auto first = std::max(size / 4, warmUp);
    Rehearsal plan;
    plan.leads = leadsUpTo(std::min(horizon, size - first));
    plan.origins = originsOf(first, size);
    for (const auto origin : plan.origins) {
        plan.scale.push_back(scaleAt(hours, origin));
        auto& errors = plan.naive.emplace_back();
        for (const auto& lead : plan.leads) {
            plan.seen.push_back(origin + lead.hours < size ? hours.values[origin + lead.hours] : gap);
            errors.push_back(
                std::isnan(plan.seen.back()) ? gap : plan.seen.back() - naiveAhead(hours, origin, lead.hours, naive));
        }
    }
    std::vector<Trial> trials;
    const bool isLong = hours.covered >= goesOnFrom;
    for (const auto& recipe : recipesFor(ability, isLong))
        trials.push_back(tryOut(recipe, hours, warmUp, plan));
    // Before a whole season, or enough of a trend, has come, luck would decide: the first recipes stand until then.
    const auto season = isLong            ? 4 * hoursOfWeek
        : ability >= Ability::WeeklyShape ? hoursOfWeek
                                          : hoursOfDay;
    std::vector<Loss> losses(trials.size());
    for (std::size_t o = 0; o < plan.origins.size(); ++o) {
        std::ranges::fill(losses, Loss());
        const auto judged = plan.origins[o] - plan.origins.front() < season ? 0 : o;
        for (std::size_t r = 0; r < trials.size(); ++r)
            for (std::size_t before = 0; before < judged; ++before)
                losses[r].addKnown(trials[r].losses[before], plan.origins[o] - plan.origins[before]);
        const auto best = bestOf(losses);
        plan.model.push_back(errorsOf(trials, best, o));
        plan.models.push_back(ensembleOf(trials, best, o));
        if (isLong && o == plan.origins.size() / 2)
            plan.chosenByHalf = tableOf(trials, best);
    }
    std::ranges::fill(losses, Loss());
    for (std::size_t r = 0; r < trials.size(); ++r)
        for (const auto& loss : trials[r].losses)
            losses[r].addAll(loss);
    const auto best = bestOf(losses);
    for (const auto r : best)
        plan.newest.smoothers.push_back(trials[r].newest);
    if (isLong) {
        plan.chosen = tableOf(trials, best);
        for (std::size_t o = 0; o < plan.origins.size(); ++o)
            plan.chosenModels.push_back(ensembleOf(trials, best, o));
    }
    return plan;
}

std::vector<BackTest> backTestsOf(const Rehearsal& rehearsal, const Hours& hours)
{
    const auto step = naiveStep(hours);
    std::vector<BackTest> made;
    std::size_t l = 0;
    for (std::size_t range = 0; range < rangeCount && l < rehearsal.leads.size(); ++range) {
        const auto first = l;
        while (l < rehearsal.leads.size() && rangeOf(rehearsal.leads[l].hours) == range)
            ++l;
        BackTest it;
        it.after = std::chrono::hours(range == 0 ? 0 : rangeEnds.at(range - 1));
        it.upTo = std::chrono::hours(range < rangeEnds.size() ? rangeEnds.at(range) : rehearsal.leads.back().hours);
        ErrorSum model, naive;
        for (std::size_t o = 0; o < rehearsal.origins.size(); ++o) {
            const auto before = it.targets;
            for (std::size_t at = first; at < l; ++at)
                if (const auto seen = rehearsal.seenAt(o, at); !std::isnan(seen)) {
                    model.add(seen, rehearsal.model[o][at]);
                    naive.add(seen, rehearsal.naive[o][at]);
                    ++it.targets;
                }
            it.origins += it.targets > before;
        }
        if (it.targets == 0)
            continue;
        it.model = model.over(it.targets, step);
        it.naive = naive.over(it.targets, step);
        made.push_back(it);
    }
    return made;
}

bool modelIsBetter(std::span<const BackTest> backTests)
{
    const bool some = std::ranges::any_of(backTests, [](const BackTest& it) { return it.origins >= leastOrigins; });
    double model = 0, naive = 0;
    for (const auto& it : backTests)
        if (it.origins >= leastOrigins || !some) {
            model += it.model.mase;
            naive += it.naive.mase;
        }
    return model < naive;
}

} // namespace penstock
