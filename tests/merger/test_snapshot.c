/* The document around the resources, in both formats and to every kind of output. */
#include "base/json.h"
#include "merger/snapshot.h"
#include "records.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct wgo_rows *some_rows(bool whole)
{
    struct wgo_rows *rows = wgo_rows_new();
    cr_assert_not_null(rows);
    wgo_rows_add(rows, &(struct wgo_row){.provider = WGO_STR("kubernetes"),
                                         .account = WGO_STR("c"),
                                         .type = WGO_STR("kubernetes_pod"),
                                         .count = 2});
    wgo_rows_add(rows, &(struct wgo_row){.provider = WGO_STR("terraform"),
                                         .account = WGO_STR("s"),
                                         .seen = whole ? WGO_SEEN_OK : WGO_SEEN_DENIED,
                                         .error = whole ? NOTHING : WGO_STR("not allowed")});
    return rows;
}

static struct wgo_snapshot_head head_of(const struct wgo_rows *rows)
{
    return (struct wgo_snapshot_head){
        .id = WGO_STR("01234567-89ab-4def-8123-456789abcdef"),
        .timestamp = {INT64_C(1700000000) * WGO_S},
        .provider = WGO_STR("multi"),
        .version = WGO_STR("1.2.3"),
        .collection_time_ns = 5 * WGO_S,
        .key_id = WGO_STR("0123456789abcdef"),
        .rows = rows,
        .providers = WGO_STR("{\"kubernetes\":{\"calls\":3,\"duration_ns\":7}}"),
        .warnings = WGO_STR("[\"careful\"]"),
    };
}

static struct wgo_merger *some_merger(void)
{
    struct wgo_merger_options options = {0};
    struct wgo_record records[] = {
        RECORD(ID("b"), .name = WGO_STR("\xE2\x80\xA8"), .tags = WGO_STR("{\"t\":\"1\"}")),
        RECORD(ID("a"), .name = WGO_STR("one"), .created_at = WGO_STR("2026-01-01T00:00:00Z")),
        RECORD(ID("a"), .source_provider = WGO_STR("terraform"), .source_type = WGO_STR("state"),
               .name = WGO_STR("two"), .state_file = WGO_STR("f")),
        RECORD(ID("c"), .part = WGO_STR("orphan")),
    };
    return merger_of(&options, records, WGO_COUNT(records), 1);
}

/* ---- outputs in memory ---- */

struct memory {
    struct wgo_buf bytes;
    unsigned patches;
};

static enum wgo_status memory_write(void *self, struct wgo_str bytes, struct wgo_error *err)
{
    struct memory *memory = self;
    return wgo_buf_str(&memory->bytes, bytes) ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "memory");
}

static enum wgo_status memory_patch(void *self, uint64_t at, struct wgo_str bytes,
                                    struct wgo_error *err)
{
    struct memory *memory = self;
    if (at + bytes.len > memory->bytes.len) {
        return wgo_fail(err, WGO_E_INTERNAL, "patched what was not written");
    }
    memcpy(memory->bytes.ptr + at, bytes.ptr, bytes.len);
    memory->patches++;
    return WGO_OK;
}

static uint64_t memory_written(void *self)
{
    return ((struct memory *)self)->bytes.len;
}

/* 'provider' "" = everything. Appends to what 'memory' holds. */
static struct wgo_snapshot_result write_to(struct memory *memory, bool patched,
                                           enum wgo_snapshot_format format, const char *provider)
{
    struct wgo_rows *rows = some_rows(true);
    struct wgo_snapshot_head head = head_of(rows);
    struct wgo_merger *merger = some_merger();
    struct wgo_output output = {.self = memory,
                                .write = memory_write,
                                .patch = patched ? memory_patch : NULL,
                                .written = patched ? memory_written : NULL};
    struct wgo_snapshot_result result = {0};
    struct wgo_error err = {0};
    head.row_provider = wgo_str(provider);
    cr_assert_eq(
        wgo_snapshot_write(merger, wgo_str(provider), &head, format, &output, &result, &err),
        WGO_OK, "%s", err.message);
    wgo_merger_free(merger);
    wgo_rows_free(rows);
    return result;
}

static void member_is(struct wgo_str document, const char *path, const char *want)
{
    struct wgo_str got = wgo_json_get(document, wgo_str(path));
    cr_assert(wgo_str_is(got, want), "%s is %.*s, not %s", path, WGO_FMT(got), want);
}

