// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>

#include "charts/heatmap.h"
#include "heatscene.h"

class QButtonGroup;
class QHBoxLayout;
class QLabel;
class QPushButton;

namespace penstock {

class HeatCard;
class HeatLegend;
class HeatOverview;

/// Every GPU as a cell: the way here, what the colours say, the cells, the legend. Small beside the tree, or as a whole page.
class FleetHeat final : public QWidget
{
    Q_OBJECT

public:
    enum class Look { Part, Page };
    explicit FleetHeat(Look look, QWidget* parent = nullptr);
    /// Cells that the filter does not leave are faded.
    void show(const SnapshotPtr& snapshot, const FleetTreeModel& filter);
    /// Outlines what is selected elsewhere. Places are numbers in a snapshot's structure: nothing happens where another one is shown.
    void select(const Snapshot& snapshot, const FleetTreeModel::Place& place);
    /// Shows a place, or the cluster that it is in; the root is all fleets.
    void focusOn(const FleetTreeModel::Place& place);
    [[nodiscard]] const FleetTreeModel::Place& focus() const { return m_scene.focus(); }
    void setMetric(HeatMetric metric);
    [[nodiscard]] HeatMetric metric() const { return m_scene.scale().metric; }
    void themeChanged();
    [[nodiscard]] Heatmap& map() { return *m_map; }

signals:
    void placeChosen(const penstock::FleetTreeModel::Place& place);
    void pageWanted(); ///< this part as a whole page
    void closeWanted(); ///< back to the other parts of the page

protected:
    void hideEvent(QHideEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void relayout();
    /// The GPU in the middle of the view, so that it can be found again in another layout; and where it stands.
    struct Anchor
    {
        std::uint32_t cluster, row;
        QPoint at;
    };
    [[nodiscard]] std::optional<Anchor> anchorNear(QPoint point) const;
    void outline();
    void bring(const std::optional<Anchor>& anchor);
    void zoom(int steps, const std::optional<HeatSpot>& spot, QPoint at);
    void showCard(const std::optional<HeatSpot>& spot);
    void showMany(const std::vector<HeatSpot>& spots);
    void hideCard();
    void recolour();
    void describe();
    void rebuildCrumbs();

    Look m_look;
    HeatScene m_scene;
    const FleetTreeModel* m_filter = nullptr;
    FleetTreeModel::Place m_selected;
    QHBoxLayout* m_crumbs;
    QLabel* m_note;
    QButtonGroup* m_metrics;
    QPushButton *m_in, *m_out = nullptr;
    Heatmap* m_map;
    HeatLegend* m_legend;
    HeatOverview* m_overview = nullptr;
    QLabel *m_hint = nullptr, *m_inView = nullptr;
    HeatCard* m_card;
    std::optional<HeatSpot> m_carded;
};

} // namespace penstock
