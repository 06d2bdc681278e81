// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "shift/shiftrunner.h"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

/// A router that obeys, and can be told to misbehave.
class FakeRouter final : public Router
{
public:
    Result<RouteReading> read() override
    {
        const std::lock_guard lock(mutex);
        ++reads;
        if (deadFromRead != 0 && reads >= deadFromRead)
            return fail(Error::Kind::Unavailable, "the router is gone", "fake");
        return reading();
    }
    Result<RouteReading> apply(const Weights& wanted, const std::string& expected, const std::string& key) override
    {
        const std::lock_guard lock(mutex);
        if (deadFromApply != 0 && applied.size() + 1 >= deadFromApply) {
            deadFromRead = 1;
            return fail(Error::Kind::Unavailable, "the router is gone", "fake");
        }
        if (expected != version())
            return fail(Error::Kind::Conflict, "the version is " + version(), "fake");
        keys.push_back(key);
        applied.push_back(wanted);
        old = std::exchange(weights, wanted);
        acceptedAt = reads + pendingReads;
        if (rounds)
            weights[0] += 5;
        return reading();
    }
    [[nodiscard]] std::string version() const
    {
        std::string text = std::to_string(reloads) + ":";
        for (const double weight : weights)
            text += std::to_string(weight) + "/";
        return text;
    }

    std::mutex mutex;
    Weights weights { 100, 0 };
    std::vector<Weights> applied;
    std::vector<std::string> keys;
    std::size_t reads = 0, deadFromRead = 0, deadFromApply = 0;
    int reloads = 0;
    std::uint64_t requests = 1000; ///< in the window
    bool follows = true; ///< the observed split does what it was told
    bool rounds = false;
    std::size_t pendingReads = 0; ///< after each change the router has not accepted it yet for so many readings
    BackendReading::Condition second = BackendReading::Condition::Up;

private:
    Weights old { 100, 0 };
    std::size_t acceptedAt = 0;
    RouteReading reading()
    {
        RouteReading made;
        if (reads < acceptedAt)
            made.pending = "the gateway has not looked yet";
        made.version = version();
        made.windowRequests = requests;
        made.drift = reloads == 0 ? "" : "reloaded at 08:39:02 UTC";
        for (std::size_t i = 0; i < weights.size(); ++i) {
            BackendReading backend;
            backend.name = i == 0 ? "azure" : "gcp";
            backend.accepted = (made.pending.empty() ? weights : old)[i];
            if (requests >= leastRequestsObserved)
                backend.observed = follows ? weights[i] : i == 0 ? 100.0 : 0.0;
            backend.condition = i == 1 ? second : BackendReading::Condition::Up;
            made.backends.push_back(backend);
        }
        return made;
    }
};

class FakeJournal final : public Journal
{
public:
    Result<> record(const ShiftStatus& status) override
    {
        const std::lock_guard lock(mutex);
        if (full)
            return fail(Error::Kind::Corrupt, "no space left", "journal");
        written.push_back(status);
        return {};
    }
    Result<std::vector<ShiftStatus>> shifts(std::size_t) override { return std::vector<ShiftStatus>(); }
    Result<std::string> nextId() override { return std::string("S-1"); }

    std::mutex mutex;
    std::vector<ShiftStatus> written;
    bool full = false;
};

class FakeAudit final : public AuditLog
{
public:
    Result<std::int64_t> append(const AuditEvent& event) override
    {
        const std::lock_guard lock(mutex);
        if (fullFrom != 0 && events.size() + 1 >= fullFrom)
            return fail(Error::Kind::Unavailable, "no space left", "audit");
        events.push_back(event);
        return static_cast<std::int64_t>(events.size());
    }
    Result<std::vector<AuditRecord>> records(const AuditQuery&) override { return std::vector<AuditRecord>(); }
    Result<AuditVerdict> verify() override { return AuditVerdict(); }
    void makeRoom()
    {
        const std::lock_guard lock(mutex);
        fullFrom = 0;
    }
    /// "step 1 intended", "finished", ...
    [[nodiscard]] QStringList told()
    {
        const std::lock_guard lock(mutex);
        QStringList lines;
        for (const auto& it : events) {
            auto line = std::string(name(kindOf(it.body)));
            if (const auto* step = std::get_if<AuditStep>(&it.body))
                line += ' ' + std::to_string(step->number) + ' ' + std::string(name(step->stage)) + (step->returning ? " back" : "");
            lines << QString::fromStdString(line);
        }
        return lines;
    }

