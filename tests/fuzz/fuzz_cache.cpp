// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/engine.h"
#include "promises.h"
#include "storage/cache.h"

using namespace penstock;
using namespace penstock::fuzz;

/// Whatever the cache file holds, it is read, set aside, or left alone because a newer version wrote it; and what is read
/// out of it can be shown or is refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const Folder folder;
    folder.clear();
    folder.write("cache.db", { reinterpret_cast<const char*>(data), size });
    std::string notice;
    auto cache = Cache::open(folder.file("cache.db"), notice);
    if (!cache) {
        require(cache.error().kind == Error::Kind::Refused);
        return 0;
    }
    Engine engine;
    const auto source = engine.addSource("agent");
    std::string left;
    if (const auto fleets = cache->loadFleets(left)) {
        for (const auto& fleet : *fleets)
            (void)engine.restore(source, fleet);
        require(notice.empty() || fleets->empty());
    }
    const auto snapshot = engine.publish(Time {});
    require(snapshot->total().gpus == snapshot->structure().rows);
    return 0;
}
