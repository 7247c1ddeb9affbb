/* The library's smaller parts: notes, scoped options, counts, streams. */
#include "lib/builtin.h"
#include "lib/notes.h"
#include "lib/session.h"
#include "lib/signers.h"
#include "lib/stream.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- notes ---- */

static struct wgo_error error_at(const char *scope, const char *message)
{
    struct wgo_error error = {0};
    wgo_fail(&error, WGO_E_DENIED, "%s", message);
    wgo_error_at(&error, "kubernetes", scope, NULL);
    return error;
}

Test(notes, same_messages_are_one_group_with_three_places)
{
    struct wgo_notes notes = {0};
    const char *const scopes[] = {"d", "b", "a", "c", "b"};
    for (size_t i = 0; i < WGO_COUNT(scopes); i++) {
        struct wgo_error error = error_at(scopes[i], "may not list");
        wgo_notes_problem(&notes, &error);
    }
    struct wgo_error other = error_at("z", "another thing");
    wgo_notes_problem(&notes, &other);
    wgo_notes_sort(&notes);
    cr_assert_eq(notes.problem_count, 2);
    cr_assert_eq(notes.problems[0].count, 5);
    cr_assert_str_eq(notes.problems[0].scopes[0], "a");
    cr_assert_str_eq(notes.problems[0].scopes[1], "b");
    cr_assert_str_eq(notes.problems[0].scopes[2], "d");
    cr_assert_eq(notes.problems[1].count, 1);
    wgo_notes_fini(&notes);
}

Test(notes, groups_are_told_by_status_and_provider_too)
{
    struct wgo_notes notes = {0};
    struct wgo_error error = error_at("a", "same words");
    wgo_notes_problem(&notes, &error);
    error.status = WGO_E_TIMEOUT;
    wgo_notes_problem(&notes, &error);
    snprintf(error.provider, sizeof(error.provider), "terraform");
    wgo_notes_problem(&notes, &error);
    cr_assert_eq(notes.problem_count, 3);
    wgo_notes_fini(&notes);
}

Test(notes, too_many_kinds_are_counted)
{
    struct wgo_notes notes = {0};
    for (int i = 0; i < 5000; i++) {
        char text[32];
        snprintf(text, sizeof(text), "problem %d", i);
        struct wgo_error error = error_at("a", text);
        wgo_notes_problem(&notes, &error);
        wgo_notes_warning(&notes, "kubernetes", text);
    }
    cr_assert_gt(notes.lost, 0);
    cr_assert_eq(notes.problem_count + notes.warning_count + notes.lost, 10000);
    wgo_notes_fini(&notes);
}

Test(notes, warnings_are_said_once_and_in_order)
{
    struct wgo_notes notes = {0};
    struct wgo_buf out = {0};
    wgo_notes_warning(&notes, "terraform", "two \"states\"");
    wgo_notes_warning(&notes, NULL, "no folder");
    wgo_notes_warning(&notes, "terraform", "two \"states\"");
    wgo_notes_sort(&notes);
    cr_assert(wgo_notes_write_warnings(&notes, &out));
    cr_assert_str_eq(wgo_buf_terminated(&out), "[\"no folder\",\"terraform: two \\\"states\\\"\"]");
    wgo_buf_fini(&out);
    wgo_notes_fini(&notes);
    cr_assert(wgo_notes_write_warnings(&notes, &out));
    cr_assert_eq(out.len, 0);
}

/* ---- scoped options ---- */

Test(scoped, found_by_flag_and_by_key)
{
    enum wgo_scoped id;
    cr_assert(wgo_scoped_find(WGO_STR("state-file"), &id));
    cr_assert_eq(id, WGO_SCOPED_STATE_FILE);
    cr_assert(wgo_scoped_find(WGO_STR("state_file"), &id));
    cr_assert(wgo_scoped_find(WGO_STR("state_files"), &id));
    cr_assert_eq(id, WGO_SCOPED_STATE_FILE);
    cr_assert_not(wgo_scoped_find(WGO_STR("statefile"), &id));
    cr_assert_not(wgo_scoped_find(WGO_STR(""), &id));
}

