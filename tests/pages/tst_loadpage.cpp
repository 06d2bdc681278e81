// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QCheckBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QDoubleSpinBox>
#include <QScrollArea>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTest>

#include "planfleet.h"
#include "controls/theme.h"
#include "controls/weightbar.h"
#include "models/format.h"
#include "pages/loadpage.h"
#include "planner/steps.h"

using namespace penstock;
using namespace penstock::plantest;

/// A real page on real judgements of a small fleet: what it asks for, and what it shows of the answers.
class TestLoadPage final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { applyTheme(*qApp, ThemeName::Dark); }
    void init();
    void cleanup() { m_page.reset(); }
    void handlesOnEachOtherGoTheWayTheyAreDragged_data();
    void handlesOnEachOtherGoTheWayTheyAreDragged();
    void withoutRoutesThereIsNoChart();
    void oneEditIsOnePlan();
    void twoEditsAreOnePlanToo();
    void everyBlockerIsShown();
    void theHashThatWasShownIsStarted();
    void nothingStartsWithoutAReason();
    void theLargestShareThatFitsIsOffered();
    void theBestSplitSetsTheHandles();
    void whatThePolicyAllowsCanBeOverridden();
    void readOnlyTouchesNothing();
    void readOnlyLooksAndRehearses();
    void aRunningShiftIsOneKeyAway();
    void aPausedShiftSaysWhatToDo();
    void anAbandonedShiftSaysSo();
    void oneThatAnInterlockHoldsUpSaysSo();
    void driftIsSaid();
    void twoHundredRoutesHaveFieldsForOne();
    void whatAReloadUndidIsOffered();
    void manyRoutesAreFiltered();
    void manyBackendsStayInSight();
    void whatWasTypedStays();
    void wholeSharesAddUp();
    void costsAreToldByProvider();

private:
    void addRoute(const std::string& name);
    [[nodiscard]] WeightBar* bar(const char* route) const { return m_page->findChild<WeightBar*>(QStringLiteral("weights-") + QLatin1String(route)); }
    [[nodiscard]] QPushButton* button(const char* name) const { return m_page->findChild<QPushButton*>(QLatin1String(name)); }
    [[nodiscard]] QString text(const char* name) const { return m_page->findChild<QLabel*>(QLatin1String(name))->text(); }
    void press(const char* route, Qt::Key key, int times)
    {
        bar(route)->setFocus();
        for (int i = 0; i < times; ++i)
            QTest::keyClick(bar(route), key, Qt::ShiftModifier);
    }
    void say(const char* reason) { m_page->findChild<QLineEdit*>(QStringLiteral("shiftReason"))->setText(QLatin1String(reason)); }
    [[nodiscard]] PlanFigures judged(const PlanWish& wish) const;
    [[nodiscard]] PlanStatus running(ShiftPhase phase) const;

    PlanFleet m_fleet;
    std::shared_ptr<const Ground> m_ground;
    std::vector<RouteFigures> m_figures;
    std::unique_ptr<LoadPage> m_page;
    std::optional<PlanWish> m_asked;
};

/// Of a kind that only this test knows: a page needs to know none.
struct SomeRouter
{
    static constexpr const char* kind = "some";
    std::string name;
    friend bool operator==(const SomeRouter&, const SomeRouter&) = default;
    [[nodiscard]] std::string text() const { return "router " + name; }
    [[nodiscard]] static std::string place() { return "here"; }
    [[nodiscard]] static bool countsRequests() { return true; }
    [[nodiscard]] std::vector<std::string> leaseKeys(const std::string&, const std::vector<Endpoint>&) const { return { name }; }
};

