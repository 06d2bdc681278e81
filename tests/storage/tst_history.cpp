// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <iostream>
#include <map>
#include <numeric>
#include <optional>
#include <random>
#include <ranges>
#include <sqlite3.h>
#include <sys/resource.h>

#include "storage/historyfile.h"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

using Dimension = GroupPoint::Dimension;
using Points = std::vector<std::shared_ptr<const RollupPoint>>;
constexpr std::int64_t noon = 1'790'000'000 / 86400 * 86400 + 43200; ///< of some day

Time at(std::int64_t second)
{
    return Time(std::chrono::seconds(second));
}

/// What two providers do in a second: a function of it, so that anybody can check what is read.
std::uint32_t busyAt(std::int64_t second, std::uint32_t which)
{
    auto mixed = static_cast<std::uint64_t>(second) * 0x9E3779B97F4A7C15U + which;
    mixed ^= mixed >> 31;
    // Now and then a spike of one second.
    return mixed % 997 == 0 ? 5000 : 1000 + static_cast<std::uint32_t>(mixed % 64);
}
bool powerIsKnown(std::int64_t second)
{
    return second / 7 % 3 != 0;
}

std::shared_ptr<const RollupPoint> pointAt(std::int64_t second)
{
    auto point = std::make_shared<RollupPoint>(RollupPoint { at(second) + 345ms, {} });
    for (std::uint32_t which = 0; which < 2; ++which) {
        GroupPoint group { .dimension = Dimension::Provider,
            .key = which == 0 ? "azure" : "gcp",
            .byState = { 0, busyAt(second, which), 5, 6, 7, 8 } };
        group.power = powerIsKnown(second) ? busyAt(second, which) / 2.0 : -1;
        point->groups.push_back(std::move(group));
    }
    return point;
}

Points pointsOf(std::int64_t from, std::int64_t to)
{
    Points points;
    for (; from < to; ++from)
        points.push_back(pointAt(from));
    return points;
}

std::string why(const auto& result)
{
    return result ? std::string() : result.error().text();
}

HistoryFile opened(const std::string& path, const HistorySettings& settings = {})
{
    std::string notice;
    auto file = HistoryFile::open(path, settings, notice);
    if (!file)
        qFatal("%s", file.error().text().c_str());
    return std::move(*file);
}

HistoryAnswer answered(HistoryFile& file, const HistoryQuery& query)
{
    auto answer = file.read(query);
    if (!answer)
        qFatal("%s", answer.error().text().c_str());
    return std::move(*answer);
}

/// The seconds at which azure's busy GPUs are known.
std::map<std::int64_t, double> secondsIn(HistoryFile& file, std::int64_t from, std::int64_t to)
{
    std::map<std::int64_t, double> seconds;
    const auto answer = answered(file,
        { .dimension = Dimension::Provider,
            .keys = { "azure" },
            .figures = { HistoryFigure::Busy },
            .from = at(from),
            .to = at(to),
            .step = 1s });
    if (answer.step == 1s)
        for (const auto& series : answer.series)
            for (const auto& point : series.points)
                seconds.emplace(
                    std::chrono::duration_cast<std::chrono::seconds>(point.at.time_since_epoch()).count(), point.mean);
    return seconds;
}

/// Some GPUs of a node break.
FleetEvent eventAt(std::int64_t second)
{
    return { .at = at(second),
        .kind = FleetEvent::Kind::Unhealthy,
        .endpoint = "a",
        .provider = "azure",
        .region = "eastus",
        .cluster = "a",
        .node = "n" + std::to_string(second % 7),
        .gpus = 2,
        .which = 1ULL << 63 | 1,
        .health = Health { 79 },
        .workload = {},
        .before = {},
        .simulated = second % 2 == 0 };
}

std::vector<FleetEvent> eventsIn(HistoryFile& file, const EventQuery& query)
{
    const auto answer = file.events(query);
    if (!answer)
        qFatal("%s", answer.error().text().c_str());
    return answer->events;
}

/// Writes five seconds at a time and says so when they are on disk, until somebody ends it.
int writeForEver(const std::string& path, std::int64_t from)
{
    auto file = opened(path);
    for (;; from += 5) {
        if (const auto done = file.write(pointsOf(from, from + 5), std::vector { eventAt(from), eventAt(from + 1) }); !done) {
            std::cout << done.error().text() << std::endl;
            return 1;
        }
        std::cout << from + 5 << std::endl;
    }
}

/// The number of a table's first page.
std::int64_t rootOf(const std::string& path, const char* table)
{
    sqlite3* raw = nullptr;
    sqlite3_stmt* statement = nullptr;
    sqlite3_open(path.c_str(), &raw);
    sqlite3_prepare_v2(raw, "SELECT rootpage FROM sqlite_master WHERE name = ?", -1, &statement, nullptr);
    sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
    const auto root = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 1;
    sqlite3_finalize(statement);
    sqlite3_close(raw);
    return root;
}

} // namespace

class TestHistory final : public QObject
{
    Q_OBJECT

private slots:
    void everyTierIsWhatItsSecondsWere();
    void whatIsNotKnownIsNoZeroAndAGapHasNoPoints();
    void aMonthIsWhatAPlainRecountSays();
    void theTierIsTheOneThatReachesBack();
    void whatWasSimulatedSaysSoInEveryTier();
    void theLastMinutesComeBackWhole();
    void killedAtRandomPointsItKeepsWhatItAcknowledged();
    void theSizeStaysWithinItsLimit();
    void aLimitThatIsLoweredTakesTheFinestFirst();
    void aClockThatGoesBackRepeatsNothing();
    void aClockThatWasWrongForAMomentCostsNoPast();
    void aMinuteGoesOnAfterAStart();
    void oneProcessWritesAndTheOtherSaysWho();
    void aFullDiskIsAnErrorAndWritingGoesOn();
    void aDamagedFileIsSetAside_data();
    void aDamagedFileIsSetAside();
    void damageThatShowsLaterIsSetAsideToo_data();
    void damageThatShowsLaterIsSetAsideToo();
    void damageThatOnlyReadersSeeIsFoundWhenTheyTell();
    void aDamagedChunkIsAGap();
    void aNewerFileIsLeftAlone();
    void anOlderFileIsBroughtUpToDate_data();
    void anOlderFileIsBroughtUpToDate();
    void aBackendHasSharesAndNoGpus();
    void aReaderMakesNoFile();
    void eventsComeBackAsTheyWere();
    void eventsAreFoundByPlaceTimeAndKind_data();
    void eventsAreFoundByPlaceTimeAndKind();
    void eventsStayWithinTheirShareOfTheFile();
    void eventsOfAFullDiskAreNotCounted();
};

