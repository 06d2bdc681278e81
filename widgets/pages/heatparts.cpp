// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "heatparts.h"

#include <QMouseEvent>
#include <QPainter>
#include <algorithm>

#include "controls/scale.h"
#include "controls/theme.h"
#include "fleetparts.h"
#include "models/format.h"

namespace penstock {

namespace {

    constexpr int cardWidth = 264, cardRow = 20;

    QString text(const std::string& name) { return QString::fromStdString(name); }

} // namespace

QString metricName(HeatMetric metric)
{
    switch (metric) {
    case HeatMetric::Utilisation: return HeatLegend::tr("Utilisation");
    case HeatMetric::Temperature: return HeatLegend::tr("Temp.");
    case HeatMetric::Power: return HeatLegend::tr("Power");
    case HeatMetric::Memory: return HeatLegend::tr("Memory");
    case HeatMetric::Health: return HeatLegend::tr("Health");
    case HeatMetric::Age: return HeatLegend::tr("Age");
    case HeatMetric::Workload: return HeatLegend::tr("Workload");
    }
    return {};
}

HeatColours heatColours(HeatMetric metric)
{
    const auto& theme = currentTheme();
    HeatColours made;
    made.shades = sequentialScale(theme);
    if (metric == HeatMetric::Workload)
        for (std::size_t i = 0; i < 255; ++i)
            made.shades[i] = theme.mixed(theme.series(static_cast<int>(i)), 0.85).rgb();
    if (metric == HeatMetric::Health) {
        std::fill_n(made.shades.begin(), 255, theme.redfill.rgb());
        made.shades[static_cast<std::size_t>(Health::Good)] = theme.mixed(theme.green, 0.5).rgb();
        made.shades[static_cast<std::size_t>(Health::Throttled)] = theme.amber.rgb();
    }
    for (const auto state : gpuStatesInOrder)
        made.marks[static_cast<std::size_t>(state)] = theme.state(state);
    // A ring lies on the dark end of the scale in one theme and on the light end in the other.
    made.marks[static_cast<std::size_t>(HeatMark::Faded)] = theme.s1;
    made.marks[static_cast<std::size_t>(HeatMark::NoValue)] = theme.t3;
    made.noValueFill = theme.s3;
    made.background = theme.bg;
    made.triangleFill = theme.s2;
    made.crossFill = theme.redbg;
    made.faded = theme.s1;
    made.title = theme.t1;
    made.name = theme.t2;
    made.dim = theme.t3;
    made.alarm = theme.red;
    made.ring = theme.t1;
    made.accent = theme.acc;
    made.inkDark = QColor(0x0B, 0x0E, 0x12);
    made.inkLight = Qt::white;
    return made;
}

HeatCard::HeatCard(QWidget* parent) : QWidget(parent)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setFocusPolicy(Qt::NoFocus);
    hide();
}

void HeatCard::show(const Text& text, const QRect& besides)
{
    m_text = text;
    const int height = 16 + 22 + (text.below.isEmpty() ? 0 : 18) + 6 + static_cast<int>(text.rows.size()) * cardRow + (text.foot.isEmpty() ? 0 : 22) + 6;
    const auto area = parentWidget()->rect().adjusted(4, 4, -4, -4);
    QRect place(besides.right() + 12, besides.top() - 8, cardWidth, height);
    if (place.right() > area.right())
        place.moveRight(besides.left() - 12);
    if (place.left() < area.left())
        place.moveLeft(area.left());
    place.moveTop(std::clamp(place.top(), area.top(), std::max(area.top(), area.bottom() - height)));
    setGeometry(place);
    QWidget::show();
    raise();
    update();
}

void HeatCard::paintEvent(QPaintEvent*)
{
    const auto& theme = currentTheme();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.line2, 1));
    painter.setBrush(theme.s2);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
    const double left = 14, span = width() - 28;
    double y = 10;
    const double ageWidth = m_text.age.isEmpty() ? 0 : 20 + QFontMetricsF(textFont(12)).horizontalAdvance(m_text.age);
    painter.setFont(textFont(13, QFont::DemiBold));
    painter.setPen(theme.t1);
    painter.drawText(QRectF(left, y, span - ageWidth, 22), Qt::AlignVCenter, painter.fontMetrics().elidedText(m_text.title, Qt::ElideMiddle, static_cast<int>(span - ageWidth)));
    if (!m_text.age.isEmpty())
        paintAge(painter, QRectF(left, y, span, 22), m_text.age, m_text.look);
    y += 22;
    if (!m_text.below.isEmpty()) {
        painter.setFont(textFont(12));
        painter.setPen(theme.t3);
        painter.drawText(QRectF(left, y, span, 18), Qt::AlignVCenter, painter.fontMetrics().elidedText(m_text.below, Qt::ElideRight, static_cast<int>(span)));
        y += 18;
    }
    y += 6;
    for (const auto& [name, value] : m_text.rows) {
        painter.setFont(textFont(13));
        painter.setPen(theme.t2);
        painter.drawText(QRectF(left, y, span * 0.5, cardRow), Qt::AlignVCenter, name);
        painter.setPen(theme.t1);
        painter.drawText(QRectF(left + span * 0.36, y, span * 0.64, cardRow), Qt::AlignVCenter | Qt::AlignRight, painter.fontMetrics().elidedText(value, Qt::ElideMiddle, static_cast<int>(span * 0.64)));
        y += cardRow;
    }
    if (!m_text.foot.isEmpty()) {
        painter.setFont(textFont(12));
        painter.setPen(theme.t3);
        painter.drawText(QRectF(left, y + 4, span, 18), Qt::AlignVCenter | Qt::AlignRight, m_text.foot);
    }
}

