// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <csignal>
#include <sys/resource.h>

#include "ingest.h"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

/// Hands over what the test gives it.
class GivenSource final : public Source
{
public:
    explicit GivenSource(SourceSink*& sink) : m_sink(sink) {}
    void start(SourceSink& sink) override { m_sink = &sink; }
    void reconnect() override {}
    void resync() override {}

private:
    SourceSink*& m_sink;
};

} // namespace

/// The ingest thread with a clock that the test moves.
class TestIngest final : public QObject
{
    Q_OBJECT

private slots:
    void whatComesRightAfterASnapshotIsShownWithTheNextOne();
    void whatIsReadCountsAlsoWhereNothingChanges();
    void aFrameThatCannotBeReadIsCountedWithItsReason();
    void whatASourceDoesNotTellComesFromTheCatalogue();
    void aPartOfAFleetDoesNotReplaceAllOfItInTheCache();
    void theFirstMinuteOfWhatIsMeasuredHereIsNotKept_data();
    void theFirstMinuteOfWhatIsMeasuredHereIsNotKept();
    void whatTheFleetsDidIsKeptInAllItsParts();
    void sharesAreKeptWhileTheyAreSaid();
    void whatHappensToSingleGpusIsKept();
    void theLastMinutesAreThereAtTheNextStart();
    void aHistoryThatIsNotKeptIsSaid();
    void aFullDiskStopsTheHistoryAlone();
    void aClockThatIsSetBackStopsNothing();

private:
    /// One endpoint with two busy GPUs, one idle one and a workload that asks for more, for so many seconds of a clock of its own.
    struct Run
    {
        std::optional<HistoryFile> kept;
        std::vector<std::int64_t> seconds; ///< of the clock, one after another
        std::optional<GroupPoint> share {}; ///< said once, at the beginning
        std::int64_t breaks = 0; ///< the second in which the third GPU falls off the bus; 0: never
        std::string kind = "agent";
        std::optional<Published> before {}, after {};
        void play();
    };
};

void TestIngest::Run::play()
{
    std::atomic<std::int64_t> now { seconds.front() * 1'000'000 };
    SourceSink* sink = nullptr;
    Ingest ingest({ { .name = "a", .kind = kind, .url = {}, .token = {}, .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} } }, 30s, std::nullopt, [&] { return Time(Duration(now.load())); }, [] {}, {}, std::move(kept));
    std::string notice;
    before = ingest.restore(notice);
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::make_unique<GivenSource>(sink));
    ingest.start(std::move(sources), { std::nullopt });
    auto inventory = std::make_shared<Inventory>();
    inventory->epoch = 1;
    inventory->clusters = { { "azure", "eastus", "a" } };
    inventory->models = { { "H100 80GB SXM", 81559 } };
    inventory->nodes = { { "n", 0, 0, 3, {} } };
    inventory->workloads = { "chat" };
    SamplesFrame frame { .epoch = 1, .sequence = 1, .observed = Time(Duration(now.load())), .rows = {}, .values = {}, .addedWorkloads = {} };
    for (const auto state : { GpuState::Busy, GpuState::Busy, GpuState::Idle })
        frame.values.append({ .state = state, .workload = 0, .utilisation = 60, .power = 5000 });
    sink->frame(InventoryFrame { inventory, frame.observed });
    sink->frame(frame);
    sink->frame(DemandFrame { .observed = frame.observed, .demand = { { .workload = "chat", .requestsPerSecond = {}, .gpusNeeded = 7, .gpusUnmet = 4 } } });
    std::uint64_t sequence = 1;
    if (share)
        ingest.setShares({ *share });
    for (const auto second : seconds) {
        now = second * 1'000'000;
        if (second == breaks) {
            SamplesFrame broken { .epoch = 1, .sequence = ++sequence, .observed = Time(Duration(now.load())), .rows = { 2 }, .values = {}, .addedWorkloads = {} };
            broken.values.append({ .state = GpuState::Unhealthy, .health = Health { 79 }, .workload = 0 });
            sink->frame(broken);
        } else
            sink->frame(HeartbeatFrame { 1, ++sequence, Time(Duration(now.load())) });
        const auto shown = [&] {
            // However slow this machine is, it is still that second: a clock that is set back begins anew.
            if (now < second * 1'000'000 + 900'000)
                now += 40'000;
            else
                now = second * 1'000'000;
            if (auto made = ingest.take())
                after = std::move(made);
            return after && !after->history->empty() && std::chrono::floor<std::chrono::seconds>(after->history->back()->at) == Time(std::chrono::seconds(second));
        };
        QTRY_VERIFY(shown());
    }
}

