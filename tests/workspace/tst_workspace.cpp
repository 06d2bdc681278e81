// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include "gateway/gatewayaddress.h"
#include "haproxy/haproxyaddress.h"
#include "workspace/workspace.h"

using namespace penstock;

class TestWorkspace final : public QObject
{
    Q_OBJECT

private slots:
    void theDemoIsGood();
    void howMuchHistoryIsKeptIsRead();
    void aDiscountIsRead();
    void committedCapacityIsRead();
    void theRulesOfThePlannerAreRead();
    void eachMistakeIsNamedWithItsPlaceAndCure_data();
    void eachMistakeIsNamedWithItsPlaceAndCure();
    void everyKindOfRouterIsRead();
    void allMistakesAreFoundAtOnce();
    void everyKindOfSignInIsRead();
    void anEndpointIsAddedAndAllElseKept();
    void aWrongEndpointChangesNothing();
    void aScenarioIsSavedInItsPlace();
    void aScenarioThatIsWrongOrGoneChangesNothing();
};

void TestWorkspace::theDemoIsGood()
{
    const auto workspace = loadWorkspace(PENSTOCK_SOURCE_DIR "/resources/demo/workspace.toml");
    QVERIFY2(workspace, workspace ? "" : workspace.error().front().text().c_str());
    QCOMPARE(workspace->routes.size(), std::size_t { 3 });
    QCOMPARE(workspace->providers.front().name, std::string("Microsoft Azure"));
}

void TestWorkspace::howMuchHistoryIsKeptIsRead()
{
    using namespace std::chrono_literals;
    const auto workspace = parseWorkspace("[workspace]\nname = \"w\"\n[history]\nmax_bytes = 500_000_000\nkeep = { \"1s\" = \"90min\", \"1min\" = \"10d\", \"1h\" = \"26mo\" }\n", "w.toml");
    QVERIFY2(workspace, workspace ? "" : workspace.error().front().text().c_str());
    QVERIFY((workspace->history == HistorySettings { .keep = { 90min, 48h, 240h, 26 * 31 * 24h }, .maxBytes = 500'000'000 }));
    QVERIFY(parseWorkspace("[workspace]\nname = \"w\"\n", "w.toml")->history == HistorySettings {});
}

void TestWorkspace::aDiscountIsRead()
{
    const auto workspace = parseWorkspace("[workspace]\nname = \"w\"\n[[provider]]\nid = \"gcp\"\ndiscount = 0.2\n", "w.toml");
    QVERIFY2(workspace, workspace ? "" : workspace.error().front().text().c_str());
    Catalogue expected;
    expected.setDiscount("gcp", 0.2);
    QVERIFY(workspace->catalogue == expected);
}

void TestWorkspace::committedCapacityIsRead()
{
    using namespace std::chrono;
    using enum CommittedCapacity::Kind;
    const auto workspace = parseWorkspace(R"([workspace]
name = "w"
[[provider]]
id = "own"
[[capacity]]
provider = "gcp"
model = "H200 141GB SXM"
gpus = 20_000
kind = "contract"
from = 2027-03-01
until = 2029-03-01T00:00:00+01:00
usd_per_gpu_hour = 3.1
[[capacity]]
provider = "own"
model = "H100"
gpus = 8
kind = "on-demand"
)",
        "w.toml");
    QVERIFY2(workspace, workspace ? "" : workspace.error().front().text().c_str());
    QCOMPARE(workspace->capacity.size(), std::size_t { 2 });
    const auto& block = workspace->capacity.front();
    QVERIFY((block
        == CommittedCapacity { "gcp", "H200 141GB SXM", 20'000, Time(sys_days(2027y / March / 1)),
            Time(sys_days(2029y / March / 1)) - 1h, 3.1, Contract }));
    QVERIFY((workspace->capacity.back() == CommittedCapacity { "own", "H100", 8, {}, {}, {}, OnDemand }));
    QVERIFY(!block.holds(*block.from - 1s) && block.holds(*block.from) && block.holds(*block.until - 1s)
        && !block.holds(*block.until));
}

