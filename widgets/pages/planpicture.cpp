// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "planpicture.h"

#include <QFontMetricsF>
#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <map>

#include "controls/paint.h"
#include "controls/theme.h"
#include "models/format.h"
#include "planparts.h"
#include "planpictureparts.h"

namespace penstock {

namespace {

    constexpr std::size_t mostModels = 6;

    bool holds(const Scope& scope, const std::string& provider, const std::string& region, const std::string& cluster)
    {
        return (scope.provider.empty() || scope.provider == provider) && (scope.region.empty() || scope.region == region) && (scope.cluster.empty() || scope.cluster == cluster);
    }

} // namespace

std::vector<ProviderCost> costsByProvider(const std::vector<EffectLine>& lines)
{
    std::vector<ProviderCost> made;
    for (const auto& it : lines) {
        if (it.sum.costBefore == 0 && it.sum.costAfter == 0)
            continue;
        auto found = std::ranges::find(made, it.provider, &ProviderCost::provider);
        if (found == made.end())
            found = made.insert(made.end(), { .provider = it.provider });
        found->before += it.sum.costBefore;
        found->after += it.sum.costAfter;
    }
    std::ranges::stable_sort(made, std::greater {}, [](const ProviderCost& it) { return std::max(it.before, it.after); });
    return made;
}

QString changeText(const std::vector<std::string>& backends, const Weights& from, const Weights& to)
{
    QStringList changes;
    const auto before = format::wholeShares(from), after = format::wholeShares(to);
    for (std::size_t i = 0; i < std::min({ backends.size(), from.size(), to.size() }); ++i)
        if (std::abs(from[i] - to[i]) >= 0.05)
            changes << PlanPicture::tr("%1 %2 to %3").arg(QString::fromStdString(backends[i])).arg(before[i]).arg(after[i]);
    return changes.join(QStringLiteral(", "));
}

PlanPicture::PlanPicture(QWidget* parent) : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setObjectName(QStringLiteral("planPicture"));
}

void PlanPicture::show(const PlanFigures* plan, const PlanStatus* shift, const RouteFigures& route)
{
    m_plan = plan ? std::optional(*plan) : std::nullopt;
    m_shift = shift ? std::optional(*shift) : std::nullopt;
    m_route = route;
    readLines();
    fit();
    update();
}

void PlanPicture::fit() { setMinimumHeight(static_cast<int>(paint(nullptr)) + 8); }
void PlanPicture::resizeEvent(QResizeEvent*) { fit(); }

void PlanPicture::toggle()
{
    m_expanded = !m_expanded;
    fit();
    update();
}

void PlanPicture::mousePressEvent(QMouseEvent* event)
{
    if (m_passes.contains(event->position()))
        toggle();
}

void PlanPicture::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Space || event->key() == Qt::Key_Return)
        toggle();
    else
        QWidget::keyPressEvent(event);
}

void PlanPicture::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    paint(&painter);
}

