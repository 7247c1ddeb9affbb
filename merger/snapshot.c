#include "merger/snapshot.h"

#include "base/json_write.h"
#include "merger/counts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum { NUMBER_WIDTH = 20, NUMBERS = 4 };

enum wgo_status wgo_snapshot_new_id(char out[37], struct wgo_error *err)
{
    unsigned char b[16];
    ssize_t got;
    do {
        got = getrandom(b, sizeof(b), 0);
    } while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof(b)) {
        return wgo_fail(err, WGO_E_IO, "the system gives no random bytes");
    }
    b[6] = (unsigned char)(0x40 | (b[6] & 0x0F)); /* version 4, RFC 9562 5.4 */
    b[8] = (unsigned char)(0x80 | (b[8] & 0x3F));
    snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
             b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
             b[14], b[15]);
    return WGO_OK;
}

void wgo_snapshot_result_fini(struct wgo_snapshot_result *result)
{
    if (result) {
        free(result->types);
        *result = (struct wgo_snapshot_result){0};
    }
}

/* ---- the head ---- */

/* The numbers that only the end of the merge knows. */
struct numbers {
    bool known;
    uint64_t values[NUMBERS];
    size_t at[NUMBERS]; /* in the head's text */
};

static const char *const number_names[NUMBERS] = {"resource_count", "duplicates_merged",
                                                  "conflicts", "parts_left_out"};

static void set_numbers(struct numbers *numbers, const struct wgo_merge_stats *stats)
{
    numbers->known = true;
    numbers->values[0] = stats->resources;
    numbers->values[1] = stats->duplicates;
    numbers->values[2] = stats->conflicts;
    numbers->values[3] = stats->orphans;
}

static void put_numbers(struct wgo_json_writer *w, struct numbers *numbers)
{
    for (size_t i = 0; i < NUMBERS; i++) {
        wgo_json_key(w, number_names[i]);
        numbers->at[i] = w->out->len;
        if (numbers->known) {
            wgo_json_put_u64(w, numbers->values[i]);
        } else {
            char blank[NUMBER_WIDTH + 1];
            snprintf(blank, sizeof(blank), "%*d", NUMBER_WIDTH, 0);
            wgo_json_put_raw(w, wgo_str(blank));
        }
    }
}

struct completeness {
    struct wgo_str provider;
    bool whole;
};

static void look_at_row(void *state, const struct wgo_row *row)
{
    struct completeness *seen = state;
    bool ours = !seen->provider.len || wgo_str_eq(seen->provider, row->provider);
    if (ours && row->seen != WGO_SEEN_OK && row->seen != WGO_SEEN_SKIPPED) {
        seen->whole = false;
    }
}

static bool is_complete(const struct wgo_snapshot_head *head)
{
    struct completeness seen = {head->row_provider, !wgo_rows_failed(head->rows)};
    wgo_rows_each(head->rows, look_at_row, &seen);
    return seen.whole;
}

static void put_metadata(struct wgo_json_writer *w, const struct wgo_snapshot_head *head,
                         struct numbers *numbers)
{
    wgo_json_open_object(w);
    wgo_json_member_str(w, "collector_version", head->version);
    wgo_json_key(w, "collection_time");
    wgo_json_put_i64(w, head->collection_time_ns);
    put_numbers(w, numbers);
    wgo_json_key(w, "complete");
    wgo_json_put_bool(w, is_complete(head));
    wgo_json_member_str(w, "key_id", head->key_id);
    wgo_json_key(w, "completeness");
    wgo_rows_write(head->rows, head->row_provider, w);
    if (head->providers.len) {
        wgo_json_key(w, "providers");
        wgo_json_put_raw(w, head->providers);
    }
    if (head->incremental.len) {
        wgo_json_key(w, "incremental");
        wgo_json_put_raw(w, head->incremental);
    }
    if (head->warnings.len) {
        wgo_json_key(w, "warnings");
        wgo_json_put_raw(w, head->warnings);
    }
    wgo_json_close_object(w);
}

/* All but the closing brace. */
static void put_head(struct wgo_buf *out, const struct wgo_snapshot_head *head,
                     struct numbers *numbers)
{
    char timestamp[WGO_WALL_TEXT];
    struct wgo_json_writer w;
    wgo_wall_format(head->timestamp, false, timestamp);
    wgo_json_writer_init(&w, out);
    wgo_json_open_object(&w);
    wgo_json_member_str(&w, "schema_version", WGO_STR(WGO_SCHEMA_VERSION));
    wgo_json_member_str(&w, "id", head->id);
    wgo_json_member_str(&w, "timestamp", wgo_str(timestamp));
    wgo_json_member_str(&w, "provider", head->provider);
    wgo_json_key(&w, "metadata");
    put_metadata(&w, head, numbers);
}

