"""Who asks: rights that do not reach everywhere, credentials that are refused, and what is never mixed."""
import base64
import json
import os

from kube_support import KubeTest, TinyCluster, main

LIST = ["get", "list"]


class Rights(KubeTest):
    def as_user(self, *rules, namespace=None, incomplete=False, pods=200, code=3, faults=(), args=()):
        user = {"name": "user", "token": "t", "incomplete": incomplete, "rules": list(rules)}
        self.serve("--pods", str(pods), scenario={"users": [user], "faults": list(faults)})
        context = {"namespace": namespace} if namespace else {}
        return self.scan(*args, kubeconfig=self.kubeconfig({"token": "t"}, **context), code=code)

    def order(self):
        """Every request as (what, namespace) in order of arrival, without discovery."""
        order = []
        for request in sorted(self.cloud.requests(), key=lambda r: r["n"]):
            path = request["path"].split("?")[0]
            order.append((request["method"], path, request["status"]))
        return order

    def test_some_types_everywhere_and_pods_in_two_namespaces(self):
        snapshot, result = self.as_user(
            {"verbs": LIST, "resources": ["nodes", "configmaps", "namespaces"]},
            {"verbs": LIST, "resources": ["pods"], "namespaces": ["team-000", "team-001"]})
        rows = self.rows(snapshot)
        for kind in ("kubernetes_node", "kubernetes_config_map", "kubernetes_namespace"):
            self.assertEqual(rows["x", kind]["status"], "ok")
        pods = rows["x", "kubernetes_pod"]
        self.assertEqual(pods["status"], "denied")
        self.assertIn("cluster-wide list forbidden; looked into 2 of 8 namespaces: team-000 and team-001 (",
                      pods["error"])
        self.assertIn("cluster-wide list forbidden, and so in each of 8 namespaces (",
                      rows["x", "kubernetes_secret"]["error"])
        found = {r["namespace"] for r in snapshot["resources"] if r["type"] == "kubernetes_pod"}
        self.assertEqual(found, {"team-000", "team-001"})
        counted = sum(1 for r in snapshot["resources"] if r["type"] == "kubernetes_pod")
        self.assertEqual(pods["count"], counted)
        truth = sum(r["count"] for ns in found
                    for r in self.get("/_fakecloud/counts?namespace=" + ns)["clusters"]["default"]
                    ["resources"] if (r["group"], r["resource"]) == ("", "pods"))
        self.assertEqual(counted, truth)
        self.assertIn("may not be listed over all namespaces", result.err)

    def test_the_review_comes_before_any_list_in_a_namespace(self):
        self.as_user({"verbs": LIST, "resources": ["namespaces"]},
                     {"verbs": LIST, "resources": ["pods"], "namespaces": ["team-000"]})
        order = self.order()
        reviews = [i for i, (method, path, _) in enumerate(order)
                   if path.endswith("/selfsubjectrulesreviews")]
        inside = [i for i, (_, path, _) in enumerate(order)
                  if "/api/v1/namespaces/" in path and not path.endswith("/kube-system")]
        self.assertEqual(len(reviews), 8, "one for each namespace")
        self.assertEqual({order[i][0] for i in reviews}, {"POST"})
        self.assertEqual([order[i][1] for i in inside], ["/api/v1/namespaces/team-000/pods"])
        self.assertGreater(inside[0], reviews[0])
        self.assertFalse([o for o in order if o[0] == "POST" and "selfsubjectrules" not in o[1]])
        # One refusal for each type, none in a namespace.
        refused = [path for _, path, status in order if status == 403]
        self.assertEqual(len(refused), len(set(refused)))

    def test_only_the_namespace_of_the_context(self):
        snapshot, _ = self.as_user({"verbs": LIST, "namespaces": ["team-002"]},
                                   namespace="team-002")
        spaces = {r.get("namespace") for r in snapshot["resources"]}
        self.assertEqual(spaces, {"team-002"})
        row = self.row(snapshot, "kubernetes_pod", "x")
        self.assertEqual(row["status"], "denied")
        self.assertIn("1 of 1 namespace that the kubeconfig names", row["error"])

    def test_a_named_namespace_is_seen_whole(self):
        snapshot, _ = self.as_user({"verbs": LIST, "namespaces": ["team-002"]}, code=0,
                                   args=("--namespace", "team-002"))
        self.assertTrue(snapshot["metadata"]["complete"])

    def test_namespaces_and_nothing_else(self):
        snapshot, _ = self.as_user({"verbs": LIST, "resources": ["namespaces"]})
        self.assertEqual(self.by_kind(snapshot), {"core/Namespace": 8})
        for (_, kind), row in self.rows(snapshot).items():
            self.assertEqual(row["status"], "ok" if kind == "kubernetes_namespace" else "denied")

    def test_no_right_at_all(self):
        snapshot, result = self.as_user(code=1)
        self.assertIsNone(snapshot)
        self.assertIn("No snapshot was written", result.err)

    def test_an_incomplete_review_tries(self):
        snapshot, _ = self.as_user(
            {"verbs": LIST, "resources": ["namespaces"]},
            {"verbs": LIST, "resources": ["pods"], "namespaces": ["team-000"]}, incomplete=True)
        self.assertEqual({r.get("namespace") for r in snapshot["resources"]
                          if r["type"] == "kubernetes_pod"}, {"team-000"})
        self.assertEqual(self.row(snapshot, "kubernetes_pod", "x")["status"], "denied")

    def test_a_review_that_is_refused_or_broken_tries(self):
        for status in (403, 404, 500):
            snapshot, result = self.as_user(
                {"verbs": LIST, "resources": ["namespaces"]},
                {"verbs": LIST, "resources": ["pods"], "namespaces": ["team-000"]},
                faults=[{"kind": "status", "status": status, "path": "*rulesreviews"}],
                args=("--resource-type", "{pods,namespaces}"))
            self.assertEqual({r.get("namespace") for r in snapshot["resources"]
                              if r["type"] == "kubernetes_pod"}, {"team-000"}, status)
            row = self.row(snapshot, "kubernetes_pod", "x")
            self.assertEqual(row["status"], "denied")
            self.assertIn("forbidden; looked into 8 of 8 namespaces: ", row["error"])
            self.assertEqual(set(self.rows(snapshot)),
                             {("x", "kubernetes_pod"), ("x", "kubernetes_namespace")})

    def test_who_cannot_read_kube_system_gets_ids_all_the_same(self):
        snapshot, _ = self.as_user({"verbs": ["list"]}, code=0)
        self.expect_all(snapshot)
        clusters = {r["id"].split("/")[2] for r in snapshot["resources"]}
        self.assertEqual(len(clusters), 1)
        self.assertRegex(clusters.pop(), r"^[0-9a-f]{32}$")

    def test_discovery_half_forbidden(self):
        self.serve(scenario={"faults": [{"kind": "status", "status": 403, "path": "*/apis"}]})
        snapshot, _ = self.scan(code=3)
        groups = {r["metadata"]["native_type"].split("/")[0] for r in snapshot["resources"]}
        self.assertEqual(groups, {"core"})
        self.assertEqual(self.row(snapshot, None)["status"], "denied")


