// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/httpclient.h"

namespace penstock {

/// A program that gets credentials, as those of EKS, GKE and AKS.
struct KubeExec
{
    std::string apiVersion; ///< client.authentication.k8s.io/v1 or /v1beta1
    std::string command; ///< with its folder, or found by PATH
    std::vector<std::string> args;
    std::vector<std::pair<std::string, std::string>> env; ///< besides ours
    std::string installHint;
    bool wantsCluster = false; ///< provideClusterInfo
    bool needsTerminal = false; ///< interactiveMode: Always
};

/// How to reach an API server, and as whom. Holds secrets: never log it.
struct KubeAccess
{
    std::string file; ///< that named the cluster
    std::string context, cluster; ///< their names
    std::string server; ///< "https://10.0.0.1:6443", without a slash at its end
    HttpIdentity identity; ///< PEM, whether it stood in the kubeconfig or in files of its own
    std::string token, tokenFile; ///< bearer; the file is read again and again
    std::string user, password; ///< Basic
    std::string impersonated; ///< act as this user
    std::optional<KubeExec> exec;
};

struct KubeconfigFile
{
    std::string path, text;
};

/// The access of `context`, or of the current one when empty. Of entries that stand in several files the first counts; relative paths are
/// those of the file they stand in. Invalid and NotFound name file and field, and say what to do; no error holds a secret.
/// Source: client-go tools/clientcmd/api/v1/types.go.
[[nodiscard]] Result<KubeAccess> parseKubeconfig(const std::vector<KubeconfigFile>& files, const std::string& context);

/// The same of `path`; empty: the files of $KUBECONFIG, or ~/.kube/config.
[[nodiscard]] Result<KubeAccess> openKubeconfig(const std::string& path, const std::string& context);

/// Names of the contexts there; none where there is no kubeconfig.
[[nodiscard]] std::vector<std::string> kubeContexts(const std::string& path);

/// Nothing for what is no base64.
[[nodiscard]] std::optional<std::string> fromBase64(std::string_view text);
[[nodiscard]] std::string toBase64(std::string_view bytes);

} // namespace penstock
