// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "relay/relay.h"

#include <mutex>
#include <utility>

#include "engine/engine.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;
    constexpr auto keepEvery = 30s;

    class Relay final : public World, private SourceSink
    {
    public:
        Relay(std::unique_ptr<Source> source, std::function<void(const SourceStanding&)> changed, RelayMemory memory) : m_changed(std::move(changed)), m_keep(std::move(memory.keep)), m_source(std::move(source))
        {
            // One that can't be read is as good as none.
            if (memory.before && m_engine.restore(m_id, *memory.before))
                m_kept = memory.before->inventory->gpus();
            m_picture.standing.connection = m_standing.connection;
            m_source->start(*this);
        }
        ~Relay() override
        {
            m_source.reset();
            keep();
        }
        void advance(Time now) override;
        [[nodiscard]] const Picture& picture() const override { return m_picture; }
        [[nodiscard]] bool placesLoad() const override { return false; }
        void place(const std::string&, const std::vector<Scope>&, const Weights&) override {}

    private:
        void keep();
        void frame(Frame frame) override;
        void connection(Connection state, std::optional<Error> error) override
        {
            const std::lock_guard lock(m_mutex);
            m_standing.connection = state;
            m_standing.error = std::move(error);
        }
        void failing(FailingTargets targets) override
        {
            const std::lock_guard lock(m_mutex);
            m_standing.failing = std::move(targets);
        }
        void series(std::uint64_t number) override
        {
            const std::lock_guard lock(m_mutex);
            m_standing.series = number;
        }

        const std::function<void(const SourceStanding&)> m_changed;
        const std::function<void(const SavedFleet&)> m_keep;
        std::size_t m_kept = 0; ///< GPUs
        Time m_keptAt {};
        Picture m_picture; ///< of the world's thread
        std::mutex m_mutex; ///< guards what follows
        Engine m_engine;
        const SourceId m_id = m_engine.addSource({});
        std::vector<WorkloadDemand> m_demand;
        std::vector<ServiceLevel> m_service;
        SourceStanding m_standing { .connection = Connection::Connecting };
        std::optional<Error> m_wrong; ///< why a frame was refused, until everything came again
        bool m_asks = false; ///< everything has to be asked for again
        bool m_news = false;
        std::unique_ptr<Source> m_source; ///< ends before what it writes to
    };

    void Relay::frame(Frame frame)
    {
        const std::lock_guard lock(m_mutex);
        if (m_wrong && !std::holds_alternative<InventoryFrame>(frame))
            return;
        if (auto applied = m_engine.apply(m_id, frame); !applied) {
            m_wrong = std::move(applied.error());
            m_asks = true;
            return;
        }
        m_wrong.reset();
        m_news = true;
        if (auto* demand = std::get_if<DemandFrame>(&frame)) {
            m_demand = std::move(demand->demand);
            m_service = std::move(demand->service);
        }
    }

    void Relay::keep()
    {
        std::vector<SavedFleet> saved;
        bool isPart = false;
        {
            const std::lock_guard lock(m_mutex);
            if (m_keep)
                saved = m_engine.save();
            isPart = m_standing.error.has_value();
        }
        // A part of a fleet does not replace what was known of all of it.
        if (saved.empty() || (isPart && saved.front().inventory->gpus() < m_kept))
            return;
        m_kept = saved.front().inventory->gpus();
        m_keep(saved.front());
    }

    void Relay::advance(Time now)
    {
        bool asks = false;
        const auto stood = m_picture.standing;
        {
            const std::lock_guard lock(m_mutex);
            m_picture.standing = m_standing;
            if (m_wrong && m_standing.connection == Connection::Live)
                m_picture.standing.error = m_wrong;
            asks = std::exchange(m_asks, false);
            if (std::exchange(m_news, false)) {
                m_picture.demand = m_demand;
                m_picture.service = m_service;
                if (const auto saved = m_engine.save(); !saved.empty()) {
                    const auto& [endpoint, inventory, columns, observed, since, late] = saved.front();
                    // Where workloads were added the engine makes it anew each time.
                    const auto& known = m_picture.inventory;
                    if (known != inventory && (!known || *known != *inventory))
                        m_picture.inventory = inventory;
                    m_picture.columns = *columns;
                    m_picture.since = since;
                    m_picture.late = late;
                    m_picture.observed = observed;
                }
            }
        }
        if (now - m_keptAt >= keepEvery || now < m_keptAt) {
            m_keptAt = now;
            keep();
        }
        // Not within a call of the source.
        if (asks)
            m_source->resync();
        if (m_changed && (m_picture.standing.connection != stood.connection || m_picture.standing.error != stood.error))
            m_changed(m_picture.standing);
    }

} // namespace

std::unique_ptr<World> makeRelay(std::unique_ptr<Source> source, std::function<void(const SourceStanding&)> changed, RelayMemory memory)
{
    return std::make_unique<Relay>(std::move(source), std::move(changed), std::move(memory));
}

} // namespace penstock
