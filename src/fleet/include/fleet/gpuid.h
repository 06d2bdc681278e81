// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace penstock {

/// What a GPU is called wherever it is put: the 16 bytes of the driver's "GPU-8f3c…". All zero: not told.
using GpuUuid = std::array<std::uint8_t, 16>;

/// Of "GPU-" and 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12; empty for anything else.
[[nodiscard]] std::optional<GpuUuid> parseGpuUuid(std::string_view text);
/// As the driver writes it; "" where it is not told.
[[nodiscard]] std::string text(const GpuUuid& uuid);

} // namespace penstock
