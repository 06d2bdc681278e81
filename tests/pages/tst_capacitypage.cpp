// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>

#include "capacitypanel.h"
#include "capacityparts.h"
#include "charts/capacitychart.h"
#include "controls/theme.h"
#include "models/capacitymodel.h"
#include "models/capacitytext.h"
#include "pages/capacitypage.h"
#include "painting/capacityreading.h"

using namespace penstock;
using namespace std::chrono_literals;

/// A manager before the Capacity page.
class TestCapacityPage final : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void cleanup() { m_page.reset(); }
    void theRangeFitsWhatIsHeldUntilOneIsPicked();
    void whatIsPickedIsAskedFor();
    void anAnswerToAnOlderWishIsDropped();
    void theKeyFiguresSayOfWhenTheyAre();
    void thePastHasItsMomentBesideItsFigures();
    void aBlockInThePastHasThePricesOfNow();
    void whatIsOnlyRememberedCarriesItsAge();
    void oneThatIsSilentCarriesItsAgeInTheTable();
    void whatIsSilentStandsOnTheSupply();
    void oneThatIsSilentHidesNoOther();
    void aDateHasTheColourOfItsRow();
    void notesAreCutBeforeAFigureIsLeftOut();
    void aMomentOfWhichNothingIsKnownHasNoFigures();
    void theForecastIsOfBusyGpusToo();
    void whatItCostsIsExportedLineByLine();
    void aPastThatCannotBeReadHasNoFiguresOfNow();
    void aGapIsAGapOfTheChart();
    void whatIsCommittedIsAStepOfTheChart();
    void theForecastIsALineABandAndADate();
    void whenItRunsOutIsWrittenOverNoData();
    void whatIsNoBetterThanNaiveSaysSo();
    void whatIsSimulatedSaysSo();
    void quotaIsThereWhereTheWorkspaceKnowsIt();
    void aBlockIsAddedChangedAndRemoved();
    void aWrongBlockIsNotTaken();
    void aDraggedBlockMovesTheDate();
    void aBlockIsMovedByKeys();
    void aPartIsLookedAtMoreFinely();
    void aFrozenChartStaysWhileFiguresGoOn();
    void arrowsReadTheChartWhereNoBlockHasThem();
    void theLegendIsOfOneMomentAndSaysWhich();
    void whatIsReadOfTheTimeToComeIsOfNothingSeen();
    void scenariosAreComparedAndSaved();
    void whatItCostsIsToldWithItsFormulas();
    void whatTheFleetsCostPricesTheTable();
    void whoRunsOutBeforeTheWholeIsNamed();
    void whatIsExportedCarriesItsDateSourceAndGaps_data();
    void whatIsExportedCarriesItsDateSourceAndGaps();
    void whatIsExportedSaysWhoWasSilentForAWhile();
    void theTableIsCsv();
    void whatIsExportedNamesItsScenario();

private:
    using Dimension = GroupPoint::Dimension;
    template<class Widget> [[nodiscard]] Widget* find(const char* name) const
    {
        return m_page->findChild<Widget*>(QString::fromLatin1(name));
    }
    void click(const QString& text) const
    {
        for (auto* button : m_page->findChildren<QPushButton*>())
            if (button->text() == text)
                return QTest::mouseClick(button, Qt::LeftButton);
        QFAIL(qPrintable(text));
    }
    [[nodiscard]] const CapacityPicture& picture() const { return find<CapacityChart>("capacityChart")->picture(); }
    [[nodiscard]] QString figure(const char* label) const
    {
        for (const auto& it : find<FigureStrip>("capacityFigures")->figures())
            if (it.label == QLatin1String(label))
                return it.value + QStringLiteral(", ") + it.note;
        return {};
    }
    [[nodiscard]] const CapacityPicture::Curve* curve(const char* name) const
    {
        for (const auto& it : picture().curves)
            if (it.name == QLatin1String(name))
                return &it;
        return nullptr;
    }
    /// The last ten steps, without two of them.
    [[nodiscard]] CapacityHistory history() const
    {
        CapacityHistory made;
        made.query = m_page->query(now);
        made.step = std::max(made.query.step, made.query.busiestOf);
        const auto series = [](const char* key, double scale) {
            CapacitySeries it { .key = key };
            for (int i = 0; i < 8; ++i)
                for (const auto& [column, value] : { std::pair { &CapacitySeries::gpus, 1000.0 },
                         { &CapacitySeries::supply, 950.0 }, { &CapacitySeries::allocated, 800.0 + i },
                         { &CapacitySeries::busy, 700.0 + i }, { &CapacitySeries::peak, i == 3 ? 900.0 : 720.0 },
                         { &CapacitySeries::needed, 830.0 + i }, { &CapacitySeries::unmet, 30.0 } })
                    (it.*column).push_back(scale * value);
            return it;
        };
        for (int i = 0; i < 8; ++i)
            made.times.push_back(now - made.step * ((i > 4 ? 8 : 10) - i));
        made.whole = series("", 1);
        made.bands = { series("aws", 0.25), series("azure", 0.75) };
        const auto newest = [](double gpus, double supply, double allocated, double busy) {
            return CapacityMoment { .until = now - 5s, .step = 10s, .gpus = gpus, .supply = supply, .allocated = allocated, .busy = busy, .idle = allocated - busy };
        };
        made.newest = newest(1000, 950, 800, 700);
        made.newest.needed = 837;
        made.newest.unmet = 30;
        made.rows = { { .provider = "aws", .model = "H200 141GB SXM", .newest = newest(250, 240, 200, 180), .peak = 225, .peakShare = 94 },
            { .provider = "azure", .model = "H100 80GB SXM", .newest = newest(750, 710, 600, 520), .peak = 675, .peakShare = 95 } };
        return made;
    }
    /// A forecast that runs out on 1 February, with the whole year in view.
    void tell() const
    {
        m_page->setFacts({ .committed = {},
            .providers = {},
            .scenarios = { { .name = "spring", .blocks = { block(100, 60) } } },
            .price = [](const std::string&, const std::string& model) {
                return model.starts_with("H100") ? std::optional(2.5) : std::nullopt;
            } });
        click(QStringLiteral("13 months"));
        m_page->showHistory(history());
        m_page->showOutlook({ .whole = told("", 900), .of = CapacityOutlook::Of::Demand, .rows = { told("azure/H100 80GB SXM", 900) } });
    }
    static CommittedCapacity block(std::int64_t gpus, int days)
    {
        return { .provider = "azure",
            .model = "H100 80GB SXM",
            .gpus = gpus,
            .from = now + std::chrono::days(days),
            .until = {},
            .perGpuHour = {} };
    }
    void add(double gpus, const QString& from) const
    {
        QTest::mouseClick(find<QPushButton>("addBlock"), Qt::LeftButton);
        find<QDoubleSpinBox>("blockGpus")->setValue(gpus);
        find<QLineEdit>("blockFrom")->setText(from);
        QTest::mouseClick(find<QPushButton>("takeBlock"), Qt::LeftButton);
    }
    [[nodiscard]] static ToldGroup told(const char* key, double capacity)
    {
        ToldGroup made {
            .key = key, .forecast = {}, .supply = { { { Time::min(), capacity } }, "committed" }, .runOut = {}
        };
        made.forecast = { .ability = Ability::Trend,
            .method = ForecastMethod::Smoothing,
            .naive = ForecastMethod::LastWeek,
            .hours = 1000,
            .from = now - 1000h,
            .to = now,
            .last = 830 };
        for (int hour = 0; hour < 270 * 24; ++hour)
            made.forecast.points.push_back(
                { now + std::chrono::hours(hour), 820.0 + hour / 24.0, 830.0 + hour / 24.0, 840.0 + hour / 24.0 });
        made.forecast.backTests = { { .after = 0h,
            .upTo = 24h,
            .origins = 48,
            .targets = 1000,
            .model = { 3.4, 0.5 },
            .naive = { 8.9, 1 },
            .coverage = 81 } };
        made.runOut = runOut(made.forecast, made.supply.steps);
        return made;
    }
    static constexpr Time now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);
    std::unique_ptr<CapacityPage> m_page;
};

