// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "painting/capacitypicture.h"

namespace penstock {

/// What a picture says of one moment, and of no other.
struct CapacityReading
{
    Q_DECLARE_TR_FUNCTIONS(penstock::CapacityReading)

public:
    struct Row
    {
        enum Kind { Band, Told, Curve } kind = Band;
        QString name;
        double value = 0; ///< NaN: not known
        double low = 0, high = 0; ///< of what is told
        QColor colour {}; ///< none of what is told
    };
    enum class Length { Whole, WithoutYear };
    double time = 0; ///< of the point that was read
    std::vector<Row> rows;

    /// Empty in a gap, or out of sight.
    [[nodiscard]] static std::optional<CapacityReading> at(const CapacityPicture& picture, double time);
    /// Of the newest point in sight that was seen; where there is none, of the last that is told.
    [[nodiscard]] static std::optional<CapacityReading> newest(const CapacityPicture& picture);
    [[nodiscard]] QString when(const CapacityPicture& picture, Length length) const; ///< "27 Nov 2026, busiest hour"
    [[nodiscard]] const Row* find(Row::Kind kind, const QString& name) const; ///< null: it has none
};

} // namespace penstock
