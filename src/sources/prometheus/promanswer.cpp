// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "prometheus/promanswer.h"

#include <charconv>
#include <cmath>
#include <optional>

#include <simdjson.h>

namespace penstock {

namespace {

    namespace json = simdjson::ondemand;
    constexpr std::size_t longestText = 300;

    std::unexpected<Error> stranger(const std::string& what)
    {
        return fail(Error::Kind::Invalid, what, {}, "is this the address of a Prometheus-compatible API?");
    }

    /// "43.5", "NaN", "+Inf"; empty: no finite number.
    std::optional<double> numberOf(std::string_view written)
    {
        if (written.starts_with('+'))
            written.remove_prefix(1);
        double value = 0;
        const auto read = std::from_chars(written.data(), written.data() + written.size(), value);
        return read.ec == std::errc() && read.ptr == written.data() + written.size() && std::isfinite(value) ? std::optional(value) : std::nullopt;
    }

    /// A refusal in the server's own words.
    std::unexpected<Error> refusal(const std::string& type, const std::string& text)
    {
        const bool ours = type == "bad_data" || type == "execution" || type == "422" || type == "400";
        return fail(ours ? Error::Kind::Invalid : Error::Kind::Unavailable, "the store refuses the query (" + type + "): " + text.substr(0, longestText), {},
            ours ? "try the query in the store's own web page" : "it may be overloaded; it is asked again");
    }

} // namespace

struct PromReader::Parser
{
    json::parser parser;
    std::vector<PromLabel> labels;
    std::vector<PromPoint> points;

    /// False: it is none. What is no number is passed over.
    bool point(json::value value, PromNotes& notes);
    /// One series. False: it is none.
    bool series(json::object object, const Each& each, PromNotes& notes);
    Result<> data(json::object object, std::string_view expected, const Each& each, PromNotes& notes);
};

bool PromReader::Parser::point(json::value value, PromNotes& notes)
{
    json::array pair;
    if (value.get_array().get(pair))
        return false;
    int at = 0;
    for (auto part : pair) {
        std::string_view text;
        if (at == 0 ? part.get_double().get(notes.at) != simdjson::SUCCESS : part.get_string().get(text) != simdjson::SUCCESS)
            return false;
        if (at == 1)
            if (const auto number = numberOf(text))
                points.emplace_back(notes.at, *number);
        ++at;
    }
    return at >= 2;
}

bool PromReader::Parser::series(json::object object, const Each& each, PromNotes& notes)
{
    labels.clear();
    points.clear();
    bool hasValue = false;
    for (auto field : object) {
        std::string_view key;
        if (field.unescaped_key().get(key))
            return false;
        if (key == "metric") {
            json::object metric;
            if (field.value().get_object().get(metric))
                return false;
            for (auto label : metric) {
                std::string_view name, text;
                if (label.unescaped_key().get(name) || label.value().get_string().get(text))
                    return false;
                labels.emplace_back(name, text);
            }
        } else if (key == "value") {
            json::value value;
            if (field.value().get(value) || !point(value, notes))
                return false;
            hasValue = true;
        } else if (key == "values") {
            json::array values;
            if (field.value().get_array().get(values))
                return false;
            for (auto it : values) {
                json::value value;
                if (it.get(value) || !point(value, notes))
                    return false;
            }
            hasValue = true;
        }
    }
    if (!hasValue)
        return false;
    if (!points.empty()) {
        ++notes.series;
        each(labels, points);
    }
    return true;
}

Result<> PromReader::Parser::data(json::object object, std::string_view expected, const Each& each, PromNotes& notes)
{
    for (auto field : object) {
        std::string_view key;
        if (field.unescaped_key().get(key))
            return stranger("the answer is no JSON, or is cut off");
        if (key == "resultType") {
            std::string_view type;
            if (field.value().get_string().get(type) || type != expected)
                return stranger("the answer is no " + std::string(expected));
        } else if (key == "result") {
            json::array result;
            if (field.value().get_array().get(result))
                return stranger("the answer has no series");
            for (auto it : result) {
                json::object one;
                if (it.get_object().get(one) || !series(one, each, notes))
                    return fail(Error::Kind::Unavailable, "a series of the answer is damaged or cut off, after " + std::to_string(notes.series) + " others", {}, "a proxy between may cut answers off");
            }
        }
    }
    return {};
}

PromReader::PromReader() : m_parser(std::make_unique<Parser>()) { }
PromReader::~PromReader() = default;

Result<PromNotes> PromReader::vector(std::string body, const std::function<void(std::span<const PromLabel>, double)>& each)
{
    return read(std::move(body), "vector", [&each](std::span<const PromLabel> labels, std::span<const PromPoint> points) { each(labels, points.front().second); });
}

Result<PromNotes> PromReader::matrix(std::string body, const Each& each) { return read(std::move(body), "matrix", each); }

Result<PromNotes> PromReader::read(std::string body, std::string_view expected, const Each& each)
{
    PromNotes notes;
    const auto size = body.size();
    body.reserve(size + simdjson::SIMDJSON_PADDING);
    json::document document;
    json::object root;
    if (m_parser->parser.iterate(body.data(), size, body.capacity()).get(document) || document.get_object().get(root)) {
        if (body.starts_with("{\"status\""))
            return fail(Error::Kind::Unavailable, "the answer is cut off", {}, "a proxy between may cut answers off");
        return stranger("the answer is no JSON");
    }
    std::string status, type, text;
    bool hasData = false;
    for (auto field : root) {
        std::string_view key;
        if (field.unescaped_key().get(key))
            return fail(Error::Kind::Unavailable, "the answer is cut off", {}, "a proxy between may cut answers off");
        const auto take = [&field](std::string& to) {
            std::string_view found;
            if (!field.value().get_string().get(found))
                to = std::string(found);
        };
        if (key == "status")
            take(status);
        else if (key == "errorType")
            take(type);
        else if (key == "error")
            take(text);
        else if (key == "isPartial") {
            // VictoriaMetrics' own word for it.
            bool partial = false;
            if (!field.value().get_bool().get(partial) && partial)
                notes.warnings.emplace_back("the answer is partial: some storage nodes did not answer");
        } else if (key == "warnings" || key == "infos") {
            json::array list;
            if (field.value().get_array().get(list))
                continue;
            for (auto it : list)
                if (std::string_view said; !it.get_string().get(said) && key == "warnings")
                    notes.warnings.emplace_back(said.substr(0, longestText));
        } else if (key == "data" && status != "error") {
            json::object data;
            if (field.value().get_object().get(data))
                return stranger("the answer has no data");
            hasData = true;
            if (auto read = m_parser->data(data, expected, each, notes); !read)
                return std::unexpected(read.error());
        }
    }
    if (status == "error")
        return refusal(type, text);
    if (status != "success" || !hasData)
        return stranger("the answer has no status");
    return notes;
}

} // namespace penstock
