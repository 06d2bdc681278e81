// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "loadparts.h"

#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMouseEvent>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>
#include <cmath>

#include "controls/paint.h"
#include "controls/theme.h"
#include "models/format.h"

namespace penstock {

namespace {

    QList<double> list(const Weights& weights) { return { weights.begin(), weights.end() }; }

    QString phaseText(const ShiftStatus& status)
    {
        const auto where = RouteRow::tr("%1 step %2 of %3").arg(QString::fromStdString(status.plan.id)).arg(status.step).arg(status.plan.steps.size());
        switch (status.phase) {
        case ShiftPhase::Planned: return where + RouteRow::tr(", planned");
        case ShiftPhase::Writing: return where + RouteRow::tr(", writing");
        case ShiftPhase::Confirming: return where + RouteRow::tr(", confirming");
        case ShiftPhase::Baking: return where + RouteRow::tr(", baking");
        case ShiftPhase::Paused: return where + RouteRow::tr(", paused");
        case ShiftPhase::Returning: return where + RouteRow::tr(", going back");
        case ShiftPhase::Done: return RouteRow::tr("%1 done").arg(QString::fromStdString(status.plan.id));
        case ShiftPhase::Returned: return RouteRow::tr("%1 returned").arg(QString::fromStdString(status.plan.id));
        case ShiftPhase::Stopped: return RouteRow::tr("%1 stopped").arg(QString::fromStdString(status.plan.id));
        case ShiftPhase::Failed: return RouteRow::tr("%1 failed").arg(QString::fromStdString(status.plan.id));
        }
        return where;
    }