Test(scoped, lists_grow_in_order_and_switches_switch)
{
    struct wgo_arena arena = {0};
    struct wgo_provider_options options = {0};
    struct wgo_error error = {0};
    for (int i = 0; i < 100; i++) {
        char text[16];
        int len = snprintf(text, sizeof(text), "c%d", i);
        cr_assert_eq(wgo_scoped_add(&arena, &options, WGO_SCOPED_CONTEXT,
                                    wgo_str_from(text, (size_t)len), &error),
                     WGO_OK);
    }
    cr_assert_eq(options.contexts.count, 100);
    cr_assert(wgo_str_is(options.contexts.items[0], "c0"));
    cr_assert(wgo_str_is(options.contexts.items[99], "c99"));
    cr_assert_eq(options.namespaces.count, 0);
    cr_assert_eq(
        wgo_scoped_add(&arena, &options, WGO_SCOPED_INCLUDE_DATA_SOURCES, WGO_STR(""), &error),
        WGO_OK);
    cr_assert(options.include_data_sources);
    cr_assert_eq(
        wgo_scoped_add(&arena, &options, WGO_SCOPED_INCLUDE_DATA_SOURCES, WGO_STR("maybe"), &error),
        WGO_E_USAGE);
    cr_assert(options.include_data_sources);
    cr_assert_eq(wgo_scoped_add(&arena, &options, WGO_SCOPED_CONTEXT, WGO_STR(""), &error),
                 WGO_E_USAGE);
    wgo_arena_fini(&arena);
}

Test(scoped, choices_are_of_their_words)
{
    struct wgo_arena arena = {0};
    struct wgo_provider_options options = {0};
    struct wgo_error error = {0};
    cr_assert_eq(wgo_scoped_add(&arena, &options, WGO_SCOPED_GCP_SOURCE, WGO_STR("native"), &error),
                 WGO_OK);
    cr_assert_eq(wgo_scoped_add(&arena, &options, WGO_SCOPED_GCP_SOURCE, WGO_STR("graph"), &error),
                 WGO_E_USAGE);
    cr_assert_str_eq(error.message, "gcp-source: \"graph\" is not one of auto, asset or native");
    cr_assert_eq(options.gcp_sources.count, 1);
    cr_assert_null(wgo_scoped_choices(WGO_SCOPED_PROJECT));
    wgo_arena_fini(&arena);
}

Test(builtin, every_provider_is_sound)
{
    cr_assert_gt(wgo_builtin_count(), 0);
    for (size_t i = 0; i < wgo_builtin_count(); i++) {
        const struct wgo_builtin *builtin = wgo_builtin_at(i);
        const struct wgo_collector_type *type = builtin->type;
        cr_assert_eq(wgo_builtin_find(wgo_str(type->name)), builtin);
        cr_assert(!type->alias || wgo_builtin_find(wgo_str(type->alias)) == builtin);
        cr_assert(type->configured && type->open && type->close && type->summary);
        cr_assert(type->plan || type->collect);
        cr_assert(type->validate, "%s cannot be validated", type->name);
        cr_assert(wgo_builtin_takes(builtin, WGO_SCOPED_RESOURCE_TYPE));
    }
    cr_assert_null(wgo_builtin_find(WGO_STR("oracle")));
    cr_assert_str_eq(wgo_builtin_nearest(WGO_STR("kuberntes")), "kubernetes");
    cr_assert_null(wgo_builtin_nearest(WGO_STR("zzzzzzzzzzzz")));
    cr_assert_null(wgo_builtin_nearest(WGO_STR("nope")));
    cr_assert_null(wgo_builtin_nearest(WGO_STR("")));
    cr_assert_str_eq(wgo_builtin_nearest(WGO_STR("aaws")), "aws");
}

/* ---- counts ---- */

Test(type_counts, add_up_and_come_sorted)
{
    struct wgo_type_counts counts = {0};
    for (int round = 0; round < 3; round++) {
        for (int i = 999; i >= 0; i--) {
            char type[16];
            int len = snprintf(type, sizeof(type), "t%03d", i);
            cr_assert(wgo_type_counts_add(&counts, i % 2 ? WGO_STR("a") : WGO_STR("b"),
                                          wgo_str_from(type, (size_t)len), (uint64_t)round));
        }
    }
    struct wgo_type_count *list = wgo_type_counts_list(&counts);
    cr_assert_eq(counts.used, 1000);
    cr_assert(wgo_str_is(list[0].provider, "a"));
    cr_assert(wgo_str_is(list[0].type, "t001"));
    cr_assert(wgo_str_is(list[999].type, "t998"));
    for (size_t i = 0; i < counts.used; i++) {
        cr_assert_eq(list[i].count, 3);
    }
    free(list);
    wgo_type_counts_fini(&counts);
    cr_assert_null(wgo_type_counts_list(&counts));
}

