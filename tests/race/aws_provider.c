/* Many threads sign with one identity and with roles it assumes, while others renew them and the
 * clock runs through the day: never half of one credential, never one that has expired, and no more
 * questions to STS than the hours ask for. */
#include "aws/credentials.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 6, CHILDREN = 4, HOURS = 12, CALLS = 40 };

static struct wgo_clock hours;
static struct wgo_aws_provider *base, *children[CHILDREN];
static atomic_uint asked, in_flight[CHILDREN], faults;
static pthread_barrier_t between_hours;

static void fault(const char *what)
{
    if (atomic_fetch_add(&faults, 1) == 0) {
        fprintf(stderr, "FAILED: %s\n", what);
    }
}

/* STS: the role's number is in the question, the hour in the answer. */
static enum wgo_status fetch(void *engine, const struct wgo_request *request,
                             struct wgo_response *out_response, struct wgo_error *err)
{
    static const char mark[] = "role%2Fr";
    char expires[WGO_WALL_TEXT];
    struct wgo_wall end = {wgo_clock_wall(&hours).ns + 3600 * WGO_S};
    size_t at = wgo_str_find(request->body, wgo_str(mark)) + sizeof(mark) - 1;
    unsigned n = (unsigned)(request->body.ptr[at] - '0');
    (void)engine;
    (void)err;
    if (n >= CHILDREN || atomic_fetch_add(&in_flight[n], 1) != 0) {
        fault("two renewals of one role at once");
        n = 0;
    }
    unsigned serial = atomic_fetch_add(&asked, 1);
    wgo_wall_format(end, false, expires);
    wgo_response_init(out_response);
    out_response->http_status = 200;
    wgo_buf_format(&out_response->body,
                   "<R><AssumeRoleResult><Credentials><AccessKeyId>K%u</AccessKeyId>"
                   "<SecretAccessKey>S%u</SecretAccessKey><SessionToken>K%u</SessionToken>"
                   "<Expiration>%s</Expiration></Credentials></AssumeRoleResult></R>",
                   serial, serial, serial, expires);
    sched_yield();
    atomic_fetch_sub(&in_flight[n], 1);
    return WGO_OK;
}

static struct wgo_str header(const struct wgo_request *request, const char *name)
{
    for (unsigned i = 0; i < request->header_count; i++) {
        if (wgo_str_eq_nocase(request->headers[i].name, wgo_str(name))) {
            return request->headers[i].value;
        }
    }
    return WGO_STR("");
}

static void call(struct wgo_aws_provider *provider, unsigned seed)
{
    static const char *const regions[] = {"eu-west-1", "us-east-1", "sa-east-1"};
    const struct wgo_services services = {.clock = &hours, .fetch = fetch};
    struct wgo_request request = {.method = "GET", .url = WGO_STR("https://x.test/")};
    struct wgo_arena arena = {0};
    struct wgo_wall now = wgo_clock_wall(&hours);
    const struct wgo_signing what = {
        .request = &request,
        .arena = &arena,
        .now = now,
        .service = WGO_STR("ec2"),
        .region = wgo_str(regions[seed % 3]),
    };
    if (wgo_aws_provider_stale(provider, now, false) &&
        wgo_aws_provider_refresh(provider, &services, NULL) != WGO_OK) {
        fault("a renewal failed");
    }
    if (wgo_aws_provider_sign(provider, &what, NULL) != WGO_OK) {
        fault("a call could not be signed");
    }
    /* The key's id and the token come from one answer. */
    struct wgo_str token = header(&request, "X-Amz-Security-Token");
    struct wgo_str proof = header(&request, "Authorization");
    struct wgo_str named = wgo_str_format(&arena, "Credential=%.*s/", WGO_FMT(token));
    if (provider != base && wgo_str_find(proof, named) == proof.len) {
        fault("half of one credential and half of another");
    }
    wgo_arena_fini(&arena);
}

static void *work(void *arg)
{
    unsigned seed = *(unsigned *)arg;
    for (unsigned hour = 0; hour < HOURS; hour++) {
        for (unsigned i = 0; i < CALLS; i++) {
            call(i % 8 == 7 ? base : children[(seed + i) % CHILDREN], seed + i);
            if (i == seed) {
                wgo_aws_provider_set_skew(children[0], (int64_t)i);
            }
        }
        if (pthread_barrier_wait(&between_hours) == PTHREAD_BARRIER_SERIAL_THREAD) {
            wgo_clock_advance(&hours, 3600 * WGO_S); /* all have expired */
        }
        pthread_barrier_wait(&between_hours);
    }
    return NULL;
}

static const char *no_environment(const char *name)
{
    return strcmp(name, "AWS_REGION") == 0 ? "eu-west-1" : NULL;
}

static bool set_up(struct wgo_aws_config **out_config)
{
    const struct wgo_aws_config_options options = {.getenv = no_environment};
    const struct wgo_aws_provider_options keys = {.access_key_id = WGO_STR("AKID"),
                                                  .secret_access_key = WGO_STR("SECRET")};
    wgo_clock_init_manual(&hours, (struct wgo_wall){INT64_C(1769860800) * WGO_S});
    bool good = wgo_aws_config_new(&options, out_config, NULL) == WGO_OK &&
                wgo_aws_provider_open(*out_config, &keys, &base, NULL) == WGO_OK;
    for (unsigned i = 0; i < CHILDREN && good; i++) {
        char arn[64];
        snprintf(arn, sizeof(arn), "arn:aws:iam::1:role/r%u", i);
        const struct wgo_aws_role role = {.arn = wgo_str(arn)};
        good = wgo_aws_provider_assume(base, &role, WGO_STR(""), &children[i], NULL) == WGO_OK;
    }
    return good;
}

int main(void)
{
    pthread_t threads[THREADS];
    unsigned seeds[THREADS];
    struct wgo_aws_config *config = NULL;
    if (!set_up(&config)) {
        return 1;
    }
    pthread_barrier_init(&between_hours, NULL, THREADS);
    for (unsigned i = 0; i < THREADS; i++) {
        seeds[i] = i;
        if (pthread_create(&threads[i], NULL, work, &seeds[i]) != 0) {
            return 1;
        }
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (unsigned i = 0; i < CHILDREN; i++) {
        wgo_aws_provider_close(children[i]);
    }
    wgo_aws_provider_close(base);
    wgo_aws_config_free(config);
    pthread_barrier_destroy(&between_hours);
    if (atomic_load(&asked) != HOURS * CHILDREN) {
        fault("each hour asks once for each role");
    }
    printf("%u renewals of %d roles in %d hours, %u faults\n", atomic_load(&asked), CHILDREN, HOURS,
           atomic_load(&faults));
    return atomic_load(&faults) != 0;
}
