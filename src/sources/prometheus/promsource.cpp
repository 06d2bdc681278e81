// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "prometheus/promsource.h"

#include <random>

#include "polling/pollingsource.h"
#include "prometheus/promstore.h"

namespace penstock {

namespace {

    class PolledStore final : public PolledFleet
    {
    public:
        PolledStore(PromOptions options, std::shared_ptr<HttpClient> http)
            : m_clock(options.clock)
            , m_fleet(options.place, options.workloads, options.staleAfter, std::random_device {}() | (std::uint64_t { std::random_device {}() } << 32), options.aggregateAbove, options.catalogue)
            , m_store(std::move(options), std::move(http))
        {
        }
        std::optional<Error> round(std::optional<Error>& partial, const std::stop_token& stop) override { return m_store.round(m_fleet, m_alone, partial, stop); }
        std::vector<Frame> frames() override { return m_fleet.frames(m_clock()); }
        void sendWhole() override { m_fleet.sendWhole(); }
        std::uint64_t series() const override { return m_store.series(); }

    private:
        Clock m_clock;
        PromFleet m_fleet;
        PromStore m_store;
        std::mutex m_alone; ///< nobody else has the fleet
    };

} // namespace

std::unique_ptr<Source> makePromSource(PromOptions options, std::shared_ptr<HttpClient> http)
{
    const auto every = options.every;
    return makePollingSource(std::make_unique<PolledStore>(std::move(options), std::move(http)), every);
}

} // namespace penstock
