// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QCoreApplication>
#include <QElapsedTimer>
#include <benchmark/benchmark.h>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <random>

#include "http/httpclient.h"
#include "largefile.h"
#include "pastreading.h"
#include "session/capacity.h"
#include "storage/historyfile.h"
#include "support/prometheusserver.h"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

using Dimension = GroupPoint::Dimension;
constexpr std::int64_t noon = 1'790'000'000 / 86400 * 86400 + 43200; ///< of some day

Time at(std::int64_t second)
{
    return Time(std::chrono::seconds(second));
}

/// A folder that is gone when the program ends.
struct Folder
{
    std::filesystem::path path;
    Folder()
    {
        auto name = (std::filesystem::temp_directory_path() / "bench-history-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr)
            std::exit(1);
        path = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    [[nodiscard]] std::string file(const char* name) const { return (path / name).string(); }
};

HistoryFile opened(const std::string& path)
{
    std::string notice;
    auto file = HistoryFile::open(path, {}, notice);
    if (!file) {
        std::cerr << file.error().text() << '\n';
        std::exit(1);
    }
    return std::move(*file);
}

constexpr double figures = 9; ///< of a group with a value: six states, all, utilisation, power

/// Groups whose busy GPUs walk at random, as those of real fleets do.
class Fleet
{
public:
    explicit Fleet(int groups)
    {
        for (int i = 0; i < groups; ++i)
            m_groups.push_back({ .dimension = i == 0 ? Dimension::Total : Dimension::Cluster,
                .key = i == 0 ? std::string() : "azure/eastus/" + std::to_string(i),
                .byState = { 0, 800, 100, 80, 10, 10 },
                .utilisationMean = 61.5F,
                .power = 500'000 });
    }
    std::shared_ptr<const RollupPoint> step(std::int64_t second)
    {
        for (auto& it : m_groups) {
            const auto more = std::min<std::uint32_t>(it.byState[2], static_cast<std::uint32_t>(m_random() % 5));
            const auto less = std::min<std::uint32_t>(it.byState[1], static_cast<std::uint32_t>(m_random() % 5));
            it.byState[1] += more - less;
            it.byState[2] += less - more;
            it.utilisationMean = 55 + static_cast<float>(m_random() % 1000) / 100;
            it.power = 490'000 + static_cast<double>(m_random() % 20'000);
        }
        return std::make_shared<RollupPoint>(RollupPoint { .at = at(second), .groups = m_groups });
    }

private:
    std::mt19937 m_random { 7 };
    std::vector<GroupPoint> m_groups;
};

void write(HistoryFile& file, Fleet& fleet, std::int64_t from, std::int64_t to, std::int64_t every)
{
    std::vector<std::shared_ptr<const RollupPoint>> points;
    for (; from < to; from += every)
        points.push_back(fleet.step(from));
    if (const auto done = file.write(points); !done) {
        std::cerr << done.error().text() << '\n';
        std::exit(1);
    }
}

/// Two hours of seconds and thirteen months of hours, of 50 groups.
const std::string& longFile()
{
    static const Folder folder;
    static const std::string path = [] {
        auto made = folder.file("long.db");
        auto file = opened(made);
        Fleet fleet(50);
        const auto first = noon - 403 * 86400;
        for (auto day = first; day < noon - 7200; day += 21600)
            write(file, fleet, day, std::min(day + 21600, noon - 7200), 1800);
        for (auto minute = noon - 7200; minute < noon; minute += 60)
            write(file, fleet, minute, minute + 60, 1);
        return made;
    }();
    return path;
}

/// What the console does each five seconds, with the minute's end among them; bytes a sample of each tier at the end.
void writeSeconds(benchmark::State& state)
{
    const Folder folder;
    auto file = opened(folder.file("h.db"));
    Fleet fleet(static_cast<int>(state.range(0)));
    auto second = noon;
    for (auto _ : state) {
        write(file, fleet, second, second + 60, 1);
        second += 60;
    }
    state.counters["seconds"] = benchmark::Counter(60, benchmark::Counter::kIsIterationInvariantRate);
    state.counters["rollups"]
        = benchmark::Counter(static_cast<double>(60 * state.range(0)), benchmark::Counter::kIsIterationInvariantRate);
    if (const auto tiers = file.tiers())
        for (const auto& it : *tiers)
            if (it.points > 0)
                state.counters["bytes_" + std::string(it.tier.name)]
                    = static_cast<double>(it.bytes) / (static_cast<double>(it.points) * figures);
}
BENCHMARK(writeSeconds)->Arg(200)->Arg(1000)->Iterations(130)->Unit(benchmark::kMillisecond);

/// As many events as one look at a fleet gives at most, and what one takes up.
void writeEvents(benchmark::State& state)
{
    const Folder folder;
    auto file = opened(folder.file("h.db"));
    std::vector<FleetEvent> events;
    for (int i = 0; i < 2000; ++i)
        events.push_back({ .at = at(noon),
            .kind = i % 2 == 0 ? FleetEvent::Kind::Workload : FleetEvent::Kind::Unhealthy,
            .endpoint = "azure-eastus-" + std::to_string(i % 9),
            .provider = "azure",
            .region = "eastus",
            .cluster = "aks-eastus-" + std::to_string(i % 9),
            .node = "aks-h100-" + std::to_string(i),
            .gpus = 8,
            .which = 255,
            .workload = "training" });
    double written = 0;
    for (auto _ : state) {
        if (const auto done = file.write({}, events); !done)
            state.SkipWithError(done.error().text().c_str());
        written += static_cast<double>(events.size());
    }
    state.counters["events"] = benchmark::Counter(written, benchmark::Counter::kIsRate);
    state.counters["bytes"] = static_cast<double>(file.bytes().value_or(0)) / written;
}
BENCHMARK(writeEvents)->Iterations(100)->Unit(benchmark::kMillisecond);

/// All groups at any second of the last two hours.
void scrub(benchmark::State& state)
{
    auto file = opened(longFile());
    std::mt19937 random(3);
    for (auto _ : state) {
        const auto second = noon - 7000 + static_cast<std::int64_t>(random() % 6900);
        for (const auto by : { Dimension::Total, Dimension::Cluster }) {
            auto answer = file.read({ .dimension = by,
                .figures = { HistoryFigure::Busy, HistoryFigure::Idle, HistoryFigure::Gpus, HistoryFigure::Utilisation,
                    HistoryFigure::Power },
                .from = at(second),
                .to = at(second + 1),
                .step = 1s });
            if (!answer || answer->step != 1s || answer->series.empty())
                state.SkipWithError("no such second");
            benchmark::DoNotOptimize(answer);
        }
    }
}
BENCHMARK(scrub)->Unit(benchmark::kMillisecond);

/// What the window shows of a second of the last two hours: the fleets of so many clusters, the lines of the 15 minutes before, shares
/// and events.
void scrubWindow(benchmark::State& state)
{
    const Folder folder;
    const auto path = folder.file("window.db");
    {
        auto file = opened(path);
        Fleet fleet(static_cast<int>(state.range(0)));
        for (auto minute = noon - 7200; minute < noon; minute += 60)
            write(file, fleet, minute, minute + 60, 1);
    }
    auto file = HistoryFile::openToRead(path);
    PastMaker maker;
    std::mt19937 random(5);
    double longest = 0;
    for (auto _ : state) {
        const auto start = std::chrono::steady_clock::now();
        const auto view = readPast(*file, maker, {}, at(noon - 1 - static_cast<std::int64_t>(random() % 7000)));
        if (view.error || !view.snapshot)
            state.SkipWithError("nothing is known");
        longest = std::max(longest, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    state.counters["longest_ms"] = longest;
}
BENCHMARK(scrubWindow)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

/// One figure of every cluster over all that is kept.
void chartOfThirteenMonths(benchmark::State& state)
{
    auto file = opened(longFile());
    for (auto _ : state) {
        auto answer = file.read({ .dimension = Dimension::Cluster,
            .figures = { HistoryFigure::Busy },
            .from = at(noon - 403 * 86400),
            .to = at(noon),
            .step = 1h });
        if (!answer || answer->series.empty())
            state.SkipWithError("nothing there");
        benchmark::DoNotOptimize(answer);
    }
    if (const auto tiers = file.tiers())
        state.counters["bytes_1h"] = static_cast<double>(tiers->back().bytes) / (static_cast<double>(tiers->back().points) * figures);
}
BENCHMARK(chartOfThirteenMonths)->Unit(benchmark::kMillisecond);

/// What the Capacity page asks for when somebody picks thirteen months: all figures of the whole, of each provider, and of each
/// provider and model.
void capacityOfThirteenMonths(benchmark::State& state)
{
    static const Folder folder;
    static const std::string path = [] {
        auto made = folder.file("capacity.db");
        auto file = opened(made);
        constexpr std::array providers { "azure", "gcp", "aws" };
        std::vector<GroupPoint> groups { { .dimension = Dimension::Total, .key = {}, .byState = { 0, 800, 100, 80, 10, 10 }, .needed = 900, .unmet = 10 } };
        for (const char* provider : providers)
            groups.push_back({ .dimension = Dimension::Provider, .key = provider, .byState = { 0, 800, 100, 80, 10, 10 } });
        for (int i = 0; i < 19; ++i)
            groups.push_back({ .dimension = Dimension::ProviderModel, .key = std::string(providers.at(static_cast<std::size_t>(i) % providers.size())) + "/model " + std::to_string(i), .byState = { 0, 800, 100, 80, 10, 10 } });
        std::mt19937 random { 11 };
        std::vector<std::shared_ptr<const RollupPoint>> points;
        for (auto hour = noon - 403 * 86400; hour < noon; hour += 3600) {
            for (auto& it : groups)
                it.byState[1] = 700 + static_cast<std::uint32_t>(random() % 200);
            points.push_back(std::make_shared<RollupPoint>(RollupPoint { .at = at(hour), .groups = groups }));
        }
        if (const auto done = file.write(points); !done)
            std::cerr << done.error().text() << '\n';
        return made;
    }();
    const CapacityQuery query { .from = at(noon - 396 * 86400), .to = at(noon), .step = 1h, .busiestOf = 24h };
    for (auto _ : state) {
        auto history = readCapacity(path, query);
        if (!history || history->rows.size() != 19 || history->times.size() < 390)
            state.SkipWithError("nothing there");
        benchmark::DoNotOptimize(history);
    }
}
BENCHMARK(capacityOfThirteenMonths)->Unit(benchmark::kMillisecond);

/// To the first numbers of a start: the file opened, and the last 15 minutes read.
void startWithTwoGigabytes(benchmark::State& state)
{
    static const Folder folder;
    if (std::filesystem::space(folder.path).available < 3 * static_cast<std::uintmax_t>(bench::large)) {
        state.SkipWithError("the disk is too small");
        return;
    }
    static const std::string path = [] {
        auto made = folder.file("large.db");
        std::filesystem::copy_file(longFile(), made);
        (void)bench::makeLarge(made, 1'760'000'000);
        return made;
    }();
    const std::array dimensions { Dimension::Total, Dimension::Cluster };
    for (auto _ : state) {
        auto file = opened(path);
        auto recent = file.recent(at(noon) - 15min, dimensions);
        if (!recent || recent->empty())
            state.SkipWithError("nothing there");
        benchmark::DoNotOptimize(recent);
    }
    state.counters["file_bytes"] = static_cast<double>(std::filesystem::file_size(path));
}
BENCHMARK(startWithTwoGigabytes)->Unit(benchmark::kMillisecond);

/// The same seconds in a VictoriaMetrics, a series a group and figure, merged as far as it goes.
void victoriaMetrics(benchmark::State& state)
{
    using test::PrometheusServer;
    PrometheusServer server { PrometheusServer::Kind::VictoriaMetrics };
    if (!PrometheusServer::isInstalled(PrometheusServer::Kind::VictoriaMetrics) || !server.start(QByteArray())) {
        state.SkipWithError("victoria-metrics is not installed");
        return;
    }
    HttpClient http;
    Fleet fleet(50);
    double samples = 0;
    std::chrono::duration<double> sending {}; ///< until it says that it has taken them; what it does with them later not counted
    // It keeps nothing that is older than a month.
    const auto first = std::chrono::floor<std::chrono::minutes>(wallClock().time_since_epoch() - 2h).count() * 60;
    for (auto _ : state)
        for (auto minute = first; minute < first + 7200; minute += 60) {
            std::map<std::string, std::string> values;
            std::string times;
            for (auto second = minute; second < minute + 60; ++second) {
                times += (times.empty() ? "" : ",") + std::to_string(second * 1000);
                const auto point = fleet.step(second);
                for (const auto& group : point->groups)
                    for (std::size_t f = 0; f < historyFigures; ++f)
                        if (const auto value = figureOf(group, static_cast<HistoryFigure>(f))) {
                            auto& series
                                = values[std::string(name(static_cast<HistoryFigure>(f))) + R"(","key":")" + group.key];
                            series += (series.empty() ? "" : ",") + std::to_string(std::round(*value * 100) / 100);
                            ++samples;
                        }
            }
            std::string text;
            for (const auto& [series, list] : values)
                text += R"({"metric":{"__name__":")" + series + R"("},"values":[)" + list + R"(],"timestamps":[)"
                    + times + "]}\n";
            const auto start = std::chrono::steady_clock::now();
            const auto sent = http.send({ .method = "POST",
                .url = server.url() + "/api/v1/import",
                .body = text,
                .contentType = "text/plain" });
            sending += std::chrono::steady_clock::now() - start;
            if (!sent || sent->status >= 300)
                state.SkipWithError("it takes nothing");
        }
    for (const char* path : { "/internal/force_flush", "/internal/force_merge" })
        (void)http.send({ .method = "GET", .url = server.url() + path, .body = {}, .contentType = {} });
    const auto bytes = [&] {
        double sum = 0;
        for (const auto& it :
            std::filesystem::recursive_directory_iterator(server.dataFolder().toStdString() + "/data"))
            sum += it.is_regular_file() ? static_cast<double>(it.file_size()) : 0;
        return sum;
    };
    // A merge goes on for a moment, and what was merged is removed after it: until nothing has changed for a while.
    QElapsedTimer quiet;
    quiet.start();
    double last = 0;
    (void)QTest::qWaitFor(
        [&] {
            if (const auto now = bytes(); now != last) {
                last = now;
                quiet.restart();
            }
            return quiet.hasExpired(5'000);
        },
        60'000);
    state.counters["bytes"] = bytes() / samples;
    state.counters["rollups_per_second"] = samples / figures / sending.count();
}
BENCHMARK(victoriaMetrics)->Iterations(1)->Unit(benchmark::kMillisecond);

} // namespace

int main(int argc, char** argv)
{
    QCoreApplication app(argc, argv);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
