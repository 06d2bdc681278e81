// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include <deque>

#include "inference/inference.h"
#include "prometheus/promfleet.h"

using namespace penstock;
using namespace std::chrono_literals;
using Kind = PromQuery::Kind;

namespace {

/// A round's answers: what a node has, what its pods hold, what waits, and what runs on a server.
struct Answers
{
    double held = 2, waits = 4, running = 3;
    bool tellsNodes = true; ///< false: kube-state-metrics is away
    std::optional<Kind> failed {}; ///< questions of this kind
};

/// A store that kube-state-metrics and a server of vLLM are scraped into.
class Store
{
public:
    Store() { m_fleet.discovered({ { "kube_node_info", 1 }, { "kube_node_status_capacity", 1 }, { "kube_pod_container_resource_requests", 2 }, { "kube_pod_status_phase", 2 }, { "vllm:num_requests_running", 1 } }, PromPods::None); }
    /// What is told of demand after the round; empty: nothing.
    [[nodiscard]] std::optional<DemandFrame> round(const Answers& answers)
    {
        m_now += 5s;
        m_fleet.begin();
        for (const auto& query : m_fleet.queries())
            if (query.kind == answers.failed)
                m_fleet.failed(query);
            else
                answer(query, answers);
        m_fleet.commit(m_now);
        std::optional<DemandFrame> told;
        for (const auto& frame : m_fleet.frames(m_now))
            if (const auto* demand = std::get_if<DemandFrame>(&frame))
                told = *demand;
        return told;
    }
    void pass(std::chrono::seconds time) { m_now += time; }

private:
    void answer(const PromQuery& query, const Answers& answers)
    {
        const auto take = [&](std::vector<PromLabel> labels, double value) { QVERIFY(m_fleet.take(query, labels, value)); };
        switch (query.kind) {
        case Kind::Node:
            if (answers.tellsNodes)
                take({ { "node", "a" }, { "provider_id", "aws:///us-east-1a/i-0" } }, 1);
            break;
        case Kind::NodesStill: take({}, answers.tellsNodes ? 1 : 0); break;
        case Kind::Capacity:
            if (answers.tellsNodes)
                take({ { "node", "a" }, { "resource", "nvidia_com_gpu" } }, 8);
            break;
        case Kind::Held:
            if (answers.tellsNodes && answers.held > 0)
                take({ { "node", "a" }, { "namespace", "infer" }, { "resource", "nvidia_com_gpu" } }, answers.held);
            break;
        case Kind::Pending:
            if (answers.tellsNodes && answers.waits > 0)
                take({ { "namespace", "train" }, { "resource", "nvidia_com_gpu" } }, answers.waits);
            break;
        case Kind::Service:
            if (answers.running > 0)
                take({ { "namespace", "infer" }, { "model_name", "llama" } }, answers.running);
            break;
        default: break;
        }
    }
    Time m_now = Time(std::chrono::seconds(1'800'000'000));
    PromFleet m_fleet { { {}, {}, "k8s" }, {}, 30s, 1 };
};

/// "infer 2, train 4 (4 unmet); infer runs 3"
QString text(const std::optional<DemandFrame>& told)
{
    if (!told)
        return QStringLiteral("nothing");
    QStringList asked, served;
    for (const auto& it : told->demand)
        asked << QString::fromStdString(it.workload) + QLatin1Char(' ') + QString::number(it.gpusNeeded) + (it.gpusUnmet > 0 ? QStringLiteral(" (%1 unmet)").arg(it.gpusUnmet) : QString());
    for (const auto& it : told->service)
        served << QString::fromStdString(it.workload) + QStringLiteral(" runs ") + QString::number(it.running.value_or(-1));
    return asked.join(QStringLiteral(", ")) + QStringLiteral("; ") + served.join(QStringLiteral(", "));
}

} // namespace

/// What a store tells of demand, round by round.
class TestPromDemand final : public QObject
{
    Q_OBJECT

private slots:
    void whatEndsIsTold_data();
    void whatEndsIsTold();
    void whatWasNotAnsweredStays_data();
    void whatWasNotAnsweredStays();
    void whoNeverToldAnythingTellsNothing();
    void demandOfAClusterThatIsAwayForLongIsNotKnown();
};

void TestPromDemand::whatEndsIsTold_data()
{
    QTest::addColumn<double>("held");
    QTest::addColumn<double>("waits");
    QTest::addColumn<double>("running");
    QTest::addColumn<QString>("told");
    QTest::newRow("nothing waits any more") << 2. << 0. << 3. << QStringLiteral("infer 2; infer runs 3");
    QTest::newRow("nothing is served any more") << 2. << 4. << 0. << QStringLiteral("infer 2, train 4 (4 unmet); ");
    QTest::newRow("nothing at all") << 0. << 0. << 0. << QStringLiteral("; ");
}

void TestPromDemand::whatEndsIsTold()
{
    QFETCH(double, held);
    QFETCH(double, waits);
    QFETCH(double, running);
    Store store;
    QCOMPARE(text(store.round({})), QStringLiteral("infer 2, train 4 (4 unmet); infer runs 3"));
    QTEST(text(store.round({ .held = held, .waits = waits, .running = running })), "told");
    // Whoever has missed that hears it again.
    QTEST(text(store.round({ .held = held, .waits = waits, .running = running })), "told");
}

void TestPromDemand::whatWasNotAnsweredStays_data()
{
    QTest::addColumn<int>("failed");
    QTest::addColumn<QString>("told");
    QTest::newRow("what waits") << static_cast<int>(Kind::Pending) << QStringLiteral("infer 2, train 4 (4 unmet); ");
    QTest::newRow("what nodes have") << static_cast<int>(Kind::Capacity) << QStringLiteral("infer 2, train 4 (4 unmet); ");
    QTest::newRow("how it is served") << static_cast<int>(Kind::Service) << QStringLiteral("; infer runs 3");
}

void TestPromDemand::whatWasNotAnsweredStays()
{
    QFETCH(int, failed);
    Store store;
    (void)store.round({});
    QTEST(text(store.round({ .held = 0, .waits = 0, .running = 0, .failed = static_cast<Kind>(failed) })), "told");
}

void TestPromDemand::whoNeverToldAnythingTellsNothing()
{
    Store store;
    QCOMPARE(text(store.round({ .held = 0, .waits = 0, .running = 0 })), QStringLiteral("nothing"));
}

void TestPromDemand::demandOfAClusterThatIsAwayForLongIsNotKnown()
{
    Store store;
    (void)store.round({});
    QCOMPARE(text(store.round({ .tellsNodes = false })), QStringLiteral("infer 2, train 4 (4 unmet); infer runs 3"));
    store.pass(10min);
    QCOMPARE(text(store.round({ .tellsNodes = false })), QStringLiteral("; infer runs 3"));
}

QTEST_APPLESS_MAIN(TestPromDemand)
#include "tst_promdemand.moc"
