// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "fleet/source.h"

namespace penstock {

/// A service of a Kubernetes cluster.
struct ClusterService
{
    std::string kubeconfig; ///< file, absolute; empty: $KUBECONFIG, or ~/.kube/config
    std::string context; ///< empty: the current one
    std::string nameSpace, service;
    int port = 0; ///< of its pods; 0: the one called "metrics", else its first
    friend bool operator==(const ClusterService&, const ClusterService&) = default;
};

/// GPUs of a store that are asked for one by one: some 2 KB a GPU and round, so 400 MB.
inline constexpr std::uint64_t defaultAggregateAbove = 200'000;
/// How a managed store learns who asks. Secrets are references, as Endpoint::token.
struct SignInAddress
{
    std::string kind; ///< aws | google | azure; empty: the endpoint's token, if any
    std::string region {}; ///< aws: of the store
    std::string accessKey {}, secretKey {}, sessionToken {}; ///< aws; the access key may stand here itself. Empty: those of the environment, else of the shared credentials file
    std::string profile {}; ///< aws: of the shared credentials file
    std::string key {}; ///< google: the JSON key of a service account
    bool exchanges = false; ///< google: the key's signature is exchanged for a token, instead of being shown
    std::string tenant {}, clientId {}, clientSecret {}; ///< azure
    std::string resource {}; ///< azure: what the token is for; empty: Azure Monitor of the public cloud
    std::string authority {}; ///< google, azure: who gives tokens; empty: that of the key, of the public cloud
};

/// True for "https://user:password@host": a secret that would be shown and kept wherever the address is.
[[nodiscard]] bool holdsCredentials(std::string_view url);

/// An endpoint as the workspace names it.
struct Endpoint
{
    std::string name;
    std::string kind; ///< agent | prometheus | dcgm | kubernetes | slurm | replay | simulate
    std::string url;
    std::string token; ///< "keychain:NAME", "env:NAME" or "file:PATH", never the secret itself; may be empty
    std::string ca; ///< PEM file, absolute; empty: the system's
    std::string path; ///< replay directory, simulate specification or kubeconfig, absolute
    std::string provider, region, cluster; ///< said here where the source itself can't tell
    std::vector<std::string> targets {}; ///< dcgm: the exporters, "http://HOST:9400"
    std::optional<ClusterService> targetsFrom {}; ///< dcgm: exporters that come and go
    std::vector<std::string> metrics {}; ///< dcgm: inference servers, "http://HOST:8000"
    std::string user {}; ///< prometheus: the token is this user's password; slurm: whose token it is
    std::string tenant {}; ///< prometheus: of a store of many, as Mimir
    std::string context {}; ///< kubernetes: of the kubeconfig; empty: the current one
    std::uint64_t aggregateAbove = defaultAggregateAbove; ///< prometheus: a store of more GPUs is asked for counts by node
    std::string prometheus {}; ///< kubernetes: the store that has its telemetry, "https://HOST"; may be empty
    SignInAddress signIn {}; ///< prometheus, and the store of kubernetes
};

/// One row of the Endpoints page.
struct EndpointStatus
{
    std::string name;
    std::string kind;
    std::string version; ///< of the other side, once known
    std::vector<std::string> missing; ///< see Inventory::missing
    std::string provider; ///< of its fleet; empty: several or not yet known
    Connection connection = Connection::Connecting;
    bool fromCache = false; ///< what is shown of it was loaded from disk and nothing was heard yet
    std::chrono::seconds staleAfter { 30 }; ///< of silence
    bool stale = false; ///< silent for longer than stale_after_s: its GPUs count as unknown
    bool simulated = false;
    std::optional<Time> observed; ///< when the newest data were observed at the source
    std::uint64_t gpus = 0;
    std::optional<std::uint64_t> schedulable {}; ///< see Inventory
    std::uint64_t frames = 0;
    std::uint64_t series = 0; ///< see SourceSink::series
    double samplesPerSecond = 0; ///< GPUs whose values were read, changed or not
    std::vector<double> recentRates; ///< samples a second of the last 5 minutes, one every 5 s, oldest first
    std::uint32_t errorsLastHour = 0;
    std::uint64_t refusedFrames = 0;
    std::string refusedReason; ///< of the newest refused frame
    std::optional<Time> refusedAt; ///< when that came
    std::uint64_t gaps = 0; ///< missing sequence numbers that were detected and healed
    std::optional<Error> partial; ///< it answers, but not whole: why. Unfit for a shift as silence is
    std::optional<Error> error; ///< the last one in full; kept after recovery
    std::optional<Time> errorAt;
    FailingTargets failing; ///< now, where it is read from many

    [[nodiscard]] bool hasTold() const { return observed.has_value() || gpus > 0; } ///< otherwise nobody knows how many GPUs it has
    [[nodiscard]] bool isWhole() const { return connection == Connection::Live && observed && !fromCache && !partial; } ///< it answers, now and in full
};

} // namespace penstock
