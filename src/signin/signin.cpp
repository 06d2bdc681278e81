// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "signin/signin.h"

#include <QByteArray>
#include <mutex>
#include <optional>

#include "awssignin.h"
#include "signin/oauth.h"
#include "signin/tokenkeeper.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;

    constexpr auto scopeOfGoogle = "https://www.googleapis.com/auth/monitoring.read";
    constexpr auto authorityOfAzure = "https://login.microsoftonline.com";
    constexpr auto resourceOfAzure = "https://prometheus.monitor.azure.com";

    /// A token that somebody made, as a bearer's or a user's password. It may be renewed where it is kept.
    class KeptToken final : public SignIn
    {
    public:
        KeptToken(std::string reference, std::string user, SecretReader secrets) : m_reference(std::move(reference)), m_user(std::move(user)), m_secrets(std::move(secrets)) { }
        Result<> sign(HttpRequest& request, const std::stop_token&) override
        {
            const std::lock_guard lock(m_mutex);
            if (!m_token) {
                auto read = m_secrets(m_reference);
                if (!read)
                    return std::unexpected(read.error());
                m_token = std::move(*read);
            }
            request.token = *m_token;
            request.user = m_user;
            return {};
        }
        bool renew(const HttpRequest& refused, int) override
        {
            const std::lock_guard lock(m_mutex);
            m_token.reset();
            if (auto read = m_secrets(m_reference))
                m_token = std::move(*read);
            return m_token && *m_token != refused.token;
        }
        std::string advice() const override { return "check the endpoint's token, user and tenant"; }

    private:
        const std::string m_reference, m_user;
        const SecretReader m_secrets;
        std::mutex m_mutex; ///< guards the next one
        std::optional<std::string> m_token;
    };

    /// A token that is asked for, or made, and ends.
    class EndingToken final : public SignIn
    {
    public:
        EndingToken(TokenKeeper::Ask ask, std::string advice, Clock clock) : m_advice(std::move(advice)), m_keeper(std::move(ask), std::move(clock)) { }
        Result<> sign(HttpRequest& request, const std::stop_token& stop) override
        {
            auto token = m_keeper.token(stop);
            if (!token)
                return std::unexpected(token.error());
            request.token = std::move(*token);
            return {};
        }
        bool renew(const HttpRequest& refused, int status) override { return status == 401 && m_keeper.refuse(refused.token); }
        std::string advice() const override { return m_advice; }

    private:
        const std::string m_advice;
        TokenKeeper m_keeper;
    };

    /// What the other side says about a refusal, unless it repeats a piece of what it was shown.
    std::string wordsOf(const HttpAnswer& answer, const std::string& secret)
    {
        constexpr std::size_t piece = 8;
        auto words = refusalWords(answer.body);
        for (std::size_t at = 0; at == 0 || at + piece <= secret.size(); ++at)
            if (!secret.empty() && words.find(secret.substr(at, piece)) != std::string::npos)
                return {};
        return words;
    }

    /// Of what a request shows, that which nobody else may see.
    std::string secretOf(const HttpRequest& request)
    {
        if (!request.tokenHeader.empty())
            return request.token.substr(request.token.rfind('=') + 1); // the signature; who signs, and what, is said in good refusals
        return request.user.empty() ? request.token : QByteArray::fromStdString(request.user + ':' + request.token).toBase64().toStdString();
    }

    /// Asks who gives tokens. `secret`: what an answer must not repeat to us.
    Result<TokenKeeper::Token> askForToken(HttpClient& http, const std::string& url, const std::vector<std::pair<std::string, std::string>>& form, const std::string& secret, const std::string& hint, const std::stop_token& stop)
    {
        if (!url.starts_with("https://") && !url.starts_with("http://127.") && !url.starts_with("http://localhost") && !url.starts_with("http://[::1]"))
            return fail(Error::Kind::Refused, "a secret would be sent in plaintext", url, "write https://");
        const auto answer = http.send({ .method = "POST", .url = url, .body = formEncoded(form), .contentType = "application/x-www-form-urlencoded", .timeout = 10s, .longestAnswer = 1024 * 1024 }, stop);
        if (!answer)
            return std::unexpected(answer.error());
        if (answer->status == 200) {
            auto read = readTokenAnswer(answer->body);
            if (!read)
                return fail(read.error().kind, read.error().what, url, read.error().hint);
            return TokenKeeper::Token { std::move(read->token), read->lifetime };
        }
        const auto words = wordsOf(*answer, secret);
        const auto said = " (" + std::to_string(answer->status) + ")" + (words.empty() ? "" : ": " + words);
        if (answer->status == 400 || answer->status == 401 || answer->status == 403)
            return fail(Error::Kind::Denied, "no token is given" + said, url, hint);
        return fail(Error::Kind::Unavailable, "who gives tokens is in trouble" + said, url, answer->status == 404 ? "is tenant right, and authority?" : "it is asked again");
    }

    std::string without(std::string url, char last)
    {
        while (url.ends_with(last))
            url.pop_back();
        return url;
    }

    std::shared_ptr<SignIn> makeGoogleSignIn(const SignInAddress& address, std::shared_ptr<HttpClient> http, SecretReader secrets, const Clock& clock)
    {
        auto ask = [address, http = std::move(http), secrets = std::move(secrets), clock](const std::stop_token& stop) -> Result<TokenKeeper::Token> {
            const auto json = secrets(address.key);
            if (!json)
                return std::unexpected(json.error());
            const auto told = [&](Error error) {
                // Which secret it is, not what it says.
                error.where = address.key;
                return std::unexpected(std::move(error));
            };
            const auto account = readServiceAccount(*json);
            if (!account)
                return told(account.error());
            const auto url = address.authority.empty() ? account->tokenUri : without(address.authority, '/') + "/token";
            auto jwt = signedJwt(*account, scopeOfGoogle, address.exchanges ? url : std::string(), clock());
            if (!jwt)
                return told(jwt.error());
            if (!address.exchanges)
                return TokenKeeper::Token { std::move(*jwt), jwtLifetime };
            return askForToken(*http, url, { { "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer" }, { "assertion", *jwt } }, *jwt, "does " + account->email + " still exist, with this key, and is this machine's clock right?", stop);
        };
        return std::make_shared<EndingToken>(std::move(ask), "give the service account the role monitoring.viewer in the project of this address; is the project right?", clock);
    }

    std::shared_ptr<SignIn> makeAzureSignIn(const SignInAddress& address, std::shared_ptr<HttpClient> http, SecretReader secrets, const Clock& clock)
    {
        auto ask = [address, http = std::move(http), secrets = std::move(secrets)](const std::stop_token& stop) -> Result<TokenKeeper::Token> {
            const auto secret = secrets(address.clientSecret);
            if (!secret)
                return std::unexpected(secret.error());
            const auto url = without(address.authority.empty() ? authorityOfAzure : address.authority, '/') + '/' + address.tenant + "/oauth2/token";
            return askForToken(*http, url,
                { { "grant_type", "client_credentials" }, { "client_id", address.clientId }, { "client_secret", *secret }, { "resource", address.resource.empty() ? resourceOfAzure : address.resource } }, *secret,
                "check tenant, client_id and client_secret: has the secret ended? make another one in the app registration", stop);
        };
        return std::make_shared<EndingToken>(std::move(ask), "give the app the role Monitoring Data Reader on the Azure Monitor workspace; a new role takes some minutes", clock);
    }

} // namespace

