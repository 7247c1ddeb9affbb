/* Many threads read one organisation: the same pages of accounts, the roles' answers, denials and
 * moved buckets, in any order. Each account is begun once, its role assumed once, each region
 * closed once; and what one thread has learnt of a bucket the others use. */
#include "aws/aws.h"
#include "aws/session.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 6, ACCOUNTS = 40, FIRST = 100, ROUNDS = 30, REGIONS = 3, SERVICES = 5 };

static const char *const regions[REGIONS] = {"us-east-1", "eu-west-1", "sa-east-1"};
static const char *const services_denied[SERVICES] = {"ec2", "kms", "sqs", "sns", "lambda"};

static struct wgo_clock wall;
static void *collector;
static atomic_uint roles, begun, closed, kept, faults;

static void fault(const char *what)
{
    if (atomic_fetch_add(&faults, 1) == 0) {
        fprintf(stderr, "FAILED: %s\n", what);
    }
}

/* ---- the engine's side ---- */

static const struct wgo_entry_view *entry_at(void *engine, size_t index)
{
    static const struct wgo_entry_view list = {.name = {"list.ec2", 8}, .needed = true};
    (void)engine;
    return index == 0 ? &list : NULL;
}

static const struct wgo_entry_view *entry(void *engine, struct wgo_str name)
{
    static const struct wgo_entry_view views[] = {
#define VIEW(text, of)                                                                             \
    {                                                                                              \
        .name = {text, sizeof(text) - 1}, .service = { of, sizeof(of) - 1 }                        \
    }
        VIEW("session.regions", "ec2"), VIEW("session.accounts", "organizations"),
        VIEW("session.role", "sts"),    VIEW("list.ec2", "ec2"),
        VIEW("list.kms", "kms"),        VIEW("list.sqs", "sqs"),
        VIEW("list.sns", "sns"),        VIEW("list.lambda", "lambda"),
        VIEW("bucket.policy", "s3"),
#undef VIEW
    };
    (void)engine;
    for (size_t i = 0; i < WGO_COUNT(views); i++) {
        if (wgo_str_eq(views[i].name, name)) {
            return &views[i];
        }
    }
    return NULL;
}

static enum wgo_status fetch(void *engine, const struct wgo_request *request,
                             struct wgo_response *out_response, struct wgo_error *err)
{
    (void)engine;
    (void)request;
    (void)err;
    wgo_response_init(out_response);
    out_response->http_status = 200;
    wgo_buf_format(&out_response->body,
                   "<GetCallerIdentityResponse><GetCallerIdentityResult>"
                   "<Arn>arn:aws:iam::%012d:user/u</Arn><UserId>U</UserId><Account>%012d</Account>"
                   "</GetCallerIdentityResult></GetCallerIdentityResponse>",
                   FIRST, FIRST);
    return WGO_OK;
}

static void warn(void *engine, const char *format, ...) WGO_PRINTF(2, 3);
static void warn(void *engine, const char *format, ...)
{
    (void)engine;
    (void)format;
    atomic_fetch_add(&closed, 1);
}

static void report(void *engine, const struct wgo_error *error)
{
    (void)engine;
    fault(error->message);
}

static enum wgo_status nothing_kept(void *engine, struct wgo_str key, struct wgo_buf *out)
{
    (void)engine;
    (void)key;
    (void)out;
    return WGO_E_ABSENT;
}

static void keep(void *engine, struct wgo_str key, struct wgo_str value, int64_t lifetime_ns)
{
    (void)engine;
    (void)key;
    (void)lifetime_ns;
    kept += value.len > 0;
}

static enum wgo_status on_task(struct wgo_emitter *emitter, const struct wgo_task *task,
                               struct wgo_error *err)
{
    (void)emitter;
    (void)err;
    roles += wgo_str_is(task->entry, "session.role");
    begun += wgo_str_is(task->entry, "session.regions");
    return WGO_OK;
}