    std::mutex mutex;
    std::vector<AuditEvent> events;
    std::size_t fullFrom = 0; ///< counts from 1; 0: never
};

/// A runner and what was heard of it.
struct Story
{
    std::shared_ptr<FakeRouter> router = std::make_shared<FakeRouter>();
    std::shared_ptr<FakeJournal> journal = std::make_shared<FakeJournal>();
    std::shared_ptr<FakeAudit> audit = std::make_shared<FakeAudit>();
    std::vector<Weights> steps { { 90, 10 }, { 80, 20 }, { 70, 30 } };
    ShiftRunner::Timing timing { .poll = 1ms, .stuckAfter = 5ms, .fewAfter = 5ms, .tolerance = 2 };
    std::chrono::milliseconds bake { 0 };
    std::mutex mutex;
    std::condition_variable heard;
    std::vector<ShiftStatus> told;
    std::unique_ptr<ShiftRunner> runner;

    void begin()
    {
        ShiftPlan plan;
        plan.id = "S-1";
        plan.route = "chat";
        plan.from = { 100, 0 };
        plan.fromVersion = FakeRouter().version();
        plan.backends = { "azure", "gcp" };
        plan.hash = "0123";
        plan.steps = steps;
        plan.bake = bake;
        runner = std::make_unique<ShiftRunner>(
            router, journal, plan,
            [this](const ShiftStatus& status) {
                const std::lock_guard lock(mutex);
                told.push_back(status);
                heard.notify_all();
            },
            [] { return Time(1h); }, timing, audit);
    }
    /// Waits until a status that fits was told, and forgets everything up to it.
    template<class Fits>
    std::optional<ShiftStatus> await(Fits fits)
    {
        std::unique_lock lock(mutex);
        std::optional<ShiftStatus> found;
        heard.wait_for(lock, 20s, [&] {
            const auto at = std::ranges::find_if(told, fits);
            if (at == told.end())
                return false;
            found = *at;
            told.erase(told.begin(), at + 1);
            return true;
        });
        return found;
    }
    std::optional<ShiftStatus> await(ShiftPhase phase)
    {
        return await([phase](const ShiftStatus& status) { return status.phase == phase; });
    }
    std::optional<ShiftStatus> ended()
    {
        return await([](const ShiftStatus& status) { return isOver(status.phase); });
    }
    std::vector<Weights> applied()
    {
        const std::lock_guard lock(router->mutex);
        return router->applied;
    }
};

} // namespace

class ShiftRunnerTest : public QObject
{
    Q_OBJECT
private slots:
    void endsAsItShould_data();
    void endsAsItShould();
    void goesBackOverTheSameSteps();
    void goesBackFromAPause();
    void stopsWhereItStands();
    void pausesAndResumes();
    void confirmsAgainAfterBeingStuck();
    void tellsAChangeBySomebodyElse();
    void waitsForABackendThatIsDown();
    void waitsUntilTheRouterAccepts_data();
    void waitsUntilTheRouterAccepts();
    void writesBeforeItActs();
    void survivesTheEndOfTheProgram();
    void losesNoCommand();
    void recordsEveryStepWithItsThreeWeights();
    void recordsEveryTurn();
    void sendsNothingThatIsNotRecorded_data();
    void sendsNothingThatIsNotRecorded();
    void saysThatItsEndIsNotRecorded();
};

void ShiftRunnerTest::endsAsItShould_data()
{
    QTest::addColumn<QString>("how");
    QTest::addColumn<int>("phase");
    QTest::addColumn<int>("steps");
    QTest::addColumn<double>("acceptedAtTheEnd");
    QTest::addColumn<QString>("says");
    const auto done = static_cast<int>(ShiftPhase::Done), failed = static_cast<int>(ShiftPhase::Failed);
    QTest::newRow("done") << "well" << done << 3 << 30.0 << "observed agrees";
    QTest::newRow("no traffic") << "quiet" << done << 3 << 30.0 << "accepted suffices";
    QTest::newRow("changed before the first step") << "stale version" << failed << 0 << 50.0 << "the version is";
    QTest::newRow("router dies in the second step") << "dies in apply" << failed << 1 << 10.0 << "the router is gone";
    QTest::newRow("router dies while confirming") << "dies in read" << failed << 2 << 20.0 << "the router is gone";
    QTest::newRow("router takes other weights") << "rounds" << failed << 1 << 10.0 << "accepted other weights";
    QTest::newRow("journal cannot be written") << "journal" << failed << 0 << 0.0 << "no space left";
}

