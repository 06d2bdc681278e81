// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QLabel>
#include <QTableView>
#include <QTest>

#include "controls/theme.h"
#include "models/endpointsmodel.h"
#include "pages/endpointspage.h"

using namespace penstock;
using namespace std::chrono_literals;

/// What the page says of an endpoint.
class TestEndpointsPage final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void aNarrowTableShowsTheWholeDriver();
    void theNewestRefusedFrameIsNamedBesideTheCount_data();
    void theNewestRefusedFrameIsNamedBesideTheCount();
    void oneThatNeverAnsweredHasAnUnknownNumberOfGpus();
    void theDetailSaysWhatItIsAndWhatItLacks();
    void versionsAreShownWhole();
    void anAnswerInPartIsNotGreen();
    void everyTargetThatFailsIsListedWithItsAge();
    void theOneThatWasWantedIsSelectedOnceItIsThere();
};

namespace {

constexpr Time now { 1'790'000'000s };

EndpointStatus endpoint(std::uint64_t refused)
{
    EndpointStatus made;
    made.name = "azure-eastus";
    made.kind = "agent";
    made.version = "penstock-agent 1.0";
    made.provider = "azure";
    made.connection = Connection::Live;
    made.observed = now - 400ms;
    made.gpus = 412'096;
    made.frames = 86'400;
    made.refusedFrames = refused;
    if (refused > 0) {
        made.refusedReason = "a samples frame whose row numbers do not ascend";
        made.refusedAt = now - 90s;
    }
    // Something else went wrong after that.
    made.error = Error { Error::Kind::Unavailable, "nothing answers there", "grpcs://agent.example:7443", "is the agent running, and is this its port?" };
    made.errorAt = now - 30s;
    return made;
}

} // namespace

void TestEndpointsPage::initTestCase()
{
    QLocale::setDefault(QLocale::c());
    applyTheme(*qApp, ThemeName::Dark);
}

void TestEndpointsPage::aNarrowTableShowsTheWholeDriver()
{
    EndpointsPage page;
    page.resize(840, 740);
    page.QWidget::show();
    auto* table = page.findChild<QTableView*>(QStringLiteral("endpointTable"));
    const auto painted = [&](const std::string& driver) {
        auto it = endpoint(0);
        it.kind = "dcgm";
        it.version = "dcgm-exporter, drivers 535.183.01, 550.127.0" + driver;
        page.show({ it }, now);
        return table->viewport()->grab(table->visualRect(table->model()->index(0, EndpointsModel::Kind))).toImage();
    };
    QVERIFY(QTest::qWaitForWindowExposed(&page));
    QVERIFY(table->width() < 880);
    QVERIFY(painted("5") != painted("6"));
}

void TestEndpointsPage::theNewestRefusedFrameIsNamedBesideTheCount_data()
{
    QTest::addColumn<int>("refused");
    QTest::addColumn<QSize>("size");
    QTest::addColumn<QString>("text");
    const auto text = QStringLiteral("Refused frames: 3, the newest at %1: a samples frame whose row numbers do not ascend").arg(QStringLiteral("14:11:50 UTC"));
    QTest::newRow("none") << 0 << QSize(1100, 740) << QString();
    QTest::newRow("three, in a small window") << 3 << QSize(1100, 740) << text;
    QTest::newRow("three, in a large window") << 3 << QSize(2380, 1380) << text;
}

void TestEndpointsPage::theNewestRefusedFrameIsNamedBesideTheCount()
{
    QFETCH(int, refused);
    QFETCH(QSize, size);
    QFETCH(QString, text);
    EndpointsPage page;
    page.resize(size);
    page.QWidget::show();
    QVERIFY(QTest::qWaitForWindowExposed(&page));
    page.show({ endpoint(static_cast<std::uint64_t>(refused)) }, now);
    const auto* label = page.findChild<QLabel*>(QStringLiteral("refusedFrames"));
    QVERIFY(label);
    QCOMPARE(label->isVisible(), refused > 0);
    if (refused == 0)
        return;
    QCOMPARE(label->text(), text);
    QTRY_VERIFY(label->height() >= label->heightForWidth(label->width()));
    QVERIFY(page.rect().contains(label->geometry()));
    QCOMPARE(page.size(), size);
}

void TestEndpointsPage::oneThatNeverAnsweredHasAnUnknownNumberOfGpus()
{
    EndpointsPage page;
    auto it = endpoint(0);
    it.gpus = 0;
    it.observed.reset();
    page.show({ it }, now);
    const auto* model = page.findChild<QTableView*>(QStringLiteral("endpointTable"))->model();
    QCOMPARE(model->index(0, EndpointsModel::Gpus).data().toString(), QStringLiteral("–"));
    it.observed = now;
    page.show({ it }, now);
    QCOMPARE(model->index(0, EndpointsModel::Gpus).data().toString(), QStringLiteral("0"));
}

void TestEndpointsPage::theDetailSaysWhatItIsAndWhatItLacks()
{
    EndpointsPage page;
    const auto said = [&] { return page.findChild<QLabel*>(QStringLiteral("endpointAbout"))->text(); };
    auto it = endpoint(0);
    it.series = 1'234'567;
    it.missing = { "DCGM_FI_DEV_XID_ERRORS (GPU errors)", "kube_node_info (providers)" };
    page.show({ it }, now);
    QCOMPARE(said(), QStringLiteral("Kind agent, penstock-agent 1.0; series: 1234567\nIt lacks: DCGM_FI_DEV_XID_ERRORS (GPU errors), kube_node_info (providers)"));
    it.schedulable = 80;
    it.missing.clear();
    page.show({ it }, now);
    QCOMPARE(said(), QStringLiteral("Kind agent, penstock-agent 1.0; series: 1234567; schedulable: 80\nIt lacks nothing that is looked for."));
    it.schedulable.reset();
    it.series = 0;
    it.missing.clear();
    page.show({ it }, now);
    QCOMPARE(said(), QStringLiteral("Kind agent, penstock-agent 1.0\nIt lacks nothing that is looked for."));
    it.version.clear();
    page.show({ it }, now);
    QCOMPARE(said(), QStringLiteral("Kind agent, version not known yet"));
    it.version = "version 2.42.0+ds";
    page.show({ it }, now);
    QCOMPARE(said(), QStringLiteral("Kind agent, version 2.42.0+ds\nIt lacks nothing that is looked for."));
}

void TestEndpointsPage::versionsAreShownWhole()
{
    EndpointsPage page;
    page.resize(2400, 900);
    page.QWidget::show();
    auto it = endpoint(0);
    it.version = "version 2.42.0+ds, drivers 535.161.08, 550.90.07, 570.86.15 and 2 more";
    page.show({ it }, now);
    const auto* table = page.findChild<QTableView*>(QStringLiteral("endpointTable"));
    constexpr int kind = 1;
    const auto text = table->model()->index(0, kind).data().toString();
    QVERIFY(text.contains(QStringLiteral("570.86.15")));
    QVERIFY(table->columnWidth(kind) >= QFontMetrics(textFont(13)).horizontalAdvance(text) + 14);
}

void TestEndpointsPage::anAnswerInPartIsNotGreen()
{
    EndpointsPage page;
    page.resize(1200, 800);
    page.QWidget::show();
    auto it = endpoint(0);
    const auto* table = page.findChild<QTableView*>(QStringLiteral("endpointTable"));
    const auto hasGreen = [&] {
        page.show({ it }, now);
        const auto cell = table->visualRect(table->model()->index(0, 2));
        const auto image = table->viewport()->grab(cell).toImage();
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x)
                if (image.pixelColor(x, y) == currentTheme().green)
                    return true;
        return false;
    };
    QVERIFY(hasGreen());
    it.partial = Error { Error::Kind::Unavailable, "1 of 2 targets do not answer", {}, {} };
    QVERIFY(!hasGreen());
}

