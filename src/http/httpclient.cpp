// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "http/httpclient.h"

#include <QFile>
#include <QHostAddress>
#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkProxy>
#include <QNetworkReply>
#include <QRegularExpression>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslKey>
#include <QString>
#include <QThread>
#include <QTimer>
#include <QUrl>
#include <algorithm>
#include <condition_variable>
#include <limits>
#include <map>
#include <mutex>
#include <sys/resource.h>
#include <tuple>

namespace penstock {

namespace {

    /// Of a stream, in bytes, before its sender has to wait.
    constexpr qint64 mostWaiting = 1024 * 1024;

    /// Where without what might be secret.
    std::string placeOf(const QUrl& url) { return url.adjusted(QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::RemoveFragment).toString().toStdString(); }

    bool isThisMachine(const QUrl& url)
    {
        return url.host() == QLatin1String("localhost") || QHostAddress(url.host()).isLoopback();
    }

    /// Thousands of hosts are asked, each over a connection of its own: the usual limit is there for programs that use select().
    void liftFileLimit()
    {
        rlimit files {};
        if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
            files.rlim_cur = files.rlim_max;
            (void)setrlimit(RLIMIT_NOFILE, &files);
        }
    }

    /// What no request may be.
    std::optional<Error> refusalOf(const HttpRequest& request)
    {
        const QUrl url(QString::fromStdString(request.url), QUrl::StrictMode);
        if (!url.isValid() || url.host().isEmpty() || (url.scheme() != QLatin1String("https") && url.scheme() != QLatin1String("http")))
            return Error { Error::Kind::Invalid, "this is not an address", placeOf(url), "write https://HOST" };
        if (!request.token.empty() && url.scheme() == QLatin1String("http") && !isThisMachine(url))
            return Error { Error::Kind::Refused, "a token would be sent in plaintext", placeOf(url), "write https://" };
        return std::nullopt;
    }

    std::unexpected<Error> tooLong(std::int64_t most, const std::string& where)
    {
        return fail(Error::Kind::Invalid, "the answer is longer than " + std::to_string(most / (1024 * 1024)) + " MiB", where);
    }

    /// What is wrong with a certificate, and what to do, a sentence each.
    std::pair<QString, QString> troubleOf(const QList<QSslError>& errors, const QString& name)
    {
        QStringList what, todo;
        const auto add = [](QStringList& to, const QString& text) {
            if (!to.contains(text))
                to << text;
        };
        for (const auto& error : errors) {
            add(what, error.errorString());
            switch (error.error()) {
            case QSslError::HostNameMismatch: {
                const auto names = error.certificate().subjectAlternativeNames().values();
                add(todo, QStringLiteral("the certificate is not for %1%2: write a name that it holds in the address, or have one issued for this name").arg(name, names.isEmpty() ? QString() : QStringLiteral(" but for ") + names.mid(0, 4).join(QStringLiteral(", "))));
                break;
            }
            case QSslError::CertificateExpired:
            case QSslError::CertificateNotYetValid: add(todo, QStringLiteral("have the certificate renewed, or set this machine's clock right")); break;
            default: add(todo, QStringLiteral("nobody that is trusted vouches for it: name the certificate of its authority with ca = \"...\""));
            }
        }
        return { what.join(QStringLiteral("; ")), todo.join(QStringLiteral("; ")) };
    }

