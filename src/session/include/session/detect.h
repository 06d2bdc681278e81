// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "fleet/endpoint.h"

namespace penstock {

class HttpClient;

/// Contexts of the kubeconfig of whoever runs this.
[[nodiscard]] std::vector<std::string> knownContexts();

/// What signing in to a context runs.
struct SignInProgram
{
    std::string shown; ///< for people, without what might be a secret
    std::string exact;
};
/// Empty: nothing is run, or the kubeconfig cannot be read, which opening it says.
[[nodiscard]] std::optional<SignInProgram> programOf(const Endpoint& endpoint);

/// Finds out what answers at `endpoint.url` and completes what follows from that: kind, url without what the kind adds itself,
/// targets, how to sign in to a managed store, and a name where there is none. A kind that is given is believed. Blocks for up to 5 s a question,
/// and as long as signing in takes; any thread. Invalid: no address, or nothing that is known here answers there, or what a sign-in needs is not
/// said: `where` is "sign_in" then, and keys in the hint are its. Denied: it wants another token; Unavailable: silence.
[[nodiscard]] Result<Endpoint> detectKind(Endpoint endpoint, const std::shared_ptr<HttpClient>& http);

} // namespace penstock
