// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QDateTime>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "support/httpserver.h"
#include "support/passedon.h"
#include "support/prometheusserver.h"

using penstock::test::HttpQuestion;
using penstock::test::HttpReply;
using penstock::test::HttpServer;
using penstock::test::PrometheusServer;
using penstock::test::ScrapeJob;
namespace test = penstock::test;

/// What penstockctl says of endpoints that do not answer, or not in full.
class TestCtlProbe final : public QObject
{
    Q_OBJECT

private slots:
    void whatAnExporterLacksIsAskedForAsAnOption();
    void aSecretOnTheCommandLineIsSentNowhere();
    void aStoreThatHangsIsSaidToHang();
    void whatIsFoundIsSaidInFull();
    void refusedCredentialsAreCalledSo();
    void whoAnswersInPartMakesAFleetThatIsNotWhole();
    void aCheckOfTheDemoSaysSoFirst();
    void nodesTellWhatTheyHave();
    void nodesTellTheirZone();
    void aStoreThatTellsOnlyThePastIsNoAnswer();
    void aManagedStoreIsLookedAtAndSaved_data();
    void aManagedStoreIsLookedAtAndSaved();
    void whatASignInLacksIsAskedForAsAnOption_data();
    void whatASignInLacksIsAskedForAsAnOption();

private:
    struct Said
    {
        int code;
        QByteArray out, error;
    };
    [[nodiscard]] Said ctl(const QStringList& words) const
    {
        QProcess process;
        auto environment = QProcessEnvironment::systemEnvironment();
        for (const auto* name : { "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME" })
            environment.insert(QLatin1String(name), m_folder.path());
        environment.insert(QStringLiteral("PENSTOCK_TEST_SECRET"), QStringLiteral("s3cr3t"));
        process.setProcessEnvironment(environment);
        process.start(QStringLiteral(PENSTOCKCTL), words);
        process.waitForFinished(60000);
        return { process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError() };
    }
    QTemporaryDir m_folder;
};

static HttpReply exporter(const HttpQuestion& question)
{
    return question.path == "/metrics" ? HttpReply { .type = "text/plain", .body = "DCGM_FI_DEV_GPU_UTIL{gpu=\"0\",UUID=\"GPU-1\",modelName=\"NVIDIA H100 80GB HBM3\",Hostname=\"n\"} 50\n", .headers = {} }
                                       : HttpReply { .status = 404, .type = "text/plain", .body = "no", .headers = {} };
}

void TestCtlProbe::whatAnExporterLacksIsAskedForAsAnOption()
{
    HttpServer served(exporter);
    const auto said = ctl({ QStringLiteral("endpoints"), QStringLiteral("probe"), QString::fromStdString(served.url()) });
    QCOMPARE(said.code, 2);
    QVERIFY2(said.error.contains("--provider") && !said.error.contains("provider ="), said.error);
}

void TestCtlProbe::aSecretOnTheCommandLineIsSentNowhere()
{
    int asked = 0;
    HttpServer served([&](const HttpQuestion& question) {
        ++asked;
        return exporter(question);
    });
    const auto said = ctl({ QStringLiteral("endpoints"), QStringLiteral("probe"), QString::fromStdString(served.url()), QStringLiteral("--token"), QStringLiteral("s3cr3t") });
    QCOMPARE(said.code, 2);
    QVERIFY2(said.error.contains("penstockctl secret set") && !said.error.contains("s3cr3t"), said.error);
    QCOMPARE(asked, 0);
}

void TestCtlProbe::aStoreThatHangsIsSaidToHang()
{
    HttpServer hangs([](const HttpQuestion&) { return HttpReply { .body = {}, .headers = {}, .ending = HttpReply::Ending::Silence }; });
    const auto said = ctl({ QStringLiteral("endpoints"), QStringLiteral("probe"), QString::fromStdString(hangs.url()), QStringLiteral("--kind"), QStringLiteral("prometheus"), QStringLiteral("--timeout"), QStringLiteral("1s") });
    QCOMPARE(said.code, 3);
    QVERIFY2(said.out.contains("no answer yet (does it hang?"), said.out);
}

