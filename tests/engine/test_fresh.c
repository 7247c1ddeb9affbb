/* Answers that are kept as HTTP has it: 304, max-age, and what may not be kept. */
#include "wire.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig rig;

/* ---- a cache in memory ---- */

static struct {
    struct wgo_lock lock;
    struct {
        char key[200];
        struct wgo_buf value;
        int64_t lifetime_ns;
    } items[32];
    unsigned count; /* guarded by 'lock' */
} shelf;

static enum wgo_status shelf_get(void *self, struct wgo_str key, struct wgo_buf *out, int64_t *age)
{
    (void)self;
    enum wgo_status status = WGO_E_ABSENT;
    wgo_lock_acquire(&shelf.lock);
    for (unsigned i = 0; i < shelf.count; i++) {
        if (wgo_str_is(key, shelf.items[i].key)) {
            status = wgo_buf_str(out, wgo_buf_view(&shelf.items[i].value)) ? WGO_OK : WGO_E_NOMEM;
            *age = 0;
        }
    }
    wgo_lock_release(&shelf.lock);
    return status;
}

static enum wgo_status shelf_put(void *self, struct wgo_str key, struct wgo_str value,
                                 int64_t lifetime_ns)
{
    (void)self;
    unsigned at = 0;
    cr_assert_gt(lifetime_ns, 0, "%.*s", WGO_FMT(key));
    wgo_lock_acquire(&shelf.lock);
    while (at < shelf.count && !wgo_str_is(key, shelf.items[at].key)) {
        at++;
    }
    cr_assert_lt(at, 32);
    shelf.count += at == shelf.count;
    snprintf(shelf.items[at].key, sizeof(shelf.items[at].key), "%.*s", WGO_FMT(key));
    wgo_buf_reset(&shelf.items[at].value);
    cr_assert(wgo_buf_str(&shelf.items[at].value, value));
    shelf.items[at].lifetime_ns = lifetime_ns;
    wgo_lock_release(&shelf.lock);
    return WGO_OK;
}

static const struct wgo_cache cache = {.get = shelf_get, .put = shelf_put};

static void set_up(void)
{
    wgo_lock_init(&shelf.lock);
}

static void tear_down(void)
{
    for (unsigned i = 0; i < shelf.count; i++) {
        wgo_buf_fini(&shelf.items[i].value);
    }
    wgo_lock_fini(&shelf.lock);
}

TestSuite(fresh, .init = set_up, .fini = tear_down);

static unsigned pages_kept(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < shelf.count; i++) {
        count += strncmp(shelf.items[i].key, "page/shop/", 10) == 0;
    }
    return count;
}

/* ---- a server ---- */

static const char catalog[] =
    "provider: shop\nentries:\n"
    "  - { name: list, scope: place, request: { path: /list }, items: 'items[]', type: shop_disk,\n"
    "      page: { token_out: next, token_in: token }, id: 'disk/{item.id}',\n"
    "      children: [{ entry: policy, vars: { n: '{item.id}' } }] }\n"
    "  - { name: policy, part: policy, request: { path: '/policy/{n}' }, items: ., id: '{parent}' "
    "}\n";

static struct server {
    const char *headers;   /* of the list's answers */
    const char *changed;   /* the ETag that the second page has now */
    unsigned full, spared; /* answers with a body, and 304s */
    char asked[64];        /* the last condition */
} server;

static void serve(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    bool second = wgo_str_is(request->target, "/list?token=secret-two");
    bool list = second || wgo_str_is(request->target, "/list");
    struct wgo_str etag = http_request_header(request, "if-none-match");
    struct wgo_str since = http_request_header(request, "if-modified-since");
    const char *now = second && server.changed ? server.changed : second ? "\"two\"" : "\"one\"";
    if (etag.len + since.len > 0) {
        snprintf(server.asked, sizeof(server.asked), "%.*s%.*s", WGO_FMT(etag), WGO_FMT(since));
    }
    if (list) {
        wgo_buf_cstr(&answer->headers, server.headers);
        if (strstr(server.headers, "ETag") == NULL && strstr(server.headers, "tagged")) {
            wgo_buf_format(&answer->headers, "ETag: %s\r\n", now);
        }
    }
    if (list && (wgo_str_is(etag, now) || since.len > 0)) {
        server.spared++;
        answer->status = 304;
        return;
    }
    server.full++;
    if (second) {
        answer_text(answer, 200,
                    server.changed ? "{\"items\":[{\"id\":3}]}" : "{\"items\":[{\"id\":2}]}");
    } else if (list) {
        answer_text(answer, 200, "{\"items\":[{\"id\":1}],\"next\":\"secret-two\"}");
    } else {
        answer_text(answer, 200, "{\"allow\":\"all\"}");
    }
}

