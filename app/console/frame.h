// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QPushButton>
#include <QRectF>
#include <QWidget>

#include "controls/paint.h"
#include "session/session.h"

class QPainter;

namespace penstock {

/// Logo, workspace, whether what is shown is simulated, live or from the cache, theme, operator.
class HeaderBar final : public QWidget
{
    Q_OBJECT

public:
    HeaderBar(const Session& session, bool readOnly, QWidget* parent = nullptr);
    [[nodiscard]] QPushButton& themeButton() { return *m_theme; }
    [[nodiscard]] QPushButton& searchButton() { return *m_search; }
    /// That the window shows, and whether that was simulated; empty: now.
    void setMoment(std::optional<Time> moment, bool simulated = false);
    /// Says how whole and how old the picture is, now; also to screen readers.
    void refresh();

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Freshness
    {
        QString text;
        TagLook look;
    };
    [[nodiscard]] Freshness freshness() const;
    const Session& m_session;
    bool m_readOnly;
    std::optional<Time> m_moment;
    bool m_simulatedThen = false;
    QPushButton *m_theme, *m_search;
};

/// Each provider's age, the running shift, the time.
class StatusLine final : public QWidget
{
    Q_OBJECT

public:
    explicit StatusLine(const Session& session, QWidget* parent = nullptr);
    void setLive(bool isLive); ///< what the rest of the window shows; this line is always of now

signals:
    void shiftClicked(const QString& id);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;

private:
    /// Paints the newest running shift, left of `right`, and returns where it begins.
    double paintShift(QPainter& painter, double right);
    const Session& m_session;
    bool m_isLive = true;
    QRectF m_shiftBox; ///< as painted last
    QString m_shiftId;
};

/// One entry of the rail: icon, name, key.
class NavButton final : public QPushButton
{
    Q_OBJECT

public:
    NavButton(const QString& icon, const QString& name, const QString& key, QWidget* parent = nullptr);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_icon, m_key;
};

} // namespace penstock
