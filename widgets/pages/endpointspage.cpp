// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "pages/endpointspage.h"

#include <QDateTime>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

#include "controls/paint.h"
#include "controls/theme.h"
#include "models/endpointsmodel.h"
#include "models/failingmodel.h"
#include "models/format.h"
#include "pages/addendpointpanel.h"

namespace penstock {

namespace {

    class EndpointDelegate final : public QStyledItemDelegate
    {
    public:
        using QStyledItemDelegate::QStyledItemDelegate;
        void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
        {
            const auto& theme = currentTheme();
            const bool selected = option.state & QStyle::State_Selected;
            painter->fillRect(option.rect, selected ? theme.accsoft : theme.bg);
            painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), theme.line);
            if (selected && index.column() == EndpointsModel::Name)
                painter->fillRect(QRect(option.rect.left(), option.rect.top(), 2, option.rect.height()), theme.acc);
            const auto box = QRectF(option.rect).adjusted(6, 0, -8, 0);
            if (index.column() == EndpointsModel::Age) {
                const auto age = index.data(EndpointsModel::AgeRole);
                auto look = ageLook(age.isValid() ? std::optional(age.toDouble()) : std::nullopt, index.data(EndpointsModel::AgeLimitRole).toDouble(), index.data(EndpointsModel::CacheRole).toBool());
                // New data of a part are no whole.
                if (look == AgeLook::Fresh && index.data(EndpointsModel::PartialRole).toBool())
                    look = AgeLook::Ageing;
                paintAge(*painter, box, index.data().toString(), look);
                return;
            }
            if (index.column() == EndpointsModel::Recent) {
                paintSparkline(*painter, box.adjusted(0, 10, 0, -10), index.data(EndpointsModel::RecentRole).value<std::vector<double>>(),
                    index.data(EndpointsModel::FailingRole).toBool() || index.data(EndpointsModel::StaleRole).toBool() ? theme.amber : theme.t3);
                return;
            }
            double indent = 0;
            if (index.column() == EndpointsModel::Name) {
                const auto provider = index.data(EndpointsModel::ProviderRole).toString();
                painter->fillRect(QRectF(box.left(), box.center().y() - 6, 3, 12), provider.isEmpty() ? theme.t3 : theme.provider(provider));
                indent = 10;
            }
            const bool failing = index.data(EndpointsModel::FailingRole).toBool();
            const bool dim = failing || index.data(EndpointsModel::StaleRole).toBool() || index.data(EndpointsModel::CacheRole).toBool();
            painter->setFont(textFont(13, index.column() == EndpointsModel::Name ? QFont::Medium : QFont::Normal));
            painter->setPen(index.column() == EndpointsModel::Note ? (dim || index.data(EndpointsModel::PartialRole).toBool() ? theme.amber : theme.t3) : dim && index.column() == EndpointsModel::Gpus ? theme.t3
                    : index.column() == EndpointsModel::Kind ? theme.t2 : theme.t1);
            const auto room = box.adjusted(indent, 0, 0, 0);
            const auto text = index.data().toString();
            const auto write = [&](const QRectF& at, const QString& part) {
                painter->drawText(at, index.data(Qt::TextAlignmentRole).toInt(), painter->fontMetrics().elidedText(part, Qt::ElideRight, static_cast<int>(at.width())));
            };
            // The version, with its driver, goes below the kind where there is no room beside it.
            const auto comma = index.column() == EndpointsModel::Kind && painter->fontMetrics().horizontalAdvance(text) > room.width() ? text.indexOf(QLatin1String(", ")) : -1;
            if (comma < 0)
                return write(room, text);
            write(room.adjusted(0, 2, 0, -room.height() / 2), text.left(comma));
            painter->setFont(textFont(12));
            write(room.adjusted(0, room.height() / 2, 0, -4), text.mid(comma + 2));
        }
    };

    constexpr int failingRow = 24;
    constexpr int mostFailingRows = 7; ///< at a time

    class FailingDelegate final : public QStyledItemDelegate
    {
    public:
        using QStyledItemDelegate::QStyledItemDelegate;
        void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
        {
            const auto& theme = currentTheme();
            const bool isGroup = index.data(FailingModel::GroupRole).toBool();
            painter->fillRect(option.rect, option.state & QStyle::State_Selected ? theme.accsoft : theme.bg);
            const auto room = option.rect.adjusted(isGroup || index.column() != FailingModel::Target ? 0 : 16, 0, -8, 0);
            painter->setFont(textFont(13, isGroup ? QFont::Medium : QFont::Normal));
            painter->setPen(isGroup ? theme.amber : index.column() == FailingModel::Target ? theme.t1 : theme.t2);
            painter->drawText(room, index.data(Qt::TextAlignmentRole).toInt(), painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideRight, room.width()));
        }
    };

} // namespace

