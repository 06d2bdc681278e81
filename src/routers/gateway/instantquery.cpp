// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "gateway/instantquery.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "json.h"

namespace penstock::gateway {

namespace {

    std::unexpected<Error> broken(const std::string& what)
    {
        return fail(Error::Kind::Invalid, what, {}, "is this really a Prometheus-compatible API?");
    }

    /// Values are strings: "43.5", "NaN", "+Inf".
    std::optional<double> valueOf(const Json& pair)
    {
        if (!pair.is_array() || pair.size() != 2 || !pair[1].is_string())
            return std::nullopt;
        std::string_view written = pair[1].get_ref<const std::string&>();
        if (written.starts_with('+'))
            written.remove_prefix(1);
        double value = 0;
        const auto read = std::from_chars(written.data(), written.data() + written.size(), value);
        if (read.ec != std::errc() || read.ptr != written.data() + written.size())
            return std::nullopt;
        return value;
    }

} // namespace

Result<InstantAnswer> parseInstantAnswer(std::string_view json)
{
    const auto root = Json::parse(json, nullptr, false);
    if (root.is_discarded())
        return broken("the answer is no JSON");
    const auto status = text(root, "status");
    if (status == "error") {
        const auto type = text(root, "errorType");
        const auto kind = type == "bad_data" || type == "execution" ? Error::Kind::Invalid : Error::Kind::Unavailable;
        return fail(kind, "the query is refused (" + type + "): " + text(root, "error").substr(0, 300), {}, kind == Error::Kind::Invalid ? "try the query in its own web page" : "");
    }
    if (status != "success")
        return broken("the answer has no status");
    const auto& data = member(root, "data");
    const auto type = text(data, "resultType");
    const auto& result = member(data, "result");
    InstantAnswer answer;
    for (const auto* notes : { "warnings", "infos" })
        for (const auto& it : member(root, notes))
            if (it.is_string())
                answer.warnings.push_back(it.get<std::string>().substr(0, 300));
    if (type == "scalar") {
        const auto value = valueOf(result);
        if (!value)
            return broken("a value is no number");
        if (std::isfinite(*value))
            answer.samples.push_back({ {}, *value });
        return answer;
    }
    if (type != "vector" || !result.is_array())
        return fail(Error::Kind::Invalid, "the query does not give one value a series, but a " + (type.empty() ? "riddle" : type), {}, "write an instant query");
    for (const auto& it : result) {
        const auto value = valueOf(member(it, "value"));
        if (!value)
            return broken("a value is no number");
        if (!std::isfinite(*value))
            continue;
        InstantAnswer::Sample sample;
        sample.value = *value;
        const auto& metric = member(it, "metric");
        if (metric.is_object())
            for (const auto& [key, label] : metric.items())
                if (label.is_string() && key != "__name__")
                    sample.labels[key] = label.get<std::string>();
        answer.samples.push_back(std::move(sample));
    }
    return answer;
}

Result<std::vector<std::optional<double>>> valuesByName(
    const InstantAnswer& answer, const std::string& label, const std::vector<std::string>& names)
{
    std::vector<std::optional<double>> values(names.size());
    std::string strangers;
    for (const auto& sample : answer.samples) {
        const auto found = label.empty() ? sample.labels.begin() : sample.labels.find(label);
        if (label.empty() && sample.labels.size() != 1)
            return fail(Error::Kind::Invalid, "the series have " + std::to_string(sample.labels.size()) + " labels, and none is named to tell the backends apart", {},
                "write sum by (LABEL) (...), or label = \"LABEL\"");
        if (found == sample.labels.end())
            return fail(Error::Kind::Invalid, "a series has no label " + label, {}, "write sum by (" + label + ") (...)");
        const auto at = std::ranges::find(names, found->second);
        if (at == names.end()) {
            strangers += (strangers.empty() ? "" : ", ") + found->second.substr(0, 80);
            continue;
        }
        auto& value = values[static_cast<std::size_t>(at - names.begin())];
        if (value)
            return fail(Error::Kind::Invalid, "several series name the backend " + *at, {}, "write sum by (...) so that each has one");
        value = sample.value;
    }
    if (!strangers.empty() && std::ranges::none_of(values, [](const auto& it) { return it.has_value(); }))
        return fail(Error::Kind::NotFound, "no series names a backend of the route", {}, "they name " + strangers.substr(0, 300) + "; use label_replace");
    return values;
}

} // namespace penstock::gateway
