"""The response cases of botocore's protocol tests, through the decoder and the reader of errors.

Every case carries its own shapes; they are turned into the notation of the shape files here."""
import collections
import glob
import json
import os
import pathlib
import unittest

from aws_support import ANSWERS, VECTORS, Model, difference, generator, leave, run

XML = ("ec2", "query", "rest-xml")
shapes = generator()


def load():
    """(file, protocol, suite, case) of every response case."""
    found = []
    for path in sorted(glob.glob(os.path.join(VECTORS, "protocols", "output", "*.json")) +
                       glob.glob(os.path.join(VECTORS, "protocols", "legacy", "output", "*.json"))):
        with open(path, encoding="utf-8") as file:
            for suite in json.load(file):
                for case in suite["cases"]:
                    found.append((os.path.relpath(path, VECTORS), suite["metadata"]["protocol"],
                                  suite, case))
    return found


def name_of(entry):
    file, _, suite, case = entry
    return f"{file}: {suite['description']}: {case.get('id', case.get('description', ''))}"


def is_error(case):
    return "error" in case or "errorCode" in case or case["response"].get("status_code", 200) >= 301


def every_shape(shape, seen=None):
    seen = set() if seen is None else seen
    if shape.name in seen:
        return
    seen.add(shape.name)
    yield shape
    below = {"structure": lambda: shape.members.values(), "list": lambda: [shape.member],
             "map": lambda: [shape.key, shape.value]}.get(shape.type_name, list)
    for other in below():
        yield other
        yield from every_shape(other, seen)


def reason_to_leave_out(protocol, model, case):
    """Why a case cannot come up in what wgo reads, or None."""
    shape = model.output_shape
    if "cbor" in protocol:
        return "CBOR, which wgo does not ask for"
    if shape is None:
        return "an operation without output"
    every = list(every_shape(shape))
    if any(s.serialization.get("eventstream") for s in every):
        return "an event stream"
    if any(m.serialization.get("jsonvalue") and m.serialization.get("location") == "header" and
           n in case["result"] for n, m in shape.members.items()):
        return "JSON in a header"
    if protocol in XML:
        return None
    members = shape.members
    if shape.serialization.get("payload") and \
            members[shape.serialization["payload"]].type_name in ("string", "blob"):
        return "a JSON protocol's body that is no JSON"
    if not set(case["result"]) - {n for n, m in members.items() if m.serialization.get("location")}:
        if any(m.serialization.get("location") for m in members.values()) and case["result"]:
            return "a JSON protocol's members in headers only"
    return None


def botocore_ignores():
    """Ids of the cases that botocore does not pass itself."""
    path = os.path.join(VECTORS, "protocols", "protocol-tests-ignore-list.json")
    with open(path, encoding="utf-8") as file:
        listed = json.load(file)["protocols"]
    return {case for protocol in listed.values() for case in protocol.get("output", {}).get("cases", [])}


