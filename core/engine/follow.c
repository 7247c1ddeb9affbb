#include "engine/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#define MAX_RESTARTS 5
/* Pages without an item in a row. Providers that filter what they page through give some. */
#define MOST_BARREN 1000
/* Pages that hold what the one before did. While a list grows at its head a small page may. */
#define MOST_SAME 3

/* Never 0, which stands for "none yet". */
static uint64_t token_digest(struct wgo_str token)
{
    return XXH3_64bits(token.ptr, token.len) | 1;
}

/* Replaces the call's task by one that asks for 'token'. */
static bool set_token(struct wgo_call *call, struct wgo_str token)
{
    struct wgo_task next = *call->task;
    next.token = token;
    struct wgo_task *copy = wgo_task_copy(&next);
    if (!copy) {
        return false;
    }
    free(call->task);
    call->task = copy;
    call->keyed = false;
    return true;
}

/* With the server's fresh token, or anew. A long list may expire many times; what ends it is
 * expiring without a page in between, or beginning anew too often. */
bool wgo_follow_anew(struct wgo_call *call, struct wgo_verdict *verdict)
{
    struct wgo_task *task = call->task;
    bool anew = verdict->token.len == 0;
    if (call->expired >= MAX_RESTARTS || (anew && task->restarts >= MAX_RESTARTS)) {
        verdict->status = WGO_E_EXPIRED;
        snprintf(verdict->message, sizeof(verdict->message),
                 "the page token expired %u times; the list changes faster than it can be read",
                 (anew ? task->restarts : call->expired) + 1);
        return false;
    }
    call->expired++;
    task->inconsistent = task->inconsistent || task->page > 0;
    if (anew) {
        task->restarts++;
        task->page = 0;
        task->items = 0;
        call->elsewhere = 0;
    }
    task->token_digest = verdict->token.len > 0 ? token_digest(verdict->token) : 0;
    if (!set_token(call, verdict->token)) {
        verdict->status = WGO_E_NOMEM;
        return false;
    }
    wgo_call_drop_attempt(call);
    wgo_call_continue(call);
    return true;
}

/* True when 'token' was seen before on this list (Brent's cycle detection: one digest is kept and
 * moved to pages that are powers of two, so every cycle is met, in constant memory). Where pages
 * are counted the numbers never repeat: what the pages hold does, when a server does not listen. */
static bool page_repeats(const struct wgo_call *call, struct wgo_str token)
{
    struct wgo_task *task = call->task;
    bool counted = call->entry->paging == WGO_PAGE_NUMBER;
    uint64_t digest = counted ? call->page_digest : token_digest(token);
    if (digest == 0) {
        return false; /* a page that an earlier scan has read */
    }
    if (digest == task->token_digest || wgo_str_eq(token, task->token)) {
        return true;
    }
    if ((task->page & (task->page - 1)) == 0) {
        task->token_digest = digest;
    }
    return false;
}

void wgo_follow_look(struct wgo_call *call, uint64_t ids)
{
    bool same = call->task->page > 0 && ids != 0 && ids == call->last_ids;
    call->same_pages = same ? call->same_pages + 1 : 0;
    call->last_ids = ids;
}

/* The server does not take what it is asked for the next page with. */
static void tell_same(const struct wgo_call *call, struct wgo_verdict *verdict)
{
    const struct wgo_entry *entry = call->entry;
    snprintf(verdict->message, sizeof(verdict->message), "%u pages in a row hold the same items",
             call->same_pages + 1);
    snprintf(verdict->hint, sizeof(verdict->hint),
             "look at `page` of %.*s (%.*s, line %u): does the server know what it is asked for "
             "the next one with?",
             WGO_FMT(entry->name), WGO_FMT(entry->file), entry->line);
}

bool wgo_follow_page(struct wgo_call *call, struct wgo_str token, struct wgo_verdict *verdict)
{
    *verdict = (struct wgo_verdict){.kind = WGO_VERDICT_FAILED, .status = WGO_E_SERVER};
    call->task->page++;
    call->token_kept = !call->attempt; /* it comes from a page that was given again */
    if (page_repeats(call, token)) {
        snprintf(verdict->message, sizeof(verdict->message),
                 "the server repeats a page%s after page %u",
                 call->entry->paging == WGO_PAGE_NUMBER ? "" : " token", call->task->page);
        return false;
    }
    if (call->same_pages >= MOST_SAME) {
        tell_same(call, verdict);
        return false;
    }
    if (call->barren >= MOST_BARREN) {
        snprintf(verdict->message, sizeof(verdict->message),
                 "%u pages without an item, and the server names a next one", call->barren);
        return false;
    }
    call->task->priority = call->task->page == 1 ? WGO_PRIORITY_SECOND : WGO_PRIORITY_FIRST;
    call->attempts = call->throttles = call->expired = 0;
    call->refused = 0;
    call->unkept = false;
    if (!set_token(call, token)) {
        verdict->status = WGO_E_NOMEM;
        return false;
    }
    int64_t delay =
        call->attempt ? call->entry->page_delay_ns : 0; /* pages that are known wait for none */
    wgo_call_drop_attempt(call);
    wgo_call_later(call, delay);
    return true;
}

/* A token of the interrupted scan's that the server does not take any more: the list begins anew.
 */
bool wgo_follow_is_stale(const struct wgo_call *call, const struct wgo_verdict *verdict)
{
    return call->token_kept && verdict->kind == WGO_VERDICT_FAILED &&
           verdict->status == WGO_E_REJECTED;
}

/* A page that the server itself has named is not there: the list was not seen to its end. Where
 * pages are counted, one behind the last is what was asked for. */
bool wgo_follow_breaks_off(const struct wgo_call *call, const struct wgo_verdict *verdict)
{
    enum wgo_page_style paging = call->entry->paging;
    bool named = paging != WGO_PAGE_NUMBER && paging != WGO_PAGE_ITEM;
    bool none = verdict->kind == WGO_VERDICT_NONE && call->attempt &&
                call->attempt->response.http_status != 204;
    bool skipped = verdict->kind == WGO_VERDICT_FAILED && verdict->status == WGO_E_SKIPPED;
    return call->task->page > 0 && named && (none || skipped);
}
