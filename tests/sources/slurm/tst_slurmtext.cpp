// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTest>

#include "slurm/slurmanswer.h"

using namespace penstock;

/// The small languages of Slurm, and what its answers say when they say nothing.
class TestSlurmText final : public QObject
{
    Q_OBJECT

private slots:
    void gpusAreRead_data();
    void gpusAreRead();
    void gpusOfTresAreRead();
    void hostsAreRead_data();
    void hostsAreRead();
    void tasksAreCounted_data();
    void tasksAreCounted();
    void versionsAreFound();
    void aTokenSaysWhenItEnds();
    void whatIsWrongIsToldApart_data();
    void whatIsWrongIsToldApart();
    void everyPrefixIsRefused();
};

void TestSlurmText::gpusAreRead_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("says"); ///< type*count@indices
    const auto row = [](const char* text, const char* says) { QTest::newRow(text) << QByteArray(text) << QByteArray(says); };
    row("gpu:8", "*8@");
    row("gpu:h100:8", "h100*8@");
    row("gpu:h100:8(S:0-1)", "h100*8@");
    row("gpu", "*1@");
    row("gpu:h100", "h100*1@");
    row("gpu:h100:4(IDX:0-3)", "h100*4@0,1,2,3");
    row("gpu:h100:3(IDX:0,2-3)", "h100*3@0,2,3");
    row("gpu:h100:0(IDX:N/A)", "h100*0@");
    row("gpu:a100:1(IDX:1),gpu:h100:2(IDX:2-3)", "a100*1@1 h100*2@2,3");
    row("shard:16,gpu:a100:4,mps:400,nic:2", "a100*4@");
    row("gpu:h100:2(IDX:0-1),shard:h100:5(IDX:2,4)", "h100*2@0,1 h100*2@2,4");
    row("gpu:h100:0(IDX:N/A),mps:50(IDX:7),shard:0", "h100*0@ *1@7");
    row("gres:gpu:h100:2", "h100*2@");
    row("gres/gpu:2", "*2@");
    row("gres/gpu:a100=2", "a100*2@");
    row("gres/gpu=3", "*3@");
    row("gpu:nvidia_h100_80gb_hbm3:8", "nvidia_h100_80gb_hbm3*8@");
    row("gpu:h100:4(IDX:0-1)", "h100*4@");
    row("gpu:h100:99999999999999(IDX:0-1)", "h100*1024@");
    row("gpu:h100:4000000000", "h100*1024@");
    row("", "");
    row("(null)", "");
    row("gpus:8", "");
    row("gpu:h100:4(IDX:", "h100*4@");
}

void TestSlurmText::gpusAreRead()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, says);
    QByteArray said;
    for (const auto& it : slurmGpus(text.toStdString())) {
        said += (said.isEmpty() ? "" : " ") + QByteArray::fromStdString(it.type) + '*' + QByteArray::number(it.count) + '@';
        for (std::size_t i = 0; i < it.indices.size(); ++i)
            said += (i > 0 ? "," : "") + QByteArray::number(it.indices[i]);
    }
    QCOMPARE(said, says);
}

void TestSlurmText::gpusOfTresAreRead()
{
    QCOMPARE(slurmTresGpus("cpu=4,mem=1000M,node=1,billing=4,gres/gpu=4,gres/gpu:h100=4"), std::optional<std::uint64_t>(4));
    QCOMPARE(slurmTresGpus("cpu=4,gres/gpu:h100=2,gres/gpu:a100=1"), std::optional<std::uint64_t>(3));
    QCOMPARE(slurmTresGpus("cpu=4,node=1"), std::optional<std::uint64_t>());
    QCOMPARE(slurmTresGpus("gres/gpu="), std::optional<std::uint64_t>());
    QCOMPARE(slurmTresGpus({}), std::optional<std::uint64_t>());
}

void TestSlurmText::hostsAreRead_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("hosts");
    const auto row = [](const char* text, const char* hosts) { QTest::newRow(text) << QByteArray(text) << QByteArray(hosts); };
    row("gpu01", "gpu01");
    row("gpu[01-03,07]", "gpu01 gpu02 gpu03 gpu07");
    row("gpu[8-11]", "gpu8 gpu9 gpu10 gpu11");
    row("gpu[08-11]-ib,cpu1", "gpu08-ib gpu09-ib gpu10-ib gpu11-ib cpu1");
    row("r[1-2]n[01-02]", "r1n01 r1n02 r2n01 r2n02");
    row("", "");
    row("gpu[", "");
    row("gpu[a-b]", "");
    row("gpu[3-1]", "");
    row("n[0-18446744073709551615]", "n0 n1 n2 n3 n4 n5 n6 n7 n8 n9 n10 n11");
}

void TestSlurmText::hostsAreRead()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, hosts);
    QByteArray said;
    for (const auto& it : slurmHosts(text.toStdString(), 12))
        said += (said.isEmpty() ? "" : " ") + QByteArray::fromStdString(it);
    QCOMPARE(said, hosts);
}

void TestSlurmText::tasksAreCounted_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("count");
    QTest::addColumn<bool>("cutOff");
    QTest::newRow("one") << QByteArray("4") << 1 << false;
    QTest::newRow("a range") << QByteArray("8-9") << 2 << false;
    QTest::newRow("in steps, four at a time") << QByteArray("3-19:2%4") << 9 << false;
    QTest::newRow("a list") << QByteArray("1,3-5,9%1") << 5 << false;
    QTest::newRow("cut off") << QByteArray("1,3,5,...") << 3 << true;
    QTest::newRow("nothing") << QByteArray() << 0 << false;
    QTest::newRow("no step") << QByteArray("0-8:0") << 0 << false;
    QTest::newRow("beyond what an array has") << QByteArray("0-99999999999") << 0 << false;
}

