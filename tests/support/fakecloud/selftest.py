#!/usr/bin/env python3
"""Checks fakecloud from outside: starts it, asks, and compares. Standard library only.

usage: selftest.py [--fakecloud] PATH_TO_FAKECLOUD [--aws | --no-aws] [NAME_OF_CHECK...]

--aws runs the checks of AWS alone, --no-aws the others. Every check starts its own server and ends it. Where kubectl is installed it is asked for the same
numbers; where not, that part prints SKIPPED with the reason, and so do the checks of AWS without boto3; the
exit code is 77 when nothing was left.
"""
import os
import sys
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from checks import harness  # noqa: E402
from checks import aws_calls, aws_lists, azure_limits, azure_lists, azure_login  # noqa: E402,F401
from checks import clients, contents, discovery, gcp_calls, gcp_lists  # noqa: E402,F401
from checks import faults, server, terraform, users  # noqa: E402,F401


def run(check):
    start = time.monotonic()
    try:
        check()
        word = "ok"
    except Exception:  # One failure does not hide the others.
        traceback.print_exc()
        word = "FAILED"
    print(f"{word:7}{check.__name__} ({time.monotonic() - start:.1f} s)", flush=True)
    return word == "ok"


def main():
    args = [a for a in sys.argv[1:] if a not in ("--fakecloud", "--aws", "--no-aws")]
    if not args:
        sys.exit(__doc__)
    harness.FAKECLOUD = os.path.abspath(args[0])
    chosen = [c for c in harness.TESTS if len(args) == 1 or c.__name__ in args[1:]]
    for flag, wanted in (("--aws", True), ("--no-aws", False)):
        if flag in sys.argv:
            chosen = [c for c in chosen if c.__module__.startswith("checks.aws") == wanted]
    passed = sum([run(check) for check in chosen])
    for reason in harness.SKIPPED:
        print("SKIPPED:", reason)
    print(f"{passed} of {len(chosen)} passed, {len(harness.SKIPPED)} skipped in part")
    if chosen and len(harness.SKIPPED) == len(chosen):
        sys.exit(77)
    sys.exit(passed < len(chosen) or not chosen)


if __name__ == "__main__":
    main()
