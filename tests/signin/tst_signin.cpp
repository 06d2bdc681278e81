// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QCryptographicHash>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMessageAuthenticationCode>
#include <QTemporaryDir>
#include <QTest>
#include <QUrlQuery>
#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <set>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "signin/signin.h"
#include "support/httpserver.h"

using namespace penstock;
using namespace std::chrono_literals;
using test::HttpQuestion;
using test::HttpReply;
using test::HttpServer;

namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* it) { EVP_PKEY_free(it); })>;

QByteArray pemOf(EVP_PKEY* key)
{
    const std::unique_ptr<BIO, decltype([](BIO* it) { BIO_free(it); })> bytes(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(bytes.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bytes.get(), &data);
    return { data, size };
}

QByteArray keyFile(const QByteArray& pem)
{
    return QJsonDocument(QJsonObject { { QStringLiteral("type"), QStringLiteral("service_account") }, { QStringLiteral("client_email"), QStringLiteral("reader@project.iam.gserviceaccount.com") }, { QStringLiteral("private_key_id"), QStringLiteral("k1") },
                             { QStringLiteral("private_key"), QString::fromLatin1(pem) }, { QStringLiteral("token_uri"), QStringLiteral("https://oauth2.googleapis.com/token") } })
        .toJson();
}

QByteArray decoded(const QByteArray& text) { return QByteArray::fromBase64(text, QByteArray::Base64UrlEncoding); }

/// Claims of a JSON web token that the key signed; empty: it did not.
QJsonObject claimsOf(const QByteArray& jwt, EVP_PKEY* key)
{
    const auto parts = jwt.split('.');
    if (parts.size() != 3 || QJsonDocument::fromJson(decoded(parts[0])).object() != QJsonObject { { QStringLiteral("alg"), QStringLiteral("RS256") }, { QStringLiteral("typ"), QStringLiteral("JWT") }, { QStringLiteral("kid"), QStringLiteral("k1") } })
        return {};
    const auto text = parts[0] + '.' + parts[1], signature = decoded(parts[2]);
    const std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* it) { EVP_MD_CTX_free(it); })> context(EVP_MD_CTX_new());
    if (EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1
        || EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.constData()), static_cast<std::size_t>(signature.size()), reinterpret_cast<const unsigned char*>(text.constData()), static_cast<std::size_t>(text.size())) != 1)
        return {};
    return QJsonDocument::fromJson(decoded(parts[1])).object();
}

/// Whether a request that came over the wire is signed by Amazon's rules; written for this test alone, of paths without escapes.
bool isSigned(const HttpQuestion& question, const QByteArray& id, const QByteArray& secret)
{
    const auto authorization = question.headers.value("authorization");
    const auto date = question.headers.value("x-amz-date");
    const auto scope = date.left(8) + "/eu-west-1/aps/aws4_request";
    const QByteArray head = "AWS4-HMAC-SHA256 Credential=" + id + '/' + scope + ", SignedHeaders=";
    if (!authorization.startsWith(head))
        return false;
    const auto rest = authorization.mid(head.size());
    const auto names = rest.left(rest.indexOf(','));
    QByteArray lines;
    for (const auto& name : names.split(';'))
        lines += name + ':' + question.headers.value(name) + '\n';
    if (!names.contains("host") || !names.contains("content-type") || (question.headers.contains("x-amz-security-token") && !names.contains("x-amz-security-token")))
        return false;
    const auto hash = [](const QByteArray& bytes) { return QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex(); };
    const QByteArray canonical = question.method + '\n' + question.path + "\n\n" + lines + '\n' + names + '\n' + hash(question.body);
    QByteArray key = "AWS4" + secret;
    for (const QByteArray& part : { date.left(8), QByteArray("eu-west-1"), QByteArray("aps"), QByteArray("aws4_request"), QByteArray("AWS4-HMAC-SHA256\n" + date + '\n' + scope + '\n' + hash(canonical)) })
        key = QMessageAuthenticationCode::hash(part, key, QCryptographicHash::Sha256);
    return rest.endsWith(", Signature=" + key.toHex());
}

