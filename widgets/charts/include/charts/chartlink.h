// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <optional>

namespace penstock {

/// What the time charts of a window share: which stretch of time they show, whether it is held, and where the crosshair
/// stands. Times are seconds since 1970. What looks at a part that is over is frozen: nothing can come into it.
class ChartLink final : public QObject
{
    Q_OBJECT

public:
    struct Stretch
    {
        double begin = 0, end = 0;
        [[nodiscard]] double length() const { return end - begin; }
        friend bool operator==(const Stretch&, const Stretch&) = default;
    };
    static constexpr double shortest = 5; ///< seconds

    using QObject::QObject;
    /// What a chart shows that has `length` up to `now` by itself.
    [[nodiscard]] Stretch stretch(double length, double now) const;
    /// When it was frozen; empty: it streams.
    [[nodiscard]] std::optional<double> frozenAt() const { return m_frozenAt; }
    /// Seconds that all charts show; empty: each its own length.
    [[nodiscard]] std::optional<double> length() const { return m_length; }
    [[nodiscard]] std::optional<double> crosshair() const { return m_crosshair; }
    [[nodiscard]] double longest() const { return m_longest; }
    void setLongest(double seconds); ///< that can be shown, where a chart has no longer one by itself

    /// Shows a stretch. One that ends now goes on streaming, and one that is over is frozen.
    void look(Stretch wanted, double length, double now);
    void setLength(std::optional<double> length); ///< up to where it ends now
    void freeze(double now);
    /// Streams again, with all that came meanwhile.
    void thaw();
    /// Each chart its own length, streaming.
    void reset();
    void point(std::optional<double> time);

signals:
    void changed(); ///< another stretch, or frozen or not
    void pointed(std::optional<double> time);

private:
    void set(std::optional<double> length, std::optional<double> end, std::optional<double> frozenAt, bool byHand);

    double m_longest = 0;
    std::optional<double> m_length, m_end, m_frozenAt, m_crosshair;
    bool m_byHand = false; ///< frozen because somebody wanted it to be
};

} // namespace penstock