/* ---- the document ---- */

struct writing {
    const struct wgo_output *output;
    enum wgo_snapshot_format format;
    struct wgo_counts counts;
    uint64_t resources, bytes;
};

static enum wgo_status emit(struct writing *writing, struct wgo_str bytes, struct wgo_error *err)
{
    writing->bytes += bytes.len;
    return writing->output->write(writing->output->self, bytes, err);
}

static enum wgo_status emit_resource(void *state, struct wgo_str resource, struct wgo_str provider,
                                     struct wgo_str type, struct wgo_error *err)
{
    struct writing *writing = state;
    bool comma = writing->format == WGO_FORMAT_JSON && writing->resources > 0;
    if (!wgo_counts_add(&writing->counts, provider, type)) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    writing->resources++;
    enum wgo_status status = emit(writing, comma ? WGO_STR(",\n") : WGO_STR("\n"), err);
    return status == WGO_OK ? emit(writing, resource, err) : status;
}

static enum wgo_status patch_numbers(struct writing *writing, uint64_t start,
                                     const struct numbers *numbers, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < NUMBERS && status == WGO_OK; i++) {
        char text[NUMBER_WIDTH + 1];
        snprintf(text, sizeof(text), "%*" PRIu64, NUMBER_WIDTH, numbers->values[i]);
        status = writing->output->patch(writing->output->self, start + numbers->at[i],
                                        wgo_str(text), err);
    }
    return status;
}

static enum wgo_status write_document(struct writing *writing, struct wgo_merger *merger,
                                      struct wgo_str provider, const struct wgo_snapshot_head *head,
                                      struct wgo_merge_stats *stats, struct wgo_error *err)
{
    bool json = writing->format == WGO_FORMAT_JSON;
    const struct wgo_output *output = writing->output;
    uint64_t start = output->patch ? output->written(output->self) : 0;
    struct numbers numbers = {0};
    struct wgo_buf text = {0};
    enum wgo_status status = WGO_OK;
    if (!output->patch) {
        status = wgo_merger_each(merger, provider, NULL, NULL, stats, err);
        set_numbers(&numbers, stats);
    }
    if (status == WGO_OK) {
        put_head(&text, head, &numbers);
        wgo_buf_cstr(&text, json ? ",\"resources\":[" : "}");
        status = text.failed ? wgo_fail(err, text.failed, "out of memory")
                             : emit(writing, wgo_buf_view(&text), err);
    }
    if (status == WGO_OK) {
        status = wgo_merger_each(merger, provider, emit_resource, writing, stats, err);
    }
    if (status == WGO_OK) {
        status = emit(writing, json ? WGO_STR("\n]}\n") : WGO_STR("\n"), err);
    }
    if (status == WGO_OK && output->patch) {
        set_numbers(&numbers, stats);
        status = patch_numbers(writing, start, &numbers, err);
    }
    wgo_buf_fini(&text);
    return status;
}

enum wgo_status wgo_snapshot_write(struct wgo_merger *merger, struct wgo_str provider,
                                   const struct wgo_snapshot_head *head,
                                   enum wgo_snapshot_format format, const struct wgo_output *output,
                                   struct wgo_snapshot_result *out_result, struct wgo_error *err)
{
    struct writing writing = {.output = output, .format = format};
    struct wgo_snapshot_result result = {0};
    enum wgo_status status = write_document(&writing, merger, provider, head, &result.merge, err);
    if (status == WGO_OK && out_result) {
        result.bytes = writing.bytes;
        if (wgo_counts_result(&writing.counts, &result.types, &result.type_count)) {
            *out_result = result;
        } else {
            status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
        }
    }
    wgo_counts_fini(&writing.counts);
    return status;
}

enum wgo_status wgo_snapshot_write_head(const struct wgo_snapshot_head *head,
                                        const struct wgo_merge_stats *stats,
                                        const struct wgo_output *output, struct wgo_error *err)
{
    struct numbers numbers = {0};
    struct wgo_buf text = {0};
    set_numbers(&numbers, stats);
    put_head(&text, head, &numbers);
    wgo_buf_cstr(&text, "}\n");
    enum wgo_status status = text.failed ? wgo_fail(err, text.failed, "out of memory")
                                         : output->write(output->self, wgo_buf_view(&text), err);
    wgo_buf_fini(&text);
    return status;
}
