// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "papersheet.h"

#include <QFontDatabase>
#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "painting/theme.h"

namespace penstock {

namespace {

constexpr double padding = 40, rowPadding = 26, markWidth = 24, markGap = 34;
constexpr double titleHeight = 340;
constexpr double narrowest = 420; ///< of a column of text that gives way
constexpr int tableSizes[] { 78, 70, 62, 54 };

const Theme& theme()
{
    return themeOf(ThemeName::Light);
}

/// What of a text can't be broken.
double longestWord(const QFontMetricsF& metrics, const QString& text)
{
    double widest = 0;
    for (const auto& word : text.split(QLatin1Char(' ')))
        widest = std::max(widest, metrics.horizontalAdvance(word));
    return widest;
}

/// Between words, or within one where it is longer than a line.
int flagsFor(const QString& text, const QFont& font, double width)
{
    const bool isLong = longestWord(QFontMetricsF(font), text) > width;
    return Qt::AlignVCenter | (isLong ? Qt::TextWrapAnywhere : Qt::TextWordWrap);
}

double linesHeight(const QString& text, const QFont& font, double width)
{
    return QFontMetricsF(font).boundingRect(QRectF(0, 0, width, 1e5), flagsFor(text, font, width), text).height();
}

double before(const PaperSheet::Cell& cell)
{
    return cell.mark.isValid() ? markWidth + markGap : 0;
}

/// Rows of one width, in the largest type in which they fit.
class TableShape
{
public:
    TableShape(const std::vector<PaperSheet::Column>& columns, const std::vector<PaperSheet::Row>& rows, double width)
        : m_columns(columns)
    {
        for (const int size : tableSizes) {
            plain = paperFont(size);
            strong = paperFont(size, QFont::DemiBold);
            head = paperFont(std::max(54, size - 8));
            if (fit(rows, width))
                return;
        }
    }
    [[nodiscard]] const QFont& fontOf(const PaperSheet::Cell& cell) const { return cell.isStrong ? strong : plain; }
    [[nodiscard]] double heightOf(const PaperSheet::Row& row) const
    {
        double most = QFontMetricsF(plain).height();
        for (std::size_t i = 0; i < row.size(); ++i)
            most = std::max(most, linesHeight(row[i].text, fontOf(row[i]), inner(i) - before(row[i])));
        return most + 2 * rowPadding;
    }
    [[nodiscard]] double headHeight() const
    {
        double most = 0;
        for (std::size_t i = 0; i < m_columns.size(); ++i)
            most = std::max(most, linesHeight(m_columns[i].title, head, inner(i)));
        return most + 2 * rowPadding;
    }
    [[nodiscard]] double inner(std::size_t column) const { return widths[column] - padding; }

