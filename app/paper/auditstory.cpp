// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "auditstory.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/timetext.h"
#include "storage/auditbody.h"

namespace penstock {

namespace {

    const std::string dash = "–";

    std::string count(std::int64_t value)
    {
        auto text = std::to_string(value);
        for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > (value < 0 ? 1 : 0); at -= 3)
            text.insert(static_cast<std::size_t>(at), ",");
        return text;
    }

    /// At most so many digits after the point, and no zeros at its end.
    std::string number(double value, int digits)
    {
        std::array<char, 400> text {};
        const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, digits).ptr;
        std::string made(text.data(), end);
        if (made.find('.') != std::string::npos)
            made.erase(made.find_last_not_of('0') + 1);
        if (made.ends_with('.'))
            made.pop_back();
        return made == "-0" ? "0" : made;
    }

    std::string percent(std::optional<double> value) { return value ? number(*value, 1) : dash; }
    std::string dollars(std::optional<double> value) { return !value ? dash : std::abs(*value) < 1e15 ? count(std::llround(*value)) : number(*value, 0); }

    std::string seconds(std::chrono::milliseconds time) { return number(static_cast<double>(time.count()) / 1000, 3) + " s"; }

    std::string joined(const std::vector<std::string>& texts)
    {
        std::string all;
        for (const auto& it : texts)
            all += (all.empty() ? "" : ", ") + it;
        return all;
    }

    std::string place(const std::string& provider, const std::string& region, const std::string& cluster)
    {
        std::string all;
        for (const auto* it : { &provider, &region, &cluster })
            if (!it->empty())
                all += (all.empty() ? "" : " / ") + *it;
        return all.empty() ? "all" : all;
    }

    std::string split(const std::vector<std::string>& backends, const std::vector<double>& weights)
    {
        std::string all;
        for (std::size_t i = 0; i < weights.size(); ++i)
            all += (all.empty() ? "" : ", ") + (i < backends.size() ? backends[i] : "backend " + std::to_string(i + 1)) + ' ' + percent(weights[i]);
        return all;
    }

    std::string split(const std::vector<AuditRoute>& routes, std::optional<double> AuditWeight::*which)
    {
        std::string all;
        for (const auto& route : routes) {
            all += all.empty() ? "" : "; ";
            if (routes.size() > 1)
                all += route.route + ": ";
            for (std::size_t i = 0; i < route.weights.size(); ++i)
                all += (i ? ", " : "") + route.weights[i].backend + ' ' + percent(route.weights[i].*which);
        }
        return all;
    }

    StoryTable weightsTable(const std::vector<AuditRoute>& routes)
    {
        StoryTable table { "Weights, % of the route", { { "route" }, { "backend" }, { "desired", true }, { "accepted", true }, { "observed", true } }, {} };
        for (const auto& route : routes)
            for (const auto& it : route.weights)
                table.rows.push_back({ route.route, it.backend, percent(it.desired), percent(it.accepted), percent(it.observed) });
        return table;
    }

    void tell(AuditStory& story, const AuditPicture& picture)
    {
        story.facts.emplace_back("seen at", rfc3339(picture.asOf));
        if (!picture.silent.empty())
            story.facts.emplace_back("had not answered", joined(picture.silent));
        if (picture.costBefore || picture.costAfter)
            story.facts.emplace_back("cost", "from $" + dollars(picture.costBefore) + " to $" + dollars(picture.costAfter) + " an hour");
        if (!picture.breaksFirst.empty())
            story.facts.emplace_back("breaks first", picture.breaksFirst);
        if (!picture.needs.empty()) {
            StoryTable table { "What it asks of each backend, in GPUs", { { "route" }, { "backend" }, { "model" }, { "now %", true }, { "target %", true }, { "held", true }, { "needed", true },
                                                                            { "placeable", true }, { "short", true }, { "used % before", true }, { "after", true } }, {} };
            for (const auto& it : picture.needs)
                table.rows.push_back({ it.route, it.backend, it.model.empty() ? "all" : it.model, percent(it.now), percent(it.target), count(it.heldGpus), count(it.neededGpus),
                    count(it.placeableGpus), it.shortGpus ? count(*it.shortGpus) : dash, percent(it.utilisationBefore), percent(it.utilisationAfter) });
            story.tables.push_back(std::move(table));
        }
        if (!picture.effects.empty()) {
            StoryTable table { "What happens where, in GPUs", { { "where" }, { "model" }, { "needed", true }, { "freed", true }, { "placeable", true }, { "healthy", true }, { "allocated before", true },
                                                                  { "after", true }, { "$/h before", true }, { "after", true }, { "without a price", true } }, {} };
            for (const auto& it : picture.effects)
                table.rows.push_back({ place(it.provider, it.region, it.cluster), it.model.empty() ? "all" : it.model, count(it.neededGpus), count(it.freedGpus), count(it.placeableGpus),
                    count(it.healthyGpus), count(it.allocatedBefore), count(it.allocatedAfter), dollars(it.costBefore), dollars(it.costAfter), count(it.unpricedGpus) });
            story.tables.push_back(std::move(table));
        }
        if (!picture.pools.empty()) {
            StoryTable table { "The fleets at that moment, in GPUs", { { "where" }, { "model" }, { "all", true }, { "healthy", true }, { "free", true }, { "allocated", true }, { "stale", true } }, {} };
            for (const auto& it : picture.pools)
                table.rows.push_back({ place(it.provider, it.region, it.cluster), it.model.empty() ? "all" : it.model, count(it.gpus), count(it.healthy), count(it.free), count(it.allocated), count(it.staleGpus) });
            story.tables.push_back(std::move(table));
        }
    }

    void tell(AuditStory& story, const AuditAsked& it)
    {
        story.headline = (it.proposed ? "proposed to a second person: " : "") + it.what + (it.now ? ", now" : "") + (it.reason.empty() ? "" : ": " + it.reason);
        story.facts.emplace_back(it.proposed ? "proposed to a second person" : "asked for", it.what + (it.now ? ", without bake times" : ""));
        story.facts.emplace_back("why", it.reason);
        story.facts.emplace_back("wait after each step", seconds(it.bake));
        StoryTable steps { "Steps, % of the route", { { "route" }, { "step" }, { "weights" } }, {} };
        for (const auto& move : it.moves) {
            steps.rows.push_back({ move.route, "from", split(move.backends, move.from) });
            for (std::size_t i = 0; i < move.steps.size(); ++i)
                steps.rows.push_back({ move.route, std::to_string(i + 1), split(move.backends, move.steps[i]) });
        }
        story.tables.push_back(std::move(steps));
        if (!it.shed.empty()) {
            StoryTable shed { "What ends to make room", { { "workload" }, { "where" }, { "model" }, { "GPUs", true }, { "replicas", true } }, {} };
            for (const auto& load : it.shed)
                shed.rows.push_back({ load.workload, place(load.provider, load.region, load.cluster), load.model, count(load.gpus), count(load.replicas) });
            story.tables.push_back(std::move(shed));
        }
        tell(story, it.picture);
    }

    StoryTable interlockTable(const std::vector<AuditInterlock>& interlocks)
    {
        StoryTable table { "Interlocks", { { "verdict" }, { "interlock" }, { "evidence" } }, {} };
        for (const auto& lock : interlocks) {
            auto evidence = lock.evidence;
            if (lock.overridden)
                evidence += " (overridden by " + lock.overridden->person + " until " + rfc3339(lock.overridden->until) + ": " + lock.overridden->reason + ")";
            const bool blocks = lock.verdict == AuditInterlock::Verdict::Block;
            table.rows.push_back({ !blocks ? std::string(name(lock.verdict)) : lock.overridden ? "OVERRIDDEN" : "BLOCKED", lock.title.empty() ? lock.rule : lock.title, evidence });
        }
        return table;
    }

    void tell(AuditStory& story, const AuditJudged& it)
    {
        std::string blocking, overridden;
        for (const auto& lock : it.interlocks)
            if (lock.verdict == AuditInterlock::Verdict::Block) {
                auto& list = lock.overridden ? overridden : blocking;
                list += (list.empty() ? "" : ", ") + lock.rule;
            }
        story.headline = it.blocked ? "refused by " + blocking : "allowed by " + std::to_string(it.interlocks.size()) + " interlocks";
        if (!overridden.empty())
            story.headline += ", overridden: " + overridden;
        if (it.stepsDone > 0)
            story.facts.emplace_back("steps done", count(it.stepsDone));
        story.facts.emplace_back("verdict", it.blocked ? "refused" : "allowed");
        story.tables.push_back(interlockTable(it.interlocks));
        if (it.picture)
            tell(story, *it.picture);
    }

    void tell(AuditStory& story, const AuditApproved& it)
    {
        story.headline = "the plan of " + it.asker + (it.note.empty() ? "" : ": " + it.note);
        story.facts.emplace_back("asked for by", it.asker);
        if (!it.note.empty())
            story.facts.emplace_back("note", it.note);
        if (it.until)
            story.facts.emplace_back("holds until", rfc3339(*it.until));
        if (!it.interlocks.empty())
            story.tables.push_back(interlockTable(it.interlocks));
        if (it.picture)
            tell(story, *it.picture);
    }

    void tell(AuditStory& story, const AuditOverride& it)
    {
        story.headline = joined(it.rules) + " until " + rfc3339(it.until) + ": " + it.reason;
        story.facts = { { "rules", joined(it.rules) }, { "by", it.person }, { "why", it.reason }, { "until", rfc3339(it.until) } };
    }

    void tell(AuditStory& story, const AuditStep& it)
    {
        const auto which = (it.returning ? "way back, step " : "step ") + std::to_string(it.number) + " of " + std::to_string(it.of);
        story.headline = which + ' ' + std::string(name(it.stage)) + ": "
            + (it.stage == AuditStep::Stage::Intended ? split(it.routes, &AuditWeight::desired)
                                                      : "accepted " + split(it.routes, &AuditWeight::accepted) + "; observed " + split(it.routes, &AuditWeight::observed));
        story.facts.emplace_back("step", which + ", " + std::string(name(it.stage)));
        if (!it.note.empty())
            story.facts.emplace_back("note", it.note);
        story.tables.push_back(weightsTable(it.routes));
    }

    void tell(AuditStory& story, const AuditTurn& it)
    {
        story.headline = "at step " + std::to_string(it.step) + (it.note.empty() ? "" : ": " + it.note);
        story.facts.emplace_back("at step", std::to_string(it.step));
        if (!it.note.empty())
            story.facts.emplace_back("why", it.note);
        story.tables.push_back(weightsTable(it.routes));
    }

    void tell(AuditStory& story, const AuditEnd& it)
    {
        story.headline = (it.took ? "after " + seconds(*it.took) : std::string("over")) + (it.recovery ? ", recovered in " + seconds(*it.recovery) : "")
            + (it.error.empty() ? it.note.empty() ? "" : ": " + it.note : ": " + it.error);
        if (it.took)
            story.facts.emplace_back("took", seconds(*it.took));
        if (it.recovery)
            story.facts.emplace_back("measured recovery time", seconds(*it.recovery));
        if (!it.note.empty())
            story.facts.emplace_back("note", it.note);
        if (!it.error.empty())
            story.facts.emplace_back("error", it.error);
        story.tables.push_back(weightsTable(it.routes));
    }

    void tell(AuditStory& story, const AuditRehearsed& it)
    {
        story.headline = it.what + ": " + (it.passed ? "passed" : "failed") + ", score " + number(it.score, 1);
        story.facts = { { "what", it.what }, { "result", it.passed ? "passed" : "failed" }, { "score", number(it.score, 1) + " of 100" }, { "took", seconds(it.took) } };
        for (const auto& finding : it.findings)
            story.facts.emplace_back("finding", finding);
    }

} // namespace

AuditStory storyOf(const AuditRecord& record)
{
    AuditStory story;
    const auto event = auditEvent(record);
    if (!event) {
        story.headline = event.error().what;
        story.facts.emplace_back("text", record.body);
        return story;
    }
    story.simulated = event->simulated;
    std::visit([&story](const auto& it) { tell(story, it); }, event->body);
    return story;
}

} // namespace penstock
