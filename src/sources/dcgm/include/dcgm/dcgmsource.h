// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <stop_token>

#include "dcgm/dcgmfleet.h"
#include "fleet/source.h"
#include "http/httpclient.h"
#include "signin/signin.h"

namespace penstock {

/// What is known of exporters that come and go.
struct DcgmDirectory
{
    std::optional<std::vector<std::string>> targets; ///< empty: as they were
    std::optional<Error> error {}; ///< why they cannot be told, or that there are none
};

struct DcgmOptions
{
    std::vector<std::string> targets; ///< "http://10.0.0.1:9400"; without a path /metrics is asked for
    /// Beside `targets`, the exporters that somebody else knows: blocks until they are known, from the second call on until they may be others. One
    /// thread makes all calls; they end with `stop`.
    std::function<DcgmDirectory(const std::stop_token& stop)> directory {};
    std::vector<std::string> metrics {}; ///< inference servers, "http://10.0.0.1:8000", scraped beside them; likewise
    std::shared_ptr<SignIn> signIn {}; ///< null: nobody says who asks
    std::string ca; ///< PEM file; empty: the system's
    DcgmPlace place;
    std::vector<Workload> workloads;
    std::chrono::milliseconds every { 1'000 }; ///< between two scrapes of one exporter
    std::chrono::milliseconds timeout { 2'000 };
    std::chrono::milliseconds staleAfter { 30'000 };
    Clock clock = wallClock;
};

/// Scrapes dcgm-exporters. One that does not answer is asked again after 2 s, 4 s, 8 s, at most 15 s, and holds nobody else up; the
/// connection is Live while any of them answers, with an error that names those that do not. The nodes of an exporter that is no longer in the directory
/// are shown for ten minutes as those of a silent one, unless another shows them.
[[nodiscard]] std::unique_ptr<Source> makeDcgmSource(DcgmOptions options, std::shared_ptr<HttpClient> http);

} // namespace penstock
