// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "pages/failoverpage.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>
#include <tuple>

#include "charts/timechart.h"
#include "pages/chartbar.h"
#include "controls/paint.h"
#include "controls/theme.h"
#include "evacuationpanel.h"
#include "models/boardmodel.h"
#include "models/format.h"
#include "models/trend.h"
#include "planparts.h"
#include "shift/rehearsal.h"
#include "shiftprogress.h"
#include "trendview.h"

namespace penstock {

namespace {

    /// Paints the board's rows: provider mark, the share that is carried as a bar.
    class BoardDelegate final : public QStyledItemDelegate
    {
    public:
        using QStyledItemDelegate::QStyledItemDelegate;
        void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
        {
            const auto& theme = currentTheme();
            const bool selected = option.state & QStyle::State_Selected;
            const bool isRegion = index.data(BoardModel::IsRegionRole).toBool(), breaks = index.data(BoardModel::BreaksRole).toBool();
            painter->fillRect(option.rect, selected ? theme.accsoft : theme.bg);
            painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), theme.line);
            auto box = QRectF(option.rect).adjusted(6, 0, -8, 0);
            auto shown = index.data().toString();
            painter->setFont(textFont(13, index.column() == BoardModel::Lost && !isRegion ? QFont::DemiBold : QFont::Normal));
            switch (index.column()) {
            case BoardModel::Lost:
                if (selected)
                    painter->fillRect(QRect(option.rect.left(), option.rect.top(), 2, option.rect.height()), theme.acc);
                if (!isRegion)
                    painter->fillRect(QRectF(box.left(), box.center().y() - 6, 3, 12), theme.provider(index.data(BoardModel::ProviderRole).toString()));
                box.setLeft(box.left() + (isRegion ? 16 : 10));
                painter->setPen(theme.t1);
                if (!index.data(BoardModel::EvacuatedByRole).toString().isEmpty()) {
                    constexpr double icon = 14, between = 8;
                    const bool runs = index.data(BoardModel::BeingEvacuatedRole).toBool();
                    const auto tag = runs ? FailoverPage::tr("evacuating") : FailoverPage::tr("evacuated");
                    const auto name = painter->fontMetrics().elidedText(shown, Qt::ElideRight, static_cast<int>(box.width() - icon - between));
                    painter->drawText(box, Qt::AlignVCenter | Qt::AlignLeft, name);
                    box.setLeft(box.left() + painter->fontMetrics().horizontalAdvance(name) + between);
                    painter->setFont(textFont(12));
                    painter->setPen(theme.amber);
                    shown = tag;
                    // Half a word says nothing; the whole one is in the tooltip.
                    if (painter->fontMetrics().horizontalAdvance(tag) > box.width()) {
                        paintIcon(*painter, runs ? QStringLiteral("warn") : QStringLiteral("info"), QRectF(box.left(), box.center().y() - icon / 2, icon, icon), theme.amber);
                        shown.clear();
                    }
                }
                break;
            case BoardModel::Carried: {
                const double percent = index.data(BoardModel::SortRole).toDouble();
                const QRectF track(box.left(), box.center().y() - 4, box.width() - 56, 8);
                painter->fillRect(track, theme.s3);
                if (const double most = index.data(BoardModel::WithSheddingRole).toDouble(); most > percent)
                    painter->fillRect(QRectF(track.topLeft(), QSizeF(track.width() * most / 100, 8)), theme.mixed(theme.amber, 0.6));
                painter->fillRect(QRectF(track.topLeft(), QSizeF(track.width() * percent / 100, 8)), breaks ? theme.red : theme.state(GpuState::Busy));
                painter->setFont(textFont(13, QFont::Medium));
                painter->setPen(breaks ? theme.red : theme.t1);
                break;
            }
            case BoardModel::FirstToBreak: painter->setPen(breaks && shown != QStringLiteral("–") ? theme.red : theme.t3); break;
            default: painter->setPen(theme.t1);
            }
            painter->drawText(box, index.data(Qt::TextAlignmentRole).toInt(), painter->fontMetrics().elidedText(shown, Qt::ElideRight, static_cast<int>(box.width())));
        }
    };

    constexpr std::chrono::hours carriedLength { 1 };

    /// Points of the history as a line a provider, and whose.
    std::pair<SplitHistory, std::vector<std::string>> carriedOf(const RecentHistory& history)
    {
        std::pair<SplitHistory, std::vector<std::string>> made;
        auto& [points, providers] = made;
        for (const auto& it : history) {
            SplitPoint point { it->at, std::vector<std::optional<double>>(providers.size()) };
            for (const auto& group : it->groups) {
                if (group.dimension != GroupPoint::Dimension::Provider || group.carried < 0)
                    continue;
                const auto at = static_cast<std::size_t>(std::ranges::find(providers, group.key) - providers.begin());
                if (at == providers.size()) {
                    providers.push_back(group.key);
                    point.observed.emplace_back();
                }
                point.observed[at] = group.carried;
            }
            if (std::ranges::any_of(point.observed, [](const auto& value) { return value.has_value(); }))
                points.push_back(std::move(point));
        }
        return made;
    }

} // namespace

