// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QDirIterator>
#include <QFile>
#include <QProcess>
#include <QTest>
#include <QUrl>
#include <map>
#include <mutex>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "support/httpserver.h"
#include "support/keychain.h"

using namespace penstock;
using test::HttpQuestion;
using test::HttpReply;
using test::HttpServer;

/// Secrets go where they are meant for, and nowhere else.
class TestCtlSecret final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void aSecretIsKeptUsedAndForgotten();
    void whatIsRefusedStandsNowhere();
    void cleanupTestCase() { m_keychain.close(); }

private:
    struct Answer
    {
        int exit = -1;
        QByteArray said; ///< out and error
    };
    Answer ctl(const QStringList& words, const QByteArray& input = {}, const std::map<QString, QString>& variables = {})
    {
        QProcess process;
        auto environment = QProcessEnvironment::systemEnvironment();
        for (const auto& [name, value] : variables)
            environment.insert(name, value);
        process.setProcessEnvironment(environment);
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(QStringLiteral(PENSTOCKCTL), words);
        process.write(input);
        process.closeWriteChannel();
        if (!process.waitForFinished(60'000))
            return {};
        return { process.exitCode(), process.readAll() };
    }
    QString file(const char* name, const QByteArray& text)
    {
        QFile made(m_keychain.folder().filePath(QString::fromLatin1(name)));
        if (!made.open(QIODevice::WriteOnly) || made.write(text) != text.size())
            qFatal("%s cannot be written", name);
        return made.fileName();
    }
    test::Keychain m_keychain;
    bool m_hasKeychain = false;
};

void TestCtlSecret::initTestCase()
{
    for (const auto* name : { "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE" })
        qunsetenv(name);
    const auto without = ctl({ QStringLiteral("secret"), QStringLiteral("check"), QStringLiteral("store") });
    QCOMPARE(without.exit, 3);
    QVERIFY2(without.said.contains("there is no keychain that answers"), without.said);
    m_hasKeychain = test::Keychain::isInstalled() && m_keychain.open();
}

void TestCtlSecret::aSecretIsKeptUsedAndForgotten()
{
    if (!m_hasKeychain)
        QSKIP("gnome-keyring-daemon is not installed, or does not run here");
    const auto secret = [this](const char* verb, const QByteArray& input = {}) { return ctl({ QStringLiteral("secret"), QString::fromLatin1(verb), QStringLiteral("store") }, input); };
    QCOMPARE(secret("check").exit, 1);
    QCOMPARE(secret("set").exit, 2); // nothing came in
    const auto set = secret("set", "hunter2\n");
    QVERIFY2(set.exit == 0, set.said);
    QCOMPARE(set.said, QByteArray("keychain:store is kept\n"));
    QCOMPARE(secret("check").said, QByteArray("keychain:store is there\n"));
    std::mutex mutex;
    QByteArray seen;
    const HttpServer store([&](const HttpQuestion& question) {
        const std::lock_guard lock(mutex);
        seen = question.headers.value("authorization");
        return HttpReply { .body = R"({"status":"success","data":{"resultType":"vector","result":[]}})", .headers = {} };
    });
    const auto workspace = file("workspace.toml", "[workspace]\nname = \"w\"\n[[endpoint]]\nname = \"store\"\nkind = \"prometheus\"\nurl = \"" + QByteArray::fromStdString(store.url()) + "\"\ntoken = \"keychain:store\"\n");
    const auto checked = ctl({ QStringLiteral("--workspace"), workspace, QStringLiteral("endpoints"), QStringLiteral("check"), QStringLiteral("--timeout"), QStringLiteral("3s") });
    QCOMPARE(seen, QByteArray("Bearer hunter2"));
    QVERIFY2(!checked.said.contains("hunter2"), checked.said);
    QCOMPARE(secret("remove").said, QByteArray("keychain:store is gone\n"));
    const auto gone = secret("check");
    QCOMPARE(gone.exit, 1);
    QVERIFY2(gone.said.contains("penstockctl secret set store"), gone.said);
}

void TestCtlSecret::whatIsRefusedStandsNowhere()
{
    const std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* it) { EVP_PKEY_free(it); })> key(EVP_RSA_gen(2048));
    const std::unique_ptr<BIO, decltype([](BIO* it) { BIO_free(it); })> bytes(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(bytes.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bytes.get(), &data);
    const QByteArray pem(data, size);
    const std::map<QString, QString> variables { { QStringLiteral("BEARER"), QStringLiteral("s3cret-bearer") }, { QStringLiteral("PASSWORD"), QStringLiteral("s3cret-password") }, { QStringLiteral("AWS"), QStringLiteral("s3cret-key") }, { QStringLiteral("SESSION"), QStringLiteral("s3cret-session") },
        { QStringLiteral("CLIENT"), QStringLiteral("s3cret-client") }, { QStringLiteral("CLIENT2"), QStringLiteral("s3cret-client2") },
        { QStringLiteral("KEY"), QStringLiteral("{\"type\":\"service_account\",\"client_email\":\"a@b\",\"private_key\":\"%1\"}").arg(QString::fromLatin1(pem).replace(QLatin1Char('\n'), QLatin1String("\\n"))) } };
    std::mutex mutex;
    QByteArrayList seen; ///< all that was sent, for us to look for
    // It repeats what it is sent, as careless servers do.
    const HttpServer server([&](const HttpQuestion& question) {
        const std::lock_guard lock(mutex);
        const auto shown = question.headers.value("authorization");
        seen << shown << question.body << question.headers.value("x-amz-security-token");
        if (question.path == "/good/oauth2/token")
            return HttpReply { .body = R"({"access_token":"s3cret-token","expires_in":"3600"})", .headers = {} };
        const bool gives = question.path.endsWith("/token");
        return HttpReply { .status = gives ? 400 : 401, .body = "{\"error\":{\"message\":\"no: " + (gives ? QUrl::fromPercentEncoding(question.body).toUtf8() : shown) + "\"}}", .headers = {} };
    });
    const auto url = QByteArray::fromStdString(server.url());
    QByteArray text = "[workspace]\nname = \"w\"\n";
    const auto add = [&](const char* name, const QByteArray& keys) { text += "[[endpoint]]\nname = \"" + QByteArray(name) + "\"\nkind = \"prometheus\"\nurl = \"" + url + "\"\n" + keys + "\n"; };
    add("bearer", "token = \"env:BEARER\"");
    add("password", "token = \"env:PASSWORD\"\nuser = \"12\"");
    add("aws", R"(sign_in = { kind = "aws", region = "eu-west-1", access_key = "AKIDEXAMPLE", secret_key = "env:AWS", session_token = "env:SESSION" })");
    add("google", R"(sign_in = { kind = "google", key = "env:KEY" })");
    add("exchange", R"(sign_in = { kind = "google", key = "env:KEY", exchange = true, authority = ")" + url + "\" }");
    add("azure", R"(sign_in = { kind = "azure", tenant = "bad", client_id = "i", client_secret = "env:CLIENT", authority = ")" + url + "\" }");
    add("azure-token", R"(sign_in = { kind = "azure", tenant = "good", client_id = "i", client_secret = "env:CLIENT2", authority = ")" + url + "\" }");
    const auto workspace = file("refused.toml", text);
    const auto answer = ctl({ QStringLiteral("--workspace"), workspace, QStringLiteral("endpoints"), QStringLiteral("check"), QStringLiteral("--timeout"), QStringLiteral("3s") }, {}, variables);
    QCOMPARE(answer.exit, 3);
    const auto json = ctl({ QStringLiteral("--workspace"), workspace, QStringLiteral("endpoints"), QStringLiteral("check"), QStringLiteral("--timeout"), QStringLiteral("3s"), QStringLiteral("-o"), QStringLiteral("json") }, {}, variables);
    const auto sent = seen.join('\n');
    for (const auto* it : { "Bearer s3cret-bearer", "s3cret-session", "Credential=AKIDEXAMPLE/", "Bearer eyJ", "assertion=eyJ", "client_secret=s3cret-client", "Bearer s3cret-token" })
        QVERIFY2(sent.contains(it), it);
    QVERIFY(sent.contains("Basic " + QByteArray("12:s3cret-password").toBase64()));
    auto looked = answer.said + json.said;
    int files = 0;
    for (QDirIterator it(m_keychain.folder().path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories); it.hasNext(); ++files) {
        QFile one(it.next());
        if (one.open(QIODevice::ReadOnly))
            looked += one.readAll();
    }
    QVERIFY(files > 2); // a cache and a journal at least
    for (const QByteArray& it : { QByteArray("s3cret"), QByteArray("12:s3cret").toBase64().left(10), QByteArray("eyJ"), QByteArray("Signature="), QByteArray("PRIVATE KEY"), pem.mid(40, 60) })
        QVERIFY2(!looked.contains(it), looked.mid(looked.indexOf(it) - 300, 600));
    QVERIFY2(answer.said.contains("Monitoring Data Reader") && answer.said.contains("aps:QueryMetrics") && answer.said.contains("monitoring.viewer"), answer.said);
}

QTEST_GUILESS_MAIN(TestCtlSecret)
#include "tst_ctlsecret.moc"
