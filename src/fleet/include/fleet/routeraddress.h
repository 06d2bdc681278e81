// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fleet/endpoint.h"

namespace penstock {

/// Where a router holds a route: the words of one kind of router, as the workspace has them. They are a plain struct of
/// that kind, which nobody else reads, with `static constexpr const char* kind`, and what is virtual below.
class RouterAddress
{
    struct Any
    {
        virtual ~Any() = default;
        [[nodiscard]] virtual std::string kind() const = 0;
        [[nodiscard]] virtual std::string text() const = 0;
        [[nodiscard]] virtual std::string place() const = 0;
        [[nodiscard]] virtual bool countsRequests() const = 0;
        [[nodiscard]] virtual std::vector<std::string> leaseKeys(const std::string& route, const std::vector<Endpoint>& endpoints) const = 0;
        [[nodiscard]] virtual bool isSame(const Any& other) const = 0;
    };
    template<class Words>
    struct Of final : Any
    {
        explicit Of(Words from) : words(std::move(from)) { }
        [[nodiscard]] std::string kind() const override { return Words::kind; }
        [[nodiscard]] std::string text() const override { return words.text(); }
        [[nodiscard]] std::string place() const override { return words.place(); }
        [[nodiscard]] bool countsRequests() const override { return words.countsRequests(); }
        [[nodiscard]] std::vector<std::string> leaseKeys(const std::string& route, const std::vector<Endpoint>& endpoints) const override { return words.leaseKeys(route, endpoints); }
        [[nodiscard]] bool isSame(const Any& other) const override
        {
            const auto* same = dynamic_cast<const Of*>(&other);
            return same && same->words == words;
        }
        Words words;
    };

public:
    RouterAddress() = default;
    template<class Words>
        requires requires { Words::kind; }
    RouterAddress(Words words) // NOLINT: the words are the address
        : m_any(std::make_shared<const Of<Words>>(std::move(words)))
    {
    }
    /// Null: they are of another kind.
    template<class Words>
    [[nodiscard]] const Words* as() const
    {
        const auto* of = dynamic_cast<const Of<Words>*>(m_any.get());
        return of ? &of->words : nullptr;
    }
    /// "haproxy": as the workspace calls it; empty: there are no words yet.
    [[nodiscard]] std::string kind() const { return m_any ? m_any->kind() : std::string(); }
    /// How people call it: "HAProxy be_chat".
    [[nodiscard]] std::string text() const { return m_any ? m_any->text() : std::string(); }
    /// The url or the endpoint that is asked: those of one system have it in common.
    [[nodiscard]] std::string place() const { return m_any ? m_any->place() : std::string(); }
    /// False: what it observes is shares of GPUs.
    [[nodiscard]] bool countsRequests() const { return !m_any || m_any->countsRequests(); }
    /// What a shift of this route must hold alone, ascending; two routes that have a key in common are never shifted at the
    /// same time, whatever their workspaces call them and their routers. A key stands for what a write changes as one.
    [[nodiscard]] std::vector<std::string> leaseKeys(const std::string& route, const std::vector<Endpoint>& endpoints) const
    {
        return m_any ? m_any->leaseKeys(route, endpoints) : std::vector<std::string>();
    }
    friend bool operator==(const RouterAddress& one, const RouterAddress& other)
    {
        return one.m_any == other.m_any || (one.m_any && other.m_any && one.m_any->isSame(*other.m_any));
    }

private:
    std::shared_ptr<const Any> m_any;
};

} // namespace penstock
