// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planparts.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>

#include "controls/paint.h"
#include "controls/theme.h"
#include "evacuationpanel.h"
#include "models/format.h"

namespace penstock {

QString phaseName(ShiftPhase phase)
{
    switch (phase) {
    case ShiftPhase::Planned: return EvacuationPanel::tr("planned");
    case ShiftPhase::Writing: return EvacuationPanel::tr("writing");
    case ShiftPhase::Confirming: return EvacuationPanel::tr("confirming");
    case ShiftPhase::Baking: return EvacuationPanel::tr("baking");
    case ShiftPhase::Paused: return EvacuationPanel::tr("paused");
    case ShiftPhase::Returning: return EvacuationPanel::tr("going back");
    case ShiftPhase::Done: return EvacuationPanel::tr("done");
    case ShiftPhase::Returned: return EvacuationPanel::tr("returned");
    case ShiftPhase::Stopped: return EvacuationPanel::tr("stopped");
    case ShiftPhase::Failed: return EvacuationPanel::tr("failed");
    }
    return {};
}

QString shedText(const ShedLoad& shed)
{
    const auto place = targetText({ .provider = shed.provider, .region = shed.region, .cluster = shed.cluster, .node = {} });
    return (shed.replicas == 1 ? EvacuationPanel::tr("%1 GPUs of %2 at %3, %4 replica") : EvacuationPanel::tr("%1 GPUs of %2 at %3, %4 replicas"))
        .arg(format::count(static_cast<std::uint64_t>(std::max<std::int64_t>(0, shed.gpus))), QString::fromStdString(shed.workload), place, format::count(static_cast<std::uint64_t>(std::max<std::int64_t>(0, shed.replicas))));
}

namespace {

    /// Draws text in a box, elided unless it may wrap; nothing without a painter.
    void drawText(QPainter* painter, const QRectF& box, const QString& what, const QColor& colour, int pixels, int weight = QFont::Normal, int flags = Qt::AlignVCenter)
    {
        if (!painter)
            return;
        painter->setFont(textFont(pixels, weight));
        painter->setPen(colour);
        painter->drawText(box, flags, flags & Qt::TextWordWrap ? what : painter->fontMetrics().elidedText(what, Qt::ElideRight, static_cast<int>(box.width())));
    }

    void drawIcon(QPainter* painter, const Interlock& it, double x, double y)
    {
        if (!painter)
            return;
        const auto& theme = currentTheme();
        const bool passes = it.verdict == Interlock::Verdict::Pass, note = it.verdict == Interlock::Verdict::Note;
        paintIcon(*painter, passes ? QStringLiteral("check") : note ? QStringLiteral("info") : it.overridden ? QStringLiteral("warn") : QStringLiteral("cross"), QRectF(x, y + 3, 15, 15),
            passes ? theme.green : note ? theme.amber : theme.red);
    }

} // namespace

double paintBlockers(QPainter* painter, double y, double width, const std::vector<Interlock>& interlocks)
{
    const auto& theme = currentTheme();
    const QFontMetricsF small(textFont(12));
    for (const auto& it : interlocks) {
        if (it.verdict != Interlock::Verdict::Block)
            continue;
        auto evidence = QString::fromStdString(it.evidence);
        if (it.overridden)
            evidence += EvacuationPanel::tr(" (overridden by %1: %2)").arg(QString::fromStdString(it.overridden->person), QString::fromStdString(it.overridden->reason));
        const double left = 150, room = width - left - 8;
        const double height = std::max(25.0, small.boundingRect(QRectF(0, 0, room, 1000), Qt::TextWordWrap, evidence).height() + 9);
        if (painter)
            painter->fillRect(QRectF(-8, y - 2, width + 16, height), theme.redbg);
        drawIcon(painter, it, 0, y);
        drawText(painter, QRectF(24, y, left - 30, 20), interlockTitle(it.title), theme.red, 13, QFont::Medium);
        drawText(painter, QRectF(left, y + 3, room, height), evidence, theme.t1, 12, QFont::Normal, Qt::AlignTop | Qt::TextWordWrap);
        y += height + 2;
    }
    return y;
}

double paintInterlockCounts(QPainter* painter, double y, double width, const std::vector<Interlock>& interlocks)
{
    const auto& theme = currentTheme();
    int pass = 0, notes = 0, blocks = 0, overridden = 0;
    for (const auto& it : interlocks) {
        overridden += it.overridden.has_value();
        blocks += it.blocks();
        notes += it.verdict == Interlock::Verdict::Note;
        pass += it.verdict == Interlock::Verdict::Pass;
    }
    drawText(painter, QRectF(0, y, 90, 20), EvacuationPanel::tr("Interlocks"), theme.t1, 13, QFont::DemiBold);
    drawText(painter, QRectF(90, y, width - 90, 20), EvacuationPanel::tr("%1 pass, %2 noted, %3 overridden, %4 block").arg(pass).arg(notes).arg(overridden).arg(blocks), theme.t3, 13);
    return y + 28;
}

double paintUnblocking(QPainter* painter, double y, double width, const std::vector<Interlock>& interlocks)
{
    const auto& theme = currentTheme();
    const QFontMetricsF small(textFont(12));
    const int columns = width > 820 ? 2 : 1;
    const double span = width / columns;
    // Notes are for reading: each has a line of its own, as long as it needs.
    for (const auto& it : interlocks) {
        if (it.verdict != Interlock::Verdict::Note)
            continue;
        const auto evidence = QString::fromStdString(it.evidence);
        const double height = small.boundingRect(QRectF(0, 0, width - 150, 1000), Qt::TextWordWrap, evidence).height();
        drawIcon(painter, it, 0, y);
        drawText(painter, QRectF(24, y, 124, 20), interlockTitle(it.title), theme.amber, 13);
        drawText(painter, QRectF(150, y + 3, width - 150, height + 4), evidence, theme.t2, 12, QFont::Normal, Qt::AlignTop | Qt::TextWordWrap);
        y += std::max(25.0, height + 9);
    }
    int at = 0;
    for (const auto& it : interlocks) {
        if (it.verdict != Interlock::Verdict::Pass)
            continue;
        const double x = span * (at % columns);
        drawIcon(painter, it, x, y);
        drawText(painter, QRectF(x + 24, y, 124, 20), interlockTitle(it.title), theme.t1, 13);
        drawText(painter, QRectF(x + 150, y, span - 162, 20), QString::fromStdString(it.evidence), theme.t2, 12);
        if (++at % columns == 0)
            y += 25;
    }
    return y + (at % columns == 0 ? 0 : 25);
}

} // namespace penstock
