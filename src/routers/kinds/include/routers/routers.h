// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "routerkind/routerkind.h"

namespace penstock {

/// All there are.
[[nodiscard]] const std::vector<RouterKind>& routerKinds();

/// Invalid: its words are of no kind, or not usable.
[[nodiscard]] Result<std::unique_ptr<Router>> makeRouter(const Route& route, const RouterMeans& means);

} // namespace penstock
