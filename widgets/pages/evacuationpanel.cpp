// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "evacuationpanel.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QShortcut>
#include <QSpinBox>
#include <QStyle>
#include <QVBoxLayout>
#include <algorithm>

#include "controls/theme.h"
#include "evacuationpicture.h"
#include "models/format.h"
#include "planparts.h"
#include "shift/rehearsal.h"
#include "shiftprogress.h"

namespace penstock {

QString targetText(const Scope& scope)
{
    QStringList parts;
    for (const auto* part : { &scope.provider, &scope.region, &scope.cluster })
        if (!part->empty())
            parts << QString::fromStdString(*part);
    return parts.join(QLatin1Char('/'));
}

namespace {

    /// A row of the board is named by its last part alone: "eastus" stands for "azure/eastus".
    bool isNamed(const QString& typed, const QString& target) { return !typed.isEmpty() && (typed == target || typed == target.section(QLatin1Char('/'), -1)); }

} // namespace

EvacuationPanel::EvacuationPanel(QWidget* parent)
    : QWidget(parent)
    , m_title(new QLabel(this))
    , m_tag(new QLabel(this))
    , m_warning(new QLabel(this))
    , m_rehearsed(new QLabel(this))
    , m_progress(new ShiftProgress(this))
    , m_picture(new Picture(this))
    , m_danger(new QFrame(this))
    , m_running(new QFrame(this))
    , m_typed(new QLineEdit(this))
    , m_reason(new QLineEdit(this))
    , m_now(new QCheckBox(tr("Skip bake times"), this))
    , m_override(new QCheckBox(this))
    , m_overrideMinutes(new QSpinBox(this))
{
    build();
    join();
    arm();
}

void EvacuationPanel::build()
{
    m_title->setFont(textFont(22, QFont::DemiBold));
    auto* head = new QHBoxLayout;
    head->addWidget(m_title);
    head->addSpacing(8);
    m_tag->setObjectName(QStringLiteral("evacuationTag"));
    head->addWidget(m_tag);
    head->addStretch();
    m_picture->setAccessibleName(tr("The whole evacuation"));
    m_picture->setObjectName(QStringLiteral("evacuation"));
    auto* scroll = new QScrollArea(this);
    scroll->setWidget(m_picture);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);

    const auto button = [this](const QString& text, const char* kind, const char* name) {
        auto* made = new QPushButton(text, this);
        if (kind)
            made->setProperty("kind", QString::fromLatin1(kind));
        made->setObjectName(QString::fromLatin1(name));
        made->setAutoDefault(false);
        return made;
    };
    m_danger->setProperty("frame", QStringLiteral("danger"));
    m_warning->setWordWrap(true);
    m_rehearsed->setWordWrap(true);
    m_rehearsed->setObjectName(QStringLiteral("evacuationScore"));
    m_rehearsed->setProperty("tone", QStringLiteral("t3"));
    m_rehearsed->setFont(textFont(12));
    m_typed->setObjectName(QStringLiteral("evacuateTyped"));
    m_typed->setAccessibleName(tr("Type the target to arm the button"));
    m_reason->setObjectName(QStringLiteral("evacuateReason"));
    m_reason->setPlaceholderText(tr("Reason, kept in the journal"));
    m_reason->setAccessibleName(tr("Reason"));
    m_now->setObjectName(QStringLiteral("evacuateNow"));
    m_now->setToolTip(tr("In one step, without waiting after it. Nothing else is skipped."));
    m_override->setObjectName(QStringLiteral("evacuateOverride"));
    m_overrideMinutes->setObjectName(QStringLiteral("overrideMinutes"));
    m_overrideMinutes->setRange(5, 480);
    m_overrideMinutes->setValue(30);
    m_overrideMinutes->setSuffix(tr(" min"));
    m_overrideMinutes->setAccessibleName(tr("The override ends after"));
    m_go = button({}, "fill", "evacuateGo");
    m_rehearse = button(tr("Rehearse"), nullptr, "evacuateRehearse");
    m_rehearse->setToolTip(tr("Every step on the real path, with nothing written, and a score"));
    m_ask = button(tr("Ask for approval"), "primary", "askApproval");
    m_ask->setToolTip(tr("Keeps this plan, so that another operator can approve it by its hash"));
    auto* fields = new QHBoxLayout;
    fields->addWidget(m_typed, 3);
    fields->addWidget(m_reason, 4);
    auto* over = new QHBoxLayout;
    over->addWidget(m_override, 1);
    over->addWidget(m_overrideMinutes);
    auto* act = new QHBoxLayout;
    act->addWidget(m_go);
    act->addWidget(m_ask);
    act->addStretch();
    act->addWidget(m_rehearse);
    act->addSpacing(8);
    act->addWidget(m_now);
    auto* danger = new QVBoxLayout(m_danger);
    danger->setContentsMargins(16, 12, 16, 12);
    danger->setSpacing(8);
    danger->addWidget(m_warning);
    danger->addLayout(over);
    danger->addLayout(fields);
    danger->addLayout(act);
    danger->addWidget(m_rehearsed);

