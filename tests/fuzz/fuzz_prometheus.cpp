// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "prometheus/promanswer.h"
#include "promises.h"

using namespace penstock;
using fuzz::require;

/// Whatever a store answers is read or refused with words, and the same answer is read the same way again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    PromReader reader;
    std::size_t seen[2] = {};
    bool good[2] = {};
    for (int again = 0; again < 2; ++again) {
        const auto notes = reader.vector(text, [&](std::span<const PromLabel> labels, double value) {
            require(std::isfinite(value));
            for (const auto& [name, value_] : labels)
                require(name.size() + value_.size() <= 2 * size);
            ++seen[again];
        });
        good[again] = notes.has_value();
        require(notes ? notes->series == seen[again] : !notes.error().what.empty());
    }
    require(seen[0] == seen[1] && good[0] == good[1]);
    std::size_t series = 0;
    const auto range = reader.matrix(text, [&](std::span<const PromLabel>, std::span<const PromPoint> points) {
        require(!points.empty());
        for (const auto& [at, value] : points)
            require(std::isfinite(value));
        ++series;
    });
    require(range ? range->series == series : !range.error().what.empty());
    return 0;
}
