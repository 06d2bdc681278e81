// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "promcounts.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace penstock {

namespace {

    constexpr std::array partNames { "held", "idle", "unheld" };
    constexpr std::array figureNames { "count", "utilisation", "memory", "power", "temperature", "hottest" };
    constexpr auto partLabel = "penstock_part", figureLabel = "penstock_figure", latelyName = "lately"; ///< the greatest utilisation of a minute
    constexpr auto node = "Hostname, hostname, cluster, modelName, modelname";

    std::string_view valueOf(std::span<const PromLabel> labels, std::string_view name)
    {
        for (const auto& [key, value] : labels)
            if (key == name)
                return value;
        return {};
    }

    std::string labelled(const std::string& series, const char* label, const char* value) { return "label_replace(" + series + ", \"" + label + "\", \"" + value + R"(", "", ""))"; }

    template <std::size_t Size> std::size_t placeOf(const std::array<const char*, Size>& names, std::string_view name) { return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin()); }

    /// So many of the GPUs of a sum, as if all were the same; they are taken out of it.
    DcgmGroup::Sum shareOf(DcgmGroup::Sum& all, std::uint32_t gpus, std::uint32_t of)
    {
        if (of == 0 || all.known == 0)
            return {};
        const auto known = std::min(all.known, static_cast<std::uint32_t>(std::llround(static_cast<double>(all.known) * gpus / of)));
        const DcgmGroup::Sum share { std::round(all.sum * known / all.known), known };
        all = { all.sum - share.sum, all.known - known };
        return share;
    }

    DcgmGroup::Sum without(const DcgmGroup::Sum& all, const DcgmGroup::Sum& part) { return { std::max(0., all.sum - part.sum), all.known - std::min(all.known, part.known) }; }

} // namespace

std::string PromCounts::matcher(bool isHeld) const
{
    return isHeld ? m_of.exported ? "exported_pod!=\"\"" : someonesPod : m_of.exported ? "exported_pod=\"\"" : R"(pod=~"(.*dcgm.*)?")";
}

std::string PromCounts::lately(const std::string& matchers) const
{
    // A store that is scraped more seldom than once a minute has the last one.
    const auto series = m_of.utilisation + "{" + matchers + "}";
    return "(max_over_time(" + series + "[1m]) or " + series + ")";
}

std::string PromCounts::text() const
{
    const auto names = std::string(m_of.exported ? ", exported_namespace" : ", namespace") + (!m_of.byPod ? "" : m_of.exported ? ", exported_pod" : ", pod");
    std::string made;
    const auto add = [&](Part part, Figure figure, const std::string& value, const char* function) {
        const auto by = std::string(function) + " by (" + node + (part == Part::Unheld ? std::string() : names) + ") (" + value + ")";
        made += (made.empty() ? "" : " or ") + labelled(labelled(by, partLabel, partNames.at(static_cast<std::size_t>(part))), figureLabel, figureNames.at(static_cast<std::size_t>(figure)));
    };
    for (const auto part : { Part::Held, Part::Unheld }) {
        const auto matchers = matcher(part == Part::Held);
        add(part, Figure::Count, m_of.utilisation + "{" + matchers + "}", "count");
        for (const auto& it : measured()) {
            const auto value = std::string("round(") + it.factor + "(" + *it.metric + "{" + matchers + "} >= 0 <= " + it.most + "))";
            add(part, it.figure, value + " + " + eachValueText, "sum");
            if (it.figure == Figure::Temperature)
                add(part, Figure::Hottest, value, "max");
        }
    }
    add(Part::Idle, Figure::Utilisation, "round(" + lately(matcher(true)) + " >= 0 < 5) + " + eachValueText, "sum");
    return made;
}

std::string PromCounts::raw(const std::string& only) const
{
    std::string made = labelled(lately(only), figureLabel, latelyName);
    for (const auto& it : measured())
        made += " or " + labelled(*it.metric + "{" + only + "}", figureLabel, figureNames.at(static_cast<std::size_t>(it.figure)));
    return made;
}

std::string PromCounts::toBeToldAlone() const
{
    const auto on = std::string(" on (") + gpuLabels + ") ";
    const auto one = [&](const std::string& metric) { return std::string("max by (") + gpuLabels + ") (" + metric + "{" + matcher(false) + "})"; };
    // Nobody is told to hold these, and they are used all the same.
    return std::string("(count by (") + gpuLabels + ") (" + m_of.utilisation + ") > 1) or" + on + "(" + m_of.utilisation + "{" + matcher(false) + "} >= 5 <= 100) or" + on + "(" + one(m_of.memoryUsed) + " * 9 >" + on + one(m_of.memoryFree) + ")";
}

std::vector<PromCounts::Measured> PromCounts::measured() const
{
    // As DcgmGpu::measured() takes and rounds them.
    std::vector<Measured> made { { Figure::Utilisation, &m_of.utilisation, "", "100", 1, 100 }, { Figure::Memory, &m_of.memoryUsed, "", "16e6", 1, 16e6 } };
    if (!m_of.power.empty())
        made.push_back({ Figure::Power, &m_of.power, "10 * ", "6553.4", 10, 6553.4 });
    if (!m_of.temperature.empty())
        made.push_back({ Figure::Temperature, &m_of.temperature, "", "254", 1, 254 });
    return made;
}

std::string PromCounts::memoryByModel() const
{
    const auto sum = [](const std::string& metric) { return std::string("sum by (") + node + ") (" + metric + " >= 0 <= 16e6)"; };
    auto total = sum(m_of.memoryUsed) + " + " + sum(m_of.memoryFree);
    if (!m_of.memoryReserved.empty())
        total = "(" + total + " + " + sum(m_of.memoryReserved) + " or " + total + ")";
    return "max by (modelName, modelname) (round((" + total + ") / count by (" + node + ") (" + m_of.memoryUsed + ")))";
}

