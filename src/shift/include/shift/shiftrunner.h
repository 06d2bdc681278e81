// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/clock.h"
#include "fleet/auditlog.h"
#include "fleet/journal.h"
#include "fleet/router.h"
#include "fleet/shiftstatus.h"

namespace penstock {

/// Runs one shift on a thread of its own: step by step, each written to the journal, set with a compare-and-set, read
/// back, and confirmed by what is observed. Nothing is sent that the audit log does not hold: when it cannot be written,
/// the shift pauses with that error. All functions may be called from any thread.
class ShiftRunner
{
public:
    struct Timing
    {
        std::chrono::milliseconds poll { 500 }; ///< between readings while it waits
        std::chrono::milliseconds stuckAfter { 60'000 }; ///< without agreement it pauses and says so
        std::chrono::milliseconds fewAfter { 20'000 }; ///< with too few requests to observe, accepted suffices
        double tolerance = 2; ///< percentage points between observed and desired
    };

    /// `journal` and `audit` may be null. `changed` is called from the runner's thread.
    ShiftRunner(std::shared_ptr<Router> router, std::shared_ptr<Journal> journal, ShiftPlan plan,
        std::function<void(const ShiftStatus&)> changed, Clock clock, Timing timing, std::shared_ptr<AuditLog> audit = {});
    ~ShiftRunner(); ///< pauses the shift where it stands and joins

    void pause();
    void resume();
    void goBack(); ///< to where it began, over the same steps
    void stop(); ///< leaves the weights as they are and ends
    [[nodiscard]] ShiftStatus status() const;

private:
    enum class Command { Pause, Resume, GoBack, Stop };
    enum class Confirmation { Agreed, Interrupted, Stuck, Failed };
    void run(const std::stop_token& end);
    /// Waits for `time`, a command or the end. True when something asks for attention.
    bool rest(std::chrono::milliseconds time, const std::stop_token& end);
    std::optional<Command> take();
    void say(ShiftPhase phase, std::string note = {});
    bool writeStep(const Weights& weights, const std::string& key);
    Confirmation confirm(const std::stop_token& end);
    [[nodiscard]] Result<> keep();
    /// False when the audit log could not be written: the shift is paused then, and says so.
    bool record(AuditBody body);
    bool recordTurn(AuditKind kind);
    [[nodiscard]] std::vector<AuditRoute> threeWeights(const ShiftStatus& now, const Weights& desired) const;
    [[nodiscard]] AuditStep auditStep(AuditStep::Stage stage, std::size_t number, bool returning, const Weights& desired) const;
    [[nodiscard]] AuditEnd auditEnd() const;
    void note(const RouteReading& reading);
    void end(ShiftPhase phase, std::optional<Error> error = {});
    void give(Command command);

    std::shared_ptr<Router> m_router;
    std::shared_ptr<Journal> m_journal;
    std::shared_ptr<AuditLog> m_audit;
    std::function<void(const ShiftStatus&)> m_changed;
    Clock m_clock;
    Timing m_timing;
    mutable std::mutex m_mutex; ///< guards m_status and m_commands
    std::condition_variable_any m_wake;
    ShiftStatus m_status;
    std::deque<Command> m_commands; ///< in the order they were given: none may be lost
    std::string m_version;
    std::optional<Time> m_confirmedAt; ///< the step that stands; of the runner's thread
    std::jthread m_thread;
};

} // namespace penstock
