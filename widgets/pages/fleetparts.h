// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QScrollArea>
#include <QStyledItemDelegate>
#include <QWidget>

#include "engine/query.h"
#include "models/fleettreemodel.h"

namespace penstock {

[[nodiscard]] QString stateName(GpuState state);
[[nodiscard]] QString healthName(Health health);

/// The one number of the page and the figures beside it.
class TotalsStrip final : public QWidget
{
    Q_OBJECT

public:
    explicit TotalsStrip(QWidget* parent = nullptr);
    void show(const Snapshot& snapshot);

signals:
    void troublesWanted(); ///< the unhealthy ones, by a click on their number

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;

private:
    Tally m_tally;
    bool m_stale = false;
    bool m_isPast = false, m_isKnown = true; ///< of the past nodes are not kept, and sometimes nothing
    QRectF m_unhealthy; ///< where their number was painted
};

/// What the selected part of the fleets is doing.
class Inspector final : public QWidget
{
    Q_OBJECT

public:
    explicit Inspector(QWidget* parent = nullptr);
    void show(const SnapshotPtr& snapshot, const FleetTreeModel::Place& place);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    /// A kind of single GPUs that somebody should look at.
    struct Finding
    {
        GpuState glyph;
        QString name;
        std::uint64_t gpus;
    };
    [[nodiscard]] QString describe() const;
    [[nodiscard]] Filter filter() const;
    /// Looks for so many kinds, going on where it stopped last.
    void look(qsizetype kinds);
    SnapshotPtr m_snapshot;
    QList<Finding> m_findings; ///< of every kind, also those without GPUs
    static constexpr qsizetype kindCount = 8;
    qsizetype m_nextKind = 0;
    FleetTreeModel::Place m_place;
};

/// Paints the tree's rows: provider mark, state bar, age, stale numbers.
class FleetDelegate final : public QStyledItemDelegate
{
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

} // namespace penstock