void TestCtlProbe::whatIsFoundIsSaidInFull()
{
    HttpServer served(exporter);
    const auto address = QString::fromStdString(served.url()).remove(QStringLiteral("http://"));
    const auto said = ctl({ QStringLiteral("endpoints"), QStringLiteral("probe"), address, QStringLiteral("--provider"), QStringLiteral("aws"), QStringLiteral("--region"), QStringLiteral("r") });
    QVERIFY2(said.code == 0, said.error);
    QVERIFY2(!said.error.contains("demo"), said.error);
    QVERIFY2(said.out.contains("measured: utilisation of 1 of 1 GPUs, memory of 0 of 1 GPUs"), said.out);
    QVERIFY2(said.out.contains("models: 1 x H100 80GB SXM"), said.out);
}

void TestCtlProbe::refusedCredentialsAreCalledSo()
{
    HttpServer served([](const HttpQuestion&) { return HttpReply { .status = 401, .type = "text/plain", .body = "no", .headers = {} }; });
    const auto said = ctl({ QStringLiteral("endpoints"), QStringLiteral("probe"), QString::fromStdString(served.url()) });
    QCOMPARE(said.code, 1);
    QVERIFY2(said.error.contains("the server wants credentials, and the endpoint has none (401)") && !said.error.contains("openapi"), said.error);
}

void TestCtlProbe::whoAnswersInPartMakesAFleetThatIsNotWhole()
{
    HttpServer served(exporter);
    HttpServer broken([](const HttpQuestion&) { return HttpReply { .status = 503, .type = "text/plain", .body = "no", .headers = {} }; });
    const auto file = m_folder.filePath(QStringLiteral("w.toml"));
    QFile workspace(file);
    QVERIFY(workspace.open(QIODevice::WriteOnly));
    workspace.write("[workspace]\nname = \"w\"\n[[endpoint]]\nname = \"nodes\"\nkind = \"dcgm\"\nprovider = \"aws\"\nregion = \"us-east-1\"\ntargets = [\"" + QByteArray::fromStdString(served.url()) + "\", \"" + QByteArray::fromStdString(broken.url()) + "\"]\n");
    workspace.close();
    const auto said = ctl({ QStringLiteral("--workspace"), file, QStringLiteral("fleet"), QStringLiteral("--by"), QStringLiteral("provider") });
    QCOMPARE(said.code, 3);
    QVERIFY2(said.out.contains("NOT WHOLE, these did not answer, or only in part: nodes"), said.out);
    QVERIFY2(said.error.contains("endpoint nodes answers in part: ") && said.error.contains("1 of 2 targets do not answer"), said.error);
    for (const auto& words : { QStringList { QStringLiteral("gpus") }, { QStringLiteral("gpus"), QStringLiteral("--unhealthy") }, { QStringLiteral("demand") } }) {
        const auto part = ctl(QStringList { QStringLiteral("--workspace"), file } + words);
        QCOMPARE(part.code, 3);
        QVERIFY2(part.out.startsWith("NOT WHOLE, these did not answer, or only in part: nodes\n"), part.out);
        QVERIFY2(!words.contains(QStringLiteral("--unhealthy")) || part.out.endsWith("; of what does not answer nothing is known\n"), part.out);
    }
    const auto json = QJsonDocument::fromJson(ctl({ QStringLiteral("--workspace"), file, QStringLiteral("fleet"), QStringLiteral("-o"), QStringLiteral("json") }).out).object();
    QCOMPARE(json[QStringLiteral("partial")].toArray(), (QJsonArray { QStringLiteral("nodes") }));
    const auto check = ctl({ QStringLiteral("--workspace"), file, QStringLiteral("endpoints"), QStringLiteral("check"), QStringLiteral("-o"), QStringLiteral("json") });
    QCOMPARE(check.code, 3);
    const auto row = QJsonDocument::fromJson(check.out).object()[QStringLiteral("rows")][0].toObject();
    QCOMPARE(row[QStringLiteral("state")].toString(), QStringLiteral("partial"));
    QVERIFY2(row[QStringLiteral("error")].toString().contains(QString::fromStdString(broken.url())) && row[QStringLiteral("error")].toString().contains(QStringLiteral("503")), check.out);
    QVERIFY2(row[QStringLiteral("samples_per_s")].toDouble() > 0, check.out);
    const auto failing = row[QStringLiteral("failing_targets")].toArray();
    QCOMPARE(failing.size(), 1);
    QVERIFY2(failing[0][QStringLiteral("address")].toString().startsWith(QString::fromStdString(broken.url())) && failing[0][QStringLiteral("last_answer")].isNull(), check.out);
    const auto text = ctl({ QStringLiteral("--workspace"), file, QStringLiteral("endpoints"), QStringLiteral("check") });
    QVERIFY2(text.out.contains("nodes: 1 target: the exporter is in trouble (503) (look at its log)\n  " + QByteArray::fromStdString(broken.url()) + "/metrics  never answered\n"), text.out);
}