void TestWorkspace::theRulesOfThePlannerAreRead()
{
    using namespace std::chrono;
    const auto workspace = parseWorkspace(R"([workspace]
name = "w"
[[provider]]
id = "gcp"
quota = [ { model = "H100", region = "us-central1", gpus = 4096 }, { gpus = 9000 } ]
reservation = [ { model = "H200", gpus = 1024, workload = "chat", until = 2027-06-30T02:00:00+02:00 } ]
[[workload]]
name = "chat"
[[route]]
name = "r"
workload = "chat"
router = { kind = "haproxy", url = "tcp://127.0.0.1:9999", backend = "b" }
backends = [ { name = "gcp", provider = "gcp" } ]
[[price]]
provider = "gcp"
model = "H100"
usd_per_gpu_hour = 11.06
as_of = 2026-08-03
source = "list"
[[performance]]
model = "H200"
relative = 1.4
[policy]
overridable = ["rate", "protected", "way_back"]
max_rate = { share = 0.5, per_s = 600 }
protected_routes = ["r"]
minimum_split = 0.05
approval_valid_s = 900
[[policy.freeze]]
name = "launch"
from = 2026-12-01T16:00:00Z
until = 2026-12-02T16:00:00Z
routes = ["r"]
[[policy.freeze]]
name = "night"
days = ["fri"]
from = 22:00:00
until = 06:00:00
)",
        "w.toml");
    QVERIFY2(workspace, workspace ? "" : workspace.error().front().text().c_str());
    const auto& provider = workspace->providers.front();
    QCOMPARE(provider.quotas.size(), std::size_t { 2 });
    QVERIFY((provider.quotas[0] == Quota { "H100", "us-central1", 4096 }));
    QVERIFY((provider.quotas[1] == Quota { "", "", 9000 }));
    const Reservation kept { .model = "H200", .region = {}, .gpus = 1024, .workload = "chat", .from = {}, .until = Time(sys_days(2027y / June / 30)) };
    QVERIFY(provider.reservations.front() == kept);
    QVERIFY(kept.holds(Time(sys_days(2027y / June / 29))));
    QVERIFY(!kept.holds(Time(sys_days(2027y / June / 30))));
    const Price price { .provider = "gcp", .region = {}, .model = "H100", .perGpuHour = 11.06, .asOf = sys_days(2026y / August / 3), .source = "list" };
    QVERIFY(workspace->prices.front() == price);
    QCOMPARE(workspace->performance.front().factor, 1.4);
    const auto& policy = workspace->policy;
    QVERIFY((policy.maxRate == RateLimit { 0.5, seconds(600) }));
    QCOMPARE(policy.protectedRoutes, std::vector<std::string> { "r" });
    QCOMPARE(policy.minimumSplit, 0.05);
    QCOMPARE(policy.approvalValid, seconds(900));
    QCOMPARE(policy.overridable.size(), std::size_t { 3 });
    QCOMPARE(policy.freezes.size(), std::size_t { 2 });
    const auto& launch = policy.freezes[0];
    const auto& night = policy.freezes[1]; // from Friday 22:00 to Saturday 06:00
    const auto at = [](sys_days day, hours hour) { return Time(day + hour); };
    QVERIFY(launch.touches(at(2026y / December / 2, 15h), at(2026y / December / 2, 15h)));
    QVERIFY(!launch.touches(at(2026y / December / 2, 16h), at(2026y / December / 2, 17h)));
    QVERIFY(launch.touches(at(2026y / December / 1, 15h), at(2026y / December / 1, 16h)));
    QVERIFY(night.touches(at(2026y / November / 27, 23h), at(2026y / November / 27, 23h)));
    QVERIFY(night.touches(at(2026y / November / 28, 5h), at(2026y / November / 28, 5h)));
    QVERIFY(!night.touches(at(2026y / November / 28, 6h), at(2026y / November / 28, 22h)));
    QVERIFY(night.touches(at(2026y / November / 28, 7h), at(2027y / December / 30, 7h)));
}

