// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "prometheus/promfleet.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

#include "fleet/xid.h"
#include "promcounts.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;
    using Kind = PromQuery::Kind;

    /// Two scrapes at least, at the usual intervals.
    constexpr auto rateOver = "2m";
    /// A node whose exporter is down is unknown for so long before it counts as gone, where nobody else tells.
    constexpr auto vanished = 10min;

    /// What a metric has been called, today's name first. A store has several at a time while exporters are being replaced.
    using Names = std::span<const char* const>;
    constexpr std::array usedNames { "DCGM_FI_DEV_FB_USED", "dcgm_fb_used" };
    constexpr std::array freeNames { "DCGM_FI_DEV_FB_FREE", "dcgm_fb_free" };
    constexpr std::array reservedNames { "DCGM_FI_DEV_FB_RESERVED" };
    constexpr std::array utilNames { "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_GPU_UTIL_RATIO", "dcgm_gpu_utilization" };
    constexpr std::array engineNames { "DCGM_FI_PROF_GR_ENGINE_ACTIVE", "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO" };
    constexpr std::array temperatureNames { "DCGM_FI_DEV_GPU_TEMP", "dcgm_gpu_temp" };
    constexpr std::array powerNames { "DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_DEV_BOARD_POWER_WATTS", "dcgm_power_usage" };
    constexpr std::array xidNames { "DCGM_FI_DEV_XID_ERRORS", "DCGM_FI_DEV_XID_ERROR", "dcgm_xid_errors" };
    constexpr std::array remapNames { "DCGM_FI_DEV_ROW_REMAP_FAILURE" };
    constexpr std::array doubleBitNames { "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", "dcgm_ecc_dbe_volatile_total" };
    constexpr std::array<Names, 10> wanted { usedNames, freeNames, reservedNames, utilNames, engineNames, temperatureNames, powerNames, xidNames, remapNames, doubleBitNames };
    constexpr std::array xidCountNames { "DCGM_EXP_XID_ERRORS_COUNT" };
    constexpr std::array watchNames { "DCGM_EXP_GPU_HEALTH_STATUS" };
    constexpr std::array clockNames { "DCGM_FI_DEV_CLOCKS_EVENT_REASONS", "DCGM_FI_DEV_CLOCK_THROTTLE_REASONS" };
    constexpr std::array recoveryNames { "DCGM_FI_DEV_GET_GPU_RECOVERY_ACTION", "DCGM_FI_DEV_GPU_RECOVERY_ACTION" };
    constexpr std::array pendingNames { "DCGM_FI_DEV_ROW_REMAP_PENDING", "DCGM_FI_DEV_RETIRED_PENDING" };
    constexpr std::array retiredNames { "DCGM_FI_DEV_RETIRED_SBE", "DCGM_FI_DEV_RETIRED_DBE" };
    /// In the order of DcgmCoverage.
    constexpr std::array utilOrEngineNames { "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_GPU_UTIL_RATIO", "dcgm_gpu_utilization", "DCGM_FI_PROF_GR_ENGINE_ACTIVE", "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO" };
    constexpr std::array anyXidNames { "DCGM_FI_DEV_XID_ERRORS", "DCGM_FI_DEV_XID_ERROR", "dcgm_xid_errors", "DCGM_EXP_XID_ERRORS_COUNT" };
    constexpr std::array<Names, DcgmCoverage::figures> figures { usedNames, freeNames, utilOrEngineNames, temperatureNames, powerNames, anyXidNames, remapNames, doubleBitNames, clockNames };
    /// See tellsHealth().
    constexpr std::array healthNames { "DCGM_FI_DEV_XID_ERRORS", "DCGM_FI_DEV_XID_ERROR", "dcgm_xid_errors", "DCGM_EXP_XID_ERRORS_COUNT", "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", "dcgm_ecc_dbe_volatile_total", "DCGM_FI_DEV_ROW_REMAP_FAILURE",
        "DCGM_FI_DEV_GET_GPU_RECOVERY_ACTION", "DCGM_FI_DEV_GPU_RECOVERY_ACTION", "DCGM_EXP_GPU_HEALTH_STATUS" };
    /// Asked for as they are, where they are.
    constexpr std::array further { "DCGM_EXP_XID_ERRORS_COUNT", "DCGM_EXP_GPU_HEALTH_STATUS", "DCGM_FI_DEV_CLOCKS_EVENT_REASONS", "DCGM_FI_DEV_CLOCK_THROTTLE_REASONS", "DCGM_FI_DEV_GET_GPU_RECOVERY_ACTION",
        "DCGM_FI_DEV_GPU_RECOVERY_ACTION", "DCGM_FI_DEV_ROW_REMAP_PENDING", "DCGM_FI_DEV_RETIRED_PENDING", "DCGM_FI_DEV_RETIRED_SBE", "DCGM_FI_DEV_RETIRED_DBE" };
    constexpr std::array nodeMetrics { "kube_node_info", "kube_node_spec_unschedulable", "kube_node_spec_taint", "kube_node_status_allocatable", "kube_node_status_capacity", "kube_node_status_condition",
        "kube_pod_container_resource_requests", "kube_pod_status_phase", "kube_pod_info", "kube_node_labels" };
    constexpr auto exportedNodes = "kube_node_info{exported_node!=\"\"}";
    constexpr auto resources = "nvidia_com_gpu(_shared)?|nvidia_com_mig_.+|amd_com_gpu";

    constexpr auto hostLabels = "Hostname, hostname, cluster";
    constexpr auto ofInstance = ", GPU_I_ID, GPU_I_PROFILE";
    /// Figures of groups by the label that tells them apart in one answer.
    constexpr auto figureLabel = "penstock_figure";
    constexpr std::array figureNames { "count", "unwatched", "utilisation", "memory", "power", "temperature", "hottest" };
    /// GPUs that are asked for by name at once: of more names Prometheus and VictoriaMetrics would look through all labels.
    constexpr std::size_t namesAtOnce = 100;
    /// Of more it is quicker to look through all series.
    constexpr std::size_t mostNames = 5'000;

    /// How many series there are, if there are any, as one whose label says which.
    std::string counted(const std::string& series, const std::string& label, const std::string& value)
    {
        return "label_replace(count(" + series + "), \"" + label + "\", \"" + value + "\", \"\", \"\")";
    }

    constexpr auto ofNode = "penstock_node, cluster";
    /// The same name for a node in what kube-state-metrics says and in what exporters measure.
    std::string named(const std::string& series, const char* by, const char* instead)
    {
        return std::string("label_replace(label_replace(") + series + ", \"penstock_node\", \"$1\", \"" + by + "\", \"(.+)\"), \"penstock_node\", \"$1\", \"" + instead + "\", \"(.+)\")";
    }
    std::string byNode(const std::string& series) { return named(series, "node", "exported_node"); }
    std::string byHost(const std::string& series) { return named(series, "hostname", "Hostname"); }

    /// Of a node's resource, in one number: how much of it there is and is held, and how many GPUs are shown and used of the node.
    constexpr std::uint64_t offeredIn = 1ULL << 36, heldIn = 1ULL << 20, shownIn = 1ULL << 10;

    /// What is measured of each MIG instance.
    bool isOfInstances(std::string_view metric) { return metric.find("GR_ENGINE") != std::string_view::npos || metric.find("FB_") != std::string_view::npos || metric.find("_fb_") != std::string_view::npos; }

    bool isSame(std::string_view name, std::string_view other)
    {
        return name.size() == other.size() && (name == other || std::ranges::equal(name, other, [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b)); }));
    }

    /// Some stores know no case: names come back as they please.
    std::string_view spelled(std::string_view name)
    {
        constexpr std::array known { "UUID", "gpu", "Hostname", "modelName", "GPU_I_ID", "GPU_I_PROFILE", "cluster", "xid", "exported_pod", "exported_namespace", "exported_container", "DCGM_FI_DRIVER_VERSION", "pod",
            "namespace", "container", "node", "provider_id", "pods", "penstock_state" };
        for (const std::string_view it : known)
            if (isSame(it, name))
                return it;
        return name;
    }

    std::string_view label(std::span<const PromLabel> labels, std::string_view name)
    {
        for (const auto& [key, value] : labels)
            if (isSame(key, name))
                return value;
        return {};
    }

    /// Of a bucket's bound, "+Inf" too.
    double numberOf(std::string_view written)
    {
        if (written.starts_with('+'))
            written.remove_prefix(1);
        double value = 0;
        const auto read = std::from_chars(written.data(), written.data() + written.size(), value);
        return !written.empty() && read.ec == std::errc() ? value : std::numeric_limits<double>::quiet_NaN();
    }

    /// As kube-state-metrics spells the key of a label.
    std::string sanitised(std::string_view key)
    {
        std::string made = "label_";
        for (const char c : key)
            made += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
        return made;
    }

    /// The name of a resource by that spelling: "nvidia.com/mig-1g.5gb".
    std::string resourceOf(std::string_view spelled)
    {
        for (const auto& [prefix, name] : { std::pair<std::string_view, std::string>("nvidia_com_mig_", "nvidia.com/mig-"), { "nvidia_com_", "nvidia.com/" }, { "amd_com_", "amd.com/" } })
            if (spelled.starts_with(prefix)) {
                auto made = name + std::string(spelled.substr(prefix.size()));
                std::ranges::replace(made, '_', '.');
                return made;
            }
        return std::string(spelled);
    }

    /// What kube-state-metrics says, also where the store has renamed it.
    std::string_view kubeLabel(std::span<const PromLabel> labels, std::string_view name)
    {
        const auto exported = label(labels, "exported_" + std::string(name));
        return exported.empty() ? label(labels, name) : exported;
    }

    /// It can stand in a regular expression as it is.
    bool isPlain(std::string_view name)
    {
        return !name.empty() && std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; });
    }

    /// "a|b"
    std::string oneOf(std::span<const std::string> names)
    {
        std::string made;
        for (const auto& name : names)
            made += (made.empty() ? "" : "|") + name;
        return made;
    }

    std::uint32_t countOf(double value) { return value > 0 && value < 1e9 ? static_cast<std::uint32_t>(std::lround(value)) : 0; }

    void append(std::string& text, std::string_view name, std::string_view value)
    {
        if (!text.empty())
            text += ',';
        text.append(name).append("=\"");
        for (const char c : value)
            if (c == '\n')
                text += "\\n";
            else {
                if (c == '\\' || c == '"')
                    text += '\\';
                text += c;
            }
        text += '"';
    }

} // namespace

