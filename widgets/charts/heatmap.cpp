// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "charts/heatmap.h"

#include <QAccessibleWidget>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <algorithm>
#include <utility>

#include "heatpainter.h"

namespace penstock {

namespace {

    /// A screen reader hears where the cursor stands and what is there.
    class AccessibleHeatmap final : public QAccessibleWidget
    {
    public:
        explicit AccessibleHeatmap(Heatmap& map) : QAccessibleWidget(&map, QAccessible::Chart), m_map(map) {}
        [[nodiscard]] QString text(QAccessible::Text which) const override
        {
            if (which == QAccessible::Value && m_map.cursor())
                return m_map.property("cursorText").toString();
            return QAccessibleWidget::text(which);
        }

    private:
        Heatmap& m_map;
    };

    QAccessibleInterface* makeAccessible(const QString&, QObject* object)
    {
        auto* map = qobject_cast<Heatmap*>(object);
        return map ? new AccessibleHeatmap(*map) : nullptr;
    }
    [[maybe_unused]] const bool installed = (QAccessible::installFactory(makeAccessible), true);

} // namespace

/// Rings around cells and the outline of what is selected.
class Heatmap::Overlay final : public QWidget
{
public:
    explicit Overlay(Heatmap& map) : QWidget(map.viewport()), m_map(map) { setAttribute(Qt::WA_TransparentForMouseEvents); }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        const auto offset = m_map.offset();
        const auto& layout = m_map.m_layout;
        if (const auto& selected = m_map.m_selected) {
            painter.setPen(QPen(m_map.m_colours.accent, 1));
            QRect around;
            for (const auto& area : layout.areas())
                if (area.group == selected->group && (selected->block == HeatPart::whole || area.block == selected->block))
                    around |= area.cells;
            if (!around.isEmpty())
                painter.drawRect(around.translated(-offset).adjusted(-2, -2, 0, 0));
        }
        const auto ring = [&](const HeatSpot& spot, const QColor& colour) {
            const int gap = layout.pitch() >= Painter::leastGapped ? 1 : 0;
            painter.setPen(QPen(colour, 2));
            painter.drawRect(layout.rect(spot).translated(-offset).adjusted(-1, -1, 1 - gap, 1 - gap));
        };
        for (const auto& spot : m_map.m_selectedCells)
            ring(spot, m_map.m_colours.accent);
        if (m_map.m_cursor && m_map.hasFocus())
            ring(*m_map.m_cursor, m_map.m_colours.accent);
        if (m_map.m_pointed)
            ring(*m_map.m_pointed, m_map.m_colours.ring);
        if (m_map.m_selecting) {
            painter.setPen(QPen(m_map.m_colours.accent, 1, Qt::DashLine));
            painter.drawRect(m_map.m_band.normalized());
        }
    }

private:
    Heatmap& m_map;
};

Heatmap::Heatmap(QWidget* parent) : QAbstractScrollArea(parent), m_painter(std::make_unique<Painter>()), m_overlay(new Overlay(*this))
{
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setMouseTracking(true);
    viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
    setMinimumSize(160, 120);
    m_glide.setDuration(160);
    m_glide.setStartValue(0.0);
    m_glide.setEndValue(1.0);
    m_glide.setEasingCurve(QEasingCurve::OutCubic);
    connect(&m_glide, &QVariantAnimation::valueChanged, viewport(), qOverload<>(&QWidget::update));
    connect(&m_glide, &QVariantAnimation::finished, this, [this] { m_left = {}; });
}

Heatmap::~Heatmap() = default;

void Heatmap::setColours(const HeatColours& colours)
{
    m_colours = colours;
    m_painter->forget();
    refresh();
}

QPoint Heatmap::offset() const { return { 0, verticalScrollBar()->value() }; }

void Heatmap::setRange()
{
    auto* bar = verticalScrollBar();
    bar->setRange(0, std::max(0, m_layout.size().height() - viewport()->height()));
    bar->setPageStep(viewport()->height());
    bar->setSingleStep(std::max(20, m_layout.pitch()));
}

int Heatmap::scrolledWidth() const { return wholeView().width() - verticalScrollBar()->sizeHint().width(); }

