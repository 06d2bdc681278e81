// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTemporaryDir>
#include <QTest>
#include <sqlite3.h>

#include "storage/reportsfile.h"

using namespace penstock;
using namespace std::chrono_literals;

/// The figures of earlier reports on disk.
class TestReports final : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void whatWasKeptComesBack();
    void theNewestBeforeATimeCounts();
    void aHundredAreKept();
    void withoutAFileThereIsNone();
    void aRowThatCannotBeReadIsPassedOver();

private:
    [[nodiscard]] static ReportFigures figures(Time at, double supply)
    {
        ReportFigures made { .at = at, .simulated = true, .whole = {}, .lines = {} };
        made.whole.supply = supply;
        made.lines.push_back(made.whole);
        made.lines.back().provider = "azure";
        made.lines.back().model = "H100 80GB SXM";
        made.lines.back().hasRunOut = true;
        made.lines.back().dollars = 12.5;
        made.lines.back().latest = at + 30h;
        return made;
    }
    [[nodiscard]] ReportsFile open() const
    {
        std::string notice;
        return std::move(ReportsFile::open(m_path, notice).value());
    }
    static constexpr Time m_at { 480'000h };
    std::unique_ptr<QTemporaryDir> m_folder;
    std::string m_path;
};

void TestReports::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->filePath(QStringLiteral("reports.db")).toStdString();
}

void TestReports::whatWasKeptComesBack()
{
    QVERIFY(open().keep(figures(m_at, 5)));
    auto file = ReportsFile::openToRead(m_path);
    QVERIFY(file);
    const auto last = file->newestBefore(m_at + 1h);
    QVERIFY(last && *last);
    QCOMPARE(**last, figures(m_at, 5));
}

void TestReports::theNewestBeforeATimeCounts()
{
    auto file = open();
    for (const auto hour : { 0h, 1h, 2h })
        QVERIFY(file.keep(figures(m_at + hour, 5)));
    QCOMPARE((*file.newestBefore(m_at + 2h))->at, m_at + 1h);
    QVERIFY(!*file.newestBefore(m_at));
}

void TestReports::aHundredAreKept()
{
    auto file = open();
    for (int i = 0; i < 120; ++i)
        QVERIFY(file.keep(figures(m_at + std::chrono::hours(i), i)));
    QVERIFY(!*file.newestBefore(m_at + 20h));
    QCOMPARE((*file.newestBefore(m_at + 21h))->whole.supply.value_or(0), 20.0);
}

void TestReports::withoutAFileThereIsNone()
{
    const auto file = ReportsFile::openToRead(m_path);
    QVERIFY(!file);
    QCOMPARE(file.error().kind, Error::Kind::NotFound);
}

void TestReports::aRowThatCannotBeReadIsPassedOver()
{
    auto file = open();
    QVERIFY(file.keep(figures(m_at, 5)));
    QVERIFY(file.keep(figures(m_at + 1h, 6)));
    sqlite3* handle = nullptr;
    QCOMPARE(sqlite3_open(m_path.c_str(), &handle), SQLITE_OK);
    QCOMPARE(sqlite3_exec(handle, "UPDATE report SET figures = '{\"simulated\":3}' WHERE at_us = (SELECT max(at_us) FROM report)", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(handle);
    QCOMPARE((*file.newestBefore(m_at + 2h))->at, m_at);
}

QTEST_GUILESS_MAIN(TestReports)
#include "tst_reports.moc"