void TestIngest::whatComesRightAfterASnapshotIsShownWithTheNextOne()
{
    std::atomic<std::int64_t> now { 1'790'000'000'000'000 };
    std::atomic<int> woken { 0 };
    SourceSink* sink = nullptr;
    Ingest ingest({ { .name = "a", .kind = "agent", .url = {}, .token = {}, .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} } }, 30s, std::nullopt,
        [&] { return Time(Duration(now.load())); }, [&] { ++woken; });
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::make_unique<GivenSource>(sink));
    ingest.start(std::move(sources), { std::nullopt });
    auto inventory = std::make_shared<Inventory>();
    inventory->epoch = 1;
    inventory->clusters = { { "azure", "eastus", "a" } };
    inventory->models = { { "H100 80GB SXM", 81559 } };
    inventory->nodes = { { "n", 0, 0, 1, {} } };
    const auto utilisation = [&](std::uint8_t percent, std::uint64_t sequence) {
        SamplesFrame frame { .epoch = 1, .sequence = sequence, .observed = Time(Duration(now.load())), .rows = {}, .values = {}, .addedWorkloads = {} };
        frame.values.append({ .state = GpuState::Busy, .utilisation = percent });
        return frame;
    };
    std::optional<Published> shown;
    const auto shows = [&](double percent) {
        if (auto made = ingest.take())
            shown = std::move(made);
        return shown && shown->snapshot->total().utilisation.mean() == percent;
    };
    sink->frame(InventoryFrame { inventory, Time(Duration(now.load())) });
    sink->frame(utilisation(10, 1));
    QTRY_VERIFY((now += 40'000, shows(10)));
    now += 500'000;
    const auto publishedNow = [&] {
        if (auto made = ingest.take())
            shown = std::move(made);
        return shown->snapshot->asOf() == Time(Duration(now.load()));
    };
    QTRY_VERIFY(publishedNow());
    // Ten milliseconds later, too soon for another snapshot; then a tenth of a second passes and nothing else comes.
    now += 10'000;
    sink->frame(utilisation(20, 2));
    QTest::qWait(60); // the thread takes it while it is too soon
    now += 100'000;
    QTRY_VERIFY(shows(20));
}

void TestIngest::whatIsReadCountsAlsoWhereNothingChanges()
{
    std::atomic<std::int64_t> now { 1'790'000'000'000'000 };
    SourceSink* sink = nullptr;
    Ingest ingest({ { .name = "a", .kind = "agent", .url = {}, .token = {}, .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} } }, 30s, std::nullopt, [&] { return Time(Duration(now.load())); }, [] {});
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::make_unique<GivenSource>(sink));
    ingest.start(std::move(sources), { std::nullopt });
    auto inventory = std::make_shared<Inventory>();
    inventory->epoch = 1;
    inventory->clusters = { { "azure", "eastus", "a" } };
    inventory->models = { { "H100 80GB SXM", 81559 } };
    inventory->nodes = { { "n", 0, 0, 100, {} } };
    SamplesFrame whole { .epoch = 1, .sequence = 1, .observed = Time(Duration(now.load())), .rows = {}, .values = {}, .addedWorkloads = {} };
    whole.values.resize(100);
    sink->frame(InventoryFrame { inventory, whole.observed });
    sink->series(700);
    sink->frame(whole);
    std::optional<Published> shown;
    const auto frames = [&](std::uint64_t count) {
        if (auto made = ingest.take())
            shown = std::move(made);
        return shown && shown->endpoints[0].frames >= count;
    };
    QTRY_VERIFY((now += 40'000, frames(2)));
    // Nothing changes any more, and all 100 are read every second.
    for (std::uint64_t second = 1; second <= 8; ++second) {
        now += 1'000'000;
        sink->frame(HeartbeatFrame { 1, second + 1, Time(Duration(now.load())) });
        QTRY_VERIFY(frames(second + 2));
    }
    const auto& status = shown->endpoints[0];
    QVERIFY2(std::abs(status.samplesPerSecond - 100) < 5, qPrintable(QString::number(status.samplesPerSecond)));
    QCOMPARE(status.series, std::uint64_t { 700 });
    // Then it is silent.
    QTRY_VERIFY((now += 5'000'000, frames(1) && shown->endpoints[0].samplesPerSecond == 0));
}

void TestIngest::aFrameThatCannotBeReadIsCountedWithItsReason()
{
    SourceSink* sink = nullptr;
    Ingest ingest({ { .name = "a", .kind = "agent", .url = {}, .token = {}, .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} } }, 30s, std::nullopt, wallClock, [] {});
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::make_unique<GivenSource>(sink));
    ingest.start(std::move(sources), { std::nullopt });
    sink->connection(Connection::Failing, Error { Error::Kind::Invalid, "a deflated frame that is damaged", "a", {} });
    std::optional<Published> shown;
    const auto counted = [&] {
        if (auto made = ingest.take())
            shown = std::move(made);
        return shown && shown->endpoints[0].refusedFrames == 1;
    };
    QTRY_VERIFY(counted());
    QCOMPARE(shown->endpoints[0].refusedReason, std::string("a deflated frame that is damaged"));
}

