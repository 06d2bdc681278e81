// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "routerow.h"

#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <tuple>

#include "controls/paint.h"
#include "controls/theme.h"
#include "models/format.h"
#include "previewpanel.h"

namespace penstock {

namespace {
    QList<double> list(const Weights& weights) { return { weights.begin(), weights.end() }; }
}

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
    for (const auto& backend : route.backends) {
        names << QString::fromStdString(backend.name);
        providers << QString::fromStdString(backend.scope.provider.empty() ? backend.name : backend.scope.provider);
    }
    m_bar->setBackends(names, providers);
    m_bar->setAccessibleName(tr("Weights of %1").arg(QString::fromStdString(route.name)));
    m_bar->setObjectName(QStringLiteral("weights-") + QString::fromStdString(route.name));
    m_note->setFont(textFont(12));
    m_note->setWordWrap(true);
    m_note->setContentsMargins(72, 0, 0, 0);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 40, 20, 12);
    layout->setSpacing(6);
    layout->addWidget(m_bar);
    layout->addWidget(m_note);
    connect(m_bar, &WeightBar::desiredEdited, this, &RouteRow::changed);
}

void RouteRow::makeFields()
{
    m_editor = new QWidget(this);
    constexpr int longest = 96;
    m_grid = new QGridLayout;
    m_grid->setHorizontalSpacing(6);
    m_grid->setVerticalSpacing(6);
    for (const auto& backend : m_route.backends) {
        const auto name = QString::fromStdString(backend.name);
        auto* label = new QLabel(name, m_editor);
        label->setFont(textFont(13, QFont::Medium));
        label->setText(QFontMetrics(label->font()).elidedText(name, Qt::ElideMiddle, longest));
        label->setToolTip(name);
        auto* field = new QDoubleSpinBox(m_editor);
        field->setRange(0, 100);
        field->setDecimals(1);
        field->setSuffix(QStringLiteral(" %"));
        field->setFixedWidth(84);
        field->setKeyboardTracking(false);
        field->setAccessibleName(tr("Share of %1").arg(name));
        field->setObjectName(QStringLiteral("share-") + name);
        auto* delta = new QLabel(m_editor);
        delta->setProperty("tone", QStringLiteral("t3"));
        delta->setFixedWidth(34);
        const auto at = m_fields.size();
        m_labels << label;
        m_fields << field;
        m_deltas << delta;
        connect(field, &QDoubleSpinBox::valueChanged, this, [this, at](double value) {
            if (at < m_bar->desired().size() && std::abs(m_bar->desired()[at] - value) >= 0.05)
                typed(at, value);
        });
    }
    auto* ways = new QHBoxLayout;
    ways->setSpacing(8);
    for (const auto& [goal, text, name] : { std::tuple(SplitGoal::LeastCost, tr("Cheapest split"), "bestCost"), std::tuple(SplitGoal::EvenHeadroom, tr("Most even split"), "bestEven") }) {
        auto* button = new QPushButton(text, m_editor);
        button->setObjectName(QString::fromLatin1(name));
        button->setAutoDefault(false);
        ways->addWidget(button);
        m_best << button;
        connect(button, &QPushButton::clicked, this, [this, which = goal] {
            const double most = m_largestChange->value();
            emit bestSplitWanted({ .goal = which, .growth = 1 + m_growth->value() / 100, .largestChange = most > 0 ? most / 100 : 1 });
        });
    }
    const auto limit = [this](double least, double most, const QString& says, const char* name) {
        auto* made = new QDoubleSpinBox(m_editor);
        made->setDecimals(0);
        made->setRange(least, most);
        made->setSingleStep(5);
        made->setAccessibleName(says);
        made->setToolTip(says);
        made->setObjectName(QString::fromLatin1(name));
        return made;
    };
    m_growth = limit(-99, 900, tr("The load that the best split is for, beside the one of now"), "bestGrowth");
    m_growth->setSuffix(tr(" % more load"));
    m_largestChange = limit(0, 100, tr("How far a share of the best split may be from where it is now, however many steps lead there"), "bestLargestChange");
    //: how far a share may move
    m_largestChange->setPrefix(tr("at most "));
    m_largestChange->setSuffix(tr(" points away"));
    m_largestChange->setSpecialValueText(tr("any change of shares"));
    auto* limits = new QHBoxLayout;
    limits->setSpacing(8);
    limits->addWidget(m_growth);
    limits->addWidget(m_largestChange);
    limits->addStretch();
    m_undo = new QPushButton(tr("Undo edit"), m_editor);
    m_undo->setObjectName(QStringLiteral("undoEdit"));
    m_undo->setProperty("kind", QStringLiteral("flat"));
    m_undo->setAutoDefault(false);
    connect(m_undo, &QPushButton::clicked, this, &RouteRow::undone);
    ways->addWidget(m_undo);
    m_setAgain = new QPushButton(m_editor);
    m_setAgain->setObjectName(QStringLiteral("setAgain"));
    m_setAgain->setAutoDefault(false);
    m_setAgain->setToolTip(tr("What a reload or a restart of the router undid, as a plan of its own"));
    m_setAgain->hide();
    connect(m_setAgain, &QPushButton::clicked, this, [this] {
        if (!m_figures.reading)
            return;
        setTarget(m_figures.reading->forgotten);
        emit edited();
    });
    ways->addWidget(m_setAgain);
    ways->addStretch();
    m_hint = new QLabel(tr("Arrow keys 1 %, Shift 5 %"), m_editor);
    m_hint->setProperty("tone", QStringLiteral("t3"));
    m_hint->setFont(textFont(12));
    ways->addWidget(m_hint);
    auto* both = new QVBoxLayout(m_editor);
    both->setContentsMargins(72, 2, 0, 0);
    both->setSpacing(8);
    // Its width is the page's, never the other way round: what is wider would hide the bars.
    both->setSizeConstraint(QLayout::SetNoConstraint);
    m_editor->setMinimumWidth(1);
    m_editor->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    both->addLayout(m_grid);
    both->addLayout(ways);
    both->addLayout(limits);
    static_cast<QVBoxLayout*>(layout())->insertWidget(1, m_editor);
    m_inLine = 0;
    placeFields();
}

