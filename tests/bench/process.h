// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>

namespace penstock::bench {

/// Bytes that this process' TCP connections have received since they were opened, as the kernel counts them: of the
/// stream, that is with TLS and HTTP/2 and without the headers of packets.
inline std::uint64_t tcpBytesReceived()
{
    std::uint64_t sum = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        const auto name = entry.path().filename().string();
        int descriptor = -1;
        std::from_chars(name.data(), name.data() + name.size(), descriptor);
        tcp_info info {};
        socklen_t size = sizeof(info);
        // Anything else than a TCP socket refuses the question.
        if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
            sum += info.tcpi_bytes_received;
    }
    return sum;
}

/// Seconds of processor time of all threads of this process.
inline double processTime()
{
    rusage usage {};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// A line of /proc/self/status in MiB: "VmRSS", or "VmHWM" for the most it ever was.
inline double memory(const std::string& which)
{
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (word == which + ":") {
            double kib = 0;
            status >> kib;
            return kib / 1024;
        }
    return 0;
}

} // namespace penstock::bench
