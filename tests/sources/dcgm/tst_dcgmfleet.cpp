// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <map>
#include <random>
#include <sstream>

#include "dcgm/dcgmfleet.h"
#include "engine/engine.h"
#include "engine/trouble.h"
#include "fleet/xid.h"

using namespace penstock;
using namespace std::chrono_literals;

/// Nodes, states and workloads of what exporters answer, in the eyes of the engine.
class TestDcgmFleet final : public QObject
{
    Q_OBJECT

private slots:
    void statesFollowPodsAndWork_data();
    void statesFollowPodsAndWork();
    void aCutGpuIsNeverFree_data();
    void aCutGpuIsNeverFree();
    void whatNothingTellsIsUnknown_data();
    void whatNothingTellsIsUnknown();
    void everyDriverIsTold();
    void whatSomeExportersLackIsTold();
    void workloadsAreMatched();
    void aSilentExporterIsUnknownAndNotZero();
    void whatASilentExporterLastSaidIsNotForgotten();
    void whoIsLateWasSeenWhenHeSaidSo_data();
    void whoIsLateWasSeenWhenHeSaidSo();
    void aGpuThatIsNoLongerShownIsOffTheBus();
    void whatAnXidTookOutOfServiceStaysOutUntilItIsReset_data();
    void whatAnXidTookOutOfServiceStaysOutUntilItIsReset();
    void aGpuThatIsWarmForAMinuteIsSlow_data();
    void aGpuThatIsWarmForAMinuteIsSlow();
    void gpusAreCalledAsTheirDriverCallsThem();
    void anExporterThatTellsNoHostIsCalledByItsAddress();
    void anExchangedGpuTakesItsPlace();
    void aGpuThatIsListedTwiceCountsOnce();
    void whatIsHeldCountsFromTheFirstWordOn_data();
    void whatIsHeldCountsFromTheFirstWordOn();
    void whatNobodyIsNamedForIsHeldAllTheSame_data();
    void whatNobodyIsNamedForIsHeldAllTheSame();
    void tenMinutesOfChurnEndInTheServersState();

private:
    struct Gpu
    {
        std::string uuid, pod;
        int index = 0, util = 0, xid = 0;
    };
    /// As an exporter on this host answers.
    static std::string answer(const std::string& host, const std::vector<Gpu>& gpus, bool pods = true)
    {
        std::string text;
        for (const char* metric : { "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_XID_ERRORS", "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE" })
            for (const auto& it : gpus)
                text += std::string(metric) + "{gpu=\"" + std::to_string(it.index) + "\",UUID=\"" + it.uuid + "\",modelName=\"NVIDIA H100 80GB HBM3\",Hostname=\"" + host + "\""
                    + (pods ? ",namespace=\"infer\",pod=\"" + it.pod + "\"" : "") + "} "
                    + std::to_string(metric[14] == 'U' ? it.util : metric[12] == 'X' ? it.xid : metric[15] == 'U' ? 1000 + it.util : 80000) + "\n";
        return text;
    }
    struct World
    {
        explicit World(std::size_t targets, std::vector<Workload> workloads = {}) : fleet({ "aws", "us-east-1", "eks" }, std::move(workloads), targets, 30s, 1), readers(targets) {}
        void ask(std::size_t target, const std::string& text)
        {
            QVERIFY(readers[target].read(text));
            fleet.answered(target, readers[target], now);
        }
        /// What the engine shows once it has all frames.
        SnapshotPtr shown()
        {
            for (const auto& frame : fleet.frames(now))
                if (const auto applied = engine.apply(source, frame); !applied)
                    qFatal("%s", applied.error().text().c_str());
            return engine.publish(now);
        }
        DcgmFleet fleet;
        std::vector<DcgmReader> readers;
        Engine engine;
        SourceId source = engine.addSource("dcgm");
        Time now = Time(1'700'000'000s);
    };
};

void TestDcgmFleet::statesFollowPodsAndWork_data()
{
    QTest::addColumn<QString>("pod");
    QTest::addColumn<bool>("tellsPods");
    QTest::addColumn<int>("util");
    QTest::addColumn<int>("later"); // % when it is looked at again
    QTest::addColumn<int>("after"); // s
    QTest::addColumn<int>("state");
    const auto row = [](const char* what, const char* pod, bool tellsPods, int util, int later, int after, GpuState state) {
        QTest::newRow(what) << QString::fromLatin1(pod) << tellsPods << util << later << after << static_cast<int>(state);
    };
    row("held and working", "llama-0", true, 80, 80, 1, GpuState::Busy);
    row("held, pausing for a moment", "llama-0", true, 80, 0, 59, GpuState::Busy);
    row("held, pausing for a minute", "llama-0", true, 80, 0, 61, GpuState::Idle);
    row("held, never seen working", "llama-0", true, 0, 4, 1, GpuState::Idle);
    row("not held", "", true, 0, 0, 1, GpuState::Free);
    row("not held, and working all the same", "", true, 80, 80, 1, GpuState::Busy);
    row("not held, working a moment ago", "", true, 80, 0, 1, GpuState::Free);
    row("no pods told, working", "", false, 80, 80, 1, GpuState::Busy);
    row("no pods told, still", "", false, 0, 0, 1, GpuState::Free);
}

void TestDcgmFleet::statesFollowPodsAndWork()
{
    QFETCH(QString, pod);
    QFETCH(bool, tellsPods);
    QFETCH(int, util);
    QFETCH(int, later);
    QFETCH(int, after);
    QFETCH(int, state);
    World world(1);
    world.ask(0, answer("n", { { "GPU-1", pod.toStdString(), 0, util } }, tellsPods));
    (void)world.shown();
    world.now += std::chrono::seconds(after);
    world.ask(0, answer("n", { { "GPU-1", pod.toStdString(), 0, later } }, tellsPods));
    const auto snapshot = world.shown();
    QCOMPARE(snapshot->total().count(static_cast<GpuState>(state)), std::uint64_t { 1 });
}

void TestDcgmFleet::aCutGpuIsNeverFree_data()
{
    QTest::addColumn<std::string>("pods"); // of the two instances
    QTest::addColumn<double>("engine"); // of the second
    QTest::addColumn<GpuState>("state");
    QTest::addColumn<std::string>("workload");
    QTest::newRow("nobody holds it") << std::string("--") << 0.0 << GpuState::Idle << std::string();
    QTest::newRow("nobody holds what works") << std::string("--") << 1.0 << GpuState::Busy << std::string();
    QTest::newRow("one instance is held, and works") << std::string("-b") << 1.0 << GpuState::Busy << std::string("b");
    QTest::newRow("one instance is held, and does nothing") << std::string("-b") << 0.0 << GpuState::Idle << std::string("b");
    QTest::newRow("one works, of two that are held") << std::string("ab") << 0.3 << GpuState::Busy << std::string("a");
    QTest::newRow("no pods told, one works") << std::string() << 1.0 << GpuState::Busy << std::string();
    QTest::newRow("no pods told, none works") << std::string() << 0.0 << GpuState::Idle << std::string();
}

void TestDcgmFleet::aCutGpuIsNeverFree()
{
    QFETCH(std::string, pods);
    QFETCH(double, engine);
    QFETCH(GpuState, state);
    QFETCH(std::string, workload);
    std::string text;
    for (std::size_t i = 0; i < 2; ++i) {
        const auto held = pods.empty() ? std::string() : pods[i] == '-' ? std::string(R"(,namespace="",pod="")") : std::string(",namespace=\"") + pods[i] + "\",pod=\"p\"";
        text += R"(DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="0",UUID="GPU-1",modelName="NVIDIA A100-SXM4-40GB",GPU_I_PROFILE="1g.5gb",GPU_I_ID=")" + std::to_string(i + 7) + R"(",Hostname="n")" + held + "} " + std::to_string(i == 0 ? 0 : engine) + "\n";
    }
    World world(1);
    world.ask(0, text);
    const auto snapshot = world.shown();
    QCOMPARE(snapshot->total().count(state), std::uint64_t { 1 });
    QCOMPARE(snapshot->tally({ .scope = {}, .model = {}, .workload = workload, .state = {} }).gpus, std::uint64_t { 1 });
    QCOMPARE(snapshot->total().utilisation.sum, static_cast<std::uint64_t>(std::lround(engine * 100 / 7)));
}

void TestDcgmFleet::whatNothingTellsIsUnknown_data()
{
    QTest::addColumn<std::string>("metrics");
    QTest::addColumn<std::string>("pod"); // labels
    QTest::addColumn<GpuState>("state");
    QTest::addColumn<bool>("needsALook");
    const std::string nobody = R"(,namespace="",pod="")";
    QTest::newRow("only the temperature") << std::string("GPU_TEMP 40") << std::string() << GpuState::Unknown << false;
    QTest::newRow("temperature and an XID that means nothing") << std::string("GPU_TEMP 40 XID_ERRORS 0") << std::string() << GpuState::Unknown << false;
    QTest::newRow("temperature and an XID") << std::string("GPU_TEMP 40 XID_ERRORS 79") << std::string() << GpuState::Unhealthy << true;
    QTest::newRow("only the temperature, and nobody's") << std::string("GPU_TEMP 40") << nobody << GpuState::Free << false;
    QTest::newRow("memory used, of nobody knows how much") << std::string("GPU_TEMP 40 FB_USED 1") << std::string() << GpuState::Unknown << false;
    QTest::newRow("memory") << std::string("FB_USED 1 FB_FREE 80000") << std::string() << GpuState::Free << false;
    QTest::newRow("utilisation") << std::string("GPU_UTIL 0") << std::string() << GpuState::Free << false;
}

void TestDcgmFleet::whatNothingTellsIsUnknown()
{
    QFETCH(std::string, metrics);
    QFETCH(std::string, pod);
    QFETCH(GpuState, state);
    QFETCH(bool, needsALook);
    std::string text;
    std::istringstream in(metrics);
    for (std::string metric, value; in >> metric >> value;)
        text += "DCGM_FI_DEV_" + metric + R"({gpu="0",UUID="GPU-1",modelName="Tesla T4",Hostname="n")" + pod + "} " + value + "\n";
    World world(1);
    world.ask(0, text);
    const auto snapshot = world.shown();
    QCOMPARE(snapshot->gpu(snapshot->structure().nodes.front(), 0).state, state);
    QCOMPARE(troubles(*snapshot, {}, 10).gpus, std::uint64_t(needsALook));
}

void TestDcgmFleet::whatSomeExportersLackIsTold()
{
    World world(2);
    const auto others = [](const char* gpu) {
        std::string text;
        for (const char* metric : { "FB_FREE", "GPU_TEMP", "POWER_USAGE", "ROW_REMAP_FAILURE", "FB_USED", "ECC_DBE_VOL_TOTAL", "CLOCKS_EVENT_REASONS" })
            text += "DCGM_FI_DEV_" + std::string(metric) + "{gpu=\"0\",UUID=\"" + gpu + "\",Hostname=\"" + gpu + "\"} 0\n";
        return text;
    };
    const std::string engine = "DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu=\"0\",UUID=\"GPU-1\",Hostname=\"GPU-1\"} 0.5\n";
    world.ask(0, others("GPU-1"));
    QCOMPARE(world.fleet.lacks(), (std::vector<std::string> { "DCGM_FI_DEV_GPU_UTIL (utilisation)", "DCGM_FI_DEV_XID_ERRORS (GPU errors)" }));
    world.ask(1, answer("n", { { "GPU-2", "", 0 }, { "GPU-3", "", 1 } }));
    QCOMPARE(world.fleet.lacks(),
        (std::vector<std::string> { "DCGM_FI_DEV_GPU_UTIL (utilisation, on 1 of 3 GPUs)", "DCGM_FI_DEV_GPU_TEMP (temperature, on 2 of 3 GPUs)", "DCGM_FI_DEV_POWER_USAGE (power, on 2 of 3 GPUs)",
            "DCGM_FI_DEV_XID_ERRORS (GPU errors, on 1 of 3 GPUs)", "DCGM_FI_DEV_ROW_REMAP_FAILURE (failed row remaps, on 2 of 3 GPUs)",
            "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL (uncorrectable memory errors that no XID tells, on 2 of 3 GPUs)", "DCGM_FI_DEV_CLOCKS_EVENT_REASONS (throttling, on 2 of 3 GPUs)" }));
    world.ask(0, others("GPU-1") + engine);
    QVERIFY(std::ranges::none_of(world.fleet.lacks(), [](const std::string& it) { return it.contains("utilisation"); }));
}

void TestDcgmFleet::everyDriverIsTold()
{
    World world(1);
    const auto version = [&](std::initializer_list<const char*> drivers) {
        std::string text;
        int gpu = 0;
        for (const auto* driver : drivers) {
            const auto number = std::to_string(gpu++);
            text += "DCGM_FI_DEV_GPU_UTIL{gpu=\"" + number + "\",UUID=\"GPU-" + number + "\",Hostname=\"n\",DCGM_FI_DRIVER_VERSION=\"" + driver + "\"} 1\n";
        }
        world.ask(0, text);
        for (const auto& frame : world.fleet.frames(world.now))
            if (const auto* it = std::get_if<InventoryFrame>(&frame))
                return it->inventory->sourceVersion;
        return std::string("as before");
    };
    QCOMPARE(version({ "550.1", "550.1" }), std::string("dcgm-exporter, driver 550.1"));
    QCOMPARE(version({ "550.1", "550.1" }), std::string("as before"));
    QCOMPARE(version({ "550.1", "535.2" }), std::string("dcgm-exporter, drivers 535.2, 550.1"));
    QCOMPARE(version({ "1", "2", "3", "4", "5" }), std::string("dcgm-exporter, drivers 1, 2, 3 and 2 more"));
}

void TestDcgmFleet::workloadsAreMatched()
{
    Workload chat, rest;
    chat.name = "chat";
    chat.match = { { "namespace", "infer" }, { "pod", "llama" } };
    rest.name = "rest";
    rest.match = { { "namespace", "other" } };
    World world(1, { rest, chat });
    world.ask(0, answer("n", { { "GPU-1", "llama-0", 0 }, { "GPU-2", "image-0", 1 }, { "GPU-3", "", 2 } }));
    const auto snapshot = world.shown();
    QCOMPARE(snapshot->tally({ .scope = {}, .model = {}, .workload = "chat", .state = {} }).gpus, std::uint64_t { 1 });
    // What no rule knows is called as its namespace.
    QCOMPARE(snapshot->tally({ .scope = {}, .model = {}, .workload = "infer", .state = {} }).gpus, std::uint64_t { 1 });
}

void TestDcgmFleet::aSilentExporterIsUnknownAndNotZero()
{
    World world(2);
    world.ask(0, answer("a", { { "GPU-1", "p", 0, 90 } }));
    world.ask(1, answer("b", { { "GPU-2", "p", 0, 90 } }));
    QCOMPARE(world.shown()->total().count(GpuState::Busy), std::uint64_t { 2 });
    world.now += 31s;
    world.ask(0, answer("a", { { "GPU-1", "p", 0, 90 } }));
    auto snapshot = world.shown();
    QCOMPARE(snapshot->total().count(GpuState::Busy), std::uint64_t { 1 });
    QCOMPARE(snapshot->total().count(GpuState::Unknown), std::uint64_t { 1 });
    QCOMPARE(snapshot->total().utilisation.known, std::uint64_t { 1 });
    world.ask(1, answer("b", { { "GPU-2", "p", 0, 90 } }));
    QCOMPARE(world.shown()->total().count(GpuState::Busy), std::uint64_t { 2 });
    // When nobody answers there is nothing to tell: the source grows old as a whole.
    world.now += 1s;
    QVERIFY(world.fleet.frames(world.now).empty());
}

void TestDcgmFleet::whatASilentExporterLastSaidIsNotForgotten()
{
    World world(3);
    world.ask(0, answer("a", { { "GPU-1", "p", 0, 90 } }));
    world.ask(1, answer("b", { { "GPU-2", "p", 0, 0, 79 } }));
    world.ask(2, answer("c", { { "GPU-3", "p", 0, 90 } }));
    const auto heard = world.now;
    (void)world.shown();
    for (const auto pause : { 31s, 1s }) {
        world.now += pause;
        world.ask(0, answer("a", { { "GPU-1", "p", 0, 90 } }));
        const auto found = troubles(*world.shown(), {}, 10).list;
        QCOMPARE(found.size(), std::size_t { 2 });
        // The XID is still why the one is out of service; the other was last heard when it was, not when that was noticed.
        QVERIFY(found[0].health == Health { 79 } && found[0].state == GpuState::Unknown && found[0].firstSeen == heard);
        QVERIFY(found[1].health == Health::NotReported && found[1].lastSeen == heard);
    }
}

void TestDcgmFleet::whoIsLateWasSeenWhenHeSaidSo_data()
{
    QTest::addColumn<std::chrono::seconds>("after");
    QTest::newRow("not yet silent") << std::chrono::seconds(10);
    QTest::newRow("silent") << std::chrono::seconds(40);
}

void TestDcgmFleet::whoIsLateWasSeenWhenHeSaidSo()
{
    QFETCH(std::chrono::seconds, after);
    World world(2);
    world.ask(0, answer("a", { { "GPU-1", "p", 0, 0, 79 } }));
    world.ask(1, answer("b", { { "GPU-2", "p", 0, 0, 79 } }));
    (void)world.shown();
    const auto heard = world.now;
    // One goes on, and while nothing changes there are heartbeats.
    for (auto pause = after; pause > 0s; pause -= 5s) {
        world.now += 5s;
        world.ask(0, answer("a", { { "GPU-1", "p", 0, 0, 79 } }));
        (void)world.shown();
    }
    const auto found = troubles(*world.shown(), {}, 10).list;
    QCOMPARE(found.size(), std::size_t { 2 });
    QVERIFY(found[0].lastSeen == world.now && found[1].lastSeen == heard);
    QVERIFY(found[1].health == Health { 79 } && found[1].firstSeen == heard);
    // It is heard again.
    world.now += 1s;
    world.ask(1, answer("b", { { "GPU-2", "p", 0, 0, 79 } }));
    QVERIFY(troubles(*world.shown(), {}, 10).list[1].lastSeen == world.now);
}

void TestDcgmFleet::aGpuThatIsNoLongerShownIsOffTheBus()
{
    World world(1);
    world.ask(0, answer("n", { { "GPU-1", "p", 0, 90 }, { "GPU-2", "p", 1, 90 } }));
    (void)world.shown();
    world.ask(0, answer("n", { { "GPU-2", "p", 1, 90 } }));
    const auto snapshot = world.shown();
    QCOMPARE(snapshot->total().gpus, std::uint64_t { 2 });
    QCOMPARE(snapshot->total().count(GpuState::Unhealthy), std::uint64_t { 1 });
    QCOMPARE(snapshot->gpu(snapshot->structure().nodes.front(), 0).health, Health::OffTheBus);
}

void TestDcgmFleet::whatAnXidTookOutOfServiceStaysOutUntilItIsReset_data()
{
    QTest::addColumn<std::string>("answers"); // what is exported of the GPU, one answer after another
    QTest::addColumn<std::string>("healths"); // 0: good; "-": not told
    const auto row = [](const char* name, const char* answers, const char* healths) { QTest::newRow(name) << std::string(answers) << std::string(healths); };
    row("off the bus, and then the driver asks for something else", "XID_ERRORS 79; XID_ERRORS 154", "79 79");
    row("a memory error, and then what it does to programs", "XID_ERRORS 48; XID_ERRORS 45; XID_ERRORS 31", "48 48 48");
    row("one after another that takes it out", "XID_ERRORS 48; XID_ERRORS 79; XID_ERRORS 45", "48 79 79");
    row("it was reset", "XID_ERRORS 79; XID_ERRORS 154; XID_ERRORS 0; XID_ERRORS 154", "79 79 0 154");
    row("its driver asks for a reset until it was", "XID_ERRORS 95 GPU_RECOVERY_ACTION 1; XID_ERRORS 154 GPU_RECOVERY_ACTION 1; XID_ERRORS 154 GPU_RECOVERY_ACTION 0", "95 95 154");
    row("a driver that cannot tell asks for nothing", "XID_ERRORS 95; XID_ERRORS 154 GPU_RECOVERY_ACTION 9223372036854775794", "95 95");
    row("no XID is told for a while", "XID_ERRORS 79; GPU_TEMP 40; XID_ERRORS 31", "79 79 79");
    row("only warnings", "XID_ERRORS 63; XID_ERRORS 45", "63 0");
    row("those of some minutes, where nobody would tell of a reset", "EXP_XID 79; EXP_XID 0; GPU_TEMP 40", "79 0 -");
    row("those of some minutes, and the last one", "EXP_XID 79 XID_ERRORS 154; EXP_XID 0 XID_ERRORS 154; XID_ERRORS 0", "79 79 0");
}

void TestDcgmFleet::whatAnXidTookOutOfServiceStaysOutUntilItIsReset()
{
    QFETCH(std::string, answers);
    QFETCH(std::string, healths);
    World world(1);
    std::string seen;
    std::istringstream all(answers);
    for (std::string answer; std::getline(all, answer, ';');) {
        std::string text = R"(DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-1",Hostname="n"} 50)" "\n";
        std::istringstream in(answer);
        for (std::string metric, value; in >> metric >> value;)
            text += metric == "EXP_XID" ? R"(DCGM_EXP_XID_ERRORS_COUNT{gpu="0",UUID="GPU-1",Hostname="n",xid=")" + value + "\"} " + (value == "0" ? "0" : "1") + "\n"
                                        : "DCGM_FI_DEV_" + metric + R"({gpu="0",UUID="GPU-1",Hostname="n"} )" + value + "\n";
        world.now += 1s;
        world.ask(0, text);
        const auto snapshot = world.shown();
        const auto gpu = snapshot->gpu(snapshot->structure().nodes.front(), 0);
        QCOMPARE(gpu.state == GpuState::Unhealthy, isBroken(gpu.health));
        seen += (seen.empty() ? "" : " ") + (gpu.health == Health::NotReported ? "-" : std::to_string(static_cast<int>(gpu.health)));
    }
    QCOMPARE(seen, healths);
}

