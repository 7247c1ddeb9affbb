#!/bin/sh
# Formatting, clang-tidy and the house rules. Usage: lint.sh BUILD_FOLDER (configured with clang)
set -u
build=$1
failed=0
sources=$(git ls-files '*.c' '*.h' | grep -v '^tests/fuzz/corpus/')

echo "clang-format: $(echo "$sources" | wc -l) files"
echo "$sources" | xargs clang-format --dry-run -Werror || failed=1

products=$(echo "$sources" | grep -E '^(core|collectors|merger|store|lib|cli)/.*\.c$')
echo "clang-tidy: $(echo "$products" | wc -l) files"
echo "$products" | xargs -P "$(nproc)" -n 1 clang-tidy -p "$build" --quiet 2>/dev/null || failed=1

echo "house rules"
for file in $sources; do
  lines=$(wc -l < "$file")
  most=600
  case $file in tests/*) most=800 ;; esac # tables of cases
  if [ "$lines" -gt "$most" ]; then
    echo "$file: $lines lines; is there a second module inside?"
    failed=1
  fi
done
if echo "$sources" | xargs grep -nwE 'TODO|FIXME|XXX' ; then
  echo "unfinished: see above"
  failed=1
fi
if echo "$products" | xargs grep -nE '\b(strcpy|strcat|sprintf|gets|strtok|system|popen)\(' ; then
  echo "calls that the house does not make: see above"
  failed=1
fi
[ "$failed" -eq 0 ] && echo "lint: clean"
exit "$failed"
