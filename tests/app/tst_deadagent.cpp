// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QApplication>
#include <QElapsedTimer>
#include <QLabel>
#include <QProcess>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

#include "controls/theme.h"
#include "mainwindow.h"
#include "relay/relay.h"
#include "server/agentserver.h"

using namespace penstock;

/// What the window shows when an agent dies, comes back, and when nothing has answered yet.
class TestDeadAgent final : public QObject
{
    Q_OBJECT

private slots:
    void theWindowSaysSoKeepsThePictureAndRecovers();
    void theNextStartPaintsFromTheCache();

    void theHeaderAgreesWithItsEndpoints_data();
    void theHeaderAgreesWithItsEndpoints();

private:
    void startAgent();
    [[nodiscard]] Workspace workspace() const;
    [[nodiscard]] SessionOptions options() const;
    QTemporaryDir m_folder;
    QProcess m_agent;
    int m_port = 0;
};

void TestDeadAgent::startAgent()
{
    m_agent.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_agent.start(QStringLiteral(PENSTOCK_AGENT), { QStringLiteral("simulate"), QStringLiteral(PENSTOCK_SOURCE_DIR "/resources/demo/demo.toml"), QStringLiteral("--listen"), QStringLiteral("127.0.0.1:%1").arg(m_port), QStringLiteral("--plaintext") });
    while (!m_agent.canReadLine())
        QVERIFY(m_agent.waitForReadyRead(20000));
    m_port = m_agent.readLine().trimmed().split(':').last().toInt();
}

Workspace TestDeadAgent::workspace() const
{
    Workspace made;
    made.name = "test";
    made.endpoints.push_back({ .name = "agent-1", .kind = "agent", .url = "grpc://127.0.0.1:" + std::to_string(m_port), .token = {}, .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} });
    return made;
}

SessionOptions TestDeadAgent::options() const
{
    SessionOptions made;
    made.cacheFile = m_folder.filePath(QStringLiteral("cache.db")).toStdString();
    made.historyFile = m_folder.filePath(QStringLiteral("history.db")).toStdString();
    return made;
}

