// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "evacuationpicture.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <vector>
#include <cmath>
#include <map>

#include "controls/paint.h"
#include "controls/theme.h"
#include "models/format.h"
#include "planparts.h"

namespace penstock {

namespace {

    constexpr std::size_t mostShed = 20;

    QString gpus(std::int64_t count) { return format::count(static_cast<std::uint64_t>(std::max<std::int64_t>(0, count))); }

    void text(QPainter* painter, const QRectF& box, const QString& what, const QColor& colour, int pixels, int weight = QFont::Normal, int align = Qt::AlignLeft)
    {
        if (!painter)
            return;
        painter->setFont(textFont(pixels, weight));
        painter->setPen(colour);
        painter->drawText(box, align | Qt::AlignVCenter, painter->fontMetrics().elidedText(what, Qt::ElideRight, static_cast<int>(box.width())));
    }

} // namespace

void EvacuationPanel::Picture::show(const EvacuationFigures* figures, const QString& why)
{
    m_figures = figures ? std::optional(*figures) : std::nullopt;
    m_why = why;
    readFlows();
    setMinimumHeight(static_cast<int>(paint(nullptr)) + 8);
    update();
}

void EvacuationPanel::Picture::resizeEvent(QResizeEvent*) { setMinimumHeight(static_cast<int>(paint(nullptr)) + 8); }

void EvacuationPanel::Picture::readFlows()
{
    m_flows.clear();
    if (!m_figures || !m_figures->evacuation)
        return;
    const auto& evacuation = *m_figures->evacuation;
    for (const auto& it : evacuation.flows) {
        if (it.route >= m_figures->routes.size())
            continue;
        const auto& route = m_figures->routes[it.route];
        Flow flow { .route = QString::fromStdString(route.name), .provider = {}, .gpus = it.gpus, .homeless = it.homeless, .to = {} };
        for (const auto& backend : route.backends)
            if (flow.provider.isEmpty() && (evacuation.scope.provider.empty() || backend.scope.provider == evacuation.scope.provider))
                flow.provider = QString::fromStdString(backend.scope.provider);
        for (const auto& landed : it.to) {
            const auto& backend = route.backends[landed.backend];
            flow.to.push_back({ QString::fromStdString(backend.name), QString::fromStdString(backend.scope.provider.empty() ? backend.name : backend.scope.provider), landed.gpus, landed.placeable });
        }
        m_flows.push_back(std::move(flow));
    }
}

std::int64_t EvacuationPanel::Picture::leavingGpus(std::optional<Priority> of) const
{
    std::int64_t leaving = 0;
    if (m_figures && m_figures->evacuation)
        for (const auto& flow : m_figures->evacuation->flows)
            leaving += !of || flow.priority == *of ? flow.gpus : 0;
    return leaving;
}

double EvacuationPanel::Picture::paintFigures(QPainter* painter, double y) const
{
    const auto& theme = currentTheme();
    const auto& it = *m_figures;
    struct Figure
    {
        QString value, caption;
        QColor colour;
    };
    std::vector<Figure> figures;
    const auto ended = it.evacuation ? it.evacuation->endedGpus() : 0, homeless = it.evacuation ? it.evacuation->homelessGpus() : 0;
    if (it.evacuation)
        figures.push_back({ format::wholePercent(it.evacuation->survives), ended > 0 ? tr("carried, with shedding") : tr("interactive carried"), it.evacuation->survives < 99.95 ? theme.red : theme.t1 });
    figures.push_back({ gpus(leavingGpus()), tr("GPUs leave"), theme.t1 });
    figures.push_back({ gpus(ended), tr("GPUs shed"), ended > 0 ? theme.amber : theme.t1 });
    if (homeless > 0)
        figures.push_back({ gpus(homeless), tr("no place"), theme.red });
    if (homeless == 0)
        figures.push_back({ QString::number(it.plan.moves.size()), tr("routes change"), theme.t1 });
    figures.push_back({ format::duration(it.expected), tr("expected"), theme.t1 });
    const auto& effect = it.judgement.effect;
    const bool priced = it.evacuation && (effect.costBefore > 0 || effect.costAfter > 0);
    figures.push_back({ priced ? format::costChange(it.evacuation->movedCost()) : QStringLiteral("–"), !priced && leavingGpus() > 0 && !it.plan.moves.empty() ? tr("cost/h, no prices") : effect.unpriced > 0 ? tr("cost/h, some unpriced") : ended + homeless > 0 ? tr("cost/h, less what ends") : effect.prices.own ? tr("cost/h") : tr("cost/h, list prices"), theme.t1 });
    const int large = width() < 720 ? 16 : 22;
    // Each figure takes what its text needs, and what is left lies between them.
    const QFontMetricsF values(textFont(large, QFont::DemiBold)), captions(textFont(12));
    double taken = 0;
    std::vector<double> widths;
    for (const auto& figure : figures) {
        widths.push_back(std::ceil(std::max(values.horizontalAdvance(figure.value), captions.horizontalAdvance(figure.caption))) + 4);
        taken += widths.back();
    }
    const double gap = std::min(40.0, (width() - taken) / static_cast<double>(figures.size() - 1));
    double x = 0;
    for (std::size_t i = 0; i < figures.size(); ++i) {
        const double room = gap < 6 ? width() / static_cast<double>(figures.size()) - 6 : widths[i];
        text(painter, QRectF(x, y, room, 28), figures[i].value, figures[i].colour, large, QFont::DemiBold);
        text(painter, QRectF(x, y + 28, room, 18), figures[i].caption, theme.t3, 12);
        x += room + std::max(6.0, gap);
    }
    y += 56;
    if (painter)
        painter->fillRect(QRectF(0, y, width(), 1), theme.line);
    return y + 10;
}

double EvacuationPanel::Picture::paintFlows(QPainter* painter, double y) const
{
    const auto& theme = currentTheme();
    const double w = width(), left = w * 0.30, right = w * 0.62;
    text(painter, QRectF(0, y, right - 8, 18), tr("from %1, GPUs").arg(targetText(m_figures->plan.scope)), theme.t3, 12);
    text(painter, QRectF(right + 12, y, 60, 18), tr("to"), theme.t3, 12);
    text(painter, QRectF(right, y, w - right, 18), std::ranges::any_of(m_flows, [](const Flow& flow) { return std::ranges::any_of(flow.to, [](const Flow::To& to) { return to.placeable > 0; }); }) ? tr("GPUs needed (of placeable)") : tr("GPUs"), theme.t3, 12, QFont::Normal, Qt::AlignRight);
    y += 24;
    if (m_flows.empty()) {
        text(painter, QRectF(0, y, w, 20), tr("No route has load there: nothing is left to move."), theme.t2, 13);
        return y + 28;
    }
    std::int64_t most = 1;
    double rows = 0;
    for (const auto& flow : m_flows) {
        most += std::max<std::int64_t>(flow.gpus, 0);
        rows += static_cast<double>(std::max<std::size_t>(1, flow.to.size() + (flow.homeless > 0 ? 1 : 0)));
    }
    // A band is as high as its share of what moves, and high enough for its label.
    constexpr double least = 20, gap = 6;
    const double scale = std::max(60.0, 120 - rows * least * 0.4) / static_cast<double>(most);
    std::int64_t landing = 0, needed = 0;
    for (const auto& flow : m_flows) {
        double heightTo = flow.homeless > 0 ? std::max(least, static_cast<double>(flow.homeless) * scale) + gap : 0;
        std::int64_t going = 0;
        for (const auto& to : flow.to) {
            heightTo += std::max(least, static_cast<double>(to.gpus) * scale) + gap;
            going += to.gpus;
        }
        if (going > 0) {
            landing += flow.gpus - flow.homeless;
            needed += going;
        }
        const double heightFrom = std::max({ least, static_cast<double>(flow.gpus) * scale, heightTo - gap });
        text(painter, QRectF(0, y + heightFrom / 2 - 10, left - 90, 20), flow.route, theme.t1, 13);
        text(painter, QRectF(left - 90, y + heightFrom / 2 - 10, 80, 20), gpus(flow.gpus), theme.t1, 13, QFont::Normal, Qt::AlignRight);
        if (painter)
            painter->fillRect(QRectF(left, y, 3, heightFrom), theme.provider(flow.provider));
        double from = y, at = y;
        // What has a place in proportion to where it goes, in GPUs of the models there; the rest ends in nothing.
        const double placed = flow.gpus > 0 ? heightFrom * static_cast<double>(flow.gpus - std::min(flow.gpus, flow.homeless)) / static_cast<double>(flow.gpus) : 0;
        const auto ribbon = [&](double part, double high, const QColor& colour) {
            if (painter) {
                const double middle = (left + right) / 2;
                QPainterPath path(QPointF(left + 3, from));
                path.cubicTo(middle, from, middle, at, right, at);
                path.lineTo(right, at + high);
                path.cubicTo(middle, at + high, middle, from + part, left + 3, from + part);
                path.closeSubpath();
                painter->setRenderHint(QPainter::Antialiasing);
                painter->fillPath(path, theme.mixed(colour, 0.3));
                painter->setRenderHint(QPainter::Antialiasing, false);
                painter->fillRect(QRectF(right, at, 3, high), colour);
            }
            from += part;
            at += high + gap;
        };
        for (const auto& to : flow.to) {
            const double high = std::max(least, static_cast<double>(to.gpus) * scale);
            const double middle = at + high / 2 - 10;
            text(painter, QRectF(right + 12, middle, w - right - 150, 20), to.name, theme.t1, 13);
            text(painter, QRectF(w - 140, middle, 140, 20), to.placeable > 0 ? tr("%1 of %2").arg(gpus(to.gpus), gpus(to.placeable)) : gpus(to.gpus), to.placeable > 0 && to.gpus > to.placeable ? theme.amber : theme.t1, 13, QFont::Normal, Qt::AlignRight);
            ribbon(going > 0 ? placed * static_cast<double>(to.gpus) / static_cast<double>(going) : 0, high, theme.provider(to.provider));
        }
        if (flow.homeless > 0) {
            const double high = std::max(least, static_cast<double>(flow.homeless) * scale);
            const double middle = at + high / 2 - 10;
            text(painter, QRectF(right + 12, middle, w - right - 150, 20), tr("no place"), theme.red, 13);
            text(painter, QRectF(w - 140, middle, 140, 20), gpus(flow.homeless), theme.red, 13, QFont::Normal, Qt::AlignRight);
            ribbon(heightFrom - placed, high, theme.red);
        } else if (flow.to.empty())
            text(painter, QRectF(left + 12, y, w - left, 20), tr("finds no place"), theme.red, 13);
        y += heightFrom + 12;
    }
    // Whole replicas and other models: nobody should add up both sides and find that GPUs are lost.
    if (landing != needed) {
        text(painter, QRectF(0, y, w, 20), tr("What %1 GPUs carry here takes %2 there, by the performance of the models and in whole replicas.").arg(gpus(landing), gpus(needed)), theme.t3, 12);
        y += 24;
    }
    return y;
}

double EvacuationPanel::Picture::paintShed(QPainter* painter, double y) const
{
    const auto& theme = currentTheme();
    const auto line = [&](const QString& what, const QColor& colour) {
        if (painter)
            paintStateGlyph(*painter, QRectF(0, y + 4, 12, 12), GpuState::Draining);
        const QRectF room(20, y + 2, width() - 20.0, 400);
        const auto taken = QFontMetricsF(textFont(12)).boundingRect(room, Qt::TextWordWrap, what).height();
        if (painter) {
            painter->setFont(textFont(12));
            painter->setPen(colour);
            painter->drawText(room, Qt::TextWordWrap, what);
        }
        y += std::max(22.0, taken + 6);
    };
    // One line a workload: what ends elsewhere to make room, and what leaves and finds no place.
    struct Sum
    {
        std::int64_t gpus = 0;
        std::map<std::string, std::int64_t> places;
    };
    const auto& scope = m_figures->plan.scope;
    std::map<std::pair<bool, std::string>, Sum> sums; ///< what finds no place comes first
    for (const auto& it : m_figures->plan.shed) {
        auto& sum = sums[{ !scope.contains(it.provider, it.region, it.cluster), it.workload }];
        sum.gpus += it.gpus;
        sum.places[it.provider + (it.region.empty() ? "" : "/") + it.region] += it.gpus;
    }
    std::size_t told = 0;
    for (const auto& [key, sum] : sums) {
        if (told++ == mostShed) {
            line(tr("and %1 more").arg(sums.size() - mostShed), theme.amber);
            break;
        }
        const auto workload = QString::fromStdString(key.second);
        QStringList places;
        for (const auto& [place, count] : sum.places)
            places << QStringLiteral("%1 %2").arg(QString::fromStdString(place), gpus(count));
        line((key.first ? tr("Fits once %1 GPUs of %2 have ended, which is for you to do: %3") : tr("%1 GPUs of %2 find no place and stop: %3")).arg(gpus(sum.gpus), workload, places.join(QStringLiteral(", "))), key.first ? theme.amber : theme.red);
    }
    if (const auto& it = m_figures->evacuation; it && it->survives - it->survivesUnshed >= 0.05)
        line(tr("Without stopping jobs %1 of all interactive load is carried.").arg(format::wholePercent(it->survivesUnshed)), theme.t2);
    if (m_figures->evacuation) {
        QStringList unrouted, stuck;
        for (const auto& it : m_figures->evacuation->unrouted)
            unrouted << QString::fromStdString(it);
        for (const auto& it : m_figures->evacuation->stuck)
            stuck << QString::fromStdString(it);
        if (!unrouted.isEmpty())
            line(tr("No route moves %1: it stays where it is.").arg(unrouted.join(QStringLiteral(", "))), theme.t2);
        if (!stuck.isEmpty())
            line(tr("%1 stays: nobody else can take it, or its router would not let it go.").arg(stuck.join(QStringLiteral(", "))), theme.red);
    }
    for (const auto& it : m_figures->unanswered)
        line(tr("The weights of %1 could not be read; its row on the Load page says why.").arg(QString::fromStdString(it)), theme.red);
    return y;
}

double EvacuationPanel::Picture::paintProviders(QPainter* painter, double y) const
{
    const auto& theme = currentTheme();
    std::map<std::string, EffectLine> providers;
    for (const auto& line : m_figures->lines) {
        auto& sum = providers[line.provider].sum;
        sum.needed += line.sum.needed;
        sum.freed += line.sum.freed;
        sum.usable += line.sum.usable;
        sum.allocatedBefore += line.sum.allocatedBefore;
        sum.allocatedAfter += line.sum.allocatedAfter;
        sum.costBefore += line.sum.costBefore;
        sum.costAfter += line.sum.costAfter;
    }
    if (providers.empty())
        return y;
    const double w = width(), columns[] { 0, w * 0.30, w * 0.62, w };
    const auto cell = [&](int column, const QString& what, const QColor& colour, int align = Qt::AlignRight) {
        text(painter, QRectF(columns[column], y, columns[column + 1] - columns[column] - (column == 0 ? 8 : 0), 20), what, colour, column == 0 ? 13 : 12, QFont::Normal, align);
    };
    text(painter, QRectF(0, y, columns[1], 20), tr("GPUs by provider"), theme.t3, 12);
    cell(1, tr("allocated, then"), theme.t3);
    cell(2, tr("cost/h of what moves, then"), theme.t3);
    y += 22;
    for (const auto& [name, line] : providers) {
        const auto provider = QString::fromStdString(name);
        const auto change = line.sum.needed - line.sum.freed;
        if (painter)
            painter->fillRect(QRectF(0, y + 4, 3, 12), theme.provider(provider));
        text(painter, QRectF(10, y, columns[1] - 90, 20), provider, theme.t1, 13);
        text(painter, QRectF(columns[1] - 90, y, 80, 20), (change < 0 ? QStringLiteral("−") : QStringLiteral("+")) + gpus(std::abs(change)), theme.t1, 13, QFont::Normal, Qt::AlignRight);
        const auto full = line.utilisationAfter();
        cell(1, line.sum.usable > 0 ? tr("%1, then %2").arg(format::percent(line.utilisationBefore()), format::percent(full)) : QStringLiteral("–"), full > 99.95 ? theme.amber : theme.t2);
        cell(2, line.sum.costBefore > 0 || line.sum.costAfter > 0 ? tr("%1, then %2").arg(format::dollars(line.sum.costBefore), format::dollars(line.sum.costAfter)) : QStringLiteral("–"), theme.t2);
        y += 22;
    }
    return y + 6;
}

double EvacuationPanel::Picture::paintSteps(QPainter* painter, double y) const
{
    const auto& theme = currentTheme();
    const auto& plan = m_figures->plan;
    const auto steps = plan.steps();
    text(painter, QRectF(0, y, 50, 20), tr("Steps"), theme.t1, 13, QFont::DemiBold);
    text(painter, QRectF(52, y, width() - 52.0, 20), steps == 0 ? tr("none") : steps == 1 ? tr("one, then the routers are read back. Way back: %1").arg(QString::fromStdString(m_figures->wayBack)) : tr("%1, each read back before the next. Way back: %2").arg(steps).arg(QString::fromStdString(m_figures->wayBack)), theme.t3, 13);
    y += 28;
    if (steps == 0)
        return y;
    std::map<QString, double> raised;
    QStringList drained, shed;
    for (const auto& move : plan.moves) {
        const auto route = std::ranges::find(m_figures->routes, move.route, &Route::name);
        if (route == m_figures->routes.end() || move.steps.empty())
            continue;
        double given = 0;
        for (std::size_t b = 0; b < std::min({ route->backends.size(), move.from.size(), move.steps.back().size() }); ++b) {
            const double change = move.steps.back()[b] - move.from[b];
            if (change > 0)
                raised[QString::fromStdString(route->backends[b].name)] += change;
            else
                given -= change;
        }
        drained << QStringLiteral("%1 −%2").arg(QString::fromStdString(move.route), QString::number(given, 'f', 0));
    }
    QStringList receivers;
    for (const auto& [name, change] : raised)
        receivers << QStringLiteral("%1 +%2").arg(name, QString::number(change, 'f', 0));
    for (const auto& it : plan.shed)
        if (const auto name = QString::fromStdString(it.workload); !shed.contains(name) && !plan.scope.contains(it.provider, it.region, it.cluster))
            shed << name;
    const auto target = targetText(plan.scope);
    std::vector<std::pair<QString, QString>> parts { { tr("Raise receivers"), receivers.join(QStringLiteral(", ")) + tr(" (points)") },
        { tr("Drain %1").arg(plan.scope.region.empty() ? target : QString::fromStdString(plan.scope.region)), drained.join(QStringLiteral(", ")) }, { tr("Read back"), tr("observed 0 at %1").arg(target) } };
    // Penstock moves requests; who runs the jobs ends them.
    if (!shed.isEmpty())
        parts.insert(parts.begin(), { tr("You end jobs"), shed.join(QStringLiteral(", ")) });
    const double span = width() / static_cast<double>(parts.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const double x = span * static_cast<double>(i);
        if (painter)
            painter->fillRect(QRectF(x, y + 1, 18, 18), theme.s3);
        text(painter, QRectF(x, y, 18, 20), QString::number(i + 1), theme.t1, 12, QFont::Medium, Qt::AlignHCenter);
        text(painter, QRectF(x + 26, y, span - 34, 20), parts[i].first, theme.t1, 13, QFont::Medium);
        if (painter) {
            painter->setFont(textFont(12));
            painter->setPen(theme.t2);
            painter->drawText(QRectF(x, y + 24, span - 12, 34), Qt::AlignTop | Qt::TextWordWrap, parts[i].second);
        }
    }
    return y + 62;
}

double EvacuationPanel::Picture::paint(QPainter* painter) const
{
    const auto& theme = currentTheme();
    if (!m_figures) {
        if (painter && !m_why.isEmpty()) {
            painter->setFont(textFont(13));
            painter->setPen(theme.red);
            painter->drawText(QRectF(0, 4, width(), 200), Qt::AlignTop | Qt::TextWordWrap, m_why);
        }
        return 120;
    }
    double y = paintFigures(painter, 2);
    const auto& interlocks = m_figures->judgement.interlocks;
    // What stands against it comes first: it must be seen without scrolling. Nothing that moves is nothing to judge.
    const bool judged = !m_figures->plan.moves.empty();
    if (judged && std::ranges::any_of(interlocks, [](const Interlock& it) { return it.verdict == Interlock::Verdict::Block; }))
        y = paintBlockers(painter, y, width(), interlocks) + 8;
    y = paintFlows(painter, y);
    y = paintShed(painter, y) + 6;
    const auto rule = [&] {
        if (painter)
            painter->fillRect(QRectF(0, y, width(), 1), theme.line);
        y += 10;
    };
    if (!judged)
        return y;
    rule();
    y = paintProviders(painter, y);
    rule();
    y = paintInterlockCounts(painter, y, width(), interlocks);
    y = paintUnblocking(painter, y, width(), interlocks) + 6;
    rule();
    return paintSteps(painter, y);
}

void EvacuationPanel::Picture::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    paint(&painter);
}

} // namespace penstock
