// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QDateTime>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <thread>

#include "kubeobjects.h"
#include "kubernetes/kubeaccess.h"

using namespace penstock;
using namespace std::chrono_literals;
using test::Certificate;
using test::KubeApi;

/// Who one is to an API server, over TLS and by plugins.
class TestKubeAccess final : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void aClientShowsItsCertificate();
    void whomToTrustIsTold_data();
    void whomToTrustIsTold();
    void secretsDoNotLeaveInPlaintext();
    void refusalsSayWhatToDo_data();
    void refusalsSayWhatToDo();
    void aTokenFileIsReadAgain();
    void aPluginGivesTokens();
    void aPluginIsAskedAgainBeforeItsTokenExpiresAndWhenItIsRefused();
    void aPluginGivesCertificates();
    void whatAPluginDoesWrongIsSaid_data();
    void whatAPluginDoesWrongIsSaid();
    void aPluginThatWaitsIsHeardAndCanBeStopped();
    void longAnswersComeLineByLine();

private:
    [[nodiscard]] std::string write(const char* name, const QByteArray& text, bool isProgram = false) const
    {
        QFile file(m_folder->filePath(QString::fromLatin1(name)));
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("cannot write");
        file.close();
        if (isProgram)
            file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        return file.fileName().toStdString();
    }
    [[nodiscard]] QByteArray content(const QString& path) const
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    /// A user that asks a shell script, which counts its runs.
    [[nodiscard]] std::string plugin(const QByteArray& script) const
    {
        const auto program = write("plugin", "#!/bin/sh\necho run >> \"$(dirname \"$0\")/runs\"\n" + script, true);
        return "    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: " + program + "\n      args: [get-token]\n      env: [{name: CLOUD, value: aws}]\n      provideClusterInfo: true\n";
    }
    [[nodiscard]] int runs() const { return static_cast<int>(content(m_folder->filePath(QStringLiteral("runs"))).count('\n')); }
    [[nodiscard]] static QByteArray credential(const QByteArray& status)
    {
        return "cat <<END\n{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"spec\":{\"interactive\":false},\"status\":{" + status + "}}\nEND\n";
    }
    [[nodiscard]] std::unique_ptr<KubeServer> server(const KubeApi& api, const std::string& user, const std::string& cluster = {}, Clock clock = wallClock)
    {
        return std::make_unique<KubeServer>(write("config", test::kubeconfigOf(api.url(), user, cluster)), std::string(), std::move(clock), [this](const std::string& words) {
            const std::lock_guard lock(m_mutex);
            m_words = words;
        });
    }
    static Result<HttpAnswer> ask(KubeServer& server) { return server.get("/api/v1/nodes?limit=5", "nodes", 5s, {}); }
    static QByteArray textOf(const Result<HttpAnswer>& answer) { return answer ? "ok" : QByteArray::fromStdString(answer.error().text()); }
    std::unique_ptr<QTemporaryDir> m_folder;
    std::mutex m_mutex;
    std::string m_words; ///< of a plugin
};

void TestKubeAccess::aClientShowsItsCertificate()
{
    const Certificate own, client, other;
    if (own.file().isEmpty())
        QSKIP("openssl is not installed");
    KubeApi api(&own, &client);
    const auto userOf = [&](const Certificate& it) { return "    client-certificate: " + it.file().toStdString() + "\n    client-key-data: " + content(it.keyFile()).toBase64().toStdString() + "\n"; };
    const auto trusted = "    certificate-authority-data: " + content(own.file()).toBase64().toStdString() + "\n";
    QCOMPARE(textOf(ask(*server(api, userOf(client), trusted))), QByteArray("ok"));
    QVERIFY(textOf(ask(*server(api, userOf(other), trusted))) != "ok");
    QVERIFY(textOf(ask(*server(api, "    token: t\n", trusted))) != "ok");
    const auto broken = textOf(ask(*server(api, "    client-certificate-data: QUJD\n    client-key-data: QUJD\n", trusted)));
    QVERIFY2(broken.contains("the client's certificate cannot be read"), broken.constData());
}

