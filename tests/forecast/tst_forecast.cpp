// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <algorithm>
#include <limits>

#include "recordedcurves.h"
#include "support/shareddata.h"

using namespace penstock;
using namespace penstock::test;
using namespace std::chrono_literals;

class TestForecast final : public QObject
{
    Q_OBJECT

private slots:
    void theLengthOfHistorySaysWhatCanBeTold_data();
    void theLengthOfHistorySaysWhatCanBeTold();
    void aShortHistoryIsToldAsNowWithinWhatWasSeen();
    void whatNeverChangesIsToldExactly_data();
    void whatNeverChangesIsToldExactly();
    void growthIsToldAlsoWhereAFewHoursAreMissing();
    void dayWeekAndTrendGoOn();
    void steadyGrowthIsToldWithoutBiasInTheMiddleOfItsBand_data();
    void steadyGrowthIsToldWithoutBiasInTheMiddleOfItsBand();
    void growthThatLevelsOffIsNotToldForEver();
    void theBandHoldsWhatItSays();
    void theNaiveForecastIsUsedWhereItIsAsGood();
    void aShiftOfTheLevelIsFollowed();
    void aSpikeIsNotTheFuture();
    void oneOddHourAtNightIsNotTheDayToCome();
    void gapsAreNeitherFilledNorZero();
    void orderAndFinenessAreFree();
    void whatIsNoFigureIsAGap();
    void anHourBarelySeenIsAGap();
    void pointsThatComeRegularlyAreOfWholeHours_data();
    void pointsThatComeRegularlyAreOfWholeHours();
    void aFewMinutesNowAndThenAreNoHours();
    void summerTimeIsLearned();
    void peaksAreToldByTheGreatestSecond();
    void aForecastBeginsNowAndAsWideAsItsHistoryIsOld();
    void itReachesTwiceAsFarAsItsHistory();
    void onlyTheLastYearsCount();
    void anythingGivesANumber();
    void realDemandIsToldByWhatIsBetter_data();
    void realDemandIsToldByWhatIsBetter();
};

namespace {

/// Mean error in per cent of the truth, which goes on where the history ends.
double errorOf(const Forecast& forecast, const std::vector<Observation>& truth)
{
    double sum = 0;
    for (const auto& it : forecast.points) {
        const auto found = std::ranges::lower_bound(truth, it.at, {}, &Observation::at);
        sum += 100 * std::abs(it.likely - found->mean) / found->mean;
    }
    return sum / static_cast<double>(forecast.points.size());
}

std::vector<Observation> firstOf(const std::vector<Observation>& whole, std::size_t hours)
{
    return { whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(hours) };
}

} // namespace

void TestForecast::theLengthOfHistorySaysWhatCanBeTold_data()
{
    QTest::addColumn<int>("hours");
    QTest::addColumn<int>("ability");
    QTest::addColumn<int>("missing");
    QTest::addColumn<int>("method");
    const auto row = [](const char* name, int hours, Ability ability, int missing, ForecastMethod method) {
        QTest::newRow(name) << hours << static_cast<int>(ability) << missing << static_cast<int>(method);
    };
    row("nothing", 0, Ability::Nothing, 6, ForecastMethod::None);
    row("five hours", 5, Ability::Nothing, 1, ForecastMethod::None);
    row("six hours", 6, Ability::Level, 66, ForecastMethod::LastValue);
    row("three days", 72, Ability::DailyShape, 264, ForecastMethod::Smoothing);
    row("two weeks", 336, Ability::WeeklyShape, 924, ForecastMethod::Smoothing);
    row("seven weeks and a half", 1260, Ability::Trend, 0, ForecastMethod::Smoothing);
}

void TestForecast::theLengthOfHistorySaysWhatCanBeTold()
{
    QFETCH(int, hours);
    QFETCH(int, ability);
    QFETCH(int, missing);
    QFETCH(int, method);
    const auto made = forecast(service(static_cast<std::size_t>(hours), 0.02, 0.02));
    QCOMPARE(static_cast<int>(made.ability), ability);
    QCOMPARE(made.missing.value_or(0h).count(), missing);
    QCOMPARE(static_cast<int>(made.method), method);
    QCOMPARE(made.points.empty(), made.ability == Ability::Nothing);
    QCOMPARE(made.backTests.empty(), made.ability < Ability::DailyShape);
}

