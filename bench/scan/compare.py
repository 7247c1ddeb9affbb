"""wgo beside a bare curl_multi loop: small answers, where calls a second count, and large ones, where bytes do.

Both sides by turns in one run; medians."""
import functools
import json
import os
import shutil
import statistics
import subprocess
import time

import bench_support
from bench_support import Failure, Server, at_once, bare, loop, medians, plain_list, run, scan, write_list

WINDOW = 32
# Processors that are shared run at two speeds, and change between them from one second to the next: many short turns
# tell more than a few long ones.
TURNS = 6
POOL = ("--max-workers", "4", "--calls-per-worker", "8", "--host-connections", "32")
NGINX = """worker_processes 1; daemon off; pid %(work)s/nginx.pid; error_log %(work)s/error.log;
events { worker_connections 2048; }
http { access_log off; keepalive_requests 100000000; keepalive_timeout 300s; default_type application/json;
  client_body_temp_path %(work)s; proxy_temp_path %(work)s; fastcgi_temp_path %(work)s; uwsgi_temp_path %(work)s;
  scgi_temp_path %(work)s; http2_max_concurrent_streams 128;
  server { listen 127.0.0.1:%(plain)d; %(listen)s root %(work)s/files; } }
"""
PATHS = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def free_port():
    import socket
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Nginx:
    """Small files from memory, as fast as anybody serves them; HTTP/2 where a certificate can be made."""

    def __init__(self, work):
        self.work = os.path.join(work, "nginx")
        os.makedirs(os.path.join(self.work, "files"), exist_ok=True)
        with open(os.path.join(self.work, "files", "1k"), "w", encoding="utf-8") as file:
            file.write('{"text":"%s"}' % ("x" * (1024 - 11)))
        self.port, self.tls_port = free_port(), free_port()
        key, certificate = os.path.join(self.work, "key"), os.path.join(self.work, "certificate")
        self.tls = shutil.which("openssl") is not None and subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
             "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate], capture_output=True,
            check=False).returncode == 0
        listen = "listen 127.0.0.1:%d ssl http2; ssl_certificate %s; ssl_certificate_key %s;" % (
            self.tls_port, certificate, key) if self.tls else ""
        path = os.path.join(self.work, "nginx.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write("user root;\n" if os.getuid() == 0 else "")
            file.write(NGINX % {"work": self.work, "plain": self.port, "listen": listen})
        self.process = subprocess.Popen([shutil.which("nginx", path=PATHS), "-p", self.work, "-c", path],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        import socket
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return self
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.02)
        raise Failure("nginx did not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)


def by_turns(build, path, rounds, *flags):
    """(the bare loop's medians, the transport's) over one list."""
    bares, ours = [], []
    for _ in range(rounds * TURNS):
        bares.append(bare(build, path, WINDOW, *flags))
        ours.append(loop(build, "bench_transport", path, "--window", WINDOW, *flags))
    return medians(bares), medians(ours)


def transport(args, work, results):
    """(a) Small answers through the transport alone."""
    calls = 2000 if args.tiny else 8000
    print("\nSmall answers: %d calls of 1 KB, %d in flight, no latency; medians of %d" % (
        calls, WINDOW, args.rounds * TURNS))
    rows = []
    path = os.path.join(work, "small.list")
    if shutil.which("nginx", path=PATHS):
        with Nginx(work) as server:
            plain_list(path, "http://127.0.0.1:%d/1k" % server.port, calls)
            rows.append(("http1", *by_turns(args.build, path, args.rounds)))
            if server.tls:
                plain_list(path, "https://127.0.0.1:%d/1k" % server.tls_port, calls)
                rows.append(("http2", *by_turns(args.build, path, args.rounds, "--insecure")))
            else:
                results.skip("small answers over HTTP/2", "no openssl to make a certificate with")
    else:
        results.skip("small answers from nginx", "no nginx; fakecloud serves them, which is slower than either loop")
        with Server(args.build, work, "small") as server:
            plain_list(path, server.base + "/version", calls)
            rows.append(("http1", *by_turns(args.build, path, args.rounds)))
    table = []
    for name, theirs, ours in rows:
        if name == "http2" and not (theirs["http2"] and ours["http2"]):
            raise Failure("HTTP/2 was not spoken")
        rate = {"bare": theirs["calls"] / theirs["wall_s"], "wgo": ours["calls"] / ours["wall_s"]}
        table.append({"protocol": name, "bare": theirs, "wgo": ours, "calls_per_s": rate})
        print("  %s: bare %.0f calls/s, %.1f us CPU a call; wgo's transport %.0f calls/s, %.1f us" % (
            name, rate["bare"], theirs["cpu_s"] / theirs["calls"] * 1e6, rate["wgo"],
            ours["cpu_s"] / ours["calls"] * 1e6))
        results.ratio("transport/small/%s/calls_per_s" % name, rate["wgo"] / rate["bare"], "higher", 0.85)
        results.ratio("transport/small/%s/cpu" % name, ours["cpu_s"] / theirs["cpu_s"], "lower")
    results.table("transport", table)


def namespaces(count):
    return [word for n in range(count) for word in ("--namespace", "team-%03d" % n)]


def scan_and_loop(build, work, server, arguments, env, rounds, also=()):
    """Scans and bare loops over what they asked for, by turns; with 'also', as many scans with that besides."""
    server.requests()
    scans, others, loops, path = [], [], [], os.path.join(work, "scan.list")
    for _ in range(rounds):
        scans.append(scan(build, work, arguments, env))
        asked = server.requests()
        if not loops:
            write_list(path, [(server.base, each) for each in asked])
        loops.append(bare(build, path, WINDOW))
        if also:
            others.append(scan(build, work, [*also, *arguments], env))
        server.requests()
    return (medians(scans), medians(loops), *([medians(others)] if also else []))


def small_scan(args, work, results):
    """(a) Small answers through a whole scan: one list for each namespace and kind."""
    names = 6 if args.tiny else 60
    kubeconfig = os.path.join(work, "small.kubeconfig")
    with Server(args.build, work, "small-scan", "--namespaces", str(names + 5), "--pods", str(names), "--objects",
                str(names * 60), "--write-kubeconfig", kubeconfig) as server:
        ours, theirs = scan_and_loop(args.build, work, server,
                                     [*POOL, "--provider", "kubernetes", *namespaces(names)],
                                     {"KUBECONFIG": kubeconfig}, args.rounds * TURNS)
    print("\nSmall answers through `wgo scan`: %d lists of %.1f KB, %d in flight; medians of %d" % (
        ours["calls"], ours["body_bytes"] / ours["calls"] / 1000, WINDOW, args.rounds * TURNS))
    rate = {"bare": theirs["calls"] / theirs["wall_s"], "wgo": ours["calls"] / ours["collection_s"]}
    print("  bare %.0f calls/s, wgo %.0f calls/s" % (rate["bare"], rate["wgo"]))
    results.ratio("scan/small/calls_per_s", rate["wgo"] / rate["bare"], "higher", 0.85)
    results.ratio("scan/small/cpu", ours["cpu_s"] / theirs["cpu_s"], "lower")
    results.table("small_scan", [{"bare": theirs, "wgo": ours}])


def reader_speed(build, page, case, times):
    """Bytes a CPU second of this page's path, measured now."""
    command = [os.path.join(build, "bench", "bench_json"), "--page", page, "--only", case, "--times"]
    idle, busy = run(build, [*command, "0"]), run(build, [*command, str(times)])
    return json.loads(busy["out"])["bytes"] / max(busy["cpu_s"] - idle["cpu_s"], 1e-6)


def memcpy_speed():
    """Bytes a CPU second of a copy, measured now."""
    size, rates = 64 << 20, []
    source, target = bytearray(os.urandom(1 << 20) * 64), bytearray(size)
    for _ in range(7):
        began = time.process_time()
        target[:] = source
        rates.append(size / max(time.process_time() - began, 1e-6))
    return statistics.median(rates)


def while_busy(function, *arguments):
    """The mean of what 'function' returns with every processor at it: as busy as they are while pages are collected,
    when a CPU second does less, since processors share caches, memory and, often, a core."""
    return statistics.mean(at_once(functools.partial(function, *arguments), os.cpu_count()))


def pages(args, work, results):
    """(b) Large answers: pods in pages of 1 MB, one chain for each of 64 namespaces."""
    names = 4 if args.tiny else 64
    pods = names * (200 if args.tiny else 1000)
    config = os.path.join(work, "open.yaml")
    with open(config, "w", encoding="utf-8") as file:
        file.write('limits: [{ match: "*", start_in_flight: %d }]\n' % WINDOW)
    for latency in (100, 0):
        kubeconfig = os.path.join(work, "pages%d.kubeconfig" % latency)
        arguments = [*POOL, "--provider", "kubernetes", *namespaces(names), "--resource-type", "kubernetes_pod"]
        # Five namespaces more: kube-system and its like have pods too, and nobody asks for them. The server keeps
        # what it has printed: on two processors it would take a third of what is measured.
        with Server(args.build, work, "pages%d" % latency, "--namespaces", str(names + 5), "--pods", str(pods),
                    "--object-bytes", "2000", "--keep-mb", "512", "--latency-ms", str(latency), "--write-kubeconfig",
                    kubeconfig) as server:
            env = {"KUBECONFIG": kubeconfig}
            ours, theirs, opened = scan_and_loop(args.build, work, server, arguments, env, args.rounds,
                                                 ("--config", config))
            print("\nLarge answers: %d pages of %.2f MB, %d in flight, %d ms; medians of %d" % (
                ours["calls"], ours["body_bytes"] / ours["calls"] / 1e6, WINDOW, latency, args.rounds))
            row = {"latency_ms": latency, "bare": theirs, "wgo": ours, "wgo_open": opened}
            if latency:
                print("  bare %.2f s, collection %.2f s, with an open window %.2f s" % (
                    theirs["wall_s"], ours["collection_s"], opened["collection_s"]))
                results.ratio("pages/wall", ours["collection_s"] / theirs["wall_s"], "lower", 1.3)
                results.ratio("pages/wall_open", opened["collection_s"] / theirs["wall_s"], "lower", 1.3)
            else:
                row.update(page_cpu(args, work, server, env, theirs, names, results))
        results.data["tables"].setdefault("pages", []).append(row)


def page_cpu(args, work, server, env, theirs, names, results):
    """CPU seconds of collecting, in a process that does no more, beside what its parts must cost."""
    command = [os.path.join(args.build, "bench", "bench_scan"), "--workers", "4", "--calls", "8", "--host-connections",
               "32", "--no-cache", "--state-dir", os.path.join(work, "bench-state"), "--provider", "kubernetes",
               "--set", "resource-type=kubernetes_pod"]
    command += [word for n in range(names) for word in ("--set", "namespace=team-%03d" % n)]
    environment = dict({"PATH": os.environ["PATH"], "HOME": work}, **env)
    times, size = 20 if args.tiny else 200, theirs["bytes"]
    page = os.path.join(work, "page.json")  # one of those that are collected: how much of it is kept counts
    with open(page, "wb") as file:
        file.write(server.fetch("/api/v1/namespaces/team-000/pods?limit=500"))
    server.requests()
    asked = os.path.join(work, "scan.list")  # what the scans before asked for
    rounds = []
    for _ in range(args.rounds):  # by turns: a shared machine is fast in one minute and slow in the next
        ours = json.loads(run(args.build, command, env=environment)["out"].splitlines()[-1])
        least = loop(args.build, "bench_reading_loop", asked, "--window", WINDOW)["cpu_s"]
        server.requests()
        reader, whole = (while_busy(reader_speed, args.build, page, case, times) for case in ("page_and_items", "whole"))
        memcpy = while_busy(memcpy_speed)
        rest = theirs["cpu_s"] + 2 * size / memcpy
        rounds.append({**ours, "least_cpu_s": least, "reader_bytes_per_s": reader, "whole_bytes_per_s": whole, "memcpy_bytes_per_s": memcpy,
                       "floor_cpu_s": rest + size / reader, "floor_whole_cpu_s": rest + size / whole,
                       "ratio": ours["collection_cpu_s"] / (rest + size / reader),
                       "ratio_whole": ours["collection_cpu_s"] / (rest + size / whole),
                       "ratio_least": ours["collection_cpu_s"] / least, "least_ratio": least / (rest + size / reader)})
    m = medians(rounds)
    alone = [reader_speed(args.build, page, case, times) for case in ("page_and_items", "whole")]
    print("  CPU: collecting %.3f s; bare loop %.3f s + %.0f MB at %.0f MB/s + two copies at %.0f MB/s = %.3f s" % (
        m["collection_cpu_s"], theirs["cpu_s"], size / 1e6, m["reader_bytes_per_s"] / 1e6, m["memcpy_bytes_per_s"] / 1e6,
        m["floor_cpu_s"]))
    results.ratio("pages/cpu", m["ratio"], "lower", 1.25)
    print("  the same, the reader with the fingerprints it takes: %.0f MB/s" % (m["whole_bytes_per_s"] / 1e6))
    results.ratio("pages/cpu_fingerprints", m["ratio_whole"], "lower")
    print("  fetched and read, and nothing kept: %.3f s" % m["least_cpu_s"])
    results.ratio("pages/cpu_least", m["ratio_least"], "lower")
    results.ratio("pages/least", m["least_ratio"], "lower")
    print("  speeds with all processors at it, as while collecting; with one, the reader does %.0f MB/s, %.0f with "
          "fingerprints" % (alone[0] / 1e6, alone[1] / 1e6))
    return {"collecting": m, "reader_alone_bytes_per_s": alone[0], "whole_alone_bytes_per_s": alone[1]}