void TestKubeAccess::whomToTrustIsTold_data()
{
    QTest::addColumn<QByteArray>("cluster");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("its authority") << QByteArray("    certificate-authority: {own}\n") << QByteArray("ok");
    QTest::newRow("the system's") << QByteArray() << QByteArray("compare certificate-authority of cluster k in");
    QTest::newRow("another authority") << QByteArray("    certificate-authority: {other}\n") << QByteArray("TLS fails");
    QTest::newRow("anybody") << QByteArray("    insecure-skip-tls-verify: true\n") << QByteArray("ok");
    QTest::newRow("under another name") << QByteArray("    certificate-authority: {own}\n    tls-server-name: localhost\n") << QByteArray("ok");
    QTest::newRow("under a name that is not its") << QByteArray("    certificate-authority: {own}\n    tls-server-name: kubernetes\n") << QByteArray("the certificate is not for kubernetes but for");
    QTest::newRow("through a proxy that is not there") << QByteArray("    certificate-authority: {own}\n    proxy-url: http://127.0.0.1:1\n") << QByteArray("127.0.0.1");
    QTest::newRow("through a proxy of another kind") << QByteArray("    certificate-authority: {own}\n    proxy-url: https://127.0.0.1:1\n") << QByteArray("this proxy cannot be used");
}

void TestKubeAccess::whomToTrustIsTold()
{
    QFETCH(QByteArray, cluster);
    QFETCH(QByteArray, says);
    const Certificate own, other;
    if (own.file().isEmpty())
        QSKIP("openssl is not installed");
    KubeApi api(&own);
    api.tokens = { "Bearer good" };
    cluster.replace("{own}", own.file().toUtf8()).replace("{other}", other.file().toUtf8());
    const auto answer = textOf(ask(*server(api, {}, cluster.toStdString())));
    QVERIFY2(answer.contains(says), answer.constData());
}

void TestKubeAccess::secretsDoNotLeaveInPlaintext()
{
    const auto path = write("config", test::kubeconfigOf("http://kubernetes.example:8080"));
    KubeServer far(path, {}, wallClock, [](const std::string&) { });
    const auto answer = textOf(ask(far));
    QVERIFY2(answer.contains("a token would be sent in plaintext (write https:// as server of cluster k in"), answer.constData());
}

void TestKubeAccess::refusalsSayWhatToDo_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("a right that is missing") << 403 << QByteArray(R"(nodes is forbidden: User "amy" cannot list resource "nodes" in API group "" at the cluster scope)") << QByteArray("this user may not list nodes (403): nodes is forbidden");
    QTest::newRow("nobody in particular") << 403 << QByteArray(R"(nodes is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "" at the cluster scope)") << QByteArray("the API server does not know who asks (403)");
    QTest::newRow("nobody is given rights") << 403 << QByteArray(R"(nodes is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "" at the cluster scope)") << QByteArray("this context brings no credentials that it takes");
    QTest::newRow("another whom it may not be") << 403 << QByteArray(R"(users "admin" is forbidden: User "amy" cannot impersonate resource "users" in API group "" at the cluster scope)") << QByteArray("this user may not act as another (403)");
    QTest::newRow("another path") << 403 << QByteArray(R"(forbidden: User "amy" cannot get path "/k8s/clusters/c-1/api/v1/nodes")") << QByteArray("compare server of the kubeconfig");
    QTest::newRow("plain HTTP") << 400 << QByteArray() << QByteArray("takes only HTTPS (400) (write https:// as server of the kubeconfig's cluster)");
    QTest::newRow("another 400") << 400 << QByteArray("field label not supported: status.foo") << QByteArray("refuses to list nodes (400): field label not supported: status.foo");
}

void TestKubeAccess::refusalsSayWhatToDo()
{
    QFETCH(int, status);
    QFETCH(QByteArray, message);
    QFETCH(QByteArray, says);
    KubeApi api;
    api.instead = message.isEmpty() ? test::HttpReply { .status = status, .type = {}, .body = "Client sent an HTTP request to an HTTPS server.\n", .headers = {} }
                                    : KubeApi::status(status, "Refused", message.toStdString());
    const auto answer = textOf(ask(*server(api, {})));
    QVERIFY2(answer.contains(says), answer.constData());
}

void TestKubeAccess::aTokenFileIsReadAgain()
{
    KubeApi api;
    api.tokens = { "Bearer first" };
    const auto file = write("token", "first\n");
    const auto it = server(api, "    tokenFile: token\n");
    QCOMPARE(textOf(ask(*it)), QByteArray("ok"));
    static_cast<void>(write("token", "second"));
    api.tokens = { "Bearer second" };
    QCOMPARE(textOf(ask(*it)), QByteArray("ok"));
    QFile::remove(QString::fromStdString(file));
    QVERIFY(textOf(ask(*it)).contains("the file of the token cannot be read"));
}

