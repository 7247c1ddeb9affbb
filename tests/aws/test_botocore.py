"""The decoder against botocore's own parsers: answers that services once sent, and answers rendered
from random values for real operations. The random ones are the same in every run (WGO_SEED)."""
import base64
import collections
import glob
import json
import os
import random
import sys
import unittest
import urllib.parse
from xml.sax.saxutils import escape, quoteattr

from aws_support import ANSWERS, SOURCE, VECTORS, difference, generator, run

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import packages  # noqa: E402

packages.need("botocore")
import botocore  # noqa: E402
import botocore.parsers  # noqa: E402
import botocore.session  # noqa: E402
from botocore import xform_name  # noqa: E402

shapes = generator()
SESSION = botocore.session.get_session()
FOLDER = os.path.join(SOURCE, "collectors", "aws", "shapes")
ROUNDS, OPERATIONS = 4, 200
ALPHABET = "abcXYZ019 -_/.:+\"\\<>&'\u00e4\u4e16\U0001F600\t\n"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:Get*"]}]}


class Renderer:
    """XML (and headers) of an answer, from botocore's model alone."""

    def __init__(self, protocol, chance):
        self.protocol, self.chance = protocol, chance

    def scalar(self, shape):
        chance, kind = self.chance, shape.type_name
        if shape.name == "policyDocumentType":
            return urllib.parse.quote(json.dumps(POLICY))
        if shape.name == "TemplateBody":
            return chance.choice((json.dumps(POLICY), "AWSTemplateFormatVersion: '2010-09-09'"))
        if kind == "boolean":
            return chance.choice(("true", "false"))
        if kind in ("integer", "long"):
            return str(chance.choice((0, 1, -1, 2**31, chance.randrange(-10**9, 10**9))))
        if kind in ("float", "double"):
            return chance.choice(("0", "1.5", "-2.25E3", "1e-7", repr(chance.uniform(-9, 9e9))))
        if kind == "timestamp":
            return chance.choice((
                "2011-05-23T15:47:44Z", "2024-02-29T23:59:59.000Z", "2019-12-16T22:48:18.123456Z",
                "2019-12-17T00:48:18+01:00", "Tue, 29 Apr 2014 18:30:38 GMT", "1398796238",
                "1398796238.5", "2011-05-23T15:47:44", "9999-12-31T23:59:59Z"))
        if kind == "blob":
            return base64.b64encode(chance.randbytes(chance.randrange(40))).decode()
        return "".join(chance.choice(ALPHABET) for _ in range(chance.randrange(12)))

    def element(self, name, shape, depth):
        """One element of a shape that is not flattened."""
        attributes = ""
        if shape.type_name == "structure":
            for member in shape.members.values():
                if member.serialization.get("xmlAttribute"):
                    attributes += (' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
                                   f"{member.serialization['name']}={quoteattr(self.scalar(member).strip())}")
        body = self.content(shape, depth)
        space = self.chance.choice(("", "\n  "))
        return f"{space}<{name}{attributes}>{body}</{name}>" if body else f"{space}<{name}{attributes}/>"

    def entry(self, shape, key, depth):
        key_name = shape.key.serialization.get("name") or "key"
        value_name = shape.value.serialization.get("name") or "value"
        parts = [f"<{key_name}>{escape(key)}</{key_name}>", self.element(value_name, shape.value, depth)]
        if self.chance.random() < 0.2:
            parts.reverse()
        return "".join(parts)

    def keys(self):
        return [f"key {i}" for i in range(self.chance.randrange(4))]

    def items(self, depth):
        return range(self.chance.randrange(4 if depth < 5 else 2))

    def content(self, shape, depth=0):
        if shape.type_name == "structure":
            return self.structure(shape, depth + 1)
        if shape.type_name == "list":
            name = shape.member.serialization.get("name", "member")
            return "".join(self.element(name, shape.member, depth + 1) for _ in self.items(depth))
        if shape.type_name == "map":
            return "".join(f"<entry>{self.entry(shape, k, depth + 1)}</entry>" for k in self.keys())
        return escape(self.scalar(shape))

    def member(self, name, shape, depth):
        """The elements of one member: several for a flattened one."""
        how = shape.serialization
        element = how.get("name", name)
        if how.get("flattened") and shape.type_name == "list":
            element = shape.member.serialization.get("name") or element
            return [self.element(element, shape.member, depth) for _ in self.items(depth)]
        if how.get("flattened") and shape.type_name == "map":
            return [f"<{element}>{self.entry(shape, k, depth)}</{element}>" for k in self.keys()]
        return [self.element(element, shape, depth)]

    def structure(self, shape, depth):
        parts = []
        union = list(shape.members.items())
        if getattr(shape, "is_tagged_union", False):
            union = [self.chance.choice(union)]
        for name, member in union:
            how = member.serialization
            if how.get("location") or how.get("xmlAttribute") or depth > 9:
                continue
            if len(union) > 1 and self.chance.random() < 0.25 + 0.07 * depth:
                continue
            parts.append(self.member(name, member, depth))
        if self.chance.random() < 0.5:
            parts.append(["<somethingNew><item>x</item><deeper a='b'/>text</somethingNew>"]
                         if not getattr(shape, "is_tagged_union", False) else [])
        if self.chance.random() < 0.3:  # flattened elements apart from each other
            flat = [e for part in parts for e in part]
            self.chance.shuffle(flat)
            return "".join(flat)
        self.chance.shuffle(parts)
        return "".join(e for part in parts for e in part)

    def answer(self, operation):
        """(headers, body)."""
        shape = operation.output_shape
        headers = {}
        for name, member in shape.members.items():
            if member.serialization.get("location") == "header" and self.chance.random() < 0.7:
                text = self.scalar(member)
                headers[member.serialization.get("name", name)] = "".join(
                    c for c in text if " " < c < "\x7f") or "x"
        payload = shape.serialization.get("payload")
        if payload:
            target = shape.members[payload]
            if target.type_name in ("string", "blob"):
                return headers, "plain <text> & \u00e4"
            return headers, self.element(target.serialization.get("name", payload), target, 1)
        inner = self.structure(shape, 1)
        wrapper = shape.serialization.get("resultWrapper")
        if wrapper:
            inner = f"<{wrapper}>{inner}</{wrapper}>"
        if self.protocol == "query":
            inner += "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata>"
        elif self.protocol == "ec2":
            inner = "<requestId>id</requestId>" + inner
        name = operation.name + "Response"
        return headers, ('<?xml version="1.0" encoding="UTF-8"?>\n'
                         f'<{name} xmlns="http://service.amazonaws.com/doc/2010/">{inner}</{name}>')