void TestForecast::aShortHistoryIsToldAsNowWithinWhatWasSeen()
{
    const auto made = forecast(hourly(10, [](double hour) { return 100 + hour; }));
    QCOMPARE(made.points.size(), std::size_t { 20 });
    for (const auto& it : made.points)
        QVERIFY((it == ForecastPoint { it.at, 100, 109, 109 }));
    QVERIFY(!made.naiveIsAsGood());
}

void TestForecast::whatNeverChangesIsToldExactly_data()
{
    QTest::addColumn<double>("value");
    QTest::newRow("nothing at all") << 0.0;
    QTest::newRow("a few") << 8.0;
    QTest::newRow("very many") << 1e6;
}

void TestForecast::whatNeverChangesIsToldExactly()
{
    QFETCH(double, value);
    for (const std::size_t days : { 4U, 30U, 100U }) {
        const auto made = forecast(hourly(days * 24, [&](double) { return value; }), { .horizon = 14 * 24h });
        for (const auto& it : made.points)
            QVERIFY2(std::abs(it.likely - value) <= 1e-6 * value && it.high - it.low <= 1e-6 * value,
                qPrintable(QString::number(it.likely)));
    }
}

/// Without a trend what came was above the line at all times, and the line the lower edge of its band.
void TestForecast::growthIsToldAlsoWhereAFewHoursAreMissing()
{
    const auto truth = service(12 * 168, 0.05, 0.01);
    const auto made = forecast(firstOf(truth, 8 * 168 - 6), { .horizon = 28 * 24h });
    const auto& last = made.points.back();
    QVERIFY2(last.likely - last.low > 0.2 * (last.high - last.low), qPrintable(QStringLiteral("%1 of %2 to %3").arg(last.likely).arg(last.low).arg(last.high)));
    QVERIFY2(errorOf(made, truth) < 5, qPrintable(QString::number(errorOf(made, truth))));
}

void TestForecast::dayWeekAndTrendGoOn()
{
    const auto truth = service(34 * 168, 0.03, 0.01);
    const auto made = forecast(firstOf(truth, 26 * 168), { .horizon = 8 * 168h });
    QCOMPARE(made.method, ForecastMethod::Smoothing);
    QVERIFY2(errorOf(made, truth) < 5, qPrintable(QString::number(errorOf(made, truth))));
    for (const auto& it : made.backTests)
        QVERIFY(it.model.mase < it.naive.mase);
}

void TestForecast::steadyGrowthIsToldWithoutBiasInTheMiddleOfItsBand_data()
{
    QTest::addColumn<int>("weeks");
    QTest::addColumn<int>("ahead"); ///< weeks, likewise
    QTest::addColumn<int>("from");
    QTest::newRow("months ahead") << 40 << 17 << 4;
    QTest::newRow("half a year and more ahead") << 56 << 38 << 20;
}

void TestForecast::steadyGrowthIsToldWithoutBiasInTheMiddleOfItsBand()
{
    QFETCH(int, weeks);
    QFETCH(int, ahead);
    QFETCH(int, from);
    double off = 0, place = 0, held = 0, all = 0;
    for (std::uint32_t seed = 1; seed <= 8; ++seed) {
        const auto truth = service(static_cast<std::size_t>(168 * (weeks + ahead)), 0.02, 0.01, seed);
        const auto made = forecast(firstOf(truth, static_cast<std::size_t>(168 * weeks)), { .horizon = ahead * 168h });
        for (const auto& it : made.points) {
            if (it.at < *made.to + from * 168h)
                continue;
            const auto came = std::ranges::lower_bound(truth, it.at, {}, &Observation::at)->mean;
            off += 100 * (it.likely - came) / came;
            place += (it.likely - it.low) / (it.high - it.low);
            held += came >= it.low && came <= it.high ? 1 : 0;
            ++all;
        }
    }
    const auto said = QStringLiteral("%1 % off, at %2 of the band, %3 of them in it")
                          .arg(off / all)
                          .arg(place / all)
                          .arg(held / all);
    QVERIFY2(std::abs(off / all) < 2, qPrintable(said));
    QVERIFY2(place / all > 0.35 && place / all < 0.65, qPrintable(said));
    QVERIFY2(held / all > 0.7, qPrintable(said));
}

void TestForecast::growthThatLevelsOffIsNotToldForEver()
{
    const auto truth = hourly(57 * 168, [](double hour) {
        return (2500 - 1500 * std::exp(-hour / (20 * 168))) * (1 + 0.2 * std::sin(2 * std::numbers::pi * hour / 24));
    });
    const auto made = forecast(firstOf(truth, 40 * 168), { .horizon = 17 * 168h });
    QVERIFY2(errorOf(made, truth) < 4, qPrintable(QString::number(errorOf(made, truth))));
}

