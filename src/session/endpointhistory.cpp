// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "session/endpointhistory.h"

#include <algorithm>
#include <limits>

#include "builtincatalogue.h"
#include "prometheus/promstore.h"
#include "secret/secret.h"

namespace penstock {

Result<EndpointHistory> historyOf(const Workspace& workspace, const std::string& endpoint, Time from, Time to, std::chrono::milliseconds step)
{
    const auto found = std::ranges::find(workspace.endpoints, endpoint, &Endpoint::name);
    if (found == workspace.endpoints.end())
        return fail(Error::Kind::NotFound, "there is no endpoint " + endpoint, {}, "look at `penstockctl endpoints check`");
    if (found->kind != "prometheus")
        return fail(Error::Kind::Invalid, "endpoint " + endpoint + " is of kind " + found->kind + ", which remembers nothing", {}, "name one of kind prometheus");
    if (to <= from)
        return fail(Error::Kind::Invalid, "the range ends before it has begun", {}, "--from is the earlier moment, --to the later one");
    if (step < std::chrono::milliseconds(1))
        return fail(Error::Kind::Invalid, "there is no time between two rows", {}, "write --step 15s");
    const auto http = std::make_shared<HttpClient>();
    PromStore store({ .url = found->url, .signIn = makeSignIn(*found, http, readWholeSecret), .tenant = found->tenant, .ca = found->ca, .place = {}, .workloads = {}, .timeout = std::chrono::seconds(60) }, http);
    auto catalogue = builtInCatalogue();
    catalogue.overlay(workspace.catalogue);
    PromFleet fleet({}, {}, workspace.policy.staleAfter, 0, std::numeric_limits<std::uint64_t>::max(), std::make_shared<const Catalogue>(std::move(catalogue)));
    std::mutex mutex;
    if (const auto known = store.discover(fleet, mutex, {}); !known)
        return std::unexpected(known.error());
    auto past = store.past(fleet, from, to, step);
    if (!past)
        return std::unexpected(past.error());
    EndpointHistory made;
    made.figures = std::move(past->figures);
    made.rows.assign(past->rows.begin(), past->rows.end());
    made.warnings.assign(past->warnings.begin(), past->warnings.end());
    return made;
}

} // namespace penstock
