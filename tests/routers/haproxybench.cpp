// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "haproxy/haproxyrouter.h"
#include "routerbench.h"
#include "support/fakehaproxy.h"
#include "support/haproxyfarm.h"
#include "support/scriptedsocket.h"

namespace penstock::test {

namespace {

    class HaproxyBench final : public RouterBench
    {
    public:
        ~HaproxyBench() override { m_fake.over = true; }
        bool start() override { return HaproxyFarm::isInstalled() && m_farm.start(); }
        std::shared_ptr<Router> open() override { return openAt(m_farm.statsUrl()); }
        std::vector<double> weights() override
        {
            // One command tells all three weights, so no change can fall between them; commands of one line are told apart.
            std::vector<double> all;
            constexpr int server = 3, weight = 7;
            for (const auto& line : m_farm.say("show servers state infer").split('\n'))
                if (const auto fields = line.split(' '); fields.size() > weight && (fields[server] == "azure" || fields[server] == "gcp" || fields[server] == "aws"))
                    all.push_back(fields[weight].toDouble());
            return all;
        }
        void somebodyElseSets(const std::vector<int>& weights) override
        {
            const char* names[] = { "azure", "gcp", "aws" };
            for (std::size_t i = 0; i < weights.size(); ++i)
                m_farm.say(QByteArray("set server infer/") + names[i] + " weight " + QByteArray::number(weights[i]));
        }
        void die() override { m_farm.kill(); }
        bool comeBack() override { return m_farm.restart(); }
        bool forget() override { return m_farm.reload(); }
        std::shared_ptr<Router> openLiar() override
        {
            m_fake.lies = true;
            return openAt(m_socket.url());
        }
        std::shared_ptr<Router> openMute() override
        {
            m_fake.deafAfter = 0;
            return openAt(m_socket.url());
        }

    private:
        static std::shared_ptr<Router> openAt(const std::string& url)
        {
            Route route;
            route.name = "chat";
            route.router = HaproxyAddress { url, "infer" };
            route.backends = { { "azure", {} }, { "gcp", {} }, { "aws", {} } };
            auto made = makeHaproxyRouter(route);
            return made ? std::shared_ptr<Router>(std::move(*made)) : nullptr;
        }
        HaproxyFarm m_farm;
        FakeHaproxy m_fake;
        ScriptedSocket m_socket { std::ref(m_fake) };
    };

} // namespace

std::unique_ptr<RouterBench> makeHaproxyBench()
{
    return std::make_unique<HaproxyBench>();
}

} // namespace penstock::test
