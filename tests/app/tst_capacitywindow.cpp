// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QDoubleSpinBox>
#include <QFile>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include "charts/capacitychart.h"
#include "controls/theme.h"
#include "growingfleets.h"
#include "mainwindow.h"
#include "models/capacitymodel.h"
#include "timetravel.h"
#include "storage/historyfile.h"
#include "workspace/workspace.h"

using namespace penstock;
using namespace std::chrono_literals;

/// A manager in the very window, before a history file of some days.
class TestCapacityWindow final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void theHistoryIsShownAndToldOf();
    void everyRangeIsRead_data();
    void everyRangeIsRead();
    void aPartIsReadMoreFinely();
    void aReportIsWritten();
    void aReportThatCannotBeWrittenSaysWhy();
    void aMomentInAGapHasNoFigures();
    void aScenarioIsSavedInTheWorkspace();
    void whoWasSilentIsSoonHeard();
    void cleanupTestCase();

private:
    template<class Widget> [[nodiscard]] Widget* find(const char* name) const
    {
        return m_window->findChild<Widget*>(QString::fromLatin1(name));
    }
    void click(const QString& text) const
    {
        for (auto* button : m_window->findChildren<QPushButton*>())
            if (button->isVisible() && button->text() == text)
                return QTest::mouseClick(button, Qt::LeftButton);
        QFAIL(qPrintable(text));
    }
    /// Asks for a report and picks a file; returns the name that was proposed.
    QString report(const QString& path)
    {
        QString proposed;
        QTimer::singleShot(0, this, [&] {
            auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
            if (!dialog)
                return;
            proposed = dialog->selectedFiles().value(0);
            dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"))->setText(path);
            QMetaObject::invokeMethod(dialog, "accept");
        });
        find<QPushButton>("capacityReport")->click();
        return proposed;
    }
    [[nodiscard]] const CapacityPicture& shown() const { return find<CapacityChart>("capacityChart")->picture(); }
    /// Keeps what the window looks like now in $PENSTOCK_PICTURES, where that is set.
    void picture(const QString& name)
    {
        const auto folder = qEnvironmentVariable("PENSTOCK_PICTURES");
        for (const auto theme : { ThemeName::Dark, ThemeName::Light })
            for (const auto size : { QSize(1280, 800), QSize(2560, 1440) }) {
                if (folder.isEmpty())
                    continue;
                if (currentTheme().name != theme)
                    find<QPushButton>("themeSwitch")->click();
                m_window->resize(size);
                for (int i = 0; i < 3; ++i)
                    QCoreApplication::processEvents();
                m_window->grab().save(
                    QStringLiteral("%1/%2-%3-%4.png")
                        .arg(folder, name, theme == ThemeName::Dark ? QStringLiteral("dark") : QStringLiteral("light"))
                        .arg(size.width()));
            }
    }
    QTemporaryDir m_folder;
    std::string m_file;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<MainWindow> m_window;
};

void TestCapacityWindow::initTestCase()
{
    qputenv("XDG_CACHE_HOME", m_folder.path().toUtf8());
    QLocale::setDefault(QLocale(QLocale::English));
    applyTheme(*qApp, ThemeName::Dark);
    SessionOptions options;
    options.historyFile = m_folder.filePath(QStringLiteral("history.db")).toStdString();
    // A year of it takes a quarter of an hour to write: pictures are taken of one that is there.
    if (const auto year = qEnvironmentVariable("PENSTOCK_HISTORY"); !year.isEmpty())
        QVERIFY(QFile::copy(year, QString::fromStdString(options.historyFile)));
    else {
        const auto now = std::chrono::floor<std::chrono::seconds>(wallClock());
        QVERIFY(writeGrowingFleets(options.historyFile, now - 120h, now));
    }
    m_file = m_folder.filePath(QStringLiteral("w.toml")).toStdString();
    QFile file(QString::fromStdString(m_file));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("[workspace]\nname = \"production\"\n[[capacity]]\nprovider = \"azure\"\nmodel = \"H100\"\ngpus = "
               "131072\nkind = \"contract\"\n");
    for (const auto& [provider, price] :
        { std::pair("azure", "2.6"), { "gcp", "2.9" }, { "aws", "2.8" }, { "coreweave", "2.1" } })
        for (const auto* model : { "H100", "H200" })
            file.write(QStringLiteral(
                "[[price]]\nprovider = \"%1\"\nmodel = \"%2\"\nusd_per_gpu_hour = %3\nas_of = 2026-11-01\n")
                           .arg(QLatin1String(provider), QLatin1String(model), QLatin1String(price))
                           .toUtf8());
    file.close();
    auto workspace = loadWorkspace(m_file);
    QVERIFY2(workspace, workspace ? "" : workspace.error().front().text().c_str());
    m_session = std::make_unique<Session>(std::move(*workspace), options);
    m_window = std::make_unique<MainWindow>(*m_session, false);
    m_window->resize(1600, 1000);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    m_session->start();
    m_window->openPage(MainWindow::Page::Capacity);
}

