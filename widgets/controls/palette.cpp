// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "controls/palette.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <algorithm>

#include "controls/paint.h"
#include "controls/theme.h"

namespace penstock {

namespace {

    constexpr int boxWidth = 640, rowHeight = 40, fieldHeight = 56, footHeight = 36, mostRows = 9;
    enum Role { IconRole = Qt::UserRole, VerbRole, NoteRole, KeysRole, WordsRole };

    class CommandDelegate final : public QStyledItemDelegate
    {
    public:
        using QStyledItemDelegate::QStyledItemDelegate;
        QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return { boxWidth, rowHeight }; }
        void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
        {
            const auto& theme = currentTheme();
            const bool selected = option.state & QStyle::State_Selected;
            painter->fillRect(option.rect, selected ? theme.accsoft : theme.s2);
            if (selected)
                painter->fillRect(QRect(option.rect.left(), option.rect.top(), 2, option.rect.height()), theme.acc);
            const auto box = QRectF(option.rect);
            paintIcon(*painter, index.data(IconRole).toString(), QRectF(box.left() + 18, box.center().y() - 9, 18, 18), theme.t2);
            painter->setFont(textFont(13));
            painter->setPen(theme.t3);
            painter->drawText(QRectF(box.left() + 48, box.top(), 76, box.height()), Qt::AlignVCenter, index.data(VerbRole).toString());
            double right = box.right() - 16;
            if (const auto keys = index.data(KeysRole).toString(); !keys.isEmpty())
                right -= paintTag(painter, { right - paintTag(nullptr, {}, keys, TagLook::Neutral), box.center().y() - 10 }, keys, TagLook::Neutral) + 10;
            painter->setFont(textFont(12));
            painter->setPen(theme.t3);
            const auto note = index.data(NoteRole).toString();
            const double noteWidth = std::min(painter->fontMetrics().horizontalAdvance(note) + 4.0, box.width() * 0.4);
            painter->drawText(QRectF(right - noteWidth, box.top(), noteWidth, box.height()), Qt::AlignVCenter | Qt::AlignRight,
                painter->fontMetrics().elidedText(note, Qt::ElideRight, static_cast<int>(noteWidth)));
            painter->setFont(textFont(13, QFont::Medium));
            painter->setPen(theme.t1);
            const double left = box.left() + 126, room = right - noteWidth - 12 - left;
            const auto shown = painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideMiddle, static_cast<int>(room));
            painter->drawText(QRectF(left, box.top(), room, box.height()), Qt::AlignVCenter, shown);
            // What was typed stands out where it was found.
            for (const auto& word : index.data(WordsRole).toStringList())
                if (const auto at = shown.indexOf(word, 0, Qt::CaseInsensitive); at >= 0) {
                    const auto before = painter->fontMetrics().horizontalAdvance(shown.left(at));
                    painter->setPen(theme.acc);
                    painter->drawText(QRectF(left + before, box.top(), room - before, box.height()), Qt::AlignVCenter, shown.mid(at, word.size()));
                }
        }
    };

} // namespace

Palette::Palette(QWidget* window)
    : QWidget(window), m_field(new QLineEdit(this)), m_list(new QListView(this)), m_model(new QStandardItemModel(this))
{
    hide();
    setObjectName(QStringLiteral("palette"));
    setAccessibleName(tr("Command palette"));
    m_field->setObjectName(QStringLiteral("paletteField"));
    m_field->setAccessibleName(tr("What to go to or do"));
    m_field->setPlaceholderText(tr("Go anywhere, do anything"));
    m_field->installEventFilter(this);
    m_list->setModel(m_model);
    m_list->setItemDelegate(new CommandDelegate(m_list));
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setUniformItemSizes(true);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setAccessibleName(tr("Commands"));
    window->installEventFilter(this);
    connect(m_field, &QLineEdit::textChanged, this, &Palette::filter);
    connect(m_list, &QListView::clicked, this, [this](const QModelIndex& index) { run(index.row()); });
}

void Palette::open(QList<Command> commands)
{
    m_commands = std::move(commands);
    const auto& theme = currentTheme();
    m_field->setStyleSheet(QStringLiteral("border: none; background: transparent; color: %1; font-size: 16px; padding: 0").arg(theme.t1.name()));
    m_list->setStyleSheet(QStringLiteral("border: none; background: %1").arg(theme.s2.name()));
    m_field->clear();
    filter();
    show();
    raise();
    m_field->setFocus(Qt::ShortcutFocusReason);
}

int Palette::rows() const { return std::clamp(static_cast<int>(m_found.size()), 1, mostRows); }

