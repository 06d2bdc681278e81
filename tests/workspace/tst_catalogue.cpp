// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include "fleet/gpumodel.h"
#include "workspace/catalogue.h"
#include "workspace/workspace.h"

using namespace penstock;
using namespace std::chrono;

class TestCatalogue final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void whatCloudsSellIsKnown_data();
    void whatCloudsSellIsKnown();
    void everyModelHasItsCanonicalName();
    void aListPriceIsThatOfItsDayRegionAndType_data();
    void aListPriceIsThatOfItsDayRegionAndType();
    void whatTheUserSaysWins();
    void aWorkspaceNamesACatalogue();
    void modelsHaveOneName_data();
    void modelsHaveOneName();
    void anInventoryIsCompleted();
    void eachMistakeIsNamedWithItsPlaceAndCure_data();
    void eachMistakeIsNamedWithItsPlaceAndCure();

private:
    Catalogue m_built;
};

static Catalogue read(const char* text)
{
    const auto made = parseCatalogue(text, "c.toml");
    if (!made)
        qFatal("%s", made.error().front().text().c_str());
    return *made;
}

void TestCatalogue::initTestCase()
{
    const QDir folder(QStringLiteral(PENSTOCK_SOURCE_DIR "/resources/catalogue"));
    const auto files = folder.entryInfoList({ QStringLiteral("*.toml") });
    QCOMPARE(files.size(), 6);
    for (const auto& file : files) {
        const auto made = loadCatalogue(file.filePath().toStdString());
        QVERIFY2(made, made ? "" : made.error().front().text().c_str());
        m_built.overlay(*made);
    }
    QVERIFY(m_built.undescribed().empty());
}

void TestCatalogue::whatCloudsSellIsKnown_data()
{
    QTest::addColumn<QString>("provider");
    QTest::addColumn<QString>("model");
    QTest::addColumn<double>("gpus");
    QTest::addColumn<unsigned>("memory"); // MiB
    const auto row = [](const char* type, const char* provider, const char* model, double gpus, unsigned memory) { QTest::newRow(type) << QString::fromLatin1(provider) << QString::fromLatin1(model) << gpus << memory; };
    row("p5.48xlarge", "aws", "H100 80GB SXM", 8, 81920);
    row("g6f.large", "aws", "L4", 0.125, 2861);
    row("p4d.24xlarge", "aws", "A100 40GB SXM", 8, 40960);
    row("Standard_ND96isr_H100_v5", "azure", "H100 80GB SXM", 8, 81920);
    row("Standard_NC40ads_H100_v5", "azure", "H100 NVL", 1, 96256);
    row("Standard_ND128isr_GB300_v6", "azure", "GB300", 4, 294912);
    row("a3-megagpu-8g", "gcp", "H100 80GB SXM", 8, 81920);
    row("a4-highgpu-8g", "gcp", "B200 180GB SXM", 8, 184320);
    row("gb200-4x", "coreweave", "GB200", 4, 190464);
    row("BM.GPU.MI300X.8", "oci", "MI300X", 8, 196608);
}

void TestCatalogue::whatCloudsSellIsKnown()
{
    QFETCH(QString, provider);
    const auto* found = m_built.instance(provider.toStdString(), QTest::currentDataTag());
    QVERIFY(found);
    QTEST(QString::fromStdString(found->model), "model");
    QTEST(found->gpus, "gpus");
    QTEST(static_cast<unsigned>(found->memory), "memory");
    QVERIFY(!m_built.instance(provider.toStdString(), std::string(QTest::currentDataTag()) + "x"));
    QVERIFY(!m_built.instance("nobody", QTest::currentDataTag()));
}

void TestCatalogue::everyModelHasItsCanonicalName()
{
    // A model of the catalogue that a driver calls otherwise would be a second one.
    for (const auto& [provider, type] : { std::pair("aws", "p5en.48xlarge"), std::pair("azure", "Standard_ND96isr_MI300X_v5"), std::pair("gcp", "g4-standard-48"), std::pair("oci", "BM.GPU.RTXPRO.8") }) {
        const auto& model = m_built.instance(provider, type)->model;
        QCOMPARE(m_built.modelName(canonicalModel(model)), model);
    }
}