FailoverPage::FailoverPage(QWidget* parent)
    : QWidget(parent)
    , m_model(new BoardModel(this))
    , m_table(new QTableView(this))
    , m_subtitle(new QLabel(tr("if lost now, what survives"), this))
    , m_age(new QLabel(this))
    , m_note(new QLabel(this))
    , m_past(new QLabel(this))
    , m_waitingScroll(new QScrollArea(this))
    , m_waiting(new QWidget(this))
    , m_lastHour(new QWidget(this))
    , m_chart(new TimeChart(TimeChart::Shape::Lines, QStringLiteral(" %"), this))
    , m_trendView(new TrendView(*m_chart, carriedLength))
    , m_chartBar(new ChartBar([this] { return m_trendView->end(); }, this))
    , m_chartNote(new ElidedLabel(this))
    , m_panel(new EvacuationPanel(this))
    , m_notLive(new QWidget(this))
{
    auto* title = new QLabel(tr("Failover"), this);
    title->setFont(textFont(22, QFont::DemiBold));
    for (auto* label : { m_subtitle, m_age, m_note, m_past })
        label->setProperty("tone", QStringLiteral("t3"));
    m_past->setObjectName(QStringLiteral("lastDrill"));
    m_past->setWordWrap(true);
    m_past->setTextFormat(Qt::RichText);
    m_waiting->setObjectName(QStringLiteral("waitingPlans"));
    auto* waiting = new QVBoxLayout(m_waiting);
    waiting->setContentsMargins(0, 0, 0, 0);
    m_note->setWordWrap(true);
    m_note->setFont(textFont(12));
    m_table->setModel(m_model);
    m_table->setItemDelegate(new BoardDelegate(m_table));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setShowGrid(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(36);
    m_table->setObjectName(QStringLiteral("board"));
    m_table->setAccessibleName(tr("What survives each loss"));
    m_table->setTabKeyNavigation(false);
    setFocusProxy(m_table); // its keys work as soon as it is shown
    auto* header = m_table->horizontalHeader();
    header->setSectionResizeMode(QHeaderView::Fixed);
    header->setSectionResizeMode(BoardModel::Lost, QHeaderView::Stretch);
    header->setHighlightSections(false);
    header->resizeSection(BoardModel::ToPlace, 64);
    header->resizeSection(BoardModel::Shed, 86);
    header->resizeSection(BoardModel::FirstToBreak, 98);
    header->resizeSection(BoardModel::Cost, 76);
    header->setFixedHeight(30);
    auto* head = new QHBoxLayout;
    head->addWidget(title);
    head->addSpacing(8);
    head->addWidget(m_subtitle, 1);
    head->addWidget(m_age);
    m_lastHour->setMaximumHeight(640);
    auto* chartTitle = new QLabel(tr("Carried if lost"), this);
    chartTitle->setFont(textFont(13, QFont::DemiBold));
    m_chartNote->setProperty("tone", QStringLiteral("t3"));
    m_chart->setObjectName(QStringLiteral("carriedChart"));
    auto* chartHead = new QHBoxLayout;
    chartHead->addWidget(chartTitle);
    chartHead->addSpacing(8);
    chartHead->addWidget(m_chartNote, 1);
    chartHead->addWidget(m_chartBar);
    m_chart->setAccessibleName(tr("Interactive load carried if each provider is lost"));
    m_chart->setMinimumHeight(120);
    auto* left = new QVBoxLayout;
    left->setContentsMargins(24, 16, 20, 12);
    left->setSpacing(10);
    left->addLayout(head);
    left->addWidget(m_table, 60);
    left->addWidget(m_past);
    m_waitingScroll->setWidget(m_waiting);
    m_waitingScroll->setWidgetResizable(true);
    m_waitingScroll->setFrameShape(QFrame::NoFrame);
    m_waitingScroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_waitingScroll->hide();
    left->addWidget(m_waitingScroll);
    left->addWidget(m_note);
    auto* carried = new QVBoxLayout(m_lastHour);
    carried->setContentsMargins(0, 0, 0, 0);
    carried->setSpacing(10);
    carried->addLayout(chartHead);
    carried->addWidget(m_chart, 1);
    left->addWidget(m_lastHour, 20);
    left->addStretch(1);
    auto* line = new QFrame(this);
    line->setProperty("line", QStringLiteral("v"));
    auto* whole = new QHBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    whole->addLayout(left, 6);
    whole->addWidget(line);
    whole->addWidget(m_panel, 7);
    whole->addWidget(m_notLive, 7);
    m_panel->setMinimumWidth(480);
    m_notLive->setMinimumWidth(480);
    m_notLive->setObjectName(QStringLiteral("evacuationNotLive"));
    m_notLive->hide();
    auto* heading = new QLabel(tr("Evacuation"), m_notLive);
    heading->setFont(textFont(22, QFont::DemiBold));
    auto* why = new QLabel(tr("What an evacuation does is planned from now: return to live (L) to see it."), m_notLive);
    why->setWordWrap(true);
    why->setProperty("tone", QStringLiteral("t3"));
    auto* past = new QVBoxLayout(m_notLive);
    past->setContentsMargins(24, 16, 24, 16);
    past->setSpacing(10);
    past->addWidget(heading);
    past->addWidget(why);
    past->addStretch();
    m_table->installEventFilter(this);
    m_waiting->installEventFilter(this);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
        if (const auto* row = m_model->row(m_table->currentIndex().row()))
            m_panel->setTarget(BoardModel::scopeOf(*row));
        m_panel->showShifts(m_shifts, m_routes, m_undone);
        refresh();
        emit shownShiftChanged();
    });
    connect(m_panel, &EvacuationPanel::changed, this, &FailoverPage::refresh);
    connect(m_panel, &EvacuationPanel::startWanted, this, &FailoverPage::startWanted);
    connect(m_panel, &EvacuationPanel::rehearseWanted, this, &FailoverPage::rehearseWanted);
    connect(m_panel, &EvacuationPanel::approvalWanted, this, &FailoverPage::approvalWanted);
    connect(m_panel, &EvacuationPanel::pauseWanted, this, &FailoverPage::pauseWanted);
    connect(m_panel, &EvacuationPanel::resumeWanted, this, &FailoverPage::resumeWanted);
    connect(m_panel, &EvacuationPanel::returnWanted, this, &FailoverPage::returnWanted);
    connect(m_panel, &EvacuationPanel::stopWanted, this, &FailoverPage::stopWanted);
    follow(m_trendView->link());
    themeChanged();
}

