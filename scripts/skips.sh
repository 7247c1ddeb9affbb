#!/bin/sh
# Counts what the last test run left out and why. Usage: skips.sh BUILD_FOLDER
log="$1/Testing/Temporary/LastTest.log"
[ -f "$log" ] || exit 0
lines=$(grep -hoE 'SKIPPED: .*' "$log" | sort | uniq -c)
count=$(grep -cE 'SKIPPED: ' "$log")
echo "$count skipped"
[ -n "$lines" ] && echo "$lines"
exit 0
