// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "slurm/slurmsource.h"

#include <random>

#include "base/timetext.h"
#include "polling/pollingsource.h"
#include "slurm/slurmfleet.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;

    /// A job is 3 to 8 kB.
    constexpr std::int64_t longestAnswer = 1024LL * 1024 * 1024;
    constexpr int oldestVersion = 38;
    /// Tried, newest first, where slurmrestd does not describe itself.
    constexpr int newestTried = 44;
    constexpr auto soon = 10min; ///< a token ends

    std::string pathOf(int version) { return "/slurm/v0.0." + std::to_string(version); }

    class PolledSlurm final : public PolledFleet
    {
    public:
        PolledSlurm(SlurmOptions options, std::shared_ptr<HttpClient> http)
            : m_options(std::move(options))
            , m_http(std::move(http))
            , m_fleet(m_options.place, m_options.name, m_options.workloads, m_options.staleAfter, std::random_device {}() | (std::uint64_t { std::random_device {}() } << 32))
        {
            while (m_options.url.ends_with('/'))
                m_options.url.pop_back();
        }
        std::optional<Error> round(std::optional<Error>& partial, const std::stop_token& stop) override;
        std::vector<Frame> frames() override { return m_fleet.frames(m_options.clock()); }
        void sendWhole() override { m_fleet.sendWhole(); }

    private:
        [[nodiscard]] Result<> discover();
        /// An answer that slurmrestd gave, be it an error of slurmctld.
        [[nodiscard]] Result<HttpAnswer> ask(const std::string& path);
        template<class Read>
        [[nodiscard]] Result<SlurmNotes> askFor(const char* what, Read read);

        SlurmOptions m_options;
        std::shared_ptr<HttpClient> m_http;
        std::stop_token m_stop; ///< of the round
        SlurmReader m_reader;
        SlurmFleet m_fleet;
        SlurmPicture m_picture;
        std::string m_token;
        std::optional<Time> m_expiry;
        int m_version = 0;
    };

    Result<HttpAnswer> PolledSlurm::ask(const std::string& path)
    {
        HttpRequest request;
        request.url = m_options.url + path;
        request.headers = { { "X-SLURM-USER-NAME", m_options.user }, { "Accept", "application/json" } };
        request.token = m_token;
        request.tokenHeader = "X-SLURM-USER-TOKEN";
        request.ca = m_options.ca;
        request.timeout = m_options.timeout;
        request.longestAnswer = longestAnswer;
        auto answer = m_http->send(request, m_stop);
        if (!answer)
            return answer;
        const auto& [status, type, body, retry] = *answer;
        // slurmctld's refusal of an old token looks like its silence.
        if (status >= 400 && m_expiry && *m_expiry <= m_options.clock())
            return fail(Error::Kind::Denied, "the token ended at " + rfc3339(*m_expiry, TimeDigits::Milliseconds), request.url, "make another one: scontrol token lifespan=86400 username=" + m_options.user + "; with token = \"file:PATH\" it is read anew each time");
        if (status == 401 || status == 403)
            return fail(Error::Kind::Denied, "slurmrestd refuses (" + std::to_string(status) + ")", request.url, "check the endpoint's user and token; is slurmrestd started with -a rest_auth/jwt?");
        if (type == "application/json" || status == 404)
            return answer;
        if (status >= 500)
            return fail(Error::Kind::Unavailable, "slurmrestd or a proxy before it is in trouble (" + std::to_string(status) + ")", request.url, "look at its log");
        return fail(Error::Kind::Unavailable, "what answers is no slurmrestd: it sends " + (type.empty() ? "an unknown type" : type) + " with status " + std::to_string(status), request.url, "check host, port and path");
    }

    Result<> PolledSlurm::discover()
    {
        const auto described = ask("/openapi/v3");
        if (!described)
            return std::unexpected(described.error());
        m_version = newestSlurmVersion(described->body);
        for (int tried = newestTried; m_version == 0 && tried >= oldestVersion; --tried) {
            const auto answer = ask(pathOf(tried) + "/ping");
            if (!answer)
                return std::unexpected(answer.error());
            if (answer->status != 404)
                m_version = tried;
        }
        if (m_version >= oldestVersion)
            return {};
        const auto had = std::exchange(m_version, 0);
        return fail(Error::Kind::NotFound, had == 0 ? "slurmrestd offers no version that is known here" : "slurmrestd offers nothing newer than v0.0." + std::to_string(had), m_options.url,
            "start it with -s openapi/v0.0.38 or later (Slurm 22.05); write the address without /slurm");
    }

    template<class Read>
    Result<SlurmNotes> PolledSlurm::askFor(const char* what, Read read)
    {
        const auto path = pathOf(m_version) + "/" + what;
        auto answer = ask(path);
        if (!answer)
            return std::unexpected(answer.error());
        if (answer->status == 404 && answer->contentType != "application/json") {
            // It was replaced by one of another version, perhaps.
            const auto was = std::exchange(m_version, 0);
            return fail(Error::Kind::NotFound, "slurmrestd offers v0.0." + std::to_string(was) + " no more (404)", m_options.url + path, "it is asked which one it offers");
        }
        auto notes = read(std::move(answer->body));
        if (!notes) {
            auto error = notes.error();
            error.where = m_options.url + path;
            return std::unexpected(std::move(error));
        }
        return notes;
    }

    std::optional<Error> PolledSlurm::round(std::optional<Error>& partial, const std::stop_token& stop)
    {
        m_stop = stop;
        auto token = m_options.token();
        if (!token)
            return token.error();
        m_token = std::move(*token);
        m_expiry = tokenExpiry(m_token);
        if (m_version == 0)
            if (auto found = discover(); !found)
                return found.error();
        const auto notes = askFor("nodes", [this](std::string body) { return m_reader.nodes(std::move(body), m_picture.nodes); });
        if (!notes)
            return notes.error();
        std::vector<std::string> missing;
        m_picture.cluster = notes->cluster;
        if (auto asked = askFor("jobs", [this](std::string body) { return m_reader.jobs(std::move(body), m_picture.jobs); }); !asked) {
            partial = asked.error();
            m_picture.jobs.clear();
            missing.emplace_back("jobs (workloads, pending demand)");
        }
        if (auto asked = askFor("partitions", [this](std::string body) { return m_reader.partitions(std::move(body), m_picture.partitions); }); !asked) {
            if (!partial)
                partial = asked.error();
            m_picture.partitions.clear();
            missing.emplace_back("partitions (which of them are closed)");
        }
        const auto now = m_options.clock();
        if (m_expiry && *m_expiry - now < soon)
            missing.push_back("a token that lasts (this one ends at " + rfc3339(*m_expiry, TimeDigits::Milliseconds) + ")");
        missing.emplace_back("utilisation, memory, power, temperature, health (Slurm knows none)");
        m_fleet.take(m_picture, "Slurm " + (notes->release.empty() ? "of unknown version" : notes->release) + ", v0.0." + std::to_string(m_version), std::move(missing), now);
        if (!m_fleet.hasGpus())
            return Error { Error::Kind::NotFound, "no node of this Slurm has GPUs", m_options.url, "are they in its configuration, as Gres=gpu:h100:8? look at scontrol show nodes" };
        return std::nullopt;
    }

} // namespace

std::unique_ptr<Source> makeSlurmSource(SlurmOptions options, std::shared_ptr<HttpClient> http)
{
    const auto every = options.every;
    return makePollingSource(std::make_unique<PolledSlurm>(std::move(options), std::move(http)), every);
}

} // namespace penstock
