"""Reads catalogs as wgo does: defaults, extends, joined requests, templates and paths.

read_catalog(folder) gives a Catalog: its entries with everything inherited in place, the links, the
table of services, and what was wrong on the way. Nothing here knows what AWS offers.
"""
import os
import re

import yaml

FIELDS = ("id", "type", "resource_name", "account", "region", "namespace", "native_id", "native_type", "created",
          "updated", "version")
MEMBERS = set(FIELDS) | {
    "name", "call", "scope", "absent", "bare", "summary", "extends", "failures", "permission", "request", "page",
    "items", "decode", "tags", "dependencies", "children", "limits", "sensitive", "cut", "finish", "part", "noise",
    "rank", "terraform", "effect", "expected_bytes", "kinds", "source", "phase",
    "in_bulk", "replay", "cache", "jobs", "poll", "types"}
REQUEST = {"method", "path", "query", "headers", "body", "json", "form", "spool"}
FILTERS = ("lower", "time", "ms", "last", "json")
FILE = {"provider", "service", "summary", "source", "defaults", "links", "absolute", "retry", "limits", "entries"}


class Map(dict):
    """A YAML map that knows where it stands."""
    line = 0


class Problem:
    def __init__(self, where, text, severity="error"):
        self.where, self.text, self.severity = where, text, severity

    def __str__(self):
        return "%s: %s: %s" % (self.where, self.severity, self.text)


def plain(text):
    """An unquoted scalar: null, truths and numbers are what they look like, all else is text."""
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"-?(0|[1-9][0-9]*)", text):
        return int(text)
    if re.fullmatch(r"-?[0-9]+\.[0-9]+", text):
        return float(text)
    return text


def convert(node, say):
    if isinstance(node, yaml.MappingNode):
        out = Map()
        out.line = node.start_mark.line + 1
        for key, value in node.value:
            if key.value in out:
                say(key.start_mark.line + 1, "%s is said twice" % key.value)
            out[key.value] = convert(value, say)
        return out
    if isinstance(node, yaml.SequenceNode):
        return [convert(one, say) for one in node.value]
    return plain(node.value) if node.style is None else node.value


class Entry:
    """One call, with what it inherits. `get` gives the nearest value along its chain."""

    def __init__(self, catalog, path, service, chain):
        self.catalog, self.path, self.service, self.chain = catalog, path, service, chain
        self.own = chain[0]
        self.line = getattr(self.own, "line", 0)
        self.call = self.text("call")
        self.name = self.own.get("name") or ("%s.%s" % (service, self.own.get("call")) if self.own.get("call") else "")
        self.parents = []  # (entry, child map) of those that name this one

    @property
    def where(self):
        return "%s:%d: %s" % (self.path, self.line, self.name or "?")

    def get(self, key):
        for node in self.chain:
            if node.get(key) is not None:
                return node[key]
        return None

    def text(self, key):
        value = self.get(key)
        return "" if value is None else str(value).replace("{call}", getattr(self, "call", "") or "{call}")

    def all_of(self, key):
        """What adds up along the chain: paths, or a map's pairs."""
        out = []
        for node in self.chain:
            value = node.get(key)
            if isinstance(value, dict):
                out += list(value.items())
            elif isinstance(value, list):
                out += value
        return out

    def request(self, key):
        """A member of the request; maps are joined along the chain, and `~` takes a member back."""
        found = [node["request"][key] for node in self.chain
                 if isinstance(node.get("request"), dict) and key in node["request"]]
        if not found:
            return None
        if not isinstance(found[0], dict):
            return found[0]
        joined = {}
        for one in found:
            for name, value in (one or {}).items():
                joined.setdefault(name, value)
        return {name: value for name, value in joined.items() if value is not None}

    def types(self):
        """Every type that the entry says an item may be of, as far as it is a word."""
        other = (self.get("types") or {}).get("are") or {}
        return [one for one in [self.text("type")] + [str(each) for each in other.values()] if one and "{" not in one]

    def children(self):
        return [one for one in self.get("children") or [] if isinstance(one, dict)]

    def dependencies(self):
        """Pairs (path, link or template)."""
        return [(one.get("path", ""), one.get("id", "")) if isinstance(one, dict) else one
                for one in self.all_of("dependencies")]


class Catalog:
    def __init__(self):
        self.entries, self.services, self.links, self.problems = [], {}, {}, []
        self.by_name = {}
        self.file_links = {}

    def say(self, where, text, severity="error"):
        self.problems.append(Problem(where, text, severity))


def read_file(catalog, path):
    name = os.path.basename(path)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as error:
        catalog.say(name, "no YAML: %s" % str(error).replace("\n", " "))
        return None
    return convert(node, lambda line, what: catalog.say("%s:%d" % (name, line), what)) if node else Map()