    /// What might be a secret in what a server says.
    QString withoutSecrets(QString text)
    {
        static const QRegularExpression named(QStringLiteral(R"re(\b(bearer|basic|token|password|passwd|secret|api[-_]?key|authorization|signature)(["' ]*[:=]["' ]*| +"?)([^\s"',;]{6,}))re"), QRegularExpression::CaseInsensitiveOption);
        static const QRegularExpression random(QStringLiteral(R"re((?=[\w+/=.~-]*[0-9])(?=[\w+/=.~-]*[A-Z])(?=[\w+/=.~-]*[a-z])[\w+=.~-]{32,}|\b[0-9a-f]{32,}\b)re"));
        // "invalid token provided" holds none: secrets have digits or are long.
        qsizetype from = 0;
        for (auto found = named.match(text, from); found.hasMatch(); found = named.match(text, from)) {
            const auto value = found.captured(3);
            const bool isSecret = value.size() >= 20 || std::any_of(value.begin(), value.end(), [](QChar it) { return it.isDigit(); }) || !found.captured(2).trimmed().isEmpty();
            from = found.capturedStart(3);
            if (isSecret && value.compare(QLatin1String("Bearer"), Qt::CaseInsensitive) != 0)
                text.replace(from, value.size(), QChar(0x2026));
            from += 1;
        }
        return text.replace(random, QString(QChar(0x2026)));
    }

    /// The sentence in an error that is JSON, wherever servers put it.
    QString sentenceIn(const QByteArray& body)
    {
        const auto object = QJsonDocument::fromJson(body).object();
        for (const auto* key : { "error", "message", "Message", "detail", "error_description" }) {
            const auto value = object.value(QLatin1String(key));
            if (value.isString() && !value.toString().isEmpty())
                return value.toString();
            if (const auto inner = value.toObject().value(QLatin1String("message")).toString(); !inner.isEmpty())
                return inner;
        }
        return {};
    }

    Error failureOf(QNetworkReply& reply, const QString& tls, const QString& todo, bool late, const std::string& where)
    {
        if (late)
            return { Error::Kind::Unavailable, "there is no answer in time", where, "is it overloaded, or is this the right address?" };
        const auto text = (tls.isEmpty() ? reply.errorString() : tls).toStdString();
        switch (reply.error()) {
        case QNetworkReply::ConnectionRefusedError: return { Error::Kind::Unavailable, "the connection is refused", where, "is it running, and is this its address?" };
        case QNetworkReply::HostNotFoundError: return { Error::Kind::Unavailable, "the host is not found", where, "compare the name with the address" };
        case QNetworkReply::RemoteHostClosedError: return { Error::Kind::Unavailable, "the other side hung up before its answer was whole", where, "it may be restarting" };
        case QNetworkReply::SslHandshakeFailedError:
            // What speaks no TLS sends something that OpenSSL takes for a record of another version.
            if (tls.isEmpty() && (text.find("wrong version number") != std::string::npos || text.find("http request") != std::string::npos || text.find("packet length too long") != std::string::npos))
                return { Error::Kind::Unavailable, "what answers there does not speak TLS", where, "is this the right port? Where it serves plain HTTP write http://" };
            return { Error::Kind::Denied, "TLS fails: " + text, where, todo.isEmpty() ? "name the certificate of its authority with ca = \"...\"" : todo.toStdString() };
        default: return { Error::Kind::Unavailable, text, where, {} };
        }
    }

} // namespace

struct HttpClient::Impl
{
    /// What the two threads of an exchange share.
    struct Exchange
    {
        bool streams = false;
        std::function<void(Result<HttpAnswer>)> done; ///< of one that nobody waits for
        std::mutex mutex; ///< guards the next two
        std::condition_variable wake;
        std::string bytes; ///< of a stream, not yet taken
        std::optional<Result<HttpAnswer>> answer;
        // Of the http thread.
        QNetworkReply* reply = nullptr;
        QString tls, todo; ///< what is wrong with the certificate
        bool late = false, tooLong = false, cancelled = false;

        void end(Result<HttpAnswer> with)
        {
            if (done)
                return done(std::move(with));
            const std::lock_guard lock(mutex);
            answer = std::move(with);
            wake.notify_one();
        }
        void pump(qint64 atMost);
    };
    void start(const HttpRequest& request, const std::shared_ptr<Exchange>& exchange);
    [[nodiscard]] Result<> open();
    [[nodiscard]] Result<QSslConfiguration> tlsWith(const std::string& ca);