void TestDcgmFleet::aGpuThatIsWarmForAMinuteIsSlow_data()
{
    QTest::addColumn<int>("clocks"); // why they are cut, half a minute later
    QTest::addColumn<std::chrono::seconds>("after");
    QTest::addColumn<Health>("health");
    QTest::newRow("for a minute") << 0x24 << std::chrono::seconds(60) << Health::Throttled;
    QTest::newRow("not yet for a minute") << 0x20 << std::chrono::seconds(59) << Health::Good;
    QTest::newRow("with a pause") << 0x4 << std::chrono::seconds(60) << Health::Good;
}

void TestDcgmFleet::aGpuThatIsWarmForAMinuteIsSlow()
{
    QFETCH(int, clocks);
    QFETCH(std::chrono::seconds, after);
    World world(1);
    const auto say = [&](int why) {
        world.ask(0, answer("n", { { "GPU-1", "p", 0, 90 } }) + R"(DCGM_FI_DEV_CLOCKS_EVENT_REASONS{gpu="0",UUID="GPU-1",Hostname="n"} )" + std::to_string(why) + "\n");
        const auto snapshot = world.shown();
        return snapshot->gpu(snapshot->structure().nodes.front(), 0).health;
    };
    QCOMPARE(say(0x20), Health::Good);
    world.now += 30s;
    QCOMPARE(say(clocks), Health::Good);
    world.now += after - 30s;
    QTEST(say(0x20), "health");
    QCOMPARE(say(0), Health::Good);
}

