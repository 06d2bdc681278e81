// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QDir>
#include <QtTest>

#include <cmath>
#include <numeric>

#include <nlohmann/json.hpp>

#include "gateway/httproute.h"
#include "gateway/instantquery.h"
#include "support/shareddata.h"
#include "support/routeredit.h"

using namespace penstock;
using namespace penstock::gateway;

namespace {

/// As nginx-gateway-fabric leaves it: the parent of the status names the namespace that the parentRef leaves out.
std::string routeWith(const std::string& backends, const std::string& conditions, int generation = 2)
{
    return R"({"kind":"HTTPRoute","metadata":{"name":"coffee","namespace":"default","uid":"6927df20-8b84","resourceVersion":"15644531","generation":)"
        + std::to_string(generation) + R"(},"spec":{"parentRefs":[{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"cafe"}],"rules":[{"matches":[{"path":{"type":"PathPrefix","value":"/"}}],"backendRefs":[)"
        + backends + R"(]}]},"status":{"parents":[{"controllerName":"gateway.nginx.org/nginx-gateway-controller","parentRef":{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"cafe","namespace":"default"},"conditions":[)"
        + conditions + "]}]}}";
}

std::string condition(const std::string& type, const std::string& status, int generation, const std::string& reason = "Because")
{
    return R"({"type":")" + type + R"(","status":")" + status + R"(","reason":")" + reason + R"(","message":"so it is","observedGeneration":)" + std::to_string(generation) + "}";
}

Route routeOf(std::initializer_list<const char*> names)
{
    Route route;
    route.name = "chat";
    for (const auto* name : names)
        route.backends.push_back({ name, {} });
    return route;
}

} // namespace

class GatewayAnswersTest : public QObject
{
    Q_OBJECT
private slots:
    void turnsSharesIntoWeights_data();
    void turnsSharesIntoWeights();
    void readsBackends_data();
    void readsBackends();
    void readsWhatGatewaysSay_data();
    void readsWhatGatewaysSay();
    void findsTheRule_data();
    void findsTheRule();
    void patchesOnlyWhatItSaw();
    void readsInstantAnswers_data();
    void readsInstantAnswers();
    void tellsBackendsApart_data();
    void tellsBackendsApart();
    void readsRecordedAnswers();
};

void GatewayAnswersTest::turnsSharesIntoWeights_data()
{
    QTest::addColumn<QList<double>>("shares");
    QTest::addColumn<QList<int>>("weights"); ///< empty: refused
    using D = QList<double>;
    using I = QList<int>;
    QTest::newRow("whole") << D { 20, 50, 30 } << I { 20, 50, 30 };
    QTest::newRow("all to one") << D { 0, 100 } << I { 0, 100 };
    QTest::newRow("halves") << D { 12.5, 87.5 } << I { 125, 875 };
    QTest::newRow("thirds") << D { 100.0 / 3, 100.0 / 3, 100.0 / 3 } << I { 333333, 333333, 333333 };
    QTest::newRow("a trace") << D { 99.99999, 0.00001 } << I { 1000000, 1 };
    QTest::newRow("too little") << D { 33, 33 } << I {};
    QTest::newRow("negative") << D { -10, 110 } << I {};
    QTest::newRow("no number") << D { std::nan(""), 100 } << I {};
    QTest::newRow("nothing") << D {} << I {};
}

void GatewayAnswersTest::turnsSharesIntoWeights()
{
    QFETCH(QList<double>, shares);
    QFETCH(QList<int>, weights);
    const auto made = weightsOf(Weights(shares.begin(), shares.end()));
    QCOMPARE(made.has_value(), !weights.isEmpty());
    if (made)
        QCOMPARE(QList<int>(made->begin(), made->end()), weights);
}

void GatewayAnswersTest::readsBackends_data()
{
    QTest::addColumn<QByteArray>("backends");
    QTest::addColumn<QList<int>>("weights"); ///< empty: refused
    using I = QList<int>;
    QTest::newRow("written") << QByteArray(R"({"name":"foo-v1","port":8080,"weight":90},{"name":"foo-v2","port":8080,"weight":10})") << I { 90, 10 };
    QTest::newRow("left out") << QByteArray(R"({"name":"a","port":80},{"name":"b","port":80,"weight":0})") << I { 1, 0 };
    QTest::newRow("the most") << QByteArray(R"({"name":"a","weight":1000000})") << I { 1'000'000 };
    QTest::newRow("too much") << QByteArray(R"({"name":"a","weight":1000001})") << I {};
    QTest::newRow("negative") << QByteArray(R"({"name":"a","weight":-1})") << I {};
    QTest::newRow("a fraction") << QByteArray(R"({"name":"a","weight":0.5})") << I {};
    QTest::newRow("words") << QByteArray(R"({"name":"a","weight":"90"})") << I {};
    QTest::newRow("beyond any number") << QByteArray(R"({"name":"a","weight":18446744073709551615})") << I {};
    QTest::newRow("no name") << QByteArray(R"({"weight":1})") << I {};
}

