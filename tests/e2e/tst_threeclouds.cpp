// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <map>

#include "session/session.h"
#include "support/shareddata.h"

using namespace penstock;

/// Three agents replay three clouds over TLS; a console's session connects to them.
class TestThreeClouds final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void totalsAreExactAndADeadAgentIsNoticedAndComesBack();
    void modelsAndWorkloadsAreExactInEveryCloud();
    void lostNodesAreUnknownAndKeepTheirWorkload();
    void aWrongTokenIsNamed();
    void aWrongAuthorityIsNamed();

private:
    std::unique_ptr<QProcess> agent(const QString& provider, int port = 0, const QStringList& more = { QStringLiteral("--no-events") });
    /// The directory's own GPUs by "provider model" and "provider workload", read without any code of the product.
    std::map<QString, std::uint64_t> expected() const;
    static int portOf(QProcess& process);
    Workspace workspace(const QStringList& providers, const QList<int>& ports, const QString& token, const QString& ca);
    void run(const QString& program, const QStringList& arguments);
    QTemporaryDir m_folder;
    QString m_shared;
};

void TestThreeClouds::run(const QString& program, const QStringList& arguments)
{
    QProcess process;
    process.setWorkingDirectory(m_folder.path());
    process.start(program, arguments);
    QVERIFY(process.waitForFinished(20000));
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
}

void TestThreeClouds::initTestCase()
{
    m_shared = test::sharedData();
    if (m_shared.isEmpty())
        QSKIP("no recorded data beside the checkout");
    const QString req = QStringLiteral("req"), subject = QStringLiteral("/CN=127.0.0.1"), names = QStringLiteral("subjectAltName=IP:127.0.0.1");
    for (const auto& name : { QStringLiteral("server"), QStringLiteral("other") })
        run(QStringLiteral("openssl"), { req, QStringLiteral("-x509"), QStringLiteral("-newkey"), QStringLiteral("rsa:2048"), QStringLiteral("-nodes"), QStringLiteral("-days"), QStringLiteral("2"), QStringLiteral("-subj"), subject, QStringLiteral("-addext"), names, QStringLiteral("-keyout"), name + QStringLiteral(".key"), QStringLiteral("-out"), name + QStringLiteral(".pem") });
    for (const auto& [name, text] : { std::pair { "token", "correct-horse" }, std::pair { "wrong", "battery-staple" } }) {
        QFile file(m_folder.filePath(QString::fromLatin1(name)));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }
}

std::unique_ptr<QProcess> TestThreeClouds::agent(const QString& provider, int port, const QStringList& more)
{
    auto process = std::make_unique<QProcess>();
    process->setProcessChannelMode(QProcess::ForwardedErrorChannel);
    const QStringList arguments { QStringLiteral("replay"), m_shared + QStringLiteral("/replay/three-clouds"), QStringLiteral("--provider"), provider,
        QStringLiteral("--listen"), QStringLiteral("127.0.0.1:%1").arg(port), QStringLiteral("--tls-cert"), m_folder.filePath(QStringLiteral("server.pem")),
        QStringLiteral("--tls-key"), m_folder.filePath(QStringLiteral("server.key")), QStringLiteral("--token-file"), m_folder.filePath(QStringLiteral("token")) };
    process->start(QStringLiteral(PENSTOCK_AGENT), arguments + more);
    return process;
}

int TestThreeClouds::portOf(QProcess& process)
{
    while (!process.canReadLine())
        if (!process.waitForReadyRead(20000))
            return -1;
    return process.readLine().trimmed().split(':').last().toInt();
}

Workspace TestThreeClouds::workspace(const QStringList& providers, const QList<int>& ports, const QString& token, const QString& ca)
{
    Workspace made;
    made.name = "test";
    for (qsizetype i = 0; i < providers.size(); ++i)
        made.endpoints.push_back({ .name = providers[i].toStdString(), .kind = "agent", .url = "grpcs://127.0.0.1:" + std::to_string(ports[i]), .token = "file:" + m_folder.filePath(token).toStdString(), .ca = m_folder.filePath(ca).toStdString(), .path = {}, .provider = {}, .region = {}, .cluster = {} });
    return made;
}

