// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <array>
#include <fstream>
#include <sstream>
#include <unistd.h>

#include "fleet/journal.h"

namespace penstock {

namespace {

    std::string hostAndBoot()
    {
        std::array<char, 256> name {};
        if (gethostname(name.data(), name.size() - 1) != 0)
            return {};
        std::string boot;
        std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), boot);
        return std::string(name.data()) + "/" + boot;
    }

    /// When the process began, in ticks since the boot; empty: there is none, or it has ended and nobody has noticed.
    std::string startOf(std::int64_t pid)
    {
        std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
        std::string text;
        if (!std::getline(in, text))
            return {};
        // The program's name may hold spaces and brackets; what follows the last one does not.
        std::istringstream fields(text.substr(text.rfind(')') + 1));
        std::string field, state;
        fields >> state;
        if (state == "Z" || state == "X")
            return {};
        for (int at = 4; at <= 22; ++at)
            fields >> field;
        return field;
    }

} // namespace

ProcessName thisProcess()
{
    return { hostAndBoot(), getpid(), startOf(getpid()) };
}

bool isKnownDead(const ProcessName& process)
{
    return !process.host.empty() && process.host == hostAndBoot() && startOf(process.pid) != process.started;
}

} // namespace penstock