void TestIngest::whatASourceDoesNotTellComesFromTheCatalogue()
{
    SourceSink* sink = nullptr;
    Catalogue catalogue;
    catalogue.addInstance("aws", "p5.48xlarge", { "H100 80GB SXM", 8, 81920 });
    Ingest ingest({ { .name = "a", .kind = "prometheus", .url = {}, .token = {}, .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} } }, 30s, std::nullopt, wallClock, [] {}, catalogue);
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::make_unique<GivenSource>(sink));
    ingest.start(std::move(sources), { std::nullopt });
    auto inventory = std::make_shared<Inventory>();
    inventory->epoch = 1;
    inventory->clusters = { { "aws", "us-east-1", "eks" } };
    inventory->models = { { "unknown", 0 } };
    inventory->nodes = { { "n", 0, 0, 1, "p5.48xlarge" }, { "m", 0, 0, 1, "p5x.48xlarge" } };
    sink->frame(InventoryFrame { inventory, wallClock() });
    SamplesFrame frame { .epoch = 1, .sequence = 1, .observed = wallClock(), .rows = {}, .values = {}, .addedWorkloads = {} };
    frame.values.resize(2);
    sink->frame(frame);
    std::optional<Published> shown;
    const auto isShown = [&] {
        if (auto made = ingest.take())
            shown = std::move(made);
        return shown && shown->snapshot->total().gpus == 2;
    };
    QTRY_VERIFY(isShown());
    const auto& shape = shown->snapshot->structure();
    QCOMPARE(shape.models[shape.nodes[0].model], std::string("H100 80GB SXM"));
    QCOMPARE(shape.modelMemory[shape.nodes[0].model], 81920U);
    QCOMPARE(shape.models[shape.nodes[1].model], std::string("unknown"));
}

