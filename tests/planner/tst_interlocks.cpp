// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QCryptographicHash>
#include <QtTest>

#include <functional>
#include <set>

#include "planfleet.h"

using namespace penstock;
using namespace penstock::plantest;
using Verdict = Interlock::Verdict;

namespace {

/// Chat moves from azure to gcp in three steps; aws stands by in Europe.
struct Situation
{
    PlanFleet fleet;
    Plan plan;
    Circumstances circumstances;
    std::vector<RouteReading> readings;
    std::unique_ptr<Ground> ground;
    bool lastIsSilent = false; ///< the router of the last route

    Situation()
    {
        auto& rules = fleet.rules;
        rules.workloads.resize(1);
        auto& chat = rules.workloads[0];
        chat.name = "chat";
        chat.data = { "content" };
        chat.residency = { "us" };
        chat.replicaGpus = 8;
        rules.regionGroups = { { "us", { "us-" } } };
        rules.routes.push_back({ .name = "chat", .workload = "chat", .router = {}, .backends = {} });
        for (const char* id : { "azure", "gcp", "aws" }) {
            rules.providers.push_back({ .id = id, .name = id, .subprocessor = true, .approvedData = { "content" }, .utilisationCap = 1, .quotas = {}, .reservations = {} });
            rules.routes[0].backends.push_back({ id, { .provider = id, .region = {}, .cluster = {}, .node = {} } });
        }
        rules.policy.overridable = { "capacity", "freeze", "rate" };
        fleet.add("azure", "us-1", 10, 8, 8, 0);
        fleet.add("gcp", "us-2", 6, 8, 0, 0);
        fleet.add("aws", "eu-1", 10, 8, 0, 0);
        plan.person = "ada";
        plan.reason = "azure is slow";
        plan.plannedAt = now;
        plan.moves = { { .route = "chat", .version = "7", .from = { 100, 0, 0 }, .steps = { { 80, 20, 0 }, { 60, 40, 0 }, { 40, 60, 0 } } } };
        circumstances.now = now;
        readings.resize(1);
        readings[0].version = "7";
        for (const auto& backend : rules.routes[0].backends)
            readings[0].backends.push_back({ .name = backend.name, .accepted = backend.name == "azure" ? 100.0 : 0.0, .observed = {}, .requests = 0, .condition = {}, .note = {} });
    }
    [[nodiscard]] Judgement judged()
    {
        ground = fleet.ground();
        circumstances.readings = pointers(readings);
        if (lastIsSilent)
            circumstances.readings.back() = nullptr;
        return judge(*ground, plan, circumstances);
    }
    void failAtGcp(double rate, std::optional<double> limit)
    {
        readings[0].backends[0].accepted = 90;
        readings[0].backends[1].accepted = 10;
        readings[0].backends[1].guards.errorRate = Measured { rate, "HAProxy" };
        fleet.rules.workloads[0].errorRate = limit;
    }
    /// A second route of the same backends, which all take requests.
    void addChess()
    {
        fleet.rules.routes.push_back(fleet.rules.routes[0]);
        fleet.rules.routes[1].name = "chess";
        readings.push_back(readings[0]);
        for (auto& backend : readings[1].backends)
            backend.accepted = 100.0 / 3;
    }
    /// The first step was made, and the fleets have followed.
    void moveOneStep()
    {
        circumstances.stepsDone = 1;
        readings[0].backends[0].accepted = 80;
        readings[0].backends[1].accepted = 20;
        for (std::size_t n = 0; n < 2; ++n)
            for (std::size_t g = 0; g < 8; ++g) {
                fleet.nodes[n].gpus[g] = { .state = GpuState::Free };
                fleet.nodes[10 + n].gpus[g] = { .state = GpuState::Busy, .workload = 0 };
            }
    }
    void target(const Weights& weights) { plan.moves[0].steps = { weights }; }
    void allowAnyStep() { fleet.rules.policy.maxStep = 1; }
};

struct Row
{
    const char* name;
    const char* rule;
    Verdict verdict;
    const char* says;
    std::function<void(Situation&)> change;
};

const std::vector<Row>& rows()
{
    static const std::vector<Row> all {
        { "as it should be", "plan", Verdict::Pass, "", [](Situation&) {} },
        { "an evacuation of nothing says why", "plan", Verdict::Block, "it moves nothing: the weights of chat could not be read: its load stays", [](Situation& it) { it.plan.moves.clear(); it.plan.kind = Plan::Kind::Evacuation; it.plan.scope.provider = "azure"; it.lastIsSilent = true; } },
        { "an evacuation of nothing judges what it reaches", "reach", Verdict::Note, "the weights of chat could not be read", [](Situation& it) { it.plan.moves.clear(); it.plan.kind = Plan::Kind::Evacuation; it.plan.scope.provider = "azure"; it.lastIsSilent = true; } },
        { "nothing moves", "plan", Verdict::Block, "moves nothing", [](Situation& it) { it.plan.moves.clear(); } },
        { "a route that is not there", "plan", Verdict::Block, "no route chess", [](Situation& it) { it.plan.moves[0].route = "chess"; } },
        { "no steps", "plan", Verdict::Block, "no steps", [](Situation& it) { it.plan.moves[0].steps.clear(); } },
        { "shares that do not add up", "plan", Verdict::Block, "add up to 100", [](Situation& it) { it.target({ 50, 60, 0 }); } },
        { "a share below zero", "plan", Verdict::Block, "add up to 100", [](Situation& it) { it.target({ 120, -20, 0 }); } },
        { "not a number", "plan", Verdict::Block, "add up to 100", [](Situation& it) { it.target({ std::nan(""), 100, 0 }); } },
        { "the same route twice", "plan", Verdict::Block, "twice", [](Situation& it) { it.plan.moves.push_back(it.plan.moves[0]); } },
        { "a workload nobody describes", "plan", Verdict::Block, "not described", [](Situation& it) { it.fleet.rules.routes[0].workload = "chess"; } },
        { "an evacuation that leaves load", "plan", Verdict::Block, "leaves load at azure", [](Situation& it) { it.plan.kind = Plan::Kind::Evacuation; it.plan.scope.provider = "azure"; } },
        { "other backends", "plan", Verdict::Block, "other backends", [](Situation& it) { it.readings[0].backends.pop_back(); } },

        { "it fits", "capacity", Verdict::Pass, "48 GPUs", [](Situation&) {} },
        { "too much", "capacity", Verdict::Block, "from step 3 of 4 on: 8 GPUs short at gcp: needs 56, placeable 48", [](Situation& it) { it.plan.moves[0].steps = { { 75, 25, 0 }, { 50, 50, 0 }, { 35, 65, 0 }, { 20, 80, 0 } }; } },
        { "too much on the way only", "capacity", Verdict::Block, "from step 1 of 2 on: 8 GPUs short", [](Situation& it) { it.plan.moves[0].steps = { { 35, 65, 0 }, { 80, 20, 0 } }; } },
        { "above the cap", "capacity", Verdict::Block, "utilisation cap 50 % of gcp", [](Situation& it) { it.fleet.rules.providers[1].utilisationCap = 0.5; } },
        { "old data are no capacity", "capacity", Verdict::Block, "placeable 0", [](Situation& it) { it.fleet.stale = { "gcp" }; } },

        { "targets answer", "answers", Verdict::Pass, "reach", [](Situation&) {} },
        { "a target is down", "answers", Verdict::Block, "gcp is down (L4CON)", [](Situation& it) { it.readings[0].backends[1].condition = BackendReading::Condition::Down; it.readings[0].backends[1].note = "L4CON"; } },
        { "a target is drained", "answers", Verdict::Block, "gcp is drained (DRAIN)", [](Situation& it) { it.readings[0].backends[1].condition = BackendReading::Condition::Draining; it.readings[0].backends[1].note = "DRAIN"; } },
        { "a target that Penstock drained wakes up", "answers", Verdict::Pass, "", [](Situation& it) { it.readings[0].backends[1].condition = BackendReading::Condition::Draining; it.readings[0].backends[1].wakesUp = true; } },
        { "a target answers with errors", "answers", Verdict::Block, "gcp answers 2 % of its requests with an error, limit 1 %", [](Situation& it) { it.failAtGcp(0.02, 0.01); } },
        { "no more errors than it may", "answers", Verdict::Pass, "not too many errors", [](Situation& it) { it.failAtGcp(0.005, 0.01); } },
        { "a few errors where no limit is set", "answers", Verdict::Pass, "reach", [](Situation& it) { it.failAtGcp(0.02, {}); } },
        { "a target fails outright where no limit is set", "answers", Verdict::Block, "gcp answers 100 %", [](Situation& it) { it.failAtGcp(1, {}); } },
        { "who flees looks past a few errors", "answers", Verdict::Note, "gcp answers 2 %", [](Situation& it) { it.failAtGcp(0.02, 0.01); it.plan.kind = Plan::Kind::Evacuation; it.plan.scope.provider = "azure"; it.target({ 0, 100, 0 }); } },
        { "a target that failed and is not measured any more", "answers", Verdict::Block, "has not been measured since", [](Situation& it) { it.readings[0].backends[0].accepted = 90; it.readings[0].backends[1].accepted = 10; it.circumstances.failed = "gcp answers 100 % of its requests with an error, limit 50 %"; } },
        { "a target that failed and does not any more", "answers", Verdict::Pass, "not too many errors", [](Situation& it) { it.failAtGcp(0, {}); it.circumstances.failed = "gcp answers 100 % of its requests with an error, limit 50 %"; } },
        { "one that failed and gains nothing on the way back", "answers", Verdict::Pass, "not measured yet", [](Situation& it) { it.circumstances.failed = "gcp answers 100 % of its requests with an error, limit 50 %"; it.circumstances.returning = true; it.plan.moves[0].from = { 20, 80, 0 }; it.target({ 60, 40, 0 }); it.readings[0].backends[0].accepted = 20; it.readings[0].backends[1].accepted = 80; } },
        { "who returns does too", "answers", Verdict::Note, "gcp answers 2 %", [](Situation& it) { it.failAtGcp(0.02, 0.01); it.circumstances.returning = true; } },
        { "who flees goes nowhere that fails outright", "answers", Verdict::Block, "gcp answers 100 %", [](Situation& it) { it.failAtGcp(1, 0.01); it.plan.kind = Plan::Kind::Evacuation; it.plan.scope.provider = "azure"; it.target({ 0, 100, 0 }); } },
        { "errors of when it last had a share", "answers", Verdict::Pass, "not measured yet", [](Situation& it) { it.failAtGcp(1, 0.01); it.readings[0].backends[1].accepted = 0; } },
        { "nobody measures a target, and another route fails there", "answers", Verdict::Note, "nobody has measured how gcp answers, and gcp answers 100 % of the requests of chess with an error", [](Situation& it) { it.addChess(); it.readings[1].backends[1].guards.errorRate = Measured { 1, "HAProxy" }; } },
        { "who keeps a share fails", "answers", Verdict::Note, "azure keeps 40 % and answers 100 % of its requests with an error", [](Situation& it) { it.readings[0].backends[0].guards.errorRate = Measured { 1, "HAProxy" }; } },
        { "another route fails elsewhere", "answers", Verdict::Pass, "not measured yet", [](Situation& it) { it.addChess(); it.readings[1].backends[2].guards.errorRate = Measured { 1, "HAProxy" }; } },
        { "a giver is down", "answers", Verdict::Note, "azure takes no requests: its 40 % go to the others, which then carry gcp 100 %", [](Situation& it) { it.readings[0].backends[0].condition = BackendReading::Condition::Down; } },

        { "any split", "router", Verdict::Pass, "can set every split", [](Situation&) {} },
        { "a static algorithm", "router", Verdict::Block, "chat: its algorithm takes a backend with its configured weight or not at all", [](Situation& it) { it.readings[0].splits = RouteReading::Splits::Whole; it.readings[0].configured = { 50, 50, 0 }; } },
        { "a backend taken out whole", "router", Verdict::Pass, "", [](Situation& it) { it.readings[0].splits = RouteReading::Splits::Whole; it.readings[0].configured = { 30, 70, 100 }; it.target({ 30, 70, 0 }); } },
        { "not known before it is tried", "router", Verdict::Note, "shows at the first step", [](Situation& it) { it.readings[0].splits = RouteReading::Splits::Untried; it.readings[0].configured = { 50, 50, 0 }; } },
        { "a weight that is set by something else", "router", Verdict::Block, "chat: gcp: its agent-check sets its weight", [](Situation& it) { it.readings[0].backends[1].fixed = "its agent-check sets its weight"; } },
        { "that one does not move", "router", Verdict::Note, "aws keeps what it has: its agent-check", [](Situation& it) { it.readings[0].backends[2].fixed = "its agent-check sets its weight"; } },
        { "no weight can be set", "router", Verdict::Block, "chat: the stats socket may only read", [](Situation& it) { it.readings[0].fixed = "the stats socket may only read"; } },
        { "the largest step of a static algorithm", "max_step", Verdict::Block, "takes the backends of chat whole", [](Situation& it) { it.readings[0].splits = RouteReading::Splits::Whole; it.readings[0].configured = { 40, 60, 0 }; it.target({ 40, 60, 0 }); } },
        { "nothing is evacuated", "reach", Verdict::Pass, "evacuates nothing", [](Situation&) {} },
        { "all of a provider is left", "reach", Verdict::Pass, "no route can lead there", [](Situation& it) { it.plan.kind = Plan::Kind::Evacuation; it.plan.scope.provider = "azure"; it.target({ 0, 100, 0 }); } },
        { "a backend stands for more", "reach", Verdict::Note, "azure stands for more than provider=azure,region=us-1 and keeps 40 % of chat: its own balancer", [](Situation& it) { it.plan.kind = Plan::Kind::Evacuation; it.plan.scope = { .provider = "azure", .region = "us-1", .cluster = {}, .node = {} }; } },
        { "a route that nobody takes", "reach", Verdict::Note, "chess keeps 100 % at azure: gcp is down, or fails what it gets, aws has no room for it", [](Situation& it) {
             it.plan.kind = Plan::Kind::Evacuation;
             it.plan.scope.provider = "azure";
             it.fleet.rules.routes.push_back(it.fleet.rules.routes[0]);
             it.fleet.rules.routes[1].name = "chess";
             it.fleet.rules.workloads[0].residency.clear();
             it.target({ 0, 100, 0 });
             it.readings.push_back(it.readings[0]);
             it.readings[1].backends[1].condition = BackendReading::Condition::Down;
         } },
        { "a silent router", "reach", Verdict::Note, "the weights of chess could not be read", [](Situation& it) { it.plan.kind = Plan::Kind::Evacuation; it.plan.scope.provider = "azure"; it.fleet.rules.routes.push_back(it.fleet.rules.routes[0]); it.fleet.rules.routes[1].name = "chess"; it.target({ 0, 100, 0 }); it.readings.resize(2); it.lastIsSilent = true; } },

        { "a router of which a part is silent", "reach", Verdict::Note, "chat: one of two does not answer: what it carries stays", [](Situation& it) { it.plan.kind = Plan::Kind::Evacuation; it.plan.scope.provider = "azure"; it.target({ 0, 100, 0 }); it.readings[0].silent = "one of two does not answer"; } },

        { "fresh", "freshness", Verdict::Pass, "younger than 30 s", [](Situation&) {} },
        { "old receiver", "freshness", Verdict::Block, "gcp-us-2 300 s", [](Situation& it) { it.fleet.stale = { "gcp" }; } },
        { "receiver from the cache", "freshness", Verdict::Block, "from the cache", [](Situation& it) { it.fleet.cached = { "gcp" }; } },
        { "old giver", "freshness", Verdict::Note, "azure-us-1", [](Situation& it) { it.fleet.stale = { "azure" }; } },
        { "old bystander", "freshness", Verdict::Pass, "younger", [](Situation& it) { it.fleet.stale = { "aws" }; } },
        { "a receiver nobody reports", "freshness", Verdict::Block, "no endpoint reports gcp", [](Situation& it) { std::erase_if(it.fleet.nodes, [](const auto& node) { return node.provider == "gcp"; }); } },

        { "all have answered", "completeness", Verdict::Pass, "whole", [](Situation&) {} },
        { "the receiver's endpoint is silent", "completeness", Verdict::Block, "its provider gains", [](Situation& it) { it.circumstances.silent = { { "gcp-agent", {} } }; } },
        { "another endpoint of the receiver is silent", "completeness", Verdict::Block, "its provider gains", [](Situation& it) { it.circumstances.silent = { { "second", "gcp" } }; } },
        { "the giver's endpoint is silent", "completeness", Verdict::Note, "nothing of it gains", [](Situation& it) { it.circumstances.silent = { { "azure-agent", {} } }; } },
        { "an endpoint of nobody is silent", "completeness", Verdict::Block, "whose it is", [](Situation& it) { it.circumstances.silent = { { "x", {} } }; } },

        { "approved", "approval", Verdict::Pass, "approved", [](Situation&) {} },
        { "not on the list", "approval", Verdict::Block, "gcp is not on the list of sub-processors, and so not approved for content", [](Situation& it) { it.fleet.rules.providers[1].subprocessor = false; } },
        { "for other data", "approval", Verdict::Block, "gcp is not approved for content", [](Situation& it) { it.fleet.rules.providers[1].approvedData = { "account" }; } },
        { "unknown provider", "approval", Verdict::Block, "gcp", [](Situation& it) { it.fleet.rules.providers.erase(it.fleet.rules.providers.begin() + 1); } },
        { "the giver is not approved", "approval", Verdict::Pass, "approved", [](Situation& it) { it.fleet.rules.providers[0].subprocessor = false; } },
        { "on the way only", "approval", Verdict::Block, "aws", [](Situation& it) { it.fleet.rules.providers[2].subprocessor = false; it.plan.moves[0].steps = { { 80, 0, 20 }, { 80, 20, 0 } }; } },

        { "inside", "residency", Verdict::Pass, "may run", [](Situation&) {} },
        { "outside", "residency", Verdict::Block, "aws: eu-1 lies outside us", [](Situation& it) { it.target({ 90, 0, 10 }); } },
        { "anywhere", "residency", Verdict::Pass, "may run", [](Situation& it) { it.target({ 90, 0, 10 }); it.fleet.rules.workloads[0].residency.clear(); } },
        { "a group nobody defines", "residency", Verdict::Block, "us-2", [](Situation& it) { it.fleet.rules.regionGroups.clear(); } },
        { "a region nobody reports", "residency", Verdict::Block, "eu-7", [](Situation& it) { it.fleet.rules.routes[0].backends[1].scope = { .provider = "gcp", .region = "eu-7", .cluster = {}, .node = {} }; } },

        { "enough providers", "min_providers", Verdict::Pass, "2 in use, at least 2", [](Situation& it) { it.fleet.rules.policy.minProviders = 2; } },
        { "too few providers", "min_providers", Verdict::Block, "chat uses 1 from step 2 on, at least 3", [](Situation& it) { it.fleet.rules.policy.minProviders = 3; it.plan.moves[0].from = { 50, 50, 0 }; it.plan.moves[0].steps = { { 80, 20, 0 }, { 100, 0, 0 } }; } },
        { "too few providers, and more than now", "min_providers", Verdict::Note, "chat uses 2, no fewer than now, at least 3", [](Situation& it) { it.fleet.rules.policy.minProviders = 3; } },
        { "too few at the end", "min_providers", Verdict::Block, "from step 2", [](Situation& it) { it.fleet.rules.policy.minProviders = 2; it.plan.moves[0].steps = { { 50, 50, 0 }, { 100, 0, 0 } }; } },

        { "small steps", "max_step", Verdict::Pass, "20 % in one step, limit 25 %", [](Situation&) {} },
        { "a large step", "max_step", Verdict::Block, "60 % in one step", [](Situation& it) { it.target({ 40, 60, 0 }); } },
        { "a large step, now", "max_step", Verdict::Note, "as asked for", [](Situation& it) { it.target({ 40, 60, 0 }); it.plan.now = true; } },

        { "any rate", "rate", Verdict::Pass, "no limit", [](Situation&) {} },
        { "slow enough", "rate", Verdict::Pass, "60 % within 600 s, limit 60 %", [](Situation& it) { it.fleet.rules.policy.maxRate = RateLimit { 0.6, std::chrono::seconds(600) }; } },
        { "too fast", "rate", Verdict::Block, "moves by 60 %", [](Situation& it) { it.fleet.rules.policy.maxRate = RateLimit { 0.5, std::chrono::seconds(600) }; } },
        { "slowly over the period", "rate", Verdict::Pass, "20 %", [](Situation& it) { it.fleet.rules.policy.maxRate = RateLimit { 0.2, std::chrono::seconds(30) }; } },
        { "with what moved before", "rate", Verdict::Block, "moves by 65 %", [](Situation& it) { it.fleet.rules.policy.maxRate = RateLimit { 0.6, std::chrono::seconds(600) }; it.circumstances.past = { { "chat", now - std::chrono::seconds(100), 0.05 }, { "chess", now, 0.9 } }; } },
        { "what moved long before", "rate", Verdict::Pass, "60 %", [](Situation& it) { it.fleet.rules.policy.maxRate = RateLimit { 0.6, std::chrono::seconds(600) }; it.circumstances.past = { { "chat", now - std::chrono::seconds(700), 0.5 } }; } },
        { "now does not skip it", "rate", Verdict::Block, "moves by 60 %", [](Situation& it) { it.plan.now = true; it.fleet.rules.policy.maxRate = RateLimit { 0.5, std::chrono::seconds(600) }; } },

        { "the way back is open", "way_back", Verdict::Pass, "3 steps, the same way", [](Situation&) {} },
        { "the giver is dark", "way_back", Verdict::Note, "azure is not seen now", [](Situation& it) { it.fleet.stale = { "azure" }; } },
        { "the giver is down", "way_back", Verdict::Note, "azure takes no requests", [](Situation& it) { it.readings[0].backends[0].condition = BackendReading::Condition::Down; } },
        { "the giver may not take it back", "way_back", Verdict::Note, "azure gives what it may not take back", [](Situation& it) { it.fleet.rules.providers[0].subprocessor = false; } },
        { "the giver stands above its cap", "way_back", Verdict::Block, "GPUs that azure gives", [](Situation& it) { it.fleet.rules.providers[0].utilisationCap = 0.5; } },
        { "the giver stands above its cap, and who flees does not mind", "way_back", Verdict::Note, "would not come back: it stands above the utilisation cap 50 % of azure", [](Situation& it) { it.fleet.rules.providers[0].utilisationCap = 0.5; it.plan.now = true; } },
        { "return capacity is gone", "way_back", Verdict::Block, "no safe return: azure has room for 0 %", [](Situation& it) {
             // A step was made, and somebody else took what it freed.
             it.circumstances.stepsDone = 1;
             it.readings[0].backends[0].accepted = 80;
             it.readings[0].backends[1].accepted = 20;
             for (std::size_t n = 0; n < 2; ++n)
                 for (std::size_t g = 0; g < 8; ++g) {
                     it.fleet.nodes[n].gpus[g].workload = noWorkload;
                     it.fleet.nodes[10 + n].gpus[g] = { .state = GpuState::Busy, .workload = 0 };
                 }
         } },
        { "return capacity is there", "way_back", Verdict::Pass, "the same way", [](Situation& it) { it.moveOneStep(); } },
        { "the giver is dark once a step was made", "way_back", Verdict::Note, "azure is not seen now", [](Situation& it) { it.moveOneStep(); it.fleet.stale = { "azure" }; } },
        { "a part of the giver is dark once a step was made", "way_back", Verdict::Note, "azure has room for 0 % of what it gave, as far as it is seen now", [](Situation& it) {
             it.moveOneStep();
             it.fleet.add("coreweave", "us-1", 1, 8, 8, noWorkload);
             it.fleet.rules.routes[0].backends[0].scope = { .provider = {}, .region = "us-1", .cluster = {}, .node = {} };
             it.fleet.stale = { "azure" };
         } },

        { "unchanged", "unchanged", Verdict::Pass, "as it was planned", [](Situation&) {} },
        { "another version", "unchanged", Verdict::Block, "planned at version 7 and is at 8", [](Situation& it) { it.readings[0].version = "8"; } },
        { "other weights", "unchanged", Verdict::Block, "10 % away", [](Situation& it) { it.readings[0].backends[0].accepted = 90; it.readings[0].backends[1].accepted = 10; } },
        { "reloaded", "unchanged", Verdict::Note, "reloaded", [](Situation& it) { it.readings[0].drift = "reloaded"; } },

        { "no lease", "lease", Verdict::Pass, "no other", [](Situation&) {} },
        { "held by another", "lease", Verdict::Block, "chat is held by S-9 of eve, which is not over: stop it where it is, or take it back", [](Situation& it) { it.circumstances.leases = { { "chat", "S-9", "eve", now + std::chrono::seconds(60) } }; } },
        { "left behind", "lease", Verdict::Note, "S-9 of eve stands on chat and nobody runs it", [](Situation& it) { it.circumstances.leases = { { "chat", "S-9", "eve", {}, true } }; } },
        { "a lease that ended", "lease", Verdict::Pass, "no other", [](Situation& it) { it.circumstances.leases = { { "chat", "S-9", "eve", now } }; } },
        { "its own lease", "lease", Verdict::Pass, "no other", [](Situation& it) { it.circumstances.holder = "S-9"; it.circumstances.leases = { { "chat", "S-9", "ada", now + std::chrono::seconds(60) } }; } },
        { "another route's lease", "lease", Verdict::Pass, "no other", [](Situation& it) { it.circumstances.leases = { { "chess", "S-9", "eve", now + std::chrono::seconds(60) } }; } },

        { "no freeze", "freeze", Verdict::Pass, "none", [](Situation&) {} },
        { "frozen", "freeze", Verdict::Block, "launch, until 2026-09-12 09:00 UTC: chat", [](Situation& it) { it.fleet.rules.policy.freezes = { { .name = "launch", .routes = {}, .from = now - std::chrono::hours(1), .until = now + std::chrono::hours(1), .days = {} } }; } },
        { "frozen before it ends", "freeze", Verdict::Block, "launch", [](Situation& it) { it.fleet.rules.policy.freezes = { { .name = "launch", .routes = {}, .from = now + std::chrono::seconds(50), .until = now + std::chrono::hours(1), .days = {} } }; } },
        { "frozen after it ends", "freeze", Verdict::Pass, "none", [](Situation& it) { it.fleet.rules.policy.freezes = { { .name = "launch", .routes = {}, .from = now + std::chrono::seconds(70), .until = now + std::chrono::hours(1), .days = {} } }; } },
        { "frozen before it ends, since steps take longer than their bakes", "freeze", Verdict::Block, "launch", [](Situation& it) {
             it.fleet.rules.policy.freezes = { { .name = "launch", .routes = {}, .from = now + std::chrono::seconds(70), .until = now + std::chrono::hours(1), .days = {} } };
             it.circumstances.confirmation = std::chrono::seconds(10);
         } },
        { "another route is frozen", "freeze", Verdict::Pass, "none", [](Situation& it) { it.fleet.rules.policy.freezes = { { .name = "launch", .routes = { "chess" }, .from = now - std::chrono::hours(1), .until = now + std::chrono::hours(1), .days = {} } }; } },

        { "not protected", "protected", Verdict::Pass, "none", [](Situation&) {} },
        { "protected", "protected", Verdict::Block, "chat is protected: nobody else", [](Situation& it) { it.fleet.rules.policy.protectedRoutes = { "chat" }; } },
        { "protected and approved", "protected", Verdict::Pass, "bob has approved", [](Situation& it) { it.fleet.rules.policy.protectedRoutes = { "chat" }; it.circumstances.approvals = { { *planHash(it.plan), "bob", now } }; } },

        { "a target is dark that holds what it needs", "capacity", Verdict::Block, "the data of azure-us-1 are old and count as zero", [](Situation& it) {
             it.plan.moves[0].from = { 40, 60, 0 };
             it.target({ 100, 0, 0 });
             it.fleet.stale = { "azure" };
         } },
        { "one that is drained keeps its weight", "answers", Verdict::Note, "aws takes no requests: its 20 % go to the others, which then carry azure 50 %, gcp 50 %", [](Situation& it) {
             it.readings[0].backends[2].condition = BackendReading::Condition::Draining;
             it.readings[0].backends[2].accepted = 20;
             it.plan.moves[0].from = { 80, 0, 20 };
             it.plan.moves[0].steps = { { 40, 40, 20 } };
         } },
        { "others carry the share of one that is drained", "capacity", Verdict::Pass, "places all its replicas: 40 GPUs", [](Situation& it) {
             it.readings[0].backends[2].condition = BackendReading::Condition::Draining;
             it.readings[0].backends[2].accepted = 20;
             it.plan.moves[0].from = { 80, 0, 20 };
             it.plan.moves[0].steps = { { 40, 40, 20 } };
         } },
        { "a small share", "second_person", Verdict::Pass, "60 % of a route moves; the policy asks for nobody", [](Situation&) {} },
        { "needs a second person", "second_person", Verdict::Block, "nobody else has approved", [](Situation& it) { it.fleet.rules.policy.secondPersonAbove = 0.5; } },
        { "the second half of a large move", "second_person", Verdict::Block, "60 % of a route moves, and 20 % of it was moved in the last 60 min; a second person above 70 %: nobody", [](Situation& it) { it.fleet.rules.policy.secondPersonAbove = 0.7; it.circumstances.past = { { "chat", now - std::chrono::minutes(59), 0.2 }, { "chess", now, 0.9 } }; } },
        { "what moved long ago", "second_person", Verdict::Pass, "60 % of a route moves; a second", [](Situation& it) { it.fleet.rules.policy.secondPersonAbove = 0.7; it.circumstances.past = { { "chat", now - std::chrono::minutes(61), 0.2 } }; } },
        { "nobody is ever asked", "second_person", Verdict::Pass, "asks for nobody", [](Situation& it) { it.circumstances.past = { { "chat", now, 0.6 } }; } },
        { "approved by another", "second_person", Verdict::Pass, "bob has approved", [](Situation& it) { it.fleet.rules.policy.secondPersonAbove = 0.5; it.circumstances.approvals = { { *planHash(it.plan), "bob", now - std::chrono::minutes(59) } }; } },
        { "approved by oneself", "second_person", Verdict::Block, "who asks for it cannot approve it", [](Situation& it) { it.fleet.rules.policy.secondPersonAbove = 0.5; it.circumstances.approvals = { { *planHash(it.plan), "ada", now } }; } },
        { "approved by nobody", "second_person", Verdict::Block, "cannot approve", [](Situation& it) { it.fleet.rules.policy.secondPersonAbove = 0.5; it.circumstances.approvals = { { *planHash(it.plan), "", now } }; } },
        { "approved too long ago", "second_person", Verdict::Block, "has expired: it held 60 min", [](Situation& it) { it.fleet.rules.policy.secondPersonAbove = 0.5; it.circumstances.approvals = { { *planHash(it.plan), "bob", now - std::chrono::minutes(61) } }; } },
        { "approved in the future", "second_person", Verdict::Block, "is of the future", [](Situation& it) { it.fleet.rules.policy.secondPersonAbove = 0.5; it.circumstances.approvals = { { *planHash(it.plan), "bob", now + std::chrono::seconds(1) } }; } },
        { "another plan was approved", "second_person", Verdict::Block, "nobody else", [](Situation& it) {
             it.fleet.rules.policy.secondPersonAbove = 0.5;
             auto other = it.plan;
             other.moves[0].steps.back() = { 41, 59, 0 };
             it.circumstances.approvals = { { *planHash(other), "bob", now } };
         } },
    };
    return all;
}

} // namespace