void ShiftRunnerTest::endsAsItShould()
{
    QFETCH(QString, how);
    QFETCH(int, phase);
    QFETCH(int, steps);
    QFETCH(double, acceptedAtTheEnd);
    QFETCH(QString, says);
    Story story;
    if (how == QLatin1String("quiet"))
        story.router->requests = 12;
    else if (how == QLatin1String("stale version"))
        story.router->weights = { 50, 50 };
    else if (how == QLatin1String("dies in apply"))
        story.router->deadFromApply = 2;
    else if (how == QLatin1String("dies in read"))
        story.router->deadFromRead = 2;
    else if (how == QLatin1String("rounds"))
        story.router->rounds = true;
    else if (how == QLatin1String("journal"))
        story.journal->full = true;
    story.begin();
    const auto end = story.ended();
    QVERIFY(end);
    QCOMPARE(static_cast<int>(end->phase), phase);
    QCOMPARE(story.applied().size(), static_cast<std::size_t>(steps));
    QCOMPARE(end->accepted[1], acceptedAtTheEnd);
    QVERIFY(end->endedAt);
    const auto text = QString::fromStdString(end->note + (end->error ? end->error->text() : ""));
    QVERIFY2(text.contains(says), qPrintable(text));
}

void ShiftRunnerTest::goesBackOverTheSameSteps()
{
    Story story;
    story.bake = 1h;
    story.begin();
    QVERIFY(story.await(ShiftPhase::Baking));
    story.runner->pause();
    story.runner->resume();
    QVERIFY(story.await(ShiftPhase::Baking));
    story.runner->goBack();
    const auto end = story.ended();
    QVERIFY(end);
    QCOMPARE(end->phase, ShiftPhase::Returned);
    QVERIFY((story.applied() == std::vector<Weights> { { 90, 10 }, { 100, 0 } }));
    QCOMPARE(end->accepted[0], 100.0);
}

void ShiftRunnerTest::goesBackFromAPause()
{
    Story story;
    story.router->follows = false;
    story.begin();
    const auto stuck = story.await(ShiftPhase::Paused);
    QVERIFY(stuck);
    QVERIFY(stuck->note.find("stuck") != std::string::npos);
    story.runner->goBack();
    QCOMPARE(story.ended()->phase, ShiftPhase::Returned);
    QCOMPARE(story.applied().size(), std::size_t(2));
}

void ShiftRunnerTest::stopsWhereItStands()
{
    Story story;
    story.bake = 1h;
    story.begin();
    QVERIFY(story.await(ShiftPhase::Baking));
    story.runner->stop();
    const auto end = story.ended();
    QCOMPARE(end->phase, ShiftPhase::Stopped);
    QCOMPARE(story.applied().size(), std::size_t(1));
    QCOMPARE(end->accepted[1], 10.0);
}

void ShiftRunnerTest::pausesAndResumes()
{
    Story story;
    story.bake = 1h;
    story.begin();
    QVERIFY(story.await(ShiftPhase::Baking));
    story.runner->pause();
    QVERIFY(story.await(ShiftPhase::Paused));
    QCOMPARE(story.applied().size(), std::size_t(1));
    QVERIFY(!isOver(story.runner->status().phase));
    story.runner->resume();
    QVERIFY(story.await(ShiftPhase::Baking));
    story.runner->stop();
    QCOMPARE(story.ended()->phase, ShiftPhase::Stopped);
}

void ShiftRunnerTest::confirmsAgainAfterBeingStuck()
{
    Story story;
    story.router->follows = false;
    story.begin();
    QVERIFY(story.await(ShiftPhase::Paused));
    story.runner->resume();
    QVERIFY(story.await(ShiftPhase::Confirming));
    QVERIFY(story.await(ShiftPhase::Paused));
    QCOMPARE(story.applied().size(), std::size_t(1));
    {
        const std::lock_guard lock(story.router->mutex);
        story.router->follows = true;
    }
    story.runner->resume();
    QCOMPARE(story.ended()->phase, ShiftPhase::Done);
}

