"""What the calls cost: in the snapshot, for Prometheus, and a line for each call."""
import collections
import json
import os
import re

from cli_support import SHOP, CliTest, main

SAMPLE = re.compile(r'^([a-z_]+)(?:\{(.*)\})? (\S+)$')


def samples(text):
    """Metric name and labels of a text in Prometheus's format: value; types by metric name."""
    values, kinds = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name not in kinds, name
            kinds[name] = kind
        elif not line.startswith("#"):
            name, labels, value = SAMPLE.match(line).groups()
            assert (name, labels) not in values, line
            values[name, labels] = float(value)
    return values, kinds


class Metrics(CliTest):
    def setUp(self):
        super().setUp()
        self.cloud = self.fakecloud(
            "--objects", "400", "--fault", json.dumps(
                {"kind": "throttle", "path": "*/secrets*", "nth": 1, "retry_after_s": 0}))

    def scan(self, *args):
        result = self.wgo("scan", "-p", "k8s", "-o", "out.json", *args,
                          env={"KUBECONFIG": self.cloud.kubeconfig})
        return result, self.load("out.json")["metadata"]["providers"]["kubernetes"]

    def test_the_three_agree(self):
        result, provider = self.scan("--metrics-file", "metrics.prom", "--events", "events.jsonl")
        self.assert_code(result, 0)
        with open(self.path("metrics.prom"), encoding="utf-8") as file:
            values, kinds = samples(file.read())
        with open(self.path("events.jsonl"), encoding="utf-8") as file:
            events = [json.loads(line) for line in file]
        calls = {end["name"]: end["calls"] for end in provider["endpoints"]}
        self.assertEqual(sum(calls.values()), provider["calls"])
        self.assertEqual(collections.Counter(event["operation"] for event in events), calls)
        self.assertEqual(
            {name: values["wgo_calls_total", 'provider="kubernetes",operation="%s"' % name]
             for name in calls}, calls)
        secrets = 'provider="kubernetes",operation="secrets"'
        self.assertEqual(values["wgo_call_throttles_total", secrets], 1)
        self.assertEqual(values["wgo_call_retries_total", secrets], 1)
        self.assertEqual(values["wgo_call_duration_seconds_count", secrets], calls["secrets"])
        self.assertEqual(values["wgo_scan_complete", None], 1)
        self.assertEqual(kinds["wgo_call_duration_seconds"], "summary")
        for end in provider["endpoints"]:
            latency = end["latency"]
            self.assertLessEqual(latency["p50_ns"], latency["p95_ns"])
            self.assertLessEqual(latency["p95_ns"], latency["p99_ns"])
            self.assertGreater(latency["mean_ns"], 0)
        refused = [event for event in events if event["outcome"] == "THROTTLED"]
        self.assertEqual([event["http_status"] for event in refused], [429])
        again = [event for event in events if event["attempt"] == 1]
        self.assertEqual([event["operation"] for event in again], ["secrets"])
        for event in events:
            self.assertEqual(event["provider"], "kubernetes")
            self.assertTrue(event["principal"])
            self.assertRegex(event["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")

    def test_events_are_added_to_what_is_there(self):
        self.write("events.jsonl", "{}\n")
        _, provider = self.scan("--events", "events.jsonl")
        with open(self.path("events.jsonl"), encoding="utf-8") as file:
            lines = file.readlines()
        self.assertEqual(len(lines), 1 + provider["calls"])

    def test_a_place_that_cannot_be_written(self):
        args = ("scan", "-p", "terraform", "--state-file", SHOP, "-q")
        result = self.wgo(*args, "-o", "-", "--events", "nowhere/e.jsonl")
        self.assert_error(result, 2, "events file nowhere/e.jsonl", "No such file")
        self.assertEqual(result.out, "")
        result = self.wgo(*args, "-o", "out.json", "--metrics-file", "nowhere/m.prom")
        self.assert_error(result, 2, "metrics file: nowhere/m.prom", "No such file", "hint: name a file")
        self.assert_clean()

    def test_each_has_a_file_of_its_own(self):
        args = ("scan", "-p", "terraform", "--state-file", SHOP, "-q")
        os.mkdir(self.path("sub"))
        os.symlink("sub", self.path("link"))
        for new, old in (("./f", "sub/../f"), ("sub/f", "link/f"), ("f", self.path("f"))):
            for first, second in (("--metrics-file", "-o"), ("--events", "-o"), ("--events", "--metrics-file")):
                with self.subTest(flags=(first, second), names=(new, old)):
                    result = self.wgo(*args, *(() if second == "-o" else ("-o", "out.json")), first, new, second, old)
                    self.assert_error(result, 2, "%s %s: " % (first, new), "names the same file", "hint: ")
        self.assert_clean("link", "sub")

    def test_one_that_is_there_is_known_by_all_its_names(self):
        self.write("f", "kept\n")
        os.symlink("f", self.path("g"))
        os.link(self.path("f"), self.path("h"))
        for name in ("f", "g", "h"):
            result = self.wgo("scan", "-p", "terraform", "--state-file", SHOP, "-q", "-o", "f", "--events", name)
            self.assert_error(result, 2, "--events " + name)
            result = self.wgo("scan", "-p", "terraform", "--state-file", SHOP, "-q", "-o", name,
                              env={"WGO_METRICS_FILE": "f"})
            self.assert_error(result, 2, "--metrics-file f")
        with open(self.path("f"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "kept\n")

    def test_standard_output_is_the_snapshots(self):
        args = ("scan", "-p", "terraform", "--state-file", SHOP, "-q", "-o", "out.json")
        for flag in ("--metrics-file", "--events"):
            self.assert_error(self.wgo(*args, flag, "-"), 2, flag + " -: ", "hint: name a file")
            self.assert_clean()
            result = self.wgo(*args, flag, "./-")
            self.assert_code(result, 0)
            self.assert_clean("-", "out.json")
            os.remove(self.path("-"))
            os.remove(self.path("out.json"))

    def test_devices_may_be_written_by_several(self):
        result = self.wgo("scan", "-p", "terraform", "--state-file", SHOP, "-q", "-o", "/dev/null", "--events",
                          "/dev/null", "--metrics-file", "/dev/null")
        self.assert_code(result, 0)

    def test_a_full_disk_is_said(self):
        result = self.wgo("scan", "-p", "k8s", "-q", "-o", "out.json", "--events", "/dev/full",
                          env={"KUBECONFIG": self.cloud.kubeconfig})
        self.assert_error(result, 1, "/dev/full")
        self.assertTrue(self.load("out.json")["resources"], "the snapshot is there")

    def test_a_full_disk_takes_no_summary_away(self):
        for flag in ("--events", "--metrics-file"):
            result = self.wgo("scan", "-p", "k8s", "-o", "out.json", flag, "/dev/full",
                              env={"KUBECONFIG": self.cloud.kubeconfig})
            self.assert_code(result, 1)
            self.assertIn("Snapshot: out.json", result.err)
            self.assertIn("/dev/full: cannot write", result.err[result.err.index("Snapshot:"):])


if __name__ == "__main__":
    main()
