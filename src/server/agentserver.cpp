// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "server/agentserver.h"

#include <condition_variable>
#include <fstream>
#include <grpcpp/grpcpp.h>
#include <mutex>
#include <random>
#include <sstream>
#include <thread>

#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <penstock/v1/penstock.grpc.pb.h>

#include "base/address.h"
#include "server/frameencoder.h"
#include "server/routestore.h"

namespace penstock {

namespace {

    using namespace std::chrono_literals;

    Result<std::string> readFile(const std::string& path, const std::string& what, const std::string& option)
    {
        if (path.empty())
            return fail(Error::Kind::Invalid, "a TLS agent needs a " + what, {}, "give " + option + " FILE, or --plaintext on loopback");
        std::ifstream file(path);
        std::ostringstream text;
        if (!file)
            return fail(Error::Kind::NotFound, "the " + what + " cannot be read", path, "check " + option);
        text << file.rdbuf();
        return text.str();
    }

    using Bio = std::unique_ptr<BIO, decltype([](BIO* it) { BIO_free(it); })>;
    using Certificate = std::unique_ptr<X509, decltype([](X509* it) { X509_free(it); })>;
    using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* it) { EVP_PKEY_free(it); })>;

    /// gRPC says only that something is wrong; this says which file.
    Result<> checkPair(const std::string& certificate, const std::string& key, const ServerOptions& options)
    {
        const auto memory = [](const std::string& text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); };
        const Certificate parsed(PEM_read_bio_X509(memory(certificate).get(), nullptr, nullptr, nullptr));
        if (!parsed)
            return fail(Error::Kind::Invalid, "this is no certificate in PEM", options.certFile, "check --tls-cert");
        const Key secret(PEM_read_bio_PrivateKey(memory(key).get(), nullptr, nullptr, nullptr));
        if (!secret)
            return fail(Error::Kind::Invalid, "this is no private key in PEM without a passphrase", options.keyFile, "check --tls-key");
        if (X509_check_private_key(parsed.get(), secret.get()) != 1)
            return fail(Error::Kind::Invalid, "the key does not belong to the certificate " + options.certFile, options.keyFile, "give the key it was made with");
        return {};
    }

    grpc::Status statusOf(const Error& error)
    {
        const auto code = error.kind == Error::Kind::NotFound ? grpc::StatusCode::NOT_FOUND
            : error.kind == Error::Kind::Conflict             ? grpc::StatusCode::ABORTED
                                                              : grpc::StatusCode::INVALID_ARGUMENT;
        return { code, error.text() };
    }

    /// For subscribers that can be told in no other way.
    grpc::Status silence(const SourceStanding& standing)
    {
        return { grpc::StatusCode::FAILED_PRECONDITION, "the agent's source has told nothing yet" + (standing.error ? ": " + standing.error->text() : std::string()) };
    }

} // namespace

struct AgentServer::Impl
{
    struct Fleet final : penstock::v1::FleetService::Service
    {
        explicit Fleet(Impl& owner) : m_owner(owner) {}
        grpc::Status Watch(grpc::ServerContext* context, const penstock::v1::WatchRequest*,
            grpc::ServerWriter<penstock::v1::Frame>* writer) override;
        Impl& m_owner;
    };
    struct Routes final : penstock::v1::RouteService::Service
    {
        explicit Routes(Impl& owner) : m_owner(owner) {}
        grpc::Status Get(grpc::ServerContext* context, const penstock::v1::GetRouteRequest* request,
            penstock::v1::RouteState* reply) override;
        grpc::Status Define(grpc::ServerContext* context, const penstock::v1::DefineRouteRequest* request,
            penstock::v1::RouteState* reply) override;
        grpc::Status Set(grpc::ServerContext* context, const penstock::v1::SetRouteRequest* request,
            penstock::v1::RouteState* reply) override;
        grpc::Status Watch(grpc::ServerContext* context, const penstock::v1::GetRouteRequest* request,
            grpc::ServerWriter<penstock::v1::RouteState>* writer) override;
        Impl& m_owner;
    };

