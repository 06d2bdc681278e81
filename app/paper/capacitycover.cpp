// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "capacitypaper.h"
#include "models/capacitymodel.h"
#include "models/capacitytext.h"
#include "models/format.h"

namespace penstock {

namespace {

constexpr std::size_t mostOnCover = 6;
constexpr int oneLine = Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine;

using Line = ReportFigures::Line;

/// Smaller, before anything is cut off.
QFont fitted(const QString& text, int size, int weight, double room)
{
    const auto font = paperFont(size, weight);
    const double needs = QFontMetricsF(font).horizontalAdvance(text);
    return needs <= room ? font : paperFont(std::max(58, static_cast<int>(size * room / needs)), weight);
}

/// It has run out, or may within what is told.
bool isComing(const CapacityFigures& it)
{
    return it.runOut && (it.runOut->already || it.runOut->earliest || it.runOut->likely);
}

/// "14 Feb 2027" of what is kept of a report.
QString runsOutOf(const Line& line)
{
    return line.hasRunOut ? runsOutText(RunOut { .already = true, .earliest = {}, .likely = {}, .latest = {} })
        : line.runsOut    ? format::day(*line.runsOut)
                          : QStringLiteral("–");
}

QString sinceLast(const std::optional<double>& before, const std::optional<double>& after, bool dollars)
{
    const auto text = deltaText(before, after, dollars);
    return text.isEmpty()                     ? QString()
        : text == QLatin1String("0")          ? CapacityPaper::tr("unchanged")
                                              : CapacityPaper::tr("%1 since the last report").arg(text);
}

} // namespace

void CapacityPaper::cover()
{
    m_sheet.text(QStringLiteral("PENSTOCK"), [] {
        auto font = paperFont(84, QFont::DemiBold);
        font.setLetterSpacing(QFont::AbsoluteSpacing, 5);
        return font;
    }(), m_theme.acc);
    m_sheet.space(330);
    m_sheet.text(tr("Capacity report"), paperFont(300, QFont::DemiBold), m_theme.t1);
    m_sheet.space(20);
    if (!m_report.facts.source.empty())
        m_sheet.text(QString::fromStdString(m_report.facts.source), paperFont(150), m_theme.t2);
    m_sheet.space(70);
    const auto shown = m_report.isOfNow
        ? tr("one moment, no history yet")
        : tr("the last %1, %2").arg(CapacityText::range(m_report.range), CapacityText::steps(m_report.range));
    m_sheet.text(tr("As of %1  ·  %2").arg(moment(m_report.at), shown), paperFont(88), m_theme.t3);
    m_sheet.space(230);
    headline();
    figures();
    changesInShort();
    runsOutFirst();
    if (m_report.isOfNow)
        return;
    constexpr double least = 1100, most = 2350, aTitle = 340;
    m_hasChart = m_sheet.pages() == 1 && m_sheet.left() > least + aTitle;
    if (m_hasChart)
        chart(tr("By provider"), m_report.history, std::min(most, m_sheet.left() - aTitle));
}

/// The one sentence that most readers take away.
void CapacityPaper::headline()
{
    const auto* told = m_report.told();
    const auto out = told ? told->runOut : std::nullopt;
    const bool isLasting = out && !out->missing;
    const bool isDanger = out && out->already, isCaution = out && out->likely;
    const auto big = isDanger ? tr("Demand is above capacity now")
        : isCaution           ? tr("Capacity runs out on %1").arg(runsOutText(out))
        : isLasting           ? tr("Capacity lasts beyond %1").arg(format::day(out->horizon))
                              : tr("It is not known yet when capacity runs out");
    QString small;
    if (isCaution)
        small = tr("Most likely, %1. Eight in ten such dates fall in this range, by back-tests.")
                    .arg(CapacityText::runsOutNote(*out, m_report.at));
    else if (out && out->missing && !isDanger)
        small = CapacityText::runsOutNote(*out, m_report.at);
    else if (out && !isDanger)
        small = out->earliest ? tr("It may run out %1.").arg(runsOutRange(out)) : tr("The forecast stays below capacity until then.");
    else if (!out)
        small = CapacityText::forecast(told);
    if (const auto first = out ? CapacityText::firstOut(m_report.outlook.rows, *out) : QString(); !first.isEmpty())
        small = small.isEmpty() ? first : tr("%1. All together: %2").arg(first, small);
    const int urgency = urgencyOf(out, m_report.at);
    const auto fill = urgency == 2 ? m_theme.redbg : urgency == 1 ? m_theme.amberbg : isLasting ? m_theme.greenbg : m_theme.s1;
    const auto ink = urgency == 2 ? m_theme.red : urgency == 1 ? m_theme.amber : isLasting ? m_theme.green : m_theme.t2;
    m_sheet.draw(small.isEmpty() ? 330 : 470, [=, theme = m_theme](QPainter& painter, const QRectF& box) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(fill);
        painter.drawRoundedRect(box, 60, 60);
        painter.setBrush(ink);
        painter.drawRoundedRect(QRectF(box.left(), box.top(), 36, box.height()), 18, 18);
        const auto inner = box.adjusted(150, 80, -120, -80);
        painter.setPen(ink);
        painter.setFont(fitted(big, 158, QFont::DemiBold, inner.width()));
        painter.drawText(QRectF(inner.left(), inner.top(), inner.width(), 180), oneLine, big);
        painter.setPen(theme.t2);
        painter.setFont(fitted(small, 88, QFont::Normal, inner.width()));
        painter.drawText(QRectF(inner.left(), inner.top() + 195, inner.width(), 130), oneLine, small);
    });
    m_sheet.space(200);
}

