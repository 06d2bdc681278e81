// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "fleet/xid.h"

#include <algorithm>
#include <array>

namespace penstock {

namespace {

    using enum Xid::Severity;
    /// The values of Health that are XIDs.
    constexpr int firstXid = 6;

    constexpr auto reset = "reset the GPU", restart = "restart the application", look = "look into it", support = "reset the GPU, then support";

    /// Ascending by number.
    constexpr std::array<Xid, 48> table { {
        { 13, Application, Health::Good, "graphics engine exception", restart },
        { 31, Application, Health::Good, "GPU memory page fault", restart },
        { 32, Application, Health::Good, "corrupted push buffer", restart },
        { 43, Application, Health::Good, "GPU stopped processing, channel reset", "none" },
        { 45, Application, Health::Good, "preemptive cleanup after another error", "look at the other XID" },
        { 46, Critical, Health::Xid, "GPU stopped processing, timeout", reset },
        { 48, Critical, Health::Ecc, "uncorrectable (double-bit) memory error", reset },
        { 54, Critical, Health::Xid, "auxiliary power is not connected", "check the power cables" },
        { 62, Critical, Health::Xid, "internal micro-controller halt", reset },
        { 63, Warning, Health::Good, "row remap or page retirement recorded", "reset the GPU at the next occasion" },
        { 64, Critical, Health::RowRemapFailure, "row remap or page retirement failed", support },
        { 68, Application, Health::Good, "NVDEC0 exception", restart },
        { 69, Application, Health::Good, "graphics class error", restart },
        { 74, Critical, Health::Xid, "NVLink error", "drain multi-GPU jobs, check the links" },
        { 78, Warning, Health::Good, "vGPU start error", "update driver and firmware" },
        { 79, Critical, Health::OffTheBus, "fallen off the bus", "reboot the node, then support" },
        { 92, Warning, Health::Good, "high rate of corrected memory errors", "support" },
        { 93, Warning, Health::Good, "InfoROM wear limit", "none" },
        { 94, Warning, Health::Good, "contained memory error", restart },
        { 95, Critical, Health::Ecc, "uncontained memory error", reset },
        { 109, Critical, Health::Xid, "context switch timeout", reset },
        { 110, Critical, Health::Xid, "security fault", reset },
        { 119, Critical, Health::Xid, "GSP RPC timeout", reset },
        { 120, Critical, Health::Xid, "GSP error", reset },
        { 121, Warning, Health::Good, "C2C link error", "support" },
        { 136, Critical, Health::Xid, "link training failed", reset },
        { 137, Application, Health::Good, "NVLink privilege error", "none" },
        { 140, Critical, Health::Ecc, "unrecovered memory error", reset },
        { 143, Critical, Health::Xid, "GPU initialisation error", reset },
        { 144, Critical, Health::Xid, "NVLink SAW error", "follow NVIDIA's NVLink 5 workflow" },
        { 145, Critical, Health::Xid, "NVLink RLW error", "follow NVIDIA's NVLink 5 workflow" },
        { 146, Critical, Health::Xid, "NVLink TLW error", "follow NVIDIA's NVLink 5 workflow" },
        { 147, Critical, Health::Xid, "NVLink TREX error", "follow NVIDIA's NVLink 5 workflow" },
        { 148, Critical, Health::Xid, "NVLink NVLPW_CTRL error", "follow NVIDIA's NVLink 5 workflow" },
        { 149, Critical, Health::Xid, "NVLink NETIR error", "follow NVIDIA's NVLink 5 workflow" },
        { 150, Critical, Health::Xid, "NVLink MSE error", "follow NVIDIA's NVLink 5 workflow" },
        { 151, Critical, Health::Xid, "key rotation error", "restart the virtual machine" },
        { 154, Warning, Health::Good, "the recovery action changed", "look at the recovery action and the XID before it" },
        { 155, Critical, Health::Xid, "NVLink software error", reset },
        { 156, Critical, Health::Xid, "resource retirement", reset },
        { 157, Warning, Health::Good, "resource retirement failed", look },
        { 158, Critical, Health::Xid, "fatal timeout", reset },
        { 160, Warning, Health::Good, "channel retirement", look },
        { 161, Warning, Health::Good, "channel retirement failed", look },
        { 167, Critical, Health::Xid, "fatal PCIe timeout", reset },
        { 168, Warning, Health::Good, "reduced GPU memory capacity", look },
        { 171, Critical, Health::Ecc, "uncorrectable DRAM error", reset },
        { 172, Critical, Health::Ecc, "uncorrectable SRAM error", reset },
    } };
    static_assert(std::ranges::is_sorted(table, {}, &Xid::number));

} // namespace

std::optional<Xid> xid(int number)
{
    const auto found = std::ranges::lower_bound(table, number, {}, &Xid::number);
    return found != table.end() && found->number == number ? std::optional(*found) : std::nullopt;
}

Health healthAfterXid(int number)
{
    const auto known = xid(number);
    return number < firstXid || (known && known->severity == Xid::Severity::Application) ? Health::Good : static_cast<Health>(std::min(number, lastXid));
}

std::vector<int> applicationXids()
{
    std::vector<int> made;
    for (const auto& it : table)
        if (it.severity == Application)
            made.push_back(it.number);
    return made;
}

std::optional<Xid> xidOf(Health health)
{
    const int number = static_cast<int>(health);
    if (number < firstXid || number > lastXid)
        return std::nullopt;
    const auto known = xid(number);
    return known ? known : Xid { number, Xid::Severity::Warning, Health::Good, number == lastXid ? "254 or above, not in the list of known ones" : "not in the list of known ones", look };
}

bool isBroken(Health health)
{
    const auto kind = kindOf(health);
    return kind != Health::Good && kind != Health::Throttled && kind != Health::NotReported;
}

Health kindOf(Health health)
{
    const auto code = xidOf(health);
    return code ? code->health : health;
}

} // namespace penstock