    QFont plain, strong, head;
    std::vector<double> widths;

private:
    /// False: columns of text would become too narrow. Then the widths are those that come nearest.
    bool fit(const std::vector<PaperSheet::Row>& rows, double width)
    {
        const QFontMetricsF ofHead(head);
        widths.clear();
        double fixed = 0, free = 0;
        std::size_t texts = 0;
        for (std::size_t i = 0; i < m_columns.size(); ++i) {
            double needed = longestWord(ofHead, m_columns[i].title) + 6;
            for (const auto& row : rows)
                needed = std::max(needed, QFontMetricsF(fontOf(row[i])).horizontalAdvance(row[i].text) + before(row[i]) + 4);
            widths.push_back(m_columns[i].width > 0 ? m_columns[i].width : needed + padding);
            const bool isText = !m_columns[i].isNumber && m_columns[i].width <= 0;
            (isText ? free : fixed) += widths.back();
            texts += isText ? 1 : 0;
        }
        const double room = width - fixed;
        const bool fits = free <= room || (texts > 0 && room / static_cast<double>(texts) >= narrowest);
        if (free > room && free > 0) {
            // The widest give way first, so that short words stay whole.
            double limit = room;
            for (int round = 0; round < 40; ++round) {
                double sum = 0;
                for (std::size_t i = 0; i < m_columns.size(); ++i)
                    if (!m_columns[i].isNumber && m_columns[i].width <= 0)
                        sum += std::min(widths[i], limit);
                if (sum <= room)
                    break;
                limit *= 0.9;
            }
            for (std::size_t i = 0; i < m_columns.size(); ++i)
                if (!m_columns[i].isNumber && m_columns[i].width <= 0)
                    widths[i] = std::max(200.0, std::min(widths[i], limit));
        } else {
            // What is left over is shared, so that the last column ends at the margin.
            const double more = (width - fixed - free) / static_cast<double>(m_columns.size());
            for (std::size_t i = 0; i < m_columns.size(); ++i)
                widths[i] += more;
        }
        return fits;
    }
    const std::vector<PaperSheet::Column>& m_columns;
};

} // namespace

QString paperFontFamily()
{
    // The plain Inter joins the signs of a date to forms that no reader of the file finds a letter for.
    static const int loaded = [] {
        int count = 0;
        for (const auto* weight : { "Regular", "SemiBold" })
            count += QFontDatabase::addApplicationFont(QStringLiteral(":/paper/%1.otf").arg(QLatin1String(weight))) >= 0;
        return count;
    }();
    if (loaded > 0)
        return QStringLiteral("Penstock Sans");
    for (const auto* name : { "Inter", "Noto Sans", "DejaVu Sans" })
        if (QFontDatabase::families().contains(QLatin1String(name)))
            return QLatin1String(name);
    return QStringLiteral("sans-serif");
}

QFont paperFont(int size, int weight)
{
    QFont font(paperFontFamily());
    font.setPixelSize(size);
    font.setWeight(static_cast<QFont::Weight>(weight));
    font.setHintingPreference(QFont::PreferNoHinting);
    return font;
}

void PaperSheet::newPage()
{
    m_pages.emplace_back();
    m_y = 0;
}

void PaperSheet::space(double height)
{
    if (m_y > 0)
        m_y += height;
}

void PaperSheet::keep(double height)
{
    if (m_y > 0 && height > left())
        newPage();
}

void PaperSheet::draw(double height, Paint paint)
{
    keep(height);
    m_pages.back().push_back({ QRectF(0, m_y, m_width, height), std::move(paint) });
    m_y += height;
}

void PaperSheet::text(const QString& text, const QFont& font, const QColor& colour)
{
    draw(linesHeight(text, font, m_width), [=](QPainter& painter, const QRectF& box) {
        painter.setFont(font);
        painter.setPen(colour);
        painter.drawText(box, flagsFor(text, font, box.width()) | Qt::AlignLeft, text);
    });
}

void PaperSheet::title(const QString& text, double follows)
{
    space(260);
    keep(260 + follows);
    this->text(text, paperFont(150, QFont::DemiBold), theme().t1);
    space(60);
}

void PaperSheet::subtitle(const QString& text, double follows)
{
    space(150);
    keep(160 + follows);
    this->text(text, paperFont(96, QFont::DemiBold), theme().t1);
    space(30);
}

void PaperSheet::table(const QString& title, const std::vector<Column>& columns, const std::vector<Row>& rows)
{
    if (rows.empty())
        return;
    const TableShape shape(columns, rows, m_width);
    const auto cellBox = [widths = shape.widths](const QRectF& box, std::size_t column) {
        double x = box.left();
        for (std::size_t i = 0; i < column; ++i)
            x += widths[i];
        return QRectF(x + padding / 2, box.top(), widths[column] - padding, box.height());
    };
    const auto header = [&] {
        draw(shape.headHeight(), [=, font = shape.head](QPainter& painter, const QRectF& box) {
            painter.setFont(font);
            painter.setPen(theme().t3);
            for (std::size_t i = 0; i < columns.size(); ++i)
                painter.drawText(cellBox(box, i).adjusted(0, 0, 0, -rowPadding),
                    Qt::TextWordWrap | Qt::AlignBottom | (columns[i].isNumber ? Qt::AlignRight : Qt::AlignLeft),
                    columns[i].title);
            painter.fillRect(QRectF(box.left(), box.bottom() - 8, box.width(), 8), theme().line2);
        });
    };
    std::vector<double> heights;
    const double first = shape.headHeight() + (title.isEmpty() ? 0 : titleHeight);
    double whole = first;
    for (const auto& row : rows)
        whole += heights.emplace_back(shape.heightOf(row));
    // A short one is not broken at all, and the last row of a long one never stands alone.
    keep(whole < m_height / 2 ? whole : first + 2 * heights.front());
    if (!title.isEmpty())
        subtitle(title, 0);
    header();
    for (std::size_t at = 0; at < rows.size(); ++at) {
        const auto& row = rows[at];
        const double high = heights[at];
        const double needed = high + (at + 2 == rows.size() ? heights.back() : 0);
        if (left() < needed) {
            newPage();
            header();
        }
        draw(high, [=, plain = shape.plain, strong = shape.strong](QPainter& painter, const QRectF& box) {
            for (std::size_t i = 0; i < row.size() && i < columns.size(); ++i) {
                const auto& cell = row[i];
                auto inner = cellBox(box, i);
                if (cell.paint) {
                    cell.paint(painter, inner);
                    continue;
                }
                if (cell.mark.isValid()) {
                    painter.fillRect(QRectF(inner.left(), inner.center().y() - 40, markWidth, 80), cell.mark);
                    inner.setLeft(inner.left() + markWidth + markGap);
                }
                const auto& font = cell.isStrong ? strong : plain;
                painter.setFont(font);
                painter.setPen(cell.colour.isValid() ? cell.colour : theme().t1);
                painter.drawText(inner,
                    flagsFor(cell.text, font, inner.width()) | (columns[i].isNumber ? Qt::AlignRight : Qt::AlignLeft),
                    cell.text);
            }
            painter.fillRect(QRectF(box.left(), box.bottom() - 4, box.width(), 4), theme().line);
        });
    }
}

void PaperSheet::paint(QPainter& painter, std::size_t page) const
{
    for (const auto& piece : m_pages.at(page)) {
        painter.save();
        piece.paint(painter, piece.box);
        painter.restore();
    }
}

} // namespace penstock
