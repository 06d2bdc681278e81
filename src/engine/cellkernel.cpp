// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "cellkernel.h"

#include <vector>

#include "cellkernelparts.h"

namespace penstock::kernel {

void Sums::clear()
{
    sum = Wide {};
    known = greatest = Quad {};
    least = ~Quad {};
    gpus = memoryOverTotal = 0;
}

void Sums::add(const Sums& other)
{
    sum += other.sum;
    known += other.known;
    least = least < other.least ? least : other.least;
    greatest = greatest > other.greatest ? greatest : other.greatest;
    gpus += other.gpus;
    memoryOverTotal += other.memoryOverTotal;
}

namespace {

Match matchPortable(const Block& block, Rows among, GpuState state, std::uint16_t workload)
{
    Rows rows = 0;
    for (std::size_t i = 0; i < blockRows; ++i)
        rows |= Rows { block.state[i] == state && block.workload[i] == workload } << i;
    rows &= among;
    return { rows, static_cast<std::uint32_t>(std::popcount(rows)) };
}

void runPortable(Run& run, Sums& sums)
{
    run.others = 0;
    for (run.done = 0; run.done < run.blocks; ++run.done) {
        const auto block = run.at.after(run.done);
        const auto same = matchPortable(block, run.left.rows, run.state, run.workload);
        const Match rest { run.left.rows & ~same.rows, run.left.count - same.count };
        const bool whole = rest.count <= few;
        if (!whole && same.count <= few)
            return;
        for (auto counted = whole ? run.left.rows : same.rows; counted != 0; counted &= counted - 1)
            ++sums.histogram[block.utilisation[std::countr_zero(counted)]];
        addKnown(sums, Sums::Utilisation, block.utilisation, same.rows);
        addKnown(sums, Sums::Temperature, block.temperature, same.rows);
        addKnown(sums, Sums::Power, block.power, same.rows);
        addKnown(sums, Sums::Memory, block.memoryUsed, same.rows);
        sums.gpus += same.count;
        countOver(sums, block.memoryUsed, std::span(&same.rows, 1), run.memoryTotal);
        if (!whole) {
            run.left = rest;
            return;
        }
        listOthers(run, rest.rows, run.done);
        run.left = run.done + 2 == run.blocks ? run.last : allRows;
    }
}

void eachPortable(std::span<const std::uint16_t> rows, const std::uint16_t* cells, const Block& at,
    std::uint32_t memoryTotal, Sums* sums)
{
    addEach(rows, cells, at, memoryTotal, sums);
}

std::vector<Kernel> supported()
{
    std::vector<Kernel> found { { "portable", matchPortable, runPortable, eachPortable } };
    for (const auto* kernel : { avx2(), avx512() })
        if (kernel)
            found.push_back(*kernel);
    return found;
}

} // namespace

std::span<const Kernel> available()
{
    static const auto kernels = supported();
    return kernels;
}

const Kernel& best()
{
    return available().back();
}

} // namespace penstock::kernel
