"""Compares a snapshot with what kubectl saw, and keeps the score.

Pure: reads documents, prints through Score alone. Nothing here knows how the scan was run."""
import collections
import json

from truth import native, noise_reason, resource_id


class Score:
    """Checks passed, failed and skipped; a failure is printed where it happens."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, what, problem=""):
        """`problem` is empty when all is well; a check is always something that was looked at."""
        if problem:
            self.failed += 1
            print(f"  FAILED  {what}: {problem}")
        else:
            self.passed += 1
        return not problem

    def skip(self, what, reason):
        self.skipped += 1
        print(f"  SKIPPED: {what}: {reason}")


def some(values, limit=3):
    values = sorted(map(str, values))
    return ", ".join(values[:limit]) + (f" and {len(values) - limit} more" if len(values) > limit else "")


def by_native(snapshot):
    found = collections.defaultdict(list)
    for resource in snapshot["resources"]:
        found[resource.get("metadata", {}).get("native_type", "?")].append(resource)
    return found


def cluster_of(snapshot):
    names = {resource["id"].split("/")[2] for resource in snapshot["resources"] if resource["id"].startswith("k8s://")}
    return names.pop() if len(names) == 1 else None


def difference(items, resources, cluster):
    """In words, how the resources of one type differ from kubectl's items; empty when they do not."""
    if len(items) != len(resources):
        detail = f"kubectl {len(items)}, snapshot {len(resources)}"
    else:
        detail = ""
    ours, theirs = {r["metadata"].get("native_id"): r for r in resources}, {item.uid: item for item in items}
    for label, keys in (("missing", theirs.keys() - ours.keys()), ("not kubectl's", ours.keys() - theirs.keys())):
        if keys:
            names = [resource_id(cluster, theirs[k]) if k in theirs else ours[k]["id"] for k in keys]
            detail += f"; {label}: {some(names)}"
    wrong = [f"{ours[uid]['id']} instead of {resource_id(cluster, item)}"
             for uid, item in theirs.items() if uid in ours and ours[uid]["id"] != resource_id(cluster, item)]
    if wrong:
        detail += f"; id: {some(wrong)}"
    wrong = [ours[uid]["id"] for uid, item in theirs.items()
             if uid in ours and (ours[uid].get("name"), ours[uid].get("namespace")) != (item.name, item.namespace)]
    if wrong:
        detail += f"; name or namespace of {some(wrong)}"
    return detail.lstrip("; ")


def compare_types(score, snapshot, expected, cluster, table, column):
    """One check for each type kubectl can list, one for what kubectl does not know; fills the table's column."""
    found = by_native(snapshot)
    for kind, items in expected.items():
        resources = found.pop(native(kind.group, kind.kind), [])
        good = score.check(kind.name, difference(items, resources, cluster))
        table.setdefault(kind.name, {})[column] = f"{len(items)}" if good else f"{len(items)}/{len(resources)} !"
    score.check("nothing but what kubectl lists",
                f"snapshot has {some(f'{len(v)} {k}' for k, v in found.items())}" if found else "")


def compare_noise(score, snapshot, types):
    found = by_native(snapshot)
    noise = {native(kind.group, kind.kind) for kind in types if noise_reason(kind)}
    present = {name: len(found[name]) for name in noise if name in found}
    score.check("noise is left out", f"{present}" if present else "")


def names_type(row, wanted):
    value = row.get("type", "*")
    return "*" in value or wanted in value if isinstance(value, list) else value in ("*", wanted)


def rows(snapshot):
    return snapshot["metadata"]["completeness"]


