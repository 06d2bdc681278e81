// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include <cmath>

#include "inference/inference.h"
#include "support/inferenceserver.h"
#include "support/shareddata.h"

using namespace penstock;
using namespace std::chrono_literals;
using test::InferenceWorld;

/// What inference servers say.
class TestInference final : public QObject
{
    Q_OBJECT

private slots:
    void everyServerIsRead_data();
    void everyServerIsRead();
    void aRealServerIsRead();
    void quantilesAreThoseOfTheRequests_data();
    void quantilesAreThoseOfTheRequests();
    void onlyWhatHappenedSinceCounts();
    void aQuietMomentKeepsItsFigures();
    void aServerThatBeganAnewCountsFromZero();
    void whatIsNoServerIsRefusedWhole();
    void histogramsOfOtherBoundsAreJoined();
    void quantilesOfOddHistograms_data();
    void quantilesOfOddHistograms();
    void workloadsAndClustersAreRows();

private:
    /// What two looks, ten seconds apart, come to.
    static ServiceLevel look(const QByteArray& before, const QByteArray& after)
    {
        InferenceReader reader;
        const auto first = reader.read(before.toStdString(), Time(1000s)), second = reader.read(after.toStdString(), Time(1010s));
        if (!first || !second)
            qFatal("%s", (first ? second : first).error().text().c_str());
        InferenceTally tally;
        reader.addTo(tally);
        const auto levels = tally.levels([](const InferenceServer&) { return std::string("w"); });
        return levels.empty() ? ServiceLevel {} : levels.front();
    }
};

