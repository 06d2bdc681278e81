// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTemporaryDir>
#include <QTest>
#include <map>

#include "support/shareddata.h"
#include "worlds/replay.h"
#include "worlds/simulate.h"

using namespace penstock;
using namespace std::chrono_literals;

class TestWorlds final : public QObject
{
    Q_OBJECT

private slots:
    void replayHoldsExactlyWhatTheDirectorySays_data();
    void replayHoldsExactlyWhatTheDirectorySays();
    void aGpuThatHasDoneNothingYetIsIdleAtOnce();
    void lostGpusAreUnknownAndKeepTheirWorkload();
    void aBrokenReplayNamesFileAndLine_data();
    void aBrokenReplayNamesFileAndLine();
    void aFolderThatCannotBeLookedIntoIsRefused();
    void simulationIsTheSameForTheSameSeed();
    void aSimulatedClusterMayHaveAZone();
    void loadFollowsItsWeightsAndWhatDoesNotFitIsUnmet();
    void sharesOfMoreThanThereIsAreUnmet();
    void aBrokenSpecificationNamesLineAndColumn_data();
    void aBrokenSpecificationNamesLineAndColumn();
};

void TestWorlds::replayHoldsExactlyWhatTheDirectorySays_data()
{
    QTest::addColumn<QString>("provider");
    QTest::addColumn<int>("gpus");
    QTest::newRow("all") << QString() << 6212;
    QTest::newRow("azure") << QStringLiteral("azure") << 3263;
    QTest::newRow("gcp") << QStringLiteral("gcp") << 2055;
    QTest::newRow("aws") << QStringLiteral("aws") << 894;
}

void TestWorlds::replayHoldsExactlyWhatTheDirectorySays()
{
    QFETCH(QString, provider);
    QFETCH(int, gpus);
    const auto shared = test::sharedData();
    if (shared.isEmpty())
        QSKIP("no recorded data beside the checkout");
    const auto world = openReplay({ .directory = (shared + QStringLiteral("/replay/three-clouds")).toStdString(), .provider = provider.toStdString(), .speed = 1, .events = false, .start = wallClock() });
    QVERIFY2(world, world ? "" : world.error().text().c_str());
    const auto& picture = (*world)->picture();
    QCOMPARE(static_cast<int>(picture.inventory->gpus()), gpus);
    QVERIFY(picture.inventory->simulated);
    if (!provider.isEmpty())
        return;
    std::map<std::string, int> byWorkload;
    for (const auto workload : picture.columns.workload)
        ++byWorkload[workload == noWorkload ? "" : picture.inventory->workloads[workload]];
    QCOMPARE(byWorkload, (std::map<std::string, int> { { "", 561 }, { "chatgpt", 2870 }, { "training", 1544 }, { "batch-eval", 700 }, { "image-gen", 537 } }));
}

void TestWorlds::aGpuThatHasDoneNothingYetIsIdleAtOnce()
{
    QTemporaryDir folder;
    const auto write = [&](const char* name, const QByteArray& text) {
        QFile file(folder.filePath(QString::fromLatin1(name)));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    };
    write("fleet.csv", "provider,region,cluster,node,gpu_model,gpu_count\nazure,r,c,n1,H100,2\n");
    write("gpus.csv", "node,gpu,series,offset_s,workload\nn1,0,s1,120,chat\nn1,1,s1,0,chat\n");
    write("series.csv", "series,t_s,util_pct,mem_used_mib,power_w,temp_c\ns1,0,1,1000,300,50\ns1,300,1,1000,300,50\n");
    const auto start = wallClock();
    const auto world = openReplay({ .directory = folder.path().toStdString(), .provider = {}, .speed = 1, .events = true, .start = start });
    QVERIFY2(world, world ? "" : world.error().text().c_str());
    using States = std::vector<GpuState>;
    QCOMPARE(std::as_const((*world)->picture().columns.state), (States { GpuState::Idle, GpuState::Idle }));
    (*world)->advance(start + 60s);
    QCOMPARE(std::as_const((*world)->picture().columns.state), (States { GpuState::Idle, GpuState::Idle }));
}