PromFleet::PromFleet(DcgmPlace place, std::vector<Workload> workloads, std::chrono::milliseconds staleAfter, std::uint64_t epoch, std::uint64_t aggregateAbove, std::shared_ptr<const Catalogue> catalogue)
    : m_cluster(place.cluster)
    , m_byPod(std::ranges::any_of(workloads, [](const Workload& it) { return it.match.contains("pod"); }))
    , m_byLabel(std::ranges::any_of(workloads, [](const Workload& it) { return std::ranges::any_of(it.match, [](const auto& key) { return key.first.starts_with("label.") && key.first != "label.model_name"; }); }))
    , m_fleet(std::move(place), std::move(workloads), 1, staleAfter, epoch)
    , m_aggregateAbove(aggregateAbove)
    , m_catalogue(catalogue ? std::move(catalogue) : std::make_shared<const Catalogue>())
{
    m_fleet.keepVanishedFor(vanished);
}

PromFleet::PromFleet(PromFleet&&) noexcept = default;
PromFleet::~PromFleet() = default;

std::string PromFleet::discovery()
{
    std::set<std::string> names(further.begin(), further.end());
    names.insert(nodeMetrics.begin(), nodeMetrics.end());
    for (const auto& spellings : wanted)
        names.insert(spellings.begin(), spellings.end());
    for (const auto& it : inferenceMetrics())
        names.emplace(it.name);
    // One by one, and not by __name__: Google's store takes no pattern for it, and Azure's gives it back in any case.
    std::string query;
    for (const auto& name : names)
        query += (query.empty() ? "" : " or ") + counted(name, "metric", name);
    return query + " or " + counted(exportedNodes, "metric", "exported nodes");
}

std::string PromFleet::podDiscovery() const
{
    std::string made = counted(everyGpu("{exported_pod!=\"\"}"), "pods", "exported") + " or " + counted(everyGpu(std::string("{") + someonesPod + "}"), "pods", "plain") + " or "
        + counted("(" + everyGpu() + ") unless on (" + hostLabels + ") (" + toldOfPods() + ")", "pods", "none");
    if (!m_byNode)
        return made;
    // Of GPUs that are counted nobody sees which lack what.
    const auto all = std::string("max by (") + gpuLabels + ") (" + everyGpu() + ")";
    made += " or " + counted(all, "pods", "gpus");
    const auto add = [&](const std::string& what, const std::string& metrics) {
        if (!metrics.empty())
            made += " or " + counted("(" + all + " unless on (" + gpuLabels + ") (" + metrics + "))", "pods", what);
    };
    for (std::size_t i = 0; i < figures.size(); ++i)
        add("lacks " + std::to_string(i), anyOf(figures[i]));
    add("unwatched", anyOf(healthNames));
    // Those that MIG has cut are told one by one, whatever they lack.
    if (const auto util = anyOf(utilNames); !util.empty())
        add("utilisation by engines alone", util + " or on (" + gpuLabels + ") " + everyGpu("{GPU_I_ID!=\"\"}"));
    return made;
}

PromPods PromFleet::podsOf(std::string_view label) { return label == "exported" ? PromPods::Exported : label == "plain" ? PromPods::Plain : PromPods::None; }

std::string PromFleet::anyOf(std::span<const char* const> names, const std::string& before, const std::string& after) const
{
    std::string made;
    bool isOne = true;
    for (const auto* it : names)
        if (m_found.contains(it)) {
            isOne = made.empty();
            made += (isOne ? "" : " or ") + before + it + after;
        }
    return isOne ? made : "(" + made + ")";
}

std::string PromFleet::identityDiscovery() const
{
    std::string made;
    for (const auto& metric : m_metrics)
        if (metric != m_identity && metric != xidCountNames.front()) // which has a label too many
            made += (made.empty() ? "" : " or ") + counted("(" + metric + " unless on (" + gpuLabels + ") " + m_identity + ")", "identity", metric);
    return made;
}

std::string PromFleet::toldOfPods() const
{
    return everyGpu("{pod!=\"\"}") + " or on (" + gpuLabels + ") " + everyGpu("{exported_pod!=\"\"}");
}

std::string PromFleet::everyGpu(const std::string& selector) const
{
    std::string made;
    for (const auto& metric : m_identities)
        made += (made.empty() ? "" : std::string(" or on (") + gpuLabels + ") ") + metric + selector;
    return made;
}

