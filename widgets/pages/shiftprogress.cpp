// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "shiftprogress.h"

#include <QPainter>
#include <algorithm>

#include "controls/paint.h"
#include "controls/theme.h"
#include "evacuationpanel.h"
#include "models/format.h"
#include "planparts.h"

namespace penstock {

namespace {

    QString routeState(const RouteProgress& route)
    {
        switch (route.state) {
        case RouteProgress::State::Waiting: return ShiftProgress::tr("waiting");
        case RouteProgress::State::Writing: return ShiftProgress::tr("writing");
        case RouteProgress::State::Accepted: return ShiftProgress::tr("accepted");
        case RouteProgress::State::Confirmed: return ShiftProgress::tr("confirmed");
        case RouteProgress::State::Failed: return ShiftProgress::tr("failed");
        }
        return {};
    }

    TagLook lookOf(const PlanStatus& status)
    {
        if (isLeftBehind(status) || status.phase == ShiftPhase::Failed)
            return TagLook::Red;
        if (status.phase == ShiftPhase::Paused || status.phase == ShiftPhase::Stopped)
            return TagLook::Amber;
        if (status.phase == ShiftPhase::Done && !leftBehind(status).empty())
            return TagLook::Amber;
        return status.phase == ShiftPhase::Done || status.phase == ShiftPhase::Returned ? TagLook::Green : TagLook::Accent;
    }

    QString shares(const Weights& weights)
    {
        QStringList parts;
        for (const auto weight : weights)
            parts << QString::number(weight, 'f', 1);
        return parts.join(QStringLiteral(" / "));
    }

} // namespace

QString stepText(const PlanStatus& status)
{
    if (isLeftBehind(status))
        return ShiftProgress::tr("left behind at step %1 of %2").arg(status.step).arg(status.leg().steps());
    if (status.phase == ShiftPhase::Done && !leftBehind(status).empty())
        return ShiftProgress::tr("done in part");
    return isOver(status.phase) ? phaseName(status.phase) : ShiftProgress::tr("step %1 of %2, %3").arg(status.step).arg(status.leg().steps()).arg(phaseName(status.phase));
}

ShiftProgress::ShiftProgress(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("shiftProgress"));
    setAccessibleName(tr("How far it has come"));
}

void ShiftProgress::show(const PlanStatus& status, std::vector<Route> routes, std::vector<UndoneRoute> undone)
{
    m_status = status;
    m_routes = std::move(routes);
    m_undone = std::move(undone);
    setFixedHeight(static_cast<int>(paint(nullptr)) + 4);
    setAccessibleDescription(describe());
    update();
}

void ShiftProgress::resizeEvent(QResizeEvent*)
{
    if (m_status)
        setFixedHeight(static_cast<int>(paint(nullptr)) + 4);
}

std::vector<ShiftProgress::Line> ShiftProgress::lines() const
{
    const auto& status = *m_status;
    std::vector<Line> made;
    for (const auto& it : m_undone)
        made.push_back({ undoneText(it), true });
    const auto held = pausedByText(status);
    if (!held.isEmpty())
        made.push_back({ tr("Paused by: %1. Resume it when that has changed, take it back or stop it.").arg(held), true });
    if (isLeftBehind(status))
        made.push_back({ tr("The program that ran it has ended, and nobody runs it. Its routers show where it stands: resume it, take it back or stop it."), true });
    if (const auto note = furtherNote(status); !note.empty())
        made.push_back({ QString::fromStdString(note), status.phase == ShiftPhase::Paused && !isPausedByHand(status) });
    if (status.error && held.isEmpty() && status.error->what != status.note)
        made.push_back({ QString::fromStdString(status.error->text()), true });
    for (const auto& route : status.routes)
        if (route.error)
            made.push_back({ tr("%1: %2").arg(QString::fromStdString(route.route), QString::fromStdString(route.error->text())), true });
    if (!status.safeReturn && !isOver(status.phase))
        made.push_back({ tr("No safe return now: %1").arg(QString::fromStdString(status.wayBack)), true });
    for (const auto& it : shedBy(status)) {
        const bool isLost = status.plan.scope.contains(it.provider, it.region, it.cluster);
        made.push_back({ (isLost ? tr("Finds no place: %1.") : tr("End these jobs, what moved needs their room: %1.")).arg(shedText(it)), isLost });
    }
    for (const auto& it : status.interlocks)
        if (it.overridden) {
            const bool holds = it.overridden->until > wallClock();
            made.push_back({ (holds ? tr("%1 is overridden by %2 until %3: %4") : tr("%1 was overridden by %2 until %3: %4"))
                                 .arg(interlockTitle(it.title), QString::fromStdString(it.overridden->person), format::moment(it.overridden->until), QString::fromStdString(it.overridden->reason)), holds });
        }
    // Nobody has recovered where requests do not follow yet.
    if (status.recovery && leftBehind(status).empty() && (isOver(status.phase) || status.stepsDone >= status.plan.steps()))
        made.push_back({ tr("Recovered in %1, measured from the command to the last router's confirmation.").arg(format::duration(*status.recovery)) });
    if (status.quietAfter && leftBehind(status).empty())
        made.push_back({ tr("No new request at %1 after %2.").arg(targetText(status.plan.scope), format::duration(*status.quietAfter)) });
    if (status.rehearsal && isOver(status.phase))
        made.push_back({ tr("A rehearsal: nothing was written.") });
    return made;
}

