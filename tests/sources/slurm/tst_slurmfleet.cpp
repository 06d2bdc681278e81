// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include <map>
#include <random>

#include "slurm/slurmfleet.h"
#include "support/slurmworld.h"
#include "support/sourcelistener.h"

using namespace penstock;
using namespace std::chrono_literals;
using test::SlurmWorld;

static const Time start = wallClock();

/// A fleet of what Slurm says.
class TestSlurmFleet final : public QObject
{
    Q_OBJECT

private slots:
    void statesAreTold_data();
    void statesAreTold();
    void everyVersionSaysTheSame_data();
    void everyVersionSaysTheSame();
    void jobsThatAreNotShownHoldTheirGpus();
    void aSharedGpuIsHeld();
    void whatWaitsForOthersIsNoDemand_data();
    void whatWaitsForOthersIsNoDemand();
    void workloadsAreMatched();
    void tenMinutesOfChurnEndInTheServersState();

private:
    /// Reads what the world says in a version into the fleet, and shows it.
    static void show(const SlurmWorld& world, int version, SlurmFleet& fleet, test::SourceListener& listener, Time at)
    {
        SlurmReader reader;
        SlurmPicture picture;
        const auto notes = reader.nodes(world.nodesAnswer(version).toStdString(), picture.nodes);
        const auto jobs = reader.jobs(world.jobsAnswer(version).toStdString(), picture.jobs);
        const auto partitions = reader.partitions(world.partitionsAnswer(version).toStdString(), picture.partitions);
        QVERIFY2(notes && jobs && partitions, !notes ? notes.error().text().c_str() : !jobs ? jobs.error().text().c_str() : "partitions");
        picture.cluster = notes->cluster;
        fleet.take(picture, "Slurm", {}, at);
        for (auto& frame : fleet.frames(at))
            listener.frame(std::move(frame));
    }
    static SlurmFleet fleetOf(std::vector<Workload> workloads = {}) { return { { "aws", "us-east-1", {} }, "slurm-a", std::move(workloads), 30s, 1 }; }
};

void TestSlurmFleet::statesAreTold_data()
{
    QTest::addColumn<QStringList>("state");
    QTest::addColumn<int>("held"); ///< of 8 GPUs
    QTest::addColumn<QByteArray>("shows");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const QStringList& state, int held, const char* shows, const char* says) { QTest::newRow(name) << state << held << QByteArray(shows) << QString::fromLatin1(says); };
    row("idle", { QStringLiteral("IDLE") }, 0, "free 8", "");
    row("mixed", { QStringLiteral("MIXED") }, 3, "busy 3 free 5", "");
    row("allocated", { QStringLiteral("ALLOCATED") }, 8, "busy 8", "");
    row("planned for a job that waits", { QStringLiteral("IDLE"), QStringLiteral("PLANNED") }, 0, "free 8", "");
    row("drained", { QStringLiteral("IDLE"), QStringLiteral("DRAIN") }, 0, "draining 8", "8 GPUs of n (draining: bad link)");
    row("draining", { QStringLiteral("MIXED"), QStringLiteral("DRAIN") }, 3, "busy 3 draining 5", "8 GPUs of n (draining: bad link)");
    row("failing", { QStringLiteral("MIXED"), QStringLiteral("FAIL") }, 3, "busy 3 draining 5", "(failing: bad link)");
    row("in maintenance", { QStringLiteral("IDLE"), QStringLiteral("MAINTENANCE") }, 0, "draining 8", "(in maintenance: bad link)");
    row("reserved", { QStringLiteral("IDLE"), QStringLiteral("RESERVED") }, 0, "draining 8", "(reserved: bad link)");
    row("asleep", { QStringLiteral("IDLE"), QStringLiteral("POWERED_DOWN"), QStringLiteral("NOT_RESPONDING") }, 0, "draining 8", "(powered down: bad link)");
    row("down", { QStringLiteral("DOWN"), QStringLiteral("NOT_RESPONDING") }, 0, "unknown 8", "(down: bad link)");
    row("down and drained", { QStringLiteral("DOWN"), QStringLiteral("DRAIN") }, 0, "unknown 8", "(down: bad link)");
    row("not responding under load", { QStringLiteral("MIXED"), QStringLiteral("NOT_RESPONDING") }, 3, "unknown 8", "(not responding: bad link)");
    row("not heard from yet", { QStringLiteral("UNKNOWN") }, 0, "unknown 8", "(not heard from yet: bad link)");
    row("of the future", { QStringLiteral("FUTURE") }, 0, "", "8 GPUs of nodes that don't exist yet");
    row("of a cloud, while it sleeps", { QStringLiteral("IDLE"), QStringLiteral("CLOUD"), QStringLiteral("POWERED_DOWN") }, 0, "", "don't exist yet");
    row("of a cloud, awake", { QStringLiteral("IDLE"), QStringLiteral("CLOUD") }, 0, "free 8", "");
}

