// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "pages/capacitypage.h"

#include <QAbstractItemDelegate>
#include <QButtonGroup>
#include <QComboBox>
#include <QDateTime>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QScrollArea>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cmath>

#include "base/timetext.h"
#include "capacitypanel.h"
#include "capacityparts.h"
#include "pages/chartbar.h"
#include "charts/capacitychart.h"
#include "controls/theme.h"
#include "models/capacitymodel.h"
#include "models/capacitytext.h"
#include "models/format.h"
#include "pictures/capacitydrawing.h"

namespace penstock {

using namespace std::chrono_literals;

namespace {

constexpr std::array bys { GroupPoint::Dimension::Provider, GroupPoint::Dimension::Region, GroupPoint::Dimension::Model,
    GroupPoint::Dimension::Workload };

} // namespace

CapacityPage::CapacityPage(QWidget* parent)
    : QWidget(parent), m_range(capacityRangeCount - 1), m_table(new QTableView(this)), m_subtitle(new ElidedLabel(this)),
      m_note(new QLabel(this)), m_chartNote(new ElidedLabel(this)), m_told(new QLabel(this)),
      m_rangeGroup(new QButtonGroup(this)), m_byGroup(new QButtonGroup(this)), m_shapeGroup(new QButtonGroup(this)), m_toldGroup(new QButtonGroup(this)),
      m_onlyBox(new QComboBox(this)), m_report(new QPushButton(this)), m_figures(new FigureStrip(this)), m_chart(new CapacityChart(this)),
      m_chartBar(new ChartBar([this] { return m_full.end; }, this)),
      m_model(new CapacityModel(this)), m_panel(new CapacityPanel(this))
{
    auto* title = new QLabel(tr("Capacity"), this);
    title->setFont(textFont(22, QFont::DemiBold));
    for (auto* label : { m_subtitle, m_chartNote, m_told, m_note })
        label->setProperty("tone", QStringLiteral("t3"));
    m_note->setWordWrap(true);
    m_note->setFont(textFont(12));
    m_note->setObjectName(QStringLiteral("capacityNote"));
    m_told->setFont(textFont(12));
    m_told->setObjectName(QStringLiteral("capacityTold"));
    m_subtitle->setObjectName(QStringLiteral("capacitySubtitle"));

    QStringList rangeNames;
    for (std::size_t i = 0; i < capacityRangeCount; ++i)
        rangeNames << CapacityText::range(i);
    auto* head = new QHBoxLayout;
    head->addWidget(title);
    head->addSpacing(8);
    head->addWidget(m_subtitle, 1);
    head->addWidget(makeSegments(rangeNames, static_cast<int>(m_range), tr("Time shown"), m_rangeGroup));
    auto* exporting = new QPushButton(tr("Export"), this);
    exporting->setObjectName(QStringLiteral("capacityExport"));
    auto* kinds = new QMenu(exporting);
    for (const auto& [name, kind] :
        { std::pair(tr("Chart as PNG…"), QStringLiteral("png")), std::pair(tr("Chart as SVG…"), QStringLiteral("svg")),
            std::pair(tr("Table as CSV…"), QStringLiteral("csv")), std::pair(tr("Cost as CSV…"), QStringLiteral("cost.csv")) })
        connect(kinds->addAction(name), &QAction::triggered, this, [this, kind = kind] { emit exportWanted(kind); });
    exporting->setMenu(kinds);
    head->addSpacing(8);
    head->addWidget(exporting);
    m_report->setObjectName(QStringLiteral("capacityReport"));
    connect(m_report, &QPushButton::clicked, this, &CapacityPage::reportWanted);
    drawReport();
    head->addSpacing(8);
    head->addWidget(m_report);
    auto* picks = new QHBoxLayout;
    picks->setSpacing(12);
    auto* chartTitle = new QLabel(tr("GPUs over time"), this);
    chartTitle->setFont(textFont(13, QFont::DemiBold));
    picks->addWidget(chartTitle);
    picks->addWidget(m_chartNote, 1);
    picks->addWidget(
        makeSegments({ tr("Provider"), tr("Region"), tr("Model"), tr("Workload") }, 0, tr("Bands by"), m_byGroup));
    m_onlyBox->setObjectName(QStringLiteral("capacityOnly"));
    m_onlyBox->setAccessibleName(tr("Show only"));
    m_onlyBox->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_onlyBox->setMaximumWidth(220);
    picks->addWidget(m_onlyBox);
    picks->addWidget(makeSegments({ tr("Stacked"), tr("Lines") }, 0, tr("Shape of the chart"), m_shapeGroup));

    m_chart->setObjectName(QStringLiteral("capacityChart"));
    m_chart->setAccessibleName(tr("GPUs over time"));
    m_figures->setObjectName(QStringLiteral("capacityFigures"));
    m_table->setModel(m_model);
    m_table->setItemDelegate(new CapacityDelegate(m_table));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setShowGrid(false);
    m_table->setTabKeyNavigation(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(28);
    m_table->setObjectName(QStringLiteral("capacityTable"));
    m_table->setAccessibleName(tr("Capacity by provider and model"));
    m_table->setMouseTracking(true);
    m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_table->installEventFilter(this);
    auto* header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setFixedHeight(30);
    header->setSectionResizeMode(QHeaderView::ResizeToContents);
    header->setSectionResizeMode(CapacityModel::Model, QHeaderView::Stretch);
    setFocusProxy(m_table);

    auto* left = new QVBoxLayout;
    left->setContentsMargins(24, 16, 20, 8);
    left->setSpacing(10);
    left->addLayout(head);
    left->addWidget(m_figures);
    left->addLayout(picks);
    auto* tellsRow = new QHBoxLayout;
    m_told->setWordWrap(true);
    tellsRow->addWidget(m_told, 1);
    tellsRow->addWidget(makeSegments({ tr("Demand"), tr("Busy") }, 0, tr("Forecast of"), m_toldGroup));
    tellsRow->addSpacing(4);
    tellsRow->addWidget(m_chartBar);
    left->addLayout(tellsRow);
    left->addWidget(m_chart, 3);
    left->addWidget(m_note);
    left->addWidget(m_table, 2);
    auto* whole = new QHBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    whole->addLayout(left, 1);
    auto* line = new QFrame(this);
    line->setProperty("line", QStringLiteral("v"));
    whole->addWidget(line);
    auto* beside = new QScrollArea(this);
    beside->setWidget(m_panel);
    beside->setWidgetResizable(true);
    beside->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    beside->setFixedWidth(312);
    beside->setProperty("surface", QStringLiteral("s1"));
    whole->addWidget(beside);
    joinPanel();
    joinChart();

    connect(m_rangeGroup, &QButtonGroup::idClicked, this, [this](int id) { pickRange(static_cast<std::size_t>(id)); });
    connect(m_byGroup, &QButtonGroup::idClicked, this, [this](int id) {
        m_link.reset();
        m_by = bys.at(static_cast<std::size_t>(id));
        m_onlyOf = GroupPoint::Dimension::Total;
        m_only.clear();
        fillOnly();
        emit queryChanged();
    });
    connect(m_toldGroup, &QButtonGroup::idClicked, this, [this] {
        m_outlook.reset();
        draw();
        emit queryChanged();
    });
    connect(m_shapeGroup, &QButtonGroup::idClicked, this, [this](int id) {
        m_stacked = id == 0;
        draw();
    });
    connect(m_onlyBox, &QComboBox::activated, this, [this](int at) {
        m_link.reset();
        m_onlyOf = static_cast<GroupPoint::Dimension>(m_onlyBox->itemData(at, Qt::UserRole + 1).toInt());
        m_only = m_onlyBox->itemData(at).toString().toStdString();
        emit queryChanged();
    });
    themeChanged();
    fillOnly();
}

QWidget* CapacityPage::makeSegments(const QStringList& names, int checked, const QString& name, QButtonGroup* group)
{
    auto* made = new QWidget(this);
    made->setAccessibleName(name);
    auto* row = new QHBoxLayout(made);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    for (const auto& it : names) {
        auto* button = new QPushButton(it, made);
        button->setCheckable(true);
        button->setChecked(row->count() == checked);
        button->setProperty("kind", QStringLiteral("segment"));
        button->setProperty("dense", true);
        button->setAccessibleDescription(name);
        group->addButton(button, row->count());
        row->addWidget(button);
    }
    return made;
}

void CapacityPage::setFacts(CapacityFacts facts)
{
    facts.rates = std::move(m_facts.rates);
    m_facts = std::move(facts);
    draw();
    drawPanel();
}

CapacityQuery CapacityPage::query(Time now) const
{
    auto query = capacityRanges.at(m_range).query(now);
    query.by = m_by;
    query.onlyOf = m_onlyOf;
    query.only = m_only;
    query.tellsBusy = tellsBusy();
    return query;
}

std::optional<CapacityQuery> CapacityPage::closeQuery(Time now) const
{
    if (!m_link.length() || m_full.length() <= 0)
        return {};
    struct Fineness
    {
        std::chrono::seconds length, step, busiestOf;
    };
    using std::chrono::days;
    static constexpr std::array finenesses { Fineness { 20min, 1s, 0s }, Fineness { 2h, 10s, 0s }, Fineness { 12h, 1min, 0s }, Fineness { 48h, 5min, 0s },
        Fineness { days(10), 30min, 0s }, Fineness { days(60), 1h, 0s }, Fineness { std::chrono::seconds::max(), 1h, 24h } };
    const auto stretch = m_link.stretch(m_full.length(), m_full.end);
    const auto timeOf = [](double at) { return Time(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(at))); };
    auto made = query(now);
    const auto begin = timeOf(stretch.begin), end = std::min(now, timeOf(stretch.end));
    if (begin >= end)
        return {}; // nothing but what is told
    const auto* found = std::ranges::find_if(finenesses, [&](const Fineness& it) { return stretch.length() <= std::chrono::duration<double>(it.length).count(); });
    if (found->step >= made.step && found->busiestOf >= made.busiestOf)
        return {}; // no finer than what is there
    made.from = begin;
    made.to = end;
    made.step = found->step;
    made.busiestOf = found->busiestOf;
    return made;
}

void CapacityPage::pickRange(std::size_t range)
{
    m_rangeWasPicked = true;
    m_range = range;
    m_link.reset();
    emit queryChanged();
}

/// Before anything was picked: the shortest that holds all there is, so that a young history is no sliver.
void CapacityPage::fitRange(const CapacityHistory& history)
{
    if (m_rangeWasPicked || history.times.empty())
        return;
    m_rangeWasPicked = true;
    const auto range = rangeHolding(history.query.to - history.times.front());
    if (range == m_range)
        return;
    m_range = range;
    m_rangeGroup->button(static_cast<int>(range))->setChecked(true);
    emit queryChanged();
}

/// Everything, then the bands themselves, then what crosses them.
void CapacityPage::fillOnly()
{
    const QSignalBlocker quiet(m_onlyBox);
    m_onlyBox->clear();
    const auto add = [this](const QString& name, GroupPoint::Dimension dimension, const QString& key) {
        m_onlyBox->addItem(name, key);
        m_onlyBox->setItemData(m_onlyBox->count() - 1, static_cast<int>(dimension), Qt::UserRole + 1);
        if (dimension == m_onlyOf && key.toStdString() == m_only)
            m_onlyBox->setCurrentIndex(m_onlyBox->count() - 1);
    };
    const auto addAll = [&](const QStringList& keys, GroupPoint::Dimension dimension) {
        for (const auto& key : keys)
            add(key, dimension, key);
    };
    QStringList providers, models;
    if (m_history)
        for (const auto& row : m_history->rows) {
            providers << QString::fromStdString(row.provider);
            models << QString::fromStdString(row.model);
        }
    for (auto* it : { &providers, &models, &m_regions, &m_workloads }) {
        it->removeDuplicates();
        it->sort();
    }
    switch (m_by) {
    case GroupPoint::Dimension::Region:
        add(tr("All regions"), GroupPoint::Dimension::Total, {});
        addAll(providers, GroupPoint::Dimension::Provider);
        return addAll(m_regions, GroupPoint::Dimension::Region);
    case GroupPoint::Dimension::Workload:
        add(tr("All workloads"), GroupPoint::Dimension::Total, {});
        return addAll(m_workloads, GroupPoint::Dimension::Workload);
    default:
        add(m_by == GroupPoint::Dimension::Provider ? tr("All models") : tr("All providers"),
            GroupPoint::Dimension::Total, {});
        addAll(models, GroupPoint::Dimension::Model);
        addAll(providers, GroupPoint::Dimension::Provider);
    }
}

void CapacityPage::showHistory(CapacityHistory history)
{
    if (auto close = closeQuery(history.query.to)) {
        // What streams has moved on a little since it was asked for.
        const bool isNear = std::chrono::abs(close->from - history.query.from) < (close->to - close->from) / 10;
        close->from = history.query.from;
        close->to = history.query.to;
        if (isNear && *close == history.query) {
            m_close = std::move(history);
            return drawChart();
        }
    }
    // An answer to what is no longer asked.
    const auto wanted = query(history.query.to);
    if (wanted != history.query)
        return;
    auto& seen = history.query.by == GroupPoint::Dimension::Region ? m_regions : m_workloads;
    if (history.query.by == GroupPoint::Dimension::Region || history.query.by == GroupPoint::Dimension::Workload)
        for (const auto& band : history.bands)
            if (const auto key = QString::fromStdString(band.key); !seen.contains(key))
                seen << key;
    m_history = std::move(history);
    fillOnly();
    draw();
    fitRange(*m_history);
}

bool CapacityPage::tellsBusy() const { return m_toldGroup->checkedId() == 1; }

void CapacityPage::showOutlook(CapacityOutlook outlook)
{
    if ((outlook.of == CapacityOutlook::Of::Busy) != tellsBusy())
        return; // asked for before it was to be of something else
    m_outlook = std::move(outlook);
    draw();
    drawPanel();
}

void CapacityPage::forget()
{
    m_history.reset();
    m_outlook.reset();
    m_close.reset();
    m_told->clear();
    m_subtitle->clear();
    m_figures->show({});
    m_model->show({}, m_moment.value_or(wallClock()));
    CapacityPicture none;
    none.end = 1;
    m_chart->show(std::move(none));
}

void CapacityPage::showError(const Error& error)
{
    // What was shown of another time would look like this one's.
    if (m_moment)
        forget();
    m_note->setText(QString::fromStdString(error.text()));
    m_note->show();
    if (!m_history) {
        CapacityPicture none;
        none.end = 1;
        none.empty = tr("There is no history to show.");
        m_chart->show(std::move(none));
    }
}

/// What is looked back at lies in a gap, or before all that is kept.
bool CapacityPage::isNothingKnown() const
{
    return m_moment && m_history && m_history->newest.isOldAt(m_history->query.to);
}

/// Of what is shown; null where it was told of something else, or not at all.
const ToldGroup* CapacityPage::toldWhole() const
{
    return m_outlook && m_history && !isNothingKnown() && m_outlook->whole && m_outlook->onlyOf == m_history->query.onlyOf
            && m_outlook->only == m_history->query.only
        ? &*m_outlook->whole
        : nullptr;
}

void CapacityPage::drawChart()
{
    const auto& whole = m_held ? *m_held : *m_history;
    const auto supplier = supplierOf(whole.query.onlyOf, whole.query.only);
    const auto committed
        = supplier ? capacitySteps(m_facts.committed, supplier->first, supplier->second) : std::vector<CapacityStep>();
    const bool isClose = m_close && m_link.length();
    const auto& history = isClose ? *m_close : whole;
    auto picture = drawCapacity({ .history = history,
        .theme = currentTheme(),
        .from = whole.query.from,
        .now = whole.query.to,
        .committed = committed,
        .told = toldWhole(),
        .ahead = capacityRanges.at(m_range).ahead,
        .toldOf = m_outlook ? m_outlook->of : CapacityOutlook::Of::Allocated,
        .stacked = m_stacked,
        .blocks = m_blocks });
    if (m_moment)
        picture.nowName = format::second(whole.query.to);
    m_full = { picture.begin, picture.end };
    m_chartBar->setAhead(picture.end - picture.now);
    QStringList said { CapacityText::steps(m_range) };
    if (m_link.length() || m_link.frozenAt()) {
        const auto stretch = m_link.stretch(m_full.length(), m_full.end);
        crop(picture, stretch.begin, stretch.end);
        said = { stretchText(), history.query.busiestOf > 0s ? tr("each day at its busiest hour") : tr("means of %1").arg(format::span(history.step)) };
    }
    if (!whole.query.only.empty())
        said.prepend(QString::fromStdString(whole.query.only));
    m_chartNote->setText(said.join(QStringLiteral(", ")));
    m_chart->setFrozen(m_link.frozenAt().has_value());
    m_chart->show(std::move(picture));
}

/// "3 Nov 2026 to 9 Nov 2026", or of less than two days with the hours.
QString CapacityPage::stretchText() const
{
    const auto stretch = m_link.stretch(m_full.length(), m_full.end);
    const auto utc = [](double at) { return QDateTime::fromMSecsSinceEpoch(std::llround(at * 1000), Qt::UTC); };
    const auto from = utc(stretch.begin), to = utc(stretch.end);
    const auto format = stretch.length() < 2 * 86400 ? QStringLiteral("d MMM HH:mm") : QStringLiteral("d MMM yyyy");
    return tr("%1 to %2").arg(QLocale().toString(from, format), QLocale().toString(to, from.date() == to.date() ? QStringLiteral("HH:mm") : format));
}

void CapacityPage::joinChart()
{
    m_chartBar->follow(m_link);
    connect(m_chart, &CapacityChart::pointed, &m_link, &ChartLink::point);
    connect(&m_link, &ChartLink::pointed, m_chart, &CapacityChart::setCrosshair);
    connect(m_chart, &CapacityChart::looked, this, [this](double begin, double end) { m_link.look({ begin, end }, m_full.length(), m_full.end); });
    connect(m_chart, &CapacityChart::wholeWanted, this, [this] { m_link.reset(); });
    connect(m_chart, &CapacityChart::freezeWanted, this, [this] { m_link.frozenAt() ? m_link.thaw() : m_link.freeze(m_full.end); });
    connect(&m_link, &ChartLink::changed, this, [this] {
        if (!m_history)
            return;
        if (!m_link.frozenAt())
            m_held.reset();
        else if (!m_held)
            m_held = m_history;
        // What was read of another part is no longer of use, unless this one is in it.
        if (m_close) {
            const auto stretch = m_link.stretch(m_full.length(), m_full.end);
            const bool holds = secondsOf(m_close->query.from) <= stretch.begin && secondsOf(m_close->query.to) >= std::min(stretch.end, secondsOf(m_history->query.to));
            if (!m_link.length() || !holds)
                m_close.reset();
        }
        drawChart();
        emit closeQueryChanged();
    });
}

void CapacityPage::joinPanel()
{
    connect(m_panel, &CapacityPanel::blockAdded, this, [this](const CommittedCapacity& block) {
        auto blocks = m_blocks;
        blocks.push_back(block);
        changeBlocks(std::move(blocks));
    });
    connect(m_panel, &CapacityPanel::blockChanged, this, [this](std::size_t at, const CommittedCapacity& block) {
        auto blocks = m_blocks;
        if (at < blocks.size())
            blocks[at] = block;
        changeBlocks(std::move(blocks));
    });
    connect(m_panel, &CapacityPanel::blockRemoved, this, [this](std::size_t at) {
        auto blocks = m_blocks;
        if (at < blocks.size())
            blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(at));
        changeBlocks(std::move(blocks));
    });
    connect(m_panel, &CapacityPanel::scenarioPicked, this, [this](const QString& name) {
        m_scenario = name.toStdString();
        const auto found = std::ranges::find(m_facts.scenarios, m_scenario, &Scenario::name);
        changeBlocks(found == m_facts.scenarios.end() ? std::vector<CommittedCapacity>() : found->blocks);
    });
    connect(m_panel, &CapacityPanel::scenarioSaved, this, [this](const QString& name) {
        m_scenario = name.toStdString();
        emit scenarioSaveWanted({ .name = m_scenario, .blocks = m_blocks });
    });
    connect(m_panel, &CapacityPanel::scenarioRemoved, this, &CapacityPage::scenarioRemoveWanted);
    connect(m_chart, &CapacityChart::stepMoved, this, &CapacityPage::moveBlock);
    connect(m_chart, &CapacityChart::stepDropped, this, &CapacityPage::drawPanel);
}