void TestThreeClouds::totalsAreExactAndADeadAgentIsNoticedAndComesBack()
{
    const QStringList providers { QStringLiteral("azure"), QStringLiteral("gcp"), QStringLiteral("aws") };
    std::vector<std::unique_ptr<QProcess>> agents;
    QList<int> ports;
    for (const auto& provider : providers)
        agents.push_back(agent(provider));
    for (auto& process : agents)
        ports << portOf(*process);
    QVERIFY(!ports.contains(-1));
    Session session(workspace(providers, ports, QStringLiteral("token"), QStringLiteral("server.pem")), {});
    session.start();
    QTRY_VERIFY_WITH_TIMEOUT(session.isComplete(), 20000);
    const auto total = [&](const char* provider) { return session.snapshot()->tally({ .scope = { provider, {}, {}, {} }, .model = {}, .workload = {}, .state = {} }).gpus; };
    const auto load = [&](const char* workload) { return session.snapshot()->tally({ .scope = {}, .model = {}, .workload = workload, .state = {} }).gpus; };
    const auto exact = [&] {
        return session.snapshot()->total().gpus == 6212 && total("azure") == 3263 && total("gcp") == 2055 && total("aws") == 894
            && load("chatgpt") == 2870 && load("training") == 1544 && load("batch-eval") == 700 && load("image-gen") == 537
            && session.snapshot()->total().count(GpuState::Free) == 561;
    };
    QTRY_VERIFY(exact());
    QVERIFY(session.snapshot()->simulated());

    agents[1]->kill();
    agents[1]->waitForFinished();
    QTRY_VERIFY_WITH_TIMEOUT(session.endpoints()[1].connection == Connection::Failing, 2000);
    QCOMPARE(session.snapshot()->total().gpus, 6212U);
    QVERIFY(session.endpoints()[1].error.has_value());

    agents[1] = agent(QStringLiteral("gcp"), ports[1]);
    QTRY_VERIFY_WITH_TIMEOUT(session.endpoints()[1].connection == Connection::Live, 20000);
    QTRY_VERIFY_WITH_TIMEOUT(session.isComplete() && exact(), 10000);
    for (auto& process : agents) {
        process->terminate();
        QVERIFY(process->waitForFinished(5000));
    }
}

std::map<QString, std::uint64_t> TestThreeClouds::expected() const
{
    std::map<QString, std::uint64_t> counts;
    QHash<QString, QString> cloudOf;
    QFile fleet(m_shared + QStringLiteral("/replay/three-clouds/fleet.csv"));
    if (!fleet.open(QIODevice::ReadOnly))
        return {};
    const auto nodes = QString::fromUtf8(fleet.readAll()).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    for (const auto& line : nodes.mid(1)) {
        const auto cells = line.split(QLatin1Char(','));
        counts[cells[0] + QStringLiteral(" model ") + cells[4]] += cells[5].toULongLong();
        cloudOf[cells[3]] = cells[0];
    }
    QProcess unpack;
    unpack.start(QStringLiteral("gzip"), { QStringLiteral("-dc"), m_shared + QStringLiteral("/replay/three-clouds/gpus.csv.gz") });
    if (!unpack.waitForFinished(20000))
        return {};
    const auto gpus = QString::fromUtf8(unpack.readAllStandardOutput()).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    for (const auto& line : gpus.mid(1)) {
        const auto cells = line.split(QLatin1Char(','));
        ++counts[cloudOf[cells[0]] + QStringLiteral(" workload ") + cells[4]];
    }
    return counts;
}