void TestSlurmText::tasksAreCounted()
{
    QFETCH(QByteArray, text);
    QFETCH(int, count);
    QFETCH(bool, cutOff);
    const auto made = slurmTasks(text.toStdString());
    QCOMPARE(made.count, static_cast<std::uint64_t>(count));
    QCOMPARE(made.cutOff, cutOff);
}

void TestSlurmText::versionsAreFound()
{
    QCOMPARE(newestSlurmVersion(R"({"paths":{"\/slurm\/v0.0.37\/diag":{},"\/slurm\/v0.0.38\/nodes":{},"\/slurmdb\/v0.0.41\/jobs":{}}})"), 38);
    QCOMPARE(newestSlurmVersion(R"({"paths":{"/slurm/v0.0.40/nodes":{},"/slurm/v0.0.41/nodes":{},"/slurm/v0.0.39/nodes":{}}})"), 41);
    QCOMPARE(newestSlurmVersion("<html>slurm</html>"), 0);
}

void TestSlurmText::aTokenSaysWhenItEnds()
{
    // {"exp":1795680075,"iat":1795680074,"sun":"root"}
    QCOMPARE(tokenExpiry("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjE3OTU2ODAwNzUsImlhdCI6MTc5NTY4MDA3NCwic3VuIjoicm9vdCJ9.fAzGCLLY1O0"), std::optional(Time(std::chrono::seconds(1795680075))));
    for (const char* none : { "", "secret", "a.b.c", "a.e30.c", "a.====.c", "..", "a.eyJleHAiOiJzb29uIn0.c" })
        QVERIFY2(!tokenExpiry(none), none);
}

void TestSlurmText::whatIsWrongIsToldApart_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* name, const char* body, Error::Kind kind, const char* says) { QTest::newRow(name) << QByteArray(body) << static_cast<int>(kind) << QByteArray(says); };
    row("slurmctld is silent, in v0.0.38's words for nodes", R"({"meta":{},"errors":[{"error":"Unspecified error","errno":-1}],"nodes":[]})", Error::Kind::Unavailable, "nothing from slurmctld: Unspecified error (-1)");
    row("the same of others", R"({"errors":[{"description":"unable to load","error_number":-1,"error":"Unspecified error","source":"slurm_load_ctl_conf"}],"nodes":[]})", Error::Kind::Unavailable, "unable to load: Unspecified error (-1)");
    row("no entry", R"({"errors":[{"description":"x","error_number":2002,"error":"Access/permission denied"}],"nodes":[]})", Error::Kind::Denied, "permission denied (2002)");
    row("a token that is refused", R"({"errors":[{"error":"Protocol authentication error","error_number":1007}],"nodes":[]})", Error::Kind::Denied, "authentication error");
    row("an error that is no object", R"({"errors":["oh"],"nodes":[]})", Error::Kind::Unavailable, "nothing from slurmctld");
    row("a page", "<html><body>Sign in</body></html>", Error::Kind::Invalid, "no JSON");
    row("nothing", "", Error::Kind::Invalid, "no JSON");
    row("other JSON", R"({"message":"not found"})", Error::Kind::Invalid, "no nodes");
    row("a list", "[1]", Error::Kind::Invalid, "no JSON object");
    row("half an answer", R"({"nodes":[{"name":"gpu01",)", Error::Kind::Unavailable, "cut off");
    row("a node without a name", R"({"errors":[],"nodes":[{"state":"idle"}]})", Error::Kind::Invalid, "one is none");
    row("a node that is none", R"({"errors":[],"nodes":[7]})", Error::Kind::Invalid, "one is none");
}

void TestSlurmText::whatIsWrongIsToldApart()
{
    QFETCH(QByteArray, body);
    QFETCH(int, kind);
    QFETCH(QByteArray, says);
    SlurmReader reader;
    std::vector<SlurmNode> nodes;
    const auto notes = reader.nodes(body.toStdString(), nodes);
    QVERIFY(!notes);
    QCOMPARE(static_cast<int>(notes.error().kind), kind);
    QVERIFY2(notes.error().text().find(says.toStdString()) != std::string::npos, notes.error().text().c_str());
}

void TestSlurmText::everyPrefixIsRefused()
{
    const std::string answer = R"({"meta":{"Slurm":{"release":"22.05.8"}},"errors":[],"jobs":[{"job_id":7,"job_state":["PENDING"],"node_count":{"set":true,"infinite":false,"number":2},"tres_per_node":"gres\/gpu:8","array_task_string":"1-3"}]})";
    SlurmReader reader;
    std::vector<SlurmJob> jobs;
    const auto notes = reader.jobs(answer, jobs);
    QVERIFY2(notes, notes ? "" : notes.error().text().c_str());
    QCOMPARE(notes->release, std::string("22.05.8"));
    QCOMPARE(jobs.at(0).gpusAsked, std::uint64_t(48));
    for (std::size_t length = 0; length < answer.size(); ++length)
        QVERIFY2(!reader.jobs(answer.substr(0, length), jobs), answer.substr(0, length).c_str());
}

QTEST_APPLESS_MAIN(TestSlurmText)
#include "tst_slurmtext.moc"
