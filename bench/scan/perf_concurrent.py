#!/usr/bin/env python3
"""perf_concurrent.py --build FOLDER [--quick] [--only TABLE] [--rounds N] [--out FILE]

Whole scans of fakecloud, sequential and concurrent, in one run on one machine, so that the ratios mean
something where the seconds do not:

  1. scopes   2, 3, 4 and 5 clusters behind injected latency: collecting concurrently against the ideal (the
              sum of the providers' times over the slowest one); sequential and concurrent by turns for some
              rounds, of which the median counts: the other work of a machine comes and goes
  2. sizes    1K, 10K, 100K and 1M objects over four clusters: time, peak memory, resources a second
  3. memory   what fewer workers and --skip-merging save

Standard library only. Writes JSON beside the table."""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time


# Small enough that waiting, not work, is what the scan does: that is what concurrency can save.
SCOPE_OBJECTS = 4000


class Clusters:
    """Clusters c1, c2, ..., each a fakecloud process of its own, since each real one is a host of its own; a
    context manager."""

    def __init__(self, build, work, count, objects, *flags):
        self.work = work
        self.contexts = [f"c{i + 1}" for i in range(count)]
        self.kubeconfigs = [os.path.join(work, f"{name}.kubeconfig") for name in self.contexts]
        self.processes = []
        for i, (name, kubeconfig) in enumerate(zip(self.contexts, self.kubeconfigs)):
            if os.path.exists(kubeconfig):
                os.remove(kubeconfig)
            self.processes.append(subprocess.Popen(
                [os.path.join(build, "fakecloud"), "--port", "0", "--write-kubeconfig", kubeconfig,
                 "--die-with-stdin", "--cluster", f"{name}:objects={objects},seed={i + 1}", *flags],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL))
        self.kubeconfig = ":".join(self.kubeconfigs)

    def __enter__(self):
        deadline = time.monotonic() + 20
        while not all(os.path.exists(path) for path in self.kubeconfigs):
            if any(p.poll() is not None for p in self.processes) or time.monotonic() > deadline:
                raise SystemExit("fakecloud did not start")
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.stdin.close()
        for process in self.processes:
            process.wait(timeout=20)


def scan(build, cloud, *flags):
    """One scan: {wall_s, peak_mb, cpu_s, resources, providers{label: seconds}}."""
    output = os.path.join(cloud.work, "snapshot.json")
    command = [os.path.join(build, "wgo"), "scan", "--quiet", "--output-file", output,
               "--scan-timeout", "0", *flags]
    for context in cloud.contexts:
        command += ["--provider", "kubernetes", "--context", context]
    env = {"PATH": os.environ["PATH"], "HOME": cloud.work, "KUBECONFIG": cloud.kubeconfig,
           "WGO_STATE_DIR": os.path.join(cloud.work, "state")}
    began = time.monotonic()
    process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    meta = read_metadata(output)
    os.remove(output)
    providers = meta.get("providers", {})
    return {
        "wall_s": wall,
        "peak_mb": usage.ru_maxrss / 1024,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "collection_s": meta["collection_time"] / 1e9,
        "resources": meta["resource_count"],
        "calls": sum(p.get("calls", 0) for p in providers.values()),
        "providers": {name: p["duration_ns"] / 1e9 for name, p in providers.items()},
    }


def read_metadata(path):
    """The snapshot's head without its resources: a snapshot may be larger than memory."""
    with open(path, encoding="utf-8") as file:
        head = ""
        while '"resources":[' not in head:
            chunk = file.read(65536)
            if not chunk:
                break
            head += chunk
    before = head.split('"resources":[', 1)[0].rstrip().rstrip(",")
    document = json.loads(before + "}")
    return document["metadata"]


def scopes_table(args, work):
    rows = []
    for count in (2, 3, 4, 5):
        with Clusters(args.build, work, count, SCOPE_OBJECTS, "--latency-ms", str(args.latency_ms)) as cloud:
            pool = ("--max-workers", "2", "--calls-per-worker", "4")
            rounds = [scopes_round(scan(args.build, cloud, *pool),
                                   scan(args.build, cloud, "--concurrent", *pool))
                      for _ in range(args.rounds)]
        row = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
        shares = [r["share_of_ideal"] for r in rounds]
        rows.append({"scopes": count, **row, "least_share": min(shares), "most_share": max(shares)})
    return rows


def scopes_round(sequential, concurrent):
    """One run of each. The ideal is what each provider took when it had the machine to itself."""
    times = sequential["providers"].values()
    ideal = sum(times) / max(times)
    speedup = sequential["collection_s"] / concurrent["collection_s"]
    return {"sequential_s": sequential["collection_s"], "concurrent_s": concurrent["collection_s"],
            "sequential_wall_s": sequential["wall_s"], "concurrent_wall_s": concurrent["wall_s"],
            "sequential_cpu_s": sequential["cpu_s"], "concurrent_cpu_s": concurrent["cpu_s"],
            "ideal": ideal, "speedup": speedup, "share_of_ideal": speedup / ideal}


