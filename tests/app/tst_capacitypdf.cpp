// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QDir>
#include <QFile>
#include <QImage>
#include <QLocale>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QTranslator>

#include "capacityparts.h"
#include "capacitypdf.h"
#include "growingfleets.h"
#include "models/capacitytext.h"
#include "pages/capacitypage.h"
#include "session/capacityreport.h"

using namespace penstock;
using namespace std::chrono_literals;

/// The capacity report on paper, of histories of different lengths and fleets of different breadth.
class TestCapacityPdf final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void everyPageSaysWhenFromWhereAndWhatIsMissing_data();
    void everyPageSaysWhenFromWhereAndWhatIsMissing();
    void theFiguresAreThoseOfThePage();
    void whatIsOnlyRememberedSaysOfWhenItIs();
    void whoIsSilentHasItsTimeInTheTables();
    void theCoverSaysWhatItsCostLeavesOut();
    void whatSilentGpusAreUsedForIsNotZero();
    void theRangeIsTheShortestThatHoldsTheHistory();
    void aTableThatBreaksRepeatsItsHeader();
    void theForecastStandsBesideTheNaiveOne();
    void whatIsWholeSaysSo();
    void everyPageIsDrawnWithinItsMargins();
    void itSpeaksFrench();
    void whatCannotBeWrittenSaysWhy();

private:
    [[nodiscard]] static CapacityFacts facts()
    {
        return { .committed = { { .provider = "azure", .model = "H100", .gpus = 131072, .from = {}, .until = {}, .perGpuHour = {} } },
            .providers = {},
            .source = "production" };
    }
    [[nodiscard]] Result<CapacityReport> read(const char* file, std::optional<std::size_t> range = {}) const
    {
        return readCapacityReport(m_folder.filePath(QString::fromLatin1(file)).toStdString(),
            { .at = m_now, .range = range, .facts = facts(), .prices = {}, .snapshot = std::make_shared<Snapshot>(), .endpoints = {} });
    }
    /// The text of each page; none where it can't be read.
    [[nodiscard]] QStringList pages(const CapacityReport& report)
    {
        const auto path = m_folder.filePath(QStringLiteral("report.pdf"));
        const auto done = writeCapacityPdf(path.toStdString(), report);
        if (!done)
            qWarning("%s", done.error().text().c_str());
        if (const auto folder = qEnvironmentVariable("PENSTOCK_PICTURES"); !folder.isEmpty())
            QFile::copy(path, QStringLiteral("%1/%2-%3.pdf").arg(folder, QLatin1String(QTest::currentTestFunction()), QLatin1String(QTest::currentDataTag())));
        QProcess text;
        text.start(QStringLiteral("pdftotext"), { QStringLiteral("-layout"), path, QStringLiteral("-") });
        if (!done || !text.waitForFinished(20000))
            return {};
        auto made = QString::fromUtf8(text.readAllStandardOutput()).split(QLatin1Char('\f'));
        made.removeLast();
        return made;
    }
    QTemporaryDir m_folder;
    Time m_now {};
};

void TestCapacityPdf::initTestCase()
{
    QLocale::setDefault(QLocale(QLocale::English));
    m_now = std::chrono::floor<std::chrono::hours>(wallClock());
    const auto write = [&](const char* name, std::chrono::hours length, bool simulated, const std::vector<GrowingPart>& parts) {
        return writeGrowingFleets(m_folder.filePath(QString::fromLatin1(name)).toStdString(), m_now - length, m_now, simulated, parts);
    };
    QVERIFY(write("young.db", 2h, true, growingParts));
    QVERIFY(write("days.db", 220h, false, growingParts));
    std::vector<GrowingPart> many;
    for (int i = 0; i < 12; ++i)
        for (const auto* model : { "H100 80GB SXM", "H200 141GB SXM", "GB200 NVL72 Grace Blackwell Superchip 186GB" })
            many.push_back({ "sovereign-cloud-number-" + std::to_string(i), "east", model, 20000 });
    QVERIFY(write("many.db", 3h, false, many));
}

void TestCapacityPdf::everyPageSaysWhenFromWhereAndWhatIsMissing_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<bool>("simulated");
    QTest::newRow("two hours") << QStringLiteral("young.db") << true;
    QTest::newRow("days") << QStringLiteral("days.db") << false;
    QTest::newRow("many providers") << QStringLiteral("many.db") << false;
}

