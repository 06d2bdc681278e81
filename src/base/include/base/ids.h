// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace penstock {

/// An index into one table, which cannot be mistaken for an index into another.
template<class Tag, class Rep = std::uint32_t>
struct Index
{
    Rep value {};
    [[nodiscard]] constexpr std::size_t at() const { return static_cast<std::size_t>(value); }
    friend constexpr auto operator<=>(Index, Index) = default;
};

} // namespace penstock
