// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock {

// The small languages in which Slurm writes texts. What is no text of theirs counts as empty; nothing grows without bound.

/// GPUs of one type: "gpu:h100:4(IDX:0-3)".
struct SlurmGres
{
    std::string type; ///< "h100"; empty: not told
    std::uint32_t count = 0;
    std::vector<std::uint32_t> indices {}; ///< of the node's GPUs; empty: not told
    friend bool operator==(const SlurmGres&, const SlurmGres&) = default;
};

/// More on one node are not believed.
inline constexpr std::uint32_t mostSlurmGpus = 1024;

/// The GPUs of "gpu:h100:8(S:0-1),shard:16", "gres:gpu:2" and "gres/gpu:h100:2", and those that are held by shares, where their indices
/// are told; all else is passed over.
/// Source: slurm.conf(5) and gres.conf(5), gres.c.
[[nodiscard]] std::vector<SlurmGres> slurmGpus(std::string_view text);
/// GPUs of "cpu=4,node=1,gres/gpu=4,gres/gpu:h100=4"; empty where it names none.
[[nodiscard]] std::optional<std::uint64_t> slurmTresGpus(std::string_view text);
/// "gpu[01-03,07],cpu1" one by one, at most `most`.
[[nodiscard]] std::vector<std::string> slurmHosts(std::string_view text, std::size_t most);

/// Tasks of a job array that wait: "8-9", "3-19:2%4".
struct SlurmTasks
{
    std::uint64_t count = 0;
    bool cutOff = false; ///< slurmctld has left some out: "1,3,5,..."
};
[[nodiscard]] SlurmTasks slurmTasks(std::string_view text);

} // namespace penstock
