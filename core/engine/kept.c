#include "engine/kept.h"

#include "base/json_write.h"
#include "engine/earlier.h"
#include "engine/replay.h"

#include <stddef.h>

/* An object that has not changed for so long is looked at once more. */
#define KEPT_NS (30 * 24 * 3600 * WGO_S)

/* What a record is made of, besides what the run knows of all. */
static const struct {
    const char *name;
    size_t at;
    bool is_json;
} MEMBERS[] = {
    {"id", offsetof(struct wgo_record, id), false},
    {"part", offsetof(struct wgo_record, part), false},
    {"type", offsetof(struct wgo_record, type), false},
    {"name", offsetof(struct wgo_record, name), false},
    {"account", offsetof(struct wgo_record, account), false},
    {"region", offsetof(struct wgo_record, region), false},
    {"namespace", offsetof(struct wgo_record, namespace_name), false},
    {"native_id", offsetof(struct wgo_record, native_id), false},
    {"native_type", offsetof(struct wgo_record, native_type), false},
    {"created", offsetof(struct wgo_record, created_at), false},
    {"updated", offsetof(struct wgo_record, updated_at), false},
    {"version", offsetof(struct wgo_record, version), false},
    {"source", offsetof(struct wgo_record, source_type), false},
    {"configuration", offsetof(struct wgo_record, configuration), true},
    {"tags", offsetof(struct wgo_record, tags), true},
    {"dependencies", offsetof(struct wgo_record, dependencies), true},
};

static const struct wgo_str *member_of(const struct wgo_record *record, size_t i)
{
    return (const struct wgo_str *)(const void *)((const char *)record + MEMBERS[i].at);
}

static struct wgo_str *slot_of(struct wgo_record *record, size_t i)
{
    return (struct wgo_str *)(void *)((char *)record + MEMBERS[i].at);
}

/* The expansion in 'arena'; empty when something in it has no value. */
static struct wgo_str expand(const struct wgo_call *call, const struct wgo_template *text,
                             struct wgo_arena *arena)
{
    struct wgo_buf buf = {0};
    struct wgo_str result = {0};
    if (wgo_call_expand(call, text, &buf)) {
        result = wgo_str_dup(arena, wgo_buf_view(&buf));
    }
    wgo_buf_fini(&buf);
    return result;
}

/* "azure/arm.get/KEY/RULES/<what the call is kept as>"; empty when the call cannot be kept. */
static struct wgo_str key_of(const struct wgo_call *call, struct wgo_arena *arena)
{
    const struct wgo_run *run = call->run;
    uint64_t whose;
    struct wgo_str as = expand(call, &call->entry->keep_as, arena);
    if (as.len == 0 || !wgo_replay_whose(run, call->task, &whose)) {
        return (struct wgo_str){0};
    }
    return wgo_str_format(arena, "%s/%.*s/%s/%016llx/%.*s", run->o.type->name,
                          WGO_FMT(call->entry->name), run->redactor.key_id,
                          (unsigned long long)(run->rules_digest ^ whose), WGO_FMT(as));
}

/* ---- reading ---- */

/* Empty when the record is not whole. */
static struct wgo_record record_of(const struct wgo_run *run, struct wgo_str raw,
                                   struct wgo_arena *arena)
{
    struct wgo_record record = {
        .provider = wgo_str(run->o.type->name),
        .source_provider = wgo_str(run->o.type->name),
        .live = true,
    };
    for (size_t i = 0; i < WGO_COUNT(MEMBERS); i++) {
        struct wgo_str value = wgo_json_get(raw, wgo_str(MEMBERS[i].name));
        *slot_of(&record, i) = MEMBERS[i].is_json ? value : wgo_json_text(value, arena);
    }
    return record;
}

static enum wgo_status give_all(struct wgo_worker *worker, const struct wgo_entry *entry,
                                struct wgo_str list, uint64_t *out_count, struct wgo_error *err)
{
    struct wgo_json json;
    struct wgo_str raw;
    enum wgo_status status = WGO_OK;
    wgo_json_init(&json, list);
    if (!wgo_json_enter_array(&json)) {
        return WGO_OK;
    }
    while (status == WGO_OK && wgo_json_next_item(&json) && wgo_json_skip(&json, &raw)) {
        struct wgo_record record = record_of(worker->run, raw, &worker->page);
        record.rank = (uint16_t)entry->rank;
        record.fingerprint =
            record.configuration.len ? wgo_json_fingerprint(record.configuration) : 0;
        if (record.id.len > 0) {
            status = wgo_worker_append(worker, &record, err);
            *out_count += record.part.len == 0;
        }
    }
    return status;
}

