// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include "forecast/outlook.h"
#include "madecurves.h"

using namespace penstock;
using namespace std::chrono_literals;

using Steps = std::vector<CapacityStep>;

/// When capacity runs out, of a forecast of a hundred hours: 101, 102, ... GPUs, give or take ten.
class TestRunOut final : public QObject
{
    Q_OBJECT

private slots:
    void theRangeComesFromTheBand_data();
    void theRangeComesFromTheBand();
    void theHighestOfManyHoursIsAboveEach();
    void aDateOfSingleHoursIsTold_data();
    void aDateOfSingleHoursIsTold();
    void aLongerTimeHasNoLowerHighestHour();
    void aNewStepOfCapacityIsHeldAgainstWhatComesAfterIt();
    void theRangeHoldsTheDayThatComes();
    void committedCapacityAddsUp_data();
    void committedCapacityAddsUp();
    void blocksComeOnTop_data();
    void blocksComeOnTop();
    void aShortHistoryNamesNoDate_data();
    void aShortHistoryNamesNoDate();
    void withoutCapacityOrForecastNothingIsSaid();

private:
    static constexpr Time now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26);
    static Forecast rising()
    {
        Forecast made { .ability = Ability::Trend, .from = now - 1000h, .to = now, .last = 100 };
        for (int hour = 1; hour <= 100; ++hour)
            made.points.push_back({ now + std::chrono::hours(hour - 1), 90.0 + hour, 100.0 + hour, 110.0 + hour });
        return made;
    }
};

Q_DECLARE_METATYPE(Steps)

void TestRunOut::theRangeComesFromTheBand_data()
{
    QTest::addColumn<Steps>("capacity");
    QTest::addColumn<bool>("already");
    QTest::addColumn<int>("earliest"); ///< hour of the forecast; 0: not within it
    QTest::addColumn<int>("likely");
    QTest::addColumn<int>("latest");
    const Time ever {};
    QTest::newRow("one level") << Steps { { ever, 150 } } << false << 41 << 51 << 61;
    QTest::newRow("more than is ever asked for") << Steps { { ever, 1000 } } << false << 0 << 0 << 0;
    QTest::newRow("only the upper end of the band") << Steps { { ever, 205 } } << false << 96 << 0 << 0;
    QTest::newRow("too little already") << Steps { { ever, 99 } } << true << 1 << 1 << 10;
    QTest::newRow("as much as there is") << Steps { { ever, 100 } } << false << 1 << 1 << 11;
    QTest::newRow("a block comes in time") << Steps { { ever, 150 }, { now + 30h, 180 } } << false << 71 << 81 << 91;
    QTest::newRow("a block comes too late") << Steps { { ever, 120 }, { now + 30h, 180 } } << false << 11 << 21 << 91;
    QTest::newRow("a block goes") << Steps { { ever, 180 }, { now + 20h, 50 } } << false << 21 << 21 << 21;
    QTest::newRow("known from later on only") << Steps { { now + 50h, 150 } } << false << 41 << 51 << 61;
    QTest::newRow("nothing is committed until a day")
        << Steps { { ever, 0 }, { now + 50h, 300 } } << true << 1 << 1 << 1;
}

void TestRunOut::theRangeComesFromTheBand()
{
    QFETCH(Steps, capacity);
    QFETCH(bool, already);
    const auto made = runOut(rising(), capacity);
    QVERIFY(made);
    QCOMPARE(made->already, already);
    QCOMPARE(made->horizon, now + 100h);
    for (const auto& [column, moment] : { std::pair { "earliest", made->earliest },
             std::pair { "likely", made->likely }, std::pair { "latest", made->latest } }) {
        const auto hour
            = moment ? static_cast<int>(std::chrono::duration_cast<std::chrono::hours>(*moment - now).count()) + 1 : 0;
        const auto expected = *static_cast<const int*>(QTest::qData(column, qMetaTypeId<int>()));
        QVERIFY2(hour == expected,
            qPrintable(QStringLiteral("%1: %2, not %3").arg(QLatin1String(column)).arg(hour).arg(expected)));
    }
}

