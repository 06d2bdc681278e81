// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "costreport.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace penstock {

namespace {

struct Figure
{
    const char *key, *title, *formula;
    Spend CostLine::* spend;
};
constexpr std::array<Figure, 4> figures { {
    { "rented", "rented", "GPUs of any state x price", &CostLine::rented },
    { "allocated", "allocated", "(busy + idle + unknown that kept their workload) x price", &CostLine::allocated },
    { "used", "used", "busy x price", &CostLine::used },
    { "idle", "idle", "allocated and idle x price", &CostLine::idle },
} };

/// The name of a line under the words of --by.
Json namesOf(const CostLine& line, const std::string& by)
{
    if (by == "total")
        return Json::object();
    const auto text = [](const std::string& it) { return it.empty() ? Json(nullptr) : Json(it); };
    if (by != "provider,model")
        return { { by, text(line.key) } };
    const auto slash = std::min(line.key.find('/'), line.key.size());
    return { { "provider", text(line.key.substr(0, slash)) },
        { "model", text(line.key.substr(std::min(slash + 1, line.key.size()))) } };
}

Json money(const Spend& spend, double hours)
{
    const auto hourly = spend.known();
    return hourly ? Json(rounded(*hourly * hours, 2)) : Json(nullptr);
}

Json rowOf(const CostLine& line, const std::string& by)
{
    auto row = namesOf(line, by);
    for (const auto& it : figures) {
        const auto& spend = line.*it.spend;
        const std::string key(it.key);
        row[key + "_gpus"] = std::isnan(spend.gpus) ? Json(nullptr) : whole(spend.gpus);
        row[key + "_usd_per_h"] = money(spend, 1);
    }
    row["rented_usd_per_day"] = money(line.rented, hoursADay);
    row["rented_usd_per_month"] = money(line.rented, hoursAMonth);
    row["unpriced_gpus"] = whole(line.rented.unpriced);
    row["unknown_gpus"] = whole(line.unheard);
    return row;
}

/// In whole dollars.
Json shown(Json rows)
{
    for (auto& row : rows)
        for (auto& [key, value] : row.items())
            if (key.find("_usd_") != std::string::npos && value.is_number())
                value = whole(value.get<double>());
    return rows;
}

} // namespace

std::string costReport(
    const CostPicture& cost, const std::string& by, const std::vector<std::string>& partial, const std::string& source, OutputFormat format)
{
    const std::pair<const char*, const std::vector<CostLine>*> known[] { { "provider", &cost.byProvider },
        { "model", &cost.byModel }, { "provider,model", &cost.bySupplier }, { "workload", &cost.byWorkload } };
    const auto* lines = std::ranges::find(known, by, [](const auto& it) { return std::string(it.first); });
    Json rows = Json::array();
    for (const auto& line : lines == std::end(known) ? std::vector { cost.all } : *lines->second)
        rows.push_back(rowOf(line, by));
    const auto basis = cost.prices.text();
    if (format == OutputFormat::Csv) {
        std::string missing;
        for (const auto& it : partial)
            missing += (missing.empty() ? "" : "; ") + it;
        for (auto& row : rows)
            row.update({ { "prices", basis }, { "as_of", stamp(cost.asOf) }, { "source", source }, { "missing", missing }, { "simulated", cost.simulated } });
        return csv(rows);
    }
    if (format == OutputFormat::JsonText) {
        Json formulas = Json::object();
        for (const auto& it : figures)
            formulas[it.key] = it.formula;
        return Json { { "schema", "penstock.cost/1" }, { "as_of", stamp(cost.asOf) }, { "simulated", cost.simulated },
            { "partial", partial }, { "by", by }, { "prices", basis.empty() ? Json(nullptr) : Json(basis) },
            { "hours_a_month", hoursAMonth }, { "formulas", formulas }, { "total", rowOf(cost.all, "total") },
            { "rows", rows } }
                   .dump(2, ' ', false, Json::error_handler_t::replace)
            + '\n';
    }
    std::vector<std::pair<std::string, std::string>> columns;
    const auto names = namesOf({}, by);
    for (const auto& [key, value] : names.items())
        columns.emplace_back(key, key);
    for (const auto& it : figures)
        columns.emplace_back(std::string(it.key) + "_usd_per_h", std::string(it.title) + " $/h");
    columns.insert(columns.end(), { { "rented_usd_per_day", "rented $ a day" }, { "rented_usd_per_month", "$ a month" },
                                      { "unpriced_gpus", "GPUs without a price" } });
    if (cost.all.unheard >= 1)
        columns.emplace_back("unknown_gpus", "GPUs of unknown use");
    std::string text = headOf(cost.simulated, partial) + table(shown(rows), columns);
    if (const auto inAll = cost.all.rented.known())
        text += "\nIn all $" + fixedText(*inAll, 2) + " an hour" + (basis.empty() ? "" : ", by " + basis) + "; a month is 730 hours.\n";
    else
        text += "\nNo GPU has a price: add [[price]] to the workspace.\n";
    if (cost.all.unheard >= 1)
        text += "Of " + fixedText(cost.all.unheard, 0) + " GPUs nobody knows what they do: they are in no used and no idle figure.\n";
    for (const auto& it : figures)
        text += "  " + std::string(it.title) + ": " + it.formula + '\n';
    return text;
}

} // namespace penstock
