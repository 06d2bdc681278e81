// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "capacitylink.h"

#include <QDir>
#include <QFileDialog>
#include <QSaveFile>
#include <QStandardPaths>
#include <algorithm>

#include "base/timetext.h"
#include "capacitypdf.h"
#include "session/capacity.h"
#include "session/demo.h"

namespace penstock {

using namespace std::chrono_literals;

namespace {

std::chrono::sys_days today()
{
    return std::chrono::floor<std::chrono::days>(wallClock());
}

} // namespace

CapacityLink::CapacityLink(Session& session, CapacityPage& page, QObject* parent)
    : QObject(parent), m_session(session), m_page(page), m_file(session.historyFile()),
      m_committed(session.workspace().capacity), m_prices(priceBookOf(session.workspace())),
      m_thread([this](const std::stop_token& stop) { work(stop); })
{
    page.setFacts(capacityFactsOf(session.workspace()));
    connect(&page, &CapacityPage::scenarioSaveWanted, this, &CapacityLink::save);
    connect(&page, &CapacityPage::exportWanted, this, &CapacityLink::exportAs);
    connect(&page, &CapacityPage::reportWanted, this, &CapacityLink::askReport);
    connect(&page, &CapacityPage::scenarioRemoveWanted, this, &CapacityLink::remove);
    connect(&page, &CapacityPage::queryChanged, this, &CapacityLink::ask);
    connect(&page, &CapacityPage::closeQueryChanged, this, &CapacityLink::askClose);
    connect(&m_again, &QTimer::timeout, this, &CapacityLink::ask);
    // What the fleets cost is known once the first of them has answered, and not only when the history is read again.
    connect(&session, &Session::published, this, [this] {
        if (!m_isLive && m_page.isVisible() && std::ranges::any_of(m_session.endpoints(), [](const EndpointStatus& it) { return it.connection == Connection::Live && !it.fromCache && it.gpus > 0; })) {
            m_isLive = true;
            ask();
        }
    });
}

CapacityLink::~CapacityLink()
{
    m_thread.request_stop();
    m_thread.join();
}

void CapacityLink::setMoment(std::optional<Time> moment)
{
    const auto before = std::exchange(m_moment, moment);
    if (before == moment)
        return;
    if (before.has_value() != moment.has_value())
        ++m_mode;
    m_page.setMoment(moment);
    ask();
}

void CapacityLink::ask()
{
    if (!m_page.isVisible())
        return m_again.stop();
    if (m_file.empty())
        return m_page.showError({ Error::Kind::NotFound, "this console keeps no history", {}, {} });
    const auto query = m_page.query(m_moment.value_or(wallClock()));
    {
        const std::lock_guard lock(m_mutex);
        m_wanted = query;
        m_wantedMode = m_mode;
        m_wantedIsPast = m_moment.has_value();
        m_snapshot = m_moment && m_isPriced ? nullptr : m_session.snapshot();
    }
    m_wake.notify_one();
    askClose();
    if (m_moment)
        return m_again.stop();
    m_again.start(query.step < 1min ? 5s : 60s);
}

void CapacityLink::askClose()
{
    const auto query = m_page.closeQuery(m_moment.value_or(wallClock()));
    if (!query || !m_page.isVisible() || m_file.empty())
        return;
    const std::lock_guard lock(m_mutex);
    m_wantedClose = query;
    m_wake.notify_one();
}

void CapacityLink::work(const std::stop_token& stop)
{
    for (;;) {
        std::optional<CapacityQuery> query, close;
        std::optional<std::pair<ReportQuery, std::string>> report;
        SnapshotPtr snapshot;
        unsigned mode = 0;
        bool isPast = false;
        {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait(lock, stop, [this] { return m_wanted || m_wantedClose || m_report; }))
                return;
            // A hand that looks closer waits for that and for nothing else.
            close = std::exchange(m_wantedClose, std::nullopt);
            if (!close) {
                query = std::exchange(m_wanted, std::nullopt);
                report = std::exchange(m_report, std::nullopt);
            }
            snapshot = m_snapshot;
            mode = m_wantedMode;
            isPast = m_wantedIsPast;
        }
        if (close) {
            if (auto history = readCapacity(m_file, *close))
                QMetaObject::invokeMethod(
                    this, [this, history = std::move(*history)]() mutable { m_page.showHistory(std::move(history)); },
                    Qt::QueuedConnection);
            continue;
        }
        if (report)
            writeReport(report->first, report->second);
        if (query) {
            if (snapshot)
                showCost(*snapshot);
            answer(*query, mode, isPast);
        }
    }
}

