// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "exposition/exposition.h"

#include <charconv>
#include <cmath>
#include <cstring>

namespace penstock {

namespace {

    bool isBlank(char it) { return it == ' ' || it == '\t'; }
    bool isLineEnd(char it) { return it == '\n' || it == '\r'; }
    bool isDigit(char it) { return it >= '0' && it <= '9'; }
    bool beginsName(char it) { return (it >= 'a' && it <= 'z') || (it >= 'A' && it <= 'Z') || it == '_' || it == ':'; }
    bool isOfName(char it) { return beginsName(it) || isDigit(it); }

    const char* find(const char* from, const char* end, char what)
    {
        const auto* found = static_cast<const char*>(std::memchr(from, what, static_cast<std::size_t>(end - from)));
        return found ? found : end;
    }

    /// The quote that ends a text that begins here; `end` where there is none.
    const char* endOfQuoted(const char* from, const char* end)
    {
        for (const char* at = from;;) {
            at = find(at, end, '"');
            std::size_t backslashes = 0;
            while (at - static_cast<std::ptrdiff_t>(backslashes) > from && at[-1 - static_cast<std::ptrdiff_t>(backslashes)] == '\\')
                ++backslashes;
            if (at == end || backslashes % 2 == 0)
                return at;
            ++at;
        }
    }

    /// The brace that closes labels that begin here; `end` where there is none on this line.
    const char* endOfLabels(const char* at, const char* end)
    {
        while (at < end) {
            if (*at == '"') {
                at = endOfQuoted(at + 1, end);
                if (at == end)
                    return end;
            } else if (*at == '}')
                return at;
            else if (*at == '\n')
                return end;
            ++at;
        }
        return end;
    }

} // namespace

bool ExpositionReader::wrong(std::string what)
{
    m_error = Error { Error::Kind::Invalid, std::move(what), "line " + std::to_string(m_line), {} };
    m_at = m_end;
    return false;
}

void ExpositionReader::skipBlanks()
{
    while (m_at < m_end && isBlank(*m_at))
        ++m_at;
}

void ExpositionReader::skipLine()
{
    m_at = find(m_at, m_end, '\n');
    m_at += m_at < m_end;
}

bool ExpositionReader::next(ExpositionSample& sample)
{
    for (;;) {
        if (m_at == m_end)
            return false;
        ++m_line;
        skipBlanks();
        if (m_at < m_end && *m_at == '\r')
            ++m_at;
        if (m_at < m_end && *m_at != '#' && *m_at != '\n')
            break;
        skipLine();
    }
    if (m_at == m_end)
        return false;
    const char* begin = m_at;
    if (beginsName(*m_at))
        while (m_at < m_end && isOfName(*m_at))
            ++m_at;
    sample.name = { begin, static_cast<std::size_t>(m_at - begin) };
    sample.labels = {};
    sample.timestamp.reset();
    skipBlanks();
    if (m_at < m_end && *m_at == '{') {
        begin = ++m_at;
        m_at = endOfLabels(m_at, m_end);
        if (m_at == m_end)
            return wrong("labels without an end");
        sample.labels = { begin, static_cast<std::size_t>(m_at++ - begin) };
    } else if (sample.name.empty())
        return wrong("neither a metric's name nor a comment");
    skipBlanks();
    const char* valueEnd = m_at;
    while (valueEnd < m_end && !isBlank(*valueEnd) && !isLineEnd(*valueEnd))
        ++valueEnd;
    const char* value = m_at + (m_at < valueEnd && *m_at == '+');
    const auto [stop, bad] = std::from_chars(value, valueEnd, sample.value);
    if (bad == std::errc::result_out_of_range)
        sample.value = *value == '-' ? -HUGE_VAL : HUGE_VAL;
    else if (bad != std::errc())
        return wrong("'" + std::string(m_at, std::min(valueEnd, m_at + 40)) + "' is no value");
    if (stop != valueEnd)
        return wrong("'" + std::string(m_at, std::min(valueEnd, m_at + 40)) + "' is no value");
    m_at = valueEnd;
    skipBlanks();
    if (m_at < m_end && (isDigit(*m_at) || *m_at == '-')) {
        // Milliseconds; OpenMetrics writes seconds with a point, which nothing here needs.
        std::int64_t time = 0;
        const auto [timeEnd, badTime] = std::from_chars(m_at, m_end, time);
        if (badTime != std::errc())
            return wrong("no timestamp follows the value");
        sample.timestamp = time;
        m_at = timeEnd;
        if (m_at < m_end && *m_at == '.') {
            sample.timestamp.reset();
            for (++m_at; m_at < m_end && isDigit(*m_at);)
                ++m_at;
        }
        skipBlanks();
    }
    if (m_at < m_end && *m_at == '#') // an exemplar
        m_at = find(m_at, m_end, '\n');
    if (m_at < m_end && *m_at == '\r')
        ++m_at;
    if (m_at == m_end)
        return wrong("the text ends in the middle of a line: the answer was cut off");
    if (*m_at != '\n')
        return wrong("something follows the value");
    ++m_at;
    return true;
}

void LabelReader::skipBlanks()
{
    while (m_at < m_end && isBlank(*m_at))
        ++m_at;
}

bool LabelReader::quoted(std::string& text)
{
    const char* end = endOfQuoted(++m_at, m_end);
    if (end == m_end || find(m_at, end, '\n') != end)
        return false;
    text.clear();
    while (m_at < end) {
        const char* escape = find(m_at, end, '\\');
        text.append(m_at, escape);
        if (escape == end)
            break;
        if (escape + 1 == end)
            return false;
        const char it = escape[1];
        text += it == 'n' ? '\n' : it;
        m_at = escape + 2;
    }
    m_at = end + 1;
    return true;
}

bool LabelReader::next(std::string_view& name, std::string& value)
{
    skipBlanks();
    if (m_at == m_end || m_wrong)
        return false;
    m_wrong = true;
    if (*m_at == '"') {
        if (!quoted(value))
            return false;
        name = "__name__";
    } else {
        const char* begin = m_at;
        if (!beginsName(*m_at))
            return false;
        while (m_at < m_end && isOfName(*m_at))
            ++m_at;
        name = { begin, static_cast<std::size_t>(m_at - begin) };
        skipBlanks();
        if (m_at == m_end || *m_at++ != '=')
            return false;
        skipBlanks();
        if (m_at == m_end || *m_at != '"' || !quoted(value))
            return false;
    }
    skipBlanks();
    if (m_at < m_end && *m_at++ != ',')
        return false;
    m_wrong = false;
    return true;
}

} // namespace penstock
