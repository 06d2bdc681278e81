// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

#include "dcgm/dcgmfleet.h"
#include "fleet/source.h"
#include "http/httpclient.h"

namespace penstock {

struct SlurmOptions
{
    std::string name; ///< of the endpoint: the cluster's, where neither `place` nor Slurm tells one
    std::string url; ///< without /slurm: "https://slurm.example"
    std::string user;
    /// The JSON web token itself, asked for before each round: they are short-lived, and may be renewed in a file.
    std::function<Result<std::string>()> token;
    std::string ca {}; ///< PEM file; empty: the system's
    DcgmPlace place;
    std::vector<Workload> workloads;
    std::chrono::milliseconds every { 15'000 }; ///< each round locks slurmctld for a moment
    std::chrono::milliseconds timeout { 30'000 }; ///< of one question
    std::chrono::milliseconds staleAfter { 30'000 };
    Clock clock = wallClock;
};

/// Asks slurmrestd for nodes, jobs and partitions, of the newest version that it offers. Where nodes are answered and the rest is not,
/// the connection is Live with an error: the data are shown and unfit for a shift. One that does not answer is asked again after 1,
/// 2, 4, at most 15 s.
[[nodiscard]] std::unique_ptr<Source> makeSlurmSource(SlurmOptions options, std::shared_ptr<HttpClient> http);

} // namespace penstock
