// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include "gateway/gatewayrouter.h"
#include "gateway/httproute.h"
#include "support/gatewayapi.h"
#include "support/routeredit.h"

using namespace penstock;
using namespace std::chrono_literals;
using test::GatewayApi;
using test::HttpReply;

namespace {

Route routeAt(const std::string& url)
{
    Route route;
    route.name = "chat";
    route.router = GatewayAddress { .url = url, .httpRoute = { .nameSpace = "infer", .name = "llm" } };
    route.backends = { { "azure", {} }, { "gcp", {} }, { "aws", {} } };
    return route;
}

Result<std::string> noSecret(std::string_view)
{
    return std::string();
}

std::unique_ptr<Router> routerAt(const Route& route, const SecretReader& secrets = noSecret, GatewayTiming timing = { 1'000ms, 1'000ms, 5ms })
{
    return *makeGatewayRouter(route, std::make_shared<HttpClient>(), secrets, wallClock, timing);
}

bool warns(const RouteReading& reading, const char* text)
{
    for (const auto& warning : reading.warnings)
        if (warning.find(text) != std::string::npos)
            return true;
    return false;
}

using Ints = std::vector<int>;

} // namespace

class GatewayRouterTest : public QObject
{
    Q_OBJECT
private slots:
    void readsSetsAndReadsBack();
    void setsWhatWasLeftOut();
    void aStatusThatMovesIsNoConflict();
    void overwritesNobody_data();
    void overwritesNobody();
    void rulesOfOneHttpRouteAreNoConflict_data();
    void rulesOfOneHttpRouteAreNoConflict();
    void acceptsWhenTheGatewayHasLooked();
    void aGatewayThatLooksLateIsPendingBeforeAnybodyGivesUp();
    void takesBackWhatTheGatewayRefuses_data();
    void takesBackWhatTheGatewayRefuses();
    void aLateRefusalIsToldAndCanBeTakenBack_data();
    void aLateRefusalIsToldAndCanBeTakenBack();
    void refusesWhereNobodyServes();
    void seesWhatIsReverted();
    void aPersonsChangeIsNotForgotten();
    void tellsNoTimeOfAnEarlierChange();
    void tellsWhatAWebhookMadeOfIt();
    void doesAKeyOnceOverItsOwnDeath();
    void knowsItsChangeWhenTheAnswerIsLost();
    void believesNothingWithoutReadingBack();
    void explainsRefusals_data();
    void explainsRefusals();
    void explainsRefusedPatches_data();
    void explainsRefusedPatches();
    void isBoundedInTime();
    void talksOverTls();
    void sendsNoTokenInPlaintext();
};

void GatewayRouterTest::readsSetsAndReadsBack()
{
    GatewayApi api;
    auto router = routerAt(routeAt(api.url()));
    const auto before = router->read();
    QVERIFY2(before, before ? "" : before.error().text().c_str());
    QCOMPARE(before->accepted(), (Weights { 100, 0, 0 }));
    QVERIFY(before->drift.empty() && before->pending.empty());
    QVERIFY2(before->warnings.empty(), before->warnings.empty() ? "" : before->warnings.front().c_str());
    QVERIFY(!before->backends[0].observed);
    const auto after = router->apply({ 20, 50, 30 }, before->version, "S-1/1");
    QVERIFY2(after, after ? "" : after.error().text().c_str());
    QCOMPARE(after->accepted(), (Weights { 20, 50, 30 }));
    QVERIFY(after->version != before->version);
    QCOMPARE(api.weights(), (Ints { 20, 50, 30 }));
    QCOMPARE(router->read()->version, after->version);
    QCOMPARE(api.route()["metadata"]["annotations"]["penstock/change-1"], "S-1/1");
    QCOMPARE(api.route()["spec"]["rules"][0]["backendRefs"][0]["weight"], 1);
    const auto fine = router->apply({ 33.25, 33.25, 33.5 }, after->version, "S-1/2");
    QVERIFY2(fine, fine ? "" : fine.error().text().c_str());
    QCOMPARE(api.weights(), (Ints { 3325, 3325, 3350 }));
    QCOMPARE(fine->accepted(), (Weights { 33.25, 33.25, 33.5 }));
}

