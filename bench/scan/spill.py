"""Ten million records of 200 bytes through the spill: memory, and whether what comes out is valid, sorted and whole."""
import json
import os

from bench_support import Failure, run

PEAK_MB = 200


def spill(args, work, results):
    records = 20000 if args.tiny else args.records
    output = os.path.join(work, "spill.json")
    command = [os.path.join(args.build, "bench", "bench_merge"), "--records", str(records), "--size", "200", "--copies",
               "0", "--json", "--output", output]
    if args.tiny:
        command += ["--budget", str(1 << 20)]
    figures = json.loads(run(args.build, command, env=dict(os.environ, TMPDIR=work))["out"])
    try:
        count = check(output)
    except (KeyError, StopIteration, ValueError) as problem:
        raise Failure("what came out of the spill: %r" % problem) from problem
    os.remove(output)
    good = count == records == figures["resources"]
    peak = figures["max_rss_kb"] / 1024
    print("\nSpill: %d records of 200 bytes, budget %.0f MB: %.0f MB spilled, snapshot %.0f MB" % (
        records, figures["budget"] / 2**20, figures["spilled_bytes"] / 1e6, figures["snapshot_bytes"] / 1e6))
    print("  append %.1f s, merge and write %.1f s, CPU %.1f s, peak %.1f MB; %s" % (
        figures["append_s"], figures["write_s"], figures["cpu_s"], peak,
        "valid, sorted and whole" if good else "NOT WHOLE: %d resources" % count))
    results.ratio("spill/whole", count / records, "higher", 1.0)
    results.ratio("spill/peak_of_promise", peak / PEAK_MB, "lower", 1.0)
    results.table("spill", [{**figures, "checked": count}])


def check(path):
    """How many resources there are; each is JSON, and their ids rise. A line at a time: it may be larger than memory."""
    count, before = 0, b""
    with open(path, "rb") as file:
        head = next(file)
        if not head.rstrip().endswith(b'"resources":['):
            raise ValueError("the head is not on a line of its own")
        for line in file:
            line = line.strip()
            if line == b"]}":
                break
            resource = json.loads(line.rstrip(b","))
            here = resource["id"].encode()
            if here <= before:
                raise ValueError("%r is not sorted" % here)
            before, count = here, count + 1
        else:
            raise ValueError("the snapshot has no end")
        if file.read().strip():
            raise ValueError("something follows the snapshot")
    declared = json.loads(head.rstrip() + b"]}")["metadata"]["resource_count"]
    if declared != count:
        raise ValueError("%d are declared, %d are there" % (declared, count))
    return count
