"""The file a run leaves, its ratios, and how they compare with an earlier run's.

A ratio has a name, a value, which way is better, and, where something is promised, a limit. Only ratios are compared:
seconds belong to a machine and to a moment."""
import json
import math
import os
import sys
import time

import bench_support

WORSE = 0.10
NAMED = 8  # ratios that are told by name


class Results:
    def __init__(self, source):
        self.data = {"format": 1, "commit": bench_support.commit(source), "machine": bench_support.machine(),
                     "utc": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "load": os.getloadavg()[0],
                     "command": " ".join(sys.argv[1:]), "ratios": {}, "tables": {}, "skipped": [],
                     "failed": []}

    def table(self, name, rows):
        self.data["tables"][name] = rows

    def skip(self, what, why):
        self.data["skipped"].append({"what": what, "why": why})
        print("SKIPPED: %s: %s" % (what, why), flush=True)

    def fail(self, what, why):
        """What could not be measured, although everything for it is there; the rest is measured all the same."""
        self.data["failed"].append({"what": what, "why": why})
        print("FAILED: %s: %s" % (what, why), flush=True)

    def ratio(self, name, value, better, limit=None, note=""):
        """Prints it, with what was promised."""
        entry = {"value": value, "better": better}
        verdict = ""
        if limit is not None:
            good = value <= limit if better == "lower" else value >= limit
            entry.update(limit=limit, good=good)
            verdict = "  %s (%s %.2f)" % ("pass" if good else "FAIL", "at most" if better == "lower" else "at least",
                                          limit)
        self.data["ratios"][name] = entry
        print("  %-44s %8.3f%s%s" % (name, value, verdict, "  " + note if note else ""), flush=True)

    def not_kept(self):
        return [name for name, ratio in self.data["ratios"].items() if ratio.get("good") is False]

    def write(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.data, file, indent=1)
            file.write("\n")

    def name(self, kind):
        stamp = self.data["utc"].replace("-", "").replace(":", "")
        return "%s-%s%s.json" % (stamp, self.data["commit"], "" if kind == "concurrent" else "-" + kind)


def is_ratio(ratio):
    return (isinstance(ratio, dict) and ratio.get("better") in ("lower", "higher") and
            type(ratio.get("value")) in (int, float) and math.isfinite(ratio["value"]))


def read(path):
    """An earlier run's file; before this run begins, which may take hours."""
    try:
        with open(path, encoding="utf-8") as file:
            old = json.load(file)
    except (OSError, ValueError) as problem:
        raise bench_support.Failure("the baseline %s: %s" % (path, problem)) from problem
    ratios = old.get("ratios") if isinstance(old, dict) else None
    if not isinstance(ratios, dict) or not ratios or not all(map(is_ratio, ratios.values())):
        raise bench_support.Failure("the baseline %s: no file that a run of these has left with ratios" % path)
    return old


def is_tiny(data):
    """Of sizes of no meaning, whose ratios have the same names."""
    return "--tiny" in str(data.get("command")).split()


def change(before, now):
    """How many times worse; what is nothing is worse than anything where more is better."""
    old, new = (before["value"], now["value"]) if before["better"] == "lower" else (now["value"], before["value"])
    return new / old if old > 0 else math.inf if new > 0 else 1.0


def worse(old, new):
    """[(name, before, now, by how much)] of the ratios that both have and that are a tenth worse."""
    found = []
    for name, before in old["ratios"].items():
        now = new["ratios"].get(name)
        if now is not None and change(before, now) > 1 + WORSE + 1e-9:
            found.append((name, before["value"], now["value"], change(before, now) - 1))
    return found


def compare(path, old, new):
    """Prints how this run compares with an earlier one's file; the exit code."""
    both = set(old["ratios"]) & set(new["ratios"])
    print("\nAgainst %s (%s, %s): %d ratios in both" % (path, old.get("commit"), old.get("utc"), len(both)))
    if not both or is_tiny(old) != is_tiny(new):
        print("nothing to compare: other tables or other sizes", file=sys.stderr)
        return 1
    gone = [name for name in old["ratios"] if name not in both]
    if gone:
        print("  not measured now, %d of its ratios: %s%s" % (
            len(gone), ", ".join(gone[:NAMED]), ", ..." if len(gone) > NAMED else ""))
    if old.get("machine") != new["machine"]:
        print("another machine: %s" % old.get("machine"))
    found = worse(old, new)
    for name, before, now, by in found:
        print("  WORSE %-44s %.3f -> %.3f (%.0f %%)" % (name, before, now, by * 100))
    if not found:
        print("  none is %.0f %% worse" % (WORSE * 100))
    return 1 if found else 0
