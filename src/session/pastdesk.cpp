// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "session/pastdesk.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "pastreading.h"

namespace penstock {

struct PastDesk::Impl
{
    void run(const std::stop_token& stop);
    [[nodiscard]] Result<> open();
    void answer(Time at);
    void answerSpan(Time from, Time to);
    void answerRange(const PastRange& wanted);

    PastDesk* owner;
    std::string path;
    std::vector<Route> routes;
    std::optional<HistoryFile> file {}; ///< of the thread
    PastMaker maker {}; ///< likewise
    std::mutex mutex {};
    std::condition_variable_any wake {};
    std::optional<Time> asked {};
    std::optional<std::pair<Time, Time>> askedSpan {};
    std::optional<PastRange> askedRange {};
    std::jthread thread {};
};

PastDesk::PastDesk(std::string file, std::vector<Route> routes, QObject* parent) : QObject(parent), m_impl(std::make_unique<Impl>(this, std::move(file), std::move(routes)))
{
    m_impl->thread = std::jthread([this](const std::stop_token& stop) { m_impl->run(stop); });
}

PastDesk::~PastDesk() = default;

void PastDesk::ask(Time at)
{
    const std::lock_guard lock(m_impl->mutex);
    m_impl->asked = at;
    m_impl->wake.notify_all();
}

void PastDesk::askSpan(Time from, Time to)
{
    const std::lock_guard lock(m_impl->mutex);
    m_impl->askedSpan = { from, to };
    m_impl->wake.notify_all();
}

void PastDesk::askRange(Time from, Time to, std::chrono::seconds step)
{
    const std::lock_guard lock(m_impl->mutex);
    m_impl->askedRange = PastRange { .from = from, .to = to, .step = step };
    m_impl->wake.notify_all();
}

Result<> PastDesk::Impl::open()
{
    if (file)
        return {};
    auto opened = HistoryFile::openToRead(path);
    if (!opened)
        return std::unexpected(opened.error());
    file.emplace(std::move(*opened));
    return {};
}

void PastDesk::Impl::answer(Time at)
{
    auto view = std::make_shared<PastView>(PastView { .at = at });
    if (const auto opened = open(); opened)
        *view = readPast(*file, maker, routes, at);
    else
        view->error = opened.error();
    // One that was damaged is set aside by whoever writes it, and another takes its place.
    if (view->error)
        file.reset();
    QMetaObject::invokeMethod(owner, [owner = owner, view] { emit owner->read(view); }, Qt::QueuedConnection);
}

void PastDesk::Impl::answerSpan(Time from, Time to)
{
    constexpr std::size_t points = 300;
    const auto span = std::make_shared<PastSpan>(open() ? readSpan(*file, from, to, points) : PastSpan { .from = from, .to = to });
    QMetaObject::invokeMethod(owner, [owner = owner, span] { emit owner->spanRead(span); }, Qt::QueuedConnection);
}

void PastDesk::Impl::answerRange(const PastRange& wanted)
{
    const auto opened = open();
    auto range = std::make_shared<PastRange>(opened ? readRange(*file, routes, wanted.from, wanted.to, wanted.step) : wanted);
    if (!opened)
        range->error = opened.error();
    if (range->error)
        file.reset();
    QMetaObject::invokeMethod(owner, [owner = owner, range] { emit owner->rangeRead(range); }, Qt::QueuedConnection);
}

void PastDesk::Impl::run(const std::stop_token& stop)
{
    for (;;) {
        std::optional<Time> at;
        std::optional<PastRange> range;
        std::optional<std::pair<Time, Time>> span;
        {
            std::unique_lock lock(mutex);
            if (!wake.wait(lock, stop, [this] { return asked || askedRange || askedSpan; }))
                return;
            // A hand that drags waits for the moment, and for nothing else.
            at = std::exchange(asked, std::nullopt);
            if (!at)
                range = std::exchange(askedRange, std::nullopt);
            if (!at && !range)
                span = std::exchange(askedSpan, std::nullopt);
        }
        if (at)
            answer(*at);
        else if (range)
            answerRange(*range);
        else if (span)
            answerSpan(span->first, span->second);
    }
}

} // namespace penstock
