// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <cstddef>
#include <cstdint>
#include <string>

#include "kubernetes/execplugin.h"
#include "promises.h"

using namespace penstock;
using fuzz::require;

/// Whatever stands in a kubeconfig, or comes from a plugin, is an access or an error with words. Named files lie where there are none.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    for (const char* context : { "", "gke" }) {
        const auto made = parseKubeconfig({ { "/is/not/there/config", text } }, context);
        if (!made) {
            require(!made.error().what.empty() && !made.error().where.empty());
            continue;
        }
        require(made->server.starts_with("http") && !made->context.empty() && !made->cluster.empty());
        require(made->identity.certificate.empty() == made->identity.key.empty());
        require(!made->exec || !made->exec->command.empty());
    }
    if (const auto credential = parseExecCredential(text, "client.authentication.k8s.io/v1"))
        require(!credential->token.empty() || !credential->certificate.empty());
    if (const auto bytes = fromBase64(text))
        require(bytes->size() <= size);
    require(fromBase64(toBase64(text)) == text);
    return 0;
}