/* ---- streams ---- */

struct paper {
    struct wgo_buf text;
    unsigned writes, fail_at; /* the write that fails; 0 = none */
};

static enum wgo_status paper_write(void *self, struct wgo_str bytes, struct wgo_error *err)
{
    struct paper *paper = self;
    if (++paper->writes == paper->fail_at) {
        return wgo_fail(err, WGO_E_NO_SPACE, "the paper is full");
    }
    return wgo_buf_str(&paper->text, bytes) ? WGO_OK : WGO_E_NOMEM;
}

static struct wgo_record record_of(const char *id, const char *part)
{
    return (struct wgo_record){.id = wgo_str(id),
                               .part = wgo_str(part),
                               .type = WGO_STR("thing"),
                               .provider = WGO_STR("p"),
                               .configuration = WGO_STR("{}")};
}

Test(stream, lines_come_whole_and_counted)
{
    struct wgo_clock clock;
    struct paper paper = {0};
    struct wgo_stream *stream = NULL;
    struct wgo_stream_stats stats = {0};
    struct wgo_error error = {0};
    wgo_clock_init_manual(&clock, (struct wgo_wall){0});
    struct wgo_stream_options options = {.output = {.self = &paper, .write = paper_write},
                                         .clock = &clock};
    cr_assert_eq(wgo_stream_new(&options, &stream, &error), WGO_OK);
    struct wgo_sink sink = wgo_stream_sink(stream);
    struct wgo_sink_lane *lanes[2];
    cr_assert_eq(sink.open_lane(sink.self, &lanes[0], &error), WGO_OK);
    cr_assert_eq(sink.open_lane(sink.self, &lanes[1], &error), WGO_OK);
    struct wgo_record a = record_of("a", ""), tags = record_of("a", "tags"), b = record_of("b", "");
    cr_assert_eq(sink.append(lanes[0], &a, &error), WGO_OK);
    cr_assert_eq(sink.append(lanes[1], &b, &error), WGO_OK);
    wgo_clock_advance(&clock, WGO_S); /* lines do not wait for ever */
    cr_assert_eq(sink.append(lanes[0], &tags, &error), WGO_OK);
    cr_assert_gt(paper.text.len, 0);
    sink.close_lane(sink.self, lanes[0]);
    sink.close_lane(sink.self, lanes[1]);
    cr_assert_eq(wgo_stream_finish(stream, &stats, &error), WGO_OK);
    cr_assert_eq(stats.records, 3);
    cr_assert_eq(stats.parts, 1);
    cr_assert_eq(stats.type_count, 1);
    cr_assert_eq(stats.types[0].count, 2);
    cr_assert_eq(stats.bytes, paper.text.len);
    size_t lines = 0;
    struct wgo_str rest = wgo_buf_view(&paper.text);
    while (rest.ptr) {
        struct wgo_str line = wgo_str_split(&rest, '\n');
        cr_assert(line.len == 0 || wgo_json_check(line, &error) == WGO_OK);
        lines += line.len > 0;
    }
    cr_assert_eq(lines, 3);
    free(stats.types);
    wgo_stream_free(stream);
    wgo_buf_fini(&paper.text);
}

Test(stream, the_first_failure_sticks)
{
    struct wgo_clock clock;
    struct paper paper = {.fail_at = 2};
    struct wgo_stream *stream = NULL;
    struct wgo_stream_stats stats = {0};
    struct wgo_error error = {0};
    wgo_clock_init_manual(&clock, (struct wgo_wall){0});
    struct wgo_stream_options options = {.output = {.self = &paper, .write = paper_write},
                                         .clock = &clock};
    cr_assert_eq(wgo_stream_new(&options, &stream, &error), WGO_OK);
    struct wgo_sink sink = wgo_stream_sink(stream);
    struct wgo_sink_lane *lane;
    struct wgo_record record = record_of("a", "");
    enum wgo_status status = sink.open_lane(sink.self, &lane, &error);
    for (int i = 0; i < 3; i++) {
        wgo_clock_advance(&clock, WGO_S);
        status = sink.append(lane, &record, &error);
        cr_assert_eq(status == WGO_OK, i == 0);
    }
    cr_assert_eq(status, WGO_E_NO_SPACE);
    cr_assert_str_eq(error.message, "the paper is full");
    sink.close_lane(sink.self, lane);
    cr_assert_eq(wgo_stream_finish(stream, &stats, &error), WGO_E_NO_SPACE);
    cr_assert_eq(paper.writes, 2, "nothing is written after a failure");
    wgo_stream_free(stream);
    wgo_buf_fini(&paper.text);
}