void TestWorkspace::eachMistakeIsNamedWithItsPlaceAndCure_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("where");
    QTest::addColumn<QString>("hint");
    const QByteArray head = "[workspace]\nname = \"w\"\n";
    const QByteArray agent = head + "[[endpoint]]\nname = \"a\"\nkind = \"agent\"\n";
    QTest::newRow("broken TOML") << QByteArray("[workspace\n") << "w.toml:1:" << "TOML";
    QTest::newRow("no workspace") << QByteArray("[policy]\n") << "w.toml:1:" << "add [workspace]";
    QTest::newRow("unknown key") << head + "[policy]\nmin_provider = 2\n" << "w.toml:4:1" << "write min_providers";
    QTest::newRow("wrong type") << head + "[policy]\nmax_step = \"a lot\"\n" << "w.toml:4:" << "number from";
    QTest::newRow("out of range") << head + "[policy]\nmax_step = 7\n" << "w.toml:4:" << "number from";
    QTest::newRow("unknown kind") << head + "[[endpoint]]\nname = \"a\"\nkind = \"agnet\"\nurl = \"grpcs://h:1\"\n" << "w.toml:5:" << "write agent";
    QTest::newRow("plaintext abroad") << agent + "url = \"grpc://10.2.0.4:7443\"\n" << "w.toml:6:" << "write grpcs://10.2.0.4:7443";
    QTest::newRow("no port") << agent + "url = \"grpcs://host\"\n" << "w.toml:6:" << ":7443";
    const QByteArray kubernetes = head + "[[endpoint]]\nname = \"a\"\nkind = \"kubernetes\"\n";
    QTest::newRow("an address in place of a kubeconfig") << kubernetes + "url = \"https://10.0.0.1\"\n" << "w.toml:6:" << "write path = ";
    QTest::newRow("a store without a scheme") << kubernetes + "prometheus = \"prom:9090\"\n" << "w.toml:6:" << "without /api/v1";
    const QByteArray dcgm = head + "[[endpoint]]\nname = \"a\"\nkind = \"dcgm\"\n";
    QTest::newRow("no exporters") << dcgm + "provider = \"aws\"\nregion = \"r\"\n" << "w.toml:3:" << "add targets";
    QTest::newRow("a service without its namespace") << dcgm + "provider = \"aws\"\nregion = \"r\"\ntargets_from = { service = \"dcgm\" }\n" << "w.toml:8:" << "add namespace";
    QTest::newRow("a service of another kind") << QByteArray(dcgm).replace("dcgm", "prometheus") + "url = \"https://h\"\ntargets_from = { namespace = \"gpu\", service = \"dcgm\" }\n" << "w.toml:7:" << "write kind = \"dcgm\"";
    QTest::newRow("an exporter without a scheme") << dcgm + "provider = \"aws\"\nregion = \"r\"\ntargets = [\"h:9400\"]\n" << "w.toml:8:" << "write http://HOST:9400";
    QTest::newRow("exporters nowhere") << dcgm + "provider = \"aws\"\ntargets = [\"http://h:9400\"]\n" << "w.toml:3:" << "add region";
    const QByteArray slurm = head + "[[endpoint]]\nname = \"a\"\nkind = \"slurm\"\n", whose = "user = \"ada\"\ntoken = \"env:T\"\nprovider = \"aws\"\nregion = \"r\"\n";
    QTest::newRow("Slurm without an address") << slurm + whose << "w.toml:3:" << "add url";
    QTest::newRow("Slurm without a user") << slurm + "url = \"https://s\"\ntoken = \"env:T\"\nprovider = \"aws\"\nregion = \"r\"\n" << "w.toml:3:" << "add user";
    QTest::newRow("Slurm without a token") << slurm + "url = \"https://s\"\nuser = \"ada\"\nprovider = \"aws\"\nregion = \"r\"\n" << "w.toml:3:" << "scontrol token";
    QTest::newRow("Slurm nowhere") << slurm + "url = \"https://s\"\nuser = \"ada\"\ntoken = \"env:T\"\nprovider = \"aws\"\n" << "w.toml:3:" << "add region";
    QTest::newRow("Slurm in plaintext") << slurm + whose + "url = \"http://slurm:6820\"\n" << "w.toml:10:" << "proxy with TLS";
    QTest::newRow("Slurm without a scheme") << slurm + whose + "url = \"slurm:6820\"\n" << "w.toml:10:" << "write https://HOST";
    QTest::newRow("no url") << agent << "w.toml:3:" << "add url";
    QTest::newRow("a password in an address") << dcgm + "provider = \"aws\"\nregion = \"r\"\ntargets = [\"http://bob:s3cret@h:9400\"]\n" << "w.toml:8:" << "write user = ";
    QTest::newRow("a password in a store's address") << kubernetes + "prometheus = \"https://bob:s3cret@h\"\n" << "w.toml:6:" << "write user = ";
    QTest::newRow("literal secret") << agent + "url = \"grpcs://h:1\"\ntoken = \"s3cret\"\n" << "w.toml:7:" << "env:NAME";
    const QByteArray store = head + "[[endpoint]]\nname = \"a\"\nkind = \"prometheus\"\nurl = \"https://store.example\"\n";
    const auto signIn = [&](const char* name, const char* keys, const char* where, const char* hint) { QTest::newRow(name) << store + "sign_in = { " + keys + " }\n" << where << hint; };
    signIn("a sign-in of no kind", "region = \"r\"", "w.toml:7:11", "add kind");
    signIn("an unknown sign-in", "kind = \"amazon\", profile = \"p\"", "w.toml:7:20", "one of: aws, google, azure");
    signIn("Amazon nowhere", "kind = \"aws\"", "w.toml:7:11", "add region");
    signIn("half a pair of keys", "kind = \"aws\", region = \"r\", access_key = \"AKID\"", "w.toml:7:11", "name both");
    signIn("a literal secret key", "kind = \"aws\", region = \"r\", access_key = \"AKID\", secret_key = \"s3cret\"", "w.toml:7:75", "keychain:NAME");
    signIn("a session of no keys", "kind = \"aws\", region = \"r\", session_token = \"env:S\"", "w.toml:7:57", "name all three");
    signIn("two pairs of keys", "kind = \"aws\", region = \"r\", access_key = \"AKID\", secret_key = \"env:S\", profile = \"p\"", "w.toml:7:94", "keep one");
    signIn("Google without a key", "kind = \"google\"", "w.toml:7:11", "service account's JSON key");
    signIn("an authority that is not asked", "kind = \"google\", key = \"env:K\", authority = \"https://a\"", "w.toml:7:57", "add exchange = true");
    signIn("exchange of words", "kind = \"google\", key = \"env:K\", exchange = \"yes\"", "w.toml:7:56", "exchange = true");
    signIn("Azure without a tenant", "kind = \"azure\", client_id = \"i\", client_secret = \"env:S\"", "w.toml:7:11", "add tenant");
    signIn("a tenant that is a path", "kind = \"azure\", tenant = \"a/b\", client_id = \"i\", client_secret = \"env:S\"", "w.toml:7:38", "directory's ID");
    signIn("a literal client secret", "kind = \"azure\", tenant = \"t\", client_id = \"i\", client_secret = \"s3cret\"", "w.toml:7:76", "keychain:NAME");
    signIn("Azure without a secret", "kind = \"azure\", tenant = \"t\", client_id = \"i\"", "w.toml:7:11", "add client_secret");
    signIn("an authority in plaintext", "kind = \"azure\", tenant = \"t\", client_id = \"i\", client_secret = \"env:S\", authority = \"http://login\"", "w.toml:7:97", "write https://login");
    signIn("an authority without a scheme", "kind = \"azure\", tenant = \"t\", client_id = \"i\", client_secret = \"env:S\", authority = \"login\"", "w.toml:7:97", "write https://HOST");
    signIn("a key of another sign-in", "kind = \"aws\", region = \"r\", tenant = \"t\"", "w.toml:7:41", "one of: kind, region");
    QTest::newRow("a sign-in and a token") << store + "token = \"env:T\"\nsign_in = { kind = \"aws\", region = \"r\" }\n" << "w.toml:7:9" << "keep one";
    QTest::newRow("a sign-in that is no table") << store + "sign_in = \"aws\"\n" << "w.toml:7:11" << "write sign_in = {";
    QTest::newRow("a signed request in plaintext") << head + "[[endpoint]]\nname = \"a\"\nkind = \"prometheus\"\nurl = \"http://store.example\"\nsign_in = { kind = \"aws\", region = \"r\" }\n" << "w.toml:6:7" << "write https://store.example";
    QTest::newRow("a sign-in to an agent") << agent + "url = \"grpcs://h:1\"\nsign_in = { kind = \"aws\", region = \"r\" }\n" << "w.toml:7:11" << "it belongs to kind";
    QTest::newRow("a sign-in to no store") << kubernetes + "sign_in = { kind = \"aws\", region = \"r\" }\n" << "w.toml:6:11" << "it belongs to kind";
    QTest::newRow("approval overridable") << head + "[policy]\noverridable = [\"approval\"]\n" << "w.toml:4:" << "remove it";
    QTest::newRow("lease overridable") << head + "[policy]\noverridable = [\"lease\"]\n" << "w.toml:4:" << "remove it";
    QTest::newRow("quota without GPUs") << head + "[[provider]]\nid = \"gcp\"\nquota = [ { model = \"H100\" } ]\n" << "w.toml:5:" << "add gpus";
    QTest::newRow("negative quota") << head + "[[provider]]\nid = \"gcp\"\nquota = [ { gpus = -1 } ]\n" << "w.toml:5:" << "number from";
    QTest::newRow("reserved for nobody") << head + "[[provider]]\nid = \"gcp\"\nreservation = [ { gpus = 1, workload = \"cat\" } ]\n[[workload]]\nname = \"chat\"\n" << "w.toml:5:" << "write chat";
    QTest::newRow("reservation backwards") << head + "[[provider]]\nid = \"gcp\"\nreservation = [ { gpus = 1, from = 2026-02-01T00:00:00Z, until = 2026-01-01T00:00:00Z } ]\n" << "w.toml:5:" << "later until";
    QTest::newRow("no offset") << head + "[[policy.freeze]]\nname = \"f\"\nfrom = 2026-02-01T00:00:00\nuntil = 2026-02-02T00:00:00Z\n" << "w.toml:5:" << "end it with Z";
    QTest::newRow("freeze without an end") << head + "[[policy.freeze]]\nname = \"f\"\nfrom = 2026-02-01T00:00:00Z\n" << "w.toml:3:" << "add until";
    QTest::newRow("freeze backwards") << head + "[[policy.freeze]]\nname = \"f\"\nfrom = 2026-02-02T00:00:00Z\nuntil = 2026-02-01T00:00:00Z\n" << "w.toml:6:" << "later until";
    QTest::newRow("no such day") << head + "[[policy.freeze]]\nname = \"f\"\ndays = [\"frid\"]\nfrom = 10:00:00\nuntil = 11:00:00\n" << "w.toml:5:" << "write fri";
    QTest::newRow("weekly with dates") << head + "[[policy.freeze]]\nname = \"f\"\ndays = [\"fri\"]\nfrom = 2026-02-02T00:00:00Z\nuntil = 11:00:00\n" << "w.toml:6:" << "18:30:00";
    QTest::newRow("protects nothing") << head + "[policy]\nprotected_routes = [\"r\"]\n" << "w.toml:4:" << "none yet";
    QTest::newRow("half a rate") << head + "[policy]\nmax_rate = { share = 0.5 }\n" << "w.toml:4:" << "per_s";
    QTest::newRow("history without a unit") << head + "[history]\nkeep = { \"1s\" = \"2\" }\n" << "w.toml:4:17" << "write 1s = \"90min\"";
    QTest::newRow("history of no tier") << head + "[history]\nkeep = { \"2s\" = \"2h\" }\n" << "w.toml:4:10" << "write 1s";
    QTest::newRow("history shorter than its chunks") << head + "[history.keep]\n1h = \"2h\"\n" << "w.toml:4:6" << "keep as much";
    QTest::newRow("coarse history shorter than fine") << head + "[history.keep]\n10s = \"60d\"\n" << "w.toml:3:" << "at least as long";
    QTest::newRow("no room for history") << head + "[history]\nmax_bytes = 100\n" << "w.toml:4:" << "number from";
    const QByteArray capacity = head + "[[capacity]]\nprovider = \"gcp\"\nmodel = \"H100\"\nkind = \"contract\"\n";
    QTest::newRow("capacity of no GPUs") << capacity << "w.toml:3:"
                                         << "add gpus";
    QTest::newRow("capacity of a part of a GPU") << capacity + "gpus = 5.5\n" << "w.toml:7:" << "whole GPUs";
    QTest::newRow("capacity of nobody") << head + "[[capacity]]\nmodel = \"H100\"\nkind = \"contract\"\ngpus = 8\n"
                                        << "w.toml:3:"
                                        << "add provider";
    QTest::newRow("capacity of a stranger") << QByteArray(capacity).replace("gcp", "gpc") + "gpus = 8\n"
                                            << "w.toml:4:"
                                            << "write gcp";
    QTest::newRow("capacity of no kind") << head + "[[capacity]]\nprovider = \"gcp\"\nmodel = \"H100\"\ngpus = 8\n"
                                         << "w.toml:3:"
                                         << "add kind";
    QTest::newRow("capacity of an unknown kind") << QByteArray(capacity).replace("contract", "ondemand") + "gpus = 8\n"
                                                 << "w.toml:6:"
                                                 << "write on-demand";
    QTest::newRow("capacity from a word") << capacity + "gpus = 8\nfrom = \"spring\"\n"
                                          << "w.toml:8:"
                                          << "write from = 2026-12-24";
    QTest::newRow("capacity from a time of nowhere") << capacity + "gpus = 8\nfrom = 2027-03-01T00:00:00\n"
                                                     << "w.toml:8:"
                                                     << "end it with Z";
    QTest::newRow("capacity that ends first") << capacity + "gpus = 8\nfrom = 2027-03-01\nuntil = 2027-03-01\n"
                                              << "w.toml:9:"
                                              << "later until";
    QTest::newRow("capacity at a price of words") << capacity + "gpus = 8\nusd_per_gpu_hour = \"a lot\"\n"
                                                  << "w.toml:8:"
                                                  << "number from";
    const QByteArray scenario = head + "[[scenario]]\nname = \"spring\"\nblocks = [ { provider = \"gcp\", model = \"H100\", ";
    QTest::newRow("discount of more than all") << head + "[[provider]]\nid = \"gcp\"\ndiscount = 1.2\n" << "w.toml:5:" << "number from";
    QTest::newRow("scenario of no GPUs") << scenario + "from = 2027-03-01 } ]\n"
                                         << "w.toml:5:"
                                         << "write how many come";
    QTest::newRow("scenario of no day") << scenario + "gpus = 8 } ]\n"
                                        << "w.toml:5:"
                                        << "from = 2027-03-01";
    QTest::newRow("scenario of a stranger") << QByteArray(scenario).replace("gcp", "gpc") + "gpus = 8, from = 2027-03-01 } ]\n"
                                            << "w.toml:5:"
                                            << "write gcp";
    QTest::newRow("price without a day") << head + "[[price]]\nprovider = \"gcp\"\nmodel = \"H100\"\nusd_per_gpu_hour = 3\n" << "w.toml:3:" << "as_of";
    QTest::newRow("price of a stranger") << head + "[[price]]\nprovider = \"gpc\"\nmodel = \"H100\"\nusd_per_gpu_hour = 3\nas_of = 2026-01-01\n" << "w.toml:4:" << "write gcp";
    QTest::newRow("performance of nothing") << head + "[[performance]]\nrelative = 3\n" << "w.toml:3:" << "add model";
    QTest::newRow("performance of zero") << head + "[[performance]]\nmodel = \"T4\"\nrelative = 0\n" << "w.toml:5:" << "number from";
    QTest::newRow("route to nowhere") << head + "[[route]]\nname = \"r\"\nworkload = \"w\"\nrouter = { kind = \"agent\", endpoint = \"x\" }\nbackends = [{ name = \"b\", provider = \"gcp\" }]\n" << "w.toml:5:" << "there is none yet";
    const auto router = [&head](const QByteArray& keys) {
        return head + "[[workload]]\nname = \"x\"\n[[route]]\nname = \"r\"\nworkload = \"x\"\nbackends = [{ name = \"b\", provider = \"gcp\" }]\n[route.router]\n" + keys;
    };
    const QByteArray haproxy = "kind = \"haproxy\"\nbackend = \"infer\"\n";
    QTest::newRow("unknown router") << router("kind = \"gatway\"\nurl = \"https://h\"\n") << "w.toml:10:8" << "write gateway";
    QTest::newRow("a key of another kind") << router(haproxy + "url = \"tcp://127.0.0.1:1\"\nendpoint = \"e\"\n") << "w.toml:13:1" << "one of: kind, url, backend";
    QTest::newRow("no HAProxy") << router(haproxy + "url = []\n") << "w.toml:12:7" << "each process";
    QTest::newRow("one HAProxy of two without a port") << router(haproxy + "url = [\"unix:///s\", \"tcp://127.0.0.1\"]\n") << "w.toml:12:7" << "127.0.0.1:PORT";
    QTest::newRow("the same HAProxy twice") << router(haproxy + "url = [\"unix:///s\", \"unix:///s\"]\n") << "w.toml:12:7" << "each process once";
    QTest::newRow("drain of words") << router(haproxy + "url = \"unix:///s\"\ndrain = \"yes\"\n") << "w.toml:13:9" << "drain = true";
    const QByteArray gateway = "kind = \"gateway\"\nnamespace = \"infer\"\nname = \"llm\"\nurl = \"https://k8s.example:6443\"\n";
    QTest::newRow("no namespace") << router("kind = \"gateway\"\nname = \"llm\"\nurl = \"https://h\"\n") << "w.toml:9:" << "add namespace";
    QTest::newRow("no web address") << router("kind = \"gateway\"\nnamespace = \"infer\"\nname = \"llm\"\nurl = \"k8s.example\"\n") << "w.toml:13:7" << "write https://";
    QTest::newRow("no name of Kubernetes") << router("kind = \"gateway\"\nnamespace = \"infer/..\"\nname = \"llm\"\nurl = \"https://h\"\n") << "w.toml:11:13" << "kubectl get httproutes";
    QTest::newRow("token in plaintext") << router("kind = \"gateway\"\nnamespace = \"infer\"\nname = \"llm\"\nurl = \"http://k8s.example\"\ntoken = \"env:T\"\n") << "w.toml:13:7" << "write https://k8s.example";
    QTest::newRow("literal secret of a gateway") << router(gateway + "token = \"s3cret\"\n") << "w.toml:14:9" << "env:NAME";
    QTest::newRow("no such rule") << router(gateway + "rule = 16\n") << "w.toml:14:8" << "from 0 to 15";
    QTest::newRow("no path") << router(gateway + "match = \"v1\"\n") << "w.toml:14:9" << "/PATH";
    QTest::newRow("two names of a rule") << router(gateway + "rule = 0\nmatch = \"/v1\"\n") << "w.toml:15:9" << "keep one";
    QTest::newRow("observed nowhere") << router(gateway + "observed = { query = \"a\" }\n") << "w.toml:14:12" << "add url";
    QTest::newRow("observed with nothing to ask") << router(gateway + "observed = { url = \"https://p\" }\n") << "w.toml:14:12" << "add query";
    QTest::newRow("observed too far") << router(gateway + "observed = { url = \"https://p/api/v1\", query = \"a\" }\n") << "w.toml:14:20" << "before /api/v1";
    QTest::newRow("a window of nothing") << router(gateway + "observed = { url = \"https://p\", queue = \"a\", window_s = 60 }\n") << "w.toml:14:57" << "add query";
    QTest::newRow("observed with a secret") << router(gateway + "observed = { url = \"https://p\", query = \"a\", token = \"s3cret\" }\n") << "w.toml:14:54" << "env:NAME";
    QTest::newRow("unknown key of observed") << router(gateway + "observed = { url = \"https://p\", query = \"a\", latency_p98 = \"b\" }\n") << "w.toml:14:" << "write latency_p99";
    QTest::newRow("twice the same name") << head + "[[workload]]\nname = \"x\"\n[[workload]]\nname = \"x\"\n" << "w.toml:6:" << "name of its own";
}