void TestEndpointsPage::everyTargetThatFailsIsListedWithItsAge()
{
    EndpointsPage page;
    page.resize(1280, 800);
    page.QWidget::show();
    const auto* list = page.findChild<QTableView*>(QStringLiteral("failingTargets"));
    QVERIFY(list);
    auto it = endpoint(0);
    page.show({ it }, now);
    QVERIFY(!list->isVisible());
    std::vector<FailingTarget> failing { { "http://10.0.0.9:9400/metrics", { Error::Kind::Denied, "the exporter refuses (403)", {}, "check the endpoint's token" }, now - 42s } };
    for (int i = 0; i < 40; ++i)
        failing.push_back({ "http://10.0.1." + std::to_string(i) + ":9400/metrics", { Error::Kind::Unavailable, "the connection is refused", {}, "is it running, and is this its address?" }, {} });
    it.failing = std::make_shared<const std::vector<FailingTarget>>(failing);
    page.show({ it }, now);
    QVERIFY(list->isVisible());
    const auto* model = list->model();
    const auto said = [&](int row, int column = 0) { return model->index(row, column).data().toString(); };
    QCOMPARE(model->rowCount(), 43);
    QCOMPARE(said(0), QStringLiteral("40 × the connection is refused (is it running, and is this its address?)"));
    QCOMPARE(said(1), QStringLiteral("http://10.0.1.0:9400/metrics"));
    QCOMPARE(said(1, 1), QStringLiteral("never answered"));
    QCOMPARE(said(41), QStringLiteral("1 × the exporter refuses (403) (check the endpoint's token)"));
    QCOMPARE(said(42, 1), QStringLiteral("last answered 42 s ago"));
    page.show({ it }, now + 10s);
    QCOMPARE(said(42, 1), QStringLiteral("last answered 52 s ago"));
    // What does not fit is scrolled to.
    QTRY_VERIFY(list->height() > 100 && list->height() < 250 && page.rect().contains(list->geometry()));
    if (const auto folder = qEnvironmentVariable("PENSTOCK_PICTURES"); !folder.isEmpty())
        QVERIFY(page.grab().save(folder + QStringLiteral("/endpoints-failing.png")));
}

void TestEndpointsPage::theOneThatWasWantedIsSelectedOnceItIsThere()
{
    EndpointsPage page;
    page.select(QStringLiteral("new"));
    auto added = endpoint(0);
    added.name = "new";
    page.show({ endpoint(0), added }, now);
    QCOMPARE(page.findChild<QTableView*>(QStringLiteral("endpointTable"))->currentIndex().row(), 1);
    // From then on it is whoever uses it who selects.
    page.select(QStringLiteral("azure-eastus"));
    page.show({ endpoint(0), added }, now);
    QCOMPARE(page.findChild<QTableView*>(QStringLiteral("endpointTable"))->currentIndex().row(), 0);
}

QTEST_MAIN(TestEndpointsPage)
#include "tst_endpointspage.moc"
