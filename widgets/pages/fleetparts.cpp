// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "fleetparts.h"

#include <QMouseEvent>
#include <QPainter>
#include <algorithm>

#include "controls/paint.h"
#include "controls/theme.h"
#include "fleet/xid.h"
#include "models/format.h"
#include "models/places.h"
#include "models/troublemodel.h"

namespace penstock {

namespace {
    std::optional<double> watts(const Tally& tally)
    {
        return tally.power.known ? std::optional(static_cast<double>(tally.power.sum) / 10) : std::nullopt;
    }
    /// "p5.48xlarge, 8 × H100 80GB SXM"
    QString nodeText(const Structure& shape, const Structure::Node& node)
    {
        const auto gpus = QStringLiteral("%1 × %2").arg(node.gpus).arg(QString::fromStdString(shape.models[node.model]));
        return node.instanceType.empty() ? gpus : QString::fromStdString(node.instanceType) + QStringLiteral(", ") + gpus;
    }
    /// What the nodes of a cluster, or one of them, offer to pods; empty: not told.
    std::optional<std::uint64_t> schedulable(const Structure& shape, const FleetTreeModel::Place& place)
    {
        using Level = FleetTreeModel::Level;
        if (place.level == Level::Node)
            return shape.nodes[place.node].schedulable;
        std::optional<std::uint64_t> sum;
        if (place.level == Level::Cluster) {
            const auto& cluster = shape.clusters[place.index];
            for (const auto& node : std::span(shape.nodes).subspan(cluster.firstNode, cluster.nodes))
                if (node.schedulable)
                    sum = sum.value_or(0) + *node.schedulable;
        }
        return sum;
    }
    QString quantile(const Tally& tally, double share)
    {
        const auto value = tally.utilisationQuantile(share);
        return value ? QStringLiteral("%1 %").arg(*value) : QStringLiteral("–");
    }
}

QString stateName(GpuState state)
{
    switch (state) {
    case GpuState::Busy: return TotalsStrip::tr("busy");
    case GpuState::Idle: return TotalsStrip::tr("idle");
    case GpuState::Free: return TotalsStrip::tr("free");
    case GpuState::Draining: return TotalsStrip::tr("draining");
    case GpuState::Unhealthy: return TotalsStrip::tr("unhealthy");
    case GpuState::Unknown: return TotalsStrip::tr("unknown");
    }
    return {};
}

QString healthName(Health health)
{
    if (const auto code = xidOf(health))
        return QStringLiteral("XID %1").arg(code->number) + (code->number == lastXid ? QStringLiteral("+") : QString());
    switch (health) {
    case Health::Xid: return QStringLiteral("XID");
    case Health::Ecc: return QStringLiteral("ECC");
    case Health::RowRemapFailure: return TotalsStrip::tr("row remap");
    case Health::OffTheBus: return TotalsStrip::tr("off the bus");
    case Health::Throttled: return TotalsStrip::tr("throttled");
    case Health::Good: return TotalsStrip::tr("good");
    case Health::NotReported: break;
    }
    return TotalsStrip::tr("unhealthy");
}

TotalsStrip::TotalsStrip(QWidget* parent) : QWidget(parent)
{
    setFixedHeight(72);
    setAccessibleName(tr("Totals"));
    setMouseTracking(true);
}

void TotalsStrip::show(const Snapshot& snapshot)
{
    m_tally = snapshot.total();
    m_stale = false;
    m_isPast = snapshot.isPast();
    m_isKnown = snapshot.isKnown();
    for (std::size_t c = 0; c < snapshot.structure().clusters.size(); ++c)
        m_stale = m_stale || snapshot.isStale(c) || snapshot.fromCache(c);
    if (!m_isKnown)
        setAccessibleDescription(tr("not known"));
    else
        setAccessibleDescription(tr("%1 GPUs, %2 busy, %3 free, %4 unhealthy, %5 unknown")
            .arg(format::count(m_tally.gpus), format::count(m_tally.count(GpuState::Busy)), format::count(m_tally.count(GpuState::Free)),
                format::count(m_tally.count(GpuState::Unhealthy)), format::count(m_tally.count(GpuState::Unknown))));
    update();
}

void TotalsStrip::paintEvent(QPaintEvent*)
{
    const auto& theme = currentTheme();
    QPainter painter(this);
    painter.setFont(textFont(32, QFont::DemiBold));
    painter.setPen(m_stale ? theme.t3 : theme.t1);
    const auto number = m_isKnown ? format::count(m_tally.gpus) : QStringLiteral("–");
    const int first = painter.fontMetrics().horizontalAdvance(number);
    painter.drawText(QRectF(0, 4, first + 8, 40), Qt::AlignLeft | Qt::AlignVCenter, number);
    painter.setFont(textFont(12));
    painter.setPen(theme.t3);
    const auto caption = m_isPast || !m_isKnown ? tr("GPUs") : m_tally.nodes == 1 ? tr("GPUs, 1 node") : tr("GPUs, %1 nodes").arg(format::count(m_tally.nodes));
    painter.drawText(QRectF(0, 44, 200, 18), Qt::AlignLeft | Qt::AlignVCenter, caption);

    struct Figure
    {
        QString value, caption;
        std::optional<GpuState> state;
        bool red = false;
    };
    QList<Figure> figures;
    for (const auto state : gpuStatesInOrder)
        figures << Figure { m_isKnown ? format::count(m_tally.count(state)) : QStringLiteral("–"),
            m_isKnown ? stateName(state) + QLatin1Char(' ') + format::share(m_tally.percent(state)) + QStringLiteral(" %") : stateName(state), state,
            state == GpuState::Unhealthy && m_tally.count(state) > 0 };
    figures << Figure { format::percent(m_tally.utilisation.mean()), m_isPast ? tr("mean util.") : tr("mean util., p95 %1").arg(quantile(m_tally, 0.95)), {}, false };
    figures << Figure { format::power(watts(m_tally)), tr("power"), {}, false };
    const QFontMetrics small(textFont(12)), large(textFont(16, QFont::DemiBold));
    double needed = 0;
    QList<double> widths;
    for (const auto& figure : figures) {
        widths << std::max(large.horizontalAdvance(figure.value), small.horizontalAdvance(figure.caption) + (figure.state ? 17 : 0));
        needed += widths.last();
    }
    double x = std::max(first, small.horizontalAdvance(caption)) + 28;
    const double gap = std::clamp((width() - x - needed) / static_cast<double>(figures.size()), 14.0, 40.0);
    for (qsizetype i = 0; i < figures.size(); ++i) {
        const auto& figure = figures[i];
        if (x + widths[i] > width())
            break;
        painter.setFont(textFont(16, QFont::DemiBold));
        painter.setPen(figure.red ? theme.red : m_stale ? theme.t3 : theme.t1);
        painter.drawText(QRectF(x, 14, widths[i] + 8, 24), Qt::AlignLeft | Qt::AlignVCenter, figure.value);
        if (figure.state)
            paintStateGlyph(painter, QRectF(x - 1, 47, 12, 12), *figure.state);
        if (figure.state == GpuState::Unhealthy)
            m_unhealthy = QRectF(x - 4, 10, widths[i] + 12, 54);
        painter.setFont(textFont(12));
        painter.setPen(theme.t3);
        painter.drawText(QRectF(x + (figure.state ? 16 : 0), 44, widths[i] + 8, 18), Qt::AlignLeft | Qt::AlignVCenter, figure.caption);
        x += widths[i] + gap;
    }
}

void TotalsStrip::mouseMoveEvent(QMouseEvent* event)
{
    const bool isOver = !m_isPast && m_unhealthy.contains(event->position());
    setCursor(isOver ? Qt::PointingHandCursor : Qt::ArrowCursor);
    setToolTip(isOver ? tr("List the GPUs that need a look (U)") : QString());
}

void TotalsStrip::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton && m_unhealthy.contains(event->position()))
        emit troublesWanted();
}

