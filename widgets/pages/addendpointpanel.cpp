// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "pages/addendpointpanel.h"

#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QRegularExpression>
#include <QScrollArea>
#include <QShortcut>
#include <QStyle>
#include <QVBoxLayout>
#include <array>
#include <map>
#include <tuple>

#include "controls/paint.h"
#include "controls/theme.h"
#include "fleet/managedstore.h"
#include "fleetparts.h"
#include "models/format.h"
#include "models/places.h"

namespace penstock {

namespace {

    constexpr int panelWidth = 400;
    constexpr std::size_t mostRegions = 4; ///< that are named
    constexpr std::array kinds { "agent", "prometheus", "dcgm", "kubernetes", "slurm" };

    QString text(const std::string& it) { return QString::fromStdString(it); }

    void write(QPainter* painter, const QRectF& box, const QString& what, const QColor& colour, const QFont& font, int align = Qt::AlignLeft)
    {
        if (!painter)
            return;
        painter->setFont(font);
        painter->setPen(colour);
        painter->drawText(box, align | Qt::AlignVCenter, painter->fontMetrics().elidedText(what, Qt::ElideRight, static_cast<int>(box.width())));
    }

} // namespace

/// Three lines, as far as it has come.
class AddEndpointPanel::Steps final : public QWidget
{
public:
    explicit Steps(QWidget* parent) : QWidget(parent) { setFixedHeight(32); }
    int at = 0;

private:
    void paintEvent(QPaintEvent*) override
    {
        const auto& theme = currentTheme();
        QPainter painter(this);
        const std::array names { AddEndpointPanel::tr("1 Address"), AddEndpointPanel::tr("2 What was found"), AddEndpointPanel::tr("3 Save") };
        const double span = (width() - 12) / 3.0;
        for (int i = 0; i < 3; ++i) {
            const double x = i * (span + 6);
            painter.fillRect(QRectF(x, 0, span, 2), i <= at ? theme.acc : theme.line2);
            write(&painter, QRectF(x, 8, span, 20), names[static_cast<std::size_t>(i)], i == at ? theme.t1 : theme.t2, textFont(12));
        }
    }
};

/// The first numbers, what is measured, what is missing.
class AddEndpointPanel::Findings final : public QWidget
{
public:
    explicit Findings(QWidget* parent) : QWidget(parent)
    {
        setProperty("surface", QStringLiteral("s1"));
        setAttribute(Qt::WA_StyledBackground);
    }
    void show(const EndpointFindings& findings)
    {
        m_it = findings;
        setMinimumHeight(static_cast<int>(paint(nullptr)) + 8);
        const bool single = m_it.snapshot->total().nodes == 1;
        QStringList said { single ? AddEndpointPanel::tr("%1 GPUs on 1 node").arg(format::count(m_it.snapshot->total().gpus)) : AddEndpointPanel::tr("%1 GPUs on %2 nodes").arg(format::count(m_it.snapshot->total().gpus), format::count(m_it.snapshot->total().nodes)) };
        for (std::uint32_t r = 0; r < std::min(m_it.snapshot->structure().regions.size(), mostRegions); ++r)
            said << place(r);
        QStringList lacks;
        for (const auto& [what, cost] : missing())
            lacks << what + QStringLiteral(": ") + cost;
        if (!lacks.isEmpty())
            said << lacks.join(QStringLiteral("; "));
        setAccessibleDescription(said.join(QStringLiteral(". ")));
        update();
    }

private:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.fillRect(rect(), currentTheme().s1);
        if (m_it.snapshot)
            paint(&painter);
    }
    void resizeEvent(QResizeEvent*) override
    {
        if (m_it.snapshot)
            setMinimumHeight(static_cast<int>(paint(nullptr)) + 8);
    }
    /// "DCGM_FI_DEV_XID_ERRORS (GPU errors)" is a metric and what is unknown without it.
    [[nodiscard]] QList<std::pair<QString, QString>> missing() const
    {
        QList<std::pair<QString, QString>> made;
        for (const auto& one : m_it.status.missing) {
            const auto whole = text(one);
            const auto at = whole.indexOf(QLatin1String(" ("));
            made << (at > 0 && whole.endsWith(QLatin1Char(')')) ? std::pair(whole.left(at), AddEndpointPanel::tr("Unknown: %1").arg(whole.mid(at + 2, whole.size() - at - 3))) : std::pair(whole, QString()));
        }
        QStringList unapproved;
        for (const auto& provider : m_it.unapproved)
            unapproved << text(provider);
        if (!unapproved.isEmpty())
            made << std::pair(AddEndpointPanel::tr("Data approval of %1").arg(unapproved.join(QStringLiteral(", "))), AddEndpointPanel::tr("No workload may move there yet"));
        return made;
    }
    /// "aws, us-east-1 · us-east-1a"
    [[nodiscard]] QString place(std::uint32_t number) const
    {
        const auto& shape = m_it.snapshot->structure();
        const auto& region = shape.regions[number];
        const auto zones = zonesOf(shape, number);
        const auto name = text(shape.providers[region.provider].name) + QStringLiteral(", ") + text(region.name);
        return zones.isEmpty() ? name : name + QStringLiteral(" · ") + (zones.size() == 1 ? zones.first() : AddEndpointPanel::tr("%1 zones").arg(zones.size()));
    }
    /// The height that it takes.
    double wrapped(QPainter* painter, double x, double y, const QString& what, const QColor& colour, const QFont& font) const
    {
        const double room = width() - x, needs = QFontMetricsF(font).boundingRect(QRectF(0, 0, room, 1000), Qt::TextWordWrap, what).height();
        if (painter) {
            painter->setFont(font);
            painter->setPen(colour);
            painter->drawText(QRectF(x, y, room, needs + 4), Qt::TextWordWrap, what);
        }
        return needs;
    }
    double paint(QPainter* painter) const
    {
        const auto& theme = currentTheme();
        const auto& shape = m_it.snapshot->structure();
        const auto& total = m_it.snapshot->total();
        const double w = width();
        double y = 0;
        const auto number = format::count(total.gpus);
        const auto large = textFont(28, QFont::DemiBold);
        const double wide = QFontMetricsF(large).horizontalAdvance(number) + 8;
        write(painter, QRectF(0, y, wide, 36), number, theme.t1, large);
        write(painter, QRectF(wide, y + 8, w - wide, 24), total.nodes == 1 ? AddEndpointPanel::tr("GPUs on 1 node") : AddEndpointPanel::tr("GPUs on %1 nodes").arg(format::count(total.nodes)), theme.t2, textFont(13));
        y += 42;
        for (std::uint32_t r = 0; r < std::min(shape.regions.size(), mostRegions); ++r) {
            const auto provider = text(shape.providers[shape.regions[r].provider].name);
            const auto& tally = m_it.snapshot->regionTally(r);
            if (painter)
                painter->fillRect(QRectF(0, y + 4, 3, 12), theme.provider(provider));
            write(painter, QRectF(10, y, w - 110, 20), place(r), theme.t1, textFont(13));
            write(painter, QRectF(w - 100, y, 100, 20), format::count(tally.gpus), theme.t2, textFont(13), Qt::AlignRight);
            y += 22;
        }
        if (shape.regions.size() > mostRegions) {
            write(painter, QRectF(10, y, w - 10, 20), AddEndpointPanel::tr("and %1 more regions").arg(shape.regions.size() - mostRegions), theme.t3, textFont(12));
            y += 22;
        }
        QStringList models;
        for (std::size_t m = 0; m < shape.models.size(); ++m)
            models << AddEndpointPanel::tr("%1 x %2").arg(format::count(m_it.snapshot->modelTally(m).gpus), text(shape.models[m]));
        write(painter, QRectF(0, y, w, 20), models.join(QStringLiteral(", ")), theme.t2, textFont(12));
        y += 26;
        if (painter)
            paintStateBar(*painter, QRectF(0, y, w, 12), total.byState);
        y += 20;
        double x = 0;
        for (std::size_t s = 0; s < gpuStateCount; ++s) {
            if (total.byState[s] == 0)
                continue;
            const auto count = format::count(total.byState[s]) + QLatin1Char(' ') + stateName(static_cast<GpuState>(s));
            const double span = QFontMetricsF(textFont(12)).horizontalAdvance(count) + 30;
            if (x > 0 && x + span > w) {
                x = 0;
                y += 20;
            }
            if (painter)
                paintStateGlyph(*painter, QRectF(x, y + 4, 11, 11), static_cast<GpuState>(s));
            write(painter, QRectF(x + 16, y, span, 20), count, theme.t2, textFont(12));
            x += span;
        }
        y += 30;
        write(painter, QRectF(0, y, w, 20), AddEndpointPanel::tr("Found"), theme.t1, textFont(13, QFont::DemiBold));
        y += 26;
        const auto row = [&](const QString& icon, const QColor& colour, const QString& what, const QString& value) {
            if (painter)
                paintIcon(*painter, icon, QRectF(0, y + 2, 15, 15), colour);
            const double right = std::min(w * 0.5, QFontMetricsF(textFont(12)).horizontalAdvance(value) + 6);
            write(painter, QRectF(24, y, w - 30 - right, 20), what, theme.t1, textFont(13));
            write(painter, QRectF(w - right, y, right, 20), value, theme.t2, textFont(12), Qt::AlignRight);
            y += 26;
        };
        const auto seen = total.seen();
        const std::array<std::pair<QString, std::uint64_t>, 4> measured { { { AddEndpointPanel::tr("Utilisation"), total.utilisation.known }, { AddEndpointPanel::tr("Memory"), total.memory.known },
            { AddEndpointPanel::tr("Power"), total.power.known }, { AddEndpointPanel::tr("Temperature"), total.temperature.known } } };
        for (const auto& [what, known] : measured)
            if (known > 0) {
                const bool isWhole = known >= total.gpus;
                row(isWhole ? QStringLiteral("check") : QStringLiteral("warn"), isWhole ? theme.green : theme.amber, what, AddEndpointPanel::tr("%1 of %2").arg(format::count(known), format::count(total.gpus)));
            }
        if (total.load > 0)
            row(QStringLiteral("check"), theme.green, AddEndpointPanel::tr("Who holds which GPUs"), AddEndpointPanel::tr("%1 held").arg(format::count(total.load)));
        if (!m_it.snapshot->demand().empty())
            row(QStringLiteral("check"), theme.green, AddEndpointPanel::tr("Demand that waits"), AddEndpointPanel::tr("%1 workloads").arg(m_it.snapshot->demand().size()));
        QList<std::pair<QString, QString>> lacks;
        // A source that knows what it lacks has said so.
        for (const auto& [what, known] : measured)
            if (known == 0 && seen > 0 && m_it.status.missing.empty())
                lacks << std::pair(AddEndpointPanel::tr("%1 of no GPU").arg(what), QString());
        lacks += missing();
        if (!lacks.isEmpty()) {
            y += 6;
            write(painter, QRectF(0, y, w, 20), AddEndpointPanel::tr("Missing, and what that costs you"), theme.t1, textFont(13, QFont::DemiBold));
            y += 26;
            // What it costs first: the metric's name is for who can change that.
            for (const auto& [what, cost] : std::as_const(lacks)) {
                if (painter)
                    paintIcon(*painter, QStringLiteral("info"), QRectF(0, y + 2, 15, 15), theme.amber);
                y += 2 + wrapped(painter, 24, y + 2, cost.isEmpty() ? what : cost, theme.t1, textFont(13));
                if (!cost.isEmpty())
                    y += wrapped(painter, 24, y, what, theme.t3, textFont(12));
                y += 8;
            }
        }
        if (m_it.status.partial) {
            y += 6;
            if (painter)
                paintIcon(*painter, QStringLiteral("warn"), QRectF(0, y + 1, 15, 15), theme.amber);
            y += wrapped(painter, 24, y, text(m_it.status.partial->text()), theme.amber, textFont(12)) + 10;
        }
        return y;
    }
    EndpointFindings m_it;
};