void GatewayAnswersTest::readsBackends()
{
    QFETCH(QByteArray, backends);
    QFETCH(QList<int>, weights);
    const auto route = parseHttpRoute(routeWith(backends.toStdString(), ""));
    QCOMPARE(route.has_value(), !weights.isEmpty());
    if (!route)
        return;
    QList<int> read;
    for (const auto& backend : route->rules.front().backends)
        read << backend.weightInForce();
    QCOMPARE(read, weights);
}

void GatewayAnswersTest::readsWhatGatewaysSay_data()
{
    QTest::addColumn<QByteArray>("conditions");
    QTest::addColumn<QByteArray>("pending"); ///< a part of it; empty: nothing
    QTest::addColumn<QByteArray>("rejection");
    QTest::addColumn<QByteArray>("unresolved");
    const auto row = [](const char* name, const std::string& conditions, const char* pending, const char* rejection, const char* unresolved) {
        QTest::newRow(name) << QByteArray::fromStdString(conditions) << QByteArray(pending) << QByteArray(rejection) << QByteArray(unresolved);
    };
    row("all is well", condition("Accepted", "True", 2) + "," + condition("ResolvedRefs", "True", 2), "", "", "");
    row("of an older generation", condition("Accepted", "True", 1), "cafe has not looked at generation 2", "", "");
    row("refused, and of an older generation", condition("Accepted", "False", 1), "has not looked", "", "");
    row("refused", condition("Accepted", "False", 2, "NotAllowedByListeners"), "", "cafe refuses it, NotAllowedByListeners: so it is", "");
    row("not known yet", condition("Accepted", "Unknown", 2), "no controller has taken it up at cafe", "", "");
    row("nobody has looked", "", "no controller has taken it up at cafe", "", "");
    row("a backend is missing", condition("Accepted", "True", 2) + "," + condition("ResolvedRefs", "False", 2, "BackendNotFound"), "", "", "cafe cannot use a backend, BackendNotFound");
    row("a part is refused", condition("Accepted", "True", 2) + "," + condition("PartiallyInvalid", "True", 2, "UnsupportedValue"), "", "a part of it, UnsupportedValue", "");
}

void GatewayAnswersTest::readsWhatGatewaysSay()
{
    QFETCH(QByteArray, conditions);
    QFETCH(QByteArray, pending);
    QFETCH(QByteArray, rejection);
    QFETCH(QByteArray, unresolved);
    const auto route = parseHttpRoute(routeWith(R"({"name":"coffee","port":80,"weight":1})", conditions.toStdString()));
    QVERIFY(route);
    const auto standing = standingOf(*route);
    for (const auto& [is, wanted] : { std::pair { &standing.pending, &pending }, std::pair { &standing.rejection, &rejection }, std::pair { &standing.unresolved, &unresolved } }) {
        QVERIFY2(is->empty() == wanted->isEmpty(), is->c_str());
        QVERIFY2(is->find(wanted->toStdString()) != std::string::npos, is->c_str());
    }
}

void GatewayAnswersTest::findsTheRule_data()
{
    QTest::addColumn<int>("rule"); ///< below 0: not named
    QTest::addColumn<QByteArray>("match");
    QTest::addColumn<int>("found"); ///< below 0: refused
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("two hold them") << -1 << QByteArray() << -1 << QByteArray("name one with rule = NUMBER");
    QTest::newRow("by number") << 1 << QByteArray() << 1 << QByteArray();
    QTest::newRow("by path") << -1 << QByteArray("/b") << 2 << QByteArray();
    QTest::newRow("another holds them") << 0 << QByteArray() << -1 << QByteArray("there are x");
    QTest::newRow("beyond the last") << 3 << QByteArray() << -1 << QByteArray("it has 3, counted from 0");
    QTest::newRow("no such path") << -1 << QByteArray("/c") << -1 << QByteArray("no rule splits");
}

