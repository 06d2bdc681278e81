// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "audithead.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "json.h"
#include "statement.h"

namespace penstock {

namespace {


    std::unexpected<Error> failure(const std::string& what, const std::string& file)
    {
        const int code = errno;
        return fail(code == EACCES || code == EPERM || code == EROFS ? Error::Kind::Denied : Error::Kind::Unavailable,
            what + ": " + std::strerror(code), file, code == ENOSPC ? diskIsFull : "");
    }

    struct Descriptor
    {
        explicit Descriptor(int it) : fd(it) {}
        Descriptor(const Descriptor&) = delete;
        Descriptor& operator=(const Descriptor&) = delete;
        ~Descriptor()
        {
            if (fd >= 0)
                ::close(fd);
        }
        int fd;
    };

} // namespace

std::string headFile(const std::string& database) { return database + ".head"; }

Result<std::optional<AuditHead>> readHead(const std::string& file)
{
    constexpr std::size_t largest = 4096;
    std::error_code wrong;
    if (!std::filesystem::exists(file, wrong))
        return std::nullopt;
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        return failure("the head of the audit log cannot be read", file);
    std::string text(largest, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(stream.gcount()));
    const auto json = parseJson(text);
    if (!json || !json->is_object() || json->value("schema", Json()) != "penstock.audit-head/1" || !json->value("log", Json()).is_string()
        || !json->value("count", Json()).is_number_unsigned() || !json->value("hash", Json()).is_string())
        return fail(Error::Kind::Corrupt, "the head of the audit log is damaged", file);
    return AuditHead { json->at("log"), json->at("count"), json->at("hash") };
}

void keepSpare(const std::string& file)
{
    const auto spare = file + ".spare";
    const std::string zeros(65'536, '\0');
    const Descriptor out(::open(spare.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (out.fd >= 0)
        (void)!::write(out.fd, zeros.data(), zeros.size()); // as much of it as there is room for
}

Result<PreparedHead> PreparedHead::write(const std::string& file, const AuditHead& head)
{
    auto prepared = writeOnce(file, head);
    if (prepared || prepared.error().hint != diskIsFull)
        return prepared;
    ::unlink((file + ".spare").c_str());
    return writeOnce(file, head);
}

Result<PreparedHead> PreparedHead::writeOnce(const std::string& file, const AuditHead& head)
{
    const auto text = canonicalJson({ { "schema", "penstock.audit-head/1" }, { "log", head.log }, { "count", static_cast<std::uint64_t>(head.count) }, { "hash", head.hash } }) + "\n";
    std::string temporary = file + ".XXXXXX";
    const Descriptor out(::mkostemp(temporary.data(), O_CLOEXEC));
    if (out.fd < 0)
        return failure("the head of the audit log cannot be written", file);
    PreparedHead prepared(file, temporary);
    // Operators who share the log share its head: it has the group and the mode of the database beside it.
    struct stat database {};
    if (::stat(file.substr(0, file.size() - 5).c_str(), &database) == 0) {
        (void)!::fchown(out.fd, static_cast<uid_t>(-1), database.st_gid);
        (void)::fchmod(out.fd, database.st_mode & 0777);
    }
    if (::write(out.fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()) || ::fsync(out.fd) != 0)
        return failure("the head of the audit log cannot be written", file);
    return prepared;
}

PreparedHead::~PreparedHead()
{
    if (!m_temporary.empty())
        ::unlink(m_temporary.c_str());
}

Result<> PreparedHead::takePlace()
{
    if (std::rename(m_temporary.c_str(), m_file.c_str()) != 0)
        return failure("the head of the audit log cannot take its place", m_file);
    m_temporary.clear();
    keepSpare(m_file); // the old one has left room
    // Without this the name may still point to the old head after a power cut; that is a head behind, which is no break.
    const auto folder = std::filesystem::path(m_file).parent_path();
    const Descriptor directory(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.fd >= 0)
        ::fsync(directory.fd);
    return {};
}

} // namespace penstock