void TestCapacityPage::init()
{
    QLocale::setDefault(QLocale(QLocale::English));
    applyTheme(*qApp, ThemeName::Dark);
    m_page = std::make_unique<CapacityPage>();
    m_page->resize(1280, 800);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
}

void TestCapacityPage::theRangeFitsWhatIsHeldUntilOneIsPicked()
{
    QSignalSpy asked(m_page.get(), &CapacityPage::queryChanged);
    m_page->showHistory(history()); // of ten days
    QCOMPARE(asked.count(), 1);
    QCOMPARE(m_page->query(now).from, now - std::chrono::days(30));
    click(QStringLiteral("13 months"));
    m_page->showHistory(history());
    QCOMPARE(m_page->query(now).from, now - std::chrono::days(396));
}

void TestCapacityPage::whatIsPickedIsAskedFor()
{
    click(QStringLiteral("13 months"));
    m_page->showHistory(history());
    QSignalSpy asked(m_page.get(), &CapacityPage::queryChanged);
    click(QStringLiteral("Model"));
    QCOMPARE(asked.count(), 1);
    QCOMPARE(m_page->query(now).by, Dimension::Model);
    auto* only = find<QComboBox>("capacityOnly");
    const int azure = only->findText(QStringLiteral("azure"));
    QVERIFY(azure > 0);
    only->setCurrentIndex(azure);
    emit only->activated(azure);
    QCOMPARE(asked.count(), 2);
    QCOMPARE(m_page->query(now).onlyOf, Dimension::Provider);
    QCOMPARE(QString::fromStdString(m_page->query(now).only), QStringLiteral("azure"));
}

void TestCapacityPage::anAnswerToAnOlderWishIsDropped()
{
    auto late = history();
    m_page->showHistory(history());
    click(QStringLiteral("Workload"));
    late.newest.supply = 1;
    m_page->showHistory(late);
    QVERIFY(figure("Supply now").startsWith(QStringLiteral("950")));
}

void TestCapacityPage::theKeyFiguresSayOfWhenTheyAre()
{
    // What the busiest hour of today was like is no present.
    auto made = history();
    made.whole.supply.back() = 1;
    made.whole.unmet.back() = 77;
    m_page->showHistory(made);
    QCOMPARE(figure("Supply now"), QStringLiteral("950, of 1,000 GPUs"));
    QCOMPARE(figure("Busy at peak in 13 months"), QStringLiteral("900, 94.7 % of supply, 16 Nov 2026"));
    QCOMPARE(figure("Unmet demand now"), QStringLiteral("30, of 837 GPUs needed"));
    QCOMPARE(find<QTableView>("capacityTable")->model()->rowCount(), 2);
    QVERIFY(find<QLabel>("capacitySubtitle")->text().contains(QStringLiteral("2 fleets")));
}

void TestCapacityPage::thePastHasItsMomentBesideItsFigures()
{
    m_page->setMoment(now);
    m_page->showHistory(history());
    QCOMPARE(figure("Supply, 23 Nov 00:00 UTC"), QStringLiteral("950, of 1,000 GPUs"));
}

/// Whether it was opened live before, or not.
void TestCapacityPage::aBlockInThePastHasThePricesOfNow()
{
    click(QStringLiteral("13 months"));
    m_page->setMoment(now - 24h);
    m_page->showHistory(history());
    CostPicture cost;
    cost.asOf = now;
    cost.all.rented = { 750, 9000 };
    cost.bySupplier = { { .key = "azure/H100 80GB SXM", .rented = { 750, 9000 }, .allocated = {}, .used = {}, .idle = {} } };
    m_page->showCost(cost, {});
    QTest::mouseClick(find<QPushButton>("addBlock"), Qt::LeftButton);
    find<QDoubleSpinBox>("blockGpus")->setValue(40);
    find<QComboBox>("blockModel")->setCurrentText(QStringLiteral("H100 80GB SXM"));
    find<QComboBox>("blockProvider")->setCurrentText(QStringLiteral("azure"));
    find<QLineEdit>("blockFrom")->setText(QStringLiteral("2027-01-15"));
    QTest::mouseClick(find<QPushButton>("takeBlock"), Qt::LeftButton);
    QVERIFY2(find<QPushButton>("block-0")->accessibleDescription().contains(QStringLiteral("$480/h")), qPrintable(find<QPushButton>("block-0")->accessibleDescription()));
    QVERIFY(figure("Cost now").isEmpty());
    // What it cost then is not kept, and is not what it would cost now.
    QCOMPARE(find<QTableView>("capacityTable")->model()->index(1, CapacityModel::Cost).data().toString(), QStringLiteral("–"));
    m_page->setMoment({});
    m_page->showHistory(history());
    QCOMPARE(find<QTableView>("capacityTable")->model()->index(1, CapacityModel::Cost).data().toString(), QStringLiteral("$9.0k"));
}