QString CapacityPaper::changed(const std::optional<double>& now, std::optional<double> Line::* what, bool dollars) const
{
    if (!m_report.last)
        return {};
    return sinceLast(m_report.last->whole.*what, now, dollars);
}

std::vector<CapacityPaper::Figure> CapacityPaper::keyFigureList() const
{
    const auto& whole = m_figures.whole;
    const auto& newest = m_key.newest;
    const auto count = &CapacityText::gpus;
    const auto dated = [&](const QString& what) { return CapacityText::dated(what, newest, m_report.at); };
    const bool isOld = newest.isOldAt(m_report.at);
    const auto ink = isOld ? m_theme.t3 : m_theme.t1;
    const auto share = [](double part, double of) {
        return of > 0 ? format::percent(100 * part / of) : QString();
    };
    std::vector<Figure> made;
    made.push_back({ dated(tr("Supply")), count(newest.supply), CapacityText::ofGpus(newest),
        changed(whole.supply, &Line::supply), ink });
    made.push_back({ tr("Committed now"), gpusText(m_key.committed),
        m_key.committed ? tr("by contracts and reservations") : tr("the workspace names none"),
        changed(whole.committed, &Line::committed), m_theme.t1 });
    made.push_back({ dated(tr("Allocated")), count(newest.allocated), tr("%1 of supply").arg(share(newest.allocated, newest.supply)),
        changed(whole.allocated, &Line::allocated), ink });
    made.push_back({ dated(tr("Busy")), count(newest.busy),
        std::isnan(m_key.peak) || m_report.isOfNow
            ? tr("%1 of supply").arg(share(newest.busy, newest.supply))
            : tr("peak: %1, %2, %3").arg(count(m_key.peak), CapacityText::percent(m_key.peakShare), m_key.peakAt ? format::day(*m_key.peakAt) : QString()),
        changed(whole.busy, &Line::busy), ink });
    made.push_back({ dated(tr("Unmet demand")), count(newest.unmet),
        std::isnan(newest.needed) ? tr("no source tells demand") : tr("of %1 GPUs needed").arg(count(newest.needed)),
        changed(whole.unmet, &Line::unmet), isOld ? ink : newest.unmet > 0 ? m_theme.amber : m_theme.t1 });
    const bool isPriced = whole.dollars.has_value();
    const auto all = m_report.cost ? m_report.cost->all : CostLine();
    const bool isHeard = !std::isnan(all.idle.gpus), lacksSome = isHeard && all.unheard >= 1;
    const auto idle = all.idle.known();
    const bool isWhole = all.rented.unpriced < 1; ///< what they cost is in the figures
    const auto money = [&](double hourly, double hours) {
        return isPriced ? format::dollars(hourly * hours) : QStringLiteral("–");
    };
    const auto perDay = [](const std::optional<double>& hourly) {
        return hourly ? std::optional(*hourly * hoursADay) : std::nullopt;
    };
    const auto changedADay = [&](std::optional<double> Line::* what) {
        if (!m_report.last)
            return QString();
        return sinceLast(perDay(m_report.last->whole.*what), perDay(whole.*what), true);
    };
    const CapacityMoment costOf { .until = all.rented.gpus > 0 ? std::optional(m_report.cost->asOf) : std::nullopt };
    const auto costDated = [&](const QString& what) { return costOf.until && costOf.isOldAt(m_report.at) ? CapacityText::dated(what, costOf, m_report.at) : what; };
    made.push_back({ costDated(tr("Cost a day")), money(all.rented.dollars, hoursADay),
        !isPriced ? tr("no GPU has a price") : isWhole ? tr("all GPUs that are rented") : tr("%1 GPUs have no price").arg(count(all.rented.unpriced)),
        changedADay(&Line::dollars), isWhole ? m_theme.t1 : m_theme.amber });
    made.push_back({ costDated(tr("Cost a month")), money(all.rented.dollars, hoursAMonth),
        !isPriced ? QString() : isWhole ? tr("730 hours") : tr("730 hours, without those"), QString(), isWhole ? m_theme.t1 : m_theme.amber });
    made.push_back({ costDated(tr("Cost of idle a day")), idle ? money(*idle, hoursADay) : QStringLiteral("–"),
        isPriced && !isHeard ? tr("nothing is heard of the GPUs") : isPriced && !idle ? tr("%1 GPUs without a price").arg(count(all.idle.gpus)) : isPriced && lacksSome ? tr("%1 GPUs; of %2 nothing is known").arg(count(all.idle.gpus), count(all.unheard)) : isPriced ? tr("%1 GPUs allocated and idle").arg(count(all.idle.gpus)) : QString(),
        changedADay(&Line::idleDollars), lacksSome ? m_theme.amber : m_theme.t1 });
    return made;
}

