// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "capacitypanel.h"

#include <QComboBox>
#include <QDate>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QShortcut>
#include <algorithm>
#include <map>

#include "base/timetext.h"
#include "controls/iconbutton.h"
#include "controls/theme.h"
#include "models/capacitytext.h"
#include "models/format.h"
#include "pictures/capacitydrawing.h"
#include "planparts.h"

namespace penstock {

namespace {

constexpr int rowHeight = 24, titleHeight = 28;

void clear(QLayout& layout)
{
    while (auto* item = layout.takeAt(0)) {
        // Until it is gone, which may be some time, it is not to be seen.
        if (auto* widget = item->widget()) {
            widget->hide();
            widget->deleteLater();
        }
        delete item;
    }
}

QString perHour(const std::optional<double>& dollars)
{
    return dollars ? CapacityPanel::tr("%1/h").arg(format::dollars(*dollars)) : CapacityPanel::tr("no price");
}

} // namespace

BarList::BarList(QWidget* parent) : QWidget(parent)
{
    hide();
}

void BarList::show(const QString& title, const QString& note, std::vector<Row> rows)
{
    m_title = title;
    m_note = note;
    m_rows = std::move(rows);
    setFixedHeight(titleHeight + rowHeight * static_cast<int>(m_rows.size()) + 8);
    QStringList parts;
    for (const auto& row : m_rows)
        parts << row.name + QLatin1Char(' ') + row.text;
    setAccessibleName(title);
    setAccessibleDescription(parts.join(QStringLiteral(", ")));
    setVisible(!m_rows.empty());
    update();
}

void BarList::paintEvent(QPaintEvent*)
{
    const auto& theme = currentTheme();
    QPainter painter(this);
    const auto write
        = [&](const QRectF& box, const QString& text, const QFont& font, const QColor& colour, Qt::Alignment side) {
              painter.setFont(font);
              painter.setPen(colour);
              painter.drawText(box, static_cast<int>(Qt::AlignVCenter | side),
                  painter.fontMetrics().elidedText(text, Qt::ElideRight, static_cast<int>(box.width())));
          };
    write(QRectF(0, 0, width(), titleHeight - 4), m_title, textFont(13, QFont::DemiBold), theme.t1, Qt::AlignLeft);
    const double titled = QFontMetricsF(textFont(13, QFont::DemiBold)).horizontalAdvance(m_title) + 12;
    write(QRectF(titled, 0, width() - titled, titleHeight - 4), m_note, textFont(12), theme.t3, Qt::AlignRight);
    double most = 0;
    for (const auto& row : m_rows)
        most = std::max(most, row.value);
    const double name = width() * 0.36, value = 76;
    double y = titleHeight;
    for (const auto& row : m_rows) {
        write(QRectF(0, y, name - 8, rowHeight), row.name, textFont(13), theme.t1, Qt::AlignLeft);
        if (most > 0)
            painter.fillRect(
                QRectF(name, y + rowHeight / 2.0 - 3, (width() - name - value) * row.value / most, 6), row.colour);
        write(QRectF(width() - value, y, value, rowHeight), row.text, textFont(13), theme.t1, Qt::AlignRight);
        y += rowHeight;
    }
}

PanelRow::PanelRow(const QString& name, const QString& value, const QString& note, const QColor& mark, QWidget* parent)
    : QPushButton(parent), m_name(name), m_value(value), m_note(note), m_mark(mark)
{
    setProperty("kind", QStringLiteral("flat"));
    setAccessibleName(name);
    setAccessibleDescription(value.isEmpty() ? note : value + QStringLiteral(", ") + note);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Minimum);
    setCursor(Qt::PointingHandCursor);
}

void PanelRow::paintEvent(QPaintEvent*)
{
    const auto& theme = currentTheme();
    QPainter painter(this);
    if (isChecked() || underMouse())
        painter.fillRect(rect(), isChecked() ? theme.accsoft : theme.s2);
    if (hasFocus()) {
        painter.setPen(QPen(theme.acc, 2));
        painter.drawRect(rect().adjusted(1, 1, -1, -1));
    }
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_mark);
    painter.drawRoundedRect(QRectF(4, 9, 6, 12), 2, 2);
    const QRectF line(18, 4, width() - 24, 20);
    painter.setFont(textFont(13));
    painter.setPen(theme.t1);
    const double wide = painter.fontMetrics().horizontalAdvance(m_value) + 8;
    painter.drawText(line, Qt::AlignVCenter | Qt::AlignRight, m_value);
    painter.drawText(line, Qt::AlignVCenter | Qt::AlignLeft,
        painter.fontMetrics().elidedText(m_name, Qt::ElideRight, static_cast<int>(line.width() - wide)));
    painter.setFont(textFont(12));
    painter.setPen(theme.t3);
    painter.drawText(line.translated(0, 18), Qt::AlignVCenter | Qt::AlignLeft,
        painter.fontMetrics().elidedText(m_note, Qt::ElideRight, static_cast<int>(line.width())));
}

