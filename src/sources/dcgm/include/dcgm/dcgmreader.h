// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "fleet/columns.h"

namespace penstock {

/// What of an exporter's metrics is used. The order is that of the bits in DcgmReader::seen().
enum class DcgmMetric : std::uint8_t {
    Utilisation,
    EngineActive,
    Temperature,
    Power,
    MemoryUsed,
    MemoryFree,
    MemoryReserved,
    Xid,
    XidCount,
    DoubleBitErrors,
    RowRemapFailure,
    ClockEvents,
    RecoveryAction,
    HealthStatus,
    RowRemapPending,
    RetiredPending,
    RetiredSingleBit,
    RetiredDoubleBit,
};
inline constexpr std::size_t dcgmMetricCount = 18;
/// Memory pages that a GPU has retired after errors, as of which DCGM calls it failed (DcgmGPUHardwareLimits.h).
inline constexpr int mostRetiredPages = 63;
[[nodiscard]] std::string_view name(DcgmMetric metric); ///< as exporters of today call it: "DCGM_FI_DEV_GPU_UTIL"
[[nodiscard]] std::optional<DcgmMetric> dcgmMetricOf(std::string_view name); ///< by any name that exporters have used
[[nodiscard]] bool tellsHealth(std::bitset<dcgmMetricCount> known); ///< errors and watches, not only clocks

/// Of how many GPUs each figure that users miss is exported. A monoid.
struct DcgmCoverage
{
    static constexpr std::size_t figures = 9;
    std::uint32_t gpus = 0;
    std::array<std::uint32_t, figures> measured {};

    void add(std::bitset<dcgmMetricCount> shown); ///< one GPU
    DcgmCoverage& operator+=(const DcgmCoverage& other);
    /// The metrics that are not there, and what is unknown for each: "DCGM_FI_DEV_XID_ERRORS (GPU errors)" where no GPU has it, else
    /// "... (GPU errors, on 8 of 24 GPUs)", which is how many lack it. Empty without GPUs.
    [[nodiscard]] std::vector<std::string> lacks() const;
};

/// One physical GPU in one answer of an exporter.
struct DcgmGpu
{
    static constexpr double none = std::numeric_limits<double>::quiet_NaN();
    std::string uuid; ///< "GPU-..."; empty where the exporter tells none
    std::string host, model; ///< model: as the driver calls it
    std::string cluster; ///< where a store of many clusters tells it
    std::string index; ///< "0"
    std::string driver;
    std::string pod, nameSpace, container; ///< that hold it; of several, one of them
    bool namesPods = false; ///< a series of it has labels of pods, if only empty ones
    /// One that MIG has cut it into, with what is measured of it alone.
    struct Instance
    {
        std::string id;
        double share = none; ///< of the GPU's engines: a seventh of "1g.5gb"; NaN: not told
        double engine = none, memoryUsed = none; ///< 0 to 1 of its own engines; MiB
    };
    std::vector<Instance> instances;
    double values[dcgmMetricCount]; ///< NaN: not exported, or a blank
    std::bitset<dcgmMetricCount> shown; ///< exported, blank or not; of the last answer
    std::uint64_t answer = 0; ///< number of the answer that it was in last

    [[nodiscard]] double value(DcgmMetric metric) const { return values[static_cast<std::size_t>(metric)]; }
    [[nodiscard]] bool isCut() const { return !instances.empty(); }
    /// An instance works, however small a part of the GPU it is.
    [[nodiscard]] bool hasBusyInstance() const;
    /// Its driver cuts the clocks because it is warm, which matters when that lasts.
    [[nodiscard]] bool isWarm() const;
    /// MiB of used, free and reserved memory together; 0: not all exported, or only of instances, which may be a part of it.
    [[nodiscard]] std::uint32_t memoryTotal() const;
    /// Values in range, health by XIDs, memory errors and clocks, NotReported where nothing of it is measured; without state and workload.
    [[nodiscard]] GpuSample measured() const;
};

/// Reads the answers of one dcgm-exporter, or of a store that holds those of many, one after another. Several series of one GPU (MIG instances, shared GPUs, a process each)
/// count once: memory of MIG instances is added up, so is their work by the share of the engines that each has, and of all else the
/// greatest counts. Names of all versions are known.
class DcgmReader
{
public:
    enum class Answers { OfAnExporter, OfAStore };
    DcgmReader() = default;
    explicit DcgmReader(Answers answers) : m_answersOf(answers) { }

    /// Takes a whole answer or nothing of it. Invalid: it is no exposition, with its line.
    [[nodiscard]] Result<> read(std::string_view text);
    /// The same sample by sample, for answers of another form: begin, take each, commit; without commit nothing has happened.
    void begin();
    /// `labels`: as between the braces of the text format. Passes over what is no metric of a GPU. Invalid: they are no labels.
    [[nodiscard]] Result<> take(std::string_view metric, std::string_view labels, double value, std::size_t line);
    void commit();
    /// Of the last answer and of those before, in the order of their first appearance; who was not in the last one has another
    /// `answer` than answers(). Until forgetGone().
    [[nodiscard]] const std::deque<DcgmGpu>& gpus() const { return m_gpus; }
    [[nodiscard]] std::uint64_t answers() const { return m_answers; }
    void forgetGone();
    [[nodiscard]] std::bitset<dcgmMetricCount> seen() const { return m_seen; } ///< metrics of the last answer
    /// The exporter of a GPU knows which pods hold GPUs: any of its answers has named one; in a store, what it holds of this GPU has labels of pods, which is so of one GPU of the host at least.
    [[nodiscard]] bool tellsPods(const DcgmGpu& gpu) const { return m_answersOf == Answers::OfAStore ? gpu.namesPods : m_tellsPods; }
    [[nodiscard]] std::size_t samples() const { return m_samples; } ///< lines with a value in the last answer

private:
    /// Labels as they are written, and what they say: most lines of an answer repeat those of another metric.
    struct Block
    {
        std::string text;
        DcgmGpu* gpu = nullptr; ///< null: of no GPU, as that of a switch
        std::string instance; ///< of MIG; empty: of the GPU itself
        double share = DcgmGpu::none; ///< of the instance
        int xid = 0; ///< of DcgmMetric::XidCount
        std::string pod, nameSpace, container;
        bool namesPods = false;
        std::size_t number = 0; ///< in m_blocks
    };
    struct Taken
    {
        Block* block;
        DcgmMetric metric;
        double value;
    };
    [[nodiscard]] Result<Block*> blockOf(std::string_view labels, std::size_t line);
    [[nodiscard]] Result<Block> parse(std::string_view labels, std::size_t line);
    void apply(const Taken& taken);

    Answers m_answersOf = Answers::OfAnExporter;
    std::deque<DcgmGpu> m_gpus;
    std::deque<Block> m_blocks;
    std::unordered_map<std::string_view, Block*> m_byText; ///< keys lie in m_blocks
    std::unordered_map<std::string, DcgmGpu*> m_byId;
    std::size_t m_expected = 0; ///< the block that follows the last one, as in the answer before
    std::vector<Taken> m_taken;
    std::bitset<dcgmMetricCount> m_taking; ///< metrics of the answer that is being read
    std::size_t m_lines = 0; ///< its samples
    std::uint64_t m_answers = 0;
    std::bitset<dcgmMetricCount> m_seen;
    bool m_tellsPods = false;
    std::size_t m_samples = 0;
};

} // namespace penstock
