// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "kubernetes/kubeconfig.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <yaml-cpp/yaml.h>

namespace penstock {

namespace {

    struct Document
    {
        std::string path;
        YAML::Node root;
    };

    /// An entry of one of the lists, with the file that it stands in.
    struct Entry
    {
        std::string path, place; ///< place: "users[alice].user"
        YAML::Node body;

        [[nodiscard]] std::unexpected<Error> wrong(Error::Kind kind, const char* field, const std::string& what, const std::string& hint = {}) const
        {
            return fail(kind, place + (*field ? "." : "") + field + " " + what, path, hint);
        }
        /// Empty where there is none.
        [[nodiscard]] std::string text(const char* field) const
        {
            const auto found = body[field];
            return found.IsDefined() && found.IsScalar() ? found.Scalar() : std::string();
        }
        [[nodiscard]] bool flag(const char* field) const { return text(field) == "true"; }
        [[nodiscard]] std::string absolute(const std::string& written) const
        {
            if (written.empty() || std::filesystem::path(written).is_absolute())
                return written;
            return (std::filesystem::absolute(path).parent_path() / written).lexically_normal().string();
        }
        /// PEM of FIELD-data, or of the file that FIELD names.
        [[nodiscard]] Result<std::string> pem(const char* field) const;
    };

    Result<std::string> contentOf(const std::string& path)
    {
        std::ifstream file(path, std::ios::binary);
        std::ostringstream text;
        // A folder opens, and cannot be read.
        if (!file || !(text << file.rdbuf()))
            return fail(Error::Kind::NotFound, "the file cannot be read", path);
        return std::move(text).str();
    }

    Result<std::string> Entry::pem(const char* field) const
    {
        const auto inlined = std::string(field) + "-data";
        if (const auto data = text(inlined.c_str()); !data.empty()) {
            auto decoded = fromBase64(data);
            if (!decoded || decoded->empty())
                return wrong(Error::Kind::Invalid, inlined.c_str(), "is not base64", "let the tool that wrote the kubeconfig write it again");
            return std::move(*decoded);
        }
        const auto file = absolute(text(field));
        if (file.empty())
            return std::string();
        auto read = contentOf(file);
        if (!read)
            return wrong(Error::Kind::NotFound, field, "names " + file + ", which cannot be read", "paths are relative to the kubeconfig's folder");
        return read;
    }

    /// The entry `name` of `list`, whose body is under `key`; the first file that has it counts.
    Result<Entry> find(const std::vector<Document>& documents, const char* list, const char* key, const std::string& name)
    {
        std::string known;
        for (const auto& document : documents) {
            const auto entries = document.root[list];
            if (!entries.IsDefined() || !entries.IsSequence())
                continue;
            for (const auto& it : entries) {
                const auto called = it.IsMap() ? it["name"] : YAML::Node(YAML::NodeType::Undefined);
                if (!called.IsDefined() || !called.IsScalar())
                    continue;
                const auto body = it[key];
                if (called.Scalar() == name && body.IsDefined() && body.IsMap())
                    return Entry { document.path, std::string(list) + "[" + name + "]." + key, body };
                if (known.size() < 200)
                    known += (known.empty() ? "" : ", ") + called.Scalar();
            }
        }
        return fail(Error::Kind::NotFound, "there is no " + std::string(key) + " '" + name + "'", documents.front().path, known.empty() ? std::string(list) + " is empty" : "it has " + known);
    }