CapacityPanel::CapacityPanel(QWidget* parent)
    : QWidget(parent), m_add(new QPushButton(tr("Add block"), this)), m_take(new QPushButton(this)),
      m_save(new QPushButton(tr("Save"), this)), m_blockList(new QVBoxLayout), m_scenarioList(new QVBoxLayout),
      m_editor(new QWidget(this)), m_gpus(new QDoubleSpinBox(this)), m_price(new QDoubleSpinBox(this)),
      m_model(new QComboBox(this)), m_provider(new QComboBox(this)), m_from(new QLineEdit(this)),
      m_name(new QLineEdit(this)), m_error(new QLabel(this)), m_formulas(new QLabel(this)),
      m_byProvider(new BarList(this)), m_byWorkload(new BarList(this)), m_unmet(new BarList(this))
{
    setProperty("surface", QStringLiteral("s1"));
    setAttribute(Qt::WA_StyledBackground);
    m_add->setObjectName(QStringLiteral("addBlock"));
    m_save->setObjectName(QStringLiteral("saveScenario"));
    m_name->setObjectName(QStringLiteral("scenarioName"));
    m_name->setPlaceholderText(tr("name of the scenario"));
    m_name->setAccessibleName(tr("Name of the scenario"));
    m_formulas->setObjectName(QStringLiteral("costFormulas"));
    m_formulas->setWordWrap(true);
    m_formulas->setFont(textFont(12));
    m_formulas->setProperty("tone", QStringLiteral("t3"));
    m_error->setWordWrap(true);
    m_error->setProperty("tone", QStringLiteral("red"));
    m_error->hide();
    m_byProvider->setObjectName(QStringLiteral("costByProvider"));
    m_byWorkload->setObjectName(QStringLiteral("costByWorkload"));
    m_unmet->setObjectName(QStringLiteral("unmetDemand"));
    for (auto* list : { m_blockList, m_scenarioList }) {
        list->setContentsMargins(0, 0, 0, 0);
        list->setSpacing(2);
    }
    makeEditor();
    auto* head = new QHBoxLayout;
    head->addWidget(heading(tr("What-if blocks")), 1);
    head->addWidget(m_add);
    auto* saving = new QHBoxLayout;
    saving->addWidget(m_name, 1);
    saving->addWidget(m_save);
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(16, 16, 16, 16);
    whole->setSpacing(8);
    whole->addLayout(head);
    whole->addLayout(m_blockList);
    whole->addWidget(m_editor);
    whole->addWidget(m_error);
    whole->addWidget(heading(tr("Scenarios, and when each runs out")));
    whole->addLayout(m_scenarioList);
    whole->addLayout(saving);
    whole->addSpacing(4);
    whole->addWidget(m_byProvider);
    whole->addWidget(m_byWorkload);
    whole->addWidget(m_formulas);
    whole->addWidget(m_unmet);
    whole->addStretch(1);
    connect(m_add, &QPushButton::clicked, this, [this] { edit({}, m_proposal); });
    const auto save = [this] {
        if (!m_name->text().trimmed().isEmpty())
            emit scenarioSaved(m_name->text().trimmed());
    };
    connect(m_save, &QPushButton::clicked, this, save);
    connect(m_name, &QLineEdit::returnPressed, this, save);
    connect(m_name, &QLineEdit::textChanged, this,
        [this](const QString& text) { m_save->setEnabled(!text.trimmed().isEmpty() && !m_blocks.empty()); });
    m_save->setEnabled(false);
}

QLabel* CapacityPanel::heading(const QString& text)
{
    auto* made = new QLabel(text, this);
    made->setFont(textFont(13, QFont::DemiBold));
    return made;
}

