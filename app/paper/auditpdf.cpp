// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "auditpdf.h"

#include <QAbstractTextDocumentLayout>
#include <QFontMetricsF>
#include <QPainter>
#include <QPdfWriter>
#include <QSaveFile>
#include <QTextBlock>
#include <QTextCursor>
#include <QTextDocument>
#include <QTextOption>
#include <cmath>

#include "auditstory.h"
#include "base/timetext.h"
#include "papersheet.h"

namespace penstock {

namespace {

    // The light theme's colours, which were made for a white ground.
    constexpr auto ink = "#14191F", pale = "#596672", hairline = "#DFE4E9", ground = "#F1F4F6", red = "#B3261E", amber = "#7D5700", green = "#0B6B4F";

    constexpr double headHeight = 300, footHeight = 300, lineHeight = 120;
    constexpr int textSize = 80, smallSize = 70;

    QString text(const std::string& utf8) { return QString::fromStdString(utf8); }
    QString html(const std::string& utf8) { return text(utf8).toHtmlEscaped().replace(QLatin1Char('\n'), QLatin1String("<br/>")); }

    const char* colourOf(const std::string& cell)
    {
        return cell == "BLOCKED" ? red : cell == "OVERRIDDEN" || cell == "note" ? amber : cell == "pass" ? green : nullptr;
    }

    void add(QString& page, const StoryTable& table)
    {
        page += QStringLiteral("<p class='title'>%1</p><table width='100%' cellspacing='0' cellpadding='20'><thead><tr>").arg(html(table.title));
        // A text at the end is the long one; among many columns a number has what it needs for not being broken at a comma.
        const bool many = table.columns.size() > 6;
        for (const auto& column : table.columns)
            page += QStringLiteral("<td class='head' align='%1'%2>%3</td>")
                        .arg(QLatin1String(column.number ? "right" : "left"),
                            QLatin1String(column.number ? many ? " width='7%'" : "" : &column == &table.columns.back() ? " width='65%'" : ""), html(column.title));
        page += QLatin1String("</tr></thead>");
        bool shaded = false;
        for (const auto& row : table.rows) {
            page += QStringLiteral("<tr%1>").arg((shaded = !shaded) ? QStringLiteral(" bgcolor='%1'").arg(QLatin1String(ground)) : QString());
            for (std::size_t i = 0; i < row.size() && i < table.columns.size(); ++i) {
                auto cell = html(row[i]);
                // The text that Qt puts behind the glyphs has a blank for '-': a copied number would lose its sign.
                if (table.columns[i].number && cell.startsWith(QLatin1Char('-')))
                    cell.replace(0, 1, QChar(0x2212));
                if (const auto* colour = colourOf(row[i]))
                    cell = QStringLiteral("<span style='color:%1; font-weight:600'>%2</span>").arg(QLatin1String(colour), cell);
                page += QStringLiteral("<td align='%1'>%2</td>").arg(QLatin1String(table.columns[i].number ? "right" : "left"), cell);
            }
            page += QLatin1String("</tr>");
        }
        page += QLatin1String("</table>");
    }

    void add(QString& page, const AuditRecord& record, const AuditStory& story)
    {
        page += QStringLiteral("<h2>%1&nbsp; %2</h2><p class='who'>%3 &nbsp;·&nbsp; %4 on %5%6%7</p>")
                    .arg(QString::number(record.number), html(record.kind), html(record.at), html(record.person), html(record.host),
                        record.shift.empty() ? QString() : QStringLiteral(" &nbsp;·&nbsp; ") + html(record.shift),
                        story.simulated ? QStringLiteral(" &nbsp;·&nbsp; <b style='color:%1'>SIMULATED FLEET</b>").arg(QLatin1String(amber)) : QString());
        page += QStringLiteral("<p>%1</p>").arg(html(story.headline));
        page += QLatin1String("<table cellspacing='0' cellpadding='8'>");
        for (const auto& [key, value] : story.facts)
            page += QStringLiteral("<tr><td style='color:%1'>%2&nbsp;&nbsp;</td><td>%3</td></tr>").arg(QLatin1String(pale), html(key), html(value));
        page += QLatin1String("</table>");
        for (const auto& table : story.tables)
            if (!table.rows.empty())
                add(page, table);
        page += QStringLiteral("<p class='hash'>%1hash %2</p>").arg(record.plan.empty() ? QString() : QStringLiteral("plan %1<br/>").arg(html(record.plan)), html(record.hash));
    }

    /// A heading at the foot of a page stands above nothing.
    void keepHeadings(QTextDocument& document, double pageHeight)
    {
        constexpr double follows = 700; ///< of what it stands above
        for (auto block = document.begin(); block != document.end(); block = block.next()) {
            if (block.blockFormat().headingLevel() == 0)
                continue;
            const auto box = document.documentLayout()->blockBoundingRect(block);
            const double at = std::fmod(box.top(), pageHeight);
            if (at <= 0 || at + box.height() + follows <= pageHeight)
                continue;
            auto format = block.blockFormat();
            format.setPageBreakPolicy(QTextFormat::PageBreak_AlwaysBefore);
            QTextCursor(block).setBlockFormat(format);
        }
    }