void TestWorlds::lostGpusAreUnknownAndKeepTheirWorkload()
{
    const auto shared = test::sharedData();
    if (shared.isEmpty())
        QSKIP("no recorded data beside the checkout");
    const auto start = wallClock();
    const auto world = openReplay({ .directory = (shared + QStringLiteral("/replay/three-clouds")).toStdString(), .provider = {}, .speed = 100, .events = true, .start = start });
    QVERIFY(world);
    (*world)->advance(start + 90s); // t = 9,000 s: 35 % of azure's nodes are lost
    const auto& picture = (*world)->picture();
    std::map<std::string, std::pair<int, int>> lost; // provider -> nodes lost, nodes
    int withWorkload = 0;
    std::size_t row = 0;
    for (const auto& node : picture.inventory->nodes) {
        auto& [down, all] = lost[picture.inventory->clusters[node.cluster].provider];
        ++all;
        down += picture.columns.state[row] == GpuState::Unknown;
        for (std::uint32_t g = 0; g < node.gpus; ++g, ++row)
            withWorkload += picture.columns.state[row] == GpuState::Unknown && picture.columns.workload[row] != noWorkload;
    }
    QCOMPARE(lost["azure"].first, qRound(0.35 * lost["azure"].second));
    QCOMPARE(lost["gcp"].first + lost["aws"].first, 0);
    QVERIFY(withWorkload > 0);
}

void TestWorlds::aBrokenReplayNamesFileAndLine_data()
{
    QTest::addColumn<QByteArray>("fleet");
    QTest::addColumn<QByteArray>("gpus");
    QTest::addColumn<QString>("where");
    QTest::addColumn<QString>("what");
    const QByteArray head = "provider,region,cluster,node,gpu_model,gpu_count\n", good = head + "azure,r,c,n1,H100,8\n";
    const QByteArray gpuHead = "node,gpu,series,offset_s,workload\n";
    QTest::newRow("missing column") << QByteArray("provider,region\nazure,r\n") << gpuHead << "fleet.csv:1" << "column cluster is missing";
    QTest::newRow("negative GPUs") << head + "azure,r,c,n1,H100,-4\n" << gpuHead << "fleet.csv:2" << "gpu_count";
    QTest::newRow("absurd GPUs") << head + "azure,r,c,n1,H100,1000000000\n" << gpuHead << "fleet.csv:2" << "gpu_count";
    QTest::newRow("node twice") << good + "azure,r,c,n1,H100,8\n" << gpuHead << "fleet.csv:3" << "second time";
    QTest::newRow("line cut off") << good + "azure,r\n" << gpuHead << "fleet.csv:3" << "fields";
    QTest::newRow("empty") << QByteArray() << gpuHead << "fleet.csv" << "empty";
    QTest::newRow("Latin-1") << head + "azure,r,c,k\xF6ln,H100,8\n" << gpuHead << "fleet.csv:2" << "UTF-8";
    QTest::newRow("overlong UTF-8") << head + "azure,r,c,\xE0\x80\xAF,H100,8\n" << gpuHead << "fleet.csv:2" << "UTF-8";
    QTest::newRow("good UTF-8") << head + "azure,r,k\xC3\xB6ln,\xF0\x9F\x90\x99\xE2\x82\xAC,H100,-8\n" << gpuHead << "fleet.csv:2" << "gpu_count";
    QTest::newRow("unknown node") << good << gpuHead + "n9,0,,,chatgpt\n" << "gpus.csv:2" << "not in fleet.csv";
    QTest::newRow("unknown series") << good << gpuHead + "n1,0,s9,0,chatgpt\n" << "gpus.csv:2" << "not in series.csv";
    QTest::newRow("GPU out of range") << good << gpuHead + "n1,8,s1,0,chatgpt\n" << "gpus.csv:2" << "gpu";
    QTest::newRow("GPU of a node without any") << good + "azure,r,c,n2,CPU only,0\n" << gpuHead + "n2,0,s1,0,chatgpt\n" << "gpus.csv:2" << "no GPUs";
    QTest::newRow("not a number") << good << gpuHead + "n1,0,s1,nan,chatgpt\n" << "gpus.csv:2" << "not a number";
}

