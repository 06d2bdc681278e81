// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMap>
#include <QWidget>

#include "pages/loadpage.h"

class QCheckBox;
class QDoubleSpinBox;
class QGridLayout;
class QLineEdit;
class QPushButton;
class QShortcut;

namespace penstock {

class PlanPicture;

/// "S-118 step 2 of 4, baking"
[[nodiscard]] QString phaseText(const ShiftStatus& status);
[[nodiscard]] bool running(const RouteFigures& figures);

/// What the edited routes need together, what stands against it and how it is to run; and the shift that runs.
class PreviewPanel final : public QWidget
{
    Q_OBJECT

public:
    explicit PreviewPanel(QWidget* parent = nullptr);
    /// `edited`: every route that is; `shift` of this route, `rehearsal`: the newest; both may be null.
    void showRoute(const RouteFigures& figures, const QStringList& edited, const PlanStatus* shift, const PlanStatus* rehearsal);
    void showPlan(const Result<PlanFigures>& figures);
    void showBestSplit(const Result<SplitFigures>& figures);
    [[nodiscard]] std::optional<std::string> runningShift() const { return isRunning() && !isEditing() ? std::optional(m_shift->id) : std::nullopt; }
    void setReadOnly(bool readOnly, const QString& why = {});
    void setLargestStep(double points);
    void forget(); ///< the edit is gone
    [[nodiscard]] PlanWish wish() const; ///< without its targets

signals:
    void wishChanged();
    void startClicked(const QString& hash);
    void rehearseClicked();
    void approvalClicked();
    void discardClicked();
    void fitClicked(const SmallerShift& smaller);
    void pauseClicked(const QString& id);
    void resumeClicked(const QString& id);
    void goBackClicked(const QString& id);
    void stopClicked(const QString& id);

private:
    void makeControls();
    void makeCommands();
    void refresh();
    void refreshPlan();
    void refreshOverrides();
    void refreshShift();
    [[nodiscard]] bool isEditing() const { return !m_edited.isEmpty(); }
    [[nodiscard]] bool isRunning() const { return m_shift && !isOver(m_shift->phase); }
    [[nodiscard]] const PlanFigures* plan() const { return isEditing() && m_plan && *m_plan ? &**m_plan : nullptr; }
    [[nodiscard]] QString describe() const;
    [[nodiscard]] QString progressText(const PlanStatus& status) const;
    [[nodiscard]] QPushButton* button(const QString& text, const char* kind, const char* name);
    QLabel *m_title, *m_subtitle, *m_tag, *m_progress, *m_hint, *m_best, *m_score, *m_hash;
    PlanPicture* m_picture;
    QWidget *m_controls, *m_ways, *m_overrides;
    QGridLayout* m_overrideRow;
    QMap<QString, QCheckBox*> m_overrideOf; ///< by rule
    QDoubleSpinBox *m_step, *m_bake, *m_expiry, *m_overrideHours;
    QCheckBox* m_onGuard;
    QLineEdit* m_reason;
    QPushButton *m_start, *m_discard, *m_rehearse, *m_approval, *m_fit, *m_pause, *m_resume, *m_back, *m_stop;
    RouteFigures m_figures;
    QStringList m_edited;
    std::optional<Result<PlanFigures>> m_plan;
    std::optional<SmallerShift> m_smaller;
    std::vector<QShortcut*> m_keys;
    std::optional<PlanStatus> m_shift, m_rehearsal;
    QString m_splitNote;
    bool m_hasNoSplit = false; ///< the note says why
    bool m_readOnly = false;
    QString m_why; ///< it is read-only now; empty: always
};

} // namespace penstock
