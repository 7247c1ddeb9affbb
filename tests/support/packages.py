"""Runs a test under the virtual environment of scripts/python-packages.sh.

need("botocore") goes on in it when it is there and the interpreter is another one; without the modules, or
with older ones than tests/requirements.txt names, the test is SKIPPED.
"""
import importlib
import os
import re
import sys

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.environ.get("WGO_PYTHON_FOLDER") or os.path.join(TREE, "build", "python")


def leave(reason):
    print("SKIPPED: %s; scripts/python-packages.sh installs it" % reason, flush=True)
    sys.exit(77)


def numbers(version):
    return [int(part) for part in re.findall(r"\d+", version)]


def pinned():
    with open(os.path.join(TREE, "tests", "requirements.txt"), encoding="utf-8") as lines:
        return re.findall(r"^([\w-]+)\S*==(\S+)", lines.read(), re.M)


def need(*modules):
    python = os.path.join(FOLDER, "bin", "python")
    if os.path.realpath(sys.prefix) != os.path.realpath(FOLDER) and os.path.exists(python) and \
            os.path.exists(os.path.join(FOLDER, ".requirements")):
        os.execv(python, [python] + sys.argv)
    for module in modules:
        try:
            found = numbers(getattr(importlib.import_module(module), "__version__", ""))
        except ImportError:
            leave("no Python module %s" % module)
        wanted = numbers(dict(pinned()).get(module, ""))
        if found and found < wanted:
            leave("Python's %s is older than %s" % (module, ".".join(map(str, wanted))))