void Heatmap::present(HeatLayout layout, const HeatSource& source)
{
    const bool same = layout.pitch() == m_layout.pitch() && layout.itemsACell() == m_layout.itemsACell() && layout.areas().size() == m_layout.areas().size();
    m_layout = std::move(layout);
    m_source = &source;
    m_pointed.reset();
    m_selected.reset();
    m_selectedCells.clear();
    const auto exists = [this](const HeatSpot& spot) {
        const auto* area = m_layout.area(spot.group, spot.block);
        return area && spot.run < m_layout.groups()[spot.group].blocks[spot.block].runs.size() && spot.cell < m_layout.cellsOf(spot);
    };
    if (m_cursor && (!same || !exists(*m_cursor)))
        m_cursor.reset();
    setRange();
    refresh();
}

void Heatmap::refresh()
{
    m_dirty = true;
    viewport()->update();
    m_overlay->update();
}

void Heatmap::glide(QPoint around, bool closer)
{
    if (!isVisible() || m_picture.isNull())
        return;
    m_left = QPixmap::fromImage(m_picture);
    m_around = around;
    m_closer = closer;
    m_glide.stop();
    m_glide.start();
}

void Heatmap::compose()
{
    const auto scale = devicePixelRatioF();
    const auto size = (QSizeF(viewport()->size()) * scale).toSize();
    if (m_picture.size() != size) {
        m_picture = QImage(size, QImage::Format_RGB32);
        m_picture.setDevicePixelRatio(scale);
    }
    if (m_source)
        m_painter->paint(m_picture, m_layout, *m_source, m_colours, offset(), font());
    else
        m_picture.fill(m_colours.background);
    m_dirty = false;
}

void Heatmap::paintEvent(QPaintEvent*)
{
    if (m_dirty || m_picture.isNull())
        compose();
    QPainter painter(viewport());
    painter.drawImage(0, 0, m_picture);
    if (m_left.isNull())
        return;
    const double share = m_glide.currentValue().toDouble();
    const double scale = m_closer ? 1 + 0.5 * share : 1 - 0.3 * share;
    painter.setOpacity(1 - share);
    painter.translate(m_around);
    painter.scale(scale, scale);
    painter.translate(-m_around);
    painter.drawPixmap(0, 0, m_left);
}

void Heatmap::resizeEvent(QResizeEvent* event)
{
    QAbstractScrollArea::resizeEvent(event);
    m_overlay->setGeometry(viewport()->rect());
    setRange();
    m_dirty = true;
    emit resized();
}

void Heatmap::scrollContentsBy(int, int)
{
    m_dirty = true;
    viewport()->update();
    m_overlay->update();
    emit scrolled();
}

void Heatmap::bring(const HeatSpot& spot, QPoint to) { verticalScrollBar()->setValue(m_layout.rect(spot).center().y() - to.y()); }

std::optional<HeatSpot> Heatmap::nearest(QPoint inViewport) const
{
    const int step = std::max(2, m_layout.pitch() / 2), most = std::max(viewport()->width(), viewport()->height());
    for (int far = 0; far <= most; far += step)
        for (int x = -far; x <= far; x += step)
            for (const int y : { -far, far })
                for (const auto& offset : { QPoint(x, y), QPoint(y, x) })
                    if (viewport()->rect().contains(inViewport + offset))
                        if (const auto spot = m_layout.at(inPicture(inViewport + offset)))
                            return spot;
    return std::nullopt;
}

void Heatmap::reveal(const HeatSpot& spot)
{
    const auto rect = m_layout.rect(spot);
    auto* bar = verticalScrollBar();
    if (rect.top() - HeatLayout::boxTitle < bar->value())
        bar->setValue(rect.top() - HeatLayout::boxTitle);
    else if (rect.bottom() > bar->value() + viewport()->height())
        bar->setValue(rect.bottom() - viewport()->height() + 4);
}

QRect Heatmap::spotRect(const HeatSpot& spot) const { return m_layout.rect(spot).translated(-offset()); }

void Heatmap::setCursorSpot(std::optional<HeatSpot> spot)
{
    m_cursor = spot;
    m_overlay->update();
    if (!spot || !m_source)
        return;
    setProperty("cursorText", m_source->describe(*spot));
    QAccessibleValueChangeEvent changed(this, property("cursorText"));
    QAccessible::updateAccessibility(&changed);
    emit cursorMoved(*spot);
}

