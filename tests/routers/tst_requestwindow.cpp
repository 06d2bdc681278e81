// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include "requestwindow/answerwatch.h"
#include "requestwindow/recentmean.h"
#include "requestwindow/requestwindow.h"

using namespace penstock;

namespace {

std::vector<RequestCounters> counters(std::uint64_t first, std::uint64_t second)
{
    return { { .requests = first }, { .requests = second } };
}

} // namespace

class RequestWindowTest : public QObject
{
    Q_OBJECT
private slots:
    void fewRequestsSayNothing();
    void oldRequestsFallOut();
    void countersThatGoBackBeginAnew();
    void forgetsTheOldSplit();
    void lateCountersBeginWithTheFirstNewOnes();
    void countsFailures();
    void whatMovedOnFailedThereAndNowhereElse();
    void whoAnswersNobodyFailsWhatIsTriedAgain();
    void silenceIsMoreThanSlowness_data();
    void silenceIsMoreThanSlowness();
    void anAnswerEndsSilence();
    void whatWaitedBeforeAnybodyLookedIsToldSoon();
    void aMeanThatForgetsSlowlyGivesBackTheLastAnswers_data();
    void aMeanThatForgetsSlowlyGivesBackTheLastAnswers();
};

void RequestWindowTest::fewRequestsSayNothing()
{
    RequestWindow window;
    QCOMPARE(window.requests(), std::uint64_t(0));
    QVERIFY(!window.share(0) && !window.errorRate() && !window.errorRate(0));
    window.add(counters(1'000, 1'000));
    window.add(counters(1'050, 1'149));
    QCOMPARE(window.requests(), std::uint64_t(199));
    QVERIFY(!window.share(0));
    window.add(counters(1'051, 1'149));
    QCOMPARE(window.share(0), std::optional(25.5));
}