EndpointsPage::EndpointsPage(QWidget* parent)
    : QWidget(parent)
    , m_model(new EndpointsModel(this))
    , m_proxy(new QSortFilterProxyModel(this))
    , m_table(new QTableView(this))
    , m_failing(new FailingModel(this))
    , m_failingList(new QTableView(this))
    , m_filter(new QLineEdit(this))
    , m_summary(new QLabel(this))
    , m_name(new QLabel(this))
    , m_error(new QLabel(this))
    , m_facts(new QLabel(this))
    , m_about(new QLabel(this))
    , m_refused(new QLabel(this))
    , m_reconnect(new QPushButton(tr("Reconnect now"), this))
    , m_assistant(new AddEndpointPanel(this))
{
    auto* title = new QLabel(tr("Endpoints"), this);
    title->setFont(textFont(22, QFont::DemiBold));
    m_summary->setProperty("tone", QStringLiteral("t3"));
    m_proxy->setSourceModel(m_model);
    m_proxy->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_proxy->setFilterKeyColumn(-1);
    m_proxy->setSortRole(EndpointsModel::SortRole);
    m_filter->setPlaceholderText(tr("Filter"));
    m_filter->setAccessibleName(tr("Filter the endpoints"));
    m_filter->setObjectName(QStringLiteral("endpointFilter"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setMinimumWidth(80);
    m_filter->setMaximumWidth(220);
    setFocusPolicy(Qt::StrongFocus); // letters are commands until somebody types in the filter
    m_table->setModel(m_proxy);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(-1, Qt::AscendingOrder);
    connect(m_filter, &QLineEdit::textChanged, m_proxy, &QSortFilterProxyModel::setFilterFixedString);
    m_table->setItemDelegate(new EndpointDelegate(m_table));
    m_table->installEventFilter(this);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setShowGrid(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(40);
    m_table->setAccessibleName(tr("Endpoints"));
    m_table->setObjectName(QStringLiteral("endpointTable"));
    auto* header = m_table->horizontalHeader();
    header->setSectionResizeMode(QHeaderView::Fixed);
    header->setSectionResizeMode(EndpointsModel::Note, QHeaderView::Stretch);
    header->resizeSection(EndpointsModel::Name, 200);
    header->resizeSection(EndpointsModel::Kind, 230);
    header->resizeSection(EndpointsModel::Age, 110);
    header->resizeSection(EndpointsModel::Gpus, 90);
    header->resizeSection(EndpointsModel::Samples, 90);
    header->resizeSection(EndpointsModel::Recent, 110);
    header->resizeSection(EndpointsModel::Errors, 80);
    header->setHighlightSections(false);
    m_name->setFont(textFont(13, QFont::DemiBold));
    m_error->setWordWrap(true);
    m_error->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_facts->setProperty("tone", QStringLiteral("t2"));
    m_about->setProperty("tone", QStringLiteral("t2"));
    m_about->setObjectName(QStringLiteral("endpointAbout"));
    m_about->setWordWrap(true);
    m_about->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_refused->setProperty("tone", QStringLiteral("t2"));
    m_refused->setObjectName(QStringLiteral("refusedFrames"));
    m_refused->setWordWrap(true);
    m_refused->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_reconnect->setObjectName(QStringLiteral("reconnect"));
    m_failingList->setModel(m_failing);
    m_failingList->setItemDelegate(new FailingDelegate(m_failingList));
    m_failingList->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_failingList->setSelectionMode(QAbstractItemView::SingleSelection);
    m_failingList->setShowGrid(false);
    m_failingList->setTabKeyNavigation(false);
    m_failingList->verticalHeader()->hide();
    m_failingList->verticalHeader()->setDefaultSectionSize(failingRow);
    m_failingList->verticalHeader()->setMinimumSectionSize(failingRow);
    m_failingList->horizontalHeader()->hide();
    m_failingList->horizontalHeader()->setSectionResizeMode(FailingModel::Target, QHeaderView::Stretch);
    m_failingList->horizontalHeader()->setSectionResizeMode(FailingModel::Answered, QHeaderView::Fixed);
    m_failingList->horizontalHeader()->resizeSection(FailingModel::Answered, 200);
    m_failingList->setAccessibleName(tr("Targets that do not answer"));
    m_failingList->setObjectName(QStringLiteral("failingTargets"));
    auto* head = new QHBoxLayout;
    head->addWidget(title);
    head->addSpacing(8);
    head->addWidget(m_summary, 1);
    head->addWidget(m_filter, 1);
    auto* add = new QPushButton(tr("Add endpoint"), this);
    add->setProperty("kind", QStringLiteral("primary"));
    add->setObjectName(QStringLiteral("addEndpoint"));
    add->setAutoDefault(false);
    connect(add, &QPushButton::clicked, this, &EndpointsPage::openAssistant);
    head->addSpacing(8);
    head->addWidget(add);
    auto* line = new QFrame(this);
    line->setProperty("line", QStringLiteral("h"));
    line->setObjectName(QStringLiteral("endpointDetail")); // toasts stay above it
    auto* detailHead = new QHBoxLayout;
    detailHead->addWidget(m_name);
    detailHead->addWidget(m_facts, 1);
    detailHead->addWidget(m_reconnect);
    auto* layout = new QVBoxLayout;
    layout->setContentsMargins(24, 16, 24, 16);
    layout->setSpacing(10);
    auto* whole = new QHBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    whole->addLayout(layout, 1);
    whole->addWidget(m_assistant);
    m_assistant->hide();
    layout->addLayout(head);
    layout->addWidget(m_table, 1);
    layout->addWidget(line);
    layout->addLayout(detailHead);
    layout->addWidget(m_about);
    layout->addWidget(m_refused);
    layout->addWidget(m_error);
    layout->addWidget(m_failingList);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentChanged, this, &EndpointsPage::showDetails);
    connect(m_reconnect, &QPushButton::clicked, this, [this] {
        if (const auto* it = current())
            emit reconnectWanted(QString::fromStdString(it->name));
    });
    showDetails();
}

const EndpointStatus* EndpointsPage::current() const
{
    return m_model->endpoint(m_proxy->mapToSource(m_table->currentIndex()).row());
}

void EndpointsPage::select(const QString& endpoint)
{
    m_filter->clear();
    m_wanted = m_model->rowCount() == 0 ? endpoint : QString();
    for (int row = 0; row < m_proxy->rowCount(); ++row)
        if (m_proxy->index(row, EndpointsModel::Name).data().toString() == endpoint)
            m_table->selectRow(row);
    m_table->setFocus(Qt::ShortcutFocusReason);
}

/// Beside the assistant the least important columns make room for the note.
bool EndpointsPage::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_table && event->type() == QEvent::Resize) {
        m_table->setColumnHidden(EndpointsModel::Recent, m_table->width() < 1000);
        m_table->setColumnHidden(EndpointsModel::Samples, m_table->width() < 880);
        fitKind();
    }
    return QWidget::eventFilter(watched, event);
}