void TestCapacityPdf::everyPageSaysWhenFromWhereAndWhatIsMissing()
{
    QFETCH(QString, file);
    QFETCH(bool, simulated);
    auto report = read(qPrintable(file));
    QVERIFY2(report, report ? "" : report.error().text().c_str());
    report->endpoints.emplace_back().name = "gone";
    const auto all = pages(*report);
    if (all.isEmpty())
        QSKIP("pdftotext is not installed");
    QVERIFY(all.size() >= 4);
    const auto when = QLocale().toString(QDateTime::fromSecsSinceEpoch(m_now.time_since_epoch() / 1s, Qt::UTC), QStringLiteral("d MMM yyyy, HH:mm 'UTC'"));
    for (qsizetype i = 0; i < all.size(); ++i) {
        for (const auto& part : { QStringLiteral("As of ") + when, QStringLiteral("history of production"), QStringLiteral("PARTIAL"),
                 QStringLiteral("page %1 of %2").arg(i + 1).arg(all.size()), QStringLiteral("0 of 1 endpoints answer whole") })
            QVERIFY2(all[i].contains(part), qPrintable(part + QStringLiteral(" is not on\n") + all[i]));
        QCOMPARE(all[i].contains(QStringLiteral("SIMULATED")), simulated);
    }
}

void TestCapacityPdf::theFiguresAreThoseOfThePage()
{
    const auto report = read("days.db", capacityRanges.size() - 1);
    QVERIFY(report);
    CapacityPage page;
    page.setFacts(report->facts);
    page.showHistory(report->history);
    page.showOutlook(report->outlook);
    const auto figures = page.findChild<FigureStrip*>()->figures();
    QVERIFY(figures.size() >= 4);
    const auto all = pages(*report);
    if (all.isEmpty())
        QSKIP("pdftotext is not installed");
    for (const auto& it : figures)
        QVERIFY2(all.front().contains(it.value), qPrintable(it.label + QLatin1Char(' ') + it.value + QStringLiteral(" is not on\n") + all.front()));
}

void TestCapacityPdf::whatIsOnlyRememberedSaysOfWhenItIs()
{
    // A quarter of each hour was seen.
    const auto report = read("days.db");
    QVERIFY(report);
    const auto since = QStringLiteral("nothing was seen since ") + CapacityText::moment(m_now - 45min);
    QVERIFY2(partsMissing(*report).join(QString()).contains(since), qPrintable(partsMissing(*report).join(QLatin1Char('\n'))));
    const auto all = pages(*report);
    if (all.isEmpty())
        QSKIP("pdftotext is not installed");
    for (const auto* label : { "Supply", "Allocated", "Busy", "Unmet demand" })
        QVERIFY2(all.front().contains(QLatin1String(label) + QStringLiteral(", 45 m 0 s ago")), qPrintable(all.front()));
    QVERIFY(all.join(QString()).contains(QStringLiteral("Capacity when it was last seen")));
}

void TestCapacityPdf::whoIsSilentHasItsTimeInTheTables()
{
    auto report = read("days.db");
    QVERIFY(report);
    auto& history = report->history;
    history.newest.until = m_now;
    for (auto& row : history.rows)
        if (row.provider != "azure")
            row.newest.until = m_now;
    // What went silent just now is not in what all come to, either.
    for (const Duration silence : { Duration(45min), Duration(30s) }) {
        for (auto& row : history.rows)
            if (row.provider == "azure")
                row.newest.until = m_now - silence;
        const auto text = pages(*report).join(QString());
        if (text.isEmpty())
            QSKIP("pdftotext is not installed");
        QVERIFY2(text.contains(QStringLiteral("azure (%1)").arg(CapacityText::moment(m_now - silence))), qPrintable(text));
        QVERIFY(!text.contains(QStringLiteral("gcp (")));
    }
}