def policies(shape, value):
    """Decodes what clients decode after the parser."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {n: policies(shape.members[n], v) for n, v in value.items() if n in shape.members}
    if shape.type_name == "list":
        return [policies(shape.member, v) for v in value]
    if shape.name == "policyDocumentType":
        return json.loads(urllib.parse.unquote(value))
    if shape.name == "TemplateBody":
        return json.loads(value) if value.startswith("{") else value
    return value


def parse(protocol, shape, headers, body):
    parser = botocore.parsers.create_parser(protocol)
    lowered = botocore.awsrequest.HeadersDict(headers)
    parsed = parser.parse({"status_code": 200, "headers": lowered, "body": body}, shape)
    parsed.pop("ResponseMetadata", None)
    return policies(shape, parsed)


def built_in():
    """[(service, model, text, operation)] of all that the tree has; the text is empty when the
    built-in shapes are to be used, and made anew when botocore is newer than they are."""
    found = []
    for path in sorted(glob.glob(os.path.join(FOLDER, "*.shapes"))):
        with open(path, encoding="utf-8") as file:
            ours = file.read()
        name = os.path.basename(path)[:-7]
        names = [line.split()[1] for line in ours.splitlines() if line.startswith("op ")]
        service = shapes.describe(SESSION, name, names)
        text = service.text(f"botocore {botocore.__version__}")
        newer = shapes.version_of(text) > shapes.version_of(ours)
        found += [(name, service.model, text if newer else "", op) for op in service.operations]
    return found


class Botocore(unittest.TestCase):
    def test_random_answers(self):
        seed = os.environ.get("WGO_SEED", "1")
        chance = random.Random(seed)
        everything = [e for e in built_in() if (e[0], e[3]) not in shapes.ROOT_MEMBERS]
        chosen = chance.sample(everything, min(OPERATIONS, len(everything)))
        cases, expected, used = [], [], collections.Counter()
        for name, model, text, operation in chosen * ROUNDS:
            protocol = shapes.xml_protocol(model.metadata)
            op = model.operation_model(operation)
            if op.output_shape is None:
                continue
            headers, body = Renderer(protocol, chance).answer(op)
            theirs = parse(protocol, op.output_shape, headers, body.encode())
            cases.append(("decode", name, operation, 200, text, headers, body.encode()))
            expected.append((op.output_shape, theirs))
            used[name, operation] += 1
        faults = []
        for case, (shape, theirs), ours in zip(cases, expected, run(cases)):
            found = str(ours) if isinstance(ours, ValueError) else difference(shape, ours, theirs)
            if found:
                faults.append(f"{case[1]} {case[2]}: {found[:600]}")
        print(f"Random answers (seed {seed}): {len(cases)} of {len(used)} operations of "
              f"{len({n for n, _ in used})} services, {sum(len(c[6]) for c in cases)} bytes, "
              f"{len(faults)} differ")
        self.assertGreaterEqual(len(used), 50)
        self.assertEqual(faults, [], "\n".join(faults[:20]))

    def test_recorded_answers(self):
        folder = os.path.join(VECTORS, "response_parsing", "xml", "responses")
        paths = sorted(glob.glob(os.path.join(folder, "*.xml")))
        if not paths:
            print("SKIPPED: the recorded answers are absent")
            self.skipTest("the recorded answers are absent")
        left_out, cases, expected = collections.Counter(), [], []
        for path in paths:
            name, wanted = os.path.basename(path)[:-4].split("-", 1)
            with open(path[:-4] + ".json", encoding="utf-8") as file:
                theirs = json.load(file)
            try:
                model = SESSION.get_service_model(name)
            except botocore.exceptions.UnknownServiceError:
                left_out[f"no models of {name}"] += 1
                continue
            operation = {xform_name(n, "-"): n for n in model.operation_names}.get(wanted)
            output = operation and model.operation_model(operation).output_shape
            if output is None:
                left_out["an operation without output, or gone"] += 1
                continue
            if shapes.xml_protocol(model.metadata) is None:
                left_out["no XML any more"] += 1
                continue
            theirs.pop("ResponseMetadata", None)
            service = shapes.Service(name, model)
            service.operation(operation)
            with open(path, "rb") as file:
                cases.append(("decode", name, operation, 200, service.text("these models"), {}, file.read()))
            expected.append((output, theirs))
        faults = []
        for case, (shape, theirs), ours in zip(cases, expected, run(cases)):
            found = str(ours) if isinstance(ours, ValueError) else difference(shape, ours, theirs)
            if found:
                faults.append(f"{case[1]} {case[2]}: {found[:600]}")
        print(f"Recorded answers: {len(paths)}, {len(cases) - len(faults)} the same, "
              f"{len(faults)} differ, left out: {dict(left_out)}")
        self.assertEqual(faults, [], "\n".join(faults[:40]))


if __name__ == "__main__":
    if not os.access(ANSWERS, os.X_OK):
        leave(f"{ANSWERS} is not built")
    unittest.main(verbosity=1)