    bool running(const RouteFigures& figures) { return figures.shift && !isOver(figures.shift->phase); }

} // namespace

WeightLegend::WeightLegend(QWidget* parent)
    : QWidget(parent), m_names { tr("desired"), tr("accepted by the router"), tr("observed") }
{
    int width = 0;
    for (const auto& name : m_names)
        width += QFontMetrics(textFont(12)).horizontalAdvance(name) + 36;
    setFixedSize(width, 20);
    setAccessibleName(m_names.join(QStringLiteral(", ")));
}

void WeightLegend::paintEvent(QPaintEvent*)
{
    const auto& theme = currentTheme();
    QPainter painter(this);
    painter.setFont(textFont(12));
    double x = 0, share = 1;
    for (const auto& name : m_names) {
        painter.fillRect(QRectF(x, 6, 14, 8), theme.mixed(theme.t1, share));
        painter.setPen(theme.t2);
        painter.drawText(QRectF(x + 20, 0, 200, 20), Qt::AlignVCenter | Qt::AlignLeft, name);
        x += painter.fontMetrics().horizontalAdvance(name) + 36;
        share = share >= 1 ? 0.62 : 0.42;
    }
}

RouteRow::RouteRow(const Route& route, QWidget* parent)
    : QWidget(parent), m_route(route), m_bar(new WeightBar(this)), m_note(new QLabel(this))
{
    QStringList names, providers;
    auto* fields = new QHBoxLayout;
    fields->setSpacing(8);
    fields->addSpacing(72);
    for (const auto& backend : route.backends) {
        const auto name = QString::fromStdString(backend.name);
        names << name;
        providers << QString::fromStdString(backend.scope.provider.empty() ? backend.name : backend.scope.provider);
        auto* label = new QLabel(name, this);
        label->setFont(textFont(13, QFont::Medium));
        auto* field = new QDoubleSpinBox(this);
        field->setRange(0, 100);
        field->setDecimals(1);
        field->setSuffix(QStringLiteral(" %"));
        field->setFixedWidth(84);
        field->setKeyboardTracking(false);
        field->setAccessibleName(tr("Share of %1").arg(name));
        field->setObjectName(QStringLiteral("share-") + name);
        auto* delta = new QLabel(this);
        delta->setProperty("tone", QStringLiteral("t3"));
        delta->setFixedWidth(30);
        fields->addWidget(label);
        fields->addWidget(field);
        fields->addWidget(delta);
        const auto at = m_fields.size();
        m_fields << field;
        m_deltas << delta;
        connect(field, &QDoubleSpinBox::valueChanged, this, [this, at](double value) {
            // What one field gains the others give in proportion, so that the sum stays 100.
            auto weights = m_bar->desired();
            if (at >= weights.size() || std::abs(weights[at] - value) < 0.05)
                return;
            const double others = 100 - weights[at], left = 100 - value;
            for (qsizetype i = 0; i < weights.size(); ++i)
                if (i != at)
                    weights[i] = others > 0 ? weights[i] * left / others : left / static_cast<double>(weights.size() - 1);
            weights[at] = value;
            m_bar->setDesired(weights);
            changed(weights);
        });
    }
    fields->addStretch();
    m_hint = new QLabel(tr("Arrow keys 1 %, Shift 5 %"), this);
    m_hint->setProperty("tone", QStringLiteral("t3"));
    m_hint->setFont(textFont(12));
    m_hint->hide();
    fields->addWidget(m_hint);
    m_bar->setBackends(names, providers);
    m_bar->setAccessibleName(tr("Weights of %1").arg(QString::fromStdString(route.name)));
    m_bar->setObjectName(QStringLiteral("weights-") + QString::fromStdString(route.name));
    m_note->setProperty("tone", QStringLiteral("t3"));
    m_note->setFont(textFont(12));
    m_note->setWordWrap(true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 44, 20, 14);
    layout->setSpacing(6);
    layout->addWidget(m_bar);
    layout->addLayout(fields);
    layout->addWidget(m_note);
    connect(m_bar, &WeightBar::desiredEdited, this, &RouteRow::changed);
}

void RouteRow::changed(const QList<double>&)
{
    m_edited = true;
    showFields();
    update();
    emit picked();
    emit edited();
}

void RouteRow::showFields()
{
    const auto& weights = m_bar->desired();
    for (qsizetype i = 0; i < m_fields.size() && i < weights.size(); ++i) {
        const QSignalBlocker quiet(m_fields[i]);
        m_fields[i]->setValue(weights[i]);
        const double before = m_figures.reading && static_cast<std::size_t>(i) < m_figures.reading->backends.size()
            ? m_figures.reading->backends[static_cast<std::size_t>(i)].accepted : weights[i];
        const double change = weights[i] - before;
        m_deltas[i]->setText(m_edited && std::abs(change) >= 0.05 ? QStringLiteral("%1%2").arg(change > 0 ? QStringLiteral("+") : QString()).arg(change, 0, 'f', 0) : QString());
    }
}

void RouteRow::show(const RouteFigures& figures)
{
    m_figures = figures;
    const bool isRunning = running(figures);
    if (isRunning)
        m_edited = false;
    m_hint->setVisible(m_edited && width() > 640);
    if (figures.reading) {
        const auto accepted = list(figures.reading->accepted());
        m_bar->setAccepted(accepted);
        QList<std::optional<double>> observed;
        for (const auto& backend : figures.reading->backends)
            observed << backend.observed;
        m_bar->setObserved(observed);
        if (!m_edited)
            m_bar->setDesired(isRunning ? list(figures.shift->desired) : accepted);
    }
    m_bar->setEditable(!isRunning && figures.reading.has_value());
    for (auto* field : m_fields)
        field->setEnabled(!isRunning && figures.reading.has_value());
    if (!m_fields.isEmpty() && !m_fields.first()->hasFocus())
        showFields();
    QStringList notes;
    if (figures.error)
        notes << QString::fromStdString(figures.error->text());
    if (figures.reading && !figures.reading->drift.empty())
        notes << tr("drift: %1").arg(QString::fromStdString(figures.reading->drift));
    if (figures.demand && figures.demand->gpusUnmet > 0)
        notes << tr("%1 GPUs of demand find no place").arg(format::count(figures.demand->gpusUnmet));
    m_note->setText(notes.join(QStringLiteral("  ·  ")));
    m_note->setVisible(!notes.isEmpty());
    m_note->setStyleSheet(QStringLiteral("color: %1").arg((figures.error ? currentTheme().red : currentTheme().amber).name()));
    update();
}

void RouteRow::setSelected(bool selected)
{
    m_selected = selected;
    update();
}

void RouteRow::discard()
{
    m_edited = false;
    show(m_figures);
    showFields();
}

void RouteRow::mousePressEvent(QMouseEvent*) { emit picked(); }

void RouteRow::paintEvent(QPaintEvent*)
{
    const auto& theme = currentTheme();
    QPainter painter(this);
    painter.fillRect(rect(), m_selected ? theme.s1 : theme.bg);
    if (m_selected)
        painter.fillRect(QRect(0, 0, 2, height()), theme.acc);
    painter.fillRect(QRect(20, height() - 1, width() - 40, 1), theme.line);
    painter.setFont(textFont(16, QFont::DemiBold));
    painter.setPen(theme.t1);
    const auto name = QString::fromStdString(m_route.name);
    painter.drawText(QRectF(20, 12, 300, 24), Qt::AlignVCenter | Qt::AlignLeft, name);
    const double x = 20 + painter.fontMetrics().horizontalAdvance(name) + 12;
    QStringList facts;
    if (m_figures.workload) {
        const auto joined = [](const std::vector<std::string>& words) {
            QStringList list;
            for (const auto& word : words)
                list << QString::fromStdString(word);
            return list.join(QStringLiteral(" + "));
        };
        const auto& workload = *m_figures.workload;
        facts << (workload.priority == Priority::Interactive ? tr("interactive") : workload.priority == Priority::Batch ? tr("batch") : tr("training"));
        if (!workload.data.empty())
            facts << joined(workload.data);
        if (!workload.residency.empty())
            facts << tr("%1 only").arg(joined(workload.residency));
    }
    facts << (m_route.router.kind == "haproxy" ? tr("HAProxy %1").arg(QString::fromStdString(m_route.router.backend)) : tr("agent %1").arg(QString::fromStdString(m_route.router.endpoint)));
    facts << tr("%1 GPUs").arg(format::count(m_figures.load));
    if (m_figures.demand && m_figures.demand->requestsPerSecond)
        facts << tr("%1 requests").arg(format::rate(*m_figures.demand->requestsPerSecond));
    const auto details = facts.join(QStringLiteral(", "));
    painter.setFont(textFont(13));
    painter.setPen(theme.t3);
    const auto tag = running(m_figures) ? phaseText(*m_figures.shift) : m_edited ? tr("editing")
        : m_figures.error ? tr("no answer") : m_figures.reading && !m_figures.reading->drift.empty() ? tr("drift") : QString();
    const double tagWidth = tag.isEmpty() ? 0 : paintTag(nullptr, {}, tag, TagLook::Accent);
    painter.drawText(QRectF(x, 13, width() - x - 110 - tagWidth, 24), Qt::AlignVCenter | Qt::AlignLeft,
        painter.fontMetrics().elidedText(details, Qt::ElideRight, static_cast<int>(width() - x - 110 - tagWidth)));
    if (!tag.isEmpty())
        paintTag(&painter, { width() - 96 - tagWidth, 15 }, tag,
            m_figures.error ? TagLook::Red : running(m_figures) || m_edited ? TagLook::Accent : TagLook::Amber);
    const auto age = m_figures.reading ? ageSeconds(m_figures.reading->readAt, wallClock()) : std::nullopt;
    paintAge(painter, QRectF(width() - 90, 13, 70, 24), format::age(age), ageLook(age, 30, false));
}

/// The panel's drawn part: the table of needs, the interlocks, the steps.
class PreviewPicture final : public QWidget
{
public:
    explicit PreviewPicture(PreviewPanel& panel) : m_panel(panel) { setMinimumHeight(640); }

protected:
    void paintEvent(QPaintEvent*) override
    {
        const auto& theme = currentTheme();
        QPainter painter(this);
        const double w = width();
        double y = 4;
        const auto text = [&](double x, double span, const QString& what, const QColor& colour, int align, int weight = QFont::Normal, int pixels = 13) {
            painter.setFont(textFont(pixels, weight));
            painter.setPen(colour);
            painter.drawText(QRectF(x, y, span, 20), align | Qt::AlignVCenter, painter.fontMetrics().elidedText(what, Qt::ElideRight, static_cast<int>(span)));
        };
        if (!m_panel.m_preview) {
            paintBackends(painter);
            return;
        }
        const auto& answer = *m_panel.m_preview;
        if (!answer) {
            text(0, w, QString::fromStdString(answer.error().text()), theme.red, Qt::AlignLeft);
            return;
        }
        const auto& preview = *answer;
        text(0, w * 0.4, PreviewPanel::tr("GPUs by target and model"), theme.t3, Qt::AlignLeft, QFont::Normal, 12);
        text(w * 0.4, w * 0.14, PreviewPanel::tr("Needed"), theme.t3, Qt::AlignRight, QFont::Normal, 12);
        text(w * 0.56, w * 0.16, PreviewPanel::tr("Placeable"), theme.t3, Qt::AlignRight, QFont::Normal, 12);
        text(w * 0.74, w * 0.26, PreviewPanel::tr("Allocated after"), theme.t3, Qt::AlignRight, QFont::Normal, 12);
        y += 26;
        for (const auto& row : preview.rows) {
            const bool sum = row.model.empty();
            if (!sum && row.neededGpus <= 0)
                continue;
            if (sum) {
                painter.fillRect(QRectF(0, y - 3, w, 1), theme.line);
                painter.fillRect(QRectF(0, y + 4, 3, 12), theme.provider(QString::fromStdString(row.provider)));
            }
            const bool isShort = row.neededGpus > row.placeableGpus;
            text(sum ? 10 : 22, w * 0.4 - 24, QString::fromStdString(sum ? row.backend : row.model), sum ? theme.t1 : theme.t2, Qt::AlignLeft, sum ? QFont::DemiBold : QFont::Normal);
            text(w * 0.4, w * 0.14, QLocale().toString(static_cast<qlonglong>(row.neededGpus)), theme.t1, Qt::AlignRight);
            text(w * 0.56, w * 0.16, row.neededGpus < 0 ? PreviewPanel::tr("frees %1").arg(format::count(static_cast<std::uint64_t>(-row.neededGpus))) : QLocale().toString(static_cast<qlonglong>(row.placeableGpus)), isShort ? theme.red : theme.t2, Qt::AlignRight);
            if (sum)
                text(w * 0.74, w * 0.26, PreviewPanel::tr("%1 to %2 %").arg(format::share(row.utilisationBefore), format::share(row.utilisationAfter)), theme.t3, Qt::AlignRight, QFont::Normal, 12);
            y += 26;
        }
        y += 8;
        int blocks = 0, notes = 0;
        for (const auto& it : preview.interlocks) {
            blocks += it.verdict == Interlock::Verdict::Block;
            notes += it.verdict == Interlock::Verdict::Note;
        }
        painter.fillRect(QRectF(0, y - 4, w, 1), theme.line);
        y += 4;
        text(0, w, PreviewPanel::tr("Interlocks"), theme.t1, Qt::AlignLeft, QFont::DemiBold);
        text(80, w - 80, PreviewPanel::tr("%1 pass, %2 noted, %3 block").arg(static_cast<int>(preview.interlocks.size()) - blocks - notes).arg(notes).arg(blocks), theme.t3, Qt::AlignLeft);
        y += 28;
        for (const auto& it : preview.interlocks) {
            const bool block = it.verdict == Interlock::Verdict::Block, pass = it.verdict == Interlock::Verdict::Pass;
            if (block)
                painter.fillRect(QRectF(-8, y - 2, w + 16, 25), theme.redbg);
            paintIcon(painter, pass ? QStringLiteral("check") : block ? QStringLiteral("cross") : QStringLiteral("info"), QRectF(0, y + 2, 16, 16), pass ? theme.green : block ? theme.red : theme.amber);
            text(24, w * 0.28, QString::fromStdString(it.title), pass ? theme.t1 : block ? theme.red : theme.amber, Qt::AlignLeft);
            text(w * 0.34, w * 0.66, QString::fromStdString(it.evidence), theme.t2, Qt::AlignLeft, QFont::Normal, 12);
            y += 25;
        }
        y += 8;
        painter.fillRect(QRectF(0, y - 4, w, 1), theme.line);
        y += 4;
        text(0, w, PreviewPanel::tr("Steps and way back"), theme.t1, Qt::AlignLeft, QFont::DemiBold);
        text(140, w - 140, preview.steps.empty() ? PreviewPanel::tr("nothing to do") : PreviewPanel::tr("%1 steps, receivers are raised first").arg(preview.steps.size()), theme.t3, Qt::AlignLeft);
        y += 34;
        const auto& reading = m_panel.m_figures.reading;
        if (preview.steps.empty() || !reading)
            return;
        std::vector<Weights> stops { reading->accepted() };
        stops.insert(stops.end(), preview.steps.begin(), preview.steps.end());
        // Many steps would touch: the first, the last and some between are labelled.
        const auto count = stops.size();
        const double gap = (w - 84) / static_cast<double>(count - 1);
        const auto every = static_cast<std::size_t>(std::max(1.0, std::ceil(72 / gap)));
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(theme.line2, 1));
        painter.drawLine(QPointF(40, y), QPointF(40 + gap * static_cast<double>(count - 1), y));
        const auto baseline = y;
        for (std::size_t i = 0; i < count; ++i) {
            const double x = 40 + gap * static_cast<double>(i);
            painter.setPen(QPen(theme.t2, 1.5));
            painter.setBrush(theme.bg);
            painter.drawEllipse(QPointF(x, baseline), 5, 5);
            if (i % every != 0 && i + 1 != count)
                continue;
            if (i + 1 != count && count - 1 - i < every && i != 0)
                continue;
            QString shares;
            for (std::size_t k = 0; k < stops[i].size(); ++k)
                shares += (k ? QStringLiteral(" / ") : QString()) + QString::number(stops[i][k], 'f', 0);
            y = baseline + 10;
            text(x - 36, 72, i == 0 ? PreviewPanel::tr("now") : QString::number(i), theme.t1, Qt::AlignHCenter, QFont::DemiBold, 12);
            y = baseline + 26;
            text(std::clamp(x - 42, -2.0, w - 84), 84, shares, theme.t2, Qt::AlignHCenter, QFont::Normal, 12);
        }
        y = baseline + 48;
        text(0, w, PreviewPanel::tr("Way back: the same steps in reverse, at any time."), theme.acc, Qt::AlignLeft, QFont::Normal, 12);
    }

private:
    /// What the router says of each backend, while nothing is edited.
    void paintBackends(QPainter& painter)
    {
        const auto& reading = m_panel.m_figures.reading;
        if (!reading)
            return;
        const auto& theme = currentTheme();
        const double w = width();
        double y = 4;
        const auto cell = [&](double from, double to, const QString& what, const QColor& colour, Qt::Alignment align, int pixels = 13, int weight = QFont::Normal) {
            painter.setFont(textFont(pixels, weight));
            painter.setPen(colour);
            const QRectF box(w * from, y, w * (to - from), 20);
            painter.drawText(box, static_cast<int>(align | Qt::AlignVCenter), painter.fontMetrics().elidedText(what, Qt::ElideRight, static_cast<int>(box.width())));
        };
        const bool counted = m_panel.m_figures.route.router.kind == "haproxy";
        cell(0, 0.34, PreviewPanel::tr("Backend"), theme.t3, Qt::AlignLeft, 12);
        cell(0.34, 0.52, PreviewPanel::tr("Accepted"), theme.t3, Qt::AlignRight, 12);
        cell(0.52, 0.7, PreviewPanel::tr("Observed"), theme.t3, Qt::AlignRight, 12);
        cell(0.74, 1, PreviewPanel::tr("State"), theme.t3, Qt::AlignLeft, 12);
        y += 26;
        for (std::size_t i = 0; i < reading->backends.size(); ++i) {
            const auto& it = reading->backends[i];
            const auto& route = m_panel.m_figures.route;
            const auto provider = i < route.backends.size() && !route.backends[i].scope.provider.empty() ? route.backends[i].scope.provider : it.name;
            painter.fillRect(QRectF(0, y - 4, w, 1), theme.line);
            painter.fillRect(QRectF(0, y + 4, 3, 12), theme.provider(QString::fromStdString(provider)));
            painter.translate(10, 0);
            cell(0, 0.32, QString::fromStdString(it.name), theme.t1, Qt::AlignLeft, 13, QFont::Medium);
            painter.translate(-10, 0);
            cell(0.34, 0.52, format::percent(it.accepted), theme.t1, Qt::AlignRight);
            cell(0.52, 0.7, format::percent(it.observed), theme.t1, Qt::AlignRight);
            const auto [state, colour] = [&]() -> std::pair<QString, QColor> {
                switch (it.condition) {
                case BackendReading::Condition::Up: return { PreviewPanel::tr("up"), theme.t2 };
                case BackendReading::Condition::Warming: return { PreviewPanel::tr("warming up"), theme.amber };
                case BackendReading::Condition::Draining: return { PreviewPanel::tr("draining"), theme.amber };
                case BackendReading::Condition::Maintenance: return { PreviewPanel::tr("in maintenance"), theme.amber };
                case BackendReading::Condition::Down: return { PreviewPanel::tr("down"), theme.red };
                }
                return {};
            }();
            cell(0.74, 1, it.note.empty() ? state : state + QStringLiteral(": ") + QString::fromStdString(it.note), colour, Qt::AlignLeft);
            y += 28;
        }
        y += 4;
        cell(0, 1, counted ? PreviewPanel::tr("Observed on the last %1 requests; under %2 they say nothing.").arg(format::count(reading->windowRequests)).arg(leastRequestsObserved)
                           : PreviewPanel::tr("Observed: shares of the workload's allocated GPUs."), theme.t3, Qt::AlignLeft, 12);
    }

