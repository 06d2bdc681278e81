// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace penstock::gateway {

/// What a Prometheus-compatible API answers to an instant query.
struct InstantAnswer
{
    struct Sample
    {
        std::map<std::string, std::string> labels;
        double value = 0; ///< finite: what is no number is left out
    };
    std::vector<Sample> samples;
    std::vector<std::string> warnings; ///< partial data, above all
};

/// Reads the body of a success or a refusal, which becomes an error of what the server said. Invalid: neither.
[[nodiscard]] Result<InstantAnswer> parseInstantAnswer(std::string_view json);

/// The value of each of `names` by the label `label`, or by the only label there is where `label` is empty. Empty where no
/// sample names it. Invalid: the label is missing, is not the only one, or names the same backend twice.
[[nodiscard]] Result<std::vector<std::optional<double>>> valuesByName(
    const InstantAnswer& answer, const std::string& label, const std::vector<std::string>& names);

} // namespace penstock::gateway