void GatewayRouterTest::setsWhatWasLeftOut()
{
    GatewayApi api;
    api.defaults = false;
    api.edit("kubectl", [](auto& route) {
        for (auto& ref : route["spec"]["rules"][1]["backendRefs"])
            ref.erase("weight");
    });
    auto router = routerAt(routeAt(api.url()));
    auto reading = router->read();
    QTRY_VERIFY((reading = router->read()) && reading->pending.empty());
    QVERIFY(std::abs(reading->backends[0].accepted - 100.0 / 3) < 1e-9);
    reading = router->apply({ 0, 50, 50 }, reading->version, "k");
    QVERIFY2(reading, reading ? "" : reading.error().text().c_str());
    QCOMPARE(api.weights(), (Ints { 0, 50, 50 }));
}

void GatewayRouterTest::aStatusThatMovesIsNoConflict()
{
    GatewayApi api;
    auto router = routerAt(routeAt(api.url()));
    const auto before = router->read();
    {
        const std::lock_guard lock(api.mutex);
        // The controller writes between the look and the patch.
        api.beforePatch = [](auto& route) { route["metadata"]["labels"]["touched"] = "yes"; };
    }
    const auto after = router->apply({ 20, 50, 30 }, before->version, "k");
    QVERIFY2(after, after ? "" : after.error().text().c_str());
    QVERIFY(after->drift.empty());
}

void GatewayRouterTest::overwritesNobody_data()
{
    QTest::addColumn<bool>("inBetween");
    QTest::newRow("before it looks") << false;
    QTest::newRow("between its look and its patch") << true;
}

void GatewayRouterTest::overwritesNobody()
{
    QFETCH(bool, inBetween);
    GatewayApi api;
    auto router = routerAt(routeAt(api.url()));
    const auto before = router->read();
    const auto change = [](auto& route) { route["spec"]["rules"][1]["backendRefs"][2]["weight"] = 40; };
    if (inBetween) {
        const std::lock_guard lock(api.mutex);
        api.beforePatch = change;
    } else
        api.edit("kubectl-edit", change);
    const auto refused = router->apply({ 50, 50, 0 }, before->version, "k");
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, Error::Kind::Conflict);
    QCOMPARE(api.weights(), (Ints { 100, 0, 40 }));
    const auto now = router->read();
    QVERIFY2(now->drift.starts_with("weights changed by kubectl-edit at 2026-11-23T08:"), now->drift.c_str());
    QVERIFY(now->driftedAt && now->version != before->version);
    const auto after = router->apply({ 50, 50, 0 }, now->version, "k");
    QVERIFY2(after && after->drift.empty(), after ? "" : after.error().text().c_str());
}

void GatewayRouterTest::rulesOfOneHttpRouteAreNoConflict_data() { overwritesNobody_data(); }

/// What is set in one rule, or changed there by somebody else, is no change of the other one.
void GatewayRouterTest::rulesOfOneHttpRouteAreNoConflict()
{
    QFETCH(bool, inBetween);
    GatewayApi api;
    api.splitBothRules();
    auto route = routeAt(api.url());
    test::editRouter<GatewayAddress>(route, [&](auto& it) { it.httpRoute.rule = 1; });
    auto one = routerAt(route);
    route.name = "search";
    test::editRouter<GatewayAddress>(route, [&](auto& it) { it.httpRoute.rule = 0; });
    auto other = routerAt(route);
    const auto before = one->read(), otherBefore = other->read();
    QVERIFY(before && otherBefore);
    const auto set = one->apply({ 20, 50, 30 }, before->version, "S-1/1/chat");
    QVERIFY2(set, set ? "" : set.error().text().c_str());
    QCOMPARE(other->read()->version, otherBefore->version);
    const auto change = [](auto& now) { now["spec"]["rules"][1]["backendRefs"][2]["weight"] = 40; };
    if (inBetween) {
        const std::lock_guard lock(api.mutex);
        api.beforePatch = change;
    } else
        api.edit("kubectl-edit", change);
    const auto otherSet = other->apply({ 60, 0, 40 }, otherBefore->version, "S-1/1/search");
    QVERIFY2(otherSet && otherSet->drift.empty(), otherSet ? otherSet->drift.c_str() : otherSet.error().text().c_str());
    QCOMPARE(api.weights(0), (Ints { 60, 0, 40 }));
    QCOMPARE(api.weights(1), (Ints { 20, 50, 40 }));
    // Of either the own change is known by those who come later.
    QCOMPARE(routerAt(route)->apply({ 60, 0, 40 }, otherBefore->version, "S-1/1/search")->version, otherSet->version);
    // What this changed by somebody else is in is told as before.
    const auto refused = one->apply({ 0, 50, 50 }, set->version, "S-1/2/chat");
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, Error::Kind::Conflict);
    QVERIFY2(one->read()->drift.starts_with("weights changed by "), one->read()->drift.c_str());
    QCOMPARE(api.weights(1), (Ints { 20, 50, 40 }));
}