void TestCapacityPage::whatIsOnlyRememberedCarriesItsAge()
{
    auto made = history();
    for (auto* it : { &made.newest, &made.rows[0].newest, &made.rows[1].newest })
        it->until = now - 5h;
    m_page->showHistory(made);
    QCOMPARE(figure("Supply, 5 h 0 m ago"), QStringLiteral("950, of 1,000 GPUs"));
    for (const auto& it : find<FigureStrip>("capacityFigures")->figures())
        QCOMPARE(it.tone == FigureStrip::Figure::Tone::Old, it.label.contains(QStringLiteral("ago")));
    QVERIFY(find<QLabel>("capacitySubtitle")->text().endsWith(QStringLiteral("5 h 0 m ago")));
    const auto lines = m_page->csv().split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    QVERIFY2(lines[1].contains(QStringLiteral(",2026-11-22T19:00:00.000Z,2026-11-23T00:00:00.000Z,"))
            && lines[1].contains(QStringLiteral("nothing was seen since 22 Nov 2026, 19:00 UTC")),
        qPrintable(lines[1]));
}

void TestCapacityPage::oneThatIsSilentCarriesItsAgeInTheTable()
{
    click(QStringLiteral("13 months"));
    auto* table = find<QTableView>("capacityTable");
    auto made = history();
    m_page->showHistory(made);
    QVERIFY(table->isColumnHidden(CapacityModel::Age));
    made.rows[1].newest.until = now - 5h;
    made.newest.unknown = 750;
    m_page->showHistory(made);
    QVERIFY(!table->isColumnHidden(CapacityModel::Age));
    QCOMPARE(table->model()->index(0, CapacityModel::Age).data().toString(), QString());
    QCOMPARE(table->model()->index(1, CapacityModel::Age).data().toString(), QStringLiteral("5 h 0 m"));
    QCOMPARE(figure("Supply now"), QStringLiteral("950, of 1,000 GPUs, 750 silent"));
}

void TestCapacityPage::whatIsSilentStandsOnTheSupply()
{
    auto made = history();
    made.whole.silent = { 0, 0, 0, 0, 0, 5, 240, 240 };
    m_page->showHistory(made);
    const auto& silent = picture().silent;
    QCOMPARE(silent.high.size(), std::size_t(8));
    QVERIFY2(std::isnan(silent.high[0]) && std::isnan(silent.high[5]), "a few GPUs that are lost are no silence");
    QCOMPARE(silent.low[7], 950.0);
    QCOMPARE(silent.high[7], 1'190.0);
    QCOMPARE(silent.name, QStringLiteral("silent"));
}

void TestCapacityPage::oneThatIsSilentHidesNoOther()
{
    click(QStringLiteral("1 h"));
    auto made = history();
    made.bands[1].busy[1] = made.bands[1].busy[2] = notKnown; // azure, which stands below
    m_page->showHistory(made);
    auto* chart = find<CapacityChart>("capacityChart");
    const auto drawn = chart->grab().toImage();
    const CapacityPainter painter(chart->picture(), {}, chart->rect(), chart->font());
    const auto& it = chart->picture();
    QCOMPARE(it.bands[1].name, QStringLiteral("aws"));
    const auto at = [&](std::size_t step, double gpus) { return drawn.pixelColor(static_cast<int>(painter.x(it.times[step] + it.step / 3)), static_cast<int>(painter.y(gpus))); };
    const auto aws = at(6, 600), azure = at(6, 230);
    QVERIFY(aws != azure);
    QVERIFY2(at(1, 90) == aws, "aws was heard");
    QVERIFY2(at(1, 400) == currentTheme().bg, "azure was not");
}

void TestCapacityPage::notesAreCutBeforeAFigureIsLeftOut()
{
    FigureStrip strip;
    strip.resize(900, 64);
    strip.show(std::vector<FigureStrip::Figure>(7, { QStringLiteral("Cost of idle"), QStringLiteral("1,496"), QStringLiteral("of what would be far too long a note"), FigureStrip::Figure::Tone::Plain }));
    const auto drawn = strip.grab().toImage();
    bool isSeen = false;
    for (int x = 765; x < 900; ++x)
        for (int y = 0; y < 15; ++y) // the labels
            isSeen = isSeen || drawn.pixelColor(x, y) != drawn.pixelColor(899, 0);
    QVERIFY(isSeen);
}

void TestCapacityPage::aDateHasTheColourOfItsRow()
{
    using Tone = FigureStrip::Figure::Tone;
    tell();
    for (const auto& [days, tone] : { std::pair(12, Tone::Danger), { 71, Tone::Caution }, { 200, Tone::Plain } }) {
        auto group = told("", 900);
        group.runOut->likely = now + std::chrono::days(days);
        m_page->showOutlook({ .whole = group, .of = CapacityOutlook::Of::Demand, .rows = {} });
        QCOMPARE(find<FigureStrip>("capacityFigures")->figures().front().tone, tone);
    }
}

void TestCapacityPage::aMomentOfWhichNothingIsKnownHasNoFigures()
{
    tell();
    CostPicture cost;
    cost.asOf = now;
    cost.all.rented = { 1000, 2500 };
    m_page->showCost(cost, {});
    QVERIFY(!figure("Cost now").isEmpty());
    m_page->setMoment(now);
    auto made = history();
    for (auto* it : { &made.newest, &made.rows[0].newest, &made.rows[1].newest })
        it->until = now - 5h;
    m_page->showHistory(made);
    m_page->showOutlook({ .whole = told("", 900), .of = CapacityOutlook::Of::Demand, .rows = { told("azure/H100 80GB SXM", 900) } });
    for (const auto& it : find<FigureStrip>("capacityFigures")->figures())
        QCOMPARE(it.value, QStringLiteral("–"));
    const auto* model = find<QTableView>("capacityTable")->model();
    for (const auto column : { CapacityModel::Supply, CapacityModel::RunsOut, CapacityModel::Cost })
        QCOMPARE(model->index(1, column).data().toString(), QStringLiteral("–"));
    QVERIFY(picture().told.times.empty() && find<QLabel>("capacityTold")->text().isEmpty());
    QCOMPARE(find<QLabel>("capacitySubtitle")->text(), QStringLiteral("nothing is known of 23 Nov 00:00 UTC"));
}

void TestCapacityPage::theForecastIsOfBusyGpusToo()
{
    tell();
    QVERIFY(!m_page->query(now).tellsBusy);
    QSignalSpy asked(m_page.get(), &CapacityPage::queryChanged);
    click(QStringLiteral("Busy"));
    QVERIFY(asked.count() == 1 && m_page->query(now).tellsBusy);
    QVERIFY(picture().told.times.empty());
    // What had been asked for before comes late.
    m_page->showOutlook({ .whole = told("", 900), .of = CapacityOutlook::Of::Demand, .rows = { told("azure/H100 80GB SXM", 900) } });
    QVERIFY(picture().told.times.empty());
    m_page->showOutlook({ .whole = told("", 700), .of = CapacityOutlook::Of::Busy, .rows = { told("azure/H100 80GB SXM", 700) } });
    QCOMPARE(picture().told.name, QStringLiteral("busy told"));
}

void TestCapacityPage::whatItCostsIsExportedLineByLine()
{
    tell();
    QVERIFY(m_page->costCsv().isEmpty());
    CostPicture cost;
    cost.asOf = now;
    cost.simulated = true;
    cost.all = { .key = {}, .rented = { 1000, 2500 }, .allocated = { 800, 2000 }, .used = { 700, 1750 }, .idle = { 100, 250 } };
    cost.byProvider = { { .key = "azure, east", .rented = { 10, 0, 10 }, .allocated = {}, .used = {}, .idle = {} } };
    cost.byWorkload = { { .key = "chat", .rented = {}, .allocated = { 5, 12.5 }, .used = {}, .idle = {} } };
    m_page->showCost(cost, { { .workload = "chat", .requestsPerSecond = {}, .gpusNeeded = 8, .gpusUnmet = 3 } });
    const auto lines = m_page->costCsv().split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 4);
    QVERIFY2(lines[1].startsWith(QStringLiteral("total,\"\",1000.00,2500.00,800.00,2000.00,700.00,1750.00,100.00,250.00,0.00,0.00,3,")) && lines[1].endsWith(QStringLiteral(",1")), qPrintable(lines[1]));
    // Without a price there is no cost, and not one of nothing.
    QVERIFY2(lines[2].startsWith(QStringLiteral("provider,\"azure, east\",10.00,,0.00,0.00,")), qPrintable(lines[2]));
    QVERIFY2(lines[3].contains(QStringLiteral(",5.00,12.50,")) && lines[3].contains(QStringLiteral(",0.00,3,")), qPrintable(lines[3]));
}

