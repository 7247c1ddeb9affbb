#!/usr/bin/env python3
"""count_states.py DRIVER [FOLDER]

Counts the resource instances of every sample state with nothing but Python's standard library and
compares with what the collector emits for the same folder, in one run. Sample states lie in
$WGO_SHARED_DIR/fixtures/tfstate unless a folder is named. Ends with 77 where there are none."""
import collections
import gzip
import json
import os
import subprocess
import sys


def load(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as file:
        return json.loads(file.read().decode("utf-8"))


def count_show(module):
    own = [r for r in module.get("resources", [])]
    below = [count_show(child) for child in module.get("child_modules", [])]
    managed = sum(r.get("mode") != "data" for r in own) + sum(b[0] for b in below)
    data = sum(r.get("mode") == "data" for r in own) + sum(b[1] for b in below)
    return managed, data


def count(state):
    """(managed, data) instances, deposed ones included."""
    if "version" not in state and "format_version" in state:
        return count_show(state.get("values", {}).get("root_module", {}))
    if state.get("version") == 4:
        totals = {"managed": 0, "data": 0}
        for resource in state.get("resources") or []:
            totals[resource["mode"]] += len(resource.get("instances") or [])
        return totals["managed"], totals["data"]
    if state.get("version") == 3:
        managed = data = 0
        for module in state.get("modules") or []:
            for name, resource in (module.get("resources") or {}).items():
                found = (resource.get("primary") is not None) + len(resource.get("deposed") or [])
                if name.startswith("data."):
                    data += found
                else:
                    managed += found
        return managed, data
    raise ValueError("unsupported version %r" % state.get("version"))


def rows_of(driver, folder, *flags):
    result = subprocess.run([driver, "--rows", *flags, "--path", folder], capture_output=True, text=True)
    if result.returncode:
        sys.exit("the driver failed: " + result.stderr)
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    return {os.path.basename(row[0]): row for row in rows}


def records_of(driver, folder, *flags):
    result = subprocess.run([driver, *flags, "--path", folder], capture_output=True, text=True)
    return result.stdout


def main():
    driver = sys.argv[1]
    shared = os.environ.get("WGO_SHARED_DIR", "")
    folder = sys.argv[2] if len(sys.argv) > 2 else os.path.join(shared, "fixtures", "tfstate")
    if not os.path.isdir(folder):
        print("SKIPPED: no sample states in " + folder)
        return 77
    names = sorted(n for n in os.listdir(folder) if n.endswith((".tfstate", ".tfstate.gz")))
    plain, with_data = rows_of(driver, folder), rows_of(driver, folder, "--data-sources")
    wrong, total, refused = [], 0, 0
    for name in names:
        row = plain.get(name)
        if row is None:
            wrong.append(name + ": the collector did not see it")
            continue
        try:
            managed, data = count(load(os.path.join(folder, name)))
        except (ValueError, KeyError) as problem:
            refused += 1
            if row[1] != "error" or not row[3]:
                wrong.append("%s: should be refused (%s), but is %s" % (name, problem, row[1:]))
            else:
                print("%s: refused: %s" % (name, row[3]))
            continue
        total += managed
        if row[1] != "ok" or int(row[2]) != managed:
            wrong.append("%s: %d managed instances, the collector says %s" % (name, managed, row[1:]))
        if int(with_data[name][2]) != managed + data:
            wrong.append("%s: %d instances with data sources, the collector says %s"
                         % (name, managed + data, with_data[name][1:]))
    first, second = records_of(driver, folder), records_of(driver, folder)
    if first != second:
        wrong.append("two runs differ")
    # A live object may have several names, in several states or in one; each name counts once.
    records = [json.loads(line) for line in first.splitlines()]
    ids = collections.Counter((r["id"], r["state_file"], r["state_address"]) for r in records)
    twice = [i for i, n in ids.items() if n > 1]
    if twice:
        wrong.append("ids that occur twice: " + ", ".join("%s in %s, %s" % i for i in twice[:5]))
    if sum(ids.values()) != total:
        wrong.append("%d records, %d instances" % (sum(ids.values()), total))
    print("%d states, %d refused, %d instances, %d differences" % (len(names), refused, total, len(wrong)))
    for line in wrong:
        print("  " + line)
    return 1 if wrong or not names else 0


if __name__ == "__main__":
    sys.exit(main())
