// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/tally.h"

#include <algorithm>
#include <cmath>

namespace penstock {

std::optional<double> Measure::mean() const
{
    if (known == 0)
        return std::nullopt;
    return static_cast<double>(sum) / static_cast<double>(known);
}

void Tally::add(const GpuSample& sample, std::uint32_t modelMemory)
{
    ++gpus;
    ++byState[static_cast<std::size_t>(sample.state)];
    memoryTotal += modelMemory;
    const bool isUnknown = sample.state == GpuState::Unknown;
    if (sample.state == GpuState::Busy || sample.state == GpuState::Idle || (isUnknown && sample.workload != noWorkload))
        ++load;
    if (isUnknown)
        return;
    if (sample.utilisation != unknown::utilisation) {
        utilisation.add(sample.utilisation);
        ++histogram[std::min<std::size_t>(sample.utilisation, 100)];
    }
    if (sample.memoryUsed != unknown::memory) {
        memory.add(sample.memoryUsed);
        if (modelMemory != 0 && sample.memoryUsed > modelMemory)
            ++memoryOverTotal;
    }
    if (sample.power != unknown::power)
        power.add(sample.power);
    if (sample.temperature != unknown::temperature)
        temperature.add(sample.temperature);
}

Tally& Tally::operator+=(const Tally& other)
{
    gpus += other.gpus;
    nodes += other.nodes;
    for (std::size_t i = 0; i < byState.size(); ++i)
        byState[i] += other.byState[i];
    load += other.load;
    utilisation += other.utilisation;
    memory += other.memory;
    power += other.power;
    temperature += other.temperature;
    memoryTotal += other.memoryTotal;
    memoryOverTotal += other.memoryOverTotal;
    for (std::size_t i = 0; i < histogram.size(); ++i)
        histogram[i] += other.histogram[i];
    return *this;
}

double Tally::percent(GpuState state) const
{
    return gpus == 0 ? 0 : 100.0 * static_cast<double>(count(state)) / static_cast<double>(gpus);
}

std::optional<int> Tally::utilisationQuantile(double share) const
{
    // Of the past the mean is kept, and how many had which value is not.
    if (utilisation.known == 0 || utilisation.least > utilisation.greatest)
        return std::nullopt;
    const auto rank
        = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(utilisation.known))));
    // From the end that is nearer: the 95th and 99th are a few steps from the greatest.
    if (rank > utilisation.known / 2) {
        auto below = utilisation.known;
        for (auto value = utilisation.greatest; value > utilisation.least; --value)
            if ((below -= histogram[value]) < rank)
                return static_cast<int>(value);
        return static_cast<int>(utilisation.least);
    }
    std::uint64_t seen = 0;
    for (auto value = utilisation.least; value < utilisation.greatest; ++value)
        if ((seen += histogram[value]) >= rank)
            return static_cast<int>(value);
    return static_cast<int>(utilisation.greatest);
}

} // namespace penstock
