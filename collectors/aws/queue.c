/* queue.c: the accounts of an organisation that are read, a batch of them planned at a time.
 *
 * Planned is an account whose role is assumed and whose regions are known. A batch is no barrier:
 * as soon as one of its accounts is planned, the next one takes its place. */
#include "aws/session.h"
#include "aws/tuning.h"

enum wgo_status wgo_aws_queue_add(struct wgo_aws *aws, struct wgo_aws_login *login,
                                  struct wgo_str id, struct wgo_str name, struct wgo_error *err)
{
    wgo_lock_acquire(&aws->lock);
    struct wgo_arena *arena = &aws->synced.arena;
    struct wgo_aws_waiting *waiting = WGO_NEW(arena, struct wgo_aws_waiting);
    if (waiting) {
        *waiting = (struct wgo_aws_waiting){
            .id = wgo_str_dup(arena, id), .name = wgo_str_dup(arena, name), .login = login};
    }
    bool good = waiting && waiting->id.ptr;
    if (good) {
        if (aws->synced.waiting_tail) {
            aws->synced.waiting_tail->next = waiting;
        } else {
            aws->synced.waiting = waiting;
        }
        aws->synced.waiting_tail = waiting;
        aws->synced.queued++;
    }
    wgo_lock_release(&aws->lock);
    return good ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* The next account, when the batch has room for it; it counts from now on. */
static struct wgo_aws_waiting *take(struct wgo_aws *aws)
{
    struct wgo_aws_waiting *waiting = NULL;
    wgo_lock_acquire(&aws->lock);
    if (aws->synced.planning < aws->synced.batch) {
        waiting = aws->synced.waiting;
    }
    if (waiting) {
        aws->synced.waiting = waiting->next;
        aws->synced.waiting_tail = waiting->next ? aws->synced.waiting_tail : NULL;
        aws->synced.planning++;
    }
    wgo_lock_release(&aws->lock);
    return waiting;
}

void wgo_aws_queue_mark(struct wgo_aws *aws, struct wgo_aws_account *account)
{
    wgo_lock_acquire(&aws->lock);
    account->planning = true;
    wgo_lock_release(&aws->lock);
}

/* Its own account needs no role; one that another login reads is left to that. */
static enum wgo_status begin(struct wgo_aws *aws, const struct wgo_aws_waiting *waiting,
                             struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_aws_account *known = wgo_aws_account_find(aws, waiting->id);
    enum wgo_status status = WGO_OK;
    bool begun = false;
    if (!known) {
        status = wgo_aws_role_begin(aws, waiting->login, waiting->id, waiting->name, emitter,
                                    &begun, err);
    } else if (wgo_str_is(waiting->id, waiting->login->caller.account)) {
        begun = !wgo_aws_regions_are_known(aws, waiting->login);
        if (begun) {
            wgo_aws_queue_mark(aws, known);
        }
        status = wgo_aws_account_begin(aws, known, emitter, err);
    }
    if (!begun) { /* it needs no planning */
        wgo_lock_acquire(&aws->lock);
        aws->synced.planning--;
        wgo_lock_release(&aws->lock);
    }
    return status;
}

static enum wgo_status fill(struct wgo_aws *aws, struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_aws_waiting *waiting;
    enum wgo_status status = WGO_OK;
    while (status == WGO_OK && (waiting = take(aws)) != NULL) {
        status = begin(aws, waiting, emitter, err);
    }
    return status;
}

static void tell(struct wgo_aws *aws, size_t accounts, const struct wgo_aws_tuning *tuning,
                 unsigned calls, int64_t timeout_ns)
{
    double ratio = wgo_aws_tuning_ratio(tuning);
    aws->services->notice(
        aws->services->engine,
        "%zu accounts: %u at once, %u planned together, %u calls in flight, %u retries from "
        "%lld ms, an account times out after %lld s without an answer; about %lld s instead of "
        "%lld s (%.2f times as fast)",
        accounts, tuning->accounts_at_once, tuning->batch, calls, tuning->retries,
        (long long)(tuning->retry_base_ns / WGO_MS), (long long)(timeout_ns / WGO_S),
        (long long)((tuning->tuned_ns + WGO_S - 1) / WGO_S),
        (long long)((tuning->untuned_ns + WGO_S - 1) / WGO_S), ratio);
}

enum wgo_status wgo_aws_queue_start(struct wgo_aws *aws, bool whole, struct wgo_emitter *emitter,
                                    struct wgo_error *err)
{
    wgo_lock_acquire(&aws->lock);
    size_t accounts = aws->synced.queued;
    struct wgo_aws_tuning tuning = wgo_aws_tune(accounts);
    aws->synced.batch = tuning.batch;
    wgo_lock_release(&aws->lock);
    if (!aws->timeout_said) {
        atomic_store(&aws->account_timeout_ns, tuning.account_timeout_ns);
    }
    struct wgo_pace pace = {.calls_in_flight = tuning.calls_in_flight,
                            .accounts_at_once = tuning.accounts_at_once};
    unsigned calls = aws->services->set_pace(aws->services->engine, &pace);
    if (whole && wgo_aws_tuning_is_told(accounts)) {
        tell(aws, accounts, &tuning, calls, atomic_load(&aws->account_timeout_ns));
    }
    return fill(aws, emitter, err);
}

enum wgo_status wgo_aws_queue_after(struct wgo_aws *aws, struct wgo_aws_account *account,
                                    const struct wgo_page *page, enum wgo_status status,
                                    struct wgo_emitter *emitter, struct wgo_error *err)
{
    if (status == WGO_E_PARSE && !page->fallback) {
        return status; /* no page: it comes again, or comes back as a failure */
    }
    wgo_lock_acquire(&aws->lock);
    bool counted = account->planning;
    account->planning = false;
    aws->synced.planning -= counted;
    wgo_lock_release(&aws->lock);
    struct wgo_error error = {0};
    enum wgo_status next = counted ? fill(aws, emitter, &error) : WGO_OK;
    if (next != WGO_OK && (status == WGO_OK || status == WGO_E_SKIPPED)) {
        *err = error;
        return next;
    }
    return status;
}
