// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>
#include <array>
#include <atomic>
#include <memory>

#include "dcgm/dcgmsource.h"
#include "support/httpserver.h"
#include "support/sourcelistener.h"

using namespace penstock;
using namespace std::chrono_literals;
using test::HttpQuestion;
using test::HttpReply;
using test::HttpServer;
using Listener = test::SourceListener;

namespace {

constexpr int nodes = 1'250, gpusOfANode = 8;

/// The generated fleet, of which all is known by arithmetic.
struct Gpu
{
    int node, index, minute;
    [[nodiscard]] bool isHeld() const { return (node + index) % 3 != 0; }
    [[nodiscard]] bool isBroken() const { return minute > 0 && node % 50 == 7 && index == 3; }
    [[nodiscard]] int utilisation() const { return isHeld() ? 40 + (node * 7 + index + minute) % 60 : 0; }
    [[nodiscard]] int memory() const { return isHeld() ? 60'000 + node + index : 0; }
};

QByteArray answerOf(int node, int minute)
{
    QByteArray text;
    const auto add = [&](const char* metric, auto value) {
        for (int g = 0; g < gpusOfANode; ++g) {
            const Gpu it { node, g, minute };
            text += QByteArray("DCGM_FI_DEV_") + metric + "{gpu=\"" + QByteArray::number(g) + "\",UUID=\"GPU-" + QByteArray::number(node) + "-" + QByteArray::number(g) + "\",modelName=\"NVIDIA H100 80GB HBM3\",Hostname=\"node-" + QByteArray::number(node)
                + "\",namespace=\"" + (it.isHeld() ? "infer" : "") + "\",pod=\"" + (it.isHeld() ? "chat-0" : "") + "\"} " + QByteArray::number(value(it)) + "\n";
        }
    };
    add("GPU_UTIL", [](const Gpu& it) { return it.utilisation(); });
    add("FB_USED", [](const Gpu& it) { return it.memory(); });
    add("XID_ERRORS", [](const Gpu& it) { return it.isBroken() ? 79 : 0; });
    return text;
}

struct Totals
{
    quint64 gpus = 0, busy = 0, free = 0, unhealthy = 0, utilisation = 0, memory = 0;
    friend bool operator==(const Totals&, const Totals&) = default;
};

Totals countedAt(int minute)
{
    Totals made;
    for (int n = 0; n < nodes; ++n)
        for (int g = 0; g < gpusOfANode; ++g) {
            const Gpu it { n, g, minute };
            ++made.gpus;
            ++(it.isBroken() ? made.unhealthy : it.isHeld() ? made.busy : made.free);
            made.utilisation += static_cast<quint64>(it.utilisation());
            made.memory += static_cast<quint64>(it.memory());
        }
    return made;
}

Totals shownBy(Listener& listener)
{
    const auto total = listener.shown()->total();
    return { total.gpus, total.count(GpuState::Busy), total.count(GpuState::Free), total.count(GpuState::Unhealthy), total.utilisation.sum, total.memory.sum };
}

QString said(const Totals& it) { return QStringLiteral("%1 GPUs, %2 busy, %3 free, %4 unhealthy, %5 %, %6 MiB").arg(it.gpus).arg(it.busy).arg(it.free).arg(it.unhealthy).arg(it.utilisation).arg(it.memory); }

} // namespace

/// A fleet of 10,000 GPUs, each of its nodes scraped over HTTP.
class TestDcgmThousands final : public QObject
{
    Q_OBJECT

private slots:
    void totalsAreTrueAndFollow();
};

void TestDcgmThousands::totalsAreTrueAndFollow()
{
    std::atomic<int> minute = 0;
    std::array<std::unique_ptr<HttpServer>, 4> hosts;
    for (auto& host : hosts)
        host = std::make_unique<HttpServer>([&](const HttpQuestion& question) { return HttpReply { .type = "text/plain; version=0.0.4", .body = answerOf(question.path.mid(1).toInt(), minute), .headers = {} }; });
    std::vector<std::string> targets;
    for (int n = 0; n < nodes; ++n)
        targets.push_back(hosts[static_cast<std::size_t>(n) % hosts.size()]->url() + "/" + std::to_string(n));
    // On a machine that does much besides a scrape takes long; nothing here is about its age.
    Listener listener;
    listener.engine.setStaleAfter(10min);
    const auto source = makeDcgmSource({ .targets = targets, .ca = {}, .place = { "aws", "us-east-1", "eks" }, .workloads = {}, .every = 2s, .timeout = 20s, .staleAfter = 10min }, std::make_shared<HttpClient>());
    source->start(listener);
    Totals shown;
    const auto first = countedAt(0), then = countedAt(1);
    QVERIFY(first.gpus == 10'000 && then.unhealthy == 25);
    QTRY_VERIFY2_WITH_TIMEOUT((shown = shownBy(listener)) == first, qPrintable(said(shown) + QStringLiteral(" instead of ") + said(first)), 90'000);
    QCOMPARE(listener.stands(), std::pair(Connection::Live, QString()));
    minute = 1;
    QTRY_VERIFY2_WITH_TIMEOUT((shown = shownBy(listener)) == then, qPrintable(said(shown) + QStringLiteral(" instead of ") + said(then)), 90'000);
}

QTEST_GUILESS_MAIN(TestDcgmThousands)
#include "tst_dcgmthousands.moc"
