// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "haproxyhistory.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace penstock::haproxy {

namespace {

    std::string timeOfDay(Time at)
    {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
        const std::chrono::hh_mm_ss clock(seconds - std::chrono::floor<std::chrono::days>(seconds));
        std::array<char, 32> text {};
        std::snprintf(text.data(), text.size(), "%02d:%02d:%02d UTC", static_cast<int>(clock.hours().count()),
            static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
        return text.data();
    }

    /// One change of the weight of a server that has an agent-check may be somebody else's.
    constexpr int oftenEnough = 2;

} // namespace

History::History(const Route& route, const std::vector<Address>& addresses)
    : m_known(addresses.size()), m_missed(addresses.size()), m_reloads(addresses.size()), m_agentChanges(route.backends.size())
{
    for (const auto& address : addresses)
        m_addresses.push_back(address.text);
}

bool History::isReloaded(std::size_t process, const Picture& now) const
{
    if (!m_known[process] || now.silent)
        return false;
    const auto& known = *m_known[process];
    const auto &was = known.picture.process, &is = now.process;
    if (is.pid != was.pid || is.uptime < was.uptime || is.startedAt != was.startedAt)
        return true;
    // A process that started anew under the same id may by now be older than the last one was when it was looked at. One
    // that was merely held up looks the same, but keeps its weights.
    constexpr std::chrono::seconds roundings(3);
    const auto passed = std::chrono::steady_clock::now() - known.at;
    return now.weights() != known.picture.weights() && is.uptime + roundings < was.uptime + std::chrono::floor<std::chrono::seconds>(passed);
}

bool History::note(const std::vector<Picture>& pictures, Time now)
{
    bool news = false;
    const auto agreed = [&](const std::vector<Picture>& all, std::size_t but) -> std::optional<std::vector<int>> {
        std::optional<std::vector<int>> weights;
        for (std::size_t p = 0; p < all.size(); ++p) {
            if (p == but || all[p].silent || !m_known[p] || isReloaded(p, all[p]))
                continue;
            if (weights && *weights != all[p].weights())
                return std::nullopt;
            weights = all[p].weights();
        }
        return weights;
    };
    const auto undone = [&](std::size_t p, const std::string& text, Time at, const std::vector<int>& set) {
        m_drift = whose(p) + text;
        m_driftedAt = at;
        if (m_forgotten.empty())
            m_forgotten = set;
    };
    for (std::size_t p = 0; p < pictures.size(); ++p) {
        const auto& is = pictures[p];
        if (is.silent)
            continue;
        if (const auto set = std::exchange(m_missed[p], std::nullopt)) {
            news = true;
            if (is.weights() != *set)
                undone(p, "did not answer while weights were set", now, *set);
            continue;
        }
        if (!m_known[p])
            continue;
        const auto& was = m_known[p]->picture;
        const bool changed = is.weights() != was.weights();
        if (isReloaded(p, is)) {
            if (is.process.pid == was.process.pid)
                ++m_reloads[p];
            news = true;
            const auto at = now - is.process.uptime;
            const auto text = "reloaded at " + timeOfDay(at);
            // The processes that ran on know what was set while this one was away.
            const auto others = agreed(pictures, p);
            const auto& set = others ? *others : was.weights();
            if (is.weights() != set)
                undone(p, text, at, set);
            else
                m_notice = whose(p) + text + " and kept its weights";
        } else if (changed) {
            news = true;
            bool byAgents = true;
            for (std::size_t i = 0; i < is.servers.size(); ++i)
                if (is.servers[i].weight != was.servers[i].weight) {
                    byAgents = byAgents && is.servers[i].agentChecked;
                    m_agentChanges[i] += is.servers[i].agentChecked ? 1 : 0;
                }
            if (byAgents)
                continue;
            m_drift = whose(p) + "weights changed by somebody else at " + timeOfDay(now);
            m_driftedAt = now;
        }
    }
    for (std::size_t i = 0; i < m_agentChanges.size(); ++i) {
        if (std::ranges::none_of(pictures, [i](const Picture& it) { return it.servers[i].agentChecked; }))
            m_agentChanges[i] = 0;
        // An agent that says nothing of the state has said a weight: see `agent-check` in HAProxy's configuration manual.
        else if (std::ranges::any_of(pictures, [i](const Picture& it) { return it.stats[i] && it.stats[i]->agentTellsNoState; }))
            m_agentChanges[i] = std::max(m_agentChanges[i], oftenEnough);
    }
    if (!m_forgotten.empty() && std::ranges::all_of(pictures, [this](const Picture& it) { return it.silent || it.weights() == m_forgotten; }))
        m_forgotten.clear();
    know(pictures);
    return news;
}

void History::know(const std::vector<Picture>& pictures)
{
    for (std::size_t p = 0; p < pictures.size(); ++p)
        if (!pictures[p].silent)
            m_known[p] = { pictures[p], std::chrono::steady_clock::now() };
}

std::vector<Picture> History::settled(std::vector<Picture> pictures) const
{
    for (auto& picture : pictures)
        for (std::size_t i = 0; i < m_agentChanges.size(); ++i)
            if (m_agentChanges[i] >= oftenEnough)
                picture.servers[i].weight = picture.servers[i].initialWeight;
    return pictures;
}

void History::accept(const std::vector<Picture>& pictures)
{
    know(pictures);
    for (std::size_t p = 0; p < pictures.size(); ++p)
        m_missed[p] = pictures[p].silent ? std::optional(pictures[p].weights()) : std::nullopt;
    m_drift.clear();
    m_driftedAt.reset();
    m_notice.clear();
    m_forgotten.clear();
}

std::string History::version(const std::vector<Picture>& pictures) const
{
    std::string text;
    // That a process falls silent is no change of its weights.
    for (std::size_t p = 0; p < pictures.size(); ++p)
        if (const auto& it = pictures[p].silent && m_known[p] ? m_known[p]->picture : pictures[p]; it.silent)
            text += std::string(text.empty() ? "" : "|") + "silent";
        else
            text += (text.empty() ? "" : "|") + std::to_string(it.process.pid) + (m_reloads[p] == 0 ? "" : "+" + std::to_string(m_reloads[p])) + ":" + it.text();
    return text;
}

std::string History::splitBrain(const std::vector<Picture>& pictures) const
{
    // One that is silent is as one that is not.
    if (std::ranges::all_of(pictures, [&](const Picture& it) { return it.weights() == pictures.front().weights(); }))
        return {};
    std::string text;
    for (std::size_t p = 0; p < pictures.size(); ++p)
        if (!pictures[p].silent)
            text += (text.empty() ? "split brain: " : ", ") + m_addresses[p] + " has " + pictures[p].text();
    return text + "; the accepted shares are the mean of these";
}

} // namespace penstock::haproxy
