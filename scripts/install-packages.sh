#!/bin/sh
# Installs what wgo needs to be built and tested, from Debian's packages, and says which.
# Does nothing, quickly, when all of them are there. Usage: install-packages.sh [GROUP ...]
# Groups: build, test, arm, valgrind, lint, conformance.
#
# A word PACKAGE/COMMAND is content with the command, whoever brought it.
set -eu
PATH="$PATH:/usr/sbin:/sbin"

build="build-essential cmake ninja-build pkg-config libcurl4-openssl-dev libssl-dev libjson-c-dev
  libyaml-dev libexpat1-dev zlib1g-dev libsqlite3-dev libpq-dev libxxhash-dev libcriterion-dev
  libmicrohttpd-dev python3"
test="clang/clang++ nginx-light/nginx zsh/zsh fish/fish groff-base/groff man-db/man openssl/openssl
  postgresql kubernetes-client/kubectl python3-jsonschema python3-venv"
arm="gcc-aarch64-linux-gnu/aarch64-linux-gnu-gcc libc6-dev-arm64-cross qemu-user/qemu-aarch64"
valgrind="valgrind libc6-dbg"
lint="clang clang-format clang-tidy libclang-rt-14-dev"
conformance="etcd-server python3-venv openssl nginx-light python3-jsonschema"

wanted=""
for group in "${@:-build}"; do
  case "$group" in
    build) wanted="$wanted $build" ;;
    test) wanted="$wanted $test" ;;
    arm) wanted="$wanted $arm" ;;
    valgrind) wanted="$wanted $valgrind" ;;
    lint) wanted="$wanted $lint" ;;
    conformance) wanted="$wanted $conformance" ;;
    *) echo "install-packages: unknown group $group" >&2; exit 2 ;;
  esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "wgo is built from Debian's packages and there is no apt here. Install what corresponds to:" >&2
  echo "$wanted" | sed 's|/[^ ]*||g' | tr -s ' \n' ' ' >&2
  echo >&2
  echo "then run: cmake --preset release && cmake --build --preset release" >&2
  # Everything may be there under other names: let CMake judge.
  exit 0
fi

missing=""
for word in $wanted; do
  package=${word%%/*}
  if [ "$package" != "$word" ] && command -v "${word#*/}" >/dev/null; then
    continue
  fi
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

# Debian starts the servers it installs. The tests start their own and need none of those: a policy says no
# while apt is at work, unless this machine has a policy already.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap '$sudo rm -f "$policy"' EXIT
  trap 'exit 1' INT TERM
  printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
  $sudo chmod 755 "$policy"
fi

# shellcheck disable=SC2086 # lists of words on purpose
if ! $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1; then
  $sudo apt-get update -qq
  $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
