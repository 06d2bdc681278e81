// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "storage/journalfile.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include "statement.h"

namespace penstock {

namespace {

    using Json = nlohmann::json;

    std::int64_t microseconds(Time time) { return time.time_since_epoch().count(); }

    std::string text(const ShiftStatus& status)
    {
        const auto& plan = status.plan;
        return Json { { "id", plan.id }, { "route", plan.route }, { "backends", plan.backends }, { "hash", plan.hash }, { "simulated", plan.simulated }, { "person", plan.person }, { "reason", plan.reason },
            { "from", plan.from }, { "from_version", plan.fromVersion }, { "steps", plan.steps },
            { "bake_ms", plan.bake.count() }, { "phase", static_cast<int>(status.phase) }, { "step", status.step },
            { "desired", status.desired }, { "accepted", status.accepted }, { "note", status.note },
            { "error", status.error ? status.error->text() : std::string() }, { "started_us", microseconds(status.startedAt) } }
            .dump(-1, ' ', false, Json::error_handler_t::replace);
    }

    Result<ShiftStatus> statusOf(std::string_view stored)
    {
        try {
            const auto json = Json::parse(stored);
            ShiftStatus status;
            status.plan = { .id = json.at("id"), .route = json.at("route"),
                .backends = json.value("backends", std::vector<std::string>()), .hash = json.value("hash", std::string()), .simulated = json.value("simulated", false), .person = json.at("person"),
                .reason = json.at("reason"), .from = json.at("from"), .fromVersion = json.at("from_version"),
                .steps = json.at("steps"), .bake = std::chrono::milliseconds(json.at("bake_ms").get<std::int64_t>()) };
            const int phase = json.at("phase");
            if (phase < 0 || phase > static_cast<int>(ShiftPhase::Failed))
                return fail(Error::Kind::Corrupt, "the journal holds an unknown phase");
            status.phase = static_cast<ShiftPhase>(phase);
            status.step = json.at("step");
            status.desired = json.at("desired").get<Weights>();
            status.accepted = json.at("accepted").get<Weights>();
            status.note = json.at("note");
            if (const std::string error = json.at("error"); !error.empty())
                status.error = Error { Error::Kind::Unavailable, error, {}, {} };
            status.startedAt = Time(Duration(json.at("started_us").get<std::int64_t>()));
            return status;
        } catch (const Json::exception& error) {
            return fail(Error::Kind::Corrupt, std::string("a journal entry is damaged: ") + error.what());
        }
    }

} // namespace

JournalFile::JournalFile(sqlite3* handle) : m_handle(handle) {}
JournalFile::~JournalFile() { sqlite3_close_v2(m_handle); }

Result<std::shared_ptr<JournalFile>> JournalFile::open(const std::string& path)
{
    std::error_code ignored;
    if (const auto folder = std::filesystem::path(path).parent_path(); !folder.empty())
        std::filesystem::create_directories(folder, ignored);
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    std::shared_ptr<JournalFile> journal(new JournalFile(handle));
    if (code != SQLITE_OK)
        return std::unexpected(databaseError(handle));
    sqlite3_busy_timeout(handle, 2000);
    if (auto done = execute(handle,
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE IF NOT EXISTS entry (number INTEGER PRIMARY KEY, shift TEXT NOT NULL, status TEXT NOT NULL) STRICT;"
            "CREATE TABLE IF NOT EXISTS issued (number INTEGER PRIMARY KEY) STRICT;");
        !done)
        return std::unexpected(done.error());
    return journal;
}

Result<> JournalFile::record(const ShiftStatus& status)
{
    const std::lock_guard lock(m_mutex);
    auto statement = Statement::prepare(m_handle, "INSERT INTO entry (shift, status) VALUES (?, ?)");
    if (!statement)
        return std::unexpected(statement.error());
    statement->bind(1, std::string_view(status.plan.id)).bind(2, std::string_view(text(status)));
    if (auto done = statement->step(); !done)
        return std::unexpected(done.error());
    return {};
}

Result<std::vector<ShiftStatus>> JournalFile::shifts(std::size_t limit)
{
    const std::lock_guard lock(m_mutex);
    auto statement = Statement::prepare(m_handle,
        "SELECT status FROM entry WHERE number IN (SELECT max(number) FROM entry GROUP BY shift) ORDER BY number DESC LIMIT ?");
    if (!statement)
        return std::unexpected(statement.error());
    statement->bind(1, static_cast<std::int64_t>(limit));
    std::vector<ShiftStatus> result;
    for (;;) {
        auto row = statement->step();
        if (!row)
            return std::unexpected(row.error());
        if (!*row)
            return result;
        auto status = statusOf(statement->bytes(0));
        if (!status)
            return std::unexpected(status.error());
        result.push_back(std::move(*status));
    }
}

Result<std::string> JournalFile::nextId()
{
    const std::lock_guard lock(m_mutex);
    auto statement = Statement::prepare(m_handle, "INSERT INTO issued DEFAULT VALUES RETURNING number");
    if (!statement)
        return std::unexpected(statement.error());
    auto row = statement->step();
    if (!row)
        return std::unexpected(row.error());
    const auto number = statement->integer(0);
    if (auto done = statement->step(); !done)
        return std::unexpected(done.error());
    return "S-" + std::to_string(number);
}

} // namespace penstock