void PlanPicture::readLines()
{
    m_lines.clear();
    if (!m_plan || !m_plan->ground)
        return;
    const auto& ground = *m_plan->ground;
    const auto& places = ground.places();
    struct Target
    {
        Scope scope;
        std::uint32_t route = 0, backend = 0;
        Line line;
    };
    /// GPUs of a model in a region; usable: free, or held whatever its health.
    struct Place
    {
        Line line;
        std::int64_t usable = 0, before = 0, change = 0;
    };
    const auto allocatedText = [](std::int64_t before, std::int64_t change, std::int64_t usable) {
        const auto share = [&](std::int64_t gpus) { return format::share(100.0 * static_cast<double>(gpus) / static_cast<double>(usable)); };
        return tr("%1 to %2 %").arg(share(before), share(before + change));
    };
    std::vector<Target> targets;
    for (const auto& need : m_plan->judgement.effect.needs) {
        if (need.neededGpus == 0 && need.shortGpus == 0)
            continue;
        const auto& backend = ground.rules().routes[need.route].backends[need.backend];
        auto found = std::ranges::find(targets, backend.scope, &Target::scope);
        if (found == targets.end()) {
            const auto provider = backend.scope.provider.empty() ? backend.name : backend.scope.provider;
            const auto whole = backend.scope == Scope { .provider = backend.scope.provider, .region = {}, .cluster = {}, .node = {} };
            Line line { .name = QString::fromStdString(whole && !backend.scope.provider.empty() ? provider : backend.name), .provider = QString::fromStdString(provider), .after = {} };
            line.isTarget = true;
            found = targets.insert(targets.end(), { backend.scope, need.route, need.backend, std::move(line) });
        }
        found->line.needed += need.neededGpus;
        found->line.placeable = std::max(found->line.placeable, need.placeableGpus);
        found->line.shortGpus += need.shortGpus;
    }
    // What gains first: that is where it breaks.
    std::ranges::stable_sort(targets, std::greater {}, [](const Target& it) { return it.line.needed; });
    for (auto& target : targets) {
        std::int64_t usable = 0, before = 0, change = 0;
        const auto& mapped = ground.map().routes[target.route].backends[target.backend];
        for (const auto pool : mapped.pools) {
            usable += ground.capacity().pools[pool].free + ground.capacity().pools[pool].allocated;
            before += ground.capacity().pools[pool].allocated;
        }
        std::map<std::pair<std::string, std::string>, Place> models;
        for (const auto& it : m_plan->lines) {
            if (!holds(target.scope, it.provider, it.region, it.cluster))
                continue;
            change += it.sum.allocatedAfter - it.sum.allocatedBefore;
            if (it.sum.needed == 0)
                continue;
            auto& place = models[{ it.region, it.model }];
            place.line.name = QString::fromStdString(it.region.empty() ? it.model : it.region + ", " + it.model);
            place.line.needed += it.sum.needed;
            place.line.placeable += it.sum.placeable;
            place.change += it.sum.allocatedAfter - it.sum.allocatedBefore;
        }
        for (const auto pool : mapped.pools)
            if (const auto found = models.find({ places.regionName(places.pools[pool]), places.modelName(places.pools[pool]) }); found != models.end()) {
                found->second.usable += ground.capacity().pools[pool].free + ground.capacity().pools[pool].allocated;
                found->second.before += ground.capacity().pools[pool].allocated;
            }
        const auto provider = std::ranges::find(ground.rules().providers, target.line.provider.toStdString(), &Provider::id);
        if (usable > 0) {
            target.line.after = allocatedText(before, change, usable);
            if (target.line.needed > 0 && provider != ground.rules().providers.end() && provider->utilisationCap < 1)
                target.line.cap = tr(", cap %1 %").arg(provider->utilisationCap * 100, 0, 'f', 0);
        }
        m_lines.push_back(target.line);
        std::vector<Place> sorted;
        for (auto& [key, place] : models)
            sorted.push_back(std::move(place));
        std::ranges::stable_sort(sorted, std::greater {}, [](const Place& it) { return it.line.needed; });
        if (sorted.size() > mostModels) {
            Place rest;
            rest.line.name = tr("%1 more places").arg(sorted.size() - mostModels + 1);
            for (std::size_t i = mostModels - 1; i < sorted.size(); ++i) {
                rest.line.needed += sorted[i].line.needed;
                rest.line.placeable += sorted[i].line.placeable;
                rest.usable += sorted[i].usable;
                rest.before += sorted[i].before;
                rest.change += sorted[i].change;
            }
            sorted.resize(mostModels - 1);
            sorted.push_back(std::move(rest));
        }
        for (auto& place : sorted) {
            place.line.after = place.usable > 0 ? allocatedText(place.before, place.change, place.usable) : QString();
            m_lines.push_back(std::move(place.line));
        }
        for (const auto cluster : mapped.clusters)
            if (target.line.needed > 0 && ground.capacity().freshness[cluster] != Freshness::Fresh) {
                Line stale { .name = QString::fromStdString(places.clusters[cluster].name), .provider = {}, .after = tr("%1 old: counts as 0").arg(format::age(ageSeconds(ground.capacity().observed[cluster], ground.capacity().asOf))) };
                stale.isStale = true;
                m_lines.push_back(std::move(stale));
            }
    }
}

