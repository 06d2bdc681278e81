// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <set>
#include <string>

#include "fleet/routeraddress.h"
#include "table/table.h"

namespace penstock {

/// One `router` table of a route.
[[nodiscard]] RouterAddress readRouter(Table& router, const std::set<std::string>& endpoints, const Absolute& absolute);

} // namespace penstock
