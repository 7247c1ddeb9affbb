/* write_snapshots DIR: snapshots of every form in files, for the schema and whoever else judges
 * them. */
#include "merger/snapshot.h"
#include "records.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct wgo_rows *rows_of(bool whole)
{
    struct wgo_rows *rows = wgo_rows_new();
    for (int i = 0; rows && i < 6; i++) {
        char account[16], type[16];
        snprintf(account, sizeof(account), "c%d", i / 3);
        snprintf(type, sizeof(type), "type%d", i % 3);
        wgo_rows_add(rows, &(struct wgo_row){.provider = WGO_STR("kubernetes"),
                                             .account = wgo_str(account),
                                             .type = wgo_str(type),
                                             .count = i,
                                             .inconsistent = i == 4,
                                             .age_ns = i == 5 ? WGO_S : 0});
    }
    wgo_rows_add(rows, &(struct wgo_row){.provider = WGO_STR("terraform"),
                                         .seen = whole ? WGO_SEEN_SKIPPED : WGO_SEEN_TIMEOUT,
                                         .error = whole ? NOTHING : WGO_STR("too slow"),
                                         .hint = whole ? NOTHING : WGO_STR("wait longer")});
    return rows;
}

static struct wgo_merger *full_merger(void)
{
    struct wgo_merger_options options = {.memory_budget = 256 << 10};
    struct wgo_arena arena = {0};
    enum { COUNT = 400 };
    struct wgo_record *records = calloc(COUNT, sizeof(*records));
    for (size_t i = 0; i < COUNT; i++) {
        size_t n = i * 7 % (COUNT / 2);
        struct wgo_str state = i % 5 ? (struct wgo_str){0} : WGO_STR("state");
        records[i] = RECORD(.id = wgo_str_format(&arena, "k8s://c/%06zu", n),
                            .name = wgo_str_format(&arena, "n%zu\t\xC3\xA9", i % 3),
                            .region = i % 2 ? WGO_STR("eu") : NOTHING,
                            .created_at = WGO_STR("2026-01-01T00:00:00.5+01:00"),
                            .updated_at = WGO_STR("0001-01-01T00:00:00Z"),
                            .tags = wgo_str_format(&arena, "{\"k\":\"%zu\"}", i % 4),
                            .dependencies = wgo_str_format(&arena, "[\"k8s://c/%zu\"]", i % 7),
                            .part = i % 11 ? NOTHING : WGO_STR("policy"));
        if (state.len) {
            records[i].source_provider = WGO_STR("terraform");
            records[i].source_type = state;
            records[i].state_file = WGO_STR("a.tfstate");
            records[i].state_address = wgo_str_format(&arena, "x.y[%zu]", i % 3);
            records[i].live = false;
        }
    }
    struct wgo_merger *merger = merger_of(&options, records, COUNT, 4);
    wgo_arena_fini(&arena);
    free(records);
    return merger;
}

struct one {
    struct wgo_merger *merger;
    const struct wgo_rows *rows;
    enum wgo_snapshot_format format;
    const char *provider;
};

static bool add(struct wgo_output *output, const struct one *one)
{
    char id[37];
    struct wgo_error err = {0};
    bool made = wgo_snapshot_new_id(id, &err) == WGO_OK;
    struct wgo_snapshot_head head = {
        .id = wgo_str(id),
        .timestamp = {INT64_C(1700000000) * WGO_S},
        .provider = *one->provider ? wgo_str(one->provider) : WGO_STR("multi"),
        .version = WGO_STR("1.2.3"),
        .collection_time_ns = 17,
        .key_id = WGO_STR("0123456789abcdef"),
        .rows = one->rows,
        .row_provider = wgo_str(one->provider),
        .providers = WGO_STR("{\"kubernetes\":{\"calls\":1,\"duration_ns\":2,\"new\":1.5}}"),
        .warnings = WGO_STR("[]"),
    };
    bool good = made && wgo_snapshot_write(one->merger, wgo_str(one->provider), &head, one->format,
                                           output, NULL, &err) == WGO_OK;
    if (!good) {
        fprintf(stderr, "%s\n", err.message);
    }
    return good;
}

static bool put(struct wgo_output *output, const char *text)
{
    return output->write(output->self, wgo_str(text), NULL) == WGO_OK;
}

/* With 'pair' two documents of one provider each. */
static bool write_file(const char *dir, const char *name, struct one one, bool pair)
{
    char path[512];
    struct wgo_fd_output *file;
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || wgo_fd_output_new(fd, path, &file, NULL) != WGO_OK) {
        return false;
    }
    struct wgo_output output = wgo_fd_output(file);
    bool json = one.format == WGO_FORMAT_JSON, good = true;
    if (pair) {
        struct one other = one;
        one.provider = "kubernetes";
        other.provider = "terraform";
        good = (!json || put(&output, "{\"snapshots\":[\n")) && add(&output, &one) &&
               (!json || put(&output, ",\n")) && add(&output, &other) &&
               (!json || put(&output, "]}\n"));
    } else {
        good = add(&output, &one);
    }
    good = good && wgo_fd_output_flush(file, NULL) == WGO_OK;
    wgo_fd_output_free(file);
    return close(fd) == 0 && good;
}

int main(int count, char **arguments)
{
    if (count != 2) {
        return 2;
    }
    const char *dir = arguments[1];
    struct wgo_merger_options options = {0};
    struct wgo_rows *whole = rows_of(true), *partial = rows_of(false);
    struct wgo_merger *full = full_merger(), *empty = merger_of(&options, NULL, 0, 1);
    struct wgo_rows *none = wgo_rows_new();
    bool good =
        whole && partial && none &&
        write_file(dir, "whole.json", (struct one){full, whole, WGO_FORMAT_JSON, ""}, false) &&
        write_file(dir, "partial.json", (struct one){full, partial, WGO_FORMAT_JSON, ""}, false) &&
        write_file(dir, "empty.json", (struct one){empty, none, WGO_FORMAT_JSON, ""}, false) &&
        write_file(dir, "pair.json", (struct one){full, partial, WGO_FORMAT_JSON, ""}, true) &&
        write_file(dir, "whole.ndjson", (struct one){full, whole, WGO_FORMAT_NDJSON, ""}, false) &&
        write_file(dir, "empty.ndjson", (struct one){empty, none, WGO_FORMAT_NDJSON, ""}, false) &&
        write_file(dir, "pair.ndjson", (struct one){full, whole, WGO_FORMAT_NDJSON, ""}, true);
    wgo_merger_free(full);
    wgo_merger_free(empty);
    wgo_rows_free(whole);
    wgo_rows_free(partial);
    wgo_rows_free(none);
    return good ? 0 : 1;
}
