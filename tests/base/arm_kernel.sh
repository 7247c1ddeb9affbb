#!/bin/sh
# The JSON reader on 64-bit ARM: its fuzz targets, which hold every kernel against the plain one and
# the cursor, built for that processor and run over their corpora in an emulator.
set -eu
source=$WGO_SOURCE_DIR build=$WGO_BINARY_DIR
compiler=aarch64-linux-gnu-gcc

for program in "$compiler" qemu-aarch64; do
  if ! command -v "$program" >/dev/null; then
    echo "SKIPPED: no $program (scripts/install-packages.sh arm)"
    exit 77
  fi
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$(pkg-config --variable=includedir libxxhash)/xxhash.h" "$work"
# What the reader needs of its room; wiping secrets is OpenSSL's work there, and not looked at here.
cat >"$work/wipe.c" <<'END'
#include "base/secret.h"
#include <string.h>
void wgo_wipe(void *bytes, size_t len)
{
    if (bytes) {
        memset(bytes, 0, len);
    }
}
END
files="$work/wipe.c $source/tests/fuzz/standalone_driver.c"
for name in arena buf clock error str str_number; do
  files="$files $source/core/base/$name.c"
done
for file in "$source"/core/base/json*.c; do
  files="$files $file"
done
for target in json_cursor json_plan; do
  # shellcheck disable=SC2086
  $compiler -std=c17 -O2 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -Wshadow -fno-strict-aliasing \
    -I"$build/rooms/base" -I"$work" -o "$work/$target" \
    $files "$source/tests/fuzz/${target}_fuzzer.c" -lm
  set -- "$source/tests/fuzz/corpus/json_cursor" "$source/tests/fuzz/corpus/json_plan" \
    "$source/tests/fuzz/corpus/json_differential"
  [ ! -d "$WGO_SHARED_DIR/vectors" ] || set -- "$@" "$WGO_SHARED_DIR/vectors/json-test-suite"
  said=$(qemu-aarch64 -L /usr/aarch64-linux-gnu "$work/$target" "$@")
  echo "$target: $said"
  [ "${said%% *}" -gt 50 ]
done