void CapacityLink::showCost(const Snapshot& snapshot)
{
    // What is only remembered is in no state that is known: nothing of it would be busy, and nothing used.
    auto cost = costOf(snapshot, m_prices, today());
    if (snapshot.total().gpus == 0 || cost.isSilent)
        return;
    m_isPriced = true;
    QMetaObject::invokeMethod(
        this, [this, cost = std::move(cost), demand = snapshot.demand()] { m_page.showCost(cost, demand); },
        Qt::QueuedConnection);
}

void CapacityLink::save(const Scenario& scenario)
{
    // The demo's file is written anew each time.
    if (isDemo(m_session.workspace()))
        return emit said(tr("The demo keeps no scenarios: open a workspace of your own."), true);
    reread(saveScenario(m_session.workspace().file, scenario));
}

void CapacityLink::remove(const QString& name)
{
    reread(removeScenario(m_session.workspace().file, name.toStdString()));
}

void CapacityLink::exportAs(const QString& kind)
{
    const auto day = QString::fromStdString(rfc3339(wallClock()).substr(0, 10));
    const bool isCost = kind == QLatin1String("cost.csv"), isTable = isCost || kind == QLatin1String("csv");
    const auto ending = isTable ? QStringLiteral("csv") : kind;
    const auto written = isCost ? m_page.costCsv() : isTable ? m_page.csv() : QString();
    if (isTable && written.isEmpty())
        return emit said(isCost ? tr("What it costs is not known yet, or was of a moment that is past.") : tr("There is nothing to export yet."), true);
    const auto path = QFileDialog::getSaveFileName(
        &m_page, tr("Export"), QStringLiteral("%1-%2.%3").arg(isCost ? QStringLiteral("cost") : QStringLiteral("capacity"), day, ending), QStringLiteral("*.") + ending);
    if (path.isEmpty())
        return;
    bool done = false;
    if (isTable) {
        QSaveFile file(path);
        const auto text = written.toUtf8();
        done = file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.commit();
    } else
        done = m_page.saveChart(path);
    emit said(done ? tr("Written into %1.").arg(path) : tr("%1 cannot be written.").arg(path), !done);
}

void CapacityLink::askReport()
{
    const auto& workspace = m_session.workspace();
    const auto now = wallClock();
    const QDir folder(QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation));
    const auto name = QString::fromStdString(capacityReportName(workspace.name, now));
    const auto path = QFileDialog::getSaveFileName(&m_page, tr("Capacity report"),
        folder.exists() ? folder.filePath(name) : name, tr("PDF files (*.pdf)"));
    if (path.isEmpty())
        return;
    m_page.setReporting(true);
    ReportQuery query { .at = now,
        .range = m_page.range(),
        .facts = capacityFactsOf(workspace),
        .prices = m_prices,
        .snapshot = m_session.snapshot(),
        .endpoints = m_session.endpoints() };
    {
        const std::lock_guard lock(m_mutex);
        m_report = std::pair(std::move(query), path.toStdString());
    }
    m_wake.notify_one();
}