std::string PromFleet::singleGpus() const
{
    std::string made, applications, harmless;
    const auto add = [&](Names names, const std::string& selected, const std::string& where) {
        if (const auto metric = anyOf(names, {}, selected); !metric.empty())
            made += (made.empty() ? "" : std::string(" or on (") + gpuLabels + ") ") + "(" + metric + where + ")";
    };
    for (const auto xid : applicationXids()) {
        applications += " != " + std::to_string(xid);
        harmless += "|" + std::to_string(xid);
    }
    add(xidNames, {}, " > 0 < 1000" + applications);
    add(xidCountNames, "{xid!~\"0" + harmless + "\"}", " > 0");
    add(remapNames, {}, " > 0 < 1000000");
    add(doubleBitNames, {}, " > 0 < 1000000");
    add(watchNames, {}, " >= 20");
    add(recoveryNames, {}, " > 0 < 1000");
    add(pendingNames, {}, " > 0 < 1000000");
    if (const auto retired = retiredTooMany(); !retired.empty())
        made += (made.empty() ? "" : std::string(" or on (") + gpuLabels + ") ") + "(" + retired + ")";
    for (const char* bits : { " % 16 >= 8", " % 256 >= 64" })
        add(clockNames, {}, bits);
    // Its last XID may be a harmless one by now.
    auto out = m_fleet.outByXid();
    std::erase_if(out, [](const std::string& it) { return !isPlain(it); });
    for (std::size_t first = 0; first < std::min(out.size(), mostNames); first += namesAtOnce)
        made += (made.empty() ? "" : std::string(" or on (") + gpuLabels + ") ") + "(" + everyGpu(std::string("{UUID=~\"") + (m_caseless ? "(?i)" : "") + oneOf(std::span(out).subspan(first, std::min(out.size() - first, namesAtOnce))) + "\"}") + ")";
    // What the instances of one that MIG has cut do comes to what the GPU does only where it is known of each.
    made += (made.empty() ? "" : std::string(" or on (") + gpuLabels + ") ") + "(" + everyGpu("{GPU_I_ID!=\"\"}") + ")";
    if (const auto of = countedPlainly())
        made += std::string(" or on (") + gpuLabels + ") " + PromCounts(*of).toBeToldAlone();
    return std::string("group by (") + gpuLabels + ") (" + made + ")";
}

std::optional<PromCountsOf> PromFleet::countedPlainly() const
{
    const auto of = [this](Names names) {
        std::vector<std::string> found;
        std::ranges::copy_if(names, std::back_inserter(found), [this](const char* it) { return m_found.contains(it); });
        return found;
    };
    const auto util = of(utilNames), used = of(usedNames), free = of(freeNames), reserved = of(reservedNames), power = of(powerNames), temperature = of(temperatureNames);
    const auto lacks = [this](const char* what) { return m_details.counts.contains(what); };
    if (m_caseless || m_pods == PromPods::None || m_someTellNoPods || m_identities.size() != 1 || util.size() != 1 || used.size() != 1 || free.size() != 1 || reserved.size() > 1 || power.size() > 1 || temperature.size() > 1
        || !lacks("gpus") || lacks("lacks 0") || lacks("lacks 1") || lacks("lacks 2") || lacks("unwatched") || lacks("utilisation by engines alone"))
        return std::nullopt;
    const auto one = [](const std::vector<std::string>& names) { return names.empty() ? std::string() : names.front(); };
    return PromCountsOf { one(util), one(used), one(free), one(reserved), one(power), one(temperature), m_pods == PromPods::Exported, m_byPod };
}

std::string PromFleet::worked(Names names, const char* factor, const char* most, const std::string& selector) const
{
    const auto of = std::string("max by (") + gpuLabels + ") ((";
    const auto part = [&](const std::string& values) { return std::string("round(") + factor + of + values + " >= 0 <= " + most + ")))"; };
    // A store that is scraped more seldom than once a minute has the last one.
    return part(anyOf(names, "max_over_time(", selector + "[1m])")) + " or " + part(anyOf(names, {}, selector));
}

std::string PromFleet::workedLately(const std::string& selector) const
{
    std::string made;
    for (const auto& [names, factor, most] : { std::tuple(Names(utilNames), "", "100"), std::tuple(Names(engineNames), "100 * ", "1") })
        if (!anyOf(names).empty())
            made += (made.empty() ? "" : " or ") + worked(names, factor, most, selector);
    return made;
}

void PromFleet::askByNode(std::vector<PromQuery>& queries) const
{
    const std::string of = std::string("max by (") + gpuLabels + ") (", on = std::string(" on (") + gpuLabels + ") ";
    const auto between = [](const std::string& values, const char* least, const char* most) { return "(" + values + " >= " + least + " <= " + most + ")"; };
    const auto single = singleGpus(), lately = workedLately();
    // What of a GPU is known, a value each, as DcgmGpu::measured() rounds it.
    const auto power = anyOf(powerNames), temperature = anyOf(temperatureNames);
    std::string now;
    for (const auto& [names, factor, most] : { std::tuple(Names(utilNames), "", "100"), std::tuple(Names(engineNames), "100 * ", "1") })
        if (const auto metric = anyOf(names); !metric.empty())
            now += (now.empty() ? "" : " or ") + std::string("round(") + factor + of + between(metric, "0", most) + "))";
    const auto used = anyOf(usedNames), free = anyOf(freeNames), total = memoryTotalOfEach();

    // Every GPU once, with its model, its workload and what it does.
    const std::string who = std::string(gpuLabels) + ", modelName, modelname", all = "group by (" + who + ") (" + everyGpu() + ")";
    std::string held, toldBy = "modelName, modelname, penstock_state";
    // Of an exporter that tells no pods one is held when it works or more than a fiftieth of its memory is used. To find that out takes a store long.
    if (std::string full = total.empty() ? std::string() : memoryOfEach(used) + " >" + on + "((" + total + ") / 50)", works = lately.empty() ? std::string() : "(" + lately + ") >= 5"; m_someTellNoPods && (!works.empty() || !full.empty()))
        held = all + " and" + on + "(" + works + (works.empty() || full.empty() ? "" : " or" + on) + full + ")";
    const auto told = m_pods == PromPods::None ? std::string() : toldOfPods();
    const auto onHost = std::string(" on (") + hostLabels + ") ";
    if (!told.empty()) {
        const bool exported = m_pods == PromPods::Exported;
        const auto names = std::string(exported ? "exported_namespace" : "namespace") + (m_byPod ? exported ? ", exported_pod" : ", pod" : "");
        held = std::string("topk by (") + gpuLabels + ") (1, group by (" + who + ", " + names + ") (" + everyGpu(exported ? "{exported_pod!=\"\"}" : std::string("{") + someonesPod + "}") + "))"
            + (held.empty() ? held : " or" + on + "((" + held + ") unless" + onHost + "(" + told + "))");
        toldBy += ", " + names;
    }
    const auto called = [](const std::string& state, const std::string& gpus) { return "label_replace(" + gpus + R"(, "penstock_state", ")" + state + R"(", "", ""))"; };
    std::string shown = all;
    // Where no pods are told, one of which neither work nor memory is measured is unknown.
    if (const auto measured = lately.empty() || total.empty() ? lately + total : "(" + lately + ") or" + on + "(" + total + ")"; m_someTellNoPods && !measured.empty())
        shown = called("unused", "(" + all + ") and" + on + "(" + measured + ")") + " or" + on + shown;
    if (!told.empty())
        shown = called("free", "(" + all + ") and" + onHost + "(" + told + ")") + " or" + on + shown;
    // What nobody is told to hold is used all the same when it works or more than a tenth of its memory is. Those that MIG has cut are not among these.
    if (!total.empty())
        shown = called("idle", all + " and" + on + "(" + of + between(used, "0", "16e6") + ") * 9 >" + on + of + between(free, "0", "16e6") + "))") + " or" + on + shown;
    if (!now.empty())
        shown = called("busy", all + " and" + on + "((" + now + ") >= 5)") + " or" + on + shown;
    if (!held.empty())
        shown = (lately.empty() ? std::string() : called("idle", "(" + held + ") and" + on + "((" + lately + ") < 5)") + " or" + on) + called("busy", held) + " or" + on + shown;
    shown = "(" + shown + ") unless" + on + "(" + single + ")";
    // To find out what each GPU does takes a store long: all sums come in one answer, so that it does that once.
    std::string values;
    const auto add = [&](PromQuery::Figure figure, const std::string& value, bool isSum = true) {
        if (!value.empty())
            values += (values.empty() ? "" : " or ") + std::string("label_replace(") + (isSum ? "(" + value + ") + " + eachValueText : value) + ", \"" + figureLabel + "\", \"" + figureNames[static_cast<std::size_t>(figure)] + R"(", "", ""))";
    };
    const auto each = std::string("group by (") + gpuLabels + ") (" + everyGpu() + ")";
    add(PromQuery::Figure::Count, each, false);
    if (m_details.counts.contains("unwatched"))
        add(PromQuery::Figure::Unwatched, "(" + each + " unless" + on + "(" + anyOf(healthNames) + "))", false);
    add(PromQuery::Figure::Utilisation, now);
    add(PromQuery::Figure::Memory, used.empty() ? used : memoryOfEach(used));
    add(PromQuery::Figure::Power, power.empty() ? power : "round(10 * " + of + between(power, "0", "6553.4") + "))");
    const auto degrees = temperature.empty() ? temperature : "round(" + of + between(temperature, "0", "254") + "))";
    add(PromQuery::Figure::Temperature, degrees);
    const auto ask = [&](const std::string& function, const std::string& more, const std::string& what) {
        queries.push_back({ .kind = Kind::Group, .metric = {}, .text = function + " by (" + hostLabels + ", " + toldBy + more + ") ((" + what + ") *" + on + "group_left (" + toldBy + ") (" + shown + "))" });
    };
    ask("sum", std::string(", ") + figureLabel, values);
    if (!degrees.empty())
        ask("max", std::string(", ") + figureLabel, "label_replace(" + degrees + ", \"" + figureLabel + "\", \"hottest\", \"\", \"\")");
    if (!total.empty())
        queries.push_back({ .kind = Kind::ModelMemory, .metric = {}, .text = "max by (modelName, modelname) (" + all + " *" + on + "group_left () (" + total + "))" });
}

