// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "base/result.h"
#include "fleet/capacityhistory.h"
#include "fleet/workload.h"
#include "forecast/outlook.h"

class QButtonGroup;
class QComboBox;
class QLabel;
class QPushButton;
class QTableView;

namespace penstock {

class CapacityChart;
class CapacityModel;
class FigureStrip;

/// What a workspace says of capacity.
struct CapacityFacts
{
    std::vector<CommittedCapacity> committed;
    std::vector<Provider> providers; ///< with their quotas and reservations
};

/// What is told of the time to come.
struct CapacityOutlook
{
    GroupPoint::Dimension onlyOf = GroupPoint::Dimension::Total; ///< as the query that it was told for
    std::string only {};
    std::optional<ToldGroup> whole {};
    bool isDemand = false; ///< of what workloads ask for, else of busy and idle GPUs
    std::vector<ToldGroup> rows {}; ///< by provider and model
};

/// The Capacity page: supply, committed, allocated and busy GPUs and demand over time, and when they run out.
class CapacityPage final : public QWidget
{
    Q_OBJECT

public:
    explicit CapacityPage(QWidget* parent = nullptr);
    void setFacts(CapacityFacts facts);
    /// What it wants to show: the range that was picked, up to `now`.
    [[nodiscard]] CapacityQuery query(Time now) const;
    void showHistory(CapacityHistory history);
    void showOutlook(CapacityOutlook outlook);
    void showError(const Error& error);
    void themeChanged();

signals:
    void queryChanged(); ///< also when it becomes visible

protected:
    void showEvent(QShowEvent* event) override;

private:
    struct Range;
    static const std::vector<Range>& ranges();
    void pickRange(std::size_t range);
    QWidget* makeSegments(const QStringList& names, int checked, const QString& name, QButtonGroup* group);
    void fillOnly();
    void fitRange(const CapacityHistory& history);
    void draw();
    void drawFigures();
    void drawTable();
    [[nodiscard]] const ToldGroup* toldWhole() const;
    [[nodiscard]] QString forecastText() const;

    CapacityFacts m_facts;
    std::optional<CapacityHistory> m_history;
    std::optional<CapacityOutlook> m_outlook;
    std::size_t m_range;
    bool m_rangeWasPicked = false;
    GroupPoint::Dimension m_by = GroupPoint::Dimension::Provider, m_onlyOf = GroupPoint::Dimension::Total;
    std::string m_only;
    bool m_stacked = true;
    QStringList m_regions, m_workloads; ///< seen so far

    QTableView* m_table; ///< first, so that it has the keys
    QLabel *m_subtitle, *m_note, *m_chartNote, *m_told;
    QButtonGroup *m_rangeGroup, *m_byGroup, *m_shapeGroup;
    QComboBox* m_onlyBox;
    FigureStrip* m_figures;
    CapacityChart* m_chart;
    CapacityModel* m_model;
};

} // namespace penstock
