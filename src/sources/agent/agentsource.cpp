// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "agentsource/agentsource.h"

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <grpcpp/grpcpp.h>
#include <mutex>
#include <sstream>
#include <thread>

#include <penstock/v1/penstock.grpc.pb.h>

#include "agentsource/framedecoder.h"
#include "base/address.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;
    constexpr auto silence = 2s; ///< heartbeats come every second
    constexpr auto shortestWait = 200ms, longestWait = 5000ms;

    bool isLoopback(std::string_view host)
    {
        return host == "localhost" || host == "::1" || host == "[::1]" || host.starts_with("127.");
    }

    Error connectionError(const grpc::Status& status, const std::string& address)
    {
        const bool plaintext = address.starts_with("grpc://");
        const auto& text = status.error_message();
        const auto has = [&](std::string_view part) { return text.find(part) != std::string::npos; };
        switch (status.error_code()) {
        case grpc::StatusCode::UNAUTHENTICATED:
            return { Error::Kind::Denied, "the agent does not accept the token", address,
                "check the endpoint's token against the agent's --token-file" };
        case grpc::StatusCode::UNIMPLEMENTED:
            return { Error::Kind::Invalid, "what answers is not a Penstock agent", address, "check host and port" };
        case grpc::StatusCode::UNAVAILABLE:
            // gRPC calls a refused connection a failed handshake.
            if (has("refused"))
                return { Error::Kind::Unavailable, "nothing answers there", address, "is the agent running, and is this its port?" };
            if (!plaintext && (has("tcp handshaker") || has("Failed to connect to remote host")))
                return { Error::Kind::Unavailable, "nothing answers there, or not over TLS", address, "is the agent running, is this its port, and does ca name the authority of its certificate?" };
            if (plaintext)
                return { Error::Kind::Unavailable, "no connection: " + text, address,
                    "is the agent running, and without TLS? One with TLS is reached with grpcs://" };
            if (has("not in peer certificate"))
                return { Error::Kind::Denied, "the agent's certificate is for another name", address,
                    "use the name in the certificate, or give the agent one for this name" };
            if (has("certificate") || has("CERTIFICATE") || has("handshake") || has("Ssl") || has("SSL"))
                return { Error::Kind::Denied, "the agent's certificate is not trusted, or it does not speak TLS", address,
                    "set ca to the authority that signed it: " + text };
            return { Error::Kind::Unavailable, "no connection: " + text, address, "is the agent running there?" };
        case grpc::StatusCode::CANCELLED:
            return { Error::Kind::Unavailable, "no frame for 2 s", address, "the agent or the network stands still" };
        default: return { Error::Kind::Unavailable, "the stream ended: " + text, address, {} };
        }
    }

    class AgentSource final : public Source
    {
    public:
        explicit AgentSource(AgentChannel channel) : m_channel(std::move(channel)) {}
        ~AgentSource() override
        {
            m_reader.request_stop();
            cancel();
            wake();
        }
        void start(SourceSink& sink) override
        {
            m_reader = std::jthread([this, &sink](const std::stop_token& stop) { run(sink, stop); });
            m_watchdog = std::jthread([this](const std::stop_token& stop) { watch(stop); });
        }
        void reconnect() override
        {
            cancel();
            wake();
        }
        /// Without hurry: an agent whose frames are always refused must not be asked without a pause.
        void resync() override
        {
            m_resync = true;
            cancel();
        }

    private:
        void cancel()
        {
            const std::lock_guard lock(m_mutex);
            if (m_context)
                m_context->TryCancel();
        }
        void wake()
        {
            const std::lock_guard lock(m_mutex);
            m_hurry = true;
            m_wake.notify_all();
        }
        void run(SourceSink& sink, const std::stop_token& stop);
        void watch(const std::stop_token& stop);
        grpc::Status readAll(SourceSink& sink, const std::stop_token& stop, bool& received, std::optional<Error>& wrong);

        AgentChannel m_channel;
        std::mutex m_mutex;
        std::condition_variable_any m_wake;
        bool m_hurry = false;
        std::atomic<bool> m_resync = false; ///< the stream was ended to get everything again
        grpc::ClientContext* m_context = nullptr; ///< under m_mutex, while a call is running
        std::atomic<std::chrono::steady_clock::rep> m_waitingSince { 0 }; ///< 0: not waiting for the agent
        std::jthread m_reader, m_watchdog;
    };

    void AgentSource::watch(const std::stop_token& stop)
    {
        while (!stop.stop_requested()) {
            std::unique_lock lock(m_mutex);
            m_wake.wait_for(lock, stop, 100ms, [] { return false; });
            const auto since = m_waitingSince.load();
            const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
            if (since != 0 && m_context && std::chrono::steady_clock::duration(now - since) > silence)
                m_context->TryCancel();
        }
    }

    grpc::Status AgentSource::readAll(
        SourceSink& sink, const std::stop_token& stop, bool& received, std::optional<Error>& wrong)
    {
        const auto token = m_channel.token ? m_channel.token() : Result<std::string>(std::string());
        if (!token) {
            wrong = token.error();
            return {};
        }
        grpc::ClientContext context;
        if (!token->empty())
            context.AddMetadata("authorization", "Bearer " + *token);
        {
            const std::lock_guard lock(m_mutex);
            m_context = &context;
        }
        const auto waiting = [this](bool yes) {
            m_waitingSince = yes ? std::chrono::steady_clock::now().time_since_epoch().count() : 0;
        };
        auto stub = penstock::v1::FleetService::NewStub(m_channel.channel);
        waiting(true);
        penstock::v1::WatchRequest request;
        request.set_changes(true);
        request.set_deflated(true);
        request.set_standing(true);
        auto stream = stub->Watch(&context, request);
        FrameDecoder decoder;
        penstock::v1::Frame message;
        std::optional<SourceStanding> told;
        while (!stop.stop_requested() && stream->Read(&message)) {
            waiting(false);
            auto frame = decoder.decode(message);
            if (!frame) {
                wrong = frame.error();
                wrong->where = m_channel.address;
                context.TryCancel();
                break;
            }
            auto standing = decoder.takeStanding();
            if (standing && standing->error)
                standing->error->where += (standing->error->where.empty() ? "behind the agent at " : ", behind the agent at ") + m_channel.address;
            else if (!standing && !received) // of an agent that tells none
                standing = SourceStanding {};
            received = true;
            if (standing) {
                sink.series(std::exchange(standing->series, 0));
                sink.failing(std::exchange(standing->failing, nullptr));
            }
            if (standing && told != standing) {
                told = standing;
                sink.connection(standing->connection, std::move(standing->error));
            }
            if (*frame)
                sink.frame(std::move(**frame));
            waiting(true);
        }
        waiting(false);
        auto status = stream->Finish();
        const std::lock_guard lock(m_mutex);
        m_context = nullptr;
        return status;
    }

    void AgentSource::run(SourceSink& sink, const std::stop_token& stop)
    {
        auto wait = shortestWait;
        sink.connection(Connection::Connecting, std::nullopt);
        while (!stop.stop_requested()) {
            bool received = false;
            std::optional<Error> wrong;
            m_resync = false;
            const auto begun = std::chrono::steady_clock::now();
            const auto status = readAll(sink, stop, received, wrong);
            if (stop.stop_requested())
                break;
            const bool resync = m_resync && !wrong;
            sink.failing(nullptr);
            if (resync) // whoever wanted it knows why
                sink.connection(Connection::Connecting, std::nullopt);
            else
                sink.connection(Connection::Failing, wrong ? *wrong : connectionError(status, m_channel.address));
            const bool wasGood = received && !wrong && (!resync || std::chrono::steady_clock::now() - begun > longestWait);
            wait = wasGood ? shortestWait : std::min<std::chrono::milliseconds>(wait * 2, longestWait);
            std::unique_lock lock(m_mutex);
            m_wake.wait_for(lock, stop, wait, [this] { return m_hurry; });
            m_hurry = false;
        }
        sink.connection(Connection::Stopped, std::nullopt);
    }

} // namespace

