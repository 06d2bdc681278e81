// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QElapsedTimer>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QThread>
#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "lines.h"
#include "servers.h"

namespace penstock::bench {

namespace {

    /// The value of each provider, and the seconds that the answer took.
    std::map<std::string, double> ask(int port, const QString& query, double& seconds)
    {
        QProcess curl;
        curl.start(QStringLiteral("curl"), { QStringLiteral("-s"), QStringLiteral("-w"), QStringLiteral("\n%{time_total}"), QStringLiteral("--get"), QStringLiteral("--data-urlencode"), QStringLiteral("query=") + query,
                                               QStringLiteral("http://127.0.0.1:%1/api/v1/query").arg(port) });
        curl.waitForFinished(60'000);
        const auto out = curl.readAllStandardOutput();
        const auto line = out.lastIndexOf('\n');
        seconds = out.mid(line + 1).toDouble();
        std::map<std::string, double> values;
        const auto json = nlohmann::json::parse(out.left(std::max<qsizetype>(line, 0)).toStdString(), nullptr, false);
        if (!json.is_object() || json.value("status", "") != "success")
            return values;
        for (const auto& it : json["data"]["result"])
            values[it["metric"].value("provider", "")] = std::stod(it["value"][1].get<std::string>());
        return values;
    }

    struct Stopped
    {
        QProcess process;
        ~Stopped()
        {
            process.terminate();
            process.waitForFinished(20'000);
        }
    };

} // namespace

std::optional<PromqlTime> timePromql(const std::string& server, const Snapshot& snapshot, int rounds)
{
    const auto binary = QStandardPaths::findExecutable(QString::fromStdString(server));
    auto nginx = QStandardPaths::findExecutable(QStringLiteral("nginx"));
    if (nginx.isEmpty())
        nginx = QStandardPaths::findExecutable(QStringLiteral("nginx"), { QStringLiteral("/usr/sbin") });
    if (binary.isEmpty() || nginx.isEmpty() || QStandardPaths::findExecutable(QStringLiteral("curl")).isEmpty())
        return std::nullopt;

    const QTemporaryDir folder;
    QByteArray metrics = "# TYPE gpu_utilisation gauge\n";
    std::size_t row = 0;
    std::map<std::string, std::array<double, 3>> expected; // sum, count, greatest
    const auto& shape = snapshot.structure();
    eachGpu(snapshot, [&](std::uint32_t provider, std::uint32_t, std::uint32_t cluster, std::uint32_t, const GpuSample& it) {
        ++row;
        if (it.utilisation == unknown::utilisation)
            return;
        const auto& name = shape.providers[provider].name;
        metrics += "gpu_utilisation{provider=\"" + QByteArray::fromStdString(name) + "\",cluster=\"" + QByteArray::number(cluster) + "\",gpu=\"" + QByteArray::number(static_cast<qulonglong>(row)) + "\"} " + QByteArray::number(it.utilisation) + '\n';
        auto& [sum, count, greatest] = expected[name];
        sum += it.utilisation;
        ++count;
        greatest = std::max(greatest, double { static_cast<double>(it.utilisation) });
    });
    write(folder.filePath(QStringLiteral("metrics")), metrics);
    const int web = freePort(), port = freePort();
    write(folder.filePath(QStringLiteral("nginx.conf")),
        "daemon off; pid " + folder.filePath(QStringLiteral("nginx.pid")).toUtf8() + "; error_log stderr; worker_processes 1; user root;\nevents {}\nhttp { access_log off; default_type text/plain; client_body_temp_path " + folder.filePath(QStringLiteral("body")).toUtf8()
            + "; server { listen 127.0.0.1:" + QByteArray::number(web) + "; root " + folder.path().toUtf8() + "; } }\n");
    write(folder.filePath(QStringLiteral("scrape.yml")),
        "global:\n  scrape_interval: 5s\n  scrape_timeout: 5s\nscrape_configs:\n- job_name: gpu\n  static_configs:\n  - targets: ['127.0.0.1:" + QByteArray::number(web) + "']\n");
    Stopped source, store;
    source.process.start(nginx, { QStringLiteral("-c"), folder.filePath(QStringLiteral("nginx.conf")), QStringLiteral("-p"), folder.path() });
    const auto listen = QStringLiteral("127.0.0.1:%1").arg(port);
    const auto data = folder.filePath(QStringLiteral("data")), scrape = folder.filePath(QStringLiteral("scrape.yml"));
    store.process.setStandardErrorFile(folder.filePath(QStringLiteral("log")));
    store.process.start(binary,
        server == "prometheus" ? QStringList { QStringLiteral("--config.file=") + scrape, QStringLiteral("--storage.tsdb.path=") + data, QStringLiteral("--web.listen-address=") + listen }
                               : QStringList { QStringLiteral("-promscrape.config=") + scrape, QStringLiteral("-storageDataPath=") + data, QStringLiteral("-httpListenAddr=") + listen, QStringLiteral("-search.latencyOffset=0s"), QStringLiteral("-promscrape.maxScrapeSize=200MB"), QStringLiteral("-search.maxUniqueTimeseries=2000000") });
    const auto wrong = [&](int what, const std::map<std::string, double>& answer) {
        for (const auto& [name, values] : expected) {
            const auto it = answer.find(name);
            const auto right = what == 3 ? values[0] / values[1] : values[static_cast<std::size_t>(what)];
            if (it == answer.end() || std::abs(it->second - right) > 1e-6 * std::abs(right))
                return true;
        }
        return false;
    };
    double seconds = 0;
    QElapsedTimer patience;
    patience.start();
    while (wrong(1, ask(port, QStringLiteral("count by (provider) (gpu_utilisation)"), seconds))) {
        if (patience.elapsed() > 120'000)
            qFatal("%s never had all series", server.c_str());
        QThread::msleep(200);
    }
    const std::array<QString, 4> functions { QStringLiteral("sum"), QStringLiteral("count"), QStringLiteral("max"), QStringLiteral("avg") };
    std::vector<double> times;
    for (int round = 0; round < rounds; ++round) {
        double all = 0;
        for (int what = 0; what < 4; ++what) {
            if (wrong(what, ask(port, functions[static_cast<std::size_t>(what)] + QStringLiteral(" by (provider) (gpu_utilisation)"), seconds)))
                qFatal("%s answers otherwise", server.c_str());
            all += seconds * 1000;
        }
        times.push_back(all);
    }
    return PromqlTime { server, times };
}

} // namespace penstock::bench