void TestDcgmFleet::gpusAreCalledAsTheirDriverCallsThem()
{
    World world(1);
    const std::string uuid = "GPU-8f3c0a1b-0000-4444-8888-0123456789ab";
    world.ask(0, answer("n", { { "GPU-1", "p", 6, 90 }, { uuid, "p", 3, 90, 79 }, { "GPU-2", "p", 1, 90 } }));
    const auto snapshot = world.shown();
    const auto found = troubles(*snapshot, {}, 10).list;
    QCOMPARE(found.size(), std::size_t { 1 });
    const auto& node = snapshot->structure().nodes.front();
    QCOMPARE(node.numberOf(found[0].place.gpu), 3U);
    QCOMPARE(node.uuidOf(found[0].place.gpu), uuid);
    QCOMPARE(node.numberOf(0), 1U);
    QCOMPARE(node.numberOf(2), 6U);
    QCOMPARE(node.uuidOf(0), std::string());
}

void TestDcgmFleet::anExporterThatTellsNoHostIsCalledByItsAddress()
{
    World world(3);
    world.ask(0, answer("n", { { "GPU-1", "p", 0, 90 } }));
    for (const std::size_t target : { 1U, 2U }) {
        QVERIFY(world.readers[target].read(answer("", { { "", "p", 0, 90 } })));
        world.fleet.answered(target, world.readers[target], world.now, "10.0.0." + std::to_string(target) + ":9400");
    }
    const auto snapshot = world.shown();
    QCOMPARE(snapshot->total().gpus, std::uint64_t { 3 });
    QCOMPARE(snapshot->structure().nodes[1].name, std::string("10.0.0.1:9400"));
    QCOMPARE(snapshot->structure().nodes[2].name, std::string("10.0.0.2:9400"));
    // And where there is no address either, as in a store.
    World store(1);
    store.ask(0, answer("", { { "GPU-7", "p", 0, 90 } }));
    QCOMPARE(store.shown()->structure().nodes[0].name, std::string("host not told"));
}