def compare_rows(score, snapshot, sights, type_names):
    """The completeness rows of a user with few rights: each type that exists is either seen whole and ok, or said to be denied.
    `type_names` maps native types to the snapshot's, for types that have objects."""
    silent, wronged = [], []
    for kind, sight in sights.items():
        name = type_names.get(native(kind.group, kind.kind))
        if name is None or sight.whole is None:
            continue
        states = {row["status"] for row in rows(snapshot) if names_type(row, name)}
        if sight.whole and ("denied" in states or "ok" not in states):
            wronged.append(name)
        if not sight.whole and "denied" not in states:
            silent.append(name)
    score.check("every type that is not seen whole has a denied row", some(silent))
    score.check("every type seen whole has an ok row and no denied one", some(wronged))


def compare_consistent(score, snapshot, expired_types, type_names):
    """`consistent: false` stands where the server said 410 and nowhere else."""
    expired = {type_names[name] for name in expired_types if name in type_names}
    torn = [row for row in rows(snapshot) if row.get("consistent") is False]
    score.check("consistent: false where the list expired",
                some(name for name in expired if not any(names_type(row, name) for row in torn)))
    whole = set(type_names.values()) - expired
    score.check("consistent: false nowhere else", some(name for name in whole if any(names_type(row, name) for row in torn)))


def compare_facts(score, snapshot, expected, cluster):
    """What the snapshot says about an object beyond that it is there."""
    resources = {r["metadata"].get("native_id"): r for r in snapshot["resources"]}
    pairs = [(item, resources[item.uid]) for items in expected.values() for item in items if item.uid in resources]
    score.check("labels are tags", some(r["id"] for item, r in pairs if r.get("tags", {}) != item.labels))
    score.check("created_at", some(r["id"] for item, r in pairs if r["metadata"].get("created_at", "")[:19] != item.created[:19]))
    score.check("owners are dependencies", some(
        r["id"] for item, r in pairs for kind, name in item.owners
        if resource_id(cluster, item._replace(native=kind, name=name)) not in r["metadata"].get("dependencies", [])))
    score.check("managedFields are cut", some(
        r["id"] for _, r in pairs if "managedFields" in r["configuration"].get("metadata", {})))
    # Types in which nothing is redacted must come through as they are, large numbers and odd characters included.
    kept = {"core/ConfigMap", "core/Service", "networking.k8s.io/Ingress", "things.example.com/Gadget", "things.example.com/Planet"}
    plain = [(item, r) for item, r in pairs if item.native in kept]
    score.check(f"the configuration of {len(plain)} objects is kept", "no such objects" if not plain else some(
        r["id"] for item, r in plain if any(r["configuration"].get(key) != value for key, value in item.body.items())))
    secrets = [r for item, r in pairs if item.native == "core/Secret"]
    score.check(f"the data of {len(secrets)} secrets are digests", "no secrets" if not secrets else some(
        r["id"] for r in secrets if not all(str(v).startswith("hmac:") for v in r["configuration"].get("data", {"": ""}).values())))


def compare_secrets(score, text, needles):
    found = [i for i, needle in enumerate(needles) if needle in text]
    score.check("no planted secret is in the snapshot", f"needle {some(found)} of {len(needles)}" if found else "")


def type_names(snapshot):
    return {name: resources[0]["type"] for name, resources in by_native(snapshot).items()}


def print_table(table, columns):
    widths = [max(len(column), 6, *(len(row.get(column, "")) for row in table.values())) for column in columns]
    first = max(len(name) for name in table)
    print("\n" + "type".ljust(first) + "".join("  " + c.rjust(w) for c, w in zip(columns, widths)))
    for name, row in sorted(table.items()):
        cells = [row.get(column, "") for column in columns]
        if any(cell not in ("", "0") for cell in cells):
            print(name.ljust(first) + "".join("  " + cell.rjust(w) for cell, w in zip(cells, widths)))
    empty = [name for name, row in table.items() if all(row.get(c, "") in ("", "0") for c in columns)]
    print(f"({len(empty)} types have no objects and none were reported)")
    print("A number is kubectl's and the snapshot's; `a/b !` is kubectl's and the snapshot's where they differ.")


def load(path):
    with open(path, encoding="utf-8") as source:
        text = source.read()
    return json.loads(text), text
