// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>
#include <limits>
#include <map>
#include <set>

#include "models/fleettreemodel.h"
#include "models/places.h"
#include "support/changingfleet.h"

using namespace penstock;

namespace {

QString pathOf(const QModelIndex& index)
{
    QString path;
    for (auto it = index; it.isValid(); it = it.parent())
        path = QLatin1Char('/') + it.siblingAtColumn(0).data().toString() + path;
    return path;
}

/// The whole tree in plain words, without a thought for its cost.
struct Oracle
{
    const Snapshot& snapshot;
    QStringList words;
    int column;
    Qt::SortOrder order;
    std::map<QString, QStringList> children; ///< path -> paths in order

    struct Child
    {
        QString path;
        double key;
    };
    bool shows(const QStringList& names, const std::string& model, const GpuSample& gpu) const
    {
        return std::ranges::all_of(words, [&](const QString& word) {
            if (word.startsWith(QLatin1String("state:")))
                return QString::fromUtf8(name(gpu.state).data()).startsWith(word.mid(6));
            if (word.startsWith(QLatin1String("util<")))
                return gpu.state != GpuState::Unknown && gpu.utilisation != unknown::utilisation && gpu.utilisation < word.mid(5).toInt();
            const auto itsModel = QString::fromStdString(model).toLower();
            if (word.startsWith(QLatin1String("model:")))
                return itsModel.startsWith(word.mid(6));
            return itsModel.contains(word) || names.join(QLatin1Char('\n')).toLower().contains(word);
        });
    }
    double key(const Tally& tally) const
    {
        const auto unknown = std::numeric_limits<double>::infinity();
        double made = 0;
        switch (column) {
        case FleetTreeModel::Gpus: made = static_cast<double>(tally.gpus); break;
        case FleetTreeModel::States:
        case FleetTreeModel::Busy: made = tally.percent(GpuState::Busy); break;
        case FleetTreeModel::Free: made = static_cast<double>(tally.count(GpuState::Free)); break;
        case FleetTreeModel::Unhealthy: made = static_cast<double>(tally.count(GpuState::Unhealthy)); break;
        case FleetTreeModel::Unknown: made = static_cast<double>(tally.count(GpuState::Unknown)); break;
        case FleetTreeModel::Utilisation: made = tally.utilisation.mean().value_or(unknown); break;
        default: break;
        }
        return order == Qt::DescendingOrder && made != unknown ? -made : made;
    }
    void keep(const QString& parent, std::vector<Child> shown)
    {
        // The names of these fleets ascend with the structure.
        if (column == FleetTreeModel::Name && order == Qt::DescendingOrder)
            std::ranges::reverse(shown);
        else if (column > FleetTreeModel::Name)
            std::ranges::stable_sort(shown, {}, &Child::key);
        for (const auto& it : shown)
            children[parent] << it.path;
    }
    void run()
    {
        const auto& shape = snapshot.structure();
        std::vector<Child> providers;
        for (std::uint32_t p = 0; p < shape.providers.size(); ++p) {
            const auto& provider = shape.providers[p];
            const auto top = QLatin1Char('/') + QString::fromStdString(provider.name);
            std::vector<Child> regions;
            for (auto r = provider.firstRegion; r < provider.firstRegion + provider.regions; ++r) {
                const auto& region = shape.regions[r];
                const auto place = top + QLatin1Char('/') + QString::fromStdString(region.name);
                std::vector<Child> clusters;
                for (auto c = region.firstCluster; c < region.firstCluster + region.clusters; ++c) {
                    const auto& cluster = shape.clusters[c];
                    const auto path = place + QLatin1Char('/') + QString::fromStdString(cluster.name);
                    std::vector<Child> nodes;
                    for (auto n = cluster.firstNode; n < cluster.firstNode + cluster.nodes; ++n) {
                        const auto& node = shape.nodes[n];
                        std::vector<Child> gpus;
                        for (std::uint32_t g = 0; g < node.gpus; ++g) {
                            const auto sample = snapshot.gpu(node, g);
                            Tally tally;
                            tally.add(sample, 0);
                            if (shows({ QString::fromStdString(provider.name), QString::fromStdString(region.name), QString::fromStdString(cluster.name), QString::fromStdString(node.name) }, shape.models[node.model], sample))
                                gpus.push_back({ QStringLiteral("%1/%2/GPU %3").arg(path, QString::fromStdString(node.name)).arg(g), key(tally) });
                        }
                        if (gpus.empty())
                            continue;
                        const auto its = path + QLatin1Char('/') + QString::fromStdString(node.name);
                        keep(its, std::move(gpus));
                        nodes.push_back({ its, key(snapshot.nodeTally(n)) });
                    }
                    if (nodes.empty())
                        continue;
                    keep(path, std::move(nodes));
                    clusters.push_back({ path, key(snapshot.clusterTally(c)) });
                }
                if (clusters.empty())
                    continue;
                keep(place, std::move(clusters));
                regions.push_back({ place, key(snapshot.regionTally(r)) });
            }
            if (regions.empty())
                continue;
            keep(top, std::move(regions));
            providers.push_back({ top, key(snapshot.providerTally(p)) });
        }
        keep({}, std::move(providers));
    }
};

void changeShape(ChangingFleet& fleet)
{
    const char* providers[] { "azure", "gcp", "neo" };
    switch (fleet.below(5)) {
    case 0: {
        Inventory::Cluster place { providers[fleet.below(3)], "region-" + std::to_string(fleet.below(2)), "c" + std::to_string(fleet.below(4)) };
        if (std::ranges::find(fleet.clusters, place, &ChangingFleet::Cluster::place) == fleet.clusters.end()) {
            ChangingFleet::Cluster made { place, {} };
            for (std::uint32_t n = 0; n < 1 + fleet.below(4); ++n)
                made.nodes.push_back(fleet.node("n" + std::to_string(n * 10), 1 + fleet.below(4)));
            fleet.clusters.insert(fleet.clusters.begin() + fleet.below(static_cast<std::uint32_t>(fleet.clusters.size()) + 1), std::move(made));
        }
        break;
    }
    case 1:
        if (fleet.clusters.size() > 2)
            fleet.clusters.erase(fleet.clusters.begin() + fleet.below(static_cast<std::uint32_t>(fleet.clusters.size())));
        break;
    default: {
        auto& nodes = fleet.clusters[fleet.below(static_cast<std::uint32_t>(fleet.clusters.size()))].nodes;
        if (nodes.size() > 1 && fleet.below(2)) {
            nodes.erase(nodes.begin() + fleet.below(static_cast<std::uint32_t>(nodes.size())));
        } else if (auto made = fleet.node("n" + std::to_string(fleet.below(60)), 1 + fleet.below(4)); std::ranges::find(nodes, made.name, &ChangingFleet::Node::name) == nodes.end()) {
            const auto number = [](const ChangingFleet::Node& node) { return std::stoi(node.name.substr(1)); };
            nodes.push_back(std::move(made));
            std::ranges::sort(nodes, {}, number);
        }
        break;
    }
    }
}

} // namespace