    PreviewPanel& m_panel;
};

PreviewPanel::PreviewPanel(QWidget* parent) : QWidget(parent)
{
    setProperty("surface", QStringLiteral("bg"));
    m_title = new QLabel(tr("Preview"), this);
    m_title->setFont(textFont(16, QFont::DemiBold));
    m_subtitle = new QLabel(this);
    m_subtitle->setProperty("tone", QStringLiteral("t3"));
    m_tag = new QLabel(this);
    m_progress = new QLabel(this);
    m_progress->setWordWrap(true);
    m_progress->setObjectName(QStringLiteral("shiftProgress"));
    m_hint = new QLabel(tr("Drag a handle or type a share to see what it would do. Nothing is sent until Start."), this);
    m_hint->setProperty("tone", QStringLiteral("t3"));
    m_hint->setWordWrap(true);
    m_picture = new PreviewPicture(*this);
    auto* scroll = new QScrollArea(this);
    scroll->setWidget(m_picture);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_step = new QDoubleSpinBox(this);
    m_step->setRange(1, 100);
    m_step->setDecimals(0);
    m_step->setValue(10);
    m_step->setSuffix(tr(" % a step"));
    m_step->setAccessibleName(tr("Largest step"));
    m_step->setObjectName(QStringLiteral("shiftStep"));
    m_bake = new QDoubleSpinBox(this);
    m_bake->setRange(0, 3600);
    m_bake->setDecimals(0);
    m_bake->setValue(30);
    m_bake->setSuffix(tr(" s bake"));
    m_bake->setAccessibleName(tr("Wait after each step"));
    m_bake->setObjectName(QStringLiteral("shiftBake"));
    m_reason = new QLineEdit(this);
    m_reason->setPlaceholderText(tr("Reason, kept in the journal"));
    m_reason->setAccessibleName(tr("Reason"));
    m_reason->setObjectName(QStringLiteral("shiftReason"));
    const auto button = [this](const QString& text, const char* kind, const char* name) {
        auto* made = new QPushButton(text, this);
        if (kind)
            made->setProperty("kind", QString::fromLatin1(kind));
        made->setObjectName(QString::fromLatin1(name));
        made->setAutoDefault(false);
        return made;
    };
    m_start = button(tr("Start shift"), "primary", "startShift");
    m_discard = button(tr("Discard"), "flat", "discardEdit");
    m_pause = button(tr("Pause"), nullptr, "pauseShift");
    m_resume = button(tr("Resume"), "primary", "resumeShift");
    m_return = button(tr("Go back"), "danger", "returnShift");
    m_stop = button(tr("Stop here"), "danger", "stopShift");
    auto* head = new QHBoxLayout;
    head->addWidget(m_title);
    head->addWidget(m_subtitle, 1);
    head->addWidget(m_tag);
    m_controls = new QWidget(this);
    auto* fields = new QHBoxLayout(m_controls);
    fields->setContentsMargins(0, 0, 0, 0);
    fields->addWidget(m_reason, 1);
    fields->addWidget(m_step);
    fields->addWidget(m_bake);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch();
    for (auto* it : { m_discard, m_start, m_pause, m_resume, m_return, m_stop })
        buttons->addWidget(it);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 20, 24, 16);
    layout->setSpacing(10);
    layout->addLayout(head);
    layout->addWidget(m_hint);
    layout->addWidget(m_progress);
    layout->addWidget(scroll, 1);
    layout->addWidget(m_controls);
    layout->addLayout(buttons);
    connect(m_start, &QPushButton::clicked, this, &PreviewPanel::startClicked);
    connect(m_discard, &QPushButton::clicked, this, &PreviewPanel::discardClicked);
    connect(m_pause, &QPushButton::clicked, this, &PreviewPanel::pauseClicked);
    connect(m_resume, &QPushButton::clicked, this, &PreviewPanel::resumeClicked);
    connect(m_return, &QPushButton::clicked, this, &PreviewPanel::returnClicked);
    connect(m_stop, &QPushButton::clicked, this, &PreviewPanel::stopClicked);
    connect(m_step, &QDoubleSpinBox::valueChanged, this, &PreviewPanel::stepEdited);
    connect(m_reason, &QLineEdit::textChanged, this, &PreviewPanel::refresh);
    refresh();
}

