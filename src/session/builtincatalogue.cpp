// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "builtincatalogue.h"

#include <QDirIterator>
#include <QFile>

#include "workspace/catalogue.h"

static void loadCatalogueResources() { Q_INIT_RESOURCE(catalogue); }

namespace penstock {

Catalogue builtInCatalogue()
{
    loadCatalogueResources();
    Catalogue made;
    QDirIterator it(QStringLiteral(":/catalogue"), { QStringLiteral("*.toml") });
    while (it.hasNext()) {
        QFile file(it.next());
        const auto read = file.open(QIODevice::ReadOnly) ? parseCatalogue(file.readAll().toStdString(), file.fileName().toStdString()) : Catalogue();
        Q_ASSERT(read);
        if (read)
            made.overlay(*read);
    }
    return made;
}

} // namespace penstock
