// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "audit.h"

#include <QGuiApplication>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "auditpdf.h"
#include "auditstory.h"
#include "base/timetext.h"
#include "cells.h"
#include "storage/auditfile.h"
#include "storage/auditlines.h"

namespace penstock {

namespace {

    enum Exit { Done = 0, Refused = 1, Usage = 2 };

    int complain(const Error& error, int exit = Refused)
    {
        std::cerr << "penstockctl: " << error.text() << '\n';
        return exit;
    }

    Json orNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

    /// Without its body: what a list shows.
    Json listed(const AuditRecord& it)
    {
        const auto story = storyOf(it);
        return { { "number", it.number }, { "at", it.at }, { "operator", it.person }, { "host", it.host }, { "kind", it.kind }, { "shift", orNull(it.shift) },
            { "plan", orNull(it.plan) }, { "summary", story.headline }, { "simulated", story.simulated }, { "hash", it.hash } };
    }

    /// Bodies are told letter by letter: their hash covers the text.
    Json whole(const AuditRecord& it)
    {
        auto row = listed(it);
        auto body = Json::parse(it.body, nullptr, false);
        row["body"] = body.is_discarded() ? Json(it.body) : std::move(body);
        row["previous"] = it.previous;
        return row;
    }

    std::string document(const char* schema, const Json& rows)
    {
        return Json { { "schema", schema }, { "as_of", rfc3339(wallClock(), TimeDigits::Milliseconds) }, { "rows", rows } }.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    }

    int list(AuditLog& log, const AuditQuery& query, OutputFormat format)
    {
        const auto records = log.records(query);
        if (!records)
            return complain(records.error());
        Json rows = Json::array();
        for (const auto& it : *records)
            rows.push_back(listed(it));
        if (format == OutputFormat::JsonText)
            std::cout << document("penstock.audit-list/1", rows);
        else if (format == OutputFormat::Csv)
            std::cout << csv(rows);
        else {
            for (auto& row : rows)
                if (row["simulated"] == true)
                    row["summary"] = "SIMULATED FLEET: " + row["summary"].get<std::string>();
            std::cout << table(rows, { { "number", "no" }, { "at", "at" }, { "operator", "operator" }, { "kind", "kind" }, { "shift", "shift" }, { "summary", "summary" } });
        }
        return Done;
    }

    void print(const AuditRecord& it)
    {
        const auto story = storyOf(it);
        std::cout << "record " << it.number << "  " << it.at << "  " << it.person << " on " << it.host << "  " << it.kind << (it.shift.empty() ? "" : "  " + it.shift)
                  << (story.simulated ? "  SIMULATED FLEET" : "") << "\n  " << story.headline << '\n';
        for (const auto& [key, value] : story.facts)
            std::cout << "  " << key << ": " << value << '\n';
        for (const auto& part : story.tables) {
            std::cout << "\n  " << part.title << '\n';
            std::vector<std::size_t> width;
            for (std::size_t i = 0; i < part.columns.size(); ++i) {
                width.push_back(letters(part.columns[i].title));
                for (const auto& row : part.rows)
                    width[i] = std::max(width[i], letters(row[i]));
            }
            const auto line = [&](const auto& cell) {
                std::string text = "  ";
                for (std::size_t i = 0; i < part.columns.size(); ++i)
                    text += "  " + padded(cell(i), width[i], part.columns[i].number);
                std::cout << text.substr(0, text.find_last_not_of(' ') + 1) << '\n';
            };
            line([&](std::size_t i) { return part.columns[i].title; });
            for (const auto& row : part.rows)
                line([&](std::size_t i) { return row[i]; });
        }
        std::cout << '\n' << (it.plan.empty() ? "" : "  plan " + it.plan + '\n') << "  hash " << it.hash << "\n\n";
    }

