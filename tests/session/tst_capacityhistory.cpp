// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTemporaryDir>
#include <QTest>
#include <cmath>

#include "session/capacity.h"
#include "session/capacityreport.h"
#include "storage/historyfile.h"

using namespace penstock;
using namespace std::chrono_literals;

Q_DECLARE_METATYPE(penstock::CapacityQuery)

/// What a picture of capacity gets out of a history file.
class TestCapacityHistory final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void bandsAreOfWhatIsAsked_data();
    void bandsAreOfWhatIsAsked();
    void aGapHasNoPoints();
    void whatNobodyToldIsNotKnown();
    void eachDayIsShownAtItsBusiestHour();
    void theNewestIsOfItsMomentAndNotOfItsStep();
    void whatIsSilentIsAGapAndKeepsItsLastMoment();
    void betweenThePointsOfAnImportTheLastHolds();
    void everyProviderAndModelIsARow();
    void whoLeftMonthsAgoIsNoRowAndNoCapacity();
    void aForecastIsNotMadeOfWhatWasPartlySilent_data();
    void aForecastIsNotMadeOfWhatWasPartlySilent();
    void theForecastIsOfWhatIsAskedFor();
    void withoutAFileThereIsNothing();

private:
    using Dimension = GroupPoint::Dimension;
    static GroupPoint group(Dimension dimension, const char* key, std::uint32_t busy, std::uint32_t idle,
        std::uint32_t free, std::uint32_t out = 0)
    {
        return { .dimension = dimension, .key = key, .byState = { 0, busy, idle, free, 0, out } };
    }
    [[nodiscard]] CapacityQuery query(std::chrono::seconds step, std::chrono::hours length) const
    {
        return { .from = m_start, .to = m_start + length, .step = step };
    }
    [[nodiscard]] Result<CapacityHistory> read(const CapacityQuery& query) const { return readCapacity(m_file, query); }
    QTemporaryDir m_folder;
    std::string m_file;
    Time m_start {};
};

/// Two days, one second of every tenth minute; busy follows the hour; six hours of the second day are a gap.
void TestCapacityHistory::initTestCase()
{
    m_file = m_folder.filePath(QStringLiteral("h.db")).toStdString();
    m_start = std::chrono::floor<std::chrono::days>(wallClock()) - 240h;
    std::string notice;
    auto file = HistoryFile::open(m_file, {}, notice);
    QVERIFY(file);
    std::vector<std::shared_ptr<const RollupPoint>> points;
    for (auto at = 0min; at < 48h; at += 10min) {
        const auto hour = std::chrono::floor<std::chrono::hours>(at);
        if (hour >= 30h && hour < 36h)
            continue;
        const auto busy = static_cast<std::uint32_t>(100 + (hour.count() * 7) % 24);
        auto total = group(Dimension::Total, "", 2 * busy, 20, 30, 5);
        if (hour < 24h) {
            total.needed = 300;
            total.unmet = at == 130min ? 9 : 0;
        }
        points.push_back(std::make_shared<RollupPoint>(RollupPoint { m_start + at,
            { total, group(Dimension::Provider, "azure", busy, 10, 20),
                group(Dimension::Provider, "gcp", busy, 10, 10, 5),
                group(Dimension::Model, "H100", 2 * busy, 20, 30, 5),
                group(Dimension::ProviderModel, "azure/H100", busy, 10, 20),
                group(Dimension::ProviderModel, "gcp/H100", busy, 10, 10, 5),
                group(Dimension::Region, "azure/east", busy, 10, 20),
                group(Dimension::Region, "gcp/west", busy, 10, 10, 5),
                group(Dimension::Workload, "chat", 2 * busy, 20, 0), group(Dimension::Workload, "", 0, 0, 30, 5) } }));
    }
    QVERIFY(file->write(points));
}