void CapacityPage::changeBlocks(std::vector<CommittedCapacity> blocks)
{
    m_blocks = std::move(blocks);
    draw();
    drawPanel();
}

/// The list beside follows once the hand lets go: rows that are made anew would flicker.
void CapacityPage::moveBlock(std::size_t at, double time)
{
    if (at >= m_blocks.size() || !m_history)
        return;
    // What has not come yet cannot have come yesterday.
    const auto tomorrow = std::chrono::floor<std::chrono::days>(m_history->query.to) + std::chrono::days(1);
    auto& block = m_blocks[at];
    block.from
        = std::max<Time>(tomorrow, Time(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(time))));
    if (block.until && *block.until <= *block.from)
        block.until.reset();
    drawChart();
    drawFigures();
    drawTable();
}

void CapacityPage::setReporting(bool isOn)
{
    m_reporting = isOn;
    drawReport();
}

void CapacityPage::drawReport()
{
    m_report->setEnabled(!m_reporting && !m_moment);
    m_report->setText(m_reporting ? tr("Writing…") : tr("Report…"));
    m_report->setToolTip(m_moment ? tr("A report tells of now. Return to live (L).")
                                  : tr("Figures, charts, forecast, cost and what changed since the last report, as a PDF"));
}

void CapacityPage::setScenarios(std::vector<Scenario> scenarios)
{
    m_facts.scenarios = std::move(scenarios);
    drawPanel();
}

