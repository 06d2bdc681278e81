// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dcgm/dcgmreader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "exposition/exposition.h"
#include "fleet/xid.h"

namespace penstock {

namespace {

    /// Blanks of DCGM, "not found", "not supported", "not permitted" as the types of its fields print them (dcgm_structs.h).
    bool isBlankValue(double value) { return std::isnan(value) || std::abs(value) >= 140737488355328.0 || (value >= 2147483632.0 && value <= 2147483647.0); }

    /// All names that exporters have used: of today, of DCGM 4.6, and of the exporter 1.x.
    constexpr std::array<std::pair<std::string_view, DcgmMetric>, 31> names { {
        { "DCGM_EXP_GPU_HEALTH_STATUS", DcgmMetric::HealthStatus },
        { "DCGM_EXP_XID_ERRORS_COUNT", DcgmMetric::XidCount },
        { "DCGM_FI_DEV_BOARD_POWER_WATTS", DcgmMetric::Power },
        { "DCGM_FI_DEV_CLOCKS_EVENT_REASONS", DcgmMetric::ClockEvents },
        { "DCGM_FI_DEV_CLOCK_THROTTLE_REASONS", DcgmMetric::ClockEvents },
        { "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", DcgmMetric::DoubleBitErrors },
        { "DCGM_FI_DEV_FB_FREE", DcgmMetric::MemoryFree },
        { "DCGM_FI_DEV_FB_RESERVED", DcgmMetric::MemoryReserved },
        { "DCGM_FI_DEV_FB_USED", DcgmMetric::MemoryUsed },
        { "DCGM_FI_DEV_GET_GPU_RECOVERY_ACTION", DcgmMetric::RecoveryAction },
        { "DCGM_FI_DEV_GPU_RECOVERY_ACTION", DcgmMetric::RecoveryAction },
        { "DCGM_FI_DEV_GPU_TEMP", DcgmMetric::Temperature },
        { "DCGM_FI_DEV_GPU_UTIL", DcgmMetric::Utilisation },
        { "DCGM_FI_DEV_GPU_UTIL_RATIO", DcgmMetric::Utilisation },
        { "DCGM_FI_DEV_POWER_USAGE", DcgmMetric::Power },
        { "DCGM_FI_DEV_RETIRED_DBE", DcgmMetric::RetiredDoubleBit },
        { "DCGM_FI_DEV_RETIRED_PENDING", DcgmMetric::RetiredPending },
        { "DCGM_FI_DEV_RETIRED_SBE", DcgmMetric::RetiredSingleBit },
        { "DCGM_FI_DEV_ROW_REMAP_FAILURE", DcgmMetric::RowRemapFailure },
        { "DCGM_FI_DEV_ROW_REMAP_PENDING", DcgmMetric::RowRemapPending },
        { "DCGM_FI_DEV_XID_ERROR", DcgmMetric::Xid },
        { "DCGM_FI_DEV_XID_ERRORS", DcgmMetric::Xid },
        { "DCGM_FI_PROF_GR_ENGINE_ACTIVE", DcgmMetric::EngineActive },
        { "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO", DcgmMetric::EngineActive },
        { "dcgm_ecc_dbe_volatile_total", DcgmMetric::DoubleBitErrors },
        { "dcgm_fb_free", DcgmMetric::MemoryFree },
        { "dcgm_fb_used", DcgmMetric::MemoryUsed },
        { "dcgm_gpu_temp", DcgmMetric::Temperature },
        { "dcgm_gpu_utilization", DcgmMetric::Utilisation },
        { "dcgm_power_usage", DcgmMetric::Power },
        { "dcgm_xid_errors", DcgmMetric::Xid },
    } };

    using Metrics = std::bitset<dcgmMetricCount>;
    constexpr Metrics only(DcgmMetric metric) { return 1ULL << static_cast<unsigned>(metric); }

