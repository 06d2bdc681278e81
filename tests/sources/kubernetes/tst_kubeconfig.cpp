// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QTemporaryDir>
#include <QTest>

#include "kubernetes/kubeconfig.h"

using namespace penstock;

namespace {

/// As az, aws and gcloud write them, in one.
const std::string clouds = R"(apiVersion: v1
kind: Config
preferences: {}
current-context: aks
contexts:
- context:
    cluster: aks
    user: clusterUser
    namespace: infer
  name: aks
- context: {cluster: "arn:aws:eks:us-east-1:1:cluster/a", user: eks}
  name: "arn:aws:eks:us-east-1:1:cluster/a"
- context: {cluster: gke, user: gke}
  name: gke
- context: {cluster: bare}
  name: nobody
clusters:
- cluster:
    certificate-authority-data: LS0tQQ==
    server: https://a.hcp.eastus.azmk8s.io:443/
  name: aks
- cluster: {server: "https://B.gr7.us-east-1.eks.amazonaws.com", certificate-authority: pki/ca.pem, tls-server-name: kubernetes, proxy-url: "socks5://localhost:1080"}
  name: "arn:aws:eks:us-east-1:1:cluster/a"
- cluster: {server: "https://10.0.0.2", insecure-skip-tls-verify: true}
  name: gke
- cluster: {server: "http://127.0.0.1:8001"}
  name: bare
users:
- name: clusterUser
  user:
    client-certificate-data: Q0VSVA==
    client-key-data: S0VZ
    token: abc
- name: eks
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: aws
      args: [--region, us-east-1, eks, get-token, --cluster-name, a, --output, json]
      env:
      - name: AWS_PROFILE
        value: prod
      interactiveMode: IfAvailable
      provideClusterInfo: false
- name: gke
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ./bin/gke-gcloud-auth-plugin
      installHint: Install gke-gcloud-auth-plugin
      provideClusterInfo: true
)";

Result<KubeAccess> read(const std::string& text, const std::string& context = {}) { return parseKubeconfig({ { "/home/me/.kube/config", text } }, context); }

/// One context with this user and cluster.
std::string with(const std::string& user, const std::string& cluster = "server: https://h")
{
    return "current-context: c\ncontexts:\n- {name: c, context: {cluster: k, user: u}}\nclusters:\n- name: k\n  cluster: {" + cluster + "}\nusers:\n- name: u\n  user: {" + user + "}\n";
}

} // namespace

/// How a kubeconfig says where a cluster is, and as whom to speak to it.
class TestKubeconfig final : public QObject
{
    Q_OBJECT

private slots:
    void contextsAreRead();
    void filesAreMergedAndTheFirstCounts();
    void pathsAreRelativeToTheFile();
    void whatIsWrongIsNamed_data();
    void whatIsWrongIsNamed();
    void noErrorHoldsASecret();
};

void TestKubeconfig::contextsAreRead()
{
    const auto aks = read(clouds);
    QVERIFY2(aks, aks ? "" : aks.error().text().c_str());
    QCOMPARE(aks->context, std::string("aks"));
    QCOMPARE(aks->server, std::string("https://a.hcp.eastus.azmk8s.io:443"));
    QCOMPARE(aks->identity.authorities, std::string("---A"));
    QCOMPARE(aks->identity.certificate, std::string("CERT"));
    QCOMPARE(aks->identity.key, std::string("KEY"));
    QCOMPARE(aks->token, std::string("abc"));
    const auto gke = read(clouds, "gke");
    QVERIFY(gke && gke->exec);
    QVERIFY(gke->identity.trustsAnybody && gke->exec->wantsCluster && !gke->exec->needsTerminal);
    QCOMPARE(gke->exec->command, std::string("/home/me/.kube/bin/gke-gcloud-auth-plugin"));
    const auto nobody = read(clouds, "nobody");
    QVERIFY(nobody && !nobody->exec && nobody->token.empty());
}

void TestKubeconfig::filesAreMergedAndTheFirstCounts()
{
    const std::vector<KubeconfigFile> files { { "/a", "contexts:\n- {name: c, context: {cluster: k, user: u}}\nusers:\n- {name: u, user: {token: first}}\n" },
        { "/b", "current-context: c\nclusters:\n- {name: k, cluster: {server: 'https://b'}}\nusers:\n- {name: u, user: {token: second}}\n" } };
    const auto made = parseKubeconfig(files, {});
    QVERIFY2(made, made ? "" : made.error().text().c_str());
    QCOMPARE(made->server, std::string("https://b"));
    QCOMPARE(made->token, std::string("first"));
    QCOMPARE(made->file, std::string("/b"));
}

