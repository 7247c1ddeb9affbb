"""Described APIs in which hours pass in seconds: windows are used up to the call, and never beyond.

test_hours.py PROGRAM: fakecloud's clock and the scan's run equally fast. What counts is fakecloud's log."""
import collections
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from cli_support import CliTest, main  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
HOUR = 3600 * 10 ** 9
DAY = 24 * HOUR

API = """provider: codescan
api:
  base: http://127.0.0.1:%d/codescan/v1
  auth: %s
  check: /account
  timeout: 1h
"""
# Its projects, a call for each, and a creation for each of some hundreds of them.
ENTRIES = """defaults: { limits: ["codescan/{key}/calls"] }
entries:
  - name: projects
    request: { path: /projects, query: { page_size: "100" } }
    page: { number_in: page, size: 100, more: pagination.has_next }
    items: data[]
    id: "codescan://project/{item.id}"
    children: [{ entry: detail, vars: { project: "{item.id}" } }]
  - name: detail
    part: detail
    request: { path: "/projects/{project}" }
    items: data
    id: "{parent}"
"""
CREATING = """  - name: projects of page %d
    request: { path: /projects, query: { page_size: "100", page: "%d" } }
    items: data[]
    id: "codescan://project/{item.id}"
    children: [{ entry: new scan, vars: { project: "{item.id}", branch: "{item.default_branch}" } }]
"""
CREATIONS = """  - name: new scan
    effect: export
    limits: ["codescan/{key}/calls", "codescan/{key}/creations"]
    request: { method: POST, path: /scans, json: { project_id: "{project}", branch: "{branch}" } }
    items: data
    id: "codescan://started/{item.id}"
"""


def most_within(times, length):
    """The most of the times that lie within any window of that length."""
    times, first, most = sorted(times), 0, 0
    for last, at in enumerate(times):
        while at - times[first] >= length:
            first += 1
        most = max(most, last - first + 1)
    return most


