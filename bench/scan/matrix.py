"""Whole scans of 2 to 5 providers, 1K to 1M resources, one after another and all at once, with and without latency,
each beside a bare curl_multi loop over the very requests it made and beside the ideal."""
import os
import tempfile

import worlds
from bench_support import Failure, bare, medians, scan, write_list

WINDOW = 32  # calls in flight of each provider
POOL = ("--max-workers", "4", "--calls-per-worker", "8", "--host-connections", str(WINDOW))
# (providers, resources, latency in ms)
QUICK = [(n, size, latency) for n in (2, 5) for size in (1000, 10000) for latency in (0, 100)] + [
    (4, 100000, 0), (4, 100000, 20), (4, 1000000, 0)]
FULL = [(n, size, latency) for n in (2, 3, 4, 5) for size in (1000, 10000, 100000, 1000000) for latency in (0, 20, 100)]
TINY = [(5, 400, 20)]
LARGE = 1000000  # measured once: it takes long enough to be its own average
PEAK_MB = 160


def cases(args):
    return TINY if args.tiny else FULL if args.full else QUICK


def matrix(args, work, results):
    print("\nProviders, resources, latency: `wgo scan` with %s" % " ".join(POOL))
    print("%3s %9s %5s %-10s %8s %8s %7s %7s %8s %9s %9s %6s %6s %7s" % (
        "n", "resources", "ms", "mode", "seconds", "collect", "CPU s", "peak MB", "calls", "calls/s", "res/s",
        "bare", "ideal", "cloud s"))
    rows = []
    for count, size, latency in cases(args):
        try:
            with tempfile.TemporaryDirectory(prefix="world-", dir=work) as folder, worlds.world(
                    args.build, folder, worlds.ORDER[:count], size, latency) as world:
                rows += one_world(args, folder, world, size, latency)
        except Failure as failure:  # of 48 worlds one
            results.fail("matrix/%d/%d/%dms" % (count, size, latency), str(failure))
            continue
        for row in rows[-2:]:
            show(row)
    results.table("matrix", rows)
    for row in rows:
        name = "matrix/%d/%d/%dms/%s" % (row["providers"], row["size"], row["latency_ms"], row["mode"])
        ratios(results, name, row)


def ratios(results, name, row):
    if row["latency_ms"] or row["size"] >= 10000:  # the rest is over before it can be measured
        results.ratio(name + "/wall_to_bare", row["to_bare"], "lower")
    results.ratio(name + "/cpu_to_bare", row["cpu_to_bare"], "lower")
    if row["mode"] == "concurrent" and row["latency_ms"]:
        # The promise is about waiting: little work, much latency.
        promised = row["latency_ms"] >= 100 and row["size"] <= 10000
        results.ratio(name + "/share_of_ideal", row["share_of_ideal"], "higher", 0.9 if promised else None)
    if row["size"] >= LARGE:
        results.ratio(name + "/peak_of_promise", row["peak_mb"] / PEAK_MB, "lower", 1.0)


def one_world(args, folder, world, size, latency):
    sequential, concurrent = [], []
    each, together = [], os.path.join(folder, "all.list")
    for _ in range(1 if size >= LARGE else args.rounds):
        sequential.append(measured(args, folder, world, []))
        if not each:
            for part, asked in zip(world.parts, world.requests()):
                each.append(os.path.join(folder, part.name + ".list"))
                write_list(each[-1], asked)
            join(each, together)
        sequential[-1]["bare"] = one_after_another(args.build, each)
        concurrent.append(measured(args, folder, world, ["--concurrent"]))
        concurrent[-1]["bare"] = bare(args.build, together, WINDOW * len(world.parts))
    return [row(len(world.parts), size, latency, *pair) for pair in (("sequential", sequential, sequential),
                                                                      ("concurrent", concurrent, sequential))]


def measured(args, folder, world, flags):
    before = world.cpu_s()
    result = scan(args.build, folder, [*world.arguments, *POOL, *flags], world.env)
    result["cloud_cpu_s"] = world.cpu_s() - before
    del result["out"]
    return result


def one_after_another(build, lists):
    runs = [bare(build, path, WINDOW) for path in lists]
    return {key: sum(each[key] for each in runs) for key in ("wall_s", "cpu_s", "calls", "bytes")}


def join(paths, to):
    with open(to, "wb") as out:
        for path in paths:
            with open(path, "rb") as file:
                out.write(file.read())


def row(count, size, latency, mode, rounds, sequential):
    loops = medians([each["bare"] for each in rounds])
    result = medians([{key: value for key, value in each.items() if key not in ("bare", "providers")}
                      for each in rounds])
    # The ideal is what each provider took when it had the machine to itself, and all of them at once: the slowest.
    shares = []
    for alone, here in zip(sequential, rounds):
        times = alone["providers"].values()
        shares.append(alone["collection_s"] / here["collection_s"] / (sum(times) / max(times)))
    share = sorted(shares)[len(shares) // 2] if mode == "concurrent" else None
    return {"providers": count, "size": size, "latency_ms": latency, "mode": mode, **result, "bare": loops,
            "calls_per_s": result["calls"] / result["collection_s"],
            "resources_per_s": result["resources"] / result["wall_s"],
            "to_bare": result["collection_s"] / loops["wall_s"], "cpu_to_bare": result["cpu_s"] / loops["cpu_s"],
            "share_of_ideal": share, "rounds": len(rounds)}


def show(r):
    print("%3d %9d %5d %-10s %8.2f %8.2f %7.2f %7.1f %8d %9.0f %9.0f %6.2f %6s %7.2f" % (
        r["providers"], r["resources"], r["latency_ms"], r["mode"], r["wall_s"], r["collection_s"], r["cpu_s"],
        r["peak_mb"], r["calls"], r["calls_per_s"], r["resources_per_s"], r["to_bare"],
        "" if r["share_of_ideal"] is None else "%.0f %%" % (r["share_of_ideal"] * 100), r["cloud_cpu_s"]), flush=True)
