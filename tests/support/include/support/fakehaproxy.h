// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <thread>

namespace penstock::test {

/// A stats socket of a HAProxy whose every word the test chooses.
struct FakeHaproxy
{
    std::mutex mutex;
    int pid = 7, uptime = 100;
    int weights[3] = { 100, 0, 0 };
    bool lies = false; ///< accepts a weight and keeps the old one
    bool mumbles = false; ///< keeps a weight it was told, and tells `get weight` the new one
    std::string cutAfter; ///< the answer to this ends in the middle
    int deafAfter = -1; ///< hangs after so many `set`
    std::atomic<bool> over = false;

    /// Like the real one: commands of a line are divided by semicolons and answered one after another.
    std::string operator()(const std::string& line)
    {
        std::string answers;
        for (std::size_t at = 0; at < line.size();) {
            const auto end = std::min(line.find("; ", at), line.size());
            const auto answer = one(line.substr(at, end - at));
            if (answer.empty())
                return answers;
            answers += answer;
            at = end + 2;
        }
        return answers;
    }

private:
    std::string one(const std::string& question)
    {
        std::unique_lock lock(mutex);
        std::string answer;
        if (question == "show info")
            answer = "Name: HAProxy\nVersion: 2.6.12\nPid: " + std::to_string(pid) + "\nUptime_sec: " + std::to_string(uptime) + "\n\n";
        else if (question == "show cli level")
            answer = "admin\n\n";
        else if (question.starts_with("show servers state")) {
            answer = "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_agent_state\n";
            for (int i = 0; i < 3; ++i)
                answer += "3 infer " + std::to_string(i + 1) + " " + names[i] + " 127.0.0.1 2 0 " + std::to_string(weights[i]) + " 100 0\n";
            answer += "\n";
        } else if (question.starts_with("show stat")) {
            answer = "# pxname,svname,stot,status,weight,\n";
            for (int i = 0; i < 3; ++i)
                answer += std::string("infer,") + names[i] + ",0,UP," + std::to_string(weights[i]) + ",\n";
            answer += "\n";
        } else if (question.starts_with("set server ")) {
            if (deafAfter >= 0 && deafAfter-- == 0) {
                lock.unlock();
                while (!over)
                    std::this_thread::yield();
                return {};
            }
            const auto slash = question.find('/'), blank = question.find(' ', slash);
            for (int i = 0; i < 3 && !lies; ++i)
                if (question.substr(slash + 1, blank - slash - 1) == names[i])
                    (mumbles ? said : weights)[i] = std::stoi(question.substr(question.rfind(' ')));
            answer = "\n";
        } else if (question.starts_with("get weight ")) {
            for (int i = 0; i < 3; ++i)
                if (question.ends_with(names[i]))
                    answer = std::to_string((mumbles ? said : weights)[i]) + " (initial 100)\n\n";
        }
        if (!cutAfter.empty() && question.starts_with(cutAfter))
            answer.resize(answer.size() / 2);
        return answer;
    }

    static constexpr const char* names[3] = { "azure", "gcp", "aws" };
    int said[3] = { 100, 0, 0 };
};

} // namespace penstock::test
