// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <functional>

class QLineEdit;
class QListView;
class QStandardItemModel;

namespace penstock {

/// One thing that the palette can do.
struct Command
{
    QString icon; ///< of resources/icons
    QString verb; ///< "Go to"
    QString object; ///< "gcp / us-central1"
    QString note; ///< what it is now or what it opens
    QString keys; ///< its own shortcut; may be empty
    std::function<void()> run;
};

/// The command palette: lies over the whole window, finds every command whose words hold what is typed, and runs one.
class Palette final : public QWidget
{
    Q_OBJECT

public:
    explicit Palette(QWidget* window);
    /// Shows itself with these commands; the first ones are offered while nothing is typed.
    void open(QList<Command> commands);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;

private:
    void filter();
    void run(int row);
    void place();
    [[nodiscard]] int rows() const;

    QLineEdit* m_field;
    QListView* m_list;
    QStandardItemModel* m_model;
    QList<Command> m_commands;
    QList<qsizetype> m_found; ///< commands by row
};

} // namespace penstock