/// Four in a line.
void CapacityPaper::figures()
{
    constexpr std::size_t inLine = 4;
    const auto all = keyFigureList();
    for (std::size_t first = 0; first < all.size(); first += inLine) {
        const std::vector<Figure> line(all.begin() + static_cast<std::ptrdiff_t>(first),
            all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), first + inLine)));
        m_sheet.draw(m_report.last ? 720 : 610, [line, theme = m_theme](QPainter& painter, const QRectF& box) {
            const double wide = box.width() / static_cast<double>(inLine);
            for (std::size_t i = 0; i < line.size(); ++i) {
                const auto& it = line[i];
                const double left = box.left() + static_cast<double>(i) * wide, room = wide - 90;
                painter.fillRect(QRectF(left, box.top(), room, 6), theme.line2);
                double top = box.top() + 50;
                const auto write = [&](const QString& text, int size, int weight, const QColor& colour, double high) {
                    const auto font = fitted(text, size, weight, room);
                    painter.setFont(font);
                    painter.setPen(colour);
                    painter.drawText(QRectF(left, top, room + 60, high), oneLine,
                        QFontMetricsF(font).elidedText(text, Qt::ElideRight, room + 60));
                    top += high;
                };
                write(it.label, 80, QFont::Normal, theme.t3, 115);
                write(it.value, 200, QFont::DemiBold, it.colour, 225);
                write(it.note, 74, QFont::Normal, theme.t3, 108);
                write(it.change, 74, QFont::Normal, theme.t2, 108);
            }
        });
    }
    m_sheet.space(60);
}

QString CapacityPaper::noLastText() const
{
    return m_report.lastUnknown.empty() ? tr("This is the first report that is known here: there is no earlier one to compare with.")
                                        : tr("The last report could not be read, so that there is nothing to compare with: %1").arg(QString::fromStdString(m_report.lastUnknown));
}

void CapacityPaper::changesInShort()
{
    if (!m_report.last) {
        m_sheet.subtitle(tr("Since the last report"), 100);
        return note(noLastText());
    }
    m_sheet.subtitle(tr("Since the last report, %1").arg(moment(m_report.last->at)), 100);
    if (m_report.last->simulated != m_report.isSimulated())
        note(m_report.last->simulated ? tr("That one was of simulated fleets: changes mean nothing.")
                                      : tr("That one was of real fleets, and this one is not: changes mean nothing."));
    QStringList said;
    const auto &before = m_report.last->whole, &after = m_figures.whole;
    if (const auto was = runsOutOf(before), is = runsOutOf(after); was != is)
        said << tr("The date on which capacity runs out moved from %1 to %2.").arg(was, is);
    struct Move
    {
        double size;
        QString text;
    };
    std::vector<Move> moves;
    for (const auto& it : changesOf(*m_report.last, m_figures)) {
        const auto name = tr("%1 at %2").arg(QString::fromStdString(it.any().model), QString::fromStdString(it.any().provider));
        const double was = it.before ? it.before->supply.value_or(0) : 0, is = it.after ? it.after->supply.value_or(0) : 0;
        if (!it.before || !it.after)
            moves.push_back({ std::abs(is - was),
                it.after ? tr("%1 is new: %2 GPUs.").arg(name, CapacityText::gpus(is))
                         : tr("%1 is gone: it had %2 GPUs.").arg(name, CapacityText::gpus(was)) });
        else if (std::llround(is) != std::llround(was))
            moves.push_back({ std::abs(is - was), tr("Supply of %1: %2.").arg(name, deltaText(was, is)) });
    }
    std::ranges::stable_sort(moves, std::greater {}, &Move::size);
    for (std::size_t i = 0; i < moves.size() && i < 3; ++i)
        said << moves[i].text;
    if (said.isEmpty())
        said << tr("No supply came or went, and no date moved.");
    note(said.join(QLatin1Char(' ')) + QLatin1Char(' ') + tr("All of it is under \"What changed\"."));
}

