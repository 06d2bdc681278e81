// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include "pages/planfigures.h"
#include "session/session.h"

namespace penstock {

class LoadPage;

/// Answers the Load page's wishes out of a session.
class LoadLink final : public QObject
{
    Q_OBJECT

public:
    LoadLink(Session& session, LoadPage& page, QObject* parent);

signals:
    void said(const QString& text, bool isError); ///< what the user should know of

private:
    [[nodiscard]] Result<PlanFigures> figuresOf(const PlanWish& wish) const;
    void start(const PlanWish& wish, const QString& hash);
    void report(const Result<>& done);
    Session& m_session;
    LoadPage& m_page;
};

/// The same wish in the session's words.
[[nodiscard]] PlanRequest requestOf(const PlanWish& wish);

} // namespace penstock
