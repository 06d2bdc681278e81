// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <vector>

#include "pages/interlocktext.h"
#include "models/capacitytext.h"
#include "shift/planstatus.h"

class QPainter;

namespace penstock {

[[nodiscard]] QString phaseName(ShiftPhase phase);
/// "12,752 GPUs of batch-eval at azure/eastus, 1,594 replicas"
[[nodiscard]] QString shedText(const ShedLoad& shed);


// Each paints from `y` on, `width` wide, and returns the height below; a null painter only measures.
/// What blocks, overridden or not, with all of its evidence.
double paintBlockers(QPainter* painter, double y, double width, const std::vector<Interlock>& interlocks);
double paintInterlockCounts(QPainter* painter, double y, double width, const std::vector<Interlock>& interlocks);
/// Notes with all of their evidence, then what passes in two columns.
double paintUnblocking(QPainter* painter, double y, double width, const std::vector<Interlock>& interlocks);

} // namespace penstock
