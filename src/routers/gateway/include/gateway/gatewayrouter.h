// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "fleet/router.h"
#include "gateway/gatewayaddress.h"
#include "http/httpclient.h"
#include "routerkind/routerkind.h"

namespace penstock {

/// Reads the secret that "env:NAME", "file:PATH" or "keychain:NAME" points to. It is asked before every request: tokens
/// change. Callable from any thread.
using SecretReader = std::function<Result<std::string>(std::string_view reference)>;

struct GatewayTiming
{
    std::chrono::milliseconds answerWithin { 2'000 }; ///< for one request
    std::chrono::milliseconds acceptWithin { 1'000 }; ///< how long apply() waits for the gateways; later they are pending
    std::chrono::milliseconds poll { 50 }; ///< while it waits
};

/// A router that sets the backendRefs' weights of one rule of a Kubernetes HTTPRoute. One patch changes all of them at once
/// and only if the spec is still the one that was seen. Nothing is sent yet. Invalid: an address or a name is none.
[[nodiscard]] Result<std::unique_ptr<Router>> makeGatewayRouter(const Route& route, std::shared_ptr<HttpClient> http,
    SecretReader secrets, Clock clock = wallClock, GatewayTiming timing = {});

/// An HTTPRoute among the kinds of routers.
[[nodiscard]] RouterKind gatewayKind();

} // namespace penstock