    [[nodiscard]] grpc::Status admit(const grpc::ServerContext& context) const
    {
        if (token.empty())
            return grpc::Status::OK;
        const auto& metadata = context.client_metadata();
        const auto found = metadata.find("authorization");
        const auto expected = "Bearer " + token;
        if (found == metadata.end() || found->second.size() != expected.size()
            || CRYPTO_memcmp(found->second.data(), expected.data(), expected.size()) != 0)
            return { grpc::StatusCode::UNAUTHENTICATED, "the token is not accepted" };
        return grpc::Status::OK;
    }
    /// Under `mutex`.
    void fill(const std::string& name, const RouteStore::Entry& entry, penstock::v1::RouteState& reply) const;
    void tick(const std::stop_token& stop);

    std::unique_ptr<World> world;
    Clock clock;
    std::string token;
    std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
    std::uint64_t epoch = std::random_device {}() | (std::uint64_t { std::random_device {}() } << 32);
    std::mutex mutex; ///< guards world, routes, revision, stopping
    std::condition_variable changed;
    std::unique_ptr<RouteStore> routes;
    std::uint64_t revision = 1; ///< counts ticks and route changes
    bool stopping = false;
    Fleet fleetService { *this };
    Routes routeService { *this };
    std::unique_ptr<grpc::Server> server;
    int port = 0;
    bool deflates = false;
    std::chrono::milliseconds every { 1000 };
    std::jthread ticker;
};

grpc::Status AgentServer::Impl::Fleet::Watch(
    grpc::ServerContext* context, const penstock::v1::WatchRequest* request, grpc::ServerWriter<penstock::v1::Frame>* writer)
{
    if (auto admitted = m_owner.admit(*context); !admitted.ok())
        return admitted;
    FrameEncoder encoder(m_owner.epoch, std::string("penstock-agent ") + PENSTOCK_VERSION, { .changes = request->changes(), .standing = request->standing() });
    std::uint64_t seen = 0;
    std::optional<Time> sent; ///< when what was sent last was observed
    auto sentAt = std::chrono::steady_clock::now();
    while (!context->IsCancelled()) {
        std::vector<penstock::v1::Frame> frames;
        {
            std::unique_lock lock(m_owner.mutex);
            m_owner.changed.wait_for(lock, 500ms, [&] { return m_owner.stopping || m_owner.revision != seen; });
            if (m_owner.stopping)
                return { grpc::StatusCode::UNAVAILABLE, "the agent stops" };
            const bool isNew = m_owner.revision != seen;
            seen = m_owner.revision;
            const auto& picture = m_owner.world->picture();
            if (!picture.inventory && !request->standing())
                return silence(picture.standing);
            // Who hears nothing for two seconds takes the agent for dead.
            if (!isNew || (picture.observed == sent && std::chrono::steady_clock::now() - sentAt < 900ms))
                continue;
            sent = picture.observed;
            sentAt = std::chrono::steady_clock::now();
            frames = encoder.encode(picture);
        }
        // Loopback has bytes to spare; a network between clouds costs more than the processor.
        if (m_owner.deflates && request->deflated())
            for (auto& frame : frames)
                deflate(frame);
        for (const auto& frame : frames)
            if (!writer->Write(frame))
                return grpc::Status::OK;
    }
    return grpc::Status::OK;
}

void AgentServer::Impl::fill(
    const std::string& name, const RouteStore::Entry& entry, penstock::v1::RouteState& reply) const
{
    reply.set_route(name);
    reply.set_workload(entry.workload);
    reply.set_version(entry.version);
    reply.set_epoch(epoch);
    reply.set_running_us(std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began).count());
    reply.set_read_us(clock().time_since_epoch().count());
    reply.set_changed_by_key(entry.changedByKey);
    std::uint64_t sum = 0;
    const auto gpus = allocatedGpus(world->picture(), entry.workload, entry.backends);
    for (const auto count : gpus)
        sum += count;
    reply.set_allocated_gpus(sum);
    for (std::size_t i = 0; i < entry.backends.size(); ++i) {
        const auto& backend = entry.backends[i];
        auto& made = *reply.add_backends();
        made.set_name(backend.name);
        made.set_provider(backend.scope.provider);
        made.set_region(backend.scope.region);
        made.set_cluster(backend.scope.cluster);
        reply.add_weights(entry.weights[i]);
        if (sum > 0)
            reply.add_observed(100.0 * static_cast<double>(gpus[i]) / static_cast<double>(sum));
    }
}