void PromFleet::askOfSingles()
{
    // The counts are asked for first, and after them what may change from round to round.
    const auto isOfSingles = [](const PromQuery& it) { return it.kind == Kind::Gpu || it.kind == Kind::Working || it.kind == Kind::Group || it.kind == Kind::Count || it.kind == Kind::CountLess || it.kind == Kind::ModelMemory; };
    std::erase_if(m_queries, isOfSingles);
    const auto plainly = m_singles ? countedPlainly() : std::nullopt;
    m_counts = plainly ? std::make_unique<PromCounts>(*plainly) : nullptr;
    std::vector<PromQuery> made;
    if (m_counts) {
        made.push_back({ .kind = Kind::Count, .metric = {}, .text = m_counts->text() });
        made.push_back({ .kind = Kind::ModelMemory, .metric = {}, .text = m_counts->memoryByModel() });
    } else
        askByNode(made);
    const auto ask = [&](const std::string& selector, const std::string& only) {
        if (const auto lately = workedLately(selector); !lately.empty())
            made.push_back({ .kind = Kind::Working, .metric = {}, .text = "(" + lately + ") >= 5" + only });
        for (auto& query : ofEachGpu(selector)) {
            query.text += only;
            made.push_back(std::move(query));
        }
    };
    if (!m_singles)
        ask({}, std::string(" and on (") + gpuLabels + ") (" + singleGpus() + ")");
    for (std::size_t first = 0; m_singles && first < m_singles->size(); first += namesAtOnce) {
        const auto only = "UUID=~\"" + oneOf(std::span(*m_singles).subspan(first, std::min(m_singles->size() - first, namesAtOnce))) + "\"";
        if (m_counts)
            made.push_back({ .kind = Kind::CountLess, .metric = {}, .text = m_counts->raw(only) });
        ask("{" + only + "}", {});
    }
    m_queries.insert(m_queries.begin(), std::make_move_iterator(made.begin()), std::make_move_iterator(made.end()));
}

void PromFleet::singledOut()
{
    m_singles.reset();
    // A store that knows no case may not find a name as it writes it.
    if (!m_caseless && m_namesThem && m_singled.size() <= mostNames && std::ranges::all_of(m_singled, &isPlain))
        m_singles = std::exchange(m_singled, {});
    askOfSingles();
}

std::vector<PromQuery> PromFleet::ofEachGpu(const std::string& selector) const
{
    std::vector<PromQuery> made;
    const std::string podLabels = m_pods == PromPods::Exported ? ", pod, exported_pod, exported_namespace, exported_container" : ", pod, namespace, container";
    const auto whose = std::string(gpuLabels) + ", modelName, modelname, DCGM_FI_DRIVER_VERSION" + podLabels;
    std::string before = m_identity + selector;
    for (std::size_t i = 1; i < m_identities.size(); ++i) {
        made.push_back({ Kind::Gpu, m_identities[i], "max by (" + whose + ofInstance + ") (" + m_identities[i] + selector + " unless on (" + gpuLabels + ") (" + before + "))" });
        before += std::string(" or on (") + gpuLabels + ") " + m_identities[i] + selector;
    }
    for (const auto& metric : m_metrics) {
        // The server makes one value of a GPU's several series; instances of MIG are added up here.
        std::string by = gpuLabels;
        if (isOfInstances(metric))
            by += ofInstance;
        if (metric == "DCGM_EXP_XID_ERRORS_COUNT")
            by += ", xid";
        if (metric == m_identity)
            by = whose + ofInstance;
        made.push_back({ Kind::Gpu, metric, "max by (" + by + ") (" + metric + selector + ")" });
    }
    return made;
}

void PromFleet::discovered(std::map<std::string, double> found, PromPods pods, bool someTellNone, PromDetails details)
{
    m_found = std::move(found);
    m_details = std::move(details);
    // Once known it stays: idle GPUs name no pod.
    m_pods = std::max(m_pods, pods);
    m_someTellNoPods = m_pods == PromPods::None || someTellNone;
    m_queries.clear();
    m_identity.clear();
    m_identities.clear();
    m_metrics.clear();
    m_heldPods.clear();
    for (const auto& spellings : wanted)
        std::ranges::copy_if(spellings, std::back_inserter(m_metrics), [this](const char* it) { return m_found.contains(it); });
    std::ranges::copy_if(further, std::back_inserter(m_metrics), [this](const char* it) { return m_found.contains(it); });
    if (!m_metrics.empty()) {
        m_identity = m_metrics.front();
        m_identities = { m_identity };
        std::ranges::copy_if(m_metrics, std::back_inserter(m_identities), [&](const std::string& it) { return m_details.others.contains(it) && it != m_identity; });
        double most = 0;
        for (const auto& metric : m_identities)
            most = std::max(most, m_found[metric]);
        // One that is about the limit does not go to and fro.
        m_byNode = most > static_cast<double>(m_aggregateAbove) * (m_byNode ? 0.9 : 1);
        if (m_byNode) {
            m_singles.reset();
            askOfSingles();
        } else
            m_queries = ofEachGpu();
    }
    for (const auto& it : inferenceMetrics())
        if (m_found.contains(std::string(it.name))) {
            const auto series = std::string(it.name) + (it.label.empty() ? std::string() : "{" + std::string(it.label) + "=\"" + std::string(it.value) + "\"}");
            const auto by = std::string(it.isHistogram() ? "le, " : it.isSummary() ? "quantile, " : "") + "cluster, namespace, model_name, model" + (m_byPod ? ", pod" : "");
            m_queries.push_back({ Kind::Service, std::string(it.name),
                (it.figure == InferenceFigure::KvUse || it.isSummary() ? "max" : "sum") + (" by (" + by + ") (") + (it.isCounter() ? "rate(" + series + "[" + rateOver + "])" : series) + ")", &it });
        }
    const auto has = [this](const char* name) { return m_found.contains(name); };
    // Where GPUs were measured once, and are not now, their exporters are down: those that are held are unknown then.
    m_measured = m_measured || !m_identity.empty();
    m_fleet.measureNothing(!m_measured);
    // Nodes that were told of once do not cease to be because nobody tells of them now.
    m_hasNodes = !m_leavesNodes && (m_hasNodes || (has("kube_node_info") && has("kube_node_status_capacity")));
    const auto scraped = !m_identity.empty() ? m_identity : m_hasNodes ? "kube_node_info" : m_queries.empty() ? std::string() : m_queries.front().metric;
    // Who showed GPUs or nodes a while ago, and is not answered now.
    const auto askWhoIsDown = [this](Kind kind, const std::vector<std::string>& told) {
        std::string before;
        for (const auto& metric : told)
            before += (before.empty() ? "" : " or ") + metric + " offset 1m or " + metric + " offset 9m";
        m_queries.push_back({ kind, {}, "max by (job, instance) (up == 0 and on (job, instance) (" + before + "))" });
    };
    if (!m_identities.empty())
        askWhoIsDown(Kind::Down, m_identities);
    if (!m_leavesNodes && !m_queries.empty())
        askWhoIsDown(Kind::NodesDown, { "kube_node_info" });
    if (!scraped.empty())
        m_queries.push_back({ Kind::Observed, {}, "max(timestamp(" + scraped + "))" });
    // A host that is named after its exporter's pod is the node of that.
    if (has("kube_pod_info") && !m_identities.empty())
        m_queries.push_back({ Kind::PodHost, {}, "max by (pod, exported_pod, node, exported_node) (kube_pod_info{pod=~\".*dcgm.*\"} or kube_pod_info{exported_pod=~\".*dcgm.*\"})" });
    if (m_hasNodes)
        askOfNodes();
}

