"""Long lists over all namespaces are read in several at once, at one moment."""
import os

from kube_support import KubeTest, main

KEY = "kubernetes_pod"


class Split(KubeTest):
    COUNT = 3500

    def pods(self, faults=(), args=(), code=0, serve=()):
        self.serve("--pods", str(self.COUNT), *(serve or ("--namespaces", "15")), scenario={"faults": list(faults)})
        snapshot, _ = self.scan("--resource-type", KEY, *args, code=code)
        names = [r["id"] for r in snapshot["resources"] if r["type"] == KEY]
        self.assertEqual((len(names), len(set(names))), (self.COUNT, self.COUNT))
        self.paths = [r["path"].split("/api/v1/")[1] for r in self.lists() if "/pods?" in r["path"]]
        return self.row(snapshot, KEY), snapshot

    def whole(self):
        return [path for path in self.paths if path.startswith("pods?")]

    def test_namespaces_side_by_side(self):
        row, _ = self.pods()
        self.assertEqual((row["status"], row["consistent"], row["count"]), ("ok", True, self.COUNT))
        begun = [path for path in self.paths if "continue=" not in path and path.startswith("namespaces/")]
        self.assertGreater(len(begun), 8)
        self.assertEqual(len(begun), len(set(begun)))
        for path in begun:
            self.assertRegex(path, "resourceVersion=[0-9]+&resourceVersionMatch=Exact$")
        for path in set(self.paths) - set(begun):
            self.assertNotIn("resourceVersion", path)
        self.assertLess(len(self.whole()), 4)

    def test_the_same_comes_of_it(self):
        """As of one list after the other, byte for byte."""
        self.pods()
        names = [word for name in ["default", "kube-node-lease", "kube-public", "kube-system"] +
                 ["team-%03d" % n for n in range(20)] for word in ("--namespace", name)]
        self.scan("--resource-type", KEY, *names, output="names.json")
        apart = {r["id"]: r["metadata"]["checksum"] for r in self.load("names.json")["resources"]}
        together = {r["id"]: r["metadata"]["checksum"] for r in self.load("out.json")["resources"] if r["type"] == KEY}
        self.assertEqual(apart, together)

    def test_who_may_not_list_namespaces_has_one_list(self):
        row, _ = self.pods([{"kind": "status", "status": 403, "path": "*/api/v1/namespaces"}])
        self.assertEqual((row["status"], row["consistent"], row["count"]), ("ok", True, self.COUNT))
        self.assertEqual(len(self.whole()), self.COUNT // 500)
        self.assertEqual(self.paths, self.whole())

    def test_a_scan_that_ends_before_the_namespaces_are_known_has_not_seen_the_list(self):
        self.serve("--pods", str(self.COUNT), "--namespaces", "15", scenario={"faults": [
            {"kind": "stall", "path": "*/api/v1/namespaces", "stall_ms": 60000}]})
        snapshot, _ = self.scan("--resource-type", KEY, "--scan-timeout", "3s", code=3)
        self.assertEqual(self.row(snapshot, KEY)["status"], "timeout")
        self.assertFalse(snapshot["metadata"]["complete"])
        self.assertLess(len(snapshot["resources"]), self.COUNT)

    def test_a_moment_that_is_forgotten(self):
        """The namespace is read as it is now, and the row says so."""
        row, _ = self.pods([{"kind": "status", "status": 410, "path": "*/namespaces/team-003/pods",
                             "query": "*resourceVersion=*"}])
        self.assertEqual((row["status"], row["consistent"], row["count"]), ("ok", False, self.COUNT))

    def test_tokens_that_expire(self):
        for fresh in (True, False):
            row, _ = self.pods([{"kind": "expired", "path": "*/pods", "query": "*continue=*", "nth": [1, 2, 4],
                                 "fresh_token": fresh}], serve=("--namespaces", "7"))
            self.assertEqual((row["status"], row["consistent"]), ("ok", False))
            self.assertEqual(row["count"], self.COUNT)
            os.unlink(self.path("out.json"))

    def test_a_namespace_that_is_refused_is_said(self):
        self.serve("--pods", str(self.COUNT), "--namespaces", "15", scenario={"faults": [
            {"kind": "status", "status": 403, "path": "*/namespaces/team-003/pods"}]})
        snapshot, _ = self.scan("--resource-type", KEY, code=3)
        row = self.row(snapshot, KEY)
        self.assertEqual(row["status"], "denied")
        self.assertIn("team-003", row["error"])
        spaces = {r.get("namespace") for r in snapshot["resources"] if r["type"] == KEY}
        self.assertNotIn("team-003", spaces)
        self.assertIn("team-004", spaces)


if __name__ == "__main__":
    main()
