// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "capacitypaper.h"

#include <QLocale>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <map>

#include "models/capacitymodel.h"
#include "models/capacitytext.h"
#include "models/format.h"
#include "pictures/capacitydrawing.h"

namespace penstock {

namespace {

constexpr double unitsAPixel = 6.4; ///< of charts, which are made for screens
constexpr double chartHeight = 2350;

Theme onWhite()
{
    auto made = themeOf(ThemeName::Light);
    made.bg = Qt::white;
    return made;
}

QString text(const std::string& utf8)
{
    return QString::fromStdString(utf8);
}

/// "24 h", "7 d"
QString hoursText(std::chrono::hours length)
{
    const auto hours = length.count();
    return hours >= 48 ? CapacityPaper::tr("%1 d").arg((hours + 12) / 24) : CapacityPaper::tr("%1 h").arg(hours);
}

QString endpointState(const EndpointStatus& it)
{
    QStringList parts;
    if (it.connection == Connection::Live && it.observed && !it.fromCache)
        parts << (it.partial ? CapacityPaper::tr("answers in part: %1").arg(text(it.partial->what))
                : it.stale   ? CapacityPaper::tr("answers, but its data are stale")
                             : CapacityPaper::tr("answers, whole"));
    else
        parts << (it.error ? CapacityPaper::tr("does not answer: %1").arg(text(it.error->what))
                           : CapacityPaper::tr("does not answer"));
    if (it.fromCache)
        parts << CapacityPaper::tr("shown from the cache");
    if (it.observed && (it.stale || it.fromCache || it.connection != Connection::Live))
        parts << CapacityPaper::tr("last seen %1").arg(CapacityText::moment(*it.observed));
    if (it.simulated)
        parts << CapacityPaper::tr("simulated");
    return parts.join(QStringLiteral(", "));
}

} // namespace

QString gpusText(const std::optional<double>& count)
{
    return CapacityText::gpus(count.value_or(notKnown));
}

QString moneyText(double dollars)
{
    return dollars >= 1e10 ? format::dollars(dollars) : QLatin1Char('$') + QLocale().toString(dollars, 'f', 0);
}

QString deltaText(const std::optional<double>& before, const std::optional<double>& after, bool dollars)
{
    if (!before || !after)
        return {};
    const double change = *after - *before;
    const auto amount = std::abs(change);
    if (std::llround(amount) == 0)
        return QStringLiteral("0");
    // The text that Qt puts behind the glyphs has a blank for '-': a copied number would lose its sign.
    return (change < 0 ? QString(QChar(0x2212)) : QStringLiteral("+"))
        + (dollars ? format::dollars(amount) : CapacityText::gpus(amount));
}

CapacityPaper::CapacityPaper(const CapacityReport& report, double width, double height, double coverHeight)
    : m_report(report), m_theme(onWhite()), m_key(report.key()), m_rows(report.rows()), m_figures(figuresOf(report)),
      m_sheet(width, height, coverHeight)
{
    cover();
    if (!m_report.isOfNow) {
        m_sheet.newPage();
        charts();
        forecast();
    }
    tables();
    cost();
    changes();
    origin();
}

QString CapacityPaper::moment(Time at)
{
    return CapacityText::moment(at);
}

QString CapacityPaper::heading() const
{
    return m_report.facts.source.empty() ? tr("Capacity report")
                                         : tr("Capacity report  ·  %1").arg(text(m_report.facts.source));
}

QString CapacityPaper::stamp() const
{
    const bool isPartial = !missing(m_report).isEmpty();
    return m_report.isSimulated() ? isPartial ? tr("SIMULATED, PARTIAL") : tr("SIMULATED")
        : isPartial               ? tr("PARTIAL")
                                  : QString();
}

QString CapacityPaper::source() const
{
    // A name that somebody in a hurry has given must not push the rest off the line.
    constexpr qsizetype mostLetters = 48;
    auto name = text(m_report.facts.source);
    if (name.size() > mostLetters)
        name = name.left(mostLetters).trimmed() + QChar(0x2026);
    QStringList parts { CapacityText::source(name.toStdString()) };
    if (m_report.heldFrom && m_report.heldTo)
        parts << tr("%1 to %2").arg(format::day(*m_report.heldFrom), format::day(*m_report.heldTo));
    else
        parts << tr("no hour is held yet");
    const auto answering = std::ranges::count_if(m_report.endpoints, &EndpointStatus::isWhole);
    if (!m_report.endpoints.empty())
        parts << tr("%1 of %2 endpoints answer whole").arg(answering).arg(m_report.endpoints.size());
    return parts.join(QStringLiteral("  ·  "));
}

QString CapacityPaper::completeness() const
{
    const auto parts = missing(m_report);
    const auto said = parts.isEmpty() ? tr("Whole: nothing is missing.")
                                      : tr("Partial: %1.").arg(parts.join(QStringLiteral("; ")));
    return m_report.isSimulated() ? tr("SIMULATED: no measurement of what was there.") + QLatin1Char(' ') + said : said;
}

QStringList CapacityPaper::missing(const CapacityReport& report)
{
    QStringList parts;
    if (report.isOfNow)
        parts << tr("there is no history, so that only one moment is shown and nothing is told");
    else if (const auto gone = CapacityText::missing(report.history); !gone.isEmpty())
        parts << gone;
    for (const auto& it : report.endpoints)
        if (!it.isWhole())
            parts << tr("%1 %2").arg(text(it.name), endpointState(it));
    const bool isPriced = report.cost && report.cost->all.rented.dollars > 0;
    if (report.costIsOfHistory && isPriced)
        parts << tr("no endpoint told its GPUs, so that cost is that of the newest history, %1").arg(moment(report.cost->asOf));
    if (isPriced && report.cost->silentSince)
        parts << tr("of some GPUs nothing was heard since %1: they cost what they did, and what they do is not known").arg(moment(*report.cost->silentSince));
    if (isPriced && report.cost->all.rented.unpriced >= 1)
        parts << tr("%1 GPUs have no price and cost nothing here").arg(CapacityText::gpus(report.cost->all.rented.unpriced));
    return parts;
}

QString CapacityPaper::seenText(const QString& name, const CapacityMoment& of)
{
    return of.until ? tr("%1 (%2)").arg(name, moment(*of.until)) : tr("%1 (not seen)").arg(name);
}

QColor CapacityPaper::colourOf(const std::string& provider) const
{
    return m_theme.provider(text(provider));
}

void CapacityPaper::note(const QString& said)
{
    m_sheet.text(said, paperFont(80), m_theme.t2);
    m_sheet.space(30);
}

void CapacityPaper::chart(const QString& title, const CapacityHistory& history, double height)
{
    const auto supplier = capacitySteps(m_report.facts.committed, {}, {});
    const auto& range = capacityRanges.at(m_report.range);
    // Paper is wide enough to look as far ahead as half of what it looks back over.
    const auto picture = std::make_shared<const CapacityPicture>(drawCapacity({ .history = history,
        .theme = m_theme,
        .from = history.query.from,
        .now = history.query.to,
        .committed = supplier,
        .told = m_report.told(),
        .ahead = std::max(range.ahead, range.length / 2),
        .toldOf = m_report.outlook.of,
        .stacked = true }));
    m_sheet.subtitle(title, height);
    m_sheet.draw(height, [picture, theme = m_theme](QPainter& painter, const QRectF& box) {
        painter.translate(box.topLeft());
        painter.scale(unitsAPixel, unitsAPixel);
        const auto colours = theme.chart();
        CapacityPainter(*picture, colours, QRectF(0, 0, box.width() / unitsAPixel, box.height() / unitsAPixel), paperFont(12))
            .paint(painter);
    });
}

void CapacityPaper::charts()
{
    m_sheet.title(tr("Supply, load and demand"), chartHeight);
    const auto& history = m_report.history;
    note(tr("GPUs over the last %1, %2. Bands are busy GPUs, stacked. Where nothing was seen there is a gap, never a zero; times are UTC.")
             .arg(CapacityText::range(m_report.range), CapacityText::steps(m_report.range)));
    if (const auto gone = CapacityText::missing(history); !gone.isEmpty())
        note(tr("Partial: %1.").arg(gone));
    if (!m_hasChart)
        chart(tr("By provider"), history, chartHeight);
    chart(tr("By model"), m_report.byModel, chartHeight);
    if (!m_report.byWorkload.bands.empty())
        chart(tr("By workload"), m_report.byWorkload, chartHeight);
    note(CapacityText::forecast(m_report.told()));
}

void CapacityPaper::forecast()
{
    m_sheet.title(tr("Forecast"), 900);
    const auto* told = m_report.told();
    if (!told || told->forecast.points.empty()) {
        note(CapacityText::forecast(told));
        return;
    }
    const auto& it = told->forecast;
    const auto of = m_report.outlook.of == CapacityOutlook::Of::Demand ? tr("GPUs that workloads ask for") : tr("allocated GPUs");
    const auto count = [](std::size_t hours) { return QLocale().toString(static_cast<qulonglong>(hours)); };
    auto how = tr("Told of %1, by \"%2\", from %3 hours of history.").arg(of, CapacityText::method(it.method), count(it.hours));
    if (it.gaps > 0)
        how += QLatin1Char(' ') + tr("Between them %1 hours are missing.").arg(count(it.gaps));
    if (it.tested.count() > 0)
        how += QLatin1Char(' ')
            + tr("The band should hold what comes eight times in ten; it is back-tested to %1 ahead, and widens beyond.")
                  .arg(hoursText(it.tested));
    note(how);
    if (it.method == ForecastMethod::Smoothing)
        note(tr("The model: exponential smoothing with a daily and a weekly season and a trend, damped or linear (Taylor 2003, Gardner and McKenzie 1985, Holt 1957), the mean of the three variants that were best in back-tests."));
    else if (it.naiveIsAsGood())
        note(tr("The model was no better than \"%1\" in back-tests, so that one is used.").arg(CapacityText::method(it.naive)));
    std::vector<Row> rows;
    for (const auto& test : it.backTests) {
        const bool isBetter = test.model.smape < test.naive.smape;
        const auto number = [](double value) { return QLocale().toString(value, 'f', 2); };
        rows.push_back({ { .text = tr("%1 to %2").arg(hoursText(test.after), hoursText(test.upTo)) },
            { .text = QLocale().toString(static_cast<qulonglong>(test.targets)) },
            { .text = format::percent(test.model.smape), .isStrong = isBetter },
            { .text = format::percent(test.naive.smape), .isStrong = !isBetter }, { .text = number(test.model.mase) },
            { .text = number(test.naive.mase) }, { .text = format::percent(test.coverage) } });
    }
    if (rows.empty())
        note(tr("There is too little history to test it on."));
    else {
        m_sheet.table(tr("How wrong it would have been on this history"), { { tr("How far ahead") }, { tr("Hours compared"), true }, { tr("Error of the model"), true },
                          { tr("Error of \"%1\"").arg(CapacityText::method(it.naive)), true },
                          { tr("MASE of the model"), true }, { tr("MASE of the naive one"), true },
                          { tr("Held by the 80 % band"), true } },
            rows);
        m_sheet.space(30);
        note(tr("Errors are sMAPE, the better one bold; MASE is 1 where a forecast is as wrong as the step from one week to the next."));
    }
    auto withDates = m_rows;
    std::erase_if(withDates, [](const CapacityFigures& row) { return !row.runOut; });
    if (withDates.empty())
        return;
    runOutTable(tr("When each provider and model runs out"), withDates);
    m_sheet.space(30);
    note(tr("Told of allocated GPUs, against what is committed, else against what is there now."));
}

void CapacityPaper::sumTable(const QString& title, const QString& column, std::string CapacityRow::* key)
{
    std::map<std::string, CapacityMoment> sums;
    // What was seen at another time adds to nothing that is seen now.
    const auto isOld = [this](const CapacityFigures& it) { return isLate(it.row.newest); };
    for (const auto& it : m_rows) {
        const bool isAlone = std::ranges::all_of(m_rows, [&](const CapacityFigures& other) { return other.row.*key != it.row.*key || isOld(other); });
        auto& sum = sums[it.row.*key];
        if (isAlone && (!sum.until || it.row.newest.until < sum.until))
            sum.until = it.row.newest.until;
        if (isAlone || !isOld(it))
            for (const auto figure : { &CapacityMoment::gpus, &CapacityMoment::supply, &CapacityMoment::allocated, &CapacityMoment::busy })
                if (const double value = it.row.newest.*figure; !std::isnan(value))
                    sum.*figure = std::isnan(sum.*figure) ? value : sum.*figure + value;
    }
    if (sums.empty())
        return;
    std::vector<Row> rows;
    const auto row = [&](const QString& name, const CapacityMoment& sum, const QColor& mark, bool isStrong) {
        const auto share = [](double part, double of) { return of > 0 ? format::percent(100 * part / of) : QStringLiteral("–"); };
        const bool isDated = !isStrong && sum.until && isLate(sum);
        Row made { { .text = isDated ? seenText(name, sum) : name, .colour = isDated ? m_theme.amber : QColor(), .isStrong = isStrong, .mark = mark } };
        // A commitment to every H100 counts once, however many kinds of them there are.
        const bool ofProvider = !isStrong && key == &CapacityRow::provider, ofModel = !isStrong && !ofProvider;
        const auto of = name.toStdString();
        const auto steps = capacitySteps(m_report.facts.committed, ofProvider ? of : std::string(), ofModel ? of : std::string());
        const auto committed = steps.empty() ? std::nullopt : std::optional(capacityAt(steps, m_report.at));
        for (const auto& cell : { gpusText(sum.gpus), gpusText(sum.supply), gpusText(committed), gpusText(sum.allocated),
                 gpusText(sum.busy), share(sum.allocated, sum.supply), share(sum.busy, sum.supply) })
            made.push_back({ .text = cell, .isStrong = isStrong });
        rows.push_back(std::move(made));
    };
    for (const auto& [name, sum] : sums)
        row(text(name), sum, key == &CapacityRow::provider ? colourOf(name) : QColor(), false);
    row(tr("all"), m_key.newest, QColor(), true);
    m_sheet.table(title, { { column }, { tr("GPUs"), true }, { tr("Supply"), true }, { tr("Committed"), true }, { tr("Allocated"), true },
                      { tr("Busy"), true }, { tr("Allocated of supply"), true }, { tr("Busy of supply"), true } },
        rows);
}

void CapacityPaper::tables()
{
    m_sheet.title(m_key.newest.isOldAt(m_report.at) ? tr("Capacity when it was last seen") : tr("Capacity now"), 900);
    if (m_rows.empty())
        return note(tr("No provider and model is known."));
    const auto& newest = m_key.newest;
    if (newest.until)
        note(tr("Means of the %1 up to %2. Peak busy is the greatest share of a second in %3.")
                 .arg(format::span(newest.step), moment(*newest.until), CapacityText::range(m_report.range)));
    note(tr("Supply is what is healthy: busy, idle or free."));
    if (std::ranges::any_of(m_rows, [this](const CapacityFigures& it) { return isLate(it.row.newest); }))
        note(tr("Of what has a time beside its name nothing is seen any more: its figures are of then, and are not in what all come to."));
    sumTable(tr("By provider"), tr("Provider"), &CapacityRow::provider);
    sumTable(tr("By model"), tr("Model"), &CapacityRow::model);
    const auto isAny = [this](std::optional<double> CapacityFigures::* what) {
        return std::ranges::any_of(m_rows, [&](const CapacityFigures& it) { return (it.*what).has_value(); });
    };
    const bool hasReserved = isAny(&CapacityFigures::reserved), hasQuota = isAny(&CapacityFigures::quota),
               hasCost = isAny(&CapacityFigures::cost);
    std::vector<PaperSheet::Column> columns { { tr("Provider") }, { tr("Model") }, { tr("Supply"), true },
        { tr("Committed"), true } };
    if (hasReserved)
        columns.push_back({ tr("Reserved"), true });
    if (hasQuota)
        columns.push_back({ tr("Quota"), true });
    for (const auto& title : { tr("Allocated"), tr("Busy"), tr("Peak busy") })
        columns.push_back({ title, true });
    columns.push_back({ tr("Runs out"), true });
    if (hasCost)
        columns.push_back({ tr("Cost an hour"), true });
    std::vector<Row> rows;
    for (const auto& it : m_rows) {
        Row row { { .text = text(it.row.provider), .mark = colourOf(it.row.provider) }, { .text = isLate(it.row.newest) ? seenText(text(it.row.model), it.row.newest) : text(it.row.model), .colour = isLate(it.row.newest) ? m_theme.amber : QColor() },
            { .text = gpusText(it.row.newest.supply) }, { .text = gpusText(it.committed) } };
        if (hasReserved)
            row.push_back({ .text = gpusText(it.reserved) });
        if (hasQuota)
            row.push_back({ .text = gpusText(it.quota) });
        for (const auto& cell : { gpusText(it.row.newest.allocated), gpusText(it.row.newest.busy), CapacityText::percent(it.row.peakShare),
                 runsOutText(it.runOut) })
            row.push_back({ .text = cell });
        if (hasCost)
            row.push_back({ .text = it.cost ? moneyText(*it.cost) : QStringLiteral("–") });
        rows.push_back(std::move(row));
    }
    m_sheet.table(tr("By provider and model"), columns, rows);
}

void CapacityPaper::costTable(const QString& title, const QString& column, const std::vector<CostLine>& lines)
{
    std::vector<Row> rows;
    const auto add = [&](const QString& name, const CostLine& line, bool isStrong, const QColor& mark = {}) {
        Row row { { .text = name, .isStrong = isStrong, .mark = mark } };
        for (const auto& [spend, hours] : { std::pair(line.rented, 1.), { line.allocated, 1. }, { line.used, 1. }, { line.idle, 1. },
                 { line.rented, hoursADay }, { line.rented, hoursAMonth } }) {
            const auto hourly = spend.known();
            row.push_back({ .text = hourly ? moneyText(*hourly * hours) : QStringLiteral("–"), .isStrong = isStrong });
        }
        rows.push_back(std::move(row));
    };
    const bool ofProviders = &lines == &m_report.cost->byProvider;
    for (const auto& it : lines)
        add(it.key.empty() ? tr("no workload") : text(it.key), it, false, ofProviders ? colourOf(it.key) : QColor());
    if (lines.empty())
        return;
    add(tr("all"), m_report.cost->all, true);
    m_sheet.table(title, { { column }, { tr("Rented/h"), true }, { tr("Allocated/h"), true }, { tr("Used/h"), true }, { tr("Idle/h"), true },
                      { tr("Rented a day"), true }, { tr("Rented a month"), true } },
        rows);
}

void CapacityPaper::cost()
{
    m_sheet.title(tr("Cost"), 900);
    if (!m_report.cost || m_report.cost->all.rented.dollars <= 0)
        return note(tr("No GPU has a price: add [[price]] to the workspace."));
    const auto& cost = *m_report.cost;
    note(tr("As of %1, by %2. A month is 730 hours.").arg(moment(cost.asOf), pricesText(cost.prices)));
    if (m_report.costIsOfHistory)
        note(tr("No endpoint told its GPUs: this is the newest history × the price of each provider and model, and workloads have no cost of their own."));
    std::vector<Row> rows;
    for (const auto& [name, formula, spend] :
        { std::tuple(tr("Rented"), tr("GPUs of any state × price"), cost.all.rented),
            std::tuple(tr("Allocation cost"), tr("(busy + idle + unknown that kept their workload) × price"), cost.all.allocated),
            std::tuple(tr("Usage cost"), tr("busy × price"), cost.all.used),
            std::tuple(tr("Cost of idle"), tr("allocated and idle × price"), cost.all.idle) }) {
        const auto money = [dollars = spend.known().value_or(notKnown)](double hours) { return std::isnan(dollars) ? QStringLiteral("–") : moneyText(dollars * hours); };
        rows.push_back({ { .text = name, .isStrong = true }, { .text = formula, .colour = m_theme.t3 }, { .text = CapacityText::gpus(spend.gpus) },
            { .text = money(1) }, { .text = money(hoursADay) }, { .text = money(hoursAMonth) } });
    }
    m_sheet.table({}, { { tr("Figure") }, { tr("Formula") }, { tr("GPUs"), true }, { tr("An hour"), true }, { tr("A day"), true },
                      { tr("A month"), true } },
        rows);
    if (cost.all.rented.unpriced >= 1) {
        m_sheet.space(30);
        note(tr("%1 GPUs have no price and are in no figure.").arg(CapacityText::gpus(cost.all.rented.unpriced)));
    }
    if (cost.all.unheard >= 1) {
        m_sheet.space(30);
        note(tr("Of %1 GPUs nobody knows what they do: usage cost and cost of idle lack them.").arg(CapacityText::gpus(cost.all.unheard)));
    }
    costTable(tr("By provider"), tr("Provider"), cost.byProvider);
    costTable(tr("By model"), tr("Model"), cost.byModel);
    costTable(tr("By workload"), tr("Workload"), cost.byWorkload);
}

void CapacityPaper::changes()
{
    m_sheet.title(tr("What changed"), m_report.last ? 2300 : 700); // with the first of its tables
    if (!m_report.last)
        return note(noLastText());
    using Line = ReportFigures::Line;
    const auto& last = *m_report.last;
    note(tr("Since the last report, of %1.").arg(moment(last.at)));
    const auto date = [](const std::optional<Line>& line) {
        return !line              ? QStringLiteral("–")
            : line->hasRunOut     ? tr("now")
            : line->runsOut       ? format::day(*line->runsOut)
                                  : QStringLiteral("–");
    };
    std::vector<Row> rows;
    for (const auto& [name, what, isMoney] : { std::tuple(tr("GPUs"), &Line::gpus, false),
             std::tuple(tr("Supply"), &Line::supply, false), std::tuple(tr("Committed"), &Line::committed, false),
             std::tuple(tr("Allocated"), &Line::allocated, false), std::tuple(tr("Busy"), &Line::busy, false),
             std::tuple(tr("Unmet demand"), &Line::unmet, false), std::tuple(tr("Cost an hour"), &Line::dollars, true),
             std::tuple(tr("Cost of idle an hour"), &Line::idleDollars, true) }) {
        const auto &was = last.whole.*what, &is = m_figures.whole.*what;
        const auto show = [&, isMoney = isMoney](const std::optional<double>& value) {
            return value && isMoney ? moneyText(*value) : gpusText(value);
        };
        rows.push_back({ { .text = name }, { .text = show(was) }, { .text = show(is) },
            { .text = deltaText(was, is, isMoney), .isStrong = true } });
    }
    rows.push_back({ { .text = tr("Runs out") }, { .text = date(last.whole) }, { .text = date(m_figures.whole) }, {} });
    m_sheet.table({}, { { tr("Of all") }, { tr("Then"), true }, { tr("Now"), true }, { tr("Change"), true } }, rows);
    rows.clear();
    for (const auto& it : changesOf(last, m_figures)) {
        const auto value = [](const std::optional<Line>& line, std::optional<double> Line::* what) {
            return line ? (*line).*what : std::optional(0.0);
        };
        const auto delta = [&](std::optional<double> Line::* what, bool isMoney) {
            return deltaText(value(it.before, what), value(it.after, what), isMoney);
        };
        const auto mark = !it.before ? tr("%1 (new)") : !it.after ? tr("%1 (gone)") : QStringLiteral("%1");
        rows.push_back({ { .text = text(it.any().provider), .mark = colourOf(it.any().provider) },
            { .text = mark.arg(text(it.any().model)) }, { .text = delta(&Line::supply, false) },
            { .text = delta(&Line::committed, false) }, { .text = delta(&Line::allocated, false) },
            { .text = delta(&Line::busy, false) }, { .text = delta(&Line::dollars, true) }, { .text = date(it.before) },
            { .text = date(it.after) } });
    }
    if (rows.empty())
        return;
    m_sheet.table(tr("By provider and model"), { { tr("Provider") }, { tr("Model") }, { tr("Supply"), true }, { tr("Committed"), true }, { tr("Allocated"), true },
                      { tr("Busy"), true }, { tr("Cost/h"), true }, { tr("Ran out, then"), true }, { tr("Runs out, now"), true } },
        rows);
}

void CapacityPaper::origin()
{
    m_sheet.title(tr("Where this comes from"), 600);
    note(tr("Made %1 by Penstock %2 from the %3. All times and days are UTC.")
             .arg(moment(m_report.at), QStringLiteral(PENSTOCK_VERSION), CapacityText::source(m_report.facts.source)));
    if (m_report.heldFrom && m_report.heldTo)
        note(tr("The history holds %1 to %2.").arg(moment(*m_report.heldFrom), moment(*m_report.heldTo)));
    else
        note(tr("The history holds no hour yet."));
    if (m_report.isSimulated())
        note(tr("SIMULATED: some of this was simulated or replayed, and is no measurement of what was there."));
    const auto parts = missing(m_report);
    const auto bullet = QStringLiteral("·  ");
    m_sheet.subtitle(tr("What is missing"), 130.0 * static_cast<double>(std::max<qsizetype>(1, parts.size())));
    note(parts.isEmpty() ? tr("Nothing: every endpoint answered whole, and every step of the time shown was seen.")
                         : bullet + parts.join(QLatin1Char('\n') + bullet));
    if (m_report.endpoints.empty())
        return;
    std::vector<Row> rows;
    for (const auto& it : m_report.endpoints)
        rows.push_back({ { .text = text(it.name), .isStrong = true }, { .text = text(it.kind) },
            { .text = endpointState(it), .colour = it.isWhole() ? QColor() : m_theme.amber },
            { .text = it.hasTold() ? QLocale().toString(static_cast<qulonglong>(it.gpus)) : QStringLiteral("–") },
            { .text = it.observed ? moment(*it.observed) : QStringLiteral("–") } });
    m_sheet.table(tr("Endpoints"), { { tr("Endpoint") }, { tr("Kind") }, { tr("State") }, { tr("GPUs"), true }, { tr("Newest data"), true } }, rows);
}

} // namespace penstock
