// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "controls/theme.h"

#include <QApplication>
#include <QFontDatabase>
#include <QPalette>
#include <QStyleFactory>
#include <array>

namespace penstock {

namespace {

    Theme& mutableTheme()
    {
        static Theme theme = themeOf(ThemeName::Dark);
        return theme;
    }

    /// Inter with tabular figures, which the build puts into the program, or the system's.
    const QString& family()
    {
        static const QString name = [] {
            bool loaded = true;
            for (const auto* weight : { "Regular", "Medium", "SemiBold" })
                loaded = QFontDatabase::addApplicationFont(QStringLiteral(":/fonts/%1.otf").arg(QLatin1String(weight))) >= 0 && loaded;
            return loaded ? QStringLiteral("Penstock Sans") : QStringLiteral("Inter");
        }();
        return name;
    }

    QString sheet(const Theme& t)
    {
        auto text = QStringLiteral(R"(
* { outline: none; }
QToolTip { background: @s2; color: @t1; border: 1px solid @line2; padding: 4px; }
QPushButton { background: @s2; color: @t1; border: 1px solid @line2; border-radius: 6px; padding: 0 12px; min-height: 30px; font-weight: 500; }
QPushButton:hover { background: @s3; }
QPushButton:focus { border: 2px solid @acc; padding: 0 11px; min-height: 28px; }
QPushButton:disabled { color: @t3; background: transparent; border-color: @line; }
QPushButton[kind="primary"] { background: @accbg; color: #FFFFFF; border-color: @accbg; }
QPushButton[kind="primary"]:disabled { background: transparent; color: @t3; border-color: @line; }
QPushButton[kind="danger"] { background: transparent; color: @red; border-color: @red; }
QPushButton[kind="danger"]:disabled { color: @t3; border-color: @line; }
QPushButton[kind="flat"] { background: transparent; border-color: transparent; color: @t2; }
QPushButton[kind="flat"]:hover { background: @s2; color: @t1; }
QPushButton[kind="icon"] { background: transparent; border-color: transparent; padding: 0; min-width: 26px; min-height: 26px; }
QPushButton[kind="icon"]:hover { background: @s2; }
QPushButton[kind="icon"]:focus { border: 2px solid @acc; padding: 0; min-width: 24px; min-height: 24px; }
QPushButton[kind="crumb"] { background: transparent; border-color: transparent; color: @t2; padding: 0 4px 0 0; min-height: 22px; }
QPushButton[kind="crumb"]:hover { color: @t1; }
QPushButton[kind="crumb"]:focus { border: 2px solid @acc; padding: 0 3px; min-height: 20px; }
QPushButton[kind="crumb"]:disabled { color: @t1; border-color: transparent; }
QPushButton[kind="segment"] { border-radius: 0; border: 1px solid @line2; background: transparent; color: @t2; min-height: 22px; padding: 0 10px; font-size: 12px; }
QPushButton[kind="segment"][dense="true"] { padding: 0 7px; }
QPushButton[kind="segment"]:checked { background: @s3; color: @t1; font-weight: 600; }
QLineEdit, QDoubleSpinBox { background: @bg; color: @t1; border: 1px solid @line2; border-radius: 6px; padding: 0 8px; min-height: 30px; selection-background-color: @accbg; selection-color: #FFFFFF; }
QDoubleSpinBox { min-height: 26px; }
QComboBox { background: @bg; color: @t1; border: 1px solid @line2; border-radius: 6px; padding: 0 8px; min-height: 30px; }
QComboBox:focus { border: 2px solid @acc; padding: 0 7px; min-height: 28px; }
QComboBox QAbstractItemView { background: @s2; color: @t1; border: 1px solid @line2; selection-background-color: @accbg; selection-color: #FFFFFF; }
QLineEdit:focus, QDoubleSpinBox:focus { border: 2px solid @acc; padding: 0 7px; }
QDoubleSpinBox::up-button, QDoubleSpinBox::down-button { width: 0; border: none; }
QLineEdit[tone="error"] { border-color: @red; }
QTreeView, QTableView { background: @bg; border: none; color: @t1; }
QHeaderView { background: @bg; }
QHeaderView::section { background: @bg; color: @t2; border: none; border-bottom: 1px solid @line; padding: 4px 6px; font-size: 12px; }
QScrollArea { border: none; background: transparent; }
QScrollBar:vertical { background: transparent; width: 16px; margin: 0 0 0 6px; }
QScrollBar::handle:vertical { background: @s3; border-radius: 4px; min-height: 32px; margin: 1px; }
QScrollBar:horizontal { background: transparent; height: 16px; margin: 6px 0 0 0; }
QScrollBar::handle:horizontal { background: @s3; border-radius: 4px; min-width: 32px; margin: 1px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: @line; }
QSplitter#fleetSplit::handle { background: transparent; }
QLabel { background: transparent; }
QLabel#toast { background: @s2; color: @t1; border: 1px solid @line2; border-radius: 8px; padding: 10px 14px; }
QLabel#toast[tone="error"] { border-color: @red; }
QLabel[tone="frozen"] { background: @amberbg; color: @amber; border: 1px solid @amber; border-radius: 4px; padding: 1px 6px; }
QLabel[tone="t2"] { color: @t2; }
QLabel[tone="t3"] { color: @t3; }
QLabel[tone="red"] { color: @red; }
QLabel[tone="amber"] { color: @amber; }
QLabel[tone="green"] { color: @green; }
QWidget[surface="rail"] { background: @rail; }
QWidget[surface="bg"] { background: @bg; }
QWidget[surface="s1"] { background: @s1; }
QFrame[frame="danger"] { background: @redbg; border: 1px solid @red; border-radius: 8px; }
QFrame[frame="plain"] { background: @s1; border: 1px solid @line2; border-radius: 8px; }
QPushButton[kind="fill"] { background: @redfill; color: #FFFFFF; border-color: @redfill; }
QPushButton[kind="fill"]:disabled { background: transparent; color: @t3; border-color: @line2; }
QCheckBox { color: @t1; spacing: 8px; background: transparent; }
QCheckBox:focus { color: @acc; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid @line2; border-radius: 3px; background: @bg; }
QCheckBox::indicator:checked { background: @acc; border-color: @acc; image: url(:/icons/tick-@tick.svg); }
QFrame[line="h"] { background: @line; max-height: 1px; min-height: 1px; border: none; }
QFrame[line="v"] { background: @line; max-width: 1px; min-width: 1px; border: none; }
)");
        const std::array<std::pair<const char*, QColor>, 18> names { { { "@redfill", t.redfill }, { "@redbg", t.redbg }, { "@line2", t.line2 }, { "@accbg", t.accbg }, { "@line", t.line },
            { "@rail", t.rail }, { "@bg", t.bg }, { "@s1", t.s1 }, { "@s2", t.s2 }, { "@s3", t.s3 }, { "@t1", t.t1 }, { "@t2", t.t2 },
            { "@t3", t.t3 }, { "@acc", t.acc }, { "@red", t.red }, { "@amberbg", t.amberbg }, { "@amber", t.amber }, { "@green", t.green } } };
        for (const auto& [name, colour] : names)
            text.replace(QLatin1String(name), colour.name());
        // An image of a style sheet takes no colour.
        text.replace(QLatin1String("@tick"), t.name == ThemeName::Dark ? QStringLiteral("dark") : QStringLiteral("light"));
        return text;
    }

} // namespace

const Theme& currentTheme() { return mutableTheme(); }

QFont textFont(int pixels, int weight)
{
    QFont font(family());
    font.setPixelSize(pixels);
    font.setWeight(static_cast<QFont::Weight>(weight));
    if (pixels <= 13)
        font.setLetterSpacing(QFont::AbsoluteSpacing, -0.1);
    if (pixels >= 32)
        font.setLetterSpacing(QFont::AbsoluteSpacing, -0.5);
    return font;
}

void applyTheme(QApplication& app, ThemeName name)
{
    auto& theme = mutableTheme();
    theme = themeOf(name);
    app.setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    app.setFont(textFont(13));
    QPalette palette;
    for (const auto& [role, colour] : { std::pair { QPalette::Window, theme.bg }, std::pair { QPalette::Base, theme.bg },
             std::pair { QPalette::AlternateBase, theme.s1 }, std::pair { QPalette::Button, theme.s2 },
             std::pair { QPalette::WindowText, theme.t1 }, std::pair { QPalette::Text, theme.t1 },
             std::pair { QPalette::ButtonText, theme.t1 }, std::pair { QPalette::Highlight, theme.accsoft },
             std::pair { QPalette::HighlightedText, theme.t1 }, std::pair { QPalette::PlaceholderText, theme.t3 },
             std::pair { QPalette::ToolTipBase, theme.s2 }, std::pair { QPalette::ToolTipText, theme.t1 }, std::pair { QPalette::Link, theme.acc } })
        palette.setColor(role, colour);
    app.setPalette(palette);
    app.setStyleSheet(sheet(theme));
}

} // namespace penstock
