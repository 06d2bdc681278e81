// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <sqlite3.h>
#include <sys/stat.h>

#include "storage/cache.h"
#include "storage/journalfile.h"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

/// The journal of a file that is well.
std::shared_ptr<JournalFile> journalOf(const std::string& path)
{
    std::string notice;
    const auto opened = JournalFile::open(path, notice);
    return opened && notice.empty() ? *opened : nullptr;
}

} // namespace

class TestStorage final : public QObject
{
    Q_OBJECT

private slots:
    void whatWasSavedComesBack();
    void aDamagedCacheIsSetAsideWithANotice_data();
    void aDamagedCacheIsSetAsideWithANotice();
    void aCacheOfAnEarlierVersionIsReadOn_data();
    void aCacheOfAnEarlierVersionIsReadOn();
    void databasesAreTheirOwnersAlone();
    void databasesOfASharedFolderAreTheGroupsToo();
    void oneDamagedFleetCostsOnlyItself();
    void theJournalKeepsTheNewestStateOfEachShift();
    void aDamagedJournalIsSetAsideAndItsNumbersGoOn();
    void aNewerJournalIsLeftAlone();
    void aLeaseIsHeldByOneAtATime();
    void whoLosesOneLeaseLosesAll();
    void ordersPlansAndApprovalsReachOtherProcesses();

private:
    static SavedFleet fleet()
    {
        auto inventory = std::make_shared<Inventory>();
        inventory->epoch = 3;
        inventory->clusters = { { "azure", "eastus", "a" } };
        inventory->models = { { "H100 80GB SXM", 81920 } };
        inventory->zones = { {}, "eastus-1" };
        inventory->nodes = { { "n0", 0, 0, 8, "ND96", 1 } };
        inventory->nodes[0].numbers = { 1, 2, 3, 4, 5, 6, 7, 8 };
        inventory->nodes[0].uuids.resize(8);
        inventory->nodes[0].uuids[3] = *parseGpuUuid("GPU-8f3c0a1b-0000-4444-8888-0123456789ab");
        inventory->nodes[0].schedulable = 80;
        inventory->workloads = { "chatgpt" };
        auto columns = std::make_shared<Columns>();
        for (int i = 0; i < 8; ++i)
            columns->append({ .state = GpuState::Busy, .health = Health::Good, .workload = 0, .utilisation = static_cast<std::uint8_t>(i), .temperature = 40, .power = 3000, .memoryUsed = 70000 });
        return { "agent-1", inventory, columns, Time(1'000'000s), std::vector<std::uint32_t>(8, 999'000) };
    }
};

void TestStorage::whatWasSavedComesBack()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("sub/cache.db")).toStdString();
    std::string notice;
    {
        auto cache = Cache::open(path, notice);
        QVERIFY2(cache, cache ? "" : cache.error().text().c_str());
        QVERIFY(cache->saveFleet(fleet()));
    }
    auto cache = Cache::open(path, notice);
    QVERIFY(cache);
    const auto fleets = cache->loadFleets(notice);
    QVERIFY(fleets);
    QCOMPARE(fleets->size(), std::size_t { 1 });
    QVERIFY(*fleets->front().inventory == *fleet().inventory);
    QVERIFY(*fleets->front().columns == *fleet().columns);
    QVERIFY(fleets->front().since == fleet().since);
    QVERIFY(notice.empty());
}

void TestStorage::aCacheOfAnEarlierVersionIsReadOn_data()
{
    QTest::addColumn<QByteArray>("back");
    QTest::addColumn<bool>("knowsSince");
    // The 15 minutes were the cache's then.
    const QByteArray rollup = "CREATE TABLE rollup (at_us INTEGER NOT NULL, dimension INTEGER NOT NULL, key TEXT NOT NULL, counts BLOB NOT NULL, utilisation REAL NOT NULL, power REAL NOT NULL,"
                              " PRIMARY KEY (at_us, dimension, key)) STRICT, WITHOUT ROWID; INSERT INTO rollup VALUES (1, 0, 'azure', x'00', 1, 2);";
    const QByteArray noZones = "UPDATE fleet SET inventory = json_remove(inventory, '$.zones', '$.nodes[0][8]', '$.nodes[0][7]');";
    QTest::newRow("1") << noZones + rollup + "ALTER TABLE fleet DROP COLUMN since; PRAGMA user_version=1" << false;
    QTest::newRow("2") << noZones + rollup + "PRAGMA user_version=2" << true;
    QTest::newRow("3, before zones were known") << noZones << true;
}