void FailoverPage::follow(ChartLink& link)
{
    m_trendView->link().disconnect(this);
    m_trendView->follow(link);
    m_chartBar->follow(link);
    connect(&link, &ChartLink::changed, this, &FailoverPage::showChart);
}

/// The least important columns go first where the table is narrow.
bool FailoverPage::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_table && event->type() == QEvent::Resize) {
        m_table->setColumnHidden(BoardModel::Cost, m_table->width() < 430);
        m_table->setColumnHidden(BoardModel::Shed, m_table->width() < 540);
        boundWaiting();
        m_table->horizontalHeader()->resizeSection(BoardModel::Carried, std::clamp(m_table->width() / 4, 104, 240));
    }
    // Rows that were just made have a height once they are shown.
    if (watched == m_waiting && event->type() == QEvent::LayoutRequest)
        boundWaiting();
    return QWidget::eventFilter(watched, event);
}

void FailoverPage::setReadOnly(bool readOnly, const QString& why) { m_panel->setReadOnly(readOnly, why); }

void FailoverPage::showMoment(std::optional<Time> moment, const std::map<std::string, double>& carried)
{
    const bool wasLive = !m_moment;
    m_moment = moment;
    m_panel->setVisible(!moment);
    m_subtitle->setText(moment ? tr("if lost then, what would have survived") : tr("if lost now, what survives"));
    m_notLive->setVisible(moment.has_value());
    if (!moment) {
        m_kept.reset();
        if (!wasLive)
            m_asOf = {};
        showPast();
        m_waitingScroll->setVisible(!m_waitingPlans.empty());
        return;
    }
    m_past->hide();
    m_waitingScroll->hide();
    std::vector<BoardRow> rows;
    for (const auto& [place, percent] : carried) {
        auto& row = rows.emplace_back();
        const auto slash = place.find('/');
        row.provider = place.substr(0, slash);
        row.region = slash == std::string::npos ? std::string() : place.substr(slash + 1);
        row.percent = row.percentWithShedding = percent;
    }
    m_model->show(rows, true);
    m_table->setMaximumHeight(32 + 36 * static_cast<int>(std::max<std::size_t>(1, rows.size())));
    m_age->setText(tr("at %1").arg(format::second(*moment)));
    m_note->setText(rows.empty() ? tr("What would have been carried then is not known.") : tr("Of the past the share of interactive load that would have been carried is kept."));
    showChart();
}