PaperSheet::Row CapacityPaper::runOutRow(const CapacityFigures& row) const
{
    const auto& out = row.runOut;
    const int urgency = urgencyOf(out, m_report.at);
    const auto colour = urgency == 2 ? m_theme.red : urgency == 1 ? m_theme.amber : m_theme.t1;
    Row made { { .text = QString::fromStdString(row.row.provider), .mark = colourOf(row.row.provider) },
        { .text = QString::fromStdString(row.row.model) },
        { .text = CapacityText::gpus(row.committed.value_or(row.row.newest.gpus)) },
        { .text = CapacityText::gpus(row.row.newest.allocated), .colour = row.row.newest.isOldAt(m_report.at) ? m_theme.t3 : QColor() },
        { .text = runsOutText(out), .colour = colour, .isStrong = true },
        { .text = runsOutRange(out), .colour = m_theme.t3 } };
    // From now on to where telling ends: a bar for the range, a dot for the likely date.
    made.push_back({ .text = {}, .paint = [out, colour, at = m_report.at, theme = m_theme](QPainter& painter, const QRectF& box) {
        painter.fillRect(QRectF(box.left(), box.center().y() - 3, box.width(), 6), theme.line);
        if (!out || out->missing)
            return;
        const double length = std::max(1.0, std::chrono::duration<double>(out->horizon - at).count());
        const auto x = [&](Time time) {
            return box.left()
                + box.width() * std::clamp(std::chrono::duration<double>(time - at).count() / length, 0.0, 1.0);
        };
        painter.setRenderHint(QPainter::Antialiasing);
        if (out->earliest && !out->already) {
            auto fill = colour;
            fill.setAlphaF(0.35F);
            const double from = x(*out->earliest), to = out->latest ? x(*out->latest) : box.right();
            painter.fillRect(QRectF(from, box.center().y() - 24, std::max(12.0, to - from), 48), fill);
        }
        if (out->already || out->likely) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(colour);
            painter.drawEllipse(QPointF(out->already ? box.left() : x(*out->likely), box.center().y()), 34, 34);
        }
    } });
    return made;
}

void CapacityPaper::runOutTable(const QString& title, const std::vector<CapacityFigures>& rows)
{
    std::vector<PaperSheet::Column> columns { { tr("Provider") }, { tr("Model") }, { tr("Capacity, GPUs"), true },
        { tr("Allocated"), true }, { tr("Runs out"), true }, { tr("80 % range") },
        { tr("from now to the end of the forecast"), false, 1000 } };
    std::vector<Row> made;
    std::ranges::transform(rows, std::back_inserter(made), [this](const auto& it) { return runOutRow(it); });
    if (!std::ranges::any_of(rows, isComing)) {
        columns.resize(columns.size() - 2);
        for (auto& row : made)
            row.resize(columns.size());
    }
    m_sheet.table(title, columns, made);
}

void CapacityPaper::runsOutFirst()
{
    auto rows = m_rows;
    std::erase_if(rows, [](const CapacityFigures& it) { return !isComing(it); });
    if (rows.empty())
        return;
    const auto when = [](const CapacityFigures& it) {
        return it.runOut->already ? Time::min() : it.runOut->likely.value_or(it.runOut->earliest ? it.runOut->horizon : Time::max());
    };
    std::ranges::stable_sort(rows, {}, when);
    const auto room = static_cast<std::size_t>(std::max(1.0, (m_sheet.left() - 600) / 150));
    if (const auto most = std::min(mostOnCover, room); rows.size() > most)
        rows.resize(most);
    runOutTable(tr("What runs out first"), rows);
}

} // namespace penstock
