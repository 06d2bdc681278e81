// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fleet/auditlog.h"

namespace penstock {

struct StoryTable
{
    struct Column
    {
        std::string title;
        bool number = false;
    };
    std::string title;
    std::vector<Column> columns;
    std::vector<std::vector<std::string>> rows;
};

/// One audit record in words, for a terminal or for paper.
struct AuditStory
{
    std::string headline; ///< one line: "step 1 of 3 confirmed: azure 60, gcp 40"
    std::vector<std::pair<std::string, std::string>> facts; ///< "why", "eastus is losing nodes"
    std::vector<StoryTable> tables;
    bool simulated = false; ///< it was made on fleets that are not real
};

/// Tells all of the record, its numbers rounded as the window does; the exact ones are in its body. A record of a kind that this version does not know is told by its text.
[[nodiscard]] AuditStory storyOf(const AuditRecord& record);

} // namespace penstock
