#!/usr/bin/env python3
"""Checks fakecloud from outside: starts it, asks, and compares. Standard library only.

usage: selftest.py [--fakecloud] PATH_TO_FAKECLOUD [--CLOUD | --rest] [NAME_OF_CHECK...]

--aws, --azure, --gcp, --powerbi and --codescan run the checks of that cloud alone, --rest all others. Every check
starts its own server and ends it. Where kubectl is installed it is asked for the same numbers; where not, that part prints SKIPPED with
the reason, and so do the checks of AWS without boto3, those of Azure without azure-mgmt-resource and its kin, and
those of Google Cloud without google-api-python-client; the exit code is 77 when nothing was left.
"""
import os
import sys
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import packages  # noqa: E402

packages.need()  # goes on in build/python where that is there

from checks import harness  # noqa: E402
from checks import aws_calls, aws_lists, azure_drift, azure_limits, azure_lists, azure_login  # noqa: E402,F401
from checks import clients, contents, discovery, faults, gcp_calls, gcp_changes, gcp_lists, gcp_objects  # noqa: E402,F401
from checks import kube_drift, kube_watch  # noqa: E402,F401
from checks import codescan_limits, codescan_lists  # noqa: E402,F401
from checks import powerbi_limits, powerbi_lists  # noqa: E402,F401
from checks import server, terraform, users  # noqa: E402,F401

CLOUDS = ("aws", "azure", "gcp", "powerbi", "codescan")


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
    args = [a for a in sys.argv[1:] if not a.startswith("--")]
    if not args:
        sys.exit(__doc__)
    harness.FAKECLOUD = os.path.abspath(args[0])
    chosen = [c for c in harness.TESTS if len(args) == 1 or c.__name__ in args[1:]]
    for cloud in CLOUDS:
        if "--" + cloud in sys.argv:
            chosen = [c for c in chosen if c.__module__.startswith("checks." + cloud)]
    if "--rest" in sys.argv:
        clouds = tuple("checks." + cloud for cloud in CLOUDS)
        chosen = [c for c in chosen if not c.__module__.startswith(clouds)]
    passed = sum([run(check) for check in chosen])
    for reason in harness.SKIPPED:
        print("SKIPPED:", reason)
    print(f"{passed} of {len(chosen)} passed, {len(harness.SKIPPED)} skipped in part")
    if chosen and len(harness.SKIPPED) == len(chosen):
        sys.exit(77)
    sys.exit(passed < len(chosen) or not chosen)


if __name__ == "__main__":
    main()
