// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "signin/oauth.h"

#include <QByteArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <memory>

#include <openssl/evp.h>
#include <openssl/pem.h>

namespace penstock {

namespace {

    constexpr qsizetype longestWords = 300;
    /// Of a token that does not say how long it lasts.
    constexpr std::chrono::minutes unsaidLifetime { 5 };
    constexpr std::chrono::hours longestLifetime { 24 * 7 };

    QJsonObject objectOf(std::string_view json) { return QJsonDocument::fromJson(QByteArray(json.data(), static_cast<qsizetype>(json.size()))).object(); }

    std::string textOf(const QJsonObject& object, const char* key) { return object.value(QLatin1String(key)).toString().toStdString(); }

    QByteArray base64Url(const QByteArray& bytes) { return bytes.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals); }

    QByteArray part(const QJsonObject& object) { return base64Url(QJsonDocument(object).toJson(QJsonDocument::Compact)); }

    struct Free
    {
        void operator()(BIO* it) const noexcept { BIO_free(it); }
        void operator()(EVP_PKEY* it) const noexcept { EVP_PKEY_free(it); }
        void operator()(EVP_MD_CTX* it) const noexcept { EVP_MD_CTX_free(it); }
    };

    Result<QByteArray> rs256(const std::string& pem, const QByteArray& text)
    {
        const std::unique_ptr<BIO, Free> bytes(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
        // Without this OpenSSL asks the terminal for the password of a key that has one.
        const auto noPassword = [](char*, int, int, void*) { return -1; };
        const std::unique_ptr<EVP_PKEY, Free> key(bytes ? PEM_read_bio_PrivateKey(bytes.get(), nullptr, noPassword, nullptr) : nullptr);
        if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA)
            return fail(Error::Kind::Invalid, "private_key of the service account is no RSA key", {}, "make a new key in the Google Cloud console, and take the file as it is");
        const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
        const auto* data = reinterpret_cast<const unsigned char*>(text.constData());
        const auto length = static_cast<std::size_t>(text.size());
        std::size_t size = 0;
        if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 || EVP_DigestSign(context.get(), nullptr, &size, data, length) != 1)
            return fail(Error::Kind::Unavailable, "RS256 cannot be computed", {}, "check that OpenSSL's default provider is installed");
        QByteArray made(static_cast<qsizetype>(size), '\0');
        if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(made.data()), &size, data, length) != 1)
            return fail(Error::Kind::Invalid, "the service account's key cannot sign", {}, "is it shorter than 2048 bits?");
        return made.left(static_cast<qsizetype>(size));
    }

} // namespace

Result<ServiceAccount> readServiceAccount(std::string_view json)
{
    const auto object = objectOf(json);
    const auto type = textOf(object, "type");
    if (type != "service_account")
        return fail(Error::Kind::Invalid, type == "authorized_user" || type == "external_account" ? "the key is of type " + type + ", not of a service account" : std::string("the key is no JSON key of a service account"), {},
            "make one: gcloud iam service-accounts keys create FILE --iam-account=ACCOUNT");
    ServiceAccount made { textOf(object, "client_email"), textOf(object, "private_key_id"), textOf(object, "private_key"), textOf(object, "token_uri") };
    if (made.tokenUri.empty())
        made.tokenUri = "https://oauth2.googleapis.com/token";
    for (const auto& [key, value] : { std::pair("client_email", &made.email), std::pair("private_key", &made.privateKey) })
        if (value->empty())
            return fail(Error::Kind::Invalid, std::string("the service account's key has no ") + key, {}, "take the file as Google Cloud gives it");
    return made;
}

Result<std::string> signedJwt(const ServiceAccount& account, const std::string& scope, const std::string& audience, Time now)
{
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
    QJsonObject header { { QStringLiteral("alg"), QStringLiteral("RS256") }, { QStringLiteral("typ"), QStringLiteral("JWT") } };
    if (!account.keyId.empty())
        header[QStringLiteral("kid")] = QString::fromStdString(account.keyId);
    const auto email = QString::fromStdString(account.email);
    QJsonObject claims { { QStringLiteral("iss"), email }, { QStringLiteral("scope"), QString::fromStdString(scope) }, { QStringLiteral("iat"), qint64(seconds.count()) }, { QStringLiteral("exp"), qint64((seconds + jwtLifetime).count()) } };
    if (audience.empty())
        claims[QStringLiteral("sub")] = email;
    else
        claims[QStringLiteral("aud")] = QString::fromStdString(audience);
    const auto text = part(header) + '.' + part(claims);
    const auto signature = rs256(account.privateKey, text);
    if (!signature)
        return std::unexpected(signature.error());
    return (text + '.' + base64Url(*signature)).toStdString();
}

Result<TokenAnswer> readTokenAnswer(std::string_view body)
{
    const auto object = objectOf(body);
    TokenAnswer made { textOf(object, "access_token"), unsaidLifetime };
    // It goes into a header.
    if (made.token.empty() || !std::ranges::all_of(made.token, [](char c) { return c > ' ' && c < '\x7f'; }))
        return fail(Error::Kind::Invalid, "the answer holds no access_token", {}, "is this the address of one who gives tokens?");
    const auto said = object.value(QLatin1String("expires_in"));
    bool isNumber = said.isDouble();
    const double seconds = isNumber ? said.toDouble() : said.toString().toDouble(&isNumber);
    if (isNumber && seconds >= 1)
        made.lifetime = std::chrono::seconds(static_cast<std::int64_t>(std::min(seconds, double(std::chrono::seconds(longestLifetime).count()))));
    return made;
}

std::string refusalWords(std::string_view body)
{
    const auto object = objectOf(body);
    const auto error = object.value(QLatin1String("error"));
    const auto inner = error.toObject();
    QString words;
    for (const auto& it : { object.value(QLatin1String("error_description")), inner.value(QLatin1String("message")), object.value(QLatin1String("message")), object.value(QLatin1String("Message")) })
        if (words.isEmpty())
            words = it.toString();
    if (error.isString() && !error.toString().isEmpty())
        words = error.toString() + (words.isEmpty() ? QString() : QStringLiteral(": ") + words);
    // Azure adds lines with numbers for its support.
    return words.section(QLatin1Char('\n'), 0, 0).simplified().left(longestWords).toStdString();
}

} // namespace penstock