void TestKubeAccess::aPluginGivesTokens()
{
    KubeApi api;
    api.tokens = { "Bearer k8s-aws-v1.abc" };
    // It is told what kubectl would tell it.
    const auto it = server(api, plugin("[ \"$1\" = get-token ] && [ \"$CLOUD\" = aws ] || exit 7\ncase \"$KUBERNETES_EXEC_INFO\" in *'\"server\":\"http://127.0.0.1:'*) ;; *) exit 8 ;; esac\n" + credential(R"("token":"k8s-aws-v1.abc")")));
    QCOMPARE(textOf(ask(*it)), QByteArray("ok"));
    QCOMPARE(textOf(ask(*it)), QByteArray("ok"));
    QCOMPARE(runs(), 1);
}

void TestKubeAccess::aPluginIsAskedAgainBeforeItsTokenExpiresAndWhenItIsRefused()
{
    KubeApi api;
    api.tokens = { "Bearer t" };
    auto now = std::make_shared<Time>(wallClock());
    const auto hour = QDateTime::currentDateTimeUtc().addSecs(3600).toString(QStringLiteral("yyyy-MM-ddTHH:mm:ss")).toUtf8() + "Z";
    const auto it = server(api, plugin(credential(R"("token":"t","expirationTimestamp":")" + hour + '"')), {}, [now] { return *now; });
    QCOMPARE(textOf(ask(*it)), QByteArray("ok"));
    *now += 50min;
    QCOMPARE(textOf(ask(*it)), QByteArray("ok"));
    QCOMPARE(runs(), 1);
    *now += 9min + 30s;
    QCOMPARE(textOf(ask(*it)), QByteArray("ok"));
    QCOMPARE(runs(), 2);
    *now -= 59min;
    // Once more, and no third time.
    QCOMPARE(textOf(ask(*it)), QByteArray("ok"));
    const auto before = runs();
    api.tokens = { "Bearer another" };
    QVERIFY(textOf(ask(*it)).contains("does not accept these credentials (401)"));
    QCOMPARE(runs(), before + 1);
    QCOMPARE(api.unauthorised, 2);
    // Who asks often does not sign in often: each may open a browser.
    for (int i = 0; i < 9; ++i)
        QVERIFY(textOf(ask(*it)).contains(i == 0 ? "does not accept" : "does not accept what the sign-in plugin of the kubeconfig gives"));
    QVERIFY(runs() <= before + 2);
    const auto rested = runs();
    *now += 61s;
    api.tokens = { "Bearer t" };
    QCOMPARE(textOf(ask(*it)), QByteArray("ok"));
    QCOMPARE(runs(), rested + 1);
}

void TestKubeAccess::aPluginGivesCertificates()
{
    const Certificate own, client;
    if (own.file().isEmpty())
        QSKIP("openssl is not installed");
    KubeApi api(&own, &client);
    const auto inJson = [&](const QString& path) { return content(path).replace("\n", "\\n"); };
    const auto it = server(api, plugin("cat \"$(dirname \"$0\")/answer\"\n"), "    certificate-authority: " + own.file().toStdString() + "\n");
    static_cast<void>(write("answer", R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"clientCertificateData":")" + inJson(client.file()) + R"(","clientKeyData":")" + inJson(client.keyFile()) + "\"}}"));
    QCOMPARE(textOf(ask(*it)), QByteArray("ok"));
}

void TestKubeAccess::whatAPluginDoesWrongIsSaid_data()
{
    QTest::addColumn<QByteArray>("script");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("it fails") << QByteArray("echo 'Please run: az login' >&2; exit 1\n") << QByteArray("the exec plugin failed: Please run: az login");
    QTest::newRow("it is killed") << QByteArray("kill -9 $$\n") << QByteArray("the exec plugin failed");
    QTest::newRow("no JSON") << QByteArray("echo hello\n") << QByteArray("the exec plugin's answer is no JSON");
    QTest::newRow("other JSON") << QByteArray("echo '{}'\n") << QByteArray("is no ExecCredential");
    QTest::newRow("another version") << QByteArray("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"status\":{\"token\":\"t\"}}'\n") << QByteArray("speaks client.authentication.k8s.io/v1beta1 where the kubeconfig says client.authentication.k8s.io/v1");
    QTest::newRow("no status") << QByteArray("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\"}'\n") << QByteArray("has no status");
    QTest::newRow("nothing in it") << credential({}) << QByteArray("has neither token nor certificate");
    QTest::newRow("half of it") << credential(R"("clientKeyData":"x")") << QByteArray("has a certificate without a key");
    QTest::newRow("no time") << credential(R"("token":"t","expirationTimestamp":"soon")") << QByteArray("expires at no time");
}

void TestKubeAccess::whatAPluginDoesWrongIsSaid()
{
    QFETCH(QByteArray, script);
    QFETCH(QByteArray, says);
    KubeApi api;
    auto answer = textOf(ask(*server(api, plugin(script))));
    QVERIFY2(answer.contains(says) && answer.contains("plugin:"), answer.constData());
    const auto away = textOf(ask(*server(api, "    exec: { apiVersion: client.authentication.k8s.io/v1, command: no-such-plugin, installHint: 'see https://aka.ms/kubelogin' }\n")));
    QVERIFY2(away.contains("no-such-plugin: the exec plugin cannot be run: No such file or directory (see https://aka.ms/kubelogin)"), away.constData());
    const auto terminal = textOf(ask(*server(api, "    exec: { apiVersion: client.authentication.k8s.io/v1, command: sh, interactiveMode: Always }\n")));
    QVERIFY2(terminal.contains("wants a terminal"), terminal.constData());
}

void TestKubeAccess::aPluginThatWaitsIsHeardAndCanBeStopped()
{
    KubeApi api;
    const auto it = server(api, plugin("echo 'To sign in, open https://microsoft.com/devicelogin and enter ABC' >&2\nsleep 1000 & wait\n"));
    std::stop_source stop;
    std::thread asks([&] {
        const auto answer = it->get("/api/v1/nodes", "nodes", 5s, stop.get_token());
        QVERIFY(!answer);
        QCOMPARE(answer.error().kind, Error::Kind::Cancelled);
    });
    const auto heard = [this] {
        const std::lock_guard lock(m_mutex);
        return QString::fromStdString(m_words);
    };
    QTRY_COMPARE_WITH_TIMEOUT(heard(), QStringLiteral("To sign in, open https://microsoft.com/devicelogin and enter ABC"), 10'000);
    stop.request_stop();
    asks.join();
    // One that ends, and leaves something in the background that holds its output.
    api.tokens = { "Bearer t" };
    const auto leaves = server(api, plugin("sleep 1000 &\necho $! > \"$(dirname \"$0\")/left\"\n" + credential(R"("token":"t")")));
    QCOMPARE(textOf(ask(*leaves)), QByteArray("ok"));
    ::kill(content(m_folder->filePath(QStringLiteral("left"))).trimmed().toInt(), SIGKILL);
}

void TestKubeAccess::longAnswersComeLineByLine()
{
    KubeApi api;
    for (int i = 0; i < 3000; ++i)
        api.put(test::kubePod("ns", "p-" + std::to_string(i), "n", 1));
    const auto it = server(api, {});
    std::stop_source stop;
    int lines = 0;
    std::size_t bytes = 0;
    // A reader that is slower than the sender gets everything.
    const auto answer = it->watch(
        "/api/v1/pods?watch=1&timeoutSeconds=60", "pods",
        [&](std::string_view line) {
            bytes += line.size();
            if (lines % 500 == 0)
                QTest::qSleep(20);
            if (++lines == 3000)
                stop.request_stop();
        },
        30s, stop.get_token());
    QVERIFY(!answer);
    QCOMPARE(answer.error().kind, Error::Kind::Cancelled);
    QCOMPARE(lines, 3000);
    QVERIFY(bytes > 1'000'000);
    // An end in the middle of a line is none.
    api.instead = test::HttpReply { .body = "{\"type\":\"ADDED\"}\n{\"type\":\"MOD", .headers = {} };
    lines = 0;
    const auto half = it->watch("/api/v1/pods?watch=1", "pods", [&](std::string_view line) { lines += line == "{\"type\":\"ADDED\"}" ? 1 : 100; }, 5s, {});
    QVERIFY(half);
    QCOMPARE(lines, 1);
}

QTEST_GUILESS_MAIN(TestKubeAccess)
#include "tst_kubeaccess.moc"