PromCounts::Key PromCounts::keyOf(std::span<const PromLabel> labels, bool isHeld) const
{
    const auto text = [&](std::string_view name, std::string_view other = {}) {
        const auto found = valueOf(labels, name);
        return std::string(found.empty() ? valueOf(labels, other) : found);
    };
    return { text("cluster"), text("Hostname", "hostname"), text("modelName", "modelname"), isHeld ? text(m_of.exported ? "exported_namespace" : "namespace") : std::string(), isHeld && m_of.byPod ? text(m_of.exported ? "exported_pod" : "pod") : std::string() };
}

void PromCounts::take(std::span<const PromLabel> labels, double value)
{
    const auto part = placeOf(partNames, valueOf(labels, partLabel)), figure = placeOf(figureNames, valueOf(labels, figureLabel));
    if (part >= partCount || figure >= figureCount || !std::isfinite(value))
        return;
    auto& to = m_counts[keyOf(labels, static_cast<Part>(part) != Part::Unheld)].at(part);
    if (figure == static_cast<std::size_t>(Figure::Count) || figure == static_cast<std::size_t>(Figure::Hottest)) {
        to.sum[figure] = value;
        return;
    }
    to.sum[figure] = std::fmod(value, eachValue);
    to.known[figure] = std::floor(value / eachValue);
}

void PromCounts::takeOut(std::span<const PromLabel> labels, double value)
{
    const auto pod = valueOf(labels, m_of.exported ? "exported_pod" : "pod");
    const bool isHeld = !pod.empty() && (m_of.exported || pod.find("dcgm") == std::string_view::npos);
    const auto found = m_counts.find(keyOf(labels, isHeld));
    // What was not there has come between the two questions.
    if (found == m_counts.end())
        return;
    const auto name = valueOf(labels, figureLabel);
    const auto less = [&](Part part, Figure figure, double by) {
        auto& from = found->second.at(static_cast<std::size_t>(part));
        from.sum.at(static_cast<std::size_t>(figure)) -= by;
        from.known.at(static_cast<std::size_t>(figure)) -= 1;
    };
    if (name == latelyName) {
        if (isHeld && value >= 0 && value < 5)
            less(Part::Idle, Figure::Utilisation, std::round(value));
        return;
    }
    const auto part = isHeld ? Part::Held : Part::Unheld;
    for (const auto& it : measured())
        if (name == figureNames.at(static_cast<std::size_t>(it.figure))) {
            if (it.figure == Figure::Utilisation)
                less(part, Figure::Count, 1);
            // PromQL rounds halves up.
            if (value >= 0 && value <= it.greatest)
                less(part, it.figure, std::floor(it.times * value + 0.5));
        }
}

std::vector<DcgmGroup> PromCounts::groups(const std::function<std::string(const std::string&, const std::string&)>& workloadOf) const
{
    std::vector<DcgmGroup> made;
    const auto put = [&made](const DcgmGroup& group) {
        if (group.gpus > 0)
            made.push_back(group);
    };
    for (const auto& [key, parts] : m_counts) {
        const auto& [cluster, host, model, nameSpace, pod] = key;
        const auto read = [&](Part part) {
            const auto& its = parts.at(static_cast<std::size_t>(part));
            const auto whole = [](double it) { return static_cast<std::uint32_t>(std::llround(std::clamp(it, 0., 1e9))); };
            const auto sum = [&](Figure figure) {
                const auto i = static_cast<std::size_t>(figure);
                return DcgmGroup::Sum { std::max(0., its.sum.at(i)), whole(its.known.at(i)) };
            };
            DcgmGroup group { .cluster = cluster, .host = host, .model = model, .workload = {}, .gpus = whole(its.sum[static_cast<std::size_t>(Figure::Count)]), .utilisation = sum(Figure::Utilisation), .memory = sum(Figure::Memory), .power = sum(Figure::Power), .temperature = sum(Figure::Temperature),
                .hottest = its.sum[static_cast<std::size_t>(Figure::Hottest)] };
            // The hottest may be one that was taken out.
            group.hottest = std::clamp(group.hottest, group.temperature.known > 0 ? std::ceil(group.temperature.sum / group.temperature.known) : 0., group.temperature.sum);
            return group;
        };
        if (auto busy = read(Part::Held); busy.gpus > 0) {
            busy.workload = workloadOf(nameSpace, pod);
            auto idle = busy;
            idle.state = GpuState::Idle;
            busy.state = GpuState::Busy;
            idle.utilisation = read(Part::Idle).utilisation;
            idle.gpus = idle.utilisation.known = std::min(busy.gpus, idle.utilisation.known);
            busy.utilisation = without(busy.utilisation, idle.utilisation);
            if (idle.gpus < busy.gpus && busy.temperature.known > 0) {
                busy.temperature = { busy.temperature.sum - busy.hottest, busy.temperature.known - 1 };
                idle.temperature = shareOf(busy.temperature, idle.gpus, busy.gpus);
                busy.temperature = { busy.temperature.sum + busy.hottest, busy.temperature.known + 1 };
                idle.hottest = idle.temperature.known > 0 ? std::ceil(idle.temperature.sum / idle.temperature.known) : 0;
            }
            idle.memory = shareOf(busy.memory, idle.gpus, busy.gpus);
            idle.power = shareOf(busy.power, idle.gpus, busy.gpus);
            busy.gpus -= idle.gpus;
            put(busy);
            put(idle);
        }
        if (auto free = read(Part::Unheld); free.gpus > 0)
            put(free);
    }
    return made;
}

} // namespace penstock
