// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "support/haproxyfarm.h"

namespace penstock::test {

/// As the charts of dcgm-exporter have it scraped: pods that hold GPUs are then exported_pod.
inline constexpr auto exporterLabels = "namespace: gpu-operator, pod: nvidia-dcgm-exporter-x1, container: exporter";

/// An entry under scrape_configs.
struct ScrapeJob
{
    QByteArray name;
    std::string url; ///< of the server, without a path
    QByteArray path = "/metrics";
    bool honours = false; ///< labels of what is scraped keep their names
    QByteArray labels {}; ///< of the target: "namespace: lab, pod: p"
    int everySeconds = 0; ///< 0: as all do
    [[nodiscard]] QByteArray text() const
    {
        const auto seconds = QByteArray::number(everySeconds) + "s\n";
        return "  - job_name: " + name + "\n    honor_labels: " + (honours ? "true" : "false") + "\n    metrics_path: " + path + '\n' + (everySeconds > 0 ? "    scrape_interval: " + seconds + "    scrape_timeout: " + seconds : QByteArray())
            + "    static_configs:\n      - targets: ['" + QByteArray::fromStdString(url).mid(7) + "']\n" + (labels.isEmpty() ? QByteArray() : "        labels: { " + labels + " }\n");
    }
};

/// A real Prometheus, or a real VictoriaMetrics, on a free loopback port with a configuration and a data folder of its own,
/// which scrapes five times a second. Ends with this.
class PrometheusServer
{
public:
    enum class Kind { Prometheus, VictoriaMetrics };
    explicit PrometheusServer(Kind kind = Kind::Prometheus) : m_kind(kind) { }
    ~PrometheusServer() { kill(); }
    PrometheusServer(const PrometheusServer&) = delete;
    PrometheusServer& operator=(const PrometheusServer&) = delete;

    [[nodiscard]] static bool isInstalled(Kind kind = Kind::Prometheus) { return !programPath(program(kind)).isEmpty(); }
    [[nodiscard]] bool start(quint16 scraped) { return start(ScrapeJob { .name = "test", .url = "http://127.0.0.1:" + std::to_string(scraped) }.text()); }
    /// `jobs`: texts of them.
    [[nodiscard]] bool start(const QByteArray& jobs)
    {
        QFile file(m_folder.filePath(QStringLiteral("prometheus.yml")));
        const QByteArray text = "global:\n  scrape_interval: 200ms\n  scrape_timeout: 200ms\nscrape_configs:\n" + jobs;
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.flush())
            return false;
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.setStandardOutputFile(m_folder.filePath(QStringLiteral("log")));
        const auto data = m_folder.filePath(QStringLiteral("data")), address = QStringLiteral("127.0.0.1:%1").arg(m_port);
        // By default VictoriaMetrics answers as of half a minute ago.
        const QStringList arguments = m_kind == Kind::Prometheus
            ? QStringList { QStringLiteral("--config.file=") + file.fileName(), QStringLiteral("--storage.tsdb.path=") + data, QStringLiteral("--web.listen-address=") + address }
            : QStringList { QStringLiteral("-promscrape.config=") + file.fileName(), QStringLiteral("-storageDataPath=") + data, QStringLiteral("-httpListenAddr=") + address, QStringLiteral("-search.latencyOffset=0s"),
                  QStringLiteral("-search.disableCache") };
        m_process.start(programPath(program(m_kind)), arguments);
        const QByteArray ready = m_kind == Kind::Prometheus ? "/-/ready" : "/health";
        return m_process.waitForStarted(10'000) && QTest::qWaitFor([&] { return get(ready).startsWith("HTTP/1.0 200"); }, 30'000);
    }
    void kill()
    {
        m_process.kill();
        m_process.waitForFinished(10'000);
    }
    [[nodiscard]] QString dataFolder() const { return m_folder.filePath(QStringLiteral("data")); } ///< may be filled before the start
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(m_port); }

private:
    static QString program(Kind kind) { return kind == Kind::Prometheus ? QStringLiteral("prometheus") : QStringLiteral("victoria-metrics"); }
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
    Kind m_kind;
    QTemporaryDir m_folder;
    quint16 m_port = freePort();
    QProcess m_process;
};

} // namespace penstock::test
