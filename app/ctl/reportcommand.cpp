// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "reportcommand.h"

#include <CLI/CLI.hpp>
#include <QLocale>
#include <algorithm>
#include <filesystem>
#include <iostream>

#include "capacitypdf.h"
#include "session/capacityreport.h"

namespace penstock {

ReportCommand::ReportCommand(CLI::App& app)
    : m_command(app.add_subcommand("report", "capacity as a PDF: figures, charts, forecast, cost, what changed since the last one"))
{
    std::vector<std::string> names;
    for (const auto& it : capacityRanges)
        names.emplace_back(it.name);
    m_command->add_option("--out", m_out, "FILE.pdf; without it capacity-WORKSPACE-DATE.pdf, here");
    m_command->add_flag("--force", m_force, "replace a file that is there");
    m_command->add_option("--range", m_range, "how far to look back; without it the shortest that holds the history")
        ->check(CLI::IsMember(names));
    m_command->add_option("--file", m_file, "another history than the workspace's, e.g. a copy");
}

bool ReportCommand::chosen() const
{
    return m_command->parsed();
}

Result<> ReportCommand::mayWrite(const Workspace& workspace)
{
    if (m_out.empty())
        m_out = capacityReportName(workspace.name, wallClock());
    if (!m_out.ends_with(".pdf"))
        return fail(Error::Kind::Invalid, "'" + m_out + "' is no FILE.pdf");
    if (!m_force && std::filesystem::exists(std::filesystem::symlink_status(m_out)))
        return fail(Error::Kind::Invalid, "the file is there already", m_out,
            "choose another name, or give --force to replace it");
    return {};
}

Result<> ReportCommand::run(const Session& session, const std::string& historyFile) const
{
    // As the texts: English, whatever the terminal speaks.
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    const auto history = m_file.empty() ? historyFile : m_file;
    const auto& workspace = session.workspace();
    ReportQuery query { .at = wallClock(),
        .facts = capacityFactsOf(workspace),
        .prices = priceBookOf(workspace),
        .snapshot = session.snapshot(),
        .endpoints = session.endpoints() };
    if (!m_range.empty())
        query.range = static_cast<std::size_t>(
            std::ranges::find(capacityRanges, std::string_view(m_range), &CapacityRange::name) - capacityRanges.begin());
    const auto report = readCapacityReport(history, query);
    if (!report)
        return std::unexpected(report.error());
    if (auto done = writeCapacityPdf(m_out, *report); !done)
        return done;
    std::cerr << "penstockctl: " << m_out << ": the capacity report of "
              << (workspace.name.empty() ? "this workspace" : workspace.name) << '\n';
    for (const auto& it : partsMissing(*report))
        std::cerr << "penstockctl: partial: " << it.toStdString() << '\n';
    if (report->isSimulated())
        std::cerr << "penstockctl: simulated or replayed: not a measurement of what was there\n";
    std::string notice;
    if (const auto kept = keepFiguresOf(history, *report, notice); !kept)
        std::cerr << "penstockctl: the next report won't know of this one: " << kept.error().text() << '\n';
    if (!notice.empty())
        std::cerr << "penstockctl: " << notice << '\n';
    return {};
}

} // namespace penstock