void PromFleet::askOfNodes()
{
    const auto has = [this](const char* name) { return m_found.contains(name); };
    const auto ask = [this](Kind kind, const std::string& more, const std::string& series) { m_queries.push_back({ kind, {}, "max by (node, exported_node, cluster" + more + ") (" + series + ")" }); };
    const auto gpus = std::string("{resource=~\"") + resources + "\"}";
    ask(Kind::Capacity, ", resource", "kube_node_status_capacity" + gpus);
    ask(Kind::Node, ", provider_id", "kube_node_info");
    const auto told = m_queries.back().text;
    if (has("kube_node_status_allocatable"))
        ask(Kind::Allocatable, ", resource", "kube_node_status_allocatable" + gpus);
    if (has("kube_node_status_condition"))
        ask(Kind::NotReady, {}, "kube_node_status_condition{condition=\"Ready\",status=\"true\"} == 0");
    if (has("kube_node_spec_taint"))
        ask(Kind::Taint, ", key", "kube_node_spec_taint{effect=~\"No.*\"}");
    if (has("kube_node_spec_unschedulable"))
        ask(Kind::Cordoned, {}, "kube_node_spec_unschedulable == 1");
    if (has("kube_node_labels")) {
        std::string labels;
        for (const auto key : kubeNodeLabels)
            labels += ", " + sanitised(key);
        ask(Kind::NodeLabels, labels, "kube_node_labels");
    }
    if (has("kube_pod_container_resource_requests") && has("kube_pod_status_phase")) {
        // A store that does not honour labels renames those of the pod to exported ones, and gives their names to kube-state-metrics' own.
        constexpr auto who = "namespace, exported_namespace, pod, exported_pod, uid, cluster";
        // Requests of pods that have ended stay in the store, so that the naive sum counts too many.
        const auto of = [&](const std::string& where, const char* phase) {
            return std::string("max by (") + who + ", container, exported_container, node, exported_node, resource) (kube_pod_container_resource_requests{resource=~\"" + resources + "\"," + where + "}) * on (" + who
                + ") group_left() max by (" + who + ") (kube_pod_status_phase{phase=~\"" + phase + "\"} == 1)";
        };
        const auto sum = [](const std::string& by, const std::string& pods) { return "sum by (" + by + "namespace, exported_namespace, cluster, resource) (" + pods + ")"; };
        std::string held = of("node!=\"\"", "Pending|Running"), waiting = of("node=\"\"", "Pending");
        // With a label of the target's node, that of one that waits for a node is the node of kube-state-metrics.
        if (has("exported nodes")) {
            held = of("exported_node!=\"\"", "Pending|Running") + " or " + of("exported_namespace=\"\",node!=\"\"", "Pending|Running");
            waiting = of("exported_namespace!=\"\",exported_node=\"\"", "Pending") + " or " + of("exported_namespace=\"\",node=\"\"", "Pending");
        }
        m_heldPods = held;
        m_queries.push_back({ Kind::Held, {}, sum("node, exported_node, ", held) });
        m_queries.push_back({ Kind::Pending, {}, sum({}, waiting) });
    }
    // When a scrape of kube-state-metrics ends, or has failed, between two of these, a node would seem to be cordoned no more.
    m_queries.push_back({ Kind::NodesStill, {}, "count(" + told + ")" });
}

std::string PromFleet::memoryOfEach(const std::string& metric) { return std::string("round(sum by (") + gpuLabels + ") (max by (" + gpuLabels + ", GPU_I_ID) (" + metric + " >= 0 <= 16e6)))"; }

std::string PromFleet::memoryTotalOfEach() const
{
    const auto used = anyOf(usedNames), free = anyOf(freeNames), reserved = anyOf(reservedNames);
    if (used.empty() || free.empty())
        return {};
    const auto on = std::string(" + on (") + gpuLabels + ") ";
    const auto total = memoryOfEach(used) + on + memoryOfEach(free);
    return reserved.empty() ? total : "(" + total + on + memoryOfEach(reserved) + " or " + total + ")";
}

std::string PromFleet::utilisationOfEach() const
{
    const auto util = anyOf(utilNames), engine = anyOf(engineNames);
    const auto of = std::string("max by (") + gpuLabels + ") (", next = std::string(" or on (") + gpuLabels + ") ";
    std::string made = util.empty() ? util : "round(" + of + util + " >= 0 <= 100))";
    if (engine.empty())
        return made;
    made += (made.empty() ? "" : next) + "round(100 * " + of + anyOf(engineNames, {}, "{GPU_I_ID=\"\"}") + " >= 0 <= 1))";
    // Of one that is cut, what its instances do by their share of its engines, as DcgmReader has it.
    std::string instances;
    for (const auto& [models, all] : { std::pair("!~", 7), std::pair("=~", 4) })
        for (int slices = 1; slices <= all; ++slices)
            instances += (instances.empty() ? "" : " or ") + std::string("max by (") + gpuLabels + ", GPU_I_ID) (" + anyOf(engineNames, {}, "{GPU_I_ID!=\"\",GPU_I_PROFILE=~\"([0-9]+c[.])?" + std::to_string(slices) + "g.*\",modelName" + models + "\".*(A30|RTX PRO).*\"}")
                + " >= 0 <= 1) * " + std::to_string(slices) + " / " + std::to_string(all);
    return made + next + "round(100 * sum by (" + gpuLabels + ") (" + instances + "))";
}

std::string PromFleet::brokenGpus() const
{
    const std::string of = std::string("max by (") + gpuLabels + ") (";
    std::string made, xids;
    const auto add = [&](Names names, const std::string& selected, const std::string& where) {
        if (const auto metric = anyOf(names, {}, selected); !metric.empty())
            made += (made.empty() ? "" : " or ") + of + metric + ")" + where;
    };
    const auto last = anyOf(xidNames);
    for (int number = 1; number < static_cast<int>(Health::NotReported); ++number)
        if (kindOf(healthAfterXid(number)) != Health::Good)
            xids += (xids.empty() ? "" : "|") + std::to_string(number);
    // Over a range Prometheus loses labels of `count_values by`. A label is compared with all of them at once, a value with one after another; vector(1) has the label of none.
    if (!last.empty())
        made = std::string("(label_replace(count_values without () (\"penstock_xid\", ") + of + last + ")), \"penstock_broken\", \"yes\", \"penstock_xid\", \"" + xids
            + "\") unless on (penstock_broken) vector(1))";
    add(xidCountNames, "{xid=~\"" + xids + "\"}", " > 0");
    add(remapNames, {}, " > 0 < 1000000");
    add(doubleBitNames, {}, " > 0 < 1000000");
    add(watchNames, {}, " >= 20");
    add(recoveryNames, {}, " > 0 < 1000 != 3");
    if (const auto retired = retiredTooMany(); !retired.empty())
        made += (made.empty() ? "" : " or ") + retired;
    return made;
}