double PlanPicture::paint(QPainter* painter)
{
    m_passes = {};
    if (m_plan) {
        double y = paintTable(painter, 0);
        y = paintCost(painter, y);
        y = paintRules(painter, y);
        return paintPlanSteps(painter, y);
    }
    const double y = m_shift ? paintShift(painter, 0) : 4;
    return paintBackends(painter, y);
}

double PlanPicture::paintTable(QPainter* painter, double y) const
{
    const auto& theme = currentTheme();
    const Pen pen(painter);
    const bool isNarrow = width() < 680;
    const double w = width(), needed = w * (isNarrow ? 0.335 : 0.36), placeable = w * (isNarrow ? 0.465 : 0.50), bar = w * (isNarrow ? 0.625 : 0.66), after = w * (isNarrow ? 0.735 : 0.76);
    pen.text(QRectF(0, y, needed, 20), tr("GPUs by target and model"), theme.t3, 12);
    pen.text(QRectF(needed, y, w * 0.12, 20), tr("Needed"), theme.t3, 12, QFont::Normal, Qt::AlignRight);
    pen.text(QRectF(placeable, y, w * 0.14, 20), tr("Placeable"), theme.t3, 12, QFont::Normal, Qt::AlignRight);
    pen.text(QRectF(bar, y, w * 0.09, 20), tr("Fit"), theme.t3, 12);
    pen.text(QRectF(after, y, w - after, 20), tr("Allocated after"), theme.t3, 12, QFont::Normal, Qt::AlignRight);
    y += 26;
    for (const auto& line : m_lines) {
        if (line.isTarget) {
            pen.fill(QRectF(0, y - 3, w, 1), theme.line);
            pen.fill(QRectF(0, y + 4, 3, 12), theme.provider(line.provider));
        }
        const bool isShort = line.shortGpus > 0 || line.needed > line.placeable;
        const auto number = [](std::int64_t count) { return QLocale().toString(static_cast<qlonglong>(count)); };
        // A name has the room that its number leaves.
        const double left = line.isTarget ? 10 : 22, numberWidth = line.isStale ? w * 0.12 : QFontMetricsF(textFont(13)).horizontalAdvance(number(line.needed)) + 12;
        pen.text(QRectF(left, y, needed + w * 0.12 - numberWidth - left, 20), line.name, line.isTarget ? theme.t1 : line.isStale ? theme.amber : theme.t2, 13, line.isTarget ? QFont::DemiBold : QFont::Normal);
        if (line.isStale) {
            pen.text(QRectF(needed, y, w - needed, 20), line.after, theme.amber, 12, QFont::Normal, Qt::AlignRight);
            y += 26;
            continue;
        }
        pen.text(QRectF(needed, y, w * 0.12, 20), number(line.needed), theme.t1, 13, QFont::Normal, Qt::AlignRight);
        pen.text(QRectF(placeable, y, w * 0.14, 20), line.needed < 0 ? tr("frees %1").arg(format::count(static_cast<std::uint64_t>(-line.needed))) : number(line.placeable),
            line.needed > 0 && isShort ? theme.red : theme.t2, line.needed < 0 ? 12 : 13, QFont::Normal, Qt::AlignRight);
        if (line.needed > 0) {
            const double most = static_cast<double>(std::max({ line.needed, line.placeable, std::int64_t { 1 } })), span = w * 0.09;
            const double fits = span * static_cast<double>(line.needed - line.shortGpus) / most, lacks = span * static_cast<double>(line.shortGpus) / most;
            pen.fill(QRectF(bar, y + 7, span, 6), theme.s3);
            pen.fill(QRectF(bar, y + 7, fits, 6), theme.state(GpuState::Busy));
            pen.fill(QRectF(bar + fits, y + 7, lacks, 6), theme.red);
        }
        // What breaks first says the cap too, where there is no room for it here.
        pen.text(QRectF(after, y, w - after, 20), isNarrow ? line.after : line.after + line.cap, theme.t2, 12, QFont::Normal, Qt::AlignRight);
        y += 26;
    }
    if (m_lines.empty()) {
        pen.text(QRectF(0, y, w, 20), tr("No target needs more GPUs or gives any back."), theme.t2, 13);
        y += 26;
    }
    return y;
}

