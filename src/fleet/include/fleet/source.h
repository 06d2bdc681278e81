// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "fleet/frame.h"

namespace penstock {

/// Where an endpoint stands, as its source sees it.
enum class Connection { Connecting, Live, Failing, Stopped };

/// One of the many that an endpoint is read from, which does not answer.
struct FailingTarget
{
    std::string address;
    Error error;
    std::optional<Time> answered {}; ///< last; empty: never
    friend bool operator==(const FailingTarget&, const FailingTarget&) = default;
};
using FailingTargets = std::shared_ptr<const std::vector<FailingTarget>>; ///< null: there are none

/// Those that fail alike, as one line tells them.
struct FailingGroup
{
    std::string what, hint; ///< of their errors
    std::vector<const FailingTarget*> targets;
};
/// The greatest group first.
[[nodiscard]] std::vector<FailingGroup> groupsOf(const FailingTargets& targets);

/// Receives what a source reads. Called from the source's own thread; `frame` may block, which slows the source down.
class SourceSink
{
public:
    virtual ~SourceSink() = default;
    virtual void frame(Frame frame) = 0;
    /// `error` says why a connection is Failing, or what is missing while it is Live; Live without one is whole again.
    virtual void connection(Connection state, std::optional<Error> error) = 0;
    /// How many series the other side shows, or told in its last answers; 0: not known. Not called where it is always so.
    virtual void series(std::uint64_t) {}
    /// All that do not answer now. Not called by a source that reads from one.
    virtual void failing(FailingTargets) {}
};

/// Reads one endpoint and yields frames: an inventory first, then samples, again after every reconnection.
class Source
{
public:
    virtual ~Source() = default; ///< stops and joins
    virtual void start(SourceSink& sink) = 0;
    /// Tries again at once instead of waiting for the back-off. Any thread.
    virtual void reconnect() = 0;
    /// Asks for an inventory and a whole picture, after a gap or a refused frame. Any thread.
    virtual void resync() = 0;
};

} // namespace penstock