void TestThreeClouds::modelsAndWorkloadsAreExactInEveryCloud()
{
    const QStringList providers { QStringLiteral("azure"), QStringLiteral("gcp"), QStringLiteral("aws") };
    std::vector<std::unique_ptr<QProcess>> agents;
    QList<int> ports;
    for (const auto& provider : providers)
        agents.push_back(agent(provider));
    for (auto& process : agents)
        ports << portOf(*process);
    Session session(workspace(providers, ports, QStringLiteral("token"), QStringLiteral("server.pem")), {});
    session.start();
    QTRY_VERIFY_WITH_TIMEOUT(session.isComplete(), 20000);
    const auto wanted = expected();
    QVERIFY(wanted.size() > 10);
    const auto seen = [&] {
        std::map<QString, std::uint64_t> counts;
        for (const auto& [name, dimension] : { std::pair { " model ", Dimension::Model }, std::pair { " workload ", Dimension::Workload } }) {
            const Dimension by[] { Dimension::Provider, dimension };
            for (const auto& group : session.snapshot()->rollup(by, {}))
                if (group.tally.gpus > 0)
                    counts[QString::fromStdString(group.keys[0]) + QLatin1String(name) + QString::fromStdString(group.keys[1])] = group.tally.gpus;
        }
        return counts;
    };
    QTRY_VERIFY_WITH_TIMEOUT(seen() == wanted, 10000);
    for (auto& process : agents) {
        process->terminate();
        process->waitForFinished(5000);
    }
}

void TestThreeClouds::lostNodesAreUnknownAndKeepTheirWorkload()
{
    // An hour of the directory's events a second.
    auto process = agent(QStringLiteral("azure"), 0, { QStringLiteral("--speed"), QStringLiteral("3600") });
    const int port = portOf(*process);
    Session session(workspace({ QStringLiteral("azure") }, { port }, QStringLiteral("token"), QStringLiteral("server.pem")), {});
    session.start();
    QTRY_VERIFY_WITH_TIMEOUT(session.isComplete(), 20000);
    double most = 0;
    bool whole = true;
    const auto watch = [&] {
        const auto total = session.snapshot()->total();
        most = std::max(most, total.percent(GpuState::Unknown));
        // Nobody is forgotten and nobody is counted twice, however many are lost.
        whole = whole && total.gpus == 3263;
        const Dimension by[] { Dimension::Workload, Dimension::State };
        std::uint64_t keeping = 0;
        for (const auto& group : session.snapshot()->rollup(by, {}))
            if (!group.keys[0].empty() && group.keys[1] == "unknown")
                keeping += group.tally.load;
        return std::pair { total.count(GpuState::Unknown), keeping };
    };
    connect(&session, &Session::published, this, [&] { (void)watch(); });
    QTRY_VERIFY_WITH_TIMEOUT(session.snapshot()->total().percent(GpuState::Unknown) > 25, 20000);
    const auto [lost, keeping] = watch();
    QVERIFY(keeping > 0 && keeping <= lost);
    QTRY_VERIFY_WITH_TIMEOUT(session.snapshot()->total().count(GpuState::Unknown) == 0, 40000);
    QVERIFY(whole);
    QVERIFY2(most > 25 && most < 45, qPrintable(QString::number(most)));
    process->terminate();
    process->waitForFinished(5000);
}

void TestThreeClouds::aWrongTokenIsNamed()
{
    auto process = agent(QStringLiteral("aws"));
    const int port = portOf(*process);
    Session session(workspace({ QStringLiteral("aws") }, { port }, QStringLiteral("wrong"), QStringLiteral("server.pem")), {});
    session.start();
    QTRY_VERIFY_WITH_TIMEOUT(session.endpoints()[0].error.has_value(), 10000);
    QCOMPARE(session.endpoints()[0].error->kind, Error::Kind::Denied);
    QVERIFY(session.endpoints()[0].error->text().find("token") != std::string::npos);
    QVERIFY(session.endpoints()[0].error->text().find("battery") == std::string::npos);
    process->terminate();
    process->waitForFinished(5000);
}

void TestThreeClouds::aWrongAuthorityIsNamed()
{
    auto process = agent(QStringLiteral("aws"));
    const int port = portOf(*process);
    Session session(workspace({ QStringLiteral("aws") }, { port }, QStringLiteral("token"), QStringLiteral("other.pem")), {});
    session.start();
    QTRY_VERIFY_WITH_TIMEOUT(session.endpoints()[0].connection == Connection::Failing, 10000);
    QVERIFY(session.endpoints()[0].error.has_value());
    QCOMPARE(session.snapshot()->total().gpus, 0U);
    process->terminate();
    process->waitForFinished(5000);
}

QTEST_GUILESS_MAIN(TestThreeClouds)
#include "tst_threeclouds.moc"
