// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "evacuationpanel.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QStyle>
#include <QVBoxLayout>
#include <algorithm>

#include "controls/theme.h"
#include "evacuationpicture.h"
#include "models/format.h"
#include "planparts.h"

namespace penstock {

QString targetText(const Scope& scope)
{
    QStringList parts;
    for (const auto* part : { &scope.provider, &scope.region, &scope.cluster })
        if (!part->empty())
            parts << QString::fromStdString(*part);
    return parts.join(QLatin1Char('/'));
}

EvacuationPanel::EvacuationPanel(QWidget* parent)
    : QWidget(parent)
    , m_title(new QLabel(this))
    , m_tag(new QLabel(this))
    , m_warning(new QLabel(this))
    , m_progress(new QLabel(this))
    , m_picture(new Picture(this))
    , m_danger(new QFrame(this))
    , m_running(new QFrame(this))
    , m_typed(new QLineEdit(this))
    , m_reason(new QLineEdit(this))
    , m_now(new QCheckBox(tr("Skip bake times"), this))
{
    m_title->setFont(textFont(22, QFont::DemiBold));
    auto* head = new QHBoxLayout;
    head->addWidget(m_title);
    head->addSpacing(8);
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
    m_typed->setObjectName(QStringLiteral("evacuateTyped"));
    m_typed->setAccessibleName(tr("Type the target to arm the button"));
    m_reason->setObjectName(QStringLiteral("evacuateReason"));
    m_reason->setPlaceholderText(tr("Reason, kept in the journal"));
    m_reason->setAccessibleName(tr("Reason"));
    m_now->setObjectName(QStringLiteral("evacuateNow"));
    m_now->setToolTip(tr("In one step, without waiting after it. Nothing else is skipped."));
    m_go = button({}, "fill", "evacuateGo");
    auto* fields = new QHBoxLayout;
    fields->addWidget(m_typed, 3);
    fields->addWidget(m_reason, 4);
    auto* act = new QHBoxLayout;
    act->addWidget(m_go);
    act->addStretch();
    act->addWidget(m_now);
    auto* danger = new QVBoxLayout(m_danger);
    danger->setContentsMargins(16, 12, 16, 12);
    danger->setSpacing(8);
    danger->addWidget(m_warning);
    danger->addLayout(fields);
    danger->addLayout(act);

    m_running->setProperty("frame", QStringLiteral("plain"));
    m_progress->setWordWrap(true);
    m_progress->setObjectName(QStringLiteral("evacuateProgress"));
    m_progress->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_pause = button(tr("Pause"), nullptr, "pauseEvacuation");
    m_resume = button(tr("Resume"), "primary", "resumeEvacuation");
    m_return = button(tr("Go back"), "danger", "returnEvacuation");
    m_stop = button(tr("Stop here"), "danger", "stopEvacuation");
    auto* commands = new QHBoxLayout;
    for (auto* it : { m_pause, m_resume, m_return, m_stop })
        commands->addWidget(it);
    commands->addStretch();
    auto* running = new QVBoxLayout(m_running);
    running->setContentsMargins(16, 12, 16, 12);
    running->addWidget(m_progress);
    running->addLayout(commands);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 16, 24, 16);
    layout->setSpacing(10);
    layout->addLayout(head);
    layout->addWidget(scroll, 1);
    layout->addWidget(m_running);
    layout->addWidget(m_danger);
    connect(m_typed, &QLineEdit::textChanged, this, &EvacuationPanel::arm);
    connect(m_reason, &QLineEdit::textChanged, this, &EvacuationPanel::arm);
    connect(m_now, &QCheckBox::toggled, this, &EvacuationPanel::changed);
    connect(m_go, &QPushButton::clicked, this, [this] {
        if (!m_figures || !*m_figures)
            return;
        emit startWanted(m_scope, isNow(), m_reason->text().trimmed(), QString::fromStdString((*m_figures)->judgement.hash));
        m_typed->clear();
    });
    const auto command = [this](QPushButton* it, auto signal) {
        connect(it, &QPushButton::clicked, this, [this, signal] {
            if (m_shift)
                emit(this->*signal)(QString::fromStdString(m_shift->id));
        });
    };
    command(m_pause, &EvacuationPanel::pauseWanted);
    command(m_resume, &EvacuationPanel::resumeWanted);
    command(m_return, &EvacuationPanel::returnWanted);
    command(m_stop, &EvacuationPanel::stopWanted);
    arm();
}

bool EvacuationPanel::isNow() const { return m_now->isChecked(); }

void EvacuationPanel::setReadOnly(bool readOnly)
{
    m_readOnly = readOnly;
    arm();
}

void EvacuationPanel::setTarget(const Scope& scope)
{
    if (scope == m_scope)
        return;
    m_scope = scope;
    m_figures.reset();
    m_typed->clear();
    arm();
}

void EvacuationPanel::show(const Scope& scope, const Result<EvacuationFigures>& figures)
{
    if (!(scope == m_scope))
        return;
    m_figures = figures;
    arm();
}

