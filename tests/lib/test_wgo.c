/* libwgo through its public header, as a program of somebody else would use it. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wgo.h>

static char folder[64];

static void make_folder(void)
{
    snprintf(folder, sizeof(folder), "/tmp/wgo-lib-XXXXXX");
    cr_assert(mkdtemp(folder));
}

static void remove_folder(void)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    cr_assert_eq(system(command), 0);
}

TestSuite(wgo, .init = make_folder, .fini = remove_folder, .timeout = 60);

static struct wgo *open_scanner(void)
{
    struct wgo_problem problem = {0};
    struct wgo_options options = {.state_dir = folder, .max_workers = 2};
    struct wgo *wgo = wgo_open(&options, &problem);
    cr_assert(wgo, "%s", problem.message);
    return wgo;
}

static void add(struct wgo *wgo, const struct wgo_collector *collector)
{
    struct wgo_problem problem = {0};
    cr_assert_eq(wgo_add_collector(wgo, collector, NULL, &problem), WGO_COMPLETE, "%s",
                 problem.message);
}

/* ---- collectors ---- */

static enum wgo_code emit_three(struct wgo_context *context, void *user,
                                struct wgo_problem *problem)
{
    const char *prefix = user;
    static const struct wgo_setting tags[] = {{"b", "2"}, {"a", "1"}, {"b", "3"}};
    static const char *const dependencies[] = {"z", "y", "z"};
    for (int i = 2; i >= 0; i--) {
        char id[64];
        snprintf(id, sizeof(id), "%s://%d", prefix, i);
        struct wgo_resource resource = {
            .id = id,
            .type = "thing",
            .name = "n",
            .account = "acc",
            .region = "eu",
            .configuration = " { \"size\" : 1, \"token\": \"very secret\" } ",
            .tags = tags,
            .tag_count = 3,
            .dependencies = dependencies,
            .dependency_count = 3,
        };
        enum wgo_code code = wgo_emit(context, &resource, problem);
        if (code != WGO_COMPLETE) {
            return code;
        }
    }
    return WGO_COMPLETE;
}

static const char *const token_is_secret[] = {"token", NULL};

Test(wgo, what_is_emitted_is_in_the_snapshot)
{
    struct wgo *wgo = open_scanner();
    struct wgo_collector one = {
        .name = "one", .collect = emit_three, .user = (char *)"one", .sensitive = token_is_secret};
    struct wgo_collector two = {.name = "two", .collect = emit_three, .user = (char *)"two"};
    add(wgo, &one);
    add(wgo, &two);
    struct wgo_result *result = NULL;
    struct wgo_problem problem = {0};
    cr_assert_eq(wgo_scan(wgo, NULL, &result, &problem), WGO_COMPLETE, "%s", problem.message);
    wgo_close(wgo); /* the result lives on */

    size_t len = 0;
    const char *json = wgo_result_json(result, &len, &problem);
    cr_assert(json, "%s", problem.message);
    cr_assert_eq(len, strlen(json));
    cr_assert_eq(wgo_result_json(result, NULL, NULL), json, "made once");
    cr_assert(strstr(json, "\"provider\":\"multi\""));
    cr_assert(strstr(json, "\"tags\":{\"a\":\"1\",\"b\":\"3\"}"));
    cr_assert(strstr(json, "\"dependencies\":[\"y\",\"z\"]"));
    cr_assert(strstr(json, "\"complete\":true"));
    cr_assert_lt(strstr(json, "\"one://0\""), strstr(json, "\"one://1\""));
    cr_assert_eq(wgo_result_resource_count(result), 6);
    cr_assert_gt(wgo_result_duration_ns(result), 0);

    const char *alone = wgo_result_provider_json(result, 0, NULL, &problem);
    cr_assert(alone && strstr(alone, "one://0") && !strstr(alone, "two://"));
    cr_assert(strstr(alone, "hmac:"));
    cr_assert_not(strstr(alone, "very secret"));
    cr_assert_null(wgo_result_provider_json(result, 2, NULL, &problem));
    cr_assert_eq(problem.code, WGO_MISUSED);

    struct wgo_report_of_provider report;
    cr_assert_eq(wgo_result_provider_count(result), 2);
    cr_assert(wgo_result_provider(result, 1, &report));
    cr_assert_str_eq(report.name, "two");
    cr_assert_eq(report.code, WGO_COMPLETE);
    cr_assert_eq(report.records, 3);
    cr_assert_gt(report.duration_ns, 0);
    cr_assert_not(wgo_result_provider(result, 2, &report));
    wgo_result_free(result);
}

