// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include "support/httpserver.h"
#include "support/inferenceserver.h"
#include "support/slurmserver.h"

using namespace penstock;

/// penstockctl reads a real Slurm, an exporter and an inference server, each named in a workspace.
class TestCtlSlurm final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void endpointsSayWhatTheyLack();
    void demandIsTold();

private:
    QByteArray ctl(const QStringList& words, int& exit)
    {
        QProcess process;
        auto environment = QProcessEnvironment::systemEnvironment();
        for (const auto* name : { "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME" })
            environment.insert(QLatin1String(name), m_folder.path());
        process.setProcessEnvironment(environment);
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(QStringLiteral(PENSTOCKCTL), QStringList { QStringLiteral("--workspace"), m_folder.filePath(QStringLiteral("w.toml")) } + words);
        process.waitForFinished(60'000);
        exit = process.exitCode();
        return process.readAll();
    }
    QTemporaryDir m_folder;
    std::unique_ptr<test::SlurmServer> m_slurm;
    std::unique_ptr<test::HttpServer> m_exporter, m_inference;
};

void TestCtlSlurm::initTestCase()
{
    if (!test::SlurmServer::isInstalled())
        QSKIP("munge, slurmctld, slurmd, slurmrestd and slurm-wlm-jwt-plugin are not all installed");
    m_slurm = std::make_unique<test::SlurmServer>(QVector<test::SlurmServer::Node> { { "gpu01", "gpu:h100:8" }, { "gpu02", "gpu:h100:8" } }, "PartitionName=train Nodes=gpu[01-02] Default=YES MaxTime=INFINITE State=UP\n");
    QVERIFY2(m_slurm->start(), m_slurm->log().constData());
    QVERIFY(m_slurm->allocate({ "-A", "ml", "-J", "llm", "--gres=gpu:h100:4" }));
    QVERIFY(m_slurm->queue({ "-A", "ml", "-J", "big", "--gpus-per-node=8", "-N2" }));
    m_slurm->run("scontrol", { "update", "nodename=gpu02", "state=drain", "reason=bad nvlink" });
    const auto text = [](const QByteArray& body) { return test::HttpReply { .type = "text/plain; version=0.0.4", .body = body, .headers = {} }; };
    m_exporter = std::make_unique<test::HttpServer>([text](const test::HttpQuestion&) { return text("DCGM_FI_DEV_GPU_UTIL{gpu=\"0\",UUID=\"GPU-1\",modelName=\"Tesla T4\",Hostname=\"a\"} 50\n"); });
    m_inference = std::make_unique<test::HttpServer>([text](const test::HttpQuestion&) { return text(test::InferenceWorld { .running = 30, .waiting = 4, .kvUse = 0.95 }.text()); });
    QFile token(m_folder.filePath(QStringLiteral("token"))), workspace(m_folder.filePath(QStringLiteral("w.toml")));
    QVERIFY(token.open(QIODevice::WriteOnly) && workspace.open(QIODevice::WriteOnly));
    token.write(QByteArray::fromStdString(m_slurm->token()));
    workspace.write("[workspace]\nname = \"w\"\n[[endpoint]]\nname = \"slurm-a\"\nkind = \"slurm\"\nurl = \"" + QByteArray::fromStdString(m_slurm->url()) + "\"\nuser = \"" + QByteArray::fromStdString(m_slurm->user())
        + "\"\ntoken = \"file:token\"\nprovider = \"aws\"\nregion = \"us-east-1\"\n[[endpoint]]\nname = \"eks\"\nkind = \"dcgm\"\ntargets = [\"" + QByteArray::fromStdString(m_exporter->url()) + "\"]\nmetrics = [\""
        + QByteArray::fromStdString(m_inference->url()) + "\"]\nprovider = \"aws\"\nregion = \"us-west-2\"\n[[workload]]\nname = \"chat\"\nmatch = { \"label.model_name\" = \"llama\" }\n");
}

void TestCtlSlurm::endpointsSayWhatTheyLack()
{
    int exit = -1;
    const auto said = ctl({ QStringLiteral("endpoints"), QStringLiteral("check") }, exit);
    QVERIFY2(exit == 0, said.constData());
    for (const char* it : { "Slurm 22.05", "slurm-a lacks 8 GPUs of gpu02 (draining: bad nvlink)", "slurm-a lacks utilisation" })
        QVERIFY2(said.contains(it), said.constData());
}

void TestCtlSlurm::demandIsTold()
{
    int exit = -1;
    const auto said = ctl({ QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("demand") }, exit);
    QVERIFY2(exit == 0, said.constData());
    const auto rows = QJsonDocument::fromJson(said).object()[QStringLiteral("rows")].toArray();
    QCOMPARE(rows.size(), 3); // chat, chat at eks, ml
    const auto chat = rows[1].toObject(), ml = rows[2].toObject();
    QCOMPARE(chat[QStringLiteral("cluster")].toString(), QStringLiteral("eks"));
    QCOMPARE(chat[QStringLiteral("region")].toString(), QStringLiteral("us-west-2"));
    QCOMPARE(chat[QStringLiteral("running")].toInt(), 30);
    QCOMPARE(chat[QStringLiteral("kv_use_pct")].toDouble(), 95.0);
    QVERIFY(chat[QStringLiteral("first_token_p99_ms")].isNull());
    QCOMPARE(ml[QStringLiteral("gpus_needed")].toInt(), 20);
    QCOMPARE(ml[QStringLiteral("gpus_unmet")].toInt(), 16);
    QVERIFY2(ml[QStringLiteral("unmet_why")].toString().endsWith(QLatin1String(" 16")), said.constData());
    const auto table = ctl({ QStringLiteral("demand") }, exit);
    QVERIFY2(table.contains("GPUs needed") && table.contains("chat"), table.constData());
}

QTEST_GUILESS_MAIN(TestCtlSlurm)
#include "tst_ctlslurm.moc"
