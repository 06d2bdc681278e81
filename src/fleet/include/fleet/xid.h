// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string_view>
#include <vector>

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
    Health health = Health::Good; ///< the kind of trouble; Good where the GPU stays in service
    std::string_view meaning; ///< "fallen off the bus"
    std::string_view action; ///< "reboot the node, then support"
};

inline constexpr int lastXid = 254; ///< stands for those above it, too

/// Empty for a number that is not listed: worth a look, with its number.
/// Source: NVIDIA's XID catalogue (immediate actions), DCGM's health watches, the ignore list of NVIDIA's device plugin.
[[nodiscard]] std::optional<Xid> xid(int number);

/// The health of a GPU whose last XID this is: a Health from 6 to 253 is the XID of that number, 254 one of that number or above. Good for 0, which is none, and for
/// what is a program's fault.
[[nodiscard]] Health healthAfterXid(int number);
/// Numbers of those that are a program's fault.
[[nodiscard]] std::vector<int> applicationXids();
/// The XID that a Health is; empty for the values that have a name.
[[nodiscard]] std::optional<Xid> xidOf(Health health);
/// The value with a name that a Health comes to: OffTheBus for XID 79, Good for one that leaves the GPU in service.
[[nodiscard]] Health kindOf(Health health);
/// It takes a GPU out of service.
[[nodiscard]] bool isBroken(Health health);

} // namespace penstock