Test(wgo, files_appear_whole_and_private)
{
    struct wgo *wgo = open_scanner();
    struct wgo_collector one = {.name = "one", .collect = emit_three, .user = (char *)"one"};
    add(wgo, &one);
    struct wgo_result *result = NULL;
    struct wgo_problem problem = {0};
    cr_assert_eq(wgo_scan(wgo, NULL, &result, &problem), WGO_COMPLETE);
    char path[96];
    struct stat info;
    snprintf(path, sizeof(path), "%s/a.ndjson", folder);
    cr_assert_eq(wgo_result_write(result, path, WGO_NDJSON, &problem), WGO_COMPLETE);
    cr_assert_eq(stat(path, &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0600);
    FILE *file = fopen(path, "r");
    int lines = 0;
    for (int c; (c = getc(file)) != EOF;) {
        lines += c == '\n';
    }
    fclose(file);
    cr_assert_eq(lines, 4);
    cr_assert_eq(wgo_result_write(result, "/no/such/folder/x", WGO_JSON, &problem), WGO_FAILED);
    cr_assert(strstr(problem.message, "/no/such/folder/x"));
    wgo_result_free(result);
    wgo_close(wgo);
}

Test(wgo, a_scanner_scans_again)
{
    struct wgo *wgo = open_scanner();
    struct wgo_collector one = {.name = "one", .collect = emit_three, .user = (char *)"one"};
    add(wgo, &one);
    struct wgo_result *first = NULL, *second = NULL;
    struct wgo_problem problem = {0};
    cr_assert_eq(wgo_scan(wgo, NULL, &first, &problem), WGO_COMPLETE);
    cr_assert_eq(wgo_scan(wgo, NULL, &second, &problem), WGO_COMPLETE);
    const char *a = strstr(wgo_result_json(first, NULL, NULL), "\"resources\":");
    const char *b = strstr(wgo_result_json(second, NULL, NULL), "\"resources\":");
    cr_assert_str_eq(a, b);
    struct wgo_collector late = {.name = "late", .collect = emit_three, .user = (char *)"late"};
    cr_assert_eq(wgo_add_collector(wgo, &late, NULL, &problem), WGO_MISUSED);
    wgo_result_free(first);
    wgo_close(wgo);
    wgo_result_free(second);
}

/* ---- misuse ---- */

/* 'user': how many things there are, and of which size. */
static enum wgo_code emit_some(struct wgo_context *context, void *user, struct wgo_problem *problem)
{
    const int *world = user;
    enum wgo_code code = WGO_COMPLETE;
    for (int i = 0; i < world[0] && code == WGO_COMPLETE; i++) {
        char id[32], configuration[32];
        snprintf(id, sizeof(id), "some://%d", i);
        snprintf(configuration, sizeof(configuration), "{\"size\":%d}", i == 1 ? world[1] : 0);
        struct wgo_resource resource = {.id = id,
                                        .type = i % 2 ? "odd" : "even",
                                        .account = "acc",
                                        .configuration = configuration};
        code = wgo_emit(context, &resource, problem);
    }
    if (code == WGO_COMPLETE && world[0] == 0 && world[1] == 0) {
        problem->code = code = WGO_FAILED;
        snprintf(problem->message, sizeof(problem->message), "nobody there");
    }
    return code;
}

Test(wgo, scans_may_tell_what_changed)
{
    struct wgo_problem problem = {0};
    struct wgo_options options = {.state_dir = folder, .incremental = true};
    struct wgo *wgo = wgo_open(&options, &problem);
    int world[2] = {4, 1};
    struct wgo_result *results[4] = {0};
    struct wgo_collector some = {.name = "some", .collect = emit_some, .user = world};
    static const struct {
        int world[2];
        enum wgo_code code;
        bool compared;
        struct wgo_changes changes;
        unsigned resources;
    } scans[] = {
        {{4, 1}, WGO_COMPLETE, false, {0}, 4},
        {{4, 1}, WGO_COMPLETE, true, {.unchanged = 4}, 4},
        {{5, 2}, WGO_COMPLETE, true, {.added = 1, .changed = 1, .unchanged = 3}, 5},
        {{1, 1},
         WGO_COMPLETE,
         true,
         {.deleted = 4, .unchanged = 1},
         1}, /* and no odd ones at all */
    };
    add(wgo, &some);
    for (size_t i = 0; i < sizeof(scans) / sizeof(scans[0]); i++) {
        struct wgo_result *result = NULL;
        struct wgo_changes changes = {0};
        memcpy(world, scans[i].world, sizeof(world));
        cr_assert_eq(wgo_scan(wgo, NULL, &result, &problem), scans[i].code, "%s", problem.message);
        cr_assert_eq(wgo_result_changes(result, &changes), scans[i].compared, "scan %zu", i);
        cr_assert_eq(memcmp(&changes, &scans[i].changes, sizeof(changes)), 0, "scan %zu", i);
        cr_assert_eq(wgo_result_resource_count(result), scans[i].resources);
        results[i] = result; /* what is held holds up no other scan */
    }
    for (size_t i = 0; i < 4; i++) {
        wgo_result_free(results[i]);
    }
    wgo_close(wgo);
}

Test(wgo, misuse_is_explained)
{
    struct wgo *wgo = open_scanner();
    struct wgo_problem problem = {0};
    struct wgo_result *result = NULL;
    struct wgo_setting region[] = {{"region", "eu"}};
    struct wgo_provider cases[] = {
        {.name = "oracle"},
        {.name = NULL},
        {.name = "kubernetes", .settings = region, .setting_count = 1},
    };
    cr_assert_eq(wgo_scan(wgo, NULL, &result, &problem), WGO_MISUSED, "nothing to read");
    cr_assert_null(result);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cr_assert_eq(wgo_add(wgo, &cases[i], &problem), WGO_MISUSED);
        cr_assert_neq(problem.message[0], '\0');
        cr_assert_str_eq(problem.kind, "USAGE");
    }
    struct wgo_collector taken = {.name = "kubernetes", .collect = emit_three};
    struct wgo_collector nameless = {.collect = emit_three};
    struct wgo_collector idle = {.name = "idle"};
    struct wgo_collector twice = {.name = "twice", .collect = emit_three, .user = (char *)"t"};
    cr_assert_eq(wgo_add_collector(wgo, &taken, NULL, &problem), WGO_MISUSED);
    cr_assert_eq(wgo_add_collector(wgo, &nameless, NULL, &problem), WGO_MISUSED);
    cr_assert_eq(wgo_add_collector(wgo, &idle, NULL, NULL), WGO_MISUSED);
    add(wgo, &twice);
    cr_assert_eq(wgo_add_collector(wgo, &twice, NULL, &problem), WGO_MISUSED);
    wgo_close(wgo);
    wgo_close(NULL);
    wgo_result_free(NULL);
    wgo_answer_free(NULL);
}