void TestHistory::everyTierIsWhatItsSecondsWere()
{
    QTemporaryDir folder;
    auto file = opened(folder.filePath(QStringLiteral("h.db")).toStdString());
    const auto from = noon - 900, to = noon + 4000; // across an hour, and to the middle of a minute
    for (auto second = from; second < to; second += 5)
        if (const auto done = file.write(pointsOf(second, second + 5)); !done)
            QFAIL(why(done).c_str());
    for (const auto step : { 1, 10, 60, 3600, 30, 7200 }) {
        const auto answer = answered(file,
            { .dimension = Dimension::Provider,
                .figures = { HistoryFigure::Busy, HistoryFigure::Gpus, HistoryFigure::Power },
                .from = at(from),
                .to = at(to),
                .step = std::chrono::seconds(step) });
        QCOMPARE(answer.step, std::chrono::seconds(step));
        QCOMPARE(answer.series.size(), std::size_t { 6 });
        for (std::uint32_t which = 0; which < 2; ++which) {
            std::map<std::int64_t, HistoryPoint> busy, power;
            const auto add = [&](std::map<std::int64_t, HistoryPoint>& to_, std::int64_t second, double value) {
                const auto [found, isNew] = to_.try_emplace(
                    second / step * step, HistoryPoint { at(second / step * step), 0, 0, value, value });
                auto& it = found->second;
                ++it.seconds;
                it.mean += value;
                it.least = std::min(it.least, value);
                it.greatest = std::max(it.greatest, value);
            };
            for (auto second = from; second < to; ++second) {
                add(busy, second, busyAt(second, which));
                if (powerIsKnown(second))
                    add(power, second, busyAt(second, which) / 2.0);
            }
            const auto compare
                = [&](const HistorySeries& series, const std::map<std::int64_t, HistoryPoint>& expected, double more) {
                      QCOMPARE(series.key, std::string(which == 0 ? "azure" : "gcp"));
                      QCOMPARE(series.points.size(), expected.size());
                      std::size_t i = 0;
                      for (auto [start, it] : expected) {
                          const auto& read = series.points[i++];
                          QCOMPARE(read.at, it.at);
                          QCOMPARE(read.seconds, it.seconds);
                          QCOMPARE(read.mean, it.mean / it.seconds + more);
                          QCOMPARE(read.least, it.least + more);
                          QCOMPARE(read.greatest, it.greatest + more);
                      }
                  };
            compare(answer.series[which * 3], busy, 0);
            compare(answer.series[which * 3 + 1], busy, 26);
            compare(answer.series[which * 3 + 2], power, 0);
        }
    }
}

void TestHistory::whatIsNotKnownIsNoZeroAndAGapHasNoPoints()
{
    QTemporaryDir folder;
    auto file = opened(folder.filePath(QStringLiteral("h.db")).toStdString());
    QVERIFY(file.write(pointsOf(noon, noon + 60)));
    QVERIFY(file.write(pointsOf(noon + 300, noon + 420)));
    for (const auto step : { 1s, 10s, 60s }) {
        const auto answer = answered(file,
            { .dimension = Dimension::Provider,
                .keys = { "gcp" },
                .figures = { HistoryFigure::Utilisation, HistoryFigure::Needed, HistoryFigure::Busy },
                .from = at(noon),
                .to = at(noon + 420),
                .step = step });
        QCOMPARE(answer.series.size(), std::size_t { 1 });
        QCOMPARE(answer.series[0].figure, HistoryFigure::Busy);
        QCOMPARE(answer.series[0].points.size(), static_cast<std::size_t>(180s / step));
        for (const auto& point : answer.series[0].points)
            QVERIFY(point.at < at(noon + 60) || point.at >= at(noon + 300));
    }
}

