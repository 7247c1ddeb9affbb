/* driver.c: runs the Terraform collector alone and prints what it emits, one JSON object a line;
 * rows, warnings and problems go to standard error.
 *
 *   terraform_driver [--data-sources] [--rows] [--config FILE] [--path FOLDER]... [FILE]...
 *
 * Requests of backends travel through the real connection manager. --config reads a configuration
 * file.
 *
 * --rows prints "STATE<TAB>STATUS<TAB>COUNT<TAB>ERROR" for each completeness row instead. */
#include "fake.h"

#include "base/file.h"
#include "net/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4096 };

static void print_record(const struct wgo_record *record)
{
    struct wgo_buf line = {0};
    fake_record_json(record, &line);
    wgo_buf_char(&line, '\n');
    fwrite(line.ptr, 1, line.len, stdout);
    wgo_buf_fini(&line);
}

static void ignore_record(const struct wgo_record *record)
{
    (void)record;
}

static void print_row(void *state, const struct wgo_row *row)
{
    bool *rows = state;
    if (*rows) {
        printf("%.*s\t%s\t%lld\t%.*s\n", WGO_FMT(row->account), wgo_completeness_name(row->seen),
               (long long)row->count, WGO_FMT(row->error));
    }
}

static struct wgo_net *net;
static struct wgo_net_group *group;

static enum wgo_status fetch(void *engine, const struct wgo_request *request,
                             struct wgo_response *out_response, struct wgo_error *err)
{
    (void)engine;
    enum wgo_status status = wgo_net_fetch(net, group, request, out_response);
    status = status == WGO_OK ? out_response->status : status;
    if (status != WGO_OK) {
        wgo_fail(err, status, "%s", out_response->problem);
        wgo_response_fini(out_response);
    }
    return status;
}

static void read_configuration(const char *path, struct wgo_arena *arena,
                               struct wgo_provider_options *options)
{
    struct wgo_buf text = {0};
    struct wgo_yaml *root = NULL;
    struct wgo_error err = {0};
    if (wgo_file_read(path, 1 << 20, &text, &err) != WGO_OK ||
        wgo_yaml_parse(arena, path, wgo_buf_view(&text), 100000, &root, &err) != WGO_OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(2);
    }
    wgo_buf_fini(&text);
    options->configuration = root;
    options->settings = wgo_yaml_get(wgo_yaml_get(root, "providers"), "terraform");
}

static const char *from_environment(const char *name)
{
    return getenv(name);
}

int main(int argc, char **argv)
{
    static struct wgo_str files[MOST], paths[MOST];
    struct wgo_provider_options options = {
        .state_files = {files, 0}, .paths = {paths, 0}, .working_directory = ""};
    struct fake fake;
    struct wgo_error err = {0};
    struct wgo_arena arena = {0};
    const struct wgo_net_options net_options = {.shards = 1};
    bool rows = false;
    if (wgo_net_new(&net_options, &net, &err) != WGO_OK ||
        wgo_net_group_new(net, &group) != WGO_OK) {
        fprintf(stderr, "no network: %s\n", err.message);
        return 1;
    }
    fake_init(&fake);
    fake.services.fetch = fetch;
    fake.each = print_record;
    for (int i = 1; i < argc && i < MOST; i++) {
        if (strcmp(argv[i], "--data-sources") == 0) {
            options.include_data_sources = true;
        } else if (strcmp(argv[i], "--rows") == 0) {
            rows = true;
            fake.each = ignore_record;
        } else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
            read_configuration(argv[++i], &arena, &options);
        } else if (strcmp(argv[i], "--path") == 0 && i + 1 < argc) {
            paths[options.paths.count++] = wgo_str(argv[++i]);
        } else {
            files[options.state_files.count++] = wgo_str(argv[i]);
        }
    }
    enum wgo_status status = fake_collect(&fake, &options, from_environment, &err);
    wgo_rows_each(fake.services.rows, print_row, &rows);
    if (status != WGO_OK) {
        fprintf(stderr, "%s (%s)\n", err.message, err.hint);
    }
    fprintf(stderr, "%.*s%.*s", WGO_FMT(wgo_buf_view(&fake.warnings)),
            WGO_FMT(wgo_buf_view(&fake.problems)));
    fake_fini(&fake);
    wgo_net_group_free(group);
    wgo_net_free(net);
    wgo_arena_fini(&arena);
    return status == WGO_OK ? 0 : wgo_status_exit_code(status);
}