void TestSlurmFleet::statesAreTold()
{
    QFETCH(QStringList, state);
    QFETCH(int, held);
    QFETCH(QByteArray, shows);
    QFETCH(QString, says);
    SlurmWorld world;
    world.nodes.push_back({ .name = QStringLiteral("n"), .state = state, .reason = QStringLiteral("bad link") });
    if (held > 0) {
        std::vector<int> indices;
        for (int i = 0; i < held; ++i)
            indices.push_back(i);
        world.jobs.push_back({ .id = 1, .account = QStringLiteral("ml"), .name = QStringLiteral("j"), .state = QStringLiteral("RUNNING"), .held = { { QStringLiteral("n"), indices } } });
    }
    for (const int version : { 38, 41 }) {
        auto fleet = fleetOf();
        test::SourceListener listener;
        show(world, version, fleet, listener, start);
        QByteArray shown;
        for (const auto it : gpuStatesInOrder)
            if (const auto count = listener.count(it))
                shown += (shown.isEmpty() ? "" : " ") + QByteArray(name(it).data(), static_cast<qsizetype>(name(it).size())) + ' ' + QByteArray::number(count);
        QCOMPARE(shown, shows);
        QVERIFY2(says.isEmpty() ? listener.missing().isEmpty() : listener.missing().contains(says), qPrintable(listener.missing()));
        QVERIFY(fleet.hasGpus());
        QCOMPARE(listener.count({}, "ml"), static_cast<std::uint64_t>(held));
    }
}

void TestSlurmFleet::everyVersionSaysTheSame_data()
{
    QTest::addColumn<int>("version");
    for (const int version : { 38, 39, 40, 41, 42 })
        QTest::addRow("v0.0.%d", version) << version;
}

