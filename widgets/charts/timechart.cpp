// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "charts/timechart.h"

#include <QDateTime>
#include <QPainter>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <qcustomplot.h>

#include "charthand.h"
#include "chartreading.h"
#include "charts/picturefile.h"

namespace penstock {

namespace {

    constexpr int labelWidth = 150;

    QString shortNumber(double value)
    {
        if (value >= 1e6)
            return QString::number(value / 1e6, 'g', 3) + QLatin1Char('M');
        if (value >= 1e4)
            return QString::number(value / 1e3, 'g', 4) + QLatin1Char('k');
        return QString::number(value, 'f', 0);
    }

    QString stamp(double time)
    {
        return QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(time * 1000), Qt::UTC).toString(QStringLiteral("HH:mm:ss 'UTC'"));
    }

    class CountTicker final : public QCPAxisTicker
    {
    protected:
        // Of a fleet of a few GPUs the axis counts whole ones.
        double getTickStep(const QCPRange& range) override { return std::max(1.0, QCPAxisTicker::getTickStep(range)); }
        QString getTickLabel(double tick, const QLocale&, QChar, int) override { return shortNumber(tick); }
    };

    /// Ticks on whole seconds, minutes and hours, so that a label never rounds.
    class ClockTicker final : public QCPAxisTickerDateTime
    {
    protected:
        double getTickStep(const QCPRange& range) override
        {
            constexpr std::array steps { 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 21600.0, 86400.0 };
            const auto step = std::ranges::find_if(steps, [&](double it) { return range.size() / it <= 6; });
            const double found = step == steps.end() ? steps.back() : *step;
            setDateTimeFormat(found < 60 ? QStringLiteral("HH:mm:ss") : found < 86400 ? QStringLiteral("HH:mm") : QStringLiteral("d MMM"));
            return found;
        }
        void generate(const QCPRange& range, const QLocale& locale, QChar format, int precision, QVector<double>& ticks, QVector<double>* subTicks, QVector<QString>* labels) override
        {
            QCPAxisTickerDateTime::generate(range, locale, format, precision, ticks, subTicks, labels);
            // A label at the very left would stand on that of the other axis.
            for (qsizetype i = 0; labels && i < ticks.size() && i < labels->size(); ++i)
                if (ticks[i] < range.lower + range.size() * 0.04)
                    (*labels)[i].clear();
        }
    };

} // namespace

/// Lies over the chart, so that moving the pointer never paints a curve again.
class Crosshair final : public QWidget
{
public:
    explicit Crosshair(TimeChart& chart) : QWidget(&chart), m_chart(chart) { setAttribute(Qt::WA_TransparentForMouseEvents); }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        m_chart.m_hand->paint(painter, m_chart.m_colours);
        if (m_chart.m_frozen)
            painter.fillRect(QRectF(m_chart.area().topLeft(), QSizeF(m_chart.area().width(), 2)), m_chart.m_colours.caution);
        if (!m_chart.m_crosshair || !m_chart.m_reader)
            return;
        const auto reading = m_chart.m_reader(*m_chart.m_crosshair);
        // In a gap there is nothing to read, and out of sight nothing to show.
        if (!reading || !m_chart.m_plot->xAxis->range().contains(reading->time))
            return;
        paintReading(painter, m_chart.area(), std::round(m_chart.m_plot->xAxis->coordToPixel(reading->time)) + m_chart.m_plot->x(), m_chart.m_colours, stamp(reading->time), m_chart.rowsOf(*reading));
    }

private:
    TimeChart& m_chart;
};

TimeChart::TimeChart(Shape shape, const QString& unit, QWidget* parent)
    : QWidget(parent), m_shape(shape), m_unit(unit), m_plot(new QCustomPlot(this)), m_overlay(new Crosshair(*this))
    , m_hand(new ChartHand(*this, [this] { return ChartHand::Shown { area(), m_plot->xAxis->range().lower, m_plot->xAxis->range().upper }; }))
{
    m_hand->setNext([this](double time, int direction) { return next(time, direction); });
    connect(m_hand, &ChartHand::looked, this, &TimeChart::looked);
    connect(m_hand, &ChartHand::wholeWanted, this, &TimeChart::wholeWanted);
    connect(m_hand, &ChartHand::freezeWanted, this, &TimeChart::freezeWanted);
    connect(m_hand, &ChartHand::pointed, this, [this](std::optional<double> time) {
        setCrosshair(time);
        emit pointed(time);
    });
    connect(m_hand, &ChartHand::repaintWanted, m_overlay, qOverload<>(&QWidget::update));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, labelWidth, 0);
    layout->addWidget(m_plot);
    m_plot->setNotAntialiasedElements(QCP::aeAll);
    // The window paints everything that is new at once: a chart that paints itself would do it a second time.
    m_plot->setPlottingHint(QCP::phImmediateRefresh, false);
    m_plot->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_plot->axisRect()->setAutoMargins(QCP::msLeft | QCP::msBottom);
    m_plot->axisRect()->setMargins(QMargins(0, 6, 1, 0));
    QSharedPointer<ClockTicker> clock(new ClockTicker);
    clock->setDateTimeSpec(Qt::UTC);
    m_plot->xAxis->setTicker(clock);
    QSharedPointer<CountTicker> counts(new CountTicker);
    counts->setTickCount(4);
    m_plot->yAxis->setTicker(counts);
    for (auto* axis : { m_plot->xAxis, m_plot->yAxis }) {
        axis->setTickLength(0, 0);
        axis->setSubTicks(false);
        axis->setBasePen(Qt::NoPen);
        axis->setTickPen(Qt::NoPen);
    }
    m_plot->xAxis->grid()->setVisible(false);
    m_plot->yAxis->grid()->setZeroLinePen(Qt::NoPen);
    m_plot->setMinimumSize(120, 120);
    m_overlay->raise();
    connect(m_plot, &QCustomPlot::afterReplot, this, [this] {
        // The labels of the axis have taken what they need only now.
        if (std::exchange(m_columns, columns()) != columns())
            emit columnsChanged();
    });
}

