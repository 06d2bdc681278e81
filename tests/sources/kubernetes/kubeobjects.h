// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "support/kubeapi.h"

namespace penstock::test {

using Json = KubeApi::Json;

/// A node as GPU operators and clouds describe it.
inline Json kubeNode(const std::string& name, int gpus = 8, const std::string& providerId = "aws:///us-east-1a/i-0", const std::string& product = "NVIDIA-H100-80GB-HBM3")
{
    Json node { { "kind", "Node" }, { "apiVersion", "v1" },
        { "metadata", { { "name", name }, { "uid", "u-" + name }, { "resourceVersion", "1" }, { "labels", { { "kubernetes.io/hostname", name }, { "node.kubernetes.io/instance-type", "p5.48xlarge" } } } } },
        { "spec", { { "providerID", providerId } } },
        { "status",
            { { "capacity", { { "cpu", "192" }, { "memory", "2113563984Ki" }, { "pods", "110" } } }, { "allocatable", { { "cpu", "191450m" }, { "memory", "2111000000Ki" }, { "pods", "110" } } },
                { "conditions", Json::array({ { { "type", "MemoryPressure" }, { "status", "False" } }, { { "type", "Ready" }, { "status", "True" }, { "reason", "KubeletReady" } } }) } } } };
    if (gpus > 0) {
        node["metadata"]["labels"]["nvidia.com/gpu.product"] = product;
        node["metadata"]["labels"]["nvidia.com/gpu.count"] = std::to_string(gpus);
        node["status"]["capacity"]["nvidia.com/gpu"] = std::to_string(gpus);
        node["status"]["allocatable"]["nvidia.com/gpu"] = std::to_string(gpus);
    }
    return node;
}

/// A pod with one container; `node` empty: it waits for a place, and the scheduler has said why.
inline Json kubePod(const std::string& nameSpace, const std::string& name, const std::string& node, int gpus, const std::string& phase = "Running", const std::string& resource = "nvidia.com/gpu")
{
    Json pod { { "kind", "Pod" }, { "apiVersion", "v1" }, { "metadata", { { "name", name }, { "namespace", nameSpace }, { "uid", "u-" + name }, { "resourceVersion", "1" }, { "labels", { { "app", name.substr(0, name.find('-')) } } } } },
        { "spec", { { "containers", Json::array({ { { "name", "main" }, { "image", "serve:1" }, { "resources", { { "limits", { { "cpu", "4" } } }, { "requests", { { "cpu", "4" } } } } } } }) } } },
        { "status", { { "phase", node.empty() ? "Pending" : phase } } } };
    if (gpus > 0)
        for (const char* kind : { "limits", "requests" })
            pod["spec"]["containers"][0]["resources"][kind][resource] = std::to_string(gpus);
    if (!node.empty())
        pod["spec"]["nodeName"] = node;
    else
        pod["status"]["conditions"] = Json::array({ { { "type", "PodScheduled" }, { "status", "False" }, { "reason", "Unschedulable" }, { "message", "0/12 nodes are available: 12 Insufficient nvidia.com/gpu." } } });
    return pod;
}

/// A kubeconfig of one context.
inline QByteArray kubeconfigOf(const std::string& server, const std::string& user = {}, const std::string& cluster = {})
{
    return QByteArray::fromStdString("apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts:\n- name: c\n  context: { cluster: k, user: u }\nclusters:\n- name: k\n  cluster:\n    server: " + server + "\n" + cluster
        + "users:\n- name: u\n  user:\n" + (user.empty() ? "    token: good\n" : user));
}

} // namespace penstock::test