static void check_document(struct wgo_str text)
{
    struct wgo_error err = {0};
    cr_assert_eq(wgo_json_check(text, &err), WGO_OK, "%s in %.*s", err.message, WGO_FMT(text));
    member_is(text, "schema_version", "\"1.0\"");
    member_is(text, "timestamp", "\"2023-11-14T22:13:20Z\"");
    member_is(text, "provider", "\"multi\"");
    member_is(text, "metadata.collector_version", "\"1.2.3\"");
    member_is(text, "metadata.collection_time", "5000000000");
    member_is(text, "metadata.resource_count", "2");
    member_is(text, "metadata.duplicates_merged", "1");
    member_is(text, "metadata.conflicts", "1");
    member_is(text, "metadata.parts_left_out", "1");
    member_is(text, "metadata.complete", "true");
    member_is(text, "metadata.key_id", "\"0123456789abcdef\"");
    member_is(text, "metadata.providers.kubernetes.calls", "3");
    member_is(text, "metadata.warnings", "[\"careful\"]");
}

Test(merger_snapshot, json_has_one_resource_a_line)
{
    struct memory memory = {0};
    struct wgo_snapshot_result result = write_to(&memory, false, WGO_FORMAT_JSON, "");
    struct wgo_str text = wgo_buf_view(&memory.bytes), rest = text;
    check_document(text);
    cr_assert_eq(result.bytes, text.len);
    struct wgo_str lines[5];
    for (size_t i = 0; i < WGO_COUNT(lines); i++) {
        lines[i] = wgo_str_split(&rest, '\n');
    }
    cr_assert(wgo_str_ends(lines[0], WGO_STR("\"resources\":[")));
    cr_assert(wgo_str_starts(lines[1], WGO_STR("{\"id\":\"a\"")));
    cr_assert(wgo_str_ends(lines[1], WGO_STR("},")));
    cr_assert(wgo_str_starts(lines[2], WGO_STR("{\"id\":\"b\"")));
    cr_assert(wgo_str_is(lines[3], "]}"));
    cr_assert_eq(rest.len + lines[4].len, 0);
    wgo_snapshot_result_fini(&result);
    wgo_buf_fini(&memory.bytes);
}

Test(merger_snapshot, ndjson_has_the_head_first)
{
    struct memory memory = {0};
    struct wgo_snapshot_result result = write_to(&memory, false, WGO_FORMAT_NDJSON, "");
    struct wgo_str rest = wgo_buf_view(&memory.bytes);
    check_document(wgo_str_split(&rest, '\n'));
    for (int i = 0; i < 2; i++) {
        struct wgo_str line = wgo_str_split(&rest, '\n');
        cr_assert_eq(wgo_json_check(line, NULL), WGO_OK, "%.*s", WGO_FMT(line));
    }
    cr_assert_eq(rest.len, 0);
    wgo_snapshot_result_fini(&result);
    wgo_buf_fini(&memory.bytes);
}

Test(merger_snapshot, counts_are_patched_in_behind_what_was_there)
{
    for (int format = WGO_FORMAT_JSON; format <= WGO_FORMAT_NDJSON; format++) {
        struct memory memory = {0};
        wgo_buf_cstr(&memory.bytes, "before");
        struct wgo_snapshot_result result = write_to(&memory, true, format, "");
        cr_assert_gt(memory.patches, 0);
        struct wgo_str text = wgo_buf_view(&memory.bytes);
        cr_assert(wgo_str_starts(text, WGO_STR("before{")));
        text = wgo_str_slice(text, 6, text.len);
        check_document(format == WGO_FORMAT_JSON ? text : wgo_str_split(&text, '\n'));
        wgo_snapshot_result_fini(&result);
        wgo_buf_fini(&memory.bytes);
    }
}

Test(merger_snapshot, types_are_counted)
{
    struct memory memory = {0};
    struct wgo_snapshot_result result = write_to(&memory, false, WGO_FORMAT_JSON, "");
    cr_assert_eq(result.type_count, 1);
    cr_assert(wgo_str_is(result.types[0].type, "kubernetes_pod"));
    cr_assert(wgo_str_is(result.types[0].provider, "kubernetes"));
    cr_assert_eq(result.types[0].count, 2);
    cr_assert_eq(result.merge.records, 4);
    wgo_snapshot_result_fini(&result);
    wgo_buf_fini(&memory.bytes);
}

