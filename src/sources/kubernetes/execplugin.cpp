// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "kubernetes/execplugin.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <cctype>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/timetext.h"

extern char** environ;

namespace penstock {

namespace {

    using namespace std::chrono_literals;
    using Steady = std::chrono::steady_clock;
    using Json = nlohmann::json;

    constexpr auto untilSignedIn = 10min;
    constexpr std::size_t longestOutput = 1024 * 1024;
    constexpr std::size_t longestWords = 300;

    /// The two ends of a pipe, closed with it.
    struct Pipe
    {
        int ends[2] { -1, -1 };
        Pipe() { [[maybe_unused]] const auto made = ::pipe2(ends, O_CLOEXEC); }
        ~Pipe()
        {
            close(0);
            close(1);
        }
        Pipe(const Pipe&) = delete;
        Pipe& operator=(const Pipe&) = delete;
        void close(int end)
        {
            if (ends[end] >= 0)
                ::close(ends[end]);
            ends[end] = -1;
        }
        /// False: the other end is closed.
        bool readTo(std::string& to)
        {
            char buffer[4096];
            const auto got = ::read(ends[0], buffer, sizeof buffer);
            if (got <= 0)
                return got < 0 && errno == EINTR;
            if (to.size() < longestOutput)
                to.append(buffer, static_cast<std::size_t>(got));
            return true;
        }
    };

    std::string lastWords(std::string_view said)
    {
        while (!said.empty() && std::isspace(static_cast<unsigned char>(said.back())))
            said.remove_suffix(1);
        if (said.size() > longestWords)
            said.remove_prefix(said.size() - longestWords);
        std::string made(said);
        std::ranges::replace(made, '\n', ' ');
        return made;
    }

    std::string infoOf(const KubeAccess& access)
    {
        Json spec { { "interactive", false } };
        if (access.exec->wantsCluster) {
            Json cluster { { "server", access.server } };
            if (!access.identity.serverName.empty())
                cluster["tls-server-name"] = access.identity.serverName;
            if (access.identity.trustsAnybody)
                cluster["insecure-skip-tls-verify"] = true;
            if (!access.identity.authorities.empty())
                cluster["certificate-authority-data"] = toBase64(access.identity.authorities);
            if (!access.identity.proxy.empty())
                cluster["proxy-url"] = access.identity.proxy;
            spec["cluster"] = std::move(cluster);
        }
        return Json { { "apiVersion", access.exec->apiVersion }, { "kind", "ExecCredential" }, { "spec", std::move(spec) } }.dump(-1, ' ', false, Json::error_handler_t::replace);
    }

    std::vector<std::string> environmentOf(const KubeAccess& access)
    {
        auto ours = access.exec->env;
        ours.emplace_back("KUBERNETES_EXEC_INFO", infoOf(access));
        std::vector<std::string> made;
        for (char** it = environ; *it; ++it) {
            const std::string_view entry(*it);
            if (std::ranges::none_of(ours, [&](const auto& one) { return entry.starts_with(one.first + "="); }))
                made.emplace_back(entry);
        }
        for (const auto& [name, value] : ours)
            made.push_back(name + "=" + value);
        return made;
    }

    std::vector<char*> pointersTo(std::vector<std::string>& texts)
    {
        std::vector<char*> made;
        for (auto& it : texts)
            made.push_back(it.data());
        made.push_back(nullptr);
        return made;
    }

    /// A process group of its own, so that what the plugin starts ends with it.
    Result<pid_t> start(const KubeAccess& access, Pipe& output, Pipe& words)
    {
        posix_spawn_file_actions_t files;
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&files, output.ends[1], 1);
        posix_spawn_file_actions_adddup2(&files, words.ends[1], 2);
        posix_spawnattr_t attributes;
        posix_spawnattr_init(&attributes);
        // A program that waits for its signals blocks them, and the plugin must not.
        sigset_t none;
        sigemptyset(&none);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
        std::vector<std::string> arguments { access.exec->command };
        arguments.insert(arguments.end(), access.exec->args.begin(), access.exec->args.end());
        auto environment = environmentOf(access);
        pid_t pid = 0;
        const int failed = ::posix_spawnp(&pid, access.exec->command.c_str(), &files, &attributes, pointersTo(arguments).data(), pointersTo(environment).data());
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&files);
        if (failed != 0)
            return fail(failed == ENOENT ? Error::Kind::NotFound : Error::Kind::Denied, "the exec plugin cannot be run: " + std::string(std::strerror(failed)), access.exec->command,
                access.exec->installHint.empty() ? "install it, or add its folder to PATH" : lastWords(access.exec->installHint));
        return pid;
    }

} // namespace