void CapacityPanel::makeEditor()
{
    m_editor->setObjectName(QStringLiteral("blockEditor"));
    m_gpus->setObjectName(QStringLiteral("blockGpus"));
    m_gpus->setRange(-1'000'000, 1'000'000);
    m_gpus->setDecimals(0);
    m_gpus->setSingleStep(1000);
    m_gpus->setGroupSeparatorShown(true);
    m_gpus->setToolTip(tr("Below 0: they go"));
    m_price->setRange(0, 10'000);
    m_price->setSingleStep(0.1);
    m_price->setSpecialValueText(tr("by the prices"));
    m_price->setPrefix(QStringLiteral("$"));
    m_model->setEditable(true);
    m_model->setObjectName(QStringLiteral("blockModel"));
    m_provider->setObjectName(QStringLiteral("blockProvider"));
    m_from->setObjectName(QStringLiteral("blockFrom"));
    m_from->setPlaceholderText(QStringLiteral("2027-03-01"));
    m_take->setObjectName(QStringLiteral("takeBlock"));
    m_take->setProperty("kind", QStringLiteral("primary"));
    auto* grid = new QGridLayout(m_editor);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setVerticalSpacing(6);
    grid->setColumnStretch(1, 1);
    const auto row = [&](const QString& name, QWidget* field) {
        auto* label = new QLabel(name, m_editor);
        label->setProperty("tone", QStringLiteral("t2"));
        label->setBuddy(field);
        field->setAccessibleName(name);
        const int at = grid->rowCount();
        grid->addWidget(label, at, 0);
        grid->addWidget(field, at, 1);
    };
    row(tr("GPUs"), m_gpus);
    row(tr("Model"), m_model);
    row(tr("At"), m_provider);
    row(tr("From"), m_from);
    row(tr("A GPU-hour"), m_price);
    auto* cancel = new QPushButton(tr("Cancel"), m_editor);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(cancel);
    buttons->addWidget(m_take);
    grid->addLayout(buttons, grid->rowCount(), 0, 1, 2);
    m_editor->hide();
    connect(cancel, &QPushButton::clicked, this, [this] {
        m_editor->hide();
        m_error->hide();
    });
    connect(m_take, &QPushButton::clicked, this, &CapacityPanel::take);
    // In any of its fields.
    for (const auto key : { Qt::Key_Return, Qt::Key_Enter })
        connect(new QShortcut(key, m_editor, nullptr, nullptr, Qt::WidgetWithChildrenShortcut), &QShortcut::activated, this, &CapacityPanel::take);
}

void CapacityPanel::setChoices(const QStringList& providers, const QStringList& models)
{
    for (const auto& [box, names] : { std::pair { m_provider, providers }, { m_model, models } }) {
        QStringList there;
        for (int i = 0; i < box->count(); ++i)
            there << box->itemText(i);
        if (there == names)
            continue;
        const auto kept = box->currentText();
        box->clear();
        box->addItems(names);
        box->setCurrentText(kept);
    }
}

void CapacityPanel::edit(std::optional<std::size_t> at, const CommittedCapacity& block)
{
    m_edited = at;
    m_gpus->setValue(static_cast<double>(block.gpus));
    m_model->setCurrentText(QString::fromStdString(block.model));
    m_provider->setCurrentText(QString::fromStdString(block.provider));
    m_from->setText(block.from ? QString::fromStdString(rfc3339(*block.from).substr(0, 10)) : QString());
    m_price->setValue(block.perGpuHour.value_or(0));
    m_take->setText(at ? tr("Change") : tr("Add"));
    m_error->hide();
    m_editor->show();
    m_gpus->setFocus(Qt::OtherFocusReason);
    m_gpus->selectAll();
}

void CapacityPanel::take()
{
    const auto from = parseTime(m_from->text().trimmed().toStdString());
    const auto model = m_model->currentText().trimmed();
    const auto wrong = m_gpus->value() == 0   ? tr("How many GPUs come (above 0) or go (below 0)?")
        : model.isEmpty()                     ? tr("Which model?")
        : m_provider->currentText().isEmpty() ? tr("At which provider?")
        : !from                               ? tr("Write the day as 2027-03-01.")
                                              : QString();
    m_error->setText(wrong);
    m_error->setVisible(!wrong.isEmpty());
    if (!wrong.isEmpty())
        return;
    CommittedCapacity made = m_edited && *m_edited < m_blocks.size() ? m_blocks[*m_edited].block : CommittedCapacity();
    made.gpus = static_cast<std::int64_t>(m_gpus->value());
    made.model = model.toStdString();
    made.provider = m_provider->currentText().toStdString();
    made.from = *from;
    if (made.until && *made.until <= *from)
        made.until.reset();
    made.perGpuHour = m_price->value() > 0 ? std::optional(m_price->value()) : std::nullopt;
    m_editor->hide();
    if (m_edited)
        emit blockChanged(*m_edited, made);
    else
        emit blockAdded(made);
}

void CapacityPanel::showBlocks(const std::vector<BlockLine>& blocks)
{
    m_blocks = blocks;
    clear(*m_blockList);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const auto& block = blocks[i].block;
        QStringList note { tr("from %1").arg(block.from ? format::day(*block.from) : QStringLiteral("–")) };
        if (block.until)
            note << tr("until %1").arg(format::day(*block.until));
        note << perHour(blocks[i].dollars);
        // Beside it the price would leave no room for what it is.
        auto* row = new PanelRow(blockText(block), {}, note.join(QStringLiteral(", ")), currentTheme().acc, this);
        row->setToolTip(tr("Drag it on the chart, or click to edit"));
        row->setObjectName(QStringLiteral("block-%1").arg(i));
        connect(row, &QPushButton::clicked, this, [this, i] { edit(i, m_blocks[i].block); });
        auto* remove = new IconButton(QStringLiteral("cross"), tr("Remove this block"), this);
        remove->setObjectName(QStringLiteral("removeBlock-%1").arg(i));
        connect(remove, &QPushButton::clicked, this, [this, i] { emit blockRemoved(i); });
        auto* holder = new QWidget(this);
        auto* line = new QHBoxLayout(holder);
        line->setContentsMargins(0, 0, 0, 0);
        line->setSpacing(0);
        line->addWidget(row, 1);
        line->addWidget(remove, 0, Qt::AlignTop);
        m_blockList->addWidget(holder);
    }
    if (blocks.empty()) {
        auto* none = new QLabel(tr("GPUs that may come or go, from a day on."), this);
        none->setProperty("tone", QStringLiteral("t3"));
        none->setWordWrap(true);
        m_blockList->addWidget(none);
    }
    m_save->setEnabled(!m_name->text().trimmed().isEmpty() && !blocks.empty());
}

