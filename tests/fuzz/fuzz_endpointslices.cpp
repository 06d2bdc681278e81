// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "kubernetes/kubeservice.h"

/// Whatever a server calls EndpointSlices, what is read of them are addresses.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const int port : { 0, 9400 })
        if (const auto page = penstock::readEndpointSlices(text, port))
            for (const auto& address : page->addresses)
                if ((!address.starts_with("http://") && !address.starts_with("https://")) || address.find_first_of(" /\"\\\n@?#", address.find("//") + 2) != std::string::npos)
                    std::abort();
    return 0;
}
