// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include "models/boardmodel.h"

using namespace penstock;

/// The N-1 board as rows of a table.
class TestBoardModel final : public QObject
{
    Q_OBJECT

private slots:
    void aRowSaysWhatSurvives();
    void whatWasEvacuatedSaysByWhich();
    void newFiguresKeepTheRows();
    void otherPlacesAreOtherRows();
    void aPlaceIsFound();

private:
    static BoardRow row(const char* provider, const char* region, double percent)
    {
        BoardRow made;
        made.provider = provider;
        made.region = region;
        made.lostGpus = 8432;
        made.shedGpus = 2264;
        made.percent = percent;
        made.breaks = percent < 100;
        made.firstModel = "H100 80GB SXM";
        made.shortGpus = 4351;
        made.cost = -26000;
        return made;
    }
};

void TestBoardModel::aRowSaysWhatSurvives()
{
    BoardModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.show({ row("azure", "", 61.1), row("azure", "eastus", 100) });
    const auto text = [&](int r, int c) { return model.index(r, c).data().toString(); };
    QCOMPARE(text(0, BoardModel::Lost), QStringLiteral("azure"));
    QCOMPARE(text(0, BoardModel::Carried), QStringLiteral("61 %"));
    QCOMPARE(text(0, BoardModel::ToPlace), QStringLiteral("8,432"));
    QCOMPARE(text(0, BoardModel::Shed), QStringLiteral("2,264"));
    QCOMPARE(text(0, BoardModel::FirstToBreak), QStringLiteral("H100 80GB"));
    QVERIFY(model.index(0, BoardModel::FirstToBreak).data(Qt::ToolTipRole).toString().contains(QStringLiteral("4,351")));
    QCOMPARE(text(0, BoardModel::Cost), QStringLiteral("-$26.0k"));
    QCOMPARE(text(1, BoardModel::Lost), QStringLiteral("eastus"));
    QVERIFY(model.index(1, 0).data(BoardModel::IsRegionRole).toBool());
    QCOMPARE(text(1, BoardModel::FirstToBreak), QStringLiteral("none"));
}

void TestBoardModel::whatWasEvacuatedSaysByWhich()
{
    auto left = row("azure", "eastus", 100);
    left.evacuatedBy = "S-7";
    BoardModel model;
    model.show({ row("azure", "", 100), left });
    QVERIFY(model.index(0, BoardModel::Lost).data(BoardModel::EvacuatedByRole).toString().isEmpty());
    QCOMPARE(model.index(1, BoardModel::Lost).data(BoardModel::EvacuatedByRole).toString(), QStringLiteral("S-7"));
    QCOMPARE(model.index(1, BoardModel::Lost).data(Qt::AccessibleTextRole).toString(), QStringLiteral("eastus, evacuated by S-7"));
    left.beingEvacuated = true;
    model.show({ row("azure", "", 100), left });
    QVERIFY(model.index(1, BoardModel::Lost).data(BoardModel::BeingEvacuatedRole).toBool());
    QCOMPARE(model.index(1, BoardModel::Lost).data(Qt::AccessibleTextRole).toString(), QStringLiteral("eastus, being evacuated by S-7"));
}

void TestBoardModel::newFiguresKeepTheRows()
{
    BoardModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.show({ row("azure", "", 61.1), row("gcp", "", 80) });
    QSignalSpy reset(&model, &QAbstractItemModel::modelReset), changed(&model, &QAbstractItemModel::dataChanged);
    const QPersistentModelIndex kept(model.index(1, 0));
    model.show({ row("azure", "", 70), row("gcp", "", 90) });
    QCOMPARE(reset.count(), 0);
    QCOMPARE(changed.count(), 1);
    QVERIFY(kept.isValid());
    QCOMPARE(model.index(1, BoardModel::Carried).data().toString(), QStringLiteral("90 %"));
}

void TestBoardModel::otherPlacesAreOtherRows()
{
    BoardModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.show({ row("azure", "", 61.1) });
    model.show({ row("azure", "", 61.1), row("gcp", "", 80) });
    QCOMPARE(model.rowCount(), 2);
    model.show({});
    QCOMPARE(model.rowCount(), 0);
}

void TestBoardModel::aPlaceIsFound()
{
    BoardModel model;
    model.show({ row("azure", "", 61.1), row("azure", "eastus", 80) });
    QCOMPARE(model.find({ .provider = "azure", .region = "eastus", .cluster = {}, .node = {} }), 1);
    QCOMPARE(model.find({ .provider = "oci", .region = {}, .cluster = {}, .node = {} }), -1);
}

QTEST_MAIN(TestBoardModel)
#include "tst_boardmodel.moc"