void TestWorkspace::eachMistakeIsNamedWithItsPlaceAndCure()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, where);
    QFETCH(QString, hint);
    const auto workspace = parseWorkspace(text.toStdString(), "w.toml");
    QVERIFY(!workspace);
    const auto said = QString::fromStdString(workspace.error().front().text());
    QVERIFY2(said.startsWith(where), qPrintable(said));
    QVERIFY2(said.contains(hint), qPrintable(said));
    QVERIFY(!said.contains(QLatin1String("s3cret")));
}

void TestWorkspace::everyKindOfRouterIsRead()
{
    const std::string head = "[workspace]\nname = \"w\"\n[[workload]]\nname = \"x\"\n[[route]]\nname = \"r\"\nworkload = \"x\"\n"
                             "backends = [{ name = \"b\", provider = \"gcp\" }]\n";
    const auto read = [&head](const std::string& router) {
        const auto workspace = parseWorkspace(head + "router = " + router + "\n", "/etc/w.toml");
        if (!workspace)
            qWarning("%s", workspace.error().front().text().c_str());
        return workspace ? workspace->routes.front().router : RouterAddress();
    };
    const auto one = read(R"({ kind = "haproxy", url = "tcp://127.0.0.1:9999", backend = "infer" })");
    QCOMPARE(one, RouterAddress(HaproxyAddress { "tcp://127.0.0.1:9999", "infer" }));
    const auto two = read(R"({ kind = "haproxy", url = ["tcp://127.0.0.1:9999", "unix:///run/b.sock"], backend = "infer", drain = true })");
    QCOMPARE(two, RouterAddress(HaproxyAddress { "tcp://127.0.0.1:9999", "infer", { "unix:///run/b.sock" }, true }));
    QVERIFY(one != two && two.kind() == "haproxy" && two.text() == "HAProxy infer");
    const auto gateway = read(R"({ kind = "gateway", url = "https://k8s:6443", namespace = "infer", name = "llm", rule = 2, token = "file:token", ca = "ca.pem", )"
                              R"(observed = { url = "https://p", query = "q", window_s = 60, label = "l", error_rate = "e", latency_mean = "m", latency_p99 = "t", queue = "u" } })");
    QCOMPARE(gateway, RouterAddress(GatewayAddress { "https://k8s:6443", { "infer", "llm", 2, "", "file:/etc/token", "/etc/ca.pem" }, { "https://p", "", "", "l", "q", std::chrono::seconds(60), "e", "m", "t", "u" } }));
    const auto matched = read(R"({ kind = "gateway", url = "https://k8s:6443", namespace = "infer", name = "llm", match = "/v1" })");
    QCOMPARE(matched.as<GatewayAddress>()->httpRoute.match, std::string("/v1"));
    QVERIFY(matched != gateway && !matched.as<HaproxyAddress>() && matched.text() == "HTTPRoute llm");
}

void TestWorkspace::allMistakesAreFoundAtOnce()
{
    const auto workspace = parseWorkspace("[workspace]\nnam = \"w\"\n[policy]\nmax_step = 9\nstale_after_s = -1\n", "w.toml");
    QVERIFY(!workspace);
    QCOMPARE(workspace.error().size(), std::size_t { 4 });
}

void TestWorkspace::everyKindOfSignInIsRead()
{
    const auto read = [](const std::string& signIn, const std::string& address = "kind = \"prometheus\"\nurl = \"https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1\"\n") {
        const auto workspace = parseWorkspace("[workspace]\nname = \"w\"\n[[endpoint]]\nname = \"a\"\n" + address + "sign_in = " + signIn + "\n", "/etc/w.toml");
        if (!workspace)
            qWarning("%s", workspace.error().front().text().c_str());
        return workspace ? workspace->endpoints.front() : Endpoint();
    };
    const auto aws = read(R"({ kind = "aws", access_key = "AKIDEXAMPLE", secret_key = "keychain:aws", session_token = "file:session" })").signIn;
    QCOMPARE(aws.region, std::string("eu-west-1"));
    QCOMPARE(aws.accessKey, std::string("AKIDEXAMPLE"));
    QCOMPARE(aws.secretKey, std::string("keychain:aws"));
    QCOMPARE(aws.sessionToken, std::string("file:/etc/session"));
    QCOMPARE(read(R"({ kind = "aws", profile = "fleet" })", "kind = \"prometheus\"\nurl = \"https://vpce-1.aps-workspaces.us-gov-west-1.vpce.amazonaws.com:443/workspaces/ws-1\"\n").signIn.region, std::string("us-gov-west-1"));
    QCOMPARE(read(R"({ kind = "aws", region = "ap-south-1" })", "kind = \"kubernetes\"\nprometheus = \"https://proxy.example\"\n").signIn.region, std::string("ap-south-1"));
    const auto google = read(R"({ kind = "google", key = "file:key.json", exchange = true, authority = "http://127.0.0.1:8080" })").signIn;
    QCOMPARE(google.key, std::string("file:/etc/key.json"));
    QVERIFY(google.exchanges);
    QCOMPARE(google.authority, std::string("http://127.0.0.1:8080"));
    const auto endpoint = read(R"({ kind = "azure", tenant = "contoso.example", client_id = "app", client_secret = "env:SECRET", authority = "https://login.microsoftonline.us", resource = "https://prometheus.monitor.azure.us" })");
    QCOMPARE(endpoint.signIn.clientSecret, std::string("env:SECRET"));
    QCOMPARE(endpoint.signIn.resource, std::string("https://prometheus.monitor.azure.us"));
    // What is written is read again.
    const auto again = checkEndpoint(endpoint);
    QVERIFY2(again, again ? "" : again.error().text().c_str());
    QCOMPARE(again->signIn.tenant, std::string("contoso.example"));
    QCOMPARE(again->signIn.authority, endpoint.signIn.authority);
}

void TestWorkspace::anEndpointIsAddedAndAllElseKept()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("deep/workspace.toml")).toStdString();
    const Endpoint mimir { .name = "mimir \"eu\"", .kind = "prometheus", .url = "https://mimir.example/prometheus", .token = "env:MIMIR", .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {}, .targets = {},
        .user = "12", .tenant = "gpu" };
    QVERIFY(addEndpoint(path, mimir, "[workspace]\nname = \"mine\" # keep this\n"));
    const Endpoint nodes { .name = "nodes", .kind = "dcgm", .url = {}, .token = {}, .ca = {}, .path = {}, .provider = "azure", .region = "eastus", .cluster = {}, .targets = { "http://n1:9400", "http://n2:9400" },
        .targetsFrom = ClusterService { .kubeconfig = "/etc/kube.yaml", .context = "eks", .nameSpace = "gpu-operator", .service = "nvidia-dcgm-exporter", .port = 9401 } };
    QVERIFY(addEndpoint(path, nodes, "never used"));
    const auto made = loadWorkspace(path);
    QVERIFY2(made, made ? "" : made.error().front().text().c_str());
    QCOMPARE(made->name, std::string("mine"));
    QCOMPARE(made->endpoints.size(), std::size_t { 2 });
    QCOMPARE(made->endpoints[0].name, mimir.name);
    QCOMPARE(made->endpoints[0].tenant, mimir.tenant);
    QCOMPARE(made->endpoints[1].targets, nodes.targets);
    QVERIFY(made->endpoints[1].targetsFrom == nodes.targetsFrom);
    QFile file(QString::fromStdString(path));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.readAll().startsWith("[workspace]\nname = \"mine\" # keep this\n"));
}

void TestWorkspace::aScenarioIsSavedInItsPlace()
{
    using namespace std::chrono;
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("workspace.toml")).toStdString();
    QFile file(QString::fromStdString(path));
    const QByteArray before = "# mine\n[workspace]\nname = \"w\" # keep this\n\n", after = "\n# the fleets\n[[endpoint]]\nname = \"a\"\nkind = \"simulate\"\npath = \"a.toml\"\n";
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(before + "[[scenario]]\nname = \"spring \\\"27\\\"\"\nblocks = [\n  { provider = \"gcp\", model = \"H100\", gpus = 8, from = 2027-03-01 },\n]\n" + after);
    file.close();
    Scenario spring { .name = "spring \"27\"", .blocks = {} };
    spring.blocks.push_back({ .provider = "gcp", .model = "H200 141GB SXM", .gpus = 20'000, .from = sys_days(2027y / 4 / 1), .until = {}, .perGpuHour = 3.25 });
    spring.blocks.push_back({ .provider = "azure", .model = "H100", .gpus = -4096, .from = sys_days(2027y / 5 / 1) + 12h, .until = sys_days(2027y / 9 / 1), .perGpuHour = {} });
    const auto saved = saveScenario(path, spring);
    QVERIFY2(saved, saved ? "" : saved.error().text().c_str());
    const Scenario other { .name = "none", .blocks = {} };
    QVERIFY(saveScenario(path, other));
    auto made = loadWorkspace(path);
    QVERIFY2(made, made ? "" : made.error().front().text().c_str());
    QVERIFY((made->scenarios == std::vector { spring, other }));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto text = file.readAll();
    file.close();
    QVERIFY2(text.startsWith(before + "[[scenario]]\n") && text.contains("]\n" + after + "\n[[scenario]]\nname = "), text.constData());
    QVERIFY(removeScenario(path, spring.name));
    made = loadWorkspace(path);
    QVERIFY((made->scenarios == std::vector { other }));
    QCOMPARE(made->endpoints.size(), std::size_t { 1 });
    // No blank line is left of any.
    QVERIFY(removeScenario(path, other.name));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), before + after.mid(1));
}

void TestWorkspace::aScenarioThatIsWrongOrGoneChangesNothing()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("workspace.toml")).toStdString();
    const QByteArray before = "[workspace]\nname = \"w\"\n";
    QFile file(QString::fromStdString(path));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(before);
    file.close();
    Scenario wrong { .name = "w", .blocks = {} };
    wrong.blocks.push_back({ .provider = "nobody", .model = "H100", .gpus = 8, .from = Time {}, .until = {}, .perGpuHour = {} });
    QVERIFY(!saveScenario(path, wrong));
    QVERIFY(!removeScenario(path, "w"));
    QVERIFY(removeScenario(path, "w").error().kind == Error::Kind::NotFound);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), before);
}

void TestWorkspace::aWrongEndpointChangesNothing()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("workspace.toml")).toStdString();
    Endpoint nodes { .name = "nodes", .kind = "dcgm", .url = {}, .token = {}, .ca = {}, .path = {}, .provider = "azure", .region = "eastus", .cluster = {}, .targets = { "http://n1:9400" } };
    QVERIFY(addEndpoint(path, nodes, "[workspace]\nname = \"mine\"\n"));
    QFile file(QString::fromStdString(path));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto before = file.readAll();
    const auto twice = addEndpoint(path, nodes);
    QVERIFY(!twice && twice.error().what.find("second time") != std::string::npos);
    nodes.name = "others";
    nodes.region.clear();
    QVERIFY(!addEndpoint(path, nodes));
    QVERIFY(!checkEndpoint(nodes));
    QVERIFY(file.seek(0));
    QCOMPARE(file.readAll(), before);
}

QTEST_GUILESS_MAIN(TestWorkspace)
#include "tst_workspace.moc"