/// One who gives tokens, and a store that takes them.
class Cloud
{
public:
    std::mutex mutex; ///< guards what follows
    int given = 0; ///< tokens
    int questions = 0; ///< to the store
    int refusals = 0; ///< of the store
    QByteArray lastForm;
    QByteArray lifetime = "\"3600\"";
    HttpReply away { .status = 0, .body = {}, .headers = {} }; ///< with a status: instead of a token
    std::set<QByteArray> refused; ///< tokens
    bool refusesAll = false;
    std::function<bool(const HttpQuestion&)> takes; ///< what a store asks; empty: tokens given here
    HttpServer server { [this](const HttpQuestion& question) { return answer(question); } };

    [[nodiscard]] int count(int Cloud::*what)
    {
        const std::lock_guard lock(mutex);
        return this->*what;
    }

private:
    HttpReply answer(const HttpQuestion& question)
    {
        const std::lock_guard lock(mutex);
        if (question.path.endsWith("/token")) {
            lastForm = question.body;
            if (away.status != 0 || away.ending != HttpReply::Ending::Whole)
                return away;
            return { .body = "{\"token_type\":\"Bearer\",\"access_token\":\"t" + QByteArray::number(++given) + "\",\"expires_in\":" + lifetime + ",\"expires_on\":\"1\"}", .headers = {} };
        }
        ++questions;
        const auto token = question.headers.value("authorization");
        if (!refusesAll && !refused.contains(token) && (takes ? takes(question) : token.startsWith("Bearer t") && token.mid(8).toInt() <= given))
            return { .body = "{}", .headers = {} };
        ++refusals;
        return { .status = 401, .body = "{\"error\":{\"code\":\"Denied\",\"message\":\"not this one: " + token.mid(7) + "\"}}", .headers = {} };
    }
};

} // namespace

#define VERIFY_DONE(result)                                      \
    do {                                                         \
        const auto& done = (result);                             \
        QVERIFY2(done, done ? "" : done.error().text().c_str()); \
    } while (false)

/// How requests show who asks.
class TestSignIn final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void init() { m_now = std::chrono::duration_cast<Duration>(wallClock().time_since_epoch()).count(); }
    void aServiceAccountSignsForItself();
    void aServiceAccountExchangesItsSignature();
    void azureGivesATokenForASecret();
    void aTokenIsRenewedBeforeItEnds();
    void anOldTokenServesWhileNobodyGivesANewOne();
    void aRefusedTokenIsRenewedOnce();
    void manyAskAtOnceAndOneTokenIsGot();
    void amazonSeesASignature_data();
    void amazonSeesASignature();
    void newKeysAreFoundWhenOldOnesAreRefused();
    void aTokenIsReadAnewWhereItIsKept();
    void whatIsWrongIsSaidWithoutTheSecret_data();
    void whatIsWrongIsSaidWithoutTheSecret();

private:
    std::shared_ptr<SignIn> signIn(SignInAddress address, std::map<std::string, std::string> secrets = {})
    {
        Endpoint endpoint;
        endpoint.signIn = std::move(address);
        return makeSignIn(
            endpoint, m_http,
            [secrets = std::move(secrets)](std::string_view reference) -> Result<std::string> {
                const auto found = secrets.find(std::string(reference));
                return found == secrets.end() ? fail(Error::Kind::NotFound, "no such secret", std::string(reference)) : Result<std::string>(found->second);
            },
            [this] { return Time(Duration(m_now.load())); });
    }
    [[nodiscard]] static SignInAddress azure(const Cloud& cloud)
    {
        return { .kind = "azure", .tenant = "contoso.example", .clientId = "app", .clientSecret = "env:SECRET", .authority = cloud.server.url() };
    }
    [[nodiscard]] static SignInAddress google() { return { .kind = "google", .key = "file:key.json" }; }
    Result<HttpAnswer> ask(const Cloud& cloud, SignIn& with)
    {
        return sendSigned(*m_http, &with, { .method = "POST", .url = cloud.server.url() + "/workspaces/ws-1/api/v1/query", .body = "query=up", .contentType = "application/x-www-form-urlencoded" });
    }
    void pass(Duration time) { m_now += time.count(); }

    std::shared_ptr<HttpClient> m_http = std::make_shared<HttpClient>();
    std::atomic<Duration::rep> m_now = 0;
    Key m_key;
};