class TestFleetTree final : public QObject
{
    Q_OBJECT

private slots:
    void followsWhateverHappens_data();
    void followsWhateverHappens();
    void makesRowsOnlyBelowWhatIsOpen();
    void aCameAndGoneNodeIsOneInsertionAndOneRemoval();
    void aCollapsedParentCatchesUpWhenItIsExpanded();
    void filters_data();
    void filters();
    void leadsToAPlace();
    void tellsTheZonesOfNodesAndRegions();
    void sortsNamesByTheirNumbersAndUnknownValuesLast();
};

void TestFleetTree::followsWhateverHappens_data()
{
    QTest::addColumn<std::uint32_t>("seed");
    QTest::addColumn<bool>("tester");
    // Qt's tester opens everything, so it leaves out what is not open.
    for (std::uint32_t seed = 1; seed <= 6; ++seed)
        for (const bool tester : { true, false })
            QTest::addRow("%u %s", seed, tester ? "all open, checked by Qt" : "partly open") << seed << tester;
}

void TestFleetTree::followsWhateverHappens()
{
    QFETCH(std::uint32_t, seed);
    QFETCH(bool, tester);
    ChangingFleet fleet(seed);
    for (int i = 0; i < 3; ++i)
        fleet.clusters.push_back({ { "azure", "region-0", "c" + std::to_string(i) }, { fleet.node("n0", 2), fleet.node("n7", 3) } });
    FleetTreeModel model;
    std::unique_ptr<QAbstractItemModelTester> watch;
    if (tester)
        watch = std::make_unique<QAbstractItemModelTester>(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    QString filter;
    int column = -1;
    auto order = Qt::AscendingOrder;
    std::map<QString, QPersistentModelIndex> held;
    std::set<QString> resting;
    const char* filters[] { "", "", "azure", "state:unhealthy", "state:un", "model:h100", "n3", "c1 state:busy", "T4 region-1", "nothing", "util<50", "state:b util<80 c1" };
    for (int step = 0; step < (tester ? 120 : 1200); ++step) {
        switch (fleet.below(8)) {
        case 0:
        case 1: changeShape(fleet); break;
        case 2:
            filter = QString::fromLatin1(filters[fleet.below(12)]);
            model.setFilter(filter);
            break;
        case 3:
            column = static_cast<int>(fleet.below(FleetTreeModel::ColumnCount + 1)) - 1;
            order = fleet.below(2) ? Qt::AscendingOrder : Qt::DescendingOrder;
            model.sort(column, order);
            break;
        case 4:
        case 5: {
            // Somewhere on a random way down the tree: open, collapse, expand.
            QModelIndex at;
            for (auto depth = 1 + fleet.below(4); depth > 0 && model.rowCount(at) > 0; --depth)
                at = model.index(static_cast<int>(fleet.below(static_cast<std::uint32_t>(model.rowCount(at)))), 0, at);
            if (model.canFetchMore(at))
                model.fetchMore(at);
            else if (!tester && model.rowCount(at) > 0 && at.isValid()) {
                const auto path = pathOf(at);
                if (resting.erase(path))
                    model.wake(at);
                else {
                    model.rest(at);
                    resting.insert(path);
                    held.insert_or_assign(path, at);
                }
            }
            break;
        }
        default:
            for (auto& cluster : fleet.clusters)
                for (auto& node : cluster.nodes)
                    for (auto& gpu : node.samples)
                        if (fleet.below(3) == 0)
                            gpu = fleet.sample();
            break;
        }
        model.show(fleet.snapshot());

        Oracle oracle { *model.snapshot(), filter.toLower().split(QLatin1Char(' '), Qt::SkipEmptyParts), column, order, {} };
        oracle.run();
        std::map<QString, QPersistentModelIndex> now;
        const std::function<void(const QModelIndex&, const QString&)> compare = [&](const QModelIndex& parent, const QString& path) {
            if (resting.contains(path))
                return;
            QStringList rows;
            for (int row = 0; row < model.rowCount(parent); ++row)
                rows << pathOf(model.index(row, 0, parent));
            if (parent.isValid() && rows.isEmpty()) {
                QCOMPARE(model.canFetchMore(parent), oracle.children.contains(path));
                return;
            }
            QCOMPARE(rows, oracle.children[path]);
            for (int row = 0; row < rows.size(); ++row) {
                const auto it = model.index(row, 0, parent);
                now[rows[row]] = it;
                compare(it, rows[row]);
            }
        };
        compare({}, {});
        if (QTest::currentTestFailed()) {
            qWarning("step %d, filter '%s', column %d", step, qPrintable(filter), column);
            return;
        }
        // Who was there and still is kept its index.
        for (const auto& [path, index] : held)
            if (index.isValid())
                QCOMPARE(pathOf(index), path);
            else
                resting.erase(path);
        for (const auto& [path, index] : now)
            if (const auto before = held.find(path); before != held.end() && before->second.isValid())
                QCOMPARE(QModelIndex(index), QModelIndex(before->second));
        for (const auto& [path, index] : now)
            held.insert_or_assign(path, index);
        std::erase_if(held, [](const auto& it) { return !it.second.isValid(); });
        std::erase_if(resting, [&](const QString& path) { return !held.contains(path); });
    }
    QCOMPARE(resets.count(), 0);
}

void TestFleetTree::makesRowsOnlyBelowWhatIsOpen()
{
    ChangingFleet fleet(1);
    fleet.clusters = { { { "azure", "eastus", "a" }, { fleet.node("n1", 8), fleet.node("n2", 8) } } };
    FleetTreeModel model;
    model.show(fleet.snapshot());
    QCOMPARE(model.rowCount(), 1);
    const auto provider = model.index(0, 0);
    QVERIFY(model.hasChildren(provider));
    QCOMPARE(model.rowCount(provider), 0);
    QVERIFY(model.canFetchMore(provider));
    model.fetchMore(provider);
    QCOMPARE(model.rowCount(provider), 1);
    QVERIFY(!model.canFetchMore(provider));
    QVERIFY(!model.hasChildren(model.index(0, FleetTreeModel::Gpus)));
}

void TestFleetTree::aCameAndGoneNodeIsOneInsertionAndOneRemoval()
{
    ChangingFleet fleet(1);
    fleet.clusters = { { { "azure", "eastus", "a" }, { fleet.node("n1", 1), fleet.node("n2", 1), fleet.node("n3", 1) } } };
    FleetTreeModel model;
    model.show(fleet.snapshot());
    const QPersistentModelIndex third = model.indexOf({ QStringLiteral("azure"), QStringLiteral("eastus"), QStringLiteral("a"), QStringLiteral("n3") });
    QCOMPARE(third.row(), 2);
    QSignalSpy removed(&model, &QAbstractItemModel::rowsRemoved), inserted(&model, &QAbstractItemModel::rowsInserted), moved(&model, &QAbstractItemModel::layoutChanged);
    const auto second = fleet.clusters[0].nodes[1];
    fleet.clusters[0].nodes.erase(fleet.clusters[0].nodes.begin() + 1);
    model.show(fleet.snapshot());
    QCOMPARE(removed.count(), 1);
    QCOMPARE(third.row(), 1);
    fleet.clusters[0].nodes.insert(fleet.clusters[0].nodes.begin() + 1, second);
    model.show(fleet.snapshot());
    QCOMPARE(inserted.count(), 1);
    QCOMPARE(inserted.front().at(1).toInt(), 1);
    QCOMPARE(third.row(), 2);
    QCOMPARE(moved.count(), 0);
}

void TestFleetTree::aCollapsedParentCatchesUpWhenItIsExpanded()
{
    ChangingFleet fleet(1);
    fleet.clusters = { { { "azure", "eastus", "a" }, { fleet.node("n1", 1), fleet.node("n2", 2), fleet.node("n3", 3) } } };
    FleetTreeModel model;
    model.show(fleet.snapshot());
    const auto cluster = model.indexOf({ QStringLiteral("azure"), QStringLiteral("eastus"), QStringLiteral("a") });
    model.fetchMore(cluster);
    model.rest(cluster);
    QSignalSpy moved(&model, &QAbstractItemModel::layoutChanged);
    model.sort(FleetTreeModel::Gpus, Qt::DescendingOrder);
    QCOMPARE(moved.count(), 0);
    QCOMPARE(model.index(0, 0, cluster).data().toString(), QStringLiteral("n1"));
    model.wake(cluster);
    QCOMPARE(moved.count(), 1);
    QCOMPARE(model.index(0, 0, cluster).data().toString(), QStringLiteral("n3"));
}

void TestFleetTree::filters_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("nodes");
    const auto row = [](const char* text, int nodes) { QTest::newRow(text) << QString::fromUtf8(text) << nodes; };
    row("", 4);
    row("azure", 2);
    row("AZURE NODE-2", 1);
    row("node-1", 2);
    row("ode-1 gcp", 1);
    row("model:t4", 1);
    row("model:4", 0);
    row("h100", 3);
    row("state:free", 1);
    row("state:free azure", 0);
    row("state:un", 2);
    row("state:", 4);
    row("state:gone", 0);
    row("state:un state:unh", 1);
    row("util<5 state:busy", 0);
    row("age>1h", 0);
    row("temp>", 0);
    row("état", 1);
    row("ÉTAT", 1);
    row("eastus-2", 1);
    row("azure EASTUS-", 2);
    row("eastus-2 gcp", 0);
}