double PlanPicture::paintCost(QPainter* painter, double y) const
{
    const auto& theme = currentTheme();
    const Pen pen(painter);
    const double w = width(), column = w / 4.6;
    const auto& effect = m_plan->judgement.effect;
    // Where nothing has a price, no sum is known: a zero would be a lie.
    const bool priced = effect.prices != PriceBasis();
    const auto dollars = [&](double value) { return !priced ? QStringLiteral("–") : QStringLiteral("$") + QLocale().toString(static_cast<qlonglong>(std::llround(value))); };
    pen.fill(QRectF(0, y, w, 1), theme.line);
    y += 8;
    const auto figure = [&](double x, double span, const QString& caption, const QString& value, const QColor& colour, int pixels = 16) {
        pen.text(QRectF(x, y, span - 8, 16), caption, theme.t3, 12);
        pen.text(QRectF(x, y + 17, span - 8, 22), value, colour, pixels, pixels == 16 ? QFont::DemiBold : QFont::Normal);
    };
    figure(0, column, tr("Cost/h before"), dollars(effect.costBefore), theme.t1);
    figure(column, column, tr("after"), dollars(effect.costAfter), theme.t1);
    figure(column * 2, column, tr("change"), priced ? format::costChange(effect.costAfter - effect.costBefore) : QStringLiteral("–"), theme.t1);
    if (effect.firstBreak && m_plan->ground) {
        const auto& at = *effect.firstBreak;
        const auto& backend = m_plan->ground->rules().routes[at.route].backends[at.backend];
        figure(column * 3, w - column * 3, at.reach < 1 ? tr("Breaks first: %1").arg(QString::fromStdString(backend.name)) : tr("Would break next: %1").arg(QString::fromStdString(backend.name)),
            at.reach < 1 ? tr("at %1 % of this change").arg(std::floor(at.reach * 100), 0, 'f', 0) : at.reach < 100 ? tr("at %1 times this change").arg(at.reach, 0, 'f', 1) : tr("far from here"),
            at.reach < 1 ? theme.red : theme.t1, 13);
        y += 42;
        pen.text(QRectF(column * 3, y - 2, w - column * 3, 16), QString::fromStdString(at.because), theme.t3, 12);
    } else
        y += 42;
    // A price without a day would look like a bill.
    const auto basis = pricesText(effect.prices);
    const auto line = basis.isEmpty() ? tr("no prices for these GPUs") : effect.unpriced > 0 ? tr("%1; %2 GPUs have none").arg(basis, format::count(static_cast<std::uint64_t>(effect.unpriced))) : basis;
    // Beside why it breaks, where there is room.
    const bool fits = QFontMetricsF(textFont(12)).horizontalAdvance(line) <= column * 3 - 8;
    if (!fits && effect.firstBreak)
        y += 18;
    pen.text(QRectF(0, y - 2, fits ? column * 3 - 8 : w, 16), line, basis.isEmpty() || effect.unpriced > 0 ? theme.amber : theme.t3, 12);
    y += 22;
    const auto costs = priced ? costsByProvider(m_plan->lines) : std::vector<ProviderCost>();
    if (costs.size() < 2)
        return y;
    for (const auto& it : costs) {
        pen.fill(QRectF(0, y + 2, 3, 12), theme.provider(QString::fromStdString(it.provider)));
        pen.text(QRectF(10, y, w * 0.3 - 10, 16), QString::fromStdString(it.provider), theme.t2, 12);
        pen.text(QRectF(w * 0.3, y, w * 0.2, 16), dollars(it.before), theme.t2, 12, QFont::Normal, Qt::AlignRight);
        pen.text(QRectF(w * 0.5, y, w * 0.25, 16), dollars(it.after), theme.t2, 12, QFont::Normal, Qt::AlignRight);
        pen.text(QRectF(w * 0.75, y, w * 0.25, 16), format::costChange(it.after - it.before), theme.t2, 12, QFont::Normal, Qt::AlignRight);
        y += 20;
    }
    return y + 4;
}

