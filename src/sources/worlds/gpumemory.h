// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace penstock {

/// Nominal memory of a GPU model in MiB; 0: not known, which is never guessed. Source: the vendors' data sheets; the
/// names of the Alibaba 2023 trace carry their size.
[[nodiscard]] std::uint32_t nominalMemory(std::string_view model);

} // namespace penstock
