"""Many accounts, many calls, and a service that lets few through: time beside what the cloud allows, memory, threads.

Times are said beside their bounds; they are asserted when WGO_TEST_TIMES is set, because a machine
that is busy with other things has its own."""
import json
import os
import shutil
import subprocess
import threading
import time

from scan_support import WGO, AwsTest, load_catalog, main

TIMES = os.environ.get("WGO_TEST_TIMES") == "1"
ACCOUNTS = int(os.environ.get("WGO_TEST_ACCOUNTS", "200"))
REGIONS, LISTS, LATENCY_MS = 4, 60, 50
WORKERS, CALLS, CONNECTIONS = 8, 12, 100
IN_FLIGHT = WORKERS * CALLS


class Run:
    """A scan whose memory, threads and time are watched."""

    def __init__(self, test, *args):
        began = time.monotonic()
        # Straight to exec: the memory of this process does not count as the child's then.
        with open(test.path("stderr"), "wb") as stderr:
            process = subprocess.Popen([WGO, *args], cwd=test.work, close_fds=False,
                                       env=test.env(**test.credentials()),
                                       stdout=subprocess.DEVNULL, stderr=stderr)
        self.threads, over = 0, threading.Event()

        def watch():
            while not over.wait(0.02):
                try:
                    self.threads = max(self.threads, len(os.listdir(
                        "/proc/%d/task" % process.pid)))
                except OSError:
                    return
        watcher = threading.Thread(target=watch)
        watcher.start()
        _, code, usage = os.wait4(process.pid, 0)
        over.set()
        watcher.join()
        process.returncode = self.code = os.waitstatus_to_exitcode(code)
        self.wall_s = time.monotonic() - began
        self.peak_mb = usage.ru_maxrss / 1024
        self.cpu_s = usage.ru_utime + usage.ru_stime


class Scale(AwsTest):
    def bound(self, name, measured, limit):
        print("%s: %.2f s, at most %.2f s" % (name, measured, limit), flush=True)
        if TIMES:
            self.assertLess(measured, limit, name)

    def collected_s(self, log):
        return (max(r["time_ns"] + r["duration_ns"] for r in log) - min(
            r["time_ns"] for r in log)) / 1e9

    def run_load(self, accounts, lists, *args):
        shutil.rmtree(self.path("state"), ignore_errors=True)  # another organisation's accounts
        for name, text in load_catalog(lists).items():
            self.write("catalog/" + name, text)
        self.serve("--latency-ms", str(LATENCY_MS), "--max-seconds", "1800", accounts=accounts, regions=REGIONS,
                   counts={"ec2.keypair": 1, "autoscaling.group": 1, "kms.alias": 1,
                           "acm.certificate": 1})
        run = Run(self, *self.arguments(
            "--org", "--region", "all", "--no-health", "--catalog-dir", self.path("catalog"), "--scan-timeout",
            "0", "--max-workers", str(WORKERS), "--calls-per-worker", str(CALLS),
            "--host-connections", str(CONNECTIONS), "--quiet", "--format", "ndjson", *args,
            output="out-%d.ndjson" % accounts, types=("load_*",)))
        self.assertEqual(run.code, 0)
        with open(self.path("out-%d.ndjson" % accounts)) as file:
            head = json.loads(file.readline())
        self.assertTrue(head["metadata"]["complete"])
        self.assertEqual(head["metadata"]["resource_count"], accounts * REGIONS * lists)
        return run, self.calls()

    def test_accounts_cost_time_and_no_memory(self):
        runs = {}
        for accounts in (ACCOUNTS // 10, ACCOUNTS):
            run, log = self.run_load(accounts, LISTS)
            runs[accounts] = run
            calls = len(log)
            # Lists, roles, regions, the organisation's pages (every other one empty), and who we are.
            self.assertLessEqual(calls, accounts * (REGIONS * LISTS + 6) + accounts // 5 + 10)
            self.assertLessEqual(max(r["in_flight"] for r in log), IN_FLIGHT)
            ideal = calls * LATENCY_MS / 1000 / IN_FLIGHT
            busy = sum(r["duration_ns"] for r in log) / 1e9 / self.collected_s(log)
            print("%d accounts: %d calls, %.1f in flight in the mean, %.0f MB, %d threads, "
                  "%.1f s of CPU" % (accounts, calls, busy, run.peak_mb, run.threads, run.cpu_s))
            if accounts == ACCOUNTS:
                self.bound("%d accounts" % accounts, self.collected_s(log), 1.15 * ideal)
            # Workers, the program's own, and shards, resolver and blockers (DESIGN.md).
            self.assertLessEqual(run.threads, WORKERS + 1 + 2 + 1 + 4)
        peaks = [run.peak_mb for run in runs.values()]
        print("%.0f MB more for ten times the accounts" % (peaks[1] - peaks[0]), flush=True)
        self.assertLess(peaks[1] - peaks[0], 20, peaks)

    def test_slow_calls_to_many_accounts(self):
        # One after the other: who we are, the accounts' pages, role, regions, list.
        self.serve("--latency-ms", "1000", accounts=29, empty_pages=False)
        args = self.arguments("--org", "--region", "us-east-1", "--max-workers", "8", "--no-health",
                              "--host-connections", "100", types=("aws_kms_alias",))
        run = Run(self, *args)
        self.assertEqual(run.code, 0)
        asked = len(self.calls("ListAccounts"))
        self.assertGreater(asked, 0)
        self.bound("29 accounts at a second a call", run.wall_s, 1.15 * (1 + asked + 3))
        again = Run(self, *args)
        self.assertEqual(again.code, 0)
        self.bound("the same, from the list that was kept", again.wall_s, 6)
        self.assertEqual(len(self.calls("ListAccounts")), asked)


class Bucket(AwsTest):
    SNAPSHOTS, RATE, BURST = 1000, 20, 100

    def test_a_service_that_lets_few_through(self):
        """Each snapshot is asked about by itself; the catalog's own pace is what keeps us below."""
        self.config = self.write("config.yaml", "retry: { max: 3, base: 5ms, cap: 50ms }\n")
        self.serve("--throttle", json.dumps({"service": "rds", "rate": self.RATE,
                                             "burst": self.BURST, "per": "service"}),
                   accounts=1, counts={"rds.snapshot": self.SNAPSHOTS})
        run = Run(self, *self.arguments("--scan-timeout", "0", "--quiet",
                                        types=("aws_db_snapshot",)))
        snapshot = self.load("out.json")
        self.assertEqual(self.count(snapshot, "aws_db_snapshot"), self.SNAPSHOTS)
        log = [r for r in self.calls(service="rds")]
        throttled = len([r for r in log if r["fault"]])
        least = (len(log) - throttled - self.BURST) / self.RATE
        took = (max(r["time_ns"] for r in log) - min(r["time_ns"] for r in log)) / 1e9
        print("%d calls, %d throttled, %.1f s, least %.1f s, exit code %d" % (
            len(log), throttled, took, least, run.code))
        asked = self.calls("DescribeDBSnapshotAttributes")
        self.assertGreaterEqual(len(asked), self.SNAPSHOTS)
        self.assertLess(throttled, 0.02 * len(log))
        # What the bucket allows is a fact of the cloud's clock, however busy the machine is.
        self.assertLess(took, 1.15 * least)


if __name__ == "__main__":
    main()