class InterlocksTest : public QObject
{
    Q_OBJECT
private slots:
    void judges_data();
    void judges();
    void allRulesAreToldEveryTime();
    void overrides_data();
    void overrides();
    void anOverriddenRuleStaysVisible();
    void aPlanHasOneTextAndOneHash();
};

void InterlocksTest::judges_data()
{
    QTest::addColumn<int>("index");
    for (std::size_t i = 0; i < rows().size(); ++i)
        QTest::newRow(rows()[i].name) << static_cast<int>(i);
}

void InterlocksTest::judges()
{
    QFETCH(int, index);
    const auto& row = rows()[static_cast<std::size_t>(index)];
    Situation it;
    row.change(it);
    const auto judged = it.judged();
    const auto& interlock = judged.about(row.rule);
    QVERIFY2(interlock.evidence.find(row.says) != std::string::npos, interlock.evidence.c_str());
    QCOMPARE(static_cast<int>(interlock.verdict), static_cast<int>(row.verdict));
    QCOMPARE(judged.blocked(), std::ranges::any_of(judged.interlocks, [](const Interlock& one) { return one.verdict == Verdict::Block; }));
}

void InterlocksTest::allRulesAreToldEveryTime()
{
    for (const auto& row : rows()) {
        Situation it;
        row.change(it);
        std::vector<std::string> told;
        for (const auto& interlock : it.judged().interlocks) {
            told.push_back(interlock.rule);
            QVERIFY(!interlock.evidence.empty() && !interlock.title.empty());
        }
        QCOMPARE(told, interlockRules());
    }
    Situation good;
    QVERIFY(!good.judged().blocked());
}

