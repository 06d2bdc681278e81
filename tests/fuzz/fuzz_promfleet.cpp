// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/engine.h"
#include "prometheus/promanswer.h"
#include "prometheus/promfleet.h"
#include "promises.h"

using namespace penstock;
using namespace std::chrono_literals;
using fuzz::require;

namespace {

/// All that a store can hold: every question is asked.
std::map<std::string, double> everything()
{
    std::map<std::string, double> made;
    const auto asked = PromFleet::discovery();
    constexpr std::string_view before = "count(";
    for (auto at = asked.find(before); at != std::string::npos; at = asked.find(before, at)) {
        at += before.size();
        made[asked.substr(at, asked.find(')', at) - at)] = 8;
    }
    return made;
}

} // namespace

/// Whatever labels the series of a store have, whichever question they answer, they come to a fleet that every console takes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const auto all = everything();
    const std::string text(reinterpret_cast<const char*>(data), size);
    const Time now(1'795'416'908s);
    PromReader reader;
    for (const std::uint64_t above : { 1'000ULL, 1ULL })
        for (const auto pods : { PromPods::Exported, PromPods::Plain }) {
            PromFleet fleet({ {}, {}, "store" }, {}, 30s, 1, above);
            fleet.setCaseless(pods == PromPods::Plain);
            fleet.discovered(all, pods);
            require(!fleet.queries().empty() && fleet.isByNode() == (above == 1));
            Engine engine;
            const auto source = engine.addSource("store");
            for (int round = 0; round < 2; ++round) {
                fleet.begin();
                const auto take = [&](const PromQuery& query) {
                    static_cast<void>(reader.vector(text, [&](std::span<const PromLabel> labels, double value) {
                        if (const auto taken = fleet.take(query, labels, value); !taken)
                            require(!taken.error().what.empty());
                    }));
                };
                if (const auto singles = fleet.singlesQuery(); !singles.text.empty()) {
                    take(singles);
                    fleet.singledOut();
                }
                // A copy: what is asked for follows from who was singled out.
                for (const auto queries = fleet.queries(); const auto& query : queries)
                    take(query);
                fleet.commit(now + round * 5s);
                for (const auto& frame : fleet.frames(now + round * 5s))
                    require(engine.apply(source, frame).has_value());
                static_cast<void>(fleet.missing());
            }
            require(engine.publish(now + 5s)->total().gpus <= 1'000'000'000);
        }
    return 0;
}
