// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "engine/engine.h"
#include "pastreading.h"
#include "session/demo.h"
#include "session/session.h"
#include "support/changingfleet.h"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t noon = 1'790'000'000 / 86400 * 86400 + 43200; ///< of some day

/// Of the provider whose GPU comes and goes.
const GroupPoint& groupOf(const RollupPoint& point)
{
    return *std::ranges::find_if(point.groups, [](const GroupPoint& it) { return it.dimension == GroupPoint::Dimension::Provider && it.key == "gcp"; });
}

Time at(std::int64_t second) { return Time(std::chrono::seconds(noon + second)); }

} // namespace

/// A moment of the history as a picture that the window shows like any other.
class TestPast final : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void aMomentIsWhatItsSnapshotWas();
    void aMomentThatIsNotKeptIsNoZero();
    void anImportOfOnePointAMinuteHoldsUntilTheNext();
    void theLastSecondsAreWhatWasWrittenLast();
    void longAgoTheMeanOfAMinuteStandsForIt();
    void theLinesEndAtTheMoment();
    void sharesAndEventsAreOfTheMoment();
    void aSpanHasItsLineAndItsEvents();
    void ofMeansALineHasTheLeastAndTheGreatest();
    void theNewestQuestionIsAnswered();
    void withoutAFileTheReasonIsGiven();
    void aRoutesChartGoesOnWhereItWasBeforeARestart();

private:
    [[nodiscard]] PastView past(Time when)
    {
        auto file = HistoryFile::openToRead(m_path);
        return file ? readPast(*file, m_maker, m_routes, when) : PastView { .error = file.error() };
    }
    void write(std::int64_t from, std::int64_t to, std::int64_t every = 1)
    {
        std::string notice;
        auto file = HistoryFile::open(m_path, {}, notice);
        QVERIFY(file);
        std::vector<std::shared_ptr<const RollupPoint>> points;
        for (auto second = from; second < to; second += every) {
            m_fleet->clusters[0].nodes[0].samples[0].state = second / every % 2 == 0 ? GpuState::Busy : GpuState::Free;
            m_last = m_fleet->snapshot();
            auto point = std::make_shared<RollupPoint>(rollupPoint(*m_last));
            point->at = at(second) + 300ms;
            GroupPoint share { .dimension = GroupPoint::Dimension::Backend, .key = "chat/azure" };
            share.accepted = 40;
            share.observed = static_cast<double>(second % 100);
            point->groups.push_back(share);
            points.push_back(std::move(point));
        }
        const std::vector events { FleetEvent { .at = at(from), .kind = FleetEvent::Kind::Lost, .provider = "azure", .gpus = 3 },
            FleetEvent { .at = at(to - 1), .kind = FleetEvent::Kind::Back, .provider = "azure", .gpus = 3 }, FleetEvent { .at = at(from), .kind = FleetEvent::Kind::Workload, .provider = "azure" } };
        QVERIFY(file->write(points, events));
    }
    std::unique_ptr<QTemporaryDir> m_folder;
    std::string m_path;
    std::unique_ptr<ChangingFleet> m_fleet;
    SnapshotPtr m_last;
    PastMaker m_maker;
    std::vector<Route> m_routes { Route { .name = "chat", .workload = {}, .router = {}, .backends = { { "azure", {} }, { "gcp", {} } } } };
};

void TestPast::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->filePath(QStringLiteral("h.db")).toStdString();
    m_fleet = std::make_unique<ChangingFleet>(3);
    m_fleet->clusters = { { { "gcp", "us", "c" }, {} }, { { "azure", "west", "b" }, {} }, { { "azure", "east", "a" }, {} } };
    for (auto& cluster : m_fleet->clusters)
        for (int n = 0; n < 5; ++n)
            cluster.nodes.push_back(m_fleet->node("n" + std::to_string(n), 8));
}

void TestPast::aMomentIsWhatItsSnapshotWas()
{
    write(0, 70);
    write(70, 100);
    const auto view = past(at(99) + 700ms);
    QVERIFY(!view.error && view.snapshot && view.step == 1s);
    const auto &is = *view.snapshot, &was = *m_last;
    QVERIFY(is.isPast() && !was.isPast());
    QVERIFY(is.asOf() == at(99) + 700ms && is.observed(0) == at(99));
    QCOMPARE(is.total().byState, was.total().byState);
    QCOMPARE(is.structure().providers.size(), was.structure().providers.size());
    QCOMPARE(is.structure().clusters.size(), was.structure().clusters.size());
    for (std::size_t c = 0; c < was.structure().clusters.size(); ++c) {
        QCOMPARE(is.structure().clusters[c].name, was.structure().clusters[c].name);
        QCOMPARE(is.clusterTally(c).byState, was.clusterTally(c).byState);
        QVERIFY(std::abs(*is.clusterTally(c).utilisation.mean() - *was.clusterTally(c).utilisation.mean()) < 0.1);
    }
    for (std::size_t p = 0; p < was.structure().providers.size(); ++p)
        QCOMPARE(is.providerTally(p).byState, was.providerTally(p).byState);
    // How many GPUs had which utilisation is not kept, and nothing stands in its place.
    QVERIFY(!is.total().utilisationQuantile(0.95));
    QCOMPARE(is.structure().rows, 0U);
    const auto before = past(at(98));
    QVERIFY(before.snapshot->total().byState != is.total().byState);
    QCOMPARE(before.snapshot->structure().version, is.structure().version);
}