void TestForecast::theBandHoldsWhatItSays()
{
    int held = 0, all = 0;
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        const auto truth = service(20 * 168, 0.01, 0.03, seed);
        const auto made = forecast(firstOf(truth, 16 * 168), { .horizon = 4 * 168h });
        for (const auto& it : made.points) {
            const auto came = std::ranges::lower_bound(truth, it.at, {}, &Observation::at)->mean;
            held += came >= it.low && came <= it.high ? 1 : 0;
            ++all;
        }
        QVERIFY(made.backTests.front().coverage);
    }
    const auto share = 100.0 * held / all;
    QVERIFY2(share > 75 && share < 95, qPrintable(QString::number(share)));
}

void TestForecast::theNaiveForecastIsUsedWhereItIsAsGood()
{
    // Every hour of the week has a value of its own, and keeps it.
    std::mt19937 random(7);
    std::vector<double> week(168);
    std::ranges::generate(week, [&] { return 100.0 + static_cast<double>(random() % 900); });
    const auto made = forecast(
        hourly(6 * 168, [&](double hour) { return week[static_cast<std::size_t>(hour) % 168]; }), { .horizon = 168h });
    QCOMPARE(made.method, ForecastMethod::LastWeek);
    QVERIFY(made.naiveIsAsGood());
    for (std::size_t h = 0; h < made.points.size(); ++h)
        QCOMPARE(made.points[h].likely, week[h]);
}

void TestForecast::aShiftOfTheLevelIsFollowed()
{
    auto history = service(10 * 168, 0, 0.02);
    for (std::size_t h = 10 * 168 - 72; h < history.size(); ++h)
        history[h].mean *= 2;
    auto truth = service(11 * 168, 0, 0.02);
    for (auto& it : truth)
        it.mean *= 2;
    const auto made = forecast(history, { .horizon = 168h });
    QVERIFY2(errorOf(made, truth) < 15, qPrintable(QString::number(errorOf(made, truth))));
}

void TestForecast::aSpikeIsNotTheFuture()
{
    const auto calm = service(10 * 168, 0.02, 0.03);
    auto spiked = calm;
    spiked[spiked.size() - 30].mean *= 20;
    spiked[spiked.size() - 500].mean = 0;
    const auto without = forecast(calm, { .horizon = 168h }), with = forecast(spiked, { .horizon = 168h });
    for (std::size_t h = 0; h < with.points.size(); ++h)
        QVERIFY(std::abs(with.points[h].likely / without.points[h].likely - 1) < 0.05);
}

void TestForecast::oneOddHourAtNightIsNotTheDayToCome()
{
    // A steep day: a tenth of its peak at night, where the newest hour has as much as any afternoon.
    auto curve = hourly(20 * 168 + 4, [](double hour) { return (1 + 0.0003 * hour) * 150 * std::exp(1.5 * std::sin(2 * std::numbers::pi * (hour - 10) / 24)); });
    double peak = 0;
    for (const auto& it : curve)
        peak = std::max(peak, it.mean);
    const auto without = forecast(curve, { .horizon = 168h });
    curve.back().mean = curve.back().greatest = peak;
    const auto with = forecast(curve, { .horizon = 168h });
    for (std::size_t h = 0; h < with.points.size(); ++h)
        QVERIFY2(with.points[h].likely < 1.15 * peak && std::abs(with.points[h].likely / without.points[h].likely - 1) < 0.25, qPrintable(QStringLiteral("hour %1: %2, without %3").arg(h).arg(with.points[h].likely).arg(without.points[h].likely)));
}

void TestForecast::gapsAreNeitherFilledNorZero()
{
    const auto truth = service(14 * 168, 0.02, 0.01);
    auto history = firstOf(truth, 12 * 168);
    std::mt19937 random(3);
    std::size_t gone = 0;
    for (std::size_t h = 1; h + 1 < history.size(); ++h)
        if (random() % 10 < 3 || (h > 1000 && h < 1168)) {
            history[h] = {};
            ++gone;
        }
    const auto made = forecast(history, { .horizon = 2 * 168h });
    QCOMPARE(made.gaps, gone);
    QCOMPARE(made.hours + made.gaps, history.size());
    QVERIFY2(errorOf(made, truth) < 5, qPrintable(QString::number(errorOf(made, truth))));
}