AddEndpointPanel::AddEndpointPanel(QWidget* parent)
    : QWidget(parent)
    , m_steps(new Steps(this))
    , m_findings(new Findings(this))
    , m_scroll(new QScrollArea(this))
    , m_form(new QWidget(this))
    , m_address(new QLineEdit(this))
    , m_user(new QLineEdit(m_form))
    , m_token(new QLineEdit(m_form))
    , m_tenant(new QLineEdit(m_form))
    , m_ca(new QLineEdit(m_form))
    , m_provider(new QLineEdit(m_form))
    , m_region(new QLineEdit(m_form))
    , m_prometheus(new QLineEdit(m_form))
    , m_name(new QLineEdit(this))
    , m_context(new QComboBox(m_form))
    , m_kind(new QComboBox(m_form))
    , m_signIn(new QComboBox(m_form))
    , m_contextLabel(new QLabel(tr("or a context"), m_form))
    , m_message(new QLabel(this))
    , m_nameLabel(new QLabel(tr("Name"), this))
    , m_back(new QPushButton(tr("Back"), this))
    , m_again(new QPushButton(tr("Look again"), this))
    , m_look(new QPushButton(tr("Look what is there"), this))
    , m_save(new QPushButton(tr("Save endpoint"), this))
    , m_run(new QPushButton(tr("Run it"), this))
{
    setFixedWidth(panelWidth);
    setProperty("surface", QStringLiteral("s1"));
    setAttribute(Qt::WA_StyledBackground);
    build();
    setContexts({});
    begin();
}

