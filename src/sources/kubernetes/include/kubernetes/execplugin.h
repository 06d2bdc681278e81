// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "kubernetes/kubeconfig.h"

namespace penstock {

/// What an exec plugin gives. Secrets: never log it.
struct ExecCredential
{
    std::string token; ///< bearer; may be empty
    std::string certificate, key; ///< PEM, of the client; may be empty
    std::optional<Time> expires; ///< empty: until it is refused
};

/// Reads what a plugin printed. Invalid: it is no ExecCredential of `apiVersion`, or an empty one.
/// Source: client-go pkg/apis/clientauthentication.
[[nodiscard]] Result<ExecCredential> parseExecCredential(std::string_view printed, const std::string& apiVersion);

/// Runs the plugin of `access`, which must have one, without a terminal, and waits for it: up to `patience`, and ten minutes once it has said
/// something, as one that waits for a sign-in does; what it says is handed to `says` as it comes. It is killed when the time is over or at `stop`.
/// NotFound: there is no such program; Denied: it failed, with its last words.
[[nodiscard]] Result<ExecCredential> runExecPlugin(const KubeAccess& access, const std::function<void(const std::string&)>& says, const std::stop_token& stop, std::chrono::milliseconds patience = std::chrono::seconds(60));

} // namespace penstock