void FailoverPage::showKept(std::shared_ptr<const RecentHistory> kept)
{
    m_kept = std::move(kept);
    showChart();
}

void FailoverPage::refresh()
{
    if (m_moment)
        return;
    if (m_model->row(m_table->currentIndex().row()))
        emit evacuationWanted(m_panel->request());
}

void FailoverPage::pick(const Scope& scope)
{
    if (const int row = m_model->find(scope); row >= 0) {
        m_table->selectRow(row);
        m_table->setFocus(Qt::ShortcutFocusReason);
    }
}

void FailoverPage::remember(const std::vector<BoardRow>& rows, Time asOf)
{
    if (rows.empty() || (!m_carried.empty() && asOf <= m_carried.back().at))
        return;
    std::vector<std::string> providers;
    SplitPoint point { asOf, {} };
    for (const auto& row : rows)
        if (row.region.empty()) {
            providers.push_back(row.provider);
            point.observed.emplace_back(row.percent);
        }
    if (providers != m_providers)
        m_carried.clear();
    m_providers = std::move(providers);
    m_carried.push_back(std::move(point));
    while (asOf - m_carried.front().at > carriedLength)
        m_carried.pop_front();
}

void FailoverPage::showChart()
{
    const auto& link = m_trendView->link();
    // What is frozen stays whole, however long it is looked at.
    if (!link.frozenAt())
        m_held.reset();
    else if (!m_held)
        m_held = std::pair(m_carried, m_providers);
    auto [carried, providers] = m_held ? *m_held : std::pair(m_carried, m_providers);
    if (m_kept) {
        auto kept = carriedOf(*m_kept);
        if (m_moment || carried.empty())
            std::tie(carried, providers) = std::move(kept);
        else if (kept.second == providers) {
            // What was remembered goes on from there.
            const auto from = std::ranges::lower_bound(kept.first, carried.front().at, {}, &SplitPoint::at);
            carried.insert(carried.begin(), kept.first.begin(), from);
        }
    }
    const double now = std::chrono::duration<double>(m_moment.value_or(m_asOf).time_since_epoch()).count();
    const auto zoomed = stretchText(link, std::chrono::duration<double>(carriedLength).count(), now, std::chrono::seconds(1));
    m_chartNote->setText(zoomed.isEmpty() ? tr("% of interactive load, last hour") : tr("%1, % of interactive load").arg(zoomed.section(QStringLiteral(", "), 0, 0)));
    std::vector<TrendView::Look> looks;
    for (const auto& provider : providers) {
        const auto name = QString::fromStdString(provider);
        looks.push_back({ name, currentTheme().provider(name), {} });
    }
    m_trendView->show(std::make_shared<const Trend>(splitTrend(carried, providers)), std::move(looks), now);
}