    m_running->setProperty("frame", QStringLiteral("plain"));
    m_pause = button(tr("Pause  P"), nullptr, "pauseEvacuation");
    m_resume = button(tr("Resume  P"), "primary", "resumeEvacuation");
    m_return = button(tr("Go back  B"), "danger", "returnEvacuation");
    m_stop = button(tr("Stop here  S"), "danger", "stopEvacuation");
    auto* commands = new QHBoxLayout;
    m_close = button(tr("Close"), nullptr, "closeEvacuation");
    m_close->setToolTip(tr("Its record stays in the audit log"));
    for (auto* it : { m_pause, m_resume, m_return, m_stop })
        commands->addWidget(it);
    commands->addStretch();
    commands->addWidget(m_close);
    m_card = new QBoxLayout(QBoxLayout::TopToBottom, m_running);
    m_card->setContentsMargins(16, 12, 16, 12);
    m_card->setSpacing(12);
    m_card->addWidget(m_progress, 1);
    m_card->addLayout(commands);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 16, 24, 16);
    layout->setSpacing(10);
    layout->addLayout(head);
    layout->addWidget(scroll, 1);
    layout->addWidget(m_running);
    layout->addWidget(m_danger);
}

void EvacuationPanel::join()
{
    connect(m_typed, &QLineEdit::textChanged, this, &EvacuationPanel::arm);
    // Why is part of the plan, and of what a second person approves.
    connect(m_reason, &QLineEdit::textChanged, this, [this] {
        arm();
        emit changed();
    });
    connect(m_now, &QCheckBox::toggled, this, &EvacuationPanel::changed);
    connect(m_override, &QCheckBox::toggled, this, &EvacuationPanel::changed);
    connect(m_overrideMinutes, &QSpinBox::valueChanged, this, &EvacuationPanel::changed);
    connect(m_go, &QPushButton::clicked, this, [this] {
        if (!m_figures || !*m_figures)
            return;
        m_started = **m_figures;
        emit startWanted(request(), QString::fromStdString(m_started->judgement.hash));
        // Neither arms the next one.
        m_typed->clear();
        m_reason->clear();
    });
    connect(m_rehearse, &QPushButton::clicked, this, [this] { emit rehearseWanted(request()); });
    connect(m_ask, &QPushButton::clicked, this, [this] { emit approvalWanted(request()); });
    const auto command = [this](QPushButton* it, auto signal) {
        connect(it, &QPushButton::clicked, this, [this, signal] {
            if (m_shift)
                emit(this->*signal)(QString::fromStdString(m_shift->id));
        });
    };
    connect(m_close, &QPushButton::clicked, this, [this] {
        if (m_shift)
            m_closed.insert(m_shift->id);
        showRunning();
    });
    command(m_pause, &EvacuationPanel::pauseWanted);
    command(m_resume, &EvacuationPanel::resumeWanted);
    command(m_return, &EvacuationPanel::returnWanted);
    command(m_stop, &EvacuationPanel::stopWanted);
    // Of the page, not of the buttons, as what is hidden has no key; and heard wherever the keyboard is, but in a field that is typed in.
    for (const auto& [key, buttons] : { std::pair { Qt::Key_P, QList<QPushButton*> { m_pause, m_resume } }, { Qt::Key_B, { m_return } }, { Qt::Key_S, { m_stop } } }) {
        auto* shortcut = m_keys.emplace_back(new QShortcut(key, parentWidget()));
        connect(shortcut, &QShortcut::activated, this, [list = buttons] {
            for (auto* it : list)
                if (it->isVisible() && it->isEnabled())
                    return it->click();
        });
    }
}

