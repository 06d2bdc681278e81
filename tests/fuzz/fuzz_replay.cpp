// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "promises.h"
#include "worlds/replay.h"

using namespace penstock;
using namespace penstock::fuzz;

namespace {

/// The input holds the files of a directory, each after a line "== NAME".
void unpack(std::string_view text, const Folder& folder)
{
    constexpr std::array<std::string_view, 9> names { "fleet.csv", "series.csv", "series.csv.gz", "gpus.csv", "gpus.csv.gz",
        "demand.csv", "demand.csv.gz", "events.csv", "events.csv.gz" };
    folder.clear();
    constexpr std::string_view mark = "== ";
    for (auto at = text.find(mark); at != std::string_view::npos;) {
        const auto from = at + mark.size();
        const auto end = text.find('\n', from);
        at = text.find(mark, from);
        if (end == std::string_view::npos || end > at)
            continue;
        const auto name = text.substr(from, end - from);
        if (std::ranges::find(names, name) != names.end())
            folder.write(name, text.substr(end + 1, at == std::string_view::npos ? at : at - end - 1));
    }
}

} // namespace

/// Whatever lies in a replay's directory, it is refused with its place, or the world that it makes runs.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const Folder folder;
    unpack({ reinterpret_cast<const char*>(data), size }, folder);
    const Time start { std::chrono::hours(480'000) };
    for (const char* provider : { "", "gcp" }) {
        const auto world = openReplay({ .directory = folder.path(), .provider = provider, .speed = 7, .events = true, .start = start });
        if (world)
            requireRuns(**world, start);
        else
            require(!world.error().what.empty() && world.error().where.starts_with(folder.path()));
    }
    return 0;
}
