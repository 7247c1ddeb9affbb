#!/usr/bin/env python3
"""validate_snapshot.py SCHEMA FILE...

Validates snapshots (JSON, {"snapshots": [...]} and NDJSON, told apart by their content) against the
schema, and what a schema cannot say: the count is the number of resources, ids are sorted and unique.
Prints one line a file and at most 20 problems each; ends with 1 if there was any, and with 77, after
"SKIPPED: ...", where python3-jsonschema is not installed."""
import json
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("SKIPPED: python3-jsonschema is not installed")
    sys.exit(77)

MOST_SHOWN = 20


def validator_of(schema, name):
    """A validator for #/$defs/NAME."""
    return Draft202012Validator(
        {"$schema": schema["$schema"], "$ref": "#/$defs/" + name, "$defs": schema["$defs"]})


def no_twins(pairs):
    """An object whose members are all different, else a ValueError."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a member occurs twice: " + ", ".join(sorted(key for key, _ in pairs)))
    return made


class Check:
    def __init__(self, schema):
        Draft202012Validator.check_schema(schema)
        self.head = validator_of(schema, "head")
        self.snapshots = validator_of(schema, "snapshots")
        self.resource = validator_of(schema, "resource")

    @staticmethod
    def problems(validator, value, where):
        for error in validator.iter_errors(value):
            path = "/".join(map(str, error.absolute_path))
            yield f"{where}{'/' if path else ''}{path}: {error.message[:300]}"

    def resources(self, resources, is_sorted):
        last = None
        for resource in resources:
            name = resource.get("id") if isinstance(resource, dict) else None
            yield from self.problems(self.resource, resource, str(name))
            here = str(name).encode()
            if is_sorted and last is not None and here <= last:
                yield f"{name}: {'twice' if here == last else 'out of order'}"
            last = here

    def counted(self, head, resources, is_sorted):
        """A head and the resources that belong to it."""
        yield from self.problems(self.head, head, "head")
        yield from self.resources(resources, is_sorted)
        count = head.get("metadata", {}).get("resource_count")
        if count != len(resources):
            yield f"resource_count is {count}, but there are {len(resources)} resources"

    def snapshot(self, document):
        if not isinstance(document.get("resources"), list):
            yield "resources is no array"
            return
        head = {key: value for key, value in document.items() if key != "resources"}
        yield from self.counted(head, document["resources"], True)

    def document(self, document):
        if "snapshots" not in document:
            yield from self.snapshot(document)
            return
        yield from self.problems(self.snapshots, {**document, "snapshots": []}, "document")
        for snapshot in document["snapshots"]:
            yield from self.snapshot(snapshot)

    def lines(self, lines):
        """NDJSON: heads with their resources behind them, or a stream with its only head at the end."""
        documents = [json.loads(line, object_pairs_hook=no_twins) for line in lines]
        heads = [i for i, document in enumerate(documents) if "schema_version" in document]
        if not heads:
            yield "there is no head"
        elif heads == [len(documents) - 1] and len(documents) > 1:
            yield from self.counted(documents[-1], documents[:-1], False)
        elif heads[0] != 0:
            yield "resources before the first head"
        else:
            for at, end in zip(heads, heads[1:] + [len(documents)]):
                yield from self.counted(documents[at], documents[at + 1:end], True)

    def file(self, name):
        with open(name, encoding="utf-8") as file:
            text = file.read()
        try:
            try:
                document = json.loads(text, object_pairs_hook=no_twins)
            except json.JSONDecodeError:
                lines = text.rstrip("\n").split("\n")
                if len(lines) < 2:
                    raise
                yield from self.lines(lines)
                return
            if isinstance(document, dict) and ("resources" in document or "snapshots" in document):
                yield from self.document(document)
            else:
                yield from self.lines([text])
        except ValueError as error:
            yield f"no JSON: {error}"


def main(arguments):
    if len(arguments) < 2:
        print(__doc__)
        return 2
    with open(arguments[0], encoding="utf-8") as file:
        check = Check(json.load(file))
    failed = False
    for name in arguments[1:]:
        problems = list(check.file(name))
        failed = failed or bool(problems)
        print(f"{name}: {len(problems)} problems")
        for problem in problems[:MOST_SHOWN]:
            print(f"  {problem}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
