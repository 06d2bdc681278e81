// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "signin/signin.h"

namespace penstock {

/// Signs for Amazon Managed Service for Prometheus. Keys are read at the first request, and again when they are refused.
[[nodiscard]] std::shared_ptr<SignIn> makeAwsSignIn(SignInAddress address, SecretReader secrets, Clock clock);

} // namespace penstock