    HttpIdentity identity;
    QThread thread;
    QObject* worker = nullptr; ///< lives on the thread, as does everything below
    QNetworkAccessManager* manager = nullptr;
    QSslConfiguration own; ///< of the identity
    std::map<std::string, QSslConfiguration> tls; ///< by CA file
};

/// Hands over what has come, unless the reader has enough of it.
void HttpClient::Impl::Exchange::pump(qint64 atMost)
{
    if (!reply || !streams || !reply->isOpen() || reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt() != 200)
        return;
    const std::lock_guard lock(mutex);
    if (static_cast<qint64>(bytes.size()) < atMost)
        bytes += reply->readAll().toStdString();
    wake.notify_one();
}

Result<> HttpClient::Impl::open()
{
    own = QSslConfiguration::defaultConfiguration();
    own.setProtocol(QSsl::TlsV1_2OrLater);
    if (!identity.authorities.empty()) {
        const auto certificates = QSslCertificate::fromData(QByteArray::fromStdString(identity.authorities), QSsl::Pem);
        if (certificates.isEmpty())
            return fail(Error::Kind::Invalid, "what should be certificates of authorities is none", {}, "write PEM");
        own.setCaCertificates(certificates);
    }
    if (!identity.certificate.empty()) {
        const auto chain = QSslCertificate::fromData(QByteArray::fromStdString(identity.certificate), QSsl::Pem);
        const auto pem = QByteArray::fromStdString(identity.key);
        QSslKey key(pem, QSsl::Rsa);
        if (key.isNull())
            key = QSslKey(pem, QSsl::Ec);
        if (chain.isEmpty() || key.isNull())
            return fail(Error::Kind::Invalid, std::string("the client's ") + (chain.isEmpty() ? "certificate" : "key") + " cannot be read", {}, "write PEM, with an RSA or EC key that has no password");
        own.setLocalCertificateChain(chain);
        own.setPrivateKey(key);
    }
    if (identity.trustsAnybody)
        own.setPeerVerifyMode(QSslSocket::VerifyNone);
    auto made = std::make_unique<QNetworkAccessManager>(worker);
    if (!identity.proxy.empty()) {
        const QUrl proxy(QString::fromStdString(identity.proxy), QUrl::StrictMode);
        const bool isSocks = proxy.scheme() == QLatin1String("socks5");
        if (proxy.host().isEmpty() || (!isSocks && proxy.scheme() != QLatin1String("http")))
            return fail(Error::Kind::Invalid, "this proxy cannot be used", placeOf(proxy), "write http://HOST:PORT or socks5://HOST:PORT");
        made->setProxy(QNetworkProxy(isSocks ? QNetworkProxy::Socks5Proxy : QNetworkProxy::HttpProxy, proxy.host(), static_cast<quint16>(proxy.port(isSocks ? 1080 : 80)), proxy.userName(), proxy.password()));
    }
    manager = made.release();
    return {};
}

Result<QSslConfiguration> HttpClient::Impl::tlsWith(const std::string& ca)
{
    if (ca.empty())
        return own;
    if (const auto known = tls.find(ca); known != tls.end())
        return known->second;
    QFile file(QString::fromStdString(ca));
    if (!file.open(QIODevice::ReadOnly))
        return fail(Error::Kind::NotFound, "the certificate file cannot be read", ca);
    const auto certificates = QSslCertificate::fromDevice(&file, QSsl::Pem);
    if (certificates.isEmpty())
        return fail(Error::Kind::Invalid, "the file holds no certificate", ca, "name a PEM file");
    auto made = own;
    made.setCaCertificates(certificates);
    return tls[ca] = made;
}

void HttpClient::Impl::start(const HttpRequest& request, const std::shared_ptr<Exchange>& exchange)
{
    if (!manager)
        if (auto opened = open(); !opened)
            return exchange->end(std::unexpected(opened.error()));
    const QUrl url(QString::fromStdString(request.url), QUrl::StrictMode);
    QNetworkRequest made(url);
    if (url.scheme() == QLatin1String("https")) {
        auto configuration = tlsWith(request.ca);
        if (!configuration)
            return exchange->end(std::unexpected(configuration.error()));
        made.setSslConfiguration(*configuration);
        made.setPeerVerifyName(QString::fromStdString(identity.serverName));
    }
    made.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    made.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    made.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    made.setRawHeader("Accept", "application/json");
    made.setRawHeader("User-Agent", "penstock/" PENSTOCK_VERSION);
    if (!request.contentType.empty())
        made.setRawHeader("Content-Type", QByteArray::fromStdString(request.contentType));
    if (!request.token.empty() && !request.tokenHeader.empty())
        made.setRawHeader(QByteArray::fromStdString(request.tokenHeader), QByteArray::fromStdString(request.token));
    else if (!request.token.empty())
        made.setRawHeader("Authorization", request.user.empty() ? "Bearer " + QByteArray::fromStdString(request.token) : "Basic " + QByteArray::fromStdString(request.user + ":" + request.token).toBase64());
    for (const auto& [key, value] : request.headers)
        made.setRawHeader(QByteArray::fromStdString(key), QByteArray::fromStdString(value));
    auto* reply = manager->sendCustomRequest(made, QByteArray::fromStdString(request.method), QByteArray::fromStdString(request.body));
    exchange->reply = reply;
    if (exchange->streams)
        reply->setReadBufferSize(mostWaiting);

    auto* deadline = new QTimer(reply);
    deadline->setSingleShot(true);
    QObject::connect(deadline, &QTimer::timeout, reply, [reply, exchange] {
        exchange->late = true;
        reply->abort();
    });
    deadline->start(request.timeout);
    QObject::connect(reply, &QNetworkReply::sslErrors, reply, [exchange, name = identity.serverName.empty() ? url.host() : QString::fromStdString(identity.serverName)](const QList<QSslError>& errors) {
        std::tie(exchange->tls, exchange->todo) = troubleOf(errors, name);
    });
    QObject::connect(reply, &QNetworkReply::readyRead, reply, [reply, exchange, most = request.longestAnswer] {
        exchange->pump(mostWaiting);
        if (reply->bytesAvailable() > most) {
            exchange->tooLong = true;
            reply->abort();
        }
    });
    QObject::connect(reply, &QNetworkReply::finished, worker, [reply, exchange, where = placeOf(url), most = request.longestAnswer] {
        reply->deleteLater();
        exchange->pump(std::numeric_limits<qint64>::max());
        exchange->reply = nullptr;
        const auto status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute);
        // From 200 on the errors of Qt are statuses, which are answers.
        constexpr int firstOfStatuses = 200;
        const bool isWhole = reply->error() == QNetworkReply::NoError || reply->error() >= firstOfStatuses;
        if (exchange->cancelled)
            return exchange->end(fail(Error::Kind::Cancelled, "it was stopped", where));
        if (exchange->tooLong)
            return exchange->end(tooLong(most, where));
        if (!status.isValid() || !isWhole)
            return exchange->end(std::unexpected(failureOf(*reply, exchange->tls, exchange->todo, exchange->late, where)));
        HttpAnswer answer;
        answer.status = status.toInt();
        answer.contentType = reply->header(QNetworkRequest::ContentTypeHeader).toString().section(QLatin1Char(';'), 0, 0).trimmed().toLower().toStdString();
        answer.body = reply->readAll().toStdString();
        bool isNumber = false;
        if (const int seconds = reply->rawHeader("Retry-After").toInt(&isNumber); isNumber && seconds >= 0)
            answer.retryAfter = std::chrono::seconds(seconds);
        exchange->end(std::move(answer));
    });
}

