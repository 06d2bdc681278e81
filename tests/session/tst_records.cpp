// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTemporaryDir>
#include <QTest>
#include <filesystem>

#include "session/demo.h"
#include "session/session.h"
#include "storage/auditbody.h"

using namespace penstock;
using namespace std::chrono_literals;

/// A session writes down what it is asked for before it does any of it.
class TestRecords final : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void cleanup() { m_session.reset(); }
    void aShiftIsRecordedWithWhatWasSeen();
    void aRefusalIsRecordedToo();
    void nothingStartsWithoutALog();
    void nothingStartsOnALogThatWasTamperedWith();

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
    /// A little less on the first backend, a little more on the second.
    [[nodiscard]] Weights target() const
    {
        auto weights = m_session->routes().front().reading->accepted();
        weights[0] -= 1;
        weights[1] += 1;
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
    const auto records = m_session->audit()->records({ .shift = *id, .since = {}, .until = {} });
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

QTEST_GUILESS_MAIN(TestRecords)
#include "tst_records.moc"
