// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "readsignin.h"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace penstock {

namespace {

    bool isThisMachine(std::string_view host) { return host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]"); }

    void refusePlaintext(Table& it, std::string_view key, const std::string& url)
    {
        if (url.empty() || url.starts_with("https://"))
            return;
        if (!url.starts_with("http://"))
            it.error(it.at(key), "'" + url + "' is no web address", "write https://HOST");
        else if (!isThisMachine(std::string_view(url).substr(7)))
            it.error(it.at(key), "a secret would be sent in plaintext", "write https://" + url.substr(7));
    }

    /// "us-east-1" of https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1, through a private link too; empty: it does not tell.
    std::string regionOf(std::string_view url)
    {
        url.remove_prefix(std::min(url.find("//") + 2, url.size()));
        std::istringstream labels { std::string(url.substr(0, url.find_first_of(":/"))) };
        bool isNext = false;
        for (std::string label; std::getline(labels, label, '.'); isNext = label.starts_with("aps-workspaces"))
            if (isNext)
                return label;
        return {};
    }

    void readAws(Table& it, SignInAddress& made, const std::string& url, const Absolute& absolute)
    {
        made.region = it.text("region");
        if (made.region.empty())
            made.region = regionOf(url);
        if (made.region.empty())
            it.error(it.raw().source(), "region is missing, and the address does not tell it", "add region = \"us-east-1\"");
        made.accessKey = it.text("access_key");
        made.secretKey = readReference(it, "secret_key", absolute);
        made.sessionToken = readReference(it, "session_token", absolute);
        made.profile = it.text("profile");
        if (made.accessKey.starts_with("file:"))
            made.accessKey = "file:" + absolute(made.accessKey.substr(5));
        if (made.accessKey.empty() != made.secretKey.empty())
            it.error(it.raw().source(), made.secretKey.empty() ? "secret_key is missing" : "access_key is missing", "name both, or none: then the environment's are taken, or the shared credentials file's");
        if (!made.sessionToken.empty() && made.secretKey.empty())
            it.error(it.at("session_token"), "session_token stands here without access_key and secret_key", "name all three, or none");
        if (!made.profile.empty() && !made.secretKey.empty())
            it.error(it.at("profile"), "profile and secret_key both name keys", "keep one of them");
    }

    void readGoogle(Table& it, SignInAddress& made, const Absolute& absolute)
    {
        made.key = readReference(it, "key", absolute);
        if (!it.raw().contains("key"))
            it.error(it.raw().source(), "key is missing", "add key = \"file:PATH\", of the service account's JSON key");
        made.exchanges = it.flag("exchange");
        made.authority = it.text("authority");
        refusePlaintext(it, "authority", made.authority);
        if (!made.authority.empty() && !made.exchanges)
            it.error(it.at("authority"), "authority is not asked without exchange", "add exchange = true, or take authority out");
    }

    void readAzure(Table& it, SignInAddress& made, const Absolute& absolute)
    {
        made.tenant = it.text("tenant", true);
        made.clientId = it.text("client_id", true);
        made.clientSecret = readReference(it, "client_secret", absolute);
        if (!it.raw().contains("client_secret"))
            it.error(it.raw().source(), "client_secret is missing", "add client_secret = \"keychain:NAME\", env:NAME or file:PATH");
        made.resource = it.text("resource");
        made.authority = it.text("authority");
        refusePlaintext(it, "authority", made.authority);
        if (!std::ranges::all_of(made.tenant, [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '.'; }))
            it.error(it.at("tenant"), "'" + made.tenant + "' is no tenant", "write the directory's ID, or its domain");
    }

} // namespace

void readSignIn(Table& it, Endpoint& endpoint, const Absolute& absolute)
{
    if (!it.raw().contains("sign_in"))
        return it.know("sign_in");
    auto& made = endpoint.signIn;
    const auto& url = endpoint.kind == "kubernetes" ? endpoint.prometheus : endpoint.url;
    if ((endpoint.kind != "prometheus" && endpoint.kind != "kubernetes") || url.empty())
        it.error(it.at("sign_in"), "sign_in is for a store of metrics", "it belongs to kind = \"prometheus\", and to the prometheus of kind = \"kubernetes\"");
    else if (url.starts_with("http://"))
        refusePlaintext(it, endpoint.kind == "kubernetes" ? "prometheus" : "url", url);
    for (const auto* key : { "token", "user" })
        if (it.raw().contains(key))
            it.error(it.at(key), std::string(key) + " and sign_in both say who asks", "keep one of them");
    it.table("sign_in", [&](Table& signIn) {
        made.kind = signIn.text("kind", true);
        signIn.choose("kind", made.kind, { "aws", "google", "azure" }, "kind of sign-in");
        if (made.kind == "aws")
            readAws(signIn, made, url, absolute);
        else if (made.kind == "google")
            readGoogle(signIn, made, absolute);
        else if (made.kind == "azure")
            readAzure(signIn, made, absolute);
        else
            for (const auto& [key, node] : signIn.raw())
                signIn.know(std::string(key.str())); // which keys belong depends on the kind
    });
}

} // namespace penstock
