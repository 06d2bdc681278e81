// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "fleet/route.h"
#include "fleet/router.h"
#include "haproxy/haproxyaddress.h"
#include "routerkind/routerkind.h"

namespace penstock {

/// A router that sets the servers' weights of one HAProxy backend through its Runtime API. Nothing is sent yet.
/// Invalid: the address or a name cannot be HAProxy's. Refused: the address is not on this machine, and the Runtime API
/// has neither authentication nor encryption.
[[nodiscard]] Result<std::unique_ptr<Router>> makeHaproxyRouter(const Route& route, Clock clock = wallClock);

/// HAProxy among the kinds of routers.
[[nodiscard]] RouterKind haproxyKind();

} // namespace penstock