void TestInference::everyServerIsRead_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::addColumn<QByteArray>("says"); ///< running waiting kv requests/s errors/s TTFT-p50 latency-p50
    QTest::newRow("vLLM") << QByteArray("vllm:num_requests_running{engine=\"0\",model_name=\"m\"} 0\nvllm:request_success_total{finished_reason=\"stop\"} 5\nvllm:request_success_total{finished_reason=\"error\"} 0\n"
                                        "vllm:time_to_first_token_seconds_bucket{le=\"0.1\"} 5\nvllm:time_to_first_token_seconds_bucket{le=\"+Inf\"} 5\n"
                                        "vllm:e2e_request_latency_seconds_bucket{le=\"2\"} 0\nvllm:e2e_request_latency_seconds_bucket{le=\"+Inf\"} 0\n")
                          << QByteArray("vllm:num_requests_running{engine=\"0\",model_name=\"m\"} 3\nvllm:num_requests_waiting{model_name=\"m\"} 7\nvllm:gpu_cache_usage_perc{model_name=\"m\"} 0.25\n"
                                        "vllm:request_success_total{finished_reason=\"stop\"} 15\nvllm:request_success_total{finished_reason=\"error\"} 10\n"
                                        "vllm:time_to_first_token_seconds_bucket{le=\"0.1\"} 25\nvllm:time_to_first_token_seconds_bucket{le=\"+Inf\"} 25\n"
                                        "vllm:e2e_request_latency_seconds_bucket{le=\"2\"} 20\nvllm:e2e_request_latency_seconds_bucket{le=\"+Inf\"} 20\n")
                          << QByteArray("3 7 0.25 2 1 50 1000");
    QTest::newRow("SGLang") << QByteArray("sglang:num_running_reqs{model_name=\"m\"} 1\n")
                            << QByteArray("sglang:num_running_reqs{model_name=\"m\"} 4\nsglang:num_queue_reqs{model_name=\"m\"} 2\nsglang:token_usage{model_name=\"m\"} 0.5\n") << QByteArray("4 2 0.5 - - - -");
    QTest::newRow("TensorRT-LLM under Triton") << QByteArray("nv_trt_llm_request_metrics{model=\"m\",request_type=\"scheduled\"} 0\n")
                                               << QByteArray("nv_trt_llm_request_metrics{model=\"m\",request_type=\"scheduled\",version=\"1\"} 5\nnv_trt_llm_request_metrics{model=\"m\",request_type=\"waiting\",version=\"1\"} 6\n"
                                                             "nv_trt_llm_request_metrics{model=\"m\",request_type=\"max\",version=\"1\"} 64\nnv_trt_llm_kv_cache_block_metrics{kv_cache_block_type=\"fraction\",model=\"m\"} 0.125\n"
                                                             "nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type=\"max\",model=\"m\"} 2448\n")
                                               << QByteArray("5 6 0.125 - - - -");
    QTest::newRow("trtllm-serve") << QByteArray("trtllm_num_requests_running 1\n") << QByteArray("trtllm_num_requests_running 1\ntrtllm_num_requests_waiting 2\ntrtllm_kv_cache_utilization 0.75\n") << QByteArray("1 2 0.75 - - - -");
    QTest::newRow("TGI") << QByteArray("tgi_request_count 10\ntgi_request_success 10\ntgi_request_duration_bucket{le=\"1\"} 0\ntgi_request_duration_bucket{le=\"+Inf\"} 0\n")
                         << QByteArray("tgi_batch_current_size 8\ntgi_queue_size 1\ntgi_request_count 50\ntgi_request_success 30\ntgi_request_duration_bucket{le=\"1\"} 10\ntgi_request_duration_bucket{le=\"+Inf\"} 10\n")
                         << QByteArray("8 1 - 4 2 - 500");
    QTest::newRow("Triton") << QByteArray("nv_inference_request_success{model=\"m\",version=\"1\"} 0\nnv_inference_request_failure{model=\"m\",version=\"1\"} 0\nnv_inference_first_response_histogram_ms_bucket{model=\"m\",le=\"100\"} 0\n"
                                          "nv_inference_first_response_histogram_ms_bucket{model=\"m\",le=\"+Inf\"} 0\n")
                            << QByteArray("nv_inference_request_success{model=\"m\",version=\"1\"} 30\nnv_inference_request_failure{model=\"m\",version=\"1\"} 10\nnv_inference_pending_request_count{model=\"m\",version=\"1\"} 9\n"
                                          "nv_inference_first_response_histogram_ms_bucket{model=\"m\",le=\"100\"} 40\nnv_inference_first_response_histogram_ms_bucket{model=\"m\",le=\"+Inf\"} 40\n")
                            << QByteArray("- 9 - 4 1 50 -");
    QTest::newRow("Triton with summaries") << QByteArray("nv_inference_request_summary_us_count{model=\"m\",version=\"1\"} 0\n")
                                           << QByteArray("nv_inference_request_summary_us_count{model=\"m\",version=\"1\"} 40\nnv_inference_request_summary_us{model=\"m\",version=\"1\",quantile=\"0.5\"} 70000\n"
                                                         "nv_inference_request_summary_us{model=\"m\",version=\"1\",quantile=\"0.9\"} 90000\nnv_inference_request_summary_us{model=\"m\",version=\"1\",quantile=\"0.95\"} 90000\n")
                                           << QByteArray("- - - - - - 70");
}

void TestInference::everyServerIsRead()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    QFETCH(QByteArray, says);
    const auto level = look(before, after);
    QByteArrayList said;
    for (const auto& it : { level.running, level.waiting, level.kvUse, level.requestsPerSecond, level.errorsPerSecond, level.firstToken.quantile(0.5), level.latency.quantile(0.5) })
        said << (it ? QByteArray::number(*it) : QByteArray("-"));
    QCOMPARE(said.join(' '), says);
}

void TestInference::aRealServerIsRead()
{
    QFile file(test::sharedData() + QStringLiteral("/data/exposition/vllm_idle_aws_l4.prom"));
    if (!file.open(QIODevice::ReadOnly))
        QSKIP("shared/data/exposition is not beside the checkout");
    const auto text = file.readAll();
    const auto level = look(text, text);
    QCOMPARE(level.running, std::optional(0.0));
    QCOMPARE(level.waiting, std::optional(0.0));
    QCOMPARE(level.kvUse, std::optional(0.0));
    QCOMPARE(level.requestsPerSecond, std::optional(0.0));
    QVERIFY(!level.errorRate() && !level.firstToken.quantile(0.5) && !level.latency.quantile(0.99));
    QCOMPARE(level.firstToken.buckets.size(), static_cast<std::size_t>(text.count("vllm:time_to_first_token_seconds_bucket")));
}