/* Whether 'text' is what was kept under 'stamp', and its records. */
static bool is_current(struct wgo_str text, struct wgo_str stamp, struct wgo_arena *arena,
                       struct wgo_str *out_records)
{
    if (wgo_json_check(text, NULL) != WGO_OK) {
        return false; /* not ours */
    }
    struct wgo_str kept = wgo_json_text(wgo_json_get(text, WGO_STR("stamp")), arena);
    *out_records = wgo_json_get(text, WGO_STR("records"));
    return wgo_str_eq(kept, stamp) && wgo_json_kind_of(*out_records) == WGO_JSON_ARRAY;
}

static void note(struct wgo_run *run, const struct wgo_entry *entry, bool hit)
{
    wgo_lock_acquire(&run->lock);
    wgo_phases_note(&run->synced.phases, entry->phase, hit, !hit);
    struct wgo_meter *meter = wgo_meters_of(&run->synced.meters, wgo_entry_index(run, entry));
    if (meter) {
        meter->stats.cache_hits += hit;
    }
    wgo_lock_release(&run->lock);
}

enum wgo_status wgo_kept_give(struct wgo_worker *worker, const struct wgo_task *task,
                              bool *out_given, struct wgo_error *err)
{
    struct wgo_run *run = worker->run;
    const struct wgo_entry *entry = wgo_catalog_find(run->catalog, task->entry);
    *out_given = false;
    if (!run->o.cache || !entry || wgo_template_empty(&entry->keep_as)) {
        return WGO_OK;
    }
    struct wgo_call call = {.run = run, .entry = entry, .task = (struct wgo_task *)(uintptr_t)task};
    struct wgo_str key = key_of(&call, &worker->page);
    struct wgo_str stamp = expand(&call, &entry->keep_while, &worker->page), records;
    struct wgo_buf text = {0};
    enum wgo_status status = WGO_OK;
    int64_t age;
    if (key.len > 0 && stamp.len > 0 &&
        run->o.cache->get(run->o.cache->self, key, &text, &age) == WGO_OK &&
        is_current(wgo_buf_view(&text), stamp, &worker->page, &records)) {
        uint64_t count = 0;
        status = give_all(worker, entry, records, &count, err);
        struct wgo_row row = {.provider = wgo_str(run->o.type->name),
                              .account = task->account,
                              .region = task->region,
                              .type = task->type,
                              .seen = status == WGO_OK ? WGO_SEEN_OK : wgo_status_seen(status),
                              .error = wgo_str(status == WGO_OK ? "" : wgo_status_text(status)),
                              .count = (int64_t)count,
                              .whose = wgo_run_whose(run, task)};
        wgo_rows_add(run->o.rows, &row);
        *out_given = true;
    }
    note(run, entry, *out_given);
    wgo_buf_fini(&text);
    return status;
}

/* ---- writing ---- */

void wgo_kept_add(struct wgo_worker *worker, const struct wgo_record *record)
{
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, &worker->kept);
    w.comma = worker->kept.len > 0;
    wgo_json_open_object(&w);
    for (size_t i = 0; i < WGO_COUNT(MEMBERS); i++) {
        struct wgo_str value = *member_of(record, i);
        if (!MEMBERS[i].is_json) {
            wgo_json_member_str(&w, MEMBERS[i].name, value);
        } else if (value.len > 0) {
            wgo_json_key(&w, MEMBERS[i].name);
            wgo_json_put_raw(&w, value);
        }
    }
    wgo_json_close_object(&w);
}

void wgo_kept_put(struct wgo_worker *worker, const struct wgo_call *call, bool whole)
{
    struct wgo_run *run = worker->run;
    struct wgo_str key = key_of(call, &worker->page);
    struct wgo_str stamp = expand(call, &call->entry->keep_while, &worker->page);
    struct wgo_buf text = {0};
    struct wgo_json_writer w;
    if (whole && run->o.cache && key.len > 0 && stamp.len > 0 && worker->kept.len > 0) {
        wgo_json_writer_init(&w, &text);
        wgo_json_open_object(&w);
        wgo_json_member_str(&w, "stamp", stamp);
        wgo_json_key(&w, "records");
        wgo_json_open_array(&w);
        wgo_json_put_raw(&w, wgo_buf_view(&worker->kept));
        wgo_json_close_array(&w);
        wgo_json_close_object(&w);
        if (text.failed == WGO_OK && worker->kept.failed == WGO_OK) {
            /* A cache that cannot keep something is as good as none. */
            (void)!run->o.cache->put(run->o.cache->self, key, wgo_buf_view(&text), KEPT_NS);
        }
    }
    wgo_buf_fini(&text);
    wgo_buf_reset(&worker->kept);
}