void TestCapacityPage::aPastThatCannotBeReadHasNoFiguresOfNow()
{
    tell();
    m_page->setMoment(now - 24h);
    m_page->showError({ Error::Kind::Corrupt, "the history cannot be read", {}, {} });
    QVERIFY(find<FigureStrip>("capacityFigures")->figures().empty());
    QCOMPARE(find<QTableView>("capacityTable")->model()->rowCount(), 0);
    QVERIFY(find<QLabel>("capacityNote")->text().contains(QStringLiteral("cannot be read")));
}

void TestCapacityPage::aGapIsAGapOfTheChart()
{
    click(QStringLiteral("1 h"));
    m_page->showHistory(history());
    auto* chart = find<CapacityChart>("capacityChart");
    // A line of the middle of the first band: filled but for the two steps that nobody saw.
    const auto drawn = chart->grab().toImage();
    const CapacityPainter painter(chart->picture(), {}, chart->rect(), chart->font());
    const auto& it = chart->picture();
    const auto filled = [&](double time) {
        return drawn.pixelColor(static_cast<int>(painter.x(time)), static_cast<int>(painter.y(230)))
            != currentTheme().bg;
    };
    QVERIFY(filled(it.times[0] + it.step / 2));
    std::size_t after = 1;
    while (it.times[after] - it.times[after - 1] < 1.5 * it.step)
        ++after;
    QVERIFY(!filled(it.times[after] - it.step / 2));
    QVERIFY(filled(it.times[after] + it.step / 2));
}

void TestCapacityPage::whatIsCommittedIsAStepOfTheChart()
{
    m_page->setFacts({ .committed
        = { { .provider = "azure", .model = "H100", .gpus = 800, .from = {}, .until = now - 300h, .perGpuHour = {} },
            { .provider = "azure", .model = "H100", .gpus = 200, .from = {}, .until = {}, .perGpuHour = {} } },
        .providers = {} });
    click(QStringLiteral("30 d"));
    m_page->showHistory(history());
    QVERIFY(curve("committed"));
    QCOMPARE(curve("committed")->values, (std::vector { 1000.0, 200.0, 200.0 }));
    const auto* model = find<QTableView>("capacityTable")->model();
    QCOMPARE(model->index(1, CapacityModel::Committed).data().toString(), QStringLiteral("200"));
    QCOMPARE(model->index(0, CapacityModel::Committed).data().toString(), QStringLiteral("–"));
}

