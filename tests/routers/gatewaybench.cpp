// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "gateway/gatewayrouter.h"
#include "routerbench.h"
#include "support/gatewayapi.h"

namespace penstock::test {

namespace {

    class GatewayBench final : public RouterBench
    {
    public:
        bool start() override { return true; }
        std::shared_ptr<Router> open() override
        {
            Route route;
            route.name = "chat";
            route.router = GatewayAddress { .url = m_api.url(), .httpRoute = { .nameSpace = "infer", .name = "llm" } };
            route.backends = { { "azure", {} }, { "gcp", {} }, { "aws", {} } };
            auto made = makeGatewayRouter(route, m_http, [](std::string_view) -> Result<std::string> { return std::string(); });
            return made ? std::shared_ptr<Router>(std::move(*made)) : nullptr;
        }
        std::vector<double> weights() override
        {
            const auto all = m_api.weights();
            return { all.begin(), all.end() };
        }
        void somebodyElseSets(const std::vector<int>& weights) override { m_api.edit("kubectl-edit", setting(weights)); }
        void die() override
        {
            const std::lock_guard lock(m_api.mutex);
            m_api.instead = HttpReply { .status = 200, .type = {}, .body = {}, .headers = {}, .ending = HttpReply::Ending::HangUp };
        }
        bool comeBack() override
        {
            const std::lock_guard lock(m_api.mutex);
            m_api.instead.reset();
            return true;
        }
        bool forget() override
        {
            m_api.makeAnew("kustomize-controller", setting({ 100, 0, 0 }));
            return true;
        }
        std::shared_ptr<Router> openLiar() override
        {
            const std::lock_guard lock(m_api.mutex);
            m_api.lies = true;
            return open();
        }
        std::shared_ptr<Router> openMute() override
        {
            const std::lock_guard lock(m_api.mutex);
            m_api.insteadOfPatch = HttpReply { .status = 200, .type = {}, .body = {}, .headers = {}, .ending = HttpReply::Ending::Silence };
            return open();
        }

    private:
        static std::function<void(GatewayApi::Json&)> setting(std::vector<int> weights)
        {
            return [weights](GatewayApi::Json& route) {
                for (std::size_t i = 0; i < weights.size(); ++i)
                    route["spec"]["rules"][1]["backendRefs"][i]["weight"] = weights[i];
            };
        }
        GatewayApi m_api;
        std::shared_ptr<HttpClient> m_http = std::make_shared<HttpClient>();
    };

} // namespace

std::unique_ptr<RouterBench> makeGatewayBench()
{
    return std::make_unique<GatewayBench>();
}

} // namespace penstock::test
