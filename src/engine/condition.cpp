// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "engine/query.h"
#include "fleet/xid.h"

namespace penstock {

namespace {

    using Is = GpuCondition::Is;

    std::unexpected<Error> wrong(std::string_view text, const std::string& what)
    {
        return fail(Error::Kind::Invalid, "'" + std::string(text) + "' is no condition: " + what, {},
            "write a column, a comparison and a value: temp>85, util<=5, power>600, mem>70, age>10m, state=idle, health=xid");
    }

    struct Unit
    {
        std::string_view name;
        double factor; ///< to the unit of the column
    };

    struct Column
    {
        std::string_view name, longName;
        GpuColumn column;
        std::array<Unit, 4> units; ///< the first one is meant where none is written
    };

    constexpr std::array columns {
        Column { "util", "utilisation", GpuColumn::Utilisation, { Unit { "%", 1 }, {}, {}, {} } },
        Column { "temp", "temperature", GpuColumn::Temperature, { Unit { "c", 1 }, Unit { "°c", 1 }, {}, {} } },
        Column { "power", "power", GpuColumn::Power, { Unit { "w", 10 }, Unit { "kw", 10'000 }, {}, {} } },
        Column { "mem", "memory", GpuColumn::MemoryUsed, { Unit { "gib", 1024 }, Unit { "mib", 1 }, Unit { "g", 1024 }, {} } },
        Column { "age", "age", GpuColumn::StateAge, { Unit { "s", 1 }, Unit { "m", 60 }, Unit { "h", 3600 }, Unit { "min", 60 } } },
        Column { "state", "state", GpuColumn::State, {} },
        Column { "health", "health", GpuColumn::Health, {} },
    };

    const Column* find(std::string_view name)
    {
        const auto* it = std::ranges::find_if(columns, [&](const Column& one) { return one.name == name || one.longName == name; });
        return it == columns.end() ? nullptr : it;
    }

    struct Named
    {
        std::string_view name;
        Health health;
    };
    constexpr std::array healths { Named { "good", Health::Good }, Named { "xid", Health::Xid }, Named { "ecc", Health::Ecc }, Named { "row-remap", Health::RowRemapFailure },
        Named { "off-the-bus", Health::OffTheBus }, Named { "throttled", Health::Throttled } };

    std::optional<std::uint32_t> named(GpuColumn column, std::string_view value)
    {
        if (column == GpuColumn::State) {
            for (const auto state : gpuStatesInOrder)
                if (name(state) == value)
                    return static_cast<std::uint32_t>(state);
            return std::nullopt;
        }
        const auto* it = std::ranges::find(healths, value, &Named::name);
        return it == healths.end() ? std::nullopt : std::optional(static_cast<std::uint32_t>(it->health));
    }

    /// A whole number of the column that means the same: above 85.5 is above 85, below 85.5 is below 86.
    Result<std::uint32_t> whole(std::string_view text, Is is, double value)
    {
        const bool up = is == Is::Below || is == Is::AtLeast;
        const double rounded = is == Is::Equal || is == Is::NotEqual ? std::round(value) : up ? std::ceil(value) : std::floor(value);
        if (!(rounded >= 0) || rounded > 4'000'000'000.0)
            return wrong(text, "the value is out of range");
        return static_cast<std::uint32_t>(rounded);
    }

} // namespace

std::optional<GpuColumn> parseGpuColumn(std::string_view name)
{
    const auto* column = find(name);
    return column ? std::optional(column->column) : std::nullopt;
}

std::string_view name(Health health)
{
    const auto* it = std::ranges::find(healths, kindOf(health), &Named::health);
    return it == healths.end() ? std::string_view() : it->name;
}

Result<GpuCondition> parseCondition(std::string_view written)
{
    std::string folded(written);
    for (auto& letter : folded)
        letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    const std::string_view text = folded;
    const auto at = text.find_first_of("=:!<>");
    if (at == std::string_view::npos || at == 0)
        return wrong(text, "there is no comparison in it");
    const auto* column = find(text.substr(0, at));
    if (!column)
        return wrong(text, "there is no column '" + std::string(text.substr(0, at)) + "'");
    constexpr std::array<std::pair<std::string_view, Is>, 7> comparisons { { { ">=", Is::AtLeast }, { "<=", Is::AtMost }, { "!=", Is::NotEqual }, { ">", Is::Above }, { "<", Is::Below }, { "=", Is::Equal }, { ":", Is::Equal } } };
    const auto* comparison = std::ranges::find_if(comparisons, [&](const auto& it) { return text.substr(at).starts_with(it.first); });
    if (comparison == comparisons.end())
        return wrong(text, "the comparison is not one of = != > < >= <=");
    GpuCondition made { column->column, comparison->second, 0 };
    const auto value = text.substr(at + comparison->first.size());
    if (column->units[0].name.empty()) {
        const auto found = named(column->column, value);
        if (!found)
            return wrong(text, "'" + std::string(value) + "' is no " + std::string(column->name));
        if (made.is != Is::Equal && made.is != Is::NotEqual)
            return wrong(text, "a " + std::string(column->name) + " can only be equal or not");
        made.value = *found;
        return made;
    }
    double number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc())
        return wrong(text, "'" + std::string(value) + "' is no number");
    const std::string_view unit(end, static_cast<std::size_t>(value.data() + value.size() - end));
    const auto* factor = unit.empty() ? column->units.data() : std::ranges::find(column->units, unit, &Unit::name);
    if (factor == column->units.end())
        return wrong(text, "'" + std::string(unit) + "' is no unit of it");
    const auto scaled = whole(text, made.is, number * factor->factor);
    if (!scaled)
        return std::unexpected(scaled.error());
    made.value = *scaled;
    return made;
}

} // namespace penstock
