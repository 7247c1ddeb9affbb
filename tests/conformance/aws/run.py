#!/usr/bin/env python3
"""wgo against moto, judged by boto3.

Starts moto on loopback, fills it over some fifty services, three regions and an organisation of twenty accounts, runs
`wgo scan` in several ways and compares every snapshot with what boto3 lists. Everything is written below --build-dir.

  run.py --wgo build/release/wgo [--only SCENARIO ...]
  run.py --server-only                     a filled moto: prints its address and waits

Exit: 0 all equal; 1 a difference; 2 usage, or no wgo; 77 something to run with is absent (`SKIPPED: reason`)."""
import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback

sys.dont_write_bytecode = True  # nothing is left beside the sources
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
import packages  # noqa: E402

packages.need("boto3", "moto", "flask")
import fill  # noqa: E402
import scenarios  # noqa: E402
from cloud import MAIN, Cloud  # noqa: E402
from compare import Score, load  # noqa: E402

REGIONS = ["us-east-1", "us-west-2", "eu-west-1"]
ACCOUNTS = 20
SCAN_TIMEOUT_S = 900


class Run:
    """What the scenarios share: the program, the folder, the score."""

    def __init__(self, options, folder):
        self.wgo, self.folder, self.score = os.path.abspath(options.wgo), folder, Score()
        self.options = options
        self.snapshots = []

    def environment(self, cloud, keys=None):
        """Nothing of the user's own configuration is seen."""
        home = os.path.join(self.folder, "home")
        os.makedirs(home, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "WGO_", "KUBE"))}
        kept.update(HOME=home, XDG_CONFIG_HOME=home, XDG_STATE_HOME=home, AWS_EC2_METADATA_DISABLED="true",
                    AWS_CONFIG_FILE=os.path.join(home, "config"),
                    AWS_SHARED_CREDENTIALS_FILE=os.path.join(home, "credentials"), AWS_ENDPOINT_URL=cloud.url,
                    TF_CLI_CONFIG_FILE=os.devnull)
        kept.update(keys or {})
        return kept

    def scan(self, name, cloud, keys, *arguments, environment=None, cwd=None):
        """(exit code, snapshot or None, what was said)."""
        path = os.path.join(self.folder, name + ".json")
        if os.path.exists(path):
            os.unlink(path)
        command = [self.wgo, "scan", "-o", path, "--scan-timeout", "%ds" % SCAN_TIMEOUT_S, *arguments]
        done = subprocess.run(command, env=dict(self.environment(cloud, keys), **(environment or {})), cwd=cwd,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                              timeout=SCAN_TIMEOUT_S + 60, check=False)
        with open(os.path.join(self.folder, name + ".said"), "w", encoding="utf-8") as file:
            file.write(done.stdout)
        snapshot = load(path) if os.path.exists(path) else None
        if snapshot:
            self.snapshots.append(path)
        return done.returncode, snapshot, done.stdout

    def verify(self):
        """The judge that shares no code with the program, where it is at hand."""
        tool = os.path.join(os.environ.get("WGO_SHARED_DIR") or os.path.join(ROOT, "..", "shared"), "tools",
                            "verify_snapshot.py")
        if not os.path.exists(tool):
            self.score.skip("no verify_snapshot.py")
            return
        secrets = os.path.join(self.folder, "secrets.txt")
        with open(secrets, "w", encoding="utf-8") as file:
            file.write(fill.SECRET + "\n")
        for path in self.snapshots:
            done = subprocess.run([sys.executable, tool, path, "--secrets", secrets], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, check=False)
            self.score.check(done.returncode == 0, "verify_snapshot of " + os.path.basename(path), done.stdout[-600:])


def run(options, folder):
    state = Run(options, folder)
    with Cloud(folder) as cloud:
        used, refused = fill.fill(cloud, MAIN, REGIONS)
        unit, accounts = fill.organization(cloud, ACCOUNTS)
        print("moto: %d services filled in %d regions, %d accounts" % (len(used), len(REGIONS), len(accounts) + 1),
              flush=True)
        state.score.check(not refused, "moto takes all that is put in", "%d refusals" % len(refused))
        state.score.check(len(used) >= 30, "30 services", str(len(used)))
        if options.server_only:
            print(cloud.url, flush=True)
            signal.pause()
        for scenario in scenarios.SCENARIOS:
            if options.only and scenario.__name__ not in options.only:
                continue
            print("-- %s" % scenario.__name__, flush=True)
            try:
                scenario(state, cloud, REGIONS, unit, accounts)
            except Exception:  # one scenario's fault keeps no other from being judged
                state.score.check(False, scenario.__name__, traceback.format_exc())
    for scenario in scenarios.GUARDED:
        if options.only and scenario.__name__ not in options.only:
            continue
        print("-- %s" % scenario.__name__, flush=True)
        try:
            scenario(state)
        except Exception:
            state.score.check(False, scenario.__name__, traceback.format_exc())
    state.verify()
    print("%d passed, %d failed, %d skipped" % (state.score.passed, state.score.failed, state.score.skipped), flush=True)
    return 1 if state.score.failed or not state.score.passed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--wgo", default=os.path.join(ROOT, "build", "release", "wgo"))
    parser.add_argument("--build-dir", default=os.path.join(ROOT, "build", "conformance", "aws"))
    parser.add_argument("--only", action="append", default=[], help="this scenario, by name")
    parser.add_argument("--server-only", action="store_true")
    options = parser.parse_args()
    if not os.access(options.wgo, os.X_OK):
        print("there is no wgo at %s" % options.wgo)
        return 2
    os.makedirs(options.build_dir, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="run-", dir=options.build_dir)
    code = 1
    try:
        code = run(options, folder)
    finally:
        if code == 0:
            shutil.rmtree(folder)
        else:
            print("kept: " + folder)
    return code


if __name__ == "__main__":
    sys.exit(main())
