#!/usr/bin/env python3
"""Holds every entry of the AWS catalogs against botocore's own service models.

Usage: lint_catalog.py [--catalog DIR] [--service NAME]... [--reference DIR] [--terraform-types FILE] [--quiet]

Prints what is wrong, then "N entries of M services checked, K unknown, E errors". Ends with 1 on an error,
with 77 (SKIPPED) where botocore or PyYAML is absent. `make test` brings both (scripts/python-packages.sh).
"""
import argparse
import csv
import os
import sys

sys.dont_write_bytecode = True  # nothing is left beside the sources
HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TREE, "tests", "support"))
import packages  # noqa: E402

packages.need("botocore", "yaml")
import botocore  # noqa: E402
import check_answer  # noqa: E402
import check_choices  # noqa: E402
import check_policy  # noqa: E402
import check_request  # noqa: E402
from catalog_reader import read_catalog  # noqa: E402
from service_model import Answer, Models  # noqa: E402



def shapes_of(folder):
    """Operations whose answers wgo can decode, by service; None where the folder has no shapes."""
    folder = os.path.join(os.path.dirname(folder), "shapes")
    if not os.path.isdir(folder):
        return None
    found = {}
    for name in os.listdir(folder):
        if name.endswith(".shapes"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                found[name[:-7]] = {line.split()[1] for line in file if line.startswith("op ")}
    return found


class Lint:
    def __init__(self, catalog, folder, names):
        self.catalog, self.names = catalog, names
        self.models = Models()
        self.shapes = shapes_of(folder)
        self.choices = check_choices.Choices()
        self.services, self.checked, self.unknown = set(), 0, 0

    def service(self, entry, say):
        """(model, info) of the entry's service; a service is checked once."""
        info = self.catalog.services.get(entry.service)
        model = self.models.service(entry.service)
        if model is None:
            say("botocore knows no service %s" % entry.service)
        elif info is None:
            say("services.yaml has no %s" % entry.service)
        if model is None or info is None:
            return None, None
        if entry.service not in self.services:
            check_policy.check_service(entry.service, info, model, say)
        self.services.add(entry.service)
        return model, info

    def entry(self, entry):
        self.checked += 1

        def say(text, severity="error"):
            self.catalog.say(entry.where, text, severity)

        model, info = self.service(entry, say)
        if model is None or entry.call not in model.operation_names:
            if model is not None:
                say("botocore's %s has no operation %s" % (entry.service, entry.call or "(no call)"))
            self.unknown += 1
            return
        operation = model.operation_model(entry.call)
        protocol = info.get("protocol")
        answer = Answer(operation, protocol)
        check_policy.check_operation(entry, say)
        check_policy.check_names(entry, self.names, say)
        check_request.check_request(entry, operation, info, say)
        check_request.check_page(entry, operation, answer, self.models.paginator(entry.service, entry.call), protocol,
                                 say)
        check_answer.check_answer(entry, operation, answer, say)
        check_answer.check_variables(entry, say)
        check_answer.check_batches(entry, operation, protocol, say)
        check_answer.check_identity(entry, say)
        check_answer.check_absent(entry, operation, say)
        check_policy.check_secrets(entry, answer, say)
        self.choices.add(entry, operation, protocol)
        if answer.xml and self.shapes is not None and entry.call not in self.shapes.get(entry.service, ()):
            say("shapes/%s.shapes does not have it: scripts/aws-shapes.py" % entry.service)

    def all_services(self):
        """Lines of services.yaml that no entry speaks of are checked too."""
        for name, info in self.catalog.services.items():
            model = self.models.service(name)
            if model is None:
                self.catalog.say("services.yaml", "botocore knows no service %s" % name)
            elif name not in self.services:
                check_policy.check_service(name, info, model, lambda text: self.catalog.say("services.yaml", text))


def rows_of(path):
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return [(row["service"], row["operation"])
                for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


# Asked by the collector before any catalog is read (collectors/aws/plan.c).
ASKED_IN_CODE = {("sts", "GetCallerIdentity")}


def coverage(catalog, reference, services):
    """What of the reference lists has an entry; the root calls must."""
    have = {(entry.service, entry.call) for entry in catalog.entries} | ASKED_IN_CODE
    for name, what in (("aws_apis.tsv", "root calls"), ("aws_apis_children.tsv", "per-parent calls")):
        rows = rows_of(os.path.join(reference, name))
        if rows is None:
            print("SKIPPED: no %s in %s" % (name, reference))
            continue
        rows = [row for row in rows if not services or row[0] in services]
        missing = [row for row in rows if row not in have]
        if what == "root calls":
            for row in missing:
                catalog.say(name, "%s.%s has no entry" % row)
        elif services:
            print("without an entry: %s" % (", ".join("%s.%s" % row for row in missing) or "none"))
        print("%d of %d %s of %s have an entry" % (len(rows) - len(missing), len(rows), what, name))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--catalog", default=os.path.join(TREE, "collectors", "aws", "catalog"))
    parser.add_argument("--service", action="append", default=[], help="only this service's entries")
    shared = os.environ.get("WGO_SHARED_DIR") or os.path.join(os.path.dirname(TREE), "shared")
    parser.add_argument("--reference", default=os.path.join(shared, "reference"))
    parser.add_argument("--terraform-types", help="a file of Terraform's types, one a line")
    parser.add_argument("--quiet", action="store_true", help="no warnings")
    options = parser.parse_args()

    catalog = read_catalog(options.catalog)
    names = check_policy.Names(options.terraform_types)
    for known, what in ((names.terraform, "Terraform"), (names.native, "CloudFormation")):
        if not known:
            print("SKIPPED: no list of %s's types: only their form is checked" % what)
    lint = Lint(catalog, options.catalog, names)
    for entry in catalog.entries:
        if not options.service or entry.service in options.service:
            lint.entry(entry)
    lint.choices.check(catalog.say)
    if not options.service:
        lint.all_services()
    coverage(catalog, options.reference, options.service)
    files = {entry.path for entry in catalog.entries if entry.service in options.service}
    mine = [one for one in catalog.problems
            if not files or one.where.startswith("aws_apis") or one.where.split(":")[0] in files]
    errors = sum(1 for one in mine if one.severity == "error")
    for one in mine:
        if one.severity == "error" or not options.quiet:
            print(one)
    print("%d entries of %d services checked, %d unknown, %d errors (botocore %s)" % (
        lint.checked, len(lint.services), lint.unknown, errors, botocore.__version__))
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