void TestCapacityHistory::bandsAreOfWhatIsAsked_data()
{
    QTest::addColumn<Dimension>("by");
    QTest::addColumn<Dimension>("onlyOf");
    QTest::addColumn<QString>("only");
    QTest::addColumn<QStringList>("bands");
    QTest::addColumn<double>("gpus");
    const auto row
        = [](const char* name, Dimension by, Dimension onlyOf, const char* only, const QStringList& bands,
              double gpus) { QTest::newRow(name) << by << onlyOf << QString::fromLatin1(only) << bands << gpus; };
    const QString azure = QStringLiteral("azure"), gcp = QStringLiteral("gcp"), model = QStringLiteral("H100"),
                  east = QStringLiteral("azure/east");
    row("providers", Dimension::Provider, Dimension::Total, "", { azure, gcp }, 255);
    row("one provider", Dimension::Provider, Dimension::Provider, "gcp", { gcp }, 125);
    row("providers of a model", Dimension::Provider, Dimension::Model, "H100", { azure, gcp }, 255);
    row("models of a provider", Dimension::Model, Dimension::Provider, "azure", { model }, 130);
    row("regions", Dimension::Region, Dimension::Total, "", { east, QStringLiteral("gcp/west") }, 255);
    row("regions of a provider", Dimension::Region, Dimension::Provider, "azure", { east }, 130);
    row("one region", Dimension::Region, Dimension::Region, "azure/east", { east }, 130);
    row("workloads", Dimension::Workload, Dimension::Total, "", { QStringLiteral("chat") }, 255);
}

void TestCapacityHistory::bandsAreOfWhatIsAsked()
{
    QFETCH(Dimension, by);
    QFETCH(Dimension, onlyOf);
    QFETCH(QString, only);
    QFETCH(QStringList, bands);
    QFETCH(double, gpus);
    auto asked = query(10min, 1h);
    asked.by = by;
    asked.onlyOf = onlyOf;
    asked.only = only.toStdString();
    const auto history = read(asked);
    QVERIFY(history);
    QStringList names;
    for (const auto& band : history->bands) {
        names << QString::fromStdString(band.key);
        QCOMPARE(band.busy.size(), history->times.size());
    }
    QCOMPARE(names, bands);
    QCOMPARE(history->times.size(), 6U);
    QCOMPARE(history->whole.gpus.front(), gpus);
}

void TestCapacityHistory::aGapHasNoPoints()
{
    const auto history = read(query(1h, 48h));
    QVERIFY(history);
    QCOMPARE(history->times.size(), 42U);
    QCOMPARE(history->times[30] - history->times[29], Duration(7h));
}

void TestCapacityHistory::whatNobodyToldIsNotKnown()
{
    const auto history = read(query(1h, 48h));
    QVERIFY(history);
    QCOMPARE(history->whole.needed[3], 300.0);
    QCOMPARE(history->whole.unmet[2], 9.0);
    QVERIFY(std::isnan(history->whole.needed[24]));
    QCOMPARE(history->whole.allocated[0], 220.0);
    QCOMPARE(history->whole.supply[0], 250.0);
}

void TestCapacityHistory::eachDayIsShownAtItsBusiestHour()
{
    auto asked = query(1h, 48h);
    asked.busiestOf = 24h;
    const auto history = read(asked);
    QVERIFY(history);
    QCOMPARE(history->times, (std::vector { m_start, m_start + 24h }));
    QCOMPARE(history->step, std::chrono::seconds(24h));
    // 7 h mod 24 is greatest at 17 h; that hour of the second day is there too.
    QCOMPARE(history->whole.busy, (std::vector { 246.0, 246.0 }));
    QCOMPARE(history->bands[0].busy, (std::vector { 123.0, 123.0 }));
    // A moment of another hour is not forgotten.
    QCOMPARE(history->whole.unmet[0], 9.0);
}

void TestCapacityHistory::theNewestIsOfItsMomentAndNotOfItsStep()
{
    auto asked = query(1h, 46h);
    asked.busiestOf = 24h;
    asked.to -= 25min; // in the hour after the one at 44 h
    const auto history = read(asked);
    QVERIFY(history);
    QCOMPARE(history->whole.busy.back(), 246.0);
    // 7 x 45 mod 24 is 3.
    QCOMPARE(history->newest.busy, 206.0);
    QCOMPARE(history->newest.supply, 256.0);
    QVERIFY(std::isnan(history->newest.needed));
    // Of single seconds, the last of which began at 45 h 30 min; the next is due ten minutes later.
    QCOMPARE(history->newest.step, std::chrono::seconds(10));
    QCOMPARE(*history->newest.until - m_start, Duration(45h + 35min));
    QCOMPARE(history->rows[1].newest.busy, 103.0);
    QVERIFY(history->rows[1].newest.until == history->newest.until);
}

