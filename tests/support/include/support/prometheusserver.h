// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "support/haproxyfarm.h"

namespace penstock::test {

/// A real Prometheus on a free loopback port with a configuration and a data folder of its own, which scrapes one page
/// five times a second. Ends with this.
class PrometheusServer
{
public:
    PrometheusServer() = default;
    ~PrometheusServer() { kill(); }
    PrometheusServer(const PrometheusServer&) = delete;
    PrometheusServer& operator=(const PrometheusServer&) = delete;

    [[nodiscard]] static bool isInstalled() { return !programPath(QStringLiteral("prometheus")).isEmpty(); }
    [[nodiscard]] bool start(quint16 scraped)
    {
        QFile file(m_folder.filePath(QStringLiteral("prometheus.yml")));
        const QByteArray text = "global:\n  scrape_interval: 200ms\n  scrape_timeout: 200ms\nscrape_configs:\n  - job_name: test\n    static_configs:\n      - targets: ['127.0.0.1:"
            + QByteArray::number(scraped) + "']\n";
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.flush())
            return false;
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.setStandardOutputFile(m_folder.filePath(QStringLiteral("log")));
        m_process.start(programPath(QStringLiteral("prometheus")),
            { QStringLiteral("--config.file=") + file.fileName(), QStringLiteral("--storage.tsdb.path=") + m_folder.filePath(QStringLiteral("data")),
                QStringLiteral("--web.listen-address=127.0.0.1:%1").arg(m_port) });
        return m_process.waitForStarted(10'000) && QTest::qWaitFor([this] { return get("/-/ready").startsWith("HTTP/1.0 200"); }, 30'000);
    }
    void kill()
    {
        m_process.kill();
        m_process.waitForFinished(10'000);
    }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(m_port); }

private:
    [[nodiscard]] QByteArray get(const QByteArray& path) const
    {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in name {};
        name.sin_family = AF_INET;
        name.sin_port = htons(m_port);
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        QByteArray answer;
        const QByteArray request = "GET " + path + " HTTP/1.0\r\n\r\n";
        if (::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0
            && ::send(fd, request.constData(), static_cast<std::size_t>(request.size()), MSG_NOSIGNAL) == request.size()) {
            char buffer[4096];
            for (ssize_t got = 0; (got = ::recv(fd, buffer, sizeof buffer, 0)) > 0;)
                answer.append(buffer, static_cast<int>(got));
        }
        ::close(fd);
        return answer;
    }
    QTemporaryDir m_folder;
    quint16 m_port = freePort();
    QProcess m_process;
};

} // namespace penstock::test