void TestDcgmFleet::anExchangedGpuTakesItsPlace()
{
    World world(1);
    world.ask(0, answer("n", { { "GPU-1", "p", 0, 90 }, { "GPU-2", "p", 1, 90 } }));
    (void)world.shown();
    world.ask(0, answer("n", { { "GPU-9", "p", 0, 90 }, { "GPU-2", "p", 1, 90 } }));
    const auto snapshot = world.shown();
    QCOMPARE(snapshot->total().gpus, std::uint64_t { 2 });
    QCOMPARE(snapshot->total().count(GpuState::Busy), std::uint64_t { 2 });
}

void TestDcgmFleet::aGpuThatIsListedTwiceCountsOnce()
{
    World world(2);
    for (const auto target : { std::size_t { 0 }, std::size_t { 1 } })
        world.ask(target, answer("n", { { "GPU-1", "p", 0, 90 } }));
    QCOMPARE(world.shown()->total().gpus, std::uint64_t { 1 });
    const auto told = [&] { return std::ranges::count_if(world.fleet.lacks(), [](const std::string& it) { return it == "one exporter a GPU (1 is told by two, and counted once: GPU-1)"; }); };
    QCOMPARE(told(), 1);
    // The second still shows it when the first has gone.
    world.now += 31s;
    world.ask(1, answer("n", { { "GPU-1", "p", 0, 90 } }));
    const auto snapshot = world.shown();
    QCOMPARE(snapshot->total().gpus, std::uint64_t { 1 });
    QCOMPARE(snapshot->total().count(GpuState::Busy), std::uint64_t { 1 });
    QCOMPARE(told(), 0);
}