void TestCapacityPage::theForecastIsALineABandAndADate()
{
    m_page->setFacts({ .committed
        = { { .provider = "azure", .model = "H100", .gpus = 900, .from = {}, .until = {}, .perGpuHour = {} } },
        .providers = {} });
    click(QStringLiteral("13 months"));
    m_page->showHistory(history());
    QVERIFY(picture().told.times.empty());
    m_page->showOutlook({ .whole = told("", 900), .of = CapacityOutlook::Of::Demand, .rows = { told("azure/H100 80GB SXM", 900) } });
    QCOMPARE(picture().told.times.size(), 270U);
    QVERIFY(picture().end > picture().now);
    QVERIFY(picture().runsOut);
    QVERIFY2(figure("Runs out").startsWith(QStringLiteral("1 Feb 2027, in 71 days, ")), qPrintable(figure("Runs out")));
    QVERIFY(find<QLabel>("capacityTold")->text().contains(QStringLiteral("3.4 %, \"same as last week\" 8.9 %")));
    QCOMPARE(find<QTableView>("capacityTable")->model()->index(1, CapacityModel::RunsOut).data().toString(),
        QStringLiteral("1 Feb 2027"));
}

void TestCapacityPage::whenItRunsOutIsWrittenOverNoData()
{
    tell();
    auto with = picture();
    QVERIFY(with.runsOut);
    with.runsOut->time = (with.now + with.end) / 2;
    auto without = with;
    without.runsOut.reset();
    const auto* chart = find<CapacityChart>("capacityChart");
    // As narrow as in a small window: what is told has room for the words, and not on either side of the date.
    const QFontMetricsF metrics(chart->font());
    const double words = std::max(metrics.horizontalAdvance(with.runsOut->title), metrics.horizontalAdvance(with.runsOut->note));
    QRect area(0, 0, 400, 260);
    const auto room = [&] {
        const CapacityPainter painter(with, {}, area, chart->font());
        return painter.x(with.end) - painter.x(with.now);
    };
    while (room() < words + 24)
        area.setWidth(area.width() + 20);
    const auto drawn = [&](const CapacityPicture& it) {
        QImage image(area.size(), QImage::Format_RGB32);
        image.fill(Qt::black);
        QPainter painter(&image);
        CapacityPainter(it, currentTheme().chart(), image.rect(), chart->font()).paint(painter);
        return image;
    };
    const auto a = drawn(with), b = drawn(without);
    const auto past = static_cast<int>(CapacityPainter(with, {}, a.rect(), chart->font()).x(with.now));
    QVERIFY(a != b && past > 100);
    QVERIFY(a.copy(0, 0, past, a.height()) == b.copy(0, 0, past, b.height()));
}

void TestCapacityPage::whatIsNoBetterThanNaiveSaysSo()
{
    auto whole = told("", 900);
    whole.forecast.method = ForecastMethod::LastWeek;
    m_page->showHistory(history());
    m_page->showOutlook({ .whole = whole });
    QVERIFY(find<QLabel>("capacityTold")->text().contains(QStringLiteral("so \"same as last week\" is used")));
}

void TestCapacityPage::whatIsSimulatedSaysSo()
{
    click(QStringLiteral("7 d"));
    auto made = history();
    m_page->showHistory(made);
    QVERIFY(!find<QLabel>("capacityNote")->isVisible());
    made.simulated = true;
    m_page->showHistory(made);
    QVERIFY(find<QLabel>("capacityNote")->text().startsWith(QStringLiteral("SIMULATED")));
}

void TestCapacityPage::quotaIsThereWhereTheWorkspaceKnowsIt()
{
    auto* table = find<QTableView>("capacityTable");
    m_page->showHistory(history());
    QVERIFY(table->isColumnHidden(CapacityModel::Quota));
    Provider azure;
    azure.id = "azure";
    azure.quotas = { { .model = "H100", .gpus = 600 }, { .model = "H200", .gpus = 50 } };
    azure.reservations = { { .model = "H100", .gpus = 100, .from = {}, .until = {} },
        { .model = "H100", .gpus = 70, .from = {}, .until = now - 1h } };
    m_page->setFacts({ .committed = {}, .providers = { azure } });
    QVERIFY(!table->isColumnHidden(CapacityModel::Quota));
    QCOMPARE(table->model()->index(1, CapacityModel::Quota).data().toString(), QStringLiteral("600"));
    QCOMPARE(table->model()->index(1, CapacityModel::Reserved).data().toString(), QStringLiteral("100"));
}

void TestCapacityPage::aBlockIsAddedChangedAndRemoved()
{
    tell();
    add(40, QStringLiteral("2027-01-15"));
    QCOMPARE(m_page->blocks().size(), 1U);
    // What runs out first is proposed.
    QCOMPARE(QString::fromStdString(m_page->blocks()[0].model), QStringLiteral("H100 80GB SXM"));
    QCOMPARE(picture().steps.size(), 1U);
    QCOMPARE(picture().steps[0].to - picture().steps[0].from, 40.0);
    // The whole line is what it is; the price stands below.
    QCOMPARE(find<QPushButton>("block-0")->accessibleDescription(), QStringLiteral("from 15 Jan 2027, $100/h"));
    QVERIFY2(figure("With blocks").startsWith(QStringLiteral("13 Mar 2027")), qPrintable(figure("With blocks")));
    QVERIFY(figure("Runs out").startsWith(QStringLiteral("1 Feb 2027")));
    QCOMPARE(find<QTableView>("capacityTable")->model()->index(1, CapacityModel::RunsOut).data().toString(),
        QStringLiteral("13 Mar 2027"));
    QTest::mouseClick(find<QPushButton>("block-0"), Qt::LeftButton);
    find<QDoubleSpinBox>("blockGpus")->setValue(-40);
    QTest::keyClick(find<QDoubleSpinBox>("blockGpus"), Qt::Key_Return);
    QCOMPARE(m_page->blocks()[0].gpus, -40);
    QVERIFY2(figure("With blocks").startsWith(QStringLiteral("15 Jan 2027")), qPrintable(figure("With blocks")));
    emit find<QPushButton>("removeBlock-0")->clicked();
    QVERIFY(m_page->blocks().empty());
    QVERIFY(picture().steps.empty());
}

void TestCapacityPage::aWrongBlockIsNotTaken()
{
    tell();
    add(40, QStringLiteral("next spring"));
    QVERIFY(m_page->blocks().empty());
    QVERIFY(find<QWidget>("blockEditor")->isVisible());
    find<QLineEdit>("blockFrom")->setText(QStringLiteral("2027-03-01"));
    QTest::mouseClick(find<QPushButton>("takeBlock"), Qt::LeftButton);
    QCOMPARE(m_page->blocks().size(), 1U);
}

