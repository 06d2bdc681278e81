// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "runtimeapi.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace penstock::haproxy {

namespace {

    using SteadyTime = std::chrono::steady_clock::time_point;
    constexpr std::size_t longestAnswer = 16 * 1024 * 1024;

    class Socket
    {
    public:
        explicit Socket(int fd) : m_fd(fd) {}
        ~Socket()
        {
            if (m_fd >= 0)
                ::close(m_fd);
        }
        Socket(const Socket&) = delete;
        Socket& operator=(const Socket&) = delete;
        [[nodiscard]] int fd() const { return m_fd; }

    private:
        int m_fd;
    };

    std::unexpected<Error> systemFailure(const Address& address, int code)
    {
        switch (code) {
        case ECONNREFUSED:
            return fail(Error::Kind::Unavailable, "HAProxy refuses the connection", address.text,
                "is it running, and is this the address of its stats socket?");
        case ENOENT:
            return fail(Error::Kind::NotFound, "there is no such stats socket", address.text,
                "compare with the line `stats socket` of its configuration");
        case EACCES:
        case EPERM:
            return fail(Error::Kind::Denied, "this account may not use the stats socket", address.text,
                "set user, group or mode on the line `stats socket`");
        default:
            return fail(Error::Kind::Unavailable, std::string("HAProxy cannot be reached: ") + std::strerror(code), address.text);
        }
    }

    std::unexpected<Error> silence(const Address& address)
    {
        return fail(Error::Kind::Unavailable, "HAProxy does not answer in time", address.text, "is this really its stats socket?");
    }

    /// Waits for `events`; false when the time is over.
    bool await(int fd, short events, SteadyTime until)
    {
        for (;;) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
            if (left.count() <= 0)
                return false;
            pollfd one { fd, events, 0 };
            const int ready = ::poll(&one, 1, static_cast<int>(left.count()));
            if (ready > 0)
                return true;
            if (ready < 0 && errno != EINTR)
                return false;
        }
    }

    Result<> connectTo(int fd, const sockaddr* name, socklen_t length, const Address& address, SteadyTime until)
    {
        if (::connect(fd, name, length) == 0)
            return {};
        if (errno != EINPROGRESS)
            return systemFailure(address, errno);
        if (!await(fd, POLLOUT, until))
            return silence(address);
        int code = 0;
        socklen_t size = sizeof code;
        if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0)
            return systemFailure(address, errno);
        if (code != 0)
            return systemFailure(address, code);
        return {};
    }

    Result<> exchange(int fd, const Address& address, const std::string& line, std::string& answer, SteadyTime until)
    {
        for (std::size_t sent = 0; sent < line.size();) {
            const auto wrote = ::send(fd, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
            if (wrote >= 0)
                sent += static_cast<std::size_t>(wrote);
            else if (errno != EAGAIN && errno != EINTR)
                return systemFailure(address, errno);
            else if (!await(fd, POLLOUT, until))
                return silence(address);
        }
        char buffer[16'384];
        for (;;) {
            const auto got = ::recv(fd, buffer, sizeof buffer, 0);
            if (got == 0)
                return {};
            if (got > 0)
                answer.append(buffer, static_cast<std::size_t>(got));
            else if (errno != EAGAIN && errno != EINTR)
                return systemFailure(address, errno);
            else if (!await(fd, POLLIN, until))
                return silence(address);
            if (answer.size() > longestAnswer)
                return fail(Error::Kind::Invalid, "the answer is longer than 16 MiB", address.text, "is this really HAProxy?");
        }
    }

} // namespace

Result<Address> parseAddress(const std::string& url)
{
    Address address { .text = url, .path = {}, .host = {}, .port = 0 };
    constexpr std::string_view unixScheme = "unix://", tcpScheme = "tcp://";
    if (url.starts_with(unixScheme)) {
        address.path = url.substr(unixScheme.size());
        if (!address.path.starts_with('/') || address.path.size() >= sizeof(sockaddr_un::sun_path))
            return fail(Error::Kind::Invalid, "the path of the socket must be absolute and under 108 characters", url,
                "write unix:///run/haproxy/admin.sock");
        return address;
    }
    const auto colon = url.rfind(':');
    if (!url.starts_with(tcpScheme) || colon <= tcpScheme.size())
        return fail(Error::Kind::Invalid, "this is not the address of a stats socket", url,
            "write tcp://127.0.0.1:9999 or unix:///run/haproxy/admin.sock");
    address.host = url.substr(tcpScheme.size(), colon - tcpScheme.size());
    const auto* last = url.data() + url.size();
    const auto number = std::from_chars(url.data() + colon + 1, last, address.port);
    if (number.ec != std::errc() || number.ptr != last || address.port == 0)
        return fail(Error::Kind::Invalid, "the port must be a number from 1 to 65535", url, "write tcp://127.0.0.1:9999");
    if (address.host == "[::1]")
        address.host = "::1";
    else if (address.host == "localhost")
        address.host = "127.0.0.1";
    else if (!address.host.starts_with("127."))
        return fail(Error::Kind::Refused, "the Runtime API has no authentication, so only this machine is accepted", url,
            "make a tunnel (ssh -L 9999:127.0.0.1:9999 HOST) and write tcp://127.0.0.1:9999");
    return address;
}

Result<Answer> ask(const Address& address, const std::string& command, std::chrono::milliseconds timeout)
{
    const auto until = std::chrono::steady_clock::now() + timeout;
    addrinfo* found = nullptr;
    sockaddr_un local {};
    if (!address.path.empty()) {
        local.sun_family = AF_UNIX;
        address.path.copy(local.sun_path, sizeof local.sun_path - 1);
    } else {
        addrinfo hints {};
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
        hints.ai_socktype = SOCK_STREAM;
        if (::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found) != 0 || !found)
            return fail(Error::Kind::Invalid, "this is not a numeric address", address.text, "write tcp://127.0.0.1:9999");
    }
    const Socket socket(::socket(found ? found->ai_family : AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    Result<> done;
    if (socket.fd() < 0)
        done = systemFailure(address, errno);
    else if (found)
        done = connectTo(socket.fd(), found->ai_addr, found->ai_addrlen, address, until);
    else
        done = connectTo(socket.fd(), reinterpret_cast<const sockaddr*>(&local), sizeof local, address, until);
    if (found)
        ::freeaddrinfo(found);
    if (!done)
        return std::unexpected(done.error());

    Answer answer;
    if (const auto talked = exchange(socket.fd(), address, command + "\n", answer.text, until); !talked)
        return std::unexpected(talked.error());
    if (answer.text.empty())
        return fail(Error::Kind::Unavailable, "HAProxy hung up without an answer", address.text, "it may be stopping or reloading");
    answer.isWhole = answer.text == "\n" || answer.text.ends_with("\n\n");
    while (!answer.text.empty() && (answer.text.back() == '\n' || answer.text.back() == '\r'))
        answer.text.pop_back();
    return answer;
}

} // namespace penstock::haproxy