Result<ExecCredential> parseExecCredential(std::string_view printed, const std::string& apiVersion)
{
    const auto wrong = [](const std::string& what) { return fail(Error::Kind::Invalid, "the exec plugin's answer " + what, {}, "run it in a terminal and look at what it prints"); };
    const auto root = Json::parse(printed, nullptr, false);
    if (!root.is_object())
        return wrong("is no JSON");
    const auto text = [](const Json& of, const char* key) { return of.contains(key) && of[key].is_string() ? of[key].get<std::string>() : std::string(); };
    if (text(root, "kind") != "ExecCredential")
        return wrong("is no ExecCredential");
    if (text(root, "apiVersion") != apiVersion)
        return wrong("speaks " + text(root, "apiVersion").substr(0, 80) + " where the kubeconfig says " + apiVersion);
    if (!root.contains("status") || !root["status"].is_object())
        return wrong("has no status");
    const auto& status = root["status"];
    ExecCredential made { .token = text(status, "token"), .certificate = text(status, "clientCertificateData"), .key = text(status, "clientKeyData"), .expires = {} };
    if (made.certificate.empty() != made.key.empty())
        return wrong("has a certificate without a key, or a key without one");
    if (made.token.empty() && made.certificate.empty())
        return wrong("has neither token nor certificate");
    if (const auto expires = text(status, "expirationTimestamp"); !expires.empty()) {
        const auto at = parseTime(expires);
        if (!at)
            return wrong("expires at no time that can be read");
        made.expires = *at;
    }
    return made;
}

Result<ExecCredential> runExecPlugin(const KubeAccess& access, const std::function<void(const std::string&)>& says, const std::stop_token& stop, std::chrono::milliseconds patience)
{
    const auto& command = access.exec->command;
    if (access.exec->needsTerminal)
        return fail(Error::Kind::Denied, "the exec plugin wants a terminal (interactiveMode: Always)", command, "choose a way to sign in that needs none, or sign in beforehand");
    Pipe output, words;
    if (output.ends[0] < 0 || words.ends[0] < 0)
        return fail(Error::Kind::Unavailable, "no more files can be opened", command);
    const auto pid = start(access, output, words);
    if (!pid)
        return std::unexpected(pid.error());
    output.close(1);
    words.close(1);
    std::string printed, said;
    std::size_t told = 0;
    const auto begin = Steady::now();
    bool late = false, ended = false;
    int status = 0;
    while (output.ends[0] >= 0 || words.ends[0] >= 0) {
        late = Steady::now() - begin > (said.empty() ? std::chrono::milliseconds(patience) : std::max<std::chrono::milliseconds>(patience, untilSignedIn));
        if (late || stop.stop_requested())
            break;
        // A closed end is a file that poll passes over.
        pollfd both[] { { output.ends[0], POLLIN, 0 }, { words.ends[0], POLLIN, 0 } };
        ::poll(both, 2, 100);
        if (both[0].revents != 0 && !output.readTo(printed))
            output.close(0);
        if (both[1].revents != 0 && !words.readTo(said))
            words.close(0);
        if (both[0].revents != 0 || both[1].revents != 0)
            continue;
        // What it has left in the background may hold its output open.
        if (ended)
            break;
        ended = ::waitpid(*pid, &status, WNOHANG) == *pid;
        if (!ended && said.size() > told) {
            told = said.size();
            says(lastWords(said));
        }
    }
    if (!ended) {
        if (output.ends[0] >= 0 || words.ends[0] >= 0)
            ::kill(-*pid, SIGKILL);
        while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) { }
    }
    if (stop.stop_requested())
        return fail(Error::Kind::Cancelled, "it was stopped", command);
    if (late)
        return fail(Error::Kind::Unavailable, "the exec plugin does not come to an end" + (said.empty() ? std::string() : "; it said: " + lastWords(said)), command, "run it in a terminal and look at what it waits for");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return fail(Error::Kind::Denied, "the exec plugin failed" + (said.empty() ? std::string() : ": " + lastWords(said)), command, "run it in a terminal; you may have to sign in anew");
    auto made = parseExecCredential(printed, access.exec->apiVersion);
    if (!made && made.error().where.empty()) {
        auto error = made.error();
        error.where = command;
        return std::unexpected(std::move(error));
    }
    return made;
}

} // namespace penstock