void TestHistory::aMonthIsWhatAPlainRecountSays()
{
    QTemporaryDir folder;
    HistorySettings settings;
    settings.keep = { 2h, 48h, std::chrono::days(20), std::chrono::days(403) };
    const auto path = folder.filePath(QStringLiteral("h.db")).toStdString();
    std::optional<HistoryFile> file(opened(path, settings));
    const auto from = noon, to = noon + 30 * 86400;
    std::mt19937 random(7);
    std::vector<std::int64_t> written;
    QElapsedTimer clock;
    clock.start();
    for (auto minute = from; minute < to; minute += 60) {
        // Whole minutes at times, a part of them at others, and hours without anything.
        const auto hour = minute / 3600;
        if (hour % 17 == 3)
            continue;
        Points points;
        const auto every = hour % 5 == 0 || to - minute < 3 * 3600 ? 1 : 6 + static_cast<std::int64_t>(random() % 20);
        for (auto second = minute + static_cast<std::int64_t>(random()) % every; second < minute + 60;
             second += every) {
            points.push_back(pointAt(second));
            written.push_back(second);
        }
        if (const auto done = file->write(points); !done)
            QFAIL(why(done).c_str());
    }
    qInfo("%zu seconds written in %.1f s", written.size(), static_cast<double>(clock.elapsed()) / 1000);
    /// All that a tier has from a time on, of each provider, is what was written: every point and no other.
    const auto recount = [&](std::size_t t, std::int64_t keeps) {
        const auto step = historyTiers.at(t).step.count();
        const auto answer = answered(*file,
            { .dimension = Dimension::Provider,
                .figures = { HistoryFigure::Busy, HistoryFigure::Power },
                .from = at(keeps),
                .to = at(written.back() + 1),
                .step = historyTiers.at(t).step });
        QCOMPARE(answer.step, historyTiers.at(t).step);
        QCOMPARE(answer.damaged, std::size_t { 0 });
        QCOMPARE(answer.series.size(), std::size_t { 4 });
        for (const auto& series : answer.series) {
            const std::uint32_t which = series.key == "azure" ? 0 : 1;
            const bool isPower = series.figure == HistoryFigure::Power;
            std::map<std::int64_t, std::vector<double>> expected;
            for (const auto second : written)
                if (second >= keeps / step * step && (!isPower || powerIsKnown(second)))
                    expected[second / step * step].push_back(isPower ? busyAt(second, which) / 2.0 : busyAt(second, which));
            QCOMPARE(series.points.size(), expected.size());
            std::size_t i = 0;
            for (const auto& [start, values] : expected) {
                const auto& read = series.points[i++];
                QCOMPARE(read.at, at(start));
                QCOMPARE(std::size_t { read.seconds }, values.size());
                QCOMPARE(read.mean, std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()));
                QCOMPARE(read.least, *std::ranges::min_element(values));
                QCOMPARE(read.greatest, *std::ranges::max_element(values));
            }
        }
    };
    for (std::size_t t = 0; t < historyTierCount; ++t)
        recount(t, std::max<std::int64_t>(from, to - settings.keep.at(t).count()));
    // Nothing is kept for longer than it should, but for the rest of a chunk.
    const auto tiers = file->tiers();
    QVERIFY(tiers);
    for (std::size_t t = 0; t < 3; ++t)
        QVERIFY((*tiers)[t].from >= at(to - settings.keep.at(t).count()) - historyTiers.at(t).chunk);
    QVERIFY((*tiers)[3].from == at(from));
    QCOMPARE((*tiers)[0].to, std::optional(at(to))); // the last minute is not over, and is there
    QCOMPARE((*tiers)[1].to, std::optional(at(to - 60)));

    // A limit below what there is takes all of the finest and a part of the next; what is left is as true as before.
    const auto used = file->bytes();
    QVERIFY(used && (*tiers)[0].bytes > 0 && (*tiers)[1].bytes > 0);
    settings.maxBytes = *used - (*tiers)[0].bytes - (*tiers)[1].bytes / 2;
    file.reset();
    file.emplace(opened(path, settings));
    for (auto minute = to; file->bytes().value_or(0) > settings.maxBytes || minute < to + 120; minute += 60) {
        QVERIFY(minute < to + 3600);
        written.push_back(minute);
        QVERIFY(file->write({ { pointAt(minute) } }));
    }
    const auto left = file->tiers();
    QVERIFY(left);
    QVERIFY((*left)[1].from > (*tiers)[1].from);
    QVERIFY(*(*left)[2].from <= *(*tiers)[2].from + 1h); // a chunk may have become too old meanwhile
    QCOMPARE((*left)[3].from, (*tiers)[3].from);
    for (std::size_t t = 1; t < historyTierCount; ++t)
        recount(t, std::chrono::floor<std::chrono::seconds>(*(*left)[t].from).time_since_epoch().count());
}

void TestHistory::theTierIsTheOneThatReachesBack()
{
    QTemporaryDir folder;
    HistorySettings settings;
    settings.keep = { 10min, 1h, 3h, std::chrono::days(403) };
    auto file = opened(folder.filePath(QStringLiteral("h.db")).toStdString(), settings);
    for (auto minute = noon; minute < noon + 6 * 3600; minute += 60)
        QVERIFY(file.write({ { pointAt(minute) } }));
    const auto end = noon + 6 * 3600;
    const auto stepOf = [&](std::chrono::seconds back, std::chrono::seconds step) {
        return answered(file,
            { .dimension = Dimension::Provider,
                .figures = { HistoryFigure::Busy },
                .from = at(end) - back,
                .to = at(end),
                .step = step })
            .step;
    };
    QCOMPARE(stepOf(5min, 1s), 1s);
    QCOMPARE(stepOf(5min, 7s), 7s);
    QCOMPARE(stepOf(5min, 15s), 20s); // made of ten seconds
    QCOMPARE(stepOf(30min, 1s), 10s);
    QCOMPARE(stepOf(2h, 1s), 60s);
    QCOMPARE(stepOf(5h, 10s), 3600s);
    QCOMPARE(stepOf(1000h, 1s), 3600s);
}

void TestHistory::whatWasSimulatedSaysSoInEveryTier()
{
    QTemporaryDir folder;
    auto file = opened(folder.filePath(QStringLiteral("h.db")).toStdString());
    auto points = pointsOf(noon, noon + 130);
    for (auto second : { 5, 6, 125 }) {
        auto simulated = std::make_shared<RollupPoint>(*points.at(static_cast<std::size_t>(second)));
        simulated->simulated = true;
        points.at(static_cast<std::size_t>(second)) = std::move(simulated);
    }
    QVERIFY(file.write(points));
    for (const auto step : { 1s, 10s, 60s, 3600s }) {
        const auto answer = answered(file,
            { .dimension = Dimension::Provider,
                .keys = { "gcp" },
                .figures = { HistoryFigure::Busy },
                .from = at(noon),
                .to = at(noon + 130),
                .step = step });
        QCOMPARE(answer.step, step);
        std::uint32_t marked = 0;
        for (const auto& point : answer.series.at(0).points)
            marked += point.simulated;
        QCOMPARE(marked, 3U);
    }
    const std::array dimensions { Dimension::Provider };
    const auto recent = file.recent(at(noon), dimensions);
    QVERIFY(recent);
    QCOMPARE(std::ranges::count_if(*recent, [](const auto& it) { return it->simulated; }), 3);
}

