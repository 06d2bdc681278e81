// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include <QString>

#include "fleet/router.h"

namespace penstock::test {

/// One kind of router with the real thing behind it, for the table of what every router must do. The route has the
/// backends azure, gcp and aws, at 100, 0 and 0 to begin with.
class RouterBench
{
public:
    virtual ~RouterBench() = default;
    /// False: what it needs is not installed.
    [[nodiscard]] virtual bool start() = 0;
    [[nodiscard]] virtual std::shared_ptr<Router> open() = 0;

    /// What the real thing has, asked past the router under test; in its own unit.
    [[nodiscard]] virtual std::vector<double> weights() = 0;
    virtual void somebodyElseSets(const std::vector<int>& weights) = 0;
    virtual void die() = 0;
    [[nodiscard]] virtual bool comeBack() = 0;
    /// Loses what was set while it ran, as a reload or a restart does, and comes back as it was configured.
    [[nodiscard]] virtual bool forget() = 0;

    /// A router whose other side accepts everything and changes nothing.
    [[nodiscard]] virtual std::shared_ptr<Router> openLiar() = 0;
    /// A router whose other side takes requests and never answers a change.
    [[nodiscard]] virtual std::shared_ptr<Router> openMute() = 0;
};

[[nodiscard]] std::unique_ptr<RouterBench> makeHaproxyBench();
[[nodiscard]] std::unique_ptr<RouterBench> makeGatewayBench();
[[nodiscard]] std::unique_ptr<RouterBench> makeAgentBench();

} // namespace penstock::test
