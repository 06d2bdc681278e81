// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace penstock {

/// The newest state of a shift, as a text that only `shift` reads.
struct JournalEntry
{
    std::string shift; ///< "S-118"
    std::string state;
    bool over = false;
    Time at {};
    friend bool operator==(const JournalEntry&, const JournalEntry&) = default;
};

/// A process, so that it can be told from a later one with the same number.
struct ProcessName
{
    std::string host; ///< and its boot
    std::int64_t pid = 0;
    std::string started; ///< ticks since the boot
    friend bool operator==(const ProcessName&, const ProcessName&) = default;
};
[[nodiscard]] ProcessName thisProcess();
/// True only where that is certain: it ran on this host, and it is gone.
[[nodiscard]] bool isKnownDead(const ProcessName& process);

/// Who alone may write to a route, until when.
struct JournalLease
{
    std::string key; ///< the router and what it calls the route: two workspaces may name one route differently
    std::string route; ///< its name in the holder's workspace
    std::string holder; ///< "S-118"
    std::string person;
    ProcessName process;
    Time until {};
    friend bool operator==(const JournalLease&, const JournalLease&) = default;
};

/// What a person wants of a shift that runs in another process.
struct ShiftOrder
{
    std::int64_t number = 0; ///< given by the journal, ascending
    std::string shift;
    std::string what; ///< "pause", "resume", "return", "stop"
    std::string person;
    Time at {};
};

/// A plan that waits for a second person, or has one. The text is only read by who made it.
struct KeptPlan
{
    std::string hash, text, person;
    Time at {};
};
struct KeptApproval
{
    std::string planHash, person;
    Time at {};
};

/// The durable record of running shifts: what returned is on disk, before anything acts on it. Several processes may have
/// it open; leases, orders and approvals are how they know of each other. Any thread.
class Journal
{
public:
    virtual ~Journal() = default;
    [[nodiscard]] virtual Result<> record(const JournalEntry& entry) = 0;
    /// The newest state of every shift, newest first, at most `limit`; of those that are not over, all.
    [[nodiscard]] virtual Result<std::vector<JournalEntry>> entries(std::size_t limit) = 0;
    /// The next free id: "S-1", "S-2", ...
    [[nodiscard]] virtual Result<std::string> nextId() = 0;

    /// All of them or none. Refused, naming the holder and until when, where somebody else holds one: leases of processes
    /// that are known dead, or whose time is out, are taken over.
    [[nodiscard]] virtual Result<> take(const std::vector<JournalLease>& leases, Time now) = 0;
    /// Refused when one of them was taken over by somebody else.
    [[nodiscard]] virtual Result<> renew(const std::string& holder, const ProcessName& process, Time until) = 0;
    [[nodiscard]] virtual Result<> drop(const std::string& holder, const ProcessName& process) = 0;
    [[nodiscard]] virtual Result<std::vector<JournalLease>> leases() = 0;

    [[nodiscard]] virtual Result<> order(const ShiftOrder& order) = 0;
    /// Those with a greater number, ascending.
    [[nodiscard]] virtual Result<std::vector<ShiftOrder>> ordersAfter(std::int64_t number) = 0;
    [[nodiscard]] virtual Result<> keepPlan(const KeptPlan& plan) = 0;
    [[nodiscard]] virtual Result<std::vector<KeptPlan>> plans(Time since) = 0;
    [[nodiscard]] virtual Result<> approve(const KeptApproval& approval) = 0;
    [[nodiscard]] virtual Result<std::vector<KeptApproval>> approvals(Time since) = 0;
};

} // namespace penstock