void TestLoadPage::addRoute(const std::string& name)
{
    Route route { .name = name, .workload = "chat", .router = SomeRouter { name }, .backends = {} };
    RouteReading reading;
    reading.version = "7";
    reading.readAt = wallClock();
    for (const char* id : { "azure", "gcp" }) {
        route.backends.push_back({ id, { .provider = id, .region = {}, .cluster = {}, .node = {} } });
        reading.backends.push_back({ .name = id, .accepted = route.backends.size() == 1 ? 80.0 : 20.0, .observed = {}, .requests = 0, .condition = {}, .note = {} });
    }
    m_fleet.rules.routes.push_back(route);
    RouteFigures figures;
    figures.route = route;
    figures.reading = reading;
    m_figures.push_back(std::move(figures));
}

void TestLoadPage::init()
{
    m_fleet = {};
    m_figures.clear();
    m_asked.reset();
    auto& rules = m_fleet.rules;
    rules.workloads.resize(1);
    rules.workloads[0].name = "chat";
    rules.workloads[0].replicaGpus = 8;
    for (const char* id : { "azure", "gcp" })
        rules.providers.push_back({ .id = id, .name = id, .subprocessor = true, .approvedData = {}, .utilisationCap = 1, .quotas = {}, .reservations = {} });
    rules.policy.overridable = { "capacity" };
    rules.policy.maxStep = 1;
    addRoute("chat");
    addRoute("voice");
    m_fleet.add("azure", "us-1", 10, 8, 8, 0);
    m_fleet.add("gcp", "us-2", 3, 8, 0, 0);
    m_ground = m_fleet.ground();
    m_page = std::make_unique<LoadPage>();
    m_page->resize(1270, 900);
    connect(m_page.get(), &LoadPage::planWanted, m_page.get(), [this](const PlanWish& wish) {
        m_asked = wish;
        m_page->showPlan(judged(wish));
    });
    m_page->show(m_figures);
    m_page->QWidget::show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
}

PlanFigures TestLoadPage::judged(const PlanWish& wish) const
{
    PlanFigures figures;
    figures.plan.person = "ada";
    figures.plan.reason = wish.reason;
    figures.plan.plannedAt = now;
    for (const auto& [name, target] : wish.targets)
        figures.plan.moves.push_back({ .route = name, .version = "7", .from = { 80, 20 }, .steps = *rampSteps({ 80, 20 }, target, wish.largestStep) });
    Circumstances circumstances;
    circumstances.now = now;
    for (const auto& it : m_figures)
        circumstances.readings.push_back(&*it.reading);
    circumstances.asked = wish.asked;
    if (circumstances.asked) {
        circumstances.asked->person = "ada";
        circumstances.asked->until = now + std::chrono::hours(1);
    }
    figures.judgement = judge(*m_ground, figures.plan, circumstances);
    figures.lines = linesOf(*m_ground, figures.judgement.effect, EffectBy::ClusterAndModel);
    figures.ground = m_ground;
    return figures;
}

PlanStatus TestLoadPage::running(ShiftPhase phase) const
{
    PlanStatus status;
    status.id = "S-7";
    status.plan.moves = { { .route = "chat", .version = "7", .from = { 80, 20 }, .steps = { { 75, 25 }, { 70, 30 } } } };
    status.phase = phase;
    status.step = 1;
    status.host = "desk";
    return status;
}

void TestLoadPage::handlesOnEachOtherGoTheWayTheyAreDragged_data()
{
    QTest::addColumn<int>("way"); ///< points
    QTest::addColumn<QList<double>>("to"); ///< with 50, 0, 0, 50 before
    QTest::newRow("left: the first gives") << -10 << QList<double> { 40, 10, 0, 50 };
    QTest::newRow("right: the last gives") << 10 << QList<double> { 50, 0, 10, 40 };
}

