#include "lib/notes.h"

#include "base/json_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A scan of ten thousand namespaces may fail in ten thousand ways: the rows have them all, the
 * summary needs no more than these. */
enum { MOST_GROUPS = 2000, MOST_WARNINGS = 1000 };

void wgo_notes_fini(struct wgo_notes *notes)
{
    for (size_t i = 0; i < notes->warning_count; i++) {
        free(notes->warnings[i]);
    }
    free(notes->warnings);
    free(notes->problems);
    *notes = (struct wgo_notes){0};
}

/* Room for one more element in '*array', or false. */
static bool grow(void **array, size_t count, size_t *room, size_t most, size_t size)
{
    if (count < *room) {
        return true;
    }
    size_t more = *room ? *room * 2 : 16;
    void *moved = count < most ? realloc(*array, more * size) : NULL;
    if (!moved) {
        return false;
    }
    *array = moved;
    *room = more;
    return true;
}

static void add_scope(struct wgo_problem_group *group, const struct wgo_error *error)
{
    char text[sizeof(group->scopes[0])];
    const char *between = error->scope[0] && error->operation[0] ? ": " : "";
    int len = snprintf(text, sizeof(text), "%s%s%s", error->scope, between, error->operation);
    if (len <= 0) {
        return;
    }
    for (size_t i = 0; i < WGO_PROBLEM_SCOPES; i++) {
        if (strcmp(group->scopes[i], text) == 0) {
            return;
        }
        if (group->scopes[i][0] == '\0') {
            memcpy(group->scopes[i], text, sizeof(text));
            return;
        }
    }
}

void wgo_notes_problem(struct wgo_notes *notes, const struct wgo_error *error)
{
    for (size_t i = 0; i < notes->problem_count; i++) {
        struct wgo_problem_group *group = &notes->problems[i];
        if (group->first.status == error->status &&
            strcmp(group->first.provider, error->provider) == 0 &&
            strcmp(group->first.message, error->message) == 0) {
            group->count++;
            add_scope(group, error);
            return;
        }
    }
    if (!grow((void **)&notes->problems, notes->problem_count, &notes->problem_room, MOST_GROUPS,
              sizeof(*notes->problems))) {
        notes->lost++;
        return;
    }
    struct wgo_problem_group *group = &notes->problems[notes->problem_count++];
    *group = (struct wgo_problem_group){.first = *error, .count = 1};
    add_scope(group, error);
}

void wgo_notes_warning(struct wgo_notes *notes, const char *provider, const char *text)
{
    char *line = NULL;
    if (asprintf(&line, "%s%s%s", provider ? provider : "", provider ? ": " : "", text) < 0) {
        notes->lost++;
        return;
    }
    for (size_t i = 0; i < notes->warning_count; i++) {
        if (strcmp(notes->warnings[i], line) == 0) {
            free(line);
            return;
        }
    }
    if (!grow((void **)&notes->warnings, notes->warning_count, &notes->warning_room, MOST_WARNINGS,
              sizeof(*notes->warnings))) {
        free(line);
        notes->lost++;
        return;
    }
    notes->warnings[notes->warning_count++] = line;
}

static int by_weight(const void *a, const void *b)
{
    const struct wgo_problem_group *x = a, *y = b;
    if (x->count != y->count) {
        return x->count < y->count ? 1 : -1;
    }
    int order = strcmp(x->first.provider, y->first.provider);
    return order ? order : strcmp(x->first.message, y->first.message);
}

static int by_scope(const void *a, const void *b)
{
    const char *x = a, *y = b;
    /* Empty ones last: they are the places not taken. */
    if (x[0] == '\0' || y[0] == '\0') {
        return (x[0] == '\0') - (y[0] == '\0');
    }
    return strcmp(x, y);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void wgo_notes_sort(struct wgo_notes *notes)
{
    for (size_t i = 0; i < notes->problem_count; i++) {
        qsort(notes->problems[i].scopes, WGO_PROBLEM_SCOPES, sizeof(notes->problems[i].scopes[0]),
              by_scope);
    }
    if (notes->problem_count > 0) {
        qsort(notes->problems, notes->problem_count, sizeof(*notes->problems), by_weight);
    }
    if (notes->warning_count > 0) {
        qsort(notes->warnings, notes->warning_count, sizeof(*notes->warnings), by_text);
    }
}

bool wgo_notes_write_warnings(const struct wgo_notes *notes, struct wgo_buf *out)
{
    if (notes->warning_count == 0) {
        return true;
    }
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, out);
    wgo_json_open_array(&w);
    for (size_t i = 0; i < notes->warning_count; i++) {
        wgo_json_put_cstr(&w, notes->warnings[i]);
    }
    wgo_json_close_array(&w);
    return out->failed == WGO_OK;
}
