// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "controls/theme.h"
#include "mainwindow.h"
#include "support/prometheusserver.h"
#include "support/httpserver.h"
#include "support/passedon.h"

using namespace penstock;
using test::HttpQuestion;
using test::HttpReply;
using test::HttpServer;
using test::PrometheusServer;

/// The assistant, driven through its widgets, at real servers.
class TestAddEndpoint final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void init();
    void aStoreIsFoundLookedAtAndSaved();
    void anExporterAsksWhereItIs();
    void tabLeadsDownTheForm();
    void enterLooksOnceThatIsPossible();
    void aProgramIsRunOnceItIsAgreedTo();
    void anAddressChoosesHowToSignIn();
    void aManagedStoreIsSignedInToAndSaved();
    void aPastedSecretIsWrittenNowhere();
    void whatIsNotFoundIsSaid_data();
    void whatIsNotFoundIsSaid();
    void cleanup();

private:
    template<class Widget>
    [[nodiscard]] Widget& find(const char* name) const
    {
        auto* found = m_window->findChild<Widget*>(QString::fromLatin1(name));
        Q_ASSERT(found);
        return *found;
    }
    void look(const QString& address) const
    {
        QTest::mouseClick(&find<QPushButton>("addEndpoint"), Qt::LeftButton);
        find<QLineEdit>("newAddress").clear();
        QTest::keyClicks(&find<QLineEdit>("newAddress"), address);
        QTest::mouseClick(&find<QPushButton>("addLook"), Qt::LeftButton);
    }
    void picture(const QString& name) const
    {
        if (const auto folder = qEnvironmentVariable("PENSTOCK_PICTURES"); !folder.isEmpty())
            for (const auto size : { QSize(1280, 800), QSize(2560, 1440) })
                for (const auto theme : { ThemeName::Dark, ThemeName::Light }) {
                    applyTheme(*qApp, theme);
                    m_window->resize(size);
                    QCoreApplication::processEvents();
                    m_window->grab().save(QStringLiteral("%1/%2-%3-%4.png").arg(folder, name, QString::number(size.width()), theme == ThemeName::Dark ? QStringLiteral("dark") : QStringLiteral("light")));
                }
        applyTheme(*qApp, ThemeName::Dark);
    }
    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_file;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<MainWindow> m_window;
};

static QByteArray exporter(int nodes)
{
    QByteArray text;
    for (const char* metric : { "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE", "DCGM_FI_DEV_GPU_TEMP" })
        for (int n = 0; n < nodes; ++n)
            for (int g = 0; g < 8; ++g)
                text += QByteArray(metric) + "{gpu=\"" + QByteArray::number(g) + "\",UUID=\"GPU-" + QByteArray::number(n) + "-" + QByteArray::number(g) + "\",modelName=\"NVIDIA H100 80GB HBM3\",Hostname=\"node-" + QByteArray::number(n) + "\"} 50\n";
    return text;
}

/// What kube-state-metrics says of their nodes.
static QByteArray orchestrator(int nodes)
{
    QByteArray text;
    for (int n = 0; n < nodes; ++n) {
        const auto node = "{node=\"node-" + QByteArray::number(n) + "\",";
        text += "kube_node_info" + node + "provider_id=\"aws:///us-east-1" + (n % 2 ? "b" : "a") + "/i-0\"} 1\nkube_node_status_capacity" + node + "resource=\"nvidia_com_gpu\",unit=\"integer\"} 8\n";
    }
    return text;
}

void TestAddEndpoint::initTestCase()
{
    QLocale::setDefault(QLocale(QLocale::English));
    applyTheme(*qApp, ThemeName::Dark);
}

void TestAddEndpoint::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_file = m_folder->filePath(QStringLiteral("workspace.toml"));
    QFile file(m_file);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("[workspace]\nname = \"mine\"\n[[provider]]\nid = \"aws\"\nsubprocessor = true\n");
    file.close();
    auto workspace = loadWorkspace(m_file.toStdString());
    QVERIFY(workspace);
    m_session = std::make_unique<Session>(std::move(*workspace), SessionOptions {});
    m_window = std::make_unique<MainWindow>(*m_session, false);
    m_window->resize(1280, 800);
    m_window->openPage(MainWindow::Page::Endpoints);
    m_window->show();
    m_session->start();
}