void TestCtlProbe::aCheckOfTheDemoSaysSoFirst()
{
    const auto said = ctl({ QStringLiteral("endpoints"), QStringLiteral("check") });
    QVERIFY2(said.error.startsWith("penstockctl: THIS IS THE DEMO, no endpoint of yours is checked"), said.error);
    QVERIFY2(said.error.contains("--workspace FILE"), said.error);
    QVERIFY2(said.out.startsWith("DEMO, SIMULATED: "), said.out);
}

void TestCtlProbe::nodesTellWhatTheyHave()
{
    HttpServer served([](const HttpQuestion& question) {
        auto reply = exporter(question);
        reply.body += "DCGM_FI_DEV_FB_USED{gpu=\"0\",UUID=\"GPU-1\",modelName=\"NVIDIA H100 80GB HBM3\",Hostname=\"n\"} 1024\nDCGM_FI_DEV_FB_FREE{gpu=\"0\",UUID=\"GPU-1\",modelName=\"NVIDIA H100 80GB HBM3\",Hostname=\"n\"} 79872\n";
        return reply;
    });
    const auto file = m_folder.filePath(QStringLiteral("nodes.toml"));
    QFile workspace(file);
    QVERIFY(workspace.open(QIODevice::WriteOnly));
    workspace.write("[workspace]\nname = \"w\"\n[[endpoint]]\nname = \"nodes\"\nkind = \"dcgm\"\nprovider = \"aws\"\nregion = \"us-east-1\"\ntargets = [\"" + QByteArray::fromStdString(served.url()) + "\"]\n");
    workspace.close();
    const QStringList words { QStringLiteral("--workspace"), file, QStringLiteral("nodes") };
    const auto json = ctl(words + QStringList { QStringLiteral("-o"), QStringLiteral("json") });
    QCOMPARE(json.code, 0);
    const auto row = QJsonDocument::fromJson(json.out).object()[QStringLiteral("rows")][0].toObject();
    QCOMPARE(row[QStringLiteral("node")].toString(), QStringLiteral("n"));
    QVERIFY(row.contains(QStringLiteral("instance_type")) && row[QStringLiteral("instance_type")].isNull());
    QCOMPARE(row[QStringLiteral("memory_total_gib")].toDouble(), 79.0);
    QVERIFY(row.contains(QStringLiteral("zone")) && row[QStringLiteral("zone")].isNull());
    QVERIFY(ctl(words + QStringList { QStringLiteral("-o"), QStringLiteral("csv") }).out.startsWith("provider,region,cluster,node,zone,instance_type,model,gpus,schedulable,memory_total_gib,"));
    QCOMPARE(QJsonDocument::fromJson(ctl(words + QStringList { QStringLiteral("--in"), QStringLiteral("provider=gcp"), QStringLiteral("-o"), QStringLiteral("json") }).out).object()[QStringLiteral("matching")].toInt(), 0);
}

void TestCtlProbe::nodesTellTheirZone()
{
    const auto write = [this](const char* name, const QByteArray& text) {
        QFile file(m_folder.filePath(QLatin1String(name)));
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
    };
    QVERIFY(write("zones.toml", "[workspace]\nname = \"w\"\n[[endpoint]]\nname = \"fleet\"\nkind = \"simulate\"\npath = \"zonesfleet.toml\"\n"));
    QVERIFY(write("zonesfleet.toml", "[[cluster]]\nprovider = \"aws\"\nregion = \"us-east-1\"\nzone = \"us-east-1a\"\nname = \"eks\"\nmodel = \"H100 80GB SXM\"\ninstance_type = \"p5.48xlarge\"\ngpus = 8\n[[workload]]\nname = \"chatgpt\"\nshare = 0.5\n"));
    const auto nodes = [this](const char* format) { return ctl({ QStringLiteral("--workspace"), m_folder.filePath(QStringLiteral("zones.toml")), QStringLiteral("nodes"), QStringLiteral("-o"), QLatin1String(format) }).out; };
    QCOMPARE(QJsonDocument::fromJson(nodes("json")).object()[QStringLiteral("rows")][0][QStringLiteral("zone")].toString(), QStringLiteral("us-east-1a"));
    QVERIFY(nodes("csv").contains("\naws,us-east-1,eks,eks-00000,us-east-1a,p5.48xlarge,"));
    const auto table = nodes("table").simplified();
    QVERIFY2(table.contains("region cluster node zone type") && table.contains("aws us-east-1 eks eks-00000 us-east-1a p5.48xlarge"), table);
}

