// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QRegularExpression>
#include <QTest>
#include <cmath>
#include <map>
#include <set>

#include "dcgm/dcgmsource.h"
#include "fleet/gpumodel.h"
#include "prometheus/promsource.h"
#include "support/httpserver.h"
#include "support/prometheusserver.h"
#include "support/shareddata.h"
#include "support/sourcelistener.h"

using namespace penstock;
using namespace std::chrono_literals;
using test::HttpQuestion;
using test::HttpReply;
using test::HttpServer;
using test::PrometheusServer;
using test::ScrapeJob;
using Listener = test::SourceListener;

namespace {

/// What the GPUs of one model come to.
struct Sum
{
    quint64 gpus = 0, power = 0, memory = 0; ///< 0.1 W; MiB used
    quint32 hottest = 0;
    friend bool operator==(const Sum&, const Sum&) = default;
};
using Sums = std::map<std::string, Sum>;

QString said(const Sums& sums)
{
    QString text;
    for (const auto& [model, it] : sums)
        text += QStringLiteral("%1: %2 GPUs, %3 W/10, %4 MiB, %5 C\n").arg(QString::fromStdString(model)).arg(it.gpus).arg(it.power).arg(it.memory).arg(it.hottest);
    return text;
}

/// Counts with nothing but patterns: of several series of a GPU the greatest, of MIG instances' memory all.
Sums countedIn(const std::vector<QByteArray>& answers)
{
    static const QRegularExpression line(QStringLiteral("^(DCGM_FI_DEV_(?:POWER_USAGE|GPU_TEMP|FB_USED))\\{([^}]*)\\} ([0-9.]+)$"), QRegularExpression::MultilineOption), uuid(QStringLiteral("UUID=\"([^\"]*)\"")), model(QStringLiteral("modelName=\"([^\"]*)\"")), instance(QStringLiteral("GPU_I_ID=\"([^\"]*)\""));
    struct One
    {
        std::string model;
        double power = 0, hottest = 0;
        std::map<QString, double> memory; ///< by instance
    };
    std::map<QString, One> gpus;
    for (const auto& answer : answers)
        for (auto it = line.globalMatch(QString::fromUtf8(answer)); it.hasNext();) {
            const auto found = it.next();
            const auto labels = found.captured(2);
            auto& one = gpus[uuid.match(labels).captured(1)];
            one.model = canonicalModel(model.match(labels).captured(1).toStdString());
            const auto value = found.captured(3).toDouble();
            auto& greatest = found.captured(1).endsWith(QLatin1String("USAGE")) ? one.power : found.captured(1).endsWith(QLatin1String("TEMP")) ? one.hottest : one.memory[instance.match(labels).captured(1)];
            greatest = std::max(greatest, value);
        }
    Sums made;
    for (const auto& [id, one] : gpus) {
        auto& sum = made[one.model];
        ++sum.gpus;
        sum.power += static_cast<quint64>(std::llround(one.power * 10));
        sum.hottest = std::max(sum.hottest, static_cast<quint32>(one.hottest));
        for (const auto& [which, mebibytes] : one.memory)
            sum.memory += static_cast<quint64>(mebibytes);
    }
    return made;
}

Sums shownBy(Listener& listener)
{
    Sums made;
    const auto snapshot = listener.shown();
    for (std::size_t m = 0; m < snapshot->structure().models.size(); ++m) {
        const auto& tally = snapshot->modelTally(m);
        if (tally.gpus > 0)
            made[snapshot->structure().models[m]] = { tally.gpus, tally.power.sum, tally.memory.sum, tally.temperature.greatest };
    }
    return made;
}

} // namespace

/// Answers of real exporters, as they come over the wire.
class TestCaptures final : public QObject
{
    Q_OBJECT

private slots:
    void totalsAreThoseOfTheCaptures_data();
    void totalsAreThoseOfTheCaptures();
};

void TestCaptures::totalsAreThoseOfTheCaptures_data()
{
    QTest::addColumn<bool>("store");
    QTest::newRow("scraped directly") << false;
    QTest::newRow("scraped by Prometheus") << true;
}

void TestCaptures::totalsAreThoseOfTheCaptures()
{
    QFETCH(bool, store);
    const auto folder = test::sharedData();
    if (folder.isEmpty())
        QSKIP("the folder of recorded data (beside the checkout, or PENSTOCK_SHARED) is not there");
    if (store && !PrometheusServer::isInstalled())
        QSKIP("prometheus is not installed");
    std::vector<QByteArray> answers;
    // The A100 was captured twice; here it is cut by MIG.
    for (const char* name : { "dcgm_2xt4_with_pod_labels", "dcgm_aws_l4_node1", "dcgm_aws_t4_idle", "dcgm_eks_h100_node147-149", "dcgm_eks_h100_node171-111", "dcgm_mig_a100_one_1g5gb_active", "dcgm_upcloud_l40s" }) {
        QFile file(folder + QStringLiteral("/data/exposition/%1.prom").arg(QLatin1String(name)));
        if (!file.open(QIODevice::ReadOnly))
            QSKIP(qPrintable(file.fileName() + QStringLiteral(" is not there")));
        answers.push_back(file.readAll());
    }
    const HttpServer exporters([&](const HttpQuestion& question) { return HttpReply { .type = "text/plain; version=0.0.4", .body = answers[static_cast<std::size_t>(question.path.mid(1).toInt())], .headers = {} }; });
    const auto should = countedIn(answers);
    QCOMPARE(should.size(), std::size_t { 5 });
    const auto http = std::make_shared<HttpClient>();
    Listener listener;
    PrometheusServer server;
    std::vector<std::string> targets;
    QByteArray jobs;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const auto path = "/" + std::to_string(i);
        targets.push_back(exporters.url() + path);
        jobs += ScrapeJob { .name = "node-" + QByteArray::number(static_cast<qulonglong>(i)), .url = exporters.url(), .path = QByteArray::fromStdString(path), .labels = test::exporterLabels }.text();
    }
    std::unique_ptr<Source> source;
    if (store) {
        QVERIFY(server.start(jobs));
        source = makePromSource({ .url = server.url(), .place = { "aws", "us-east-1", "lab" }, .workloads = {}, .every = 100ms, .timeout = 3s, .rediscoverAfter = 200ms }, http);
    } else
        source = makeDcgmSource({ .targets = targets, .ca = {}, .place = { "aws", "us-east-1", "lab" }, .workloads = {}, .every = 100ms }, http);
    source->start(listener);
    Sums shown;
    QTRY_VERIFY2_WITH_TIMEOUT((shown = shownBy(listener)) == should, qPrintable(said(shown) + QStringLiteral("instead of\n") + said(should)), 30'000);
    QCOMPARE(listener.shown()->structure().nodes.size(), std::size_t { 7 });
}

QTEST_GUILESS_MAIN(TestCaptures)
#include "tst_captures.moc"
