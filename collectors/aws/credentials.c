/* credentials.c: one identity: its credentials, when they are renewed, and signing with them. */
#include "aws/cred_private.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>

enum wgo_status wgo_aws_no_memory(struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

struct wgo_aws_provider *wgo_aws_provider_new(const struct wgo_aws_config *config)
{
    struct wgo_aws_provider *provider = calloc(1, sizeof(*provider));
    if (provider) {
        provider->config = config;
        provider->source = "";
        wgo_lock_init(&provider->lock);
        wgo_renewal_init(&provider->renewal);
    }
    return provider;
}

static void free_slots(struct wgo_aws_key_slot *slots)
{
    for (size_t i = 0; slots && i < WGO_AWS_KEY_SLOTS; i++) {
        wgo_sigv4_key_fini(&slots[i].key);
    }
    free(slots);
}

void wgo_aws_provider_close(struct wgo_aws_provider *provider)
{
    if (!provider) {
        return;
    }
    wgo_lock_acquire(&provider->lock);
    wgo_aws_credentials_fini(&provider->synced.credentials);
    free_slots(provider->synced.slots);
    wgo_lock_release(&provider->lock);
    wgo_aws_credentials_fini(&provider->fixed.credentials);
    wgo_renewal_fini(&provider->renewal);
    wgo_lock_fini(&provider->lock);
    if (provider->owns_base) {
        wgo_aws_provider_close(provider->base);
    }
    if (provider->authorization.len > 0) {
        wgo_wipe((char *)provider->authorization.ptr, provider->authorization.len);
    }
    wgo_arena_fini(&provider->arena);
    free(provider);
}

const char *wgo_aws_provider_source(const struct wgo_aws_provider *provider)
{
    return provider->source;
}

/* ---- the clock of the other side ---- */

void wgo_aws_provider_set_skew(struct wgo_aws_provider *provider, int64_t skew_ns)
{
    while (provider->base) {
        provider = provider->base;
    }
    atomic_store_explicit(&provider->skew_ns, skew_ns, memory_order_relaxed);
}

int64_t wgo_aws_provider_skew(const struct wgo_aws_provider *provider)
{
    while (provider->base) {
        provider = provider->base;
    }
    return atomic_load_explicit(&provider->skew_ns, memory_order_relaxed);
}

/* ---- renewal ---- */

bool wgo_aws_provider_stale(struct wgo_aws_provider *provider, struct wgo_wall now, bool refused)
{
    return wgo_renewal_stale(&provider->renewal, now, refused);
}

bool wgo_aws_provider_begin(struct wgo_aws_provider *provider, struct wgo_wall now)
{
    return wgo_renewal_begin(&provider->renewal, now);
}

static void keep(struct wgo_aws_provider *provider, struct wgo_aws_credentials *credentials,
                 struct wgo_wall expires)
{
    wgo_lock_acquire(&provider->lock);
    struct wgo_aws_credentials old = provider->synced.credentials;
    struct wgo_aws_key_slot *slots = provider->synced.slots;
    provider->synced.credentials = *credentials;
    provider->synced.expires = expires;
    provider->synced.slots = NULL; /* derived from the old secret */
    wgo_lock_release(&provider->lock);
    *credentials = (struct wgo_aws_credentials){0};
    wgo_aws_credentials_fini(&old);
    free_slots(slots);
}

void wgo_aws_provider_store(struct wgo_aws_provider *provider,
                            struct wgo_aws_credentials *credentials, struct wgo_wall now,
                            struct wgo_wall expires)
{
    keep(provider, credentials, expires);
    wgo_renewal_done(&provider->renewal, now, expires);
}

void wgo_aws_provider_failed(struct wgo_aws_provider *provider, struct wgo_wall now,
                             const struct wgo_error *why)
{
    wgo_renewal_failed(&provider->renewal, now, why);
}

static enum wgo_status fetch(void *self, const struct wgo_services *services,
                             struct wgo_wall *out_expires, struct wgo_error *err)
{
    struct wgo_aws_provider *provider = self;
    struct wgo_aws_grant grant = {0};
    enum wgo_status status = provider->fetch(provider, services, &grant, err);
    wgo_log_debug("credentials", "source=%s status=%s", provider->source, wgo_status_name(status));
    if (status == WGO_OK) {
        *out_expires = grant.expires;
        keep(provider, &grant.credentials, grant.expires);
        return WGO_OK;
    }
    wgo_aws_credentials_fini(&grant.credentials);
    if (!wgo_str_starts(wgo_str(err->message), WGO_STR("AWS credentials of "))) {
        wgo_error_prefix(err, "AWS credentials of %.200s", provider->source); /* not the base's */
    }
    return status;
}

enum wgo_status wgo_aws_provider_renew(struct wgo_aws_provider *provider,
                                       const struct wgo_services *services,
                                       struct wgo_wall *out_expires, struct wgo_error *err)
{
    struct wgo_error why = {0};
    enum wgo_status status = fetch(provider, services, out_expires, &why);
    struct wgo_wall now = wgo_clock_wall(services->clock);
    if (status == WGO_OK) {
        wgo_renewal_done(&provider->renewal, now, *out_expires);
        return WGO_OK;
    }
    why.status = status;
    wgo_renewal_failed(&provider->renewal, now, &why);
    if (err) {
        *err = why;
    }
    return status;
}

enum wgo_status wgo_aws_provider_refresh(struct wgo_aws_provider *provider,
                                         const struct wgo_services *services, struct wgo_error *err)
{
    return wgo_renewal_run(&provider->renewal, fetch, provider, services, err);
}

enum wgo_status wgo_aws_provider_copy(struct wgo_aws_provider *provider,
                                      struct wgo_aws_credentials *out_credentials,
                                      struct wgo_wall *out_expires, struct wgo_error *err)
{
    wgo_lock_acquire(&provider->lock);
    const struct wgo_aws_credentials *held = &provider->synced.credentials;
    bool loaded = held->access_key_id.len > 0;
    enum wgo_status status =
        loaded ? wgo_aws_credentials_set(out_credentials, wgo_secret_reveal(&held->access_key_id),
                                         wgo_secret_reveal(&held->secret_access_key),
                                         wgo_secret_reveal(&held->session_token))
               : WGO_E_AUTH;
    struct wgo_wall expires = provider->synced.expires;
    wgo_lock_release(&provider->lock);
    if (!loaded) {
        return wgo_fail(err, WGO_E_AUTH, "the AWS credentials of %.200s have not been loaded yet",
                        provider->source);
    }
    if (status != WGO_OK) {
        return wgo_aws_no_memory(err);
    }
    if (out_expires) {
        *out_expires = expires;
    }
    return WGO_OK;
}

/* ---- signing ---- */

static void mix(uint64_t *name, struct wgo_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        *name = (*name ^ (unsigned char)text.ptr[i]) * UINT64_C(0x100000001b3);
    }
    *name = (*name ^ '/') * UINT64_C(0x100000001b3);
}

