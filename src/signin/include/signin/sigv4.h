// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace penstock {

struct AwsKeys
{
    std::string id, secret;
    std::string session {}; ///< of keys that end; empty: they do not
    friend bool operator==(const AwsKeys&, const AwsKeys&) = default;
};

/// What is signed of a request.
struct SigV4Request
{
    std::string method;
    std::string path; ///< as it stands in the request line
    std::string query {}; ///< likewise, without '?'
    std::vector<std::pair<std::string, std::string>> headers {}; ///< all that are signed: Host and X-Amz-Date at least
    std::string body {};
};

struct SigV4Signature
{
    std::string canonical; ///< the request as it is signed
    std::string signature; ///< hexadecimal
    std::string authorization; ///< the header's value
};

/// Amazon's Signature Version 4, for any service but S3. `at` must be what X-Amz-Date says: amzDate. Unavailable: OpenSSL refuses. Any
/// thread. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
[[nodiscard]] Result<SigV4Signature> sigV4(const SigV4Request& request, const AwsKeys& keys, const std::string& region, const std::string& service, Time at);

/// "20150830T123600Z".
[[nodiscard]] std::string amzDate(Time at);

} // namespace penstock
