#!/usr/bin/env python3
"""test_states.py DRIVER [FOLDER]

Every azurerm resource of the sample states takes the id that the catalogs give the live resource: the id of
Azure Resource Manager, in lower case. Ends with 77 (SKIPPED) where there are no samples."""
import collections
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True  # nothing is left beside the sources
HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(TREE, "tests", "support"), os.path.join(TREE, "tests", "aws"),
                os.path.join(TREE, "tests", "terraform")]
import packages  # noqa: E402

packages.need("yaml")
import catalog_reader  # noqa: E402
from count_states import load  # noqa: E402
from live_ids import instances  # noqa: E402

catalog_reader.MEMBERS |= {"kinds", "in_bulk", "phase", "source", "keep"}


def live_ids():
    """For each Terraform type, how the catalogs make the id of the live resource, and its native type."""
    catalog = catalog_reader.read_catalog(os.path.join(TREE, "collectors", "azure", "catalog"))
    return {name: (entry.text("id"), entry.text("native_type")) for entry in catalog.entries
            for name in entry.types() + list(entry.get("terraform") or [])}


def live_id(template, native, attributes):
    """The id of the resource that Azure would list, or None where the state does not name it."""
    found = attributes.get("id") or ""
    segments = found.split("/providers/")[-1].split("/")
    kind = "/".join(segments[:1] + segments[1::2])
    return found.lower() if template == "{item.id:lower}" and kind.lower() == native.lower() else None


def skip(reason):
    print("SKIPPED: " + reason)
    return 77


def main():
    driver = sys.argv[1]
    shared = os.environ.get("WGO_SHARED_DIR") or os.path.join(os.path.dirname(TREE), "shared")
    folder = sys.argv[2] if len(sys.argv) > 2 else os.path.join(shared, "fixtures", "tfstate")
    if not os.path.isdir(folder):
        return skip("no sample states in " + folder)
    known, wrong, checked, other = live_ids(), [], 0, collections.Counter()
    for name in sorted(n for n in os.listdir(folder) if n.endswith((".tfstate", ".tfstate.gz"))):
        try:
            found = [one for one in instances(load(os.path.join(folder, name))) if one[0].startswith("azurerm_")]
        except (ValueError, KeyError):
            continue  # what cannot be read is count_states.py's business
        if not found:
            continue
        said = subprocess.run([driver, os.path.join(folder, name)], capture_output=True, text=True, check=False)
        records = [one for one in map(json.loads, said.stdout.splitlines()) if one["type"].startswith("azurerm_")]
        got = collections.Counter(one["id"] for one in records)
        if len(records) != len(found):
            wrong.append("%s: %d resources, not %d" % (name, len(records), len(found)))
        for kind, _provider, attributes in found:
            want = live_id(*known[kind], attributes) if kind in known else None
            if want is None:
                other[kind] += 1
                continue
            checked += 1
            if got[want] != 1:
                wrong.append("%s: %s is there %d times, not once" % (name, want, got[want]))
    print("%d azurerm resources have the live id, %d wrong, %d of types that are not collected: %s" % (
        checked, len(wrong), sum(other.values()), ", ".join(sorted(other)) or "none"))
    for line in wrong[:20]:
        print("  " + line)
    return 1 if wrong or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
