#include "helper.h"

#include "base/file.h"
#include "base/json.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const *environment;

static const char *from_environment(const char *name)
{
    size_t len = strlen(name);
    for (const char *const *at = environment; at && *at; at++) {
        if (strncmp(*at, name, len) == 0 && (*at)[len] == '=') {
            return *at + len + 1;
        }
    }
    return NULL;
}

void scratch_environment(const char *const *variables)
{
    environment = variables;
}

void scratch_init(struct scratch *s)
{
    memset(s, 0, sizeof(*s));
    environment = NULL;
    strcpy(s->folder, "/tmp/wgo-terraform-XXXXXX");
    cr_assert_not_null(mkdtemp(s->folder));
    fake_init(&s->fake);
    s->options.state_files.items = s->files;
    s->options.paths.items = s->paths;
    s->options.working_directory = s->folder;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *ftw)
{
    (void)info;
    (void)kind;
    (void)ftw;
    return remove(path);
}

void scratch_fini(struct scratch *s)
{
    nftw(s->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    wgo_arena_fini(&s->arena);
    wgo_buf_fini(&s->rows);
    fake_fini(&s->fake);
}

const char *scratch_path(struct scratch *s, const char *name)
{
    struct wgo_str path = wgo_str_format(&s->arena, "%s/%s", s->folder, name);
    const char *text = wgo_str_cstr(&s->arena, path);
    char *parent = wgo_str_cstr(&s->arena, path);
    *strrchr(parent, '/') = '\0';
    cr_assert_eq(wgo_dir_make(parent, NULL), WGO_OK);
    return text;
}

const char *scratch_file(struct scratch *s, const char *name, struct wgo_str bytes)
{
    const char *path = scratch_path(s, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    cr_assert_geq(fd, 0);
    cr_assert_eq(wgo_fd_write(fd, bytes, path, NULL), WGO_OK);
    close(fd);
    return path;
}

void scratch_state(struct scratch *s, const char *name, const char *text)
{
    const char *path = scratch_file(s, name, wgo_str(text));
    s->files[s->options.state_files.count++] = wgo_str(path);
}

void scratch_configure(struct scratch *s, const char *yaml)
{
    struct wgo_error err = {0};
    cr_assert_eq(wgo_yaml_parse(&s->arena, "test", wgo_str(yaml), 10000, &s->configuration, &err),
                 WGO_OK, "%s", err.message);
    s->options.configuration = s->configuration;
    s->options.settings = wgo_yaml_get(wgo_yaml_get(s->configuration, "providers"), "terraform");
}

enum wgo_status scratch_collect(struct scratch *s)
{
    wgo_buf_reset(&s->fake.records);
    wgo_buf_reset(&s->fake.warnings);
    wgo_buf_reset(&s->fake.problems);
    wgo_buf_reset(&s->rows);
    s->err = (struct wgo_error){.status = WGO_OK};
    return fake_collect(&s->fake, &s->options, from_environment, &s->err);
}

struct wgo_str scratch_record(struct scratch *s, const char *field, const char *value)
{
    struct wgo_str rest = wgo_buf_view(&s->fake.records), found = {0};
    unsigned count = 0;
    while (rest.len) {
        struct wgo_str line = wgo_str_split(&rest, '\n');
        struct wgo_str text = wgo_json_text(wgo_json_get(line, wgo_str(field)), &s->arena);
        if (line.len && wgo_str_is(text, value)) {
            found = line;
            count++;
        }
    }
    cr_assert_eq(count, 1, "%u records have %s = %s in:\n%.*s", count, field, value,
                 WGO_FMT(wgo_buf_view(&s->fake.records)));
    return found;
}

const char *scratch_text(struct scratch *s, struct wgo_str record, const char *path)
{
    struct wgo_str raw = wgo_json_get(record, wgo_str(path));
    struct wgo_str text = raw.ptr ? wgo_json_text(raw, &s->arena) : WGO_STR("");
    return wgo_str_cstr(&s->arena, text);
}

const char *scratch_raw(struct scratch *s, struct wgo_str record, const char *path)
{
    return wgo_str_cstr(&s->arena, wgo_json_get(record, wgo_str(path)));
}

struct search {
    const char *name;
    struct scratch_row row;
};

static void look_at(void *state, const struct wgo_row *row)
{
    struct search *search = state;
    if (!wgo_str_ends(row->account, wgo_str(search->name))) {
        return;
    }
    cr_assert_not(search->row.found, "two rows for %s", search->name);
    search->row.found = true;
    search->row.count = row->count;
    search->row.inconsistent = row->inconsistent;
    snprintf(search->row.status, sizeof(search->row.status), "%s",
             wgo_completeness_name(row->seen));
    snprintf(search->row.error, sizeof(search->row.error), "%.*s", WGO_FMT(row->error));
    snprintf(search->row.hint, sizeof(search->row.hint), "%.*s", WGO_FMT(row->hint));
}

struct scratch_row scratch_row(struct scratch *s, const char *name)
{
    struct search search = {.name = name};
    wgo_rows_each(s->fake.services.rows, look_at, &search);
    return search.row;
}
