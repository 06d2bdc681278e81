// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QString>
#include <QWidget>
#include <optional>
#include <span>
#include <vector>

class QCustomPlot;

namespace penstock {

/// Colours a chart takes from the theme.
struct ChartColours
{
    QColor background, grid, axis, value, name, raised, outline;
};

/// Series over a window of time that scrolls, each labelled at its end, with a crosshair that reads them. Spans in,
/// pixels out: a NaN is a gap, and so is more than 5 s without a point.
class TimeChart final : public QWidget
{
    Q_OBJECT

public:
    enum class Shape { Stacked, Lines };
    struct Series
    {
        QString name;
        QColor line, fill; ///< the fill is of stacks only
        std::vector<double> values; ///< one a time
    };
    /// `unit` follows each value: " %"; may be empty.
    explicit TimeChart(Shape shape, const QString& unit = {}, QWidget* parent = nullptr);
    void setColours(const ChartColours& colours);
    /// Times in seconds since 1970, ascending; the window ends at `end` and is `length` seconds long. An empty supply
    /// draws no supply line.
    void show(std::span<const double> times, const std::vector<Series>& series, std::span<const double> supply, double end,
        double length);
    /// Puts the crosshair at a time, for charts that move together; nothing takes it away.
    void setCrosshair(std::optional<double> time);

signals:
    /// The pointer is at this time, or has left.
    void pointed(std::optional<double> time);

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
    struct Reading
    {
        QString name, value;
        QColor colour;
    };
    void replot();
    void describe();
    [[nodiscard]] QString text(double value) const;
    [[nodiscard]] std::vector<Reading> readAt(std::size_t point) const;

    Shape m_shape;
    QString m_unit;
    QCustomPlot* m_plot;
    QWidget* m_overlay;
    ChartColours m_colours;
    std::vector<Label> m_labels;
    std::vector<double> m_times, m_supply;
    std::vector<Series> m_series;
    std::optional<double> m_crosshair;
    friend class Crosshair;
};

} // namespace penstock