double PlanPicture::paintBlock(QPainter* painter, double y, const Interlock& it) const
{
    const auto& theme = currentTheme();
    const Pen pen(painter);
    const double w = width(), left = 150, room = w - left - 4;
    auto evidence = QString::fromStdString(it.evidence);
    if (it.overridden)
        evidence += tr(" (overridden by %1: %2)").arg(QString::fromStdString(it.overridden->person), QString::fromStdString(it.overridden->reason));
    const double lines = std::max(20.0, QFontMetricsF(textFont(12)).boundingRect(QRectF(0, 0, room, 1000), Qt::TextWordWrap, evidence).height() + 4);
    const bool stepped = it.rule == "capacity" && m_plan->steps.size() > 1;
    const double height = lines + (stepped ? 62 : 0) + 5;
    pen.fill(QRectF(0, y - 2, w, height), theme.redbg);
    pen.icon(it.overridden ? QStringLiteral("warn") : QStringLiteral("cross"), QRectF(4, y + 3, 14, 14), theme.red);
    pen.text(QRectF(24, y, left - 28, 20), interlockTitle(it.title), theme.red, 13, QFont::Medium);
    pen.wrapped(QRectF(left, y + 2, room, lines), evidence, theme.t1, 12);
    if (stepped) {
        const double span = (w - 24) / static_cast<double>(std::max<std::size_t>(m_plan->steps.size(), 4));
        double x = 24;
        for (const auto& step : m_plan->steps) {
            const bool lacks = step.shortGpus > 0;
            pen.fill(QRectF(x, y + lines + 2, 1, 52), lacks ? theme.red : theme.line2);
            pen.text(QRectF(x + 7, y + lines, span - 8, 18), tr("step %1, %2 %").arg(step.step).arg(step.share, 0, 'f', 0), theme.t2, 12);
            pen.text(QRectF(x + 7, y + lines + 18, span - 8, 18), tr("%1 needed").arg(format::count(static_cast<std::uint64_t>(std::max<std::int64_t>(0, step.needed)))), theme.t1, 12);
            pen.text(QRectF(x + 7, y + lines + 36, span - 8, 18), lacks ? tr("%1 short").arg(format::count(static_cast<std::uint64_t>(step.shortGpus))) : tr("fits"), lacks ? theme.red : theme.t2, 12);
            x += span;
        }
    }
    return y + height + 2;
}