    QString chainText(const AuditVerdict& verdict)
    {
        if (verdict.broken)
            return QStringLiteral("<p style='color:%1'><b>The audit log is broken at record %2: %3.</b> The %4 records before it are sound.</p>")
                .arg(QLatin1String(red), QString::number(verdict.broken->number), html(verdict.broken->what), QString::number(verdict.sound));
        return QStringLiteral("<p>When this was printed, the chain of all %1 records of the log was whole. Its last hash was</p><p class='hash'>%2</p>")
            .arg(QString::number(verdict.records), html(verdict.head));
    }

} // namespace

Result<> writeAuditPdf(const std::string& file, std::span<const AuditRecord> records, const AuditPaper& paper)
{
    QString content;
    bool simulated = false;
    for (const auto& record : records) {
        const auto story = storyOf(record);
        simulated = simulated || story.simulated;
        add(content, record, story);
    }
    const auto title = QStringLiteral("Audit report: ") + text(paper.subject);
    content = QStringLiteral("<h1>%1</h1><p class='who'>%2 records, printed %3 by %4</p>").arg(title.toHtmlEscaped(), QString::number(records.size()), html(rfc3339(paper.madeAt, TimeDigits::Milliseconds)), html(paper.madeBy))
        + chainText(paper.verdict) + content;

    QSaveFile out(text(file));
    if (!out.open(QIODevice::WriteOnly))
        return fail(Error::Kind::Denied, "the report cannot be written: " + out.errorString().toStdString(), file);
    QPdfWriter writer(&out);
    writer.setResolution(paperDotsPerInch);
    writer.setPageSize(QPageSize(QPageSize::A4));
    writer.setPageMargins(QMarginsF(paperMarginMm, paperMarginMm, paperMarginMm, paperMarginMm), QPageLayout::Millimeter);
    writer.setTitle(title);
    writer.setCreator(QStringLiteral("Penstock " PENSTOCK_VERSION));

    const QSizeF page = QSizeF(writer.width(), writer.height()) / paperDotsPerUnit;
    const QSizeF body(page.width(), page.height() - headHeight - footHeight);
    QTextDocument document;
    document.setDocumentMargin(0);
    document.setUseDesignMetrics(true);
    QFont font(paperFontFamily());
    font.setPixelSize(textSize);
    document.setDefaultFont(font);
    // A column is as wide as its longest number, which does not break.
    QTextOption whole;
    whole.setWrapMode(QTextOption::WordWrap);
    document.setDefaultTextOption(whole);
    document.setDefaultStyleSheet(QStringLiteral("body, td, p { color: %1 } h1 { font-size: 180px; font-weight: 600; margin: 0 } h2 { font-size: 110px; font-weight: 600; margin-top: 180px; margin-bottom: 0 }"
                                                 "p { margin-top: 20px; margin-bottom: 20px } .who, .head, .hash { color: %2 } .title { font-weight: 600; margin-top: 80px } .hash { font-size: 65px; margin-top: 40px }")
                                      .arg(QLatin1String(ink), QLatin1String(pale)));
    document.setHtml(content);
    document.setPageSize(body);

    QPainter painter;
    if (!painter.begin(&writer))
        return fail(Error::Kind::Unavailable, "the report cannot be drawn", file);
    painter.scale(paperDotsPerUnit, paperDotsPerUnit);
    auto small = font;
    small.setPixelSize(smallSize);
    keepHeadings(document, body.height());
    const int pages = document.pageCount();
    for (int number = 0; number < pages; ++number) {
        if (number > 0)
            writer.newPage();
        painter.save();
        painter.translate(0, headHeight - number * body.height());
        document.drawContents(&painter, QRectF(0, number * body.height(), body.width(), body.height()));
        painter.restore();
        painter.setFont(small);
        painter.setPen(QColor(QLatin1String(pale)));
        painter.drawText(QRectF(0, 0, page.width(), lineHeight), Qt::AlignLeft | Qt::AlignVCenter, QStringLiteral("Penstock  ·  ") + title);
        painter.drawText(QRectF(0, page.height() - lineHeight, page.width(), lineHeight), Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("page %1 of %2").arg(number + 1).arg(pages));
        painter.drawText(QRectF(0, page.height() - lineHeight, page.width(), lineHeight), Qt::AlignLeft | Qt::AlignVCenter, text(rfc3339(paper.madeAt, TimeDigits::Milliseconds)));
        painter.setPen(QPen(QColor(QLatin1String(hairline)), 5));
        painter.drawLine(QPointF(0, 150), QPointF(page.width(), 150));
        painter.drawLine(QPointF(0, page.height() - 150), QPointF(page.width(), page.height() - 150));
        if (simulated) {
            auto stamp = small;
            stamp.setWeight(QFont::DemiBold);
            painter.setFont(stamp);
            painter.setPen(QPen(QColor(QLatin1String(amber)), 7));
            const auto said = QStringLiteral("SIMULATED FLEET");
            constexpr double beside = 70;
            const double width = QFontMetricsF(stamp).horizontalAdvance(said) + 2 * beside;
            const QRectF box(page.width() - width, 0, width, lineHeight);
            painter.drawRect(box);
            painter.drawText(box, Qt::AlignCenter, said);
        }
    }
    painter.end();
    if (!out.commit())
        return fail(Error::Kind::Unavailable, "the report cannot be written: " + out.errorString().toStdString(), file);
    return {};
}

} // namespace penstock