void TestStorage::aCacheOfAnEarlierVersionIsReadOn()
{
    QFETCH(QByteArray, back);
    QFETCH(bool, knowsSince);
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("cache.db")).toStdString();
    std::string notice;
    {
        auto cache = Cache::open(path, notice);
        QVERIFY(cache && cache->saveFleet(fleet()));
    }
    sqlite3* handle = nullptr;
    QCOMPARE(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
    QCOMPARE(sqlite3_exec(handle, back.constData(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(handle);
    auto cache = Cache::open(path, notice);
    QVERIFY2(cache, cache ? "" : cache.error().text().c_str());
    const auto fleets = cache->loadFleets(notice);
    QVERIFY(fleets && fleets->size() == 1 && notice.empty());
    QVERIFY(*fleets->front().columns == *fleet().columns && fleets->front().since.empty() == !knowsSince);
    QVERIFY(fleets->front().inventory->zones[fleets->front().inventory->nodes[0].zone].empty());
    QVERIFY(!fleets->front().inventory->nodes[0].schedulable);
    QVERIFY(cache->saveFleet(fleet()));
    QVERIFY(cache->loadFleets(notice)->front().since == fleet().since && *cache->loadFleets(notice)->front().inventory == *fleet().inventory);
    QCOMPARE(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
    QVERIFY(sqlite3_exec(handle, "SELECT 1 FROM rollup", nullptr, nullptr, nullptr) != SQLITE_OK);
    sqlite3_close(handle);
}

void TestStorage::databasesAreTheirOwnersAlone()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("sub/cache.db"));
    const auto modeOf = [](const QString& of) { return std::filesystem::status(of.toStdString()).permissions(); };
    constexpr auto mine = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
    std::string notice;
    for (const bool wasOpen : { false, true }) {
        if (wasOpen) // as older versions made them
            std::filesystem::permissions(path.toStdString(), mine | std::filesystem::perms::group_read | std::filesystem::perms::others_read);
        auto cache = Cache::open(path.toStdString(), notice);
        QVERIFY(cache && cache->saveFleet(fleet()));
        // A group may have been given it.
        const auto expected = wasOpen ? mine | std::filesystem::perms::group_read : mine;
        QCOMPARE(modeOf(path), expected);
        QCOMPARE(modeOf(path + QStringLiteral("-wal")), expected);
    }
    QCOMPARE(modeOf(folder.filePath(QStringLiteral("sub"))), std::filesystem::perms::owner_all);
    const auto journal = journalOf(folder.filePath(QStringLiteral("journal.db")).toStdString());
    QVERIFY(journal);
    QCOMPARE(modeOf(folder.filePath(QStringLiteral("journal.db"))), mine);
}

void TestStorage::databasesOfASharedFolderAreTheGroupsToo()
{
    namespace fs = std::filesystem;
    QTemporaryDir folder;
    const auto modeOf = [](const QString& of) { return fs::status(of.toStdString()).permissions(); };
    const auto before = ::umask(022);
    const auto shared = fs::perms::owner_all | fs::perms::group_all | fs::perms::set_gid;
    fs::permissions(folder.path().toStdString(), shared);
    const auto sub = folder.filePath(QStringLiteral("penstock"));
    const auto journal = journalOf((sub + QStringLiteral("/journal.db")).toStdString());
    ::umask(before);
    QVERIFY(journal);
    QCOMPARE(modeOf(sub), shared);
    constexpr auto both = fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read | fs::perms::group_write;
    for (const auto* beside : { "", "-wal", "-shm" })
        QCOMPARE(modeOf(sub + QStringLiteral("/journal.db") + QLatin1String(beside)), both);
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
        auto journal = journalOf(path);
        QVERIFY(journal);
        QCOMPARE(*journal->nextId(), std::string("S-1"));
        QVERIFY(journal->record({ .shift = "S-1", .state = "first", .over = false, .at = Time(1s) }));
        QVERIFY(journal->record({ .shift = "S-1", .state = "second", .over = true, .at = Time(2s) }));
    }
    auto journal = journalOf(path);
    QVERIFY(journal);
    const auto entries = journal->entries(10);
    QVERIFY(entries);
    QCOMPARE(entries->size(), std::size_t { 1 });
    QCOMPARE(entries->front(), (JournalEntry { .shift = "S-1", .state = "second", .over = true, .at = Time(2s) }));
    QCOMPARE(*journal->nextId(), std::string("S-2"));
}

void TestStorage::aDamagedJournalIsSetAsideAndItsNumbersGoOn()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("journal.db"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(QByteArray("this is a letter, not a database\n").repeated(200)) > 0);
    file.close();
    std::string notice;
    const auto journal = JournalFile::open(path.toStdString(), notice);
    QVERIFY(journal);
    QVERIFY2(notice.starts_with("The shift journal was damaged. It was set aside as "), notice.c_str());
    QCOMPARE(QDir(folder.path()).entryList({ QStringLiteral("journal.db.damaged-*") }).size(), 1);
    QVERIFY((*journal)->goOnAfter(41));
    QCOMPARE(*(*journal)->nextId(), std::string("S-42"));
}

