// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <set>
#include <string>

#include "fleet/route.h"
#include "table.h"

namespace penstock {

/// Makes a path absolute from the file's own folder.
using Absolute = std::function<std::string(const std::string& path)>;

/// The reference to a secret that stands under a key; a file's path is made absolute.
[[nodiscard]] std::string readReference(Table& it, const std::string& key, const Absolute& absolute);

/// One `router` table of a route.
[[nodiscard]] Route::RouterAddress readRouter(Table& router, const std::set<std::string>& endpoints, const Absolute& absolute);

} // namespace penstock
