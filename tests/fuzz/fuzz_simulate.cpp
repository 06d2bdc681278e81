// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cstddef>
#include <cstdint>

#include "promises.h"
#include "worlds/simulate.h"

using namespace penstock;
using namespace penstock::fuzz;

/// Whatever a specification says, it is refused with line and column, or the fleet that it describes runs.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const Time start { std::chrono::hours(480'000) };
    const auto world = openSimulationText({ reinterpret_cast<const char*>(data), size }, "s.toml", start);
    if (!world)
        require(!world.error().what.empty() && world.error().where.starts_with("s.toml:"));
    else if ((*world)->picture().inventory->gpus() < 20'000) // a million run as well, only slowly
        requireRuns(**world, start);
    return 0;
}
