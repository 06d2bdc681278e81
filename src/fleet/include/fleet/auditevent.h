// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"

namespace penstock {

// What is written to the audit log, as it was seen at that moment: names instead of indices, so that a record can be read
// without the fleets, the workspace and the version of Penstock that it was made with.

enum class AuditKind : std::uint8_t {
    Asked, ///< somebody wants something; with what they saw
    Judged, ///< every interlock, with its evidence
    Approved, ///< by a second person
    Overridden,
    Step,
    Paused,
    Resumed,
    Returning, ///< somebody, or a guard, sent it back
    Returned,
    Stopped,
    Finished,
    Failed,
    Recovered, ///< found after the program had died
    Rehearsed,
};
inline constexpr std::size_t auditKindCount = 14;
[[nodiscard]] std::string_view name(AuditKind kind); ///< "asked", "judged", ...
[[nodiscard]] std::optional<AuditKind> auditKind(std::string_view name);

/// The GPUs of one provider, region, cluster or model, or of a combination; what it is not told by is empty.
struct AuditPool
{
    std::string provider, region, cluster, model;
    std::int64_t gpus = 0, healthy = 0, free = 0, allocated = 0;
    std::int64_t staleGpus = 0; ///< of all, those of clusters that were not heard from in time: no capacity
    friend bool operator==(const AuditPool&, const AuditPool&) = default;
};

/// What a split asks of one backend.
struct AuditNeed
{
    std::string route, backend;
    std::string model; ///< empty: of all models
    std::optional<double> now, target; ///< per cent of the route
    std::int64_t heldGpus = 0;
    std::int64_t neededGpus = 0; ///< below 0: given away
    std::int64_t placeableGpus = 0;
    std::optional<std::int64_t> shortGpus; ///< of the needed ones, those that find no place; empty: not known
    std::optional<double> utilisationBefore, utilisationAfter; ///< %
    friend bool operator==(const AuditNeed&, const AuditNeed&) = default;
};

/// What happens in one place.
struct AuditEffect
{
    std::string provider, region, cluster, model;
    std::int64_t neededGpus = 0, freedGpus = 0, placeableGpus = 0, healthyGpus = 0, allocatedBefore = 0, allocatedAfter = 0;
    double costBefore = 0, costAfter = 0; ///< dollars an hour
    std::int64_t unpricedGpus = 0;
    friend bool operator==(const AuditEffect&, const AuditEffect&) = default;
};

/// What somebody saw when they decided.
struct AuditPicture
{
    Time asOf {};
    std::vector<std::string> silent; ///< endpoints that had not answered
    std::vector<AuditPool> pools; ///< the fleets
    std::vector<AuditNeed> needs;
    std::vector<AuditEffect> effects;
    std::optional<double> costBefore, costAfter; ///< dollars an hour; empty: not known
    std::string breaksFirst; ///< where it runs out of room first, or would next
    friend bool operator==(const AuditPicture&, const AuditPicture&) = default;
};

/// How one route is to move.
struct AuditMove
{
    std::string route;
    std::string version; ///< of the route when planned
    std::vector<std::string> backends;
    std::vector<double> from; ///< accepted when planned, per cent
    std::vector<std::vector<double>> steps; ///< the last one is the target
    friend bool operator==(const AuditMove&, const AuditMove&) = default;
};

/// Load that was to end because it finds no place.
struct AuditShed
{
    std::string workload, provider, region, cluster, model;
    std::int64_t gpus = 0, replicas = 0;
    friend bool operator==(const AuditShed&, const AuditShed&) = default;
};

struct AuditAsked
{
    std::string what; ///< "shift chatgpt", "evacuate provider=azure"
    std::string reason;
    bool proposed = false; ///< kept for a second person: nothing starts
    bool now = false; ///< without bake times
    std::chrono::milliseconds bake {};
    std::vector<AuditMove> moves;
    std::vector<AuditShed> shed;
    AuditPicture picture;
    friend bool operator==(const AuditAsked&, const AuditAsked&) = default;
};

struct AuditOverride
{
    std::string person, reason;
    std::vector<std::string> rules;
    Time until {};
    friend bool operator==(const AuditOverride&, const AuditOverride&) = default;
};

struct AuditInterlock
{
    enum class Verdict : std::uint8_t { Pass, Note, Block };
    std::string rule, title;
    Verdict verdict = Verdict::Pass;
    std::string evidence;
    std::optional<AuditOverride> overridden;
    friend bool operator==(const AuditInterlock&, const AuditInterlock&) = default;
};
[[nodiscard]] std::string_view name(AuditInterlock::Verdict verdict); ///< "pass", "note", "block"

struct AuditJudged
{
    bool blocked = false;
    std::int64_t stepsDone = 0; ///< 0: before it runs
    std::vector<AuditInterlock> interlocks; ///< all of them, whatever they said
    std::optional<AuditPicture> picture; ///< where it is another one than was seen when it was asked
    friend bool operator==(const AuditJudged&, const AuditJudged&) = default;
};

struct AuditApproved
{
    std::string asker; ///< whose plan it is; who approves is the record's operator
    std::string note;
    std::optional<Time> until;
    /// How it was judged at that moment, and on which fleets. Empty: the record is from before this was kept.
    std::vector<AuditInterlock> interlocks;
    std::optional<AuditPicture> picture;
    friend bool operator==(const AuditApproved&, const AuditApproved&) = default;
};

/// The three weights of one backend, per cent.
struct AuditWeight
{
    std::string backend;
    std::optional<double> desired, accepted, observed;
    friend bool operator==(const AuditWeight&, const AuditWeight&) = default;
};

struct AuditRoute
{
    std::string route;
    std::vector<AuditWeight> weights;
    friend bool operator==(const AuditRoute&, const AuditRoute&) = default;
};

struct AuditStep
{
    enum class Stage : std::uint8_t {
        Intended, ///< written before the router hears of it
        Confirmed, ///< accepted, and observed as far as it can be
    };
    Stage stage = Stage::Intended;
    std::int64_t number = 0, of = 0; ///< counts from 1; 0: back where it began
    bool returning = false;
    std::vector<AuditRoute> routes;
    std::string note; ///< "observed agrees", "too few requests to observe the split (12); accepted suffices"
    friend bool operator==(const AuditStep&, const AuditStep&) = default;
};
[[nodiscard]] std::string_view name(AuditStep::Stage stage); ///< "intended", "confirmed"

/// A running shift takes a turn: Paused, Resumed, Returning or Recovered.
struct AuditTurn
{
    AuditKind kind = AuditKind::Paused;
    std::int64_t step = 0;
    std::vector<AuditRoute> routes;
    std::string note; ///< why
    friend bool operator==(const AuditTurn&, const AuditTurn&) = default;
};

/// A shift is over: Finished, Returned, Stopped or Failed.
struct AuditEnd
{
    AuditKind kind = AuditKind::Finished;
    std::vector<AuditRoute> routes; ///< the last known truth
    std::string note;
    std::string error; ///< empty: none
    std::optional<std::chrono::milliseconds> took; ///< from the start to the end
    /// Of a failover: from the start until the last router was confirmed with nothing left where it leaves.
    std::optional<std::chrono::milliseconds> recovery;
    friend bool operator==(const AuditEnd&, const AuditEnd&) = default;
};

struct AuditRehearsed
{
    std::string what;
    bool passed = false;
    double score = 0; ///< 0 to 100
    std::chrono::milliseconds took {};
    std::vector<std::string> findings;
    std::vector<std::string> routes; ///< that it would have moved; of older records empty
    friend bool operator==(const AuditRehearsed&, const AuditRehearsed&) = default;
};

using AuditBody = std::variant<AuditAsked, AuditJudged, AuditApproved, AuditOverride, AuditStep, AuditTurn, AuditEnd, AuditRehearsed>;

/// One thing that happened. Who, where and when is added by the log.
struct AuditEvent
{
    std::string shift; ///< "S-118"; empty: it belongs to none
    std::string plan; ///< hash of the plan; empty: there is none
    bool simulated = false; ///< it is about fleets that are not real
    AuditBody body;
    friend bool operator==(const AuditEvent&, const AuditEvent&) = default;
};
[[nodiscard]] AuditKind kindOf(const AuditBody& body);

} // namespace penstock