void AddEndpointPanel::build()
{
    auto* title = new QLabel(tr("Add endpoint"), this);
    title->setFont(textFont(16, QFont::DemiBold));
    auto* close = new QPushButton(tr("Close"), this);
    close->setProperty("kind", QStringLiteral("flat"));
    close->setObjectName(QStringLiteral("closeAdd"));
    close->setAutoDefault(false);
    auto* head = new QHBoxLayout;
    head->addWidget(title, 1);
    head->addWidget(close);
    m_address->setObjectName(QStringLiteral("newAddress"));
    m_address->setAccessibleName(tr("Address"));
    m_address->setPlaceholderText(tr("https://…, http://HOST:9400, grpcs://HOST:7443"));
    m_kind->addItem(tr("find out"), QString());
    for (const auto* kind : kinds)
        m_kind->addItem(QString::fromLatin1(kind), QString::fromLatin1(kind));
    m_kind->setObjectName(QStringLiteral("newKind"));
    m_context->setObjectName(QStringLiteral("newContext"));
    auto* grid = new QGridLayout(m_form);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(8);
    grid->setColumnStretch(1, 1);
    int row = 0;
    const auto field = [&](const QString& label, QWidget* widget, const char* name, const QString& hint = {}) {
        auto* text = new QLabel(label, m_form);
        text->setProperty("tone", QStringLiteral("t2"));
        text->setBuddy(widget);
        widget->setAccessibleName(label);
        widget->setObjectName(QString::fromLatin1(name));
        if (auto* edit = qobject_cast<QLineEdit*>(widget))
            edit->setPlaceholderText(hint);
        grid->addWidget(text, row, 0);
        grid->addWidget(widget, row++, 1);
    };
    m_contextLabel->setProperty("tone", QStringLiteral("t2"));
    m_context->setAccessibleName(tr("Context of the kubeconfig"));
    grid->addWidget(m_contextLabel, row, 0);
    grid->addWidget(m_context, row++, 1);
    field(tr("Its Prometheus"), m_prometheus, "newPrometheus", tr("https://… that measures its GPUs, if any"));
    m_prometheusLabel = qobject_cast<QLabel*>(grid->itemAtPosition(row - 1, 0)->widget());
    field(tr("Kind"), m_kind, "newKind");
    for (const auto& [name, kind] : { std::pair(tr("with a token, or none"), ""), std::pair(tr("to Amazon"), "aws"), std::pair(tr("to Google Cloud"), "google"), std::pair(tr("to Azure"), "azure") })
        m_signIn->addItem(name, QString::fromLatin1(kind));
    field(tr("Sign in"), m_signIn, "newSignIn");
    const auto reference = tr("keychain:NAME, env:NAME or file:PATH");
    const auto signInField = [&](const char* kind, const char* key, const QString& label, QLineEdit* edit, const char* name, const QString& hint) {
        field(label, edit, name, hint);
        m_signInFields.push_back({ kind, key, qobject_cast<QLabel*>(grid->itemAtPosition(row - 1, 0)->widget()), edit });
    };
    signInField("", "token", tr("Token"), m_token, "newToken", reference);
    signInField("", "user", tr("User"), m_user, "newUser", tr("where the token is a password"));
    signInField("", "tenant", tr("Tenant"), m_tenant, "newTenant", tr("of a store of many, as Mimir"));
    for (const auto& [kind, key, label, name, hint] : { std::tuple("aws", "access_key", tr("Access key"), "newAccessKey", tr("AKIA…; without: this account's keys")), std::tuple("aws", "secret_key", tr("Secret key"), "newSecretKey", reference),
             std::tuple("aws", "session_token", tr("Session token"), "newSessionToken", tr("of keys that end: keychain:NAME…")), std::tuple("aws", "profile", tr("Profile"), "newProfile", tr("of ~/.aws/credentials, instead")),
             std::tuple("aws", "region", tr("Store's region"), "newStoreRegion", tr("where the address can't tell")), std::tuple("google", "key", tr("Key"), "newKey", tr("file:KEY.json, keychain:NAME…")),
             std::tuple("azure", "tenant", tr("Directory"), "newDirectory", tr("its ID, or its domain")), std::tuple("azure", "client_id", tr("Application"), "newClientId", tr("its ID, of the app registration")),
             std::tuple("azure", "client_secret", tr("Client secret"), "newClientSecret", reference) })
        signInField(kind, key, label, new QLineEdit(m_form), name, hint);
    field(tr("Authority"), m_ca, "newCa", tr("PEM file; else the system's"));
    field(tr("Provider"), m_provider, "newProvider", tr("where it can't tell: azure, gcp, aws…"));
    field(tr("Region"), m_region, "newRegion", tr("where it can't tell: eastus"));
    m_message->setWordWrap(true);
    m_message->setObjectName(QStringLiteral("addMessage"));
    m_message->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_scroll->setWidget(m_findings);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_findings->setAccessibleName(tr("What was found"));
    m_findings->setObjectName(QStringLiteral("findings"));
    m_nameLabel->setProperty("tone", QStringLiteral("t2"));
    m_name->setObjectName(QStringLiteral("newName"));
    m_name->setAccessibleName(tr("Name"));
    auto* naming = new QHBoxLayout;
    naming->addWidget(m_nameLabel);
    naming->addSpacing(12);
    naming->addWidget(m_name, 1);
    for (auto* button : { m_back, m_again, m_look, m_save, m_run })
        button->setAutoDefault(false);
    m_back->setProperty("kind", QStringLiteral("flat"));
    m_back->setObjectName(QStringLiteral("addBack"));
    m_again->setObjectName(QStringLiteral("addAgain"));
    m_look->setProperty("kind", QStringLiteral("primary"));
    m_look->setObjectName(QStringLiteral("addLook"));
    m_save->setProperty("kind", QStringLiteral("primary"));
    m_save->setObjectName(QStringLiteral("addSave"));
    m_run->setObjectName(QStringLiteral("addRun"));
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_back);
    buttons->addStretch();
    buttons->addWidget(m_again);
    buttons->addWidget(m_run);
    buttons->addWidget(m_look);
    buttons->addWidget(m_save);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 16, 20, 16);
    layout->setSpacing(12);
    layout->addLayout(head);
    layout->addWidget(m_steps);
    layout->addWidget(m_address);
    layout->addWidget(m_form);
    layout->addWidget(m_message);
    layout->addWidget(m_scroll, 1);
    layout->addLayout(naming);
    layout->addStretch();
    layout->addLayout(buttons);
    const auto look = [this] {
        m_message->setText(tr("Looking what answers there…"));
        say("t2");
        go(Step::Looking);
        emit probeWanted(asked());
    };
    connect(m_look, &QPushButton::clicked, this, look);
    connect(m_again, &QPushButton::clicked, this, look);
    connect(m_run, &QPushButton::clicked, this, [this] {
        m_message->setText(tr("Looking what answers there…"));
        say("t2");
        go(Step::Looking);
        emit programAgreed(asked());
    });
    // A region belongs to its provider; with all that is needed nothing else has to be visited first.
    std::vector<QLineEdit*> edits { m_address, m_prometheus };
    for (const auto& it : m_signInFields)
        edits.push_back(it.edit);
    edits.insert(edits.end(), { m_ca, m_provider, m_region });
    for (auto* edit : edits)
        connect(edit, &QLineEdit::returnPressed, this, [this, edit] {
            if (edit == m_provider && m_region->text().trimmed().isEmpty() && !m_provider->text().trimmed().isEmpty())
                m_region->setFocus(Qt::TabFocusReason);
            else if (m_look->isEnabled())
                m_look->click();
            else
                focusNextChild();
        });
    connect(m_name, &QLineEdit::returnPressed, m_save, &QPushButton::click);
    for (auto* edit : { m_address, m_prometheus })
        connect(edit, &QLineEdit::textChanged, this, [this] {
            guessSignIn();
            go(m_step);
        });
    connect(m_signIn, &QComboBox::activated, this, [this] { m_signInChosen = true; });
    connect(m_signIn, &QComboBox::currentIndexChanged, this, [this] { go(m_step); });
    connect(m_name, &QLineEdit::textChanged, this, [this] { go(m_step); });
    connect(m_context, &QComboBox::currentIndexChanged, this, [this] {
        guessSignIn();
        go(m_step);
    });
    connect(m_back, &QPushButton::clicked, this, [this] {
        go(Step::Address);
        emit closed();
        m_address->setFocus();
    });
    connect(m_save, &QPushButton::clicked, this, [this] {
        auto made = m_found;
        made.name = m_name->text().trimmed().toStdString();
        emit saveWanted(made);
    });
    std::vector<QWidget*> order { m_address, m_context, m_prometheus, m_kind, m_signIn };
    for (const auto& it : m_signInFields)
        order.push_back(it.edit);
    order.insert(order.end(), { m_ca, m_provider, m_region, m_run, m_look, m_name, m_save, m_again, m_back, close });
    for (std::size_t i = 1; i < order.size(); ++i)
        setTabOrder(order[i - 1], order[i]);
    const auto leave = [this] {
        hide();
        emit closed();
    };
    connect(close, &QPushButton::clicked, this, leave);
    auto* escape = new QShortcut(Qt::Key_Escape, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut);
    connect(escape, &QShortcut::activated, this, leave);
}