    /// What users miss, and the metrics that each tell it.
    struct Figure
    {
        DcgmMetric metric;
        DcgmMetric instead; ///< the same where there is no other
        std::string_view unknownWithout;
    };
    constexpr std::array<Figure, DcgmCoverage::figures> looked { {
        { DcgmMetric::MemoryUsed, DcgmMetric::MemoryUsed, "memory used" },
        { DcgmMetric::MemoryFree, DcgmMetric::MemoryFree, "memory of a GPU" },
        { DcgmMetric::Utilisation, DcgmMetric::EngineActive, "utilisation" },
        { DcgmMetric::Temperature, DcgmMetric::Temperature, "temperature" },
        { DcgmMetric::Power, DcgmMetric::Power, "power" },
        { DcgmMetric::Xid, DcgmMetric::XidCount, "GPU errors" },
        { DcgmMetric::RowRemapFailure, DcgmMetric::RowRemapFailure, "failed row remaps" },
        { DcgmMetric::DoubleBitErrors, DcgmMetric::DoubleBitErrors, "uncorrectable memory errors that no XID tells" },
        { DcgmMetric::ClockEvents, DcgmMetric::ClockEvents, "throttling" },
    } };

    /// The clocks are cut by half or more: hardware slowdown, thermal slowdown, power brake.
    constexpr std::uint64_t throttling = 0x8 | 0x40 | 0x80;
    constexpr std::uint64_t warm = 0x20;
    /// XIDs by which drivers tell the same.
    constexpr int remapRecorded = 63, recoveryChanged = 154;

    /// Engines that a profile of MIG has of those of its GPU: "1g.5gb" and "1c.1g.5gb" a seventh, of models with four a quarter.
    double shareOf(std::string_view profile, std::string_view model)
    {
        const auto end = profile.find('g');
        if (end == std::string_view::npos)
            return DcgmGpu::none;
        const auto begin = profile.substr(0, end).find_last_not_of("0123456789") + 1;
        unsigned slices = 0;
        std::from_chars(profile.data() + begin, profile.data() + end, slices);
        const auto all = model.find("A30") != std::string_view::npos || model.find("RTX PRO") != std::string_view::npos ? 4U : 7U;
        return slices == 0 || slices > all ? DcgmGpu::none : static_cast<double>(slices) / all;
    }

