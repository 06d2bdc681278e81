// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "fleet/shiftstatus.h"

namespace penstock {

/// The durable record of running shifts: `record` returns only once the state is on disk, before anything acts on it.
class Journal
{
public:
    virtual ~Journal() = default;
    [[nodiscard]] virtual Result<> record(const ShiftStatus& status) = 0;
    /// The newest state of every shift, newest first, at most `limit`.
    [[nodiscard]] virtual Result<std::vector<ShiftStatus>> shifts(std::size_t limit) = 0;
    /// The next free id: "S-1", "S-2", ...
    [[nodiscard]] virtual Result<std::string> nextId() = 0;
};

} // namespace penstock
