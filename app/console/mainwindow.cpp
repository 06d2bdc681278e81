// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "mainwindow.h"

#include <QApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QShortcut>
#include <QStackedWidget>
#include <QStyle>
#include <QSystemTrayIcon>
#include <QVBoxLayout>
#include <algorithm>

#include "addendpointlink.h"
#include "attention.h"
#include "base/timetext.h"
#include "capacitylink.h"
#include "chartfeed.h"
#include "controls/palette.h"
#include "controls/scrubber.h"
#include "controls/theme.h"
#include "frame.h"
#include "loadlink.h"
#include "savemenu.h"
#include "engine/past.h"
#include "models/format.h"
#include "pages/addendpointpanel.h"
#include "pages/endpointspage.h"
#include "pages/failoverpage.h"
#include "pages/fleetpage.h"
#include "pages/loadpage.h"
#include "session/drills.h"
#include "timetravel.h"

namespace penstock {

MainWindow::MainWindow(Session& session, bool readOnly, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_header(new HeaderBar(session, readOnly, this))
    , m_attention(new AttentionBar(this))
    , m_status(new StatusLine(session, this))
    , m_scrubber(new Scrubber(this))
    , m_pastNote(new QLabel(this))
    , m_travel(new TimeTravel(session, *m_scrubber, this))
    , m_chartLink(new ChartLink(this))
    , m_chartFeed(new ChartFeed(session, *m_travel, *m_chartLink, this))
    , m_readOnly(readOnly)
    , m_rail(new QWidget(this))
    , m_pages(new QStackedWidget(this))
    , m_fleet(new FleetPage(this))
    , m_capacity(new CapacityPage(this))
    , m_load(new LoadPage(this))
    , m_failover(new FailoverPage(this))
    , m_endpoints(new EndpointsPage(this))
    , m_palette(new Palette(this))
    , m_toast(new QLabel(this))
{
    setWindowTitle(tr("Penstock – %1").arg(QString::fromStdString(session.workspace().name)));
    setMinimumSize(1024, 640);
    setProperty("surface", QStringLiteral("bg"));
    setAttribute(Qt::WA_StyledBackground);
    m_rail->setProperty("surface", QStringLiteral("rail"));
    m_rail->setAttribute(Qt::WA_StyledBackground);
    auto* rail = new QVBoxLayout(m_rail);
    rail->setContentsMargins(0, 8, 0, 8);
    rail->setSpacing(0);
    const QList<std::pair<QString, QString>> names { { QStringLiteral("fleet"), tr("Fleet") }, { QStringLiteral("capacity"), tr("Capacity") }, { QStringLiteral("load"), tr("Load") }, { QStringLiteral("failover"), tr("Failover") }, { QStringLiteral("endpoints"), tr("Endpoints") } };
    for (int i = 0; i < names.size(); ++i) {
        auto* button = new NavButton(names[i].first, names[i].second, QString::number(i + 1), m_rail);
        button->setObjectName(QStringLiteral("nav-") + names[i].first);
        connect(button, &QPushButton::clicked, this, [this, i] { openPage(static_cast<Page>(i)); });
        rail->addWidget(button);
        m_nav << button;
        auto* key = new QShortcut(QKeySequence(QString::number(i + 1)), this);
        connect(key, &QShortcut::activated, this, [this, i] { openPage(static_cast<Page>(i)); });
    }
    rail->addStretch();
    for (QWidget* page : { static_cast<QWidget*>(m_fleet), static_cast<QWidget*>(m_capacity), static_cast<QWidget*>(m_load), static_cast<QWidget*>(m_failover), static_cast<QWidget*>(m_endpoints) })
        m_pages->addWidget(page);
    auto* line = new QFrame(this);
    line->setProperty("line", QStringLiteral("v"));
    auto* middle = new QHBoxLayout;
    middle->setSpacing(0);
    middle->addWidget(m_rail);
    middle->addWidget(line);
    auto* right = new QVBoxLayout;
    right->setSpacing(0);
    right->addWidget(m_pastNote);
    right->addWidget(m_pages, 1);
    right->addWidget(m_scrubber);
    middle->addLayout(right, 1);
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    whole->addWidget(m_header);
    whole->addWidget(m_attention);
    whole->addLayout(middle, 1);
    whole->addWidget(m_status);
    m_toast->hide();
    m_toast->setWordWrap(true);
    m_toast->setObjectName(QStringLiteral("toast"));
    m_toastTimer.setSingleShot(true);
    m_toastTimer.setInterval(6000);
    connect(&m_toastTimer, &QTimer::timeout, this, [this] {
        // What goes on is said for as long as it does.
        if (const auto& trouble = m_session.historyTrouble(); !trouble.isEmpty())
            toast(trouble, true);
        else
            m_toast->hide();
    });

    const auto shortcut = [this](const QKeySequence& keys, auto slot) {
        auto* made = new QShortcut(keys, this);
        connect(made, &QShortcut::activated, this, slot);
    };
    shortcut(QKeySequence(Qt::Key_Slash), [this] {
        if (m_pages->currentWidget() == m_endpoints) {
            m_endpoints->focusFilter();
            return;
        }
        if (m_pages->currentWidget() == m_load)
            return m_load->focusFilter();
        openPage(Page::Fleet);
        m_fleet->focusFilter();
    });
    shortcut(QKeySequence(Qt::Key_H), [this] {
        openPage(Page::Fleet);
        m_fleet->toggleHeat();
    });
    shortcut(QKeySequence(Qt::Key_U), [this] {
        openPage(Page::Fleet);
        m_fleet->toggleTroubles();
    });
    shortcut(QKeySequence(Qt::Key_I), [this] { m_fleet->toggleInspector(); });
    shortcut(QKeySequence(Qt::Key_T), [this] { switchTheme(); });
    shortcut(QKeySequence::Quit, [this] { close(); });
    shortcut(QKeySequence(QStringLiteral("Ctrl+K")), [this] { openPalette(); });
    shortcut(QKeySequence(Qt::Key_Question), [this] { openPalette(); });
    connect(&m_header->searchButton(), &QPushButton::clicked, this, &MainWindow::openPalette);
    connect(&m_header->themeButton(), &QPushButton::clicked, this, &MainWindow::switchTheme);

    connect(&m_session, &Session::published, this, &MainWindow::refresh);
    connect(&m_session, &Session::routesChanged, this, &MainWindow::refreshRoutes);
    connect(&m_session, &Session::noticed, this, [this](const QString& text) { toast(text, true); });
    connect(&m_session, &Session::informed, this, [this](const QString& text) { toast(text, false); });
    connect(m_endpoints, &EndpointsPage::reconnectWanted, this, [this](const QString& name) { m_session.reconnect(name.toStdString()); });
    auto* loadLink = new LoadLink(m_session, *m_load, this);
    connect(loadLink, &LoadLink::said, this, &MainWindow::toast);
    m_capacityLink = new CapacityLink(m_session, *m_capacity, this);
    connect(m_capacityLink, &CapacityLink::said, this, &MainWindow::toast);
    auto* addLink = new AddEndpointLink(m_session, m_endpoints->assistant(), this);
    connect(addLink, &AddEndpointLink::saved, this, [this](const QString& file, const QString& endpoint) {
        // Who closes the session pauses what it runs.
        if (std::ranges::any_of(m_session.shifts(), [](const PlanStatus& it) { return !isOver(it.phase) && it.pid == QCoreApplication::applicationPid(); }))
            return toast(tr("Saved in %1. A shift runs here, so it is opened at the next start.").arg(file), false);
        emit reopenWanted(file, endpoint);
    });
    m_load->setReadOnly(readOnly);
    m_load->setLargestStep(usualStep(m_session.workspace().policy));
    m_failover->setReadOnly(readOnly);
    m_failover->showDrill(m_session.lastDrill());
    joinFailover();
    joinAttention();
    joinTimeTravel();
    joinCharts();
    joinSaving();
    auto* drills = new Drills(m_session, this);
    connect(drills, &Drills::found, this, [this](const QString& text) { toast(text, true); });

    // Ages go on even when nothing arrives any more.
    m_clock.setInterval(500);
    connect(&m_clock, &QTimer::timeout, this, [this] {
        m_header->refresh();
        m_status->update();
    });
    m_clock.start();
    openPage(Page::Fleet);
}

void MainWindow::openPage(Page page)
{
    m_pages->setCurrentIndex(static_cast<int>(page));
    placeToast();
    m_nav[static_cast<int>(page)]->setChecked(true);
    if (auto* focused = focusWidget(); !focused || !m_pages->currentWidget()->isAncestorOf(focused))
        m_pages->currentWidget()->setFocus(Qt::ShortcutFocusReason);
    refresh();
    refreshRoutes();
    refreshPast();
    if (page == Page::Failover)
        showKeptBoard();
    refreshBoard();
    refreshShifts();
}

void MainWindow::openEndpoint(const QString& name)
{
    openPage(Page::Endpoints);
    m_endpoints->select(name);
}

MainWindow::Page MainWindow::page() const { return static_cast<Page>(m_pages->currentIndex()); }

void MainWindow::refresh()
{
    placeToast(); // what it must not cover may have grown
    if (m_travel->isLive())
        showFleet();
    if (m_pages->currentWidget() == m_endpoints)
        m_endpoints->show(m_session.endpoints(), wallClock());
    m_header->refresh();
    m_status->update();
    QStringList failing;
    for (const auto& endpoint : m_session.endpoints())
        if (endpoint.connection == Connection::Failing) {
            const auto name = QString::fromStdString(endpoint.name);
            failing << name;
            if (!m_failing.contains(name))
                toast(tr("%1 does not answer: %2").arg(name, QString::fromStdString(endpoint.error ? endpoint.error->what : std::string())), true);
        }
    for (const auto& name : std::as_const(m_failing))
        if (!failing.contains(name))
            toast(tr("%1 answers again.").arg(name), false);
    m_failing = failing;
}

/// The Fleet page, where it is the one that is looked at: of now, or of the moment that is looked back to.
void MainWindow::showFleet()
{
    if (m_pages->currentWidget() != m_fleet)
        return;
    if (const auto& view = m_travel->view()) {
        m_fleet->show(view->snapshot ? view->snapshot : PastMaker().make({}, view->at), m_chartFeed->history(), {}, m_chartFeed->step());
        return m_fleet->showEvents(view->events);
    }
    QStringList notWhole;
    for (const auto& endpoint : m_session.endpoints())
        if (!endpoint.isWhole())
            notWhole << QString::fromStdString(endpoint.name);
    m_fleet->show(m_session.snapshot(), m_chartFeed->history(), notWhole, m_chartFeed->step());
}

void MainWindow::joinSaving()
{
    auto* saving = new SaveMenu(*this, [this] { return provenance(); });
    connect(saving, &SaveMenu::said, this, &MainWindow::toast);
}

/// Of what the page shows.
Provenance MainWindow::provenance() const
{
    const auto workspace = QString::fromStdString(m_session.workspace().name);
    const auto whose = workspace.isEmpty() ? tr("this console") : workspace;
    const auto iso = [](Time at) { return QString::fromStdString(rfc3339(at, TimeDigits::Milliseconds)); };
    const auto* page = m_pages->currentWidget();
    const auto& view = m_travel->view();
    if (!m_travel->isLive() && view && page != m_endpoints)
        return { iso(view->at), tr("history of %1").arg(whose), view->error ? QString::fromStdString(view->error->text()) : view->snapshot ? QString() : tr("nothing is known of that moment"), view->snapshot && view->snapshot->simulated() };
    QStringList missing;
    for (const auto& it : m_session.endpoints())
        if (!it.isWhole())
            missing << (it.connection == Connection::Failing ? tr("%1 does not answer") : it.partial ? tr("%1 answers in part") : tr("%1 has not been heard of yet")).arg(QString::fromStdString(it.name));
    return { iso(m_session.snapshot()->asOf()), tr("%1, live").arg(whose), missing.join(QStringLiteral("; ")), m_session.snapshot()->simulated() };
}

void MainWindow::refreshRoutes()
{
    m_status->update();
    readUndone();
    if (m_pages->currentWidget() != m_load || !m_travel->isLive())
        return;
    std::vector<RouteFigures> figures;
    const auto snapshot = m_session.snapshot();
    for (const auto& view : m_session.routes()) {
        RouteFigures made { view.route, view.reading, view.error, view.shift, {}, 0, {}, m_chartFeed->observed(view.route.name) };
        made.step = m_chartFeed->step();
        if (const auto* workload = m_session.workspace().workload(view.route.workload))
            made.workload = *workload;
        made.load = snapshot->tally({ .scope = {}, .model = {}, .workload = view.route.workload, .state = {} }).load;
        for (const auto& demand : snapshot->demand())
            if (demand.workload == view.route.workload)
                made.demand = demand;
        made.service = snapshot->service(view.route.workload, {});
        figures.push_back(std::move(made));
    }
    m_load->show(figures);
}

void MainWindow::joinTimeTravel()
{
    m_pastNote->setObjectName(QStringLiteral("pastNote"));
    m_pastNote->setProperty("tone", QStringLiteral("amber"));
    m_pastNote->setWordWrap(true);
    m_pastNote->setContentsMargins(24, 8, 24, 0);
    m_pastNote->hide();
    connect(m_travel, &TimeTravel::modeChanged, this, &MainWindow::showMode);
    connect(m_travel, &TimeTravel::viewed, this, &MainWindow::refreshPast);
    auto* key = new QShortcut(Qt::Key_L, this);
    connect(key, &QShortcut::activated, m_travel, &TimeTravel::returnToLive);
}

/// The charts of all pages show the same stretch of time, and the time line under them where the crosshair is.
void MainWindow::joinCharts()
{
    m_fleet->follow(*m_chartLink);
    m_load->follow(*m_chartLink);
    m_failover->follow(*m_chartLink);
    if (!m_session.historyFile().empty())
        m_chartLink->setLongest(std::chrono::duration<double>(std::chrono::hours(24)).count());
    connect(m_chartLink, &ChartLink::pointed, m_scrubber, &Scrubber::setPointed);
    // The Capacity page has a stretch of its own, of months, and the same crosshair.
    connect(m_chartLink, &ChartLink::pointed, &m_capacity->chartLink(), &ChartLink::point);
    connect(&m_capacity->chartLink(), &ChartLink::pointed, m_chartLink, &ChartLink::point);
    connect(m_chartFeed, &ChartFeed::changed, this, [this] {
        m_fleet->showHistory(m_chartFeed->history(), m_chartFeed->step());
        refreshRoutes();
        refreshPastLoad();
        showKeptBoard();
    });
}

void MainWindow::showMode()
{
    m_chartLink->reset();
    m_capacity->chartLink().reset();
    m_capacityLink->setMoment(m_travel->moment());
    const bool isLive = m_travel->isLive();
    const auto why = isLive ? QString() : tr("Not live: nothing can be started from the past. Return to live (L).");
    m_load->setReadOnly(m_readOnly || !isLive, why);
    m_failover->setReadOnly(m_readOnly || !isLive, why);
    m_header->setMoment(m_travel->moment(), m_session.snapshot()->simulated());
    m_status->setLive(isLive);
    m_failover->showMoment(m_travel->moment());
    sayWhatIsNotKept();
    refresh();
    refreshRoutes();
    refreshBoard();
    refreshAttention();
}

/// What a page shows of now, or cannot show, it says.
void MainWindow::sayWhatIsNotKept()
{
    const auto* page = m_pages->currentWidget();
    const auto& view = m_travel->view();
    QString text;
    if (!m_travel->isLive() && page == m_endpoints)
        text = tr("This page shows now: what it showed then is not kept.");
    else if (view && view->error)
        text = tr("The history cannot be read: %1").arg(QString::fromStdString(view->error->text()));
    else if (view && !view->snapshot)
        text = tr("Nothing is known of %1: no console ran, or no endpoint answered.").arg(format::second(view->at));
    else if (view && view->step > std::chrono::seconds(1))
        text = tr("These are points of %1: seconds are not kept as long, or never were.").arg(format::duration(view->step));
    m_pastNote->setText(text);
    m_pastNote->setVisible(!text.isEmpty());
}

void MainWindow::refreshPast()
{
    sayWhatIsNotKept();
    const auto& view = m_travel->view();
    if (m_travel->isLive() || !view)
        return;
    if (m_pages->currentWidget() == m_capacity)
        m_capacityLink->setMoment(view->at);
    m_header->setMoment(view->at, view->snapshot && view->snapshot->simulated());
    showFleet();
    refreshPastLoad();
    if (m_pages->currentWidget() == m_failover) {
        m_failover->showMoment(view->at, view->carried);
        showKeptBoard();
    }
}

/// The chart of the Failover page shows a whole hour.
void MainWindow::showKeptBoard()
{
    const auto& view = m_travel->view();
    m_failover->showKept(view && m_chartFeed->isNear() ? view->carriedHistory : m_chartFeed->history());
}

void MainWindow::refreshPastLoad()
{
    if (m_pages->currentWidget() == m_load && !m_travel->isLive() && m_travel->view())
        refreshPastRoutes();
}

void MainWindow::refreshPastRoutes()
{
    const auto& view = *m_travel->view();
    std::vector<RouteFigures> figures;
    for (const auto& live : m_session.routes()) {
        RouteFigures made { .route = live.route, .reading = {}, .error = {}, .shift = {}, .demand = {}, .workload = {}, .observed = {}, .past = view.at };
        made.observed = m_chartFeed->observed(live.route.name);
        made.step = m_chartFeed->step();
        if (const auto* workload = m_session.workspace().workload(live.route.workload))
            made.workload = *workload;
        RouteReading reading;
        for (const auto& backend : live.route.backends) {
            const auto found = view.shares.find(live.route.name + "/" + backend.name);
            if (found == view.shares.end() || found->second.accepted < 0)
                break;
            const auto& share = found->second;
            BackendReading one;
            one.name = backend.name;
            one.accepted = share.accepted;
            if (share.observed >= 0)
                one.observed = share.observed;
            reading.backends.push_back(std::move(one));
            made.desired.push_back(share.desired < 0 ? share.accepted : share.desired);
        }
        if (view.snapshot) {
            const auto& snapshot = *view.snapshot;
            reading.readAt = snapshot.asOf();
            const auto workload = std::ranges::find(snapshot.workloads(), live.route.workload);
            if (workload != snapshot.workloads().end())
                made.load = snapshot.workloadTally(static_cast<std::size_t>(workload - snapshot.workloads().begin())).load;
            for (const auto& demand : snapshot.demand())
                if (demand.workload == live.route.workload)
                    made.demand = demand;
        }
        // A part of a split is none.
        if (reading.backends.size() == live.route.backends.size())
            made.reading = std::move(reading);
        else
            made.desired.clear();
        figures.push_back(std::move(made));
    }
    m_load->show(figures);
}

void MainWindow::joinFailover()
{
    const auto requestOf = [this](const EvacuationRequest& asked) {
        PlanRequest made { .kind = Plan::Kind::Evacuation, .scope = asked.scope, .now = asked.now, .reason = asked.reason.toStdString() };
        if (!asked.overridden.isEmpty()) {
            made.asked = Override { .person = {}, .reason = made.reason, .rules = {}, .until = wallClock() + asked.overrideLasts };
            for (const auto& rule : asked.overridden)
                made.asked->rules.push_back(rule.toStdString());
            // It is judged while it is still being typed why.
            if (made.asked->reason.empty())
                made.asked->reason = tr("no reason yet").toStdString();
        }
        return made;
    };
    const auto say = [this](const Result<>& done) {
        if (!done)
            toast(QString::fromStdString(done.error().text()), true);
    };
    connect(&m_session, &Session::boardChanged, this, &MainWindow::refreshBoard);
    connect(&m_session, &Session::shiftsChanged, this, &MainWindow::refreshShifts);
    connect(m_failover, &FailoverPage::evacuationWanted, this, [this, requestOf](const EvacuationRequest& asked) {
        const auto view = m_session.plan(requestOf(asked));
        if (!view)
            return m_failover->showEvacuation(asked.scope, std::unexpected(view.error()));
        m_failover->showEvacuation(asked.scope,
            EvacuationFigures { view->plan, view->judgement, view->evacuation, m_session.workspace().routes, view->expected, view->wayBack, view->unanswered, view->lines, m_session.workspace().policy.overridable });
    });
    connect(m_failover, &FailoverPage::startWanted, this, [this, requestOf](const EvacuationRequest& asked, const QString& hash) {
        const auto id = m_session.startPlan(requestOf(asked), hash.toStdString());
        toast(id ? tr("Evacuation %1 has started.").arg(QString::fromStdString(*id)) : QString::fromStdString(id.error().text()), !id);
    });
    connect(m_failover, &FailoverPage::rehearseWanted, this, [this, requestOf](const EvacuationRequest& asked) {
        auto request = requestOf(asked);
        if (request.reason.empty())
            request.reason = tr("rehearsal").toStdString();
        const auto id = m_session.rehearse(request);
        toast(id ? tr("Rehearsal %1 runs, nothing is written.").arg(QString::fromStdString(*id)) : QString::fromStdString(id.error().text()), !id);
    });
    connect(m_failover, &FailoverPage::approvalWanted, this, [this, requestOf](const EvacuationRequest& asked) {
        const auto hash = m_session.propose(requestOf(asked));
        toast(hash ? tr("The plan is kept. Another operator approves it here or with: penstockctl approve %1").arg(QString::fromStdString(*hash).left(12)) : QString::fromStdString(hash.error().text()), !hash);
    });
    connect(m_failover, &FailoverPage::approveWanted, this, [this](const QString& hash) {
        const auto done = m_session.approve(hash.toStdString());
        toast(done ? tr("Approved.") : QString::fromStdString(done.error().text()), !done);
    });
    connect(m_failover, &FailoverPage::pauseWanted, this, [this, say](const QString& id) { say(m_session.pausePlan(id.toStdString())); });
    connect(m_failover, &FailoverPage::resumeWanted, this, [this, say](const QString& id) { say(m_session.resumePlan(id.toStdString())); });
    connect(m_failover, &FailoverPage::returnWanted, this, [this, say](const QString& id) {
        const auto& shifts = m_session.shifts();
        const auto shift = std::ranges::find(shifts, id.toStdString(), &PlanStatus::id);
        if (shift == shifts.end() || !isOver(shift->phase))
            return say(m_session.goBackPlan(id.toStdString()));
        const auto back = m_session.wayBackOf(id.toStdString());
        if (!back)
            return toast(QString::fromStdString(back.error().text()), true);
        openPage(Page::Load);
        m_load->setTargets(back->targets);
        toast(tr("The way back of %1, as a new plan: nothing was sent.").arg(id), false);
    });
    connect(m_failover, &FailoverPage::stopWanted, this, [this, say](const QString& id) { say(m_session.stopPlan(id.toStdString())); });
}

void MainWindow::joinAttention()
{
    connect(m_attention, &AttentionBar::called, this, [this](const QString&, const QString& text) { call(text); });
    connect(m_attention, &AttentionBar::openWanted, this, &MainWindow::openShift);
    connect(m_attention, &AttentionBar::setAgainWanted, this, [this](const std::vector<std::pair<std::string, Weights>>& targets) {
        openPage(Page::Load);
        m_load->setTargets(targets);
    });
    connect(m_failover, &FailoverPage::shownShiftChanged, this, &MainWindow::refreshAttention);
    connect(m_load, &LoadPage::shownShiftChanged, this, &MainWindow::refreshAttention);
    connect(m_status, &StatusLine::shiftClicked, this, &MainWindow::openShift);
    const auto say = [this](const Result<>& done) {
        if (!done)
            toast(QString::fromStdString(done.error().text()), true);
    };
    connect(m_attention, &AttentionBar::pauseWanted, this, [this, say](const QString& id) { say(m_session.pausePlan(id.toStdString())); });
    connect(m_attention, &AttentionBar::resumeWanted, this, [this, say](const QString& id) { say(m_session.resumePlan(id.toStdString())); });
    connect(m_attention, &AttentionBar::returnWanted, this, [this, say](const QString& id) { say(m_session.goBackPlan(id.toStdString())); });
    connect(m_attention, &AttentionBar::stopWanted, this, [this, say](const QString& id) { say(m_session.stopPlan(id.toStdString())); });
}

void MainWindow::openShift(const QString& id)
{
    const auto found = std::ranges::find(m_session.shifts(), id.toStdString(), &PlanStatus::id);
    const bool evacuates = found != m_session.shifts().end() && found->plan.kind == Plan::Kind::Evacuation;
    openPage(evacuates ? Page::Failover : Page::Load);
    if (evacuates)
        m_failover->pick(found->plan.scope);
}

/// Somebody who looks elsewhere is to come: the task bar, and a message where the desktop shows them.
void MainWindow::call(const QString& text)
{
    toast(text, true);
    QApplication::alert(this);
    if (!QSystemTrayIcon::isSystemTrayAvailable() || !QSystemTrayIcon::supportsMessages())
        return;
    if (!m_tray) {
        m_tray = new QSystemTrayIcon(windowIcon(), this);
        m_tray->setToolTip(windowTitle());
        connect(m_tray, &QSystemTrayIcon::messageClicked, this, [this] {
            showNormal();
            activateWindow();
        });
    }
    m_tray->show();
    m_tray->showMessage(windowTitle(), text, QSystemTrayIcon::Warning);
}

void MainWindow::refreshBoard()
{
    const auto board = m_session.board();
    // What comes from the disk counts as zero capacity, which says nothing of what would have survived.
    if (!board->fromCache)
        m_failover->remember(board->rows, board->asOf);
    if (m_pages->currentWidget() == m_failover && m_travel->isLive()) {
        m_failover->showBoard(board->rows, board->asOf, m_session.endpoints().size(), m_session.workspace().policy.staleAfter, board->prices);
        refreshWaiting(); // what stands against them changes with the fleets
    }
}

void MainWindow::refreshShifts()
{
    m_status->update();
    if (m_pages->currentWidget() == m_failover) {
        m_failover->showShifts(m_session.shifts(), m_session.workspace().routes, m_undone);
        refreshWaiting();
    }
    if (m_pages->currentWidget() == m_load)
        m_load->showShifts(m_session.shifts());
    refreshAttention();
}

void MainWindow::refreshWaiting()
{
    std::vector<WaitingPlan> waiting;
    for (const auto& it : m_session.waitingApprovals())
        waiting.push_back(waitingPlan(it));
    m_failover->showWaiting(waiting);
}

/// Who approves reads what the plan does, and what else stands against it.
WaitingPlan MainWindow::waitingPlan(const WaitingApproval& it) const
{
    WaitingPlan made { .hash = QString::fromStdString(it.hash), .title = QString::fromStdString(titleOf(it.plan)), .person = it.plan.person.empty() ? tr("nobody") : QString::fromStdString(it.plan.person),
        .reason = QString::fromStdString(it.plan.reason), .isMine = it.plan.person == m_session.person(), .isApproved = it.approved };
    const auto view = m_session.view(it);
    for (const auto& move : it.plan.moves) {
        const auto& routes = m_session.workspace().routes;
        const auto route = std::ranges::find(routes, move.route, &Route::name);
        QStringList shares;
        for (std::size_t b = 0; route != routes.end() && !move.steps.empty() && b < std::min({ route->backends.size(), move.from.size(), move.steps.back().size() }); ++b)
            if (move.from[b] != move.steps.back()[b])
                shares << tr("%1 %2 to %3 %").arg(QString::fromStdString(route->backends[b].name), format::share(move.from[b]), format::share(move.steps.back()[b]));
        made.changes << QString::fromStdString(move.route) + QStringLiteral(": ") + shares.join(QStringLiteral(", "));
    }
    if (!view)
        return made;
    std::int64_t needed = 0;
    for (const auto& pool : view->judgement.effect.pools)
        needed += pool.needed;
    std::int64_t ends = 0;
    for (const auto& shed : it.plan.shed)
        ends += shed.gpus;
    const auto gpus = format::count(static_cast<std::uint64_t>(std::max<std::int64_t>(0, needed)));
    made.changes << (ends > 0 ? tr("Needs %1 GPUs; load on %2 GPUs ends.").arg(gpus, format::count(static_cast<std::uint64_t>(ends))) : tr("Needs %1 GPUs.").arg(gpus));
    if (it.asked) {
        QStringList rules;
        for (const auto& rule : it.asked->rules)
            rules << QString::fromStdString(rule);
        const auto until = format::moment(it.asked->until);
        made.changes << tr("Overrides %1 until %2: %3").arg(rules.join(QStringLiteral(", ")), until, QString::fromStdString(it.asked->reason));
    }
    QStringList blocks;
    for (const auto& one : view->judgement.interlocks)
        if (one.blocks() && !asksForSecondPerson(one.rule))
            blocks << QString::fromStdString(one.evidence);
    made.blocked = blocks.join(QStringLiteral("; "));
    return made;
}

void MainWindow::refreshAttention()
{
    // A page of the past has no controls of what runs now.
    const auto shown = !m_travel->isLive() ? std::nullopt : m_pages->currentWidget() == m_failover ? m_failover->shownShift() : m_pages->currentWidget() == m_load ? m_load->shownShift() : std::nullopt;
    m_attention->show(m_session.shifts(), m_session.isReadOnly(), shown, m_undone);
}

/// What routers have forgotten of the shifts that have ended.
void MainWindow::readUndone()
{
    std::vector<UndoneRoute> undone;
    for (const auto& view : m_session.routes())
        if (auto it = view.reading ? undoneRoute(view.route.name, *view.reading, m_session.shifts()) : std::nullopt)
            undone.push_back(std::move(*it));
    if (undone == m_undone)
        return;
    m_undone = std::move(undone);
    refreshShifts();
}

void MainWindow::openPalette() { m_palette->open(commands()); }

QList<Command> MainWindow::commands()
{
    QList<Command> list;
    const auto page = [&](Page which, const QString& icon, const QString& name) {
        list << Command { icon, tr("Go to"), name, tr("page"), QString::number(static_cast<int>(which) + 1), [this, which] { openPage(which); } };
    };
    page(Page::Fleet, QStringLiteral("fleet"), tr("Fleet"));
    page(Page::Capacity, QStringLiteral("capacity"), tr("Capacity"));
    page(Page::Load, QStringLiteral("load"), tr("Load"));
    page(Page::Failover, QStringLiteral("failover"), tr("Failover"));
    page(Page::Endpoints, QStringLiteral("endpoints"), tr("Endpoints"));
    list << Command { QStringLiteral("filter"), tr("Filter"), tr("the fleets"), tr("name, state:free, temp>85"), QStringLiteral("/"), [this] {
                         openPage(Page::Fleet);
                         m_fleet->focusFilter();
                     } };
    list << Command { QStringLiteral("info"), tr("Show"), tr("the inspector, or hide it"), {}, QStringLiteral("I"), [this] {
                         openPage(Page::Fleet);
                         m_fleet->toggleInspector();
                     } };
    list << Command { QStringLiteral("expand"), tr("Show"), tr("every GPU on the whole page, or go back"), tr("heatmap"), QStringLiteral("H"), [this] {
                         openPage(Page::Fleet);
                         m_fleet->toggleHeat();
                     } };
    list << Command { QStringLiteral("warn"), tr("Show"), tr("the GPUs that need a look, or go back"), tr("unhealthy, silent, slowed down"), QStringLiteral("U"), [this] {
                         openPage(Page::Fleet);
                         m_fleet->toggleTroubles();
                     } };
    list << Command { QStringLiteral("clock"), tr("Return"), tr("to live"), {}, QStringLiteral("L"), [this] { m_travel->returnToLive(); } };
    for (const auto& [text, back] : { std::pair(tr("10 minutes"), std::chrono::minutes(10)), { tr("1 hour"), std::chrono::hours(1) }, { tr("1 day"), std::chrono::hours(24) } })
        list << Command { QStringLiteral("clock"), tr("Look back"), text, tr("the whole window, not live"), {}, [this, back = back] { m_travel->goTo(std::chrono::floor<std::chrono::seconds>(wallClock()) - back); } };
    list << Command { QStringLiteral("theme"), tr("Switch"), tr("between dark and light"), {}, QStringLiteral("T"), [this] { switchTheme(); } };
    list << Command { QStringLiteral("plus"), tr("Add"), tr("an endpoint"), tr("looks at it first"), {}, [this] {
                         openPage(Page::Endpoints);
                         m_endpoints->openAssistant();
                     } };
    for (const auto& view : m_session.routes()) {
        const auto name = QString::fromStdString(view.route.name);
        list << Command { QStringLiteral("load"), tr("Move load"), name, tr("opens the route, sends nothing"), {}, [this, name] {
                             openPage(Page::Load);
                             m_load->openRoute(name);
                         } };
    }
    for (const auto& endpoint : m_session.endpoints()) {
        const auto name = QString::fromStdString(endpoint.name);
        const auto age = format::age(ageSeconds(endpoint.observed, wallClock()));
        list << Command { QStringLiteral("endpoints"), tr("Endpoint"), name, QString::fromStdString(endpoint.kind) + QStringLiteral(", ") + age, {}, [this, name] {
                             openPage(Page::Endpoints);
                             m_endpoints->select(name);
                         } };
        list << Command { QStringLiteral("refresh"), tr("Reconnect"), name, {}, {}, [this, name] { m_session.reconnect(name.toStdString()); } };
    }
    for (const auto& row : m_session.board()->rows) {
        const Scope scope { .provider = row.provider, .region = row.region, .cluster = {}, .node = {} };
        const auto name = QString::fromStdString(row.region.empty() ? row.provider : row.provider + " / " + row.region);
        list << Command { QStringLiteral("failover"), tr("Plan evacuation"), name, tr("shows the plan, sends nothing"), {}, [this, scope] {
                             openPage(Page::Failover);
                             m_failover->pick(scope);
                         } };
    }
    const auto snapshot = m_session.snapshot();
    const auto& shape = snapshot->structure();
    const auto place = [&](const QStringList& path, const Tally& tally) {
        list << Command { QStringLiteral("fleet"), tr("Go to"), path.join(QStringLiteral(" / ")),
            tr("%1 GPUs, %2 % busy").arg(format::count(tally.gpus), format::share(tally.percent(GpuState::Busy))), {}, [this, path] {
                openPage(Page::Fleet);
                m_fleet->select(path);
            } };
    };
    for (std::size_t p = 0; p < shape.providers.size(); ++p)
        place({ QString::fromStdString(shape.providers[p].name) }, snapshot->providerTally(p));
    for (std::size_t r = 0; r < shape.regions.size(); ++r)
        place({ QString::fromStdString(shape.providers[shape.regions[r].provider].name), QString::fromStdString(shape.regions[r].name) }, snapshot->regionTally(r));
    for (std::size_t c = 0; c < shape.clusters.size(); ++c)
        place({ QString::fromStdString(shape.providerOf(shape.clusters[c]).name), QString::fromStdString(shape.regions[shape.clusters[c].region].name),
                  QString::fromStdString(shape.clusters[c].name) }, snapshot->clusterTally(c));
    return list;
}

void MainWindow::switchTheme()
{
    applyTheme(*qApp, currentTheme().name == ThemeName::Dark ? ThemeName::Light : ThemeName::Dark);
    m_fleet->themeChanged();
    m_capacity->themeChanged();
    m_load->themeChanged();
    m_failover->themeChanged();
    m_endpoints->assistant().themeChanged();
    refresh();
    refreshRoutes();
    update();
}

void MainWindow::toast(const QString& text, bool isError)
{
    m_toast->setText(text);
    m_toast->setProperty("tone", isError ? QStringLiteral("error") : QStringLiteral("plain"));
    m_toast->style()->polish(m_toast);
    m_toast->setFixedWidth(420);
    m_toast->adjustSize();
    placeToast();
    m_toast->show();
    m_toast->raise();
    m_toastTimer.start();
}

void MainWindow::placeToast()
{
    // At the left, where no button waits to be pressed, above the time line, and above the detail of a page that explains
    // itself there.
    const auto* detail = m_pages->currentWidget()->findChild<QWidget*>(QStringLiteral("endpointDetail"));
    const int bottom = detail && detail->isVisible() ? detail->mapTo(this, QPoint()).y() - 12 : m_scrubber->mapTo(this, QPoint()).y() - 12;
    m_toast->move(m_rail->width() + 24, bottom - m_toast->height());
}

/// Out of a field that is typed in, so that letters are commands again.
void MainWindow::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape)
        m_pages->currentWidget()->setFocus(Qt::ShortcutFocusReason);
    else
        QWidget::keyPressEvent(event);
}

void MainWindow::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_rail->setFixedWidth(width() < 1400 ? 56 : 192);
    placeToast();
}

} // namespace penstock