std::optional<std::string> EvacuationPanel::runningShift() const { return m_shift && !isOver(m_shift->phase) ? std::optional(m_shift->id) : std::nullopt; }

EvacuationRequest EvacuationPanel::request() const
{
    EvacuationRequest made { .scope = m_scope, .now = m_now->isChecked(), .reason = m_reason->text().trimmed(), .overridden = {}, .overrideLasts = {} };
    if (m_override->isChecked() && m_override->isVisibleTo(this)) {
        made.overridden = overridableBlockers();
        made.overrideLasts = std::chrono::minutes(m_overrideMinutes->value());
    }
    return made;
}

QStringList EvacuationPanel::overridableBlockers() const
{
    QStringList rules;
    if (m_figures && *m_figures && !(*m_figures)->plan.moves.empty())
        for (const auto& it : (*m_figures)->judgement.interlocks)
            if (it.verdict == Interlock::Verdict::Block && std::ranges::find((*m_figures)->overridable, it.rule) != (*m_figures)->overridable.end())
                rules << QString::fromStdString(it.rule);
    return rules;
}

bool EvacuationPanel::waitsForApproval() const
{
    return m_figures && *m_figures && !(*m_figures)->plan.moves.empty() && std::ranges::any_of((*m_figures)->judgement.interlocks, [](const Interlock& it) { return it.blocks() && asksForSecondPerson(it.rule); });
}

void EvacuationPanel::setReadOnly(bool readOnly, const QString& why)
{
    m_readOnly = readOnly;
    m_why = why;
    arm();
}

void EvacuationPanel::setTarget(const Scope& scope)
{
    if (scope == m_scope)
        return;
    m_scope = scope;
    m_figures.reset();
    m_started.reset();
    m_shift.reset();
    m_undone = false;
    m_score.clear();
    m_typed->clear();
    const QSignalBlocker quiet(m_override);
    m_override->setChecked(false);
    arm();
}

void EvacuationPanel::show(const Scope& scope, const Result<EvacuationFigures>& figures)
{
    // What runs is known better than by a plan made anew, which is of what is left.
    if (!(scope == m_scope) || (runningShift() && m_figures && *m_figures && (*m_figures)->judgement.hash == m_shift->hash))
        return;
    m_figures = figures;
    keepItsInterlocks();
    arm();
}

/// While it runs they are as they were judged last: planned anew, its own lease would stand against it.
void EvacuationPanel::keepItsInterlocks()
{
    if (runningShift() && m_figures && *m_figures && !m_shift->interlocks.empty())
        (*m_figures)->judgement.interlocks = m_shift->interlocks;
}

void EvacuationPanel::showShifts(const std::vector<PlanStatus>& shifts, const std::vector<Route>& routes, const std::vector<UndoneRoute>& undone)
{
    // What runs counts before what ended, and the newest of these first.
    const auto mine = [&](const PlanStatus& it) { return it.plan.kind == Plan::Kind::Evacuation && it.plan.scope == m_scope; };
    auto found = std::ranges::find_if(shifts, [&](const PlanStatus& it) { return mine(it) && !isOver(it.phase); });
    if (found == shifts.end())
        found = std::ranges::find_if(shifts, mine);
    m_shift = found == shifts.end() ? std::nullopt : std::optional(*found);
    std::vector<UndoneRoute> mineUndone;
    std::ranges::copy_if(undone, std::back_inserter(mineUndone), [this](const UndoneRoute& it) { return m_shift && it.shift == m_shift->id; });
    m_undone = !mineUndone.empty();
    if (m_shift)
        m_progress->show(*m_shift, routes, std::move(mineUndone));
    // It may have been planned anew between the click and the first word of what runs.
    if (runningShift() && m_started && m_started->judgement.hash == m_shift->hash)
        m_figures = *std::exchange(m_started, std::nullopt);
    keepItsInterlocks();
    m_score.clear();
    if (m_shift && m_shift->rehearsal && isOver(m_shift->phase)) {
        const auto expected = m_figures && *m_figures ? (*m_figures)->expected : std::chrono::milliseconds(0);
        const auto score = scoreOf(*m_shift, expected);
        QStringList findings;
        for (const auto& it : score.findings)
            findings << QString::fromStdString(it);
        m_score = (score.passed ? tr("The rehearsal passed: %1 of 100 in %2, expected %3. Nothing was written.") : tr("The rehearsal failed: %1 of 100 in %2, expected %3. Nothing was written."))
                      .arg(score.points, 0, 'f', 0)
                      .arg(format::duration(score.took), format::duration(score.expected))
            + (findings.isEmpty() ? QString() : QLatin1Char(' ') + findings.join(QStringLiteral("; ")));
    }
    arm();
}

