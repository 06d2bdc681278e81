// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "splitrounding.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "accounts.h"

namespace penstock {

using Kind = SplitProblem::Meaning::Kind;

namespace {

    // Each try costs a whole effect. Where pools are few it is cheap, and replicas are dear beside the rest.
    constexpr std::size_t fewPools = 64;
    constexpr int mostTriesOfFew = 4'000, mostTries = 400;
    constexpr double cent = 0.01; ///< dollars an hour that are worth another split
    // So many more take too long to look at one by one.
    constexpr std::size_t mostRoutes = 8;

    double lossOf(const BestSplit& made) { return made.bound > 1e-9 ? std::max(0.0, 100 * (made.value / made.bound - 1)) : 0; }

    bool stays(const RouteMove& move) { return move.to == move.from; }

} // namespace

void SplitRounding::round(int units, std::vector<double> values, const std::vector<UnitBounds>& inPercent, BestSplit& made) const
{
    const auto solved = values;
    const auto bounds = boundsOf(units, inPercent);
    auto counts = wholeUnits(m_problem, units, bounds, m_request.goal, values);
    const auto rounded = counts;
    auto next = made;
    next.unit = 100.0 / units;
    repair(counts, units, bounds, values, next);
    next.value = m_problem.valueOf(counts == rounded ? values : loadsOf(counts, units, solved));
    next.lossPercent = lossOf(next);
    const auto rank = [](const BestSplit& it) { return std::pair(it.effect.shortGpus, it.lossPercent); };
    if (made.moves.empty() || rank(next) < rank(made))
        made = std::move(next);
}

std::vector<UnitBounds> SplitRounding::boundsOf(int units, const std::vector<UnitBounds>& inPercent) const
{
    auto bounds = inPercent;
    for (auto& it : bounds) {
        it.least = it.least * units / 100;
        it.greatest = it.greatest * units / 100;
        if (!it.must && m_ground.rules().policy.minimumSplit <= 0)
            it.least = 1;
    }
    return bounds;
}

/// True when enough providers are left once `from` carries nothing and `to` does.
bool SplitRounding::keepsProviders(const std::vector<int>& counts, std::size_t route, std::size_t from, std::size_t to) const
{
    std::set<std::string> used;
    for (auto i = m_problem.branchesOf[route].first; i < m_problem.branchesOf[route].second; ++i)
        if (i != from && (i == to || counts[i] > 0)) {
            const auto& providers = m_ground.map().routes[m_request.routes[route]].backends[m_problem.branches[i].backend].providers;
            used.insert(providers.begin(), providers.end());
        }
    return used.size() >= static_cast<std::size_t>(std::max(0, m_ground.rules().policy.minProviders));
}

/// The greatest counts of a branch that go with a number of whole replicas more or fewer than it holds, near to `count`.
std::vector<int> SplitRounding::wholeCounts(std::size_t branch, int count, int units) const
{
    constexpr int near = 4;
    const auto& it = m_problem.branches[branch];
    const auto& mapped = m_ground.map().routes[m_request.routes[it.route]];
    const auto gpus = std::max(1U, m_ground.rules().workloads[*mapped.workload].replicaGpus);
    const double total = m_problem.totals[it.route];
    std::vector<int> made { static_cast<int>(std::floor(it.held / total * units + 1e-6)) };
    std::set<double> replicas; ///< the load of one, by model
    for (const auto pool : mapped.backends[it.backend].pools)
        if (m_ground.held(*mapped.workload, pool) > 0)
            replicas.insert(gpus * m_ground.map().performance[m_ground.places().pools[pool].model]);
    // What is given back of a weight that says another share than is held.
    for (const auto replica : replicas)
        for (int fewer = 1; fewer <= 2 * near && fewer * replica <= it.held; ++fewer)
            made.push_back(static_cast<int>(std::floor((1 - fewer * replica / it.held) * m_request.accepted[it.route][it.backend] / 100 * units + 1e-6)));
    const auto& fitting = mapped.backends[it.backend].fitting;
    replicas.insert(gpus * (fitting.empty() ? 1.0 : m_ground.map().performance[m_ground.places().pools[fitting.front()].model]));
    for (const auto replica : replicas) {
        const auto middle = static_cast<int>(std::floor((total * count / units - it.held) / replica));
        for (int more = middle - near; more <= middle + near; ++more)
            if (const double load = it.held + more * replica; load >= 0 && load <= total)
                made.push_back(static_cast<int>(std::floor(load / total * units + 1e-6)));
    }
    return made;
}

/// What one backend of a route may hand to another: so that one of them has whole replicas, or any amount.
std::vector<std::vector<int>> SplitRounding::nextTo(const std::vector<int>& counts, int units, const std::vector<UnitBounds>& bounds, Amounts which) const
{
    std::vector<std::vector<int>> made;
    for (std::size_t r = 0; r < m_request.routes.size(); ++r) {
        const auto [first, end] = m_problem.branchesOf[r];
        for (auto from = first; from < end; ++from)
            for (auto to = first; to < end; ++to) {
                std::set<int> amounts { 1, counts[from] };
                for (const auto count : wholeCounts(from, counts[from], units))
                    amounts.insert(counts[from] - count);
                for (const auto count : wholeCounts(to, counts[to], units))
                    amounts.insert(count - counts[to]);
                for (int moved = 1; which == Amounts::Every && moved < counts[from]; ++moved)
                    amounts.insert(moved);
                for (const auto moved : amounts) {
                    const int left = counts[from] - moved, then = counts[to] + moved;
                    if (from == to || moved <= 0 || left < 0 || then > bounds[to].greatest || then < bounds[to].least
                        || (left > 0 || bounds[from].must ? left < bounds[from].least : !keepsProviders(counts, r, from, to)))
                        continue;
                    made.push_back(counts);
                    made.back()[from] = left;
                    made.back()[to] = then;
                }
            }
    }
    return made;
}

/// False while fleets have not followed the weights: an effect counts what stays as it is by what is held there.
bool SplitRounding::holdsWhatWeightsSay() const
{
    constexpr double tolerance = 0.05;
    for (const auto& branch : m_problem.branches)
        if (const auto total = m_problem.totals[branch.route]; total > 0 && std::abs(branch.held / total - m_request.accepted[branch.route][branch.backend] / 100) > tolerance)
            return false;
    return true;
}

/// True when the route breaks no rule as it is, and all of its load has its place.
bool SplitRounding::mayStay(std::size_t route) const
{
    const auto& mapped = m_ground.map().routes[m_request.routes[route]];
    if (m_request.growth != 1 || m_ground.unmetLoad(*mapped.workload) > 0)
        return false;
    std::set<std::string> used;
    double carried = 0;
    H100s held = 0;
    for (auto i = m_problem.branchesOf[route].first; i < m_problem.branchesOf[route].second; ++i) {
        const auto backend = m_problem.branches[i].backend;
        held += m_problem.branches[i].held;
        const auto weight = m_request.accepted[route][backend];
        carried += weight;
        if (weight <= 0)
            continue;
        if (weight < 100 * m_ground.rules().policy.minimumSplit - 1e-6)
            return false;
        used.insert(mapped.backends[backend].providers.begin(), mapped.backends[backend].providers.end());
    }
    // What is elsewhere may not be there.
    constexpr double tiny = 1e-6;
    return carried >= 100 - tiny && held >= m_problem.totals[route] * (1 - tiny) && used.size() >= static_cast<std::size_t>(std::max(0, m_ground.rules().policy.minProviders));
}

/// Dollars an hour, of whole replicas; a GPU without a price costs as much as the dearest, as it does to the linear program.
double SplitRounding::paid(const Effect& effect) const
{
    double dearest = 0;
    for (const auto& price : m_ground.map().prices)
        dearest = std::max(dearest, price ? price->perGpuHour : 0.0);
    return effect.costAfter + static_cast<double>(effect.unpriced) * (dearest > 0 ? dearest : 1);
}

std::vector<int> SplitRounding::countsOf(const std::vector<RouteMove>& moves, double unit) const
{
    std::vector<int> counts;
    for (const auto& branch : m_problem.branches)
        counts.push_back(static_cast<int>(std::lround(moves[branch.route].to[branch.backend] / unit)));
    return counts;
}

/// What the routers have accepted, where that is whole units within the bounds, and may stay.
std::optional<std::vector<int>> SplitRounding::presentCounts(int units, const std::vector<UnitBounds>& bounds) const
{
    std::vector<int> counts;
    for (std::size_t i = 0; i < m_problem.branches.size(); ++i) {
        const auto& branch = m_problem.branches[i];
        const double exact = m_request.accepted[branch.route][branch.backend] * units / 100;
        counts.push_back(static_cast<int>(std::lround(exact)));
        if (std::abs(exact - counts.back()) > 1e-6 || counts.back() > bounds[i].greatest || ((counts.back() > 0 || bounds[i].must) && counts.back() < bounds[i].least) || !mayStay(branch.route))
            return std::nullopt;
    }
    return counts;
}

/// Of moves in multiples of `unit`; what stays counts by what is held, as in an effect, since weights say it in whole per cent only.
double SplitRounding::valueOf(const std::vector<RouteMove>& moves, double unit, const std::vector<double>& values) const
{
    auto loads = loadsOf(countsOf(moves, unit), static_cast<int>(std::lround(100 / unit)), values);
    for (const auto& branch : m_problem.branches) {
        if (!stays(moves[branch.route]) || !mayStay(branch.route))
            continue;
        for (const auto& fresh : branch.fresh)
            loads[fresh.column] = 0;
        if (branch.kept)
            loads[*branch.kept] = branch.held;
    }
    return m_problem.valueOf(loads);
}

void SplitRounding::preferStaying(const std::vector<double>& values, BestSplit& made) const
{
    const bool agrees = holdsWhatWeightsSay();
    if (m_request.growth != 1 || (!m_request.followed && !agrees))
        return;
    made.boundHolds = agrees;
    const auto consider = [&](std::vector<RouteMove> moves) {
        auto effect = effectOf(m_ground, moves);
        const auto value = valueOf(moves, made.unit, values);
        if (!effect.fits())
            return;
        if (!made.moves.empty() && made.effect.fits()) {
            if (m_request.goal == SplitGoal::LeastCost ? paid(made.effect) - paid(effect) < -cent : value > made.value + 1e-9)
                return;
        }
        made.moves = std::move(moves);
        made.effect = std::move(effect);
        made.value = value;
    };
    std::vector<RouteMove> all;
    bool mayAll = true;
    for (std::size_t r = 0; r < m_request.routes.size(); ++r) {
        all.push_back({ m_request.routes[r], m_request.accepted[r], m_request.accepted[r] });
        mayAll = mayAll && mayStay(r);
    }
    if (mayAll)
        consider(all);
    for (std::size_t r = 0; r < made.moves.size() && made.moves.size() <= mostRoutes; ++r)
        if (!stays(made.moves[r]) && mayStay(r)) {
            auto moves = made.moves;
            moves[r] = all[r];
            consider(std::move(moves));
        }
    if (made.moves.empty())
        return;
    made.value = valueOf(made.moves, made.unit, values);
    // New load counts there as dear as what a backend holds already, where it may be cheaper in truth.
    if (m_request.goal == SplitGoal::LeastCost && made.effect.fits())
        made.value = std::min(made.value, agrees ? std::max(made.bound, paid(made.effect)) : paid(made.effect));
    // Where weights say in whole per cent what is held, a plan may be better than the linear program knows.
    constexpr double rounding = 0.001;
    made.boundHolds = made.boundHolds && made.value >= made.bound * (1 - rounding);
    made.lossPercent = lossOf(made);
}

void SplitRounding::saveReplicas(const std::vector<double>& values, const std::vector<UnitBounds>& inPercent, BestSplit& made) const
{
    const bool isSmall = m_ground.places().pools.size() <= fewPools;
    // An effect is that of the load of now.
    if (m_request.goal != SplitGoal::LeastCost || m_request.growth != 1 || m_request.routes.size() > mostRoutes || !made.effect.fits()
        || std::ranges::all_of(m_request.routes, [this](std::uint32_t route) { return m_ground.rules().workloads[*m_ground.map().routes[route].workload].replicaGpus <= 1; }))
        return;
    const int units = static_cast<int>(std::lround(100 / made.unit));
    const auto bounds = boundsOf(units, inPercent);
    const auto begun = countsOf(made.moves, made.unit);
    auto best = begun;
    double least = paid(effectOf(m_ground, made.moves));
    // From where the load stands another way may lead down than from the solution.
    std::vector<std::vector<int>> starts { begun };
    if (auto present = presentCounts(units, bounds); present && isSmall)
        starts.push_back(std::move(*present));
    for (auto& counts : starts) {
        const auto first = effectOf(m_ground, movesOf(counts, units));
        if (!first.fits())
            continue;
        double cost = paid(first);
        int tries = isSmall ? mostTriesOfFew : mostTries;
        const auto isBetter = [&](const std::vector<int>& next) {
            if (--tries < 0)
                return false;
            const auto effect = effectOf(m_ground, movesOf(next, units));
            if (!effect.fits() || paid(effect) > cost - cent)
                return false;
            cost = paid(effect);
            return true;
        };
        const auto saves = [&] {
            auto next = nextTo(counts, units, bounds, Amounts::WholeReplicas);
            for (auto& one : next)
                if (isBetter(one)) {
                    counts = std::move(one);
                    return true;
                }
            // A backend of several clusters gives back whole replicas of each, which one number does not tell.
            auto any = isSmall && units == 100 ? nextTo(counts, units, bounds, Amounts::Every) : std::vector<std::vector<int>>();
            if (any.size() > static_cast<std::size_t>(mostTriesOfFew / 4))
                any.clear();
            for (auto& one : any)
                if (isBetter(one)) {
                    counts = std::move(one);
                    return true;
                }
            // A replica less may take two of them.
            for (const auto& one : next)
                for (auto& other : nextTo(one, units, bounds, Amounts::WholeReplicas))
                    if (tries > 0 && isBetter(other)) {
                        counts = std::move(other);
                        return true;
                    }
            return false;
        };
        while (tries > 0 && saves())
            ;
        if (cost < least - cent) {
            least = cost;
            best = counts;
        }
    }
    if (best == begun)
        return;
    made.moves = movesOf(best, units);
    made.value = m_problem.valueOf(loadsOf(best, units, values));
    made.lossPercent = lossOf(made);
}

bool SplitRounding::lacksMuch(const Effect& effect)
{
    constexpr std::ptrdiff_t many = 8;
    return std::ranges::count_if(effect.needs, [](const BackendNeed& it) { return it.shortGpus > 0; }) > many;
}

/// What the route holds, as if its weights said just that.
std::vector<KnownLoad> SplitRounding::heldShares(std::size_t route) const
{
    const auto id = m_request.routes[route];
    const auto total = loadOf(m_ground, id);
    KnownLoad made;
    H100s held = 0;
    for (std::uint32_t b = 0; b < m_request.accepted[route].size(); ++b)
        held += m_ground.heldBy(id, b).load;
    for (std::uint32_t b = 0; held > 0 && b < m_request.accepted[route].size(); ++b) {
        const auto share = m_ground.heldBy(id, b).load / held;
        made.split.push_back(100 * share);
        made.loads.push_back(total * share);
    }
    return made.split.empty() ? std::vector<KnownLoad>() : std::vector { std::move(made) };
}

std::vector<RouteMove> SplitRounding::movesOf(const std::vector<int>& counts, int units) const
{
    std::vector<RouteMove> moves;
    for (std::size_t r = 0; r < m_request.routes.size(); ++r) {
        RouteMove move { m_request.routes[r], m_request.accepted[r], m_request.accepted[r] };
        if (m_problem.totals[r] > 0) {
            move.to = m_problem.leaving[r];
            for (auto i = m_problem.branchesOf[r].first; i < m_problem.branchesOf[r].second; ++i)
                move.to[m_problem.branches[i].backend] = 100.0 * counts[i] / units;
            // So many are not tried one by one: what the linear program takes for shares of the load is taken for that.
            if (m_request.routes.size() > mostRoutes)
                move.known = heldShares(r);
        }
        moves.push_back(std::move(move));
    }
    return moves;
}

/// The loads by column that go with the units, as near to the solution as they allow.
std::vector<double> SplitRounding::loadsOf(const std::vector<int>& counts, int units, std::vector<double> values) const
{
    std::vector<UnitBounds> exact;
    for (const auto count : counts)
        exact.push_back({ count, count, true });
    static_cast<void>(wholeUnits(m_problem, units, exact, m_request.goal, values));
    return values;
}

/// Moves what found no place, counted in whole replicas, to backends of the same route that have room.
void SplitRounding::repair(std::vector<int>& counts, int units, const std::vector<UnitBounds>& bounds, const std::vector<double>& values, BestSplit& made) const
{
    auto emptiness = emptinessOf(values);
    constexpr int rounds = 8;
    for (int round = 0; round < rounds; ++round) {
        made.moves = movesOf(counts, units);
        Room room(m_ground.room());
        made.effect = placesOf(m_ground, made.moves, room);
        if (made.effect.fits() || (units == 100 && lacksMuch(made.effect)))
            return;
        bool changed = false;
        std::size_t firstNeed = 0;
        for (std::size_t r = 0; r < m_request.routes.size(); ++r) {
            const auto& mapped = m_ground.map().routes[m_request.routes[r]];
            const auto [first, end] = m_problem.branchesOf[r];
            for (auto i = first; i < end; ++i) {
                const auto& need = made.effect.needs[firstNeed + m_problem.branches[i].backend];
                if (need.shortGpus == 0 || counts[i] == 0)
                    continue;
                const auto unit = m_problem.totals[r] / units;
                const double share = std::min(1.0, static_cast<double>(need.shortGpus) / static_cast<double>(need.neededGpus));
                auto less = std::clamp(static_cast<int>(std::ceil(share * need.needed / unit - 1e-6)), 1, counts[i]);
                if (counts[i] - less < bounds[i].least && counts[i] > bounds[i].least)
                    less = bounds[i].must ? counts[i] - bounds[i].least : less;
                if (counts[i] - less < bounds[i].least && bounds[i].must)
                    continue;
                if (counts[i] - less < bounds[i].least)
                    less = counts[i];
                for (; less > 0; --less) {
                    const auto to = roomiest(room, counts, units, bounds, emptiness, r, i);
                    if (!to)
                        break;
                    auto load = unit;
                    const auto& branch = m_problem.branches[*to];
                    const auto spare = branch.held - unit * counts[*to];
                    load -= std::clamp(spare, 0.0, load);
                    room.place(mapped.backends[branch.backend].fitting, *mapped.workload, load);
                    if (const auto emptiest = emptiestOf(branch, emptiness))
                        emptiness[emptiest->first] -= emptiest->second * unit;
                    ++counts[*to];
                    --counts[i];
                    changed = true;
                }
            }
            firstNeed += mapped.backends.size();
        }
        if (!changed)
            return;
    }
    made.moves = movesOf(counts, units);
    Room room(m_ground.room());
    made.effect = placesOf(m_ground, made.moves, room);
}

/// By row of a region: how much fuller it might become until it were the fullest.
std::vector<double> SplitRounding::emptinessOf(const std::vector<double>& values) const
{
    std::vector<double> left;
    for (const auto& row : m_problem.program.rows)
        left.push_back(row.greatest);
    for (std::size_t c = 0; m_problem.fullest && c < values.size(); ++c)
        for (const auto& [row, value] : m_problem.entriesOf[c])
            left[row] -= c == m_problem.fullest ? 0 : value * values[c];
    return left;
}

/// Of the regions where new load of the branch may go, the row of the emptiest and what one H100 of load adds there.
std::optional<std::pair<std::uint32_t, double>> SplitRounding::emptiestOf(const Branch& branch, const std::vector<double>& emptiness) const
{
    std::optional<std::pair<std::uint32_t, double>> best;
    for (const auto& fresh : branch.fresh)
        for (const auto& [row, value] : m_problem.entriesOf[fresh.column])
            if (m_problem.meanings[row].kind == Kind::Fullest && (!best || emptiness[row] > emptiness[best->first]))
                best = { row, value };
    return best;
}

/// The cheapest other branch of the route that takes one unit more, in whole replicas; or the one in the emptiest region.
std::optional<std::size_t> SplitRounding::roomiest(const Room& room, const std::vector<int>& counts, int units, const std::vector<UnitBounds>& bounds, const std::vector<double>& emptiness,
    std::size_t route, std::size_t except) const
{
    const auto& mapped = m_ground.map().routes[m_request.routes[route]];
    const auto [first, end] = m_problem.branchesOf[route];
    const auto unit = m_problem.totals[route] / units;
    std::optional<std::size_t> best;
    double bestPrice = endless;
    for (auto i = first; i < end; ++i) {
        const auto& branch = m_problem.branches[i];
        if (i == except || counts[i] >= bounds[i].greatest || counts[i] + 1 < bounds[i].least)
            continue;
        const bool spare = branch.held - unit * (counts[i] + 1) >= 0;
        double price = spare ? m_problem.prices[*branch.kept] : branch.fresh.empty() ? endless : m_problem.prices[branch.fresh.front().column];
        if (price >= bestPrice && m_request.goal == SplitGoal::LeastCost)
            continue;
        const auto more = room.headroomLoad(mapped.backends[branch.backend].fitting, *mapped.workload);
        if (!spare && more < 2 * unit)
            continue;
        if (const auto emptiest = emptiestOf(branch, emptiness))
            price = -emptiness[emptiest->first];
        if (price >= bestPrice)
            continue;
        best = i;
        bestPrice = price;
    }
    return best;
}

} // namespace penstock
