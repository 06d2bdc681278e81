// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "fleet/router.h"
#include "shift/planstatus.h"

namespace penstock {

/// Stands between a shift and its router while it is rehearsed: reads are real, writes are only remembered, and requests
/// are taken to follow them. What somebody else changes meanwhile shows as it would in earnest.
class RehearsalRouter final : public Router
{
public:
    explicit RehearsalRouter(std::shared_ptr<Router> real) : m_real(std::move(real)) {}
    [[nodiscard]] Result<RouteReading> read() override;
    [[nodiscard]] Result<RouteReading> apply(const Weights& weights, const std::string& expectedVersion, const std::string& idempotencyKey) override;
    [[nodiscard]] std::vector<Weights> written() const; ///< what would have been sent

private:
    [[nodiscard]] RouteReading shown(RouteReading reading) const;
    std::shared_ptr<Router> m_real;
    mutable std::mutex m_mutex;
    std::vector<Weights> m_written;
};

/// How a rehearsal went.
struct RehearsalScore
{
    bool passed = false; ///< it ran to its end
    double points = 0; ///< 0 to 100: the share of its steps that stood, less 10 for each interlock that noted something
    std::chrono::milliseconds took { 0 };
    std::chrono::milliseconds expected { 0 };
    std::vector<std::string> findings; ///< what would have stopped it, and what was noted
};
/// A rehearsed evacuation that has ended.
struct Drill
{
    Scope scope;
    Time endedAt {};
    RehearsalScore score;
};

[[nodiscard]] RehearsalScore scoreOf(const PlanStatus& status, std::chrono::milliseconds expected);

} // namespace penstock