void TestFleetTree::filters()
{
    QFETCH(QString, text);
    QFETCH(int, nodes);
    ChangingFleet fleet(1);
    fleet.clusters = { { { "azure", "eastus", "a" }, { fleet.node("node-1", 1), fleet.node("Node-2", 1) } },
        { { "gcp", "état", "b" }, { fleet.node("node-1", 2) } }, { { "neo", "n", "c" }, { fleet.node("x", 1) } } };
    fleet.zones = { {}, "eastus-1", "eastus-2" };
    for (std::uint32_t zone = 1; auto& node : fleet.clusters[0].nodes)
        node.zone = zone++;
    GpuState states[] { GpuState::Busy, GpuState::Unknown, GpuState::Unhealthy, GpuState::Free };
    std::size_t n = 0;
    for (auto& cluster : fleet.clusters)
        for (auto& node : cluster.nodes) {
            node.model = n == 3;
            for (auto& gpu : node.samples)
                gpu.state = GpuState::Busy;
            node.samples.back().state = states[n++];
        }
    FleetTreeModel model;
    model.setFilter(text);
    model.show(fleet.snapshot());
    int shown = 0;
    const std::function<void(const QModelIndex&)> walk = [&](const QModelIndex& parent) {
        if (model.canFetchMore(parent))
            model.fetchMore(parent);
        for (int i = 0; i < model.rowCount(parent); ++i) {
            shown += model.place(model.index(i, 0, parent)).level == FleetTreeModel::Node;
            walk(model.index(i, 0, parent));
        }
    };
    walk({});
    QCOMPARE(shown, nodes);
}

