// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QModelIndexList>
#include <QString>
#include <utility>

namespace penstock {

/// A table as it is shown, as CSV (RFC 4180): a line of column titles, then one line for each of `rows`, whole and
/// without separators of thousands. Rows of a tree have what they are within in front: "azure/eastus". Each line ends
/// with `facts`, which are of all of it: title and value.
[[nodiscard]] QString tableCsv(const QModelIndexList& rows, const QList<int>& columns, const QList<std::pair<QString, QString>>& facts);

} // namespace penstock