    Result<KubeExec> execOf(const Entry& user)
    {
        const Entry it { user.path, user.place + ".exec", user.body["exec"] };
        if (!it.body.IsMap())
            return it.wrong(Error::Kind::Invalid, "", "is no table");
        KubeExec made { .apiVersion = it.text("apiVersion"), .command = it.text("command"), .args = {}, .env = {}, .installHint = it.text("installHint"), .wantsCluster = it.flag("provideClusterInfo"),
            .needsTerminal = it.text("interactiveMode") == "Always" };
        if (made.command.empty())
            return it.wrong(Error::Kind::Invalid, "command", "is missing", "name the program that gets credentials");
        // As a shell would: with a slash it is a path, and here relative to the file.
        if (made.command.find('/') != std::string::npos)
            made.command = it.absolute(made.command);
        if (made.apiVersion != "client.authentication.k8s.io/v1" && made.apiVersion != "client.authentication.k8s.io/v1beta1")
            return it.wrong(Error::Kind::Invalid, "apiVersion", "is '" + made.apiVersion + "', which nobody speaks any more", "update " + made.command + " and let it write client.authentication.k8s.io/v1");
        if (const auto args = it.body["args"]; args.IsDefined() && args.IsSequence())
            for (const auto& arg : args)
                if (arg.IsScalar())
                    made.args.push_back(arg.Scalar());
        if (const auto env = it.body["env"]; env.IsDefined() && env.IsSequence())
            for (const auto& one : env) {
                const Entry pair { it.path, it.place + ".env", one };
                if (!one.IsMap() || pair.text("name").empty())
                    return it.wrong(Error::Kind::Invalid, "env", "has an entry without a name", "write - name: ... and value: ...");
                made.env.emplace_back(pair.text("name"), pair.text("value"));
            }
        return made;
    }

    Result<> readUser(const Entry& it, KubeAccess& made)
    {
        if (it.body["auth-provider"].IsDefined() && !it.body["exec"].IsDefined())
            return it.wrong(Error::Kind::Invalid, "auth-provider", "is not served any more by Kubernetes", "let your cloud's tool write an exec plugin instead: gke-gcloud-auth-plugin, kubelogin convert-kubeconfig");
        auto certificate = it.pem("client-certificate");
        if (!certificate)
            return std::unexpected(certificate.error());
        auto key = it.pem("client-key");
        if (!key)
            return std::unexpected(key.error());
        if (certificate->empty() != key->empty())
            return it.wrong(Error::Kind::Invalid, certificate->empty() ? "client-certificate" : "client-key", "is missing", "a certificate and its key belong together");
        made.identity.certificate = std::move(*certificate);
        made.identity.key = std::move(*key);
        made.tokenFile = it.absolute(it.text("tokenFile"));
        made.token = it.text("token");
        made.user = it.text("username");
        made.password = it.text("password");
        made.impersonated = it.text("as");
        for (const char* field : { "as-groups", "as-user-extra", "as-uid" })
            if (it.body[field].IsDefined())
                return it.wrong(Error::Kind::Invalid, field, "is not supported", "use a user that has these rights itself");
        if (it.body["exec"].IsDefined()) {
            auto exec = execOf(it);
            if (!exec)
                return std::unexpected(exec.error());
            made.exec = std::move(*exec);
        }
        return {};
    }