void TestCatalogue::aListPriceIsThatOfItsDayRegionAndType_data()
{
    QTest::addColumn<QString>("region");
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("type");
    QTest::addColumn<int>("day"); // of June 2026
    QTest::addColumn<double>("price"); // a GPU; below 0: none
    const auto row = [](const char* what, const char* region, const char* model, const char* type, int day, double price) { QTest::newRow(what) << QString::fromLatin1(region) << QString::fromLatin1(model) << QString::fromLatin1(type) << day << price; };
    row("a node's share", "r1", "L4", "x8", 9, 2);
    row("before any list", "r1", "L4", "x8", 1, -1);
    row("a newer list", "r1", "L4", "x8", 20, 3);
    row("its own type", "r1", "L4", "x1", 9, 1);
    row("no type told: the largest", "r1", "L4", "", 9, 2);
    row("a region without a price", "r2", "L4", "x8", 20, -1);
    row("the largest that has one there", "r2", "L4", "", 20, 1.5);
    row("a type of another model", "r1", "T4", "x8", 9, -1);
    row("a type that nobody knows", "r1", "L4", "x9", 9, -1);
    row("a price for every region", "anywhere", "T4", "t", 9, 0.5);
    row("a share of a GPU", "r1", "L4", "half", 9, -1);
}

void TestCatalogue::aListPriceIsThatOfItsDayRegionAndType()
{
    const auto catalogue = read(R"(provider = "p"
[[instance]]
type = "x8"
model = "L4"
gpus = 8
[[instance]]
type = "x1"
model = "NVIDIA L4"
gpus = 1
[[instance]]
type = "half"
model = "L4"
gpus = 0.5
[[instance]]
type = "t"
model = "T4"
gpus = 2
[[list]]
as_of = 2026-06-02
currency = "USD"
source = "page"
per_hour = { x8 = { r1 = 16 }, x1 = { r1 = 1.0, r2 = 1.5 }, half = { r1 = 1 }, t = 1 }
[[list]]
as_of = 2026-06-15
currency = "USD"
source = "page"
per_hour = { x8 = { r1 = 24 } }
)");
    QFETCH(QString, region);
    QFETCH(QString, model);
    QFETCH(QString, type);
    QFETCH(int, day);
    QFETCH(double, price);
    const auto on = sys_days(2026y / June / day);
    const auto found = catalogue.listPrice("p", region.toStdString(), model.toStdString(), type.toStdString(), on);
    QCOMPARE(found ? found->perGpuHour : -1, price);
    if (found) {
        QVERIFY(found->isList);
        QCOMPARE(found->source, std::string("page"));
        QVERIFY(found->asOf <= on);
    }
    QVERIFY(!catalogue.listPrice("q", region.toStdString(), model.toStdString(), type.toStdString(), on));
}

void TestCatalogue::whatTheUserSaysWins()
{
    auto catalogue = m_built;
    const auto on = sys_days(2026y / December / 1);
    const auto listed = [&](const char* region) { return catalogue.listPrice("aws", region, "H100 80GB SXM", "p5.48xlarge", on)->perGpuHour; };
    QCOMPARE(listed("us-east-1"), 6.88);
    QCOMPARE(listed("sa-east-1"), 92.4672 / 8);
    catalogue.overlay(read("provider = \"aws\"\n[[list]]\nas_of = 2025-01-01\ncurrency = \"USD\"\nsource = \"contract\"\nper_hour = { \"p5.48xlarge\" = { us-east-1 = 16 } }\n"));
    QCOMPARE(listed("us-east-1"), 2.0); // an older day, and ours
    QCOMPARE(listed("sa-east-1"), 92.4672 / 8);
    catalogue.overlay(read("provider = \"aws\"\n[[list]]\nas_of = 2025-01-01\ncurrency = \"USD\"\nsource = \"contract\"\nper_hour = { \"p5.48xlarge\" = 8 }\n"));
    QCOMPARE(listed("us-east-1"), 1.0);
    QCOMPARE(listed("sa-east-1"), 1.0);
    catalogue.overlay(read("[[instance]]\nprovider = \"aws\"\ntype = \"p5.48xlarge\"\nmodel = \"H100 80GB SXM\"\ngpus = 4\nmemory_mib = 81559\n"));
    QCOMPARE(listed("us-east-1"), 2.0);
    QCOMPARE(catalogue.instance("aws", "p5.48xlarge")->memory, 81559U);
    catalogue.overlay(read("[[list]]\nprovider = \"aws\"\nas_of = 2025-01-01\ncurrency = \"USD\"\nsource = \"contract\"\nper_hour = { \"p9.48xlarge\" = 8 }\n"));
    QCOMPARE(catalogue.undescribed(), std::vector<std::string> { "aws p9.48xlarge" });
}

