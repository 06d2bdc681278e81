// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <CLI/CLI.hpp>
#include <QProcess>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "controls/theme.h"
#include "mainwindow.h"
#include "process.h"
#include "servers.h"
#include "session/session.h"
#include "watchedapplication.h"

using namespace penstock;
using namespace penstock::bench;

namespace {

/// Milliseconds, and what of them is quoted.
struct Times
{
    std::vector<double> all;
    [[nodiscard]] double at(double share)
    {
        std::ranges::sort(all);
        return all.empty() ? 0 : all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
    }
    void print(const char* what) { std::printf("%-52s median %7.1f ms   p99 %7.1f ms   of %zu\n", what, at(0.5), at(0.99), all.size()); }
    nlohmann::json json() { return { { "median_ms", at(0.5) }, { "p99_ms", at(0.99) }, { "count", all.size() } }; }
};

struct Agent
{
    QProcess process;
    ~Agent()
    {
        process.terminate();
        process.waitForFinished(10'000);
    }
};

constexpr const char* providers[] { "azure", "gcp", "aws", "coreweave", "oci" };

/// Every workload with a route to all clouds, at routers that the agents hold; three in five are interactive.
QByteArray plannedOn(int agents, int routes)
{
    QByteArray rules;
    for (int a = 0; a < agents; ++a)
        rules += "[[provider]]\nid = \"" + QByteArray(providers[a]) + "\"\nsubprocessor = true\napproved_data = [\"account\"]\nutilisation_cap = 0.97\n[[price]]\nprovider = \"" + providers[a]
            + "\"\nmodel = \"H100\"\nusd_per_gpu_hour = " + QByteArray::number(3.5 + a) + "\nas_of = 2026-11-01\nsource = \"simulated\"\n";
    for (int w = 0; w < routes; ++w) {
        const auto name = "workload-" + QByteArray::number(w);
        rules += "[[workload]]\nname = \"" + name + "\"\npriority = \"" + (w % 5 == 4 ? "training" : w % 5 == 3 ? "batch" : "interactive") + "\"\ndata = [\"account\"]\nmatch = { workload = \"" + name
            + "\" }\nreplica = { gpus = " + (w % 4 == 0 ? "4" : "8") + " }\n[[route]]\nname = \"route-" + QByteArray::number(w) + "\"\nworkload = \"" + name + "\"\nrouter = { kind = \"agent\", endpoint = \""
            + providers[w % agents] + "\" }\nbackends = [";
        for (int a = 0; a < agents; ++a)
            rules += QByteArray(a > 0 ? ", " : " ") + "{ name = \"" + providers[a] + "\", provider = \"" + providers[a] + "\" }";
        rules += " ]\n";
    }
    return rules + "[policy]\nmin_providers = 2\nmax_step = 0.25\n";
}

/// One session with its window.
struct Measured
{
    std::uint64_t gpus = 0;
    double seconds = 0, received = 0, cores = 0; ///< received: bytes
    Times age, wall, cpu;
    Times boards; ///< how long each took, on its own thread
    std::size_t rows = 0, breaking = 0; ///< of the last board
    double moving = 0; ///< load that its rows lose, in H100s
};

Measured measure(bench::WatchedApplication& qt, const QString& file, int seconds)
{
    auto loaded = loadWorkspace(file.toStdString());
    if (!loaded)
        qFatal("%s", loaded.error().front().text().c_str());
    const auto options = defaultSessionOptions(*loaded);
    Session session(std::move(*loaded), options);

    using Steady = std::chrono::steady_clock;
    auto measuring = Steady::time_point::max();
    Measured made;
    std::map<std::string, Time> last, shown;
    std::uint64_t receivedBefore = 0;
    double processorBefore = 0;
    // Connected before the window's own slot, so that a frame begins here.
    QObject::connect(&session, &Session::published, &qt, [&] {
        qt.expectPaint();
        for (const auto& it : session.endpoints())
            if (it.observed)
                shown[it.name] = *it.observed;
    });
    MainWindow window(session, true);
    window.resize(1600, 1000);
    window.show();
    QObject::connect(&session, &Session::boardChanged, &window, [&] {
        if (Steady::now() > measuring)
            made.boards.all.push_back(static_cast<double>(session.board()->took.count()));
    });
    qt.painted = [&](const bench::WatchedApplication::Frame& frame) {
        const auto now = wallClock();
        const bool whole = session.snapshot()->structure().rows > 0 && std::ranges::all_of(session.endpoints(), [](const EndpointStatus& it) { return it.observed && it.connection == Connection::Live; })
            && std::ranges::all_of(session.routes(), [](const RouteView& it) { return it.reading.has_value(); });
        if (whole && measuring == Steady::time_point::max())
            measuring = Steady::now() + std::chrono::seconds(5); // the first pictures are larger than what follows
        if (Steady::now() > measuring) {
            if (receivedBefore == 0) {
                receivedBefore = bench::tcpBytesReceived();
                processorBefore = bench::processTime();
                measuring = Steady::now();
            }
            made.wall.all.push_back(frame.wall.count());
            made.cpu.all.push_back(frame.cpu.count());
            for (const auto& [name, observed] : shown)
                if (last[name] != observed)
                    made.age.all.push_back(std::chrono::duration<double, std::milli>(now - observed).count());
        }
        last = shown;
    };
    QTimer end;
    QObject::connect(&end, &QTimer::timeout, &qt, [&] {
        if (measuring != Steady::time_point::max() && Steady::now() > measuring + std::chrono::seconds(seconds))
            QApplication::quit();
    });
    end.start(200);
    session.start();
    QApplication::exec();
    qt.painted = {};
    made.seconds = std::chrono::duration<double>(Steady::now() - measuring).count();
    made.gpus = session.snapshot()->total().gpus;
    made.received = static_cast<double>(bench::tcpBytesReceived() - receivedBefore);
    made.cores = (bench::processTime() - processorBefore) / made.seconds;
    for (const auto& row : session.board()->rows) {
        ++made.rows;
        made.breaking += row.breaks;
        made.moving += row.lost;
    }
    return made;
}

std::string loadOfTheMachine()
{
    std::string text;
    std::getline(std::ifstream("/proc/loadavg") >> std::ws, text, ' ');
    return text;
}

} // namespace

/// Real agents over TLS, the real window, off screen: how old a number is when it has been painted, what a frame costs without
/// plans and with a board that has load to place, what comes over the wire, and how much memory all that takes.
int main(int argc, char** argv)
{
    CLI::App app("From the observation at an agent to the painted number");
    std::uint64_t gpus = 1'000'000;
    int agents = 5, seconds = 60, routes = 200;
    app.add_option("--gpus", gpus, "GPUs of all agents together");
    app.add_option("--agents", agents, "simulating agents, each a process")->check(CLI::Range(1, 5));
    app.add_option("--seconds", seconds, "how long to measure, once without plans and once with them")->check(CLI::Range(1, 3600));
    app.add_option("--routes", routes, "routes, and as many workloads")->check(CLI::Range(1, 1000));
    std::string out;
    bool yielding = false;
    app.add_flag("--yield", yielding, "The agents give way: in life they run on other machines and do not take the console's cores");
    app.add_option("--json", out, "Write the figures here");
    CLI11_PARSE(app, argc, argv);
    qputenv("QT_QPA_PLATFORM", "offscreen");
    qputenv("GRPC_VERBOSITY", "NONE");
    const QTemporaryDir folder;
    qputenv("XDG_DATA_HOME", folder.path().toUtf8());
    bench::WatchedApplication qt(argc, argv);
    applyTheme(qt, ThemeName::Dark);

    if (QProcess::execute(QStringLiteral("openssl"),
            { QStringLiteral("req"), QStringLiteral("-x509"), QStringLiteral("-newkey"), QStringLiteral("rsa:2048"), QStringLiteral("-nodes"), QStringLiteral("-keyout"), folder.filePath(QStringLiteral("key.pem")),
                QStringLiteral("-out"), folder.filePath(QStringLiteral("cert.pem")), QStringLiteral("-days"), QStringLiteral("2"), QStringLiteral("-subj"), QStringLiteral("/CN=localhost"), QStringLiteral("-addext"), QStringLiteral("subjectAltName=DNS:localhost") })
        != 0)
        qFatal("openssl made no certificate");
    write(folder.filePath(QStringLiteral("token")), "bench");
    QByteArray workspace = "[workspace]\nname = \"bench\"\n";
    std::vector<std::unique_ptr<Agent>> running;
    for (int a = 0; a < agents; ++a) {
        QByteArray spec = "seed = " + QByteArray::number(a + 1) + "\n[failures]\nunhealthy = 0.006\ndraining = 0.004\nlost = 0.003\n";
        const auto clusters = 80;
        for (int c = 0; c < clusters; ++c)
            spec += "[[cluster]]\nprovider = \"" + QByteArray(providers[a]) + "\"\nregion = \"region-" + QByteArray::number(c / 7) + "\"\nname = \"cluster-" + QByteArray::number(c)
                + "\"\nmodel = \"H100 80GB SXM\"\ngpus = " + QByteArray::number(static_cast<qulonglong>(gpus / static_cast<std::uint64_t>(agents * clusters) / 8 * 8)) + "\n";
        for (int w = 0; w < routes; ++w)
            spec += "[[workload]]\nname = \"workload-" + QByteArray::number(w) + "\"\nshare = " + QByteArray::number(0.88 / routes) + "\n";
        const auto file = folder.filePath(QStringLiteral("%1.toml").arg(a));
        write(file, spec);
        const auto port = freePort();
        running.push_back(std::make_unique<Agent>());
        running.back()->process.setStandardErrorFile(folder.filePath(QStringLiteral("%1.log").arg(a)));
        if (yielding)
            running.back()->process.setChildProcessModifier([] { (void)!nice(19); });
        running.back()->process.start(QStringLiteral(PENSTOCK_AGENT),
            { QStringLiteral("simulate"), file, QStringLiteral("--listen"), QStringLiteral("127.0.0.1:%1").arg(port), QStringLiteral("--tls-cert"), folder.filePath(QStringLiteral("cert.pem")), QStringLiteral("--tls-key"),
                folder.filePath(QStringLiteral("key.pem")), QStringLiteral("--token-file"), folder.filePath(QStringLiteral("token")) });
        workspace += "[[endpoint]]\nname = \"" + QByteArray(providers[a]) + "\"\nkind = \"agent\"\nurl = \"grpcs://localhost:" + QByteArray::number(port) + "\"\ntoken = \"file:" + folder.filePath(QStringLiteral("token")).toUtf8()
            + "\"\nca = \"" + folder.filePath(QStringLiteral("cert.pem")).toUtf8() + "\"\n";
    }
    const auto bare = folder.filePath(QStringLiteral("bare.toml")), planning = folder.filePath(QStringLiteral("planning.toml"));
    write(bare, workspace);
    write(planning, workspace + plannedOn(agents, routes));
    auto without = measure(qt, bare, seconds);
    auto with = measure(qt, planning, seconds);
    const double bytes = with.received / with.seconds / static_cast<double>(with.gpus);
    std::printf("%llu GPUs from %d agents over TLS, %.0f s twice, load of the machine %s\n", static_cast<unsigned long long>(with.gpus), agents, with.seconds, loadOfTheMachine().c_str());
    std::printf("without workloads, routes and policy:\n");
    without.age.print("observed at the agent to painted in the window");
    without.wall.print("frame: snapshot taken in, window painted");
    without.cpu.print("frame: processor time of the thread that paints");
    std::printf("with %d routes, a board of %zu rows, %zu of which break, that lose %.0f H100s together:\n", routes, with.rows, with.breaking, with.moving);
    with.age.print("observed at the agent to painted in the window");
    with.wall.print("frame: snapshot taken in, window painted");
    with.cpu.print("frame: processor time of the thread that paints");
    with.boards.print("a board, on its own thread");
    std::printf("received over TLS: %.2f bytes a GPU a second, %.2f MB/s\n", bytes, with.received / with.seconds / 1e6);
    std::printf("the console: %.1f %% of a core without plans, %.1f %% with them, %.0f MiB now, %.0f MiB at most\n", without.cores * 100, with.cores * 100, bench::memory("VmRSS"), bench::memory("VmHWM"));
    if (!out.empty())
        std::ofstream(out) << nlohmann::json { { "gpus", with.gpus }, { "agents", agents }, { "routes", routes }, { "seconds", with.seconds }, { "age", with.age.json() }, { "frame", with.wall.json() }, { "frame_processor", with.cpu.json() },
            { "board", with.boards.json() }, { "board_rows", with.rows }, { "bytes_a_gpu_a_second", bytes }, { "cores", with.cores }, { "memory_mib", bench::memory("VmRSS") }, { "memory_most_mib", bench::memory("VmHWM") },
            { "without_plans", { { "age", without.age.json() }, { "frame", without.wall.json() }, { "frame_processor", without.cpu.json() }, { "cores", without.cores } } } }.dump(2) << '\n';
    return 0;
}