HttpClient::HttpClient(HttpIdentity identity) : m_impl(std::make_unique<Impl>())
{
    liftFileLimit();
    m_impl->identity = std::move(identity);
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

Result<HttpAnswer> HttpClient::send(const HttpRequest& request, const std::stop_token& stop) { return exchange(request, nullptr, stop); }

Result<HttpAnswer> HttpClient::stream(const HttpRequest& request, const std::function<void(std::string_view)>& line, const std::stop_token& stop)
{
    return exchange(request, &line, stop);
}

void HttpClient::begin(HttpRequest request, std::function<void(Result<HttpAnswer>)> done)
{
    const auto exchange = std::make_shared<Impl::Exchange>();
    exchange->done = std::move(done);
    QMetaObject::invokeMethod(
        m_impl->worker,
        [impl = m_impl.get(), request = std::move(request), exchange] {
            if (auto refused = refusalOf(request))
                exchange->end(std::unexpected(std::move(*refused)));
            else
                impl->start(request, exchange);
        },
        Qt::QueuedConnection);
}

Result<HttpAnswer> HttpClient::exchange(const HttpRequest& request, const std::function<void(std::string_view)>* line, const std::stop_token& stop)
{
    if (auto refused = refusalOf(request))
        return std::unexpected(std::move(*refused));
    const auto exchange = std::make_shared<Impl::Exchange>();
    exchange->streams = line != nullptr;
    const auto post = [this](auto what) { QMetaObject::invokeMethod(m_impl->worker, what, Qt::QueuedConnection); };
    post([this, &request, exchange] { m_impl->start(request, exchange); });
    const std::stop_callback onStop(stop, [&] {
        post([exchange] {
            exchange->cancelled = true;
            if (exchange->reply)
                exchange->reply->abort();
        });
    });
    bool isTooLong = false;
    std::string rest, taken;
    for (;;) {
        {
            std::unique_lock lock(exchange->mutex);
            exchange->wake.wait(lock, [&] { return !exchange->bytes.empty() || exchange->answer; });
            if (exchange->bytes.empty())
                return isTooLong ? tooLong(request.longestAnswer, placeOf(QUrl(QString::fromStdString(request.url)))) : std::move(*exchange->answer);
            taken.clear();
            taken.swap(exchange->bytes);
        }
        post([exchange] { exchange->pump(mostWaiting); });
        if (isTooLong)
            continue;
        rest += taken;
        std::size_t begin = 0;
        for (auto end = rest.find('\n', rest.size() - taken.size()); end != std::string::npos; end = rest.find('\n', begin)) {
            (*line)(std::string_view(rest).substr(begin, end - begin));
            begin = end + 1;
        }
        rest.erase(0, begin);
        if (static_cast<std::int64_t>(rest.size()) > request.longestAnswer) {
            isTooLong = true;
            post([exchange] {
                if (exchange->reply)
                    exchange->reply->abort();
            });
        }
    }
}

std::string formEncoded(const std::vector<std::pair<std::string, std::string>>& fields)
{
    QByteArray text;
    for (const auto& [key, value] : fields)
        text += (text.isEmpty() ? "" : "&") + QUrl::toPercentEncoding(QString::fromStdString(key)) + '='
            + QUrl::toPercentEncoding(QString::fromStdString(value));
    return text.toStdString();
}

bool HttpAnswer::isWebPage() const
{
    const auto begin = QString::fromUtf8(body.data(), static_cast<qsizetype>(std::min<std::size_t>(body.size(), 200))).trimmed();
    return contentType == "text/html" || begin.startsWith(QLatin1String("<!doctype html"), Qt::CaseInsensitive) || begin.startsWith(QLatin1String("<html"), Qt::CaseInsensitive);
}

std::string HttpAnswer::says() const
{
    constexpr qsizetype most = 120;
    auto text = QString::fromUtf8(body.data(), static_cast<qsizetype>(std::min<std::size_t>(body.size(), 4096)));
    if (isWebPage()) {
        const auto title = text.indexOf(QLatin1String("<title>"), 0, Qt::CaseInsensitive);
        text = title < 0 ? QString() : text.mid(title + 7).section(QLatin1Char('<'), 0, 0);
    }
    else if (const auto sentence = sentenceIn(QByteArray::fromRawData(body.data(), static_cast<qsizetype>(std::min<std::size_t>(body.size(), 4096)))); !sentence.isEmpty())
        text = sentence;
    // What is no text is not shown.
    if (std::any_of(text.begin(), text.end(), [](QChar it) { return it == QChar::ReplacementCharacter || (!it.isPrint() && !it.isSpace()); }))
        return {};
    text = withoutSecrets(text.simplified());
    return (text.size() > most ? text.left(most - 1) + QChar(0x2026) : text).toStdString();
}

} // namespace penstock
