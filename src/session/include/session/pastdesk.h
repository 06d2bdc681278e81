// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/snapshot.h"
#include "fleet/fleetevent.h"
#include "fleet/route.h"

namespace penstock {

/// What the history knows of one moment.
struct PastView
{
    Time at {}; ///< that was asked for
    std::chrono::seconds step { 1 }; ///< of the points that are shown: where seconds are kept no more, longer ones
    SnapshotPtr snapshot {}; ///< null: nothing is known of it
    std::shared_ptr<const RecentHistory> history = std::make_shared<RecentHistory>(); ///< the 15 minutes up to it; never null
    std::map<std::string, GroupPoint> shares {}; ///< of backends, by "route/backend"
    std::map<std::string, double> carried {}; ///< % of all interactive load, had a provider or region been lost, by "azure" and "azure/eastus"
    std::shared_ptr<const RecentHistory> carriedHistory = std::make_shared<RecentHistory>(); ///< that of providers alone, the hour up to it; never null
    std::map<std::string, std::shared_ptr<const SplitHistory>> observed {}; ///< by route, the 15 minutes up to it
    std::vector<FleetEvent> events {}; ///< the last before it, the oldest first
    std::optional<Error> error {}; ///< why nothing could be read
};

/// A stretch of time as the charts of the pages show it.
struct PastRange
{
    Time from {}, to {};
    std::chrono::seconds step { 1 }; ///< of its points, at least the one asked for
    std::shared_ptr<const RecentHistory> history = std::make_shared<RecentHistory>(); ///< never null
    std::map<std::string, std::shared_ptr<const SplitHistory>> observed {}; ///< by route
    std::optional<Error> error {}; ///< why nothing could be read
};

/// What a stretch of time looks like from afar.
struct PastSpan
{
    Time from {}, to {};
    std::vector<std::pair<Time, double>> busy {}; ///< GPUs; where nothing is known there is nothing
    std::vector<FleetEvent> events {}; ///< without those of workloads, the newest
};

/// Reads the history beside the thread that writes it, off the user's. The newest question is answered; older ones that were not
/// begun are dropped. Signals belong to the thread that made it.
class PastDesk final : public QObject
{
    Q_OBJECT

public:
    /// `file`: of the history; where there is none every answer says so.
    PastDesk(std::string file, std::vector<Route> routes, QObject* parent = nullptr);
    ~PastDesk() override;
    void ask(Time at);
    void askSpan(Time from, Time to);
    void askRange(Time from, Time to, std::chrono::seconds step);

signals:
    void read(const std::shared_ptr<const PastView>& view);
    void rangeRead(const std::shared_ptr<const PastRange>& range);
    void spanRead(const std::shared_ptr<const PastSpan>& span);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace penstock
