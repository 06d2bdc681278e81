// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "pages/fleetpage.h"

#include <QButtonGroup>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QStyle>
#include <QVBoxLayout>
#include <array>
#include <utility>

#include "charts/timechart.h"
#include "pages/chartbar.h"
#include "controls/theme.h"
#include "eventlist.h"
#include "fleetheat.h"
#include "fleetparts.h"
#include "fleettree.h"
#include "models/fleettreemodel.h"
#include "models/format.h"
#include "models/trend.h"
#include "trendview.h"
#include "troublelist.h"

namespace penstock {

FleetPage::FleetPage(QWidget* parent)
    : QWidget(parent)
    , m_strip(new TotalsStrip(this))
    , m_chart(new TimeChart(TimeChart::Shape::Stacked, {}, this))
    , m_trendView(new TrendView(*m_chart))
    , m_filter(new QLineEdit(this))
    , m_nothing(new QLabel(this))
    , m_chartNote(new ElidedLabel(this))
    , m_chartBar(new ChartBar([this] { return m_trendView->end(); }, this))
    , m_inspector(new Inspector(this))
    , m_model(new FleetTreeModel(this))
    , m_tree(new FleetTree(*m_model, this))
    , m_heat(new FleetHeat(FleetHeat::Look::Part, this))
    , m_heatPage(new FleetHeat(FleetHeat::Look::Page, this))
    , m_events(new EventList(this))
    , m_troubles(new TroubleList(this))
    , m_stack(new QStackedWidget(this))
{
    m_tree->setItemDelegate(new FleetDelegate(m_tree));
    m_tree->setUniformRowHeights(true);
    m_tree->setAllColumnsShowFocus(true);
    m_tree->setMouseTracking(true);
    m_tree->setIndentation(16);
    setFocusPolicy(Qt::StrongFocus); // letters are commands until somebody types in the filter
    m_tree->setObjectName(QStringLiteral("fleetTree"));
    m_tree->setAccessibleName(tr("Fleets"));
    auto* header = m_tree->header();
    header->setStretchLastSection(false);
    header->setSectionResizeMode(QHeaderView::Fixed);
    header->setSectionResizeMode(FleetTreeModel::Name, QHeaderView::Stretch);
    const std::array widths { 0, 64, 76, 56, 56, 76, 70, 60, 76 };
    for (int column = 1; column < FleetTreeModel::ColumnCount; ++column)
        header->resizeSection(column, widths.at(static_cast<std::size_t>(column)));
    m_filter->setPlaceholderText(tr("Filter  name, state:free, temp>85"));
    m_filter->setToolTip(tr("Words that all must hold: part of a name, model:H100, state:free, health:xid, util<5, temp>85, power>600W, mem>70GiB, age>10m (in its state)"));
    m_filter->setAccessibleName(tr("Filter the fleets"));
    m_filter->setObjectName(QStringLiteral("fleetFilter"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setFixedWidth(252);

    auto* chartHead = new QHBoxLayout;
    auto* chartTitle = new QLabel(tr("Busy GPUs"), this);
    chartTitle->setFont(textFont(13, QFont::DemiBold));
    m_chartNote->setProperty("tone", QStringLiteral("t3"));
    chartHead->addWidget(chartTitle);
    m_chartNote->setObjectName(QStringLiteral("fleetChartNote"));
    chartHead->addWidget(m_chartNote, 1);
    m_chart->setObjectName(QStringLiteral("fleetChart"));
    m_chart->setAccessibleName(tr("Busy GPUs over time"));
    m_chartBar->offer({ { tr("15 min"), 900 }, { tr("2 h"), 7200 }, { tr("1 d"), 86400 } });
    chartHead->addWidget(m_chartBar);
    chartHead->addSpacing(8);
    auto* segments = new QButtonGroup(this);
    auto* segmentRow = new QHBoxLayout;
    segmentRow->setSpacing(0);
    chartHead->addLayout(segmentRow);
    const std::array<std::pair<QString, GroupPoint::Dimension>, 3> choices { { { tr("Provider"), GroupPoint::Dimension::Provider },
        { tr("Workload"), GroupPoint::Dimension::Workload }, { tr("Model"), GroupPoint::Dimension::Model } } };
    for (const auto& [name, dimension] : choices) {
        auto* button = new QPushButton(name, this);
        button->setCheckable(true);
        button->setChecked(dimension == m_dimension);
        button->setProperty("kind", QStringLiteral("segment"));
        segments->addButton(button);
        segmentRow->addWidget(button);
        connect(button, &QPushButton::clicked, this, [this, dimension = dimension] {
            m_dimension = dimension;
            readHistory();
            showChart();
        });
    }

    auto* treeHead = new QHBoxLayout;
    auto* treeTitle = new QLabel(tr("Fleets"), this);
    treeTitle->setFont(textFont(13, QFont::DemiBold));
    treeHead->addWidget(treeTitle);
    m_nothing->setProperty("tone", QStringLiteral("red"));
    m_nothing->setFont(textFont(12));
    treeHead->addWidget(m_nothing, 1, Qt::AlignRight);
    treeHead->addWidget(m_filter);

    auto* treeSide = new QWidget(this);
    auto* treeLayout = new QVBoxLayout(treeSide);
    treeLayout->setContentsMargins(0, 0, 0, 0);
    treeLayout->addLayout(treeHead);
    treeLayout->addWidget(m_tree, 1);
    auto* split = new QSplitter(Qt::Horizontal, this);
    split->setObjectName(QStringLiteral("fleetSplit"));
    split->setHandleWidth(24);
    split->setChildrenCollapsible(false);
    split->addWidget(treeSide);
    split->addWidget(m_heat);
    split->addWidget(m_events);
    split->setStretchFactor(0, 7);
    split->setStretchFactor(1, 5);
    split->setStretchFactor(2, 5);
    m_events->hide();
    split->setSizes({ 700, 500 });

    auto* parts = new QWidget(this);
    auto* middle = new QVBoxLayout;
    middle->setContentsMargins(24, 4, 20, 8);
    middle->setSpacing(8);
    middle->addWidget(m_strip);
    middle->addLayout(chartHead);
    middle->addWidget(m_chart, 2);
    middle->addSpacing(8);
    middle->addWidget(split, 5);
    auto* beside = new QHBoxLayout(parts);
    beside->setContentsMargins(0, 0, 0, 0);
    beside->setSpacing(0);
    beside->addLayout(middle, 1);
    beside->addWidget(m_inspector);
    m_stack->addWidget(parts);
    m_stack->addWidget(m_heatPage);
    m_stack->addWidget(m_troubles);
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->addWidget(m_stack);
    m_inspector->setFixedWidth(320);

    m_tree->installEventFilter(this);
    m_filter->installEventFilter(this);
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_tree->setFilter(text);
        const bool nothing = m_model->isFiltered() && m_model->rowCount() == 0;
        m_filter->setProperty("tone", nothing ? QStringLiteral("error") : QString());
        m_filter->style()->polish(m_filter);
        m_nothing->setText(nothing ? tr("nothing meets all of these words") : QString());
        showHeat();
    });
    const auto choose = [this](const FleetTreeModel::Place& place) {
        // A filter may leave no row for it; the cell alone is chosen then.
        if (const auto at = m_model->indexOf(place); at.isValid()) {
            m_tree->setCurrentIndex(at);
            m_tree->scrollTo(at);
        }
    };
    for (auto* heat : { m_heat, m_heatPage })
        connect(heat, &FleetHeat::placeChosen, this, choose);
    connect(m_troubles, &TroubleList::chosen, this, choose);
    connect(m_troubles, &TroubleList::opened, this, [this, choose](const FleetTreeModel::Place& place) {
        m_filter->clear();
        choose(place);
        m_stack->setCurrentIndex(0);
        showHeat();
        m_tree->setFocus(Qt::ShortcutFocusReason);
    });
    connect(m_troubles, &TroubleList::closeWanted, this, &FleetPage::toggleTroubles);
    connect(m_strip, &TotalsStrip::troublesWanted, this, &FleetPage::toggleTroubles);
    connect(m_heat, &FleetHeat::pageWanted, this, &FleetPage::toggleHeat);
    connect(m_heatPage, &FleetHeat::closeWanted, this, &FleetPage::toggleHeat);
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this, &FleetPage::showSelection);
    follow(m_trendView->link());
    themeChanged();
}

