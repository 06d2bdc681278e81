// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "kubenodes/kubenode.h"

namespace penstock {

/// What of a v1 Pod matters.
struct KubePod
{
    std::string nameSpace, name, node; ///< node: empty until it has a place
    std::map<std::string, std::string> labels; ///< those that were asked for
    KubeGpus gpus; ///< as the scheduler counts them: containers together, or the greatest of those that run before
    bool ended = false; ///< Succeeded or Failed: holds nothing
    bool deleting = false;
    bool claims = false; ///< asks for devices by resource claims, which are not counted
    std::string why; ///< it has no place: "Unschedulable: 0/12 nodes are available: ..."
    friend bool operator==(const KubePod&, const KubePod&) = default;
};

using KubeObject = std::variant<KubeNode, KubePod>;

/// One line of a watch.
struct KubeEvent
{
    enum class Type { Added, Modified, Deleted, Bookmark, Error };
    Type type = Type::Error;
    KubeObject object; ///< of the first three
    std::string version; ///< to go on from; of all but Error
    int code = 0; ///< of Error, as the rest; 410: what was watched from is too old
    std::string reason, message;
};

/// Reads lists and watches of nodes or of pods. Keeps its memory for the next one; one thread at a time.
/// Source: https://kubernetes.io/docs/reference/using-api/api-concepts/
class KubeReader
{
public:
    enum class Kind { Nodes, Pods };
    /// `labels`: keys of those labels of pods that are to be kept.
    explicit KubeReader(Kind kind, std::set<std::string> labels = {});
    ~KubeReader();

    struct Page
    {
        std::string version; ///< of the whole list: to watch from
        std::string next; ///< token of the next page; empty: this was the last
    };
    /// Calls `each` for every object of a page, in its order. Invalid: it is no such list; Unavailable: it is cut off. `each` may have
    /// been called before.
    [[nodiscard]] Result<Page> page(std::string body, const std::function<void(KubeObject)>& each);
    /// Invalid: the line is no event.
    [[nodiscard]] Result<KubeEvent> event(std::string_view line);

private:
    struct Parser;
    std::unique_ptr<Parser> m_parser;
};

} // namespace penstock