/* Names a signing key; two that share a name are told apart by the key's own origin. */
static uint64_t key_name(const struct wgo_sigv4_options *options)
{
    uint64_t name = UINT64_C(0xcbf29ce484222325);
    int64_t day = options->now.ns / (86400 * WGO_S);
    mix(&name, options->service);
    mix(&name, options->region);
    mix(&name, wgo_str_from((const char *)&day, sizeof(day)));
    return name | 1; /* 0 is an empty slot */
}

static bool find_key(struct wgo_aws_provider *provider, uint64_t name,
                     struct wgo_sigv4_key *out_key)
{
    wgo_lock_acquire(&provider->lock);
    const struct wgo_aws_key_slot *slot =
        provider->synced.slots ? &provider->synced.slots[(name >> 8) % WGO_AWS_KEY_SLOTS] : NULL;
    bool found = slot && slot->name == name;
    if (found) {
        *out_key = slot->key;
    }
    wgo_lock_release(&provider->lock);
    return found;
}

static void keep_key(struct wgo_aws_provider *provider, uint64_t name,
                     const struct wgo_sigv4_key *key)
{
    struct wgo_aws_key_slot *fresh = calloc(WGO_AWS_KEY_SLOTS, sizeof(*fresh));
    wgo_lock_acquire(&provider->lock);
    if (!provider->synced.slots) {
        provider->synced.slots = fresh;
        fresh = NULL;
    }
    if (provider->synced.slots) {
        provider->synced.slots[(name >> 8) % WGO_AWS_KEY_SLOTS] =
            (struct wgo_aws_key_slot){.name = name, .key = *key};
    }
    wgo_lock_release(&provider->lock);
    free(fresh);
}

enum wgo_status wgo_aws_provider_sign(struct wgo_aws_provider *provider,
                                      const struct wgo_signing *what, struct wgo_error *err)
{
    struct wgo_aws_credentials credentials = {0};
    struct wgo_sigv4_key key = {0};
    enum wgo_status status = wgo_aws_provider_copy(provider, &credentials, NULL, err);
    if (status != WGO_OK) {
        return status;
    }
    bool is_s3 = wgo_str_is(what->service, "s3");
    struct wgo_sigv4_options options = {
        .credentials = &credentials,
        .region = what->region,
        .service = what->service,
        .now = {what->now.ns + wgo_aws_provider_skew(provider)},
        .flags = is_s3 ? WGO_SIGV4_S3 : 0,
        .key = &key,
    };
    uint64_t name = key_name(&options);
    bool found = find_key(provider, name, &key) && wgo_sigv4_key_fits(&key, &options);
    if (!found) {
        status = wgo_sigv4_key_derive(&options, &key, err);
        if (status == WGO_OK) {
            keep_key(provider, name, &key);
        }
    }
    if (status == WGO_OK) {
        status = wgo_sigv4_sign(&options, what->arena, what->request, err);
    }
    wgo_sigv4_key_fini(&key);
    wgo_aws_credentials_fini(&credentials);
    return status;
}
