// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "gpumemory.h"

#include <array>
#include <utility>

namespace penstock {

std::uint32_t nominalMemory(std::string_view model)
{
    constexpr std::array<std::pair<std::string_view, std::uint32_t>, 16> sizes { {
        { "T4", 16 }, { "P100", 16 }, { "V100M16", 16 }, { "V100M32", 32 }, { "A10", 24 }, { "L4", 24 }, { "L40S", 48 },
        { "A100 40GB SXM", 40 }, { "A100 80GB SXM", 80 }, { "H100 80GB SXM", 80 }, { "H100 NVL", 94 },
        { "GH200", 96 }, { "H200 141GB SXM", 141 }, { "B200 180GB SXM", 180 }, { "MI300X", 192 }, { "MI355X", 288 },
    } };
    for (const auto& [name, gib] : sizes)
        if (name == model)
            return gib * 1024;
    return 0;
}

} // namespace penstock