grpc::Status AgentServer::Impl::Routes::Get(
    grpc::ServerContext* context, const penstock::v1::GetRouteRequest* request, penstock::v1::RouteState* reply)
{
    if (auto admitted = m_owner.admit(*context); !admitted.ok())
        return admitted;
    const std::lock_guard lock(m_owner.mutex);
    const auto entry = m_owner.routes->get(request->route());
    if (!entry)
        return statusOf(entry.error());
    m_owner.fill(request->route(), *entry, *reply);
    return grpc::Status::OK;
}

grpc::Status AgentServer::Impl::Routes::Define(
    grpc::ServerContext* context, const penstock::v1::DefineRouteRequest* request, penstock::v1::RouteState* reply)
{
    if (auto admitted = m_owner.admit(*context); !admitted.ok())
        return admitted;
    std::vector<Route::Backend> backends;
    for (const auto& backend : request->backends())
        backends.push_back({ backend.name(),
            Scope { .provider = backend.provider(), .region = backend.region(), .cluster = backend.cluster(), .node = {} } });
    const std::lock_guard lock(m_owner.mutex);
    const auto entry
        = m_owner.routes->define(request->route(), request->workload(), std::move(backends), m_owner.world->picture());
    if (!entry)
        return statusOf(entry.error());
    m_owner.fill(request->route(), *entry, *reply);
    ++m_owner.revision;
    m_owner.changed.notify_all();
    return grpc::Status::OK;
}

grpc::Status AgentServer::Impl::Routes::Set(
    grpc::ServerContext* context, const penstock::v1::SetRouteRequest* request, penstock::v1::RouteState* reply)
{
    if (auto admitted = m_owner.admit(*context); !admitted.ok())
        return admitted;
    if (request->expected_epoch() != 0 && request->expected_epoch() != m_owner.epoch)
        return { grpc::StatusCode::ABORTED, "the agent was started anew since, and has forgotten the weights" };
    const std::lock_guard lock(m_owner.mutex);
    const auto entry = m_owner.routes->set(request->route(), request->expected_version(), request->idempotency_key(),
        Weights(request->weights().begin(), request->weights().end()));
    if (!entry)
        return statusOf(entry.error());
    if (m_owner.world->placesLoad()) {
        std::vector<Scope> scopes;
        for (const auto& backend : entry->backends)
            scopes.push_back(backend.scope);
        m_owner.world->place(entry->workload, scopes, entry->weights);
    }
    m_owner.fill(request->route(), *entry, *reply);
    ++m_owner.revision;
    m_owner.changed.notify_all();
    return grpc::Status::OK;
}

grpc::Status AgentServer::Impl::Routes::Watch(grpc::ServerContext* context,
    const penstock::v1::GetRouteRequest* request, grpc::ServerWriter<penstock::v1::RouteState>* writer)
{
    if (auto admitted = m_owner.admit(*context); !admitted.ok())
        return admitted;
    std::uint64_t seen = 0;
    while (!context->IsCancelled()) {
        penstock::v1::RouteState state;
        {
            std::unique_lock lock(m_owner.mutex);
            m_owner.changed.wait_for(lock, 500ms, [&] { return m_owner.stopping || m_owner.revision != seen; });
            if (m_owner.stopping)
                return { grpc::StatusCode::UNAVAILABLE, "the agent stops" };
            if (m_owner.revision == seen)
                continue;
            seen = m_owner.revision;
            const auto entry = m_owner.routes->get(request->route());
            if (!entry)
                return statusOf(entry.error());
            m_owner.fill(request->route(), *entry, state);
        }
        if (!writer->Write(state))
            break;
    }
    return grpc::Status::OK;
}