void TestSlurmFleet::everyVersionSaysTheSame()
{
    QFETCH(int, version);
    SlurmWorld world;
    for (int i = 0; i < 4; ++i)
        world.nodes.push_back({ .name = QStringLiteral("gpu0%1").arg(i), .type = i < 2 ? QStringLiteral("h100") : QStringLiteral("nvidia_a100-sxm4-80gb") });
    world.nodes.push_back({ .name = QStringLiteral("cpu"), .gpus = 0 });
    world.jobs.push_back({ .id = 1, .account = QStringLiteral("ml"), .name = QStringLiteral("llm-1"), .state = QStringLiteral("RUNNING"), .held = { { QStringLiteral("gpu00"), { 2, 3 } }, { QStringLiteral("gpu01"), { 0, 1 } } } });
    world.jobs.push_back({ .id = 2, .account = QStringLiteral("ml"), .name = QStringLiteral("llm-2"), .state = QStringLiteral("RUNNING"), .held = { { QStringLiteral("gpu02"), { 0, 1, 2, 3, 4, 5, 6, 7 } } } });
    world.jobs.push_back({ .id = 3, .account = QStringLiteral("eval"), .name = QStringLiteral("big"), .perNode = 8, .nodeCount = 4 });
    world.jobs.push_back({ .id = 4, .account = QStringLiteral("eval"), .name = QStringLiteral("many"), .reason = QStringLiteral("Priority"), .perNode = 1, .tasks = QStringLiteral("3-19:2%4") });
    auto fleet = fleetOf();
    test::SourceListener listener;
    show(world, version, fleet, listener, start);
    QCOMPARE(listener.count(), std::uint64_t(32));
    QCOMPARE(listener.count(GpuState::Busy, "ml"), std::uint64_t(12));
    QCOMPARE(listener.count(GpuState::Free), std::uint64_t(20));
    QCOMPARE(listener.inventory->clusters.at(0).name, std::string(version < 40 ? "slurm-a" : "tiny"));
    QCOMPARE(listener.inventory->models.at(0).name, std::string("H100 80GB SXM"));
    QCOMPARE(listener.inventory->models.at(1).name, std::string("A100 80GB SXM"));
    const auto eval = listener.demandOf("eval");
    QCOMPARE(eval.gpusUnmet, 41U);
    QCOMPARE(eval.unmetWhy, (std::map<std::string, std::uint32_t> { { "Priority", 9 }, { "Resources", 32 } }));
    QCOMPARE(listener.demandOf("ml").gpusNeeded, 12U);
    QCOMPARE(listener.demandOf("ml").gpusUnmet, 0U);
    // Which of them are held, by index.
    const auto snapshot = listener.shown();
    const auto& nodes = snapshot->structure().nodes;
    const auto node = std::ranges::find(nodes, "gpu00", &Structure::Node::name);
    QVERIFY(node != nodes.end());
    QByteArray held;
    for (std::uint32_t gpu = 0; gpu < 8; ++gpu)
        held += snapshot->gpu(*node, gpu).state == GpuState::Busy ? 'x' : '.';
    QCOMPARE(held, QByteArray("..xx...."));
}

void TestSlurmFleet::jobsThatAreNotShownHoldTheirGpus()
{
    SlurmPicture picture;
    picture.nodes.push_back({ .name = "a", .gpus = slurmGpus("gpu:a100:4,gpu:h100:4"), .used = slurmGpus("gpu:a100:2(IDX:1-2),gpu:h100:1"), .state = { "MIXED" }, .reason = {}, .partitions = {}, .instanceType = {} });
    picture.jobs.push_back({ .name = "j", .account = "ml", .user = {}, .partition = {}, .state = { "RUNNING" }, .reason = {}, .nodes = { "a" }, .gpus = { slurmGpus("gpu:a100:1(IDX:1)") }, .gpusAsked = 1 });
    auto fleet = fleetOf();
    test::SourceListener listener;
    fleet.take(picture, "Slurm", {}, start);
    for (auto& frame : fleet.frames(start))
        listener.frame(std::move(frame));
    QCOMPARE(listener.count(), std::uint64_t(8));
    QCOMPARE(listener.count(GpuState::Busy), std::uint64_t(3));
    QCOMPARE(listener.count(GpuState::Busy, "ml"), std::uint64_t(1));
    QCOMPARE(listener.inventory->nodes.size(), std::size_t(2)); // a row a model
}

void TestSlurmFleet::aSharedGpuIsHeld()
{
    SlurmPicture picture;
    const auto job = [](const char* account, const char* gpus) { return SlurmJob { .name = "j", .account = account, .user = {}, .partition = {}, .state = { "RUNNING" }, .reason = {}, .nodes = { "a" }, .gpus = { slurmGpus(gpus) } }; };
    picture.nodes.push_back({ .name = "a", .gpus = slurmGpus("gpu:h100:8,shard:h100:16"), .used = slurmGpus("gpu:h100:2(IDX:0-1),shard:h100:4(IDX:2,5)"), .state = { "MIXED" }, .reason = {}, .partitions = {}, .instanceType = {} });
    picture.jobs = { job("ml", "gpu:h100:2(IDX:0-1)"), job("lab", "shard:h100:1(IDX:2)"), job("lab", "shard:h100:1(IDX:2)"), job("eval", "shard:h100:2(IDX:5)") };
    auto fleet = fleetOf();
    test::SourceListener listener;
    fleet.take(picture, "Slurm", {}, start);
    for (auto& frame : fleet.frames(start))
        listener.frame(std::move(frame));
    QCOMPARE(listener.count(GpuState::Busy), std::uint64_t(4));
    QCOMPARE(listener.count(GpuState::Free), std::uint64_t(4));
    QCOMPARE(listener.count({}, "lab"), std::uint64_t(1));
    QCOMPARE(listener.count({}, "eval"), std::uint64_t(1));
}