Inspector::Inspector(QWidget* parent) : QWidget(parent)
{
    setMinimumWidth(296);
    setMinimumHeight(560);
    setAccessibleName(tr("Inspector"));
}

/// The part of the fleets that is inspected; of nodes and GPUs, their cluster.
Filter Inspector::filter() const
{
    using Level = FleetTreeModel::Level;
    const auto& shape = m_snapshot->structure();
    Filter filter;
    for (const auto& it : pathTo(shape, m_place)) {
        const auto& name = nameOf(shape, it);
        if (it.level == Level::Provider)
            filter.scope.provider = name;
        else if (it.level == Level::Region)
            filter.scope.region = name;
        else if (it.level == Level::Cluster)
            filter.scope.cluster = name;
    }
    return filter;
}

void Inspector::look(qsizetype kindsNow)
{
    struct Kind
    {
        GpuState glyph;
        QString name;
        std::vector<GpuCondition> where;
    };
    using Is = GpuCondition::Is;
    const auto health = [](Health value) { return GpuCondition { GpuColumn::Health, Is::Equal, static_cast<std::uint32_t>(value) }; };
    const auto state = [](GpuState value) { return GpuCondition { GpuColumn::State, Is::Equal, static_cast<std::uint32_t>(value) }; };
    constexpr GpuCondition tenMinutes { GpuColumn::StateAge, Is::Above, 600 };
    const std::array<Kind, kindCount> kinds { Kind { GpuState::Unhealthy, tr("XID errors"), { health(Health::Xid) } }, Kind { GpuState::Unhealthy, tr("memory errors"), { health(Health::Ecc) } },
        Kind { GpuState::Unhealthy, tr("failed row remaps"), { health(Health::RowRemapFailure) } }, Kind { GpuState::Unhealthy, tr("off the bus"), { health(Health::OffTheBus) } },
        Kind { GpuState::Draining, tr("throttled"), { health(Health::Throttled) } }, Kind { GpuState::Draining, tr("above 85 °C"), { { GpuColumn::Temperature, Is::Above, 85 } } },
        Kind { GpuState::Unknown, tr("unknown over 10 min"), { state(GpuState::Unknown), tenMinutes } }, Kind { GpuState::Idle, tr("idle over 10 min"), { state(GpuState::Idle), tenMinutes } } };
    GpuQuery query { .filter = filter(), .where = {}, .orderBy = {} };
    m_findings.resize(kindCount);
    for (qsizetype i = 0; i < kindsNow; ++i) {
        m_nextKind = (m_nextKind + 1) % m_findings.size();
        const auto& kind = kinds.at(static_cast<std::size_t>(m_nextKind));
        query.where = kind.where;
        m_findings[m_nextKind] = { kind.glyph, kind.name, count(*m_snapshot, query) };
    }
}

