#!/usr/bin/env python3
"""addresses.py DRIVER: addresses as Terraform itself prints them, odd keys and all.

Compares with `terraform state list` (or `tofu`) on a state made up here. Ends with 77 where neither is
installed."""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

PIECES = ["a", "Z", "0", ".", "/", " ", '"', "\\", "$", "%", "{", "}", "${", "%{", "$${", "[", "]", "\n", "\r",
          "\t", "\x01", "\x7f", "\x80", "\u00a0", "\u00ad", "ż", "日本", "\u200b", "\u2028", "\u3000", "😀",
          "\ufeff", "\ue000", "\U000e0001", "'", "#", "%2F", "é"]


def key(rng):
    return "".join(rng.choice(PIECES) for _ in range(rng.randrange(0, 9)))


def quoted(text):
    """As a key in a module's address, which the state holds ready made: only plain ones are made up."""
    return '"%s"' % text


def state(rng):
    resources = []
    for number in range(60):
        module = ".".join("module.m%d%s" % (rng.randrange(9), rng.choice(
            ["", "[%d]" % rng.randrange(20), "[%s]" % quoted(rng.choice(["a.b", "x/y", "p q", "ż]"]))]))
            for _ in range(rng.randrange(3)))
        mode = rng.choice([None, int, str])
        keys = {None: [None], int: list(range(rng.randrange(1, 12))), str: sorted({key(rng) for _ in range(9)})}[mode]
        instances = []
        for k in keys:
            instance = {"schema_version": 0, "attributes": {"id": "x"}, "sensitive_attributes": []}
            if k is not None:
                instance["index_key"] = k
            instances.append(instance)
        resources.append({"mode": rng.choice(["managed", "managed", "data"]), "type": "terraform_data",
                          "name": "n%d" % number, "provider": 'provider["terraform.io/builtin/terraform"]',
                          "instances": instances})
        if module:
            resources[-1]["module"] = module
    return {"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "l", "outputs": {},
            "resources": resources, "check_results": None}


def main():
    driver = sys.argv[1]
    terraform = shutil.which("terraform") or shutil.which("tofu")
    if not terraform:
        print("SKIPPED: neither terraform nor tofu is installed")
        return 77
    wrong = total = 0
    for seed in range(4):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x.tfstate")
            with open(path, "w") as out:
                json.dump(state(random.Random(seed)), out)
            env = dict(os.environ, CHECKPOINT_DISABLE="1", TF_CLI_CONFIG_FILE="/dev/null", HOME=folder)
            said = subprocess.run([terraform, "state", "list", "-state=" + path], capture_output=True, text=True,
                                  cwd=folder, env=env)
            if said.returncode or not said.stdout:
                print("terraform refuses the state: " + said.stderr)
                return 1
            ours = subprocess.run([driver, "--data-sources", path], capture_output=True, text=True)
            got = sorted(json.loads(line)["state_address"] for line in ours.stdout.splitlines())
            want = sorted(said.stdout.split("\n")[:-1])
            total += len(want)
            for missing in [a for a in want if a not in got][:5]:
                print("terraform says %r" % missing)
            for extra in [a for a in got if a not in want][:5]:
                print("the collector says %r" % extra)
            wrong += got != want
    print("%d addresses, %d states differ" % (total, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