void TestCatalogue::aWorkspaceNamesACatalogue()
{
    QTemporaryDir folder;
    const auto write = [&](const char* name, const QByteArray& text) {
        QFile file(folder.filePath(QString::fromLatin1(name)));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
    };
    const auto path = folder.filePath(QStringLiteral("w.toml")).toStdString();
    write("w.toml", "[workspace]\nname = \"w\"\ncatalogue = \"c.toml\"\nlist_prices = false\n[[model]]\nname = \"Ours\"\nalso = [\"NVIDIA Prototype\"]\n");
    auto workspace = loadWorkspace(path);
    QVERIFY(!workspace);
    QCOMPARE(QString::fromStdString(workspace.error().front().where), folder.filePath(QStringLiteral("c.toml")));
    write("c.toml", "[[instance]]\nprovider = \"x\"\ntype = \"t\"\nmodel = \"L4\"\n");
    workspace = loadWorkspace(path);
    QVERIFY(!workspace);
    QVERIFY(workspace.error().front().where.ends_with("c.toml:1:1"));
    QVERIFY(workspace.error().front().hint.starts_with("add gpus"));
    write("c.toml", "[[instance]]\nprovider = \"x\"\ntype = \"t\"\nmodel = \"L4\"\ngpus = 2\n[[model]]\nname = \"Theirs\"\nalso = [\"prototype\", \"other\"]\n");
    workspace = loadWorkspace(path);
    QVERIFY2(workspace, workspace ? "" : workspace.error().front().text().c_str());
    QVERIFY(!workspace->listPrices);
    QCOMPARE(workspace->catalogue.instance("x", "t")->gpus, 2.0);
    QCOMPARE(workspace->catalogue.modelName("Prototype"), std::string("Ours")); // the workspace's own comes first
    QCOMPARE(workspace->catalogue.modelName("NVIDIA-Other"), std::string("Theirs"));
}

void TestCatalogue::modelsHaveOneName_data()
{
    QTest::addColumn<QString>("model");
    const auto row = [](const char* product, const char* model) { QTest::newRow(product) << QString::fromLatin1(model); };
    row("NVIDIA RTX PRO 6000 Blackwell Server Edition", "RTX PRO 6000");
    row("NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition-SHARED", "RTX PRO 6000");
    row("nvidia-rtx-pro-6000", "RTX PRO 6000");
    row("NVIDIA RTX PRO 4500 Blackwell Server Edition", "RTX PRO 4500");
    row("NVIDIA RTX A6000", "RTX A6000");
    row("nvidia-h100-mega-80gb", "H100 80GB SXM");
    row("NVIDIA H200", "H200 141GB SXM");
    row("Tesla T4", "T4");
    row("NVIDIA Something Else", "Something Else");
}

void TestCatalogue::modelsHaveOneName() { QTEST(QString::fromStdString(m_built.modelName(canonicalModel(QTest::currentDataTag()))), "model"); }

void TestCatalogue::anInventoryIsCompleted()
{
    auto told = std::make_shared<Inventory>();
    told->epoch = 7;
    told->clusters = { { "aws", "us-east-1", "eks" }, { "azure", "eastus", "aks" } };
    told->models = { { "unknown", 0 }, { "RTX PRO 6000 Blackwell Server Edition", 0 }, { "H100 80GB SXM", 81559 }, { "Nobody Knows", 0 }, { "A100 80GB SXM", 0 } };
    told->nodes = { { "a", 0, 0, 8, "p5.48xlarge" }, { "b", 0, 0, 8, "p4d.24xlarge" }, { "c", 0, 0, 4, "" }, { "d", 0, 0, 4, "p99.huge" }, { "e", 0, 1, 1, "" }, { "f", 0, 2, 8, "p5.48xlarge" },
        { "g", 0, 3, 1, "g6.xlarge" }, { "h", 1, 4, 8, "Standard_ND96amsr_A100_v4" }, { "i", 1, 0, 8, "p5.48xlarge" } };
    const auto made = m_built.completed(told);
    const auto modelOf = [&](std::size_t node) { return made->models[made->nodes[node].model]; };
    QCOMPARE(modelOf(0).name, std::string("H100 80GB SXM")); // of its type
    QCOMPARE(modelOf(0).memoryTotal, 81559U); // as it is measured elsewhere in the same fleet
    QVERIFY((modelOf(1) == Inventory::Model { "A100 40GB SXM", 40960 }));
    for (const std::size_t unknown : { 2U, 3U, 8U }) // no type, one that nobody knows, one of another cloud
        QVERIFY((modelOf(unknown) == Inventory::Model { "unknown", 0 }));
    QVERIFY((modelOf(4) == Inventory::Model { "RTX PRO 6000", 98304 }));
    QVERIFY((modelOf(6) == Inventory::Model { "Nobody Knows", 0 })); // what it is called is not overruled
    QVERIFY((modelOf(7) == Inventory::Model { "A100 80GB SXM", 81920 }));
    QVERIFY(made->check());
    QCOMPARE(made->gpus(), told->gpus());
    QCOMPARE(made->epoch, told->epoch);
    QCOMPARE(m_built.completed(made), made); // nothing more to add
}

