"""Who asks: rights that do not reach everywhere, credentials that are refused, and what is never mixed."""
import json

from kube_support import KubeTest, main

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


if __name__ == "__main__":
    main()
