// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "polling/pollingsource.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace penstock {

namespace {

    using namespace std::chrono_literals;
    using Steady = std::chrono::steady_clock;

    constexpr auto longestWait = 15s;

    class PollingSource final : public Source
    {
    public:
        PollingSource(std::unique_ptr<PolledFleet> fleet, std::chrono::milliseconds every) : m_fleet(std::move(fleet)), m_every(every) {}
        ~PollingSource() override { m_thread.request_stop(); }
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
        [[nodiscard]] bool takeWhole()
        {
            const std::lock_guard lock(m_mutex);
            return std::exchange(m_whole, false);
        }
        void run(SourceSink& sink, const std::stop_token& stop);

        std::unique_ptr<PolledFleet> m_fleet; ///< of the thread
        const Steady::duration m_every;
        std::mutex m_mutex; ///< guards what follows
        std::condition_variable_any m_wake;
        bool m_now = false, m_whole = false;
        std::jthread m_thread;
    };

    void PollingSource::run(SourceSink& sink, const std::stop_token& stop)
    {
        int failures = 0;
        std::optional<std::string> told;
        std::uint64_t series = 0;
        while (!stop.stop_requested()) {
            const auto begin = Steady::now();
            std::optional<Error> partial;
            const auto failed = m_fleet->round(partial, stop);
            if (stop.stop_requested())
                return;
            failures = failed ? failures + 1 : 0;
            if (takeWhole())
                m_fleet->sendWhole();
            if (!failed)
                for (auto& frame : m_fleet->frames())
                    sink.frame(std::move(frame));
            if (std::exchange(series, m_fleet->series()) != m_fleet->series())
                sink.series(series);
            const auto& error = failed ? failed : partial;
            if (const auto text = (failed ? "failing " : "live ") + (error ? error->text() : std::string()); told != text) {
                told = text;
                sink.connection(failed ? Connection::Failing : Connection::Live, error);
            }
            const auto wait = failed ? std::min<Steady::duration>(longestWait, std::min<Steady::duration>(m_every, 1s) * (1 << std::min(failures - 1, 8))) : m_every;
            std::unique_lock lock(m_mutex);
            m_wake.wait_until(lock, stop, begin + wait, [this] { return m_now; });
            m_now = false;
        }
    }

} // namespace

std::unique_ptr<Source> makePollingSource(std::unique_ptr<PolledFleet> fleet, std::chrono::milliseconds every)
{
    return std::make_unique<PollingSource>(std::move(fleet), every);
}

} // namespace penstock
