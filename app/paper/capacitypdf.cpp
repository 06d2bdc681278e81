// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "capacitypdf.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QPdfWriter>
#include <QSaveFile>

#include "base/timetext.h"
#include "capacitypaper.h"

namespace penstock {

namespace {

constexpr double headHeight = 330, footHeight = 430, line = 120;

/// What stands on every page: who it is of, when, from where, and whether it is whole.
void paintFrame(QPainter& painter, const CapacityPaper& paper, const QSizeF& page, std::size_t number, const Time& at)
{
    const auto& theme = themeOf(ThemeName::Light);
    const auto small = paperFont(68);
    const QFontMetricsF metrics(small);
    const auto write = [&](double top, int align, const QString& text, double room, const QColor& colour) {
        painter.setFont(small);
        painter.setPen(colour);
        painter.drawText(QRectF(0, top, page.width(), line), align | Qt::AlignVCenter | Qt::TextSingleLine,
            metrics.elidedText(text, Qt::ElideRight, room));
    };
    if (number > 0) {
        write(0, Qt::AlignLeft, paper.heading(), page.width() * 0.7, theme.t3);
        painter.fillRect(QRectF(0, 150, page.width(), 5), theme.line2);
    }
    if (const auto stamp = paper.stamp(); !stamp.isEmpty()) {
        const auto bold = paperFont(68, QFont::DemiBold);
        const double wide = QFontMetricsF(bold).horizontalAdvance(stamp) + 100;
        const QRectF box(page.width() - wide, 0, wide, line);
        painter.setFont(bold);
        painter.setPen(QPen(theme.amber, 7));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(box);
        painter.drawText(box, Qt::AlignCenter, stamp);
    }
    const double foot = page.height() - footHeight + 110;
    painter.fillRect(QRectF(0, foot - 30, page.width(), 5), theme.line2);
    const auto pages = CapacityPaper::tr("page %1 of %2").arg(number + 1).arg(paper.sheet().pages());
    write(foot, Qt::AlignLeft, CapacityPaper::tr("As of %1  ·  %2").arg(CapacityPaper::moment(at), paper.source()),
        page.width() - metrics.horizontalAdvance(pages) - 200, theme.t3);
    write(foot, Qt::AlignRight, pages, page.width(), theme.t3);
    // Two lines where it needs them; what is more stands in full at the end.
    painter.setPen(paper.stamp().isEmpty() ? theme.t3 : theme.amber);
    painter.drawText(QRectF(0, foot + line, page.width(), 2 * line), Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, metrics.elidedText(paper.completeness(), Qt::ElideRight, page.width() * 1.85));
}

} // namespace

QStringList partsMissing(const CapacityReport& report)
{
    return CapacityPaper::missing(report);
}

std::string capacityReportName(const std::string& workspace, Time at)
{
    std::string name;
    for (const char letter : workspace) {
        const bool isPlain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
        if (isPlain || (!name.empty() && name.back() != '-'))
            name += isPlain ? letter : '-';
    }
    while (name.ends_with('-'))
        name.pop_back();
    return "capacity-" + name.substr(0, 60) + (name.empty() ? "" : "-") + rfc3339(at).substr(0, 10) + ".pdf";
}

Result<> writeCapacityPdf(const std::string& file, const CapacityReport& report)
{
    QSaveFile out(QString::fromStdString(file));
    if (!out.open(QIODevice::WriteOnly))
        return fail(Error::Kind::Denied, "the report cannot be written: " + out.errorString().toStdString(), file);
    QPdfWriter writer(&out);
    writer.setResolution(paperDotsPerInch);
    writer.setPageSize(QPageSize(QPageSize::A4));
    writer.setPageMargins(
        QMarginsF(paperMarginMm, paperMarginMm, paperMarginMm, paperMarginMm), QPageLayout::Millimeter);
    writer.setCreator(QStringLiteral("Penstock " PENSTOCK_VERSION));
    const QSizeF page = QSizeF(writer.width(), writer.height()) / paperDotsPerUnit;
    const CapacityPaper paper(report, page.width(), page.height() - headHeight - footHeight, page.height() - footHeight);
    writer.setTitle(paper.heading() + QStringLiteral("  ·  ") + CapacityPaper::moment(report.at));
    QPainter painter;
    if (!painter.begin(&writer))
        return fail(Error::Kind::Unavailable, "the report cannot be drawn", file);
    painter.scale(paperDotsPerUnit, paperDotsPerUnit);
    for (std::size_t number = 0; number < paper.sheet().pages(); ++number) {
        if (number > 0)
            writer.newPage();
        painter.save();
        // The cover has no heading above it.
        painter.translate(0, number > 0 ? headHeight : 0);
        paper.sheet().paint(painter, number);
        painter.restore();
        painter.save();
        paintFrame(painter, paper, page, number, report.at);
        painter.restore();
    }
    if (!painter.end() || !out.commit())
        return fail(Error::Kind::Unavailable, "the report cannot be written: " + out.errorString().toStdString(), file);
    return {};
}

} // namespace penstock
