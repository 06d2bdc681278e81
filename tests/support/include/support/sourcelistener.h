// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QtGlobal>

#include <atomic>
#include <mutex>
#include <optional>

#include "engine/engine.h"
#include "fleet/source.h"

namespace penstock::test {

/// What a source says, as the engine shows it.
struct SourceListener final : SourceSink
{
    void frame(Frame it) override
    {
        const std::lock_guard lock(mutex);
        if (const auto* asked = std::get_if<DemandFrame>(&it)) {
            demand = asked->demand;
            service = asked->service;
        }
        if (const auto* who = std::get_if<InventoryFrame>(&it))
            inventory = who->inventory;
        if (const auto applied = engine.apply(source, it); !applied)
            qFatal("%s", applied.error().text().c_str());
        ++frames;
    }
    void connection(Connection now, std::optional<Error> why) override
    {
        const std::lock_guard lock(mutex);
        state = now;
        error = std::move(why);
    }
    void series(std::uint64_t number) override { told = number; }
    void failing(FailingTargets targets) override
    {
        const std::lock_guard lock(mutex);
        silent = std::move(targets);
    }
    /// Those that do not answer.
    std::vector<FailingTarget> silentOnes()
    {
        const std::lock_guard lock(mutex);
        return silent ? *silent : std::vector<FailingTarget>();
    }
    SnapshotPtr shown()
    {
        const std::lock_guard lock(mutex);
        return engine.publish(wallClock());
    }
    std::pair<Connection, QString> stands()
    {
        const std::lock_guard lock(mutex);
        return { state, error ? QString::fromStdString(error->text()) : QString() };
    }
    /// GPUs in the snapshot.
    std::uint64_t count(std::optional<GpuState> of = {}, const std::string& workload = {}, const std::string& provider = {})
    {
        const auto tally = shown()->tally({ .scope = { .provider = provider, .region = {}, .cluster = {}, .node = {} }, .model = {}, .workload = workload, .state = of });
        return tally.gpus;
    }
    std::mutex mutex;
    Engine engine;
    SourceId source = engine.addSource("source");
    Connection state = Connection::Stopped;
    std::optional<Error> error;
    std::atomic<std::uint64_t> told { 0 }; ///< series
    /// What the source lacks, as people read it.
    QString missing()
    {
        const std::lock_guard lock(mutex);
        QString all;
        for (const auto& it : inventory ? inventory->missing : std::vector<std::string>())
            all += QString::fromStdString(it) + QLatin1Char('\n');
        return all;
    }
    /// Of a workload, as it was told last.
    WorkloadDemand demandOf(const std::string& workload)
    {
        const std::lock_guard lock(mutex);
        for (const auto& it : demand)
            if (it.workload == workload)
                return it;
        return {};
    }
    std::vector<WorkloadDemand> demand; ///< the last one that was told
    std::vector<ServiceLevel> service; ///< likewise
    std::shared_ptr<const Inventory> inventory; ///< likewise
    FailingTargets silent; ///< likewise
    int frames = 0;
};

} // namespace penstock::test
