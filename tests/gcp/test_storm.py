"""500 assets of three projects behind random faults: all of them in every run, or the snapshot says what is not."""
import re

from gcp_support import GcpTest, main

# Both together are the 500: what stands in the three projects, and the folders above them.
IN_EACH, FOLDERS = 166, 2
DEADLINE_S = 6


class Storm(GcpTest):
    def storm(self, seed, **scenario):
        faults = [{"kind": "throttle", "probability": 0.02, "retry_after_s": 1},
                  {"kind": "status", "status": 503, "probability": 0.05},
                  {"kind": "cut", "probability": 0.04}, {"kind": "reset", "probability": 0.04}]
        self.serve("--gcp-objects", str(IN_EACH), seed=seed, faults=faults, **scenario)

    def calm(self, source, seed):
        """What there is, by a scan that nothing disturbs: what declares itself, and no less."""
        self.serve("--gcp-objects", str(IN_EACH), seed=seed)
        self.assertEqual(sum(project["assets"] for project in self.declared["projects"]) + FOLDERS, 500)
        snapshot, _ = self.scan("--gcp-source", source, "--no-cache", output="calm.json")
        ids = self.ids(snapshot)
        self.assertGreaterEqual(len(ids), 500)
        self.assertEqual(self.rows(snapshot, "skipped"), [])
        return ids

    def runs(self, seeds):
        struck = {"auto": 0, "asset": 0, "native": 0}
        for seed in seeds:
            for source in struck:
                with self.subTest(seed=seed, source=source):
                    wanted = self.calm(source, seed)
                    self.storm(seed)
                    snapshot, _ = self.scan("--gcp-source", source, "--no-cache")
                    self.assertEqual(self.ids(snapshot), wanted)
                    self.assertEqual(self.rows(snapshot, "skipped"), [])
                    self.assertTrue(snapshot["metadata"]["complete"])
                    self.assertEqual(self.resource_bytes("out.json"), self.resource_bytes("calm.json"))
                    struck[source] += len([r for r in self.asked if r["fault"]])
        return struck

    def deadline(self, seed):
        """Answers are slow enough that no machine is done before the deadline."""
        wanted = self.calm("native", seed)
        self.storm(seed, latency_ms=500)
        snapshot, result = self.scan("--gcp-source", "native", "--no-cache", "--scan-timeout", "%ds" % DEADLINE_S,
                                     code=3)
        found = self.ids(snapshot)
        self.assertGreater(len(found), 0)
        self.assertLess(found, wanted)
        self.assertFalse(snapshot["metadata"]["complete"])
        late = [row for row in self.rows(snapshot, "skipped") if row["status"] == "timeout"]
        self.assertTrue(late)
        # Each project that lacks something has a row that says so: it names the project.
        lacking = {project for name in wanted - found for project in re.findall("/projects/(fake-project-[0-9]+)", name)}
        self.assertTrue(lacking)
        named = {account for row in late for account in
                 (row["account"] if isinstance(row.get("account"), list) else [row.get("account")])}
        self.assertLessEqual(lacking, named, late)
        for row in late:  # the types, or the step on the way to them
            self.assertTrue(row.get("type") or "session." in row["error"], row)
        self.assertIn("partial", result.err)
        self.assertIn("--scan-timeout", result.err)
        self.assert_valid("out.json")


class Everyday(Storm):
    def test_three_seeds_find_all(self):
        struck = self.runs(range(1, 4))
        self.assertGreater(struck["native"], 100)
        self.assertGreater(struck["auto"], 10)
        self.assertGreater(struck["asset"], 0)

    def test_a_deadline_in_the_storm_is_said(self):
        self.deadline(1)


class Slow(Storm):
    def test_twenty_seeds_find_all(self):
        struck = self.runs(range(1, 21))
        self.assertGreater(struck["native"], 700)
        self.assertGreater(struck["auto"], 70)
        self.assertGreater(struck["asset"], 5)

    def test_deadlines_in_other_storms(self):
        for seed in range(2, 6):
            with self.subTest(seed=seed):
                self.deadline(seed)


if __name__ == "__main__":
    main()
