// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "troublelist.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QShortcut>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>
#include <numeric>
#include <utility>

#include "controls/iconbutton.h"
#include "controls/paint.h"
#include "controls/theme.h"
#include "models/format.h"
#include "models/places.h"
#include "models/troublemodel.h"

namespace penstock {

namespace {

    using Level = FleetTreeModel::Level;

    class TroubleDelegate final : public QStyledItemDelegate
    {
    public:
        using QStyledItemDelegate::QStyledItemDelegate;
        void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
        {
            const auto& theme = currentTheme();
            const bool selected = option.state & QStyle::State_Selected;
            painter->fillRect(option.rect, selected ? theme.accsoft : theme.bg);
            if (selected && index.column() == TroubleModel::Reason)
                painter->fillRect(QRect(option.rect.left(), option.rect.top(), 2, option.rect.height()), theme.acc);
            auto box = QRectF(option.rect).adjusted(8, 0, -8, 0);
            // Of a column that has no room of its own, below the one that it belongs to.
            QString below;
            if (const auto* table = qobject_cast<const QTableView*>(option.widget)) {
                if (index.column() == TroubleModel::Reason && table->isColumnHidden(TroubleModel::Action))
                    below = index.siblingAtColumn(TroubleModel::Action).data().toString();
                else if (index.column() == TroubleModel::Cluster && table->isColumnHidden(TroubleModel::Region))
                    below = index.siblingAtColumn(TroubleModel::Region).data().toString();
            }
            if (index.column() == TroubleModel::Reason) {
                paintStateGlyph(*painter, QRectF(box.left(), box.center().y() - 6, 12, 12), static_cast<GpuState>(index.data(TroubleModel::StateRole).toInt()));
                box.adjust(20, 0, 0, 0);
            } else if (index.column() == TroubleModel::Provider) {
                painter->fillRect(QRectF(box.left(), box.center().y() - 6, 3, 12), theme.provider(index.data(TroubleModel::ProviderRole).toString()));
                box.adjust(10, 0, 0, 0);
            }
            painter->setFont(textFont(13, index.column() == TroubleModel::Reason ? QFont::Medium : QFont::Normal));
            painter->setPen(index.column() == TroubleModel::Reason || index.column() == TroubleModel::Node ? theme.t1 : theme.t2);
            const auto write = [&](const QRectF& room, const QString& text) {
                // Nodes of a pool differ at their end.
                const auto elide = index.column() == TroubleModel::Node ? Qt::ElideMiddle : Qt::ElideRight;
                painter->drawText(room, index.data(Qt::TextAlignmentRole).toInt(), painter->fontMetrics().elidedText(text, elide, static_cast<int>(room.width())));
            };
            if (below.isEmpty())
                return write(box, index.data().toString());
            write(box.adjusted(0, 3, 0, -box.height() / 2), index.data().toString());
            painter->setFont(textFont(12));
            painter->setPen(theme.t2);
            write(box.adjusted(0, box.height() / 2, 0, -4), below);
        }
    };

} // namespace

TroubleList::TroubleList(QWidget* parent)
    : QWidget(parent)
    , m_model(new TroubleModel(this))
    , m_table(new QTableView(this))
    , m_where(new QLabel(this))
    , m_summary(new QLabel(this))
    , m_all(new QPushButton(tr("All fleets"), this))
{
    auto* title = new QLabel(tr("GPUs that need a look"), this);
    title->setFont(textFont(22, QFont::DemiBold));
    m_where->setFont(textFont(13, QFont::Medium));
    m_where->setObjectName(QStringLiteral("troubleWhere"));
    m_summary->setProperty("tone", QStringLiteral("t3"));
    m_summary->setObjectName(QStringLiteral("troubleSummary"));
    m_summary->setMinimumWidth(1);
    m_all->setObjectName(QStringLiteral("troubleAll"));
    auto* asText = new QPushButton(tr("Copy"), this);
    asText->setToolTip(tr("Copies the selected rows, or all, as text (Ctrl+C)"));
    asText->setObjectName(QStringLiteral("troubleCopy"));
    auto* asCsv = new QPushButton(tr("Copy as CSV"), this);
    asCsv->setObjectName(QStringLiteral("troubleCsv"));
    auto* close = new IconButton(QStringLiteral("collapse"), tr("Back to the fleets (U)"), this);
    close->setObjectName(QStringLiteral("troubleClose"));
    m_table->setModel(m_model);
    m_table->setItemDelegate(new TroubleDelegate(m_table));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setObjectName(QStringLiteral("troubleTable"));
    m_table->setAccessibleName(title->text());
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(28);
    auto* header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setSectionResizeMode(QHeaderView::Fixed);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(-1, Qt::AscendingOrder);

    auto* head = new QHBoxLayout;
    head->setSpacing(8);
    head->addWidget(title);
    head->addWidget(m_where);
    head->addWidget(m_summary, 1);
    head->addWidget(m_all);
    head->addWidget(asText);
    head->addWidget(asCsv);
    head->addWidget(close);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 10, 24, 8);
    layout->setSpacing(10);
    layout->addLayout(head);
    layout->addWidget(m_table, 1);