void TestFleetTree::leadsToAPlace()
{
    ChangingFleet fleet(1);
    fleet.clusters = { { { "azure", "eastus", "a" }, { fleet.node("n1", 2) } }, { { "gcp", "us", "b" }, { fleet.node("n1", 2), fleet.node("n2", 4) } } };
    FleetTreeModel model;
    QVERIFY(!model.indexOf(QStringList { QStringLiteral("gcp") }).isValid());
    model.show(fleet.snapshot());
    const auto gpu = model.indexOf(FleetTreeModel::Place { FleetTreeModel::Gpu, 3, 2 });
    QCOMPARE(pathOf(gpu), QStringLiteral("/gcp/us/b/n2/GPU 3"));
    const auto place = model.place(gpu);
    QCOMPARE(place.level, FleetTreeModel::Gpu);
    QCOMPARE(place.index, 3U);
    QCOMPARE(place.node, 2U);
    QVERIFY(!model.indexOf({ QStringLiteral("gcp"), QStringLiteral("eastus") }).isValid());
    model.setFilter(QStringLiteral("azure"));
    QVERIFY(!model.indexOf({ QStringLiteral("gcp"), QStringLiteral("us") }).isValid());
}

void TestFleetTree::tellsTheZonesOfNodesAndRegions()
{
    ChangingFleet fleet(1);
    fleet.zones = { {}, "eastus-2", "eastus-1", "us-central1-a" };
    fleet.clusters = { { { "azure", "eastus", "a" }, { fleet.node("n1", 1), fleet.node("n2", 1) } }, { { "azure", "eastus", "b" }, { fleet.node("n1", 1) } }, { { "gcp", "us-central1", "c" }, { fleet.node("n1", 1) } }, { { "oci", "phx", "d" }, { fleet.node("n1", 1) } } };
    fleet.clusters[0].nodes[0].zone = fleet.clusters[1].nodes[0].zone = 1;
    fleet.clusters[0].nodes[1].zone = 2;
    fleet.clusters[2].nodes[0].zone = 3;
    const auto snapshot = fleet.snapshot();
    const auto& shape = snapshot->structure();
    QCOMPARE(zonesOf(shape, 0), (QStringList { QStringLiteral("eastus-1"), QStringLiteral("eastus-2") }));
    QCOMPARE(zonesOf(shape, 1), QStringList { QStringLiteral("us-central1-a") });
    QCOMPARE(zonesOf(shape, 2), QStringList());
    QCOMPARE(regionAndZone(shape, shape.nodes[1]), QStringLiteral("eastus · eastus-1"));
    QCOMPARE(regionAndZone(shape, shape.nodes[4]), QStringLiteral("phx"));
}

