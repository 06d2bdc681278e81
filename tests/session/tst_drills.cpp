// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTemporaryDir>
#include <QTest>
#include <set>

#include "session/demo.h"
#include "session/drills.h"

using namespace penstock;
using namespace std::chrono_literals;

/// Evacuations that are rehearsed on a schedule.
class TestDrills final : public QObject
{
    Q_OBJECT

private slots:
    void whoWasRehearsedLongestAgoIsNext_data();
    void whoWasRehearsedLongestAgoIsNext();
    void eachProviderIsRehearsedOnceAndNothingIsWritten();
};

void TestDrills::whoWasRehearsedLongestAgoIsNext_data()
{
    QTest::addColumn<QList<int>>("ago"); // hours, of azure, gcp and aws; below 0: never
    QTest::addColumn<QString>("due");
    QTest::newRow("never") << QList<int> { -1, -1, -1 } << QStringLiteral("aws"); // the first by its name
    QTest::newRow("one never") << QList<int> { 100, -1, 200 } << QStringLiteral("gcp");
    QTest::newRow("the longest ago") << QList<int> { 100, 30, 200 } << QStringLiteral("aws");
    QTest::newRow("all lately") << QList<int> { 1, 2, 23 } << QString();
    QTest::newRow("just due") << QList<int> { 1, 24, 2 } << QStringLiteral("gcp");
}

void TestDrills::whoWasRehearsedLongestAgoIsNext()
{
    QFETCH(QList<int>, ago);
    QFETCH(QString, due);
    const Time now = wallClock();
    const std::array providers { "azure", "gcp", "aws" };
    std::vector<Route> routes(1);
    std::vector<Drill> drills;
    std::map<std::string, Time> tried;
    for (std::size_t i = 0; i < providers.size(); ++i) {
        routes[0].backends.push_back({ .name = providers.at(i), .scope = { .provider = providers.at(i), .region = {}, .cluster = {}, .node = {} } });
        const auto hours = ago[static_cast<qsizetype>(i)];
        if (hours < 0)
            continue;
        // One of a region is none of its provider; and one that was tried counts, whatever came of it.
        drills.push_back({ .scope = { .provider = providers.at(i), .region = "r", .cluster = {}, .node = {} }, .endedAt = now, .score = {} });
        if (i == 0)
            tried[providers.at(i)] = now - std::chrono::hours(hours);
        else
            drills.push_back({ .scope = { .provider = providers.at(i), .region = {}, .cluster = {}, .node = {} }, .endedAt = now - std::chrono::hours(hours), .score = {} });
    }
    QCOMPARE(QString::fromStdString(drillDue(routes, drills, tried, 24h, now).value_or("")), due);
}

void TestDrills::eachProviderIsRehearsedOnceAndNothingIsWritten()
{
    QTemporaryDir folder;
    qputenv("XDG_CACHE_HOME", folder.path().toUtf8());
    auto workspace = demoWorkspace();
    QVERIFY(workspace);
    workspace->policy.drillEvery = 24h;
    SessionOptions options;
    options.journalFile = folder.filePath(QStringLiteral("journal.db")).toStdString();
    options.auditFile = folder.filePath(QStringLiteral("audit.db")).toStdString();
    Session session(std::move(*workspace), options);
    Drills drills(session, nullptr);
    session.start();
    QTRY_VERIFY_WITH_TIMEOUT(session.isComplete(), 15'000);
    const auto before = session.routes().front().reading->accepted();
    const auto rehearsed = [&] {
        std::set<std::string> providers;
        for (const auto& it : session.drills())
            providers.insert(it.scope.provider);
        return providers;
    };
    QTRY_COMPARE_WITH_TIMEOUT(rehearsed().size(), std::size_t { 3 }, 90'000);
    QCOMPARE(rehearsed(), (std::set<std::string> { "aws", "azure", "gcp" }));
    QCOMPARE(session.drills().size(), std::size_t { 3 });
    QVERIFY(std::ranges::none_of(session.shifts(), [](const PlanStatus& it) { return !it.rehearsal; }));
    QVERIFY(session.routes().front().reading->accepted() == before);
}

QTEST_GUILESS_MAIN(TestDrills)
#include "tst_drills.moc"