void TestPast::aMomentThatIsNotKeptIsNoZero()
{
    write(0, 70);
    write(200, 270);
    QVERIFY(past(at(69)).snapshot);
    const auto gap = past(at(120));
    QVERIFY(!gap.snapshot && !gap.error);
    QVERIFY(!past(at(-50)).snapshot);
}

void TestPast::anImportOfOnePointAMinuteHoldsUntilTheNext()
{
    write(0, 3600, 60);
    write(7200, 9000, 60);
    const auto between = past(at(3000 + 59));
    QVERIFY(between.snapshot && between.step == 60s);
    QVERIFY(between.snapshot->observed(0) == at(3000));
    QCOMPARE(between.snapshot->total().byState, past(at(3000)).snapshot->total().byState);
    QVERIFY(between.snapshot->total().byState != past(at(2940 + 59)).snapshot->total().byState);
    QVERIFY(between.history->size() >= 5);
    QVERIFY(past(at(3540 + 59)).snapshot);
    QVERIFY2(!past(at(3600 + 59)).snapshot, "what is due and does not come is a gap");
    QVERIFY2(!past(at(7200 + 59)).snapshot, "a gap is no step of an import");
}

void TestPast::theLastSecondsAreWhatWasWrittenLast()
{
    write(0, 70);
    const auto view = past(at(75));
    QVERIFY(view.snapshot);
    QVERIFY(view.snapshot->observed(0) == at(69)); // which the age says
    QVERIFY(!past(at(80)).snapshot);
}

void TestPast::longAgoTheMeanOfAMinuteStandsForIt()
{
    write(0, 600);
    std::string notice;
    auto file = HistoryFile::open(m_path, {}, notice);
    // Days go by until the seconds are not kept any more.
    for (int day = 0; day < 80; ++day) {
        auto point = std::make_shared<RollupPoint>(rollupPoint(*m_last));
        point->at = at(3600 * (day + 1));
        QVERIFY(file->write(std::vector<std::shared_ptr<const RollupPoint>> { point }));
    }
    const auto view = past(at(125));
    QVERIFY(view.snapshot);
    QCOMPARE(view.step, std::chrono::seconds(60));
    QVERIFY(view.snapshot->observed(0) == at(120));
    QCOMPARE(view.snapshot->total().gpus, std::uint64_t { 120 });
}

void TestPast::theLinesEndAtTheMoment()
{
    write(0, 1200);
    const auto view = past(at(1000));
    QCOMPARE(view.history->size(), std::size_t { 901 });
    QVERIFY(view.history->front()->at == at(100) && view.history->back()->at == at(1000));
    const auto& split = *view.observed.at("chat");
    QVERIFY(split.back().at == at(1000) && split.back().observed.at(0) == 0. && !split.back().observed.at(1));
}

void TestPast::sharesAndEventsAreOfTheMoment()
{
    write(0, 70);
    write(70, 140);
    const auto view = past(at(71));
    QCOMPARE(view.shares.at("chat/azure").accepted, 40.);
    QCOMPARE(view.shares.at("chat/azure").observed, 71.);
    QCOMPARE(view.events.size(), std::size_t { 5 });
    QVERIFY(view.events.back().at == at(70));
}

void TestPast::aSpanHasItsLineAndItsEvents()
{
    write(0, 600);
    auto file = HistoryFile::openToRead(m_path);
    const auto span = readSpan(*file, at(-600), at(600), 120);
    QCOMPARE(span.busy.size(), std::size_t { 60 });
    QVERIFY(span.busy.front().first == at(0));
    QCOMPARE(span.events.size(), std::size_t { 2 }); // without the workload's
}