    int show(AuditLog& log, const std::string& what, OutputFormat format)
    {
        const bool number = std::ranges::all_of(what, [](char it) { return it >= '0' && it <= '9'; }) && what.size() < 19;
        AuditQuery query;
        if (number)
            query.from = query.to = std::stoll(what);
        else
            query.shift = what;
        auto records = log.records(query);
        if (records && records->empty() && !number && what.size() >= 8) {
            records = log.records({});
            if (records)
                std::erase_if(*records, [&](const AuditRecord& it) { return !it.plan.starts_with(what); });
        }
        if (!records)
            return complain(records.error());
        if (records->empty())
            return complain({ Error::Kind::NotFound, number ? "the audit log has no record " + what : "the audit log knows no shift or plan '" + what + "'", {}, {} });
        Json rows = Json::array();
        for (const auto& it : *records)
            rows.push_back(whole(it));
        if (format == OutputFormat::JsonText)
            std::cout << document("penstock.audit-show/1", rows);
        else if (format == OutputFormat::Csv)
            std::cout << csv(rows);
        else
            for (const auto& it : *records)
                print(it);
        return Done;
    }

    std::string sentence(const std::string& of, const AuditVerdict& it)
    {
        std::ostringstream text;
        if (it.broken) {
            text << of << ": BROKEN at record " << it.broken->number << ": " << it.broken->what << '\n';
            if (!it.broken->expected.empty())
                text << "  expected " << it.broken->expected << "\n  found    " << it.broken->found << '\n';
            text << "  sound before it: " << it.sound << (it.sound == 1 ? " record" : " records") << '\n';
        } else {
            text << of << ": " << it.records << (it.records == 1 ? " record" : " records");
            if (it.hashesOnly > 0)
                text << ", " << it.hashesOnly << " of them as a hash only";
            text << ", the chain is whole\n";
            if (it.records > 0)
                text << "  first record " << it.first << ", last " << it.last << ", its hash " << it.head << '\n';
        }
        if (!it.note.empty())
            text << "  note: " << it.note << '\n';
        return text.str();
    }

    int tell(const std::string& of, const AuditVerdict& it, OutputFormat format)
    {
        Json row { { "file", of }, { "whole", !it.broken }, { "records", it.records }, { "sound_records", it.sound }, { "hashes_only", it.hashesOnly },
            { "first", it.first }, { "last", it.last }, { "head", orNull(it.head) } };
        row["broken_at"] = it.broken ? Json(it.broken->number) : Json(nullptr);
        row["broken_what"] = it.broken ? Json(it.broken->what) : Json(nullptr);
        row["expected"] = it.broken ? orNull(it.broken->expected) : Json(nullptr);
        row["found"] = it.broken ? orNull(it.broken->found) : Json(nullptr);
        row["note"] = orNull(it.note);
        if (format == OutputFormat::JsonText)
            std::cout << document("penstock.audit-verify/1", Json::array({ row }));
        else if (format == OutputFormat::Csv)
            std::cout << csv(Json::array({ row }));
        else
            std::cout << sentence(of, it);
        return it.broken ? Refused : Done;
    }

    /// What to do with a file that somebody took for an export; empty: it may be one.
    std::string otherThanLines(std::istream& in)
    {
        std::string begin(16, ' ');
        in.read(begin.data(), static_cast<std::streamsize>(begin.size()));
        in.clear();
        in.seekg(0);
        if (begin.starts_with("SQLite format 3"))
            return "it is a log itself: check it with `penstockctl audit --log FILE verify`";
        return begin.starts_with("%PDF-") ? "a report is for people to read: export FILE.jsonl to have something that can be checked" : std::string();
    }

    int exportLines(AuditLog& log, const AuditQuery& query, const std::string& file)
    {
        const auto temporary = file + ".part";
        std::ofstream out(temporary, std::ios::binary);
        if (!out)
            return complain({ Error::Kind::Denied, "the export cannot be written", file, {} });
        auto made = writeAuditLines(log, query, out);
        out.close();
        std::error_code wrong;
        if (made && out)
            std::filesystem::rename(temporary, file, wrong);
        if (!made || !out || wrong) {
            std::error_code ignored;
            std::filesystem::remove(temporary, ignored);
            return complain(made ? Error { Error::Kind::Unavailable, "the export cannot be written", file, {} } : made.error());
        }
        std::cerr << "penstockctl: " << file << ": " << made->records << (made->records == 1 ? " record" : " records");
        if (made->hashesOnly > 0)
            std::cerr << " and the hashes of " << made->hashesOnly << " between them";
        std::cerr << "; the last hash is " << made->head << "; `penstockctl audit verify " << file << "` checks it\n";
        return Done;
    }

