// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QScopeGuard>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "session/demo.h"
#include "session/session.h"
#include "storage/auditbody.h"
#include "storage/auditfile.h"
#include "storage/historyfile.h"
#include "storage/journalfile.h"

using namespace penstock;
using namespace std::chrono_literals;

/// A session writes down what it is asked for before it does any of it.
namespace {

/// The journal of a file that is well.
std::shared_ptr<JournalFile> journalOf(const std::string& path)
{
    std::string notice;
    const auto opened = JournalFile::open(path, notice);
    return opened && notice.empty() ? *opened : nullptr;
}

} // namespace

class TestRecords final : public QObject
{
    Q_OBJECT

private slots:
    void workspacesOfOneNameHaveCachesOfTheirOwn();
    void theDemosFilesAreOnesOwn();
    void init();
    void cleanup() { m_session.reset(); }
    void aShiftIsRecordedWithWhatWasSeen();
    void aRefusalIsRecordedToo();
    void aSecondPersonIsRecorded();
    void anApprovalCountsOnce();
    void anApprovalIsOfWhatWasSeen();
    void aHashIsOfOneCommand();
    void aPlanIsStartedByWhoAskedForIt();
    void anExpiredApprovalIsSaidToBe();
    void aPlanWhoseRouteHasMovedOnWaitsForNobody();
    void theWayBackIsAsSteepAsTheWayThere();
    void aPlaceThatIsNotThereIsNoEmptyPlace();
    void anOverrideIsRecorded();
    void everyOrderIsRecordedWithWhoGaveIt();
    void aRehearsalIsRecordedAndWritesNothing();
    void theLastDrillIsKnownAfterARestart();
    void aRehearsalThatIsHeldUpHasFailed();
    void aRouteThatIsShiftedHereStaysHeld();
    void whoKeepsTheHistoryIsNoTrouble();
    void aFullDiskIsSaidOnceAndAShiftGoesOn();
    void aDiskThatIsFullForAllHoldsUpNoShift();
    void noSecretIsKept();
    void nothingStartsWithoutALog();
    void nothingStartsOnALogThatWasTamperedWith();
    void aSharedFolderStaysShared();
    void aHistoryStaysWithItsWorkspaceFile();
    void nothingStartsOnALogThatWasChangedLongAgo();

private:
    [[nodiscard]] SessionOptions options() const
    {
        SessionOptions made;
        made.journalFile = m_folder->filePath(QStringLiteral("journal.db")).toStdString();
        made.auditFile = m_folder->filePath(QStringLiteral("audit.db")).toStdString();
        return made;
    }
    void begin(const SessionOptions& options)
    {
        auto workspace = demoWorkspace();
        QVERIFY(workspace);
        m_session = std::make_unique<Session>(std::move(*workspace), options);
        m_session->start();
        QTRY_VERIFY_WITH_TIMEOUT(m_session->isComplete(), 15000);
    }
    /// Another console of somebody else, on the same files.
    [[nodiscard]] std::unique_ptr<Session> consoleOf(const std::string& person, const std::function<void(Policy&)>& change = {})
    {
        auto workspace = demoWorkspace();
        auto its = options();
        its.person = person;
        if (workspace && change)
            change(workspace->policy);
        auto session = std::make_unique<Session>(std::move(*workspace), its);
        session->start();
        return QTest::qWaitFor([&] { return session->isComplete(); }, 15'000) ? std::move(session) : nullptr;
    }
    [[nodiscard]] PlanRequest request(std::chrono::milliseconds bake = 0ms) const
    {
        PlanRequest made;
        made.targets = { { "chatgpt", target() } };
        made.largestStep = 25;
        made.bake = bake;
        made.reason = "test";
        return made;
    }
    [[nodiscard]] ShiftPhase phaseOf(const std::string& id) const
    {
        const auto found = std::ranges::find(m_session->shifts(), id, &PlanStatus::id);
        return found == m_session->shifts().end() ? ShiftPhase::Planned : found->phase;
    }
    [[nodiscard]] QString kindsOf(const AuditQuery& query) const
    {
        QStringList kinds;
        const auto records = m_session->audit()->records(query);
        for (std::size_t i = 0; records && i < records->size(); ++i)
            kinds << QString::fromStdString((*records)[i].kind);
        return kinds.join(QLatin1Char(' '));
    }
    [[nodiscard]] bool isWhole() const
    {
        const auto verdict = m_session->audit()->verify();
        return verdict && !verdict->broken;
    }
    /// A little less on the first backend, a little more on the second.
    [[nodiscard]] Weights target() const
    {
        auto weights = m_session->routes().front().reading->accepted();
        weights[0] -= 5;
        weights[1] += 5;
        return weights;
    }
    [[nodiscard]] Result<std::string> start(const Weights& to)
    {
        PlanRequest request;
        request.targets = { { "chatgpt", to } };
        request.largestStep = 25;
        request.bake = 0ms;
        request.reason = "test";
        return m_session->startPlan(request, {});
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Session> m_session;
};

void TestRecords::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    qputenv("XDG_CACHE_HOME", m_folder->path().toUtf8());
}

void TestRecords::theDemosFilesAreOnesOwn()
{
    const auto workspace = demoWorkspace();
    QVERIFY(workspace);
    for (const QFileInfo file(QString::fromStdString(workspace->file)); const auto& name : { file.fileName(), QStringLiteral("demo.toml") })
        QCOMPARE(QFile::permissions(file.dir().filePath(name)) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
}

void TestRecords::aShiftIsRecordedWithWhatWasSeen()
{
    begin(options());
    const auto to = target();
    PlanRequest request;
    request.targets = { { "chatgpt", to } };
    request.largestStep = 25;
    const auto seen = m_session->plan(request);
    QVERIFY(seen);
    const auto id = start(to);
    QVERIFY2(id, id ? "" : id.error().text().c_str());
    QTRY_VERIFY_WITH_TIMEOUT(m_session->routes().front().shift && isOver(m_session->routes().front().shift->phase), 60000);
    QCOMPARE(m_session->routes().front().shift->phase, ShiftPhase::Done);
    const auto records = m_session->audit()->records({ .shift = *id, .kind = {}, .since = {}, .until = {} });
    QVERIFY(records);
    QStringList kinds;
    for (const auto& it : *records) {
        kinds << QString::fromStdString(it.kind);
        QCOMPARE(it.person, operatorName());
        QCOMPARE(it.host, hostName());
        QCOMPARE(it.plan.size(), std::size_t { 64 });
        QVERIFY(auditEvent(it)->simulated);
    }
    QCOMPARE(kinds.join(QLatin1Char(' ')), QStringLiteral("asked judged step step finished"));
    const auto asked = std::get<AuditAsked>(auditEvent(records->front())->body);
    QCOMPARE(asked.what, std::string("shift chatgpt"));
    QCOMPARE(asked.reason, std::string("test"));
    QCOMPARE(asked.moves.front().steps.back(), to);
    QVERIFY(asked.picture.silent.empty());
    std::int64_t gpus = 0;
    for (const auto& it : asked.picture.pools)
        gpus += it.gpus;
    QCOMPARE(static_cast<std::uint64_t>(gpus), std::uint64_t { m_session->snapshot()->total().gpus });
    const auto& needs = seen->judgement.effect.needs;
    QCOMPARE(asked.picture.needs.size(), needs.size());
    const auto& backends = m_session->routes().front().route.backends;
    for (std::size_t i = 0; i < needs.size(); ++i) {
        QCOMPARE(asked.picture.needs[i].backend, backends[needs[i].backend].name);
        QCOMPARE(*asked.picture.needs[i].target, to[needs[i].backend]);
        QCOMPARE(asked.picture.needs[i].neededGpus, needs[i].neededGpus);
    }
    QVERIFY(!asked.picture.effects.empty() && asked.picture.costBefore && asked.picture.costAfter);
    const auto judged = std::get<AuditJudged>(auditEvent((*records)[1])->body);
    QVERIFY(!judged.blocked);
    QCOMPARE(judged.interlocks.size(), seen->judgement.interlocks.size());
    const auto confirmed = std::get<AuditStep>(auditEvent((*records)[3])->body);
    QCOMPARE(confirmed.routes.front().weights[1].backend, std::string("gcp"));
    QCOMPARE(*confirmed.routes.front().weights[1].desired, to[1]);
    const auto verdict = m_session->audit()->verify();
    QVERIFY(verdict && !verdict->broken);
    QCOMPARE(verdict->sound, 5);
}

void TestRecords::aRefusalIsRecordedToo()
{
    begin(options());
    const auto id = start({ 0, 0, 100 }); // aws is not approved for customer content
    QVERIFY(!id);
    QCOMPARE(id.error().kind, Error::Kind::Refused);
    const auto records = m_session->audit()->records({});
    QVERIFY(records);
    QCOMPARE(records->size(), std::size_t { 2 });
    QCOMPARE(records->front().shift, std::string());
    const auto judged = std::get<AuditJudged>(auditEvent(records->back())->body);
    QVERIFY(judged.blocked);
    QVERIFY(std::ranges::any_of(judged.interlocks, [](const AuditInterlock& it) { return it.rule == "approval" && it.verdict == AuditInterlock::Verdict::Block; }));
    // What can never be overridden is not recorded as overridden because somebody asked for it.
    auto insisting = request();
    insisting.targets.front().second = { 0, 0, 100 };
    insisting.asked = Override { .person = {}, .reason = "fire", .rules = { "approval" }, .until = wallClock() + 10min };
    QVERIFY(!m_session->startPlan(insisting, {}));
    QCOMPARE(kindsOf({}), QStringLiteral("asked judged asked judged"));
}

void TestRecords::aSecondPersonIsRecorded()
{
    const auto strict = [](Policy& policy) { policy.secondPersonAbove = 0; };
    m_session = consoleOf("ada", strict);
    const auto grace = consoleOf("grace", strict);
    QVERIFY(m_session && grace);
    const auto wanted = request();
    const auto hash = m_session->propose(wanted);
    QVERIFY2(hash, hash ? "" : hash.error().text().c_str());
    QVERIFY(!m_session->startPlan(wanted, *hash));
    QCOMPARE(m_session->approve(*hash).error().kind, Error::Kind::Refused);
    QCOMPARE(m_session->waitingApprovals().size(), std::size_t { 1 });
    const auto approved = grace->approve(hash->substr(0, 8));
    QVERIFY2(approved, approved ? "" : approved.error().text().c_str());
    QTRY_VERIFY_WITH_TIMEOUT(!m_session->plan(wanted)->judgement.blocked(), 10'000);
    const auto id = m_session->startPlan(wanted, *hash);
    QVERIFY2(id, id ? "" : id.error().text().c_str());
    QTRY_COMPARE_WITH_TIMEOUT(phaseOf(*id), ShiftPhase::Done, 60'000);
    const auto records = m_session->audit()->records({});
    const auto approval = std::ranges::find(*records, "approved", &AuditRecord::kind);
    QVERIFY(approval != records->end());
    QCOMPARE(approval->person, std::string("grace"));
    QCOMPARE(approval->plan, *hash);
    const auto seen = std::get<AuditApproved>(auditEvent(*approval)->body);
    QCOMPARE(seen.asker, std::string("ada"));
    QVERIFY(seen.picture && !seen.picture->pools.empty() && !seen.picture->needs.empty());
    const auto second = std::ranges::find(seen.interlocks, "second_person", &AuditInterlock::rule);
    QVERIFY(second != seen.interlocks.end() && second->verdict == AuditInterlock::Verdict::Block);
    const auto proposed = std::get<AuditAsked>(auditEvent(records->front())->body);
    QVERIFY(proposed.proposed && !proposed.picture.pools.empty());
    // The proposal, the refusal, the approval, and the shift that it let start: all under one hash, each by who did it.
    QCOMPARE(kindsOf({}), QStringLiteral("asked judged asked judged approved asked judged step step finished"));
    QVERIFY(std::ranges::all_of(*records, [&](const AuditRecord& it) { return it.plan == *hash && (it.kind == "approved" || it.person == "ada"); }));
    QVERIFY(isWhole());
}

void TestRecords::anApprovalIsOfWhatWasSeen()
{
    const auto strict = [](Policy& policy) {
        policy.secondPersonAbove = 0;
        policy.overridable = { "max_step" };
    };
    m_session = consoleOf("ada", strict);
    const auto grace = consoleOf("grace", strict);
    QVERIFY(m_session && grace);
    const auto wanted = request();
    const auto hash = m_session->propose(wanted);
    QVERIFY(hash && grace->approve(*hash));
    auto insisting = wanted;
    insisting.asked = Override { .person = "ada", .reason = "hurry", .rules = { "max_step" }, .until = m_session->now() + 10min };
    const auto refused = m_session->startPlan(insisting, *hash);
    QVERIFY(!refused);
    QVERIFY2(refused.error().text().find("has not seen this override") != std::string::npos, refused.error().text().c_str());
    QTRY_VERIFY_WITH_TIMEOUT(!m_session->plan(wanted)->judgement.blocked(), 10'000);
    QVERIFY(m_session->startPlan(wanted, *hash));
}

void TestRecords::aHashIsOfOneCommand()
{
    m_session = consoleOf("ada", [](Policy&) {});
    QVERIFY(m_session);
    const auto wanted = request();
    const auto shown = m_session->plan(wanted);
    QVERIFY(shown && m_session->noteShown(*shown));
    // Nobody is asked to approve what was only looked at.
    QVERIFY(m_session->waitingApprovals().empty());
    auto other = wanted;
    std::swap(other.targets.front().second[0], other.targets.front().second[1]);
    const auto refused = m_session->startPlan(other, shown->judgement.hash.substr(0, 12));
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, Error::Kind::Conflict);
}

void TestRecords::aPlanIsStartedByWhoAskedForIt()
{
    const auto strict = [](Policy& policy) { policy.secondPersonAbove = 0; };
    m_session = consoleOf("ada", strict);
    const auto grace = consoleOf("grace", strict);
    QVERIFY(m_session && grace);
    const auto wanted = request();
    const auto hash = m_session->propose(wanted);
    QVERIFY(hash && grace->approve(*hash));
    const auto started = grace->startPlan(wanted, *hash);
    QVERIFY(!started);
    QVERIFY2(started.error().what.find("is ada's") != std::string::npos, started.error().text().c_str());
}

void TestRecords::anExpiredApprovalIsSaidToBe()
{
    const auto strict = [](Policy& policy) {
        policy.secondPersonAbove = 0;
        policy.approvalValid = 1s;
    };
    m_session = consoleOf("ada", strict);
    const auto grace = consoleOf("grace", strict);
    QVERIFY(m_session && grace);
    const auto wanted = request();
    const auto hash = m_session->propose(wanted);
    QVERIFY(hash && grace->approve(*hash));
    QTRY_VERIFY_WITH_TIMEOUT(m_session->plan(wanted)->judgement.about("second_person").evidence.find("the approval by grace") != std::string::npos, 20'000);
    const auto judged = m_session->plan(wanted)->judgement;
    QVERIFY(judged.about("second_person").blocks());
    QVERIFY2(judged.about("second_person").evidence.find("has expired") != std::string::npos, judged.about("second_person").evidence.c_str());
    QTRY_VERIFY_WITH_TIMEOUT(m_session->waitingApprovals().empty(), 20'000);
    QVERIFY(grace->approve(*hash).error().what.find("is older than") != std::string::npos);
}

void TestRecords::anApprovalCountsOnce()
{
    const auto needsTwo = [](Policy& policy) { policy.secondPersonAbove = 0.001; };
    auto ada = consoleOf("ada", needsTwo);
    auto bob = consoleOf("bob", needsTwo);
    QVERIFY(ada && bob);
    m_session = std::move(ada);
    const auto asked = request();
    const auto hash = m_session->propose(asked);
    QVERIFY2(hash, hash ? "" : hash.error().text().c_str());
    QVERIFY(bob->approve(*hash));
    const auto first = m_session->startPlan(asked, {});
    QVERIFY2(first, first ? "" : first.error().text().c_str());
    QTRY_COMPARE_WITH_TIMEOUT(phaseOf(*first), ShiftPhase::Done, 60000);
    // The same plan, by its hash and by the same words.
    const auto twice = m_session->startPlan(asked, *hash);
    QVERIFY2(!twice, twice ? twice->c_str() : "");
    auto back = asked;
    back.targets.front().second = m_session->routes().front().reading->accepted();
    back.targets.front().second[0] += 1;
    back.targets.front().second[1] -= 1;
    const auto again = m_session->startPlan(back, {});
    QVERIFY(!again && again.error().what.find("econd person") != std::string::npos);
}

void TestRecords::aPlanWhoseRouteHasMovedOnWaitsForNobody()
{
    begin(options());
    auto other = request();
    other.targets.front().second[0] -= 1;
    other.targets.front().second[1] += 1;
    QVERIFY(m_session->propose(other));
    QCOMPARE(m_session->waitingApprovals().size(), std::size_t { 1 });
    const auto id = m_session->startPlan(request(), {});
    QVERIFY2(id, id ? "" : id.error().text().c_str());
    QTRY_COMPARE_WITH_TIMEOUT(phaseOf(*id), ShiftPhase::Done, 60000);
    QTRY_VERIFY_WITH_TIMEOUT(m_session->waitingApprovals().empty(), 10'000);
}

void TestRecords::theWayBackIsAsSteepAsTheWayThere()
{
    begin(options());
    auto asked = request(500ms);
    asked.largestStep = 1;
    asked.targets.front().second = m_session->routes().front().reading->accepted();
    asked.targets.front().second[0] -= 5;
    asked.targets.front().second[1] += 5;
    const auto id = m_session->startPlan(asked, {});
    QVERIFY2(id, id ? "" : id.error().text().c_str());
    const auto status = [&] { return *std::ranges::find(m_session->shifts(), *id, &PlanStatus::id); };
    QTRY_VERIFY_WITH_TIMEOUT(std::ranges::find(m_session->shifts(), *id, &PlanStatus::id) != m_session->shifts().end() && status().stepsDone >= 2, 30'000);
    QVERIFY(m_session->goBackPlan(*id));
    QTRY_COMPARE_WITH_TIMEOUT(phaseOf(*id), ShiftPhase::Returned, 30'000);
    QVERIFY2(status().back->steps() >= 2, qPrintable(QString::number(status().back->steps())));
}

void TestRecords::aPlaceThatIsNotThereIsNoEmptyPlace()
{
    begin(options());
    PlanRequest asked;
    asked.kind = Plan::Kind::Evacuation;
    asked.scope.provider = "azrue";
    const auto view = m_session->plan(asked);
    QVERIFY(!view);
    QCOMPARE(view.error().kind, Error::Kind::NotFound);
    QVERIFY2(view.error().text().find("there are aws, azure, gcp") != std::string::npos, view.error().text().c_str());
}

void TestRecords::anOverrideIsRecorded()
{
    m_session = consoleOf("ada", [](Policy& policy) {
        policy.freezes.push_back({ .name = "launch", .routes = {}, .from = wallClock() - 1h, .until = wallClock() + 1h, .days = {} });
        policy.overridable = { "freeze" };
    });
    QVERIFY(m_session);
    auto wanted = request();
    QVERIFY(m_session->plan(wanted)->judgement.about("freeze").blocks());
    wanted.asked = Override { .person = "somebody else", .reason = "the launch needs it", .rules = { "freeze", "rate" }, .until = wallClock() + 10min };
    const auto id = m_session->startPlan(wanted, m_session->plan(wanted)->judgement.hash);
    QVERIFY2(id, id ? "" : id.error().text().c_str());
    QTRY_COMPARE_WITH_TIMEOUT(phaseOf(*id), ShiftPhase::Done, 60'000);
    const auto records = m_session->audit()->records({ .shift = *id, .kind = {}, .since = {}, .until = {} });
    QCOMPARE(kindsOf({ .shift = *id, .kind = {}, .since = {}, .until = {} }), QStringLiteral("asked overridden judged step step finished"));
    const auto taken = std::get<AuditOverride>(auditEvent((*records)[1])->body);
    QCOMPARE(taken.person, std::string("ada")); // whose account it is, whatever was asked
    QCOMPARE(taken.reason, std::string("the launch needs it"));
    QCOMPARE(taken.rules, std::vector<std::string> { "freeze" }); // the policy does not let rate be overridden, whoever asks
    QVERIFY(isWhole());
}

void TestRecords::everyOrderIsRecordedWithWhoGaveIt()
{
    m_session = consoleOf("ada");
    const auto grace = consoleOf("grace");
    QVERIFY(m_session && grace);
    auto wanted = request(1h);
    wanted.largestStep = 0.5; // two steps, and the first one bakes
    const auto id = m_session->startPlan(wanted, m_session->plan(wanted)->judgement.hash);
    QVERIFY2(id, id ? "" : id.error().text().c_str());
    const AuditQuery its { .shift = *id, .kind = {}, .since = {}, .until = {} };
    QTRY_COMPARE_WITH_TIMEOUT(kindsOf(its), QStringLiteral("asked judged step step"), 10'000);
    QTRY_VERIFY_WITH_TIMEOUT(grace->latestShifts().front().id == *id, 10'000);
    QVERIFY(grace->pausePlan(*id));
    QTRY_COMPARE_WITH_TIMEOUT(phaseOf(*id), ShiftPhase::Paused, 10'000);
    QVERIFY(m_session->resumePlan(*id));
    QTRY_VERIFY_WITH_TIMEOUT(kindsOf(its).endsWith(QLatin1String("paused resumed")), 10'000);
    QVERIFY(grace->goBackPlan(*id));
    QTRY_COMPARE_WITH_TIMEOUT(phaseOf(*id), ShiftPhase::Returned, 30'000);
    QCOMPARE(kindsOf(its), QStringLiteral("asked judged step step paused resumed returning judged step step returned"));
    const auto records = m_session->audit()->records(its);
    const auto noteOf = [&](std::size_t at) { return QString::fromStdString(std::get<AuditTurn>(auditEvent((*records)[at])->body).note); };
    QVERIFY2(noteOf(4).contains(QStringLiteral("ordered by grace")), qPrintable(noteOf(4)));
    QCOMPARE(noteOf(5), QStringLiteral("ordered by ada"));
    QVERIFY2(noteOf(6).contains(QStringLiteral("asked for by grace")), qPrintable(noteOf(6)));
    QVERIFY(isWhole());
}

void TestRecords::aRehearsalIsRecordedAndWritesNothing()
{
    m_session = consoleOf("ada");
    QVERIFY(m_session);
    const auto before = *m_session->routes().front().reading;
    const auto id = m_session->rehearse(request());
    QVERIFY2(id, id ? "" : id.error().text().c_str());
    QTRY_COMPARE_WITH_TIMEOUT(phaseOf(*id), ShiftPhase::Done, 60'000);
    QCOMPARE(kindsOf({}), QStringLiteral("rehearsed"));
    const auto body = std::get<AuditRehearsed>(auditEvent(m_session->audit()->records({})->front())->body);
    QVERIFY(body.passed);
    QCOMPARE(body.score, 100.0);
    QCOMPARE(m_session->routes().front().reading->version, before.version);
    QCOMPARE(m_session->routes().front().reading->accepted(), before.accepted());
    QVERIFY(isWhole());
}

void TestRecords::theLastDrillIsKnownAfterARestart()
{
    m_session = consoleOf("ada");
    QVERIFY(m_session);
    QVERIFY(!m_session->lastDrill());
    PlanRequest evacuation;
    evacuation.kind = Plan::Kind::Evacuation;
    evacuation.scope = *Scope::parse("provider=aws");
    evacuation.now = true;
    evacuation.reason = "drill";
    for (const auto& it : { evacuation, request() }) { // shifts that are rehearsed later are no drill
        const auto id = m_session->rehearse(it);
        QVERIFY2(id, id ? "" : id.error().text().c_str());
        QTRY_VERIFY_WITH_TIMEOUT(isOver(phaseOf(*id)), 60'000);
    }
    m_session.reset();
    const auto grace = consoleOf("grace");
    QVERIFY(grace);
    const auto next = grace->rehearse(evacuation);
    QVERIFY(next);
    QCOMPARE(*next, std::string("R-3")); // the log tells them apart
    const auto drill = grace->lastDrill();
    QVERIFY(drill);
    QCOMPARE(drill->scope.text(), std::string("provider=aws"));
    QVERIFY(drill->score.passed && drill->score.points > 0 && drill->score.took > 0ms);
}

void TestRecords::aRehearsalThatIsHeldUpHasFailed()
{
    m_session = consoleOf("ada", [](Policy& policy) { policy.maxStep = 0.005; });
    QVERIFY(m_session);
    const auto id = m_session->rehearse(request());
    QVERIFY2(id, id ? "" : id.error().text().c_str());
    QTRY_COMPARE_WITH_TIMEOUT(phaseOf(*id), ShiftPhase::Failed, 20'000);
    const auto body = std::get<AuditRehearsed>(auditEvent(m_session->audit()->records({})->front())->body);
    QVERIFY(!body.passed);
    QVERIFY2(std::ranges::any_of(body.findings, [](const std::string& it) { return it.contains("Largest step"); }), body.findings.empty() ? "" : body.findings.back().c_str());
}

void TestRecords::aRouteThatIsShiftedHereStaysHeld()
{
    const auto late = std::make_shared<std::atomic<std::chrono::seconds>>(0s);
    auto its = options();
    its.clock = [late] { return wallClock() + late->load(); };
    begin(its);
    auto slow = request(1h);
    slow.largestStep = 0.5;
    const auto id = m_session->startPlan(slow, {});
    QVERIFY2(id, id ? "" : id.error().text().c_str());
    QTRY_COMPARE_WITH_TIMEOUT(phaseOf(*id), ShiftPhase::Baking, 30'000);
    // Longer than a lease holds that nobody renews.
    *late = 60s;
    const auto verdict = [&] {
        auto other = request();
        other.targets.front().second = { 50, 50, 0 };
        const auto view = m_session->plan(other);
        return view ? view->judgement.about("lease").verdict : Interlock::Verdict::Pass;
    };
    QTRY_COMPARE_WITH_TIMEOUT(verdict(), Interlock::Verdict::Block, 20'000);
}

void TestRecords::aSharedFolderStaysShared()
{
    using std::filesystem::perms;
    QTemporaryDir folder;
    const auto before = qgetenv("XDG_DATA_HOME");
    qputenv("XDG_DATA_HOME", folder.path().toUtf8());
    constexpr auto shared = perms::owner_all | perms::group_all | perms::set_gid;
    std::filesystem::permissions(folder.path().toStdString(), shared);
    const auto itsOwn = std::filesystem::path(folder.path().toStdString()) / "penstock";
    // Who comes first makes it, and whoever comes later leaves it as it is.
    for (int i = 0; i < 2; ++i) {
        QVERIFY(journalOf(defaultSessionOptions({}).journalFile));
        QCOMPARE(std::filesystem::status(itsOwn).permissions(), shared);
    }
    qputenv("XDG_DATA_HOME", before);
}

void TestRecords::whoKeepsTheHistoryIsNoTrouble()
{
    auto its = options();
    its.historyFile = m_folder->filePath(QStringLiteral("history.db")).toStdString();
    QProcess other;
    other.start(QCoreApplication::applicationFilePath(), { QStringLiteral("--keep-history"), QString::fromStdString(its.historyFile) });
    QVERIFY(other.waitForReadyRead(20'000));
    auto workspace = demoWorkspace();
    QVERIFY(workspace);
    m_session = std::make_unique<Session>(std::move(*workspace), its);
    QSignalSpy informed(m_session.get(), &Session::informed), noticed(m_session.get(), &Session::noticed);
    m_session->start();
    QTRY_COMPARE_WITH_TIMEOUT(informed.count(), 1, 20'000);
    const auto said = informed.front().front().toString();
    QVERIFY2(said.contains(QStringLiteral("the history is written by process %1 at ").arg(other.processId())) && said.contains(QLatin1String("this console reads it")), qPrintable(said));
    QCOMPARE(noticed.count(), 0);
    QVERIFY(m_session->notice().isEmpty());
    other.kill();
    QVERIFY(other.waitForFinished());
}

void TestRecords::noSecretIsKept()
{
    const QByteArray secret("hush-4711-hush");
    qputenv("PENSTOCK_TEST_SECRET", secret);
    auto its = options();
    its.historyFile = m_folder->filePath(QStringLiteral("history.db")).toStdString();
    its.cacheFile = m_folder->filePath(QStringLiteral("cache.db")).toStdString();
    auto workspace = demoWorkspace();
    QVERIFY(workspace);
    // A store that nobody runs is asked with it, and its error is kept.
    workspace->endpoints.push_back({ .name = "store", .kind = "prometheus", .url = "http://127.0.0.1:9", .token = "env:PENSTOCK_TEST_SECRET", .ca = {}, .path = {}, .provider = "elsewhere", .region = "r", .cluster = "c" });
    m_session = std::make_unique<Session>(std::move(*workspace), its);
    m_session->start();
    const auto trouble = [this] {
        return std::ranges::any_of(m_session->endpoints(), [](const EndpointStatus& it) { return it.name == "store" && it.error; });
    };
    QTRY_VERIFY_WITH_TIMEOUT(trouble(), 15'000);
    QTRY_VERIFY_WITH_TIMEOUT(std::ranges::count_if(m_session->endpoints(), &EndpointStatus::isWhole) == std::ssize(m_session->endpoints()) - 1, 15'000);
    const auto id = start(target());
    QVERIFY2(id, id ? "" : id.error().text().c_str());
    QTRY_VERIFY_WITH_TIMEOUT(isOver(phaseOf(*id)), 60'000);
    QTRY_VERIFY_WITH_TIMEOUT(QFileInfo(QString::fromStdString(its.historyFile + "-wal")).size() > 0, 15'000);
    m_session.reset();
    int looked = 0;
    for (QDirIterator files(m_folder->path(), QDir::Files, QDirIterator::Subdirectories); files.hasNext(); ++looked) {
        QFile file(files.next());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY2(!file.readAll().contains(secret), qPrintable(file.fileName()));
    }
    QVERIFY(looked >= 4);
}

void TestRecords::aDiskThatIsFullForAllHoldsUpNoShift()
{
    const auto disk = m_folder->filePath(QStringLiteral("disk"));
    QVERIFY(QDir().mkpath(disk));
    if (::mount("tmpfs", disk.toLocal8Bit().constData(), "tmpfs", 0, "size=60m") != 0)
        QSKIP("only who may mount can make a small disk");
    const auto unmount = qScopeGuard([&] {
        m_session.reset();
        ::umount2(disk.toLocal8Bit().constData(), MNT_DETACH);
    });
    auto its = options();
    its.historyFile = (disk + QStringLiteral("/history.db")).toStdString();
    its.journalFile = (disk + QStringLiteral("/journal.db")).toStdString();
    its.auditFile = (disk + QStringLiteral("/audit.db")).toStdString();
    begin(its);
    QFile rest(disk + QStringLiteral("/rest"));
    QVERIFY(rest.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
    for (const qint64 size : { 1 << 20, 1 << 12, 1 })
        while (rest.write(QByteArray(size, 'x')) == size) { }
    const auto id = start(target());
    QVERIFY2(id, id ? "" : id.error().text().c_str());
    QTRY_VERIFY_WITH_TIMEOUT(isOver(phaseOf(*id)), 60'000);
    QCOMPARE(phaseOf(*id), ShiftPhase::Done);
    const auto log = AuditFile::openToRead(its.auditFile);
    QVERIFY(log);
    const auto verdict = (*log)->verify();
    QVERIFY(verdict && !verdict->broken);
    const auto records = (*log)->records({ .shift = *id, .kind = {}, .since = {}, .until = {} });
    QVERIFY(records && !records->empty());
    QCOMPARE(records->back().kind, std::string(name(AuditKind::Finished)));
}

void TestRecords::aFullDiskIsSaidOnceAndAShiftGoesOn()
{
    auto its = options();
    its.historyFile = m_folder->filePath(QStringLiteral("history.db")).toStdString();
    std::atomic<std::int64_t> ahead = 0; // seconds
    its.clock = [&] { return wallClock() + std::chrono::seconds(ahead.load()); };
    // What was written before makes the file of the history larger than that of the journal will be.
    std::string notice;
    auto file = HistoryFile::open(its.historyFile, {}, notice);
    QVERIFY(file);
    for (int second = 0; second < 200; ++second) {
        auto point = std::make_shared<RollupPoint>();
        point->at = wallClock() - 1h + std::chrono::seconds(second);
        point->groups = { { .dimension = GroupPoint::Dimension::Total, .key = {} } };
        QVERIFY(file->write(std::vector<std::shared_ptr<const RollupPoint>> { point }));
    }
    auto workspace = demoWorkspace();
    QVERIFY(workspace);
    m_session = std::make_unique<Session>(std::move(*workspace), its);
    QSignalSpy informed(m_session.get(), &Session::informed), noticed(m_session.get(), &Session::noticed), published(m_session.get(), &Session::published);
    m_session->start();
    QTRY_VERIFY_WITH_TIMEOUT(m_session->isComplete(), 15'000);
    rlimit before {};
    QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, SIG_IGN);
    const auto size = QFileInfo(QString::fromStdString(its.historyFile) + QStringLiteral("-wal")).size();
    QVERIFY2(size > 500'000, qPrintable(QString::number(size)));
    const rlimit full { static_cast<rlim_t>(size), before.rlim_max };
    QCOMPARE(setrlimit(RLIMIT_FSIZE, &full), 0);
    const auto id = start(target());
    QVERIFY2(id, id ? "" : id.error().text().c_str());
    for (int save = 0; save < 4; ++save) {
        ahead += 6;
        QTRY_VERIFY_WITH_TIMEOUT(noticed.count() > 0, 20'000);
        published.clear();
        QTRY_VERIFY_WITH_TIMEOUT(published.count() >= 4, 10'000);
    }
    QTRY_VERIFY_WITH_TIMEOUT(isOver(phaseOf(*id)), 60'000);
    QCOMPARE(phaseOf(*id), ShiftPhase::Done);
    QCOMPARE(noticed.count(), 1);
    QVERIFY2(noticed[0][0].toString().startsWith(QStringLiteral("History is not kept, all else goes on: ")), qPrintable(noticed[0][0].toString()));
    QCOMPARE(informed.count(), 0);
    QCOMPARE(m_session->historyTrouble(), noticed[0][0].toString());
    // Once there is room again for a while, that is said too, and once.
    QCOMPARE(setrlimit(RLIMIT_FSIZE, &before), 0);
    for (int save = 0; save < 4; ++save) {
        ahead += 35;
        published.clear();
        QTRY_VERIFY_WITH_TIMEOUT(published.count() >= 4, 10'000);
    }
    QTRY_COMPARE_WITH_TIMEOUT(informed.count(), 1, 10'000);
    QCOMPARE(informed[0][0].toString(), QStringLiteral("History is kept again."));
    QCOMPARE(noticed.count(), 1);
    QVERIFY(m_session->historyTrouble().isEmpty());
}

void TestRecords::nothingStartsWithoutALog()
{
    auto blocked = options();
    std::filesystem::create_directory(blocked.auditFile);
    begin(blocked);
    QVERIFY2(m_session->notice().contains(QLatin1String("the audit log cannot be opened")), qPrintable(m_session->notice()));
    const auto id = start(target());
    QVERIFY(!id);
    QVERIFY2(id.error().what.find("nothing can be recorded") != std::string::npos, id.error().text().c_str());
    QVERIFY(!m_session->routes().front().shift);
}

void TestRecords::nothingStartsOnALogThatWasTamperedWith()
{
    begin(options());
    QVERIFY(!start({ 0, 0, 100 })); // two records
    std::filesystem::remove(options().auditFile + ".head");
    const auto id = start(target());
    QVERIFY(!id);
    QCOMPARE(id.error().kind, Error::Kind::Corrupt);
    QVERIFY2(id.error().what.find("nothing is started") != std::string::npos, id.error().text().c_str());
    QVERIFY(!m_session->routes().front().shift);
}

void TestRecords::workspacesOfOneNameHaveCachesOfTheirOwn()
{
    QTemporaryDir folder;
    const auto before = qgetenv("XDG_DATA_HOME");
    qputenv("XDG_DATA_HOME", folder.path().toUtf8());
    const auto cacheOf = [&](const QString& name, bool exists = true) {
        Workspace workspace;
        workspace.name = "gpus";
        if (exists) {
            QDir().mkpath(folder.filePath(name));
            workspace.file = folder.filePath(name + QStringLiteral("/w.toml")).toStdString();
            QFile file(QString::fromStdString(workspace.file));
            (void)file.open(QIODevice::WriteOnly);
        }
        return QString::fromStdString(defaultSessionOptions(workspace).cacheFile);
    };
    // What an older version left is taken over by the first.
    const auto older = cacheOf({}, false);
    QVERIFY(journalOf(defaultSessionOptions({}).journalFile));
    QFile old(older);
    QVERIFY(old.open(QIODevice::WriteOnly) && old.write("old") == 3);
    old.close();
    const auto a = cacheOf(QStringLiteral("a")), b = cacheOf(QStringLiteral("b"));
    QVERIFY(a != b && a != older);
    QCOMPARE(a, cacheOf(QStringLiteral("b/../a")));
    QVERIFY(QFile::exists(a) && !QFile::exists(b) && !QFile::exists(older));
    QCOMPARE(std::filesystem::status(QFileInfo(a).path().toStdString()).permissions(), std::filesystem::perms::owner_all);
    qputenv("XDG_DATA_HOME", before);
}

void TestRecords::aHistoryStaysWithItsWorkspaceFile()
{
    QTemporaryDir folder;
    const auto before = qgetenv("XDG_DATA_HOME");
    qputenv("XDG_DATA_HOME", folder.path().toUtf8());
    const auto historyOf = [&](const QString& name, int endpoints) {
        Workspace workspace;
        workspace.name = "gpus";
        for (int i = 0; i < endpoints; ++i)
            workspace.endpoints.push_back({ .name = "e" + std::to_string(i), .kind = "agent", .url = {}, .token = {}, .ca = {}, .path = {}, .provider = {}, .region = {}, .cluster = {} });
        workspace.file = folder.filePath(name).toStdString();
        QFile file(folder.filePath(name));
        (void)file.open(QIODevice::WriteOnly);
        return defaultSessionOptions(workspace).historyFile;
    };
    QCOMPARE(historyOf(QStringLiteral("a.toml"), 1), historyOf(QStringLiteral("a.toml"), 2));
    QVERIFY(historyOf(QStringLiteral("a.toml"), 1) != historyOf(QStringLiteral("b.toml"), 1));
    qputenv("XDG_DATA_HOME", before);
}

void TestRecords::nothingStartsOnALogThatWasChangedLongAgo()
{
    begin(options());
    QVERIFY(!start({ 0, 0, 100 })); // two records
    QVERIFY(!start({ 0, 0, 100 })); // and two more
    m_session.reset();
    // A letter of a record before the last, in the database's own file.
    QFile file(QString::fromStdString(options().auditFile));
    QVERIFY(file.open(QIODevice::ReadWrite));
    const auto bytes = file.readAll();
    const auto at = bytes.lastIndexOf("\"reason\":\"test\"");
    QVERIFY(at > 0);
    file.seek(at + 10);
    file.write("b");
    file.close();
    begin(options());
    const auto id = start(target());
    QVERIFY(!id);
    // The first or the third, whichever stands further back in the file.
    QVERIFY2(id.error().what.find("tampered with: at record ") != std::string::npos, id.error().text().c_str());
    // The console says so before anybody starts anything.
    QTRY_VERIFY_WITH_TIMEOUT(m_session->notice().contains(QStringLiteral("the audit log was tampered with: at record ")), 10'000);
}

/// Another console, as far as its history goes.
static int keepHistory(const std::string& path)
{
    std::string notice;
    auto file = HistoryFile::open(path, {}, notice);
    auto point = std::make_shared<RollupPoint>();
    point->at = wallClock();
    const std::shared_ptr<const RollupPoint> points[] { point };
    if (!file || !file->write(points))
        return 1;
    std::cout << "kept" << std::endl;
    return ::pause();
}

int main(int argc, char** argv)
{
    if (argc == 3 && std::string_view(argv[1]) == "--keep-history")
        return keepHistory(argv[2]);
    QCoreApplication app(argc, argv);
    TestRecords test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_records.moc"