QString EvacuationPanel::describe() const
{
    if (!m_figures)
        return {};
    if (!*m_figures)
        return QString::fromStdString(m_figures->error().text());
    QStringList lines;
    for (const auto& it : (*m_figures)->judgement.interlocks)
        lines << interlockLine(it);
    for (const auto& it : (*m_figures)->plan.shed)
        lines << shedText(it);
    return lines.join(QLatin1Char('\n'));
}

void EvacuationPanel::showTag()
{
    const bool known = m_figures && *m_figures;
    const auto& theme = currentTheme();
    QString tag;
    auto colour = theme.green, behind = theme.greenbg;
    if (runningShift()) {
        // Planned after it began, the picture is not of all that it does; while it runs, what has moved is counted by who holds it.
        if (known && (*m_figures)->judgement.hash != m_shift->hash) {
            tag = m_shift->abandoned ? tr("what is left to move") : tr("what its fleets still hold");
            colour = theme.t2;
            behind = theme.s3;
        }
    } else if (m_figures && !known) {
        tag = tr("no plan");
        colour = theme.red;
        behind = theme.redbg;
    } else if (known && (*m_figures)->plan.moves.empty()) {
        tag = tr("no route to move");
        // Its routes have left, and load is still there that finds no place.
        if ((*m_figures)->evacuation && (*m_figures)->evacuation->homelessGpus() > 0) {
            colour = theme.amber;
            behind = theme.amberbg;
        }
    } else if (known) {
        const auto& figures = **m_figures;
        const bool sheds = !figures.plan.shed.empty(), blocked = figures.judgement.blocked();
        const bool stays = std::ranges::any_of(figures.judgement.interlocks, [](const Interlock& rule) { return rule.rule == "reach" && rule.verdict != Interlock::Verdict::Pass; });
        const bool lost = std::ranges::any_of(figures.plan.shed, [&](const ShedLoad& it) { return figures.plan.scope.contains(it.provider, it.region, it.cluster); });
        tag = blocked ? tr("blocked") : stays ? tr("a part stays") : lost ? tr("a part finds no place") : sheds ? tr("fits, sheds other load") : tr("fits");
        if (blocked || stays || sheds) {
            colour = blocked ? theme.red : theme.amber;
            behind = blocked ? theme.redbg : theme.amberbg;
        }
    }
    m_tag->setText(tag);
    m_tag->setVisible(!tag.isEmpty());
    m_tag->setStyleSheet(QStringLiteral("background: %1; color: %2; border-radius: 4px; padding: 2px 7px").arg(behind.name(), colour.name()));
}