void InterlocksTest::overrides_data()
{
    QTest::addColumn<QString>("person");
    QTest::addColumn<QString>("reason");
    QTest::addColumn<QString>("rules");
    QTest::addColumn<int>("minutes");
    QTest::addColumn<QString>("refusal"); ///< empty: allowed
    const auto row = [](const char* name, const char* person, const char* reason, const char* rules, int minutes, const char* refusal) {
        QTest::newRow(name) << QString::fromLatin1(person) << QString::fromLatin1(reason) << QString::fromLatin1(rules) << minutes << QString::fromLatin1(refusal);
    };
    row("allowed", "ada", "fire", "capacity", 10, "");
    row("several", "ada", "fire", "capacity freeze rate", 10, "");
    row("nobody", "", "fire", "capacity", 10, "needs the name");
    row("no reason", "ada", "", "capacity", 10, "needs a reason");
    row("over already", "ada", "fire", "capacity", 0, "the override has ended");
    row("not listed", "ada", "fire", "max_step", 10, "does not let max_step");
    row("one listed, one not", "ada", "fire", "max_step capacity", 10, "");
    row("approval", "ada", "fire", "approval", 10, "approval can never");
    row("residency", "ada", "fire", "residency", 10, "residency can never");
    row("lease", "ada", "fire", "lease", 10, "lease can never");
    row("unchanged", "ada", "fire", "unchanged", 10, "unchanged can never");
}

