// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPushButton>
#include <QWidget>
#include <optional>
#include <vector>

#include "cost/cost.h"
#include "fleet/committed.h"
#include "fleet/frame.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QVBoxLayout;

namespace penstock {

/// Names with bars and values below a title.
class BarList final : public QWidget
{
    Q_OBJECT

public:
    struct Row
    {
        QString name, text;
        double value = 0;
        QColor colour;
    };
    explicit BarList(QWidget* parent = nullptr);
    void show(const QString& title, const QString& note, std::vector<Row> rows);
    [[nodiscard]] const std::vector<Row>& rows() const { return m_rows; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_title, m_note;
    std::vector<Row> m_rows;
};

/// A line that can be chosen: a mark, a name, a value at the right and a note below.
class PanelRow final : public QPushButton
{
    Q_OBJECT

public:
    PanelRow(
        const QString& name, const QString& value, const QString& note, const QColor& mark, QWidget* parent = nullptr);
    // The style of a button knows of one line only.
    [[nodiscard]] QSize sizeHint() const override { return { 200, m_note.isEmpty() ? 28 : 44 }; }
    [[nodiscard]] QSize minimumSizeHint() const override { return { 80, sizeHint().height() }; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_name, m_value, m_note;
    QColor m_mark;
};

/// Right of the chart: blocks that somebody thinks of, scenarios to compare, what all of it costs, and what is asked
/// for in vain.
class CapacityPanel final : public QWidget
{
    Q_OBJECT

public:
    struct BlockLine
    {
        CommittedCapacity block;
        std::optional<double> dollars; ///< an hour
    };
    struct ScenarioLine
    {
        QString name; ///< empty: without any block, or without a name yet
        QString runsOut, range;
        std::optional<double> dollars; ///< an hour, of its blocks
        bool isShown = false;
        bool isSaved = true; ///< in the workspace
    };
    explicit CapacityPanel(QWidget* parent = nullptr);
    void setChoices(const QStringList& providers, const QStringList& models);
    /// What the editor offers for a new block.
    void setProposal(const CommittedCapacity& block) { m_proposal = block; }
    void showBlocks(const std::vector<BlockLine>& blocks);
    void showScenarios(const std::vector<ScenarioLine>& scenarios);
    void showCost(const CostPicture& cost, const std::vector<WorkloadDemand>& demand);

signals:
    void blockAdded(const CommittedCapacity& block);
    void blockChanged(std::size_t at, const CommittedCapacity& block);
    void blockRemoved(std::size_t at);
    void scenarioPicked(const QString& name); ///< empty: without any block
    void scenarioSaved(const QString& name);
    void scenarioRemoved(const QString& name);

private:
    void edit(std::optional<std::size_t> at, const CommittedCapacity& block);
    void take();
    void makeEditor();
    QLabel* heading(const QString& text);

    QStringList m_names;
    std::vector<BlockLine> m_blocks;
    CommittedCapacity m_proposal;
    std::optional<std::size_t> m_edited; ///< empty: a new one
    QPushButton *m_add, *m_take, *m_save;
    QVBoxLayout *m_blockList, *m_scenarioList;
    QWidget* m_editor;
    QDoubleSpinBox *m_gpus, *m_price;
    QComboBox *m_model, *m_provider;
    QLineEdit *m_from, *m_name;
    QLabel *m_error, *m_formulas;
    BarList *m_byProvider, *m_byWorkload, *m_unmet;
};

} // namespace penstock