HeatCard::Text gpuCard(const Snapshot& snapshot, std::uint32_t node, std::uint32_t gpu)
{
    const auto& shape = snapshot.structure();
    const auto& it = shape.nodes[node];
    const auto sample = snapshot.gpu(it, gpu);
    const auto row = it.firstRow - shape.clusters[it.cluster].firstRow + gpu;
    const auto total = shape.modelMemory[it.model];
    const bool isKnown = sample.state != GpuState::Unknown;
    HeatCard::Text made { .title = HeatCard::tr("%1, GPU %2").arg(text(it.name)).arg(it.numberOf(gpu)), .below = text(shape.models[it.model]) + QStringLiteral(", ") + text(shape.clusters[it.cluster].name), .age = {}, .rows = {}, .foot = HeatCard::tr("Enter selects it") };
    const auto age = heatValue(snapshot, it.cluster, row, HeatMetric::Age);
    const auto observed = ageSeconds(snapshot.observed(it.cluster), snapshot.asOf());
    const auto seconds = isKnown || !age ? observed : std::optional<double>(*age);
    made.age = format::age(seconds);
    made.look = ageLook(seconds, static_cast<double>(snapshot.staleAfter().count()), snapshot.fromCache(it.cluster));
    made.rows << std::pair(HeatCard::tr("State"), stateName(sample.state));
    made.rows << std::pair(HeatCard::tr("Workload"), sample.workload == noWorkload ? HeatCard::tr("none") : text(snapshot.workloads()[sample.workload]));
    const auto dash = QStringLiteral("–");
    made.rows << std::pair(HeatCard::tr("Utilisation"), isKnown && sample.utilisation != unknown::utilisation ? QStringLiteral("%1 %").arg(sample.utilisation) : dash);
    const auto used = isKnown && sample.memoryUsed != unknown::memory ? std::optional<double>(sample.memoryUsed) : std::nullopt;
    made.rows << std::pair(HeatCard::tr("Memory"), total ? HeatCard::tr("%1 of %2").arg(format::memory(used), format::memory(total)) : format::memory(used));
    made.rows << std::pair(HeatCard::tr("Power"), format::power(isKnown && sample.power != unknown::power ? std::optional(sample.power / 10.0) : std::nullopt));
    made.rows << std::pair(HeatCard::tr("Temperature"), isKnown && sample.temperature != unknown::temperature ? QStringLiteral("%1 °C").arg(sample.temperature) : dash);
    made.rows << std::pair(HeatCard::tr("Health"), isKnown ? healthName(sample.health) : dash);
    return made;
}

HeatCard::Text sumCard(const QString& title, const QString& below, const Tally& tally)
{
    HeatCard::Text made { .title = title, .below = below, .age = {}, .rows = {}, .foot = {} };
    for (const auto state : gpuStatesInOrder)
        if (tally.count(state) > 0)
            made.rows << std::pair(stateName(state), HeatCard::tr("%1, %2").arg(format::count(tally.count(state)), format::percent(tally.percent(state))));
    const auto p95 = tally.utilisationQuantile(0.95);
    if (tally.utilisation.known)
        made.rows << std::pair(HeatCard::tr("Utilisation"), HeatCard::tr("mean %1, p95 %2 %").arg(format::percent(tally.utilisation.mean())).arg(p95.value_or(0)));
    if (tally.temperature.known)
        made.rows << std::pair(HeatCard::tr("Temperature"), HeatCard::tr("%1 to %2 °C").arg(tally.temperature.least).arg(tally.temperature.greatest));
    if (tally.power.known)
        made.rows << std::pair(HeatCard::tr("Power"), format::power(static_cast<double>(tally.power.sum) / 10));
    return made;
}

HeatLegend::HeatLegend(QWidget* parent) : QWidget(parent)
{
    setFixedHeight(20);
    setAccessibleName(tr("Legend"));
}

void HeatLegend::show(const HeatScale& scale, const HeatColours& colours, const Snapshot* snapshot)
{
    m_scale = scale;
    m_shades = colours.shades;
    m_chips.clear();
    if (scale.metric == HeatMetric::Workload && snapshot)
        for (std::size_t w = 0; w < snapshot->workloads().size() && w < 8; ++w)
            m_chips << Chip { colours.shades[w % heatCategories], text(snapshot->workloads()[w]) };
    if (scale.metric == HeatMetric::Health)
        m_chips << Chip { colours.shades[static_cast<std::size_t>(Health::Good)], healthName(Health::Good) }
                << Chip { colours.shades[static_cast<std::size_t>(Health::Throttled)], healthName(Health::Throttled) };
    update();
}

