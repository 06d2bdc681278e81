// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace penstock::test {

/// A loopback port that says what a test tells it to: for the answers that a real server gives too rarely to wait for.
/// Every connection is one question, the bytes until the first newline ("" where the other side only listens), and one
/// answer; then it hangs up. The function runs on a thread of its own.
class ScriptedSocket
{
public:
    using Reply = std::function<std::string(const std::string& question)>;

    /// `asks`: false where the other side waits to be told, as HAProxy does of an agent-check.
    explicit ScriptedSocket(Reply reply, bool asks = true) : m_reply(std::move(reply)), m_asks(asks)
    {
        m_fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in name {};
        name.sin_family = AF_INET;
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof name;
        auto* address = reinterpret_cast<sockaddr*>(&name);
        if (::bind(m_fd, address, size) == 0 && ::getsockname(m_fd, address, &size) == 0 && ::listen(m_fd, 64) == 0)
            m_port = ntohs(name.sin_port);
        m_thread = std::thread([this] { run(); });
    }
    ~ScriptedSocket()
    {
        m_over = true;
        m_thread.join();
        ::close(m_fd);
    }
    ScriptedSocket(const ScriptedSocket&) = delete;
    ScriptedSocket& operator=(const ScriptedSocket&) = delete;

    [[nodiscard]] std::uint16_t port() const { return m_port; }
    [[nodiscard]] std::string url() const { return "tcp://127.0.0.1:" + std::to_string(m_port); }

private:
    void run()
    {
        while (!m_over) {
            pollfd one { m_fd, POLLIN, 0 };
            if (::poll(&one, 1, 20) <= 0)
                continue;
            const int fd = ::accept(m_fd, nullptr, nullptr);
            std::string question;
            for (char c = 0; m_asks && ::recv(fd, &c, 1, 0) == 1 && c != '\n';)
                question += c;
            const auto answer = m_reply(question);
            for (std::size_t sent = 0; sent < answer.size();) {
                const auto wrote = ::send(fd, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
                if (wrote <= 0)
                    break;
                sent += static_cast<std::size_t>(wrote);
            }
            ::close(fd);
        }
    }

    Reply m_reply;
    bool m_asks;
    int m_fd = -1;
    std::uint16_t m_port = 0;
    std::atomic<bool> m_over = false;
    std::thread m_thread;
};

} // namespace penstock::test
