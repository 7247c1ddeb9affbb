#include "records.h"

#include <stdio.h>
#include <stdlib.h>

static void fill(struct wgo_str *field, const char *text)
{
    if (!field->ptr) {
        *field = wgo_str(text);
    }
}

struct wgo_record with_defaults(struct wgo_record record)
{
    fill(&record.type, "kubernetes_pod");
    fill(&record.provider, "kubernetes");
    fill(&record.source_provider, "kubernetes");
    fill(&record.source_type, "list");
    fill(&record.configuration, "{\"a\":1}");
    record.live = !wgo_str_is(record.source_type, "state");
    return record;
}

static void must(enum wgo_status status, const struct wgo_error *err)
{
    if (status != WGO_OK) {
        fprintf(stderr, "merger: %s: %s\n", wgo_status_name(status), err->message);
        abort();
    }
}

struct wgo_merger *merger_of(const struct wgo_merger_options *options,
                             const struct wgo_record *records, size_t count, size_t lanes)
{
    struct wgo_error err = {0};
    struct wgo_merger *merger;
    struct wgo_sink_lane *open[64];
    must(wgo_merger_new(options, &merger, &err), &err);
    struct wgo_sink sink = wgo_merger_sink(merger);
    for (size_t i = 0; i < lanes; i++) {
        must(sink.open_lane(sink.self, &open[i], &err), &err);
    }
    for (size_t i = 0; i < count; i++) {
        must(sink.append(open[i % lanes], &records[i], &err), &err);
    }
    for (size_t i = 0; i < lanes; i++) {
        sink.close_lane(sink.self, open[i]);
    }
    return merger;
}

static enum wgo_status add_line(void *state, struct wgo_str resource, struct wgo_str provider,
                                struct wgo_str type, struct wgo_error *err)
{
    struct wgo_buf *text = state;
    (void)provider;
    (void)type;
    wgo_buf_str(text, resource);
    return wgo_buf_char(text, '\n') ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

struct merged read_all(struct wgo_merger *merger, const char *provider)
{
    struct wgo_error err = {0};
    struct wgo_buf text = {0};
    struct merged merged = {0};
    must(wgo_merger_each(merger, wgo_str(provider), add_line, &text, &merged.stats, &err), &err);
    wgo_buf_terminated(&text);
    merged.text = text.ptr;
    return merged;
}

struct merged merge_of(const struct wgo_record *records, size_t count)
{
    struct wgo_merger_options options = {0};
    struct wgo_merger *merger = merger_of(&options, records, count, 1);
    struct merged merged = read_all(merger, "");
    wgo_merger_free(merger);
    return merged;
}

uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * UINT64_C(0x2545F4914F6CDD1D);
}
