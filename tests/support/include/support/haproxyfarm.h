// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <arpa/inet.h>
#include <atomic>
#include <memory>
#include <string_view>
#include <vector>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace penstock::test {

/// A TCP port of loopback that nobody used a moment ago.
[[nodiscard]] inline quint16 freePort()
{
    // Below the ports that the system gives to clients, of which a load generator takes hundreds; and others in each process, as tests run side by side.
    constexpr int first = 15'000, aProcess = 50, processes = 340;
    static std::atomic<int> next = 0;
    for (int tries = 0; tries < aProcess; ++tries) {
        const auto port = static_cast<quint16>(first + static_cast<int>(::getpid()) % processes * aProcess + next++ % aProcess);
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int yes = 1;
        (void)::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        sockaddr_in name {};
        name.sin_family = AF_INET;
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        name.sin_port = htons(port);
        const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
        ::close(fd);
        if (bound)
            return port;
    }
    return 0;
}

/// Where a server program is, also where /usr/sbin is not on the path; empty: not installed.
[[nodiscard]] inline QString programPath(const QString& name)
{
    const auto found = QStandardPaths::findExecutable(name);
    return found.isEmpty() ? QStandardPaths::findExecutable(name, { QStringLiteral("/usr/sbin"), QStringLiteral("/usr/local/sbin") })
                           : found;
}

/// A real HAProxy with three real HTTP servers behind it (a HAProxy each, so that one can be held up), on free ports; all
/// end with it.
/// The backend is "infer", its servers are "azure", "gcp" and "aws".
class HaproxyFarm
{
public:
    HaproxyFarm() = default;
    ~HaproxyFarm()
    {
        stop(m_proxy);
        for (auto& server : m_servers)
            stop(server);
    }
    HaproxyFarm(const HaproxyFarm&) = delete;
    HaproxyFarm& operator=(const HaproxyFarm&) = delete;

    [[nodiscard]] static bool isInstalled() { return !programPath(QStringLiteral("haproxy")).isEmpty(); }

    quint16 statsPort = freePort(), frontPort = freePort();
    QString balance = QStringLiteral("roundrobin"); ///< the load-balancing algorithm
    QString level = QStringLiteral("admin"); ///< of the stats socket
    QString serverOptions; ///< appended to every server
    QByteArray weights = "100 0 0";
    QByteArray backendLines; ///< appended to the section of the backend, a line each
    QByteArray statuses = "200 200 200"; ///< what the servers answer
    quint16 metricsPort = 0; ///< where HAProxy's own Prometheus exporter answers; 0: nowhere
    bool keepsState = false; ///< loads, at every start, the server states that saveState wrote

