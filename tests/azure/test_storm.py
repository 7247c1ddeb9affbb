"""866 resources behind heavy throttling: all of them in every one of twenty runs, or the snapshot says what is not."""
import shutil

from azure_support import AzureTest, main

RUNS = 20
RESOURCES = 866


class Storm(AzureTest):
    def storm(self, seed, faults=None):
        storm = [{"kind": "throttle", "probability": 0.12, "retry_after_s": 1},
                  {"kind": "status", "status": 503, "probability": 0.08},
                  {"kind": "cut", "probability": 0.05}, {"kind": "reset", "probability": 0.05}]
        storm = [{**fault, "path": "/azure/arm/*", "per": "connection"} for fault in storm]
        azure = {"subscriptions": 1, "objects": RESOURCES, "page_size": 60}
        self.cloud = self.fakecloud(scenario={"seed": seed, "azure": azure, "faults": faults or storm})
        self.counts = self.get("/_fakecloud/counts")["azure"]

    def kinds(self):
        return {name.lower(): kind["total"] for name, kind in self.counts["types"].items()
                if kind["table"] == "resources" and kind["total"]}

    def found(self, snapshot):
        kinds = self.kinds()
        return {r["id"] for r in snapshot["resources"] if r["metadata"]["native_type"].lower() in kinds}

    def test_every_run_finds_all(self):
        wanted = faulty = 0
        for seed in range(1, RUNS + 1):
            with self.subTest(seed=seed):
                self.storm(seed)
                wanted = sum(self.kinds().values())
                self.assertEqual(wanted, RESOURCES)
                snapshot, _ = self.scan("--azure-source", "graph", "--state-dir", self.path("state-%d" % seed))
                self.assertEqual(len(self.found(snapshot)), RESOURCES)
                self.assertEqual(self.rows(snapshot), [])
                faulty += len([r for r in self.asked if r["fault"]])
            self.cloud.stop()
            shutil.rmtree(self.cloud.dir)
        self.assertGreater(faulty, RUNS)

    def test_a_deadline_that_comes_first_is_said(self):
        self.storm(1, [{"kind": "stall", "path": "*/resources*", "nth": 8, "stall_ms": 100000}])
        snapshot, result = self.scan("--azure-source", "graph", "--scan-timeout", "5s", code=3)
        self.assertGreater(len(self.found(snapshot)), 0)
        self.assertLess(len(self.found(snapshot)), RESOURCES)
        rows = self.rows(snapshot)
        self.assertTrue(rows)
        self.assertEqual({row["status"] for row in rows} - {"timeout", "incomplete", "partial"}, set(), rows)
        self.assertIn(self.counts["subscriptions"][0], str(rows))
        self.assertIn("partial", result.err)


if __name__ == "__main__":
    main()
