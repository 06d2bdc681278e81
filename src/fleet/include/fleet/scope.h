// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace penstock {

/// A part of the fleets: a provider, a region, a cluster or a node. Empty parts do not restrict.
struct Scope
{
    std::string provider;
    std::string region;
    std::string cluster;
    std::string node;

    [[nodiscard]] bool contains(
        std::string_view itsProvider, std::string_view itsRegion, std::string_view itsCluster) const;
    /// "provider=azure", "region=eastus", "provider=azure,region=eastus": commas join several.
    [[nodiscard]] static Result<Scope> parse(std::string_view text);
    [[nodiscard]] std::string text() const;
    friend bool operator==(const Scope&, const Scope&) = default;
};

} // namespace penstock