    connect(m_all, &QPushButton::clicked, this, [this] {
        if (m_snapshot)
            setScope(m_snapshot->structure(), {});
    });
    connect(asText, &QPushButton::clicked, this, [this] { copy(false); });
    connect(asCsv, &QPushButton::clicked, this, [this] { copy(true); });
    connect(close, &QPushButton::clicked, this, &TroubleList::closeWanted);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& row) {
        if (m_table->hasFocus() && row.isValid())
            emit chosen(placeAt(row.row()));
    });
    connect(m_table, &QTableView::activated, this, [this](const QModelIndex& row) { emit opened(placeAt(row.row())); });
    const auto key = [this](const QKeySequence& keys, auto run) { connect(new QShortcut(keys, this, {}, {}, Qt::WidgetWithChildrenShortcut), &QShortcut::activated, this, run); };
    key(QKeySequence::Copy, [this] { copy(false); });
    key(QKeySequence(Qt::Key_Escape), [this] { emit closeWanted(); });
}

void TroubleList::setScope(const Structure& shape, const FleetTreeModel::Place& place)
{
    m_scope = {};
    QStringList names;
    for (const auto& it : pathTo(shape, place)) {
        // A GPU is chosen in the list itself: its cluster is what a person comes back to.
        if (it.level == Level::Gpu || (it.level == Level::Node && place.level == Level::Gpu))
            continue;
        const auto& name = nameOf(shape, it);
        (it.level == Level::Provider ? m_scope.provider : it.level == Level::Region ? m_scope.region : it.level == Level::Cluster ? m_scope.cluster : m_scope.node) = name;
        names << QString::fromStdString(name);
    }
    m_where->setText(names.isEmpty() ? tr("in all fleets") : tr("in %1").arg(names.join(QStringLiteral(" / "))));
    m_all->setVisible(!names.isEmpty());
    if (m_snapshot)
        refresh();
}

void TroubleList::show(const SnapshotPtr& snapshot, const QStringList& notWhole)
{
    const bool isDue = !m_snapshot || notWhole != m_notWhole || snapshot->structure().version != m_snapshot->structure().version || snapshot->asOf() - m_shownAt >= std::chrono::milliseconds(950);
    if (!isDue)
        return;
    m_snapshot = snapshot;
    m_notWhole = notWhole;
    refresh();
}

void TroubleList::refresh()
{
    m_shownAt = m_snapshot->asOf();
    m_model->show(m_snapshot, m_scope);
    const auto gpus = format::count(m_model->gpus());
    const auto said = m_model->gpus() == 0 ? m_notWhole.isEmpty() ? tr("nothing unhealthy, silent or slowed down") : tr("nothing of what answers")
        : m_model->gpus() == 1             ? tr("1 GPU")
        : m_model->left() > 0              ? tr("%1 GPUs; the first %2 rows").arg(gpus, format::count(TroubleModel::most))
                                           : tr("%1 GPUs").arg(gpus);
    //: %2: names of endpoints
    m_summary->setText(m_notWhole.isEmpty() ? said : tr("%1; the rest is not known: %2").arg(said, m_notWhole.join(QStringLiteral(", "))));
    m_summary->setToolTip(m_notWhole.isEmpty() ? QString() : tr("These endpoints do not answer, or only in part; GPUs that they do not show may need a look too"));
}

/// Where the table is narrow, the reason takes what is left, with what to do below it, and regions stand below their clusters.
void TroubleList::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    const bool isWide = width() >= 1350;
    m_table->setColumnHidden(TroubleModel::Action, !isWide);
    m_table->setColumnHidden(TroubleModel::Region, width() < 1500);
    m_table->verticalHeader()->setDefaultSectionSize(width() < 1500 ? 44 : 28);
    auto* header = m_table->horizontalHeader();
    header->setSectionResizeMode(TroubleModel::Reason, isWide ? QHeaderView::Fixed : QHeaderView::Stretch);
    header->setSectionResizeMode(TroubleModel::Action, isWide ? QHeaderView::Stretch : QHeaderView::Fixed);
    // Names are long or short: a wide table gives them room before the rest.
    const int more = std::clamp(width() - 1500, 0, 800) / 8;
    header->resizeSection(TroubleModel::Reason, 340 + more);
    header->resizeSection(TroubleModel::Node, (isWide ? 170 : 230) + more);
    header->resizeSection(TroubleModel::Gpu, 56);
    header->resizeSection(TroubleModel::Cluster, (isWide ? 132 : 150) + more);
    header->resizeSection(TroubleModel::Region, 132 + more);
    header->resizeSection(TroubleModel::Provider, 100);
    header->resizeSection(TroubleModel::Workload, 108 + more);
    header->resizeSection(TroubleModel::FirstSeen, 92);
    header->resizeSection(TroubleModel::LastSeen, 92);
}

void TroubleList::focusTable() { m_table->setFocus(Qt::ShortcutFocusReason); }

FleetTreeModel::Place TroubleList::placeAt(int row) const
{
    const auto* it = m_model->trouble(row);
    if (!it)
        return {};
    const auto cluster = m_snapshot->structure().nodes[it->place.node].cluster;
    return it->wholeCluster ? FleetTreeModel::Place { Level::Cluster, cluster, 0 } : FleetTreeModel::Place { Level::Gpu, it->place.gpu, it->place.node };
}

void TroubleList::copy(bool asCsv)
{
    std::vector<int> rows;
    for (const auto& index : m_table->selectionModel()->selectedRows())
        rows.push_back(index.row());
    std::ranges::sort(rows);
    if (rows.empty()) {
        rows.resize(static_cast<std::size_t>(m_model->rowCount()));
        std::iota(rows.begin(), rows.end(), 0);
    }
    QGuiApplication::clipboard()->setText(m_model->copyOf(rows, asCsv ? TroubleModel::As::Csv : TroubleModel::As::Text));
}

} // namespace penstock
