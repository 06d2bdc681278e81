// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "previewpanel.h"

#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QShortcut>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "controls/theme.h"
#include "models/format.h"
#include "planparts.h"
#include "planpicture.h"
#include "shift/rehearsal.h"

namespace penstock {

static constexpr int overridesInARow = 3;

QString phaseText(const ShiftStatus& status)
{
    const auto where = PreviewPanel::tr("%1 step %2 of %3").arg(QString::fromStdString(status.plan.id)).arg(status.step).arg(status.plan.steps.size());
    switch (status.phase) {
    case ShiftPhase::Planned: return where + PreviewPanel::tr(", planned");
    case ShiftPhase::Writing: return where + PreviewPanel::tr(", writing");
    case ShiftPhase::Confirming: return where + PreviewPanel::tr(", confirming");
    case ShiftPhase::Baking: return where + PreviewPanel::tr(", baking");
    case ShiftPhase::Paused: return where + PreviewPanel::tr(", paused");
    case ShiftPhase::Returning: return where + PreviewPanel::tr(", going back");
    case ShiftPhase::Done: return PreviewPanel::tr("%1 done").arg(QString::fromStdString(status.plan.id));
    case ShiftPhase::Returned: return PreviewPanel::tr("%1 returned").arg(QString::fromStdString(status.plan.id));
    case ShiftPhase::Stopped: return PreviewPanel::tr("%1 stopped").arg(QString::fromStdString(status.plan.id));
    case ShiftPhase::Failed: return PreviewPanel::tr("%1 failed").arg(QString::fromStdString(status.plan.id));
    }
    return where;
}

bool running(const RouteFigures& figures) { return figures.shift && !isOver(figures.shift->phase); }

PreviewPanel::PreviewPanel(QWidget* parent) : QWidget(parent)
{
    setProperty("surface", QStringLiteral("bg"));
    const auto label = [this](const char* name, const char* tone) {
        auto* made = new QLabel(this);
        made->setObjectName(QString::fromLatin1(name));
        made->setProperty("tone", QString::fromLatin1(tone));
        made->setWordWrap(true);
        return made;
    };
    m_title = new QLabel(this);
    m_title->setFont(textFont(16, QFont::DemiBold));
    m_subtitle = new QLabel(this);
    m_subtitle->setProperty("tone", QStringLiteral("t3"));
    m_subtitle->setMinimumWidth(1);
    m_tag = new QLabel(this);
    m_tag->setObjectName(QStringLiteral("planTag"));
    m_progress = label("shiftProgress", "t2");
    m_progress->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_hint = label("loadHint", "t3");
    m_best = label("bestSplit", "t2");
    m_score = label("rehearsalScore", "t2");
    m_picture = new PlanPicture(this);
    auto* scroll = new QScrollArea(this);
    scroll->setWidget(m_picture);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* head = new QHBoxLayout;
    head->setSpacing(12);
    head->addWidget(m_title);
    head->addWidget(m_subtitle, 1);
    head->addWidget(m_tag);
    makeControls();
    auto* commands = new QHBoxLayout;
    makeCommands();
    commands->addStretch();
    for (auto* it : { m_pause, m_resume, m_back, m_stop, m_discard, m_rehearse, m_start })
        commands->addWidget(it);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 20, 24, 16);
    layout->setSpacing(8);
    layout->addLayout(head);
    layout->addWidget(m_hint);
    layout->addWidget(m_best);
    layout->addWidget(m_progress);
    layout->addWidget(scroll, 1);
    layout->addWidget(m_score);
    layout->addWidget(m_controls);
    layout->addLayout(commands);
    refresh();
}

QPushButton* PreviewPanel::button(const QString& text, const char* kind, const char* name)
{
    auto* made = new QPushButton(text, this);
    if (kind)
        made->setProperty("kind", QString::fromLatin1(kind));
    made->setObjectName(QString::fromLatin1(name));
    made->setAutoDefault(false);
    return made;
}

