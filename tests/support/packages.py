"""Runs a test under the virtual environment of scripts/python-packages.sh.

need("botocore") goes on in it when it is there and the interpreter is another one; without the modules the
test is SKIPPED.
"""
import importlib
import os
import sys

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.environ.get("WGO_PYTHON_FOLDER") or os.path.join(TREE, "build", "python")


def need(*modules):
    python = os.path.join(FOLDER, "bin", "python")
    if os.path.realpath(sys.prefix) != os.path.realpath(FOLDER) and os.path.exists(python) and \
            os.path.exists(os.path.join(FOLDER, ".requirements")):
        os.execv(python, [python] + sys.argv)
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError:
            print("SKIPPED: no Python module %s; scripts/python-packages.sh installs it" % module, flush=True)
            sys.exit(77)
