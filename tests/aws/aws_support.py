"""What the tests of AWS's answers share: the decoder as a program, and shapes of test cases."""
import base64
import datetime
import email.utils
import importlib.util
import json
import math
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ.get("WGO_SOURCE_DIR", os.path.join(HERE, "..", ".."))
BINARY = os.environ.get("WGO_BINARY_DIR", os.path.join(SOURCE, "build", "release"))
SHARED = os.environ.get("WGO_SHARED_DIR", os.path.join(SOURCE, "..", "shared"))
VECTORS = os.path.join(SHARED, "vectors", "aws-protocols")
ANSWERS = os.path.join(BINARY, "tests", "aws", "aws_answers")


def leave(reason):
    print("SKIPPED: " + reason, flush=True)
    sys.exit(77)


def generator():
    """scripts/aws-shapes.py as a module."""
    path = os.path.join(SOURCE, "scripts", "aws-shapes.py")
    spec = importlib.util.spec_from_file_location("aws_shapes", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(cases):
    """[(kind, service, operation, status, shapes, headers, body)] -> what the program says of each.
    A value, or an exception that holds the error's text."""
    data = bytearray()
    for kind, service, operation, status, shapes, headers, body in cases:
        lines = "".join(f"{k.lower()}: {v}\n" for k, v in headers.items()).encode()
        shapes, body = shapes.encode(), body if isinstance(body, bytes) else (body or "").encode()
        data += f"{kind} {service} {operation} {status} {len(shapes)} {len(lines)} {len(body)}\n".encode()
        data += shapes + lines + body
    done = subprocess.run([ANSWERS], input=bytes(data), capture_output=True, check=False)
    lines = done.stdout.decode().splitlines()
    if done.returncode or len(lines) != len(cases):
        raise AssertionError(f"{ANSWERS}: {done.returncode}, {len(lines)} answers to {len(cases)}"
                             f" cases\n{done.stderr.decode()[-2000:]}")
    answers = [json.loads(line) for line in lines]
    return [a["value"] if "value" in a else ValueError(a["error"]) for a in answers]


class Shape:
    """A shape of a test case, as botocore's own models would show it."""
    TRAITS = {"locationName": "name"}
    KEPT = ("flattened", "location", "payload", "streaming", "timestampFormat", "resultWrapper",
            "xmlAttribute", "eventstream", "jsonvalue", "xmlNamespace")

    def __init__(self, shapes, reference):
        self.shapes, self.name = shapes, reference["shape"]
        self.model = {**shapes[self.name], **reference}
        self.type_name = self.model["type"]
        self.document = self.model.get("document", False)
        self.serialization = {
            self.TRAITS.get(k, k): v for k, v in self.model.items()
            if k in self.TRAITS or k in self.KEPT}

    def _other(self, reference):
        return Shape(self.shapes, reference)

    @property
    def members(self):
        return {n: self._other(r) for n, r in self.model.get("members", {}).items()}

    @property
    def member(self):
        return self._other(self.model["member"])

    @property
    def key(self):
        return self._other(self.model["key"])

    @property
    def value(self):
        return self._other(self.model["value"])


class Model:
    """One suite of test cases as a service with one operation."""

    def __init__(self, suite, protocol, given):
        self.metadata = {"protocol": protocol, "apiVersion": "test"}
        output = given.get("output")
        if output and protocol == "query":  # newer cases leave out what goes without saying
            output = {"resultWrapper": given["name"] + "Result", **output}
        self.output_shape = Shape(suite["shapes"], output) if output else None

    def operation_model(self, _name):
        return self


def seconds_of(value):
    """Of a timestamp in any of the forms that cases use."""
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            value = value.replace(tzinfo=datetime.timezone.utc)
        return value.timestamp()
    if value.endswith("GMT"):
        return email.utils.parsedate_to_datetime(value).timestamp()
    text = value.replace("Z", "+00:00")
    if "." in text:  # Python reads three or six digits
        head, tail = text.split(".", 1)
        digits = tail[:-6]
        text = f"{head}.{(digits + '000000')[:6]}{tail[-6:]}"
    return datetime.datetime.fromisoformat(text).timestamp()


def same_number(ours, theirs):
    if isinstance(ours, str) or isinstance(theirs, str):
        return str(ours) == str(theirs)
    if math.isnan(theirs):
        return False
    return not isinstance(ours, bool) and float(ours) == float(theirs)


def difference(shape, ours, theirs, where="", wire=False):
    """What 'ours' has otherwise than 'theirs', an expected value; None when nothing. With 'wire',
    structures of ours have the names of the wire."""
    kind = shape.type_name
    if kind == "structure" and not getattr(shape, "document", False):
        if not isinstance(ours, dict):
            return f"{where}: {ours!r} instead of a structure"
        names = {n: (m.serialization.get("name", n) if wire else n)
                 for n, m in shape.members.items()}
        known = {n for n, w in names.items() if ours.get(w) is not None or n in theirs}
        if not wire and set(ours) - set(names):
            return f"{where}: unknown members {set(ours) - set(names)}"
        for name in sorted(known):
            if (name in theirs) != (ours.get(names[name]) is not None):
                return f"{where}.{name}: ours {ours.get(names[name])!r}, theirs {theirs.get(name)!r}"
            found = difference(shape.members[name], ours[names[name]], theirs[name],
                               f"{where}.{name}", wire)
            if found:
                return found
        return None
    if kind == "list":
        if not isinstance(ours, list) or len(ours) != len(theirs):
            return f"{where}: {ours!r} instead of {theirs!r}"
        found = (difference(shape.member, a, b, f"{where}[{i}]", wire) if b is not None or a is not None
                 else None for i, (a, b) in enumerate(zip(ours, theirs)))
        return next((f for f in found if f), None)
    if kind == "map":
        ours = {k: v for k, v in ours.items() if not wire or v is not None or k in theirs}
        if set(ours) != set(theirs):
            return f"{where}: {ours!r} instead of {theirs!r}"
        found = (difference(shape.value, ours[k], theirs[k], f"{where}[{k!r}]", wire)
                 if ours[k] is not None or theirs[k] is not None else None for k in theirs)
        return next((f for f in found if f), None)
    if kind == "timestamp":
        try:
            good = abs(seconds_of(ours) - seconds_of(theirs)) < 1e-6
        except ValueError:  # the text of neither is a time
            good = ours == theirs
    elif kind == "blob":
        expected = theirs if isinstance(theirs, bytes) else theirs.encode()
        good = base64.b64decode(ours) == expected
    elif kind in ("float", "double", "integer", "long"):
        good = same_number(ours, theirs)
    else:
        good = type(ours) is type(theirs) and ours == theirs
    return None if good else f"{where}: {ours!r} instead of {theirs!r}"
