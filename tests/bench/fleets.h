// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "fleet/world.h"
#include "worlds/simulate.h"

namespace penstock::bench {

inline constexpr Time start { std::chrono::seconds(1'790'000'000) };

/// Four clouds with eight clusters each and `gpus` GPUs in all, deterministic.
inline std::unique_ptr<World> fleets(std::uint64_t gpus)
{
    constexpr int clusters = 32;
    std::string text = "seed = 7\n[failures]\nunhealthy = 0.006\ndraining = 0.004\nlost = 0.003\n";
    const char* providers[] { "azure", "gcp", "aws", "coreweave" };
    const char* models[] { "H100 80GB SXM", "H200 141GB SXM", "A100 80GB SXM" };
    for (int c = 0; c < clusters; ++c)
        text += "[[cluster]]\nprovider = \"" + std::string(providers[c / 8]) + "\"\nregion = \"region-" + std::to_string(c / 2) + "\"\nname = \"cluster-"
            + std::to_string(c) + "\"\nmodel = \"" + models[c % 3] + "\"\ngpus = " + std::to_string(gpus / clusters / 8 * 8) + "\n";
    for (const auto* name : { "chat", "images", "batch", "training" })
        text += "[[workload]]\nname = \"" + std::string(name) + "\"\nshare = 0.22\n";
    auto world = openSimulationText(text, "bench.toml", start);
    if (!world) {
        std::fprintf(stderr, "%s\n", world.error().text().c_str());
        std::exit(1);
    }
    (*world)->advance(start + std::chrono::seconds(1));
    return std::move(*world);
}

} // namespace penstock::bench