void CapacityPage::setMoment(std::optional<Time> moment)
{
    if (m_moment == moment)
        return;
    const bool isOther = m_moment.has_value() != moment.has_value();
    m_moment = moment;
    // What was shown of now would look like that moment's until the answer comes, and the other way round.
    if (isOther) {
        forget();
        m_chartNote->setText(tr("being read"));
    }
    drawReport();
    if (m_moment) {
        m_cost.reset();
        m_demand.clear();
        m_panel->showCost({}, {});
    }
}

void CapacityPage::showCost(CostPicture cost, std::vector<WorkloadDemand> demand)
{
    const auto rates = ratesOf(cost);
    // What it costs now is nothing of the past, but at the prices of now what was there then counts, and so do blocks.
    if (!m_moment) {
        m_cost = std::move(cost);
        m_demand = std::move(demand);
        m_panel->showCost(*m_cost, m_demand);
    }
    const bool isNew = std::exchange(m_facts.rates, rates) != rates;
    if (m_history)
        drawFigures();
    if (m_history && isNew)
        drawTable();
    if (isNew)
        drawPanel();
}

std::optional<double> CapacityPage::costOf(const std::vector<CommittedCapacity>& blocks) const
{
    std::optional<double> sum;
    for (const auto& block : blocks) {
        const auto price = block.perGpuHour ? block.perGpuHour
                                            : m_facts.priceOf(block.provider, block.model);
        if (!price)
            return {};
        sum = sum.value_or(0) + *price * static_cast<double>(block.gpus);
    }
    return sum;
}

