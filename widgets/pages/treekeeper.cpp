// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "treekeeper.h"

#include <QScrollBar>
#include <QTreeView>
#include <functional>
#include <utility>

#include "models/fleettreemodel.h"

namespace penstock {

namespace {

    /// Calls with every expanded row that can be seen without expanding another, and its path "/azure/eastus".
    void eachExpanded(const QTreeView& view, const QModelIndex& parent, const QString& path, const std::function<void(const QString&)>& call)
    {
        for (int row = 0; row < view.model()->rowCount(parent); ++row)
            if (const auto it = view.model()->index(row, 0, parent); view.isExpanded(it)) {
                const auto its = path + QLatin1Char('/') + it.data().toString();
                call(its);
                eachExpanded(view, it, its, call);
            }
    }

    void expand(QTreeView& view, const QModelIndex& parent, const QString& path, const QSet<QString>& expanded)
    {
        for (int row = 0; row < view.model()->rowCount(parent); ++row) {
            const auto it = view.model()->index(row, 0, parent);
            const auto its = path + QLatin1Char('/') + it.data().toString();
            view.setExpanded(it, expanded.contains(its));
            if (!view.isExpanded(it))
                continue;
            // The view fetches when it lays itself out, which may be later.
            if (view.model()->canFetchMore(it))
                view.model()->fetchMore(it);
            expand(view, it, its, expanded);
        }
    }

} // namespace

TreeKeeper::TreeKeeper(QTreeView& view, FleetTreeModel& model) : QObject(&view), m_view(view), m_model(model)
{
    connect(&view, &QTreeView::expanded, &model, &FleetTreeModel::wake);
    connect(&view, &QTreeView::collapsed, &model, &FleetTreeModel::rest);
    connect(&model, &FleetTreeModel::updating, this, &TreeKeeper::hold);
    connect(&model, &FleetTreeModel::updated, this, &TreeKeeper::release);
    connect(&model, &QAbstractItemModel::rowsInserted, this, [this](const QModelIndex& parent, int first, int last) {
        for (int row = first; !parent.isValid() && row <= last; ++row)
            m_arrived << m_model.index(row, 0);
    });
}

void TreeKeeper::hold()
{
    const auto area = m_view.viewport()->rect();
    const auto current = m_view.currentIndex();
    m_anchor = QPersistentModelIndex();
    // A row in a collapsed parent has an empty place, which meets nothing.
    if (const auto place = m_view.visualRect(current); current.isValid() && place.intersects(area))
        m_anchor = current;
    else if (!m_model.isSortedByValue() && m_view.verticalScrollBar()->value() > 0)
        m_anchor = m_view.indexAt(area.topLeft());
    if (m_anchor.isValid())
        m_anchorTop = m_view.visualRect(m_anchor).top();
}

void TreeKeeper::release()
{
    for (const auto& provider : std::exchange(m_arrived, {}))
        if (provider.isValid())
            m_view.expand(provider);
    if (!m_anchor.isValid())
        return;
    // Carries out a layout that is due.
    const auto place = m_view.visualRect(m_anchor);
    const int moved = place.top() - m_anchorTop;
    if (place.isEmpty() || moved == 0)
        return;
    auto* bar = m_view.verticalScrollBar();
    bar->setValue(bar->value() + (m_view.verticalScrollMode() == QAbstractItemView::ScrollPerPixel ? moved : moved / place.height()));
}

void TreeKeeper::setFilter(const QString& text)
{
    const bool filtered = !text.trimmed().isEmpty();
    if (filtered && !m_filtered) {
        m_expanded.clear();
        eachExpanded(m_view, {}, {}, [this](const QString& path) { m_expanded << path; });
    }
    m_model.setFilter(text);
    if (filtered)
        m_view.expandToDepth(1);
    else if (m_filtered) {
        expand(m_view, {}, {}, m_expanded);
        if (m_view.currentIndex().isValid())
            m_view.scrollTo(m_view.currentIndex());
    }
    m_filtered = filtered;
}

} // namespace penstock
