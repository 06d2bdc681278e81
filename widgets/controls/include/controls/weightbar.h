// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>
#include <optional>

namespace penstock {

/// A route's three splits as bars: desired with handles to drag, accepted and observed below. Left and Right move the
/// focused handle by 1 %, with Shift by 5 %. Of handles that lie on each other, beside backends without a share, the way that one is
/// dragged says which: left gives from the backend left of them, right from the one right of them.
class WeightBar final : public QWidget
{
    Q_OBJECT

public:
    explicit WeightBar(QWidget* parent = nullptr);
    /// Names of the backends, and the provider whose colour each takes.
    void setBackends(const QStringList& names, const QStringList& providers);
    void setDesired(const QList<double>& weights); ///< per cent, not emitted back
    void setAccepted(const QList<double>& weights);
    void setObserved(const QList<std::optional<double>>& weights);
    void setEditable(bool editable);
    [[nodiscard]] const QList<double>& desired() const { return m_desired; }
    [[nodiscard]] QRectF handle(qsizetype index) const; ///< between backend `index` and the next
    /// The share left of the handle that has the keyboard, per cent; what a screen reader reads and sets.
    [[nodiscard]] double focusedShare() const;
    void setFocusedShare(double percent);
    [[nodiscard]] QSize sizeHint() const override { return { 480, 66 }; }
    [[nodiscard]] QSize minimumSizeHint() const override { return { 240, 66 }; }

signals:
    void desiredEdited(const QList<double>& weights); ///< by the user

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    [[nodiscard]] QRectF track() const;
    void moveHandle(qsizetype index, double percent);
    void describe();
    QStringList m_names, m_providers;
    QList<double> m_desired, m_accepted;
    QList<std::optional<double>> m_observed;
    bool m_editable = true;
    qsizetype m_dragged = -1, m_focused = 0;
    qsizetype m_lastOfStack = -1; ///< m_dragged is the first of handles that lie on each other, until a direction says which is meant
};

} // namespace penstock