    std::optional<std::uint32_t> whole(double value, double least, double greatest)
    {
        return value >= least && value <= greatest ? std::optional(static_cast<std::uint32_t>(std::lround(value))) : std::nullopt;
    }

} // namespace

std::optional<DcgmMetric> dcgmMetricOf(std::string_view name)
{
    if (!name.starts_with("DCGM_") && !name.starts_with("dcgm_"))
        return std::nullopt;
    const auto found = std::ranges::lower_bound(names, name, {}, &std::pair<std::string_view, DcgmMetric>::first);
    return found != names.end() && found->first == name ? std::optional(found->second) : std::nullopt;
}

bool tellsHealth(std::bitset<dcgmMetricCount> known)
{
    return std::ranges::any_of(std::array { DcgmMetric::Xid, DcgmMetric::XidCount, DcgmMetric::DoubleBitErrors, DcgmMetric::RowRemapFailure, DcgmMetric::RecoveryAction, DcgmMetric::HealthStatus },
        [&](DcgmMetric it) { return known.test(static_cast<std::size_t>(it)); });
}

void DcgmCoverage::add(std::bitset<dcgmMetricCount> shown)
{
    ++gpus;
    for (std::size_t i = 0; i < figures; ++i)
        measured[i] += (shown & (only(looked[i].metric) | only(looked[i].instead))).any();
}

DcgmCoverage& DcgmCoverage::operator+=(const DcgmCoverage& other)
{
    gpus += other.gpus;
    for (std::size_t i = 0; i < figures; ++i)
        measured[i] += other.measured[i];
    return *this;
}

std::vector<std::string> DcgmCoverage::lacks() const
{
    std::vector<std::string> made;
    for (std::size_t i = 0; i < figures; ++i)
        if (measured[i] < gpus)
            made.push_back(std::string(name(looked[i].metric)) + " (" + std::string(looked[i].unknownWithout)
                + (measured[i] > 0 ? ", on " + std::to_string(gpus - measured[i]) + " of " + std::to_string(gpus) + " GPUs)" : ")"));
    return made;
}

std::string_view name(DcgmMetric metric)
{
    switch (metric) {
    case DcgmMetric::Utilisation: return "DCGM_FI_DEV_GPU_UTIL";
    case DcgmMetric::EngineActive: return "DCGM_FI_PROF_GR_ENGINE_ACTIVE";
    case DcgmMetric::Temperature: return "DCGM_FI_DEV_GPU_TEMP";
    case DcgmMetric::Power: return "DCGM_FI_DEV_POWER_USAGE";
    case DcgmMetric::MemoryUsed: return "DCGM_FI_DEV_FB_USED";
    case DcgmMetric::MemoryFree: return "DCGM_FI_DEV_FB_FREE";
    case DcgmMetric::MemoryReserved: return "DCGM_FI_DEV_FB_RESERVED";
    case DcgmMetric::Xid: return "DCGM_FI_DEV_XID_ERRORS";
    case DcgmMetric::XidCount: return "DCGM_EXP_XID_ERRORS_COUNT";
    case DcgmMetric::DoubleBitErrors: return "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL";
    case DcgmMetric::RowRemapFailure: return "DCGM_FI_DEV_ROW_REMAP_FAILURE";
    case DcgmMetric::ClockEvents: return "DCGM_FI_DEV_CLOCKS_EVENT_REASONS";
    case DcgmMetric::RecoveryAction: return "DCGM_FI_DEV_GET_GPU_RECOVERY_ACTION";
    case DcgmMetric::HealthStatus: return "DCGM_EXP_GPU_HEALTH_STATUS";
    case DcgmMetric::RowRemapPending: return "DCGM_FI_DEV_ROW_REMAP_PENDING";
    case DcgmMetric::RetiredPending: return "DCGM_FI_DEV_RETIRED_PENDING";
    case DcgmMetric::RetiredSingleBit: return "DCGM_FI_DEV_RETIRED_SBE";
    case DcgmMetric::RetiredDoubleBit: return "DCGM_FI_DEV_RETIRED_DBE";
    }
    std::unreachable();
}

bool DcgmGpu::hasBusyInstance() const
{
    return std::ranges::any_of(instances, [](const Instance& it) { return it.engine >= 0.05; });
}

bool DcgmGpu::isWarm() const { return (whole(value(DcgmMetric::ClockEvents), 0, 4e9).value_or(0) & warm) != 0; }

std::uint32_t DcgmGpu::memoryTotal() const
{
    const double used = value(DcgmMetric::MemoryUsed), free = value(DcgmMetric::MemoryFree), reserved = value(DcgmMetric::MemoryReserved);
    // Exporters before 3.1 had the reserved part in the used one.
    const auto total = whole(used + free + (std::isnan(reserved) ? 0 : reserved), 1, 16e6);
    return total.value_or(0);
}

GpuSample DcgmGpu::measured() const
{
    GpuSample made;
    double engine = value(DcgmMetric::EngineActive), memory = value(DcgmMetric::MemoryUsed);
    // Where there are series of the GPU itself, those of its instances are in them.
    for (double ofEngines = 0, ofMemory = 0; const auto& it : instances) {
        if (std::isnan(value(DcgmMetric::EngineActive)))
            engine = ofEngines += it.engine * it.share;
        if (std::isnan(value(DcgmMetric::MemoryUsed)))
            memory = ofMemory += it.memoryUsed;
    }
    if (const auto util = whole(value(DcgmMetric::Utilisation), 0, 100))
        made.utilisation = static_cast<std::uint8_t>(*util);
    else if (const auto active = whole(engine * 100, 0, 100))
        made.utilisation = static_cast<std::uint8_t>(*active);
    if (const auto temperature = whole(value(DcgmMetric::Temperature), 0, 254))
        made.temperature = static_cast<std::uint8_t>(*temperature);
    if (const auto power = whole(value(DcgmMetric::Power) * 10, 0, 65534))
        made.power = static_cast<std::uint16_t>(*power);
    if (const auto used = whole(memory, 0, 16e6))
        made.memoryUsed = *used;
    auto known = shown;
    for (std::size_t i = 0; i < dcgmMetricCount; ++i) // a count of no XID is no value, and says all the same that there is none
        if (std::isnan(values[i]) && i != static_cast<std::size_t>(DcgmMetric::XidCount))
            known.reset(i);
    if (tellsHealth(known))
        made.health = Health::Good;
    if (whole(value(DcgmMetric::ClockEvents), 0, 4e9).value_or(0) & throttling)
        made.health = Health::Throttled;
    // 3 asks for a drain of its peer connections only.
    const auto action = whole(value(DcgmMetric::RecoveryAction), 0, 100).value_or(0);
    if ((action != 0 && action != 3) || value(DcgmMetric::HealthStatus) >= 20)
        made.health = Health::Xid;
    if (value(DcgmMetric::DoubleBitErrors) > 0)
        made.health = Health::Ecc;
    const double singleBit = value(DcgmMetric::RetiredSingleBit), doubleBit = value(DcgmMetric::RetiredDoubleBit);
    const double retired = (std::isnan(singleBit) ? 0 : singleBit) + (std::isnan(doubleBit) ? 0 : doubleBit);
    if (value(DcgmMetric::RowRemapFailure) > 0 || retired >= mostRetiredPages)
        made.health = Health::RowRemapFailure;
    for (const auto metric : { DcgmMetric::XidCount, DcgmMetric::Xid })
        if (const auto after = healthAfterXid(static_cast<int>(whole(value(metric), 0, 1e6).value_or(0))); kindOf(after) != Health::Good || (after != Health::Good && made.health == Health::Good))
            made.health = after;
    if (made.health == Health::Good || made.health == Health::NotReported) {
        if (value(DcgmMetric::RowRemapPending) > 0 || value(DcgmMetric::RetiredPending) > 0)
            made.health = healthAfterXid(remapRecorded);
        else if (action == 3)
            made.health = healthAfterXid(recoveryChanged);
    }
    return made;
}

Result<DcgmReader::Block> DcgmReader::parse(std::string_view labels, std::size_t line)
{
    Block block;
    std::string uuid, index, host, model, cluster, driver, pod, nameSpace, container, profile, text;
    bool exported = false;
    LabelReader reader(labels);
    for (std::string_view name; reader.next(name, text);) {
        if (name == "UUID" || name == "uuid" || name == "gpu_uuid")
            uuid = text;
        else if (name == "gpu")
            index = text;
        else if (name == "Hostname" || name == "hostname")
            host = text;
        else if (name == "modelName" || name == "model_name")
            model = text;
        else if (name == "cluster")
            cluster = text;
        else if (name == "DCGM_FI_DRIVER_VERSION")
            driver = text;
        else if (name == "GPU_I_ID")
            block.instance = text;
        else if (name == "GPU_I_PROFILE")
            profile = text;
        else if (name == "xid")
            (void)std::from_chars(text.data(), text.data() + text.size(), block.xid);
        else if (name == "pod" || name == "pod_name" || name == "exported_pod" || name == "namespace" || name == "pod_namespace" || name == "exported_namespace"
            || name == "container" || name == "container_name" || name == "exported_container") {
            m_tellsPods = block.namesPods = true;
            // Behind a Prometheus the plain names are those of the exporter's own pod.
            const bool isExported = name.starts_with("exported_");
            auto& part = name.find("namespace") != std::string_view::npos ? nameSpace : name.find("pod") != std::string_view::npos ? pod : container;
            if (isExported && !exported) {
                exported = true;
                pod.clear();
                nameSpace.clear();
                container.clear();
            }
            if (isExported == exported)
                part = text;
        }
    }
    if (reader.isWrong())
        return fail(Error::Kind::Invalid, "labels that are none", "line " + std::to_string(line));
    const auto id = !uuid.empty() ? uuid : host.empty() && index.empty() ? std::string() : host + "/" + index;
    if (!id.empty()) {
        auto& gpu = m_byId[id];
        if (!gpu) {
            gpu = &m_gpus.emplace_back();
            std::ranges::fill(gpu->values, DcgmGpu::none);
            gpu->uuid = std::move(uuid);
            gpu->index = std::move(index);
        }
        if (!host.empty() || gpu->host.empty())
            gpu->host = std::move(host);
        if (!cluster.empty())
            gpu->cluster = std::move(cluster);
        if (!model.empty())
            gpu->model = std::move(model);
        if (!driver.empty())
            gpu->driver = std::move(driver);
        block.gpu = gpu;
        block.share = shareOf(profile, gpu->model);
        block.pod = std::move(pod);
        block.nameSpace = std::move(nameSpace);
        block.container = std::move(container);
    }
    return block;
}

Result<DcgmReader::Block*> DcgmReader::blockOf(std::string_view labels, std::size_t line)
{
    // Exporters write the GPUs in the same order for each metric.
    if (m_expected < m_blocks.size() && m_blocks[m_expected].text == labels)
        return &m_blocks[m_expected++];
    if (const auto found = m_byText.find(labels); found != m_byText.end()) {
        m_expected = found->second->number + 1;
        return found->second;
    }
    auto block = parse(labels, line);
    if (!block)
        return std::unexpected(block.error());
    block->text = labels;
    block->number = m_blocks.size();
    auto& kept = m_blocks.emplace_back(std::move(*block));
    m_byText.emplace(kept.text, &kept);
    m_expected = m_blocks.size();
    return &kept;
}

void DcgmReader::apply(const Taken& taken)
{
    auto& gpu = *taken.block->gpu;
    if (gpu.answer != m_answers) {
        gpu.answer = m_answers;
        std::ranges::fill(gpu.values, DcgmGpu::none);
        gpu.shown.reset();
        gpu.pod.clear();
        gpu.nameSpace.clear();
        gpu.container.clear();
        gpu.namesPods = false;
        gpu.instances.clear();
    }
    gpu.namesPods = gpu.namesPods || taken.block->namesPods;
    if (gpu.pod.empty() && !taken.block->pod.empty()) {
        gpu.pod = taken.block->pod;
        gpu.nameSpace = taken.block->nameSpace;
        gpu.container = taken.block->container;
    }
    gpu.shown.set(static_cast<std::size_t>(taken.metric));
    auto* value = &gpu.values[static_cast<std::size_t>(taken.metric)];
    if (!taken.block->instance.empty()) {
        auto instance = std::ranges::find(gpu.instances, taken.block->instance, &DcgmGpu::Instance::id);
        if (instance == gpu.instances.end())
            instance = gpu.instances.insert(instance, { .id = taken.block->instance });
        if (!std::isnan(taken.block->share))
            instance->share = taken.block->share;
        if (taken.metric == DcgmMetric::MemoryFree || taken.metric == DcgmMetric::MemoryReserved)
            return;
        if (taken.metric == DcgmMetric::EngineActive)
            value = &instance->engine;
        else if (taken.metric == DcgmMetric::MemoryUsed)
            value = &instance->memoryUsed;
    }
    if (isBlankValue(taken.value))
        return;
    if (taken.metric == DcgmMetric::XidCount) {
        // Which of them takes it out of service matters, not how often it came.
        if (taken.value > 0 && (std::isnan(*value) || kindOf(healthAfterXid(taken.block->xid)) != Health::Good))
            *value = taken.block->xid;
    } else
        *value = std::isnan(*value) ? taken.value : std::max(*value, taken.value);
}

void DcgmReader::begin()
{
    // Pods come and go, and each leaves its labels behind.
    if (m_blocks.size() > 4 * std::max<std::size_t>(64, m_gpus.size()))
        forgetGone();
    m_taken.clear();
    m_taking.reset();
    m_lines = 0;
    m_expected = 0;
}

Result<> DcgmReader::take(std::string_view name, std::string_view labels, double value, std::size_t line)
{
    ++m_lines;
    const auto metric = dcgmMetricOf(name);
    if (!metric)
        return {};
    const auto block = blockOf(labels, line);
    if (!block)
        return std::unexpected(block.error());
    m_taking.set(static_cast<std::size_t>(*metric));
    if ((*block)->gpu)
        m_taken.push_back({ *block, *metric, value });
    return {};
}

void DcgmReader::commit()
{
    ++m_answers;
    m_seen = m_taking;
    m_samples = m_lines;
    for (const auto& taken : m_taken)
        apply(taken);
}

Result<> DcgmReader::read(std::string_view text)
{
    begin();
    ExpositionReader reader(text);
    for (ExpositionSample sample; reader.next(sample);)
        if (const auto taken = take(sample.name, sample.labels, sample.value, reader.line()); !taken)
            return taken;
    if (reader.error())
        return std::unexpected(*reader.error());
    commit();
    return {};
}

void DcgmReader::forgetGone()
{
    std::deque<DcgmGpu> kept;
    m_byId.clear();
    m_byText.clear();
    m_blocks.clear();
    m_taken.clear();
    m_expected = 0;
    for (auto& gpu : m_gpus)
        if (gpu.answer == m_answers)
            kept.push_back(std::move(gpu));
    m_gpus = std::move(kept);
    for (auto& gpu : m_gpus)
        m_byId[!gpu.uuid.empty() ? gpu.uuid : gpu.host + "/" + gpu.index] = &gpu;
}

} // namespace penstock
