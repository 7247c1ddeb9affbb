"""Many short calls behind latency with a large window: how long it takes to open, and how full it is kept then.

10,000 lists of about 1 KB at 100 ms, 8 workers x 64 calls, seen from the server: what it had in flight, and when.
Three rounds at most, by turns with the bare loop; medians."""
import os

from bench_support import Failure, Server, bare, medians, scan, write_list

WORKERS, CALLS = 8, 64
OPEN = 0.9  # of the window, in flight at the server, counts as open
MOST_ROUNDS = 3  # of several seconds each


def window(args, work, results):
    names, latency = (8, 20) if args.tiny else (380, 100)
    wanted = 16 if args.tiny else WORKERS * CALLS
    pool = ["--max-workers", "2" if args.tiny else str(WORKERS), "--calls-per-worker",
            "8" if args.tiny else str(CALLS), "--host-connections", str(wanted)]
    kubeconfig = os.path.join(work, "window.kubeconfig")
    chosen = [word for n in range(names) for word in ("--namespace", "team-%03d" % n)]
    rounds, scans, loops, size = [], [], [], 0
    with Server(args.build, work, "window", "--namespaces", str(names + 5), "--objects", str(names * 20),
                "--latency-ms", str(latency), "--write-kubeconfig", kubeconfig) as server:
        for _ in range(min(args.rounds, MOST_ROUNDS)):
            scans.append(scan(args.build, work, [*pool, "--provider", "kubernetes", *chosen],
                              {"KUBECONFIG": kubeconfig}))
            del scans[-1]["out"]
            lists = [each for each in server.times() if "limit=" in each["path"]]
            rounds.append(judge(lists, wanted, latency / 1e3))
            size = sum(each["bytes"] for each in lists) / len(lists)
            path = os.path.join(work, "window.list")
            write_list(path, [(server.base, each) for each in server.requests() if "limit=" in each["path"]])
            loops.append(bare(args.build, path, wanted))
            server.times()  # the bare loop's are not looked at
            server.requests()
    tell(rounds, scans, loops, wanted, latency / 1e3, results)
    print("  lists of %.1f KB; %s" % (size / 1e3, " ".join(pool)))


def tell(rounds, scans, loops, wanted, latency_s, results):
    opened = [each for each in rounds if each["opened"]]
    common = set.intersection(*(set(each) for each in rounds))
    whole = medians([{key: each[key] for key in common} for each in rounds])
    ours, theirs = medians(scans), medians(loops)
    print("\nWindow: %d lists at %.0f ms, %d in flight; medians of %d" % (
        whole["lists"], latency_s * 1e3, wanted, len(rounds)))
    print("  most in flight %d of %d; collection %.2f s, bare loop %.2f s, ideal %.2f s" % (
        whole["most_in_flight"], wanted, ours["collection_s"], theirs["wall_s"], whole["lists"] / wanted * latency_s))
    # Also where the window opens: a later run in which it does not has this one to be compared with.
    results.ratio("window/share_of_window", whole["most_in_flight"] / wanted, "higher", OPEN)
    if len(opened) == len(rounds):
        figures = medians(opened)
        print("  open after %.2f s, which is %.1f round trips; from then on %d calls in %.2f s, ideal %.2f s" % (
            figures["opening_s"], figures["opening_s"] / latency_s, figures["calls_after"], figures["after_s"],
            figures["ideal_after_s"]))
        results.ratio("window/after_opening", figures["after_to_ideal"], "lower", 1.2)
        results.ratio("window/opening_round_trips", figures["opening_s"] / latency_s, "lower")
    else:
        print("  in %d of %d rounds the window never opened" % (len(rounds) - len(opened), len(rounds)))
    results.ratio("window/whole_to_ideal", whole["whole_to_ideal"], "lower")
    results.ratio("window/whole_to_bare", whole["whole_s"] / theirs["wall_s"], "lower")
    results.table("window", [{**each, "wgo": scan_, "bare": loop} for each, scan_, loop in zip(rounds, scans, loops)])


def judge(lists, wanted, latency_s):
    """From the log: when the window was open, and how long what came then took against what it had to."""
    if not lists:
        raise Failure("no list was asked for")
    times = sorted((each["time_ns"], each["in_flight"]) for each in lists)
    first, last = times[0][0], times[-1][0]
    end = max(each["time_ns"] + each["duration_ns"] for each in lists)
    opened = next((at for at, in_flight in times if in_flight >= OPEN * wanted), None)
    figures = {"lists": len(lists), "window": wanted, "latency_s": latency_s, "opened": opened is not None,
               "most_in_flight": max(in_flight for _, in_flight in times), "whole_s": (end - first) / 1e9}
    figures["whole_to_ideal"] = figures["whole_s"] / (len(lists) / wanted * latency_s)
    if opened is not None:
        # To the last that began: how a window empties at the end is not how it is kept full.
        after = sum(1 for at, _ in times if at > opened)
        figures.update(opening_s=(opened - first) / 1e9, calls_after=after, after_s=(last - opened) / 1e9,
                       ideal_after_s=after / wanted * latency_s)
        if after == 0:
            figures["opened"] = False
        else:
            figures["after_to_ideal"] = figures["after_s"] / figures["ideal_after_s"]
    return figures
