// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <penstock/v1/penstock.pb.h>

#include "base/result.h"
#include "fleet/frame.h"

namespace penstock {

/// Turns messages into frames; joins inventories that came in parts. Anything malformed is an Invalid error, whatever
/// the bytes are.
class FrameDecoder
{
public:
    /// Nothing when the message was a part that others must follow.
    [[nodiscard]] Result<std::optional<Frame>> decode(const penstock::v1::Frame& message);

private:
    Result<std::optional<Frame>> decodeInventory(const penstock::v1::Inventory& message);
    Inventory m_partial;
};

} // namespace penstock
