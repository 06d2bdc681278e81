// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cmath>
#include <random>

#include "fleet/auditevent.h"

namespace penstock::test {

/// Audit events of every kind with random contents, hard ones among them; the same for the same seed.
class AuditEvents
{
public:
    explicit AuditEvents(unsigned seed) : m_dice(seed) {}

    AuditEvent any() { return of(static_cast<AuditKind>(m_dice() % auditKindCount)); }
    AuditEvent of(AuditKind kind) { return { "S-" + std::to_string(1 + m_dice() % 3), m_dice() % 2 ? std::string(64, 'a') : std::string(), m_dice() % 2 == 0, body(kind) }; }

    AuditPicture picture()
    {
        AuditPicture made { .asOf = time(), .silent = { text() }, .pools = {}, .needs = {}, .effects = {}, .costBefore = maybe(), .costAfter = maybe(), .breaksFirst = text() };
        for (auto i = m_dice() % 4; i > 0; --i)
            made.pools.push_back({ text(), text(), text(), text(), whole(), whole(), whole(), whole(), whole() });
        for (auto i = m_dice() % 4; i > 0; --i)
            made.needs.push_back({ text(), text(), text(), maybe(), maybe(), whole(), whole(), whole(), m_dice() % 2 ? std::optional(whole()) : std::nullopt, maybe(), maybe() });
        for (auto i = m_dice() % 4; i > 0; --i)
            made.effects.push_back({ text(), text(), text(), text(), whole(), whole(), whole(), whole(), whole(), whole(), number(), number(), whole() });
        return made;
    }

private:
    AuditBody body(AuditKind kind)
    {
        switch (kind) {
        case AuditKind::Asked:
            return AuditAsked { text(), text(), m_dice() % 2 == 0, m_dice() % 2 == 0, std::chrono::milliseconds(m_dice()), { { text(), text(), { "azure", "gcp" }, { number(), number() }, { { number(), number() }, {} } } },
                { { text(), text(), text(), text(), text(), whole(), whole() } }, picture() };
        case AuditKind::Judged: {
            AuditJudged made { m_dice() % 2 == 0, whole(), {}, {} };
            for (int i = 0; i < 3; ++i)
                made.interlocks.push_back({ text(), text(), static_cast<AuditInterlock::Verdict>(i), text(), {} });
            made.interlocks.back().overridden = overriding();
            if (m_dice() % 2 == 0)
                made.picture = picture();
            return made;
        }
        case AuditKind::Approved:
            return AuditApproved { text(), text(), m_dice() % 2 ? std::optional(time()) : std::nullopt,
                { { text(), text(), AuditInterlock::Verdict::Block, text(), overriding() } }, m_dice() % 2 ? std::optional(picture()) : std::nullopt };
        case AuditKind::Overridden: return overriding();
        case AuditKind::Step:
            return AuditStep { m_dice() % 2 ? AuditStep::Stage::Intended : AuditStep::Stage::Confirmed, whole(), whole(), m_dice() % 2 == 0, routes(), text() };
        case AuditKind::Paused:
        case AuditKind::Resumed:
        case AuditKind::Returning:
        case AuditKind::Recovered: return AuditTurn { kind, whole(), routes(), text() };
        case AuditKind::Returned:
        case AuditKind::Stopped:
        case AuditKind::Finished:
        case AuditKind::Failed: return AuditEnd { kind, routes(), text(), text(), std::chrono::milliseconds(m_dice()), std::nullopt };
        case AuditKind::Rehearsed: return AuditRehearsed { text(), true, number(), std::chrono::milliseconds(m_dice()), { text(), text() }, { text() } };
        }
        return {};
    }
    AuditOverride overriding() { return { text(), text(), { "freeze", text() }, time() }; }
    std::vector<AuditRoute> routes() { return { { text(), { { text(), maybe(), maybe(), maybe() }, { text(), maybe(), maybe(), maybe() } } } }; }
    std::string text()
    {
        const char* texts[] = { "", "azure", "H100 80GB SXM", "it's \"quoted\"\n\t\\", "é, 東京, \U0001F600", "null", "{\"a\":[1]}", "\x01" };
        auto made = std::string(texts[m_dice() % 8]);
        return m_dice() % 16 == 0 ? made + std::string(1, '\0') + "after a zero" : made;
    }
    std::int64_t whole()
    {
        const std::int64_t hard[] = { 0, -1, 1'000'000, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min() };
        return m_dice() % 4 ? static_cast<std::int64_t>(m_dice() % 100'000) : hard[m_dice() % 5];
    }
    /// Any double there is.
    double number()
    {
        for (;;)
            if (const auto made = std::bit_cast<double>((std::uint64_t { m_dice() } << 32) | m_dice()); std::isfinite(made))
                return m_dice() % 2 ? made : std::round(made);
    }
    std::optional<double> maybe() { return m_dice() % 4 ? std::optional(number()) : std::nullopt; }
    Time time() { return Time(Duration(static_cast<std::int64_t>(m_dice()) * 1'000'000 + static_cast<std::int64_t>(m_dice() % 1'000'000))); }

    std::mt19937 m_dice;
};

} // namespace penstock::test
