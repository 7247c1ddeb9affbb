/* Signers by name: who opens them, and who renews them when. Time is a manual clock. */
#include "auth/registry.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* A provider that signs with "<profile> <generation>", and fails when told. */
struct provider {
    unsigned opened, closed, renewals;
    int64_t life_s; /* 0: what it gives does not expire */
    enum wgo_status fails;
    struct wgo_clock clock;
    bool cancelled;
};

struct fake {
    struct provider *provider;
    char profile[32];
};

static enum wgo_status fake_open(void *context, const struct wgo_signer_setting *settings,
                                 size_t count, void **out_self, struct wgo_error *err)
{
    struct provider *provider = context;
    struct fake *fake = calloc(1, sizeof(*fake));
    cr_assert_not_null(fake);
    fake->provider = provider;
    for (size_t i = 0; i < count; i++) {
        if (wgo_str_is(settings[i].name, "profile")) {
            snprintf(fake->profile, sizeof(fake->profile), "%.*s", WGO_FMT(settings[i].value));
        } else if (!wgo_str_is(settings[i].name, "region")) {
            free(fake);
            return wgo_fail(err, WGO_E_CONFIG, "unknown setting \"%.*s\"",
                            WGO_FMT(settings[i].name));
        }
    }
    provider->opened++;
    *out_self = fake;
    return WGO_OK;
}

static void fake_close(void *self)
{
    struct fake *fake = self;
    fake->provider->closed++;
    free(fake);
}

static enum wgo_status fake_sign(void *self, const struct wgo_signing *what, struct wgo_error *err)
{
    struct fake *fake = self;
    (void)err;
    return wgo_request_header(
        what->request, WGO_STR("Authorization"),
        wgo_str_format(what->arena, "%s %u", fake->profile, fake->provider->renewals));
}

static enum wgo_status fake_refresh(void *self, const struct wgo_services *services,
                                    struct wgo_wall *out_expires, struct wgo_error *err)
{
    struct provider *provider = ((struct fake *)self)->provider;
    provider->renewals++;
    if (provider->fails != WGO_OK) {
        return wgo_fail(err, provider->fails, "attempt %u failed", provider->renewals);
    }
    if (provider->life_s) {
        out_expires->ns = wgo_clock_wall(services->clock).ns + provider->life_s * WGO_S;
    }
    return WGO_OK;
}

static const struct wgo_signer_type renewing = {
    .name = "aws",
    .open = fake_open,
    .close = fake_close,
    .sign = fake_sign,
    .refresh = fake_refresh,
};
static const struct wgo_signer_type lasting = {
    .name = "static",
    .open = fake_open,
    .close = fake_close,
    .sign = fake_sign,
};

static struct provider provider;
static struct wgo_services services;
static struct wgo_auth_registry *registry;
static struct wgo_arena arena;

static bool is_cancelled(void *engine)
{
    (void)engine;
    return provider.cancelled;
}

static void setup(void)
{
    provider = (struct provider){.life_s = 3600};
    wgo_clock_init_manual(&provider.clock, (struct wgo_wall){INT64_C(1769860800) * WGO_S});
    services = (struct wgo_services){.clock = &provider.clock, .cancelled = is_cancelled};
    cr_assert_eq(wgo_auth_registry_new(&registry), WGO_OK);
    cr_assert_eq(wgo_auth_register(registry, &renewing, &provider, NULL), WGO_OK);
    cr_assert_eq(wgo_auth_register(registry, &lasting, &provider, NULL), WGO_OK);
}

static void teardown(void)
{
    wgo_auth_registry_free(registry);
    cr_assert_eq(provider.opened, provider.closed, "what was opened is closed");
    wgo_arena_fini(&arena);
}

TestSuite(registry, .init = setup, .fini = teardown);

static struct wgo_signer *signer_of(const char *name, const char *profile)
{
    const struct wgo_signer_setting settings[] = {{WGO_STR("profile"), wgo_str(profile)}};
    struct wgo_signer *signer = NULL;
    struct wgo_error err = {0};
    cr_assert_eq(wgo_auth_signer(registry, wgo_str(name), settings, 1, &signer, &err), WGO_OK, "%s",
                 err.message);
    return signer;
}

