// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace penstock {

/// The one name of a GPU model, from what drivers, labels and clouds call it: "H100 80GB SXM" for "NVIDIA H100 80GB HBM3",
/// "NVIDIA-H100-80GB-HBM3-SHARED" and "nvidia-h100-80gb". What is not known keeps its name without its vendor.
[[nodiscard]] std::string canonicalModel(std::string_view product);

/// What is the same in all spellings of a product: its words in capitals, without its vendor and without what a slice or a share
/// of it is called. "H100 80GB HBM3" for "NVIDIA-H100-80GB-HBM3-SHARED".
[[nodiscard]] std::string modelKey(std::string_view product);

} // namespace penstock
