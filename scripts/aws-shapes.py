#!/usr/bin/env python3
"""Writes collectors/aws/shapes/<service>.shapes from botocore's models.

    aws-shapes.py --catalogs FOLDER [--list TABLE.tsv ...] [--out FOLDER]    make the files anew
    aws-shapes.py --check [--folder FOLDER] [OPERATION ...]        say what differs

The operations are those that the catalogs call, those of the tables (columns service, operation and
protocols), and EXTRAS; of them, those whose service speaks an XML protocol. --check takes the services and operations from the files
themselves and reports each difference to the models that the installed botocore has: exit 1 when
there is one that matters (see compare()), 77 where botocore is absent.

The notation is described in collectors/aws/shape.h.
"""
import argparse
import collections
import csv
import pathlib
import re
import sys

XML_PROTOCOLS = ("ec2", "query", "rest-xml")
EXTRAS = {
    "sts": ("GetCallerIdentity", "AssumeRole", "AssumeRoleWithWebIdentity", "GetSessionToken"),
    "ec2": ("DescribeRegions",),
    "s3": ("HeadBucket",),
}
SCALARS = {
    "string": "", "character": "", "boolean": "bool", "integer": "int", "long": "int",
    "short": "int", "byte": "int", "biginteger": "int", "float": "float", "double": "float",
    "bigdecimal": "float", "timestamp": "time", "blob": "blob",
}
# A string of this shape holds a percent-encoded JSON document, which clients decode.
POLICY_SHAPES = {("iam", "policyDocumentType")}
# A string of this shape is a JSON document when it can be, which clients decode too.
JSON_SHAPES = {("cloudformation", "TemplateBody")}
# The root element itself is this member, though the model does not say so.
ROOT_MEMBERS = {("s3", "GetBucketLocation"): "LocationConstraint"}


def xml_protocol(metadata):
    spoken = [metadata["protocol"], *metadata.get("protocols", [])]
    return next((p for p in spoken if p in XML_PROTOCOLS), None)


class Service:
    """The text of one service, operation by operation; structures are named once."""

    def __init__(self, name, model):
        self.name, self.model = name, model
        self.types = {}      # name -> lines
        self.operations = {}

    def type_words(self, shape):
        kind = shape.type_name
        if kind == "structure":
            self.structure(shape)
            return "." + shape.name
        flat = shape.serialization.get("flattened")
        if kind == "list":
            item = shape.member
            head = "flat" if flat else "list " + item.serialization.get("name", "member")
            return f"{head} {self.type_words(item)}".rstrip()
        if kind == "map":
            key = shape.key.serialization.get("name") or "key"
            value = shape.value.serialization.get("name") or "value"
            head = "flatmap" if flat else "map"
            return f"{head} {key} {value} {self.type_words(shape.value)}".rstrip()
        if (self.name, shape.name) in POLICY_SHAPES:
            return "policy"
        if (self.name, shape.name) in JSON_SHAPES:
            return "json"
        return SCALARS[kind]

    def element_of(self, name, shape):
        """Where the member stands: an element's name, or a mark and the name of what else it is."""
        how = shape.serialization
        place, given = how.get("location"), how.get("name", name)
        if place in ("header", "headers"):
            return "^" + given.lower() + ("*" if place == "headers" else "")
        if place == "statusCode":
            return "^"
        if how.get("xmlAttribute"):
            return "@" + given.split(":")[-1]
        if shape.type_name == "list" and how.get("flattened"):
            return shape.member.serialization.get("name") or given
        return given

    def member_line(self, name, shape, mark=None):
        element = mark or self.element_of(name, shape)
        place = "" if element == name else "=" + element
        return f" {name}{place} {self.type_words(shape)}".rstrip()

    def structure(self, shape):
        if shape.name in self.types:
            return
        self.types[shape.name] = None  # a shape that holds itself ends here
        self.types[shape.name] = [self.member_line(n, m) for n, m in shape.members.items()]

    def payload_mark(self, operation, shape, name):
        if name == ROOT_MEMBERS.get((self.name, operation)):
            return "."
        if name != shape.serialization.get("payload"):
            return None
        return "$" if shape.members[name].type_name in ("string", "blob") else "."

    def operation(self, name):
        shape = self.model.operation_model(name).output_shape
        lines, wrapper = [], None
        if shape is not None:
            wrapper = shape.serialization.get("resultWrapper")
            payload = shape.serialization.get("payload")
            for member, target in shape.members.items():
                mark = self.payload_mark(name, shape, member)
                in_body = target.serialization.get("location") is None
                if payload and not mark and in_body:
                    continue  # a payload leaves no room for others
                if target.serialization.get("eventstream"):
                    continue
                lines.append(self.member_line(member, target, mark))
        head = f"op {name}" + (f" in {wrapper}" if wrapper else "")
        self.operations[name] = [head, *lines]

    def text(self, source):
        protocol = xml_protocol(self.model.metadata)
        lines = [
            f"# What {self.name}'s list calls answer. Made by scripts/aws-shapes.py from {source};",
            "# the notation is described in collectors/aws/shape.h.",
            f"protocol {protocol}",
            f"version {self.model.metadata['apiVersion']}",
        ]
        for name in sorted(self.operations):
            lines += self.operations[name]
        for name in sorted(self.types):
            lines += ["type " + name, *self.types[name]]
        return "\n".join(lines) + "\n"