void AddEndpointPanel::setContexts(const QStringList& contexts)
{
    m_context->clear();
    m_context->addItem(tr("none"), QString());
    for (const auto& context : contexts)
        m_context->addItem(context, context);
    m_context->setVisible(!contexts.isEmpty());
    m_contextLabel->setVisible(!contexts.isEmpty());
}

void AddEndpointPanel::begin()
{
    emit closed();
    for (auto* edit : { m_address, m_prometheus, m_ca, m_provider, m_region, m_name })
        edit->clear();
    for (const auto& it : m_signInFields)
        it.edit->clear();
    m_signInChosen = false;
    m_signIn->setCurrentIndex(0);
    m_kind->setCurrentIndex(0);
    m_context->setCurrentIndex(0);
    m_message->clear();
    go(Step::Address);
    m_address->setFocus();
}

void AddEndpointPanel::guessSignIn()
{
    if (m_signInChosen)
        return;
    const auto address = (m_context->currentIndex() > 0 && !m_prometheus->text().trimmed().isEmpty() ? m_prometheus : m_address)->text().trimmed().toStdString();
    const auto* store = managedStoreAt(address);
    m_signIn->setCurrentIndex(m_signIn->findData(store ? QString::fromLatin1(store->signIn.data(), static_cast<qsizetype>(store->signIn.size())) : QString()));
}