int TimeChart::columns() const { return qRound(m_plot->axisRect()->width() * m_plot->bufferDevicePixelRatio()); }

QRectF TimeChart::area() const { return m_plot->axisRect()->rect().translated(m_plot->pos()); }

void TimeChart::setReader(Reader reader) { m_reader = std::move(reader); }

void TimeChart::setMissing(std::function<QString()> missing) { m_missing = std::move(missing); }

QString TimeChart::missing() const { return m_missing ? m_missing() : QString(); }

QPen TimeChart::supplyPen() const
{
    QPen dashed(m_colours.value, 1, Qt::CustomDashLine);
    dashed.setDashPattern({ 5, 3 });
    return dashed;
}

void TimeChart::replot()
{
    // Before its first resize the plot has nothing to paint on.
    if (isVisible() && !m_plot->viewport().isEmpty())
        m_plot->replot(QCustomPlot::rpQueuedReplot);
    update();
    m_overlay->update();
}

void TimeChart::setColours(const ChartColours& colours)
{
    m_colours = colours;
    m_plot->setBackground(QBrush(colours.background));
    QFont font = this->font();
    font.setPixelSize(12);
    for (auto* axis : { m_plot->xAxis, m_plot->yAxis }) {
        axis->setTickLabelFont(font);
        axis->setTickLabelColor(colours.axis);
        axis->grid()->setPen(QPen(colours.grid, 1));
    }
    if (m_plot->graphCount() > 0)
        m_plot->graph(m_plot->graphCount() - 1)->setPen(supplyPen());
    replot();
}

QString TimeChart::text(double value) const
{
    if (std::isnan(value))
        return QStringLiteral("–");
    return m_unit.isEmpty() ? QLocale().toString(std::llround(value)) : QLocale().toString(value, 'f', 1) + m_unit;
}

std::vector<ReadingRow> TimeChart::rowsOf(const Reading& reading) const
{
    // From the top of the picture downwards.
    std::vector<ReadingRow> rows;
    if (reading.supply)
        rows.push_back({ tr("supply"), text(*reading.supply), m_colours.value });
    for (auto i = std::min(m_names.size(), reading.values.size()); i-- > 0;)
        rows.push_back({ m_names[i].first, text(reading.values[i]), m_names[i].second });
    return rows;
}

void TimeChart::setCrosshair(std::optional<double> time)
{
    if (m_crosshair == time)
        return;
    m_crosshair = time;
    m_hand->setCrosshair(time);
    m_overlay->update();
    // What is read aloud is what the keys have asked for: no pointer interrupts itself a hundred times a second.
    if (hasFocus())
        describe();
}

void TimeChart::setFrozen(bool frozen)
{
    if (m_frozen == frozen)
        return;
    m_frozen = frozen;
    m_overlay->update();
    describe();
}

/// The point beside the one that is nearest to a time, at least a pixel away.
std::optional<double> TimeChart::next(double time, int direction) const
{
    if (!m_reader)
        return {};
    const auto range = m_plot->xAxis->range();
    const double pixel = range.size() / std::max(1, columns());
    const auto from = m_reader(time);
    for (double at = time + direction * pixel; range.contains(at); at += direction * pixel)
        if (const auto reading = m_reader(at); reading && (!from || (reading->time - from->time) * direction > 0) && range.contains(reading->time))
            return reading->time;
    return {};
}

void TimeChart::describe()
{
    QStringList parts;
    if (m_frozen)
        parts << tr("frozen");
    if (const auto reading = m_crosshair && m_reader && hasFocus() ? m_reader(*m_crosshair) : std::nullopt) {
        parts << stamp(reading->time);
        for (const auto& row : rowsOf(*reading))
            parts << row.name + QLatin1Char(' ') + row.value;
    } else
        for (const auto& label : m_labels)
            parts << label.name + QLatin1Char(' ') + label.value;
    setAccessibleDescription(parts.join(QStringLiteral(", ")));
}

