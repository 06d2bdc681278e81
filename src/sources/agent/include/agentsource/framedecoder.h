// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <penstock/v1/penstock.pb.h>
#include <utility>

#include "base/result.h"
#include "fleet/frame.h"
#include "fleet/world.h"

namespace penstock {

/// Turns messages into frames; joins inventories that came in parts. Anything malformed is an Invalid error, whatever
/// the bytes are.
class FrameDecoder
{
public:
    /// Nothing when the message was a part that others must follow, or told a standing.
    [[nodiscard]] Result<std::optional<Frame>> decode(const penstock::v1::Frame& message);
    /// What the agent has told of its source since the last call.
    [[nodiscard]] std::optional<SourceStanding> takeStanding() { return std::exchange(m_standing, std::nullopt); }

private:
    Result<std::optional<Frame>> decodeInventory(const penstock::v1::Inventory& message);
    Inventory m_partial;
    std::optional<SourceStanding> m_standing;
};

} // namespace penstock
