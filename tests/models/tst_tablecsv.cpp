// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QLocale>
#include <QStandardItemModel>
#include <QTest>

#include "models/tablecsv.h"

using namespace penstock;

/// What a spreadsheet gets of a table.
class TestTableCsv final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English)); }
    void cellsAreWholeAndNumbersPlain_data();
    void cellsAreWholeAndNumbersPlain();
    void rowsOfATreeSayWhatTheyAreWithin();
    void whatHasNoTextIsNoColumn();
    void noRowsAreNoFile();
};

void TestTableCsv::cellsAreWholeAndNumbersPlain_data()
{
    QTest::addColumn<QString>("shown");
    QTest::addColumn<QString>("written");
    QTest::newRow("a word") << QStringLiteral("azure") << QStringLiteral("azure");
    QTest::newRow("thousands") << QStringLiteral("1,234,567") << QStringLiteral("1234567");
    QTest::newRow("within a text") << QStringLiteral("12,000 of 30,000") << QStringLiteral("12000 of 30000");
    QTest::newRow("no thousands") << QStringLiteral("0,1,22") << QStringLiteral("\"0,1,22\"");
    QTest::newRow("a comma") << QStringLiteral("dcgm, 3.3") << QStringLiteral("\"dcgm, 3.3\"");
    QTest::newRow("a quote") << QStringLiteral("the \"best\"") << QStringLiteral("\"the \"\"best\"\"\"");
    QTest::newRow("two lines") << QStringLiteral("a\nb") << QStringLiteral("\"a\nb\"");
    QTest::newRow("not known") << QStringLiteral("–") << QString();
}

void TestTableCsv::cellsAreWholeAndNumbersPlain()
{
    QFETCH(QString, shown);
    QFETCH(QString, written);
    QStandardItemModel model(1, 1);
    model.setHorizontalHeaderLabels({ QStringLiteral("What") });
    model.setItem(0, 0, new QStandardItem(shown));
    QCOMPARE(tableCsv({ model.index(0, 0) }, { 0 }, { { QStringLiteral("as_of"), QStringLiteral("now") } }), QStringLiteral("What,as_of\n%1,now\n").arg(written));
}

void TestTableCsv::rowsOfATreeSayWhatTheyAreWithin()
{
    QStandardItemModel model;
    model.setHorizontalHeaderLabels({ QStringLiteral("Name") });
    auto* azure = new QStandardItem(QStringLiteral("azure"));
    auto* east = new QStandardItem(QStringLiteral("eastus"));
    model.appendRow(azure);
    azure->appendRow(east);
    east->appendRow(new QStandardItem(QStringLiteral("aks-1")));
    const QModelIndexList rows { azure->index(), east->index(), east->child(0)->index() };
    QCOMPARE(tableCsv(rows, { 0 }, {}), QStringLiteral("within,Name\n,azure\nazure,eastus\nazure/eastus,aks-1\n"));
}

void TestTableCsv::whatHasNoTextIsNoColumn()
{
    QStandardItemModel model(1, 2);
    model.setHorizontalHeaderLabels({ QStringLiteral("Bars"), QStringLiteral("GPUs") });
    model.setData(model.index(0, 1), 8);
    QCOMPARE(tableCsv({ model.index(0, 0) }, { 0, 1 }, {}), QStringLiteral("GPUs\n8\n"));
}

void TestTableCsv::noRowsAreNoFile() { QVERIFY(tableCsv({}, { 0 }, {}).isEmpty()); }

QTEST_GUILESS_MAIN(TestTableCsv)
#include "tst_tablecsv.moc"
