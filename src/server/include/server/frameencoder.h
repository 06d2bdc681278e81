// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <penstock/v1/penstock.pb.h>

#include "fleet/world.h"

namespace penstock {

/// What one subscriber was sent, and the messages that bring it up to date, in the smallest of the forms that the
/// subscriber understands: rows that changed, or for each column of which most rows changed the differences of all.
class FrameEncoder
{
public:
    /// `changes`: the subscriber understands absent columns and differences.
    FrameEncoder(std::uint64_t epoch, std::string version, bool changes) : m_epoch(epoch), m_version(std::move(version)), m_changes(changes) {}
    /// The messages that take the subscriber from what it has to `picture`; each stays under 3 MiB.
    [[nodiscard]] std::vector<penstock::v1::Frame> encode(const Picture& picture);

private:
    void encodeInventory(const Picture& picture, std::vector<penstock::v1::Frame>& out) const;
    void encodeWhole(const Picture& picture, std::vector<penstock::v1::Frame>& out);
    void encodeChanges(const Picture& picture, std::vector<penstock::v1::Frame>& out);
    void encodeDemand(const Picture& picture, std::vector<penstock::v1::Frame>& out);
    [[nodiscard]] penstock::v1::Samples& addSamples(const Picture& picture, std::vector<penstock::v1::Frame>& out);
    std::uint64_t m_epoch;
    std::string m_version;
    bool m_changes;
    std::uint64_t m_sequence = 0;
    std::shared_ptr<const Inventory> m_sentInventory;
    Columns m_sent;
    std::vector<WorkloadDemand> m_sentDemand;
};

/// Puts the frame into a deflated one, unless it is too small to gain.
void deflate(penstock::v1::Frame& frame);

} // namespace penstock
