"""Prints the resource types of Terraform's AWS provider, one a line, as a wheel of bindings names them in its
links to the provider's documentation. Usage: terraform_types.py WHEEL"""
import re
import sys
import zipfile

LINK = re.compile(rb"providers/hashicorp/aws/[0-9.]+/docs/resources/([a-z0-9_]+)")


def main():
    found = set()
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        for name in wheel.namelist():
            if name.endswith(".py"):
                found |= set(LINK.findall(wheel.read(name)))
    for name in sorted(found):
        print("aws_" + name.decode())
    return 0 if len(found) > 1000 else 1


if __name__ == "__main__":
    sys.exit(main())
