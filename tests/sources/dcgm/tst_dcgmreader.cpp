// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QFile>
#include <QRegularExpression>
#include <QSet>
#include <QTest>

#include "dcgm/dcgmreader.h"
#include "fleet/gpumodel.h"
#include "support/shareddata.h"

using namespace penstock;

/// What dcgm-exporters of all kinds and ages answer, as GPUs.
class TestDcgmReader final : public QObject
{
    Q_OBJECT

private slots:
    void realAnswersAreWhatTheySay_data();
    void realAnswersAreWhatTheySay();
    void everyFormOfAValueIsUnderstood_data();
    void everyFormOfAValueIsUnderstood();
    void severalSeriesAreOneGpu();
    void instancesCountByTheirShare_data();
    void instancesCountByTheirShare();
    void aGpuThatIsGoneIsTold();
    void podsComeAndGo();
    void whatIsNotWholeChangesNothing();
    void modelsHaveOneName_data();
    void modelsHaveOneName();

private:
    static Result<> read(DcgmReader& reader, const QByteArray& text) { return reader.read({ text.constData(), static_cast<std::size_t>(text.size()) }); }
};

static constexpr int unknownUtil = unknown::utilisation, unknownPower = unknown::power;

static QByteArray line(const char* metric, const char* value, const char* more = "")
{
    return QByteArray(metric) + "{gpu=\"0\",UUID=\"GPU-1\",modelName=\"NVIDIA H100 80GB HBM3\",Hostname=\"node\"" + more + "} " + value + "\n";
}

void TestDcgmReader::realAnswersAreWhatTheySay_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("gpus");
    QTest::addColumn<QString>("model");
    QTest::addColumn<int>("held"); // by a pod
    const auto row = [](const char* file, int gpus, const char* model, int held) { QTest::newRow(file) << QString::fromLatin1(file) << gpus << QString::fromLatin1(model) << held; };
    row("dcgm_2xt4_with_pod_labels", 2, "T4", 1);
    row("dcgm_a100_mig_disabled", 1, "A100 40GB SXM", 0);
    row("dcgm_aws_l4_node1", 1, "L4", 0);
    row("dcgm_aws_t4_idle", 1, "T4", 0);
    row("dcgm_eks_h100_node147-149", 8, "H100 80GB SXM", 1);
    row("dcgm_eks_h100_node171-111", 8, "H100 80GB SXM", 1);
    row("dcgm_mig_a100_one_1g5gb_active", 1, "A100 40GB SXM", 0);
    row("dcgm_upcloud_l40s", 1, "L40S", 0);
}

void TestDcgmReader::realAnswersAreWhatTheySay()
{
    const auto folder = test::sharedData();
    if (folder.isEmpty())
        QSKIP("the folder of recorded data (beside the checkout, or PENSTOCK_SHARED) is not there");
    QFETCH(QString, file);
    QFile source(folder + QStringLiteral("/data/exposition/%1.prom").arg(file));
    if (!source.open(QIODevice::ReadOnly))
        QSKIP(qPrintable(source.fileName() + QStringLiteral(" is not there")));
    const auto text = source.readAll();
    DcgmReader reader;
    const auto done = read(reader, text);
    QVERIFY2(done, done ? "" : done.error().text().c_str());
    QTEST(static_cast<int>(reader.gpus().size()), "gpus");
    int held = 0;
    for (const auto& gpu : reader.gpus()) {
        held += !gpu.pod.empty();
        QTEST(QString::fromStdString(canonicalModel(gpu.model)), "model");
        // An independent reading of the same lines.
        const auto uuid = QRegularExpression::escape(QString::fromStdString(gpu.uuid));
        const auto valueOf = [&](const char* metric) {
            const QRegularExpression wanted(QStringLiteral("^%1\\{[^\\n]*UUID=\"%2\"[^\\n]*\\} ([0-9.]+)$").arg(QLatin1String(metric), uuid), QRegularExpression::MultilineOption);
            double greatest = -1;
            for (auto it = wanted.globalMatch(QString::fromUtf8(text)); it.hasNext();)
                greatest = std::max(greatest, it.next().captured(1).toDouble());
            return greatest;
        };
        const auto sample = gpu.measured();
        if (const auto power = valueOf("DCGM_FI_DEV_POWER_USAGE"); power >= 0)
            QCOMPARE(static_cast<double>(sample.power), std::round(power * 10));
        if (const auto temperature = valueOf("DCGM_FI_DEV_GPU_TEMP"); temperature >= 0)
            QCOMPARE(static_cast<double>(sample.temperature), temperature);
        if (const auto util = valueOf("DCGM_FI_DEV_GPU_UTIL"); util >= 0)
            QCOMPARE(static_cast<double>(sample.utilisation), util);
        if (const auto used = valueOf("DCGM_FI_DEV_FB_USED"); used >= 0)
            QCOMPARE(static_cast<double>(sample.memoryUsed), used);
    }
    QTEST(held, "held");
}

