// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QStyledItemDelegate>
#include <QWidget>
#include <vector>

namespace penstock {

/// Key figures side by side: a label, the figure, and a note below it.
class FigureStrip final : public QWidget
{
    Q_OBJECT

public:
    struct Figure
    {
        QString label, value, note;
        enum class Tone { Plain, Caution, Danger, Old } tone = Tone::Plain;
    };
    explicit FigureStrip(QWidget* parent = nullptr);
    void show(std::vector<Figure> figures);
    [[nodiscard]] const std::vector<Figure>& figures() const { return m_figures; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::vector<Figure> m_figures;
};

/// Paints the rows of the table of providers and models.
class CapacityDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

} // namespace penstock
