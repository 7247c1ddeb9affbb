"""A snapshot against the truth, and the score."""
import collections
import json


class Score:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, good, what, detail=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED: %s%s" % (what, ": " + detail if detail else ""), flush=True)
        return bool(good)

    def skip(self, why):
        self.skipped += 1
        print("SKIPPED: " + why, flush=True)


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def sources(resource):
    """The providers a resource is from."""
    return {one["provider"] if isinstance(one, dict) else one
            for one in resource["metadata"].get("sources") or [resource["provider"]]}


def live(snapshot):
    return [one for one in snapshot["resources"] if "aws" in sources(one)]


def by_type(resources):
    found = collections.defaultdict(list)
    for one in resources:
        found[one["type"]].append(one)
    return found


def few(ids):
    ids = sorted(ids)
    return ", ".join(ids[:4]) + (" and %d more" % (len(ids) - 4) if len(ids) > 4 else "")


def compare_ids(snapshot, truth, score, name):
    """Per type: the same ids, none missing, none twice, none too many."""
    found, counts = by_type(live(snapshot)), {}
    for kind, ids in sorted(truth.ids.items()):
        ours = [one["id"] for one in found.get(kind, ())]
        missing, more = set(ids) - set(ours), set(ours) - set(ids)
        counts[kind] = (len(ours), len(set(ids)))
        score.check(len(ours) == len(set(ours)), "%s: %s twice" % (name, kind))
        score.check(not missing and not more, "%s: %s" % (name, kind), "; ".join(
            part for part in ("missing " + few(missing) if missing else "", "too many " + few(more) if more else "")
            if part))
    return counts


def unexplained(snapshot, explained=("MotoCannot",)):
    """Rows that are neither whole nor moto's own refusal."""
    return [row for row in snapshot["metadata"]["completeness"]
            if row["status"] not in ("ok", "skipped") and not row.get("error", "").startswith(tuple(explained))]
