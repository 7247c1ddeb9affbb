#!/usr/bin/env python3
"""soak.py [--seconds N] [--seed N] [--out FILE]

Scans of a cloud that misbehaves at random, one after another in one process through libwgo, while memory and file
descriptors are watched: after a warm-up neither may rise. Whatever a scan comes to, it must come to an end and give a
snapshot. Two minutes by default; 1200 seconds for a long one. Resident memory is judged from 40 scans on: the
allocator keeps what it was given, for each of the threads that come and go, and takes some scans to have enough."""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ.get("WGO_SOURCE_DIR", os.path.dirname(os.path.dirname(HERE)))
BINARY = os.environ.get("WGO_BINARY_DIR", os.path.join(SOURCE, "build", "release"))
sys.path.insert(0, os.path.join(SOURCE, "bench", "scan"))
from bench_support import Server  # noqa: E402

# By kind: how probable it is that a request is struck.
FAULTS = [({"kind": "status", "status": 500}, 0.01), ({"kind": "status", "status": 503, "retry_after_s": 0}, 0.01),
          ({"kind": "throttle", "retry_after_s": 0}, 0.02), ({"kind": "reset"}, 0.02), ({"kind": "cut"}, 0.02),
          ({"kind": "cut", "chunked": True}, 0.01), ({"kind": "truncate"}, 0.01), ({"kind": "garbage"}, 0.01),
          ({"kind": "html"}, 0.005), ({"kind": "empty"}, 0.01), ({"kind": "slow", "latency_ms": 300}, 0.02),
          ({"kind": "stall", "stall_ms": 300}, 0.02), ({"kind": "expired"}, 0.02)]
ENDED = (0, 3, 4)  # complete, partial, refused: a result in each case
SAMPLE_S = 0.2
# What may be more at the end than after the warm-up: an allocator's moods, not a leak of a scan's worth.
SLACK_HEAP, SLACK_RSS_KB, SLACK_RSS = 256 * 1024, 4096, 1.08
FEWEST, ENOUGH = 12, 40  # scans; for resident memory


def parser():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=120)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--out", help="every scan and every sample as JSON")
    return options


class Watch(threading.Thread):
    """Memory and descriptors of a process while it runs: [(seconds, resident KB, descriptors, threads)]."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.samples, self.began = pid, [], time.monotonic()

    def run(self):
        while True:
            try:
                with open("/proc/%d/status" % self.pid, encoding="utf-8") as file:
                    fields = dict(line.split(":", 1) for line in file)
                self.samples.append((time.monotonic() - self.began, int(fields["VmRSS"].split()[0]),
                                     len(os.listdir("/proc/%d/fd" % self.pid)), int(fields["Threads"])))
            except (OSError, KeyError):  # it has ended
                return
            time.sleep(SAMPLE_S)


def soak(args, work):
    scenario = {"seed": args.seed, "latency_ms": 5, "latency_jitter_ms": 20,
                "faults": [dict(rule, probability=chance) for rule, chance in FAULTS]}
    kubeconfig = os.path.join(work, "kubeconfig")
    with Server(BINARY, work, "soak", "--objects", "3000", "--aws-accounts", "1", "--aws-objects", "40",
                "--write-kubeconfig", kubeconfig, scenario=scenario) as server:
        env = {"PATH": os.environ["PATH"], "HOME": work, "KUBECONFIG": kubeconfig, "AWS_REGION": "us-east-1",
               "AWS_ACCESS_KEY_ID": "AKIAFAKE100000000001", "AWS_SECRET_ACCESS_KEY": "secret-of-100000000001",
               "AWS_ENDPOINT_URL": server.base, "AWS_EC2_METADATA_DISABLED": "true"}
        env.update({name: os.environ[name] for name in os.environ if name.endswith("SAN_OPTIONS")})
        # AddressSanitizer keeps what was freed from being used again, 256 MB of it: a rise until it has as much.
        env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8"
        command = [os.path.join(BINARY, "bench", "bench_scan"), "--any", "--seconds", str(args.seconds), "--repeat", str(FEWEST), "--state-dir",
                   os.path.join(work, "state"), "--output", os.path.join(work, "snapshot.json"), "--workers", "2",
                   "--provider", "kubernetes", "--provider", "aws"]
        for name in ("aws_instance", "aws_subnet", "aws_ebs_volume"):
            command += ["--set", "resource-type=" + name]
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        watch = Watch(process.pid)
        watch.start()
        scans = [json.loads(line) for line in process.stdout]
        code = process.wait()
        process.stdout.close()
        watch.join()
        struck = server.get("/_fakecloud/stats")["faults"]
    return {"code": code, "scans": scans, "samples": watch.samples, "faults": struck}


def quarters(values, which=1):
    """The second quarter, after the warm-up, or another one, and the last."""
    part = max(1, len(values) // 4)
    return values[which * part:(which + 1) * part] or values, values[-part:]


def judge(result):
    """[what is wrong]"""
    scans, wrong = result["scans"], []
    if result["code"] != 0:
        wrong.append("the process ended with %d" % result["code"])
    if len(scans) < FEWEST:
        return wrong + ["%d scans are too few to tell" % len(scans)]
    if result["faults"] == 0:
        wrong.append("no fault struck")
    bad = [scan["scan"] for scan in scans if scan["code"] not in ENDED]
    if bad:
        wrong.append("scans without a result: %s" % bad[:20])
    if not any(scan["code"] == 0 for scan in scans):
        wrong.append("no scan was whole")
    for name, slack in (("heap_bytes", SLACK_HEAP), ("fds", 0), ("threads", 0)):
        early, late = (statistics.median(each) for each in quarters([scan[name] for scan in scans]))
        if late > early + slack:
            wrong.append("%s rose from %d to %d" % (name, early, late))
    before, after = (statistics.median(each) for each in quarters([scan["rss_kb"] for scan in scans], 2))
    if len(scans) >= ENOUGH and after > before * SLACK_RSS + SLACK_RSS_KB:
        wrong.append("rss_kb rose from %d in the third quarter to %d" % (before, after))
    early, late = quarters([sample[1] for sample in result["samples"]])
    # The highest while scanning: twice the warm-up's would be a leak that closing hides.
    if max(late) > 1.5 * max(early) + SLACK_RSS_KB:
        wrong.append("the peak while scanning rose from %d to %d KB" % (max(early), max(late)))
    early, late = quarters([sample[2] for sample in result["samples"]])
    if max(late) > 1.5 * max(early) + 8:
        wrong.append("descriptors while scanning rose from %d to %d" % (max(early), max(late)))
    return wrong


def main():
    args = parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="wgo-soak-") as work:
        result = soak(args, work)
    if args.out:
        with open(args.out, "w", encoding="utf-8") as file:
            json.dump(result, file)
    scans = result["scans"]
    codes = {code: sum(1 for scan in scans if scan["code"] == code) for code in {scan["code"] for scan in scans}}
    print("%d scans (by exit code: %s), %d faults, %d calls, %d retries, %d throttles" % (
        len(scans), codes, result["faults"], *(sum(scan[name] for scan in scans)
                                               for name in ("calls", "retries", "throttles"))))
    for name in ("heap_bytes", "rss_kb", "fds", "threads"):
        if scans:
            early, late = quarters([scan[name] for scan in scans])
            print("  %-10s after the warm-up %d, at the end %d, most %d" % (
                name, statistics.median(early), statistics.median(late), max(scan[name] for scan in scans)))
    wrong = judge(result)
    for each in wrong:
        print("FAIL: " + each)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
