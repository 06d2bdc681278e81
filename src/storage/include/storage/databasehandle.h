// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

struct sqlite3;

namespace penstock {

struct CloseDatabase
{
    void operator()(sqlite3* handle) const noexcept;
};
using DatabaseHandle = std::unique_ptr<sqlite3, CloseDatabase>;

} // namespace penstock
