// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "workspace/workspace.h"

/// Whatever a workspace file holds, it is read, or every error has a place and a sentence.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto workspace = penstock::parseWorkspace({ reinterpret_cast<const char*>(data), size }, "w.toml");
    if (!workspace)
        for (const auto& error : workspace.error())
            if (error.what.empty() || !error.where.starts_with("w.toml:"))
                std::abort();
    return 0;
}
