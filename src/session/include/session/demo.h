// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "workspace/workspace.h"

namespace penstock {

/// The demo: one simulated agent in this process with three clouds. Its files come with the program and are written to
/// the user's cache folder, so that they can be read and copied.
[[nodiscard]] std::expected<Workspace, std::vector<Error>> demoWorkspace();
/// True of what demoWorkspace() made.
[[nodiscard]] bool isDemo(const Workspace& workspace);

} // namespace penstock