void TestAddEndpoint::aStoreIsFoundLookedAtAndSaved()
{
    if (!PrometheusServer::isInstalled())
        QSKIP("prometheus is not installed");
    HttpServer served([](const HttpQuestion&) { return HttpReply { .status = 200, .type = "text/plain", .body = exporter(3) + orchestrator(3), .headers = {} }; });
    PrometheusServer store;
    QVERIFY(store.start(static_cast<quint16>(std::stoi(served.url().substr(served.url().rfind(':') + 1)))));
    // As one copies it out of a browser. What has not been scraped yet is looked for again.
    QVERIFY(QTest::qWaitFor([&] {
        look(QString::fromStdString(store.url()) + QStringLiteral("/graph?g0.expr=up"));
        return QTest::qWaitFor([&] { return find<QPushButton>("addSave").isVisible(); }, 3'000);
    }, 30'000));
    const auto& findings = find<QWidget>("findings");
    QVERIFY2(findings.accessibleDescription().startsWith(QStringLiteral("24 GPUs on 3 nodes. aws, us-east-1 · 2 zones.")), qPrintable(findings.accessibleDescription()));
    QVERIFY(findings.accessibleDescription().contains(QStringLiteral("DCGM_FI_DEV_XID_ERRORS")));
    const auto said = find<QLabel>("addMessage").text();
    QVERIFY2(said.startsWith(QStringLiteral("prometheus, ")), qPrintable(said));
    QVERIFY(m_session->endpoints().empty());
    picture(QStringLiteral("add-endpoint-found"));
    find<QLineEdit>("newName").setText(QStringLiteral("our-store"));
    QSignalSpy reopened(m_window.get(), &MainWindow::reopenWanted);
    QTest::mouseClick(&find<QPushButton>("addSave"), Qt::LeftButton);
    QCOMPARE(reopened.size(), 1);
    QCOMPARE(reopened.first().first().toString(), m_file);
    QCOMPARE(reopened.first().last().toString(), QStringLiteral("our-store"));
    const auto saved = loadWorkspace(m_file.toStdString());
    QVERIFY(saved);
    QCOMPARE(saved->name, std::string("mine"));
    QCOMPARE(saved->endpoints.size(), std::size_t { 1 });
    QCOMPARE(saved->endpoints[0].name, std::string("our-store"));
    QCOMPARE(saved->endpoints[0].kind, std::string("prometheus"));
    QCOMPARE(saved->endpoints[0].url, store.url());
}

void TestAddEndpoint::anExporterAsksWhereItIs()
{
    HttpServer served([](const HttpQuestion& question) {
        return question.path == "/metrics" ? HttpReply { .status = 200, .type = "text/plain", .body = exporter(1), .headers = {} } : HttpReply { .status = 404, .type = "text/plain", .body = "no", .headers = {} };
    });
    look(QString::fromStdString(served.url()) + QStringLiteral("/metrics"));
    auto& message = find<QLabel>("addMessage");
    QTRY_VERIFY_WITH_TIMEOUT(message.text().contains(QStringLiteral("provider is missing")), 10'000);
    QVERIFY2(message.text().endsWith(QStringLiteral("fill in provider above")), qPrintable(message.text()));
    picture(QStringLiteral("add-endpoint-refused"));
    find<QLineEdit>("newProvider").setText(QStringLiteral("aws"));
    find<QLineEdit>("newRegion").setText(QStringLiteral("us-east-1"));
    QTest::mouseClick(&find<QPushButton>("addLook"), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(find<QPushButton>("addSave").isVisible(), 10'000);
    QVERIFY(find<QWidget>("findings").accessibleDescription().startsWith(QStringLiteral("8 GPUs on 1 node")));
}

void TestAddEndpoint::tabLeadsDownTheForm()
{
    QTest::mouseClick(&find<QPushButton>("addEndpoint"), Qt::LeftButton);
    find<QComboBox>("newContext").hide(); // whether there is a kubeconfig is this machine's matter
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    find<QLineEdit>("newAddress").setFocus();
    for (const auto* next : { "newKind", "newSignIn", "newToken", "newUser", "newTenant", "newCa", "newProvider", "newRegion" }) {
        QTest::keyClick(m_window->focusWidget(), Qt::Key_Tab);
        QCOMPARE(m_window->focusWidget()->objectName(), QString::fromLatin1(next));
    }
}

void TestAddEndpoint::enterLooksOnceThatIsPossible()
{
    QTest::mouseClick(&find<QPushButton>("addEndpoint"), Qt::LeftButton);
    auto& provider = find<QLineEdit>("newProvider");
    auto& region = find<QLineEdit>("newRegion");
    provider.setFocus();
    QTest::keyClicks(&provider, QStringLiteral("aws"));
    QTest::keyClick(&provider, Qt::Key_Return);
    QTRY_VERIFY(region.hasFocus());
    find<QLineEdit>("newAddress").setText(QStringLiteral("http://127.0.0.1:1"));
    QTest::keyClicks(&region, QStringLiteral("us-east-1"));
    QTest::keyClick(&region, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(find<QLabel>("addMessage").text().contains(QStringLiteral("refused")), 10'000);
}

void TestAddEndpoint::aProgramIsRunOnceItIsAgreedTo()
{
    const auto ran = m_folder->filePath(QStringLiteral("ran")), plugin = m_folder->filePath(QStringLiteral("plugin")), config = m_folder->filePath(QStringLiteral("config"));
    const auto write = [](const QString& name, const QByteArray& text) {
        QFile file(name);
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    };
    QVERIFY(write(plugin, "#!/bin/sh\ntouch " + ran.toUtf8() + "\nexit 1\n"));
    QVERIFY(write(config, "apiVersion: v1\nkind: Config\ncurrent-context: prod\nclusters:\n- name: k\n  cluster: {server: 'https://127.0.0.1:1'}\ncontexts:\n- name: prod\n  context: {cluster: k, user: me}\nusers:\n- name: me\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: "
        + plugin.toUtf8() + "\n      args: [get-token, --client-secret, s3cr3t]\n      interactiveMode: Never\n"));
    qputenv("KUBECONFIG", config.toUtf8());
    const auto restore = qScopeGuard([] { qunsetenv("KUBECONFIG"); });
    m_window.reset();
    m_window = std::make_unique<MainWindow>(*m_session, false);
    m_window->openPage(MainWindow::Page::Endpoints);
    m_window->show();
    QTest::mouseClick(&find<QPushButton>("addEndpoint"), Qt::LeftButton);
    QVERIFY(!find<QLineEdit>("newPrometheus").isVisible());
    find<QComboBox>("newContext").setCurrentIndex(1);
    QVERIFY(find<QLineEdit>("newPrometheus").isVisible());
    find<QLineEdit>("newPrometheus").setText(QStringLiteral("http://127.0.0.1:1"));
    picture(QStringLiteral("add-context"));
    QTest::mouseClick(&find<QPushButton>("addLook"), Qt::LeftButton);
    QTRY_VERIFY(find<QPushButton>("addRun").isVisible());
    const auto said = find<QLabel>("addMessage").text();
    QVERIFY2(said.contains(plugin + QStringLiteral(" get-token --client-secret …")) && !said.contains(QStringLiteral("s3cr3t")), qPrintable(said));
    QVERIFY(!QFile::exists(ran));
    picture(QStringLiteral("add-program"));
    QTest::mouseClick(&find<QPushButton>("addRun"), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(ran), 10'000);
    QTRY_VERIFY_WITH_TIMEOUT(find<QPushButton>("addLook").isVisible() && find<QPushButton>("addLook").isEnabled(), 20'000);
}

void TestAddEndpoint::anAddressChoosesHowToSignIn()
{
    QTest::mouseClick(&find<QPushButton>("addEndpoint"), Qt::LeftButton);
    auto& address = find<QLineEdit>("newAddress");
    auto& signIn = find<QComboBox>("newSignIn");
    const auto shows = [&](const char* field) { return find<QLineEdit>(field).isVisible(); };
    QVERIFY(shows("newToken") && !shows("newKey") && !shows("newClientId") && !shows("newAccessKey"));
    address.setText(QStringLiteral("https://fleet-a1b2.eastus.prometheus.monitor.azure.com"));
    QVERIFY(shows("newDirectory") && shows("newClientId") && shows("newClientSecret") && !shows("newToken"));
    picture(QStringLiteral("add-managed"));
    QTest::mouseClick(&find<QPushButton>("addLook"), Qt::LeftButton);
    auto& message = find<QLabel>("addMessage");
    QTRY_VERIFY2_WITH_TIMEOUT(message.text().contains(QStringLiteral("fill in Directory above")), qPrintable(message.text()), 10'000);
    address.setText(QStringLiteral("https://monitoring.googleapis.com/v1/projects/p/location/global/prometheus"));
    QVERIFY(shows("newKey") && !shows("newClientId"));
    address.setText(QStringLiteral("https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1"));
    QVERIFY(shows("newAccessKey") && shows("newProfile") && !shows("newKey"));
    // What somebody chose stays.
    signIn.setFocus();
    QTest::keyClick(&signIn, Qt::Key_Home);
    address.setText(QStringLiteral("https://aps-workspaces.us-west-2.amazonaws.com/workspaces/ws-1"));
    QVERIFY(shows("newToken") && !shows("newAccessKey"));
}

void TestAddEndpoint::aManagedStoreIsSignedInToAndSaved()
{
    if (!PrometheusServer::isInstalled())
        QSKIP("prometheus is not installed");
    HttpServer served([](const HttpQuestion&) { return HttpReply { .status = 200, .type = "text/plain", .body = exporter(3) + orchestrator(3), .headers = {} }; });
    PrometheusServer store;
    QVERIFY(store.start(static_cast<quint16>(std::stoi(served.url().substr(served.url().rfind(':') + 1)))));
    HttpServer amazon([&](const HttpQuestion& question) {
        return question.headers.value("authorization").startsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") ? test::passedOn(question, store.url()) : HttpReply { .status = 403, .body = "{\"message\":\"Missing Authentication Token\"}", .headers = {} };
    });
    qputenv("PENSTOCK_TEST_SECRET", "s3cr3t");
    QTest::mouseClick(&find<QPushButton>("addEndpoint"), Qt::LeftButton);
    find<QComboBox>("newSignIn").setCurrentIndex(1);
    emit find<QComboBox>("newSignIn").activated(1);
    for (const auto& [field, value] : { std::pair("newAccessKey", "AKIDEXAMPLE"), std::pair("newSecretKey", "env:PENSTOCK_TEST_SECRET"), std::pair("newStoreRegion", "eu-west-1") })
        find<QLineEdit>(field).setText(QString::fromLatin1(value));
    QVERIFY(QTest::qWaitFor([&] {
        find<QLineEdit>("newAddress").setText(QString::fromStdString(amazon.url()));
        QTest::mouseClick(&find<QPushButton>("addLook"), Qt::LeftButton);
        return QTest::qWaitFor([&] { return find<QPushButton>("addSave").isVisible(); }, 3'000);
    }, 30'000));
    QVERIFY(find<QWidget>("findings").accessibleDescription().startsWith(QStringLiteral("24 GPUs on 3 nodes.")));
    find<QLineEdit>("newName").setText(QStringLiteral("managed"));
    QTest::mouseClick(&find<QPushButton>("addSave"), Qt::LeftButton);
    const auto saved = loadWorkspace(m_file.toStdString());
    QVERIFY(saved);
    QCOMPARE(saved->endpoints.size(), std::size_t { 1 });
    QCOMPARE(saved->endpoints[0].signIn.kind, std::string("aws"));
    QCOMPARE(saved->endpoints[0].signIn.secretKey, std::string("env:PENSTOCK_TEST_SECRET"));
}

void TestAddEndpoint::aPastedSecretIsWrittenNowhere()
{
    look(QStringLiteral("https://fleet-a1b2.eastus.prometheus.monitor.azure.com"));
    for (const auto& [field, value] : { std::pair("newDirectory", "contoso.example"), std::pair("newClientId", "app"), std::pair("newClientSecret", "s3cr3t") })
        find<QLineEdit>(field).setText(QString::fromLatin1(value));
    auto& message = find<QLabel>("addMessage");
    QTRY_VERIFY_WITH_TIMEOUT(find<QPushButton>("addLook").isEnabled(), 10'000);
    QTest::mouseClick(&find<QPushButton>("addLook"), Qt::LeftButton);
    QTRY_VERIFY2_WITH_TIMEOUT(message.text().contains(QStringLiteral("holds the secret itself")), qPrintable(message.text()), 10'000);
    QVERIFY2(!message.text().contains(QStringLiteral("s3cr3t")), qPrintable(message.text()));
    QVERIFY(!find<QPushButton>("addSave").isVisible());
}

void TestAddEndpoint::whatIsNotFoundIsSaid_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("address");
    QTest::addColumn<QString>("said");
    QTest::newRow("a web page") << 200 << QByteArray("<html>hello</html>") << QString() << QStringLiteral("what answers there is a web page (200)");
    QTest::newRow("no token") << 401 << QByteArray("who are you") << QString() << QStringLiteral("the server wants credentials, and the endpoint has none (401)");
    QTest::newRow("kubernetes") << 200 << QByteArray("{\"major\":\"1\",\"gitVersion\":\"v1.29.1\"}") << QString() << QStringLiteral("choose its context");
    QTest::newRow("nobody") << 0 << QByteArray() << QStringLiteral("http://127.0.0.1:1") << QStringLiteral("refused");
    QTest::newRow("no address") << 0 << QByteArray() << QStringLiteral("mimir") << QStringLiteral("is no address");
}

void TestAddEndpoint::whatIsNotFoundIsSaid()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QString, address);
    QFETCH(QString, said);
    HttpServer served([&](const HttpQuestion&) { return HttpReply { .status = status, .type = "text/html", .body = body, .headers = {} }; });
    look(address.isEmpty() ? QString::fromStdString(served.url()) : address);
    auto& message = find<QLabel>("addMessage");
    QTRY_VERIFY2_WITH_TIMEOUT(message.text().contains(said), qPrintable(message.text()), 10'000);
    QVERIFY(find<QPushButton>("addLook").isEnabled());
}

void TestAddEndpoint::cleanup()
{
    m_window.reset();
    m_session.reset();
}

QTEST_MAIN(TestAddEndpoint)
#include "tst_addendpoint.moc"
