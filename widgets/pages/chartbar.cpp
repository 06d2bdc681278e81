// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "pages/chartbar.h"

#include <QHBoxLayout>
#include <QHelpEvent>
#include <QPainter>
#include <QPushButton>
#include <QToolTip>

#include "charts/chartlink.h"
#include "controls/iconbutton.h"
#include "controls/theme.h"
#include "models/format.h"

namespace penstock {

namespace {

    Time timeOf(double at) { return Time(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(at))); }

} // namespace

ElidedLabel::ElidedLabel(QWidget* parent) : QLabel(parent) { setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred); }

QString ElidedLabel::fitting() const { return fontMetrics().elidedText(text(), Qt::ElideRight, contentsRect().width()); }

void ElidedLabel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setPen(palette().color(foregroundRole()));
    painter.drawText(contentsRect(), Qt::AlignVCenter | Qt::AlignLeft, fitting());
}

bool ElidedLabel::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip && fitting() != text()) {
        QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), text(), this);
        return true;
    }
    return QLabel::event(event);
}

ChartBar::ChartBar(std::function<double()> now, QWidget* parent)
    : QWidget(parent), m_now(std::move(now)), m_frozen(new QLabel(this)), m_freeze(new IconButton(QStringLiteral("pause"), {}, this)),
      m_whole(new IconButton(QStringLiteral("fit"), tr("Show all of it again (0, or a double click)"), this)),
      m_save(new IconButton(QStringLiteral("save"), tr("Save the chart as a picture"), this))
{
    m_frozen->setObjectName(QStringLiteral("frozen"));
    m_frozen->setProperty("tone", QStringLiteral("frozen"));
    m_frozen->setFont(textFont(12, QFont::DemiBold));
    m_freeze->setObjectName(QStringLiteral("freeze"));
    m_whole->setObjectName(QStringLiteral("wholeStretch"));
    m_save->setObjectName(QStringLiteral("saveChart"));
    m_save->hide();
    m_frozen->setFixedHeight(24);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(4);
    for (QWidget* it : { static_cast<QWidget*>(m_frozen), static_cast<QWidget*>(m_whole), static_cast<QWidget*>(m_save), static_cast<QWidget*>(m_freeze) })
        row->addWidget(it);
    connect(m_freeze, &QPushButton::clicked, this, [this] { m_link->frozenAt() ? m_link->thaw() : m_link->freeze(m_now()); });
    connect(m_whole, &QPushButton::clicked, this, [this] { m_link->reset(); });
    connect(m_save, &QPushButton::clicked, this, [this] { emit saveWanted(m_save->mapToGlobal(QPoint(0, m_save->height()))); });
}

void ChartBar::follow(ChartLink& link)
{
    if (m_link)
        m_link->disconnect(this);
    m_link = &link;
    connect(m_link, &ChartLink::changed, this, &ChartBar::show);
    show();
}

void ChartBar::setAhead(double seconds)
{
    if (m_ahead == seconds || m_link->frozenAt())
        return;
    m_ahead = seconds;
    show();
}

void ChartBar::offerSaving() { m_save->show(); }

void ChartBar::offer(const std::vector<std::pair<QString, double>>& lengths)
{
    auto* segments = new QHBoxLayout;
    segments->setSpacing(0);
    for (const auto& [name, length] : lengths) {
        auto* button = new QPushButton(name, this);
        button->setCheckable(true);
        button->setProperty("kind", QStringLiteral("segment"));
        button->setProperty("dense", true);
        button->setAccessibleDescription(tr("Time shown"));
        button->setObjectName(QStringLiteral("length-%1").arg(qRound(length)));
        const bool isOwn = m_lengths.empty();
        connect(button, &QPushButton::clicked, this, [this, length = length, isOwn] {
            m_link->setLength(isOwn ? std::nullopt : std::optional(length));
            show(); // it may be checked already
        });
        segments->addWidget(button);
        m_lengths.emplace_back(button, length);
    }
    static_cast<QHBoxLayout*>(layout())->addSpacing(4);
    static_cast<QHBoxLayout*>(layout())->addLayout(segments);
    if (m_link)
        show();
}

void ChartBar::show()
{
    const auto frozen = m_link->frozenAt();
    m_frozen->setVisible(frozen.has_value());
    m_frozen->setText(frozen ? tr("FROZEN %1").arg(format::second(timeOf(*frozen - m_ahead)).remove(QStringLiteral(" UTC"))) : QString());
    m_freeze->setIcon(frozen ? QStringLiteral("play") : QStringLiteral("pause"), frozen ? tr("Go on, with what came meanwhile (Space)") : tr("Freeze the charts; what comes is kept (Space)"));
    m_whole->setVisible(m_link->length().has_value());
    fit();
    for (const auto& [button, length] : m_lengths) {
        button->setChecked(m_link->length() ? std::abs(*m_link->length() - length) < 1 : button == m_lengths.front().first);
    }
}

/// In a narrow window there is room for what is shown or for what could be.
void ChartBar::fit()
{
    constexpr int narrow = 1400;
    const bool hides = m_link->longest() <= 0 || (m_link->frozenAt() && window()->width() < narrow);
    for (const auto& [button, length] : m_lengths)
        button->setVisible(!hides);
}

void ChartBar::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    if (m_link)
        fit();
}

QString stretchText(const ChartLink& link, double length, double now, std::chrono::seconds step)
{
    if (!link.length() && !link.frozenAt())
        return {};
    const auto stretch = link.stretch(length, now);
    const std::chrono::seconds seconds(std::llround(stretch.length()));
    const auto fineness = step > std::chrono::seconds(1) ? ChartBar::tr("least and greatest of each %1").arg(format::span(step)) : format::span(step);
    const auto shown = link.frozenAt() ? ChartBar::tr("%1 to %2").arg(format::second(timeOf(stretch.begin)).remove(QStringLiteral(" UTC")), format::second(timeOf(stretch.end))) : ChartBar::tr("last %1").arg(format::span(seconds));
    return shown + QStringLiteral(", ") + fineness;
}

} // namespace penstock
