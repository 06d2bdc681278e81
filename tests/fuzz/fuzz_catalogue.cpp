// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "promises.h"
#include "workspace/catalogue.h"

using namespace penstock;
using fuzz::require;

/// Whatever a catalogue file holds, it is read, or every error has a place and a sentence; and what was read completes an inventory
/// to one that is still in order.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto made = parseCatalogue({ reinterpret_cast<const char*>(data), size }, "c.toml");
    if (!made) {
        for (const auto& error : made.error())
            require(!error.what.empty() && error.where.starts_with("c.toml:"));
        return 0;
    }
    auto told = std::make_shared<Inventory>();
    told->clusters = { { "aws", "us-east-1", "c" } };
    told->models = { { "unknown", 0 }, { "RTX PRO 6000", 0 }, { "L4", 0 } };
    told->nodes = { { "a", 0, 0, 8, "p5.48xlarge" }, { "b", 0, 1, 1, "" }, { "c", 0, 2, 1, "g6.xlarge" } };
    const auto completed = made->completed(told);
    require(completed->check().has_value() && completed->gpus() == told->gpus());
    const auto price = made->listPrice("aws", "us-east-1", "H100 80GB SXM", "p5.48xlarge", std::chrono::sys_days(std::chrono::days(20'000)));
    require(!price || price->perGpuHour >= 0);
    auto twice = *made;
    twice.overlay(*made);
    require(twice == *made);
    return 0;
}
