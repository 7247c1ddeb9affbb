#include "auth/registry.h"

#include "auth/renewal.h"
#include "base/log.h"
#include "base/secret.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIGEST_LEN = 32, MOST_SETTINGS = 64 };

struct wgo_signer {
    /* Set when made, then read-only. */
    const struct wgo_signer_type *type;
    void *self;
    unsigned char settings[DIGEST_LEN];
    char identity[48];
    struct wgo_signer *next; /* the registry's: guarded by its lock */
    struct wgo_renewal renewal;
};

struct entry {
    const struct wgo_signer_type *type;
    void *context;
    struct entry *next;
};

struct wgo_auth_registry {
    struct wgo_lock lock; /* taken alone, never with a signer's */
    struct {
        struct entry *entries;
        struct wgo_signer *signers;
        unsigned made;
    } synced WGO_GUARDED;
};

static enum wgo_status no_memory(struct wgo_error *err)
{
    wgo_fail(err, WGO_E_NOMEM, "out of memory");
    return WGO_E_NOMEM;
}

/* ---- the registry ---- */

enum wgo_status wgo_auth_registry_new(struct wgo_auth_registry **out_registry)
{
    struct wgo_auth_registry *registry = calloc(1, sizeof(*registry));
    if (!registry) {
        return WGO_E_NOMEM;
    }
    wgo_lock_init(&registry->lock);
    *out_registry = registry;
    return WGO_OK;
}

static void free_signer(struct wgo_signer *signer)
{
    signer->type->close(signer->self);
    wgo_renewal_fini(&signer->renewal);
    free(signer);
}

void wgo_auth_registry_free(struct wgo_auth_registry *registry)
{
    if (!registry) {
        return;
    }
    wgo_lock_acquire(&registry->lock);
    struct wgo_signer *signer = registry->synced.signers;
    struct entry *entry = registry->synced.entries;
    wgo_lock_release(&registry->lock);
    while (signer) {
        struct wgo_signer *next = signer->next;
        free_signer(signer);
        signer = next;
    }
    while (entry) {
        struct entry *next = entry->next;
        free(entry);
        entry = next;
    }
    wgo_lock_fini(&registry->lock);
    free(registry);
}

static struct entry *find_entry_locked(struct wgo_auth_registry *registry, struct wgo_str name)
    WGO_REQUIRES(registry->lock)
{
    struct entry *entry = registry->synced.entries;
    while (entry && !wgo_str_is(name, entry->type->name)) {
        entry = entry->next;
    }
    return entry;
}

enum wgo_status wgo_auth_register(struct wgo_auth_registry *registry,
                                  const struct wgo_signer_type *type, void *context,
                                  struct wgo_error *err)
{
    struct entry *entry = calloc(1, sizeof(*entry));
    if (!entry) {
        return no_memory(err);
    }
    *entry = (struct entry){.type = type, .context = context};
    wgo_lock_acquire(&registry->lock);
    bool taken = find_entry_locked(registry, wgo_str(type->name)) != NULL;
    if (!taken) {
        entry->next = registry->synced.entries;
        registry->synced.entries = entry;
    }
    wgo_lock_release(&registry->lock);
    if (taken) {
        free(entry);
        return wgo_fail(err, WGO_E_INTERNAL, "two signers are called \"%s\"", type->name);
    }
    return WGO_OK;
}

/* ---- signers by settings ---- */

static int compare_settings(const void *a, const void *b)
{
    const struct wgo_signer_setting *x = a, *y = b;
    int order = wgo_str_cmp(x->name, y->name);
    return order ? order : wgo_str_cmp(x->value, y->value);
}

/* The same for the same settings in any order; lengths keep one text from passing for another. */
static bool digest_settings(const struct wgo_signer_setting *settings, size_t count,
                            unsigned char out[DIGEST_LEN])
{
    struct wgo_signer_setting sorted[MOST_SETTINGS];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    if (count > 0) {
        memcpy(sorted, settings, count * sizeof(*settings));
        qsort(sorted, count, sizeof(*sorted), compare_settings);
    }
    for (size_t i = 0; good && i < count; i++) {
        size_t lengths[2] = {sorted[i].name.len, sorted[i].value.len};
        good = EVP_DigestUpdate(context, lengths, sizeof(lengths)) == 1 &&
               EVP_DigestUpdate(context, sorted[i].name.ptr, lengths[0]) == 1 &&
               EVP_DigestUpdate(context, sorted[i].value.ptr, lengths[1]) == 1;
    }
    good = good && EVP_DigestFinal_ex(context, out, NULL) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

static struct wgo_signer *find_signer_locked(struct wgo_auth_registry *registry,
                                             const struct wgo_signer_type *type,
                                             const unsigned char settings[DIGEST_LEN])
    WGO_REQUIRES(registry->lock)
{
    struct wgo_signer *signer = registry->synced.signers;
    while (signer &&
           (signer->type != type || memcmp(signer->settings, settings, DIGEST_LEN) != 0)) {
        signer = signer->next;
    }
    return signer;
}

static enum wgo_status nobody_signs(struct wgo_str name, struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_UNSUPPORTED, "there are no credentials called \"%.*s\" to sign with",
                    WGO_FMT(name));
}

