// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPen>
#include <QString>
#include <QWidget>
#include <functional>
#include <optional>
#include <span>
#include <vector>

class QCustomPlot;

namespace penstock {

/// Colours a chart takes from the theme.
struct ChartColours
{
    QColor background, grid, axis, value, name, raised, outline;
    QColor accent {}, caution {};
};

/// Series over a window of time that scrolls, each labelled at its end, with a crosshair that reads them. It draws the
/// points it is given and keeps no others: thin them out to `columns()` first, and let a reader know the exact values.
class TimeChart final : public QWidget
{
    Q_OBJECT

public:
    enum class Shape { Stacked, Lines };
    /// Points to draw: times in seconds since 1970, ascending. A NaN breaks the line.
    struct Line
    {
        std::span<const double> times, values;
    };
    struct Series
    {
        QString name;
        QColor line, fill; ///< the fill is of stacks only
        Line points; ///< of a stack: heights from the bottom of the chart
        std::optional<double> latest; ///< its own newest value, for the label; NaN: not known
    };
    /// What the crosshair shows; NaN is a value that is not known.
    struct Reading
    {
        double time = 0; ///< of the point that was read
        std::vector<double> values; ///< in the order of the series
        std::optional<double> supply;
    };
    /// Reads the point nearest to a time; nothing where there is a gap.
    using Reader = std::function<std::optional<Reading>(double time)>;

    /// `unit` follows each value: " %"; may be empty.
    explicit TimeChart(Shape shape, const QString& unit = {}, QWidget* parent = nullptr);
    void setColours(const ChartColours& colours);
    void setReader(Reader reader);
    /// The window ends at `end` and is `length` seconds long. `supplied`: the newest value of supply; nothing where the
    /// chart has none.
    void show(const std::vector<Series>& series, const Line& supply, std::optional<double> supplied, double end, double length);
    /// Puts the crosshair at a time, for charts that move together; nothing takes it away.
    void setCrosshair(std::optional<double> time);
    [[nodiscard]] Shape shape() const { return m_shape; }
    /// Pixels of the screen from side to side of the picture: more points than a few for each show nothing.
    [[nodiscard]] int columns() const;

signals:
    /// The pointer is at this time, or has left.
    void pointed(std::optional<double> time);
    void columnsChanged();

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    struct Label
    {
        QString name, value;
        QColor colour;
        double at; ///< the middle of its band, in the chart's unit
        bool dashed;
    };
    struct Row
    {
        QString name, value;
        QColor colour;
    };
    void replot();
    void describe();
    [[nodiscard]] QPen supplyPen() const;
    [[nodiscard]] QString text(double value) const;
    [[nodiscard]] std::vector<Row> rowsOf(const Reading& reading) const;

    Shape m_shape;
    QString m_unit;
    QCustomPlot* m_plot;
    QWidget* m_overlay;
    ChartColours m_colours;
    std::vector<Label> m_labels;
    std::vector<std::pair<QString, QColor>> m_names; ///< of the series
    Reader m_reader;
    int m_columns = 0; ///< when it was last drawn
    std::optional<double> m_crosshair;
    friend class Crosshair;
};

} // namespace penstock
