// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mutex>
#include <stop_token>

#include "prometheus/promfleet.h"
#include "prometheus/promsource.h"

namespace penstock {

/// A store that is asked for a fleet, a round of queries after another. One thread at a time.
class PromStore
{
public:
    PromStore(PromOptions options, std::shared_ptr<HttpClient> http);

    /// A whole round, after discovery where that is due. `mutex` guards the fleet, and is held only while no answer is waited for. The error:
    /// nothing is known of the GPUs; `partial`: something else is not.
    [[nodiscard]] std::optional<Error> round(PromFleet& fleet, std::mutex& mutex, std::optional<Error>& partial, const std::stop_token& stop);

private:
    [[nodiscard]] Result<> discover(PromFleet& fleet, std::mutex& mutex, const std::stop_token& stop);
    [[nodiscard]] Result<PromNotes> ask(const std::string& query, std::mutex& mutex, const std::stop_token& stop, const std::function<void(std::span<const PromLabel>, double)>& each);
    [[nodiscard]] std::string version(const std::stop_token& stop);

    PromOptions m_options;
    std::shared_ptr<HttpClient> m_http;
    PromReader m_reader;
    std::optional<std::chrono::steady_clock::time_point> m_discoveredAt;
};

} // namespace penstock
