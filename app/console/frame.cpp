// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "frame.h"

#include <QDateTime>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <map>

#include "controls/paint.h"
#include "controls/theme.h"
#include "models/format.h"

namespace penstock {

namespace {

    /// The age of the data that matter most: the oldest of all endpoints.
    std::optional<double> worstAge(const Session& session)
    {
        std::optional<double> worst;
        for (const auto& endpoint : session.endpoints())
            if (const auto age = ageSeconds(endpoint.observed, wallClock()); age && (!worst || *age > *worst))
                worst = age;
        return worst;
    }

} // namespace

HeaderBar::HeaderBar(const Session& session, bool readOnly, QWidget* parent)
    : QWidget(parent), m_session(session), m_readOnly(readOnly), m_theme(new QPushButton(this)), m_search(new QPushButton(this))
{
    setFixedHeight(48);
    setObjectName(QStringLiteral("header"));
    setAccessibleName(tr("Header"));
    m_theme->setFixedSize(32, 32);
    m_theme->setProperty("kind", QStringLiteral("flat"));
    m_theme->setObjectName(QStringLiteral("themeSwitch"));
    m_theme->setAccessibleName(tr("Switch between dark and light"));
    m_theme->setToolTip(tr("Dark or light (T)"));
    m_search->setProperty("kind", QStringLiteral("flat"));
    m_search->setObjectName(QStringLiteral("search"));
    m_search->setAccessibleName(tr("Command palette"));
    m_search->setToolTip(tr("Go anywhere, do anything (Ctrl+K)"));
    m_search->setCursor(Qt::PointingHandCursor);
}

void HeaderBar::resizeEvent(QResizeEvent*)
{
    const int name = QFontMetrics(textFont(13)).horizontalAdvance(QString::fromStdString(operatorName()));
    m_theme->move(width() - name - 92, 8);
    const int wide = std::clamp(width() / 4, 200, 440);
    m_search->setGeometry((width() - wide) / 2, 8, wide, 32);
}

void HeaderBar::setMoment(std::optional<Time> moment, bool simulated)
{
    m_moment = moment;
    m_simulatedThen = simulated;
    refresh();
}

HeaderBar::Freshness HeaderBar::freshness() const
{
    if (m_moment) {
        const auto ago = format::duration(std::chrono::floor<std::chrono::seconds>(std::max(Duration(0), wallClock() - *m_moment)));
        return { tr("NOT LIVE  %1, %2 ago").arg(format::second(*m_moment), ago), TagLook::Amber };
    }
    bool anyCache = false, anyFailing = false, anyLive = false, anyAgeing = false;
    qsizetype all = 0, never = 0;
    for (const auto& endpoint : m_session.endpoints()) {
        ++all;
        never += endpoint.connection == Connection::Failing && !endpoint.observed;
        anyCache = anyCache || endpoint.fromCache;
        anyFailing = anyFailing || endpoint.connection == Connection::Failing || endpoint.stale || endpoint.partial;
        const auto look = ageLook(ageSeconds(endpoint.observed, wallClock()), static_cast<double>(endpoint.staleAfter.count()), endpoint.fromCache);
        anyAgeing = anyAgeing || look == AgeLook::Ageing || look == AgeLook::Stale;
        // One that has only told who is who has shown nothing yet.
        anyLive = anyLive || (endpoint.connection == Connection::Live && !endpoint.fromCache && endpoint.observed);
    }
    const auto age = format::age(worstAge(m_session));
    const auto text = never > 0 ? tr("NOT WHOLE, %1 of %2 silent").arg(never).arg(all) : anyFailing ? tr("NOT WHOLE %1").arg(age)
                                                                                    : anyCache ? tr("FROM CACHE %1").arg(age)
                                                                                    : anyAgeing ? tr("LATE %1").arg(age) : anyLive ? tr("LIVE %1").arg(age) : tr("CONNECTING");
    const auto look = anyFailing || anyAgeing ? TagLook::Amber : anyCache || !anyLive ? TagLook::Neutral : TagLook::Green;
    return { text, look };
}

void HeaderBar::refresh()
{
    setAccessibleDescription(freshness().text);
    update();
}

void HeaderBar::paintEvent(QPaintEvent*)
{
    const auto& theme = currentTheme();
    QPainter painter(this);
    painter.fillRect(rect(), theme.rail);
    painter.fillRect(QRect(0, height() - (m_moment ? 2 : 1), width(), m_moment ? 2 : 1), m_moment ? theme.amber : theme.line);
    paintIcon(painter, QStringLiteral("logo"), QRectF(18, 14, 20, 20), theme.acc);
    painter.setFont(textFont(13, QFont::DemiBold));
    painter.setPen(theme.t1);
    painter.drawText(QRectF(50, 0, 90, 48), Qt::AlignVCenter, QStringLiteral("Penstock"));
    painter.setFont(textFont(13));
    painter.setPen(theme.t2);
    const auto name = QString::fromStdString(m_session.workspace().name);
    painter.drawText(QRectF(124, 0, 300, 48), Qt::AlignVCenter, name);
    double x = 124 + painter.fontMetrics().horizontalAdvance(name) + 14;
    if (m_moment ? m_simulatedThen : m_session.snapshot()->simulated())
        x += paintTag(&painter, { x, 14 }, tr("SIMULATED"), TagLook::Filled) + 8;
    if (m_readOnly)
        paintTag(&painter, { x, 14 }, tr("READ-ONLY"), TagLook::Neutral);

    const auto person = QString::fromStdString(operatorName());
    const int nameWidth = painter.fontMetrics().horizontalAdvance(person);
    painter.drawText(QRectF(width() - nameWidth - 16, 0, nameWidth + 2, 48), Qt::AlignVCenter, person);
    paintIcon(painter, QStringLiteral("person"), QRectF(width() - nameWidth - 42, 15, 18, 18), theme.t2);
    paintIcon(painter, QStringLiteral("theme"), QRectF(m_theme->x() + 7, m_theme->y() + 7, 18, 18), theme.t2);

    const auto field = QRectF(m_search->geometry()).adjusted(0.5, 0.5, -0.5, -0.5);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.line2, 1));
    painter.setBrush(theme.bg);
    painter.drawRoundedRect(field, 6, 6);
    paintIcon(painter, QStringLiteral("search"), QRectF(field.left() + 10, field.center().y() - 8, 16, 16), theme.t3);
    const double keysWidth = paintTag(nullptr, {}, tr("Ctrl K"), TagLook::Neutral);
    paintTag(&painter, { field.right() - keysWidth - 6, field.center().y() - 10 }, tr("Ctrl K"), TagLook::Neutral);
    painter.setFont(textFont(13));
    painter.setPen(theme.t3);
    painter.drawText(field.adjusted(34, 0, -keysWidth - 12, 0), Qt::AlignVCenter,
        painter.fontMetrics().elidedText(tr("Go anywhere, do anything"), Qt::ElideRight, static_cast<int>(field.width() - keysWidth - 46)));
    painter.restore();

    const auto [tag, look] = freshness();
    const double w = paintTag(nullptr, {}, tag, look);
    paintTag(&painter, { m_theme->x() - w - 12.0, 14 }, tag, look);
}

