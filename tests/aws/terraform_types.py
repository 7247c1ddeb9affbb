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
    for name in sorted(found):
        print(provider + "_" + name.decode())
    return 0 if len(found) > 1000 else 1


if __name__ == "__main__":
    sys.exit(main())
