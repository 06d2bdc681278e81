// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "fleet/route.h"
#include "fleet/world.h"

namespace penstock {

/// The routes that an agent holds. Not thread-safe: the server guards it together with the world.
class RouteStore
{
public:
    struct Entry
    {
        std::string workload;
        std::vector<Route::Backend> backends;
        Weights weights;
        std::uint64_t version = 1;
        std::string changedByKey;
    };

    /// Makes a route for each workload of the picture, a backend a provider, at the shares of allocated GPUs.
    explicit RouteStore(const Picture& picture);

    [[nodiscard]] Result<Entry> get(const std::string& route) const;
    [[nodiscard]] Result<Entry> define(
        const std::string& route, const std::string& workload, std::vector<Route::Backend> backends, const Picture& picture);
    /// Conflict when the route is not at `expected`. The key that made the current version is answered again, not redone.
    [[nodiscard]] Result<Entry> set(
        const std::string& route, std::uint64_t expected, const std::string& key, Weights weights);

private:
    std::map<std::string, Entry> m_routes;
};

/// GPUs that `workload` holds in each scope; a GPU counts in the first scope that contains it.
[[nodiscard]] std::vector<std::uint64_t> allocatedGpus(
    const Picture& picture, const std::string& workload, const std::vector<Route::Backend>& backends);

} // namespace penstock