void TestDcgmFleet::whatIsHeldCountsFromTheFirstWordOn_data()
{
    QTest::addColumn<bool>("isFirst"); ///< the exporter answers first
    QTest::addColumn<int>("shown");
    for (const bool isFirst : { true, false })
        for (const int shown : { 8, 7 })
            QTest::addRow("%s, %d of 8 shown", isFirst ? "exporter first" : "orchestrator first", shown) << isFirst << shown;
}

void TestDcgmFleet::whatIsHeldCountsFromTheFirstWordOn()
{
    QFETCH(bool, isFirst);
    QFETCH(int, shown);
    World world(1);
    world.fleet.keepToDescribed();
    DcgmNode node;
    node.capacity = 8;
    node.physical = true;
    node.held = { { "batch", 5 } };
    std::vector<Gpu> gpus;
    for (int g = 0; g < shown; ++g)
        gpus.push_back({ "GPU-" + std::to_string(g), {}, g });
    const auto describe = [&] { world.fleet.describe({ { { {}, "n" }, node } }, world.now); };
    if (!isFirst)
        describe();
    world.ask(0, answer("n", gpus, false));
    if (isFirst)
        describe();
    const auto counts = [&](GpuState state) { return world.shown()->total().count(state); };
    QCOMPARE(counts(GpuState::Idle), std::uint64_t { 5 });
    QCOMPARE(counts(GpuState::Free), static_cast<std::uint64_t>(shown - 5));
    QCOMPARE(counts(GpuState::Unhealthy), static_cast<std::uint64_t>(8 - shown));
    QCOMPARE(world.shown()->tally({ .scope = {}, .model = {}, .workload = "batch", .state = {} }).gpus, std::uint64_t { 5 });
    // A pod that has gone holds nothing from the moment on that the orchestrator says so.
    node.held.clear();
    describe();
    QCOMPARE(counts(GpuState::Free), static_cast<std::uint64_t>(shown));
    QCOMPARE(world.shown()->tally({ .scope = {}, .model = {}, .workload = "batch", .state = {} }).gpus, std::uint64_t { 0 });
}