void PreviewPanel::makeControls()
{
    const auto spin = [this](double most, double value, const QString& suffix, const QString& says, const char* name) {
        auto* made = new QDoubleSpinBox(this);
        made->setDecimals(0);
        made->setRange(0, most);
        made->setValue(value);
        made->setSuffix(suffix);
        made->setAccessibleName(says);
        made->setObjectName(QString::fromLatin1(name));
        connect(made, &QDoubleSpinBox::valueChanged, this, &PreviewPanel::wishChanged);
        return made;
    };
    m_step = spin(100, 10, tr(" % a step"), tr("Largest step"), "shiftStep");
    m_step->setMinimum(1);
    m_bake = spin(3600, 30, tr(" s bake"), tr("Wait after each step"), "shiftBake");
    m_expiry = spin(10'080, 0, tr(" min"), tr("Return after"), "shiftExpiry");
    m_expiry->setPrefix(tr("return after "));
    m_expiry->setSpecialValueText(tr("does not return by itself"));
    m_expiry->setSingleStep(15);
    m_overrideHours = spin(24, 1, tr(" h"), tr("End of the override"), "overrideHours");
    m_overrideHours->setMinimum(1);
    m_overrideHours->setPrefix(tr("ends in "));
    m_onGuard = new QCheckBox(tr("Return when a guard breaks"), this);
    m_onGuard->setObjectName(QStringLiteral("returnOnGuard"));
    m_onGuard->setToolTip(tr("Without it a broken guard pauses the shift."));
    connect(m_onGuard, &QCheckBox::toggled, this, &PreviewPanel::wishChanged);
    m_reason = new QLineEdit(this);
    m_reason->setPlaceholderText(tr("Reason, kept in the journal"));
    m_reason->setAccessibleName(tr("Reason"));
    m_reason->setObjectName(QStringLiteral("shiftReason"));
    connect(m_reason, &QLineEdit::textChanged, this, &PreviewPanel::wishChanged);
    m_hash = new QLabel(this);
    m_hash->setObjectName(QStringLiteral("planHash"));
    m_hash->setProperty("tone", QStringLiteral("t3"));
    m_hash->setFont(textFont(12));
    m_hash->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_approval = button(tr("Ask for approval"), nullptr, "askApproval");
    m_fit = button({}, nullptr, "stopWhereItFits");
    m_ways = new QWidget(this);
    auto* ways = new QHBoxLayout(m_ways);
    ways->setContentsMargins(0, 0, 0, 0);
    ways->addWidget(m_fit);
    ways->addWidget(m_approval);
    ways->addStretch();
    ways->addWidget(m_hash);
    m_overrides = new QWidget(this);
    m_overrideRow = new QGridLayout(m_overrides);
    m_overrideRow->setContentsMargins(0, 0, 0, 0);
    m_overrideRow->addWidget(new QLabel(tr("Override"), m_overrides), 0, 0);
    m_overrideRow->addWidget(m_overrideHours, 0, overridesInARow, Qt::AlignRight);
    m_overrideRow->setColumnStretch(overridesInARow, 1);
    auto* how = new QHBoxLayout;
    how->addWidget(m_step);
    how->addWidget(m_bake);
    how->addWidget(m_expiry);
    how->addStretch();
    m_controls = new QWidget(this);
    auto* all = new QVBoxLayout(m_controls);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(8);
    all->addWidget(m_ways);
    all->addWidget(m_overrides);
    all->addLayout(how);
    all->addWidget(m_onGuard);
    all->addWidget(m_reason);
}

void PreviewPanel::makeCommands()
{
    m_start = button(tr("Start shift"), "primary", "startShift");
    m_discard = button(tr("Discard"), "flat", "discardEdit");
    m_rehearse = button(tr("Rehearse"), nullptr, "rehearseShift");
    m_pause = button(tr("Pause  P"), nullptr, "pauseShift");
    m_resume = button(tr("Resume  P"), "primary", "resumeShift");
    m_back = button(tr("Go back  B"), "danger", "returnShift");
    m_stop = button(tr("Stop here  S"), "danger", "stopShift");
    connect(m_start, &QPushButton::clicked, this, [this] {
        if (const auto* it = plan())
            emit startClicked(QString::fromStdString(it->judgement.hash));
    });
    connect(m_discard, &QPushButton::clicked, this, &PreviewPanel::discardClicked);
    connect(m_rehearse, &QPushButton::clicked, this, &PreviewPanel::rehearseClicked);
    connect(m_approval, &QPushButton::clicked, this, &PreviewPanel::approvalClicked);
    connect(m_fit, &QPushButton::clicked, this, [this] {
        if (m_smaller)
            emit fitClicked(SmallerShift(*m_smaller));
    });
    const auto command = [this](QPushButton* it, auto signal) {
        connect(it, &QPushButton::clicked, this, [this, signal] {
            if (m_shift)
                emit(this->*signal)(QString::fromStdString(m_shift->id));
        });
    };
    command(m_pause, &PreviewPanel::pauseClicked);
    command(m_resume, &PreviewPanel::resumeClicked);
    command(m_back, &PreviewPanel::goBackClicked);
    command(m_stop, &PreviewPanel::stopClicked);
    // One key away wherever the keyboard is, but for a field that is typed in: it takes letters first.
    const auto key = [this](Qt::Key which, std::initializer_list<QPushButton*> buttons) {
        auto* made = m_keys.emplace_back(new QShortcut(QKeySequence(which), this));
        connect(made, &QShortcut::activated, this, [list = QList<QPushButton*>(buttons)] {
            for (auto* it : list)
                if (it->isVisible() && it->isEnabled())
                    return it->click();
        });
    };
    key(Qt::Key_P, { m_pause, m_resume });
    key(Qt::Key_B, { m_back });
    key(Qt::Key_S, { m_stop });
}

PlanWish PreviewPanel::wish() const
{
    PlanWish made;
    made.largestStep = m_step->value();
    made.bake = std::chrono::seconds(static_cast<std::int64_t>(m_bake->value()));
    made.reason = m_reason->text().trimmed().toStdString();
    if (m_expiry->value() > 0)
        made.expiresAfter = std::chrono::minutes(static_cast<std::int64_t>(m_expiry->value()));
    made.returnsOnBrokenGuard = m_onGuard->isChecked();
    std::vector<std::string> rules;
    for (auto it = m_overrideOf.begin(); it != m_overrideOf.end(); ++it)
        if (it.value()->isChecked())
            rules.push_back(it.key().toStdString());
    if (!rules.empty())
        made.asked = Override { .person = {}, .reason = made.reason, .rules = std::move(rules), .until = wallClock() + std::chrono::hours(static_cast<std::int64_t>(m_overrideHours->value())) };
    return made;
}

void PreviewPanel::setReadOnly(bool readOnly, const QString& why)
{
    m_readOnly = readOnly;
    m_why = why;
    refresh();
}

void PreviewPanel::forget()
{
    m_plan.reset();
    m_splitNote.clear();
    m_hasNoSplit = false;
    m_edited.clear();
    const QSignalBlocker quiet(this);
    m_reason->clear();
    for (auto* it : std::as_const(m_overrideOf))
        it->setChecked(false);
    refresh();
}

void PreviewPanel::setLargestStep(double points) 
{
    if (points < 1) {
        m_step->setDecimals(1);
        m_step->setMinimum(0.1);
    }
    m_step->setValue(points < 1 ? points : std::floor(points));
}

void PreviewPanel::showRoute(const RouteFigures& figures, const QStringList& edited, const PlanStatus* shift, const PlanStatus* rehearsal)
{
    m_figures = figures;
    m_edited = edited;
    m_shift = shift ? std::optional(*shift) : std::nullopt;
    m_rehearsal = rehearsal ? std::optional(*rehearsal) : std::nullopt;
    refresh();
}

void PreviewPanel::showPlan(const Result<PlanFigures>& figures)
{
    m_plan = figures;
    m_smaller = figures && figures->ground ? largestThatFits(*figures->ground, figures->plan, figures->judgement.effect) : std::nullopt;
    refresh();
}

void PreviewPanel::showBestSplit(const Result<SplitFigures>& figures)
{
    m_hasNoSplit = !figures;
    if (!figures)
        m_splitNote = QString::fromStdString(figures.error().text());
    else if (!figures->split.relaxations.empty()) {
        QStringList needed;
        for (const auto& it : figures->split.relaxations)
            needed << QString::fromStdString(it.text);
        m_splitNote = tr("No split keeps every rule. The least that would have to give: %1.").arg(needed.join(QStringLiteral("; ")));
    } else if (figures->split.binding.empty())
        m_splitNote = tr("The best split; nothing keeps it from being better.");
    else {
        const auto& it = figures->split.binding.front();
        const auto goal = figures->choice.goal;
        m_splitNote = goal == SplitGoal::LeastCost && it.worth <= 0 ? tr("The cheapest split. What binds: %1.").arg(QString::fromStdString(it.text))
            : goal == SplitGoal::LeastCost ? tr("The cheapest split. What binds: %1; one GPU more there would save %2 an hour.").arg(QString::fromStdString(it.text), QStringLiteral("$%1").arg(it.worth, 0, 'f', 2))
                                                            : tr("The most even split. What binds: %1.").arg(QString::fromStdString(it.text));
    }
    if (const double more = figures ? 100 * (figures->choice.growth - 1) : 0; more != 0)
        m_splitNote.prepend((more > 0 ? tr("For %1 % more load than now. ") : tr("For %1 % less load than now. ")).arg(std::abs(more), 0, 'f', 0));
    refresh();
}

QString PreviewPanel::describe() const
{
    QStringList lines;
    if (const auto* it = plan()) {
        for (const auto& need : it->judgement.effect.needs)
            if (it->ground && need.neededGpus != 0)
                lines << tr("%1: needs %2 GPUs, %3 placeable").arg(QString::fromStdString(it->ground->rules().routes[need.route].backends[need.backend].name)).arg(need.neededGpus).arg(need.placeableGpus);
        for (const auto& rule : it->judgement.interlocks)
            lines << interlockLine(rule);
    } else if (m_figures.reading)
        for (const auto& backend : m_figures.reading->backends)
            lines << tr("%1: accepted %2, observed %3").arg(QString::fromStdString(backend.name), format::percent(backend.accepted), format::percent(backend.observed));
    return lines.join(QLatin1Char('\n'));
}

QString PreviewPanel::progressText(const PlanStatus& status) const
{
    QStringList lines;
    const auto id = QString::fromStdString(status.id);
    // "paused by ada; ..." says itself that it is paused.
    const auto note = furtherNote(status);
    const bool saysPhase = note.starts_with(name(status.phase));
    const auto phase = saysPhase ? QString::fromStdString(note) : phaseName(status.phase);
    auto first = isOver(status.phase) ? tr("%1: %2").arg(id, phase) : tr("%1, step %2 of %3: %4").arg(id).arg(status.step).arg(status.leg().steps()).arg(phase);
    const auto held = pausedByText(status);
    if (!held.isEmpty())
        first += QStringLiteral(". ") + tr("Paused by: %1").arg(held);
    if (!note.empty() && !saysPhase)
        first += QStringLiteral(". ") + QString::fromStdString(note);
    if (status.phaseEndsAt && !isOver(status.phase))
        first += tr(", next in %1").arg(format::age(ageSeconds(wallClock(), *status.phaseEndsAt)));
    lines << first;
    if (status.error && held.isEmpty())
        lines << QString::fromStdString(status.error->text());
    if (isLeftBehind(status))
        lines << tr("The program that ran it on %1 has ended, and nobody runs it: nothing moves. Resume takes it over where the routers stand now; Go back returns it; Stop leaves the weights as they are.").arg(QString::fromStdString(status.host));
    else if (status.phase == ShiftPhase::Paused)
        lines << tr("Nothing moves until you decide: Resume goes on, Go back returns it step by step, Stop leaves the weights as they are.");
    if (!isOver(status.phase) && !status.safeReturn)
        lines << tr("No safe return now: %1").arg(QString::fromStdString(status.wayBack));
    else if (!isOver(status.phase) && !status.wayBack.empty())
        lines << tr("Way back: %1").arg(QString::fromStdString(status.wayBack));
    if (status.expiresAt && !isOver(status.phase))
        lines << tr("Returns by itself in %1.").arg(format::age(ageSeconds(wallClock(), *status.expiresAt)));
    for (const auto& route : status.routes)
        if (route.error)
            lines << QString::fromStdString(route.route + ": " + route.error->text());
    return lines.join(QLatin1Char('\n'));
}

void PreviewPanel::refresh()
{
    const bool shows = isRunning() && !isEditing();
    m_title->setText(isEditing() ? tr("Preview") : shows ? tr("Shift") : tr("Route"));
    m_picture->setAccessibleName(isEditing() ? tr("What the edit would do") : tr("What the router says"));
    m_picture->setAccessibleDescription(describe());
    m_hint->setText(!m_why.isEmpty() ? m_why : m_readOnly ? tr("Read-only: drag a handle or type a share to see what it would do, and rehearse it. Nothing can be started.") : tr("Drag a handle or type a share to see what it would do. Several routes make one plan. Nothing is sent until Start."));
    m_hint->setVisible(!isEditing() && !isRunning());
    m_best->setText(m_splitNote);
    // Why there is no split is said even though nothing was edited for it.
    m_best->setVisible((isEditing() || m_hasNoSplit) && !m_splitNote.isEmpty());
    refreshPlan();
    refreshShift();
    const bool broke = m_shift && !isEditing() && (isRunning() || m_shift->error);
    m_picture->show(plan(), broke ? &*m_shift : nullptr, m_figures);
}

void PreviewPanel::refreshPlan()
{
    const auto& theme = currentTheme();
    const auto* it = plan();
    const bool failed = isEditing() && m_plan && !*m_plan;
    const bool blocked = it && it->judgement.blocked(), nothing = it && it->plan.moves.empty();
    QStringList changes;
    if (it && it->ground)
        for (const auto& move : it->plan.moves) {
            const auto route = std::ranges::find(it->ground->rules().routes, move.route, &Route::name);
            std::vector<std::string> names;
            if (route != it->ground->rules().routes.end())
                for (const auto& backend : route->backends)
                    names.push_back(backend.name);
            changes << (it->plan.moves.size() > 1 ? QString::fromStdString(move.route) + QStringLiteral(": ") : QString()) + changeText(names, move.from, move.steps.back());
        }
    const auto said = changes.isEmpty() ? isEditing() ? m_edited.join(QStringLiteral(", ")) : QString::fromStdString(m_figures.route.name) : changes.join(QStringLiteral("; "));
    m_subtitle->setText(m_subtitle->fontMetrics().elidedText(said, Qt::ElideRight, std::max(120, m_subtitle->width())));
    m_subtitle->setToolTip(said);
    const auto blocks = it ? std::ranges::count_if(it->judgement.interlocks, &Interlock::blocks) : 0;
    const bool overridden = it && std::ranges::any_of(it->judgement.interlocks, [](const Interlock& rule) { return rule.overridden.has_value(); });
    m_tag->setText(failed ? tr("no plan") : !it ? QString() : blocks == 1 ? tr("1 blocker") : blocks > 1 ? tr("%1 blockers").arg(blocks) : nothing ? tr("nothing to do") : overridden ? tr("OVERRIDE") : tr("fits"));
    const bool red = failed || blocked || overridden;
    m_tag->setStyleSheet(QStringLiteral("background: %1; color: %2; border-radius: 4px; padding: 2px 7px").arg((red ? theme.redbg : theme.greenbg).name(), (red ? theme.red : theme.green).name()));
    m_tag->setVisible(!m_tag->text().isEmpty());
    m_controls->setVisible(isEditing());
    for (auto* one : { m_start, m_discard, m_rehearse })
        one->setVisible(isEditing());
    const bool reasoned = !m_reason->text().trimmed().isEmpty();
    m_start->setEnabled(it && !blocked && !nothing && !m_readOnly && reasoned);
    m_start->setText(!m_why.isEmpty() ? tr("Not live") : m_readOnly ? tr("Read-only") : blocked ? tr("Start shift: blocked") : overridden ? tr("Start with an override") : tr("Start shift"));
    m_start->setToolTip(!m_why.isEmpty() ? m_why : reasoned ? QString() : tr("Say why first"));
    m_rehearse->setEnabled(it && !nothing);
    const bool smaller = it && m_smaller;
    m_fit->setText(smaller ? tr("Move %1 of %2 points").arg(m_smaller->points).arg(m_smaller->of) : QString());
    m_fit->setToolTip(tr("The greatest part of this change that finds its place"));
    m_fit->setVisible(smaller);
    m_approval->setVisible(it && std::ranges::any_of(it->judgement.interlocks, [](const Interlock& one) { return one.blocks() && asksForSecondPerson(one.rule); }));
    m_approval->setEnabled(!m_readOnly && reasoned);
    m_approval->setToolTip(reasoned ? tr("Keeps the plan, so that somebody else can approve it by its hash") : tr("Say why first"));
    m_hash->setText(it && !nothing ? tr("plan %1").arg(QString::fromStdString(it->judgement.hash.substr(0, 12))) : QString());
    m_hash->setToolTip(it ? QString::fromStdString(it->judgement.hash) : QString());
    m_ways->setVisible(it && !nothing);
    if (failed)
        m_best->setText(QString::fromStdString(m_plan->error().text()));
    m_best->setVisible((isEditing() || m_hasNoSplit) && !m_best->text().isEmpty());
    refreshOverrides();
}

void PreviewPanel::refreshOverrides()
{
    const auto* it = plan();
    bool any = false;
    for (auto* box : std::as_const(m_overrideOf))
        box->setVisible(false);
    if (it && it->ground)
        for (const auto& rule : it->judgement.interlocks) {
            const auto& may = it->ground->rules().policy.overridable;
            if (rule.verdict != Interlock::Verdict::Block || std::ranges::find(may, rule.rule) == may.end())
                continue;
            auto*& box = m_overrideOf[QString::fromStdString(rule.rule)];
            if (!box) {
                box = new QCheckBox(interlockTitle(rule.title), m_overrides);
                box->setObjectName(QStringLiteral("override-") + QString::fromStdString(rule.rule));
                const auto place = static_cast<int>(m_overrideOf.size()) - 1;
                m_overrideRow->addWidget(box, 1 + place / overridesInARow, place % overridesInARow);
                connect(box, &QCheckBox::toggled, this, &PreviewPanel::wishChanged);
            }
            box->setVisible(true);
            any = true;
        }
    m_overrides->setVisible(any);
    // What no longer blocks is not overridden in advance.
    for (auto* box : std::as_const(m_overrideOf))
        if (it && !box->isVisibleTo(m_overrides)) {
            const QSignalBlocker quiet(box);
            box->setChecked(false);
        }
}

void PreviewPanel::refreshShift()
{
    const auto& theme = currentTheme();
    const bool runs = isRunning() && !isEditing(), paused = runs && m_shift->phase == ShiftPhase::Paused, left = runs && m_shift->abandoned;
    m_progress->setText(m_shift && !isEditing() ? progressText(*m_shift) : QString());
    m_progress->setVisible(!m_progress->text().isEmpty());
    m_progress->setStyleSheet(QStringLiteral("color: %1").arg((m_shift && (m_shift->error || isLeftBehind(*m_shift)) ? theme.red : paused ? theme.amber : theme.t2).name()));
    m_pause->setVisible(runs && !paused && !left);
    m_resume->setVisible(paused || left);
    m_back->setVisible(runs && !m_shift->returning());
    m_stop->setVisible(runs);
    for (auto* it : { m_pause, m_resume, m_back, m_stop }) {
        it->setEnabled(!m_readOnly);
        it->setToolTip(m_why);
    }
    // Where the buttons can do nothing, as in the past, the keys are those of the bar that calls.
    for (auto* key : m_keys)
        key->setEnabled(runs && !m_readOnly);
    QString score;
    if (m_rehearsal && isEditing() && plan() && m_rehearsal->hash == plan()->judgement.hash) {
        const auto id = QString::fromStdString(m_rehearsal->id);
        if (!isOver(m_rehearsal->phase))
            score = tr("%1 rehearses, step %2 of %3: %4").arg(id).arg(m_rehearsal->step).arg(m_rehearsal->leg().steps()).arg(phaseName(m_rehearsal->phase));
        else {
            const auto scored = scoreOf(*m_rehearsal, plan()->expected);
            QStringList findings;
            for (const auto& one : scored.findings)
                findings << QString::fromStdString(one);
            score = (scored.passed ? tr("Rehearsed as %1: %2 of 100 points, %3, expected %4.") : tr("Rehearsal %1 did not reach its end: %2 of 100 points, %3, expected %4."))
                        .arg(id).arg(scored.points, 0, 'f', 0).arg(format::duration(scored.took), format::duration(scored.expected))
                + (findings.isEmpty() ? QString() : QStringLiteral(" ") + findings.join(QStringLiteral("; ")));
        }
    }
    m_score->setText(score);
    m_score->setVisible(!score.isEmpty());
}

} // namespace penstock
