"""What is on offer: the same cluster in every form of discovery, and APIs that are down."""
from kube_support import KubeTest, main


class Discovery(KubeTest):
    def test_every_form_gives_the_same_bytes(self):
        found = {}
        for mode in ("v2", "v2beta1", "classic"):
            self.serve("--objects", "1200", "--discovery", mode)
            snapshot, _ = self.scan("--context", "default", output=mode + ".json")
            self.expect_all(snapshot)
            found[mode] = self.resource_bytes(mode + ".json")
        self.assertEqual(found["v2"], found["classic"])
        self.assertEqual(found["v2"], found["v2beta1"])

    def test_discovery_is_two_calls_where_it_is_aggregated(self):
        self.serve()
        self.scan()
        paths = [r["path"].replace("/clusters/default", "") for r in self.cloud.requests()]
        # All three at once: who is first on the line is nobody's business.
        self.assertEqual(sorted(p for p in paths if "limit=" not in p),
                         ["/api", "/api/v1/namespaces/kube-system", "/apis"])

    def test_a_406_falls_back(self):
        self.serve(scenario={"faults": [
            {"kind": "status", "status": 406, "path": "*/apis", "times": 1},
            {"kind": "status", "status": 406, "path": "*/api", "times": 1}]})
        snapshot, _ = self.scan()
        self.expect_all(snapshot)

    def test_metrics_that_are_down_are_nobody_s_business(self):
        for mode in ("v2", "classic"):
            self.serve("--metrics", "down", "--discovery", mode)
            snapshot, _ = self.scan(output=mode + ".json")
            self.expect_all(snapshot)
            self.assertTrue(snapshot["metadata"]["complete"], mode)

    def test_metrics_that_are_down_and_were_asked_for(self):
        for mode in ("v2", "classic"):
            self.serve("--metrics", "down", "--discovery", mode)
            snapshot, _ = self.scan("--resource-type", "metrics.k8s.io/*",
                                    "--resource-type", "nodes", code=3, output=mode + ".json")
            row = self.row(snapshot, "metrics.k8s.io/*")
            self.assertEqual(row["status"], "unavailable", mode)
            self.assertIn("aggregated API v1beta1.metrics.k8s.io is down", row["error"])
            self.assertEqual(len(self.rows(snapshot)), 2, "one row for it")

    def test_a_group_that_is_down(self):
        for mode, path in (("classic", "*/apis/shop.example.com/v1*"),
                           ("v2", "*/shop.example.com/v1/widgets")):
            self.serve("--discovery", mode, scenario={"faults": [
                {"kind": "status", "status": 503, "path": path, "value": "service unavailable"}]})
            snapshot, result = self.scan(code=3, output=mode + ".json")
            bad = {kind: row["status"] for (_, kind), row in self.rows(snapshot).items()
                   if row["status"] != "ok"}
            self.assertEqual(set(bad.values()), {"unavailable"}, mode)
            self.assertEqual(len(bad), 1, mode)
            self.assertIn("shop.example.com", list(bad)[0])
            self.assertIn("kubectl get apiservices", result.err)

    def test_a_group_that_is_down_but_not_wanted(self):
        self.serve("--discovery", "classic", scenario={"faults": [
            {"kind": "status", "status": 503, "path": "*/apis/shop.example.com/*"}]})
        snapshot, _ = self.scan("--resource-type", "kubernetes_*")
        self.assertTrue(snapshot["metadata"]["complete"])
        self.assertFalse([r for r in self.cloud.requests() if "/shop." in r["path"]],
                         "not even asked for")

    def test_discovery_that_fails_altogether(self):
        self.serve(scenario={"faults": [
            {"kind": "status", "status": 500, "path": "*/api"},
            {"kind": "garbage", "path": "*/apis"}]})
        snapshot, result = self.scan(code=1)
        self.assertIsNone(snapshot)

    def test_a_cluster_whose_name_cannot_be_read_is_not_listed(self):
        self.serve(scenario={"faults": [
            {"kind": "status", "status": 500, "path": "*/namespaces/kube-system"}]})
        snapshot, result = self.scan(code=1)
        self.assertIsNone(snapshot)
        ahead = {"configmaps", "endpoints", "persistentvolumeclaims", "pods", "secrets", "serviceaccounts",
                 "services"}
        asked = [r["path"].split("?")[0].rsplit("/", 1)[1] for r in self.lists()]
        self.assertLessEqual(set(asked), ahead, "none but what every cluster has")
        self.assertEqual(len(asked), len(set(asked)), "and their answers, which waited, were left at that")

    def test_pods_are_on_their_way_before_the_cluster_has_a_name(self):
        self.serve("--namespaces", "7", "--latency-ms", "300")
        snapshot, _ = self.scan()
        self.expect_all(snapshot)
        asked = [r["path"].replace("/clusters/default", "").split("?")[0] for r in self.cloud.requests()]
        self.assertIn("/api/v1/pods", asked[:10], "with the first questions")
        first_pages = [r["path"] for r in self.lists() if "continue=" not in r["path"]]
        self.assertEqual(len(first_pages), len(set(first_pages)), "and once")


if __name__ == "__main__":
    main()