/// As wide as the longest version, while the note keeps its room.
void EndpointsPage::fitKind()
{
    const bool isNarrow = m_table->width() < 880;
    int needed = isNarrow ? 210 : 230;
    const QFontMetrics metrics(textFont(13));
    for (int row = 0; row < m_model->rowCount(); ++row)
        needed = std::max(needed, metrics.horizontalAdvance(m_model->index(row, EndpointsModel::Kind).data().toString()) + 20);
    const int room = isNarrow ? 210 : std::max(230, m_table->width() * 2 / 5 - 150);
    m_table->horizontalHeader()->resizeSection(EndpointsModel::Name, isNarrow ? 180 : 200);
    m_table->horizontalHeader()->resizeSection(EndpointsModel::Kind, std::min(needed, room));
}

void EndpointsPage::openAssistant()
{
    m_assistant->begin();
    m_assistant->show();
}

void EndpointsPage::focusFilter() { m_filter->setFocus(Qt::ShortcutFocusReason); }

void EndpointsPage::show(const std::vector<EndpointStatus>& endpoints, Time now)
{
    m_now = now;
    m_model->show(endpoints, now);
    fitKind();
    if (!m_wanted.isEmpty() && !endpoints.empty())
        select(std::exchange(m_wanted, {}));
    if (!m_table->currentIndex().isValid() && !endpoints.empty())
        m_table->selectRow(0);
    std::uint64_t gpus = 0;
    double samples = 0;
    for (const auto& it : endpoints) {
        gpus += it.gpus;
        samples += it.samplesPerSecond;
    }
    const bool isKnown = std::ranges::any_of(endpoints, &EndpointStatus::hasTold);
    m_summary->setText(tr("endpoints: %1, GPUs: %2, samples: %3").arg(endpoints.size()).arg(isKnown ? format::count(gpus) : QStringLiteral("–"), format::rate(samples)));
    showDetails();
}

