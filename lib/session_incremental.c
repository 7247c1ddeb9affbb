/* session_incremental.c: a scan that asks only for what changed, and what the next one goes on
 * from. */
#include "lib/carry.h"
#include "lib/resume.h"
#include "lib/session_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

static void say_unusable(struct wgo_session *session, const struct wgo_error *error)
{
    char text[sizeof(error->message) + 96];
    if (session->o.incremental) {
        snprintf(text, sizeof(text), "--incremental: everything is asked for: %s", error->message);
        wgo_session_warn(session, text);
    }
}

/* What the user is to know of what the scan goes on from. */
static void say_since(struct wgo_session *session)
{
    int64_t oldest, newest;
    char text[160], at[WGO_WALL_TEXT];
    if (!session->earlier->asks_less) {
        wgo_session_notice(session, "no scan like this one has been kept yet: everything is asked "
                                    "for, and the next one asks for what changed");
        return;
    }
    wgo_earlier_span(session->earlier, &oldest, &newest);
    wgo_wall_format((struct wgo_wall){newest}, false, at);
    snprintf(text, sizeof(text), "asking for what changed since %s", at);
    wgo_session_notice(session, text);
    session->result.since.ns = newest;
}

enum wgo_status wgo_session_open_earlier(struct wgo_session *session, struct wgo_scan_options *scan,
                                         struct wgo_error *err)
{
    const struct wgo_session_options *o = &session->o;
    struct wgo_inventory *inventory;
    struct wgo_error error = {0};
    char warning[512];
    if (scan->dry || o->looks_only || o->stream || o->skip_merging) {
        return WGO_OK;
    }
    enum wgo_status status =
        wgo_inventory_open(session->store, scan->clock, session->kind, &session->redactor,
                           o->incremental, &inventory, warning, &error);
    if (status != WGO_OK) {
        say_unusable(session, &error);
        return status == WGO_E_NOMEM ? wgo_fail(err, status, "%s", error.message) : WGO_OK;
    }
    if (warning[0] != '\0') {
        wgo_session_warn(session, warning);
    }
    int64_t latest = wgo_clock_wall(scan->clock).ns - o->since_ns;
    status = wgo_earlier_open(inventory, o->incremental, latest, &session->earlier, err);
    if (status == WGO_OK) {
        scan->base = &session->earlier->port;
        if (o->incremental) {
            say_since(session);
        }
    }
    return status;
}

void wgo_session_mark_kind(const struct wgo_session *session, char kind[WGO_SCAN_KIND])
{
    if (session->earlier && session->earlier->asks_less) {
        /* Pages that say "as it was" are good for scans that go on from the same. */
        struct wgo_str note = wgo_inventory_note(session->earlier->inventory);
        char text[17];
        snprintf(text, sizeof(text), "%016" PRIx64, XXH3_64bits(note.ptr, note.len));
        memcpy(kind, text, 16);
    }
}

/* ---- once nothing is read any more ---- */

static enum wgo_status carry(struct wgo_session *session, const struct wgo_carry_options *options,
                             struct wgo_error *err)
{
    struct wgo_session_result *result = &session->result;
    bool unseen = false;
    enum wgo_status status = wgo_carry(options, &session->carried, &unseen, err);
    if (status == WGO_OK && unseen && result->exit_code == 0) {
        result->exit_code = session->o.allow_partial ? 0 : WGO_EXIT_PARTIAL;
    }
    return status;
}

static void say_not_renewed(struct wgo_session *session, const struct wgo_error *error)
{
    char text[sizeof(error->message) + 96];
    snprintf(text, sizeof(text), "the next --incremental goes on from an earlier scan: %s",
             error->message);
    wgo_session_warn(session, text);
}

static void renew(struct wgo_session *session, const struct wgo_carry_options *options)
{
    struct wgo_session_result *result = &session->result;
    struct wgo_error error = {0};
    bool whole = !session->earlier->asks_less;
    if (wgo_renew(options, whole, &result->renewal, &session->renewing, &error) != WGO_OK) {
        say_not_renewed(session, &error);
        return;
    }
    result->compared = session->earlier->asks_less;
}

void wgo_session_keep(struct wgo_session *session, bool written)
{
    struct wgo_error error = {0};
    if (!written) {
        wgo_session_keep_journal(session);
    }
    if (wgo_renew_end(session->renewing, written, &error) != WGO_OK) {
        say_not_renewed(session, &error);
    }
    session->renewing = NULL;
    if (session->earlier) {
        wgo_inventory_unlock(session->earlier->inventory);
    }
}

/* A collect() reads all there is, or fails: one that came to its end has seen everything. Lists of
 * catalogs speak for the accounts that they were asked for in, and for no other. */
static enum wgo_status find_whole(struct wgo_session *session, struct wgo_str_list *out,
                                  struct wgo_error *err)
{
    const struct wgo_scan_options *scan = &session->o.scan;
    struct wgo_str *names =
        WGO_NEW_ARRAY(&session->arena, struct wgo_str, scan->provider_count + 1);
    size_t count = 0;
    if (!names) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < scan->provider_count; i++) {
        const struct wgo_collector_type *type = scan->providers[i].type;
        struct wgo_provider_result provider;
        wgo_scanner_provider(session->scanner, i, &provider);
        if (type->collect && !type->plan && provider.outcome == WGO_PROVIDER_COMPLETE) {
            names[count++] = wgo_str(type->name);
        }
    }
    *out = (struct wgo_str_list){names, count};
    return WGO_OK;
}

static bool is_named_before(const struct wgo_scan_options *scan, size_t index)
{
    bool named = false;
    for (size_t i = 0; i < index && !named; i++) {
        named = strcmp(scan->providers[i].type->name, scan->providers[index].type->name) == 0;
    }
    return named;
}

/* What others have seen may be more, and may be less. */
static void say_anothers(struct wgo_session *session)
{
    const struct wgo_scan_options *scan = &session->o.scan;
    char text[160];
    for (size_t i = 0; i < scan->provider_count; i++) {
        const char *name = scan->providers[i].type->name;
        if (wgo_earlier_anothers(session->earlier, wgo_str(name)) && !is_named_before(scan, i)) {
            snprintf(text, sizeof(text),
                     "%s was read with other credentials before: what they had seen was asked for "
                     "anew",
                     name);
            wgo_session_notice(session, text);
        }
    }
}

enum wgo_status wgo_session_settle(struct wgo_session *session, struct wgo_error *err)
{
    const struct wgo_clock *clock = session->o.scan.clock;
    if (!session->earlier) {
        return WGO_OK;
    }
    struct wgo_carry_options options = {
        .earlier = session->earlier,
        .merger = session->mergers[0],
        .rows = session->rows,
        .started_at = session->started_at,
        .now = wgo_clock_wall(clock),
        .problem = wgo_session_problem,
        .state = session,
    };
    enum wgo_status status = find_whole(session, &options.whole, err);
    if (status == WGO_OK && session->earlier->asks_less) {
        say_anothers(session);
        status = carry(session, &options, err);
    }
    /* A whole scan that is not whole takes the place of nothing. */
    if (status == WGO_OK && (session->o.incremental || wgo_rows_complete(session->rows))) {
        renew(session, &options);
    }
    return status;
}
