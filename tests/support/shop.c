#include "shop.h"

#include <stdio.h>

const char shop_catalog[] =
    "provider: shop\n"
    "service: shop\n"
    "entries:\n"
    "  - name: list\n"
    "    request: { path: '/{+list}', query: { token: '{token|}' } }\n"
    "    page: { token_out: next }\n"
    "    items: 'items[]'\n"
    "    id: 'shop://{account|-}/{item.id}'\n"
    "    type: '{type}'\n"
    "    resource_name: '{item.name|}'\n"
    "    sensitive: [secret]\n"
    "    limits: ['shop/{account|-}']\n"
    "  - { name: single, extends: list, page: ~ }\n"
    "  - name: linked\n"
    "    extends: list\n"
    "    request: { path: '/{+list}' }\n"
    "    page: { link_out: next }\n"
    "  - name: parents\n"
    "    extends: list\n"
    "    children:\n"
    "      - { entry: details, vars: { key: '{item.id}' } }\n"
    "      - { entry: list, vars: { list: 'children/{item.id}' } }\n"
    "  - name: details\n"
    "    extends: list\n"
    "    request: { path: '/details/{key}' }\n"
    "    page: ~\n"
    "    items: ''\n"
    "    decode: details\n"
    "    part: details\n"
    "  - { name: decoded, extends: list, decode: decoded }\n"
    "  - { name: counted, extends: list, decode: decoded, failures: decode }\n";

static struct shop *shop_of(const struct wgo_collector_type *type)
{
    return (struct shop *)(uintptr_t)type; /* its first member */
}

static enum wgo_configured configured(const struct wgo_collector_env *env, char reason[256])
{
    (void)env;
    snprintf(reason, 256, "always");
    return WGO_CONFIGURED;
}

static enum wgo_status open_shop(const struct wgo_collector_env *env, void **out_self,
                                 struct wgo_error *err)
{
    struct shop *shop = shop_of(env->type);
    if (shop->open_status != WGO_OK) {
        return wgo_fail(err, shop->open_status, "the shop is shut");
    }
    atomic_fetch_add(&shop->opened, 1);
    *out_self = shop;
    return WGO_OK;
}

static void close_shop(void *self)
{
    struct shop *shop = self;
    atomic_fetch_add(&shop->closed, 1);
}

static enum wgo_status plan(void *self, struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct shop *shop = self;
    enum wgo_status status = WGO_OK;
    /* What goes ahead is made before its question can be answered, however slow this thread is. */
    for (size_t i = 0; i < shop->ahead_count + shop->task_count && status == WGO_OK; i++) {
        bool ahead = i < shop->ahead_count;
        const struct shop_task *one = ahead ? &shop->ahead[i] : &shop->tasks[i - shop->ahead_count];
        struct wgo_task task = {.entry = wgo_str(one->entry),
                                .account = wgo_str(one->account),
                                .type = wgo_str(one->type),
                                .priority = ahead ? WGO_PRIORITY_AHEAD : WGO_PRIORITY_USUAL,
                                .ahead = ahead};
        wgo_task_set(&task, WGO_STR("list"), wgo_str(one->list));
        task.token = shop->alone ? wgo_str(shop->alone) : task.token;
        task.alone = shop->alone != NULL;
        status = emitter->task(emitter, &task, err);
    }
    for (size_t i = 0; i < shop->scope_count && status == WGO_OK; i++) {
        status = emitter->scope(emitter, &shop->scopes[i], err);
    }
    if (status == WGO_OK && shop->plan_status != WGO_OK) {
        status = wgo_fail(err, shop->plan_status, "no plan");
    }
    return status;
}