void TestDcgmReader::everyFormOfAValueIsUnderstood_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("health");
    QTest::addColumn<int>("utilisation");
    QTest::addColumn<int>("power"); // 0.1 W
    const auto row = [](const char* what, const QByteArray& text, Health health = Health::NotReported, int util = unknownUtil, int power = unknownPower) {
        QTest::newRow(what) << text << static_cast<int>(health) << util << power;
    };
    row("utilisation", line("DCGM_FI_DEV_GPU_UTIL", "87"), Health::NotReported, 87);
    row("of the exporter 1.x", line("dcgm_gpu_utilization", "12"), Health::NotReported, 12);
    row("engine where there is no utilisation", line("DCGM_FI_PROF_GR_ENGINE_ACTIVE", "0.812345"), Health::NotReported, 81);
    row("utilisation before engine", line("DCGM_FI_PROF_GR_ENGINE_ACTIVE", "0.5") + line("DCGM_FI_DEV_GPU_UTIL", "3"), Health::NotReported, 3);
    row("a blank of 64 bits", line("DCGM_FI_DEV_GPU_UTIL", "9223372036854775794"));
    row("a blank of 32 bits", line("DCGM_FI_DEV_GPU_UTIL", "2147483634"));
    row("a blank of floating point", line("DCGM_FI_DEV_POWER_USAGE", "140737488355330.000000"));
    row("no number", line("DCGM_FI_DEV_POWER_USAGE", "NaN"));
    row("power", line("DCGM_FI_DEV_POWER_USAGE", "67.433000"), Health::NotReported, unknownUtil, 674);
    row("power as DCGM 4.6 calls it", line("DCGM_FI_DEV_BOARD_POWER_WATTS", "350.1"), Health::NotReported, unknownUtil, 3501);
    row("more than all of it", line("DCGM_FI_DEV_GPU_UTIL", "101"));
    row("no XID", line("DCGM_FI_DEV_XID_ERRORS", "0"), Health::Good);
    row("an application's XID", line("DCGM_FI_DEV_XID_ERRORS", "31", ",err_code=\"31\",err_msg=\"GPU memory page fault\""), Health::Good);
    row("off the bus", line("DCGM_FI_DEV_XID_ERRORS", "79", ",err_code=\"79\""), Health { 79 });
    row("one that only warns", line("DCGM_FI_DEV_XID_ERRORS", "63"), Health { 63 });
    row("one that nobody knows", line("DCGM_FI_DEV_XID_ERRORS", "200"), Health { 200 });
    row("one that warns, and a failed remap", line("DCGM_FI_DEV_XID_ERRORS", "63") + line("DCGM_FI_DEV_ROW_REMAP_FAILURE", "1"), Health::RowRemapFailure);
    row("one that warns, of a slow GPU", line("DCGM_FI_DEV_XID_ERRORS", "94") + line("DCGM_FI_DEV_CLOCKS_EVENT_REASONS", "8"), Health::Throttled);
    row("more than a byte", line("DCGM_FI_DEV_XID_ERRORS", "1000"), Health { 254 });
    row("double-bit", line("DCGM_FI_DEV_XID_ERROR", "48"), Health { 48 });
    row("an XID of the window", line("DCGM_EXP_XID_ERRORS_COUNT", "3", ",xid=\"119\",window_size_in_ms=\"300000\""), Health { 119 });
    row("several XIDs of the window", line("DCGM_EXP_XID_ERRORS_COUNT", "1", ",xid=\"119\"") + line("DCGM_EXP_XID_ERRORS_COUNT", "9", ",xid=\"31\""), Health { 119 });
    row("none in the window", line("DCGM_EXP_XID_ERRORS_COUNT", "0", ",xid=\"119\""), Health::Good);
    row("row remap failure", line("DCGM_FI_DEV_ROW_REMAP_FAILURE", "1"), Health::RowRemapFailure);
    row("memory errors", line("DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", "2"), Health::Ecc);
    row("a blank XID", line("DCGM_FI_DEV_XID_ERRORS", "2147483634"));
    row("no memory errors", line("DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", "0"), Health::Good);
    row("a power cap is no fault", line("DCGM_FI_DEV_CLOCKS_EVENT_REASONS", "4"));
    row("thermal slowdown", line("DCGM_FI_DEV_CLOCKS_EVENT_REASONS", "68"), Health::Throttled);
    row("recovery: reset", line("DCGM_FI_DEV_GET_GPU_RECOVERY_ACTION", "1"), Health::Xid);
    row("recovery: drain of the peers", line("DCGM_FI_DEV_GET_GPU_RECOVERY_ACTION", "3"), Health { 154 });
    row("a driver that is warm for a moment", line("DCGM_FI_DEV_CLOCKS_EVENT_REASONS", "32"));
    row("a remap that waits for a reset", line("DCGM_FI_DEV_ROW_REMAP_PENDING", "1"), Health { 63 });
    row("no remap waits", line("DCGM_FI_DEV_ROW_REMAP_PENDING", "0"));
    row("pages that wait to be retired", line("DCGM_FI_DEV_RETIRED_PENDING", "1") + line("DCGM_FI_DEV_XID_ERRORS", "0"), Health { 63 });
    row("a remap that waits, of a broken GPU", line("DCGM_FI_DEV_ROW_REMAP_PENDING", "1") + line("DCGM_FI_DEV_XID_ERRORS", "79"), Health { 79 });
    row("some retired pages", line("DCGM_FI_DEV_RETIRED_SBE", "40") + line("DCGM_FI_DEV_RETIRED_DBE", "22") + line("DCGM_FI_DEV_XID_ERRORS", "0"), Health::Good);
    row("too many retired pages", line("DCGM_FI_DEV_RETIRED_SBE", "40") + line("DCGM_FI_DEV_RETIRED_DBE", "23"), Health::RowRemapFailure);
    row("retired pages that are not measured", line("DCGM_FI_DEV_RETIRED_SBE", "9223372036854775794"));
    row("a health watch fails", line("DCGM_EXP_GPU_HEALTH_STATUS", "0", ",health_watch=\"PCIE\"") + line("DCGM_EXP_GPU_HEALTH_STATUS", "20", ",health_watch=\"NVLINK\""), Health::Xid);
    row("a health watch warns", line("DCGM_EXP_GPU_HEALTH_STATUS", "10", ",health_watch=\"MEM\""), Health::Good);
}

