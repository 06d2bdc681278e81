// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include "cost/cost.h"
#include "planfleet.h"

using namespace penstock;
using namespace std::chrono_literals;

/// Two nodes of H100 at azure, five of eight GPUs busy, and one of H200 at gcp, of which a GPU is idle.
class TestCost final : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void everyFigureHasItsFormula();
    void partsAddUpToAll();
    void nobodyKnowsWhatIsUsedOfWhatIsSilent();
    void whatIsHeardOfOthersIsASumThatSaysWhatItLacks();
    void whatHasNoPriceIsCounted();
    void ownPricesComeBeforeLists();
    void aDiscountIsOffTheList();

private:
    [[nodiscard]] CostPicture cost() const { return costOf(*m_fleet.snapshot(), m_prices, m_day); }
    static const CostLine& line(const std::vector<CostLine>& lines, const std::string& key)
    {
        return *std::ranges::find(lines, key, &CostLine::key);
    }
    static Price price(const char* provider, const char* model, double dollars)
    {
        return { .provider = provider, .model = model, .perGpuHour = dollars, .asOf = m_day };
    }
    static constexpr std::chrono::sys_days m_day { std::chrono::year(2026) / 11 / 1 };
    plantest::PlanFleet m_fleet;
    PriceBook m_prices;
};

void TestCost::init()
{
    m_fleet = {};
    m_fleet.rules.workloads.resize(1);
    m_fleet.rules.workloads[0].name = "chat";
    m_fleet.add("azure", "east", 2, 8, 5, 0);
    m_fleet.add("gcp", "west", 1, 8, 2, 0, "H200 141GB SXM");
    m_fleet.nodes.back().gpus[1].state = GpuState::Idle;
    m_prices = { .own = { price("azure", "H100", 4), price("gcp", "H200", 10) } };
}

void TestCost::everyFigureHasItsFormula()
{
    const auto made = cost();
    QCOMPARE(made.all.rented.dollars, 16 * 4.0 + 8 * 10.0);
    QCOMPARE(made.all.allocated.dollars, 10 * 4.0 + 2 * 10.0);
    QCOMPARE(made.all.used.dollars, 10 * 4.0 + 1 * 10.0);
    QCOMPARE(made.all.idle.dollars, 10.0);
    QCOMPARE(made.all.idle.gpus, 1.0);
    QCOMPARE(made.all.rented.unpriced, 0.0);
}

void TestCost::partsAddUpToAll()
{
    const auto made = cost();
    for (const auto* lines : { &made.byProvider, &made.byModel, &made.byWorkload, &made.bySupplier }) {
        QCOMPARE(lines->size(), 2U);
        QCOMPARE((*lines)[0].rented.dollars + (*lines)[1].rented.dollars, made.all.rented.dollars);
        QCOMPARE((*lines)[0].allocated.gpus + (*lines)[1].allocated.gpus, made.all.allocated.gpus);
    }
    QCOMPARE(line(made.byWorkload, "chat").allocated.dollars, made.all.allocated.dollars);
    QCOMPARE(line(made.byWorkload, "").allocated.dollars, 0.0);
    QCOMPARE(line(made.bySupplier, "gcp/H200 141GB SXM").rented.dollars, 80.0);
}

void TestCost::nobodyKnowsWhatIsUsedOfWhatIsSilent()
{
    QVERIFY(!cost().silentSince && !cost().isSilent);
    Engine engine;
    auto inventory = std::make_shared<Inventory>();
    inventory->epoch = 1;
    inventory->models = { { "H100 80GB SXM", 0 } };
    inventory->clusters = { { "azure", "east", "a" } };
    inventory->nodes = { { "node-0", 0, 0, 8, {} } };
    Columns columns;
    for (int i = 0; i < 8; ++i)
        columns.append({});
    const auto id = engine.addSource("azure");
    const Time seen = m_day + 1h;
    QVERIFY(engine.restore(id, { "azure", inventory, std::make_shared<const Columns>(columns), seen }));
    const auto made = costOf(*engine.publish(m_day + 3h), m_prices, m_day);
    QVERIFY(made.isSilent && made.silentSince == seen);
    QCOMPARE(made.all.rented.dollars, 32.0);
    QVERIFY2(!made.all.used.known() && !made.all.idle.known(), "nobody knows what they do");
    QCOMPARE(made.all.unheard, 8.0);
    QVERIFY(std::isnan(line(made.byProvider, "azure").used.gpus));
}

void TestCost::whatIsHeardOfOthersIsASumThatSaysWhatItLacks()
{
    for (auto& gpu : m_fleet.nodes.back().gpus)
        gpu.state = GpuState::Unknown;
    const auto made = cost();
    QCOMPARE(made.all.unheard, 8.0);
    QCOMPARE(made.all.used.known(), std::optional(10 * 4.0));
    QCOMPARE(line(made.byProvider, "azure").unheard, 0.0);
    const auto gcp = line(made.byProvider, "gcp");
    QVERIFY(!gcp.used.known() && !gcp.idle.known() && !line(made.byModel, "H200 141GB SXM").used.known());
    QCOMPARE(gcp.rented.known(), std::optional(80.0));
}

void TestCost::whatHasNoPriceIsCounted()
{
    m_prices.own.pop_back();
    const auto made = cost();
    QCOMPARE(made.all.rented.dollars, 64.0);
    QCOMPARE(made.all.rented.gpus, 24.0);
    QCOMPARE(made.all.rented.unpriced, 8.0);
    const auto gcp = line(made.byProvider, "gcp");
    QCOMPARE(gcp.rented.unpriced, 8.0);
    QVERIFY2(!gcp.rented.known() && !gcp.used.known(), "what has no price costs something nobody knows");
    QCOMPARE(line(made.byProvider, "azure").rented.known(), std::optional(64.0));
    QCOMPARE(line(made.byProvider, "azure").idle.known(), std::optional(0.0));
}

void TestCost::ownPricesComeBeforeLists()
{
    auto lists = std::make_shared<Catalogue>();
    lists->addInstance("azure", "ND", { "H100 80GB SXM", 8, 0 });
    lists->addInstance("gcp", "a3", { "H200 141GB SXM", 8, 0 });
    lists->addPrice("azure", "ND", {}, { 800, m_day, "list" });
    lists->addPrice("gcp", "a3", {}, { 80, m_day, "list" });
    m_prices = { .own = { price("azure", "H100", 4) }, .lists = lists };
    const auto made = cost();
    QCOMPARE(made.all.rented.dollars, 16 * 4.0 + 80);
    QCOMPARE(made.prices.text(), std::string("prices of the workspace up to 2026-11-01, list prices of 2026-11-01"));
}

void TestCost::aDiscountIsOffTheList()
{
    auto lists = std::make_shared<Catalogue>();
    lists->addInstance("gcp", "a3", { "H200 141GB SXM", 8, 0 });
    lists->addPrice("gcp", "a3", {}, { 80, m_day, "list" });
    lists->setDiscount("gcp", 0.25);
    m_prices = { .own = { price("azure", "H100", 4) }, .lists = lists };
    QCOMPARE(line(cost().byProvider, "gcp").rented.dollars, 60.0);
    QCOMPARE(line(cost().byProvider, "azure").rented.dollars, 64.0);
    // Another catalogue says nothing of discounts, and takes none away.
    lists->overlay(Catalogue());
    QCOMPARE(line(cost().byProvider, "gcp").rented.dollars, 60.0);
}

QTEST_APPLESS_MAIN(TestCost)
#include "tst_cost.moc"
