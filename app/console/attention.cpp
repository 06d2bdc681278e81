// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "attention.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QShortcut>
#include <QStyle>
#include <algorithm>

#include "models/format.h"
#include "pages/interlocktext.h"

namespace penstock {

AttentionBar::AttentionBar(QWidget* parent)
    : QFrame(parent), m_text(new QLabel(this)), m_open(new QPushButton(tr("Show"), this)), m_again(new QPushButton(this)), m_pause(new QPushButton(this)), m_resume(new QPushButton(this)), m_return(new QPushButton(this)), m_stop(new QPushButton(this))
{
    setObjectName(QStringLiteral("attention"));
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setObjectName(QStringLiteral("attentionText"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(24, 6, 24, 6);
    layout->addWidget(m_text, 1);
    m_resume->setProperty("kind", QStringLiteral("primary"));
    m_again->setObjectName(QStringLiteral("setUndoneAgain"));
    m_again->setToolTip(tr("As a plan on the Load page: nothing is sent until it is started"));
    for (auto* it : { m_return, m_stop })
        it->setProperty("kind", QStringLiteral("danger"));
    for (auto* it : { m_again, m_pause, m_resume, m_return, m_stop, m_open }) {
        it->setAutoDefault(false);
        layout->addWidget(it);
    }
    const auto command = [this](QPushButton* it, auto signal) {
        connect(it, &QPushButton::clicked, this, [this, signal] {
            if (m_shift)
                emit(this->*signal)(QString::fromStdString(m_shift->id));
        });
    };
    connect(m_open, &QPushButton::clicked, this, [this] { emit openWanted(QString::fromStdString(m_shift ? m_shift->id : m_undone.empty() ? std::string() : m_undone.front().shift)); });
    connect(m_again, &QPushButton::clicked, this, [this] {
        std::vector<std::pair<std::string, Weights>> targets;
        for (const auto& it : m_undone)
            targets.emplace_back(it.route, it.set);
        emit setAgainWanted(targets);
    });
    command(m_pause, &AttentionBar::pauseWanted);
    command(m_resume, &AttentionBar::resumeWanted);
    command(m_return, &AttentionBar::returnWanted);
    command(m_stop, &AttentionBar::stopWanted);
    // A field that is typed in takes letters first.
    for (const auto& [key, buttons] : { std::pair { Qt::Key_P, QList<QPushButton*> { m_pause, m_resume } }, { Qt::Key_B, { m_return } }, { Qt::Key_S, { m_stop } } }) {
        auto* made = m_keys.emplace_back(new QShortcut(key, this));
        connect(made, &QShortcut::activated, this, [list = buttons] {
            for (auto* it : list)
                if (it->isVisible())
                    return it->click();
        });
    }
    hide();
}

bool AttentionBar::needsSomebody(const PlanStatus& status)
{
    return !status.rehearsal && !isOver(status.phase) && (status.phase == ShiftPhase::Paused || status.abandoned);
}

/// What was taken on holds until its time is over, whether the shift still runs or its load stands where it brought it.
bool AttentionBar::isOverridden(const PlanStatus& status)
{
    return !status.rehearsal && status.asked && !status.asked->rules.empty() && status.phase != ShiftPhase::Returned && (status.asked->until > wallClock() || !isOver(status.phase));
}

QString AttentionBar::textOf(const PlanStatus& status)
{
    if (!isOverridden(status))
        return standingOf(status);
    // All of them, also those that this step does not meet.
    QStringList rules;
    for (const auto& rule : status.asked->rules)
        rules << ruleTitle(status, rule);
    return tr("%1 With %2 overridden by %3 until %4: %5").arg(standingOf(status), rules.join(QStringLiteral(", ")), QString::fromStdString(status.asked->person), format::moment(status.asked->until), QString::fromStdString(status.asked->reason));
}

QString AttentionBar::standingOf(const PlanStatus& status)
{
    const auto id = QString::fromStdString(status.id), title = QString::fromStdString(titleOf(status.plan));
    if (isLeftBehind(status) && status.expiresAt && !status.returning())
        return tr("%1, %2, was left behind at step %3 of %4: the program that ran it has ended. An open console takes it back at %5, or once its routers answer, unless somebody decides before.").arg(id, title).arg(status.step).arg(status.leg().steps()).arg(format::moment(*status.expiresAt));
    if (isLeftBehind(status))
        return tr("%1, %2, was left behind at step %3 of %4: the program that ran it has ended. Nothing moves until somebody decides.").arg(id, title).arg(status.step).arg(status.leg().steps());
    if (isPausedByHand(status)) {
        const auto who = QString::fromStdString(status.note).section(QLatin1Char(';'), 0, 0).section(QStringLiteral(" by "), 1);
        return tr("%1, %2, was paused at step %3 of %4 by %5. Nothing is written until it is resumed.").arg(id, title).arg(status.step).arg(status.leg().steps()).arg(who.isEmpty() ? tr("somebody") : who);
    }
    const auto held = pausedByText(status);
    if (!held.isEmpty() && status.returning())
        return tr("%1, %2, stands on its way back, at step %3 of %4, paused by: %5. Resume it when that has changed, or stop it.").arg(id, title).arg(status.step).arg(status.leg().steps()).arg(held);
    if (!held.isEmpty())
        return tr("%1, %2, stands at step %3 of %4, paused by: %5. Resume it when that has changed, take it back or stop it.").arg(id, title).arg(status.step).arg(status.leg().steps()).arg(held);
    if (status.phase == ShiftPhase::Paused)
        return tr("%1, %2, is paused at step %3 of %4: %5").arg(id, title).arg(status.step).arg(status.leg().steps()).arg(QString::fromStdString(status.note));
    if (!isOver(status.phase))
        return (status.returning() ? tr("%1, %2, goes back: step %3 of %4.") : tr("%1, %2, runs: step %3 of %4.")).arg(id, title).arg(status.step).arg(status.leg().steps());
    return tr("%1, %2, has ended.").arg(id, title);
}

/// Once for each.
void AttentionBar::callForUndone()
{
    std::set<std::pair<std::string, std::string>> now;
    for (const auto& it : m_undone) {
        now.emplace(it.shift, it.route);
        if (!m_undoneTold.contains({ it.shift, it.route }))
            emit called(QString::fromStdString(it.shift), undoneText(it));
    }
    m_undoneTold = std::move(now);
}

void AttentionBar::show(const std::vector<PlanStatus>& shifts, bool readOnly, const std::optional<std::string>& shown, const std::vector<UndoneRoute>& undone)
{
    m_undone = undone;
    const auto runs = [](const PlanStatus& it) { return !it.rehearsal && !isOver(it.phase); };
    auto found = std::ranges::find_if(shifts, needsSomebody);
    if (found == shifts.end())
        found = std::ranges::find_if(shifts, [&](const PlanStatus& it) { return isOverridden(it) && runs(it); });
    const bool calm = found == shifts.end() && std::ranges::none_of(shifts, isOverridden);
    // What runs as it should is told where the page does not tell it. It has the keys, also beside what was overridden for one that has ended.
    if (found == shifts.end())
        found = std::ranges::find_if(shifts, [&](const PlanStatus& it) { return runs(it) && it.id != shown; });
    if (found == shifts.end())
        found = std::ranges::find_if(shifts, isOverridden);
    m_shift = found == shifts.end() ? std::nullopt : std::optional(*found);
    setVisible(m_shift || !undone.empty());
    QStringList text;
    for (const auto& it : undone)
        text << undoneText(it);
    if (m_shift)
        text << textOf(*m_shift);
    for (const auto& other : shifts)
        if (m_shift && other.id != m_shift->id && isOverridden(other))
            text << textOf(other);
    m_text->setText(text.join(QLatin1Char('\n')));
    if (const auto frame = calm && undone.empty() ? QStringLiteral("plain") : QStringLiteral("danger"); property("frame") != frame) {
        setProperty("frame", frame);
        style()->polish(this);
    }
    // The page that shows it has the buttons too.
    const bool stands = m_shift && needsSomebody(*m_shift), here = m_shift && shown == m_shift->id, mine = m_shift && !readOnly && !here && !isOver(m_shift->phase);
    m_pause->setVisible(mine && !stands);
    m_resume->setVisible(mine && stands);
    m_return->setVisible(mine && !m_shift->returning());
    m_stop->setVisible(mine);
    m_again->setVisible(!undone.empty() && !readOnly);
    m_again->setText(undone.size() == 1 ? tr("Set %1 again").arg(format::split(undone.front().set)) : tr("Set %1 routes again").arg(undone.size()));
    m_open->setVisible(!here);
    // The page has the keys of the shift that it shows.
    const bool hasKeys = m_shift && !shown;
    for (auto* key : m_keys)
        key->setEnabled(hasKeys);
    m_pause->setText(hasKeys ? tr("Pause  P") : tr("Pause"));
    m_resume->setText(hasKeys ? tr("Resume  P") : tr("Resume"));
    m_return->setText(hasKeys ? tr("Go back  B") : tr("Go back"));
    m_stop->setText(hasKeys ? tr("Stop here  S") : tr("Stop here"));
    for (const auto& status : shifts) {
        auto& told = m_told[status.id];
        const bool needs = needsSomebody(status) || (status.phase == ShiftPhase::Failed && !status.rehearsal && status.endedAt && wallClock() - *status.endedAt < std::chrono::minutes(1));
        // Who paused it by hand is sitting here.
        const bool byHand = isPausedByHand(status);
        if (needs && !told && !byHand)
            emit called(QString::fromStdString(status.id), status.phase == ShiftPhase::Failed ? tr("%1 has failed: %2").arg(QString::fromStdString(status.id), QString::fromStdString(status.error ? status.error->text() : status.note)) : textOf(status));
        told = needs;
    }
    callForUndone();
}

} // namespace penstock