void TestWorlds::aBrokenReplayNamesFileAndLine()
{
    QFETCH(QByteArray, fleet);
    QFETCH(QByteArray, gpus);
    QFETCH(QString, where);
    QFETCH(QString, what);
    QTemporaryDir folder;
    const auto write = [&](const char* name, const QByteArray& text) {
        QFile file(folder.filePath(QString::fromLatin1(name)));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    };
    write("fleet.csv", fleet);
    write("gpus.csv", gpus);
    write("series.csv", "series,t_s,util_pct,mem_used_mib,power_w,temp_c\ns1,0,50,1000,300,50\n");
    const auto world = openReplay({ .directory = folder.path().toStdString(), .provider = {}, .speed = 1, .events = true, .start = wallClock() });
    QVERIFY(!world);
    const auto text = QString::fromStdString(world.error().text());
    QVERIFY2(text.contains(where) && text.contains(what), qPrintable(text));
}

void TestWorlds::aFolderThatCannotBeLookedIntoIsRefused()
{
    const auto name = "/" + std::string(5000, 'x'); // too long for any file system, whoever asks
    const auto world = openReplay({ .directory = name, .provider = {}, .speed = 1, .events = true, .start = wallClock() });
    QVERIFY(!world);
    QCOMPARE(world.error().where, name);
}

namespace {
QByteArray manyClusters()
{
    QByteArray text;
    for (const char* name : { "b", "c", "d" })
        text += QByteArray("[[cluster]]\nprovider = \"azure\"\nregion = \"r\"\nmodel = \"T4\"\ngpus = 1_000_000\nname = \"") + name + "\"\n";
    return text;
}

const char* spec = R"(seed = 5
[[cluster]]
provider = "azure"
region = "r"
name = "a"
model = "H100 80GB SXM"
gpus = 800
[[cluster]]
provider = "gcp"
region = "r"
name = "g"
model = "H100 80GB SXM"
gpus = 400
[[workload]]
name = "chatgpt"
share = { azure = 1.0, gcp = 0.0 }
)";
}

void TestWorlds::simulationIsTheSameForTheSameSeed()
{
    const auto start = wallClock();
    const auto a = openSimulationText(spec, "s.toml", start), b = openSimulationText(spec, "s.toml", start);
    QVERIFY2(a && b, a ? "" : a.error().text().c_str());
    for (int second = 0; second < 5; ++second) {
        (*a)->advance(start + std::chrono::seconds(second));
        (*b)->advance(start + std::chrono::seconds(second));
        QVERIFY((*a)->picture().columns == (*b)->picture().columns);
    }
}

void TestWorlds::aSimulatedClusterMayHaveAZone()
{
    const auto cluster = [](const char* name, const char* zone) { return std::string("[[cluster]]\nprovider = \"aws\"\nregion = \"us-east-1\"\nname = \"") + name + "\"\nmodel = \"H100 80GB SXM\"\ngpus = 8\n" + zone; };
    const auto world = openSimulationText(cluster("a", "zone = \"us-east-1a\"\n") + cluster("b", "") + cluster("c", "zone = \"us-east-1a\"\n") + "[[workload]]\nname = \"chatgpt\"\nshare = 0.5\n", "s.toml", wallClock());
    QVERIFY2(world, world ? "" : world.error().text().c_str());
    const auto& inventory = *(*world)->picture().inventory;
    QCOMPARE(inventory.zones.size(), std::size_t { 2 });
    QVERIFY(inventory.nodes[1].zone == 0 && inventory.nodes[0].zone == 1 && inventory.nodes[2].zone == 1 && inventory.zones[1] == "us-east-1a");
}