void TestCatalogue::eachMistakeIsNamedWithItsPlaceAndCure_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("where");
    QTest::addColumn<QString>("hint");
    const QByteArray instance = "provider = \"p\"\n[[instance]]\ntype = \"t\"\nmodel = \"L4\"\n";
    const QByteArray list = "provider = \"p\"\n[[list]]\nsource = \"page\"\nas_of = 2026-06-02\ncurrency = \"USD\"\n";
    const auto row = [](const char* what, const QByteArray& text, const char* where, const char* hint) { QTest::newRow(what) << text << QString::fromLatin1(where) << QString::fromLatin1(hint); };
    row("no TOML", "[[instance]\n", "c.toml:1:", "TOML");
    row("unknown key", "[[instances]]\n", "c.toml:1:", "write instance");
    row("no provider", "[[instance]]\ntype = \"t\"\nmodel = \"L4\"\ngpus = 1\n", "c.toml:1:", "add provider");
    row("no GPUs", instance, "c.toml:2:", "add gpus");
    row("too many GPUs", instance + "gpus = 4096\n", "c.toml:5:", "number from");
    row("no model", "provider = \"p\"\n[[instance]]\ntype = \"t\"\ngpus = 1\n", "c.toml:2:", "add model");
    row("memory in words", instance + "gpus = 1\nmemory_mib = \"80 GB\"\n", "c.toml:6:", "number from");
    row("a type twice", instance + "gpus = 1\n[[instance]]\ntype = \"t\"\nmodel = \"T4\"\ngpus = 1\n", "c.toml:7:", "keep one");
    row("another currency", "provider = \"p\"\n[[list]]\nsource = \"page\"\nas_of = 2026-06-02\ncurrency = \"EUR\"\nper_hour = { t = 1 }\n", "c.toml:5:", "USD");
    row("no day", "provider = \"p\"\n[[list]]\nsource = \"page\"\ncurrency = \"USD\"\nper_hour = { t = 1 }\n", "c.toml:2:", "as_of = 20");
    row("no source", "provider = \"p\"\n[[list]]\nas_of = 2026-06-02\ncurrency = \"USD\"\nper_hour = { t = 1 }\n", "c.toml:2:", "add source");
    row("a day in words", "provider = \"p\"\n[[list]]\nsource = \"page\"\nas_of = \"June\"\ncurrency = \"USD\"\nper_hour = { t = 1 }\n", "c.toml:4:", "2026-12-24");
    row("no prices", list, "c.toml:2:", "add per_hour");
    row("a price in words", list + "per_hour = { t = \"1 dollar\" }\n", "c.toml:6:", "dollars an hour");
    row("a region's price in words", list + "per_hour = { t = { r = true } }\n", "c.toml:6:", "dollars an hour");
    row("a negative price", list + "per_hour = { t = { r = -1 } }\n", "c.toml:6:", "dollars an hour");
    row("a price of no number", list + "per_hour = { t = nan }\n", "c.toml:6:", "dollars an hour");
    row("a model of which nothing is said", "[[model]]\nname = \"X\"\n", "c.toml:1:", "also = [");
    row("a product with two names", "[[model]]\nname = \"X\"\nalso = [\"Z\"]\n[[model]]\nname = \"Y\"\nalso = [\"NVIDIA z\"]\n", "c.toml:6:", "one name");
    row("a product that is only its vendor", "[[model]]\nname = \"X\"\nalso = [\"NVIDIA\"]\n", "c.toml:3:", "write it as");
}

void TestCatalogue::eachMistakeIsNamedWithItsPlaceAndCure()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, where);
    QFETCH(QString, hint);
    const auto made = parseCatalogue(text.toStdString(), "c.toml");
    QVERIFY(!made);
    const auto& error = made.error().front();
    QVERIFY2(QString::fromStdString(error.where).startsWith(where), error.text().c_str());
    QVERIFY2(QString::fromStdString(error.hint).contains(hint), error.text().c_str());
}

QTEST_GUILESS_MAIN(TestCatalogue)
#include "tst_catalogue.moc"
