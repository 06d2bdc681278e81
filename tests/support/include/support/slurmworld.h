// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <string>
#include <vector>

namespace penstock::test {

/// A Slurm cluster as each version of slurmrestd would tell of it.
/// Source of the shapes: https://slurm.schedmd.com/rest_api.html and the answers of Slurm 22.05.
struct SlurmWorld
{
    struct Node
    {
        QString name;
        QString type = QStringLiteral("h100");
        int gpus = 8;
        QStringList state { QStringLiteral("IDLE") }; ///< base first
        QString reason {};
    };
    struct Job
    {
        int id = 0;
        QString account, name;
        QString state = QStringLiteral("PENDING"), reason = QStringLiteral("Resources");
        int perNode = 1, nodeCount = 1; ///< asked for
        std::vector<std::pair<QString, std::vector<int>>> held {}; ///< node and indices
        QString tasks {}; ///< of an array
    };
    std::vector<Node> nodes;
    std::vector<Job> jobs;

    [[nodiscard]] static QJsonValue number(double value, int version)
    {
        return version < 39 ? QJsonValue(value) : QJsonValue(QJsonObject { { QStringLiteral("set"), true }, { QStringLiteral("infinite"), false }, { QStringLiteral("number"), value } });
    }
    [[nodiscard]] static QJsonValue unset(int version)
    {
        return version < 39 ? QJsonValue() : QJsonValue(QJsonObject { { QStringLiteral("set"), false }, { QStringLiteral("infinite"), false }, { QStringLiteral("number"), 0 } });
    }
    [[nodiscard]] static QString indices(const std::vector<int>& list)
    {
        QStringList made;
        for (const int it : list)
            made << QString::number(it);
        return made.isEmpty() ? QStringLiteral("N/A") : made.join(QLatin1Char(','));
    }
    [[nodiscard]] QString typeOf(const QString& node) const
    {
        for (const auto& it : nodes)
            if (it.name == node)
                return it.type;
        return {};
    }
    [[nodiscard]] QByteArray nodesAnswer(int version) const
    {
        QJsonArray list;
        for (const auto& it : nodes) {
            std::vector<int> used;
            for (const auto& job : jobs)
                for (const auto& [node, held] : job.held)
                    if (node == it.name)
                        used.insert(used.end(), held.begin(), held.end());
            QJsonObject one { { QStringLiteral("name"), it.name }, { QStringLiteral("gres"), it.gpus == 0 ? QString() : QStringLiteral("gpu:%1:%2(S:0-1)").arg(it.type).arg(it.gpus) },
                { QStringLiteral("gres_used"), QStringLiteral("gpu:%1:%2(IDX:%3)").arg(it.type).arg(used.size()).arg(indices(used)) }, { QStringLiteral("reason"), it.reason },
                { QStringLiteral("partitions"), QJsonArray { QStringLiteral("train") } }, { QStringLiteral("tres_used"), QJsonValue() } };
            if (version < 39) {
                one[QStringLiteral("state")] = it.state.first().toLower();
                one[QStringLiteral("state_flags")] = QJsonArray::fromStringList(it.state.mid(1));
            } else
                one[QStringLiteral("state")] = QJsonArray::fromStringList(it.state);
            list.append(one);
        }
        return answer(QStringLiteral("nodes"), list, version);
    }
    [[nodiscard]] QByteArray jobsAnswer(int version) const
    {
        QJsonArray list;
        for (const auto& it : jobs) {
            QJsonArray detail, allocated;
            QStringList hosts;
            for (const auto& [node, held] : it.held) {
                hosts << node;
                detail.append(QStringLiteral("gpu:%1:%2(IDX:%3)").arg(typeOf(node)).arg(held.size()).arg(indices(held)));
                allocated.append(QJsonObject { { version < 41 ? QStringLiteral("nodename") : QStringLiteral("name"), node } });
            }
            QJsonObject one { { QStringLiteral("job_id"), it.id }, { QStringLiteral("account"), it.account }, { QStringLiteral("name"), it.name }, { QStringLiteral("user_name"), QStringLiteral("ada") },
                { QStringLiteral("partition"), QStringLiteral("train") }, { QStringLiteral("state_reason"), it.held.empty() ? it.reason : QStringLiteral("None") }, { QStringLiteral("nodes"), hosts.join(QLatin1Char(',')) },
                { QStringLiteral("gres_detail"), detail }, { QStringLiteral("tres_req_str"), QStringLiteral("cpu=1,node=1") }, { QStringLiteral("node_count"), number(it.nodeCount, version) },
                { QStringLiteral("tasks"), number(1, version) }, { QStringLiteral("priority"), number(100, version) }, { QStringLiteral("array_task_id"), unset(version) }, { QStringLiteral("array_task_string"), it.tasks },
                { QStringLiteral("tres_per_node"), (version < 40 ? QStringLiteral("gres:gpu:%1") : QStringLiteral("gres/gpu:%1")).arg(it.perNode) } };
            one[QStringLiteral("job_state")] = version < 40 ? QJsonValue(it.state) : QJsonValue(QJsonArray { it.state });
            one[QStringLiteral("job_resources")] = version < 41 ? QJsonObject { { QStringLiteral("nodes"), hosts.join(QLatin1Char(',')) }, { QStringLiteral("allocated_nodes"), allocated } }
                                                                : QJsonObject { { QStringLiteral("nodes"), QJsonObject { { QStringLiteral("list"), hosts.join(QLatin1Char(',')) }, { QStringLiteral("allocation"), allocated } } } };
            list.append(one);
        }
        return answer(QStringLiteral("jobs"), list, version);
    }
    [[nodiscard]] static QByteArray partitionsAnswer(int version)
    {
        QJsonObject one { { QStringLiteral("name"), QStringLiteral("train") } };
        if (version < 39)
            one[QStringLiteral("state")] = QStringLiteral("UP");
        else
            one[QStringLiteral("partition")] = QJsonObject { { QStringLiteral("state"), QJsonArray { QStringLiteral("UP") } } };
        return answer(QStringLiteral("partitions"), { one }, version);
    }
    [[nodiscard]] static QByteArray answer(const QString& name, const QJsonArray& list, int version)
    {
        QJsonObject slurm { { QStringLiteral("release"), QStringLiteral("%1.%2").arg(version < 39 ? 22 : 23).arg(5) } };
        if (version >= 40)
            slurm[QStringLiteral("cluster")] = QStringLiteral("tiny");
        const QJsonObject meta { { version < 40 ? QStringLiteral("Slurm") : QStringLiteral("slurm"), slurm } };
        return QJsonDocument(QJsonObject { { QStringLiteral("meta"), meta }, { QStringLiteral("errors"), QJsonArray() }, { name, list } }).toJson();
    }
    /// What it answers at a path; nothing: 404.
    [[nodiscard]] QByteArray at(const QByteArray& path, int version) const
    {
        const auto root = "/slurm/v0.0." + QByteArray::number(version);
        if (path == "/openapi/v3")
            return R"({"paths":{"\/slurm\/v0.0.37\/nodes":{},"\/slurmdb\/v0.0.99\/jobs":{},"\/slurm\/v0.0.)" + QByteArray::number(version) + R"(\/nodes":{}}})";
        return path == root + "/nodes" ? nodesAnswer(version) : path == root + "/jobs" ? jobsAnswer(version) : path == root + "/partitions" ? partitionsAnswer(version) : QByteArray();
    }
};

} // namespace penstock::test
