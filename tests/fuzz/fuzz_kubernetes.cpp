// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "kubernetes/kubefleet.h"
#include "promises.h"

using namespace penstock;
using fuzz::require;

/// Whatever an API server lists, and sends line by line, is read or refused with words, the same way each time, and comes to a fleet whose
/// nodes hold no more than they have.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    const Workload chat { .name = "chat", .data = {}, .residency = {}, .match = { { "label.app", "chat" } }, .replicaModels = {}, .p99 = {}, .errorRate = {} };
    KubeFleet fleet({ chat });
    for (const auto kind : { KubeReader::Kind::Nodes, KubeReader::Kind::Pods }) {
        KubeReader reader(kind, KubeFleet::labelsOf({ chat }));
        std::vector<KubeObject> objects, again;
        const auto page = reader.page(text, [&](KubeObject object) { objects.push_back(std::move(object)); });
        require(page ? !page->version.empty() : !page.error().what.empty());
        require(reader.page(text, [&](KubeObject object) { again.push_back(std::move(object)); }).has_value() == page.has_value() && objects == again);
        fleet.replace(kind, std::move(objects));
        for (std::size_t begin = 0; begin < size;) {
            const auto end = std::min(text.find('\n', begin), size);
            if (const auto event = reader.event(std::string_view(text).substr(begin, end - begin)))
                fleet.apply(*event);
            else
                require(!event.error().what.empty());
            begin = end + 1;
        }
    }
    for (const auto& [key, node] : fleet.nodes(true)) {
        std::uint32_t held = 0;
        for (const auto& [workload, gpus] : node.held)
            held += gpus;
        require(node.capacity > 0 && held <= node.capacity && node.broken <= node.capacity);
    }
    for (const auto& it : fleet.demand())
        require(it.gpusUnmet <= it.gpusNeeded);
    static_cast<void>(fleet.missing());
    return 0;
}