void TestRunOut::theHighestOfManyHoursIsAboveEach()
{
    auto forecast = rising();
    forecast.highest = { { 1h, -5, 0, 5 }, { 100h, -5, 20, 45 } };
    const auto highest = forecast.highestUpTo(now + 100h);
    QVERIFY((highest == ForecastPoint { now + 99h, 195, 220, 245 }));
    QVERIFY(!forecast.highestUpTo(now));
    const auto halfway = forecast.highestError(10h); // of one and a hundred, in logarithms
    QVERIFY((halfway.low == -5 && halfway.likely == 10 && halfway.high == 25));
    const auto beyond = forecast.highestError(400h);
    QVERIFY((beyond.low == -30 && beyond.likely == 20 && beyond.high == 70));
    const Steps capacity { { {}, 194 } };
    const auto made = runOut(forecast, capacity);
    QVERIFY(*made->earliest < *made->likely && *made->likely < *made->latest && *made->latest == now + 99h);
}

void TestRunOut::aDateOfSingleHoursIsTold_data()
{
    QTest::addColumn<double>("capacity"); ///< the likely line rises to 200
    QTest::addColumn<bool>("isDated");
    QTest::addColumn<bool>("staysBelow");
    QTest::newRow("met by the line") << 190.0 << true << false;
    QTest::newRow("met by the highest hour alone") << 210.0 << true << true;
    QTest::newRow("met by none") << 230.0 << false << true;
}

void TestRunOut::aDateOfSingleHoursIsTold()
{
    QFETCH(double, capacity);
    auto forecast = rising();
    forecast.highest = { { 1h, -5, 0, 5 }, { 100h, -5, 20, 45 } };
    const auto made = runOut(forecast, Steps { { Time::min(), capacity } });
    QTEST(made->likely.has_value(), "isDated");
    QTEST(made->lineStaysBelow, "staysBelow");
}

void TestRunOut::aLongerTimeHasNoLowerHighestHour()
{
    auto forecast = rising();
    forecast.highest = { { 1h, 0, 0, 0 }, { 50h, 10, 20, 30 }, { 100h, -90, -90, -90 } };
    const auto shorter = forecast.highestUpTo(now + 50h), longer = forecast.highestUpTo(now + 100h);
    QCOMPARE(shorter->likely, 170.0);
    QVERIFY(longer->low >= shorter->low && longer->likely >= shorter->likely && longer->high >= shorter->high);
}

void TestRunOut::aNewStepOfCapacityIsHeldAgainstWhatComesAfterIt()
{
    auto forecast = rising();
    forecast.highest = { { 1h, 0, 0, 1 }, { 100h, 0, 0, 60 } };
    for (auto& it : forecast.points)
        it.likely = it.at < now + 10h ? 140 : 100;
    // Too few at worst before the block comes; of what comes after it, plenty.
    const Steps tooLate { { {}, 160 }, { now + 10h, 1000 } }, inTime { { {}, 190 }, { now + 10h, 1000 } };
    QVERIFY(*runOut(forecast, tooLate)->earliest < now + 10h);
    QVERIFY(!runOut(forecast, inTime)->earliest);
}

void TestRunOut::theRangeHoldsTheDayThatComes()
{
    int held = 0;
    constexpr std::size_t histories = 20, weeks = 52;
    for (std::uint32_t seed = 1; seed <= histories; ++seed) {
        const auto whole = test::service((weeks + 26) * 168, 0.05, 0.03, seed);
        const auto came = test::sixWeeksAhead(whole, weeks, 0.05);
        const Steps capacity { { Time::min(), came.capacity } };
        const auto made = runOut(forecast(std::span(whole).first(weeks * 168), { .horizon = 26 * 168h }), capacity);
        QVERIFY(made && made->likely);
        held += made->earliest && *made->earliest <= came.exceeded && (!made->latest || *made->latest >= came.exceeded)
            ? 1
            : 0;
    }
    QVERIFY2(held >= 14, qPrintable(QString::number(held)));
}

void TestRunOut::committedCapacityAddsUp_data()
{
    QTest::addColumn<QString>("provider");
    QTest::addColumn<QString>("model");
    QTest::addColumn<Steps>("steps");
    const auto row = [](const char* provider, const char* model, const Steps& steps) {
        QTest::addRow("%s %s", provider, model) << QString::fromLatin1(provider) << QString::fromLatin1(model) << steps;
    };
    row("gcp", "H100 80GB SXM", { { Time::min(), 1000 }, { now + 24h, 1500 }, { now + 48h, 500 } });
    row("gcp", "H200 141GB SXM", { { Time::min(), 0 }, { now + 48h, 800 } });
    row("gcp", "", { { Time::min(), 1000 }, { now + 24h, 1500 }, { now + 48h, 1300 } });
    row("", "H100 80GB SXM", { { Time::min(), 1064 }, { now + 24h, 1564 }, { now + 48h, 564 } });
    row("aws", "B200", {});
    row("aws", "H100 94GB NVL", { { Time::min(), 64 } });
}

