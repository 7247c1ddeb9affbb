#!/usr/bin/env python3
"""perf_bench.py --build FOLDER [OPTIONS]

The parts by themselves: the JSON reader beside json-c, the XML reader beside expat, limits, queue, merging, and the
writer beside `dd bs=1M conv=fsync` of as many bytes. Beside the times, which belong to a machine and a moment,
instructions counted by valgrind's callgrind: the work of N runs less the work of one, so that making the input does not
count. Those are the same on every machine of a kind, whatever else it does.

Writes bench/results/<utc>-<commit>-micro.json. A part that fails is told, keeps no other from being measured, and makes
it end with 1. With --baseline it ends with 1 when a ratio is a tenth worse than in
that file. Python's standard library only."""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(SOURCE, "bench", "scan"))
import results as outcome  # noqa: E402
from bench_support import Failure  # noqa: E402

# What callgrind counts of the programs that have a --only of their own.
READERS = {"bench_json": ("check", "page", "page_and_items", "whole", "fingerprint"), "bench_xml": ("decoder", "tree")}
HARNESSED = ("bench_limits", "bench_queue")
COLLECTED = re.compile(rb"Collected : (\d+)")


class Bench:
    def __init__(self, args, results, work):
        self.args, self.results, self.work = args, results, work

    def program(self, name):
        return os.path.join(self.args.build, "bench", name)

    def run(self, name, *flags):
        done = subprocess.run([self.program(name), *flags], stdout=subprocess.PIPE, check=False,
                              env=dict(os.environ, TMPDIR=self.work))
        if done.returncode != 0:
            raise Failure("%s %s: exit code %d" % (name, " ".join(flags), done.returncode))
        return json.loads(done.stdout)

    # ---- times ----

    def json(self):
        figures = self.run("bench_json", "--json")
        print("\nJSON: one Kubernetes page of %d bytes" % figures["page_bytes"])
        for name, reader in figures.items():
            if isinstance(reader, dict):
                print("  %-20s %9.0f MB/s %7.1f x json-c" % (name, reader["mb_s"], reader["ratio_to_json_c"]))
        self.results.ratio("json/page_and_items_to_json_c", figures["page_and_items"]["ratio_to_json_c"], "higher", 10)
        self.results.ratio("json/fingerprint_to_json_c", figures["fingerprint"]["ratio_to_json_c"], "higher")
        print("  reading a page is wanted at 1000 MB/s: %.0f now, %.0f with fingerprints" % (
            figures["page_and_items"]["mb_s"], figures["whole"]["mb_s"]))
        self.results.table("json", figures)

    def xml(self):
        figures = self.run("bench_xml", "--json")
        print("\nXML: one EC2 answer of %d bytes" % figures["page_bytes"])
        for name, reader in figures.items():
            if isinstance(reader, dict):
                print("  %-20s %9.0f MB/s %7.2f of expat" % (name, reader["mb_per_s"], reader["of_expat"]))
        self.results.ratio("xml/decoder_of_expat", figures["decoder"]["of_expat"], "higher", 0.5)
        self.results.table("xml", figures)

    def harnessed(self):
        for program in HARNESSED:
            figures = self.run(program, "--json")
            print("\n%s" % program[len("bench_"):])
            for name, case in figures.items():
                print("  %-20s %9.1f ns %12.0f /s" % (name, case["ns"], case["per_s"]))
            self.results.table(program, figures)

    def merge(self):
        records = 20000 if self.args.tiny else 1000000
        figures = self.run("bench_merge", "--json", "--records", str(records))
        print("\nMerge: %d records of %d bytes, budget %.0f MB" % (records, figures["size"], figures["budget"] / 2**20))
        print("  append %.2f s, merge and write %.2f s, CPU %.2f s, peak %.1f MB" % (
            figures["append_s"], figures["write_s"], figures["cpu_s"], figures["max_rss_kb"] / 1024))
        self.results.table("merge", figures)

    def write(self):
        """Merging and writing to the disk, and as many zeros written by dd, by turns."""
        if not shutil.which("dd"):
            return self.results.skip("write", "no dd")
        records, output = (20000, 1000) if self.args.tiny else (400000, 1000), os.path.join(self.work, "written")
        rates, rounds = [], 1 if self.args.tiny else 5
        for _ in range(rounds):
            ours = self.run("bench_merge", "--json", "--records", str(records[0]), "--size", str(records[1]),
                            "--output", output)
            size = os.path.getsize(output)
            os.remove(output)
            began = time.monotonic()
            subprocess.run(["dd", "if=/dev/zero", "of=" + output, "bs=1M", "conv=fsync", "status=none",
                            "count=%d" % max(1, size >> 20)], check=True)
            rates.append((size / ours["write_s"], os.path.getsize(output) / (time.monotonic() - began)))
            os.remove(output)
        mine, dd = (sorted(each)[rounds // 2] for each in zip(*rates))
        print("\nWrite: %.0f MB, merged and on the disk; medians of %d" % (size / 1e6, rounds))
        print("  wgo %.0f MB/s, dd bs=1M conv=fsync %.0f MB/s" % (mine / 1e6, dd / 1e6))
        self.results.ratio("write/of_dd", sorted(a / b for a, b in rates)[rounds // 2], "higher", 0.5)
        self.results.table("write", {"bytes": size, "rates": rates})
        return None

    # ---- instructions ----

    def count(self, program, *flags):
        done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                               self.program(program), *flags], capture_output=True, check=False,
                              env=dict(os.environ, TMPDIR=self.work))
        found = COLLECTED.search(done.stderr)
        if done.returncode != 0 or not found:
            raise Failure("callgrind %s %s: exit code %d\n%s" % (
                program, " ".join(flags), done.returncode, done.stderr.decode(errors="replace")[-800:]))
        return int(found.group(1)), json.loads(done.stdout)

    def instructions(self):
        if not shutil.which("valgrind"):
            return self.results.skip("instruction counts", "no valgrind (scripts/install-packages.sh valgrind)")
        with open(self.program("bench_json"), "rb") as file:
            if b"__asan_init" in file.read():
                return self.results.skip("instruction counts", "built with a sanitizer, which valgrind cannot run")
        print("\nInstructions, by callgrind", flush=True)
        counts = {}
        cases = [(program, case, "byte") for program in READERS for case in READERS[program]]
        for program in HARNESSED:
            listed = subprocess.run([self.program(program), "--list"], capture_output=True, text=True, check=True)
            cases += [(program, case, "operation") for case in listed.stdout.split()]
        for program, case, unit in cases[:1] if self.args.tiny else cases:
            one, less = self.count(program, "--only", case, "--times", "1")
            more, work = self.count(program, "--only", case, "--times", "3")
            pieces = (1e6 * 2 if unit == "byte" else work["operations"] - less["operations"])
            self.counted(counts, "%s/%s" % (program[len("bench_"):], case), (more - one) / pieces, unit)
        small, large = (200, 400) if self.args.tiny else (5000, 15000)
        flags = ("--json", "--lanes", "1", "--records")
        one, _ = self.count("bench_merge", *flags, str(small))
        more, _ = self.count("bench_merge", *flags, str(large))
        self.counted(counts, "merge/record", (more - one) / (large - small), "record")
        self.results.table("instructions", counts)
        return None

    def counted(self, counts, name, value, unit):
        counts[name] = {"instructions": value, "per": unit}
        self.results.ratio("instructions/" + name, value, "lower", note="per " + unit)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--tiny", action="store_true", help="does it work? sizes of no meaning, a few seconds")
    parser.add_argument("--only", choices=("json", "xml", "harnessed", "merge", "write", "instructions"),
                        action="append", help="of the parts; may come several times")
    parser.add_argument("--baseline", metavar="FILE", help="an earlier run's JSON: fail on a ratio a tenth worse")
    parser.add_argument("--out", metavar="FILE", help="instead of bench/results/<utc>-<commit>-micro.json")
    args = parser.parse_args()
    args.build = os.path.abspath(args.build)
    baseline = outcome.read(args.baseline) if args.baseline else None
    results = outcome.Results(SOURCE)
    print("%s, load average %.1f, commit %s" % (results.data["machine"], results.data["load"], results.data["commit"]))
    with tempfile.TemporaryDirectory(prefix="wgo-micro-", dir=args.build) as work:
        bench = Bench(args, results, work)
        for name in args.only or ("json", "xml", "harnessed", "merge", "write", "instructions"):
            try:
                getattr(bench, name)()
            except (Failure, OSError, ValueError, subprocess.CalledProcessError) as failure:
                results.fail(name, str(failure))
    out = args.out or os.path.join(SOURCE, "bench", "results", results.name("micro"))
    results.write(out)
    failed = results.not_kept()
    print("\n%s; %d ratios, %d promises not kept%s" % (os.path.relpath(out), len(results.data["ratios"]), len(failed),
                                                       ": " + ", ".join(failed) if failed else ""))
    code = outcome.compare(args.baseline, baseline, results.data) if baseline else 0
    return 1 if results.data["failed"] else code


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit("perf_bench: %s" % failure)
