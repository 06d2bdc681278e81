// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "agentsource/framedecoder.h"
#include "engine/engine.h"

/// Whatever an agent sends, it is decoded or refused, and what the engine takes keeps its promises.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    penstock::v1::Frame message;
    if (!message.ParseFromArray(data, static_cast<int>(size)))
        return 0;
    penstock::FrameDecoder decoder;
    penstock::Engine engine;
    const auto source = engine.addSource("agent");
    for (int twice = 0; twice < 2; ++twice)
        if (const auto frame = decoder.decode(message); frame && *frame)
            (void)engine.apply(source, **frame);
    if (const auto standing = decoder.takeStanding(); standing && standing->connection == penstock::Connection::Stopped)
        std::abort();
    const auto snapshot = engine.publish(penstock::Time {});
    if (snapshot->total().gpus != snapshot->structure().rows)
        std::abort();
    return 0;
}