void TestRunOut::committedCapacityAddsUp()
{
    QFETCH(QString, provider);
    QFETCH(QString, model);
    QFETCH(Steps, steps);
    const std::vector<CommittedCapacity> committed {
        { .provider = "gcp", .model = "H100 80GB SXM", .gpus = 1000, .from = {}, .until = now + 48h, .perGpuHour = {} },
        { .provider = "gcp", .model = "H100", .gpus = 500, .from = now + 24h, .until = {}, .perGpuHour = {} },
        { .provider = "gcp", .model = "H200", .gpus = 800, .from = now + 48h, .until = {}, .perGpuHour = {} },
        { .provider = "aws", .model = "H100", .gpus = 64, .from = {}, .until = {}, .perGpuHour = {} },
    };
    QVERIFY(capacitySteps(committed, provider.toStdString(), model.toStdString()) == steps);
}

void TestRunOut::blocksComeOnTop_data()
{
    QTest::addColumn<Steps>("capacity");
    QTest::addColumn<QString>("model"); ///< of the blocks: +50 from hour 10 to 40, -30 from hour 20
    QTest::addColumn<Steps>("expected");
    const Time ever = Time::min();
    QTest::newRow("come and go") << Steps { { ever, 100 } } << "H100"
                                 << Steps { { ever, 100 }, { now + 10h, 150 }, { now + 20h, 120 }, { now + 40h, 70 } };
    QTest::newRow("between other steps") << Steps { { ever, 100 }, { now + 20h, 130 } } << "H100"
                                         << Steps { { ever, 100 }, { now + 10h, 150 }, { now + 40h, 100 } };
    QTest::newRow("never below none") << Steps { { ever, 10 } } << "H100"
                                      << Steps { { ever, 10 }, { now + 10h, 60 }, { now + 20h, 30 }, { now + 40h, 0 } };
    QTest::newRow("of another model") << Steps { { ever, 100 } } << "H200" << Steps { { ever, 100 } };
    QTest::newRow("nothing is known") << Steps {} << "H100" << Steps {};
}

void TestRunOut::blocksComeOnTop()
{
    QFETCH(Steps, capacity);
    QFETCH(QString, model);
    QFETCH(Steps, expected);
    const auto block = [&](std::int64_t gpus, Time from, std::optional<Time> until) {
        return CommittedCapacity { .provider = "gcp",
            .model = model.toStdString(),
            .gpus = gpus,
            .from = from,
            .until = until,
            .perGpuHour = {} };
    };
    const std::vector blocks { block(50, now + 10h, now + 40h), block(-30, now + 20h, {}) };
    QCOMPARE(capacityWith(capacity, blocks, "gcp", "H100 80GB SXM"), expected);
}

void TestRunOut::aShortHistoryNamesNoDate_data()
{
    QTest::addColumn<int>("hours");
    QTest::addColumn<double>("capacity");
    QTest::addColumn<bool>("already");
    QTest::addColumn<int>("missing"); ///< hours; 0: dates are named
    QTest::newRow("two hours") << 2 << 110.0 << false << 70;
    QTest::newRow("a few hours, and nearly full") << 8 << 107.5 << false << 64;
    QTest::newRow("nearly three days") << 71 << 171.0 << false << 1;
    QTest::newRow("what is over is over") << 8 << 90.0 << true << 64;
    QTest::newRow("three days") << 72 << 175.0 << false << 0;
}

void TestRunOut::aShortHistoryNamesNoDate()
{
    QFETCH(int, hours);
    QFETCH(double, capacity);
    std::vector<Observation> history;
    for (int hour = 0; hour < hours; ++hour) {
        const auto gpus = 100.0 + hour;
        history.push_back({ now + std::chrono::hours(hour), 3600s, gpus, gpus, gpus });
    }
    const auto made = runOut(forecast(history), Steps { { {}, capacity } });
    QVERIFY(made);
    QTEST(made->already, "already");
    QTEST(static_cast<int>(made->missing.value_or(0h).count()), "missing");
    QVERIFY(!made->missing || (!made->earliest && !made->likely && !made->latest));
}

void TestRunOut::withoutCapacityOrForecastNothingIsSaid()
{
    QVERIFY(!runOut(rising(), {}));
    const Steps capacity { { {}, 10 } };
    QVERIFY(!runOut(forecast({}), capacity));
}

QTEST_GUILESS_MAIN(TestRunOut)
#include "tst_runout.moc"
