// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <vector>

#include "fleet/source.h"

namespace penstock {

/// A fleet that is asked for, a round of questions after another. One thread makes all calls.
class PolledFleet
{
public:
    virtual ~PolledFleet() = default;
    /// Asks everything once. The error: nothing is known of the GPUs; `partial`: something else is not.
    [[nodiscard]] virtual std::optional<Error> round(std::optional<Error>& partial, const std::stop_token& stop) = 0;
    /// What has changed since the last call.
    [[nodiscard]] virtual std::vector<Frame> frames() = 0;
    virtual void sendWhole() = 0; ///< next time everything
    [[nodiscard]] virtual std::uint64_t series() const { return 0; } ///< see SourceSink::series
};

/// A round begins `every` so often. What of it fails makes the connection Live with an error: the data are shown and unfit for a
/// shift. After one that fails the next begins after 1, 2, 4, at most 15 s.
[[nodiscard]] std::unique_ptr<Source> makePollingSource(std::unique_ptr<PolledFleet> fleet, std::chrono::milliseconds every);

} // namespace penstock