void AgentServer::Impl::tick(const std::stop_token& stop)
{
    auto next = std::chrono::steady_clock::now();
    std::mutex sleeping;
    std::condition_variable_any wake;
    while (!stop.stop_requested()) {
        next += every;
        std::unique_lock rest(sleeping);
        wake.wait_until(rest, stop, next, [] { return false; });
        if (stop.stop_requested())
            return;
        const std::lock_guard lock(mutex);
        world->advance(clock());
        ++revision;
        changed.notify_all();
    }
}

AgentServer::AgentServer(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}

AgentServer::~AgentServer()
{
    m_impl->ticker.request_stop();
    {
        const std::lock_guard lock(m_impl->mutex);
        m_impl->stopping = true;
        m_impl->changed.notify_all();
    }
    if (m_impl->server)
        m_impl->server->Shutdown(std::chrono::system_clock::now() + 1s);
}

int AgentServer::port() const { return m_impl->port; }

std::shared_ptr<grpc::Channel> AgentServer::inProcessChannel()
{
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(64 << 20);
    return m_impl->server->InProcessChannel(arguments);
}

Result<std::unique_ptr<AgentServer>> AgentServer::start(
    std::unique_ptr<World> world, const ServerOptions& options, Clock clock)
{
    auto impl = std::make_unique<Impl>();
    impl->world = std::move(world);
    impl->clock = std::move(clock);
    impl->routes = std::make_unique<RouteStore>(impl->world->picture());
    impl->every = options.every;
    impl->deflates = !options.listen.empty() && !options.plaintext;
    grpc::ServerBuilder builder;
    builder.RegisterService(&impl->fleetService);
    builder.RegisterService(&impl->routeService);
    if (!options.listen.empty()) {
        const auto address = parseHostAndPort(options.listen);
        if (!address)
            return std::unexpected(address.error());
        std::shared_ptr<grpc::ServerCredentials> credentials;
        if (options.plaintext) {
            const auto& host = address->host;
            if (host != "localhost" && host != "[::1]" && !host.starts_with("127."))
                return fail(Error::Kind::Refused, "plaintext is for loopback only", options.listen,
                    "listen on 127.0.0.1, or give --tls-cert, --tls-key and --token-file");
            credentials = grpc::InsecureServerCredentials();
        } else {
            auto certificate = readFile(options.certFile, "TLS certificate", "--tls-cert");
            if (!certificate)
                return std::unexpected(certificate.error());
            auto key = readFile(options.keyFile, "TLS key", "--tls-key");
            if (!key)
                return std::unexpected(key.error());
            auto token = readFile(options.tokenFile, "token file", "--token-file");
            if (!token)
                return std::unexpected(token.error());
            token->erase(token->find_last_not_of(" \r\n\t") + 1);
            if (token->empty())
                return fail(Error::Kind::Invalid, "the token file is empty", options.tokenFile, "put a long random word into it");
            impl->token = *token;
            if (auto good = checkPair(*certificate, *key, options); !good)
                return std::unexpected(good.error());
            grpc::SslServerCredentialsOptions tls;
            tls.pem_key_cert_pairs.push_back({ *key, *certificate });
            credentials = grpc::SslServerCredentials(tls);
        }
        builder.AddListeningPort(options.listen, credentials, &impl->port);
        // Two agents must not share a port by accident.
        builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    }
    impl->server = builder.BuildAndStart();
    if (!impl->server || (!options.listen.empty() && impl->port == 0))
        return fail(Error::Kind::Unavailable, "cannot listen", options.listen,
            "is the port taken, and is the host one of this machine?");
    impl->ticker = std::jthread([raw = impl.get()](const std::stop_token& stop) { raw->tick(stop); });
    return std::unique_ptr<AgentServer>(new AgentServer(std::move(impl)));
}

} // namespace penstock