/// The sum stays 100: the others give or take in proportion, those that were typed last, last of all.
void RouteRow::typed(qsizetype at, double value)
{
    if (!m_edited)
        m_typed.clear();
    m_typed.removeAll(at);
    auto weights = m_bar->desired();
    weights[at] = value;
    double change = 100;
    for (const double weight : std::as_const(weights))
        change -= weight;
    QList<QList<qsizetype>> turns { {} };
    for (qsizetype i = 0; i < weights.size(); ++i)
        if (i != at && !m_typed.contains(i))
            turns.front() << i;
    for (const auto i : std::as_const(m_typed))
        turns << QList<qsizetype> { i };
    for (const auto& turn : std::as_const(turns)) {
        double have = 0;
        for (const auto i : turn)
            have += weights[i];
        const double after = std::max(0.0, have + change);
        for (const auto i : turn)
            weights[i] = have > 0 ? weights[i] * after / have : after / static_cast<double>(turn.size());
        if (!turn.isEmpty())
            change -= after - have;
    }
    m_typed << at;
    m_bar->setDesired(weights);
    changed();
}

void RouteRow::placeFields()
{
    if (!m_editor || m_fields.isEmpty())
        return;
    int label = 0;
    for (const auto* it : std::as_const(m_labels))
        label = std::max(label, it->sizeHint().width());
    const int each = label + m_fields.front()->width() + m_deltas.front()->width() + 3 * m_grid->horizontalSpacing();
    const int room = width() - layout()->contentsMargins().left() - layout()->contentsMargins().right() - m_editor->layout()->contentsMargins().left();
    int buttons = m_hint->sizeHint().width();
    for (const auto* it : m_editor->findChildren<QPushButton*>())
        buttons += it->isHidden() ? 0 : it->sizeHint().width() + 8;
    m_hint->setVisible(buttons <= room);
    const int inLine = std::clamp(room / std::max(1, each), 1, 6);
    if (inLine == m_inLine)
        return;
    if (m_inLine > 0)
        m_grid->setColumnStretch(m_inLine * 3, 0);
    m_inLine = inLine;
    for (int i = 0; i < static_cast<int>(m_fields.size()); ++i) {
        const int line = i / inLine, column = i % inLine * 3;
        m_grid->addWidget(m_labels[i], line, column);
        m_grid->addWidget(m_fields[i], line, column + 1);
        m_grid->addWidget(m_deltas[i], line, column + 2);
    }
    m_grid->setColumnStretch(inLine * 3, 1);
    m_grid->invalidate();
    m_editor->updateGeometry();
}