void AddEndpointPanel::go(Step step)
{
    m_step = step;
    const bool first = step == Step::Address, found = step == Step::Found;
    m_steps->at = first ? 0 : found && !m_name->text().trimmed().isEmpty() ? 2 : 1;
    m_steps->update();
    m_form->setVisible(first);
    m_address->setEnabled(first);
    m_scroll->setVisible(found);
    m_name->setVisible(found);
    m_nameLabel->setVisible(found);
    m_back->setVisible(!first);
    m_again->setVisible(found);
    m_save->setVisible(found);
    m_save->setEnabled(!m_name->text().trimmed().isEmpty());
    m_run->setVisible(step == Step::Program);
    m_look->setVisible(!found && step != Step::Program);
    const bool hasContext = m_context->currentIndex() > 0;
    for (const auto& it : m_signInFields) {
        const bool isMeant = m_signIn->currentData().toString() == QLatin1String(it.kind);
        it.edit->setVisible(isMeant);
        it.label->setVisible(isMeant);
    }
    m_prometheus->setVisible(hasContext);
    m_prometheusLabel->setVisible(hasContext);
    m_look->setEnabled(first && (!m_address->text().trimmed().isEmpty() || m_context->currentIndex() > 0));
    m_message->setVisible(!m_message->text().isEmpty());
}

