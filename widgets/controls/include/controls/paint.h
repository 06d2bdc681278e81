// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QRectF>
#include <QString>
#include <array>
#include <optional>
#include <vector>

#include "controls/theme.h"

class QPainter;

namespace penstock {

/// The shape that goes with a state's colour: square, ring, hollow square, triangle, cross, dashed square.
void paintStateGlyph(QPainter& painter, const QRectF& box, GpuState state);
/// A bar of GPUs by state, in reading order; unknown ones are hatched.
void paintStateBar(QPainter& painter, const QRectF& box, const std::array<std::uint64_t, gpuStateCount>& byState);
/// A line of values without axes, from 0 to the greatest of them.
void paintSparkline(QPainter& painter, const QRectF& box, const std::vector<double>& values, const QColor& colour);
/// How fresh data are: a dot under 5 s, half filled to `staleAfter`, dashed beyond, a ring from the cache.
enum class AgeLook { Fresh, Ageing, Stale, Cache, None };
[[nodiscard]] AgeLook ageLook(std::optional<double> seconds, double staleAfter, bool fromCache);
/// Paints the dot and the text right-aligned in the box.
void paintAge(QPainter& painter, const QRectF& box, const QString& text, AgeLook look);
/// Paints one of our icons (resources/icons) in a colour.
void paintIcon(QPainter& painter, const QString& name, const QRectF& box, const QColor& colour);

enum class TagLook { Neutral, Accent, Green, Amber, Red, Filled };
/// Paints a tag and returns its width; a null painter only measures.
double paintTag(QPainter* painter, const QPointF& topLeft, const QString& text, TagLook look);

} // namespace penstock