void TestHistory::theLastMinutesComeBackWhole()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db")).toStdString();
    GroupPoint unusual { .dimension = Dimension::Workload,
        .key = "",
        .byState = { 1, 2, 3, 4, 5, 6 },
        .utilisationMean = 81.5F,
        .power = 1234.5,
        .needed = 7,
        .unmet = 0 };
    {
        auto file = opened(path);
        Points points;
        for (auto second = noon; second < noon + 100; ++second) {
            auto point = std::make_shared<RollupPoint>(*pointAt(second));
            point->groups.push_back(unusual);
            points.push_back(std::move(point));
        }
        QVERIFY(file.write(points));
    }
    auto file = opened(path);
    const std::array dimensions { Dimension::Provider, Dimension::Workload };
    const auto recent = file.recent(at(noon + 10), dimensions);
    QVERIFY(recent);
    QCOMPARE(recent->size(), std::size_t { 90 });
    QCOMPARE(recent->front()->at, at(noon + 10));
    for (const auto second : { 0, 60 }) { // of a minute that was packed, and of one that was not
        auto expected = pointAt(noon + 10 + second)->groups;
        expected.push_back(unusual);
        QVERIFY((*recent)[static_cast<std::size_t>(second)]->groups == expected);
    }
    const std::array one { Dimension::Workload };
    QCOMPARE(file.recent(at(noon), one)->front()->groups.size(), std::size_t { 1 });
}