void TestSignIn::initTestCase()
{
    m_key.reset(EVP_RSA_gen(2048));
    QVERIFY(m_key);
    for (const auto* name : { "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE" })
        qunsetenv(name);
}

void TestSignIn::aServiceAccountSignsForItself()
{
    Cloud cloud;
    QJsonObject claims;
    std::set<QByteArray> tokens;
    cloud.takes = [&](const HttpQuestion& question) {
        const auto token = question.headers.value("authorization").mid(7);
        tokens.insert(token);
        claims = claimsOf(token, m_key.get());
        return !claims.isEmpty();
    };
    const auto with = signIn(google(), { { "file:key.json", keyFile(pemOf(m_key.get())).toStdString() } });
    for (int i = 0; i < 3; ++i) {
        const auto answer = ask(cloud, *with);
        VERIFY_DONE(answer);
        QCOMPARE(answer->status, 200);
    }
    QCOMPARE(tokens.size(), std::size_t(1));
    const auto now = m_now / 1'000'000;
    const auto email = QStringLiteral("reader@project.iam.gserviceaccount.com");
    QCOMPARE(claims, (QJsonObject { { QStringLiteral("iss"), email }, { QStringLiteral("sub"), email }, { QStringLiteral("scope"), QStringLiteral("https://www.googleapis.com/auth/monitoring.read") }, { QStringLiteral("iat"), qint64(now) }, { QStringLiteral("exp"), qint64(now + 3600) } }));
    QCOMPARE(cloud.given, 0);
}

void TestSignIn::aServiceAccountExchangesItsSignature()
{
    Cloud cloud;
    auto address = google();
    address.exchanges = true;
    address.authority = cloud.server.url() + '/';
    const auto with = signIn(address, { { "file:key.json", keyFile(pemOf(m_key.get())).toStdString() } });
    VERIFY_DONE(ask(cloud, *with));
    const QUrlQuery form(QString::fromLatin1(cloud.lastForm));
    QCOMPARE(form.queryItemValue(QStringLiteral("grant_type"), QUrl::FullyDecoded), QStringLiteral("urn:ietf:params:oauth:grant-type:jwt-bearer"));
    const auto claims = claimsOf(form.queryItemValue(QStringLiteral("assertion")).toLatin1(), m_key.get());
    QCOMPARE(claims.value(QLatin1String("aud")).toString().toStdString(), cloud.server.url() + "/token");
    QCOMPARE(claims.value(QLatin1String("exp")).toInteger() - claims.value(QLatin1String("iat")).toInteger(), 3600);
    QVERIFY(!claims.contains(QLatin1String("sub")));
}

void TestSignIn::azureGivesATokenForASecret()
{
    Cloud cloud;
    const auto with = signIn(azure(cloud), { { "env:SECRET", "s&cr=t" } });
    VERIFY_DONE(ask(cloud, *with));
    const QUrlQuery form(QString::fromLatin1(cloud.lastForm));
    for (const auto& [key, value] : { std::pair("grant_type", "client_credentials"), std::pair("client_id", "app"), std::pair("client_secret", "s&cr=t"), std::pair("resource", "https://prometheus.monitor.azure.com") })
        QCOMPARE(form.queryItemValue(QString::fromLatin1(key), QUrl::FullyDecoded), QString::fromLatin1(value));
}

