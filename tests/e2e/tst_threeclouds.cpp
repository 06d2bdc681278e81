// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

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
    void aWrongTokenIsNamed();
    void aWrongAuthorityIsNamed();

private:
    std::unique_ptr<QProcess> agent(const QString& provider, int port = 0);
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

std::unique_ptr<QProcess> TestThreeClouds::agent(const QString& provider, int port)
{
    auto process = std::make_unique<QProcess>();
    process->setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process->start(QStringLiteral(PENSTOCK_AGENT), { QStringLiteral("replay"), m_shared + QStringLiteral("/replay/three-clouds"), QStringLiteral("--provider"), provider, QStringLiteral("--no-events"), QStringLiteral("--listen"), QStringLiteral("127.0.0.1:%1").arg(port), QStringLiteral("--tls-cert"), m_folder.filePath(QStringLiteral("server.pem")), QStringLiteral("--tls-key"), m_folder.filePath(QStringLiteral("server.key")), QStringLiteral("--token-file"), m_folder.filePath(QStringLiteral("token")) });
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