static struct wgo_wall now(void)
{
    return wgo_clock_wall(&provider.clock);
}

static void pass(int64_t seconds)
{
    wgo_clock_advance(&provider.clock, seconds * WGO_S);
}

static const char *sign(struct wgo_signer *signer)
{
    struct wgo_request request = {.method = "GET"};
    struct wgo_signing what = {.request = &request, .arena = &arena, .now = now()};
    struct wgo_error err = {0};
    if (wgo_signer_sign(signer, &what, &err) != WGO_OK) {
        cr_assert_eq(request.header_count, 0);
        return wgo_status_name(err.status);
    }
    return wgo_str_cstr(&arena, request.headers[0].value);
}

Test(registry, equal_settings_give_the_same_signer)
{
    const struct wgo_signer_setting one_way[] = {{WGO_STR("profile"), WGO_STR("prod")},
                                                 {WGO_STR("region"), WGO_STR("eu")}};
    const struct wgo_signer_setting other_way[] = {one_way[1], one_way[0]};
    const struct wgo_signer_setting shifted[] = {{WGO_STR("profile"), WGO_STR("prode")},
                                                 {WGO_STR("region"), WGO_STR("u")}};
    struct wgo_signer *a, *b, *c;
    cr_assert_eq(wgo_auth_signer(registry, WGO_STR("aws"), one_way, 2, &a, NULL), WGO_OK);
    cr_assert_eq(wgo_auth_signer(registry, WGO_STR("aws"), other_way, 2, &b, NULL), WGO_OK);
    cr_assert_eq(wgo_auth_signer(registry, WGO_STR("aws"), shifted, 2, &c, NULL), WGO_OK);
    cr_assert_eq(a, b);
    cr_assert_neq(a, c);
    cr_assert_neq(signer_of("aws", "prod"), a, "fewer settings are other settings");
    cr_assert_neq(signer_of("static", "prod"), signer_of("aws", "prod"), "of another type");
    cr_assert_eq(provider.opened, 4);
    cr_assert_str_eq(wgo_signer_identity(a), "aws#1");
    cr_assert_str_eq(wgo_signer_identity(c), "aws#2");
}

Test(registry, names_and_settings_that_nobody_knows)
{
    const struct wgo_signer_setting odd[] = {{WGO_STR("colour"), WGO_STR("s3cret")}};
    struct wgo_signer *signer = NULL;
    struct wgo_error err = {0};
    cr_assert_eq(wgo_auth_signer(registry, WGO_STR("gcp"), NULL, 0, &signer, &err),
                 WGO_E_UNSUPPORTED);
    cr_assert_not_null(strstr(err.message, "gcp"));
    cr_assert_eq(wgo_auth_signer(registry, WGO_STR("aws"), odd, 1, &signer, &err), WGO_E_CONFIG);
    cr_assert_null(signer);
    cr_assert_eq(wgo_auth_signer(registry, WGO_STR("aws"), odd, 1000, &signer, &err),
                 WGO_E_TOO_LARGE);
    cr_assert_eq(wgo_auth_register(registry, &renewing, &provider, &err), WGO_E_INTERNAL,
                 "the name is taken");
    cr_assert_eq(provider.opened, 0);
    wgo_auth_registry_free(NULL);
}

Test(registry, what_never_expires_is_never_stale)
{
    struct wgo_signer *signer = signer_of("static", "key");
    cr_assert_not(wgo_signer_stale(signer, now(), false));
    cr_assert_not(wgo_signer_stale(signer, now(), true), "there is nothing to renew");
    cr_assert_eq(wgo_signer_refresh(signer, &services, NULL), WGO_OK);
    cr_assert_str_eq(sign(signer), "key 0");
}