void TestSignIn::aTokenIsRenewedBeforeItEnds()
{
    Cloud cloud;
    const auto with = signIn(azure(cloud), { { "env:SECRET", "s" } });
    VERIFY_DONE(ask(cloud, *with));
    pass(54min);
    VERIFY_DONE(ask(cloud, *with));
    QCOMPARE(cloud.count(&Cloud::given), 1);
    pass(2min);
    // Nobody waits for the next one while the first lasts.
    VERIFY_DONE(ask(cloud, *with));
    QTRY_COMPARE(cloud.count(&Cloud::given), 2);
    cloud.mutex.lock();
    cloud.refused.insert("Bearer t1");
    cloud.mutex.unlock();
    pass(5min);
    VERIFY_DONE(ask(cloud, *with));
    QCOMPARE(cloud.count(&Cloud::refusals), 0);
    QCOMPARE(cloud.count(&Cloud::given), 2);
}

void TestSignIn::anOldTokenServesWhileNobodyGivesANewOne()
{
    Cloud cloud;
    const auto with = signIn(azure(cloud), { { "env:SECRET", "s" } });
    VERIFY_DONE(ask(cloud, *with));
    cloud.mutex.lock();
    cloud.away = { .status = 503, .type = "text/html", .body = "<html>", .headers = {} };
    cloud.mutex.unlock();
    pass(56min);
    VERIFY_DONE(ask(cloud, *with));
    pass(5min);
    const auto answer = ask(cloud, *with);
    QVERIFY(!answer);
    QCOMPARE(answer.error().kind, Error::Kind::Unavailable);
    QCOMPARE(answer.error().text(), cloud.server.url() + "/contoso.example/oauth2/token: who gives tokens is in trouble (503) (it is asked again)");
    cloud.mutex.lock();
    cloud.away.status = 0;
    cloud.mutex.unlock();
    VERIFY_DONE(ask(cloud, *with));
}

void TestSignIn::aRefusedTokenIsRenewedOnce()
{
    Cloud cloud;
    const auto with = signIn(azure(cloud), { { "env:SECRET", "s" } });
    VERIFY_DONE(ask(cloud, *with));
    cloud.mutex.lock();
    cloud.refused.insert("Bearer t1");
    cloud.mutex.unlock();
    pass(2min);
    const auto again = ask(cloud, *with);
    VERIFY_DONE(again);
    QCOMPARE(again->status, 200);
    QCOMPARE(cloud.count(&Cloud::given), 2);
    cloud.mutex.lock();
    cloud.refusesAll = true;
    cloud.mutex.unlock();
    pass(2min);
    const auto before = cloud.count(&Cloud::questions);
    const auto refused = ask(cloud, *with);
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, Error::Kind::Denied);
    QVERIFY2(refused.error().hint.find("Monitoring Data Reader") != std::string::npos, refused.error().text().c_str());
    QCOMPARE(cloud.count(&Cloud::questions), before + 2);
    QCOMPARE(cloud.count(&Cloud::given), 3);
    // A new token is not asked for a thousand times.
    for (int i = 0; i < 5; ++i)
        QVERIFY(!ask(cloud, *with));
    QCOMPARE(cloud.count(&Cloud::given), 3);
}

void TestSignIn::manyAskAtOnceAndOneTokenIsGot()
{
    Cloud cloud;
    const auto with = signIn(azure(cloud), { { "env:SECRET", "s" } });
    for (int round = 1; round <= 3; ++round) {
        std::vector<std::future<bool>> all;
        for (int i = 0; i < 8; ++i)
            all.push_back(std::async(std::launch::async, [&] { return ask(cloud, *with).has_value(); }));
        for (auto& it : all)
            QVERIFY(it.get());
        QCOMPARE(cloud.count(&Cloud::given), round);
        pass(2h);
    }
}

void TestSignIn::amazonSeesASignature_data()
{
    QTest::addColumn<bool>("session");
    QTest::addColumn<QByteArray>("from"); ///< where the keys are
    QTest::newRow("keys of the workspace") << false << QByteArray("workspace");
    QTest::newRow("keys that end") << true << QByteArray("workspace");
    QTest::newRow("the environment's") << true << QByteArray("environment");
    QTest::newRow("a profile of the shared file") << true << QByteArray("profile");
    QTest::newRow("the default one of the shared file") << false << QByteArray("default");
}

