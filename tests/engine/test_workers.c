/* How many workers a run starts. */
#include "rig.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdatomic.h>

static struct rig rig;

static const struct shop_task one = {.entry = "list", .type = "thing", .list = "things"};

static void seven_pages(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    answer_next_page(answer, rig_page_of(request), 7);
}

Test(workers, workers_that_nobody_needs_are_not_started)
{
    struct rig_options options = {
        .script = seven_pages, .tasks = &one, .task_count = 1, .workers = 64};
    rig_run(&rig, &options);
    cr_assert_geq(rig.stats.threads, 1);
    cr_assert_lt(rig.stats.threads, 64, "one list is one call at a time");
    cr_assert_eq(rig.stats.workers, 64, "that there may be");
    rig_free(&rig);
}

/* Pages that are too long for a worker to take several at once. */
enum { TOGETHER = 3, LONG = 4000 };

static _Atomic unsigned reading;

/* Each page waits for the others to be read too. */
static enum wgo_status read_together(struct shop *shop, struct wgo_str decoder,
                                     const struct wgo_page *page, struct wgo_emitter *emitter,
                                     struct wgo_error *err)
{
    (void)shop;
    (void)decoder;
    atomic_fetch_add(&reading, 1);
    while (atomic_load(&reading) < TOGETHER) {
        poll(NULL, 0, 1);
    }
    return emitter->items(emitter, page->document, err);
}

static void one_page(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    (void)request;
    answer_page(answer, 0, LONG, NULL);
}

Test(workers, a_page_more_to_read_is_a_worker_more)
{
    static const struct shop_task tasks[TOGETHER] = {
        {"decoded", "a", "a", "a"}, {"decoded", "b", "b", "b"}, {"decoded", "c", "c", "c"}};
    struct rig_options options = {
        .script = one_page, .tasks = tasks, .task_count = TOGETHER, .workers = TOGETHER};
    rig_init(&rig);
    rig.shop.on_decode = read_together;
    atomic_store(&reading, 0);
    rig_start(&rig, &options);
    rig_end(&rig);
    cr_assert_eq(rig.stats.threads, TOGETHER);
    cr_assert_eq(basket_ids(&rig.basket), TOGETHER * LONG);
    rig_free(&rig);
}
