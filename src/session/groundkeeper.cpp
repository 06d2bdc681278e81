// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "groundkeeper.h"

#include <utility>

namespace penstock {

namespace {

    using namespace std::chrono_literals;
    using Steady = std::chrono::steady_clock;

    /// Longest that a caller, who may be the GUI thread, makes a ground for a newer snapshot itself.
    constexpr auto quick = 8ms;
    /// Between two boards.
    constexpr auto often = 1s;

} // namespace

GroundKeeper::GroundKeeper(PlanRules rules, Claimed claimed, Readings readings, std::function<void()> boardMade)
    : m_rules(std::move(rules)), m_claimed(std::move(claimed)), m_readings(std::move(readings)), m_boardMade(std::move(boardMade))
{
    m_thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

GroundKeeper::~GroundKeeper() = default;
void GroundKeeper::finish() { m_thread = {}; }

void GroundKeeper::show(SnapshotPtr snapshot)
{
    const std::lock_guard lock(m_mutex);
    m_newest = std::move(snapshot);
    m_wake.notify_all();
}

RuleMapPtr GroundKeeper::mapFor(const CapacityPtr& capacity)
{
    const auto day = std::chrono::floor<std::chrono::days>(capacity->asOf);
    {
        const std::lock_guard lock(m_mutex);
        if (m_map && m_map->places == capacity->places && m_mapDay == day)
            return m_map;
    }
    auto made = RuleMap::make(m_rules, capacity->places, day);
    const std::lock_guard lock(m_mutex);
    m_map = made;
    m_mapDay = day;
    return made;
}

GroundPtr GroundKeeper::make(const SnapshotPtr& snapshot, CapacityDetail detail)
{
    const auto begin = Steady::now();
    const auto capacity = m_reader.read(snapshot, detail);
    const auto map = mapFor(capacity);
    auto made = std::make_shared<const Ground>(capacity, map);
    if (auto claims = m_claimed(*made); !claims.empty())
        made = std::make_shared<const Ground>(capacity, map, std::move(claims));
    const std::lock_guard lock(m_mutex);
    const auto at = static_cast<std::size_t>(detail);
    m_took[at] = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - begin);
    if (!m_made[at].snapshot || snapshot->asOf() >= m_made[at].snapshot->asOf())
        m_made[at] = { snapshot, made };
    return made;
}

bool isFromCache(const Snapshot& snapshot)
{
    for (std::uint32_t cluster = 0; cluster < snapshot.structure().clusters.size(); ++cluster)
        if (snapshot.fromCache(cluster))
            return true;
    return false;
}

GroundPtr GroundKeeper::ground(const SnapshotPtr& snapshot, CapacityDetail detail)
{
    {
        const std::lock_guard lock(m_mutex);
        const auto at = static_cast<std::size_t>(detail);
        const auto& made = m_made[at];
        // A picture of another shape would name clusters that are gone; one that is a second old says the same, unless that was of before anybody answered.
        if (made.ground && (made.snapshot == snapshot || (m_took[at] > quick && made.snapshot->structure().version == snapshot->structure().version && !isFromCache(*made.snapshot))))
            return made.ground;
    }
    return make(snapshot, detail);
}

std::shared_ptr<const Board> GroundKeeper::board() const
{
    const std::lock_guard lock(m_mutex);
    return m_board;
}

void GroundKeeper::run(const std::stop_token& stop)
{
    SnapshotPtr last;
    for (;;) {
        SnapshotPtr snapshot;
        {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait(lock, stop, [&] { return m_newest && m_newest != last; }))
                return;
            snapshot = last = m_newest;
        }
        const auto begin = Steady::now();
        (void)make(snapshot, CapacityDetail::Free);
        const auto ground = make(snapshot, CapacityDetail::Holders);
        const auto boardBegin = Steady::now();
        auto made = std::make_shared<Board>();
        made->asOf = snapshot->asOf();
        const auto readings = m_readings();
        std::vector<const RouteReading*> known;
        for (const auto& it : readings)
            known.push_back(it ? &*it : nullptr);
        made->rows = penstock::board(*ground, known);
        for (const auto& price : ground->map().prices)
            if (price)
                made->prices.add(*price);
        made->fromCache = isFromCache(*snapshot);
        made->took = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - boardBegin);
        {
            const std::lock_guard lock(m_mutex);
            m_board = std::move(made);
        }
        m_boardMade();
        std::unique_lock lock(m_mutex);
        m_wake.wait_until(lock, stop, begin + often, [] { return false; });
        if (stop.stop_requested())
            return;
    }
}

} // namespace penstock
