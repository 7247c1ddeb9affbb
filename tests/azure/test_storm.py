"""866 resources behind heavy throttling: all of them in every run, or the snapshot says what is not."""
from azure_support import AzureTest, main

RESOURCES = 866
DEADLINE_S = 7


class Storm(AzureTest):
    def storm(self, seed, faults=None, path="/azure/arm/*", page_size=60, **more):
        storm = [{"kind": "throttle", "probability": 0.12, "retry_after_s": 1},
                  {"kind": "status", "status": 503, "probability": 0.08},
                  {"kind": "cut", "probability": 0.05}, {"kind": "reset", "probability": 0.05}]
        storm = [{**fault, "path": path, "per": "connection"} for fault in storm]
        azure = {"subscriptions": 1, "objects": RESOURCES, "page_size": page_size}
        self.serve_scenario({"seed": seed, "azure": azure, "faults": storm if faults is None else faults, **more})

    def kinds(self):
        return {name.lower(): kind["total"] for name, kind in self.counts["types"].items()
                if kind["table"] == "resources" and kind["total"]}

    def found(self, snapshot):
        kinds = self.kinds()
        return {r["id"] for r in snapshot["resources"] if r["metadata"]["native_type"].lower() in kinds}

    def calm(self, seed):
        """What there is, by a scan that nothing disturbs."""
        self.storm(seed, faults=[])
        snapshot, _ = self.scan("--azure-source", "graph", output="calm.json")
        self.assertEqual(sum(self.kinds().values()), RESOURCES)
        self.assertEqual(len(self.found(snapshot)), RESOURCES)
        return {r["id"] for r in snapshot["resources"]}

    def runs(self, seeds):
        faulty = 0
        for seed in seeds:
            with self.subTest(seed=seed):
                wanted = self.calm(seed)
                self.storm(seed)
                snapshot, _ = self.scan("--azure-source", "graph")
                self.assertEqual({r["id"] for r in snapshot["resources"]}, wanted)
                self.assertEqual(len(snapshot["resources"]), len(wanted))
                self.assertEqual(self.rows(snapshot), [])
                self.assertEqual(self.resource_bytes("out.json"), self.resource_bytes("calm.json"))
                faulty += len([r for r in self.asked if r["fault"]])
        self.assertGreater(faulty, len(seeds))

    def late(self, snapshot, result):
        """The snapshot has a part of what there is, and says where the rest would be."""
        self.assertGreater(len(self.found(snapshot)), 0)
        self.assertLess(len(self.found(snapshot)), RESOURCES)
        self.assertFalse(snapshot["metadata"]["complete"])
        rows = self.rows(snapshot)
        self.assertTrue(rows)
        for row in rows:  # whom the server told to wait until after the deadline, it did not let in
            asked_to_wait = "asked for a pause" in row["error"]
            self.assertEqual(row["status"], "throttled" if asked_to_wait else "timeout", rows)
        self.assertEqual({row["account"] for row in rows}, {self.counts["subscriptions"][0]}, rows)
        self.assertTrue(all(row["type"] for row in rows), rows)
        self.assertIn("partial", result.err)
        if any(row["status"] == "timeout" for row in rows):
            self.assertIn("--scan-timeout", result.err)
        self.assert_valid("out.json")

    def deadline(self, seed):
        """44 pages come one after the other, and slowly: no machine is done before the deadline. Only they are struck, so
        that none spends all its time on the way to the first."""
        wanted = self.calm(seed)
        self.storm(seed, path="*/providers/Microsoft.ResourceGraph/*", page_size=20, latency_ms=300)
        snapshot, result = self.scan("--azure-source", "graph", "--scan-timeout", "%ds" % DEADLINE_S, code=3)
        self.assertLess({r["id"] for r in snapshot["resources"]}, wanted)
        self.late(snapshot, result)
        self.assertTrue([r for r in self.asked if r["fault"]])


class Everyday(Storm):
    def test_three_runs_find_all(self):
        self.runs(range(1, 4))

    def test_a_deadline_in_the_storm_is_said(self):
        self.deadline(1)

    def test_a_deadline_that_comes_first_is_said(self):
        self.storm(1, [{"kind": "stall", "path": "*/resources*", "nth": 8, "stall_ms": 100000}])
        snapshot, result = self.scan("--azure-source", "graph", "--scan-timeout", "5s", code=3)
        self.late(snapshot, result)


class Slow(Storm):
    def test_twenty_runs_find_all(self):
        self.runs(range(1, 21))

    def test_deadlines_in_other_storms(self):
        for seed in range(2, 6):
            with self.subTest(seed=seed):
                self.deadline(seed)


if __name__ == "__main__":
    main()