void TestWorlds::loadFollowsItsWeightsAndWhatDoesNotFitIsUnmet()
{
    const auto start = wallClock();
    const auto world = openSimulationText(spec, "s.toml", start);
    QVERIFY(world);
    const auto held = [&](std::size_t from, std::size_t to) {
        int sum = 0;
        for (std::size_t row = from; row < to; ++row)
            sum += (*world)->picture().columns.workload[row] == 0;
        return sum;
    };
    QCOMPARE(held(0, 800), 800);
    const std::vector<Scope> scopes { { "azure", {}, {}, {} }, { "gcp", {}, {}, {} } };
    (*world)->place("chatgpt", scopes, { 60, 40 });
    for (int second = 1; second < 9; ++second)
        (*world)->advance(start + std::chrono::seconds(second));
    QCOMPARE(held(0, 800), 480);
    QCOMPARE(held(800, 1200), 320);
    QCOMPARE((*world)->picture().demand[0].gpusUnmet, 0U);
    (*world)->place("chatgpt", scopes, { 0, 100 });
    for (int second = 9; second < 20; ++second)
        (*world)->advance(start + std::chrono::seconds(second));
    QCOMPARE(held(800, 1200), 400);
    QCOMPARE((*world)->picture().demand[0].gpusUnmet, 400U);
    // Two halves of a GPU are one GPU, not two.
    (*world)->place("chatgpt", scopes, { 60.0625, 39.9375 });
    for (int second = 20; second < 30; ++second)
        (*world)->advance(start + std::chrono::seconds(second));
    QCOMPARE(held(0, 1200), 800);
    QCOMPARE((*world)->picture().demand[0].gpusUnmet, 0U);
}

void TestWorlds::sharesOfMoreThanThereIsAreUnmet()
{
    const auto world = openSimulationText("[[cluster]]\nprovider = \"aws\"\nregion = \"us-east-1\"\nname = \"a\"\nmodel = \"H100 80GB SXM\"\ngpus = 800\n"
                                          "[[workload]]\nname = \"chatgpt\"\nshare = 0.7\n[[workload]]\nname = \"training\"\nshare = 0.6\n",
        "s.toml", wallClock());
    QVERIFY2(world, world ? "" : world.error().text().c_str());
    const auto& demand = (*world)->picture().demand;
    QCOMPARE(demand.size(), std::size_t(2));
    QVERIFY(demand[0].gpusNeeded == 560 && demand[0].gpusUnmet == 0);
    QVERIFY2(demand[1].gpusNeeded == 480 && demand[1].gpusUnmet == 240, "240 GPUs are left");
}

void TestWorlds::aBrokenSpecificationNamesLineAndColumn_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("where");
    QTest::newRow("syntax") << QByteArray("seed = = 3\n") << "s.toml:1:";
    QTest::newRow("unknown key") << QByteArray(spec).replace("seed = 5", "sead = 5") << "s.toml:1:";
    QTest::newRow("too many GPUs") << QByteArray(spec).replace("gpus = 800", "gpus = 99000000") << "s.toml:7:";
    QTest::newRow("text for a number") << QByteArray(spec).replace("gpus = 400", "gpus = \"many\"") << "s.toml:13:";
    QTest::newRow("a cluster twice") << QByteArray(spec).replace("name = \"g\"", "name = \"a\"").replace("\"gcp\"", "\"azure\"") << "s.toml:8:";
    QTest::newRow("too many GPUs in all") << QByteArray(spec).replace("gpus = 800", "gpus = 999_999") + manyClusters() << "s.toml:29:";
    QTest::newRow("no clusters") << QByteArray("seed = 3\n") << "s.toml:1:";
}

void TestWorlds::aBrokenSpecificationNamesLineAndColumn()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, where);
    const auto world = openSimulationText(text.toStdString(), "s.toml", wallClock());
    QVERIFY(!world);
    QVERIFY2(QString::fromStdString(world.error().text()).startsWith(where), world.error().text().c_str());
    QVERIFY(!world.error().what.empty());
}

QTEST_GUILESS_MAIN(TestWorlds)
#include "tst_worlds.moc"
