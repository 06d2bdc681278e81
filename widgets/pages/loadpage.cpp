// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "pages/loadpage.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QScrollArea>
#include <QVBoxLayout>
#include <algorithm>

#include "charts/timechart.h"
#include "pages/chartbar.h"
#include "controls/theme.h"
#include "models/format.h"
#include "previewpanel.h"
#include "routerow.h"
#include "trendview.h"

namespace penstock {

LoadPage::LoadPage(QWidget* parent) : QWidget(parent), m_summary(new QLabel(this)), m_chartTitle(new QLabel(this)), m_chartNote(new ElidedLabel(this)),
      m_chart(new TimeChart(TimeChart::Shape::Lines, QStringLiteral(" %"), this)), m_trendView(new TrendView(*m_chart)), m_chartBar(new ChartBar([this] { return m_trendView->end(); }, this)), m_panel(new PreviewPanel(this))
{
    auto* title = new QLabel(tr("Load"), this);
    title->setFont(textFont(22, QFont::DemiBold));
    m_summary->setProperty("tone", QStringLiteral("t3"));
    auto* head = new QHBoxLayout;
    head->setContentsMargins(24, 16, 24, 12);
    head->addWidget(title);
    head->addSpacing(8);
    head->addWidget(m_summary, 1);
    m_filter = new QLineEdit(this);
    m_filter->setObjectName(QStringLiteral("routeFilter"));
    m_filter->setPlaceholderText(tr("Filter routes"));
    m_filter->setAccessibleName(tr("Filter routes"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setMaximumWidth(200);
    m_filter->hide();
    connect(m_filter, &QLineEdit::textChanged, this, &LoadPage::filter);
    head->addWidget(m_filter, 1);
    head->addSpacing(12);
    head->addWidget(new WeightLegend(this));
    setFocusPolicy(Qt::StrongFocus); // letters are commands until somebody types in a field
    auto* body = new QWidget(this);
    m_rows = new QVBoxLayout(body);
    m_rows->setContentsMargins(0, 0, 0, 0);
    m_rows->setSpacing(0);
    m_scroll = new QScrollArea(this);
    m_scroll->setWidget(body);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* left = new QVBoxLayout;
    left->addLayout(head);
    left->addWidget(m_scroll, 1);
    m_chartTitle->setFont(textFont(13, QFont::DemiBold));
    m_chartNote->setProperty("tone", QStringLiteral("t3"));
    m_chart->setAccessibleName(tr("Observed split"));
    auto* chartHead = new QHBoxLayout;
    chartHead->setContentsMargins(20, 12, 24, 4);
    chartHead->addWidget(m_chartTitle);
    chartHead->addSpacing(8);
    chartHead->addWidget(m_chartNote, 1);
    m_chart->setObjectName(QStringLiteral("splitChart"));
    m_chartBar->offer({ { tr("15 min"), 900 }, { tr("2 h"), 7200 }, { tr("1 d"), 86400 } });
    chartHead->addWidget(m_chartBar);
    m_rows->addLayout(chartHead);
    auto* chartBox = new QHBoxLayout;
    chartBox->setContentsMargins(20, 0, 20, 12);
    chartBox->addWidget(m_chart);
    m_rows->addLayout(chartBox, 1);
    m_rows->addStretch();
    m_chart->setMinimumHeight(200);
    m_chart->setMaximumHeight(320);
    auto* line = new QFrame(this);
    line->setProperty("line", QStringLiteral("v"));
    auto* whole = new QHBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    whole->addLayout(left, 11);
    whole->addWidget(line);
    whole->addWidget(m_panel, 9);
    m_panel->setMinimumWidth(440);
    follow(m_trendView->link());
    themeChanged();

    connect(m_panel, &PreviewPanel::wishChanged, this, &LoadPage::ask);
    connect(m_panel, &PreviewPanel::startClicked, this, [this](const QString& hash) { emit startWanted(wish(), hash); });
    connect(m_panel, &PreviewPanel::rehearseClicked, this, [this] { emit rehearsalWanted(wish()); });
    connect(m_panel, &PreviewPanel::approvalClicked, this, [this] { emit approvalWanted(wish()); });
    connect(m_panel, &PreviewPanel::discardClicked, this, &LoadPage::discard);
    connect(m_panel, &PreviewPanel::fitClicked, this, [this](const SmallerShift& smaller) { setTargets(smaller.targets); });
    connect(m_panel, &PreviewPanel::pauseClicked, this, &LoadPage::pauseWanted);
    connect(m_panel, &PreviewPanel::resumeClicked, this, &LoadPage::resumeWanted);
    connect(m_panel, &PreviewPanel::goBackClicked, this, &LoadPage::goBackWanted);
    connect(m_panel, &PreviewPanel::stopClicked, this, &LoadPage::stopWanted);
}

void LoadPage::follow(ChartLink& link)
{
    m_trendView->link().disconnect(this);
    m_trendView->follow(link);
    m_chartBar->follow(link);
    connect(&link, &ChartLink::changed, this, [this] {
        if (const auto* figures = figuresOf(m_selected))
            showObserved(*figures);
    });
}

void LoadPage::setLargestStep(double points) { m_panel->setLargestStep(points); }

void LoadPage::setReadOnly(bool readOnly, const QString& why)
{
    m_panel->setReadOnly(readOnly, why);
}

const RouteFigures* LoadPage::figuresOf(const QString& route) const
{
    const auto found = std::ranges::find(m_figures, route, [](const RouteFigures& it) { return QString::fromStdString(it.route.name); });
    return found == m_figures.end() ? nullptr : &*found;
}

QStringList LoadPage::edited() const
{
    QStringList names;
    for (const auto& figures : m_figures) {
        const auto name = QString::fromStdString(figures.route.name);
        if (const auto* row = m_byName.value(name); row && row->isEdited())
            names << name;
    }
    return names;
}

PlanWish LoadPage::wish() const
{
    auto made = m_panel->wish();
    for (const auto& name : edited()) {
        const auto& desired = m_byName.value(name)->desired();
        made.targets.emplace_back(name.toStdString(), Weights(desired.begin(), desired.end()));
    }
    return made;
}

void LoadPage::ask()
{
    if (!edited().isEmpty())
        emit planWanted(wish());
}

void LoadPage::setTargets(const std::vector<std::pair<std::string, Weights>>& targets)
{
    for (const auto& [name, weights] : targets)
        if (auto* row = m_byName.value(QString::fromStdString(name)))
            row->setTarget(weights);
    showSelected();
    ask();
}

void LoadPage::discard()
{
    for (auto* row : std::as_const(m_byName))
        if (row->isEdited())
            row->discard();
    m_panel->forget();
    showSelected();
}

void LoadPage::select(const QString& route)
{
    if (auto* before = m_byName.value(m_selected); before && m_selected != route)
        before->setSelected(false);
    m_selected = route;
    if (auto* row = m_byName.value(route))
        row->setSelected(true);
    showSelected();
}

void LoadPage::showSelected()
{
    const auto* figures = figuresOf(m_selected);
    if (!figures)
        return;
    const auto on = [&](const PlanStatus& it) { return !it.rehearsal && std::ranges::any_of(it.plan.moves, [&](const Plan::Move& move) { return QString::fromStdString(move.route) == m_selected; }); };
    // What runs counts before what ended, and the newest of these first.
    auto shift = std::ranges::find_if(m_shifts, [&](const PlanStatus& it) { return on(it) && !isOver(it.phase); });
    if (shift == m_shifts.end())
        shift = std::ranges::find_if(m_shifts, on);
    const auto rehearsal = std::ranges::find_if(m_shifts, &PlanStatus::rehearsal);
    const auto before = shownShift();
    m_panel->showRoute(*figures, edited(), shift == m_shifts.end() ? nullptr : &*shift, rehearsal == m_shifts.end() ? nullptr : &*rehearsal);
    if (shownShift() != before)
        emit shownShiftChanged();
    showObserved(*figures);
}

std::optional<std::string> LoadPage::shownShift() const { return m_panel->runningShift(); }

void LoadPage::showShifts(const std::vector<PlanStatus>& shifts)
{
    m_shifts = shifts;
    showSelected();
}

void LoadPage::show(const std::vector<RouteFigures>& routes)
{
    m_figures = routes;
    QStringList kinds;
    for (const auto& figures : routes) {
        const auto name = QString::fromStdString(figures.route.name);
        const auto address = QString::fromStdString(figures.route.router.place());
        if (!kinds.contains(address))
            kinds << address;
        auto*& row = m_byName[name];
        if (!row) {
            row = new RouteRow(figures.route, this);
            m_rows->insertWidget(static_cast<int>(m_byName.size()) - 1, row);
            connect(row, &RouteRow::picked, this, [this, name] { select(name); });
            connect(row, &RouteRow::edited, this, [this, name] {
                select(name);
                ask();
            });
            connect(row, &RouteRow::undone, this, [this, row] {
                row->discard();
                if (edited().isEmpty())
                    m_panel->forget();
                showSelected();
                ask();
            });
            connect(row, &RouteRow::bestSplitWanted, this, [this, name](const SplitChoice& choice) {
                auto together = edited();
                if (!together.contains(name))
                    together << name;
                emit bestSplitWanted(together, choice);
            });
        }
        row->show(figures);
    }
    m_summary->setText(tr("routes: %1, routers: %2").arg(routes.size()).arg(kinds.size()));
    if (m_selected.isEmpty() && !routes.empty())
        m_selected = QString::fromStdString(routes.front().route.name);
    // Without a route there is nothing that its axes could be of.
    for (QWidget* part : { static_cast<QWidget*>(m_chart), static_cast<QWidget*>(m_chartTitle), static_cast<QWidget*>(m_chartNote), static_cast<QWidget*>(m_chartBar) })
        part->setVisible(!routes.empty());
    constexpr std::size_t many = 8;
    m_filter->setVisible(routes.size() > many);
    filter();
    select(m_selected);
    ask();
}

/// What is edited stays in sight: it is part of the plan.
void LoadPage::filter()
{
    const auto wanted = m_filter->text().trimmed();
    for (const auto& figures : m_figures) {
        const auto name = QString::fromStdString(figures.route.name);
        auto* row = m_byName.value(name);
        row->setVisible(wanted.isEmpty() || row->isEdited() || name.contains(wanted, Qt::CaseInsensitive) || QString::fromStdString(figures.route.workload).contains(wanted, Qt::CaseInsensitive));
    }
}

void LoadPage::focusFilter()
{
    if (m_filter->isVisible())
        m_filter->setFocus(Qt::ShortcutFocusReason);
}

void LoadPage::showObserved(const RouteFigures& figures)
{
    m_chartTitle->setText(tr("Observed split of %1").arg(QString::fromStdString(figures.route.name)));
    const auto what = figures.route.router.countsRequests() ? tr("% of requests") : tr("% of allocated GPUs");
    const double now = std::chrono::duration<double>(figures.past.value_or(wallClock()).time_since_epoch()).count();
    const auto zoomed = stretchText(m_trendView->link(), 900, now, figures.step);
    m_chartNote->setText(!zoomed.isEmpty() ? QStringLiteral("%1, %2").arg(zoomed, what) : figures.past ? tr("%1, 15 min to %2").arg(what, format::second(*figures.past)) : tr("%1, last 15 min").arg(what));
    std::vector<TrendView::Look> looks;
    std::vector<std::string> names;
    for (const auto& backend : figures.route.backends) {
        const auto provider = QString::fromStdString(backend.scope.provider.empty() ? backend.name : backend.scope.provider);
        looks.push_back({ QString::fromStdString(backend.name), currentTheme().provider(provider), {} });
        names.push_back(backend.name);
    }
    auto trend = std::make_shared<const Trend>(splitTrend(figures.observed ? *figures.observed : SplitHistory(), names));
    m_trendView->show(std::move(trend), std::move(looks), now);
}

void LoadPage::themeChanged()
{
    m_chart->setColours(currentTheme().chart());
    select(m_selected);
}

void LoadPage::openRoute(const QString& route)
{
    select(route);
    if (auto* row = m_byName.value(route)) {
        row->focusWeights();
        m_scroll->ensureWidgetVisible(row);
    }
}

void LoadPage::showPlan(const Result<PlanFigures>& figures) { m_panel->showPlan(figures); }

void LoadPage::showBestSplit(const Result<SplitFigures>& figures)
{
    m_panel->showBestSplit(figures);
    if (figures)
        setTargets(figures->targets);
}

} // namespace penstock