void TestLoadPage::handlesOnEachOtherGoTheWayTheyAreDragged()
{
    QFETCH(int, way);
    QFETCH(QList<double>, to);
    WeightBar bar;
    const QStringList names { QStringLiteral("azure"), QStringLiteral("gcp"), QStringLiteral("oci"), QStringLiteral("aws") };
    bar.setBackends(names, names);
    bar.resize(600, bar.sizeHint().height());
    bar.setDesired({ 0, 50, 0, 50 });
    const double left = bar.handle(0).center().x();
    bar.setDesired({ 50, 0, 0, 50 });
    const auto from = bar.handle(1).center();
    QCOMPARE(bar.handle(0).center(), from);
    const auto end = (from + QPointF((from.x() - left) / 50 * way, 0)).toPoint();
    QTest::mousePress(&bar, Qt::LeftButton, {}, from.toPoint());
    QTest::mouseMove(&bar, end);
    QTest::mouseRelease(&bar, Qt::LeftButton, {}, end);
    QCOMPARE(bar.desired(), to);
}

void TestLoadPage::withoutRoutesThereIsNoChart()
{
    const auto* chart = m_page->findChild<QWidget*>(QStringLiteral("splitChart"));
    QVERIFY(chart->isVisible());
    LoadPage page;
    page.show({});
    page.QWidget::show();
    QVERIFY(!page.findChild<QWidget*>(QStringLiteral("splitChart"))->isVisible());
}

void TestLoadPage::oneEditIsOnePlan()
{
    press("chat", Qt::Key_Left, 2);
    QVERIFY(m_asked);
    QCOMPARE(m_asked->targets.size(), std::size_t { 1 });
    QCOMPARE(m_asked->targets.front().first, std::string("chat"));
    QCOMPARE(m_asked->targets.front().second, (Weights { 70, 30 }));
    QCOMPARE(text("planTag"), QStringLiteral("fits"));
}

void TestLoadPage::twoEditsAreOnePlanToo()
{
    press("chat", Qt::Key_Left, 1);
    press("voice", Qt::Key_Left, 2);
    QCOMPARE(m_asked->targets.size(), std::size_t { 2 });
    QCOMPARE(m_asked->targets.back().second, (Weights { 70, 30 }));
}

void TestLoadPage::everyBlockerIsShown()
{
    m_figures[0].reading->backends[1].condition = BackendReading::Condition::Down;
    press("chat", Qt::Key_Left, 14);
    QCOMPARE(text("planTag"), QStringLiteral("2 blockers"));
    QVERIFY(!button("startShift")->isEnabled());
    const auto said = m_page->findChild<QWidget*>(QStringLiteral("planPicture"))->accessibleDescription();
    QVERIFY2(said.contains(QLatin1String("Capacity, blocks")) && said.contains(QLatin1String("Targets answer, blocks")), qPrintable(said));
}

void TestLoadPage::theHashThatWasShownIsStarted()
{
    QString started;
    connect(m_page.get(), &LoadPage::startWanted, this, [&](const PlanWish&, const QString& hash) { started = hash; });
    press("chat", Qt::Key_Left, 1);
    say("azure is slow");
    QTest::mouseClick(button("startShift"), Qt::LeftButton);
    QCOMPARE(m_asked->reason, std::string("azure is slow"));
    QCOMPARE(started, QString::fromStdString(judged(*m_asked).judgement.hash));
}

void TestLoadPage::nothingStartsWithoutAReason()
{
    press("chat", Qt::Key_Left, 1);
    QVERIFY(button("startShift")->isVisible() && !button("startShift")->isEnabled());
    say("azure is slow");
    QVERIFY(button("startShift")->isEnabled());
}

void TestLoadPage::theLargestShareThatFitsIsOffered()
{
    press("chat", Qt::Key_Left, 14);
    QCOMPARE(text("planTag"), QStringLiteral("1 blocker"));
    QVERIFY(button("stopWhereItFits")->isVisible());
    QTest::mouseClick(button("stopWhereItFits"), Qt::LeftButton);
    QCOMPARE(text("planTag"), QStringLiteral("fits"));
    QVERIFY(bar("chat")->desired()[1] > 20);
}

