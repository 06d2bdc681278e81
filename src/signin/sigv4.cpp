// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "signin/sigv4.h"

#include <QByteArray>
#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/sha256.h"
#include "base/timetext.h"

namespace penstock {

namespace {

    /// All but what may stand as it is, RFC 3986.
    std::string escaped(std::string_view text) { return QByteArray(text.data(), static_cast<qsizetype>(text.size())).toPercentEncoding().toStdString(); }

    std::string unescaped(std::string_view text) { return QByteArray::fromPercentEncoding(QByteArray(text.data(), static_cast<qsizetype>(text.size()))).toStdString(); }

    std::vector<std::string_view> split(std::string_view text, char at)
    {
        std::vector<std::string_view> parts;
        for (std::size_t begin = 0; begin <= text.size();) {
            const auto end = std::min(text.find(at, begin), text.size());
            parts.push_back(text.substr(begin, end - begin));
            begin = end + 1;
        }
        return parts;
    }

    /// Without "//", "." and "..", and encoded once more.
    std::string canonicalPath(std::string_view path)
    {
        std::vector<std::string_view> kept;
        for (const auto part : split(path, '/'))
            if (part == "..") {
                if (!kept.empty())
                    kept.pop_back();
            } else if (!part.empty() && part != ".")
                kept.push_back(part);
        std::string made;
        for (const auto part : kept)
            made += '/' + escaped(part);
        return made.empty() || path.ends_with('/') ? made + '/' : made;
    }

    std::string canonicalQuery(std::string_view query)
    {
        std::vector<std::pair<std::string, std::string>> fields;
        for (const auto field : split(query, '&'))
            if (const auto is = field.find('='); !field.empty())
                fields.emplace_back(escaped(unescaped(field.substr(0, is))), is == std::string_view::npos ? std::string() : escaped(unescaped(field.substr(is + 1))));
        std::ranges::sort(fields);
        std::string made;
        for (const auto& [key, value] : fields)
            made += (made.empty() ? "" : "&") + key + '=' + value;
        return made;
    }

    /// Outer spaces away, inner ones single.
    std::string trimmed(const std::string& value) { return QByteArray::fromStdString(value).simplified().toStdString(); }

    Result<QByteArray> hmac(const QByteArray& key, std::string_view text)
    {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest {};
        unsigned size = 0;
        if (!HMAC(EVP_sha256(), key.constData(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size))
            return fail(Error::Kind::Unavailable, "HMAC-SHA-256 cannot be computed", {}, "check that OpenSSL's default provider is installed");
        return QByteArray(reinterpret_cast<const char*>(digest.data()), static_cast<qsizetype>(size));
    }

} // namespace

std::string amzDate(Time at)
{
    std::string text = rfc3339(at, TimeDigits::Milliseconds).substr(0, 19) + 'Z';
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text;
}

Result<SigV4Signature> sigV4(const SigV4Request& request, const AwsKeys& keys, const std::string& region, const std::string& service, Time at)
{
    std::map<std::string, std::string> headers;
    for (const auto& [name, value] : request.headers) {
        auto& kept = headers[QByteArray::fromStdString(name).toLower().toStdString()];
        kept += (kept.empty() ? "" : ",") + trimmed(value);
    }
    std::string lines, names;
    for (const auto& [name, value] : headers) {
        lines.append(name).append(":").append(value).append("\n");
        names += (names.empty() ? "" : ";") + name;
    }
    const auto body = sha256(request.body);
    if (!body)
        return std::unexpected(body.error());
    SigV4Signature made;
    made.canonical = request.method + '\n' + canonicalPath(request.path) + '\n' + canonicalQuery(request.query) + '\n' + lines + '\n' + names + '\n' + *body;
    const auto hash = sha256(made.canonical);
    if (!hash)
        return std::unexpected(hash.error());
    const auto date = amzDate(at);
    const auto scope = date.substr(0, 8) + '/' + region + '/' + service + "/aws4_request";
    Result<QByteArray> key = QByteArray("AWS4") + QByteArray::fromStdString(keys.secret);
    for (const auto& part : { date.substr(0, 8), region, service, std::string("aws4_request"), "AWS4-HMAC-SHA256\n" + date + '\n' + scope + '\n' + *hash })
        if (key)
            key = hmac(*key, part);
    if (!key)
        return std::unexpected(key.error());
    made.signature = key->toHex().toStdString();
    made.authorization = "AWS4-HMAC-SHA256 Credential=" + keys.id + '/' + scope + ", SignedHeaders=" + names + ", Signature=" + made.signature;
    return made;
}

} // namespace penstock
