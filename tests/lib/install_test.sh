#!/bin/sh
# What `make install` puts down is enough to build and run a program against, wherever it lies.
# Usage: install_test.sh CMAKE BUILD_FOLDER SOURCE_FOLDER CC
set -eu
cmake=$1 build=$2 source=$3 cc=$4
[ -e "$build/man/wgo.1" ] && [ -e "$build/wgo" ] || { echo "SKIPPED: not everything is built here"; exit 77; }
command -v pkg-config >/dev/null || { echo "SKIPPED: no pkg-config"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$cmake" --install "$build" --prefix "$folder/first" >/dev/null
mv "$folder/first" "$folder/moved" # a package is not unpacked where it was made

root="$folder/moved"
PKG_CONFIG_PATH=$(dirname "$(find "$root" -name wgo.pc)")
LD_LIBRARY_PATH=$(dirname "$(find "$root" -name libwgo.so)")
export PKG_CONFIG_PATH LD_LIBRARY_PATH
for file in bin/wgo include/wgo.h share/man/man1/wgo.1 share/man/man1/wgo-scan.1 \
    share/bash-completion/completions/wgo share/zsh/site-functions/_wgo \
    share/fish/vendor_completions.d/wgo.fish; do
  [ -s "$root/$file" ] || { echo "$file was not installed"; exit 1; }
done
# shellcheck disable=SC2046 # words are wanted
"$cc" -Wall -Wextra -Werror "$source/examples/custom_collector.c" \
  $(pkg-config --cflags --libs wgo) -o "$folder/shared"
# shellcheck disable=SC2046
"$cc" "$source/examples/custom_collector.c" $(pkg-config --cflags wgo) \
  "$LD_LIBRARY_PATH/libwgo.a" $(pkg-config --libs $(pkg-config --print-requires-private wgo)) \
  -lm -pthread -o "$folder/static"
mkdir "$folder/files"
echo one >"$folder/files/one.txt"
for program in shared static; do
  HOME="$folder" "$folder/$program" "$folder/files" >"$folder/$program.json"
  grep -q '"resource_count": *1,' "$folder/$program.json"
done
version=$("$root/bin/wgo" --version)
[ "$version" = "wgo $(pkg-config --modversion wgo)" ]
echo "$version: installed, moved, built against, run"
