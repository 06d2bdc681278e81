// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include "forecast/runout.h"

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
    void committedCapacityAddsUp_data();
    void committedCapacityAddsUp();
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

void TestRunOut::withoutCapacityOrForecastNothingIsSaid()
{
    QVERIFY(!runOut(rising(), {}));
    const Steps capacity { { {}, 10 } };
    QVERIFY(!runOut(forecast({}), capacity));
}

QTEST_GUILESS_MAIN(TestRunOut)
#include "tst_runout.moc"
