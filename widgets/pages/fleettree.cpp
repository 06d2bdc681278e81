// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "fleettree.h"

#include <QHeaderView>
#include <QScrollBar>
#include <utility>

#include "models/fleettreemodel.h"

namespace penstock {

namespace {

    /// The names on the way to every expanded row that can be seen without expanding another, parents first.
    void listExpanded(const QTreeView& view, const QModelIndex& parent, const QStringList& above, QList<QStringList>& list)
    {
        for (int row = 0; row < view.model()->rowCount(parent); ++row)
            if (const auto it = view.model()->index(row, 0, parent); view.isExpanded(it)) {
                list << above + QStringList { it.data().toString() };
                listExpanded(view, it, QStringList(list.back()), list);
            }
    }

} // namespace

FleetTree::FleetTree(FleetTreeModel& model, QWidget* parent) : QTreeView(parent), m_model(model)
{
    setModel(&model);
    // The order of the fleets, until a header is clicked; a third click on it returns there.
    header()->setSortIndicatorClearable(true);
    header()->setSortIndicator(-1, Qt::AscendingOrder);
    setSortingEnabled(true);
    connect(this, &QTreeView::expanded, &model, &FleetTreeModel::wake);
    connect(this, &QTreeView::collapsed, &model, &FleetTreeModel::rest);
    connect(&model, &FleetTreeModel::updating, this, &FleetTree::hold);
    connect(&model, &FleetTreeModel::updated, this, &FleetTree::release);
    connect(&model, &QAbstractItemModel::rowsInserted, this, [this](const QModelIndex& above, int first, int last) {
        for (int row = first; !above.isValid() && row <= last; ++row)
            m_arrived << m_model.index(row, 0);
    });
}

void FleetTree::dataChanged(const QModelIndex& topLeft, const QModelIndex& bottomRight, const QList<int>& roles)
{
    // For a range the view would look up the place of each of its cells, thousands of them, to find what to paint.
    if (topLeft.row() != bottomRight.row())
        QTreeView::dataChanged({}, {}, roles);
    else
        QTreeView::dataChanged(topLeft, bottomRight, roles);
}

void FleetTree::hold()
{
    m_anchor = QPersistentModelIndex();
    if (m_settling)
        return;
    const auto area = viewport()->rect();
    const auto current = currentIndex();
    // A row in a collapsed parent has an empty place, which meets nothing.
    if (const auto place = visualRect(current); current.isValid() && place.intersects(area))
        m_anchor = current;
    else if (!m_model.isSortedByValue() && verticalScrollBar()->value() > 0)
        m_anchor = indexAt(area.topLeft());
    if (m_anchor.isValid())
        m_anchorTop = visualRect(m_anchor).top();
}

void FleetTree::release()
{
    for (const auto& provider : std::exchange(m_arrived, {}))
        if (provider.isValid())
            expand(provider);
    if (!m_anchor.isValid())
        return;
    // Carries out a layout that is due.
    const auto place = visualRect(m_anchor);
    const int moved = place.top() - m_anchorTop;
    if (place.isEmpty() || moved == 0)
        return;
    auto* bar = verticalScrollBar();
    bar->setValue(bar->value() + (verticalScrollMode() == QAbstractItemView::ScrollPerPixel ? moved : moved / place.height()));
}

void FleetTree::restoreExpanded()
{
    // The filter opened providers and regions; what a user opened below them stays open.
    const auto isKept = [this](const QStringList& names) { return m_expanded.contains(names); };
    for (int p = 0; p < m_model.rowCount(); ++p) {
        const auto provider = m_model.index(p, 0);
        const QStringList names { provider.data().toString() };
        for (int r = 0; r < m_model.rowCount(provider); ++r)
            if (const auto region = m_model.index(r, 0, provider); !isKept(names + QStringList { region.data().toString() }))
                collapse(region);
        if (!isKept(names))
            collapse(provider);
    }
    for (const auto& names : std::as_const(m_expanded))
        if (const auto it = m_model.indexOf(names); it.isValid())
            expand(it);
}

void FleetTree::setFilter(const QString& text)
{
    const bool filtered = !text.trimmed().isEmpty();
    if (filtered && !m_filtered) {
        m_expanded.clear();
        listExpanded(*this, {}, {}, m_expanded);
    }
    m_model.setFilter(text);
    if (filtered)
        expandToDepth(1);
    else if (m_filtered) {
        m_settling = true;
        restoreExpanded();
        m_settling = false;
        if (currentIndex().isValid())
            scrollTo(currentIndex());
    }
    m_filtered = filtered;
}

} // namespace penstock