void TestCapacityPage::aDraggedBlockMovesTheDate()
{
    using std::chrono::days;
    tell();
    add(40, QStringLiteral("2027-03-15"));
    // It comes too late.
    QVERIFY(figure("With blocks").startsWith(QStringLiteral("1 Feb 2027")));
    auto* chart = find<CapacityChart>("capacityChart");
    const auto from = chart->handle(0).center().toPoint();
    const CapacityPainter painter(chart->picture(), {}, chart->rect(), chart->font());
    const auto wanted = now + days(40);
    const auto seconds = std::chrono::duration<double>(wanted.time_since_epoch()).count();
    const QPoint to(qRound(painter.x(seconds)), from.y());
    QTest::mousePress(chart, Qt::LeftButton, {}, from);
    QTest::mouseMove(chart, to);
    QVERIFY2(figure("With blocks").startsWith(QStringLiteral("13 Mar 2027")), qPrintable(figure("With blocks")));
    // Not before tomorrow.
    QTest::mouseMove(chart, QPoint(60, from.y()));
    QVERIFY(*m_page->blocks()[0].from >= now);
    QTest::mouseMove(chart, to);
    QTest::mouseRelease(chart, Qt::LeftButton, {}, to);
    const auto isThere = [&] { return std::chrono::abs(*m_page->blocks()[0].from - wanted) <= days(2); };
    QVERIFY2(isThere(), qPrintable(picture().steps[0].note));
    QTest::mouseMove(chart, from);
    QVERIFY(isThere());
}

void TestCapacityPage::aBlockIsMovedByKeys()
{
    tell();
    add(40, QStringLiteral("2027-03-15"));
    auto* chart = find<CapacityChart>("capacityChart");
    chart->setFocus();
    const auto march = [](int day) { return Time(std::chrono::sys_days(std::chrono::year(2027) / 3 / day)); };
    QTest::keyClick(chart, Qt::Key_Left);
    QCOMPARE(*m_page->blocks()[0].from, march(14));
    QTest::keyClick(chart, Qt::Key_Right, Qt::ShiftModifier);
    QCOMPARE(*m_page->blocks()[0].from, march(21));
}

void TestCapacityPage::aPartIsLookedAtMoreFinely()
{
    using std::chrono::days;
    tell();
    QSignalSpy asked(m_page.get(), &CapacityPage::closeQueryChanged);
    auto* chart = find<CapacityChart>("capacityChart");
    QVERIFY(!m_page->closeQuery(now));
    const auto supply = figure("Supply now");
    const CapacityPainter painter(chart->picture(), {}, chart->rect(), chart->font());
    const auto secondsAt = [](Time at) { return std::chrono::duration<double>(at.time_since_epoch()).count(); };
    const auto at = [&](Time time) { return QPoint(qRound(painter.x(secondsAt(time))), 80); };
    QTest::mousePress(chart, Qt::LeftButton, {}, at(now - days(9)));
    QTest::mouseMove(chart, at(now - days(4)));
    QTest::mouseRelease(chart, Qt::LeftButton, {}, at(now - days(4)));
    QVERIFY(asked.count() > 0);
    const auto query = m_page->closeQuery(now);
    QVERIFY(query && query->step == 30min && query->busiestOf == 0s);
    QVERIFY(std::chrono::abs(query->from - (now - days(9))) < days(1) && std::chrono::abs(query->to - (now - days(4))) < days(1));
    // At once what there is of it, coarsely, and nothing of what is to come.
    QVERIFY(picture().end - picture().begin < 6 * 86400 && picture().told.times.empty() && !picture().runsOut);
    QVERIFY(!picture().times.empty() && picture().step == 86400);
    auto close = history();
    close.query = *query;
    close.step = 30min;
    for (std::size_t i = 0; i < close.times.size(); ++i)
        close.times[i] = query->from + 30min * static_cast<int>(i);
    m_page->showHistory(close);
    QCOMPARE(picture().step, 1800.0);
    QCOMPARE(picture().times.size(), std::size_t { 8 });
    // The figures and the table are those of now.
    QCOMPARE(figure("Supply now"), supply);
    QCOMPARE(m_page->query(now).busiestOf, std::chrono::seconds(24h));
    QTest::mouseDClick(chart, Qt::LeftButton, {}, at(now - days(9)));
    QVERIFY(!m_page->closeQuery(now) && picture().runsOut && picture().step == 86400);
}

void TestCapacityPage::aFrozenChartStaysWhileFiguresGoOn()
{
    tell();
    const auto before = picture().bands[0].values;
    QTest::mouseClick(find<QPushButton>("freeze"), Qt::LeftButton);
    QVERIFY(find<QLabel>("frozen")->text().startsWith(QStringLiteral("FROZEN 23 Nov 00:00:00")) || find<QLabel>("frozen")->text().startsWith(QStringLiteral("FROZEN 00:00:00")));
    auto newer = history();
    for (auto& value : newer.bands[1].busy)
        value *= 2;
    newer.newest.supply = 1234;
    m_page->showHistory(newer);
    QCOMPARE(picture().bands[0].values, before);
    QVERIFY2(figure("Supply now").startsWith(QStringLiteral("1,234")), qPrintable(figure("Supply now")));
    auto* chart = find<CapacityChart>("capacityChart");
    QVERIFY(chart->accessibleDescription().startsWith(QStringLiteral("frozen, ")));
    QTest::keyClick(chart, Qt::Key_Space);
    QCOMPARE(picture().bands[0].values, newer.bands[1].busy);
}

