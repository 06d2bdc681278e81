// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "dcgm/dcgmfleet.h"
#include "prometheus/promanswer.h"

namespace penstock {

/// Who a GPU is, in every spelling that exporters have used.
inline constexpr auto gpuLabels = "UUID, uuid, gpu, Hostname, hostname, cluster";
/// Pods of exporters that no label tells from those of workloads.
inline constexpr auto someonesPod = R"(pod!="",pod!~".*dcgm.*")";
/// Added to each value that is summed up: a sum then says how many values are in it. Sums stay below it, and both fit a double.
inline constexpr double eachValue = 4294967296.0;
inline constexpr auto eachValueText = "4294967296";

/// What a store has to have for PromCounts: each of these metrics for each GPU, with the same labels.
struct PromCountsOf
{
    std::string utilisation, memoryUsed, memoryFree, memoryReserved, power, temperature; ///< metrics; the last three may be empty
    bool exported = false; ///< pods are named by exported labels
    bool byPod = false; ///< pods of one namespace are told apart
};

/// Counts the GPUs of each node and workload without matching one series with another: sums over a selection of each metric alone, which a store makes as fast as it reads them. GPUs that are told
/// one by one are in the sums, and are taken out again by their own series. Pure; one thread at a time.
class PromCounts
{
public:
    explicit PromCounts(PromCountsOf of = {}) : m_of(std::move(of)) { }

    /// PromQL: all GPUs, for take().
    [[nodiscard]] std::string text() const;
    /// PromQL: series for takeOut(). `only`: a matcher of whose, as `UUID=~"a|b"`.
    [[nodiscard]] std::string raw(const std::string& only) const;
    /// PromQL: GPUs that have several series of a metric, or are used by nobody who is told.
    [[nodiscard]] std::string toBeToldAlone() const;
    /// PromQL: MiB of a GPU, by its model.
    [[nodiscard]] std::string memoryByModel() const;

    void begin() { m_counts.clear(); }
    void take(std::span<const PromLabel> labels, double value);
    void takeOut(std::span<const PromLabel> labels, double value);
    /// Busy, idle and free GPUs. What nobody measures by state, as memory of busy and idle ones of one workload, is shared among them evenly. `workloadOf`: of a namespace and a pod.
    [[nodiscard]] std::vector<DcgmGroup> groups(const std::function<std::string(const std::string&, const std::string&)>& workloadOf) const;

private:
    enum class Part { Held, Idle, Unheld };
    enum class Figure { Count, Utilisation, Memory, Power, Temperature, Hottest };
    static constexpr std::size_t partCount = 3, figureCount = 6;
    struct Values
    {
        std::array<double, figureCount> sum {};
        std::array<double, figureCount> known {};
    };
    struct Measured
    {
        Figure figure;
        const std::string* metric;
        const char *factor, *most;
        double times, greatest; ///< of the two as numbers
    };
    using Key = std::tuple<std::string, std::string, std::string, std::string, std::string>; ///< cluster, host, model, namespace, pod
    [[nodiscard]] std::vector<Measured> measured() const;
    [[nodiscard]] std::string matcher(bool isHeld) const;
    [[nodiscard]] std::string lately(const std::string& matchers) const;
    [[nodiscard]] Key keyOf(std::span<const PromLabel> labels, bool isHeld) const;
    std::map<Key, std::array<Values, partCount>> m_counts;
    PromCountsOf m_of;
};

} // namespace penstock
