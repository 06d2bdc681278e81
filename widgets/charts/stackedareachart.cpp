// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "charts/stackedareachart.h"

#include <QPainter>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <limits>
#include <qcustomplot.h>

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

    class CountTicker final : public QCPAxisTicker
    {
    protected:
        QString getTickLabel(double tick, const QLocale&, QChar, int) override { return shortNumber(tick); }
    };

} // namespace

StackedAreaChart::StackedAreaChart(QWidget* parent) : QWidget(parent), m_plot(new QCustomPlot(this))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, labelWidth, 0);
    layout->addWidget(m_plot);
    m_plot->setNotAntialiasedElements(QCP::aeAll);
    m_plot->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_plot->axisRect()->setAutoMargins(QCP::msLeft | QCP::msBottom);
    m_plot->axisRect()->setMargins(QMargins(0, 6, 1, 0));
    QSharedPointer<QCPAxisTickerDateTime> clock(new QCPAxisTickerDateTime);
    clock->setDateTimeFormat(QStringLiteral("HH:mm"));
    clock->setDateTimeSpec(Qt::UTC);
    clock->setTickCount(6);
    m_plot->xAxis->setTicker(clock);
    QSharedPointer<CountTicker> counts(new CountTicker);
    counts->setTickCount(4);
    m_plot->yAxis->setTicker(counts);
    for (auto* axis : { m_plot->xAxis, m_plot->yAxis }) {
        axis->setTickLength(0, 0);
        axis->setSubTicks(false);
        axis->setBasePen(Qt::NoPen);
    }
    m_plot->xAxis->grid()->setVisible(false);
    m_plot->yAxis->grid()->setZeroLinePen(Qt::NoPen);
    m_plot->setMinimumHeight(120);
}

void StackedAreaChart::setColours(const ChartColours& colours)
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
    if (isVisible())
        m_plot->replot(QCustomPlot::rpQueuedReplot);
    update();
}

void StackedAreaChart::show(std::span<const double> times, const std::vector<Series>& series,
    std::span<const double> supply, double end, double length)
{
    const auto count = static_cast<int>(series.size());
    while (m_plot->graphCount() < count + 1)
        m_plot->addGraph();
    while (m_plot->graphCount() > count + 1)
        m_plot->removeGraph(m_plot->graphCount() - 1);
    std::vector<double> sums(times.size(), 0.0);
    m_labels.clear();
    double top = 1;
    const auto withGaps = [&](const std::vector<double>& values) {
        // More than a few seconds without a point is a gap, never a line.
        QVector<QCPGraphData> points;
        points.reserve(static_cast<qsizetype>(values.size()));
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (i > 0 && times[i] - times[i - 1] > 5)
                points.append({ times[i - 1] + 0.001, std::numeric_limits<double>::quiet_NaN() });
            points.append({ times[i], values[i] });
        }
        return points;
    };
    for (int i = 0; i < count; ++i) {
        const auto& it = series[static_cast<std::size_t>(i)];
        const double before = sums.empty() ? 0 : sums.back();
        for (std::size_t k = 0; k < sums.size() && k < it.values.size(); ++k)
            sums[k] += it.values[k];
        // The tallest is drawn first, so that each covers the lower part of the one behind it.
        auto* graph = m_plot->graph(count - 1 - i);
        graph->data()->set(withGaps(sums), true);
        graph->setPen(QPen(it.line, 1));
        graph->setBrush(it.fill);
        if (!sums.empty()) {
            m_labels.push_back({ it.name, QLocale().toString(std::llround(sums.back() - before)), it.line, (sums.back() + before) / 2, false });
            top = std::max(top, *std::ranges::max_element(sums, [](double a, double b) { return std::isnan(a) || (!std::isnan(b) && a < b); }));
        }
    }
    auto* line = m_plot->graph(count);
    std::vector<double> supplied(supply.begin(), supply.end());
    line->data()->set(withGaps(supplied), true);
    QPen dashed(m_colours.value, 1, Qt::CustomDashLine);
    dashed.setDashPattern({ 5, 3 });
    line->setPen(dashed);
    line->setBrush(Qt::NoBrush);
    if (!supplied.empty()) {
        m_labels.push_back({ tr("supply"), QLocale().toString(std::llround(supplied.back())), m_colours.value, supplied.back(), true });
        top = std::max(top, *std::ranges::max_element(supplied));
    }
    m_plot->xAxis->setRange(end - length, end);
    m_plot->yAxis->setRange(0, top * 1.06);
    // Without a size there is nothing to paint on; the first resize replots.
    if (m_plot->width() > 0 && m_plot->height() > 0 && isVisible())
        m_plot->replot(QCustomPlot::rpQueuedReplot);
    update();
}

void StackedAreaChart::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    if (isVisible())
        m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void StackedAreaChart::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_colours.background);
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
