#!/usr/bin/env python3
"""api-reference.py [--check] [--root FOLDER]

Writes docs/api-reference.md from the headers: the public one first, then those that each room shows to
others (HEADERS of its wgo_module). What a header says stands there as it says it; nothing is written by
hand. With --check nothing is written: 1 when the committed file is not what would be.

Standard library only."""
import argparse
import difflib
import os
import re
import sys
import textwrap

PUBLIC = "lib/wgo.h"
# From the ground floor up, as in the top CMakeLists.txt; the command line shows nothing to anybody.
ROOMS = [
    ("core/base", "strings, memory, JSON, YAML, XML, errors, clocks, locks"),
    ("core/model", "the vocabulary that everybody shares, and the contract of a collector"),
    ("core/flow", "limits as pure state: time is an argument"),
    ("core/net", "the connection-pool manager"),
    ("core/task", "threads and what they hand to each other"),
    ("core/auth", "signers and tokens as pure algorithms"),
    ("core/catalog", "what can be asked of a provider, as data"),
    ("core/engine", "catalog entries become requests, pages and records"),
    ("core/scan", "all providers at once"),
    ("merger", "records become one snapshot"),
    ("store", "what is remembered between runs"),
    ("collectors/aws", "Amazon Web Services"),
    ("collectors/k8s", "Kubernetes"),
    ("collectors/terraform", "Terraform and OpenTofu"),
    ("lib", "the rooms put together"),
]
WITH_TYPES = ("core/model",)
OUTPUT = "docs/api-reference.md"

COMMENT = re.compile(r"/\*.*?\*/", re.S)
SECTION = re.compile(r"^/\* -{2,} (.*?) -{2,} \*/$", re.S)


class Item:
    """One declaration of a header, with the comment above it."""

    def __init__(self, kind, text, comment, apart=True):
        self.kind, self.text, self.comment = kind, text, comment
        self.apart = apart  # an empty line stands above it

    def name(self):
        found = re.search(r"\b(wgo_\w+)\s*\(", self.text)
        return found.group(1) if found else None


def strip_preprocessor(text):
    """Without directives at the top level, and without what is only for C++."""
    lines, kept, at, depth, in_comment = text.split("\n"), [], 0, 0, False
    while at < len(lines):
        line = lines[at]
        if depth == 0 and not in_comment and line.startswith("#"):
            if line.startswith("#ifdef __cplusplus"):
                while not lines[at].startswith("#endif"):
                    at += 1
            while lines[at].endswith("\\"):
                at += 1
            kept.append("")
        else:
            bare = re.sub(r"/\*.*?\*/", "", line)
            in_comment = bare.rfind("/*") > bare.rfind("*/") or (in_comment and "*/" not in bare)
            if not in_comment:
                depth += bare.count("{") - bare.count("}")
            kept.append(line)
        at += 1
    return "\n".join(kept)


def end_of(text, at):
    """Where the declaration at 'at' ends, and whether it is a function with a body."""
    depth, body = 0, False
    while at < len(text):
        if text.startswith("/*", at):
            at = text.index("*/", at) + 2
            continue
        char = text[at]
        if char in "\"'":
            at += 1
            while text[at] != char:
                at += 2 if text[at] == "\\" else 1
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0 and body:
                return at + 1, True
        elif char == ";" and depth == 0:
            return at + 1, False
        elif char == ")" and depth == 0 and re.match(r"\)[\s\w()]*\{", text[at:]):
            body = True
        at += 1
    raise SystemExit("a declaration without an end: " + text[-80:])


