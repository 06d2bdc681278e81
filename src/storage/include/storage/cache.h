// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "fleet/series.h"
#include "storage/databasehandle.h"

namespace penstock {

/// The local cache: the last known fleets, in SQLite. One thread uses it at a time. What it loads is validated as if it
/// came from a stranger.
class Cache
{
public:
    /// Opens or makes the file. A damaged one is set aside as NAME.damaged-TIME, which `notice` then says; one written by
    /// a newer version is refused and left alone.
    [[nodiscard]] static Result<Cache> open(const std::string& path, std::string& notice);

    [[nodiscard]] Result<> saveFleet(const SavedFleet& fleet);
    /// A fleet that cannot be read is left out and named in `notice`; the others come back.
    [[nodiscard]] Result<std::vector<SavedFleet>> loadFleets(std::string& notice);

private:
    explicit Cache(DatabaseHandle handle) : m_handle(std::move(handle)) {}
    DatabaseHandle m_handle;
    /// By endpoint, the inventory that was written last and its text.
    std::map<std::string, std::pair<std::shared_ptr<const Inventory>, std::string>> m_inventories;
};

} // namespace penstock