void TestIngest::aPartOfAFleetDoesNotReplaceAllOfItInTheCache()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("cache.db")).toStdString();
    std::atomic<std::int64_t> clock { 1'790'000'000'000'000 };
    const auto run = [&](std::uint32_t nodes, bool whole) {
        std::string notice;
        auto cache = Cache::open(path, notice);
        QVERIFY(cache);
        const Time now { Duration(clock.load()) };
        SourceSink* sink = nullptr;
        std::atomic<std::uint64_t> seen { 0 };
        Ingest ingest({ { .name = "a", .kind = "dcgm", .url = {}, .token = {}, .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} } }, 30s, std::move(*cache), [&] { return Time(Duration(clock.load())); }, [] {});
        const auto restored = ingest.restore(notice);
        // Whose fleet it is is known before anybody answers.
        QCOMPARE(restored.endpoints.front().provider, std::string(restored.endpoints.front().fromCache ? "azure" : ""));
        std::vector<std::unique_ptr<Source>> sources;
        sources.push_back(std::make_unique<GivenSource>(sink));
        ingest.start(std::move(sources), { std::nullopt });
        auto inventory = std::make_shared<Inventory>();
        inventory->epoch = 1;
        inventory->clusters = { { "azure", "eastus", "a" } };
        inventory->models = { { "H100 80GB SXM", 81559 } };
        SamplesFrame frame { .epoch = 1, .sequence = 1, .observed = now, .rows = {}, .values = {}, .addedWorkloads = {} };
        for (std::uint32_t n = 0; n < nodes; ++n) {
            inventory->nodes.push_back({ "n" + std::to_string(n), 0, 0, 1, {} });
            frame.values.append({ .state = GpuState::Busy });
        }
        sink->connection(Connection::Live, whole ? std::nullopt : std::optional(Error { Error::Kind::Unavailable, "1 of 2 targets do not answer", {}, {} }));
        sink->frame(InventoryFrame { inventory, now });
        sink->frame(frame);
        QTRY_VERIFY([&] {
            clock += 50'000;
            if (const auto made = ingest.take())
                seen = made->endpoints.front().fromCache ? 0 : made->snapshot->total().gpus;
            return seen == nodes;
        }());
    };
    const auto kept = [&] {
        std::string notice;
        return Cache::open(path, notice)->loadFleets(notice)->front().inventory->gpus();
    };
    run(2, true);
    run(1, false);
    QCOMPARE(kept(), std::uint64_t { 2 });
    run(1, true);
    QCOMPARE(kept(), std::uint64_t { 1 });
    run(2, true);
    clock += 100'000'000'000; // more than a day
    run(1, false);
    QCOMPARE(kept(), std::uint64_t { 1 });
}

void TestIngest::theFirstMinuteOfWhatIsMeasuredHereIsNotKept_data()
{
    QTest::addColumn<QByteArray>("kind");
    QTest::addColumn<int>("first"); ///< second that is kept
    QTest::newRow("an agent has looked before") << QByteArray("agent") << 0;
    QTest::newRow("exporters") << QByteArray("dcgm") << 61;
    QTest::newRow("a replay") << QByteArray("replay") << 0;
}

/// Until then all that is held counts as busy, which may be more than ever is.
void TestIngest::theFirstMinuteOfWhatIsMeasuredHereIsNotKept()
{
    QFETCH(QByteArray, kind);
    QFETCH(int, first);
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db")).toStdString();
    std::string notice;
    constexpr std::int64_t start = 1'790'000'000;
    Run run { .kept = std::move(*HistoryFile::open(path, {}, notice)), .seconds = { start, start + 1, start + 30, start + 61, start + 62 }, .kind = kind.toStdString() };
    run.play();
    auto file = HistoryFile::openToRead(path);
    QVERIFY(file);
    const auto answer = file->read({ .dimension = GroupPoint::Dimension::Total, .keys = {}, .figures = { HistoryFigure::Busy }, .from = Time(std::chrono::seconds(start)), .to = Time(std::chrono::seconds(start + 70)), .step = 1s });
    QVERIFY(answer && !answer->series.empty());
    const auto begins = std::chrono::duration_cast<std::chrono::seconds>(answer->series[0].points.front().at - Time(std::chrono::seconds(start))).count();
    QVERIFY2(begins >= first && begins <= first + 1, qPrintable(QString::number(begins)));
}

