/* Phases: what they count, when they are over, and how that is said. */
#include "engine/phases.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *const names[] = {"discovery", "listing", "fetch", NULL};
static struct wgo_phases phases;
static struct wgo_phase_stats over[WGO_PHASES_MOST];

static struct wgo_mono at(int64_t seconds)
{
    return (struct wgo_mono){seconds * WGO_S};
}

static void set_up(void)
{
    wgo_phases_init(&phases, names);
}

TestSuite(phases, .init = set_up);

Test(phases, end_in_their_order)
{
    wgo_phases_enter(&phases, WGO_STR("discovery"), at(1));
    wgo_phases_enter(&phases, WGO_STR("fetch"), at(2));
    wgo_phases_asked(&phases, WGO_STR("fetch"));
    wgo_phases_leave(&phases, WGO_STR("fetch"), 2, at(3));
    cr_assert_eq(wgo_phases_over(&phases, true, over), 0, "what comes before may lead to more");
    wgo_phases_leave(&phases, WGO_STR("discovery"), 1, at(5));
    cr_assert_eq(wgo_phases_over(&phases, false, over), 0, "something may begin one anew");
    cr_assert_eq(wgo_phases_over(&phases, true, over), 2);
    cr_assert_str_eq(over[0].name, "discovery");
    cr_assert_eq(over[0].duration_ns, 4 * WGO_S);
    cr_assert_str_eq(over[1].name, "fetch");
    cr_assert_eq(over[1].calls, 1);
    cr_assert_eq(over[1].resources, 2);
    cr_assert_eq(wgo_phases_over(&phases, true, over), 0, "each is told of once");
}

Test(phases, strangers_do_not_count)
{
    wgo_phases_enter(&phases, WGO_STR("lunch"), at(1));
    wgo_phases_leave(&phases, WGO_STR("lunch"), 1, at(1));
    wgo_phases_enter(&phases, WGO_STR(""), at(1));
    cr_assert_eq(wgo_phases_over(&phases, true, over), 0);
}

Test(phases, are_told_of_in_words)
{
    char text[200];
    struct wgo_phase_stats stats = {
        .name = "property fetch", .resources = 348, .duration_ns = 45200 * WGO_MS};
    wgo_phases_text(&stats, text, sizeof(text));
    cr_assert_str_eq(text, "Property fetch complete: 348 resources in 45.2s (7.7 resources/sec)");
    stats.cache_hits = 12;
    stats.cache_misses = 1;
    wgo_phases_text(&stats, text, sizeof(text));
    cr_assert_str_eq(strchr(text, ';'), "; cache: 12 hits, 1 misses");
    wgo_phases_text(&(struct wgo_phase_stats){.name = "listing"}, text, sizeof(text));
    cr_assert_str_eq(text, "Listing complete: 0 resources in 0.0s (0.0 resources/sec)");
}

Test(phases, of_a_cache_alone_are_told_of_too)
{
    wgo_phases_note(&phases, WGO_STR("listing"), 3, 0);
    cr_assert_eq(wgo_phases_over(&phases, true, over), 1);
    cr_assert_eq(over[0].cache_hits, 3);
}