Test(registry, a_life_with_renewals)
{
    struct wgo_signer *signer = signer_of("aws", "prod");
    cr_assert_str_eq(sign(signer), "AUTH", "nothing loaded yet");
    cr_assert(wgo_signer_stale(signer, now(), false));
    cr_assert_eq(wgo_signer_refresh(signer, &services, NULL), WGO_OK);
    cr_assert_str_eq(sign(signer), "prod 1");
    cr_assert_not(wgo_signer_stale(signer, now(), false));
    cr_assert_eq(wgo_signer_refresh(signer, &services, NULL), WGO_OK);
    cr_assert_eq(provider.renewals, 1, "there was nothing to do");

    pass(3299);
    cr_assert_not(wgo_signer_stale(signer, now(), false));
    pass(1);
    cr_assert(wgo_signer_stale(signer, now(), false), "five minutes before the end");
    cr_assert_eq(wgo_signer_refresh(signer, &services, NULL), WGO_OK);
    cr_assert_str_eq(sign(signer), "prod 2");

    pass(60);
    cr_assert(wgo_signer_stale(signer, now(), true), "refused by the server");
    cr_assert_eq(wgo_signer_refresh(signer, &services, NULL), WGO_OK);
    cr_assert_eq(provider.renewals, 3);
    pass(1);
    cr_assert_not(wgo_signer_stale(signer, now(), true), "renewed a second ago: no storm");
}

Test(registry, a_failed_renewal_is_told_to_all_and_not_repeated)
{
    struct wgo_signer *signer = signer_of("aws", "prod");
    struct wgo_error err = {0};
    provider.fails = WGO_E_AUTH;
    cr_assert_eq(wgo_signer_refresh(signer, &services, &err), WGO_E_AUTH);
    cr_assert_str_eq(err.message, "attempt 1 failed");
    err = (struct wgo_error){0};
    pass(30);
    cr_assert(wgo_signer_stale(signer, now(), false));
    cr_assert_eq(wgo_signer_refresh(signer, &services, &err), WGO_E_AUTH);
    cr_assert_str_eq(err.message, "attempt 1 failed", "the first one's reason");
    cr_assert_eq(wgo_signer_refresh(signer, &services, NULL), WGO_E_AUTH);
    cr_assert_eq(provider.renewals, 1);
    pass(30);
    provider.fails = WGO_OK;
    cr_assert_eq(wgo_signer_refresh(signer, &services, &err), WGO_OK, "a person logged in again");
    cr_assert_str_eq(sign(signer), "prod 2");
}

Test(registry, good_credentials_outlive_a_failed_renewal)
{
    struct wgo_signer *signer = signer_of("aws", "prod");
    struct wgo_error err = {0};
    cr_assert_eq(wgo_signer_refresh(signer, &services, NULL), WGO_OK);
    pass(3400);
    provider.fails = WGO_E_NETWORK;
    cr_assert_eq(wgo_signer_refresh(signer, &services, &err), WGO_OK);
    cr_assert_eq(err.status, WGO_OK, "success says nothing");
    cr_assert_eq(provider.renewals, 2);
    cr_assert_not(wgo_signer_stale(signer, now(), false), "in a second again");
    pass(1);
    cr_assert(wgo_signer_stale(signer, now(), false));
    pass(200);
    cr_assert_eq(wgo_signer_refresh(signer, &services, &err), WGO_E_NETWORK, "now it has expired");
}

Test(registry, a_cancelled_renewal_does_not_spoil_the_next)
{
    struct wgo_signer *signer = signer_of("aws", "prod");
    struct wgo_error err = {0};
    provider.fails = WGO_E_CANCELLED;
    cr_assert_eq(wgo_signer_refresh(signer, &services, &err), WGO_E_CANCELLED);
    provider.fails = WGO_OK;
    cr_assert_eq(wgo_signer_refresh(signer, &services, &err), WGO_OK);
}

Test(registry, what_does_not_expire_is_renewed_when_refused)
{
    struct wgo_signer *signer = signer_of("aws", "prod");
    provider.life_s = 0;
    cr_assert_eq(wgo_signer_refresh(signer, &services, NULL), WGO_OK);
    pass(INT64_C(365) * 86400);
    cr_assert_not(wgo_signer_stale(signer, now(), false));
    cr_assert(wgo_signer_stale(signer, now(), true));
}