def items_of(text):
    """(header comment, items). Items are sections, functions and types."""
    head = COMMENT.match(text)
    text = strip_preprocessor(text[head.end():])
    items, at, comment, comment_end, apart = [], 0, "", -1, True
    while True:
        space = re.match(r"\s*", text[at:]).group(0)
        at += len(space)
        apart = apart or space.count("\n") > 1
        if at >= len(text):
            return head.group(0), items
        if text.startswith("/*", at):
            found = COMMENT.match(text, at)
            section = SECTION.match(found.group(0))
            if section:
                items.append(Item("section", section.group(1), ""))
            else:
                comment, comment_end = found.group(0), found.end()
            at = found.end()
            continue
        end, body = end_of(text, at)
        near = comment if comment and text[comment_end:at].count("\n") == 1 else ""
        rest = re.match(r"[ \t]*/\*[^\n]*?\*/", text[end:])
        raw = text[at:end]
        if body:
            raw = raw[:raw.index("{")].rstrip() + ";"
        elif rest:
            end += rest.end()
            raw = text[at:end]
        items.append(Item(kind_of(raw), raw, near, apart))
        comment, at, apart = "", end, False


def kind_of(raw):
    if re.match(r"(struct|enum)\s+\w+\s*;", raw):
        return "forward"
    if raw.startswith(("struct", "enum", "union")) and "{" in raw:
        return "type"
    if raw.startswith("struct WGO_CAPABILITY"):
        return "type"
    if raw.startswith(("typedef", "extern")):
        return "type"
    return "function" if "(" in raw else "type"


def prose_lines(comment):
    lines = comment[2:-2].split("\n")
    return [re.sub(r"^ \* ?", "", line).rstrip() if i else line.strip()
            for i, line in enumerate(lines)]


def escape(text):
    return re.sub(r"([*<|])", r"\\\1", text)


NAMES = "Ownership|Threads|Failure|Units|Source|Properties|Operation|Safety"
LABEL = re.compile(r"^(%s):\s" % NAMES)


def prose(comment, skip_title=False):
    """A comment as Markdown: paragraphs, indented passages as they stand, labels as a list."""
    lines = prose_lines(comment)
    if skip_title:
        lines[0] = re.sub(r"^[\w./]+:\s*", "", lines[0])
        if not re.match(r"lib\w+:", lines[0]):
            lines[0] = lines[0][:1].upper() + lines[0][1:]
    blocks, block = [], []
    for line in lines + [""]:
        if line:
            block.append(line)
        elif block:
            blocks.append(block)
            block = []
    out = []
    for block in blocks:
        out += passage(block) + [""]
    return out


def indent(line):
    return len(line) - len(line.lstrip())


def passage(block):
    """One block of a comment. What is indented stands as it is; labels and what follows them are a list,
    wherever the lines were broken."""
    if indent(block[0]) >= 2:
        return quoted(block)
    out, lines = [], list(block)
    while lines:
        if LABEL.match(lines[0]):
            return out + labels(" ".join(line.strip() for line in lines))
        some = [lines.pop(0)]
        if out and indent(some[0]) >= 2:
            while lines and indent(lines[0]) >= 2:
                some.append(lines.pop(0))
            out += ["", *quoted(some), ""]
        else:
            out.append(escape(some[0]))
    return out


def quoted(lines):
    least = min(indent(line) for line in lines)
    return ["```", *[line[least:] for line in lines], "```"]


def labels(text):
    parts = re.split(r"(?:^|(?<=[.;]) +)(%s):\s+" % NAMES, text)
    out = []
    for name, said in zip(parts[1::2], parts[2::2]):
        lines = textwrap.wrap("- **%s:** %s" % (name, escape(said)), 100, subsequent_indent="  ",
                              break_long_words=False, break_on_hyphens=False)
        out += lines
    return out


def unmarked(text):
    """Without WGO_PUBLIC, which every function of wgo.h has, and with the lines below it moved along."""
    mark = "WGO_PUBLIC "
    if not text.startswith(mark):
        return text
    return text[len(mark):].replace("\n" + " " * len(mark), "\n")


def code(items):
    out = ["```c"]
    for i, item in enumerate(items):
        if item.apart and i > 0:
            out.append("")
        if item.comment:
            out += item.comment.split("\n")
        out += unmarked(item.text).split("\n")
    return out + ["```", ""]


