// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "addendpointlink.h"

#include <algorithm>

#include "http/httpclient.h"
#include "pages/addendpointpanel.h"
#include "session/demo.h"
#include "session/detect.h"

namespace penstock {

AddEndpointLink::AddEndpointLink(Session& session, AddEndpointPanel& panel, QObject* parent)
    : QObject(parent), m_session(session), m_panel(panel), m_http(std::make_shared<HttpClient>())
{
    QStringList contexts;
    for (const auto& context : knownContexts())
        contexts << QString::fromStdString(context);
    panel.setContexts(contexts);
    connect(&panel, &AddEndpointPanel::probeWanted, this, &AddEndpointLink::probe);
    connect(&panel, &AddEndpointPanel::programAgreed, this, [this](const Endpoint& endpoint) {
        if (const auto program = programOf(endpoint))
            m_agreed.insert(program->exact);
        probe(endpoint);
    });
    connect(&panel, &AddEndpointPanel::saveWanted, this, &AddEndpointLink::save);
    connect(&panel, &AddEndpointPanel::closed, this, &AddEndpointLink::leave);
}

AddEndpointLink::~AddEndpointLink() = default;

void AddEndpointLink::leave()
{
    ++m_asked;
    m_probe.reset();
}

void AddEndpointLink::probe(const Endpoint& endpoint)
{
    leave();
    const auto program = programOf(endpoint);
    if (program && !m_agreed.contains(program->exact))
        return m_panel.askToRun(QString::fromStdString(program->shown));
    detect(endpoint);
}

void AddEndpointLink::detect(const Endpoint& endpoint)
{
    m_detecting = std::jthread([this, endpoint, asked = m_asked, http = m_http] {
        auto found = detectKind(endpoint, http);
        QMetaObject::invokeMethod(
            this,
            [this, found = std::move(found), asked] {
                if (asked != m_asked)
                    return;
                if (found)
                    open(*found);
                else
                    m_panel.showError(found.error());
            },
            Qt::QueuedConnection);
    });
}

void AddEndpointLink::open(const Endpoint& endpoint)
{
    // As the file would have it: what is wrong is said before anything is opened.
    auto workspace = m_session.workspace();
    workspace.endpoints.clear();
    workspace.routes.clear();
    auto checked = checkEndpoint(endpoint);
    if (!checked)
        return m_panel.showError(checked.error());
    workspace.endpoints.push_back(*checked);
    m_since.start();
    m_answeredAfter = {};
    m_probe = std::make_unique<Session>(std::move(workspace), SessionOptions { .cacheFile = {}, .journalFile = {}, .auditFile = {}, .readOnly = true, .person = {} });
    connect(m_probe.get(), &Session::published, this, [this, endpoint] { show(endpoint); });
    m_probe->start();
}

void AddEndpointLink::show(const Endpoint& endpoint)
{
    const auto& status = m_probe->endpoints().front();
    const auto snapshot = m_probe->snapshot();
    if (snapshot->total().gpus == 0) {
        if (!status.error)
            return;
        m_panel.showError(*status.error);
        // Not from within its own signal.
        QMetaObject::invokeMethod(this, [this] { leave(); }, Qt::QueuedConnection);
        return;
    }
    if (m_answeredAfter.count() == 0)
        m_answeredAfter = std::chrono::milliseconds(m_since.elapsed());
    EndpointFindings findings { .endpoint = endpoint, .status = status, .snapshot = snapshot, .answeredAfter = m_answeredAfter, .unapproved = {} };
    for (const auto& provider : snapshot->structure().providers) {
        const auto* known = m_session.workspace().provider(provider.name);
        if (!known || !known->subprocessor)
            findings.unapproved.push_back(provider.name);
    }
    m_panel.showFound(findings);
}

void AddEndpointLink::save(const Endpoint& endpoint)
{
    // The demo's file is written anew each time.
    const auto file = isDemo(m_session.workspace()) ? defaultWorkspaceFile() : m_session.workspace().file;
    if (const auto done = addEndpoint(file, endpoint, newWorkspace); !done)
        return m_panel.showError(done.error());
    leave();
    m_panel.hide();
    emit saved(QString::fromStdString(file), QString::fromStdString(endpoint.name));
}

} // namespace penstock
