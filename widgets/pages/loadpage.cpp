// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "pages/loadpage.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>
#include <algorithm>

#include "charts/timechart.h"
#include "controls/theme.h"
#include "previewpanel.h"
#include "routerow.h"
#include "trendview.h"

namespace penstock {

LoadPage::LoadPage(QWidget* parent) : QWidget(parent), m_summary(new QLabel(this)), m_chartTitle(new QLabel(this)), m_chartNote(new QLabel(this)),
      m_chart(new TimeChart(TimeChart::Shape::Lines, QStringLiteral(" %"), this)), m_trendView(new TrendView(*m_chart)), m_panel(new PreviewPanel(this))
{
    auto* title = new QLabel(tr("Load"), this);
    title->setFont(textFont(22, QFont::DemiBold));
    m_summary->setProperty("tone", QStringLiteral("t3"));
    auto* head = new QHBoxLayout;
    head->setContentsMargins(24, 16, 24, 12);
    head->addWidget(title);
    head->addSpacing(8);
    head->addWidget(m_summary, 1);
    head->addWidget(new WeightLegend(this));
    auto* body = new QWidget(this);
    m_rows = new QVBoxLayout(body);
    m_rows->setContentsMargins(0, 0, 0, 0);
    m_rows->setSpacing(0);
    auto* scroll = new QScrollArea(this);
    scroll->setWidget(body);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* left = new QVBoxLayout;
    left->addLayout(head);
    left->addWidget(scroll, 1);
    m_chartTitle->setFont(textFont(13, QFont::DemiBold));
    m_chartNote->setProperty("tone", QStringLiteral("t3"));
    m_chart->setAccessibleName(tr("Observed split"));
    auto* chartHead = new QHBoxLayout;
    chartHead->setContentsMargins(20, 12, 24, 4);
    chartHead->addWidget(m_chartTitle);
    chartHead->addSpacing(8);
    chartHead->addWidget(m_chartNote, 1);
    m_rows->addLayout(chartHead);
    auto* chartBox = new QHBoxLayout;
    chartBox->setContentsMargins(20, 0, 12, 12);
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
    themeChanged();

    connect(m_panel, &PreviewPanel::startClicked, this, [this] {
        auto* row = m_byName.value(m_selected);
        if (!row)
            return;
        emit shiftWanted(m_selected, row->desired(), m_panel->step(), m_panel->bakeSeconds(), m_panel->reason());
        m_panel->clearReason();
    });
    connect(m_panel, &PreviewPanel::discardClicked, this, [this] {
        if (auto* row = m_byName.value(m_selected))
            row->discard();
        select(m_selected);
    });
    connect(m_panel, &PreviewPanel::stepEdited, this, [this] { select(m_selected); });
    connect(m_panel, &PreviewPanel::pauseClicked, this, [this] { emit pauseWanted(m_selected); });
    connect(m_panel, &PreviewPanel::resumeClicked, this, [this] { emit resumeWanted(m_selected); });
    connect(m_panel, &PreviewPanel::returnClicked, this, [this] { emit returnWanted(m_selected); });
    connect(m_panel, &PreviewPanel::stopClicked, this, [this] { emit stopWanted(m_selected); });
}

void LoadPage::setReadOnly(bool readOnly) { m_panel->setReadOnly(readOnly); }

void LoadPage::select(const QString& route)
{
    m_selected = route;
    for (auto it = m_byName.begin(); it != m_byName.end(); ++it)
        it.value()->setSelected(it.key() == route);
    auto* row = m_byName.value(route);
    const auto found = std::ranges::find(m_figures, route, [](const RouteFigures& it) { return QString::fromStdString(it.route.name); });
    if (!row || found == m_figures.end())
        return;
    m_panel->showRoute(*found, row->isEdited(), row->desired());
    showObserved(*found);
    if (row->isEdited())
        emit previewWanted(route, row->desired(), m_panel->step());
}

void LoadPage::show(const std::vector<RouteFigures>& routes)
{
    m_figures = routes;
    QStringList kinds;
    for (const auto& figures : routes) {
        const auto name = QString::fromStdString(figures.route.name);
        const auto address = QString::fromStdString(figures.route.router.url + figures.route.router.endpoint);
        if (!kinds.contains(address))
            kinds << address;
        auto*& row = m_byName[name];
        if (!row) {
            row = new RouteRow(figures.route, this);
            m_rows->insertWidget(static_cast<int>(m_byName.size()) - 1, row);
            connect(row, &RouteRow::picked, this, [this, name] { select(name); });
            connect(row, &RouteRow::edited, this, [this, name] { select(name); });
        }
        row->show(figures);
    }
    m_summary->setText(tr("routes: %1, routers: %2").arg(routes.size()).arg(kinds.size()));
    if (m_selected.isEmpty() && !routes.empty())
        m_selected = QString::fromStdString(routes.front().route.name);
    select(m_selected);
}

void LoadPage::showObserved(const RouteFigures& figures)
{
    m_chartTitle->setText(tr("Observed split of %1").arg(QString::fromStdString(figures.route.name)));
    m_chartNote->setText(figures.route.router.kind != "agent" ? tr("% of requests, last 15 min") : tr("% of allocated GPUs, last 15 min"));
    std::vector<TrendView::Look> looks;
    std::vector<std::string> names;
    for (const auto& backend : figures.route.backends) {
        const auto provider = QString::fromStdString(backend.scope.provider.empty() ? backend.name : backend.scope.provider);
        looks.push_back({ QString::fromStdString(backend.name), currentTheme().provider(provider), {} });
        names.push_back(backend.name);
    }
    auto trend = std::make_shared<const Trend>(splitTrend(figures.observed ? *figures.observed : SplitHistory(), names));
    m_trendView->show(std::move(trend), std::move(looks), std::chrono::duration<double>(wallClock().time_since_epoch()).count());
}

void LoadPage::themeChanged()
{
    const auto& theme = currentTheme();
    m_chart->setColours({ theme.bg, theme.grid, theme.t3, theme.t1, theme.t2, theme.s2, theme.line2 });
    select(m_selected);
}

void LoadPage::openRoute(const QString& route)
{
    select(route);
    if (auto* row = m_byName.value(route))
        row->focusWeights();
}

void LoadPage::showPreview(const QString& route, const Result<Preview>& preview)
{
    if (route == m_selected)
        m_panel->showPreview(preview);
}

} // namespace penstock
