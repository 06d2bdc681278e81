// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cstddef>
#include <cstdint>
#include <string>

#include "promises.h"
#include "slurm/slurmfleet.h"

using namespace penstock;
using fuzz::require;

/// Whatever slurmrestd answers is read or refused with words, and what is read makes a fleet that an engine takes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    (void)newestSlurmVersion(text);
    (void)tokenExpiry(text);
    SlurmReader reader;
    SlurmPicture picture;
    for (const auto& notes : { reader.nodes(text, picture.nodes), reader.jobs(text, picture.jobs), reader.partitions(text, picture.partitions) })
        require(notes || !notes.error().what.empty());
    for (const auto& it : picture.jobs)
        require(it.gpus.empty() || it.gpus.size() == it.nodes.size());
    // The same text as the small languages.
    picture.nodes.push_back({ .name = "n", .gpus = slurmGpus(text), .used = slurmGpus(text), .state = { "MIXED" }, .reason = text, .partitions = {}, .instanceType = {} });
    picture.jobs.push_back({ .name = text, .account = "a", .user = {}, .partition = {}, .state = { "RUNNING" }, .reason = {}, .nodes = slurmHosts(text, 100), .gpus = {}, .gpusAsked = slurmTresGpus(text).value_or(slurmTasks(text).count) });
    SlurmFleet fleet({ "aws", "us-east-1", {} }, "slurm", {}, std::chrono::seconds(30), 1);
    fleet.take(picture, "Slurm", {}, Time(std::chrono::seconds(1000)));
    std::uint64_t gpus = 0;
    for (const auto& frame : fleet.frames(Time(std::chrono::seconds(1000)))) {
        if (const auto* inventory = std::get_if<InventoryFrame>(&frame)) {
            require(inventory->inventory->check().has_value());
            gpus = inventory->inventory->gpus();
        } else if (const auto* samples = std::get_if<SamplesFrame>(&frame))
            require(samples->count().value_or(gpus + 1) == gpus);
    }
    return 0;
}
