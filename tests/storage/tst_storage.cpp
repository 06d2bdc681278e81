// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <sqlite3.h>

#include "storage/cache.h"
#include "storage/journalfile.h"

using namespace penstock;
using namespace std::chrono_literals;

class TestStorage final : public QObject
{
    Q_OBJECT

private slots:
    void whatWasSavedComesBack();
    void aDamagedCacheIsSetAsideWithANotice_data();
    void aDamagedCacheIsSetAsideWithANotice();
    void oneDamagedFleetCostsOnlyItself();
    void theJournalKeepsTheNewestStateOfEachShift();

private:
    static SavedFleet fleet()
    {
        auto inventory = std::make_shared<Inventory>();
        inventory->epoch = 3;
        inventory->clusters = { { "azure", "eastus", "a" } };
        inventory->models = { { "H100 80GB SXM", 81920 } };
        inventory->nodes = { { "n0", 0, 0, 8, "ND96" } };
        inventory->workloads = { "chatgpt" };
        auto columns = std::make_shared<Columns>();
        for (int i = 0; i < 8; ++i)
            columns->append({ .state = GpuState::Busy, .health = Health::Good, .workload = 0, .utilisation = static_cast<std::uint8_t>(i), .temperature = 40, .power = 3000, .memoryUsed = 70000 });
        return { "agent-1", inventory, columns, Time(1'000'000s) };
    }
};

void TestStorage::whatWasSavedComesBack()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("sub/cache.db")).toStdString();
    std::string notice;
    auto point = std::make_shared<RollupPoint>();
    point->at = Time(1'000'000s);
    point->groups.push_back({ GroupPoint::Dimension::Provider, "azure", { 1, 2, 3, 4, 5, 6 }, 81.5F, 1234.5 });
    {
        auto cache = Cache::open(path, notice);
        QVERIFY2(cache, cache ? "" : cache.error().text().c_str());
        QVERIFY(cache->saveFleet(fleet()));
        const std::vector<std::shared_ptr<const RollupPoint>> points { point };
        QVERIFY(cache->saveRollups(points));
    }
    auto cache = Cache::open(path, notice);
    QVERIFY(cache);
    const auto fleets = cache->loadFleets(notice);
    QVERIFY(fleets);
    QCOMPARE(fleets->size(), std::size_t { 1 });
    QVERIFY(*fleets->front().inventory == *fleet().inventory);
    QVERIFY(*fleets->front().columns == *fleet().columns);
    const auto history = cache->loadRollups(Time(999'999s));
    QVERIFY(history);
    QCOMPARE(history->size(), std::size_t { 1 });
    QVERIFY(*history->front() == *point);
    QVERIFY(notice.empty());
}

void TestStorage::oneDamagedFleetCostsOnlyItself()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("cache.db")).toStdString();
    std::string notice;
    {
        auto cache = Cache::open(path, notice);
        QVERIFY(cache);
        auto other = fleet();
        QVERIFY(cache->saveFleet(other));
        other.endpoint = "agent-2";
        QVERIFY(cache->saveFleet(other));
    }
    sqlite3* raw = nullptr;
    QCOMPARE(sqlite3_open(path.c_str(), &raw), SQLITE_OK);
    QCOMPARE(sqlite3_exec(raw, "UPDATE fleet SET state = x'00' WHERE endpoint = 'agent-1'", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(raw);
    auto cache = Cache::open(path, notice);
    QVERIFY(cache);
    const auto fleets = cache->loadFleets(notice);
    QVERIFY(fleets);
    QCOMPARE(fleets->size(), std::size_t { 1 });
    QCOMPARE(fleets->front().endpoint, std::string("agent-2"));
    QVERIFY(notice.find("agent-1") != std::string::npos);
}

void TestStorage::aDamagedCacheIsSetAsideWithANotice_data()
{
    QTest::addColumn<int>("cut");
    QTest::addColumn<int>("flip");
    QTest::newRow("not a database") << 0 << 0;
    QTest::newRow("cut in the middle") << 9000 << -1;
    QTest::newRow("header overwritten") << -1 << 20;
    QTest::newRow("first page overwritten") << -1 << 110;
}

void TestStorage::aDamagedCacheIsSetAsideWithANotice()
{
    QFETCH(int, cut);
    QFETCH(int, flip);
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("cache.db"));
    std::string notice;
    {
        auto cache = Cache::open(path.toStdString(), notice);
        QVERIFY(cache);
        QVERIFY(cache->saveFleet(fleet()));
    }
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite));
    if (cut == 0) {
        file.resize(0);
        file.write(QByteArray("this is a letter, not a database\n").repeated(200));
    } else if (cut > 0)
        file.resize(cut);
    else {
        file.seek(flip);
        file.write(QByteArray(60, '\x55'));
    }
    file.close();
    const auto reopened = Cache::open(path.toStdString(), notice);
    QVERIFY2(reopened, reopened ? "" : reopened.error().text().c_str());
    QVERIFY(notice.find("set aside") != std::string::npos);
    QCOMPARE(QDir(folder.path()).entryList({ QStringLiteral("cache.db.damaged-*") }).isEmpty(), false);
}

void TestStorage::theJournalKeepsTheNewestStateOfEachShift()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("journal.db")).toStdString();
    {
        auto journal = JournalFile::open(path);
        QVERIFY(journal);
        QCOMPARE(*(*journal)->nextId(), std::string("S-1"));
        ShiftStatus status;
        status.plan.id = "S-1";
        status.plan.steps = { { 50, 50 }, { 0, 100 } };
        QVERIFY((*journal)->record(status));
        status.phase = ShiftPhase::Done;
        status.accepted = { 0, 100 };
        QVERIFY((*journal)->record(status));
    }
    auto journal = JournalFile::open(path);
    QVERIFY(journal);
    const auto shifts = (*journal)->shifts(10);
    QVERIFY(shifts);
    QCOMPARE(shifts->size(), std::size_t { 1 });
    QCOMPARE(shifts->front().phase, ShiftPhase::Done);
    QCOMPARE(shifts->front().accepted, (Weights { 0, 100 }));
    QCOMPARE(*(*journal)->nextId(), std::string("S-2"));
}

QTEST_GUILESS_MAIN(TestStorage)
#include "tst_storage.moc"
