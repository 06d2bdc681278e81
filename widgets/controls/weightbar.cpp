// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "controls/weightbar.h"

#include <QAccessibleWidget>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "controls/theme.h"

namespace penstock {

namespace {

    constexpr double labelWidth = 72;
    constexpr double barHeight = 20, thinHeight = 13;

    /// To a screen reader the bar is a slider of the handle that has the keyboard.
    class AccessibleWeightBar final : public QAccessibleWidget, public QAccessibleValueInterface
    {
    public:
        explicit AccessibleWeightBar(WeightBar& bar) : QAccessibleWidget(&bar, QAccessible::Slider), m_bar(bar) {}
        void* interface_cast(QAccessible::InterfaceType type) override
        {
            return type == QAccessible::ValueInterface ? static_cast<QAccessibleValueInterface*>(this) : QAccessibleWidget::interface_cast(type);
        }
        QVariant currentValue() const override { return m_bar.focusedShare(); }
        void setCurrentValue(const QVariant& value) override { m_bar.setFocusedShare(value.toDouble()); }
        QVariant minimumValue() const override { return 0.0; }
        QVariant maximumValue() const override { return 100.0; }
        QVariant minimumStepSize() const override { return 1.0; }

    private:
        WeightBar& m_bar;
    };

    QAccessibleInterface* makeAccessible(const QString&, QObject* object)
    {
        auto* bar = qobject_cast<WeightBar*>(object);
        return bar ? new AccessibleWeightBar(*bar) : nullptr;
    }

}

WeightBar::WeightBar(QWidget* parent) : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setFixedHeight(66);
    [[maybe_unused]] static const bool installed = (QAccessible::installFactory(makeAccessible), true);
}

void WeightBar::setBackends(const QStringList& names, const QStringList& providers)
{
    m_names = names;
    m_providers = providers;
    update();
}

void WeightBar::setDesired(const QList<double>& weights)
{
    if (m_dragged >= 0 || m_desired == weights)
        return;
    m_desired = weights;
    describe();
    update();
}

void WeightBar::setAccepted(const QList<double>& weights)
{
    m_accepted = weights;
    update();
}

void WeightBar::setObserved(const QList<std::optional<double>>& weights)
{
    m_observed = weights;
    update();
}

void WeightBar::setEditable(bool editable)
{
    m_editable = editable;
    if (!editable)
        m_dragged = m_lastOfStack = -1;
    update();
}

double WeightBar::focusedShare() const
{
    double sum = 0;
    for (qsizetype i = 0; i <= m_focused && i < m_desired.size(); ++i)
        sum += m_desired[i];
    return sum;
}

void WeightBar::setFocusedShare(double percent)
{
    if (m_editable)
        moveHandle(m_focused, percent);
}

void WeightBar::describe()
{
    QStringList parts;
    for (qsizetype i = 0; i < m_desired.size() && i < m_names.size(); ++i)
        parts << tr("%1 %2 per cent").arg(m_names[i]).arg(m_desired[i], 0, 'f', 0);
    setAccessibleDescription(parts.join(QStringLiteral(", ")));
}

QRectF WeightBar::track() const { return { labelWidth, 4, width() - labelWidth - 6, barHeight }; }

QRectF WeightBar::handle(qsizetype index) const
{
    double sum = 0;
    for (qsizetype i = 0; i <= index && i < m_desired.size(); ++i)
        sum += m_desired[i];
    const auto box = track();
    return { box.left() + box.width() * sum / 100 - 5, box.top() - 3, 10, box.height() + 6 };
}