void TestDcgmFleet::whatNobodyIsNamedForIsHeldAllTheSame_data()
{
    using Held = std::vector<std::pair<std::string, std::uint32_t>>;
    QTest::addColumn<std::vector<Gpu>>("gpus");
    QTest::addColumn<Held>("held");
    QTest::addColumn<int>("infer"); ///< GPUs of the workload that the exporter names
    QTest::addColumn<int>("train");
    QTest::addColumn<int>("free");
    const auto row = [](const char* name, std::vector<Gpu> gpus, Held held, int infer, int train, int free) { QTest::newRow(name) << gpus << held << infer << train << free; };
    const Gpu one { "GPU-0", "p", 0 }, two { "GPU-1", {}, 1 }, three { "GPU-2", {}, 2 }, four { "GPU-3", {}, 3 };
    row("a pod is named on one of its GPUs", { one, two, three, four }, { { "infer", 2 } }, 2, 0, 2);
    row("another one's pod is not named", { one, two, three, four }, { { "infer", 1 }, { "train", 2 } }, 1, 2, 1);
    row("more is held than there is", { one, two, three, four }, { { "infer", 1 }, { "train", 9 } }, 1, 3, 0);
    row("all are named", { one, two, three, four }, { { "infer", 1 } }, 1, 0, 3);
    // Two that share a GPU hold one between them, whoever of them the exporter names.
    row("one is called otherwise", { one, two, three, four }, { { "train", 1 } }, 1, 0, 3);
    row("what works first", { one, two, three, { "GPU-3", {}, 3, 90 } }, { { "infer", 1 }, { "train", 1 } }, 1, 1, 2);
    row("the one that is off the bus", { one, two, four }, { { "infer", 2 } }, 2, 0, 2);
    row("a broken one last", { one, { "GPU-1", {}, 1, 0, 79 }, three, four }, { { "infer", 2 } }, 2, 0, 1);
}