void TestCapacityWindow::theHistoryIsShownAndToldOf()
{
    auto* table = find<QTableView>("capacityTable");
    QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 6, 20000);
    QTRY_VERIFY_WITH_TIMEOUT(shown().told.times.size() > 10, 20000);
    QCOMPARE(shown().bands.size(), 4U);
    QCOMPARE(shown().bands[0].name, QStringLiteral("azure"));
    const auto told = find<QLabel>("capacityTold")->text();
    QVERIFY2(told.startsWith(QStringLiteral("Forecast with its 80 % band. ")), qPrintable(told));
    picture(QStringLiteral("capacity"));
}

void TestCapacityWindow::everyRangeIsRead_data()
{
    QTest::addColumn<QString>("range");
    QTest::addColumn<double>("step");
    QTest::newRow("an hour") << QStringLiteral("1 h") << 10.0;
    QTest::newRow("six hours") << QStringLiteral("6 h") << 60.0;
    QTest::newRow("a day") << QStringLiteral("1 d") << 300.0;
    QTest::newRow("a week") << QStringLiteral("7 d") << 1800.0;
    QTest::newRow("a month") << QStringLiteral("30 d") << 3600.0;
    QTest::newRow("thirteen months") << QStringLiteral("13 months") << 86400.0;
}

void TestCapacityWindow::everyRangeIsRead()
{
    QFETCH(QString, range);
    QFETCH(double, step);
    click(range);
    QTRY_VERIFY_WITH_TIMEOUT(shown().step == step && !shown().times.empty(), 20000);
    QVERIFY(shown().times.front() >= shown().begin - step);
    picture(QStringLiteral("capacity-") + QString(range).remove(QLatin1Char(' ')));
}

void TestCapacityWindow::aPartIsReadMoreFinely()
{
    click(QStringLiteral("7 d"));
    QTRY_VERIFY_WITH_TIMEOUT(shown().step == 1800 && !shown().times.empty(), 20000);
    auto* chart = find<CapacityChart>("capacityChart");
    const double noon = shown().now - 7 * 3600;
    emit chart->looked(noon, noon + 6 * 3600);
    QTRY_COMPARE_WITH_TIMEOUT(shown().step, 60.0, 20000);
    QVERIFY(std::abs(shown().begin - noon) < 1 && std::abs(shown().end - noon - 6 * 3600) < 1);
    QVERIFY2(shown().times.size() > 60, qPrintable(QString::number(shown().times.size())));
    picture(QStringLiteral("capacity-close"));
    QTest::keyClick(chart, Qt::Key_0);
    QVERIFY(shown().step == 1800 && shown().end - shown().begin > 7 * 86400);
}

void TestCapacityWindow::whoWasSilentIsSoonHeard()
{
    click(QStringLiteral("1 d"));
    QTRY_VERIFY_WITH_TIMEOUT(shown().step == 300 && !shown().times.empty(), 20000);
    const auto now = std::chrono::floor<std::chrono::seconds>(wallClock());
    const auto write = [&](std::chrono::seconds from, std::chrono::seconds to, std::uint32_t silent) {
        std::vector<std::shared_ptr<const RollupPoint>> points;
        for (auto at = from; at < to; at += 1s) {
            auto point = std::make_shared<RollupPoint>(RollupPoint { now + at, { GroupPoint { .dimension = GroupPoint::Dimension::Total, .key = {} } } });
            point->groups[0].byState = { silent, 1000 - silent };
            points.push_back(std::move(point));
        }
        std::string notice;
        auto file = HistoryFile::open(m_session->historyFile(), {}, notice);
        QVERIFY(file && file->write(points));
    };
    const auto figures = [this] { return find<QWidget>("capacityFigures")->accessibleDescription(); };
    write(-40s, -20s, 400);
    click(QStringLiteral("1 d"));
    QTRY_VERIFY_WITH_TIMEOUT(figures().contains(QStringLiteral("of 1,000 GPUs, 400 silent")), 20000);
    write(-20s, 0s, 0);
    QTRY_VERIFY_WITH_TIMEOUT(figures().contains(QStringLiteral("of 1,000 GPUs")) && !figures().contains(QStringLiteral("silent")), 25000);
}

