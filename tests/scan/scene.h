/* scene.h: several shops (support/shop.h) behind one server, and a scan of all of them.
 *
 * Ownership: scene_set() makes the one scene, scene_strike() ends it and looks that all was closed.
 * Threads:   the scan's events take the scene's lock; a test reads it after the run. */
#ifndef TESTS_SCAN_SCENE_H
#define TESTS_SCAN_SCENE_H

#include "basket.h"
#include "http_script.h"
#include "scan/scan.h"
#include "shop.h"

#include <criterion/criterion.h>

enum { MOST = 4, SCALE = 100 }; /* shops; how fast their clock is */

/* What a shop's server does; the first part of a path says which one. */
enum mood { GOOD, EMPTY, PARTIAL, DENIED, AUTH, BROKEN, HELD, CONFIG, MISSING };

struct scene {
    struct shop shops[MOST];
    struct shop_task tasks[MOST][2];
    char lists[MOST][2][32];
    char names[MOST][16];
    enum mood moods[MOST];
    size_t count;
    struct http_script *http;
    struct basket baskets[MOST];
    struct wgo_sink sinks[MOST];
    struct wgo_rows *rows;
    struct wgo_clock clock;
    struct wgo_redactor redactor;
    struct wgo_scan_provider providers[MOST];
    struct wgo_scan_options options;
    struct wgo_scanner *scanner;
    struct wgo_error error;

    struct wgo_lock lock; /* Guards what follows. */
    char story[1024];     /* "+a" started, "-a" ended, in order */
    unsigned problems, warnings, records;
    _Atomic int inside; /* an event */
};

extern struct scene scene;

/* As many shops as moods, "a", "b" and so on, and the options of a scan, to be changed as a test
 * likes. */
void scene_set(const enum mood *moods, size_t count);
void scene_make(void);
/* Makes the scanner and runs it. */
enum wgo_scan_end scene_run(void);
void scene_strike(void);
struct wgo_provider_result scene_result(size_t index);
void scene_assert_outcome(size_t index, enum wgo_provider_outcome outcome, enum wgo_status status);
int scene_exit_code(enum wgo_scan_end end);

#endif
