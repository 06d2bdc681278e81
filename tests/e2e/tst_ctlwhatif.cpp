// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>

/// penstockctl answers what would be, on the demo.
class TestCtlWhatIf final : public QObject
{
    Q_OBJECT

private slots:
    void everyQuestionAnswers_data();
    void everyQuestionAnswers();
    void theBestSplitAddsUp();
    void noShareEndsFurtherThanItMay();
    void theBestSplitIsOneCommand();
    void aShiftThatDoesNotFitSaysHowMuchOfItDoes();
    void aBlockGivesHeadroom();
    void anEffectIsToldOfEveryKindOfPlace_data();
    void anEffectIsToldOfEveryKindOfPlace();

private:
    struct Answer
    {
        int exit = -1;
        QByteArray out, error;
        [[nodiscard]] QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
    };
    Answer ctl(const QStringList& words)
    {
        QProcess process;
        auto environment = QProcessEnvironment::systemEnvironment();
        for (const auto* name : { "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME" })
            environment.insert(QLatin1String(name), m_folder.path());
        process.setProcessEnvironment(environment);
        process.start(QStringLiteral(PENSTOCKCTL), words);
        if (!process.waitForFinished(60000))
            return {};
        return { process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError() };
    }
    QTemporaryDir m_folder;
};

void TestCtlWhatIf::everyQuestionAnswers_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<int>("exit");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const QStringList& words, int exit, const char* says) { QTest::newRow(name) << QStringList(QStringLiteral("plan")) + words << exit << QString::fromLatin1(says); };
    const auto best = QStringLiteral("best"), blocks = QStringLiteral("blocks");
    row("best of all routes", { best }, 0, "penstockctl shift chatgpt --to ");
    row("best of a load that grows", { best, QStringLiteral("--growth"), QStringLiteral("2%") }, 0, "For a load that is 2 % larger than now.");
    row("best of a load that shrinks", { best, QStringLiteral("--growth"), QStringLiteral("-10%") }, 0, "For a load that is 10 % smaller than now.");
    row("best of a load that nothing carries", { best, QStringLiteral("--growth"), QStringLiteral("900%") }, 1, "There is no split that keeps every rule.");
    row("best of a load that is nothing", { best, QStringLiteral("--growth"), QStringLiteral("-100%") }, 2, "--growth");
    row("best without any change", { best, QStringLiteral("--largest-change"), QStringLiteral("0") }, 2, "--largest-change");
    row("best of one route", { best, QStringLiteral("chatgpt"), QStringLiteral("--goal"), QStringLiteral("headroom") }, 0, "bound by the fullest region");
    row("best of no route", { best, QStringLiteral("chess") }, 2, "no route 'chess'");
    row("blocks", { blocks, QStringLiteral("+2000 H100 80GB SXM at gcp/us-east5 from 2027-03-01"), QStringLiteral("-80 H100 at azure") }, 0, "On 2027-03-01: +2000 GPUs come, 80 go");
    row("blocks before they come", { blocks, QStringLiteral("+2000 H100 80GB SXM at gcp from 2027-03-01"), QStringLiteral("--at"), QStringLiteral("2027-02-28") }, 0, "On 2027-02-28: 0 GPUs come, 0 go");
    row("no block", { blocks }, 2, "required");
    row("less than a node", { blocks, QStringLiteral("+7 H100 80GB SXM at gcp") }, 0, "0 GPUs come, 0 go; 7 that should come are less than a whole node of 8");
    row("more than a block", { blocks, QStringLiteral("+200000 H100 80GB SXM at gcp") }, 2, "a block has at most 100000 GPUs, not 200000");
    row("load that has to go", { blocks, QStringLiteral("-20000 H100 at azure") }, 0, "What ran on those that go, in H100s:");
    row("no model", { blocks, QStringLiteral("+2000 at gcp") }, 2, "no model is named");
    row("no provider", { blocks, QStringLiteral("+2000 H100") }, 2, "no provider is named");
    row("no number", { blocks, QStringLiteral("many H100 at gcp") }, 2, "'many' is no number of GPUs");
    row("no date", { blocks, QStringLiteral("+8 H100 at gcp from tomorrow") }, 2, "'tomorrow' is no time");
    row("nobody to take from", { blocks, QStringLiteral("-8 H100 at oci") }, 2, "no fleet of oci is here");
}

