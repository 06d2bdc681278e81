// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dcgm/dcgmreader.h"
#include "exposition/exposition.h"
#include "promises.h"

using namespace penstock;
using fuzz::require;

/// Whatever answers on an exporter's port is read whole or refused, and what is read lies within its text and its ranges.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto within = [&](std::string_view part) { return part.empty() || (part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size()); };
    ExpositionReader reader(text);
    ExpositionSample sample;
    std::size_t line = 0;
    while (reader.next(sample)) {
        require(within(sample.name) && within(sample.labels) && reader.line() > line);
        line = reader.line();
        LabelReader labels(sample.labels);
        std::string value;
        for (std::string_view name; labels.next(name, value);)
            require(!name.empty());
    }
    DcgmReader gpus;
    const bool first = gpus.read(text).has_value();
    // The same answer again says the same, from what was remembered of the first.
    require(gpus.read(text).has_value() == first);
    require(gpus.answers() == (first ? 2U : 0U));
    for (const auto& gpu : gpus.gpus()) {
        const auto made = gpu.measured();
        require(made.utilisation <= 100 || made.utilisation == unknown::utilisation);
        require(gpu.answer == 0 || gpu.answer == gpus.answers());
    }
    gpus.forgetGone();
    for (const auto& gpu : gpus.gpus())
        require(gpu.answer == gpus.answers());
    require(gpus.read(text).has_value() == first);
    return 0;
}
