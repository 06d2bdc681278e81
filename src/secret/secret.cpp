// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "secret/secret.h"

#include <QThread>
#include <qt6keychain/keychain.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>

namespace penstock {

namespace {

    using namespace std::chrono_literals;

    /// In which a person unlocks the keychain, or does not.
    constexpr auto patience = 30s;
    const auto service = QStringLiteral("penstock");

    struct Said
    {
        QKeychain::Error error;
        QString text, secret;
    };

    Error failureOf(const Said& said, const std::string& name)
    {
        const auto where = "keychain:" + name;
        switch (said.error) {
        case QKeychain::EntryNotFound: return { Error::Kind::NotFound, "the keychain holds no such secret", where, "keep it there: penstockctl secret set " + name };
        case QKeychain::AccessDenied:
        case QKeychain::AccessDeniedByUser: return { Error::Kind::Denied, "the keychain stays locked", where, "unlock it, or write env:NAME or file:PATH" };
        default: return { Error::Kind::Unavailable, "there is no keychain that answers: " + said.text.toStdString(), where, "start one (GNOME Keyring, KWallet), or write env:NAME or file:PATH" };
        }
    }

    /// Keychains answer through an event loop, of which callers have none, or one that must not turn meanwhile; and what is between us and them
    /// wants to be called from one thread for as long as the program runs.
    class KeychainThread
    {
    public:
        KeychainThread()
        {
            m_thread.setObjectName(QStringLiteral("keychain"));
            m_thread.start();
        }
        ~KeychainThread()
        {
            m_thread.quit();
            m_thread.wait();
        }
        static void run(QKeychain::Job* job)
        {
            static KeychainThread one;
            job->moveToThread(&one.m_thread);
            QMetaObject::invokeMethod(job, &QKeychain::Job::start, Qt::QueuedConnection);
        }

    private:
        QThread m_thread;
    };

    template<class Job>
    Result<QString> ask(const std::string& name, const QString& secret = {})
    {
        // Outlives a caller who waits no longer.
        struct Call
        {
            std::mutex mutex;
            std::condition_variable wake;
            std::optional<Said> said;
        };
        const auto call = std::make_shared<Call>();
        auto* job = new Job(service); // deletes itself
        job->setKey(QString::fromStdString(name));
        if constexpr (std::is_same_v<Job, QKeychain::WritePasswordJob>)
            job->setTextData(secret);
        QObject::connect(job, &QKeychain::Job::finished, job, [call, job] {
            const std::lock_guard lock(call->mutex);
            call->said = Said { job->error(), job->errorString(), {} };
            if constexpr (std::is_same_v<Job, QKeychain::ReadPasswordJob>)
                call->said->secret = job->textData();
            call->wake.notify_one();
        });
        KeychainThread::run(job);
        std::unique_lock lock(call->mutex);
        if (!call->wake.wait_for(lock, patience, [&] { return call->said.has_value(); }))
            call->said = Said { QKeychain::AccessDenied, {}, {} };
        if (call->said->error != QKeychain::NoError)
            return std::unexpected(failureOf(*call->said, name));
        return std::move(call->said->secret);
    }

    Result<std::string> read(std::string_view reference, bool whole)
    {
        std::string secret;
        if (reference.starts_with("env:")) {
            const std::string name(reference.substr(4));
            const char* value = std::getenv(name.c_str());
            if (!value || !*value)
                return fail(Error::Kind::NotFound, "the environment variable " + name + " is not set", {}, "export it before starting");
            secret = value;
        } else if (reference.starts_with("file:")) {
            const std::string path(reference.substr(5));
            std::ifstream file(path);
            if (file && whole)
                secret.assign(std::istreambuf_iterator<char>(file), {});
            else if (file)
                std::getline(file, secret);
            if (!file || secret.empty())
                return fail(Error::Kind::NotFound, "the file of a secret cannot be read, or is empty", path, "does it exist, and may you read it?");
        } else if (reference.starts_with("keychain:")) {
            auto kept = ask<QKeychain::ReadPasswordJob>(std::string(reference.substr(9)));
            if (!kept)
                return std::unexpected(kept.error());
            secret = kept->toStdString();
        } else if (!reference.empty())
            return fail(Error::Kind::Invalid, "this is no reference to a secret, but may be one itself", {}, "keep it (penstockctl secret set NAME) and write keychain:NAME, or env:NAME or file:PATH");
        secret.erase(secret.find_last_not_of(" \t\r\n") + 1);
        return secret;
    }

} // namespace

Result<std::string> readSecret(std::string_view reference) { return read(reference, false); }

Result<std::string> readWholeSecret(std::string_view reference) { return read(reference, true); }

Result<> keepSecret(const std::string& name, const std::string& secret)
{
    const auto kept = ask<QKeychain::WritePasswordJob>(name, QString::fromStdString(secret));
    return kept ? Result<>() : std::unexpected(kept.error());
}

Result<> forgetSecret(const std::string& name)
{
    const auto gone = ask<QKeychain::DeletePasswordJob>(name);
    return gone ? Result<>() : std::unexpected(gone.error());
}

} // namespace penstock