Result<AgentChannel> openAgentChannel(const AgentAddress& address)
{
    const bool plaintext = address.url.starts_with("grpc://");
    if (!plaintext && !address.url.starts_with("grpcs://"))
        return fail(Error::Kind::Invalid, "'" + address.url + "' is not an agent's address", {}, "write grpcs://HOST:PORT");
    const auto target = address.url.substr(address.url.find("//") + 2);
    const auto parsed = parseHostAndPort(target);
    if (!parsed || parsed->port == 0)
        return fail(Error::Kind::Invalid, "'" + address.url + "' has no port", {}, "write grpcs://HOST:PORT");
    if (plaintext && !isLoopback(parsed->host))
        return fail(Error::Kind::Refused, "plaintext leaves this machine", address.url, "write grpcs://");

    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(64 << 20);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 200);
    // Each endpoint has a connection of its own, so that one that stands still does not hold up another.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    std::shared_ptr<grpc::ChannelCredentials> credentials;
    if (plaintext)
        credentials = grpc::InsecureChannelCredentials();
    else {
        grpc::SslCredentialsOptions tls;
        const auto file = address.caFile.empty() ? std::string("/etc/ssl/certs/ca-certificates.crt") : address.caFile;
        std::ifstream in(file);
        std::ostringstream pem;
        if (!in || !(pem << in.rdbuf()))
            return fail(Error::Kind::NotFound, "the CA file cannot be read", file, "set ca to a PEM file");
        tls.pem_root_certs = pem.str();
        if (tls.pem_root_certs.find("-----BEGIN CERTIFICATE-----") == std::string::npos)
            return fail(Error::Kind::Invalid, "the CA file holds no certificate in PEM", file, "set ca to a PEM file");
        credentials = grpc::SslCredentials(tls);
    }
    return AgentChannel { grpc::CreateCustomChannel(target, credentials, arguments), address.token, address.url };
}

std::unique_ptr<Source> makeAgentSource(AgentChannel channel) { return std::make_unique<AgentSource>(std::move(channel)); }

} // namespace penstock
