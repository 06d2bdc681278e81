// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "awssignin.h"

#include <QDir>
#include <QFileInfo>
#include <QSettings>
#include <QUrl>
#include <mutex>
#include <optional>

#include "signin/sigv4.h"

namespace penstock {

namespace {

    std::string variable(const char* name) { return qEnvironmentVariable(name).toStdString(); }

    class AwsSignIn final : public SignIn
    {
    public:
        AwsSignIn(SignInAddress address, SecretReader secrets, Clock clock) : m_address(std::move(address)), m_secrets(std::move(secrets)), m_clock(std::move(clock)) { }

        Result<> sign(HttpRequest& request, const std::stop_token&) override
        {
            const auto keys = kept();
            if (!keys)
                return std::unexpected(keys.error());
            const auto at = m_clock();
            const QUrl url(QString::fromStdString(request.url), QUrl::StrictMode);
            request.headers.emplace_back("X-Amz-Date", amzDate(at));
            if (!keys->session.empty())
                request.headers.emplace_back("X-Amz-Security-Token", keys->session);
            SigV4Request what { request.method, url.path(QUrl::FullyEncoded).toStdString(), url.query(QUrl::FullyEncoded).toStdString(), request.headers, request.body };
            // As the network stack writes it.
            what.headers.emplace_back("Host", (url.host(QUrl::FullyEncoded) + (url.port() < 0 ? QString() : QStringLiteral(":%1").arg(url.port()))).toStdString());
            if (!request.contentType.empty())
                what.headers.emplace_back("Content-Type", request.contentType);
            auto made = sigV4(what, *keys, m_address.region, "aps", at);
            if (!made)
                return std::unexpected(made.error());
            request.tokenHeader = "Authorization";
            request.token = std::move(made->authorization);
            return {};
        }
        bool renew(const HttpRequest&, int) override
        {
            const std::lock_guard lock(m_mutex);
            auto now = read();
            const bool isOther = now && m_keys != *now;
            if (now)
                m_keys = std::move(*now);
            return isOther;
        }
        std::string advice() const override
        {
            return "have the keys ended, are they allowed aps:QueryMetrics on this workspace, is its region " + m_address.region + ", and is this machine's clock right?";
        }

    private:
        Result<AwsKeys> kept()
        {
            const std::lock_guard lock(m_mutex);
            if (!m_keys) {
                auto found = read();
                if (!found)
                    return found;
                m_keys = std::move(*found);
            }
            return *m_keys;
        }
        [[nodiscard]] Result<AwsKeys> read() const;
        [[nodiscard]] static Result<AwsKeys> readFile(const std::string& profile);

        const SignInAddress m_address;
        const SecretReader m_secrets;
        const Clock m_clock;
        std::mutex m_mutex; ///< guards the next one
        std::optional<AwsKeys> m_keys;
    };

    /// As the tools of Amazon do it: what is said here, the environment, the shared file.
    Result<AwsKeys> AwsSignIn::read() const
    {
        if (m_address.secretKey.empty()) {
            if (!m_address.profile.empty())
                return readFile(m_address.profile);
            AwsKeys keys { variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"), variable("AWS_SESSION_TOKEN") };
            if (!keys.id.empty() && !keys.secret.empty())
                return keys;
            const auto profile = variable("AWS_PROFILE");
            return readFile(profile.empty() ? "default" : profile);
        }
        AwsKeys keys { m_address.accessKey, {}, {} };
        const bool isReference = keys.id.find(':') != std::string::npos;
        for (const auto& [reference, to] : { std::pair(isReference ? &m_address.accessKey : nullptr, &keys.id), std::pair(&m_address.secretKey, &keys.secret), std::pair(&m_address.sessionToken, &keys.session) })
            if (reference) {
                auto secret = m_secrets(*reference);
                if (!secret)
                    return std::unexpected(secret.error());
                *to = std::move(*secret);
            }
        return keys;
    }

    Result<AwsKeys> AwsSignIn::readFile(const std::string& profile)
    {
        const auto said = qEnvironmentVariable("AWS_SHARED_CREDENTIALS_FILE");
        const auto path = said.isEmpty() ? QDir::homePath() + QStringLiteral("/.aws/credentials") : said;
        if (!QFileInfo(path).isReadable())
            return fail(Error::Kind::NotFound, "there are no keys of Amazon Web Services: neither in sign_in, nor in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, nor in a credentials file", path.toStdString(),
                "run aws configure, or name access_key and secret_key in sign_in");
        QSettings file(path, QSettings::IniFormat);
        const auto value = [&](const char* key) {
            // A comma makes a list of a value.
            return file.value(QString::fromStdString(profile) + QLatin1Char('/') + QLatin1String(key)).toStringList().join(QLatin1Char(',')).toStdString();
        };
        AwsKeys keys { value("aws_access_key_id"), value("aws_secret_access_key"), value("aws_session_token") };
        if (keys.id.empty() || keys.secret.empty())
            return fail(Error::Kind::NotFound, "the credentials file has no keys of profile " + profile, path.toStdString(),
                "for roles and single sign-on bring them into the environment: eval \"$(aws configure export-credentials --profile " + profile + " --format env)\"");
        return keys;
    }

} // namespace

std::shared_ptr<SignIn> makeAwsSignIn(SignInAddress address, SecretReader secrets, Clock clock)
{
    return std::make_shared<AwsSignIn>(std::move(address), std::move(secrets), std::move(clock));
}

} // namespace penstock
