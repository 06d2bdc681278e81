// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractScrollArea>
#include <QColor>
#include <QImage>
#include <QPixmap>
#include <QVariantAnimation>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "charts/heatlayout.h"

namespace penstock {

/// What is drawn in a cell besides, or in place of, its shade.
enum class HeatMark : std::uint8_t { Hatch = 0, Plain = 1, Ring = 2, Outline = 3, Triangle = 4, Cross = 5, Faded = 6, NoValue = 7 };
inline constexpr std::size_t heatMarkCount = 8;

struct HeatColours
{
    std::array<QRgb, 256> shades {}; ///< the last one: nothing is known
    std::array<QColor, heatMarkCount> marks; ///< strokes
    QColor background, triangleFill, crossFill, faded, noValueFill; ///< below marks; of cells that a filter leaves out, and of those whose value is not known
    QColor title, name, dim, alarm; ///< of texts
    QColor ring, accent; ///< around the cell pointed at, around what is selected
    QColor inkDark, inkLight; ///< digits, whichever stands out more
};

/// A group, or one block of it.
struct HeatPart
{
    static constexpr std::uint32_t whole = ~0U;
    std::uint32_t group = 0, block = whole;
    friend bool operator==(const HeatPart&, const HeatPart&) = default;
};

/// A title's name at the left and note at the right.
struct HeatTitle
{
    QString name, note;
    QColor bar; ///< a mark before the name; invalid: none
    bool alarming = false; ///< the note needs a person
    bool strong = false;
};

/// Where a heatmap gets what it paints; asked only for what is in view. GUI thread.
class HeatSource
{
public:
    virtual ~HeatSource() = default;
    /// Fills the cells of one run from `first` on.
    virtual void cells(const HeatSpot& first, std::span<std::uint8_t> shades, std::span<HeatMark> marks) const = 0;
    /// The number in a cell of one item, at most four signs.
    [[nodiscard]] virtual QString digits(const HeatSpot& spot) const = 0;
    [[nodiscard]] virtual HeatTitle groupTitle(std::uint32_t group) const = 0;
    [[nodiscard]] virtual HeatTitle blockTitle(std::uint32_t group, std::uint32_t block) const = 0;
    [[nodiscard]] virtual HeatTitle boxTitle(const HeatSpot& run) const = 0;
    /// One sentence for a screen reader.
    [[nodiscard]] virtual QString describe(const HeatSpot& spot) const = 0;
};

/// Cells of every item of a large set, in titled blocks. It paints only what is in view, into a picture of its own; what
/// follows the pointer lies above, so that pointing never paints a cell again. Knows no zoom of its own: it says where its
/// user wants to look closer and is shown another layout.
class Heatmap final : public QAbstractScrollArea
{
    Q_OBJECT

public:
    explicit Heatmap(QWidget* parent = nullptr);
    ~Heatmap() override;
    void setColours(const HeatColours& colours);
    /// `source` outlives the layout that is shown.
    void present(HeatLayout layout, const HeatSource& source);
    [[nodiscard]] const HeatLayout& heatLayout() const { return m_layout; }
    /// The source has other values now.
    void refresh();
    /// Lets what is shown now grow or shrink around a point while the layout that comes next takes its place, 160 ms long.
    void glide(QPoint around, bool closer);
    /// Scrolls so that a cell stands at this point of the viewport.
    void bring(const HeatSpot& spot, QPoint to);
    void reveal(const HeatSpot& spot);
    /// The cell at a point of the viewport, or the nearest one in view.
    [[nodiscard]] std::optional<HeatSpot> nearest(QPoint inViewport) const;
    /// The room for a layout that fits, and the width of one that has to be scrolled.
    [[nodiscard]] QSize wholeView() const { return maximumViewportSize(); }
    [[nodiscard]] int scrolledWidth() const;
    /// In the viewport.
    [[nodiscard]] QRect spotRect(const HeatSpot& spot) const;
    [[nodiscard]] const std::optional<HeatSpot>& cursor() const { return m_cursor; }
    void setCursorSpot(std::optional<HeatSpot> spot);
    /// Draws a line around a block or a whole group, and around single cells; nothing takes it away.
    void setSelected(std::optional<HeatPart> part, std::vector<HeatSpot> cells = {});
    /// Items of cells that are in view.
    [[nodiscard]] std::uint64_t itemsInView() const;
    /// The part of the whole picture that is in view, 0..1.
    [[nodiscard]] std::pair<double, double> viewShare() const;
    void scrollToShare(double middle);
    [[nodiscard]] QSize sizeHint() const override { return { 420, 320 }; }

signals:
    void pointed(const std::optional<penstock::HeatSpot>& spot);
    void cursorMoved(const penstock::HeatSpot& spot);
    void chosen(const penstock::HeatSpot& spot); ///< a click, or Enter at the cursor
    void partChosen(const penstock::HeatPart& part); ///< a click on its title
    /// More (positive) or less, at this cell where there is one.
    void zoomWanted(int steps, const std::optional<penstock::HeatSpot>& spot, QPoint at);
    void fitWanted();
    void resized();
    void scrolled();
    /// Cells whose middle lies in a rectangle drawn with Shift held.
    void manyChosen(const std::vector<penstock::HeatSpot>& spots);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    bool viewportEvent(QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    class Overlay;
    friend class Overlay;
    struct Painter;
    [[nodiscard]] QPoint offset() const;
    [[nodiscard]] QPoint inPicture(QPoint inViewport) const { return inViewport + offset(); }
    void compose();
    void setRange();
    void walk(QPoint step);
    void choose(QPoint inViewport);
    void spotsIn(const QRect& rect);

    HeatLayout m_layout;
    const HeatSource* m_source = nullptr;
    HeatColours m_colours;
    QImage m_picture;
    bool m_dirty = true;
    std::unique_ptr<Painter> m_painter;
    Overlay* m_overlay;
    std::optional<HeatSpot> m_pointed, m_cursor;
    std::optional<HeatPart> m_selected;
    std::vector<HeatSpot> m_selectedCells;
    QPoint m_pressed;
    int m_pressedOffset = 0;
    bool m_dragging = false, m_selecting = false;
    QRect m_band;
    int m_wheel = 0;
    QVariantAnimation m_glide; ///< from 0 to 1
    QPixmap m_left; ///< what it leaves behind
    QPoint m_around;
    bool m_closer = true;
};

} // namespace penstock