void FleetPage::follow(ChartLink& link)
{
    m_trendView->link().disconnect(this);
    m_trendView->follow(link);
    m_chartBar->follow(link);
    connect(&link, &ChartLink::changed, this, &FleetPage::showNote);
}

void FleetPage::show(const SnapshotPtr& snapshot, const std::shared_ptr<const RecentHistory>& history, const QStringList& notWhole, std::chrono::seconds step)
{
    m_notWhole = notWhole;
    m_strip->show(*snapshot);
    m_model->show(snapshot);
    showMode();
    showHistory(history, step);
    showHeat();
    showTroubles();
    showSelection();
}

void FleetPage::showHistory(const std::shared_ptr<const RecentHistory>& history, std::chrono::seconds step)
{
    if (!m_model->snapshot())
        return;
    m_step = step;
    // There is a new one every second, and snapshots come more often.
    if (std::exchange(m_history, history) != history)
        readHistory();
    showChart();
    showNote();
}

bool FleetPage::isPast() const { return m_model->snapshot() && m_model->snapshot()->isPast(); }

/// Of the past there are no single GPUs.
void FleetPage::showMode()
{
    m_heat->setVisible(!isPast());
    m_events->setVisible(isPast());
    if (isPast())
        m_stack->setCurrentIndex(0);
    showNote();
}

/// Which stretch of time the chart shows, and how finely.
void FleetPage::showNote()
{
    const auto zoomed = stretchText(m_trendView->link(), 900, m_trendView->end(), m_step);
    m_chartNote->setText(!zoomed.isEmpty() ? zoomed : isPast() ? tr("15 min to %1").arg(format::second(m_model->snapshot()->asOf())) : tr("last 15 min, 1 s"));
}

