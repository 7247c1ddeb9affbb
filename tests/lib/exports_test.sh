#!/bin/sh
# The shared library shows what wgo.h declares, all of it and nothing else. Usage: exports_test.sh WGO_H LIBWGO_SO
set -eu
command -v nm >/dev/null || { echo "SKIPPED: no nm"; exit 77; }
declared=$(grep -v '^#' "$1" | tr '\n' ' ' | grep -o 'WGO_PUBLIC [^;(]*(' | sed 's/.*[ *]\(wgo_[a-z_]*\)($/\1/' | sort -u)
# Sanitizers leave symbols of their own.
shown=$(nm -D --defined-only "$2" | awk '{print $3}' | grep -v -E '^(__(asan|ubsan|tsan|odr|sanitizer|interceptor)|_edata|_end|__bss_start)' | sort -u)
if [ "$declared" != "$shown" ]; then
  echo "declared and shown differ:"
  printf '%s\n' "$declared" "$shown" | sort | uniq -u
  exit 1
fi
printf '%s functions, declared and shown\n' "$(printf '%s\n' "$declared" | wc -l)"
