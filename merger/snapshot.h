/* snapshot.h: the snapshot document around the resources (docs/snapshot.schema.json).
 *
 * JSON: {"schema_version", "id", "timestamp", "provider", "metadata", "resources"}, with the head
 * on the first line and then one resource a line; NDJSON: the document without resources on the
 * first line, then one resource a line. Numbers that are known only at the end (resource_count,
 * duplicates_merged, conflicts, parts_left_out) stand in a fixed width, padded by spaces before
 * them, where the output can be patched.
 *
 * Ownership: borrows everything.
 * Threads:   one.
 * Failure:   as the output's and wgo_merger_each()'s. What was written so far is then no snapshot:
 *            the caller throws it away. */
#ifndef WGO_MERGER_SNAPSHOT_H
#define WGO_MERGER_SNAPSHOT_H

#include "merger/merger.h"

#define WGO_SCHEMA_VERSION "1.0"

enum wgo_snapshot_format { WGO_FORMAT_JSON, WGO_FORMAT_NDJSON };

struct wgo_snapshot_head {
    struct wgo_str id; /* a UUID */
    struct wgo_wall timestamp;
    struct wgo_str provider; /* one name, or "multi" */
    struct wgo_str version;  /* of wgo */
    int64_t collection_time_ns;
    struct wgo_str key_id; /* "" = nothing was redacted with a key */
    const struct wgo_rows *rows;
    struct wgo_str row_provider; /* completeness of this provider only; "" = all */
    struct wgo_str providers;    /* JSON object: statistics by provider; "" = none */
    struct wgo_str warnings;     /* JSON array of strings; "" = none */
    struct wgo_str incremental;  /* JSON object: how it differs from an earlier scan; "" = not
                                    compared */
};

/* A fresh random UUID (version 4). */
WGO_NODISCARD enum wgo_status wgo_snapshot_new_id(char out[37], struct wgo_error *err);

/* Where the bytes go. 'write' appends. 'patch', which may be NULL, overwrites bytes written
 * earlier, at a position counted from the output's first byte as 'written' counts them: with it the
 * resource count is put in afterwards, without it the resources are counted first. */
struct wgo_output {
    void *self;
    enum wgo_status (*write)(void *self, struct wgo_str bytes, struct wgo_error *err);
    enum wgo_status (*patch)(void *self, uint64_t at, struct wgo_str bytes, struct wgo_error *err);
    uint64_t (*written)(void *self); /* bytes so far; may be NULL without 'patch' */
};
/* Buffered output to a file descriptor, which is borrowed: patches with pwrite when it is a regular
 * file. A full disk, quota or file size limit is NO_SPACE, a closed pipe IO. SIGPIPE and SIGXFSZ
 * are the program's to ignore. 'name' is for messages, and copied. */
struct wgo_fd_output;
WGO_NODISCARD enum wgo_status wgo_fd_output_new(int fd, const char *name,
                                                struct wgo_fd_output **out_output,
                                                struct wgo_error *err);
struct wgo_output wgo_fd_output(struct wgo_fd_output *output);
WGO_NODISCARD enum wgo_status wgo_fd_output_flush(struct wgo_fd_output *output,
                                                  struct wgo_error *err);
void wgo_fd_output_free(struct wgo_fd_output *output);

/* Counts by type, for the summary; sorted by type. */
struct wgo_type_count {
    struct wgo_str provider, type;
    uint64_t count;
};
struct wgo_snapshot_result {
    struct wgo_merge_stats merge;
    struct wgo_type_count *types; /* freed by wgo_snapshot_result_fini() */
    size_t type_count;
    uint64_t bytes;
};
void wgo_snapshot_result_fini(struct wgo_snapshot_result *result);

/* One document of the source 'provider' only, or of everything merged when it is empty.
 * 'out_result' may be NULL. */
WGO_NODISCARD enum wgo_status wgo_snapshot_write(struct wgo_merger *merger, struct wgo_str provider,
                                                 const struct wgo_snapshot_head *head,
                                                 enum wgo_snapshot_format format,
                                                 const struct wgo_output *output,
                                                 struct wgo_snapshot_result *out_result,
                                                 struct wgo_error *err);

/* The snapshot without its resources as one line, with the numbers of 'stats': what ends a stream.
 */
WGO_NODISCARD enum wgo_status wgo_snapshot_write_head(const struct wgo_snapshot_head *head,
                                                      const struct wgo_merge_stats *stats,
                                                      const struct wgo_output *output,
                                                      struct wgo_error *err);

#endif
