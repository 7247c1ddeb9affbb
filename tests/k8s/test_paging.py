"""Lists that do not go smoothly: pages that fail, tokens that expire, servers that ask for patience."""
import os

from kube_support import QUICK, KubeTest, main

PODS = "*/api/v1/pods"
KEY = "kubernetes_pod"


class Paging(KubeTest):
    def pods(self, fault, *args, pods=1100, code=0, config=QUICK, **more):
        """A scan of pods while 'fault' (or several) strikes; its row, its snapshot and its run."""
        faults = fault if isinstance(fault, list) else [fault]
        self.config = self.write("config.yaml", config)
        self.serve("--pods", str(pods), scenario=dict({"faults": faults}, **more))
        snapshot, result = self.scan("--resource-type", "pods", "--resource-type", "nodes", *args,
                                     code=code)
        return self.row(snapshot, KEY), snapshot, result

    def expect_pods(self, snapshot, count=1100):
        names = [r["id"] for r in snapshot["resources"] if r["type"] == KEY]
        self.assertEqual((len(names), len(set(names))), (count, count))

    def pages(self):
        return [r for r in self.lists() if "/pods?" in r["path"]]

    # ---- tokens ----

    def test_an_expired_token_with_a_fresh_one_goes_on(self):
        row, snapshot, _ = self.pods({"kind": "expired", "path": PODS, "nth": 2})
        self.expect_pods(snapshot)
        self.assertEqual((row["status"], row["consistent"], row["count"]), ("ok", False, 1100))
        # Three pages, and one that was refused: nothing is read twice.
        self.assertEqual(len(self.pages()), 4)
        self.assertEqual(len([r for r in self.pages() if "continue=" not in r["path"]]), 1)

    def test_an_expired_token_without_a_fresh_one_begins_anew(self):
        row, snapshot, _ = self.pods(
            {"kind": "expired", "path": PODS, "nth": 2, "fresh_token": False})
        self.expect_pods(snapshot)
        self.assertEqual((row["status"], row["consistent"], row["count"]), ("ok", False, 1100))
        self.assertEqual(len([r for r in self.pages() if "continue=" not in r["path"]]), 2)

    def test_tokens_that_always_expire(self):
        row, snapshot, _ = self.pods(
            {"kind": "expired", "path": PODS, "fresh_token": False}, code=3)
        self.assertEqual(row["status"], "error")
        self.assertIn("faster than it can be read", row["error"])
        self.assertFalse(row["consistent"])
        self.assertFalse(snapshot["metadata"]["complete"])

    def test_other_types_are_not_called_inconsistent(self):
        self.serve("--pods", "700", scenario={
            "faults": [{"kind": "expired", "path": PODS, "times": 1}]})
        snapshot, _ = self.scan()
        self.expect_all(snapshot)
        torn = [kind for (_, kind), row in self.rows(snapshot).items() if not row["consistent"]]
        self.assertEqual(torn, [KEY])

    def test_a_token_that_repeats_ends_the_list(self):
        row, snapshot, _ = self.pods({"kind": "repeat_token", "path": PODS, "nth": 2}, code=3)
        self.assertEqual(row["status"], "error")
        self.assertIn("repeats a page token", row["error"])
        self.assertLess(len(self.pages()), 5)
        self.assertGreater(len(snapshot["resources"]), 0)

    def test_an_empty_page_with_a_next_one(self):
        for nth in (1, 2, [1, 2, 3]): # in front, in the middle, one after the other
            row, snapshot, _ = self.pods({"kind": "empty_page", "path": PODS, "nth": nth})
            self.expect_pods(snapshot)
            self.assertEqual(row["status"], "ok")
            os.unlink(self.path("out.json"))

    def test_tokens_with_characters_that_mean_something_in_urls(self):
        row, snapshot, _ = self.pods([], kubernetes={"defaults": {"std_tokens": True}})
        self.expect_pods(snapshot)
        self.assertEqual(len(self.pages()), 3)

    # ---- pages that come to harm ----

    def test_every_kind_of_broken_page_is_read_again(self):
        kinds = ["reset", "cut", "truncate", "garbage", "html", "empty", "gzip_corrupt",
                 {"kind": "cut", "chunked": True}, {"kind": "status", "status": 500},
                 {"kind": "status", "status": 502}, {"kind": "status", "status": 503},
                 {"kind": "status", "status": 504}, {"kind": "status", "status": 408}]
        for kind in kinds:
            fault = dict(kind if isinstance(kind, dict) else {"kind": kind}, path=PODS, nth=[1, 3])
            row, snapshot, result = self.pods(fault, pods=600)
            self.expect_pods(snapshot, 600)
            self.assertEqual((row["status"], row["consistent"]), ("ok", True), str(kind))
            struck = [r for r in self.cloud.requests() if r["fault"]]
            self.assertEqual(len(struck), 2, str(kind))
            os.unlink(self.path("out.json"))

    def test_a_page_that_stays_broken_is_an_error_and_hurts_nobody_else(self):
        words = {"garbage": "not a whole document", "cut": "", "empty": "empty answer",
                 "truncate": "not a whole document", "html": "not a whole document"}
        for kind, said in words.items():
            self.serve("--pods", "600", scenario={
                "faults": [{"kind": kind, "path": PODS, "query": "*continue*"}]})
            snapshot, result = self.scan(code=3)
            row = self.row(snapshot, KEY)
            self.assertEqual(row["status"], "error", kind)
            self.assertIn(said, row["error"], kind)
            self.assertEqual(row["count"], 500, kind)
            self.assertEqual([k for (_, k), r in self.rows(snapshot).items()
                              if r["status"] != "ok"], [KEY])
            self.assertEqual(len([r for r in self.cloud.requests() if r["fault"]]), 4, kind)
            os.unlink(self.path("out.json"))

    def test_a_page_without_items_does_not_end_a_list(self):
        """A Status that came with 200, or what a gateway makes up: there may be more."""
        for value in ('{"kind":"Status","status":"Failure","code":500}', "{}"):
            for nth, count in ((1, 0), (2, 500)):
                row, snapshot, _ = self.pods({"kind": "garbage", "value": value, "path": PODS, "nth": nth}, pods=1100,
                                             code=3)
                self.expect_pods(snapshot, count)
                self.assertEqual((row["status"], row["count"]), ("error", count), value)
                self.assertIn('the answer has no list at "items"', row["error"])
                os.unlink(self.path("out.json"))

    def test_an_answer_that_stalls_is_given_up_at_the_deadline(self):
        row, snapshot, result = self.pods(
            {"kind": "stall", "path": PODS, "nth": 3}, "--scan-timeout", "2s", code=3)
        self.assertEqual(row["status"], "timeout")
        self.assertEqual(row["count"], 1000)
        self.expect_pods(snapshot, 1000)

    def test_a_stall_before_the_headers(self):
        row, _, _ = self.pods({"kind": "stall", "path": PODS, "at_bytes": -2},
                              "--scan-timeout", "1s", code=3)
        self.assertEqual(row["status"], "timeout")

    def test_a_first_page_that_is_refused(self):
        for status in (400, 410):
            row, _, _ = self.pods({"kind": "status", "status": status, "path": PODS}, code=3)
            self.assertEqual(row["status"], "error", status)
            self.assertIn("HTTP %d" % status, row["error"])
            self.assertEqual(len(self.pages()), 1, "asked once")
            os.unlink(self.path("out.json"))

    def test_a_type_that_vanished_since_discovery(self):
        self.serve(scenario={"faults": [
            {"kind": "status", "status": 404, "path": "*/widgets", "value": "404 page not found"}]})
        snapshot, _ = self.scan(code=3)
        row = self.row(snapshot, "shop.example.com/Widget")
        self.assertEqual(row["status"], "unavailable")
        self.assertEqual(len([r for (_, k), r in self.rows(snapshot).items()
                              if r["status"] != "ok"]), 1)

    # ---- patience ----

    def test_retry_after_is_waited_for(self):
        row, snapshot, result = self.pods(
            {"kind": "throttle", "path": PODS, "nth": 2, "retry_after_s": 2})
        self.expect_pods(snapshot)
        self.assertEqual(row["status"], "ok")
        pages = self.pages()
        struck = [r for r in pages if r["status"] == 429]
        self.assertEqual(len(struck), 1)
        told = struck[0]["time_ns"] + struck[0]["duration_ns"]
        after = [r for r in self.cloud.requests() if r["time_ns"] > told]
        self.assertGreaterEqual(len(after), 2)
        self.assertGreaterEqual(min(r["time_ns"] for r in after) - told, 1.98e9)

    def test_retry_after_as_a_date(self):
        row, snapshot, _ = self.pods(
            {"kind": "status", "status": 429, "path": PODS, "nth": 1, "retry_after_s": 2,
             "retry_after_date": True})
        self.expect_pods(snapshot)
        self.assertEqual(row["status"], "ok")

    def test_a_server_under_a_rate(self):
        """No storm: of many refusals the pace is learned."""
        self.serve("--objects", "1000", "--rate", "60", "--burst", "10")
        snapshot, _ = self.scan()
        self.expect_all(snapshot)
        requests = self.cloud.requests()
        refused = len([r for r in requests if r["status"] == 429])
        self.assertLess(refused, len(requests) * 0.6)

    def test_many_faults_at_once(self):
        # By the rule's own count: by URL a fault would strike the same request every time.
        self.serve("--objects", "2000", scenario={"seed": 5, "faults": [
            {"kind": kind, "probability": chance, "per": "rule", **more}
            for kind, chance, more in (("status", 0.05, {"status": 500}), ("cut", 0.05, {}),
                                       ("garbage", 0.03, {}), ("expired", 0.3, {}),
                                       ("reset", 0.03, {}), ("slow", 0.1, {"latency_ms": 60}))]})
        snapshot, _ = self.scan()
        self.expect_all(snapshot)
        self.assertGreater(len([r for r in self.cloud.requests() if r["fault"]]), 10)


class Size(KubeTest):
    def test_pages_larger_than_memory_holds(self):
        """500 objects of 100 KB: a page of 50 MB goes through a file."""
        self.serve("--count", "configmaps=600", "--object-bytes", "100000")
        snapshot, _ = self.scan("--resource-type", "configmaps")
        self.assertEqual(self.by_kind(snapshot), {"core/ConfigMap": 600})
        self.assertEqual(self.row(snapshot, "kubernetes_config_map")["status"], "ok")


if __name__ == "__main__":
    main()
