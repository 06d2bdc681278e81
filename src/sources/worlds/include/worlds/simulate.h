// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "fleet/world.h"

namespace penstock {

/// Opens a simulated fleet described by a TOML file, see docs/simulate.md. The same specification and start give the same
/// fleet. Every error names file:line:column and what to write instead.
[[nodiscard]] Result<std::unique_ptr<World>> openSimulation(const std::string& path, Time start);
[[nodiscard]] Result<std::unique_ptr<World>> openSimulationText(std::string_view toml, std::string_view file, Time start);

} // namespace penstock