StatusLine::StatusLine(const Session& session, QWidget* parent) : QWidget(parent), m_session(session)
{
    setFixedHeight(28);
    setAccessibleName(tr("Status"));
}

void StatusLine::setLive(bool isLive)
{
    m_isLive = isLive;
    update();
}

void StatusLine::mousePressEvent(QMouseEvent* event)
{
    if (m_shiftBox.contains(event->position()))
        emit shiftClicked(m_shiftId);
}

double StatusLine::paintShift(QPainter& painter, double right)
{
    m_shiftBox = {};
    std::vector<const PlanStatus*> running;
    for (const auto& it : m_session.shifts())
        if (!isOver(it.phase) && !it.rehearsal)
            running.push_back(&it);
    if (running.empty())
        return right;
    const auto& theme = currentTheme();
    const auto stands = [](const PlanStatus* it) { return it->phase == ShiftPhase::Paused || it->abandoned; };
    const auto first = std::ranges::find_if(running, stands);
    const auto& status = first == running.end() ? *running.front() : **first;
    const bool needs = first != running.end();
    const auto left = std::ranges::count_if(running, [](const PlanStatus* it) { return isLeftBehind(*it); });
    const auto paused = std::ranges::count_if(running, [](const PlanStatus* it) { return it->phase == ShiftPhase::Paused && !isLeftBehind(*it); });
    const auto runs = static_cast<std::ptrdiff_t>(running.size()) - left - paused;
    // One that needs somebody says all of it itself.
    const auto count = needs && running.size() == 1                        ? QString()
        : runs == 0 && paused == 0                                         ? tr("%1 shifts left behind").arg(left)
        : runs == 0                                                        ? tr("%1 shifts stand still").arg(left + paused)
        : runs == 1                                                        ? tr("1 shift running")
                                                                           : tr("%1 shifts running").arg(runs);
    const auto what = needs ? tr("%1 needs you: %2").arg(QString::fromStdString(status.id), isLeftBehind(status) ? tr("left behind") : tr("paused"))
                            : tr("%1, step %2 of %3").arg(QString::fromStdString(titleOf(status.plan))).arg(status.step).arg(status.leg().steps());
    const double share = shareDone(status);
    const auto percent = QStringLiteral("%1 %").arg(std::lround(share * 100));
    painter.setFont(textFont(12));
    const auto& metrics = painter.fontMetrics();
    constexpr double bar = 56;
    const double countWidth = metrics.horizontalAdvance(count), whatWidth = std::min(metrics.horizontalAdvance(what), width() / 4), percentWidth = metrics.horizontalAdvance(percent);
    const double whole = countWidth + 10 + whatWidth + 10 + bar + 8 + percentWidth;
    double x = right - whole;
    m_shiftBox = QRectF(x, 0, whole, height());
    m_shiftId = QString::fromStdString(status.id);
    painter.setPen(needs ? theme.red : theme.t1);
    painter.drawText(QRectF(x, 0, countWidth + 2, 28), Qt::AlignVCenter, count);
    x += countWidth + 10;
    painter.setPen(needs ? theme.red : theme.t2);
    painter.drawText(QRectF(x, 0, whatWidth + 2, 28), Qt::AlignVCenter, metrics.elidedText(what, Qt::ElideRight, static_cast<int>(whatWidth) + 1));
    x += whatWidth + 10;
    painter.fillRect(QRectF(x, 12, bar, 4), theme.s3);
    painter.fillRect(QRectF(x, 12, bar * share, 4), needs ? theme.red : theme.acc);
    x += bar + 8;
    painter.drawText(QRectF(x, 0, percentWidth + 2, 28), Qt::AlignVCenter, percent);
    return right - whole - 24;
}