void TestSlurmFleet::whatWaitsForOthersIsNoDemand_data()
{
    QTest::addColumn<QString>("reason");
    QTest::addColumn<unsigned>("unmet");
    for (const char* it : { "Resources", "Priority", "QOSMaxGRESPerUser", "ReqNodeNotAvail", "None" })
        QTest::newRow(it) << QString::fromLatin1(it) << 8U;
    for (const char* it : { "JobHeldUser", "JobHeldAdmin", "Dependency", "DependencyNeverSatisfied", "BeginTime", "JobArrayTaskLimit" })
        QTest::newRow(it) << QString::fromLatin1(it) << 0U;
}

void TestSlurmFleet::whatWaitsForOthersIsNoDemand()
{
    QFETCH(QString, reason);
    QFETCH(unsigned, unmet);
    SlurmWorld world;
    world.nodes.push_back({ .name = QStringLiteral("n") });
    world.jobs.push_back({ .id = 1, .account = QStringLiteral("ml"), .name = QStringLiteral("j"), .reason = reason, .perNode = 8 });
    auto fleet = fleetOf();
    test::SourceListener listener;
    show(world, 38, fleet, listener, start);
    QCOMPARE(listener.demandOf("ml").gpusUnmet, unmet);
}

void TestSlurmFleet::workloadsAreMatched()
{
    std::vector<Workload> workloads(3);
    workloads[0].name = "chat";
    workloads[0].match = { { "namespace", "prod" }, { "pod", "chat-" } };
    workloads[1].name = "of-ada";
    workloads[1].match = { { "label.user", "ada" }, { "label.partition", "train" }, { "namespace", "own" } };
    workloads[2].name = "nobody's";
    workloads[2].match = { { "label.partition", "other" } };
    SlurmWorld world;
    world.nodes.push_back({ .name = QStringLiteral("n") });
    const auto job = [&](int id, const char* account, const char* name) {
        world.jobs.push_back({ .id = id, .account = QLatin1String(account), .name = QLatin1String(name), .state = QStringLiteral("RUNNING"), .held = { { QStringLiteral("n"), { id } } } });
    };
    job(0, "prod", "chat-1");
    job(1, "prod", "batch");
    job(2, "own", "x");
    job(3, "", "y");
    auto fleet = fleetOf(workloads);
    test::SourceListener listener;
    show(world, 38, fleet, listener, start);
    for (const char* it : { "chat", "prod", "of-ada", "ada" })
        QVERIFY2(listener.count(GpuState::Busy, it) == 1, it);
}