    [[nodiscard]] bool start()
    {
        for (auto& port : m_serverPorts)
            port = freePort();
        for (int i = 0; i < 3; ++i)
            if (!answerWith(i, statuses.split(' ')[i]))
                return false;
        for (const auto port : m_serverPorts)
            if (!answers(port))
                return false;
        return startProxy({});
    }
    /// Starts the server behind "azure" (0), "gcp" or "aws", anew where it runs.
    [[nodiscard]] bool answerWith(int server, const QByteArray& status)
    {
        const QByteArray file = "server" + number(server) + ".cfg";
        if (!write(file, common() + "listen s\n bind 127.0.0.1:" + number(m_serverPorts[server]) + "\n http-request return status " + status + '\n'))
            return false;
        if (m_servers[server]) {
            m_servers[server]->kill();
            m_servers[server]->waitForFinished(10'000);
        }
        m_servers[server] = run(file, {});
        return m_servers[server] != nullptr;
    }
    /// Starts the proxy anew as a reload does: the new process takes over and the old one leaves.
    [[nodiscard]] bool reload()
    {
        auto old = std::move(m_proxy);
        const bool good = startProxy({ QStringLiteral("-sf"), QString::number(old->processId()) });
        old->waitForFinished(10'000);
        return good;
    }
    /// Starts the proxy anew as after a crash: nobody hands anything over.
    [[nodiscard]] bool restart()
    {
        kill();
        return startProxy({});
    }
    /// Writes the states of the servers to where the next start finds them.
    [[nodiscard]] bool saveState() const { return write("state", say("show servers state")); }
    /// Of the server behind "azure" (0), "gcp" or "aws".
    [[nodiscard]] qint64 serverProcessId(int server) const { return m_servers[server]->processId(); }
    [[nodiscard]] qint64 processId() const { return m_proxy ? m_proxy->processId() : 0; }
    void kill()
    {
        if (!m_proxy)
            return;
        m_proxy->kill();
        m_proxy->waitForFinished(10'000);
        m_proxy.reset();
    }
    [[nodiscard]] std::string statsUrl() const { return "tcp://127.0.0.1:" + std::to_string(statsPort); }
    [[nodiscard]] std::string unixUrl() const { return "unix://" + m_folder.filePath(QStringLiteral("s")).toStdString(); }
    [[nodiscard]] QString frontUrl() const { return QStringLiteral("http://127.0.0.1:%1/").arg(frontPort); }

    /// Requests that the front answers, all at once, each over a connection of its own. False: a connection failed.
    [[nodiscard]] bool browse(int requests) const
    {
        std::vector<int> connections;
        bool good = true;
        for (int i = 0; i < requests; ++i) {
            const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            sockaddr_in name {};
            name.sin_family = AF_INET;
            name.sin_port = htons(frontPort);
            name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
            good = good && ::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0
                && ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0;
            connections.push_back(fd);
        }
        for (const int fd : connections) {
            char buffer[1024];
            while (good && ::recv(fd, buffer, sizeof buffer, 0) > 0) { }
            ::close(fd);
        }
        return good;
    }

    /// Of azure, gcp and aws, as HAProxy tells them to somebody who asks past the code under test.
    [[nodiscard]] QList<int> weightsNow() const
    {
        QList<int> made;
        for (const char* name : { "azure", "gcp", "aws" })
            made << say(QByteArray("get weight infer/") + name).split(' ').first().toInt();
        return made;
    }

    /// What the Runtime API answers, without asking the code under test.
    QByteArray say(const QByteArray& command) const
    {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in name {};
        name.sin_family = AF_INET;
        name.sin_port = htons(statsPort);
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        QByteArray answer;
        if (::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0) {
            const QByteArray line = command + '\n';
            if (::send(fd, line.constData(), static_cast<std::size_t>(line.size()), MSG_NOSIGNAL) == line.size()) {
                char buffer[4096];
                for (ssize_t got = 0; (got = ::recv(fd, buffer, sizeof buffer, 0)) > 0;)
                    answer.append(buffer, static_cast<int>(got));
            }
        }
        ::close(fd);
        return answer;
    }

private:
    static QByteArray number(int value) { return QByteArray::number(value); }
    static QByteArray common()
    {
        return "defaults\n mode http\n timeout connect 2s\n timeout client 20s\n timeout server 20s\n";
    }
    bool startProxy(const QStringList& arguments)
    {
        const auto weight = weights.split(' ');
        QByteArray text = "global\n stats socket ipv4@127.0.0.1:" + number(statsPort) + " level " + level.toLatin1() + "\n stats socket "
            + m_folder.filePath(QStringLiteral("s")).toLocal8Bit() + " level " + level.toLatin1() + "\n"
            + (keepsState ? " server-state-file " + m_folder.filePath(QStringLiteral("state")).toLocal8Bit() + '\n' : QByteArray()) + common()
            + (keepsState ? " load-server-state-from-file global\n" : "")
            + "frontend front\n bind 127.0.0.1:" + number(frontPort) + "\n default_backend infer\nbackend infer\n balance "
            + balance.toLatin1() + "\n" + backendLines;
        if (metricsPort != 0)
            text.insert(text.indexOf("frontend front"), "frontend metrics\n bind 127.0.0.1:" + number(metricsPort) + "\n http-request use-service prometheus-exporter\n");
        const char* names[] = { "azure", "gcp", "aws" };
        for (int i = 0; i < 3; ++i)
            text += QByteArray(" server ") + names[i] + " 127.0.0.1:" + number(m_serverPorts[i]) + " weight " + weight[i] + ' '
                + serverOptions.toLatin1() + '\n';
        if (!write("proxy.cfg", text))
            return false;
        m_proxy = run("proxy.cfg", arguments);
        // During a reload the old process may still answer, so what is waited for is this one's id.
        const QByteArray pid = "Pid: " + QByteArray::number(m_proxy ? m_proxy->processId() : 0) + '\n';
        return m_proxy && QTest::qWaitFor([&] { return say("show info").contains(pid); }, 10'000) && answers(frontPort);
    }
    bool write(const char* name, const QByteArray& text) const
    {
        QFile file(m_folder.filePath(QLatin1String(name)));
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
    }
    std::unique_ptr<QProcess> run(const char* file, const QStringList& arguments) const
    {
        auto process = std::make_unique<QProcess>();
        process->setProcessChannelMode(QProcess::MergedChannels);
        process->setStandardOutputFile(m_folder.filePath(QLatin1String(file) + QLatin1String(".log")), QIODevice::Append);
        process->start(programPath(QStringLiteral("haproxy")),
            QStringList { QStringLiteral("-db"), QStringLiteral("-f"), m_folder.filePath(QLatin1String(file)) } + arguments);
        return process->waitForStarted(10'000) ? std::move(process) : nullptr;
    }
    static void stop(std::unique_ptr<QProcess>& process)
    {
        if (!process)
            return;
        process->kill();
        process->waitForFinished(10'000);
        process.reset();
    }
    static bool answers(quint16 port)
    {
        return QTest::qWaitFor(
            [port] {
                const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
                sockaddr_in name {};
                name.sin_family = AF_INET;
                name.sin_port = htons(port);
                name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
                const bool good = ::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
                ::close(fd);
                return good;
            },
            10'000);
    }

    QTemporaryDir m_folder;
    quint16 m_serverPorts[3] {};
    std::unique_ptr<QProcess> m_servers[3], m_proxy;
};

} // namespace penstock::test
