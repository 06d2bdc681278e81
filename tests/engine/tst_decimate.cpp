// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <cmath>
#include <map>
#include <numeric>
#include <random>

#include "engine/decimate.h"
#include "extremekernel.h"

using namespace penstock;

namespace {

constexpr double gap = std::numeric_limits<double>::quiet_NaN();

/// What one pixel column shows of a line, and whether the line comes from the column before.
struct Column
{
    double first = gap, least = gap, greatest = gap, last = gap;
    bool joined = false;
    int points = 0;
};

/// The picture of all the points, one after another, without any thought of speed.
std::map<int, Column> pictureOf(const std::vector<double>& times, const std::vector<double>& values, const PixelWindow& window, double longestGap)
{
    std::map<int, Column> picture;
    bool joined = false;
    for (std::size_t i = 0; i < times.size(); ++i) {
        if (i > 0 && times[i] - times[i - 1] > longestGap)
            joined = false;
        if (std::isnan(values[i])) {
            joined = false;
            continue;
        }
        const double place = (times[i] - window.begin) * (window.columns / (window.end - window.begin));
        const int column = times[i] < window.begin ? -1
            : times[i] > window.end               ? static_cast<int>(window.columns)
                                                  : std::min(static_cast<int>(place), static_cast<int>(window.columns) - 1);
        const bool isNew = !picture.contains(column);
        auto& it = picture[column];
        if (isNew)
            it = { .first = values[i], .least = values[i], .greatest = values[i], .last = values[i], .joined = joined, .points = 0 };
        it.least = std::min(it.least, values[i]);
        it.greatest = std::max(it.greatest, values[i]);
        it.last = values[i];
        ++it.points;
        joined = true;
    }
    return picture;
}

struct Given
{
    std::vector<double> times, values;
};

/// A walk with irregular steps, gaps of both kinds and repeated times.
Given randomLine(std::mt19937& random, int points)
{
    Given made;
    double time = 1'790'000'000, value = 0;
    const auto kind = random() % 4; // regular, irregular, with gaps, nearly nothing known
    for (int i = 0; i < points; ++i) {
        time += kind == 0 ? 1.0 : random() % 5 == 0 ? 0.0 : static_cast<double>(random() % 1000) / 500;
        if (kind >= 2 && random() % 40 == 0)
            time += static_cast<double>(random() % 60);
        value += static_cast<double>(random() % 21) - 10;
        made.times.push_back(time);
        made.values.push_back((kind == 2 && random() % 9 == 0) || (kind == 3 && random() % 9 != 0) ? gap : value);
    }
    return made;
}

} // namespace

/// A line with fewer points has the same picture.
class TestDecimate final : public QObject
{
    Q_OBJECT

private slots:
    void smallLines_data();
    void smallLines();
    void thePictureIsThatOfAllPoints_data();
    void thePictureIsThatOfAllPoints();
    void everyKernelFindsTheSame();
    void memoryIsUsedAgain();
};

Q_DECLARE_METATYPE(Given)

void TestDecimate::smallLines_data()
{
    QTest::addColumn<Given>("given");
    QTest::addColumn<Given>("kept"); // in a window from 0 to 10 with 2 columns
    const auto row = [](const char* name, Given given, Given kept) { QTest::newRow(name) << given << kept; };
    row("nothing", {}, {});
    row("one point", { { 3 }, { 7 } }, { { 3 }, { 7 } });
    row("one point that is not known", { { 3 }, { gap } }, {});
    row("four that are first, least, greatest and last", { { 1, 2, 3, 4 }, { 5, 1, 9, 6 } }, { { 1, 2, 3, 4 }, { 5, 1, 9, 6 } });
    row("greatest before least", { { 1, 2, 3, 4 }, { 5, 9, 1, 6 } }, { { 1, 2, 3, 4 }, { 5, 9, 1, 6 } });
    row("what is between goes", { { 0, 1, 2, 3, 4 }, { 5, 1, 4, 9, 6 } }, { { 0, 1, 3, 4 }, { 5, 1, 9, 6 } });
    row("a line that rises has two", { { 0, 1, 2, 3, 4 }, { 1, 2, 3, 4, 5 } }, { { 0, 4 }, { 1, 5 } });
    row("of equal values the earliest", { { 0, 1, 2, 3, 4 }, { 5, 5, 9, 9, 5 } }, { { 0, 2, 4 }, { 5, 9, 5 } });
    row("the same point many times", { { 3, 3, 3 }, { 7, 7, 7 } }, { { 3, 3 }, { 7, 7 } });
    row("both columns, the end belongs to the last", { { 4, 5, 10 }, { 1, 2, 3 } }, { { 4, 5, 10 }, { 1, 2, 3 } });
    row("a value that is not known, between columns", { { 4, 5, 6 }, { 1, gap, 3 } }, { { 4, 5, 6 }, { 1, gap, 3 } });
    row("a value that is not known, within a column", { { 1, 2, 3 }, { 1, gap, 3 } }, { { 1, 3 }, { 1, 3 } });
    row("a long silence between columns", { { 1, 9 }, { 1, 3 } }, { { 1, 5, 9 }, { 1, gap, 3 } });
    row("as long as allowed", { { 2, 7 }, { 1, 3 } }, { { 2, 7 }, { 1, 3 } });
    row("one neighbour on each side", { { -3, -1, 1, 9, 11, 12 }, { 1, 2, 3, 4, 5, 6 } }, { { -1, 1, 5, 9, 11 }, { 2, 3, gap, 4, 5 } });
    row("no neighbour over a gap", { { -1, 0, 1, 9, 10, 11 }, { 1, gap, 3, 4, gap, 6 } }, { { 1, 5, 9 }, { 3, gap, 4 } });
    row("all before", { { -3, -2 }, { 1, 2 } }, {});
    row("all after", { { 12, 13 }, { 1, 2 } }, {});
}