/* Who reads: as long as it is 0, or no credentials were had, nobody knows. */
static struct {
    bool asked;
    uint64_t who;
} reader;

static bool whose(void *self, const struct wgo_task *task, uint64_t *out)
{
    const struct shop *shop = self;
    (void)task;
    *out = reader.who;
    return reader.who != 0 && atomic_load(&shop->generation) > 0;
}

static void scan(const char *text)
{
    server.full = server.spared = 0;
    rig_init(&rig);
    cr_assert_eq(wgo_redactor_init(&rig.redactor, WGO_STR("a key that is long enough"), NULL),
                 WGO_OK);
    shop_use(&rig.shop, text);
    rig.shop.scopes = &wire_place;
    rig.shop.scope_count = 1;
    rig.shop.has_credentials = reader.asked;
    rig.shop.type.whose = reader.asked ? whose : NULL;
    struct rig_options options = {.script = serve, .cache = &cache};
    rig_start(&rig, &options);
    rig_end(&rig);
    wire_row(&rig, "shop_disk", WGO_SEEN_OK, 2, "");
    cr_assert_eq(basket_count(&rig.basket, "", "policy"), 2);
    rig_assert_counts_agree(&rig);
}

#define TAGGED "X-This: tagged\r\n"

Test(fresh, what_has_not_changed_is_not_sent_again)
{
    server = (struct server){.headers = TAGGED};
    scan(catalog);
    cr_assert_eq(server.full, 4);
    cr_assert_eq(pages_kept(), 2);
    rig_free(&rig);

    scan(catalog);
    cr_assert_eq(server.spared, 2, "%u spared, %u full", server.spared, server.full);
    cr_assert_eq(server.full, 2, "the policies have no name");
    cr_assert_str_eq(server.asked, "\"two\"");
    cr_assert_eq(rig.stats.calls, 4);
    rig_free(&rig);
}

Test(fresh, what_has_changed_takes_its_place)
{
    server = (struct server){.headers = TAGGED};
    scan(catalog);
    rig_free(&rig);
    server.changed = "\"three\"";
    scan(catalog);
    cr_assert_eq(server.spared, 1);
    cr_assert_not_null(basket_find(&rig.basket, "disk/3", ""));
    cr_assert_null(basket_find(&rig.basket, "disk/2", ""));
    rig_free(&rig);
    scan(catalog);
    cr_assert_eq(server.spared, 2);
    cr_assert_not_null(basket_find(&rig.basket, "disk/3", ""));
    rig_free(&rig);
}

Test(fresh, a_date_does_where_there_is_no_name)
{
    server = (struct server){.headers = "Last-Modified: Sat, 28 Nov 2026 08:00:00 GMT\r\n"};
    scan(catalog);
    rig_free(&rig);
    scan(catalog);
    cr_assert_eq(server.spared, 2);
    cr_assert_str_eq(server.asked, "Sat, 28 Nov 2026 08:00:00 GMT");
    rig_free(&rig);
}

Test(fresh, as_long_as_it_is_fresh_nobody_is_asked)
{
    server = (struct server){.headers = "Cache-Control: private, max-age=86400\r\n"};
    scan(catalog);
    rig_free(&rig);
    scan(catalog);
    cr_assert_eq(http_script_count(rig.http, "/list"), 0);
    cr_assert_eq(server.full, 2);
    cr_assert_eq(rig.stats.replayed, 0, "it is no interrupted scan's");
    rig_free(&rig);
}

/* How often the list's pages were asked for by that reader. */
static size_t pages_asked_by(uint64_t who)
{
    reader.asked = true;
    reader.who = who;
    scan(catalog);
    size_t count = http_script_count(rig.http, "/list");
    rig_free(&rig);
    return count;
}

