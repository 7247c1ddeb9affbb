#!/usr/bin/env python3
"""Recorded answers of Azure that list what the catalogs know: wgo finds in them what Python finds.

test_recordings.py WGO [FOLDER]

Each file of recordings is served on a loopback port and scanned with --azure-source arm, and with graph where it
holds an answer of Resource Graph. Number of items, ids, names
and tags must be those that this file reads from the same answers, and every answer must have been asked for. Says
how many recordings were used, and why each other was not. Ends with 77 (SKIPPED) where there are none."""
import collections
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing is left beside the sources
HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TREE, "tests", "support"))
import packages  # noqa: E402

packages.need("yaml")
from recordings import Entries, Recording, Server, World  # noqa: E402

PATIENCE_S = 60
CONFIG = """retry: { max: 3, base: 5ms, cap: 50ms }
limits:
  - { match: "azure/*", rate: 100000, burst: 100000 }
"""
# The collector's own, which no recording is about.
OWN = ("microsoft.resources/subscriptions", "microsoft.resources/tenants", "microsoft.management/managementgroups")


def tags_of(item, entry):
    at = item
    for name in ((entry.get("tags") or {}).get("map") or "tags").split("."):
        at = at.get(name) if isinstance(at, dict) else None
    return {key: value for key, value in (at or {}).items() if isinstance(value, str)}


def expected(world):
    """{id: (name, tags)} of everything that the round's answers list."""
    found = {}
    for listings in world.lists.values():
        for listing in listings:
            for item in listing.items():
                role = (item.get("properties") or {}).get("roleName")  # what people call it
                defines = (item.get("type") or "").endswith("/roleDefinitions")
                name = role if role and defines else item.get("name")
                found[item["id"].lower()] = (name, tags_of(item, listing.entry))
    for resource_id, item in list(world.singles.items()) + [(one["id"].lower(), one) for one in world.graph]:
        found[resource_id] = (item.get("name"), {k: v for k, v in (item.get("tags") or {}).items() if v is not None})
    return found


def scan(wgo, server, world, folder, source):
    """The snapshot of a scan, or None and what went wrong."""
    env = {"PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8", "WGO_AZURE_ENDPOINT": server.url,
           "AZURE_AUTHORITY_HOST": server.url, "AZURE_TENANT_ID": "11111111-1111-1111-1111-111111111111",
           "AZURE_CLIENT_ID": "22222222-2222-2222-2222-222222222222", "AZURE_CLIENT_SECRET": "recorded"}
    env.update({name: os.environ[name] for name in os.environ if name.endswith("SAN_OPTIONS")})
    config, out = os.path.join(folder, "config.yaml"), os.path.join(folder, "out.json")
    with open(config, "w", encoding="utf-8") as file:
        file.write(CONFIG)
    if os.path.exists(out):
        os.unlink(out)
    entries = [listing.entry for listings in world.lists.values() for listing in listings]
    types = sorted({one.text("type") for one in entries}) if any(one.get("noise") for one in entries) else []
    chosen = [word for name in types for word in ("--resource-type", name)]
    done = subprocess.run(
        [wgo, "scan", "--provider", "azure", "--azure-source", source, "--config", config, "--output-file", out,
         "--state-dir", os.path.join(folder, "state"), *chosen], env=env, cwd=folder, timeout=PATIENCE_S,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if not os.path.exists(out):
        return None, "exit code %d: %s" % (done.returncode, done.stderr.strip()[-400:])
    with open(out, encoding="utf-8") as file:
        return json.load(file), "exit code %d: %s" % (done.returncode, done.stderr.strip()[-400:])


def compare(world, snapshot):
    wanted, wrong = expected(world), []
    records = [one for one in snapshot["resources"] if one["metadata"]["native_type"].lower() not in OWN]
    counts = collections.Counter(one["id"] for one in records)
    got = {one["id"]: one for one in records}
    for each in sorted(set(wanted) - set(got)):
        wrong.append("%s is missing" % each)
    for each in sorted(set(got) - set(wanted)):
        wrong.append("%s was never recorded" % each)
    wrong += ["%s is there %d times" % (each, count) for each, count in counts.items() if count > 1]
    for each in sorted(set(got) & set(wanted)):
        name, tags = wanted[each]
        if got[each]["name"] != name:
            wrong.append("%s is called %s, not %s" % (each, got[each]["name"], name))
        if (got[each].get("tags") or {}) != tags:
            wrong.append("%s has the tags %s, not %s" % (each, got[each].get("tags"), tags))
    for listings in world.lists.values():
        wrong += ["%s was not asked for" % one.path for one in listings if list(one.items()) and not one.asked]
    return wrong, len(wanted)


def one_scan(wgo, world, source):
    """(what is wrong, items) of a scan of a world."""
    server = Server(world)
    try:
        with tempfile.TemporaryDirectory(prefix="wgo-azure-") as folder:
            snapshot, said = scan(wgo, server, world, folder, source)
    finally:
        server.stop()
    if snapshot is None:
        return [said], 0
    wrong, items = compare(world, snapshot)
    return wrong + ([said] if wrong else []), items


def replay(wgo, recording, entries):
    """(what is wrong, items, lists) of all scans of one recording."""
    wrong, items, lists = [], 0, 0
    worlds = [(World(recording, listings, entries), "arm", len(listings)) for listings in recording.rounds()]
    if recording.graph:
        world = World(recording, {}, entries)
        world.graph = recording.graph
        worlds.append((world, "graph", 1))
    for number, (world, source, answers) in enumerate(worlds):
        found, count = one_scan(wgo, world, source)
        wrong += ["%s, scan %d (%s): %s" % (recording.name, number + 1, source, one) for one in found]
        items, lists = items + count, lists + answers
    return wrong, items, lists


def skip(reason):
    print("SKIPPED: " + reason)
    return 77


def main():
    wgo = os.path.abspath(sys.argv[1])
    shared = os.environ.get("WGO_SHARED_DIR") or os.path.join(os.path.dirname(TREE), "shared")
    folder = sys.argv[2] if len(sys.argv) > 2 else os.path.join(shared, "recordings", "azure")
    if not os.path.isdir(folder):
        return skip("no recorded answers in " + folder)
    known = subprocess.run([wgo, "providers"], capture_output=True, text=True, check=False).stdout
    if "azure" not in known:
        return skip("this wgo has no provider azure")
    entries, wrong, used, items, lists, other = Entries(), [], 0, 0, 0, {}
    names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
    for name in names:
        recording = Recording(os.path.join(folder, name), entries)
        if not recording.listings and not recording.generic and not recording.graph:
            other[name] = recording.other
            continue
        bad, count, asked = replay(wgo, recording, entries)
        wrong, used, items, lists = wrong + bad, used + 1, items + count, lists + asked
    for name, why in other.items():
        print("not used: %s: %s" % (name[:-5], "; ".join("%s%s" % (what, " (%d)" % count if count > 1 else "")
                                                        for what, count in sorted(why.items()))))
    for line in wrong[:40]:
        print("  " + line)
    print("%d of %d recordings used: %d lists, %d items; %d not used, %d wrong" % (
        used, len(names), lists, items, len(other), len(wrong)))
    return 1 if wrong or not used else 0


if __name__ == "__main__":
    sys.exit(main())