void GatewayRouterTest::acceptsWhenTheGatewayHasLooked()
{
    GatewayApi api;
    api.looksUntilReconciled = -1;
    auto router = routerAt(routeAt(api.url()), noSecret, { 1'000ms, 60ms, 5ms });
    const auto before = router->read();
    const auto told = router->apply({ 20, 50, 30 }, before->version, "k");
    QVERIFY2(told, told ? "" : told.error().text().c_str());
    QVERIFY2(told->pending.find("edge has not looked at generation 2 yet") != std::string::npos, told->pending.c_str());
    QCOMPARE(told->accepted(), (Weights { 100, 0, 0 }));
    QCOMPARE(router->read()->version, told->version);
    {
        const std::lock_guard lock(api.mutex);
        api.looksUntilReconciled = 0;
    }
    const auto now = router->read();
    QVERIFY(now->pending.empty() && now->drift.empty());
    QCOMPARE(now->accepted(), (Weights { 20, 50, 30 }));
    QCOMPARE(now->version, told->version);
}

void GatewayRouterTest::aGatewayThatLooksLateIsPendingBeforeAnybodyGivesUp()
{
    constexpr int patienceOfAnEmergency = 2'000;
    GatewayApi api;
    api.looksUntilReconciled = -1;
    auto router = routerAt(routeAt(api.url()), noSecret, {});
    const auto before = router->read();
    QElapsedTimer spent;
    spent.start();
    const auto told = router->apply({ 20, 50, 30 }, before->version, "k");
    QVERIFY(spent.elapsed() < patienceOfAnEmergency * 3 / 4);
    QVERIFY(told && !told->pending.empty());
}

void GatewayRouterTest::takesBackWhatTheGatewayRefuses_data()
{
    QTest::addColumn<QByteArray>("rejects");
    QTest::addColumn<QByteArray>("unresolved");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("not accepted") << QByteArray("UnsupportedValue") << QByteArray() << QByteArray("edge refuses it, UnsupportedValue: the controller says no");
    QTest::newRow("a backend that is not there") << QByteArray() << QByteArray("service gcp not found") << QByteArray("edge cannot use a backend, BackendNotFound: service gcp not found");
}

void GatewayRouterTest::takesBackWhatTheGatewayRefuses()
{
    QFETCH(QByteArray, rejects);
    QFETCH(QByteArray, unresolved);
    QFETCH(QByteArray, says);
    GatewayApi api;
    auto router = routerAt(routeAt(api.url()));
    const auto before = router->read();
    {
        const std::lock_guard lock(api.mutex);
        api.rejects = rejects.toStdString();
        api.unresolved = unresolved.toStdString();
    }
    const auto refused = router->apply({ 20, 50, 30 }, before->version, "k");
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, Error::Kind::Refused);
    QVERIFY2(refused.error().what.find(says.toStdString()) != std::string::npos && refused.error().what.find("taken back") != std::string::npos, refused.error().text().c_str());
    QCOMPARE(api.weights(), (Ints { 100, 0, 0 }));
    QVERIFY(warns(*router->read(), says));
}

void GatewayRouterTest::aLateRefusalIsToldAndCanBeTakenBack_data() { takesBackWhatTheGatewayRefuses_data(); }

void GatewayRouterTest::aLateRefusalIsToldAndCanBeTakenBack()
{
    QFETCH(QByteArray, rejects);
    QFETCH(QByteArray, unresolved);
    QFETCH(QByteArray, says);
    GatewayApi api;
    api.looksUntilReconciled = -1;
    auto router = routerAt(routeAt(api.url()), noSecret, { 1'000ms, 20ms, 5ms });
    const auto before = router->read();
    const auto told = router->apply({ 20, 50, 30 }, before->version, "k");
    QVERIFY(told && !told->pending.empty() && told->refused.empty());
    const auto looks = [&api](const QByteArray& no, const QByteArray& missing) {
        const std::lock_guard lock(api.mutex);
        api.looksUntilReconciled = 0;
        api.rejects = no.toStdString();
        api.unresolved = missing.toStdString();
    };
    looks(rejects, unresolved);
    const auto now = router->read();
    QVERIFY2(now && now->refused == says.toStdString(), now ? now->refused.c_str() : now.error().text().c_str());
    // What was never in force does not come back by another way.
    if (!rejects.isEmpty())
        QCOMPARE(router->apply({ 30, 40, 30 }, now->version, "other").error().kind, Error::Kind::Refused);
    looks({}, {});
    const auto back = router->apply(before->accepted(), now->version, "back");
    QVERIFY2(back && back->refused.empty() && back->pending.empty(), back ? back->refused.c_str() : back.error().text().c_str());
    QCOMPARE(api.weights(), (Ints { 100, 0, 0 }));
}

void GatewayRouterTest::refusesWhereNobodyServes()
{
    GatewayApi api;
    {
        const std::lock_guard lock(api.mutex);
        api.rejects = "NotAllowedByListeners";
        api.programmed = false;
    }
    api.edit("kubectl", [](auto& route) { route["spec"]["hostnames"] = { "other.example.com" }; });
    auto router = routerAt(routeAt(api.url()));
    auto reading = router->read();
    QTRY_VERIFY((reading = router->read()) && reading->pending.empty());
    QVERIFY(warns(*reading, "NotAllowedByListeners"));
    QVERIFY(warns(*reading, "gateway edge is not programmed, AddressNotAssigned"));
    // No interlock lets a shift to it pass.
    QVERIFY(std::ranges::all_of(reading->backends, [](const BackendReading& it) { return it.takesNothing() && it.note.find("NotAllowedByListeners") != std::string::npos; }));
    const auto refused = router->apply({ 20, 50, 30 }, reading->version, "k");
    QCOMPARE(refused.error().kind, Error::Kind::Refused);
    QCOMPARE(api.patches.load(), 0);
}

void GatewayRouterTest::seesWhatIsReverted()
{
    GatewayApi api;
    auto router = routerAt(routeAt(api.url()));
    auto reading = router->read();
    reading = router->apply({ 20, 50, 30 }, reading->version, "k1");
    QVERIFY(reading);
    const auto revert = [](auto& route) {
        const int old[] = { 100, 0, 0 };
        for (std::size_t i = 0; i < 3; ++i)
            route["spec"]["rules"][1]["backendRefs"][i]["weight"] = old[i];
    };
    api.edit("argocd-controller", revert);
    reading = router->read();
    QVERIFY2(reading->drift.starts_with("weights changed by argocd-controller at "), reading->drift.c_str());
    QCOMPARE(reading->forgotten, (Weights { 20, 50, 30 }));
    QVERIFY(warns(*reading, "argocd-controller manages this route"));
    auto again = reapply(*router, *reading, "k2");
    QVERIFY2(again && again->forgotten.empty(), again ? "" : again.error().text().c_str());
    QCOMPARE(api.weights(), (Ints { 20, 50, 30 }));
    // What is put back for a second time looks the same, and so does what is told to set it.
    api.edit("argocd-controller", revert);
    again = reapply(*router, *router->read(), "k2");
    QVERIFY2(again && again->forgotten.empty(), again ? "" : again.error().text().c_str());
    QCOMPARE(api.weights(), (Ints { 20, 50, 30 }));
    api.makeAnew("kubectl-create", revert);
    reading = router->read();
    QVERIFY2(reading->drift.starts_with("made anew by somebody else"), reading->drift.c_str());
    QCOMPARE(reading->forgotten, (Weights { 20, 50, 30 }));
}

void GatewayRouterTest::aPersonsChangeIsNotForgotten()
{
    GatewayApi api;
    auto router = routerAt(routeAt(api.url()));
    auto reading = router->read();
    QVERIFY(router->apply({ 20, 50, 30 }, reading->version, "k1"));
    api.edit("kubectl-edit", [](auto& route) { route["spec"]["rules"][1]["backendRefs"][0]["weight"] = 25; });
    reading = router->read();
    QVERIFY(!reading->drift.empty() && reading->forgotten.empty());
}

void GatewayRouterTest::tellsNoTimeOfAnEarlierChange()
{
    GatewayApi api;
    auto router = routerAt(routeAt(api.url()));
    QVERIFY(router->read());
    const auto set = [&api](int weight) { api.edit("kubectl-edit", [weight](auto& route) { route["spec"]["rules"][1]["backendRefs"][0]["weight"] = weight; }); };
    set(25);
    const auto first = router->read()->drift;
    QVERIFY2(first.starts_with("weights changed by kubectl-edit at 2026-11-23T08:"), first.c_str());
    set(35);
    QCOMPARE(router->read()->drift, std::string("weights changed by kubectl-edit"));
}

void GatewayRouterTest::tellsWhatAWebhookMadeOfIt()
{
    GatewayApi api;
    auto router = routerAt(routeAt(api.url()));
    const auto before = router->read();
    {
        const std::lock_guard lock(api.mutex);
        api.mutates = [](auto& route) { route["spec"]["rules"][1]["backendRefs"][0]["weight"] = 99; };
    }
    const auto refused = router->apply({ 20, 50, 30 }, before->version, "k");
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, Error::Kind::Conflict);
    QVERIFY2(refused.error().what.starts_with("a webhook or a policy of the cluster made 99 / 50 / 30 of 20 / 50 / 30"), refused.error().text().c_str());
    QVERIFY(router->read()->drift.empty());
}

void GatewayRouterTest::doesAKeyOnceOverItsOwnDeath()
{
    GatewayApi api;
    auto first = routerAt(routeAt(api.url()));
    const auto before = first->read();
    QVERIFY(first->apply({ 20, 50, 30 }, before->version, "S-7/1"));
    first.reset();
    auto second = routerAt(routeAt(api.url()));
    const auto again = second->apply({ 20, 50, 30 }, before->version, "S-7/1");
    QVERIFY2(again, again ? "" : again.error().text().c_str());
    QCOMPARE(again->accepted(), (Weights { 20, 50, 30 }));
    QCOMPARE(api.patches.load(), 1);
}

void GatewayRouterTest::knowsItsChangeWhenTheAnswerIsLost()
{
    GatewayApi api;
    auto router = routerAt(routeAt(api.url()));
    const auto before = router->read();
    {
        const std::lock_guard lock(api.mutex);
        api.diesAfterPatch = true;
    }
    const auto after = router->apply({ 20, 50, 30 }, before->version, "k");
    QVERIFY2(after, after ? "" : after.error().text().c_str());
    QCOMPARE(after->accepted(), (Weights { 20, 50, 30 }));
    QVERIFY(after->drift.empty());
    QCOMPARE(api.patches.load(), 1);
}

void GatewayRouterTest::believesNothingWithoutReadingBack()
{
    GatewayApi api;
    {
        const std::lock_guard lock(api.mutex);
        api.lies = true;
    }
    auto router = routerAt(routeAt(api.url()));
    const auto before = router->read();
    const auto after = router->apply({ 20, 50, 30 }, before->version, "k");
    QVERIFY(!after);
    QCOMPARE(after.error().kind, Error::Kind::Conflict);
    QCOMPARE(router->read()->accepted(), (Weights { 100, 0, 0 }));
}

void GatewayRouterTest::explainsRefusals_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QByteArray>("says");
    const QByteArray json = "application/json";
    const auto object = [](int code, const char* reason, const char* message) {
        return QByteArray("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"") + message + "\",\"reason\":\"" + reason
            + "\",\"code\":" + QByteArray::number(code) + "}";
    };
    const auto kind = [](Error::Kind it) { return static_cast<int>(it); };
    QTest::newRow("401") << 401 << json << object(401, "Unauthorized", "Unauthorized") << kind(Error::Kind::Denied) << QByteArray("may have run out");
    QTest::newRow("403") << 403 << json << object(403, "Forbidden", "httproutes is forbidden: User cannot get resource") << kind(Error::Kind::Denied)
                         << QByteArray("docs/routers.md");
    QTest::newRow("403, nobody in particular") << 403 << json << object(403, "Forbidden", "httproutes is forbidden: User \\\"system:anonymous\\\" cannot get resource") << kind(Error::Kind::Denied)
                                               << QByteArray("name a token");
    QTest::newRow("plain HTTP") << 400 << QByteArray() << QByteArray("Client sent an HTTP request to an HTTPS server.\n") << kind(Error::Kind::Refused) << QByteArray("write https://");
    QTest::newRow("404, no such route") << 404 << json << object(404, "NotFound", "httproutes \\\"llm\\\" not found") << kind(Error::Kind::NotFound)
                                        << QByteArray("compare namespace and name");
    QTest::newRow("404, no such group") << 404 << QByteArray("text/plain; charset=utf-8") << QByteArray("404 page not found\n") << kind(Error::Kind::NotFound)
                                        << QByteArray("install its CRDs");
    QTest::newRow("410") << 410 << json << object(410, "Expired", "too old resource version") << kind(Error::Kind::Unavailable) << QByteArray("look again");
    QTest::newRow("429") << 429 << json << object(429, "TooManyRequests", "too many requests") << kind(Error::Kind::Unavailable) << QByteArray("in 7 s");
    QTest::newRow("500") << 500 << json << object(500, "InternalError", "etcdserver: request timed out") << kind(Error::Kind::Unavailable)
                         << QByteArray("etcdserver: request timed out");
    QTest::newRow("503 of a proxy") << 503 << QByteArray("text/html") << QByteArray("<html>") << kind(Error::Kind::Unavailable) << QByteArray("(503)");
    QTest::newRow("a login page") << 200 << QByteArray("text/html; charset=utf-8") << QByteArray("<html>") << kind(Error::Kind::Invalid) << QByteArray("text/html in place of JSON");
    QTest::newRow("sent elsewhere") << 302 << QByteArray("text/html") << QByteArray() << kind(Error::Kind::Invalid) << QByteArray("sends elsewhere");
    QTest::newRow("half an object") << 200 << json << QByteArray("{\"kind\":\"HTTPRoute\",") << kind(Error::Kind::Invalid) << QByteArray("no JSON");
    QTest::newRow("another object") << 200 << json << QByteArray("{\"kind\":\"Pod\"}") << kind(Error::Kind::Invalid) << QByteArray("no HTTPRoute");
    QTest::newRow("nothing") << 200 << json << QByteArray() << kind(Error::Kind::Invalid) << QByteArray("no JSON");
}

void GatewayRouterTest::explainsRefusals()
{
    QFETCH(int, status);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    QFETCH(int, kind);
    QFETCH(QByteArray, says);
    GatewayApi api;
    {
        const std::lock_guard lock(api.mutex);
        api.instead = HttpReply { status, type, body, "Retry-After: 7\r\n" };
    }
    auto router = routerAt(routeAt(api.url()));
    for (const auto& reading : { router->read(), router->apply({ 20, 50, 30 }, "x", "k") }) {
        QVERIFY(!reading);
        const auto text = reading.error().text();
        QVERIFY2(static_cast<int>(reading.error().kind) == kind, text.c_str());
        QVERIFY2(text.find(says.toStdString()) != std::string::npos, text.c_str());
        QVERIFY2(text.find("infer/llm") != std::string::npos, text.c_str());
    }
}

void GatewayRouterTest::explainsRefusedPatches_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("details");
    QTest::addColumn<int>("kind");
    const auto kind = [](Error::Kind it) { return static_cast<int>(it); };
    QTest::newRow("409") << 409 << QByteArray() << kind(Error::Kind::Conflict);
    QTest::newRow("a value is refused") << 422 << QByteArray(",\"details\":{\"causes\":[{\"field\":\"spec.rules\",\"message\":\"too many\"}]}") << kind(Error::Kind::Invalid);
    QTest::newRow("an account's rights") << 403 << QByteArray() << kind(Error::Kind::Denied);
    const QByteArray webhook = ",\"message\":\"admission webhook \\\"quota.example.com\\\" denied the request: a sentence of its own\"";
    for (const int code : { 400, 403, 409, 422, 503 })
        QTest::addRow("a webhook's no with %d", code) << code << webhook << kind(Error::Kind::Denied);
    QTest::newRow("an admission policy's no") << 422 << QByteArray(",\"message\":\"ValidatingAdmissionPolicy 'split' with binding 'all' denied request: a sentence of its own\"") << kind(Error::Kind::Denied);
    QTest::newRow("fails") << 500 << QByteArray() << kind(Error::Kind::Unavailable);
}

void GatewayRouterTest::explainsRefusedPatches()
{
    QFETCH(int, status);
    QFETCH(QByteArray, details);
    QFETCH(int, kind);
    GatewayApi api;
    auto router = routerAt(routeAt(api.url()));
    const auto before = router->read();
    {
        const std::lock_guard lock(api.mutex);
        api.insteadOfPatch = HttpReply { status, "application/json", "{\"kind\":\"Status\",\"message\":\"a sentence of its own\"" + details + "}", {} };
    }
    const auto refused = router->apply({ 20, 50, 30 }, before->version, "k");
    QVERIFY(!refused);
    const auto text = refused.error().text();
    if (status == 409 && details.isEmpty())
        QVERIFY2(text.find("has not changed") != std::string::npos, text.c_str());
    else
        QVERIFY2(static_cast<int>(refused.error().kind) == kind && text.find("a sentence of its own") != std::string::npos, text.c_str());
    QCOMPARE(api.weights(), (Ints { 100, 0, 0 }));
}

void GatewayRouterTest::isBoundedInTime()
{
    GatewayApi api;
    auto router = routerAt(routeAt(api.url()), noSecret, { 200ms, 200ms, 5ms });
    const auto before = router->read();
    {
        const std::lock_guard lock(api.mutex);
        api.deaf = true;
    }
    QElapsedTimer timer;
    timer.start();
    for (const auto& reading : { router->read(), router->apply({ 20, 50, 30 }, before->version, "k") }) {
        QVERIFY(!reading);
        QCOMPARE(reading.error().kind, Error::Kind::Unavailable);
    }
    QVERIFY2(timer.elapsed() < 3'000, qPrintable(QString::number(timer.elapsed())));
}

void GatewayRouterTest::talksOverTls()
{
    const test::Certificate certificate;
    if (certificate.file().isEmpty())
        QSKIP("openssl is not installed");
    GatewayApi api(&certificate);
    {
        const std::lock_guard lock(api.mutex);
        api.token = "s3cret";
    }
    auto route = routeAt(api.url());
    test::editRouter<GatewayAddress>(route, [&](auto& it) { it.httpRoute.token = "env:X"; });
    const auto untrusting = routerAt(route)->read();
    QVERIFY(!untrusting);
    QCOMPARE(untrusting.error().kind, Error::Kind::Denied);
    QVERIFY2(untrusting.error().text().find("ca = ") != std::string::npos, untrusting.error().text().c_str());
    test::editRouter<GatewayAddress>(route, [&](auto& it) { it.httpRoute.ca = certificate.file().toStdString(); });
    QCOMPARE(routerAt(route)->read().error().kind, Error::Kind::Denied);
    std::string token = "s3cret";
    auto router = routerAt(route, [&token](std::string_view) -> Result<std::string> { return token; });
    auto reading = router->read();
    QVERIFY2(reading, reading ? "" : reading.error().text().c_str());
    reading = router->apply({ 20, 50, 30 }, reading->version, "k");
    QVERIFY2(reading, reading ? "" : reading.error().text().c_str());
    // Tokens change while the program runs.
    {
        const std::lock_guard lock(api.mutex);
        api.token = "another";
    }
    reading = router->read();
    QVERIFY(!reading);
    QVERIFY(reading.error().text().find("s3cret") == std::string::npos);
    token = "another";
    QVERIFY(router->read());
    test::editRouter<GatewayAddress>(route, [&](auto& it) { it.httpRoute.ca = "/no/such/file"; });
    QCOMPARE(routerAt(route)->read().error().kind, Error::Kind::NotFound);
}

void GatewayRouterTest::sendsNoTokenInPlaintext()
{
    auto route = routeAt("http://192.0.2.1:6443");
    test::editRouter<GatewayAddress>(route, [&](auto& it) { it.httpRoute.token = "env:X"; });
    const auto reading = routerAt(route, [](std::string_view) -> Result<std::string> { return "s3cret"; })->read();
    QVERIFY(!reading);
    QCOMPARE(reading.error().kind, Error::Kind::Refused);
    QVERIFY(reading.error().text().find("s3cret") == std::string::npos);
}

QTEST_GUILESS_MAIN(GatewayRouterTest)
#include "tst_gatewayrouter.moc"
