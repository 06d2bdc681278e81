// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "fleetheat.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

#include "controls/iconbutton.h"
#include "controls/theme.h"
#include "fleetparts.h"
#include "heatparts.h"
#include "models/format.h"
#include "models/places.h"

namespace penstock {

namespace {

    using Level = FleetTreeModel::Level;
    constexpr std::array partMetrics { HeatMetric::Utilisation, HeatMetric::Temperature, HeatMetric::Power };
    constexpr std::array pageMetrics { HeatMetric::Utilisation, HeatMetric::Temperature, HeatMetric::Power, HeatMetric::Memory, HeatMetric::Health, HeatMetric::Age, HeatMetric::Workload };

    /// A text that is shown whole or not at all.
    class Note final : public QLabel
    {
    public:
        using QLabel::QLabel;

    protected:
        void paintEvent(QPaintEvent* event) override
        {
            if (fontMetrics().horizontalAdvance(text()) <= width())
                QLabel::paintEvent(event);
        }
    };

} // namespace

FleetHeat::FleetHeat(Look look, QWidget* parent)
    : QWidget(parent)
    , m_look(look)
    , m_crumbs(new QHBoxLayout)
    , m_note(new Note(this))
    , m_metrics(new QButtonGroup(this))
    , m_in(new IconButton(QStringLiteral("zoomin"), tr("Look closer (+)"), this))
    , m_map(new Heatmap(this))
    , m_legend(new HeatLegend(this))
    , m_card(new HeatCard(this))
{
    const bool isPage = look == Look::Page;
    m_map->setObjectName(isPage ? QStringLiteral("heatmapPage") : QStringLiteral("heatmap"));
    m_note->setProperty("tone", QStringLiteral("t3"));
    m_note->setFont(textFont(12));
    m_note->setMinimumWidth(1);
    m_crumbs->setSpacing(0);
    auto* head = new QHBoxLayout;
    head->setSpacing(2);
    head->addLayout(m_crumbs);
    head->addSpacing(6);
    head->addWidget(m_note, 1);
    auto* segments = new QHBoxLayout;
    segments->setSpacing(0);
    const auto metrics = isPage ? std::span<const HeatMetric>(pageMetrics) : std::span<const HeatMetric>(partMetrics);
    for (const auto metric : metrics) {
        auto* button = new QPushButton(metricName(metric), this);
        button->setCheckable(true);
        button->setChecked(metric == HeatMetric::Utilisation);
        button->setProperty("kind", QStringLiteral("segment"));
        button->setProperty("dense", !isPage);
        m_metrics->addButton(button, static_cast<int>(metric));
        segments->addWidget(button);
    }
    head->addLayout(segments);
    connect(m_metrics, &QButtonGroup::idClicked, this, [this](int metric) { setMetric(static_cast<HeatMetric>(metric)); });
    head->addSpacing(4);
    m_out = new IconButton(QStringLiteral("zoomout"), tr("Look from farther away (-)"), this);
    head->addWidget(m_in);
    head->addWidget(m_out);
    auto* fit = new IconButton(QStringLiteral("fit"), tr("Show all fleets (0)"), this);
    fit->setVisible(isPage);
    head->addWidget(fit);
    auto* page = new IconButton(isPage ? QStringLiteral("collapse") : QStringLiteral("expand"), isPage ? tr("Back to the fleets (H)") : tr("Every GPU on the whole page (H)"), this);
    page->setObjectName(isPage ? QStringLiteral("heatClose") : QStringLiteral("heatOpen"));
    head->addWidget(page);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(isPage ? QMargins(24, 10, 24, 8) : QMargins(0, 0, 0, 0));
    layout->setSpacing(6);
    layout->addLayout(head);
    layout->addWidget(m_map, 1);
    if (isPage) {
        m_overview = new HeatOverview(this);
        m_hint = new QLabel(tr("The wheel looks closer, dragging moves, arrows walk, Shift and dragging add up."), this);
        m_inView = new QLabel(this);
        for (auto* label : { m_hint, m_inView }) {
            label->setProperty("tone", QStringLiteral("t3"));
            label->setFont(textFont(12));
        }
        m_inView->setAlignment(Qt::AlignRight | Qt::AlignBottom);
        auto* words = new QVBoxLayout;
        words->setSpacing(2);
        words->addStretch();
        words->addWidget(m_legend);
        auto* below = new QHBoxLayout;
        below->addWidget(m_hint, 1);
        below->addWidget(m_inView);
        words->addLayout(below);
        auto* foot = new QHBoxLayout;
        foot->setSpacing(16);
        foot->addWidget(m_overview);
        foot->addLayout(words, 1);
        layout->addLayout(foot);
        connect(m_overview, &HeatOverview::wanted, m_map, &Heatmap::scrollToShare);
    } else
        layout->addWidget(m_legend);

    connect(m_in, &QPushButton::clicked, this, [this] { zoom(1, m_map->cursor(), m_map->viewport()->rect().center()); });
    connect(m_out, &QPushButton::clicked, this, [this] { zoom(-1, m_map->cursor(), m_map->viewport()->rect().center()); });
    connect(fit, &QPushButton::clicked, this, [this] { focusOn({}); });
    connect(page, &QPushButton::clicked, this, isPage ? &FleetHeat::closeWanted : &FleetHeat::pageWanted);
    connect(m_map, &Heatmap::zoomWanted, this, &FleetHeat::zoom);
    connect(m_map, &Heatmap::fitWanted, this, [this] { focusOn({}); });
    connect(m_map, &Heatmap::resized, this, [this] {
        auto anchor = anchorNear(m_map->viewport()->rect().center());
        relayout();
        bring(anchor);
    });
    connect(m_map, &Heatmap::scrolled, this, [this] {
        hideCard();
        describe();
    });
    connect(m_map, &Heatmap::pointed, this, &FleetHeat::showCard);
    connect(m_map, &Heatmap::cursorMoved, this, &FleetHeat::showCard);
    connect(m_map, &Heatmap::manyChosen, this, &FleetHeat::showMany);
    connect(m_map, &Heatmap::chosen, this, [this](const HeatSpot& spot) { emit placeChosen(m_scene.placeOf(m_map->heatLayout(), spot)); });
    connect(m_map, &Heatmap::partChosen, this, [this](const HeatPart& part) {
        const auto place = m_scene.placeOf(part);
        focusOn(place);
        emit placeChosen(place);
    });
    m_map->installEventFilter(this);
    rebuildCrumbs();
    recolour();
}

void FleetHeat::show(const SnapshotPtr& snapshot, const FleetTreeModel& filter)
{
    m_filter = &filter;
    // What is in the middle stays there while nodes come and go around it.
    auto anchor = !m_scene.snapshot() || m_scene.snapshot()->structure().version == snapshot->structure().version ? std::nullopt : anchorNear(m_map->viewport()->rect().center());
    QStringList names;
    std::uint32_t gpu = 0;
    if (anchor) {
        const auto& before = m_scene.snapshot()->structure();
        const auto node = nodeAt(before, anchor->cluster, anchor->row);
        gpu = anchor->row + before.clusters[anchor->cluster].firstRow - before.nodes[node].firstRow;
        for (const auto& it : pathTo(before, { Level::Node, node, node }))
            names << QString::fromStdString(nameOf(before, it));
    }
    if (m_scene.show(snapshot, filter)) {
        m_selected = {};
        rebuildCrumbs();
        relayout();
        const auto& shape = snapshot->structure();
        if (const auto place = placeNamed(shape, names); anchor && place.level == Level::Node) {
            const auto& node = shape.nodes[place.node];
            anchor->cluster = node.cluster;
            anchor->row = node.firstRow - shape.clusters[node.cluster].firstRow + std::min(gpu, node.gpus - 1);
            bring(anchor);
        }
    } else
        m_map->refresh();
    m_legend->show(m_scene.scale(), heatColours(m_scene.scale().metric), snapshot.get());
    if (m_carded && m_card->isVisible())
        showCard(m_carded);
    describe();
}

void FleetHeat::relayout()
{
    // The bar that a too high layout needs would make the room for the next one narrower: both widths are asked for.
    const auto room = m_map->wholeView();
    auto layout = m_scene.layout(room);
    if (layout.size().height() > room.height())
        layout = m_scene.layout({ m_map->scrolledWidth(), room.height() });
    m_map->present(std::move(layout), m_scene);
    outline();
    hideCard();
    describe();
}

std::optional<FleetHeat::Anchor> FleetHeat::anchorNear(QPoint point) const
{
    const auto spot = m_scene.snapshot() ? m_map->nearest(point) : std::nullopt;
    if (!spot)
        return std::nullopt;
    const auto range = m_scene.rangeOf(m_map->heatLayout(), *spot);
    return Anchor { range.cluster, range.firstRow, m_map->spotRect(*spot).center() };
}

void FleetHeat::bring(const std::optional<Anchor>& anchor)
{
    if (anchor)
        if (const auto spot = m_scene.spotOf(m_map->heatLayout(), anchor->cluster, anchor->row))
            m_map->bring(*spot, anchor->at);
    describe();
}

void FleetHeat::zoom(int steps, const std::optional<HeatSpot>& spot, QPoint at)
{
    if (!m_scene.snapshot())
        return;
    const auto anchor = anchorNear(spot ? m_map->spotRect(*spot).center() : at);
    const bool walks = m_map->cursor().has_value();
    if (!(steps > 0 ? m_scene.closer(spot ? spot : m_map->nearest(at)) : m_scene.farther()))
        return;
    m_map->glide(at, steps > 0);
    rebuildCrumbs();
    relayout();
    bring(anchor);
    if (anchor && walks)
        if (const auto now = m_scene.spotOf(m_map->heatLayout(), anchor->cluster, anchor->row))
            m_map->setCursorSpot(now);
}

void FleetHeat::focusOn(const FleetTreeModel::Place& place)
{
    m_scene.setFocus(place);
    rebuildCrumbs();
    relayout();
}

void FleetHeat::select(const Snapshot& snapshot, const FleetTreeModel::Place& place)
{
    if (&snapshot != m_scene.snapshot().get())
        return;
    m_selected = place;
    outline();
}

void FleetHeat::outline() { m_map->setSelected(m_scene.partHolding(m_selected), m_scene.spotsOf(m_map->heatLayout(), m_selected)); }

void FleetHeat::setMetric(HeatMetric metric)
{
    m_scene.setMetric(metric);
    if (auto* button = m_metrics->button(static_cast<int>(metric)))
        button->setChecked(true);
    recolour();
}

void FleetHeat::themeChanged() { recolour(); }

void FleetHeat::recolour()
{
    const auto colours = heatColours(m_scene.scale().metric);
    m_map->setColours(colours);
    if (m_overview)
        m_overview->setColours(colours);
    m_legend->show(m_scene.scale(), colours, m_scene.snapshot().get());
    describe();
}

void FleetHeat::rebuildCrumbs()
{
    m_out->setVisible(m_look == Look::Page || m_scene.focus().level != Level::Root);
    while (auto* item = m_crumbs->takeAt(0)) {
        if (auto* widget = item->widget()) {
            widget->hide();
            widget->deleteLater();
        }
        delete item;
    }
    const auto add = [this](const QString& name, const FleetTreeModel::Place& place, bool last) {
        auto* crumb = new QPushButton(name, this);
        crumb->setProperty("kind", QStringLiteral("crumb"));
        crumb->setFont(textFont(m_look == Look::Page ? 16 : 13, last ? QFont::DemiBold : QFont::Normal));
        crumb->setAccessibleName(tr("Show %1").arg(name));
        crumb->setEnabled(!last);
        m_crumbs->addWidget(crumb);
        crumb->show();
        connect(crumb, &QPushButton::clicked, this, [this, place] {
            focusOn(place);
            m_map->setFocus(Qt::OtherFocusReason);
        });
    };
    const auto between = [this] {
        auto* mark = new QLabel(QStringLiteral("›"), this);
        mark->setProperty("tone", QStringLiteral("t3"));
        m_crumbs->addWidget(mark);
        mark->show();
    };
    const auto path = m_scene.snapshot() ? pathTo(m_scene.snapshot()->structure(), m_scene.focus()) : std::vector<FleetTreeModel::Place>();
    add(m_look == Look::Page || path.empty() ? tr("Every GPU") : tr("All"), {}, path.empty());
    for (std::size_t i = 0; i < path.size(); ++i) {
        // Beside the tree there is room for the last one only.
        if (m_look == Look::Part && i + 1 < path.size())
            continue;
        between();
        add(QString::fromStdString(nameOf(m_scene.snapshot()->structure(), path[i])), path[i], i + 1 == path.size());
    }
}

void FleetHeat::describe()
{
    const auto& snapshot = m_scene.snapshot();
    if (!snapshot)
        return;
    const auto& layout = m_map->heatLayout();
    const auto& focus = m_scene.focus();
    const auto tally = m_filter->tally(focus);
    const auto inView = m_map->itemsInView();
    const auto cell = layout.itemsACell() == 1 ? tr("1 cell: 1 GPU") : tr("1 cell: %1 GPUs").arg(format::count(layout.itemsACell()));
    if (!snapshot->isKnown())
        m_note->setText(tr("not known"));
    else if (m_look == Look::Part)
        m_note->setText(focus.level == Level::Root ? cell : QString());
    else
        m_note->setText(inView < tally.gpus ? tr("%1 GPUs, %2 nodes, %3 GPUs in view").arg(format::count(tally.gpus), format::count(tally.nodes), format::count(inView))
                                            : tr("%1 GPUs, %2 nodes, %3").arg(format::count(tally.gpus), format::count(tally.nodes), cell));
    m_note->setToolTip(cell);
    if (m_overview) {
        const auto share = m_map->viewShare();
        const bool isPart = share.second - share.first < 0.999 && focus.level == Level::Cluster;
        m_overview->setVisible(isPart);
        if (isPart)
            m_overview->show(snapshot, *m_filter, m_scene, share);
        m_inView->setText(layout.pitch() >= 22 && layout.hasBoxes() ? tr("%1 of %2 GPUs shown by number").arg(format::count(inView), format::count(tally.gpus)) : QString());
    }
    m_map->setAccessibleName(tr("Every GPU"));
    QStringList states;
    for (const auto state : gpuStatesInOrder)
        if (tally.count(state) > 0)
            states << format::count(tally.count(state)) + QLatin1Char(' ') + stateName(state);
    m_map->setAccessibleDescription(!snapshot->isKnown() ? tr("not known") : tr("%1 GPUs: %2. %3. Arrows walk, plus and minus look closer and farther.").arg(format::count(tally.gpus), states.join(QStringLiteral(", ")), cell));
}

void FleetHeat::hideCard()
{
    m_carded.reset();
    m_card->hide();
}

void FleetHeat::showCard(const std::optional<HeatSpot>& spot)
{
    if (!spot || !m_scene.snapshot())
        return hideCard();
    m_carded = spot;
    if (m_card->parentWidget() != window())
        m_card->setParent(window());
    const auto& snapshot = *m_scene.snapshot();
    const auto& shape = snapshot.structure();
    const auto range = m_scene.rangeOf(m_map->heatLayout(), *spot);
    const auto besides = m_map->spotRect(*spot).translated(m_map->viewport()->mapTo(window(), QPoint()));
    const auto node = nodeAt(shape, range.cluster, range.firstRow);
    if (range.rows == 1) {
        m_card->show(gpuCard(snapshot, node, range.firstRow + shape.clusters[range.cluster].firstRow - shape.nodes[node].firstRow), besides);
        return;
    }
    const auto last = nodeAt(shape, range.cluster, range.firstRow + range.rows - 1);
    const auto from = QString::fromStdString(shape.nodes[node].name), to = QString::fromStdString(shape.nodes[last].name);
    auto text = sumCard(QString::fromStdString(shape.clusters[range.cluster].name), tr("%1 GPUs, %2").arg(format::count(range.rows), node == last ? from : from + QStringLiteral(" – ") + to), m_scene.tally(range));
    const auto age = ageSeconds(snapshot.observed(range.cluster), snapshot.asOf());
    text.age = format::age(age);
    text.look = ageLook(age, static_cast<double>(snapshot.staleAfter().count()), snapshot.fromCache(range.cluster));
    m_card->show(text, besides);
}

void FleetHeat::showMany(const std::vector<HeatSpot>& spots)
{
    if (spots.empty() || !m_scene.snapshot())
        return hideCard();
    Tally sum;
    QRect around;
    for (const auto& spot : spots) {
        sum += m_scene.tally(m_scene.rangeOf(m_map->heatLayout(), spot));
        around |= m_map->spotRect(spot);
    }
    m_carded.reset();
    if (m_card->parentWidget() != window())
        m_card->setParent(window());
    m_card->show(sumCard(tr("%1 GPUs").arg(format::count(sum.gpus)), tr("the cells in the rectangle"), sum), around.translated(m_map->viewport()->mapTo(window(), QPoint())));
}

void FleetHeat::hideEvent(QHideEvent* event)
{
    QWidget::hideEvent(event);
    hideCard();
}

bool FleetHeat::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::FocusOut)
        hideCard();
    if (event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
        if (m_card->isVisible())
            hideCard();
        else if (m_scene.focus().level == Level::Root && m_scene.isFitted())
            emit closeWanted();
        else
            zoom(-1, m_map->cursor(), m_map->viewport()->rect().center());
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace penstock