static enum wgo_status prepare(void *self, const struct wgo_task *task, struct wgo_arena *arena,
                               struct wgo_request *request, struct wgo_error *err)
{
    struct shop *shop = self;
    (void)task;
    request->url =
        wgo_str_format(arena, "http://127.0.0.1:%u%.*s", shop->port, WGO_FMT(request->url));
    if (shop->has_credentials) {
        struct wgo_str value = wgo_str_format(arena, "%d", atomic_load(&shop->generation));
        return wgo_request_header(request, WGO_STR("Authorization"), value);
    }
    return request->url.ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

static void classify(void *self, const struct wgo_task *task, const struct wgo_response *response,
                     struct wgo_verdict *out)
{
    const struct shop *shop = self;
    (void)task;
    wgo_classify_http(response, wgo_clock_wall(wgo_clock_system()), out);
    if (response->status != WGO_OK) {
        return;
    }
    struct wgo_str body = wgo_buf_view(&response->body);
    switch (response->http_status) {
    case 401:
        out->kind = shop->has_credentials ? WGO_VERDICT_REFRESH : WGO_VERDICT_FAILED;
        break;
    case 404:
        out->kind = WGO_VERDICT_NONE;
        break;
    case 410:
        out->kind = WGO_VERDICT_RESTART;
        if (wgo_json_check(body, NULL) == WGO_OK) {
            struct wgo_str raw = wgo_json_get(body, WGO_STR("fresh"));
            out->token = raw.len > 2 ? wgo_str_slice(raw, 1, raw.len - 1) : (struct wgo_str){0};
        }
        break;
    case 418:
        out->kind = WGO_VERDICT_FALLBACK;
        break;
    default:
        break;
    }
}

static enum wgo_status decode(void *self, struct wgo_str decoder, const struct wgo_page *page,
                              struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct shop *shop = self;
    if (shop->on_decode) {
        return shop->on_decode(shop, decoder, page, emitter, err);
    }
    if (!wgo_str_is(decoder, "details")) {
        return emitter->items(emitter, page->document, err);
    }
    struct wgo_record record = {
        .id = wgo_task_var(page->task, WGO_STR("parent")),
        .part = WGO_STR("details"),
        .type = page->task->type,
        .provider = wgo_str(shop->type.name),
        .configuration = page->document,
        .live = true,
    };
    return emitter->record(emitter, &record, err);
}

static enum wgo_status document(void *self, const struct wgo_task *task,
                                const struct wgo_response *response, struct wgo_str body,
                                struct wgo_buf *out, struct wgo_str *out_document,
                                struct wgo_error *err)
{
    struct shop *shop = self;
    (void)task;
    (void)response;
    *out_document = body;
    return shop->on_document ? shop->on_document(shop, body, out, out_document, err) : WGO_OK;
}

static struct wgo_str stale(void *self, const struct wgo_task *task, bool refused)
{
    const struct shop *shop = self;
    (void)task;
    bool is_stale = shop->has_credentials &&
                    (refused || shop->always_stale || atomic_load(&shop->generation) == 0);
    return is_stale ? WGO_STR("till") : (struct wgo_str){0};
}

static enum wgo_status refresh(void *self, struct wgo_str key, struct wgo_error *err)
{
    struct shop *shop = self;
    if (!wgo_str_is(key, "till")) {
        return wgo_fail(err, WGO_E_INTERNAL, "which till?");
    }
    atomic_fetch_add(&shop->refreshes, 1);
    if (shop->hold_refresh) {
        shop_hold(shop);
    }
    if (shop->refresh_status != WGO_OK) {
        return wgo_fail(err, shop->refresh_status, "the till is stuck");
    }
    atomic_fetch_add(&shop->generation, 1);
    return WGO_OK;
}

static enum wgo_status collect(void *self, const struct wgo_services *services,
                               struct wgo_error *err)
{
    struct shop *shop = self;
    return shop->on_collect ? shop->on_collect(shop, services, err) : WGO_OK;
}

void shop_init(struct shop *shop, const char *name)
{
    *shop = (struct shop){
        .type = {.name = name,
                 .summary = "a shop",
                 .configured = configured,
                 .open = open_shop,
                 .close = close_shop,
                 .plan = plan,
                 .prepare = prepare,
                 .classify = classify,
                 .document = document,
                 .decode = decode,
                 .stale = stale,
                 .refresh = refresh,
                 .collect = collect},
        .catalog = {.name = "shop.yaml", .bytes = shop_catalog, .len = strlen(shop_catalog)},
    };
    shop->type.catalogs = &shop->catalog;
    shop->type.catalog_count = 1;
    wgo_lock_init(&shop->lock);
    wgo_cond_init(&shop->changed);
}

void shop_use(struct shop *shop, const char *catalog)
{
    shop->catalog =
        (struct wgo_embedded_file){.name = "shop.yaml", .bytes = catalog, .len = strlen(catalog)};
}

void shop_fini(struct shop *shop)
{
    wgo_cond_fini(&shop->changed);
    wgo_lock_fini(&shop->lock);
}

void shop_hold(struct shop *shop)
{
    wgo_lock_acquire(&shop->lock);
    shop->held++;
    wgo_cond_broadcast(&shop->changed);
    while (!shop->released) {
        wgo_cond_wait(&shop->changed, &shop->lock);
    }
    wgo_lock_release(&shop->lock);
}

void shop_wait_held(struct shop *shop)
{
    wgo_lock_acquire(&shop->lock);
    while (shop->held == 0) {
        wgo_cond_wait(&shop->changed, &shop->lock);
    }
    wgo_lock_release(&shop->lock);
}

void shop_release(struct shop *shop)
{
    wgo_lock_acquire(&shop->lock);
    shop->released = true;
    wgo_lock_release(&shop->lock);
    wgo_cond_broadcast(&shop->changed);
}
