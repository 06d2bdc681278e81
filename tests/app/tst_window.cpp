// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QAbstractItemModelTester>
#include <QAccessible>
#include <QApplication>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTableView>
#include <QTest>
#include <QTreeView>
#include <cmath>

#include "charts/heatmap.h"
#include "charts/timechart.h"
#include "controls/theme.h"
#include "controls/weightbar.h"
#include "mainwindow.h"
#include "models/endpointsmodel.h"
#include "savemenu.h"
#include "session/demo.h"

using namespace penstock;

/// Drives the real window on the demo through its widgets.
class TestWindow final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void theTreeLeadsFromAProviderToAGpu();
    void theFilterLeavesWhatItNames();
    void aDraggedWeightIsPreviewedAppliedAndTakenBack();
    void thePaletteGoesWhereItIsTold();
    void theEndpointsAreFilteredAndSorted();
    void aToastCoversNoDetailOfAnEndpoint();
    void everyChartAndTableCanBeSaved();
    void everyThemeAndSizeCanBeShown();
    void theModelKeepsItsPromises();
    void cleanupTestCase();

private:
    /// Keeps what the window looks like now in $PENSTOCK_PICTURES, where that is set.
    void picture(const QString& name)
    {
        if (const auto folder = qEnvironmentVariable("PENSTOCK_PICTURES"); !folder.isEmpty())
            m_window->grab().save(folder + QLatin1Char('/') + name + QStringLiteral(".png"));
    }
    QTemporaryDir m_folder;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<MainWindow> m_window;
};

void TestWindow::initTestCase()
{
    qputenv("XDG_CACHE_HOME", m_folder.path().toUtf8());
    QLocale::setDefault(QLocale(QLocale::English));
    applyTheme(*qApp, ThemeName::Dark);
    auto workspace = demoWorkspace();
    QVERIFY(workspace);
    SessionOptions options;
    options.cacheFile = m_folder.filePath(QStringLiteral("cache.db")).toStdString();
    options.journalFile = m_folder.filePath(QStringLiteral("journal.db")).toStdString();
    m_session = std::make_unique<Session>(std::move(*workspace), options);
    m_window = std::make_unique<MainWindow>(*m_session, false);
    m_window->resize(1600, 1000);
    m_window->show();
    m_session->start();
    QTRY_VERIFY_WITH_TIMEOUT(m_session->isComplete(), 15000);
}

void TestWindow::cleanupTestCase()
{
    m_window.reset();
    m_session.reset();
}

void TestWindow::theTreeLeadsFromAProviderToAGpu()
{
    auto* tree = m_window->findChild<QTreeView*>(QStringLiteral("fleetTree"));
    QTRY_COMPARE(tree->model()->rowCount(), 3);
    auto it = tree->model()->index(0, 0);
    QCOMPARE(it.data().toString(), QStringLiteral("azure"));
    for (int level = 0; level < 4; ++level) {
        tree->setCurrentIndex(it);
        tree->setFocus();
        // On a row that is open already the key would move on to its first child.
        if (!tree->isExpanded(it))
            QTest::keyClick(tree, Qt::Key_Right);
        QTRY_VERIFY(tree->isExpanded(it));
        it = tree->model()->index(0, 0, it);
        QVERIFY(it.isValid());
    }
    QCOMPARE(it.data().toString(), QStringLiteral("GPU 0"));
    tree->setCurrentIndex(it);
    // New pictures keep arriving; the selection stays where it is.
    QSignalSpy pictures(m_session.get(), &Session::published);
    QTRY_VERIFY_WITH_TIMEOUT(pictures.count() >= 3, 10000);
    QCOMPARE(tree->currentIndex().data().toString(), QStringLiteral("GPU 0"));
}

void TestWindow::theFilterLeavesWhatItNames()
{
    auto* tree = m_window->findChild<QTreeView*>(QStringLiteral("fleetTree"));
    auto* filter = m_window->findChild<QLineEdit*>(QStringLiteral("fleetFilter"));
    filter->setFocus();
    QTest::keyClicks(filter, QStringLiteral("us-east5"));
    QTRY_COMPARE(tree->model()->rowCount(), 1);
    QCOMPARE(tree->model()->index(0, 0).data().toString(), QStringLiteral("gcp"));
    filter->clear();
    QTRY_COMPARE(tree->model()->rowCount(), 3);
}

