// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "fleet/source.h"
#include "prometheus/promsource.h"

namespace penstock {

struct KubeOptions
{
    std::string kubeconfig {}; ///< file; empty: $KUBECONFIG, or ~/.kube/config
    std::string context {}; ///< empty: the current one
    DcgmPlace place; ///< provider and region: what counts where nodes do not tell
    std::vector<Workload> workloads;
    std::shared_ptr<const Catalogue> catalogue {}; ///< of types of instances; null: an empty one
    PromOptions telemetry {}; ///< the store that measures the GPUs; without url there is none. Place and workloads are those above
    std::chrono::milliseconds every { 1'000 }; ///< between two frames, at least
    std::chrono::milliseconds watch { 30'000 }; ///< how long a watch lasts before it is begun anew: one whose server is gone without a word is noticed then
    std::chrono::milliseconds probe { 5'000 }; ///< between two questions whether the server is still there
    std::chrono::milliseconds timeout { 15'000 }; ///< of one page of a list
    std::chrono::milliseconds storePatience { 2'000 }; ///< for the store's first answer, before nodes and pods are shown without it
    std::chrono::milliseconds firstWait { 1'000 }; ///< after a failure; doubled with each further one, to 15 s
    int page = 500; ///< objects of a list at a time
    std::chrono::milliseconds staleAfter { 30'000 };
    Clock clock = wallClock;
};

/// Lists and watches nodes and pods of a cluster. Only ever reads. What is missing because the user may not read it is said; without pods all
/// GPUs are unknown. With telemetry the GPUs of a node are those that the store shows under its name; a node that the store does not show has those
/// that the cluster tells. The connection is Live while nodes are known and fresh, with an error where something else fails.
/// `http`: for the store; null where there is none.
[[nodiscard]] std::unique_ptr<Source> makeKubeSource(KubeOptions options, std::shared_ptr<HttpClient> http = {});

} // namespace penstock
