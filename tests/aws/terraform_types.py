"""Prints the resource types of one of Terraform's providers, one a line, as a wheel of bindings names them in its
links to the provider's documentation. Usage: terraform_types.py PROVIDER WHEEL"""
import re
import sys
import zipfile


def main():
    provider, path = sys.argv[1:]
    link = re.compile(rb"providers/hashicorp/%s/[0-9.]+/docs/resources/([a-z0-9_]+)" % provider.encode())
    found = set()
    with zipfile.ZipFile(path) as wheel:
        for name in wheel.namelist():
            if name.endswith(".py"):
                found |= set(link.findall(wheel.read(name)))
    prefix = provider.split("-")[0] + "_"  # google-beta's types are called google_
    for name in sorted({one.decode() for one in found}):
        print(name if name.startswith(prefix) else prefix + name)
    return 0 if len(found) > 1000 else 1


if __name__ == "__main__":
    sys.exit(main())
