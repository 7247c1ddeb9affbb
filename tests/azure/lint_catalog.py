#!/usr/bin/env python3
"""Holds every entry of the Azure catalogs against Microsoft's own schemas.

Usage: lint_catalog.py [--catalog DIR] [--models DIR] [--reference DIR] [--terraform-types FILE] [--quiet]

The schemas are those that the packages azure-mgmt-* of tests/azure/models.txt were generated from; they are read,
never run. Prints what is wrong, then "N entries of M packages checked, K unknown, E errors". Ends with 1 on an
error, with 77 (SKIPPED) where packages or PyYAML are absent. `make test` brings both (scripts/python-packages.sh).
"""
import argparse
import csv
import os
import re
import sys

sys.dont_write_bytecode = True  # nothing is left beside the sources
HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(TREE, "tests", "support"), os.path.join(TREE, "tests", "aws")]
import packages  # noqa: E402

packages.need("yaml")
import catalog_reader  # noqa: E402
import check_entry  # noqa: E402
from arm_models import Models  # noqa: E402

catalog_reader.MEMBERS |= {"kinds", "in_bulk", "phase", "source", "keep"}
# Rows of the reference that the collector asks by itself, or whose entries azure.yaml has under other names.
COLLECTOR = {"microsoft.resources/subscriptions", "microsoft.resources/tenants", "microsoft.management/managementgroups",
             "(generic) resources", "microsoft.resources/providers"}


def identity_of(native):
    """The pattern of a resource's id: /subscriptions/{}/resourceGroups/{}/providers/NS/a/{}/b/{}."""
    if native.lower() == "microsoft.resources/resourcegroups":
        return "/subscriptions/{}/resourceGroups/{}"
    if native.lower() == "microsoft.resources/subscriptions":
        return "/subscriptions/{}"
    namespace, *types = native.split("/")
    return "/subscriptions/{}/resourceGroups/{}/providers/" + namespace + "".join("/%s/{}" % one for one in types)


class Lint:
    def __init__(self, catalog, models, terraform):
        self.catalog, self.models, self.terraform = catalog, models, terraform
        self.packages, self.checked, self.unknown = set(), 0, 0

    def paths(self, entry):
        """The request's path, once for each parent that it is a child of."""
        path = str(entry.request("path") or "")
        if not path.startswith("{+parent}"):
            return [path]
        rest = path[len("{+parent}"):]
        if not rest:
            return ["/{}"]  # any resource, by its id
        return [identity_of(parent.text("native_type")) + rest for parent, _child in entry.parents] or [path]

    def entry(self, entry):
        self.checked += 1

        def say(text, severity="error"):
            self.catalog.say(entry.where, text, severity)

        method = entry.request("method") or "GET"
        if method not in ("GET", "HEAD") and entry.text("effect") != "none":
            say("%s without effect: none" % method)
        operations = []
        for path in self.paths(entry):
            found = self.models.find(method, path)
            if not found:
                say("no schema knows %s %s" % (method, path))
                self.unknown += 1
                return
            operations = found
            if path == "/{}":  # others have ids of their own there
                operations = [one for one in found if one.package.name == "azure-mgmt-resource"] or found
        self.packages |= {one.package.name for one in operations}
        operation = check_entry.check_request(entry, operations, say)
        if operation is None or operation.answer is None:
            return
        self.answer(entry, operation, say)

    def answer(self, entry, operation, say):
        models, shape, items, link = self.models.item(operation)
        if entry.get("kinds") or not entry.get("items"):
            check_entry.check_bulk(entry, models, operation, say)
            return  # items of every type, or what the collector itself reads
        check_entry.check_page(entry, items, link, say)
        links = set(self.catalog.links) | set(self.catalog.file_links.get(entry.path, ()))
        check_entry.check_names(entry, self.terraform, say)
        self.place(entry, say)
        check_entry.check_paths(entry, models, shape, links, say)
        check_entry.check_secrets(entry, models, shape, say)
        check_entry.check_moving(entry, models, shape, say)

    def place(self, entry, say):
        """The native type is that of the path."""
        native, path = entry.text("native_type").lower(), self.paths(entry)[0]
        if "/providers/" not in path and not path.lower().endswith("/resourcegroups"):
            return  # subscriptions and tenants, and what is asked for by its id
        asked = re.sub(r"/default(?=/|$)", "", path[path.rfind("/providers/") + 11:]).lower()
        asked = re.sub(r"/\{[^}]*\}", "", asked)
        if path.lower().endswith("/resourcegroups"):
            asked = "microsoft.resources/resourcegroups"
        last = native.split("/")[-1]
        if asked != native and not (entry.parents and last in ("recordsets", "config")):
            say("native_type is %s, the path asks for %s" % (native, asked))

    def alike(self):
        """A native type has one kind; what Resource Graph does not hold may be listed in two ways."""
        found = {}
        for entry in self.catalog.entries:
            found.setdefault(entry.text("native_type").lower(), []).append(entry)
        for native, entries in found.items():
            graph = [one for one in entries if one.get("scope") == "subscription" or one.get("in_bulk")]
            if native and len(entries) > 1 and graph:
                self.catalog.say(entries[1].where, "%s has an entry already" % native)


def coverage(catalog, reference):
    path = os.path.join(reference, "azure_apis.tsv")
    if not os.path.exists(path):
        print("SKIPPED: no azure_apis.tsv in %s" % reference)
        return
    with open(path, encoding="utf-8") as file:
        lines = [line for line in file if not re.match(r"# [A-Z]", line)]
    rows = [row["arm_type"].split(" (registration")[0] for row in csv.DictReader(lines, delimiter="\t")]
    have = {entry.text("native_type").lower() for entry in catalog.entries} | COLLECTOR
    missing = [row for row in rows if row.lower() not in have]
    for row in missing:
        catalog.say("azure_apis.tsv", "%s has no entry" % row)
    print("%d of %d rows of azure_apis.tsv have an entry" % (len(rows) - len(missing), len(rows)))


def terraform_types(path):
    for one in (path, os.path.join(packages.FOLDER, "terraform-types-azurerm.txt")):
        if one and os.path.exists(one):
            with open(one, encoding="utf-8") as file:
                return set(file.read().split())
    print("SKIPPED: no list of Terraform's types: only their form is checked")
    return set()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--catalog", default=os.path.join(TREE, "collectors", "azure", "catalog"))
    parser.add_argument("--models", default=os.path.join(packages.FOLDER, "azure-models"))
    shared = os.environ.get("WGO_SHARED_DIR") or os.path.join(os.path.dirname(TREE), "shared")
    parser.add_argument("--reference", default=os.path.join(shared, "reference"))
    parser.add_argument("--terraform-types", help="a file of Terraform's types, one a line")
    parser.add_argument("--quiet", action="store_true", help="no warnings")
    options = parser.parse_args()

    if not os.path.isdir(options.models) or not os.listdir(options.models):
        packages.leave("no azure-mgmt packages in %s" % options.models)
    catalog = catalog_reader.read_catalog(options.catalog)
    lint = Lint(catalog, Models(options.models), terraform_types(options.terraform_types))
    for entry in catalog.entries:
        lint.entry(entry)
    lint.alike()
    coverage(catalog, options.reference)
    errors = sum(1 for one in catalog.problems if one.severity == "error")
    for one in catalog.problems:
        if one.severity == "error" or not options.quiet:
            print(one)
    print("%d entries of %d packages checked, %d unknown, %d errors" % (
        lint.checked, len(lint.packages), lint.unknown, errors))
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
