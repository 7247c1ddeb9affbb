#!/bin/sh
# Installs what wgo needs to be built and tested, from Debian's packages, and says which.
# Does nothing, quickly, when all of them are there. Usage: install-packages.sh [build|lint|conformance ...]
set -eu

build="build-essential cmake ninja-build pkg-config libcurl4-openssl-dev libssl-dev libjson-c-dev
  libyaml-dev libexpat1-dev zlib1g-dev libsqlite3-dev libpq-dev libxxhash-dev libcriterion-dev
  libmicrohttpd-dev python3"
lint="clang clang-format clang-tidy libclang-rt-14-dev"
conformance="etcd-server python3-venv openssl nginx-light python3-jsonschema"

wanted=""
for group in "${@:-build}"; do
  case "$group" in
    build) wanted="$wanted $build" ;;
    lint) wanted="$wanted $lint" ;;
    conformance) wanted="$wanted $conformance" ;;
    *) echo "install-packages: unknown group $group" >&2; exit 2 ;;
  esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "wgo is built from Debian's packages and there is no apt here. Install what corresponds to:" >&2
  echo "$wanted" | tr -s ' \n' ' ' >&2
  echo >&2
  echo "then run: cmake --preset release && cmake --build --preset release" >&2
  # Everything may be there under other names: let CMake judge.
  exit 0
fi

missing=""
for package in $wanted; do
  if ! dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed; then
    missing="$missing $package"
  fi
done
[ -n "$missing" ] || exit 0

sudo=""
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "wgo needs these packages, and installing them needs root:$missing" >&2
    exit 1
  fi
  sudo="sudo"
fi
echo "Installing:$missing"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # lists of words on purpose
if ! $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1; then
  $sudo apt-get update -qq
  $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
