// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "inference/inference.h"
#include "promises.h"

using namespace penstock;
using fuzz::require;

/// Whatever an inference server exports is read or refused with words, and what is read are figures that can be.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    InferenceReader reader;
    // Both halves as two looks, and the whole as a third.
    for (const auto& [part, at] : { std::pair(text.substr(0, size / 2), 10), std::pair(text.substr(size / 2), 20), std::pair(text, 20), std::pair(text, 40) })
        if (const auto read = reader.read(part, Time(std::chrono::seconds(at))); !read)
            require(!read.error().what.empty());
    InferenceTally tally;
    reader.addTo(tally);
    ServiceLevel all;
    for (const auto& it : tally.levels([](const InferenceServer& server) { return "w" + server.model; })) {
        require(!it.workload.empty());
        for (const auto& value : { it.running, it.waiting, it.kvUse, it.requestsPerSecond, it.errorsPerSecond })
            require(!value || *value >= 0);
        require(!it.kvUse || *it.kvUse <= 1);
        all += it;
    }
    for (const auto* histogram : { &all.firstToken, &all.latency })
        for (const double share : { 0.0, 0.5, 0.99, 1.0 })
            if (const auto told = histogram->quantile(share))
                require(!std::isnan(*told) && *told >= 0);
    return 0;
}
