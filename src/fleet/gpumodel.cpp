// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "fleet/gpumodel.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace penstock {

namespace {

    /// How a family is told apart by size and form where it comes in several. Empty parts are not told.
    struct Family
    {
        std::string_view name;
        std::string_view size; ///< when the product does not say; empty where it comes in several
        bool hasForms = false; ///< SXM, PCIe and NVL are different parts
    };
    constexpr std::array<Family, 24> families { {
        { "A10", {} }, { "A10G", {} }, { "A100", {}, true }, { "B200", "180GB", true }, { "B300", "288GB", true }, { "GB200", {} }, { "GB300", {} },
        { "GH200", {} }, { "H100", "80GB", true }, { "H200", "141GB", true }, { "H20", "96GB", true }, { "K80", {} }, { "L4", {} }, { "L40", {} }, { "L40S", {} },
        { "MI250X", {} }, { "MI300X", {} }, { "MI325X", {} }, { "MI355X", {} }, { "P100", {}, true }, { "P4", {} }, { "T4", {} }, { "T4G", {} }, { "V100", {}, true },
    } };

    std::vector<std::string> wordsOf(std::string_view text)
    {
        std::vector<std::string> words(1);
        for (const char it : text)
            if (it == ' ' || it == '-' || it == '_' || it == '/')
                words.emplace_back();
            else
                words.back() += static_cast<char>(std::toupper(static_cast<unsigned char>(it)));
        std::erase(words, "");
        // Slices and shares are of the same GPU.
        if (const auto cut = std::ranges::find_if(words, [](const std::string& it) { return it == "MIG" || it == "SHARED"; }); cut != words.end())
            words.erase(cut, words.end());
        return words;
    }

    bool isSize(const std::string& word)
    {
        return word.size() > 2 && word.ends_with("GB") && std::ranges::all_of(word.substr(0, word.size() - 2), [](char it) { return it >= '0' && it <= '9'; });
    }

} // namespace

std::string canonicalModel(std::string_view product)
{
    const auto words = wordsOf(product);
    for (const auto& family : families) {
        if (std::ranges::find(words, family.name) == words.end())
            continue;
        if (!family.hasForms)
            return std::string(family.name);
        const auto has = [&](std::string_view prefix) { return std::ranges::any_of(words, [&](const std::string& it) { return it.starts_with(prefix); }); };
        if (has("NVL") && !has("NVLINK"))
            return std::string(family.name) + " NVL";
        const auto size = std::ranges::find_if(words, isSize);
        if (size == words.end() && family.size.empty())
            return std::string(family.name) + (has("PCI") ? " PCIe" : has("SXM") ? " SXM" : "");
        return std::string(family.name) + " " + (size == words.end() ? std::string(family.size) : *size) + (has("PCI") ? " PCIe" : " SXM");
    }
    for (const std::string_view vendor : { "NVIDIA ", "AMD Instinct ", "AMD ", "Tesla ", "nvidia-", "NVIDIA-" })
        if (product.starts_with(vendor))
            return std::string(product.substr(vendor.size()));
    return std::string(product);
}

std::string modelKey(std::string_view product)
{
    constexpr std::array<std::string_view, 4> vendors { "NVIDIA", "AMD", "INSTINCT", "TESLA" };
    std::string key;
    for (const auto& word : wordsOf(product))
        if (std::ranges::find(vendors, word) == vendors.end())
            key.append(key.empty() ? "" : " ").append(word);
    return key;
}

} // namespace penstock
