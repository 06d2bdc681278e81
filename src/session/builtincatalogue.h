// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fleet/catalogue.h"

namespace penstock {

/// The catalogue that comes with the program: all files of resources/catalogue.
[[nodiscard]] Catalogue builtInCatalogue();

} // namespace penstock
