// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "routerhand.h"
#include "shift/shiftmachine.h"

namespace penstock {

template<class Edit>
void ShiftMachine::edit(Edit change)
{
    const std::lock_guard lock(m_mutex);
    change(m_status);
}

} // namespace penstock
