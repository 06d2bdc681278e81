// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "kubernetes/execplugin.h"

namespace penstock {

/// An API server, spoken to as the user of a kubeconfig. Credentials are got when they are first needed, again before they expire, and
/// once more, with the kubeconfig read anew, when the server refuses them. Any thread, several at a time.
class KubeServer
{
public:
    /// `says`: what a plugin that waits for somebody says.
    KubeServer(std::string kubeconfig, std::string context, Clock clock, std::function<void(const std::string&)> says);

    /// What answers `path` with its query; of a status that is none of a success the error: see refusalOf.
    [[nodiscard]] Result<HttpAnswer> get(const std::string& path, const std::string& resource, std::chrono::milliseconds timeout, const std::stop_token& stop);
    /// The same, line by line; the answer has no body.
    [[nodiscard]] Result<HttpAnswer> watch(const std::string& path, const std::string& resource, const std::function<void(std::string_view)>& line, std::chrono::milliseconds timeout, const std::stop_token& stop);
    /// What a refusal said about when to come again, of the last answer that was one; 0: nothing.
    [[nodiscard]] std::chrono::seconds patience() const;

private:
    struct Login
    {
        std::string server, cluster, context, impersonated;
        std::string token, user; ///< as HttpRequest has them
        std::string file;
        std::shared_ptr<HttpClient> http;
        std::optional<Time> expires;
        std::uint64_t number = 0;
    };
    [[nodiscard]] Result<Login> login(const std::stop_token& stop);
    void refused(std::uint64_t number);
    [[nodiscard]] Result<HttpAnswer> ask(const std::string& path, const std::string& resource, const std::function<void(std::string_view)>* line, std::chrono::milliseconds timeout, const std::stop_token& stop);

    std::string m_kubeconfig, m_context;
    Clock m_clock;
    std::function<void(const std::string&)> m_says;
    mutable std::mutex m_mutex; ///< guards what follows
    std::mutex m_entering; ///< held while somebody gets credentials, so that a plugin runs once
    std::optional<KubeAccess> m_access;
    std::optional<Login> m_login;
    HttpIdentity m_identity; ///< of m_login's client
    std::chrono::seconds m_patience { 0 };
    int m_refusals = 0; ///< of credentials that a plugin gave, one after another
    std::optional<Time> m_pluginRestsUntil;
};

/// What an API server's refusal means and what to do; `verb`: "list nodes". Status objects are quoted in the server's own words.
[[nodiscard]] Error refusalOf(const HttpAnswer& answer, const std::string& verb, const std::string& where);

} // namespace penstock
