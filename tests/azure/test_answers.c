/* What Azure's refusals say, as tables: answer in, verdict out. */
#include "azure/error_answer.h"
#include "azure/session.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct wgo_azure azure;
static struct wgo_clock clock_;
static struct wgo_entry_view view;

static const struct wgo_entry_view *entry(void *engine, struct wgo_str name)
{
    (void)engine;
    (void)name;
    return &view;
}

static const struct wgo_services services = {.clock = &clock_, .entry = entry};

static void setup(void)
{
    memset(&azure, 0, sizeof(azure));
    wgo_clock_init_manual(&clock_, (struct wgo_wall){1770000000 * WGO_S});
    view = (struct wgo_entry_view){.service = WGO_STR("compute"),
                                   .permission = WGO_STR("Microsoft.Compute/disks/read")};
    azure.services = &services;
    wgo_lock_init(&azure.lock);
}

static void teardown(void)
{
    wgo_lock_acquire(&azure.lock);
    wgo_arena_fini(&azure.synced.arena);
    wgo_lock_release(&azure.lock);
    wgo_lock_fini(&azure.lock);
}

TestSuite(azure_answers, .init = setup, .fini = teardown);

static struct wgo_verdict judge(int status, const char *body, const char *headers)
{
    struct wgo_response response;
    struct wgo_task task = {.entry = WGO_STR("compute.disks"), .account = WGO_STR("s")};
    struct wgo_verdict verdict = {.retry_after_ns = -1, .left = -1, .left_reset_ns = -1};
    wgo_response_init(&response);
    response.http_status = status;
    wgo_buf_cstr(&response.body, body);
    wgo_buf_cstr(&response.headers, headers);
    wgo_azure_classify(&azure, &task, &response, &verdict);
    wgo_response_fini(&response);
    return verdict;
}

#define ERROR(code) "{\"error\":{\"code\":\"" code "\",\"message\":\"in words\"}}"

Test(azure_answers, codes)
{
    static const struct {
        int status;
        const char *body;
        bool child;
        enum wgo_verdict_kind kind;
        enum wgo_status says;
    } cases[] = {
        {403, ERROR("AuthorizationFailed"), false, WGO_VERDICT_FAILED, WGO_E_DENIED},
        {403, "<html>", false, WGO_VERDICT_FAILED, WGO_E_DENIED},
        {409, ERROR("MissingSubscriptionRegistration"), false, WGO_VERDICT_FAILED, WGO_E_SKIPPED},
        {401, ERROR("ExpiredAuthenticationToken"), false, WGO_VERDICT_REFRESH, WGO_E_AUTH},
        {401, ERROR("InvalidAuthenticationToken"), false, WGO_VERDICT_REFRESH, WGO_E_AUTH},
        {404, ERROR("ResourceNotFound"), true, WGO_VERDICT_NONE, WGO_OK},
        {404, ERROR("ResourceNotFound"), false, WGO_VERDICT_FAILED, WGO_E_REJECTED},
        {404, ERROR("SubscriptionNotFound"), false, WGO_VERDICT_FAILED, WGO_E_DENIED},
        {500, ERROR("InternalServerError"), false, WGO_VERDICT_RETRY, WGO_E_SERVER},
        {204, "", false, WGO_VERDICT_NONE, WGO_OK},
        {200, "{\"value\":[]}", false, WGO_VERDICT_GOOD, WGO_OK},
        {200, "{}", false, WGO_VERDICT_FAILED, WGO_E_SERVER},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        view.is_child = cases[i].child;
        struct wgo_verdict verdict = judge(cases[i].status, cases[i].body, "");
        cr_expect_eq(verdict.kind, cases[i].kind, "%zu: %d", i, verdict.kind);
        cr_expect_eq(verdict.status, cases[i].says, "%zu: %s", i, wgo_status_name(verdict.status));
    }
}

Test(azure_answers, a_denial_names_the_action)
{
    struct wgo_verdict verdict =
        judge(403,
              "{\"error\":{\"code\":\"AuthorizationFailed\",\"message\":\"The client 'x' does not "
              "have authorization to perform action 'Microsoft.Web/sites/read' over scope '/s'\"}}",
              "");
    cr_assert(strstr(verdict.hint, "needs Microsoft.Web/sites/read;"), "%s", verdict.hint);
    verdict = judge(403, ERROR("AuthorizationFailed"), "");
    cr_assert(strstr(verdict.hint, "needs Microsoft.Compute/disks/read;"), "%s", verdict.hint);
}

