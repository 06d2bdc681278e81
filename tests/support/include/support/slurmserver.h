// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDir>
#include <QProcessEnvironment>
#include <QRandomGenerator>
#include <QTcpSocket>

#include <algorithm>
#include <pwd.h>

#include "support/haproxyfarm.h"

namespace penstock::test {

/// A real Slurm on free loopback ports: munged, slurmctld, a slurmd for each node that is to be up, and slurmrestd. GPUs are
/// empty files. Ends with this. Jobs are allocations without a process, so that nothing else is left behind.
class SlurmServer
{
public:
    struct Node
    {
        QByteArray name, gres; ///< "gpu:h100:8"; empty: none
        bool isUp = true;
    };
    explicit SlurmServer(QVector<Node> nodes, QByteArray partitions) : m_nodes(std::move(nodes)), m_partitions(std::move(partitions)) { }
    ~SlurmServer()
    {
        for (auto* it : { &m_rest, &m_controller, &m_munge })
            stop(*it);
        for (auto& it : m_daemons)
            stop(*it);
    }
    SlurmServer(const SlurmServer&) = delete;
    SlurmServer& operator=(const SlurmServer&) = delete;

    [[nodiscard]] static bool isInstalled()
    {
        for (const auto* it : { "munged", "slurmctld", "slurmd", "slurmrestd", "scontrol" })
            if (programPath(QLatin1String(it)).isEmpty())
                return false;
        // It comes in a package of its own.
        return QFile::exists(QStringLiteral("/usr/lib/x86_64-linux-gnu/slurm-wlm/auth_jwt.so")) || QFile::exists(QStringLiteral("/usr/lib/aarch64-linux-gnu/slurm-wlm/auth_jwt.so"));
    }
    [[nodiscard]] bool start()
    {
        const auto folder = m_folder.path().toLocal8Bit();
        QByteArray lines, gres;
        for (const auto& it : m_nodes) {
            lines += "NodeName=" + it.name + " NodeHostname=localhost NodeAddr=127.0.0.1 Port=" + QByteArray::number(freePort()) + " CPUs=64 RealMemory=100" + (it.gres.isEmpty() ? QByteArray() : " Gres=" + it.gres) + '\n';
            int first = 0;
            for (const auto& kind : it.gres.isEmpty() ? QList<QByteArray>() : it.gres.split(',')) {
                const int count = kind.split(':').last().toInt();
                gres += "NodeName=" + it.name + " Name=gpu Type=" + kind.split(':').value(1) + " File=" + folder + "/gpu[" + QByteArray::number(first) + '-' + QByteArray::number(first + count - 1) + "]\n";
                first += count;
            }
            QDir(m_folder.path()).mkdir(QStringLiteral("spool.") + QString::fromLatin1(it.name));
        }
        for (int i = 0; i < 16; ++i)
            if (!write("gpu" + QByteArray::number(i), {}))
                return false;
        QByteArray key;
        for (int i = 0; i < 128; ++i)
            key += static_cast<char>('a' + QRandomGenerator::global()->bounded(26));
        const auto* account = ::getpwuid(::geteuid());
        m_controllerPort = freePort();
        if (!write("munge.key", key) || !write("jwt.key", key.left(32)) || !write("gres.conf", "AutoDetect=off\n" + gres)
            || !write("slurm.conf",
                "ClusterName=tiny\nSlurmctldHost=localhost(127.0.0.1)\nSlurmctldPort=" + QByteArray::number(m_controllerPort) + "\nSlurmUser=" + account->pw_name + "\nSlurmdUser=" + account->pw_name
                    + "\nAuthType=auth/munge\nCryptoType=crypto/munge\nAuthInfo=socket=" + folder + "/munge.sock\nAuthAltTypes=auth/jwt\nAuthAltParameters=jwt_key=" + folder + "/jwt.key\nStateSaveLocation=" + folder + "/state\nSlurmdSpoolDir="
                    + folder + "/spool.%n\nSlurmctldPidFile=" + folder + "/ctld.pid\nSlurmdPidFile=" + folder + "/slurmd.%n.pid\nSlurmctldLogFile=" + folder + "/ctld.log\nSlurmdLogFile=" + folder
                    + "/slurmd.%n.log\nSelectType=select/cons_tres\nSelectTypeParameters=CR_Core\nProctrackType=proctrack/pgid\nTaskPlugin=task/none\nMpiDefault=none\nSchedulerType=sched/backfill\nGresTypes=gpu\nReturnToService=2\n"
                      "SlurmdTimeout=0\nSlurmdParameters=config_overrides\nFirstJobId=1\n"
                    + lines + m_partitions))
            return false;
        QDir(m_folder.path()).mkdir(QStringLiteral("state"));
        begin(m_munge, "munged",
            { "--foreground", "--force", "--key-file=" + folder + "/munge.key", "--socket=" + folder + "/munge.sock", "--pid-file=" + folder + "/munge.pid", "--log-file=" + folder + "/munge.log", "--seed-file=" + folder + "/munge.seed" });
        if (!QTest::qWaitFor([&] { return QFile::exists(m_folder.filePath(QStringLiteral("munge.sock"))); }, 10'000) || !startController())
            return false;
        for (const auto& it : m_nodes)
            if (it.isUp) {
                m_daemons.push_back(std::make_unique<QProcess>());
                begin(*m_daemons.back(), "slurmd", { "-D", "-N", it.name, "-f", folder + "/slurm.conf" });
            }
        return startRest() && QTest::qWaitFor([&] { return std::ranges::all_of(m_nodes, [&](const Node& it) { return !it.isUp || run("sinfo", { "-hN", "-n", it.name, "-o", "%T" }).startsWith("idle"); }); }, 30'000);
    }
    [[nodiscard]] bool startController()
    {
        begin(m_controller, "slurmctld", { "-D", "-f", m_folder.path().toLocal8Bit() + "/slurm.conf" });
        return QTest::qWaitFor([&] { return run("scontrol", { "ping" }).contains(" UP"); }, 20'000);
    }
    [[nodiscard]] bool startRest()
    {
        begin(m_rest, "slurmrestd", { "-s", "openapi/v0.0.37,openapi/v0.0.38", "-a", "rest_auth/jwt", "-f", m_folder.path().toLocal8Bit() + "/slurm.conf", "127.0.0.1:" + QByteArray::number(m_port) });
        return QTest::qWaitFor([&] {
            QTcpSocket socket;
            socket.connectToHost(QHostAddress::LocalHost, m_port);
            return socket.waitForConnected(200);
        }, 20'000);
    }
    void killController() { stop(m_controller); }
    void killRest() { stop(m_rest); }
    /// A client's output; its errors too.
    QByteArray run(const char* program, const QList<QByteArray>& arguments) const
    {
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        begin(process, program, arguments);
        process.waitForFinished(20'000);
        return process.readAll();
    }
    /// Gets its GPUs at once, and does nothing with them.
    bool allocate(const QList<QByteArray>& arguments) const { return run("salloc", QList<QByteArray> { "--no-shell" } + arguments).contains("Granted"); }
    /// Waits in the queue.
    bool queue(const QList<QByteArray>& arguments) const { return run("sbatch", QList<QByteArray> { "-o", "/dev/null", "--wrap=true" } + arguments).contains("Submitted"); }
    [[nodiscard]] std::string token(int seconds = 3600) const
    {
        const auto said = run("scontrol", { "token", "lifespan=" + QByteArray::number(seconds) });
        return said.mid(said.indexOf('=') + 1).trimmed().toStdString();
    }
    [[nodiscard]] std::string user() const { return ::getpwuid(::geteuid())->pw_name; }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(m_port); }
    [[nodiscard]] QByteArray log() const
    {
        QFile file(m_folder.filePath(QStringLiteral("ctld.log")));
        return file.open(QIODevice::ReadOnly) ? file.readAll().right(2'000) : QByteArray();
    }

private:
    bool write(const QByteArray& name, const QByteArray& text) const
    {
        QFile file(m_folder.filePath(QString::fromLatin1(name)));
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    }
    void begin(QProcess& process, const char* program, const QList<QByteArray>& arguments) const
    {
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("SLURM_CONF"), m_folder.filePath(QStringLiteral("slurm.conf")));
        environment.insert(QStringLiteral("SLURM_JWT"), QStringLiteral("daemon"));
        // It would not run as the user of slurmctld.
        environment.insert(QStringLiteral("SLURMRESTD_SECURITY"), QStringLiteral("disable_user_check"));
        if (qstrcmp(program, "slurmrestd") != 0)
            environment.remove(QStringLiteral("SLURM_JWT"));
        process.setProcessEnvironment(environment);
        QStringList all;
        for (const auto& it : arguments)
            all << QString::fromLocal8Bit(it);
        process.start(programPath(QLatin1String(program)), all);
    }
    static void stop(QProcess& process)
    {
        process.kill();
        process.waitForFinished(10'000);
    }

    QVector<Node> m_nodes;
    QByteArray m_partitions; ///< as in slurm.conf
    QTemporaryDir m_folder;
    quint16 m_port = freePort(), m_controllerPort = 0;
    QProcess m_munge, m_controller, m_rest;
    std::vector<std::unique_ptr<QProcess>> m_daemons;
};

} // namespace penstock::test
