// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "savemenu.h"

#include <QFileDialog>
#include <QHeaderView>
#include <QMenu>
#include <QPainter>
#include <QSaveFile>
#include <QTableView>
#include <QTreeView>

#include "charts/heatmap.h"
#include "charts/picturefile.h"
#include "charts/timechart.h"
#include "controls/theme.h"
#include "models/tablecsv.h"
#include "pages/chartbar.h"

namespace penstock {

namespace {

    QHeaderView* headerOf(const QAbstractItemView& view)
    {
        if (const auto* tree = qobject_cast<const QTreeView*>(&view))
            return tree->header();
        const auto* table = qobject_cast<const QTableView*>(&view);
        return table ? table->horizontalHeader() : nullptr;
    }

    /// Those of a tree that are unfolded.
    QModelIndexList rowsOf(const QAbstractItemView& view)
    {
        QModelIndexList rows;
        const auto& model = *view.model();
        if (const auto* tree = qobject_cast<const QTreeView*>(&view))
            for (auto it = model.index(0, 0); it.isValid(); it = tree->indexBelow(it))
                rows << it;
        else
            for (int row = 0; row < model.rowCount(view.rootIndex()); ++row)
                rows << model.index(row, 0, view.rootIndex());
        return rows;
    }

    QList<int> columnsOf(const QAbstractItemView& view)
    {
        const auto* header = headerOf(view);
        QList<int> columns;
        for (int visual = 0; visual < header->count(); ++visual)
            if (const int column = header->logicalIndex(visual); !header->isSectionHidden(column))
                columns << column;
        return columns;
    }

    /// A part of a file's name: "GPUs by state" is "gpus-by-state".
    QString slug(const QString& name)
    {
        QString made;
        for (const QChar it : name.toLower())
            if (it.isLetterOrNumber())
                made += it;
            else if (!made.isEmpty() && !made.endsWith(QLatin1Char('-')))
                made += QLatin1Char('-');
        while (made.endsWith(QLatin1Char('-')))
            made.chop(1);
        return made.isEmpty() ? QStringLiteral("penstock") : made;
    }

} // namespace

SaveMenu::SaveMenu(QWidget& window, std::function<Provenance()> provenance) : QObject(&window), m_provenance(std::move(provenance))
{
    for (auto* chart : window.findChildren<TimeChart*>()) {
        chart->setContextMenuPolicy(Qt::CustomContextMenu);
        connect(chart, &QWidget::customContextMenuRequested, this, [this, chart](QPoint at) { offerChart(*chart, chart->mapToGlobal(at)); });
    }
    for (auto* map : window.findChildren<Heatmap*>()) {
        map->setContextMenuPolicy(Qt::CustomContextMenu);
        connect(map, &QWidget::customContextMenuRequested, this, [this, map](QPoint at) { offerHeatmap(*map, map->mapToGlobal(at)); });
    }
    for (auto* bar : window.findChildren<ChartBar*>())
        if (auto* chart = bar->parentWidget()->findChild<TimeChart*>()) {
            bar->offerSaving();
            connect(bar, &ChartBar::saveWanted, this, [this, chart](QPoint at) { offerChart(*chart, at); });
        }
    for (auto* view : window.findChildren<QAbstractItemView*>()) {
        if (!headerOf(*view))
            continue;
        view->setContextMenuPolicy(Qt::CustomContextMenu);
        connect(view, &QWidget::customContextMenuRequested, this, [this, view](QPoint at) { offerTable(*view, view->viewport()->mapToGlobal(at)); });
    }
}

PictureText SaveMenu::textOf(const QWidget& picture) const
{
    auto of = m_provenance();
    if (const auto* chart = qobject_cast<const TimeChart*>(&picture))
        if (const auto missing = chart->missing(); !missing.isEmpty())
            of.missing += (of.missing.isEmpty() ? QString() : QStringLiteral("; ")) + missing;
    QStringList below { tr("As of %1. Source: %2.").arg(of.asOf, of.source), of.missing.isEmpty() ? tr("Whole: nothing is missing.") : tr("Partial: %1.").arg(of.missing) };
    if (of.simulated)
        below << tr("SIMULATED: no measurement of what was there.");
    return { .above = { picture.accessibleName() }, .below = below };
}

bool SaveMenu::saveChart(const TimeChart& chart, const QString& path) const
{
    const auto text = textOf(chart);
    return chart.save(path, text.above, text.below);
}

bool SaveMenu::saveHeatmap(Heatmap& map, const QString& path) const
{
    const auto picture = map.grab();
    return savePicture(path, map.size(), textOf(map), currentTheme().chart(), map.font(), [&](QPainter& painter, const QRectF& area) { painter.drawPixmap(area, picture, picture.rect()); });
}

bool SaveMenu::saveTable(const QAbstractItemView& table, const QString& path) const
{
    const auto of = m_provenance();
    // Of machines' reading: names in no language.
    const auto text = tableCsv(rowsOf(table), columnsOf(table),
        { { QStringLiteral("as_of"), of.asOf }, { QStringLiteral("source"), of.source }, { QStringLiteral("missing"), of.missing }, { QStringLiteral("simulated"), QString::number(static_cast<int>(of.simulated)) } })
                          .toUtf8();
    QSaveFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.commit();
}

void SaveMenu::offerChart(TimeChart& chart, QPoint at)
{
    QMenu menu;
    for (const auto& kind : { QStringLiteral("png"), QStringLiteral("svg") })
        connect(menu.addAction(tr("Save the chart as %1…").arg(kind.toUpper())), &QAction::triggered, this, [this, &chart, kind] { ask(chart, kind, [this, &chart](const QString& path) { return saveChart(chart, path); }); });
    menu.exec(at);
}

void SaveMenu::offerHeatmap(Heatmap& map, QPoint at)
{
    QMenu menu;
    connect(menu.addAction(tr("Save the chart as %1…").arg(QStringLiteral("PNG"))), &QAction::triggered, this, [this, &map] { ask(map, QStringLiteral("png"), [this, &map](const QString& path) { return saveHeatmap(map, path); }); });
    menu.exec(at);
}

void SaveMenu::offerTable(QAbstractItemView& table, QPoint at)
{
    if (!table.model() || table.model()->rowCount(table.rootIndex()) == 0)
        return;
    QMenu menu;
    connect(menu.addAction(tr("Save the table as CSV…")), &QAction::triggered, this, [this, &table] { ask(table, QStringLiteral("csv"), [this, &table](const QString& path) { return saveTable(table, path); }); });
    menu.exec(at);
}

void SaveMenu::ask(QWidget& what, const QString& kind, const std::function<bool(const QString&)>& save)
{
    const auto day = m_provenance().asOf.left(10);
    const auto path = QFileDialog::getSaveFileName(what.window(), tr("Save"), QStringLiteral("%1-%2.%3").arg(slug(what.accessibleName()), day, kind), QStringLiteral("*.") + kind);
    if (path.isEmpty())
        return;
    const bool done = save(path);
    emit said(done ? tr("Written into %1.").arg(path) : tr("%1 cannot be written.").arg(path), !done);
}

} // namespace penstock
