// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace penstock {

/// One line of a CSV file; fields are found by column name.
class CsvRow
{
public:
    CsvRow(const std::vector<std::string>& fields, std::string where) : m_fields(fields), m_where(std::move(where)) {}
    [[nodiscard]] const std::string& text(std::size_t column) const { return m_fields[column]; }
    [[nodiscard]] const std::string& where() const { return m_where; }
    /// A finite number in [least, greatest]; empty cells are nullopt.
    [[nodiscard]] Result<std::optional<double>> number(
        std::size_t column, std::string_view name, double least, double greatest) const;

private:
    const std::vector<std::string>& m_fields;
    std::string m_where;
};

/// Reads a CSV file, through gzip where it ends in .gz: hands each line to `row` with the wanted columns in the order of
/// `columns`. A missing column, a line of another length, a truncated file: an Error with file and line.
[[nodiscard]] Result<> readCsv(const std::string& path, const std::vector<std::string>& columns,
    const std::function<Result<>(const CsvRow&)>& row);

} // namespace penstock
