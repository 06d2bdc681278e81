// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "fleet/fleetevent.h"

#include <algorithm>

namespace penstock {

static constexpr std::array<std::string_view, eventKinds> kindNames { "unhealthy", "healthy", "lost", "back", "workload", "removed", "added" };

std::string_view name(FleetEvent::Kind kind) { return kindNames.at(static_cast<std::size_t>(kind)); }

std::optional<FleetEvent::Kind> parseEventKind(std::string_view text)
{
    const auto found = std::ranges::find(kindNames, text);
    return found == kindNames.end() ? std::nullopt : std::optional(static_cast<FleetEvent::Kind>(found - kindNames.begin()));
}

} // namespace penstock
