// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "base/result.h"
#include "charts/chartlink.h"
#include "fleet/frame.h"
#include "report/capacityfigures.h"

class QButtonGroup;
class QComboBox;
class QLabel;
class QPushButton;
class QTableView;

namespace penstock {

class CapacityChart;
class CapacityModel;
class CapacityPanel;
class ChartBar;
class FigureStrip;

/// The Capacity page: supply, committed, allocated and busy GPUs and demand over time, and when they run out.
class CapacityPage final : public QWidget
{
    Q_OBJECT

public:
    explicit CapacityPage(QWidget* parent = nullptr);
    void setFacts(CapacityFacts facts);
    /// What it wants to show: the range that was picked, up to `now`.
    [[nodiscard]] CapacityQuery query(Time now) const;
    /// What the part that is looked at wants, as finely as it shows; empty: all of it is shown, or nothing new is wanted.
    [[nodiscard]] std::optional<CapacityQuery> closeQuery(Time now) const;
    /// The answer to either.
    void showHistory(CapacityHistory history);
    void showOutlook(CapacityOutlook outlook);
    void showError(const Error& error);
    /// All of it as it was told then; empty: now. What it cost then is not kept.
    void setMoment(std::optional<Time> moment);
    [[nodiscard]] ChartLink& chartLink() { return m_link; }
    /// What the fleets cost now, and what workloads ask for in vain.
    void showCost(CostPicture cost, std::vector<WorkloadDemand> demand);
    /// While a report is being written no other can be asked for; nor in the past.
    void setReporting(bool isOn);
    [[nodiscard]] std::size_t range() const { return m_range; } ///< of `capacityRanges`
    /// Those of the workspace, after one was saved or removed.
    void setScenarios(std::vector<Scenario> scenarios);
    /// Writes the chart as PNG or SVG, by the name's end, with its date, its source and what is missing. False: it
    /// cannot be.
    [[nodiscard]] bool saveChart(const QString& path) const;
    [[nodiscard]] QString csv() const; ///< the table, each row with its date, its source and what is missing
    [[nodiscard]] QString costCsv() const; ///< what everything costs now, likewise; empty: that is not known
    [[nodiscard]] const std::vector<CommittedCapacity>& blocks() const { return m_blocks; }
    void themeChanged();

signals:
    void queryChanged(); ///< also when it becomes visible
    void closeQueryChanged();
    void scenarioSaveWanted(const Scenario& scenario);
    void scenarioRemoveWanted(const QString& name);
    void exportWanted(const QString& kind); ///< "png", "svg" or "csv"
    void reportWanted();

protected:
    void showEvent(QShowEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void pickRange(std::size_t range);
    QWidget* makeSegments(const QStringList& names, int checked, const QString& name, QButtonGroup* group);
    void fillOnly();
    void fitRange(const CapacityHistory& history);
    void draw();
    void drawFigures();
    void drawTable();
    void fitTable();
    void drawPanel();
    void joinPanel();
    void changeBlocks(std::vector<CommittedCapacity> blocks);
    void moveBlock(std::size_t at, double time);
    void drawChart();
    void drawReport();
    void joinChart();
    [[nodiscard]] QString stretchText() const;
    [[nodiscard]] std::optional<double> costOf(const std::vector<CommittedCapacity>& blocks) const;
    [[nodiscard]] CommittedCapacity proposal() const;
    [[nodiscard]] bool isNothingKnown() const;
    [[nodiscard]] const ToldGroup* toldWhole() const;
    [[nodiscard]] bool tellsBusy() const;
    void forget(); ///< shows nothing, until it is told anew
    [[nodiscard]] QString forecastText() const;
    [[nodiscard]] QString scenarioName() const;

    CapacityFacts m_facts;
    std::optional<CapacityHistory> m_history;
    std::optional<CapacityHistory> m_held; ///< while the chart is frozen: what it was made of
    std::optional<CapacityHistory> m_close; ///< the part that is looked at
    ChartLink m_link;
    ChartLink::Stretch m_full; ///< of all that the chart has
    std::optional<CapacityOutlook> m_outlook;
    std::optional<CostPicture> m_cost;
    std::vector<WorkloadDemand> m_demand;
    std::optional<Time> m_moment; ///< empty: now
    std::vector<CommittedCapacity> m_blocks; ///< that somebody thinks of
    std::string m_scenario; ///< the one they came from; empty: none
    std::size_t m_range;
    bool m_rangeWasPicked = false;
    GroupPoint::Dimension m_by = GroupPoint::Dimension::Provider, m_onlyOf = GroupPoint::Dimension::Total;
    std::string m_only;
    bool m_stacked = true;
    bool m_reporting = false;
    QStringList m_regions, m_workloads; ///< seen so far

    QTableView* m_table; ///< first, so that it has the keys
    QLabel *m_subtitle, *m_note, *m_chartNote, *m_told;
    QButtonGroup *m_rangeGroup, *m_byGroup, *m_shapeGroup, *m_toldGroup;
    QComboBox* m_onlyBox;
    QPushButton* m_report;
    FigureStrip* m_figures;
    CapacityChart* m_chart;
    ChartBar* m_chartBar;
    CapacityModel* m_model;
    CapacityPanel* m_panel;
};

} // namespace penstock