void CapacityPanel::showScenarios(const std::vector<ScenarioLine>& scenarios)
{
    clear(*m_scenarioList);
    for (const auto& it : scenarios) {
        const bool isPlain = it.isSaved && it.name.isEmpty();
        const auto note = isPlain ? it.range
            : it.range.isEmpty()  ? perHour(it.dollars)
                                  : tr("%1, %2").arg(it.range, perHour(it.dollars));
        const auto name = isPlain ? tr("without blocks") : it.isSaved ? it.name : tr("as shown, not saved");
        auto* row = new PanelRow(name, it.runsOut, note, isPlain ? currentTheme().t3 : currentTheme().acc, this);
        row->setCheckable(true);
        row->setChecked(it.isShown);
        row->setObjectName(QStringLiteral("scenario-") + it.name);
        row->setEnabled(it.isSaved);
        connect(row, &QPushButton::clicked, this, [this, name = it.name] {
            m_name->setText(name);
            emit scenarioPicked(name);
        });
        auto* holder = new QWidget(this);
        auto* line = new QHBoxLayout(holder);
        line->setContentsMargins(0, 0, 0, 0);
        line->setSpacing(0);
        line->addWidget(row, 1);
        if (it.isSaved && !isPlain) {
            auto* remove
                = new IconButton(QStringLiteral("cross"), tr("Remove %1 from the workspace").arg(it.name), this);
            connect(remove, &QPushButton::clicked, this, [this, name = it.name] { emit scenarioRemoved(name); });
            line->addWidget(remove, 0, Qt::AlignTop);
        }
        m_scenarioList->addWidget(holder);
    }
}