void HeatLegend::paintEvent(QPaintEvent*)
{
    const auto& theme = currentTheme();
    QPainter painter(this);
    painter.setFont(textFont(12));
    double x = 0;
    const auto label = [&](const QString& what) {
        const double w = painter.fontMetrics().horizontalAdvance(what);
        painter.setPen(theme.t3);
        painter.drawText(QRectF(x, 0, w + 2, height()), Qt::AlignVCenter, what);
        x += w + 7;
    };
    if (isCategory(m_scale.metric)) {
        for (const auto& chip : m_chips) {
            if (x + 24 + painter.fontMetrics().horizontalAdvance(chip.name) > width())
                return;
            painter.fillRect(QRectF(x, 5, 10, 10), QColor(chip.colour));
            x += 15;
            label(chip.name);
            x += 6;
        }
    } else {
        const auto end = [&](std::uint32_t value) {
            switch (m_scale.metric) {
            case HeatMetric::Temperature: return QStringLiteral("%1 °C").arg(value);
            case HeatMetric::Power: return format::power(value / 10.0);
            case HeatMetric::Age: return QStringLiteral("%1 s").arg(value);
            default: return QStringLiteral("%1 %").arg(value);
            }
        };
        label(end(m_scale.least));
        constexpr int steps = 11, stepWidth = 6;
        for (int i = 0; i < steps; ++i)
            painter.fillRect(QRectF(x + i * stepWidth, 6, stepWidth, 8), QColor(m_shades[static_cast<std::size_t>(i * 254 / (steps - 1))]));
        x += steps * stepWidth + 8;
        label(m_scale.metric == HeatMetric::Age ? tr("%1 and more").arg(end(m_scale.greatest)) : end(m_scale.greatest));
    }
    x += 6;
    //: of a cell of the heatmap: it is busy, and what the colours stand for is not known of it
    const auto noValue = m_scale.metric == HeatMetric::Workload ? tr("no workload") : tr("no data");
    if (m_scale.metric != HeatMetric::Age && x + 16 + painter.fontMetrics().horizontalAdvance(noValue) <= width()) {
        painter.fillRect(QRectF(x, 5, 11, 11), theme.s3);
        painter.fillRect(QRectF(x + 3, 10, 5, 1), theme.t3);
        x += 15;
        label(noValue);
        x += 3;
    }
    for (const auto state : { GpuState::Unhealthy, GpuState::Unknown, GpuState::Draining, GpuState::Free, GpuState::Idle }) {
        const auto name = stateName(state);
        if (x + 16 + painter.fontMetrics().horizontalAdvance(name) > width())
            continue;
        paintStateGlyph(painter, QRectF(x, 4, 12, 12), state);
        x += 15;
        label(name);
        x += 3;
    }
}

class HeatOverview::Frame final : public QWidget
{
public:
    explicit Frame(QWidget* parent) : QWidget(parent) { setAttribute(Qt::WA_TransparentForMouseEvents); }
    QRect part;

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.setPen(QPen(currentTheme().t1, 2));
        painter.drawRect(part.adjusted(0, 0, -1, -1));
    }
};

HeatOverview::HeatOverview(QWidget* parent) : QWidget(parent), m_map(new Heatmap(this)), m_frame(new Frame(this))
{
    setFixedSize(192, 72);
    m_map->setMinimumSize(0, 0);
    m_map->setGeometry(rect());
    m_map->setFocusPolicy(Qt::NoFocus);
    m_map->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_frame->setGeometry(rect());
    setAccessibleName(tr("The whole cluster"));
    setToolTip(tr("Click to go there"));
}

void HeatOverview::setColours(const HeatColours& colours) { m_map->setColours(colours); }

void HeatOverview::show(const SnapshotPtr& snapshot, const FleetTreeModel& filter, const HeatScene& of, std::pair<double, double> inView)
{
    m_scene.show(snapshot, filter);
    m_scene.setMetric(of.scale().metric);
    m_scene.setFocus(of.focus());
    m_map->present(m_scene.layout(size()), m_scene);
    const int whole = std::min(height(), m_map->heatLayout().size().height());
    const int top = static_cast<int>(inView.first * whole), bottom = static_cast<int>(inView.second * whole);
    m_frame->part = QRect(0, top, m_map->heatLayout().size().width(), std::max(4, bottom - top));
    m_frame->raise();
    m_frame->update();
}

void HeatOverview::ask(double y) { emit wanted(std::clamp(y / std::max(1, m_map->heatLayout().size().height()), 0.0, 1.0)); }
void HeatOverview::mousePressEvent(QMouseEvent* event) { ask(event->position().y()); }
void HeatOverview::mouseMoveEvent(QMouseEvent* event) { ask(event->position().y()); }

} // namespace penstock