void Inspector::show(const SnapshotPtr& snapshot, const FleetTreeModel::Place& place)
{
    const bool other = !m_snapshot || m_place.level != place.level || m_place.index != place.index || m_snapshot->structure().version != snapshot->structure().version;
    m_snapshot = snapshot;
    m_place = place;
    // Each kind is a scan of every GPU: two for each picture are often enough and never felt.
    if (place.level < FleetTreeModel::Node && isVisible() && !snapshot->isPast())
        look(other || m_findings.isEmpty() ? kindCount : 2);
    setAccessibleDescription(describe());
    update();
}

QString Inspector::describe() const
{
    using Level = FleetTreeModel::Level;
    if (!m_snapshot->isKnown())
        return tr("not known");
    if (m_place.level == Level::Gpu) {
        const auto& node = m_snapshot->structure().nodes[m_place.node];
        const auto sample = m_snapshot->gpu(node, m_place.index);
        return tr("GPU %1 is %2").arg(node.numberOf(m_place.index)).arg(stateName(sample.state));
    }
    const auto tally = m_place.level == Level::Root ? m_snapshot->total()
        : m_place.level == Level::Provider          ? m_snapshot->providerTally(m_place.index)
        : m_place.level == Level::Region            ? m_snapshot->regionTally(m_place.index)
        : m_place.level == Level::Cluster           ? m_snapshot->clusterTally(m_place.index)
                                                    : m_snapshot->nodeTally(m_place.node);
    QStringList parts { tr("%1 GPUs").arg(format::count(tally.gpus)) };
    if (m_place.level == Level::Node)
        parts.prepend(regionAndZone(m_snapshot->structure(), m_snapshot->structure().nodes[m_place.node]));
    for (const auto state : gpuStatesInOrder)
        parts << format::count(tally.count(state)) + QLatin1Char(' ') + stateName(state);
    if (const auto offered = schedulable(m_snapshot->structure(), m_place))
        parts << tr("%1 schedulable").arg(format::count(*offered));
    return parts.join(QStringLiteral(", "));
}

