// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>
#include <QTest>

/// Rules of the house that the build cannot enforce, over every file of the source tree.
class TestArchitecture final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void headersStayWhereTheyBelong_data();
    void headersStayWhereTheyBelong();
    void everyFileNamesItsLicence();
    void everyRoomSaysWhatLivesInIt();
    void everyTextOfTheWindowSpeaksFrench();
    void everyIconThatIsPaintedIsThere();

private:
    struct Include
    {
        QString file, header;
        int line;
    };
    QStringList m_sources;
    QList<Include> m_includes;
};

static const QString root = QStringLiteral(PENSTOCK_SOURCE_DIR "/");

void TestArchitecture::initTestCase()
{
    static const QRegularExpression include(QStringLiteral("^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"]"));
    for (const auto* top : { "src", "widgets", "app", "tests" }) {
        QDirIterator it(root + QLatin1String(top), { QStringLiteral("*.cpp"), QStringLiteral("*.h") }, QDir::Files, QDirIterator::Subdirectories);
        while (it.hasNext()) {
            const auto path = it.next();
            const auto name = path.mid(root.size());
            QFile file(path);
            QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(path));
            m_sources << name;
            int line = 0;
            while (!file.atEnd()) {
                ++line;
                if (const auto match = include.match(QString::fromUtf8(file.readLine())); match.hasMatch())
                    m_includes.push_back({ name, match.captured(1), line });
            }
        }
    }
    QVERIFY(m_sources.size() > 50);
}

void TestArchitecture::headersStayWhereTheyBelong_data()
{
    QTest::addColumn<QString>("header");
    QTest::addColumn<QString>("where");
    QTest::addColumn<bool>("allowed");
    const auto only = [](const char* name, const char* header, const char* where) { QTest::newRow(name) << QString::fromLatin1(header) << QString::fromLatin1(where) << true; };
    const auto never = [](const char* name, const char* header, const char* where) { QTest::newRow(name) << QString::fromLatin1(header) << QString::fromLatin1(where) << false; };
    only("SQLite is storage's", "^sqlite3\\.h$", "^(src/storage|tests/(storage|fuzz|bench))/");
    only("GLPK is the planner's", "^glpk\\.h$", "^src/planner/linearprogram\\.cpp$");
    only("QCustomPlot is the charts'", "^qcustomplot\\.h$", "^widgets/charts/");
    only("TOML is the workspace's and the worlds'", "^toml\\+\\+", "^src/(table|workspace|sources/worlds)/");
    only("gRPC stays at the wire", "^grpc", "^(src/(wire|server|sources/agent|routers/agent)|tests)/");
    only("messages stay at the wire", "\\.(grpc\\.)?pb\\.h$", "^(src/(wire|server|sources/agent|routers/agent)|tests)/");
    only("the session is the programs'", "^session/", "^(src/session|app|tests)/");
    only("pages are the window's", "^pages/", "^(widgets/pages|app/console|tests)/");
    never("no Qt below the session", "^(Q[A-Z]|qt)", "^src/(base|fleet|engine|planner|forecast|shift|storage|table|workspace|sources|server|wire)/");
    never("words of one kind of router are its own", "^(agentrouter|gateway|haproxy)/.*address\\.h$", "^(src/(fleet|workspace|session|planner|shift|models)|widgets|app)/");
    only("kinds of routers are told apart in their list", "^(agentrouter|gateway|haproxy)/(agent|gateway|haproxy)router\\.h$", "^(src/routers|tests)/");
    never("no widgets below the widgets", "^(QtWidgets|QWidget$|QApplication$|QPainter$)", "^src/");
    never("no network in the planner and the shift machine", "^(sys/socket|netinet|QTcp|QNetwork|grpc)", "^src/(planner|forecast|shift|engine|fleet|base)/");
    never("no way out of a room", "^\\.\\./", "");
}

void TestArchitecture::headersStayWhereTheyBelong()
{
    QFETCH(QString, header);
    QFETCH(QString, where);
    QFETCH(bool, allowed);
    const QRegularExpression headers(header), places(where);
    QStringList broken;
    for (const auto& it : m_includes)
        if (headers.match(it.header).hasMatch() && places.match(it.file).hasMatch() != allowed)
            broken << QStringLiteral("%1:%2 includes %3").arg(it.file).arg(it.line).arg(it.header);
    QVERIFY2(broken.isEmpty(), qPrintable(broken.join(QLatin1Char('\n'))));
}