void TestHistory::killedAtRandomPointsItKeepsWhatItAcknowledged()
{
    QTemporaryDir folder;
    const auto rounds
        = qEnvironmentVariableIntValue("PENSTOCK_CRASHES") > 0 ? qEnvironmentVariableIntValue("PENSTOCK_CRASHES") : 200;
    std::mt19937 random(11);
    const auto path = folder.filePath(QStringLiteral("h.db"));
    auto from = noon;
    for (int round = 0; round < rounds; ++round) {
        QProcess child;
        child.start(
            QCoreApplication::applicationFilePath(), { QStringLiteral("--write"), path, QString::number(from) });
        QVERIFY(child.waitForStarted());
        QVERIFY(child.waitForReadyRead(20'000));
        // At any moment: between two commits, within one, while a minute is packed.
        const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 30'000);
        while (std::chrono::steady_clock::now() < end)
            child.waitForReadyRead(0);
        ::kill(static_cast<pid_t>(child.processId()), SIGKILL);
        QVERIFY(child.waitForFinished());
        const auto lines = QString::fromUtf8(child.readAllStandardOutput()).split(QLatin1Char('\n'));
        const auto acknowledged
            = lines.at(lines.size() - 2).toLongLong(); // what follows the last line's end was not said
        QVERIFY2(acknowledged > from, qPrintable(lines.join(QLatin1Char('\n'))));
        auto file = opened(path.toStdString());
        const auto first = std::max<std::int64_t>(from, acknowledged - 7000);
        const auto seconds = secondsIn(file, first, acknowledged + 5);
        for (auto second = first; second < acknowledged; ++second) {
            const auto found = seconds.find(second);
            QVERIFY2(found != seconds.end() && found->second == busyAt(second, 0), qPrintable(QString::number(second)));
        }
        // Of the last round some may be there twice: it was ended after it had written, and before it could say so.
        const auto events = eventsIn(file, { .from = at(from), .to = at(acknowledged), .most = 100'000 });
        for (auto second = from; second < acknowledged; second += 5)
            for (const auto& event : { eventAt(second), eventAt(second + 1) })
                QVERIFY2(std::ranges::find(events, event) != events.end(), qPrintable(QString::number(second)));
        from = acknowledged;
    }
    // And the tiers are what the seconds were, over all of these ends.
    auto file = opened(path.toStdString());
    QVERIFY(file.write(pointsOf(from, from + 61)));
    const auto answer = answered(file,
        { .dimension = Dimension::Provider,
            .keys = { "azure" },
            .figures = { HistoryFigure::Busy },
            .from = at(noon),
            .to = at(from),
            .step = 60s });
    for (const auto& point : answer.series.at(0).points)
        QCOMPARE(point.seconds, 60U);
}

void TestHistory::aLimitThatIsLoweredTakesTheFinestFirst()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db")).toStdString();
    const auto day = std::int64_t { 86'400 };
    {
        auto file = opened(path);
        Points points;
        for (auto second = noon; second < noon + 20 * day; second += 600)
            points.push_back(pointAt(second));
        QVERIFY(file.write(points));
    }
    HistorySettings settings;
    settings.maxBytes = 1; // nothing fits
    auto file = opened(path, settings);
    for (int minute = 0;; ++minute) {
        QVERIFY(minute < 100);
        QVERIFY(file.write(pointsOf(noon + 20 * day + 60 * minute, noon + 20 * day + 60 * minute + 5)));
        const auto tiers = file.tiers();
        QVERIFY(tiers);
        for (std::size_t t = 1; t < tiers->size(); ++t) {
            const bool finer = std::ranges::any_of(*tiers | std::views::take(t), [&](const auto& it) { return it.from && *it.from < at(noon + 19 * day); });
            QVERIFY2(!finer || (*tiers)[t].from.value_or(Time::max()) < at(noon + 3600), qPrintable(QString::number(minute)));
        }
        if (!tiers->back().from || *tiers->back().from > at(noon + 19 * day))
            break;
    }
}

void TestHistory::theSizeStaysWithinItsLimit()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db"));
    HistorySettings settings;
    settings.maxBytes = 80'000;
    auto file = opened(path.toStdString(), settings);
    for (auto minute = noon; minute < noon + 100 * 60; minute += 60)
        QVERIFY(file.write(pointsOf(minute, minute + 60)));
    const auto used = file.bytes();
    QVERIFY2(used && *used <= settings.maxBytes, qPrintable(QString::number(used.value_or(-1))));
    QVERIFY(QFile(path).size() <= settings.maxBytes + 100'000);
    const auto tiers = file.tiers();
    QVERIFY(tiers);
    // The seconds have lost their beginning, the others nothing.
    QVERIFY((*tiers)[0].from > at(noon) && (*tiers)[0].to == at(noon + 100 * 60));
    for (std::size_t t = 1; t < historyTierCount; ++t)
        QCOMPARE((*tiers)[t].from, std::optional(at(noon)));
}

void TestHistory::aClockThatGoesBackRepeatsNothing()
{
    QTemporaryDir folder;
    auto file = opened(folder.filePath(QStringLiteral("h.db")).toStdString());
    QVERIFY(file.write(pointsOf(noon, noon + 90)));
    const auto odd = [](std::int64_t second) {
        auto point = std::make_shared<RollupPoint>(*pointAt(second));
        point->groups[0].byState[1] = 77;
        return point;
    };
    // A second of a minute that is over stays; one of the minute that goes on is replaced.
    QVERIFY(file.write({ { odd(noon + 30), odd(noon + 70), odd(noon + 70) } }));
    QVERIFY(file.write(pointsOf(noon + 90, noon + 200)));
    const auto seconds = secondsIn(file, noon, noon + 200);
    QCOMPARE(seconds.size(), std::size_t { 200 });
    for (const auto& [second, value] : seconds)
        QCOMPARE(value, second == noon + 70 ? 77. : static_cast<double>(busyAt(second, 0)));
    const auto minute = answered(file,
        { .dimension = Dimension::Provider,
            .keys = { "azure" },
            .figures = { HistoryFigure::Busy },
            .from = at(noon),
            .to = at(noon + 180),
            .step = 60s });
    for (const auto& point : minute.series.at(0).points)
        QCOMPARE(point.seconds, 60U);
}

void TestHistory::aClockThatWasWrongForAMomentCostsNoPast()
{
    QTemporaryDir folder;
    auto file = opened(folder.filePath(QStringLiteral("h.db")).toStdString());
    QVERIFY(file.write(pointsOf(noon, noon + 600)));
    // In two years, and back.
    QVERIFY(file.write(pointsOf(noon + 730 * 86400, noon + 730 * 86400 + 10)));
    QVERIFY(file.write(pointsOf(noon + 600, noon + 1200)));
    QCOMPARE(secondsIn(file, noon, noon + 1200).size(), std::size_t { 1200 });
}

void TestHistory::aMinuteGoesOnAfterAStart()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db")).toStdString();
    for (auto second = noon; second < noon + 180; second += 20) {
        auto file = opened(path);
        QVERIFY(file.write(pointsOf(second, second + 20)));
    }
    auto file = opened(path);
    QCOMPARE(secondsIn(file, noon, noon + 180).size(), std::size_t { 180 });
    const auto answer = answered(file,
        { .dimension = Dimension::Provider,
            .keys = { "azure" },
            .figures = { HistoryFigure::Busy },
            .from = at(noon),
            .to = at(noon + 180),
            .step = 60s });
    for (const auto& point : answer.series.at(0).points)
        QCOMPARE(point.seconds, 60U);
}

void TestHistory::oneProcessWritesAndTheOtherSaysWho()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db"));
    QProcess child;
    child.start(QCoreApplication::applicationFilePath(), { QStringLiteral("--write"), path, QString::number(noon) });
    QVERIFY(child.waitForReadyRead(20'000));
    auto file = opened(path.toStdString());
    const auto refused = file.write(pointsOf(noon + 86400, noon + 86410));
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, Error::Kind::Refused);
    QVERIFY2(refused.error().what.find("process " + std::to_string(child.processId()) + " at ") != std::string::npos,
        refused.error().text().c_str());
    // It may still read. Seconds may be gone: the other writes hours of them in a moment.
    QVERIFY(!answered(file,
        { .dimension = Dimension::Provider,
            .figures = { HistoryFigure::Busy },
            .from = at(noon),
            .to = at(noon + 60),
            .step = 60s })
                 .series.empty());
    child.kill();
    QVERIFY(child.waitForFinished());
    const auto taken = file.write(pointsOf(noon + 86400, noon + 86410));
    QVERIFY2(taken, why(taken).c_str());
}

void TestHistory::aFullDiskIsAnErrorAndWritingGoesOn()
{
    QTemporaryDir folder;
    auto file = opened(folder.filePath(QStringLiteral("h.db")).toStdString());
    QVERIFY(file.write(pointsOf(noon, noon + 60)));
    rlimit before {};
    QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit full { 120'000, before.rlim_max };
    QCOMPARE(setrlimit(RLIMIT_FSIZE, &full), 0);
    auto second = noon + 60;
    Result<> done;
    for (; done && second < noon + 6000; second += 5)
        done = file.write(pointsOf(second, second + 5));
    QCOMPARE(setrlimit(RLIMIT_FSIZE, &before), 0);
    QVERIFY(!done);
    QVERIFY2(done.error().kind == Error::Kind::Unavailable, done.error().text().c_str());
    done = file.write(pointsOf(second, second + 5));
    QVERIFY2(done, why(done).c_str());
    QCOMPARE(secondsIn(file, second, second + 5).size(), std::size_t { 5 });
    QVERIFY(secondsIn(file, noon, second).size() + 5
        >= static_cast<std::size_t>(second - noon)); // what had been acknowledged is there
}

void TestHistory::aDamagedFileIsSetAside_data()
{
    QTest::addColumn<int>("cut");
    QTest::addColumn<int>("flip");
    QTest::newRow("not a database") << 0 << 0;
    QTest::newRow("cut in the middle") << 9000 << -1;
    QTest::newRow("header overwritten") << -1 << 20;
    QTest::newRow("first page overwritten") << -1 << 110;
}

void TestHistory::aDamagedFileIsSetAside()
{
    QFETCH(int, cut);
    QFETCH(int, flip);
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db"));
    {
        auto file = opened(path.toStdString());
        QVERIFY(file.write(pointsOf(noon, noon + 200)));
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
    std::string notice;
    auto again = HistoryFile::open(path.toStdString(), {}, notice);
    QVERIFY2(again, why(again).c_str());
    QVERIFY(notice.find("set aside") != std::string::npos);
    QVERIFY(again->write(pointsOf(noon, noon + 5)));
    QVERIFY(!QDir(folder.path()).entryList({ QStringLiteral("h.db.damaged-*") }).isEmpty());
    // Who starts again is told as long as it lies there.
    const auto earlier = HistoryFile::setAsideBefore(path.toStdString());
    QCOMPARE(earlier.size(), std::size_t { 1 });
    QVERIFY2(earlier.front().find("h.db.damaged-") != std::string::npos, earlier.front().c_str());
}

void TestHistory::damageThatShowsLaterIsSetAsideToo_data()
{
    QTest::addColumn<bool>("all");
    QTest::newRow("every page but the first, which opening looks at") << true;
    // SQLite says then that the disk is full.
    QTest::newRow("the number of a page, which is larger than any file's") << false;
}

void TestHistory::damageThatShowsLaterIsSetAsideToo()
{
    QFETCH(bool, all);
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db"));
    {
        auto file = opened(path.toStdString());
        for (auto minute = noon; minute < noon + 3600; minute += 60)
            QVERIFY(file.write(pointsOf(minute, minute + 60)));
    }
    QFile raw(path);
    QVERIFY(raw.open(QIODevice::ReadWrite));
    if (all) {
        raw.seek(4096);
        raw.write(QByteArray(static_cast<int>(raw.size()) - 4096, '\x55'));
    } else {
        // All that the first page of the chunks leads to.
        const auto root = 4096 * (rootOf(path.toStdString(), "chunk") - 1);
        raw.seek(root);
        const auto page = raw.peek(4096);
        QCOMPARE(page[0], '\x02'); // it leads to others
        const auto number = [&](int at) { return static_cast<std::uint8_t>(page[at]) << 8 | static_cast<std::uint8_t>(page[at + 1]); };
        std::vector<int> pointers { 8 };
        for (int cell = 0; cell < number(3); ++cell)
            pointers.push_back(number(12 + 2 * cell));
        for (const int at : pointers) {
            raw.seek(root + at);
            raw.write(QByteArray("\x7f\xff\xff\xff"));
        }
    }
    raw.close();
    std::string notice;
    auto file = HistoryFile::open(path.toStdString(), {}, notice);
    QVERIFY2(file, why(file).c_str());
    if (notice.empty()) {
        const auto done = file->write(pointsOf(noon + 3600, noon + 3605));
        QVERIFY(!done && done.error().kind == Error::Kind::Corrupt);
        QVERIFY2(done.error().what.find("set aside") != std::string::npos, why(done).c_str());
    }
    QVERIFY(file->write(pointsOf(noon + 3605, noon + 3610)));
    QCOMPARE(secondsIn(*file, noon, noon + 3700).size(), std::size_t { 5 });
}

/// The page of an hour that nobody writes to any more is read by others.
void TestHistory::damageThatOnlyReadersSeeIsFoundWhenTheyTell()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db"));
    {
        auto file = opened(path.toStdString());
        for (auto minute = noon; minute < noon + 3600; minute += 60)
            QVERIFY(file.write(pointsOf(minute, minute + 60)));
        QVERIFY(file.check());
    }
    QFile raw(path);
    QVERIFY(raw.open(QIODevice::ReadWrite));
    raw.seek(4096 * (rootOf(path.toStdString(), "event_at") - 1));
    raw.write(QByteArray(4096, '\x55'));
    raw.close();
    auto file = opened(path.toStdString());
    const auto found = file.check();
    QVERIFY(!found && found.error().kind == Error::Kind::Corrupt);
    QVERIFY2(found.error().what.find("set aside") != std::string::npos, why(found).c_str());
    QVERIFY(file.write(pointsOf(noon + 3600, noon + 3605)));
}

void TestHistory::aDamagedChunkIsAGap()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db")).toStdString();
    auto file = opened(path);
    QVERIFY(file.write(pointsOf(noon, noon + 240)));
    sqlite3* raw = nullptr;
    QCOMPARE(sqlite3_open(path.c_str(), &raw), SQLITE_OK);
    QCOMPARE(sqlite3_exec(raw,
                 ("UPDATE chunk SET body = x'0102' WHERE tier = 0 AND start_s = " + std::to_string(noon + 60)).c_str(),
                 nullptr, nullptr, nullptr),
        SQLITE_OK);
    sqlite3_close(raw);
    const auto answer = answered(file,
        { .dimension = Dimension::Provider,
            .keys = { "azure" },
            .figures = { HistoryFigure::Busy },
            .from = at(noon),
            .to = at(noon + 240),
            .step = 1s });
    QCOMPARE(answer.damaged, std::size_t { 1 });
    QCOMPARE(answer.series.at(0).points.size(), std::size_t { 180 });
}

void TestHistory::aNewerFileIsLeftAlone()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db")).toStdString();
    QVERIFY(opened(path).write(pointsOf(noon, noon + 5)));
    sqlite3* raw = nullptr;
    QCOMPARE(sqlite3_open(path.c_str(), &raw), SQLITE_OK);
    QCOMPARE(sqlite3_exec(raw, "PRAGMA user_version=99", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(raw);
    std::string notice;
    const auto refused = HistoryFile::open(path, {}, notice);
    QVERIFY(!refused && refused.error().kind == Error::Kind::Refused);
    QVERIFY2(refused.error().what.find("newer version") != std::string::npos, why(refused).c_str());
    QVERIFY(!HistoryFile::openToRead(path));
    QCOMPARE(QDir(folder.path()).entryList({ QStringLiteral("*damaged*") }).size(), 0);
}

void TestHistory::anOlderFileIsBroughtUpToDate_data()
{
    QTest::addColumn<int>("version");
    QTest::newRow("without shares and events") << 1;
    QTest::newRow("without events") << 2;
    QTest::newRow("without what a loss would have left") << 3;
}

void TestHistory::anOlderFileIsBroughtUpToDate()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db")).toStdString();
    QVERIFY(opened(path).write(pointsOf(noon, noon + 200)));
    // The first two versions had these tables but events, and all fewer figures.
    QFETCH(int, version);
    sqlite3* raw = nullptr;
    QCOMPARE(sqlite3_open(path.c_str(), &raw), SQLITE_OK);
    const auto sql = (version < 3 ? "DROP TABLE event; PRAGMA user_version=" : "PRAGMA user_version=") + std::to_string(version);
    QCOMPARE(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(raw);
    const auto tooOld = HistoryFile::openToRead(path);
    QVERIFY(!tooOld && tooOld.error().kind == Error::Kind::Refused);
    std::string notice;
    auto file = HistoryFile::open(path, {}, notice);
    QVERIFY2(file, why(file).c_str());
    QVERIFY(notice.empty());
    QCOMPARE(secondsIn(*file, noon, noon + 200).size(), std::size_t { 200 });
    QVERIFY(file->write(pointsOf(noon + 200, noon + 205), std::vector { eventAt(noon + 200) }));
    auto reader = HistoryFile::openToRead(path);
    QVERIFY(reader && eventsIn(*reader, { .from = at(noon), .to = at(noon + 205) }).size() == 1);
}

void TestHistory::aBackendHasSharesAndNoGpus()
{
    QTemporaryDir folder;
    auto file = opened(folder.filePath(QStringLiteral("h.db")).toStdString());
    GroupPoint share { .dimension = Dimension::Backend, .key = "chat/azure" };
    share.desired = 40;
    share.accepted = 33.33;
    Points points;
    for (auto second = noon; second < noon + 70; ++second) {
        share.observed = second < noon + 30 ? -1 : 50;
        points.push_back(std::make_shared<RollupPoint>(RollupPoint { at(second), { share } }));
    }
    QVERIFY(file.write(points));
    const auto answer = answered(file,
        { .dimension = Dimension::Backend,
            .figures
            = { HistoryFigure::Gpus, HistoryFigure::Desired, HistoryFigure::Accepted, HistoryFigure::Observed },
            .from = at(noon),
            .to = at(noon + 70),
            .step = 60s });
    QCOMPARE(answer.series.size(), std::size_t { 3 });
    QCOMPARE(answer.series[0].figure, HistoryFigure::Desired);
    QCOMPARE(answer.series[0].points.at(0).mean, 40.);
    QCOMPARE(answer.series[1].points.at(0).mean, 33.33);
    QCOMPARE(answer.series[2].points.at(0).mean, 50.);
    QCOMPARE(answer.series[2].points.at(0).seconds, 30U); // not known is no zero
    const std::array dimensions { Dimension::Backend };
    QVERIFY(file.recent(at(noon + 69), dimensions)->at(0)->groups.at(0) == share);
}

void TestHistory::aReaderMakesNoFile()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db"));
    const auto none = HistoryFile::openToRead(path.toStdString());
    QVERIFY(!none && none.error().kind == Error::Kind::NotFound);
    QVERIFY(!QFile::exists(path));
    auto writer = opened(path.toStdString());
    QVERIFY(writer.write(pointsOf(noon, noon + 70)));
    auto reader = HistoryFile::openToRead(path.toStdString());
    QVERIFY2(reader, why(reader).c_str());
    QCOMPARE(secondsIn(*reader, noon, noon + 70).size(), std::size_t { 70 });
    QVERIFY(!reader->write(pointsOf(noon + 70, noon + 75)));
}

void TestHistory::eventsComeBackAsTheyWere()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db")).toStdString();
    std::vector<FleetEvent> events { eventAt(noon), eventAt(noon + 1) };
    // All of an endpoint with several regions, and of one with several providers.
    events.push_back({ .at = at(noon + 2), .kind = FleetEvent::Kind::Lost, .endpoint = "b", .provider = "gcp", .gpus = 100'000 });
    events.push_back({ .at = at(noon + 3), .kind = FleetEvent::Kind::Back, .endpoint = "c", .gpus = 7 });
    events.push_back({ .at = at(noon + 4), .kind = FleetEvent::Kind::Workload, .endpoint = "b", .provider = "gcp", .region = "r", .cluster = "k", .workload = "chat", .before = "train" });
    {
        auto file = opened(path);
        QVERIFY(file.write({}, std::span(events).first(2)));
        QVERIFY(file.write(pointsOf(noon, noon + 5), std::span(events).subspan(2)));
        QVERIFY(eventsIn(file, { .from = at(noon), .to = at(noon + 5) }) == events);
    }
    auto reader = HistoryFile::openToRead(path);
    QVERIFY(eventsIn(*reader, { .from = at(noon), .to = at(noon + 5) }) == events);
    const auto kept = reader->eventsKept();
    QVERIFY(kept && kept->events == 5 && kept->from == at(noon) && kept->to == at(noon + 4));
    const auto newest = reader->events({ .from = at(noon), .to = at(noon + 5), .most = 2 });
    QVERIFY(newest && !newest->isWhole && newest->events == std::vector(events.begin() + 3, events.end()));
    const auto all = reader->events({ .from = at(noon), .to = at(noon + 5), .most = 5 });
    QVERIFY(all && all->isWhole);
}

void TestHistory::eventsAreFoundByPlaceTimeAndKind_data()
{
    QTest::addColumn<QString>("scope");
    QTest::addColumn<QList<int>>("kinds");
    QTest::addColumn<int>("from");
    QTest::addColumn<int>("to");
    QTest::addColumn<QList<int>>("found"); // by second
    QTest::newRow("everything") << QString() << QList<int>() << 0 << 10 << QList<int> { 0, 1, 2, 3 };
    QTest::newRow("a range without its end") << QString() << QList<int>() << 1 << 3 << QList<int> { 1, 2 };
    QTest::newRow("a kind") << QString() << QList<int> { 2 } << 0 << 10 << QList<int> { 1, 3 };
    QTest::newRow("a provider, and what is of several") << QStringLiteral("provider=azure") << QList<int>() << 0 << 10 << QList<int> { 0, 1, 3 };
    QTest::newRow("a cluster, and its region as a whole") << QStringLiteral("provider=azure,region=r,cluster=a") << QList<int>() << 0 << 10 << QList<int> { 0, 1, 3 };
    QTest::newRow("a region of another provider") << QStringLiteral("provider=gcp,region=r") << QList<int>() << 0 << 10 << QList<int> { 2, 3 };
    QTest::newRow("a region by its name alone") << QStringLiteral("region=r") << QList<int>() << 0 << 10 << QList<int> { 0, 1, 2, 3 };
    QTest::newRow("a node, and what happened to more than it") << QStringLiteral("node=n1") << QList<int>() << 0 << 10 << QList<int> { 1, 2, 3 };
    QTest::newRow("nowhere") << QStringLiteral("provider=oci") << QList<int>() << 0 << 10 << QList<int> { 3 };
}

void TestHistory::eventsAreFoundByPlaceTimeAndKind()
{
    QFETCH(QString, scope);
    QFETCH(QList<int>, kinds);
    QFETCH(int, from);
    QFETCH(int, to);
    QFETCH(QList<int>, found);
    QTemporaryDir folder;
    auto file = opened(folder.filePath(QStringLiteral("h.db")).toStdString());
    using Kind = FleetEvent::Kind;
    const std::vector<FleetEvent> events { { .at = at(noon), .kind = Kind::Unhealthy, .provider = "azure", .region = "r", .cluster = "a", .node = "n0" },
        { .at = at(noon + 1), .kind = Kind::Lost, .provider = "azure", .region = "r" }, { .at = at(noon + 2), .kind = Kind::Unhealthy, .provider = "gcp", .region = "r", .cluster = "b" },
        { .at = at(noon + 3), .kind = Kind::Lost } };
    QVERIFY(file.write(pointsOf(noon, noon + 5), events));
    EventQuery query { .from = at(noon + from), .to = at(noon + to) };
    if (!scope.isEmpty())
        query.scope = *Scope::parse(scope.toStdString());
    for (const auto kind : kinds)
        query.kinds.push_back(static_cast<Kind>(kind));
    QList<int> seconds;
    for (const auto& event : eventsIn(file, query))
        seconds << static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(event.at - at(noon)).count());
    QCOMPARE(seconds, found);
}

void TestHistory::eventsStayWithinTheirShareOfTheFile()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db")).toStdString();
    HistorySettings settings;
    settings.maxBytes = 2'000'000;
    auto file = opened(path, settings);
    QVERIFY(file.write(pointsOf(noon, noon + 1), std::vector { eventAt(noon) }));
    // Workloads that change all the time push out each other, and not what was broken.
    std::vector<FleetEvent> storm(5000, { .at = {}, .kind = FleetEvent::Kind::Workload, .provider = "azure", .region = "eastus", .cluster = "a", .node = "node-1", .workload = "chat" });
    for (int minute = 0; minute < 20; ++minute) {
        for (auto& event : storm)
            event.at = at(noon + minute * 60);
        QVERIFY(file.write(pointsOf(noon + minute * 60 + 1, noon + minute * 60 + 2), storm));
    }
    QVERIFY(file.write(pointsOf(noon + 3600, noon + 3601)));
    const auto kept = eventsIn(file, { .from = at(noon), .to = at(noon + 7200), .most = 200'000 });
    QVERIFY2(kept.size() > 500 && kept.size() < 1'500, qPrintable(QString::number(kept.size())));
    QVERIFY(kept.front() == eventAt(noon));
    QVERIFY(kept.at(1).at == at(noon + 19 * 60));
    // After a start it is counted anew.
    const std::vector later { eventAt(noon + 4000) };
    QVERIFY(opened(path, settings).write(pointsOf(noon + 4000, noon + 4001), later));
}

void TestHistory::eventsOfAFullDiskAreNotCounted()
{
    QTemporaryDir folder;
    auto file = opened(folder.filePath(QStringLiteral("h.db")).toStdString());
    QVERIFY(file.write(pointsOf(noon, noon + 1), std::vector { eventAt(noon) }));
    rlimit before {};
    QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit nothing { 1, before.rlim_max };
    QCOMPARE(setrlimit(RLIMIT_FSIZE, &nothing), 0);
    const auto failed = file.write(pointsOf(noon + 1, noon + 2), std::vector { eventAt(noon + 1) });
    QCOMPARE(setrlimit(RLIMIT_FSIZE, &before), 0);
    QVERIFY(!failed);
    QVERIFY(file.write(pointsOf(noon + 2, noon + 3), std::vector { eventAt(noon + 2) }));
    const std::vector expected { eventAt(noon), eventAt(noon + 2) };
    QVERIFY(eventsIn(file, { .from = at(noon), .to = at(noon + 9) }) == expected);
}

int main(int argc, char** argv)
{
    if (argc == 4 && std::string_view(argv[1]) == "--write")
        return writeForEver(argv[2], std::atoll(argv[3]));
    QCoreApplication app(argc, argv);
    TestHistory test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_history.moc"