void Inspector::paintEvent(QPaintEvent*)
{
    if (!m_snapshot)
        return;
    const auto& theme = currentTheme();
    const auto& shape = m_snapshot->structure();
    QPainter painter(this);
    painter.fillRect(rect(), theme.s1);
    painter.fillRect(QRect(0, 0, 1, height()), theme.line);
    const double left = 16, right = width() - 16, span = right - left;
    double y = 14;
    const auto text = [&](double x, double w, const QString& what, int pixels, int weight, const QColor& colour, int align) {
        painter.setFont(textFont(pixels, weight));
        painter.setPen(colour);
        painter.drawText(QRectF(x, y, w, pixels + 8), align | Qt::AlignVCenter, painter.fontMetrics().elidedText(what, Qt::ElideMiddle, static_cast<int>(w)));
    };
    using Level = FleetTreeModel::Level;
    QString title = tr("All fleets"), above;
    const auto filter = this->filter();
    above = QString::fromStdString(filter.scope.provider);
    if (m_place.level == Level::Provider)
        title = above;
    else if (m_place.level == Level::Region)
        title = QString::fromStdString(filter.scope.region);
    else if (m_place.level == Level::Cluster) {
        title = QString::fromStdString(filter.scope.cluster);
        above += QStringLiteral(" / ") + QString::fromStdString(filter.scope.region);
    } else if (m_place.level >= Level::Node) {
        title = QString::fromStdString(shape.nodes[m_place.node].name);
        above += QStringLiteral(" / ") + QString::fromStdString(filter.scope.cluster);
        if (m_place.level == Level::Gpu)
            title += tr(", GPU %1").arg(shape.nodes[m_place.node].numberOf(m_place.index));
    }
    if (!above.isEmpty()) {
        painter.fillRect(QRectF(left, y + 4, 3, 12), theme.provider(QString::fromStdString(filter.scope.provider)));
        text(left + 10, span - 90, above, 13, QFont::Normal, theme.t2, Qt::AlignLeft);
        y += 24;
    }
    text(left, span, title, 22, QFont::DemiBold, theme.t1, Qt::AlignLeft);
    y += 36;

    const auto line = [&](const QString& name, const QString& value, const QColor& colour) {
        text(left, span * 0.5, name, 13, QFont::Normal, theme.t2, Qt::AlignLeft);
        text(left + span * 0.4, span * 0.6, value, 13, QFont::Medium, colour, Qt::AlignRight);
        y += 24;
    };
    if (m_place.level == Level::Gpu) {
        const auto& node = shape.nodes[m_place.node];
        const auto sample = m_snapshot->gpu(node, m_place.index);
        const auto total = shape.modelMemory[node.model];
        paintStateGlyph(painter, QRectF(left, y + 4, 12, 12), sample.state);
        text(left + 20, span, stateName(sample.state), 13, QFont::Medium, theme.t1, Qt::AlignLeft);
        y += 28;
        if (needsALook(sample.state, sample.health)) {
            const Trouble trouble { .place = { m_place.node, m_place.index }, .state = sample.state, .health = sample.health, .firstSeen = {}, .lastSeen = {} };
            for (const auto& [words, colour] : { std::pair(reasonText(trouble), theme.t1), std::pair(actionText(trouble), theme.t3) })
                if (!words.isEmpty()) {
                    text(left, span, words, 12, QFont::Normal, colour, Qt::AlignLeft);
                    y += 20;
                }
            y += 6;
        }
        line(tr("model"), QString::fromStdString(shape.models[node.model]), theme.t1);
        if (const auto uuid = node.uuidOf(m_place.index); !uuid.empty()) {
            text(left, span, QString::fromStdString(uuid), 12, QFont::Normal, theme.t3, Qt::AlignLeft);
            y += 24;
        }
        line(tr("workload"), sample.workload == noWorkload ? tr("none") : QString::fromStdString(m_snapshot->workloads()[sample.workload]), theme.t1);
        line(tr("utilisation"), sample.utilisation == unknown::utilisation ? QStringLiteral("–") : QStringLiteral("%1 %").arg(sample.utilisation), theme.t1);
        const bool over = sample.memoryUsed != unknown::memory && total != 0 && sample.memoryUsed > total;
        line(tr("memory used"), format::memory(sample.memoryUsed == unknown::memory ? std::nullopt : std::optional<double>(sample.memoryUsed))
                + (total ? tr(" of %1").arg(format::memory(total)) : QString()), over ? theme.amber : theme.t1);
        if (over)
            line(QString(), tr("more than the model has"), theme.amber);
        line(tr("power"), format::power(sample.power == unknown::power ? std::nullopt : std::optional(sample.power / 10.0)), theme.t1);
        line(tr("temperature"), sample.temperature == unknown::temperature ? QStringLiteral("–") : QStringLiteral("%1 °C").arg(sample.temperature), theme.t1);
        return;
    }
    if (!m_snapshot->isKnown())
        return text(left, span, tr("not known: no endpoint has answered yet"), 13, QFont::Normal, theme.t2, Qt::AlignLeft);
    const auto tally = m_place.level == Level::Node ? m_snapshot->nodeTally(m_place.node)
        : m_place.level == Level::Root            ? m_snapshot->total()
                                                  : m_snapshot->tally(filter);
    const bool isPast = m_snapshot->isPast();
    const auto size = isPast ? tr("%1 GPUs").arg(format::count(tally.gpus)) : tally.nodes == 1 ? tr("%1 GPUs, 1 node").arg(format::count(tally.gpus)) : tr("%1 GPUs, %2 nodes").arg(format::count(tally.gpus), format::count(tally.nodes));
    text(left, span, m_place.level == Level::Node ? regionAndZone(shape, shape.nodes[m_place.node]) : size, 13, QFont::Normal, theme.t2, Qt::AlignLeft);
    y += 22;
    if (m_place.level == Level::Node)
        text(left, span, nodeText(shape, shape.nodes[m_place.node]), 13, QFont::Normal, theme.t2, Qt::AlignLeft);
    else
        text(left, span, tr("state known of %1 of %2").arg(format::count(tally.gpus - tally.count(GpuState::Unknown)), format::count(tally.gpus)), 12, QFont::Normal, theme.t3, Qt::AlignLeft);
    y += 26;
    paintStateBar(painter, QRectF(left, y, span, 10), tally.byState);
    y += 20;
    for (const auto state : gpuStatesInOrder) {
        paintStateGlyph(painter, QRectF(left, y + 4, 12, 12), state);
        text(left + 20, 120, stateName(state), 13, QFont::Normal, theme.t1, Qt::AlignLeft);
        text(left, span - 62, format::count(tally.count(state)), 13, QFont::Medium, state == GpuState::Unhealthy && tally.count(state) ? theme.red : theme.t1, Qt::AlignRight);
        text(right - 58, 58, format::percent(tally.percent(state)), 12, QFont::Normal, theme.t3, Qt::AlignRight);
        y += 24;
    }
    //: What a cluster offers to pods: GPUs, shares of them and MIG instances.
    if (const auto offered = schedulable(shape, m_place))
        line(tr("schedulable"), format::count(*offered), theme.t1);
    y += 8;
    text(left, span, tr("Utilisation"), 13, QFont::DemiBold, theme.t1, Qt::AlignLeft);
    text(left, span, isPast ? tr("mean %1").arg(format::percent(tally.utilisation.mean())) : tr("mean %1, p95 %2").arg(format::percent(tally.utilisation.mean()), quantile(tally, 0.95)), 12, QFont::Normal, theme.t3, Qt::AlignRight);
    y += 26;
    if (isPast) {
        line(tr("power"), format::power(watts(tally)), theme.t1);
        y += 8;
        text(left, span, tr("as it was at %1").arg(format::second(m_snapshot->asOf())), 12, QFont::Normal, theme.amber, Qt::AlignLeft);
        return;
    }
    std::array<std::uint64_t, 20> bins {};
    for (std::size_t i = 0; i < tally.histogram.size(); ++i)
        bins[std::min<std::size_t>(i / 5, 19)] += tally.histogram[i];
    const auto most = std::max<std::uint64_t>(1, *std::ranges::max_element(bins));
    for (std::size_t i = 0; i < bins.size(); ++i) {
        const double h = 38.0 * static_cast<double>(bins[i]) / static_cast<double>(most);
        const double w = span / 20;
        painter.fillRect(QRectF(left + static_cast<double>(i) * w, y + 38 - h, w - 2, h), theme.mixed(theme.state(GpuState::Busy), 0.35 + 0.03 * static_cast<double>(i)));
    }
    painter.fillRect(QRectF(left, y + 38, span, 1), theme.line2);
    y += 50;
    if (tally.memoryTotal > 0)
        line(tr("memory used"), format::memory(tally.memory.known ? std::optional(static_cast<double>(tally.memory.sum)) : std::nullopt) + tr(" of %1").arg(format::memory(static_cast<double>(tally.memoryTotal))), theme.t1);
    if (m_place.level != Level::Node) {
        text(left, span, tr("Load by workload"), 13, QFont::DemiBold, theme.t1, Qt::AlignLeft);
        text(left, span, tr("GPUs"), 12, QFont::Normal, theme.t3, Qt::AlignRight);
        y += 26;
        const Dimension by[] { Dimension::Workload };
        auto groups = m_snapshot->rollup(by, filter);
        std::ranges::sort(groups, [](const Group& a, const Group& b) { return a.tally.load > b.tally.load; });
        for (const auto& group : groups) {
            if (group.keys.front().empty() || y > height() - 70)
                continue;
            text(left, span * 0.36, QString::fromStdString(group.keys.front()), 13, QFont::Normal, theme.t1, Qt::AlignLeft);
            const QRectF bar(left + span * 0.38, y + 8, span * 0.36, 5);
            painter.fillRect(bar, theme.s3);
            if (tally.gpus > 0)
                painter.fillRect(QRectF(bar.topLeft(), QSizeF(bar.width() * static_cast<double>(group.tally.load) / static_cast<double>(tally.gpus), 5)), theme.state(GpuState::Busy));
            text(left, span, format::count(group.tally.load), 13, QFont::Medium, theme.t1, Qt::AlignRight);
            y += 24;
        }
        y += 6;
    }
    if (m_place.level != Level::Node) {
        text(left, span, tr("Needs a look"), 13, QFont::DemiBold, theme.t1, Qt::AlignLeft);
        const bool nothing = std::ranges::none_of(m_findings, [](const Finding& it) { return it.gpus > 0; });
        text(left, span, nothing ? tr("nothing") : tr("GPUs"), 12, QFont::Normal, theme.t3, Qt::AlignRight);
        y += 26;
        for (const auto& finding : m_findings) {
            if (finding.gpus == 0)
                continue;
            if (y > height() - 30)
                break;
            paintStateGlyph(painter, QRectF(left, y + 4, 12, 12), finding.glyph);
            text(left + 20, span - 90, finding.name, 13, QFont::Normal, theme.t1, Qt::AlignLeft);
            text(left, span, format::count(finding.gpus), 13, QFont::Medium, finding.glyph == GpuState::Unhealthy ? theme.red : theme.t1, Qt::AlignRight);
            y += 24;
        }
        y += 6;
    }
    if (y > height() - 60)
        return;
    line(tr("power"), format::power(watts(tally)), theme.t1);
    if (tally.memoryTotal == 0)
        line(tr("memory used"), format::memory(tally.memory.known ? std::optional(static_cast<double>(tally.memory.sum)) : std::nullopt), theme.t1);
    if (tally.memoryOverTotal > 0)
        line(tr("above their memory"), tr("%1 GPUs").arg(format::count(tally.memoryOverTotal)), theme.amber);
}

