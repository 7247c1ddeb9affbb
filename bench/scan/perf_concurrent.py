#!/usr/bin/env python3
"""perf_concurrent.py --build FOLDER [TABLE ...] [OPTIONS]

Whole scans of fakecloud, and what they are measured against, in one run on one machine, so that the ratios mean
something where the seconds do not. Without a TABLE: all but memory and spill.

  transport  1 KB answers: wgo's transport beside a bare curl_multi loop, HTTP/1.1 and HTTP/2
  small      short lists: `wgo scan` beside the bare loop
  pages      1 MB pages: wall time behind 100 ms, CPU without latency, beside the bare loop
  scopes     2 to 5 clusters behind 100 ms, one after another and at once: the share of the ideal
  matrix     2 to 5 providers, 1K to 1M resources, 0 to 100 ms: time, memory, calls, beside the bare loop and the ideal
  window     10,000 short lists at 100 ms with a window of 512: how long it takes to open, how full it is kept
  tools      other programs on the same cloud (tools.txt)
  memory     what fewer workers and --skip-merging save
  spill      ten million small records through the temporary file: memory, and what comes out

Writes bench/results/<utc>-<commit>.json and an SVG chart beside it. A table that fails is told, keeps no other from
being measured, and makes it end with 1. With --baseline it does so too when a ratio is a tenth worse than in that file.
Python's standard library only."""
import argparse
import os
import sys
import tempfile

import chart
import clusters
import compare
import matrix
import results as outcome
import spill
import tools
import window
from bench_support import Failure

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
TABLES = {"transport": compare.transport, "small": compare.small_scan, "pages": compare.pages,
          "scopes": clusters.scopes, "matrix": matrix.matrix, "window": window.window, "tools": tools.tools,
          "memory": clusters.memory, "spill": spill.spill}
ON_REQUEST = ("memory", "spill")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=", ".join(TABLES))
    parser.add_argument("--build", required=True, help="the build folder, with wgo, fakecloud and bench/")
    parser.add_argument("--full", action="store_true", help="every table, and the whole matrix: hours")
    parser.add_argument("--tiny", action="store_true", help="does it work? sizes of no meaning, a few seconds")
    parser.add_argument("--rounds", type=int, default=None, help="of which medians are taken [5; the tiniest: 1]")
    parser.add_argument("--records", type=int, default=10000000, help="of the table spill")
    parser.add_argument("--baseline", metavar="FILE", help="an earlier run's JSON: fail on a ratio a tenth worse")
    parser.add_argument("--strict", action="store_true", help="fail also when a promise is not kept")
    parser.add_argument("--out", metavar="FILE", help="instead of bench/results/<utc>-<commit>.json")
    args = parser.parse_args()
    args.build = os.path.abspath(args.build)
    args.rounds = args.rounds or (1 if args.tiny else 5)
    wrong = [name for name in args.tables if name not in TABLES]
    if wrong:
        parser.error("no such table: " + ", ".join(wrong))
    if not args.tables:
        args.tables = [name for name in TABLES if args.full or name not in ON_REQUEST]
    return args


def draw(path, data):
    """The chart: the ratios by what they belong to."""
    groups = {}
    for name, ratio in data["ratios"].items():
        head, _, rest = name.partition("/")
        groups.setdefault(head, []).append((rest, ratio["value"], ratio.get("limit"), ratio.get("good")))
    chart.write(path, "wgo %s, %s" % (data["commit"], data["utc"]),
                [("%s (%s)" % (name, "ratios; dashed: what is promised"), rows) for name, rows in groups.items()])


def main():
    args = arguments()
    baseline = outcome.read(args.baseline) if args.baseline else None
    results = outcome.Results(SOURCE)
    print("%s, load average %.1f, commit %s" % (results.data["machine"], results.data["load"], results.data["commit"]))
    # In the build folder, which is on a disk: the temporary folder may be in memory.
    with tempfile.TemporaryDirectory(prefix="wgo-perf-", dir=args.build) as work:
        for name in args.tables:
            with tempfile.TemporaryDirectory(prefix=name + "-", dir=work) as folder:
                try:
                    TABLES[name](args, folder, results)
                except Failure as failure:
                    results.fail(name, str(failure))
    out = args.out or os.path.join(SOURCE, "bench", "results", results.name("concurrent"))
    results.write(out)
    draw(os.path.splitext(out)[0] + ".svg", results.data)
    broken = results.not_kept()
    print("\n%s and .svg; %d ratios, %d promises not kept%s" % (
        os.path.relpath(out), len(results.data["ratios"]), len(broken), ": " + ", ".join(broken) if broken else ""))
    code = outcome.compare(args.baseline, baseline, results.data) if baseline else 0
    return 1 if results.data["failed"] or (args.strict and broken) else code


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit("perf_concurrent: %s" % failure)
