// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "cost/cost.h"
#include "output.h"

namespace penstock {

/// What `penstockctl cost` prints. `by`: total, provider, model, provider,model or workload. `source`: whose fleets they are.
[[nodiscard]] std::string costReport(
    const CostPicture& cost, const std::string& by, const std::vector<std::string>& partial, const std::string& source, OutputFormat format);

} // namespace penstock