void EvacuationPanel::showRunning()
{
    const bool isClosed = m_shift && isOver(m_shift->phase) && m_closed.contains(m_shift->id) && !m_undone;
    // The score of a rehearsal that is over says all of it, beside the button that it is for.
    m_running->setVisible(m_shift.has_value() && !isClosed && m_score.isEmpty());
    // Where the buttons can do nothing, as in the past, the keys are those of the bar that calls.
    for (auto* key : m_keys)
        key->setEnabled(runningShift() && (!m_readOnly || m_shift->rehearsal));
    if (!m_shift)
        return;
    const bool runs = !isOver(m_shift->phase), stands = m_shift->phase == ShiftPhase::Paused || m_shift->abandoned;
    // Who has just paused must not find the focus on the way back.
    const bool focused = m_pause->hasFocus() || m_resume->hasFocus();
    m_pause->setVisible(runs && !stands);
    m_resume->setVisible(runs && stands);
    if (focused && runs)
        (stands ? m_resume : m_pause)->setFocus();
    m_return->setText(runs ? tr("Go back  B") : tr("Plan the way back"));
    m_return->setVisible(!m_shift->rehearsal && (runs ? !m_shift->returning() : m_shift->phase != ShiftPhase::Returned));
    m_stop->setVisible(runs);
    m_close->setVisible(!runs && !m_undone);
    // What is over leaves the room to what stands against the next.
    m_card->setDirection(runs || m_undone ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
    for (auto* it : { m_pause, m_resume, m_return, m_stop }) {
        it->setEnabled(!m_readOnly || m_shift->rehearsal);
        it->setToolTip(it->isEnabled() ? QString() : whyReadOnly());
    }
}

void EvacuationPanel::arm()
{
    const auto target = targetText(m_scope);
    const bool runs = m_shift && !isOver(m_shift->phase);
    const bool known = m_figures && *m_figures;
    const bool blocked = known && (*m_figures)->judgement.blocked();
    const bool nothing = known && (*m_figures)->plan.moves.empty();
    const auto overridable = overridableBlockers();
    m_title->setText(target.isEmpty() ? tr("Pick what could be lost") : tr("Evacuate %1").arg(target));
    showTag();
    showRunning();
    m_danger->setVisible(!target.isEmpty() && !runs && (!nothing || !m_score.isEmpty()));
    m_typed->setPlaceholderText(target);
    m_go->setText(!m_why.isEmpty() ? tr("Not live") : m_readOnly ? tr("Read-only") : nothing ? tr("Nothing to move") : blocked ? tr("Evacuate %1: blocked").arg(target) : tr("Evacuate %1").arg(target));
    m_go->setToolTip(m_readOnly ? whyReadOnly() : QString());
    m_go->setEnabled(known && !blocked && !nothing && !m_readOnly && isNamed(m_typed->text(), target) && !m_reason->text().trimmed().isEmpty());
    m_rehearse->setEnabled(known && !nothing);
    m_rehearsed->setText(m_score);
    m_rehearsed->setVisible(!m_score.isEmpty());
    m_ask->setVisible(waitsForApproval());
    m_ask->setEnabled(!m_readOnly && !m_reason->text().trimmed().isEmpty());
    QStringList titles;
    if (known)
        for (const auto& it : (*m_figures)->judgement.interlocks)
            if (overridable.contains(QString::fromStdString(it.rule)))
                titles << interlockTitle(it.title);
    m_override->setVisible(!overridable.isEmpty());
    m_overrideMinutes->setVisible(!overridable.isEmpty());
    m_override->setEnabled(!m_readOnly);
    // They stand above in red; where they are many the line has no room for their names.
    m_override->setText(titles.size() <= 2 ? tr("I override %1, for").arg(titles.join(QStringLiteral(", "))) : tr("I override these %1 rules, for").arg(titles.size()));
    m_override->setToolTip(titles.join(QStringLiteral(", ")));
    m_picture->show(known ? &**m_figures : nullptr, m_figures && !known ? QString::fromStdString(m_figures->error().text()) : QString());
    m_warning->setVisible(!nothing);
    const auto count = [this](std::optional<Priority> of) { return format::count(static_cast<std::uint64_t>(m_picture->leavingGpus(of))); };
    m_warning->setText(tr("<span style=\"font-weight:600; color:%1\">Moves load of %2 GPUs, %3 of them interactive.</span> Type the target and say why to arm the button.").arg(currentTheme().red.name(), count({}), count(Priority::Interactive)));
    m_picture->setAccessibleDescription(describe());
}

void EvacuationPanel::themeChanged() { arm(); }

} // namespace penstock