void TestCtlWhatIf::everyQuestionAnswers()
{
    QFETCH(QStringList, words);
    QFETCH(int, exit);
    QFETCH(QString, says);
    const auto answer = ctl(words);
    QVERIFY2(answer.exit == exit, (answer.out + answer.error).constData());
    const auto said = exit == 2 ? answer.error : answer.out;
    QVERIFY2(said.contains(says.toUtf8()), said.constData());
}

void TestCtlWhatIf::theBestSplitAddsUp()
{
    const auto answer = ctl({ QStringLiteral("plan"), QStringLiteral("best"), QStringLiteral("-o"), QStringLiteral("json") }).json();
    QCOMPARE(answer[QStringLiteral("schema")].toString(), QStringLiteral("penstock.best-split/1"));
    QVERIFY(answer[QStringLiteral("feasible")].toBool());
    QVERIFY(answer[QStringLiteral("value")].toDouble() >= answer[QStringLiteral("bound")].toDouble());
    QMap<QString, double> sums;
    for (const auto& row : answer[QStringLiteral("rows")].toArray())
        sums[row.toObject()[QStringLiteral("route")].toString()] += row.toObject()[QStringLiteral("best_pct")].toDouble();
    QCOMPARE(sums.size(), 3);
    for (const auto sum : sums)
        QVERIFY(std::abs(sum - 100) < 0.25);
}

void TestCtlWhatIf::noShareEndsFurtherThanItMay()
{
    const auto answer = ctl({ QStringLiteral("plan"), QStringLiteral("best"), QStringLiteral("--largest-change"), QStringLiteral("15"), QStringLiteral("-o"), QStringLiteral("json") });
    double furthest = 0;
    for (const auto& row : answer.json()[QStringLiteral("rows")].toArray())
        furthest = std::max(furthest, std::abs(row.toObject()[QStringLiteral("best_pct")].toDouble() - row.toObject()[QStringLiteral("now_pct")].toDouble()));
    QVERIFY2(furthest > 0 && furthest <= 15.05, (answer.out + answer.error).constData());
}

/// What it prints is a plan that can be started as it stands.
void TestCtlWhatIf::theBestSplitIsOneCommand()
{
    const auto best = QString::fromUtf8(ctl({ QStringLiteral("plan"), QStringLiteral("best") }).out);
    const auto at = best.indexOf(QLatin1String("penstockctl shift"));
    QVERIFY2(at >= 0 && best.count(QLatin1String("penstockctl shift")) == 1, qPrintable(best));
    auto words = best.mid(at).split(QLatin1Char(' '), Qt::SkipEmptyParts).mid(1);
    for (auto& word : words)
        word = word.trimmed();
    const auto plan = ctl(words + QStringList { QStringLiteral("--dry-run"), QStringLiteral("-o"), QStringLiteral("json") });
    const auto moves = plan.json()[QStringLiteral("moves")].toArray();
    QVERIFY2(moves.size() > 1, (plan.out + plan.error).constData());
    QVERIFY(!plan.json()[QStringLiteral("first_break")].toObject()[QStringLiteral("backend")].toString().isEmpty());
}

