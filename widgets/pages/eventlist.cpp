// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "eventlist.h"

#include <QHeaderView>
#include <QLabel>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

#include "controls/theme.h"
#include "models/eventmodel.h"

namespace penstock {

namespace {

    class EventDelegate final : public QStyledItemDelegate
    {
    public:
        using QStyledItemDelegate::QStyledItemDelegate;
        void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
        {
            const auto& theme = currentTheme();
            painter->fillRect(option.rect, option.state & QStyle::State_Selected ? theme.accsoft : theme.bg);
            auto box = QRectF(option.rect).adjusted(4, 0, -6, 0);
            if (index.column() == EventModel::Place && !index.data(EventModel::ProviderRole).toString().isEmpty()) {
                painter->fillRect(QRectF(box.left(), box.center().y() - 6, 3, 12), theme.provider(index.data(EventModel::ProviderRole).toString()));
                box.adjust(9, 0, 0, 0);
            }
            painter->setFont(textFont(13));
            const bool isBad = index.column() == EventModel::What && index.data(EventModel::BadRole).toBool();
            painter->setPen(isBad ? theme.red : index.column() == EventModel::At ? theme.t3 : theme.t1);
            const Qt::Alignment align = (index.data(Qt::TextAlignmentRole).isValid() ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter;
            const auto cut = index.column() == EventModel::Place ? Qt::ElideLeft : Qt::ElideRight;
            painter->drawText(box, static_cast<int>(align), painter->fontMetrics().elidedText(index.data().toString(), cut, static_cast<int>(box.width())));
        }
    };

} // namespace

EventList::EventList(QWidget* parent) : QWidget(parent), m_model(new EventModel(this)), m_table(new QTableView(this)), m_nothing(new QLabel(this))
{
    auto* title = new QLabel(tr("What happened"), this);
    title->setFont(textFont(13, QFont::DemiBold));
    m_nothing->setProperty("tone", QStringLiteral("t3"));
    m_nothing->setText(tr("to single GPUs in the day before"));
    m_table->setModel(m_model);
    m_table->setItemDelegate(new EventDelegate(m_table));
    m_table->setObjectName(QStringLiteral("events"));
    m_table->setAccessibleName(title->text());
    m_table->setShowGrid(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setTabKeyNavigation(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(28);
    auto* header = m_table->horizontalHeader();
    header->setSectionResizeMode(QHeaderView::Fixed);
    header->setSectionResizeMode(EventModel::What, QHeaderView::Stretch);
    header->setSectionResizeMode(EventModel::Place, QHeaderView::Stretch);
    header->setHighlightSections(false);
    header->resizeSection(EventModel::At, 76);
    header->resizeSection(EventModel::Gpus, 60);
    setMinimumWidth(440); // both names in most of their rows
    auto* head = new QHBoxLayout;
    head->addWidget(title);
    head->addSpacing(8);
    head->addWidget(m_nothing, 1);
    head->setContentsMargins(0, 4, 0, 4);
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->addLayout(head);
    whole->addWidget(m_table, 1);
}

void EventList::show(const std::vector<FleetEvent>& events)
{
    m_model->show(events);
    m_nothing->setText(events.empty() ? tr("nothing to single GPUs in the day before") : tr("to single GPUs in the day before"));
}

} // namespace penstock
