// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "secretcommand.h"

#include <iostream>
#include <iterator>

#include <termios.h>
#include <unistd.h>

#include "secret/secret.h"

namespace penstock {

namespace {

    /// A line that is not shown while it is typed.
    Result<std::string> typed(const std::string& name, const termios& before)
    {
        constexpr char controlC = 3;
        std::cerr << "secret for keychain:" << name << ": " << std::flush;
        auto hidden = before;
        // Ctrl-C ends the line instead of us, so that the terminal is left as it was.
        hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
        hidden.c_cc[VEOL] = controlC;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
        std::string line;
        for (char c = 0; ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n';) {
            line += c;
            if (c == controlC)
                break;
        }
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        std::cerr << '\n';
        if (line.ends_with(controlC))
            return fail(Error::Kind::Cancelled, "nothing was kept", "keychain:" + name);
        return line;
    }

} // namespace

Result<std::string> secretCommand(const std::string& verb, const std::string& name)
{
    const auto where = "keychain:" + name;
    if (verb == "set") {
        termios terminal {};
        auto secret = tcgetattr(STDIN_FILENO, &terminal) == 0 ? typed(name, terminal) : Result<std::string>(std::string(std::istreambuf_iterator<char>(std::cin), {}));
        if (!secret)
            return secret;
        secret->erase(secret->find_last_not_of(" \t\r\n") + 1);
        if (secret->empty())
            return fail(Error::Kind::Invalid, "there is no secret to keep", where, "type it, or send it in: penstockctl secret set " + name + " < FILE");
        if (auto kept = keepSecret(name, *secret); !kept)
            return std::unexpected(kept.error());
        return where + " is kept";
    }
    if (verb == "remove") {
        if (auto gone = forgetSecret(name); !gone)
            return std::unexpected(gone.error());
        return where + " is gone";
    }
    if (auto read = readSecret(where); !read)
        return read;
    return where + " is there";
}

} // namespace penstock