void TestCtlProbe::aStoreThatTellsOnlyThePastIsNoAnswer()
{
    if (!PrometheusServer::isInstalled())
        QSKIP("prometheus is not installed");
    // An exporter behind a proxy that caches says when it measured.
    HttpServer served([](const HttpQuestion& question) {
        auto reply = exporter(question);
        reply.body = reply.body.trimmed() + " " + QByteArray::number(QDateTime::currentMSecsSinceEpoch() - 90'000) + "\n";
        return reply;
    });
    PrometheusServer server;
    QVERIFY(server.start(ScrapeJob { .name = "gpus", .url = served.url(), .path = "/metrics", .honours = true }.text()));
    const auto file = m_folder.filePath(QStringLiteral("past.toml"));
    QFile workspace(file);
    QVERIFY(workspace.open(QIODevice::WriteOnly));
    workspace.write("[workspace]\nname = \"w\"\n[policy]\nstale_after_s = 60\n[[endpoint]]\nname = \"store\"\nkind = \"prometheus\"\nurl = \"" + QByteArray::fromStdString(server.url()) + "\"\n");
    workspace.close();
    const QStringList words { QStringLiteral("--workspace"), file, QStringLiteral("endpoints"), QStringLiteral("check"), QStringLiteral("-o"), QStringLiteral("json") };
    Said check { 0, {}, {} };
    const auto row = [&] { return QJsonDocument::fromJson(check.out).object()[QStringLiteral("rows")][0].toObject(); };
    QTRY_VERIFY_WITH_TIMEOUT((check = ctl(words), row()[QStringLiteral("gpus")].toInt() == 1), 60'000);
    QCOMPARE(row()[QStringLiteral("state")].toString(), QStringLiteral("stale"));
    QCOMPARE(check.code, 3);
    QVERIFY2(check.error.contains("what is older than 60 s counts as unknown"), check.error);
}

void TestCtlProbe::aManagedStoreIsLookedAtAndSaved_data()
{
    QTest::addColumn<QByteArray>("signIn"); // %1: who gives tokens
    QTest::addColumn<QByteArray>("shown"); // what who asks shows begins so
    QTest::addColumn<QByteArray>("saved");
    QTest::newRow("Azure") << QByteArray("kind=azure,tenant=contoso.example,client_id=app,client_secret=env:PENSTOCK_TEST_SECRET,authority=%1") << QByteArray("Bearer t1") << QByteArray("client_secret = 'env:PENSTOCK_TEST_SECRET'");
    QTest::newRow("Amazon") << QByteArray("kind=aws,region=eu-west-1,access_key=AKIDEXAMPLE,secret_key=env:PENSTOCK_TEST_SECRET") << QByteArray("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") << QByteArray("secret_key = 'env:PENSTOCK_TEST_SECRET'");
    QTest::newRow("Google") << QByteArray("kind=google,key=file:%2") << QByteArray("Bearer eyJ") << QByteArray("key = 'file:%2'");
}

void TestCtlProbe::aManagedStoreIsLookedAtAndSaved()
{
    QFETCH(QByteArray, signIn);
    QFETCH(QByteArray, shown);
    QFETCH(QByteArray, saved);
    if (!PrometheusServer::isInstalled())
        QSKIP("prometheus is not installed");
    QProcess openssl;
    openssl.start(QStringLiteral("openssl"), { QStringLiteral("genrsa"), QStringLiteral("2048") });
    openssl.waitForFinished(30'000);
    const auto key = m_folder.filePath(QStringLiteral("key.json"));
    const auto privateKey = openssl.readAllStandardOutput();
    QFile keyFile(key);
    QVERIFY(keyFile.open(QIODevice::WriteOnly));
    keyFile.write(QJsonDocument(QJsonObject { { QStringLiteral("type"), QStringLiteral("service_account") }, { QStringLiteral("client_email"), QStringLiteral("reader@project.example") }, { QStringLiteral("private_key"), QString::fromLatin1(privateKey) }, { QStringLiteral("token_uri"), QStringLiteral("https://127.0.0.1/token") } }).toJson());
    keyFile.close();
    HttpServer served(exporter);
    PrometheusServer store;
    QVERIFY(store.start(ScrapeJob { .name = "gpus", .url = served.url(), .path = "/metrics", .honours = true }.text()));
    std::atomic<int> strangers = 0;
    HttpServer cloud([&](const HttpQuestion& question) {
        if (question.path.endsWith("/oauth2/token"))
            return question.body.contains("client_secret=s3cr3t") ? HttpReply { .body = "{\"access_token\":\"t1\",\"expires_in\":\"3600\"}", .headers = {} } : HttpReply { .status = 401, .body = "{}", .headers = {} };
        if (question.headers.value("authorization").startsWith(shown))
            return test::passedOn(question, store.url());
        ++strangers;
        return HttpReply { .status = 401, .body = "{}", .headers = {} };
    });
    for (auto* text : { &signIn, &saved })
        text->replace("%1", QByteArray::fromStdString(cloud.url())).replace("%2", key.toUtf8());
    const auto file = m_folder.filePath(QStringLiteral("managed.toml"));
    QFile workspace(file);
    QVERIFY(workspace.open(QIODevice::WriteOnly));
    workspace.write("[workspace]\nname = \"w\"\n");
    workspace.close();
    const HttpQuestion scraped { .method = "GET", .path = "/api/v1/query?query=DCGM_FI_DEV_GPU_UTIL", .headers = {}, .body = {} };
    QVERIFY(QTest::qWaitFor([&] { return test::passedOn(scraped, store.url()).body.contains("GPU-1"); }, 30'000));
    const auto said = ctl({ QStringLiteral("--workspace"), file, QStringLiteral("endpoints"), QStringLiteral("probe"), QString::fromStdString(cloud.url()), QStringLiteral("--name"), QStringLiteral("managed"), QStringLiteral("--sign-in"), QString::fromUtf8(signIn),
        QStringLiteral("--provider"), QStringLiteral("aws"), QStringLiteral("--region"), QStringLiteral("r"), QStringLiteral("--save") });
    QVERIFY2(said.code == 0, said.error + said.out);
    QVERIFY2(said.out.contains("models: 1 x H100 80GB SXM"), said.out);
    QCOMPARE(strangers.load(), 0);
    QVERIFY(workspace.open(QIODevice::ReadOnly));
    const auto text = workspace.readAll();
    QVERIFY2(text.contains(saved), text);
    for (const auto& where : { text, said.out, said.error })
        QVERIFY2(!where.contains("s3cr3t") && !where.contains(privateKey.mid(60, 30)), where);
    const auto check = ctl({ QStringLiteral("--workspace"), file, QStringLiteral("endpoints"), QStringLiteral("check") });
    QVERIFY2(check.code == 0, check.error + check.out);
}

void TestCtlProbe::whatASignInLacksIsAskedForAsAnOption_data()
{
    QTest::addColumn<QString>("address");
    QTest::addColumn<QString>("signIn");
    QTest::addColumn<QByteArray>("says");
    const auto azure = QStringLiteral("fleet.eastus.prometheus.monitor.azure.com");
    QTest::newRow("a key") << azure << QStringLiteral("tenant=contoso.example") << QByteArray("add --sign-in client_id=");
    QTest::newRow("a kind") << QStringLiteral("http://127.0.0.1:1") << QStringLiteral("client_id=app") << QByteArray("add --sign-in kind=aws");
    QTest::newRow("a name of a key") << azure << QStringLiteral("password=s3cr3t") << QByteArray("no key 'password'");
    QTest::newRow("a key at all") << azure << QStringLiteral("s3cr3t") << QByteArray("no KEY=VALUE");
    QTest::newRow("a reference") << azure << QStringLiteral("tenant=contoso.example,client_id=app,client_secret=s3cr3t") << QByteArray("client_secret holds the secret itself");
}

void TestCtlProbe::whatASignInLacksIsAskedForAsAnOption()
{
    QFETCH(QString, address);
    QFETCH(QString, signIn);
    QFETCH(QByteArray, says);
    const auto said = ctl({ QStringLiteral("endpoints"), QStringLiteral("probe"), QStringLiteral("--sign-in"), signIn, address });
    QCOMPARE(said.code, 2);
    QVERIFY2(said.error.contains(says) && !said.error.contains("s3cr3t"), said.error);
}

QTEST_GUILESS_MAIN(TestCtlProbe)
#include "tst_ctlprobe.moc"
