// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

#include "fleet/router.h"

namespace penstock::test {

/// A router that obeys, and can be told to misbehave. All switches are under `mutex`.
class ScriptedRouter final : public Router
{
public:
    Result<RouteReading> read() override
    {
        std::unique_lock lock(mutex);
        wake.wait(lock, [this] { return !hangs; });
        ++reads;
        if (dead || (deadFromRead != 0 && reads >= deadFromRead))
            return gone();
        if (pendingReads > 0 && --pendingReads == 0)
            weights = promised;
        return reading();
    }
    Result<RouteReading> apply(const Weights& wanted, const std::string& expected, const std::string& key) override
    {
        std::unique_lock lock(mutex);
        wake.wait(lock, [this] { return !hangs && !hangsInApply; });
        if (dead || (deadFromApply != 0 && applied.size() + 1 >= deadFromApply))
            return dead = true, gone();
        if (expected != version())
            return fail(Error::Kind::Conflict, "the version is " + version(), name);
        if (losesWrites > 0) {
            --losesWrites;
            return fail(Error::Kind::Unavailable, "the connection broke", name);
        }
        keys.push_back(key);
        applied.push_back(wanted);
        forgotten.clear();
        promised = wanted;
        pendingReads = takesReads;
        if (!ignores && takesReads == 0)
            weights = wanted;
        if (cutsWrites > 0) {
            --cutsWrites;
            for (std::size_t i = 0; i < weights.size(); ++i)
                weights[i] = (wanted[i] + before[i]) / 2;
            return fail(Error::Kind::Unavailable, "the connection broke", name);
        }
        if (half)
            for (std::size_t i = 0; i < weights.size(); ++i)
                weights[i] = (wanted[i] + before[i]) / 2;
        before = weights;
        if (rounds)
            weights[0] += 5;
        if (losesAnswers > 0) {
            --losesAnswers;
            return fail(Error::Kind::Unavailable, "the connection broke", name);
        }
        return reading();
    }
    [[nodiscard]] std::string version() const
    {
        std::string text = std::to_string(reloads) + ":";
        for (const double weight : weights)
            text += std::to_string(weight) + "/";
        return text;
    }
    /// Changes switches, and wakes a call that hangs.
    template<class Change>
    void script(Change change)
    {
        const std::lock_guard lock(mutex);
        change(*this);
        wake.notify_all();
    }

    std::string name = "fake";
    std::mutex mutex;
    std::condition_variable wake;
    Weights weights { 100, 0 }, before { 100, 0 };
    std::vector<Weights> applied;
    std::vector<std::string> keys;
    std::size_t reads = 0, deadFromRead = 0, deadFromApply = 0;
    int takesReads = 0, pendingReads = 0; ///< a write is taken after so many readings; until then it is pending
    Weights promised;
    std::string refuses; ///< what it says of a write once it has taken it
    Weights forgotten; ///< by a reload
    /// As if it had been reloaded, and had come up with these weights.
    void reload(Weights configured)
    {
        forgotten = std::exchange(weights, std::move(configured));
        before = weights;
        ++reloads;
    }
    int reloads = 0, losesWrites = 0, losesAnswers = 0, cutsWrites = 0;
    std::uint64_t requests = 1000; ///< in the window
    std::uint64_t unanswered = 0; ///< by the second backend
    bool counts = true; ///< requests since it began
    bool flows = false; ///< more is counted at each reading where there is weight
    std::vector<std::uint64_t> counted = std::vector<std::uint64_t>(8);
    bool trickles = false; ///< one request more in the window at each reading
    bool follows = true; ///< the observed split does what it was told
    std::string silentPart; ///< in words
    Weights observes; ///< what is observed whatever it was told; empty: see `follows`
    std::vector<double> fails; ///< the error rate of each backend, of 40 requests
    bool rounds = false, ignores = false, half = false, dead = false, hangs = false, hangsInApply = false;
    BackendReading::Condition second = BackendReading::Condition::Up;

private:
    std::unexpected<Error> gone() const { return fail(Error::Kind::Unavailable, "the router is gone", name); }
    RouteReading reading()
    {
        RouteReading made;
        made.version = version();
        made.windowRequests = trickles ? requests++ : requests;
        made.readAt = wallClock();
        if (pendingReads > 0)
            made.pending = "its gateways have not taken it yet";
        else if (weights == promised)
            made.refused = refuses;
        made.drift = reloads == 0 ? "" : "reloaded at 08:39:02 UTC";
        made.forgotten = forgotten;
        made.silent = silentPart;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            BackendReading backend;
            backend.name = i == 0 ? "azure" : "gcp";
            backend.accepted = weights[i];
            backend.requests = counts ? 5'000 : 0;
            backend.unanswered = i == 1 ? unanswered : 0;
            if (flows)
                backend.requests = counted[i] += weights[i] > 0 ? 10U : 0U;
            if (requests >= leastRequestsObserved)
                backend.observed = !observes.empty() ? observes[i] : follows ? weights[i] : i == 0 ? 100.0 : 0.0;
            if (!fails.empty())
                backend.guards.errorRate = Measured { fails[i], name, 40 };
            backend.condition = i == 1 ? second : BackendReading::Condition::Up;
            made.backends.push_back(backend);
        }
        return made;
    }
};

} // namespace penstock::test
