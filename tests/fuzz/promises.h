// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>

#include "fleet/world.h"

namespace penstock::fuzz {

inline void require(bool truth)
{
    if (!truth)
        std::abort();
}

/// A folder for parsers that read files by name; goes when the program ends.
class Folder
{
public:
    Folder()
    {
        auto name = (std::filesystem::temp_directory_path() / "penstock-fuzz-XXXXXX").string();
        require(::mkdtemp(name.data()) != nullptr);
        m_path = name;
    }
    ~Folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    [[nodiscard]] const std::string& path() const { return m_path; }
    [[nodiscard]] std::string file(std::string_view name) const { return m_path + "/" + std::string(name); }
    void write(std::string_view name, std::string_view bytes) const
    {
        std::ofstream stream(file(name), std::ios::binary);
        require(static_cast<bool>(stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()))));
    }
    void clear() const
    {
        for (const auto& entry : std::filesystem::directory_iterator(m_path))
            std::filesystem::remove(entry.path());
    }

private:
    std::string m_path;
};

/// What an agent may serve: an inventory that is good and a possible value in every row.
inline void requireGood(const Picture& picture)
{
    require(picture.inventory && picture.inventory->check().has_value());
    const auto rows = picture.inventory->gpus();
    const auto& columns = picture.columns;
    require(columns.state.size() == rows && columns.health.size() == rows && columns.workload.size() == rows
        && columns.utilisation.size() == rows && columns.temperature.size() == rows && columns.power.size() == rows
        && columns.memoryUsed.size() == rows);
    for (std::size_t row = 0; row < rows; ++row) {
        require(static_cast<std::size_t>(columns.state[row]) < gpuStateCount);
        require(columns.utilisation[row] <= 100 || columns.utilisation[row] == unknown::utilisation);
        require(columns.workload[row] == noWorkload || columns.workload[row] < picture.inventory->workloads.size());
    }
    require(picture.demand.size() == picture.inventory->workloads.size());
}

/// Lets a world run for a while, with all load sent to one cluster in between.
inline void requireRuns(World& world, Time start)
{
    requireGood(world.picture());
    world.advance(start + std::chrono::seconds(61));
    requireGood(world.picture());
    const auto inventory = world.picture().inventory;
    if (!inventory->workloads.empty() && world.placesLoad()) {
        const auto& cluster = inventory->clusters.back();
        world.place(inventory->workloads.front(), { { cluster.provider, cluster.region, cluster.name, {} } }, { 100 });
    }
    for (const int seconds : { 62, 63, 100'000 }) {
        world.advance(start + std::chrono::seconds(seconds));
        requireGood(world.picture());
    }
}

} // namespace penstock::fuzz
