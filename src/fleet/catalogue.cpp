// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "fleet/catalogue.h"

#include <algorithm>

#include "fleet/gpumodel.h"

namespace penstock {

namespace {

    bool isUnknown(const std::string& model) { return model.empty() || model == "unknown"; }

    std::uint32_t numberOf(std::vector<Inventory::Model>& models, const std::string& name, std::uint32_t memory)
    {
        const auto found = std::ranges::find(models, name, &Inventory::Model::name);
        const auto number = static_cast<std::uint32_t>(found - models.begin());
        if (found == models.end())
            models.push_back({ name, memory });
        else if (found->memoryTotal == 0)
            found->memoryTotal = memory;
        return number;
    }

} // namespace

void Catalogue::addModel(const std::string& product, const std::string& name, std::uint32_t memory)
{
    m_models[modelKey(product)] = { name, memory };
}

void Catalogue::overlay(const Catalogue& other)
{
    for (const auto& [key, its] : other.m_types) {
        auto& mine = m_types[key];
        if (!its.instance.model.empty())
            mine.instance = its.instance;
        if (its.prices.contains(""))
            mine.prices.clear();
        for (const auto& [region, prices] : its.prices)
            mine.prices[region] = prices;
    }
    for (const auto& [key, model] : other.m_models)
        m_models[key] = model;
    for (const auto& [provider, share] : other.m_discounts)
        m_discounts[provider] = share;
}

const Catalogue::Instance* Catalogue::instance(const std::string& provider, const std::string& type) const
{
    const auto found = m_types.find({ provider, type });
    return found == m_types.end() || found->second.instance.model.empty() ? nullptr : &found->second.instance;
}

std::string Catalogue::providerOf(const std::string& type) const
{
    std::string made;
    if (!type.empty())
        for (const auto& [key, its] : m_types)
            if (key.second == type && !its.instance.model.empty()) {
                if (!made.empty())
                    return {};
                made = key.first;
            }
    return made;
}

std::string Catalogue::modelName(const std::string& name) const
{
    const auto found = m_models.find(modelKey(name));
    return found == m_models.end() ? name : found->second.name;
}

const Catalogue::ListPrice* Catalogue::newest(const Type& type, const std::string& region, std::chrono::sys_days on) const
{
    const ListPrice* best = nullptr;
    for (const auto& where : { region, std::string() }) {
        const auto found = type.prices.find(where);
        if (found != type.prices.end())
            for (const auto& it : found->second)
                if (it.asOf <= on && (!best || it.asOf > best->asOf))
                    best = &it;
        if (best)
            break;
    }
    return best;
}

std::optional<Price> Catalogue::listPrice(const std::string& provider, const std::string& region, const std::string& model, const std::string& type, std::chrono::sys_days on) const
{
    const ListPrice* best = nullptr;
    double gpus = 0;
    const auto consider = [&](const Type& it) {
        const auto* price = it.instance.gpus >= 1 && it.instance.gpus > gpus && it.instance.model == model ? newest(it, region, on) : nullptr;
        if (!price)
            return;
        best = price;
        gpus = it.instance.gpus;
    };
    if (!type.empty()) {
        if (const auto found = m_types.find({ provider, type }); found != m_types.end())
            consider(found->second);
    } else
        for (auto it = m_types.lower_bound({ provider, {} }); it != m_types.end() && it->first.first == provider; ++it)
            consider(it->second);
    if (!best)
        return std::nullopt;
    const auto discount = m_discounts.find(provider);
    const double paid = discount == m_discounts.end() ? 1 : 1 - discount->second;
    return Price { .provider = provider, .region = region, .model = model, .perGpuHour = paid * best->perHour / gpus, .asOf = best->asOf, .source = best->source, .isList = true };
}

std::vector<std::string> Catalogue::undescribed() const
{
    std::vector<std::string> made;
    for (const auto& [key, type] : m_types)
        if (type.instance.model.empty())
            made.push_back(key.first + " " + key.second);
    return made;
}

std::shared_ptr<const Inventory> Catalogue::completed(std::shared_ptr<const Inventory> inventory) const
{
    auto made = std::make_shared<Inventory>(*inventory);
    std::vector<Inventory::Model> models;
    std::vector<std::uint32_t> numbers;
    for (const auto& model : inventory->models) {
        const auto known = isUnknown(model.name) ? m_models.end() : m_models.find(modelKey(model.name));
        numbers.push_back(numberOf(models, known == m_models.end() ? model.name : known->second.name, model.memoryTotal));
    }
    for (auto& node : made->nodes) {
        node.model = numbers[node.model];
        auto& model = models[node.model];
        if (node.instanceType.empty() || (!isUnknown(model.name) && model.memoryTotal != 0))
            continue;
        const auto* its = instance(made->clusters[node.cluster].provider, node.instanceType);
        if (its && isUnknown(model.name))
            node.model = numberOf(models, its->model, its->memory);
        else if (its && its->model == model.name)
            model.memoryTotal = its->memory;
    }
    for (auto& model : models)
        if (model.memoryTotal == 0 && !isUnknown(model.name))
            if (const auto known = m_models.find(modelKey(model.name)); known != m_models.end())
                model.memoryTotal = known->second.memory;
    made->models = std::move(models);
    return *made == *inventory ? inventory : made;
}

} // namespace penstock