    /// "2026-11-23 08:00" of a record's time.
    std::string inMinutes(std::string at)
    {
        at.resize(std::min<std::size_t>(at.size(), 16));
        std::ranges::replace(at, 'T', ' ');
        return at;
    }

    int exportPaper(AuditLog& log, const AuditQuery& query, const AuditArguments& arguments, const AuditVerdict& verdict, int& argc, char** argv)
    {
        const auto records = log.records(query);
        if (!records)
            return complain(records.error());
        if (records->empty())
            return complain({ Error::Kind::NotFound, "the audit log has no such record", {}, {} });
        // Paper needs fonts and no screen.
        qputenv("QT_QPA_PLATFORM", "offscreen");
        const QGuiApplication gui(argc, argv);
        AuditPaper paper { .subject = arguments.shift.empty() ? inMinutes(records->front().at) + " to " + inMinutes(records->back().at) + " UTC" : "shift " + arguments.shift,
            .madeBy = operatorName() + " on " + hostName(), .madeAt = wallClock(), .verdict = verdict };
        if (const auto done = writeAuditPdf(arguments.what, *records, paper); !done)
            return complain(done.error());
        std::cerr << "penstockctl: " << arguments.what << ": " << records->size() << (records->size() == 1 ? " record\n" : " records\n");
        return Done;
    }

} // namespace

int auditCommand(const AuditArguments& arguments, OutputFormat format, int& argc, char** argv)
{
    if (!arguments.file.empty()) {
        std::ifstream in(arguments.file, std::ios::binary);
        if (!in || std::filesystem::is_directory(arguments.file))
            return complain({ Error::Kind::NotFound, "the file cannot be read", arguments.file, {} });
        if (const auto other = otherThanLines(in); !other.empty())
            return complain({ Error::Kind::Invalid, "this is no export in JSON lines", arguments.file, other }, Usage);
        return tell(arguments.file, verifyAuditLines(in), format);
    }
    const auto since = momentOf(arguments.since), until = momentOf(arguments.until);
    if (!since || !until)
        return complain(since ? until.error() : since.error(), Usage);
    const AuditQuery query { .shift = arguments.shift, .kind = {}, .since = *since, .until = *until };
    const bool paper = arguments.what.ends_with(".pdf");
    if (arguments.verb == "export" && !paper && !arguments.what.ends_with(".jsonl"))
        return complain({ Error::Kind::Invalid, "'" + arguments.what + "' is neither FILE.jsonl nor FILE.pdf", {}, {} }, Usage);

    // What was exported before may be somebody's evidence.
    if (arguments.verb == "export" && !arguments.force
        && std::filesystem::exists(std::filesystem::symlink_status(arguments.what)))
        return complain({ Error::Kind::Refused, "the file is there already", arguments.what,
                            "choose another name, or give --force to replace it" },
            Usage);

    const auto path = arguments.log.empty() ? defaultSessionOptions({}).auditFile : arguments.log;
    const auto log = AuditFile::openToRead(path);
    if (!log)
        return complain(log.error());
    if (arguments.verb == "list")
        return list(**log, query, format);
    if (arguments.verb == "show")
        return show(**log, arguments.what, format);
    const auto verdict = (*log)->verify();
    if (!verdict)
        return complain(verdict.error());
    if (arguments.verb == "verify")
        return tell(path, *verdict, format);
    const int done = paper ? exportPaper(**log, query, arguments, *verdict, argc, argv) : exportLines(**log, query, arguments.what);
    // What is broken is evidence too, so it is written; nobody shall take it for a sound one.
    if (verdict->broken) {
        std::cerr << "penstockctl: " << sentence(path, *verdict);
        return Refused;
    }
    return done;
}

} // namespace penstock