void TestDeadAgent::theWindowSaysSoKeepsThePictureAndRecovers()
{
    applyTheme(*qApp, ThemeName::Dark);
    startAgent();
    Session session(workspace(), options());
    MainWindow window(session, false);
    window.show();
    session.start();
    const auto header = [&] { return window.findChild<QWidget*>(QStringLiteral("header"))->accessibleDescription(); };
    auto* toast = window.findChild<QLabel*>(QStringLiteral("toast"));
    QTRY_VERIFY_WITH_TIMEOUT(header().startsWith(QLatin1String("LIVE")), 15000);
    const auto gpus = session.snapshot()->total().gpus;
    QVERIFY(gpus > 20'000);

    m_agent.kill();
    m_agent.waitForFinished();
    QElapsedTimer clock;
    clock.start();
    QTRY_VERIFY_WITH_TIMEOUT(header().startsWith(QLatin1String("NOT WHOLE")), 2000);
    QVERIFY(toast->isVisible() && toast->text().contains(QLatin1String("agent-1 does not answer")));
    QVERIFY2(clock.elapsed() < 2000, qPrintable(QString::number(clock.elapsed())));
    QCOMPARE(session.snapshot()->total().gpus, gpus);
    // Its age goes on.
    const auto before = header();
    QTRY_VERIFY_WITH_TIMEOUT(header() != before, 5000);

    startAgent();
    QTRY_VERIFY_WITH_TIMEOUT(header().startsWith(QLatin1String("LIVE")), 20000);
    QTRY_VERIFY(toast->text().contains(QLatin1String("answers again")));
    QCOMPARE(session.snapshot()->total().gpus, gpus);
    m_agent.terminate();
    m_agent.waitForFinished(5000);
}

void TestDeadAgent::theNextStartPaintsFromTheCache()
{
    // The first run has left its cache, and no agent is there any more.
    Session session(workspace(), options());
    MainWindow window(session, false);
    window.show();
    QVERIFY(session.snapshot()->total().gpus > 20'000);
    QVERIFY(session.snapshot()->simulated());
    session.start();
    const auto header = [&] { return window.findChild<QWidget*>(QStringLiteral("header"))->accessibleDescription(); };
    QVERIFY2(header().startsWith(QLatin1String("FROM CACHE")), qPrintable(header()));
    window.openPage(MainWindow::Page::Capacity);
    QTRY_VERIFY_WITH_TIMEOUT(session.endpoints()[0].connection == Connection::Failing, 10000);
    QVERIFY(session.snapshot()->total().gpus > 20'000);
    // In no state that is known, none of it is used: that would be no cost.
    QTRY_VERIFY_WITH_TIMEOUT(window.findChild<QTableView*>(QStringLiteral("capacityTable"))->model()->rowCount() > 0, 10000);
    for (const auto* it : window.findChildren<QLabel*>())
        QVERIFY2(!it->text().contains(QLatin1String("Usage cost")), qPrintable(it->text()));
}

namespace {

/// One GPU, as it was so long ago.
class OldSource final : public Source
{
public:
    OldSource(std::chrono::seconds age, std::optional<Error> partial) : m_age(age), m_partial(std::move(partial)) {}
    void start(SourceSink& sink) override
    {
        auto who = std::make_shared<Inventory>();
        who->epoch = 1;
        who->clusters = { { "aws", "us-east-1", "a" } };
        who->models = { { "H100 80GB SXM", 81559 } };
        who->nodes = { { "n", 0, 0, 1, {} } };
        SamplesFrame what { .epoch = 1, .sequence = 1, .observed = wallClock() - m_age, .rows = {}, .values = {}, .addedWorkloads = {} };
        what.values.append({ .state = GpuState::Free });
        sink.connection(Connection::Live, m_partial);
        sink.frame(InventoryFrame { who, what.observed });
        sink.frame(what);
    }
    void reconnect() override {}
    void resync() override {}

private:
    std::chrono::seconds m_age;
    std::optional<Error> m_partial;
};

} // namespace

void TestDeadAgent::theHeaderAgreesWithItsEndpoints_data()
{
    QTest::addColumn<int>("age"); // s
    QTest::addColumn<bool>("partial");
    QTest::addColumn<QString>("says");
    QTest::newRow("fresh") << 0 << false << QStringLiteral("LIVE");
    QTest::newRow("late, and still counted") << 20 << false << QStringLiteral("LATE 2"); // some seconds later
    QTest::newRow("too late") << 40 << false << QStringLiteral("NOT WHOLE");
    QTest::newRow("answers in part") << 0 << true << QStringLiteral("NOT WHOLE");
}

void TestDeadAgent::theHeaderAgreesWithItsEndpoints()
{
    QFETCH(int, age);
    QFETCH(bool, partial);
    QFETCH(QString, says);
    auto source = std::make_unique<OldSource>(std::chrono::seconds(age), partial ? std::optional(Error { Error::Kind::Unavailable, "the store warns: partial response", "https://store", "look at its queriers" }) : std::nullopt);
    const auto agent = AgentServer::start(makeRelay(std::move(source)), { .listen = "127.0.0.1:0", .plaintext = true, .certFile = {}, .keyFile = {}, .tokenFile = {} });
    QVERIFY(agent);
    m_port = (*agent)->port();
    Session session(workspace(), {});
    MainWindow window(session, false);
    window.show();
    session.start();
    const auto header = [&] { return window.findChild<QWidget*>(QStringLiteral("header"))->accessibleDescription(); };
    QTRY_VERIFY_WITH_TIMEOUT(session.snapshot()->total().gpus == 1 && header().startsWith(says), 10000);
}

QTEST_MAIN(TestDeadAgent)
#include "tst_deadagent.moc"
