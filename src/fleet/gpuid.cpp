// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "fleet/gpuid.h"

#include <charconv>

namespace penstock {

namespace {

    constexpr std::string_view prefix = "GPU-";

    /// True before the byte at which a group of digits begins.
    constexpr bool opensGroup(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

} // namespace

std::optional<GpuUuid> parseGpuUuid(std::string_view text)
{
    if (!text.starts_with(prefix))
        return std::nullopt;
    text.remove_prefix(prefix.size());
    GpuUuid uuid {};
    for (std::size_t byte = 0; byte < uuid.size(); ++byte) {
        if (opensGroup(byte)) {
            if (!text.starts_with('-'))
                return std::nullopt;
            text.remove_prefix(1);
        }
        const auto digits = text.substr(0, 2);
        if (const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), uuid[byte], 16); error != std::errc() || end != digits.data() + 2)
            return std::nullopt;
        text.remove_prefix(2);
    }
    return text.empty() ? std::optional(uuid) : std::nullopt;
}

std::string text(const GpuUuid& uuid)
{
    if (uuid == GpuUuid {})
        return {};
    constexpr std::string_view digits = "0123456789abcdef";
    std::string made(prefix);
    for (std::size_t byte = 0; byte < uuid.size(); ++byte) {
        if (opensGroup(byte))
            made += '-';
        made += digits[uuid[byte] >> 4];
        made += digits[uuid[byte] & 15];
    }
    return made;
}

} // namespace penstock
