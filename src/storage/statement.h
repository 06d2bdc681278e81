// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace penstock {

/// One prepared statement. Binding counts from 1, columns from 0, as SQLite's own functions do.
class Statement
{
public:
    [[nodiscard]] static Result<Statement> prepare(sqlite3* handle, std::string_view sql);
    Statement& bind(int at, std::int64_t value);
    Statement& bind(int at, double value);
    Statement& bind(int at, std::string_view text);
    Statement& bindBlob(int at, std::string_view bytes);
    /// True while there is a row.
    [[nodiscard]] Result<bool> step();
    /// Of one that gives no rows.
    [[nodiscard]] Result<> run();
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const;
    [[nodiscard]] std::string_view bytes(int column) const; ///< text or blob; valid until the next step
    void reset();

private:
    struct Finalize
    {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    explicit Statement(sqlite3_stmt* statement) : m_statement(statement) {}
    std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
};

/// Makes a database, and its folder where there is none, that only its owner reads; in a folder that a group may write to, also that
/// group. Of one that is there already everybody is shut out but its owner and a group.
/// What SQLite lays beside it has the same mode.
void makePrivate(const std::string& path);
[[nodiscard]] Error databaseError(sqlite3* handle);
/// The hint of what finds no room.
inline constexpr const char* diskIsFull = "the disk is full";
[[nodiscard]] Result<> execute(sqlite3* handle, const char* sql);
/// Turns on the write-ahead log, and from here on waits up to `longest` for whoever else writes. That includes others that
/// turn it on at the same moment: SQLite refuses those at once, without asking its busy handler.
[[nodiscard]] Result<> useWriteAheadLog(sqlite3* handle, std::chrono::milliseconds longest);

/// The first column of the first row; 0 without one.
[[nodiscard]] Result<std::int64_t> number(sqlite3* handle, std::string_view sql);

/// All or nothing: rolls back unless `commit` was called.
class Transaction
{
public:
    [[nodiscard]] static Result<Transaction> begin(sqlite3* handle);
    Transaction(Transaction&& other) noexcept : m_handle(std::exchange(other.m_handle, nullptr)) {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    [[nodiscard]] Result<> commit();

private:
    explicit Transaction(sqlite3* handle) : m_handle(handle) {}
    sqlite3* m_handle;
};

/// What is read while it lives is of one moment. Nothing is written; whatever it locked is let go.
class ReadTransaction
{
public:
    explicit ReadTransaction(sqlite3* handle);
    ReadTransaction(const ReadTransaction&) = delete;
    ReadTransaction& operator=(const ReadTransaction&) = delete;
    ~ReadTransaction();

private:
    sqlite3* m_handle;
};

} // namespace penstock
