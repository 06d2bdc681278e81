// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "dcgm/dcgmfleet.h"
#include "fleet/source.h"
#include "http/httpclient.h"

namespace penstock {

struct DcgmOptions
{
    std::vector<std::string> targets; ///< "http://10.0.0.1:9400"; without a path /metrics is asked for
    std::vector<std::string> metrics {}; ///< inference servers, "http://10.0.0.1:8000", scraped beside them; likewise
    std::string token; ///< bearer; the secret itself
    std::string ca; ///< PEM file; empty: the system's
    DcgmPlace place;
    std::vector<Workload> workloads;
    std::chrono::milliseconds every { 1'000 }; ///< between two scrapes of one exporter
    std::chrono::milliseconds timeout { 2'000 };
    std::chrono::milliseconds staleAfter { 30'000 };
    Clock clock = wallClock;
};

/// Scrapes dcgm-exporters. One that does not answer is asked again after 1 s, 2 s, 4 s, at most 15 s, and holds nobody else up; the
/// connection is Live while any of them answers, with an error that names those that do not.
[[nodiscard]] std::unique_ptr<Source> makeDcgmSource(DcgmOptions options, std::shared_ptr<HttpClient> http);

} // namespace penstock