void TestCapacityWindow::aReportIsWritten()
{
    const auto path = m_folder.filePath(QStringLiteral("out.pdf"));
    const auto proposed = report(path);
    QVERIFY2(QFileInfo(proposed).fileName().startsWith(QStringLiteral("capacity-production-")), qPrintable(proposed));
    // Written elsewhere: the window goes on meanwhile.
    QVERIFY(!find<QPushButton>("capacityReport")->isEnabled());
    QTRY_VERIFY_WITH_TIMEOUT(find<QPushButton>("capacityReport")->isEnabled(), 20000);
    QVERIFY2(find<QLabel>("toast")->text().contains(path), qPrintable(find<QLabel>("toast")->text()));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.read(5) == "%PDF-");
    QVERIFY(QFile::exists(m_folder.filePath(QStringLiteral("history-reports.db"))));
}

void TestCapacityWindow::aReportThatCannotBeWrittenSaysWhy()
{
    (void)report(QStringLiteral("/proc/capacity.pdf"));
    QTRY_VERIFY_WITH_TIMEOUT(find<QPushButton>("capacityReport")->isEnabled(), 20000);
    QVERIFY2(find<QLabel>("toast")->text().contains(QStringLiteral("/proc/capacity.pdf")), qPrintable(find<QLabel>("toast")->text()));
}

void TestCapacityWindow::aMomentInAGapHasNoFigures()
{
    click(QStringLiteral("13 months"));
    QTRY_VERIFY_WITH_TIMEOUT(shown().step == 86400 && !shown().times.empty(), 20000);
    // The widest gap of what is shown.
    double gap = 0, at = 0;
    for (std::size_t i = 1; i < shown().times.size(); ++i)
        if (const double length = shown().times[i] - shown().times[i - 1]; length > gap) {
            gap = length;
            at = shown().times[i] - length / 4;
        }
    m_window->timeTravel().goTo(Time(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(at))));
    QTRY_VERIFY_WITH_TIMEOUT(find<QLabel>("capacitySubtitle")->text().startsWith(QStringLiteral("nothing is known of ")), 20000);
    const auto* table = find<QTableView>("capacityTable")->model();
    QVERIFY(table->rowCount() > 0);
    for (int row = 0; row < table->rowCount(); ++row)
        QCOMPARE(table->index(row, CapacityModel::Supply).data().toString(), QStringLiteral("–"));
    picture(QStringLiteral("capacity-gap"));
    m_window->timeTravel().returnToLive();
    QTRY_VERIFY_WITH_TIMEOUT(table->index(0, CapacityModel::Supply).data().toString() != QStringLiteral("–"), 20000);
}

void TestCapacityWindow::aScenarioIsSavedInTheWorkspace()
{
    click(QStringLiteral("13 months"));
    QTRY_VERIFY_WITH_TIMEOUT(shown().step == 86400 && !shown().told.times.empty(), 20000);
    const auto inDays = [](int days) { return QDate::currentDate().addDays(days).toString(Qt::ISODate); };
    const auto add = [&](double gpus, const QString& from) {
        find<QPushButton>("addBlock")->click();
        find<QDoubleSpinBox>("blockGpus")->setValue(gpus);
        find<QLineEdit>("blockFrom")->setText(from);
        find<QPushButton>("takeBlock")->click();
    };
    // As far ahead as is told after five days.
    add(20000, inDays(5));
    add(30000, inDays(8));
    QCOMPARE(shown().steps.size(), 2U);
    find<QLineEdit>("scenarioName")->setText(QStringLiteral("two blocks"));
    find<QPushButton>("saveScenario")->click();
    QTRY_VERIFY(find<QPushButton>("scenario-two blocks"));
    const auto workspace = loadWorkspace(m_file);
    QVERIFY(workspace);
    QCOMPARE(workspace->scenarios.size(), 1U);
    QCOMPARE(workspace->scenarios[0].blocks.size(), 2U);
    if (!qEnvironmentVariableIsEmpty("PENSTOCK_HISTORY")) {
        find<QPushButton>("removeBlock-1")->click();
        find<QPushButton>("removeBlock-0")->click();
        add(30000, inDays(70));
        add(30000, inDays(130));
    }
    picture(QStringLiteral("capacity-blocks"));
}

void TestCapacityWindow::cleanupTestCase()
{
    m_window.reset();
    m_session.reset();
}

QTEST_MAIN(TestCapacityWindow)
#include "tst_capacitywindow.moc"
