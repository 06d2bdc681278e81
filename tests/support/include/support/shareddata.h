// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QByteArray>
#include <QDir>
#include <QFileInfo>
#include <QString>

namespace penstock::test {

/// The folder of recorded data beside the checkout, or what PENSTOCK_SHARED names; empty when it is not there.
inline QString sharedData()
{
    const auto named = qEnvironmentVariable("PENSTOCK_SHARED");
    const auto folder = named.isEmpty() ? QStringLiteral(PENSTOCK_SOURCE_DIR "/../shared") : named;
    return QFileInfo::exists(folder + QStringLiteral("/replay/three-clouds/fleet.csv")) ? QDir(folder).absolutePath() : QString();
}

} // namespace penstock::test