void FailoverPage::showBoard(const std::vector<BoardRow>& rows, Time asOf, std::size_t endpoints, std::chrono::seconds staleAfter, const PriceBasis& prices)
{
    const auto age = ageSeconds(asOf, wallClock());
    m_age->setText(rows.empty() ? QString() : tr("recomputed %1 ago").arg(format::age(age)));
    m_note->setText(tr("%1 A source older than %2 s counts as zero capacity. Interactive workloads without a route cannot move: their load counts as lost.").arg(endpoints == 1 ? tr("From one endpoint.") : tr("From %1 endpoints.").arg(endpoints)).arg(staleAfter.count())
        + (prices == PriceBasis() ? QString() : QLatin1Char(' ') + tr("Costs by %1.").arg(pricesText(prices))));
    const bool isNew = asOf != m_asOf;
    m_asOf = asOf;
    const auto* before = m_model->row(m_table->currentIndex().row());
    const auto picked = before ? std::optional(BoardModel::scopeOf(*before)) : std::nullopt;
    m_model->show(rows);
    // What is left of the height is the chart's.
    m_table->setMaximumHeight(32 + 36 * static_cast<int>(std::max<std::size_t>(1, rows.size())));
    showChart();
    if (!m_table->currentIndex().isValid() && !rows.empty())
        m_table->selectRow(std::max(0, picked ? m_model->find(*picked) : 0));
    else if (isNew)
        refresh();
}

void FailoverPage::showEvacuation(const Scope& scope, const Result<EvacuationFigures>& figures) { m_panel->show(scope, figures); }

void FailoverPage::showShifts(const std::vector<PlanStatus>& shifts, const std::vector<Route>& routes, const std::vector<UndoneRoute>& undone)
{
    m_shifts = shifts;
    m_routes = routes;
    m_undone = undone;
    m_panel->showShifts(shifts, routes, undone);
    showPast();
}

std::optional<std::string> FailoverPage::shownShift() const { return m_panel->runningShift(); }

void FailoverPage::showDrill(const std::optional<Drill>& kept)
{
    m_drill = kept;
    showPast();
}