void TestCapacityHistory::whatIsSilentIsAGapAndKeepsItsLastMoment()
{
    const auto path = m_folder.filePath(QStringLiteral("silent.db")).toStdString();
    std::string notice;
    auto file = HistoryFile::open(path, {}, notice);
    QVERIFY(file);
    std::vector<std::shared_ptr<const RollupPoint>> points;
    for (auto at = 0s; at < 1h; at += 5s) {
        const bool isSilent = at >= 20min; // azure, since then
        const auto of = [&](Dimension dimension, const char* key, bool ofBoth) {
            auto made = group(dimension, key, ofBoth && !isSilent ? 200 : 100, 10, 20);
            if (isSilent)
                made.byState = ofBoth ? std::array<std::uint32_t, gpuStateCount> { 130, 100, 10, 20, 0, 0 } : std::array<std::uint32_t, gpuStateCount> { 130, 0, 0, 0, 0, 0 };
            return made;
        };
        points.push_back(std::make_shared<RollupPoint>(RollupPoint { m_start + at,
            { of(Dimension::Total, "", true), of(Dimension::Provider, "azure", false), group(Dimension::Provider, "gcp", 100, 10, 20),
                of(Dimension::ProviderModel, "azure/H100", false), group(Dimension::ProviderModel, "gcp/H100", 100, 10, 20) } }));
    }
    QVERIFY(file->write(points));
    const auto history = readCapacity(path, query(5min, 1h));
    QVERIFY(history);
    QCOMPARE(history->times.size(), 12U);
    // Nobody said that none was busy.
    QCOMPARE(history->bands[0].busy[3], 100.0);
    for (std::size_t i = 4; i < 12; ++i)
        QVERIFY(std::isnan(history->bands[0].busy[i]));
    QCOMPARE(history->bands[1].busy[11], 100.0);
    QCOMPARE(history->whole.silent[3], 0.0);
    QCOMPARE(history->whole.silent[11], 130.0);
    const auto& azure = history->rows[0].newest;
    QVERIFY(azure.until == m_start + 20min);
    QCOMPARE(azure.busy, 100.0);
    QVERIFY(azure.isOldAt(history->query.to));
    QVERIFY(!history->newest.isOldAt(history->query.to));
    QCOMPARE(history->newest.unknown, 130.0);
    QCOMPARE(history->newest.supply, 130.0);
    QCOMPARE(history->newest.gpus, 260.0);
}

void TestCapacityHistory::betweenThePointsOfAnImportTheLastHolds()
{
    const auto isOld = [this](std::chrono::minutes at) {
        const auto history = read({ .from = m_start, .to = m_start + at, .step = 60s });
        return !history || history->newest.isOldAt(m_start + at) || std::ranges::any_of(history->rows, [&](const CapacityRow& it) { return it.newest.isOldAt(m_start + at); });
    };
    QVERIFY(!isOld(5h + 9min));
    QVERIFY2(isOld(30h + 9min), "what is due and does not come is a gap");
}

void TestCapacityHistory::everyProviderAndModelIsARow()
{
    const auto history = read(query(1h, 48h));
    QVERIFY(history);
    QCOMPARE(history->rows.size(), 2U);
    const auto& gcp = history->rows[1];
    QCOMPARE(QString::fromStdString(gcp.provider + ' ' + gcp.model), QStringLiteral("gcp H100"));
    QCOMPARE(gcp.peak, 123.0);
    QCOMPARE(gcp.peakShare, 100 * 123.0 / 143);
    QCOMPARE(gcp.newest.gpus - gcp.newest.supply, 5.0);
    QVERIFY(!history->simulated);
}