class Refused(KubeTest):
    def test_a_wrong_token(self):
        self.serve("--token", "admin=right")
        snapshot, result = self.scan(kubeconfig=self.kubeconfig({"token": "wrong"}), code=4)
        self.assertIsNone(snapshot)
        self.assertIn("log in again", result.err)
        self.assertNotIn("wrong", result.err)

    def test_one_of_two_clusters_refuses(self):
        self.serve("--token", "admin=right", scenario={
            "kubernetes": {"clusters": {"a": {}, "b": {}}}})
        config = {"current-context": "a", "contexts": [], "clusters": [], "users": [
            {"name": "good", "user": {"token": "right"}},
            {"name": "bad", "user": {"token": "wrong"}}]}
        for name, user in (("a", "good"), ("b", "bad")):
            server = "http://127.0.0.1:%d/clusters/%s" % (self.cloud.port, name)
            config["clusters"].append({"name": name, "cluster": {"server": server}})
            config["contexts"].append({"name": name, "context": {"cluster": name, "user": user}})
        snapshot, _ = self.scan("--context", "all", code=3,
                                kubeconfig=self.write("two", json.dumps(config)))
        self.assertEqual({r["account"] for r in snapshot["resources"]}, {"a"})
        self.assertEqual(self.row(snapshot, None, "b")["status"], "denied")
        self.expect_all(snapshot, "a")

    def test_passwords_impersonation_and_nobody(self):
        self.serve("--basic", "ann:p:w")
        snapshot, _ = self.scan(kubeconfig=self.kubeconfig({"username": "ann", "password": "p:w"}))
        self.expect_all(snapshot)
        self.assertEqual({r["user"] for r in self.cloud.requests()}, {"ann"})
        self.scan(kubeconfig=self.kubeconfig({}), code=4, output="none.json")

    def test_no_connection_carries_two_users(self):
        self.serve("--pods", "3000", scenario={
            "users": [{"name": "u%d" % i, "token": "t%d" % i, "admin": True} for i in range(6)]})
        config = {"contexts": [], "users": [], "clusters": [
            {"name": "c", "cluster": {"server": "http://127.0.0.1:%d" % self.cloud.port}}]}
        for i in range(6):
            config["users"].append({"name": "u%d" % i, "user": {"token": "t%d" % i}})
            config["contexts"].append({"name": "x%d" % i,
                                       "context": {"cluster": "c", "user": "u%d" % i}})
        self.scan("--context", "all", kubeconfig=self.write("six", json.dumps(config)))
        users = {}
        for request in self.cloud.requests():
            users.setdefault(request["connection"], set()).add(request["user"])
        self.assertEqual(set().union(*users.values()), {"u%d" % i for i in range(6)})
        self.assertEqual([c for c, who in users.items() if len(who) > 1], [])