void Palette::place()
{
    setGeometry(parentWidget()->rect());
    const int left = (width() - boxWidth) / 2, top = std::max(48, height() / 9);
    m_field->setGeometry(left + 48, top, boxWidth - 150, fieldHeight);
    m_list->setGeometry(left + 1, top + fieldHeight + 1, boxWidth - 2, rowHeight * rows());
}

void Palette::filter()
{
    const auto words = m_field->text().split(QLatin1Char(' '), Qt::SkipEmptyParts);
    m_found.clear();
    m_model->clear();
    for (qsizetype i = 0; i < m_commands.size(); ++i) {
        const auto& it = m_commands[i];
        const QString text = it.verb + QLatin1Char(' ') + it.object;
        if (!std::ranges::all_of(words, [&](const QString& word) { return text.contains(word, Qt::CaseInsensitive); }))
            continue;
        m_found << i;
        auto* item = new QStandardItem(it.object);
        item->setData(it.icon, IconRole);
        item->setData(it.verb, VerbRole);
        item->setData(it.note, NoteRole);
        item->setData(it.keys, KeysRole);
        item->setData(words, WordsRole);
        item->setData(text, Qt::AccessibleTextRole);
        m_model->appendRow(item);
        // Nobody reads further: typing one letter more is quicker.
        if (m_found.size() == 200)
            break;
    }
    m_list->setCurrentIndex(m_model->index(0, 0));
    place();
    update();
}

void Palette::run(int row)
{
    if (row < 0 || row >= m_found.size())
        return;
    const auto action = m_commands[m_found[row]].run;
    hide();
    parentWidget()->setFocus();
    if (action)
        action();
}

bool Palette::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == parentWidget() && event->type() == QEvent::Resize && isVisible())
        place();
    if (watched != m_field || event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    const int row = m_list->currentIndex().row(), last = m_model->rowCount() - 1;
    switch (key->key()) {
    case Qt::Key_Down: m_list->setCurrentIndex(m_model->index(std::min(row + 1, last), 0)); return true;
    case Qt::Key_Up: m_list->setCurrentIndex(m_model->index(std::max(row - 1, 0), 0)); return true;
    case Qt::Key_PageDown: m_list->setCurrentIndex(m_model->index(std::min(row + mostRows, last), 0)); return true;
    case Qt::Key_PageUp: m_list->setCurrentIndex(m_model->index(std::max(row - mostRows, 0), 0)); return true;
    case Qt::Key_Return:
    case Qt::Key_Enter: run(row); return true;
    case Qt::Key_Escape:
        hide();
        parentWidget()->setFocus();
        return true;
    default: return false;
    }
}

void Palette::mousePressEvent(QMouseEvent*)
{
    // Beside the box.
    hide();
    parentWidget()->setFocus();
}

void Palette::paintEvent(QPaintEvent*)
{
    const auto& theme = currentTheme();
    QPainter painter(this);
    painter.fillRect(rect(), QColor(0, 0, 0, 128));
    const QRectF box(m_list->x() - 1, m_field->y(), boxWidth, fieldHeight + rowHeight * rows() + footHeight + 2);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.line2, 1));
    painter.setBrush(theme.s2);
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.fillRect(QRectF(box.left(), box.top() + fieldHeight, box.width(), 1), theme.line2);
    painter.fillRect(QRectF(box.left(), box.bottom() - footHeight, box.width(), 1), theme.line2);
    paintIcon(painter, QStringLiteral("search"), QRectF(box.left() + 18, box.top() + 18, 20, 20), theme.t2);
    painter.setFont(textFont(12));
    painter.setPen(theme.t3);
    painter.drawText(QRectF(box.right() - 116, box.top(), 100, fieldHeight), Qt::AlignVCenter | Qt::AlignRight, tr("%1 of %2").arg(m_found.size()).arg(m_commands.size()));
    if (m_found.isEmpty())
        painter.drawText(QRectF(box.left(), box.top() + fieldHeight, box.width(), rowHeight), Qt::AlignCenter, tr("Nothing is called that."));
    double x = box.left() + 16;
    const double y = box.bottom() - footHeight + 8;
    for (const auto& [keys, what] : { std::pair { tr("Up, Down"), tr("choose") }, std::pair { tr("Enter"), tr("do") }, std::pair { tr("Esc"), tr("close") } }) {
        x += paintTag(&painter, { x, y }, keys, TagLook::Neutral) + 6;
        painter.setFont(textFont(12));
        painter.setPen(theme.t3);
        painter.drawText(QRectF(x, y, 100, 20), Qt::AlignVCenter, what);
        x += painter.fontMetrics().horizontalAdvance(what) + 18;
    }
}

} // namespace penstock
