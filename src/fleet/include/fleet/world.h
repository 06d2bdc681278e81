// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fleet/frame.h"
#include "fleet/route.h"
#include "fleet/source.h"

namespace penstock {

/// How an agent stands with what it serves; see SourceSink::connection.
struct SourceStanding
{
    Connection connection = Connection::Live;
    std::optional<Error> error {};
    std::uint64_t series = 0; ///< see SourceSink::series
    FailingTargets failing {}; ///< see SourceSink::failing
    friend bool operator==(const SourceStanding&, const SourceStanding&) = default;
};

/// The whole picture that an agent holds at one time.
struct Picture
{
    std::shared_ptr<const Inventory> inventory; ///< null: nothing is known yet
    Time observed {}; ///< at the source: it stands still while that is silent
    Columns columns; ///< one row a GPU
    std::vector<WorkloadDemand> demand;
    std::vector<ServiceLevel> service {};
    SourceStanding standing {};
    std::vector<std::uint32_t> since {}; ///< see SamplesFrame::since
    std::vector<LateRows> late {}; ///< see SamplesFrame::late
};

/// A fleet that an agent serves, be it measured, replayed or simulated. One thread owns it: all calls come from there.
class World
{
public:
    virtual ~World() = default;
    /// Brings the picture up to `now`. Called about once a second.
    virtual void advance(Time now) = 0;
    [[nodiscard]] virtual const Picture& picture() const = 0;

    /// True when `place` moves load: replay and simulate.
    [[nodiscard]] virtual bool placesLoad() const = 0;
    /// Asks that the load of `workload` stand in `scopes` in these proportions (per cent) from now on. Replicas end
    /// where there are too many and start on free GPUs where there are too few, within seconds.
    virtual void place(const std::string& workload, const std::vector<Scope>& scopes, const Weights& weights) = 0;
};

} // namespace penstock
