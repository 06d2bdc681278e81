// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include "base/sha256.h"
#include "base/timetext.h"
#include "signin/sigv4.h"

using namespace penstock;

using Headers = std::vector<std::pair<std::string, std::string>>;
Q_DECLARE_METATYPE(Headers)

namespace {

const AwsKeys keys { "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const std::string session = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
const Headers usual { { "Host", "example.amazonaws.com" }, { "X-Amz-Date", "20150830T123600Z" } };

} // namespace

/// The vectors that Amazon publishes (awslabs/aws-c-auth, tests/aws-signing-test-suite/v4), and one of a workspace.
class TestSigV4 final : public QObject
{
    Q_OBJECT

private slots:
    void aRequestIsSigned_data();
    void aRequestIsSigned();
    void theHeaderNamesKeyScopeAndHeaders();
};

void TestSigV4::aRequestIsSigned_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("query");
    QTest::addColumn<Headers>("headers");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("service");
    QTest::addColumn<QByteArray>("canonical"); ///< its hash; empty: not looked at
    QTest::addColumn<QByteArray>("signature");
    const auto with = [](Headers more) {
        more.insert(more.end(), usual.begin(), usual.end());
        return more;
    };
    const auto get = [](const char* name, const char* path, const char* query, const char* signature) {
        QTest::newRow(name) << QByteArray("GET") << QString::fromUtf8(path) << QString::fromUtf8(query) << usual << QByteArray() << QByteArray("service") << QByteArray() << QByteArray(signature);
    };
    constexpr auto vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    get("get-vanilla", "/", "", vanilla);
    get("get-relative-normalized", "/example/..", "", vanilla);
    get("get-slash-dot-slash-normalized", "/./", "", vanilla);
    get("get-slash-normalized", "//", "", vanilla);
    get("get-vanilla-query-order-key-case", "/", "Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
    get("get-vanilla-query-order-encoded", "/", "Param-3=Value3&Param=Value2&%E1%88%B4=Value1", "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac");
    get("the same, not encoded", "/", "Param-3=Value3&Param=Value2&ሴ=Value1", "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac");
    get("get-utf8", "/ሴ", "", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85");
    get("get-space-normalized", "/example space/", "", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741");
    QTest::newRow("get-vanilla-with-session-token") << QByteArray("GET") << QStringLiteral("/") << QString() << with({ { "X-Amz-Security-Token", session } }) << QByteArray() << QByteArray("service") << QByteArray()
                                                    << QByteArray("07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8");
    QTest::newRow("post-x-www-form-urlencoded") << QByteArray("POST") << QStringLiteral("/") << QString()
                                                << with({ { "Content-Type", "application/x-www-form-urlencoded" }, { "Content-Length", "13" }, { "X-Amz-Content-Sha256", *sha256("Param1=value1") } }) << QByteArray("Param1=value1")
                                                << QByteArray("service") << QByteArray() << QByteArray("d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b");
    QTest::newRow("a query of a workspace of Amazon Managed Prometheus")
        << QByteArray("POST") << QStringLiteral("/workspaces/ws-12345678-90ab-cdef-1234-567890abcdef/api/v1/query") << QString()
        << Headers { { "content-type", "application/x-www-form-urlencoded" }, { "host", "aps-workspaces.us-east-1.amazonaws.com" }, { "x-amz-date", "20150830T123600Z" } } << QByteArray("query=up") << QByteArray("aps")
        << QByteArray("18e13f55fd697eadad9f75113076a8fb5da087821421c82cf92e20daa5088d66") << QByteArray("af0d923f3fdbce9007e8bf69ee1aa5ea17f95b2878af551a8ee24f81fab48158");
}

void TestSigV4::aRequestIsSigned()
{
    QFETCH(QByteArray, method);
    QFETCH(QString, path);
    QFETCH(QString, query);
    QFETCH(Headers, headers);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, service);
    QFETCH(QByteArray, canonical);
    QFETCH(QByteArray, signature);
    const auto at = *parseTime("2015-08-30T12:36:00Z");
    QCOMPARE(amzDate(at), std::string("20150830T123600Z"));
    const auto made = sigV4({ method.toStdString(), path.toStdString(), query.toStdString(), headers, body.toStdString() }, keys, "us-east-1", service.toStdString(), at);
    QVERIFY(made);
    if (!canonical.isEmpty())
        QCOMPARE(QByteArray::fromStdString(*sha256(made->canonical)), canonical);
    QVERIFY2(QByteArray::fromStdString(made->signature) == signature, made->canonical.c_str());
}

void TestSigV4::theHeaderNamesKeyScopeAndHeaders()
{
    const auto made = sigV4({ "GET", "/", {}, usual, {} }, keys, "us-east-1", "service", *parseTime("2015-08-30T12:36:00Z"));
    QCOMPARE(made->authorization,
        std::string("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"));
}

QTEST_GUILESS_MAIN(TestSigV4)
#include "tst_sigv4.moc"