Endpoint AddEndpointPanel::asked() const
{
    const auto of = [](const QLineEdit* edit) { return edit->text().trimmed().toStdString(); };
    Endpoint made { .name = of(m_name), .kind = m_kind->currentData().toString().toStdString(), .url = of(m_address), .token = {}, .ca = of(m_ca), .path = {}, .provider = of(m_provider),
        .region = of(m_region), .cluster = {} };
    auto& signIn = made.signIn;
    signIn.kind = m_signIn->currentData().toString().toStdString();
    const std::map<std::pair<std::string_view, std::string_view>, std::string*> keys { { { "", "token" }, &made.token }, { { "", "user" }, &made.user }, { { "", "tenant" }, &made.tenant }, { { "aws", "access_key" }, &signIn.accessKey },
        { { "aws", "secret_key" }, &signIn.secretKey }, { { "aws", "session_token" }, &signIn.sessionToken }, { { "aws", "profile" }, &signIn.profile }, { { "aws", "region" }, &signIn.region }, { { "google", "key" }, &signIn.key },
        { { "azure", "tenant" }, &signIn.tenant }, { { "azure", "client_id" }, &signIn.clientId }, { { "azure", "client_secret" }, &signIn.clientSecret } };
    for (const auto& it : m_signInFields)
        if (signIn.kind == it.kind)
            *keys.at({ it.kind, it.key }) = of(it.edit);
    // With a context an address is that of the store beside it.
    if (const auto context = m_context->currentData().toString().toStdString(); !context.empty()) {
        made.kind = "kubernetes";
        made.context = context;
        const auto address = std::exchange(made.url, {});
        made.prometheus = m_prometheus->text().trimmed().isEmpty() ? address : of(m_prometheus);
        if (made.name.empty())
            made.name = context;
    }
    return made;
}

