#!/bin/sh
# wgo.h alone: as C and as C++, strictly, and with nothing of wgo's own behind it.
# Usage: header_test.sh WGO_H
set -eu
header=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$header" "$folder/wgo.h"

includes=$(sed -n 's/^#include *//p' "$folder/wgo.h" | sort | tr '\n' ' ')
if [ "$includes" != "<stdbool.h> <stddef.h> <stdint.h> " ]; then
  echo "wgo.h includes $includes"
  exit 1
fi

printf '#include "wgo.h"\n#include "wgo.h"\nint main(void) { return (int)sizeof(struct wgo_problem) == 0; }\n' >"$folder/once.c"
cp "$folder/once.c" "$folder/once.cc"
strict="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Werror"
tried=0
for compiler in gcc clang; do
  if command -v $compiler >/dev/null; then
    for standard in c99 c11 c17; do
      $compiler -std=$standard $strict -Wstrict-prototypes -Wc++-compat -fsyntax-only "$folder/once.c"
    done
    tried=$((tried + 1))
  fi
done
for compiler in g++ clang++; do
  if command -v $compiler >/dev/null && $compiler -fsyntax-only -x c++ /dev/null 2>/dev/null; then
    for standard in c++11 c++17 c++20; do
      $compiler -std=$standard $strict -fsyntax-only "$folder/once.cc"
    done
    tried=$((tried + 1))
  else
    echo "SKIPPED: no $compiler to read wgo.h as C++"
  fi
done
[ "$tried" -gt 0 ] || exit 77
echo "wgo.h is sound for $tried compilers"
