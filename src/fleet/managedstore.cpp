// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include "fleet/managedstore.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace penstock {

namespace {

    constexpr auto amazon = "Amazon Managed Service for Prometheus", google = "Google Cloud Managed Service for Prometheus", azure = "an Azure Monitor workspace";
    constexpr auto ofAmazon = "https://aps-workspaces.REGION.amazonaws.com/workspaces/ws-ID", ofGoogle = "https://monitoring.googleapis.com/v1/projects/PROJECT/location/global/prometheus";
    constexpr auto ofAzure = "https://NAME.REGION.prometheus.monitor.azure.com, the query endpoint of its overview page";

    constexpr std::array stores {
        ManagedStore { .host = ".amazonaws.com", .name = amazon, .signIn = "aws", .path = "/workspaces/", .example = ofAmazon },
        ManagedStore { .host = ".amazonaws.com.cn", .name = amazon, .signIn = "aws", .path = "/workspaces/", .example = ofAmazon },
        ManagedStore { .host = ".api.aws", .name = amazon, .signIn = "aws", .path = "/workspaces/", .example = ofAmazon },
        ManagedStore { .host = "monitoring.googleapis.com", .name = google, .signIn = "google", .path = "/prometheus", .example = ofGoogle },
        ManagedStore { .host = ".prometheus.monitor.azure.com", .name = azure, .signIn = "azure", .path = {}, .example = ofAzure },
        ManagedStore { .host = ".prometheus.monitor.azure.us", .name = azure, .signIn = "azure", .path = {}, .example = ofAzure, .authority = "https://login.microsoftonline.us", .resource = "https://prometheus.monitor.azure.us" },
        ManagedStore { .host = ".prometheus.monitor.azure.cn", .name = azure, .signIn = "azure", .path = {}, .example = ofAzure, .authority = "https://login.chinacloudapi.cn", .resource = "https://prometheus.monitor.azure.cn" },
        ManagedStore { .host = ".grafana.net", .name = "Grafana Cloud", .signIn = {}, .path = "/api/prom", .example = "https://prometheus-NUMBER.grafana.net/api/prom" },
    };

    /// In Amazon's domains there is much else.
    bool isOfPrometheus(std::string_view host) { return host.starts_with("aps-workspaces") || host.find(".aps-workspaces") != std::string_view::npos; }

} // namespace

const ManagedStore* managedStoreAt(std::string_view url)
{
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos)
        url.remove_prefix(scheme + 3);
    std::string host(url.substr(0, url.find_first_of(":/?#")));
    std::ranges::transform(host, host.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto found = std::ranges::find_if(stores, [&](const ManagedStore& it) { return (it.host.starts_with('.') ? host.ends_with(it.host) : host == it.host) && (it.signIn != "aws" || isOfPrometheus(host)); });
    return found == stores.end() ? nullptr : &*found;
}

} // namespace penstock