void TestCapacityPage::arrowsReadTheChartWhereNoBlockHasThem()
{
    tell();
    auto* chart = find<CapacityChart>("capacityChart");
    m_page->activateWindow();
    chart->setFocus();
    QTRY_VERIFY(chart->hasFocus());
    // From the right: the last that is told.
    QTest::keyClick(chart, Qt::Key_Left);
    QVERIFY2(chart->accessibleDescription().contains(QStringLiteral("19 Aug 2027, busiest hour, demand told ")), qPrintable(chart->accessibleDescription()));
    for (int i = 0; i < 8; ++i)
        QTest::keyClick(chart, Qt::Key_Left, Qt::ShiftModifier);
    QTest::keyClick(chart, Qt::Key_Right);
    QTest::keyClick(chart, Qt::Key_Escape);
    QVERIFY(!chart->accessibleDescription().contains(QStringLiteral("2027, busiest hour, demand told")));
    add(40, QStringLiteral("2027-03-15"));
    chart->setFocus();
    const auto from = *m_page->blocks()[0].from;
    QTest::keyClick(chart, Qt::Key_Escape);
    QTest::keyClick(chart, Qt::Key_Left);
    QCOMPARE(*m_page->blocks()[0].from, from);
    QTest::keyClick(chart, Qt::Key_Down);
    QTest::keyClick(chart, Qt::Key_Left);
    QVERIFY(*m_page->blocks()[0].from < from);
}

void TestCapacityPage::theLegendIsOfOneMomentAndSaysWhich()
{
    tell();
    m_page->setFacts({ .committed = { { .provider = "azure", .model = "H100", .gpus = 900, .from = {}, .until = {}, .perGpuHour = {} },
                           { .provider = "azure", .model = "H100", .gpus = 300, .from = now + std::chrono::days(30), .until = {}, .perGpuHour = {} } },
        .providers = {} });
    const auto legend = CapacityReading::newest(picture());
    QVERIFY(legend);
    QCOMPARE(legend->when(picture(), CapacityReading::Length::WithoutYear), QStringLiteral("22 Nov, busiest hour"));
    const auto value = [&](CapacityReading::Row::Kind kind, const char* name) {
        const auto* row = legend->find(kind, QString::fromLatin1(name));
        return row ? row->value : -1;
    };
    QCOMPARE(value(CapacityReading::Row::Curve, "supply"), 950.0);
    QCOMPARE(value(CapacityReading::Row::Curve, "demand"), 837.0);
    QCOMPARE(value(CapacityReading::Row::Curve, "committed"), 900.0);
    // What is told is of no time that was seen.
    QCOMPARE(value(CapacityReading::Row::Told, "demand told"), -1.0);
    const auto said = find<CapacityChart>("capacityChart")->accessibleDescription();
    QVERIFY2(said.startsWith(QStringLiteral("22 Nov 2026, busiest hour, ")) && said.contains(QStringLiteral("committed 900")), qPrintable(said));
}

void TestCapacityPage::whatIsReadOfTheTimeToComeIsOfNothingSeen()
{
    tell();
    // The day after that which was seen last still lies within its step.
    const auto reading = CapacityReading::at(picture(), picture().now + 3600);
    QVERIFY(reading && reading->find(CapacityReading::Row::Told, QStringLiteral("demand told")));
    for (const auto& row : reading->rows)
        QVERIFY2(row.kind == CapacityReading::Row::Told, qPrintable(row.name));
}

void TestCapacityPage::scenariosAreComparedAndSaved()
{
    tell();
    QSignalSpy saved(m_page.get(), &CapacityPage::scenarioSaveWanted);
    auto* spring = find<QPushButton>("scenario-spring");
    QVERIFY(spring);
    // 100 GPUs at $2.50.
    QVERIFY2(spring->accessibleDescription().contains(QStringLiteral("$250/h")),
        qPrintable(spring->accessibleDescription()));
    emit spring->clicked();
    QCOMPARE(m_page->blocks(), std::vector { block(100, 60) });
    QCOMPARE(find<QLineEdit>("scenarioName")->text(), QStringLiteral("spring"));
    add(40, QStringLiteral("2027-03-15"));
    find<QLineEdit>("scenarioName")->setText(QStringLiteral("summer"));
    QTest::mouseClick(find<QPushButton>("saveScenario"), Qt::LeftButton);
    QCOMPARE(saved.count(), 1);
    const auto scenario = saved[0][0].value<Scenario>();
    QCOMPARE(QString::fromStdString(scenario.name), QStringLiteral("summer"));
    QCOMPARE(scenario.blocks.size(), 2U);
    m_page->setScenarios({ scenario });
    QTRY_VERIFY(!find<QPushButton>("scenario-spring") && find<QPushButton>("scenario-summer"));
}

void TestCapacityPage::whatItCostsIsToldWithItsFormulas()
{
    tell();
    CostPicture cost;
    cost.asOf = now;
    cost.all = { .key = {},
        .rented = { 1000, 2500, 16 },
        .allocated = { 800, 2000 },
        .used = { 780, 1950 },
        .idle = { 20, 50 } };
    cost.byProvider = { { .key = "azure", .rented = { 1000, 2500 }, .allocated = {}, .used = {}, .idle = {} } };
    cost.byWorkload = { { .key = "", .rented = { 200, 500 }, .allocated = {}, .used = {}, .idle = {} },
        { .key = "chat", .rented = { 800, 2000 }, .allocated = { 800, 2000 }, .used = {}, .idle = {} } };
    m_page->showCost(cost,
        { { .workload = "chat", .requestsPerSecond = {}, .gpusUnmet = 30, .unmetWhy = { { "Resources", 20 } } } });
    QCOMPARE(figure("Cost now"), QStringLiteral("$2.5k/h, $60.0k a day"));
    QCOMPARE(figure("Cost of idle now"), QStringLiteral("$50/h, 20 GPUs"));
    const auto& workloads = find<BarList>("costByWorkload")->rows();
    QCOMPARE(workloads.size(), 3U);
    QCOMPARE(workloads[0].name + workloads[0].text, QStringLiteral("chat$2.0k"));
    QCOMPARE(workloads[1].name + workloads[1].text, QStringLiteral("unallocated$500"));
    const auto formulas = find<QLabel>("costFormulas")->text();
    for (const auto* said : { "Usage cost $1.9k/h, $46.8k a day", "busy × price",
             "Allocation cost $2.0k/h, $48.0k a day, $1.46M a month", "16 GPUs have no price" })
        QVERIFY2(formulas.contains(QString::fromUtf8(said)), qPrintable(formulas));
    const auto& unmet = find<BarList>("unmetDemand")->rows();
    QCOMPARE(unmet.size(), 2U);
    QCOMPARE(unmet[0].name + unmet[0].text, QStringLiteral("Resources20"));
}

