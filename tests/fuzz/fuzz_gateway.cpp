// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "gateway/httproute.h"
#include "gateway/instantquery.h"
#include "promises.h"

using namespace penstock;
using namespace penstock::gateway;
using fuzz::require;

/// Whatever an API server or a Prometheus says, it is read or refused, and what is read keeps its promises.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto route = parseHttpRoute(text)) {
        require(!route->name.empty());
        (void)standingOf(*route);
        Route wanted;
        for (const auto& rule : route->rules) {
            wanted.backends.clear();
            for (const auto& backend : rule.backends) {
                require(!backend.name.empty() && backend.weightInForce() >= 0 && backend.weightInForce() <= heaviest);
                wanted.backends.push_back({ backend.name, {} });
            }
            if (const auto place = findPlace(*route, wanted)) {
                require(!route->version(place->rule).empty());
                require(place->rule < route->rules.size() && place->backends.size() == wanted.backends.size());
                for (const auto at : place->backends)
                    require(at < route->rules[place->rule].backends.size());
                require(!patchOf(*route, *place, std::vector<int>(wanted.backends.size(), 1), std::string(text.substr(0, 20))).empty());
            }
        }
    }
    (void)parseGateway(text);
    (void)parseStatus(text);
    if (const auto answer = parseInstantAnswer(text)) {
        for (const auto& sample : answer->samples)
            require(std::isfinite(sample.value));
        if (const auto values = valuesByName(*answer, "", { "azure", "gcp" }))
            require(values->size() == 2);
    }
    return 0;
}