Test(merger_snapshot, of_one_provider_only)
{
    struct memory memory = {0};
    struct wgo_snapshot_result result = write_to(&memory, false, WGO_FORMAT_JSON, "terraform");
    struct wgo_str text = wgo_buf_view(&memory.bytes);
    member_is(text, "metadata.resource_count", "1");
    cr_assert_eq(
        wgo_str_find(wgo_json_get(text, WGO_STR("metadata.completeness")), WGO_STR("kubernetes")),
        wgo_json_get(text, WGO_STR("metadata.completeness")).len);
    wgo_snapshot_result_fini(&result);
    wgo_buf_fini(&memory.bytes);
}

Test(merger_snapshot, complete_speaks_of_the_rows_written)
{
    struct wgo_rows *rows = some_rows(false);
    struct wgo_snapshot_head head = head_of(rows);
    static const struct {
        const char *provider, *want;
    } cases[] = {{"", "false"}, {"kubernetes", "true"}, {"terraform", "false"}};
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct memory memory = {0};
        struct wgo_output output = {.self = &memory, .write = memory_write};
        struct wgo_merge_stats stats = {.resources = 9};
        head.row_provider = wgo_str(cases[i].provider);
        cr_assert_eq(wgo_snapshot_write_head(&head, &stats, &output, NULL), WGO_OK);
        member_is(wgo_buf_view(&memory.bytes), "metadata.complete", cases[i].want);
        member_is(wgo_buf_view(&memory.bytes), "metadata.resource_count", "9");
        wgo_buf_fini(&memory.bytes);
    }
    wgo_rows_free(rows);
}

Test(merger_snapshot, ids_are_random_uuids)
{
    char one[37], other[37];
    cr_assert_eq(wgo_snapshot_new_id(one, NULL), WGO_OK);
    cr_assert_eq(wgo_snapshot_new_id(other, NULL), WGO_OK);
    cr_assert_eq(strlen(one), 36);
    cr_assert_str_neq(one, other);
    cr_assert_eq(one[14], '4');
    cr_assert(strchr("89ab", one[19]));
}

/* ---- file descriptors ---- */

static enum wgo_status write_fd(int fd, enum wgo_snapshot_format format, struct wgo_merger *merger,
                                struct wgo_error *err)
{
    struct wgo_rows *rows = some_rows(true);
    struct wgo_snapshot_head head = head_of(rows);
    struct wgo_fd_output *out;
    enum wgo_status status = wgo_fd_output_new(fd, "the file", &out, err);
    if (status == WGO_OK) {
        struct wgo_output output = wgo_fd_output(out);
        status = wgo_snapshot_write(merger, NOTHING, &head, format, &output, NULL, err);
        if (status == WGO_OK) {
            status = wgo_fd_output_flush(out, err);
        }
        wgo_fd_output_free(out);
    }
    wgo_rows_free(rows);
    return status;
}

/* Many resources, a few of them larger than the output's buffer. */
static struct wgo_merger *large_merger(size_t count)
{
    struct wgo_merger_options options = {.memory_budget = 1 << 20};
    struct wgo_record *records = calloc(count, sizeof(*records));
    struct wgo_arena arena = {0};
    static char filler[1200 * 1024];
    memset(filler, 'x', sizeof(filler));
    for (size_t i = 0; i < count; i++) {
        int len = i % 1000 == 7 ? (int)sizeof(filler) : 700;
        records[i] =
            RECORD(.id = wgo_str_format(&arena, "id/%06zu", i),
                   .configuration = wgo_str_format(&arena, "{\"f\":\"%.*s\"}", len, filler));
    }
    struct wgo_merger *merger = merger_of(&options, records, count, 3);
    wgo_arena_fini(&arena);
    free(records);
    return merger;
}

static int temp_file(char path[64], int flags)
{
    snprintf(path, 64, P_tmpdir "/wgo-snapshot-XXXXXX");
    int fd = mkostemp(path, flags);
    cr_assert(fd >= 0);
    return fd;
}

static struct wgo_buf contents(const char *path)
{
    struct wgo_buf bytes = {0};
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    char chunk[65536];
    for (size_t got; (got = fread(chunk, 1, sizeof(chunk), file)) > 0;) {
        wgo_buf_append(&bytes, chunk, got);
    }
    fclose(file);
    return bytes;
}

Test(merger_snapshot, a_file_is_patched_where_it_begins)
{
    char path[64];
    int fd = temp_file(path, 0);
    struct wgo_merger *merger = large_merger(3000);
    struct wgo_error err = {0};
    cr_assert_eq(write(fd, "before", 6), 6);
    cr_assert_eq(write_fd(fd, WGO_FORMAT_JSON, merger, &err), WGO_OK, "%s", err.message);
    struct wgo_buf bytes = contents(path);
    struct wgo_str text = wgo_str_slice(wgo_buf_view(&bytes), 6, bytes.len);
    cr_assert(wgo_str_starts(wgo_buf_view(&bytes), WGO_STR("before{\"schema")));
    cr_assert_eq(wgo_json_check(text, &err), WGO_OK, "%s", err.message);
    member_is(text, "metadata.resource_count", "3000");
    cr_assert(wgo_str_find(text, WGO_STR(":                3000,")) < text.len, "padded in front");
    wgo_buf_fini(&bytes);
    wgo_merger_free(merger);
    close(fd);
    unlink(path);
}