void TestWindow::aDraggedWeightIsPreviewedAppliedAndTakenBack()
{
    QTest::mouseClick(m_window->findChild<QPushButton*>(QStringLiteral("nav-load")), Qt::LeftButton);
    const auto shares = [&] { return m_session->routes().front().reading->accepted(); };
    const auto before = shares();
    auto* bar = m_window->findChild<WeightBar*>(QStringLiteral("weights-chatgpt"));
    QTRY_VERIFY(bar && bar->desired().size() == 3 && bar->width() > 400);
    const auto from = bar->handle(0).center().toPoint();
    QTest::mousePress(bar, Qt::LeftButton, {}, from);
    QTest::mouseMove(bar, from - QPoint(30, 0));
    QTest::mouseRelease(bar, Qt::LeftButton, {}, from - QPoint(30, 0));
    const double wanted = bar->desired()[0];
    QVERIFY(wanted < before[0] - 1);
    auto* reader = QAccessible::queryAccessibleInterface(bar);
    QCOMPARE(reader->role(), QAccessible::Slider);
    QCOMPARE(reader->valueInterface()->currentValue().toDouble(), wanted);
    auto* start = m_window->findChild<QPushButton*>(QStringLiteral("startShift"));
    QTRY_VERIFY(start->isVisible());
    QVERIFY(!start->isEnabled());
    m_window->findChild<QDoubleSpinBox*>(QStringLiteral("shiftStep"))->setValue(3);
    m_window->findChild<QDoubleSpinBox*>(QStringLiteral("shiftBake"))->setValue(3600);
    m_window->findChild<QLineEdit*>(QStringLiteral("shiftReason"))->setText(QStringLiteral("test"));
    picture(QStringLiteral("load-editing"));
    QTRY_VERIFY(start->isEnabled());
    QTest::mouseClick(start, Qt::LeftButton);
    // The first step stands and bakes for an hour: time to change one's mind.
    QTRY_VERIFY_WITH_TIMEOUT(m_session->routes().front().shift && m_session->routes().front().shift->phase == ShiftPhase::Baking, 30000);
    QTRY_VERIFY(shares()[0] < before[0] - 0.5);
    QCoreApplication::processEvents();
    picture(QStringLiteral("load-running"));
    auto* back = m_window->findChild<QPushButton*>(QStringLiteral("returnShift"));
    QTRY_VERIFY(back->isVisible());
    QTest::mouseClick(back, Qt::LeftButton);
    if (!QTest::qWaitFor([&] { return m_session->routes().front().shift->phase == ShiftPhase::Returned; }, 30000))
        QFAIL(m_session->routes().front().shift->note.c_str());
    QTRY_VERIFY_WITH_TIMEOUT(std::abs(shares()[0] - before[0]) < 0.1, 10000);
}

void TestWindow::thePaletteGoesWhereItIsTold()
{
    QTest::mouseClick(m_window->findChild<QPushButton*>(QStringLiteral("nav-endpoints")), Qt::LeftButton);
    QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier);
    auto* field = m_window->findChild<QLineEdit*>(QStringLiteral("paletteField"));
    QTRY_VERIFY(field->isVisible());
    QTest::keyClicks(field, QStringLiteral("go us-east5"));
    picture(QStringLiteral("palette"));
    QTest::keyClick(field, Qt::Key_Return);
    QVERIFY(!field->isVisible());
    auto* tree = m_window->findChild<QTreeView*>(QStringLiteral("fleetTree"));
    QVERIFY(tree->isVisible());
    QCOMPARE(tree->currentIndex().siblingAtColumn(0).data().toString(), QStringLiteral("us-east5"));
    // Escape does nothing else than leave.
    QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier);
    QTRY_VERIFY(field->isVisible());
    QTest::keyClick(field, Qt::Key_Escape);
    QVERIFY(!field->isVisible());
}

void TestWindow::theEndpointsAreFilteredAndSorted()
{
    QTest::mouseClick(m_window->findChild<QPushButton*>(QStringLiteral("nav-endpoints")), Qt::LeftButton);
    auto* table = m_window->findChild<QTableView*>(QStringLiteral("endpointTable"));
    const int all = table->model()->rowCount();
    QVERIFY(all >= 1);
    auto* filter = m_window->findChild<QLineEdit*>(QStringLiteral("endpointFilter"));
    QTest::keyClicks(filter, QStringLiteral("no such endpoint"));
    QTRY_COMPARE(table->model()->rowCount(), 0);
    filter->clear();
    QTRY_COMPARE(table->model()->rowCount(), all);
    picture(QStringLiteral("endpoints"));
}

void TestWindow::aToastCoversNoDetailOfAnEndpoint()
{
    auto* toast = m_window->findChild<QLabel*>(QStringLiteral("toast"));
    for (const auto& size : { QSize(1280, 800), QSize(2560, 1440) }) {
        m_window->resize(size);
        QTest::mouseClick(m_window->findChild<QPushButton*>(QStringLiteral("nav-endpoints")), Qt::LeftButton);
        emit m_session->noticed(QStringLiteral("Something is said that takes more than one line of the toast, so that it is as tall as those that tell of an endpoint that does not answer."));
        QVERIFY(toast->isVisible());
        const auto* detail = m_window->findChild<QWidget*>(QStringLiteral("endpointDetail"));
        QTRY_VERIFY(toast->geometry().bottom() < detail->mapTo(m_window.get(), QPoint()).y());
        QVERIFY(m_window->rect().contains(toast->geometry()));
        picture(QStringLiteral("endpoints-toast-%1").arg(size.width()));
    }
    m_window->resize(1600, 1000);
    QCOMPARE(toast->property("tone").toString(), QStringLiteral("error"));
    emit m_session->informed(QStringLiteral("Another console keeps the history."));
    QCOMPARE(toast->property("tone").toString(), QStringLiteral("plain"));
}