void AddEndpointPanel::say(const char* tone)
{
    m_message->setProperty("tone", QString::fromLatin1(tone));
    m_message->style()->polish(m_message);
}

void AddEndpointPanel::showError(const Error& error)
{
    // What would be a key in the file is a field here.
    static const QRegularExpression key(QStringLiteral("add (\\w+) = \"[^\"]*\""));
    const bool isOfSignIn = error.where == "sign_in";
    if (isOfSignIn && m_signIn->currentData().toString().isEmpty()) {
        m_signInChosen = false;
        guessSignIn();
    }
    auto hint = text(error.hint);
    for (const auto& it : m_signInFields)
        if (isOfSignIn && m_signIn->currentData().toString() == QLatin1String(it.kind))
            hint.replace(QRegularExpression(QStringLiteral("add %1 = \"[^\"]*\"").arg(QLatin1String(it.key))), tr("fill in %1 above").arg(it.label->text()));
    hint.replace(key, tr("fill in %1 above").arg(QStringLiteral("\\1")));
    m_message->setText(text(error.what) + (error.where.empty() || isOfSignIn ? QString() : tr("\nWhere: %1").arg(text(error.where))) + (hint.isEmpty() ? QString() : tr("\nWhat to do: %1").arg(hint)));
    say("amber");
    go(Step::Address);
}

void AddEndpointPanel::askToRun(const QString& program)
{
    m_message->setText(tr("To sign in, this context runs a program with your rights:\n%1\nRun it only if you trust this kubeconfig.").arg(program));
    say("amber");
    go(Step::Program);
    // Enter must not agree by accident.
    m_back->setFocus(Qt::OtherFocusReason);
}

void AddEndpointPanel::showFound(const EndpointFindings& findings)
{
    m_found = findings.endpoint;
    m_message->setText(tr("%1, %2, answered in %3 ms").arg(text(findings.endpoint.kind), text(findings.status.version)).arg(findings.answeredAfter.count()));
    say("t3");
    if (m_step != Step::Found && m_name->text().trimmed().isEmpty())
        m_name->setText(text(findings.endpoint.name));
    m_findings->show(findings);
    go(Step::Found);
}

void AddEndpointPanel::themeChanged()
{
    m_findings->update();
    m_steps->update();
}

} // namespace penstock