static void on_row(struct wgo_emitter *emitter, const struct wgo_row *row)
{
    (void)emitter;
    (void)row;
    fault("a row, and nothing was refused");
}

static enum wgo_status on_items(struct wgo_emitter *emitter, struct wgo_str document,
                                struct wgo_error *err)
{
    (void)emitter;
    (void)document;
    (void)err;
    return WGO_OK;
}

static struct wgo_emitter emitter_of(struct wgo_arena *arena)
{
    return (struct wgo_emitter){.arena = arena, .task = on_task, .row = on_row, .items = on_items};
}

/* ---- what a thread does ---- */

static struct wgo_str id_of(struct wgo_arena *arena, unsigned n)
{
    return wgo_str_format(arena, "%012u", FIRST + n);
}

/* The whole list, or its last page. */
static void read_accounts(struct wgo_arena *arena, bool last)
{
    struct wgo_emitter emitter = emitter_of(arena);
    struct wgo_task task = {.entry = WGO_STR("session.accounts"), .account = id_of(arena, 0)};
    struct wgo_buf text = {0};
    wgo_buf_format(&text, "{\"Accounts\":[");
    for (unsigned i = 0; i < ACCOUNTS && !last; i++) {
        wgo_buf_format(&text, "%s{\"Id\":\"%012u\",\"Name\":\"n%u\",\"Status\":\"ACTIVE\"}",
                       i ? "," : "", FIRST + i, i);
    }
    wgo_buf_format(&text, "]%s}", last ? "" : ",\"NextToken\":\"t\"");
    const struct wgo_page page = {.task = &task, .document = wgo_buf_view(&text)};
    if (wgo_aws_collector.decode(collector, WGO_STR("accounts"), &page, &emitter, NULL) != WGO_OK) {
        fault("a page of accounts was not read");
    }
    wgo_buf_fini(&text);
}

static void read_role(struct wgo_arena *arena, unsigned n)
{
    struct wgo_emitter emitter = emitter_of(arena);
    struct wgo_task task = {.entry = WGO_STR("session.role"), .account = id_of(arena, n)};
    struct wgo_response response;
    wgo_response_init(&response);
    response.http_status = 200;
    wgo_buf_format(&response.body,
                   "<R><AssumeRoleResult><Credentials><AccessKeyId>K</AccessKeyId>"
                   "<SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>"
                   "<Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>"
                   "</AssumeRoleResult></R>");
    const struct wgo_page page = {
        .task = &task, .response = &response, .document = wgo_buf_view(&response.body)};
    if (wgo_aws_collector.decode(collector, WGO_STR("role"), &page, &emitter, NULL) != WGO_OK) {
        fault("a role's credentials were not read");
    }
    wgo_response_fini(&response);
}

static void classify(const struct wgo_task *task, int http_status, const char *headers,
                     const char *body)
{
    struct wgo_response response;
    struct wgo_verdict verdict = {.retry_after_ns = -1};
    wgo_response_init(&response);
    response.http_status = http_status;
    wgo_buf_format(&response.headers, "%s", headers);
    wgo_buf_format(&response.body, "%s", body);
    response.body_size = response.body.len;
    wgo_aws_collector.classify(collector, task, &response, &verdict);
    if (verdict.kind == WGO_VERDICT_GOOD) {
        fault("a refusal was taken for an answer");
    }
    wgo_response_fini(&response);
}

static void deny(struct wgo_arena *arena, unsigned n, unsigned round)
{
    struct wgo_task task = {.entry =
                                wgo_str_format(arena, "list.%s", services_denied[round % SERVICES]),
                            .account = id_of(arena, n),
                            .region = wgo_str(regions[round % REGIONS])};
    classify(&task, 403, "",
             "{\"__type\":\"AccessDeniedException\",\"message\":\"no, with an explicit deny in a "
             "service control policy\"}");
}