std::pair<QString, TagLook> ShiftProgress::tag() const
{
    if (!m_undone.empty())
        return { tr("%1, undone since").arg(stepText(*m_status)), TagLook::Red };
    return { stepText(*m_status), lookOf(*m_status) };
}

QString ShiftProgress::describe() const
{
    QStringList text { tr("%1: %2").arg(QString::fromStdString(m_status->id), tag().first) };
    for (const auto& route : m_status->routes) {
        Weights observed;
        for (const auto& share : route.observed)
            observed.push_back(share.value_or(0));
        text << tr("%1, %2: desired %3, accepted %4, observed %5").arg(QString::fromStdString(route.route), routeState(route), shares(route.desired), shares(route.accepted), route.observed.empty() ? tr("not measured") : shares(observed));
    }
    for (const auto& line : lines())
        text << line.text;
    return text.join(QLatin1Char('\n'));
}

double ShiftProgress::paintRoute(QPainter* painter, double y, std::size_t move) const
{
    constexpr double name = 110, state = 84, bar = 7, gap = 2, height = 3 * bar + 2 * gap;
    if (!painter)
        return y + height + 10;
    const auto& theme = currentTheme();
    const auto& progress = m_status->routes[move];
    const auto route = std::ranges::find(m_routes, progress.route, &Route::name);
    painter->setFont(textFont(13));
    painter->setPen(theme.t1);
    painter->drawText(QRectF(0, y, name - 8, height), Qt::AlignVCenter, painter->fontMetrics().elidedText(QString::fromStdString(progress.route), Qt::ElideRight, static_cast<int>(name) - 8));
    const double width = this->width() - name - state;
    Weights observed;
    for (const auto& share : progress.observed)
        observed.push_back(share.value_or(0));
    int row = 0;
    for (const Weights* weights : std::initializer_list<const Weights*> { &progress.desired, &progress.accepted, &observed }) {
        double x = name;
        const double top = y + row * (bar + gap);
        painter->fillRect(QRectF(x, top, width, bar), theme.s2);
        for (std::size_t b = 0; b < weights->size(); ++b) {
            const auto provider = route != m_routes.end() && b < route->backends.size() ? QString::fromStdString(route->backends[b].scope.provider.empty() ? route->backends[b].name : route->backends[b].scope.provider) : QString();
            const double w = width * std::clamp((*weights)[b], 0.0, 100.0) / 100;
            painter->fillRect(QRectF(x, top, w, bar), theme.mixed(theme.provider(provider), row == 0 ? 1.0 : row == 1 ? 0.65 : 0.4));
            x += w;
        }
        ++row;
    }
    const bool failed = progress.state == RouteProgress::State::Failed, stands = progress.state == RouteProgress::State::Confirmed;
    painter->setFont(textFont(12));
    painter->setPen(failed ? theme.red : stands ? theme.green : theme.t2);
    painter->drawText(QRectF(name + width, y, state, height), Qt::AlignVCenter | Qt::AlignRight, routeState(progress));
    return y + height + 10;
}

double ShiftProgress::paint(QPainter* painter) const
{
    if (!m_status)
        return 0;
    const auto& theme = currentTheme();
    const auto& status = *m_status;
    double y = 0;
    if (painter) {
        painter->setFont(textFont(13, QFont::DemiBold));
        painter->setPen(theme.t1);
        const auto title = QString::fromStdString(status.id + "  " + titleOf(status.plan));
        const auto [tag, look] = this->tag();
        const double w = paintTag(nullptr, {}, tag, look), room = width() - w - 12;
        painter->drawText(QRectF(0, y, room, 20), Qt::AlignVCenter, painter->fontMetrics().elidedText(title, Qt::ElideRight, static_cast<int>(room)));
        paintTag(painter, { width() - w, y }, tag, look);
        painter->fillRect(QRectF(0, y + 28, width(), 4), theme.s2);
        painter->fillRect(QRectF(0, y + 28, width() * shareDone(status), 4), look == TagLook::Red ? theme.red : look == TagLook::Amber ? theme.amber : theme.acc);
    }
    y += 42;
    // Once it is over the room is the next plan's; what did not arrive is still to be seen.
    for (std::size_t m = 0; m < status.routes.size(); ++m)
        if (!isOver(status.phase) || status.routes[m].state == RouteProgress::State::Failed)
            y = paintRoute(painter, y, m);
    const QFontMetricsF metrics(textFont(12));
    for (const auto& line : lines()) {
        const double height = metrics.boundingRect(QRectF(0, 0, width(), 1000), Qt::TextWordWrap, line.text).height();
        if (painter) {
            painter->setFont(textFont(12));
            painter->setPen(line.isBad ? theme.red : theme.t2);
            painter->drawText(QRectF(0, y, width(), height + 2), Qt::TextWordWrap, line.text);
        }
        y += height + 4;
    }
    return y;
}

void ShiftProgress::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    paint(&painter);
}

} // namespace penstock
