// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <functional>
#include <random>

#include "agentsource/framedecoder.h"
#include "engine/engine.h"
#include "server/frameencoder.h"

using namespace penstock;
using namespace std::chrono_literals;

/// What an agent sends is what the console gets, in as few bytes as the changes allow.
class TestFrameEncoder final : public QObject
{
    Q_OBJECT

private slots:
    void everyPictureArrivesAsItWas_data();
    void everyPictureArrivesAsItWas();
    void whatChangesLittleCostsLittle_data();
    void whatChangesLittleCostsLittle();
    void aColumnThatEndsWithinAValueIsRefused();
    void aDamagedDeflatedFrameIsRefused();
    void zonesArrive();
    void anAgentThatTellsNoZonesHasNone();
    void aZoneThatIsNotThereIsRefused();
};

namespace {

Picture pictureOf(std::uint32_t nodes)
{
    auto inventory = std::make_shared<Inventory>();
    inventory->epoch = 1;
    inventory->clusters = { { "azure", "eastus", "a" }, { "azure", "eastus", "b" } };
    inventory->models = { { "H100 80GB SXM", 81559 } };
    inventory->workloads = { "chat", "training" };
    for (std::uint32_t n = 0; n < nodes; ++n)
        inventory->nodes.push_back({ "n" + std::to_string(n), n >= nodes / 2, 0, 8, {} });
    Picture picture { .inventory = inventory, .observed = Time { 1'790'000'000s }, .columns = {}, .demand = {} };
    for (std::uint32_t row = 0; row < nodes * 8; ++row)
        picture.columns.append({ .state = GpuState::Busy, .health = Health::Good, .workload = 0, .utilisation = 90, .temperature = 60, .power = 6000, .memoryUsed = 70'000 });
    return picture;
}

/// A share of the GPUs, in a thousand, takes a new value of a column: 0 state to 6 memory; 7: any.
void change(Picture& picture, std::mt19937& random, int column, unsigned thousandths)
{
    picture.observed += 1s;
    auto& columns = picture.columns;
    for (std::size_t row = 0; row < columns.size(); ++row) {
        if (random() % 1000 >= thousandths)
            continue;
        switch (column == 7 ? static_cast<int>(random() % 7) : column) {
        case 0: columns.state[row] = static_cast<GpuState>(random() % gpuStateCount); break;
        case 1: columns.health[row] = random() % 2 ? Health::Good : Health::Xid; break;
        case 2: columns.workload[row] = random() % 3 ? static_cast<std::uint16_t>(random() % 2) : noWorkload; break;
        case 3: columns.utilisation[row] = random() % 9 ? static_cast<std::uint8_t>(random() % 101) : unknown::utilisation; break;
        case 4: columns.temperature[row] = static_cast<std::uint8_t>(random()); break;
        case 5: columns.power[row] = static_cast<std::uint16_t>(random()); break;
        default: columns.memoryUsed[row] = static_cast<std::uint32_t>(random()); break;
        }
    }
}

} // namespace

void TestFrameEncoder::everyPictureArrivesAsItWas_data()
{
    QTest::addColumn<bool>("changes");
    QTest::addColumn<bool>("deflated");
    QTest::newRow("a subscriber that understands changes") << true << false;
    QTest::newRow("the same, deflated") << true << true;
    QTest::newRow("an older one") << false << false;
}

void TestFrameEncoder::everyPictureArrivesAsItWas()
{
    QFETCH(bool, changes);
    QFETCH(bool, deflated);
    std::mt19937 random(3);
    auto picture = pictureOf(60);
    FrameEncoder encoder(7, "agent", { .changes = changes });
    FrameDecoder decoder;
    Engine engine;
    const auto source = engine.addSource("e");
    for (int round = 0; round < 400; ++round) {
        for (auto& message : encoder.encode(picture)) {
            if (deflated)
                deflate(message);
            const auto frame = decoder.decode(message);
            QVERIFY(frame);
            if (*frame) {
                const auto applied = engine.apply(source, **frame);
                QVERIFY2(applied, applied ? "" : applied.error().text().c_str());
            }
        }
        const auto snapshot = engine.publish(picture.observed);
        std::size_t row = 0;
        for (const auto& node : snapshot->structure().nodes)
            for (std::uint32_t gpu = 0; gpu < node.gpus; ++gpu)
                QVERIFY(snapshot->gpu(node, gpu) == picture.columns.at(row++));
        QCOMPARE(row, picture.columns.size());
        if (round % 50 == 49) {
            // A node goes: another epoch.
            auto inventory = std::make_shared<Inventory>(*picture.inventory);
            inventory->nodes.pop_back();
            picture.inventory = inventory;
            picture.columns.resize(inventory->gpus());
        }
        change(picture, random, static_cast<int>(random() % 8), random() % 3 ? static_cast<unsigned>(random() % 1000) : 1000);
    }
}

void TestFrameEncoder::whatChangesLittleCostsLittle_data()
{
    QTest::addColumn<int>("column");
    QTest::addColumn<int>("thousandths");
    QTest::addColumn<double>("mostBytesAGpu");
    QTest::newRow("nothing") << 7 << 0 << 0.01;
    QTest::newRow("one GPU in a hundred, anything") << 7 << 10 << 0.17;
    QTest::newRow("the utilisation of all") << 3 << 1000 << 1.01;
    QTest::newRow("the power of nearly all") << 5 << 950 << 2.01;
    QTest::newRow("the memory of one in twenty") << 6 << 50 << 0.5;
}

void TestFrameEncoder::whatChangesLittleCostsLittle()
{
    QFETCH(int, column);
    QFETCH(int, thousandths);
    QFETCH(double, mostBytesAGpu);
    std::mt19937 random(4);
    auto picture = pictureOf(2000);
    FrameEncoder encoder(7, "agent", { .changes = true });
    QVERIFY(!encoder.encode(picture).empty());
    const auto before = picture.columns;
    change(picture, random, column, static_cast<unsigned>(thousandths));
    std::size_t changed = 0, bytes = 0;
    for (std::size_t row = 0; row < before.size(); ++row)
        changed += before.at(row) != picture.columns.at(row);
    for (const auto& message : encoder.encode(picture))
        bytes += message.ByteSizeLong();
    QVERIFY2(static_cast<double>(bytes) <= mostBytesAGpu * static_cast<double>(before.size()), qPrintable(QString::number(bytes)));
    QVERIFY(bytes <= 16 * changed + 64);
}

void TestFrameEncoder::aColumnThatEndsWithinAValueIsRefused()
{
    penstock::v1::Frame message;
    message.mutable_samples()->set_power("abc");
    QVERIFY(!FrameDecoder().decode(message));
    message.mutable_samples()->set_power("abcd");
    QVERIFY(FrameDecoder().decode(message));
    message.mutable_samples()->set_utilisation("abc");
    QVERIFY(!FrameDecoder().decode(message));
}

void TestFrameEncoder::aDamagedDeflatedFrameIsRefused()
{
    auto whole = FrameEncoder(7, "agent", { .changes = true }).encode(pictureOf(2000)).at(1);
    deflate(whole);
    QVERIFY(whole.has_deflated());
    QVERIFY(FrameDecoder().decode(whole));
    const auto refused = [](penstock::v1::Frame frame, auto spoil) {
        spoil(*frame.mutable_deflated());
        return !FrameDecoder().decode(frame);
    };
    QVERIFY(refused(whole, [](auto& it) { it.set_size(it.size() - 1); }));
    QVERIFY(refused(whole, [](auto& it) { it.set_size(0xFFFF'FFFF); }));
    QVERIFY(refused(whole, [](auto& it) { it.mutable_frame()->resize(it.frame().size() / 2); }));
    QVERIFY(refused(whole, [](auto& it) { it.mutable_frame()->at(40) ^= 1; }));
    // One within another could go on for ever.
    auto twice = whole;
    const auto once = whole.SerializeAsString();
    twice.mutable_deflated()->set_frame(once);
    QVERIFY(!FrameDecoder().decode(twice));
}

namespace {

/// The inventory that an encoder makes of a picture, after `change` has changed its messages.
Result<std::shared_ptr<const Inventory>> sent(const Picture& picture, const std::function<void(penstock::v1::Inventory&)>& change = {})
{
    FrameEncoder encoder(7, "agent", { .changes = true });
    FrameDecoder decoder;
    std::shared_ptr<const Inventory> made;
    for (auto& message : encoder.encode(picture)) {
        if (message.has_inventory() && change)
            change(*message.mutable_inventory());
        const auto frame = decoder.decode(message);
        if (!frame)
            return std::unexpected(frame.error());
        if (const auto* it = *frame ? std::get_if<InventoryFrame>(&**frame) : nullptr)
            made = it->inventory;
    }
    return made;
}

/// Of more nodes than one message takes.
Picture zonedPicture()
{
    auto picture = pictureOf(20'010);
    auto inventory = std::make_shared<Inventory>(*picture.inventory);
    inventory->zones = { {}, "eastus-1", "eastus-2" };
    for (std::uint32_t n = 0; n < inventory->nodes.size(); ++n) {
        inventory->nodes[n].zone = n % 3;
        if (n % 2 == 0)
            inventory->nodes[n].schedulable = n % 5 * 10; // none of a node is not what is not told
    }
    picture.inventory = inventory;
    return picture;
}

} // namespace

void TestFrameEncoder::zonesArrive()
{
    const auto picture = zonedPicture();
    int messages = 0;
    const auto arrived = sent(picture, [&](penstock::v1::Inventory&) { ++messages; });
    QVERIFY2(arrived, arrived ? "" : arrived.error().text().c_str());
    QVERIFY(messages > 1);
    QVERIFY((*arrived)->zones == picture.inventory->zones && (*arrived)->nodes == picture.inventory->nodes);
}

void TestFrameEncoder::anAgentThatTellsNoZonesHasNone()
{
    const auto arrived = sent(zonedPicture(), [](penstock::v1::Inventory& message) {
        message.clear_zones();
        for (auto& node : *message.mutable_nodes())
            node.clear_zone();
    });
    QVERIFY2(arrived, arrived ? "" : arrived.error().text().c_str());
    QVERIFY(std::ranges::all_of((*arrived)->nodes, [&](const Inventory::Node& it) { return (*arrived)->zones[it.zone].empty(); }));
}

void TestFrameEncoder::aZoneThatIsNotThereIsRefused()
{
    const auto arrived = sent(zonedPicture(), [](penstock::v1::Inventory& message) { message.clear_zones(); });
    QVERIFY(!arrived);
    QCOMPARE(arrived.error().kind, Error::Kind::Invalid);
}

QTEST_GUILESS_MAIN(TestFrameEncoder)
#include "tst_frameencoder.moc"
