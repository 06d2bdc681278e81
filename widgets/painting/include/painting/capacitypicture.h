// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>
#include <QFont>
#include <QRectF>
#include <QString>
#include <optional>
#include <utility>
#include <vector>

#include "painting/chartcolours.h"

class QPainter;

namespace penstock {

/// What a capacity chart shows: the past as bands and lines, the time to come as a line with its band, and steps that
/// can be dragged. Times are seconds since 1970; a value that is NaN is not known, and breaks its line.
struct CapacityPicture
{
    struct Band
    {
        QString name;
        QColor line, fill;
        std::vector<double> values; ///< one a time of the picture; of stacks its own, not its height
    };
    struct Curve
    {
        QString name;
        QColor colour;
        Qt::PenStyle style = Qt::SolidLine;
        bool stepped = false; ///< holds until its next time
        std::vector<double> times, values;
        bool labelled = true;
    };
    /// The time to come.
    struct Told
    {
        QString name;
        std::vector<double> times, low, likely, high;
    };
    /// A step of capacity that somebody thinks of.
    struct Step
    {
        std::size_t id = 0; ///< what signals call it
        double time = 0, from = 0, to = 0; ///< from so many GPUs to so many
        QString title, note;
    };
    /// When capacity runs out.
    struct RunsOut
    {
        double time = 0, value = 0;
        double earliest = 0, latest = 0; ///< the latest may lie beyond the picture
        QString title, note;
    };

    double begin = 0, end = 0; ///< what is shown
    double now = 0;
    QString nowName {}; ///< empty: "now"
    double step = 60; ///< from one time to the next; twice as far apart there is a gap
    bool stacked = true;
    std::vector<double> times;
    std::vector<Band> bands;
    std::vector<Curve> curves;
    /// Between two lines of the times of the picture; where either is NaN it breaks.
    struct Area
    {
        QString name {}; ///< written where it is widest; empty: nowhere
        QColor colour {};
        Qt::BrushStyle pattern = Qt::SolidPattern;
        std::vector<double> low {}, high {};
    };
    Area unmet {};
    Area silent {}; ///< GPUs that are there and of which nothing is heard: not busy, not free, not gone
    Told told;
    std::vector<Step> steps;
    /// What steps add or take: an area between two stepped lines.
    struct Lift
    {
        std::vector<double> times, low, high;
        QColor fill;
    } lift {};
    std::optional<RunsOut> runsOut;
    QString empty; ///< what to say where there is nothing to draw
};

/// Paints a picture into a box with room for axes and labels.
class CapacityPainter
{
    Q_DECLARE_TR_FUNCTIONS(penstock::CapacityPainter)

public:
    CapacityPainter(const CapacityPicture& picture, const ChartColours& colours, const QRectF& box, const QFont& font);
    void paint(QPainter& painter) const;
    [[nodiscard]] QRectF area() const { return m_area; } ///< of the data
    [[nodiscard]] double x(double time) const;
    [[nodiscard]] double y(double value) const;
    [[nodiscard]] double timeAt(double x) const;
    /// Where a step is held.
    [[nodiscard]] QRectF handle(std::size_t step) const;

private:
    struct Label
    {
        QString name, value;
        QColor colour;
        double at;
    };
    void paintGrid(QPainter& painter) const;
    void paintTimes(QPainter& painter) const;
    void paintBands(QPainter& painter) const;
    void paintCurve(QPainter& painter, const CapacityPicture::Curve& curve) const;
    void paintArea(QPainter& painter, const CapacityPicture::Area& area) const;
    void paintTold(QPainter& painter) const;
    void paintLift(QPainter& painter) const;
    void paintNow(QPainter& painter) const;
    void paintWords(QPainter& painter, const QPointF& topLeft, const QString& words, const QColor& colour) const;
    void paintSteps(QPainter& painter) const;
    void paintRunsOut(QPainter& painter) const;
    void paintNames(QPainter& painter) const;
    void paintLabels(QPainter& painter) const;
    /// First and behind last of the times that hang together.
    [[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> runs(
        const std::vector<double>& times, const std::vector<double>& values) const;
    [[nodiscard]] double foot(std::size_t band, std::size_t at) const;
    [[nodiscard]] double until(const std::vector<double>& times, std::size_t at) const;

    const CapacityPicture& m_picture;
    const ChartColours& m_colours;
    QRectF m_area;
    QFont m_font;
    double m_top = 1, m_tick = 1;
    std::vector<std::vector<double>> m_heights; ///< of the bands: their upper edges
};

} // namespace penstock
