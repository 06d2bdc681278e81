// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

#include "fleet/journal.h"
#include "fleet/router.h"
#include "shift/guards.h"
#include "shift/planstatus.h"

namespace penstock {

class RouterHand;

/// Something that a shift is about to do, or has done.
struct ShiftEvent
{
    enum class Kind { Started, Judged, StepIntended, StepConfirmed, Paused, Resumed, Returning, Returned, Stopped, Done, Failed };
    Kind kind;
    const PlanStatus& status;
    const Judgement* judgement = nullptr; ///< of Judged
    std::string person; ///< who gave the command; empty: the machine itself
    bool again = false; ///< of Judged: it was judged before
};

/// What the machine asks of the world besides its routers. Called from its thread; none but `changed` is needed.
struct ShiftHooks
{
    /// Judges a part of the plan, or its way back, on the live ground; `readings` are by move of `part`. Empty: nothing blocks.
    std::function<Judgement(const Plan& part, std::size_t stepsDone, std::span<const RouteReading> readings)> judge {};
    /// Told before and after each act; when it fails, the machine does not act and pauses.
    std::function<Result<>(const ShiftEvent&)> witness {};
    /// Makes sure that these routes are still ours, before each write; when it fails, the machine pauses.
    std::function<Result<>()> hold {};
    /// `move`: of the plan. What is guarded is for the plan's limits to say.
    std::function<std::vector<GuardValues>(const PlanStatus& status, std::size_t move, const RouteReading& reading)> guards {};
    std::function<void(const PlanStatus&)> changed {};
};

struct ShiftTiming
{
    std::chrono::milliseconds poll { 500 }; ///< between readings while it waits
    std::chrono::milliseconds patience { 5'000 }; ///< with a router that does not answer
    std::chrono::milliseconds hurry { 1'500 }; ///< in an emergency, with routers that do not answer while others do: those are not to wait longer
    std::chrono::milliseconds stuckAfter { 60'000 }; ///< without agreement it pauses and says so; see stuckAfter()
    std::chrono::milliseconds fewAfter { 20'000 }; ///< with too few requests to observe, accepted suffices; at the latest at half of stuckAfter
    std::chrono::milliseconds answersAfter { 10'000 }; ///< an emergency looks so long, at most, for how its load is answered where it has arrived
    std::chrono::milliseconds lateFor { 10'000 }; ///< a write that nobody heard an answer to may arrive so long after it was sent
    double tolerance = 2; ///< percentage points between observed and desired
    double largestStepBack = 25; ///< percentage points of a step of the way back
    int writeTries = 3; ///< of a write whose answer was lost, before it pauses
};

/// When a step that is not confirmed counts as stuck: three times what three of four confirmations of the past took, at
/// least 15 s and at most two minutes; a minute without a past.
[[nodiscard]] std::chrono::milliseconds stuckAfter(std::span<const PlanStatus> past);
/// What three of four confirmations took; 3 s without a past.
[[nodiscard]] std::chrono::milliseconds usualConfirmation(std::span<const PlanStatus> past);

/// Runs one plan on a thread of its own, all its routes together, step by step: reads the routers, judges what is left on
/// the live ground, writes the intent to the journal, sets with compare-and-set, reads back, waits until observed agrees,
/// watches guards, bakes. Never writes over somebody else's change. All functions may be called from any thread.
class ShiftMachine
{
public:
    /// `routers` by move. `begin`: a new plan (phase Planned), or one that was recovered (phase Paused), which waits for
    /// resume or goBack. `journal` may be null.
    ShiftMachine(std::vector<std::shared_ptr<Router>> routers, std::shared_ptr<Journal> journal, PlanStatus begin,
        std::vector<GuardLimits> limits, ShiftHooks hooks, Clock clock, ShiftTiming timing);
    ~ShiftMachine(); ///< pauses the shift where it stands and joins

    void pause(std::string person = {});
    void resume(std::string person = {}); ///< also past routes that failed: it goes on with those that answer, and sets again what a router has forgotten
    void goBack(std::string person = {}); ///< to where it began, stepped and judged anew before each step
    void stop(std::string person = {}); ///< leaves the weights as they are and ends
    [[nodiscard]] PlanStatus status() const;
    [[nodiscard]] bool isOver() const;

private:
    enum class Order { Pause, Resume, GoBack, Stop };
    struct Command
    {
        Order order;
        std::string person;
    };
    using Answer = std::optional<Result<RouteReading>>; ///< empty: none in time
    using Steady = std::chrono::steady_clock;

    // The loop and its commands (shiftmachine.cpp).
    void run(const std::stop_token& end);
    void obey(const Command& command, const std::stop_token& end);
    /// Until a write whose answer was not heard can't arrive any more. False: an order or the end came first, and it stands as before.
    [[nodiscard]] bool awaitLastWrite(const std::stop_token& end);
    void give(Order order, std::string person);
    bool rest(std::chrono::milliseconds time, const std::stop_token& end);
    [[nodiscard]] bool interrupted(const std::stop_token& end);
    template<class Edit>
    void edit(Edit change);
    void say(ShiftPhase phase, std::string note);
    [[nodiscard]] Result<> keep();
    [[nodiscard]] Result<> tell(ShiftEvent::Kind kind, const std::string& person = {}, const Judgement* judgement = nullptr);
    void pauseHere(std::string note, std::optional<Error> error = {}, const std::string& person = {});
    void forgetRecovery(); ///< of what stands still, is stopped or goes back before it has arrived
    void finish(ShiftPhase phase, std::optional<Error> error = {}, const std::string& person = {});
    void beginReturn(const std::string& why, const std::string& person);
    [[nodiscard]] Plan planBack(const std::string& why, const std::string& person) const;
    [[nodiscard]] bool isExpired() const;

    // One step (shiftsteps.cpp).
    void makeStep();
    [[nodiscard]] bool prepare(std::vector<RouteReading>& readings);
    [[nodiscard]] bool isHeld(); ///< these routes are still ours; else it pauses
    [[nodiscard]] bool isAllowed(const std::vector<RouteReading>& readings);
    void write(std::size_t step);
    [[nodiscard]] std::optional<Error> settle(std::size_t move, const Answer& answer, bool& again);
    void confirm(const std::stop_token& end);
    void bake(const std::stop_token& end, std::optional<Time> until);
    /// What those that gain answer with more errors than is allowed while a step is confirmed, in words; empty: nothing.
    [[nodiscard]] std::string brokenErrors(std::size_t move, const RouteReading& reading);
    void yieldTo(const std::string& broken); ///< guards: pauses, or goes back where that was asked for
    [[nodiscard]] bool isEmergency() const; ///< an evacuation without waits, on its way there
    enum class Seen { Ours, Forgotten, Foreign };
    /// Notes it. Forgotten: a restart or a reload undid what we had set; Foreign: somebody else changed it, and it is dropped.
    Seen look(std::size_t move, const RouteReading& reading);
    [[nodiscard]] bool isConfirmed(std::size_t move, const RouteReading& reading, std::chrono::milliseconds waited, std::string& waitsFor);
    [[nodiscard]] std::vector<Answer> ask(const std::vector<std::size_t>& moves, const std::function<Result<RouteReading>(std::size_t, Router&)>& work, bool hurried = false);
    [[nodiscard]] std::vector<Answer> read(const std::vector<std::size_t>& moves, bool hurried = false);
    [[nodiscard]] std::vector<std::size_t> live() const; ///< moves of the plan that take part in the present leg and have not failed
    [[nodiscard]] const Plan::Move* legMove(std::size_t move) const;
    [[nodiscard]] Weights splitAfter(std::size_t move, std::size_t steps) const;
    void drop(std::size_t move, Error error);
    /// Routes have failed: goes on without them where that is right, else pauses or ends. True: go on.
    [[nodiscard]] bool goOnWithout(const std::vector<std::size_t>& failed, bool mayAnswerLater);
    /// Routers have forgotten what they were told: pauses, or begins the way back where they stand. True: none has.
    [[nodiscard]] bool goOnAsTold(const std::vector<std::size_t>& forgotten);
    [[nodiscard]] std::vector<std::size_t> undone() const;
    void setAgain(const std::stop_token& end); ///< what routers have forgotten
    /// The router refuses what this step set: it gets back what it had. Why it failed.
    [[nodiscard]] Error takeBack(std::size_t move, const std::string& refused);
    void beginBackHere(); ///< the way back, from where the routers stand
    void watchQuiet(std::size_t move, const RouteReading& reading);

    std::shared_ptr<Journal> m_journal;
    std::vector<GuardLimits> m_limits;
    ShiftHooks m_hooks;
    Clock m_clock;
    ShiftTiming m_timing;
    mutable std::mutex m_mutex; ///< guards m_status and m_commands; m_status is written by m_thread only
    std::condition_variable_any m_wake;
    PlanStatus m_status;
    std::deque<Command> m_commands; ///< in the order they were given: none may be lost
    // Of m_thread only.
    bool m_paused = false, m_confirmed = true, m_baked = true;
    bool m_arrived = false; ///< all of it was confirmed at its target once, and is answered there as far as anybody knows
    bool m_wasJudged = false;
    bool m_justResumed = false; ///< whoever resumed knows that a router was away
    Steady::time_point m_confirmBegan {}, m_stepBegan {};
    struct Watch
    {
        std::uint64_t window = 0; ///< requests in the window of the reading before
        int quietReadings = 0;
        std::optional<Weights> intent; ///< sent last; what the router has if the answer was lost
        std::optional<Weights> before; ///< while it is not known what became of the write: where it began
        std::optional<std::uint64_t> leaving; ///< counter of the evacuated backends at the reading before
        std::optional<std::uint64_t> all; ///< counter of all backends at the first reading
        bool takesWhole = false; ///< the router knows no splits between whole backends
        bool traffic = false; ///< it has moved since
        std::optional<Time> quietSince;
        std::optional<Steady::time_point> silentSince;
    };
    std::vector<Watch> m_watch;
    std::vector<std::unique_ptr<RouterHand>> m_hands; ///< by move; their threads wake this one, so they end before what is above
    std::jthread m_thread;
};

/// Percentage points by which a router with integer weights may miss a share.
inline constexpr double largestRounding = 0.6;
/// True when every share is met as far as a router can.
[[nodiscard]] bool isAt(const Weights& accepted, const Weights& wanted);
/// What holdingUp() finds, in words.
[[nodiscard]] std::string blockersOf(const Judgement& judgement, bool returning);

} // namespace penstock