void TestDecimate::smallLines()
{
    QFETCH(Given, given);
    QFETCH(Given, kept);
    Polyline line;
    m4(given.times, given.values, { 0, 10, 2 }, 5, line);
    QCOMPARE(line.times, kept.times);
    QCOMPARE(line.values.size(), kept.values.size());
    for (std::size_t i = 0; i < kept.values.size(); ++i)
        QVERIFY(std::isnan(kept.values[i]) ? std::isnan(line.values[i]) : line.values[i] == kept.values[i]);
}

void TestDecimate::thePictureIsThatOfAllPoints_data()
{
    QTest::addColumn<int>("points");
    for (const int points : { 1, 2, 10, 100, 3000 })
        QTest::addRow("%d points", points) << points;
}

void TestDecimate::thePictureIsThatOfAllPoints()
{
    QFETCH(int, points);
    std::mt19937 random(5);
    Polyline line;
    for (int round = 0; round < 300; ++round) {
        const auto given = randomLine(random, points);
        const double span = given.times.back() - given.times.front() + 1;
        const double begin = given.times.front() + span * (static_cast<double>(random() % 100) / 100 - 0.3);
        const PixelWindow window { begin, begin + span * (0.1 + static_cast<double>(random() % 100) / 70), 1 + static_cast<std::uint32_t>(random() % 400) };
        const double longestGap = random() % 2 ? 5.0 : neverAGap;
        auto wanted = pictureOf(given.times, given.values, window, longestGap);

        m4(given.times, given.values, window, longestGap, line);
        QVERIFY(std::ranges::is_sorted(line.times));
        auto got = pictureOf(line.times, line.values, window, neverAGap);
        for (int column = 0; column < static_cast<int>(window.columns); ++column) {
            QCOMPARE(got.contains(column), wanted.contains(column));
            if (!got.contains(column))
                continue;
            const auto& a = got[column];
            const auto& b = wanted[column];
            QCOMPARE(a.first, b.first);
            QCOMPARE(a.least, b.least);
            QCOMPARE(a.greatest, b.greatest);
            QCOMPARE(a.last, b.last);
            QCOMPARE(a.joined, b.joined);
            QVERIFY(a.points <= 4);
        }
        // Outside of the window there is at most the one point that the line comes from or goes to.
        for (const int column : { -1, static_cast<int>(window.columns) })
            QVERIFY(!got.contains(column) || got[column].points == 1);
        QVERIFY(!got.contains(-1) || got[-1].last == wanted[-1].last);

        minMax(given.times, given.values, window, longestGap, line);
        QVERIFY(std::ranges::is_sorted(line.times));
        got = pictureOf(line.times, line.values, window, neverAGap);
        for (int column = 0; column < static_cast<int>(window.columns); ++column) {
            QCOMPARE(got.contains(column), wanted.contains(column));
            if (!got.contains(column))
                continue;
            QCOMPARE(got[column].least, wanted[column].least);
            QCOMPARE(got[column].greatest, wanted[column].greatest);
            QCOMPARE(got[column].joined, wanted[column].joined);
            QVERIFY(got[column].points <= 2);
        }
    }
}

void TestDecimate::everyKernelFindsTheSame()
{
    std::mt19937 random(6);
    const std::array special { gap, 0.0, -0.0, std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity() };
    for (int round = 0; round < 20'000; ++round) {
        std::vector<double> values(1 + random() % 130);
        const auto dice = random() % 3;
        for (auto& it : values)
            it = dice == 0 || random() % 6 ? static_cast<double>(random() % (dice == 2 ? 3 : 1000)) - 1 : special[random() % special.size()];
        values[random() % values.size()] = 1;
        kernel::Extremes wanted { values.size(), values.size() };
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (std::isnan(values[i]))
                continue;
            if (wanted.least == values.size() || values[i] < values[wanted.least])
                wanted.least = i;
            if (wanted.greatest == values.size() || values[i] > values[wanted.greatest])
                wanted.greatest = i;
        }
        for (const auto& kernel : kernel::extremeKernels())
            QVERIFY2(kernel.find(values) == wanted, kernel.name);
    }
}

void TestDecimate::memoryIsUsedAgain()
{
    std::vector<double> times(1000), values(1000, 1.0);
    std::iota(times.begin(), times.end(), 0.0);
    Polyline line;
    m4(times, values, { 0, 1000, 100 }, neverAGap, line);
    const auto* before = line.times.data();
    m4(times, values, { 0, 1000, 50 }, neverAGap, line);
    QCOMPARE(line.times.data(), before);
    m4(times, values, { 0, 0, 50 }, neverAGap, line);
    QVERIFY(line.times.empty());
}

QTEST_GUILESS_MAIN(TestDecimate)
#include "tst_decimate.moc"