void TestPast::ofMeansALineHasTheLeastAndTheGreatest()
{
    write(0, 600);
    PastDesk desk(m_path, m_routes);
    std::shared_ptr<const PastRange> range;
    connect(&desk, &PastDesk::rangeRead, this, [&](const std::shared_ptr<const PastRange>& it) { range = it; });
    desk.askRange(at(100), at(199), 1s);
    QTRY_VERIFY(range);
    QCOMPARE(range->step, 1s);
    QCOMPARE(range->history->size(), std::size_t { 100 });
    QCOMPARE(range->observed.at("chat")->size(), std::size_t { 100 });
    range.reset();
    desk.askRange(at(0), at(599), 10s);
    QTRY_VERIFY(range);
    QCOMPARE(range->step, 10s);
    // One GPU is busy in every other second.
    QCOMPARE(range->history->size(), std::size_t { 120 });
    const auto busy = [&](std::size_t point) { return groupOf(*(*range->history)[point]).byState[static_cast<std::size_t>(GpuState::Busy)]; };
    const auto supply = [&](std::size_t point) {
        const auto& byState = groupOf(*(*range->history)[point]).byState;
        return busy(point) + byState[static_cast<std::size_t>(GpuState::Idle)] + byState[static_cast<std::size_t>(GpuState::Free)];
    };
    QVERIFY((*range->history)[2]->at == at(10) && (*range->history)[3]->at == at(15));
    QCOMPARE(busy(3), busy(2) + 1);
    QCOMPARE(supply(3), supply(2));
    const auto& split = *range->observed.at("chat");
    QCOMPARE(split.size(), std::size_t { 120 });
    QVERIFY(split[2].at == at(10) && split[2].observed.at(0) == 10. && split[3].at == at(15) && split[3].observed.at(0) == 19.);
}

void TestPast::theNewestQuestionIsAnswered()
{
    write(0, 70);
    PastDesk desk(m_path, m_routes);
    std::vector<std::shared_ptr<const PastView>> views;
    connect(&desk, &PastDesk::read, this, [&](const std::shared_ptr<const PastView>& view) { views.push_back(view); });
    for (int second = 0; second < 70; ++second)
        desk.ask(at(second));
    QTRY_VERIFY(!views.empty() && views.back()->at == at(69));
    QVERIFY(views.back()->snapshot);
    std::shared_ptr<const PastSpan> span;
    connect(&desk, &PastDesk::spanRead, this, [&](const std::shared_ptr<const PastSpan>& it) { span = it; });
    desk.askSpan(at(0), at(70));
    QTRY_VERIFY(span && span->busy.size() == 70);
}

void TestPast::withoutAFileTheReasonIsGiven()
{
    PastDesk desk(m_path, {});
    std::shared_ptr<const PastView> view;
    connect(&desk, &PastDesk::read, this, [&](const std::shared_ptr<const PastView>& it) { view = it; });
    desk.ask(at(0));
    QTRY_VERIFY(view && view->error);
    QCOMPARE(view->error->kind, Error::Kind::NotFound);
    // One that comes later is read.
    write(0, 70);
    view.reset();
    desk.ask(at(0));
    QTRY_VERIFY(view && view->snapshot);
}

void TestPast::aRoutesChartGoesOnWhereItWasBeforeARestart()
{
    qputenv("XDG_CACHE_HOME", m_folder->path().toUtf8());
    auto workspace = demoWorkspace();
    QVERIFY(workspace);
    const auto& route = workspace->routes.front();
    const auto now = std::chrono::floor<std::chrono::seconds>(wallClock());
    {
        std::string notice;
        auto file = HistoryFile::open(m_path, {}, notice);
        QVERIFY(file);
        std::vector<std::shared_ptr<const RollupPoint>> points;
        for (auto second = -1200s; second < -60s; second += 1s) {
            auto point = std::make_shared<RollupPoint>(RollupPoint { .at = now + second, .groups = {} });
            for (std::size_t b = 0; b < route.backends.size(); ++b) {
                auto& share = point->groups.emplace_back(GroupPoint { .dimension = GroupPoint::Dimension::Backend, .key = route.name + "/" + route.backends[b].name });
                share.observed = 20 + static_cast<double>(b);
            }
            points.push_back(std::move(point));
        }
        QVERIFY(file->write(points));
    }
    SessionOptions options;
    options.historyFile = m_path;
    Session session(std::move(*workspace), options);
    session.start();
    QTRY_VERIFY_WITH_TIMEOUT(!session.routes().front().observed->empty() && session.routes().front().observed->front().at < now - 800s && session.routes().front().observed->back().at >= now, 15'000);
    const auto& chart = *session.routes().front().observed;
    QVERIFY(chart.front().at >= now - recentHistoryLength);
    QVERIFY(std::ranges::is_sorted(chart, std::less_equal(), &SplitPoint::at));
    QCOMPARE(chart[0].observed[0], std::optional(20.));
    QCOMPARE(chart[0].observed[1], std::optional(21.));
    QVERIFY2(std::ranges::none_of(chart, [&](const SplitPoint& it) { return it.at >= now - 60s && it.at < now; }), "a gap is a gap");
}

QTEST_GUILESS_MAIN(TestPast)
#include "tst_past.moc"