/// A tenth more of what runs out first, from the day on which it does.
CommittedCapacity CapacityPage::proposal() const
{
    CommittedCapacity made;
    const auto now = m_history ? m_history->query.to : wallClock();
    made.from = std::chrono::ceil<std::chrono::days>(now + std::chrono::days(30));
    std::optional<Time> first;
    for (const auto& it : m_model->rows()) {
        const auto out = it.runOut && it.runOut->likely ? it.runOut->likely : std::nullopt;
        if (!made.provider.empty() && !(out && (!first || *out < *first)))
            continue;
        made.provider = it.row.provider;
        made.model = it.row.model;
        made.gpus = std::max<std::int64_t>(8, static_cast<std::int64_t>(std::isnan(it.row.newest.gpus) ? 0 : it.row.newest.gpus / 10) / 8 * 8);
        if (out) {
            first = out;
            made.from = std::max<Time>(
                std::chrono::floor<std::chrono::days>(*out), std::chrono::ceil<std::chrono::days>(now));
        }
    }
    return made;
}

void CapacityPage::drawPanel()
{
    std::vector<CapacityPanel::BlockLine> blocks;
    for (const auto& block : m_blocks)
        blocks.push_back({ block, costOf({ block }) });
    m_panel->showBlocks(blocks);
    const auto* told = toldWhole();
    const auto line = [&](const std::string& name, const std::vector<CommittedCapacity>& of) {
        const auto out = told && m_history ? runOutWith(*told, m_history->query.onlyOf, of) : std::nullopt;
        return CapacityPanel::ScenarioLine { QString::fromStdString(name), runsOutText(out), runsOutRange(out),
            costOf(of), of == m_blocks };
    };
    std::vector<CapacityPanel::ScenarioLine> scenarios { line({}, {}) };
    bool isSaved = m_blocks.empty();
    for (const auto& it : m_facts.scenarios) {
        scenarios.push_back(line(it.name, it.blocks));
        isSaved = isSaved || it.blocks == m_blocks;
    }
    if (!isSaved) {
        auto shown = line(m_scenario, m_blocks);
        shown.isSaved = false;
        scenarios.push_back(std::move(shown));
    }
    m_panel->showScenarios(scenarios);
}

