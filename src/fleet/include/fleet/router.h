// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "fleet/route.h"

namespace penstock {

/// The real thing that splits traffic for one route. Calls block for at most a few seconds and may be made from any
/// one thread at a time; an implementation is not shared between threads without a lock of its own.
class Router
{
public:
    virtual ~Router() = default;

    /// Reads weights, conditions and counters. The observed shares cover the last 5,000 requests, or what was seen.
    [[nodiscard]] virtual Result<RouteReading> read() = 0;

    /// Compare-and-set: applies `weights` if the route is still at `expectedVersion` (Conflict otherwise), raising
    /// receivers before it lowers givers, so that the sum never reaches zero; then reads back and returns what the
    /// router really has. The same `idempotencyKey` twice is done once.
    [[nodiscard]] virtual Result<RouteReading> apply(
        const Weights& weights, const std::string& expectedVersion, const std::string& idempotencyKey)
        = 0;
};

/// Sets again what a reload, a restart or a revert undid, if the route is still as `reading` shows it. Invalid: nothing
/// was forgotten.
[[nodiscard]] Result<RouteReading> reapply(Router& router, const RouteReading& reading, const std::string& idempotencyKey);

} // namespace penstock
