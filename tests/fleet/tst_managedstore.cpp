// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include "fleet/managedstore.h"

using namespace penstock;

class TestManagedStore final : public QObject
{
    Q_OBJECT

private slots:
    void aHostTellsHowToSignIn_data();
    void aHostTellsHowToSignIn();
    void otherCloudsOfAzureGiveTokensElsewhere();
};

void TestManagedStore::aHostTellsHowToSignIn_data()
{
    QTest::addColumn<QByteArray>("url");
    QTest::addColumn<QByteArray>("signIn"); // "none": no managed store
    const auto row = [](const char* name, const char* url, const char* signIn) { QTest::newRow(name) << QByteArray(url) << QByteArray(signIn); };
    row("Amazon", "https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1", "aws");
    row("Amazon in China", "https://aps-workspaces.cn-north-1.amazonaws.com.cn/workspaces/ws-1", "aws");
    row("Amazon, by its private link", "https://vpce-1-2.aps-workspaces.eu-west-1.vpce.amazonaws.com/workspaces/ws-1", "aws");
    row("Amazon, certified", "https://aps-workspaces-fips.us-east-1.api.aws/workspaces/ws-1", "aws");
    row("something else of Amazon", "https://s3.us-east-1.amazonaws.com/aps-workspaces", "none");
    row("who calls himself so", "https://aps-workspaces.us-east-1.amazonaws.com.example/workspaces/ws-1", "none");
    row("Google", "https://monitoring.googleapis.com/v1/projects/p/location/global/prometheus", "google");
    row("Google with its port", "https://Monitoring.googleapis.com:443/v1/projects/p/location/global/prometheus", "google");
    row("something else of Google", "https://storage.googleapis.com/monitoring.googleapis.com", "none");
    row("Azure", "https://fleet-a1b2.eastus.prometheus.monitor.azure.com", "azure");
    row("Azure without a scheme", "fleet-a1b2.eastus.prometheus.monitor.azure.com", "azure");
    row("Grafana Cloud", "https://prometheus-prod-1.grafana.net/api/prom", "");
    row("one of one's own", "https://mimir.example/prometheus", "none");
    row("nothing", "", "none");
}

void TestManagedStore::aHostTellsHowToSignIn()
{
    QFETCH(QByteArray, url);
    QFETCH(QByteArray, signIn);
    const auto* store = managedStoreAt({ url.constData(), static_cast<std::size_t>(url.size()) });
    QCOMPARE(store ? QByteArray(store->signIn.data(), static_cast<qsizetype>(store->signIn.size())) : QByteArray("none"), signIn);
}

void TestManagedStore::otherCloudsOfAzureGiveTokensElsewhere()
{
    const auto* store = managedStoreAt("https://fleet.usgovvirginia.prometheus.monitor.azure.us");
    QVERIFY(store);
    QCOMPARE(store->authority, std::string_view("https://login.microsoftonline.us"));
    QCOMPARE(store->resource, std::string_view("https://prometheus.monitor.azure.us"));
}

QTEST_GUILESS_MAIN(TestManagedStore)
#include "tst_managedstore.moc"
