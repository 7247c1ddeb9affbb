#!/usr/bin/env python3
"""wgo and the providers' own clients, over the same clouds.

Starts fakecloud on loopback, asks Google's Python client (built from Google's discovery documents) and Microsoft's
azure-mgmt-resource and azure-mgmt-resourcegraph what there is, runs `wgo scan` with every source that it has for
that cloud, and compares: for each type the same ids, none missing, none twice, none too many; and no type that only
wgo reports, unless the clients or the cloud can say how many there are. Where gcloud is installed it lists the same.

  run.py [--wgo build/release/wgo] [--cloud gcp|azure ...]

Exit: 0 all equal; 1 a difference; 2 usage, or no wgo; 77 a client is absent (`SKIPPED: reason`)."""
import argparse
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing is left beside the sources
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
import packages  # noqa: E402

packages.need("googleapiclient", "google.auth", "azure.mgmt.resource", "azure.mgmt.resourcegraph")
sys.path.insert(0, os.path.join(ROOT, "tests", "support", "fakecloud"))
from checks import harness  # noqa: E402
import azure_side  # noqa: E402
import gcloud  # noqa: E402
import gcp_side  # noqa: E402

SIDES = {"gcp": gcp_side, "azure": azure_side}


class Score:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def skip(self, reason):
        self.skipped += 1
        print("SKIPPED: " + reason, flush=True)

    def check(self, good, what, detail=""):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print("FAILED: %s%s" % (what, ": " + detail if detail else ""), flush=True)


def few(ids):
    ids = sorted(ids)
    return ", ".join(ids[:3]) + (" and %d more" % (len(ids) - 3) if len(ids) > 3 else "")


def scan(options, folder, provider, source, environment):
    """(exit code, snapshot or None, what was said); nothing of the user's own configuration is seen."""
    path = os.path.join(folder, "%s-%s.json" % (provider, source))
    home = os.path.join(folder, "home")
    os.makedirs(home, exist_ok=True)
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("AWS_", "AZURE_", "GOOGLE_", "GCE_", "CLOUDSDK_", "WGO_", "KUBE"))}
    kept.update(HOME=home, XDG_CONFIG_HOME=home, XDG_STATE_HOME=home, **environment)
    command = [options.wgo, "scan", "--provider", provider, "--%s-source" % provider, source, "-o", path,
               "--state-dir", os.path.join(folder, "state-" + source), *SIDES[provider].ARGUMENTS]
    done = subprocess.run(command, env=kept, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", timeout=600, check=False)
    if not os.path.exists(path):
        return done.returncode, None, done.stdout
    with open(path, encoding="utf-8") as file:
        return done.returncode, json.load(file), done.stdout


def verify(score, path):
    """The judge that shares no code with the program, where it is at hand."""
    tool = os.path.join(os.environ.get("WGO_SHARED_DIR") or os.path.join(ROOT, "..", "shared"), "tools",
                        "verify_snapshot.py")
    if not os.path.exists(tool):
        score.skip("no verify_snapshot.py")
        return
    done = subprocess.run([sys.executable, tool, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    score.check(done.returncode == 0, "verify_snapshot of " + os.path.basename(path), done.stdout[-600:])


def compare(score, name, snapshot, truth, beyond, excused):
    """Per type the same ids, or the same number of what is 'beyond' the client; {type: how many wgo has}."""
    found, truth = collections.defaultdict(list), {kind.lower(): ids for kind, ids in truth.items()}
    for resource in snapshot["resources"]:
        found[resource["metadata"]["native_type"].lower()].append(resource["id"])
    for kind in sorted(set(truth) | set(found)):
        ours, ids = found[kind], truth.get(kind)
        missing, more = (ids or set()) - set(ours), set(ours) - (ids or set())
        same = not missing and not more if ids is not None else len(ours) == beyond.get(kind)
        score.check(len(ours) == len(set(ours)), "%s: %s twice" % (name, kind), few(ours))
        if kind in excused:
            score.check(not same, "%s: %s is the same, and needs no excuse" % (name, kind))
        elif ids is not None:
            score.check(same, "%s: %s" % (name, kind), "missing %d: %s; too many %d: %s" % (
                len(missing), few(missing), len(more), few(more)))
        elif kind in beyond:
            score.check(same, "%s: %s" % (name, kind), "%d, not %d: %s" % (len(ours), beyond[kind], few(ours)))
        else:
            score.check(False, "%s: %s is reported by nobody else" % (name, kind), few(ours))
    for kind in set(excused) - set(truth) - set(found):
        score.check(False, "%s: %s is not there, and needs no excuse" % (name, kind))
    return {kind: len(ids) for kind, ids in found.items()}


def table(sources, truth, counts, excuses):
    print("%-62s %8s %s" % ("type", "client", " ".join("%8s" % source for source in sources)))
    for kind, ids in sorted(truth.items()):
        ours = [counts[source].get(kind.lower(), 0) for source in sources]
        print("%-62s %8d %s" % (kind, len(ids), " ".join("%8d" % number for number in ours)))
    told = {kind.lower() for kind in truth}
    for kind in sorted({kind for source in sources for kind in counts[source]} - told):
        ours = [counts[source].get(kind, 0) for source in sources]
        print("%-62s %8s %s" % (kind, "-", " ".join("%8d" % number for number in ours)))
    for source in sources:
        for kind, why in excuses.get(source, {}).items():
            print("not compared, %s, %s: %s" % (source, kind, why))


def judge(options, folder, provider, score):
    side, counts, snapshots = SIDES[provider], {}, {}
    with side.serve() as cloud:
        truth, beyond = side.truth(cloud), side.beyond(cloud)
        print("-- %s: %d types, %d objects by its own clients" % (
            provider, len(truth), sum(len(ids) for ids in truth.values())), flush=True)
        score.check(len(truth) >= 20, "the client lists types", str(len(truth)))
        for source in side.SOURCES:
            name = "%s %s" % (provider, source)
            code, snapshot, said = scan(options, folder, provider, source, side.environment(cloud))
            score.check(code == 0 and snapshot is not None, name + " ends well", "exit %d: %s" % (code, said[-600:]))
            if snapshot is None:
                return
            snapshots[source] = snapshot
            counts[source] = compare(score, name, snapshot, truth, beyond, side.EXCUSES.get(source, {}))
            verify(score, os.path.join(folder, "%s-%s.json" % (provider, source)))
        if provider == "gcp":
            gcloud.judge(score, cloud, snapshots)
    table(side.SOURCES, truth, counts, side.EXCUSES)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--wgo", default=os.path.join(ROOT, "build", "release", "wgo"))
    parser.add_argument("--build-dir", default=os.path.join(ROOT, "build", "conformance", "sdk"))
    parser.add_argument("--cloud", action="append", choices=sorted(SIDES), default=[])
    options = parser.parse_args()
    options.build_dir, options.wgo = os.path.abspath(options.build_dir), os.path.abspath(options.wgo)
    harness.FAKECLOUD = os.path.join(os.path.dirname(options.wgo), "fakecloud")
    for program in (options.wgo, harness.FAKECLOUD):
        if not os.access(program, os.X_OK):
            print("there is no program %s" % program)
            return 2
    os.makedirs(options.build_dir, exist_ok=True)
    folder, score = tempfile.mkdtemp(prefix="run-", dir=options.build_dir), Score()
    for provider in options.cloud or sorted(SIDES):
        judge(options, folder, provider, score)
    print("%d passed, %d failed, %d skipped" % (score.passed, score.failed, score.skipped), flush=True)
    if score.failed or not score.passed:
        print("kept: " + folder)
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
