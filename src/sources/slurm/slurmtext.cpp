// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "slurm/slurmtext.h"

#include <algorithm>
#include <charconv>
#include <functional>

namespace penstock {

namespace {

    std::optional<std::uint64_t> numberOf(std::string_view text)
    {
        std::uint64_t value = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
        return !text.empty() && read.ec == std::errc() && read.ptr == text.data() + text.size() ? std::optional(value) : std::nullopt;
    }

    /// What stands between separators that are in no bracket.
    void eachPart(std::string_view text, char separator, const std::function<void(std::string_view)>& each)
    {
        std::size_t begin = 0;
        int depth = 0;
        for (std::size_t i = 0; i <= text.size(); ++i) {
            const char c = i < text.size() ? text[i] : separator;
            depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
            if ((c == separator && depth <= 0) || i == text.size()) {
                if (i > begin)
                    each(text.substr(begin, i - begin));
                begin = i + 1;
            }
        }
    }

    /// "0-3" and "7": first and last, as they are written.
    std::pair<std::string_view, std::string_view> endsOf(std::string_view range)
    {
        const auto dash = range.find('-');
        return dash == std::string_view::npos ? std::pair(range, range) : std::pair(range.substr(0, dash), range.substr(dash + 1));
    }

    /// "0-3,6", "N/A".
    std::vector<std::uint32_t> indicesOf(std::string_view text)
    {
        std::vector<std::uint32_t> made;
        eachPart(text, ',', [&](std::string_view part) {
            const auto [first, last] = endsOf(part);
            const auto from = numberOf(first), to = numberOf(last);
            for (auto i = from.value_or(1); from && to && i <= *to && i < mostSlurmGpus && made.size() < mostSlurmGpus; ++i)
                made.push_back(static_cast<std::uint32_t>(i));
        });
        return made;
    }

    void addHosts(const std::string& before, std::string_view rest, std::size_t most, std::vector<std::string>& made)
    {
        const auto open = rest.find('['), close = rest.find(']', open);
        if (open == std::string_view::npos || close == std::string_view::npos) {
            if (made.size() < most && open == std::string_view::npos)
                made.push_back(before + std::string(rest));
            return;
        }
        eachPart(rest.substr(open + 1, close - open - 1), ',', [&](std::string_view part) {
            const auto [first, last] = endsOf(part);
            const auto from = numberOf(first), to = numberOf(last);
            for (auto i = from.value_or(1); from && to && i <= *to && made.size() < most; ++i) {
                auto written = std::to_string(i);
                if (written.size() < first.size())
                    written.insert(0, first.size() - written.size(), '0');
                addHosts(before + std::string(rest.substr(0, open)) + written, rest.substr(close + 1), most, made);
            }
        });
    }

} // namespace

std::vector<SlurmGres> slurmGpus(std::string_view text)
{
    std::vector<SlurmGres> made;
    eachPart(text, ',', [&](std::string_view part) {
        for (const std::string_view prefix : { "gres:", "gres/" })
            if (part.starts_with(prefix))
                part.remove_prefix(prefix.size());
        const auto bracket = part.find('(');
        const auto note = bracket == std::string_view::npos ? std::string_view() : part.substr(bracket);
        part = part.substr(0, bracket);
        const auto nameEnd = std::min(part.find_first_of(":="), part.size());
        const auto name = part.substr(0, nameEnd);
        // Shares of a GPU, which nobody else gets whole: shard:h100:3(IDX:2) holds the third one.
        const bool isShare = name == "shard" || name == "mps";
        if (name != "gpu" && !isShare)
            return;
        SlurmGres it { .type = {}, .count = 1 };
        auto rest = part.substr(std::min(nameEnd + 1, part.size()));
        const auto last = rest.find_last_of(":=");
        const auto tail = last == std::string_view::npos ? rest : rest.substr(last + 1);
        if (const auto count = numberOf(tail)) {
            it.count = static_cast<std::uint32_t>(std::min<std::uint64_t>(*count, mostSlurmGpus));
            rest = last == std::string_view::npos ? std::string_view() : rest.substr(0, last);
        }
        it.type = std::string(rest);
        if (const auto at = note.find("IDX:"); at != std::string_view::npos)
            it.indices = indicesOf(note.substr(at + 4, note.find(')', at) - at - 4));
        if (isShare)
            it.count = static_cast<std::uint32_t>(it.indices.size());
        // Who says indices for some of them says nothing.
        else if (it.indices.size() != it.count)
            it.indices.clear();
        if (isShare && it.count == 0)
            return;
        made.push_back(std::move(it));
    });
    return made;
}

std::optional<std::uint64_t> slurmTresGpus(std::string_view text)
{
    std::optional<std::uint64_t> all, typed;
    eachPart(text, ',', [&](std::string_view part) {
        const auto equals = part.find('=');
        const auto count = equals == std::string_view::npos ? std::nullopt : numberOf(part.substr(equals + 1));
        if (!count || *count > 1'000'000'000)
            return;
        if (part.substr(0, equals) == "gres/gpu")
            all = *count;
        else if (part.starts_with("gres/gpu:"))
            typed = typed.value_or(0) + *count;
    });
    return all ? all : typed;
}

std::vector<std::string> slurmHosts(std::string_view text, std::size_t most)
{
    std::vector<std::string> made;
    eachPart(text, ',', [&](std::string_view part) { addHosts({}, part, most, made); });
    return made;
}

SlurmTasks slurmTasks(std::string_view text)
{
    SlurmTasks made;
    text = text.substr(0, text.find('%'));
    eachPart(text, ',', [&](std::string_view part) {
        if (part.starts_with("..."))
            made.cutOff = true;
        const auto colon = part.find(':');
        const auto [first, last] = endsOf(part.substr(0, colon));
        const auto from = numberOf(first), to = numberOf(last), step = colon == std::string_view::npos ? std::optional<std::uint64_t>(1) : numberOf(part.substr(colon + 1));
        // The greatest index that an array can have.
        constexpr std::uint64_t most = 4'000'001;
        if (from && to && step && *step > 0 && *from <= *to && *to <= most)
            made.count += (*to - *from) / *step + 1;
    });
    return made;
}

} // namespace penstock
