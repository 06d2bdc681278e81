// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "filetext.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "workspace/workspace.h"

namespace penstock {

static Result<> replaceFile(const std::string& path, const std::string& text)
{
    const auto failed = [&](const char* what) {
        return fail(Error::Kind::Unavailable, what, path, "may you write there, and is there room?");
    };
    // What is a link stays one.
    std::error_code none;
    const auto real = std::filesystem::weakly_canonical(path, none).string();
    const auto target = none || real.empty() ? path : real;
    const auto next = target + ".new";
    struct stat before
    {
    };
    const mode_t mode = ::stat(target.c_str(), &before) == 0 ? before.st_mode & 07777 : 0600;
    const int file = ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (file < 0)
        return failed("the workspace cannot be written");
    std::string_view left = text;
    bool written = true;
    while (!left.empty() && written) {
        const auto count = ::write(file, left.data(), left.size());
        written = count > 0;
        left.remove_prefix(written ? static_cast<std::size_t>(count) : 0);
    }
    written = written && ::fsync(file) == 0;
    ::close(file);
    if (!written || ::rename(next.c_str(), target.c_str()) != 0) {
        ::unlink(next.c_str());
        return failed("the workspace cannot be written");
    }
    return {};
}

std::optional<std::string> fileText(const std::string& path)
{
    std::ifstream file(path);
    if (!file)
        return std::nullopt;
    std::ostringstream all;
    all << file.rdbuf();
    return all.str();
}

Result<> replaceWorkspace(const std::string& path, const std::string& text)
{
    if (const auto parsed = parseWorkspace(text, path); !parsed)
        return std::unexpected(parsed.error().front());
    return replaceFile(path, text);
}

} // namespace penstock
