// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "fleet/auditevent.h"

#include <array>
#include <utility>

namespace penstock {

namespace {

    constexpr std::array<std::string_view, auditKindCount> kinds { "asked", "judged", "approved", "overridden", "step", "paused", "resumed",
        "returning", "returned", "stopped", "finished", "failed", "recovered", "rehearsed" };

    struct KindOf
    {
        AuditKind operator()(const AuditAsked&) const { return AuditKind::Asked; }
        AuditKind operator()(const AuditJudged&) const { return AuditKind::Judged; }
        AuditKind operator()(const AuditApproved&) const { return AuditKind::Approved; }
        AuditKind operator()(const AuditOverride&) const { return AuditKind::Overridden; }
        AuditKind operator()(const AuditStep&) const { return AuditKind::Step; }
        AuditKind operator()(const AuditTurn& turn) const { return turn.kind; }
        AuditKind operator()(const AuditEnd& end) const { return end.kind; }
        AuditKind operator()(const AuditRehearsed&) const { return AuditKind::Rehearsed; }
    };

} // namespace

std::string_view name(AuditKind kind) { return kinds[static_cast<std::size_t>(kind)]; }

std::optional<AuditKind> auditKind(std::string_view name)
{
    for (std::size_t i = 0; i < kinds.size(); ++i)
        if (kinds[i] == name)
            return static_cast<AuditKind>(i);
    return std::nullopt;
}

std::string_view name(AuditInterlock::Verdict verdict)
{
    switch (verdict) {
    case AuditInterlock::Verdict::Pass: return "pass";
    case AuditInterlock::Verdict::Note: return "note";
    case AuditInterlock::Verdict::Block: return "block";
    }
    std::unreachable();
}

std::string_view name(AuditStep::Stage stage)
{
    switch (stage) {
    case AuditStep::Stage::Intended: return "intended";
    case AuditStep::Stage::Confirmed: return "confirmed";
    }
    std::unreachable();
}

AuditKind kindOf(const AuditBody& body) { return std::visit(KindOf(), body); }

} // namespace penstock
