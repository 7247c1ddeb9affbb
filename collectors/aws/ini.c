/* ini.c: see ini.h. The rules are those of Python's configparser, which the AWS CLI uses. */
#include "aws/ini.h"

#include <limits.h>
#include <stdlib.h>

enum { LONGEST_VALUE = 16 * 1024 };

struct reading {
    struct wgo_arena *arena;
    const char *file;
    unsigned line;
    struct wgo_aws_ini_section *section, **next_section;
    struct wgo_aws_ini_key *key, **next_key, **next_sub;
    size_t indent;        /* of the key, or of the section before its first key */
    unsigned blank_lines; /* since the value's last line */
    struct wgo_error *err;
};

static enum wgo_status refuse(struct reading *r, const char *problem)
{
    wgo_fail(r->err, WGO_E_CONFIG, "%s: line %u: %s", r->file, r->line, problem);
    wgo_error_hint(r->err, "`aws configure list` shows whether the AWS CLI can read it");
    return WGO_E_CONFIG;
}

static enum wgo_status no_memory(struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

const struct wgo_aws_ini_key *wgo_aws_ini_find(const struct wgo_aws_ini_key *first,
                                               struct wgo_str name)
{
    while (first && !wgo_str_eq(first->name, name)) {
        first = first->next;
    }
    return first;
}

/* ---- one line ---- */

static enum wgo_status open_section(struct reading *r, struct wgo_str line)
{
    size_t end = line.len;
    while (end > 1 && line.ptr[end - 1] != ']') {
        end--;
    }
    if (end <= 2) {
        return refuse(r, "a section's name does not end");
    }
    struct wgo_str name = wgo_str_slice(line, 1, end - 1);
    struct wgo_aws_ini_section *made = WGO_NEW(r->arena, struct wgo_aws_ini_section);
    if (!made) {
        return no_memory(r->err);
    }
    *made = (struct wgo_aws_ini_section){.name = name, .line = r->line};
    *r->next_section = made;
    r->next_section = &made->next;
    r->section = made;
    r->next_key = &made->first;
    r->key = NULL;
    return WGO_OK;
}

static enum wgo_status add_key(struct reading *r, struct wgo_str line)
{
    size_t is = 0;
    while (is < line.len && line.ptr[is] != '=' && line.ptr[is] != ':') {
        is++;
    }
    struct wgo_str name = wgo_str_trim(wgo_str_slice(line, 0, is));
    if (is == line.len || name.len == 0) {
        return refuse(r, "neither [section] nor key = value");
    }
    struct wgo_aws_ini_key *made = WGO_NEW(r->arena, struct wgo_aws_ini_key);
    name = wgo_str_lower(r->arena, name);
    if (!made || !name.ptr) {
        return no_memory(r->err);
    }
    *made = (struct wgo_aws_ini_key){
        .name = name,
        .value = wgo_str_trim(wgo_str_slice(line, is + 1, line.len)),
        .line = r->line,
    };
    *r->next_key = made;
    r->next_key = &made->next;
    r->next_sub = &made->first;
    r->key = made;
    r->blank_lines = 0;
    return WGO_OK;
}

static enum wgo_status add_to_map(struct reading *r, struct wgo_str line)
{
    size_t is = wgo_str_find_char(line, '=');
    struct wgo_aws_ini_key *made = WGO_NEW(r->arena, struct wgo_aws_ini_key);
    if (is == line.len) {
        return refuse(r, "an indented line that is no key = value");
    }
    if (!made) {
        return no_memory(r->err);
    }
    *made = (struct wgo_aws_ini_key){
        .name = wgo_str_trim(wgo_str_slice(line, 0, is)),
        .value = wgo_str_trim(wgo_str_slice(line, is + 1, line.len)),
        .line = r->line,
    };
    *r->next_sub = made;
    r->next_sub = &made->next;
    return WGO_OK;
}

/* A further line of the value at hand. */
static enum wgo_status go_on(struct reading *r, struct wgo_str line)
{
    if (r->key->value.len == 0) {
        return add_to_map(r, line);
    }
    size_t len = r->key->value.len + 1 + r->blank_lines + line.len;
    char *joined = len < LONGEST_VALUE ? wgo_arena_bytes(r->arena, len) : NULL;
    if (!joined) {
        return refuse(r, "a value that is too long");
    }
    memcpy(joined, r->key->value.ptr, r->key->value.len);
    memset(joined + r->key->value.len, '\n', 1 + r->blank_lines);
    memcpy(joined + len - line.len, line.ptr, line.len);
    r->key->value = wgo_str_from(joined, len);
    r->blank_lines = 0;
    return WGO_OK;
}

static enum wgo_status read_line(struct reading *r, struct wgo_str line)
{
    struct wgo_str text = wgo_str_trim(line);
    if (text.len == 0) {
        r->blank_lines++;
        return WGO_OK;
    }
    if (text.ptr[0] == '#' || text.ptr[0] == ';') {
        return WGO_OK;
    }
    size_t indent = (size_t)(text.ptr - line.ptr);
    if (r->key && indent > r->indent) {
        return go_on(r, text);
    }
    r->indent = indent;
    if (text.ptr[0] == '[') {
        return open_section(r, text);
    }
    return r->section ? add_key(r, text) : refuse(r, "a key before the first [section]");
}

/* ---- the whole ---- */

/* Files hold hundreds of sections, so names are compared by their order, not pair by pair. */
struct named {
    struct wgo_str name;
    unsigned line;
};

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = wgo_str_cmp(x->name, y->name);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static void sort(struct named *names, size_t count)
{
    if (count > 1) {
        qsort(names, count, sizeof(*names), by_name);
    }
}

static enum wgo_status refuse_twice(struct reading *r, struct named *names, size_t count,
                                    const char *what)
{
    sort(names, count);
    for (size_t i = 1; i < count; i++) {
        if (wgo_str_eq(names[i].name, names[i - 1].name)) {
            return wgo_fail(r->err, WGO_E_CONFIG, "%s: line %u: %s \"%.*s\" stands in line %u, too",
                            r->file, names[i].line, what,
                            WGO_FMT(wgo_str_slice(names[i].name, 0, 100)), names[i - 1].line);
        }
    }
    return WGO_OK;
}

static enum wgo_status check_keys(struct reading *r, const struct wgo_aws_ini_key *first)
{
    size_t count = 0, at = 0;
    for (const struct wgo_aws_ini_key *key = first; key; key = key->next) {
        count++;
    }
    struct named *names = WGO_NEW_ARRAY(r->arena, struct named, count + 1);
    if (!names) {
        return no_memory(r->err);
    }
    for (const struct wgo_aws_ini_key *key = first; key; key = key->next) {
        names[at++] = (struct named){key->name, key->line};
    }
    return refuse_twice(r, names, count, "key");
}

static enum wgo_status check_sections(struct reading *r, const struct wgo_aws_ini *ini)
{
    size_t count = 0, at = 0;
    enum wgo_status status = WGO_OK;
    for (const struct wgo_aws_ini_section *section = ini->first; section && status == WGO_OK;
         section = section->next) {
        count++;
        status = check_keys(r, section->first);
    }
    struct named *names =
        status == WGO_OK ? WGO_NEW_ARRAY(r->arena, struct named, count + 1) : NULL;
    if (!names) {
        return status == WGO_OK ? no_memory(r->err) : status;
    }
    for (const struct wgo_aws_ini_section *section = ini->first; section; section = section->next) {
        names[at++] = (struct named){section->name, section->line};
    }
    return refuse_twice(r, names, count, "section");
}

enum wgo_status wgo_aws_ini_parse(struct wgo_arena *arena, const char *file,
                                  struct wgo_str document, struct wgo_aws_ini *out_ini,
                                  struct wgo_error *err)
{
    struct wgo_aws_ini ini = {0};
    struct reading r = {.arena = arena, .file = file, .next_section = &ini.first, .err = err};
    struct wgo_str rest = wgo_str_past_mark(document);
    enum wgo_status status = WGO_OK;
    if (wgo_str_find_char(rest, '\0') < rest.len) {
        return wgo_fail(err, WGO_E_CONFIG, "%s: is no text file", file);
    }
    while (rest.len > 0 && status == WGO_OK && r.line < UINT_MAX) {
        r.line++;
        status = read_line(&r, wgo_str_split(&rest, '\n'));
    }
    if (status == WGO_OK) {
        status = check_sections(&r, &ini);
    }
    if (status == WGO_OK) {
        *out_ini = ini;
    }
    return status;
}