Test(wgo, a_state_that_is_not_there)
{
    struct wgo *wgo = open_scanner();
    struct wgo_problem problem = {0};
    struct wgo_result *result = NULL;
    struct wgo_setting settings[] = {{"state-file", "/no/such.tfstate"}};
    struct wgo_provider terraform = {.name = "terraform", .settings = settings, .setting_count = 1};
    cr_assert_eq(wgo_add(wgo, &terraform, &problem), WGO_COMPLETE);
    cr_assert_eq(wgo_scan(wgo, NULL, &result, &problem), WGO_MISUSED);
    cr_assert(strstr(problem.message, "/no/such.tfstate"));
    cr_assert_null(result);
    wgo_close(wgo);
}

Test(wgo, names_and_version)
{
    bool kubernetes = false;
    for (const char *const *name = wgo_builtin_names(); *name; name++) {
        kubernetes = kubernetes || strcmp(*name, "kubernetes") == 0;
    }
    cr_assert(kubernetes);
    cr_assert(strchr(wgo_version(), '.'));
}

/* ---- what goes wrong in a collector ---- */

static enum wgo_code emit_nonsense(struct wgo_context *context, void *user,
                                   struct wgo_problem *problem)
{
    int *refused = user;
    static const struct wgo_resource bad[] = {
        {.type = "thing"},
        {.id = "a"},
        {.id = "a", .type = "thing", .configuration = "{"},
        {.id = "a", .type = "thing", .configuration = "[]"},
        {.id = "a", .type = "thing", .configuration = "{} {}"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct wgo_problem why = {0};
        *refused += wgo_emit(context, &bad[i], &why) != WGO_COMPLETE && why.message[0] != '\0';
    }
    (void)problem;
    return WGO_COMPLETE;
}

Test(wgo, nonsense_is_refused_and_left_out)
{
    struct wgo *wgo = open_scanner();
    int refused = 0;
    struct wgo_collector bad = {.name = "bad", .collect = emit_nonsense, .user = &refused};
    add(wgo, &bad);
    struct wgo_result *result = NULL;
    cr_assert_eq(wgo_scan(wgo, NULL, &result, NULL), WGO_COMPLETE);
    cr_assert_eq(refused, 5);
    cr_assert_eq(wgo_result_resource_count(result), 0);
    wgo_result_free(result);
    wgo_close(wgo);
}

static enum wgo_code break_off(struct wgo_context *context, void *user, struct wgo_problem *problem)
{
    enum wgo_code code = emit_three(context, user, problem);
    snprintf(problem->kind, sizeof(problem->kind), "TIMEOUT");
    snprintf(problem->message, sizeof(problem->message), "the server hung up");
    return code == WGO_COMPLETE ? WGO_FAILED : code;
}

static enum wgo_code report_a_gap(struct wgo_context *context, void *user,
                                  struct wgo_problem *problem)
{
    struct wgo_problem gap = {.kind = "DENIED", .scope = "acc2", .operation = "thing"};
    snprintf(gap.message, sizeof(gap.message), "may not look there");
    wgo_report(context, &gap);
    wgo_warn(context, "something looks odd");
    return emit_three(context, user, problem);
}

struct heard {
    int resources, warnings, problems;
    char warning[128], kind[32], provider[32];
};

static void hear_resource(void *user, const char *provider, const char *json, size_t len)
{
    struct heard *heard = user;
    heard->resources++;
    cr_assert_eq(strlen(json), len);
    cr_assert_eq(json[0], '{');
    cr_assert(provider[0]);
}

static void hear_warning(void *user, const char *provider, const char *text)
{
    struct heard *heard = user;
    heard->warnings++;
    snprintf(heard->warning, sizeof(heard->warning), "%s: %s", provider, text);
}

static void hear_problem(void *user, const struct wgo_problem *problem)
{
    struct heard *heard = user;
    heard->problems++;
    snprintf(heard->kind, sizeof(heard->kind), "%s", problem->kind);
    snprintf(heard->provider, sizeof(heard->provider), "%s", problem->provider);
}

static const char *scan_partially(struct wgo *wgo, struct heard *heard, struct wgo_result **result)
{
    struct wgo_events events = {
        .user = heard, .resource = hear_resource, .warning = hear_warning, .problem = hear_problem};
    struct wgo_problem problem = {0};
    cr_assert_eq(wgo_scan(wgo, &events, result, &problem), WGO_PARTIAL, "%s", problem.message);
    cr_assert_eq(problem.code, WGO_PARTIAL);
    cr_assert_eq(wgo_result_code(*result), WGO_PARTIAL);
    return wgo_result_json(*result, NULL, NULL);
}

Test(wgo, a_list_that_broke_off_is_marked)
{
    struct wgo *wgo = open_scanner();
    struct heard heard = {0};
    struct wgo_result *result = NULL;
    struct wgo_collector broken = {.name = "broken", .collect = break_off, .user = (char *)"b"};
    add(wgo, &broken);
    const char *json = scan_partially(wgo, &heard, &result);
    cr_assert(strstr(json, "\"type\":\"thing\",\"status\":\"timeout\",\"count\":3"), "%s", json);
    cr_assert(strstr(json, "the server hung up"));
    cr_assert(strstr(json, "\"error\":{\"status\":\"TIMEOUT\",\"message\":\"the server hung up\""),
              "%s", json);
    cr_assert(strstr(json, "\"complete\":false"));
    cr_assert_eq(heard.resources, 3);
    cr_assert_eq(heard.problems, 1);
    cr_assert_str_eq(heard.kind, "TIMEOUT");
    cr_assert_str_eq(heard.provider, "broken");
    wgo_result_free(result);
    wgo_close(wgo);
}

Test(wgo, a_gap_that_was_reported_is_marked)
{
    struct wgo *wgo = open_scanner();
    struct heard heard = {0};
    struct wgo_result *result = NULL;
    struct wgo_collector gap = {.name = "gap", .collect = report_a_gap, .user = (char *)"g"};
    add(wgo, &gap);
    const char *json = scan_partially(wgo, &heard, &result);
    cr_assert(
        strstr(json, "\"account\":\"acc\",\"region\":\"eu\",\"type\":\"thing\",\"status\":\"ok\""),
        "%s", json);
    cr_assert(strstr(json, "\"account\":\"acc2\",\"type\":\"thing\",\"status\":\"denied\""), "%s",
              json);
    cr_assert(strstr(json, "\"error\":{\"status\":\"DENIED\",\"message\":\"may not look there\""),
              "%s", json);
    cr_assert(strstr(json, "\"warnings\":[\"gap: something looks odd\"]"), "%s", json);
    cr_assert_str_eq(heard.warning, "gap: something looks odd");
    wgo_result_free(result);
    wgo_close(wgo);
}

/* ---- settings ---- */

static enum wgo_code check_settings(struct wgo_context *context, void *user,
                                    struct wgo_problem *problem)
{
    (void)problem;
    *(bool *)user = strcmp(wgo_setting_value(context, "host", 0), "a") == 0 &&
                    strcmp(wgo_setting_value(context, "host", 1), "b") == 0 &&
                    !wgo_setting_value(context, "host", 2) &&
                    !wgo_setting_value(context, "port", 0);
    return WGO_COMPLETE;
}

Test(wgo, settings_reach_the_collector)
{
    struct wgo *wgo = open_scanner();
    bool good = false;
    struct wgo_collector collector = {.name = "s", .collect = check_settings, .user = &good};
    struct wgo_result *result = NULL;
    {
        char first[] = "a", second[] = "b", key[] = "host";
        struct wgo_setting settings[] = {{key, first}, {"other", "x"}, {key, second}};
        struct wgo_provider provider = {.settings = settings, .setting_count = 3};
        cr_assert_eq(wgo_add_collector(wgo, &collector, &provider, NULL), WGO_COMPLETE);
        first[0] = second[0] = key[0] = '?'; /* they were copied */
    }
    cr_assert_eq(wgo_scan(wgo, NULL, &result, NULL), WGO_COMPLETE);
    cr_assert(good);
    wgo_result_free(result);
    wgo_close(wgo);
}

/* ---- cancellation and deadlines ---- */

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool inside;
};