void TestLoadPage::theBestSplitSetsTheHandles()
{
    QStringList routes;
    SplitChoice asked;
    connect(m_page.get(), &LoadPage::bestSplitWanted, this, [&](const QStringList& names, const SplitChoice& choice) {
        routes = names;
        asked = choice;
    });
    QTest::mouseClick(button("bestCost"), Qt::LeftButton);
    QCOMPARE(routes, QStringList { QStringLiteral("chat") });
    QVERIFY(asked == SplitChoice());
    m_page->findChild<QDoubleSpinBox*>(QStringLiteral("bestGrowth"))->setValue(20);
    m_page->findChild<QDoubleSpinBox*>(QStringLiteral("bestLargestChange"))->setValue(15);
    QTest::mouseClick(button("bestEven"), Qt::LeftButton);
    QVERIFY((asked == SplitChoice { .goal = SplitGoal::EvenHeadroom, .growth = 1.2, .largestChange = 0.15 }));
    SplitFigures figures { .targets = { { "chat", { 75, 25 } } }, .split = {}, .choice = { .goal = SplitGoal::LeastCost, .growth = 1.2, .largestChange = 1 } };
    figures.split.binding = { { "utilisation cap 85 % of gcp", 2 } };
    m_page->showBestSplit(figures);
    QCOMPARE(bar("chat")->desired(), (QList<double> { 75, 25 }));
    QVERIFY(text("bestSplit").startsWith(QLatin1String("For 20 % more load than now.")) && text("bestSplit").contains(QLatin1String("utilisation cap 85 % of gcp")));
}

void TestLoadPage::whatThePolicyAllowsCanBeOverridden()
{
    press("chat", Qt::Key_Left, 14);
    say("launch day");
    auto* box = m_page->findChild<QCheckBox*>(QStringLiteral("override-capacity"));
    QVERIFY(box && box->isVisible());
    QVERIFY(!m_page->findChild<QCheckBox*>(QStringLiteral("override-approval")));
    box->click();
    QVERIFY(m_asked->asked);
    QCOMPARE(m_asked->asked->rules, std::vector<std::string> { "capacity" });
    QCOMPARE(text("planTag"), QStringLiteral("OVERRIDE"));
    QVERIFY(button("startShift")->isEnabled());
}

void TestLoadPage::readOnlyTouchesNothing()
{
    m_page->setReadOnly(true);
    m_page->showShifts({ running(ShiftPhase::Baking) });
    QSignalSpy paused(m_page.get(), &LoadPage::pauseWanted);
    QTest::keyClick(m_page.get(), Qt::Key_P);
    QCOMPARE(paused.count(), 0);
    QVERIFY(text("shiftProgress").contains(QLatin1String("S-7")));
}

void TestLoadPage::readOnlyLooksAndRehearses()
{
    m_page->setReadOnly(true);
    press("chat", Qt::Key_Left, 1);
    say("a look");
    QVERIFY(!button("startShift")->isEnabled());
    QVERIFY(button("rehearseShift")->isVisible() && button("rehearseShift")->isEnabled());
}

void TestLoadPage::aRunningShiftIsOneKeyAway()
{
    m_page->showShifts({ running(ShiftPhase::Baking) });
    QSignalSpy paused(m_page.get(), &LoadPage::pauseWanted), back(m_page.get(), &LoadPage::goBackWanted), stopped(m_page.get(), &LoadPage::stopWanted);
    m_page->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
    for (const auto key : { Qt::Key_P, Qt::Key_B, Qt::Key_S })
        QTest::keyClick(m_page.get(), key);
    QCOMPARE(paused.count(), 1);
    QCOMPARE(back.count(), 1);
    QCOMPARE(stopped.value(0).value(0).toString(), QStringLiteral("S-7"));
}

void TestLoadPage::aPausedShiftSaysWhatToDo()
{
    auto status = running(ShiftPhase::Paused);
    status.note = "stuck: observed does not follow";
    m_page->showShifts({ status });
    QVERIFY(text("shiftProgress").contains(QLatin1String("stuck: observed does not follow")));
    QVERIFY(text("shiftProgress").contains(QLatin1String("Nothing moves until you decide")));
    QVERIFY(button("resumeShift")->isVisible() && !button("pauseShift")->isVisible());
}