void TestDcgmFleet::whatNobodyIsNamedForIsHeldAllTheSame()
{
    QFETCH(std::vector<Gpu>, gpus);
    using Held = std::vector<std::pair<std::string, std::uint32_t>>;
    QFETCH(Held, held);
    World world(1);
    DcgmNode node;
    node.capacity = 4;
    node.physical = true;
    const auto describe = [&](Held holds) {
        node.held = std::move(holds);
        world.fleet.describe({ { { {}, "n" }, node } }, world.now);
    };
    const auto counts = [&] {
        const auto shown = world.shown();
        const auto of = [&](const char* workload) { return static_cast<int>(shown->tally({ .scope = {}, .model = {}, .workload = workload, .state = {} }).gpus); };
        return std::tuple(of("infer"), of("train"), static_cast<int>(shown->total().count(GpuState::Free)));
    };
    world.ask(0, answer("n", gpus));
    const auto before = counts();
    QFETCH(int, infer);
    QFETCH(int, train);
    QFETCH(int, free);
    for (int round = 0; round < 2; ++round) {
        describe(held);
        QCOMPARE(counts(), std::tuple(infer, train, free));
        world.ask(0, answer("n", gpus));
        QCOMPARE(counts(), std::tuple(infer, train, free));
        describe({});
        QCOMPARE(counts(), before);
    }
}