std::string PromFleet::retiredTooMany() const
{
    std::string made;
    for (const auto* name : retiredNames)
        if (m_found.contains(name)) {
            const auto pages = std::string("max by (") + gpuLabels + ") (" + name + " < 1000000)";
            made = made.empty() ? pages : "(" + made + " + on (" + gpuLabels + ") " + pages + ") or on (" + gpuLabels + ") " + made + " or on (" + gpuLabels + ") " + pages;
        }
    return made.empty() ? made : "(" + made + ") >= " + std::to_string(mostRetiredPages);
}

std::string PromFleet::heldGpus() const
{
    const auto one = [](const std::string& metric) { return std::string("max by (") + gpuLabels + ") (" + metric + ")"; };
    const auto on = std::string(" on (") + gpuLabels + ") ";
    auto held = one(everyGpu("{GPU_I_ID!=\"\"}"));
    if (m_pods != PromPods::None)
        held += " or" + on + one(everyGpu(m_pods == PromPods::Exported ? "{exported_pod!=\"\"}" : std::string("{") + someonesPod + "}"));
    if (const auto works = utilisationOfEach(); !works.empty())
        held += " or" + on + "((" + works + ") >= 5)";
    if (const auto total = memoryTotalOfEach(); !total.empty()) {
        const auto used = memoryOfEach(anyOf(usedNames));
        held += " or" + on + "(" + used + " * 9 >" + on + memoryOfEach(anyOf(freeNames)) + ")";
        if (m_someTellNoPods)
            held += " or" + on + "((" + used + " >" + on + "((" + total + ") / 50))" + (m_pods == PromPods::None ? std::string() : std::string(" unless on (") + hostLabels + ") (" + toldOfPods() + ")") + ")";
    }
    const auto broken = brokenGpus();
    return "((" + held + ")" + (broken.empty() ? broken : " unless" + on + "(" + broken + ")") + ")";
}

std::string PromFleet::nodeHistoryQuery() const
{
    if (!m_hasNodes)
        return {};
    const auto ofResource = std::string(ofNode) + ", resource", on = std::string(" on (") + ofNode + ") ";
    const auto offered = "max by (" + ofResource + ") (" + byNode(std::string("kube_node_status_capacity{resource=~\"") + resources + "\"} > 0") + ")";
    const auto told = m_pods == PromPods::None ? std::string() : " unless" + on + byHost(toldOfPods());
    std::string value = offered + " * " + std::to_string(offeredIn);
    if (!m_heldPods.empty())
        value += " + on (" + ofResource + ") (sum by (" + ofResource + ") (" + byNode(m_heldPods) + ") * " + std::to_string(heldIn) + (m_identity.empty() ? std::string() : told) + " or on (" + ofResource + ") 0 * " + offered + ")";
    const auto add = [&](const std::string& gpus, std::uint64_t in) { value = "(" + value + ") +" + on + "group_left () (count by (" + ofNode + ") (" + gpus + ") * " + std::to_string(in) + " or 0 * max by (" + ofNode + ") (" + offered + "))"; };
    if (!m_identity.empty()) {
        add(byHost(std::string("max by (") + gpuLabels + ") (" + everyGpu() + ")"), shownIn);
        if (m_someTellNoPods)
            add(byHost(heldGpus()) + told, 1);
    }
    std::string labels;
    for (const auto key : kubeNodeLabels)
        labels += (labels.empty() ? "" : ", ") + sanitised(key);
    const bool hasLabels = m_found.contains("kube_node_labels");
    const auto known = std::string("max by (") + ofNode + ") (" + byNode("kube_node_info") + ")";
    const auto kinds = hasLabels ? std::string("max by (") + ofNode + ", " + labels + ") (" + byNode("kube_node_labels") + ") or" + on + known : known;
    return std::string("count_values without (") + ofNode + ") (\"penstock_counts\", (" + value + ") *" + on + "group_left (" + (hasLabels ? labels : std::string()) + ") (" + kinds + "))";
}

PromFleet::NodeThen PromFleet::nodeThen(const std::map<std::string, std::string>& labels) const
{
    KubeNode node;
    node.ready = true;
    double written = 0;
    std::string resource;
    for (const auto& [key, text] : labels) {
        if (isSame(key, "penstock_counts"))
            written = numberOf(text);
        if (isSame(key, "resource"))
            resource = resourceOf(text);
        for (const auto known : kubeNodeLabels)
            if (isSame(key, sanitised(known)) && !text.empty())
                node.labels[std::string(known)] = text;
    }
    if (!(written >= 0 && written < 9e15))
        return {};
    const auto counts = static_cast<std::uint64_t>(written);
    node.capacity[resource] = static_cast<std::uint32_t>(counts / offeredIn);
    node.allocatable = node.capacity;
    const auto shown = static_cast<std::uint32_t>(counts % heldIn / shownIn), used = static_cast<std::uint32_t>(counts % shownIn);
    const KubeGpuNode its(node, *m_catalogue);
    KubeGpuNode::Held pods;
    its.hold(pods, {}, { { resource, static_cast<std::uint32_t>(counts % offeredIn / heldIn) } });
    const auto facts = its.holding(pods);
    std::uint32_t held = 0;
    for (const auto& [workload, gpus] : facts.held)
        held += gpus;
    // As the fleet shows them: those of a node that are shown are counted elsewhere, but for those that fell off the bus.
    if (shown == 0)
        return { facts.capacity, held + facts.cut };
    return { static_cast<std::uint32_t>(DcgmFleet::fallenOff(facts, shown)), std::max(std::min(held, shown), used) };
}

std::vector<std::pair<std::string, std::string>> PromFleet::historyQueries() const
{
    if (m_identity.empty())
        return {};
    const auto one = [](const std::string& metric) { return std::string("max by (") + gpuLabels + ") (" + metric + ")"; };
    const auto on = std::string(" on (") + gpuLabels + ") ";
    std::vector<std::pair<std::string, std::string>> made { { "gpus", "count(" + one(everyGpu()) + ")" } };
    auto held = heldGpus();
    // Of nodes whose exporters tell no pods Kubernetes does: they are counted with it.
    if (m_hasNodes && m_someTellNoPods)
        held = byHost(held) + " unless on (" + ofNode + ") (" + byNode("kube_node_info") + (m_pods == PromPods::None ? std::string() : std::string(" unless on (") + ofNode + ") " + byHost(toldOfPods())) + ")";
    if (m_pods != PromPods::None || !utilisationOfEach().empty() || !memoryTotalOfEach().empty())
        made.emplace_back("held", "count(" + held + ") or 0 * " + made.front().second);
    const auto add = [&](const char* name, Names names, const std::string& before) {
        if (const auto metric = anyOf(names); !metric.empty())
            made.emplace_back(name, before + "(" + one(metric + " >= 0 < 16e6") + ")");
    };
    if (const auto used = utilisationOfEach(); !used.empty())
        made.emplace_back("utilisation_mean_pct", "avg(" + used + ")");
    if (const auto metric = anyOf(usedNames); !metric.empty())
        made.emplace_back("memory_used_gib", std::string("sum(max by (") + gpuLabels + ", GPU_I_ID) (" + metric + " >= 0 < 16e6)) / 1024");
    add("power_w", powerNames, "sum");
    add("temperature_max_c", temperatureNames, "max");
    return made;
}