void TestCtlWhatIf::aShiftThatDoesNotFitSaysHowMuchOfItDoes()
{
    const QStringList whole { QStringLiteral("plan"), QStringLiteral("shift"), QStringLiteral("chatgpt"), QStringLiteral("--to"), QStringLiteral("gcp=100"), QStringLiteral("-o"), QStringLiteral("json") };
    const auto plan = ctl(whole).json();
    const auto steps = plan[QStringLiteral("steps")].toArray();
    QVERIFY(!steps.isEmpty() && steps.last().toObject()[QStringLiteral("short_gpus")].toInt() > 0);
    const auto smaller = plan[QStringLiteral("largest_that_fits")].toObject();
    QVERIFY(smaller[QStringLiteral("points")].toInt() > 0 && smaller[QStringLiteral("points")].toInt() < smaller[QStringLiteral("of_points")].toInt());
    // Exactly so much finds a place.
    QStringList split;
    for (const auto& it : smaller[QStringLiteral("targets")].toArray())
        split << it.toObject()[QStringLiteral("backend")].toString() + QLatin1Char('=') + QString::number(it.toObject()[QStringLiteral("target_pct")].toDouble());
    auto fitting = whole;
    fitting[4] = split.join(QLatin1Char(','));
    const auto answer = ctl(fitting);
    QVERIFY2(answer.json()[QStringLiteral("steps")].isNull() && !answer.json()[QStringLiteral("moves")].toArray().isEmpty(), (answer.out + answer.error).constData());
}

void TestCtlWhatIf::aBlockGivesHeadroom()
{
    const auto answer = ctl({ QStringLiteral("plan"), QStringLiteral("blocks"), QStringLiteral("+2000 H100 80GB SXM at gcp/us-east5"), QStringLiteral("-o"), QStringLiteral("json") }).json();
    QCOMPARE(answer[QStringLiteral("came_gpus")].toInt(), 2000);
    for (const auto& it : answer[QStringLiteral("headroom")].toArray())
        QVERIFY(it.toObject()[QStringLiteral("after_h100")].toDouble() > it.toObject()[QStringLiteral("before_h100")].toDouble());
    bool better = false;
    for (const auto& it : answer[QStringLiteral("rows")].toArray())
        better = better || it.toObject()[QStringLiteral("carried_after_pct")].toDouble() > it.toObject()[QStringLiteral("carried_before_pct")].toDouble();
    QVERIFY(better);
}

void TestCtlWhatIf::anEffectIsToldOfEveryKindOfPlace_data()
{
    QTest::addColumn<QString>("by");
    QTest::addColumn<QString>("member"); ///< of the JSON, which has all of them whatever is asked for
    QTest::addColumn<QByteArray>("header");
    QTest::newRow("provider") << QStringLiteral("provider") << QStringLiteral("rows") << QByteArray("provider,needed_gpus");
    QTest::newRow("region") << QStringLiteral("region") << QStringLiteral("regions") << QByteArray("provider,region,needed_gpus");
    QTest::newRow("cluster") << QStringLiteral("cluster") << QStringLiteral("clusters") << QByteArray("provider,region,cluster,needed_gpus");
    QTest::newRow("model") << QStringLiteral("model") << QStringLiteral("models") << QByteArray("model,needed_gpus");
}

void TestCtlWhatIf::anEffectIsToldOfEveryKindOfPlace()
{
    QFETCH(QString, by);
    QFETCH(QString, member);
    QFETCH(QByteArray, header);
    const QStringList evacuation { QStringLiteral("plan"), QStringLiteral("evacuate"), QStringLiteral("provider=aws"), QStringLiteral("-o") };
    const auto table = ctl(evacuation + QStringList { QStringLiteral("csv"), QStringLiteral("--by"), by }).out;
    QVERIFY2(table.startsWith(header), table.constData());
    const auto plan = ctl(evacuation + QStringList { QStringLiteral("json") }).json();
    const auto sum = [&](const QString& rows, const char* cell) {
        double all = 0;
        for (const auto& row : plan[rows].toArray())
            all += row.toObject()[QLatin1String(cell)].toDouble();
        return all;
    };
    for (const char* cell : { "needed_gpus", "healthy_gpus", "cost_before_usd_per_h", "cost_after_usd_per_h" })
        QVERIFY2(sum(member, cell) > 0 && std::abs(sum(member, cell) - sum(QStringLiteral("rows"), cell)) < 1, cell);
}

QTEST_GUILESS_MAIN(TestCtlWhatIf)
#include "tst_ctlwhatif.moc"
