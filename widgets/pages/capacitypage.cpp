// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "pages/capacitypage.h"

#include <QButtonGroup>
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "capacitydrawing.h"
#include "capacityparts.h"
#include "charts/capacitychart.h"
#include "controls/theme.h"
#include "models/capacitymodel.h"
#include "models/format.h"

namespace penstock {

using Dimension = GroupPoint::Dimension;
using namespace std::chrono_literals;

struct CapacityPage::Range
{
    QString name, said;
    std::chrono::seconds length, step, busiestOf, ahead;
};

const std::vector<CapacityPage::Range>& CapacityPage::ranges()
{
    using std::chrono::days;
    static const std::vector<Range> all {
        { tr("1 h"), tr("means of 10 s"), 1h, 10s, 0s, 0s },
        { tr("6 h"), tr("means of a minute"), 6h, 1min, 0s, 6h },
        { tr("1 d"), tr("means of 5 min"), 24h, 5min, 0s, 24h },
        { tr("7 d"), tr("means of 30 min"), days(7), 30min, 0s, days(4) },
        { tr("30 d"), tr("means of an hour"), days(30), 1h, 0s, days(20) },
        { tr("13 months"), tr("each day at its busiest hour"), days(396), 1h, 24h, days(270) },
    };
    return all;
}

namespace {

constexpr std::array bys { Dimension::Provider, Dimension::Region, Dimension::Model, Dimension::Workload };

QString countText(double value)
{
    return std::isnan(value) ? QStringLiteral("–")
                             : format::count(static_cast<std::uint64_t>(std::llround(std::max(0.0, value))));
}

double newest(const std::vector<double>& values)
{
    const auto found = std::find_if(values.rbegin(), values.rend(), [](double it) { return !std::isnan(it); });
    return found == values.rend() ? notKnown : *found;
}

/// Over all that was tested: the mean of sMAPE, weighted by hours told.
double meanError(const std::vector<BackTest>& tests, ForecastError BackTest::*whose)
{
    double sum = 0, count = 0;
    for (const auto& it : tests) {
        sum += (it.*whose).smape * static_cast<double>(it.targets);
        count += static_cast<double>(it.targets);
    }
    return count > 0 ? sum / count : notKnown;
}

} // namespace

CapacityPage::CapacityPage(QWidget* parent)
    : QWidget(parent), m_range(ranges().size() - 1), m_table(new QTableView(this)), m_subtitle(new QLabel(this)),
      m_note(new QLabel(this)), m_chartNote(new QLabel(this)), m_told(new QLabel(this)),
      m_rangeGroup(new QButtonGroup(this)), m_byGroup(new QButtonGroup(this)), m_shapeGroup(new QButtonGroup(this)),
      m_onlyBox(new QComboBox(this)), m_figures(new FigureStrip(this)), m_chart(new CapacityChart(this)),
      m_model(new CapacityModel(this))
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
    for (const auto& it : ranges())
        rangeNames << it.name;
    auto* head = new QHBoxLayout;
    head->addWidget(title);
    head->addSpacing(8);
    head->addWidget(m_subtitle, 1);
    head->addWidget(makeSegments(rangeNames, static_cast<int>(m_range), tr("Time shown"), m_rangeGroup));
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
    left->addWidget(m_told);
    left->addWidget(m_chart, 3);
    left->addWidget(m_note);
    left->addWidget(m_table, 2);
    auto* whole = new QHBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    whole->addLayout(left, 1);