void TestInference::quantilesAreThoseOfTheRequests_data()
{
    QTest::addColumn<double>("typical");
    QTest::addColumn<int>("requests");
    QTest::newRow("fast") << 0.02 << 5'000;
    QTest::newRow("as usual") << 0.3 << 5'000;
    QTest::newRow("overloaded") << 8.0 << 5'000;
    QTest::newRow("a few") << 0.3 << 3;
}

void TestInference::quantilesAreThoseOfTheRequests()
{
    QFETCH(double, typical);
    QFETCH(int, requests);
    InferenceWorld world;
    const auto before = world.text();
    world.answer(requests, typical, 3);
    world.failed = requests / 3;
    const auto level = look(before, world.text());
    for (const double share : { 0.1, 0.5, 0.9, 0.99 })
        for (const auto& [histogram, list] : { std::pair(&level.firstToken, &world.firstTokens), std::pair(&level.latency, &world.latencies) }) {
            const auto [least, most] = InferenceWorld::between(*list, share);
            const auto told = histogram->quantile(share);
            QVERIFY(told);
            // A request more or less at the edge of a bucket moves it to that edge.
            QVERIFY2(requests < 10 || (*told >= least * 0.98 && *told <= most * 1.02), qPrintable(QStringLiteral("%1 of %2 to %3").arg(*told).arg(least).arg(most)));
        }
    QCOMPARE(*level.requestsPerSecond, requests / 10.0);
    QCOMPARE(*level.errorRate(), static_cast<double>(requests / 3) / requests);
}

