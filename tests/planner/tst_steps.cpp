// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QtTest>

#include <cmath>
#include <numeric>
#include <random>

#include "planner/steps.h"

using namespace penstock;

class StepsTest : public QObject
{
    Q_OBJECT
private slots:
    void parsesTargets_data();
    void parsesTargets();
    void makesSteps_data();
    void makesSteps();
    void keepsItsPromises();
};

void StepsTest::parsesTargets_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QList<double>>("weights");
    QTest::addColumn<QByteArray>("says");
    using D = QList<double>;
    QTest::newRow("both") << QByteArray("azure=40,gcp=60") << D { 40, 60, 0 } << QByteArray();
    QTest::newRow("per cent signs") << QByteArray("gcp=62.5%,aws=37.5%") << D { 0, 62.5, 37.5 } << QByteArray();
    QTest::newRow("one") << QByteArray("aws=100") << D { 0, 0, 100 } << QByteArray();
    QTest::newRow("unknown backend") << QByteArray("ibm=100") << D {} << QByteArray("its backends are azure, gcp, aws");
    QTest::newRow("too little") << QByteArray("azure=40,gcp=50") << D {} << QByteArray("add up to 90, not 100");
    QTest::newRow("twice") << QByteArray("azure=40,azure=60") << D {} << QByteArray("twice");
    QTest::newRow("no number") << QByteArray("azure=lots") << D {} << QByteArray("'azure=lots' is not a share");
    QTest::newRow("no share") << QByteArray("azure") << D {} << QByteArray("is not a share");
    QTest::newRow("negative") << QByteArray("azure=-20,gcp=120") << D {} << QByteArray("is not a share");
    QTest::newRow("not a number") << QByteArray("azure=nan") << D {} << QByteArray("is not a share");
    QTest::newRow("empty") << QByteArray() << D {} << QByteArray("add up to 0");
}

void StepsTest::parsesTargets()
{
    QFETCH(QByteArray, text);
    QFETCH(QList<double>, weights);
    QFETCH(QByteArray, says);
    Route route;
    route.name = "chat";
    route.backends = { { "azure", {} }, { "gcp", {} }, { "aws", {} } };
    const auto made = parseTarget(text.toStdString(), route);
    QCOMPARE(made.has_value(), says.isEmpty());
    if (made)
        QCOMPARE(QList<double>(made->begin(), made->end()), weights);
    else
        QVERIFY2(made.error().text().find(says.toStdString()) != std::string::npos, made.error().text().c_str());
}

void StepsTest::makesSteps_data()
{
    QTest::addColumn<QList<double>>("from");
    QTest::addColumn<QList<double>>("to");
    QTest::addColumn<double>("largest");
    QTest::addColumn<int>("steps"); ///< -1: refused
    using D = QList<double>;
    QTest::newRow("four") << D { 100, 0, 0 } << D { 20, 50, 30 } << 20.0 << 4;
    QTest::newRow("a rest") << D { 100, 0 } << D { 55, 45 } << 20.0 << 3;
    QTest::newRow("at once") << D { 100, 0 } << D { 90, 10 } << 25.0 << 1;
    QTest::newRow("nothing to do") << D { 50, 50 } << D { 50, 50 } << 10.0 << 0;
    QTest::newRow("no step") << D { 50, 50 } << D { 40, 60 } << 0.0 << -1;
    QTest::newRow("other backends") << D { 50, 50 } << D { 40, 30, 30 } << 10.0 << -1;
    QTest::newRow("countless") << D { 100, 0 } << D { 0, 100 } << 0.01 << -1;
}

void StepsTest::makesSteps()
{
    QFETCH(QList<double>, from);
    QFETCH(QList<double>, to);
    QFETCH(double, largest);
    QFETCH(int, steps);
    const auto made = rampSteps(Weights(from.begin(), from.end()), Weights(to.begin(), to.end()), largest);
    QCOMPARE(made ? static_cast<int>(made->size()) : -1, steps);
    if (steps > 0)
        QCOMPARE(made->back(), Weights(to.begin(), to.end()));
}

void StepsTest::keepsItsPromises()
{
    std::mt19937 dice(7);
    const auto split = [&dice] {
        Weights made(2 + dice() % 4);
        int left = 1000;
        for (std::size_t i = 0; i + 1 < made.size(); ++i) {
            const int part = static_cast<int>(dice() % static_cast<unsigned>(left + 1));
            made[i] = part / 10.0;
            left -= part;
        }
        made.back() = left / 10.0;
        return made;
    };
    for (int round = 0; round < 3'000; ++round) {
        const auto from = split();
        auto to = split();
        while (to.size() != from.size())
            to = split();
        const double largest = 1 + static_cast<double>(dice() % 40);
        const auto made = rampSteps(from, to, largest);
        QVERIFY(made);
        auto before = from;
        for (const auto& step : *made) {
            QVERIFY(std::abs(std::accumulate(step.begin(), step.end(), 0.0) - 100) < 1e-6);
            for (std::size_t i = 0; i < step.size(); ++i) {
                QVERIFY(step[i] >= 0 && step[i] <= 100);
                // Steps are in tenths; the one that takes the rounding may be off by one for each of the others.
                QVERIFY2(std::abs(step[i] - before[i]) <= largest + 0.45, qPrintable(QString::number(step[i] - before[i])));
            }
            before = step;
        }
    }
}

QTEST_APPLESS_MAIN(StepsTest)
#include "tst_steps.moc"