    connect(m_rangeGroup, &QButtonGroup::idClicked, this, [this](int id) { pickRange(static_cast<std::size_t>(id)); });
    connect(m_byGroup, &QButtonGroup::idClicked, this, [this](int id) {
        m_by = bys.at(static_cast<std::size_t>(id));
        m_onlyOf = Dimension::Total;
        m_only.clear();
        fillOnly();
        emit queryChanged();
    });
    connect(m_shapeGroup, &QButtonGroup::idClicked, this, [this](int id) {
        m_stacked = id == 0;
        draw();
    });
    connect(m_onlyBox, &QComboBox::activated, this, [this](int at) {
        m_onlyOf = static_cast<Dimension>(m_onlyBox->itemData(at, Qt::UserRole + 1).toInt());
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
    m_facts = std::move(facts);
    draw();
}

CapacityQuery CapacityPage::query(Time now) const
{
    const auto& range = ranges()[m_range];
    return { .by = m_by,
        .onlyOf = m_onlyOf,
        .only = m_only,
        .from = now - range.length,
        .to = now,
        .step = range.step,
        .busiestOf = range.busiestOf };
}

void CapacityPage::pickRange(std::size_t range)
{
    m_rangeWasPicked = true;
    m_range = range;
    emit queryChanged();
}

/// Before anything was picked: the shortest that holds all there is, so that a young history is no sliver.
void CapacityPage::fitRange(const CapacityHistory& history)
{
    if (m_rangeWasPicked || history.times.empty())
        return;
    m_rangeWasPicked = true;
    const auto held = history.query.to - history.times.front();
    const auto fits = std::ranges::find_if(ranges(), [&](const Range& it) { return it.length >= held; });
    const auto range
        = static_cast<std::size_t>(std::min<std::ptrdiff_t>(fits - ranges().begin(), std::ssize(ranges()) - 1));
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
    const auto add = [this](const QString& name, Dimension dimension, const QString& key) {
        m_onlyBox->addItem(name, key);
        m_onlyBox->setItemData(m_onlyBox->count() - 1, static_cast<int>(dimension), Qt::UserRole + 1);
        if (dimension == m_onlyOf && key.toStdString() == m_only)
            m_onlyBox->setCurrentIndex(m_onlyBox->count() - 1);
    };
    const auto addAll = [&](const QStringList& keys, Dimension dimension) {
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
    case Dimension::Region:
        add(tr("All regions"), Dimension::Total, {});
        addAll(providers, Dimension::Provider);
        return addAll(m_regions, Dimension::Region);
    case Dimension::Workload:
        add(tr("All workloads"), Dimension::Total, {});
        return addAll(m_workloads, Dimension::Workload);
    default:
        add(m_by == Dimension::Provider ? tr("All models") : tr("All providers"), Dimension::Total, {});
        addAll(models, Dimension::Model);
        addAll(providers, Dimension::Provider);
    }
}

void CapacityPage::showHistory(CapacityHistory history)
{
    // An answer to what is no longer asked.
    const auto wanted = query(history.query.to);
    if (wanted != history.query)
        return;
    auto& seen = history.query.by == Dimension::Region ? m_regions : m_workloads;
    if (history.query.by == Dimension::Region || history.query.by == Dimension::Workload)
        for (const auto& band : history.bands)
            if (const auto key = QString::fromStdString(band.key); !seen.contains(key))
                seen << key;
    m_history = std::move(history);
    fillOnly();
    draw();
    fitRange(*m_history);
}

void CapacityPage::showOutlook(CapacityOutlook outlook)
{
    m_outlook = std::move(outlook);
    draw();
}

void CapacityPage::showError(const Error& error)
{
    m_note->setText(QString::fromStdString(error.text()));
    m_note->show();
    if (!m_history) {
        CapacityPicture none;
        none.end = 1;
        none.empty = tr("There is no history to show.");
        m_chart->show(std::move(none));
    }
}

/// Of what is shown; null where it was told of something else, or not at all.
const ToldGroup* CapacityPage::toldWhole() const
{
    return m_outlook && m_history && m_outlook->whole && m_outlook->onlyOf == m_history->query.onlyOf
            && m_outlook->only == m_history->query.only
        ? &*m_outlook->whole
        : nullptr;
}

void CapacityPage::draw()
{
    if (!m_history)
        return;
    const auto& history = *m_history;
    const auto supplier = supplierOf(history.query.onlyOf, history.query.only);
    const auto committed
        = supplier ? capacitySteps(m_facts.committed, supplier->first, supplier->second) : std::vector<CapacityStep>();
    m_chart->show(drawCapacity({ .history = history,
        .committed = committed,
        .told = toldWhole(),
        .ahead = ranges()[m_range].ahead,
        .isDemand = m_outlook && m_outlook->isDemand,
        .stacked = m_stacked }));
    QStringList said { ranges()[m_range].said };
    if (!history.query.only.empty())
        said.prepend(QString::fromStdString(history.query.only));
    m_chartNote->setText(said.join(QStringLiteral(", ")));
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
    const auto* told = toldWhole();
    if (!m_outlook)
        return tr("The forecast is being made.");
    if (!told)
        return tr("Forecast: nothing of this is known yet.");
    const auto& it = told->forecast;
    if (it.points.empty())
        return tr("Forecast: %1 hours more of history are needed.").arg(it.missing ? it.missing->count() : 0);
    const auto naive = it.naive == ForecastMethod::LastWeek ? tr("same as last week") : tr("as now");
    const double error = meanError(it.backTests, &BackTest::model), other = meanError(it.backTests, &BackTest::naive);
    const auto band = tr("Forecast with its 80 % band.");
    if (std::isnan(error))
        return band + QLatin1Char(' ') + tr("Too little history to test it on.");
    const auto errors
        = tr("Back-tested error %1, \"%2\" %3.").arg(format::percent(error), naive, format::percent(other));
    return it.naiveIsAsGood()
        ? band + QLatin1Char(' ') + errors + QLatin1Char(' ') + tr("No better than that, so \"%1\" is used.").arg(naive)
        : band + QLatin1Char(' ') + errors;
}

void CapacityPage::drawFigures()
{
    using Tone = FigureStrip::Figure::Tone;
    const auto& whole = m_history->whole;
    std::vector<FigureStrip::Figure> figures;
    if (const auto* told = toldWhole(); told && told->runOut) {
        const auto& out = *told->runOut;
        const auto in
            = out.likely ? std::chrono::ceil<std::chrono::days>(*out.likely - m_history->query.to).count() : 0;
        const auto range = runsOutRange(out);
        const auto note = out.already ? tr("demand is above capacity")
            : out.likely              ? tr("in %1 days, %2").arg(in).arg(range)
            : range.isEmpty()         ? tr("not within what is told")
                                      : range;
        figures.push_back(
            { tr("Runs out"), runsOutText(out), note, out.already || out.likely ? Tone::Caution : Tone::Plain });
    } else
        figures.push_back(
            { tr("Runs out"), QStringLiteral("–"), m_outlook ? tr("not known yet") : tr("being told"), Tone::Plain });
    const double supply = newest(whole.supply), gpus = newest(whole.gpus);
    if (m_history->query.onlyOf != Dimension::Workload)
        figures.push_back({ tr("Supply"), countText(supply), tr("of %1 GPUs").arg(countText(gpus)), Tone::Plain });
    const auto peak = std::ranges::max_element(
        whole.peak, [](double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; });
    if (peak != whole.peak.end()) {
        const double of = whole.supply[static_cast<std::size_t>(peak - whole.peak.begin())];
        figures.push_back({ tr("Busy at peak"), countText(*peak),
            of > 0 ? tr("%1 of supply").arg(format::percent(std::min(100.0, 100 * *peak / of))) : QString(),
            Tone::Plain });
    }
    figures.push_back({ tr("Allocated"), countText(newest(whole.allocated)),
        supply > 0 ? tr("%1 of supply").arg(format::percent(100 * newest(whole.allocated) / supply)) : QString(),
        Tone::Plain });
    const double unmet = newest(whole.unmet), needed = newest(whole.needed);
    figures.push_back({ tr("Unmet demand"), countText(unmet),
        std::isnan(needed) ? tr("no source tells demand") : tr("of %1 GPUs needed").arg(countText(needed)),
        unmet > 0 ? Tone::Caution : Tone::Plain });
    m_figures->show(std::move(figures));
    QStringList providers;
    for (const auto& row : m_history->rows)
        providers << QString::fromStdString(row.provider);
    providers.removeDuplicates();
    m_subtitle->setText(providers.size() == 1 ? tr("1 fleet, %1 GPUs").arg(countText(gpus))
                                              : tr("%1 fleets, %2 GPUs").arg(providers.size()).arg(countText(gpus)));
}

void CapacityPage::drawTable()
{
    const auto now = m_history->query.to;
    std::vector<CapacityFigures> rows;
    for (const auto& row : m_history->rows) {
        CapacityFigures made { .row = row, .committed = {}, .reserved = {}, .quota = {}, .runOut = {}, .cost = {} };
        if (const auto steps = capacitySteps(m_facts.committed, row.provider, row.model); !steps.empty())
            made.committed = capacityAt(steps, now);
        const auto provider = std::ranges::find(m_facts.providers, row.provider, &penstock::Provider::id);
        const auto add = [&](std::optional<double>& sum, const std::string& model, std::int64_t gpus) {
            if (model.empty() || modelMatches(row.model, model))
                sum = sum.value_or(0) + static_cast<double>(gpus);
        };
        if (provider != m_facts.providers.end()) {
            for (const auto& it : provider->quotas)
                add(made.quota, it.model, it.gpus);
            for (const auto& it : provider->reservations)
                if (it.holds(now))
                    add(made.reserved, it.model, it.gpus);
        }
        if (m_outlook)
            if (const auto told = std::ranges::find(m_outlook->rows, row.provider + '/' + row.model, &ToldGroup::key);
                told != m_outlook->rows.end())
                made.runOut = told->runOut;
        rows.push_back(std::move(made));
    }
    const auto count = static_cast<int>(rows.size());
    m_model->show(std::move(rows), now);
    for (const auto column :
        { CapacityModel::Committed, CapacityModel::Reserved, CapacityModel::Quota, CapacityModel::Cost })
        m_table->setColumnHidden(column, m_model->isEmpty(column));
    // What is left of the height is the chart's.
    m_table->setMaximumHeight(34 + 28 * std::max(1, count));
}

void CapacityPage::themeChanged()
{
    const auto& theme = currentTheme();
    m_chart->setColours(
        { theme.bg, theme.grid, theme.t3, theme.t1, theme.t2, theme.s2, theme.line2, theme.acc, theme.amber });
    draw();
}

void CapacityPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    emit queryChanged();
}

} // namespace penstock
