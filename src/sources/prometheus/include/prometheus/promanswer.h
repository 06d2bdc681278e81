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

/// What an answer says besides its series.
struct PromNotes
{
    std::size_t series = 0; ///< with a value that is a number
    std::vector<std::string> warnings; ///< partial data, above all: unfit for a shift
};

/// Reads answers of a Prometheus-compatible API to instant queries. Keeps its memory for the next one; one thread at a time.
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

private:
    struct Parser;
    std::unique_ptr<Parser> m_parser;
};

} // namespace penstock
