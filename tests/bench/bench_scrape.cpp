// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

// Prometheus and the dcgm source scrape the same exporters, one after the other: files behind nginx, each once a second. With --silent the source alone, each exporter on a host of its own,
// beside hosts that no packet comes back from.

#include <CLI/CLI.hpp>
#include <QCoreApplication>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dcgm/dcgmsource.h"
#include "exporters.h"
#include "http/httpclient.h"
#include "process.h"
#include "servers.h"

using namespace penstock;
using namespace penstock::bench;

namespace {

struct Stopped
{
    QProcess process;
    ~Stopped()
    {
        process.terminate();
        process.waitForFinished(20'000);
    }
};

/// Seconds of processor time, and MiB, of another process.
std::pair<double, double> usedBy(qint64 pid)
{
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat"), memory("/proc/" + std::to_string(pid) + "/statm");
    std::string word;
    double ticks = 0, pages = 0;
    for (int field = 1; field <= 15 && stat >> word; ++field)
        if (field >= 14)
            ticks += std::stod(word);
    memory >> word >> pages;
    return { ticks / static_cast<double>(sysconf(_SC_CLK_TCK)), pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1048576 };
}

/// A port of this machine that takes no connection and refuses none, whatever loopback address it is asked by.
class BlackHole
{
public:
    BlackHole()
    {
        sockaddr_in address {};
        address.sin_family = AF_INET;
        socklen_t size = sizeof address;
        if (bind(m_socket, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(m_socket, 0) != 0 || getsockname(m_socket, reinterpret_cast<sockaddr*>(&address), &size) != 0)
            std::perror("black hole");
        m_port = ntohs(address.sin_port);
        // Its queue is full from now on.
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        for (auto& caller : m_callers)
            (void)connect(caller, reinterpret_cast<sockaddr*>(&address), size);
    }
    ~BlackHole()
    {
        for (const int it : m_callers)
            close(it);
        close(m_socket);
    }
    BlackHole(const BlackHole&) = delete;
    BlackHole& operator=(const BlackHole&) = delete;
    [[nodiscard]] int port() const { return m_port; }

private:
    static int made() { return socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0); }
    int m_socket = made();
    std::array<int, 4> m_callers { made(), made(), made(), made() };
    int m_port = 0;
};

/// An address of its own for each number: "127.2.0.7".
std::string loopback(int network, int number) { return "127." + std::to_string(network) + "." + std::to_string(number / 250) + "." + std::to_string(number % 250 + 1); }

/// How often each exporter was asked in the last `seconds`, by nginx's log: the least and the mean.
std::pair<double, double> askedOf(const std::string& log, int targets, double from, double seconds)
{
    std::vector<int> times(static_cast<std::size_t>(targets));
    std::ifstream in(log);
    double at = 0;
    for (std::string path; in >> at >> path;)
        if (at >= from && at < from + seconds)
            ++times[std::stoul(path.substr(1))];
    return { *std::ranges::min_element(times) / seconds, std::accumulate(times.begin(), times.end(), 0.0) / targets / seconds };
}

struct Counter final : SourceSink
{
    void frame(Frame frame) override
    {
        if (const auto* inventory = std::get_if<InventoryFrame>(&frame))
            gpus = inventory->inventory->gpus();
    }
    void connection(Connection, std::optional<Error>) override { }
    std::atomic<std::uint64_t> gpus = 0;
};

} // namespace

int main(int argc, char** argv)
{
    CLI::App app { "Scrapes exporters of 8 GPUs each, once a second, with Prometheus and with the dcgm source." };
    int targets = 200, seconds = 20, silent = 0;
    std::string out;
    app.add_option("--targets", targets, "exporters")->check(CLI::Range(1, 5000));
    app.add_option("--seconds", seconds, "how long each is watched")->check(CLI::Range(1, 600));
    app.add_option("--silent", silent, "hosts beside them that are silent")->check(CLI::Range(0, 5000));
    app.add_option("--json", out, "write the figures to a file");
    CLI11_PARSE(app, argc, argv);
    QCoreApplication qt(argc, argv);
    const auto prometheus = QStandardPaths::findExecutable(QStringLiteral("prometheus"));
    auto nginx = QStandardPaths::findExecutable(QStringLiteral("nginx"));
    if (nginx.isEmpty())
        nginx = QStandardPaths::findExecutable(QStringLiteral("nginx"), { QStringLiteral("/usr/sbin") });
    if (prometheus.isEmpty() || nginx.isEmpty()) {
        std::puts("prometheus or nginx is not installed");
        return 1;
    }
    const QTemporaryDir folder;
    const int web = freePort(), port = freePort();
    QByteArray scraped;
    std::vector<std::string> urls;
    std::size_t bytes = 0;
    for (int n = 0; n < targets; ++n) {
        const auto text = answerOf(n);
        bytes += text.size();
        write(folder.filePath(QString::number(n)), QByteArray::fromStdString(text));
        urls.push_back("http://" + (silent > 0 ? loopback(2, n) : "127.0.0.1") + ":" + std::to_string(web) + "/" + std::to_string(n));
        scraped += "  - targets: ['127.0.0.1:" + QByteArray::number(web) + "']\n    labels: { __metrics_path__: /" + QByteArray::number(n) + ", instance: n" + QByteArray::number(n) + " }\n";
    }
    const auto access = folder.filePath(QStringLiteral("access.log")).toStdString();
    const auto log = silent > 0 ? "log_format asked '$msec $uri'; access_log " + QByteArray::fromStdString(access) + " asked;" : QByteArray("access_log off;");
    write(folder.filePath(QStringLiteral("nginx.conf")),
        "daemon off; pid " + folder.filePath(QStringLiteral("nginx.pid")).toUtf8() + "; error_log stderr; worker_processes 1; user root;\nevents { worker_connections 8192; }\nhttp { " + log + " default_type \"text/plain; version=0.0.4\"; client_body_temp_path "
            + folder.filePath(QStringLiteral("body")).toUtf8() + "; server { listen " + (silent > 0 ? "" : "127.0.0.1:") + QByteArray::number(web) + "; root " + folder.path().toUtf8() + "; } }\n");
    write(folder.filePath(QStringLiteral("scrape.yml")), "global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\nscrape_configs:\n- job_name: dcgm\n  static_configs:\n" + scraped);
    Stopped exporters;
    exporters.process.start(nginx, { QStringLiteral("-c"), folder.filePath(QStringLiteral("nginx.conf")), QStringLiteral("-p"), folder.path() });
    exporters.process.waitForStarted();
    nlohmann::ordered_json figures { { "schema", "penstock.bench-scrape/1" }, { "exporters", targets }, { "gpus", targets * gpusANode }, { "bytes", bytes } };
    const auto settle = std::chrono::seconds(8);
    const auto report = [&](const char* who, double processor, double memory) {
        const double samples = static_cast<double>(targets * gpusANode) * seconds;
        figures["rows"].push_back({ { "who", who }, { "processor_s_a_s", processor / seconds }, { "gpu_samples_a_core_s", samples / processor }, { "mb_a_core_s", static_cast<double>(bytes) * seconds / processor / 1e6 }, { "memory_mib", memory } });
        std::printf("%-12s %.3f cores, %.0f GPU samples and %.0f MB a core second, %.0f MiB\n", who, processor / seconds, samples / processor, static_cast<double>(bytes) * seconds / processor / 1e6, memory);
    };
    if (silent == 0) {
        Stopped store;
        store.process.setStandardErrorFile(folder.filePath(QStringLiteral("log")));
        store.process.start(prometheus, { QStringLiteral("--config.file=") + folder.filePath(QStringLiteral("scrape.yml")), QStringLiteral("--storage.tsdb.path=") + folder.filePath(QStringLiteral("data")), QStringLiteral("--web.listen-address=127.0.0.1:%1").arg(port) });
        store.process.waitForStarted();
        std::this_thread::sleep_for(settle);
        const auto before = usedBy(store.process.processId());
        std::this_thread::sleep_for(std::chrono::seconds(seconds));
        const auto after = usedBy(store.process.processId());
        HttpClient http;
        const auto asked = http.send({ .url = "http://127.0.0.1:" + std::to_string(port) + "/api/v1/query?query=count(DCGM_FI_DEV_GPU_UTIL)" });
        if (!asked || asked->body.find("\"" + std::to_string(targets * gpusANode) + "\"") == std::string::npos) {
            std::puts("Prometheus does not have all GPUs");
            return 1;
        }
        report("Prometheus", after.first - before.first, after.second);
    }
    const BlackHole hole;
    for (int n = 0; n < silent; ++n)
        urls.insert(urls.begin() + n * static_cast<std::ptrdiff_t>(urls.size()) / silent, "http://" + loopback(3, n) + ":" + std::to_string(hole.port()));
    Counter counter;
    const auto resident = memory("VmRSS");
    auto source = makeDcgmSource({ .targets = urls, .ca = {}, .place = { "aws", "us-east-1", "c" }, .workloads = {} }, std::make_shared<HttpClient>());
    source->start(counter);
    std::this_thread::sleep_for(settle);
    const auto before = processTime();
    std::this_thread::sleep_for(std::chrono::seconds(seconds));
    const auto used = processTime() - before;
    if (silent > 0) {
        const auto [least, mean] = askedOf(access, targets, std::chrono::duration<double>(wallClock().time_since_epoch()).count() - seconds, seconds);
        figures["silent"] = silent;
        figures["asked_a_s"] = { { "least", least }, { "mean", mean } };
        std::printf("beside %d silent hosts each exporter was asked %.2f times a second, at least %.2f\n", silent, mean, least);
    }
    if (counter.gpus != static_cast<std::uint64_t>(targets * gpusANode)) {
        std::printf("the source has %llu GPUs\n", static_cast<unsigned long long>(counter.gpus.load()));
        return 1;
    }
    report("Penstock", used, memory("VmRSS") - resident);
    source.reset();
    if (!out.empty())
        std::ofstream(out) << figures.dump(2) << '\n';
    return 0;
}