static enum wgo_status open_signer(const struct entry *entry,
                                   const struct wgo_signer_setting *settings, size_t count,
                                   const unsigned char digest[DIGEST_LEN],
                                   struct wgo_signer **out_signer, struct wgo_error *err)
{
    struct wgo_signer *signer = calloc(1, sizeof(*signer));
    if (!signer) {
        return no_memory(err);
    }
    signer->type = entry->type;
    memcpy(signer->settings, digest, DIGEST_LEN);
    enum wgo_status status = entry->type->open(entry->context, settings, count, &signer->self, err);
    if (status != WGO_OK) {
        free(signer);
        return status;
    }
    wgo_renewal_init(&signer->renewal);
    *out_signer = signer;
    return WGO_OK;
}

/* Opened outside the lock, so two threads may open the same: the first to come back is kept. */
static struct wgo_signer *keep_one(struct wgo_auth_registry *registry, struct wgo_signer *fresh)
{
    wgo_lock_acquire(&registry->lock);
    struct wgo_signer *kept = find_signer_locked(registry, fresh->type, fresh->settings);
    if (!kept) {
        snprintf(fresh->identity, sizeof(fresh->identity), "%.32s#%u", fresh->type->name,
                 ++registry->synced.made);
        fresh->next = registry->synced.signers;
        registry->synced.signers = fresh;
        kept = fresh;
    }
    wgo_lock_release(&registry->lock);
    if (kept != fresh) {
        free_signer(fresh);
    }
    return kept;
}

enum wgo_status wgo_auth_signer(struct wgo_auth_registry *registry, struct wgo_str name,
                                const struct wgo_signer_setting *settings, size_t count,
                                struct wgo_signer **out_signer, struct wgo_error *err)
{
    unsigned char digest[DIGEST_LEN];
    if (count > MOST_SETTINGS) {
        return wgo_fail(err, WGO_E_TOO_LARGE, "more than %d settings for one signer",
                        MOST_SETTINGS);
    }
    if (!digest_settings(settings, count, digest)) {
        return no_memory(err);
    }
    wgo_lock_acquire(&registry->lock);
    struct entry *entry = find_entry_locked(registry, name);
    struct wgo_signer *signer = entry ? find_signer_locked(registry, entry->type, digest) : NULL;
    wgo_lock_release(&registry->lock);
    if (!entry) {
        return nobody_signs(name, err);
    }
    if (!signer) {
        enum wgo_status status = open_signer(entry, settings, count, digest, &signer, err);
        if (status != WGO_OK) {
            return status;
        }
        signer = keep_one(registry, signer);
    }
    *out_signer = signer;
    return WGO_OK;
}

enum wgo_status wgo_signer_fact(struct wgo_signer *signer, struct wgo_str name,
                                struct wgo_arena *arena, struct wgo_str *out_value,
                                struct wgo_error *err)
{
    return signer->type->fact ? signer->type->fact(signer->self, name, arena, out_value, err)
                              : wgo_fail(err, WGO_E_ABSENT, "nothing is known of it");
}

struct wgo_str wgo_signer_said(struct wgo_signer *signer, const char *name, struct wgo_arena *arena)
{
    struct wgo_str value;
    enum wgo_status status = wgo_signer_fact(signer, wgo_str(name), arena, &value, NULL);
    return status == WGO_OK ? value : WGO_STR("");
}

const char *wgo_signer_identity(const struct wgo_signer *signer)
{
    return signer->identity;
}

/* ---- signing and renewing ---- */

bool wgo_signer_stale(struct wgo_signer *signer, struct wgo_wall now, bool refused)
{
    return signer->type->refresh && wgo_renewal_stale(&signer->renewal, now, refused);
}

enum wgo_status wgo_signer_sign(struct wgo_signer *signer, const struct wgo_signing *what,
                                struct wgo_error *err)
{
    if (signer->type->refresh && !wgo_renewal_loaded(&signer->renewal)) {
        return wgo_fail(err, WGO_E_AUTH, "no %s credentials have been loaded yet",
                        signer->type->name);
    }
    return signer->type->sign(signer->self, what, err);
}

static enum wgo_status fetch(void *self, const struct wgo_services *services,
                             struct wgo_wall *out_expires, struct wgo_error *err)
{
    struct wgo_signer *signer = self;
    enum wgo_status status = signer->type->refresh(signer->self, services, out_expires, err);
    wgo_log_debug("credentials", "identity=%s status=%s", signer->identity,
                  wgo_status_name(status));
    return status;
}

enum wgo_status wgo_signer_refresh(struct wgo_signer *signer, const struct wgo_services *services,
                                   struct wgo_error *err)
{
    return signer->type->refresh ? wgo_renewal_run(&signer->renewal, fetch, signer, services, err)
                                 : WGO_OK;
}