void EndpointsPage::showFailing(const FailingTargets& targets)
{
    m_failing->show(targets, m_now);
    m_failingList->setVisible(m_failing->rowCount() > 0);
    m_failingList->setFixedHeight(std::min(m_failing->rowCount(), mostFailingRows) * failingRow + 2 * m_failingList->frameWidth());
}

void EndpointsPage::showDetails()
{
    const auto* it = current();
    m_reconnect->setVisible(it);
    m_about->setVisible(it);
    m_refused->setVisible(it && it->refusedFrames > 0);
    showFailing(it ? it->failing : nullptr);
    if (!it) {
        m_name->setText(tr("No endpoint yet"));
        m_error->setText(tr("Add an endpoint here, or as an [[endpoint]] of the workspace file."));
        return;
    }
    m_name->setText(QString::fromStdString(it->name));
    const auto time = [](std::optional<Time> at) {
        return at ? QDateTime::fromMSecsSinceEpoch(std::chrono::duration_cast<std::chrono::milliseconds>(at->time_since_epoch()).count(), Qt::UTC).toString(QStringLiteral("HH:mm:ss 'UTC'")) : QStringLiteral("–");
    };
    m_facts->setText(tr("%1 frames, last data %2, %3 gaps healed").arg(format::count(it->frames), time(it->observed), format::count(it->gaps)));
    const auto kind = QString::fromStdString(it->kind), version = QString::fromStdString(it->version);
    // A number alone, or what has it in words: "VictoriaMetrics 1.79.5".
    auto about = version.isEmpty() ? tr("Kind %1, version not known yet").arg(kind) : version.at(0).isDigit() ? tr("Kind %1, version %2").arg(kind, version) : tr("Kind %1, %2").arg(kind, version);
    if (it->series > 0)
        about += tr("; series: %1").arg(format::count(it->series));
    //: What a cluster offers to pods: GPUs, shares of them and MIG instances.
    if (it->schedulable)
        about += tr("; schedulable: %1").arg(format::count(*it->schedulable));
    QStringList missing;
    for (const auto& one : it->missing)
        missing << QString::fromStdString(one);
    if (!missing.isEmpty())
        about += tr("\nIt lacks: %1").arg(missing.join(QStringLiteral(", ")));
    else if (!it->version.empty())
        about += tr("\nIt lacks nothing that is looked for.");
    m_about->setText(about);
    m_refused->setText(tr("Refused frames: %1, the newest at %2: %3").arg(format::count(it->refusedFrames), time(it->refusedAt), QString::fromStdString(it->refusedReason)));
    const auto& theme = currentTheme();
    QString text;
    if (it->error) {
        text = tr("Last error, %1: %2").arg(time(it->errorAt), QString::fromStdString(it->error->what));
        if (!it->error->where.empty())
            text += tr("\nWhere: %1").arg(QString::fromStdString(it->error->where));
        if (!it->error->hint.empty())
            text += tr("\nWhat to do: %1").arg(QString::fromStdString(it->error->hint));
    } else
        text = tr("No errors.");
    m_error->setText(text);
    m_error->setStyleSheet(QStringLiteral("color: %1").arg((it->connection == Connection::Failing || it->partial ? theme.amber : theme.t3).name()));
}

} // namespace penstock
