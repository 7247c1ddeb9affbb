/* account.c: accounts, and what their answers tell of each. */
#include "aws/session.h"

#include <stdlib.h>

/* So many denials by a service control policy, of several services: it keeps the whole region. */
enum { MOST_DENIALS = 10 };

static size_t slot_of(struct wgo_str text, size_t slots)
{
    uint64_t hash = UINT64_C(1469598103934665603); /* FNV-1a */
    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ (unsigned char)text.ptr[i]) * UINT64_C(1099511628211);
    }
    return (size_t)(hash % slots);
}

static struct wgo_aws_account *find_locked(struct wgo_aws *aws, struct wgo_str id)
    WGO_REQUIRES(aws->lock)
{
    struct wgo_aws_account *account = aws->synced.slots[slot_of(id, WGO_AWS_ACCOUNT_SLOTS)];
    while (account && !wgo_str_eq(account->id, id)) {
        account = account->next;
    }
    return account;
}

struct wgo_aws_account *wgo_aws_account_find(struct wgo_aws *aws, struct wgo_str id)
{
    wgo_lock_acquire(&aws->lock);
    struct wgo_aws_account *account = find_locked(aws, id);
    wgo_lock_release(&aws->lock);
    return account;
}

static struct wgo_aws_account *new_locked(struct wgo_aws *aws, struct wgo_str id,
                                          struct wgo_str name) WGO_REQUIRES(aws->lock)
{
    struct wgo_arena *arena = &aws->synced.arena;
    struct wgo_aws_account *account = WGO_NEW(arena, struct wgo_aws_account);
    if (!account) {
        return NULL;
    }
    *account =
        (struct wgo_aws_account){.id = wgo_str_dup(arena, id), .name = wgo_str_dup(arena, name)};
    if (!account->id.ptr) {
        return NULL;
    }
    struct wgo_aws_account **slot = &aws->synced.slots[slot_of(id, WGO_AWS_ACCOUNT_SLOTS)];
    account->next = *slot;
    *slot = account;
    aws->synced.account_count++;
    return account;
}

struct wgo_aws_account *wgo_aws_account_add(struct wgo_aws *aws, struct wgo_str id,
                                            struct wgo_str name, struct wgo_aws_login *login,
                                            struct wgo_aws_provider *provider, bool own,
                                            bool *out_known)
{
    wgo_lock_acquire(&aws->lock);
    *out_known = find_locked(aws, id) != NULL;
    struct wgo_aws_account *account = *out_known ? NULL : new_locked(aws, id, name);
    if (account) {
        account->login = login;
        account->provider = provider;
        account->own_provider = own;
    }
    wgo_lock_release(&aws->lock);
    return account;
}

/* NULL when memory is gone: then nothing is counted. */
static struct wgo_aws_standing *standing_locked(struct wgo_aws *aws,
                                                struct wgo_aws_account *account,
                                                struct wgo_str region) WGO_REQUIRES(aws->lock)
{
    struct wgo_aws_standing *standing = account->places;
    while (standing && !wgo_str_eq(standing->region, region)) {
        standing = standing->next;
    }
    if (!standing) {
        standing = WGO_NEW(&aws->synced.arena, struct wgo_aws_standing);
        if (standing) {
            *standing = (struct wgo_aws_standing){.region = wgo_str_dup(&aws->synced.arena, region),
                                                  .next = account->places};
            account->places = standing;
        }
    }
    return standing;
}

bool wgo_aws_account_claim(struct wgo_aws *aws, struct wgo_aws_account *account)
{
    wgo_lock_acquire(&aws->lock);
    bool first = !account->begun;
    account->begun = true;
    wgo_lock_release(&aws->lock);
    return first;
}

/* Whether 'service' makes them as many as close a place. */
static bool several_denied(struct wgo_aws_standing *standing, struct wgo_str service)
{
    for (size_t i = 0; i < WGO_COUNT(standing->denied); i++) {
        if (standing->denied[i].len == 0) {
            standing->denied[i] = service;
        }
        if (wgo_str_eq(standing->denied[i], service)) {
            break;
        }
    }
    return standing->denied[WGO_COUNT(standing->denied) - 1].len > 0;
}