double PreviewPanel::step() const { return m_step->value(); }
int PreviewPanel::bakeSeconds() const { return static_cast<int>(m_bake->value()); }
QString PreviewPanel::reason() const { return m_reason->text().trimmed(); }
void PreviewPanel::clearReason() { m_reason->clear(); }

void PreviewPanel::showRoute(const RouteFigures& figures, bool edited, const QList<double>& target)
{
    m_figures = figures;
    m_edited = edited;
    if (!edited)
        m_preview.reset();
    QStringList changes;
    if (edited && figures.reading)
        for (qsizetype i = 0; i < target.size() && static_cast<std::size_t>(i) < figures.reading->backends.size(); ++i) {
            const auto& backend = figures.reading->backends[static_cast<std::size_t>(i)];
            if (std::abs(backend.accepted - target[i]) >= 0.05)
                changes << tr("%1 %2 to %3").arg(QString::fromStdString(backend.name)).arg(backend.accepted, 0, 'f', 0).arg(target[i], 0, 'f', 0);
        }
    m_subtitle->setText(changes.isEmpty() ? QString::fromStdString(figures.route.name) : changes.join(QStringLiteral(", ")));
    refresh();
}

void PreviewPanel::showPreview(const Result<Preview>& preview)
{
    m_preview = preview;
    refresh();
}