void TestInference::onlyWhatHappenedSinceCounts()
{
    InferenceWorld world;
    world.answer(10'000, 30, 1); // long ago, slowly
    const auto before = world.text();
    world.answer(100, 0.03, 2);
    QVERIFY(*look(before, world.text()).firstToken.quantile(0.99) < 250);
    QVERIFY(!look(before, before).firstToken.quantile(0.99));
}

void TestInference::aQuietMomentKeepsItsFigures()
{
    InferenceWorld world;
    InferenceReader reader;
    const auto lookAt = [&](int second) {
        if (const auto read = reader.read(world.text().toStdString(), Time(std::chrono::seconds(second))); !read)
            qFatal("%s", read.error().text().c_str());
        InferenceTally tally;
        reader.addTo(tally);
        return tally.levels([](const InferenceServer&) { return std::string("w"); }).at(0);
    };
    for (int second = 0; second <= 300; ++second) {
        if (second == 100)
            world.answer(60, 0.3, 1);
        const auto level = lookAt(second);
        if (second == 0)
            QVERIFY(!level.requestsPerSecond);
        else if (second < 100 || second > 165)
            QVERIFY2(*level.requestsPerSecond == 0 && !level.firstToken.quantile(0.5), qPrintable(QString::number(second)));
        else if (second < 130)
            QVERIFY2(*level.requestsPerSecond > 0.9 && *level.requestsPerSecond < 2.1 && level.firstToken.quantile(0.5), qPrintable(QString::number(second)));
    }
}

void TestInference::aServerThatBeganAnewCountsFromZero()
{
    InferenceWorld old, anew;
    old.answer(1'000, 0.3, 1);
    anew.answer(40, 0.3, 2);
    const auto level = look(old.text(), anew.text());
    QCOMPARE(*level.requestsPerSecond, 4.0);
    QCOMPARE(level.latency.count(), 4.0);
}

void TestInference::whatIsNoServerIsRefusedWhole()
{
    InferenceReader reader;
    QCOMPARE(reader.read("up 1\n", Time(1s)).error().kind, Error::Kind::NotFound);
    QCOMPARE(reader.read("<html></html>", Time(1s)).error().kind, Error::Kind::Invalid);
    QVERIFY(reader.read("vllm:num_requests_running 3\n", Time(1s)));
    QVERIFY(!reader.read("vllm:num_requests_running 9\nvllm:num_requests_waiting{", Time(2s)));
    InferenceTally tally;
    reader.addTo(tally);
    QCOMPARE(tally.levels([](const InferenceServer&) { return std::string("w"); }).at(0).running, std::optional(3.0));
}

void TestInference::histogramsOfOtherBoundsAreJoined()
{
    const double endless = HUGE_VAL;
    LatencyHistogram coarse { { { 100, 10 }, { 200, 20 }, { endless, 20 } } }, fine { { { 50, 5 }, { 100, 5 }, { endless, 8 } } };
    auto one = coarse, other = fine;
    one += fine;
    other += coarse;
    QCOMPARE(one, other);
    QCOMPARE(one, (LatencyHistogram { { { 50, 10 }, { 100, 15 }, { 200, 25 }, { endless, 28 } } }));
    auto same = coarse;
    same += LatencyHistogram {};
    QCOMPARE(same, coarse);
    LatencyHistogram none;
    none += coarse;
    QCOMPARE(none, coarse);
}

void TestInference::quantilesOfOddHistograms_data()
{
    const double endless = HUGE_VAL;
    using Buckets = std::vector<std::pair<double, double>>;
    QTest::addColumn<Buckets>("buckets");
    QTest::addColumn<double>("p90"); ///< -1: none
    QTest::newRow("nothing") << Buckets {} << -1.0;
    QTest::newRow("no requests") << Buckets { { 100, 0 }, { endless, 0 } } << -1.0;
    QTest::newRow("beyond all bounds") << Buckets { { 100, 0 }, { endless, 5 } } << 100.0;
    QTest::newRow("no bound") << Buckets { { endless, 5 } } << 0.0;
    QTest::newRow("no last bucket") << Buckets { { 100, 5 }, { 200, 10 } } << 180.0;
    QTest::newRow("a lower bucket ahead") << Buckets { { 100, 10 }, { 200, 9 }, { endless, 10 } } << 90.0;
    QTest::newRow("what is none is passed over") << Buckets { { 100, 10 }, { 50, -3 }, { std::nan(""), 4 }, { 60, endless }, { endless, 10 } } << 90.0;
}

void TestInference::quantilesOfOddHistograms()
{
    using Buckets = std::vector<std::pair<double, double>>;
    QFETCH(Buckets, buckets);
    QFETCH(double, p90);
    LatencyHistogram histogram;
    for (const auto& [most, count] : buckets)
        histogram.add(most, count);
    QCOMPARE(histogram.quantile(0.9).value_or(-1), p90);
}

void TestInference::workloadsAndClustersAreRows()
{
    const auto& running = *std::ranges::find(inferenceMetrics(), InferenceFigure::Running, &InferenceMetric::figure);
    const auto& kvUse = *std::ranges::find(inferenceMetrics(), InferenceFigure::KvUse, &InferenceMetric::figure);
    InferenceTally tally;
    tally.add(running, { "eks", "prod", "a", "llama" }, 0, 2);
    tally.add(running, { "eks", "prod", "b", "llama" }, 0, 3);
    tally.add(running, { "gke", "prod", "a", "llama" }, 0, 4);
    tally.add(running, { "gke", {}, {}, {} }, 0, 9); // nobody's
    tally.add(kvUse, { "eks", "prod", "a", "llama" }, 0, 0.2);
    tally.add(kvUse, { "eks", "prod", "b", "llama" }, 0, 0.9);
    const auto levels = tally.levels([](const InferenceServer& it) { return it.nameSpace; });
    QCOMPARE(levels.size(), std::size_t(2));
    QCOMPARE(levels[0].cluster, std::string("eks"));
    QCOMPARE(levels[0].running, std::optional(5.0));
    QCOMPARE(levels[0].kvUse, std::optional(0.9));
    QCOMPARE(levels[1].running, std::optional(4.0));
}

QTEST_APPLESS_MAIN(TestInference)
#include "tst_inference.moc"
