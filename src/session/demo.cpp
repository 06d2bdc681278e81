// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "session/demo.h"

#include <QDir>
#include <QFile>
#include <QSaveFile>
#include <QStandardPaths>

static void loadDemoResources() { Q_INIT_RESOURCE(demo); }

namespace penstock {

static QString demoFolder() { return QStandardPaths::writableLocation(QStandardPaths::GenericCacheLocation) + QStringLiteral("/penstock/demo"); }

bool isDemo(const Workspace& workspace) { return QString::fromStdString(workspace.file).startsWith(demoFolder() + QLatin1Char('/')); }

std::expected<Workspace, std::vector<Error>> demoWorkspace()
{
    loadDemoResources();
    const auto folder = demoFolder();
    QDir().mkpath(folder);
    for (const auto* name : { "workspace.toml", "demo.toml" }) {
        QFile source(QStringLiteral(":/demo/") + QString::fromLatin1(name));
        QSaveFile target(folder + QLatin1Char('/') + QString::fromLatin1(name));
        if (!source.open(QIODevice::ReadOnly) || !target.open(QIODevice::WriteOnly) || !target.setPermissions(QFile::ReadOwner | QFile::WriteOwner) || target.write(source.readAll()) < 0 || !target.commit())
            return std::unexpected(std::vector { Error { Error::Kind::Denied, "the demo's files cannot be written", target.fileName().toStdString(), "is there room, and may you write there?" } });
    }
    return loadWorkspace((folder + QStringLiteral("/workspace.toml")).toStdString());
}

} // namespace penstock