QSize FleetDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    return { QStyledItemDelegate::sizeHint(option, index).width(), 28 };
}

void FleetDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const auto& theme = currentTheme();
    const bool selected = option.state & QStyle::State_Selected;
    painter->fillRect(option.rect, selected ? theme.accsoft : option.state & QStyle::State_MouseOver ? theme.s1 : theme.bg);
    const auto level = index.data(FleetTreeModel::LevelRole).toInt();
    const auto box = QRectF(option.rect).adjusted(4, 0, -6, 0);
    const bool dim = index.data(FleetTreeModel::StaleRole).toBool() || index.data(FleetTreeModel::CacheRole).toBool();
    switch (index.column()) {
    case FleetTreeModel::Name: {
        double x = box.left();
        if (level == FleetTreeModel::Provider) {
            painter->fillRect(QRectF(x, box.center().y() - 6, 3, 12), theme.provider(index.data().toString()));
            x += 9;
        }
        painter->setFont(textFont(13, level <= FleetTreeModel::Region ? QFont::DemiBold : QFont::Normal));
        painter->setPen(theme.t1);
        const QRectF room(x, box.top(), box.right() - x, box.height());
        painter->drawText(room, Qt::AlignVCenter | Qt::AlignLeft, painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideMiddle, static_cast<int>(room.width())));
        break;
    }
    case FleetTreeModel::States:
        paintStateBar(*painter, QRectF(box.left(), box.center().y() - 4, box.width() - 4, 8), index.data(FleetTreeModel::TallyRole).value<Tally>().byState);
        break;
    case FleetTreeModel::Age: {
        const auto age = index.data(FleetTreeModel::AgeRole);
        paintAge(*painter, box, index.data().toString(),
            ageLook(age.isValid() ? std::optional(age.toDouble()) : std::nullopt, index.data(FleetTreeModel::AgeLimitRole).toDouble(),
                index.data(FleetTreeModel::CacheRole).toBool() || index.data(FleetTreeModel::PastRole).toBool()));
        break;
    }
    default: {
        const bool red = index.column() == FleetTreeModel::Unhealthy && index.data(FleetTreeModel::SortRole).toULongLong() > 0 && level >= FleetTreeModel::Region;
        painter->setFont(textFont(13));
        painter->setPen(red ? theme.red : dim ? theme.t3 : theme.t1);
        painter->drawText(box, Qt::AlignVCenter | Qt::AlignRight, index.data().toString());
        if (dim && index.column() == FleetTreeModel::Gpus) {
            painter->setPen(QPen(theme.amber, 1, Qt::DotLine));
            const double w = painter->fontMetrics().horizontalAdvance(index.data().toString());
            painter->drawLine(QPointF(box.right() - w, box.center().y() + 9), QPointF(box.right(), box.center().y() + 9));
        }
        break;
    }
    }
}

} // namespace penstock