void TestCapacityPdf::theCoverSaysWhatItsCostLeavesOut()
{
    auto report = read("days.db");
    QVERIFY(report);
    report->cost.emplace();
    report->cost->all.rented = { .gpus = 1000, .dollars = 2500 };
    for (const double unpriced : { 0.0, 700.0 }) {
        report->cost->all.rented.unpriced = unpriced;
        const auto all = pages(*report);
        if (all.isEmpty())
            QSKIP("pdftotext is not installed");
        QVERIFY2(all.front().contains(unpriced > 0 ? QStringLiteral("700 GPUs have no price") : QStringLiteral("all GPUs that are rented")), qPrintable(all.front()));
    }
}

void TestCapacityPdf::whatSilentGpusAreUsedForIsNotZero()
{
    auto report = read("days.db");
    QVERIFY(report);
    auto& cost = report->cost.emplace();
    CostLine aws { .key = "aws", .rented = { 10, 20 }, .allocated = { 6, 12 }, .used = {}, .idle = {}, .unheard = 10 };
    aws.close();
    cost.byProvider = { aws, { .key = "gcp", .rented = { 5, 15 }, .allocated = { 5, 15 }, .used = { 4, 12 }, .idle = { 1, 3 } } };
    cost.all = { .key = {}, .rented = { 15, 35 }, .allocated = { 11, 27 }, .used = { 4, 12 }, .idle = { 1, 3 }, .unheard = 10 };
    const auto all = pages(*report);
    if (all.isEmpty())
        QSKIP("pdftotext is not installed");
    QVERIFY2(all.front().contains(QStringLiteral("1 GPUs; of 10 nothing is known")), qPrintable(all.front()));
    const auto text = all.join(QString());
    static const QRegularExpression row(QStringLiteral("aws +\\$20 +\\$12 +– +– +\\$480"));
    QVERIFY2(text.contains(row) && text.contains(QStringLiteral("Of 10 GPUs nobody knows what they do")), qPrintable(text));
}

void TestCapacityPdf::theRangeIsTheShortestThatHoldsTheHistory()
{
    // The steps of an hour in which 13 months are looked at begin an hour before it.
    const auto path = m_folder.filePath(QStringLiteral("minutes.db")).toStdString();
    std::string notice;
    auto file = HistoryFile::open(path, {}, notice);
    QVERIFY(file);
    std::vector<std::shared_ptr<const RollupPoint>> points;
    const Time end = m_now + 3min;
    for (auto at = m_now - 2min; at < end; at += 1s)
        points.push_back(std::make_shared<RollupPoint>(RollupPoint { at, { { .dimension = GroupPoint::Dimension::Total, .byState = { 0, 5, 1, 2, 0, 0 } } } }));
    QVERIFY(file->write(points));
    const auto report = readCapacityReport(path,
        { .at = end, .range = {}, .facts = facts(), .prices = {}, .snapshot = std::make_shared<Snapshot>(), .endpoints = {} });
    QVERIFY(report);
    QCOMPARE(report->range, std::size_t(0));
}

void TestCapacityPdf::aTableThatBreaksRepeatsItsHeader()
{
    const auto report = read("many.db");
    QVERIFY(report);
    const auto all = pages(*report);
    if (all.isEmpty())
        QSKIP("pdftotext is not installed");
    int with = 0;
    for (const auto& page : all)
        if (page.contains(QStringLiteral("sovereign-cloud-number-11")) || page.contains(QStringLiteral("sovereign-cloud-number-5"))) {
            QVERIFY2(page.contains(QStringLiteral("Provider")), qPrintable(page));
            ++with;
        }
    QVERIFY(with >= 2);
}

void TestCapacityPdf::theForecastStandsBesideTheNaiveOne()
{
    const auto report = read("days.db");
    QVERIFY(report && report->told());
    QVERIFY(!report->told()->forecast.backTests.empty());
    const auto text = pages(*report).join(QString());
    if (text.isEmpty())
        QSKIP("pdftotext is not installed");
    for (const auto* part : { "How wrong it would have been on this history", "Error of the model", "MASE", "runs out" })
        QVERIFY2(text.contains(QLatin1String(part)), part);
}

