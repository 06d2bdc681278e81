// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "session/endpointhistory.h"

#include <algorithm>
#include <map>
#include <set>

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
    PromFleet fleet({}, {}, workspace.policy.staleAfter, 0);
    std::mutex mutex;
    if (const auto known = store.discover(fleet, mutex, {}); !known)
        return std::unexpected(known.error());
    EndpointHistory made;
    std::map<Time, std::vector<std::optional<double>>> rows;
    std::set<std::string> warnings;
    const auto queries = fleet.historyQueries();
    if (queries.empty())
        return fail(Error::Kind::NotFound, "the store of endpoint " + endpoint + " measures no GPUs", found->url, "does it scrape dcgm-exporter?");
    for (const auto& [name, text] : queries) {
        const auto told = store.range(text, from, to, step);
        if (!told) {
            auto error = told.error();
            error.what = name + ": " + error.what;
            return std::unexpected(std::move(error));
        }
        for (const auto& series : told->series)
            for (const auto& [at, value] : series.points) {
                auto& row = rows[at];
                row.resize(queries.size());
                row[made.figures.size()] = value;
            }
        made.figures.push_back(name);
        warnings.insert(told->warnings.begin(), told->warnings.end());
    }
    made.rows.assign(rows.begin(), rows.end());
    made.warnings.assign(warnings.begin(), warnings.end());
    return made;
}

} // namespace penstock