void CapacityPanel::showCost(const CostPicture& cost, const std::vector<WorkloadDemand>& demand)
{
    const auto& theme = currentTheme();
    const bool known = cost.all.rented.gpus > 0 && cost.all.rented.unpriced < cost.all.rented.gpus;
    std::vector<BarList::Row> providers, workloads;
    const auto row = [](const QString& name, const Spend& spend, const QColor& colour) {
        const auto hourly = spend.known();
        return BarList::Row { name, hourly ? format::dollars(*hourly) : std::isnan(spend.gpus) ? tr("not known") : tr("no price"), hourly.value_or(0), colour };
    };
    for (const auto& it : cost.byProvider) {
        const auto name = QString::fromStdString(it.key);
        providers.push_back(row(name, it.rented, theme.provider(name)));
    }
    double unallocated = 0;
    for (const auto& it : cost.byWorkload)
        if (it.key.empty())
            unallocated = it.rented.dollars - it.allocated.dollars;
        else
            workloads.push_back(row(QString::fromStdString(it.key), it.allocated, theme.state(GpuState::Busy)));
    const auto dearest = [](std::vector<BarList::Row>& rows) {
        std::ranges::stable_sort(rows, std::greater {}, &BarList::Row::value);
    };
    dearest(providers);
    dearest(workloads);
    if (cost.all.rented.dollars > cost.all.allocated.dollars)
        unallocated = cost.all.rented.dollars - cost.all.allocated.dollars;
    workloads.push_back({ tr("unallocated"), format::dollars(unallocated), unallocated, theme.state(GpuState::Free) });
    workloads.push_back(row(tr("of all, idle"), cost.all.idle, theme.state(GpuState::Idle)));
    m_byProvider->show(
        tr("Cost by provider"), tr("all GPUs, per hour"), known ? providers : std::vector<BarList::Row>());
    m_byWorkload->show(
        tr("Cost by workload"), tr("allocated, per hour"), known ? workloads : std::vector<BarList::Row>());
    QStringList said;
    if (known) {
        const auto line = [&](const QString& name, const QString& formula, const Spend& spend) {
            const auto hourly = spend.known();
            return hourly ? tr("%1 %2/h, %3 a day, %4 a month: %5")
                                .arg(name, format::dollars(*hourly), format::dollars(*hourly * hoursADay), format::dollars(*hourly * hoursAMonth), formula)
                          : std::isnan(spend.gpus) ? tr("%1: nothing is heard of the GPUs: %2").arg(name, formula)
                          : tr("%1: no price for these GPUs: %2").arg(name, formula);
        };
        said << line(tr("Rented"), tr("GPUs of any state × price."), cost.all.rented)
             << line(tr("Allocation cost"), tr("(busy + idle + unknown that kept their workload) × price."),
                    cost.all.allocated)
             << line(tr("Usage cost"), tr("busy × price."), cost.all.used)
             << tr("As of %1; a month is 730 hours. By %2.").arg(CapacityText::moment(cost.asOf), pricesText(cost.prices));
        if (cost.silentSince)
            said << tr("Of some GPUs nothing was heard since %1: they are rented, and what they do is not known.").arg(CapacityText::moment(*cost.silentSince));
        if (cost.all.unheard >= 1)
            said << tr("Of %1 GPUs nobody knows what they do: usage cost and cost of idle lack them.").arg(format::count(static_cast<std::uint64_t>(cost.all.unheard)));
        if (cost.all.rented.unpriced >= 1)
            said << tr("%1 GPUs have no price and are in no figure.")
                        .arg(format::count(static_cast<std::uint64_t>(cost.all.rented.unpriced)));
    } else if (cost.all.rented.gpus > 0)
        said << tr("No GPU has a price: add [[price]] to the workspace.");
    m_formulas->setText(said.join(QLatin1Char('\n')));
    m_formulas->setVisible(!said.isEmpty());

    std::map<QString, std::uint64_t> why;
    std::uint64_t pending = 0;
    for (const auto& it : demand) {
        pending += it.gpusUnmet;
        std::uint64_t told = 0;
        for (const auto& [reason, gpus] : it.unmetWhy) {
            why[QString::fromStdString(reason)] += gpus;
            told += gpus;
        }
        if (it.gpusUnmet > told)
            why[QString::fromStdString(it.workload)] += it.gpusUnmet - told;
    }
    std::vector<BarList::Row> reasons;
    for (const auto& [reason, gpus] : why)
        if (gpus > 0)
            reasons.push_back({ reason, format::count(gpus), static_cast<double>(gpus), theme.amber });
    dearest(reasons);
    m_unmet->show(tr("Unmet demand"), tr("%1 GPUs pending, by reason").arg(format::count(pending)), reasons);
}

} // namespace penstock