void TestForecast::orderAndFinenessAreFree()
{
    const auto whole = service(4 * 168, 0.02, 0.03);
    std::vector<Observation> parts;
    for (const auto& it : whole)
        for (auto begin = 0min; begin < 60min; begin += 10min)
            parts.push_back(observation(it.at + begin, it.mean + (begin < 30min ? 5 : -5), 10min));
    auto twice = parts;
    for (auto& it : twice)
        it.mean = 1;
    std::ranges::shuffle(parts, std::mt19937(5));
    twice.insert(twice.end(), parts.begin(), parts.end());
    const auto expected = forecast(whole, { .horizon = 168h }), made = forecast(twice, { .horizon = 168h });
    for (std::size_t h = 0; h < expected.points.size(); ++h)
        QVERIFY(std::abs(made.points[h].likely - expected.points[h].likely) < 1e-6);
}

void TestForecast::whatIsNoFigureIsAGap()
{
    auto history = service(4 * 168, 0, 0.03);
    const auto size = history.size();
    const auto expected = forecast(history);
    for (const double wrong :
        { -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), 1e300 }) {
        history.push_back(observation(monday + std::chrono::hours(history.size() + 5), wrong));
        history.push_back(observation(monday - std::chrono::hours(history.size() + 5), wrong));
    }
    history.push_back(observation(monday + 10000h, 5, 0s));
    const auto made = forecast(history);
    QCOMPARE(made.hours, size);
    QVERIFY(made.points == expected.points);
}

void TestForecast::anHourBarelySeenIsAGap()
{
    auto history = hourly(20, [](double) { return 100.0; });
    history[5].covered = 14min;
    history[6].covered = 15min;
    const auto made = forecast(history);
    QCOMPARE(made.gaps, std::size_t { 1 });
    QCOMPARE(made.hours, std::size_t { 19 });
}

void TestForecast::pointsThatComeRegularlyAreOfWholeHours_data()
{
    QTest::addColumn<int>("apart"); ///< seconds
    QTest::newRow("ten seconds") << 10;
    QTest::newRow("a minute") << 60;
    QTest::newRow("five minutes") << 300;
    QTest::newRow("an hour") << 3600;
}

void TestForecast::pointsThatComeRegularlyAreOfWholeHours()
{
    QFETCH(int, apart);
    auto history = service(168, 0, 0.02);
    for (auto& it : history)
        it.covered = std::chrono::seconds(3600 / apart);
    const auto made = forecast(history);
    QCOMPARE(made.hours, std::size_t { 168 });
    QCOMPARE(made.ability, Ability::DailyShape);
    history.insert(history.begin(), observation(monday - 1h, 1000, std::chrono::seconds(3600 / apart / 2 + 1)));
    QCOMPARE(forecast(history).hours, std::size_t { 169 }); // begun within an hour
    for (std::size_t hour = 0; hour < 500; ++hour)
        history.push_back(observation(monday + std::chrono::hours(168 + hour), 1000));
    QCOMPARE(forecast(history).hours, std::size_t { 669 }); // and gone on by the second
}

void TestForecast::aFewMinutesNowAndThenAreNoHours()
{
    std::mt19937 random(9);
    auto history = service(168, 0, 0.02);
    for (auto& it : history)
        it.covered = std::chrono::seconds(1 + random() % 600);
    QCOMPARE(forecast(history).hours, std::size_t { 0 });
}

void TestForecast::summerTimeIsLearned()
{
    // People get up an hour earlier, as UTC has it, from the tenth week on.
    const auto shape = [](double hour) {
        return 1000 + 300 * std::sin(2 * std::numbers::pi * hour / 24) + (std::fmod(hour, 168) < 48 ? -200 : 0);
    };
    const auto truth = hourly(13 * 168, [&](double hour) { return shape(hour + (hour >= 10 * 168 ? 1 : 0)); });
    const auto made = forecast(firstOf(truth, 12 * 168), { .horizon = 168h });
    QVERIFY2(errorOf(made, truth) < 2.5, qPrintable(QString::number(errorOf(made, truth))));
}

void TestForecast::peaksAreToldByTheGreatestSecond()
{
    auto history = hourly(6 * 168, [](double) { return 100.0; });
    for (auto& it : history)
        it.greatest = 150;
    QCOMPARE(forecast(history).points.back().likely, 100.0);
    QCOMPARE(forecast(history, { .of = ForecastOf::Greatest }).points.back().likely, 150.0);
}

