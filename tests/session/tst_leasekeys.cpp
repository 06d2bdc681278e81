// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include "agentrouter/agentaddress.h"
#include "fleet/route.h"
#include "gateway/gatewayaddress.h"
#include "haproxy/haproxyaddress.h"
#include "leasekeys.h"

using namespace penstock;

/// Whether the shifts of two routes, as two workspaces name them, keep each other out.
class LeaseKeysTest : public QObject
{
    Q_OBJECT
private slots:
    void whatIsTheSameExcludes_data();
    void whatIsTheSameExcludes();
    void aMoveIsFoundByAnyOfItsKeys();

private:
    static Route haproxy(const char* name, const std::vector<std::string>& urls, const char* backend = "llm")
    {
        return { .name = name, .workload = "chat", .router = HaproxyAddress { urls.front(), backend, { urls.begin() + 1, urls.end() } }, .backends = {} };
    }
    static Route gateway(const char* name, const char* url, const HttpRouteAddress& at)
    {
        return { .name = name, .workload = "chat", .router = GatewayAddress { url, at }, .backends = {} };
    }
    static Route agent(const char* name, const char* endpoint)
    {
        return { .name = name, .workload = "chat", .router = AgentRouteAddress { endpoint }, .backends = {} };
    }
};

Q_DECLARE_METATYPE(penstock::Route)

void LeaseKeysTest::whatIsTheSameExcludes_data()
{
    QTest::addColumn<Route>("one");
    QTest::addColumn<Route>("other");
    QTest::addColumn<bool>("isSame");
    const std::string a = "tcp://127.0.0.1:9001", b = "tcp://127.0.0.1:9002", c = "tcp://127.0.0.1:9003";
    QTest::newRow("another name") << haproxy("chat", { a }) << haproxy("llm", { a }) << true;
    QTest::newRow("another process") << haproxy("chat", { a }) << haproxy("chat", { b }) << false;
    QTest::newRow("another backend") << haproxy("chat", { a }) << haproxy("chat", { a }, "images") << false;
    QTest::newRow("another order of the processes") << haproxy("chat", { a, b }) << haproxy("chat", { b, a }) << true;
    QTest::newRow("a process in common") << haproxy("chat", { a, b }) << haproxy("chat", { b, c }) << true;
    QTest::newRow("one of its processes") << haproxy("chat", { a, b }) << haproxy("chat", { b }) << true;
    QTest::newRow("no process in common") << haproxy("chat", { a, b }) << haproxy("chat", { c }) << false;
    QTest::newRow("loopback by name") << haproxy("chat", { a }) << haproxy("chat", { "tcp://LocalHost:9001" }) << true;
    QTest::newRow("loopback of IPv6") << haproxy("chat", { a }) << haproxy("chat", { "tcp://[::1]:9001" }) << true;
    QTest::newRow("a path with a detour") << haproxy("chat", { "unix:///run/haproxy/../haproxy/admin.sock" }) << haproxy("chat", { "unix:///run/haproxy/admin.sock" }) << true;

    const HttpRouteAddress route { .nameSpace = "infer", .name = "llm", .rule = 0 };
    const char* api = "https://k8s.example:6443";
    auto elsewhere = route, renamed = route, byPath = route, secondRule = route;
    elsewhere.nameSpace = "test";
    renamed.name = "images";
    byPath.rule.reset();
    byPath.match = "/v1";
    secondRule.rule = 1;
    QTest::newRow("an HTTPRoute by another name") << gateway("chat", api, route) << gateway("llm", api, route) << true;
    QTest::newRow("a namespace of its own") << gateway("chat", api, route) << gateway("chat", api, elsewhere) << false;
    QTest::newRow("an HTTPRoute of its own") << gateway("chat", api, route) << gateway("chat", api, renamed) << false;
    QTest::newRow("a rule by its path") << gateway("chat", api, route) << gateway("chat", api, byPath) << true;
    QTest::newRow("two rules of one HTTPRoute") << gateway("chat", api, route) << gateway("chat", api, secondRule) << true;
    QTest::newRow("another API server") << gateway("chat", api, route) << gateway("chat", "https://other.example:6443", route) << false;
    QTest::newRow("an API server with a slash") << gateway("chat", api, route) << gateway("chat", "https://K8s.example:6443/", route) << true;
    QTest::newRow("the usual port") << gateway("chat", "https://k8s.example", route) << gateway("chat", "https://k8s.example:443", route) << true;

    QTest::newRow("an agent by another name") << agent("chat", "here") << agent("chat", "there") << true;
    QTest::newRow("an agent's other route") << agent("chat", "here") << agent("llm", "here") << false;
    QTest::newRow("a simulated fleet") << agent("chat", "simulated") << agent("chat", "simulated") << true;
    QTest::newRow("an agent and a simulated fleet") << agent("chat", "here") << agent("chat", "simulated") << false;
}

void LeaseKeysTest::whatIsTheSameExcludes()
{
    QFETCH(Route, one);
    QFETCH(Route, other);
    QFETCH(bool, isSame);
    Endpoint here, there, simulated;
    here.name = "here";
    here.url = "grpcs://agent.example:7443";
    there.name = "there";
    there.url = "grpcs://AGENT.example:7443";
    simulated.name = "simulated";
    const std::vector<Endpoint> endpoints { here, there, simulated };
    const auto its = one.router.leaseKeys(one.name, endpoints), others = other.router.leaseKeys(other.name, endpoints);
    QCOMPARE(std::ranges::any_of(its, [&](const std::string& key) { return std::ranges::find(others, key) != others.end(); }), isSame);
    QVERIFY(std::ranges::is_sorted(its) && std::ranges::adjacent_find(its) == its.end());
}

void LeaseKeysTest::aMoveIsFoundByAnyOfItsKeys()
{
    const std::string joined = joinKeys({ "a", "b" });
    QVERIFY(haveOneOf(joined, { "a" }) && haveOneOf(joined, { "c", "b" }));
    QVERIFY(!haveOneOf(joined, { "a\nb" }) && !haveOneOf(joined, {}) && !haveOneOf({}, { "a" }));
}

QTEST_APPLESS_MAIN(LeaseKeysTest)
#include "tst_leasekeys.moc"
