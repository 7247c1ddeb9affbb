/* driver.c: runs the Terraform collector alone and prints what it emits, one JSON object a line; rows,
 * warnings and problems go to standard error.
 *
 *   terraform_driver [--data-sources] [--rows] [--path FOLDER]... [FILE]...
 *
 * --rows prints "STATE<TAB>STATUS<TAB>COUNT<TAB>ERROR" for each completeness row instead. */
#include "fake.h"

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
    bool rows = false;
    fake_init(&fake);
    fake.each = print_record;
    for (int i = 1; i < argc && i < MOST; i++) {
        if (strcmp(argv[i], "--data-sources") == 0) {
            options.include_data_sources = true;
        } else if (strcmp(argv[i], "--rows") == 0) {
            rows = true;
            fake.each = ignore_record;
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
    return status == WGO_OK ? 0 : wgo_status_exit_code(status);
}