void InterlocksTest::overrides()
{
    QFETCH(QString, person);
    QFETCH(QString, reason);
    QFETCH(QString, rules);
    QFETCH(int, minutes);
    QFETCH(QString, refusal);
    Situation it;
    // Even a policy that lists them does not make approval and residency overridable.
    for (const char* rule : { "approval", "residency", "lease", "unchanged" })
        it.fleet.rules.policy.overridable.emplace_back(rule);
    it.allowAnyStep();
    it.target({ 20, 80, 0 });
    Override asked { person.toStdString(), reason.toStdString(), {}, now + std::chrono::minutes(minutes) };
    for (const auto& rule : rules.split(QLatin1Char(' '), Qt::SkipEmptyParts))
        asked.rules.push_back(rule.toStdString());
    it.circumstances.asked = asked;
    const auto good = mayOverride(it.fleet.rules.policy, asked.rules.back(), asked, now);
    QCOMPARE(good.has_value(), refusal.isEmpty());
    if (!good)
        QVERIFY2(good.error().text().find(refusal.toStdString()) != std::string::npos, good.error().text().c_str());
    const auto judged = it.judged();
    QCOMPARE(judged.granted.has_value(), refusal.isEmpty());
    QVERIFY(!judged.granted || std::ranges::find(judged.granted->rules, "max_step") == judged.granted->rules.end());
    QCOMPARE(judged.about("capacity").verdict, Verdict::Block);
    QCOMPARE(judged.blocked(), !refusal.isEmpty());
}