void TestIngest::whatTheFleetsDidIsKeptInAllItsParts()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db")).toStdString();
    std::string notice;
    constexpr std::int64_t start = 1'790'000'000;
    Run run { .kept = std::move(*HistoryFile::open(path, {}, notice)), .seconds = {} };
    for (auto second = start; second < start + 20; ++second)
        run.seconds.push_back(second);
    run.play();
    QVERIFY(!run.after->historyError);
    auto file = HistoryFile::openToRead(path);
    QVERIFY(file);
    using enum GroupPoint::Dimension;
    const auto mean = [&](GroupPoint::Dimension by, HistoryFigure figure) {
        const auto answer = file->read({ .dimension = by, .keys = {}, .figures = { figure }, .from = Time(std::chrono::seconds(start)), .to = Time(std::chrono::seconds(start + 20)), .step = 60s });
        return answer->series.empty() ? std::pair(std::string("nothing"), -1.) : std::pair(answer->series[0].key, answer->series[0].points.at(0).mean);
    };
    for (const auto& [by, key] : { std::pair(Total, ""), std::pair(Provider, "azure"), std::pair(Region, "azure/eastus"), std::pair(Cluster, "azure/eastus/a"), std::pair(Model, "H100 80GB SXM"), std::pair(Workload, "chat"), std::pair(ProviderModel, "azure/H100 80GB SXM") }) {
        QCOMPARE(mean(by, HistoryFigure::Busy), std::pair(std::string(key), 2.));
        QCOMPARE(mean(by, HistoryFigure::Gpus), std::pair(std::string(key), 3.));
        QCOMPARE(mean(by, HistoryFigure::Utilisation), std::pair(std::string(key), 60.));
        QCOMPARE(mean(by, HistoryFigure::Power), std::pair(std::string(key), 1500.));
    }
    // Whose demand it is is known by workload alone.
    for (const auto by : { Total, Workload }) {
        QCOMPARE(mean(by, HistoryFigure::Needed).second, 7.);
        QCOMPARE(mean(by, HistoryFigure::Unmet).second, 4.);
    }
    QCOMPARE(mean(Provider, HistoryFigure::Needed).second, -1.);
}

void TestIngest::sharesAreKeptWhileTheyAreSaid()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db")).toStdString();
    std::string notice;
    constexpr std::int64_t start = 1'790'000'000;
    GroupPoint share { .dimension = GroupPoint::Dimension::Backend, .key = "chat/azure" };
    share.accepted = 40;
    Run run { .kept = std::move(*HistoryFile::open(path, {}, notice)), .seconds = { start, start + 1, start + 20, start + 21 }, .share = share };
    run.play();
    auto file = HistoryFile::openToRead(path);
    QVERIFY(file);
    const auto answer = file->read({ .dimension = GroupPoint::Dimension::Backend, .keys = {}, .figures = { HistoryFigure::Accepted }, .from = Time(std::chrono::seconds(start)), .to = Time(std::chrono::seconds(start + 60)), .step = 1s });
    QVERIFY(answer && answer->series.size() == 1);
    QCOMPARE(answer->series[0].key, std::string("chat/azure"));
    QCOMPARE(answer->series[0].points.size(), std::size_t { 2 });
    QCOMPARE(answer->series[0].points[0].mean, 40.);
}