void CapacityPage::draw()
{
    if (!m_history)
        return;
    const auto& history = *m_history;
    drawChart();
    m_told->setText(forecastText());
    QStringList notes;
    if (history.simulated)
        notes << tr("SIMULATED: some of this was simulated or replayed, and is no measurement of what was there.");
    if (history.damaged > 0)
        notes << tr("%1 pieces of the history could not be read, and are gaps.").arg(history.damaged);
    m_note->setText(notes.join(QLatin1Char(' ')));
    m_note->setVisible(!notes.isEmpty());
    drawFigures();
    drawTable();
}

QString CapacityPage::forecastText() const
{
    return isNothingKnown() ? QString() : m_outlook ? CapacityText::forecast(toldWhole()) : tr("The forecast is being made.");
}

void CapacityPage::drawFigures()
{
    using Tone = FigureStrip::Figure::Tone;
    const auto now = m_history->query.to;
    if (isNothingKnown()) {
        std::vector<FigureStrip::Figure> none;
        for (const auto& label : { tr("Runs out"), tr("Supply"), tr("Busy"), tr("Unmet demand") })
            none.push_back({ label, QStringLiteral("–"), tr("not known"), Tone::Plain });
        m_figures->show(std::move(none));
        return m_subtitle->setText(tr("nothing is known of %1").arg(format::moment(now)));
    }
    const auto key = keyFigures(*m_history, m_facts);
    const auto& newest = key.newest;
    const auto count = &CapacityText::gpus;
    const auto dated = [&](const QString& what) { return CapacityText::dated(what, newest, now, m_moment ? std::optional(now) : std::nullopt); };
    const auto tone = newest.isOldAt(now) ? Tone::Old : Tone::Plain;
    const auto toneOf = [now](const std::optional<RunOut>& out) {
        const int urgency = urgencyOf(out, now);
        return urgency == 2 ? Tone::Danger : urgency == 1 ? Tone::Caution : Tone::Plain;
    };
    std::vector<FigureStrip::Figure> figures;
    if (const auto* told = toldWhole(); told && told->runOut) {
        const auto& out = *told->runOut;
        const auto first = m_history->query.onlyOf == GroupPoint::Dimension::Total ? CapacityText::firstOut(m_outlook->rows, out) : QString();
        figures.push_back({ tr("Runs out"), runsOutText(out), first.isEmpty() ? CapacityText::runsOutNote(out, now) : first,
            toneOf(out) });
        if (!m_blocks.empty()) {
            const auto with = runOutWith(*told, m_history->query.onlyOf, m_blocks);
            figures.push_back({ tr("With blocks"), runsOutText(with), runsOutRange(with), toneOf(with) });
        }
    } else
        figures.push_back(
            { tr("Runs out"), QStringLiteral("–"), m_outlook ? tr("not known yet") : tr("being told"), Tone::Plain });
    if (m_history->query.onlyOf != GroupPoint::Dimension::Workload)
        figures.push_back({ dated(tr("Supply")), count(newest.supply), CapacityText::ofGpus(newest), tone });
    if (!m_history->times.empty())
        figures.push_back({ tr("Busy at peak in %1").arg(CapacityText::range(m_range)), count(key.peak), CapacityText::peakNote(key), Tone::Plain });
    figures.push_back({ dated(tr("Unmet demand")), count(newest.unmet),
        std::isnan(newest.needed) ? tr("no source tells demand") : tr("of %1 GPUs needed").arg(count(newest.needed)),
        tone == Tone::Plain && newest.unmet > 0 ? Tone::Caution : tone });
    if (m_cost && m_cost->all.rented.dollars > 0) {
        const auto& all = m_cost->all;
        const CapacityMoment of { .until = m_cost->asOf };
        const auto costTone = of.isOldAt(now) ? Tone::Old : Tone::Plain;
        figures.push_back({ CapacityText::dated(tr("Cost"), of, now), tr("%1/h").arg(format::dollars(all.rented.dollars)),
            tr("%1 a day").arg(format::dollars(all.rented.dollars * hoursADay)), costTone });
        const auto idle = all.idle.known();
        figures.push_back({ CapacityText::dated(tr("Cost of idle"), of, now), idle ? tr("%1/h").arg(format::dollars(*idle)) : QStringLiteral("–"),
            idle && all.unheard >= 1 ? tr("%1 GPUs; of %2 nothing is known").arg(count(all.idle.gpus), count(all.unheard)) : idle ? tr("%1 GPUs").arg(count(all.idle.gpus)) : std::isnan(all.idle.gpus) ? tr("nothing is heard of the GPUs") : tr("%1 GPUs without a price").arg(count(all.idle.gpus)), costTone });
    }
    m_figures->show(std::move(figures));
    QStringList providers;
    for (const auto& row : m_history->rows)
        providers << QString::fromStdString(row.provider);
    providers.removeDuplicates();
    const auto fleets = providers.size() == 1 ? tr("1 fleet, %1 GPUs").arg(count(newest.gpus))
                                              : tr("%1 fleets, %2 GPUs").arg(providers.size()).arg(count(newest.gpus));
    m_subtitle->setText(newest.isOldAt(now) ? dated(fleets) : fleets);
}