void TestDcgmFleet::tenMinutesOfChurnEndInTheServersState()
{
    for (std::uint32_t seed = 0; seed < 5; ++seed) {
        std::mt19937 random(seed);
        const auto below = [&](std::uint32_t end) { return static_cast<int>(random() % end); };
        constexpr std::size_t hosts = 12;
        World world(hosts);
        struct Host
        {
            std::string name;
            std::vector<Gpu> gpus;
        };
        std::vector<Host> truth;
        int made = 0;
        for (std::size_t h = 0; h < hosts; ++h) {
            truth.push_back({ "host-" + std::to_string(h), {} });
            for (int g = 0; g < 8; ++g)
                truth.back().gpus.push_back({ "GPU-" + std::to_string(made++), {}, g });
        }
        for (int second = 0; second < 600; ++second) {
            world.now += 1s;
            for (std::size_t h = 0; h < hosts; ++h) {
                auto& host = truth[h];
                if (below(60) == 0) // its pod was made anew and is called otherwise
                    host.name = "host-" + std::to_string(h) + "-" + std::to_string(second);
                if (below(120) == 0) // it was exchanged for another machine
                    for (auto& gpu : host.gpus)
                        gpu = { "GPU-" + std::to_string(made++), {}, gpu.index };
                for (auto& gpu : host.gpus) {
                    if (below(10) == 0)
                        gpu.pod = below(3) ? "pod-" + std::to_string(below(40)) : std::string();
                    gpu.util = below(2) * 90;
                    gpu.xid = below(400) == 0 ? 79 : below(20) == 0 ? 0 : gpu.xid;
                }
                if (below(5) != 0) // now and then one does not answer in time
                    world.ask(h, answer(host.name, host.gpus));
            }
            (void)world.shown();
        }
        std::uint64_t unhealthy = 0, free = 0, util = 0;
        for (std::size_t h = 0; h < hosts; ++h) {
            world.ask(h, answer(truth[h].name, truth[h].gpus));
            for (const auto& gpu : truth[h].gpus) {
                unhealthy += gpu.xid == 79;
                free += gpu.xid != 79 && gpu.pod.empty() && gpu.util == 0;
                util += static_cast<std::uint64_t>(gpu.util);
            }
        }
        const auto snapshot = world.shown();
        QCOMPARE(snapshot->total().gpus, hosts * 8);
        QCOMPARE(snapshot->structure().nodes.size(), hosts);
        QCOMPARE(snapshot->total().count(GpuState::Unhealthy), unhealthy);
        QCOMPARE(snapshot->total().count(GpuState::Free), free);
        QCOMPARE(snapshot->total().utilisation.sum, util);
    }
}

QTEST_GUILESS_MAIN(TestDcgmFleet)
#include "tst_dcgmfleet.moc"
