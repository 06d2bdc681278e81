// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "http/httpclient.h"

#include <QFile>
#include <QHostAddress>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QThread>
#include <QTimer>
#include <QUrl>
#include <future>
#include <map>

namespace penstock {

namespace {

    /// Where without what might be secret.
    std::string placeOf(const QUrl& url) { return url.adjusted(QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::RemoveFragment).toString().toStdString(); }

    bool isThisMachine(const QUrl& url)
    {
        return url.host() == QLatin1String("localhost") || QHostAddress(url.host()).isLoopback();
    }

    Error failureOf(QNetworkReply& reply, const QString& tls, bool late, const std::string& where)
    {
        if (late)
            return { Error::Kind::Unavailable, "there is no answer in time", where, "is it overloaded, or is this the right address?" };
        const auto text = (tls.isEmpty() ? reply.errorString() : tls).toStdString();
        switch (reply.error()) {
        case QNetworkReply::ConnectionRefusedError: return { Error::Kind::Unavailable, "the connection is refused", where, "is it running, and is this its address?" };
        case QNetworkReply::HostNotFoundError: return { Error::Kind::Unavailable, "the host is not found", where, "compare the name with the address" };
        case QNetworkReply::RemoteHostClosedError: return { Error::Kind::Unavailable, "the other side hung up before its answer was whole", where, "it may be restarting" };
        case QNetworkReply::SslHandshakeFailedError:
            return { Error::Kind::Denied, "TLS fails: " + text, where, "name the certificate of its authority with ca = \"...\"" };
        default: return { Error::Kind::Unavailable, text, where, {} };
        }
    }

} // namespace

struct HttpClient::Impl
{
    void start(const HttpRequest& request, std::shared_ptr<std::promise<Result<HttpAnswer>>> promise);
    Result<QSslConfiguration> tlsWith(const std::string& ca);

