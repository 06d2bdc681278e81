// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "pages/loadpage.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>
#include <algorithm>

#include "controls/theme.h"
#include "loadparts.h"

namespace penstock {

LoadPage::LoadPage(QWidget* parent) : QWidget(parent), m_summary(new QLabel(this)), m_panel(new PreviewPanel(this))
{
    auto* title = new QLabel(tr("Load"), this);
    title->setFont(textFont(22, QFont::DemiBold));
    m_summary->setProperty("tone", QStringLiteral("t3"));
    auto* head = new QHBoxLayout;
    head->setContentsMargins(24, 16, 24, 12);
    head->addWidget(title);
    head->addSpacing(8);
    head->addWidget(m_summary, 1);
    auto* body = new QWidget(this);
    m_rows = new QVBoxLayout(body);
    m_rows->setContentsMargins(0, 0, 0, 0);
    m_rows->setSpacing(0);
    m_rows->addStretch();
    auto* scroll = new QScrollArea(this);
    scroll->setWidget(body);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* left = new QVBoxLayout;
    left->addLayout(head);
    left->addWidget(scroll, 1);
    auto* line = new QFrame(this);
    line->setProperty("line", QStringLiteral("v"));
    auto* whole = new QHBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    whole->addLayout(left, 11);
    whole->addWidget(line);
    whole->addWidget(m_panel, 9);
    m_panel->setMinimumWidth(440);

    connect(m_panel, &PreviewPanel::startClicked, this, [this] {
        auto* row = m_byName.value(m_selected);
        if (!row)
            return;
        emit shiftWanted(m_selected, row->desired(), m_panel->step(), m_panel->bakeSeconds(), m_panel->reason());
        m_panel->clearReason();
    });
    connect(m_panel, &PreviewPanel::discardClicked, this, [this] {
        if (auto* row = m_byName.value(m_selected))
            row->discard();
        select(m_selected);
    });
    connect(m_panel, &PreviewPanel::stepEdited, this, [this] { select(m_selected); });
    connect(m_panel, &PreviewPanel::pauseClicked, this, [this] { emit pauseWanted(m_selected); });
    connect(m_panel, &PreviewPanel::resumeClicked, this, [this] { emit resumeWanted(m_selected); });
    connect(m_panel, &PreviewPanel::returnClicked, this, [this] { emit returnWanted(m_selected); });
    connect(m_panel, &PreviewPanel::stopClicked, this, [this] { emit stopWanted(m_selected); });
}

void LoadPage::setReadOnly(bool readOnly) { m_panel->setReadOnly(readOnly); }

void LoadPage::select(const QString& route)
{
    m_selected = route;
    for (auto it = m_byName.begin(); it != m_byName.end(); ++it)
        it.value()->setSelected(it.key() == route);
    auto* row = m_byName.value(route);
    const auto found = std::ranges::find(m_figures, route, [](const RouteFigures& it) { return QString::fromStdString(it.route.name); });
    if (!row || found == m_figures.end())
        return;
    m_panel->showRoute(*found, row->isEdited(), row->desired());
    if (row->isEdited())
        emit previewWanted(route, row->desired(), m_panel->step());
}

void LoadPage::show(const std::vector<RouteFigures>& routes)
{
    m_figures = routes;
    QStringList kinds;
    for (const auto& figures : routes) {
        const auto name = QString::fromStdString(figures.route.name);
        const auto address = QString::fromStdString(figures.route.router.url + figures.route.router.endpoint);
        if (!kinds.contains(address))
            kinds << address;
        auto*& row = m_byName[name];
        if (!row) {
            row = new RouteRow(figures.route, this);
            m_rows->insertWidget(m_rows->count() - 1, row);
            connect(row, &RouteRow::picked, this, [this, name] { select(name); });
            connect(row, &RouteRow::edited, this, [this, name] { select(name); });
        }
        row->show(figures);
    }
    m_summary->setText(tr("routes: %1, routers: %2").arg(routes.size()).arg(kinds.size()));
    if (m_selected.isEmpty() && !routes.empty())
        m_selected = QString::fromStdString(routes.front().route.name);
    select(m_selected);
}

void LoadPage::showPreview(const QString& route, const Result<Preview>& preview)
{
    if (route == m_selected)
        m_panel->showPreview(preview);
}

} // namespace penstock