void TestLoadPage::anAbandonedShiftSaysSo()
{
    auto status = running(ShiftPhase::Confirming);
    status.abandoned = true;
    m_page->showShifts({ status });
    QVERIFY(text("shiftProgress").contains(QLatin1String("ended, and nobody runs it")));
    QVERIFY(button("resumeShift")->isVisible() && button("returnShift")->isVisible());
}

/// Once, and not as if something had gone wrong.
void TestLoadPage::oneThatAnInterlockHoldsUpSaysSo()
{
    auto status = running(ShiftPhase::Paused);
    status.note = "paused by: freeze; step 1 is accepted";
    status.error = Error { Error::Kind::Refused, "refused by interlocks: Freeze windows: launch", {}, {} };
    status.interlocks = {
        { .rule = "freeze", .title = "Freeze windows", .verdict = Interlock::Verdict::Block, .evidence = "launch" }
    };
    status.abandoned = status.stood = true;
    m_page->showShifts({ status });
    const auto said = text("shiftProgress");
    QVERIFY2(said.contains(QLatin1String("Paused by: Freeze windows (launch). step 1 is accepted"))
            && said.contains(QLatin1String("Nothing moves until you decide")),
        qPrintable(said));
    QVERIFY2(!said.contains(QLatin1String("refused by interlocks")) && !said.contains(QLatin1String("nobody runs it")),
        qPrintable(said));
    QVERIFY(
        button("resumeShift")->isVisible() && button("returnShift")->isVisible() && button("stopShift")->isVisible());
}

void TestLoadPage::driftIsSaid()
{
    m_figures[0].reading->drift = "reloaded at 08:39:02";
    m_page->show(m_figures);
    const auto labels = m_page->findChildren<QLabel*>();
    QVERIFY(std::ranges::any_of(labels, [](const QLabel* it) { return it->text().contains(QLatin1String("reloaded at 08:39:02")); }));
}

void TestLoadPage::whatAReloadUndidIsOffered()
{
    QVERIFY(!button("setAgain")->isVisible());
    m_figures[0].reading->drift = "reloaded at 08:39:02";
    m_figures[0].reading->forgotten = { 30, 70 };
    m_page->show(m_figures);
    QVERIFY(button("setAgain")->isVisible());
    QCOMPARE(button("setAgain")->text(), QStringLiteral("Set 30 / 70 again"));
    button("setAgain")->click();
    // A plan like any other: judged, and not sent before it is started.
    QVERIFY(m_asked);
    QCOMPARE(m_asked->targets.front().second, (Weights { 30, 70 }));
}

void TestLoadPage::manyRoutesAreFiltered()
{
    auto* filter = m_page->findChild<QLineEdit*>(QStringLiteral("routeFilter"));
    QVERIFY(!filter->isVisible()); // a few need none
    for (int i = 0; i < 20; ++i)
        addRoute("route-" + std::to_string(i));
    m_page->show(m_figures);
    QVERIFY(filter->isVisible());
    m_page->focusFilter();
    QTest::keyClicks(filter, QStringLiteral("ROUTE-1"));
    const auto visibleRows = [&] {
        int visible = 0;
        for (const auto* bar : m_page->findChildren<WeightBar*>())
            visible += bar->parentWidget()->isVisibleTo(m_page.get());
        return visible;
    };
    QCOMPARE(visibleRows(), 11); // 1 and 10 to 19
    filter->clear();
    QCOMPARE(visibleRows(), 22);
}