    Result<KubeAccess> accessOf(const std::vector<Document>& documents, const std::string& wanted)
    {
        KubeAccess made { .file = documents.front().path, .context = wanted, .cluster = {}, .server = {}, .identity = {}, .token = {}, .tokenFile = {}, .user = {}, .password = {}, .impersonated = {}, .exec = {} };
        for (const auto& document : documents)
            if (const auto current = document.root["current-context"]; made.context.empty() && current.IsDefined() && current.IsScalar())
                made.context = current.Scalar();
        if (made.context.empty())
            return fail(Error::Kind::NotFound, "current-context is empty", made.file, "say context = \"...\" in the workspace, or kubectl config use-context ...");
        const auto context = find(documents, "contexts", "context", made.context);
        if (!context)
            return std::unexpected(context.error());
        made.cluster = context->text("cluster");
        if (made.cluster.empty())
            return context->wrong(Error::Kind::Invalid, "cluster", "is missing");
        const auto cluster = find(documents, "clusters", "cluster", made.cluster);
        if (!cluster)
            return std::unexpected(cluster.error());
        made.file = cluster->path;
        made.server = cluster->text("server");
        while (made.server.ends_with('/'))
            made.server.pop_back();
        if (!made.server.starts_with("https://") && !made.server.starts_with("http://"))
            return cluster->wrong(Error::Kind::Invalid, "server", made.server.empty() ? "is missing" : "is no address", "write https://HOST:PORT");
        auto authorities = cluster->pem("certificate-authority");
        if (!authorities)
            return std::unexpected(authorities.error());
        made.identity.authorities = std::move(*authorities);
        made.identity.trustsAnybody = cluster->flag("insecure-skip-tls-verify");
        made.identity.serverName = cluster->text("tls-server-name");
        made.identity.proxy = cluster->text("proxy-url");
        // A context without a user is nobody in particular.
        if (const auto name = context->text("user"); !name.empty()) {
            const auto user = find(documents, "users", "user", name);
            if (!user)
                return std::unexpected(user.error());
            if (auto read = readUser(*user, made); !read)
                return std::unexpected(read.error());
        }
        return made;
    }

} // namespace

Result<KubeAccess> parseKubeconfig(const std::vector<KubeconfigFile>& files, const std::string& context)
{
    std::vector<Document> documents;
    std::string path;
    try {
        for (const auto& file : files) {
            path = file.path;
            documents.push_back({ file.path, YAML::Load(file.text) });
            if (!documents.back().root.IsMap())
                return fail(Error::Kind::Invalid, "this is no kubeconfig", file.path, "it holds clusters, contexts and users; see kubectl config view");
        }
        return accessOf(documents, context);
    } catch (const YAML::Exception& error) {
        return fail(Error::Kind::Invalid, "the kubeconfig is no YAML: " + error.msg, path + (error.mark.is_null() ? std::string() : ":" + std::to_string(error.mark.line + 1)), "see kubectl config view");
    }
}

static Result<std::vector<KubeconfigFile>> filesOf(const std::string& path)
{
    std::vector<std::string> paths { path };
    if (path.empty()) {
        paths.clear();
        const char* named = std::getenv("KUBECONFIG");
        std::istringstream list(named ? named : "");
        for (std::string one; std::getline(list, one, ':');)
            if (!one.empty())
                paths.push_back(one);
        const char* home = std::getenv("HOME");
        if (paths.empty())
            paths.push_back(std::string(home ? home : "") + "/.kube/config");
    }
    std::vector<KubeconfigFile> files;
    for (const auto& one : paths)
        if (auto text = contentOf(one))
            files.push_back({ one, std::move(*text) });
    if (files.empty())
        return fail(Error::Kind::NotFound, "there is no kubeconfig", paths.front(), "name one with path = \"...\" or KUBECONFIG; aws, gcloud and az write it with their get-credentials");
    return files;
}

Result<KubeAccess> openKubeconfig(const std::string& path, const std::string& context)
{
    const auto files = filesOf(path);
    return files ? parseKubeconfig(*files, context) : std::unexpected(files.error());
}

std::vector<std::string> kubeContexts(const std::string& path)
{
    std::vector<std::string> names;
    const auto files = filesOf(path);
    for (const auto& file : files ? *files : std::vector<KubeconfigFile>())
        try {
            for (const auto& it : YAML::Load(file.text)["contexts"])
                if (auto name = it["name"].as<std::string>(std::string()); !name.empty() && std::ranges::find(names, name) == names.end())
                    names.push_back(std::move(name));
        } catch (const YAML::Exception&) {
            continue; // who opens it is told what is wrong
        }
    return names;
}

std::optional<std::string> fromBase64(std::string_view text)
{
    std::string dense;
    for (const char c : text)
        if (c != '\n' && c != '\r' && c != ' ')
            dense += c;
    if (dense.size() % 4 != 0)
        return std::nullopt;
    std::string made(dense.size() / 4 * 3, '\0');
    if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(made.data()), reinterpret_cast<const unsigned char*>(dense.data()), static_cast<int>(dense.size())) < 0)
        return std::nullopt;
    // The library decodes padding as zeros.
    for (auto it = dense.rbegin(); it != dense.rend() && *it == '='; ++it)
        if (!made.empty())
            made.pop_back();
    return made;
}

std::string toBase64(std::string_view bytes)
{
    std::string made((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const auto size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(made.data()), reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    made.resize(static_cast<std::size_t>(size));
    return made;
}

} // namespace penstock