void TestCapacityPage::whatTheFleetsCostPricesTheTable()
{
    // Lists price types of instances: the workspace alone has no price for these.
    tell();
    const auto* table = find<QTableView>("capacityTable")->model();
    const auto cost = [&] { return QStringList { table->index(0, table->columnCount() - 1).data().toString(), table->index(1, table->columnCount() - 1).data().toString() }; };
    QCOMPARE(cost(), (QStringList { QStringLiteral("–"), QStringLiteral("$1.9k") }));
    CostPicture live;
    live.asOf = now;
    live.all.rented = { 1000, 3000 };
    live.bySupplier = { { .key = "aws/H200 141GB SXM", .rented = { 250, 500, 50 }, .allocated = {}, .used = {}, .idle = {} }, { .key = "azure/H100 80GB SXM", .rented = { 750, 9000 }, .allocated = {}, .used = {}, .idle = {} } };
    m_page->showCost(live, {});
    // 200 of the 250 have a price, of $2.50; the workspace's own comes before any list.
    QCOMPARE(cost(), (QStringList { QStringLiteral("$625"), QStringLiteral("$1.9k") }));
}

void TestCapacityPage::whoRunsOutBeforeTheWholeIsNamed()
{
    tell();
    auto first = told("azure/H100 80GB SXM", 850);
    first.runOut = RunOut { .already = false, .earliest = {}, .likely = now + std::chrono::days(10), .latest = {} };
    m_page->showOutlook({ .whole = told("", 900), .of = CapacityOutlook::Of::Demand, .rows = { told("aws/H200 141GB SXM", 900), first } });
    QVERIFY2(figure("Runs out").startsWith(QStringLiteral("1 Feb 2027, azure H100 80GB SXM first: ")), qPrintable(figure("Runs out")));
}

void TestCapacityPage::whatIsExportedCarriesItsDateSourceAndGaps_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("PNG") << QStringLiteral("c.png");
    QTest::newRow("SVG") << QStringLiteral("c.svg");
}

void TestCapacityPage::whatIsExportedCarriesItsDateSourceAndGaps()
{
    QFETCH(QString, name);
    QTemporaryDir folder;
    tell();
    QVERIFY(m_page->saveChart(folder.filePath(name)));
    QFile file(folder.filePath(name));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto text = name.endsWith(QLatin1String("svg"))
        ? QString::fromUtf8(file.readAll())
        : QImage(folder.filePath(name)).text(QStringLiteral("Description"));
    for (const auto* said : { "As of 2026-11-23T00:00:00.000Z. Source: history of this console.",
             "Partial: 2 of 10 steps were not seen; nothing was seen before 13 Nov 2026." })
        QVERIFY2(text.contains(QLatin1String(said)), qPrintable(text.left(2000)));
    QVERIFY(!m_page->saveChart(folder.filePath(QStringLiteral("none/") + name)));
}

void TestCapacityPage::whatIsExportedSaysWhoWasSilentForAWhile()
{
    QTemporaryDir folder;
    tell();
    auto history = this->history();
    const auto count = history.times.size();
    for (auto* it : { &history.whole, &history.bands[0] }) {
        it->gpus.assign(count, 1000);
        it->silent.assign(count, 0);
        it->silent[3] = 400;
        it->silent[4] = 300;
    }
    m_page->showHistory(history);
    QVERIFY(m_page->saveChart(folder.filePath(QStringLiteral("c.png"))));
    const auto text = QImage(folder.filePath(QStringLiteral("c.png"))).text(QStringLiteral("Description"));
    const auto said = QStringLiteral("up to 400 GPUs were silent between %1 and %2 (%3)")
                          .arg(CapacityText::moment(history.times[3]), CapacityText::moment(history.times[4] + history.step), QString::fromStdString(history.bands[0].key));
    QVERIFY2(text.contains(said), qPrintable(text));
}

void TestCapacityPage::theTableIsCsv()
{
    tell();
    const auto lines = m_page->csv().split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 3);
    QVERIFY(lines[0].startsWith(QStringLiteral("provider,model,gpus,supply,")));
    QVERIFY2(lines[2].startsWith(
                 QStringLiteral("\"azure\",\"H100 80GB SXM\",750.00,710.00,,,,600.00,520.00,675.00,95.00,0,"))
            && lines[2].contains(QStringLiteral(",2027-02-01T01:00:00.000Z,"))
            && lines[2].contains(QStringLiteral(
                ",1875.00,2026-11-22T23:59:55.000Z,2026-11-23T00:00:00.000Z,\"history of this console\",\"2 of 10 steps were not seen")),
        qPrintable(lines[2]));
}

void TestCapacityPage::whatIsExportedNamesItsScenario()
{
    tell();
    const auto line = [this] { return m_page->csv().split(QLatin1Char('\n')).value(2); };
    QVERIFY2(line().endsWith(QStringLiteral(",\"\",\"\",demand")), qPrintable(line()));
    emit find<QPushButton>("scenario-spring")->clicked();
    QVERIFY2(line().endsWith(QStringLiteral(",\"spring\",\"+100 H100 80GB SXM at azure 2027-01-22\",demand")), qPrintable(line()));
    QTemporaryDir folder;
    const auto below = [&] {
        const auto path = folder.filePath(QStringLiteral("c.png"));
        return m_page->saveChart(path) ? QImage(path).text(QStringLiteral("Description")) : QString();
    };
    QVERIFY(below().endsWith(QStringLiteral("With the what-if scenario \"spring\".")));
    add(40, QStringLiteral("2027-03-15"));
    QVERIFY2(line().endsWith(QStringLiteral(",\"\",\"+100 H100 80GB SXM at azure 2027-01-22; +40 H100 80GB SXM at azure 2027-03-15\",demand")), qPrintable(line()));
    QVERIFY(below().endsWith(QStringLiteral("With what-if blocks that are not saved.")));
}

QTEST_MAIN(TestCapacityPage)
#include "tst_capacitypage.moc"