def read_entries(catalog, name, document, common):
    service = document.get("service") or ""
    defaults = [node for node in (document.get("defaults"), common) if isinstance(node, dict)]
    nodes = [node for node in document.get("entries") or [] if isinstance(node, dict)]
    names = {node.get("name") or "%s.%s" % (service, node.get("call")): node for node in nodes}
    for node in nodes:
        where = "%s:%d" % (name, node.line)
        chain, at = [node], node
        while at.get("extends"):
            at = names.get(at["extends"])
            if at is None or at in chain or len(chain) > 8:
                catalog.say(where, "extends what this file does not have, or itself")
                break
            chain.append(at)
        entry = Entry(catalog, name, service, chain + defaults)
        for key in node:
            if key not in MEMBERS:
                catalog.say(entry.where, "%s is no member of an entry" % key)
        for one in chain + defaults:
            for key in (one.get("request") or {}):
                if key not in REQUEST:
                    catalog.say(entry.where, "request has no %s" % key)
        if entry.name in catalog.by_name:
            catalog.say(entry.where, "another entry has this name")
        catalog.by_name[entry.name] = entry
        catalog.entries.append(entry)


def read_catalog(folder):
    catalog = Catalog()
    documents = []
    for name in sorted(os.listdir(folder)):
        if not name.endswith((".yaml", ".yml")):
            continue
        document = read_file(catalog, os.path.join(folder, name))
        if document is None:
            continue
        if name == "services.yaml":
            catalog.services = document.get("services") or {}
            continue
        for key in document:
            if key not in FILE:
                catalog.say(name, "%s is no member of a catalog" % key)
        documents.append((name, document))
    common = None
    for name, document in documents:
        if "defaults" in document and "entries" not in document:
            common = document["defaults"]
            catalog.links.update(document.get("links") or {})
    for name, document in documents:
        catalog.file_links[name] = dict(document.get("links") or {})
        read_entries(catalog, name, document, common)
    for entry in catalog.entries:
        for child in entry.children():
            named = catalog.by_name.get(child.get("entry"))
            if named is None:
                catalog.say(entry.where, "no entry is called %s" % child.get("entry"))
            else:
                named.parents.append((entry, child))
    return catalog


# ---- templates and paths ----

class Hole:
    """One alternative of a hole: a variable, item.PATH or tag.KEY, with its filters."""

    def __init__(self, text):
        self.reserved = text.startswith("+")
        text = text[1:] if self.reserved else text
        self.filters = []
        while True:
            cut = next((one for one in FILTERS if text.endswith(":" + one)), None)
            if cut is None:
                break
            self.filters.append(cut)
            text = text[:-len(cut) - 1]
        self.item = text[5:] if text.startswith("item.") else "" if text == "item" else None
        self.tag = text[4:] if text.startswith("tag.") else None
        self.variable = text if self.item is None and self.tag is None else None


def split_outside_quotes(text, separator):
    parts, quoted, start = [], False, 0
    for at, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif char == separator and not quoted:
            parts.append(text[start:at])
            start = at + 1
    return parts + [text[start:]]


def pieces(template):
    """A template's parts: text, or (list of Holes, has a fallback). ValueError when it is none."""
    out, at, text = [], 0, ""
    template = str(template)
    while at < len(template):
        char = template[at]
        if template[at:at + 2] in ("{{", "}}"):
            text += char
            at += 2
        elif char == "{":
            if text:
                out.append(text)
                text = ""
            quoted, end, bar = False, at + 1, None
            while end < len(template) and (quoted or template[end] != "}"):
                if template[end] == '"' and bar is None:
                    quoted = not quoted
                elif template[end] == "|" and not quoted and bar is None:
                    bar = end
                end += 1
            if end == len(template):
                raise ValueError("a hole that does not end")
            names = template[at + 1:bar if bar is not None else end]
            holes = [Hole(one) for one in split_outside_quotes(names, ",")]
            for hole in holes:
                if hole.variable is not None and not re.fullmatch(r"token\.\d|[A-Za-z0-9_-]+", hole.variable):
                    raise ValueError("{%s} is not the name of a variable" % names)
            out.append((holes, bar is not None))
            at = end + 1
        else:
            text += char
            at += 1
    return out + [text] if text else out


def holes_of(template):
    return [hole for piece in pieces(template) if not isinstance(piece, str) for hole in piece[0]]


def path_parts(path):
    """[(name, lists below it)] of a path; a name '*' is any member. ValueError when it is none."""
    if path in (".", ""):
        return []
    parts = []
    for one in split_outside_quotes(str(path), "."):
        match = re.fullmatch(r'("(?:[^"\\]|\\.)*"|[^"\[\]]*)((?:\[\])*)', one)
        if not match or not (match.group(1) or match.group(2)):
            raise ValueError("%s is no path" % path)
        name = match.group(1)
        if name.startswith('"'):
            name = re.sub(r"\\(.)", r"\1", name[1:-1])
        parts.append((name, len(match.group(2)) // 2))
    return parts