void FleetPage::showEvents(const std::vector<FleetEvent>& events) { m_events->show(events); }

void FleetPage::showTroubles()
{
    if (m_model->snapshot() && m_stack->currentWidget() == m_troubles)
        m_troubles->show(m_model->snapshot(), m_notWhole);
}

void FleetPage::toggleTroubles()
{
    if (!m_model->snapshot() || isPast())
        return;
    const bool opens = m_stack->currentWidget() != m_troubles;
    m_stack->setCurrentWidget(opens ? static_cast<QWidget*>(m_troubles) : m_stack->widget(0));
    if (opens) {
        m_troubles->setScope(m_model->snapshot()->structure(), m_model->place(m_tree->currentIndex()));
        m_troubles->focusTable();
    } else
        m_tree->setFocus(Qt::ShortcutFocusReason);
    showTroubles();
    showHeat();
}

void FleetPage::showHeat()
{
    if (m_model->snapshot() && !isPast() && m_stack->currentWidget() != m_troubles)
        (m_stack->currentIndex() == 0 ? m_heat : m_heatPage)->show(m_model->snapshot(), *m_model);
}

void FleetPage::toggleHeat()
{
    if (isPast())
        return;
    const bool opens = m_stack->currentWidget() != m_heatPage;
    auto& from = opens ? *m_heat : *m_heatPage;
    auto& to = opens ? *m_heatPage : *m_heat;
    m_stack->setCurrentIndex(opens ? 1 : 0);
    showHeat();
    if (opens || to.focus().level != from.focus().level || to.focus().index != from.focus().index)
        to.focusOn(from.focus());
    if (opens)
        to.setMetric(from.metric());
    to.map().setFocus(Qt::ShortcutFocusReason);
    showSelection();
}

void FleetPage::showSelection()
{
    if (!m_model->snapshot())
        return;
    const auto place = m_model->place(m_tree->currentIndex());
    for (auto* heat : { m_heat, m_heatPage })
        if (!isPast())
            heat->select(*m_model->snapshot(), place);
    m_inspector->show(m_model->snapshot(), place);
}

void FleetPage::readHistory()
{
    if (!m_history || !m_model->snapshot())
        return;
    // Bands stand in the order of the tree.
    std::vector<std::string> order;
    if (m_dimension == GroupPoint::Dimension::Provider)
        for (const auto& provider : m_model->snapshot()->structure().providers)
            order.push_back(provider.name);
    m_trend = std::make_shared<const Trend>(busyTrend(*m_history, m_dimension, order));
}

void FleetPage::showChart()
{
    if (!m_trend)
        return;
    const auto& theme = currentTheme();
    std::vector<TrendView::Look> looks;
    for (const auto& column : m_trend->columns) {
        const auto name = QString::fromStdString(column.key);
        const auto colour = m_dimension == GroupPoint::Dimension::Provider ? theme.provider(name) : theme.series(static_cast<int>(looks.size()));
        looks.push_back({ name, colour, theme.mixed(colour, theme.name == ThemeName::Dark ? 0.42 : 0.36) });
    }
    m_trendView->show(m_trend, std::move(looks), std::chrono::duration<double>(m_model->snapshot()->asOf().time_since_epoch()).count());
}

void FleetPage::select(const QStringList& path)
{
    m_stack->setCurrentIndex(0);
    m_filter->clear();
    const auto at = m_model->indexOf(path);
    if (!at.isValid())
        return;
    m_tree->setCurrentIndex(at);
    m_tree->scrollTo(at);
    m_tree->setFocus(Qt::ShortcutFocusReason);
}

void FleetPage::focusFilter()
{
    m_stack->setCurrentIndex(0);
    m_filter->setFocus(Qt::ShortcutFocusReason);
}

void FleetPage::toggleInspector()
{
    m_drawerOpen = !m_drawerOpen;
    m_inspector->setVisible(window()->width() >= 1400 || m_drawerOpen);
}

void FleetPage::themeChanged()
{
    m_chart->setColours(currentTheme().chart());
    m_heat->themeChanged();
    m_heatPage->themeChanged();
    showChart();
}

void FleetPage::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_inspector->setVisible(window()->width() >= 1400 || m_drawerOpen);
}

/// The least important columns go first where the tree is narrow.
void FleetPage::fitColumns()
{
    m_tree->setColumnHidden(FleetTreeModel::Utilisation, m_tree->width() < 800);
    m_tree->setColumnHidden(FleetTreeModel::Age, m_tree->width() < 700);
    m_tree->setColumnHidden(FleetTreeModel::States, m_tree->width() < 560);
    m_tree->setColumnHidden(FleetTreeModel::Unknown, m_tree->width() < 500);
}

bool FleetPage::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_filter && event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
        m_filter->clear();
        m_tree->setFocus(Qt::ShortcutFocusReason);
        return true;
    }
    if (watched == m_tree && event->type() == QEvent::Resize)
        fitColumns();
    return QWidget::eventFilter(watched, event);
}

} // namespace penstock