void TestWindow::everyChartAndTableCanBeSaved()
{
    auto* saving = m_window->findChild<SaveMenu*>();
    QVERIFY(saving);
    for (int page = 0; page < 5; ++page) {
        m_window->openPage(static_cast<MainWindow::Page>(page));
        QCoreApplication::processEvents();
        for (auto* chart : m_window->findChildren<TimeChart*>()) {
            QVERIFY(chart->contextMenuPolicy() == Qt::CustomContextMenu);
            if (!chart->isVisible())
                continue;
            for (const auto* kind : { "png", "svg" }) {
                const auto path = m_folder.filePath(QStringLiteral("chart-%1.%2").arg(page).arg(QLatin1String(kind)));
                QVERIFY(saving->saveChart(*chart, path));
                QFile file(path);
                QVERIFY(file.open(QIODevice::ReadOnly));
                const auto bytes = file.readAll();
                if (*kind == 's')
                    QVERIFY2(bytes.contains("SIMULATED") && bytes.contains("As of 20") && bytes.contains("<path") && !bytes.contains("<image"), bytes.left(2000));
                else
                    // A window that was just opened has seen little of its 15 minutes.
                    QVERIFY(QImage::fromData(bytes).text(QStringLiteral("Description")).contains(QStringLiteral("Partial: nothing was seen")));
                if (const auto folder = qEnvironmentVariable("PENSTOCK_PICTURES"); !folder.isEmpty())
                    QFile::copy(path, folder + QLatin1Char('/') + QFileInfo(path).fileName());
            }
            QVERIFY(!saving->saveChart(*chart, QStringLiteral("/nowhere/chart.png")));
        }
    }
    m_window->openPage(MainWindow::Page::Fleet);
    auto* map = m_window->findChild<Heatmap*>();
    QVERIFY(map && saving->saveHeatmap(*map, m_folder.filePath(QStringLiteral("map.png"))));
    QVERIFY(QImage(m_folder.filePath(QStringLiteral("map.png"))).text(QStringLiteral("Description")).contains(QStringLiteral("SIMULATED")));
    auto* tree = m_window->findChild<QTreeView*>(QStringLiteral("fleetTree"));
    QTRY_VERIFY(tree->model()->rowCount() == 3);
    tree->expand(tree->model()->index(0, 0));
    const auto path = m_folder.filePath(QStringLiteral("fleets.csv"));
    QVERIFY(saving->saveTable(*tree, path));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto lines = QString::fromUtf8(file.readAll()).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    QVERIFY2(lines.front().startsWith(QStringLiteral("within,")) && lines.front().endsWith(QStringLiteral(",as_of,source,missing,simulated")), qPrintable(lines.front()));
    QVERIFY2(lines.at(1).startsWith(QStringLiteral(",azure,")) && lines.at(1).endsWith(QStringLiteral(",1")), qPrintable(lines.at(1)));
    QVERIFY2(lines.at(2).startsWith(QStringLiteral("azure,")), qPrintable(lines.at(2)));
}

void TestWindow::everyThemeAndSizeCanBeShown()
{
    for (const auto& size : { QSize(1280, 800), QSize(2560, 1440) })
        for (const auto theme : { ThemeName::Dark, ThemeName::Light }) {
            if (currentTheme().name != theme)
                QTest::mouseClick(m_window->findChild<QPushButton*>(QStringLiteral("themeSwitch")), Qt::LeftButton);
            QCOMPARE(currentTheme().name, theme);
            m_window->resize(size);
            for (const auto* page : { "fleet", "load", "endpoints" }) {
                QTest::mouseClick(m_window->findChild<QPushButton*>(QStringLiteral("nav-") + QLatin1String(page)), Qt::LeftButton);
                QCoreApplication::processEvents();
                const auto image = m_window->grab().toImage();
                QCOMPARE(image.size(), size);
                // The page follows the theme: no part of it keeps the other one's background.
                // Above the line of time: its labels move along.
                QCOMPARE(image.pixelColor(size.width() / 2, size.height() - 73), currentTheme().bg);
                picture(QStringLiteral("%1-%2-%3").arg(QLatin1String(page)).arg(size.width()).arg(theme == ThemeName::Dark ? QStringLiteral("dark") : QStringLiteral("light")));
            }
        }
    QTest::mouseClick(m_window->findChild<QPushButton*>(QStringLiteral("themeSwitch")), Qt::LeftButton);
    m_window->resize(1600, 1000);
}

void TestWindow::theModelKeepsItsPromises()
{
    EndpointsModel endpoints;
    const QAbstractItemModelTester endpointsTester(&endpoints, QAbstractItemModelTester::FailureReportingMode::QtTest);
    endpoints.show(m_session->endpoints(), wallClock());
    endpoints.show(m_session->endpoints(), wallClock());
}

QTEST_MAIN(TestWindow)
#include "tst_window.moc"