def describe(session, name, operations):
    """The service's text machine, or None when it speaks no XML protocol."""
    model = session.get_service_model(name)
    if not xml_protocol(model.metadata):
        return None
    service = Service(name, model)
    for operation in sorted(operations):
        if operation in model.operation_names:
            service.operation(operation)
        else:
            print(f"{name}: the models know no {operation}", file=sys.stderr)
    return service


def wanted_from(tables):
    wanted = collections.defaultdict(set)
    for table in tables:
        with open(table, newline="", encoding="utf-8") as rows:
            for row in csv.DictReader(rows, delimiter="\t"):
                wanted[row["service"]].add(row["operation"])
    for service, operations in EXTRAS.items():
        wanted[service].update(operations)
    return wanted


def blocks(text):
    """{"op X" or "type Y": {member line, ...}} of a shape file."""
    found, block = {}, None
    for line in text.splitlines():
        if line.startswith(("op ", "type ")):
            block = found.setdefault(line, set())
        elif line.startswith(" ") and block is not None:
            block.add(line)
    return found


def reachable(all_blocks, operations):
    """The blocks that the operations (all when none is named) need."""
    types = {head.split()[1]: head for head in all_blocks if head.startswith("type ")}
    todo = [h for h in all_blocks if h.startswith("op ")
            and (not operations or h.split()[1] in operations)]
    kept = {}
    while todo:
        head = todo.pop()
        if head not in kept:
            kept[head] = all_blocks[head]
            for line in all_blocks[head]:
                todo += [types[w[1:]] for w in line.split() if w[0] == "." and w[1:] in types]
    return kept


def version_of(text):
    """(1, 44, 8) of a file's first line."""
    found = re.search(r"botocore ([0-9.]+);", text)
    return tuple(int(n) for n in found[1].split(".")) if found else ()


def compare(name, ours, theirs, operations):
    """Lines that say what differs. What only the newer models have is a remark, not a fault: the
    decoder skips what it does not know. A member that reads otherwise is always a fault."""
    faults, remarks = [], []
    we_are_newer = version_of(ours) > version_of(theirs)
    known = blocks(theirs)
    for head, lines in reachable(blocks(ours), operations).items():
        their_lines = known.get(head, set())
        their_names = {re.split("[ =]", line[1:])[0] for line in their_lines}
        for line in sorted(lines - their_lines):
            changed = re.split("[ =]", line[1:])[0] in their_names
            where = faults if changed or not we_are_newer else remarks
            where.append(f"{name}: {head}:{line}: {'reads otherwise' if changed else 'is not there'}")
        remarks += [f"{name}: {head}:{line}: new" for line in sorted(their_lines - lines)]
    return faults, remarks


def check(folder, operations):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "support"))
    import packages
    packages.need("botocore")
    import botocore
    import botocore.session
    session, faults, remarks = botocore.session.get_session(), [], []
    files = sorted(folder.glob("*.shapes"))
    exact = 0
    for file in files:
        ours = file.read_text(encoding="utf-8")
        names = set(re.findall(r"^op (\S+)", ours, re.M))
        theirs = describe(session, file.stem, names).text(f"botocore {botocore.__version__}")
        exact += ours == theirs
        found = compare(file.stem, ours, theirs, operations)
        faults += found[0]
        remarks += found[1]
        if f"from botocore {botocore.__version__};" in ours and ours != theirs:
            faults.append(f"{file.name} is not what this version makes")
    print("\n".join(remarks + faults))
    print(f"{len(files)} services against botocore {botocore.__version__}: {exact} the same to the"
          f" byte, {len(remarks)} members more or fewer, {len(faults)} differences that matter")
    return 1 if faults or not files else 0


def called_by(folder):
    """(service, operation) of every entry of the catalogs in 'folder'."""
    for file in sorted(folder.glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        service = re.search(r"^service: (\S+)$", text, re.M)
        for call in re.findall(r"^ +(?:- )?call: (\S+)$", text, re.M) if service else ():
            yield service.group(1), call


def make(tables, catalogs, out):
    import botocore
    import botocore.session
    session = botocore.session.get_session()
    out.mkdir(parents=True, exist_ok=True)
    names = []
    wanted = wanted_from(tables)
    for name, operation in called_by(catalogs) if catalogs else ():
        if xml_protocol(session.get_service_model(name).metadata):
            wanted[name].add(operation)
    for name, operations in sorted(wanted.items()):
        service = describe(session, name, operations)
        if service:
            text = service.text(f"botocore {botocore.__version__}")
            (out / f"{name}.shapes").write_text(text, encoding="utf-8")
            names.append(name)
    listing = "".join(f"WGO_AWS_SHAPES({name})\n" for name in names)
    (out / "services.def").write_text(
        "/* services.def: the services whose shapes are here. Made by scripts/aws-shapes.py. */\n"
        f"{listing}", encoding="utf-8")
    return 0


def main():
    here = pathlib.Path(__file__).resolve().parent.parent / "collectors" / "aws" / "shapes"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="append", default=[], metavar="TABLE")
    parser.add_argument("--catalogs", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--out", type=pathlib.Path, default=here)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--folder", type=pathlib.Path, default=here)
    parser.add_argument("operations", nargs="*")
    options = parser.parse_args()
    if options.check:
        return check(options.folder, set(options.operations))
    if not options.list and not options.catalogs:
        parser.error("--catalogs, --list or --check is needed")
    return make(options.list, options.catalogs, options.out)


if __name__ == "__main__":
    sys.exit(main())