void TestArchitecture::everyFileNamesItsLicence()
{
    QStringList broken;
    for (const auto& name : m_sources) {
        QFile file(root + name);
        QVERIFY(file.open(QIODevice::ReadOnly));
        if (!file.readLine().startsWith("// SPDX-FileCopyrightText:") || !file.readLine().startsWith("// SPDX-License-Identifier: GPL-3.0-or-later"))
            broken << name;
    }
    QVERIFY2(broken.isEmpty(), qPrintable(broken.join(QLatin1Char('\n'))));
}

void TestArchitecture::everyRoomSaysWhatLivesInIt()
{
    QStringList broken;
    for (const auto* top : { "src", "widgets", "app", "tests", "resources", "installer" }) {
        QDirIterator it(root + QLatin1String(top), { QStringLiteral("CMakeLists.txt") }, QDir::Files, QDirIterator::Subdirectories);
        while (it.hasNext()) {
            const auto folder = QFileInfo(it.next()).path();
            if (!QFile::exists(folder + QStringLiteral("/README.md")))
                broken << folder.mid(root.size());
        }
    }
    QVERIFY2(broken.isEmpty(), qPrintable(broken.join(QLatin1Char('\n'))));
}

void TestArchitecture::everyIconThatIsPaintedIsThere()
{
    static const QRegularExpression paints(QStringLiteral("[iI]con\\(")), word(QStringLiteral("QStringLiteral\\(\"([a-z]+)\"\\)"));
    QStringList missing;
    int painted = 0;
    for (const auto& name : m_sources) {
        QFile code(root + name);
        QVERIFY(name.startsWith(QLatin1String("tests/")) || code.open(QIODevice::ReadOnly));
        while (code.isOpen() && !code.atEnd())
            if (const auto line = QString::fromUtf8(code.readLine()); line.contains(paints))
                for (auto it = word.globalMatch(line); it.hasNext(); ++painted)
                    if (const auto icon = it.next().captured(1); !QFile::exists(root + QStringLiteral("resources/icons/%1.svg").arg(icon)))
                        missing << name + QStringLiteral(": ") + icon;
    }
    QVERIFY(painted > 8);
    QVERIFY2(missing.isEmpty(), qPrintable(missing.join(QLatin1Char('\n'))));
}

void TestArchitecture::everyTextOfTheWindowSpeaksFrench()
{
    QFile file(root + QStringLiteral("resources/translations/penstock_fr.ts"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto text = QString::fromUtf8(file.readAll());
    QVERIFY(!text.contains(QLatin1String("type=\"unfinished\"")));
    QSet<QString> translated;
    static const QRegularExpression source(QStringLiteral("<source>([^<]*)</source>"));
    for (auto it = source.globalMatch(text); it.hasNext();) {
        auto found = it.next().captured(1);
        for (const auto& [from, to] : { std::pair { "&quot;", "\"" }, { "&apos;", "'" }, { "&lt;", "<" }, { "&gt;", ">" }, { "&amp;", "&" } })
            found.replace(QLatin1String(from), QLatin1String(to));
        translated << found;
    }
    static const QRegularExpression call(QStringLiteral("\\btr\\(\"((?:[^\"\\\\]|\\\\.)*)\""));
    QStringList missing;
    for (const auto& name : m_sources) {
        if (name.startsWith(QLatin1String("tests/")))
            continue;
        QFile code(root + name);
        QVERIFY(code.open(QIODevice::ReadOnly));
        const auto all = QString::fromUtf8(code.readAll());
        for (auto it = call.globalMatch(all); it.hasNext();)
            if (const auto found = it.next().captured(1).replace(QLatin1String("\\n"), QLatin1String("\n")).replace(QLatin1String("\\\""), QLatin1String("\"")); !translated.contains(found))
                missing << name + QStringLiteral(": ") + found;
    }
    QVERIFY2(missing.isEmpty(), qPrintable(missing.join(QLatin1Char('\n'))));
}

QTEST_GUILESS_MAIN(TestArchitecture)
#include "tst_architecture.moc"
