// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "csvfile.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <csv.h>
#include <filesystem>
#include <memory>
#include <zlib.h>

namespace penstock {

namespace {

    /// No file of a replay is larger, unpacked; guards against a small file that unpacks without end.
    constexpr std::uint64_t largestFile = 4ULL << 30;

    /// A message to a console holds nothing else.
    bool isUtf8(std::string_view text)
    {
        for (std::size_t i = 0; i < text.size();) {
            const auto first = static_cast<unsigned char>(text[i++]);
            if (first < 0x80)
                continue;
            const std::size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
            if (first < 0xC2 || first > 0xF4 || text.size() - i < more)
                return false;
            std::uint32_t letter = first & (0x3FU >> more);
            for (std::size_t k = 0; k < more; ++k) {
                const auto next = static_cast<unsigned char>(text[i++]);
                if ((next & 0xC0U) != 0x80)
                    return false;
                letter = letter << 6 | (next & 0x3FU);
            }
            constexpr std::array<std::uint32_t, 4> least { 0, 0x80, 0x800, 0x10000 };
            if (letter < least.at(more) || letter > 0x10FFFF || (letter >= 0xD800 && letter <= 0xDFFF))
                return false;
        }
        return true;
    }

    struct Reader
    {
        const std::string& path;
        const std::vector<std::string>& columns;
        const std::function<Result<>(const CsvRow&)>& row;
        std::vector<std::size_t> positions; ///< of the wanted columns in the file
        std::size_t width = 0;
        std::vector<std::string> fields, wanted;
        std::size_t line = 1;
        Result<> outcome;

        [[nodiscard]] std::string where() const { return path + ":" + std::to_string(line); }

        void endOfLine()
        {
            if (!outcome)
                return;
            if (width == 0)
                outcome = header();
            else if (fields.size() != width)
                outcome = fail(Error::Kind::Invalid,
                    std::to_string(fields.size()) + " fields where the header has " + std::to_string(width), where());
            else if (!std::ranges::all_of(fields, isUtf8))
                outcome = fail(Error::Kind::Invalid, "the line is not UTF-8", where(), "save the file as UTF-8");
            else {
                for (std::size_t i = 0; i < positions.size(); ++i)
                    wanted[i] = std::move(fields[positions[i]]);
                outcome = row(CsvRow(wanted, where()));
            }
            fields.clear();
            ++line;
        }

        Result<> header()
        {
            width = fields.size();
            for (const auto& column : columns) {
                const auto found = std::find(fields.begin(), fields.end(), column);
                if (found == fields.end())
                    return fail(Error::Kind::Invalid, "column " + column + " is missing", where(),
                        "the first line names the columns");
                positions.push_back(static_cast<std::size_t>(found - fields.begin()));
            }
            wanted.resize(columns.size());
            return {};
        }
    };

    struct CloseGzip
    {
        void operator()(gzFile file) const noexcept { gzclose(file); }
    };

} // namespace

Result<std::optional<double>> CsvRow::number(
    std::size_t column, std::string_view name, double least, double greatest) const
{
    const auto& text = m_fields[column];
    if (text.empty())
        return std::nullopt;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        return fail(Error::Kind::Invalid, std::string(name) + " '" + text.substr(0, 40) + "' is not a number", m_where);
    if (value < least || value > greatest) {
        const auto shown = [](double bound) {
            auto digits = std::to_string(bound);
            digits.erase(digits.find_last_not_of('0') + 1);
            if (digits.ends_with('.'))
                digits.pop_back();
            return digits;
        };
        return fail(Error::Kind::Invalid,
            std::string(name) + " " + text.substr(0, 40) + " is not between " + shown(least) + " and " + shown(greatest),
            m_where);
    }
    return value;
}

Result<> readCsv(const std::string& path, const std::vector<std::string>& columns,
    const std::function<Result<>(const CsvRow&)>& row)
{
    std::error_code missing;
    if (!std::filesystem::is_regular_file(path, missing))
        return fail(Error::Kind::NotFound, "the file is not there", path);
    // gzopen reads plain files as they are.
    const std::unique_ptr<gzFile_s, CloseGzip> file(gzopen(path.c_str(), "rb"));
    if (!file)
        return fail(Error::Kind::Denied, "the file cannot be opened", path);
    Reader reader { .path = path, .columns = columns, .row = row, .positions = {}, .fields = {}, .wanted = {}, .outcome = {} };
    csv_parser parser;
    if (csv_init(&parser, CSV_STRICT) != 0)
        return fail(Error::Kind::Unavailable, "out of memory", path);
    const std::unique_ptr<csv_parser, void (*)(csv_parser*)> freeParser(&parser, csv_free);
    const auto onField = [](void* text, std::size_t length, void* data) {
        static_cast<Reader*>(data)->fields.emplace_back(static_cast<const char*>(text), length);
    };
    const auto onLine = [](int, void* data) { static_cast<Reader*>(data)->endOfLine(); };
    std::array<char, 1 << 16> buffer {};
    std::uint64_t total = 0;
    for (;;) {
        const int got = gzread(file.get(), buffer.data(), static_cast<unsigned>(buffer.size()));
        if (got < 0)
            return fail(Error::Kind::Corrupt, "the compressed data are damaged or cut off", reader.where(), "copy the file again");
        if (got == 0)
            break;
        total += static_cast<std::uint64_t>(got);
        if (total > largestFile)
            return fail(Error::Kind::Invalid, "the file unpacks to more than 4 GiB", reader.where());
        if (csv_parse(&parser, buffer.data(), static_cast<std::size_t>(got), onField, onLine, &reader)
            != static_cast<std::size_t>(got))
            return fail(Error::Kind::Invalid, std::string("broken quoting: ") + csv_strerror(csv_error(&parser)), reader.where());
        if (!reader.outcome)
            return reader.outcome;
    }
    int code = Z_OK;
    gzerror(file.get(), &code);
    if (code == Z_BUF_ERROR)
        return fail(Error::Kind::Corrupt, "the compressed data are cut off", reader.where(), "copy the file again");
    csv_fini(&parser, onField, onLine, &reader);
    if (!reader.outcome)
        return reader.outcome;
    if (reader.width == 0)
        return fail(Error::Kind::Invalid, "the file is empty", path, "the first line names the columns");
    return {};
}

} // namespace penstock
