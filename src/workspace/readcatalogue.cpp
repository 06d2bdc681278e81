// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "readcatalogue.h"

#include <fstream>
#include <set>
#include <utility>

#include "fleet/gpumodel.h"
#include "workspace/catalogue.h"

namespace penstock {

namespace {

    constexpr double mostMemory = 16 * 1024 * 1024; ///< MiB a GPU
    constexpr double mostDollars = 1e6; ///< an hour

    std::uint32_t memoryOf(Table& it) { return static_cast<std::uint32_t>(it.number("memory_mib", 0, 1, mostMemory)); }

    class CatalogueReader
    {
    public:
        CatalogueReader(const std::string& path, Errors& errors) : m_path(path), m_errors(errors) {}
        Catalogue read(const toml::table& table);

    private:
        std::string providerOf(Table& it)
        {
            auto provider = it.text("provider");
            if (provider.empty() && m_provider.empty() && !it.raw().contains("provider"))
                it.error(it.raw().source(), "provider is missing", "add provider = \"aws\" here, or once at the top of the file");
            return provider.empty() ? m_provider : provider;
        }
        void readInstance(Table& it);
        void readList(Table& it);
        void readPrice(Table& it, std::string_view key, const std::string& where, const Catalogue::ListPrice& day, const std::string& provider, const std::string& type, const std::string& region);

        const std::string& m_path;
        Errors& m_errors;
        Catalogue m_made;
        std::string m_provider;
        std::set<std::pair<std::string, std::string>> m_types;
        std::map<std::string, std::string> m_products;
    };

    void CatalogueReader::readInstance(Table& it)
    {
        const auto provider = providerOf(it), type = it.text("type", true), model = it.text("model", true);
        Catalogue::Instance made { .model = canonicalModel(model), .gpus = it.number("gpus", 0, 1.0 / 64, 1024), .memory = memoryOf(it) };
        if (!it.raw().contains("gpus"))
            it.error(it.raw().source(), "gpus is missing", "add gpus = NUMBER, of an instance; a share of one is under 1");
        if (!type.empty() && !m_types.insert({ provider, type }).second)
            it.error(it.at("type"), "type '" + type + "' of " + provider + " stands here a second time", "keep one of them");
        m_made.addInstance(provider, type, std::move(made));
    }

    void CatalogueReader::readPrice(Table& it, std::string_view key, const std::string& where, const Catalogue::ListPrice& day, const std::string& provider, const std::string& type, const std::string& region)
    {
        const auto* node = it.find(key);
        const auto value = node->is_number() ? node->value<double>() : std::nullopt;
        if (!value || !(*value >= 0 && *value <= mostDollars)) {
            it.error(node->source(), "the price of " + where + (node->is_number() ? " is out of range" : " is not a number"), "write dollars an hour for the whole instance");
            return;
        }
        auto made = day;
        made.perHour = *value;
        m_made.addPrice(provider, type, region, std::move(made));
    }

    void CatalogueReader::readList(Table& it)
    {
        const auto provider = providerOf(it);
        it.choose("currency", it.text("currency", true), { "USD" }, "currency");
        Catalogue::ListPrice day { .perHour = 0, .asOf = it.date("as_of").value_or(std::chrono::sys_days {}), .source = it.text("source", true) };
        if (!it.raw().contains("as_of"))
            it.error(it.raw().source(), "as_of is missing", "say of which day the list is: as_of = 2026-11-24");
        if (!it.raw().contains("per_hour"))
            it.error(it.raw().source(), "per_hour is missing", "add per_hour = { \"TYPE\" = { REGION = DOLLARS } }");
        it.table("per_hour", [&](Table& types) {
            for (const auto& [key, node] : types.raw()) {
                const std::string type(key.str());
                if (!node.is_table()) {
                    readPrice(types, type, type, day, provider, type, {});
                    continue;
                }
                types.table(type, [&](Table& regions) {
                    for (const auto& [name, price] : regions.raw())
                        readPrice(regions, name.str(), type + " in " + std::string(name.str()), day, provider, type, std::string(name.str()));
                });
            }
        });
    }

    Catalogue CatalogueReader::read(const toml::table& table)
    {
        Table root(table, m_path, m_errors);
        m_provider = root.text("provider");
        root.tables("instance", [&](Table& it) { readInstance(it); });
        root.tables("list", [&](Table& it) { readList(it); });
        root.tables("model", [&](Table& it) { readModel(it, m_made, m_products); });
        root.refuseUnknown();
        return std::move(m_made);
    }

} // namespace

void readModel(Table& it, Catalogue& catalogue, std::map<std::string, std::string>& known)
{
    const auto name = it.text("name", true);
    auto products = it.texts("also");
    const auto memory = memoryOf(it);
    if (products.empty() && memory == 0)
        it.error(it.raw().source(), "nothing is said of the model", "add also = [\"as a driver or label spells it\"] or memory_mib");
    products.push_back(name);
    for (const auto& product : products) {
        const auto key = modelKey(product);
        if (key.empty() && !product.empty())
            it.error(it.at("also"), "'" + product + "' names no product", "write it as the driver or label spells it");
        else if (const auto other = known.try_emplace(key, name).first->second; !key.empty() && other != name)
            it.error(it.at("also"), "'" + product + "' is " + other + " already", "a product has one name");
        catalogue.addModel(product, name, memory);
    }
}

std::expected<Catalogue, std::vector<Error>> parseCatalogue(std::string_view text, const std::string& path)
{
    Errors errors;
    try {
        const auto table = toml::parse(text, path);
        auto catalogue = CatalogueReader(path, errors).read(table);
        if (errors.empty())
            return catalogue;
    } catch (const toml::parse_error& error) {
        errors.push_back(syntaxError(error, path));
    }
    return std::unexpected(std::move(errors));
}

std::expected<Catalogue, std::vector<Error>> loadCatalogue(const std::string& path)
{
    std::ifstream file(path);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf()))
        return std::unexpected(Errors { { Error::Kind::NotFound, "the catalogue cannot be read", path, "[workspace] names it with catalogue = \"FILE\"" } });
    return parseCatalogue(text.str(), path);
}

} // namespace penstock