def sizes_table(args, work):
    rows = []
    sizes = (1000, 10000, 100000) if args.quick else (1000, 10000, 100000, 1000000)
    for size in sizes:
        with Clusters(args.build, work, 4, size // 4) as cloud:
            for mode in ("sequential", "concurrent"):
                extra = ["--concurrent"] if mode == "concurrent" else []
                result = scan(args.build, cloud, *extra)
                rows.append({"objects": size, "mode": mode, **result,
                             "per_s": result["resources"] / result["wall_s"]})
    return rows


def memory_table(args, work):
    rows = []
    with Clusters(args.build, work, 4, 50000) as cloud:
        for name, extra in (("8 workers", ["--max-workers", "8"]),
                            ("1 worker", ["--max-workers", "1"]),
                            ("8 workers, --skip-merging", ["--max-workers", "8", "--skip-merging"])):
            if "--skip-merging" in extra:
                result = {"peak_mb": peak_only(args.build, cloud, extra)}
            else:
                result = scan(args.build, cloud, "--concurrent", *extra)
            rows.append({"case": name, "peak_mb": result["peak_mb"]})
    return rows


def peak_only(build, cloud, flags):
    command = [os.path.join(build, "wgo"), "scan", "--quiet", "--concurrent", "--output-file",
               os.path.join(cloud.work, "split.json"), *flags]
    for context in cloud.contexts:
        command += ["--provider", "kubernetes", "--context", context]
    env = {"PATH": os.environ["PATH"], "HOME": cloud.work, "KUBECONFIG": cloud.kubeconfig,
           "WGO_STATE_DIR": os.path.join(cloud.work, "state")}
    process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    return usage.ru_maxrss / 1024


def machine():
    model = "unknown"
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} x {model}, {memory:.0f} GiB, {platform.system()} {platform.release()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--quick", action="store_true", help="up to 100K objects")
    parser.add_argument("--only", choices=("scopes", "sizes", "memory"), help="one of the tables")
    parser.add_argument("--rounds", type=int, default=5, help="of each number of scopes")
    parser.add_argument("--latency-ms", type=int, default=100)
    parser.add_argument("--out", default=None)
    args = parser.parse_args()
    args.build = os.path.abspath(args.build)
    results = {"machine": machine(), "latency_ms": args.latency_ms, "load": os.getloadavg()[0]}
    print(f"{results['machine']}, load average {results['load']:.1f}")
    with tempfile.TemporaryDirectory(prefix="wgo-perf-", dir=args.build) as work:
        for name, table in (("scopes", show_scopes), ("sizes", show_sizes), ("memory", show_memory)):
            if args.only in (None, name):
                results[name] = table(args, work)
    out = args.out or os.path.join(args.build, "perf-concurrent.json")
    with open(out, "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1)
    print(f"\n{os.path.relpath(out)}")
    if "scopes" in results:
        worst = min(r["share_of_ideal"] for r in results["scopes"])
        print(f"worst share of the ideal: {worst:.0%} (the promise is 90 %)")
    return 0


def show_scopes(args, work):
    print(f"\nScopes behind {args.latency_ms} ms a call, {SCOPE_OBJECTS:,} objects each, 2 workers x 4 calls; "
          f"medians of {args.rounds} rounds")
    print(f"{'scopes':>8} {'sequential s':>13} {'concurrent s':>13} {'speed-up':>9} {'ideal':>6} {'share':>6}"
          f" {'least':>6} {'most':>6} {'CPU s':>6}")
    rows = scopes_table(args, work)
    for r in rows:
        print(f"{r['scopes']:>8} {r['sequential_s']:>13.2f} {r['concurrent_s']:>13.2f} {r['speedup']:>9.2f} "
              f"{r['ideal']:>6.2f} {r['share_of_ideal']:>6.0%} {r['least_share']:>6.0%} "
              f"{r['most_share']:>6.0%} {r['concurrent_cpu_s']:>6.2f}")
    return rows


def show_sizes(args, work):
    print("\nObjects over four clusters, no latency, 4 workers x 8 calls")
    print(f"{'objects':>8} {'mode':>11} {'seconds':>8} {'peak MB':>8} {'CPU s':>7} {'per second':>11}")
    rows = sizes_table(args, work)
    for r in rows:
        print(f"{r['objects']:>8} {r['mode']:>11} {r['wall_s']:>8.2f} {r['peak_mb']:>8.1f} "
              f"{r['cpu_s']:>7.2f} {r['per_s']:>11,.0f}")
    return rows


def show_memory(args, work):
    print("\nPeak memory, 200,000 objects over four clusters, concurrent")
    rows = memory_table(args, work)
    for r in rows:
        print(f"{r['case']:>28} {r['peak_mb']:>8.1f} MB")
    return rows


if __name__ == "__main__":
    sys.exit(main())
