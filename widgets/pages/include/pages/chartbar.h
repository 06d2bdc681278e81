// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>
#include <functional>
#include <vector>

#include "charts/timechart.h"

class QPushButton;

namespace penstock {

class ChartLink;
class IconButton;

/// A line that takes what room is left, and ends in dots where that is too little.
class ElidedLabel final : public QLabel
{
public:
    explicit ElidedLabel(QWidget* parent = nullptr);
    [[nodiscard]] QSize minimumSizeHint() const override { return { 24, QLabel::minimumSizeHint().height() }; }

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    [[nodiscard]] QString fitting() const;
};

/// Beside a chart's title: says that it is frozen and since when, freezes it, and shows all of it again.
class ChartBar final : public QWidget
{
    Q_OBJECT

public:
    /// `now`: where the chart ends while it streams.
    explicit ChartBar(std::function<double()> now, QWidget* parent = nullptr);
    void follow(ChartLink& link);
    /// Seconds by which the chart ends after the moment that it is frozen at.
    void setAhead(double seconds);
    /// Buttons for these stretches, the first of which the chart has by itself.
    void offer(const std::vector<std::pair<QString, double>>& lengths);
    void offerSaving(); ///< a button for it

signals:
    void saveWanted(QPoint at); ///< a point of the screen, for a menu

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void show();
    void fit();

    std::function<double()> m_now;
    ChartLink* m_link = nullptr;
    double m_ahead = 0;
    QLabel* m_frozen;
    IconButton *m_freeze, *m_whole, *m_save;
    std::vector<std::pair<QPushButton*, double>> m_lengths;
};

/// "08:31:10 to 08:33:00 UTC, least and greatest of each 10 s" of what `link` shows; empty while a chart shows what it has by itself.
[[nodiscard]] QString stretchText(const ChartLink& link, double length, double now, std::chrono::seconds step);

} // namespace penstock