std::shared_ptr<SignIn> makeSignIn(const Endpoint& endpoint, std::shared_ptr<HttpClient> http, SecretReader secrets, Clock clock)
{
    const auto& address = endpoint.signIn;
    if (address.kind == "google")
        return makeGoogleSignIn(address, std::move(http), std::move(secrets), clock);
    // All others are lines, of files that may hold more.
    secrets = [all = std::move(secrets)](std::string_view reference) {
        auto read = all(reference);
        if (read)
            read->erase(read->find_last_not_of(" \t\r\n", read->find('\n')) + 1);
        return read;
    };
    if (address.kind == "aws")
        return makeAwsSignIn(address, std::move(secrets), std::move(clock));
    if (address.kind == "azure")
        return makeAzureSignIn(address, std::move(http), std::move(secrets), clock);
    if (endpoint.token.empty())
        return nullptr;
    return std::make_shared<KeptToken>(endpoint.token, endpoint.user, std::move(secrets));
}

Error refusalOf(const SignIn& signIn, const HttpRequest& refused, const HttpAnswer& answer)
{
    const auto words = wordsOf(answer, secretOf(refused));
    return { Error::Kind::Denied, "the other side refuses (" + std::to_string(answer.status) + ")" + (words.empty() ? "" : ": " + words), refused.url, signIn.advice() };
}

Result<HttpAnswer> sendSigned(HttpClient& http, SignIn* signIn, const HttpRequest& request, const std::stop_token& stop)
{
    if (!signIn)
        return http.send(request, stop);
    for (bool isFirst = true;; isFirst = false) {
        auto made = request;
        if (const auto done = signIn->sign(made, stop); !done)
            return std::unexpected(done.error());
        auto answer = http.send(made, stop);
        if (!answer || (answer->status != 401 && answer->status != 403))
            return answer;
        if (isFirst && signIn->renew(made, answer->status))
            continue;
        return std::unexpected(refusalOf(*signIn, made, *answer));
    }
}

} // namespace penstock
