// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace penstock {

/// One sample of a text exposition. The texts are parts of the text that was read.
struct ExpositionSample
{
    std::string_view name; ///< empty: it stands among the labels, as a name that needs quotes does
    std::string_view labels; ///< as written, what stands between the braces: equal texts are equal labels
    double value = 0; ///< may be infinite or no number
    std::optional<std::int64_t> timestamp {}; ///< milliseconds since 1970
};

/// Reads the text exposition format 0.0.4 of Prometheus, sample by sample, without copying; comments, types, exemplars and
/// the "# EOF" of OpenMetrics are passed over.
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/
class ExpositionReader
{
public:
    /// `text` must outlive the samples.
    explicit ExpositionReader(std::string_view text) : m_at(text.data()), m_end(text.data() + text.size()) {}

    /// False at the end, and at what is no exposition.
    [[nodiscard]] bool next(ExpositionSample& sample);
    /// Why it ended before the end: Invalid, with the line. Whoever got samples before must not use them: the answer is not
    /// whole.
    [[nodiscard]] const std::optional<Error>& error() const { return m_error; }
    [[nodiscard]] std::size_t line() const { return m_line; } ///< of the last sample; counts from 1

private:
    bool wrong(std::string what);
    void skipBlanks();
    void skipLine();

    const char* m_at;
    const char* m_end;
    std::size_t m_line = 0;
    std::optional<Error> m_error;
};

/// Reads labels as they are written in a sample.
class LabelReader
{
public:
    explicit LabelReader(std::string_view labels) : m_at(labels.data()), m_end(labels.data() + labels.size()) {}
    /// False at the end, and at what is no label. A name alone, in quotes, is the sample's: `name` is then "__name__".
    [[nodiscard]] bool next(std::string_view& name, std::string& value);
    [[nodiscard]] bool isWrong() const { return m_wrong; }

private:
    [[nodiscard]] bool quoted(std::string& text);
    void skipBlanks();
    const char* m_at;
    const char* m_end;
    bool m_wrong = false;
};

} // namespace penstock