double PlanPicture::paintRules(QPainter* painter, double y)
{
    const auto& theme = currentTheme();
    const Pen pen(painter);
    const double w = width();
    int pass = 0, notes = 0, blocks = 0, overridden = 0;
    QStringList passing;
    for (const auto& it : m_plan->judgement.interlocks) {
        blocks += it.blocks();
        overridden += it.overridden.has_value();
        notes += it.verdict == Interlock::Verdict::Note;
        if (it.verdict == Interlock::Verdict::Pass) {
            ++pass;
            passing << interlockTitle(it.title).toLower();
        }
    }
    pen.fill(QRectF(0, y, w, 1), theme.line);
    y += 10;
    pen.text(QRectF(0, y, 84, 20), tr("Interlocks"), theme.t1, 13, QFont::DemiBold);
    pen.text(QRectF(84, y, w - 84, 20), overridden > 0 ? tr("%1 pass, %2 noted, %3 overridden, %4 block").arg(pass).arg(notes).arg(overridden).arg(blocks) : tr("%1 pass, %2 noted, %3 block").arg(pass).arg(notes).arg(blocks), theme.t3, 13);
    y += 26;
    for (const auto& it : m_plan->judgement.interlocks)
        if (it.verdict == Interlock::Verdict::Block)
            y = paintBlock(painter, y, it);
    const auto row = [&](const Interlock& it) {
        const bool note = it.verdict == Interlock::Verdict::Note;
        const auto evidence = QString::fromStdString(it.evidence);
        const double room = w - 150;
        const double height = note ? std::max(20.0, QFontMetricsF(textFont(12)).boundingRect(QRectF(0, 0, room, 1000), Qt::TextWordWrap, evidence).height() + 4) : 20;
        pen.icon(note ? QStringLiteral("info") : QStringLiteral("check"), QRectF(4, y + 3, 14, 14), note ? theme.amber : theme.green);
        pen.text(QRectF(24, y, 122, 20), interlockTitle(it.title), note ? theme.amber : theme.t1, 13);
        if (note)
            pen.wrapped(QRectF(150, y + 2, room, height), evidence, theme.t2, 12);
        else
            pen.text(QRectF(150, y, room, 20), evidence, theme.t2, 12);
        y += height + 4;
    };
    for (const auto& it : m_plan->judgement.interlocks)
        if (it.verdict == Interlock::Verdict::Note)
            row(it);
    if (pass == 0)
        return y + 6;
    m_passes = QRectF(0, y, w, 22);
    pen.icon(QStringLiteral("check"), QRectF(4, y + 4, 14, 14), theme.green);
    pen.text(QRectF(w - 60, y, 60, 20), m_expanded ? tr("Hide") : tr("Show"), theme.acc, 12, QFont::Medium, Qt::AlignRight);
    pen.text(QRectF(24, y, w - 90, 20), m_expanded ? tr("%1 pass").arg(pass) : tr("%1 pass: %2").arg(pass).arg(passing.join(QStringLiteral(", "))), theme.t2, 13);
    y += 24;
    if (m_expanded)
        for (const auto& it : m_plan->judgement.interlocks)
            if (it.verdict == Interlock::Verdict::Pass)
                row(it);
    return y + 6;
}

double PlanPicture::paintPlanSteps(QPainter* painter, double y) const
{
    const auto& theme = currentTheme();
    const Pen pen(painter);
    const auto& plan = m_plan->plan;
    const auto steps = plan.steps();
    pen.fill(QRectF(0, y, width(), 1), theme.line);
    y += 10;
    pen.text(QRectF(0, y, 150, 20), tr("Steps and way back"), theme.t1, 13, QFont::DemiBold);
    pen.text(QRectF(150, y, width() - 150, 20), steps == 0 ? tr("nothing to do") : steps == 1 ? tr("1 step, receivers are raised first, about %1").arg(format::duration(m_plan->expected))
                                                                            : tr("%1 steps, receivers are raised first, about %2").arg(steps).arg(format::duration(m_plan->expected)), theme.t3, 13);
    y += 34;
    if (steps == 0)
        return y;
    std::vector<Stop> stops(steps + 1);
    for (std::size_t s = 0; s <= steps; ++s) {
        stops[s].title = s == 0 ? tr("now") : QString::number(s);
        for (const auto& move : plan.moves)
            stops[s].shares << format::split(s == 0 ? move.from : move.steps[std::min(s, move.steps.size()) - 1]);
        stops[s].isShort = std::ranges::any_of(m_plan->steps, [&](const StepNeed& it) { return it.step == s && it.shortGpus > 0; });
    }
    y = paintStops(painter, y, stops, true, false);
    std::size_t back = 0;
    for (const auto& move : m_plan->back)
        back = std::max(back, move.steps.size());
    QStringList names;
    for (const auto& move : plan.moves)
        names << QString::fromStdString(move.route);
    if (plan.moves.size() > 1) {
        pen.text(QRectF(0, y, width(), 18), tr("From above: %1").arg(names.join(QStringLiteral(", "))), theme.t3, 12);
        y += 18;
    }
    pen.text(QRectF(0, y, width(), 18), back == 1 ? tr("Way back: 1 step, judged again before each step.") : tr("Way back: %1 steps, judged again before each step.").arg(back), theme.acc, 12);
    return y + 22;
}

} // namespace penstock
