/* session_resume.c: what a scan reads is kept, so that the next one can go on from it. */
#include "lib/resume.h"
#include "lib/session_private.h"

#include <stdio.h>
#include <unistd.h>

/* What an interrupted scan had read is used, if the user wants that. */
static bool wants_it(struct wgo_session *session, const struct wgo_journal_found *found)
{
    const struct wgo_session_options *o = &session->o;
    char text[256], at[WGO_WALL_TEXT];
    wgo_wall_format(found->last_at, false, at);
    if (found->pages == 0) {
        if (o->resume == WGO_RESUME_YES) {
            wgo_session_notice(session, "no scan like this one was interrupted: it begins anew");
        }
        return false;
    }
    if (o->resume == WGO_RESUME_NO ||
        (o->resume == WGO_RESUME_ASK &&
         !(o->ask_resume && o->ask_resume(o->ask_state, found->pages, found->last_at)))) {
        snprintf(text, sizeof(text),
                 "a scan like this one was interrupted at %s, after %llu pages; this one begins "
                 "anew (--resume goes on)",
                 at, (unsigned long long)found->pages);
        wgo_session_notice(session, text);
        return false;
    }
    snprintf(text, sizeof(text), "going on from %llu pages that were read until %s",
             (unsigned long long)found->pages, at);
    wgo_session_notice(session, text);
    return true;
}

void wgo_session_tell_kinds(struct wgo_session *session, struct wgo_scan_options *scan)
{
    uint64_t *kinds = WGO_NEW_ARRAY(&session->arena, uint64_t, scan->provider_count + 1);
    for (size_t i = 0; i < scan->provider_count && kinds; i++) {
        kinds[i] = wgo_provider_kind(scan, i, (const char *const *)environ);
    }
    scan->kinds = session->kinds = kinds;
    wgo_scan_kind(scan, (const char *const *)environ, session->kind);
    scan->cache = kinds ? scan->cache : NULL; /* whose pages they are could not be told */
}

void wgo_session_open_journal(struct wgo_session *session, struct wgo_scan_options *scan)
{
    const struct wgo_session_options *o = &session->o;
    struct wgo_journal_found found;
    struct wgo_error error = {0};
    char kind[WGO_SCAN_KIND];
    if (o->without_checkpoints || o->looks_only || scan->dry) {
        return;
    }
    memcpy(kind, session->kind, sizeof(kind));
    bool aged = o->max_age_ns > 0;
    struct wgo_wall oldest = {aged ? wgo_clock_wall(scan->clock).ns - o->max_age_ns : 0};
    if (aged) {
        kind[0] = 'k'; /* a file of its own, which stays */
    }
    wgo_session_mark_kind(session, kind);
    enum wgo_status status =
        wgo_journal_open(session->store, scan->clock, kind, oldest, &session->redactor,
                         &session->journal, &found, &error);
    if (status == WGO_OK) {
        bool use = aged ? found.pages > 0 : wants_it(session, &found);
        status = wgo_journal_begin(session->journal, use, &error);
    }
    if (status == WGO_OK) {
        scan->pages = wgo_journal_pages(session->journal);
        return;
    }
    wgo_journal_end(session->journal, true);
    session->journal = NULL;
    if (o->resume == WGO_RESUME_YES || aged) {
        char text[sizeof(error.message) + 64];
        snprintf(text, sizeof(text), "%s: %s", aged ? "--max-age finds nothing" : "cannot resume",
                 error.message);
        wgo_session_warn(session, text);
    }
}

/* What another try could bring: not what was denied. */
static void count_open(void *state, const struct wgo_row *row)
{
    size_t *open = state;
    *open += row->seen != WGO_SEEN_OK && row->seen != WGO_SEEN_SKIPPED &&
             row->seen != WGO_SEEN_DENIED && row->seen != WGO_SEEN_LIMITED;
}

void wgo_session_end_journal(struct wgo_session *session)
{
    size_t open = 0;
    if (!session->journal) {
        return;
    }
    wgo_rows_each(session->rows, count_open, &open);
    struct wgo_error problem = wgo_journal_problem(session->journal);
    if (problem.status != WGO_OK) {
        char text[sizeof(problem.message) + 96];
        snprintf(text, sizeof(text), "not all that was read is kept for --resume: %s",
                 problem.message);
        wgo_session_warn(session, text);
    }
    session->result.keeps_pages = session->o.max_age_ns > 0;
    if (open > 0 || session->result.end == WGO_SCAN_STOPPED) {
        wgo_session_keep_journal(session);
    }
}

void wgo_session_keep_journal(struct wgo_session *session)
{
    session->result.resumable =
        session->journal && !session->result.keeps_pages && wgo_journal_holds(session->journal);
}
