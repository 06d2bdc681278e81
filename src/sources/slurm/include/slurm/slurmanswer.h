// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "slurm/slurmtext.h"

namespace penstock {

struct SlurmNode
{
    std::string name;
    std::vector<SlurmGres> gpus, used;
    std::set<std::string, std::less<>> state; ///< base and flags alike, in upper case: "MIXED", "DRAIN"
    std::string reason; ///< why somebody took it out of service
    std::vector<std::string> partitions;
    std::string instanceType;
};

struct SlurmJob
{
    std::string name, account, user, partition;
    std::set<std::string, std::less<>> state; ///< "PENDING", "RUNNING", ...
    std::string reason; ///< why it waits: "Resources"
    std::vector<std::string> nodes; ///< that it runs on
    std::vector<std::vector<SlurmGres>> gpus; ///< that it holds on each of `nodes`; empty: not told
    std::uint64_t gpusAsked = 0; ///< of all its tasks that are in this record, running or waiting
    bool asksMore = false; ///< it is an array of which slurmctld does not tell all tasks
    bool held = false; ///< somebody wants it not to run now
};

/// What an answer says besides.
struct SlurmNotes
{
    std::string release; ///< "22.05.8"
    std::string cluster; ///< from v0.0.40 on
};

/// Reads slurmrestd's answers of v0.0.38 and later, in which states become lists and numbers become objects. Keeps its memory for
/// the next one; one thread at a time. Every function: Denied, the user may not ask; Unavailable, slurmctld gave slurmrestd nothing,
/// or the answer is cut off; Invalid, it is no answer of slurmrestd. What is returned is whole.
/// Source: https://slurm.schedmd.com/rest_api.html
class SlurmReader
{
public:
    SlurmReader();
    ~SlurmReader();

    [[nodiscard]] Result<SlurmNotes> nodes(std::string body, std::vector<SlurmNode>& into);
    [[nodiscard]] Result<SlurmNotes> jobs(std::string body, std::vector<SlurmJob>& into);
    /// By name, whether it takes jobs.
    [[nodiscard]] Result<SlurmNotes> partitions(std::string body, std::map<std::string, bool>& into);

private:
    struct Parser;
    std::unique_ptr<Parser> m_parser;
};

/// The newest version of the paths "/slurm/v0.0.N/" in slurmrestd's description of itself; 0: it names none.
[[nodiscard]] int newestSlurmVersion(std::string_view openapi);
/// When a JSON web token ends; empty where it does not say, or is none.
[[nodiscard]] std::optional<Time> tokenExpiry(std::string_view token);

} // namespace penstock
