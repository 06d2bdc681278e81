// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "evacuationpanel.h"

class QPainter;

namespace penstock {

/// The drawn part of an evacuation: key figures, what flows where, what is shed, interlocks, steps.
class EvacuationPanel::Picture final : public QWidget
{
public:
    explicit Picture(QWidget* parent) : QWidget(parent) {}
    /// Null: there is none, and `why` says so.
    void show(const EvacuationFigures* figures, const QString& why);
    /// GPUs that the load to be moved holds, of one priority or of all.
    [[nodiscard]] std::int64_t leavingGpus(std::optional<Priority> of = {}) const;

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    /// A nested class has no translations of its own.
    static QString tr(const char* text) { return EvacuationPanel::tr(text); }
    /// A route's load that leaves, and where it goes.
    struct Flow
    {
        struct To
        {
            QString name, provider;
            std::int64_t gpus = 0;
            std::int64_t placeable = 0; ///< before anything moves
        };
        QString route;
        QString provider; ///< where it leaves
        std::int64_t gpus = 0;
        std::int64_t homeless = 0; ///< of them, what finds no place
        std::vector<To> to;
    };
    void readFlows();
    /// Paints everything and returns its height; without a painter it only measures.
    double paint(QPainter* painter) const;
    double paintFigures(QPainter* painter, double y) const;
    double paintFlows(QPainter* painter, double y) const;
    double paintShed(QPainter* painter, double y) const;
    double paintProviders(QPainter* painter, double y) const;
    double paintSteps(QPainter* painter, double y) const;

    std::optional<EvacuationFigures> m_figures;
    QString m_why;
    std::vector<Flow> m_flows;
};

} // namespace penstock