static enum wgo_code wait_for_the_end(struct wgo_context *context, void *user,
                                      struct wgo_problem *problem)
{
    struct gate *gate = user;
    enum wgo_code code = emit_three(context, (char *)"w", problem);
    pthread_mutex_lock(&gate->lock);
    gate->inside = true;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
    while (!wgo_cancelled(context)) {
        sched_yield();
    }
    struct wgo_resource late = {.id = "late", .type = "thing"};
    cr_assert_eq(wgo_emit(context, &late, problem), WGO_INTERRUPTED);
    return code == WGO_COMPLETE ? WGO_INTERRUPTED : code;
}

static void *cancel_when_inside(void *state)
{
    void **both = state;
    struct gate *gate = both[0];
    pthread_mutex_lock(&gate->lock);
    while (!gate->inside) {
        pthread_cond_wait(&gate->changed, &gate->lock);
    }
    pthread_mutex_unlock(&gate->lock);
    wgo_cancel(both[1]);
    return NULL;
}

Test(wgo, cancelled_scans_keep_what_they_have)
{
    struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    struct wgo *wgo = open_scanner();
    struct wgo_collector collector = {.name = "w", .collect = wait_for_the_end, .user = &gate};
    add(wgo, &collector);
    wgo_cancel(wgo); /* of a scan that has not begun: means nothing */
    pthread_t thread;
    void *both[] = {&gate, wgo};
    cr_assert_eq(pthread_create(&thread, NULL, cancel_when_inside, both), 0);
    struct wgo_result *result = NULL;
    cr_assert_eq(wgo_scan(wgo, NULL, &result, NULL), WGO_INTERRUPTED);
    pthread_join(thread, NULL);
    cr_assert_eq(wgo_result_resource_count(result), 3);
    cr_assert(strstr(wgo_result_json(result, NULL, NULL), "\"status\":\"limited\""));
    wgo_result_free(result);
    wgo_close(wgo);
}

Test(wgo, deadlines_of_one_provider)
{
    struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    struct wgo *wgo = open_scanner();
    struct wgo_collector slow = {.name = "slow", .collect = wait_for_the_end, .user = &gate};
    struct wgo_collector fast = {.name = "fast", .collect = emit_three, .user = (char *)"f"};
    struct wgo_provider soon = {.timeout_ms = 50, .max_workers = 1};
    struct wgo_result *result = NULL;
    struct wgo_report_of_provider report;
    cr_assert_eq(wgo_add_collector(wgo, &slow, &soon, NULL), WGO_COMPLETE);
    add(wgo, &fast);
    cr_assert_eq(wgo_scan(wgo, NULL, &result, NULL), WGO_PARTIAL);
    cr_assert(wgo_result_provider(result, 0, &report));
    cr_assert(report.timed_out);
    cr_assert_eq(report.code, WGO_PARTIAL);
    cr_assert(wgo_result_provider(result, 1, &report));
    cr_assert_eq(report.code, WGO_COMPLETE);
    cr_assert_eq(wgo_result_resource_count(result), 6);
    wgo_result_free(result);
    wgo_close(wgo);
}
