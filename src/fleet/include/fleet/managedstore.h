// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace penstock {

/// A store of metrics that a cloud runs and that its host gives away.
struct ManagedStore
{
    std::string_view host; ///< all of it, or with a dot before how it ends
    std::string_view name; ///< for people
    std::string_view signIn; ///< kind of SignInAddress; empty: it takes a user's password
    std::string_view path; ///< a piece of its addresses, after the host
    std::string_view example; ///< an address of it
    std::string_view authority {}, resource {}; ///< of SignInAddress, where they are not those of the public cloud
};

/// Null: none that is known. The scheme may be missing. Any thread.
[[nodiscard]] const ManagedStore* managedStoreAt(std::string_view url);

} // namespace penstock
