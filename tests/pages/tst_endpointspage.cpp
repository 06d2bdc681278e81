// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QLabel>
#include <QTest>

#include "controls/theme.h"
#include "pages/endpointspage.h"

using namespace penstock;
using namespace std::chrono_literals;

/// What the page says of an endpoint.
class TestEndpointsPage final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void theNewestRefusedFrameIsNamedBesideTheCount_data();
    void theNewestRefusedFrameIsNamedBesideTheCount();
};

namespace {

constexpr Time now { 1'790'000'000s };

EndpointStatus endpoint(std::uint64_t refused)
{
    EndpointStatus made;
    made.name = "azure-eastus";
    made.kind = "agent";
    made.version = "penstock-agent 1.0";
    made.provider = "azure";
    made.connection = Connection::Live;
    made.observed = now - 400ms;
    made.gpus = 412'096;
    made.frames = 86'400;
    made.refusedFrames = refused;
    if (refused > 0) {
        made.refusedReason = "a samples frame whose row numbers do not ascend";
        made.refusedAt = now - 90s;
    }
    // Something else went wrong after that.
    made.error = Error { Error::Kind::Unavailable, "nothing answers there", "grpcs://agent.example:7443", "is the agent running, and is this its port?" };
    made.errorAt = now - 30s;
    return made;
}

} // namespace

void TestEndpointsPage::initTestCase()
{
    QLocale::setDefault(QLocale::c());
    applyTheme(*qApp, ThemeName::Dark);
}

void TestEndpointsPage::theNewestRefusedFrameIsNamedBesideTheCount_data()
{
    QTest::addColumn<int>("refused");
    QTest::addColumn<QSize>("size");
    QTest::addColumn<QString>("text");
    const auto text = QStringLiteral("Refused frames: 3, the newest at %1: a samples frame whose row numbers do not ascend").arg(QStringLiteral("14:11:50 UTC"));
    QTest::newRow("none") << 0 << QSize(1100, 740) << QString();
    QTest::newRow("three, in a small window") << 3 << QSize(1100, 740) << text;
    QTest::newRow("three, in a large window") << 3 << QSize(2380, 1380) << text;
}

void TestEndpointsPage::theNewestRefusedFrameIsNamedBesideTheCount()
{
    QFETCH(int, refused);
    QFETCH(QSize, size);
    QFETCH(QString, text);
    EndpointsPage page;
    page.resize(size);
    page.QWidget::show();
    QVERIFY(QTest::qWaitForWindowExposed(&page));
    page.show({ endpoint(static_cast<std::uint64_t>(refused)) }, now);
    const auto* label = page.findChild<QLabel*>(QStringLiteral("refusedFrames"));
    QVERIFY(label);
    QCOMPARE(label->isVisible(), refused > 0);
    if (refused == 0)
        return;
    QCOMPARE(label->text(), text);
    QTRY_VERIFY(label->height() >= label->heightForWidth(label->width()));
    QVERIFY(page.rect().contains(label->geometry()));
    QCOMPARE(page.size(), size);
}

QTEST_MAIN(TestEndpointsPage)
#include "tst_endpointspage.moc"
