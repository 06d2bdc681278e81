// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <cmath>

#include "base/timetext.h"
#include "http/httpclient.h"
#include "support/prometheusserver.h"

using namespace penstock;
using namespace std::chrono_literals;
using test::PrometheusServer;

/// penstockctl prints what a real store remembers.
class TestCtlHistory final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void everyStepIsARow();
    void whatCannotBeAskedIsRefused_data();
    void whatCannotBeAskedIsRefused();

private:
    std::pair<int, QByteArray> ctl(const QStringList& words)
    {
        QProcess process;
        auto environment = QProcessEnvironment::systemEnvironment();
        for (const auto* name : { "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME" })
            environment.insert(QLatin1String(name), m_folder.path());
        process.setProcessEnvironment(environment);
        process.start(QStringLiteral(PENSTOCKCTL), QStringList { QStringLiteral("--workspace"), m_folder.filePath(QStringLiteral("w.toml")), QStringLiteral("endpoints"), QStringLiteral("history") } + words);
        if (!process.waitForFinished(60'000))
            return { -1, "it did not end" };
        return { process.exitCode(), process.exitCode() == 0 ? process.readAllStandardOutput() : process.readAllStandardError() };
    }
    QTemporaryDir m_folder;
    PrometheusServer m_store { PrometheusServer::Kind::VictoriaMetrics };
    Time m_first {};
};

void TestCtlHistory::initTestCase()
{
    if (!PrometheusServer::isInstalled(PrometheusServer::Kind::VictoriaMetrics))
        QSKIP("victoria-metrics is not installed");
    QVERIFY(m_store.start(QByteArray()));
    // Four GPUs every 30 s for an hour, up to now; of the first alone power, and of neither anything for ten minutes.
    m_first = Time(std::chrono::floor<std::chrono::minutes>(wallClock().time_since_epoch())) - 60min;
    std::string text;
    for (auto at = m_first; at <= wallClock(); at += 30s) {
        const auto minute = std::chrono::duration_cast<std::chrono::minutes>(at - m_first).count();
        if (minute >= 20 && minute < 30)
            continue;
        const auto stamp = " " + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count()) + "\n";
        for (int gpu = 0; gpu < 2; ++gpu) {
            const auto who = "{UUID=\"GPU-" + std::to_string(gpu) + "\",gpu=\"" + std::to_string(gpu) + "\",Hostname=\"n\"" + (gpu == 0 ? ",exported_pod=\"p\",exported_namespace=\"chat\"" : "") + "} ";
            text += "DCGM_FI_DEV_GPU_UTIL" + who + std::to_string(gpu == 0 ? minute : 0) + stamp;
            if (gpu == 0)
                text += "DCGM_FI_DEV_POWER_USAGE" + who + "300.5" + stamp;
        }
        // A third one that MIG has cut, half of which works, and a broken one that a pod holds.
        const std::string cut = "{UUID=\"GPU-2\",gpu=\"2\",Hostname=\"n\",modelName=\"NVIDIA A100-SXM4-40GB\"", broken = "{UUID=\"GPU-3\",gpu=\"3\",Hostname=\"n\",exported_pod=\"q\",exported_namespace=\"chat\"} ";
        for (const char* instance : { "7", "8" })
            for (const char* metric : { "DCGM_FI_PROF_GR_ENGINE_ACTIVE", "DCGM_FI_DEV_GPU_TEMP" })
                text += metric + cut + ",GPU_I_ID=\"" + instance + "\",GPU_I_PROFILE=\"2g.10gb\"} " + (std::string_view(metric).ends_with("ACTIVE") ? "0.7" : "40") + stamp;
        text += "DCGM_FI_DEV_GPU_UTIL" + broken + "0" + stamp + "DCGM_FI_DEV_XID_ERRORS" + broken + "79" + stamp;
    }
    HttpClient http;
    const auto sent = http.send({ .method = "POST", .url = m_store.url() + "/api/v1/import/prometheus", .body = text, .contentType = "text/plain" });
    QVERIFY(sent && sent->status < 300);
    QFile file(m_folder.filePath(QStringLiteral("w.toml")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("[workspace]\nname = \"w\"\n[[endpoint]]\nname = \"store\"\nkind = \"prometheus\"\nurl = \"" + QByteArray::fromStdString(m_store.url()) + "\"\nprovider = \"aws\"\nregion = \"us-east-1\"\n"
        + "[[endpoint]]\nname = \"exporter\"\nkind = \"dcgm\"\nurl = \"http://127.0.0.1:1\"\nprovider = \"aws\"\nregion = \"us-east-1\"\n");
}

void TestCtlHistory::everyStepIsARow()
{
    const auto stamp = [](Time at) { return QString::fromStdString(rfc3339(at, TimeDigits::Milliseconds)); };
    const QStringList words { QStringLiteral("store"), QStringLiteral("--from"), stamp(m_first), QStringLiteral("--to"), stamp(m_first + 50min), QStringLiteral("--step"), QStringLiteral("1m"), QStringLiteral("-o"), QStringLiteral("csv") };
    QByteArrayList expected { "at,gpus,held,utilisation_mean_pct,power_w,temperature_max_c" };
    for (int minute = 0; minute <= 50; ++minute)
        if (minute < 20 || minute >= 30)
            expected << stamp(m_first + std::chrono::minutes(minute)).toUtf8() + ",4,2," + QByteArray::number(std::round((minute + 40) / 4.0 * 10) / 10) + ",300.5,40.0";
    QByteArrayList said;
    // What was imported is found within moments; a value stands for some time after its last scrape, which is no gap yet.
    const auto lines = [&] {
        said = ctl(words).second.trimmed().split('\n');
        said.removeIf([&](const QByteArray& line) {
            const auto at = QDateTime::fromString(QString::fromUtf8(line.left(24)), Qt::ISODateWithMs);
            const auto minute = at.isValid() ? (at.toMSecsSinceEpoch() - std::chrono::duration_cast<std::chrono::milliseconds>(m_first.time_since_epoch()).count()) / 60'000 : -1;
            return minute >= 20 && minute < 26;
        });
        for (auto& line : said)
            line.replace(".0,", ",");
        return said;
    };
    QTRY_COMPARE_WITH_TIMEOUT(lines().join('\n'), expected.join('\n'), 20'000);
}

void TestCtlHistory::whatCannotBeAskedIsRefused_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<int>("exit");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* name, const QStringList& words, int exit, const char* says) { QTest::newRow(name) << words << exit << QByteArray(says); };
    row("no such endpoint", { QStringLiteral("other") }, 1, "there is no endpoint other");
    row("one that remembers nothing", { QStringLiteral("exporter") }, 2, "which remembers nothing");
    row("no time", { QStringLiteral("store"), QStringLiteral("--from"), QStringLiteral("-1y") }, 2, "is no time");
    row("an empty range", { QStringLiteral("store"), QStringLiteral("--from"), QStringLiteral("2026-01-02"), QStringLiteral("--to"), QStringLiteral("2026-01-01") }, 2, "the range ends before it has begun");
}

void TestCtlHistory::whatCannotBeAskedIsRefused()
{
    QFETCH(QStringList, words);
    QFETCH(int, exit);
    QFETCH(QByteArray, says);
    const auto [code, said] = ctl(words);
    QVERIFY2(said.contains(says), said);
    QCOMPARE(code, exit);
}

QTEST_GUILESS_MAIN(TestCtlHistory)
#include "tst_ctlhistory.moc"
