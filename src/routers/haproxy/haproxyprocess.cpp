// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "haproxyprocess.h"

#include <algorithm>

#include "haproxy/haproxyaddress.h"

namespace penstock::haproxy {

namespace {

    constexpr std::string_view whoAreYou = "Name: HAProxy";

} // namespace

std::vector<int> Picture::weights() const
{
    std::vector<int> all;
    for (const auto& server : servers)
        all.push_back(server.weight);
    return all;
}

std::string Picture::text() const
{
    std::string all;
    for (const auto& server : servers)
        all += (all.empty() ? "" : "/") + std::to_string(server.weight);
    return all;
}

HaproxyProcess::HaproxyProcess(const Route& route, Address address)
    : m_address(std::move(address)), m_backend(haproxyAddressOf(route).backend)
{
    for (const auto& backend : route.backends)
        m_names.push_back(backend.name);
}

Result<std::string> HaproxyProcess::show(const std::string& command, std::string_view marker) const
{
    auto answer = ask(m_address, command);
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->text.find(marker) == std::string::npos) {
        const auto stranger = parseInfo(answer->text);
        return at(marker != whoAreYou || stranger || answer->text.find("Permission denied") != std::string::npos ? errorOf(answer->text, command)
                                                                                                                 : stranger.error());
    }
    if (!answer->isWhole)
        return at({ Error::Kind::Unavailable, "HAProxy hung up in the middle of its answer to `" + command + "`", {}, "it may be stopping or reloading" });
    return std::move(answer->text);
}

Result<Process> HaproxyProcess::who() const
{
    const auto info = show("show info", whoAreYou);
    if (!info)
        return std::unexpected(info.error());
    auto process = parseInfo(*info);
    if (!process)
        return at(process.error());
    return process;
}

Result<Picture> HaproxyProcess::look()
{
    // Each question is answered by whichever process listens at that time. A picture of two would show the new one's
    // weights as somebody's change to the old one's.
    for (int attempt = 0; attempt < 3; ++attempt) {
        auto picture = lookOnce();
        if (!picture)
            return picture;
        const auto still = who();
        if (!still)
            return std::unexpected(still.error());
        const auto& was = picture->process;
        if (still->pid == was.pid && still->startedAt == was.startedAt && still->uptime >= was.uptime)
            return picture;
    }
    return at({ Error::Kind::Unavailable, "HAProxy was reloaded again and again while it was asked for its weights", {}, "it is asked again shortly" });
}

Result<Picture> HaproxyProcess::lookOnce()
{
    Picture picture;
    auto process = who();
    if (!process)
        return std::unexpected(process.error());
    picture.process = std::move(*process);
    if (m_askedLevelOf != picture.process.pid) {
        // Old versions do not know the question: then only trying tells.
        if (const auto level = ask(m_address, "show cli level")) {
            m_mayChange = level->text != "user" && level->text != "operator";
            m_askedLevelOf = picture.process.pid;
        }
    }

    const auto stateText = show("show servers state " + m_backend, "# ");
    if (!stateText)
        return std::unexpected(stateText.error());
    const auto states = parseServersState(*stateText);
    if (!states)
        return at(states.error());
    std::string missing, present;
    for (const auto& state : *states)
        present += (present.empty() ? "" : ", ") + state.name;
    for (const auto& name : m_names) {
        const auto found = std::ranges::find(*states, name, &ServerState::name);
        if (found == states->end())
            missing += (missing.empty() ? "" : ", ") + name;
        else
            picture.servers.push_back(*found);
    }
    if (!missing.empty())
        return at({ Error::Kind::NotFound, "HAProxy's backend " + m_backend + " has no server " + missing, {},
            "it has " + (present.empty() ? "none" : present) });

    constexpr auto backendAndServers = " 6 -1";
    const auto statText = show("show stat " + std::to_string(picture.servers.front().backendId) + backendAndServers, "# ");
    if (!statText)
        return std::unexpected(statText.error());
    const auto stat = parseStat(*statText, m_backend);
    if (!stat)
        return at(stat.error());
    picture.algorithm = stat->algorithm;
    picture.queued = stat->queued;
    for (const auto& name : m_names) {
        const auto found = std::ranges::find(stat->servers, name, &ServerStat::name);
        picture.stats.push_back(found == stat->servers.end() ? std::nullopt : std::optional(*found));
    }
    for (const auto& state : *states) {
        const auto found = std::ranges::find(stat->servers, state.name, &ServerStat::name);
        const bool backup = found != stat->servers.end() && found->backup;
        if (state.weight > 0 && isUsable(state) && !backup && std::ranges::find(m_names, state.name) == m_names.end())
            picture.strangers += (picture.strangers.empty() ? "" : ", ") + state.name;
    }
    return picture;
}

Result<> HaproxyProcess::setWeights(std::span<const NewWeight> weights)
{
    std::string line;
    for (const auto& it : weights)
        line += (line.empty() ? "" : "; ") + ("set server " + path(it.server) + " weight " + std::to_string(it.weight));
    const auto answer = ask(m_address, line);
    if (!answer)
        return std::unexpected(answer.error());
    // Of several refusals the first speaks for all.
    if (const auto first = answer->text.find_first_not_of("\r\n"); first != std::string::npos)
        return at(errorOf(answer->text.substr(first, answer->text.find('\n', first) - first), line));
    // Success is silence, so what counts is what it says now.
    for (const auto& it : weights) {
        const auto back = ask(m_address, "get weight " + path(it.server));
        if (!back)
            return std::unexpected(back.error());
        const auto now = parseWeight(back->text);
        if (!now)
            return at(errorOf(back->text, "get weight " + path(it.server)));
        if (*now != it.weight)
            return at({ Error::Kind::Conflict,
                path(it.server) + " has the weight " + std::to_string(*now) + " right after it was set to " + std::to_string(it.weight), {},
                "an agent-check or somebody else changes it too" });
    }
    return {};
}

Result<> HaproxyProcess::setState(std::size_t server, const std::string& state)
{
    const auto command = "set server " + path(server) + " state " + state;
    const auto answer = ask(m_address, command);
    if (!answer)
        return std::unexpected(answer.error());
    if (!answer->text.empty())
        return at(errorOf(answer->text, command));
    return {};
}

} // namespace penstock::haproxy