void InterlocksTest::anOverriddenRuleStaysVisible()
{
    Situation it;
    it.allowAnyStep();
    it.target({ 20, 80, 0 });
    it.circumstances.asked = Override { "ada", "fire", { "capacity", "freeze" }, now + std::chrono::minutes(10) };
    const auto judged = it.judged();
    QVERIFY(!judged.blocked());
    const auto& capacity = judged.about("capacity");
    QCOMPARE(capacity.verdict, Verdict::Block);
    QVERIFY(capacity.overridden == it.circumstances.asked);
    QVERIFY(!judged.about("freeze").overridden);
    it.circumstances.now += std::chrono::minutes(11);
    QVERIFY(it.judged().blocked());
}

void InterlocksTest::aPlanHasOneTextAndOneHash()
{
    Situation it;
    const auto& plan = it.plan;
    QCOMPARE(canonicalText(plan), canonicalText(Plan(plan)));
    QVERIFY(canonicalText(plan).starts_with("penstock.plan/1\n"));
    const auto text = canonicalText(plan);
    QCOMPARE(QByteArray::fromStdString(*planHash(plan)), QCryptographicHash::hash(QByteArray::fromStdString(text), QCryptographicHash::Sha256).toHex());
    const std::vector<std::function<void(Plan&)>> changes {
        [](Plan& one) { one.kind = Plan::Kind::Evacuation; },
        [](Plan& one) { one.scope.region = "us"; },
        [](Plan& one) { one.now = true; },
        [](Plan& one) { one.person = "eve"; },
        [](Plan& one) { one.reason += "\n"; },
        [](Plan& one) { one.plannedAt += std::chrono::microseconds(1); },
        [](Plan& one) { one.bake += std::chrono::milliseconds(1); },
        [](Plan& one) { one.moves[0].route = "chat2"; },
        [](Plan& one) { one.moves[0].version = "8"; },
        [](Plan& one) { one.moves[0].from = { 99.9, 0.1, 0 }; },
        [](Plan& one) { one.moves[0].steps[1] = { 60, 39.9, 0.1 }; },
        [](Plan& one) { one.moves[0].steps.pop_back(); },
        [](Plan& one) { one.moves.push_back(one.moves[0]); },
        [](Plan& one) { one.shed.push_back({ .workload = "train", .provider = {}, .region = {}, .cluster = {}, .model = {}, .gpus = 8, .replicas = 1 }); },
        // Fields that would run into each other without their lengths.
        [](Plan& one) { one.person = "ada\nreason 13:azure is slow"; one.reason.clear(); },
    };
    std::set<std::string> hashes { *planHash(plan) };
    for (const auto& change : changes) {
        auto other = plan;
        change(other);
        QVERIFY(hashes.insert(*planHash(other)).second);
    }
}

QTEST_APPLESS_MAIN(InterlocksTest)
#include "tst_interlocks.moc"
