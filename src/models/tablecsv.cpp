// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "models/tablecsv.h"

#include <QLocale>
#include <QRegularExpression>
#include <algorithm>
#include <iterator>

namespace penstock {

namespace {

    QString cell(QString text)
    {
        static const QRegularExpression thousands(QStringLiteral("(?<=\\d)") + QRegularExpression::escape(QLocale().groupSeparator()) + QStringLiteral("(?=\\d{3}(?!\\d))"));
        text.remove(thousands);
        // A missing value is drawn as a dash.
        if (text == QStringLiteral("–"))
            text.clear();
        if (text.contains(QLatin1Char(',')) || text.contains(QLatin1Char('"')) || text.contains(QLatin1Char('\n')) || text.contains(QLatin1Char('\r')))
            text = QLatin1Char('"') + text.replace(QLatin1Char('"'), QStringLiteral("\"\"")) + QLatin1Char('"');
        return text;
    }

    QString within(const QModelIndex& row)
    {
        QStringList path;
        for (auto it = row.parent(); it.isValid(); it = it.parent())
            path.prepend(it.siblingAtColumn(0).data().toString());
        return path.join(QLatin1Char('/'));
    }

} // namespace

QString tableCsv(const QModelIndexList& rows, const QList<int>& asked, const QList<std::pair<QString, QString>>& facts)
{
    if (rows.isEmpty())
        return {};
    const auto& model = *rows.front().model();
    // What is drawn and has no text in any row is no column.
    QList<int> columns;
    std::ranges::copy_if(asked, std::back_inserter(columns), [&](int column) { return std::ranges::any_of(rows, [&](const QModelIndex& row) { return row.siblingAtColumn(column).data().isValid(); }); });
    bool isTree = false;
    for (const auto& row : rows)
        isTree = isTree || row.parent().isValid();
    QStringList line;
    if (isTree)
        line << QStringLiteral("within");
    for (const int column : columns)
        line << cell(model.headerData(column, Qt::Horizontal).toString());
    for (const auto& fact : facts)
        line << cell(fact.first);
    QString text = line.join(QLatin1Char(',')) + QLatin1Char('\n');
    for (const auto& row : rows) {
        line.clear();
        if (isTree)
            line << cell(within(row));
        for (const int column : columns)
            line << cell(row.siblingAtColumn(column).data().toString());
        for (const auto& fact : facts)
            line << cell(fact.second);
        text += line.join(QLatin1Char(',')) + QLatin1Char('\n');
    }
    return text;
}

} // namespace penstock
