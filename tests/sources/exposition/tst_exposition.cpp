// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <cmath>

#include "exposition/exposition.h"

using namespace penstock;

/// The text format as Prometheus' documentation has it.
class TestExposition final : public QObject
{
    Q_OBJECT

private slots:
    void linesAreRead_data();
    void linesAreRead();
    void labelsAreRead_data();
    void labelsAreRead();
    void whatIsNoExpositionIsRefused_data();
    void whatIsNoExpositionIsRefused();
    void aWholeAnswerIsReadInOrder();
};

void TestExposition::linesAreRead_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("labels");
    QTest::addColumn<double>("value");
    QTest::addColumn<qint64>("time");
    const auto row = [](const char* what, const char* text, const char* name, const char* labels, double value, qint64 time = 0) {
        QTest::newRow(what) << QByteArray(text) << QString::fromLatin1(name) << QString::fromLatin1(labels) << value << time;
    };
    row("bare", "up 1\n", "up", "", 1);
    row("labels", "a:b_c{x=\"1\",y=\"2\"} 3.5\n", "a:b_c", "x=\"1\",y=\"2\"", 3.5);
    row("no labels in braces", "a{} 1\n", "a", "", 1);
    row("a brace in a label", "a{x=\"}\"} 2\n", "a", "x=\"}\"", 2);
    row("a quote in a label", "a{x=\"\\\"}\"} 2\n", "a", "x=\"\\\"}\"", 2);
    row("a backslash at the end of a label", "a{x=\"\\\\\"} 2\n", "a", "x=\"\\\\\"", 2);
    row("timestamp", "a 1 1395066363000\n", "a", "", 1, 1395066363000);
    row("negative timestamp", "a 1 -3982045\n", "a", "", 1, -3982045);
    row("exponent", "a 1.458255915e9\n", "a", "", 1.458255915e9);
    row("infinite", "a +Inf\n", "a", "", HUGE_VAL);
    row("less than all", "a -Inf\n", "a", "", -HUGE_VAL);
    row("too large", "a 1e999\n", "a", "", HUGE_VAL);
    row("blanks and tabs", " \t a\t{x=\"1\"}  \t7 \n", "a", "x=\"1\"", 7);
    row("a name in quotes", "{\"a.b\",x=\"1\"} 4\n", "", "\"a.b\",x=\"1\"", 4);
    row("an exemplar", "a_bucket{le=\"1\"} 17 # {trace=\"x\"} 0.67 1520879607.789\n", "a_bucket", "le=\"1\"", 17);
    row("comments before", "# HELP a says \"x\n# TYPE a gauge\n\n#EOF\na 1\n", "a", "", 1);
    row("lines that end as on Windows", "# TYPE a gauge\r\n\r\na 1\r\n", "a", "", 1);
    row("dcgm's blank", "a 9223372036854775794\n", "a", "", 9223372036854775794.0);
}

void TestExposition::linesAreRead()
{
    QFETCH(QByteArray, text);
    ExpositionReader reader({ text.constData(), static_cast<std::size_t>(text.size()) });
    ExpositionSample sample;
    QVERIFY2(reader.next(sample), reader.error() ? reader.error()->text().c_str() : "nothing was read");
    QTEST(QString::fromUtf8(sample.name.data(), static_cast<qsizetype>(sample.name.size())), "name");
    QTEST(QString::fromUtf8(sample.labels.data(), static_cast<qsizetype>(sample.labels.size())), "labels");
    QFETCH(double, value);
    QVERIFY(sample.value == value);
    QFETCH(qint64, time);
    QCOMPARE(sample.timestamp.value_or(0), time);
    QVERIFY(!reader.next(sample));
    QVERIFY2(!reader.error(), reader.error() ? reader.error()->text().c_str() : "");
}