void TestKubeconfig::pathsAreRelativeToTheFile()
{
    QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkpath(QStringLiteral("pki")));
    const auto write = [&](const char* name, const QByteArray& text) {
        QFile file(folder.filePath(QString::fromLatin1(name)));
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
    };
    QVERIFY(write("pki/ca.pem", "AUTHORITY") && write("config", QByteArray::fromStdString(clouds)));
    const auto eks = openKubeconfig(folder.filePath(QStringLiteral("config")).toStdString(), "arn:aws:eks:us-east-1:1:cluster/a");
    QVERIFY2(eks, eks ? "" : eks.error().text().c_str());
    QCOMPARE(eks->identity.authorities, std::string("AUTHORITY"));
    QCOMPARE(eks->identity.serverName, std::string("kubernetes"));
    QCOMPARE(eks->identity.proxy, std::string("socks5://localhost:1080"));
    QCOMPARE(eks->exec->command, std::string("aws"));
    QCOMPARE(eks->exec->args.size(), std::size_t(8));
    QCOMPARE(eks->exec->env.front().second, std::string("prod"));
    // By the environment, where nothing is named; what is not there is passed over.
    qputenv("KUBECONFIG", "/is/not/there:" + folder.filePath(QStringLiteral("config")).toUtf8());
    QVERIFY(openKubeconfig({}, "aks"));
    qputenv("KUBECONFIG", "/is/not/there");
    const auto none = openKubeconfig({}, {});
    QVERIFY(!none && none.error().text().find("there is no kubeconfig") != std::string::npos);
}

void TestKubeconfig::whatIsWrongIsNamed_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<std::string>("context");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* name, const std::string& text, const char* says, const char* context = "") { QTest::newRow(name) << text << std::string(context) << QByteArray(says); };
    row("no YAML", "clusters: [", "/home/me/.kube/config:1: the kubeconfig is no YAML");
    row("other YAML", "- a\n- b\n", "this is no kubeconfig");
    row("nothing", "", "this is no kubeconfig");
    row("no current context", "contexts: []\n", "current-context is empty");
    row("another context", clouds, "there is no context 'x' (it has aks,", "x");
    row("no cluster", "current-context: c\ncontexts:\n- {name: c, context: {user: u}}\n", "contexts[c].context.cluster is missing");
    row("an unknown cluster", "current-context: c\ncontexts:\n- {name: c, context: {cluster: k, user: u}}\n", "there is no cluster 'k' (clusters is empty)");
    row("an unknown user", "current-context: c\ncontexts:\n- {name: c, context: {cluster: k, user: u}}\nclusters:\n- {name: k, cluster: {server: 'https://h'}}\n", "there is no user 'u'");
    row("no server", with("token: t", "insecure-skip-tls-verify: true"), "clusters[k].cluster.server is missing");
    row("no address", with("token: t", "server: kubernetes"), "clusters[k].cluster.server is no address");
    row("no base64", with("token: t", "server: https://h, certificate-authority-data: '%%%'"), "clusters[k].cluster.certificate-authority-data is not base64");
    row("no file", with("token: t", "server: https://h, certificate-authority: ca.pem"), "clusters[k].cluster.certificate-authority names /home/me/.kube/ca.pem, which cannot be read");
    row("half a certificate", with("client-certificate-data: QQ=="), "users[u].user.client-key is missing");
    row("half a key", with("client-key-data: QQ=="), "users[u].user.client-certificate is missing");
    row("an auth provider", with("auth-provider: {name: gcp}"), "users[u].user.auth-provider is not served any more by Kubernetes (let your cloud's tool");
    row("impersonated groups", with("token: t, as: you, as-groups: [g]"), "users[u].user.as-groups is not supported");
    row("a plugin without a command", with("exec: {apiVersion: client.authentication.k8s.io/v1}"), "users[u].user.exec.command is missing");
    row("a plugin of another age", with("exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: aws}"), "users[u].user.exec.apiVersion is 'client.authentication.k8s.io/v1alpha1'");
    row("a nameless variable", with("exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, env: [{value: x}]}"), "users[u].user.exec.env has an entry without a name");
}

void TestKubeconfig::whatIsWrongIsNamed()
{
    QFETCH(std::string, text);
    QFETCH(std::string, context);
    QFETCH(QByteArray, says);
    const auto made = read(text, context);
    QVERIFY(!made);
    QVERIFY2(made.error().text().find("/home/me/.kube/config") != std::string::npos, made.error().text().c_str());
    QVERIFY2(made.error().text().find(says.toStdString()) != std::string::npos, made.error().text().c_str());
}

void TestKubeconfig::noErrorHoldsASecret()
{
    for (const auto& user : { "token: hunter2, client-key-data: aHVudGVyMg==", "token: hunter2, as-groups: [x]", "password: hunter2, auth-provider: {}", "client-key-data: 'hunter2!', client-certificate-data: QQ==",
             "token: hunter2, exec: {args: [hunter2]}" }) {
        const auto made = read(with(user));
        QVERIFY(!made);
        QVERIFY2(made.error().text().find("hunter2") == std::string::npos, made.error().text().c_str());
    }
    const auto broken = read(with("token: hunter2") + "  : [hunter2\n");
    QVERIFY(!broken);
    QVERIFY2(broken.error().text().find("hunter2") == std::string::npos, broken.error().text().c_str());
}

QTEST_APPLESS_MAIN(TestKubeconfig)
#include "tst_kubeconfig.moc"