void TestSignIn::amazonSeesASignature()
{
    QFETCH(bool, session);
    QFETCH(QByteArray, from);
    Cloud cloud;
    cloud.takes = [&](const HttpQuestion& question) { return isSigned(question, "AKIDEXAMPLE", "a/+s3cret=") && question.headers.value("x-amz-security-token") == (session ? "F=wo/GZ+" : ""); };
    SignInAddress address { .kind = "aws", .region = "eu-west-1" };
    QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("credentials")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("# people write comments\n[default]\naws_access_key_id=AKIDEXAMPLE\naws_secret_access_key=a/+s3cret=\n\n[fleet reader]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = a/+s3cret=\naws_session_token = F=wo/GZ+\n");
    file.close();
    qputenv("AWS_SHARED_CREDENTIALS_FILE", file.fileName().toLocal8Bit());
    if (from == "workspace") {
        address.accessKey = session ? "env:ID" : "AKIDEXAMPLE";
        address.secretKey = "keychain:aws";
        address.sessionToken = session ? "env:SESSION" : "";
    } else if (from == "profile")
        address.profile = "fleet reader";
    else if (from == "environment") {
        qputenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
        qputenv("AWS_SECRET_ACCESS_KEY", "a/+s3cret=");
        qputenv("AWS_SESSION_TOKEN", "F=wo/GZ+");
    }
    const auto with = signIn(address, { { "env:ID", "AKIDEXAMPLE" }, { "keychain:aws", "a/+s3cret=" }, { "env:SESSION", "F=wo/GZ+" }, { "", "" } });
    const auto answer = ask(cloud, *with);
    for (const auto* name : { "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SHARED_CREDENTIALS_FILE" })
        qunsetenv(name);
    VERIFY_DONE(answer);
    QCOMPARE(answer->status, 200);
}

void TestSignIn::newKeysAreFoundWhenOldOnesAreRefused()
{
    Cloud cloud;
    QByteArray good = "first";
    cloud.takes = [&](const HttpQuestion& question) { return isSigned(question, "AKID", good); };
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("credentials"));
    const auto write = [&](const QByteArray& secret) {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("[default]\naws_access_key_id=AKID\naws_secret_access_key=" + secret + "\n");
    };
    write("first");
    qputenv("AWS_SHARED_CREDENTIALS_FILE", path.toLocal8Bit());
    const auto with = signIn({ .kind = "aws", .region = "eu-west-1" });
    VERIFY_DONE(ask(cloud, *with));
    cloud.mutex.lock();
    good = "the second";
    cloud.mutex.unlock();
    // Asked once where there are no others.
    QVERIFY(!ask(cloud, *with));
    QCOMPARE(cloud.count(&Cloud::questions), 2);
    write("the second");
    const auto answer = ask(cloud, *with);
    qunsetenv("AWS_SHARED_CREDENTIALS_FILE");
    VERIFY_DONE(answer);
    QCOMPARE(cloud.count(&Cloud::questions), 4);
}

void TestSignIn::aTokenIsReadAnewWhereItIsKept()
{
    Cloud cloud;
    QByteArray good = "Bearer one";
    cloud.takes = [&](const HttpQuestion& question) { return question.headers.value("authorization") == good; };
    std::string kept = "one";
    const auto secrets = [&](std::string_view) -> Result<std::string> { return kept; };
    Endpoint endpoint;
    endpoint.token = "file:token";
    const auto with = makeSignIn(endpoint, m_http, secrets);
    VERIFY_DONE(ask(cloud, *with));
    cloud.mutex.lock();
    good = "Bearer two";
    cloud.mutex.unlock();
    kept = "two \r\nand a remark";
    VERIFY_DONE(ask(cloud, *with));
    endpoint.user = "12";
    cloud.mutex.lock();
    good = "Basic " + QByteArray("12:two").toBase64();
    cloud.mutex.unlock();
    VERIFY_DONE(ask(cloud, *makeSignIn(endpoint, m_http, secrets)));
    QVERIFY(!makeSignIn({}, m_http, {}));
}

