/* A mailbox keeps the order, grows, and ends when it is closed and empty. */
#include "task/queue.h"

#include <criterion/criterion.h>

static int items[1000];

Test(queue, first_in_first_out_across_growth)
{
    struct wgo_queue *queue = wgo_queue_new();
    size_t given = 0, taken = 0;
    /* Two in, one out: the ring wraps around and grows while it is wrapped. */
    while (given < WGO_COUNT(items)) {
        cr_assert(wgo_queue_put(queue, &items[given++]));
        cr_assert(wgo_queue_put(queue, &items[given++]));
        cr_assert_eq(wgo_queue_take(queue), &items[taken++]);
        cr_assert_eq(wgo_queue_depth(queue), given - taken);
    }
    while (taken < given) {
        cr_assert_eq(wgo_queue_try_take(queue), &items[taken++]);
    }
    cr_assert_null(wgo_queue_try_take(queue));
    wgo_queue_free(queue);
}

Test(queue, a_closed_queue_gives_what_it_has)
{
    struct wgo_queue *queue = wgo_queue_new();
    cr_assert(wgo_queue_put(queue, &items[0]));
    cr_assert(wgo_queue_put(queue, &items[1]));
    wgo_queue_close(queue);
    wgo_queue_close(queue);
    cr_assert_not(wgo_queue_put(queue, &items[2]));
    cr_assert_eq(wgo_queue_take(queue), &items[0]);
    cr_assert_eq(wgo_queue_take(queue), &items[1]);
    cr_assert_null(wgo_queue_take(queue));
    cr_assert_null(wgo_queue_try_take(queue));
    wgo_queue_free(queue);
}

static void *take_one(void *arg)
{
    return wgo_queue_take(arg);
}

Test(queue, a_waiting_taker_is_woken_by_an_item_and_by_the_end)
{
    struct wgo_queue *queue = wgo_queue_new();
    pthread_t first, second;
    void *one, *two;
    pthread_create(&first, NULL, take_one, queue);
    pthread_create(&second, NULL, take_one, queue);
    cr_assert(wgo_queue_put(queue, &items[7]));
    wgo_queue_close(queue);
    pthread_join(first, &one);
    pthread_join(second, &two);
    cr_assert((one == &items[7] && !two) || (two == &items[7] && !one));
    wgo_queue_free(queue);
    wgo_queue_free(NULL);
}
