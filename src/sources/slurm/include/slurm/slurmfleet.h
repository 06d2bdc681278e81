// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>

#include "dcgm/dcgmfleet.h"
#include "slurm/slurmanswer.h"

namespace penstock {

/// What slurmctld says at one time.
struct SlurmPicture
{
    std::vector<SlurmNode> nodes;
    std::vector<SlurmJob> jobs;
    std::map<std::string, bool> partitions; ///< whether they take jobs; empty: not told
    std::string cluster; ///< empty: not told
};

/// Makes a fleet of it. Jobs are matched to workloads with their account (the user where it has none) as namespace, their name as pod,
/// and the labels account, user, partition and name. Pure; one thread at a time.
///
/// What a job holds is busy, what nobody holds free. Draining is what is free where jobs don't go for now: drained, failing, in
/// maintenance, reserved, saving power, about to reboot, or in partitions that are closed. Unknown is what Slurm has lost: down, not
/// responding. Not counted are nodes that don't exist yet: of the future, and those of a cloud while powered down.
class SlurmFleet
{
public:
    /// `place.cluster` empty: what Slurm tells, else `otherwise`.
    SlurmFleet(DcgmPlace place, std::string otherwise, std::vector<Workload> workloads, std::chrono::milliseconds staleAfter, std::uint64_t epoch);

    /// `version`: for people, "Slurm 22.05.8 (v0.0.38)". `missing`: see Inventory; what is out of service is added.
    void take(const SlurmPicture& picture, const std::string& version, std::vector<std::string> missing, Time at);
    [[nodiscard]] std::vector<Frame> frames(Time now);
    void sendWhole() { m_fleet.sendWhole(); }
    [[nodiscard]] bool hasGpus() const { return m_hasGpus; } ///< some node has, if only one that is not counted

private:
    [[nodiscard]] std::string workloadOf(const SlurmJob& job) const;
    /// Gives the GPUs of jobs their workloads.
    void hold(const SlurmPicture& picture, const std::string& cluster, DcgmNodes& nodes) const;
    void askedBy(const SlurmPicture& picture, const DcgmNodes& nodes, std::vector<std::string>& missing, Time at);

    DcgmPlace m_place;
    std::string m_otherwise;
    DcgmFleet m_fleet;
    bool m_hasGpus = false;
    std::vector<Frame> m_demand;
};

} // namespace penstock
