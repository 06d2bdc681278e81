// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planner/plan.h"

#include <algorithm>
#include <cmath>

#include "base/sha256.h"

namespace penstock {

namespace {

    /// Fields with their length in front, so that no content can look like two fields.
    class Writer
    {
    public:
        void text(std::string_view key, std::string_view value)
        {
            m_text += key;
            m_text += ' ';
            m_text += std::to_string(value.size());
            m_text += ':';
            m_text += value;
            m_text += '\n';
        }
        void number(std::string_view key, std::int64_t value)
        {
            m_text += key;
            m_text += ' ' + std::to_string(value) + '\n';
        }
        void weights(std::string_view key, const Weights& weights)
        {
            m_text += key;
            for (const auto weight : weights)
                m_text += ' ' + std::to_string(std::llround(weight * 1000));
            m_text += '\n';
        }
        [[nodiscard]] std::string take() { return std::move(m_text); }

    private:
        std::string m_text = "penstock.plan/1\n";
    };

} // namespace

std::size_t Plan::steps() const
{
    std::size_t most = 0;
    for (const auto& move : moves)
        most = std::max(most, move.steps.size());
    return most;
}

std::string canonicalText(const Plan& plan)
{
    Writer out;
    out.text("kind", plan.kind == Plan::Kind::Evacuation ? "evacuation" : "shift");
    for (const auto& [key, part] : { std::pair { "provider", &plan.scope.provider }, std::pair { "region", &plan.scope.region },
             std::pair { "cluster", &plan.scope.cluster }, std::pair { "node", &plan.scope.node } })
        out.text(key, *part);
    out.number("now", plan.now);
    out.text("person", plan.person);
    out.text("reason", plan.reason);
    out.number("planned_at_us", plan.plannedAt.time_since_epoch().count());
    out.number("bake_ms", plan.bake.count());
    out.number("moves", static_cast<std::int64_t>(plan.moves.size()));
    for (const auto& move : plan.moves) {
        out.text("route", move.route);
        out.text("version", move.version);
        out.weights("from", move.from);
        out.number("steps", static_cast<std::int64_t>(move.steps.size()));
        for (const auto& step : move.steps)
            out.weights("step", step);
    }
    out.number("shed", static_cast<std::int64_t>(plan.shed.size()));
    for (const auto& shed : plan.shed) {
        out.text("workload", shed.workload);
        for (const auto& [key, part] : { std::pair { "provider", &shed.provider }, std::pair { "region", &shed.region },
                 std::pair { "cluster", &shed.cluster }, std::pair { "model", &shed.model } })
            out.text(key, *part);
        out.number("gpus", shed.gpus);
        out.number("replicas", shed.replicas);
    }
    return out.take();
}

Result<std::string> planHash(const Plan& plan)
{
    return sha256(canonicalText(plan));
}

} // namespace penstock