void TestForecast::aForecastBeginsNowAndAsWideAsItsHistoryIsOld()
{
    const auto history = service(12 * 168, 0.02, 0.03);
    const auto fresh = forecast(history, { .horizon = 200h });
    const auto stale = forecast(history, { .horizon = 100h, .now = *fresh.to + 100h + 59min });
    QCOMPARE(stale.points.size(), std::size_t { 100 });
    for (std::size_t h = 0; h < stale.points.size(); ++h)
        QVERIFY(stale.points[h] == fresh.points[h + 100]);
}

void TestForecast::itReachesTwiceAsFarAsItsHistory()
{
    const auto made = forecast(service(10 * 24, 0, 0.03), { .horizon = 90 * 24h });
    QCOMPARE(made.points.size(), std::size_t { 20 * 24 });
    QVERIFY(made.tested < 20 * 24h);
    const auto width = [&](std::size_t ahead) { return made.points[ahead - 1].high - made.points[ahead - 1].likely; };
    const auto tested = static_cast<std::size_t>(made.tested.count());
    QCOMPARE(width(480) / width(tested), std::sqrt(480.0 / static_cast<double>(tested)));
}

void TestForecast::onlyTheLastYearsCount()
{
    const auto made = forecast(
        hourly(4 * 366 * 24, [](double hour) { return hour < 366 * 24 ? 5000.0 : 10.0; }), { .horizon = 24h });
    QCOMPARE(made.hours, std::size_t { 3 * 366 * 24 });
    QCOMPARE(made.points.front().likely, 10.0);
}

void TestForecast::anythingGivesANumber()
{
    std::mt19937 random(11);
    const auto share = [&] { return std::uniform_real_distribution<double>(0, 1)(random); };
    for (int round = 0; round < 60; ++round) {
        const auto gaps = share() * 0.9, zeros = share(), size = std::pow(10, share() * 15);
        auto history = hourly(static_cast<std::size_t>(share() * 4000),
            [&](double) { return share() < zeros ? 0 : size * std::pow(share(), 8); });
        std::erase_if(history, [&](const Observation&) { return share() < gaps; });
        const auto made = forecast(history, { .horizon = 40 * 24h });
        for (const auto& it : made.points)
            QVERIFY2(it.low >= 0 && it.low <= it.likely && it.likely <= it.high && std::isfinite(it.high),
                qPrintable(QStringLiteral("%1: %2 %3 %4").arg(round).arg(it.low).arg(it.likely).arg(it.high)));
        if (const auto top = made.highestUpTo(Time::max()))
            QVERIFY(top->low >= 0 && top->low <= top->likely && top->likely <= top->high && std::isfinite(top->high));
        for (const auto& it : made.backTests)
            QVERIFY(std::isfinite(it.model.mase) && std::isfinite(it.naive.mase) && it.model.smape <= 200
                && it.naive.smape <= 200);
    }
}

void TestForecast::realDemandIsToldByWhatIsBetter_data()
{
    if (sharedData().isEmpty())
        QSKIP("shared/data/demand is not beside the checkout");
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("client");
    QTest::addColumn<int>("method");
    const auto row = [](const char* model, const char* client, ForecastMethod method) {
        QTest::addRow("%s %s", model, client)
            << QString::fromLatin1(model) << QString::fromLatin1(client) << static_cast<int>(method);
    };
    row("m-large", "", ForecastMethod::Smoothing);
    row("m-mid", "", ForecastMethod::Smoothing);
    row("m-large", "143", ForecastMethod::Smoothing);
    row("m-large", "112", ForecastMethod::Smoothing);
    row("m-large", "91", ForecastMethod::LastValue);
}

void TestForecast::realDemandIsToldByWhatIsBetter()
{
    QFETCH(QString, model);
    QFETCH(QString, client);
    QFETCH(int, method);
    const auto history = recorded(sharedData().toStdString(), serveGen(model.toStdString(), client.toStdString()));
    QVERIFY(history.size() > 900);
    const auto made = forecast(history);
    QCOMPARE(made.ability, Ability::DailyShape);
    QCOMPARE(static_cast<int>(made.method), method);
    const auto& day = made.backTests.front();
    QVERIFY(day.targets > 400);
    QCOMPARE(day.model.mase < day.naive.mase, made.method == ForecastMethod::Smoothing);
}

QTEST_GUILESS_MAIN(TestForecast)
#include "tst_forecast.moc"