void TestIngest::whatHappensToSingleGpusIsKept()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db")).toStdString();
    std::string notice;
    constexpr std::int64_t start = 1'790'000'000;
    Run run { .kept = std::move(*HistoryFile::open(path, {}, notice)), .seconds = { start, start + 1, start + 2, start + 3 } };
    run.breaks = start + 2;
    run.play();
    auto file = HistoryFile::openToRead(path);
    QVERIFY(file);
    const auto told = file->events({ .from = Time(std::chrono::seconds(start)), .to = Time(std::chrono::seconds(start + 10)) });
    QVERIFY(told && told->events.size() == 1);
    const auto& event = told->events.front();
    QVERIFY(event.at == Time(std::chrono::seconds(start + 2)) && event.kind == FleetEvent::Kind::Unhealthy && event.health == Health { 79 });
    QVERIFY(event.endpoint == "a" && event.provider == "azure" && event.region == "eastus" && event.cluster == "a" && event.node == "n" && event.gpus == 1 && event.which == 4);
}

void TestIngest::theLastMinutesAreThereAtTheNextStart()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db")).toStdString();
    std::string notice;
    constexpr std::int64_t start = 1'790'000'000;
    Run first { .kept = std::move(*HistoryFile::open(path, {}, notice)), .seconds = { start, start + 1, start + 2, start + 70 } };
    first.play();
    Run second { .kept = std::move(*HistoryFile::open(path, {}, notice)), .seconds = { start + 100 } };
    second.play();
    const auto& history = *second.before->history;
    QCOMPARE(history.size(), std::size_t { 4 });
    for (std::size_t i = 0; i < history.size(); ++i)
        // To the second: that is what is kept.
        QVERIFY(history[i]->at == std::chrono::floor<std::chrono::seconds>(first.after->history->at(i)->at) && history[i]->groups == first.after->history->at(i)->groups);
}

void TestIngest::aHistoryThatIsNotKeptIsSaid()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db")).toStdString();
    std::string notice;
    QVERIFY(HistoryFile::open(path, {}, notice));
    Run run { .kept = std::move(*HistoryFile::openToRead(path)), .seconds = {} };
    for (std::int64_t second = 1'790'000'000; second < 1'790'000'020; ++second)
        run.seconds.push_back(second);
    run.play();
    // The console goes on as before.
    QCOMPARE(run.after->history->size(), std::size_t { 20 });
    QVERIFY(run.after->historyError && run.after->historyError->kind == Error::Kind::Refused);
}

void TestIngest::aFullDiskStopsTheHistoryAlone()
{
    QTemporaryDir folder;
    const auto path = folder.filePath(QStringLiteral("h.db")).toStdString();
    std::string notice;
    constexpr std::int64_t start = 1'790'000'000;
    const auto seconds = [](std::int64_t from, std::int64_t to) {
        std::vector<std::int64_t> made;
        for (; from < to; ++from)
            made.push_back(from);
        return made;
    };
    Run full { .kept = std::move(*HistoryFile::open(path, {}, notice)), .seconds = seconds(start, start + 20) };
    rlimit before {};
    QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit nothing { 1, before.rlim_max };
    QCOMPARE(setrlimit(RLIMIT_FSIZE, &nothing), 0);
    full.play();
    QCOMPARE(setrlimit(RLIMIT_FSIZE, &before), 0);
    QCOMPARE(full.after->history->size(), std::size_t { 20 });
    QVERIFY(full.after->historyError && full.after->historyError->kind == Error::Kind::Unavailable);
    Run again { .kept = std::move(*HistoryFile::open(path, {}, notice)), .seconds = seconds(start + 60, start + 80) };
    again.play();
    QVERIFY(!again.after->historyError);
    QVERIFY(notice.empty());
}

void TestIngest::aClockThatIsSetBackStopsNothing()
{
    Run run { .kept = {}, .seconds = { 1'790'000'000, 1'790'000'001, 1'789'990'000, 1'789'990'001 } };
    run.play(); // waits for a point of each
    const auto& history = *run.after->history;
    QCOMPARE(history.size(), std::size_t { 2 }); // what is ahead is drawn no more
    QVERIFY(history[0]->at < history[1]->at);
}

QTEST_GUILESS_MAIN(TestIngest)
#include "tst_ingest.moc"