void PreviewPanel::refresh()
{
    const bool isRunning = running(m_figures);
    const bool paused = isRunning && m_figures.shift->phase == ShiftPhase::Paused;
    const bool blocked = m_preview && (!*m_preview || (*m_preview)->blocked());
    const bool nothing = m_preview && *m_preview && (*m_preview)->steps.empty();
    m_hint->setVisible(!m_edited && !isRunning);
    m_controls->setVisible(m_edited && !isRunning);
    m_start->setVisible(m_edited && !isRunning);
    m_discard->setVisible(m_edited && !isRunning);
    m_start->setEnabled(m_preview && !blocked && !nothing && !m_readOnly && !reason().isEmpty());
    m_start->setText(m_readOnly ? tr("Read-only") : blocked ? tr("Start shift: blocked") : tr("Start shift"));
    m_start->setToolTip(reason().isEmpty() ? tr("Say why first") : QString());
    m_pause->setVisible(isRunning && !paused);
    m_resume->setVisible(paused);
    m_return->setVisible(isRunning && m_figures.shift->phase != ShiftPhase::Returning);
    m_stop->setVisible(isRunning);
    QString progress;
    if (m_figures.shift) {
        const auto& status = *m_figures.shift;
        progress = phaseText(status);
        if (!status.note.empty())
            progress += QStringLiteral(": ") + QString::fromStdString(status.note);
        if (status.error)
            progress += QStringLiteral("\n") + QString::fromStdString(status.error->text());
        if (status.phaseEndsAt && isRunning)
            progress += tr(", next in %1").arg(format::age(ageSeconds(wallClock(), *status.phaseEndsAt)));
    }
    m_progress->setText(progress);
    m_progress->setVisible(!progress.isEmpty() && !m_edited);
    const auto& theme = currentTheme();
    m_progress->setStyleSheet(QStringLiteral("color: %1").arg((m_figures.shift && m_figures.shift->error ? theme.red : theme.t2).name()));
    m_tag->setText(!m_preview || !m_edited ? QString() : blocked ? tr("blocked") : tr("fits"));
    m_tag->setStyleSheet(QStringLiteral("background: %1; color: %2; border-radius: 4px; padding: 2px 7px").arg((blocked ? theme.redbg : theme.greenbg).name(), (blocked ? theme.red : theme.green).name()));
    m_tag->setVisible(!m_tag->text().isEmpty());
    m_picture->setMinimumHeight(m_preview ? 640 : 240);
    m_picture->update();
}

} // namespace penstock
