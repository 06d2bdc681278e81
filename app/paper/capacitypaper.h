// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>

#include "painting/theme.h"
#include "papersheet.h"
#include "report/capacityreport.h"

namespace penstock {

/// What a capacity report says, laid out on sheets.
class CapacityPaper
{
    Q_DECLARE_TR_FUNCTIONS(penstock::CapacityPaper)

public:
    CapacityPaper(const CapacityReport& report, double width, double height, double coverHeight);
    [[nodiscard]] const PaperSheet& sheet() const { return m_sheet; }
    [[nodiscard]] QString heading() const; ///< of each page but the first
    [[nodiscard]] QString stamp() const; ///< "SIMULATED", "PARTIAL"; empty: whole and real
    [[nodiscard]] QString source() const;
    [[nodiscard]] QString completeness() const;
    [[nodiscard]] static QString moment(Time at); ///< "27 Nov 2026, 08:30 UTC"
    [[nodiscard]] static QStringList missing(const CapacityReport& report);

private:
    using Row = PaperSheet::Row;
    struct Figure
    {
        QString label, value, note, change;
        QColor colour;
    };
    // capacitycover.cpp
    void cover();
    void headline();
    void figures();
    [[nodiscard]] QString noLastText() const;
    void changesInShort();
    void runsOutFirst();
    [[nodiscard]] std::vector<Figure> keyFigureList() const;
    [[nodiscard]] Row runOutRow(const CapacityFigures& row) const;
    void runOutTable(const QString& title, const std::vector<CapacityFigures>& rows);
    // capacitypaper.cpp
    void charts();
    void chart(const QString& title, const CapacityHistory& history, double height);
    void forecast();
    void tables();
    [[nodiscard]] static QString seenText(const QString& name, const CapacityMoment& of); ///< with the time at which it was last seen
    /// Not part of what all come to: it was seen before that was.
    [[nodiscard]] bool isLate(const CapacityMoment& it) const { return !it.until || (m_key.newest.until && *it.until < *m_key.newest.until); }
    void sumTable(const QString& title, const QString& column, std::string CapacityRow::* key);
    void cost();
    void costTable(const QString& title, const QString& column, const std::vector<CostLine>& lines);
    void changes();
    void origin();

    void note(const QString& text);
    [[nodiscard]] QColor colourOf(const std::string& provider) const;
    [[nodiscard]] QString changed(
        const std::optional<double>& now, std::optional<double> ReportFigures::Line::* what, bool dollars = false) const;

    const CapacityReport& m_report;
    const Theme m_theme; ///< light, on white
    const KeyFigures m_key;
    const std::vector<CapacityFigures> m_rows;
    const ReportFigures m_figures;
    PaperSheet m_sheet;
    bool m_hasChart = false; ///< the cover: by provider
};

/// "–" where it is not known.
[[nodiscard]] QString gpusText(const std::optional<double>& count);
[[nodiscard]] QString moneyText(double dollars); ///< "$29,090"
/// "+1,024", "−12"; empty where either is not known, "0" where nothing changed.
[[nodiscard]] QString deltaText(const std::optional<double>& before, const std::optional<double>& after, bool dollars = false);

} // namespace penstock