Test(fresh, it_is_given_without_a_call_to_who_has_seen_it)
{
    server = (struct server){.headers = "Cache-Control: private, max-age=86400\r\n"};
    cr_assert_eq(pages_asked_by(1), 2);
    cr_assert_eq(pages_asked_by(1), 0, "who it is shows once there are credentials");
    cr_assert_eq(pages_asked_by(2), 2);
    cr_assert_eq(pages_asked_by(1), 0);
}

Test(fresh, nobody_knows_who_asks_so_the_server_decides)
{
    server = (struct server){.headers = TAGGED "Cache-Control: private, max-age=86400\r\n"};
    cr_assert_eq(pages_asked_by(0), 2);
    cr_assert_eq(pages_asked_by(0), 2);
    cr_assert_eq(server.spared, 2);
    cr_assert_eq(pages_asked_by(1), 2);
    cr_assert_eq(server.spared, 0);
}

Test(fresh, what_is_not_as_it_was_written_is_asked_for)
{
    server = (struct server){.headers = TAGGED "Cache-Control: private, max-age=86400\r\n"};
    scan(catalog);
    rig_free(&rig);
    for (unsigned i = 0; i < shelf.count; i++) {
        if (strncmp(shelf.items[i].key, "page/", 5) == 0) {
            shelf.items[i].value.ptr[shelf.items[i].value.len - 1] ^= 1;
        }
    }
    scan(catalog);
    cr_assert_eq(server.full, 4);
    cr_assert_eq(server.spared, 0);
    rig_free(&rig);
    scan(catalog);
    cr_assert_eq(server.full, 2, "and kept again");
    rig_free(&rig);
}

static void assert_not_kept(const char *headers)
{
    server = (struct server){.headers = headers};
    scan(catalog);
    cr_assert_eq(pages_kept(), 0, "%s", headers);
    rig_free(&rig);
}

Test(fresh, what_may_not_be_kept_is_not)
{
    assert_not_kept(TAGGED "Cache-Control: no-store\r\n");
    assert_not_kept("Cache-Control: max-age=0\r\n");
    assert_not_kept("Cache-Control: max-age=60, no-cache\r\n");
    assert_not_kept("Cache-Control: max-age=60\r\nAge: 60\r\n");
    assert_not_kept("Cache-Control: max-age=soon\r\n");
    assert_not_kept("X-Nothing: said\r\n");
}

Test(fresh, an_entry_may_say_for_how_long)
{
    static const char said[] =
        "provider: shop\ndefaults: { cache: 1h }\nentries:\n"
        "  - { name: list, scope: place, request: { path: /list }, items: 'items[]',\n"
        "      type: shop_disk, page: { token_out: next, token_in: token },\n"
        "      id: 'disk/{item.id}', children: [{ entry: policy, vars: { n: '{item.id}' } }] }\n"
        "  - { name: policy, part: policy, request: { path: '/policy/{n}' }, items: .,\n"
        "      id: '{parent}' }\n";
    server = (struct server){.headers = "X-Nothing: said\r\n"};
    scan(said);
    rig_free(&rig);
    scan(said);
    cr_assert_eq(http_script_count(rig.http, "/"), 0);
    rig_free(&rig);
}

Test(fresh, a_page_that_is_gone_is_asked_for_whole)
{
    server = (struct server){.headers = TAGGED};
    scan(catalog);
    rig_free(&rig);
    for (unsigned i = 0; i < shelf.count; i++) { /* what was kept is no page any more */
        if (strncmp(shelf.items[i].key, "page/", 5) == 0) {
            shelf.items[i].value.len = 3;
        }
    }
    scan(catalog);
    cr_assert_eq(server.full, 4);
    cr_assert_eq(server.spared, 0);
    rig_free(&rig);
}

Test(fresh, tokens_do_not_lie_open)
{
    server = (struct server){.headers = TAGGED};
    scan(catalog);
    rig_free(&rig);
    cr_assert_eq(pages_kept(), 2);
    for (unsigned i = 0; i < shelf.count; i++) {
        struct wgo_str value = wgo_buf_view(&shelf.items[i].value);
        cr_assert_eq(wgo_str_find(value, WGO_STR("secret-two")), value.len);
    }
}
