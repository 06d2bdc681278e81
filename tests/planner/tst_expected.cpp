// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include <numeric>
#include <random>

#include "planner/expected.h"

using namespace penstock;

class ExpectedTest : public QObject
{
    Q_OBJECT

private slots:
    void loadsFollowTheWeights_data();
    void loadsFollowTheWeights();
    void whatComesBackIsWhatHasLeft();
    void noLoadComesOrGoes();
    void oldOnesFollowTheDemand();
    void whatIsNotKnownIsNotUsed();
};

/// 35, 29 and 36 GPUs under 60, 30 and 10 %.
static std::vector<KnownLoad> mismatched() { return { { { 60, 30, 10 }, { 35, 29, 36 } } }; }

static bool isNear(const std::vector<double>& loads, const QList<double>& wanted)
{
    return std::ranges::equal(loads, wanted, [](double a, double b) { return std::abs(a - b) < 0.01; });
}

static QByteArray text(const std::vector<double>& loads)
{
    QByteArray made;
    for (const auto load : loads)
        made += QByteArray::number(load) + ' ';
    return made;
}

void ExpectedTest::loadsFollowTheWeights_data()
{
    QTest::addColumn<QList<double>>("loads");
    QTest::addColumn<QList<double>>("to");
    QTest::addColumn<QList<double>>("wanted");
    const QList<double> loads { 35, 29, 36 };
    QTest::newRow("no change") << loads << QList<double> { 60, 30, 10 } << loads;
    QTest::newRow("a sixth of azure to gcp") << loads << QList<double> { 50, 40, 10 } << QList<double> { 29.17, 34.83, 36 };
    QTest::newRow("all of aws to gcp") << loads << QList<double> { 60, 40, 0 } << QList<double> { 35, 65, 0 };
    QTest::newRow("all of aws to both") << loads << QList<double> { 65, 35, 0 } << QList<double> { 53, 47, 0 };
    QTest::newRow("two give to one") << loads << QList<double> { 30, 15, 55 } << QList<double> { 17.5, 14.5, 68 };
    QTest::newRow("nothing is seen at aws, so that its weight is its share") << QList<double> { 60, 40, 0 } << QList<double> { 60, 40, 0 } << QList<double> { 60, 50, 0 };
}

void ExpectedTest::loadsFollowTheWeights()
{
    QFETCH(QList<double>, loads);
    QFETCH(QList<double>, to);
    QFETCH(QList<double>, wanted);
    const std::vector<KnownLoad> known { { { 60, 30, 10 }, { loads.begin(), loads.end() } } };
    const auto made = expectedLoads(known, { to.begin(), to.end() });
    QVERIFY2(isNear(made, wanted), text(made));
}

void ExpectedTest::whatComesBackIsWhatHasLeft()
{
    auto known = mismatched();
    reach(known, { 50, 40, 10 });
    QVERIFY(isNear(known.back().loads, { 29.17, 34.83, 36 }));
    // Half of the way, and all of it, whole or rounded by its router.
    QVERIFY(isNear(expectedLoads(known, { 55, 35, 10 }), { 32.08, 31.92, 36 }));
    QVERIFY(isNear(expectedLoads(known, { 60, 30, 10 }), { 35, 29, 36 }));
    QVERIFY(isNear(expectedLoads(known, { 60.2, 29.9, 9.9 }), { 35, 29, 36 }));
    // Another way is another shift.
    QVERIFY(isNear(expectedLoads(known, { 60, 40, 0 }), { 65.17, 34.83, 0 }));
    // There, back and there once more.
    reach(known, { 60, 30, 10 });
    QCOMPARE(known.size(), std::size_t { 2 });
    QVERIFY(isNear(expectedLoads(known, { 50, 40, 10 }), { 29.17, 34.83, 36 }));
}

void ExpectedTest::noLoadComesOrGoes()
{
    std::mt19937 random(7);
    std::uniform_real_distribution<double> any(0.1, 100);
    const auto shares = [&] {
        Weights made { any(random), any(random), any(random), any(random) };
        const auto sum = std::accumulate(made.begin(), made.end(), 0.0);
        for (auto& it : made)
            it *= 100 / sum;
        return made;
    };
    for (int i = 0; i < 1000; ++i) {
        std::vector<KnownLoad> known { { shares(), { any(random), any(random), any(random), any(random) } } };
        const auto sum = std::accumulate(known[0].loads.begin(), known[0].loads.end(), 0.0);
        for (int shift = 0; shift < 6; ++shift) {
            reach(known, shift == 3 ? known.front().split : shares());
            const auto& loads = known.back().loads;
            QVERIFY(std::ranges::all_of(loads, [](double load) { return load >= 0; }));
            QVERIFY(std::abs(std::accumulate(loads.begin(), loads.end(), 0.0) - sum) < 1e-6);
        }
    }
}

void ExpectedTest::oldOnesFollowTheDemand()
{
    const auto scaled = scaledTo(mismatched(), 200);
    QVERIFY(isNear(scaled.back().loads, { 70, 58, 72 }));
}

void ExpectedTest::whatIsNotKnownIsNotUsed()
{
    QVERIFY(isUsable(mismatched(), 3));
    QVERIFY(!isUsable(mismatched(), 2));
    QVERIFY(!isUsable({}, 3));
    QVERIFY(!isUsable(std::vector<KnownLoad> { { { 60, 40 }, { 0, 0 } } }, 2));
}

QTEST_APPLESS_MAIN(ExpectedTest)
#include "tst_expected.moc"
