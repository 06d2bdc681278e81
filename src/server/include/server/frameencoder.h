// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <penstock/v1/penstock.pb.h>

#include "fleet/world.h"

namespace penstock {

/// What a subscriber understands besides the first version of the protocol.
struct Understood
{
    bool changes = false; ///< absent columns and differences
    bool standing = false; ///< how the agent stands with its source
};

/// What one subscriber was sent, and the messages that bring it up to date, in the smallest of the forms that the
/// subscriber understands: rows that changed, or for each column of which most rows changed the differences of all.
class FrameEncoder
{
public:
    FrameEncoder(std::uint64_t epoch, std::string version, Understood understood) : m_epoch(epoch), m_version(std::move(version)), m_understood(understood) {}
    /// The messages that take the subscriber from what it has to `picture`; each stays under 3 MiB. There is always one that says that the agent
    /// is there, but for a subscriber that does not understand standings while nothing is known yet.
    [[nodiscard]] std::vector<penstock::v1::Frame> encode(const Picture& picture);

private:
    void encodeInventory(const Picture& picture, std::vector<penstock::v1::Frame>& out) const;
    void encodeWhole(const Picture& picture, std::vector<penstock::v1::Frame>& out);
    void encodeChanges(const Picture& picture, std::vector<penstock::v1::Frame>& out);
    void encodeStanding(const Picture& picture, std::vector<penstock::v1::Frame>& out);
    void encodeFleet(const Picture& picture, std::vector<penstock::v1::Frame>& out);
    void encodeDemand(const Picture& picture, std::vector<penstock::v1::Frame>& out);
    [[nodiscard]] penstock::v1::Samples& addSamples(const Picture& picture, std::vector<penstock::v1::Frame>& out);
    std::uint64_t m_epoch;
    std::string m_version;
    Understood m_understood;
    std::uint64_t m_sequence = 0;
    std::shared_ptr<const Inventory> m_sentInventory;
    std::size_t m_sentWorkloads = 0;
    Time m_sentObserved {};
    std::optional<SourceStanding> m_sentStanding;
    Columns m_sent;
    std::vector<WorkloadDemand> m_sentDemand;
    std::vector<ServiceLevel> m_sentService;
};

/// Puts the frame into a deflated one, unless it is too small to gain.
void deflate(penstock::v1::Frame& frame);

} // namespace penstock