void TestDcgmReader::everyFormOfAValueIsUnderstood()
{
    QFETCH(QByteArray, text);
    DcgmReader reader;
    QVERIFY(read(reader, text));
    QCOMPARE(reader.gpus().size(), std::size_t { 1 });
    const auto sample = reader.gpus().front().measured();
    QTEST(static_cast<int>(sample.health), "health");
    QTEST(static_cast<int>(sample.utilisation), "utilisation");
    QTEST(static_cast<int>(sample.power), "power");
}

void TestDcgmReader::severalSeriesAreOneGpu()
{
    DcgmReader reader;
    // Two processes share it; then two slices of it.
    QVERIFY(read(reader, line("DCGM_FI_DEV_GPU_UTIL", "40", ",pod=\"a\"") + line("DCGM_FI_DEV_GPU_UTIL", "60", ",pod=\"b\"") + line("DCGM_FI_DEV_FB_USED", "900", ",pod=\"a\"") + line("DCGM_FI_DEV_FB_USED", "900", ",pod=\"b\"")));
    QCOMPARE(reader.gpus().size(), std::size_t { 1 });
    QCOMPARE(reader.gpus().front().measured().utilisation, std::uint8_t { 60 });
    QCOMPARE(reader.gpus().front().measured().memoryUsed, std::uint32_t { 900 });
    QVERIFY(read(reader, line("DCGM_FI_DEV_FB_USED", "900", ",GPU_I_PROFILE=\"1g.5gb\",GPU_I_ID=\"9\"") + line("DCGM_FI_DEV_FB_USED", "800", ",GPU_I_PROFILE=\"1g.5gb\",GPU_I_ID=\"10\"")));
    QVERIFY(reader.gpus().front().isCut());
    QCOMPARE(reader.gpus().front().measured().memoryUsed, std::uint32_t { 1700 });
    QVERIFY(read(reader, line("DCGM_FI_DEV_FB_USED", "900")));
    QVERIFY(!reader.gpus().front().isCut());
}

