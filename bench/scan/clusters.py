"""2 to 5 Kubernetes clusters: what reading them at once gains, and what settings save memory."""
import contextlib
import os

from bench_support import Server, medians, run, scan

# Small enough that waiting, not work, is what the scan does: that is what concurrency can save.
SCOPE_OBJECTS = 4000


@contextlib.contextmanager
def clusters(build, work, count, objects, *flags):
    """Clusters c1, c2, ..., each a server of its own, since each real one is a host of its own: what wgo is told."""
    with contextlib.ExitStack() as stack:
        files, arguments = [], []
        for i in range(1, count + 1):
            files.append(os.path.join(work, "c%d.kubeconfig" % i))
            stack.enter_context(Server(build, work, "c%d" % i, "--write-kubeconfig", files[-1], "--cluster",
                                       "c%d:objects=%d,seed=%d" % (i, objects, i), *flags))
            arguments += ["--provider", "kubernetes", "--context", "c%d" % i]
        yield arguments, {"KUBECONFIG": ":".join(files)}


def scopes(args, work, results):
    latency, objects = (20, 300) if args.tiny else (100, SCOPE_OBJECTS)
    print("\nClusters behind %d ms a call, %d objects each, 2 workers x 4 calls; medians of %d" % (
        latency, objects, args.rounds))
    print("%8s %13s %13s %9s %6s %6s %6s %6s %6s" % ("scopes", "sequential s", "concurrent s", "speed-up", "ideal",
                                                     "share", "least", "most", "CPU s"))
    rows = []
    for count in (2,) if args.tiny else (2, 3, 4, 5):
        with clusters(args.build, work, count, objects, "--latency-ms", str(latency)) as (arguments, env):
            pool = ["--max-workers", "2", "--calls-per-worker", "4", *arguments]
            rounds = [one_round(scan(args.build, work, pool, env), scan(args.build, work, ["--concurrent", *pool], env))
                      for _ in range(args.rounds)]
        shares = [each["share_of_ideal"] for each in rounds]
        rows.append({"scopes": count, **medians(rounds), "least_share": min(shares), "most_share": max(shares)})
        r = rows[-1]
        print("%8d %13.2f %13.2f %9.2f %6.2f %6.0f %6.0f %6.0f %6.2f" % (
            count, r["sequential_s"], r["concurrent_s"], r["speedup"], r["ideal"], r["share_of_ideal"] * 100,
            r["least_share"] * 100, r["most_share"] * 100, r["concurrent_cpu_s"]), flush=True)
    for r in rows:
        results.ratio("scopes/%d/share_of_ideal" % r["scopes"], r["share_of_ideal"], "higher", 0.9)
    results.table("scopes", rows)


def one_round(sequential, concurrent):
    """One run of each. The ideal is what each provider took when it had the machine to itself."""
    times = sequential["providers"].values()
    ideal = sum(times) / max(times)
    speedup = sequential["collection_s"] / concurrent["collection_s"]
    return {"sequential_s": sequential["collection_s"], "concurrent_s": concurrent["collection_s"],
            "sequential_cpu_s": sequential["cpu_s"], "concurrent_cpu_s": concurrent["cpu_s"],
            "ideal": ideal, "speedup": speedup, "share_of_ideal": speedup / ideal}


def memory(args, work, results):
    objects = 1000 if args.tiny else 50000
    print("\nPeak memory, %d objects over four clusters, concurrent" % (4 * objects))
    rows = []
    with clusters(args.build, work, 4, objects) as (arguments, env):
        env = dict({"PATH": os.environ["PATH"], "HOME": work, "WGO_STATE_DIR": os.path.join(work, "state")}, **env)
        for name, extra in (("8 workers", ["--max-workers", "8"]), ("1 worker", ["--max-workers", "1"]),
                            ("8 workers, --skip-merging", ["--max-workers", "8", "--skip-merging"])):
            output = os.path.join(work, "memory.json")
            result = run(args.build, [os.path.join(args.build, "wgo"), "scan", "--quiet", "--no-cache", "--concurrent",
                                      "--output-file", output, *extra, *arguments], env=env)
            os.remove(output)
            rows.append({"case": name, "peak_mb": result["peak_mb"]})
            print("%28s %8.1f MB" % (name, result["peak_mb"]), flush=True)
    results.table("memory", rows)