void TestLoadPage::whatWasTypedStays()
{
    auto& three = m_figures.front();
    three.route.backends.push_back({ "aws", { .provider = "aws", .region = {}, .cluster = {}, .node = {} } });
    three.reading->backends.push_back({ .name = "aws", .accepted = 0, .observed = {}, .requests = 0, .condition = {}, .note = {} });
    m_page = std::make_unique<LoadPage>();
    m_page->show(m_figures);
    m_page->openRoute(QStringLiteral("chat"));
    const auto field = [this](const char* name) { return m_page->findChild<QDoubleSpinBox*>(QStringLiteral("share-") + QLatin1String(name)); };
    field("azure")->setValue(15);
    field("gcp")->setValue(80);
    QCOMPARE(field("azure")->value(), 15.0);
    QCOMPARE(field("aws")->value(), 5.0);
    // Only where there is no other place for it, what was typed first gives.
    field("gcp")->setValue(90);
    QCOMPARE(field("aws")->value(), 0.0);
    QCOMPARE(field("azure")->value(), 10.0);
}

void TestLoadPage::wholeSharesAddUp()
{
    QCOMPARE(format::split({ 65.5, 34.5, 0 }), QStringLiteral("66 / 34 / 0"));
    QCOMPARE(format::split({ 33.4, 33.3, 33.3 }), QStringLiteral("34 / 33 / 33"));
    QCOMPARE(format::split({ 50, 25, 25 }), QStringLiteral("50 / 25 / 25"));
}

void TestLoadPage::manyBackendsStayInSight()
{
    for (int i = 0; i < 9; ++i) {
        m_figures.back().route.name = "wide";
        m_figures.back().route.backends.push_back({ "us-central1-cluster-" + std::to_string(i), { .provider = "gcp", .region = {}, .cluster = {}, .node = {} } });
        m_figures.back().reading->backends.push_back({ .name = m_figures.back().route.backends.back().name, .accepted = 0, .observed = {}, .requests = 0, .condition = {}, .note = {} });
    }
    m_page->resize(1100, 800);
    m_page->show(m_figures);
    m_page->openRoute(QStringLiteral("wide"));
    QCoreApplication::processEvents();
    const auto* scroll = m_page->findChild<QScrollArea*>();
    QVERIFY2(scroll->widget()->width() <= scroll->viewport()->width(), qPrintable(QStringLiteral("%1 in %2").arg(scroll->widget()->width()).arg(scroll->viewport()->width())));
    // In a wider window they need fewer lines again.
    const auto* editor = m_page->findChild<QWidget*>(QStringLiteral("share-us-central1-cluster-0"))->parentWidget();
    const auto high = editor->height();
    m_page->resize(2200, 800);
    QTRY_VERIFY2(editor->height() < high, qPrintable(QStringLiteral("%1, before %2").arg(editor->height()).arg(high)));
    QCOMPARE(m_page->findChildren<QDoubleSpinBox*>(QRegularExpression(QStringLiteral("^share-us-central1"))).size(), 9);
}

void TestLoadPage::twoHundredRoutesHaveFieldsForOne()
{
    for (int i = 0; i < 198; ++i)
        addRoute("route-" + std::to_string(i));
    m_page->show(m_figures);
    QCOMPARE(m_page->findChildren<WeightBar*>().size(), 200);
    QCOMPARE(m_page->findChildren<QWidget*>(QStringLiteral("share-azure")).size(), 1);
}

void TestLoadPage::costsAreToldByProvider()
{
    const auto line = [](const char* provider, const char* cluster, double before, double after) {
        EffectLine made { .provider = provider, .region = "r", .cluster = cluster, .model = "H100", .sum = {} };
        made.sum.costBefore = before;
        made.sum.costAfter = after;
        return made;
    };
    const auto costs = costsByProvider({ line("aws", "a", 10, 12), line("oci", "o", 0, 0), line("gcp", "g", 40, 0), line("aws", "b", 5, 30) });
    QCOMPARE(costs.size(), std::size_t { 2 });
    QCOMPARE(costs[0].provider, std::string("aws"));
    QCOMPARE(costs[0].before, 15.0);
    QCOMPARE(costs[0].after, 42.0);
    QCOMPARE(costs[1].provider, std::string("gcp"));
}

QTEST_MAIN(TestLoadPage)
#include "tst_loadpage.moc"
