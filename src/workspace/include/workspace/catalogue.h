// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fleet/catalogue.h"

namespace penstock {

/// A catalogue file, as docs/catalogue.md describes it. All errors are found at once; each names file:line:column, the key and what
/// to write instead.
[[nodiscard]] std::expected<Catalogue, std::vector<Error>> parseCatalogue(std::string_view text, const std::string& path);
[[nodiscard]] std::expected<Catalogue, std::vector<Error>> loadCatalogue(const std::string& path);

} // namespace penstock
