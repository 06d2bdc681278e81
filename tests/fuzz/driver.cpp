// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

// Runs a fuzz target without a fuzzer: the seeds of the folders and files on the command line, and the same number of
// broken versions of each every time. `--rounds N` makes more or fewer of those that follow. `--captures data/FOLDER/*.END`
// takes recorded answers beside the checkout, or in what PENSTOCK_SHARED names; without them it says so.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

struct Seed
{
    Bytes bytes;
    std::size_t rounds;
};

std::filesystem::path capturesFolder()
{
    const char* named = std::getenv("PENSTOCK_SHARED");
    return named && *named ? named : PENSTOCK_CAPTURES;
}

Bytes contentOf(const std::filesystem::path& path)
{
    std::ifstream file(path, std::ios::binary);
    return { std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>() };
}

void damage(Bytes& bytes, const Bytes& other, std::mt19937& dice)
{
    const auto below = [&dice](std::size_t limit) { return limit == 0 ? 0 : dice() % limit; };
    const auto at = [&] { return static_cast<std::ptrdiff_t>(below(bytes.size())); };
    switch (below(6)) {
    case 0:
        if (!bytes.empty())
            bytes[below(bytes.size())] = static_cast<std::uint8_t>(dice());
        break;
    case 1:
        if (!bytes.empty())
            bytes[below(bytes.size())] ^= static_cast<std::uint8_t>(1U << below(8));
        break;
    case 2: bytes.resize(below(bytes.size() + 1)); break;
    case 3: {
        const auto first = at();
        const auto count = std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(below(16)), static_cast<std::ptrdiff_t>(bytes.size()) - first);
        bytes.erase(bytes.begin() + first, bytes.begin() + first + count);
        break;
    }
    case 4: bytes.insert(bytes.begin() + at(), 1 + below(12), static_cast<std::uint8_t>("09-,\"\n #:\xff"[below(11)])); break;
    default: {
        const auto from = below(other.size());
        const auto count = std::min(below(200), other.size() - from);
        const Bytes piece(other.begin() + static_cast<std::ptrdiff_t>(from), other.begin() + static_cast<std::ptrdiff_t>(from + count));
        bytes.insert(bytes.begin() + at(), piece.begin(), piece.end());
    }
    }
}

} // namespace

int main(int count, char** words)
{
    std::size_t rounds = 400;
    std::vector<Seed> seeds { { {}, rounds } };
    const auto take = [&](const std::filesystem::path& folder, const std::string& end) {
        std::vector<std::filesystem::path> files;
        for (const auto& entry : std::filesystem::directory_iterator(folder))
            if (entry.is_regular_file() && entry.path().string().ends_with(end))
                files.push_back(entry.path());
        std::ranges::sort(files);
        for (const auto& file : files)
            seeds.push_back({ contentOf(file), rounds });
    };
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word == "--rounds" && i + 1 < count) {
            rounds = std::strtoul(words[++i], nullptr, 10);
        } else if (word == "--captures" && i + 1 < count) {
            const auto pattern = capturesFolder() / words[++i];
            if (std::filesystem::is_directory(pattern.parent_path()))
                take(pattern.parent_path(), pattern.filename().string().substr(1));
            else
                std::printf("skipped: there are no captures at %s\n", pattern.parent_path().c_str());
        } else if (std::filesystem::is_directory(word)) {
            take(word, {});
        } else {
            seeds.push_back({ contentOf(word), rounds });
        }
    }
    if (seeds.size() > 1)
        seeds.front().rounds = seeds[1].rounds;
    std::mt19937 dice(20'260'101);
    std::size_t runs = 0;
    for (const auto& seed : seeds) {
        LLVMFuzzerTestOneInput(seed.bytes.data(), seed.bytes.size());
        for (std::size_t round = 0; round < seed.rounds; ++round, ++runs) {
            auto bytes = seed.bytes;
            for (auto hits = 1 + dice() % 6; hits > 0; --hits)
                damage(bytes, seeds[dice() % seeds.size()].bytes, dice);
            LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
        }
    }
    std::printf("%zu inputs from %zu seeds\n", runs, seeds.size());
    return 0;
}