void EvacuationPanel::showShifts(const std::vector<PlanStatus>& shifts)
{
    // What runs counts before what ended, and the newest of these first.
    const auto mine = [&](const PlanStatus& it) { return it.plan.kind == Plan::Kind::Evacuation && it.plan.scope == m_scope; };
    auto found = std::ranges::find_if(shifts, [&](const PlanStatus& it) { return mine(it) && !isOver(it.phase); });
    if (found == shifts.end())
        found = std::ranges::find_if(shifts, mine);
    m_shift = found == shifts.end() ? std::nullopt : std::optional(*found);
    arm();
}

QString EvacuationPanel::progressText(const PlanStatus& status) const
{
    QStringList lines;
    const auto id = QString::fromStdString(status.id);
    const auto steps = status.leg().steps();
    auto first = isOver(status.phase) ? tr("%1: %2").arg(id, phaseName(status.phase)) : tr("%1, step %2 of %3: %4").arg(id).arg(status.step).arg(steps).arg(phaseName(status.phase));
    if (!status.note.empty())
        first += QStringLiteral(". ") + QString::fromStdString(status.note);
    lines << first;
    for (const auto& route : status.routes) {
        QStringList shares;
        for (std::size_t b = 0; b < route.accepted.size(); ++b) {
            const auto observed = b < route.observed.size() && route.observed[b] ? QString::number(*route.observed[b], 'f', 1) : QStringLiteral("–");
            shares << QStringLiteral("%1 / %2 / %3").arg(b < route.desired.size() ? QString::number(route.desired[b], 'f', 0) : QStringLiteral("–"), QString::number(route.accepted[b], 'f', 1), observed);
        }
        lines << tr("%1: %2 (desired / accepted / observed)").arg(QString::fromStdString(route.route), shares.join(QStringLiteral("   ")))
                + (route.error ? QStringLiteral(" ") + QString::fromStdString(route.error->text()) : QString());
    }
    if (status.error)
        lines << QString::fromStdString(status.error->text());
    if (!status.safeReturn)
        lines << tr("No safe return now: what was given away would not find its place again.");
    if (status.recovery)
        lines << tr("Recovered in %1, measured from the command to the last router's confirmation.").arg(format::duration(*status.recovery));
    if (status.quietAfter)
        lines << tr("No new request at %1 after %2.").arg(targetText(status.plan.scope), format::duration(*status.quietAfter));
    return lines.join(QLatin1Char('\n'));
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

void EvacuationPanel::arm()
{
    const auto target = targetText(m_scope);
    const bool runs = m_shift && !isOver(m_shift->phase);
    const bool known = m_figures && *m_figures;
    const bool blocked = known && (*m_figures)->judgement.blocked();
    const bool nothing = known && (*m_figures)->plan.moves.empty();
    m_title->setText(target.isEmpty() ? tr("Pick what could be lost") : tr("Evacuate %1").arg(target));
    const auto& theme = currentTheme();
    QString tag;
    auto colour = theme.green, behind = theme.greenbg;
    if (m_figures && !known) {
        tag = tr("no plan");
        colour = theme.red;
        behind = theme.redbg;
    } else if (nothing)
        tag = tr("nothing to move");
    else if (known) {
        const auto& figures = **m_figures;
        const bool sheds = !figures.plan.shed.empty();
        tag = blocked ? tr("blocked") : sheds ? tr("fits, sheds other load") : tr("fits");
        if (blocked || sheds) {
            colour = blocked ? theme.red : theme.amber;
            behind = blocked ? theme.redbg : theme.amberbg;
        }
    }
    m_tag->setText(tag);
    m_tag->setVisible(!tag.isEmpty());
    m_tag->setStyleSheet(QStringLiteral("background: %1; color: %2; border-radius: 4px; padding: 2px 7px").arg(behind.name(), colour.name()));
    m_danger->setVisible(!target.isEmpty() && !runs);
    m_running->setVisible(m_shift.has_value());
    if (m_shift) {
        m_progress->setText(progressText(*m_shift));
        const bool paused = m_shift->phase == ShiftPhase::Paused;
        m_pause->setVisible(runs && !paused);
        m_resume->setVisible(runs && paused);
        m_return->setVisible(runs && !m_shift->returning());
        m_stop->setVisible(runs);
    }
    m_typed->setPlaceholderText(target);
    m_go->setText(m_readOnly ? tr("Read-only") : blocked ? tr("Evacuate %1: blocked").arg(target) : tr("Evacuate %1").arg(target));
    m_go->setEnabled(known && !blocked && !nothing && !m_readOnly && m_typed->text() == target && !m_reason->text().trimmed().isEmpty());
    m_picture->show(known ? &**m_figures : nullptr, m_figures && !known ? QString::fromStdString(m_figures->error().text()) : QString());
    m_warning->setText(tr("<b style=\"color:%1\">Moves %2 GPUs of live load.</b> Type the target and say why to arm the button.").arg(theme.red.name(), format::count(static_cast<std::uint64_t>(m_picture->movedGpus()))));
    m_picture->setAccessibleDescription(describe());
}

void EvacuationPanel::themeChanged() { arm(); }

} // namespace penstock
