"""Scans of large tenants in which hours pass in seconds: what they take is what the arithmetic says.

test_hours.py PROGRAM [--large]: fakecloud's clock and the scan's run equally fast."""
import json
import os
import re
import subprocess
import sys
import unittest

from powerbi_support import PowerBiTest, main

LARGE = "--large" in sys.argv
PROGRAM = os.path.abspath(sys.argv[1])
del sys.argv[1:]

# Neither schemas nor users: what counts here is calls.
LEAN = "lineage: false\ndataset_schema: false\ndataset_expressions: false\nartifact_users: false\n"
EVEN = LEAN + "even: true\n"
POOLED = EVEN + "quota_model: pooled\n"
CATALOG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "collectors", "powerbi", "catalog",
                       "powerbi.yaml")


class Hours(PowerBiTest):
    def run_scan(self, settings, workspaces, scan_seconds, scale, jobs=1, schedule=None, cloud=()):
        self.serve("--clock-scale", str(scale), "--powerbi-workspaces", str(workspaces), "--powerbi-personal", "0",
                   "--powerbi-scan-seconds", str(scan_seconds), "--threads", "2", "--max-seconds", "2200", *cloud)
        command = [PROGRAM, str(scale), str(jobs), self.path("state"), self.write("settings.yaml", settings)]
        if schedule:
            with open(CATALOG) as file:
                text = re.sub(r"first: 5s\n\s+every: 30s\n", schedule, file.read())
            self.assertIn(schedule, text)
            command.append(self.write("catalog.yaml", text))
        done = subprocess.run(command, env=self.env(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=2300)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        result = json.loads(done.stdout)
        result["stats"] = self.get("/_fakecloud/stats")["powerbi"]["quotas"]["endpoints"]
        result["batches"] = (workspaces + 99) // 100
        print(json.dumps({key: value for key, value in result.items() if key != "stats"}), file=sys.stderr)
        self.assertTrue(result["complete"], done.stderr.decode())
        self.assertEqual(result["throttles"], 0)
        self.assertEqual(result["records"], workspaces)
        return result

    def calls(self, result, endpoint):
        return result["stats"][endpoint]["calls"]

    def near(self, measured, wanted):
        self.assertLess(abs(measured - wanted) / wanted, 0.03, "%.3f hours, not %.3f" % (measured, wanted))

    # ---- each endpoint by itself: 120 scans an hour are 24 % of 500 ----

    def endpoint(self, workspaces, scale, settings=EVEN):
        result = self.run_scan(settings, workspaces, 20, scale, jobs=0)
        self.assertEqual(self.calls(result, "getInfo"), result["batches"])
        self.assertEqual(self.calls(result, "scanResult"), result["batches"])
        self.assertEqual(self.calls(result, "modified"), 1)
        self.near(result["hours"], result["batches"] / 120)

    # ---- one quota for all calls, so many looks at each scan ----

    def pooled(self, workspaces, scale, polls):
        seconds = {6: 165, 2: 45}[polls]  # calls are half a minute apart
        result = self.run_scan(POOLED, workspaces, seconds, scale, jobs=1,
                               schedule="first: 5s\n      every: 25s\n      learn: false\n")
        looks = self.calls(result, "scanStatus") / result["batches"]
        self.assertLess(abs(looks - polls) / polls, 0.05, "%.3f looks at each scan" % looks)
        self.assertEqual(self.calls(result, "getInfo"), result["batches"])
        self.near(result["hours"], result["batches"] * (2 + polls) / 120)


class Everyday(Hours):
    def test_endpoint_model(self):
        self.endpoint(24000, 720)

    def test_one_scan_at_a_time_does_not_use_up_the_share(self):
        """Scans of a minute: one after the other they take longer than their quota would have them wait."""
        result = self.run_scan(EVEN, 2000, 60, 720, jobs=1)
        self.assertEqual(self.get("/_fakecloud/stats")["powerbi"]["scans_at_once_max"], 1)
        self.assertGreaterEqual(result["hours"], result["batches"] / 60)

    def test_pooled_with_six_polls(self):
        self.pooled(2000, 300, 6)

    def test_pooled_with_two_polls(self):
        self.pooled(4000, 300, 2)

    def test_bursts_keep_to_the_sliding_hour(self):
        """Without `even` the share is taken as it comes, and never more of it in any hour."""
        result = self.run_scan(LEAN + "quota_share: 3%\n", 6000, 20, 1800, jobs=4)
        self.assertLessEqual(result["stats"]["getInfo"]["most_in_hour"], 15)
        self.assertGreater(result["hours"], 2.9)
        self.assertLess(result["hours"], 4.2)

    def test_learning_saves_polls(self):
        """How long scans take is learned: they are looked at when they should be done."""
        result = self.run_scan(POOLED, 3000, 65, 400, jobs=1)
        self.assertLess(self.calls(result, "scanStatus"), 2 * result["batches"])


class Large(Hours):
    """247,000 workspaces."""

    def test_endpoint_model(self):
        self.endpoint(247000, 600)

    def test_endpoint_model_in_bursts(self):
        self.endpoint(247000, 600, LEAN)

    def test_pooled_with_two_polls(self):
        self.pooled(247000, 900, 2)

    def test_pooled_with_six_polls(self):
        self.pooled(247000, 900, 6)


if __name__ == "__main__":
    left_out = Everyday if LARGE else Large
    for name in [name for name in dir(left_out) if name.startswith("test_")]:
        delattr(left_out, name)
    for name in [name for name in dir(Hours) if name.startswith("test_")]:
        delattr(Hours, name)
    main()
