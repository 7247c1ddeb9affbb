/* records.h: records from a few words, and everything a merger makes of them as one text.
 *
 * Ownership: texts are the caller's to free. Threads: none. Failure: the test fails. */
#ifndef TESTS_MERGER_RECORDS_H
#define TESTS_MERGER_RECORDS_H

#include "merger/merger.h"

/* A main facet of a live Kubernetes pod but for what is named: RECORD(ID("a"), .rank = 1). What is
 * named NOTHING is empty. */
#define RECORD(...) with_defaults((struct wgo_record){__VA_ARGS__})
#define ID(text) .id = WGO_STR(text)
#define NOTHING WGO_STR("")
struct wgo_record with_defaults(struct wgo_record record);

struct merged {
    char *text; /* a resource a line */
    struct wgo_merge_stats stats;
};

/* 'records' in the order given, spread over 'lanes' lanes in turn. */
struct wgo_merger *merger_of(const struct wgo_merger_options *options,
                             const struct wgo_record *records, size_t count, size_t lanes);
struct merged read_all(struct wgo_merger *merger, const char *provider);
/* Both in one, with default options and one lane. */
struct merged merge_of(const struct wgo_record *records, size_t count);

/* A small generator, the same everywhere (xorshift64*). */
uint64_t next_random(uint64_t *state);

#endif