void CapacityPage::drawTable()
{
    auto rows = capacityRows(
        *m_history, m_facts, m_outlook ? m_outlook->rows : std::vector<ToldGroup>(), m_blocks);
    if (m_moment) // what it cost then is not kept
        for (auto& it : rows)
            it.cost.reset();
    if (isNothingKnown())
        for (auto& it : rows) {
            it.row.newest = {};
            it.runOut.reset();
            it.cost.reset();
        }
    const auto count = static_cast<int>(rows.size());
    m_model->show(std::move(rows), m_history->query.to);
    fitTable();
    // What is left of the height is the chart's.
    m_panel->setProposal(proposal());
    QStringList providers, models;
    for (const auto& row : m_history->rows) {
        providers << QString::fromStdString(row.provider);
        models << QString::fromStdString(row.model);
    }
    for (const auto& it : m_facts.providers)
        providers << QString::fromStdString(it.id);
    providers.removeDuplicates();
    models.removeDuplicates();
    m_panel->setChoices(providers, models);
    m_table->setMaximumHeight(34 + 28 * std::max(1, count));
}

/// The least important columns go first where the table is narrow.
void CapacityPage::fitTable()
{
    constexpr std::array dispensable { CapacityModel::Reserved, CapacityModel::Quota, CapacityModel::Cost,
        CapacityModel::Committed };
    m_table->setColumnHidden(CapacityModel::Age, m_model->isEmpty(CapacityModel::Age));
    for (const auto column : dispensable)
        m_table->setColumnHidden(column, m_model->isEmpty(column));
    const auto needed = [this] {
        int sum = 0;
        for (int column = 0; column < CapacityModel::ColumnCount; ++column) {
            if (m_table->isColumnHidden(column))
                continue;
            int wide = m_table->horizontalHeader()->sectionSizeHint(column);
            for (int row = 0; row < m_model->rowCount(); ++row)
                wide = std::max(wide, m_table->itemDelegate()->sizeHint({}, m_model->index(row, column)).width());
            sum += wide;
        }
        return sum;
    };
    for (const auto column : dispensable)
        if (needed() > m_table->width() - 16)
            m_table->setColumnHidden(column, true);
}