void TestFleetTree::sortsNamesByTheirNumbersAndUnknownValuesLast()
{
    ChangingFleet fleet(1);
    fleet.clusters = { { { "azure", "eastus", "a" }, { fleet.node("node10", 1), fleet.node("Node9", 1), fleet.node("node-2", 1), fleet.node("node009b", 1) } } };
    const std::uint8_t utilisation[] { 30, unknown::utilisation, 50, 10 };
    for (std::size_t n = 0; n < 4; ++n)
        fleet.clusters[0].nodes[n].samples[0] = { .state = GpuState::Busy, .utilisation = utilisation[n] };
    FleetTreeModel model;
    model.show(fleet.snapshot());
    const auto cluster = model.indexOf({ QStringLiteral("azure"), QStringLiteral("eastus"), QStringLiteral("a") });
    model.fetchMore(cluster);
    const auto names = [&](int column, Qt::SortOrder order) {
        model.sort(column, order);
        QStringList list;
        for (int row = 0; row < model.rowCount(cluster); ++row)
            list << model.index(row, 0, cluster).data().toString();
        return list.join(QLatin1Char(' '));
    };
    QCOMPARE(names(FleetTreeModel::Name, Qt::AscendingOrder), QStringLiteral("node-2 Node9 node009b node10"));
    QCOMPARE(names(FleetTreeModel::Name, Qt::DescendingOrder), QStringLiteral("node10 node009b Node9 node-2"));
    QCOMPARE(names(FleetTreeModel::Utilisation, Qt::AscendingOrder), QStringLiteral("node009b node10 node-2 Node9"));
    QCOMPARE(names(FleetTreeModel::Utilisation, Qt::DescendingOrder), QStringLiteral("node-2 node10 node009b Node9"));
    QCOMPARE(names(-1, Qt::AscendingOrder), QStringLiteral("node10 Node9 node-2 node009b"));
}

QTEST_GUILESS_MAIN(TestFleetTree)
#include "tst_fleettree.moc"