std::vector<std::string> PromFleet::missing() const
{
    auto made = m_fleet.lacks();
    // Of GPUs that are counted, or none: what no series tells.
    if (m_byNode || m_identity.empty()) {
        DcgmCoverage store;
        store.add(metricsFound());
        if (const auto all = m_details.counts.find("gpus"); m_byNode && all != m_details.counts.end()) {
            store.gpus = countOf(all->second);
            for (std::size_t i = 0; i < figures.size(); ++i) {
                const auto lacking = m_details.counts.find("lacks " + std::to_string(i));
                store.measured[i] = anyOf(figures[i]).empty() ? 0 : store.gpus - (lacking == m_details.counts.end() ? 0 : std::min(store.gpus, countOf(lacking->second)));
            }
        }
        made = store.lacks();
    }
    if (m_byNode)
        made.emplace_back("single GPUs (the store counts those of each node: what is shown of one is the mean of those beside it with the same workload and state, and percentiles are of these means; GPUs that need a look are asked for one by one)");
    if (m_leavesNodes)
        return made;
    if (!m_hasNodes)
        made.emplace_back("kube_node_info and kube_node_status_capacity (providers, cordons, nodes without an exporter)");
    else if (!m_found.contains("kube_pod_container_resource_requests"))
        made.emplace_back("kube_pod_container_resource_requests (pending demand)");
    return made;
}

std::bitset<dcgmMetricCount> PromFleet::metricsFound() const
{
    std::bitset<dcgmMetricCount> made;
    for (const auto& [name, series] : m_found)
        if (const auto metric = dcgmMetricOf(name))
            made.set(static_cast<std::size_t>(*metric));
    return made;
}

void PromFleet::setVersion(std::string version)
{
    m_version = std::move(version);
    if (!m_leavesNodes)
        m_fleet.setSource(m_version, missing());
}

void PromFleet::begin()
{
    m_reader.begin();
    m_line = 0;
    m_nodes.clear();
    m_groups.clear();
    m_groupOf.clear();
    m_modelMemory.clear();
    m_singled.clear();
    m_namesThem = true;
    if (m_counts)
        m_counts->begin();
    m_working.clear();
    m_known.clear();
    m_nodeSeries = m_nodeSeriesStill = 0;
    m_hostsOfPods.clear();
    m_held.clear();
    m_pending.clear();
    m_service.clear();
    m_observed.reset();
    m_down.clear();
    m_nodesDown.clear();
    m_nodesFailed = m_pendingFailed = m_serviceFailed = false;
}

KubeNode& PromFleet::node(std::span<const PromLabel> labels)
{
    const auto [found, isNew] = m_nodes.try_emplace({ std::string(label(labels, "cluster")), std::string(kubeLabel(labels, "node")) });
    if (isNew)
        found->second.ready = true; // unless the store tells otherwise
    return found->second;
}

DcgmGroup& PromFleet::group(std::span<const PromLabel> labels)
{
    std::string key;
    for (const auto* name : { "cluster", "Hostname", "modelName", "penstock_state", "exported_namespace", "exported_pod", "namespace", "pod" })
        key.append(label(labels, name)).push_back('\0');
    const auto [found, isNew] = m_groupOf.try_emplace(std::move(key), m_groups.size());
    if (!isNew)
        return m_groups[found->second];
    const auto state = label(labels, "penstock_state"), nameSpace = label(labels, m_pods == PromPods::Exported ? "exported_namespace" : "namespace");
    return m_groups.emplace_back(DcgmGroup { .cluster = std::string(label(labels, "cluster")), .host = std::string(label(labels, "Hostname")), .model = std::string(label(labels, "modelName")),
        .workload = m_fleet.workloadOf(std::string(nameSpace), std::string(label(labels, m_pods == PromPods::Exported ? "exported_pod" : "pod"))),
        .state = state == "busy" ? GpuState::Busy : state == "idle" ? GpuState::Idle : state == "free" || state == "unused" ? GpuState::Free : GpuState::Unknown, .tellsPods = state == "free" || !nameSpace.empty() });
}

Result<> PromFleet::take(const PromQuery& query, std::span<const PromLabel> labels, double value)
{
    if (!m_caseless)
        return takeSpelled(query, labels, value);
    std::vector<std::string> texts;
    texts.reserve(labels.size());
    std::vector<PromLabel> folded;
    for (const auto& [name, text] : labels) {
        auto& made = texts.emplace_back(text);
        std::ranges::transform(made, made.begin(), [](unsigned char it) { return static_cast<char>(std::tolower(it)); });
        if (isSame(name, "UUID") && made.starts_with("gpu-"))
            made.replace(0, 3, "GPU");
        folded.emplace_back(name, made);
    }
    return takeSpelled(query, folded, value);
}

Result<> PromFleet::takeSpelled(const PromQuery& query, std::span<const PromLabel> labels, double value)
{
    switch (query.kind) {
    case Kind::Gpu: {
        m_text.clear();
        // Where labels are not renamed, one that nobody holds carries the pod of its exporter. One without any pod is of an exporter that tells none.
        const auto pod = label(labels, "pod");
        const bool own = m_pods == PromPods::Exported || pod.empty() || pod.find("dcgm") != std::string_view::npos;
        for (const auto& [key, text] : labels)
            if (const auto name = spelled(key); name != "__name__" && !(own && (name == "pod" || name == "namespace" || name == "container")) && !(m_leavesNodes && name == "cluster"))
                append(m_text, name, text);
        // So that a GPU which nobody holds is free, however its clock ticks.
        if (m_pods != PromPods::None && own && !pod.empty() && label(labels, "exported_pod").empty())
            append(m_text, "pod", {});
        return m_reader.take(query.metric, m_text, value, ++m_line);
    }
    case Kind::Group: {
        auto& it = group(labels);
        const auto summed = [&] { return DcgmGroup::Sum { std::fmod(value, eachValue), static_cast<std::uint32_t>(value / eachValue) }; };
        const auto figure = std::ranges::find(figureNames, label(labels, figureLabel));
        switch (static_cast<PromQuery::Figure>(figure - figureNames.begin())) {
        case PromQuery::Figure::Count:
            it.gpus = countOf(value);
            it.unwatched = tellsHealth(metricsFound()) ? 0 : it.gpus;
            break;
        case PromQuery::Figure::Unwatched: it.unwatched = countOf(value); break;
        case PromQuery::Figure::Utilisation: it.utilisation = summed(); break;
        case PromQuery::Figure::Memory: it.memory = summed(); break;
        case PromQuery::Figure::Power: it.power = summed(); break;
        case PromQuery::Figure::Temperature: it.temperature = summed(); break;
        case PromQuery::Figure::Hottest: it.hottest = value; break;
        }
        break;
    }
    case Kind::Count:
    case Kind::CountLess:
        if (m_counts && query.kind == Kind::Count)
            m_counts->take(labels, value);
        else if (m_counts)
            m_counts->takeOut(labels, value);
        break;
    case Kind::Single:
        if (!labels.empty()) {
            m_singled.emplace_back(label(labels, "UUID"));
            m_namesThem = m_namesThem && std::ranges::any_of(labels, [](const PromLabel& it) { return it.first == "UUID"; });
        }
        break;
    case Kind::Working: {
        const auto uuid = label(labels, "UUID");
        m_working.insert(!uuid.empty() ? std::string(uuid) : std::string(label(labels, "Hostname")) + "/" + std::string(label(labels, "gpu")));
        break;
    }
    case Kind::Down: m_down.emplace(label(labels, "instance")); break;
    case Kind::NodesDown: m_nodesDown.emplace(label(labels, "instance")); break;
    case Kind::ModelMemory: m_modelMemory[std::string(label(labels, "modelName"))] = countOf(value); break;
    case Kind::Observed: m_observed = Time(std::chrono::duration_cast<Time::duration>(std::chrono::duration<double>(std::clamp(value, 0.0, 4e9)))); break;
    case Kind::Node:
        m_known.insert({ std::string(label(labels, "cluster")), std::string(kubeLabel(labels, "node")) });
        node(labels).providerId = label(labels, "provider_id");
        ++m_nodeSeries;
        break;
    case Kind::NodesStill: m_nodeSeriesStill = value; break;
    case Kind::PodHost: m_hostsOfPods[std::string(kubeLabel(labels, "pod"))] = kubeLabel(labels, "node"); break;
    case Kind::Cordoned: node(labels).unschedulable = true; break;
    case Kind::NotReady: node(labels).ready = false; break;
    case Kind::Taint:
        if (keepsAllAway(label(labels, "key")))
            node(labels).keptFree = true;
        break;
    case Kind::Capacity: node(labels).capacity[resourceOf(label(labels, "resource"))] = countOf(value); break;
    case Kind::Allocatable: node(labels).allocatable[resourceOf(label(labels, "resource"))] = countOf(value); break;
    case Kind::NodeLabels: {
        auto& its = node(labels).labels;
        for (const auto key : kubeNodeLabels)
            if (const auto text = label(labels, sanitised(key)); !text.empty())
                its[std::string(key)] = text;
        break;
    }
    case Kind::Held:
        m_held[{ { std::string(label(labels, "cluster")), std::string(kubeLabel(labels, "node")) }, m_fleet.workloadOf(std::string(kubeLabel(labels, "namespace")), {}) }][resourceOf(label(labels, "resource"))] += countOf(value);
        break;
    case Kind::Pending: m_pending[m_fleet.workloadOf(std::string(kubeLabel(labels, "namespace")), {})][resourceOf(label(labels, "resource"))] += countOf(value); break;
    case Kind::Service: {
        InferenceServer server { std::string(label(labels, "cluster")), std::string(label(labels, "namespace")), std::string(label(labels, "pod")), std::string(label(labels, "model_name")) };
        if (server.cluster.empty() || m_leavesNodes)
            server.cluster = m_cluster;
        if (server.model.empty())
            server.model = label(labels, "model");
        m_service.add(*query.service, server, numberOf(label(labels, query.service->isSummary() ? "quantile" : "le")), value);
        break;
    }
    }
    return {};
}

