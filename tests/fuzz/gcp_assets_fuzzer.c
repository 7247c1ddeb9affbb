/* Pages of Cloud Asset Inventory as somebody else might have written them: what is told to stand
 * has a name, what is read is a document, and what is asked for is no longer than an address. */
#include "gcp/changes.h"

#include "base/json.h"
#include "fuzz.h"

#include <stdlib.h>

static int64_t since(void *engine, struct wgo_str account, struct wgo_str region,
                     struct wgo_str type, uint64_t whose)
{
    (void)engine;
    (void)whose;
    (void)account;
    (void)region;
    (void)type;
    return INT64_C(1769850000) * WGO_S;
}

static bool known(void *engine, struct wgo_str id, struct wgo_str version)
{
    (void)engine;
    return id.len > 0 && version.len % 2 == 1;
}

static void notice(void *engine, const char *format, ...)
{
    (void)engine;
    (void)format;
}

static enum wgo_status note(void *engine, struct wgo_str key, struct wgo_buf *out)
{
    (void)engine;
    (void)out;
    require(key.len > 0);
    return WGO_E_ABSENT;
}

static const struct wgo_entry_view *entry_at(void *engine, size_t index)
{
    static const struct wgo_entry_view leading = {.native_type = {"x/Instance", 10},
                                                  .leads_on = true};
    (void)engine;
    return index == 0 ? &leading : NULL;
}

static enum wgo_status task(struct wgo_emitter *emitter, const struct wgo_task *task,
                            struct wgo_error *err)
{
    struct wgo_str names = wgo_task_var(task, WGO_STR("names"));
    (void)emitter;
    (void)err;
    require(task->entry.len > 0 && wgo_task_var(task, WGO_STR("place")).len > 0);
    for (size_t i = 0; i < names.len; i++) {
        require(names.ptr[i] > ' ' && names.ptr[i] < 0x7f);
    }
    return WGO_OK;
}

static void keep(struct wgo_emitter *emitter, struct wgo_str id)
{
    (void)emitter;
    require(id.len > 0);
}

static void row(struct wgo_emitter *emitter, const struct wgo_row *row)
{
    (void)emitter;
    require(row->account.len > 0);
}

static enum wgo_status items(struct wgo_emitter *emitter, struct wgo_str document,
                             struct wgo_error *err)
{
    (void)emitter;
    return wgo_json_check(document, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static wgo_gcp_decode_fn *const decoders[] = {wgo_gcp_decode_numbers, wgo_gcp_decode_updated,
                                                  wgo_gcp_decode_first,   wgo_gcp_decode_names,
                                                  wgo_gcp_decode_changed, wgo_gcp_decode_changed};
    const struct wgo_services services = {
        .since = since, .known = known, .notice = notice, .entry_at = entry_at, .cache_get = note};
    struct wgo_arena arena = {0};
    struct wgo_emitter emitter = {
        .arena = &arena, .task = task, .keep = keep, .row = row, .items = items};
    struct wgo_error error = {0};
    struct wgo_gcp *gcp = calloc(1, sizeof(*gcp));
    if (!gcp) {
        return 0;
    }
    gcp->services = &services;
    wgo_lock_init(&gcp->lock);
    struct wgo_gcp_project *shop = wgo_gcp_project_add(gcp, WGO_STR("shop"), WGO_STR("123"));
    struct wgo_str place = WGO_STR("organizations/9");
    require(shop && wgo_gcp_inventory(gcp, place, place, &emitter, &error) == WGO_OK);
    shop->begun = shop->settled = true;
    struct wgo_str document = wgo_str_from((const char *)data, size);
    bool good = wgo_json_check(document, NULL) == WGO_OK;
    for (size_t i = 0; i < WGO_COUNT(decoders); i++) {
        struct wgo_task asked = {.entry = WGO_STR("x"), .account = place};
        require(wgo_task_set(&asked, WGO_STR("place"), place));
        require(i < 5 || wgo_task_set(&asked, WGO_STR("names"), WGO_STR("n")));
        const struct wgo_page page = {.task = &asked, .document = document};
        enum wgo_status status = decoders[i](gcp, &page, &emitter, &error);
        require(good || status != WGO_OK);
    }
    wgo_gcp_close(gcp);
    wgo_arena_fini(&arena);
    return 0;
}
