#!/usr/bin/env python3
"""The benchmarks as they are called, at sizes of no meaning: they run, and leave what they promise."""
import json
import os
import shutil
import unittest
import xml.etree.ElementTree

from bench_case import BINARY, MICRO, SCAN, BenchCase

PERF = os.path.join(SCAN, "perf_concurrent.py")
MICROS = os.path.join(MICRO, "perf_bench.py")


class Runs(BenchCase):
    def measure(self, script, *flags, code=0, name="out.json", **more):
        done = self.run_script(script, "--tiny", "--out", self.path(name), *flags, code=code, **more)
        with open(self.path(name), encoding="utf-8") as file:
            data = json.load(file)
        for ratio in data["ratios"].values():
            self.assertIn(ratio["better"], ("lower", "higher"))
            self.assertGreater(ratio["value"], 0)
            self.assertEqual("limit" in ratio, "good" in ratio)
        for each in ("commit", "machine", "utc", "load", "tables", "skipped"):
            self.assertIn(each, data)
        return data, done

    def test_whole_scans(self):
        data, done = self.measure(PERF, "small", "scopes", "matrix", "window")
        self.assertEqual(set(data["tables"]), {"small_scan", "scopes", "matrix", "window"})
        self.assertEqual([(row["providers"], row["mode"]) for row in data["tables"]["matrix"]],
                         [(5, "sequential"), (5, "concurrent")])
        for row in data["tables"]["matrix"]:
            for key in ("wall_s", "collection_s", "cpu_s", "peak_mb", "calls_per_s", "resources_per_s", "to_bare",
                        "cpu_to_bare", "cloud_cpu_s"):
                self.assertGreater(row[key], 0, key)
            self.assertEqual(row["share_of_ideal"] is None, row["mode"] == "sequential")
            # The loop fetched what the scan read, and nothing else.
            self.assertLessEqual(row["bare"]["calls"], row["calls"])
            self.assertGreater(row["bare"]["bytes"], 0)
        found = {row["resources"] for row in data["tables"]["matrix"]}
        self.assertEqual(len(found), 1, "both modes find the same")
        self.assertIn("scopes/2/share_of_ideal", data["ratios"])
        root = xml.etree.ElementTree.parse(self.path("out.svg")).getroot()
        self.assertTrue(root.tag.endswith("svg"))
        self.assertIn("promises not kept", done.stdout)

    def test_pages_and_transport(self):
        data, _ = self.measure(PERF, "transport", "pages")
        for name in ("transport/small/http1/calls_per_s", "pages/wall", "pages/cpu"):
            self.assertIn(name, data["ratios"])
            self.assertIn("good", data["ratios"][name])
        self.assertEqual([row["latency_ms"] for row in data["tables"]["pages"]], [100, 0])
        if not shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            self.assertIn("nginx", json.dumps(data["skipped"]))

    def test_the_baseline_judges(self):
        data, _ = self.measure(PERF, "spill")
        self.assertEqual(data["tables"]["spill"][0]["checked"], 20000)
        self.assertTrue(data["ratios"]["spill/whole"]["good"])
        peak = data["ratios"]["spill/peak_of_promise"]
        for name, value, code in (("better", 2.0, 0), ("worse", 0.4, 1)):
            old = json.loads(json.dumps(data))
            old["ratios"]["spill/peak_of_promise"]["value"] = peak["value"] * value
            with open(self.path(name), "w", encoding="utf-8") as file:
                json.dump(old, file)
            _, done = self.measure(PERF, "spill", "--baseline", self.path(name), code=code, name="again.json")
            self.assertEqual("WORSE spill/peak_of_promise" in done.stdout, code == 1, done.stdout)
        other = dict(data, ratios={"else": {"value": 1, "better": "lower"}})
        with open(self.path("other"), "w", encoding="utf-8") as file:
            json.dump(other, file)
        _, done = self.measure(PERF, "spill", "--baseline", self.path("other"), code=1, name="again.json")
        self.assertIn("nothing to compare", done.stderr)
        for script in (PERF, MICROS):  # told before anything is measured
            done = self.run_script(script, "--tiny", "--out", self.path("never"), "--baseline", self.path("absent"), code=1)
            self.assertIn("the baseline %s" % self.path("absent"), done.stderr)
            self.assertNotIn("Traceback", done.stderr)
            self.assertEqual(done.stdout, "")

    def test_the_parts(self):
        data, _ = self.measure(MICROS, "--only", "harnessed", "--only", "merge", "--only", "write", "--only",
                               "instructions")
        self.assertEqual({"bench_limits", "bench_queue", "merge"} - set(data["tables"]), set())
        for table in ("bench_limits", "bench_queue"):
            for case in data["tables"][table].values():
                self.assertGreater(case["ns"], 0)
        self.assertIn("write/of_dd", data["ratios"])
        if not data["skipped"]:
            self.assertIn("instructions/json/check", data["ratios"])
            self.assertIn("instructions/merge/record", data["ratios"])
        else:
            self.assertRegex(json.dumps(data["skipped"]), "no valgrind|sanitizer")

    def test_a_part_that_fails_keeps_no_other_from_being_measured(self):
        bad = self.path("build")
        os.makedirs(os.path.join(bad, "bench"))
        for name, text in (("bench_json", "exit 3"), ("bench_xml", "echo no figures")):
            program = os.path.join(bad, "bench", name)
            with open(program, "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\n%s\n" % text)
            os.chmod(program, 0o755)
        for name in ("bench_limits", "bench_queue"):
            os.symlink(os.path.join(BINARY, "bench", name), os.path.join(bad, "bench", name))
        data, done = self.measure(MICROS, "--only", "json", "--only", "xml", "--only", "merge", "--only", "harnessed",
                                  code=1, build=bad)
        self.assertEqual([each["what"] for each in data["failed"]], ["json", "xml", "merge"])
        self.assertEqual(set(data["tables"]), {"bench_limits", "bench_queue"})
        self.assertIn("FAILED: json: bench_json --json: exit code 3", done.stdout)

    def test_a_table_that_is_none(self):
        self.run_script(PERF, "nonsense", code=2)


if __name__ == "__main__":
    unittest.main()