void RequestWindowTest::oldRequestsFallOut()
{
    RequestWindow window;
    window.add(counters(0, 0));
    window.add(counters(10'000, 0));
    QCOMPARE(*window.share(0), 100.0);
    for (std::uint64_t i = 1; i <= 60; ++i)
        window.add(counters(10'000, i * 100));
    QCOMPARE(*window.share(1), 100.0);
    QVERIFY(window.requests() >= mostRequestsObserved && window.requests() < 2 * mostRequestsObserved);
}

void RequestWindowTest::countersThatGoBackBeginAnew()
{
    RequestWindow window;
    window.add(counters(0, 0));
    window.add(counters(500, 500));
    window.add(counters(0, 0));
    QCOMPARE(window.requests(), std::uint64_t(0));
    window.add(counters(100, 300));
    QCOMPARE(*window.share(1), 75.0);
}

void RequestWindowTest::forgetsTheOldSplit()
{
    RequestWindow window;
    window.add(counters(0, 0));
    window.add(counters(500, 0));
    window.forget();
    window.add(counters(500, 0));
    QVERIFY(!window.share(0));
    window.add(counters(500, 400));
    QCOMPARE(*window.share(1), 100.0);
}

void RequestWindowTest::lateCountersBeginWithTheFirstNewOnes()
{
    RequestWindow window;
    window.add(counters(500, 0));
    window.forgetUntilNew();
    window.add(counters(500, 0));
    QCOMPARE(window.requests(), std::uint64_t(0));
    window.add(counters(900, 10));
    QCOMPARE(window.requests(), std::uint64_t(0));
    window.add(counters(900, 310));
    QCOMPARE(*window.share(1), 100.0);
    window.forgetUntilNew();
    window.forgetUntilNew();
    window.add(counters(900, 310));
    QCOMPARE(window.requests(), std::uint64_t(0));
}

void RequestWindowTest::countsFailures()
{
    RequestWindow window;
    window.add({ {}, {} });
    window.add({ { .requests = 90, .failed = 20, .unanswered = 10, .retried = 500 }, { .requests = 19, .failed = 19, .unanswered = 0, .retried = 0 } });
    QCOMPARE(*window.errorRate(0), 0.3);
    QCOMPARE(*window.retryRate(0), 1.0);
    QCOMPARE(*window.errorRate(1), 1.0); // all of them
    QVERIFY(std::abs(*window.errorRate() - 49.0 / 119) < 1e-9);
    RequestWindow few;
    few.add({ {}, {} });
    few.add({ { .requests = 19, .failed = 18, .unanswered = 0, .retried = 0 }, { .requests = 4, .failed = 4, .unanswered = 0, .retried = 0 } });
    QVERIFY(!few.errorRate(0) && !few.errorRate(1));
}

void RequestWindowTest::whatMovedOnFailedThereAndNowhereElse()
{
    RequestWindow window;
    window.add({ {}, {} });
    window.add({ { .requests = 20, .movedOn = 60 }, { .requests = 180 } });
    QCOMPARE(*window.errorRate(0), 0.75);
    QCOMPARE(window.tried(0), std::uint64_t(80));
    QCOMPARE(*window.retryRate(0), 0.75);
    QCOMPARE(*window.errorRate(1), 0.0);
    // Whoever asked was answered.
    QCOMPARE(*window.errorRate(), 0.0);
    QCOMPARE(window.tried(), std::uint64_t(200));
    QCOMPARE(*window.share(0), 10.0);
}

/// Without a redispatch HAProxy tries the same server again, a second apart.
void RequestWindowTest::whoAnswersNobodyFailsWhatIsTriedAgain()
{
    RequestWindow window;
    window.add({ {}, {} });
    window.add({ { .retried = 5 }, { .requests = 90, .retried = 50 } });
    QCOMPARE(*window.errorRate(0), 1.0);
    QCOMPARE(window.tried(0), std::uint64_t(5));
    QCOMPARE(*window.errorRate(1), 0.0);
    // Once some are answered, those that were tried again may be among them.
    window.add({ { .requests = 20, .unanswered = 5, .retried = 10 }, { .requests = 180, .retried = 50 } });
    QCOMPARE(window.tried(0), std::uint64_t(25));
}

void RequestWindowTest::silenceIsMoreThanSlowness_data()
{
    using Seconds = std::chrono::seconds;
    QTest::addColumn<std::optional<double>>("latency");
    QTest::addColumn<int>("begun");
    QTest::addColumn<Seconds>("after");
    QTest::addColumn<int>("unanswered");
    QTest::newRow("fast answers usually") << std::optional(20.0) << 5 << Seconds(5) << 5;
    QTest::newRow("not yet") << std::optional(20.0) << 5 << Seconds(4) << 0;
    QTest::newRow("too few to tell") << std::optional(20.0) << 4 << Seconds(60) << 0;
    QTest::newRow("slow answers usually") << std::optional(10'000.0) << 50 << Seconds(39) << 0;
    QTest::newRow("slow answers are overdue") << std::optional(10'000.0) << 50 << Seconds(40) << 50;
    QTest::newRow("nobody knows how fast") << std::optional<double>() << 50 << Seconds(29) << 0;
    QTest::newRow("too long for anything") << std::optional<double>() << 50 << Seconds(30) << 50;
}

void RequestWindowTest::silenceIsMoreThanSlowness()
{
    QFETCH(std::optional<double>, latency);
    QFETCH(int, begun);
    QFETCH(std::chrono::seconds, after);
    AnswerWatch watch;
    const AnswerWatch::Moment start {};
    watch.add(1'000, 1'000, start);
    watch.add(1'000 + static_cast<std::uint64_t>(begun), 1'000, start);
    watch.add(1'000 + static_cast<std::uint64_t>(begun), 1'000, start + after);
    QTEST(static_cast<int>(watch.unanswered(latency)), "unanswered");
}

void RequestWindowTest::anAnswerEndsSilence()
{
    using namespace std::chrono_literals;
    AnswerWatch watch;
    const AnswerWatch::Moment start {};
    watch.add(0, 0, start);
    watch.add(9, 0, start);
    watch.add(30, 0, start + 10s);
    QCOMPARE(watch.unanswered(1), std::uint64_t(30));
    watch.add(40, 1, start + 11s);
    QCOMPARE(watch.unanswered(1), std::uint64_t(0));
    // Long answers that have begun are no requests that wait.
    watch.add(42, 1, start + 60s);
    QCOMPARE(watch.unanswered(1), std::uint64_t(0));
    // The router began anew.
    watch.add(60, 1, start + 61s);
    watch.add(3, 0, start + 90s);
    QCOMPARE(watch.unanswered(1), std::uint64_t(0));
}

void RequestWindowTest::whatWaitedBeforeAnybodyLookedIsToldSoon()
{
    using namespace std::chrono_literals;
    const AnswerWatch::Moment start {};
    AnswerWatch watch;
    watch.add(1'000, 900, start, 20);
    QCOMPARE(watch.waiting(), std::uint64_t(20));
    watch.add(1'003, 900, start + 900ms, 23);
    QCOMPARE(watch.unanswered(1), std::uint64_t(0));
    watch.add(1'003, 900, start + 1s, 23);
    QCOMPARE(watch.unanswered(1), std::uint64_t(23));
    QCOMPARE(watch.unanswered(300), std::uint64_t(0));
    // It was slow.
    watch.add(1'020, 901, start + 2s, 39);
    watch.add(1'040, 901, start + 4s, 39);
    QCOMPARE(watch.unanswered(1), std::uint64_t(0));
    // Whoever gets his first requests may take his time.
    AnswerWatch fresh;
    fresh.forget();
    fresh.add(20, 0, start, 20);
    fresh.add(40, 0, start + 4s, 40);
    QCOMPARE(fresh.unanswered(1), std::uint64_t(0));
}

void RequestWindowTest::aMeanThatForgetsSlowlyGivesBackTheLastAnswers_data()
{
    QTest::addColumn<int>("before"); ///< answers
    QTest::addColumn<int>("was"); ///< ms of each
    QTest::addColumn<int>("after");
    QTest::addColumn<int>("is");
    QTest::newRow("it becomes slow") << 5000 << 20 << 40 << 1200;
    QTest::newRow("it is slow from the start") << 0 << 0 << 40 << 1200;
    QTest::newRow("it becomes slow while few have been answered") << 100 << 20 << 60 << 600;
    QTest::newRow("it recovers") << 2000 << 900 << 2500 << 30;
    QTest::newRow("it stays as it is") << 3000 << 50 << 600 << 50;
}

void RequestWindowTest::aMeanThatForgetsSlowlyGivesBackTheLastAnswers()
{
    QFETCH(int, before);
    QFETCH(int, was);
    QFETCH(int, after);
    QFETCH(int, is);
    // In whole numbers, as HAProxy reckons.
    std::uint64_t sum = 0, answers = 0;
    RecentMean mean;
    const auto answer = [&](int count, int milliseconds) {
        for (int i = 0; i < count; ++i) {
            sum = sum - (sum + 511) / 512 + static_cast<std::uint64_t>(milliseconds);
            ++answers;
            const auto window = std::min<std::uint64_t>(answers, 512);
            if (answers % 10 == 0)
                mean.add(answers, static_cast<double>((sum + window - 1) / window));
        }
    };
    answer(before, was);
    answer(after, is);
    QVERIFY(mean.value());
    QVERIFY2(std::abs(*mean.value() - is) <= std::max(5.0, is * 0.12), qPrintable(QString::number(*mean.value())));
}

QTEST_APPLESS_MAIN(RequestWindowTest)
#include "tst_requestwindow.moc"
