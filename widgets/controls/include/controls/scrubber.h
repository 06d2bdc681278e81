// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QPointF>
#include <QWidget>
#include <array>
#include <optional>

class QAbstractButton;
class QPushButton;

namespace penstock {

class IconButton;

/// The time line under the pages: a hand drags the moment that is shown, plays it, and comes back to live. Times are seconds
/// since 1970. It shows and asks; what a moment holds is not its business.
class Scrubber final : public QWidget
{
    Q_OBJECT

public:
    struct Mark
    {
        double time = 0;
        bool isBad = false;
        QString text {};
        friend bool operator==(const Mark&, const Mark&) = default;
    };
    static constexpr std::array speeds { 1, 10, 60, 600 };

    explicit Scrubber(QWidget* parent = nullptr);
    void setNow(double now); ///< where the line ends, while the end is in sight
    void setMoment(std::optional<double> moment); ///< empty: live
    void setPointed(std::optional<double> time); ///< where the crosshair of the charts is
    void setPlaying(bool isPlaying);
    void setLine(const QList<QPointF>& line); ///< by time, heights from 0 to the greatest; farther apart than `gap`: nothing is known between
    void setMarks(const QList<Mark>& marks); ///< by time
    [[nodiscard]] std::optional<double> moment() const { return m_moment; }
    [[nodiscard]] double from() const { return to() - m_span; } ///< of what is in sight
    [[nodiscard]] double to() const { return m_end.value_or(m_now); }
    [[nodiscard]] int speed() const { return m_speed; }
    [[nodiscard]] QRectF track() const; ///< where the line is
    [[nodiscard]] double xOf(double time) const;
    [[nodiscard]] double timeAt(double x) const;
    [[nodiscard]] QSize sizeHint() const override { return { 800, 48 }; }

signals:
    void momentWanted(double moment);
    void liveWanted();
    void playWanted(bool play);
    void speedChanged(int speed);
    void spanChanged(); ///< another part of the time is in sight

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    bool event(QEvent* event) override;

private:
    void want(double moment);
    void zoom(int steps, double anchor);
    void setSpan(double span, double anchor);
    void bringIntoSight(double moment);
    void describe();
    void paintLine(QPainter& painter, const QRectF& track) const;
    void paintTicks(QPainter& painter, const QRectF& track) const;
    void paintCursor(QPainter& painter, const QRectF& track) const;
    [[nodiscard]] QString text(double time) const;
    [[nodiscard]] const Mark* markAt(const QPointF& at) const;

    IconButton* m_play;
    QList<QPushButton*> m_speeds;
    QPushButton* m_live;
    double m_now = 0, m_span = 3600;
    std::optional<double> m_end; ///< empty: now
    std::optional<double> m_moment, m_pointed;
    QList<QPointF> m_line;
    QList<Mark> m_marks;
    int m_speed = 1;
    bool m_isPlaying = false, m_isDragged = false, m_showsFocus = false;
};

} // namespace penstock
