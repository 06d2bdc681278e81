// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <set>

#include "dcgm/dcgmsource.h"
#include "kubernetes/kubeaccess.h"

namespace penstock {

struct KubeServiceOptions
{
    std::string kubeconfig {}; ///< file; empty: $KUBECONFIG, or ~/.kube/config
    std::string context {}; ///< empty: the current one
    std::string nameSpace, service;
    int port = 0; ///< of the pods; 0: the one that the service calls "metrics", else its first
    std::chrono::milliseconds watch { 30'000 }; ///< how long is watched before everything is listed again
    std::chrono::milliseconds pause { 1'000 }; ///< after a change, before it is listed: pods come in dozens
    std::chrono::milliseconds timeout { 15'000 }; ///< of one page of a list
    Clock clock = wallClock;
};

/// A page of the EndpointSlices of a service.
struct EndpointSlicePage
{
    std::set<std::string> addresses; ///< "http://10.0.0.1:9400"; https where the port is named so
    std::string version; ///< of the whole list: to watch from
    std::string next; ///< token of the next page; empty: this was the last
};
/// Invalid: it is no such list. Pods that end are passed over; those that are not ready are not: that they do not answer should be seen.
/// Source: https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoint-slice-v1/
[[nodiscard]] Result<EndpointSlicePage> readEndpointSlices(std::string_view body, int port);

/// The pods behind a service, followed as they come and go, as a directory of exporters. Denial, a service that is not there and one without
/// pods are told apart. One thread at a time.
class KubeService
{
public:
    explicit KubeService(KubeServiceOptions options);
    /// See DcgmOptions::directory.
    [[nodiscard]] DcgmDirectory next(const std::stop_token& stop);

private:
    void awaitChange(const std::stop_token& stop);
    [[nodiscard]] Result<std::vector<std::string>> list(const std::stop_token& stop);
    [[nodiscard]] Error explained(Error error) const;
    /// Why there is nobody behind it.
    [[nodiscard]] Error emptiness(const std::stop_token& stop);

    KubeServiceOptions m_options;
    std::string m_path, m_name; ///< m_name: "gpu-operator/nvidia-dcgm-exporter"
    KubeServer m_server;
    std::string m_version; ///< of the last list
    bool m_isListed = false;
    int m_failures = 0;
};

} // namespace penstock
