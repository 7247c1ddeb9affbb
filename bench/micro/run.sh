#!/bin/sh
# Runs every micro benchmark of BUILD_FOLDER. Usage: run.sh BUILD_FOLDER
set -u
build=$1
failed=0
for program in $(find "$build/bench" -name 'bench_*' -type f -perm -u+x | sort); do
  echo "== $(basename "$program")"
  "$program" || failed=1
done
exit "$failed"
