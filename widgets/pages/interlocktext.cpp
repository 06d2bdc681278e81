// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "pages/interlocktext.h"

#include <QCoreApplication>
#include <QStringList>
#include <algorithm>
#include <array>

#include "evacuationpanel.h"
#include "models/format.h"

namespace penstock {

QString interlockTitle(const std::string& title)
{
    // These are all of them, for the translators.
    [[maybe_unused]] constexpr std::array known { QT_TRANSLATE_NOOP("Interlock", "Capacity"), QT_TRANSLATE_NOOP("Interlock", "Targets answer"), QT_TRANSLATE_NOOP("Interlock", "Reaches all of it"), QT_TRANSLATE_NOOP("Interlock", "Router takes it"), QT_TRANSLATE_NOOP("Interlock", "Freshness"),
        QT_TRANSLATE_NOOP("Interlock", "Completeness"), QT_TRANSLATE_NOOP("Interlock", "Sub-processor"), QT_TRANSLATE_NOOP("Interlock", "Residency"), QT_TRANSLATE_NOOP("Interlock", "Minimum providers"),
        QT_TRANSLATE_NOOP("Interlock", "Largest step"), QT_TRANSLATE_NOOP("Interlock", "Rate"), QT_TRANSLATE_NOOP("Interlock", "Route unchanged"), QT_TRANSLATE_NOOP("Interlock", "Way back"),
        QT_TRANSLATE_NOOP("Interlock", "No other shift"), QT_TRANSLATE_NOOP("Interlock", "Freeze windows"), QT_TRANSLATE_NOOP("Interlock", "Protected routes"), QT_TRANSLATE_NOOP("Interlock", "Second person"),
        QT_TRANSLATE_NOOP("Interlock", "Plan") };
    return QCoreApplication::translate("Interlock", title.c_str());
}

QString ruleTitle(const PlanStatus& status, const std::string& rule)
{
    const auto found = std::ranges::find(status.interlocks, rule, &Interlock::rule);
    return found == status.interlocks.end() ? QString::fromStdString(rule) : interlockTitle(found->title);
}

QString interlockLine(const Interlock& it)
{
    const auto verdict = it.overridden ? EvacuationPanel::tr("overridden by %1").arg(QString::fromStdString(it.overridden->person))
        : it.verdict == Interlock::Verdict::Pass ? EvacuationPanel::tr("passes")
        : it.verdict == Interlock::Verdict::Note ? EvacuationPanel::tr("noted")
                                                 : EvacuationPanel::tr("blocks");
    return EvacuationPanel::tr("%1, %2: %3").arg(interlockTitle(it.title), verdict, QString::fromStdString(it.evidence));
}

QString pausedByText(const PlanStatus& status)
{
    QStringList held;
    for (const auto* it : pausedBy(status))
        held << QStringLiteral("%1 (%2)").arg(interlockTitle(it->title), QString::fromStdString(it->evidence));
    return held.join(QStringLiteral(", "));
}

QString undoneText(const UndoneRoute& undone)
{
    const auto said = EvacuationPanel::tr("the router of %1 has undone %2 (%3). It has %4, not %5.")
                          .arg(QString::fromStdString(undone.route), QString::fromStdString(undone.shift), undone.why.empty() ? EvacuationPanel::tr("it does not say why") : QString::fromStdString(undone.why),
                              format::split(undone.has), format::split(undone.set));
    return undone.left == Scope() ? said.left(1).toUpper() + said.mid(1) : EvacuationPanel::tr("%1 takes requests again: %2").arg(targetText(undone.left), said);
}

} // namespace penstock