void TestStorage::aNewerJournalIsLeftAlone()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("journal.db")).toStdString();
    QVERIFY(journalOf(path));
    sqlite3* raw = nullptr;
    QCOMPARE(sqlite3_open(path.c_str(), &raw), SQLITE_OK);
    QCOMPARE(sqlite3_exec(raw, "PRAGMA user_version=99", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(raw);
    std::string notice;
    const auto refused = JournalFile::open(path, notice);
    QVERIFY(!refused && refused.error().kind == Error::Kind::Refused);
    QVERIFY(QDir(folder.path()).entryList({ QStringLiteral("*damaged*") }).isEmpty());
}

void TestStorage::aLeaseIsHeldByOneAtATime()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("journal.db")).toStdString();
    // Two processes: each has the file open on its own.
    const auto here = journalOf(path), there = journalOf(path);
    QVERIFY(here && there);
    const Time now = wallClock();
    const auto me = thisProcess();
    const ProcessName elsewhere { "another host", 7, "1" };
    ProcessName dead = me;
    dead.started = "1";
    const auto lease = [&](const char* key, const char* holder, const ProcessName& process) {
        return JournalLease { .key = key, .route = key, .holder = holder, .person = "ada", .process = process, .until = now + 15s };
    };
    QVERIFY(!isKnownDead(me) && isKnownDead(dead) && !isKnownDead(elsewhere));
    QVERIFY(here->take({ lease("a", "S-1", me) }, now));
    const auto second = there->take({ lease("b", "S-2", elsewhere), lease("a", "S-2", elsewhere) }, now);
    QVERIFY(!second && second.error().what.find("a is held by S-1 of ada") != std::string::npos);
    QCOMPARE(there->leases()->size(), std::size_t(1)); // all or none
    QVERIFY(here->renew("S-1", me, now + 30s));
    QVERIFY(!there->take({ lease("a", "S-2", elsewhere) }, now + 20s));
    QVERIFY(there->take({ lease("a", "S-2", elsewhere) }, now + 31s)); // its time is out
    QVERIFY(!here->renew("S-1", me, now + 60s)); // and who had it learns that
    QVERIFY(here->drop("S-1", me));
    QCOMPARE(here->leases()->size(), std::size_t(1));
    QVERIFY(here->take({ lease("c", "S-3", dead) }, now));
    QVERIFY(there->take({ lease("c", "S-4", me) }, now)); // its owner is known dead
}

void TestStorage::whoLosesOneLeaseLosesAll()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("journal.db")).toStdString();
    const auto here = journalOf(path), there = journalOf(path);
    QVERIFY(here && there);
    const Time now = wallClock();
    const auto me = thisProcess();
    const ProcessName elsewhere { "another host", 7, "1" };
    const auto lease = [&](const char* key, const char* holder, const ProcessName& process) {
        return JournalLease { .key = key, .route = "chat", .holder = holder, .person = "ada", .process = process, .until = now + 15s };
    };
    QVERIFY(here->take({ lease("a", "S-1", me), lease("b", "S-1", me) }, now));
    const auto refused = there->take({ lease("a", "S-2", elsewhere), lease("b", "S-2", elsewhere) }, now);
    QVERIFY(!refused);
    QCOMPARE(QString::fromStdString(refused.error().what).count(QStringLiteral("held by S-1")), 1);
    QVERIFY(there->take({ lease("b", "S-2", elsewhere) }, now + 16s));
    QVERIFY(!here->renew("S-1", me, now + 30s));
}

void TestStorage::ordersPlansAndApprovalsReachOtherProcesses()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("journal.db")).toStdString();
    const auto here = journalOf(path), there = journalOf(path);
    QVERIFY(here && there);
    const auto before = there->foreignChanges();
    QVERIFY(here->order({ .number = 0, .shift = "S-1", .what = "pause", .person = "ada", .at = Time(1s) }));
    QVERIFY(here->order({ .number = 0, .shift = "S-1", .what = "resume", .person = "ada", .at = Time(2s) }));
    QVERIFY(there->foreignChanges() != before);
    const auto orders = there->ordersAfter(0);
    QVERIFY(orders && orders->size() == 2);
    QCOMPARE(there->ordersAfter(orders->front().number)->front().what, std::string("resume"));
    QVERIFY(here->keepPlan({ .hash = "abc", .text = "{}", .person = "ada", .at = Time(5s) }));
    QVERIFY(here->approve({ .planHash = "abc", .person = "grace", .at = Time(6s) }));
    QCOMPARE(there->plans(Time(5s))->front().hash, std::string("abc"));
    QVERIFY(there->plans(Time(6s))->empty());
    QCOMPARE(there->approvals(Time(0s))->front().person, std::string("grace"));
}

QTEST_GUILESS_MAIN(TestStorage)
#include "tst_storage.moc"
