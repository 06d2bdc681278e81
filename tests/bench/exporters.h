// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace penstock::bench {

inline constexpr int gpusANode = 8;

/// What an exporter of a node with 8 GPUs answers with its default counters: 20 metrics.
inline std::string answerOf(int node)
{
    std::mt19937 random(static_cast<std::uint32_t>(node));
    std::string text;
    for (const char* metric : { "DCGM_FI_DEV_SM_CLOCK", "DCGM_FI_DEV_MEM_CLOCK", "DCGM_FI_DEV_MEMORY_TEMP", "DCGM_FI_DEV_GPU_TEMP", "DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
             "DCGM_FI_DEV_PCIE_REPLAY_COUNTER", "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_MEM_COPY_UTIL", "DCGM_FI_DEV_ENC_UTIL", "DCGM_FI_DEV_DEC_UTIL", "DCGM_FI_DEV_XID_ERRORS", "DCGM_FI_DEV_FB_FREE",
             "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_RESERVED", "DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL", "DCGM_FI_DEV_ROW_REMAP_FAILURE", "DCGM_FI_PROF_GR_ENGINE_ACTIVE", "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE",
             "DCGM_FI_PROF_DRAM_ACTIVE" }) {
        text += std::string("# HELP ") + metric + " what it is.\n# TYPE " + metric + " gauge\n";
        for (int g = 0; g < gpusANode; ++g) {
            const auto id = std::to_string(node) + "-" + std::to_string(g);
            text += std::string(metric) + "{gpu=\"" + std::to_string(g) + "\",UUID=\"GPU-604ac76c-d9cf-fef3-62e9-" + id + "\",pci_bus_id=\"00000000:0" + std::to_string(g) + ":00.0\",device=\"nvidia" + std::to_string(g)
                + "\",modelName=\"NVIDIA H100 80GB HBM3\",Hostname=\"node-" + std::to_string(node) + "\",DCGM_FI_DRIVER_VERSION=\"550.90.07\",container=\"vllm\",namespace=\"infer\",pod=\"llama-" + id + "\"} "
                + std::to_string(metric[12] == 'X' ? 0 : random() % 100) + "\n";
        }
    }
    return text;
}

} // namespace penstock::bench
