// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <CLI/CLI.hpp>
#include <QApplication>
#include <QFile>
#include <QLibraryInfo>
#include <QLocale>
#include <QScreen>
#include <QSocketNotifier>
#include <QTimer>
#include <QTranslator>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sys/signalfd.h>
#include <unistd.h>

#include "controls/theme.h"
#include "mainwindow.h"
#include "models/format.h"
#include "pages/fleetpage.h"
#include "session/demo.h"

using namespace penstock;

namespace {

void printFleets(const Snapshot& snapshot)
{
    if (snapshot.simulated())
        std::cout << "SIMULATED\n";
    std::printf("%-12s %10s %8s %10s %8s %8s %9s %10s %8s %8s\n", "provider", "GPUs", "nodes", "busy", "idle", "free", "draining", "unhealthy", "unknown", "util %");
    const auto line = [](const std::string& name, const Tally& tally) {
        std::printf("%-12s %10llu %8llu %10llu %8llu %8llu %9llu %10llu %8llu %8.1f\n", name.c_str(), static_cast<unsigned long long>(tally.gpus),
            static_cast<unsigned long long>(tally.nodes), static_cast<unsigned long long>(tally.count(GpuState::Busy)),
            static_cast<unsigned long long>(tally.count(GpuState::Idle)), static_cast<unsigned long long>(tally.count(GpuState::Free)),
            static_cast<unsigned long long>(tally.count(GpuState::Draining)), static_cast<unsigned long long>(tally.count(GpuState::Unhealthy)),
            static_cast<unsigned long long>(tally.count(GpuState::Unknown)), tally.utilisation.mean().value_or(0));
    };
    for (std::size_t p = 0; p < snapshot.structure().providers.size(); ++p)
        line(snapshot.structure().providers[p].name, snapshot.providerTally(p));
    line("all", snapshot.total());
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv)
{
    qputenv("GRPC_VERBOSITY", qEnvironmentVariableIsSet("GRPC_VERBOSITY") ? qgetenv("GRPC_VERBOSITY") : QByteArray("NONE")); // what goes wrong is said in our own words
    CLI::App app { "Penstock: GPU fleets in several clouds, live, and load shifts between them.", "penstock" };
    app.set_version_flag("--version", std::string("penstock ") + PENSTOCK_VERSION);
    std::string workspaceFile, theme = "dark", language, screenshot, page = "fleet", size = "1600x1000";
    bool demo = false, readOnly = false;
    double after = 5;
    app.add_option("--workspace", workspaceFile, "workspace file")->check(CLI::ExistingFile);
    app.add_flag("--demo", demo, "the demo workspace: three simulated clouds in this process");
    app.add_flag("--read-only", readOnly, "refuse shifts");
    app.add_option("--theme", theme, "dark or light")->check(CLI::IsMember({ "dark", "light" }));
    app.add_option("--lang", language, "en or fr; without it that of the system")->check(CLI::IsMember({ "en", "fr" }));
    app.add_option("--screenshot", screenshot, "write a picture of the window, print the fleets, and end");
    app.add_option("--page", page, "fleet, heatmap, unhealthy, capacity, load, failover or endpoints")->check(CLI::IsMember({ "fleet", "heatmap", "unhealthy", "capacity", "load", "failover", "endpoints" }));
    const auto* sized = app.add_option("--size", size, "WIDTHxHEIGHT of the window");
    app.add_option("--after", after, "seconds to wait before the picture")->check(CLI::Range(0.0, 3600.0));
    app.allow_extras(false);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    const auto cross = size.find('x');
    const int width = std::atoi(size.c_str()), height = cross == std::string::npos ? 0 : std::atoi(size.c_str() + cross + 1);
    if (width < 1024 || height < 640 || width > 7680 || height > 4320) {
        std::cerr << "penstock: --size takes WIDTHxHEIGHT from 1024x640 to 7680x4320\n";
        return 2;
    }
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);

    // A picture needs no display.
    if (!screenshot.empty() && qEnvironmentVariableIsEmpty("DISPLAY") && qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY") && qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication qt(argc, argv);
    QApplication::setApplicationName(QStringLiteral("penstock"));
    QApplication::setDesktopFileName(QStringLiteral("penstock"));
    const bool french = language.empty() ? QLocale::system().language() == QLocale::French : language == "fr";
    QLocale::setDefault(QLocale(french ? QLocale::French : QLocale::English));
    QTranslator translator, widgets;
    if (widgets.load(QLocale(), QStringLiteral("qtbase"), QStringLiteral("_"), QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        QApplication::installTranslator(&widgets);
    if (translator.load(QLocale(), QStringLiteral("penstock"), QStringLiteral("_"), QStringLiteral(":/i18n")))
        QApplication::installTranslator(&translator);
    applyTheme(qt, theme == "light" ? ThemeName::Light : ThemeName::Dark);

    const auto standard = QFile::exists(QString::fromStdString(defaultWorkspaceFile())) ? defaultWorkspaceFile() : std::string();
    const auto file = workspaceFile.empty() && !demo ? standard : workspaceFile;
    auto workspace = file.empty() ? demoWorkspace() : loadWorkspace(file);
    if (!workspace) {
        for (const auto& error : workspace.error())
            std::cerr << error.text() << '\n';
        return 1;
    }
    using Page = MainWindow::Page;
    auto shown = page == "capacity" ? Page::Capacity : page == "load" ? Page::Load : page == "failover" ? Page::Failover : page == "endpoints" ? Page::Endpoints : Page::Fleet;
    QSize extent(width, height);
    if (const auto* screen = QApplication::primaryScreen(); screen && sized->empty() && screenshot.empty())
        extent = extent.boundedTo(screen->availableSize()).expandedTo({ 1024, 640 });
    const int endingFd = signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
    QSocketNotifier notifier(endingFd, QSocketNotifier::Read);
    QString added; // an endpoint
    // A workspace that was changed here is opened anew, in a window of the same size and place.
    for (;;) {
        auto options = defaultSessionOptions(*workspace);
        options.readOnly = readOnly;
        options.staysOpen = screenshot.empty();
        Session session(std::move(*workspace), options);
        MainWindow window(session, session.isReadOnly());
        window.resize(extent);
        window.openPage(shown);
        if (page == "heatmap")
            window.fleetPage().toggleHeat();
        else if (page == "unhealthy")
            window.fleetPage().toggleTroubles();
        if (!added.isEmpty())
            window.openEndpoint(added);
        QString reopened;
        QObject::connect(&window, &MainWindow::reopenWanted, &window, [&](const QString& changed, const QString& endpoint) {
            reopened = changed;
            added = endpoint;
            QApplication::exit(0);
        });
        QObject::connect(&notifier, &QSocketNotifier::activated, &window, &QWidget::close);
        window.show();
        session.start();
        if (!screenshot.empty())
            QTimer::singleShot(static_cast<int>(after * 1000), &window, [&] {
                const bool written = window.grab().save(QString::fromStdString(screenshot));
                printFleets(*session.snapshot());
                if (!written)
                    std::cerr << "penstock: the picture cannot be written to " << screenshot << '\n';
                QApplication::exit(written ? 0 : 1);
            });
        const int result = QApplication::exec();
        if (reopened.isEmpty())
            return result;
        shown = window.page();
        extent = window.size();
        workspace = loadWorkspace(reopened.toStdString());
        if (!workspace) {
            for (const auto& error : workspace.error())
                std::cerr << error.text() << '\n';
            return 1;
        }
    }
}
