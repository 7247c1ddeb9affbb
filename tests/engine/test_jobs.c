/* Jobs that a server works on: started, looked at, fetched; so many at once. */
#include "wire.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig rig;

/* A server whose jobs take so many looks. */
struct works {
    unsigned batches; /* that the list leads to */
    unsigned looks;   /* before a job is done */
    const char *end;  /* what it ends as */
    unsigned started, open, most_open, fetched;
    unsigned seen[64];
};

static struct works works;

#define CATALOG(jobs, poll)                                                                        \
    "provider: shop\nentries:\n"                                                                   \
    "  - { name: list, scope: place, request: { path: /list }, items: 'items[]',\n"                \
    "      children: [{ entry: start, vars: { n: '{item.id}' } }] }\n"                             \
    "  - { name: start, effect: export, " jobs "\n"                                                \
    "      request: { method: POST, path: '/start/{n}', json: { n: '{n}' } }, items: .,\n"         \
    "      children: [{ entry: look, vars: { job: '{item.job}' } }] }\n"                           \
    "  - { name: look, request: { path: '/look/{job}' }, items: .,\n"                              \
    "      poll: { status: state, done: [Succeeded], failed: [Failed], error: why, " poll " },\n"  \
    "      children: [{ entry: fetch, vars: { job: '{job}' } }] }\n"                               \
    "  - { name: fetch, request: { path: '/fetch/{job}' }, items: 'items[]', type: shop_thing,\n"  \
    "      id: 'thing/{item.id}' }\n"

static void work(void *state, const struct http_request *request, struct http_answer *answer)
{
    struct works *w = state;
    unsigned n = 0;
    if (wgo_str_is(request->target, "/list")) {
        wgo_buf_cstr(&answer->body, "{\"items\":[");
        for (unsigned i = 0; i < w->batches; i++) {
            wgo_buf_format(&answer->body, "%s{\"id\":%u}", i ? "," : "", i);
        }
        wgo_buf_cstr(&answer->body, "]}");
    } else if (sscanf(request->target.ptr, "/start/%u", &n) == 1) {
        w->started++;
        w->open++;
        w->most_open = w->open > w->most_open ? w->open : w->most_open;
        wgo_buf_format(&answer->body, "{\"job\":\"%u\"}", n);
    } else if (sscanf(request->target.ptr, "/look/%u", &n) == 1 && n < 64) {
        bool done = w->seen[n]++ >= w->looks;
        wgo_buf_format(&answer->body, "{\"state\":\"%s\",\"why\":\"no room\"}",
                       done ? w->end : "Running");
        w->open -= done && strcmp(w->end, "Succeeded") != 0;
    } else if (sscanf(request->target.ptr, "/fetch/%u", &n) == 1 && n < 64) {
        cr_assert_gt(w->seen[n], w->looks, "fetched before it was done");
        w->open--;
        w->fetched++;
        wgo_buf_format(&answer->body, "{\"items\":[{\"id\":%u}]}", n);
    } else {
        answer_text(answer, 400, "{}");
    }
}

static void scan(const char *catalog, const struct wgo_cache *cache)
{
    memset(works.seen, 0, sizeof(works.seen));
    works.started = works.open = works.most_open = works.fetched = 0;
    rig_init(&rig);
    shop_use(&rig.shop, catalog);
    rig.shop.scopes = &wire_place;
    rig.shop.scope_count = 1;
    struct rig_options options = {.script = work, .state = &works, .cache = cache};
    rig_start(&rig, &options);
    rig_end(&rig);
}

Test(jobs, a_job_is_looked_at_until_it_is_done)
{
    works = (struct works){.batches = 5, .looks = 2, .end = "Succeeded"};
    scan(CATALOG("", "every: 5s"), NULL);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 5, "");
    cr_assert_eq(basket_ids(&rig.basket), 5);
    cr_assert_eq(works.fetched, 5);
    cr_assert_eq(http_script_count(rig.http, "/look"), 15);
    /* Five seconds of the rig's clock before each look. */
    struct wgo_mono started = http_script_when(rig.http, "/start", 0);
    struct wgo_mono looked = http_script_when(rig.http, "/look/0", 0);
    struct wgo_mono fetched = http_script_when(rig.http, "/fetch/0", 0);
    cr_assert_geq(wgo_mono_sub(looked, started), 4 * WGO_S);
    cr_assert_geq(wgo_mono_sub(fetched, started), 14 * WGO_S);
    rig_free(&rig);
}

