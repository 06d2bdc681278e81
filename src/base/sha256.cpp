// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "base/sha256.h"

#include <array>

#include <openssl/evp.h>

namespace penstock {

Result<std::string> sha256(std::string_view bytes)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest {};
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1 || size != 32)
        return fail(Error::Kind::Unavailable, "SHA-256 cannot be computed", {}, "check that OpenSSL's default provider is installed");
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hash;
    for (unsigned i = 0; i < size; ++i) {
        hash += digits[digest[i] >> 4];
        hash += digits[digest[i] & 15U];
    }
    return hash;
}

} // namespace penstock