void ShiftRunnerTest::tellsAChangeBySomebodyElse()
{
    Story story;
    story.router->follows = false;
    story.timing.stuckAfter = 1h;
    story.begin();
    QVERIFY(story.await(ShiftPhase::Confirming));
    {
        const std::lock_guard lock(story.router->mutex);
        story.router->reloads = 1;
    }
    const auto end = story.ended();
    QCOMPARE(end->phase, ShiftPhase::Failed);
    QCOMPARE(end->error->kind, Error::Kind::Conflict);
    QVERIFY(end->error->what.find("reloaded at 08:39:02 UTC") != std::string::npos);
}

void ShiftRunnerTest::waitsForABackendThatIsDown()
{
    Story story;
    story.router->requests = 0;
    story.router->second = BackendReading::Condition::Down;
    story.begin();
    const auto stuck = story.await(ShiftPhase::Paused);
    QVERIFY(stuck);
    QVERIFY2(stuck->note.find("gcp takes no requests") != std::string::npos, stuck->note.c_str());
    QCOMPARE(story.applied().size(), std::size_t(1));
}

void ShiftRunnerTest::waitsUntilTheRouterAccepts_data()
{
    QTest::addColumn<int>("reads");
    QTest::addColumn<int>("requests");
    QTest::addColumn<bool>("stuck");
    QTest::newRow("soon, with requests") << 2 << 1'000 << false;
    QTest::newRow("soon, with none") << 2 << 0 << false;
    QTest::newRow("never") << 1'000'000 << 1'000 << true;
    QTest::newRow("never, with no requests") << 1'000'000 << 0 << true;
}

void ShiftRunnerTest::waitsUntilTheRouterAccepts()
{
    QFETCH(int, reads);
    QFETCH(int, requests);
    QFETCH(bool, stuck);
    Story story;
    story.router->pendingReads = static_cast<std::size_t>(reads);
    story.router->requests = static_cast<std::uint64_t>(requests);
    if (!stuck)
        story.timing.stuckAfter = 10s;
    story.begin();
    if (!stuck) {
        QCOMPARE(story.ended()->phase, ShiftPhase::Done);
        return;
    }
    const auto paused = story.await(ShiftPhase::Paused);
    QVERIFY(paused);
    QVERIFY2(paused->note.find("the gateway has not looked yet") != std::string::npos, paused->note.c_str());
    QCOMPARE(story.applied().size(), std::size_t(1));
}

void ShiftRunnerTest::writesBeforeItActs()
{
    Story story;
    story.begin();
    QCOMPARE(story.ended()->phase, ShiftPhase::Done);
    story.runner.reset();
    const auto& written = story.journal->written;
    QCOMPARE(written.size(), std::size_t(4));
    for (std::size_t i = 0; i < 3; ++i) {
        QCOMPARE(written[i].phase, ShiftPhase::Writing);
        QCOMPARE(written[i].step, i + 1);
        QCOMPARE(written[i].desired[1], 10.0 * static_cast<double>(i + 1));
        QCOMPARE(written[i].accepted[1], 10.0 * static_cast<double>(i));
    }
    QCOMPARE(written[3].phase, ShiftPhase::Done);
    auto keys = story.router->keys;
    std::ranges::sort(keys);
    QVERIFY(std::ranges::adjacent_find(keys) == keys.end());
}

void ShiftRunnerTest::survivesTheEndOfTheProgram()
{
    Story story;
    story.bake = 1h;
    story.begin();
    QVERIFY(story.await(ShiftPhase::Baking));
    story.runner.reset();
    QCOMPARE(story.told.back().phase, ShiftPhase::Paused);
    QCOMPARE(story.journal->written.back().phase, ShiftPhase::Paused);
    QCOMPARE(story.journal->written.back().step, std::size_t(1));
}

void ShiftRunnerTest::losesNoCommand()
{
    Story story;
    story.bake = 1h;
    story.begin();
    QVERIFY(story.await(ShiftPhase::Baking));
    story.runner->goBack();
    story.runner->pause();
    story.runner->resume();
    QCOMPARE(story.ended()->phase, ShiftPhase::Returned);
}

