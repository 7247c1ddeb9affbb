#!/bin/sh
# Runs every fuzzer of BUILD_FOLDER for SECONDS from its corpus; a finding is kept beside the build and fails the run.
set -u
build=$1
seconds=$2
failed=0
count=0
for program in $(find "$build" -name 'fuzz_*' -type f -perm -u+x | sort); do
  name=$(basename "$program" | sed 's/^fuzz_//')
  work="$build/fuzzing/$name"
  mkdir -p "$work/new" "$work/findings"
  count=$((count + 1))
  if "$program" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
      -artifact_prefix="$work/findings/" "$work/new" "tests/fuzz/corpus/$name" >"$work/log" 2>&1; then
    echo "fuzz $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log") runs, no finding"
  else
    echo "fuzz $name: FAILED"
    tail -n 40 "$work/log"
    failed=1
  fi
done
echo "fuzz: $count fuzzers, ${seconds}s each"
exit "$failed"
