// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/timetext.h"
#include "csvfile.h"
#include "madecurves.h"

namespace penstock::test {

/// Where a recorded curve stands in a CSV file: the values of all rows of a time are added up.
struct Recording
{
    std::string path; ///< below data/ of the shared folder
    std::string time; ///< a column: seconds from the start, or "2024-11-15 16:57:50"
    std::string value {}; ///< empty: rows are counted, and an hour of none is 0
    std::string where {}, is {}; ///< only rows of which this column holds this
    std::chrono::seconds step { 600 };
    bool zeroIsGap = true;
};

inline double secondsOf(const std::string& text)
{
    if (text.size() != 19)
        return std::stod(text);
    const auto moment = parseTime(text.substr(0, 10) + "T" + text.substr(11) + "Z");
    return moment
        ? std::chrono::duration<double>(*moment - Time(std::chrono::sys_days(std::chrono::year(2024) / 1 / 1))).count()
        : 0;
}

/// Empty: not beside the checkout.
inline std::vector<Observation> recorded(const std::string& shared, const Recording& it)
{
    std::map<std::int64_t, double> sums;
    std::vector<std::string> columns { it.time };
    for (const auto& column : { it.value, it.where })
        if (!column.empty())
            columns.push_back(column);
    const auto step = it.step.count();
    const auto read = readCsv(shared + "/data/" + it.path, columns, [&](const CsvRow& row) -> Result<> {
        if (!it.where.empty() && row.text(columns.size() - 1) != it.is)
            return {};
        const auto at = static_cast<std::int64_t>(secondsOf(row.text(0))) / step;
        sums[at] += it.value.empty() ? 1 : row.number(1, it.value, 0, 1e12).value_or(0).value_or(0);
        return {};
    });
    std::vector<Observation> made;
    if (!read || sums.empty())
        return made;
    for (auto at = sums.begin()->first; at <= sums.rbegin()->first; ++at)
        if (const auto found = sums.find(at);
            found != sums.end() ? found->second > 0 || !it.zeroIsGap : it.value.empty())
            made.push_back(observation(monday + it.step * at, found == sums.end() ? 0 : found->second, it.step));
    return made;
}

/// A week of requests to a model of Alibaba's, "m-large" or "m-mid"; of one of its customers.
inline Recording serveGen(const std::string& model, const std::string& client = {})
{
    const auto file = "demand/servegen_" + model + "_week1_" + (client.empty() ? "" : "by_client_") + "10min.csv.gz";
    return client.empty() ? Recording { file, "t_s", "rps_total" }
                          : Recording { file, "t_s", "rps", "client_id", client };
}

} // namespace penstock::test
