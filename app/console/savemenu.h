// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <functional>

class QAbstractItemView;
class QWidget;

namespace penstock {

class Heatmap;
class TimeChart;
struct PictureText;

/// What stands by everything that is saved, so that it can be judged without the window.
struct Provenance
{
    QString asOf; ///< RFC 3339, UTC
    QString source; ///< the workspace, and whether it is live or of its history
    QString missing; ///< who does not answer, or not whole; empty: everybody does
    bool simulated = false;
};

/// Saves any chart of the window as PNG or SVG, and any table as CSV: by the button beside a chart, and by the context
/// menu of both.
class SaveMenu final : public QObject
{
    Q_OBJECT

public:
    /// Of everything that `window` holds now.
    SaveMenu(QWidget& window, std::function<Provenance()> provenance);

    /// Without asking where. False when the file cannot be written.
    [[nodiscard]] bool saveChart(const TimeChart& chart, const QString& path) const;
    [[nodiscard]] bool saveHeatmap(Heatmap& map, const QString& path) const;
    [[nodiscard]] bool saveTable(const QAbstractItemView& table, const QString& path) const;

signals:
    void said(const QString& text, bool isError);

private:
    [[nodiscard]] PictureText textOf(const QWidget& picture) const;
    void offerChart(TimeChart& chart, QPoint at);
    void offerHeatmap(Heatmap& map, QPoint at);
    void offerTable(QAbstractItemView& table, QPoint at);
    void ask(QWidget& what, const QString& kind, const std::function<bool(const QString&)>& save);

    std::function<Provenance()> m_provenance;
};

} // namespace penstock
