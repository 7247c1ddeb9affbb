/* Any bytes as a page that was kept: what is given is whole, and what is not is said to be none. */
#include "engine/replay.h"
#include "fuzz.h"

static uint64_t sum;

/* Every byte that was given can be read. */
static void touch(struct wgo_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        sum += (unsigned char)text.ptr[i];
    }
}

static enum wgo_status on_record(struct wgo_emitter *emitter, const struct wgo_record *record,
                                 struct wgo_error *err)
{
    (void)emitter;
    (void)err;
    touch(record->id);
    touch(record->configuration);
    touch(record->state_address);
    return WGO_OK;
}

static enum wgo_status on_task(struct wgo_emitter *emitter, const struct wgo_task *task,
                               struct wgo_error *err)
{
    (void)emitter;
    (void)err;
    touch(task->entry);
    for (unsigned i = 0; i < task->var_count; i++) {
        touch(task->vars[i].name);
        touch(task->vars[i].value);
    }
    return WGO_OK;
}

static enum wgo_status on_scope(struct wgo_emitter *emitter, const struct wgo_scope *scope,
                                struct wgo_error *err)
{
    (void)emitter;
    (void)err;
    touch(scope->kind);
    for (unsigned i = 0; i < scope->var_count; i++) {
        touch(scope->vars[i].value);
    }
    return WGO_OK;
}

static void on_row(struct wgo_emitter *emitter, const struct wgo_row *row)
{
    (void)emitter;
    touch(row->hint);
    if (wgo_completeness_name(row->seen) == NULL) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_emitter emitter = {
        .record = on_record, .task = on_task, .scope = on_scope, .row = on_row};
    struct wgo_error err = {0};
    enum wgo_status status =
        wgo_replay_give(wgo_str_from((const char *)data, size), &emitter, &err);
    if (status != WGO_OK && (status != WGO_E_PARSE || err.message[0] == '\0')) {
        abort();
    }
    return 0;
}
