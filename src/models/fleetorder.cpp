// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <algorithm>
#include <limits>
#include <string_view>

#include "fleetplaces.h"
#include "models/format.h"

namespace penstock {

namespace {

    bool isDigit(char c) { return c >= '0' && c <= '9'; }
    char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

    /// node2 comes before node10.
    bool namesAscend(std::string_view a, std::string_view b)
    {
        std::size_t i = 0, k = 0;
        while (i < a.size() && k < b.size()) {
            if (isDigit(a[i]) && isDigit(b[k])) {
                const auto digits = [](std::string_view text, std::size_t& at) {
                    while (at + 1 < text.size() && text[at] == '0' && isDigit(text[at + 1]))
                        ++at;
                    const auto from = at;
                    while (at < text.size() && isDigit(text[at]))
                        ++at;
                    return text.substr(from, at - from);
                };
                const auto left = digits(a, i), right = digits(b, k);
                if (left.size() != right.size())
                    return left.size() < right.size();
                if (left != right)
                    return left < right;
                continue;
            }
            const auto left = lower(a[i++]), right = lower(b[k++]);
            if (left != right)
                return static_cast<unsigned char>(left) < static_cast<unsigned char>(right);
        }
        return a.size() - i < b.size() - k;
    }

    /// What columns show, without the histogram that a whole tally carries: a node's is made of its GPUs each time.
    struct Figures
    {
        double gpus = 0, busy = 0, free = 0, unhealthy = 0, unknown = 0;
        double utilisation = 0, utilisationKnown = 0;
    };

    Figures figures(const Tally& tally)
    {
        const auto count = [&](GpuState state) { return static_cast<double>(tally.count(state)); };
        return { static_cast<double>(tally.gpus), count(GpuState::Busy), count(GpuState::Free), count(GpuState::Unhealthy), count(GpuState::Unknown),
            static_cast<double>(tally.utilisation.sum), static_cast<double>(tally.utilisation.known) };
    }

    Figures figures(const Snapshot& snapshot, std::uint32_t node, std::uint32_t firstGpu, std::uint32_t gpus)
    {
        const auto& place = snapshot.structure().nodes[node];
        const auto& picture = snapshot.picture(place.cluster);
        const auto row = place.firstRow - snapshot.structure().clusters[place.cluster].firstRow + firstGpu;
        std::array<std::uint32_t, gpuStateCount> byState {};
        std::uint32_t sum = 0, known = 0;
        for (auto i = row; i < row + gpus; ++i) {
            const auto state = picture.stale ? GpuState::Unknown : picture.columns().state[i];
            ++byState[static_cast<std::size_t>(state)];
            const auto value = picture.columns().utilisation[i];
            const bool counts = state != GpuState::Unknown && value != unknown::utilisation;
            sum += counts ? value : 0U;
            known += counts;
        }
        const auto count = [&](GpuState state) { return static_cast<double>(byState[static_cast<std::size_t>(state)]); };
        return { static_cast<double>(gpus), count(GpuState::Busy), count(GpuState::Free), count(GpuState::Unhealthy), count(GpuState::Unknown),
            static_cast<double>(sum), static_cast<double>(known) };
    }

    constexpr double isUnknown = std::numeric_limits<double>::infinity();

    double valueOf(const Figures& it, FleetTreeModel::Column column)
    {
        switch (column) {
        case FleetTreeModel::Gpus: return it.gpus;
        case FleetTreeModel::States:
        case FleetTreeModel::Busy: return it.gpus > 0 ? it.busy / it.gpus : 0;
        case FleetTreeModel::Free: return it.free;
        case FleetTreeModel::Unhealthy: return it.unhealthy;
        case FleetTreeModel::Unknown: return it.unknown;
        case FleetTreeModel::Utilisation: return it.utilisationKnown > 0 ? it.utilisation / it.utilisationKnown : isUnknown;
        case FleetTreeModel::Name:
        case FleetTreeModel::Age:
        case FleetTreeModel::ColumnCount: break;
        }
        return 0;
    }

    void sortByName(const Structure& shape, FleetTreeModel::Level level, Qt::SortOrder order, std::vector<std::uint32_t>& children)
    {
        if (level != FleetTreeModel::Gpu)
            std::ranges::stable_sort(children, [&](std::uint32_t a, std::uint32_t b) {
                return order == Qt::AscendingOrder ? namesAscend(nameOf(shape, level, a), nameOf(shape, level, b))
                                                   : namesAscend(nameOf(shape, level, b), nameOf(shape, level, a));
            });
        else if (order == Qt::DescendingOrder)
            std::ranges::reverse(children);
    }

} // namespace

void sortChildren(const Snapshot& snapshot, FleetTreeModel::Level parent, std::uint32_t number, int column, Qt::SortOrder order,
    std::vector<std::uint32_t>& children)
{
    const auto level = static_cast<FleetTreeModel::Level>(parent + 1);
    if (column < 0)
        return;
    if (column == FleetTreeModel::Name)
        return sortByName(snapshot.structure(), level, order, children);
    const auto figuresOf = [&](std::uint32_t child) {
        switch (level) {
        case FleetTreeModel::Provider: return figures(snapshot.providerTally(child));
        case FleetTreeModel::Region: return figures(snapshot.regionTally(child));
        case FleetTreeModel::Cluster: return figures(snapshot.clusterTally(child));
        case FleetTreeModel::Node: return figures(snapshot, child, 0, snapshot.structure().nodes[child].gpus);
        case FleetTreeModel::Gpu: return figures(snapshot, number, child, 1);
        case FleetTreeModel::Root: break;
        }
        return Figures {};
    };
    struct Keyed
    {
        double key;
        std::uint32_t child;
    };
    std::vector<Keyed> keyed;
    keyed.reserve(children.size());
    for (const auto child : children) {
        double key = isUnknown;
        if (column != FleetTreeModel::Age)
            key = valueOf(figuresOf(child), static_cast<FleetTreeModel::Column>(column));
        else if (const auto age = ageSeconds(oldestOf(snapshot, level, level == FleetTreeModel::Gpu ? number : child), snapshot.asOf()))
            key = *age;
        if (order == Qt::DescendingOrder && key != isUnknown)
            key = -key;
        keyed.push_back({ key, child });
    }
    std::ranges::sort(keyed, [](const Keyed& a, const Keyed& b) { return a.key != b.key ? a.key < b.key : a.child < b.child; });
    std::ranges::transform(keyed, children.begin(), &Keyed::child);
}

} // namespace penstock