void WeightBar::paintEvent(QPaintEvent*)
{
    const auto& theme = currentTheme();
    QPainter painter(this);
    const auto box = track();
    const auto ink = theme.name == ThemeName::Dark ? QColor(0x0B, 0x0E, 0x12) : QColor(Qt::white);
    const auto row = [&](const QString& label, double top, double height, double share, auto valueOf, bool bold) {
        painter.setFont(textFont(12, bold ? QFont::DemiBold : QFont::Normal));
        painter.setPen(bold ? theme.t1 : theme.t2);
        painter.drawText(QRectF(0, top, labelWidth - 8, height), Qt::AlignVCenter | Qt::AlignLeft, label);
        double x = box.left();
        bool any = false;
        for (qsizetype i = 0; i < m_names.size(); ++i) {
            const std::optional<double> value = valueOf(i);
            if (!value)
                continue;
            any = true;
            const double width = box.width() * *value / 100;
            const auto base = theme.provider(m_providers.value(i));
            const QRectF part(x, top, std::max(0.0, width - 1), height);
            painter.fillRect(part, share >= 1 ? base : theme.mixed(base, share));
            const auto text = bold ? QStringLiteral("%1 %2 %").arg(m_names[i]).arg(*value, 0, 'f', std::abs(*value - std::round(*value)) < 0.05 ? 0 : 1)
                                   : QString::number(*value, 'f', std::abs(*value - std::round(*value)) < 0.05 ? 0 : 1);
            painter.setFont(textFont(bold ? 12 : 11, bold ? QFont::DemiBold : QFont::Normal));
            painter.setPen(share >= 1 ? ink : theme.t1);
            const auto room = part.adjusted(6, 0, -4, 0);
            const auto shorter = QStringLiteral("%1 %").arg(*value, 0, 'f', 0);
            const QFontMetricsF metrics(painter.font());
            if (metrics.horizontalAdvance(text) <= room.width())
                painter.drawText(room, Qt::AlignVCenter | Qt::AlignLeft, text);
            else if (bold && metrics.horizontalAdvance(shorter) <= room.width())
                painter.drawText(room, Qt::AlignVCenter | Qt::AlignLeft, shorter);
            x += width;
        }
        if (!any) {
            painter.fillRect(QRectF(box.left(), top, box.width(), height), theme.s2);
            painter.setPen(theme.t3);
            painter.setFont(textFont(11));
            painter.drawText(QRectF(box.left() + 6, top, box.width(), height), Qt::AlignVCenter, tr("not known"));
        }
    };
    row(tr("desired"), box.top(), barHeight, 1, [&](qsizetype i) -> std::optional<double> {
        return i < m_desired.size() ? std::optional(m_desired[i]) : std::nullopt; }, true);
    row(tr("accepted"), box.bottom() + 4, thinHeight, 0.62, [&](qsizetype i) -> std::optional<double> {
        return i < m_accepted.size() ? std::optional(m_accepted[i]) : std::nullopt; }, false);
    row(tr("observed"), box.bottom() + 4 + thinHeight + 3, thinHeight, 0.42, [&](qsizetype i) -> std::optional<double> {
        return i < m_observed.size() ? m_observed[i] : std::nullopt; }, false);

    // Between what is asked for and what really happens: hatched.
    if (m_desired.size() == m_observed.size()) {
        double wanted = 0, real = 0;
        for (qsizetype i = 0; i + 1 < m_desired.size(); ++i) {
            wanted += m_desired[i];
            real += m_observed[i].value_or(m_desired[i]);
            if (std::abs(wanted - real) < 1)
                continue;
            const double a = box.left() + box.width() * std::min(wanted, real) / 100, b = box.left() + box.width() * std::max(wanted, real) / 100;
            painter.fillRect(QRectF(a, box.bottom() + 7 + thinHeight, b - a, thinHeight),
                QBrush(theme.provider(m_providers.value(wanted > real ? i : i + 1)), Qt::BDiagPattern));
        }
    }
    if (!m_editable)
        return;
    painter.setRenderHint(QPainter::Antialiasing);
    for (qsizetype i = 0; i + 1 < m_desired.size(); ++i) {
        // Side by side where they lie on each other, so that all are seen.
        qsizetype first = i, last = i;
        while (first > 0 && m_desired[first] <= 0)
            --first;
        while (last + 2 < m_desired.size() && m_desired[last + 1] <= 0)
            ++last;
        const auto it = handle(i).adjusted(2, 0, -2, 0).translated(7 * (static_cast<double>(i - first) - static_cast<double>(last - first) / 2), 0);
        painter.setPen(QPen(theme.rail, 1));
        painter.setBrush(theme.name == ThemeName::Dark ? QColor(Qt::white) : theme.t1);
        painter.drawRoundedRect(it, 2, 2);
        if (hasFocus() && i == m_focused) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(theme.acc, 2));
            painter.drawRoundedRect(it.adjusted(-3, -2, 3, 2), 4, 4);
        }
    }
}

void WeightBar::moveHandle(qsizetype index, double percent)
{
    if (index < 0 || index + 1 >= m_desired.size())
        return;
    double before = 0;
    for (qsizetype i = 0; i < index; ++i)
        before += m_desired[i];
    const double both = m_desired[index] + m_desired[index + 1];
    const double left = std::clamp(std::round(percent - before), 0.0, both);
    if (std::abs(left - m_desired[index]) < 1e-9)
        return;
    m_desired[index] = left;
    m_desired[index + 1] = both - left;
    describe();
    update();
    if (hasFocus()) {
        QAccessibleValueChangeEvent changed(this, focusedShare());
        QAccessible::updateAccessibility(&changed);
    }
    emit desiredEdited(m_desired);
}

void WeightBar::mousePressEvent(QMouseEvent* event)
{
    if (!m_editable || event->button() != Qt::LeftButton)
        return;
    double nearest = 12;
    for (qsizetype i = 0; i + 1 < m_desired.size(); ++i)
        if (const double distance = std::abs(handle(i).center().x() - event->position().x()); distance <= nearest) {
            // The first of a stack; the last of it follows.
            if (m_dragged < 0 || distance < nearest - 0.5)
                m_dragged = m_focused = i;
            m_lastOfStack = i;
            nearest = distance;
        }
    update();
}

void WeightBar::mouseMoveEvent(QMouseEvent* event)
{
    if (m_dragged >= 0) {
        const double percent = 100 * (event->position().x() - track().left()) / track().width();
        if (m_lastOfStack > m_dragged) {
            const double way = event->position().x() - handle(m_dragged).center().x();
            if (std::abs(way) < 2)
                return;
            m_dragged = m_focused = way < 0 ? m_dragged : m_lastOfStack;
            m_lastOfStack = -1;
        }
        moveHandle(m_dragged, percent);
    } else if (m_editable) {
        bool near = false;
        for (qsizetype i = 0; i + 1 < m_desired.size(); ++i)
            near = near || std::abs(handle(i).center().x() - event->position().x()) <= 12;
        setCursor(near ? Qt::SplitHCursor : Qt::ArrowCursor);
    }
}

void WeightBar::mouseReleaseEvent(QMouseEvent*) { m_dragged = m_lastOfStack = -1; }

void WeightBar::keyPressEvent(QKeyEvent* event)
{
    const double step = event->modifiers() & Qt::ShiftModifier ? 5 : 1;
    const double sum = focusedShare();
    if (m_editable && event->key() == Qt::Key_Left)
        moveHandle(m_focused, sum - step);
    else if (m_editable && event->key() == Qt::Key_Right)
        moveHandle(m_focused, sum + step);
    else if (event->key() == Qt::Key_Up || event->key() == Qt::Key_Down) {
        m_focused = std::clamp<qsizetype>(m_focused + (event->key() == Qt::Key_Down ? 1 : -1), 0, std::max<qsizetype>(0, m_desired.size() - 2));
        update();
    } else
        QWidget::keyPressEvent(event);
}

} // namespace penstock