void Heatmap::setSelected(std::optional<HeatPart> part, std::vector<HeatSpot> cells)
{
    m_selected = part;
    m_selectedCells = std::move(cells);
    m_overlay->update();
}

std::uint64_t Heatmap::itemsInView() const
{
    std::uint64_t items = 0;
    const QRect view(offset(), viewport()->size());
    for (const auto& area : m_layout.areas()) {
        const auto seen = area.cells.intersected(view);
        if (seen.isEmpty())
            continue;
        const auto all = m_layout.groups()[area.group].blocks[area.block].items();
        if (seen.height() == area.cells.height()) {
            items += all;
            continue;
        }
        const int rowHeight = m_layout.hasBoxes() ? m_layout.box(area, static_cast<std::uint32_t>(area.columns)).top() - m_layout.box(area, 0).top() : m_layout.pitch();
        const auto first = (seen.top() - area.cells.top()) / rowHeight, last = (seen.bottom() - area.cells.top()) / rowHeight;
        const auto abreast = static_cast<std::uint64_t>(area.columns) * (m_layout.hasBoxes() ? 1 : m_layout.itemsACell());
        const auto from = static_cast<std::uint64_t>(first) * abreast, to = static_cast<std::uint64_t>(last + 1) * abreast;
        if (!m_layout.hasBoxes()) {
            items += std::min(all, to) - std::min(all, from);
            continue;
        }
        const auto& runs = m_layout.groups()[area.group].blocks[area.block].runs;
        for (auto run = from; run < std::min<std::uint64_t>(to, runs.size()); ++run)
            items += runs[run];
    }
    return items;
}

std::pair<double, double> Heatmap::viewShare() const
{
    const double height = std::max(1, m_layout.size().height());
    const double top = offset().y() / height;
    return { top, std::min(1.0, top + viewport()->height() / height) };
}

void Heatmap::scrollToShare(double middle) { verticalScrollBar()->setValue(static_cast<int>(middle * m_layout.size().height()) - viewport()->height() / 2); }

bool Heatmap::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::Leave && std::exchange(m_pointed, std::nullopt)) {
        m_overlay->update();
        emit pointed({});
    }
    return QAbstractScrollArea::viewportEvent(event);
}

void Heatmap::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    m_pressed = event->position().toPoint();
    m_pressedOffset = offset().y();
    m_dragging = false;
    m_selecting = event->modifiers() & Qt::ShiftModifier;
    m_band = QRect(m_pressed, QSize());
}

void Heatmap::mouseMoveEvent(QMouseEvent* event)
{
    const auto at = event->position().toPoint();
    if (event->buttons() & Qt::LeftButton) {
        if (m_selecting) {
            m_band.setBottomRight(at);
            m_overlay->update();
            return;
        }
        m_dragging = m_dragging || (at - m_pressed).manhattanLength() > 6;
        if (m_dragging)
            verticalScrollBar()->setValue(m_pressedOffset - (at.y() - m_pressed.y()));
    }
    const auto spot = m_layout.at(inPicture(at));
    const bool title = !spot && std::ranges::any_of(m_layout.titles(), [&](const auto& it) { return it.title.contains(inPicture(at)); });
    viewport()->setCursor(title ? Qt::PointingHandCursor : Qt::ArrowCursor);
    if (spot == m_pointed)
        return;
    m_pointed = spot;
    m_overlay->update();
    emit pointed(spot);
}

void Heatmap::spotsIn(const QRect& rect)
{
    std::vector<HeatSpot> spots;
    const auto band = rect.translated(offset());
    const int pitch = m_layout.pitch();
    // Every cell's middle is met by a grid of half its pitch; neighbours repeat and are dropped.
    for (int y = band.top(); y <= band.bottom(); y += std::max(1, pitch / 2))
        for (int x = band.left(); x <= band.right(); x += std::max(1, pitch / 2))
            if (const auto spot = m_layout.at({ x, y }); spot && band.contains(m_layout.rect(*spot).center()))
                spots.push_back(*spot);
    const auto key = [](const HeatSpot& it) { return std::tuple(it.group, it.block, it.run, it.cell); };
    std::ranges::sort(spots, {}, key);
    spots.erase(std::ranges::unique(spots).begin(), spots.end());
    emit manyChosen(spots);
}

