"""Google's discovery documents: methods by their path, and what their answers hold.

The documents are those of Google's Python client (googleapiclient/discovery_cache/documents), or bzip2 files in
a folder. Everything is looked up by path: two methods of two versions may share an id, never a path.
"""
import bz2
import glob
import json
import os
import re

HOLE = re.compile(r"\{(\+?)([^}]*)\}")


class PathError(Exception):
    """A path that a schema does not have."""


def client_folder():
    try:
        import googleapiclient
    except ImportError:
        return None
    folder = os.path.join(os.path.dirname(googleapiclient.__file__), "discovery_cache", "documents")
    return folder if os.path.isdir(folder) else None


class Document:
    """One version of one API."""

    def __init__(self, name, content):
        self.name, self.content = name, content
        self.schemas = content.get("schemas", {})
        self.parameters = content.get("parameters", {})
        self.methods = list(self.walk(content))

    def walk(self, node):
        for resource in node.get("resources", {}).values():
            for method in resource.get("methods", {}).values():
                yield method
            yield from self.walk(resource)

    def schema(self, node):
        while "$ref" in node:
            node = self.schemas[node["$ref"]]
        return node

    def paths(self, method):
        """The method's paths from the host on: with {+holes} of many segments, and with one hole a segment."""
        base = "/" + self.content.get("servicePath", "")
        return {base + method[key] for key in ("path", "flatPath") if key in method}

    def knows(self, method, path):
        return any(same_path(path, one) for one in self.paths(method))


def same_path(ours, theirs):
    """Whether a catalog's path fills the holes of a document's."""
    pattern = ""
    at = 0
    for hole in HOLE.finditer(theirs):
        pattern += re.escape(theirs[at:hole.start()])
        pattern += r"\{\+[\w-]+\}" if hole.group(1) else r"(?:[^/:{}+]+|\{[\w-]+\})"
        at = hole.end()
    return re.fullmatch(pattern + re.escape(theirs[at:]), ours) is not None


class Documents:
    """The documents of a folder, read when they are asked for."""

    def __init__(self, packed, client=True):
        self.folder = client_folder() if client else None
        self.read, self.packed = {}, {}
        for path in sorted(glob.glob(os.path.join(packed, "*.json.bz2"))):
            match = re.search(r"apis-([a-z]+)-(\w+)-rest", os.path.basename(path))
            if match and not self.folder:
                self.packed.setdefault(match.group(1), []).append((match.group(2), path))

    def __bool__(self):
        return bool(self.folder or self.packed)

    def where(self):
        return "Google's Python client" if self.folder else "%d packed services" % len(self.packed)

    def of(self, service):
        """All versions of a service, or an empty list where there is none."""
        if service not in self.read:
            found = []
            if self.folder:
                for path in sorted(glob.glob(os.path.join(self.folder, service + ".v*.json"))):
                    with open(path, encoding="utf-8") as file:
                        found.append(Document(os.path.basename(path)[:-5], json.load(file)))
            for version, path in self.packed.get(service, []):
                with bz2.open(path, "rt", encoding="utf-8") as file:
                    content = json.load(file)
                # A recorded answer: what was said is its body.
                found.append(Document("%s.%s" % (service, version), content.get("body", content)))
            self.read[service] = found
        return self.read[service]

    def method(self, service, verb, path, call=""):
        """(document, method) that answers at a path, or (None, None). Of several whose path begins with a hole of
        many segments it is the one that is called so."""
        found = (None, None)
        for document in self.of(service):
            for method in document.methods:
                if method["httpMethod"] == verb and document.knows(method, path):
                    if method["id"].split(".", 1)[1] == call:
                        return document, method
                    found = found if found[0] else (document, method)
        return found


def member(document, node, name):
    """What stands under a name of an object's schema; PathError where nothing does."""
    node = document.schema(node)
    if name in node.get("properties", {}):
        return node["properties"][name]
    free = node.get("additionalProperties")
    if free is not None:
        return free
    if node.get("type") == "any":
        return node
    raise PathError("no member %s" % name)


def find(document, node, parts):
    """The schema at [(name, lists)]; '*' is any member of a map."""
    for name, lists in parts:
        if node.get("type") == "any":
            return node
        if name == "*":
            node = document.schema(node)
            if node.get("type") == "any":
                return node
            if "additionalProperties" not in node:
                raise PathError("* where there is no map")
            node = node["additionalProperties"]
        elif name:
            node = member(document, node, name)
        node = document.schema(node)
        for _ in range(lists):
            if node.get("type") != "array":
                raise PathError("[] where there is no list: %s" % name)
            node = document.schema(node["items"])
    return document.schema(node)
