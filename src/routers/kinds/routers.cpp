// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "routers/routers.h"

#include <algorithm>

#include "agentrouter/agentrouter.h"
#include "gateway/gatewayrouter.h"
#include "haproxy/haproxyrouter.h"

namespace penstock {

const std::vector<RouterKind>& routerKinds()
{
    static const std::vector<RouterKind> all { haproxyKind(), gatewayKind(), agentKind() };
    return all;
}

Result<std::unique_ptr<Router>> makeRouter(const Route& route, const RouterMeans& means)
{
    const auto kind = std::ranges::find(routerKinds(), route.router.kind(), &RouterKind::name);
    return kind == routerKinds().end() ? fail(Error::Kind::Invalid, "the route has no router", "route " + route.name) : kind->make(route, means);
}

} // namespace penstock