void StatusLine::paintEvent(QPaintEvent*)
{
    const auto& theme = currentTheme();
    QPainter painter(this);
    painter.fillRect(rect(), theme.rail);
    painter.fillRect(QRect(0, 0, width(), 1), theme.line);
    painter.setFont(textFont(12));
    const auto now = QDateTime::currentDateTimeUtc().toString(QStringLiteral("d MMM HH:mm:ss 'UTC'"));
    const int nowWidth = painter.fontMetrics().horizontalAdvance(now);
    double right = width() - 16;
    painter.setPen(theme.t3);
    painter.drawText(QRectF(right - nowWidth, 0, nowWidth + 2, 28), Qt::AlignVCenter, now);
    right -= nowWidth + 24;
    right = paintShift(painter, right);
    if (!m_isLive) {
        const auto age = worstAge(m_session);
        const auto text = age ? tr("Ingest goes on: live is %1 old").arg(format::age(age)) : tr("Nothing live: no endpoint has answered");
        const int wide = painter.fontMetrics().horizontalAdvance(text);
        painter.setPen(theme.t2);
        painter.drawText(QRectF(right - wide, 0, wide + 2, 28), Qt::AlignVCenter, text);
        right -= wide + 24;
    }
    // The oldest cluster speaks for its provider.
    const auto& snapshot = *m_session.snapshot();
    const auto& shape = snapshot.structure();
    double x = 16;
    for (std::size_t p = 0; p < shape.providers.size(); ++p) {
        std::optional<double> worst;
        bool cache = false, isPart = false;
        for (std::size_t c = 0; c < shape.clusters.size(); ++c) {
            if (shape.regions[shape.clusters[c].region].provider != p)
                continue;
            cache = cache || snapshot.fromCache(c);
            const auto source = shape.clusters[c].source;
            isPart = isPart || (source < m_session.endpoints().size() && m_session.endpoints()[source].partial);
            if (const auto age = ageSeconds(snapshot.observed(c), wallClock()); age && (!worst || *age > *worst))
                worst = age;
        }
        const auto name = QString::fromStdString(shape.providers[p].name);
        const auto age = format::age(worst);
        painter.setFont(textFont(12));
        const int nameWidth = painter.fontMetrics().horizontalAdvance(name), ageWidth = painter.fontMetrics().horizontalAdvance(age);
        if (x + nameWidth + ageWidth + 50 > right)
            break;
        painter.fillRect(QRectF(x, 8, 3, 12), theme.provider(name));
        painter.setPen(theme.t1);
        painter.drawText(QRectF(x + 10, 0, nameWidth + 4, 28), Qt::AlignVCenter, name);
        const auto look = ageLook(worst, static_cast<double>(m_session.workspace().policy.staleAfter.count()), cache);
        paintAge(painter, QRectF(x + 16 + nameWidth, 0, ageWidth + 18, 28), age, isPart && look == AgeLook::Fresh ? AgeLook::Ageing : look);
        x += nameWidth + ageWidth + 62;
    }
}