    QThread thread;
    QObject* worker = nullptr; ///< lives on the thread, as does everything below
    QNetworkAccessManager* manager = nullptr;
    std::map<std::string, QSslConfiguration> tls;
};

Result<QSslConfiguration> HttpClient::Impl::tlsWith(const std::string& ca)
{
    if (const auto known = tls.find(ca); known != tls.end())
        return known->second;
    auto made = QSslConfiguration::defaultConfiguration();
    if (!ca.empty()) {
        QFile file(QString::fromStdString(ca));
        if (!file.open(QIODevice::ReadOnly))
            return fail(Error::Kind::NotFound, "the certificate file cannot be read", ca);
        const auto certificates = QSslCertificate::fromDevice(&file, QSsl::Pem);
        if (certificates.isEmpty())
            return fail(Error::Kind::Invalid, "the file holds no certificate", ca, "name a PEM file");
        made.setCaCertificates(certificates);
    }
    made.setProtocol(QSsl::TlsV1_2OrLater);
    return tls[ca] = made;
}

void HttpClient::Impl::start(const HttpRequest& request, std::shared_ptr<std::promise<Result<HttpAnswer>>> promise)
{
    if (!manager)
        manager = new QNetworkAccessManager(worker);
    const QUrl url(QString::fromStdString(request.url), QUrl::StrictMode);
    QNetworkRequest made(url);
    if (url.scheme() == QLatin1String("https")) {
        auto configuration = tlsWith(request.ca);
        if (!configuration)
            return promise->set_value(std::unexpected(configuration.error()));
        made.setSslConfiguration(*configuration);
    }
    made.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    made.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    made.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    made.setRawHeader("Accept", "application/json");
    made.setRawHeader("User-Agent", "penstock/" PENSTOCK_VERSION);
    if (!request.contentType.empty())
        made.setRawHeader("Content-Type", QByteArray::fromStdString(request.contentType));
    if (!request.token.empty())
        made.setRawHeader("Authorization", request.user.empty() ? "Bearer " + QByteArray::fromStdString(request.token) : "Basic " + QByteArray::fromStdString(request.user + ":" + request.token).toBase64());
    for (const auto& [key, value] : request.headers)
        made.setRawHeader(QByteArray::fromStdString(key), QByteArray::fromStdString(value));
    auto* reply = manager->sendCustomRequest(made, QByteArray::fromStdString(request.method), QByteArray::fromStdString(request.body));

    struct Talk
    {
        QString tls;
        bool late = false, tooLong = false;
    };
    auto talk = std::make_shared<Talk>();
    auto* deadline = new QTimer(reply);
    deadline->setSingleShot(true);
    QObject::connect(deadline, &QTimer::timeout, reply, [reply, talk] {
        talk->late = true;
        reply->abort();
    });
    deadline->start(request.timeout);
    QObject::connect(reply, &QNetworkReply::sslErrors, reply, [talk](const QList<QSslError>& errors) {
        if (!errors.isEmpty())
            talk->tls = errors.first().errorString();
    });
    QObject::connect(reply, &QNetworkReply::readyRead, reply, [reply, talk, most = request.longestAnswer] {
        if (reply->bytesAvailable() > most) {
            talk->tooLong = true;
            reply->abort();
        }
    });
    QObject::connect(reply, &QNetworkReply::finished, worker, [reply, talk, where = placeOf(url), promise, most = request.longestAnswer] {
        reply->deleteLater();
        const auto status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute);
        // From 200 on the errors of Qt are statuses, which are answers.
        constexpr int firstOfStatuses = 200;
        const bool isWhole = reply->error() == QNetworkReply::NoError || reply->error() >= firstOfStatuses;
        if (talk->tooLong)
            return promise->set_value(fail(Error::Kind::Invalid, "the answer is longer than " + std::to_string(most / (1024 * 1024)) + " MiB", where));
        if (!status.isValid() || !isWhole)
            return promise->set_value(std::unexpected(failureOf(*reply, talk->tls, talk->late, where)));
        HttpAnswer answer;
        answer.status = status.toInt();
        answer.contentType = reply->header(QNetworkRequest::ContentTypeHeader).toString().section(QLatin1Char(';'), 0, 0).trimmed().toLower().toStdString();
        answer.body = reply->readAll().toStdString();
        bool isNumber = false;
        if (const int seconds = reply->rawHeader("Retry-After").toInt(&isNumber); isNumber && seconds >= 0)
            answer.retryAfter = std::chrono::seconds(seconds);
        promise->set_value(std::move(answer));
    });
}

HttpClient::HttpClient() : m_impl(std::make_unique<Impl>())
{
    m_impl->worker = new QObject;
    m_impl->worker->moveToThread(&m_impl->thread);
    QObject::connect(&m_impl->thread, &QThread::finished, m_impl->worker, &QObject::deleteLater);
    m_impl->thread.setObjectName(QStringLiteral("http"));
    m_impl->thread.start();
}

HttpClient::~HttpClient()
{
    m_impl->thread.quit();
    m_impl->thread.wait();
}

Result<HttpAnswer> HttpClient::send(const HttpRequest& request)
{
    const QUrl url(QString::fromStdString(request.url), QUrl::StrictMode);
    if (!url.isValid() || url.host().isEmpty() || (url.scheme() != QLatin1String("https") && url.scheme() != QLatin1String("http")))
        return fail(Error::Kind::Invalid, "this is not an address", placeOf(url), "write https://HOST");
    if (!request.token.empty() && url.scheme() == QLatin1String("http") && !isThisMachine(url))
        return fail(Error::Kind::Refused, "a token would be sent in plaintext", placeOf(url), "write https://");
    const auto promise = std::make_shared<std::promise<Result<HttpAnswer>>>();
    auto answer = promise->get_future();
    QMetaObject::invokeMethod(m_impl->worker, [this, &request, promise] { m_impl->start(request, promise); }, Qt::QueuedConnection);
    return answer.get();
}

std::string formEncoded(const std::vector<std::pair<std::string, std::string>>& fields)
{
    QByteArray text;
    for (const auto& [key, value] : fields)
        text += (text.isEmpty() ? "" : "&") + QUrl::toPercentEncoding(QString::fromStdString(key)) + '='
            + QUrl::toPercentEncoding(QString::fromStdString(value));
    return text.toStdString();
}

} // namespace penstock
