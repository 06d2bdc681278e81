// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <array>
#include <cstdio>

#include "forecast/runout.h"
#include "recordedcurves.h"
#include "support/shareddata.h"

using namespace penstock;
using namespace penstock::test;

namespace {

const char* name(ForecastMethod method)
{
    switch (method) {
    case ForecastMethod::None:
        break;
    case ForecastMethod::LastValue:
        return "as now";
    case ForecastMethod::LastWeek:
        return "last week";
    case ForecastMethod::Smoothing:
        return "model";
    }
    return "none";
}

void print(const std::string& curve, const std::vector<Observation>& history)
{
    if (history.empty()) {
        std::printf("| %s | not beside the checkout |\n", curve.c_str());
        return;
    }
    const auto made = forecast(history);
    for (const auto& it : made.backTests)
        std::printf("| %s | %lld to %lld h | %zu | %.1f %% | %.1f %% | %.2f | %.2f | %s | %s |\n", curve.c_str(),
            static_cast<long long>(it.after.count() + 1), static_cast<long long>(it.upTo.count()), it.targets,
            it.model.smape, it.naive.smape, it.model.mase, it.naive.mase,
            it.coverage ? (std::to_string(static_cast<int>(*it.coverage + 0.5)) + " %").c_str() : "-",
            name(made.method));
}

/// How often the range of run-out dates of made histories held the day that came.
void printRunOuts(std::size_t weeks, double growth)
{
    constexpr std::uint32_t histories = 60;
    int held = 0, before = 0, after = 0;
    double days = 0;
    int told = 0;
    for (std::uint32_t seed = 1; seed <= histories; ++seed) {
        const auto whole = service((weeks + 26) * 168, growth, 0.03, seed);
        const auto came = sixWeeksAhead(whole, weeks, growth);
        const std::vector<CapacityStep> capacity { { Time::min(), came.capacity } };
        const auto made = runOut(
            forecast(std::span(whole).first(weeks * 168), { .horizon = std::chrono::hours(26 * 168) }), capacity);
        const bool isBefore = !made->earliest || came.exceeded < *made->earliest,
                   isAfter = made->latest && came.exceeded > *made->latest;
        before += isBefore ? 1 : 0;
        after += isAfter ? 1 : 0;
        held += isBefore || isAfter ? 0 : 1;
        if (made->likely && came.exceeded != Time::max()) {
            days += std::chrono::duration<double, std::ratio<86400>>(*made->likely - came.exceeded).count();
            ++told;
        }
    }
    std::printf("| %zu weeks, growing %.0f %% a week | %d | %d | %d | %d | %+.0f days |\n", weeks, 100 * growth, held,
        before, after, static_cast<int>(histories) - told, days / told);
}

/// What came of growth that goes on, held against what was told of it from half a year to a year of it.
void printHoldOuts(double growth)
{
    constexpr std::array daysAhead { 7, 14, 28, 60, 120 };
    struct Told
    {
        double off = 0, held = 0, place = 0, count = 0;
    };
    std::array<Told, daysAhead.size()> sums;
    for (std::uint32_t seed = 1; seed <= 10; ++seed) {
        const auto whole = service(70 * 168, growth, 0.01, seed);
        for (std::size_t weeks = 28; weeks <= 52; weeks += 4) {
            const auto made = forecast(std::span(whole).first(weeks * 168), { .horizon = std::chrono::days(124) });
            for (std::size_t d = 0; d < daysAhead.size(); ++d)
                for (auto h = static_cast<std::size_t>(daysAhead.at(d) * 24 - 84), end = h + 168; h < end; ++h) {
                    const auto& it = made.points.at(h);
                    const auto came = whole.at(weeks * 168 + h).mean;
                    auto& [off, held, place, count] = sums.at(d);
                    off += 100 * (it.likely - came) / came;
                    held += it.low <= came && came <= it.high ? 100 : 0;
                    place += 100 * (it.likely - it.low) / (it.high - it.low);
                    ++count;
                }
        }
    }
    for (std::size_t d = 0; d < daysAhead.size(); ++d) {
        const auto& [off, held, place, count] = sums.at(d);
        std::printf("| %.0f %% a week | %d days | %+.1f %% | %.0f %% | %.0f %% |\n", 100 * growth, daysAhead.at(d),
            off / count, held / count, place / count);
    }
}

} // namespace

/// Prints the back-tests of recorded and made curves, hold-outs, and run-out dates, as tables of Markdown.
int main()
{
    const auto shared = sharedData().toStdString();
    std::puts("| curve | ahead | hours told | sMAPE model | sMAPE naive | MASE model | MASE naive | band of 80 % held "
              "| used |");
    std::puts("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    print("ServeGen m-large, 1 week", recorded(shared, serveGen("m-large")));
    print("ServeGen m-mid, 1 week", recorded(shared, serveGen("m-mid")));
    for (const char* client : { "143", "112", "91" })
        print(std::string("ServeGen m-large, client ") + client, recorded(shared, serveGen("m-large", client)));
    print("Image requests, 2 weeks",
        recorded(shared,
            { .path = "no-licence-stated/demand/alibaba_gentd26_image_requests_part1.csv.gz",
                .time = "gmt_create",
                .step = std::chrono::hours(1) }));
    print("Spot zones with a V100, 6 weeks",
        recorded(shared,
            { .path = "no-licence-stated/spot/skypilot_availability_1-node_aws-02-15-2023.csv.gz",
                .time = "t_s",
                .value = "nodes_available",
                .where = "accelerator_count",
                .is = "v100_1",
                .step = std::chrono::minutes(5),
                .zeroIsGap = false }));
    print("Made: day and week, 4 weeks", service(4 * 168, 0, 0.03));
    print("Made: growing 2 % a week, 13 months", service(403 * 24, 0.02, 0.03));
    std::puts("\n| growing | ahead | likely line, less what came | band of 80 % held | likely line in its band |");
    std::puts("| --- | --- | --- | --- | --- |");
    for (const auto growth : { 0.01, 0.02, 0.05 })
        printHoldOuts(growth);
    std::puts("\n| history | in the range | before it | after it | no likely date | likely date, less what came |\n| "
              "--- | --- | --- | --- | --- | --- |");
    for (const auto growth : { 0.02, 0.05 })
        for (const std::size_t weeks : { 10U, 26U, 52U })
            printRunOuts(weeks, growth);
}