Test(merger_snapshot, an_appended_file_and_a_pipe_are_counted_first)
{
    char path[64];
    int fd = temp_file(path, O_APPEND), pipes[2];
    struct wgo_merger *merger = some_merger();
    cr_assert_eq(write_fd(fd, WGO_FORMAT_JSON, merger, NULL), WGO_OK);
    struct wgo_buf bytes = contents(path);
    check_document(wgo_buf_view(&bytes));
    cr_assert_eq(pipe(pipes), 0);
    cr_assert_eq(write_fd(pipes[1], WGO_FORMAT_JSON, merger, NULL), WGO_OK);
    char piped[8192];
    ssize_t got = read(pipes[0], piped, sizeof(piped));
    cr_assert(wgo_str_eq(wgo_str_from(piped, (size_t)got), wgo_buf_view(&bytes)));
    wgo_buf_fini(&bytes);
    wgo_merger_free(merger);
    close(fd);
    unlink(path);
}

Test(merger_snapshot, a_pipe_that_would_block_is_waited_for)
{
    int pipes[2];
    cr_assert_eq(pipe2(pipes, O_NONBLOCK), 0);
    pid_t child = fork();
    if (child == 0) {
        /* The reader takes its time: the pipe is full when it starts. */
        struct wgo_buf bytes = {0};
        char chunk[4096];
        close(pipes[1]);
        fcntl(pipes[0], F_SETFL, 0);
        for (ssize_t got; (got = read(pipes[0], chunk, sizeof(chunk))) > 0;) {
            wgo_buf_append(&bytes, chunk, (size_t)got);
        }
        bool good = wgo_json_check(wgo_buf_view(&bytes), NULL) == WGO_OK;
        _exit(good ? 0 : 1);
    }
    struct wgo_merger *merger = large_merger(300);
    struct wgo_error err = {0};
    int status;
    close(pipes[0]);
    cr_assert_eq(write_fd(pipes[1], WGO_FORMAT_JSON, merger, &err), WGO_OK, "%s", err.message);
    close(pipes[1]);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
    wgo_merger_free(merger);
}

Test(merger_snapshot, a_closed_pipe_and_a_full_disk_are_told_apart)
{
    int pipes[2], full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct wgo_merger *merger = some_merger();
    struct wgo_error err = {0};
    signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(pipe(pipes), 0);
    close(pipes[0]);
    cr_assert_eq(write_fd(pipes[1], WGO_FORMAT_JSON, merger, &err), WGO_E_IO);
    cr_assert(strstr(err.message, "the reader closed the pipe"), "%s", err.message);
    cr_assert(full >= 0);
    cr_assert_eq(write_fd(full, WGO_FORMAT_JSON, merger, &err), WGO_E_NO_SPACE);
    cr_assert(strstr(err.message, "the file"), "%s", err.message);
    close(full);
    wgo_merger_free(merger);
}

/* In a child whose files may hold 'limit' bytes at most. Its exit code: 0 good, 1 NO_SPACE, 2
 * wrong. */
static int with_room_for(rlim_t limit)
{
    pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0) {
        char path[64];
        struct wgo_error err = {0};
        struct wgo_merger *merger = some_merger();
        int fd = temp_file(path, 0);
        unlink(path);
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit, limit});
        enum wgo_status status = write_fd(fd, WGO_FORMAT_JSON, merger, &err);
        wgo_merger_free(merger);
        _exit(status == WGO_OK ? 0 : status == WGO_E_NO_SPACE ? 1 : 2);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

Test(merger_snapshot, every_size_of_disk_gives_no_space_or_all)
{
    int last = 1;
    size_t fitted = 0;
    for (rlim_t limit = 0; limit < 3000; limit += 97) {
        int result = with_room_for(limit);
        cr_assert(result == 1 || (result == 0 && limit > 500), "%d at %lu", result,
                  (unsigned long)limit);
        cr_assert(result <= last, "more room, less success");
        last = result;
        fitted += result == 0;
    }
    cr_assert_gt(fitted, 0);
}