bool CapacityPage::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_table && event->type() == QEvent::Resize)
        fitTable();
    return QWidget::eventFilter(watched, event);
}

void CapacityPage::themeChanged()
{
    m_chart->setColours(currentTheme().chart());
    draw();
    drawPanel();
    if (m_cost)
        m_panel->showCost(*m_cost, m_demand);
}

bool CapacityPage::saveChart(const QString& path) const
{
    if (!m_history)
        return false;
    const auto& query = m_history->query;
    const auto shown = query.only.empty() ? tr("everything") : QString::fromStdString(query.only);
    QStringList below {
        tr("As of %1. Source: %2.").arg(QString::fromStdString(rfc3339(query.to, TimeDigits::Milliseconds)), CapacityText::source(m_facts.source))
    };
    const auto gone = CapacityText::missing(m_close && m_link.length() ? *m_close : m_held ? *m_held : *m_history);
    below << (gone.isEmpty() ? tr("Whole: nothing is missing.") : tr("Partial: %1.").arg(gone));
    if (m_history->simulated)
        below << tr("SIMULATED: no measurement of what was there.");
    below << m_told->text();
    if (!m_blocks.empty())
        below << (scenarioName().isEmpty() ? tr("With what-if blocks that are not saved.") : tr("With the what-if scenario \"%1\".").arg(scenarioName()));
    return m_chart->save(
        path, { tr("Capacity, GPUs: %1, %2, %3").arg(shown, CapacityText::range(m_range), CapacityText::steps(m_range)) }, below);
}

/// That of the blocks that are thought of, as it is saved; empty: it is not, or there are none.
QString CapacityPage::scenarioName() const
{
    const auto found = std::ranges::find(m_facts.scenarios, m_blocks, &Scenario::blocks);
    return m_blocks.empty() || found == m_facts.scenarios.end() ? QString() : QString::fromStdString(found->name);
}

namespace {

    QString quoted(QString text)
    {
        text.replace(QLatin1Char('"'), QStringLiteral("\"\""));
        return QLatin1Char('"') + text + QLatin1Char('"');
    }

} // namespace

