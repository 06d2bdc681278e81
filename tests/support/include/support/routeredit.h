// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fleet/route.h"

namespace penstock::test {

/// Changes the words of a route's router, which begin anew where they were of another kind. `edit` takes a Words&.
template<class Words, class Edit>
void editRouter(Route& route, Edit edit)
{
    auto words = route.router.as<Words>() ? *route.router.as<Words>() : Words();
    edit(words);
    route.router = std::move(words);
}

} // namespace penstock::test
