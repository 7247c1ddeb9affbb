#!/bin/sh
# build_apiserver.sh OUT_DIR
#
# Builds OUT_DIR/kube-apiserver-VERSION from the Go module k8s.io/kubernetes, for run.py; the last line is its path.
# The module is written to be built inside its own repository: its go.mod points at ./staging, which the module does not
# carry. So a main module of one file is made here; it asks for the same versions of everything and takes each staging
# module from where it is published, at v0.MINOR.PATCH. The module's own go.sum, which the go tool has checked with the
# module, vouches for what it lists.
#
# What is built is kept: a second call returns at once. Nothing is written outside OUT_DIR but Go's own caches.
# Environment: GO (the go program), WGO_KUBERNETES_VERSION.
# Exit: 0 built or already there; 77 cannot be built here (one line `SKIPPED: reason`); 1 the build failed; 2 usage.
#
# The version is chosen with care: from 1.34 on the server answers later pages from its own cache, and a compacted
# etcd no longer makes it say 410, which the conformance run needs it to say.
set -eu

version=${WGO_KUBERNETES_VERSION:-v1.32.1}

usage() { echo "usage: build_apiserver.sh OUT_DIR" >&2; exit 2; }
skip() { echo "SKIPPED: $*"; exit 77; }
step() { echo "build_apiserver: $*"; }

[ $# -eq 1 ] || usage
case $version in
v1.*.*) ;;
*) echo "build_apiserver: WGO_KUBERNETES_VERSION is $version; expected v1.MINOR.PATCH" >&2; exit 2 ;;
esac
staging=v0.${version#v1.}
minor=${staging#v0.}
minor=${minor%%.*}

mkdir -p "$1"
out=$(cd "$1" && pwd)
binary=$out/kube-apiserver-$version
if [ -x "$binary" ]; then
    echo "$binary"
    exit 0
fi

go=${GO:-$(command -v go || true)}
[ -n "$go" ] || { [ -x /usr/local/go/bin/go ] && go=/usr/local/go/bin/go; } || true
[ -n "$go" ] || skip "no go program (Debian package golang, or https://go.dev/dl)"
export GOWORK=off GOTOOLCHAIN=local CGO_ENABLED=0 GOFLAGS="-p=2 -buildvcs=false -mod=mod"

work=$out/kube-apiserver-src
log=$out/kube-apiserver-build.log
mkdir -p "$work"
cd "$work"
: >"$log"

# The go tool refuses to work where there is no main module, so there is one from the start.
printf 'module conformance/apiserver\n\ngo 1.21\n' >go.mod
rm -f go.sum main.go

step "with $("$go" version)"
step "fetching k8s.io/kubernetes@$version"
if ! "$go" mod download -json "k8s.io/kubernetes@$version" >module.json 2>>"$log"; then
    cat module.json >>"$log"
    if grep -q 'checksum mismatch' "$log"; then
        echo "build_apiserver: k8s.io/kubernetes@$version is not what its checksum says; see $log" >&2
        exit 1
    fi
    skip "k8s.io/kubernetes@$version cannot be fetched ($(sed -n 's/.*"Error": "\(.*\)".*/\1/p' module.json | cut -c1-200)); see $log"
fi
module=$(sed -n 's/^[[:space:]]*"Dir": "\(.*\)",*$/\1/p' module.json)
[ -f "$module/go.mod" ] || skip "k8s.io/kubernetes@$version has no go.mod at '$module'"

# Same requirements, same godebug; each `=> ./staging/src/k8s.io/X` becomes `=> k8s.io/X v0.MINOR.PATCH`.
{
    sed -e 's|^module .*|module conformance/apiserver|' \
        -e "s|^\([[:space:]]*\)\(k8s.io/[a-z-]*\) => ./staging/.*|\1\2 => \2 $staging|" \
        -e '/^\/\//d' "$module/go.mod"
    echo
    echo "require k8s.io/kubernetes $version"
} >go.mod
cp "$module/go.sum" go.sum
chmod u+w go.sum

cat >main.go <<'GO'
// The API server's own command, for the conformance run.
package main

import (
	"os"

	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	os.Exit(cli.Run(app.NewAPIServerCommand()))
}
GO

step "fetching what it needs"
if ! "$go" list -deps -f '{{if .Module}}{{.Module.Path}} {{.Module.Version}}{{end}}' . >packages.txt 2>>"$log"; then
    tail -n 5 "$log" >&2
    if grep -qiE 'dial tcp|no such host|timeout|connection refused|proxy|404 Not Found|410 Gone|requires go >=' "$log"; then
        skip "the modules of kube-apiserver $version cannot be fetched; see $log"
    fi
    echo "build_apiserver: cannot list the packages; see $log" >&2
    exit 1
fi
step "compiling $(wc -l <packages.txt | tr -d ' ') packages, two at a time; the first time this takes many minutes"

prefix=k8s.io/component-base/version
flags="-s -w -X $prefix.gitVersion=$version -X $prefix.gitMajor=1 -X $prefix.gitMinor=$minor -X $prefix.gitTreeState=clean"
nice -n 10 "$go" build -v -trimpath -ldflags "$flags" -o "$binary.part" . >>"$log" 2>&1 &
build=$!
trap 'kill "$build" 2>/dev/null; exit 130' INT TERM
started=$(date +%s)
ticks=0
while kill -0 "$build" 2>/dev/null; do
    sleep 1
    ticks=$((ticks + 1))
    [ $((ticks % 30)) -ne 0 ] ||
        step "$(($(date +%s) - started)) s: $(wc -l <"$log" | tr -d ' ') packages compiled, last $(tail -n 1 "$log")"
done
if ! wait "$build"; then
    tail -n 20 "$log" >&2
    echo "build_apiserver: the build failed; see $log" >&2
    exit 1
fi
mv "$binary.part" "$binary"
step "done in $(($(date +%s) - started)) s"
echo "$binary"
