// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace penstock {

/// Name and value of a label.
using PromLabel = std::pair<std::string_view, std::string_view>;

/// Seconds since 1970 by the server's clock, and value.
using PromPoint = std::pair<double, double>;

/// What an answer says besides its series.
struct PromNotes
{
    std::size_t series = 0; ///< with a value that is a number
    double at = 0; ///< seconds since 1970 as the server has them: of which moment the values are; 0: there is none
    std::vector<std::string> warnings; ///< partial data, above all: unfit for a shift
};

/// Reads answers of a Prometheus-compatible API to queries. Keeps its memory for the next one; one thread at a time.
/// Source: https://prometheus.io/docs/prometheus/latest/querying/api/
class PromReader
{
public:
    PromReader();
    ~PromReader();

    /// Calls `each` for every series of a vector, in the order of the answer; its labels, the name among them, are gone after
    /// the call. What is no number is passed over. Invalid: what the server says it refuses, an answer that is no vector, or no
    /// answer of such an API at all; Unavailable: it gave up, or the answer is cut off. `each` may have been called before.
    [[nodiscard]] Result<PromNotes> vector(std::string body, const std::function<void(std::span<const PromLabel>, double)>& each);
    /// The same of a range: `each` gets a series' points in the order of time; where there is no number there is no point.
    using Each = std::function<void(std::span<const PromLabel>, std::span<const PromPoint>)>;
    [[nodiscard]] Result<PromNotes> matrix(std::string body, const Each& each);

private:
    [[nodiscard]] Result<PromNotes> read(std::string body, std::string_view expected, const Each& each);
    struct Parser;
    std::unique_ptr<Parser> m_parser;
};

} // namespace penstock