void TestDcgmReader::instancesCountByTheirShare_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("utilisation");
    QTest::addColumn<unsigned>("used"); // MiB
    QTest::addColumn<bool>("works");
    const auto of = [](const char* metric, const char* value, const char* id, const char* profile, const char* more = "") {
        return line(metric, value, (QByteArray(",GPU_I_PROFILE=\"") + profile + "\",GPU_I_ID=\"" + id + "\"" + more).constData());
    };
    const auto engine = "DCGM_FI_PROF_GR_ENGINE_ACTIVE", used = "DCGM_FI_DEV_FB_USED";
    QTest::newRow("one that works, of seven") << of(engine, "1", "9", "1g.5gb") << 14 << unknown::memory << true;
    QTest::newRow("a small and a greater one") << of(engine, "0.5", "9", "1g.5gb") + of(engine, "1", "2", "3g.20gb") + of(used, "100", "9", "1g.5gb") + of(used, "200", "2", "3g.20gb") << 50 << 300U << true;
    QTest::newRow("little work in a little one") << of(engine, "0.2", "9", "1g.5gb") + of(engine, "0", "2", "3g.20gb") << 3 << unknown::memory << true;
    QTest::newRow("none works") << of(engine, "0.01", "9", "1g.5gb") << 0 << unknown::memory << false;
    QTest::newRow("one that two pods share") << of(engine, "0.7", "9", "1g.5gb", ",pod=\"a\"") + of(engine, "0.7", "9", "1g.5gb", ",pod=\"b\"") + of(used, "100", "9", "1g.5gb", ",pod=\"a\"") + of(used, "100", "9", "1g.5gb", ",pod=\"b\"") << 10 << 100U << true;
    QTest::newRow("a part of an instance") << of(engine, "1", "9", "1c.2g.10gb") << 29 << unknown::memory << true;
    QTest::newRow("a profile that nobody knows") << of(engine, "1", "9", "small") << unknownUtil << unknown::memory << true;
    QTest::newRow("beside what is measured of the GPU") << line(engine, "0.3") + of(engine, "1", "9", "1g.5gb") + line(used, "1000") + of(used, "900", "9", "1g.5gb") << 30 << 1000U << true;
}

void TestDcgmReader::instancesCountByTheirShare()
{
    QFETCH(QByteArray, text);
    DcgmReader reader;
    QVERIFY(read(reader, text));
    QCOMPARE(reader.gpus().size(), std::size_t { 1 });
    QTEST(static_cast<int>(reader.gpus().front().measured().utilisation), "utilisation");
    QTEST(reader.gpus().front().measured().memoryUsed, "used");
    QTEST(reader.gpus().front().hasBusyInstance(), "works");
    // An instance's memory is not the GPU's.
    QCOMPARE(reader.gpus().front().memoryTotal(), 0U);
}

void TestDcgmReader::aGpuThatIsGoneIsTold()
{
    DcgmReader reader;
    const QByteArray other = "DCGM_FI_DEV_GPU_UTIL{gpu=\"1\",UUID=\"GPU-2\",Hostname=\"node\"} 5\n";
    QVERIFY(read(reader, line("DCGM_FI_DEV_GPU_UTIL", "1") + other));
    QVERIFY(read(reader, other));
    QCOMPARE(reader.gpus().size(), std::size_t { 2 });
    QVERIFY(reader.gpus()[0].answer != reader.answers());
    QVERIFY(reader.gpus()[1].answer == reader.answers());
    reader.forgetGone();
    QCOMPARE(reader.gpus().size(), std::size_t { 1 });
    QCOMPARE(reader.gpus()[0].uuid, std::string("GPU-2"));
    QVERIFY(read(reader, other));
    QCOMPARE(reader.gpus().size(), std::size_t { 1 });
}

