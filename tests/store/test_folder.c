/* Where the state folder is, and what happens when there is none. */
#include "place.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct place place;

static void set_up(void)
{
    place_make(&place);
}

static void tear_down(void)
{
    place_remove(&place);
}

TestSuite(store_folder, .init = set_up, .fini = tear_down);

/* The environment of these tests: paths below the place, absent where NULL. */
static struct {
    const char *state_dir, *xdg, *home;
} environment;
static char held[3][256];

static const char *below(int i, const char *name)
{
    if (!name || name[0] != '+') {
        return name;
    }
    snprintf(held[i], sizeof(held[i]), "%s/%s", place.dir, name + 1);
    return held[i];
}

static const char *fake_getenv(const char *name)
{
    if (strcmp(name, "WGO_STATE_DIR") == 0) {
        return below(0, environment.state_dir);
    }
    if (strcmp(name, "XDG_STATE_HOME") == 0) {
        return below(1, environment.xdg);
    }
    return strcmp(name, "HOME") == 0 ? below(2, environment.home) : NULL;
}

struct folder_case {
    const char *flag, *state_dir, *xdg, *home;
    const char *want; /* NULL: none */
};

Test(store_folder, is_found_in_order)
{
    static const struct folder_case cases[] = {
        {"+flag", "+env", "+xdg", "+home", "flag"},
        {"", "+env", "+xdg", "+home", "env"},
        {NULL, "+env", "+xdg", "+home", "env"},
        {NULL, "", "+xdg", "+home", "xdg/wgo"},
        {NULL, NULL, "relative", "+home", "home/.local/state/wgo"},
        {NULL, NULL, NULL, "+home", "home/.local/state/wgo"},
        {NULL, NULL, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        char flag[256], want[256], warning[512];
        environment.state_dir = cases[i].state_dir;
        environment.xdg = cases[i].xdg;
        environment.home = cases[i].home;
        snprintf(flag, sizeof(flag), "%s/%s", place.dir, "flag");
        struct wgo_store_options options = {
            .state_dir = cases[i].flag && *cases[i].flag ? flag : cases[i].flag,
            .getenv = fake_getenv};
        struct wgo_store *store;
        cr_assert_eq(wgo_store_open(&options, &store, warning, NULL), WGO_OK);
        if (cases[i].want) {
            snprintf(want, sizeof(want), "%s/%s", place.dir, cases[i].want);
            cr_assert_str_eq(wgo_store_dir(store), want);
            cr_assert_str_eq(warning, "");
            cr_assert_eq(place_mode(&place, cases[i].want), 0700);
        } else {
            cr_assert_null(wgo_store_dir(store));
            cr_assert_null(wgo_store_cache(store));
            cr_assert(strstr(warning, "no state folder"), "%s", warning);
        }
        wgo_store_close(store);
    }
}

Test(store_folder, a_file_in_its_place_is_a_warning)
{
    char warning[512];
    place_write(&place, "file", "x", 1);
    struct wgo_store_options options = {.state_dir = place_path(&place, "file"),
                                        .getenv = no_environment};
    struct wgo_store *store;
    struct wgo_redactor redactor;
    cr_assert_eq(wgo_store_open(&options, &store, warning, NULL), WGO_OK);
    cr_assert_null(wgo_store_dir(store));
    cr_assert(strstr(warning, "file"), "%s", warning);
    cr_assert_eq(wgo_store_redactor(store, NULL, &redactor, NULL), WGO_OK);
    cr_assert_not(redactor.keyed, "nowhere to keep a key: none");
    wgo_redactor_fini(&redactor);
    wgo_store_close(store);
}

Test(store_folder, files_are_private)
{
    struct wgo_store *store = place_store(&place, NULL, NULL);
    struct wgo_redactor redactor;
    cr_assert_eq(wgo_store_redactor(store, NULL, &redactor, NULL), WGO_OK);
    cr_assert_eq(place_mode(&place, "wgo.db"), 0600);
    cr_assert_eq(place_mode(&place, "redact.key"), 0600);
    wgo_redactor_fini(&redactor);
    wgo_store_close(store);
}

Test(store_folder, without_cache_makes_no_database)
{
    struct wgo_store_options options = {
        .state_dir = place.dir, .getenv = no_environment, .without_cache = true};
    struct wgo_store *store;
    char warning[512];
    cr_assert_eq(wgo_store_open(&options, &store, warning, NULL), WGO_OK);
    cr_assert_null(wgo_store_cache(store));
    cr_assert_eq(place_count(&place, "wgo.db"), 0);
    uint64_t cleared = 1;
    cr_assert_eq(wgo_store_cache_clear(store, WGO_STR(""), &cleared, NULL), WGO_OK);
    cr_assert_eq(cleared, 0);
    wgo_store_close(store);
}