Test(jobs, no_more_are_open_than_may_be)
{
    works = (struct works){.batches = 40, .looks = 1, .end = "Succeeded"};
    scan(CATALOG("jobs: 3,", "every: 1s"), NULL);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 40, "");
    cr_assert_eq(works.started, 40);
    cr_assert_eq(works.most_open, 3, "%u at once", works.most_open);
    rig_free(&rig);
}

Test(jobs, one_that_fails_makes_room_for_the_next_and_says_why)
{
    works = (struct works){.batches = 4, .looks = 1, .end = "Failed"};
    scan(CATALOG("jobs: 1,", "every: 1s"), NULL);
    cr_assert_eq(works.started, 4);
    cr_assert_eq(works.most_open, 1);
    cr_assert_eq(rig.problems, 4);
    cr_assert_eq(rig.problem.status, WGO_E_SERVER);
    cr_assert_str_eq(rig.problem.message, "the server's job ended as Failed: no room");
    cr_assert_eq(works.fetched, 0);
    rig_free(&rig);
}

Test(jobs, one_that_never_ends_is_given_up)
{
    works = (struct works){.batches = 1, .looks = 1000000, .end = "Succeeded"};
    scan(CATALOG("", "every: 10s, timeout: 60s"), NULL);
    cr_assert_eq(rig.problems, 1);
    cr_assert_eq(rig.problem.status, WGO_E_TIMEOUT);
    unsigned looks = http_script_count(rig.http, "/look");
    cr_assert(looks >= 2 && looks <= 7, "%u looks", looks);
    rig_free(&rig);
}

/* ---- how long jobs take is learned ---- */

static char kept_key[128], kept_value[64];

static enum wgo_status shelf_get(void *self, struct wgo_str key, struct wgo_buf *out, int64_t *age)
{
    (void)self;
    *age = 0;
    return wgo_str_is(key, kept_key) && wgo_buf_cstr(out, kept_value) ? WGO_OK : WGO_E_ABSENT;
}

static enum wgo_status shelf_put(void *self, struct wgo_str key, struct wgo_str value,
                                 int64_t lifetime_ns)
{
    (void)self;
    cr_assert_gt(lifetime_ns, 0);
    snprintf(kept_key, sizeof(kept_key), "%.*s", WGO_FMT(key));
    snprintf(kept_value, sizeof(kept_value), "%.*s", WGO_FMT(value));
    return WGO_OK;
}

/* Jobs of 60 s, looked at every 5: the first is asked about a dozen times, the ones that come after
 * it about twice. */
static struct wgo_mono began[64];

static void slow_work(void *state, const struct http_request *request, struct http_answer *answer)
{
    unsigned n = 0;
    struct wgo_mono now = wgo_clock_mono(&rig.scaled);
    if (sscanf(request->target.ptr, "/start/%u", &n) == 1 && n < 64) {
        began[n] = now;
    } else if (sscanf(request->target.ptr, "/look/%u", &n) == 1 && n < 64 &&
               wgo_mono_sub(now, began[n]) < 60 * WGO_S) {
        works.seen[n]++;
        wgo_buf_cstr(&answer->body, "{\"state\":\"Running\"}");
        return;
    }
    work(state, request, answer);
}

static unsigned looks_of_a_scan(const struct wgo_cache *cache)
{
    memset(works.seen, 0, sizeof(works.seen));
    rig_init(&rig);
    shop_use(&rig.shop, CATALOG("jobs: 1,", "every: 5s"));
    rig.shop.scopes = &wire_place;
    rig.shop.scope_count = 1;
    struct rig_options options = {.script = slow_work, .state = &works, .cache = cache};
    rig_start(&rig, &options);
    rig_end(&rig);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, works.batches, "");
    unsigned looks = http_script_count(rig.http, "/look");
    rig_free(&rig);
    return looks;
}

Test(jobs, how_long_they_take_is_learned_and_remembered)
{
    struct wgo_cache cache = {.get = shelf_get, .put = shelf_put};
    works = (struct works){.batches = 6, .looks = 0, .end = "Succeeded"};
    unsigned first = looks_of_a_scan(&cache);
    cr_assert_str_eq(kept_key, "duration/shop/look");
    int64_t typical = strtoll(kept_value, NULL, 10);
    cr_assert_gt(typical, 40 * WGO_S);
    unsigned second = looks_of_a_scan(&cache);
    /* The first job of the first scan is not known yet; a busy machine makes looks fewer. */
    cr_assert_geq(first, 7);
    cr_assert_leq(first, 12 + 5 * 4, "%u looks", first);
    cr_assert_leq(second, 6 * 3, "%u looks after %u", second, first);
}
