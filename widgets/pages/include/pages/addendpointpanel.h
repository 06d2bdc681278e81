// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <chrono>
#include <vector>

#include "engine/snapshot.h"
#include "fleet/endpoint.h"

class QComboBox;
class QGridLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QScrollArea;

namespace penstock {

/// What a new endpoint shows before it is saved.
struct EndpointFindings
{
    Endpoint endpoint; ///< with its kind
    EndpointStatus status;
    SnapshotPtr snapshot; ///< of this endpoint alone; null: nothing has come yet
    std::chrono::milliseconds answeredAfter { 0 };
    std::vector<std::string> unapproved; ///< providers of it that no workload may move to: they are no sub-processors yet
};

/// Leads to a new endpoint: an address or a context, what was found there and what is missing, a name.
class AddEndpointPanel final : public QWidget
{
    Q_OBJECT

public:
    explicit AddEndpointPanel(QWidget* parent = nullptr);
    /// Contexts of the user's kubeconfig; none: they are not offered.
    void setContexts(const QStringList& contexts);
    /// Begins anew, with the cursor in the address.
    void begin();
    void showError(const Error& error);
    /// This is what signing in would run: it is run only once the user has agreed.
    void askToRun(const QString& program);
    /// May come again and again while it is looked at.
    void showFound(const EndpointFindings& findings);
    void themeChanged();

signals:
    /// Without a kind: it is to be found out.
    void probeWanted(const penstock::Endpoint& endpoint);
    void programAgreed(const penstock::Endpoint& endpoint); ///< to what askToRun() said
    void saveWanted(const penstock::Endpoint& endpoint);
    void closed(); ///< or gone back: what was opened for it is not needed any more

private:
    enum class Step { Address, Looking, Program, Found };
    class Steps;
    class Findings;
    void build();
    void go(Step step);
    void say(const char* tone);
    /// As the address has it, until somebody chooses another.
    void guessSignIn();
    [[nodiscard]] Endpoint asked() const;

    Step m_step = Step::Address;
    Endpoint m_found;
    Steps* m_steps;
    Findings* m_findings;
    QScrollArea* m_scroll;
    QWidget* m_form;
    QLineEdit *m_address, *m_user, *m_token, *m_tenant, *m_ca, *m_provider, *m_region, *m_prometheus, *m_name;
    QComboBox *m_context, *m_kind, *m_signIn;
    bool m_signInChosen = false;
    /// A key of a sign-in, shown while its kind is chosen; the kind of a plain token is empty.
    struct SignInField
    {
        const char *kind, *key;
        QLabel* label;
        QLineEdit* edit;
    };
    std::vector<SignInField> m_signInFields;
    QLabel* m_prometheusLabel = nullptr;
    QLabel *m_contextLabel, *m_message, *m_nameLabel;
    QPushButton *m_back, *m_again, *m_look, *m_save, *m_run;
};

} // namespace penstock