void TestSignIn::whatIsWrongIsSaidWithoutTheSecret_data()
{
    QTest::addColumn<QByteArray>("kind");
    QTest::addColumn<QByteArray>("secret"); ///< empty: the right one
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<Error::Kind>("error");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* name, const char* kind, const QByteArray& secret, int status, const char* body, Error::Kind error, const char* says) { QTest::newRow(name) << QByteArray(kind) << secret << status << QByteArray(body) << error << QByteArray(says); };
    constexpr auto azureSays = "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid client secret provided.\\r\\nTrace ID: 1\\r\\nTimestamp: 2\"}";
    row("Azure refuses", "azure", {}, 401, azureSays, Error::Kind::Denied, "no token is given (401): invalid_client: AADSTS7000215: Invalid client secret provided. (check tenant, client_id and client_secret");
    row("one that repeats the secret", "azure", {}, 400, "{\"error\":\"bad\",\"error_description\":\"client_secret=hunter2 is wrong\"}", Error::Kind::Denied, "no token is given (400) (");
    row("no such tenant", "azure", {}, 404, "<html>", Error::Kind::Unavailable, "is tenant right, and authority?");
    row("no token in the answer", "azure", {}, 200, "{\"access_token\":\"\"}", Error::Kind::Invalid, "the answer holds no access_token");
    row("a token that would break a header", "azure", {}, 200, "{\"access_token\":\"a\\r\\nX: y\"}", Error::Kind::Invalid, "the answer holds no access_token");
    row("who answers is no such server", "azure", {}, 200, "<html>", Error::Kind::Invalid, "is this the address of one who gives tokens?");
    row("nobody answers", "azure", {}, -1, "", Error::Kind::Unavailable, "hung up");
    row("the account is gone", "google", {}, 400, "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid grant: account not found\"}", Error::Kind::Denied, "invalid_grant: Invalid grant: account not found (does reader@project.iam.gserviceaccount.com still exist");
    row("the key is no JSON", "google", "-----BEGIN hunter2", 0, "", Error::Kind::Invalid, "file:key.json: the key is no JSON key of a service account (make one: gcloud iam");
    row("the key is a person's", "google", "{\"type\":\"authorized_user\",\"client_secret\":\"hunter2\"}", 0, "", Error::Kind::Invalid, "the key is of type authorized_user, not of a service account");
    row("the key has no e-mail", "google", "{\"type\":\"service_account\",\"private_key\":\"hunter2\"}", 0, "", Error::Kind::Invalid, "the service account's key has no client_email");
    row("the key is half", "google", keyFile("-----BEGIN PRIVATE KEY-----\nhunter2"), 0, "", Error::Kind::Invalid, "private_key of the service account is no RSA key");
    row("there is no key", "google", "none", 0, "", Error::Kind::NotFound, "no such secret");
}

void TestSignIn::whatIsWrongIsSaidWithoutTheSecret()
{
    QFETCH(QByteArray, kind);
    QFETCH(QByteArray, secret);
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(Error::Kind, error);
    QFETCH(QByteArray, says);
    Cloud cloud;
    cloud.away = { .status = status, .body = body, .headers = {} };
    if (status < 0)
        cloud.away.ending = HttpReply::Ending::HangUp;
    auto address = kind == "azure" ? azure(cloud) : google();
    if (kind == "google") {
        address.exchanges = true;
        address.authority = cloud.server.url();
    }
    std::map<std::string, std::string> secrets { { "env:SECRET", "hunter2" } };
    if (secret != "none")
        secrets["file:key.json"] = secret.isEmpty() ? keyFile(pemOf(m_key.get())).toStdString() : secret.toStdString();
    const auto answer = ask(cloud, *signIn(address, secrets));
    QVERIFY(!answer);
    const auto text = QByteArray::fromStdString(answer.error().text());
    QVERIFY2(answer.error().kind == error, text);
    QVERIFY2(text.contains(says), text);
    QVERIFY2(!text.contains("hunter2") && !text.contains("PRIVATE KEY") && !text.contains("eyJ"), text);
}

QTEST_GUILESS_MAIN(TestSignIn)
#include "tst_signin.moc"
