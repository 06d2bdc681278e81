// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace penstock {

/// The rules of a workspace.
struct Policy
{
    int minProviders = 1;
    std::chrono::seconds staleAfter { 30 };
    double maxStep = 0.25; ///< of a route, in one step
    double secondPersonAbove = 1.0; ///< share of a route that needs an approval; 1.0: never
    std::vector<std::string> overridable; ///< never approval or residency
};

} // namespace penstock