void GatewayAnswersTest::findsTheRule()
{
    QFETCH(int, rule);
    QFETCH(QByteArray, match);
    QFETCH(int, found);
    QFETCH(QByteArray, says);
    HttpRoute route;
    route.rules = { { { "/x" }, { { "x", {}, 1 } } }, { { "/a" }, { { "b", {}, 0 }, { "c", {}, {} }, { "a", {}, 5 } } }, { { "/b" }, { { "a", {}, 1 }, { "b", {}, 2 } } } };
    auto wanted = routeOf({ "a", "b" });
    if (rule >= 0)
        test::editRouter<GatewayAddress>(wanted, [&](auto& it) { it.httpRoute.rule = static_cast<std::uint32_t>(rule); });
    test::editRouter<GatewayAddress>(wanted, [&](auto& it) { it.httpRoute.match = match.toStdString(); });
    const auto place = findPlace(route, wanted);
    QVERIFY2(place.has_value() == (found >= 0), place ? "" : place.error().text().c_str());
    if (!place) {
        QVERIFY2(place.error().text().find(says.toStdString()) != std::string::npos, place.error().text().c_str());
        return;
    }
    QCOMPARE(static_cast<int>(place->rule), found);
    QCOMPARE(place->backends, found == 1 ? (std::vector<std::size_t> { 2, 0 }) : (std::vector<std::size_t> { 0, 1 }));
    QCOMPARE(place->strangers, std::string(found == 1 ? "c" : ""));
}

void GatewayAnswersTest::patchesOnlyWhatItSaw()
{
    const auto text = routeWith(R"({"name":"a","port":80,"weight":70},{"name":"b","port":80})", "");
    const auto route = parseHttpRoute(text);
    const auto place = findPlace(*route, routeOf({ "b", "a" }));
    QVERIFY(place);
    const auto patch = nlohmann::json::parse(patchOf(*route, *place, { 60, 40 }, "S-1/1 \"quoted\""));
    auto document = nlohmann::json::parse(text);
    const auto patched = document.patch(patch);
    QCOMPARE(patched["spec"]["rules"][0]["backendRefs"][0]["weight"], 40);
    QCOMPARE(patched["spec"]["rules"][0]["backendRefs"][1]["weight"], 60);
    QCOMPARE(patched["metadata"]["annotations"]["penstock/change-0"], "S-1/1 \"quoted\"");
    for (const auto& [pointer, value] : std::initializer_list<std::pair<const char*, nlohmann::json>> { { "/metadata/uid", "other" }, { "/metadata/generation", 3 },
             { "/spec/rules/0/backendRefs/0/weight", 71 }, { "/spec/rules/0/backendRefs/1/name", "c" } }) {
        auto other = document;
        other[nlohmann::json::json_pointer(pointer)] = value;
        QVERIFY_THROWS_EXCEPTION(nlohmann::json::exception, (void)other.patch(patch));
    }
    // The status and what follows from it may move, but not while there are no annotations: who makes their map could take others' away.
    document["metadata"]["resourceVersion"] = "15644999";
    QVERIFY_THROWS_EXCEPTION(nlohmann::json::exception, (void)document.patch(patch));
    document["metadata"]["annotations"]["team/owner"] = "ada";
    const auto owned = parseHttpRoute(document.dump());
    const auto second = nlohmann::json::parse(patchOf(*owned, *findPlace(*owned, routeOf({ "b", "a" })), { 60, 40 }, "S-1/2"));
    document["metadata"]["resourceVersion"] = "15645000";
    QCOMPARE(document.patch(second)["metadata"]["annotations"]["team/owner"], "ada");
}

