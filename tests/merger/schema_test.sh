#!/bin/sh
# schema_test.sh WRITER: what WRITER writes is valid, and what is wrong is found to be.
set -eu
writer=$1
source=${WGO_SOURCE_DIR:?}
schema=$source/docs/snapshot.schema.json
validate=$source/tests/support/validate_snapshot.py
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

command -v python3 >/dev/null || { echo "SKIPPED: python3 is not installed"; exit 77; }
"$writer" "$dir"
python3 "$validate" "$schema" "$dir"/*.json "$dir"/*.ndjson

# A stream: resources as they come, and the head behind them.
{ sed -n '2,$p' "$dir/whole.ndjson"; sed -n 1p "$dir/whole.ndjson"; } >"$dir/stream.ndjson"
python3 "$validate" "$schema" "$dir/stream.ndjson"

# Each of these breaks one rule; the validator must say so with status 1, nothing else.
broken() {
    name=$1
    shift
    sed "$@" "$dir/whole.json" >"$dir/broken"
    if cmp -s "$dir/whole.json" "$dir/broken"; then
        echo "$name: the test itself is broken: nothing was changed"
        exit 1
    fi
    status=0
    python3 "$validate" "$schema" "$dir/broken" >"$dir/said" || status=$?
    if [ "$status" -ne 1 ]; then
        echo "$name: not found (status $status)"
        cat "$dir/said"
        exit 1
    fi
}
broken "a zero date" 's/"created_at":"2026/"created_at":"0001/'
broken "an unknown member" '5s/"type":/"kind":1,"type":/'
broken "an empty name" '5s/"name":"[^"]*"/"name":""/'
broken "a tag that is no string" '5s/"k":"[^"]*"/"k":1/'
broken "a wrong count" 's/"resource_count": *[0-9]*/"resource_count":1/'
broken "an unknown status" 's/"status":"ok"/"status":"fine"/'
broken "a resource twice" '5p'
broken "a row without its error" 's/"status":"skipped"/"status":"denied"/'
broken "text that is no JSON" '$d'

# The judge that shares no code with the program, where it is at hand.
judge=${WGO_SHARED_DIR:-$source/../shared}/tools/verify_snapshot.py
if [ -f "$judge" ]; then
    python3 "$judge" "$dir"/*.json
else
    echo "SKIPPED: no independent judge beside the checkout"
fi
