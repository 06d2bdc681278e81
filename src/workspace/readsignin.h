// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fleet/endpoint.h"
#include "readrouter.h"

namespace penstock {

/// The `sign_in` of an endpoint whose other keys are read.
void readSignIn(Table& it, Endpoint& endpoint, const Absolute& absolute);

} // namespace penstock