def jwt(subject, number):
    """A token of that subject; each number gives another one."""
    parts = [{"alg": "none"}, {"iss": "https://login.example", "sub": subject, "exp": 4000000000 + number}]
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + ".s"


class Whose(KubeTest):
    """What one has read is given again to nobody else: not by --max-age, not because it is fresh."""

    def tiny(self, *good, **headers):
        cluster = TinyCluster({("example.com", "v1", "lamps"): [
            {"kind": "Lamp", "metadata": {"name": "desk", "namespace": "shop", "uid": "u-2"}}]},
            admits=lambda header: header in ["Bearer " + token for token in good], headers=headers)
        self.addCleanup(cluster.close)
        self.cluster = cluster
        return cluster

    def read(self, user, *args, code=0):
        """The names that the user's scan found, and how often the list was asked for."""
        self.cluster.asked.clear()
        if os.path.exists(self.path("out.json")):
            os.unlink(self.path("out.json"))
        self.write("kubeconfig", json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "x",
            "clusters": [{"name": "c", "cluster": {"server": self.cluster.url}}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}]}))
        snapshot, _ = self.scan(*args, code=code, kubeconfig=self.path("kubeconfig"))
        names = [r["name"] for r in snapshot["resources"]] if snapshot else []
        return names, sum("lamps" in path for path in self.cluster.asked)

    def plugin(self, *words):
        return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never",
                         "command": self.path("plugin"), "args": list(words)}}

    def gives(self, token):
        self.write("plugin", "#!/bin/sh\necho '%s'\n" % json.dumps({
            "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
            "status": {"token": token}}))
        os.chmod(self.path("plugin"), 0o755)

    def never_mixed(self, *args):
        self.assertEqual(self.read({"token": "alice"}, *args), (["desk"], 1))
        self.assertEqual(self.read({"token": "alice"}, *args), (["desk"], 0))
        self.assertEqual(self.read({"token": "bobby"}, *args, code=1)[0], [])

    def test_pages_that_are_young_enough(self):
        self.tiny("alice")
        self.never_mixed("--max-age", "1h")

    def test_answers_that_are_fresh(self):
        self.tiny("alice", **{"Cache-Control": "private, max-age=600"})
        self.never_mixed()

    def test_a_file_with_a_new_token_of_the_same_subject(self):
        self.tiny(jwt("alice", 1), jwt("alice", 2))
        user = {"tokenFile": self.path("token")}
        for number, asked in ((1, 1), (2, 0)):
            self.write("token", jwt("alice", number))
            self.assertEqual(self.read(user, "--max-age", "1h"), (["desk"], asked))
        self.write("token", jwt("bobby", 3))
        self.assertEqual(self.read(user, "--max-age", "1h", code=1)[0], [])

    def test_a_plugin_with_a_new_token_of_the_same_subject(self):
        self.tiny(jwt("alice", 1), jwt("alice", 2))
        for number, asked in ((1, 1), (2, 0)):
            self.gives(jwt("alice", number))
            self.assertEqual(self.read(self.plugin(), "--max-age", "1h"), (["desk"], asked))
        self.gives(jwt("bobby", 3))
        self.assertEqual(self.read(self.plugin(), "--max-age", "1h", code=1)[0], [])

    def test_a_plugin_whose_tokens_say_nothing_is_known_by_how_it_is_run(self):
        self.tiny("one", "two")
        for token, asked in (("one", 1), ("two", 0)):
            self.gives(token)
            self.assertEqual(self.read(self.plugin("alice"), "--max-age", "1h"), (["desk"], asked))
        self.gives("three")
        self.assertEqual(self.read(self.plugin("bobby"), "--max-age", "1h", code=1)[0], [])

    def test_the_context_leads_to_another_cluster(self):
        self.tiny("alice")
        self.read({"token": "alice"}, "--max-age", "1h")
        self.tiny("alice")
        self.assertEqual(self.read({"token": "alice"}, "--max-age", "1h"), (["desk"], 1))


if __name__ == "__main__":
    main()