Test(azure_answers, a_throttle_is_waited_for_to_the_second)
{
    struct wgo_verdict verdict =
        judge(429, ERROR("SubscriptionRequestsThrottled"),
              "retry-after: 17\nx-ms-ratelimit-remaining-subscription-reads: 0\n");
    cr_assert_eq(verdict.kind, WGO_VERDICT_THROTTLED);
    cr_assert_eq(verdict.retry_after_ns, 17 * WGO_S);
    cr_assert_float_eq(verdict.left, 0, 1e-9);
    verdict = judge(429, ERROR("RateLimiting"),
                    "x-ms-user-quota-remaining: 0\nx-ms-user-quota-resets-after: 00:00:04\n");
    cr_assert_eq(verdict.retry_after_ns, 4 * WGO_S);
    cr_assert_eq(verdict.left_reset_ns, 4 * WGO_S);
}

Test(azure_answers, good_answers_say_what_is_left)
{
    struct wgo_verdict verdict = judge(200, "{}",
                                       "x-ms-ratelimit-remaining-subscription-reads: 249\n"
                                       "x-ms-ratelimit-remaining-subscription-global-reads: 100\n");
    cr_assert_float_eq(verdict.left, 100, 1e-9);
    cr_assert_float_eq(judge(200, "{}", "").left, -1, 1e-9);
    /* Two queries of Resource Graph are out: what is on its way will be taken from it. */
    view.service = WGO_STR("graph");
    atomic_store(&azure.queries_out, 3);
    verdict =
        judge(200, "{}", "x-ms-user-quota-remaining: 5\nx-ms-user-quota-resets-after: 00:00:02\n");
    cr_assert_float_eq(verdict.left, 3, 1e-9);
    cr_assert_eq(verdict.left_reset_ns, 2 * WGO_S);
}

Test(azure_answers, another_version_is_used_once)
{
    const char *body =
        "{\"error\":{\"code\":\"NoRegisteredProviderFound\",\"message\":\"No "
        "registered resource provider found for API version '2030-01-01'. The "
        "supported api-versions are '2019-01-01, 2021-05-01, 2022-01-01-preview'.\"}}";
    struct wgo_task task = {.entry = WGO_STR("compute.disks")};
    struct wgo_verdict verdict = judge(400, body, "");
    cr_assert_eq(verdict.kind, WGO_VERDICT_RESTART);
    cr_assert(wgo_str_is(wgo_azure_version_corrected(&azure, &task), "2021-05-01"));
    verdict = judge(400,
                    "{\"error\":{\"code\":\"InvalidResourceType\",\"message\":\"not in the "
                    "namespace for api version '2021-05-01'. The supported api-versions are "
                    "'2021-05-01'.\"}}",
                    "");
    cr_assert_eq(verdict.kind, WGO_VERDICT_FAILED);
    cr_assert_eq(verdict.status, WGO_E_SKIPPED);
}

/* That the version is wrong says nothing of what is there; that there is no such type does. */
Test(azure_answers, a_version_that_is_refused_without_another_is_an_error)
{
    static const struct {
        const char *body;
        enum wgo_status status;
    } cases[] = {
        {ERROR("UnsupportedApiVersion"), WGO_E_REJECTED},
        {ERROR("InvalidApiVersion"), WGO_E_REJECTED},
        {ERROR("InvalidApiVersionParameter"), WGO_E_REJECTED},
        {ERROR("NoRegisteredProviderFound"), WGO_E_SKIPPED},
        {ERROR("InvalidResourceType"), WGO_E_SKIPPED},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_verdict verdict = judge(400, cases[i].body, "");
        cr_assert_eq(verdict.kind, WGO_VERDICT_FAILED, "%s", cases[i].body);
        cr_assert_eq(verdict.status, cases[i].status, "%s", cases[i].body);
    }
}

Test(azure_answers, a_challenge_has_its_own_hint)
{
    struct wgo_verdict verdict =
        judge(401, ERROR("InvalidAuthenticationToken"),
              "www-authenticate: Bearer error=\"insufficient_claims\", claims=\"eyJ\"\n");
    cr_assert_eq(verdict.kind, WGO_VERDICT_REFRESH);
    cr_assert(strstr(verdict.hint, "continuous access evaluation"), "%s", verdict.hint);
}

Test(azure_answers, spans)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = {{"00:00:05", 5}, {"01:02:03", 3723}, {"00:00:04.5", 4}, {"5", -1},
                 {"", -1},        {"00:00", -1},      {"a:b:c", -1},     {"00:00:00:01", -1}};
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        int64_t ns = -1;
        bool good = wgo_azure_read_span(wgo_str(cases[i].text), &ns);
        cr_expect_eq(good, cases[i].seconds >= 0, "%s", cases[i].text);
        cr_expect(!good || ns == cases[i].seconds * WGO_S, "%s", cases[i].text);
    }
}