QString CapacityPage::costCsv() const
{
    if (!m_cost)
        return {};
    // Of machines' reading: names and dates in no language.
    QString text = QStringLiteral("of,key,rented_gpus,rented_usd_per_hour,allocated_gpus,allocated_usd_per_hour,used_gpus,used_usd_per_hour,idle_gpus,idle_usd_per_hour,unpriced_gpus,unknown_gpus,unmet_gpus,prices,silent_since,as_of,source,simulated\n");
    const auto stamp = [](Time at) { return QString::fromStdString(rfc3339(at, TimeDigits::Milliseconds)); };
    const auto& cost = *m_cost;
    const QString facts = quoted(QString::fromStdString(cost.prices.text())) + QLatin1Char(',') + (cost.silentSince ? stamp(*cost.silentSince) : QString()) + QLatin1Char(',') + stamp(cost.asOf) + QLatin1Char(',')
        + quoted(CapacityText::source(m_facts.source)) + QLatin1Char(',') + QString::number(static_cast<int>(cost.simulated));
    const auto add = [&](const char* of, const CostLine& line) {
        QStringList cells { QLatin1String(of), quoted(QString::fromStdString(line.key)) };
        for (const auto* spend : { &line.rented, &line.allocated, &line.used, &line.idle })
            cells << (std::isnan(spend->gpus) ? QString() : QString::number(spend->gpus, 'f', 2)) << (spend->known() ? QString::number(*spend->known(), 'f', 2) : QString());
        double unmet = 0;
        bool told = false;
        for (const auto& it : m_demand)
            if (of == std::string_view("total") || (of == std::string_view("workload") && it.workload == line.key)) {
                unmet += it.gpusUnmet;
                told = true;
            }
        cells << QString::number(line.rented.unpriced, 'f', 2) << QString::number(line.unheard, 'f', 2) << (told ? QString::number(unmet, 'f', 0) : QString()) << facts;
        text += cells.join(QLatin1Char(',')) + QLatin1Char('\n');
    };
    add("total", cost.all);
    for (const auto& [of, lines] : { std::pair("provider", &cost.byProvider), std::pair("model", &cost.byModel), std::pair("supplier", &cost.bySupplier), std::pair("workload", &cost.byWorkload) })
        for (const auto& line : *lines)
            add(of, line);
    return text;
}

QString CapacityPage::csv() const
{
    if (!m_history)
        return {};
    const auto number = [](const std::optional<double>& value) {
        return value && !std::isnan(*value) ? QString::number(*value, 'f', 2) : QString();
    };
    const auto day = [](const std::optional<Time>& at) {
        return at ? QString::fromStdString(rfc3339(*at, TimeDigits::Milliseconds)) : QString();
    };
    const auto dayOf = [&](const std::optional<Time>& at) { return day(at).left(10); };
    // Of machines' reading: names and dates in no language.
    QString text = QStringLiteral(
        "provider,model,gpus,supply,committed,reserved,quota,allocated,busy,peak_busy,peak_busy_pct,out_already,out_"
        "earliest,out_likely,out_latest,usd_per_hour,seen_until,as_of,source,missing,simulated,scenario,what_if,out_of\n");
    QStringList blocks;
    for (const auto& it : m_blocks)
        blocks << QStringLiteral("%1%2 %3 at %4 %5").arg(it.gpus < 0 ? QString() : QStringLiteral("+")).arg(it.gpus).arg(QString::fromStdString(it.model), QString::fromStdString(it.provider), dayOf(it.from))
                + (it.until ? QLatin1Char('/') + dayOf(it.until) : QString());
    using Of = CapacityOutlook::Of;
    const auto outOf = !m_outlook ? QString() : m_outlook->of == Of::Demand ? QStringLiteral("demand") : m_outlook->of == Of::Busy ? QStringLiteral("busy") : QStringLiteral("allocated");
    const auto whatIf = quoted(scenarioName()) + QLatin1Char(',') + quoted(blocks.join(QStringLiteral("; ")));

    for (const auto& it : m_model->rows()) {
        const auto out = it.runOut.value_or(RunOut {});
        const QStringList cells { quoted(QString::fromStdString(it.row.provider)),
            quoted(QString::fromStdString(it.row.model)), number(it.row.newest.gpus), number(it.row.newest.supply),
            number(it.committed), number(it.reserved), number(it.quota), number(it.row.newest.allocated), number(it.row.newest.busy),
            number(it.row.peak), number(it.row.peakShare),
            it.runOut ? QString::number(static_cast<int>(out.already)) : QString(), day(out.earliest), day(out.likely),
            day(out.latest), number(it.cost), day(it.row.newest.until), day(m_history->query.to), quoted(CapacityText::source(m_facts.source)), quoted(CapacityText::missing(*m_history)),
            QString::number(static_cast<int>(m_history->simulated)), whatIf, it.runOut ? outOf : QString() };
        text += cells.join(QLatin1Char(',')) + QLatin1Char('\n');
    }
    return text;
}

void CapacityPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    emit queryChanged();
}

} // namespace penstock