void GatewayAnswersTest::readsInstantAnswers_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<int>("samples"); ///< below 0: refused
    QTest::addColumn<QByteArray>("says"); ///< error, or the first warning
    QTest::newRow("vector") << QByteArray(R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"Hostname":"aks-h100-0"},"value":[1795416908.174,"43.5"]}]}})") << 1 << QByteArray();
    QTest::newRow("no data") << QByteArray(R"({"status":"success","data":{"resultType":"vector","result":[]}})") << 0 << QByteArray();
    QTest::newRow("scalar") << QByteArray(R"({"status":"success","data":{"resultType":"scalar","result":[1795416908.174,"1"]}})") << 1 << QByteArray();
    QTest::newRow("no numbers") << QByteArray(R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"NaN"]},{"metric":{},"value":[1,"+Inf"]},{"metric":{},"value":[1,"-Inf"]}]}})") << 0 << QByteArray();
    QTest::newRow("partial") << QByteArray(R"({"status":"success","warnings":["store 3 is down"],"data":{"resultType":"vector","result":[]}})") << 0 << QByteArray("store 3 is down");
    QTest::newRow("matrix") << QByteArray(R"({"status":"success","data":{"resultType":"matrix","result":[]}})") << -1 << QByteArray("write an instant query");
    QTest::newRow("bad query") << QByteArray(R"({"status":"error","errorType":"bad_data","error":"1:5: parse error"})") << -1 << QByteArray("1:5: parse error");
    QTest::newRow("words") << QByteArray(R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"many"]}]}})") << -1 << QByteArray("no number");
    QTest::newRow("cut off") << QByteArray(R"({"status":"success","data":{"resu)") << -1 << QByteArray("no JSON");
    QTest::newRow("a page") << QByteArray("404 page not found\n") << -1 << QByteArray("no JSON");
}

void GatewayAnswersTest::readsInstantAnswers()
{
    QFETCH(QByteArray, json);
    QFETCH(int, samples);
    QFETCH(QByteArray, says);
    const auto answer = parseInstantAnswer(json.toStdString());
    QCOMPARE(answer ? static_cast<int>(answer->samples.size()) : -1, samples);
    const auto text = answer ? (answer->warnings.empty() ? std::string() : answer->warnings.front()) : answer.error().text();
    QVERIFY2(text.find(says.toStdString()) != std::string::npos, text.c_str());
}

void GatewayAnswersTest::tellsBackendsApart_data()
{
    QTest::addColumn<QByteArray>("label");
    QTest::addColumn<QByteArray>("series"); ///< LABEL=VALUE words, a series each, of the values 1, 2, ...
    QTest::addColumn<QByteArray>("says"); ///< empty: a is 1 and b is 2
    QTest::newRow("the only label") << QByteArray() << QByteArray("cluster=a cluster=b cluster=c") << QByteArray();
    QTest::newRow("a named label") << QByteArray("cluster") << QByteArray("cluster=a,pod=1 cluster=b,pod=2") << QByteArray();
    QTest::newRow("which label") << QByteArray() << QByteArray("cluster=a,pod=1") << QByteArray("none is named");
    QTest::newRow("another label") << QByteArray("cluster") << QByteArray("pod=a") << QByteArray("no label cluster");
    QTest::newRow("twice") << QByteArray("cluster") << QByteArray("cluster=a,pod=1 cluster=a,pod=2") << QByteArray("several series name");
    QTest::newRow("strangers") << QByteArray() << QByteArray("cluster=x cluster=y") << QByteArray("they name x, y");
}

void GatewayAnswersTest::tellsBackendsApart()
{
    QFETCH(QByteArray, label);
    QFETCH(QByteArray, series);
    QFETCH(QByteArray, says);
    InstantAnswer answer;
    for (const auto& one : series.split(' ')) {
        InstantAnswer::Sample sample { {}, static_cast<double>(answer.samples.size() + 1) };
        for (const auto& pair : one.split(','))
            sample.labels[pair.split('=')[0].toStdString()] = pair.split('=')[1].toStdString();
        answer.samples.push_back(std::move(sample));
    }
    const auto values = valuesByName(answer, label.toStdString(), { "a", "b" });
    QVERIFY2(values.has_value() == says.isEmpty(), values ? "" : values.error().text().c_str());
    if (values)
        QCOMPARE(*values, (std::vector<std::optional<double>> { 1, 2 }));
    else
        QVERIFY2(values.error().text().find(says.toStdString()) != std::string::npos, values.error().text().c_str());
}

/// Answers of a real Prometheus, from a cluster of others.
void GatewayAnswersTest::readsRecordedAnswers()
{
    const QDir folder(test::sharedData() + QStringLiteral("/data/exposition/prometheus_api"));
    const auto files = test::sharedData().isEmpty() ? QStringList() : folder.entryList({ QStringLiteral("*.json") });
    if (files.isEmpty())
        QSKIP("the recorded data is not here");
    for (const auto& name : files) {
        QFile file(folder.filePath(name));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto answer = parseInstantAnswer(file.readAll().toStdString());
        QVERIFY2(answer && !answer->samples.empty(), answer ? qPrintable(name) : answer.error().text().c_str());
    }
}

QTEST_APPLESS_MAIN(GatewayAnswersTest)
#include "tst_gatewayanswers.moc"
