// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "previewpanel.h"

#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "controls/paint.h"
#include "controls/theme.h"
#include "models/format.h"
#include "planparts.h"

namespace penstock {

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
            const auto& figures = m_panel.m_figures;
            paintBackends(painter, figures.shift && (running(figures) || figures.shift->error) ? paintShift(painter, *figures.shift) : 4);
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
            text(24, w * 0.28, interlockTitle(it.title), pass ? theme.t1 : block ? theme.red : theme.amber, Qt::AlignLeft);
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
        y = paintSteps(painter, y, stops, 0, theme.t2);
        text(0, w, PreviewPanel::tr("Way back: the same steps in reverse, at any time."), theme.acc, Qt::AlignLeft, QFont::Normal, 12);
    }

private:
    /// Circles on a line, one a stop, with its weights below; those up to `reached` are filled. Returns where to go on.
    double paintSteps(QPainter& painter, double top, const std::vector<Weights>& stops, std::size_t reached, const QColor& colour) const
    {
        const auto& theme = currentTheme();
        const double w = width();
        // Many steps would touch: the first, the last and some between are labelled.
        const auto count = stops.size();
        const double gap = count > 1 ? (w - 84) / static_cast<double>(count - 1) : 0;
        const auto every = static_cast<std::size_t>(std::max(1.0, std::ceil(72 / std::max(gap, 1.0))));
        painter.save();
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(theme.line2, 1));
        painter.drawLine(QPointF(40, top), QPointF(40 + gap * static_cast<double>(count - 1), top));
        for (std::size_t i = 0; i < count; ++i) {
            const double x = 40 + gap * static_cast<double>(i);
            painter.setPen(QPen(i <= reached ? colour : theme.t3, 1.5));
            painter.setBrush(i <= reached && reached > 0 ? colour : theme.bg);
            painter.drawEllipse(QPointF(x, top), 5, 5);
            if (i % every != 0 && i + 1 != count)
                continue;
            if (i + 1 != count && count - 1 - i < every && i != 0)
                continue;
            QString shares;
            for (std::size_t k = 0; k < stops[i].size(); ++k)
                shares += (k ? QStringLiteral(" / ") : QString()) + QString::number(stops[i][k], 'f', 0);
            painter.setFont(textFont(12, QFont::DemiBold));
            painter.setPen(i == reached && reached > 0 ? theme.acc : theme.t1);
            painter.drawText(QRectF(x - 36, top + 10, 72, 16), Qt::AlignCenter, i == 0 ? reached > 0 ? PreviewPanel::tr("before") : PreviewPanel::tr("now") : QString::number(i));
            painter.setFont(textFont(12));
            painter.setPen(theme.t2);
            painter.drawText(QRectF(std::clamp(x - 42, -2.0, w - 84), top + 27, 84, 16), Qt::AlignCenter, shares);
        }
        painter.restore();
        return top + 48;
    }

    /// The steps of a shift that runs or broke off, as far as it has come. Returns where to go on.
    double paintShift(QPainter& painter, const ShiftStatus& status) const
    {
        const auto& theme = currentTheme();
        std::vector<Weights> stops { status.plan.from };
        stops.insert(stops.end(), status.plan.steps.begin(), status.plan.steps.end());
        return paintSteps(painter, 16, stops, std::min<std::size_t>(static_cast<std::size_t>(status.step), stops.size() - 1), status.error ? theme.red : theme.acc) + 12;
    }

    /// What the router says of each backend, while nothing is edited.
    void paintBackends(QPainter& painter, double y)
    {
        const auto& reading = m_panel.m_figures.reading;
        if (!reading)
            return;
        const auto& theme = currentTheme();
        const double w = width();
        const auto cell = [&](double from, double to, const QString& what, const QColor& colour, Qt::Alignment align, int pixels = 13, int weight = QFont::Normal) {
            painter.setFont(textFont(pixels, weight));
            painter.setPen(colour);
            const QRectF box(w * from, y, w * (to - from), 20);
            painter.drawText(box, static_cast<int>(align | Qt::AlignVCenter), painter.fontMetrics().elidedText(what, Qt::ElideRight, static_cast<int>(box.width())));
        };
        const bool counted = m_panel.m_figures.route.router.kind != "agent";
        cell(0, 0.26, PreviewPanel::tr("Backend"), theme.t3, Qt::AlignLeft, 12);
        cell(0.26, 0.42, PreviewPanel::tr("Accepted"), theme.t3, Qt::AlignRight, 12);
        cell(0.42, 0.58, PreviewPanel::tr("Observed"), theme.t3, Qt::AlignRight, 12);
        cell(0.62, 1, PreviewPanel::tr("State"), theme.t3, Qt::AlignLeft, 12);
        y += 26;
        for (std::size_t i = 0; i < reading->backends.size(); ++i) {
            const auto& it = reading->backends[i];
            const auto& route = m_panel.m_figures.route;
            const auto provider = i < route.backends.size() && !route.backends[i].scope.provider.empty() ? route.backends[i].scope.provider : it.name;
            painter.fillRect(QRectF(0, y - 4, w, 1), theme.line);
            painter.fillRect(QRectF(0, y + 4, 3, 12), theme.provider(QString::fromStdString(provider)));
            painter.translate(10, 0);
            cell(0, 0.24, QString::fromStdString(it.name), theme.t1, Qt::AlignLeft, 13, QFont::Medium);
            painter.translate(-10, 0);
            cell(0.26, 0.42, format::percent(it.accepted), theme.t1, Qt::AlignRight);
            cell(0.42, 0.58, format::percent(it.observed), theme.t1, Qt::AlignRight);
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
            cell(0.62, 1, it.note.empty() ? state : state + QStringLiteral(": ") + QString::fromStdString(it.note), colour, Qt::AlignLeft);
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
    m_picture->setAccessibleName(tr("What the edit would do"));
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

QString PreviewPanel::describe() const
{
    QStringList lines;
    if (m_preview && *m_preview) {
        for (const auto& row : (*m_preview)->rows)
            if (row.model.empty())
                lines << tr("%1: needs %2 GPUs, %3 placeable").arg(QString::fromStdString(row.backend)).arg(row.neededGpus).arg(row.placeableGpus);
        for (const auto& it : (*m_preview)->interlocks)
            lines << tr("%1, %2: %3").arg(interlockTitle(it.title),
                it.verdict == Interlock::Verdict::Pass ? tr("passes") : it.verdict == Interlock::Verdict::Block ? tr("blocks") : tr("noted"), QString::fromStdString(it.evidence));
    } else if (m_figures.reading)
        for (const auto& it : m_figures.reading->backends)
            lines << tr("%1: accepted %2, observed %3").arg(QString::fromStdString(it.name), format::percent(it.accepted), format::percent(it.observed));
    return lines.join(QLatin1Char('\n'));
}

void PreviewPanel::refresh()
{
    const bool isRunning = running(m_figures);
    const bool paused = isRunning && m_figures.shift->phase == ShiftPhase::Paused;
    const bool blocked = m_preview && (!*m_preview || (*m_preview)->blocked());
    const bool nothing = m_preview && *m_preview && (*m_preview)->steps.empty();
    m_title->setText(isRunning ? tr("Shift") : m_edited ? tr("Preview") : tr("Route"));
    m_picture->setAccessibleDescription(describe());
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
