// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "readrouter.h"

#include <algorithm>

#include "routers/routers.h"

namespace penstock {

RouterAddress readRouter(Table& router, const std::set<std::string>& endpoints, const Absolute& absolute)
{
    const auto name = router.text("kind", true);
    std::vector<std::string> names;
    for (const auto& kind : routerKinds())
        names.push_back(kind.name);
    router.choose("kind", name, names, "router kind");
    if (const auto kind = std::ranges::find(routerKinds(), name, &RouterKind::name); kind != routerKinds().end())
        return kind->read(router, { endpoints, absolute });
    for (const auto& [key, node] : router.raw())
        router.know(std::string(key.str())); // which keys belong depends on the kind
    return {};
}

} // namespace penstock