void TestDcgmReader::podsComeAndGo()
{
    DcgmReader reader;
    for (int i = 0; i < 2000; ++i) {
        const auto pod = QByteArray::number(i);
        QVERIFY(read(reader, line("DCGM_FI_DEV_GPU_UTIL", "1", (",namespace=\"infer\",pod=\"p" + pod + "\"").constData())));
        QCOMPARE(reader.gpus().size(), std::size_t { 1 });
        QCOMPARE(reader.gpus().front().pod, "p" + std::to_string(i));
    }
    QVERIFY(read(reader, line("DCGM_FI_DEV_GPU_UTIL", "1", ",namespace=\"\",pod=\"\"")));
    QVERIFY(reader.gpus().front().pod.empty() && reader.tellsPods(reader.gpus().front()));
    // Behind a Prometheus: the exporter's own pod is not the one that holds it.
    QVERIFY(read(reader, line("DCGM_FI_DEV_GPU_UTIL", "1", ",namespace=\"monitoring\",pod=\"dcgm-exporter-x\",exported_namespace=\"infer\",exported_pod=\"llama-0\"")));
    QCOMPARE(reader.gpus().front().pod, std::string("llama-0"));
    QCOMPARE(reader.gpus().front().nameSpace, std::string("infer"));
}

void TestDcgmReader::whatIsNotWholeChangesNothing()
{
    DcgmReader reader;
    QVERIFY(read(reader, line("DCGM_FI_DEV_GPU_UTIL", "7")));
    const auto cut = line("DCGM_FI_DEV_GPU_UTIL", "9").chopped(1);
    const auto done = read(reader, cut);
    QVERIFY(!done);
    QCOMPARE(done.error().kind, Error::Kind::Invalid);
    QCOMPARE(reader.gpus().front().measured().utilisation, std::uint8_t { 7 });
    QCOMPARE(reader.answers(), std::uint64_t { 1 });
}

void TestDcgmReader::modelsHaveOneName_data()
{
    QTest::addColumn<QString>("model");
    const auto row = [](const char* product, const char* model) { QTest::newRow(product) << QString::fromLatin1(model); };
    row("NVIDIA H100 80GB HBM3", "H100 80GB SXM");
    row("NVIDIA-H100-80GB-HBM3-SHARED", "H100 80GB SXM");
    row("NVIDIA-A100-SXM4-40GB-MIG-1g.5gb", "A100 40GB SXM");
    row("nvidia-h100-80gb", "H100 80GB SXM");
    row("A100_NVLINK_80GB", "A100 80GB SXM");
    row("NVIDIA A100 80GB PCIe", "A100 80GB PCIe");
    row("NVIDIA A100-PCIE-40GB", "A100 40GB PCIe");
    row("NVIDIA H100 PCIe", "H100 80GB PCIe");
    row("a100", "A100"); // of 40 or of 80 GB
    row("Tesla V100-SXM2", "V100 SXM");
    row("NVIDIA H100 NVL", "H100 NVL");
    row("NVIDIA H200", "H200 141GB SXM");
    row("NVIDIA B200", "B200 180GB SXM");
    row("NVIDIA GB200", "GB200");
    row("Tesla T4", "T4");
    row("nvidia-tesla-t4", "T4");
    row("Tesla V100-SXM2-16GB", "V100 16GB SXM");
    row("NVIDIA L40S", "L40S");
    row("NVIDIA A10G", "A10G");
    row("AMD Instinct MI300X OAM", "MI300X");
    row("NVIDIA RTX PRO 6000 Blackwell Server Edition", "RTX PRO 6000 Blackwell Server Edition");
    row("", "");
}

void TestDcgmReader::modelsHaveOneName()
{
    QTEST(QString::fromStdString(canonicalModel(QTest::currentDataTag())), "model");
}

QTEST_GUILESS_MAIN(TestDcgmReader)
#include "tst_dcgmreader.moc"