void TestExposition::labelsAreRead_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QStringList>("labels"); // name, value, name, value
    QTest::addColumn<bool>("right");
    const auto row = [](const char* name, const QByteArray& text, std::initializer_list<const char*> labels, bool right) {
        QStringList list;
        for (const auto* label : labels)
            list << QString::fromUtf8(label);
        QTest::newRow(name) << text << list << right;
    };
    row("none", QByteArray(""), {}, true);
    row("two", QByteArray("a=\"1\",b=\"\""), { "a", "1", "b", "" }, true);
    row("a comma at the end", QByteArray("a=\"1\","), { "a", "1" }, true);
    row("blanks", QByteArray(" a = \"1\" , b=\"2\" "), { "a", "1", "b", "2" }, true);
    row("escapes", QByteArray(R"(a="C:\\DIR\\\"x\"\n")"), { "a", "C:\\DIR\\\"x\"\n" }, true);
    row("a name in quotes", QByteArray("\"a.b\",x=\"1\""), { "__name__", "a.b", "x", "1" }, true);
    row("no value", QByteArray("a"), {}, false);
    row("no quotes", QByteArray("a=1"), {}, false);
    row("no end", QByteArray("a=\"1"), {}, false);
    row("no comma", QByteArray("a=\"1\"b=\"2\""), {}, false);
    row("no name", QByteArray("=\"1\""), {}, false);
    row("a line break", QByteArray("a=\"1\n2\""), {}, false);
}

void TestExposition::labelsAreRead()
{
    QFETCH(QByteArray, text);
    LabelReader reader({ text.constData(), static_cast<std::size_t>(text.size()) });
    QStringList labels;
    std::string value;
    for (std::string_view name; reader.next(name, value);)
        labels << QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())) << QString::fromStdString(value);
    QTEST(labels, "labels");
    QTEST(!reader.isWrong(), "right");
}

void TestExposition::whatIsNoExpositionIsRefused_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("says");
    QTest::newRow("HTML") << QByteArray("a 1\n<html>\n") << "line 2: neither a metric's name nor a comment";
    QTest::newRow("JSON") << QByteArray("{\"status\":\"error\"}\n") << "is no value";
    QTest::newRow("no value") << QByteArray("a\n") << "line 1: '' is no value";
    QTest::newRow("a word as value") << QByteArray("a one\n") << "'one' is no value";
    QTest::newRow("half a number") << QByteArray("a 1x\n") << "'1x' is no value";
    QTest::newRow("more behind the value") << QByteArray("a 1 2 3\n") << "something follows the value";
    QTest::newRow("labels without an end") << QByteArray("a{x=\"1\" 1\n") << "labels without an end";
    QTest::newRow("cut off in a value") << QByteArray("a 1\nb 12") << "line 2: the text ends in the middle of a line: the answer was cut off";
    QTest::newRow("cut off in labels") << QByteArray("a 1\nb{x=\"12") << "line 2: labels without an end";
}

void TestExposition::whatIsNoExpositionIsRefused()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, says);
    ExpositionReader reader({ text.constData(), static_cast<std::size_t>(text.size()) });
    ExpositionSample sample;
    while (reader.next(sample)) { }
    QVERIFY(reader.error());
    QVERIFY2(reader.error()->text().find(says.toStdString()) != std::string::npos, reader.error()->text().c_str());
}

void TestExposition::aWholeAnswerIsReadInOrder()
{
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text += "# HELP m" + std::to_string(i) + " x\nm" + std::to_string(i) + "{gpu=\"0\"} " + std::to_string(i) + "\n";
    ExpositionReader reader(text);
    ExpositionSample sample;
    int read = 0;
    while (reader.next(sample)) {
        QCOMPARE(sample.value, static_cast<double>(read));
        QCOMPARE(reader.line(), static_cast<std::size_t>(2 * ++read));
    }
    QCOMPARE(read, 1000);
}

QTEST_GUILESS_MAIN(TestExposition)
#include "tst_exposition.moc"