def public_part(root):
    head, items = items_of(read(root, PUBLIC))
    out = ["## wgo.h", ""] + prose(head, skip_title=True)
    for item in items:
        if item.kind == "section":
            out += ["### " + item.text[0].upper() + item.text[1:], ""]
        elif item.kind == "function":
            out += ["#### `%s()`" % item.name(), ""]
            bare = Item(item.kind, item.text, "")
            out += (prose(item.comment) if item.comment else []) + code([bare])
        elif item.kind != "forward":
            out += code([item])
    return out


def groups_of(items):
    """Declarations with no empty line between them belong together: a callback's type and who takes it."""
    groups = []
    for item in items:
        if item.kind in ("section", "forward"):
            continue
        if item.apart or not groups:
            groups.append([])
        groups[-1].append(item)
    return groups


def header_part(root, room, header):
    head, items = items_of(read(root, os.path.join(room, header)))
    short = room.split("/")[-1] + "/" + header
    kept = [item for group in groups_of(items) for item in group
            if room in WITH_TYPES or any(one.kind == "function" for one in group)]
    out = ["### " + short, ""] + prose(head, skip_title=True)
    return out + (code(kept) if kept else [])


def headers_of(root, room):
    text = re.sub(r"#[^\n]*", "", read(root, os.path.join(room, "CMakeLists.txt")))
    found = re.search(r"wgo_module\(\w+(.*?)\)", text, re.S)
    part = re.search(r"\bHEADERS\s+(.*?)(?=\b(?:SOURCES|DEPENDS|LIBS)\b|$)", found.group(1), re.S)
    names = part.group(1).split() if part else []
    return [name for name in names if name.endswith(".h")]


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def is_shown(root, room, header):
    if os.path.join(room, header) == PUBLIC or not os.path.exists(
            os.path.join(root, room, header)):
        return False
    head = COMMENT.match(read(root, os.path.join(room, header)))
    return head is not None and "Private to" not in " ".join(prose_lines(head.group(0)))


def anchor(text):
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def reference(root):
    rooms = []
    for room, what in ROOMS:
        if os.path.exists(os.path.join(root, room, "CMakeLists.txt")):
            headers = [name for name in headers_of(root, room) if is_shown(root, room, name)]
            if headers:
                rooms.append((room, what, sorted(headers)))
    out = ["# API reference", "",
           "Made from the headers by `scripts/api-reference.py`; do not edit. `wgo.h` is the whole",
           "interface of the library. The rooms after it are the inside of the house: programs that",
           "link libwgo do not see them.", "",
           "| room | what it is | headers |", "|---|---|---|",
           "| [wgo.h](#wgoh) | the library's public interface | `wgo.h` |"]
    for room, what, headers in rooms:
        names = " ".join("[%s](#%s)" % (name, anchor(room.split("/")[-1] + "/" + name))
                         for name in headers)
        out.append("| [%s](#%s) | %s | %s |" % (room, anchor(room), what, names))
    out += [""] + public_part(root)
    for room, what, headers in rooms:
        out += ["## " + room, "", what[0].upper() + what[1:] + ".", ""]
        for header in headers:
            out += header_part(root, room, header)
    text = "\n".join(out)
    text = re.sub(r"\n{3,}", "\n\n", text)
    return text.replace("\n```\n\n```\n", "\n\n").rstrip("\n") + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--root", default=os.path.join(os.path.dirname(__file__), ".."))
    args = parser.parse_args()
    made = reference(args.root)
    path = os.path.join(args.root, OUTPUT)
    there = read(args.root, OUTPUT) if os.path.exists(path) else ""
    if made == there:
        return 0
    if not args.check:
        with open(path, "w", encoding="utf-8") as file:
            file.write(made)
        return 0
    diff = list(difflib.unified_diff(there.splitlines(), made.splitlines(), OUTPUT, "the headers",
                                     lineterm="", n=1))
    print("\n".join(diff[:40]))
    print("%s is stale: run scripts/api-reference.py" % OUTPUT)
    return 1


if __name__ == "__main__":
    sys.exit(main())