void TestCapacityPdf::whatIsWholeSaysSo()
{
    auto report = read("young.db", 1);
    QVERIFY(report);
    report->history.simulated = false;
    report->history.times.clear();
    for (auto at = report->history.query.from; at < report->history.query.to; at += 1min)
        report->history.times.push_back(at);
    for (auto* series : { &report->history.whole })
        for (auto* values : { &series->gpus, &series->supply, &series->allocated, &series->busy, &series->peak, &series->needed, &series->unmet })
            values->assign(report->history.times.size(), 1);
    report->history.bands.clear();
    report->history.newest.until = m_now;
    for (auto& row : report->history.rows)
        row.newest.until = m_now;
    report->costIsOfHistory = false;
    QVERIFY2(partsMissing(*report).isEmpty(), qPrintable(partsMissing(*report).join(QLatin1Char('\n'))));
    const auto all = pages(*report);
    if (all.isEmpty())
        QSKIP("pdftotext is not installed");
    QVERIFY2(all.front().contains(QStringLiteral("Whole: nothing is missing.")) && !all.front().contains(QStringLiteral("PARTIAL")), qPrintable(all.front()));
}

void TestCapacityPdf::everyPageIsDrawnWithinItsMargins()
{
    const auto report = read("days.db");
    QVERIFY(report);
    const auto path = m_folder.filePath(QStringLiteral("drawn.pdf"));
    QVERIFY(writeCapacityPdf(path.toStdString(), *report));
    QProcess render;
    render.start(QStringLiteral("pdftoppm"), { QStringLiteral("-png"), QStringLiteral("-r"), QStringLiteral("40"), path, m_folder.filePath(QStringLiteral("drawn")) });
    if (!render.waitForFinished(30'000) || render.exitCode() != 0)
        QSKIP("pdftoppm is not installed");
    const auto pictures = QDir(m_folder.path()).entryList({ QStringLiteral("drawn-*.png") });
    QVERIFY(pictures.size() >= 4);
    const auto isBlank = [](const QImage& picture, const QRect& part) {
        for (int y = part.top(); y <= part.bottom(); ++y)
            for (int x = part.left(); x <= part.right(); ++x)
                if (picture.pixelColor(x, y).lightness() < 240)
                    return false;
        return true;
    };
    int coloured = 0;
    for (const auto& name : pictures) {
        const QImage picture(m_folder.filePath(name));
        QVERIFY2(!picture.isNull() && picture.height() > picture.width(), qPrintable(name));
        const int margin = picture.width() / 20; // 10 of the 16 mm
        QVERIFY2(!isBlank(picture, picture.rect().adjusted(margin, margin, -margin, -margin)), qPrintable(name));
        for (const auto& edge : { QRect(0, 0, picture.width(), margin), QRect(0, picture.height() - margin, picture.width(), margin), QRect(0, 0, margin, picture.height()), QRect(picture.width() - margin, 0, margin, picture.height()) })
            QVERIFY2(isBlank(picture, edge), qPrintable(name));
        for (int y = 0; y < picture.height(); ++y)
            for (int x = 0; x < picture.width(); ++x)
                coloured += picture.pixelColor(x, y).hslSaturation() > 60 ? 1 : 0;
    }
    QVERIFY2(coloured > 2000, qPrintable(QString::number(coloured))); // charts
}

void TestCapacityPdf::itSpeaksFrench()
{
    QTranslator french;
    QVERIFY(french.load(QStringLiteral(":/i18n/penstock_fr.qm")));
    QCoreApplication::installTranslator(&french);
    QLocale::setDefault(QLocale(QLocale::French));
    const auto report = read("days.db");
    const auto text = report ? pages(*report).join(QString()) : QString();
    QLocale::setDefault(QLocale(QLocale::English));
    QCoreApplication::removeTranslator(&french);
    if (text.isEmpty())
        QSKIP("pdftotext is not installed");
    for (const auto* part : { "Rapport de capacité", "Prévision", "Ce qui a changé" })
        QVERIFY2(text.contains(QString::fromUtf8(part)), part);
    for (const auto* part : { "Capacity", "Forecast", "Supply", "page 1 of" })
        QVERIFY2(!text.contains(QLatin1String(part)), part);
}

void TestCapacityPdf::whatCannotBeWrittenSaysWhy()
{
    const auto report = read("young.db");
    QVERIFY(report);
    const auto done = writeCapacityPdf("/nowhere/report.pdf", *report);
    QVERIFY(!done);
    QVERIFY2(done.error().text().contains("/nowhere/report.pdf"), done.error().text().c_str());
}

QTEST_MAIN(TestCapacityPdf)
#include "tst_capacitypdf.moc"