void ShiftRunnerTest::recordsEveryStepWithItsThreeWeights()
{
    Story story;
    story.steps = { { 50, 50 }, { 0, 100 } };
    story.begin();
    QCOMPARE(story.ended()->phase, ShiftPhase::Done);
    story.runner.reset();
    QCOMPARE(story.audit->told(), (QStringList { QStringLiteral("step 1 intended"), QStringLiteral("step 1 confirmed"), QStringLiteral("step 2 intended"), QStringLiteral("step 2 confirmed"), QStringLiteral("finished") }));
    for (const auto& it : story.audit->events) {
        QCOMPARE(it.shift, std::string("S-1"));
        QCOMPARE(it.plan, std::string("0123"));
    }
    const auto weights = [&](std::size_t event) { return std::get<AuditStep>(story.audit->events[event].body).routes.front().weights; };
    QVERIFY((weights(0) == std::vector<AuditWeight> { { "azure", 50, 100, {} }, { "gcp", 50, 0, {} } }));
    QVERIFY((weights(1) == std::vector<AuditWeight> { { "azure", 50, 50, 50 }, { "gcp", 50, 50, 50 } }));
    QVERIFY((weights(2) == std::vector<AuditWeight> { { "azure", 0, 50, 50 }, { "gcp", 100, 50, 50 } }));
    QVERIFY((weights(3) == std::vector<AuditWeight> { { "azure", 0, 0, 0 }, { "gcp", 100, 100, 100 } }));
    QCOMPARE(std::get<AuditStep>(story.audit->events[3].body).note, std::string("observed agrees"));
    const auto end = std::get<AuditEnd>(story.audit->events.back().body);
    QVERIFY(end.error.empty());
    QVERIFY(end.took);
    QVERIFY(end.recovery); // nothing is left on azure: a failover
}

void ShiftRunnerTest::recordsEveryTurn()
{
    Story story;
    story.bake = 1h;
    story.begin();
    QVERIFY(story.await(ShiftPhase::Baking));
    story.runner->pause();
    QVERIFY(story.await(ShiftPhase::Paused));
    story.runner->resume();
    QVERIFY(story.await(ShiftPhase::Baking));
    story.runner->goBack();
    QVERIFY(story.ended());
    story.runner.reset();
    QCOMPARE(story.audit->told(), (QStringList { QStringLiteral("step 1 intended"), QStringLiteral("step 1 confirmed"), QStringLiteral("paused"), QStringLiteral("resumed"), QStringLiteral("returning"), QStringLiteral("step 0 intended back"), QStringLiteral("step 0 confirmed back"), QStringLiteral("returned") }));
    QVERIFY(!std::get<AuditEnd>(story.audit->events.back().body).recovery);
}

void ShiftRunnerTest::sendsNothingThatIsNotRecorded_data()
{
    QTest::addColumn<int>("fullFrom");
    QTest::addColumn<int>("sent");
    QTest::newRow("before the first step") << 1 << 0;
    QTest::newRow("when the first is confirmed") << 2 << 1;
    QTest::newRow("before the second step") << 3 << 1;
    QTest::newRow("when the last is confirmed") << 6 << 3;
}

void ShiftRunnerTest::sendsNothingThatIsNotRecorded()
{
    QFETCH(int, fullFrom);
    QFETCH(int, sent);
    Story story;
    story.audit->fullFrom = static_cast<std::size_t>(fullFrom);
    story.begin();
    const auto paused = story.await(ShiftPhase::Paused);
    QVERIFY(paused);
    QVERIFY(paused->error);
    QVERIFY2(paused->error->text().find("the audit log cannot be written, so nothing is sent: no space left") != std::string::npos, paused->error->text().c_str());
    QCOMPARE(story.applied().size(), static_cast<std::size_t>(sent));
    // Nobody's order is carried out unrecorded either.
    for (const auto order : { &ShiftRunner::resume, &ShiftRunner::goBack }) {
        (story.runner.get()->*order)();
        QVERIFY(story.await(ShiftPhase::Paused));
        QCOMPARE(story.applied().size(), static_cast<std::size_t>(sent));
    }
    story.audit->makeRoom();
    story.runner->resume();
    const auto end = story.ended();
    QVERIFY(end);
    QCOMPARE(end->phase, ShiftPhase::Done);
    QVERIFY(!end->error);
    QCOMPARE(story.applied().size(), std::size_t(3));
    QVERIFY(story.audit->told().contains(QStringLiteral("resumed")));
}

void ShiftRunnerTest::saysThatItsEndIsNotRecorded()
{
    Story story;
    story.audit->fullFrom = 7;
    story.begin();
    const auto end = story.ended();
    QVERIFY(end);
    QCOMPARE(end->phase, ShiftPhase::Done);
    QVERIFY2(end->note.find("the end could not be written to the audit log: audit: no space left") != std::string::npos, end->note.c_str());
}

QTEST_APPLESS_MAIN(ShiftRunnerTest)
#include "tst_shiftrunner.moc"
