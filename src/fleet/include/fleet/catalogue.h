// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fleet/inventory.h"
#include "fleet/price.h"

namespace penstock {

/// What the clouds' types of instances hold, what they cost by a price list of a day, and the one name of each GPU model. What
/// is not in it is unknown: nothing is guessed from the spelling of a type.
class Catalogue
{
public:
    struct Instance
    {
        std::string model; ///< canonical; empty: only prices are known of the type
        double gpus = 0; ///< of an instance; under 1: a share of one GPU
        std::uint32_t memory = 0; ///< MiB a GPU, or of the share; 0: unknown
        friend bool operator==(const Instance&, const Instance&) = default;
    };
    struct ListPrice
    {
        double perHour = 0; ///< US dollars, of the whole instance
        std::chrono::sys_days asOf {};
        std::string source {};
        friend bool operator==(const ListPrice&, const ListPrice&) = default;
    };

    void addInstance(const std::string& provider, const std::string& type, Instance instance) { m_types[{ provider, type }].instance = std::move(instance); }
    /// Without a region: in every region that has no price of its own.
    void addPrice(const std::string& provider, const std::string& type, const std::string& region, ListPrice price) { m_types[{ provider, type }].prices[region].push_back(std::move(price)); }
    /// `product`, as a driver, label or cloud spells it, is this model. MiB a GPU; 0: unknown.
    void addModel(const std::string& product, const std::string& name, std::uint32_t memory);
    /// What a provider takes off its lists for us: 0.25 is a quarter.
    void setDiscount(const std::string& provider, double share) { m_discounts[provider] = share; }
    /// What `other` says takes the place of what is here: of a type its contents, of a type and region its prices (one
    /// without a region all prices of the type), of a model its name, of a provider its discount.
    void overlay(const Catalogue& other);

    /// Null where the type is not known.
    [[nodiscard]] const Instance* instance(const std::string& provider, const std::string& type) const;
    /// Who has a type of this name; empty: nobody, or several.
    [[nodiscard]] std::string providerOf(const std::string& type) const;
    /// The canonical name of a model, after the table; a name that it does not have stays.
    [[nodiscard]] std::string modelName(const std::string& name) const;
    /// What a GPU costs by the newest list that is not in the future: as a part of this type of instance, or, where no type is
    /// told, of the largest that holds this model there; less the discount. Empty when no list has it; shares of a GPU have none.
    [[nodiscard]] std::optional<Price> listPrice(const std::string& provider, const std::string& region, const std::string& model, const std::string& type, std::chrono::sys_days on) const;
    /// Types with prices of which no one says what they hold: "aws p9.48xlarge".
    [[nodiscard]] std::vector<std::string> undescribed() const;
    [[nodiscard]] std::size_t types() const { return m_types.size(); }

    /// The inventory with one name a model, and with the models and memory that its source did not tell and the type of the
    /// instance does; the same one where nothing is added. Rows stay where they are.
    [[nodiscard]] std::shared_ptr<const Inventory> completed(std::shared_ptr<const Inventory> inventory) const;
    friend bool operator==(const Catalogue&, const Catalogue&) = default;

private:
    struct Type
    {
        Instance instance;
        std::map<std::string, std::vector<ListPrice>> prices; ///< by region, empty: all others
        friend bool operator==(const Type&, const Type&) = default;
    };
    struct Model
    {
        std::string name;
        std::uint32_t memory = 0;
        friend bool operator==(const Model&, const Model&) = default;
    };
    [[nodiscard]] const ListPrice* newest(const Type& type, const std::string& region, std::chrono::sys_days on) const;

    std::map<std::pair<std::string, std::string>, Type> m_types; ///< by provider and type
    std::map<std::string, Model, std::less<>> m_models; ///< by modelKey
    std::map<std::string, double> m_discounts; ///< by provider
};

} // namespace penstock