static void move_bucket(struct wgo_arena *arena, unsigned n)
{
    struct wgo_task task = {.entry = WGO_STR("bucket.policy"),
                            .account = id_of(arena, n),
                            .region = WGO_STR("ap-south-1")}; /* which nobody closes */
    struct wgo_str bucket = wgo_str_format(arena, "bucket-%u", n);
    if (!wgo_task_set(&task, WGO_STR("bucket"), bucket)) {
        fault("a variable too many");
    }
    classify(&task, 301, "x-amz-bucket-region: eu-west-1\n", "");
    struct wgo_request request = {.method = "GET",
                                  .url = wgo_str_format(arena, "/%.*s?policy", WGO_FMT(bucket))};
    struct wgo_error error = {0};
    if (wgo_aws_collector.prepare(collector, &task, arena, &request, &error) != WGO_OK) {
        fault(error.message);
    } else if (wgo_str_find(request.url, WGO_STR("eu-west-1")) == request.url.len) {
        fault("a bucket is asked where it is not");
    }
}

static void *work(void *arg)
{
    unsigned seed = *(unsigned *)arg;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct wgo_arena arena = {0};
        read_accounts(&arena, false);
        for (unsigned i = 0; i < ACCOUNTS; i++) {
            unsigned n = (i + seed * 7) % ACCOUNTS;
            if (n > 0) { /* the first is the login's own */
                read_role(&arena, n);
                move_bucket(&arena, n);
            }
            deny(&arena, n, round);
        }
        wgo_arena_fini(&arena);
    }
    return NULL;
}

static const char *environment(const char *name)
{
    return strcmp(name, "AWS_ACCESS_KEY_ID") == 0       ? "AKID"
           : strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0 ? "SECRET"
           : strcmp(name, "AWS_REGION") == 0            ? "us-east-1"
                                                        : NULL;
}

static void notice(void *engine, const char *format, ...) WGO_PRINTF(2, 3);
static void notice(void *engine, const char *format, ...)
{
    (void)engine;
    (void)format;
}

static unsigned set_pace(void *engine, const struct wgo_pace *pace)
{
    (void)engine;
    (void)pace;
    return 32;
}

int main(void)
{
    const struct wgo_provider_options options = {.org = true};
    const struct wgo_services services = {.clock = &wall,
                                          .fetch = fetch,
                                          .warn = warn,
                                          .report = report,
                                          .notice = notice,
                                          .set_pace = set_pace,
                                          .entry_at = entry_at,
                                          .entry = entry,
                                          .cache_get = nothing_kept,
                                          .cache_put = keep};
    const struct wgo_collector_env env = {.type = &wgo_aws_collector,
                                          .options = &options,
                                          .services = &services,
                                          .getenv = environment};
    struct wgo_arena arena = {0};
    struct wgo_emitter emitter = emitter_of(&arena);
    struct wgo_error error = {0};
    pthread_t threads[THREADS];
    unsigned seeds[THREADS];
    wgo_clock_init_manual(&wall, (struct wgo_wall){INT64_C(1769860800) * WGO_S});
    if (wgo_aws_collector.open(&env, &collector, &error) != WGO_OK ||
        wgo_aws_collector.plan(collector, &emitter, &error) != WGO_OK) {
        fprintf(stderr, "FAILED: %s\n", error.message);
        return 1;
    }
    read_accounts(&arena, false); /* so that every thread finds every account */
    read_accounts(&arena, true);
    for (unsigned i = 0; i < THREADS; i++) {
        seeds[i] = i;
        if (pthread_create(&threads[i], NULL, work, &seeds[i]) != 0) {
            return 1;
        }
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    wgo_aws_collector.close(collector);
    wgo_arena_fini(&arena);
    if (roles != ACCOUNTS - 1 || begun != ACCOUNTS || closed != ACCOUNTS * REGIONS || kept != 1) {
        fault("something was done twice, or not at all");
    }
    printf("%u roles, %u accounts begun, %u regions closed, %u lists kept, %u faults\n",
           atomic_load(&roles), atomic_load(&begun), atomic_load(&closed), atomic_load(&kept),
           atomic_load(&faults));
    return atomic_load(&faults) != 0;
}
