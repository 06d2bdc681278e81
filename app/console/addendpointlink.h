// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <set>
#include <string>
#include <thread>

#include "session/session.h"

namespace penstock {

class AddEndpointPanel;
class HttpClient;

/// Looks at what a new endpoint shows, with a session of its own that keeps nothing, and writes it into the workspace file.
class AddEndpointLink final : public QObject
{
    Q_OBJECT

public:
    AddEndpointLink(Session& session, AddEndpointPanel& panel, QObject* parent);
    ~AddEndpointLink() override;

signals:
    void saved(const QString& file, const QString& endpoint); ///< the workspace has this endpoint now

private:
    /// Asks first where signing in runs a program that nobody has agreed to.
    void probe(const Endpoint& endpoint);
    void detect(const Endpoint& endpoint);
    void open(const Endpoint& endpoint);
    void show(const Endpoint& endpoint);
    void save(const Endpoint& endpoint);
    void leave();

    Session& m_session;
    AddEndpointPanel& m_panel;
    std::shared_ptr<HttpClient> m_http;
    std::set<std::string> m_agreed; ///< programs, with their arguments
    std::jthread m_detecting;
    quint64 m_asked = 0; ///< counts questions: an answer to an older one is dropped
    QElapsedTimer m_since;
    std::chrono::milliseconds m_answeredAfter { 0 };
    std::unique_ptr<Session> m_probe; ///< null: nothing is looked at
};

} // namespace penstock
