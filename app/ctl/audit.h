// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "report.h"

namespace penstock {

/// What `penstockctl audit` was asked for.
struct AuditArguments
{
    std::string log; ///< the database; empty: this account's
    std::string verb; ///< list, verify, show, export
    std::string what; ///< show: a record number, a shift or the beginning of a plan hash; export: the file to write
    std::string file; ///< verify: an exported file instead of the log
    std::string shift, since, until;
    bool force = false; ///< export: replace a file that is there
};

/// Runs it and returns the exit code. Connects nowhere and writes to no log. `argc` and `argv` are for Qt.
[[nodiscard]] int auditCommand(const AuditArguments& arguments, OutputFormat format, int& argc, char** argv);

} // namespace penstock
