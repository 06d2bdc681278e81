// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cstddef>
#include <cstdint>
#include <zstd.h>

#include "historychunk.h"
#include "promises.h"

using namespace penstock;
using namespace penstock::fuzz;

/// Whatever a blob of the history holds, as it is and inside of a sound compressed frame: it is refused, or is what it
/// says when it is written and read once more.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static HistoryPacker packer;
    const std::string raw(reinterpret_cast<const char*>(data), size);
    std::string framed(1 + ZSTD_compressBound(size), '\1');
    framed.resize(1 + ZSTD_compress(framed.data() + 1, framed.size() - 1, data, size, 1));
    for (const auto& bytes : { raw, framed }) {
        for (const auto slots : { std::size_t { 24 }, mostHistorySlots })
            if (const auto chunk = packer.unpackChunk(bytes, slots)) {
                for (const auto& column : chunk->columns)
                    for (const auto& it : column)
                        require(it.seconds == 0
                            || (it.least >= 0 && it.least <= it.sum / it.seconds
                                && it.sum / it.seconds <= it.greatest));
                const auto again = packer.unpackChunk(packer.pack(*chunk), slots);
                require(again && *again == *chunk);
                // Skipping what is not wanted finds the same.
                const auto one = packer.unpackChunk(bytes, slots, 1U << 8U);
                require(one && one->columns[8] == chunk->columns[8] && one->columns[1].empty());
            }
        if (const auto second = packer.unpackSecond(bytes)) {
            const auto again = packer.unpackSecond(packer.pack(*second));
            require(again && *again == *second);
        }
    }
    return 0;
}