void TestCapacityHistory::whoLeftMonthsAgoIsNoRowAndNoCapacity()
{
    const auto path = m_folder.filePath(QStringLiteral("left.db")).toStdString();
    std::string notice;
    auto file = HistoryFile::open(path, {}, notice);
    QVERIFY(file);
    std::vector<std::shared_ptr<const RollupPoint>> points;
    for (auto at = 0h; at < 96h; ++at) {
        // aws left after a day; azure's last words are of an hour ago, which is silence.
        RollupPoint point { m_start + at, { group(Dimension::Total, "", 100, 10, 20), group(Dimension::ProviderModel, "gcp/H100", 100, 10, 20) } };
        if (at < 24h)
            point.groups.push_back(group(Dimension::ProviderModel, "aws/H100", 700, 10, 20));
        if (at < 95h)
            point.groups.push_back(group(Dimension::ProviderModel, "azure/H100", 300, 10, 20));
        points.push_back(std::make_shared<RollupPoint>(std::move(point)));
    }
    QVERIFY(file->write(points));
    const auto history = readCapacity(path, query(1h, 96h));
    QVERIFY(history);
    QStringList rows;
    for (const auto& it : history->rows)
        rows << QString::fromStdString(it.provider);
    QCOMPARE(rows, (QStringList { QStringLiteral("azure"), QStringLiteral("gcp") }));
    OutlookQuery ask;
    ask.settings.now = m_start + 96h;
    const auto each = readOutlook(path, ask);
    QVERIFY(each);
    QCOMPARE(each->groups.size(), std::size_t(2));
    // Beside what is committed at gcp, only azure's are still there.
    ask.dimension = Dimension::Total;
    CommittedCapacity promised;
    promised.provider = "gcp";
    promised.model = "H100";
    promised.gpus = 1'000;
    ask.committed = { promised };
    const auto whole = readOutlook(path, ask);
    QVERIFY(whole && whole->groups.size() == 1);
    QCOMPARE(whole->groups.front().supply.steps.back().gpus, 1'330.0);
    // While they were there they count.
    const auto then = readCapacity(path, query(1h, 24h));
    QVERIFY(then);
    QCOMPARE(then->rows.size(), std::size_t(3));
}

void TestCapacityHistory::aForecastIsNotMadeOfWhatWasPartlySilent_data()
{
    QTest::addColumn<int>("hours"); ///< for which half of it is silent
    QTest::addColumn<bool>("counts");
    QTest::newRow("a day of silence") << 24 << false;
    QTest::newRow("who has left") << 24 * 8 << true;
}

void TestCapacityHistory::aForecastIsNotMadeOfWhatWasPartlySilent()
{
    QFETCH(int, hours);
    const auto path = m_folder.filePath(QStringLiteral("partly%1.db").arg(hours)).toStdString();
    std::string notice;
    auto file = HistoryFile::open(path, {}, notice);
    QVERIFY(file);
    std::vector<std::shared_ptr<const RollupPoint>> points;
    constexpr int length = 24 * 20;
    for (int hour = 0; hour < length; ++hour) {
        auto total = group(Dimension::Total, "", 200, 0, 0);
        if (hour >= length - hours)
            total.byState = { 100, 100, 0, 0, 0, 0 };
        points.push_back(std::make_shared<RollupPoint>(RollupPoint { m_start - 240h + std::chrono::hours(hour), { total } }));
    }
    QVERIFY(file->write(points));
    OutlookQuery ask;
    ask.dimension = Dimension::Total;
    ask.settings.now = m_start - 240h + std::chrono::hours(length);
    const auto read = readOutlook(path, ask);
    QVERIFY(read && read->groups.size() == 1 && !read->groups.front().forecast.points.empty());
    const auto& told = read->groups.front().forecast.points.front();
    QFETCH(bool, counts);
    QVERIFY2(counts ? told.likely < 150 : told.likely > 190, qPrintable(QString::number(told.likely)));
}

void TestCapacityHistory::theForecastIsOfWhatIsAskedFor()
{
    // Up to where demand is told; 300 GPUs are needed, and 200 to 246 busy.
    const auto highest = [this](bool busy) {
        const auto outlook = readCapacityOutlook(m_file, { .to = m_start + 24h, .tellsBusy = busy }, {});
        return outlook && outlook->whole && (outlook->of == CapacityOutlook::Of::Busy) == busy && !outlook->whole->forecast.points.empty() ? outlook->whole->forecast.points.front().likely : 0;
    };
    QVERIFY2(std::abs(highest(false) - 300) < 15, qPrintable(QString::number(highest(false))));
    QVERIFY2(highest(true) > 190 && highest(true) < 260, qPrintable(QString::number(highest(true))));
}

void TestCapacityHistory::withoutAFileThereIsNothing()
{
    const auto history = readCapacity(m_folder.filePath(QStringLiteral("none.db")).toStdString(), query(1h, 1h));
    QVERIFY(!history);
    QVERIFY(history.error().kind == Error::Kind::NotFound);
}

QTEST_GUILESS_MAIN(TestCapacityHistory)
#include "tst_capacityhistory.moc"