NavButton::NavButton(const QString& icon, const QString& name, const QString& key, QWidget* parent)
    : QPushButton(name, parent), m_icon(icon), m_key(key)
{
    setCheckable(true);
    setAutoExclusive(true);
    // A click shows where it leads by itself; the ring is for those who come by Tab.
    setFocusPolicy(Qt::TabFocus);
    setFixedHeight(40);
    setStyleSheet(QStringLiteral("min-height: 40px; padding: 0; border: none"));
    setFlat(true);
    setAccessibleName(name);
    setToolTip(tr("%1 (%2)").arg(name, key));
}

void NavButton::paintEvent(QPaintEvent*)
{
    const auto& theme = currentTheme();
    QPainter painter(this);
    painter.fillRect(rect(), theme.rail);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(hasFocus() ? QPen(theme.acc, 2) : QPen(Qt::NoPen));
    painter.setBrush(isChecked() ? theme.s2 : underMouse() ? theme.s1 : theme.rail);
    painter.drawRoundedRect(QRectF(rect()).adjusted(8, 2, -8, -2), 6, 6);
    if (isChecked())
        painter.fillRect(QRectF(0, 6, 2, height() - 12), theme.acc);
    const bool narrow = width() < 100;
    paintIcon(painter, m_icon, QRectF(narrow ? (width() - 20) / 2.0 : 22, 10, 20, 20), isChecked() ? theme.t1 : theme.t2);
    if (narrow)
        return;
    painter.setFont(textFont(13, isChecked() ? QFont::DemiBold : QFont::Normal));
    painter.setPen(isChecked() ? theme.t1 : theme.t2);
    painter.drawText(QRectF(52, 0, width() - 98.0, height()), Qt::AlignVCenter, text());
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme.line2, 1));
    painter.drawRoundedRect(QRectF(width() - 40.5, 11.5, 17, 17), 4, 4);
    painter.setFont(textFont(12));
    painter.setPen(theme.t3);
    painter.drawText(QRectF(width() - 40.5, 11.5, 17, 17), Qt::AlignCenter, m_key);
}

} // namespace penstock
