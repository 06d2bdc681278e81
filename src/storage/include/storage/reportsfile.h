// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "fleet/reportfigures.h"
#include "storage/databasehandle.h"

namespace penstock {

/// The figures of the last hundred capacity reports of a workspace, some KB each. Any number of processes use it, one
/// after the other; one thread uses an object at a time.
class ReportsFile
{
public:
    /// Opens or makes the file. A damaged one is set aside as NAME.damaged-TIME, which `notice` then says; one written
    /// by a newer version is refused and left alone.
    [[nodiscard]] static Result<ReportsFile> open(const std::string& path, std::string& notice);
    /// Opens it without ever writing to it. NotFound without a file.
    [[nodiscard]] static Result<ReportsFile> openToRead(const std::string& path);
    [[nodiscard]] Result<> keep(const ReportFigures& figures);
    /// The newest before a time; empty: there is none. One that cannot be read is passed over.
    [[nodiscard]] Result<std::optional<ReportFigures>> newestBefore(Time at);

private:
    explicit ReportsFile(DatabaseHandle handle) : m_handle(std::move(handle)) {}
    DatabaseHandle m_handle;
};

} // namespace penstock