class Hours(CliTest):
    def serve(self, scale, *args, **kwargs):
        self.scale, self.epoch = scale, "%d@%d@%d" % (scale, time.monotonic_ns(), time.time_ns())
        self.cloud = self.fakecloud("--clock-scale", str(scale), "--threads", "2", *args, **kwargs)
        return self.cloud

    def start_scan(self, description, *quota, **env):
        command = [PROGRAM, self.epoch, self.path("state"), description, *quota]
        return subprocess.Popen(command, env=self.env(**env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def result_of(self, process):
        out, err = process.communicate(timeout=280)
        self.assertEqual(process.returncode, 0, err.decode())
        result = json.loads(out)
        print(json.dumps(result), file=sys.stderr)
        return result

    def asked(self, **where):
        return [one for one in self.cloud.requests() if all(one[key] == value for key, value in where.items())]

    def times(self, **where):
        return [one["clock_ns"] for one in self.asked(**where)]

    def report(self, text):
        print(text, file=sys.stderr)


class Tiers(Hours):
    """An hour, a day and creations at once."""

    def tier(self, key, hour, day, creations, projects, created, scale):
        self.serve(scale, "--codescan-projects", str(projects), "--codescan-scans", "0", "--codescan-scan-seconds", "1")
        quotas = """quotas:
  - { match: "codescan/*/calls", limit: [%d/h, %d/d] }
  - { match: "codescan/*/creations", limit: %d/h }
""" % (hour, day, creations)
        path = self.write("tier.yaml", API % (self.cloud.port, "{ kind: bearer, token: env:KEY }") 
                          + quotas + ENTRIES + "".join(CREATING % (page, page) for page in range(1, created // 100 + 1))
                          + CREATIONS)
        result = self.result_of(self.start_scan(path, KEY=key))
        calls, made = self.times(), self.times(method="POST")
        within = (most_within(calls, HOUR), most_within(calls, DAY), most_within(made, HOUR))
        self.report("%s: %d calls, %d creations; most in an hour %d, in a day %d, creations in an hour %d" % (
            key, len(calls), len(made), *within))
        self.assertEqual(self.asked(status=429), [])
        self.assertEqual(result["throttles"], 0)
        self.assertTrue(result["complete"])
        self.assertEqual(len(made), created)
        self.assertEqual(len(calls), projects + projects // 100 + created // 100 + created)
        # Never more; and no less but for calls that a slow machine lost, when a second of it is an hour.
        for got, limit in zip(within, (hour, day, creations)):
            self.assertLessEqual(got, limit)
            self.assertGreater(got, limit * 0.95)
        self.assertGreater(result["hours"], 24)

    def test_free(self):
        self.tier("cs_free", 100, 1000, 10, 1000, 200, 3600)

    def test_pro(self):
        self.tier("cs_pro", 1000, 10000, 50, 10000, 700, 1200)


class Shared(Hours):
    def test_four_processes_at_24_percent_of_500(self):
        self.serve(1800, "--codescan-projects", "100", "--codescan-scans", "0", "--codescan-key", "shared=500:1000000:500")
        path = self.write("shared.yaml", API % (self.cloud.port, "{ kind: bearer, token: env:KEY }") + ENTRIES)
        processes = [self.start_scan(path, "500/h", "24%", KEY="cs_shared") for _ in range(4)]
        results = [self.result_of(process) for process in processes]
        calls = self.times()
        self.assertEqual(self.asked(status=429), [])
        self.assertTrue(all(result["complete"] and result["throttles"] == 0 for result in results))
        self.assertEqual(len(calls), 4 * 101)
        self.assertEqual(most_within(calls, HOUR), 120, "all of the share, and no more")
        hours = collections.Counter((at - min(calls)) // HOUR for at in calls)
        self.report("four processes: %d calls, most in an hour %d, by hour %s" % (
            len(calls), most_within(calls, HOUR), dict(hours)))


class Breaker(Hours):
    def test_one_probe_at_a_time(self):
        """Five failures open it; after a minute one call goes out, and none beside it until it was answered well."""
        failing, scale = 12, 60
        self.serve(scale, "--codescan-projects", "100", "--codescan-scans", "0", "--codescan-no-throttle",
                   "--latency-ms", "200", scenario={"faults": [
                       {"path": "*/projects/*", "kind": "status", "status": 500, "times": failing}]})
        path = self.write("sick.yaml", API % (self.cloud.port, "{ kind: bearer, token: env:KEY }") + ENTRIES
                          + "retry: { max: 50, base: 1ms, cap: 2ms }\n")
        result = self.result_of(self.start_scan(path, KEY="cs_free"))
        self.assertTrue(result["complete"])
        details = sorted((one for one in self.cloud.requests() if "/projects/" in one["path"]),
                         key=lambda one: one["clock_ns"])

        def answered(one):
            return one["clock_ns"] + one["duration_ns"] * scale
        failed = [one for one in details if one["status"] == 500]
        self.assertEqual(len(failed), failing)
        opened = sorted(map(answered, failed))[4]
        on_its_way = 5 * 10 ** 9  # sent before the fifth answer was read
        burst = [one for one in details if one["clock_ns"] < opened + on_its_way]
        probes = [one for one in failed if one not in burst]
        self.report("%d at once, then %d probes that failed and one that did not" % (len(burst), len(probes)))
        self.assertGreaterEqual(len(probes), 2)
        before = opened
        for probe, after in zip(details[len(burst):], details[len(burst) + 1:]):
            self.assertGreaterEqual(probe["clock_ns"] - before, 59 * 10 ** 9, "a minute without a call")
            self.assertGreaterEqual(after["clock_ns"], answered(probe), "nothing beside the probe")
            before = answered(probe)
            if probe["status"] == 200:
                break
        self.assertEqual(details[len(burst) + len(probes)]["status"], 200, "the first that was answered well")
        self.assertEqual(len(details), 100 + failing)


if __name__ == "__main__":
    for name in [name for name in dir(Hours) if name.startswith("test_")]:
        delattr(Hours, name)
    main()
