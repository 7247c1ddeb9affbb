"""What the benchmarks share: fakecloud, measured runs of programs, loops over recorded requests, and the machine.

Standard library only."""
import concurrent.futures
import json
import multiprocessing
import os
import platform
import statistics
import subprocess
import tempfile
import time
import urllib.request

START_S = 30
# A header that the loops make themselves, or that says what they replace.
OWN_HEADERS = {"host", "connection", "content-length", "user-agent", "expect"}


class Failure(Exception):
    """Something could not be measured; its text says what."""


class Server:
    """A fakecloud of one's own with its request record; a context manager."""

    def __init__(self, build, work, name, *flags, scenario=None):
        self.dir = os.path.join(work, "cloud-" + name)
        os.makedirs(self.dir, exist_ok=True)
        self.record, self.log = os.path.join(self.dir, "record"), os.path.join(self.dir, "log")
        self.seen = {self.record: 0, self.log: 0}
        command = [os.path.join(build, "fakecloud"), "--port", "0", "--die-with-stdin", "--max-seconds", "14400",
                   "--record", self.record, "--log", self.log, *flags]
        if scenario is not None:
            path = os.path.join(self.dir, "scenario.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(scenario, file)
            command += ["--scenario", path]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if " listening on " not in line:
            raise Failure("fakecloud did not start: " + " ".join(command))
        self.base = line.rsplit(" ", 1)[1].strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=START_S)
        self.process.stdout.close()

    def fetch(self, path):
        with urllib.request.urlopen(self.base + path, timeout=START_S) as answer:
            return answer.read()

    def get(self, path):
        return json.loads(self.fetch(path))

    def cpu_s(self):
        return self.get("/_fakecloud/stats")["cpu_s"]

    def lines(self, path):
        with open(path, encoding="utf-8") as file:
            file.seek(self.seen[path])
            text = file.read()
            self.seen[path] = file.tell()
        return sorted((json.loads(line) for line in text.splitlines()), key=lambda each: each["n"])

    def requests(self):
        """What was asked since the last call of this, in order of arrival, as it can be asked again."""
        return self.lines(self.record)

    def times(self):
        """The same from the log: when, and with how many others in flight."""
        return self.lines(self.log)


def run(build, command, env=None, out=subprocess.PIPE):
    """One run, measured by bench_run: {wall_s, cpu_s, peak_mb, out}."""
    with tempfile.NamedTemporaryFile(prefix="wgo-run-") as report:
        done = subprocess.run([os.path.join(build, "bench", "bench_run"), report.name, *command], env=env,
                              stdin=subprocess.DEVNULL, stdout=out, text=True, check=False)
        if done.returncode != 0:
            raise Failure("%s: exit code %d" % (" ".join(command)[:400], done.returncode))
        usage = json.load(report)
    return {"wall_s": usage["wall_s"], "cpu_s": usage["cpu_s"], "peak_mb": usage["peak_kb"] / 1024, "out": done.stdout}


def at_once(function, count):
    """What 'function' returns in each of 'count' processes that call it at the same time."""
    with concurrent.futures.ProcessPoolExecutor(count, multiprocessing.get_context("fork")) as pool:
        return [each.result() for each in [pool.submit(function) for _ in range(count)]]


def scan(build, work, arguments, env, keep=False):
    """A whole `wgo scan`: run()'s, and what the snapshot says of it. Nothing is taken from an earlier one."""
    output = os.path.join(work, "snapshot.json")
    command = [os.path.join(build, "wgo"), "scan", "--quiet", "--no-cache", "--output-file", output, "--scan-timeout",
               "0", *arguments]
    result = run(build, command, env=dict({"PATH": os.environ["PATH"], "HOME": work,
                                    "WGO_STATE_DIR": os.path.join(work, "state")}, **env))
    meta = read_metadata(output)
    result["bytes"] = os.path.getsize(output)
    if not keep:
        os.remove(output)
    providers = meta.get("providers", {})
    result.update(collection_s=meta["collection_time"] / 1e9, resources=meta["resource_count"],
                  complete=meta["complete"], calls=sum(p.get("calls", 0) for p in providers.values()),
                  body_bytes=sum(p.get("body_bytes", 0) for p in providers.values()),
                  providers={name: p["duration_ns"] / 1e9 for name, p in providers.items()})
    if not result["complete"]:
        raise Failure("%s: the snapshot is not whole" % " ".join(command))
    return result


def read_metadata(path):
    """The snapshot's head without its resources: a snapshot may be larger than memory."""
    head = ""
    with open(path, encoding="utf-8") as file:
        while '"resources":[' not in head:
            chunk = file.read(65536)
            if not chunk:
                break
            head += chunk
    return json.loads(head.split('"resources":[', 1)[0].rstrip().rstrip(",") + "}")["metadata"]


# ---- loops over requests ----

def write_list(path, requests):
    """The file both loops read, of (base, recorded request) pairs; the good ones only. How many."""
    count = 0
    with open(path, "wb") as file:
        for base, each in requests:
            if not 200 <= each["status"] < 300:
                continue
            body = each["body"].encode()
            lines = ["%s %s%s %d" % (each["method"], base, each["path"], len(body))]
            lines += ["%s: %s" % item for item in each["headers"].items() if item[0].lower() not in OWN_HEADERS]
            file.write("\n".join(lines).encode() + b"\n\n" + body + b"\n")
            count += 1
    if count == 0:
        raise Failure("nothing was recorded")
    return count


def plain_list(path, url, count):
    with open(path, "w", encoding="utf-8") as file:
        file.write(("GET %s 0\nAccept: */*\n\n\n" % url) * count)


def loop(build, program, path, *flags):
    """A run of bench_bare_loop or bench_transport: what it printed."""
    result = json.loads(run(build, [os.path.join(build, "bench", program), path, *map(str, flags)])["out"])
    if result["failed"]:
        raise Failure("%s: %d of %d calls failed" % (program, result["failed"], result["calls"]))
    return result


def bare(build, path, window, *flags):
    return loop(build, "bench_bare_loop", path, "--window", window, *flags)


# ---- figures ----

def medians(rounds):
    """The median of each number of some equal dicts; of what is no number, the first's."""
    return {key: statistics.median(each[key] for each in rounds) if isinstance(value, (int, float)) and
            not isinstance(value, bool) else value for key, value in rounds[0].items()}


def machine():
    model = "unknown"
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} x {model}, {memory:.0f} GiB, {platform.system()} {platform.release()}"


def commit(folder):
    done = subprocess.run(["git", "-C", folder, "describe", "--always", "--dirty", "--exclude", "*"],
                          capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
