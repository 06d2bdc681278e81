// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <benchmark/benchmark.h>
#include <random>
#include <tuple>
#include <zlib.h>

#include "fleets.h"
#include "server/frameencoder.h"

using namespace penstock;

namespace {

constexpr std::uint64_t gpus = 1'000'000;

/// What an agent sends.
enum class What {
    First, ///< the inventory and all values
    Second, ///< what follows a second later in a simulated fleet: utilisation, power and temperature of nearly all
    Sparse, ///< what follows when one GPU in ten has changed
};

struct Messages
{
    explicit Messages(What what) : world(bench::fleets(gpus))
    {
        FrameEncoder encoder(1, "bench", { .changes = true });
        auto picture = world->picture();
        auto frames = encoder.encode(picture);
        before = std::make_unique<FrameEncoder>(encoder);
        if (what == What::Second) {
            world->advance(bench::start + std::chrono::seconds(2));
            picture = world->picture();
        } else if (what == What::Sparse) {
            std::mt19937 random(3);
            for (std::size_t row = 0; row < picture.columns.size(); ++row)
                if (random() % 10 == 0) {
                    picture.columns.utilisation[row] = static_cast<std::uint8_t>(random() % 101);
                    picture.columns.power[row] = static_cast<std::uint16_t>(random() % 7000);
                    picture.columns.temperature[row] = static_cast<std::uint8_t>(30 + random() % 50);
                }
        }
        after = picture;
        if (what != What::First)
            frames = encoder.encode(picture);
        for (const auto& frame : frames)
            all.push_back(frame.SerializeAsString());
    }
    std::unique_ptr<World> world;
    std::unique_ptr<FrameEncoder> before;
    Picture after;
    std::vector<std::string> all;
};

void count(benchmark::State& state, std::size_t bytes) { state.counters["bytes_a_gpu"] = static_cast<double>(bytes) / static_cast<double>(gpus); }

void encode(benchmark::State& state, What what)
{
    const Messages messages(what);
    for (auto _ : state) {
        state.PauseTiming();
        auto encoder = what == What::First ? FrameEncoder(1, "bench", { .changes = true }) : *messages.before;
        state.ResumeTiming();
        benchmark::DoNotOptimize(encoder.encode(messages.after));
    }
    std::size_t bytes = 0;
    for (const auto& it : messages.all)
        bytes += it.size();
    count(state, bytes);
}

/// `wrapper`: 15 for zlib's, 31 for gzip's, as zlib counts it.
std::string packed(const std::string& plain, int level, int strategy, int wrapper)
{
    z_stream stream {};
    deflateInit2(&stream, level, Z_DEFLATED, wrapper, 8, strategy);
    std::string out(deflateBound(&stream, plain.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    ::deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

void deflating(benchmark::State& state, What what, int level, int strategy, int wrapper)
{
    const Messages plain(what);
    std::size_t bytes = 0;
    for (auto _ : state) {
        bytes = 0;
        for (const auto& it : plain.all)
            bytes += packed(it, level, strategy, wrapper).size();
    }
    count(state, bytes);
}

void inflating(benchmark::State& state, What what, int level, int strategy)
{
    const Messages plain(what);
    std::vector<std::string> messages;
    for (const auto& it : plain.all)
        messages.push_back(packed(it, level, strategy, 15));
    for (auto _ : state)
        for (std::size_t i = 0; i < messages.size(); ++i) {
            std::string out(plain.all[i].size(), '\0');
            auto size = static_cast<uLongf>(out.size());
            if (uncompress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(messages[i].data()), messages[i].size()) != Z_OK)
                std::abort();
            benchmark::DoNotOptimize(out.data());
        }
}

} // namespace

int main(int argc, char** argv)
{
    for (const auto& [what, of] : { std::pair { What::First, "/first" }, std::pair { What::Second, "/second" }, std::pair { What::Sparse, "/sparse" } }) {
        const auto measure = [&](const std::string& name, auto... how) {
            benchmark::RegisterBenchmark((name + of).c_str(), how...)->Unit(benchmark::kMillisecond);
        };
        measure("encode", encode, what);
        for (const int level : { 1, 3, 6, 9 })
            measure("deflate_" + std::to_string(level), deflating, what, level, Z_DEFAULT_STRATEGY, 15);
        measure("gzip_6", deflating, what, 6, Z_DEFAULT_STRATEGY, 31); // what gRPC's own compression does
        measure("deflate_huffman", deflating, what, 1, Z_HUFFMAN_ONLY, 15);
        measure("deflate_runs", deflating, what, 1, Z_RLE, 15);
        for (const auto& [name, level, strategy] : { std::tuple { "inflate_1", 1, Z_DEFAULT_STRATEGY }, { "inflate_6", 6, Z_DEFAULT_STRATEGY }, { "inflate_runs", 1, Z_RLE } })
            measure(name, inflating, what, level, strategy);
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