bool wgo_aws_account_denied(struct wgo_aws *aws, struct wgo_aws_account *account,
                            struct wgo_str region, struct wgo_str service)
{
    bool closes = false;
    wgo_lock_acquire(&aws->lock);
    struct wgo_aws_standing *standing = standing_locked(aws, account, region);
    if (standing && !standing->closed) {
        bool several = several_denied(standing, service);
        closes = ++standing->denials >= MOST_DENIALS && several;
        standing->closed = closes;
    }
    wgo_lock_release(&aws->lock);
    return closes;
}

bool wgo_aws_account_closed(struct wgo_aws *aws, struct wgo_aws_account *account,
                            struct wgo_str region)
{
    wgo_lock_acquire(&aws->lock);
    struct wgo_aws_standing *standing = standing_locked(aws, account, region);
    bool closed = standing && standing->closed;
    wgo_lock_release(&aws->lock);
    return closed;
}

bool wgo_aws_account_asks(struct wgo_aws *aws, struct wgo_aws_account *account)
{
    struct wgo_mono now = wgo_clock_mono(aws->services->clock);
    wgo_lock_acquire(&aws->lock);
    if (account->asked_at.ns == 0) {
        account->asked_at = now;
    }
    bool alive = wgo_mono_sub(now, account->asked_at) < aws->account_timeout_ns;
    wgo_lock_release(&aws->lock);
    return alive;
}

void wgo_aws_account_answered(struct wgo_aws *aws, struct wgo_aws_account *account)
{
    wgo_lock_acquire(&aws->lock);
    account->asked_at = (struct wgo_mono){0};
    wgo_lock_release(&aws->lock);
}

/* ---- buckets ---- */

static struct wgo_aws_bucket *bucket_locked(struct wgo_aws *aws, struct wgo_str name)
    WGO_REQUIRES(aws->lock)
{
    struct wgo_aws_bucket *bucket =
        aws->synced.buckets[slot_of(name, WGO_COUNT(aws->synced.buckets))];
    while (bucket && !wgo_str_eq(bucket->name, name)) {
        bucket = bucket->next;
    }
    return bucket;
}

struct wgo_str wgo_aws_bucket_region(struct wgo_aws *aws, struct wgo_str bucket)
{
    wgo_lock_acquire(&aws->lock);
    const struct wgo_aws_bucket *known = bucket_locked(aws, bucket);
    struct wgo_str region = known ? known->region : (struct wgo_str){0};
    wgo_lock_release(&aws->lock);
    return region;
}

void wgo_aws_bucket_moved(struct wgo_aws *aws, struct wgo_str bucket, struct wgo_str region)
{
    wgo_lock_acquire(&aws->lock);
    struct wgo_arena *arena = &aws->synced.arena;
    struct wgo_aws_bucket *known = bucket_locked(aws, bucket);
    if (!known) {
        known = WGO_NEW(arena, struct wgo_aws_bucket);
        if (known) {
            struct wgo_aws_bucket **slot =
                &aws->synced.buckets[slot_of(bucket, WGO_COUNT(aws->synced.buckets))];
            *known = (struct wgo_aws_bucket){.name = wgo_str_dup(arena, bucket), .next = *slot};
            *slot = known;
        }
    }
    if (known) {
        known->region = wgo_str_dup(arena, region);
    }
    wgo_lock_release(&aws->lock);
}

void wgo_aws_accounts_close(struct wgo_aws *aws)
{
    wgo_lock_acquire(&aws->lock);
    for (size_t i = 0; i < WGO_AWS_ACCOUNT_SLOTS; i++) {
        for (struct wgo_aws_account *at = aws->synced.slots[i]; at; at = at->next) {
            if (at->own_provider) {
                wgo_aws_provider_close(at->provider);
            }
        }
    }
    wgo_arena_fini(&aws->synced.arena);
    wgo_lock_release(&aws->lock);
}