/* ---- signers ---- */

static const char *no_environment(const char *name)
{
    (void)name;
    return NULL;
}

Test(signers, are_registered_by_their_providers_names)
{
    struct wgo_signers signers;
    struct wgo_signer *signer = NULL, *again = NULL;
    struct wgo_error err = {0};
    const struct wgo_signer_setting key[] = {{WGO_STR("access_key"), WGO_STR("A")},
                                             {WGO_STR("secret_key"), WGO_STR("S")}};
    const struct wgo_signer_setting turned[] = {key[1], key[0]};
    cr_assert_eq(wgo_signers_init(&signers, no_environment, &err), WGO_OK, "%s", err.message);
    cr_assert_eq(wgo_auth_signer(signers.registry, WGO_STR("aws"), key, 2, &signer, &err), WGO_OK,
                 "%s", err.message);
    cr_assert_eq(wgo_auth_signer(signers.registry, WGO_STR("aws"), turned, 2, &again, &err),
                 WGO_OK);
    cr_expect_eq(signer, again);
    cr_expect_eq(wgo_auth_signer(signers.registry, WGO_STR("nobody"), NULL, 0, &signer, &err),
                 WGO_E_UNSUPPORTED);
    wgo_signers_fini(&signers);
    wgo_signers_fini(&signers);
}

/* A collector that asks for the registry when it is opened, and uses its signer when it closes. */
static struct {
    struct wgo_auth_registry *seen;
    struct wgo_signer *signer;
    unsigned closed;
} watcher;

static enum wgo_configured watcher_configured(const struct wgo_collector_env *env, char reason[256])
{
    (void)env;
    reason[0] = '\0';
    return WGO_CONFIGURED;
}

static enum wgo_status watcher_open(const struct wgo_collector_env *env, void **out_self,
                                    struct wgo_error *err)
{
    const struct wgo_signer_setting key[] = {{WGO_STR("access_key"), WGO_STR("A")},
                                             {WGO_STR("secret_key"), WGO_STR("S")}};
    watcher.seen = env->auth;
    *out_self = &watcher;
    return env->auth ? wgo_auth_signer(env->auth, WGO_STR("aws"), key, 2, &watcher.signer, err)
                     : wgo_fail(err, WGO_E_INTERNAL, "no registry");
}

static void watcher_close(void *self)
{
    (void)self;
    watcher.closed += strcmp(wgo_signer_identity(watcher.signer), "aws#1") == 0;
}

static enum wgo_status watcher_collect(void *self, const struct wgo_services *services,
                                       struct wgo_error *err)
{
    (void)self;
    return wgo_signer_refresh(watcher.signer, services, err);
}

Test(signers, reach_every_collector_and_outlive_it)
{
    static const struct wgo_collector_type type = {
        .name = "watcher",
        .summary = "asks who signs",
        .configured = watcher_configured,
        .open = watcher_open,
        .close = watcher_close,
        .collect = watcher_collect,
    };
    const struct wgo_scan_provider provider = {.type = &type, .named = true};
    char folder[] = "/tmp/wgo-lib-XXXXXX";
    cr_assert_not_null(mkdtemp(folder));
    const struct wgo_session_options options = {
        .scan = {.providers = &provider, .provider_count = 1, .getenv = no_environment},
        .state_dir = folder,
        .without_cache = true,
    };
    struct wgo_session *session = NULL;
    struct wgo_error err = {0};
    cr_assert_eq(wgo_session_new(&options, &session, &err), WGO_OK, "%s", err.message);
    cr_assert_eq(wgo_session_run(session, &err), WGO_OK, "%s", err.message);
    cr_expect_not_null(watcher.seen);
    struct wgo_provider_result result;
    wgo_scanner_provider(wgo_session_scanner(session), 0, &result);
    cr_expect_eq(result.error.status, WGO_OK, "%s", result.error.message);
    wgo_session_free(session);
    cr_expect_eq(watcher.closed, 1);
    char line[128];
    snprintf(line, sizeof(line), "rm -r '%s'", folder);
    cr_expect_eq(system(line), 0); // NOLINT(cert-env33-c)
}
