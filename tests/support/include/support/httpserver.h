// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QMap>
#include <QPointer>
#include <QProcess>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslKey>
#include <QSslServer>
#include <QSslSocket>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QThread>
#include <QTimer>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace penstock::test {

struct HttpQuestion
{
    QByteArray method, path; ///< the path with its query
    QMap<QByteArray, QByteArray> headers; ///< names in lower case
    QByteArray body;
};

struct HttpReply
{
    int status = 200;
    QByteArray type = "application/json";
    QByteArray body;
    QByteArray headers; ///< "Retry-After: 7\r\n"
    /// Open: goes on in chunks, see HttpServer::push; the body is the first of them.
    enum class Ending { Whole, Half, Silence, HangUp, Open } ending = Ending::Whole;
    int stream = 0; ///< of Open: by which it is called from then on
};

/// A certificate of its own authority for this machine, made for this run; both files empty where openssl is missing.
class Certificate
{
public:
    Certificate()
    {
        const auto key = m_folder.filePath(QStringLiteral("key.pem")), certificate = m_folder.filePath(QStringLiteral("ca.pem"));
        if (QProcess::execute(QStringLiteral("openssl"),
                { QStringLiteral("req"), QStringLiteral("-x509"), QStringLiteral("-newkey"), QStringLiteral("ec"), QStringLiteral("-pkeyopt"),
                    QStringLiteral("ec_paramgen_curve:prime256v1"), QStringLiteral("-nodes"), QStringLiteral("-days"), QStringLiteral("2"), QStringLiteral("-subj"),
                    QStringLiteral("/CN=test"), QStringLiteral("-addext"), QStringLiteral("subjectAltName=IP:127.0.0.1,DNS:localhost"), QStringLiteral("-keyout"), key,
                    QStringLiteral("-out"), certificate, QStringLiteral("-batch") })
            == 0) {
            m_key = key;
            m_certificate = certificate;
        }
    }
    [[nodiscard]] const QString& file() const { return m_certificate; }
    [[nodiscard]] const QString& keyFile() const { return m_key; }

private:
    QTemporaryDir m_folder;
    QString m_key, m_certificate;
};

/// A small HTTP/1.1 server on a free loopback port and a thread of its own, over TLS when given a certificate. It knows
/// nothing: the function answers every question, on that thread.
class HttpServer
{
public:
    using Handler = std::function<HttpReply(const HttpQuestion&)>;

