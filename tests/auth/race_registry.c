/* Many threads open, sign and renew the same few signers while hours pass: never two renewals of
 * one signer at once, no more renewals than the hours ask for, and no call signed by what has
 * expired. */
#include "auth/registry.h"
#include "base/lock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 8, SIGNERS = 3, ROUNDS = 40, CALLS = 30, LIFE_S = 3600 };

static struct wgo_auth_registry *registry;
static struct wgo_clock hours;
static atomic_uint opened, closed, renewals, faults;

struct fake {
    atomic_int renewing;
    struct wgo_lock lock;
    struct {
        int64_t expires_ns;
        char secret[32]; /* torn when read without the lock */
    } synced WGO_GUARDED;
};

static void fault(const char *what)
{
    if (atomic_fetch_add(&faults, 1) == 0) {
        fprintf(stderr, "FAILED: %s\n", what);
    }
}

static enum wgo_status fake_open(void *context, const struct wgo_signer_setting *settings,
                                 size_t count, void **out_self, struct wgo_error *err)
{
    struct fake *fake = calloc(1, sizeof(*fake));
    (void)context;
    (void)settings;
    (void)count;
    if (!fake) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_lock_init(&fake->lock);
    atomic_fetch_add(&opened, 1);
    *out_self = fake;
    return WGO_OK;
}

static void fake_close(void *self)
{
    struct fake *fake = self;
    wgo_lock_fini(&fake->lock);
    free(fake);
    atomic_fetch_add(&closed, 1);
}

static enum wgo_status fake_sign(void *self, const struct wgo_signing *what, struct wgo_error *err)
{
    struct fake *fake = self;
    char copy[32];
    (void)err;
    wgo_lock_acquire(&fake->lock);
    memcpy(copy, fake->synced.secret, sizeof(copy));
    bool expired = what->now.ns >= fake->synced.expires_ns;
    wgo_lock_release(&fake->lock);
    for (size_t i = 1; i < sizeof(copy); i++) {
        if (copy[i] != copy[0]) {
            fault("half of one credential and half of another");
        }
    }
    if (expired) {
        fault("signed with what has expired");
    }
    return WGO_OK;
}

static enum wgo_status fake_refresh(void *self, const struct wgo_services *services,
                                    struct wgo_wall *out_expires, struct wgo_error *err)
{
    struct fake *fake = self;
    unsigned n = atomic_fetch_add(&renewals, 1);
    (void)err;
    if (atomic_fetch_add(&fake->renewing, 1) != 0) {
        fault("two renewals at once");
    }
    sched_yield();
    int64_t expires_ns = wgo_clock_wall(services->clock).ns + LIFE_S * WGO_S;
    wgo_lock_acquire(&fake->lock);
    memset(fake->synced.secret, (int)(n & 0x7f), sizeof(fake->synced.secret));
    fake->synced.expires_ns = expires_ns;
    wgo_lock_release(&fake->lock);
    atomic_fetch_sub(&fake->renewing, 1);
    out_expires->ns = expires_ns;
    return WGO_OK;
}

static const struct wgo_signer_type type = {
    .name = "fake",
    .open = fake_open,
    .close = fake_close,
    .sign = fake_sign,
    .refresh = fake_refresh,
};

static void call_once(unsigned seed)
{
    static const struct wgo_services services = {.clock = &hours};
    static const char *const profiles[SIGNERS] = {"a", "b", "c"};
    const struct wgo_signer_setting setting = {WGO_STR("profile"),
                                               wgo_str(profiles[seed % SIGNERS])};
    struct wgo_request request = {.method = "GET"};
    struct wgo_arena arena = {0};
    struct wgo_signer *signer = NULL;
    struct wgo_wall now = wgo_clock_wall(&hours);
    struct wgo_signing what = {.request = &request, .arena = &arena, .now = now};
    if (wgo_auth_signer(registry, WGO_STR("fake"), &setting, 1, &signer, NULL) != WGO_OK) {
        fault("a signer could not be opened");
        return;
    }
    if (wgo_signer_stale(signer, now, false) &&
        wgo_signer_refresh(signer, &services, NULL) != WGO_OK) {
        fault("a renewal failed");
    }
    if (wgo_signer_sign(signer, &what, NULL) != WGO_OK) {
        fault("a call could not be signed");
    }
    wgo_arena_fini(&arena);
}

static pthread_barrier_t between_hours;

static void *work(void *arg)
{
    unsigned seed = *(unsigned *)arg;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < CALLS; i++) {
            call_once(seed + i);
        }
        if (pthread_barrier_wait(&between_hours) == PTHREAD_BARRIER_SERIAL_THREAD) {
            wgo_clock_advance(&hours, LIFE_S * WGO_S); /* all have expired */
        }
        pthread_barrier_wait(&between_hours);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    unsigned seeds[THREADS];
    wgo_clock_init_manual(&hours, (struct wgo_wall){INT64_C(1769860800) * WGO_S});
    pthread_barrier_init(&between_hours, NULL, THREADS);
    if (wgo_auth_registry_new(&registry) != WGO_OK ||
        wgo_auth_register(registry, &type, NULL, NULL) != WGO_OK) {
        return 1;
    }
    for (unsigned i = 0; i < THREADS; i++) {
        seeds[i] = i;
        if (pthread_create(&threads[i], NULL, work, &seeds[i]) != 0) {
            return 1;
        }
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    wgo_auth_registry_free(registry);
    pthread_barrier_destroy(&between_hours);
    if (atomic_load(&renewals) != ROUNDS * SIGNERS) {
        fault("each hour asks for one renewal of each signer");
    }
    if (atomic_load(&opened) != atomic_load(&closed)) {
        fault("a signer was lost");
    }
    printf("%u renewals of %d signers in %d hours, %u opened, %u faults\n", atomic_load(&renewals),
           SIGNERS, ROUNDS, atomic_load(&opened), atomic_load(&faults));
    return atomic_load(&faults) != 0;
}
