// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QFont>
#include <QRectF>
#include <QString>
#include <functional>
#include <vector>

class QPainter;

namespace penstock {

/// Everything on paper is laid out in tenths of a point, as pixels of a document without a device: fine enough that
/// letters keep their places, and the same on every screen.
inline constexpr int paperDotsPerInch = 1200;
inline constexpr double paperDotsPerUnit = paperDotsPerInch / 720.0;
inline constexpr double paperMarginMm = 16;

/// Of the font that the programs bring with them.
[[nodiscard]] QString paperFontFamily();
[[nodiscard]] QFont paperFont(int size, int weight = QFont::Normal);

/// Pages that are filled from the top. What does not fit goes on to the next one; nothing is painted before `paint`.
class PaperSheet
{
public:
    using Paint = std::function<void(QPainter&, const QRectF&)>;
    struct Column
    {
        QString title;
        bool isNumber = false; ///< at the right, and never broken
        double width = 0; ///< 0: as its contents need
    };
    struct Cell
    {
        QString text;
        QColor colour {}; ///< invalid: ink
        bool isStrong = false;
        QColor mark {}; ///< a bar before the text
        Paint paint {}; ///< instead of the text
    };
    using Row = std::vector<Cell>;

    /// `firstHeight`: of the first page.
    PaperSheet(double width, double height, double firstHeight)
        : m_width(width), m_height(height), m_firstHeight(firstHeight), m_pages(1)
    {
    }
    [[nodiscard]] double width() const { return m_width; }
    [[nodiscard]] double left() const { return (m_pages.size() == 1 ? m_firstHeight : m_height) - m_y; } ///< on this page
    [[nodiscard]] std::size_t pages() const { return m_pages.size(); }
    void newPage();
    void space(double height); ///< none at the top of a page
    /// Goes on to the next page where less is left.
    void keep(double height);
    void draw(double height, Paint paint);
    void text(const QString& text, const QFont& font, const QColor& colour);
    /// A title that stays with what follows it, of which at least `follows` has to fit.
    void title(const QString& text, double follows);
    void subtitle(const QString& text, double follows);
    /// Its title may be empty. Breaks between rows where it does not fit on one page; its header is on each. Columns of text give way where it is too wide.
    void table(const QString& title, const std::vector<Column>& columns, const std::vector<Row>& rows);
    void paint(QPainter& painter, std::size_t page) const;

private:
    struct Piece
    {
        QRectF box;
        Paint paint;
    };
    double m_width, m_height, m_firstHeight, m_y = 0;
    std::vector<std::vector<Piece>> m_pages;
};

} // namespace penstock