    /// `client`: who does not show this certificate is not spoken to.
    explicit HttpServer(Handler handler, const Certificate* certificate = nullptr, const Certificate* client = nullptr) : m_handler(std::move(handler)), m_secure(certificate != nullptr)
    {
        m_worker = new QObject;
        m_worker->moveToThread(&m_thread);
        QObject::connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
        m_thread.start();
        QMetaObject::invokeMethod(m_worker, [this, certificate, client] { open(certificate, client); }, Qt::BlockingQueuedConnection);
    }
    ~HttpServer()
    {
        m_thread.quit();
        m_thread.wait();
    }
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Sends more of an open answer, after all that was sent before. Any thread; what is closed already is passed over.
    void push(int stream, const QByteArray& bytes)
    {
        later({}, [this, stream, bytes] {
            if (auto* socket = m_streams.value(stream).data())
                socket->write(chunk(bytes));
        });
    }
    /// Ends an open answer: as it should, or in its middle.
    void close(int stream, bool isWhole = true)
    {
        later({}, [this, stream, isWhole] {
            if (auto* socket = m_streams.take(stream).data()) {
                if (isWhole)
                    socket->write("0\r\n\r\n");
                else
                    socket->disconnectFromHost();
            }
        });
    }
    /// Runs `what` on the server's thread.
    void later(std::chrono::milliseconds time, std::function<void()> what)
    {
        QMetaObject::invokeMethod(
            m_worker,
            [this, time, what = std::move(what)] {
                if (time.count() == 0)
                    what();
                else
                    QTimer::singleShot(time, m_worker, what);
            },
            Qt::QueuedConnection);
    }
    [[nodiscard]] std::string url() const { return (m_secure ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(m_port); }

private:
    static QByteArray chunk(const QByteArray& bytes) { return QByteArray::number(bytes.size(), 16) + "\r\n" + bytes + "\r\n"; }
    void open(const Certificate* certificate, const Certificate* client)
    {
        QTcpServer* server = nullptr;
        if (certificate) {
            auto* secure = new QSslServer(m_worker);
            auto configuration = QSslConfiguration::defaultConfiguration();
            configuration.setLocalCertificate(QSslCertificate::fromPath(certificate->file()).value(0));
            QFile key(certificate->keyFile());
            if (key.open(QIODevice::ReadOnly))
                configuration.setPrivateKey(QSslKey(&key, QSsl::Ec));
            configuration.setPeerVerifyMode(client ? QSslSocket::VerifyPeer : QSslSocket::VerifyNone);
            if (client)
                configuration.setCaCertificates(QSslCertificate::fromPath(client->file()));
            secure->setSslConfiguration(configuration);
            server = secure;
        } else
            server = new QTcpServer(m_worker);
        if (server->listen(QHostAddress::LocalHost))
            m_port = server->serverPort();
        QObject::connect(server, &QTcpServer::pendingConnectionAvailable, server, [this, server] {
            while (auto* socket = server->nextPendingConnection()) {
                auto got = std::make_shared<QByteArray>();
                const auto read = [this, socket, got] {
                    *got += socket->readAll();
                    while (auto question = next(*got))
                        answer(*socket, m_handler(*question));
                };
                QObject::connect(socket, &QTcpSocket::readyRead, socket, read);
                QObject::connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
                read();
            }
        });
    }
    /// Takes a whole question off the bytes.
    static std::optional<HttpQuestion> next(QByteArray& got)
    {
        const auto end = got.indexOf("\r\n\r\n");
        if (end < 0)
            return std::nullopt;
        const auto lines = got.left(end).split('\n');
        HttpQuestion question;
        const auto first = lines.first().trimmed().split(' ');
        question.method = first.value(0);
        question.path = first.value(1);
        for (qsizetype i = 1; i < lines.size(); ++i) {
            const auto colon = lines[i].indexOf(':');
            question.headers[lines[i].left(colon).trimmed().toLower()] = lines[i].mid(colon + 1).trimmed();
        }
        const auto length = question.headers.value("content-length").toLongLong();
        if (got.size() < end + 4 + length)
            return std::nullopt;
        question.body = got.mid(end + 4, length);
        got.remove(0, end + 4 + length);
        return question;
    }
    void answer(QTcpSocket& socket, const HttpReply& reply)
    {
        if (reply.ending == HttpReply::Ending::Silence)
            return;
        if (reply.ending == HttpReply::Ending::Open) {
            m_streams[reply.stream] = &socket;
            socket.write("HTTP/1.1 " + QByteArray::number(reply.status) + " Said\r\nContent-Type: " + reply.type + "\r\n" + reply.headers + "Transfer-Encoding: chunked\r\n\r\n" + (reply.body.isEmpty() ? QByteArray() : chunk(reply.body)));
            return;
        }
        if (reply.ending != HttpReply::Ending::HangUp) {
            socket.write("HTTP/1.1 " + QByteArray::number(reply.status) + " Said\r\nContent-Type: " + reply.type + "\r\n" + reply.headers
                + "Content-Length: " + QByteArray::number(reply.body.size()) + "\r\n\r\n"
                + (reply.ending == HttpReply::Ending::Half ? reply.body.left(reply.body.size() / 2) : reply.body));
        }
        if (reply.ending != HttpReply::Ending::Whole)
            socket.disconnectFromHost();
    }

    Handler m_handler;
    bool m_secure;
    quint16 m_port = 0;
    QHash<int, QPointer<QTcpSocket>> m_streams; ///< of the thread
    QObject* m_worker = nullptr; ///< lives on the thread
    QThread m_thread;
};

} // namespace penstock::test
