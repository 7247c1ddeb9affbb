#!/usr/bin/env python3
"""valgrind.py BUILD_FOLDER [--jobs N] [--only REGEX]

Runs the unit, integration and race programs of a build under valgrind's memcheck, and so every wgo that the
tests written in Python start. BUILD_FOLDER/valgrind mirrors the build: programs become a wrapper that starts
the real one under memcheck, all else a link. Each process has a log of its own there; an error or a definite
leak in any of them fails the run.

Left out: fakecloud, which is not ours to prove, and fuzzers, whose sanitizers see more."""
import argparse
import concurrent.futures
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LABELS = {"unit", "integration", "race"}
# About time, memory or packaging of the real program: under memcheck they say nothing, or are somebody else's.
LEFT_OUT = {"lib_install": "builds programs of its own", "terraform_memory": "measures memory",
            "fakecloud_selftest": "fakecloud alone", "docs_api_reference": "no program", "docs_links": "no program",
            "lib_header": "compilers only", "lib_exports": "nm only", "azure_scale": "measures rates",
            "azure_storm": "deadlines of seconds", "gcp_storm": "deadlines of seconds"}
# memcheck answers an exec of what is no program in words of its own.
EXTRA = {"base_process": ["--filter", "!(*/programs_that_are_not_there_or_not_programs)"],
         "aws_credentials": ["--filter", "!(*/a_program_that_does_not_do)"],
         "k8s_credentials": ["--filter", "!(*/a_plugin_that_is_not_there)"]}
SLOW_LABELS = {"slow", "conformance", "fuzz"}
TIMEOUT_S = 1500

OPTIONS = ["--quiet", "--error-exitcode=99", "--leak-check=full", "--show-leak-kinds=definite",
           "--errors-for-leak-kinds=definite", "--num-callers=25", "--trace-children=yes",
           "--trace-children-skip=*/bin/*,*/sbin/*,*/fakecloud,*.sh,*.py", "--child-silent-after-fork=yes"]


def is_program(path):
    mode = os.stat(path)
    if not stat.S_ISREG(mode.st_mode) or not mode.st_mode & stat.S_IXUSR or ".so" in os.path.basename(path):
        return False
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def mirror(build, tree, logs):
    suppressions = os.path.join(HERE, "valgrind.supp")
    for folder, folders, files in os.walk(build):
        folders[:] = [f for f in folders if f not in ("CMakeFiles", "rooms", "headers", "valgrind", "Testing", "demo")]
        place = os.path.join(tree, os.path.relpath(folder, build))
        os.makedirs(place, exist_ok=True)
        for name in files:
            path, copy = os.path.join(folder, name), os.path.join(place, name)
            if name == "fakecloud" or name.startswith("fuzz_") or not is_program(path):
                os.symlink(path, copy)
                continue
            with open(copy, "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\nexec valgrind %s --suppressions='%s' --log-file='%s/%s.%%p' '%s' \"$@\"\n"
                           % (" ".join("'%s'" % o for o in OPTIONS), suppressions, logs, name, path))
            os.chmod(copy, 0o755)


def chosen(build, only):
    listing = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], check=True,
                             stdout=subprocess.PIPE)
    for test in json.loads(listing.stdout)["tests"]:
        properties = {p["name"]: p["value"] for p in test.get("properties", [])}
        labels = set(properties.get("LABELS", []))
        if labels & LABELS and not labels & SLOW_LABELS and test["name"] not in LEFT_OUT \
                and (not only or re.search(only, test["name"])):
            yield test["name"], test["command"] + EXTRA.get(test["name"], []), properties.get("ENVIRONMENT", [])


def run(build, tree, test):
    name, command, environment = test
    moved = [part.replace(build, tree) for part in command]
    env = dict(os.environ, WGO_UNDER_VALGRIND="1")
    env.update(pair.replace(build, tree).split("=", 1) for pair in environment)
    began = time.monotonic()
    try:
        process = subprocess.run(moved, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, timeout=TIMEOUT_S, cwd=tree)
        code, output = process.returncode, process.stdout.decode("utf-8", "replace")
    except subprocess.TimeoutExpired as late:
        code, output = -1, (late.stdout or b"").decode("utf-8", "replace") + "\ntimed out"
    return name, code, output, time.monotonic() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", help="names of tests, a regular expression")
    args = parser.parse_args()
    build = os.path.abspath(args.build)
    work = os.path.join(build, "valgrind")
    tree, logs = os.path.join(work, "tree"), os.path.join(work, "logs")
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(logs)
    mirror(build, tree, logs)
    tests = list(chosen(build, args.only))
    failed = []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for name, code, output, seconds in pool.map(lambda test: run(build, tree, test), tests):
            said = {0: "passed", 77: "skipped"}.get(code, "FAILED with %d" % code)
            print("valgrind: %-28s %s, %.0f s" % (name, said, seconds), flush=True)
            if code not in (0, 77):
                failed.append(name)
                print(output[-3000:], flush=True)
    processes, findings = os.listdir(logs), []
    for log in sorted(processes):
        with open(os.path.join(logs, log), encoding="utf-8", errors="replace") as file:
            text = file.read()
        if text.strip():
            findings.append(log)
            print("== %s\n%s" % (log, text[:4000]))
    print("valgrind: %d tests, %d processes under memcheck, %d with findings, %d tests failed%s"
          % (len(tests), len(processes), len(findings), len(failed), ": " + " ".join(failed) if failed else ""))
    return 1 if findings or failed else 0


if __name__ == "__main__":
    sys.exit(main())
