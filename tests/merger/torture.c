/* Fails the first allocation, then the second, and so on, until a whole scan's worth of merging
 * gets by without reaching the one that fails. Each round must end well or with NOMEM, and give
 * back all it took: AddressSanitizer watches. Linked with --wrap for the allocators. */
#include "merger/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static long countdown; /* allocations that still succeed; below 0: all do */
static bool failed;

static bool fails(void)
{
    if (countdown == 0) {
        failed = true;
    }
    return countdown >= 0 && countdown-- == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *at, size_t size)
{
    return fails() ? NULL : __real_realloc(at, size);
}

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    return fails() ? MAP_FAILED : __real_mmap(at, size, protection, flags, fd, offset);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

static void fill_record(int i, char id[32], struct wgo_record *out)
{
    static const char filler[2000];
    snprintf(id, 32, "id/%d", i % 40);
    *out = (struct wgo_record){
        .id = wgo_str(id),
        .part = i % 9 == 0 ? WGO_STR("part") : WGO_STR(""),
        .type = i % 3 ? WGO_STR("one") : WGO_STR("other"),
        .provider = WGO_STR("p"),
        .name = i % 2 ? WGO_STR("a") : WGO_STR("b"),
        .configuration = WGO_STR("{\"a\":1}"),
        .tags = i % 2 ? WGO_STR("{\"k\":\"1\"}") : WGO_STR("{\"k\":\"\\u0032\"}"),
        .dependencies = i % 2 ? WGO_STR("[\"x\"]") : WGO_STR("[\"\\u0079\"]"),
        .version = wgo_str_from(filler, sizeof(filler)),
        .source_provider = i % 4 < 2 ? WGO_STR("p") : WGO_STR("q"),
    };
}

static enum wgo_status append_all(struct wgo_merger *merger, struct wgo_error *err)
{
    struct wgo_sink sink = wgo_merger_sink(merger);
    struct wgo_sink_lane *lane;
    enum wgo_status status = sink.open_lane(sink.self, &lane, err);
    if (status != WGO_OK) {
        return status;
    }
    for (int i = 0; i < 200 && status == WGO_OK; i++) {
        char id[32];
        struct wgo_record record;
        fill_record(i, id, &record);
        status = sink.append(lane, &record, err);
    }
    sink.close_lane(sink.self, lane);
    return status;
}

static enum wgo_status write_all(struct wgo_merger *merger, struct wgo_error *err)
{
    struct wgo_snapshot_result result = {0};
    struct wgo_fd_output *file;
    struct wgo_rows *rows = wgo_rows_new();
    enum wgo_status status =
        rows ? wgo_fd_output_new(STDOUT_FILENO, "it", &file, err) : WGO_E_NOMEM;
    if (status == WGO_OK) {
        struct wgo_output output = wgo_fd_output(file);
        struct wgo_snapshot_head head = {
            .id = WGO_STR("i"), .provider = WGO_STR("p"), .version = WGO_STR("1"), .rows = rows};
        status =
            wgo_snapshot_write(merger, WGO_STR(""), &head, WGO_FORMAT_JSON, &output, &result, err);
        if (status == WGO_OK && result.merge.resources != 40) {
            status = WGO_E_INTERNAL;
        }
        wgo_snapshot_result_fini(&result);
        wgo_fd_output_free(file); /* unflushed: nothing is printed */
    }
    wgo_rows_free(rows);
    return status;
}

static enum wgo_status merge_once(struct wgo_error *err)
{
    struct wgo_str name = WGO_STR("q");
    struct wgo_merger_options options = {
        .memory_budget = 40000, .segment_size = 8192, .preferred_order = {&name, 1}};
    struct wgo_merger *merger;
    enum wgo_status status = wgo_merger_new(&options, &merger, err);
    if (status == WGO_OK) {
        status = append_all(merger, err);
        enum wgo_status written = status == WGO_OK ? write_all(merger, err) : WGO_OK;
        status = status == WGO_OK ? written : status;
        wgo_merger_free(merger);
    }
    return status;
}

int main(void)
{
    for (long n = 0; n < 100000; n++) {
        struct wgo_error err = {0};
        failed = false;
        countdown = n;
        enum wgo_status status = merge_once(&err);
        countdown = -1;
        bool good = failed ? status == WGO_OK || status == WGO_E_NOMEM : status == WGO_OK;
        if (!good) {
            printf("allocation %ld: %s: %s\n", n, wgo_status_name(status), err.message);
            return 1;
        }
        if (!failed) {
            printf("%ld allocations failed in turn\n", n);
            return n > 50 ? 0 : 1; /* fewer, and the wrapping does not work */
        }
    }
    puts("there is no end to it");
    return 1;
}