class Protocols(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.cases = load()
        self.ignored = botocore_ignores()

    def report(self, title, passed, failed, left_out):
        total = len(passed) + len(failed) + sum(left_out.values())
        print(f"{title}: {total} cases, {len(passed)} passed, {len(failed)} failed, "
              f"{sum(left_out.values())} left out", flush=True)
        for reason, count in sorted(left_out.items()):
            print(f"  left out: {count} x {reason}")
        self.assertEqual(failed, [], "\n".join(failed))

    def test_xml_answers(self):
        wanted, left_out, passed, failed = [], collections.Counter(), [], []
        for entry in self.cases:
            _, protocol, suite, case = entry
            if protocol not in XML or is_error(case):
                continue
            model = Model(suite, protocol, case["given"])
            reason = reason_to_leave_out(protocol, model, case)
            if reason:
                left_out[reason] += 1
                continue
            service = shapes.Service("test", model)
            service.operation(case["given"]["name"])
            response = case["response"]
            wanted.append((entry, model, (
                "decode", "test", case["given"]["name"], response.get("status_code", 200),
                service.text("a test case"), response.get("headers", {}), response.get("body", ""))))
        for (entry, model, _), ours in zip(wanted, run([w[2] for w in wanted])):
            case = entry[3]
            expected = {k: v for k, v in case["result"].items() if k != "ResponseMetadata"}
            found = (f": {ours}" if isinstance(ours, ValueError)
                     else difference(model.output_shape, ours, expected))
            if not found:
                passed.append(entry)
            elif case.get("id") in self.ignored:
                left_out[f"on botocore's list of cases not to pass ({case['id']}{found[:150]})"] += 1
            else:
                failed.append(f"{name_of(entry)}{found}")
        self.assertGreater(len(passed), 100)
        self.report("XML answers", passed, failed, left_out)

    def test_json_answers_need_no_decoding(self):
        left_out, passed, failed = collections.Counter(), [], []
        renamed = 0
        for entry in self.cases:
            _, protocol, suite, case = entry
            if protocol in XML or is_error(case):
                continue
            model = Model(suite, protocol, case["given"])
            reason = reason_to_leave_out(protocol, model, case)
            if reason:
                left_out[reason] += 1
                continue
            shape = model.output_shape
            expected = {n: v for n, v in case["result"].items()
                        if n != "ResponseMetadata" and
                        not shape.members[n].serialization.get("location")}
            body = json.loads(case["response"].get("body") or "{}")
            payload = shape.serialization.get("payload")
            if payload:
                body = {shape.members[payload].serialization.get("name", payload): body}
                expected = {payload: expected.get(payload, {})}
            inner = {n: v for n, v in body.items()}
            found = self.json_difference(shape, inner, expected)
            renamed += any(m.serialization.get("name", n) != n for s in every_shape(shape)
                           if s.type_name == "structure" for n, m in s.members.items())
            if not found:
                passed.append(entry)
            elif case.get("id") in self.ignored:
                left_out["on botocore's list of cases not to pass"] += 1
            else:
                failed.append(f"{name_of(entry)}{found}")
        print(f"JSON answers: {renamed} of them have names of the wire's own")
        self.assertGreater(len(passed), 100)
        self.report("JSON answers", passed, failed, left_out)

    def json_difference(self, shape, body, expected):
        """Timestamps go through the product's helper where they are numbers."""
        numbers = []

        def collect(shape, value):
            if value is None or getattr(shape, "document", False):
                return
            if shape.type_name == "timestamp" and not isinstance(value, str):
                numbers.append(repr(value))
            elif shape.type_name == "structure":
                for name, member in shape.members.items():
                    collect(member, value.get(member.serialization.get("name", name)))
            elif shape.type_name == "list":
                for item in value:
                    collect(shape.member, item)
            elif shape.type_name == "map":
                for item in value.values():
                    collect(shape.value, item)

        collect(shape, body)
        for number, text in zip(numbers, run([("time", "-", "-", 200, "", {}, n) for n in numbers])):
            found = difference(TIMESTAMP, text, float(number), "epoch")
            if found:
                return found
        return difference(shape, body, expected, wire=True)

    def test_errors(self):
        wanted, left_out, passed, failed = [], collections.Counter(), [], []
        for entry in self.cases:
            _, protocol, _, case = entry
            if not is_error(case):
                continue
            if "cbor" in protocol:
                left_out["CBOR, which wgo does not ask for"] += 1
                continue
            response = case["response"]
            wanted.append((entry, ("error", "-", "-", response["status_code"], "",
                                   response.get("headers", {}), response.get("body", ""))))
        for (entry, _), ours in zip(wanted, run([w[1] for w in wanted])):
            case = entry[3]
            found = []
            if "errorCode" in case and ours.get("code") != case["errorCode"]:
                found.append(f"code {ours.get('code')!r} instead of {case['errorCode']!r}")
            if case.get("errorMessage", "") != ours.get("message", "") and "errorMessage" in case:
                found.append(f"message {ours.get('message')!r} instead of {case['errorMessage']!r}")
            if found:
                failed.append(f"{name_of(entry)}: {'; '.join(found)}")
            else:
                passed.append(entry)
        self.assertGreater(len(passed), 30)
        self.report("Errors", passed, failed, left_out)

    def test_recorded_errors(self):
        """Errors as services sent them, with what botocore makes of them."""
        pairs = []
        for path in sorted(glob.glob(os.path.join(VECTORS, "response_parsing", "xml", "errors", "*.xml"))):
            pairs.append((path, path[:-4] + ".json"))
        for path in sorted(glob.glob(os.path.join(VECTORS, "response_parsing", "json", "errors", "*.json"))):
            pairs.append((path, path.replace("errors", "expected")))
        bodies = [pathlib.Path(body).read_bytes() for body, _ in pairs]
        answers = run([("error", "-", "-", 400, "", {}, body) for body in bodies])
        for (path, wanted), ours in zip(pairs, answers):
            with open(wanted, encoding="utf-8") as file:
                expected = json.load(file)
            with self.subTest(path=os.path.basename(path)):
                self.assertEqual(ours["code"], expected["Error"]["Code"])
                self.assertEqual(ours.get("message", ""), expected["Error"].get("Message", "").strip())
                request_id = expected.get("ResponseMetadata", {}).get("RequestId")
                if request_id:
                    self.assertEqual(ours["request_id"], request_id)
        self.assertGreater(len(pairs), 15)
        print(f"Recorded errors: {len(pairs)}")


class _Timestamp:
    type_name, serialization = "timestamp", {}


TIMESTAMP = _Timestamp()

if __name__ == "__main__":
    if not os.access(ANSWERS, os.X_OK):
        leave(f"{ANSWERS} is not built")
    if not os.path.isdir(VECTORS):
        leave("the protocol vectors are absent")
    unittest.main(verbosity=1)