void RouteRow::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    placeFields();
}

bool RouteRow::isEditable() const { return !running(m_figures) && !m_figures.past && m_figures.reading.has_value(); }

void RouteRow::changed()
{
    m_edited = true;
    showFields();
    update();
    emit edited();
}

void RouteRow::showFields()
{
    if (!m_editor)
        return;
    const bool editable = isEditable();
    m_editor->setVisible(m_selected && editable);
    m_undo->setEnabled(m_edited);
    const auto forgotten = m_figures.reading ? m_figures.reading->forgotten : Weights();
    m_setAgain->setVisible(!forgotten.empty() && isEditable() && !m_edited);
    m_setAgain->setText(tr("Set %1 again").arg(format::split(forgotten)));
    const auto& weights = m_bar->desired();
    for (qsizetype i = 0; i < m_fields.size() && i < weights.size(); ++i) {
        const QSignalBlocker quiet(m_fields[i]);
        if (!m_fields[i]->hasFocus() || m_edited)
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
    // What was being edited waits until it is now again.
    if (figures.past && m_edited)
        m_draft = m_bar->desired();
    else if (!figures.past && !isRunning && !m_draft.isEmpty())
        m_bar->setDesired(m_draft);
    m_edited = !figures.past && (m_edited || (!isRunning && !m_draft.isEmpty()));
    if (!figures.past)
        m_draft.clear();
    if (figures.reading) {
        const auto accepted = list(figures.reading->accepted());
        m_bar->setAccepted(accepted);
        QList<std::optional<double>> observed;
        for (const auto& backend : figures.reading->backends)
            observed << backend.observed;
        m_bar->setObserved(observed);
        if (!m_edited)
            m_bar->setDesired(isRunning ? list(figures.shift->desired) : figures.past && !figures.desired.empty() ? list(figures.desired) : accepted);
    } else if (figures.past) {
        m_bar->setDesired({});
        m_bar->setAccepted({});
        m_bar->setObserved({});
    }
    m_bar->setEditable(isEditable());
    const bool typing = std::ranges::any_of(m_fields, [](const QWidget* it) { return it->hasFocus(); });
    if (!typing)
        showFields();
    QStringList notes;
    if (figures.error)
        notes << QString::fromStdString(figures.error->text());
    if (figures.reading) {
        if (!figures.reading->drift.empty())
            notes << tr("drift: %1").arg(QString::fromStdString(figures.reading->drift));
        if (!figures.reading->pending.empty())
            notes << tr("pending: %1").arg(QString::fromStdString(figures.reading->pending));
        for (const auto& warning : figures.reading->warnings)
            notes << QString::fromStdString(warning);
    }
    if (figures.demand && figures.demand->gpusUnmet > 0) {
        QStringList why;
        for (const auto& [reason, gpus] : figures.demand->unmetWhy)
            why << QString::fromStdString(reason) + QLatin1Char(' ') + format::count(gpus);
        notes << tr("%1 GPUs of demand find no place").arg(format::count(figures.demand->gpusUnmet)) + (why.isEmpty() ? QString() : QStringLiteral(" (") + why.join(QStringLiteral(", ")) + QLatin1Char(')'));
    }
    const auto text = notes.join(QStringLiteral("  ·  "));
    if (m_note->text() != text)
        m_note->setText(text);
    m_note->setVisible(!notes.isEmpty());
    if (!notes.isEmpty())
        m_note->setStyleSheet(QStringLiteral("color: %1").arg((figures.error ? currentTheme().red : currentTheme().amber).name()));
    update();
}

void RouteRow::setSelected(bool selected)
{
    if (selected && !m_editor)
        makeFields();
    m_selected = selected;
    showFields();
    update();
}

void RouteRow::setTarget(const Weights& weights)
{
    if (!isEditable())
        return;
    m_bar->setDesired(list(weights));
    m_edited = true;
    showFields();
    update();
}

void RouteRow::discard()
{
    m_edited = false;
    show(m_figures);
    showFields();
}

void RouteRow::mousePressEvent(QMouseEvent*) { emit picked(); }

RouteRow::Tag RouteRow::tag() const
{
    if (running(m_figures))
        return { phaseText(*m_figures.shift), m_figures.shift->phase == ShiftPhase::Paused ? TagLook::Amber : TagLook::Accent };
    if (m_edited)
        return { tr("editing"), TagLook::Accent };
    if (m_figures.error)
        return { tr("no answer"), TagLook::Red };
    if (!m_figures.reading)
        return m_figures.past ? Tag { tr("not known"), TagLook::Neutral } : Tag {};
    if (!m_figures.reading->drift.empty())
        return { tr("drift"), TagLook::Amber };
    if (!m_figures.reading->pending.empty())
        return { tr("pending"), TagLook::Amber };
    return m_figures.reading->warnings.empty() ? Tag {} : Tag { tr("warning"), TagLook::Amber };
}

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
    facts << QString::fromStdString(m_route.router.text());
    // Of the past nothing may be known of it, which is no zero.
    if (!m_figures.past || m_figures.load > 0)
        facts << tr("%1 GPUs").arg(format::count(m_figures.load));
    if (m_figures.demand && m_figures.demand->requestsPerSecond)
        facts << tr("%1 requests").arg(format::rate(*m_figures.demand->requestsPerSecond));
    if (const auto& service = m_figures.service) {
        if (service->waiting)
            facts << tr("%1 requests wait").arg(format::count(static_cast<std::uint64_t>(std::llround(*service->waiting))));
        if (service->kvUse)
            //: KV cache of the fullest inference server
            facts << tr("KV %1 %").arg(std::lround(*service->kvUse * 100));
        if (const auto p99 = service->firstToken.quantile(0.99))
            facts << tr("first token p99 %1 ms").arg(format::count(static_cast<std::uint64_t>(std::llround(*p99))));
    }
    const auto details = facts.join(QStringLiteral(", "));
    painter.setFont(textFont(13));
    painter.setPen(theme.t3);
    const auto [tag, look] = this->tag();
    const double tagWidth = tag.isEmpty() ? 0 : paintTag(nullptr, {}, tag, look);
    painter.drawText(QRectF(x, 13, width() - x - 110 - tagWidth, 24), Qt::AlignVCenter | Qt::AlignLeft,
        painter.fontMetrics().elidedText(details, Qt::ElideRight, static_cast<int>(width() - x - 110 - tagWidth)));
    if (!tag.isEmpty())
        paintTag(&painter, { width() - 96 - tagWidth, 15 }, tag, look);
    const auto age = m_figures.reading ? ageSeconds(m_figures.reading->readAt, m_figures.past.value_or(wallClock())) : std::nullopt;
    paintAge(painter, QRectF(width() - 90, 13, 70, 24), format::age(age), ageLook(age, 30, m_figures.past.has_value()));
}

} // namespace penstock