void Heatmap::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    if (std::exchange(m_selecting, false)) {
        m_overlay->update();
        spotsIn(m_band.normalized());
        return;
    }
    if (!std::exchange(m_dragging, false))
        choose(event->position().toPoint());
}

void Heatmap::choose(QPoint inViewport)
{
    const auto point = inPicture(inViewport);
    if (const auto spot = m_layout.at(point)) {
        setCursorSpot(spot);
        emit chosen(*spot);
        return;
    }
    for (const auto& it : m_layout.titles())
        if (it.title.contains(point))
            return emit partChosen({ .group = it.group });
    for (const auto& it : m_layout.areas())
        if (it.title.contains(point))
            return emit partChosen({ it.group, it.block });
}

void Heatmap::mouseDoubleClickEvent(QMouseEvent* event)
{
    const auto at = event->position().toPoint();
    // Its second release is not another click, on cells that have changed meanwhile.
    m_dragging = true;
    emit zoomWanted(1, m_layout.at(inPicture(at)), at);
}

void Heatmap::wheelEvent(QWheelEvent* event)
{
    const auto at = event->position().toPoint();
    event->accept();
    if (event->modifiers() & Qt::ShiftModifier) {
        verticalScrollBar()->setValue(verticalScrollBar()->value() - event->angleDelta().y() - event->angleDelta().x());
        return;
    }
    // Fine wheels and touch pads send parts of a notch.
    m_wheel += event->angleDelta().y();
    if (const int steps = m_wheel / 120; steps != 0) {
        m_wheel -= steps * 120;
        emit zoomWanted(steps > 0 ? 1 : -1, m_layout.at(inPicture(at)), at);
    }
}

void Heatmap::walk(QPoint step)
{
    if (m_layout.areas().empty())
        return;
    if (!m_cursor) {
        // The first cell in view, so that a walk begins where its user looks.
        for (const auto& area : m_layout.areas())
            if (const auto spot = m_layout.at({ area.cells.left() + 1, std::max(area.cells.top() + 1, offset().y() + 1) })) {
                setCursorSpot(spot);
                reveal(*spot);
                return;
            }
    }
    if (!m_cursor)
        return;
    const auto bounds = QRect(QPoint(0, 0), m_layout.size());
    auto point = m_layout.rect(*m_cursor).center();
    const int stride = std::max(1, m_layout.pitch() / 2);
    for (point += step * stride; bounds.contains(point); point += step * stride)
        if (const auto spot = m_layout.at(point); spot && *spot != *m_cursor) {
            setCursorSpot(spot);
            reveal(*spot);
            return;
        }
}

void Heatmap::keyPressEvent(QKeyEvent* event)
{
    const auto middle = m_cursor ? spotRect(*m_cursor).center() : viewport()->rect().center();
    switch (event->key()) {
    case Qt::Key_Left: return walk({ -1, 0 });
    case Qt::Key_Right: return walk({ 1, 0 });
    case Qt::Key_Up: return walk({ 0, -1 });
    case Qt::Key_Down: return walk({ 0, 1 });
    case Qt::Key_Plus:
    case Qt::Key_Equal: return emit zoomWanted(1, m_cursor, middle);
    case Qt::Key_Minus:
    case Qt::Key_Backspace: return emit zoomWanted(-1, m_cursor, middle);
    case Qt::Key_0: return emit fitWanted();
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_cursor)
            emit chosen(*m_cursor);
        return;
    case Qt::Key_PageUp: return verticalScrollBar()->triggerAction(QAbstractSlider::SliderPageStepSub);
    case Qt::Key_PageDown: return verticalScrollBar()->triggerAction(QAbstractSlider::SliderPageStepAdd);
    case Qt::Key_Home: return verticalScrollBar()->setValue(0);
    case Qt::Key_End: return verticalScrollBar()->setValue(verticalScrollBar()->maximum());
    default: QAbstractScrollArea::keyPressEvent(event);
    }
}

void Heatmap::focusInEvent(QFocusEvent* event)
{
    QAbstractScrollArea::focusInEvent(event);
    m_overlay->update();
}

void Heatmap::focusOutEvent(QFocusEvent* event)
{
    QAbstractScrollArea::focusOutEvent(event);
    m_overlay->update();
}

} // namespace penstock
