// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "loadlink.h"

#include <algorithm>

#include "pages/loadpage.h"

namespace penstock {

PlanRequest requestOf(const PlanWish& wish)
{
    PlanRequest request;
    request.targets = wish.targets;
    request.largestStep = wish.largestStep;
    request.bake = wish.bake;
    request.reason = wish.reason;
    request.asked = wish.asked;
    request.expiresAfter = wish.expiresAfter;
    request.returnsOnBrokenGuard = wish.returnsOnBrokenGuard;
    return request;
}

LoadLink::LoadLink(Session& session, LoadPage& page, QObject* parent) : QObject(parent), m_session(session), m_page(page)
{
    connect(&page, &LoadPage::planWanted, this, [this](const PlanWish& wish) { m_page.showPlan(figuresOf(wish)); });
    connect(&page, &LoadPage::startWanted, this, &LoadLink::start);
    connect(&page, &LoadPage::rehearsalWanted, this, [this](const PlanWish& wish) {
        const auto id = m_session.rehearse(requestOf(wish));
        emit said(id ? tr("Rehearsal %1 has started: nothing is written.").arg(QString::fromStdString(*id)) : QString::fromStdString(id.error().text()), !id);
    });
    connect(&page, &LoadPage::approvalWanted, this, [this](const PlanWish& wish) {
        const auto hash = m_session.propose(requestOf(wish));
        emit said(hash ? tr("Plan %1 waits for a second person: penstockctl approve %1").arg(QString::fromStdString(hash->substr(0, 12))) : QString::fromStdString(hash.error().text()), !hash);
    });
    connect(&page, &LoadPage::bestSplitWanted, this, [this](const QStringList& routes, const SplitChoice& choice) {
        std::vector<std::string> names;
        for (const auto& name : routes)
            names.push_back(name.toStdString());
        auto split = m_session.bestSplitOf(names, { .goal = choice.goal, .growth = choice.growth, .largestChange = choice.largestChange });
        if (!split)
            return m_page.showBestSplit(std::unexpected(split.error()));
        SplitFigures figures { .targets = {}, .split = std::move(*split), .choice = choice };
        for (const auto& move : figures.split.moves)
            figures.targets.emplace_back(m_session.workspace().routes[move.route].name, move.to);
        m_page.showBestSplit(figures);
    });
    connect(&page, &LoadPage::pauseWanted, this, [this](const QString& id) { report(m_session.pausePlan(id.toStdString())); });
    connect(&page, &LoadPage::resumeWanted, this, [this](const QString& id) { report(m_session.resumePlan(id.toStdString())); });
    connect(&page, &LoadPage::goBackWanted, this, [this](const QString& id) { report(m_session.goBackPlan(id.toStdString())); });
    connect(&page, &LoadPage::stopWanted, this, [this](const QString& id) { report(m_session.stopPlan(id.toStdString())); });
}

Result<PlanFigures> LoadLink::figuresOf(const PlanWish& wish) const
{
    auto view = m_session.plan(requestOf(wish));
    if (!view)
        return std::unexpected(view.error());
    PlanFigures figures { .plan = std::move(view->plan), .judgement = std::move(view->judgement), .lines = {}, .steps = {}, .back = std::move(view->back), .expected = view->expected, .wayBack = std::move(view->wayBack), .ground = view->ground };
    figures.lines = linesOf(*figures.ground, figures.judgement.effect, EffectBy::ClusterAndModel);
    if (!figures.judgement.effect.fits())
        figures.steps = needsByStep(*figures.ground, figures.plan);
    return figures;
}

void LoadLink::start(const PlanWish& wish, const QString& hash)
{
    const auto id = m_session.startPlan(requestOf(wish), hash.toStdString());
    emit said(id ? tr("Shift %1 has started.").arg(QString::fromStdString(*id)) : QString::fromStdString(id.error().text()), !id);
    if (id)
        m_page.discard();
}

void LoadLink::report(const Result<>& done)
{
    if (!done)
        emit said(QString::fromStdString(done.error().text()), true);
}

} // namespace penstock