void CapacityLink::writeReport(const ReportQuery& query, const std::string& path)
{
    std::string notice;
    const auto report = readCapacityReport(m_file, query);
    const auto done = report ? writeCapacityPdf(path, *report) : std::unexpected(report.error());
    if (done)
        if (const auto kept = keepFiguresOf(m_file, *report, notice); !kept)
            notice = tr("The next report won't know of this one: %1")
                         .arg(QString::fromStdString(kept.error().text()))
                         .toStdString();
    QMetaObject::invokeMethod(
        this,
        [this, done, path = QString::fromStdString(path), notice = QString::fromStdString(notice)] {
            m_page.setReporting(false);
            if (!done)
                return emit said(QString::fromStdString(done.error().text()), true);
            const auto text = tr("The report is in %1.").arg(path);
            emit said(notice.isEmpty() ? text : text + QLatin1Char('\n') + notice, !notice.isEmpty());
        },
        Qt::QueuedConnection);
}

/// The file has them as they are, also those that somebody else has written into it.
void CapacityLink::reread(const Result<>& done)
{
    if (!done)
        return emit said(QString::fromStdString(done.error().text()), true);
    if (auto workspace = loadWorkspace(m_session.workspace().file))
        m_page.setScenarios(std::move(workspace->scenarios));
    emit said(tr("Written into %1.").arg(QString::fromStdString(m_session.workspace().file)), false);
}

void CapacityLink::answer(const CapacityQuery& query, unsigned mode, bool isPast)
{
    // What was asked of now is no answer to what is asked of the past, which may have been wanted meanwhile.
    const auto hand = [this, mode](auto show) {
        QMetaObject::invokeMethod(
            this,
            [this, mode, show = std::move(show)]() mutable {
                if (mode == m_mode)
                    show();
            },
            Qt::QueuedConnection);
    };
    auto history = readCapacity(m_file, query);
    if (!history)
        return hand([this, error = history.error()] {
            m_page.showError(error);
            if (error.kind == Error::Kind::Corrupt)
                m_session.checkHistory();
            // A damaged one is set aside by whoever writes it, and a new one begins within seconds.
            if (!m_moment && m_page.isVisible())
                m_again.start(5s);
        });
    hand([this, history = std::move(*history)]() mutable {
        // What has just begun, or goes on, is soon there; who was silent may be heard by now.
        const auto isOld = [&](const CapacityMoment& it) { return it.isOldAt(history.query.to); };
        if (!m_moment && (isOld(history.newest) || history.newest.unknown >= 1 || std::ranges::any_of(history.rows, isOld, &CapacityRow::newest)))
            m_again.start(std::min(m_again.intervalAsDuration(), std::chrono::milliseconds(history.times.empty() ? 2s : 10s)));
        m_page.showHistory(std::move(history));
    });
    if (auto outlook = outlookOf(query, isPast))
        hand([this, outlook = std::move(*outlook)]() mutable { m_page.showOutlook(std::move(outlook)); });
}

/// Once an hour, since nothing is told of less; of what is shown, anew with each wish for something else.
Result<CapacityOutlook> CapacityLink::outlookOf(const CapacityQuery& query, bool isPast)
{
    const auto hour = std::chrono::floor<std::chrono::hours>(query.to);
    const bool isKnown = m_told && m_toldAt == hour && (m_told->of == CapacityOutlook::Of::Busy) == query.tellsBusy;
    if (isKnown && m_told->onlyOf == query.onlyOf && m_told->only == query.only)
        return *m_told;
    // A hand that goes on through the past waits for no forecast of where it was; of now the same is asked again and again.
    const auto isOutdated = [this, isPast, &query] {
        const std::lock_guard lock(m_mutex);
        return m_wanted && (isPast || m_wantedIsPast || m_wanted->onlyOf != query.onlyOf || m_wanted->only != query.only || m_wanted->tellsBusy != query.tellsBusy);
    };
    auto made = readCapacityOutlook(
        m_file, query, m_committed, isKnown ? std::optional(m_told->rows) : std::nullopt, isOutdated);
    if (!made)
        return made;
    m_told = *made;
    m_toldAt = hour;
    return made;
}

} // namespace penstock
