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

#include "painting/chartcolours.h"

class QCustomPlot;

namespace penstock {

class ChartHand;
struct ReadingRow;

/// Series over a window of time that scrolls, each labelled at its end, with a crosshair that reads them. It draws the
/// points it is given and keeps no others: thin them out to `columns()` first, and let a reader know the exact values.
/// The wheel, a hand and keys ask for another stretch of time (docs/charts.md); whoever gives the points decides.
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
    /// Says what of the stretch that is shown is not known, for whoever keeps a picture of it; empty: all of it is known.
    void setMissing(std::function<QString()> missing);
    [[nodiscard]] QString missing() const;
    /// The window ends at `end` and is `length` seconds long. `supplied`: the newest value of supply; nothing where the
    /// chart has none.
    void show(const std::vector<Series>& series, const Line& supply, std::optional<double> supplied, double end, double length);
    /// Puts the crosshair at a time, for charts that move together; nothing takes it away.
    void setCrosshair(std::optional<double> time);
    /// Marks it as held.
    void setFrozen(bool frozen);
    [[nodiscard]] bool isFrozen() const { return m_frozen; }
    [[nodiscard]] Shape shape() const { return m_shape; }
    /// Pixels of the screen from side to side of the picture: more points than a few for each show nothing.
    [[nodiscard]] int columns() const;
    [[nodiscard]] QRectF area() const; ///< of the picture
    /// Writes what is shown, without its crosshair, as PNG or SVG by the ending, with lines of text around it. False when
    /// the file cannot be written.
    [[nodiscard]] bool save(const QString& path, const QStringList& above, const QStringList& below) const;

signals:
    /// The pointer or the crosshair is wanted at this time, or nowhere.
    void pointed(std::optional<double> time);
    void looked(double begin, double end); ///< another stretch of time is wanted
    void wholeWanted(); ///< the stretch that streams
    void freezeWanted(); ///< or to go on
    void columnsChanged();

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Label
    {
        QString name, value;
        QColor colour;
        double at; ///< the middle of its band, in the chart's unit
        bool dashed;
    };
    void replot();
    void describe();
    void paintLabels(QPainter& painter) const;
    [[nodiscard]] std::optional<double> next(double time, int direction) const;
    [[nodiscard]] QPen supplyPen() const;
    [[nodiscard]] QString text(double value) const;
    [[nodiscard]] std::vector<ReadingRow> rowsOf(const Reading& reading) const;

    Shape m_shape;
    QString m_unit;
    QCustomPlot* m_plot;
    QWidget* m_overlay;
    ChartColours m_colours;
    std::vector<Label> m_labels;
    std::vector<std::pair<QString, QColor>> m_names; ///< of the series
    Reader m_reader;
    std::function<QString()> m_missing;
    int m_columns = 0; ///< when it was last drawn
    std::optional<double> m_crosshair;
    bool m_frozen = false;
    ChartHand* m_hand;
    friend class Crosshair;
};

} // namespace penstock