/// What the last failover and the last rehearsal measured.
void FailoverPage::showPast()
{
    const auto last = [this](bool rehearsal) {
        const auto found = std::ranges::find_if(m_shifts, [&](const PlanStatus& it) { return it.rehearsal == rehearsal && it.plan.kind == Plan::Kind::Evacuation && isOver(it.phase) && it.endedAt; });
        return found == m_shifts.end() ? nullptr : &*found;
    };
    QStringList parts;
    const auto tell = [&parts](const QString& text, const Scope& scope, Time at, const QString& how) { parts << text.arg(targetText(scope).toHtmlEscaped(), format::moment(at), how); };
    if (const auto* failover = last(false)) {
        const auto recovered = failover->recovery && leftBehind(*failover).empty() ? tr("recovered in %1").arg(format::duration(*failover->recovery)) : stepText(*failover);
        const bool isUndone = std::ranges::find(m_undone, failover->id, &UndoneRoute::shift) != m_undone.end();
        tell(tr("Last failover: <span style=\"font-weight:600\">%1</span>, %2, %3"), failover->plan.scope, *failover->endedAt,
            isUndone ? tr("%1, undone since").arg(recovered) : failover->recovery && failover->phase == ShiftPhase::Returned ? tr("%1, has returned since").arg(recovered) : recovered);
    }
    if (const auto* rehearsed = last(true))
        m_drill = Drill { rehearsed->plan.scope, *rehearsed->endedAt, scoreOf(*rehearsed, {}) };
    if (m_drill)
        tell(tr("Last drill: <span style=\"font-weight:600\">%1</span>, %2, %3"), m_drill->scope, m_drill->endedAt,
            m_drill->score.passed ? tr("%1 of 100 in %2").arg(qRound(m_drill->score.points)).arg(format::duration(m_drill->score.took)) : tr("failed"));
    m_past->setText(parts.join(QStringLiteral("<br>")));
    m_past->setVisible(!parts.isEmpty() && !m_moment);
}

void FailoverPage::showWaiting(const std::vector<WaitingPlan>& plans)
{
    if (plans == m_waitingPlans)
        return;
    m_waitingPlans = plans;
    qDeleteAll(m_waiting->findChildren<QWidget*>(Qt::FindDirectChildrenOnly));
    for (const auto& plan : plans) {
        auto* row = new QWidget(m_waiting);
        auto* line = new QHBoxLayout(row);
        line->setContentsMargins(0, 0, 0, 0);
        const auto changes = plan.changes.isEmpty() || plan.isApproved ? QString() : QStringLiteral("<br>") + plan.changes.join(QLatin1Char('\n')).toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br>"));
        const auto blocked = plan.blocked.isEmpty() || plan.isApproved ? QString() : QStringLiteral("<br>") + tr("It is blocked now: %1").arg(plan.blocked.toHtmlEscaped());
        auto* text = new QLabel((plan.isApproved ? tr("<span style=\"font-weight:600\">%1</span> of %2 is approved.").arg(plan.title.toHtmlEscaped(), plan.person.toHtmlEscaped())
                                                : tr("<span style=\"font-weight:600\">%1</span> waits for a second person, asked by %2: %3. Hash %4").arg(plan.title.toHtmlEscaped(), plan.person.toHtmlEscaped(), plan.reason.toHtmlEscaped(), plan.hash.left(12))) + changes + blocked,
            row);
        text->setObjectName(QStringLiteral("waiting-") + plan.hash.left(12));
        text->setWordWrap(true);
        text->setTextInteractionFlags(Qt::TextSelectableByMouse);
        line->addWidget(text, 1);
        if (!plan.isApproved && !plan.isMine) {
            auto* approve = new QPushButton(tr("Approve"), row);
            approve->setObjectName(QStringLiteral("approve-") + plan.hash.left(12));
            approve->setAutoDefault(false);
            connect(approve, &QPushButton::clicked, this, [this, hash = plan.hash] { emit approveWanted(hash); });
            line->addWidget(approve);
        }
        m_waiting->layout()->addWidget(row);
    }
    m_waitingScroll->setVisible(!plans.empty() && !m_moment);
    boundWaiting();
}

/// Who decides must see all of it: where the window is low, the last hour makes room. The board keeps most of the page.
void FailoverPage::boundWaiting()
{
    constexpr int low = 900;
    const bool makesRoom = !m_waitingPlans.empty() && height() < low;
    m_lastHour->setVisible(!makesRoom);
    const int wanted = m_waiting->layout()->hasHeightForWidth() ? m_waiting->layout()->heightForWidth(std::max(200, m_table->width())) : m_waiting->sizeHint().height();
    m_waitingScroll->setFixedHeight(std::min(wanted + 4, height() * 2 / 5));
}

void FailoverPage::themeChanged()
{
    m_chart->setColours(currentTheme().chart());
    showChart();
    m_panel->themeChanged();
}

} // namespace penstock
