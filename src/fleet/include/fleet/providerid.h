// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace penstock {

/// Where a node is by `spec.providerID` of Kubernetes.
struct ProviderId
{
    std::string provider; ///< "azure", "gcp", "aws", "oci"; empty: none of these
    std::string region, zone; ///< empty where the id does not say, as those of Azure and OCI do not
    friend bool operator==(const ProviderId&, const ProviderId&) = default;
};

/// Sources: cloud-provider-azure pkg/provider, cloud-provider-gcp, cloud-provider-aws, oci-cloud-controller-manager.
[[nodiscard]] ProviderId parseProviderId(std::string_view id);

} // namespace penstock
