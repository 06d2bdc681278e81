// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "fleet/providerid.h"

namespace penstock {

namespace {

    /// The n-th part between slashes, from 0; empty: there is none.
    std::string_view part(std::string_view text, int n)
    {
        for (; n > 0; --n) {
            const auto slash = text.find('/');
            if (slash == std::string_view::npos)
                return {};
            text.remove_prefix(slash + 1);
        }
        return text.substr(0, text.find('/'));
    }

} // namespace

ProviderId parseProviderId(std::string_view id)
{
    ProviderId made;
    if (id.starts_with("azure://"))
        made.provider = "azure";
    else if (id.starts_with("oci://") || id.starts_with("ocid1.instance."))
        made.provider = "oci";
    else if (id.starts_with("gce://")) {
        made.provider = "gcp";
        made.zone = part(id.substr(6), 1);
        // "us-central1-a"
        if (const auto dash = made.zone.rfind('-'); dash != std::string::npos)
            made.region = made.zone.substr(0, dash);
    } else if (id.starts_with("aws:///")) {
        made.provider = "aws";
        made.zone = part(id.substr(7), 0);
        // "us-east-1a", local ones "us-west-2-lax-1a": a region's name ends with its first number.
        constexpr auto digits = "0123456789";
        if (const auto number = made.zone.find_first_of(digits); number != std::string::npos)
            made.region = made.zone.substr(0, made.zone.find_first_not_of(digits, number));
    }
    return made;
}

} // namespace penstock
