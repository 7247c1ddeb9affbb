/* pods.h: reading a page of a Kubernetes pod list, as the benchmarks do it.
 *
 * What is cut, picked and redacted of a pod is what matters to a collector; ids, tags and records
 * are not made, nothing is kept.
 *
 * Ownership: pods_free() gives back what pods_new() made.
 * Threads:   one reader each.
 * Failure:   ends the program with a line: a benchmark that fails has no result. */
#ifndef BENCH_MICRO_PODS_H
#define BENCH_MICRO_PODS_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct wgo_json_page;
struct pods;

struct pods *pods_new(void);
void pods_free(struct pods *pods);
/* Splits the page, which has a NUL behind it; the result is good until the next call. */
const struct wgo_json_page *pods_split(struct pods *pods, struct wgo_str document);
/* Splits it and copies its items, with their fingerprints if asked for; gives the bytes of it. */
size_t pods_read(struct pods *pods, struct wgo_str document, bool fingerprints);

#endif
