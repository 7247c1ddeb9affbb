/* Hours in which calls may be made, and sleep between them. */
#include "rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct rig rig;
static struct wgo_wall first_at;

static void serve(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    (void)request;
    if (first_at.ns == 0) {
        first_at = wgo_clock_wall(&rig.scaled);
    }
    answer_page(answer, 0, 3, NULL);
}

static unsigned minute_of(struct wgo_wall wall)
{
    return (unsigned)(wall.ns / (60 * WGO_S) + 3 * 24 * 60) %
           WGO_WEEK_MINUTES; /* 1970: a Thursday */
}

static struct wgo_hours open_from(unsigned minute, unsigned count)
{
    struct wgo_hours hours = {0};
    for (unsigned i = 0; i < count; i++) {
        unsigned at = (minute + i) % WGO_WEEK_MINUTES;
        hours.open[at / 8] |= (unsigned char)(1 << (at % 8));
    }
    return hours;
}

static const struct shop_task one[] = {{.entry = "list", .type = "thing", .list = "things"}};

/* The rig's clock runs a thousand times as fast as the world's. */
Test(hours, nothing_is_asked_before_they_begin)
{
    setenv("TZ", "UTC0", 1);
    rig_init(&rig);
    unsigned now = minute_of(wgo_clock_wall(wgo_clock_system()));
    struct wgo_hours hours = open_from(now + 90, 60);
    struct rig_options options = {.script = serve, .tasks = one, .task_count = 1, .hours = &hours};
    rig_start(&rig, &options);
    rig_end(&rig);
    cr_assert_eq(rig_row(&rig, "thing").seen, WGO_SEEN_OK);
    cr_assert_eq(rig_row(&rig, "thing").count, 3);
    cr_assert_eq(wgo_hours_wait_minutes(&hours, minute_of(first_at)), 0, "minute %u, open from %u",
                 minute_of(first_at), now + 90);
    rig_free(&rig);
}

Test(hours, a_scan_that_sleeps_can_be_ended)
{
    setenv("TZ", "UTC0", 1);
    rig_init(&rig);
    unsigned now = minute_of(wgo_clock_wall(wgo_clock_system()));
    struct wgo_hours hours = open_from(now + WGO_WEEK_MINUTES / 2, 60);
    struct rig_options options = {.script = serve, .tasks = one, .task_count = 1, .hours = &hours};
    rig_start(&rig, &options);
    struct wgo_run_stats stats = {0};
    while (stats.open_calls == 0) { /* until plan() has made it */
        wgo_run_stats(rig.run, &stats);
    }
    wgo_run_cancel(rig.run, WGO_E_CANCELLED, "enough");
    rig_end(&rig);
    cr_assert_eq(rig_row(&rig, "thing").seen, WGO_SEEN_LIMITED);
    cr_assert_eq(http_script_count(rig.http, "/"), 0);
    rig_free(&rig);
}
