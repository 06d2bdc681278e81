// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "fleetfilter.h"

#include <QStringList>
#include <algorithm>
#include <cstring>

namespace penstock {

namespace {

    constexpr std::size_t mostWords = 64;

    /// Without capitals. Names are nearly always plain ASCII, which needs no detour.
    void appendFolded(const std::string& name, std::string& to)
    {
        if (std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
            to += QString::fromStdString(name).toCaseFolded().toStdString();
            return;
        }
        for (const auto c : name)
            to += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }

    std::string folded(const std::string& name)
    {
        std::string made;
        appendFolded(name, made);
        return made;
    }

    std::uint32_t bit(GpuState state) { return 1U << static_cast<unsigned>(state); }

} // namespace

bool FleetMarks::shows(const Snapshot& snapshot, FleetTreeModel::Level level, std::uint32_t number, std::uint32_t node) const
{
    if (all)
        return true;
    switch (level) {
    case FleetTreeModel::Root: return true;
    case FleetTreeModel::Provider: return providers[number] != 0;
    case FleetTreeModel::Region: return regions[number] != 0;
    case FleetTreeModel::Cluster: return clusters[number] != 0;
    case FleetTreeModel::Node: return nodes[number] != 0;
    case FleetTreeModel::Gpu: {
        return nodes[node] != 0 && (gpus.empty() || gpus[snapshot.structure().nodes[node].firstRow + number] != 0);
    }
    }
    return true;
}

void FleetFilter::setText(const QString& text)
{
    m_words.clear();
    m_models.clear();
    m_states.reset();
    m_where.clear();
    for (const auto& word : text.simplified().toCaseFolded().split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
        const auto rest = [&](QLatin1String key) { return word.mid(key.size()).toStdString(); };
        if (constexpr QLatin1String key("state:"); word.startsWith(key)) {
            std::uint32_t states = 0;
            for (const auto state : gpuStatesInOrder)
                if (name(state).starts_with(rest(key)))
                    states |= bit(state);
            m_states = m_states.value_or(~0U) & states;
        } else if (constexpr QLatin1String other("model:"); word.startsWith(other)) {
            m_models.push_back(rest(other));
        } else if (const auto condition = parseCondition(word.toStdString())) {
            m_where.push_back(*condition);
        } else if (m_words.size() < mostWords) {
            m_words.push_back(word.toStdString());
        }
    }
    if (m_words.empty()) {
        m_names = {};
        m_nameEnds = {};
    }
}

std::uint64_t FleetFilter::wordsIn(const std::string& name) const
{
    std::uint64_t found = 0;
    const auto text = folded(name);
    for (std::size_t w = 0; w < m_words.size(); ++w)
        if (text.find(m_words[w]) != std::string::npos)
            found |= std::uint64_t { 1 } << w;
    return found;
}

std::vector<std::uint64_t> FleetFilter::wordsInNodes(const Structure& shape)
{
    std::vector<std::uint64_t> found(shape.nodes.size());
    if (m_words.empty())
        return found;
    if (m_namesVersion != shape.version || m_nameEnds.size() != shape.nodes.size()) {
        m_names.clear();
        m_nameEnds.clear();
        m_nameEnds.reserve(shape.nodes.size());
        for (const auto& node : shape.nodes) {
            appendFolded(node.name, m_names);
            m_names += '\n';
            m_nameEnds.push_back(m_names.size());
        }
        m_namesVersion = shape.version;
    }
    const auto* const text = m_names.data();
    const auto length = m_names.size();
    for (std::size_t w = 0; w < m_words.size(); ++w) {
        const auto& word = m_words[w];
        std::size_t node = 0;
        for (std::size_t at = 0; at < length;) {
            const auto* const hit = static_cast<const char*>(memmem(text + at, length - at, word.data(), word.size()));
            if (!hit)
                break;
            const auto place = static_cast<std::size_t>(hit - text);
            // Frequent words hit every name, rare ones skip thousands.
            if (m_nameEnds[node] <= place && m_nameEnds[++node] <= place)
                node = static_cast<std::size_t>(std::upper_bound(m_nameEnds.begin() + static_cast<std::ptrdiff_t>(node), m_nameEnds.end(), place) - m_nameEnds.begin());
            found[node] |= std::uint64_t { 1 } << w;
            at = m_nameEnds[node];
        }
    }
    return found;
}

FleetMarks FleetFilter::marks(const Snapshot& snapshot)
{
    FleetMarks made;
    if (m_words.empty() && m_models.empty() && !m_states && m_where.empty())
        return made;
    const bool byGpu = m_states || !m_where.empty();
    const auto& shape = snapshot.structure();
    made.all = false;
    const auto states = m_states.value_or(~0U);
    if (byGpu)
        made.gpus.assign(shape.rows, 0);
    made.providers.assign(shape.providers.size(), 0);
    made.regions.assign(shape.regions.size(), 0);
    made.clusters.assign(shape.clusters.size(), 0);
    made.nodes.assign(shape.nodes.size(), 0);

    const std::uint64_t every = m_words.size() == mostWords ? ~std::uint64_t { 0 } : (std::uint64_t { 1 } << m_words.size()) - 1;
    const auto byNode = wordsInNodes(shape);
    struct Model
    {
        bool fits;
        std::uint64_t words;
    };
    std::vector<Model> models;
    for (const auto& name : shape.models) {
        const auto text = folded(name);
        models.push_back({ std::ranges::all_of(m_models, [&](const std::string& start) { return text.starts_with(start); }), wordsIn(name) });
    }
    std::vector<std::uint64_t> byProvider, byRegion, byZone;
    for (const auto& zone : shape.zones)
        byZone.push_back(wordsIn(zone));
    for (const auto& provider : shape.providers)
        byProvider.push_back(wordsIn(provider.name));
    for (const auto& region : shape.regions)
        byRegion.push_back(wordsIn(region.name) | byProvider[region.provider]);

    for (std::size_t c = 0; c < shape.clusters.size(); ++c) {
        const auto& cluster = shape.clusters[c];
        const auto& picture = snapshot.picture(c);
        const auto above = wordsIn(cluster.name) | byRegion[cluster.region];
        const auto* gpus = made.gpus.data() + cluster.firstRow;
        const bool possible = !m_states || std::ranges::any_of(gpuStatesInOrder, [&](GpuState state) { return (states & bit(state)) != 0 && picture.tally.count(state) > 0; });
        // One without nodes, as all of the past are, is known by its name and its states.
        bool shown = cluster.nodes == 0 && m_where.empty() && m_models.empty() && above == every && possible;
        if (byGpu && possible) {
            auto chosen = passing(snapshot, static_cast<std::uint32_t>(c), m_where);
            for (std::size_t row = 0; row < chosen.size() && m_states; ++row)
                chosen[row] &= static_cast<std::uint8_t>(states >> static_cast<unsigned>(picture.stale ? GpuState::Unknown : picture.columns().state[row]) & 1U);
            std::ranges::copy(chosen, made.gpus.begin() + cluster.firstRow);
        }
        const auto anyGpu = [&](const Structure::Node& node) {
            const auto* first = gpus + (node.firstRow - cluster.firstRow);
            return std::any_of(first, first + node.gpus, [](std::uint8_t one) { return one != 0; });
        };
        for (auto n = cluster.firstNode; possible && n < cluster.firstNode + cluster.nodes; ++n) {
            const auto& node = shape.nodes[n];
            const auto& model = models[node.model];
            if (!model.fits || (above | model.words | byZone[node.zone] | byNode[n]) != every || (byGpu && !anyGpu(node)))
                continue;
            made.nodes[n] = 1;
            shown = true;
        }
        if (shown) {
            made.clusters[c] = 1;
            made.regions[cluster.region] = 1;
            made.providers[shape.regions[cluster.region].provider] = 1;
        }
    }
    return made;
}

} // namespace penstock
