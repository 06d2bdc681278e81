// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fleet/providerid.h"
#include "promises.h"

using namespace penstock;
using fuzz::require;

/// Whatever a node says who made it, what is told of that stands in it, and places belong to a provider.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (std::size_t begin = 0; begin <= size;) {
        const auto end = std::min(text.find('\n', begin), size);
        const auto id = text.substr(begin, end - begin);
        const auto made = parseProviderId(id);
        require(!made.provider.empty() || (made.region.empty() && made.zone.empty()));
        require(id.find(made.zone) != std::string_view::npos && made.zone.starts_with(made.region));
        require(made.zone.find('/') == std::string::npos);
        require(parseProviderId(id) == made);
        begin = end + 1;
    }
    return 0;
}