void TimeChart::show(const std::vector<Series>& series, const Line& supply, std::optional<double> supplied, double end, double length)
{
    const bool stacked = m_shape == Shape::Stacked;
    const auto count = static_cast<int>(series.size());
    while (m_plot->graphCount() < count + 1)
        m_plot->addGraph()->setAdaptiveSampling(false); // the points are thinned out already
    while (m_plot->graphCount() > count + 1)
        m_plot->removeGraph(m_plot->graphCount() - 1);
    m_labels.clear();
    m_names.clear();
    double top = 1;
    const auto draw = [&](QCPGraph& graph, const Line& line) {
        QVector<QCPGraphData> points;
        points.reserve(static_cast<qsizetype>(line.times.size()));
        for (std::size_t i = 0; i < line.times.size(); ++i) {
            points.append({ line.times[i], line.values[i] });
            if (line.values[i] > top)
                top = line.values[i];
        }
        graph.data()->set(points, true);
    };
    double below = 0;
    for (int i = 0; i < count; ++i) {
        const auto& it = series[static_cast<std::size_t>(i)];
        m_names.emplace_back(it.name, it.line);
        // The tallest is drawn first, so that each covers the lower part of the one behind it.
        auto& graph = *m_plot->graph(count - 1 - i);
        draw(graph, it.points);
        graph.setPen(QPen(it.line, 1));
        graph.setBrush(stacked ? QBrush(it.fill) : QBrush(Qt::NoBrush));
        if (!it.latest)
            continue;
        if (std::isnan(*it.latest)) {
            if (stacked)
                m_labels.push_back({ it.name, text(*it.latest), it.line, below, false });
            continue;
        }
        const double height = stacked ? below + *it.latest : *it.latest;
        m_labels.push_back({ it.name, text(*it.latest), it.line, stacked ? (height + below) / 2 : height, false });
        below = height;
    }
    auto& line = *m_plot->graph(count);
    draw(line, supply);
    line.setPen(supplyPen());
    line.setBrush(Qt::NoBrush);
    if (supplied)
        m_labels.push_back({ tr("supply"), text(*supplied), m_colours.value, *supplied, true });
    m_plot->xAxis->setRange(end - length, end);
    // The axis of a share ends at a half or at the whole.
    m_plot->yAxis->setRange(0, m_unit == QStringLiteral(" %") && top <= 100 ? (top > 50 ? 104 : 52) : top * 1.06);
    describe();
    replot();
}

void TimeChart::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_overlay->setGeometry(rect());
    replot();
}

void TimeChart::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_colours.background);
    paintLabels(painter);
}

bool TimeChart::save(const QString& path, const QStringList& above, const QStringList& below) const
{
    return savePicture(path, size(), { above, below }, m_colours, font(), [this](QPainter& painter, const QRectF& area) {
        // The plot paints with a painter of its own, onto a screen in pixels; recorded, it stays lines.
        QPicture recorded;
        QCPPainter plot(&recorded);
        m_plot->toPainter(&plot, m_plot->width(), m_plot->height());
        plot.end();
        painter.save();
        painter.translate(area.topLeft());
        painter.drawPicture(m_plot->pos(), recorded);
        paintLabels(painter);
        painter.restore();
    });
}

void TimeChart::paintLabels(QPainter& painter) const
{
    // Labels stand at the height of their band, pushed apart where they would touch.
    auto labels = m_labels;
    std::ranges::sort(labels, [](const Label& a, const Label& b) { return a.at > b.at; });
    const double bottom = m_plot->axisRect()->bottom();
    std::vector<double> heights;
    for (const auto& label : labels) {
        double y = std::clamp(m_plot->yAxis->coordToPixel(label.at), 8.0, bottom);
        if (!heights.empty())
            y = std::max(y, heights.back() + 17);
        heights.push_back(y);
    }
    for (std::size_t i = heights.size(); i-- > 0;)
        heights[i] = std::min(heights[i], bottom - 17 * static_cast<double>(heights.size() - 1 - i));
    QFont font = this->font();
    font.setPixelSize(12);
    painter.setFont(font);
    const double left = width() - labelWidth + 12;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const QRectF box(left, heights[i] - 8, labelWidth - 14, 16);
        if (!labels[i].dashed)
            painter.fillRect(QRectF(left, heights[i] - 6, 3, 12), labels[i].colour);
        painter.setPen(m_colours.value);
        painter.drawText(box.adjusted(labels[i].dashed ? 0 : 9, 0, -56, 0), Qt::AlignVCenter | Qt::AlignLeft,
            painter.fontMetrics().elidedText(labels[i].name, Qt::ElideRight, static_cast<int>(box.width()) - 66));
        painter.setPen(m_colours.name);
        painter.drawText(box, Qt::AlignVCenter | Qt::AlignRight, labels[i].value);
    }
}

} // namespace penstock