void PromFleet::describeNodes(Time observed)
{
    const bool tellsHeld = std::ranges::any_of(m_queries, [](const PromQuery& it) { return it.kind == Kind::Held; });
    DcgmNodes made;
    for (auto& [key, node] : m_nodes) {
        // What is told of a node that does not exist any more is old.
        if (!m_known.contains(key))
            continue;
        const bool tellsOffer = !node.allocatable.empty();
        if (!tellsOffer)
            node.allocatable = node.capacity;
        const KubeGpuNode its(node, *m_catalogue);
        KubeGpuNode::Held held;
        for (auto it = m_held.lower_bound({ key, {} }); it != m_held.end() && it->first.first == key; ++it) {
            its.hold(held, it->first.second, it->second);
            m_needed[it->first.second] += its.gpusOf(it->second);
        }
        auto& facts = made.emplace(key, its.holding(held)).first->second;
        facts.silent = facts.silent || !tellsHeld;
        if (!tellsOffer)
            facts.schedulable.reset();
    }
    keepLost(made, observed);
    m_described = made;
    m_fleet.describe(std::move(made), observed);
}

void PromFleet::keepLost(DcgmNodes& nodes, Time at)
{
    std::set<std::string> told, measured;
    for (const auto& [key, facts] : nodes)
        told.insert(key.first);
    for (const auto& gpu : m_reader.gpus())
        if (gpu.answer == m_reader.answers())
            measured.insert(gpu.host);
    std::map<std::string, Time> since;
    for (auto& [key, facts] : m_described)
        if (!told.contains(key.first)) {
            const auto known = m_lostSince.find(key.first);
            since.emplace(key.first, known == m_lostSince.end() ? at : known->second);
        }
    // A cluster whose exporters have gone as well, while others are told of, is given up.
    for (auto it = since.begin(); it != since.end();) {
        const bool isMeasured = std::ranges::any_of(m_described, [&](const auto& node) { return node.first.first == it->first && measured.contains(node.first.second); });
        it = !told.empty() && !isMeasured && at - it->second > vanished ? since.erase(it) : std::next(it);
    }
    m_lostSince = std::move(since);
    for (auto& [key, facts] : m_described)
        if (m_lostSince.contains(key.first)) {
            facts.silent = true;
            nodes.insert({ key, facts });
        }
}

std::set<std::string> PromFleet::lostClusters() const
{
    std::set<std::string> made;
    for (const auto& [cluster, since] : m_lostSince)
        made.insert(cluster);
    return made;
}

void PromFleet::failed(const PromQuery& query)
{
    constexpr std::array ofNodes { Kind::Node, Kind::Cordoned, Kind::NotReady, Kind::Taint, Kind::Capacity, Kind::Allocatable, Kind::Held, Kind::NodeLabels, Kind::NodesStill };
    m_nodesFailed = m_nodesFailed || std::ranges::find(ofNodes, query.kind) != ofNodes.end();
    m_pendingFailed = m_pendingFailed || query.kind == Kind::Pending;
    m_serviceFailed = m_serviceFailed || query.kind == Kind::Service;
}

void PromFleet::commit(Time at)
{
    m_reader.commit();
    const auto observed = std::min(m_observed.value_or(at), at);
    m_needed.clear();
    const bool tellsNodes = m_hasNodes && !m_nodesFailed && m_nodeSeries == m_nodeSeriesStill;
    if (tellsNodes)
        describeNodes(observed);
    // Pods that have gone are none of hosts that are measured.
    if (!m_hostsOfPods.empty())
        m_fleet.setHostsOfPods(m_hostsOfPods);
    if (m_byNode && m_counts)
        m_groups = m_counts->groups([this](const std::string& nameSpace, const std::string& pod) { return m_fleet.workloadOf(nameSpace, pod); });
    if (m_byNode)
        m_fleet.answeredByNode(m_reader, m_groups, m_modelMemory, m_working, observed);
    else
        m_fleet.answered(0, m_reader, observed);
    setVersion(std::move(m_version)); // what is missing may be another thing now
    tellDemand(tellsNodes, observed);
}

void PromFleet::tellDemand(bool tellsNodes, Time observed)
{
    // A scrape that fails is no end of demand.
    const bool isAway = m_known.empty() && std::ranges::any_of(m_lostSince, [&](const auto& it) { return observed - it.second < vanished; });
    if (tellsNodes && !m_pendingFailed && !isAway) {
        std::map<std::string, std::pair<std::uint32_t, std::uint32_t>> byWorkload; ///< needed, unmet
        for (const auto& [workload, gpus] : m_needed)
            byWorkload[workload].first += wholeGpus(gpus);
        for (const auto& [workload, asked] : m_pending) {
            const auto gpus = wholeGpus(gpusAnywhere(asked));
            auto& it = byWorkload[workload];
            it.first += gpus;
            it.second += gpus;
        }
        m_told.demand.clear();
        for (const auto& [workload, gpus] : byWorkload)
            if (!workload.empty())
                m_told.demand.push_back({ .workload = workload, .requestsPerSecond = {}, .gpusNeeded = gpus.first, .gpusUnmet = gpus.second });
    }
    if (!m_serviceFailed)
        m_told.service = m_service.levels([this](const InferenceServer& it) {
            auto name = m_fleet.workloadOf(it.nameSpace, it.pod, { { "model_name", it.model } });
            return name.empty() ? it.model : name;
        });
    m_told.observed = observed;
    // What has ended is told as well, or it would stay for ever.
    m_tellsDemand = m_tellsDemand || !m_told.demand.empty() || !m_told.service.empty();
    m_hasNews = m_tellsDemand;
}

std::vector<Frame> PromFleet::frames(Time now)
{
    auto made = m_fleet.frames(now);
    if (std::exchange(m_hasNews, false))
        made.emplace_back(m_told);
    return made;
}

} // namespace penstock
