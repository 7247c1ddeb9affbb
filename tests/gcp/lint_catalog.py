#!/usr/bin/env python3
"""Holds every entry of Google Cloud's catalogs against Google's discovery documents.

Usage: lint_catalog.py [--catalog DIR] [--service NAME]... [--reference DIR] [--terraform-types FILE] [--quiet]

Prints what is wrong, then "N entries of M services checked, K unknown, E errors". Ends with 1 on an error, with
77 (SKIPPED) where there are no documents or no PyYAML. `make test` brings both (scripts/python-packages.sh).
"""
import argparse
import csv
import os
import sys

sys.dont_write_bytecode = True  # nothing is left beside the sources
HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TREE, "tests", "support"))
sys.path.insert(1, os.path.join(TREE, "tests", "aws"))  # catalog_reader knows nothing of a provider
import packages  # noqa: E402

packages.need("yaml")
import check_entry  # noqa: E402
from catalog_reader import read_catalog  # noqa: E402
from discovery import Documents, PathError  # noqa: E402

# Asked by the collector itself before any catalog is read; its own files have them.
COLLECTORS_OWN = {("cloudresourcemanager", "organizations.search"), ("cloudresourcemanager", "folders.search"),
                  ("cloudresourcemanager", "projects.search"), ("serviceusage", "services.list"),
                  ("cloudasset", "assets.list"), ("cloudasset", "searchAllResources")}


def terraform_types(path):
    for one in (path, os.path.join(sys.prefix, "terraform-types-google.txt")):
        if one and os.path.exists(one):
            with open(one, encoding="utf-8") as file:
                return set(file.read().split())
    return set()


class Lint:
    def __init__(self, catalog, documents, types):
        self.catalog, self.documents, self.types = catalog, documents, types
        self.services, self.checked, self.unknown, self.skipped = set(), 0, 0, 0
        self.kinds = {}

    def entry(self, entry):
        def say(text, severity="error"):
            self.catalog.say(entry.where, text, severity)

        def doubt(text, severity="warning"):
            say(text, severity)

        self.kind(entry, say)
        verb, path = entry.request("method") or "GET", str(entry.request("path") or "")
        document, method = self.documents.method(entry.service, verb, path.split("?")[0], entry.call)
        if method is None and not self.documents.folder:
            self.skipped += 1
            return
        self.checked += 1
        self.services.add(entry.service)
        if method is None:
            self.unknown += 1
            say("no document of %s has %s %s" % (entry.service, verb, path) if self.documents.of(entry.service)
                else "there is no document of %s" % entry.service)
            return
        links = {**self.catalog.links, **self.catalog.file_links.get(entry.path, {})}
        check_entry.check_operation(entry, method, say)
        check_entry.check_names(entry, self.types, say)
        check_entry.check_variables(entry, links, say)
        check_entry.check_identity(entry, say)
        # Packed documents are older than what they are held against: what they lack may be there by now.
        self.answer(entry, document, method, links, say if self.documents.folder else doubt)

    def answer(self, entry, document, method, links, say):
        check_entry.check_request(entry, document, method, say)
        try:
            shape = check_entry.Shape(document, method, entry, self.documents.of(entry.service))
        except (PathError, ValueError, KeyError) as error:
            say("items: %s" % error)
            return
        check_entry.check_page(entry, document, method, shape, say)
        if shape.nodes and not entry.get("kinds"):
            check_entry.check_templates(entry, shape, say)
            check_entry.check_paths(entry, shape, links, say)
            check_entry.check_secrets(entry, shape, say)

    def kind(self, entry, say):
        """A bulk list finds a kind by its native type: one entry has it."""
        native = entry.text("native_type").lower()
        if native and "{" not in native and entry.get("part") is None:
            if native in self.kinds:
                say("native_type %s is %s's already" % (entry.text("native_type"), self.kinds[native]))
            self.kinds.setdefault(native, entry.name)


def covers(entry, service, resource, call):
    """A list of all zones and regions at once is as good as one of the same things."""
    own = entry.call or ""
    return entry.service == service and own in (call, "%s.%s" % (resource, call), "%s.aggregatedList" % resource,
                                                "%s.list" % resource if call == "aggregatedList" else call)


def coverage(catalog, reference, services):
    path = os.path.join(reference, "gcp_apis.tsv")
    if not os.path.exists(path):
        print("SKIPPED: no gcp_apis.tsv in %s" % reference)
        return
    with open(path, encoding="utf-8") as file:
        rows = [(row["service"], row["resource"], row["rest_method"])
                for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    rows = [row for row in rows if not services or row[0] in services]
    missing = [row for row in rows if not any(covers(entry, *row) for entry in catalog.entries)]
    own = [row for row in missing if (row[0], row[2]) in COLLECTORS_OWN]
    for row in missing:
        if row not in own:
            catalog.say("gcp_apis.tsv", "%s.%s (%s) has no entry" % (row[0], row[2], row[1]))
    print("%d of %d rows of gcp_apis.tsv have an entry, %d are asked by the collector itself" % (
        len(rows) - len(missing), len(rows), len(own)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--catalog", default=os.path.join(TREE, "collectors", "gcp", "catalog"))
    parser.add_argument("--service", action="append", default=[], help="only this service's entries")
    shared = os.environ.get("WGO_SHARED_DIR") or os.path.join(os.path.dirname(TREE), "shared")
    parser.add_argument("--reference", default=os.path.join(shared, "reference"))
    parser.add_argument("--documents", help="a folder of packed documents, instead of Google's client's")
    parser.add_argument("--terraform-types", help="a file of Terraform's types, one a line")
    parser.add_argument("--quiet", action="store_true", help="no warnings")
    options = parser.parse_args()

    documents = Documents(options.documents or os.path.join(options.reference, "gcp-discovery"), not options.documents)
    if not documents:
        packages.leave("no discovery documents: neither Google's Python client nor gcp-discovery")
    types = terraform_types(options.terraform_types)
    if not types:
        print("SKIPPED: no list of Terraform's types: only their form is checked")
    catalog = read_catalog(options.catalog)
    lint = Lint(catalog, documents, types)
    for entry in catalog.entries:
        if not options.service or entry.service in options.service:
            lint.entry(entry)
    coverage(catalog, options.reference, options.service)
    files = {entry.path for entry in catalog.entries if entry.service in options.service}
    mine = [one for one in catalog.problems
            if not files or one.where.startswith("gcp_apis") or one.where.split(":")[0] in files]
    errors = sum(1 for one in mine if one.severity == "error")
    for one in mine:
        if one.severity == "error" or not options.quiet:
            print(one)
    if lint.skipped:
        print("SKIPPED: %d entries that %s do not know" % (lint.skipped, documents.where()))
    print("%d entries of %d services checked, %d kinds, %d unknown, %d errors (%s)" % (
        lint.checked, len(lint.services), len(lint.kinds), lint.unknown, errors, documents.where()))
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
