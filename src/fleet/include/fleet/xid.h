// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string_view>

#include "fleet/gpu.h"

namespace penstock {

/// What an XID of NVIDIA's driver means for whoever places load.
struct Xid
{
    enum class Severity {
        Application, ///< a program's fault: the GPU is fine
        Warning, ///< usable, and worth a look
        Critical, ///< out of service until it is reset or replaced
    };
    int number = 0;
    Severity severity = Severity::Warning;
    Health health = Health::Good; ///< of a GPU whose last XID this is
    std::string_view meaning; ///< "fallen off the bus"
    std::string_view action; ///< "reboot the node, then support"
};

/// Empty for a number that is not listed: worth a look, with its number.
/// Source: NVIDIA's XID catalogue (immediate actions), DCGM's health watches, the ignore list of NVIDIA's device plugin.
[[nodiscard]] std::optional<Xid> xid(int number);
/// What the GPU's health is after this XID; 0 is none.
[[nodiscard]] Health healthAfterXid(int number);

} // namespace penstock
