// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "prometheus/promsource.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "prometheus/promstore.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;
    using Steady = std::chrono::steady_clock;

    constexpr auto longestWait = 15s;

    class PromSource final : public Source
    {
    public:
        PromSource(PromOptions options, std::shared_ptr<HttpClient> http)
            : m_options(std::move(options))
            , m_store(m_options, std::move(http))
            , m_fleet(m_options.place, m_options.workloads, m_options.staleAfter, std::random_device {}() | (std::uint64_t { std::random_device {}() } << 32))
        {
        }
        ~PromSource() override { m_thread.request_stop(); }
        void start(SourceSink& sink) override
        {
            sink.connection(Connection::Connecting, {});
            m_thread = std::jthread([this, &sink](const std::stop_token& stop) { run(sink, stop); });
        }
        void reconnect() override { wake(false); }
        void resync() override { wake(true); }

    private:
        void wake(bool whole)
        {
            const std::lock_guard lock(m_mutex);
            m_now = true;
            m_whole = m_whole || whole;
            m_wake.notify_all();
        }
        void run(SourceSink& sink, const std::stop_token& stop);

        PromOptions m_options;
        PromStore m_store; ///< of the thread
        std::mutex m_mutex; ///< guards what follows
        PromFleet m_fleet;
        std::condition_variable_any m_wake;
        bool m_now = false, m_whole = false;
        std::jthread m_thread;
    };

    void PromSource::run(SourceSink& sink, const std::stop_token& stop)
    {
        int failures = 0;
        std::optional<std::string> told;
        while (!stop.stop_requested()) {
            const auto begin = Steady::now();
            std::optional<Error> partial;
            auto failed = m_store.round(m_fleet, m_mutex, partial, stop);
            if (stop.stop_requested())
                return;
            failures = failed ? failures + 1 : 0;
            std::vector<Frame> frames;
            {
                const std::lock_guard lock(m_mutex);
                if (std::exchange(m_whole, false))
                    m_fleet.sendWhole();
                if (!failed)
                    frames = m_fleet.frames(m_options.clock());
            }
            for (auto& frame : frames)
                sink.frame(std::move(frame));
            const auto error = failed ? failed : partial;
            if (const auto text = (failed ? "failing " : "live ") + (error ? error->text() : std::string()); told != text) {
                told = text;
                sink.connection(failed ? Connection::Failing : Connection::Live, error);
            }
            const auto wait = failed ? std::min<Steady::duration>(longestWait, std::min<Steady::duration>(m_options.every, 1s) * (1 << std::min(failures - 1, 8))) : Steady::duration(m_options.every);
            std::unique_lock lock(m_mutex);
            m_wake.wait_until(lock, stop, begin + wait, [this] { return m_now; });
            m_now = false;
        }
    }

} // namespace

std::unique_ptr<Source> makePromSource(PromOptions options, std::shared_ptr<HttpClient> http)
{
    return std::make_unique<PromSource>(std::move(options), std::move(http));
}

} // namespace penstock