void TestSlurmFleet::tenMinutesOfChurnEndInTheServersState()
{
    std::mt19937 random(7);
    const auto dice = [&](int sides) { return static_cast<int>(random() % static_cast<unsigned>(sides)); };
    SlurmWorld world;
    int nextNode = 0, nextJob = 1;
    auto fleet = fleetOf();
    test::SourceListener listener;
    const std::vector<QStringList> states { { QStringLiteral("IDLE") }, { QStringLiteral("IDLE") }, { QStringLiteral("MIXED"), QStringLiteral("DRAIN") }, { QStringLiteral("DOWN") }, { QStringLiteral("IDLE"), QStringLiteral("PLANNED") } };
    for (int second = 0; second < 600; ++second) {
        for (int act = dice(4); act >= 0; --act) {
            const auto node = world.nodes.empty() ? 0 : static_cast<std::size_t>(dice(static_cast<int>(world.nodes.size())));
            const auto job = world.jobs.empty() ? 0 : static_cast<std::size_t>(dice(static_cast<int>(world.jobs.size())));
            const auto leave = [&](const QString& name) {
                std::erase_if(world.jobs, [&](const auto& it) { return std::ranges::any_of(it.held, [&](const auto& on) { return on.first == name; }); });
            };
            switch (dice(8)) {
            case 0:
            case 1: world.nodes.push_back({ .name = QStringLiteral("n%1").arg(nextNode++), .type = dice(2) ? QStringLiteral("h100") : QStringLiteral("h200"), .gpus = dice(2) ? 8 : 4 }); break;
            case 2:
                if (world.nodes.size() > 3) {
                    leave(world.nodes[node].name);
                    world.nodes.erase(world.nodes.begin() + static_cast<std::ptrdiff_t>(node));
                }
                break;
            case 3: // It is called otherwise from now on.
                if (!world.nodes.empty()) {
                    const auto was = world.nodes[node].name;
                    world.nodes[node].name = QStringLiteral("m%1").arg(nextNode++);
                    for (auto& it : world.jobs)
                        for (auto& on : it.held)
                            if (on.first == was)
                                on.first = world.nodes[node].name;
                }
                break;
            case 4:
                if (!world.nodes.empty())
                    world.nodes[node].state = states[static_cast<std::size_t>(dice(static_cast<int>(states.size())))];
                break;
            case 5: world.jobs.push_back({ .id = nextJob++, .account = QStringLiteral("w%1").arg(dice(4)), .name = QStringLiteral("j"), .perNode = 1 + dice(8), .nodeCount = 1 + dice(3) }); break;
            case 6: // One begins on what nobody holds.
                if (!world.jobs.empty() && world.jobs[job].held.empty() && !world.nodes.empty()) {
                    std::vector<int> free;
                    for (int i = 0; i < world.nodes[node].gpus; ++i)
                        if (std::ranges::none_of(world.jobs, [&](const auto& it) {
                                return std::ranges::any_of(it.held, [&](const auto& on) { return on.first == world.nodes[node].name && std::ranges::find(on.second, i) != on.second.end(); });
                            }))
                            free.push_back(i);
                    std::ranges::shuffle(free, random);
                    free.resize(std::min<std::size_t>(free.size(), 3));
                    if (!free.empty()) {
                        world.jobs[job].held = { { world.nodes[node].name, free } };
                        world.jobs[job].state = QStringLiteral("RUNNING");
                    }
                }
                break;
            case 7:
                if (!world.jobs.empty())
                    world.jobs.erase(world.jobs.begin() + static_cast<std::ptrdiff_t>(job));
                break;
            }
        }
        show(world, 38 + dice(4), fleet, listener, start + std::chrono::seconds(second));
        if (second % 20 != 0 && second != 599)
            continue;
        // By an independent count.
        std::map<GpuState, std::uint64_t> expected;
        std::map<std::string, std::uint64_t> held, unmet;
        for (const auto& it : world.nodes) {
            std::uint64_t taken = 0;
            for (const auto& job : world.jobs)
                for (const auto& on : job.held)
                    if (on.first == it.name) {
                        taken += on.second.size();
                        held[job.account.toStdString()] += on.second.size();
                    }
            const auto rest = static_cast<std::uint64_t>(it.gpus) - taken;
            const bool down = it.state.first() == QLatin1String("DOWN");
            expected[down ? GpuState::Unknown : GpuState::Busy] += taken;
            expected[down ? GpuState::Unknown : it.state.contains(QLatin1String("DRAIN")) ? GpuState::Draining : GpuState::Free] += rest;
        }
        for (const auto& it : world.jobs)
            if (it.held.empty())
                unmet[it.account.toStdString()] += static_cast<std::uint64_t>(it.perNode * it.nodeCount);
        for (const auto state : gpuStatesInOrder)
            QCOMPARE(listener.count(state), expected[state]);
        for (const char* workload : { "w0", "w1", "w2", "w3" }) {
            QCOMPARE(listener.count({}, workload), held[workload]);
            QCOMPARE(static_cast<std::uint64_t>(listener.demandOf(workload).gpusUnmet), unmet[workload]);
        }
        QCOMPARE(listener.shown()->structure().nodes.size(), world.nodes.size());
    }
    QVERIFY(world.nodes.size() > 3);
}

QTEST_APPLESS_MAIN(TestSlurmFleet)
#include "tst_slurmfleet.moc"
