// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <array>
#include <csignal>

namespace penstock::test {

/// GNOME Keyring on a session bus of its own, unlocked and empty. From its construction on this process and its children see no other bus and no
/// other home, so that the keychain of whoever runs a test is not touched.
class Keychain
{
public:
    Keychain()
    {
        const auto home = m_folder.path().toLocal8Bit();
        for (const auto* name : { "HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME" })
            qputenv(name, home);
        qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=" + home + "/nobody");
        for (const auto* name : { "DISPLAY", "WAYLAND_DISPLAY", "XDG_CURRENT_DESKTOP", "KDE_FULL_SESSION" })
            qunsetenv(name);
    }
    ~Keychain() { close(); }

    [[nodiscard]] static bool isInstalled()
    {
        constexpr std::array all { "dbus-daemon", "dbus-send", "gnome-keyring-daemon" };
        return std::ranges::none_of(all, [](const char* it) { return QStandardPaths::findExecutable(QString::fromLatin1(it)).isEmpty(); });
    }
    /// False: it does not run here.
    [[nodiscard]] bool open()
    {
        // A bus that starts nothing by itself, another keychain least of all.
        QFile rules(m_folder.filePath(QStringLiteral("bus.conf")));
        if (!rules.open(QIODevice::WriteOnly))
            return false;
        rules.write("<busconfig><type>session</type><listen>unix:dir=" + m_folder.path().toUtf8() + "</listen><policy context=\"default\"><allow send_destination=\"*\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>");
        rules.close();
        m_bus.start(QStringLiteral("dbus-daemon"), { QStringLiteral("--config-file=") + rules.fileName(), QStringLiteral("--nofork"), QStringLiteral("--nopidfile"), QStringLiteral("--print-address") });
        if (!m_bus.waitForReadyRead(10'000))
            return false;
        qputenv("DBUS_SESSION_BUS_ADDRESS", m_bus.readLine().trimmed());
        m_keyring.start(QStringLiteral("gnome-keyring-daemon"), { QStringLiteral("--foreground"), QStringLiteral("--components=secrets"), QStringLiteral("--control-directory=") + m_folder.path(), QStringLiteral("--unlock") });
        if (!m_keyring.waitForStarted(5'000))
            return false;
        m_keyring.write("a password");
        m_keyring.closeWriteChannel();
        // It says that it is there before it is open.
        return QTest::qWaitFor(
            [] {
                QProcess asks;
                asks.start(QStringLiteral("dbus-send"), { QStringLiteral("--session"), QStringLiteral("--print-reply"), QStringLiteral("--dest=org.freedesktop.secrets"), QStringLiteral("/org/freedesktop/secrets/aliases/default"),
                                                            QStringLiteral("org.freedesktop.DBus.Properties.Get"), QStringLiteral("string:org.freedesktop.Secret.Collection"), QStringLiteral("string:Locked") });
                return asks.waitForFinished(5'000) && asks.readAllStandardOutput().contains("boolean false");
            },
            10'000);
    }
    void close()
    {
        // GLib ends whoever loses its bus.
        std::signal(SIGTERM, SIG_IGN);
        for (auto* process : { &m_keyring, &m_bus })
            if (process->state() != QProcess::NotRunning) {
                process->terminate();
                if (!process->waitForFinished(5'000))
                    process->kill();
            }
    }
    [[nodiscard]] const QTemporaryDir& folder() const { return m_folder; }

private:
    QTemporaryDir m_folder;
    QProcess m_bus, m_keyring;
};

} // namespace penstock::test
